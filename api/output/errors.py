"""What may stand against writing an answer."""


class OutputError(Exception):
    """An answer cannot be made or written: no room, a file that has changed, a process that has ended."""
