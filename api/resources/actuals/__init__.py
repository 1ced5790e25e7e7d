"""Actuals: what partners have done, from a CRM or PRM tool, and the standing of plans by them."""
