"""The tables, one noun to a file, each with the functions that read and write it."""
