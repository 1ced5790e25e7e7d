"""The command line: options, progress, findings and exit codes; it asks api.analysis and prints the document."""
