"""Planners' files of many kinds: numbers read exactly or refused with what to write, nothing wrong in silence."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Font
from test_exports import Export, book, read, text
from workbook_builders import OdsNumber, ods

from scenarios.tables.arrow import strings
from scenarios.tables.dates import read_days

ZERO = "missing: {last_year: zero}"
"""Under this policy a note that is taken for a partner would be one in silence."""
HEAD = ("partner_id", "region", "last_year")


def struck(*ranges: str) -> Callable[[openpyxl.Workbook], None]:
    """Strikes cells through."""

    def change(made: openpyxl.Workbook) -> None:
        for cells in ranges:
            for row in made.active[cells]:
                for cell in row:
                    cell.font = Font(strike=True)

    return change


Reading = tuple[Export, dict[str, float], str]
READ: dict[str, Reading] = {
    "a dash for no decimals": (
        text("partner_id;last_year\nA;1.200,- €\nB;800,--\nC;2.000,–\n"), {"A": 1200, "B": 800, "C": 2000},
        "a dash for no decimals"),
    "a dash for no decimals in francs": (
        text("partner_id;last_year\nA;CHF 1'200.—\nB;CHF 800.-\n", unit="CHF"), {"A": 1200, "B": 800},
        "a dash for no decimals"),
    "a large number as a comma's land shows it": (
        text("partner_id;last_year\nA;1,25E+05\nB;2,5\n"), {"A": 125000, "B": 2.5}, "decimal comma"),
    "lira": (text("partner_id;last_year\nA;1.200,50 TL\nB;800 TL\n", unit="TRY"), {"A": 1200.5, "B": 800}, "currency"),
    "roubles": (
        text("partner_id;last_year\nA;1 200,50 руб.\nB;800,00 руб.\n", unit="RUB"), {"A": 1200.5, "B": 800}, "currency"),
    "a heading with a space that does not break": (
        text("partner_id,last\u00a0year\nA,1\nB,2\n", baseline="last year"), {"A": 1, "B": 2}, ""),
    "a header that stands again below an empty row": (
        text("partner_id,region,last_year\nA,N,1\n\npartner_id,region,last_year\nB,S,2\n"), {"A": 1, "B": 2},
        "the header stands again on line 4"),
    "columns that are numbered below their heads": (
        text("partner_id,region,last_year\n1,2,3\nA,N,1\nB,S,2\n"), {"A": 1, "B": 2}, "line 2 numbers the columns"),
    "an end of file as DOS wrote it": (text("partner_id,region,last_year\nA,N,1\n\x1a"), {"A": 1}, ""),
    "two spellings of one currency": (
        text("partner_id;last_year\nA;1.200,50 €\nB;EUR 800,00\n"), {"A": 1200.5, "B": 800}, "currency"),
    "yen": (text("partner_id,last_year\nA,1200円\nB,￥800\n", unit="JPY"), {"A": 1200, "B": 800}, "currency"),
}  # fmt: skip
"""A file, what is read, and words of a note."""

REFUSED: dict[str, tuple[Export, str, str]] = {
    f"{short} for short": (text(f"partner_id;last_year\nA;{short}\nB;2\n"), "not-a-number", f"in full: {whole},")
    for short, whole in {
        "120 T€": "120000", "120 TEUR": "120000", "35 k€": "35000", "1,5 M€": "1500000", "12.5 lakh": "1250000",
        "2 crore": "20000000", "123万": "1230000", "5億": "500000000", "1,2 млн": "1200000",
    }.items()
} | {
    f"the error {error}": (text(f"partner_id;last_year\nA;1\nB;{error}\n", more=ZERO),
                           "error-cell", f"last_year holds {error} for B")
    for error in ("#ARVO!", "#DEĞER!", "#HIÁNYZIK", "#I/T", "#VERDI!", "#ΤΙΜΗ!", "#ODKAZ!", "#YOK", "#¿NOMBRE?")
} | {
    f"the sum called {word}": (
        text(f"partner_id,last_year\nA,100\nB,250\nC,300\n{word},650\n"), "total-row", "is the total")
    for word in ("All partners", "Alle Kunden", "Tous les clients", "Ø", "Max")
} | {
    "another table below, of words": (
        text("partner_id,region,last_year\nA,N,1\nB,S,2\n\nregion,partners,\nN,1,\nS,1,\n", more=ZERO),
        "not-a-table", "another table begins on line 5: 'region, partners'"),
    "another table below, in a sheet": (
        book([[*HEAD], ["A", "N", 1], ["B", "S", 2], [], ["region", "partners"], ["N", 1]], more=ZERO),
        "not-a-table", "another table begins in row 5"),
    "another table beside, longer": (
        book([["partner_id", "last_year", None, "area", "budget"], ["A", 1, None, "N", 5], [None, None, None, "S", 6]]),
        "empty-id", "the row is filled from 'area' on alone"),
} | {
    f"{mark} between columns": (
        text(f"partner_id{mark}last_year\nA{mark}1\n"), "unknown-column", f"Say separator: '{mark}'") for mark in "^~:!"
} | {
    "spaces between columns": (text("partner_id    last_year\nA      1\n"), "unknown-column", "with spaces between them"),
    "a cell without end": (text(f"partner_id,name,last_year\nA,{'x' * 200_000},1\n"), "too-large", "a cell holds more than"),
    "a column given twice that is needed": (
        text("partner_id,last_year,last_year\nA,1,2\n"), "unknown-column",
        "no column 'last_year'. Two columns are called so: rename one."),
    "nothing but blanks": (text("  \n\n \n"), "empty-table", "the file is empty"),
    "no header": (text("A,100\nB,200\n"), "unknown-column", "Line 1 looks like a partner's"),
    "a space in front of a quote": (text('partner_id,last_year,name\nA,1, "x, y"\n'), "ragged-row", "Remove the space"),
    "a name no one can see": (text("partner_id,\u200blast_year\nA,1\n"), "bad-name", "Write plain visible text"),
    "UTF-8 that is cut": (
        Export("p.csv", b"partner_id,name,last_year\nA,M\xc3\xbcller,1\nB,Gro\xc3,2\n"), "bad-encoding", "p.csv:3:"),
    "a line of another encoding": (
        Export("p.csv", b"partner_id,name,last_year\nA,M\xc3\xbcller,1\nB,Gro\xdf,2\n"), "bad-encoding", "p.csv:3:"),
}  # fmt: skip
"""A file, a code, and words of the finding."""

DOUBTED: dict[str, tuple[Export, str, str]] = {
    "another currency in two spellings": (
        text("partner_id;last_year\nA;1.200,50 €\nB;EUR 800,00\n", unit="USD"), "mixed-currency", "in €, and"),
    "UTF-8 spelled twice": (
        text("partner_id,name,last_year\nA,MÃ¼ller,1\nB,B,2\n"), "read-as", "'MÃ¼ller', most likely 'Müller'"),
    "a note below a sheet of two columns": (
        book([["partner_id", "last_year"], ["A", 1], ["B", 2], [], ["* preliminary figures"]], more=ZERO),
        "footer", "p.xlsx:5: footer: line 5 looks like the footer of a report and is not read: '* prel"),
    "names of those who sign": (
        book([[*HEAD], ["A", "N", 1], [], ["Approved by: a board"], ["Date: 1 May"]], more=ZERO),
        "footer", "lines 4 to 5"),
    "a note below, padded by commas": (
        text("partner_id,region,last_year\nA,N,1\n,,\nsee the budget of May,,\n", more=ZERO), "footer", "line 4"),
    "an id that an .ods shows with zeros": (
        Export("p.ods", ods([["partner_id", "last_year"], [OdsNumber(7, "00007"), 5], ["B", 6]])),
        "altered-id", "shows 00007 and holds 7"),
    "shares in an .ods": (
        Export("p.ods", ods([["partner_id", "last_year"], ["A", OdsNumber(1.5, "150 %", "percentage")], ["B", 6]])),
        "ambiguous-number", "holds percentages, such as 1.5 for A"),
    "a row that is struck through": (
        book([[*HEAD], ["A", "N", 1], ["B", "S", 2], ["C", None, 3]], struck("A2:C2", "B3:B3", "A4:C4")),
        "struck-row", "p.xlsx:2: struck-row: rows 2, 4 of 'Sheet' are struck through, and are read"),
    "a row that is struck through in an .xls": (
        Export("p.xls", (Path(__file__).parent / "formats" / "struck.xls").read_bytes()), "struck-row", "row 2 of"),
    "shares in an .xls": (
        Export("p.xls", (Path(__file__).parent / "formats" / "shares.xls").read_bytes()),
        "ambiguous-number", "holds percentages, such as 1.5 for A"),
    "another currency in an .ods": (
        Export("p.ods", ods([["partner_id", "last_year"],
                             ["A", OdsNumber(5, "$5", "currency", 'office:currency="USD"')], ["B", 6]])),
        "mixed-currency", "in USD, and revenue is counted in EUR"),
    "another table beside": (
        book([["partner_id", "region", "last_year", None, "region", "budget"], ["A", "N", 1, None, "N", 5]]),
        "duplicate-column", "If another table begins in column E"),
    "a column given twice that nothing needs": (
        text("partner_id,note,last_year,note\nA,x,1,y\n"), "duplicate-column", "two columns are called 'note', and neither"),
    **{
        f"a few words in {encoding}": (
            text(f"partner_id,name,last_year\nA,{word},1\nB,b,2\n", encoding), "read-as", f"{encoding} for '{word}'")
        for encoding, word in {
            "gb18030": "北京电子", "euc_kr": "서울전자", "big5": "台北電子", "mac_roman": "Müller",
        }.items()
    },
    "headings among the partners": (
        text("partner_id,region,last_year\nNORTH,,\nA,N,1\nB,N,2\nPage 2,,\nC,S,3\n", more=ZERO), "lone-id", "'NORTH'"),
    "digits that a narrow column does not show": (
        text("partner_id,last_year\nA,1.23457E+06\nB,2\n"), "ambiguous-number", "p.csv:2:"),
    **{
        f"the id {one} beside {other}": (text(f"partner_id,last_year\n{one},1\n{other},2\n"), "similar-ids", words)
        for one, other, words in (
            ("Acme  Corp", "Acme Corp", "by spaces, dashes"), ("Acme\u00a0Corp", "Acme Corp", "by spaces, dashes"),
            ("A-1", "A\u20131", "by spaces, dashes"), ("{8a0c-11}", "8A0C-11", "by spaces, dashes or brackets"),
            ("Café", "Cafe", "by accents"), ("\uff21\uff11", "A1", "width of letters"),
        )
    },
    **{
        f"the id {each}": (text(f"partner_id;last_year\n{each};1\nB;2\n"), "altered-id", words)
        for each, words in {
            "1. Mrz": "looks like a date", "10-mars": "looks like a date", "Şub-24": "looks like a date",
            "10/5/24": "looks like a date", "05.okt.2026": "looks like a date", "1,234": "its thousands marked",
        }.items()
    },
    **{
        f"a heading in {words}": (
            text(f"partner_id,Sales {words}\nA,1\nB,3\n", baseline=f"Sales {words}"), "ambiguous-number", "says")
        for words in ("tkr", "mkr", "(lakhs)", "crore", "mln zł", "тыс. руб.", "Mrd")
    },
}  # fmt: skip
"""The same for what is read and doubted."""


@pytest.mark.parametrize("name", READ)
def test_numbers_are_read_as_they_are_meant(name: str, tmp_path: Path) -> None:
    export, amounts, note = READ[name]
    report, ids, baselines = read(tmp_path, export)
    assert not report.has_errors, [str(each) for each in report.findings]
    assert dict(zip(ids, baselines, strict=True)) == amounts
    assert note in " ".join(str(each) for each in report.findings)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("5 Jan 2026", date(2026, 1, 5)),
        ("05-JAN-2026", date(2026, 1, 5)),
        ("Mar 5, 2026", date(2026, 3, 5)),
        ("5. März 2026", date(2026, 3, 5)),
        ("31 déc. 2026", date(2026, 12, 31)),
        ("1 czerwiec 2026", date(2026, 6, 1)),
        ("5 červenec 2026", date(2026, 7, 5)),
        ("05-Jan-2026 10:30", date(2026, 1, 5)),
        ("30 Feb 2026", None),
        ("5 jui 2026", None),
        ("5 Foo 2026", None),
        ("05-JAN-26", None),
    ],
)
def test_days_with_the_name_of_their_month_are_read(cell: str, day: date | None) -> None:
    found = read_days(strings([cell]))
    assert (found.values.tolist() == [day.toordinal()]) if day else (0 in found.wrong)


def test_a_table_of_ids_alone_has_no_headings(tmp_path: Path) -> None:
    rows = text("partner_id,region,last_year\nA,,1\nB,,\nC,,\n", more=ZERO)
    assert [each.code for each in read(tmp_path, rows)[0].findings] == []


def test_formats_of_empty_cells_say_nothing(tmp_path: Path) -> None:
    """Formats of a whole column reach far below the table, and currencies are those of numbers alone."""

    def formatted(made: openpyxl.Workbook) -> None:
        for row, form in (
            (2, "[$€-407]#,##0"),
            (3, "[$€-407]#,##0"),
            (9, "[$$-409]#,##0"),
            (60, "0%"),
            (61, "#,##0,"),
        ):
            made.active.cell(row, 2).number_format = form

    rows: list[list[object]] = [["partner_id", "last_year"], ["A", 1], ["B", 2]]
    assert [str(each) for each in read(tmp_path, book(rows, formatted))[0].findings] == []


def test_a_partner_below_an_empty_row_is_one(tmp_path: Path) -> None:
    """A gap and an empty cell alone make no note: the id is one like the others."""
    rows: list[list[object]] = [["partner_id", "last_year"], ["A 1", 1], ["B 2", 2], [], ["C 3"]]
    report, ids, _ = read(tmp_path, book(rows, more=ZERO))
    assert (ids, [str(each) for each in report.findings]) == (["A 1", "B 2", "C 3"], [])


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_has_a_remedy(name: str, tmp_path: Path) -> None:
    export, code, words = REFUSED[name]
    errors = [
        str(each)
        for each in read(tmp_path, export)[0].findings
        if each.severity == "error" and each.code == code
    ]
    assert [each for each in errors if words in each], errors


@pytest.mark.parametrize("name", DOUBTED)
def test_what_looks_wrong_is_a_doubt(name: str, tmp_path: Path) -> None:
    export, code, words = DOUBTED[name]
    report, _, _ = read(tmp_path, export)
    doubts = [str(each) for each in report.findings if each.severity == "warning" and each.code == code]
    assert not report.has_errors, [str(each) for each in report.findings]
    assert [each for each in doubts if words in each], doubts
