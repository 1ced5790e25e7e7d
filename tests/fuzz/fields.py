"""Every field of every rule kind and of the scenario, holding a value of every type and size.

By hand: `python -m tests.fuzz.fields [COUNT]`: all single changes, then as many of two at once.
"""

import datetime
import itertools
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from rules import KINDS, library, read_book
from scenarios import Report, read_scenario
from scenarios.forms import AdjustmentForm, GoalForm, LongForm, MetricForm, PartnersForm, ScenarioForm
from solver import allocate

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -0.0, 1, -1, 2, 0.5, 10, 100, 1e15, 10**15 + 1, 10**400, -(10**30), 1e308, -1e308, 5e-324,
    float("nan"), float("inf"), float("-inf"), "", " ", "x", "é\u202e", "\u0000", "x" * 5000, "3%", "-3%", "1e999", "NaN",
    "0x10", "1_000", "1,5", "1.000", "true", "null", "2026-01-01", "2026-02-30", "last_year", "tier", "revenue", "Gold",
    "P1", "Q1", "partner", "partner_id", "no such", "=1+1", "[]", "{a: b}", [], {}, [None], [[]], [True], ["x", "x"],
    ["revenue"], ["Gold", 1, None], [0.5, 0.5], {"x": 1}, {"revenue": 1}, {"revenue": "x"}, {"revenue": None},
    {"tier": "Gold"}, {"tier": {"min": 1}}, {"tier": {"any": []}}, {"any": []}, {"any": [{}]}, {"not": {}}, {"min": 1},
    {"last_year": 0.5, "potential": 0.5}, {"Q1": "last_year", "Q2": "potential"}, {"": ""}, {"a": {"b": {"c": [1]}}},
    [1] * 300, {f"k{n}": n for n in range(300)}, datetime.date(2026, 1, 1), [{"kind": "lock"}], {"Gold": "3%"},
    {"Q1": 0.5, "Q2": 0.5}, {"Gold": 10, "Silver": 20}, {"region": 0.02}, {"name": "x", "kind": "lock"},
)  # fmt: skip
"""What a field may be made to hold, whatever it is for."""

PARTNERS = """\
partner_id,name,tier,region,joined,active,last_year,potential,deals
P1,Acme,Gold,North,2020-01-01,TRUE,120000,400000,12
P2,Birch,Silver,South,2021-05-05,FALSE,80000,200000,8
P3,Cedar,Silver,North,2023-03-03,TRUE,60000,90000,5
P4,Dogwood,Gold,South,2025-06-06,TRUE,0,50000,0
"""
BASE: dict[str, Any] = {
    "scenario": "fields",
    "partners": "partners.csv",
    "periods": ["Q1", "Q2"],
    "metrics": {
        "revenue": {"unit": "EUR", "round_to": 1000, "baseline": "last_year"},
        "deals": {"unit": "deals", "baseline": "deals"},
    },
    "targets": [
        {"name": "revenue target", "metric": "revenue", "growth": "10%"},
        {"name": "deal target", "metric": "deals", "total": 30},
    ],
    "cascade": ["region"],
    "add": [],
    "adjustments": [],
    "goals": [],
}
"""A scenario that can be solved, in which fields are changed."""
WELL: dict[str, dict[str, Any]] = {
    "adoption": {"metric": "deals", "allowance_max": 2},
    "capacity_limit": {"uses": {"revenue": 1}, "capacity": 500000},
    "concentration": {"share_max": "60%"},
    "group_limit": {"by": "region", "share_max": "90%"},
    "growth_cap": {"growth_max": "60%"},
    "growth_floor": {"growth_min": "1%"},
    "headroom": {"column": "potential", "share_max": "90%"},
    "lock": {"partner": "P1", "amount": 130000},
    "tier_minimum": {"minimum": {"Gold": 1000}},
}
"""Fields with which a rule of the kind is sound, so that a change of one field is not lost among other mistakes."""

Path_ = tuple[str | int, ...]


def rule(kind: str) -> dict[str, Any]:
    """A rule of the kind."""
    metric = {} if kind in ("capacity_limit", "weighted_limit", "mix") else {"metric": "revenue"}
    return {"name": "rule", "kind": kind, "priority": 2, **metric, **WELL.get(kind, {})}


def documents() -> Iterator[tuple[str, dict[str, Any], Path_]]:
    """What a field belongs to, the document that holds it, and where it stands."""
    for kind, model in KINDS.items():
        document = {**BASE, "add": [rule(kind)]}
        for field in model.model_fields:
            yield f"{kind}.{field}", document, ("add", 0, field)
    for field in ScenarioForm.model_fields:
        yield f"scenario.{field}", BASE, (field,)
    for field in ("extends", "change", "remove", "add"):
        yield f"scenario.{field}", BASE, (field,)
    for field in MetricForm.model_fields:
        yield f"metric.{field}", BASE, ("metrics", "revenue", field)
    for field in ("columns", "by"):
        yield f"phasing.{field}", BASE, ("metrics", "revenue", "phasing", field)
    for field in PartnersForm.model_fields:
        yield f"partners.{field}", {**BASE, "partners": {"file": "partners.csv"}}, ("partners", field)
    for field in LongForm.model_fields:
        table = {"file": "partners.csv", "long": {"period": "region", "value": "last_year"}}
        yield f"long.{field}", {**BASE, "partners": table}, ("partners", "long", field)
    decided = {"partner": "P1", "metric": "revenue", "target": 130000, "by": "desk", "reason": "agreed"}
    for field in AdjustmentForm.model_fields:
        yield f"adjustment.{field}", {**BASE, "adjustments": [decided]}, ("adjustments", 0, field)
    for field in GoalForm.model_fields:
        goal = {"spread": "least_deviation", "metric": "revenue"}
        yield f"goal.{field}", {**BASE, "goals": [goal]}, ("goals", 0, field)


def changed(document: dict[str, Any], path: Path_, value: Any) -> dict[str, Any]:
    """The document with another value at the path."""
    copy: Any = deepcopy(document)
    inner = copy
    for step in path[:-1]:
        if isinstance(inner, dict) and not isinstance(inner.get(step), dict | list):
            inner[step] = {}
        inner = inner[step]
    inner[path[-1]] = value
    found: dict[str, Any] = copy
    return found


def text_of(value: Any) -> str:
    """The value as YAML in one line, for what JSON does not have too."""
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{json.dumps(str(key))}: {text_of(each)}" for key, each in value.items()) + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(text_of, value)) + "]"
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return ".nan" if value != value else ".inf" if value > 0 else "-.inf"
    return value.isoformat() if isinstance(value, datetime.date) else json.dumps(value)


def found(document: dict[str, Any], folder: Path) -> Report:
    """What is found in the document."""
    (folder / "partners.csv").write_text(PARTNERS)
    (folder / "scenario.yaml").write_text(text_of(document))
    report = Report()
    scenario = read_scenario(folder / "scenario.yaml", report, library=library)
    if scenario is not None:
        read_book(scenario, report)
    return report


def solved(document: dict[str, Any], folder: Path) -> str:
    """What came of the document; whatever reading or solving raises passes through."""
    (folder / "partners.csv").write_text(PARTNERS)
    (folder / "scenario.yaml").write_bytes(text_of(document).encode("utf-8", "surrogatepass"))
    report = Report()
    scenario = read_scenario(folder / "scenario.yaml", report, library=library)
    book = None if scenario is None else read_book(scenario, report)
    assert all(finding.message and str(finding) for finding in report.findings)
    if scenario is None or book is None or report.has_errors:
        assert report.has_errors, "nothing was read, and no mistake is reported"
        return "refused"
    return allocate(scenario, book).state


def changes() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field with every value, one at a time."""
    for (name, document, path), value in itertools.product(documents(), VALUES):
        yield f"{name} = {value!r:.60}", changed(document, path, value)


def pairs(seed: int, count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Two fields of one rule or part changed at once."""
    dice, known = random.Random(seed), list(documents())
    for _ in range(count):
        name, document, path = dice.choice(known)
        same = [each for each in known if each[1] is document or each[2][:-1] == path[:-1]]
        other, _, second = dice.choice(same)
        one, two = dice.choice(VALUES), dice.choice(VALUES)
        both = changed(changed(document, path, one), second, two) if path[:-1] == second[:-1] else document
        yield f"{name} = {one!r:.60}, {other} = {two!r:.60}", both


def main(count: int) -> None:
    seen, wrong = Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        for what, document in itertools.chain(changes(), pairs(0, count)):
            try:
                seen[solved(document, Path(name))] += 1
            except Exception as error:  # noqa: BLE001 - counted, whatever it is
                wrong[f"{what.partition(' =')[0]}: {type(error).__name__}"] += 1
                print(what, type(error).__name__, str(error)[:150], flush=True)
    print(dict(seen), dict(wrong))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
