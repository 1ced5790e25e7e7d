"""Adjustments written into a scenario file: new decisions after the others, a decision anew in its old place.

Only the lines of the adjustments change. What the file then says is read again and compared with what was
wanted, so that no decision is lost or altered by a slip of writing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from scenarios.findings.finding import Report
from scenarios.scenario import Adjustment
from scenarios.values.located import List, Map
from scenarios.values.parse_number import parse_number
from scenarios.values.rational_array import decimal_text
from scenarios.yaml.parse import parse_yaml

_PLAIN = re.compile(r"[A-Za-zÀ-ɏ][\w .,;&/()+À-ɏ-]*")
"""Texts that YAML reads as themselves without quotes, as long as none of the words below."""
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "none", "y", "n", "nan", "inf"})
_KEY = "adjustments"
_BARE = frozenset({"target", "until", "approved_on"})
"""Fields that hold numbers and days."""

Key = tuple[str, str, str | None]
"""Partner, metric and period: what one adjustment decides."""


class EditRefused(ValueError):  # noqa: N818 - says what happened
    """The file cannot take the adjustments without changing what else it says."""


def with_adjustments(text: str, decided: Sequence[Adjustment], *, name: str) -> str:
    """The scenario file's text with these adjustments; `name` is what findings call it.

    One that the file decides already, by partner, metric and period, is replaced where it stands. Raises
    EditRefused if the text is not a scenario that can be read, or would not say what was decided.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    before = _parsed(text, name)
    listed = before.get(_KEY)
    made = _edited(lines, before, listed, decided) if listed else _appended(lines, before, decided)
    after = newline.join(made)
    _check(before, _parsed(after, name), decided)
    return after


def _parsed(text: str, name: str) -> Map:
    report = Report()
    data = parse_yaml(text, report, name=name)
    if data is None or report.has_errors:
        raise EditRefused("; ".join(str(finding) for finding in report.findings))
    return data


def _key(entry: Map) -> Key:
    period = entry.get("period")
    return str(entry.get("partner")), str(entry.get("metric")), None if period is None else str(period)


def _appended(lines: list[str], data: Map, decided: Sequence[Adjustment]) -> list[str]:
    """The lines with a list of adjustments at their end, in place of one that says nothing."""
    kept = _without(lines, data) if _KEY in data else lines
    while kept and not kept[-1].strip():
        kept = kept[:-1]
    return [*kept, "", f"{_KEY}:", *(line for each in decided for line in _item(_fields(each), indent=2)), ""]


def _without(lines: list[str], data: Map) -> list[str]:
    """The lines without those of the adjustments."""
    start = _line(data.places[_KEY])
    return [*lines[: start - 1], *lines[_end(lines, data, start) :]]


def _edited(lines: list[str], data: Map, listed: List, decided: Sequence[Adjustment]) -> list[str]:
    """The lines with decisions replaced where they stand, and new ones after the last."""
    wanted = {(each.partner, each.metric, each.period): each for each in decided}
    first = lines[_line(listed.places[0]) - 1]
    if not first.lstrip().startswith("- "):
        # A list in brackets: its entries are written anew, one under the other.
        old = [entry for entry in listed if _key(entry) not in wanted]
        block = [line for each in (*old, *map(_fields, decided)) for line in _item(each, indent=2)]
        start = _line(data.places[_KEY])
        return [*lines[: start - 1], f"{_KEY}:", *block, *lines[_end(lines, data, start) :]]
    ends = _ends(lines, data, listed)
    indent = len(first) - len(first.lstrip())
    made = list(lines[: _line(listed.places[0]) - 1])
    for entry, place, end in zip(listed, listed.places, ends, strict=True):
        decision = wanted.pop(_key(entry), None)
        made += lines[_line(place) - 1 : end] if decision is None else _item(_fields(decision), indent=indent)
    for decision in wanted.values():
        made += _item(_fields(decision), indent=indent)
    return made + lines[ends[-1] :]


def _line(place: object) -> int:
    line = getattr(place, "line", None)
    assert isinstance(line, int), "every entry of a file has its line"
    return line


def _ends(lines: list[str], data: Map, listed: List) -> list[int]:
    """The number of lines up to the end of each entry; blank lines and comments after the last are not its own."""
    starts = [_line(place) for place in listed.places]
    return [*(start - 1 for start in starts[1:]), _end(lines, data, starts[-1])]


def _end(lines: list[str], data: Map, start: int) -> int:
    """The number of the last line that belongs to what begins in line `start`, before the next key."""
    last = (
        min((_line(place) for place in data.places.values() if _line(place) > start), default=len(lines) + 1)
        - 1
    )
    while last > start and (not lines[last - 1].strip() or lines[last - 1].lstrip().startswith("#")):
        last -= 1
    return last


def _fields(decision: Adjustment) -> dict[str, object]:
    """An adjustment as the file's fields."""
    period = {"period": decision.period} if decision.period else {}
    until = {"until": decision.until.isoformat()} if decision.until else {}
    named = {"partner": decision.partner, "metric": decision.metric, **period}
    approved = {}
    if decision.approved_by and decision.approved_on:
        approved = {"approved_by": decision.approved_by, "approved_on": decision.approved_on.isoformat()}
    decided = {"target": decision.target, "by": decision.by, "reason": decision.reason}
    return {**named, **decided, **until, **approved}


def _item(fields: Mapping[str, object], *, indent: int) -> list[str]:
    """One adjustment as an entry of a list."""
    dashes = ("- " if number == 0 else "  " for number in range(len(fields)))
    pairs = zip(dashes, fields.items(), strict=True)
    return [f"{' ' * indent}{dash}{key}: {_scalar(key, value)}" for dash, (key, value) in pairs]


def _scalar(key: str, value: object) -> str:
    """A value as YAML reads it back: texts plain where they can be, else in double quotes."""
    if isinstance(value, Fraction):
        return decimal_text(value)
    text = str(value)
    if key in _BARE:
        return text
    if _PLAIN.fullmatch(text) and text == text.strip() and text.lower() not in _WORDS:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n")
    return f'"{escaped}"'


def _check(before: Map, after: Map, decided: Sequence[Adjustment]) -> None:
    """Raises EditRefused unless all else is as it was and every decision is there as decided."""
    for key in {*before, *after} - {_KEY}:
        if before.get(key) != after.get(key):
            raise EditRefused(f"writing would change {key}")
    found = {_key(entry): entry for entry in after[_KEY]}
    for entry in before.get(_KEY) or ():
        found.setdefault(_key(entry), entry)
    for each in decided:
        entry = found[each.partner, each.metric, each.period]
        wanted = (
            each.target, each.by, each.reason, each.approved_by,
            *(day and day.isoformat() for day in (each.until, each.approved_on)),
        )  # fmt: skip
        days = (entry.get(name) for name in ("until", "approved_on"))
        present = (
            parse_number(entry["target"]), entry["by"], entry["reason"], entry.get("approved_by"),
            *(day and str(day) for day in days),
        )  # fmt: skip
        if present != wanted:
            raise EditRefused(f"the adjustment of {each.partner} would read {present}")
    earlier = {_key(entry) for entry in before.get(_KEY) or ()}
    if not earlier <= found.keys() or len(after[_KEY]) != len(earlier | _keys(decided)):
        raise EditRefused("an adjustment would be lost or doubled")


def _keys(decided: Sequence[Adjustment]) -> set[Key]:
    return {(each.partner, each.metric, each.period) for each in decided}
