"""Partners from a query and from standard input: on the command line, kept in the record, refused elsewhere."""

import json
import sqlite3
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.main import cascade
from rules.load import load
from scenarios import Refused

SCENARIO = """\
scenario: outside
partners: {sql: "QUERY", url: CRM_URL, columns: {last_year: revenue}}
metrics:
  revenue: {unit: USD, round_to: 1, baseline: last_year}
targets:
  - {name: company target, growth: 10%}
"""
QUERY = "select partner_id, name, revenue from accounts order by partner_id"
ROWS = [("A1", "Acme", 100), ("B2", "Birch", 50.5), ("C3", None, 0)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with sqlite3.connect(tmp_path / "crm.db") as database:
        database.execute("create table accounts (partner_id text, name text, revenue numeric)")
        database.executemany("insert into accounts values (?, ?, ?)", ROWS)
    database.close()
    monkeypatch.setenv("CRM_URL", f"sqlite:///{tmp_path}/crm.db")
    (tmp_path / "scenario.yaml").write_text(SCENARIO.replace("QUERY", QUERY))
    return tmp_path


def run(*arguments: str | Path, given: str | None = None) -> Result:
    return CliRunner().invoke(cascade, list(map(str, arguments)), input=given)


def targets(folder: Path) -> list[list[str]]:
    lines = (folder / "allocation.csv").read_text().splitlines()[1:]
    return [[line.split(",")[0], line.split(",")[-4]] for line in lines]


def test_a_query_gives_the_partners_and_the_record_keeps_them(folder: Path) -> None:
    """150.5 grow by 10 % to 165.55, placed as 166: two thirds of it for A1, one for B2."""
    assert run("solve", folder, "-o", folder / "out").exit_code == 0
    assert targets(folder / "out") == [["A1", "110"], ["B2", "56"], ["C3", "0"]]
    (folder / "crm.db").unlink()
    replayed = run("replay", folder / "out")
    assert replayed.exit_code == 0, replayed.output
    assert "the same to the byte" in replayed.output


def test_the_address_stands_in_no_file_of_the_run(folder: Path) -> None:
    assert run("solve", folder, "-o", folder / "out", "--xlsx").exit_code == 0
    with zipfile.ZipFile(folder / "out" / "record.zip") as record:
        kept = b"".join(map(record.read, record.namelist()))
    kept += b"".join(path.read_bytes() for path in (folder / "out").glob("*.*") if path.suffix != ".zip")
    assert b"sqlite:" not in kept
    assert "partners (query).feather" in json.loads((folder / "out" / "result.json").read_text())["inputs"]


def test_a_query_is_refused_where_no_one_allowed_it(folder: Path) -> None:
    """A service reads scenarios in this way: what a stranger uploads reaches no database."""
    with pytest.raises(Refused) as refused:
        load(folder)
    assert [finding.code for finding in refused.value.findings] == ["outside-table"]


@pytest.mark.parametrize(
    ("query", "url", "message"),
    [
        (QUERY, "", "the environment variable 'CRM_URL' is not set"),
        (QUERY, "nonsense", "holds no database address"),
        (QUERY, "postgresql+nodriver://u:secret@h/x", "holds no database address"),
        (QUERY, "postgresql+psycopg://u:secret@127.0.0.1:1/x?connect_timeout=2", "the query failed"),
        (QUERY.replace("accounts", "nowhere"), None, "no such table: nowhere"),
        ("drop table accounts", None, "the statement is no query"),
        ("select 1 as x; drop table accounts", None, "the query failed"),
        ("select name from accounts", None, "unknown-column"),
        ("select * from accounts where false", None, "empty-table"),
    ],
)
def test_what_goes_wrong_is_a_finding_without_secrets(
    folder: Path, monkeypatch: pytest.MonkeyPatch, query: str, url: str | None, message: str
) -> None:
    if url is not None:
        monkeypatch.setenv("CRM_URL", url)
    (folder / "scenario.yaml").write_text(SCENARIO.replace("QUERY", query))
    checked = run("check", folder)
    assert (checked.exit_code, "secret" in checked.output) == (1, False), checked.output
    assert message in checked.output
    with sqlite3.connect(folder / "crm.db") as database:
        assert database.execute("select count(*) from accounts").fetchone() == (3,)
    database.close()


def test_standard_input_is_read_as_a_file_would_be(folder: Path) -> None:
    """A German export, piped in; the record keeps it, so that the run can be solved again."""
    text = SCENARIO.replace('{sql: "QUERY", url: CRM_URL, columns: {last_year: revenue}}', '"-"')
    (folder / "scenario.yaml").write_text(text)
    given = "partner_id;last_year\nA1;1.000,50\nB2;500,00\n"
    assert run("solve", folder, "-o", folder / "out", given=given).exit_code == 0
    assert targets(folder / "out") == [["A1", "1101"], ["B2", "550"]]
    assert "the same to the byte" in run("replay", folder / "out").output
    assert "empty-table" in run("check", folder, given="").output


@pytest.mark.parametrize(
    "table", ["{sql: select 1}", "{url: X}", "{file: a.csv, sql: select 1, url: X}", "{}"]
)
def test_a_table_is_a_file_or_a_query_with_its_address(folder: Path, table: str) -> None:
    text = SCENARIO.replace('{sql: "QUERY", url: CRM_URL, columns: {last_year: revenue}}', table)
    (folder / "scenario.yaml").write_text(text)
    assert run("check", folder).exit_code == 1
