"""Warming up: import what a solve imports, by watching one solve do it."""

import importlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from api import child

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
  - {name: nobody leaps, kind: growth_cap, growth_max: 50%}
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


def learn(solve: Callable[[], object], arguments: Sequence[str]) -> None:
    """Run the solve in a child and import here what it imported there (a failing solve teaches too)."""
    reading, writing = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        child.die_with(parent)
        os.close(reading)
        nothing = os.open(os.devnull, os.O_RDWR)
        child.redirect(nothing)
        _solve_and_tell(solve, arguments, writing)
    os.close(writing)
    with os.fdopen(reading) as told:
        names: list[str] = json.loads(told.read() or "[]")
    os.waitpid(pid, 0)
    for name in names:
        if name not in sys.modules:
            with suppress(ImportError):
                importlib.import_module(name)


def _solve_and_tell(solve: Callable[[], object], arguments: Sequence[str], writing: int) -> None:
    try:
        sys.argv = ["cascade", *arguments]
        solve()
    finally:
        names = [name for name, module in sys.modules.items() if getattr(module, "__spec__", None)]
        with os.fdopen(writing, "w") as telling:
            telling.write(json.dumps(names))
        os._exit(0)
