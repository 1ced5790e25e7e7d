"""The levels of an allocation as part of a document."""

from __future__ import annotations

from fractions import Fraction

from api.output.document import Amount, Document
from api.output.levels_table import AMOUNTS, LevelRows, level_rows, split_rows
from api.output.partner_names import PartnerNames
from scenarios.values.rational_array import decimal_text, six_decimals
from solver import Allocation
from solver.cascade.levels import PARTNER, Levels, over_periods, roll_up
from solver.cascade.splits import roll_up_splits


class NodeAmounts(Document):
    """What a node comes to in one metric, in its unit; to six decimals where they do not end sooner."""

    baseline: Amount | None
    fair_share: Amount
    floor: Amount
    cap: Amount | None
    """Null where somebody has no cap."""
    base: Amount
    """The sum of the targets below."""
    assigned: Amount
    """The same with what managers are assigned beyond it."""


class NodeMetric(NodeAmounts):
    """The same for all periods together, and for each."""

    periods: dict[str, NodeAmounts]
    """Empty where there are none."""


class NodePart(Document):
    """A node of the cascade."""

    level: str
    path: tuple[str, ...]
    """From the level below the company down; empty for the company."""
    name: str | None
    """The partner's name; null above the partners."""
    tier: str | None
    """The partner's tier; null above the partners."""
    partners: int
    """Below it."""
    metrics: dict[str, NodeMetric]


class MetricPart(Document):
    """How amounts of a metric are to be read."""

    unit: str
    round_to: Amount


class LevelsPart(Document):
    """Targets rolled up: every node followed by all below it."""

    names: tuple[str, ...]
    """The levels, from the company down to the partners."""
    periods: tuple[str, ...]
    units: dict[str, MetricPart]
    """By metric."""
    over_assign: dict[str, str]
    """Level to what is assigned beyond its base, in percent."""
    assigned: dict[str, dict[str, Amount]]
    """Metric to level to what its nodes are assigned together."""
    nodes: tuple[NodePart, ...]
    splits: dict[str, tuple[NodePart, ...]]
    """By split, its groups: each partner counts by its shares, and the groups add up to the company."""


def levels_of_result(allocation: Allocation) -> LevelsPart | None:
    """The levels of an allocation; None where the scenario asks for none or there are no targets."""
    scenario = allocation.scenario
    if allocation.rounded is None or not (scenario.cascade or scenario.over_assign or scenario.shares):
        return None
    return levels_part(roll_up(allocation))


def levels_part(levels: Levels, *, to: str | None = None) -> LevelsPart:
    """The levels down to one of them; down to the last above the partners if left out."""
    rows, scenario = level_rows(levels, to=to), levels.allocation.scenario
    names = PartnerNames.of_table(scenario.table)
    return LevelsPart(
        names=levels.names,
        periods=rows.frame.periods,
        units={
            name: MetricPart(unit=metric.unit, round_to=decimal_text(metric.round_to))
            for name, metric in rows.frame.metrics.items()
        },
        over_assign={level: _share(rate) for level, rate in scenario.over_assign.items()},
        assigned={
            metric: {level: decimal_text(found) for level, found in _assigned(levels, metric).items()}
            for metric in rows.frame.metrics
        },
        nodes=_nodes(rows, names),
        splits={
            split.name: _nodes(split_rows(rows.frame, split), names)
            for split in roll_up_splits(levels.allocation)
        },
    )


def _share(rate: Fraction) -> str:
    return f"{decimal_text(rate * 100)}%"


def _assigned(levels: Levels, metric: str) -> dict[str, Fraction]:
    """What the nodes of each level are assigned together."""
    frame = levels.allocation.frame
    at = list(frame.metrics).index(metric)
    found = {}
    for layer in levels.layers:
        nodes = len(layer.level)
        each = over_periods(frame, layer.assigned, nodes)
        found[layer.level.name] = each[at * nodes : (at + 1) * nodes].sum()
    return found


def _nodes(rows: LevelRows, names: PartnerNames) -> tuple[NodePart, ...]:
    return tuple(_node(rows, node, names) for node in range(len(rows.nodes)))


def _node(rows: LevelRows, node: int, names: PartnerNames) -> NodePart:
    level, path = rows.levels[int(rows.nodes.depth[node])], tuple(rows.nodes.paths[node])
    who = names.of(path[-1]) if level == PARTNER else {"name": None, "tier": None}
    return NodePart(
        level=level,
        path=path,
        name=who["name"],
        tier=who["tier"],
        partners=int(rows.nodes.partners[node]),
        metrics={metric: _metric(rows, node, metric) for metric in rows.frame.metrics},
    )


def _metric(rows: LevelRows, node: int, metric: str) -> NodeMetric:
    periods = {period: _amounts(rows, rows.row(node, metric, period)) for period in rows.frame.periods}
    whole = _cells(rows, rows.row(node, metric))
    return NodeMetric.model_validate({**whole, "periods": periods})


def _amounts(rows: LevelRows, row: int) -> NodeAmounts:
    return NodeAmounts.model_validate(_cells(rows, row))


def _cells(rows: LevelRows, row: int) -> dict[str, str | None]:
    cells = {name: rows.cell(name, row) for name in AMOUNTS}
    return {name: None if cell is None else six_decimals(cell) for name, cell in cells.items()}
