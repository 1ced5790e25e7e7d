"""Reading tables: one file per format, each giving the same cells of text."""
