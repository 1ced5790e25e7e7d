"""The whole period of a re-plan: parts that are over keep the target that was published, the rest has the new one."""

from __future__ import annotations

from dataclasses import fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rules import CellIndex
from rules.replan.reduce import Overtaken
from rules.replan.rest import RestIndex
from scenarios.actuals.past import Past
from scenarios.values.rational_array import Exact
from solver.allocation import Allocation
from solver.engines.quadratic_program import Vector
from solver.explain.receipts import PUBLISHED, Receipts


class WholePeriod(Allocation):
    """The allocation of a re-plan, over the cells of all parts; what was asked stays in `target`."""

    @property
    def frame(self) -> CellIndex:
        """The cells of all parts."""
        return self._rest.year

    @property
    def past(self) -> Past:
        """What it started from."""
        assert self._rest.past is not None
        return self._rest.past

    @cached_property
    def overtaken(self) -> tuple[Overtaken, ...]:
        """The limits that events have passed, in the order of the rules."""
        return tuple(each for rule in self.book.rules for each in self._rest.reduced(rule).overtaken)

    @property
    def fair_share(self) -> Vector:
        """(cells,) of the whole period, as the plan before had them."""
        return self.frame.fair_shares.floats

    @property
    def floor(self) -> Vector:
        """(cells,) the published target in parts that are over."""
        return self._over_published(super().floor)

    @property
    def cap(self) -> Vector:
        """(cells,) the published target in parts that are over."""
        return self._over_published(super().cap)

    @property
    def unrounded(self) -> Vector:
        """(cells,) the published target in parts that are over."""
        return self._over_published(super().unrounded)

    @cached_property
    def target(self) -> Exact:
        """(cells,) the published targets of parts that are over, the new ones of the rest."""
        at = np.full(self.frame.size, -1, dtype=np.intp)
        at[self._cells] = np.arange(len(self._cells))
        joined = Exact.join([super().target, self.past.published])
        return joined[np.where(at >= 0, at, len(self._cells) + np.arange(len(at)))]

    @property
    def placed(self) -> Exact:
        """(cells,) what was done in parts that are over, the targets of the rest."""
        in_rest = np.zeros(self.frame.size, dtype=bool)
        in_rest[self._cells] = True
        return self.target.where(in_rest, self.past.actual)

    @cached_property
    def binding(self) -> NDArray[np.object_]:
        """(cells,) nothing binds a part that is over."""
        found = np.full(self.frame.size, "", dtype=object)
        found[self._cells] = _binding_of(self)
        return found

    @property
    def whole_receipts(self) -> Receipts:
        """The receipts of all parts: those that are over hold what was published."""
        assert self.receipts is not None
        own, over = self.receipts, np.setdiff1d(np.arange(self.frame.size), self._cells)
        cell = np.concatenate([self._cells[own.cell], over])
        order = np.argsort(cell, kind="stable")
        published = np.full(len(over), own.names.index("published target"), dtype=np.intp)
        return Receipts(
            cell=cell[order],
            item_code=np.concatenate([own.item_code, published])[order],
            kind_code=np.concatenate([own.kind_code, np.full(len(over), PUBLISHED, dtype=np.intp)])[order],
            amount=Exact.join([own.amount, self.past.published[over]])[order],
            names=own.names,
        )

    @property
    def _rest(self) -> RestIndex:
        assert isinstance(self.book.frame, RestIndex)
        return self.book.frame

    @property
    def _cells(self) -> NDArray[np.intp]:
        return self._rest.cells_of_year

    def _over_published(self, rest: Vector) -> Vector:
        found = self.past.published.floats().copy()
        found[self._cells] = rest
        return found


def whole_period(allocation: Allocation) -> Allocation:
    """The allocation over all parts of the period; itself where it is no re-plan."""
    if not isinstance(allocation.frame, RestIndex):
        return allocation
    return WholePeriod(**{f.name: getattr(allocation, f.name) for f in fields(Allocation)})


def whole_receipts(allocation: Allocation) -> Receipts:
    """The receipts of an allocation with targets, over all parts of the period."""
    assert allocation.receipts is not None, "only an allocation with targets has receipts"
    whole = whole_period(allocation)
    return whole.whole_receipts if isinstance(whole, WholePeriod) else allocation.receipts


def _binding_of(allocation: WholePeriod) -> NDArray[np.object_]:
    # In a WholePeriod `frame` and `unrounded` are those of the year; the program behind `binding` has the
    # rest's cells.
    plain = Allocation(**{f.name: getattr(allocation, f.name) for f in fields(Allocation)})
    return plain.binding
