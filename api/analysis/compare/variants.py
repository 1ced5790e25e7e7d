"""Variants of a finished run that change numbers of its rules, each compared with the run.

What they share is read once: the files, the rules, the rows and the run's targets. Answers are those of `compare` on
the same files, to the byte.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from api.analysis.answer import Answered, Question, answer
from api.analysis.compare.document import CompareRequest
from api.analysis.compare.frames import FinishedRun, from_arrow, read_folder
from api.analysis.compare.run import Source, compare, named
from api.analysis.compare.solve_side import allocated
from api.analysis.errors import InvalidRequest
from api.analysis.load_many import load_all
from api.analysis.request import Context
from rules.load import Loaded
from scenarios import Refused, Report, Scenario
from scenarios.read.revise import revise

if TYPE_CHECKING:
    from api.analysis.compare.comparison import Outcome
    from solver import Allocation
    from solver.questions.series import Series

MOST_CELLS = 100_000
"""Cells of all runs that are kept by one process: about 100 MB."""


@dataclass(frozen=True)
class VariantQuestion:
    """A variant of a finished run, to be compared with it."""

    key: str
    """What the run's files are known by; files of one key never differ."""
    run: str
    """The folder of the finished run."""
    entry: str
    """The file of the scenario that the run solved."""
    name: str
    """What the variant's file is called, beside that of the scenario."""
    variant: bytes
    """The variant, which extends the scenario's file."""
    most: int | None
    """At most so many moves."""

    def on_files(self) -> Question:
        """The same for the files of a folder."""
        return Question("compare", self._request().model_dump(exclude_none=True), (self.run, self.name))

    def _request(self) -> CompareRequest:
        return CompareRequest(why=False, most=self.most)

    def compared(self, run: FinishedRun, variant: FinishedRun) -> Answered:
        """The document of the comparison."""
        sources = named([Source(self.run, kept=run), Source(self.name, kept=variant)])
        return Answered(compare(sources, self._request(), Context()).text())


@dataclass(frozen=True, eq=False)
class PreparedRun:
    """A finished run beside its scenario, read."""

    loaded: Loaded
    run: FinishedRun
    series: Series
    """Solves the scenario's variants."""
    day: date
    """On which adjustments were looked through."""

    @classmethod
    def read(cls, folder: Path, question: VariantQuestion) -> PreparedRun | None:
        """From the files of a folder; None where they have mistakes."""
        from solver.questions.series import Series

        day = date.today()
        try:
            (loaded,) = load_all([folder / question.entry], as_of=day)
            run = read_folder(folder / question.run)
        except (Refused, InvalidRequest):
            return None
        return cls(loaded, run, Series.beside(loaded.scenario, loaded.book, allocated), day)

    @property
    def cells(self) -> int:
        """How many targets there are."""
        return self.loaded.book.frame.size

    def answer(self, question: VariantQuestion) -> Answered | None:
        """The answer; None for a variant that is not solved from what was read, or has mistakes."""
        scenario = self._revised(question)
        report = Report()
        allocation = None if scenario is None else self.series.solve(scenario, report)
        if allocation is None or report.has_errors:
            return None
        return question.compared(self.run, _finished(allocation))

    def _revised(self, question: VariantQuestion) -> Scenario | None:
        """The scenario of the variant; None for a re-plan, whose rules depend on what is left of the period."""
        known = self.loaded.scenario
        return revise(known, question.variant, question.name) if known.past is None else None


def _finished(allocation: Allocation) -> FinishedRun:
    """What a comparison needs of an allocation."""
    from api.output.result_json import Circumstances, result_document
    from api.output.tables import allocation_table

    document = result_document(allocation, Circumstances(()), outputs={}, rules=())
    table = from_arrow(allocation_table(allocation)) if allocation.rounded else None
    return FinishedRun(document, table, counted=_outcomes(allocation))


def _outcomes(allocation: Allocation) -> tuple[Outcome, ...]:
    from api.analysis.compare.comparison import Outcome
    from api.output.conflict_document import reasons_of
    from scenarios.values.rational_array import decimal_text

    reasons = reasons_of(allocation)
    return tuple(
        Outcome(
            rule=effect.rule,
            kind=effect.kind,
            priority=effect.priority,
            reason=reasons.get(effect.rule, ""),
            held=effect.held,
            missed=decimal_text(effect.missed),
            unit=effect.unit,
            missed_by=len(effect.missing),
            binding=effect.binding,
        )
        for effect in allocation.effects
    )


@dataclass(eq=False)
class VariantSolver:
    """Answers about variants; runs are kept while there is room, those that were asked for last."""

    most_cells: int = MOST_CELLS
    _kept: OrderedDict[str, PreparedRun] = field(default_factory=OrderedDict, repr=False)

    def __call__(self, question: VariantQuestion, folder: Path | None = None) -> Answered | None:
        """The answer, or None where the files are needed and no folder with them is given."""
        prepared = self._known(question.key)
        if prepared is None and folder is not None:
            prepared = self._read(folder, question)
        found = None if prepared is None else prepared.answer(question)
        if found is None and folder is not None:
            return answer(folder, question.on_files())
        return found

    def forget(self) -> None:
        """Let go of all runs."""
        self._kept.clear()

    def _known(self, key: str) -> PreparedRun | None:
        found = self._kept.get(key)
        if found is None or found.day != date.today():
            return None
        self._kept.move_to_end(key)
        return found

    def _read(self, folder: Path, question: VariantQuestion) -> PreparedRun | None:
        found = PreparedRun.read(folder, question)
        if found is not None and found.cells <= self.most_cells:
            self._kept[question.key] = found
            self._kept.move_to_end(question.key)
            while sum(each.cells for each in self._kept.values()) > self.most_cells:
                self._kept.popitem(last=False)
        return found
