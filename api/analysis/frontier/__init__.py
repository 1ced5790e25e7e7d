"""What one goal costs another: the points of a frontier, as numbers, lines and a picture."""
