"""CSV tables: one row per partner, every row with its true line, every mistake reported."""

import csv
import io
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios import PartnerTable, Report, parse_partners, read_partners
from scenarios.tables.cells import MAX_CHARACTERS
from scenarios.tables.formula_guard import unguarded


def parse(content: str | bytes, id_column: str = "id") -> tuple[PartnerTable | None, list[str]]:
    report = Report()
    raw = content.encode() if isinstance(content, str) else content
    table = parse_partners(raw, ".csv", id_column, report, name="p.csv")
    return table, [str(finding) for finding in report.findings]


def sound(content: str | bytes) -> PartnerTable:
    table, found = parse(content)
    assert found == []
    assert table is not None
    return table


def test_a_table_gives_ids_texts_and_numbers() -> None:
    table = sound("id,name,sales\nA1,Acme,1.5\nB2, Bo ,\nC3,,0\n")
    assert (table.ids.tolist(), table.columns, len(table)) == (["A1", "B2", "C3"], ("id", "name", "sales"), 3)
    assert table.text("name").tolist() == ["Acme", "Bo", ""]
    assert table.empty("sales").tolist() == [False, True, False]
    np.testing.assert_array_equal(table.numbers("sales"), [1.5, np.nan, 0])
    assert (table.position("B2"), table.position("X")) == (1, None)


def test_lines_are_true_with_quotes_newlines_and_blank_lines() -> None:
    table = sound('id,note\r\nA1,"two\r\nlines, and ""quotes"""\r\n\r\nB2,x\r\n')
    assert [str(table.place(row)) for row in range(2)] == ["p.csv:2", "p.csv:5"]
    assert table.text("note").tolist() == ['two\r\nlines, and "quotes"', "x"]


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffid,x\nA1,1\n",
        "id,x\r\nA1,1",
        "id,x\rA1,1\r",
        "\n\nid,x\n\nA1,1\n\n",
        'id,x\n"A1","1"\n',
        "id,x\nA1,1\n,\n,\n",
        " id , x \n A1 , 1 \n",
    ],
)
def test_the_ways_in_which_programs_write_csv_are_read_alike(content: str) -> None:
    table = sound(content)
    assert (table.ids.tolist(), table.columns, table.numbers("x").tolist()) == (["A1"], ("id", "x"), [1.0])


def test_cells_guarded_against_spreadsheets_are_read_without_the_guard() -> None:
    table = sound("id,x\n'=A1,'-5\nB2,'quoted\n'+C,'@x\n")
    assert table.ids.tolist() == ["=A1", "B2", "+C"]
    assert table.text("x").tolist() == ["-5", "'quoted", "@x"]


def test_ids_are_composed_so_that_what_looks_alike_is_alike() -> None:
    assert sound("id,x\nZoe\u0308,1\n").ids.tolist() == ["Zoë"]
    _, found = parse("id,x\nZoe\u0308,1\nZoë,2\n")
    assert found == ["p.csv:3: duplicate-partner: 'Zoë' stands on line 2 already. Keep one row per partner."]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", "p.csv: empty-table: the file is empty. Add a header row and one row per partner."),
        ("id,x\n", "p.csv: empty-table: the table has no rows. Add one row per partner."),
        ("id,x\n,\n", "p.csv: empty-table: the table has no rows. Add one row per partner."),
        ("key,x\nA1,1\n", "p.csv:1: unknown-column: no column 'id' to identify partners. Columns: key, x."),
        (
            "idx,x\nA1,1\n",
            "p.csv:1: unknown-column: no column 'id' to identify partners. Did you mean 'idx'?",
        ),
        (
            "id,x,id\nA1,1,2\n",
            "p.csv:1: duplicate-column: two columns are called 'id'. Rename one.",
        ),
        (
            "id,,x\nA1,1,2\n",
            "p.csv:2: bad-name: the name of column 2 is empty, and it holds '1'. "
            "Name every column, or clear the cell.",
        ),
        ("id,x\nA1,1\n,2\n", "p.csv:3: empty-id: id is empty. Fill it, or remove the row."),
        ("id,x\nA\u200b1,1\n", "p.csv:2: bad-id: id 'A\\u200b1' holds the invisible character U+200B. "),
        ('id,x\n"A\n1",1\n', "p.csv:2: bad-id: id 'A\\n1' holds the invisible character U+000A. "),
        (f"id,x\n{'A' * 201},1\n", f"p.csv:2: bad-id: id '{'A' * 40}' is longer than 200 characters. "),
        (
            "id,x\nA1\n",
            "p.csv:2: ragged-row: the row has 1 cells, the header has 2. Quote cells that hold commas.",
        ),
        ("id,x\nA1,1,000\n", "p.csv:2: ragged-row: the row has 3 cells, the header has 2. "),
        ('id,x\n"A\n1",1\nB2\n', "p.csv:4: ragged-row: the row has 1 cells, the header has 2. "),
        ('id,x\nA1,"1\nB2,2\n', "p.csv:2: not-a-table: a quote is opened and never closed. "),
        (
            b"PK\x03\x04rest",
            "p.csv: not-a-table: the file says it is text but is a zip archive, such as .xlsx. ",
        ),
        (b"id,x\nA1,\x00\n", "p.csv:2: not-a-table: the file holds a NUL byte, so it is not text. "),
        (
            f"id,x\nA1,{'x' * (MAX_CHARACTERS + 1)}\n",
            "p.csv: too-large: a cell of x holds 100,001 characters. Shorten it to 100,000.",
        ),
        (
            "id," + ",".join(f"c{n}" for n in range(1000)) + "\n",
            "p.csv: too-large: 1,001 columns, more than 1,000. ",
        ),
    ],
)
def test_what_is_no_partner_table_is_reported_once_with_its_line(content: str | bytes, line: str) -> None:
    table, found = parse(content)
    assert table is None
    assert [each.startswith(line) for each in found] == [True], found


def test_an_unknown_ending_and_a_missing_file_are_findings(tmp_path: Path) -> None:
    (tmp_path / "p.doc").write_text("x")
    report = Report()
    assert read_partners(tmp_path / "p.doc", "id", report, name="p.doc") is None
    assert read_partners(tmp_path / "q.csv", "id", report, name="q.csv") is None
    assert [finding.code for finding in report.findings] == ["unknown-format", "missing-file"]


@pytest.mark.parametrize(
    ("cell", "number"),
    [("3%", 0.03), ("-1.5", -1.5), ("1e3", 1000.0), (" 7 ", 7.0), ("+2", 2.0), (".5", 0.5), ("48 %", 0.48)],
)
def test_cells_are_numbers_as_people_write_them(cell: str, number: float) -> None:
    assert sound(f"id,x\nA1,{cell}\nB2,1\n").numbers("x").tolist() == [number, 1.0]


@pytest.mark.parametrize(
    "cell",
    [
        "n/a",
        "nan",
        "NaN",
        "inf",
        "-Infinity",
        "1_000",
        "0x1",
        "١",
        "1e16",
        "1e400",
        "9" * 400,
        "1 00",
        "1 0 0",
        "5k",
    ],
)
def test_what_is_no_number_is_a_finding_when_numbers_are_asked_for(cell: str) -> None:
    table = sound(f"id,x\nA1,1\nB2,{cell}\n")
    report = Report()
    np.testing.assert_array_equal(table.numbers("x"), [1.0, np.nan])
    table.numbers("x", report)
    table.numbers("x", report)
    assert [str(finding).split(" is ")[0] for finding in report.findings] == ["p.csv:3: not-a-number: x"]


def test_of_many_bad_cells_twenty_are_named_and_the_rest_counted() -> None:
    table = sound("id,x\n" + "".join(f"A{n},none\n" for n in range(1000)))
    report = Report()
    table.numbers("x", report)
    assert len(report.findings) == 20
    assert "so are 980 more cells of this column" in report.findings[-1].message


def test_an_unknown_column_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        sound("id,x\nA1,1\n").text("y")


def test_a_hundred_thousand_rows_are_read_without_a_loop_over_them() -> None:
    rows = "".join(f"P{n:06d},Gold,{n}.25\n" for n in range(100_000))
    table = sound("id,tier,x\n" + rows)
    assert (len(table), str(table.place(99_999))) == (100_000, "p.csv:100001")
    assert table.numbers("x").sum() == pytest.approx(100_000 * 99_999 / 2 + 25_000)


pieces = st.sampled_from(["a", "é", '"', ",", "\n", "\r\n", " ", "'", "=", "-", "1", ";"])
cells = st.lists(pieces, max_size=5).map("".join)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=6))
def test_what_is_written_as_csv_is_read_back_with_its_lines(rows: list[tuple[str, str]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["id", "x", "y"])
    lines = []
    for number, row in enumerate(rows):
        lines.append(out.getvalue().count("\n") + 1)
        writer.writerow([f"P{number}", *row])
    table, found = parse(out.getvalue())
    assert all(": lone-id: " in each for each in found)
    assert table is not None
    assert [table.place(row).line for row in range(len(rows))] == lines
    for column, at in (("x", 0), ("y", 1)):
        assert table.text(column).tolist() == [
            re.sub('^="([1a][1a -]*)"$', r"\1", unguarded(row[at])).strip() for row in rows
        ]


@given(st.binary(max_size=60))
def test_any_bytes_are_a_table_or_have_errors(content: bytes) -> None:
    report = Report()
    table = parse_partners(b"id,x\n" + content, ".csv", "id", report, name="p.csv")
    assert (table is None) == report.has_errors
