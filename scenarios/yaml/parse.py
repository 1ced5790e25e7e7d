"""YAML that remembers its lines: read strictly, never executed, never expanded."""

import re
from pathlib import Path

from scenarios.findings.finding import Place, Report
from scenarios.values.located import List, Map
from scenarios.yaml.events import MAX_DEPTH, MAX_VALUES, Reader

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_VALUES", "List", "Map", "parse_yaml", "read_yaml"]

MAX_BYTES = 5_000_000
"""The largest YAML file that is read."""

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_LONG_RUN = re.compile(r"\S{1000,}")


def read_yaml(path: Path, report: Report, *, name: str) -> Map | None:
    """The mapping in a YAML file, called `name` in findings; None after errors."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        report.error("missing-file", Place(name), f"cannot be read: {error.strerror}")
        return None
    return parse_yaml(content, report, name=name)


def parse_yaml(text: str | bytes, report: Report, *, name: str) -> Map | None:
    """The mapping that a YAML text holds, called `name` in findings; None after errors.

    Scalars are None, bool, int, Decimal or text, by the core schema of YAML 1.2; text is composed (NFC).
    """
    report.register(name)
    decoded = _decoded(text, report, name)
    if decoded is None:
        return None
    reader = Reader(name, report)
    reader.read(decoded)
    if reader.mistakes:
        return None
    if not isinstance(reader.top, Map):
        remedy = "Write `key: value` lines."
        report.error("wrong-type", Place(name, 1, 1), "the file holds no mapping", remedy)
        return None
    return reader.top


def _decoded(text: str | bytes, report: Report, name: str) -> str | None:
    """The text without its byte order mark, or None after reporting what is not text."""
    if len(text) > MAX_BYTES:
        report.error("too-large", Place(name), f"the file is larger than {MAX_BYTES:,} bytes")
        return None
    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        place = _place_after(error.object[: error.start].decode("utf-8", "replace"), name)
        report.error("bad-encoding", place, "the file is not UTF-8", "Save it as UTF-8.")
        return None
    return None if _refused(decoded, report, name) else decoded


def _refused(decoded: str, report: Report, name: str) -> bool:
    """Whether the text holds what no YAML parser should be given."""
    if hidden := _UNPRINTABLE.search(decoded):
        place = _place_after(decoded[: hidden.start()], name)
        report.error("bad-encoding", place, f"control character U+{ord(hidden[0]):04X}", "Remove it.")
        return True
    # The parser takes quadratic time over the characters of a tag.
    for run in _LONG_RUN.finditer(decoded):
        if "!" in run[0]:
            place = _place_after(decoded[: run.start()], name)
            report.error("yaml-tag", place, "1,000 characters without a space hold a tag", "Remove it.")
            return True
    return False


def _place_after(before: str, name: str) -> Place:
    return Place(name, before.count("\n") + 1, len(before) - before.rfind("\n"))
