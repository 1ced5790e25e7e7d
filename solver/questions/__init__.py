"""What else can be asked of a solved program: what-if, trade-offs, lint."""
