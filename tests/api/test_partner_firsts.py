"""The firsts of partners of a plan, and what each would earn."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from test_forecast import ALL
from test_incentives import STATED
from test_incentives import plan_of as plan_with_incentives
from test_standing import H1, HALF, HEAD

from api.analysis.firsts import FirstsPart, RecordPart, firsts_of
from api.analysis.incentives.priced import incentives_of, payout_at, priced
from api.analysis.plan import Plan
from api.analysis.standing.document import ActualsRequest
from api.analysis.standing.run import find_standing
from api.cli.main import cascade
from scenarios.actuals.facts import ActualsFile


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return plan_with_incentives(tmp_path_factory.mktemp("plan"), STATED)


def found(plan: Plan, text: str, partner: str) -> FirstsPart:
    file = ActualsFile((HEAD + text).encode(), "a.csv", "a.csv")
    return firsts_of(find_standing(plan, [file], ActualsRequest(as_of=HALF)), partner)["revenue"]


def test_each_partner_is_seen_beside_its_own_past(plan: Plan) -> None:
    birch = found(plan, ALL + H1, "birch")
    assert birch.best == RecordPart(part="H1", done="120", before="104", since="H2 of FY2026")
    assert (birch.longest_run, birch.run_lasts, birch.first_at_target) == (("H1",), True, None)
    assert found(plan, ALL + H1, "acme") == FirstsPart(
        first_at_target=None, best=None, longest_run=(), run_lasts=False
    )


def test_what_a_partner_would_earn(plan: Plan) -> None:
    stated = incentives_of(plan)
    assert stated
    every = [priced(plan, each, None, None) for each in stated.each]
    assert [each.payout for each in payout_at(every, 0)] == ["9.76", "12.2", "17.08"]
    assert payout_at(every, 1)[1].payout == "10"


def test_the_review_of_a_partner_has_both(tmp_path: Path) -> None:
    plan_with_incentives(tmp_path, STATED)
    (tmp_path / "actuals.csv").write_text(HEAD + ALL + H1)
    actuals = ["--actuals", str(tmp_path / "actuals.csv"), "--as-of", "2027-06-30"]
    words = [str(tmp_path / "scenario.yaml"), "birch", *actuals]
    printed = CliRunner().invoke(cascade, ["review", *words])
    assert printed.exit_code == 0, printed.output
    assert "revenue: 120 USD in H1, its best; 104 in H2 of FY2026 before" in printed.output
    assert "at 120 % of its targets: 14 USD" in printed.output
