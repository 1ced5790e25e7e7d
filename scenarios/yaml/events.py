"""From a YAML parser's events to maps and lists, refusing what plain data does not need."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from unicodedata import normalize

from ruamel.yaml import YAML, events
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from scenarios.findings.finding import Place, Report
from scenarios.values.located import List, Map
from scenarios.values.quoting import escaped, printable, quoted
from scenarios.yaml.scalars import resolve
from scenarios.yaml.slips import cut_by_comment, explain

MAX_DEPTH = 50
"""How deep lists and mappings may be nested."""
MAX_VALUES = 200_000
"""How many keys and values a file may hold."""
MAX_MISTAKES = 20
"""After so many mistakes of form the rest of a file is not looked at."""

_CUT_NUMBER = re.compile(r"[0-9]{1,3}(?:[.][0-9]+)?%?")
"""What a comma within braces cuts off a number, as a key."""
_GROUP_DIGITS = 3
_HALVES = re.compile("[\ud800-\udfff]")


class Reader:
    """Builds maps and lists from the parser's events and checks the form of each."""

    def __init__(self, name: str, report: Report) -> None:
        self.top: object = None
        self.mistakes = 0
        self._name = name
        self._report = report
        self._documents = 0
        self._lines: list[str] = []
        self._open: list[Map | List] = []
        self._keys: list[tuple[str, Place] | None] = []

    def read(self, text: str) -> None:
        """Read the one document, until it ends or cannot be made sense of."""
        self._lines = text.split("\n") if " #" in text else []
        try:
            for count, event in enumerate(_events(text)):
                if count > MAX_VALUES:
                    self._wrong("too-large", event, f"the file holds more than {MAX_VALUES:,} values")
                    return
                if not self._take(event) or self.mistakes >= MAX_MISTAKES:
                    return
        except MarkedYAMLError as error:
            self._slip(error, text)
        except YAMLError as error:
            self._syntax(Place(self._name), str(error).partition("\n")[0])

    def _take(self, event: Any) -> bool:
        """Whether reading can go on after this event."""
        match event:
            case events.DocumentStartEvent():
                return self._begin(event)
            case events.AliasEvent():
                self._wrong("yaml-anchor", event, f"alias *{printable(event.anchor)}", "Write the value out.")
                if self._awaits_key:
                    return False
                self._put(None, self._place(event))
            case events.ScalarEvent():
                self._check_node(event)
                if _HALVES.search(_text_of(event)):
                    self._wrong("bad-encoding", event, "half of a character", "Write it whole.")
                return self._scalar(event)
            case events.MappingStartEvent() | events.SequenceStartEvent():
                self._check_node(event)
                return self._descend(event)
            case events.MappingEndEvent() | events.SequenceEndEvent():
                self._keys.pop()
                done = self._open.pop()
                self._put(done, done.place)
        return True

    def _begin(self, event: Any) -> bool:
        self._documents += 1
        if self._documents > 1:
            self._wrong("several-documents", event, "a second document begins", "Use one file for each.")
            return False
        if event.version or event.tags:
            self.mistakes += 1
            place = Place(self._name, 1, 1)
            self._report.error(
                "yaml-directive", place, "a directive stands before the document", "Remove it."
            )
        return True

    def _check_node(self, event: Any) -> None:
        if event.anchor is not None:
            message = f"anchor &{printable(event.anchor)}"
            self._wrong("yaml-anchor", event, message, "Write values out where they count.")
        if event.ctag is not None:
            self._wrong("yaml-tag", event, "a tag stands before the value", "Remove it.")

    def _descend(self, event: Any) -> bool:
        if len(self._open) >= MAX_DEPTH:
            self._wrong("too-deep", event, f"nested deeper than {MAX_DEPTH} levels")
            return False
        if self._awaits_key:
            self._wrong("bad-key", event, "a list or mapping stands where a key is due", "Write plain text.")
            return False
        place = self._place(event)
        self._open.append(Map(place) if isinstance(event, events.MappingStartEvent) else List(place))
        self._keys.append(None)
        return True

    def _scalar(self, event: Any) -> bool:
        is_plain = event.implicit[0]
        if self._awaits_key:
            return self._key(event, is_plain)
        try:
            value = resolve(_text_of(event)) if is_plain else _text_of(event)
        except ValueError as error:
            self._wrong("not-a-number", event, str(error), "Write a finite number.")
            value = None
        if is_plain and isinstance(value, str):
            self._doubt_comment(event)
        key = self._keys[-1] if self._keys else None
        self._put(value, key[1] if key and is_plain and not event.value else self._place(event))
        return True

    def _key(self, event: Any, is_plain: bool) -> bool:
        key, place, owner = _text_of(event), self._place(event), self._open[-1]
        assert isinstance(owner, Map)
        if is_plain and key == "<<":
            self._wrong("yaml-merge", event, "merge key <<", "Write the fields out, or use extends.")
        elif not key:
            self._wrong("bad-key", event, "a key is empty", "Name it.")
        elif is_plain and _CUT_NUMBER.fullmatch(key) and (whole := self._cut_by_comma(owner, key)):
            name, number = whole
            message = f"the comma in {name}: {number} begins a new key"
            is_group = len(key) == _GROUP_DIGITS and key.isdigit()
            remedy = f"Write {number.replace(',', '' if is_group else '.')}."
            self._wrong("yaml-syntax", event, message, remedy)
        elif key in owner:
            first = owner.places[key].line
            self._wrong(
                "duplicate-key", event, f"{quoted(key)} stands on line {first} already", "Keep one of them."
            )
        self._keys[-1] = (key, place)
        return True

    def _cut_by_comma(self, owner: Map, key: str) -> tuple[str, str] | None:
        """Field and number, where a key is the rest of a number before it: {total: 1,000}."""
        if not owner:
            return None
        name, value = next(reversed(owner.items()))
        if _CUT_NUMBER.fullmatch(name):  # a table by numbers, or a cut that is reported already
            return None
        is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
        return (name, f"{value},{key}") if is_number else None

    def _put(self, value: object, place: Place) -> None:
        """Attach a finished value to what is open."""
        if not self._open:
            self.top = value
            return
        owner, key = self._open[-1], self._keys[-1]
        if isinstance(owner, List):
            owner.put(value, place)
        elif key is not None:
            owner.put(key[0], value, key[1], place)
            self._keys[-1] = None

    @property
    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1], Map) and self._keys[-1] is None

    def _place(self, event: Any) -> Place:
        return Place(self._name, event.start_mark.line + 1, event.start_mark.column + 1)

    def _wrong(self, code: str, event: Any, message: str, remedy: str = "") -> None:
        self.mistakes += 1
        self._report.error(code, self._place(event), message, remedy)

    def _doubt_comment(self, event: Any) -> None:
        """A warning where a comment behind a word was most likely meant to be a part of it."""
        end = event.end_mark
        if end.line >= len(self._lines):
            return
        if cut := cut_by_comment(self._lines[end.line], end.column):
            place = Place(self._name, end.line + 1, end.column + 2)
            message = f"`#` begins a comment here: the value is {quoted(event.value)}"
            self._report.warn(
                "yaml-comment", place, message, f'To keep it, quote: "{event.value} {cut[:60]}".'
            )

    def _slip(self, error: MarkedYAMLError, text: str) -> None:
        mark = error.problem_mark or error.context_mark
        problem = str(error.problem or error.context)
        if mark is None:
            self._syntax(Place(self._name), problem)
            return
        begin = None if error.context_mark is None else error.context_mark.line + 1
        slip = explain(
            f"{error.context or ''} {problem}".strip(), text, mark.line + 1, mark.column + 1, begin
        )
        message = problem if slip.message.endswith(problem) else slip.message
        self._syntax(Place(self._name, slip.line, slip.column), message, slip.remedy)

    def _syntax(self, place: Place, problem: str, remedy: str = "") -> None:
        self.mistakes += 1
        self._report.error("yaml-syntax", place, escaped(problem), escaped(remedy))


def _text_of(event: Any) -> str:
    """The text in composed form; JSON writes characters beyond U+FFFF as two halves, which are joined."""
    text: str = event.value
    if _HALVES.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    return normalize("NFC", text)


def _events(text: str) -> Iterator[Any]:
    return iter(YAML(typ="safe", pure=True).parse(text))
