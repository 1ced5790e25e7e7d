"""A solver that keeps the contract of `api.worker.solve` and behaves as its scenario says.

Its scenario.yaml is JSON: {"partners": 3, "do": ["sleep 0.2", "crash"], "crash_attempts": 2}.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from api.output import result_bundle
from api.output.bundling import pack
from api.processes.messages import RESULT_FOLDER, Progress, Report, SolveReply, SolveRequest

METRICS = ("revenue", "licences")
ALLOCATION = "partner,metric,baseline,fair_share,floor,cap,unrounded,target,growth,stretch,binding"
RECEIPTS = "partner,metric,item,kind,amount"
RESULT: dict[str, Any] = {"state": "succeeded", "termination": "optimal", "audit": {"verified": True}}
CONFLICT = {"state": "infeasible", "termination": "infeasible", "conflict": {"rules": ["a", "b"]}}


class Replied(Exception):  # noqa: N818
    """The deed ends the solve with this reply."""

    def __init__(self, reply: SolveReply) -> None:
        self.reply = reply


def solve(request: SolveRequest, report: Report) -> SolveReply:
    scenario = json.loads((request.folder / "scenario.yaml").read_text())
    report(Progress(stage="read", share=0.1))
    if int(request.folder.name.rpartition(".")[2]) <= scenario.get("crash_attempts", 0):
        os.kill(os.getpid(), signal.SIGKILL)
    for deed in scenario.get("do", []):
        word, _, argument = deed.partition(" ")
        if word == "sleep":
            report(Progress(stage="solve", share=0.5))
        try:
            DEEDS[word](argument, request.folder / RESULT_FOLDER)
        except Replied as replied:
            return replied.reply
    write(request.folder / RESULT_FOLDER, tables(scenario.get("partners", 3), int(scenario.get("seed", 0))))
    return SolveReply(state="succeeded", termination="optimal", has_result=True)


def do_sleep(seconds: str, _out: Path) -> None:
    time.sleep(float(seconds))


def do_say(words: str, _out: Path) -> None:
    print(words, file=sys.stderr, flush=True)


def do_raise(_argument: str, _out: Path) -> None:
    raise RuntimeError("no one expected this")


def do_kill(_argument: str, _out: Path) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def do_eat(megabytes: str, _out: Path) -> None:
    sys.stderr.write(f"{len(bytearray(int(megabytes) << 20))}\n")


def do_spin(_argument: str, _out: Path) -> None:
    while True:
        pass


def do_spawn(path: str, _out: Path) -> None:
    """Leave a grandchild behind, whose pid is written to `path`."""
    pid = os.fork()
    if pid == 0:
        time.sleep(600)
        os._exit(0)
    Path(path).write_text(str(pid))


def do_findings(_argument: str, _out: Path) -> None:
    found = {"code": "unknown-kind", "severity": "error", "file": "rules.yaml", "line": 2, "column": 9}
    finding = {**found, "message": "no rule kind 'x'", "remedy": "Did you mean 'y'?"}
    raise Replied(SolveReply(state="failed", termination="error", reason="findings", findings=(finding,)))


def do_fail(_argument: str, _out: Path) -> None:
    raise Replied(SolveReply(state="failed", termination="error", reason="solve_failed"))


def do_conflict(_argument: str, out: Path) -> None:
    write(out, {}, CONFLICT)
    raise Replied(SolveReply(state="infeasible", termination="infeasible", has_result=True))


def do_exit(code: str, _out: Path) -> None:
    os._exit(int(code))


DEEDS = {name.removeprefix("do_"): deed for name, deed in list(globals().items()) if name.startswith("do_")}


def tables(partners: int, seed: int = 0) -> dict[str, bytes]:
    """An allocation of two metrics for partners P00000…: partner number i gets i + seed."""
    cells = [(f"P{i:05}", metric, i + seed) for i in range(partners) for metric in METRICS]
    allocation = [ALLOCATION, *(f"{p},{m},{n},{n},0,,{n}.5,{n},0.1,0.0,cap;floor" for p, m, n in cells)]
    receipts = [RECEIPTS]
    for p, m, n in cells:
        receipts += [f"{p},{m},fair share,fair_share,{n}.5", f"{p},{m},rounding,rounding,-0.5"]
    texts = {"allocation": allocation, "receipts": receipts}
    return {name: ("\n".join(lines) + "\n").encode() for name, lines in texts.items()}


def write(out: Path, texts: dict[str, bytes], result: dict[str, Any] | None = None) -> None:
    result_bundle.write(pack(json.dumps(result or RESULT).encode(), texts), out)
