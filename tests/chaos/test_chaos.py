"""Half a minute of harm on each database; `python -m tests.chaos --seconds 3600` goes on for longer."""

import os
import secrets

import pytest

from tests.chaos.act import act


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_nothing_that_was_accepted_is_lost_or_done_twice(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("CHAOS_SEED", secrets.randbits(32)))
    seconds = float(os.environ.get("CHAOS_SECONDS", "30"))
    report = act(database, seconds=seconds, seed=seed, log=lambda _: None)
    with capsys.disabled():
        print(f"\n{report.text()}")
    assert report.history.faults == []
    assert report.recovered_s is not None
