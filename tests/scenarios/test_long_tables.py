"""Long tables: what is recognised, what is summed, and what would be counted twice."""

from pathlib import Path

import pytest
from test_exports import read, text

from scenarios import Report
from scenarios.read.read_scenario import read_scenario
from scenarios.tables.periods import kind_of_period

DECLARED = """\
scenario: s
partners: {{file: p.csv, long: {{{long}}}}}
metrics:
  revenue: {{unit: EUR, round_to: 1, baseline: sales}}
targets:
  - {{name: company target, growth: 10%}}
{more}
"""


def declared(
    folder: Path, rows: str, long: str = "period: month, value: sales", more: str = ""
) -> tuple[list[str], dict[str, list[str]]]:
    """What is found, and the columns of the table."""
    (folder / "p.csv").write_text(rows, encoding="utf-8")
    (folder / "scenario.yaml").write_text(DECLARED.format(long=long, more=more), encoding="utf-8")
    report = Report()
    scenario = read_scenario(folder / "scenario.yaml", report)
    table = {} if scenario is None else {
        each: scenario.table.text(each).tolist() for each in scenario.table.columns
    }  # fmt: skip
    return [f"{each.severity} {each}" for each in report.findings], table


def rows(*lines: str, head: str = "partner_id,month,sales") -> str:
    return "\n".join((head, *lines)) + "\n"


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (("Mrz", "März 2026", "févr.", "Oct-26", "Şubat", "listopad", "3月", "2026年3月"), "month"),
        (("2026-01", "202601", "01/2026", "P01", "M12", "FY26 P03"), "month"),
        (("Q1", "Q1 2026", "2026Q1", "FY26-Q1", "T3", "1. Quartal", "2º trimestre", "1er trimestre 2026"), "quarter"),
        (("H1", "2026 H2", "S1", "1. Halbjahr"), "half"),
        (("KW01", "W52", "2026-W07", "CW 3"), "week"),
        (("2026-01-31", "31.01.2026", "1/31/26", "2026-01-31T00:00:00"), "day"),
        (("2026", "FY26", "FY2026", "2025/26", "GJ 2026"), "year"),
        (("1", "12"), "number"),
        (("North", "A", "100", "Q7", "product 1", "Total", "", "12345"), None),
    ],
)  # fmt: skip
def test_parts_of_time_are_known_as_files_spell_them(cells: tuple[str, ...], kind: str | None) -> None:
    assert {each: kind_of_period(each) for each in cells} == dict.fromkeys(cells, kind)


@pytest.mark.parametrize(
    ("periods", "more"),
    [
        pytest.param(("Mrz", "Mai", "Okt"), "", id="months"),
        pytest.param(("31.01.2026", "28.02.2026", "31.03.2026"), "", id="days are no numbers"),
        pytest.param(("1. Quartal", "2. Quartal", "3. Quartal"), "", id="quarters"),
        pytest.param(("1", "2", "3"), "", id="numbers"),
        pytest.param(("Jan", "Feb", "Mar"), ",deals", id="two columns of numbers"),
    ],
)
def test_a_long_table_is_recognised_by_the_column_that_varies(
    tmp_path: Path, periods: tuple[str, ...], more: str
) -> None:
    """The region says the same on all rows of a partner: it is no period."""
    lines = [
        f"{who},N,{period},{100 + number}{',7' * bool(more)}"
        for who in "ABC"
        for number, period in enumerate(periods)
    ]
    found = read(tmp_path, text(rows(*lines, head=f"partner_id,region,when,sales{more}")))[0].findings
    assert "one for each period" in found[0].message
    # All deals are seven: they vary no more than the region does.
    assert "long: {period: when, value: sales}" in found[0].remedy


def test_several_columns_of_numbers_are_declared_together(tmp_path: Path) -> None:
    lines = rows(
        "A,Jan,100,1", "A,Feb,200,2", "B,Jan,50,3", "B,Feb,70,4", head="partner_id,month,sales,deals"
    )
    found = read(tmp_path, text(lines))[0].findings
    assert "long: {period: month, value: [sales, deals]}" in found[0].remedy
    messages, table = declared(tmp_path, lines, "period: month, value: [sales, deals]")
    assert messages == []
    assert (table["sales"], table["deals"]) == (["300", "120"], ["3", "7"])
    assert (table["sales_Jan"], table["deals_Feb"]) == (["100", "50"], ["2", "4"])
    messages, _ = declared(tmp_path, lines, "period: month, metric: deals, value: [sales, deals]")
    assert any("Write one column as value" in each for each in messages)


@pytest.mark.parametrize(
    ("lines", "severity", "words"),
    [
        pytest.param(("A,Jan,1", "A,Feb,2", "A,Total,3", "B,Jan,5", "B,Feb,6", "B,Total,11"), "error",
                     "sales of 'Total' is the total of the other rows", id="a total, proved"),
        pytest.param(("A,Jan,1", "A,Feb,2", "A,Summe,4", "B,Jan,5", "B,Feb,6", "B,Summe,11"), "warning",
                     "sales of 'Summe' looks like a total", id="a total by its name"),
        pytest.param(("A,Jan,1", "A,Feb,2", "A,FY26,3", "B,Jan,5", "B,Feb,6", "B,FY26,11"), "error",
                     "sales of 'FY26' is the total", id="a year beside months, proved"),
        pytest.param(("A,Jan,1", "A,Feb,2", "A,Q1,4", "B,Jan,5", "B,Feb,6", "B,Q1,12"), "warning",
                     "month is 'Jan' and 'Q1', which differ in length", id="a quarter beside months"),
        pytest.param(("A,X,1000", "A,Y,2000", "A,Z,3000", "B,X,1500", "B,Y,1600", "B,Z,3100", "C,X,1001", "C,Y,2002",
                      "C,Z,3003"), "warning", "sales of 'Z' is the sum of the other rows", id="a sum without a name"),
        pytest.param(("A,Jan,1", "A,,2"), "error", "p.csv:3: missing-value: month is empty for A", id="no period"),
        pytest.param(("A,Jan,1", "A,#REF!,2"), "error", "p.csv:3: error-cell: month holds #REF! for A", id="an error"),
    ],
)  # fmt: skip
def test_rows_that_would_count_twice_are_found(
    tmp_path: Path, lines: tuple[str, ...], severity: str, words: str
) -> None:
    messages, _ = declared(tmp_path, rows(*lines))
    assert [each for each in messages if each.startswith(severity) and words in each], messages


def test_small_numbers_that_add_up_by_chance_are_no_totals(tmp_path: Path) -> None:
    lines = rows(*(f"{who},{month},{n}" for who in "ABC" for n, month in enumerate(("Jan", "Feb", "Mar"), 1)))
    assert declared(tmp_path, lines)[0] == []


def test_a_metric_that_no_row_names_is_refused(tmp_path: Path) -> None:
    lines = rows("A,Jan,sales,1", "A,Feb,,2", head="partner_id,month,what,amount")
    messages, _ = declared(tmp_path, lines, "period: month, metric: what, value: amount")
    assert [each for each in messages if "what is empty for A, and says what the row is about" in each], (
        messages
    )


def test_what_is_filled_on_some_rows_of_a_partner_counts_for_all(tmp_path: Path) -> None:
    lines = rows(
        "A,N,Jan,1", "A,,Feb,2", "B,,Jan,3", "B,S,Feb,4", "C,,Jan,5", head="partner_id,region,month,sales"
    )
    messages, table = declared(tmp_path, lines)
    assert table["region"] == ["N", "S", ""]
    assert [each for each in messages if "region of 'A' is 'N' on other rows and empty here" in each], (
        messages
    )


def test_a_column_that_is_left_out_is_said_where_it_is_missed(tmp_path: Path) -> None:
    lines = rows("A,60%,40%,Jan,1", "A,50%,50%,Feb,2", head="partner_id,n,s,month,sales")
    messages, _ = declared(tmp_path, lines, more="shares: {territory: {North: n, South: s}}")
    assert [
        each for each in messages if "no column 'n'. It is not the same on all rows of 'A' (line 3)" in each
    ], messages


def test_a_split_goes_with_a_long_table(tmp_path: Path) -> None:
    lines = rows("A,60%,40%,Jan,1", "A,,,Feb,2", "B,,100%,Jan,3", head="partner_id,n,s,month,sales")
    messages, table = declared(
        tmp_path, lines, more="shares: {territory: {North: n, South: s}}\ncascade: [territory]"
    )
    assert not [each for each in messages if each.startswith("error")], messages
    assert (table["n"], table["s"]) == (["60%", ""], ["40%", "100%"])


@pytest.mark.parametrize(
    ("head", "columns", "words"),
    [
        pytest.param("ID,Revenue", "sales: Revenue, x: Revenue", "columns calls 'Revenue' both 'sales' and 'x'",
                     id="two names"),
        pytest.param("ID,Revenue,Revenue", "sales: Revenue", "two columns are called 'Revenue', which columns calls 'sales'",
                     id="two columns"),
        pytest.param("ID,a,sales", "sales: a, a: sales", "", id="names change places"),
    ],
)  # fmt: skip
def test_one_heading_has_one_name(tmp_path: Path, head: str, columns: str, words: str) -> None:
    (tmp_path / "p.csv").write_text(f"{head}\nA,1,2\n" if head.count(",") > 1 else f"{head}\nA,1\n")
    scenario = DECLARED.replace("long: {{{long}}}", f"columns: {{{{partner_id: ID, {columns}}}}}")
    (tmp_path / "scenario.yaml").write_text(scenario.format(more=""))
    report = Report()
    read_scenario(tmp_path / "scenario.yaml", report)
    assert [words] == ([each.message for each in report.findings] or [""])
