"""`cascade explain`: one partner's statement."""

import json
from fractions import Fraction
from pathlib import Path

from click.testing import CliRunner, Result
from small import SCENARIO, write_conflict, write_small

from api.cli.main import cascade

STATEMENT = """\
cedar  Cédar
A small year

revenue, USD
  fair share         330.00
  company target     +15.00
  cap: within reach  -30.00  Cedar is short of people
                     ------
  target             315.00  +5.0 % on 300, stretch -4.5 %
  limits: between 0 and 315; at work: within reach
"""


def explain(*arguments: object) -> Result:
    return CliRunner().invoke(cascade, ["explain", *map(str, arguments)])


def test_a_statement_adds_up_before_the_readers_eyes(tmp_path: Path) -> None:
    """330 + 15 - 30 = 315, see small.py."""
    assert explain(write_small(tmp_path), "cedar").stdout.startswith(STATEMENT)


def test_the_same_as_json(tmp_path: Path) -> None:
    reported = json.loads(explain(write_small(tmp_path), "cedar", "--json").stdout)
    (target,) = reported["targets"]
    assert (reported["partner"], reported["name"], target["target"]) == ("cedar", "Cédar", "315")
    assert sum(Fraction(item["amount"]) for item in target["receipt"]) == 315
    assert target["receipt"][-1] == {
        "item": "within reach",
        "kind": "cap",
        "amount": "-30",
        "reason": "Cedar is short of people",
    }


def test_each_period_has_its_own_receipt(tmp_path: Path) -> None:
    scenario = SCENARIO.replace("partners:", "periods: [H1, H2]\npartners:")
    path = write_small(tmp_path, scenario=scenario)
    message = explain(path, "acme").stdout
    parts = json.loads(explain(path, "acme", "--json").stdout)["targets"]
    assert [part["period"] for part in parts] == ["H1", "H2"]
    assert "revenue in H1, USD" in message
    assert "revenue in H2, USD" in message
    assert f"\nrevenue in all: {sum(int(part['target']) for part in parts)} USD\n" in message


def test_an_unknown_partner_is_a_matter_of_usage(tmp_path: Path) -> None:
    run = explain(write_small(tmp_path), "ceder")
    assert run.exit_code == 2
    assert "no partner 'ceder' in partners.csv. Did you mean 'cedar'?" in run.stderr


def test_rules_that_conflict_explain_no_one(tmp_path: Path) -> None:
    run = explain(write_conflict(tmp_path), "cedar")
    assert run.exit_code == 3
    assert run.stdout.startswith("These rules cannot all hold")
