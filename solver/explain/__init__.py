"""Where each target comes from: receipts, effects of rules, stretch."""
