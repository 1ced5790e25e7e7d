"""`python -m benchmarks.service`: start a server, load it from this process, print the figures."""

import tempfile
from pathlib import Path

import click

from benchmarks.service.measure import answered_at_once, mixed_load, one_partner
from benchmarks.service.server import serving


@click.command()
@click.option("--rate", default=320.0, show_default=True, help="Requests a second of the mixed load.")
@click.option("--seconds", default=60.0, show_default=True, help="How long; 600 for the memory.")
@click.option("--partners", default=100_000, show_default=True, help="Of the large plan; 0 leaves it out.")
def main(rate: float, seconds: float, partners: int) -> None:
    """Measure the service on loopback, server and load on the same cores."""
    with tempfile.TemporaryDirectory() as home, serving(Path(home)) as server:
        print("A scenario answered through Prefer: wait")
        answered_at_once(server)
        print(f"Mixed load: {rate:.0f} requests a second for {seconds:.0f} s")
        mixed_load(server, rate=rate, seconds=seconds)
        if partners:
            print("One partner's targets from a large published plan")
            one_partner(server, partners)


if __name__ == "__main__":
    main()
