"""What a process takes on before its work: limits, output, and dying with its parent."""

import ctypes
import os
import signal
import sys
from dataclasses import dataclass

CRASHED = 70
"""Exit code of a solve that raised something no one expected."""
OUT_OF_MEMORY = 71
"""Exit code of a reader that ran into its memory limit."""

_PR_SET_PDEATHSIG = 1
_OOM_SCORE = 500
"""Of 1000: under memory pressure the kernel ends a solve before the server."""


@dataclass(frozen=True)
class Limits:
    """What a solve may use."""

    memory_bytes: int
    """Address space on top of what the process starts with."""
    cpu_seconds: int | None = None
    """None: somebody else watches the time."""
    nice: int = 5
    """How far a solve stands back behind the server on the same cores."""


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends (Linux; elsewhere the parent does it)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(CRASHED)


def limit(limits: Limits) -> None:
    """Take the limits on; they hold for every process started from here too."""
    import resource  # not on Windows, whose commands take none on

    _set(resource.RLIMIT_AS, _address_space() + limits.memory_bytes)
    if limits.cpu_seconds:
        _set(resource.RLIMIT_CPU, limits.cpu_seconds)
    _set(resource.RLIMIT_CORE, 0)
    os.nice(limits.nice)
    if sys.platform == "linux":
        with open("/proc/self/oom_score_adj", "w") as score:
            score.write(str(_OOM_SCORE))


def _set(kind: int, wanted: int) -> None:
    import resource

    hard = resource.getrlimit(kind)[1]
    least = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(kind, (least, least))


def held_bytes() -> int:
    """Memory that this process holds (Linux; elsewhere 0)."""
    return _pages(1)


def _address_space() -> int:
    return _pages(0)


def _pages(column: int) -> int:
    """A column of /proc/self/statm, in bytes."""
    if sys.platform != "linux":
        return 0
    with open("/proc/self/statm") as sizes:
        return int(sizes.read().split()[column]) * os.sysconf("SC_PAGESIZE")


def redirect(errors: int) -> None:
    """Have no input and no output, and stderr go to the descriptor `errors`."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.dup2(errors, 2)
