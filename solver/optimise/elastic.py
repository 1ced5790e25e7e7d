"""Elastic rules: priority by priority, what each must give way so that all before it hold, and no more.

Within a priority the sum of weight · miss² / (2 · |limit| · T) is least, T the company target of the row's metrics:
strictly convex, so the misses are unique, and rules of equal weight miss in equal proportion (weighted goal
programming within pre-emptive goal programming; Charnes & Cooper 1961, Ignizio 1976).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, zip_longest
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from rules import Rows, RuleBook
from solver import tolerances
from solver.engines.quadratic_program import Engine, Vector
from solver.model.matrices import Matrix
from solver.model.program import NO_RULE, ConstraintBlock, Limits, Program, assemble
from solver.model.refutation import ExactRules
from solver.optimise.blockers import bound_owners, heaviest, opposing_rows
from solver.optimise.decision import decide, remember, rules_of
from solver.optimise.even_spread import Spread, no_spread, spread_evenly
from solver.optimise.feasible_point import feasible_point
from solver.optimise.feasible_set import FeasibleSet, Placed
from solver.optimise.priority_level import Level, level_of
from solver.optimise.scaled_stage import activities
from solver.optimise.stage import TimeUpError, least_misses
from solver.optimise.stage_solution import StageCertificate, StageMemory, StageSolution
from solver.optimise.zero_share import zero_share_level

_NOISE, _NOISE_OF_TOTAL = 1e-10, 1e-13
"""Of a limit, and of the company target: a miss that is reported as none: some digits above the rounding of sums."""


@dataclass(frozen=True, eq=False)
class ElasticSolution:
    """What is asked of every rule once each has given way as far as it must."""

    blocks: tuple[ConstraintBlock, ...]
    """Every block, elastic ones with the limits they can reach; only hard ones where those cannot all hold."""
    against: dict[int, tuple[int, ...]]
    """For each rule that gives way, the rules that stand against it, the heaviest first."""
    zero_share: Vector
    """(cells,) what rules force upon cells without a fair share beyond their floors; zero elsewhere."""
    program: Program
    """The program of the blocks."""
    spread: Spread
    """The even spread under them; infeasible when the hard rules cannot all hold."""
    stages: tuple[StageCertificate, ...] = ()
    """The proofs that each priority's misses are least, and then what cells without a fair share get, in order."""

    memories: tuple[StageMemory, ...] = ()
    """Where the stage of each priority ended, for a solve of much the same rules to start from."""
    finished: bool = True
    """Whether every priority was reached before the deadline."""

    @property
    def exact(self) -> bool:
        """Whether the misses of every priority and the even spread are proved."""
        proof = self.spread.certificate
        return proof is not None and proof.exact and all(stage.exact for stage in self.stages)

    @property
    def sharp(self) -> bool:
        """Whether the even spread is proved to the last digits of floats."""
        return self.spread.certificate is not None and self.spread.certificate.sharp


def solve_elastic(
    book: RuleBook,
    blocks: Sequence[ConstraintBlock],
    engine: Engine,
    *,
    start: ElasticSolution | None = None,
    known: KnownPriorities | None = None,
    deadline: float = np.inf,
) -> ElasticSolution:
    """The elastic solution of all blocks. Raises ArithmeticError when no engine finds one.

    `start` is that of rules much like these: it shortens the way. Misses and the even spread are unique, and the same
    without it; `against` is read off multipliers, which need not be unique, and can differ. After a `deadline`,
    in seconds of perf_counter, no further priority is begun and the one at hand is given up; the solution is that of
    the priorities proved by then, and not `finished`. Priorities that `known` has of the very same rules are taken
    from there, as they were found, and those that are found are kept in it.
    """
    levels = _Levels.of(book, blocks, None if known is None else known.levels)
    refuted = cache(lambda: _refuted(book, engine))
    # A start whose priorities gave way: these will as well, most likely, and asking all at once would be in
    # vain.
    if start is None or not start.stages:
        together = _together(levels, engine, refuted)
        if together.exact and together.sharp:
            return together
        # What was proved on the way there need not be looked for again; what was not asked may cost more than it saves.
        if refuted.cache_info().currsize and refuted():
            return _infeasible(levels)
    memories, kept = ((), known) if start is None else (start.memories, None)
    solved = _in_turn(levels, engine, refuted, memories, kept or KnownPriorities(), deadline)
    # Nothing is missed any more: all at once has the answer that a solve without a start would have.
    if start is None or any(stage.cost > tolerances.KEPT for stage in solved.stages):
        return solved
    return solve_elastic(book, blocks, engine, known=known, deadline=deadline)


def _refuted(book: RuleBook, engine: Engine) -> bool:
    """Whether the hard rules are proved to be in conflict by little work."""
    from solver.infeasible.incremental import IncrementalModel  # few books give reason to ask
    from solver.infeasible.tuning import refuted_at_once

    return refuted_at_once(IncrementalModel.of(book), engine)


@dataclass(frozen=True, eq=False)
class _Levels:
    """The blocks by priority, each placed in one program that holds the rows of all."""

    book: RuleBook
    program: Program
    """Without limits."""
    placed: tuple[Placed, ...]
    """Every block, rule by rule."""
    hard: tuple[Placed, ...]
    elastic: tuple[tuple[Placed, ...], ...]
    """By priority, the first first."""

    @classmethod
    def of(cls, book: RuleBook, blocks: Sequence[ConstraintBlock], before: _Levels | None = None) -> _Levels:
        """The levels of a book; a program `before` of the very same left sides is taken over."""
        if before is not None and before._over_the_same(book, blocks):
            bare = before.program
            rows = [each.row for each in before.placed]
        else:
            # One program for all stages: rows keep their numbers from stage to stage, and only their limits
            # come in by turns.
            whole = assemble(book.frame, blocks)
            bare = replace(
                whole,
                bounds=Limits.free(len(whole.lower), 0.0),
                limits=Limits.free(whole.matrix.shape[0], -np.inf),
            )
            rows = [whole.find(block) for block in blocks]
        placed = tuple(Placed(block, row) for block, row in zip(blocks, rows, strict=True))
        priorities = sorted({p for rule in book.rules if (p := rule.priority) is not None})
        by = {
            p: tuple(each for each in placed if book.rules[each.block.rule].priority == p)
            for p in [None, *priorities]
        }
        hard = by.pop(None)
        return cls(book, bare, placed, hard, tuple(level for level in by.values() if level))

    def _over_the_same(self, book: RuleBook, blocks: Sequence[ConstraintBlock]) -> bool:
        """Whether blocks have the very left sides of these, over the same cells."""
        return (
            book.frame is self.book.frame
            and len(blocks) == len(self.placed)
            and all(
                one.rule == two.block.rule and _equal(one.matrix, two.block.matrix)
                for one, two in zip(blocks, self.placed, strict=True)
            )
        )

    def begin_as(self, other: _Levels, priorities: int) -> bool:
        """Whether hard rules and so many priorities are the very same as others', over the same program."""
        mine, theirs = self._rows_of(priorities), other._rows_of(priorities)
        # The same object, not equal rows: a rule that did not change keeps its rows, and reading them all
        # would cost more.
        same = len(mine) == len(theirs) and all(
            a is b and left == right for (a, *left), (b, *right) in zip(mine, theirs, strict=True)
        )
        return (
            same and self.book.frame is other.book.frame and _equal(self.program.matrix, other.program.matrix)
        )

    def _rows_of(self, priorities: int) -> list[tuple[Rows, int, int | None, float]]:
        """The rows of hard rules and of so many priorities, each with what else decides how it is solved."""
        placed = (*self.hard, *chain.from_iterable(self.elastic[:priorities]))
        rules = [(each.block.rule, self.book.rules[each.block.rule]) for each in placed]
        return [(self.book.rows[at], at, rule.priority, float(rule.weight)) for at, rule in rules]

    @property
    def start(self) -> FeasibleSet:
        """What hard rules leave open, from the fair shares."""
        region = FeasibleSet.of(self.program, self.program.fair_share)
        region = region.tightened(self.hard, [each.block for each in self.hard])
        point = np.clip(
            region.point, region.program.lower, np.maximum(region.program.lower, region.program.upper)
        )
        return replace(region, point=point)


def _equal(one: Matrix, two: Matrix) -> bool:
    """Whether two matrices are the same."""
    return one is two or (
        one.shape == two.shape
        and all(np.array_equal(getattr(one, n), getattr(two, n)) for n in ("data", "indices", "indptr"))
    )


def _together(levels: _Levels, engine: Engine, refuted: Callable[[], bool]) -> ElasticSolution:
    """All at once, as if everything could hold but where bounds already forbid it: the usual case."""
    region, against = levels.start, dict[int, tuple[int, ...]]()
    blocks = [each.block for each in levels.hard]
    for level in levels.elastic:
        clipped = _clipped(region, level, against)
        # Later priorities are clipped by what earlier ones leave, in their order.
        region = region.tightened(level, clipped)
        blocks += clipped
    spread = spread_evenly(region.program, engine, refuted=refuted)
    return ElasticSolution(tuple(blocks), against, np.zeros(len(region.point)), region.program, spread)


@dataclass(frozen=True, eq=False)
class _Standing:
    """Where a solve stands once some priorities are decided."""

    region: FeasibleSet
    blocks: tuple[ConstraintBlock, ...]
    against: dict[int, tuple[int, ...]]
    proofs: tuple[StageCertificate, ...] = ()
    memories: tuple[StageMemory, ...] = ()


class KnownPriorities:
    """Where an earlier solve stood before each priority, for others that begin with the very same rules."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[_Levels, _Standing]] = {}

    @property
    def levels(self) -> _Levels | None:
        """Those of a solve that is known; None before the first."""
        return next((levels for levels, _ in self._found.values()), None)

    def latest(self, levels: _Levels) -> tuple[int, _Standing] | None:
        """How many priorities are decided at most, and where that left the solve."""
        # The longest common beginning is the most that need not be solved again.
        for decided in range(len(levels.elastic), -1, -1):
            if decided in self._found:
                before, standing = self._found[decided]
                if levels.begin_as(before, decided):
                    return decided, standing
        return None

    def note(self, levels: _Levels, decided: int, standing: _Standing) -> None:
        """Keeps where a solve stands."""
        self._found[decided] = levels, standing


def _in_turn(
    levels: _Levels,
    engine: Engine,
    refuted: Callable[[], bool],
    memories: Sequence[StageMemory],
    known: KnownPriorities,
    deadline: float,
) -> ElasticSolution:
    """Priority by priority, then cells without a fair share, then the even spread."""
    decided, now = known.latest(levels) or (0, _hard_alone(levels, engine, refuted))
    if now is None:
        return _infeasible(levels)
    known.note(levels, decided, now)
    for placed, memory in list(zip_longest(levels.elastic, memories[: len(levels.elastic)]))[decided:]:
        if perf_counter() > deadline:
            break
        try:
            now = _next(levels, now, placed, engine, memory, deadline)
        except TimeUpError:
            break
        decided += 1
        known.note(levels, decided, now)
    even = _even(now.region, list(now.blocks), dict(now.against), list(now.proofs), engine)
    return _with_unfinished(replace(even, memories=now.memories), levels.elastic[decided:])


def _hard_alone(levels: _Levels, engine: Engine, refuted: Callable[[], bool]) -> _Standing | None:
    """Where hard rules alone leave a solve; None where they cannot all hold."""
    region, blocks = levels.start, tuple(each.block for each in levels.hard)
    rules = ExactRules({each.rule: levels.book.rows[each.rule] for each in blocks}, len(region.point))
    point = feasible_point(region, blocks, rules, engine, refuted)
    return None if point is None else _Standing(region.at(point), blocks, {})


def _next(
    levels: _Levels,
    now: _Standing,
    placed: Sequence[Placed],
    engine: Engine,
    memory: StageMemory | None,
    deadline: float,
) -> _Standing:
    """Where the next priority leaves a solve. Raises TimeUpError."""
    region, against = now.region, dict(now.against)
    level = level_of(levels.book, placed, region.program.scale)
    found = least_misses(region, level, [engine], memory, deadline=deadline)
    priority = levels.book.rules[placed[0].block.rule].priority
    decided = decide(region, level, found)
    reached = [_reached(each.block, decided.point, region.program.scale) for each in placed]
    # What is reported forgives noise; the next stages are bound by the point to the last digit, or their
    # set were empty.
    for each, block in zip(placed, reached, strict=True):
        _note(against, region, decided, level, found, each.block, block)
    after = decided.tightened(placed, [_taken_at(each.block, decided.point) for each in placed])
    return _Standing(
        after.at(after.point),
        (*now.blocks, *reached),
        against,
        (*now.proofs, replace(found.certificate, priority=priority)),
        (*now.memories, remember(region, level, found)),
    )


def _infeasible(levels: _Levels) -> ElasticSolution:
    """What there is where the hard rules cannot all hold."""
    program = levels.start.program
    blocks = tuple(each.block for each in levels.hard)
    return ElasticSolution(
        blocks, {}, np.zeros(len(program.lower)), program, no_spread(program, "infeasible")
    )


def _with_unfinished(solved: ElasticSolution, left: Sequence[Sequence[Placed]]) -> ElasticSolution:
    """The solution with blocks of priorities that time did not allow, at what the even spread happens to give them."""
    blocks = [_reached(each.block, solved.spread.x, solved.program.scale) for level in left for each in level]
    return replace(solved, blocks=(*solved.blocks, *blocks), finished=not left)


def _even(
    region: FeasibleSet,
    blocks: list[ConstraintBlock],
    against: dict[int, tuple[int, ...]],
    proofs: list[StageCertificate],
    engine: Engine,
) -> ElasticSolution:
    """The even spread of what the stages left open, with no more for cells without a fair share than they force."""
    zero = np.zeros(len(region.point))
    without_share = region.program.fair_share == 0
    # The even spread divides by the fair share: cells without one are decided before it, by a measure of
    # their own.
    if (without_share & region.open).any():
        level = zero_share_level(region)
        found = least_misses(region, level, [engine])
        proofs.append(found.certificate)
        region = decide(region, level, found)
    if without_share.any():
        more = region.point - region.program.lower
        # 1e-9 of √(r T) of an average cell: less is rounding, not what a rule forces upon it.
        zero = np.where(without_share & (more > 1e-9 * region.width), more, 0.0)
        region = replace(
            region,
            program=region.program.with_bounds(
                np.where(without_share, region.point, region.program.lower),
                np.where(without_share, region.point, region.program.upper),
            ),
        )
    # The point keeps the set by construction, so that "infeasible" is no answer here.
    spread = spread_evenly(region.numeric, engine, region.point)
    spread = replace(
        spread,
        raised_by=np.where(spread.raised_by == NO_RULE, region.raised_by, spread.raised_by),
        lowered_by=np.where(spread.lowered_by == NO_RULE, region.lowered_by, spread.lowered_by),
    )
    return ElasticSolution(tuple(blocks), against, zero, region.program, spread, tuple(proofs))


def _taken_at(block: ConstraintBlock, point: Vector) -> ConstraintBlock:
    """The block with every limit that a point misses at what it reaches there."""
    amount = block.matrix @ point
    return block.with_limits(np.minimum(block.lower, amount), np.maximum(block.upper, amount))


def _reached(block: ConstraintBlock, point: Vector, scale: Vector) -> ConstraintBlock:
    """The same, limits that are missed by no more than noise as they were asked."""
    taken, size = _taken_at(block, point), _NOISE_OF_TOTAL * float(scale.max(initial=1.0))
    # ∞ - ∞ where there is no limit: NaN compares as false, which is right.
    with np.errstate(invalid="ignore"):
        short = block.lower - taken.lower > _NOISE * np.abs(block.lower) + size
        over = taken.upper - block.upper > _NOISE * np.abs(block.upper) + size
    return block.with_limits(
        np.where(short, taken.lower, block.lower), np.where(over, taken.upper, block.upper)
    )


def _note(
    against: dict[int, tuple[int, ...]],
    before: FeasibleSet,
    after: FeasibleSet,
    level: Level,
    found: StageSolution,
    asked: ConstraintBlock,
    reached: ConstraintBlock,
) -> None:
    """Notes which rules stand against a block that misses."""
    short, over = reached.lower < asked.lower, reached.upper > asked.upper
    if not (short.any() or over.any()):
        return
    rows = opposing_rows(asked, short, over, found, rules_of(before, level, found))
    against[asked.rule] = heaviest(
        np.concatenate([bound_owners(after, asked, short, over), rows]), asked.rule
    )


def _clipped(
    region: FeasibleSet, level: Sequence[Placed], against: dict[int, tuple[int, ...]]
) -> list[ConstraintBlock]:
    """The level with every row brought within what bounds, and rows over the same cells, leave of it."""
    program = region.program
    least, most = activities(program.matrix, program.lower, program.upper)
    # Each by itself, bounds and rows over the same cells; what several rows together forbid is left to the
    # stages.
    least, most = np.maximum(least, program.row_lower), np.minimum(most, program.row_upper)
    return [_clipped_block(region, each, least, most, against) for each in level]


def _clipped_block(
    region: FeasibleSet, placed: Placed, least: Vector, most: Vector, against: dict[int, tuple[int, ...]]
) -> ConstraintBlock:
    """The block with limits clipped to [first · least, first · most] of the program's rows and of single cells."""
    block, program = placed.block, region.program
    low, high = np.zeros(len(block.lower)), np.zeros(len(block.lower))
    rows, cells = placed.row[placed.several], block.cell
    for which, one, other in (
        (placed.several, least[rows], most[rows]),
        (placed.single, program.lower[cells], program.upper[cells]),
    ):
        first = block.shape.first[which]
        # The program's rows are divided by their first coefficient: a negative one turns least into most.
        low[which] = np.where(first > 0, first * one, first * other)
        high[which] = np.where(first > 0, first * other, first * one)
    lower, upper = np.minimum(block.lower, high), np.maximum(block.upper, low)
    short, over = lower < block.lower, upper > block.upper
    if short.any() or over.any():
        against[block.rule] = heaviest(_limiting(region, placed, short, over), block.rule)
    return block.with_limits(lower, upper)


def _limiting(
    region: FeasibleSet, placed: Placed, short: NDArray[np.bool_], over: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """The rules whose bounds, or rows over the same cells, leave a block's rows too little or too much."""
    block, program = placed.block, region.program
    found = []
    for rows, up in ((np.flatnonzero(short), True), (np.flatnonzero(over), False)):
        entries = block.matrix[rows].tocoo()
        rising = (entries.data > 0) == up
        found += [
            program.bounds.upper_rule[entries.col[rising]],
            program.bounds.lower_rule[entries.col[~rising]],
        ]
        same = rows[placed.row[rows] != NO_RULE]
        high = (block.shape.first[same] > 0) == up
        row = placed.row[same]
        found.append(np.where(high, program.limits.upper_rule[row], program.limits.lower_rule[row]))
    return np.concatenate(found)
