"""The commands of `cascade`, one to a file; each is loaded when it is asked for."""
