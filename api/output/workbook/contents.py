"""What a workbook is made of: the documents and tables of a run, whoever kept them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from api.output.result_parts import ResultDocument
from api.output.workbook.sheet import plain_columns
from rules.book import RuleBook
from rules.columns_used import columns_read
from scenarios import Scenario

_CENTS, _MOST_PLACES = 2, 4
"""Places after the point that money has, and the most that are shown."""
_NOISE = 1e-12
"""Part of an amount by which floats of spreadsheets miss the decimal that was meant."""
NAME = "name"
"""The column of a partner table that holds a partner's name, where there is one."""


@dataclass(frozen=True)
class Measure:
    """How a metric's amounts are written."""

    name: str
    unit: str
    decimals: int
    """Places after the point, those of its `round_to`."""


@dataclass(frozen=True)
class RuleLine:
    """One rule and what became of it."""

    rule: str
    kind: str
    priority: int | None
    """None: the rule is hard."""
    reason: str
    decided_by: str
    """Who decided it, for an adjustment; empty for a rule of a file."""
    held: bool
    binding: int
    """Rows that hold with nothing to spare."""
    missed: float
    """All its shortfalls and overshoots together, in `unit`."""
    unit: str
    missed_for: tuple[str, ...]
    """The partners or groups it gave way for, the largest miss first."""
    against: tuple[str, ...]
    """The rules that stand against it, the heaviest first."""
    place: str
    """File and line."""


@dataclass(frozen=True, eq=False)
class Contents:
    """All that a workbook shows."""

    title: str
    scenario: str
    period: str
    verified: bool
    limits_checked: int
    measures: tuple[Measure, ...]
    attributes: Mapping[str, Mapping[str, str | float]]
    """Column of the partner table to the cell of each partner id; the name first, then what rules read."""
    groups: tuple[str, ...]
    """The attributes by which totals are shown, such as tier and region."""
    targets: Any
    """The Arrow table of allocation.csv."""
    baselines: Sequence[float]
    """The baseline of each of its rows as totals count it: where none is stated, what `missing` says."""
    receipts: Any
    """The Arrow table of receipts.csv."""
    rules: tuple[RuleLine, ...]
    levels: Any = None
    """The Arrow table of levels.csv; None without a cascade."""
    changes: Any = None
    """An Arrow table of what moved against another run; None when nothing is compared."""
    assumptions: Sequence[tuple[str, str]] = ()
    """What the run rests on: files with their hashes, versions, the day adjustments were judged by."""


@dataclass(frozen=True, eq=False)
class Tables:
    """The tables of a run with targets, as Arrow tables: just made, or read again from where they were kept."""

    targets: Any
    """allocation.csv."""
    receipts: Any
    """receipts.csv."""
    levels: Any = None
    """levels.csv; None without a cascade."""


def contents_of(scenario: Scenario, book: RuleBook, document: ResultDocument, tables: Tables) -> Contents:
    """The contents of a run with targets: the scenario as read, its result.json and its tables."""
    audit = document.audit
    assert audit is not None, "only a run with targets becomes a workbook"
    attributes = _attributes(scenario, book)
    return Contents(
        title=scenario.title or scenario.name,
        scenario=scenario.name,
        period=scenario.period,
        verified=audit.verified,
        limits_checked=audit.rows_checked,
        measures=tuple(
            Measure(name, total.unit, places_of(Fraction(total.round_to)))
            for name, total in document.totals.items()
        ),
        attributes=attributes,
        groups=_groups(scenario, attributes),
        targets=tables.targets,
        baselines=_baselines(scenario, book, tables.targets),
        receipts=tables.receipts,
        rules=tuple(_rules(document)),
        levels=tables.levels,
        assumptions=tuple(_assumptions(document)),
    )


def places_of(round_to: Fraction) -> int:
    """How many decimal places a multiple of `round_to` can have, six at most."""
    return next((places for places in range(6) if (round_to * 10**places).denominator == 1), 6)


def places_needed(amounts: Sequence[float], least: int) -> int:
    """How many decimal places show all of the amounts exactly: `least` to four; two or `least` where none does."""
    held = np.asarray(amounts, dtype=np.float64)
    close = _NOISE * np.maximum(np.abs(held), 1.0)
    enough = (
        places
        for places in range(least, _MOST_PLACES + 1)
        if np.all(abs(np.round(held, places) - held) <= close)
    )
    return next(enough, max(least, _CENTS))


def _attributes(scenario: Scenario, book: RuleBook) -> dict[str, dict[str, str | float]]:
    """The name, the cascade's columns, and every column that a rule, metric or goal reads."""
    table = scenario.table
    used = columns_read(scenario, book)
    first = [NAME, "tier", "region", *scenario.cascade]
    ordered = dict.fromkeys([*first, *(column for column in table.columns if column in used)])
    ids = table.ids.tolist()
    found: dict[str, dict[str, str | float]] = {}
    for column in ordered:
        if column in table.columns and column != table.id_column:
            number = used.get(column) == "number"
            cells = table.numbers(column).tolist() if number else table.text(column).tolist()
            found[column] = dict(zip(ids, cells, strict=True))
    return found


def _baselines(scenario: Scenario, book: RuleBook, targets: Any) -> list[float]:
    """(rows,) the baseline of each target; where none is stated, what `missing` says, else 0."""
    columns = dict(zip(targets.column_names, plain_columns(targets), strict=True))
    known: list[float | None] = columns["baseline"]
    if None not in known:
        return [cell for cell in known if cell is not None]
    frame, ids, filled = book.frame, book.frame.columns.ids, {}
    for metric in scenario.metrics:
        for period in frame.periods or ("",):
            view = frame.within(period) if period else frame
            filled[metric, period] = dict(zip(ids, view.baseline(metric).floats().tolist(), strict=True))
    keys = zip(columns["metric"], columns.get("period") or [""] * len(known), columns["partner"], strict=True)
    return [
        filled[metric, period].get(partner, 0.0) if cell is None else cell
        for cell, (metric, period, partner) in zip(known, keys, strict=True)
    ]


def _groups(scenario: Scenario, attributes: Mapping[str, Mapping[str, str | float]]) -> tuple[str, ...]:
    """The cascade's columns, and tier and region where the table has them."""
    wanted = dict.fromkeys([*scenario.cascade, "tier", "region"])
    return tuple(column for column in wanted if column in attributes)


def _rules(document: ResultDocument) -> Iterator[RuleLine]:
    decided = {(each.file, each.line): each.by for each in document.adjustments}
    for rule in document.rules:
        yield RuleLine(
            rule=rule.rule,
            kind=rule.kind,
            priority=rule.priority,
            reason=rule.reason,
            decided_by=decided.get((rule.file, rule.line), ""),
            held=rule.held,
            binding=rule.binding,
            missed=float(rule.missed),
            unit=rule.unit,
            missed_for=tuple(miss.subject for miss in rule.misses if miss.subject),
            against=rule.against,
            place=f"{rule.file}:{rule.line}",
        )


def _assumptions(document: ResultDocument) -> Iterator[tuple[str, str]]:
    """The day and the version that counted, and each file with the beginning of its hash, to tell two apart."""
    yield "adjustments judged by", document.times.as_of.isoformat()
    yield "computed by", f"goal-cascade {document.versions.get('goal-cascade', '')}"
    for name, sha256 in sorted(document.inputs.items()):
        yield name, f"sha256 {sha256[:16]}"
