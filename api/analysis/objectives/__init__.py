"""Objectives: key results that are read off the plan and its actuals, scored from 0 to 1 at every node."""
