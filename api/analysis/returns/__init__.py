"""Returns: what a goal with diminishing returns brings, in all and by partner, and how near that is to the most."""
