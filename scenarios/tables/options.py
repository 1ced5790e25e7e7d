"""How a partner table is to be read, where the scenario says so; what it leaves out is found out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

DecimalMark = Literal[".", ","]


@dataclass(frozen=True)
class LongTable:
    """A table with several rows per partner: one for each period, or for each period and metric."""

    period: str
    """The column that says which period a row is about."""
    values: tuple[str, ...]
    """The columns that hold numbers; one where `metric` says what they count."""
    metric: str | None = None
    """The column that says what the number counts; None where each column counts one thing."""


@dataclass(frozen=True)
class TableOptions:
    """What is pinned about one partner table."""

    id_column: str = "partner_id"
    """The column that identifies a partner, after `columns` has renamed it."""
    sheet: str | None = None
    """The sheet of a workbook."""
    header_row: int | None = None
    """The line of a text file or row of a sheet that holds the column names, counted from 1."""
    decimal: DecimalMark | None = None
    """What stands before decimals; the other mark then groups thousands."""
    separator: str | None = None
    """What stands between the columns of a text file."""
    encoding: str | None = None
    """How a text file spells its characters."""
    hidden: Literal["skip", "keep"] | None = None
    """Whether hidden and filtered rows count; left out, they count and are doubted."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Names that the scenario uses, each with the column's name in the file."""
    long: LongTable | None = None
    """How to read a table of several rows per partner."""

    @property
    def id_heading(self) -> str:
        """The name in the file of the column that identifies a partner."""
        return self.columns.get(self.id_column, self.id_column)
