"""What a change of rules does to scenarios: which targets move, and by how much."""
