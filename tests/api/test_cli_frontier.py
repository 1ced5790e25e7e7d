"""cascade frontier: a line per share given up, the same in files, and a picture that needs no network."""

import csv
import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from small import PARTNERS, RULES, SCENARIO, write_small

from api.analysis.frontier.chart import spots_of
from api.analysis.frontier.document import FrontierDocument, SharePoint
from api.cli.main import cascade

VALUED = SCENARIO + "goals:\n  - {maximise: {value: 1}, give_up: 2%}\n"
REACH = RULES.replace("    where: {partner_id: cedar}\n", "").replace("5%", "20%")
"""Fair shares of 110, 220 and 330 under caps of 120, 240 and 360."""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cascade, [str(each) for each in arguments])


def valued(folder: Path, *, scenario: str = VALUED, rules: str = REACH) -> Path:
    """The small scenario, in which a dollar is worth 0.3 at birch, 0.2 at acme and 0.1 at cedar."""
    table = PARTNERS.replace("region,last", "region,last,value")
    for name, value in (("200\n", "0.3"), ("100\n", "0.2"), ("300\n", "0.1")):
        table = table.replace(name, f"{name.strip()},{value}\n")
    return write_small(folder, scenario=scenario, rules=rules, partners=table)


def frontier(path: Path, *options: object) -> Result:
    return run("frontier", path, "--jobs", 1, *options)


def test_a_line_for_each_share(tmp_path: Path) -> None:
    """The best is 240 · 0.3 + 120 · 0.2 + 300 · 0.1 = 126; even targets are worth 66 + 22 + 33 = 121."""
    printed = frontier(valued(tmp_path), "--give-up", "0%,100%")
    assert printed.exit_code == 0
    assert printed.stderr == ""
    assert printed.stdout == (
        "small, goal 1: value × revenue (USD)\n"
        "  best possible: 126.00\n"
        "  give up    kept  reached  typical stretch  median     middle half  partners moved\n"
        "       0%  126.00   126.00           ±9.1 %  +9.1 %  +0.0 to +9.1 %               3\n"
        "     100%    0.00   121.00           ±0.0 %  +0.0 %  +0.0 to +0.0 %               0\n"
        "        -           121.00           ±0.0 %  +0.0 %  +0.0 to +0.0 %               0\n"
        "The last line is without the goal; partners moved are counted against it.\n"
    )


def test_ranges_of_shares(tmp_path: Path) -> None:
    document = json.loads(frontier(valued(tmp_path), "--give-up", "0%:3%:1.5%", "--json").stdout)
    assert [point["give_up"] for point in document["points"]] == ["0%", "1.5%", "3%"]
    assert document["without"]["give_up"] is None
    assert (document["measure"], document["more_is_better"]) == ("value × revenue (USD)", True)
    assert document["best"] == 126
    reached = [point["reached"] for point in (*document["points"], document["without"])]
    assert reached == sorted(reached, reverse=True)


def test_processes_give_the_same(tmp_path: Path) -> None:
    path = valued(tmp_path)
    one = run("frontier", path, "--give-up", "0%,2%", "--jobs", 1)
    assert run("frontier", path, "--give-up", "0%,2%", "--jobs", 2).stdout == one.stdout


def test_files_are_written(tmp_path: Path) -> None:
    names = [tmp_path / f"frontier.{ending}" for ending in ("csv", "xlsx", "json", "svg")]
    options = [option for name in names for option in ("-o", name)]
    printed = frontier(valued(tmp_path), "--give-up", "0%,2%", *options)
    assert printed.exit_code == 0
    assert printed.stdout.endswith("".join(f"written to {name}\n" for name in names))
    with names[0].open(newline="") as file:
        found = list(csv.DictReader(file))
    assert [row["give_up"] for row in found] == ["0", "0.02", ""]
    assert Fraction(found[0]["reached"]) == 126
    assert names[1].stat().st_size > 0
    assert len(json.loads(names[2].read_text())["points"]) == 2


def test_the_picture_has_titled_axes_and_a_label_for_each_share(tmp_path: Path) -> None:
    file = tmp_path / "frontier.svg"
    frontier(valued(tmp_path), "--give-up", "0%,2%", "-o", file)
    texts = [each.text for each in ElementTree.parse(file).iter() if each.text and each.tag.endswith("text")]
    for message in (
        "A small year",
        "value × revenue (USD)",
        "typical stretch, up or down (%): right is less even",
    ):
        assert message in texts
    assert {"0%", "2%", "without the goal"} <= set(texts)
    assert not re.search(r"(?:href|src)=|url\(http", file.read_text())


def test_a_goal_that_seeks_little_says_so(tmp_path: Path) -> None:
    scenario = SCENARIO + "goals:\n  - {stay_close_to: last}\n  - {spread: least_largest_stretch}\n"
    path, file = valued(tmp_path, scenario=scenario), tmp_path / "frontier.svg"
    close = frontier(path, "--give-up", "0%", "-o", file).stdout
    assert close.startswith("small, goal 1: total change from last (USD)\n  least possible: 60.00\n")
    assert "total change from last (USD), less is better" in file.read_text()
    stretch = frontier(path, "--goal", 2, "--give-up", "0%").stdout
    assert stretch.startswith("small, goal 2: largest stretch, up or down (%)\n  least possible: ")


def test_rules_that_conflict_are_reported(tmp_path: Path) -> None:
    printed = frontier(
        valued(tmp_path, rules=REACH.replace("20%", "5%")), "--give-up", "0%", "-o", tmp_path / "f.csv"
    )
    assert printed.exit_code == 3
    assert "  0%: the rules cannot all hold: company target, within reach\n" in printed.stdout
    printed = frontier(
        valued(tmp_path, rules=REACH.replace("20%", "5%")), "--give-up", "0%", "-o", tmp_path / "f.svg"
    )
    assert printed.exit_code == 4
    assert "nothing to draw" in printed.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--goal", 2), "the scenario has 1 goal."),
        (("--goal", 0), "0 is not in the range"),
        (("--give-up", "0%:10%"), "'0%:10%' is not FROM:TO:STEP"),
        (("--give-up", "some"), "is 'some'"),
        (("--give-up", "0%,101%"), "a share is below 0% or above 100%."),
        (("-o", "f.png"), "ends with none of .svg, .csv, .xlsx, .json"),
    ],
)
def test_what_is_not_clear_is_refused(tmp_path: Path, options: tuple[Any, ...], message: str) -> None:
    printed = frontier(valued(tmp_path), *options)
    assert printed.exit_code == 2
    assert message in printed.stderr


def test_a_scenario_without_goals_is_refused(tmp_path: Path) -> None:
    printed = frontier(write_small(tmp_path))
    assert printed.exit_code == 2
    assert "the scenario has no goals" in printed.stderr


def test_findings_end_it(tmp_path: Path) -> None:
    printed = frontier(valued(tmp_path, scenario=VALUED.replace("{value: 1}", "{valeu: 1}")), "--json")
    assert printed.exit_code == 1
    assert json.loads(printed.stdout)["findings"][0]["code"] == "unknown-column"


def drawn(*places: tuple[float, float]) -> list[str]:
    """The labels in a picture of points at these places, each giving up a percent more than the one before."""
    points = tuple(
        SharePoint.model_construct(give_up=f"{number}%", reached=value, typical_stretch=stretch)
        for number, (stretch, value) in enumerate(places)
    )
    without = SharePoint.model_construct(give_up=None, reached=None, typical_stretch=None)
    frontier = FrontierDocument.model_construct(points=points, without=without)
    return [spot.label for spot in spots_of(frontier)]


def test_points_at_one_place_share_a_label() -> None:
    assert drawn((0.2, 9), (0.1, 5), (0.1, 5), (0.1, 5)) == ["0%", "1% to 3%"]


def test_labels_keep_clear_of_one_another() -> None:
    assert drawn((0.2, 9), (0.199, 8.99), (0.15, 7), (0.1001, 5.001), (0.1, 5)) == ["0%", "", "2%", "", "4%"]
