"""The library: frames in, frames out, the same targets as from files."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rules.load import load
from scenarios import Refused
from solver import Answer, allocate

PARTNERS = pd.DataFrame({"partner_id": ["birch", "acme", "cedar"], "last": [200, 100, 300]})
METRICS = {"revenue": {"unit": "USD", "round_to": 1, "baseline": "last", "fair_share": {"last": "100%"}}}
TOTAL = [{"name": "company target", "metric": "revenue", "total": 660}]
REACH = {
    "name": "within reach",
    "kind": "growth_cap",
    "growth_max": "5%",
    "reason": "Cedar is short of people",
}
CEDAR = {**REACH, "where": {"partner_id": "cedar"}}


def solved(*rules: dict[str, object], partners: pd.DataFrame = PARTNERS) -> Answer:
    return allocate(partners, metrics=METRICS, targets=TOTAL, rules=rules)


def test_a_small_year_by_hand() -> None:
    """Fair shares are 220, 110 and 330; cedar may have 315, and birch and acme carry 15 as two to one."""
    answer = solved(CEDAR)

    assert (answer.state, answer.reason, answer.conflict, answer.findings) == ("succeeded", "", None, ())
    assert answer.targets["partner"].tolist() == ["birch", "acme", "cedar"]
    assert answer.targets["target"].tolist() == [230, 115, 315]
    assert answer.targets["cap"].fillna(-1).tolist() == [-1, -1, 315]
    assert answer.targets["growth"].round(9).tolist() == [0.15, 0.15, 0.05]
    assert answer.targets["binding"].tolist() == ["", "", "within reach"]


def test_receipts_add_up_and_say_why() -> None:
    answer = solved(CEDAR)

    sums = answer.receipts.groupby("partner")["amount"].sum()
    assert sums.to_dict() == {"acme": 115, "birch": 230, "cedar": 315}
    last = answer.receipts.iloc[-1]
    assert (last["item"], last["kind"], last["amount"]) == ("within reach", "cap", -30)
    assert last["reason"] == "Cedar is short of people"


def test_what_became_of_every_rule() -> None:
    """An elastic cap of 105 % carries 630 of 660."""
    rules = solved({**REACH, "priority": 1}).rules.set_index("rule")

    assert rules["held"].to_dict() == {"company target": True, "within reach": False}
    assert rules.loc["within reach", "missed"] == 30
    assert np.isnan(rules.loc["company target", "priority"])


def test_a_conflict_is_an_answer() -> None:
    answer = solved(REACH)

    assert answer.state == "infeasible"
    assert answer.conflict is not None
    assert answer.conflict.rules == ("company target", "within reach")
    assert (len(answer.targets), len(answer.receipts), len(answer.rules)) == (0, 0, 0)
    assert list(answer.targets.columns)[:2] == ["partner", "metric"]


@pytest.mark.parametrize("number", ["5%", 0.05, Decimal("0.05"), np.float64(0.05), Fraction(1, 20)])
def test_numbers_may_be_of_every_kind(number: object) -> None:
    assert solved({**CEDAR, "growth_max": number}).targets["target"].tolist() == [230, 115, 315]


def test_mistakes_name_the_argument_all_at_once() -> None:
    with pytest.raises(Refused) as refused:
        solved({"name": "a", "kind": "growth_cop"}, {**CEDAR, "growth_max": "five"})

    assert str(refused.value).splitlines() == [
        "rules[0].kind: unknown-kind: no rule kind 'growth_cop'. Did you mean 'growth_cap'?",
        "rules[1].growth_max: not-a-number: growth_max is 'five'. Write 3% or 0.03.",
    ]


def test_a_frame_with_doubtful_ids_is_refused() -> None:
    twice = pd.DataFrame({"partner_id": ["acme", "acme"], "last": [1, 2]})
    with pytest.raises(Refused, match="duplicate"):
        solved(partners=twice)


def test_periods_and_adjustments_are_settings() -> None:
    decided = {
        "partner": "acme", "metric": "revenue", "target": 130, "by": "desk", "reason": "store",
        "until": date(2021, 3, 31),
    }  # fmt: skip
    settings = {"periods": ["H1", "H2"], "adjustments": [decided]}

    answer = allocate(PARTNERS, metrics=METRICS, targets=TOTAL, settings=settings, as_of=date(2021, 1, 1))

    assert answer.targets["period"].tolist() == ["H1", "H2"] * 3
    assert answer.targets.groupby("partner")["target"].sum()["acme"] == 130


def test_the_order_of_rows_changes_nothing() -> None:
    """The shipped example's partners, as text and shuffled."""
    example = Path(__file__).parents[2] / "scenarios" / "examples" / "channel"
    loaded = load(example / "scenario.yaml")
    frame = pd.read_csv(example / "partners.csv", dtype=str, keep_default_na=False).sample(
        frac=1, random_state=3
    )
    metric = loaded.scenario.metrics["revenue"]
    fields = {
        "unit": metric.unit, "round_to": metric.round_to, "baseline": metric.baseline,
        "fair_share": dict(metric.fair_share), "missing": metric.missing,
    }  # fmt: skip
    given = {name: value for name, value in fields.items() if value is not None}
    target = [{"name": "company target", "metric": "revenue", "growth": "10%"}]
    cap = [{"name": "cap", "kind": "growth_cap", "growth_max": "60%", "allowance": 60000}]

    both = [
        allocate(
            each,
            metrics={"revenue": given},
            targets=target,
            rules=cap,
            partner_id=loaded.scenario.table.id_column,
        )
        for each in (frame, frame.iloc[::-1])
    ]

    one, other = (each.targets.set_index("partner")["target"] for each in both)
    assert one.to_dict() == other.to_dict()
    assert one.sum() == pytest.approx(float(both[0].allocation.frame.totals["revenue"]))
