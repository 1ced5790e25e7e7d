"""What was done by partners who are not in the table, as far as it counts for a company target."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from rules.arrays import Mask
from rules.cell_index import CellIndex
from rules.kinds.company_target import CompanyTarget
from rules.rule import Rule


def others_count(rule: Rule, year: CellIndex) -> Fraction:
    """What others did in the parts that are over that a rule of the whole period counts: company targets do.

    A target of a part of the partners counts what was done at a node of the cascade all of whose partners are its own.
    """
    if not isinstance(rule, CompanyTarget) or rule.period is not None or year.past is None:
        return Fraction(0)
    metric, who = list(year.metrics).index(rule.one_metric), year.who(rule.where)
    counted = (
        each.amount
        for each in year.past.unassigned
        if each.metric == metric and bool(who[_at(each.path, year)].all())
    )
    return sum(counted, Fraction(0))


def _at(path: Sequence[str], year: CellIndex) -> Mask:
    """(partners,) those at the node that a path leads to, or at the last above it that has any."""
    assert year.past is not None
    found = np.ones(year.partners, dtype=bool)
    for column, word in zip(year.past.cascade, path, strict=False):
        below = found & _there(year, column, word)
        if not below.any():
            break
        found = below
    return found


def _there(year: CellIndex, column: str, word: str) -> Mask:
    """(partners,) whose cell is this word, or who have a share in the group of a split."""
    if column not in year.columns.shares:
        return np.asarray(year.columns.text(column) == word, dtype=bool)
    share = year.columns.shares[column].get(word)
    return np.zeros(year.partners, dtype=bool) if share is None else year.columns.exact(share) > 0
