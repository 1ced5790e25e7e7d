"""How it is solved: rows to targets, with receipts, an audit and, where rules clash, the conflict."""

from solver.allocate import Engines, Progress, allocate
from solver.allocation import Allocation
from solver.conflict import Conflict, Conflicts
from solver.effects import Effect
from solver.receipt import Receipts
from solver.whatif import Instead, Way, Without, at_work, instead, ways, why

__all__ = [
    "Allocation",
    "Conflict",
    "Conflicts",
    "Effect",
    "Engines",
    "Instead",
    "Progress",
    "Receipts",
    "Way",
    "Without",
    "allocate",
    "at_work",
    "instead",
    "ways",
    "why",
]
