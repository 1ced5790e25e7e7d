"""Overrides from the workbook: read by cell, priced, written as adjustments, and kept by the next run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result
from small import SCENARIO, write_small

from api.cli.main import cascade

REAL = Path(__file__).parents[3] / "shared" / "data" / "adventureworks"


def run(*arguments: object, answer: str | None = None) -> Result:
    return CliRunner().invoke(cascade, [str(each) for each in arguments], input=answer)


def workbook(scenario: Path, folder: Path) -> Path:
    assert run("solve", scenario, "-o", folder, "--xlsx").exit_code == 0
    return folder / "allocation.xlsx"


def fill(path: Path, rows: dict[str, tuple[Any, Any, Any]], *, sheet: str = "Targets") -> None:
    """Write override, reason and until beside partners, as a planner would in Excel."""
    book = openpyxl.load_workbook(path)
    page = book[sheet]
    heads = {cell.value: cell.column for cell in page[1]}
    for row in range(2, page.max_row + 1):
        partner = page.cell(row, heads["Partner"]).value
        for head, value in zip(("Override", "Reason", "Until"), rows.get(str(partner), ()), strict=False):
            page.cell(row, heads[head]).value = value
    book.save(path)


@pytest.fixture
def small(tmp_path: Path) -> tuple[Path, Path]:
    scenario = write_small(tmp_path)
    return scenario, workbook(scenario, tmp_path / "out")


def test_an_override_is_priced_written_and_kept(small: tuple[Path, Path]) -> None:
    """acme from 115 to 130: birch alone can pay, from 230 to 215, for cedar stands at its cap of 315."""
    scenario, book = small
    fill(book, {"acme": (130, "opens a second shop", "2099-03-31")})

    priced = run("adjust", book, scenario, "--by", "me", answer="y\n")

    assert priced.exit_code == 0, priced.output
    assert "acme (Acme), revenue: 115 to 130 USD (+15) until 2099-03-31: opens a second shop" in priced.output
    assert "2 partners move" in priced.output
    assert scenario.read_text().startswith(SCENARIO)
    again = workbook(scenario, scenario.parent / "again")
    rows = {
        str(r[0]): r
        for r in openpyxl.load_workbook(again, data_only=True)["Targets"].iter_rows(values_only=True)
    }
    heads = list(rows["Partner"])
    targets = {name: rows[name][heads.index("Target")] for name in ("acme", "birch", "cedar")}
    assert targets == {"acme": 130, "birch": 215, "cedar": 315}
    assert "opens a second shop (me)" in str(rows["acme"][heads.index("Why")])


@pytest.mark.parametrize(
    ("until", "day"),
    [
        pytest.param("31.03.2099", "2099-03-31", id="points"),
        pytest.param("3/31/2099", "2099-03-31", id="month first, for no month is 31"),
    ],
)
def test_a_day_that_is_one_day_only_is_read(small: tuple[Path, Path], until: str, day: str) -> None:
    scenario, book = small
    fill(book, {"acme": (130, "why", until)})
    assert f"until {day}: why" in run("adjust", book, scenario, "--by", "me", "--yes").output


def edited(path: Path, change: Callable[[Any, dict[str, int]], None]) -> None:
    """Changes the sheet of targets; `change` takes it and the column of each head."""
    book = openpyxl.load_workbook(path)
    page = book["Targets"]
    change(page, {cell.value: cell.column for cell in page[1]})
    book.save(path)


def test_an_override_that_a_formula_gave_has_the_digits_that_are_seen(small: tuple[Path, Path]) -> None:
    scenario, book = small
    fill(book, {"acme": (115 * 1.1, "ten percent more", None)})
    assert 115 * 1.1 != 126.5
    assert "to 126.5 USD" in run("adjust", book, scenario, "--by", "me", "--yes").output


def test_heads_are_found_below_a_line_that_was_put_above_them(small: tuple[Path, Path]) -> None:
    scenario, book = small
    fill(book, {"acme": (130, "why", None), "birch": (-1, "why", None)})
    edited(book, lambda page, _: page.insert_rows(1))
    output = run("adjust", book, scenario, "--by", "me", "--yes").output
    assert "Targets!P3: not-a-number" in output, "birch, one row further down"


def test_an_override_shown_as_a_share_is_none(small: tuple[Path, Path]) -> None:
    scenario, book = small
    fill(book, {"acme": (1.05, "five percent more", None)})
    edited(book, lambda page, heads: setattr(page.cell(3, heads["Override"]), "number_format", "0%"))
    output = run("adjust", book, scenario, "--by", "me", "--yes").output
    assert "Targets!P3: not-a-number: the override is 1.05, shown as 105 %, a share." in output


def test_an_override_merged_over_rows_and_one_far_off_are_doubted(small: tuple[Path, Path]) -> None:
    scenario, book = small
    fill(book, {"acme": (1, "why", None)})
    edited(book, lambda page, heads: page.merge_cells(
        start_row=3, end_row=4, start_column=heads["Override"], end_column=heads["Override"]))  # fmt: skip
    output = run("adjust", book, scenario, "--by", "me", "--yes").output
    assert (
        "Targets!P3: merged-cell: the override is merged over rows 3 to 4, and counts for acme alone"
        in output
    )
    assert "Targets!P3: far-from-baseline: the target of acme is 1, and its baseline 100." in output


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("f.csv", "unknown-format: overrides come back in a workbook, and this file is called .csv", id="csv"),
        pytest.param("f.ods", "the file says .ods but", id="a name of another sort"),
    ],
)  # fmt: skip
def test_a_file_is_called_what_it_is_called(small: tuple[Path, Path], name: str, words: str) -> None:
    scenario, book = small
    other = book.with_name(name)
    other.write_bytes(book.read_bytes())
    assert words in run("adjust", other, scenario, "--by", "me", "--yes").output


def test_nothing_is_written_without_a_yes(small: tuple[Path, Path]) -> None:
    scenario, book = small
    fill(book, {"acme": (130, "why", None)})
    assert run("adjust", book, scenario, "--by", "me", answer="n\n").exit_code != 0
    assert run("adjust", book, scenario, "--by", "me", "--json").exit_code == 0
    assert scenario.read_text() == SCENARIO


def test_nothing_is_written_where_it_cannot_hold(small: tuple[Path, Path]) -> None:
    """cedar's cap is 315."""
    scenario, book = small
    fill(book, {"cedar": (400, "more", None)})
    refused = run("adjust", book, scenario, "--by", "me", "--yes")
    assert refused.exit_code == 3
    assert "within reach" in refused.output
    assert scenario.read_text() == SCENARIO


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("=G3*2", "why", None), "P3: not-a-number: the override holds a formula without a value (=G3*2)."),
        (("120", None, None), "Q3: missing-value: the override of acme has no reason."),
        (("#REF!", "why", None), "P3: not-a-number: the override holds #REF!"),
        ((-5, "why", None), "P3: not-a-number: the override is '-5'. A target is zero or more."),
        (("5%", "why", None), "P3: not-a-number: the override is '5%', a share."),
        (("3,5", "why", None), "P3: not-a-number: the override is '3,5'. Write 3.5."),
        (("120k", "why", None), "P3: not-a-number: the override is '120k'. Write 120000."),
        (
            (5, "why", "2020-12-31"),
            "P3: bad-date: the override of acme would end on 2020-12-31, which is over.",
        ),
        ((5, "why", "next week"), "R3: bad-date: until is 'next week'."),
        ((5, "why", "3/4/2099"), "R3: bad-date: until is '3/4/2099'."),
        (("120.000", "why", None), "P3: not-a-number: the override is '120.000', which is 120 or 120000."),
        ((1e16, "why", None), "P3: not-a-number: the override is '1e+16'. Write a smaller number."),
        ((None, "why", None), "P3: missing-value: a reason or an end is given for acme, and no override."),
        ((5, "x" * 501, None), "Q3: bad-value: the reason has 501 characters."),
    ],
)
def test_what_cannot_be_taken_names_its_cell(
    small: tuple[Path, Path], row: tuple[Any, Any, Any], message: str
) -> None:
    scenario, book = small
    fill(book, {"acme": row})
    output = run("adjust", book, scenario, "--by", "me", "--yes").output
    assert f"Targets!{message}" in output
    assert scenario.read_text() == SCENARIO


def test_a_workbook_of_another_scenario_is_refused(small: tuple[Path, Path], tmp_path: Path) -> None:
    scenario, _ = small
    other = write_small(
        tmp_path / "other", partners="partner_id,name,region,last\ndelta,D,N,100\ncedar,C,N,500\n"
    )
    book = workbook(other, tmp_path / "other" / "out")
    fill(book, {"delta": (1, "why", None)})
    refused = run("adjust", book, scenario, "--by", "me", "--yes")
    assert refused.exit_code == 1
    assert "unknown-partner: no partner 'delta'" in refused.output


def test_what_is_no_workbook_is_said(small: tuple[Path, Path], tmp_path: Path) -> None:
    scenario, _ = small
    (tmp_path / "x.xlsx").write_text("hello")
    assert "not-a-table" in run("adjust", tmp_path / "x.xlsx", scenario, "--by", "me").output
    assert "missing-file" in run("adjust", tmp_path / "gone.xlsx", scenario, "--by", "me").output


@pytest.mark.skipif(not REAL.exists(), reason="no real input beside the project")
def test_forty_overrides_of_a_real_year_come_back(tmp_path: Path) -> None:
    for name in ("partners.csv", "rules.yaml", "scenario-base.yaml"):
        (tmp_path / name).write_bytes((REAL / name).read_bytes())
    scenario = tmp_path / "scenario-base.yaml"
    book = workbook(scenario, tmp_path / "out")
    head, *rest = openpyxl.load_workbook(book, data_only=True)["Targets"].iter_rows(values_only=True)
    columns = {name: number for number, name in enumerate(head)}
    asked = {}
    for row in rest[:-1]:
        target, floor, cap = (row[columns[name]] for name in ("Target", "Floor", "Cap"))
        if len(asked) < 40 and target - 1000 >= (floor or 0) and target > 20_000:
            asked[str(row[0])] = target - 1000
        assert cap is None or cap >= 0
    fill(
        book, {partner: (target, f"decided for {partner}", "2099-12-31") for partner, target in asked.items()}
    )

    answer = run("adjust", book, scenario, "--by", "the desk", "--yes")
    assert answer.exit_code == 0, answer.output
    assert "40 overrides by the desk" in answer.output

    again = workbook(scenario, tmp_path / "again")
    pages = openpyxl.load_workbook(again, data_only=True)
    head, *rest = pages["Targets"].iter_rows(values_only=True)
    found = {str(row[0]): row for row in rest}
    assert {partner: found[partner][columns["Target"]] for partner in asked} == asked
    assert sum(row[columns["Target"]] for row in rest[:-1]) == 40_226_000
    reasons = {str(row[0]): row[9] for row in pages["Rules"].iter_rows(values_only=True)}
    first = next(iter(asked))
    assert reasons[f"adjustment of {first}, revenue"] == f"decided for {first} (the desk)"
