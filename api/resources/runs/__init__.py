"""Runs: submitted, watched, cancelled."""
