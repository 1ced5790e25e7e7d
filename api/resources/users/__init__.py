"""People: their passwords, invitations, and what they may do."""
