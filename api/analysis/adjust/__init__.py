"""Overrides that planners wrote into a workbook: read, priced, and turned into adjustments."""
