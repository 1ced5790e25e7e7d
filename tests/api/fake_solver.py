"""A solver that keeps the contract of `cascade solve` and behaves as its scenario says.

Its scenario.yaml is JSON: {"partners": 3, "do": ["sleep 0.2", "crash"], "crash_attempts": 2}.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

METRICS = ("revenue", "licences")
ALLOCATION = "partner,metric,baseline,fair_share,floor,cap,unrounded,target,growth,stretch,binding"
RECEIPTS = "partner,metric,item,kind,amount"


def main() -> None:
    command, path, _, out, *flags = sys.argv[1:]
    assert (command, flags) == ("solve", ["--no-record", "--json-progress"])
    scenario = json.loads(Path(path).read_text())
    tell("read", 0.1)
    attempt = int(Path(path).parent.name.rpartition(".")[2])
    if attempt <= scenario.get("crash_attempts", 0):
        os.kill(os.getpid(), signal.SIGKILL)
    for deed in scenario.get("do", []):
        word, _, argument = deed.partition(" ")
        DEEDS[word](argument, Path(out))
    write(Path(out), scenario.get("partners", 3), int(scenario.get("seed", 0)))


def tell(stage: str, share: float) -> None:
    print(json.dumps({"stage": stage, "share": share}), file=sys.stderr, flush=True)


def do_sleep(seconds: str, _out: Path) -> None:
    tell("solve", 0.5)
    time.sleep(float(seconds))


def do_say(words: str, _out: Path) -> None:
    print(words, file=sys.stderr, flush=True)


def do_raise(_argument: str, _out: Path) -> None:
    raise RuntimeError("nobody expected this")


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
    print("1 finding\nrules.yaml:2:9: unknown-kind: no rule kind 'x'. Did you mean 'y'?", file=sys.stderr)
    sys.exit(1)


def do_fail(_argument: str, _out: Path) -> None:
    sys.exit(4)


def do_conflict(_argument: str, out: Path) -> None:
    result = {"state": "infeasible", "termination": "infeasible", "conflict": {"rules": ["a", "b"]}}
    (out / "result.json").write_text(json.dumps(result))
    sys.exit(3)


def do_exit(code: str, _out: Path) -> None:
    sys.exit(int(code))


DEEDS = {name.removeprefix("do_"): deed for name, deed in list(globals().items()) if name.startswith("do_")}


def write(out: Path, partners: int, seed: int = 0) -> None:
    """An allocation of two metrics for partners P00000…: partner number i gets i + seed."""
    cells = [(f"P{i:05}", metric, i + seed) for i in range(partners) for metric in METRICS]
    allocation = [ALLOCATION, *(f"{p},{m},{n},{n},0,,{n}.5,{n},0.1,0.0,cap;floor" for p, m, n in cells)]
    receipts = [RECEIPTS]
    for p, m, n in cells:
        receipts += [f"{p},{m},fair share,fair_share,{n}.5", f"{p},{m},rounding,rounding,-0.5"]
    (out / "allocation.csv").write_text("\n".join(allocation) + "\n")
    (out / "receipts.csv").write_text("\n".join(receipts) + "\n")
    result = {"state": "succeeded", "termination": "optimal", "audit": {"verified": True}}
    (out / "result.json").write_text(json.dumps(result))


if __name__ == "__main__":
    main()
