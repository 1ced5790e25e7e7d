"""Two scenarios: what differs, tables blended, and grids of parameters."""
