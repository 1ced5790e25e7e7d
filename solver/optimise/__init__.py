"""The stages in order: elastic rules by priority, goals, and the even spread that makes the answer unique."""
