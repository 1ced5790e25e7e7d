"""Files as systems and people in many countries export them: read as they are meant, or refused in words that help."""

import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

from rules import library, read_book
from scenarios import Report, read_scenario

SCENARIO = """\
scenario: export
partners: {FILE}
partner_id: "{ID}"
metrics:
  revenue: {{unit: {UNIT}, round_to: 1, baseline: "{BASELINE}"}}
targets:
  - {{name: company target, growth: 10%}}
{MORE}
"""


@dataclass(frozen=True)
class Export:
    """A file, and how a scenario names its columns."""

    file: str
    content: bytes
    id: str = "partner_id"
    baseline: str = "last_year"
    unit: str = "EUR"
    more: str = ""


def text(lines: str, encoding: str = "utf-8", *, file: str = "p.csv", **named: str) -> Export:
    return Export(file, lines.encode(encoding), **named)


def book(
    rows: list[list[object]], change: Callable[[openpyxl.Workbook], None] | None = None, **named: str
) -> Export:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    if change is not None:
        change(made)
    out = io.BytesIO()
    made.save(out)
    return Export(named.pop("file", "p.xlsx"), out.getvalue(), **named)


def read(folder: Path, export: Export) -> tuple[Report, list[str], list[float]]:
    """What is found, the ids and the baselines."""
    (folder / export.file).write_bytes(export.content)
    scenario_text = SCENARIO.format(
        FILE=f'"{export.file}"',
        ID=export.id,
        BASELINE=export.baseline,
        UNIT=export.unit,
        MORE=export.more,
    )
    (folder / "scenario.yaml").write_text(scenario_text, encoding="utf-8")
    report = Report()
    scenario = read_scenario(folder / "scenario.yaml", report, library=library)
    if scenario is None:
        return report, [], []
    read_book(scenario, report)
    return report, scenario.table.ids.tolist(), scenario.table.numbers(export.baseline).tolist()


def formatted_in(*signs: str) -> Callable[[openpyxl.Workbook], None]:
    """Formats each row's last cell as an amount in a currency."""

    def change(made: openpyxl.Workbook) -> None:
        for row, sign in enumerate(signs, 2):
            made.active.cell(row, 3).number_format = f"[${sign}-407]#,##0.00"

    return change


def as_percentages(made: openpyxl.Workbook) -> None:
    for cell in ("B2", "B3"):
        made.active[cell].number_format = "0%"


def formatted_in_thousands(made: openpyxl.Workbook) -> None:
    """Formats a cell so that it shows a thousandth of what it holds."""
    made.active["C2"].number_format = "#,##0,"


def hidden_table(made: openpyxl.Workbook) -> None:
    """Puts the table on a sheet that no one sees."""
    sheet = made.create_sheet("H")
    sheet.append(["partner_id", "last_year"])
    sheet.append(["A", 1])
    sheet.sheet_state = "veryHidden"


ROWS: list[list[object]] = [["partner_id", "region", "last_year"], ["A1", "N", 120], ["B2", "S", 80]]
SAP = """\
14.11.2026              Dynamische Listenanzeige            1
-------------------------------------------------------------
|Debitor   |Name 1          |Land|      Umsatz VJ|
-------------------------------------------------------------
|0000100001|Müller GmbH     |DE  |   1.234.567,89|
|0000100002|Weber KG        |AT  |      34.567,00|
-------------------------------------------------------------
"""

HONEST: dict[str, tuple[Export, list[str], list[float], str]] = {
    "a list that SAP draws": (
        text(SAP, "cp1252", file="list.txt", id="Debitor", baseline="Umsatz VJ"),
        ["0000100001", "0000100002"], [1234567.89, 34567], "drawn with bars and dashes"),
    "a table of a database's client": (
        text("+----+----+\n| partner_id | last_year |\n+----+----+\n| A | 1 |\n| B | 2 |\n+----+----+\n", file="t.txt"),
        ["A", "B"], [1, 2], "drawn with bars"),
    "no-break spaces between thousands": (
        text("partner_id;last_year\nA;1\u00a0234,50\u00a0€\nB;12\u00a0345,00\u00a0€\n", "cp1252"),
        ["A", "B"], [1234.5, 12345], "windows-1252"),
    "Japanese": (text("コード,売上\nA,120000\nB,80000\n", "cp932", id="コード", baseline="売上"),
        ["A", "B"], [120000, 80000], "cp932"),
    "Korean, known by the heading": (text("코드,매출\nA,100\nB,200\n", "euc-kr", id="코드", baseline="매출"),
        ["A", "B"], [100, 200], "euc-kr"),
    "Russian, known by the heading": (text("код;выручка\nA;1 234,50\nB;99,00\n", "cp1251", id="код", baseline="выручка"),
        ["A", "B"], [1234.5, 99], "windows-1251"),
    "Chinese": (text("编号,收入\nA,100\nB,200\n", "gbk", id="编号", baseline="收入"), ["A", "B"], [100, 200], "gb18030"),
    "Indian grouping": (text('partner_id,last_year\nA,"1,20,000"\nB,"12,34,567.50"\n'),
        ["A", "B"], [120000, 1234567.5], "commas between thousands"),
    "a typesetter's minus elsewhere": (text("partner_id,other,last_year\nA,\u22125,1\nB,3,2\n"), ["A", "B"], [1, 2], ""),
    "zeros kept by a formula": (text('partner_id,last_year\n"=""00123""",1\n"=""00124""",2\n'),
        ["00123", "00124"], [1, 2], '="..."'),
    "separators too many": (text("partner_id,last_year\nA,1,,\n,\n\nB,2\n,,,\n"), ["A", "B"], [1, 2], ""),
    "the header on every page": (text("partner_id,last_year\nA,1\npartner_id,last_year\nB,2\n"),
        ["A", "B"], [1, 2], "the header stands again on line 3"),
    "a heading on two lines": (book([["partner_id", "Last\nyear"], ["A", 1], ["B", 2]], baseline="Last year"),
        ["A", "B"], [1, 2], ""),
    "packed UTF-16": (Export("p.txt.gz", gzip.compress("partner_id\tlast_year\nA\t1\nB\t2\n".encode("utf-16"))),
        ["A", "B"], [1, 2], "gzip"),
    "a hint and bars": (text("sep=|\npartner_id|last_year\nA|1,5\nB|2,5\n"), ["A", "B"], [1.5, 2.5], "bars"),
    "old line ends": (text("partner_id,last_year\rA,1\rB,2\r"), ["A", "B"], [1, 2], ""),
    "shown in thousands": (book(ROWS, formatted_in_thousands), ["A1", "B2"], [120, 80], "shows thousands and holds 120"),
    "days, points between": (
        text("partner_id;joined;last_year\nA;03.04.2024;1\nB;25.12.2024;2\n",
             more="add:\n  - {name: g, kind: growth_cap, growth_max: 20%, where: {joined: {min: 2024-06-01}}}"),
        ["A", "B"], [1, 2], ""),
}  # fmt: skip
"""What is read as it is meant: ids, amounts, and words of the note that says how."""

REFUSED: dict[str, tuple[Export, str, str]] = {
    "text called .xls": (text("partner_id\tlast_year\nA\t1\n", "utf-16", file="p.xls"), "not-a-table", ".xls but is text"),
    "a new workbook called .xls": (book(ROWS, file="p.xls"), "not-a-table", "Name it .xlsx"),
    "an old Office file called .xlsx": (Export("p.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600), "not-a-table",
        "an old workbook"),
    "a table on a hidden sheet": (book([["notes"]], hidden_table), "unknown-column", "the hidden sheet 'H' does"),
    "a workbook of no bytes": (Export("p.xlsx", b""), "empty-table", "the file is empty"),
    "JSON called .csv": (text('[{"partner_id": "A", "last_year": 1}]'), "not-a-table", "is JSON"),
    "a subtotal called after its region": (
        text("partner_id,region,last_year\nA1,N,100\nA2,N,50\nN,,150\nB1,S,80\nB2,S,70\nS,,150\nAll,,300\n"),
        "total-row", "'N' is the total"),
    "the star of an SAP list": (
        text(SAP.replace("|0000100002", "|*  ").replace("34.567,00", "1.234.567,89").replace("AT", "  "), "cp1252",
             file="list.txt", id="Debitor", baseline="Umsatz VJ"), "total-row", "'*' is the total"),
    "a total in Japanese": (text("コード,売上\nA,100\nB,200\n合計,300\n", "cp932", id="コード", baseline="売上"),
        "total-row", "合計"),
    "one row for each product": (
        text("partner_id,product,last_year\nA,X,10\nA,Y,20\nB,X,5\nB,Y,6\n"), "long-table", "period: product"),
    "twice, in a table that is not long": (text("partner_id,name,last_year\nA,X,10\nA,Y,20\n"), "duplicate-partner",
        "stands on line 2"),
    "an error as an id": (book([["partner_id", "last_year"], ["A", 1], ["#N/A", 2]]), "error-cell", "partner_id holds #N/A"),
    "a day that is a number": (
        book([["partner_id", "joined", "last_year"], ["A", 45292, 1], ["B", 45658, 2]],
             more="add:\n  - {name: g, kind: growth_cap, growth_max: 20%, where: {joined: {min: 2024-06-01}}}"),
        "bad-date", "2024-01-01 as a spreadsheet counts days"),
    "an accountant's zero": (text("partner_id,last_year\nA, $ 5.00 \nB, $ -   \n", unit="USD"), "not-a-number",
        "Write 0 if it means none"),
    "a header below fifty notes": (book([["note"]] * 59 + ROWS), "unknown-column", "none of the first 50 rows"),
    "a German error": (text("partner_id;last_year\nA;#BEZUG!\nB;5\n"), "error-cell", "#BEZUG!"),
    "words for thousands in a cell": (text("partner_id,last_year\nA,1.2M\nB,300k\n"), "not-a-number",
        "Write it in full: 1200000,"),
    "a word for milliards": (text("partner_id,last_year\nA,\"1,5 Mrd.\"\nB,\"2,25 Mio\"\n"), "not-a-number", "1500000000"),
    "two tables on a sheet": (
        book([["partner_id", "last_year"], ["A", 1], ["B", 2], [], ["region", "budget"], ["N", 5]]), "not-a-table",
        "another table begins in row 5: 'region, budget'"),
}  # fmt: skip
"""What cannot be read: the code of the finding, and words that are in it."""

DOUBTED: dict[str, tuple[Export, str, str]] = {
    "thousands by the heading": (text("partner_id,Umsatz (k€)\nA,120\nB,80\n", baseline="Umsatz (k€)"), "ambiguous-number",
        "says k€"),
    "millions by the heading": (
        text("partner_id,FY26 Revenue ($M)\nA,1.2\nB,3.4\n", baseline="FY26 Revenue ($M)", unit="USD"),
        "ambiguous-number", "says $M"),
    "thousands by the title of a sheet": (book([["Revenue by partner (EUR thousands)"], [], *ROWS]), "ambiguous-number",
        "the title 'Revenue by partner (EUR thousands)' says thousands"),
    "millions by the title of a text": (text("Umsatz in Mio EUR;\npartner_id;last_year\nA;1,5\nB;2,5\n"),
        "ambiguous-number", "says in Mio"),
    "percentages by the formats of cells": (book([["partner_id", "last_year"], ["A", 1.5], ["B", 0.5]], as_percentages),
        "ambiguous-number", "holds percentages, such as 1.5 for A"),
    "percentages below an empty cell": (book([["partner_id", "last_year"], ["A", None], ["B", 0.5]], as_percentages,
        more="missing: {last_year: zero}"),
        "ambiguous-number", "holds percentages, such as 0.5 for B"),
    "percentages": (text("partner_id,last_year\nA,150%\nB,50%\n"), "ambiguous-number", "such as 1.5 for A"),
    "another currency by the heading": (text("partner_id,Revenue USD\nA,1\nB,3\n", baseline="Revenue USD"), "mixed-currency",
        "in USD, and revenue is counted in EUR"),
    "two currencies by the formats of cells": (book(ROWS, formatted_in("$", "€")), "mixed-currency",
        "last_year is shown in $ and €"),
    "another currency by the formats of cells": (book(ROWS, formatted_in("$", "$")), "mixed-currency",
        "in $, and revenue is counted in EUR"),
    "a group's sum under an id of its own": (
        text("partner_id,region,last_year\nP1,N,1234.56\nP2,N,2345.61\nP9,N,3580.17\nP3,S,5000\n"), "total-row",
        "'P9' is the sum of the 2 other rows of N"),
    "the sum of all in the first row": (
        text("partner_id,region,last_year\nWorld,,7400\nA,N,1000\nB,N,2200\nC,S,3300\nD,S,900\n"), "total-row",
        "'World' is the sum of the 4 other rows"),
    "Cyrillic that says nothing of itself": (text("partner_id,last_year\nМосква,1\nB,2\n", "cp1251"), "read-as",
        "does not say its encoding"),
    "a point that may group, where others stand before decimals": (
        text("partner_id;last_year\nA;12.50 €\nB;1.250 €\n", "cp1252"), "ambiguous-number", "1.250"),
    "two sheets with the table": (
        book([["notes"]], lambda made: [made.create_sheet(name).append(["partner_id", "last_year"]) or
                                        made[name].append(["A", 1]) for name in ("Data", "Old")]),
        "read-as", "'Old' has a column 'partner_id', too; 'Data' is read"),
    "numbers with decimals as ids": (book([["partner_id", "last_year"], [123.5, 1], [124, 2]]), "altered-id", "holds 123.5"),
    "an apostrophe in front": (text("partner_id,last_year\n'00123,1\n'00124,2\n"), "altered-id", "the ' in front"),
    "decimals in ids": (text("partner_id,last_year\n123.0,1\n124.0,2\n"), "altered-id", "a number with decimals"),
    "truths as ids": (book([["partner_id", "last_year"], [True, 1], ["B", 2]]), "altered-id", "holds TRUE"),
    "letters that look alike": (text("partner_id,last_year\nA1,1\n\u04101,2\n"), "similar-ids", "look the same"),
    "an average": (text("partner_id,last_year\nA,120\nB,80\nDurchschnitt,99\n"), "total-row", "Durchschnitt"),
    **{
        f"a total called {word}": (text(f'partner_id,last_year\nA,120\nB,80\n"{word}",990\n'), "total-row", word)
        for word in (
            "Eindtotaal", "Totalsumma", "Hovedtotal", "Végösszeg", "Totalsum", "Gesamtergebnis", "Sous-total Nord",
            "Suma końcowa", "Итого", "总计", "합계", "Tổng cộng", "Kaikki yhteensä", "Ara toplam", "All",
            "Sveukupno", "Kokku", "الإجمالي", "T o t a l", "Ergebnis",
        )
    },
}  # fmt: skip
"""What is read, and doubted."""

QUIET: dict[str, Export] = {
    "one currency by the formats of cells": book(ROWS, formatted_in("€", "€")),
    "a unit that says thousands, too": text(
        "partner_id,Umsatz (k€)\nA,120\nB,80\n", baseline="Umsatz (k€)", unit="kEUR"
    ),
    "the unit's own currency": text("partner_id,Revenue EUR\nA,1\nB,3\n", baseline="Revenue EUR"),
    "names that only hold such words": text(
        "partner_id,name,last_year\nA,Media Markt,120\nB,Count Systems,80\nC,All Covered,10\n"
    ),
    "a partner called as its region is": text("partner_id,region,last_year\nN,N,120\nB,N,80\nC,S,10\n"),
}
"""What is read without a word."""


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_export_is_read(name: str, tmp_path: Path) -> None:
    export, ids, amounts, note = HONEST[name]
    report, found, baselines = read(tmp_path, export)
    assert not report.has_errors, [str(finding) for finding in report.findings]
    assert (found, baselines) == (ids, amounts)
    assert note in " ".join(finding.message for finding in report.findings)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_in_words_that_help(name: str, tmp_path: Path) -> None:
    export, code, words = REFUSED[name]
    errors = [finding for finding in read(tmp_path, export)[0].findings if finding.severity == "error"]
    assert [str(each) for each in errors if each.code == code and words in str(each)], errors


@pytest.mark.parametrize("name", DOUBTED)
def test_what_looks_wrong_is_doubted(name: str, tmp_path: Path) -> None:
    export, code, words = DOUBTED[name]
    report, _, _ = read(tmp_path, export)
    doubts = [str(each) for each in report.findings if each.severity == "warning" and each.code == code]
    assert not report.has_errors
    assert [each for each in doubts if words in each], doubts


@pytest.mark.parametrize("name", QUIET)
def test_what_is_plain_is_read_without_a_word(name: str, tmp_path: Path) -> None:
    assert [str(each) for each in read(tmp_path, QUIET[name])[0].findings] == []


def test_western_words_are_no_doubt_about_the_encoding(tmp_path: Path) -> None:
    words = text("partner_id,last_year\nMüller & Söhne,1\nÉté à Orléans,2\nMÜNCHEN,3\nCafé®,4\n", "cp1252")
    assert [each.severity for each in read(tmp_path, words)[0].findings] == ["note"]
