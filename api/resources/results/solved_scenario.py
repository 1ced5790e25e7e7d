"""The scenario of a run, as it was solved."""

from sqlalchemy.orm import Session

from api.db.tables import scenarios
from api.db.tables.runs import Run
from api.resources.scenarios.uploads import laid_out
from rules.load import scenario_file
from rules.read import library
from scenarios import Report, Scenario, read_scenario


def solved_scenario(session: Session, run: Run) -> Scenario | None:
    """What was solved; None if it cannot be read any more."""
    files = scenarios.contents(session, run.org_id, *run.solved)
    with laid_out(files) as (folder, _):
        return read_scenario(scenario_file(folder), Report(), library=library)
