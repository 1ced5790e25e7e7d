"""Planning the rest of a published plan anew: the variant of its scenario that does so, kept and submitted."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.db.tables import plans, runs
from api.db.tables.runs import Run
from api.resources.analyses.what_if import numbers
from api.resources.results.targets_table import targets_table
from api.resources.runs.schemas import RunOptions
from api.resources.runs.service import submit
from api.resources.scenarios.draft import json_draft
from api.resources.scenarios.inputs import Brought
from api.resources.scenarios.service import checked, create
from api.web.context import caller, service

NEAR = "near the plan"
"""The rules that limit how far the rest may move from what was published, one for each metric."""


@dataclass(frozen=True)
class Limits:
    """How far anybody's rest of a metric may move from what was published."""

    drop_max: str = ""
    """By how much it may fall; empty for no limit."""
    rise_max: str = ""
    """By how much it may rise; empty for no limit."""

    @property
    def fields(self) -> dict[str, str | None]:
        """Those of the rule; None for no limit."""
        return {"drop_max": self.drop_max or None, "rise_max": self.rise_max or None}


@dataclass(frozen=True)
class Rest:
    """What is asked of the rest of a plan."""

    name: str
    title: str
    done: tuple[str, ...]
    """Parts that are over."""
    limits: Mapping[str, Limits]
    """By metric; none for those that are left out."""


def replanned(plan_id: str, rest: Rest) -> str:
    """The id of the run that plans the rest anew; raises NotFound, Taken and HttpProblem."""
    org_id = caller().org_id
    with service().store.read() as session:
        run: Run = runs.get(session, org_id, plans.get(session, org_id, plan_id).run_id)
        scenario_id = run.solved[0]
    known = {rule.rule for rule in numbers(run.id).rules}
    metrics = list(targets_table(run.id).metrics)
    resolved, _ = checked(json_draft(document_of(plan_id, scenario_id, rest, metrics, known)))
    with service().store.write() as session:
        scenario = create(session, resolved, Brought({}, {}))
        session.flush()
        new = submit(session, scenario.id, RunOptions())
        session.flush()
        return new.id


def document_of(
    plan_id: str, scenario_id: str, rest: Rest, metrics: Sequence[str], known: Container[str]
) -> dict[str, Any]:
    """The variant as JSON; rules that are `known` are in the scenario already, from a re-plan before."""
    named: dict[str, Any] = {"scenario": rest.name, "title": rest.title, "extends": scenario_id}
    named["replan"] = {"plan": plan_id, "done": list(rest.done)}
    change: dict[str, Any] = {}
    add: list[dict[str, Any]] = []
    remove: list[str] = []
    for metric in metrics:
        rule = NEAR if len(metrics) == 1 else f"{NEAR}: {metric}"
        fields = rest.limits.get(metric, Limits()).fields
        limited = any(fields.values())
        if rule in known and limited:
            change[rule] = fields
        elif rule in known:
            remove.append(rule)
        elif limited:
            add.append(_near(rule, metric, fields))
    differs = {"change": change, "add": add, "remove": remove}
    return {**named, **{part: news for part, news in differs.items() if news}}


def _near(rule: str, metric: str, fields: Mapping[str, str | None]) -> dict[str, Any]:
    given = {field: value for field, value in fields.items() if value}
    return {
        "name": rule, "kind": "hold_harmless", "metric": metric, "period": "rest", "plan": "published", **given,
        "priority": 0, "reason": "Partners have built on what was published",
    }  # fmt: skip
