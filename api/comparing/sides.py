"""Sides of a comparison: scenarios solved on the spot, and folders of earlier solves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.comparing.frames import RESULT, Kept, from_arrow, read_folder
from api.comparing.reading import ask_all
from api.comparing.solve import solve
from api.comparing.why import batches, between, steps

if TYPE_CHECKING:
    from api.asking import Asked
    from api.comparing.pool import Pool
    from api.comparing.solve import Solved
    from scenarios.compare import Against, Comparison, Side, Step


@dataclass(frozen=True, eq=False)
class Source:
    """What a side is made from."""

    path: Path
    """A scenario file, its folder, or the folder of an earlier solve."""
    asked: Asked | None
    """None for the folder of an earlier solve."""
    kept: Kept | None = None
    """What such a folder holds."""


def read_sources(paths: Sequence[Path], *, as_of: date | None, as_json: bool) -> list[Source]:
    """The scenarios in the files among the paths; mistakes in any of them end the command."""
    if twice := [path for at, path in enumerate(paths) if path in paths[:at]]:
        raise click.UsageError(f"{twice[0]} is named twice.")
    kept = {path: read_folder(path) for path in paths if (path / RESULT).is_file()}
    files = [path for path in paths if path not in kept]
    asked = dict(zip(files, ask_all(files, as_of=as_of, as_json=as_json), strict=True))
    return [Source(path, asked.get(path), kept.get(path)) for path in paths]


def compared(sources: Sequence[Source], pool: Pool, *, why: bool) -> Comparison:
    """The sides, and what moved from the first to each other; with `why`, also which change moved it."""
    from scenarios.compare import Comparison

    sides = _sides(sources, pool)
    first, *others = zip(sources, sides, strict=True)
    return Comparison(tuple(sides), tuple(_against(first, other, pool, why=why) for other in others))


def _sides(sources: Sequence[Source], pool: Pool) -> list[Side]:
    from scenarios.compare import Side

    asked = [source.asked for source in sources if source.asked]
    answers = iter(pool.each(solve, [each.scenario for each in asked], "solving"))
    found = []
    for source in sources:
        document, table = source.kept or _kept(next(answers))
        found.append(Side(str(source.path), document, table, _names(source.asked)))
    return _named(found)


def _kept(solved: Solved) -> Kept:
    return solved.document, None if solved.table is None else from_arrow(solved.table)


def _names(asked: Asked | None) -> dict[str, str]:
    """What the partners are called, by id, where a column `name` says so."""
    if asked is None or "name" not in asked.scenario.table.columns:
        return {}
    table = asked.scenario.table
    return dict(zip(table.ids.tolist(), table.text("name").tolist(), strict=True))


def _named(sides: Sequence[Side]) -> list[Side]:
    """The sides by the names of their scenarios, if these tell them apart; else by their paths."""
    from dataclasses import replace

    names = [str(side.document.get("scenario", {}).get("name", "")) for side in sides]
    if len(set(names)) < len(names) or not all(names):
        return list(sides)
    return [replace(side, name=name) for side, name in zip(sides, names, strict=True)]


def _against(first: tuple[Source, Side], other: tuple[Source, Side], pool: Pool, *, why: bool) -> Against:
    from scenarios.compare import Against, Step, moves

    (old_source, old), (new_source, new) = first, other
    files = _files_that_differ(old, new)
    if old.table is None or new.table is None:
        return Against(new, None, (), files, explained=False)
    explained = why and old_source.asked is not None and new_source.asked is not None
    if old_source.asked is not None and new_source.asked is not None and explained:
        found = _explained(old_source.asked, new_source.asked, new, pool)
    else:
        found = [Step((), new.table)]
    return Against(new, moves(old.table, found), tuple(step.changes for step in found), files, explained)


def _explained(old: Asked, new: Asked, side: Side, pool: Pool) -> list[Step]:
    assert side.table is not None
    found = batches(old, new)
    solved = pool.each(solve, between(old.scenario, new.scenario, found), "one change at a time")
    return steps(found, solved, side.table)


def _files_that_differ(old: Side, new: Side) -> tuple[str, ...]:
    was, became = old.document.get("inputs") or {}, new.document.get("inputs") or {}
    return tuple(sorted(name for name in {*was, *became} if was.get(name) != became.get(name)))
