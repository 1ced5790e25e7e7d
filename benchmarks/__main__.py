"""`python -m benchmarks`: peers side by side on the same instances, in one run on one machine."""

from __future__ import annotations

from contextlib import suppress
from math import log
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np

from benchmarks.arrays import Arrays
from benchmarks.instances import write
from benchmarks.measure import LeftOutError, Timed, loaded_for_help, module, timed, whole
from benchmarks.report import NAMES, Report

_TOO_LARGE = {"pulp_cbc": 10_000, "linopy_highs": 10_000}
"""Beyond so many partners these take more than the few minutes there are."""
_TIMES = {"pulp_cbc": 25, "linopy_highs": 12, "cvxpy_clarabel": 20}


@click.command()
@click.option("--quick", is_flag=True, help="2,000 and 10,000 partners only.")
@click.option("--rounds", default=3, show_default=True, help="Processes of which the best counts.")
@click.option("--limit", default=300.0, show_default=True, help="Seconds a peer may take.")
@click.option(
    "--peer",
    "peers",
    multiple=True,
    type=click.Choice(list(NAMES)),
    help="Only this one, and ours; repeatable.",
)
def main(quick: bool, rounds: int, limit: float, peers: tuple[str, ...]) -> None:
    """Measure, print the table, and say what is met of what must be."""
    sizes = [2_000, 10_000] if quick else [2_000, 10_000, 100_000]
    report = Report()
    with TemporaryDirectory() as home:
        for size in sizes:
            _side_by_side(report, Path(home), size, peers or tuple(NAMES), rounds=rounds, limit=limit)
        click.echo(f"\n{report.table(sizes)}\n")
        for peer, times in _TIMES.items():
            ratio = report.ratio(peer, "ours", 10_000)
            report.must(f"at 10,000 {times} × faster than {NAMES[peer]}", ratio, least=times, unit=" ×")
        _same_answer(report, Path(home) / "10000", limit)
        if not quick:
            most = report.ratio("ours", "piqp_bare", 100_000)
            report.must("at 100,000 within 3 × of PIQP on the bare arrays", most, most=3, unit=" ×")
            _growth(report, Path(home), rounds, limit)
            _whole(report, Path(home), limit)
    heavy = loaded_for_help()
    report.asked.append(
        ("cascade --help loads no solver and no pandas", ", ".join(heavy) or "none", not heavy)
    )
    click.echo(report.verdicts())


def _side_by_side(
    report: Report, home: Path, size: int, peers: tuple[str, ...], *, rounds: int, limit: float
) -> None:
    folder = home / str(size)
    module("prepare", folder, size, limit=limit)
    for peer in [peer for peer in NAMES if peer in (*peers, "ours")]:
        try:
            if size > _TOO_LARGE.get(peer, size):
                raise LeftOutError("left out: takes more than a few minutes")
            report.figures[peer, size] = timed(peer, folder, limit=limit, rounds=rounds)
        except LeftOutError as reason:
            report.figures[peer, size] = str(reason)
        click.echo(f"{size:>7,} {NAMES[peer]}: {report.figures[peer, size]}", err=True)


def _same_answer(report: Report, folder: Path, limit: float) -> None:
    """Whether our unrounded targets are the optimum that cvxpy + Clarabel comes near, as near as it comes.

    An answer that is worse by some excess may be as far away as √(2 · excess), and no farther.
    """
    arrays = Arrays.load(folder / "arrays.npz")
    for peer, digits in (("cvxpy_clarabel", "1e-8"), ("cvxpy_clarabel_fine", "1e-12")):
        if not (folder / f"{peer}.npy").exists():
            with suppress(LeftOutError):
                timed(peer, folder, limit=limit)
        what = f"at 10,000 our unrounded targets against those of Clarabel at {digits}"
        if not (folder / f"{peer}.npy").exists():
            report.must(what, None)
            continue
        ours, theirs = (np.load(folder / f"{name}.npy") for name in ("ours", peer))
        apart = np.max(np.abs(ours - theirs) / np.maximum(np.abs(ours), 1.0))
        excess = arrays.spread(theirs) - arrays.spread(ours)
        distance = np.sqrt(np.sum(((ours - theirs) / arrays.root) ** 2))
        room = np.sqrt(2 * max(0.0, excess))
        found = f"{apart:.1e} of a target apart; distance {distance:.1e} within {room:.1e}"
        fine = bool(excess >= 0 and distance <= room)
        report.asked.append((f"{what}: the same, but for what theirs is worse", found, fine))


def _growth(report: Report, home: Path, rounds: int, limit: float) -> None:
    small, large = 10_000, 250_000
    folder = home / str(large)
    write(folder, large, hard=True)
    first, last = report.figures["ours", small], timed("ours", folder, limit=limit, rounds=rounds)
    click.echo(f"{large:>7,} {NAMES['ours']}: {last}", err=True)
    found = log(last.cpu / first.cpu) / log(large / small) if isinstance(first, Timed) else None
    report.must("growth from 10,000 to 250,000 partners, exponent at most 1.2", found, most=1.2)


def _whole(report: Report, home: Path, limit: float) -> None:
    """From files to files at 100,000 partners: with every rule hard, and with some that give way."""
    for hard, name in ((True, "hard rules"), (False, "elastic rules")):
        folder = home / f"whole-{hard}"
        write(home / "small", 2_000, hard=hard)
        write(folder, 100_000, hard=hard)
        found = whole(home / "small", folder, limit=limit)
        stages: dict[str, tuple[float, float]] = found["stages"]
        solve = sum(stages[stage][0] for stage in ("rows", "solve", "round"))
        around = sum(stages[stage][0] for stage in ("read", "receipts", "audit", "write"))
        parts = ", ".join(f"{stage} {cpu:.2f}" for stage, (cpu, _) in stages.items())
        click.echo(f"100,000 partners, {name}, seconds of processor: {parts}")
        what = "read, check, explain and write at 100,000 against the solve"
        report.must(f"{what} ({name})", around / solve, most=1, unit=" ×")
        report.must(f"memory at 100,000, below 3 GB ({name})", found["peak_gb"], most=3, unit=" GB")


if __name__ == "__main__":
    main()
