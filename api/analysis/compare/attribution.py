"""Why targets moved: the changes that lead from one scenario to another, made one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, groupby
from typing import TYPE_CHECKING

from api.analysis.compare.frames import from_arrow
from rules.columns_used import columns_read

if TYPE_CHECKING:
    import pandas as pd

    from api.analysis.compare.comparison import Step
    from api.analysis.compare.solve_side import Solved
    from rules.load import Loaded
    from scenarios import Scenario
    from scenarios.diff.changes import Change

MOST_SOLVES = 40
"""With more changes than this, those of one rule are made together; if need be, those of one section."""

Batch = tuple["Change", ...]


def batches(old: Loaded, new: Loaded) -> list[Batch]:
    """The changes from one scenario to the other, in order, each by itself unless there are too many."""
    from scenarios.diff.changes import differences

    changes = differences(old.scenario, new.scenario, columns_read(new.scenario, new.book))
    singles: list[Batch] = [(change,) for change in changes]
    if len(singles) <= MOST_SOLVES:
        return singles
    subjects = [tuple(found) for _, found in groupby(changes, lambda each: (each.section, each.subject))]
    if len(subjects) <= MOST_SOLVES:
        return subjects
    return [tuple(found) for _, found in groupby(changes, lambda each: each.section)]


def between(old: Scenario, new: Scenario, batches: Sequence[Batch]) -> list[Scenario]:
    """The scenarios after the first batch, after the first two and so on, but not after all of them."""
    from scenarios.diff.blend_tables import portable
    from scenarios.diff.changes import with_changes

    made = list(accumulate(batches[:-1], lambda earlier, batch: (*earlier, *batch)))
    return [portable(with_changes(old, new, changes)) for changes in made]


def steps(batches: Sequence[Batch], solved: Sequence[Solved], last: pd.DataFrame) -> list[Step]:
    """What each batch leads to, the last to the new allocation; batches without targets go with the next."""
    from api.analysis.compare.comparison import Step

    tables = [*(None if each.table is None else from_arrow(each.table) for each in solved), last]
    found: list[Step] = []
    waiting: list[Change] = []
    for batch, table in zip(batches or [()], tables, strict=True):
        waiting += batch
        if table is not None:
            found.append(Step(tuple(waiting), table))
            waiting = []
    return found
