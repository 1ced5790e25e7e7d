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
from benchmarks.measure import LeftOutError, Timed, loaded_for_help, module, swept, timed, whole
from benchmarks.picture import growth_picture
from benchmarks.report import ELASTIC, NAMES, Report

_TOO_LARGE = {"pulp_cbc": 10_000, "linopy_highs": 10_000}
"""Beyond so many partners these take more than the few minutes there are."""
_TIMES = {"pulp_cbc": 25, "linopy_highs": 12, "cvxpy_clarabel": 20}
_POINTS = 40
_GROWTH = (1_000, 2_000, 10_000, 50_000, 100_000, 250_000)
"""Partners."""
_PICTURE = Path("out") / "growth.svg"


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
        _elastic(report, Path(home), peers or tuple(NAMES), rounds=rounds, limit=limit)
        _sweep(report, Path(home), limit)
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


def _elastic(report: Report, home: Path, peers: tuple[str, ...], *, rounds: int, limit: float) -> None:
    """Rules of several priorities at odds: the stages against peers', and all of it against hard rules alone."""
    instances = {"three": (2_000, 3), "twelve": (2_000, 12), "twelve, large": (10_000, 12)}
    for name, (partners, wishes) in instances.items():
        folder = home / name.replace(", ", "-")
        module("prepare", folder, partners, name.partition(",")[0], limit=limit)
        for peer in [peer for peer in ELASTIC if peer.removesuffix("_elastic") in (*peers, "ours")]:
            try:
                if name == "twelve, large" and peer in ("pulp_cbc_elastic", "linopy_highs_elastic"):
                    raise LeftOutError("left out: takes more than a few minutes")
                report.figures[peer, name] = timed(peer, folder, limit=limit, rounds=rounds)
            except LeftOutError as reason:
                report.figures[peer, name] = str(reason)
            click.echo(
                f"{partners:>7,} {wishes} wishes, {ELASTIC[peer]}: {report.figures[peer, name]}", err=True
            )
        hard, found = report.figures.get(("ours", partners)), report.figures["ours", name]
        ratio = found.cpu / hard.cpu if isinstance(found, Timed) and isinstance(hard, Timed) else None
        report.must(
            f"{wishes} elastic rules at {partners:,}, against hard rules alone", ratio, most=3, unit=" ×"
        )
        ratio = report.ratio("cvxpy_clarabel_elastic", "ours_elastic", name)
        report.must(
            f"{wishes} elastic rules at {partners:,}: faster than cvxpy + Clarabel",
            ratio,
            least=20,
            unit=" ×",
        )
    titles = {name: f"{wishes} wishes, {partners:,}" for name, (partners, wishes) in instances.items()}
    click.echo(f"\n{report.elastic_table(titles)}\n")


def _sweep(report: Report, home: Path, limit: float) -> None:
    """Points solved by all cores, the start of their processes included."""
    found = swept(home / "three", _POINTS, limit=limit)
    each = found["cpu"] / found["points"] / found["jobs"]
    jobs = f"{found['jobs']:.0f} processes, {found['cpu'] / found['points']:.3f} s of processor each"
    click.echo(f"sweep of {_POINTS} points by {jobs}: {found['wall']:.1f} s", err=True)
    report.must(
        "1,000 points of a sweep at 2,000 with three priorities, by processor over processes",
        1_000 * each,
        most=60,
        unit=" s",
    )


def _growth(report: Report, home: Path, rounds: int, limit: float) -> None:
    """The table and the picture of growth, in partners."""
    seconds: dict[int, float] = {}
    for size in _GROWTH:
        folder = home / str(size)
        if not folder.exists():
            write(folder, size, hard=True)
        known = report.figures.get(("ours", size))
        found = known if isinstance(known, Timed) else timed("ours", folder, limit=limit, rounds=rounds)
        seconds[size] = found.cpu
        click.echo(f"| {size:,} | {found.cpu:.3g} s | {found.peak_gb:.2f} GB |")
    _PICTURE.parent.mkdir(parents=True, exist_ok=True)
    _PICTURE.write_text(growth_picture(seconds), encoding="utf-8")
    click.echo(f"drawn in {_PICTURE}", err=True)
    small, large = 10_000, _GROWTH[-1]
    found_exponent = log(seconds[large] / seconds[small]) / log(large / small)
    report.must("growth from 10,000 to 250,000 partners, exponent at most 1.2", found_exponent, most=1.2)


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
