"""Plans: allocations proposed, approved, published and superseded."""
