"""Logs: one JSON object per line, and never a secret in it."""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_SECRETS = re.compile(r"\b(gc[a-z2-9]{12})\.[\w-]{20,}|\b(whsec_)[\w+/=-]{8,}|(://[^\s:/@]+:)[^\s@]+(?=@)")


def redact(text: str) -> str:
    """The text with keys, webhook secrets and passwords of addresses blotted out."""
    return _SECRETS.sub(lambda match: f"{match[1] or match[2] or match[3]}[redacted]", text)


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON: time, level, logger, message, and whatever `extra` said."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        told |= {name: value for name, value in vars(record).items() if name not in _PLAIN}
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return redact(json.dumps(told, default=str))


def log_to(stream: TextIO | None = None, *, level: int = logging.INFO) -> logging.Handler:
    """Send the product's log records to the stream (standard error); returns the handler."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    for name in ("cascade", "waitress", "api"):
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(level)
        logger.propagate = False
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    return handler
