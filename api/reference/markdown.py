"""The little Markdown that reference pages are written in."""

from collections.abc import Iterable, Iterator, Sequence

Lines = Iterator[str]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Lines:
    """A table; line breaks and bars in cells are made harmless."""
    yield _row(head)
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield _row(row)


def code(text: str) -> str:
    """The text as code within a line."""
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}"


def block(language: str, text: str) -> Lines:
    """A fenced block."""
    yield f"```{language}"
    yield text.strip("\n")
    yield "```"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |"
