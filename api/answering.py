"""Answering: the allocation for a command that needs targets, which ends here where there are none."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.asking import Asked, ask
from api.exits import Exit, Failed

if TYPE_CHECKING:
    from solver import Allocation


def answer(path: Path, *, as_of: date | None = None, as_json: bool = False) -> Allocation:
    """The allocation of the scenario in a file; mistakes, a conflict or a failure end the command."""
    return allocated(ask(path, as_of=as_of, as_json=as_json), as_json=as_json)


def allocated(asked: Asked, *, as_json: bool = False) -> Allocation:
    """The allocation of what is asked; a conflict or a failure is told and ends the command."""
    from solver import allocate

    allocation = allocate(asked.scenario, asked.book)
    if allocation.state == "failed":
        raise Failed(f"the solve failed: {allocation.reason}")
    if allocation.conflict is not None:
        _tell_conflict(allocation, as_json=as_json)
        raise click.exceptions.Exit(Exit.CONFLICT)
    return allocation


def _tell_conflict(allocation: Allocation, *, as_json: bool) -> None:
    from api.outputs import conflict_lines

    assert allocation.conflict is not None
    if as_json:
        click.echo(json.dumps({"conflict": allocation.conflict.document()}, ensure_ascii=False, indent=1))
    for line in conflict_lines(allocation.conflict):
        click.echo(line, err=True)
