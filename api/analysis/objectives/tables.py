"""Objectives as tables: a row for each key result, and a row for each node."""

from __future__ import annotations

from api.analysis.objectives.document import ObjectivesDocument
from api.output.sheets import Sheet, sheet

_NUMBERS = ("weight", "start", "now", "to", "due", "score", "due_score")
_OF_NODES = ("start", "now", "to", "due", "score")


def key_results_sheet(document: ObjectivesDocument) -> Sheet:
    """Every key result, and the objective's own score beside it."""
    rows = [(objective, each) for objective in document.objectives for each in objective.key_results]
    return sheet("Key results", {
        "objective": [objective.name for objective, _ in rows],
        "objective score": [_number(objective.score) for objective, _ in rows],
        "key result": [each.name for _, each in rows],
        "of": [each.of or "" for _, each in rows],
        "unit": [each.unit or "" for _, each in rows],
        "kind": [each.kind for _, each in rows],
        **{_head(name): [_number(getattr(each, name)) for _, each in rows] for name in _NUMBERS},
        "grade": [each.grade or "" for _, each in rows],
        "by": [each.by or "" for _, each in rows],
        "last check-in": [str(each.check_ins[-1].on or "") if each.check_ins else "" for _, each in rows],
    })  # fmt: skip


def nodes_sheet(document: ObjectivesDocument) -> Sheet:
    """Every node below the company, key result by key result."""
    rows = [
        (objective, node, name, each)
        for objective in document.objectives
        for node in objective.nodes
        for name, each in node.key_results.items()
    ]
    return sheet("Nodes", {
        "objective": [objective.name for objective, _, _, _ in rows],
        "level": [node.level for _, node, _, _ in rows],
        "path": [" / ".join(node.path) for _, node, _, _ in rows],
        "objective score": [_number(node.score) for _, node, _, _ in rows],
        "key result": [name for _, _, name, _ in rows],
        **{_head(name): [_number(getattr(each, name)) for _, _, _, each in rows] for name in _OF_NODES},
    })  # fmt: skip


def _head(name: str) -> str:
    return {"start": "from"}.get(name, name)


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)
