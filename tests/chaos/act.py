"""One act of chaos: a client submits, everything is killed at random moments, then the history is checked."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from api.db import Settings
from api.db.tables.runs import State
from tests.api.polling import eventually, gone
from tests.chaos.client import Client
from tests.chaos.harm import HARMS, turn_the_lights_out
from tests.chaos.history import History, read
from tests.chaos.service import Service, running, timed

REST_S = 180.0


@dataclass
class Report:
    """What happened in an act."""

    database: str
    seed: int
    harms: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    retries: int = 0
    recovered_s: float | None = None
    """From the start of everything after everything was killed, to the end of a run that was under way."""
    left_over: int = 0
    """Processes that outlived the service."""
    history: History = field(default_factory=History)

    def text(self) -> str:
        """The report in a few lines."""
        harms = ", ".join(f"{count} × {name}" for name, count in sorted(self.harms.items()))
        attempts = ", ".join(f"{n} in {k}" for k, n in sorted(self.history.attempts.items()))
        recovered = "not" if self.recovered_s is None else f"in {self.recovered_s:.1f} s"
        lines = [
            f"{self.database} (seed {self.seed}): {self.accepted} runs accepted, {self.retries} requests repeated",
            f"  killed: {harms}",
            f"  ended: {dict(self.history.states)}; attempts: {attempts}; requeued: {dict(self.history.requeued)}",
            f"  after everything was killed at once, the run under way ended {recovered}",
            f"  processes left over: {self.left_over}; broken promises: {len(self.history.faults)}",
        ]
        return "\n".join([*lines, *(f"    {fault}" for fault in self.history.faults)])


def act(database: str, *, seconds: float, seed: int, log: Callable[[str], None]) -> Report:
    """Chaos for that many seconds, then rest, then everything at once; returns what came of it."""
    chance = random.Random(seed)
    report = Report(database, seed)
    with running(database) as service:
        client = Client(service, seed)
        client.prepare()
        client.start()
        _do_harm(service, chance, seconds, report, log)
        client.stop()
        log("waiting for what was accepted")
        at_rest = eventually(lambda: _ended(client), REST_S)
        report.recovered_s = _recover(service, client)
        service.stop()
        report.left_over = sum(not eventually(lambda pid=pid: gone(pid), 5) for pid in service.seen())
        report.accepted, report.retries = len(client.answers.accepted), client.answers.retries
        report.history = read(_settings(service), client.answers)
        report.history.check(at_rest, f"not everything had ended after {REST_S:.0f} s")
        report.history.check(report.left_over == 0, "processes were left over")
    return report


def _do_harm(
    service: Service, chance: random.Random, seconds: float, report: Report, log: Callable[[str], None]
) -> None:
    until = time.monotonic() + seconds
    ways, weights = list(HARMS), list(HARMS.values())
    while time.monotonic() < until:
        time.sleep(chance.uniform(0.2, 3.0))
        (way,) = chance.choices(ways, weights)
        harmed = way(service, chance)
        if harmed:
            report.harms[harmed] += 1
            log(f"killed {harmed}")


def _ended(client: Client) -> bool:
    states = [client.state(run_id) for run_id in client.answers.accepted.values()]
    return all(state is not None and State(state).final for state in states)


def _recover(service: Service, client: Client) -> float | None:
    """How long a run under way takes to its end when everything is killed and started again."""
    run_id = client.submit("lights out")
    eventually(lambda: client.state(run_id) == State.RUNNING, 10)
    turn_the_lights_out(service)
    return timed(lambda: client.state(run_id) == State.SUCCEEDED, REST_S)


def _settings(service: Service) -> Settings:
    return Settings.at(service.home, service.database)
