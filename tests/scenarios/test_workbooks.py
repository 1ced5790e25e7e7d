"""Excel, Parquet and data frames give the same table as the CSV file would."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from functools import partial

import pandas as pd
import pyarrow as pa
import pytest
import xlsxwriter
from pyarrow import parquet

from scenarios import PartnerTable, Report, from_frame, parse_partners

ROWS = [
    ["id", "name", "sales", "since", "active"],
    ["A1", "Acme, Inc.", 12, dt.date(2020, 1, 2), True],
    [1002, "=1+1", 0.1, None, False],
    ["C3", None, None, None, None],
]


def workbook(rows: list[list[object]], sheets: tuple[str, ...] = ("Partners",)) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out, {"strings_to_formulas": False, "default_date_format": "yyyy-mm-dd"}
    ) as book:
        for sheet in [book.add_worksheet(name) for name in sheets]:
            for at, row in enumerate(rows):
                for column, value in enumerate(row):
                    sheet.write(at, column, value)
    return out.getvalue()


def changed(content: bytes, **parts: Callable[[str], str]) -> bytes:
    """The workbook with the XML of some parts rewritten; `sheet` and `strings` name the usual ones."""
    names = {
        "sheet": "xl/worksheets/sheet1.xml",
        "strings": "xl/sharedStrings.xml",
        "styles": "xl/styles.xml",
    }
    wanted = {names[part]: change for part, change in parts.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name).decode()
            new.writestr(name, wanted[name](text) if name in wanted else text)
    return out.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, part)
    return out.getvalue()


def parse(
    content: bytes, ending: str = ".xlsx", sheet: str | None = None
) -> tuple[PartnerTable | None, list[str]]:
    report = Report()
    table = parse_partners(content, ending, "id", report, name=f"p{ending}", sheet=sheet)
    return table, [str(finding) for finding in report.findings]


def test_a_sheet_is_read_as_a_person_would_have_typed_it() -> None:
    table, found = parse(workbook(ROWS))
    assert [each.partition(": ")[0] for each in found] == ["p.xlsx:Partners!A4"], "C3 has nothing but its id"
    assert table is not None
    assert table.ids.tolist() == ["A1", "1002", "C3"]
    assert table.text("name").tolist() == ["Acme, Inc.", "=1+1", ""]
    assert table.text("sales").tolist() == ["12", "0.1", ""]
    assert table.text("since").tolist() == ["2020-01-02", "", ""]
    assert table.text("active").tolist() == ["TRUE", "FALSE", ""]


def test_rows_keep_their_numbers_and_blank_ones_say_nothing() -> None:
    table, found = parse(workbook([[], ["id", "x"], ["A1", 1], [], ["B2", 2], ["", ""]]))
    assert found == []
    assert table is not None
    assert [str(table.place(row)) for row in range(2)] == ["p.xlsx:3", "p.xlsx:5"]


def test_a_sheet_is_found_by_name() -> None:
    content = workbook([["id"], ["A1"]], sheets=("Notes", "Partners"))
    assert parse(content, sheet="Partners")[0] is not None
    assert parse(content, sheet="Partner")[1] == [
        "p.xlsx: unknown-sheet: no sheet 'Partner'. Did you mean 'Partners'?"
    ]


def far_corner(xml: str) -> str:
    return xml.replace('r="B2"', 'r="XFD1048576"')


def unnumbered(xml: str) -> str:
    cells = "<c t='b'><v>1</v></c>" * 10_000
    return xml.replace("</sheetData>", f"<row>{cells}</row>{'<row/>' * 100_000}</sheetData>")


def long_string(xml: str) -> str:
    return xml.replace("<t>A1</t>", f"<t>{'x' * 8_000_000}</t>")


def many_cells(xml: str) -> str:
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>2</v></c></row>' for n in range(4, 2000))
    return xml.replace("</sheetData>", f"{rows}</sheetData>")


SMALL = workbook([["id", "x"], ["A1", 1], ["B2", 2]])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty-table: the file is empty"),
        (b"id,x\nA1,1\n", "not-a-table: the file says .xlsx but is text"),
        (SMALL[:500], "not-a-table: the file says .xlsx but is no readable workbook"),
        (workbook([]), "empty-table: the sheet is empty"),
        (with_part(SMALL, "xl/vbaProject.bin", b"x"), "not-a-table: the workbook holds macros"),
        (with_part(SMALL, "xl/embeddings/x.xlsx", b"x"), "not-a-table: the workbook holds another archive"),
        (
            with_part(SMALL, "XL/WORKBOOK.XML", b"x"),
            "not-a-table: the workbook holds two files of the same name",
        ),
        (
            changed(SMALL, sheet=far_corner),
            "too-large: a sheet spans 1,048,576 rows, nearly all of them empty",
        ),
        (changed(SMALL, sheet=unnumbered), "too-large: a sheet spans 100,004 rows, nearly all of them empty"),
        (
            partial(changed, SMALL, strings=long_string, sheet=many_cells),
            "too-large: very many cells could hold a very long text",
        ),
        (
            partial(changed, SMALL, styles=lambda xml: xml + " " * 300_000_000),
            "too-large: the workbook unpacks to more than 250,000,000 bytes",
        ),
    ],
    ids=[
        "nothing",
        "text",
        "torn",
        "empty",
        "macros",
        "nested",
        "twice",
        "corner",
        "unnumbered",
        "string",
        "bomb",
    ],
)
def test_a_workbook_that_is_none_or_a_bomb_is_refused_before_it_is_read(
    content: bytes | Callable[[], bytes], message: str
) -> None:
    """The large ones are made here: made above, they would be at every collection."""
    table, found = parse(content if isinstance(content, bytes) else content())
    assert table is None
    assert [line.startswith(f"p.xlsx: {message}") for line in found] == [True], found


def test_a_size_that_lies_does_not_get_past() -> None:
    content = bytearray(changed(SMALL, styles=lambda xml: xml + " " * 1_000_000))
    entry = content.rindex(b"xl/styles.xml") - 46
    content[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    assert parse(bytes(content))[1][0].startswith(
        "p.xlsx: not-a-table: the file says .xlsx but is no readable"
    )


def test_another_archive_is_no_workbook() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")
    assert parse(out.getvalue())[1] == [
        "p.xlsx: not-a-table: the file says .xlsx but is another archive. Save it as .xlsx, or name it by what it is."
    ]


def stored(table: pa.Table) -> bytes:
    out = io.BytesIO()
    parquet.write_table(table, out)
    return out.getvalue()


TYPED = pa.table(
    {
        "id": ["A1", "B2", "C3"],
        "name": pa.array(["Acme", None, "Acme"]).dictionary_encode(),
        "sales": [12.0, 0.1, None],
        "count": [1, None, 3],
        "since": [dt.date(2020, 1, 2), None, None],
        "at": [dt.datetime(2020, 1, 2), dt.datetime(2020, 1, 2, 3, 4), None],
        "active": [True, False, None],
    }
)
TEXTS = {
    "name": ["Acme", "", "Acme"],
    "sales": ["12", "0.1", ""],
    "count": ["1", "", "3"],
    "since": ["2020-01-02", "", ""],
    "at": ["2020-01-02", "2020-01-02T03:04:00.000000", ""],
    "active": ["TRUE", "FALSE", ""],
}


def test_parquet_columns_are_read_as_a_person_would_have_typed_them() -> None:
    table, found = parse(stored(TYPED), ".parquet")
    assert found == []
    assert table is not None
    assert table.ids.tolist() == ["A1", "B2", "C3"]
    assert {name: table.text(name).tolist() for name in TEXTS} == TEXTS
    assert str(table.place(2)) == "p.parquet:3"


def test_nested_columns_and_other_files_are_no_parquet_table() -> None:
    nested = stored(pa.table({"id": ["A1"], "x": [[1, 2]]}))
    assert parse(nested, ".parquet")[1][0].startswith("p.parquet: not-a-table: column 'x' holds list<")
    for content in (b"", b"PAR1", b"id,x\n", stored(TYPED)[:-20]):
        assert parse(content, ".parquet")[1] == [
            "p.parquet: not-a-table: the file says .parquet but is no Parquet file. "
            "Save it as Parquet, or name it by what it is."
        ]


def test_a_word_kept_once_and_meant_a_million_times_is_refused() -> None:
    words = pa.DictionaryArray.from_arrays(pa.array([0] * 10_000, pa.int32()), ["x" * 90_000])
    content = stored(pa.table({"id": [str(n) for n in range(10_000)], "x": words}))
    assert len(content) < 1_000_000
    assert parse(content, ".parquet")[1] == [
        "p.parquet: too-large: a column comes to more than 250,000,000 bytes of text."
    ]


def test_a_frame_is_a_table_too() -> None:
    report = Report()
    frame = pd.DataFrame({"id": ["A1", "B2"], "sales": [1.5, None], 2020: [1, 2], "ok": [True, False]})
    table = from_frame(frame, "id", report)
    assert report.findings == ()
    assert table is not None
    assert table.columns == ("id", "sales", "2020", "ok")
    assert table.text("sales").tolist() == ["1.5", ""]
    assert str(table.place(1)) == "partners:2"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (pd.DataFrame({"id": ["A1", "A1"]}), "duplicate-partner"),
        (pd.DataFrame({"key": ["A1"]}), "unknown-column"),
        (pd.DataFrame({"id": []}), "empty-table"),
        (pd.DataFrame([["A1", 1, 2]], columns=["id", "x", "x"]), "not-a-table"),
        (pd.DataFrame({"id": ["A1"], "x": [object()]}), "not-a-table"),
    ],
    ids=["twice", "no id", "empty", "columns", "objects"],
)
def test_a_frame_that_is_no_partner_table_has_findings(frame: pd.DataFrame, code: str) -> None:
    report = Report()
    assert from_frame(frame, "id", report) is None
    assert [finding.code for finding in report.findings] == [code]
