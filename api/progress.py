"""Progress of long work: a line on a terminal, JSON lines for programs, nothing when piped."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import IO

import click

Progress = Callable[[str, float], None]
"""Told the stage that begins, and what share of the work is done."""

_PATIENCE_S = 0.5
_CELLS = 20
_WORDS = {
    "read": "reading",
    "rows": "writing down the rules",
    "solve": "spreading the targets",
    "conflict": "finding the clash",
    "round": "rounding to whole units",
    "receipts": "writing receipts",
    "audit": "checking every rule again",
    "write": "writing files",
}


@contextmanager
def progress(*, as_json: bool = False, to: IO[str] | None = None) -> Iterator[Progress]:
    """Where to tell of stages; on a terminal the line is wiped away at the end."""
    out = to or sys.stderr
    if as_json:
        yield lambda stage, share: _say_json(out, stage, share)
    elif out.isatty():
        try:
            yield _Line(out).show
        finally:
            out.write("\r\x1b[K")
            out.flush()
    else:
        yield _keep_quiet


def _keep_quiet(stage: str, share: float) -> None:
    """Tell nobody."""
    del stage, share


def _say_json(out: IO[str], stage: str, share: float) -> None:
    click.echo(json.dumps({"stage": stage, "share": round(share, 3)}), file=out)
    out.flush()


class _Line:
    """One line on a terminal, shown once the work has taken a moment."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self._begun = monotonic()

    def show(self, stage: str, share: float) -> None:
        """Say which stage begins."""
        if monotonic() - self._begun < _PATIENCE_S:
            return
        done = round(share * _CELLS)
        bar = "#" * done + "." * (_CELLS - done)
        self._out.write(f"\r\x1b[K[{bar}] {_WORDS.get(stage, stage)}")
        self._out.flush()
