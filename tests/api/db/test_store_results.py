"""Results in parts: whatever the solve wrote comes back by page, by partner and whole, to the byte."""

import csv
import io
import subprocess
import sys

import factories
import fake_solver
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.db import NotFound, Store
from api.db.run_lifecycle import Outcome, finish
from api.db.tables import results
from api.db.tables.runs import State
from api.output.bundling import pack

ALLOCATION = ["partner", "metric", "target", "binding"]
RECEIPTS = ["partner", "metric", "item", "amount"]
Rows = list[list[str]]


DOCUMENT = b'{"gap": 0.1000000000000000055, "state": "succeeded"}'


def content(header: list[str], rows: Rows) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue().encode()


def finished(store: Store, allocation: Rows, receipts: Rows | None = None) -> tuple[str, str]:
    """An organisation, and its run that left these rows."""
    texts = {"allocation": content(ALLOCATION, allocation)}
    if receipts is not None:
        texts["receipts"] = content(RECEIPTS, receipts)
    org = factories.organisation(store)
    run_id = factories.run(store, org)
    claim = factories.claimed(store)
    with store.write() as session:
        assert finish(
            session,
            claim,
            Outcome(State.SUCCEEDED),
            pack(b'{"gap": 0.1000000000000000055, "state": "succeeded"}', texts),
        )
    return org, run_id


def whole(store: Store, org: str, run_id: str, name: str) -> bytes:
    with store.read() as session:
        return b"".join(results.table_csv(session, org, run_id, name))


def cells(rows: tuple[dict[str, str], ...]) -> Rows:
    return [list(row.values()) for row in rows]


def of_partner(store: Store, org: str, run_id: str, partner: str) -> tuple[Rows, Rows]:
    with store.read() as session:
        found = results.partner(session, org, run_id, partner)
    return cells(found.allocation), cells(found.receipts)


def many(partners: int) -> tuple[Rows, Rows]:
    """Rows of that many partners, whose names do not stand in the order of the alphabet."""
    names = [f"P{number * 7919 % 100_000:05}" for number in range(partners)]
    allocation = [[name, metric, str(i), ""] for i, name in enumerate(names) for metric in ("a", "b")]
    receipts = [[name, metric, item, "0.5"] for name in names for metric in "ab" for item in ("share", "cap")]
    return allocation, receipts


def test_a_table_comes_back_to_the_byte(store: Store) -> None:
    allocation, receipts = many(500)
    org, run_id = finished(store, allocation, receipts)
    assert whole(store, org, run_id, "allocation") == content(ALLOCATION, allocation)
    assert whole(store, org, run_id, "receipts") == content(RECEIPTS, receipts)


def test_pages_are_slices_wherever_they_start(store: Store) -> None:
    allocation, receipts = many(300)
    org, run_id = finished(store, allocation, receipts)
    with store.read() as session:
        for start in (0, 1, 63, 64, 65, 127, 200, 590, 599, 600, 10_000):
            for limit in (1, 50, 64, 200):
                page = results.rows(session, org, run_id, "allocation", start=start, limit=limit)
                assert cells(page) == allocation[start : start + limit]


def test_every_partner_is_found_with_all_its_rows(store: Store) -> None:
    allocation, receipts = many(300)
    org, run_id = finished(store, allocation, receipts)
    for name in {row[0] for row in allocation}:
        assert of_partner(store, org, run_id, name) == (
            [row for row in allocation if row[0] == name],
            [row for row in receipts if row[0] == name],
        )


@pytest.mark.parametrize("name", ["", "P", "P00000x", "Q", "zzz", "p00000"])
def test_a_partner_that_is_not_there_is_not_found(store: Store, name: str) -> None:
    org, run_id = finished(store, *many(3))
    with store.read() as session, pytest.raises(NotFound):
        results.partner(session, org, run_id, name)


def test_rows_of_a_partner_are_brought_together_when_they_lie_apart(store: Store) -> None:
    apart = [["b", "x", "1", ""], ["a", "x", "2", ""], ["b", "y", "3", ""], ["a", "y", "4", ""]]
    org, run_id = finished(store, apart)
    with store.read() as session:
        found = cells(results.rows(session, org, run_id, "allocation"))
    assert found == [apart[0], apart[2], apart[1], apart[3]]
    assert of_partner(store, org, run_id, "a") == ([apart[1], apart[3]], [])


def test_names_with_commas_quotes_breaks_and_accents_are_kept(store: Store) -> None:
    names = ["a, b", 'the "best"', "über\nall", "日本", "Ω", "a", "\U0001f600"]
    rows = [[name, "x", str(i), 'rule "1";rule, 2'] for i, name in enumerate(names)]
    org, run_id = finished(store, rows, [[name, "x", "share", "1"] for name in names])
    assert whole(store, org, run_id, "allocation") == content(ALLOCATION, rows)
    for name, row in zip(names, rows, strict=True):
        assert of_partner(store, org, run_id, name) == ([row], [[name, "x", "share", "1"]])


def test_the_quote_before_a_formula_is_only_in_the_csv(store: Store) -> None:
    org, run_id = finished(store, [["'=1+1", "x", "-5", "'@rule"], ["'quoted'", "x", "6", ""]])
    assert of_partner(store, org, run_id, "=1+1")[0] == [["=1+1", "x", "-5", "@rule"]]
    assert of_partner(store, org, run_id, "'quoted'")[0] == [["'quoted'", "x", "6", ""]]
    assert b"'=1+1,x,-5,'@rule" in whole(store, org, run_id, "allocation")


def test_numbers_of_the_document_lose_no_digit(store: Store) -> None:
    org, run_id = finished(store, [])
    with store.read() as session:
        assert results.document(session, org, run_id)["gap"] == "0.1000000000000000055"


def test_an_allocation_without_rows_is_empty(store: Store) -> None:
    org, run_id = finished(store, [], [])
    assert whole(store, org, run_id, "allocation") == content(ALLOCATION, [])
    with store.read() as session:
        assert results.rows(session, org, run_id, "allocation") == ()


def test_a_run_without_a_result_has_none(store: Store) -> None:
    org = factories.organisation(store)
    run_id = factories.run(store, org)
    with store.read() as session:
        for read in (results.get, results.document):
            with pytest.raises(NotFound):
                read(session, org, run_id)


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(names=st.lists(NAMES.filter(lambda name: name[0] not in "'=+-@＝＋－＠"), unique=True, max_size=20))
def test_reading_after_writing_gives_what_was_written(sqlite_store: Store, names: list[str]) -> None:
    allocation = [[name, metric, "1", name] for name in names for metric in "ab"]
    receipts = [[name, "a", "share", "1"] for name in names]
    org, run_id = finished(sqlite_store, allocation, receipts)
    assert whole(sqlite_store, org, run_id, "allocation") == content(ALLOCATION, allocation)
    for name in names:
        found, receipt = of_partner(sqlite_store, org, run_id, name)
        assert [row[0] for row in found] == [name, name]
        assert receipt == [[name, "a", "share", "1"]]


def test_packing_imports_no_pandas() -> None:
    """Every solve packs in a process of its own, and pandas takes longer to import than most solves."""
    program = f"""
import sys
from api.output.bundling import pack
pack(b"{{}}", {fake_solver.tables(3)!r})
assert "pandas" not in sys.modules
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
