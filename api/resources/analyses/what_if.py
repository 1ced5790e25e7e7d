"""What if other numbers stood in the rules of a run: tried on the spot against the run, kept only when asked."""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.analysis.compare.document import CompareDocument
from api.analysis.compare.variants import VariantQuestion
from api.analysis.numbers import NumberPart, NumbersDocument, RuleNumbers, numbers_of
from api.db.tables import runs
from api.db.tables.scenarios import ENTRY
from api.output.conflict_document import RepairPart
from api.resources.analyses.service import variant_text
from api.resources.analyses.sources import of_run
from api.resources.scenarios.uploads import laid_out
from api.web.context import caller, service
from api.web.offload import read_within_limits
from rules.load import load
from scenarios.values.typed import ungrouped

TRIED = "what-if.yaml"
"""The variant that is tried, beside the scenario of the run."""
_MOST_MOVES = 50
"""Moves that a try shows; their number stands beside them."""


@dataclass(frozen=True)
class Tunable:
    """A number of a run's scenario, and where it stands in its list."""

    at: str
    """What forms call it."""
    rule: RuleNumbers
    number: NumberPart


def numbers(run_id: str) -> NumbersDocument:
    """The rules of the run with their numbers; raises NotFound."""
    org_id = caller().org_id
    with service().store.read() as session:
        sources = of_run(session, org_id, run_id)
    return _numbers(_Files(sources.files))


class _Files(dict[str, bytes]):
    """Files of a version, which never change, as a key of a cache."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


@functools.lru_cache(maxsize=64)
def _numbers(files: _Files) -> NumbersDocument:
    with laid_out(files) as (folder, heaviness):
        return read_within_limits(heaviness, read_numbers, folder)


def read_numbers(folder: Path) -> NumbersDocument:
    """The rules and numbers of the scenario in a folder. Raises Refused for mistakes in it."""
    return numbers_of(load(folder))


def tunable(found: NumbersDocument) -> list[Tunable]:
    """Every number, named by its place."""
    every = [(rule, number) for rule in found.rules for number in rule.numbers]
    return [Tunable(f"n{at}", rule, number) for at, (rule, number) in enumerate(every)]


def changed(found: Sequence[Tunable], given: Mapping[str, str]) -> dict[str, str]:
    """The numbers that are otherwise than in the run, by the names that forms give them."""
    return {
        each.at: text
        for each in found
        if (text := _spelt(given.get(each.at, ""), each.number))
        and text != _spelt(each.number.as_text, each.number)
    }


def _spelt(text: str, number: NumberPart) -> str:
    """The number without what groups its digits; a percentage has its sign."""
    plain = ungrouped(text)[:60]
    return f"{plain}%" if plain and number.percent and not plain.endswith("%") else plain


def change_of(found: Sequence[Tunable], given: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The `change` of a variant: rule to its fields. A mapping is written whole, for it replaces the one before."""
    news = changed(found, given)
    change: dict[str, dict[str, Any]] = {}
    for each in found:
        field, _, key = each.number.field.partition(".")
        mine = [
            other
            for other in found
            if other.rule is each.rule and other.number.field.partition(".")[0] == field
        ]
        if not any(other.at in news for other in mine):
            continue
        text = news.get(each.at) or _spelt(each.number.as_text, each.number)
        fields = change.setdefault(each.rule.rule, {})
        if key:
            fields.setdefault(field, {})[key] = text
        else:
            fields[field] = text
    return change


def variant(change: Mapping[str, Any], *, name: str, title: str, extends: str) -> dict[str, Any]:
    """A scenario that names only what differs."""
    return {"scenario": name, "title": title, "extends": extends, "change": change}


def tried(run_id: str, change: Mapping[str, Any], title: str) -> CompareDocument:
    """The run beside what it would be with these numbers; nothing of it is kept. Raises HttpProblem."""
    org_id = caller().org_id
    document = json.dumps(variant(change, name="what-if", title=title, extends=ENTRY), ensure_ascii=False)
    with service().store.read() as session:
        scenario, version = runs.get(session, org_id, run_id).solved
    question = VariantQuestion(
        key=f"{run_id} of {scenario}, version {version}",
        run=run_id,
        entry=ENTRY,
        name=TRIED,
        variant=document.encode(),
        most=_MOST_MOVES,
    )

    def files() -> Mapping[str, bytes]:
        with service().store.read() as session:
            found = of_run(session, org_id, run_id, beside=True).files
        return {**found, TRIED: question.variant}

    return CompareDocument.model_validate_json(variant_text(question, files))


def numbers_for(repair: RepairPart, found: Sequence[Tunable]) -> dict[str, str]:
    """What the repair sets, by the names that forms give the numbers; empty where it is no number."""
    return {
        each.at: repair.to
        for each in found
        if (each.rule.rule, each.number.field) == (repair.rule, repair.field)
    }
