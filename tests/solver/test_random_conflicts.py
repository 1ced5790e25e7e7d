"""Conflicts on random worlds that cannot hold: true, and as small as they can be."""

from fractions import Fraction

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from worlds import GROUPS, Asked, RuleFields, text, worlds

from rules import RuleBook
from solver.engines.ortools import OrTools
from solver.engines.pulp import Pulp
from solver.engines.quadratic_program import Engine, QuadraticProgram
from solver.model.program import assemble, blocks_of

bounded = settings(max_examples=30, deadline=None, derandomize=True)


def can_hold(asked: Asked, engine: Engine) -> bool:
    """Whether the rules can hold, by an engine asked with the bare rows, in shares of the company target."""
    book: RuleBook = asked.book()
    program = assemble(book.frame, blocks_of(book))
    if program.crossed:
        return False
    unit = float(max(asked.totals.values())) or 1.0
    nothing = np.zeros(len(program.fair_share))
    limits = (program.row_lower, program.row_upper, program.lower, program.upper)
    rows = QuadraticProgram(nothing, nothing, program.matrix, *(limit / unit for limit in limits))
    return engine.solve(rows).termination == "optimal"


@st.composite
def clashing(draw: st.DrawFn) -> Asked:
    """A world around a known point, and a limit on a group that is at odds with something."""
    asked = draw(worlds(elastic=False))
    column = draw(st.sampled_from(GROUPS))
    word = draw(st.sampled_from(sorted({row[column] for row in asked.partners})))
    group = {row["partner_id"] for row in asked.partners if row[column] == word}
    placed = sum((t for (p, m), t in asked.point.items() if m == "revenue" and p in group), Fraction(0))
    unit = asked.metrics["revenue"]
    more, less = placed + 5 * unit, max(Fraction(0), placed - 5 * unit)
    limit = draw(st.sampled_from([{"total_min": text(more)}, {"total_max": text(less)}]))
    odd = {
        "name": "odd one",
        "kind": "group_limit",
        "metric": "revenue",
        "where": {column: word},
        **limit,
    }
    return asked.with_rules([*asked.rules, odd])


@given(clashing())
@bounded
def test_a_conflict_is_said_where_rules_cannot_hold_and_nowhere_else(asked: Asked) -> None:
    state = asked.solve().state

    assert (state == "infeasible") == (not can_hold(asked, Pulp()))
    assert state in ("succeeded", "infeasible")


@given(clashing())
@bounded
def test_a_conflict_is_true_and_minimal(asked: Asked) -> None:
    """The rules of a conflict cannot hold by themselves; any one of them less, the others can."""
    allocation = asked.solve()
    assume(allocation.state == "infeasible")
    assert allocation.conflict is not None
    names = set(allocation.conflict.each[0].rules)
    named = asked.with_rules([rule for rule in asked.rules if rule["name"] in names])
    shares = [rule for rule in asked.rules if rule["kind"] == "company_target"]

    assert not can_hold(with_totals(named, shares), OrTools())
    for name in names:
        fewer = named.with_rules([rule for rule in named.rules if rule["name"] != name])
        assert can_hold(with_totals(fewer, shares), OrTools()), f"without {name} the rest still conflicts"


def with_totals(asked: Asked, targets: list[RuleFields]) -> Asked:
    """The rules, and totals that allow any amount in place of company targets that are not among them."""
    here = {rule["name"] for rule in asked.rules}
    loose = [
        {name: rule[name] for name in ("name", "kind", "metric")} | {"total_min": "0", "total_max": "1e12"}
        for rule in targets
        if rule["name"] not in here
    ]
    return asked.with_rules([*asked.rules, *loose])


@given(worlds(elastic=False))
@bounded
def test_infeasible_is_never_said_where_a_point_is_known(asked: Asked) -> None:
    assert can_hold(asked, Pulp())
    assert asked.solve().state == "succeeded"


def test_the_engines_that_confirm_are_named() -> None:
    rows = [{"partner_id": "acme", "g0": "a", "g1": "a", "g2": "a", "revenue_last": "1"}]
    rules: list[RuleFields] = [
        {"name": "total", "kind": "company_target", "metric": "revenue", "total": "10"},
        {"name": "cap", "kind": "growth_cap", "metric": "revenue", "growth_max": "0%"},
    ]
    allocation = Asked(rows, {"revenue": Fraction(1)}, rules).solve()

    assert allocation.state == "infeasible"
    assert allocation.conflict is not None
    assert set(allocation.conflict.rules) == {"total", "cap"}
    assert allocation.document()["conflict"]["confirmed_by"] == ["arithmetic"]
