"""The library: targets for a data frame of partners, without files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from rules import RuleBook, library, read_book
from scenarios import Finding, Refused, Report, Scenario
from scenarios.read.from_memory import scenario_from_memory
from solver.allocate import Engines, Progress
from solver.allocate import allocate as allocate_scenario
from solver.allocation import Allocation, State

if TYPE_CHECKING:
    import pandas as pd

    from solver.infeasible.conflict import Conflicts


@dataclass(frozen=True, eq=False)
class Answer:
    """Targets for a frame of partners, or why there are none."""

    allocation: Allocation
    """The whole answer, with its arrays and its proof; its inner shape may change between minor versions."""
    findings: tuple[Finding, ...]
    """The doubts about the input."""

    @property
    def state(self) -> State:
        """succeeded, infeasible (see the conflict) or failed (see the reason)."""
        return self.allocation.state

    @property
    def reason(self) -> str:
        """Why it failed; empty otherwise."""
        return self.allocation.reason

    @property
    def conflict(self) -> Conflicts | None:
        """Why the rules cannot all hold, with verified repairs; None where they can."""
        return self.allocation.conflict

    @cached_property
    def targets(self) -> pd.DataFrame:
        """A row per partner, metric and period in the order of the frame given: floats in the metric's unit.

        Columns partner, metric, period (where there are periods), baseline, fair_share, floor, cap, target,
        growth, stretch, binding. NaN where there is no such number; no rows where there are no targets.
        """
        import pandas as pd

        if self.allocation.rounded is None:
            return pd.DataFrame(columns=[*self._names(np.zeros(0, dtype=np.intp)), "target"])
        cells = self._in_frame_order()
        allocation = self.allocation
        target, share = allocation.target.floats()[cells], allocation.fair_share[cells]
        baseline = self._baseline()[cells]
        return pd.DataFrame(
            self._names(cells)
            | {
                "baseline": baseline,
                "fair_share": share,
                "floor": allocation.floor[cells],
                "cap": np.where(np.isinf(allocation.cap), np.nan, allocation.cap)[cells],
                "target": target,
                "growth": _over(target, baseline),
                "stretch": _over(target, share),
                "binding": allocation.binding[cells],
            }
        )

    @cached_property
    def receipts(self) -> pd.DataFrame:
        """A row per item of every target's receipt, in the order in which the items add up to the target.

        Columns partner, metric, period (where there are periods), item, kind, amount (floats in the metric's
        unit), reason.
        """
        import pandas as pd

        receipts = self.allocation.receipts
        if receipts is None:
            return pd.DataFrame(columns=[*self._names(np.zeros(0, dtype=np.intp)), "item", "kind", "amount"])
        rank = np.empty(self.allocation.frame.size, dtype=np.intp)
        rank[self._in_frame_order()] = np.arange(len(rank))
        order = np.argsort(rank[receipts.cell], kind="stable")
        reasons = {rule.name: rule.reason for rule in self.allocation.book.rules}
        items = receipts.item[order]
        return pd.DataFrame(
            self._names(receipts.cell[order])
            | {
                "item": items,
                "kind": receipts.kind[order],
                "amount": receipts.amount.floats()[order],
                "reason": [reasons.get(item, "") for item in items.tolist()],
            }
        )

    @cached_property
    def rules(self) -> pd.DataFrame:
        """A row per rule: rule, kind, priority (NaN: hard), held, binding, missed, unit, against, reason."""
        import pandas as pd

        reasons = {rule.name: rule.reason for rule in self.allocation.book.rules}
        rows = [
            {
                "rule": effect.rule,
                "kind": effect.kind,
                "priority": np.nan if effect.priority is None else float(effect.priority),
                "held": effect.held,
                "binding": effect.binding,
                "missed": float(effect.missed),
                "unit": effect.unit,
                "against": "; ".join(effect.against),
                "reason": reasons.get(effect.rule, ""),
            }
            for effect in self.allocation.effects
        ]
        columns = ("rule", "kind", "priority", "held", "binding", "missed", "unit", "against", "reason")
        return pd.DataFrame(rows, columns=list(columns))

    def _in_frame_order(self) -> np.ndarray[Any, np.dtype[np.intp]]:
        """(cells,) the cells by partner as they came, then metric, then period."""
        frame = self.allocation.frame
        # Inside, partners stand by id, so that row order plays no part; the caller has them back as they
        # came.
        by_partner = np.arange(frame.size, dtype=np.intp).reshape(-1, frame.partners).T
        return by_partner[np.argsort(frame.columns.order)].ravel()

    def _names(self, cells: np.ndarray[Any, np.dtype[np.intp]]) -> dict[str, Any]:
        """Whose targets the cells are."""
        frame = self.allocation.frame
        block, position = np.divmod(cells, max(frame.partners, 1))
        ids, metrics = np.array(frame.columns.ids, dtype=object), np.array(list(frame.metrics), dtype=object)
        names = {"partner": ids[position], "metric": metrics[block // frame.parts]}
        if not frame.periods:
            return names
        return names | {"period": np.array(frame.periods, dtype=object)[block % frame.parts]}

    def _baseline(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """(cells,) NaN where none is stated."""
        frame = self.allocation.frame
        parts = []
        for name, metric in frame.metrics.items():
            unknown = (
                frame.columns.empty(metric.baseline)
                if metric.baseline
                else np.ones(frame.partners, dtype=bool)
            )
            for view in [frame.within(period) for period in frame.periods] or [frame]:
                parts.append(np.where(unknown, np.nan, view.baseline(name).floats()))
        return np.concatenate(parts)


def _over(
    target: np.ndarray[Any, np.dtype[np.float64]], base: np.ndarray[Any, np.dtype[np.float64]]
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """(n,) target / base - 1; NaN where there is no base."""
    # A baseline of zero, as one that no one has stated, has no growth: infinity would be no number to plan
    # by.
    known = np.nan_to_num(base) > 0
    return np.asarray(np.divide(target, base, out=np.full(len(target), np.nan), where=known) - 1)


@overload
def allocate(
    partners: Scenario,
    book: RuleBook,
    *,
    progress: Progress | None = None,
    engines: Engines | None = None,
    start: Allocation | None = None,
    time_limit: float = ...,
) -> Allocation: ...


@overload
def allocate(
    partners: pd.DataFrame,
    *,
    metrics: Mapping[str, Mapping[str, Any]],
    targets: Sequence[Mapping[str, Any]],
    rules: Sequence[Mapping[str, Any]] = (),
    partner_id: str = "partner_id",
    as_of: date | None = None,
    settings: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    engines: Engines | None = None,
    start: Allocation | None = None,
    time_limit: float = ...,
) -> Answer: ...


def allocate(
    partners: Scenario | pd.DataFrame,
    book: RuleBook | None = None,
    *,
    metrics: Mapping[str, Mapping[str, Any]] | None = None,
    targets: Sequence[Mapping[str, Any]] = (),
    rules: Sequence[Mapping[str, Any]] = (),
    partner_id: str = "partner_id",
    as_of: date | None = None,
    settings: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    engines: Engines | None = None,
    start: Allocation | None = None,
    time_limit: float = np.inf,
) -> Allocation | Answer:
    """Targets for a frame of partners, or for a scenario that has been read with its rule book.

    partners: a row per partner, with a column `partner_id` and the columns that metrics and rules name.
    metrics: by name what a scenario file says: unit, round_to, baseline, fair_share and so on.
    targets: what is to be placed: {"name": "company target", "metric": "revenue", "growth": "15%"}.
    rules: {"name": ..., "kind": "growth_floor", "growth_min": "3%"} and so on, as in a rule file.
    settings: other fields of a scenario file, such as periods, goals, cascade, adjustments or missing.
    start: the allocation of much the same scenario; it shortens the way and plays no part in the answer.
    time_limit: seconds after which no further priority of elastic rules is begun; the termination then says so.

    Infeasible and failed are states of the answer, not exceptions. Raises scenarios.Refused with every
    finding for mistakes in the input.
    """
    if isinstance(partners, Scenario):
        if book is None:
            raise TypeError("a scenario is solved with its rule book: allocate(scenario, book)")
        return allocate_scenario(
            partners, book, progress=progress, engines=engines, start=start, time_limit=time_limit
        )
    data = {
        "scenario": "frame",
        **(settings or {}),
        "partner_id": partner_id,
        "metrics": metrics or {},
        "targets": targets,
    }
    report = Report()
    scenario = scenario_from_memory(data, partners, rules, report, library=library, as_of=as_of)
    found = read_book(scenario, report) if scenario else None
    report.stop_on_errors()
    if scenario is None or found is None:
        raise Refused(report.findings)
    allocation = allocate_scenario(
        scenario, found, progress=progress, engines=engines, start=start, time_limit=time_limit
    )
    return Answer(allocation, report.findings)
