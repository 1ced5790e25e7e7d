"""What a plain word in YAML stands for: the core schema of YAML 1.2, with exact decimals."""

import re
from decimal import Decimal

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_ENDLESS = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_LONGEST_NUMBER = 60


def resolve(word: str) -> bool | int | Decimal | str | None:
    """The value of a plain scalar; `NO`, `007` and dates are text, for the schema knows no others.

    Digits after a needless zero are somebody's id. A number of more than 60 characters, or of an exponent beyond 999,
    is left as text for `parse_number` to refuse: as an integer it would take all memory and time. Raises ValueError
    for `.nan` and `.inf`.
    """
    if word in _WORDS:
        return _WORDS[word]
    if len(word) <= _LONGEST_NUMBER:
        if _INT.fullmatch(word):
            return int(word)
        if _FLOAT.fullmatch(word):
            return Decimal(word)
        if _ENDLESS.fullmatch(word):
            raise ValueError(f"{word} is not a number that can be placed")
    return word
