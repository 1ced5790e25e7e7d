"""Solves as processes: limits, replies, kills, and that nothing is left behind whoever dies."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import factories
import pytest
from polling import eventually, gone, parent

from api.output import result_bundle
from api.processes.launcher import Child, Launch, Launcher, LaunchFailed
from api.processes.limits import CRASHED, Limits
from api.processes.messages import OUT_OF_MEMORY, Progress, SolveReply, SolveRequest, decoded

ROOMY = Limits(memory_bytes=1 << 30, cpu_seconds=60)


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    started = ready(factories.FAKE, tmp_path)
    yield started
    started.close()


def ready(launch: Launch, home: Path) -> Launcher:
    launcher = Launcher(launch, home)
    assert launcher.prepare(60)
    return launcher


def job(tmp_path: Path, *do: str) -> Path:
    folder = tmp_path / "run_x.1"
    (folder / "out").mkdir(parents=True)
    (folder / "scenario.yaml").write_text(json.dumps({"do": do}))
    return folder


def end_of(child: Child) -> dict[str, object]:
    reported = child.message()
    assert reported is not None
    child.close()
    return reported


def read(pipe: int) -> str:
    text = b""
    while select.select([pipe], [], [], 5)[0] and (piece := os.read(pipe, 65536)):
        text += piece
    return text.decode()


def test_a_solve_says_its_progress_and_leaves_its_files(launcher: Launcher, tmp_path: Path) -> None:
    folder = job(tmp_path)
    child = launcher.launch(SolveRequest(folder=folder), ROOMY)
    progress, reply = map(decoded, read(child.messages).encode().splitlines())
    assert progress == Progress(stage="read", share=0.1)
    assert reply == SolveReply(state="succeeded", termination="optimal", has_result=True)
    assert end_of(child)["code"] == 0
    assert result_bundle.read(folder / "out").rows == {"allocation": 6, "receipts": 12}


def test_the_fork_server_writes_nothing_into_the_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not even what Python 3.12 and later say of threads beside a fork: pools of the real solver's libraries."""
    launcher = ready(Launch(), tmp_path)
    child = launcher.launch(SolveRequest(folder=job(tmp_path)), ROOMY)
    end_of(child)
    launcher.close()
    assert capfd.readouterr().err == ""


def test_every_solve_is_a_process_group_of_its_own(launcher: Launcher, tmp_path: Path) -> None:
    child = launcher.launch(SolveRequest(folder=job(tmp_path, "sleep 30")), ROOMY)
    assert os.getpgid(child.pid) == child.pid
    assert parent(child.pid) == launcher.pid
    child.kill()
    assert end_of(child)["code"] == -signal.SIGKILL


def test_a_kill_takes_what_the_solve_has_started_along(launcher: Launcher, tmp_path: Path) -> None:
    note = tmp_path / "grandchild"
    child = launcher.launch(SolveRequest(folder=job(tmp_path, f"spawn {note}", "sleep 30")), ROOMY)
    assert eventually(note.exists)
    grandchild = int(note.read_text())
    child.kill()
    end_of(child)
    assert eventually(lambda: gone(grandchild))


def test_what_a_solve_leaves_running_is_killed_at_its_end(launcher: Launcher, tmp_path: Path) -> None:
    note = tmp_path / "grandchild"
    child = launcher.launch(SolveRequest(folder=job(tmp_path, f"spawn {note}")), ROOMY)
    assert end_of(child)["code"] == 0
    assert eventually(lambda: gone(int(note.read_text())))


def test_letting_go_of_a_solve_kills_it(launcher: Launcher, tmp_path: Path) -> None:
    child = launcher.launch(SolveRequest(folder=job(tmp_path, "sleep 30")), ROOMY)
    child.close()
    assert eventually(lambda: gone(child.pid))


def test_a_solve_that_wants_too_much_memory_ends_alone(launcher: Launcher, tmp_path: Path) -> None:
    child = launcher.launch(
        SolveRequest(folder=job(tmp_path, "eat 400")), Limits(memory_bytes=200 << 20, cpu_seconds=60)
    )
    assert decoded(read(child.messages).encode().splitlines()[-1]) == OUT_OF_MEMORY
    assert end_of(child)["code"] == 0


def test_a_solve_that_spins_ends_by_its_cpu_limit(launcher: Launcher, tmp_path: Path) -> None:
    child = launcher.launch(
        SolveRequest(folder=job(tmp_path, "spin")), Limits(memory_bytes=1 << 30, cpu_seconds=1)
    )
    assert end_of(child)["code"] in (-signal.SIGXCPU, -signal.SIGKILL)


def test_a_solve_that_raises_says_so(launcher: Launcher, tmp_path: Path) -> None:
    child = launcher.launch(SolveRequest(folder=job(tmp_path, "raise")), ROOMY)
    assert "no one expected this" in read(child.log)
    assert end_of(child)["code"] == CRASHED


def test_solves_run_side_by_side(launcher: Launcher, tmp_path: Path) -> None:
    children = [
        launcher.launch(SolveRequest(folder=job(tmp_path / str(i), "sleep 30")), ROOMY) for i in range(3)
    ]
    assert len({child.pid for child in children}) == 3
    for child in children:
        child.kill()
        end_of(child)


def test_when_the_fork_server_is_killed_its_solves_die_and_another_one_comes(
    launcher: Launcher, tmp_path: Path
) -> None:
    child = launcher.launch(SolveRequest(folder=job(tmp_path, "sleep 30")), ROOMY)
    assert launcher.pid is not None
    os.kill(launcher.pid, signal.SIGKILL)
    assert child.message() is None
    assert eventually(lambda: gone(child.pid))
    child.close()
    with pytest.raises(LaunchFailed):
        launcher.launch(SolveRequest(folder=job(tmp_path / "again")), ROOMY)
    assert launcher.prepare(60)
    assert end_of(launcher.launch(SolveRequest(folder=job(tmp_path / "once more")), ROOMY))["code"] == 0


def test_when_the_worker_is_killed_nothing_is_left(tmp_path: Path) -> None:
    """A process that launches a solve is killed: its fork_server, the solve and the grandchild go too."""
    note = tmp_path / "grandchild"
    program = f"""
import sys, time
from pathlib import Path
from api.processes.limits import Limits
from api.processes.launcher import Launch, Launcher
from api.processes.messages import SolveRequest
launcher = Launcher(Launch("fake_solver:solve", warm=False), Path({str(tmp_path)!r}))
assert launcher.prepare(60)
child = launcher.launch(SolveRequest(folder={str(job(tmp_path, f"spawn {note}", "sleep 60"))!r}), Limits(1 << 30, 60))
print(launcher.pid, child.pid, flush=True)
time.sleep(60)
"""
    environment = {**os.environ, **factories.FAKE.environment}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment) as worker:
        assert worker.stdout is not None
        pids = [int(word) for word in worker.stdout.readline().split()]
        assert eventually(note.exists)
        worker.kill()
    assert all(eventually(lambda pid=pid: gone(pid)) for pid in [*pids, int(note.read_text())])


def test_nothing_can_be_launched_before_the_fork_server_is_ready(tmp_path: Path) -> None:
    launcher = Launcher(factories.FAKE, tmp_path)
    with pytest.raises(LaunchFailed, match="not ready"):
        launcher.launch(SolveRequest(folder=job(tmp_path)), ROOMY)


def test_the_fork_server_of_the_real_solver_has_solved_before_and_knows_no_database(tmp_path: Path) -> None:
    launcher = ready(Launch(), tmp_path)
    try:
        loaded = Path(f"/proc/{launcher.pid}/maps").read_text()
        assert "piqp" in loaded
        assert "sqlalchemy" not in loaded
        solved = list(tmp_path.glob(".warm-*/out/result.json"))
        assert len(solved) == 1
        assert json.loads(solved[0].read_text())["state"] == "succeeded"
    finally:
        launcher.close()
