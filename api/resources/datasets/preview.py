"""A partner table at first sight: its rows, what its columns may be, and what is wrong with it, cell by cell."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.output.findings import finding_part
from scenarios import Finding, Report
from scenarios.findings.finding import Place
from scenarios.partners import parse_partners
from scenarios.tables.cells import Cells, Unreadable
from scenarios.tables.options import TableOptions
from scenarios.tables.read_table import read_cells

ROLES: dict[str, tuple[str, str]] = {
    "id": (
        r"(partner|account|customer|reseller)?[ _-]*(id|no|nr|number|key|code)$",
        "What tells partners apart",
    ),
    "name": (r"name|company|partner$|account$|customer$", "What they are called"),
    "tier": (r"tier|level|status|class|segment", "Gold, Silver and so on"),
    "region": (r"region|area|territory|country|market", "Where they are"),
    "baseline": (
        r"revenue|sales|turnover|actual|baseline|bookings|umsatz|last[ _-]?(year|period)|^fy[ _-]?(\d\d){1,2}$",
        "What they did in the last period",
    ),
    "potential": (r"potential|wallet|opportunity|market[ _]?size", "What they could do"),
}
"""What a plan needs to know of a table: a pattern of usual headings, and what it is for."""
_ROWS = 12
"""Rows that are shown, besides those with findings."""
_FLAWED_ROWS = 12
_DISTINCT = 0.9
"""A column of ids has so many different cells, as a part of its rows."""
_MOSTLY = 0.7
"""So many do where the heading says that they are ids: the rest came twice by mistake."""
_NUMBERS = frozenset({"baseline", "potential"})


@dataclass(frozen=True)
class Preview:
    """The beginning of a table, with findings where they stand."""

    partners: int
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    """Line and cells."""
    findings: tuple[dict[str, Any], ...]
    flaws: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """Line and column of cells with a finding, and its severity."""
    proposed: Mapping[str, str] = field(default_factory=dict)
    """Role to the column that seems to be it."""
    numeric: tuple[str, ...] = ()
    """Columns that hold numbers."""


def preview(
    content: bytes, file: str, id_column: str | None = None, more: Sequence[Mapping[str, Any]] = ()
) -> Preview:
    """What is in a file; with no column named, the one that seems to hold ids tells partners apart.

    `more` are findings about the table that a scenario had, which are marked in it too.
    """
    try:
        cells = read_cells(content, file.lower(), TableOptions(id_column=id_column or "partner_id"))
    except Unreadable as error:
        found = Finding(error.code, Place(file, error.line, cell=error.cell), error.message, error.remedy)
        return Preview(0, (), (), (finding_part(found).data(),))
    numeric = tuple(
        name for name, texts in zip(cells.names, cells.texts, strict=True) if _is_numeric(texts.to_pylist())
    )
    proposed = _proposed(cells, numeric)
    chosen = id_column or proposed.get("id") or (cells.names[0] if cells.names else "")
    report = Report()
    parse_partners(content, file, chosen, report, name=file)
    also = [
        Finding(
            each["code"],
            Place(file, each["line"], cell=each["cell"]),
            each["message"],
            severity=each["severity"],
        )
        for each in more
    ]
    return with_findings(cells, report.findings, {**proposed, "id": chosen}, numeric, marked=also)


def with_findings(
    cells: Cells,
    findings: Sequence[Finding],
    proposed: Mapping[str, str],
    numeric: tuple[str, ...],
    *,
    marked: Sequence[Finding] = (),
) -> Preview:
    """The first rows, and those that findings are about, or others that are only marked."""
    lines = cells.lines().tolist()
    at = {line: row for row, line in enumerate(lines)}
    places = {
        (finding.place.line, _column(finding, cells, at.get(finding.place.line or 0))): finding.severity
        for finding in (*findings, *marked)
    }
    flawed = [at[line] for line, _ in places if line in at][:_FLAWED_ROWS]
    rows = sorted({*range(min(_ROWS, len(cells))), *flawed})
    return Preview(
        partners=len(cells),
        columns=cells.names,
        rows=tuple((lines[row], tuple(texts[row].as_py() for texts in cells.texts)) for row in rows),
        findings=tuple(
            finding_part(finding).data()
            for finding in findings
            if finding.remedy or finding.severity != "error"
        ),
        flaws={
            (line, column): severity
            for (line, column), severity in places.items()
            if line and column is not None
        },
        proposed=proposed,
        numeric=numeric,
    )


def _column(finding: Finding, cells: Cells, row: int | None) -> int | None:
    """The column a finding is about: by its cell in a workbook, the heading or the value that its message names."""
    place = finding.place
    if place.cell and cells.letters:
        letters = re.sub(r"\d+$", "", place.cell.rpartition("!")[2])
        return cells.letters.index(letters) if letters in cells.letters else None
    named = [name for name in cells.names if name and name in finding.message]
    if named:
        return cells.names.index(max(named, key=len))
    held = [texts[row].as_py() for texts in cells.texts] if row is not None else []
    found = [column for column, text in enumerate(held) if text and text in finding.message]
    return max(found, key=lambda column: len(held[column])) if found else None


def _proposed(cells: Cells, numeric: Iterable[str]) -> dict[str, str]:
    """Role to column, each column once; an id may come twice by mistake, which is a finding then."""
    distinct = {
        name: len(set(texts.to_pylist())) for name, texts in zip(cells.names, cells.texts, strict=True)
    }
    unlike = [name for name, count in distinct.items() if count >= _DISTINCT * len(cells)]
    found: dict[str, str] = {}
    for role, (pattern, _) in ROLES.items():
        fit = [
            name
            for name in cells.names
            if name not in found.values() and re.search(pattern, name, re.IGNORECASE)
        ]
        if role == "id":
            mostly = [name for name in fit if distinct[name] >= _MOSTLY * len(cells)]
            fit = [name for name in fit if name in unlike] or mostly or unlike[:1]
        elif role in _NUMBERS:
            fit = sorted((name for name in fit if name in numeric), key=_year)
        else:
            fit = [name for name in fit if name not in numeric]
        if fit:
            found[role] = fit[-1] if role == "baseline" else fit[0]
    return found


def _year(name: str) -> tuple[int, int]:
    """Whole years in their order; parts of years, as `q1`, before all of them."""
    years = [int(year) for year in re.findall(r"(?:19|20)\d\d", name)]
    years += [2000 + int(year) for year in re.findall(r"fy[ _-]?(\d\d)(?!\d)", name, re.IGNORECASE)]
    part = bool(re.search(r"q[1-4]|h[12]|jan|feb|month", name, re.IGNORECASE))
    return (0 if part else 1, max(years, default=0))


def _is_numeric(values: list[str]) -> bool:
    """Whether most cells that say something are numbers."""
    known = [value for value in values[:500] if value]
    numbers = sum(bool(re.fullmatch(r"[-+(]?[\d.,'\s\u00a0$€£%]+\)?", value)) for value in known)
    return bool(known) and numbers > len(known) / 2
