"""When a claim is taken for dead: only after a whole lease seen without a beat, whatever clocks do."""

from api.runs import Claim
from api.watch import Watch

ONE, TWO = Claim("run_1", 1), Claim("run_2", 1)


def watch() -> Watch:
    return Watch(lease_s=8.0, gap_s=3.0)


def look(watching: Watch, beats: dict[Claim, int], at: float) -> dict[Claim, int]:
    return watching.look(beats, began=at, ended=at)


def test_a_claim_that_stands_still_for_a_lease_has_lapsed() -> None:
    watching = watch()
    seen = [look(watching, {ONE: 5}, float(second)) for second in range(10)]
    assert seen[:8] == [{}] * 8
    assert seen[8] == {ONE: 5}


def test_a_claim_that_beats_never_lapses() -> None:
    watching = watch()
    assert not any(look(watching, {ONE: second // 4}, float(second)) for second in range(100))


def test_only_the_one_that_stands_still_lapses() -> None:
    watching = watch()
    for second in range(8):
        look(watching, {ONE: 0, TWO: second}, float(second))
    assert look(watching, {ONE: 0, TWO: 8}, 8.0) == {ONE: 0}


def test_a_new_attempt_starts_its_own_lease() -> None:
    watching = watch()
    for second in range(8):
        look(watching, {Claim("run_1", 1): 0}, float(second))
    assert look(watching, {Claim("run_1", 2): 0}, 8.0) == {}


def test_after_a_gap_in_looking_everybody_gets_a_whole_lease_again() -> None:
    """While the database was away, or this process stood still, nobody could be seen to beat."""
    watching = watch()
    look(watching, {ONE: 0}, 0.0)
    assert look(watching, {ONE: 0}, 3600.0) == {}
    seen = [look(watching, {ONE: 0}, 3600.0 + second) for second in range(1, 9)]
    assert seen[:7] == [{}] * 7
    assert seen[7] == {ONE: 0}


def test_a_slow_reading_counts_from_its_end_to_the_next_beginning() -> None:
    watching = watch()
    watching.look({ONE: 0}, began=0.0, ended=2.0)
    for second in (3.0, 5.0, 7.0, 9.0):
        assert watching.look({ONE: 0}, began=second, ended=second + 0.5) == {}
    assert watching.look({ONE: 0}, began=10.0, ended=10.0) == {ONE: 0}
