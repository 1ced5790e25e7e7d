"""The scenario's own names for columns: an export keeps its headings, the rules keep their words."""

from dataclasses import replace

from scenarios.findings.finding import Place, Report, did_you_mean
from scenarios.tables.cells import Cells
from scenarios.tables.options import TableOptions
from scenarios.values.names import normalised
from scenarios.values.quoting import quoted


def rename_columns(cells: Cells, options: TableOptions, report: Report, name: str) -> Cells | None:
    """The same table with the scenario's names; None after reporting columns that do not exist."""
    names = [normalised(each) for each in cells.names]
    place, sound = Place(name, cells.header_line), True
    renamed, given = list(names), dict[str, str]()
    for ours, theirs in options.columns.items():
        theirs = normalised(theirs)
        if theirs not in names:
            remedy = did_you_mean(theirs, names) or f"Columns: {', '.join(names[:30])}."
            message = f"no column {quoted(theirs)}, which columns calls {quoted(ours)}"
            report.error("unknown-column", place, message, remedy)
            sound = False
        elif ours in names and ours != theirs and ours not in map(normalised, options.columns.values()):
            message = f"columns calls {quoted(theirs)} {quoted(ours)}, and there is such a column already"
            report.error("duplicate-column", place, message, "Choose another name.")
            sound = False
        elif names.count(theirs) > 1:
            message = f"two columns are called {quoted(theirs)}, which columns calls {quoted(ours)}"
            report.error("duplicate-column", place, message, "Rename one in the file.")
            sound = False
        elif theirs in given:
            both = f"{quoted(given[theirs])} and {quoted(ours)}"
            message = f"columns calls {quoted(theirs)} both {both}"
            report.error(
                "duplicate-column", place, message, "Keep one of the two names, and use it throughout."
            )
            sound = False
        else:
            renamed[names.index(theirs)] = given[theirs] = ours
    return replace(cells, names=tuple(renamed)) if sound else None
