"""The sheet for the board: the numbers, what gave way in words, totals by group with charts, what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.output.workbook.contents import Contents, Measure, RuleLine, places_needed
from api.output.workbook.sheet import Cell, add_sheet, plain_columns, print_on, put, widths
from api.output.workbook.styles import AT_CAP, AT_FLOOR, BASELINE, OPEN, QUIET, TARGET, Styles

_CHARTED = 12
"""Groups in a chart, the largest targets first; the table beside it lists them all."""
_CHART_ROWS = 13
"""Rows of 15 points that a chart is high."""
_GRID = {"visible": True, "line": {"color": "#E4E7EB"}}


@dataclass(frozen=True)
class Total:
    """What one group comes to."""

    group: str
    partners: int
    baseline: float
    target: float

    @property
    def growth(self) -> float | None:
        """The target on the baseline; None on nothing."""
        return self.target / self.baseline - 1 if self.baseline > 0 else None


def totals_by(contents: Contents, measure: Measure, group: str | None) -> list[Total]:
    """The totals of a metric by the values of an attribute (None: all partners), the largest target first."""
    table = contents.targets
    columns = dict(zip(table.column_names, plain_columns(table), strict=True))
    cells = contents.attributes[group] if group else {}
    partners: dict[str, set[str]] = {}
    sums: dict[str, list[float]] = {}
    rows = zip(columns["partner"], columns["metric"], contents.baselines, columns["target"], strict=True)
    for partner, metric, baseline, target in rows:
        if metric == measure.name:
            name = (str(cells.get(partner) or "") or "(empty)") if group else "all partners"
            partners.setdefault(name, set()).add(partner)
            found = sums.setdefault(name, [0.0, 0.0])
            found[0] += baseline
            found[1] += target
    totals = [Total(name, len(partners[name]), *amounts) for name, amounts in sums.items()]
    return sorted(totals, key=lambda total: (-total.target, total.group))


def write_summary(book: Any, styles: Styles, contents: Contents) -> None:
    """The first sheet, on as few pages as it takes."""
    sheet = add_sheet(book, "Summary")
    widths(sheet, (34, 12, 16, 16, 14, 11, 14, 14, 14, 14))
    sheet.hide_gridlines(2)
    put(sheet, 0, 0, contents.title, styles.of(bold=True, font_size=18))
    sheet.set_row(0, 26)
    put(sheet, 1, 0, _state(contents), styles.quiet)
    row = _write_headline(sheet, styles, contents, 3)
    row = _write_gave_way(sheet, styles, contents, row + 1)
    for measure in contents.measures:
        for group in contents.groups:
            row = _write_group(book, sheet, styles, contents, measure, group, row + 1)
    row = _write_assumptions(sheet, styles, contents, row + 1)
    _write_legend(sheet, styles, row + 1)
    print_on(sheet, repeated_rows=0, title=contents.title)


def _state(contents: Contents) -> str:
    checked = f"{contents.limits_checked:,} hard limits recomputed exactly; every receipt adds up"
    words = [contents.scenario, contents.period, checked if contents.verified else "NOT VERIFIED"]
    return "  ·  ".join(word for word in words if word)


def _heads(sheet: Any, styles: Styles, row: int, heads: Sequence[str]) -> None:
    """Heads stand over their numbers, to the right; over texts to the left."""
    for column, head in enumerate(heads):
        text = column == 0 or head == "Unit"
        put(sheet, row, column, head, styles.head if text else styles.right_head)


def _write_headline(sheet: Any, styles: Styles, contents: Contents, row: int) -> int:
    """A row per metric; returns the row after the last."""
    _heads(sheet, styles, row, ("Metric", "Partners", "Baseline", "Target", "Change", "Growth", "Unit"))
    for measure in contents.measures:
        row += 1
        for total in totals_by(contents, measure, None):
            _write_total(sheet, styles, places_of_sums(contents, measure), row, measure.name, total)
        put(sheet, row, 6, measure.unit, styles.of(indent=1))
    return row + 1


def places_of_sums(contents: Contents, measure: Measure) -> int:
    """How many places the sums of a metric are shown with: rounded, baseline and change would not come to the target."""
    metrics = contents.targets.column("metric").to_pylist()
    mine = [
        amount for amount, metric in zip(contents.baselines, metrics, strict=True) if metric == measure.name
    ]
    return places_needed(mine, measure.decimals)


def _write_total(sheet: Any, styles: Styles, places: int, row: int, name: str, total: Total) -> None:
    amount = styles.amount(places)
    cells: tuple[tuple[Cell, Any], ...] = (
        (name, styles.text),
        (total.partners, styles.amount(0)),
        (total.baseline, amount),
        (total.target, styles.amount(places, bold=True)),
        (total.target - total.baseline, amount),
        (total.growth, styles.percent()),
    )
    for column, (cell, style) in enumerate(cells):
        put(sheet, row, column, cell, style)


def _write_gave_way(sheet: Any, styles: Styles, contents: Contents, row: int) -> int:
    missed = [line for line in contents.rules if not line.held]
    put(sheet, row, 0, "What gave way" if missed else "Every rule is kept", styles.section)
    for line in missed:
        row += 1
        put(sheet, row, 0, line.rule, styles.text)
        put(sheet, row, 1, gave_way(line), styles.text)
    return row + 1


def gave_way(line: RuleLine) -> str:
    """One rule that was missed, in words."""
    rank = "hard" if line.priority is None else f"priority {line.priority}"
    who = f", for {len(line.missed_for):,}" if len(line.missed_for) > 1 else ""
    amount = f"{line.missed:,.2f}".removesuffix(".00")
    against = f"; against it: {', '.join(line.against)}" if line.against else ""
    return f"{rank}: missed by {amount} {line.unit} in all{who}{against}"


def _write_group(
    book: Any, sheet: Any, styles: Styles, contents: Contents, measure: Measure, group: str, row: int
) -> int:
    """A table of one metric by one attribute with its chart beside it; returns the row after both."""
    totals = totals_by(contents, measure, group)
    put(sheet, row, 0, f"{measure.name.capitalize()} by {group}", styles.section)
    first, places = row + 2, places_of_sums(contents, measure)
    _heads(sheet, styles, row + 1, (group, "Partners", "Baseline", "Target", "Change", "Growth"))
    for number, total in enumerate(totals):
        _write_total(sheet, styles, places, first + number, total.group, total)
    last = first + min(len(totals), _CHARTED) - 1
    sheet.insert_chart(row, 6, _chart(book, sheet.get_name(), measure, group, first, last), {"x_offset": 12})
    return max(first + len(totals), row + _CHART_ROWS)


def _chart(book: Any, sheet: str, measure: Measure, group: str, first: int, last: int) -> Any:
    """Baseline and target side by side: a native chart, which follows the cells."""
    chart = book.add_chart({"type": "column"})
    for column, name, colour in ((2, "Baseline", BASELINE), (3, "Target", TARGET)):
        chart.add_series({
            "name": name, "categories": [sheet, first, 0, last, 0], "values": [sheet, first, column, last, column],
            "fill": {"color": colour}, "gap": 60, "overlap": 0,
        })  # fmt: skip
    chart.set_title(
        {"name": f"{measure.name} by {group}, {measure.unit}", "name_font": {"size": 11, "bold": True}}
    )
    chart.set_legend({"position": "bottom", "font": {"size": 9}})
    chart.set_y_axis(
        {
            "num_format": "#,##0",
            "num_font": {"size": 8},
            "major_gridlines": _GRID,
        }
    )
    chart.set_x_axis({"num_font": {"size": 9}})
    chart.set_size({"width": 520, "height": 20 * _CHART_ROWS - 12})
    return chart


def _write_assumptions(sheet: Any, styles: Styles, contents: Contents, row: int) -> int:
    put(sheet, row, 0, "What it rests on", styles.section)
    for name, value in contents.assumptions:
        row += 1
        put(sheet, row, 0, name, styles.text)
        put(sheet, row, 1, value, styles.quiet)
    return row + 1


def _write_legend(sheet: Any, styles: Styles, row: int) -> None:
    put(sheet, row, 0, "How to read the targets", styles.section)
    legend = (
        (AT_FLOOR, "at its floor", "the target cannot be lower: see What binds"),
        (AT_CAP, "at its cap", "the target cannot be higher: see What binds"),
        (
            OPEN,
            "Override, Reason, Until",
            "yours to fill; `cascade adjust` reads them back and shows what each costs",
        ),
    )
    for number, (colour, name, words) in enumerate(legend, 1):
        put(sheet, row + number, 0, name, styles.of(bg_color=colour))
        put(sheet, row + number, 1, words, styles.of(font_color=QUIET))
