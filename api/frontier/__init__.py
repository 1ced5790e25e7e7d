"""Behind `cascade frontier`: the points of a goal as lines, rows, entries and a picture."""
