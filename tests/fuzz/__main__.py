"""`python -m tests.fuzz`: solve random scenarios, compare them with an independent model, and say what failed."""

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from tests.fuzz.examine import Examined
from tests.fuzz.generate import MOST, generate
from tests.fuzz.workers import run


def main() -> int:
    """The exit code: 1 where some answer was not as it should be."""
    wanted = _arguments()
    if wanted.write:
        print(generate(wanted.seed, most=wanted.most).write(wanted.write))
        return 0
    first, last = (int(end) for end in wanted.seeds.split(":"))
    seeds = range(first, last) if wanted.seed is None else range(wanted.seed, wanted.seed + 1)
    found = []
    for each in run(
        seeds, jobs=wanted.jobs, timeout=wanted.timeout, most=wanted.most, compared=wanted.compared
    ):
        found.append(each)
        _record(each, wanted.record)
        if each.faults or wanted.verbose:
            print(line(each), flush=True)
    print(summary(found))
    return int(any(each.faults for each in found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seeds", default="0:1000", help="from this seed to before that one (0:1000)")
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument(
        "--write", type=Path, metavar="DIR", help="only write the scenario of --seed into a folder"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes that solve (1)")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds for one scenario (60)")
    parser.add_argument("--most", type=int, default=MOST, help=f"partners of the largest scenario ({MOST})")
    parser.add_argument(
        "--compared",
        type=int,
        default=4_000,
        help="cells up to which an independent model is asked; 0: never (4000)",
    )
    parser.add_argument("--record", type=Path, metavar="FILE", help="append a line of JSON per scenario")
    parser.add_argument(
        "--verbose", action="store_true", help="a line for every scenario, not only for faults"
    )
    wanted = parser.parse_args()
    if wanted.write and wanted.seed is None:
        parser.error("--write needs --seed")
    return wanted


def _record(each: Examined, path: Path | None) -> None:
    if path:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**asdict(each), "faults": each.faults}) + "\n")


def line(of: Examined) -> str:
    """One scenario in a line."""
    figures = f"{of.seed:>6} {of.style:<6} {of.partners:>5} partners {of.cells:>6} cells {of.seconds:7.2f} s"
    beyond = (
        f"{max(of.worse.values(), default=0):.1e} worse, {of.apart:.1e} apart"
        if of.compared == "yes"
        else of.compared
    )
    message = [f"{figures}  {', '.join(of.faults) or 'fine'}"]
    message += [of.reason] if of.reason else []
    if of.state == "succeeded":
        message.append(f"farthest {of.farthest:g} units; off {of.margins or 'none'}; compared: {beyond}")
    return "\n          ".join(message)


def summary(found: list[Examined]) -> str:
    """What failed how often, and how long it took."""
    faults = Counter(fault for each in found for fault in each.faults)
    reasons = Counter(each.reason[:90] for each in found if each.reason)
    reported = Counter(each.compared for each in found if each.state == "succeeded")
    seconds = sorted(each.seconds for each in found) or [0.0]
    lines = [
        f"{time.strftime('%H:%M:%S')} {len(found)} scenarios, {sum(not e.faults for e in found)} without a fault"
    ]
    lines += [f"  {count:>5}  {fault}" for fault, count in faults.most_common()]
    lines += ["reasons:"] * bool(reasons) + [
        f"  {count:>5}  {reason}" for reason, count in reasons.most_common(12)
    ]
    lines.append(f"compared with the independent model: {dict(reported)}")
    lines.append(f"seconds: median {seconds[len(seconds) // 2]}, 99th percentile "
                 f"{seconds[int(0.99 * (len(seconds) - 1))]}, longest {seconds[-1]}")  # fmt: skip
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
