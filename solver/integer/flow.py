"""Flow: whole units of least cost where rows are two laminar families, by minimum-cost flows rank after rank.

One family branches from a source down to the columns, the other gathers them to a sink; a row is the arc through
which all its units go (Cox & Ernst 1982). After each rank only arcs without reduced cost stay free: they are the
optimal face, so that what a rank reached is kept by all that follow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from solver.engines.quadratic_program import Vector
from solver.integer.integer_program import IntegerProgram
from solver.integer.laminar import NONE, Families
from solver.integer.ranks import HARD
from solver.integer.unit_bounds import Integers
from solver.model.matrices import distinct, kinds, short

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

_SCALE = 1e9
"""Costs are counted in whole billionths of a unit: finer than they are distinguished."""
_WORD = 2.0**62
"""Products up to here fit in 64 bits."""
_NOISE = 1e-6
"""Units: limits of hard rows are whole numbers but for so much."""


@dataclass(frozen=True, eq=False)
class _Arcs:
    tail: Index
    head: Index
    least: Integers
    """(arcs,) what must flow."""
    most: Integers
    """(arcs,) what may."""
    cost: Vector
    """(ranks, arcs) of a unit."""


@dataclass(frozen=True, eq=False)
class Flow:
    """The lexicographically cheapest counts that keep the rows of both families."""

    counts: Integers
    """(columns,)"""
    order: Index
    """(columns,) the columns, first those whose change costs least."""


def cheapest_flow(program: IntegerProgram, families: Families) -> Flow | None:
    """The cheapest flow; None when there is none. Rows of no family are overlooked."""
    network = _network(program, families)
    if (network.least > network.most).any():
        return None
    active = _active(program, network)
    columns = len(program.width)
    flow, price, depth = None, np.zeros(columns), np.zeros(columns)
    for rank in active:
        cost = _counted(network, rank)
        flow = _solve(network, cost)
        if flow is None:
            return None
        reduced = _reduced(network, cost, flow)
        free = depth == 0
        price = np.where(free, np.abs(reduced[:columns]), price)
        if rank != active[-1]:
            network = _face(network, flow, reduced != 0)
            depth[free & (reduced[:columns] != 0)] = len(active) - active.index(rank)
    assert flow is not None
    return Flow(flow[:columns], np.lexsort((price, depth)))


def cheapest_counts(program: IntegerProgram, families: Families) -> Integers | None:
    """(columns,) the counts of the cheapest flow; None when there is none.

    Ranks before the last have few costs: arcs between the same nodes at the same cost are one arc there.
    """
    network = _network(program, families)
    if (network.least > network.most).any():
        return None
    *before, last = _active(program, network)
    ends = _ends(network)
    for rank in before:
        cost = _counted(network, rank)
        flow = _solve_merged(network, cost, ends)
        if flow is None:
            return None
        network = _face(network, flow, _reduced(network, cost, flow) != 0)
    found = _solve(network, _counted(network, last))
    return None if found is None else found[: len(program.width)]


def _active(program: IntegerProgram, network: _Arcs) -> list[int]:
    """The ranks in which something costs, in order."""
    return np.flatnonzero(network.cost.any(axis=1)).tolist() or [program.ranks - 1]


def _counted(network: _Arcs, rank: int) -> Integers:
    """(arcs,) the costs of a rank in whole parts of a unit."""
    counted: Integers = np.rint(network.cost[rank] * _scale(network.cost[rank], network)).astype(np.int64)
    return counted


def _network(program: IntegerProgram, families: Families) -> _Arcs:
    """Columns first, then the rows' arcs, then one from the sink back to the source."""
    inner = [np.where(f == NONE, side, f + 2) for side, f in enumerate(families.inner)]
    rows = np.flatnonzero(families.family != NONE)
    parts = [
        _Arcs(inner[0], inner[1], np.zeros_like(program.width), program.width, program.cost),
        _row_arcs(program, families, rows),
    ]
    total = int(program.width.sum())
    back = _Arcs(
        np.array([1]),
        np.array([0]),
        np.array([0]),
        np.array([total]),
        np.zeros((program.ranks, 1)),
    )
    parts.append(back)
    return _Arcs(
        tail=np.concatenate([p.tail for p in parts]),
        head=np.concatenate([p.head for p in parts]),
        least=np.concatenate([p.least for p in parts]),
        most=np.concatenate([p.most for p in parts]),
        cost=np.concatenate([p.cost for p in parts], axis=1),
    )


def _row_arcs(program: IntegerProgram, families: Families, rows: Index) -> _Arcs:
    """Of each row an arc for every stretch over which a unit costs the same."""
    limits = program.rows
    capacity = (limits.matrix[rows] @ program.width.astype(np.float64)).astype(np.float64)
    lower, upper = limits.lower[rows], limits.upper[rows]
    hard = limits.rank[rows] == HARD
    low = np.where(hard, np.maximum(np.ceil(lower - _NOISE), 0), 0)
    high = np.where(hard, np.minimum(np.floor(upper + _NOISE), capacity), capacity)
    inside = (np.floor(lower), np.ceil(lower), np.floor(upper), np.ceil(upper))
    bends = np.sort(
        [np.clip(np.where(hard, low, bend), low, np.maximum(low, high)) for bend in inside], axis=0
    )
    bends = np.concatenate([[low], bends, [high]])
    lack = np.where(hard, 0.0, np.maximum(np.maximum(lower - bends, bends - upper), 0) * limits.weight[rows])
    width = np.diff(bends, axis=0)
    # The first stretch carries what must flow; one that ends before it starts says that the row cannot hold.
    used = width != 0
    used[0] = True
    step, row = np.nonzero(used)
    slope = np.zeros((program.ranks, len(row)))
    soft = ~hard[row] & (width[step, row] > 0)
    rise = np.diff(lack, axis=0)[step, row]
    slope[limits.rank[rows][row[soft]], np.flatnonzero(soft)] = rise[soft] / width[step, row][soft]
    least = np.where(step == 0, low[row], 0).astype(np.int64)
    most = least + width[step, row].astype(np.int64)
    node = rows + 2
    side = families.family[rows]
    above = np.where(families.parent[rows] == NONE, side, families.parent[rows] + 2)
    tail, head = np.where(side == 0, above, node), np.where(side == 0, node, above)
    return _Arcs(tail[row], head[row], least, most, slope)


def _scale(cost: Vector, network: _Arcs) -> float:
    """How many parts of a unit costs are counted in: a billion, or what 64 bits can hold."""
    nodes = int(max(network.tail.max(), network.head.max())) + 2
    return float(min(_SCALE, _WORD / (4.0 * nodes * max(float(np.abs(cost).max()), 1e-9))))


def _solve(network: _Arcs, cost: Integers) -> Integers | None:
    from ortools.graph.python import min_cost_flow  # takes as long as a small flow

    solver = min_cost_flow.SimpleMinCostFlow()
    room = network.most - network.least
    solver.add_arcs_with_capacity_and_unit_cost(network.tail, network.head, room, cost)
    nodes = int(max(network.tail.max(), network.head.max())) + 1
    supply = np.zeros(nodes, dtype=np.int64)
    np.add.at(supply, network.head, network.least)
    np.add.at(supply, network.tail, -network.least)
    solver.set_nodes_supplies(np.arange(nodes), supply)
    status = solver.solve()
    if status == solver.INFEASIBLE:
        return None
    if status != solver.OPTIMAL:
        raise ArithmeticError(f"the minimum-cost flow ends with {status.name}")
    return np.asarray(network.least + solver.flows(np.arange(len(cost))), dtype=np.int64)


def _ends(network: _Arcs) -> Index:
    """(arcs,) the number of the pair of nodes between which each runs, pairs by tail and head."""
    nodes = int(max(network.tail.max(), network.head.max())) + 1
    return kinds(network.tail * nodes + network.head, nodes**2)[1]


def _solve_merged(network: _Arcs, cost: Integers, ends: Index) -> Integers | None:
    """The same as `_solve`, or another flow that costs as much: arcs that are alike are one, and filled in their order."""
    room = network.most - network.least
    pairs, price = int(ends.max()) + 1, _prices_numbered(cost)
    first, kind = kinds(price * pairs + ends, pairs * (int(price.max()) + 1))
    merged = _Arcs(
        tail=network.tail[first],
        head=network.head[first],
        least=_sums(network.least, kind),
        most=_sums(network.most, kind),
        cost=np.empty((0, len(first))),
    )
    flow = _solve(merged, cost[first])
    if flow is None:
        return None
    order = np.argsort(short(kind), kind="stable")
    before = np.cumsum(room[order]) - room[order]
    start = before[np.searchsorted(kind[order], np.arange(len(first)))]
    left = (flow - merged.least + start)[kind[order]] - before
    found = network.least.copy()
    found[order] += np.clip(left, 0, room[order])
    return found


def _prices_numbered(cost: Integers) -> Index:
    """(arcs,) the number of each arc's cost, the least first: few costs are other than zero in most ranks."""
    other = np.flatnonzero(cost)
    different = distinct(np.append(cost[other], 0))
    price = np.full(len(cost), np.searchsorted(different, 0), dtype=np.intp)
    price[other] = np.searchsorted(different, cost[other])
    return price


def _sums(numbers: Integers, kind: Index) -> Integers:
    """(kinds,) the sum of the numbers (arcs,) of each kind."""
    sums = np.zeros(int(kind.max()) + 1, dtype=np.int64)
    np.add.at(sums, kind, numbers)
    return sums


def _reduced(network: _Arcs, cost: Integers, flow: Integers) -> Integers:
    """(arcs,) reduced costs at an optimum: an arc that has one carries the same in every optimum."""
    price = _prices(network, cost, flow)
    return np.asarray(cost + price[network.tail] - price[network.head], dtype=np.int64)


def _face(network: _Arcs, flow: Integers, fixed: Mask) -> _Arcs:
    """The network with some arcs (arcs,) fixed."""
    return replace(
        network,
        least=np.where(fixed, flow, network.least),
        most=np.where(fixed, flow, network.most),
    )


def _prices(network: _Arcs, cost: Integers, flow: Integers) -> Integers:
    """(nodes,) shortest distances in the residual network (Bellman 1958), all nodes at once in every round."""
    up, down = np.flatnonzero(flow < network.most), np.flatnonzero(flow > network.least)
    tail = np.concatenate([network.tail[up], network.head[down]])
    head = np.concatenate([network.head[up], network.tail[down]])
    length = np.concatenate([cost[up], -cost[down]])
    order = np.argsort(head, kind="stable")
    tail, head, length = tail[order], head[order], length[order]
    starts = np.flatnonzero(np.r_[True, head[1:] != head[:-1]]) if len(head) else np.empty(0, dtype=np.intp)
    price = np.zeros(int(max(network.tail.max(), network.head.max())) + 1, dtype=np.int64)
    for _ in range(len(price)):
        best = (
            np.minimum.reduceat(price[tail] + length, starts) if len(starts) else np.empty(0, dtype=np.int64)
        )
        nearer = best < price[head[starts]]
        if not nearer.any():
            break
        price[head[starts[nearer]]] = best[nearer]
    return price
