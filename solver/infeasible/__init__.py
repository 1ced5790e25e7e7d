"""Why no allocation exists: the conflict, and what would repair it."""
