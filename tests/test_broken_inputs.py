"""Every folder of tests/broken is a mistake somebody will make, beside the findings it must get."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from rules import library, read_book
from scenarios import Report, read_scenario
from scenarios.yaml.parse import MAX_BYTES

BROKEN = Path(__file__).parent / "broken"
CASES = sorted(folder.name for folder in BROKEN.iterdir())
TODAY = date(2021, 6, 30)

DOUBTS = frozenset(
    {
        "adjustment-past-its-date",
        "footer-of-a-report",
        "heading-among-the-partners",
        "lock-of-an-unknown-partner",
        "metric-weights-beyond-the-whole",
        "minimum-for-an-absent-tier",
        "numbers-that-may-be-thousands",
        "partner-id-shortened-by-a-spreadsheet",
        "partner-named-twice-but-for-case",
        "percent-sign-forgotten",
        "table-is-german",
        "target-not-in-whole-units",
        "total-far-from-the-baseline",
        "total-that-may-be-thousands",
        "where-matches-no-partner",
        "where-word-that-no-cell-holds",
        "word-for-nothing",
        "words-that-differ-by-case",
        "yaml-comment-in-a-name",
    }
)
"""Cases with warnings and notes only: the scenario can be solved."""

AWAITED: frozenset[str] = frozenset()
"""Cases where the program does not yet say what it should; each leaves this list when it does."""


def read(folder: Path) -> Report:
    """What reading the scenario and its rules has to say."""
    report = Report()
    scenario = read_scenario(folder / "scenario.yaml", report, library=library, as_of=TODAY)
    if scenario is not None:
        book = read_book(scenario, report)
        assert (book is None) == report.has_errors
    return report


def lines(report: Report) -> list[str]:
    return [str(finding) for finding in report.findings]


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def cases() -> list[object]:
    awaited = pytest.mark.xfail(reason="the finding is missing or could say it better", raises=AssertionError)
    return [pytest.param(name, marks=awaited if name in AWAITED else ()) for name in CASES]


@pytest.mark.parametrize("name", cases())
def test_a_broken_input_gets_its_findings_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "case"
    shutil.copytree(BROKEN / name, folder)
    before = files(tmp_path)
    report = read(folder)
    expected = (BROKEN / name / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert lines(report) == expected
    assert report.has_errors == (name not in DOUBTS)
    assert files(tmp_path) == before


def test_the_lists_of_cases_name_cases() -> None:
    assert set(CASES) >= DOUBTS | AWAITED


def test_every_case_expects_something() -> None:
    assert [name for name in CASES if not (BROKEN / name / "expected.txt").read_bytes().strip()] == []


def whole_scenario(folder: Path) -> Path:
    """A folder with a scenario that has nothing wrong."""
    shutil.copytree(BROKEN / "where-matches-no-partner", folder)
    (folder / "rules.yaml").write_text("rules: []\n", encoding="utf-8")
    assert lines(read(folder)) == []
    return folder


def test_a_rule_file_of_many_megabytes_is_not_read(tmp_path: Path) -> None:
    folder = whole_scenario(tmp_path / "case")
    (folder / "rules.yaml").write_bytes(b"rules: []\n" + b" " * MAX_BYTES)
    assert lines(read(folder)) == ["rules.yaml: too-large: the file is larger than 5,000,000 bytes."]


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    folder = whole_scenario(tmp_path / "case")
    (folder / "partners.csv").rename(tmp_path / "secret.csv")
    (folder / "partners.csv").symlink_to(tmp_path / "secret.csv")
    assert lines(read(folder)) == [
        "scenario.yaml:4:11: path-outside: 'partners.csv' leaves the scenario's folder. "
        "Put the file beside the scenario and name it from there."
    ]


def test_a_device_is_not_read(tmp_path: Path) -> None:
    folder = whole_scenario(tmp_path / "case")
    (folder / "partners.csv").unlink()
    (folder / "partners.csv").symlink_to("/dev/zero")
    assert [line.split(": ")[1] for line in lines(read(folder))] == ["path-outside"]


def test_cells_beyond_the_first_twenty_are_counted(tmp_path: Path) -> None:
    folder = whole_scenario(tmp_path / "case")
    rows = "".join(f"A{number},Acme,Gold,none,1\n" for number in range(1, 31))
    (folder / "partners.csv").write_text(
        "partner_id,name,tier,fy2020,annual_sales\nA0,Acme,Gold,100,1\n" + rows, encoding="utf-8"
    )
    found = lines(read(folder))
    assert len(found) == 20
    assert found[0] == (
        "partners.csv:3: not-a-number: fy2020 is 'none' for A1. Write 0 if it means none; empty the cell if it is not known."
    )
    assert "so are 10 more cells of this column" in found[-1]
