"""The forecast of a plan: its document, what it learns from, and where it keeps silent."""

from __future__ import annotations

import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from test_standing import H1, HALF, HEAD, PARTNERS, SCENARIO

from api.analysis.errors import InvalidRequest
from api.analysis.forecast.document import ForecastAmounts, ForecastDocument, ForecastRequest
from api.analysis.forecast.run import forecast
from api.analysis.plan import Plan, read_plan
from api.cli.main import cascade
from scenarios.actuals.facts import ActualsFile

PAST = {
    2023: ((42, 90, 130), (45, 84, 140)),
    2024: ((50, 92, 125), (47, 90, 133)),
    2025: ((45, 101, 139), (49, 95, 150)),
    2026: ((52, 96, 150), (48, 104, 150)),
}


def earlier(*years: int, name: str = "FY{}") -> str:
    """The rows of earlier years."""
    return "".join(
        f"{who},revenue,{name.format(year)}/{part},{amount},\n"
        for year in years
        for part, amounts in zip(("H1", "H2"), PAST[year], strict=True)
        for who, amount in zip(("acme", "birch", "cedar"), amounts, strict=True)
    )


ALL = earlier(*PAST)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three partners: 55, 110 and 165 in each half, 660 in all."""
    made = tmp_path_factory.mktemp("plan")
    (made / "scenario.yaml").write_text(SCENARIO)
    (made / "partners.csv").write_text(PARTNERS)
    (made / "actuals.csv").write_text(HEAD + ALL + H1)
    return made


@pytest.fixture(scope="module")
def plan(folder: Path) -> Plan:
    return read_plan(folder / "scenario.yaml")


def found(plan: Plan, text: str, *, day: date | None = HALF, **request: Any) -> ForecastDocument:
    file = ActualsFile((HEAD + text).encode(), "a.csv", "a.csv")
    return forecast(plan, [file], ForecastRequest(as_of=day, **{"to": "partner", **request}))


def at(document: ForecastDocument, *path: str) -> ForecastAmounts:
    """The revenue of a node."""
    return next(node for node in document.nodes if node.path == path).metrics["revenue"]


def test_without_earlier_years_half_of_the_pace_is_kept_and_nothing_is_said_of_how_sure(plan: Plan) -> None:
    document = found(plan, H1)
    company, lesson = at(document), document.lessons["revenue"]
    assert (company.done, company.asked, company.rest, company.forecast) == ("310", "330", "320", "630")
    assert (company.low, company.odds, at(document, "north", "acme").low) == (None, None, None)
    assert at(document, "north", "acme").rest == "47.5"
    assert (lesson.weight, lesson.learned, lesson.years, lesson.coverage) == ("0.5", False, (), None)
    assert [finding.code for finding in document.findings] == ["too-little-history"]


def test_four_earlier_years_are_three_to_learn_from(plan: Plan) -> None:
    document = found(plan, ALL + H1)
    company, lesson = at(document), document.lessons["revenue"]
    assert lesson.years == ("FY2024", "FY2025", "FY2026")
    assert lesson.learned
    assert lesson.growth == "1.041894"  # 537 + 579 + 600 over 531 + 537 + 579
    assert lesson.coverage is not None
    assert (lesson.coverage.of_company.of, lesson.coverage.of_levels.of) == (3, 6)
    assert not document.findings
    assert company.low is not None
    assert company.high is not None
    assert company.odds is not None
    assert float(company.low) < float(company.forecast) < float(company.high)
    assert 0 < float(company.odds) < 0.5
    assert at(document, "north", "acme").odds is None
    assert at(document, "north", "acme").low is not None


@pytest.mark.parametrize("years", [(2024, 2025, 2026), (2023, 2025, 2026), (2023, 2024, 2026)])
def test_fewer_years_or_a_year_left_out_are_too_few(plan: Plan, years: tuple[int, ...]) -> None:
    document = found(plan, earlier(*years) + H1)
    assert at(document).odds is None
    assert [finding.code for finding in document.findings] == ["too-little-history"]


def test_partners_who_are_too_small_a_part_do_not_speak_for_the_company(plan: Plan) -> None:
    acme = "".join(line for line in ALL.splitlines(keepends=True) if line.startswith("acme"))
    assert found(plan, acme + H1).lessons["revenue"].years == ()


def test_years_go_by_their_number_whatever_surrounds_it(plan: Plan) -> None:
    named = earlier(*PAST, name="{}-27")
    assert at(found(plan, named + H1)) == at(found(plan, ALL + H1))
    own = ALL + earlier(2026).replace("FY2026", "FY2027") + H1
    assert found(plan, own).lessons == found(plan, ALL + H1).lessons


def test_nodes_are_sums_of_their_partners_and_the_order_of_rows_means_nothing(plan: Plan) -> None:
    rows = (ALL + H1).splitlines(keepends=True)
    document = found(plan, "".join(rows))
    random.Random(3).shuffle(rows)
    assert found(plan, "".join(rows)) == document
    rests = [float(at(document, *path).rest) for path in (("north",), ("south",))]
    assert sum(rests) == pytest.approx(float(at(document).rest), abs=1e-5)


def test_more_done_never_lowers_the_odds(plan: Plan) -> None:
    odds = [
        float(at(found(plan, ALL + H1.replace("cedar,revenue,H1,150", f"cedar,revenue,H1,{done}"))).odds or 0)
        for done in (100, 150, 200, 300, 600)
    ]
    assert odds == sorted(odds)
    assert odds[-1] == 1


def test_what_is_over_is_known_for_sure(plan: Plan) -> None:
    both = H1 + "acme,revenue,H2,70,\nbirch,revenue,H2,90,\ncedar,revenue,H2,180,\n"
    document = found(plan, both, day=date(2027, 12, 31))
    company = at(document)
    assert (company.rest, company.low, company.high, company.odds) == ("0", "650", "650", "0")
    assert at(document, "south").odds == "1"
    assert not document.findings


def test_before_anything_is_over_the_rest_is_the_plan(plan: Plan) -> None:
    document = found(plan, ALL, day=date(2027, 1, 1))
    assert (at(document).done, at(document).forecast) == ("0", "660")
    assert at(document).odds == "0.5"


def test_a_level_that_is_not_there_is_refused(plan: Plan) -> None:
    with pytest.raises(InvalidRequest):
        found(plan, H1, to="country")


def test_the_command_prints_writes_and_keeps_to_one_metric(folder: Path, tmp_path: Path) -> None:
    words = ["forecast", str(folder / "scenario.yaml"), str(folder / "actuals.csv"), "--as-of", "2027-06-30"]
    printed = CliRunner().invoke(cascade, [*words, "--metric", "revenue"])
    assert printed.exit_code == 0, printed.output
    assert "intervals for each year made of the others held: company" in printed.output
    assert json.loads(CliRunner().invoke(cascade, [*words, "--json"]).stdout)["lessons"]["revenue"]["learned"]
    for name in ("f.csv", "f.json", "f.xlsx"):
        assert CliRunner().invoke(cascade, [*words, "-o", str(tmp_path / name)]).exit_code == 0
    assert openpyxl.load_workbook(tmp_path / "f.xlsx").sheetnames == ["Lessons", "Forecast"]
    assert (tmp_path / "f.csv").read_text().startswith("level,path,partners,metric,target,done,asked,rest")


def test_a_level_of_a_split_has_parts_of_partners_and_a_review_has_them_whole(
    folder: Path, tmp_path: Path
) -> None:
    """acme is 40 % north and 60 % south: at the company it is one partner, whose parts vary together."""
    split = "shares: {territory: {north: n, south: s}}\n"
    table = "partner_id,last,n,s\nacme,100,40%,60%\nbirch,200,1,\ncedar,300,,1\n"
    (tmp_path / "scenario.yaml").write_text(SCENARIO.replace("[region]", "[territory]") + split)
    (tmp_path / "partners.csv").write_text(table)
    (tmp_path / "actuals.csv").write_text(HEAD + ALL + H1)
    whole, parts = (found(read_plan(each / "scenario.yaml"), ALL + H1) for each in (folder, tmp_path))
    assert at(parts) == at(whole)
    acme = at(whole, "north", "acme")
    for name, share in (("north", "0.4"), ("south", "0.6")):
        mine = at(parts, name, "acme")
        assert float(mine.forecast) == pytest.approx(float(acme.forecast) * float(share), abs=1e-5)
        assert mine.low is not None
        below = sum(float(node.metrics["revenue"].rest) for node in parts.nodes if node.path[:1] == (name,))
        assert 2 * float(at(parts, name).rest) == pytest.approx(below, abs=1e-5)
    options = ["--actuals", str(tmp_path / "actuals.csv"), "--as-of", "2027-06-30", "--json"]
    reviews = [
        json.loads(
            CliRunner().invoke(cascade, ["review", str(each / "scenario.yaml"), "acme", *options]).stdout
        )
        for each in (folder, tmp_path)
    ]
    of_each = [{**review["metrics"]["revenue"], "parts": None} for review in reviews]
    assert of_each[0] == of_each[1]
