"""What a solve says on stderr: progress as JSON lines, everything else as its log."""

import json
from collections import deque
from dataclasses import dataclass
from typing import Any

_LINES = 400
_LETTERS = 2000


@dataclass(frozen=True)
class Progress:
    """How far a solve is."""

    stage: str
    share: float | None


class Said:
    """Collects what is said, piece by piece; keeps the newest progress and the last lines."""

    def __init__(self) -> None:
        self.progress: Progress | None = None
        self.findings: list[dict[str, Any]] = []
        self.lines: deque[str] = deque(maxlen=_LINES)
        self._rest = b""

    def hear(self, piece: bytes) -> None:
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._line(line)
        if len(self._rest) > 1 << 16:
            self.end()

    def end(self) -> None:
        """Count what has no line end as a line."""
        if self._rest:
            self._line(self._rest)
            self._rest = b""

    def _line(self, line: bytes) -> None:
        told = _json_object(line)
        if isinstance(told.get("stage"), str):
            self.progress = Progress(told["stage"], _share(told.get("share")))
        elif isinstance(told.get("finding"), dict):
            self.findings.append(told["finding"])
        elif line.strip():
            self.lines.append(line.decode(errors="replace")[:_LETTERS])

    @property
    def out_of_memory(self) -> bool:
        """Whether the last words are those of a program that got no memory."""
        return any(
            word in line for line in self.lines for word in ("MemoryError", "bad_alloc", "Cannot allocate")
        )


def _json_object(line: bytes) -> dict[str, Any]:
    if not line.startswith(b"{"):
        return {}
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _share(value: object) -> float | None:
    return min(1.0, max(0.0, float(value))) if isinstance(value, int | float) and value == value else None
