"""Partner tables and other inputs, stored by content."""
