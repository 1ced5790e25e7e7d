"""Whole answers of an integer program: as a flow where rows are a network, by branch and bound beyond."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from solver.engines.quadratic_program import Vector
from solver.integer.branch_and_bound import Answer, least
from solver.integer.centre import centre_of
from solver.integer.confine import confined
from solver.integer.flow import Flow, cheapest_counts, cheapest_flow
from solver.integer.integer_program import IntegerProgram, Part, nearest_part
from solver.integer.laminar import NONE, Families, families
from solver.integer.pieces import KnownPieces, pieces_of
from solver.integer.ranks import HARD
from solver.integer.unit_bounds import Integers

Mask = NDArray[np.bool_]

_FEW = 1_000
"""Columns: up to so many branch and bound decides at once."""
_MANY = 1_500
"""Columns: beyond, whatever keeps everything is taken, however near to the least it is proved to be."""
_CORES = (600, 2_400)
"""Columns: of how many branch and bound decides where there are more, the others being as in the cheapest flow."""
_LARGE = 5_000
"""Columns: of more only those near the counts in fractions are decided."""
_BESIDE = (8, 64)
"""Columns: so many on each side of a pattern's count in fractions, one number after the other."""
_LESS = 0.3
"""Of the usual work: what is done in such a part."""
_NEAR = 0.003
"""Of the distance: how near to the least an answer must be to count as least."""
_SAME = 5e-4
"""Of the distance: the same for what is missing in the ranks before it."""
_ALL, _AROUND = 2_000, 64
"""Columns: beyond the first number flows look at so many of each pattern on each side, at first."""


def solve(program: IntegerProgram, *, effort: float = 1.0, known: KnownPieces | None = None) -> Answer:
    """The lexicographically least whole counts; `effort` is the part of the usual work of a search.

    Answers of pieces that `known` has are taken from there, and those that are found kept in it.
    """
    if program.rows.impossible(program.width):
        return Answer(None, settled=True)
    flows = _by_pieces(program, known)
    if flows is not None:
        return flows
    answer = _nearby(program, lambda part: _least(part, effort))
    assert answer is not None, "branch and bound answers every program"
    return answer


def _by_pieces(program: IntegerProgram, known: KnownPieces | None) -> Answer | None:
    """The flows of all pieces, which are exact; None where the rows are no network."""
    if not program.rows.ones.all():
        return None
    counts = np.zeros_like(program.width)
    for piece in pieces_of(program):
        flow = _piece_flow(piece.program) if known is None else known.answer(piece.program, _piece_flow)
        if flow is None or flow.counts is None:
            return flow
        counts[piece.columns] = flow.counts
    return Answer(counts, settled=True)


def _piece_flow(piece: IntegerProgram) -> Answer | None:
    return _nearby(piece, _flow)


def _flow(program: IntegerProgram) -> Answer | None:
    network = families(program.rows.matrix, program.rows.ones)
    if (network.family == NONE).any():
        return None
    return Answer(cheapest_counts(program, network), settled=True)


def _nearby(program: IntegerProgram, least: Callable[[IntegerProgram], Answer | None]) -> Answer | None:
    """What `least` says of the columns near the even spread's own counts, and ever further from them while its answer
    stands at an edge; None where it says so.
    """
    around = _AROUND
    while True:
        part = nearest_part(program, around, beyond=_ALL)
        answer = Answer(None, settled=True) if part.impossible() else least(part.program)
        if answer is None or part.complete:
            return answer if answer is None else _of_all(part, answer)
        if answer.counts is not None and part.inside(answer.counts):
            return _of_all(part, answer)
        around *= 16


def _of_all(part: Part, answer: Answer) -> Answer:
    return answer if answer.counts is None else Answer(part.whole(answer.counts), answer.settled)


def _least(program: IntegerProgram, effort: float) -> Answer:
    network = families(program.rows.matrix, program.rows.ones)
    outside = network.family == NONE
    counts = cheapest_counts(program, network)
    if counts is None:
        return Answer(None, settled=True)
    if program.keeps(counts.astype(np.float64), outside):
        return Answer(counts, settled=True)
    if len(program.width) <= _FEW:
        return least(program, effort=effort)
    if len(program.width) > _LARGE:
        return _beside(program, outside, counts, effort)
    return _repaired(program, network, counts, effort)


def _repaired(program: IntegerProgram, network: Families, counts: Integers, effort: float) -> Answer:
    """The flow changed until it keeps the rows outside, in few columns where that is near enough to the least."""
    outside, bound = network.family == NONE, program.score(counts.astype(np.float64))
    best: Integers | None = None
    if (within := _confined(program, outside)) is not None:
        if _settled(program, within, bound) or len(program.width) > _MANY:
            return Answer(within, _settled(program, within, bound))
        best = within
    flow = cheapest_flow(program, network)  # the same again, with what changes of it cost
    assert flow is not None, "a flow was found just now"
    for size in _CORES:
        part = _core(program, flow, size)
        found = least(part.program, effort=effort * _LESS).counts if size < len(program.width) else None
        if found is not None:
            whole = part.whole(found)
            if _settled(program, whole, bound) or len(program.width) > _MANY:
                return Answer(whole, _settled(program, whole, bound))
            best = whole
    answer = least(program, effort=effort)
    return answer if answer.counts is not None or best is None else Answer(best, settled=False)


def _beside(program: IntegerProgram, outside: Mask, flow: Integers, effort: float) -> Answer:
    """The flow without columns that would break rows outside, or what is found beside the counts in fractions."""
    if (counts := _confined(program, outside)) is not None:
        return Answer(counts, _settled(program, counts, program.score(flow.astype(np.float64))))
    centre, proved = centre_of(program)
    if centre is None:
        return Answer(None, proved)
    for near in _BESIDE:
        part = nearest_part(program, near, beyond=0, around=centre)
        counts = least(part.program, effort=effort * _LESS).counts
        if counts is not None:
            whole = part.whole(counts)
            return Answer(whole, proved and _settled(program, whole, program.score(centre)))
    return Answer(None, settled=False)


def _settled(program: IntegerProgram, counts: Integers, bound: Vector) -> bool:
    """Whether counts (columns,) that keep all hard rows come near enough to a score (ranks,) that none is below."""
    excess = program.score(counts.astype(np.float64)) - bound
    distance = max(1.0, float(np.abs(program.natural - np.round(program.natural)).sum()))
    return bool((excess[:-1] <= _SAME * distance).all() and excess[-1] <= _NEAR * distance)


def _core(program: IntegerProgram, flow: Flow, size: int) -> Part:
    """The columns whose change costs least, the others as in the flow."""
    columns = np.sort(flow.order[:size])
    base = flow.counts.copy()
    base[columns] = 0
    nothing = np.empty(0, dtype=np.intp)
    return Part(program, columns, base, (nothing, nothing))


def _confined(program: IntegerProgram, outside: Mask) -> Integers | None:
    """(columns,) a flow that keeps the rows outside by leaving out columns; None where that fails."""
    hard = program.rows.rank == HARD
    within = confined(program, outside & hard)
    if within is None:
        return None
    rows = within.program.rows
    flow = cheapest_flow(within.program, families(rows.matrix, rows.ones))
    if flow is None:
        return None
    counts = flow.counts + within.taken
    return counts if program.keeps(counts.astype(np.float64), hard) else None
