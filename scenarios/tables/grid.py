"""From the rectangle of a sheet to cells: its header, merged and hidden cells, and what holds no value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import numpy as np

from scenarios.findings.finding import did_you_mean
from scenarios.tables.arrow import strings
from scenarios.tables.cells import Cells, Remark, Unreadable, check_size, column_letters, sheet_prefix
from scenarios.tables.options import TableOptions
from scenarios.values.names import heading
from scenarios.values.quoting import quoted

Spot = tuple[int, int]
"""A row and a column, counted from 0."""

_SEARCHED = 50
"""How many rows are searched for the header: reports put a title and a few lines of filters above it."""
_NAMED = 5
"""How many rows or cells one finding names."""


@dataclass(frozen=True, eq=False)
class Grid:
    """One sheet."""

    name: str
    rows: list[list[object]]
    """From the first row and column of the sheet on, all of the same length."""
    flaws: Mapping[Spot, str] = field(default_factory=dict)
    """Errors, and formulas without a value, as `flawed` knows them."""
    hidden: frozenset[int] = frozenset()
    """Rows that the sheet does not show."""
    filtered: bool = False
    """Whether a filter hides them."""
    merged: tuple[tuple[Spot, Spot], ...] = ()
    """First and last cell of each merged range."""
    displayed: Mapping[Spot, str] = field(default_factory=dict)
    """Numbers that are shown with zeros or letters in front, as they are shown."""
    money: Mapping[Spot, str] = field(default_factory=dict)
    """The currency that a number is shown in."""
    scales: Mapping[Spot, str] = field(default_factory=dict)
    """`thousands`, `millions` or `percentages`, where a number is shown so."""
    hidden_columns: frozenset[int] = frozenset()
    """Columns that the sheet does not show."""
    struck: frozenset[Spot] = frozenset()
    """Cells that are struck through."""

    def number(self, spot: Spot) -> float | None:
        """The number in a cell; None for any other cell, and for one beyond the rows."""
        row, column = spot
        value = self.rows[row][column] if row < len(self.rows) and column < len(self.rows[row]) else None
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    def names(self, column: str) -> bool:
        """Whether one of its first rows names the column."""
        wanted = heading(column)
        return any(wanted in map(_name, row) for row in self.rows[: _SEARCHED + 20])


def cells_of_grid(grid: Grid, options: TableOptions, assumed: Mapping[str, str] | None = None) -> Cells:
    """The cells of a sheet, numbered by its rows. Raises Unreadable."""
    return _Sheet(grid, options).cells(dict(assumed or {}))


class _Sheet:
    """A sheet on its way to a table."""

    def __init__(self, grid: Grid, options: TableOptions) -> None:
        self._grid = grid
        self._options = options
        self._rows = grid.rows
        self._remarks: list[Remark] = []
        self._mark_flaws()
        self._filled = [at for at, row in enumerate(self._rows) if any(_is_filled(value) for value in row)]
        if not self._filled:
            raise Unreadable("empty-table", "the sheet is empty", "Add a header row and one row per partner.")

    def _mark_flaws(self) -> None:
        """Writes what a cell holds instead of a value; readers leave such cells empty, or out at the edges."""
        flaws = self._grid.flaws
        if not flaws:
            return
        height = max(row for row, _ in flaws) + 1
        width = max(max(column for _, column in flaws) + 1, len(self._rows[0]) if self._rows else 0)
        for cells in self._rows:
            cells.extend([""] * (width - len(cells)))
        self._rows.extend([""] * width for _ in range(height - len(self._rows)))
        for (row, column), text in flaws.items():
            self._rows[row][column] = text

    def cells(self, assumed: dict[str, str]) -> Cells:
        """The cells below the header."""
        header = self._header()
        width = max(
            at + 1
            for number in self._filled
            for at, value in enumerate(self._rows[number])
            if _is_filled(value)
        )
        self._fill_merged(header)
        self._doubt_currencies(header)
        self._note_scales(header)
        self._doubt_struck(header)
        kept = self._visible([number for number in self._filled if number > header])
        check_size(len(kept), width)
        names = tuple(_name(value) for value in self._rows[header][:width])
        raw = tuple(tuple(self._rows[number][at] for number in kept) for at in range(width))
        texts = tuple(strings([text_of(value) for value in column]) for column in raw)
        lines = np.array(kept, dtype=np.int64) + 1
        if header != self._filled[0] and self._options.header_row is None:
            assumed[f"header in row {header + 1}"] = f"header_row: {header + 1}"
        return Cells(
            names,
            texts,
            lambda: lines,
            sheet=self._grid.name,
            letters=tuple(column_letters(at) for at in range(width)),
            raw=raw,
            typed=frozenset(
                at
                for at, column in enumerate(raw)
                if not any(isinstance(value, str) and value for value in column)
            ),
            header_line=header + 1,
            hidden=frozenset(map(column_letters, self._grid.hidden_columns)),
            currencies=self._currencies(header),
            percentages=self._percentages(header),
            titles=tuple(text_of(value) for row in self._rows[:header] for value in row if _is_filled(value)),
            displayed={(row + 1, column): text for (row, column), text in self._grid.displayed.items()},
            assumed=assumed,
            remarks=tuple(self._remarks),
        )

    def _header(self) -> int:
        """The row that names the columns."""
        if self._options.header_row is not None:
            if self._options.header_row - 1 in self._filled:
                return self._options.header_row - 1
            message = f"row {self._options.header_row} is empty"
            raise Unreadable("out-of-range", message, "header_row counts rows of the sheet from 1.")
        wanted = heading(self._options.id_heading)
        searched = self._filled[:_SEARCHED]
        named = next((at for at in searched if wanted in map(_name, self._rows[at])), None)
        return self._likely_header(searched) if named is None else named

    def _likely_header(self, searched: Sequence[int]) -> int:
        """The first row, unless a title stands there; the error about the missing name says which row it is."""
        count = {at: sum(map(_is_filled, self._rows[at])) for at in searched}
        likely = next(at for at in searched if count[at] == max(count.values()))
        if count[searched[0]] == 1 == count[likely] and len(self._filled) > _SEARCHED:
            wanted = quoted(self._options.id_heading)
            message = f"none of the first {_SEARCHED} rows names a column {wanted}"
            raise Unreadable("unknown-column", message, "Say header_row:, or partner_id: or columns:.")
        if likely == searched[0] or count[searched[0]] > 1:
            return searched[0]
        names = [name for value in self._rows[likely] if (name := _name(value))]
        near = did_you_mean(self._options.id_heading, names) or f" Columns: {', '.join(names[:30])}."
        message = f"row {likely + 1} looks like the header, and names no {quoted(self._options.id_heading)}"
        remedy = (
            f"{near.strip()} Say partner_id: or columns:, header_row: where it is another row, or sheet:."
        )
        raise Unreadable("unknown-column", message, remedy, likely + 1)

    def _doubt_struck(self, header: int) -> None:
        """A doubt about rows that are struck through: planners mean by it that a partner is gone."""
        candidates = {row for row, _ in self._grid.struck if row > header}
        struck = [
            row
            for row in sorted(candidates & set(self._filled))
            if all(
                (row, at) in self._grid.struck
                for at, value in enumerate(self._rows[row])
                if _is_filled(value)
            )
        ]
        if struck:
            which = _listed([str(row + 1) for row in struck])
            noun, verb = ("row", "is") if len(struck) == 1 else ("rows", "are")
            message = f"{noun} {which} of {quoted(self._grid.name)} {verb} struck through, and {verb} read"
            remedy = "Remove what is no partner any more, or the line through it."
            self._remarks.append(Remark("struck-row", message, remedy, struck[0] + 1))

    def _visible(self, rows: list[int]) -> list[int]:
        """The rows that count."""
        hidden = [row for row in rows if row in self._grid.hidden]
        if not hidden or self._options.hidden == "keep":
            return rows
        what = "hidden by a filter" if self._grid.filtered else "hidden"
        which = _listed([str(row + 1) for row in hidden])
        noun, verb = ("row", "is") if len(hidden) == 1 else ("rows", "are")
        if self._options.hidden == "skip":
            message = f"{noun} {which} of {quoted(self._grid.name)} {verb} {what} and not read"
            self._remarks.append(Remark("hidden-row", message, "", hidden[0] + 1, severity="note"))
            return [row for row in rows if row not in self._grid.hidden]
        message = f"{noun} {which} of {quoted(self._grid.name)} {verb} {what}, and {verb} read"
        remedy = "Say partners: {file: ..., hidden: skip} to leave them out, or hidden: keep."
        self._remarks.append(Remark("hidden-row", message, remedy, hidden[0] + 1))
        return rows

    def _currencies(self, header: int) -> dict[str, str]:
        """By column letters, the only currency that numbers are shown in."""
        found: dict[int, set[str]] = {}
        for (row, column), sign in self._grid.money.items():
            if row > header:
                found.setdefault(column, set()).add(sign)
        return {column_letters(column): signs.pop() for column, signs in found.items() if len(signs) == 1}

    def _percentages(self, header: int) -> frozenset[str]:
        """The letters of columns with numbers that are shown as percentages."""
        return frozenset(
            column_letters(column)
            for (row, column), scale in self._grid.scales.items()
            if row > header and scale == "percentages"
        )

    def _note_scales(self, header: int) -> None:
        """A note for each column whose numbers are shown in thousands: they are read as they are held."""
        first: dict[int, tuple[int, str]] = {}
        for (row, column), scale in self._grid.scales.items():
            if row > header and scale != "percentages":
                first.setdefault(column, (row, scale))
        for column, (row, scale) in sorted(first.items()):
            cell = f"{sheet_prefix(self._grid.name)}{column_letters(column)}{row + 1}"
            held = text_of(self._rows[row][column])
            message = f"the sheet shows {scale} and holds {held}, which is read"
            self._remarks.append(Remark("read-as", message, "", row + 1, cell, severity="note"))

    def _doubt_currencies(self, header: int) -> None:
        """A doubt for each column whose numbers are shown in several currencies."""
        found: dict[int, dict[str, int]] = {}
        for (row, column), sign in self._grid.money.items():
            if row > header:
                found.setdefault(column, {}).setdefault(sign, row)
        for column, signs in sorted(found.items()):
            if len(signs) > 1:
                name = (
                    _name(self._rows[header][column])
                    if column < len(self._rows[header])
                    else column_letters(column)
                )
                message = f"{name} is shown in {' and '.join(signs)}, and its numbers are read as they stand"
                cell = f"{sheet_prefix(self._grid.name)}{column_letters(column)}{list(signs.values())[1] + 1}"
                remedy = "Convert them into one currency."
                self._remarks.append(Remark("mixed-currency", message, remedy, header + 1, cell))

    def _fill_merged(self, header: int) -> None:
        """Fills words down merged cells: only the first of them holds the word."""
        filled = list[str]()
        for (top, left), (bottom, right) in self._grid.merged:
            first = max(top, header + 1)
            if bottom <= first or bottom >= len(self._rows) or left >= len(self._rows[top]):
                continue
            value = self._rows[top][left]
            spot = f"{column_letters(left)}{top + 1}:{column_letters(right)}{bottom + 1}"
            if isinstance(value, str):
                for row in range(first, bottom + 1):
                    self._rows[row][left] = value
                if value:
                    filled.append(spot)
            elif _is_filled(value):
                self._doubt_shared(value, spot, top)
        if filled:
            message = f"merged cells {_listed(filled)} of {quoted(self._grid.name)} are filled down"
            self._remarks.append(Remark("merged-cell", message, severity="note"))

    def _doubt_shared(self, value: object, spot: str, top: int) -> None:
        message = f"holds {text_of(value)} once for several rows; it counts for the first alone"
        cell = f"{sheet_prefix(self._grid.name)}{spot}"
        self._remarks.append(Remark("merged-cell", message, "Write each row's own number.", top + 1, cell))


def _listed(items: Sequence[str]) -> str:
    more = f" and {len(items) - _NAMED:,} more" if len(items) > _NAMED else ""
    return f"{', '.join(items[:_NAMED])}{more}"


def _name(value: object) -> str:
    return heading(text_of(value))


def _is_filled(value: object) -> bool:
    return value is not None and value != ""


def text_of(value: object) -> str:
    """What a person would have typed into the cell."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        # Spreadsheets show and compare fifteen digits; those beyond come of their arithmetic.
        return str(int(value)) if value.is_integer() else repr(float(f"{value:.15g}"))
    if isinstance(value, datetime):
        whole = value.time() == time()
        return value.date().isoformat() if whole else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, int | timedelta) else ""
