"""Slips in YAML in the words of a colleague: what stands there, and what to write instead."""

import re
from dataclasses import dataclass

_NO_SPACE = re.compile(r"^(?P<start>\s*(?:- +)?)(?P<key>[A-Za-z_][\w -]*?):(?P<value>[^\s:/].*)$")
_TWO_COLONS = re.compile(r"^\s*(?:- +)?(?P<key>[^:#\"'{\[]+): +(?P<value>[^\"'{\[|>].*:(?: .*|))$")
_NO_DASH_SPACE = re.compile(r"^(?P<start>\s*)-(?P<text>[A-Za-z_]\w*: .*|[{\[\"'].*)$")
_OTHER_DASH = re.compile(r"^\s*(?P<dash>[\u2010-\u2015\u2212\u2022])\s")
_COLON_IN_FLOW = re.compile(r"[{,]\s*(?P<key>[\w -]+):\s+(?P<value>[^,{}\[\]\"':]+: [^,{}\[\]\"']*)")
_NO_BREAK = re.compile(r"[\u00a0\u2007\u202f\u3000]")
_FOLDED = re.compile(r":\s+(?P<text>[>|]\s+\S.*)$")
_STARTERS = {
    "%": ("a value begins with %", "Write the sign behind the number: {rest}%"),
    "@": ("a value begins with @", 'Quote it: "{text}"'),
    "`": ("a value begins with `", 'Quote it: "{text}"'),
}


@dataclass(frozen=True)
class Slip:
    """What a colleague would say about a line."""

    line: int
    """Counted from 1."""
    column: int
    """Counted from 1."""
    message: str
    remedy: str


def explain(problem: str, text: str, line: int, column: int, context_line: int | None) -> Slip:
    """What is meant by a parser's complaint about a place; `context_line` is where it began to read, if it says."""
    lines = text.splitlines() or [""]
    at = min(line, len(lines))
    here = lines[at - 1]
    for number in dict.fromkeys((context_line or at, at, max(at - 1, 1))):
        if match := _NO_SPACE.match(lines[number - 1] if number <= len(lines) else ""):
            fixed = f"{match['key']}: {match['value'].strip()}"
            column = len(match["start"]) + len(match["key"]) + 1
            return Slip(number, column, "a space is missing after the colon", f"Write {fixed}.")
        nearby = lines[number - 1] if number <= len(lines) else ""
        if match := _NO_BREAK.search(nearby):
            message = "a no-break space stands where a plain space is due"
            return Slip(number, match.start() + 1, message, "Type the space anew.")
        if match := _OTHER_DASH.match(nearby):
            message = f"{match['dash']} stands where the plain dash of a list is due"
            return Slip(number, match.start("dash") + 1, message, "Type - anew, with a space behind it.")
        if match := _NO_DASH_SPACE.match(nearby):
            column = len(match["start"]) + 1
            return Slip(
                number, column, "a space is missing after the dash", f"Write - {match['text'].strip()}."
            )
    return _by_problem(problem, here, at, column) or Slip(line, column, problem, "")


def _by_problem(problem: str, here: str, line: int, column: int) -> Slip | None:
    if "mapping values are not allowed" in problem:
        if match := _TWO_COLONS.match(here):
            value = match["value"].strip()
            message = f"the value of {match['key'].strip()} holds a colon"
            return Slip(line, column, message, f'Quote it: {match["key"].strip()}: "{value}".')
        message = (
            "a key stands where none can be: most likely this line or the one before is indented wrongly"
        )
        return Slip(line, column, message, "Indent keys of one mapping alike.")
    if "cannot start any token" in problem and here[column - 1 : column] in _STARTERS:
        return _starter(here, line, column)
    if re.search(r"\s#\S", here) and ("expected" in problem or "flow" in problem):
        message = "`#` begins a comment here, and what follows is not read"
        return Slip(line, here.index("#") + 1, message, 'Quote the text that holds it: "...".')
    if "comment or a line break" in problem and (match := _FOLDED.search(here)):
        message = f"a value begins with {match['text'][0]}"
        return Slip(line, match.start("text") + 1, message, f'Quote it: "{match["text"].strip()}".')
    if "expected ',' or '}'" in problem and (match := _COLON_IN_FLOW.search(here)):
        key, value = match["key"].strip(), match["value"].strip()
        message = f"the value of {key} holds a colon, or a comma is missing"
        remedy = f'Quote it: {key}: "{value}", or put a comma in front of the next key.'
        return Slip(line, match.start("value") + 1, message, remedy)
    for words, message, remedy in _OTHERS:
        if words in problem:
            return Slip(line, column, message, remedy)
    return None


_OTHERS = (
    ("found '}'", "a brace is closed that is not open", "Remove it, or open it."),
    ("found ']'", "a bracket is closed that is not open", "Remove it, or open it."),
    ("'\\t'", "a tab stands where spaces indent", "Indent with spaces."),
    ("unknown escape", "a backslash in double quotes begins a code", "Use single quotes: '...'."),
    ("while scanning a quoted scalar", "a quote is opened and never closed", "Close it."),
    ("unexpected end of stream", "a quote is opened and never closed", "Close it."),
    ("expected ',' or '}'", "a brace is opened and not closed, or a comma is missing", "Close it with }."),
    ("expected ',' or ']'", "a bracket is opened and not closed, or a comma is missing", "Close it with ]."),
    (
        "<block mapping start>",
        "this line is indented unlike its neighbours",
        "Indent keys of one mapping alike.",
    ),
    ("'<scalar>'", "text follows a value that is closed already", "Put all of it into one pair of quotes."),
    (
        "sequence entries are not allowed",
        "a dash stands behind a key on one line",
        "Begin the list on the next line.",
    ),
    (
        "could not find expected ':'",
        "a line is no `key: value`",
        "Write key: value, with a space after the colon.",
    ),
    (
        "<block end>",
        "this line is indented unlike its neighbours",
        "Indent lines of one list or mapping alike.",
    ),
)
"""A part of the parser's words, what they mean, and what to do."""


def _starter(here: str, line: int, column: int) -> Slip:
    message, remedy = _STARTERS[here[column - 1]]
    text = re.split(r"[,}\]]|\s+#", here[column - 1 :])[0].strip()
    return Slip(line, column, message, remedy.format(text=text, rest=text[1:].strip()) + ".")


def cut_by_comment(line: str, end: int) -> str:
    """What a `#` behind a plain value cuts off, if it looks like a part of the value; `end` is where that ends."""
    match = re.match(r"\s+(#[^\W_].*)", line[end:])
    return match[1].rstrip() if match else ""
