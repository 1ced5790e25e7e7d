"""What a plan changes against the one that holds for its period: in all, by group, and partner by partner."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from api.analysis.compare.document import CompareDocument
from api.db import NotFound
from api.db.tables import plans
from api.db.tables.plans import Plan
from api.resources.comparisons.leading import leading
from api.resources.results.targets_query import grouped
from api.resources.results.targets_table import TargetsTable, targets_table
from api.web.context import caller, service


@dataclass(frozen=True)
class PlanChanges:
    """A plan beside the one before."""

    before: str | None
    """The run of the plan that holds now; None where there is none."""
    compared: CompareDocument | None
    groups: dict[str, dict[str, list[dict[str, Any]]]]
    """Metric to group column to its groups, each with what was and what becomes."""


def changes_of(run_id: str, *, name: str, period: str, most: int, plan: Plan | None = None) -> PlanChanges:
    """What the run would change as the plan of the period, its `most` furthest moves; raises NotFound and HttpProblem."""
    with service().store.read() as session:
        before = _before(session, name, period, plan)
    table = targets_table(run_id)
    old = targets_table(before) if before else None
    groups = {
        metric: {
            group: _moved(old, table, metric, group) for group in table.groups if group in ("region", "tier")
        }
        for metric in table.metrics
    }
    compared = leading([before, run_id], most) if before and before != run_id else None
    return PlanChanges(before, compared, groups)


def _before(session: Session, name: str, period: str, plan: Plan | None) -> str | None:
    """The run of the plan that the proposed one takes, or took, the place of."""
    org_id = caller().org_id
    try:
        if plan is not None and plan.published_at is not None:
            return plans.get(session, org_id, plan.supersedes).run_id if plan.supersedes else None
        return plans.published(session, org_id, name=name, period=period).run_id
    except NotFound:
        return None


def _moved(old: TargetsTable | None, new: TargetsTable, metric: str, group: str) -> list[dict[str, Any]]:
    """Each group's total now, and what it was in the plan before."""
    known = old is not None and metric in old.metrics and group in old.groups
    was = (
        {each["value"]: each["target"] for each in grouped(old.metrics[metric], group)}
        if old and known
        else {}
    )
    return [
        {**each, "was": was.get(each["value"]) if known else None}
        for each in grouped(new.metrics[metric], group)
    ]
