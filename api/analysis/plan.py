"""A plan: the targets that hold, with the scenario that they were made from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from api.analysis.errors import InvalidRequest
from api.analysis.replay.reader import open_record, unpack
from api.analysis.solve import allocation_of
from api.output.record import FILE, TARGETS
from rules import CellIndex, library
from rules.columns import Columns
from rules.load import load
from scenarios import Refused, Report, Scenario, read_scenario
from scenarios.actuals.published import read_published
from scenarios.values.rational_array import Exact
from solver import Allocation
from solver.whole_period import whole_period

_SCENARIO = "scenario.yaml"


@dataclass(frozen=True, eq=False)
class Plan:
    """Targets that hold."""

    scenario: Scenario
    frame: CellIndex
    """The cells of the targets; company targets are left out of it."""
    targets: Exact
    """(cells,) in the frame's order."""

    @classmethod
    def of(cls, allocation: Allocation) -> Plan:
        """The plan of an allocation with targets; of a re-plan over all parts, those over as they were published."""
        whole = whole_period(allocation)
        return cls(whole.scenario, whole.frame, whole.target)

    def of_period(self, metric: str) -> Exact:
        """(partners,) the targets of a metric for the whole period."""
        return self.frame.of_period(self.targets, metric)


def read_plan(path: Path, *, as_of: date | None = None) -> Plan:
    """The plan that a path names: a record, the folder of a run with its record, or a scenario to be solved.

    A folder with the scenario and its targets.csv is a plan, too: so the service lays out what it has published.

    Raises InvalidRequest for a path that is none of these, Refused for mistakes.
    """
    if (path / TARGETS).is_file():
        return plan_from(path / _SCENARIO, (path / TARGETS).read_bytes(), as_of=as_of)
    if (record := _record(path)) is not None:
        return _of_record(record)
    return Plan.of(_solved(path, as_of))


@contextmanager
def scenario_of(path: Path) -> Iterator[Path]:
    """The scenario file of the plan that a path names, with the files beside it, while the context lasts.

    Raises InvalidRequest for a damaged record.
    """
    if (record := _record(path)) is None:
        yield path / _SCENARIO if path.is_dir() else path
        return
    with TemporaryDirectory() as folder:
        yield unpack(open_record(record), Path(folder))


def solved_plan(path: Path, *, as_of: date | None = None) -> Allocation | None:
    """The allocation of a scenario that a path names; None where the path names targets that are there already.

    Raises InvalidRequest where it has none, Refused for mistakes.
    """
    if (path / TARGETS).is_file() or _record(path) is not None:
        return None
    return _solved(path, as_of)


def _record(path: Path) -> Path | None:
    """The record that a path names, or that lies in the folder."""
    record = path / FILE if path.is_dir() else path
    return record if record.is_file() and record.suffix.lower() == ".zip" else None


def _solved(path: Path, as_of: date | None) -> Allocation:
    allocation = allocation_of(load(path, as_of=as_of))
    if allocation.state != "succeeded":
        raise InvalidRequest("", f"{path} is {allocation.state}: there are no targets to stand beside.")
    return allocation


def _of_record(file: Path) -> Plan:
    record = open_record(file)
    if record.targets is None:
        raise InvalidRequest("", f"{file} is {record.document.state}: it has no targets.")
    with TemporaryDirectory() as folder:
        path = unpack(record, Path(folder))
        return plan_from(path, record.targets, as_of=record.document.day)


def plan_from(scenario: Path, targets: bytes, *, as_of: date | None = None) -> Plan:
    """The plan of a scenario file and the CSV of its targets. Raises Refused for mistakes."""
    report = Report()
    read = read_scenario(scenario, report, library=library, as_of=as_of)
    if read is None or report.has_errors:
        raise Refused(report.findings)
    frame = CellIndex(
        Columns(read.table, read.missing, read.shares), metrics=read.metrics, periods=read.periods
    )
    return Plan(read, frame, targets_of(targets, frame))


def targets_of(content: bytes, frame: CellIndex, *, name: str = "targets.csv") -> Exact:
    """(cells,) the targets in a CSV that a run wrote. Raises Refused where it is of other cells."""
    report = Report()
    found = read_published(
        content, name, report, ids=frame.columns.ids, metrics=tuple(frame.metrics), parts=frame.periods
    )
    if found is None:
        raise Refused(report.findings)
    return found.targets
