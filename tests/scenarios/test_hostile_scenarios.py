"""Whatever stands in a scenario file, reading it ends in a scenario or in findings that can be printed."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scenario_files import TODAY, folder

from scenarios import Report, read_scenario

Way = tuple[str | int, ...]

SOUND: dict[str, Any] = {
    "scenario": "hostile",
    "period": "2021",
    "periods": ["H1", "H2"],
    "partners": "partners.csv",
    "partner_id": "partner_id",
    "metrics": {
        "revenue": {
            "unit": "USD",
            "round_to": 1,
            "baseline": "fy2020",
            "fair_share": {"fy2020": "70%", "potential": "30%"},
            "missing": "tier_median",
            "phasing": {"columns": {"H1": "q1", "H2": "q2"}, "by": "tier"},
        }
    },
    "targets": [{"name": "company target", "metric": "revenue", "total": 300}],
    "rules": ["rules.yaml"],
    "change": {"everyone grows": {"growth_min": "4%", "priority": None}},
    "add": [{"name": "new", "kind": "lock"}],
    "remove": ["within reach"],
    "adjustments": [
        {"partner": "A1", "metric": "revenue", "target": 9, "by": "x", "reason": "y", "until": "2021-12-31"}
    ],
    "goals": [{"maximise": {"potential": 1}, "give_up": "2%"}, {"stay_close_to": "fy2020"}],
    "cascade": ["region", "tier"],
    "over_assign": {"region": "2%", "partner": 0.03},
    "missing": {"potential": "zero"},
}

WEIRD: list[Any] = [
    None,
    True,
    -1,
    3.5,
    "",
    "x",
    " x",
    "a\u202eb",
    "e\u0301",
    "\x1b[31m",
    "9" * 400,
    "1e999999",
    "x" * 5000,
    "../../x",
    "/etc/passwd",
    "library:../x",
    [],
    [None],
    [[]],
    ["rules.yaml", "rules.yaml"],
    {},
    {"": 1},
    {"\x1b[31m": 1},
    {"x": {"y": [1]}},
]


def ways(node: object, way: Way = ()) -> Iterator[Way]:
    """The way to every node below the top."""
    if way:
        yield way
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, inner in pairs:
        yield from ways(inner, (*way, key))


def spoilt(way: Way, value: object) -> dict[str, Any]:
    tree = copy.deepcopy(SOUND)
    node: Any = tree
    for key in way[:-1]:
        node = node[key]
    node[way[-1]] = value
    return tree


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder(tmp_path_factory.mktemp("hostile"))


def read(at: Path, tree: object) -> Report:
    (at / "scenario.yaml").write_text(json.dumps(tree), encoding="utf-8")
    report = Report()
    scenario = read_scenario(at / "scenario.yaml", report, as_of=TODAY)
    assert scenario is not None or report.has_errors
    return report


def test_the_scenario_to_spoil_is_sound(home: Path) -> None:
    assert read(home, SOUND).findings == ()


@example(way=("add",), value="a\u202eb")
@given(way=st.sampled_from(list(ways(SOUND))), value=st.sampled_from(WEIRD))
def test_any_value_in_any_place_is_taken_or_reported(home: Path, way: Way, value: object) -> None:
    for finding in read(home, spoilt(way, value)).findings:
        assert str(finding).isprintable()
        assert len(str(finding)) < 1_000
