"""What has happened: the calendar of a plan's parts, and the actuals of its partners."""
