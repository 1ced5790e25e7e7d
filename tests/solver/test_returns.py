"""Goals with diminishing returns: known answers, equal marginal returns, proof, evenness, and findings."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import builders
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios import Refused
from solver import Allocation, allocate
from solver.optimise.curves import SHAPES
from solver.optimise.returns import Returns

FUND = {"maximise": {"uplift": 1}, "metric": "mdf", "half_at": "half"}
TWO = "partner_id,last,uplift,half\na,30,100,10\nb,30,50,20\n"


def fund(
    folder: Path,
    table: str,
    total: float,
    goal: dict[str, Any] | None = None,
    rules: list[dict[str, Any]] | None = None,
    **fields: Any,
) -> Allocation:
    mdf = {"unit": "USD", "round_to": "0.000001", "fair_share": {"last": 1}}
    path = builders.scenario_file(
        folder,
        table,
        rules=rules or [],
        partner_id="partner_id",
        **{
            "metrics": {"mdf": mdf},
            "targets": [{"name": "the fund", "metric": "mdf", "total": total}],
            "goals": [goal or FUND],
            **fields,
        },
    )
    found = allocate(*builders.read(path))
    assert found.state == "succeeded", found.reason
    return found


def marginal(found: Allocation) -> np.ndarray:
    returns = Returns.of(found.scenario.goals[0], found.frame)
    return returns.curves.slopes(returns.amounts(found.unrounded))


def test_a_fund_goes_where_its_last_unit_brings_the_same(tmp_path: Path) -> None:
    """M01: x = sqrt(u h / m) - h with m = 0.493827: 35 and 25; together they bring 105.555556."""
    found = fund(tmp_path, TWO, 60)
    assert [float(x) for x in found.target.tolist()] == pytest.approx([35, 25], abs=2e-6)
    assert marginal(found) == pytest.approx([0.493827, 0.493827], abs=1e-6)
    assert found.goals[0].best == pytest.approx(105.555556, abs=1e-6)


def test_returns_may_fade_exponentially(tmp_path: Path) -> None:
    """M03: k (1 - exp(-b x)) with k = 100, 80 and b = 0.1, 0.05; half_at is ln 2 / b."""
    table = "partner_id,last,uplift,half\na,30,100,6.931471805599453\nb,30,80,13.862943611198906\n"
    found = fund(tmp_path, table, 20, {**FUND, "curve": "exponential"})
    assert [float(x) for x in found.target.tolist()] == pytest.approx([12.7753, 7.2247], abs=5e-5)


def many(seed: int, partners: int) -> str:
    rng = np.random.default_rng(seed)
    last = rng.lognormal(8, 1, partners).round() + 1
    uplift, half = (
        (last * rng.uniform(1, 9, partners)).round(),
        (last * rng.uniform(0.4, 2, partners)).round() + 1,
    )
    rows = zip(last, uplift, half, strict=True)
    return "partner_id,last,uplift,half\n" + "".join(
        f"p{n:03},{a:.0f},{b:.0f},{c:.0f}\n" for n, (a, b, c) in enumerate(rows)
    )


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), partners=st.integers(2, 40), curve=st.sampled_from(sorted(SHAPES)))
def test_marginal_returns_are_equal_between_floor_and_cap(
    tmp_path_factory: pytest.TempPathFactory, seed: int, partners: int, curve: str
) -> None:
    cap = {"name": "cap", "kind": "concentration", "metric": "mdf", "share_max": "60%"}
    floor = {"name": "floor", "kind": "hold_harmless", "metric": "mdf", "plan": "last", "drop_max": "80%"}
    folder, table = tmp_path_factory.mktemp("fund"), many(seed, partners)
    total = sum(int(line.split(",")[1]) for line in table.splitlines()[1:])
    found = fund(folder, table, total, {**FUND, "curve": curve}, [cap, floor])
    x, slope = found.unrounded, marginal(found)
    at_floor = x <= found.frame.column("last").floats() * 0.2 * (1 + 1e-6)
    at_cap = x >= 0.6 * total * (1 - 1e-6)
    inside = ~at_floor & ~at_cap
    if inside.any():
        assert slope[inside] == pytest.approx(np.full(inside.sum(), slope[inside].mean()), rel=1e-5)
        assert (slope[at_floor] <= slope[inside].max() * (1 + 1e-5)).all()
        assert (slope[at_cap] >= slope[inside].min() * (1 - 1e-5)).all()
    bound = found.goals[0].bound
    assert bound is not None
    assert 0 <= bound - found.goals[0].best + 1e-12 * bound <= 1e-9 * bound


@pytest.mark.parametrize("give_up", ["0.01%", "0.1%", "1%", "10%"])
def test_what_may_be_given_up_goes_to_evenness(tmp_path: Path, give_up: str) -> None:
    table = many(7, 60)
    found = fund(tmp_path, table, 200_000, {**FUND, "give_up": give_up})
    goal = found.goals[0]
    reached = Returns.of(found.scenario.goals[0], found.frame).value(found.unrounded)
    assert reached >= goal.kept * (1 - 1e-8)
    strict = fund(tmp_path, table, 200_000).goals[0]
    assert goal.unevenness_before <= goal.unevenness_after < strict.unevenness_after
    if goal.unevenness_after > goal.unevenness_before * (1 + 1e-9):
        assert reached == pytest.approx(goal.kept, rel=1e-8)
    assert found.certificate["exact"]


def test_no_other_targets_that_keep_enough_are_more_even(tmp_path: Path) -> None:
    """Along the line between the answer and the fair shares, everything nearer brings too little."""
    found = fund(tmp_path, many(3, 25), 80_000, {**FUND, "give_up": "1%"})
    returns = Returns.of(found.scenario.goals[0], found.frame)
    share, x = found.fair_share, found.unrounded
    rng, weight = np.random.default_rng(5), 1 / share
    for _ in range(200):
        other = x + rng.normal(0, 0.02, len(x)) * share
        other = share + (other - share) * min(
            1.0, np.sqrt((weight * (x - share) ** 2).sum() / (weight * (other - share) ** 2).sum())
        )
        other *= x.sum() / other.sum()
        if (weight * (other - share) ** 2).sum() < (weight * (x - share) ** 2).sum() * (1 - 1e-9):
            assert returns.value(other) < found.goals[0].kept * (1 + 1e-9)


def test_the_parts_of_a_year_bring_together_what_the_year_does(tmp_path: Path) -> None:
    found = fund(tmp_path, TWO, 60, periods=["H1", "H2"])
    assert found.unrounded.reshape(2, 2).sum(axis=0) == pytest.approx([35, 25], abs=1e-6)


def test_funds_and_revenue_are_sought_together(tmp_path: Path) -> None:
    """Revenue is worth 1 to b and nothing to a, within 50 to 150; a fund may be at most a tenth of the revenue.

    All revenue that may go to b does: 150 of 200, and 50 to a. a's fund is then capped at 5 and b's at 15: the last
    unit brings 100 · 10 / 15² to a and 50 · 20 / 35² = 0.816 to b, so both are at their caps when the fund is 20.
    """
    rules = [
        {"name": "limits", "kind": "hold_harmless", "metric": "revenue", "plan": "last_revenue",
         "drop_max": "50%", "rise_max": "50%"},
        {"name": "backed", "kind": "weighted_limit", "values": {"mdf": 1}, "of": "revenue", "share_max": "10%",
         "by": "who"},
    ]  # fmt: skip
    table = "partner_id,who,last,last_revenue,uplift,half,value\na,a,30,100,100,10,0\nb,b,30,100,50,20,1\n"
    found = fund(
        tmp_path,
        table,
        20,
        {"maximise": {"revenue": {"value": 1}, "mdf": {"uplift": 1}}, "half_at": {"mdf": "half"}},
        rules,
        metrics={
            "revenue": {"unit": "USD", "round_to": 1, "baseline": "last_revenue"},
            "mdf": {"unit": "USD", "round_to": 1, "fair_share": {"last": 1}},
        },
        targets=[
            {"name": "company target", "metric": "revenue", "total": 200},
            {"name": "the fund", "metric": "mdf", "total": 20},
        ],
    )
    assert found.target.tolist() == [50, 150, 5, 15]
    assert found.goals[0].best == pytest.approx(150 + 100 * 5 / 15 + 50 * 15 / 35)


def test_each_metric_may_have_a_value_of_its_own(tmp_path: Path) -> None:
    """Revenue is worth most with a, licences with b: each goes where it may, twenty percent above the even share."""
    table = "partner_id,base,margin,fee\na,100,2,1\nb,100,1,3\n"
    metric = {"unit": "units", "round_to": 1, "baseline": "base"}
    cap = {"name": "cap", "kind": "growth_cap", "growth_max": "20%"}
    found = fund(
        tmp_path,
        table,
        0,
        {"maximise": {"revenue": {"margin": 1}, "licences": {"fee": 10}}},
        [{**cap, "name": f"cap {m}", "metric": m} for m in ("revenue", "licences")],
        metrics={"revenue": metric, "licences": metric},
        targets=[{"name": m, "metric": m, "total": 200} for m in ("revenue", "licences")],
    )
    assert found.target.tolist() == [120, 80, 80, 120]
    assert found.goals[0].best == pytest.approx(2 * 120 + 80 + 10 * (80 + 3 * 120))
    assert found.goals[0].bound is None


def test_the_proof_is_exact_and_no_allocation_passes_it(tmp_path: Path) -> None:
    found = fund(
        tmp_path,
        many(11, 30),
        90_000,
        metrics={"mdf": {"unit": "USD", "round_to": 500, "fair_share": {"last": 1}}},
    )
    returns = Returns.of(found.scenario.goals[0], found.frame)
    worth = returns.exact_value(found.target)
    assert isinstance(worth, Decimal)
    bound = found.goals[0].bound
    assert bound is not None
    assert float(worth) <= bound
    assert float(worth) == pytest.approx(returns.value(found.target.floats()))


@pytest.mark.parametrize("curve", sorted(SHAPES))
def test_lines_lie_above_the_curves_and_touch_them(curve: str) -> None:
    shape, z = SHAPES[curve], np.linspace(0, 30, 301)
    for at in (0.0, 0.1, 1.0, 7.0):
        slope = shape.slope(np.array([at]))
        intercept = float(shape.exact_intercept(Decimal(float(slope[0]))))
        assert (intercept + slope[0] * z - shape.value(z) >= -1e-12).all()
        assert shape.touch(slope) == pytest.approx([at], abs=1e-7)
        assert intercept + float(slope[0]) * at == pytest.approx(float(shape.value(np.array([at]))[0]))
        assert float(shape.exact_value(Decimal(at))) == pytest.approx(float(shape.value(np.array([at]))[0]))
    assert shape.value(np.array([0.0, 1.0, 1e9])) == pytest.approx([0, 0.5, 1])
    step = 1e-6
    assert (shape.value(z + step) - shape.value(z)) / step == pytest.approx(shape.slope(z), abs=1e-5)
    assert -(shape.slope(z + step) - shape.slope(z)) / step == pytest.approx(shape.bend(z), abs=1e-5)


def refused(folder: Path, table: str, goal: dict[str, Any], **fields: Any) -> list[str]:
    with pytest.raises(Refused) as caught:
        fund(folder, table, 60, goal, **fields)
    return [f"{finding.code}: {finding.message}" for finding in caught.value.findings]


def test_a_half_that_is_zero_or_missing_is_a_finding(tmp_path: Path) -> None:
    table = "partner_id,last,uplift,half\na,30,100,0\nb,30,50,\n"
    assert refused(tmp_path, table, FUND) == [
        "bad-value: half is 0 for a, and a goal has it as half_at",
        "missing-value: half is empty for b, and a goal uses it",
    ]
    assert refused(tmp_path, TWO, FUND, missing={"half": "zero"}) == [
        "bad-value: half is half_at of a goal, and missing: zero makes empty cells zero"
    ]


@pytest.mark.parametrize(
    ("goal", "says"),
    [
        ({**FUND, "half_at": "hlaf"}, "unknown-column: no column 'hlaf'"),
        ({**FUND, "half_at": {"mfd": "half"}}, "unknown-metric: half_at speaks of mfd, and maximise does not"),
        ({**FUND, "maximise": {"uplift": -1}}, "negative-amount: uplift has the weight -1, and"),
        ({"half_at": "half", "stay_close_to": "last"}, "bad-value: goals.0 has half_at without maximise"),
        ({"maximise": {"uplift": 1}, "curve": "exponential"}, "missing-field: goals.0 has curve without half_at"),
        ({"maximise": {"mdf": {"uplift": 1}}, "metric": "mdf"}, "bad-value: goals.0 has metric and maximise by metric"),
        ({"maximise": {"mfd": {"uplift": 1}}}, "unknown-metric: no metric 'mfd'"),
    ],
)  # fmt: skip
def test_a_goal_that_cannot_be_meant_is_a_finding(tmp_path: Path, goal: dict[str, Any], says: str) -> None:
    assert any(found.startswith(says) for found in refused(tmp_path, TWO, goal)), refused(tmp_path, TWO, goal)


def test_a_fund_that_nothing_limits_is_a_failure_with_its_place(tmp_path: Path) -> None:
    """Steady value without an end beside a fund; returns that fade have an end of their own."""
    path = builders.scenario_file(
        tmp_path,
        TWO,
        partner_id="partner_id",
        metrics={"mdf": {"unit": "USD", "baseline": "last"}, "revenue": {"unit": "USD", "baseline": "last"}},
        targets=[
            {"name": "the fund", "metric": "mdf", "total": 60},
            {"name": "target", "metric": "revenue", "total_min": 60},
        ],
        goals=[{"maximise": {"revenue": {"uplift": 1}, "mdf": {"uplift": 1}}, "half_at": {"mdf": "half"}}],
    )
    found = allocate(*builders.read(path))
    assert found.state == "failed"
    assert "has no best" in found.reason


def test_who_has_no_fair_share_still_gets_what_the_goal_gives(tmp_path: Path) -> None:
    table = "partner_id,last,uplift,half\na,30,100,10\nb,0,50,20\n"
    assert [float(x) for x in fund(tmp_path, table, 60).target.tolist()] == pytest.approx([35, 25], abs=1e-5)


def test_the_order_of_rows_changes_no_target(tmp_path: Path) -> None:
    header, *rows = many(5, 12).splitlines()
    shuffled = "\n".join([header, *reversed(rows)]) + "\n"
    goal = {**FUND, "give_up": "2%"}
    one, other = (
        fund(
            tmp_path,
            table,
            30_000,
            goal,
            metrics={"mdf": {"unit": "USD", "round_to": 10, "fair_share": {"last": 1}}},
        )
        for table in (many(5, 12), shuffled)
    )
    assert one.target.tolist() == other.target.tolist()
