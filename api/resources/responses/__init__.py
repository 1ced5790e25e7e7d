"""Responses: what partners say to the targets of a plan, priced before a planner decides."""
