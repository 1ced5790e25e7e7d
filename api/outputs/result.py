"""The result document: all a run says about itself; the same input gives the same bytes, times aside."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from api import findings as told
from api.outputs.decisions import decisions
from api.outputs.levels_shown import levels_part
from scenarios import Finding
from scenarios.installed import version
from solver import Allocation

_LIBRARIES = ("numpy", "scipy", "pyarrow")


@dataclass(frozen=True)
class Circumstances:
    """What a run was told and what surrounds it."""

    findings: Sequence[Finding]
    """The doubts about its input."""
    as_of: date | None = None
    """The day adjustments were judged by, if one was given."""
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Stage to seconds, besides those of the solve, in the order of the stages."""


def result_document(
    allocation: Allocation, circumstances: Circumstances, *, outputs: Mapping[str, str]
) -> dict[str, Any]:
    """What result.json says; `outputs` names the files written beside it, each with its SHA-256."""
    scenario = allocation.scenario
    return {
        "scenario": {
            "name": scenario.name,
            "title": scenario.title,
            "period": scenario.period,
            "periods": list(scenario.periods),
            "partners": len(scenario.table),
        },
        **allocation.document(),
        **levels_part(allocation),
        "findings": [told.document(finding) for finding in circumstances.findings],
        "adjustments": decisions(scenario),
        "inputs": dict(sorted(scenario.inputs.items())),
        "outputs": dict(outputs),
        "options": {"as_of": circumstances.as_of.isoformat() if circumstances.as_of else None},
        "versions": versions(),
        "times": _times(allocation, circumstances),
    }


def result_text(document: Mapping[str, Any]) -> str:
    """The document as the text of result.json. Raises ValueError for a number that JSON does not have."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def versions() -> dict[str, str]:
    """What computed, besides the engines."""
    libraries = {name: version(name) for name in _LIBRARIES}
    return {"goal-cascade": version("goal-cascade"), "python": platform.python_version(), **libraries}


def _times(allocation: Allocation, circumstances: Circumstances) -> dict[str, Any]:
    """All that differs from one run to the next: when, on which day's adjustments, how long."""
    return {
        "started": circumstances.started.isoformat(timespec="seconds"),
        "as_of": (circumstances.as_of or date.today()).isoformat(),
        "seconds": {**circumstances.seconds, "solve": dict(allocation.seconds)},
    }
