"""A scenario for a table that was just brought: metric, company target, and rules to begin from, that fit the table."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from api.resources.scenarios.compose import ResolvedDraft
from api.resources.scenarios.draft import json_draft
from api.resources.scenarios.service import checked
from api.web.problems import HttpProblem
from rules.read import library
from scenarios import Report
from scenarios.actuals.calendar import months_later
from scenarios.yaml.parse import Map, parse_yaml

LIBRARIES = {"reseller": "revenue", "distributor": "revenue", "msp": "recurring"}
"""Rule sets that ship, each with the metric that most of its rules are about."""
PARTS = {"quarters": ("Q1", "Q2", "Q3", "Q4"), "halves": ("H1", "H2")}
"""What a year can be planned in."""
SIMPLE = ("growth_min", "growth_max", "share_max")
"""Numbers of the simple rules."""
_ROUNDS = 40
"""So often rules that do not fit are left out and the rest is tried."""


@dataclass(frozen=True)
class Start:
    """What a planner chose."""

    title: str
    period: str
    dataset_id: str
    columns: Mapping[str, str]
    """Role to column."""
    unit: str
    round_to: str
    total: str
    """The company target; empty where `growth` says it."""
    growth: str
    rules: str
    """simple, none, or a rule set that ships."""
    numbers: Mapping[str, str]
    """The numbers of the simple rules; empty ones are no rules."""
    missing: str
    """What empty cells count as: zero, tier_median, or empty for a mistake."""
    numeric: Sequence[str] = ()
    """Columns that hold numbers."""
    left_out: Sequence[str] = ()
    """Rules of the rule set that are not used."""
    parts: Sequence[str] = ()
    """Parts of the period, each an even share of it; empty for a period that is one whole."""
    begins: str = ""
    """First day of the period, as 2027-01-01, so that it is known when each part is over; empty for unsaid."""


def document_of(start: Start, name: str) -> dict[str, Any]:
    """The scenario that was chosen, as JSON."""
    baseline, potential = start.columns["baseline"], start.columns.get("potential")
    metric = LIBRARIES.get(start.rules, "revenue")
    fair_share = {baseline: "70%", "potential": "30%"} if potential else None
    target = {"total": start.total} if start.total else {"growth": start.growth}
    named = {
        role: start.columns[role]
        for role in ("name", "tier", "region", "potential")
        if start.columns.get(role)
    }
    called = {old: new for new, old in named.items()}
    missing = {called.get(column, column): start.missing for column in start.numeric if start.missing}
    return _without_nothing({
        "scenario": name,
        "title": start.title,
        "period": start.period,
        "partners": {"file": start.dataset_id, "columns": {new: old for new, old in named.items() if new != old}},
        "partner_id": start.columns["id"],
        "metrics": {metric: _without_nothing({
            "unit": start.unit, "round_to": start.round_to, "baseline": baseline, "missing": start.missing,
            "fair_share": fair_share,
        })},
        "periods": list(start.parts),
        "calendar": calendar(start.begins, start.parts) if start.begins and start.parts else None,
        "targets": [{"name": "company target", "metric": metric, **target}],
        "rules": [f"library:{start.rules}"] if start.rules in LIBRARIES else None,
        "add": _simple(start, metric) if start.rules == "simple" else None,
        "remove": list(start.left_out),
        "missing": missing,
    })  # fmt: skip


def calendar(begins: str, parts: Sequence[str]) -> dict[str, str]:
    """The first day of a year and the last of each of its even parts; raises HttpProblem for what is no day."""
    try:
        first = date.fromisoformat(begins)
        ends = [
            months_later(first, 12 * (number + 1) // len(parts)) - timedelta(days=1)
            for number in range(len(parts))
        ]
    except ValueError:
        raise HttpProblem("invalid", f"{begins[:40]!r} is no day. Write one such as 2027-01-01.") from None
    return {"from": begins, **{part: end.isoformat() for part, end in zip(parts, ends, strict=True)}}


def _simple(start: Start, metric: str) -> list[dict[str, Any]]:
    """A floor on growth that may give way, a cap on growth, and a cap on the share of a partner."""
    made: dict[str, dict[str, Any]] = {
        "growth_min": {"name": "everyone grows", "kind": "growth_floor", "priority": 1},
        "growth_max": {"name": "within reach", "kind": "growth_cap"},
        "share_max": {"name": "no partner too large", "kind": "concentration"},
    }
    return [
        {
            **made[field],
            "metric": metric,
            field: start.numbers[field],
            "reason": "Chosen when the plan was begun",
        }
        for field in SIMPLE
        if start.numbers.get(field)
    ]


def _without_nothing(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if value not in (None, "", [], {})}


def fitted(start: Start, name: str) -> tuple[ResolvedDraft, dict[str, str]]:
    """The scenario, and rules of the rule set that do not fit the table, each with why.

    Raises HttpProblem for mistakes that are not a rule's.
    """
    left_out: dict[str, str] = {}
    document = document_of(start, name)
    for _ in range(_ROUNDS):
        try:
            resolved, _doubts = checked(json_draft(document))
        except HttpProblem as problem:
            more = _unfit(problem, start.rules) if problem.code == "findings" else {}
            if not more or more.keys() <= left_out.keys():
                raise
            left_out |= {rule: why for rule, why in more.items() if rule not in left_out}
            document = {**document, "remove": [*dict.fromkeys([*document.get("remove", []), *left_out])]}
        else:
            return resolved, left_out
    raise HttpProblem("invalid", "Too many rules of the rule set do not fit the table.")


def _unfit(problem: HttpProblem, rules: str) -> dict[str, str]:
    """The rules of the rule set that findings are about, each with what was found."""
    starts = rule_lines(rules) if rules in LIBRARIES else []
    found: dict[str, str] = {}
    for finding in problem.findings:
        if rules in str(finding["file"]) and finding.get("line") and finding["severity"] == "error":
            names = [name for line, name in starts if line <= finding["line"]]
            if names:
                found.setdefault(names[-1], str(finding["message"]))
    return found


def rule_lines(name: str) -> list[tuple[int, str]]:
    """Line and name of each rule of a rule set that ships."""
    top = parse_yaml(_content(name), Report(), name=name)
    entries = top.get("rules") if top is not None else None
    return [
        (entry.place.line or 1, str(entry["name"]))
        for entry in entries or ()
        if isinstance(entry, Map) and "name" in entry
    ]


def title_of(name: str) -> str:
    """The line that introduces a rule set that ships."""
    return re.sub(r"^#\s*", "", _content(name).decode().partition("\n")[0])


def text_of(name: str) -> str:
    """A rule set that ships, as text."""
    return _content(name).decode()


def _content(name: str) -> bytes:
    path = library(name)
    return path.read_bytes() if path else b""


EXAMPLE = Path(__file__).parents[3] / "scenarios" / "examples" / "channel"
"""The example that ships."""
