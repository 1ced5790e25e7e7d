"""The forecast of a plan: what its period will come to, how sure that is, and the odds of its totals."""
