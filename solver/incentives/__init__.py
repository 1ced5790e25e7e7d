"""Incentives: what an attainment pays, exactly, and in expectation. They price a plan; nothing is paid."""
