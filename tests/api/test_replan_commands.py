"""A re-plan, whose solve has only the rest's cells, through every command that takes a plan or a scenario."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from api.cli.main import cascade

PLAN = {
    "scenario": "hand",
    "periods": ["H1", "H2"],
    "partners": "partners.csv",
    "cascade": ["region"],
    "metrics": {"revenue": {"unit": "USD", "round_to": "0.01", "baseline": "last"}},
    "targets": [{"name": "company target", "total": 660}],
    "requirements": [{"tier": "Silver"}, {"tier": "Gold", "needs": {"revenue": 250}}],
}
PARTNERS = (
    "partner_id,region,tier,last\nacme,north,Silver,100\nbirch,north,Silver,200\ncedar,south,Gold,300\n"
)
ACTUALS = "partner_id,metric,period,amount\nacme,revenue,H1,40\nbirch,revenue,H1,120\ncedar,revenue,H1,150\n"
CAP = {"name": "cap", "kind": "growth_cap", "where": {"partner_id": "cedar"}, "growth_max": "5%"}
AGAIN = {
    "scenario": "again",
    "extends": "plan.yaml",
    "replan": {"plan": "plan/allocation.csv", "done": ["H1"]},
    "actuals": {"file": "actuals.csv"},
    "incentives": "incentives.yaml",
    "objectives": "objectives.yaml",
    "goals": [{"maximise": {"last": 1}, "half_at": "last", "give_up": "5%"}],
    "add": [CAP],
}
INCENTIVES = {
    "unit": "USD",
    "incentives": [{"name": "bonus", "metric": "revenue", "points": {"0%": 0, "100%": 10}}],
}
OBJECTIVES = {"objectives": [{"name": "grow", "key_results": [{"name": "all", "of": "company target"}]}]}
COUNTER = {
    "partner": "acme", "metric": "revenue", "says": "counter", "target": 50, "by": "CEO", "reason": "a loss",
}  # fmt: skip


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cascade, [*map(str, arguments)])


def document(*arguments: object) -> Any:
    found = run(*arguments, "--json")
    assert found.exit_code == 0, (found.output, found.exception)
    return json.loads(found.stdout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("replan")
    (made / "partners.csv").write_text(PARTNERS)
    (made / "actuals.csv").write_text(ACTUALS)
    for name, data in (
        ("plan", PLAN), ("again", AGAIN), ("incentives", INCENTIVES), ("objectives", OBJECTIVES),
        ("counter", {"responses": [COUNTER]}), ("late", {"responses": [{**COUNTER, "period": "H1"}]}),
    ):  # fmt: skip
        (made / f"{name}.yaml").write_text(yaml.safe_dump(data))
    for name in ("plan", "again"):
        solved = run("solve", made / f"{name}.yaml", "-o", made / name)
        assert solved.exit_code == 0, solved.output
    return made


COMMANDS = {
    "track": "track {again} {actuals} --done H1 --to partner",
    "forecast": "forecast {again} {actuals} --done H1 --to partner",
    "review": "review {again} acme --actuals {actuals} --done H1",
    "incentives": "incentives {again} {actuals} --done H1 --to partner",
    "objectives": "objectives {again} {actuals} --done H1",
}
"""Those whose answer is the same of the scenario and of the folder of its run."""


@pytest.mark.parametrize("command", COMMANDS)
def test_a_re_plan_s_scenario_and_its_run_have_one_answer(folder: Path, command: str) -> None:
    def answer(again: str) -> Any:
        words = COMMANDS[command].split()
        paths = {"again": folder / again, "actuals": folder / "actuals.csv"}
        return document(*(word.format(**paths) for word in words))

    assert answer("again.yaml") == answer("again")


def test_parts_that_are_over_stand_beside_what_was_published(folder: Path) -> None:
    company = document("track", folder / "again.yaml", folder / "actuals.csv", "--done", "H1")["nodes"][0]
    found = company["metrics"]["revenue"]
    assert [found[each] for each in ("target", "done", "expected")] == ["680", "310", "330"]


@pytest.mark.parametrize("actuals", [False, True], ids=["alone", "with odds"])
def test_a_counter_to_a_re_plan_is_priced(folder: Path, actuals: bool) -> None:
    beside = ("--actuals", folder / "actuals.csv", "--done", "H1") if actuals else ()
    found = document("explain", folder / "again.yaml", "--responses", folder / "counter.yaml", *beside)
    alone = found["responses"][0]["alone"]
    assert {each["period"] for each in alone["moves"]} == {"H2"}


def test_a_response_to_a_part_that_is_over_is_refused(folder: Path) -> None:
    found = run("explain", folder / "again.yaml", "--responses", folder / "late.yaml")
    assert found.exit_code == 1
    assert (
        "does-not-fit: H1 is over: its targets stay as they were published. Planned anew: H2." in found.output
    )


OTHERS = {
    "gaps": "gaps {again}",
    "gaps of one": "gaps {again} --partner acme",
    "explain": "explain {again} acme",
    "what-if": "explain {again} acme --metric revenue --instead 120",
    "reach": "explain {again} acme --metric revenue --reach 120",
    "compare": "compare {plan} {again} --no-why --jobs 1",
    "levels": "levels {again}",
    "frontier": "frontier {again} --give-up 0%:4%:4% --jobs 1",
    "sweep": "sweep {again} --set cap.growth_max=0%,10% --jobs 1",
    "returns": "returns {again}",
    "numbers": "numbers {again}",
}


@pytest.mark.parametrize("command", OTHERS)
def test_a_re_plan_is_answered(folder: Path, command: str) -> None:
    paths = {name: folder / f"{name}.yaml" for name in ("plan", "again")}
    assert document(*(word.format(**paths) for word in OTHERS[command].split()))
