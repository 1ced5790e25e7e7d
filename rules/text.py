"""Rows as text: `acme: x[revenue] >= 154.5`, for people and for cases under test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from rules.cell_index import CellIndex
from rules.number_text import number_text
from rules.rows import Rows
from scenarios.values.number_fields import LARGEST
from scenarios.values.rational_array import Exact

TOGETHER = "together"
"""Whom a row over all selected partners speaks of."""

Term = tuple[int, int | None, int]
"""Numbers of a metric, of a part of the period (None: the whole) and of a partner."""


def rows_text(rows: Rows, frame: CellIndex) -> str:
    """A line for each row: whom it speaks of, and what is asked, terms with a minus on the other side."""
    return "".join(f"{_subject(rows, row, frame)}: {_row(rows, row, frame)}\n" for row in range(len(rows)))


def _subject(rows: Rows, row: int, frame: CellIndex) -> str:
    if rows.partner[row] >= 0:
        return frame.columns.ids[int(rows.partner[row])]
    return (rows.label[row] if rows.label else "") or TOGETHER


def _row(rows: Rows, row: int, frame: CellIndex) -> str:
    terms = _terms(rows, row, frame)
    own = int(rows.partner[row])
    plus = _sum({term: c for term, c in terms.items() if c > 0}, frame, own)
    minus = _sum({term: -c for term, c in terms.items() if c < 0}, frame, own)
    lower, upper = _limit(rows.lower, row), _limit(rows.upper, row)
    if lower is not None and upper is not None and lower != upper:
        return f"{number_text(lower)} <= {' - '.join(filter(None, (plus, minus)))} <= {number_text(upper)}"
    limit = lower if lower is not None else upper or Fraction(0)
    sign = "=" if lower == upper else ">=" if upper is None else "<="
    other = [minus] if minus else []
    if limit or not minus:
        other.append(number_text(limit))
    return f"{plus or 0} {sign} {' + '.join(other)}"


def _limit(limits: Exact | None, row: int) -> Fraction | None:
    limit = None if limits is None else limits.at(row)
    return limit if limit is not None and abs(limit) < LARGEST else None


def _terms(rows: Rows, row: int, frame: CellIndex) -> dict[Term, Fraction]:
    """Coefficient of each term that is not zero; a whole where all parts have the same."""
    block = frame.parts * frame.partners
    found: dict[tuple[int, int], dict[int, Fraction]] = {}
    for entry in (rows.row == row).nonzero()[0].tolist():
        metric, cell = divmod(int(rows.cell[entry]), block)
        period, partner = divmod(cell, frame.partners)
        parts = found.setdefault((metric, partner), {})
        parts[period] = parts.get(period, Fraction(0)) + rows.coefficient.at(entry)
    return {term: c for term, c in _merged(found, frame.parts) if c}


def _merged(
    found: Mapping[tuple[int, int], Mapping[int, Fraction]], count: int
) -> Iterator[tuple[Term, Fraction]]:
    for (metric, partner), parts in sorted(found.items()):
        coefficients = set(parts.values())
        if len(parts) == count and len(coefficients) == 1:
            yield (metric, None, partner), coefficients.pop()
        else:
            yield from (((metric, period, partner), c) for period, c in sorted(parts.items()))


def _sum(terms: Mapping[Term, Fraction], frame: CellIndex, own: int) -> str:
    return " + ".join(
        f"{'' if c == 1 else number_text(c) + ' '}x[{', '.join(_names(term, frame, own))}]"
        for term, c in terms.items()
    )


def _names(term: Term, frame: CellIndex, own: int) -> Iterator[str]:
    metric, period, partner = term
    if partner != own:
        yield frame.columns.ids[partner]
    yield list(frame.metrics)[metric]
    if period is not None:
        yield frame.periods[period]
