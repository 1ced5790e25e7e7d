"""The rules of a run: each with what it says, why it is there, and what became of it."""

from api.pages.page import Data, page
from api.pages.rule_tests import tests_of_rules
from api.pages.run_page import answer, head
from api.resources.analyses.what_if import numbers
from api.web.context import service


@page("/runs/<run_id>/rules", "rules.html")
def effects(run_id: str) -> Data:
    """What became of every rule"""
    with service().store.read() as session:
        run, data = head(session, run_id)
        found = answer(session, run)
    limits = {each["rule"]: each for each in found.get("limits") or []}
    return {
        **data,
        "rules": [{**rule, "limits": limits.get(rule["rule"])} for rule in found.get("rules") or []],
        **tests_of_rules(run_id),
        "sentences": {each.rule: each.data() for each in numbers(run_id).rules},
    }
