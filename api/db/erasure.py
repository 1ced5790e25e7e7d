"""Erasing: a dataset, old analyses, and the contents that nothing refers to any more."""

from datetime import timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from api.db.column_types import now
from api.db.errors import InUse
from api.db.statements import changed
from api.db.tables.actuals import ActualsUpload
from api.db.tables.analyses import AnalysisFile
from api.db.tables.blobs import Blob
from api.db.tables.datasets import Dataset
from api.db.tables.rulesets import Ruleset
from api.db.tables.runs import Run
from api.db.tables.scenarios import ScenarioFile
from api.db.tenant_scope import fetch


def delete_dataset(session: Session, org_id: str, dataset_id: str) -> None:
    """Erase the dataset; raises NotFound, and InUse while a scenario is built on its content."""
    dataset = fetch(session, Dataset, org_id, dataset_id, lock=True)
    users = select(ScenarioFile.scenario_id).where(
        ScenarioFile.org_id == org_id, ScenarioFile.sha256 == dataset.sha256
    )
    user = session.scalar(users.limit(1))
    if user:
        raise InUse(f"{dataset_id} is used by {user}.")
    session.delete(dataset)
    session.flush()
    drop_unused(session, org_id)


def forget_analyses(session: Session, *, kept: timedelta) -> int:
    """Erase the analyses that ended longer ago, with what was uploaded for them; returns how many."""
    old = delete(Run).where(Run.analysis.is_not(None), Run.finished_at < now() - kept)
    owners = session.scalars(old.returning(Run.org_id)).all()
    for org_id in dict.fromkeys(owners):
        drop_unused(session, org_id)
    return len(owners)


def drop_unused(session: Session, org_id: str) -> int:
    """Erase the contents that nothing refers to any more; returns how many."""
    used = [
        exists().where(user.org_id == Blob.org_id, user.sha256 == Blob.sha256)
        for user in (ActualsUpload, Dataset, Ruleset, ScenarioFile, AnalysisFile)
    ]
    unused = delete(Blob).where(Blob.org_id == org_id, *(~one for one in used))
    return changed(session, unused)
