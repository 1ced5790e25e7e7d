"""163 published quotas of 17 salespeople: what each quarter attained, what all did, and who reached the quota."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path

import pytest

from api.analysis.plan import read_plan
from api.analysis.standing.document import StandingDocument, StandingRequest
from api.analysis.standing.run import standing
from api.output.record import TARGETS
from scenarios.actuals.facts import ActualsFile

SHARED = Path(__file__).parent.parent.parent / "shared"
QUOTAS = SHARED / "data" / "adventureworks" / "salesperson_quotas.csv"
KNOWN = SHARED / "cases" / "lifecycle_known.json"
pytestmark = pytest.mark.skipif(not QUOTAS.is_file(), reason=f"{QUOTAS} is not there")
Row = dict[str, str]


def quarters() -> dict[str, list[Row]]:
    found = defaultdict(list)
    with QUOTAS.open() as file:
        for row in csv.DictReader(file):
            found[row["quarter"]].append(row)
    return dict(found)


def standing_of(folder: Path, rows: list[Row]) -> StandingDocument:
    """Where a quarter stands once it is over, its quotas being the plan."""
    folder.mkdir()
    who = [(row["salesperson"], row["quota"], row["actual"]) for row in rows]
    lines = {
        "partners.csv": ["partner_id,before", *(f"{name},{quota}" for name, quota, _ in who)],
        TARGETS: ["partner,metric,period,target", *(f"{name},sales,,{quota}" for name, quota, _ in who)],
    }
    for name, each in lines.items():
        (folder / name).write_text("\n".join(each) + "\n")
    (folder / "scenario.yaml").write_text(
        "scenario: quotas\nperiod: quarter\npartners: partners.csv\n"
        "metrics: {sales: {unit: USD, round_to: 0.01, baseline: before}}\n"
        "targets: [{name: all, total_min: 0}]\n"
    )
    done = "\n".join(["partner_id,amount", *(f"{name},{actual}" for name, _, actual in who)])
    file = ActualsFile(done.encode(), "actuals.csv", "actuals.csv")
    return standing(read_plan(folder), [file], StandingRequest(done=("quarter",), to="partner"))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, StandingDocument]:
    folder = tmp_path_factory.mktemp("quotas")
    return {quarter: standing_of(folder / quarter, rows) for quarter, rows in quarters().items()}


def test_each_quarter_attained_what_is_known_of_it(found: dict[str, StandingDocument]) -> None:
    known = {
        each["inputs"]["quarter"]: each["expected"]
        for each in json.loads(KNOWN.read_text())
        if each["id"].startswith("A1-") and "quarter" in each["inputs"]
    }
    assert len(known) >= 10
    for quarter, expected in known.items():
        amounts = found[quarter].nodes[0].metrics["sales"]
        assert float(amounts.target) == expected["target"]
        assert float(amounts.done) == expected["done"]
        assert round(float(amounts.attainment or 0), 6) == expected["attainment"]


def test_all_quarters_attained_84_6_percent_and_9_of_163_quotas_were_reached(
    found: dict[str, StandingDocument],
) -> None:
    company = [document.nodes[0].metrics["sales"] for document in found.values()]
    assert len(company) == 12
    attained = sum(float(each.done) for each in company) / sum(float(each.target) for each in company)
    assert round(attained, 3) == 0.846
    states = [document.states["sales"] for document in found.values()]
    assert sum(sum(each.values()) for each in states) == 163
    assert sum(each.get("met", 0) for each in states) == 9
