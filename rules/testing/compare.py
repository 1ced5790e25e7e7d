"""Comparing a rule with an edit of it, on the cells of one case: which rows change, and which way."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import ValidationError

from rules.arrays import Mask
from rules.cell_index import CellIndex
from rules.kinds import KINDS
from rules.rows import Rows
from rules.rule import Rule
from rules.testing.edits import Edit
from rules.text import rows_text
from scenarios.values.rational_array import Exact

Effect = Literal["looser", "tighter", "changed"]
"""What an edit does to what is asked: less, more, or now less and now more."""


def edited(rule: Rule, edit: Edit) -> Rule | None:
    """The rule with the edit, or None where that makes no rule."""
    try:
        changed = KINDS[rule.kind].model_validate({**edit.data, "kind": rule.kind})
    except ValidationError:
        return None
    return changed.model_copy(update={"metric": rule.metric})


def lines(rule: Rule, frame: CellIndex) -> list[str]:
    """The rule's rows as text."""
    return rows_text(frame.rows_of(rule), frame).splitlines()


def lost(before: list[str], after: list[str]) -> Mask:
    """(rows before,) those that are not there afterwards."""
    kept = set(after)
    return np.array([line not in kept for line in before], dtype=bool)


def moved(before: Rows, after: Rows, changed: Mask) -> tuple[Mask, Mask]:
    """Two (rows before,) masks: the changed rows whose least is another, and those whose most is."""
    if before.lower is None or before.upper is None or len(before) != len(after):
        return changed, changed
    if after.lower is None or after.upper is None:
        return changed, changed
    low, high = ~before.lower.equals(after.lower), ~before.upper.equals(after.upper)
    terms = changed & ~low & ~high
    return low | terms, high | terms


def effect(before: Rows, after: Rows, *, dropped: bool, added: bool) -> Effect:
    """What the change does, for targets that are never below zero.

    `dropped` and `added` tell whether rows are lost and gained by it.
    """
    if len(before) != len(after):
        return "changed" if dropped and added else "looser" if dropped else "tighter"
    if not (np.array_equal(before.row, after.row) and np.array_equal(before.cell, after.cell)):
        return "changed"
    less, more = _compared(before, after), _compared(after, before)
    return "changed" if less == more else "looser" if less else "tighter"


def _compared(one: Rows, other: Rows) -> bool:
    """Whether the other asks for no more than the one, in every row."""
    above = one.upper is None or (
        _no_less(other.upper, one.upper) and _no_less(one.coefficient, other.coefficient)
    )
    below = one.lower is None or (
        _no_less(one.lower, other.lower) and _no_less(other.coefficient, one.coefficient)
    )
    return above and below


def _no_less(one: Exact | None, other: Exact | None) -> bool:
    return one is not None and other is not None and bool((one >= other).all())
