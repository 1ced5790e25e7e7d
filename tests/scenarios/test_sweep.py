"""Sweeping: what a grid is made of, the scenario of each point, and what is possible."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from scenario_files import RULES, folder, sound

from scenarios import Place, Report
from scenarios.diff.parameter_grid import (
    Parameter,
    Spot,
    Unclear,
    Value,
    frontier,
    grid,
    locate,
    parse_parameter,
    variant,
)


def texts(values: str) -> list[str]:
    return [value.text for value in parse_parameter(f"rule.field={values}").values]


def data(values: str) -> list[Any]:
    return [value.data for value in parse_parameter(f"rule.field={values}").values]


@pytest.mark.parametrize(
    ("values", "content"),
    [
        ("0%:3%:1%", ["0%", "1%", "2%", "3%"]),
        ("0:12%:6%", ["0%", "6%", "12%"]),
        ("0.5%:1%:0.25%", ["0.5%", "0.75%", "1%"]),
        ("38M:40M:1M", ["38M", "39M", "40M"]),
        ("500k:2M:750k", ["0.5M", "1.25M", "2M"]),
        ("1:2:0.5", ["1", "1.5", "2"]),
        ("0:1:0.3", ["0", "0.3", "0.6", "0.9"]),
        ("-1%:1%:1%", ["-1%", "0%", "1%"]),
        ("5:5:1", ["5"]),
        ("3%, 6% ,40k", ["3%", "6%", "40k"]),
        ("region,null", ["region", "null"]),
    ],
)
def test_values_as_people_write_them(values: str, content: list[str]) -> None:
    assert texts(values) == content


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("1%:2%:1%", ["1%", "2%"]),
        ("38M:39M:0.5M", [38_000_000, 38_500_000, 39_000_000]),
        ("1:2:0.5", [1, Decimal("1.5"), 2]),
        ("40k,1.5k,7,0.25", [40_000, 1_500, 7, Decimal("0.25")]),
        ("null,Gold,true", [None, "Gold", True]),
    ],
)
def test_values_as_a_scenario_holds_them(values: str, expected: list[Any]) -> None:
    assert data(values) == expected
    assert [type(each) for each in data(values)] == [type(each) for each in expected]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("everyone grows", "'everyone grows' is not NAME.FIELD=FROM:TO:STEP or NAME.FIELD=A,B,C"),
        ("everyone grows=3%", "'everyone grows=3%' is not NAME.FIELD=FROM:TO:STEP or NAME.FIELD=A,B,C"),
        ("a.b=", "'a.b=' is not NAME.FIELD=FROM:TO:STEP or NAME.FIELD=A,B,C"),
        ("a.b=1:2", "'1:2' is not FROM:TO:STEP"),
        ("a.b=2:1:1", "'2:1:1' leads nowhere; FROM is the least, TO the most, STEP above zero"),
        ("a.b=1:2:0", "'1:2:0' leads nowhere; FROM is the least, TO the most, STEP above zero"),
        ("a.b=1:2:x", "a value is 'x'; write 3%, 1200.50, 40k or 38M"),
        ("a.b=0:1:0.000001", "'0:1:0.000001' has 1,000,001 values, more than 10,000"),
        ("a.b=1,,2", "a value is empty; write null to take the field away"),
        ("a.b=1,2,1", "'a.b=1,2,1' names a value twice"),
        ("a.b=.nan", ".nan is not a number that can be placed"),
        ("a.b=1.2.3k", "a value is '1.2.3'; write 3%, 1200.50, 40k or 38M"),
    ],
)
def test_what_is_unclear(text: str, complaint: str) -> None:
    with pytest.raises(Unclear) as error:
        parse_parameter(text)
    assert str(error.value) == complaint


def located(at: Path, content: str, **files: str) -> tuple[Spot | None, list[str]]:
    report = Report()
    spot = locate(sound(folder(at, **files)), parse_parameter(f"{content}=1"), report)
    return spot, [str(finding) for finding in report.findings]


@pytest.mark.parametrize(
    ("content", "spot"),
    [
        ("everyone grows.growth_min", Spot("everyone grows", ("growth_min",))),
        ("company target.total", Spot("company target", ("total",))),
        ("within reach.where.tier", Spot("within reach", ("where", "tier"))),
    ],
)
def test_a_parameter_is_a_field_of_a_rule_or_target(tmp_path: Path, content: str, spot: Spot) -> None:
    assert located(tmp_path, content) == (spot, [])


def test_names_may_hold_dots_and_equals_signs(tmp_path: Path) -> None:
    rules = RULES.replace("name: within reach", "name: v1.5 x=y")
    assert located(tmp_path, "v1.5 x=y.growth_max", rules=rules) == (Spot("v1.5 x=y", ("growth_max",)), [])


def test_an_unknown_name_is_a_finding(tmp_path: Path) -> None:
    assert located(tmp_path, "everyone grow.growth_min") == (
        None,
        [
            "--set everyone grow.growth_min: unknown-name: there is no rule or target 'everyone grow'. "
            "Did you mean 'everyone grows'?"
        ],
    )


def test_a_point_differs_in_its_fields_alone(tmp_path: Path) -> None:
    scenario, place = sound(folder(tmp_path)), Place("--set")
    changed = variant(
        scenario,
        {
            Spot("everyone grows", ("growth_min",)): (Value("9%", "9%"), place),
            Spot("everyone grows", ("priority",)): (Value("null", None), place),
            Spot("within reach", ("where", "tier")): (Value("Gold", "Gold"), place),
            Spot("company target", ("total",)): (Value("310", 310), place),
        },
    )

    assert [dict(entry.data) for entry in (*changed.targets, *changed.rules)] == [
        {"name": "company target", "metric": "revenue", "total": 310},
        {"name": "everyone grows", "kind": "growth_floor", "growth_min": "9%"},
        {"name": "within reach", "kind": "growth_cap", "growth_max": "35%", "where": {"tier": "Gold"}},
    ]
    assert changed.rules[0].data.value_places["growth_min"] == place
    assert scenario.rules[0].data["growth_min"] == "3%"
    assert "where" not in scenario.rules[1].data


def test_the_last_parameter_varies_fastest() -> None:
    points = grid([parse_parameter("r.a=1,2"), parse_parameter("r.b=x,y")])

    assert ["".join(value.text for value in point) for point in points] == ["1x", "1y", "2x", "2y"]


PARAMETERS = (parse_parameter("r.a=1,2,3"), parse_parameter("r.b=x,y,z,u"))


def possible(*points: str, parameters: tuple[Parameter, ...] = PARAMETERS) -> dict[tuple[str, ...], bool]:
    every = [tuple(value.text for value in point) for point in grid(parameters)]
    return {point: "".join(point) in points for point in every}


def test_the_frontier_is_the_last_possible_value_for_each_of_the_others() -> None:
    """
    b:  x y z u
    1   + + . .
    2   + . + .      a gap
    3   . . . .      nothing
    """
    by_a, by_b = frontier(PARAMETERS, possible("1x", "1y", "2x", "2z"))

    assert [(reach.others, reach.possible, reach.gaps) for reach in by_b] == [
        (("1",), ("x", "y"), False),
        (("2",), ("x", "z"), True),
        (("3",), (), False),
    ]
    assert [(reach.others, reach.possible) for reach in by_a] == [
        (("x",), ("1", "2")),
        (("y",), ("1",)),
        (("z",), ("2",)),
        (("u",), ()),
    ]


def test_one_parameter_has_one_frontier() -> None:
    alone = PARAMETERS[:1]
    ((reach,),) = frontier(alone, possible("2", "3", parameters=alone))

    assert (reach.others, reach.possible, reach.gaps) == ((), ("2", "3"), False)


def test_three_parameters_have_a_frontier_for_every_pair() -> None:
    three = (*PARAMETERS, parse_parameter("r.c=p,q"))
    found = frontier(three, possible("1xp", "1xq", parameters=three))

    assert [len(reaches) for reaches in found] == [8, 6, 12]
    assert [reach.possible for reach in found[2] if reach.possible] == [("p", "q")]
