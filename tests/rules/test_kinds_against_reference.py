"""Every kind's rows, at random points of random scenarios, against its plain restatement."""

import inspect
from collections import defaultdict
from fractions import Fraction
from typing import Any

import builders
import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import World

from rules import KINDS, CellIndex, Rows
from scenarios import Metric
from scenarios import Profile as Phasing
from scenarios.values.rational_array import Exact

COLUMNS = ("tier", "region", "base", "other", "plan", "months")
WITHOUT_PAST = [kind for kind in KINDS if kind != "catch_up"]
"""Kinds of any scenario; catching up belongs to a year that has begun, and tests/solver/test_replan.py restates it."""
CLOSE = Fraction(1, 10**6)
"""Phasing counts to nine decimals, parts of groups to twelve: misses agree to six of what is at stake."""

percents = st.integers(0, 150).map(lambda n: f"{n}%")
amounts = st.one_of(st.integers(0, 200), st.decimals(0, 200, places=2))
columns = st.sampled_from(["base", "other", "plan"])


def shares(draw: st.DrawFn, low: str, high: str) -> dict[str, str]:
    """A least share, a most share, or both."""
    least, most = sorted((draw(st.integers(0, 150)), draw(st.integers(0, 150))))
    given = draw(st.sampled_from([(low,), (high,), (low, high)]))
    return {name: f"{n}%" for name, n in ((low, least), (high, most)) if name in given}


def proportions(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = shares(draw, "share_min", "share_max")
    if draw(st.booleans()):
        found["per"] = "together"
        if draw(st.booleans()):
            found["by"] = draw(st.sampled_from(["tier", "region"]))
    return found


def steps(draw: st.DrawFn) -> dict[str, Any]:
    low, high = draw(st.integers(0, 60)), draw(st.integers(60, 150))
    both = {"ramp": {0: f"{high}%", 5: f"{high + 9}%"}, "ramp_min": {0: f"{low}%", 9: f"{low + 1}%"}}
    chosen = draw(st.sampled_from([("ramp",), ("ramp_min",), ("ramp", "ramp_min")]))
    by = draw(st.sampled_from([{}, {"by": None}, {"by": "region"}]))
    return {"months": "months", **{name: both[name] for name in chosen}, **by}


def limits(draw: st.DrawFn) -> dict[str, Any]:
    by = draw(st.sampled_from([{}, {"by": "tier"}]))
    if draw(st.booleans()):
        return shares(draw, "share_min", "share_max") | by
    least, most = sorted((draw(st.integers(0, 500)), draw(st.integers(0, 500))))
    return {"total_min": least, "total_max": most} | by


FIELDS: dict[str, Any] = {
    "adoption": lambda draw: {"column": draw(columns), **proportions(draw)},
    "capacity_limit": lambda draw: {
        "uses": draw(st.dictionaries(st.sampled_from(["revenue", "services"]), amounts, min_size=1)),
        **draw(
            st.fixed_dictionaries(
                {"capacity": st.dictionaries(columns, amounts, min_size=1)},
                optional={"load_min": st.dictionaries(columns, amounts, min_size=1)},
            )
        ),
    },
    "company_target": lambda draw: draw(
        st.sampled_from(
            [{"total": 300}, {"growth": "12.5%"}, {"total_min": 90}, {"total_min": 90, "total_max": 200}]
        )
    ),
    "concentration": lambda draw: {"share_max": draw(percents)},
    "even_within": lambda draw: {"band": draw(percents), **draw(st.sampled_from([{}, {"by": "tier"}]))},
    "group_limit": limits,
    "growth_cap": lambda draw: {
        "growth_max": draw(percents),
        **draw(st.sampled_from([{}, {"allowance": 70}])),
    },
    "growth_floor": lambda draw: {"growth_min": f"{draw(st.integers(-120, 50))}%"},
    "headroom": lambda draw: {"column": draw(columns), "share_max": draw(percents)},
    "hold_harmless": lambda draw: {
        "plan": "plan",
        **draw(st.sampled_from([{"drop_max": "10%"}, {"rise_max": "5%"}])),
    },
    "lock": lambda draw: {"target": draw(amounts)},
    "mix": lambda draw: {
        "of": draw(st.sampled_from([["services"], ["revenue", "services"], ["services", "revenue"]])),
        **proportions(draw),
    },
    "personal_best": lambda draw: {
        "columns": draw(st.lists(columns, min_size=1, max_size=3)),
        "margin": draw(percents),
    },
    "ramp": steps,
    "ratchet": lambda draw: {"last_target": draw(columns), "last_actual": draw(columns)},
    "season": proportions,
    "weighted_limit": lambda draw: {
        "values": {
            metric: draw(st.one_of(columns, amounts))
            for metric in draw(st.lists(st.sampled_from(["revenue", "services"]), min_size=1, unique=True))
        },
        **draw(
            st.sampled_from(
                [
                    {"total_min": 90},
                    {"total_min": 90, "total_max": 200},
                    {"of": "revenue", "share_min": "120%"},
                    {"of": "services", "share_min": "50%", "share_max": "2000%"},
                ]
            )
        ),
        **draw(st.sampled_from([{}, {"by": "tier"}])),
    },
    "tier_minimum": lambda draw: {"minimum": {tier: draw(amounts) for tier in ("Gold", "Silver", "Bronze")}},
}

selections = st.sampled_from(
    [
        {},
        {"tier": "Gold"},
        {"tier": ["Gold", "Silver"], "not": {"region": "north"}},
        {"months": {"min": 3, "max": 20}},
        {"plan": {"empty": False}, "base": {"max": "99.5"}},
        {"region": "nowhere"},
    ]
)


@st.composite
def worlds(draw: st.DrawFn, *, phased: bool) -> World:
    ids = draw(
        st.lists(
            st.sampled_from(["acme", "borealis", "cumulus", "dunes", "Éole", "zephyr"]),
            min_size=1,
            unique=True,
        )
    )
    cell = st.one_of(amounts.map(str), st.just(""))
    table = [
        {
            "partner_id": name,
            "tier": draw(st.sampled_from(["Gold", "Silver", "Bronze"])),
            "region": draw(st.sampled_from(["north", "south"])),
            "months": str(draw(st.integers(0, 30))),
            **{column: draw(cell) for column in ("base", "other", "plan")},
        }
        for name in ids
    ]
    policy = draw(st.sampled_from(["zero", "tier_median"]))
    periods = ("Q1", "Q2", "Q3") if phased else ()
    history = {
        "columns": {"Q1": "base", "Q2": "other", "Q3": "plan"},
        "by": draw(st.sampled_from([None, "region"])),
    }
    metrics = {
        "revenue": {"baseline": "base", "fair_share": {"base": Fraction(7, 10), "other": Fraction(3, 10)}},
        "services": {"baseline": None, "fair_share": {"plan": Fraction(1)}},
    }
    for metric in metrics.values():
        phasing = draw(st.sampled_from(["even", history])) if phased else "even"
        metric |= {"missing": policy, "phasing": phasing, "round_to": Fraction(1)}
    cells = [(name, metric, period) for name in ids for metric in metrics for period in periods or ("",)]
    return World(
        partners=table,
        metrics=metrics,
        totals={
            "revenue": Fraction(draw(st.integers(1, 900))),
            "services": Fraction(draw(st.integers(1, 900))),
        },
        periods=periods,
        missing=dict.fromkeys(("base", "other", "plan"), policy),
        targets={each: Fraction(draw(st.integers(0, 1200)), 4) for each in cells},
    )


def frame_of(world: World) -> CellIndex:
    lines = [" ".join(p[c] or "-" for c in ("partner_id", *COLUMNS)) for p in world.partners]
    table = builders.partners(*lines, columns=" ".join(("partner_id", *COLUMNS)))
    metrics = [metric_of(name, of) for name, of in world.metrics.items()]
    return builders.frame(table, *metrics, totals=world.totals, periods=world.periods, missing=world.missing)


def metric_of(name: str, of: dict[str, Any]) -> Metric:
    phasing = of["phasing"] if of["phasing"] == "even" else Phasing(**of["phasing"])
    return builders.metric(name, **(of | {"phasing": phasing}))


def targets_of(world: World, frame: CellIndex) -> Exact:
    return Exact.of(
        [
            world.targets[partner, metric, period]
            for metric in frame.metrics
            for period in frame.periods or ("",)
            for partner in frame.columns.ids
        ]
    )


def missed(rows: Rows, frame: CellIndex, targets: Exact) -> dict[str, Fraction]:
    """Each subject's misses, added up; subjects that miss nothing are left out."""
    found: dict[str, Fraction] = defaultdict(Fraction)
    amounts = rows.amounts(targets).tolist()
    lower = rows.lower.tolist() if rows.lower is not None else amounts
    upper = rows.upper.tolist() if rows.upper is not None else amounts
    for row, (low, amount, high) in enumerate(zip(lower, amounts, upper, strict=True)):
        found[rows.subject(row, frame.columns.ids)] += max(low - amount, 0) + max(amount - high, 0)
    return {subject: by for subject, by in found.items() if by}


@pytest.mark.parametrize("kind", WITHOUT_PAST)
@pytest.mark.parametrize("phased", [False, True], ids=["whole", "phased"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_misses_are_those_of_the_formula(kind: str, phased: bool, data: st.DataObject) -> None:
    world = data.draw(worlds(phased=phased or kind == "season"))
    fields = data.draw(st.composite(FIELDS[kind])()) | {"where": data.draw(selections)}
    if world.periods:
        fields["period"] = data.draw(st.sampled_from([None, "each", "Q2"]))
    fields = {
        name: value for name, value in fields.items() if value != {} and (value is not None or name == "by")
    }
    rule = builders.rule(kind, **fields)
    frame = frame_of(world)

    found = missed(rule.all_rows(frame), frame, targets_of(world, frame))
    wanted = {s: by for s, by in reference.misses({"metric": "revenue", "kind": kind, **fields}, world) if by}

    exact = kind != "even_within" and not world.periods
    slack = 0 if exact else CLOSE * (sum(world.targets.values()) + sum(world.totals.values()))
    for subject in {*found, *wanted}:
        assert abs(found.get(subject, 0) - wanted.get(subject, 0)) <= slack, subject


@pytest.mark.parametrize("kind", WITHOUT_PAST)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_row_of_one_target_limits_it_from_the_side_it_says(kind: str, data: st.DataObject) -> None:
    """Its coefficient is above zero, so that it is a floor or a cap as it stands."""
    world = data.draw(worlds(phased=kind == "season"))
    frame = frame_of(world)
    rows = builders.rule(kind, **data.draw(st.composite(FIELDS[kind])())).all_rows(frame)

    coefficients = rows.matrix(frame.size)
    coefficients.eliminate_zeros()
    single = np.diff(coefficients.indptr) == 1
    assert (coefficients.data[coefficients.indptr[:-1][single]] > 0).all()


def test_every_kind_has_its_restatement() -> None:
    assert set(WITHOUT_PAST) == set(reference.KINDS) == set(FIELDS)


def test_the_reference_is_no_echo() -> None:
    """It shares no code with the program."""
    source = inspect.getsource(reference)
    assert not any(name in source for name in ("from rules", "from scenarios", "import numpy"))
