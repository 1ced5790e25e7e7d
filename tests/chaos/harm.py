"""Ways to do harm, each followed by what an operator (or the supervisor of the host) does about it."""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress

from tests.chaos.service import Program, Service

LEASE_S = 8.0
Harm = Callable[[Service, random.Random], str]


def kill_a_solve(service: Service, chance: random.Random) -> str:
    """No one does anything about it: the worker must."""
    return "a solve" if _kill_one(service.solves(), chance) else ""


def kill_a_fork_server(service: Service, chance: random.Random) -> str:
    return "a fork server" if _kill_one(service.fork_servers(), chance) else ""


def kill_the_worker(service: Service, _chance: random.Random) -> str:
    service.worker.kill()
    service.worker.start()
    return f"the {service.worker.name}"


def kill_the_server(service: Service, _chance: random.Random) -> str:
    service.server.kill()
    service.server.start()
    return "the server"


def deploy(service: Service, chance: random.Random) -> str:
    """The way a new version is brought in: SIGTERM, then a start."""
    program = chance.choice(service.programs)
    program.stop()
    program.start()
    return f"the {program.name}, by a deploy"


def freeze(service: Service, chance: random.Random) -> str:
    """The worker stands still past its lease, and comes back with a result that no one wants any more."""
    _freeze(service.worker, LEASE_S + chance.uniform(1, 3))
    return f"the {service.worker.name}, frozen"


def kill_postgres(service: Service, _chance: random.Random) -> str:
    if not service.postgres:
        return ""
    service.postgres.kill()
    time.sleep(0.5)
    service.postgres.start()
    return "PostgreSQL"


def turn_the_lights_out(service: Service) -> None:
    """Everything dies at once, and is started again."""
    for program in service.programs:
        program.kill()
    if service.postgres:
        service.postgres.kill()
        service.postgres.start()
    for program in service.programs:
        program.start()


HARMS: dict[Harm, int] = {
    kill_a_solve: 6,
    kill_a_fork_server: 2,
    kill_the_worker: 3,
    kill_the_server: 2,
    deploy: 2,
    freeze: 1,
    kill_postgres: 3,
}
"""Each with how often it happens, in proportion."""


def _kill_one(pids: list[int], chance: random.Random) -> bool:
    if not pids:
        return False
    with suppress(ProcessLookupError):
        os.kill(chance.choice(pids), signal.SIGKILL)
    return True


def _freeze(program: Program, seconds: float) -> None:
    program.send(signal.SIGSTOP)
    time.sleep(seconds)
    program.send(signal.SIGCONT)
