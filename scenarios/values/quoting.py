"""How values from a file are quoted in messages."""

_LONGEST = 60


def quoted(value: object) -> str:
    """A value as a reader would recognise it, cut after 60 characters."""
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping" if value else "empty"
    if isinstance(value, list | tuple):
        return "a list" if value else "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) >= 10**_LONGEST:
        return "a number of too many digits"
    text = repr(value[: _LONGEST + 1]) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def printable(text: str) -> str:
    """A key from a file as it is, or escaped and cut where it could disturb the reader's screen."""
    return text if text.isprintable() and len(text) <= 200 else quoted(text)


def escaped(text: str) -> str:
    """A sentence that may hold a piece of a file: what no screen shows stands as its code."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)
