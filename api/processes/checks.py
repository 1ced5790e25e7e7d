"""What is in the things people upload: plain arguments, plain answers, nothing of the store, so it runs anywhere."""

from datetime import date
from pathlib import Path
from typing import NamedTuple

from scenarios import Finding, Place, Refused, Report
from scenarios.findings.finding import did_you_mean
from scenarios.partners import parse_partners
from scenarios.yaml.parse import List, Map, parse_yaml


class TableFacts(NamedTuple):
    """What is known of a partner table."""

    partners: int
    columns: list[str]
    findings: tuple[Finding, ...]


class Document(NamedTuple):
    """What a YAML text says; None after mistakes."""

    top: Map | None
    findings: tuple[Finding, ...]


def inspect_table(content: bytes, form: str, id_column: str, sheet: str | None) -> TableFacts:
    """The table in a file of the form, such as `csv` or `csv.gz`, and what was assumed to read it."""
    report = Report()
    table = parse_partners(content, f".{form}", id_column, report, name=f"partners.{form}", sheet=sheet)
    if table is None:
        return TableFacts(0, [], report.findings)
    table.report_used(report)
    return TableFacts(len(table), list(table.columns), report.findings)


def inspect_actuals(content: bytes, form: str, id_column: str) -> TableFacts:
    """The actuals in a file of the form, which need an amount in every row; `partners` counts its rows."""
    from scenarios.actuals.facts import AMOUNT, ActualsFile, rows_of_actuals

    report = Report()
    table = rows_of_actuals(ActualsFile(content, f".{form}", f"actuals.{form}"), id_column, report)
    if table is None:
        return TableFacts(0, [], report.findings)
    if AMOUNT in table.columns:
        table.numbers(AMOUNT, report)
    else:
        remedy = (
            did_you_mean(AMOUNT, table.columns) or "Actuals are partner_id, metric, period, amount, as_of."
        )
        report.error("unknown-column", Place(table.name), f"no column {AMOUNT!r}", remedy)
    return TableFacts(len(table), list(table.columns), report.findings)


def inspect_rules(content: bytes) -> tuple[Finding, ...]:
    """What is wrong in a rule file whatever table it will meet."""
    report = Report()
    top = parse_yaml(content, report, name="rules.yaml")
    entries = top.get("rules") if top is not None else None
    if top is not None and not isinstance(entries, List):
        place = top.value_places.get("rules", Place("rules.yaml", 1, 1))
        report.error("missing-field", place, "there is no list of rules", "Write rules: and a list.")
    for entry in entries if isinstance(entries, List) else ():
        if isinstance(entry, Map):
            _inspect_kind(entry, report)
    return report.findings


def _inspect_kind(entry: Map, report: Report) -> None:
    from rules import KINDS
    from rules.kinds_outside import BrokenKind, known_kind

    name, place = str(entry.get("kind"))[:100], entry.value_places.get("kind", entry.place)
    try:
        if known_kind(name) is None:
            report.error("unknown-kind", place, f"no rule kind {name!r}", did_you_mean(name, KINDS).strip())
    except BrokenKind as broken:
        report.error("broken-kind", place, str(broken))


def inspect_document(text: str | bytes, name: str) -> Document:
    """A YAML text, which may be JSON."""
    report = Report()
    top = parse_yaml(text, report, name=name)
    return Document(None if report.has_errors else top, report.findings)


def inspect_scenario(folder: Path) -> tuple[Finding, ...]:
    """The mistakes and doubts that a solve would find in the folder's scenario."""
    from rules.load import load

    try:
        return load(folder).findings
    except Refused as refused:
        return refused.findings


def inspect_last_day(folder: Path) -> date | None:
    """The last day of the period of the folder's scenario; None without a calendar."""
    from rules.load import load

    try:
        calendar = load(folder).scenario.calendar
    except Refused:
        return None
    return calendar.last_day if calendar else None
