"""Names that people can tell apart: composed, visible, of sane length."""

import re
import unicodedata
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

MAX_LENGTH = 200
"""How many characters a name or id may have."""

HIDDEN = r"[\x00-\x1f\x7f-\x{9f}\x{200b}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2060}-\x{2069}\x{feff}\x{fff9}-\x{fffb}]"
"""Characters that print nothing or turn the direction of text, as an RE2 pattern."""

_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def composed(text: str) -> str:
    """The text without outer spaces, in Unicode's composed form (NFC)."""
    return unicodedata.normalize("NFC", text.strip())


def flaw(text: str) -> str:
    """Why the text cannot be a name, or "": empty, too long, or with characters nobody can see."""
    if not text:
        return "is empty"
    if len(text) > MAX_LENGTH:
        return f"is longer than {MAX_LENGTH} characters"
    hidden = _HIDDEN.search(text)
    return f"holds the invisible character U+{ord(hidden[0]):04X}" if hidden else ""


def _name(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return value
    text = composed(value)
    if wrong := flaw(text):
        raise PydanticCustomError("bad-name", "{said}", {"said": wrong, "remedy": "Write plain visible text"})
    return text


def _note(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Name = Annotated[str, BeforeValidator(_name)]
"""What identifies something: composed, visible, at most 200 characters; whole numbers are taken as text."""
Note = Annotated[str, BeforeValidator(_note)]
"""Free text; whole numbers are taken as text."""
