"""Tables of every format: what a file's ending says it is, or what it is called instead."""

from scenarios.tables.cells import MAX_BYTES, Cells, Unreadable
from scenarios.tables.options import TableOptions

TEXTS = (".csv", ".tsv", ".tab", ".txt", ".psv")
"""Endings of tables of text; `.gz` may follow."""
BOOKS = (".xlsx", ".xls", ".xlsb", ".ods")
"""Endings of workbooks."""
ENDINGS = (*TEXTS, ".csv.gz", *BOOKS, ".parquet", ".feather")
"""What a partner table's name may end with."""


def ending_of(file: str) -> str | None:
    """The ending that says how a file is read as a table; None where it is read as none."""
    name = file.lower()
    endings = (*ENDINGS, ".arrow", *(f"{ending}.gz" for ending in TEXTS))
    return max((each for each in endings if name.endswith(each)), key=len, default=None)


_REMEDIES = {
    ".xlsm": ("a workbook with macros", "Save it as .xlsx; macros are never run."),
    ".xltx": ("a template of workbooks", "Save it as .xlsx."),
    ".xml": ("XML", "Save it as CSV or .xlsx."),
    ".html": ("a web page", "Save the table as CSV or .xlsx."),
    ".htm": ("a web page", "Save the table as CSV or .xlsx."),
    ".json": ("JSON", "Save the table as CSV or .xlsx."),
    ".pdf": ("a PDF", "Export the table as CSV or .xlsx."),
    ".numbers": ("an Apple Numbers document", "Export it as .xlsx or CSV."),
    ".docx": ("a text document", "Copy the table to a workbook."),
    ".zip": ("a zip archive", "Unpack it."),
}


def read_cells(content: bytes, file: str, options: TableOptions) -> Cells:
    """The cells in a file; `file` is its name, or its ending, in small letters. Raises Unreadable."""
    if len(content) > MAX_BYTES:
        raise Unreadable("too-large", f"the file is larger than {MAX_BYTES:,} bytes", "Split it.")
    if file.removesuffix(".gz").endswith(TEXTS):
        from scenarios.tables.delimited import read_csv

        return read_csv(content, options)
    for ending in BOOKS:
        if file.endswith(ending):
            from scenarios.tables.workbook import read_workbook

            return read_workbook(content, ending, options)
    if file.endswith(".parquet"):
        from scenarios.tables.columnar import read_parquet

        return read_parquet(content)
    if file.endswith((".feather", ".arrow")):
        from scenarios.tables.columnar import read_feather

        return read_feather(content)
    raise _unknown(file)


def _unknown(file: str) -> Unreadable:
    ending = f".{file.rpartition('.')[2]}" if "." in file else ""
    if ending in _REMEDIES:
        what, remedy = _REMEDIES[ending]
        return Unreadable("unknown-format", f"the file is {what} ({ending})", remedy)
    return Unreadable("unknown-format", f"no format has the ending {ending!r}", f"Use {', '.join(ENDINGS)}.")
