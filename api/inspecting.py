"""What is in the things people hand in: plain arguments, plain answers, nothing of the store, so it runs anywhere."""

from pathlib import Path
from typing import NamedTuple

from scenarios import Finding, Place, Refused, Report
from scenarios.findings import did_you_mean
from scenarios.partners import parse_partners
from scenarios.source import List, Map, parse_yaml


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
    """The table in a file of the form `csv`, `xlsx` or `parquet`."""
    report = Report()
    table = parse_partners(content, f".{form}", id_column, report, name=f"partners.{form}", sheet=sheet)
    if table is None:
        return TableFacts(0, [], report.findings)
    return TableFacts(len(table), list(table.columns), report.findings)


def inspect_rules(content: bytes) -> tuple[Finding, ...]:
    """What is wrong in a rule file whatever table it will meet."""
    from rules import KINDS

    report = Report()
    top = parse_yaml(content, report, name="rules.yaml")
    entries = top.get("rules") if top is not None else None
    if top is not None and not isinstance(entries, List):
        place = top.value_places.get("rules", Place("rules.yaml", 1, 1))
        report.error("missing-field", place, "there is no list of rules", "Write rules: and a list.")
    for entry in entries if isinstance(entries, List) else ():
        kind = entry.get("kind") if isinstance(entry, Map) else None
        if isinstance(entry, Map) and kind not in KINDS:
            place = entry.value_places.get("kind", entry.place)
            said = f"no rule kind {str(kind)[:100]!r}"
            report.error("unknown-kind", place, said, did_you_mean(str(kind), KINDS).strip())
    return report.findings


def inspect_document(text: str | bytes, name: str) -> Document:
    """A YAML text, which may be JSON."""
    report = Report()
    top = parse_yaml(text, report, name=name)
    return Document(None if report.has_errors else top, report.findings)


def inspect_scenario(folder: Path) -> tuple[Finding, ...]:
    """The mistakes and doubts that a solve would tell of the folder's scenario."""
    from api.asking import read

    try:
        return read(folder).findings
    except Refused as refused:
        return refused.findings
