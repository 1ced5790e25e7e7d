"""Comparing: finished allocations side by side, what moved between two of them, and which change moved it.

Knows plain tables and documents only: rows as in allocation.csv, documents as in result.json.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.differences import Change
from scenarios.exact import Exact

KEYS = ("partner", "metric", "period")
"""The columns that say which target a row is about; the period is empty where there are none."""
AMOUNTS = ("floor", "cap", "unrounded", "target")
"""The columns of numbers that a comparison reads."""
FLOOR, CAP, FIXED = "floor", "cap", "floor and cap"

Mask = NDArray[np.bool_]
Words = NDArray[np.object_]

_HAIR = 1e-6


@dataclass(frozen=True, eq=False)
class Side:
    """One of the allocations that are compared."""

    name: str
    """How the comparison calls it; no two are called alike."""
    document: Mapping[str, Any]
    """What result.json says."""
    table: pd.DataFrame | None = None
    """Its targets: `KEYS`, `AMOUNTS` and binding; None where there are none."""
    names: Mapping[str, str] | None = None
    """What partners are called, by id, where it is known."""

    @property
    def state(self) -> str:
        """succeeded, infeasible or failed."""
        return str(self.document["state"])


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
    was: Mask
    """(targets,) whether there was a target before."""
    is_there: Mask
    """(targets,) whether there is one after."""
    stood: Words
    """(targets,) at which limit it stood before: floor, cap, both or none ("")."""
    stands: Words
    """(targets,) at which limit it stands after."""
    binding: Words
    """(targets,) the rules that bind it after."""
    causes: tuple[Exact, ...]
    """Per step (targets,) what it moved; together they come to the whole change."""

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
        """The targets that moved most, as parts of all that is placed for their metric; the largest first."""
        size = np.abs(self.change.floats())
        for metric in self.metrics():
            mine = self.of(metric)
            placed = max(self.after[mine].sum(), self.before[mine].sum())
            size[mine] /= float(placed) or 1.0
        order = np.lexsort((self.partner.astype(str), -np.round(size, 12)))
        return [int(row) for row in order[:most] if size[row] > 0]


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


@dataclass(frozen=True, eq=False)
class Comparison:
    """Allocations side by side."""

    sides: tuple[Side, ...]
    """In the order given."""
    against_first: tuple[Against, ...]
    """Every later side against the first."""


@dataclass(frozen=True)
class Extent:
    """How much moved of one metric; amounts in its unit."""

    raised: int
    """Targets that rose, new ones included."""
    lowered: int
    """Targets that fell, those gone included."""
    new: int
    """Targets that were not there before."""
    gone: int
    """Targets that are there no more."""
    up: Fraction
    """By how much they rose together."""
    down: Fraction
    """By how much they fell together."""

    @property
    def moved(self) -> int:
        """How many targets are not what they were."""
        return self.raised + self.lowered


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
        was=np.asarray(keys.isin(first.index)),
        is_there=np.asarray(keys.isin(last.index)),
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
    floor, cap, x = (table[name].to_numpy(dtype=np.float64) for name in ("floor", "cap", "unrounded"))
    low, high = (floor > 0) & (x <= floor + _HAIR), x >= np.where(np.isnan(cap), np.inf, cap) - _HAIR
    found = np.select([low & high, low, high], [FIXED, FLOOR, CAP], default="").astype(object)
    return pd.Series(found, index=table.index).reindex(keys, fill_value="").to_numpy(dtype=object)


def extent(moved: Moves, metric: str, step: int | None = None) -> Extent:
    """How much moved of a metric, in all or by one step."""
    mine = moved.of(metric)
    change = (moved.change if step is None else moved.causes[step])[mine]
    rose, fell = change > 0, change < 0
    return Extent(
        raised=int(rose.sum()),
        lowered=int(fell.sum()),
        new=int((~moved.was & mine).sum()),
        gone=int((~moved.is_there & mine).sum()),
        up=change[rose].sum(),
        down=-change[fell].sum(),
    )


def rule_names(sides: Sequence[Side]) -> list[str]:
    """Every rule of any side, in the order of the first that has it."""
    return list(dict.fromkeys(effect["rule"] for side in sides for effect in effects(side)))


def effects(side: Side) -> list[Mapping[str, Any]]:
    """What became of each rule; none where there is no allocation."""
    found: list[Mapping[str, Any]] = list(side.document.get("rules") or ())
    return found


def spreads(sides: Sequence[Side]) -> Iterator[tuple[str, str, str, list[Mapping[str, Any] | None]]]:
    """(metric, by, group, the stretch of each side) for everything that any side sums up."""
    documents = [side.document.get("spread") or {} for side in sides]
    for metric in _keys(documents):
        parts = [document.get(metric, {}) for document in documents]
        yield metric, "all", "", [part.get("all") for part in parts]
        for by in [key for key in _keys(parts) if key != "all"]:
            groups = [part.get(by, {}) for part in parts]
            for group in _keys(groups):
                yield metric, by.removeprefix("by "), group, [found.get(group) for found in groups]


def _keys(mappings: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(key for mapping in mappings for key in mapping))
