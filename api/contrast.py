"""Runs side by side: totals, what moved against the first, rules with another outcome, inputs that differ."""

from typing import Any

from sqlalchemy.orm import Session

from api.moves import moves
from api.results import allocated, document
from api.store import runs, scenarios

_OUTCOME = ("held", "binding", "missed", "unit", "priority")


def contrast(session: Session, org_id: str, run_ids: list[str]) -> dict[str, Any]:
    """The comparison as JSON; raises NotFound, and Problem 409 for a run without an allocation."""
    told = {run_id: _side(session, org_id, run_id) for run_id in run_ids}
    first, *others = run_ids
    return {
        "runs": [side["run"] for side in told.values()],
        "against_first": [
            {
                "run": other,
                "moves": moves(session, org_id, first, other),
                "rules": _rules(told[first]["rules"], told[other]["rules"]),
                "inputs": _inputs(told[first]["inputs"], told[other]["inputs"]),
            }
            for other in others
        ],
    }


def _side(session: Session, org_id: str, run_id: str) -> dict[str, Any]:
    run = runs.get(session, org_id, run_id)
    allocated(session, org_id, run_id)
    result: dict[str, Any] = document(session, org_id, run_id)
    asked = result.get("scenario") or {}
    return {
        "run": {
            "id": run_id,
            "scenario": run.scenario_id,
            "scenario_version": run.scenario_version,
            "name": asked.get("name"),
            "title": asked.get("title"),
            "state": run.state,
            "totals": result.get("totals") or {},
        },
        "rules": {effect["rule"]: effect for effect in result.get("rules") or ()},
        "inputs": scenarios.files(session, org_id, run.scenario_id, run.scenario_version),
    }


def _rules(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules that came out otherwise, each with what it was and became; null where it was not there."""
    names = list(dict.fromkeys([*before, *after]))
    pairs = [(name, _outcome(before.get(name)), _outcome(after.get(name))) for name in names]
    return [{"rule": name, "before": was, "after": became} for name, was, became in pairs if was != became]


def _outcome(effect: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if effect is None else {key: effect.get(key) for key in _OUTCOME}


def _inputs(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Names of the files that are not the same."""
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
