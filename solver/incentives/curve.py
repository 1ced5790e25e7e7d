"""Curve: what an incentive pays as a function of what was done, straight by pieces, never falling."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from scenarios.incentives import IncentiveForm

_WHOLE = Fraction(1)
"""The attainment from which on rates are for what is above the target alone."""


@dataclass(frozen=True)
class Piece:
    """From `start` on the curve is base + slope · z."""

    start: Fraction
    base: Fraction
    slope: Fraction

    def at(self, z: Fraction) -> Fraction:
        """The value at z."""
        return self.base + self.slope * z


@dataclass(frozen=True)
class Curve:
    """A payout by z: the attainment, or what was done; nothing is paid before the first piece."""

    pieces: tuple[Piece, ...]
    """By rising start; there is one at least."""
    cap: Fraction | None
    """The attainment beyond which nothing more is paid."""
    by_attainment: bool
    """Whether z is the attainment, rather than what was done."""
    times_target: bool
    """Whether the value is a share of the target, rather than an amount."""

    def at(self, z: Fraction) -> Fraction:
        """The value at z, without the cap."""
        number = bisect_right(self.pieces, z, key=lambda piece: piece.start) - 1
        return self.pieces[number].at(z) if number >= 0 else Fraction(0)

    def payout(self, done: Fraction, target: Fraction) -> Fraction:
        """What is paid for this much done of a target; nothing by attainment where there is no target.

        Source of the marginal formula Σ rate_b · (min(y, hi_b) − lo_b)⁺: Salesforce Spiff's `mamount`; of whole
        rates up to the target and marginal ones above: QuotaPath's accelerators.
        """
        # The cap is an attainment; curves by amounts need it in what was done.
        capped = done if self.cap is None else min(done, self.cap * target)
        if not self.by_attainment:
            return self.at(capped)
        if target <= 0:
            return Fraction(0)
        value = self.at(capped / target)
        return value * target if self.times_target else value

    def jumps(self) -> Iterator[tuple[Fraction, Fraction]]:
        """Where the curve jumps, and by how much; up to the cap."""
        below = Fraction(0)
        for number, piece in enumerate(self.pieces):
            if number:
                below = self.pieces[number - 1].at(piece.start)
            jump = piece.at(piece.start) - below
            # A payout from the first unit on is no cliff.
            if jump and piece.start and (self.cap is None or piece.start <= self.cap):
                yield piece.start, jump


def curve_of(form: IncentiveForm) -> Curve:
    """The curve that an incentive's table describes."""
    if form.points is not None:
        return Curve(_joined(form.points), form.cap, by_attainment=True, times_target=False)
    if form.amounts is not None:
        return Curve(_marginal(form.amounts), form.cap, by_attainment=False, times_target=False)
    rates = form.rates or {}
    pieces = _marginal(rates) if form.pays == "marginal" else _whole(rates)
    return Curve(pieces, form.cap, by_attainment=True, times_target=True)


def _marginal(rates: Mapping[Fraction, Fraction], paid: Fraction = Fraction(0)) -> tuple[Piece, ...]:
    """Each band its own rate, on top of what is paid at the first threshold."""
    pieces, before = [], None
    for start, rate in rates.items():
        paid += before.slope * (start - before.start) if before else 0
        # paid + rate · (z - start), as base + slope · z.
        before = Piece(start, paid - rate * start, rate)
        pieces.append(before)
    return tuple(pieces)


def _whole(rates: Mapping[Fraction, Fraction]) -> tuple[Piece, ...]:
    """The rate reached on everything, below the target; each band its own rate from the target on."""
    below = {start: rate for start, rate in rates.items() if start < _WHOLE}
    last = list(below.values())[-1]
    above = {_WHOLE: last, **{start: rate for start, rate in rates.items() if start >= _WHOLE}}
    flat = tuple(Piece(start, Fraction(0), rate) for start, rate in below.items())
    return (*flat, *_marginal(above, paid=last))


def _joined(points: Mapping[Fraction, Fraction]) -> tuple[Piece, ...]:
    """Straight between the points, flat after the last."""
    pieces = []
    for (start, low), (end, high) in pairwise(points.items()):
        slope = (high - low) / (end - start)
        pieces.append(Piece(start, low - slope * start, slope))
    end, most = list(points.items())[-1]
    return (*pieces, Piece(end, most, Fraction(0)))
