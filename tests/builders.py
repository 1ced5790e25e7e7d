"""Builders: small tables, frames, rules and scenarios, said in a line or two."""

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any

from rules import KINDS, CellIndex, Rule, RuleBook, library, read_book
from rules.cases import cells
from rules.columns import Columns
from rules.fields import references
from scenarios import Metric, PartnerTable, Place, Report, Scenario, parse_partners, read_scenario

COLUMNS = "partner_id tier region baseline potential"
"""The columns of a table whose builder names none."""
TODAY = date(2027, 1, 1)


def partners(*lines: str, columns: str = COLUMNS) -> PartnerTable:
    """A table from lines such as "acme gold north 100 150", in the form of the cases' tables."""
    rows = cells("\n".join((columns, *lines)))
    text = StringIO()
    csv.writer(text).writerows(rows)
    report = Report()
    table = parse_partners(text.getvalue().encode(), ".csv", rows[0][0], report, name="partners.csv")
    report.stop_on_errors()
    assert table is not None
    return table


def metric(name: str = "revenue", *, baseline: str | None = "baseline", **fields: Any) -> Metric:
    """A metric in whole USD that is shared out by its baseline."""
    given = {
        "unit": "USD",
        "round_to": Fraction(1),
        "fair_share": {baseline: Fraction(1)},
        "missing": None,
        "phasing": "even",
        "place": Place("scenario.yaml", 1),
    }
    return Metric(name=name, baseline=baseline, **(given | fields))


def frame(
    table: PartnerTable,
    *metrics: Metric,
    totals: Mapping[str, Fraction | int] | None = None,
    periods: Sequence[str] = (),
    missing: Mapping[str, Any] | None = None,
) -> CellIndex:
    """The cells of a table; company targets are the baselines where no totals are given."""
    named = {each.name: each for each in metrics or (metric(),)}
    start = CellIndex(Columns(table, missing or {}), named, tuple(periods))
    given = totals or {name: start.baseline(name).sum() for name in named}
    return CellIndex(start.columns, named, start.periods, {name: Fraction(t) for name, t in given.items()})


def rule(kind: str, *, metric: str | None = "revenue", **fields: Any) -> Rule:
    """A rule from its fields as they are written in YAML; raises ValidationError where they are wrong."""
    owner = {"metric": metric} if metric else {}
    return KINDS[kind].model_validate({"name": f"the {kind}", "kind": kind, **owner, **fields})


def book(of: CellIndex, *rules: Rule) -> RuleBook:
    """The rules of a frame, all standing in one file, one below the other."""
    return RuleBook(rules, {each.name: Place("rules.yaml", line) for line, each in enumerate(rules, 2)}, of)


def scenario_file(
    folder: Path, table: str, *, rules: Sequence[Mapping[str, Any]] = (), **fields: Any
) -> Path:
    """Write a scenario, its table (CSV text) and its rules into a folder; returns the scenario's path."""
    (folder / "partners.csv").write_text(table, encoding="utf-8")
    (folder / "rules.yaml").write_text(json.dumps({"rules": list(rules)}), encoding="utf-8")
    scenario = {"scenario": "small", "partners": "partners.csv", "rules": ["rules.yaml"], **fields}
    path = folder / "scenario.yaml"
    path.write_text(json.dumps(scenario), encoding="utf-8")
    return path


def read(path: Path) -> tuple[Scenario, RuleBook]:
    """The scenario in a file and its rule book; raises Refused where there are mistakes."""
    report = Report()
    scenario = read_scenario(path, report, library=library, as_of=TODAY)
    found = read_book(scenario, report) if scenario else None
    report.stop_on_errors()
    assert scenario is not None
    assert found is not None
    return scenario, found


def names_of(*rules: Rule, to: str) -> set[str]:
    """The columns ("number", "text") or metrics that rules refer to."""
    return {name for each in rules for _, name, what in references(each) if what == to}
