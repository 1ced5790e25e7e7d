"""Names that people can tell apart: normalised, visible, of sane length."""

import re
import unicodedata
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from scenarios.values.number_fields import refuse

MAX_LENGTH = 200
"""How many characters a name or id may have."""

_RANGES = (
    (0x0000, 0x001F),  # control characters
    (0x007F, 0x009F),
    (0x200B, 0x200B),  # a space without width
    (0x200E, 0x200F),  # marks and overrides of direction
    (0x2028, 0x202E),
    (0x2060, 0x2069),
    (0xFEFF, 0xFEFF),  # a byte order mark inside text
    (0xFFF9, 0xFFFB),
)
HIDDEN = "[" + "".join(f"\\x{{{first:04x}}}-\\x{{{last:04x}}}" for first, last in _RANGES) + "]"
"""Characters that print nothing or turn the direction of text, as an RE2 pattern."""

_BLANK = re.compile("[\t\u00a0\u2007\u202f]")
_BREAK = re.compile(r"\s*[\r\n]+\s*")
_HIDDEN = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in _RANGES) + "]")


def normalised(text: str) -> str:
    """The text without outer spaces, in Unicode's composed form (NFC)."""
    return unicodedata.normalize("NFC", text.strip())


def heading(text: str) -> str:
    """The name of a column, on one line and with plain spaces: spreadsheets wrap long ones, pages keep words together."""
    return normalised(_BLANK.sub(" ", _BREAK.sub(" ", text)))


def flaw(text: str) -> str:
    """Why the text cannot be a name, or "": empty, too long, or with what no one can see."""
    if not text:
        return "is empty"
    if len(text) > MAX_LENGTH:
        return f"is longer than {MAX_LENGTH} characters"
    if text != text.strip():
        return "begins or ends with a space"
    hidden = _HIDDEN.search(text)
    return f"holds the invisible character U+{ord(hidden[0]):04X}" if hidden else ""


def _name(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFC", value)
    if wrong := flaw(text):
        raise refuse("bad-name", wrong, "Write plain visible text")
    return text


def _note(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


_SCHEMA = {"type": ["string", "integer"]}

Name = Annotated[str, BeforeValidator(_name), WithJsonSchema(_SCHEMA)]
"""What identifies something: composed, visible, at most 200 characters; whole numbers are taken as text."""
Note = Annotated[str, BeforeValidator(_note), WithJsonSchema(_SCHEMA)]
"""Free text; whole numbers are taken as text."""
