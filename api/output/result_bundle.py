"""A result packed for the store, and how it goes from the process that solved to the one that stores.

Knows neither solver nor store, so that both ends can import it cheaply.
"""

import json
from dataclasses import dataclass
from pathlib import Path

TABLES = ("allocation", "receipts")
"""The tables about partners."""
LEVELS = "levels"
"""The table of the levels above the partners, where the scenario has a cascade."""
PARTNERS = "partners"
"""The parts that say where a partner's rows stand; sorted by partner."""


@dataclass(frozen=True)
class PackedPart:
    """Some successive rows of a table, as compressed CSV without the header."""

    name: str
    start: int
    """Number of the first row, from 0."""
    key: str | None
    """The first partner, in the parts that say where partners stand."""
    body: bytes


@dataclass(frozen=True)
class Packed:
    """A whole result, ready to be stored in one go."""

    document: bytes
    """result.json."""
    columns: dict[str, list[str]]
    """Table to its column names."""
    rows: dict[str, int]
    """Table to its number of rows."""
    parts: tuple[PackedPart, ...]


def write(packed: Packed, folder: Path) -> None:
    """Put it into the folder: the document, the bodies one after another, and a list of what they are."""
    folder.mkdir(exist_ok=True)
    (folder / "result.json").write_bytes(packed.document)
    (folder / "packed.bin").write_bytes(b"".join(part.body for part in packed.parts))
    parts = [[part.name, part.start, part.key, len(part.body)] for part in packed.parts]
    listed = {"columns": packed.columns, "rows": packed.rows, "parts": parts}
    (folder / "packed.json").write_text(json.dumps(listed))


def read(folder: Path) -> Packed:
    """What was put there; raises OSError and ValueError when that is not whole."""
    listed = json.loads((folder / "packed.json").read_text())
    parts = []
    with (folder / "packed.bin").open("rb") as bodies:
        for name, start, key, length in listed["parts"]:
            body = bodies.read(length)
            if len(body) < length:
                raise ValueError(f"{folder}/packed.bin is cut off")
            parts.append(PackedPart(name, start, key, body))
    document = (folder / "result.json").read_bytes()
    return Packed(document, listed["columns"], listed["rows"], tuple(parts))
