"""Warming up: solve a small scenario, so that what a solve imports and remembers is there for all its children."""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from api.processes import limits
from api.processes.messages import Solve, SolveRequest

_TIMES = 4
"""The interpreter learns from repetition; after so many solves it has learnt the most."""
_SCENARIO = """\
scenario: warm-up
title: Warm-up
period: P1
partners: partners.csv
partner_id: partner
metrics:
  revenue: {unit: USD, round_to: 1, baseline: last}
targets:
  - {name: company target, metric: revenue, total: 440}
rules: [rules.yaml]
"""
_RULES = """\
rules:
  - {name: everyone grows, kind: growth_floor, growth_min: 3%, priority: 1}
  - {name: no one leaps, kind: growth_cap, growth_max: 50%}
"""
_PARTNERS = "partner,last\na,100\nb,120\nc,180\n"


def write_scenario(folder: Path) -> None:
    """Put a scenario of three partners into the folder."""
    for name, text in {
        "scenario.yaml": _SCENARIO,
        "rules.yaml": _RULES,
        "partners.csv": _PARTNERS,
    }.items():
        (folder / name).write_text(text)


def warm_up(solve: Solve, request: SolveRequest) -> None:
    """Solve as the children will, in silence; a solve that fails warms too. What is there then stays shared."""
    with _silent():
        for _ in range(_TIMES):
            with suppress(Exception, SystemExit):
                solve(request, lambda _: None)
    gc.collect()
    gc.freeze()


@contextmanager
def _silent() -> Iterator[None]:
    """Output goes nowhere meanwhile."""
    kept = [os.dup(stream) for stream in (0, 1, 2)]
    nothing = os.open(os.devnull, os.O_RDWR)
    limits.redirect(nothing)
    os.close(nothing)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for stream, copy in enumerate(kept):
            os.dup2(copy, stream)
            os.close(copy)
