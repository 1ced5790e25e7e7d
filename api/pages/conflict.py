"""Why the rules of a run cannot all hold, and what would settle it."""

from contextlib import suppress

from sqlalchemy.orm import Session

from api.db import NotFound
from api.db.tables import rulesets
from api.pages.page import Data, page
from api.pages.run_page import answer, head
from api.web.context import caller, service
from api.web.problems import HttpProblem


@page("/runs/<run_id>/conflict", "conflict.html")
def conflict(run_id: str) -> Data:
    """Why the rules cannot all hold"""
    with service().store.read() as session:
        run, data = head(session, run_id)
        result = answer(session, run)
        files = _file_titles(session, result)
    found = result.get("conflict")
    if not found:
        raise HttpProblem("no-result", f"{data['title']} has no conflict.")
    first = {**found, "repairs": found["alone"]}
    return {
        **data,
        "conflicts": [_with_file_titles(each, files) for each in (first, *found["also"])],
        "settled_by": {
            **{name: found[name] for name in ("repairs", "together", "unsearched")},
            "more": found.get("more", False),
        },
    }


def _with_file_titles(conflict: Data, files: dict[str, str]) -> Data:
    """The conflict, the rule files of its rules called as people call them."""
    rules = [{**rule, "file": files.get(rule["file"], rule["file"])} for rule in conflict["rules"]]
    return {**conflict, "rules": rules}


def _file_titles(session: Session, result: Data) -> dict[str, str]:
    """Names of the rule files of a run to what people call them."""
    called = {}
    for file in result.get("inputs") or {}:
        with suppress(NotFound):
            ruleset = rulesets.get(session, caller().org_id, file.partition(".")[0])
            called[file] = f"{ruleset.name} (version {ruleset.version})"
    return called
