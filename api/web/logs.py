"""Logs: one JSON object per line, and never a secret in it."""

import json
import logging
import re
import sys
import threading
from datetime import UTC, datetime
from typing import Any, TextIO

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_SECRETS = re.compile(
    r"\b(gc[a-z2-9]{12})\.[\w-]{20,}"
    r"|\b(whsec_)[\w+/=-]{8,}"
    r"|(://[^\s:/@]+:)[^\s@]+(?=@)"
    r"|\b(password=|token=|ticket=)[^\s&\"']+"
)
_OURS = ("cascade", "api", "waitress")
"""Loggers that report what is in order, too; all others report warnings."""


def redact(text: str) -> str:
    """The text with keys, webhook secrets and passwords of addresses removed."""
    return _SECRETS.sub(lambda match: f"{next(filter(None, match.groups()))}[redacted]", text)


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON: time, level, logger, message, and whatever `extra` said."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= {name: value for name, value in vars(record).items() if name not in _PLAIN}
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return redact(json.dumps(entry, default=str))


def log_to(stream: TextIO | None = None, *, level: int = logging.INFO) -> logging.Handler:
    """Send all log records to the stream (standard error), also what ends a thread; returns the handler."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    for name in _OURS:
        logging.getLogger(name).setLevel(level)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    threading.excepthook = _thread_ended
    logging.captureWarnings(True)
    return handler


def _thread_ended(fault: threading.ExceptHookArgs) -> None:
    if fault.exc_value is None or issubclass(fault.exc_type, SystemExit):
        return
    where = fault.thread.name if fault.thread else None
    trace = (fault.exc_type, fault.exc_value, fault.exc_traceback)
    logging.getLogger("cascade").critical("a thread ended", exc_info=trace, extra={"thread_name": where})
