"""Standing: what a plan asked, what has been done, and where that leaves every node of the cascade."""
