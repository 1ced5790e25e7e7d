"""A review as one page of HTML that stands alone: no script, nothing loaded, ready to be printed."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

from api.analysis.review.document import ReviewDocument, ReviewMetric
from api.output.numbers import amount, decimals_of
from api.text.parts import over_text
from api.text.review import (
    COMMITMENTS,
    before_text,
    forecast_text,
    ratio,
    receipt_text,
    response_text,
    review_sections,
    who,
)
from api.text.standing import STATES

STYLE = """
@page { size: A4; margin: 14mm 15mm }
body { font: 10pt/1.35 "Liberation Sans", Arial, Helvetica, sans-serif; color: #111; margin: 0 auto; max-width: 180mm }
h1 { font-size: 1.6em; margin: 0 } h2 { font-size: 1.1em; margin: 1.1em 0 .2em }
p { margin: .25em 0 } .soft { color: #555 } .state { font-weight: bold }
table { border-collapse: collapse; width: 100%; margin: .3em 0 }
caption { text-align: left; color: #555 } th, td { padding: .15em .4em; text-align: right; border-bottom: .5pt solid #bbb }
th:first-child, td:first-child, td.text { text-align: left } thead th { border-bottom: 1pt solid #333 }
svg { display: block; width: 100%; height: auto } .bar { fill: #2a6f97 } .band { fill: #dde5ea } .due { stroke: #111 }
li.blank { border-bottom: .5pt solid #777; height: 1.9em; margin-right: 0 } ol { padding-left: 1.4em; margin: .3em 0 }
"""
"""It is the only style; what is sent over HTTP allows it by its hash."""
_HEAD = ("", "target", "done", "due", "attained", "pace", "needed", "state")
_WIDTH, _ROW = 700, 12
"""Of the bars, in the picture's units."""


def review_html(document: ReviewDocument, *, style: str = STYLE) -> str:
    """The page."""
    html = Element("html", lang="en")
    head, body = SubElement(html, "head"), SubElement(html, "body")
    SubElement(head, "meta", charset="utf-8")
    _text(head, "title", f"{who(document)}, {document.title or document.scenario}")
    _text(head, "style", style)
    _text(body, "h1", " ".join(filter(None, (document.name or document.partner, document.tier))))
    day = f"{document.title or document.scenario}, {document.as_of}: {over_text(document.parts)}"
    _text(body, "p", f"{document.partner}. {day}").set("class", "soft")
    _standing(body, document)
    for name, metric in document.metrics.items():
        _metric(body, name, metric)
    _listed(body, "Answered", map(response_text, document.responses))
    for title, lines in review_sections(document):
        _listed(body, title, lines)
    _commitments(body, document.commitments)
    for finding in document.findings:
        _text(body, "p", f"{finding.message}. {finding.remedy}").set("class", "soft")
    return "<!doctype html>\n" + tostring(html, encoding="unicode", method="html") + "\n"


def _text(parent: Element, tag: str, text: str) -> Element:
    found = SubElement(parent, tag)
    found.text = text
    return found


def _standing(body: Element, document: ReviewDocument) -> None:
    rows = []
    for name, metric in document.metrics.items():
        at, decimals = metric.standing, decimals_of(metric.round_to)
        amounts = (amount(each, decimals=decimals) for each in (at.target, at.done, at.expected))
        ratios = map(ratio, (at.attainment, at.pace, at.required_pace))
        label = f"{name}, {metric.unit}" if metric.unit != name else name
        rows.append((label, *amounts, *ratios, STATES.get(at.state, at.state)))
    _table(body, "Where it stands", _HEAD, rows)


def _table(body: Element, caption: str, head: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    table = SubElement(body, "table")
    _text(table, "caption", caption)
    row = SubElement(SubElement(table, "thead"), "tr")
    for cell in head:
        _text(row, "th", cell).set("scope", "col")
    within = SubElement(table, "tbody")
    for cells in rows:
        row = SubElement(within, "tr")
        for number, cell in enumerate(cells):
            _text(row, "td" if number else "th", cell).set(*(("class", "n") if number else ("scope", "row")))


def _metric(body: Element, name: str, metric: ReviewMetric) -> None:
    decimals = decimals_of(metric.round_to)
    _text(body, "h2", name)
    _bar(body, name, metric)
    text = forecast_text(metric)
    _text(body, "p", f"{text[:1].upper()}{text[1:]}.")
    if len(metric.parts) > 1:
        head = ("", *(part.name for part in metric.parts))
        targets = ("target", *(amount(part.target, decimals=decimals) for part in metric.parts))
        done = ("done", *("–" if p.done is None else amount(p.done, decimals=decimals) for p in metric.parts))
        _table(body, f"{name} by part", head, (targets, done))
    if metric.before:
        _text(body, "p", f"Before: {before_text(metric)}.").set("class", "soft")
    if metric.receipt:
        _text(body, "p", f"The target is made of {receipt_text(metric)}.").set("class", "soft")


def _bar(body: Element, name: str, metric: ReviewMetric) -> None:
    """What is done as a bar on what is asked, with a mark at what is due."""
    at = metric.standing
    target, done, due = (max(0.0, float(each)) for each in (at.target, at.done, at.expected))
    scale = _WIDTH / (max(target, done, due) or 1.0)
    picture = SubElement(body, "svg", viewBox=f"0 0 {_WIDTH} {_ROW}", role="img")
    picture.set(
        "aria-label", f"{name}: {amount(at.done)} done of {amount(at.target)}, {amount(at.expected)} due"
    )
    for kind, length in (("band", target), ("bar", done)):
        SubElement(picture, "rect", {"class": kind}, width=f"{length * scale:.2f}", height=str(_ROW))
    x = f"{min(due * scale, _WIDTH - 1):.2f}"
    SubElement(picture, "line", {"class": "due"}, x1=x, x2=x, y1="0", y2=str(_ROW))


def _listed(body: Element, title: str, lines: Iterable[str]) -> None:
    found = list(lines)
    if found:
        _text(body, "h2", title)
        for line in found:
            _text(body, "p", line)


def _commitments(body: Element, commitments: tuple[str, ...]) -> None:
    """What is agreed, and lines to write what is not yet."""
    _text(body, "h2", "What we agree on until the next review")
    listed = SubElement(body, "ol")
    for each in commitments:
        _text(listed, "li", each)
    for _ in range(COMMITMENTS - len(commitments)):
        _text(listed, "li", "").set("class", "blank")
