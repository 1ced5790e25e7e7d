"""Cases: a few partners and a rule, and the rows, targets or finding that are expected of it."""

from __future__ import annotations

import csv
import json
import shlex
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from scenarios import Report
from scenarios.fields import Form, validate
from scenarios.numbers import Amount
from scenarios.source import read_yaml
from scenarios.words import Name

RULE = "the rule"
"""The name of a rule that gives none."""
EMPTY = "-"
"""How an empty cell is written."""


class Case(Form):
    """One expectation."""

    name: Name
    """A sentence that says what is expected."""
    rule: dict[str, Any]
    """The rule; its kind may be left out where the file names one."""
    scenario: dict[str, Any] = Field(default_factory=dict)
    """Fields of the scenario; those of the file where left out."""
    partners: str = ""
    """The partner table, a line of column names and a line for each partner; the file's where left out."""
    rows: str | None = None
    """The rule's rows as text."""
    finding: str | None = None
    """What is found, without its place."""
    target: dict[str, Amount | dict[str, Amount]] | None = None
    """The target of each partner, or of each of its metrics."""
    binds: tuple[str, ...] | None = None
    """Whom the rule binds, in the order of its rows; none where it has something to spare everywhere."""

    @model_validator(mode="after")
    def _expects_something(self) -> Self:
        if self.rows is None and self.finding is None:
            raise ValueError("say rows, finding or both")
        return self

    def targets(self, metric: str) -> dict[tuple[str, str], Fraction]:
        """The expected targets by partner and metric; `metric` is that of plain amounts."""
        given = {p: t if isinstance(t, dict) else {metric: t} for p, t in (self.target or {}).items()}
        return {(partner, m): amount for partner, of in given.items() for m, amount in of.items()}

    def write(self, folder: Path) -> Path:
        """Write the case's scenario, table and rule into a folder; returns the scenario's path."""
        with (folder / "partners.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(cells(self.partners))
        scenario = {"scenario": "case", "partners": "partners.csv", **self.scenario, "rules": ["rules.yaml"]}
        rules = {"rules": [{"name": RULE, **self.rule}]}
        for name, data in (("scenario.yaml", scenario), ("rules.yaml", rules)):
            (folder / name).write_text(json.dumps(data, default=str, ensure_ascii=False), encoding="utf-8")
        return folder / "scenario.yaml"


class CaseFile(Form):
    """A file of cases, and what they share."""

    kind: str | None = None
    """The kind of every rule that names none."""
    scenario: dict[str, Any] = Field(default_factory=dict)
    """Fields of every case's scenario."""
    partners: str = ""
    """The partner table of cases that have none of their own."""
    cases: tuple[Case, ...] = Field(min_length=1)
    """The cases, in order."""

    def complete(self) -> tuple[Case, ...]:
        """The cases with what they share filled in."""
        kind = {"kind": self.kind} if self.kind else {}
        return tuple(
            case.model_copy(
                update={
                    "rule": kind | case.rule,
                    "scenario": self.scenario | case.scenario,
                    "partners": case.partners or self.partners,
                }
            )
            for case in self.cases
        )


def read_cases(path: Path, report: Report) -> tuple[Case, ...]:
    """The cases in a file; none after reporting its mistakes."""
    data = read_yaml(path, report, name=path.name)
    file = None if data is None else validate(CaseFile, data, report, what="a case file")
    return () if file is None else file.complete()


def cells(table: str) -> list[list[str]]:
    """The cells of a table written as words, quoted where they hold spaces, `-` where empty."""
    lines = [shlex.split(line) for line in table.splitlines() if line.strip()]
    return [["" if cell == EMPTY else cell for cell in line] for line in lines]
