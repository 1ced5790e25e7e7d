"""Next period's folder, from this one's plan and actuals: a variant of the rules that held, and a longer table."""
