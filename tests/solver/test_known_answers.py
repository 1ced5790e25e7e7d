"""Scenarios that once ended without an answer, or late: each has one, exact and verified.

Those of a folder `shared/cases` beside the project, or beside a folder of it, are skipped where there is none.
"""

from fractions import Fraction
from pathlib import Path

import pytest

from solver import Allocation, allocate
from tests import builders

ROOT = Path(__file__).resolve().parents[2]
CASES = next(
    (each for above in ROOT.parents if (each := above / "shared" / "cases").is_dir()),
    ROOT.parent / "shared" / "cases",
)


def solved(path: Path) -> Allocation:
    if not path.is_dir():
        pytest.skip(f"there is no {path}")
    return allocate(*builders.read(path / "scenario.yaml"))


def is_proved(found: Allocation) -> bool:
    return found.audit is not None and found.audit.verified and bool(found.certificate["exact"])


@pytest.mark.parametrize("name", ["piqp-error1", "piqp-error3", "disagree1", "real-piqp1", "slow-aw2"])
def test_what_once_had_no_answer_has_one(name: str) -> None:
    found = solved(CASES / "solver" / name)
    assert found.state == "succeeded", found.reason
    assert is_proved(found)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("r20-*", [117, 233, 310]), ("r21-*", [110, 220, 330]), ("r22-*", [117, 233, 310])],
)
def test_a_cap_beyond_all_sense_is_none(name: str, expected: list[int]) -> None:
    """660 among baselines of 100, 200 and 300; where C is capped at 310, A and B share the other 350 as 1 to 2."""
    place = next(iter((CASES / "inputs").glob(name)), CASES / "inputs" / name)
    found = solved(place)
    targets = dict(zip(found.frame.columns.ids, found.target.tolist(), strict=True))
    assert [targets[partner] for partner in "ABC"] == expected
    assert is_proved(found)


TABLE = "partner_id,last,plan\np1,0.02,9000\np2,0.013,0.5\np3,0.017,70\n"


def test_tiny_amounts_under_huge_wishes(tmp_path: Path) -> None:
    """0.05 in all; p1 is to stay near 9,000 and p3 near 70: both miss all but everything, and 0.05 is placed."""
    rules = [
        {"name": "near the plan", "kind": "hold_harmless", "metric": "m", "plan": "plan", "drop_max": "3%",
         "rise_max": "4%", "priority": 2},
        {"name": "growth", "kind": "growth_cap", "metric": "m", "growth_max": "13%", "priority": 1},
    ]  # fmt: skip
    path = builders.scenario_file(
        tmp_path,
        TABLE,
        rules=rules,
        metrics={"m": {"unit": "U", "round_to": "0.0001", "baseline": "last", "fair_share": {"last": "1"}}},
        targets=[{"name": "all", "metric": "m", "total": "0.05"}],
    )
    found = allocate(*builders.read(path))
    assert found.state == "succeeded", found.reason
    assert is_proved(found)
    assert found.target.sum() == Fraction("0.05")
    assert float(found.target.at(0)) == pytest.approx(0.0226, abs=1e-4), (
        "to its cap of 13 %: its plan misses most"
    )
