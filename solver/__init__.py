"""How it is solved: rows to targets, with receipts, an audit and, where rules clash, the conflict."""

from solver.allocate import Engines, Progress, allocate
from solver.allocation import Allocation
from solver.conflict import Conflict
from solver.effects import Effect
from solver.receipt import Receipts

__all__ = ["Allocation", "Conflict", "Effect", "Engines", "Progress", "Receipts", "allocate"]
