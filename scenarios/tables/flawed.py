"""Cells that hold no value: a spreadsheet's errors, formulas never calculated, words for nothing."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from scenarios.tables.arrow import strings, values_of

UNCALCULATED = "\ue000="
"""How the text of a formula without a value begins; the character is for private use, so no file holds it."""

_ERRORS = (
    r"#[¡¿]?\p{Lu}[\p{Lu}\d_/]*[!?]",  # #REF!, #DIV/0!, #BEZUG!, #¡VALOR!, #ЗНАЧ!
    r"#\p{Lu}{1,2}/\p{Lu}{1,2}",  # #N/A, #N/D, #I/T, #Н/Д
    "#NV", "#YOK", "#HIÁNYZIK", "#PUUTTUU", "#GETTING_DATA", "#NENÍ_K_DISPOZICI",
)  # fmt: skip
"""What spreadsheets write where a formula failed, in any language (RE2)."""

FLAWED = (
    "^(?:"
    + "|".join(_ERRORS)
    + r"|Err:[0-9]{3}|#{3,}|"  # LibreOffice's errors; a column too narrow for its number
    + UNCALCULATED
    + ".*)$"
)
"""What `flawed` searches for (RE2)."""
_BEGINNING = f"^(?:#|Err:|{UNCALCULATED})"
"""How each begins: most tables have none, and this search is made in a hundredth of the time."""
NULL_WORDS = (
    "null", "(null)", "<null>", "none", "nil", "nan", "n/a", "n.a.", "na", "n/d", "k.a.", "undefined", "unknown",
    "(blank)", "(empty)", "(none)", "#n/a", "-", "--", "---", "–", "—", ".", "?", "tbd",
)  # fmt: skip
"""What exports and people write for an empty cell, in small letters."""


def flawed(texts: Any) -> NDArray[np.bool_]:
    """(n,) where a cell holds an error or a formula without a value."""
    if not pc.any(pc.match_substring_regex(texts, _BEGINNING)).as_py():
        return np.zeros(len(texts), dtype=np.bool_)
    return np.asarray(values_of(pc.match_substring_regex(texts, FLAWED)), dtype=np.bool_)


def is_flawed(text: str) -> bool:
    """Whether one cell does."""
    return bool(flawed(strings([text]))[0])


def describe_flaw(text: str) -> tuple[str, str]:
    """What such a cell holds, and what to do about it."""
    if text.startswith(UNCALCULATED):
        formula = text[len(UNCALCULATED) :].strip()
        remedy = "Open the workbook in Excel (or LibreOffice), let it calculate, and save it."
        return f"holds a formula without a value{f' (={formula[:60]})' if formula else ''}", remedy
    if text.startswith("##"):
        return (
            f"holds {text[:20]}, a number that did not fit its column",
            "Widen the column and export again.",
        )
    return f"holds {text}", "Mend the formula, or type the value."


def null_words(words: Iterator[str] | list[str]) -> list[str]:
    """Those of the words that usually stand for an empty cell."""
    return [word for word in words if word.casefold() in NULL_WORDS]
