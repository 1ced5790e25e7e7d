"""Values: what one unit of a metric counts, as a column of the partner table or as one number for everybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from rules.cell_index import Amount, CellIndex
from rules.rule import RuleIssue
from scenarios.values.parse_number import parse_number


def value_of(value: Fraction | str, frame: CellIndex) -> Amount:
    """The column (partners,), or the number."""
    return frame.column(value) if isinstance(value, str) else value


def check_values(
    values: Mapping[str, Fraction | str], path: tuple[str, ...], frame: CellIndex
) -> Iterator[RuleIssue]:
    """Numbers that are the names of columns too, so that no one can tell which of the two is meant."""
    for metric, value in values.items():
        for column in frame.columns.table.columns:
            if isinstance(value, Fraction) and _number(column) == value:
                message = f"{metric}: {column} is a number, and the name of a column"
                yield RuleIssue(
                    (*path, metric), message, "Rename the column, or write the number another way."
                )


def _number(text: str) -> Fraction | None:
    try:
        return parse_number(text)
    except ValueError:
        return None
