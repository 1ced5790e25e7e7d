"""The bicycle maker's 701 resellers, real input beside the project: what each scenario must come to."""

from fractions import Fraction
from functools import cache
from pathlib import Path

import builders
import numpy as np
import pytest
from scipy import sparse

from rules.levers import revised
from solver import Allocation, allocate
from solver.engines.ortools import OrTools
from solver.engines.problem import Problem
from solver.program import Program

FOLDER = Path(__file__).parents[2] / "shared" / "data" / "adventureworks"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"no real input at {FOLDER.name} beside the project"
)
UNREACHED = 27


@cache
def solved(name: str) -> Allocation:
    return allocate(*builders.read(FOLDER / f"scenario-{name}.yaml"))


def test_the_base_places_every_thousand() -> None:
    found = solved("base")
    targets = found.target.tolist()
    assert (found.state, len(targets), sum(targets)) == ("succeeded", 701, 40_226_000)
    assert all(target % 1000 == 0 for target in targets)
    assert found.audit is not None
    assert found.audit.verified


def test_each_partner_whose_growth_gives_way_is_named_with_its_cap() -> None:
    effect = next(e for e in solved("base").effects if e.rule == "everyone grows")
    assert len(effect.misses) == UNREACHED
    assert {miss.against for miss in effect.misses} == {"people to sell it", "share of their own sales"}
    others = [e for e in solved("base").effects if e.rule != "everyone grows"]
    assert all(e.held for e in others)


def test_warehouses_give_way_by_the_least_that_whole_thousands_allow() -> None:
    """The growth floors stay as in the base; the warehouses' floors in whole thousands come to 20,100,000."""
    found = solved("warehouse48")
    growth = {e.rule: e for e in found.effects}["everyone grows"]
    assert [m.subject for m in growth.misses] == [m.subject for m in solved("base").effects[2].misses]
    share = {e.rule: e for e in found.effects}["warehouses stay in proportion"]
    (miss,) = share.misses
    assert (miss.asked, miss.reached) == (Fraction(19_308_480), Fraction(20_100_000))
    assert share.document()["misses"][0]["reached_share"] == pytest.approx(0.499677)
    warehouses = found.frame.columns.text("type") == "Warehouse"
    least = np.ceil(found.floor[warehouses] / 1000 - 1e-9).sum() * 1000
    assert miss.reached == least


def test_sixty_million_cannot_be_and_it_is_said_why() -> None:
    found = solved("stretch60")
    assert found.state == "infeasible"
    assert found.conflict is not None
    assert {"company target", "Europe counts", "within reach"} <= set(found.conflict.rules)
    assert any("1,265,702.95 is lacking" in sentence for sentence in found.conflict.sentences)
    assert all(conflict.confirmed_by == ("PIQP", "OR-Tools") for conflict in found.conflict.each)


def test_every_repair_of_sixty_million_is_verified_by_a_solve() -> None:
    found = solved("stretch60")
    assert found.conflict is not None
    for repair in found.conflict.repairs:
        rule = found.book.rules[found.book.number(repair.lever.rule)]
        after = revised(found.book, [repair.lever.turned(rule, repair.to)])
        assert allocate(found.scenario, after).state == "succeeded", repair.sentence


@pytest.mark.parametrize("name", ["base", "warehouse48"])
def test_every_receipt_adds_up(name: str) -> None:
    found = solved(name)
    assert found.receipts is not None
    sums = found.receipts.amount.sum_by(found.receipts.cell, 701)
    assert sums.equals(found.target).all()


@pytest.mark.parametrize("name", ["base", "warehouse48"])
def test_the_unrounded_targets_are_exact_and_a_second_engine_agrees(name: str) -> None:
    certificate = solved(name).document()["certificate"]
    assert certificate["duality_gap"] < 1e-9
    assert certificate["largest_violation"] < 1e-9
    found = solved(name)
    second = even_by_pdlp(found.settlement.program if found.settlement else None)
    assert np.abs(second - found.unrounded).max() / 40_226_000 < 1e-6


def even_by_pdlp(program: Program | None) -> np.ndarray:
    """The even spread by another engine, in v = (x - r) / √(r T), cells without a fair share at their floor."""
    assert program is not None
    r = np.where(program.fair_share > 0, program.fair_share, 1e-6)
    width = np.sqrt(r * program.scale)
    matrix = sparse.csr_array(program.matrix @ sparse.diags_array(width))
    offset = program.matrix @ r
    fixed = program.fair_share == 0
    upper = np.where(fixed, program.lower, program.upper)
    problem = Problem(
        curvature=np.ones(len(r)),
        cost=np.zeros(len(r)),
        matrix=matrix,
        row_lower=program.row_lower - offset,
        row_upper=program.row_upper - offset,
        lower=(program.lower - r) / width,
        upper=(upper - r) / width,
    )
    solution = OrTools().solve(problem)
    assert solution.termination == "optimal"
    return r + width * solution.x


def test_shuffled_rows_and_an_unused_column_change_no_target(tmp_path: Path) -> None:
    header, *rows = (FOLDER / "partners.csv").read_text(encoding="utf-8").splitlines()
    order = np.random.default_rng(3).permutation(len(rows)).tolist()
    table = [f"{header},unused", *(f"{rows[n]},{n}" for n in order)]
    (tmp_path / "partners.csv").write_text("\n".join(table) + "\n", encoding="utf-8")
    for name in ("scenario-base.yaml", "rules.yaml"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    shuffled = allocate(*builders.read(tmp_path / "scenario-base.yaml"))
    assert shuffled.target.tolist() == solved("base").target.tolist()
