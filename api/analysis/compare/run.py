"""Comparing: scenarios solved on the spot and finished runs, side by side, and what moved between them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from api.analysis.compare.attribution import batches, between, steps
from api.analysis.compare.build import comparison_document
from api.analysis.compare.comparison import Against, Comparison, Side, Step, moves
from api.analysis.compare.document import CompareDocument, CompareRequest
from api.analysis.compare.frames import RESULT, FinishedRun, from_arrow, read_folder
from api.analysis.compare.solve_side import Solved, solve
from api.analysis.errors import InvalidRequest
from api.analysis.load_many import load_all
from api.analysis.request import Context, Pool
from rules.load import Loaded
from scenarios.tables.outside import Outside

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Source:
    """What a side is made from: a scenario, a finished run, or a run with the scenario that it solved."""

    name: str
    """How the comparison calls it; no two are called alike."""
    loaded: Loaded | None = None
    """Solved on the spot where there is no run; changes are looked for where both sides have one."""
    kept: FinishedRun | None = None
    """What a finished run left."""


def read_sources(
    paths: Sequence[Path], request: CompareRequest, *, outside: Outside | None = None
) -> list[Source]:
    """The scenarios and the folders of finished runs among the paths.

    Raises InvalidRequest for a path named twice, or fewer than two; Refused for mistakes in any scenario.
    """
    if len(paths) < 2:
        raise InvalidRequest("", "name at least two scenarios or folders.")
    if twice := [path for at, path in enumerate(paths) if path in paths[:at]]:
        raise InvalidRequest("", f"{twice[0]} is named twice.")
    kept = {path: read_folder(path) for path in paths if (path / RESULT).is_file()}
    files = [path for path in paths if path not in kept]
    loaded = dict(zip(files, load_all(files, as_of=request.as_of, outside=outside), strict=True))
    return named([Source(str(path), loaded.get(path), kept.get(path)) for path in paths])


def named(sources: Sequence[Source]) -> list[Source]:
    """The sources by the names of their scenarios, if these tell them apart; else by their paths."""
    names = [_scenario_name(source) for source in sources]
    if len(set(names)) < len(names) or not all(names):
        return list(sources)
    return [replace(source, name=name) for source, name in zip(sources, names, strict=True)]


def _scenario_name(source: Source) -> str:
    if source.kept:
        return source.kept.result.scenario.name
    return source.loaded.scenario.name if source.loaded else ""


def compare(sources: Sequence[Source], request: CompareRequest, context: Context) -> CompareDocument:
    """What is otherwise in each later side than in the first."""
    return comparison_document(compared(sources, context.pool, why=request.why), most=request.most)


def compared(sources: Sequence[Source], pool: Pool, *, why: bool) -> Comparison:
    """The sides, and what moved from the first to each other; with `why`, also which change moved it."""
    sides = _sides(sources, pool)
    first, *others = zip(sources, sides, strict=True)
    return Comparison(tuple(sides), tuple(_against(first, other, pool, why=why) for other in others))


def _sides(sources: Sequence[Source], pool: Pool) -> list[Side]:
    asked = [source.loaded for source in sources if source.loaded and not source.kept]
    answers = iter(pool.each(solve, [each.scenario for each in asked], "solving"))
    found = []
    for source in sources:
        kept = source.kept or _kept(next(answers))
        found.append(Side(source.name, kept.result, kept.table, kept.counted))
    return found


def _kept(solved: Solved) -> FinishedRun:
    assert solved.result is not None, "a scenario that was loaded has no mistakes"
    return FinishedRun(solved.result, None if solved.table is None else from_arrow(solved.table))


def _against(first: tuple[Source, Side], other: tuple[Source, Side], pool: Pool, *, why: bool) -> Against:
    (old_source, old), (new_source, new) = first, other
    files = _files_that_differ(old, new)
    if old.table is None or new.table is None:
        return Against(new, None, (), files, explained=False)
    explained = why and old_source.loaded is not None and new_source.loaded is not None
    if explained and old_source.loaded is not None and new_source.loaded is not None:
        found = _explained(old_source.loaded, new_source.loaded, new, pool)
    else:
        found = [Step((), new.table)]
    units = _other_units(old, new)
    start, *later = (_without(units, table) for table in (old.table, *(step.table for step in found)))
    found = [replace(step, table=table) for step, table in zip(found, later, strict=True)]
    changes = tuple(step.changes for step in found)
    return Against(new, moves(start, found), changes, files, explained=explained, other_units=units)


def _other_units(old: Side, new: Side) -> dict[str, tuple[str, str]]:
    """The metrics of both sides that are counted in two units: amounts of two currencies are no difference."""
    was, became = old.result.totals, new.result.totals
    both = {metric: (was[metric].unit, became[metric].unit) for metric in was if metric in became}
    return {metric: units for metric, units in both.items() if units[0] != units[1]}


def _without(metrics: Collection[str], table: pd.DataFrame) -> pd.DataFrame:
    return table[~table["metric"].isin(list(metrics))] if metrics else table


def _explained(old: Loaded, new: Loaded, side: Side, pool: Pool) -> list[Step]:
    assert side.table is not None
    found = batches(old, new)
    solved = pool.each(solve, between(old.scenario, new.scenario, found), "one change at a time")
    return steps(found, solved, side.table)


def _files_that_differ(old: Side, new: Side) -> tuple[str, ...]:
    """By name; a file that is only called otherwise in the other does not differ."""
    was, became = old.result.inputs, new.result.inputs
    changed = {name for name in was.keys() & became.keys() if was[name] != became[name]}
    gone = {name for name in was.keys() - became.keys() if was[name] not in became.values()}
    come = {name for name in became.keys() - was.keys() if became[name] not in was.values()}
    return tuple(sorted(changed | gone | come))
