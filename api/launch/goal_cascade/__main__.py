"""`python -m goal_cascade` is `cascade`."""

from goal_cascade import main

main()
