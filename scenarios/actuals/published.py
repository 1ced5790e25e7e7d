"""A published plan, as a run left it: the targets in a record, or a CSV of targets."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from scenarios.actuals.past import Gone
from scenarios.findings.finding import Place, Report, did_you_mean
from scenarios.tables.formula_guard import unguarded
from scenarios.tables.row_findings import MAX_NAMED
from scenarios.values.parse_number import parse_number
from scenarios.values.quoting import quoted
from scenarios.values.rational_array import Exact

MAX_BYTES = 250_000_000
"""The largest plan that is read, unpacked."""
_IN_RECORD = "targets.csv"
_PARTNER, _METRIC, _PERIOD, _TARGET = "partner", "metric", "period", "target"
_REMEDY = "Take the plan of the same partners, metrics and parts."
Key = tuple[str, str, str]
_Stranger = tuple[int, Key, Fraction]
"""Line, key and amount of a target that the scenario does not ask for."""


def targets_in(content: bytes, place: Place, report: Report) -> bytes | None:
    """The CSV of targets in a plan's file; None after reporting that there is none."""
    if not content.startswith(b"PK\x03\x04"):
        return content
    try:
        with ZipFile(io.BytesIO(content)) as record:
            if record.getinfo(_IN_RECORD).file_size > MAX_BYTES:
                report.error("too-large", place, f"the plan is larger than {MAX_BYTES:,} bytes")
                return None
            return record.read(_IN_RECORD)
    except (BadZipFile, KeyError, zlib.error, EOFError, NotImplementedError, RuntimeError):
        report.error(
            "not-a-table",
            place,
            "the file is no record with targets",
            "Take the record of a run that succeeded.",
        )
        return None


@dataclass(frozen=True, eq=False)
class Published:
    """The targets of a published plan."""

    targets: Exact
    """(cells,) zero where there was none."""
    known: NDArray[np.bool_]
    """(cells,) where there was one."""
    gone: tuple[Gone, ...]
    """Those of partners who are not in the table."""


def read_published(
    content: bytes,
    name: str,
    report: Report,
    *,
    ids: Sequence[str],
    metrics: Sequence[str],
    parts: Sequence[str],
    who_left: bool = False,
) -> Published | None:
    """The targets in a CSV that a run wrote, in the order metric, part, partner; None after reporting.

    A partner whom the plan does not know has a published target of zero, with a warning. A partner of the plan whom
    the table does not know is a mistake, or with `who_left` a warning.
    """
    try:
        rows = list(_rows(content))
    except (KeyError, ValueError, TypeError, csv.Error) as error:
        remedy = "Take allocation.csv, or a record."
        report.error("not-a-table", Place(name), f"the file is no table of targets: {error}", remedy)
        return None
    cells = {key: cell for cell, key in enumerate(keys(ids, metrics, parts))}
    amounts: list[Fraction | None] = [None] * len(cells)
    strangers: list[_Stranger] = []
    for line, (key, amount) in enumerate(rows, 2):
        if key in cells:
            amounts[cells[key]] = amount
        else:
            strangers.append((line, key, amount))
    there = frozenset(ids)
    left = who_left and any(each is not None for each in amounts)
    gone = [each for each in strangers if left and _left(each[1], there, metrics, parts)]
    wrong = [each for each in strangers if not (left and _left(each[1], there, metrics, parts))]
    _report_wrong(wrong, name, report)
    new = [key for key, cell in cells.items() if amounts[cell] is None]
    _report_new(new, name, report, who_left=who_left)
    _report_gone({key[0]: line for line, key, _ in reversed(gone)}, {key[0] for key in new}, name, report)
    if wrong:
        return None
    places = {part: at for at, part in enumerate(parts or ("",))}
    return Published(
        Exact.of([each or Fraction(0) for each in amounts]),
        np.array([each is not None for each in amounts], dtype=bool),
        tuple(Gone(who, metrics.index(metric), places[part], each) for _, (who, metric, part), each in gone),
    )


def _report_wrong(wrong: Sequence[_Stranger], name: str, report: Report) -> None:
    """Reports targets that the scenario has no place for."""
    for line, key, _ in wrong[:MAX_NAMED]:
        message = f"the plan has a target of {', '.join(filter(None, key))}, which the scenario has not"
        report.error("plan-differs", Place(name, line), message, _REMEDY)


def _report_new(new: Sequence[Key], name: str, report: Report, *, who_left: bool) -> None:
    """Reports what the scenario asks for and the plan has no target of."""
    if not new:
        return
    message = f"the plan has no target of {', '.join(filter(None, new[0]))}{_more(len(new) - 1)}"
    start = "Their rest starts at its fair share." if who_left else "Their published targets count as zero."
    report.warn("plan-differs", Place(name), message, start)


def _left(key: Key, ids: Collection[str], metrics: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether the partner of a key is what the scenario does not have."""
    partner, metric, part = key
    return partner not in ids and metric in metrics and part in (parts or ("",))


def _report_gone(lines: Mapping[str, int], new: Collection[str], name: str, report: Report) -> None:
    """Reports who is in the plan and not in the table: who left, or is called otherwise now."""
    for who, line in list(lines.items())[:MAX_NAMED]:
        message = f"{quoted(who)} is in the plan and no partner any more: its rest is placed anew"
        report.warn("plan-differs", Place(name, line), message, did_you_mean(who, new).strip())
    if len(lines) > MAX_NAMED:
        message = f"{len(lines) - MAX_NAMED:,} more partners of the plan are no partners any more"
        report.warn("plan-differs", Place(name), message, "Their rest is placed anew.")


def _more(number: int) -> str:
    return f", and {number:,} more" if number else ""


def keys(ids: Sequence[str], metrics: Sequence[str], parts: Sequence[str]) -> Iterator[Key]:
    """Partner, metric and part of every cell."""
    return ((partner, metric, part) for metric, part, partner in product(metrics, parts or ("",), ids))


def _rows(content: bytes) -> Iterator[tuple[Key, Fraction]]:
    for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")), restval=""):
        key = (unguarded(row[_PARTNER]), unguarded(row[_METRIC]), unguarded(row.get(_PERIOD) or ""))
        yield key, parse_number(row[_TARGET])
