"""A replay: the same or not, and what differs."""

from __future__ import annotations

from collections.abc import Iterator

from api.analysis.replay.document import FileFate, ReplayDocument, TargetFate
from api.output.numbers import counted
from api.output.text_layout import aligned, bold

MOST = 10
"""How many differing targets a terminal shows; --json has all."""
_RESULT = "result.json"


def replay_lines(document: ReplayDocument, *, folder: str) -> Iterator[str]:
    """The lines to print; `folder` is how people call the folder in which files read were looked for."""
    yield bold(f"{document.scenario}: {'the same to the byte' if document.same else 'not the same'}")
    yield from aligned([(name, _file(file)) for name, file in document.files.items()])
    if document.result:
        yield f"  in {_RESULT}: {', '.join(document.result)}"
    yield from _targets(document)
    yield from _versions(document)
    yield from _since(document, folder)


def _file(file: FileFate) -> str:
    made = "the same" if file.same else "differs"
    return made if file.since is None else f"{made}, but {file.since} since it was written"


def _targets(document: ReplayDocument) -> Iterator[str]:
    targets = document.targets
    if not targets:
        return
    yield ""
    yield bold(f"{counted(len(targets), 'target')} {'differs' if len(targets) == 1 else 'differ'}")
    titles = ("partner", "", "tier", "metric", "", "then", "now")
    rows = [titles, *map(_target, targets[:MOST])]
    kept = [n for n in range(len(titles)) if n in (0, 3, 5, 6) or any(row[n] for row in rows[1:])]
    right = [kept.index(n) for n in (5, 6)]
    yield from aligned([[row[n] for n in kept] for row in rows], right=right)
    if len(targets) > MOST:
        yield f"  … and {len(targets) - MOST:,} more; --json names all of them"


def _target(target: TargetFate) -> tuple[str, ...]:
    column = target.column if target.column != "target" else ""
    kind = " ".join(part for part in (target.period, column) if part)
    who = (target.partner, target.name or "", target.tier or "", target.metric)
    return (*who, kind, target.then or "-", target.now or "-")


def _versions(document: ReplayDocument) -> Iterator[str]:
    if document.versions:
        yield ""
        yield bold("Solved by other versions")
        rows = [(name, each.then or "-", each.now or "-") for name, each in document.versions.items()]
        yield from aligned([("", "then", "now"), *rows])


def _since(document: ReplayDocument, folder: str) -> Iterator[str]:
    yield ""
    if document.read_since is None:
        yield (
            f"{document.file} is not in {folder}; name its folder with --beside to learn what has changed since."
        )
    elif not document.read_since:
        yield f"Nothing that was read has changed in {folder} since."
    else:
        yield bold(f"Changed in {folder} since, which the record does not follow")
        yield from aligned(list(document.read_since.items()))
        yield "  cascade compare says what that moves"
