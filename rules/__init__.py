"""What must hold: rules that are data, and the rows they demand."""

from rules.book import RuleBook
from rules.cases import Case, read_cases
from rules.cell_index import CellIndex
from rules.describe import Description, describe
from rules.kinds import KINDS
from rules.read import library, read_book
from rules.rows import Rows
from rules.rule import Rule
from rules.text import rows_text

__all__ = [
    "KINDS",
    "Case",
    "CellIndex",
    "Description",
    "Rows",
    "Rule",
    "RuleBook",
    "describe",
    "library",
    "read_book",
    "read_cases",
    "rows_text",
]
