"""Looking at processes from outside, and waiting for what they do."""

import time
from collections.abc import Callable
from pathlib import Path


def eventually(what: Callable[[], bool], within_s: float = 10.0) -> bool:
    """Whether it comes true in time; processes tell no one when they end, so this looks again and again."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.02)
    return what()


def gone(pid: int) -> bool:
    """Whether the process has ended (one that no one has waited for has)."""
    return not (stat := _stat(pid)) or stat[0] in "ZX"


def parent(pid: int) -> int:
    """The pid of its parent."""
    return int(_stat(pid)[1])


def children(pid: int) -> list[int]:
    """The pids of what the process has started, without what those have started."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [other for other in pids if (stat := _stat(other)) and int(stat[1]) == pid]


def _stat(pid: int) -> list[str]:
    """State, parent and so on; empty when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
