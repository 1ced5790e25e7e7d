"""What must hold: rules that are data, and the rows they demand."""

from rules.book import RuleBook
from rules.frame import Frame
from rules.kinds import KINDS
from rules.read import library, read_book
from rules.rows import Rows
from rules.rule import Rule

__all__ = ["KINDS", "Frame", "Rows", "Rule", "RuleBook", "library", "read_book"]
