"""Review: one partner on one page: what was asked, done and due, what it will come to, and what was agreed."""
