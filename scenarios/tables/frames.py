"""Tables drawn with bars and dashes, as SAP lists and databases' clients print them, without the drawing."""

from __future__ import annotations

import re

_BEGIN = 20_000
"""Bytes at the beginning of a file that tell whether a table is drawn there."""
_RULE = re.compile(rb"[ \t]*[-+=|]*-{3,}[-+=| \t]*")
_ROW = re.compile(rb"[ \t]*\|(.*)\|[ \t]*")
_DRAWN_ROWS = 2
"""So many rows between bars, a header and a partner, make a drawn table."""
_END = re.compile(rb"(\r\n|\r|\n)")


def without_frame(content: bytes) -> tuple[bytes, dict[str, str]]:
    """The text with lines of dashes empty and the outer bars gone, each line in its place; and what was assumed."""
    start = _END.split(content[:_BEGIN])[::2]
    rows = sum(_ROW.fullmatch(line) is not None for line in start)
    rules = sum(_RULE.fullmatch(line) is not None for line in start)
    if rows < _DRAWN_ROWS or not rules:
        return content, {}
    lines = _END.split(content)
    lines[::2] = [_plain(line) for line in lines[::2]]
    return b"".join(lines), {"a table drawn with bars and dashes": ""}


def _plain(line: bytes) -> bytes:
    if _RULE.fullmatch(line):
        return b""
    row = _ROW.fullmatch(line)
    return line if row is None else row[1]
