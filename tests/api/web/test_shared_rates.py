"""Limits that several processes share through PostgreSQL."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from api.db import Store
from api.db.column_types import now
from api.db.queue_policy import DEFAULT
from api.db.tables import rate_buckets
from api.db.tables.rate_buckets import RateBucket
from api.web.rate_limit import Rates, SharedRates, rates_of
from api.worker.upkeep import Upkeep


@pytest.fixture
def database(pg: Any) -> Iterator[Store]:
    opened = Store.open(pg().settings())
    yield opened
    opened.close()


def test_two_processes_grant_no_more_than_one_bucket_holds(database: Store) -> None:
    first, second = (SharedRates(database, "key", per_second=0.001, burst=30) for _ in range(2))
    given = [each.take("a").allowed for _ in range(40) for each in (first, second)]
    assert given.count(True) == 30
    assert first.take("b").allowed


def test_a_bucket_refills_by_the_databases_clock(database: Store) -> None:
    with database.write() as session:
        assert rate_buckets.draw(session, "a", wanted=5, per_second=1.0, burst=5) == (5, 0.0)
        session.get_one(RateBucket, "a").drawn_at = now() - timedelta(seconds=3.5)
    with database.write() as session:
        given, left = rate_buckets.draw(session, "a", wanted=5, per_second=1.0, burst=5)
    assert given == 3
    assert 0.4 < left < 1


def test_who_is_refused_learns_when_to_come_back_and_the_database_is_left_alone(database: Store) -> None:
    rates = SharedRates(database, "address", per_second=0.1, burst=2)
    assert [rates.take("a").allowed for _ in range(3)] == [True, True, False]
    assert 0 < rates.peek("a").wait_s <= 10
    with database.read() as session:
        before = session.get_one(RateBucket, "address a").drawn_at
    assert not rates.take("a").allowed
    assert rates.take("a").wait_s > 1
    with database.read() as session:
        assert session.get_one(RateBucket, "address a").drawn_at == before


def test_a_peek_takes_nothing(database: Store) -> None:
    rates = SharedRates(database, "address", per_second=0.1, burst=2)
    assert [rates.peek("a").remaining for _ in range(5)] == [2] * 5


def test_forgotten_buckets_are_full_again(database: Store) -> None:
    rates = SharedRates(database, "key", per_second=0.001, burst=1)
    assert [rates.take("a").allowed for _ in range(2)] == [True, False]
    with database.write() as session:
        rate_buckets.forget(session, before=now() + timedelta(days=1))
    assert SharedRates(database, "key", per_second=0.001, burst=1).take("a").allowed


def test_a_server_that_has_its_database_to_itself_counts_by_itself(
    database: Store, sqlite_store: Store
) -> None:
    assert isinstance(rates_of(database, "key", per_second=1, burst=1), SharedRates)
    assert isinstance(rates_of(sqlite_store, "key", per_second=1, burst=1), Rates)


def test_the_upkeep_forgets_buckets_that_are_full_again(database: Store) -> None:
    rates = SharedRates(database, "key", per_second=1.0, burst=10)
    for name in ("old", "new"):
        rates.take(name)
    with database.write() as session:
        session.get_one(RateBucket, "key old").drawn_at = now() - timedelta(days=2)
    next(chore for chore in Upkeep(database, DEFAULT).chores if chore.name == "forget").do()
    with database.read() as session:
        assert [each.name for each in session.scalars(select(RateBucket))] == ["key new"]
