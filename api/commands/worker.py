"""`cascade worker`: solves queued runs and sends messages, on this machine or for a server on another."""

import signal
import threading
from pathlib import Path

import click

from api.home import home_options, opened


@click.command(
    epilog="\b\nExamples:\n"
    "  cascade worker --home /srv/cascade\n"
    "  cascade worker --database postgresql://cascade@db/cascade --slots 8"
)
@click.option("--slots", type=click.IntRange(1, 256), default=2, show_default=True, help="Solves at once.")
@click.option(
    "--time-limit", type=click.FloatRange(min=1), default=300, show_default=True, help="Seconds a solve."
)
@click.option(
    "--memory-limit", type=click.IntRange(min=256), default=4096, show_default=True, help="MB a solve."
)
@click.option(
    "--grace", type=click.FloatRange(min=0), default=10, show_default=True, help="Seconds at the end."
)
@click.option(
    "--private-webhooks", is_flag=True, help="Let webhooks lead to private addresses and plain http."
)
@home_options
def command(
    slots: int,
    time_limit: float,
    memory_limit: int,
    grace: float,
    private_webhooks: bool,
    home: Path,
    database: str | None,
) -> None:
    """Solve queued runs, and send the messages of webhooks, until told to stop (SIGTERM, Ctrl-C).

    Solves that do not end within the grace go back into the queue.
    """
    from api import dispatch
    from api.solving import Allowance
    from api.webhooks import Deliverer, Guard
    from api.worker import Worker, WorkerSettings
    from scenarios.installed import version

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    with opened(home, database) as store:
        dispatch.attach(store)
        allowance = Allowance(time_limit_s=time_limit, memory_limit_mb=memory_limit)
        worker = Worker(
            store,
            WorkerSettings(home, slots=slots, version=version("goal-cascade"), allowance=allowance),
        )
        sender = Deliverer(store, Guard(private=private_webhooks))
        worker.start()
        sender.start()
        click.echo(f"{worker.id} works with {slots} slots.", err=True)
        stop.wait()
        worker.stop(grace)
        sender.stop()
