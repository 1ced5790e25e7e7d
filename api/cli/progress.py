"""Progress of long work: a line on a terminal, JSON lines for programs, nothing when piped."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import IO

import click

from api.cli.verbosity import is_quiet, is_verbose
from api.output.progress import Progress, silent

_PATIENCE_S = 0.5
"""Seconds of work before the line is shown: quick commands show none."""
_CELLS = 20
"""Width of the bar in columns."""
_WORDS = {
    "read": "reading",
    "rows": "writing down the rules",
    "solve": "spreading the targets",
    "conflict": "finding why the rules cannot all hold",
    "round": "rounding to whole units",
    "receipts": "writing receipts",
    "audit": "checking every rule again",
    "write": "writing files",
}


@contextmanager
def progress(*, as_json: bool = False, to: IO[str] | None = None) -> Iterator[Progress]:
    """Where stages are reported; on a terminal the line is wiped away at the end."""
    out = to or sys.stderr
    if as_json:
        yield lambda stage, share: _json_line(out, stage, share)
    elif is_verbose():
        yield from _stages(out)
    elif out.isatty() and not is_quiet():
        try:
            yield _Line(out).show
        finally:
            out.write("\r\x1b[K")
            out.flush()
    else:
        yield silent


def _json_line(out: IO[str], stage: str, share: float) -> None:
    click.echo(json.dumps({"stage": stage, "share": round(share, 3)}), file=out)
    out.flush()


def _stages(out: IO[str]) -> Iterator[Progress]:
    """Where stages are reported that are printed when they end, each with its seconds."""
    begun, stage = monotonic(), ""

    def end() -> None:
        if stage:
            click.echo(f"{monotonic() - begun:8.3f} s  {_WORDS.get(stage, stage)}", file=out)

    def report(following: str, share: float) -> None:  # noqa: ARG001 - the shape of Progress
        nonlocal begun, stage
        if following != stage:
            end()
            begun, stage = monotonic(), following

    yield report
    end()


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
