"""Examine: one scenario solved, and what its answer keeps of what was promised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios import Refused
from solver import Allocation, allocate
from solver.cascade.levels import levels_of
from tests import builders, reference
from tests.fuzz.generate import DrawnScenario
from tests.fuzz.program import Program
from tests.fuzz.whole import NONE

_CLOSE = 1e-6
"""Of a unit: how far beyond one unit a margin may be, for floats."""
_WORSE = 1e-3
"""Of what a priority must miss, how much more is a fault; the independent model is an interior point and no nearer."""
_APART = 1e-3
"""The distance from the independent even spread that is a fault, √Σ (x - y)² / (r T); 1e-5 is usual."""
_NAIVE = 60
"""Partners up to which every hard rule is asked again of the plain restatement."""


@dataclass
class Examined:
    """What was found of one scenario."""

    seed: int
    style: str
    partners: int
    cells: int = 0
    state: str = "crashed"
    reason: str = ""
    exact: bool = True
    seconds: float = 0.0
    """Of processor, rules to audited targets."""
    farthest: float = 0.0
    """The largest distance of a target from its unrounded one, in units."""
    margins: dict[str, int] = field(default_factory=dict)
    """Of years, nodes and periods, how many are more than a unit off; those that are not are left out."""
    broken: list[str] = field(default_factory=list)
    """Hard rules that the plain restatement finds broken."""
    compared: str = "no"
    """Whether an independent model was asked: no, yes, or why it could not tell."""
    worse: dict[str, float] = field(default_factory=dict)
    """Priority to how much more is missed than must be, as a part of what must be."""
    apart: float = 0.0
    """The distance of the unrounded targets from the independent ones, √Σ (x - y)² / (r T)."""
    nearer: str = ""
    """Where something is more than a unit off, whether an integer program has whole targets with nothing so far."""

    @property
    def off(self) -> bool:
        """Whether a target or a total is more than a unit off."""
        return self.farthest > 1 + _CLOSE or bool(self.margins)

    @property
    def faults(self) -> list[str]:
        """What is wrong, in a word each."""
        found = {
            self.state: self.state != "succeeded",
            "not exact": not self.exact,
            "a target more than a unit off": self.nearer != NONE and self.farthest > 1 + _CLOSE,
            **{f"{name} more than a unit off": self.nearer != NONE for name in self.margins},
            "a hard rule broken": bool(self.broken),
            "more missed than must be": any(more > _WORSE for more in self.worse.values()),
            "not the even spread": self.apart > _APART,
        }
        return [name for name, there in found.items() if there]


def examine(drawn: DrawnScenario, folder: Path) -> Examined:
    """Writes the scenario into the folder, solves it and looks at the answer; leaves program.npz for a comparison."""
    found = Examined(drawn.seed, drawn.style, len(drawn.columns["partner_id"]))
    try:
        scenario, book = builders.read(drawn.write(folder))
    except Refused as refused:
        found.state = "refused"
        found.reason = next(f.message for f in refused.findings if f.severity == "error")
        return found
    start = process_time()
    allocation = allocate(scenario, book)
    found.seconds = round(process_time() - start, 3)
    found.cells, found.state, found.reason = book.frame.size, allocation.state, allocation.reason
    if allocation.state == "succeeded":
        _check(found, drawn, allocation)
        totals = [total for _, total in _totals(allocation)]
        Program.of(book, allocation, totals).save(folder / "program.npz")
    return found


def _check(found: Examined, drawn: DrawnScenario, allocation: Allocation) -> None:
    found.exact = bool(allocation.document()["certificate"].get("exact"))
    frame = allocation.frame
    units = np.repeat([float(m.round_to) for m in frame.metrics.values()], frame.parts * frame.partners)
    off = (allocation.target.floats() - allocation.unrounded) / units
    found.farthest = round(float(np.abs(off).max()), 3)
    sums = {name: np.bincount(total, off) for name, total in _totals(allocation)}
    counts = {name: int((np.abs(sum_) > 1 + _CLOSE).sum()) for name, sum_ in sums.items()}
    found.margins = {name: count for name, count in counts.items() if count}
    if found.partners <= _NAIVE:
        found.broken = list(_broken(drawn, allocation))


def _totals(allocation: Allocation) -> Iterator[tuple[str, NDArray[np.intp]]]:
    """Each sort of total that people read: (cells,) the number of the one in which a cell counts."""
    frame = allocation.frame
    metric, part, partner = np.indices((len(frame.metrics), frame.parts, frame.partners)).reshape(3, -1)
    if frame.parts > 1:
        yield "years", metric * frame.partners + partner
        yield "periods", metric * frame.parts + part
    for level in levels_of(frame.columns, allocation.scenario.cascade)[:-1]:
        node = level.node[partner]
        yield "nodes", metric * len(level) + node
        if frame.parts > 1:
            yield "nodes of a period", (metric * frame.parts + part) * len(level) + node


def _broken(drawn: DrawnScenario, allocation: Allocation) -> Iterator[str]:
    """The names of hard rules that do not hold, by the plain restatement in exact arithmetic."""
    world = _world(drawn, allocation)
    targets = [{"kind": "company_target", **target} for target in drawn.scenario["targets"]]
    for rule in (*targets, *drawn.rules):
        missed = [] if "priority" in rule else reference.misses(rule, world)
        at_stake = max(map(abs, world.totals.values()), default=0)
        if any(amount > at_stake / 10**6 for _, amount in missed):
            yield rule["name"]


def _world(drawn: DrawnScenario, allocation: Allocation) -> reference.World:
    names = list(drawn.columns)
    partners = [dict(zip(names, row, strict=True)) for row in zip(*drawn.columns.values(), strict=True)]
    metrics = {name: _metric(fields) for name, fields in drawn.scenario["metrics"].items()}
    frame = allocation.frame
    keys = [
        (partner, metric, period)
        for metric in frame.metrics
        for period in frame.periods or ("",)
        for partner in frame.columns.ids
    ]
    targets = dict(zip(keys, allocation.target.tolist(), strict=True))
    return reference.World(partners, metrics, dict(frame.totals), frame.periods, targets=targets)


def _metric(fields: dict[str, Any]) -> dict[str, Any]:
    weights: dict[str, str] = fields["fair_share"]
    phasing = fields["phasing"]
    return {
        "baseline": fields["baseline"],
        "fair_share": {column: reference.number(weight) for column, weight in weights.items()},
        "missing": fields["missing"],
        "phasing": phasing if phasing == "even" else {"by": None, **phasing},
        "round_to": reference.number(fields["round_to"]),
    }
