"""Taking in what partners have done, from HTTP and from pages: looked into first, then kept beside all before."""

from sqlalchemy.orm import Session

from api.db.tables import actuals
from api.db.tables.actuals import ActualsUpload
from api.processes.checks import TableFacts, inspect_actuals
from api.resources.scenarios.draft import refusal
from api.web.context import caller
from api.web.offload import read_within_limits, weight


def inspected(content: bytes, form: str, id_column: str) -> TableFacts:
    """What is known of the file; raises HttpProblem with every mistake in it."""
    facts = read_within_limits(weight(form, len(content)), inspect_actuals, content, form, id_column)
    if any(finding.severity == "error" for finding in facts.findings):
        raise refusal(facts.findings)
    return facts


def keep(
    session: Session, *, plan: str, period: str, form: str, content: bytes, facts: TableFacts
) -> tuple[ActualsUpload, bool]:
    """The upload, and whether it is a new one: the same content as the newest is that one."""
    who = caller()
    return actuals.put(
        session,
        who.org_id,
        plan=plan,
        period=period,
        format=form,
        content=content,
        rows=facts.partners,
        created_by=who.key_id,
    )
