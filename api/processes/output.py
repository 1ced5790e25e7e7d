"""What a solve's process sends: typed messages on one pipe, and its log on stderr."""

from collections import deque

from pydantic import ValidationError

from api.processes.messages import Progress, SolveReply, decoded

_LINES = 400
"""Lines of the log that are kept, the last ones."""
_CHARACTERS = 2000
"""Of a line of the log that are kept."""
_UNFINISHED_BYTES = 1 << 16
"""A line of the log that is longer is cut, so that endless output takes no memory."""
_REPLY_BYTES = 64 << 20
"""A message that is longer comes from a process gone astray, and is dropped."""


class Messages:
    """Collects what a solve reports, piece by piece: the newest progress, and its reply."""

    def __init__(self) -> None:
        self.progress: Progress | None = None
        self.reply: SolveReply | None = None
        self._rest = b""

    def receive(self, piece: bytes) -> None:
        """Take in the next piece; what is no message is dropped."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._take(line)
        if len(self._rest) > _REPLY_BYTES:
            self._rest = b""

    def _take(self, line: bytes) -> None:
        try:
            message = decoded(line)
        except ValidationError:
            return
        if isinstance(message, SolveReply):
            self.reply = message
        else:
            self.progress = message


class Log:
    """Collects the lines on stderr, piece by piece; keeps the last ones."""

    def __init__(self) -> None:
        self.lines: deque[str] = deque(maxlen=_LINES)
        self._rest = b""

    def receive(self, piece: bytes) -> None:
        """Take in the next piece."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._line(line)
        if len(self._rest) > _UNFINISHED_BYTES:
            self.end()

    def end(self) -> None:
        """Count what has no line end as a line."""
        self._line(self._rest)
        self._rest = b""

    def _line(self, line: bytes) -> None:
        if line.strip():
            self.lines.append(line.decode(errors="replace")[:_CHARACTERS])
