"""The workbook: sheets, totals and receipts that add up in a real spreadsheet program, texts that stay texts."""

import csv
import os
import shutil
import subprocess
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from python_calamine import CalamineWorkbook
from small import PARTNERS, RULES, SCENARIO, write_small

from api.cli.main import cascade
from api.output.workbook.contents import places_of
from api.output.workbook.sheet import sheet_name

REAL = Path(__file__).parents[3] / "shared" / "data" / "adventureworks" / "scenario-base.yaml"
OFFICE = shutil.which("soffice")


def solved(path: Path, out: Path) -> CalamineWorkbook:
    """The workbook of a scenario."""
    run = CliRunner().invoke(cascade, ["solve", str(path), "-o", str(out), "--xlsx"])
    assert run.exit_code == 0, run.output
    return CalamineWorkbook.from_path(out / "allocation.xlsx")


def rows(book: CalamineWorkbook, sheet: str) -> list[dict[str, object]]:
    """The rows of a sheet by their heads."""
    head, *rest = book.get_sheet_by_name(sheet).to_python()
    return [dict(zip(map(str, head), row, strict=True)) for row in rest]


def test_a_small_year_has_its_sheets_and_targets(tmp_path: Path) -> None:
    book = solved(write_small(tmp_path), tmp_path / "out")
    assert book.sheet_names == ["Summary", "Targets", "Rules", "Receipts"]
    *targets, total = rows(book, "Targets")
    assert [(row["Partner"], row["name"], row["Target"], row["Growth"]) for row in targets] == [
        ("birch", "Birch & Sons, Ltd.", 230.0, pytest.approx(0.15)),
        ("acme", "Acme", 115.0, pytest.approx(0.15)),
        ("cedar", "Cédar", 315.0, pytest.approx(0.05)),
    ]
    assert (total["Partner"], total["Target"], total["Receipt total"]) == (
        "Total of what is shown",
        660.0,
        660.0,
    )
    assert [(row["What binds"], row["Why"]) for row in targets][2] == (
        "within reach",
        "Cedar is short of people",
    )
    assert [(row["Rule"], row["Reason"]) for row in rows(book, "Rules")][1] == (
        "within reach",
        "Cedar is short of people",
    )


def test_the_same_allocation_is_the_same_bytes(tmp_path: Path) -> None:
    path = write_small(tmp_path)
    for out in ("one", "two"):
        solved(path, tmp_path / out)
    one, two = ((tmp_path / out / "allocation.xlsx").read_bytes() for out in ("one", "two"))
    assert one == two


@pytest.mark.parametrize("partner", ['=HYPERLINK("http://x")', "<5", "A*", "~", "-1+2", "@x"])
def test_an_id_that_looks_like_a_formula_or_a_condition_stays_a_text(tmp_path: Path, partner: str) -> None:
    quoted = partner.replace('"', '""')
    path = write_small(
        tmp_path,
        partners=f'partner_id,name,region,last\n"{quoted}",n,r,100\n',
        rules="rules: []\n",
        scenario=SCENARIO.replace("660", "110"),
    )
    book = solved(path, tmp_path / "out")
    first = rows(book, "Targets")[0]
    assert (first["Partner"], first["Target"], first["Receipt total"]) == (partner, 110.0, 110.0)


@pytest.mark.parametrize(
    ("wanted", "taken", "name"),
    [
        ("Targets revenue/EMEA", [], "Targets revenue EMEA"),
        ("Targets " + "x" * 40, [], "Targets " + "x" * 23),
        ("targets", ["Targets"], "targets 2"),
        ("[]:*?", [], "Sheet"),
    ],
)
def test_sheets_are_named_as_excel_takes_them(wanted: str, taken: list[str], name: str) -> None:
    assert sheet_name(wanted, taken) == name


@pytest.mark.parametrize(("unit", "places"), [("1000", 0), ("1", 0), ("0.05", 2), ("1/3", 6)])
def test_places_are_those_of_the_unit(unit: str, places: int) -> None:
    assert places_of(Fraction(unit)) == places


def test_a_table_longer_than_a_sheet_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Receipts of two or three items each on sheets of five rows: no receipt is torn."""
    monkeypatch.setattr("api.output.workbook.receipts_sheet.LAST_ROW", 5)
    book = solved(write_small(tmp_path), tmp_path / "out")
    names = [name for name in book.sheet_names if name.startswith("Receipts")]
    assert len(names) > 1
    items = [row for name in names for row in rows(book, name)]
    sums: dict[object, float] = defaultdict(float)
    for item in items:
        sums[item["Partner"]] += float(str(item["Amount"]))
    assert sums == {"birch": 230.0, "acme": 115.0, "cedar": 315.0}


def test_words_stand_apart_from_numbers_and_numbers_of_the_table_are_shown_as_such(tmp_path: Path) -> None:
    table = PARTNERS.replace("region,last", "region,founded,last")
    for last, founded in (("200", "1998"), ("100", "2005"), ("300", "2011")):
        table = table.replace(f"h,{last}", f"h,{founded},{last}")
    rules = RULES.replace("where: {partner_id: cedar}", "where: {founded: {min: 2000, max: 2015}}")
    path = write_small(tmp_path, partners=table.replace("5,100", "5,10000.5"), rules=rules)
    solved(path, tmp_path / "out")
    sheet = openpyxl.load_workbook(tmp_path / "out" / "allocation.xlsx")["Targets"]
    looks = {sheet.cell(1, cell.column).value: cell for cell in sheet[2]}
    assert looks["founded"].number_format == "General"
    assert looks["last"].number_format == "#,##0.00"
    assert (looks["name"].alignment.horizontal, looks["name"].alignment.indent) == ("left", 1)


@pytest.mark.parametrize(
    ("last", "places"),
    [
        pytest.param("100", "#,##0", id="whole units"),
        pytest.param("100.5", "#,##0.0", id="halves: 100 and +10 would not come to 111"),
        pytest.param("100.125", "#,##0.000", id="three places"),
        pytest.param("100.123456", "#,##0.00", id="too many places to be read"),
    ],
)
def test_figures_of_the_summary_add_up_as_they_are_printed(tmp_path: Path, last: str, places: str) -> None:
    solved(write_small(tmp_path, partners=PARTNERS.replace("North,100", f"North,{last}")), tmp_path / "out")
    book = openpyxl.load_workbook(tmp_path / "out" / "allocation.xlsx")
    looks = {
        row[0].value: {cell.number_format for cell in row[2:5]}
        for row in book["Summary"].iter_rows(max_col=5)
    }
    assert looks["revenue"] == looks["North"] == {places}
    targets = book["Targets"]
    heads = [cell.value for cell in targets[1]]
    total = targets[targets.max_row][heads.index("Baseline")]
    assert total.number_format == "#,##0.00", "as the cells above it"


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not here: apt-get install libreoffice-calc")
@pytest.mark.skipif(not REAL.exists(), reason="no real input beside the project")
def test_libreoffice_recalculates_and_prints_the_real_year(tmp_path: Path) -> None:
    """No error cell, receipts that come to the targets, totals of what is shown, twelve pages at most."""
    solved(REAL, tmp_path)
    with (tmp_path / "allocation.csv").open(encoding="utf-8") as file:
        wanted = {row["partner"]: float(row["target"]) for row in csv.DictReader(file)}
    converted = tmp_path / "converted"
    for kind in ("ods", "pdf"):
        subprocess.run(
            [str(OFFICE), f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
             "--convert-to", kind, "--outdir", str(converted), str(tmp_path / "allocation.xlsx")],
            check=True, capture_output=True, env={**os.environ, "HOME": str(tmp_path)},
        )  # fmt: skip
    book = CalamineWorkbook.from_path(converted / "allocation.ods")
    *targets, total = rows(book, "Targets")
    assert {str(row["Partner"]): row["Receipt total"] for row in targets} == wanted
    assert {str(row["Partner"]): row["Target"] for row in targets} == wanted
    assert total["Target"] == sum(wanted.values())
    cells = [
        cell for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row
    ]
    assert [cell for cell in cells if isinstance(cell, str) and cell.startswith(("#", "Err:"))] == []
    pages = (converted / "allocation.pdf").read_bytes().count(b"/Type/Page/") + (
        converted / "allocation.pdf"
    ).read_bytes().count(b"/Type/Page\n")
    assert 0 < pages <= 12
