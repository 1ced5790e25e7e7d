"""Cliffs: payouts that jump, so that one deal more or less decides."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rules.incentives import Incentives
from scenarios import Finding
from scenarios.values.quoting import quoted
from solver.incentives.curve import curve_of

_CLIFF = Fraction(1, 5)
"""Of what the target pays: a jump beyond it is doubted."""


def cliffs(incentives: Incentives) -> Iterator[Finding]:
    """Doubts about payouts that jump; those by amounts are marginal and never do."""
    for each in incentives.each:
        curve = curve_of(each.form)
        at_target = curve.at(Fraction(1))
        jumps = [(at, jump) for at, jump in curve.jumps() if jump > _CLIFF * at_target]
        if curve.by_attainment and jumps:
            at, jump = max(jumps, key=lambda found: found[1])
            part = f", {_percent(jump / at_target)} of what the target pays" if at_target else ""
            message = f"{quoted(each.name)} jumps at {_percent(at)} of the target{part}"
            remedy = "One deal more or less decides; let it rise by bands, or points from nothing on."
            yield Finding("payout-cliff", each.place, message, remedy, "warning")


def _percent(number: Fraction) -> str:
    return f"{float(number * 100):.4g} %"
