"""Split credit: partners that count in several groups at once, by shares that add to one."""

from __future__ import annotations

import numpy as np

from scenarios.findings.finding import Finding, Place
from scenarios.forms import ScenarioForm
from scenarios.read.references import COMPANY, PARTNER
from scenarios.read.symbols import Symbols
from scenarios.read.variants import place_of
from scenarios.tables.row_findings import row_findings
from scenarios.values.located import Map
from scenarios.values.quoting import quoted
from scenarios.values.rational_array import Exact


def check_shares(form: ScenarioForm, data: Map, known: Symbols) -> None:
    """Reports splits that are called like a column, and partners whose shares do not add to one."""
    for name, groups in form.shares.items():
        place = data["shares"].places[name]
        if name in (*known.table.columns, COMPANY, PARTNER):
            message = f"{quoted(name)} is a column or a level already"
            known.report.error("duplicate-name", place, message, "Call the split by a name of its own.")
        elif not groups:
            known.report.error(
                "missing-field", place, f"{quoted(name)} has no groups", "Write GROUP: COLUMN."
            )
        elif len(set(groups.values())) < len(groups):
            message = f"groups of {quoted(name)} name the same column"
            known.report.error("bad-value", place, message, "Give each group a column of its own.")
        else:
            declared = data["shares"][name]
            exist = [known.column(column, place_of(declared, group)) for group, column in groups.items()]
            if all(exist):
                _check_sums(name, tuple(groups.values()), known)


def _check_sums(name: str, columns: tuple[str, ...], known: Symbols) -> None:
    table = known.table
    cells = [known.amounts(column, f"the split {name}", "zero") for column in columns]
    if any(
        not np.array_equal(np.isnan(each), table.empty(column))
        for each, column in zip(cells, columns, strict=True)
    ):
        return
    total = sum((Exact.from_floats(np.nan_to_num(each)) for each in cells), Exact.full(len(table), 0))

    def finding(row: int) -> Finding:
        message = f"shares of {name} come to {float(total.at(row) * 100):.10g} % for {table.ids[row]}"
        remedy = f"Correct {', '.join(columns)}: together they are 100 %, and an empty cell is none."
        if total.at(row) == 100:
            remedy = "Write percent signs, or 0.6 for 60: numbers without a sign are not percentages."
        return Finding("shares-sum", Place(table.name, table.place(row).line), message, remedy)

    for each in row_findings(np.flatnonzero(~total.equals(1)).tolist(), finding):
        known.report.add(each)
