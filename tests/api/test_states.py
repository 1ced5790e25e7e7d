"""One spelling of a run's state: in the database, over HTTP, on pages, in documents and in the solver."""

import ast
import re
from pathlib import Path
from typing import get_args

from api.db.tables.runs import State
from api.output import solve_state
from api.resources.runs.schemas import RunView
from solver import allocation

ROOT = Path(__file__).parents[2]
STATES = {str(state) for state in State}
HOMES = {"solver/allocation.py", "api/output/solve_state.py"}
"""Where the states in which a solve ends are listed: for those who solve, and for those who read."""


def test_a_solve_ends_in_the_same_states_for_all() -> None:
    assert get_args(allocation.State) == get_args(solve_state.State)
    assert set(get_args(allocation.State)) < {str(state) for state in State if state.final}


def test_the_states_are_listed_nowhere_else() -> None:
    """A type, a set or a list of states; single ones may be compared with, which mypy checks."""
    listed = {
        str(path.relative_to(ROOT))
        for package in ("scenarios", "rules", "solver", "api")
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Tuple | ast.List | ast.Set) and len(STATES & set(_texts(node))) > 2
    }
    assert listed == HOMES


def _texts(node: ast.Tuple | ast.List | ast.Set) -> list[object]:
    return [one.value for one in node.elts if isinstance(one, ast.Constant)]


def test_the_document_of_http_lists_them_in_the_order_of_a_run() -> None:
    schema = RunView.model_json_schema()
    assert schema["$defs"]["State"]["enum"] == list(State)
    places = [schema["description"].index(state) for state in State]
    assert places == sorted(places)


def test_pages_know_no_others() -> None:
    for path in (ROOT / "api" / "templates").rglob("*.html"):
        found = re.findall(r"run\.state\s*[!=]=\s*'(\w+)'", path.read_text(encoding="utf-8"))
        assert set(found) <= STATES, path
    script = (ROOT / "api" / "static" / "cascade.js").read_text(encoding="utf-8")
    unfinished = "|".join(state for state in State if not state.final)
    assert re.findall(r"/(queued[^/]*)/", script) == [unfinished]
