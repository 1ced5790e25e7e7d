"""What each user, team, territory or account of the other program is asked for: partners' targets, summed by id."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from api.db.tables import results, runs
from api.resources.exports.format import Assignee, Format, IdForm, Target
from api.resources.results.solved_scenario import solved_scenario
from api.web.problems import invalid_value

_NAMED = 5
"""Partners that a refusal names; it says how many there are in all."""
_ALL = 1 << 30
"""More rows than a table has."""


@dataclass(frozen=True)
class Wanted:
    """Which targets, and whose they are."""

    metric: str
    period: str | None
    """None where the targets are not phased."""
    id_column: str | None
    """The column of the partner table that holds the ids of the other program; None for the partners' own."""
    user_column: str | None = None
    """The column with the user beside a territory."""


def assigned(
    session: Session, org_id: str, run_id: str, form: Format, kind: str, wanted: Wanted
) -> list[Target]:
    """Each id once, in the order of the partners, with the sum of their targets.

    Raises HttpProblem 422 for a column that is not there, an id that is none of the other program's, one
    territory with two users, and an amount that is not whole where the format wants whole ones.
    """
    asked, assignee = _targets(session, org_id, run_id, wanted), form.assignees[kind]
    columns = _columns(session, org_id, run_id, wanted)
    ids = _known(assignee.field, assignee.form, columns.get(wanted.id_column or ""), asked, "id_column")
    users = _users(assignee, columns.get(wanted.user_column or ""), asked)
    sums: dict[str, Decimal] = {}
    by_id: dict[str, str] = {}
    for partner, amount in asked.items():
        one = ids[partner]
        sums[one] = sums.get(one, Decimal(0)) + amount
        if by_id.setdefault(one, users.get(partner, "")) != users.get(partner, ""):
            raise invalid_value("/user_column", f"{one} has two users, {by_id[one]} and {users[partner]}.")
    found = [Target(one, amount, by_id[one]) for one, amount in sums.items()]
    _check_whole(form, found)
    return found


def _targets(session: Session, org_id: str, run_id: str, wanted: Wanted) -> dict[str, Decimal]:
    """Partner to target."""
    rows = results.rows(session, org_id, run_id, "allocation", limit=_ALL)
    return {
        row["partner"]: Decimal(row["target"])
        for row in rows
        if row["metric"] == wanted.metric and row.get("period") in (wanted.period, None)
    }


def _columns(session: Session, org_id: str, run_id: str, wanted: Wanted) -> dict[str, dict[str, str]]:
    """Column to partner to what its cell holds."""
    asked = {"id_column": wanted.id_column, "user_column": wanted.user_column}
    named = {parameter: column for parameter, column in asked.items() if column is not None}
    if not named:
        return {}
    scenario = solved_scenario(session, runs.get(session, org_id, run_id))
    if scenario is None:
        raise invalid_value("/id_column", "The partner table of this plan cannot be read any more.")
    table = scenario.table
    for parameter, column in named.items():
        if column not in table.columns:
            raise invalid_value(
                f"/{parameter}", f"The partner table has {', '.join(map(str, table.columns))}."
            )
    ids = table.ids.tolist()
    return {column: dict(zip(ids, table.text(column).tolist(), strict=True)) for column in named.values()}


def _users(
    assignee: Assignee, column: Mapping[str, str] | None, asked: Mapping[str, Decimal]
) -> dict[str, str]:
    if assignee.user is None:
        return {}
    field, form = assignee.user
    if column is None:
        raise invalid_value("/user_column", f"{field} is required; name the column that holds {form.about}.")
    return _known(field, form, column, asked, "user_column")


def _known(
    field: str, form: IdForm, column: Mapping[str, str] | None, asked: Mapping[str, Decimal], parameter: str
) -> dict[str, str]:
    """Partner to id; raises HttpProblem when one is none of the other program's."""
    ids = {partner: partner if column is None else column.get(partner, "") for partner in asked}
    wrong = [partner for partner, one in ids.items() if not form.fits(one)]
    if wrong:
        first = ", ".join(f"{partner} has {ids[partner]!r}" for partner in wrong[:_NAMED])
        raise invalid_value(
            f"/{parameter}",
            f"{field} is {form.about}. {len(wrong):,} of {len(ids):,} partners have none: {first}.",
        )
    return ids


def _check_whole(form: Format, found: list[Target]) -> None:
    parts = [target for target in found if form.whole and not isinstance(target.number, int)]
    if parts:
        raise invalid_value(
            "/metric",
            f"Targets are whole numbers in {form.title}; {parts[0].assignee} has {parts[0].amount}.",
        )
