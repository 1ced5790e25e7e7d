"""Cases: a few partners and a rule, and the rows, targets, conflict or finding that are expected of it."""

from __future__ import annotations

import csv
import json
import re
import shlex
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from scenarios import Place, Report, did_you_mean
from scenarios.findings.validate import Form, validate
from scenarios.values.names import Name
from scenarios.values.number_fields import Amount, refuse
from scenarios.values.quoting import quoted
from scenarios.yaml.parse import List, read_yaml

_FILE_NAME = re.compile(r"[A-Za-z0-9_]+\.csv")
"""A plain name, which leads nowhere but beside the scenario."""
RULE = "the rule"
"""The name of a rule that gives none."""
EMPTY = "-"
"""How an empty cell is written."""


def _named(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


def _table(value: object) -> object:
    try:
        cells(value if isinstance(value, str) else "")
    except ValueError as error:
        raise refuse("bad-value", f"is no table: {str(error).lower()}", "Close every quote") from None
    return value


Table = Annotated[str, BeforeValidator(_table)]
"""A table written in words: a line of column names, and a line for each partner."""


def _file_name(value: object) -> object:
    if not isinstance(value, str) or not _FILE_NAME.fullmatch(value):
        raise refuse("bad-name", f"is {quoted(value)}", "Name a file beside the scenario, such as plan.csv")
    return value


FileName = Annotated[str, BeforeValidator(_file_name)]
"""The name of a table beside the scenario."""
Asked = Annotated[dict[str, Any], BeforeValidator(_named)]
"""A rule written out, or the name of a rule of the file that is under test."""


class Case(Form):
    """One expectation."""

    name: Name
    """A sentence that says what is expected."""
    rule: Asked
    """The name of a rule of the rule file, or a rule written out; it may leave its kind to the case file."""
    beside: tuple[Asked, ...] = ()
    """More rules that are to hold."""
    scenario: dict[str, Any] = Field(default_factory=dict)
    """Fields of the scenario; those of the file where left out."""
    partners: Table = ""
    """The partner table, a line of column names and a line for each partner; the file's where left out."""
    files: dict[FileName, Table] = Field(default_factory=dict)
    """More tables beside the scenario, by file name, such as the plan and the actuals of a re-plan."""
    rows: str | None = None
    """The rule's rows as text."""
    finding: str | None = None
    """What is found, without its place."""
    target: dict[str, Amount | dict[str, Amount]] | None = None
    """The target of each partner, or of each of its metrics."""
    binds: tuple[str, ...] | None = None
    """Whom the rule binds, in the order of its rows; none where it has something to spare everywhere."""
    conflict: tuple[str, ...] | None = None
    """The rules and targets that cannot all hold together."""

    @model_validator(mode="after")
    def _expects_something(self) -> Self:
        if self.finding is None and not self.is_accepted:
            raise ValueError("say what is expected: rows, target, binds, conflict or finding")
        if self.conflict is not None and (self.target is not None or self.binds is not None):
            raise ValueError("a conflict has no target, and binds no partner")
        return self

    @property
    def is_accepted(self) -> bool:
        """Whether the rule is expected to be sound; else it is to be refused."""
        expected = (self.rows, self.target, self.binds, self.conflict)
        return any(each is not None for each in expected)

    @property
    def about(self) -> str:
        """The name of the rule."""
        return str(self.rule.get("name", RULE))

    @property
    def rules(self) -> tuple[dict[str, Any], ...]:
        """The rule, and those beside it."""
        return ({"name": RULE, **self.rule}, *self.beside)

    def targets(self, metric: str) -> dict[tuple[str, str], Fraction]:
        """The expected targets by partner and metric; `metric` is that of plain amounts."""
        given = {p: t if isinstance(t, dict) else {metric: t} for p, t in (self.target or {}).items()}
        return {(partner, m): amount for partner, of in given.items() for m, amount in of.items()}

    def write(self, folder: Path, rules: Sequence[Mapping[str, Any]] | None = None) -> Path:
        """Write the case's scenario, table and rules (or others) to a folder; returns the scenario's path."""
        for name, table in {**self.files, "partners.csv": self.partners}.items():
            with (folder / name).open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(cells(table))
        scenario = {"scenario": "case", "partners": "partners.csv", **self.scenario, "rules": ["rules.yaml"]}
        asked = {"rules": list(self.rules if rules is None else rules)}
        for name, data in (("scenario.yaml", scenario), ("rules.yaml", asked)):
            (folder / name).write_text(json.dumps(data, default=str, ensure_ascii=False), encoding="utf-8")
        return folder / "scenario.yaml"


class CaseFile(Form):
    """A file of cases, and what they share."""

    kind: str | None = None
    """The kind of every rule that names none."""
    scenario: dict[str, Any] = Field(default_factory=dict)
    """Fields of every case's scenario."""
    partners: Table = ""
    """The partner table of cases that have none of their own."""
    files: dict[FileName, Table] = Field(default_factory=dict)
    """More tables that every case has beside its scenario."""
    cases: tuple[Case, ...]
    """The cases, in order; at least one."""

    @field_validator("cases", mode="before")
    @classmethod
    def _has_some(cls, value: object) -> object:
        if isinstance(value, list) and not value:
            raise refuse("out-of-range", "is empty", "Name at least one")
        return value

    def complete(self, rules: Mapping[str, dict[str, Any]]) -> tuple[Case, ...]:
        """The cases with what they share, and the rules that they name, filled in."""
        kind = {"kind": self.kind} if self.kind else {}

        def whole(asked: dict[str, Any]) -> dict[str, Any]:
            return rules.get(asked["name"], asked) if asked.keys() == {"name"} else kind | asked

        return tuple(
            case.model_copy(
                update={
                    "rule": whole(case.rule),
                    "beside": tuple(map(whole, case.beside)),
                    "scenario": self.scenario | case.scenario,
                    "partners": case.partners or self.partners,
                    "files": self.files | case.files,
                }
            )
            for case in self.cases
        )


def read_cases(
    path: Path, report: Report, *, rules: Mapping[str, dict[str, Any]] | None = None
) -> tuple[Case, ...]:
    """The cases in a file; none after reporting its mistakes. `rules` are those that they may name."""
    return tuple(case for case, _ in read_placed_cases(path, report, rules=rules or {}, name=path.name))


def read_placed_cases(
    path: Path, report: Report, *, rules: Mapping[str, dict[str, Any]], name: str
) -> tuple[tuple[Case, Place], ...]:
    """The same, each with its place in the file, which findings call `name`."""
    data = read_yaml(path, report, name=name)
    file = None if data is None else validate(CaseFile, data, report, what="a case file")
    if data is None or file is None:
        return ()
    _check_names(data["cases"], rules, report)
    return tuple(zip(file.complete(rules), data["cases"].places, strict=True))


def _check_names(cases: List, rules: Mapping[str, Any], report: Report) -> None:
    """Reports rules that are named and are not there."""
    for case in cases:
        beside = case.get("beside", List(case.place))
        asked = [(case["rule"], case.value_places["rule"]), *zip(beside, beside.places, strict=True)]
        for name, place in asked:
            if isinstance(name, str) and name not in rules:
                remedy = did_you_mean(name, rules) or "Name a rule of the rule file, or write one out."
                report.error("unknown-name", place, f"there is no rule {name!r}", remedy)


def cells(table: str) -> list[list[str]]:
    """The cells of a table written as words, quoted where they hold spaces, `-` where empty."""
    lines = [shlex.split(line) for line in table.splitlines() if line.strip()]
    return [["" if cell == EMPTY else cell for cell in line] for line in lines]
