"""Documents as people read them on a terminal: each from the document alone."""
