"""Files of every format with the same content give the same targets, to the byte."""

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from click.testing import CliRunner
from workbook_builders import ods, xlsb

from api.cli.main import cascade
from scenarios import Report, parse_partners
from scenarios.tables.xlsx_marks import PADDED, displayed

ROWS: list[list[object]] = [
    ["partner_id", "tier", "region", "active", "last_year", "potential"],
    ["acme", "Gold", "North", True, 100_000, 400_000.5],
    ["birch", "Silver", "Süd", False, 80_000.25, 120_000],
    ["cedar", "Silver", "Süd", True, 60_000, ""],
    ["dogwood", "Gold", "North", True, 120_000, 700_000],
]
SCENARIO = """\
scenario: formats
partners: {FILE}
metrics:
  revenue: {{unit: EUR, round_to: 1000, baseline: last_year}}
targets:
  - {{name: company target, growth: 12%}}
cascade: [region]
add:
  - {{name: reach, kind: growth_cap, growth_max: 15%, where: {{active: true}}}}
  - {{name: business, kind: headroom, column: potential, share_max: 80%, empty: no_limit}}
"""
XLS = Path(__file__).parent / "formats" / "partners.xls"


def text(separator: str, decimal: str = ".", *, group: str = "", sign: str = "") -> str:
    """The table as text."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    for row in ROWS:
        writer.writerow([_cell(value, decimal, group, sign) for value in row])
    return out.getvalue()


def _cell(value: object, decimal: str, group: str, sign: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).upper() if isinstance(value, bool) else str(value)
    digits = f"{value:,.2f}".replace(",", "_").replace(".", decimal).replace("_", group)
    return f"{digits} {sign}" if sign else digits


def xlsx() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("Partners")
        for number, row in enumerate(ROWS):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def columnar(write: str) -> bytes:
    frame = pd.DataFrame(ROWS[1:], columns=[str(name) for name in ROWS[0]])
    frame["potential"] = pd.to_numeric(frame["potential"])
    out = io.BytesIO()
    getattr(frame, write)(out)
    return out.getvalue()


FILES: dict[str, Callable[[], bytes]] = {
    "plain.csv": lambda: text(",").encode(),
    "mark.csv": lambda: text(",").encode("utf-8-sig"),
    "lines.csv": lambda: text(",").replace("\r\n", "\r").encode(),
    "german.csv": lambda: text(";", ",", group=".").encode("cp1252"),
    "euro.csv": lambda: text(";", ",", group=".", sign="€").encode("cp1252"),
    "dollar.csv": lambda: text(",", ".", group=",", sign="USD").encode(),
    "french.csv": lambda: text(";", ",", group="\u202f").encode(),
    "swiss.csv": lambda: text(";", ".", group="'").encode(),
    "hint.csv": lambda: b"sep=;\r\n" + text(";").encode(),
    "titles.csv": lambda: b"Partners\r\nas of today\r\n\r\n" + text(",").encode(),
    "tabs.tsv": lambda: text("\t").encode(),
    "unicode.txt": lambda: text("\t").encode("utf-16"),
    "bars.txt": lambda: text("|").encode(),
    "packed.csv.gz": lambda: gzip.compress(text(",").encode()),
    "book.xlsx": xlsx,
    "book.ods": lambda: ods(ROWS),
    "book.xlsb": lambda: xlsb(ROWS),
    "book.xls": XLS.read_bytes,
    "table.parquet": lambda: columnar("to_parquet"),
    "table.feather": lambda: columnar("to_feather"),
}


def solved(folder: Path, name: str) -> tuple[bytes, ...]:
    """What a solve writes about the partners in a file."""
    (folder / name).write_bytes(FILES[name]())
    (folder / "scenario.yaml").write_text(SCENARIO.format(FILE=name), encoding="utf-8")
    run = CliRunner().invoke(cascade, ["solve", str(folder / "scenario.yaml"), "-o", str(folder / "out")])
    assert run.exit_code == 0, run.output
    return tuple((folder / "out" / each).read_bytes() for each in ("allocation.csv", "receipts.csv"))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, ...]:
    return solved(tmp_path_factory.mktemp("plain"), "plain.csv")


@pytest.mark.parametrize("name", FILES)
def test_the_targets_are_those_of_the_plain_csv(name: str, plain: tuple[bytes, ...], tmp_path: Path) -> None:
    assert solved(tmp_path, name) == plain


@pytest.mark.parametrize(("ending", "write"), [(".ods", ods), (".xlsb", xlsb)])
def test_errors_and_hidden_rows_are_found_in_every_kind_of_workbook(
    ending: str, write: Callable[..., bytes]
) -> None:
    rows = [["partner_id", "last_year"], ["P1", "#REF!"], ["P2", 300]]
    report = Report()
    table = parse_partners(write(rows, hidden=[2]), ending, "partner_id", report, name=f"p{ending}")
    assert table is not None
    table.numbers("last_year", report)

    assert [(each.severity, each.code, str(each.place)) for each in report.findings] == [
        ("error", "error-cell", f"p{ending}:Partners!B2"),
        ("warning", "hidden-row", f"p{ending}:3"),
    ]


def xlsx(rows: list[list[object]], *, unseen: list[int]) -> bytes:
    """An Excel workbook with hidden columns, counted from 0."""
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    made.active.title = "Partners"
    for column in unseen:
        made.active.column_dimensions["ABC"[column]].hidden = True
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize(("ending", "write"), [(".xlsx", xlsx), (".ods", ods), (".xlsb", xlsb)])
def test_a_hidden_column_is_doubted_where_it_is_used(ending: str, write: Callable[..., bytes]) -> None:
    rows = [["partner_id", "old", "last_year"], ["P1", 1, 200], ["P2", 2, 300]]
    report = Report()
    table = parse_partners(write(rows, unseen=[1, 2]), ending, "partner_id", report, name=f"p{ending}")
    assert table is not None
    table.numbers("last_year", report)
    table.report_used(report)

    doubts = [each for each in report.findings if each.severity == "warning"]
    assert [(each.code, str(each.place)) for each in doubts] == [("hidden-row", f"p{ending}:Partners!C1")]
    assert doubts[0].message == "column C (last_year) of 'Partners' is hidden, and is read"


@pytest.mark.parametrize(
    ("code", "expected"),
    [("000-000", "012-345"), ('"P-"00000000', "P-00012345"), ("0-0", "1234-5"), ('00" "0000', "01 2345")],
)
def test_an_id_is_doubted_that_a_format_shows_otherwise(code: str, expected: str) -> None:
    assert PADDED.match(code)
    assert displayed(12345, code) == expected


@pytest.mark.parametrize("code", ["0", "0.00", "#,##0", "#,##0.00", "0%", "#,##0,", "General"])
def test_amounts_are_no_ids_that_are_shown_otherwise(code: str) -> None:
    assert not PADDED.match(code)
