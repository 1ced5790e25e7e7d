"""Warming up: import what a solve imports, by watching one solve do it."""

import importlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from api import child

_ENOUGH = child.Limits(memory_bytes=4 << 30, cpu_seconds=60, nice=0)
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


def warm_up(solve: Callable[[], object], memory: Path, arguments: Sequence[str]) -> None:
    """Import what a solve imports: what `memory` says it is, else what a solve is seen to import."""
    names = _remembered(memory)
    if names is None:
        names = _seen(solve, arguments)
        _remember(memory, names)
    for name in names:
        if name not in sys.modules:
            with suppress(ImportError):
                importlib.import_module(name)


def _remembered(memory: Path) -> list[str] | None:
    try:
        told = json.loads(memory.read_text())
    except (OSError, ValueError):
        return None
    return list(told["modules"]) if told.get("program") == _program() else None


def _remember(memory: Path, names: list[str]) -> None:
    part = memory.with_name(f"{memory.name}.{os.getpid()}")
    with suppress(OSError):
        part.write_text(json.dumps({"program": _program(), "modules": names}))
        part.rename(memory)


def _program() -> str:
    return f"{version('goal-cascade')} on {sys.version}"


def _seen(solve: Callable[[], object], arguments: Sequence[str]) -> list[str]:
    """What a solve in a child has imported at its end (one that fails teaches too)."""
    reading, writing = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        child.die_with(parent)
        child.limit(_ENOUGH)
        os.close(reading)
        child.redirect(os.open(os.devnull, os.O_RDWR))
        _solve_and_tell(solve, arguments, writing)
    os.close(writing)
    with os.fdopen(reading) as told:
        names: list[str] = json.loads(told.read() or "[]")
    os.waitpid(pid, 0)
    return names


def _solve_and_tell(solve: Callable[[], object], arguments: Sequence[str], writing: int) -> None:
    try:
        sys.argv = ["cascade", *arguments]
        solve()
    finally:
        names = [name for name, module in sys.modules.items() if getattr(module, "__spec__", None)]
        with os.fdopen(writing, "w") as telling:
            telling.write(json.dumps(names))
        os._exit(0)
