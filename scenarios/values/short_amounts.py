"""Amounts in short, such as 1.2k, 3M, 8,2 Mio., 5 Mrd or 2 crore: the number and the power of ten behind it."""

import re

_SHORT = re.compile(
    r"(?P<number>.*[0-9])\s*"
    r"(?P<word>k|thousand|tsd\.?|m|mn|mio\.?|mln|million|b|bn|mrd\.?|billion|lakhs?|lac|crores?|тыс|млн|[万萬億亿])\.?",
    re.IGNORECASE,
)
_POWERS = {"k": 3, "t": 3, "m": 6, "b": 9, "l": 5, "c": 7, "т": 3, "м": 6, "万": 4, "萬": 4, "億": 8, "亿": 8}
"""By the first letter of the word; Mrd begins like Mio."""


def split_short(text: str) -> tuple[str, int] | None:
    """The number as it is written and the power of ten that its word stands for; None where there is no such word."""
    found = _SHORT.fullmatch(text.strip())
    if found is None:
        return None
    word = found["word"].casefold()
    return found["number"], 9 if word.startswith("mrd") else _POWERS[word[0]]
