"""Comparing: finished allocations side by side, what moved between two of them, and which change moved it.

Knows plain tables and documents only: rows as in allocation.csv, documents as in result.json.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from api.output.partner_names import NAME, TIER, PartnerNames
from api.output.result_parts import FivePart, ResultDocument, RulePart
from api.output.solve_state import State
from scenarios.diff.changes import Change
from scenarios.values.rational_array import Exact
from solver.questions.turns import by_turns

if TYPE_CHECKING:
    import pandas as pd

KEYS = ("partner", "metric", "period")
"""The columns that say which target a row is about; the period is empty where there are none."""
AMOUNTS = ("floor", "cap", "unrounded", "target")
"""The columns of numbers that a comparison reads."""
FLOOR, CAP, FIXED = "floor", "cap", "floor and cap"

Mask = NDArray[np.bool_]
Words = NDArray[np.object_]

_AT_LIMIT = 1e-6
"""How near to a floor or cap, in the metric's unit, a target stands at it: allocation.csv has six decimals."""


@dataclass(frozen=True)
class Outcome:
    """What became of a rule, as far as a comparison has it."""

    rule: str
    kind: str
    priority: int | None
    reason: str
    held: bool
    missed: str
    """In the unit, as exact text."""
    unit: str
    missed_by: int
    """For how many partners or groups it gave way."""
    binding: int

    @classmethod
    def of(cls, rule: RulePart) -> Outcome:
        """That of a rule in result.json."""
        return cls(
            rule=rule.rule,
            kind=rule.kind,
            priority=rule.priority,
            reason=rule.reason,
            held=rule.held,
            missed=rule.missed,
            unit=rule.unit,
            missed_by=len(rule.misses),
            binding=rule.binding,
        )


@dataclass(frozen=True, eq=False)
class Side:
    """One of the allocations that are compared."""

    name: str
    """How the comparison calls it; no two are called alike."""
    result: ResultDocument
    """What result.json says."""
    table: pd.DataFrame | None = None
    """Its targets: `KEYS`, `AMOUNTS`, binding, and name and tier where known; None where there are none."""
    counted: tuple[Outcome, ...] | None = None
    """What became of its rules, where that was counted and not listed in the result."""

    @property
    def state(self) -> State:
        """succeeded, infeasible or failed."""
        return self.result.state

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What became of its rules, in their order."""
        return tuple(map(Outcome.of, self.result.rules)) if self.counted is None else self.counted

    @cached_property
    def names(self) -> PartnerNames:
        """What its partners are called."""
        return PartnerNames() if self.table is None else names_of(self.table)


@dataclass(frozen=True, eq=False)
class Step:
    """Changes that were made together, and the targets they lead to."""

    changes: tuple[Change, ...]
    """One, unless there is no allocation before the last of them is made."""
    table: pd.DataFrame
    """As in `Side`."""


@dataclass(frozen=True, eq=False)
class Moves:
    """Every target of either of two allocations; a target that is not there counts as zero."""

    partner: Words
    """(targets,) str."""
    metric: Words
    """(targets,) str."""
    period: Words
    """(targets,) str, "" where there are no periods."""
    before: Exact
    """(targets,) in each metric's unit."""
    after: Exact
    """(targets,) in each metric's unit."""
    present: tuple[Mask, ...]
    """(targets,) whether the target is there: before, then after each step."""
    stood: Words
    """(targets,) at which limit it stood before: floor, cap, both or none ("")."""
    stands: Words
    """(targets,) at which limit it stands after."""
    binding: Words
    """(targets,) the rules that bind it after."""
    causes: tuple[Exact, ...]
    """Per step (targets,) what it moved; together they come to the whole change."""

    @property
    def was(self) -> Mask:
        """(targets,) whether there was a target before."""
        return self.present[0]

    @property
    def is_there(self) -> Mask:
        """(targets,) whether there is one after."""
        return self.present[-1]

    @cached_property
    def change(self) -> Exact:
        """(targets,) after less before."""
        return self.after - self.before

    @cached_property
    def reached(self) -> Mask:
        """(targets,) whether it newly stands at a limit."""
        return np.asarray((self.stands != "") & (self.stands != self.stood), dtype=bool)

    @cached_property
    def relative(self) -> NDArray[np.float64]:
        """(targets,) the change as a part of what was; infinite from nothing, zero where nothing moved."""
        was, change = self.before.floats(), self.change.floats()
        grown = np.divide(change, was, out=np.full(len(was), np.inf), where=was > 0)
        return np.where(change == 0, 0.0, grown)

    def of(self, metric: str) -> Mask:
        """(targets,) those of the metric."""
        return np.asarray(self.metric == metric, dtype=bool)

    def metrics(self) -> list[str]:
        """The metrics, in their order."""
        return list(dict.fromkeys(self.metric.tolist()))

    def largest(self, most: int) -> list[int]:
        """The targets that moved most: the furthest of each metric, then the second of each, and so on."""
        size = np.abs(self.change.floats())
        metrics = {name: number for number, name in enumerate(self.metrics())}
        order = np.lexsort((self.partner.astype(str), -size))
        moved = order[size[order] > 0]
        turns = by_turns(moved, np.array([metrics[name] for name in self.metric.tolist()], dtype=np.intp))
        return [int(row) for row in turns[:most]]


@dataclass(frozen=True, eq=False)
class Against:
    """What is otherwise in a later side than in the first."""

    side: Side
    """The later side."""
    moves: Moves | None
    """What moved; None unless both sides have targets."""
    changes: tuple[tuple[Change, ...], ...]
    """Per step of the moves, the changes that made it."""
    files: tuple[str, ...]
    """The input files that are not the same, by name."""
    explained: bool
    """Whether changes were looked for: both are scenarios, and reasons were asked for."""
    other_units: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """The metrics that are counted in two units, the first side's and this one's; their targets are left out."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Allocations side by side."""

    sides: tuple[Side, ...]
    """In the order given."""
    against_first: tuple[Against, ...]
    """Every later side against the first."""


@dataclass(frozen=True)
class Counts:
    """How many moved; new ones rise and those gone fall."""

    of: int
    """All of either side."""
    raised: int
    lowered: int
    new: int
    """Not there before."""
    gone: int
    """Not there any more."""

    @property
    def moved(self) -> int:
        """How many are not what they were."""
        return self.raised + self.lowered


@dataclass(frozen=True)
class Extent:
    """How much moved of one metric; amounts in its unit."""

    targets: Counts
    """Each period of a partner counts."""
    partners: Counts
    """The periods of a partner are added up."""
    up: Fraction
    """By how much targets rose together."""
    down: Fraction
    """By how much targets fell together."""


def names_of(table: pd.DataFrame) -> PartnerNames:
    """What the partners of targets are called."""
    one = table.drop_duplicates("partner").set_index("partner")
    ids = one.index.tolist()
    return PartnerNames(
        *(dict(zip(ids, one[c].tolist(), strict=True)) if c in one.columns else {} for c in (NAME, TIER))
    )


def moves(before: pd.DataFrame, steps: Sequence[Step]) -> Moves:
    """What moved from an allocation to the last of some steps, and what each step moved."""
    tables = [_indexed(before), *(_indexed(step.table) for step in steps)]
    first, last = tables[0], tables[-1]
    gone = first.index[~first.index.isin(last.index)]
    keys = last.index.append(gone)
    targets = [_targets(table, keys) for table in tables]
    stood, stands = _limits(first, keys), _limits(last, keys)
    partner, metric, period = (keys.get_level_values(name).to_numpy(dtype=object) for name in KEYS)
    return Moves(
        partner=partner,
        metric=metric,
        period=period,
        before=targets[0],
        after=targets[-1],
        present=tuple(np.asarray(keys.isin(table.index)) for table in tables),
        stood=stood,
        stands=stands,
        binding=last["binding"].reindex(keys, fill_value="").to_numpy(dtype=object),
        causes=tuple(later - earlier for earlier, later in pairwise(targets)),
    )


def _indexed(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index(list(KEYS))


def _targets(table: pd.DataFrame, keys: pd.Index) -> Exact:
    """(keys,) the targets; zero where there are none."""
    return Exact.from_floats(table["target"].reindex(keys, fill_value=0.0).to_numpy(dtype=np.float64))


def _limits(table: pd.DataFrame, keys: pd.Index) -> Words:
    """(keys,) at which limit each target stands before rounding; "" where at none, or not there."""
    import pandas as pd

    floor, cap, x = (table[name].to_numpy(dtype=np.float64) for name in ("floor", "cap", "unrounded"))
    low, high = (floor > 0) & (x <= floor + _AT_LIMIT), x >= np.where(np.isnan(cap), np.inf, cap) - _AT_LIMIT
    found = np.select([low & high, low, high], [FIXED, FLOOR, CAP], default="").astype(object)
    return pd.Series(found, index=table.index).reindex(keys, fill_value="").to_numpy(dtype=object)


def extent(moved: Moves, metric: str, step: int | None = None) -> Extent:
    """How much moved of a metric, in all or by one step."""
    import pandas as pd

    mine = moved.of(metric)
    change = (moved.change if step is None else moved.causes[step])[mine]
    before = moved.present[0 if step is None else step][mine]
    after = moved.present[-1 if step is None else step + 1][mine]
    partner, ids = pd.factorize(moved.partner[mine])
    n = len(ids)
    was, is_there = (np.bincount(partner, weights=mask, minlength=n) > 0 for mask in (before, after))
    return Extent(
        targets=_counts(change, before, after),
        partners=_counts(change.sum_by(partner.astype(np.intp), n), was, is_there),
        up=change[change > 0].sum(),
        down=-change[change < 0].sum(),
    )


def _counts(change: Exact, was: Mask, is_there: Mask) -> Counts:
    return Counts(
        of=int((was | is_there).sum()),
        raised=int((change > 0).sum()),
        lowered=int((change < 0).sum()),
        new=int((~was & is_there).sum()),
        gone=int((was & ~is_there).sum()),
    )


def rule_names(sides: Sequence[Side]) -> list[str]:
    """Every rule of any side, in the order of the first that has it."""
    return list(dict.fromkeys(outcome.rule for side in sides for outcome in side.outcomes))


def spreads(sides: Sequence[Side]) -> Iterator[tuple[str, str, str, tuple[FivePart | None, ...]]]:
    """(metric, by, group, the stretch of each side) for everything that any side sums up."""
    found = [side.result.spread for side in sides]
    for metric in _keys(found):
        parts = [spread.get(metric) for spread in found]
        yield metric, "all", "", tuple(part.all if part else None for part in parts)
        for by in _keys([part.by if part else {} for part in parts]):
            groups = [part.by.get(by, {}) if part else {} for part in parts]
            for group in _keys(groups):
                yield metric, by, group, tuple(of.get(group) for of in groups)


def _keys(mappings: Sequence[Mapping[str, object]]) -> list[str]:
    return list(dict.fromkeys(key for mapping in mappings for key in mapping))
