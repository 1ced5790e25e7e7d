"""Levels: every node is the sum of those below it, the base is the company target, padding adds up in whole units."""

from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from builders import frame, metric, partners, read, scenario_file
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import CellIndex
from scenarios.values.rational_array import Exact
from solver import Allocation, allocate
from solver.cascade.levels import Levels, assigned_to_partners, levels_of, over_periods, roll_up
from solver.cascade.nodes import nodes_of
from solver.cascade.over_assignment import Part, pad

FEWER = settings(max_examples=40)
RATES = st.sampled_from([Fraction(0), Fraction(2, 100), Fraction(1, 3), Fraction(125, 1000), Fraction(3)])


@dataclass(frozen=True)
class Asked:
    """What a roll-up wants to know of a scenario."""

    cascade: tuple[str, ...] = ("territory", "region")
    over_assign: dict[str, Fraction] = field(default_factory=dict)


@dataclass(frozen=True)
class Answered:
    """An allocation without a solve."""

    frame: CellIndex
    scenario: Asked
    target: Exact
    fair_share: Any
    floor: Any
    cap: Any

    @property
    def levels(self) -> Levels:
        return roll_up(cast(Allocation, self))


def answered(targets: list[Fraction], frame: CellIndex, scenario: Asked) -> Answered:
    """Fair shares a third above the targets, floors at half of them, no cap for every fifth."""
    values = np.array([float(each) for each in targets])
    cap = np.where(np.arange(len(values)) % 5 == 4, np.inf, values * 2)
    return Answered(frame, scenario, Exact.of(targets), values * 4 / 3, values / 2, cap)


@st.composite
def answers(draw: st.DrawFn) -> Answered:
    """Up to twelve partners in a tree, one or two metrics in their units, with or without periods."""
    count = draw(st.integers(1, 12))
    lines = [
        f"P{number:02d} {draw(st.sampled_from('AB'))} {draw(st.sampled_from('XYZ'))} {draw(st.integers(0, 99))}"
        for number in range(count)
    ]
    metrics = [metric(), metric("deals", round_to=Fraction(1, 100))][: draw(st.integers(1, 2))]
    periods = draw(st.sampled_from([(), ("H1", "H2")]))
    of = frame(
        partners(*lines, columns="partner_id territory region baseline"),
        *metrics,
        periods=periods,
        totals={each.name: 100 for each in metrics},
    )
    whole = st.integers(0, 10**6).map(Fraction)
    odd = st.fractions(0, 1000, max_denominator=1000)
    targets = draw(st.lists(whole | odd, min_size=of.size, max_size=of.size))
    rates = {level: draw(RATES) for level in ("territory", "region", "partner")}
    return answered(targets, of, Asked(over_assign={name: rate for name, rate in rates.items() if rate}))


def below(levels: Levels, depth: int, amounts: Exact) -> Exact:
    """The amounts of a level, summed up to the one above it."""
    layer, above = levels.layers[depth].level, levels.layers[depth - 1].level
    blocks = len(amounts) // len(layer)
    return amounts.sum_by(layer.above(blocks, len(above)), blocks * len(above))


@FEWER
@given(answers())
def test_every_node_is_the_sum_of_those_below_it(answer: Answered) -> None:
    levels = answer.levels
    for depth in range(1, len(levels.layers)):
        for name, amounts in vars(levels.layers[depth].sums).items():
            above = getattr(levels.layers[depth - 1].sums, name)
            assert below(levels, depth, amounts).tolist() == above.tolist()


@FEWER
@given(answers())
def test_every_base_is_the_whole_target_of_its_partners(answer: Answered) -> None:
    targets = answer.target.tolist()
    for layer in answer.levels.layers:
        found = dict.fromkeys(range(len(layer.sums.base)), Fraction(0))
        for cell, target in enumerate(targets):
            block, partner = divmod(cell, answer.frame.partners)
            found[block * len(layer.level) + int(layer.level.node[partner])] += target
        assert layer.sums.base.tolist() == list(found.values())


@FEWER
@given(answers())
def test_the_padding_of_a_level_is_the_rounded_share_of_the_whole(answer: Answered) -> None:
    """Σ assigned = base + unit · ⌊padding · base / unit + 1/2⌋ for each metric, whatever the level."""
    of = answer.frame
    for layer in answer.levels.layers:
        rate = answer.scenario.over_assign.get(layer.level.name, Fraction(0))
        wholes = over_periods(of, layer.assigned, len(layer.level)).tolist()
        bases = over_periods(of, layer.sums.base, len(layer.level)).tolist()
        for number, asked in enumerate(of.metrics.values()):
            part = slice(number * len(layer.level), (number + 1) * len(layer.level))
            base = sum(bases[part])
            units = floor(rate * base / asked.round_to + Fraction(1, 2))
            assert sum(wholes[part]) == base + units * asked.round_to


@FEWER
@given(answers())
def test_padding_is_whole_units_near_its_share_at_every_node_of_the_level(answer: Answered) -> None:
    of = answer.frame
    for layer in answer.levels.layers:
        rate = answer.scenario.over_assign.get(layer.level.name, Fraction(0))
        for entry, (base, assigned) in enumerate(
            zip(layer.sums.base.tolist(), layer.assigned.tolist(), strict=True)
        ):
            unit = list(of.metrics.values())[entry // len(layer.level) // of.parts].round_to
            units = (assigned - base) / unit
            assert units in (floor(rate * base / unit), ceil(rate * base / unit))


@FEWER
@given(answers())
def test_partners_of_a_node_are_padded_like_the_node(answer: Answered) -> None:
    """What a node's partners are given beyond their targets is the padding of its own base, down or up."""
    levels, rate = answer.levels, answer.scenario.over_assign.get("partner", Fraction(0))
    cells = levels.layers[-1]
    added = [(a - b) for a, b in zip(cells.assigned.tolist(), cells.sums.base.tolist(), strict=True)]
    for layer in levels.layers[:-1]:
        found = [Fraction(0)] * len(layer.sums.base)
        for cell, more in enumerate(added):
            block, partner = divmod(cell, answer.frame.partners)
            found[block * len(layer.level) + int(layer.level.node[partner])] += more
        for entry, (base, more) in enumerate(zip(layer.sums.base.tolist(), found, strict=True)):
            unit = list(answer.frame.metrics.values())[
                entry // len(layer.level) // answer.frame.parts
            ].round_to
            assert more / unit in (floor(rate * base / unit), ceil(rate * base / unit))


@FEWER
@given(answers())
def test_nodes_are_followed_by_all_below_them(answer: Answered) -> None:
    levels = [layer.level for layer in answer.levels.layers]
    nodes = nodes_of(levels)
    assert list(nodes.paths) == sorted(nodes.paths)
    assert [len(path) for path in nodes.paths] == nodes.depth.tolist()
    assert len(set(nodes.paths)) == len(nodes) == sum(map(len, levels))
    for path, count in zip(nodes.paths, nodes.partners.tolist(), strict=True):
        ends = [other for other in nodes.paths if len(other) == 3 and other[: len(path)] == path]
        assert len(ends) == count


def test_padding_by_hand() -> None:
    """2 % of 990 is 19.8, so 20 units; of 333, 333 and 324 they are 6.66, 6.66 and 6.48: 7, 7 and 6.

    One step on, the first node's 7 units for 100, 100 and 133 are 2, 2 and 2.66: 2, 2 and 3.
    """
    first = Part(Exact.of([333, 333, 324]), np.zeros(3, dtype=np.intp))
    second = Part(Exact.of([100, 100, 133, 333, 324]), np.array([0, 0, 0, 1, 2], dtype=np.intp))
    whole, rate = Exact.of([990]), Exact.of([Fraction(2, 100)])
    assert pad(whole, [first], rate).tolist() == [7, 7, 6]
    assert pad(whole, [first, second], rate).tolist() == [2, 2, 3, 7, 6]


def test_equal_remainders_go_to_the_first() -> None:
    part = Part(Exact.of([25, 25, 25, 25]), np.zeros(4, dtype=np.intp))
    assert pad(Exact.of([100]), [part], Exact.of([Fraction(2, 100)])).tolist() == [1, 1, 0, 0]


def test_numbers_beyond_64_bits_stay_exact() -> None:
    part = Part(Exact.of([10**15, 2 * 10**15]), np.zeros(2, dtype=np.intp))
    rate = Exact.of([Fraction(123456789, 10**9) * 10**6])
    assert sum(pad(Exact.of([3 * 10**15]), [part], rate).tolist()) == round(3 * 10**15 * rate.at(0))


def cascaded(folder: Path, **fields: Any) -> Allocation:
    """Three partners asked for 606 in all: fair shares are 303, 202 and 101."""
    table = (
        "partner_id,territory,region,baseline\n"
        "birch,East,South,200\n"
        "acme,East,North,300\n"
        "cedar,West,North,100\n"
    )
    path = scenario_file(
        folder,
        table,
        metrics={"revenue": {"unit": "USD", "round_to": 1, "baseline": "baseline"}},
        targets=[{"name": "company target", "metric": "revenue", "total": 606}],
        **fields,
    )
    return allocate(*read(path))


def test_a_small_cascade_by_hand(tmp_path: Path) -> None:
    """Territories: 2 % of 606 is 12.12: 12 units; of 505 and 101 they are 10.1 and 2.02: 10 and 2.

    Partners: 3 % of 606 is 18.18: 18 units; 15.15 and 3.03 by territory: 15 and 3; then East's 15 by
    region, 9.09 and 6.06: 9 and 6, which are acme's and birch's alone.
    """
    found = cascaded(
        tmp_path, cascade=["territory", "region"], over_assign={"territory": "2%", "partner": "3%"}
    )
    levels = roll_up(found)
    assert levels.names == ("company", "territory", "region", "partner")
    assert levels.layer("company").assigned.tolist() == [606]
    assert levels.layer("territory").sums.base.tolist() == [505, 101]
    assert levels.layer("territory").assigned.tolist() == [515, 103]
    assert (
        levels.layer("region").assigned.tolist()
        == levels.layer("region").sums.base.tolist()
        == [303, 202, 101]
    )
    assert assigned_to_partners(found).tolist() == [312, 208, 104]


def test_partners_may_be_padded_without_a_cascade(tmp_path: Path) -> None:
    assert assigned_to_partners(cascaded(tmp_path, over_assign={"partner": "50%"})).tolist() == [
        455,
        303,
        151,
    ]


def test_the_same_name_under_two_parents_is_two_nodes(tmp_path: Path) -> None:
    found = cascaded(tmp_path, cascade=["region", "territory"])
    level = levels_of(found.frame.columns, found.scenario.cascade)[2]
    assert level.names.tolist() == ["East", "West", "East"]
    assert level.parent.tolist() == [0, 0, 1]


def test_an_unknown_level_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="tier"):
        roll_up(cascaded(tmp_path)).layer("tier")


@settings(max_examples=20)
@given(answers(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_show(answer: Answered, random: Any) -> None:
    """Cells stand by the partners' ids, so a shuffled table gives the same levels."""
    table = answer.frame.columns.table
    lines = [" ".join(table.text(c)[row] for c in table.columns) for row in range(len(table))]
    random.shuffle(lines)
    shuffled = frame(
        partners(*lines, columns=" ".join(table.columns)),
        *answer.frame.metrics.values(),
        periods=answer.frame.periods,
        totals=answer.frame.totals,
    )
    other = replace(answer, frame=shuffled).levels
    for one, two in zip(answer.levels.layers, other.layers, strict=True):
        assert one.level.names.tolist() == two.level.names.tolist()
        assert one.assigned.tolist() == two.assigned.tolist()
