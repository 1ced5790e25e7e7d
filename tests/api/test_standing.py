"""Standing: attainment, pace and state of every node, by hand and by property, and what is wrong with actuals."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from api.analysis.plan import Plan, read_plan
from api.analysis.standing.document import StandingAmounts, StandingDocument, StandingRequest
from api.analysis.standing.run import standing
from api.cli.main import cascade
from scenarios import Refused
from scenarios.actuals.facts import ActualsFile
from scenarios.forms import TrackForm
from solver.tracking.standing import Standing

SCENARIO = """\
scenario: hand
period: FY2027
periods: [H1, H2]
partners: partners.csv
metrics: {revenue: {unit: USD, round_to: 1, baseline: last}}
targets: [{name: company target, total: 660}]
cascade: [region]
calendar: {from: 2027-01-01, H1: 2027-06-30, H2: 2027-12-31}
"""
PARTNERS = "partner_id,region,last\nacme,north,100\nbirch,north,200\ncedar,south,300\n"
HEAD = "partner_id,metric,period,amount,as_of\n"
H1 = "acme,revenue,H1,40,\nbirch,revenue,H1,120,\ncedar,revenue,H1,150,\n"
HALF = date(2027, 6, 30)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The three partners: 55, 110 and 165 in each half, 660 in all."""
    folder = tmp_path_factory.mktemp("plan")
    (folder / "scenario.yaml").write_text(SCENARIO)
    (folder / "partners.csv").write_text(PARTNERS)
    return read_plan(folder / "scenario.yaml")


def found(plan: Plan, *files: str, day: date | None = HALF, **request: Any) -> StandingDocument:
    """The standing by files of CSV without their header."""
    named = [ActualsFile((HEAD + text).encode(), f"{n}.csv", f"{n}.csv") for n, text in enumerate(files)]
    return standing(plan, named, StandingRequest(as_of=day, to="partner", **request))


def at(document: StandingDocument, *path: str) -> StandingAmounts:
    """The revenue of a node."""
    return next(node for node in document.nodes if node.path == path).metrics["revenue"]


def codes(plan: Plan, *files: str, **request: Any) -> list[str]:
    """The findings' codes."""
    try:
        return [each.code for each in found(plan, *files, **request).findings]
    except Refused as refused:
        return [each.code for each in refused.findings]


@pytest.mark.parametrize(
    ("done", "target", "attainment"), [(78000, 100000, "0.78"), (120000, 100000, "1.2"), (3, 5, "0.6")]
)
def test_attainment_is_done_over_target(done: int, target: int, attainment: str) -> None:
    each = Standing(Fraction(target), Fraction(done), Fraction(0), Fraction(0))
    assert each.attainment == Fraction(attainment)


@pytest.mark.parametrize(
    ("done", "target", "gone", "pace"),
    [(240000, 300000, Fraction(75, 90), "0.96"), (19500, 25000, Fraction(3, 4), "1.04")],
)
def test_pace_is_done_over_what_was_due(done: int, target: int, gone: Fraction, pace: str) -> None:
    each = Standing(Fraction(target), Fraction(done), target * gone, Fraction(0))
    assert each.pace == Fraction(pace)


def test_with_an_even_phasing_the_pace_projects_the_days_gone() -> None:
    each = Standing(Fraction(90000), Fraction(40000), Fraction(30000), Fraction(0))
    assert each.at_this_pace == 120000


def test_the_three_partners_after_the_first_half(plan: Plan) -> None:
    document = found(plan, H1)
    company = at(document)
    assert (company.target, company.done, company.expected, company.rest) == ("660", "310", "330", "350")
    assert (company.pace, company.required_pace, company.at_this_pace) == ("0.939394", "1.060606", "620")
    paces = {name: at(document, region, name).pace for region, name in WHERE}
    assert paces == {"acme": "0.727273", "birch": "1.090909", "cedar": "0.909091"}
    states = {name: at(document, region, name).state for region, name in WHERE}
    assert states == {"acme": "off_track", "birch": "ahead", "cedar": "behind"}
    assert at(document, "north").done == "160"


WHERE = (("north", "acme"), ("north", "birch"), ("south", "cedar"))


def test_a_running_part_is_due_by_its_days(plan: Plan) -> None:
    document = found(plan, "acme,revenue,H1,20,2027-04-01\n", day=date(2027, 4, 1), missing="zero")
    assert document.parts[0].over == "0.502762"  # 91 of 181 days
    assert at(document, "north", "acme").expected == "27.651934"
    assert at(document, "south", "cedar").state == "off_track"


def test_a_later_day_restates_and_an_earlier_view_still_has_what_was_known(plan: Plan) -> None:
    first = H1.replace(",\n", ",2027-07-02\n")
    again = "acme,revenue,H1,45.50,2027-07-20\n"
    assert at(found(plan, first, again, day=None), "north", "acme").done == "45.5"
    assert at(found(plan, first + again, day=date(2027, 7, 10)), "north", "acme").done == "40"
    assert codes(plan, first + again, day=date(2027, 7, 10)) == ["actual-later"]


def test_a_file_named_later_restates_the_same_day(plan: Plan) -> None:
    assert at(found(plan, H1, "acme,revenue,H1,41,\n"), "north", "acme").done == "41"


def test_unassigned_money_ties_the_company_to_the_books(plan: Plan) -> None:
    text = HEAD.replace("\n", ",region\n") + H1.replace(",\n", ",,\n")
    text += "walk-in,revenue,H1,7,,south\n,revenue,H1,2,,\n"
    file = ActualsFile(text.encode(), "a.csv", "a.csv")
    document = standing(plan, [file], StandingRequest(as_of=HALF, to="partner", unassigned="keep"))
    assert (at(document).done, at(document).unassigned) == ("319", "9")
    assert (at(document, "south").done, at(document, "north").done) == ("157", "160")
    assert at(document, "south", "cedar").done == "150"


def test_a_part_that_is_over_is_met_or_missed_for_good(plan: Plan) -> None:
    both = H1 + "acme,revenue,H2,70,\nbirch,revenue,H2,90,\ncedar,revenue,H2,180,\n"
    document = found(plan, both, day=date(2027, 12, 31))
    assert [at(document, *path).state for path in WHERE] == ["met", "missed", "met"]
    assert at(document).state == "missed"


@pytest.mark.parametrize(
    ("text", "request_", "expected"),
    [
        (H1 + "akme,revenue,H1,1,\n", {}, ["unknown-partner"]),
        (H1 + ",revenue,H1,1,\n", {}, ["empty-id"]),
        (H1 + "acme,profit,H2,1,\n", {}, ["unknown-metric"]),
        (H1 + "acme,revenue,H3,1,\n", {}, ["unknown-period"]),
        (H1 + "acme,revenue,H1,41,\n", {}, ["duplicate-actual"]),
        (H1.replace("150", "abc"), {}, ["not-a-number"]),
        (H1.replace("150", ""), {}, ["missing-value"]),
        ("acme,revenue,H1,40,\n", {}, ["missing-value", "missing-value"]),
        ("acme,revenue,H1,40,\n", {"missing": "zero"}, []),
        (H1.replace("150", "-150"), {}, ["negative-actual"]),
        (H1.replace("150", "150000"), {}, ["actual-large"]),
        (H1.replace(",40", ",0.4").replace(",120", ",1.2").replace(",150", ",1.5"), {}, ["actual-small"]),
        (
            H1.replace(",40", ",€40").replace(",120", ",€120").replace(",150", ",€150"),
            {},
            ["read-as", "mixed-currency"],
        ),
        (H1 + "acme,revenue,H2,1,\n", {}, ["actual-later"]),
        (H1.replace(",\n", ",2027-13-40\n"), {}, ["bad-date"] * 3),
    ],
)
def test_what_is_wrong_with_actuals_is_said(
    plan: Plan, text: str, request_: dict[str, Any], expected: list[str]
) -> None:
    assert codes(plan, text, **request_) == expected


def test_earlier_years_are_not_of_this_plan(plan: Plan) -> None:
    document = found(plan, H1 + "acme,revenue,FY2026/H1,50,\ngone,revenue,FY2026/H1,5,\n")
    assert at(document).done == "310"


AMOUNT = st.integers(-500, 5000).map(lambda cents: Fraction(cents, 100))


@given(st.lists(AMOUNT, min_size=3, max_size=3), st.randoms(use_true_random=False))
def test_nodes_are_the_sums_of_their_partners_and_the_order_of_rows_is_nothing(
    plan: Plan, amounts: list[Fraction], random: Any
) -> None:
    rows = [f"{who},revenue,H1,{float(a):.2f},\n" for (_, who), a in zip(WHERE, amounts, strict=True)]
    document = found(plan, "".join(rows))
    random.shuffle(rows)
    assert found(plan, "".join(rows)).nodes == document.nodes
    for name in ("done", "expected", "target"):
        parts = [Fraction(getattr(at(document, *path), name)) for path in WHERE]
        assert Fraction(getattr(at(document, "north"), name)) == parts[0] + parts[1]
        assert Fraction(getattr(at(document), name)) == sum(parts)


@given(AMOUNT, AMOUNT)
def test_the_state_rises_with_what_is_done(one: Fraction, other: Fraction) -> None:
    order = ("off_track", "behind", "on_track", "ahead", "met")
    least, most = sorted((one, other))
    states = [
        Standing(Fraction(40), done, Fraction(20), Fraction(0)).state(TrackForm()) for done in (least, most)
    ]
    assert order.index(states[0]) <= order.index(states[1])


@pytest.mark.parametrize(
    ("calendar", "message"),
    [
        ("{from: 2027-01-01, H1: 2027-06-30}", "no last day of H2"),
        ("{H1: 2027-06-30, H2: 2027-12-31}", "no first day"),
        ("{from: 2027-01-01, H1: 2027-12-31, H2: 2027-06-30}", "before its first day"),
        ("{from: 2027-01-01, H1: 2027-06-30, H2: 2027-12-31, H3: 2028-01-01}", "no part 'H3'"),
    ],
)
def test_a_calendar_covers_the_period_part_by_part(tmp_path: Path, calendar: str, message: str) -> None:
    text = SCENARIO.partition("calendar:")[0] + f"calendar: {calendar}\n"
    (tmp_path / "scenario.yaml").write_text(text)
    (tmp_path / "partners.csv").write_text(PARTNERS)
    with pytest.raises(Refused) as refused:
        read_plan(tmp_path / "scenario.yaml")
    assert [each.code for each in refused.value.findings] == ["bad-calendar"]
    assert message in str(refused.value)


def test_the_command_tracks_a_finished_run(tmp_path: Path) -> None:
    (tmp_path / "scenario.yaml").write_text(SCENARIO.partition("calendar:")[0])
    (tmp_path / "partners.csv").write_text(PARTNERS)
    (tmp_path / "actuals.csv").write_text(HEAD + H1)
    run = CliRunner().invoke
    assert run(cascade, ["solve", str(tmp_path), "-o", str(tmp_path / "out")]).exit_code == 0
    asked = ["track", str(tmp_path / "out"), str(tmp_path / "actuals.csv")]
    unsaid = run(cascade, asked)
    assert (unsaid.exit_code, "--done: say which parts are over, such as H1" in unsaid.output) == (2, True)
    off = run(cascade, [*asked, "--done", "H1", "--state", "off_track", "--gate", "off_track"])
    assert off.exit_code == 5
    assert "acme" in off.stdout
    assert "birch" not in off.stdout
    file = tmp_path / "standing.csv"
    assert run(cascade, [*asked, "--done", "H1", "--to", "partner", "-o", str(file)]).exit_code == 0
    assert "partner,south / cedar,1,revenue,330,150,165" in file.read_text()
