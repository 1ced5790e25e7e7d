"""When a worker is taken for dead: only after a whole lease seen without a beat, whatever clocks do."""

from datetime import UTC, datetime, timedelta

from api.worker.leases import LeaseMonitor

ONE, TWO = 1, 2


def beat(number: int) -> datetime:
    """The heartbeat with this number, by a clock of the database's own."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)


def monitor() -> LeaseMonitor:
    return LeaseMonitor(lease_s=8.0, gap_s=3.0)


def lapsed_at(watching: LeaseMonitor, beats: dict[int, int], at: float) -> list[int]:
    return list(watching.lapsed({one: beat(n) for one, n in beats.items()}, began=at, ended=at))


def test_a_worker_that_stands_still_for_a_lease_has_lapsed() -> None:
    watching = monitor()
    seen = [lapsed_at(watching, {ONE: 5}, float(second)) for second in range(10)]
    assert seen[:8] == [[]] * 8
    assert seen[8] == [ONE]


def test_a_worker_that_beats_never_lapses() -> None:
    watching = monitor()
    assert not any(lapsed_at(watching, {ONE: second // 4}, float(second)) for second in range(100))


def test_only_the_one_that_stands_still_lapses() -> None:
    watching = monitor()
    for second in range(8):
        lapsed_at(watching, {ONE: 0, TWO: second}, float(second))
    assert lapsed_at(watching, {ONE: 0, TWO: 8}, 8.0) == [ONE]


def test_a_clock_that_jumps_takes_nothing_from_anybody() -> None:
    """The heartbeats are compared, never counted with: an hour forth and back is a beat like any other."""
    watching = monitor()
    jumps = (0, 3600, 7200, 5, 6, -3600)
    assert not any(lapsed_at(watching, {ONE: jump}, 4.0 * turn / 2) for turn, jump in enumerate(jumps))


def test_after_a_gap_in_looking_everybody_gets_a_whole_lease_again() -> None:
    """While the database was away, or this process stood still, no one could be seen to beat."""
    watching = monitor()
    lapsed_at(watching, {ONE: 0}, 0.0)
    assert lapsed_at(watching, {ONE: 0}, 3600.0) == []
    seen = [lapsed_at(watching, {ONE: 0}, 3600.0 + second) for second in range(1, 9)]
    assert seen[:7] == [[]] * 7
    assert seen[7] == [ONE]


def test_a_slow_reading_counts_from_its_end_to_the_next_beginning() -> None:
    watching, beats = monitor(), {ONE: beat(0)}
    watching.lapsed(beats, began=0.0, ended=2.0)
    for second in (3.0, 5.0, 7.0, 9.0):
        assert watching.lapsed(beats, began=second, ended=second + 0.5) == {}
    assert watching.lapsed(beats, began=10.0, ended=10.0) == beats
