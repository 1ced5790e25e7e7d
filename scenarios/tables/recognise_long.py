"""Recognising a table that is long and not declared: what to write, so that it is read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from scenarios.tables.arrow import is_blank, values_of
from scenarios.tables.cells import Cells
from scenarios.tables.periods import kind_of_period

_PERIOD_NAMES = re.compile(
    r"(?i)^(?:fiscal[ _]?|calendar[ _]?)?(?:period|periode|month|monat|mois|mes|mese|maand|quarter|quartal|trimestre|qtr"
    r"|week|woche|semaine|semana|year|jahr|année|año|anno|date|datum|fecha|data)(?:[ _].*)?$"
)
_MOST_METRICS = 50
"""A column of more words than that says what a row is about, not what its number counts."""


@dataclass(frozen=True)
class Declaration:
    """How a table that looks long is declared."""

    text: str
    """What to write."""
    each: str
    """What there is a row of, for each partner: a period, or whatever a column says."""


def recognise(cells: Cells, id_at: int) -> Declaration | None:
    """How to declare a table that looks long; None where it does not."""
    ids = np.asarray(values_of(cells.texts[id_at].dictionary_encode().indices))
    partners = len(np.unique(ids))
    if partners * 2 > len(ids):
        return None
    varying = [at for at in range(len(cells.names)) if at != id_at and _varies(cells, ids, at)]
    periods = [at for at in varying if _is_period(cells, at)]
    counted = [at for at in varying if at not in periods and _are_counted(cells, at)]
    others = [at for at in varying if not _are_numbers(cells.texts[at]) and _is_few(cells, at)]
    for at in dict.fromkeys((*periods, *counted, *others)):
        each = cells.names[at]
        metric = _dividing(cells, ids, at, varying)
        if metric is None:
            continue
        numbers = [
            other
            for other in range(len(cells.names))
            if other not in (id_at, at, *metric, *periods) and _are_numbers(cells.texts[other])
        ]
        # Numbers that are the same on all rows of a partner say who it is, unless there are no others.
        chosen = [other for other in numbers if other in varying] or numbers[-1:]
        values = [_quoted_name(cells.names[other]) for other in chosen]
        if not values:
            continue
        third = f", metric: {_quoted_name(cells.names[metric[0]])}" if metric else ""
        value = values[-1] if metric or len(values) == 1 else f"[{', '.join(values)}]"
        text = f"long: {{period: {_quoted_name(each)}{third}, value: {value}}}"
        return Declaration(text, "period" if at in (*periods, *counted) else each)
    return None


def _varies(cells: Cells, ids: NDArray[Any], at: int) -> bool:
    """Whether a column says several things of one partner."""
    codes = np.asarray(values_of(cells.texts[at].dictionary_encode().indices), dtype=np.int64)
    pairs = np.unique(ids.astype(np.int64) * (int(codes.max()) + 1) + codes)
    return len(pairs) > len(np.unique(ids))


def _dividing(cells: Cells, ids: NDArray[Any], at: int, varying: Sequence[int]) -> list[int] | None:
    """No column where partner and period make each row one of a kind, else the one that does with them."""
    if _divides(cells, ids, [at]):
        return []
    for other in varying:
        if other != at and _divides(cells, ids, [at, other]):
            words = cells.texts[other]
            if len(words.unique()) <= _MOST_METRICS and not _are_numbers(words):
                return [other]
    return None


def _is_period(cells: Cells, at: int) -> bool:
    """Whether a column is called a part of time, or holds nothing else; bare numbers may count anything."""
    kinds = {kind_of_period(word) for word in _sample(cells, at)}
    return bool(_PERIOD_NAMES.match(cells.names[at])) or not kinds & {None, "number"}


def _are_counted(cells: Cells, at: int) -> bool:
    """Whether a column holds the numbers from one up, as months without names are."""
    words = _sample(cells, at)
    return words == {str(number) for number in range(1, len(words) + 1)} and len(words) > 1


def _sample(cells: Cells, at: int) -> set[str]:
    words = cells.texts[at]
    return set(words[: min(len(words), 200)].to_pylist())


def _is_few(cells: Cells, at: int) -> bool:
    """Whether a column has a few words that come again and again, as those of products do."""
    words = len(cells.texts[at].unique())
    return words <= _MOST_METRICS and words * 2 <= len(cells)


def _divides(cells: Cells, ids: NDArray[Any], columns: Sequence[int]) -> bool:
    """Whether no partner has the same words twice in these columns."""
    key = ids.astype(np.int64)
    for at in columns:
        texts = cells.texts[at]
        if is_blank(texts).any():
            return False
        codes = np.asarray(values_of(texts.dictionary_encode().indices), dtype=np.int64)
        key = np.unique(key * (int(codes.max()) + 1) + codes, return_inverse=True)[1]
    return int(key.max()) + 1 == len(ids)


def _are_numbers(texts: Any) -> bool:
    """Whether all cells are numbers, and no days."""
    if not pc.all(pc.match_substring_regex(texts, r"^[-+$€£ (]*[0-9][0-9.,' ]*[)%€]*$")).as_py():
        return False
    return not pc.all(
        pc.match_substring_regex(texts, r"^[0-9]{1,2}\.[0-9]{1,2}\.(?:[0-9]{2}|[0-9]{4})$")
    ).as_py()


def _quoted_name(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else f'"{name}"'
