"""A recorded run solved again: whether it comes out the same, and what has changed since."""
