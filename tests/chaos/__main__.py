"""`python -m tests.chaos`: do harm to a running service for a while, and report what became of its promises."""

import argparse
import secrets
import sys
import time

from tests.chaos.act import act


def main() -> int:
    """The number of acts in which a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of harm, over all databases (60)")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--seed", type=int, default=None, help="repeat the choices of an earlier run")
    wanted = parser.parse_args()
    databases = ["sqlite", "postgresql"] if wanted.database == "both" else [wanted.database]
    seed = secrets.randbits(32) if wanted.seed is None else wanted.seed
    broken = 0
    for database in databases:
        report = act(database, seconds=wanted.seconds / len(databases), seed=seed, log=_print)
        print(report.text(), flush=True)
        broken += bool(report.history.faults)
    return broken


def _print(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
