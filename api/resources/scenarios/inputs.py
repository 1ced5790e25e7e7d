"""The datasets and rule sets among a scenario's files: entered when it brings them along, found again by content."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.tables import datasets, rulesets
from api.db.tables.datasets import Dataset
from api.db.tables.rulesets import Ruleset
from api.processes.checks import TableFacts, inspect_rules, inspect_table
from api.resources.scenarios.draft import Draft
from api.web.offload import read_within_limits, weight
from scenarios.tables.read_table import ending_of

RULES = ("yaml", "yml")


@dataclass(frozen=True)
class Brought:
    """The uploaded files that are inputs of their own."""

    tables: Mapping[str, TableFacts]
    """Path to what is known of a partner table."""
    rules: Mapping[str, bytes]
    """Path to a rule file."""


def brought_by(draft: Draft) -> Brought:
    """What the draft brings along."""
    column, sheet = str(draft.document.get("partner_id") or "partner_id"), draft.document.get("sheet")
    tables = {
        path: read_within_limits(
            weight(form, len(content)),
            inspect_table,
            content,
            form,
            column,
            sheet if isinstance(sheet, str) else None,
        )
        for path, content in draft.files.items()
        if (form := (ending_of(path) or "").removeprefix("."))
    }
    rules = {path: content for path, content in _rule_files(draft) if not inspect_rules(content)}
    return Brought({path: facts for path, facts in tables.items() if facts.partners}, rules)


def enter(session: Session, org_id: str, draft: Draft, brought: Brought, *, created_by: str) -> None:
    """Make datasets and rule sets of what was brought; those that are there already stay as they are."""
    for path, facts in brought.tables.items():
        datasets.put(
            session,
            org_id,
            name=PurePosixPath(path).name.removesuffix(ending_of(path) or ""),
            format=(ending_of(path) or "").removeprefix("."),
            content=draft.files[path],
            partners=facts.partners,
            columns=facts.columns,
            created_by=created_by,
        )
    for path, content in brought.rules.items():
        rulesets.put(session, org_id, name=PurePosixPath(path).stem, content=content, created_by=created_by)


def inputs_of(session: Session, org_id: str, files: Mapping[str, str]) -> dict[str, str]:
    """Path to the id of each file that is a dataset or a rule set."""
    known: dict[str, str] = {}
    for table in (Dataset, Ruleset):
        query = select(table.sha256, table.id).where(table.org_id == org_id, table.sha256.in_(files.values()))
        known |= dict(session.execute(query.order_by(table.id)).all())
    return {path: known[sha256] for path, sha256 in files.items() if sha256 in known}


def _rule_files(draft: Draft) -> Iterator[tuple[str, bytes]]:
    """Path and content of the uploaded files that may hold rules."""
    for path, content in draft.files.items():
        if path.rpartition(".")[2].lower() in RULES:
            yield path, content
