"""Results written by hand, complete: what result.json says where no one has solved."""

from typing import Any

from api.output.result_parts import ResultDocument

_NOTHING: dict[str, Any] = {
    "scenario": {"name": "small", "title": "A small year", "period": "FY2027", "periods": [], "partners": 3},
    "state": "succeeded",
    "termination": "optimal",
    "reason": None,
    "conflict": None,
    "totals": {},
    "rules": [],
    "limits": [],
    "largest_moves": [],
    "goals": [],
    "unevenness": None,
    "spread": {},
    "rounding": None,
    "audit": None,
    "certificate": {},
    "engines": {"piqp": "0.7.0"},
    "levels": None,
    "findings": [],
    "adjustments": [],
    "inputs": {"scenario.yaml": "00"},
    "outputs": {},
    "options": {"as_of": None},
    "versions": {"goal-cascade": "0.1.0"},
    "times": {"started": "2026-07-01T08:00:00+00:00", "as_of": "2026-07-01", "seconds": {}},
}


def result(**fields: Any) -> dict[str, Any]:
    """A result with these fields, and nothing to say in the others."""
    return ResultDocument.model_validate({**_NOTHING, **fields}).data()


def conflict(**fields: Any) -> dict[str, Any]:
    """A result without targets, whose conflict has these fields."""
    empty = (
        "rules",
        "sentences",
        "affected",
        "repairs",
        "combination",
        "alone",
        "also",
        "together",
        "unsearched",
    )
    found = {**dict.fromkeys(empty, ()), "confirmed_by": ["PIQP", "OR-Tools"], "more": False, **fields}
    return result(state="infeasible", termination="infeasible", conflict=found)
