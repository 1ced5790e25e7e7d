"""Targets in the forms that CRM and PRM systems load."""
