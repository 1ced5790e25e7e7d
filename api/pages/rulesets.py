"""The rule sets that were uploaded, in their versions, and those that ship."""

from api.db.tables import rulesets, users
from api.pages.page import Data, page
from api.resources.scenarios.starting import LIBRARIES, text_of, title_of
from api.web.context import caller, service

_ROWS = 100
"""Versions on the page, the newest first."""


@page("/rulesets", "rulesets.html")
def list_of_rulesets() -> Data:
    """Rule sets and their versions"""
    with service().store.read() as session:
        found = rulesets.listed(session, caller().org_id, limit=_ROWS).items
        rows = [
            {"id": each.id, "name": each.name, "version": each.version, "at": each.created_at.isoformat(),
             "by": users.name_of(session, caller().org_id, each.created_by)}
            for each in found
        ]  # fmt: skip
    return {"rulesets": rows, "libraries": [{"name": name, "title": title_of(name)} for name in LIBRARIES]}


@page("/rulesets/<ruleset_id>", "ruleset.html")
def one_ruleset(ruleset_id: str) -> Data:
    """One version as text"""
    if ruleset_id in LIBRARIES:
        return {"name": ruleset_id, "version": None, "text": text_of(ruleset_id)}
    with service().store.read() as session:
        found = rulesets.get(session, caller().org_id, ruleset_id)
        content = rulesets.content(session, caller().org_id, ruleset_id)
    return {"name": found.name, "version": found.version, "text": content.decode("utf-8", "replace")}
