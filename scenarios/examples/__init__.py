"""Scenarios shipped with the project, to run, to read and to start from."""
