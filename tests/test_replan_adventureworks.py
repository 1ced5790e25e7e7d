"""701 resellers by quarters: re-planned after the first and after the third quarter, from simulated actuals."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from simulated_actuals import simulated

from api.output.csv import csv_text
from api.output.tables import targets_table
from rules.load import load
from solver import Allocation, allocate
from solver.whole_period import WholePeriod, whole_period

DATA = Path(__file__).parent.parent.parent / "shared" / "data" / "adventureworks"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"{DATA} is not there")

QUARTERS = """\
scenario: quarters
extends: scenario-base.yaml
periods: [Q1, Q2, Q3, Q4]
metrics:
  revenue:
    round_to: 100
    phasing: {columns: {Q1: fy2020_q1, Q2: fy2020_q2, Q3: fy2020_q3, Q4: fy2020_q4}, by: region}
"""
AGAIN = """\
scenario: again
extends: quarters.yaml
replan: {{plan: plan.csv, done: [{done}]}}
actuals: {{file: actuals.csv}}
"""
NEAR = """\
add:
  - {name: near the plan, kind: hold_harmless, period: rest, plan: published, drop_max: 0%, rise_max: 15%, priority: 0}
"""
UNIT = 100
OVERTAKEN = {"within reach", "share of their own sales", "people to sell it"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published plan in plan.csv."""
    folder = Path(shutil.copytree(DATA, tmp_path_factory.mktemp("replan") / "aw"))
    (folder / "quarters.yaml").write_text(QUARTERS)
    (folder / "plan.csv").write_bytes(csv_text(targets_table(solved(folder / "quarters.yaml"))))
    return folder


def solved(path: Path) -> Allocation:
    loaded = load(path)
    return allocate(loaded.scenario, loaded.book)


def replanned(folder: Path, done: tuple[str, ...], actuals: str, rules: str) -> WholePeriod:
    (folder / "actuals.csv").write_text(actuals)
    (folder / "again.yaml").write_text(AGAIN.format(done=", ".join(done)) + rules)
    whole = whole_period(solved(folder / "again.yaml"))
    assert isinstance(whole, WholePeriod)
    return whole


@pytest.mark.parametrize("done", [("Q1",), ("Q1", "Q2", "Q3")])
def test_no_partner_is_lowered_and_the_total_is_exact(folder: Path, done: tuple[str, ...]) -> None:
    actuals = simulated((folder / "plan.csv").read_text(), done, seed=1)
    whole = replanned(folder, done, actuals, NEAR)
    assert whole.state == "succeeded"
    assert not _lowered(whole)
    assert whole.placed.sum() == 40_226_000
    assert {each.rule for each in whole.overtaken if each.why == "overtaken"} == OVERTAKEN


def _lowered(whole: WholePeriod) -> bool:
    """Whether some partner's rest is a unit or more below what was published.

    What was done ends in cents, so one partner carries what the total has beyond whole units.
    """
    frame = whole.frame
    cells = frame.cells("revenue")[list(whole.past.rest)]
    who = np.tile(np.arange(frame.partners), len(cells))
    change = (whole.target - whole.past.published)[cells.ravel()].sum_by(who, frame.partners)
    return bool((change <= -UNIT).any())


def test_where_all_went_as_planned_the_plan_stays_to_the_byte(folder: Path) -> None:
    plan = (folder / "plan.csv").read_text()
    rows = [line.rsplit(",", 3) for line in plan.splitlines()[1:]]
    first = [(line[0].split(",")[0], line[1], line[3]) for line in rows if line[2] == "Q1"]
    text = "".join(f"{who},{metric},Q1,{amount}\n" for who, metric, amount in first)
    whole = replanned(folder, ("Q1",), f"partner_id,metric,period,amount\n{text}", "")
    assert csv_text(targets_table(whole)).decode() == plan
