"""Yes and no, as tables and scenarios spell them."""

from collections.abc import Collection, Iterable

_TRUE = frozenset(
    {"true", "yes", "y", "1", "wahr", "ja", "vrai", "oui", "verdadero", "sí", "si", "vero", "sim", "x"}
)
_FALSE = frozenset({"false", "no", "n", "0", "falsch", "nein", "faux", "non", "falso", "não"})
_PLAIN = frozenset({"true", "false", "yes", "no"})
"""Words that mean a truth wherever they stand; the others only where a column holds nothing else."""


def truth_of(word: str) -> bool | None:
    """What a word says of a yes or no; None where it says neither."""
    folded = word.casefold()
    return True if folded in _TRUE else False if folded in _FALSE else None


def are_truths(words: Iterable[str]) -> bool:
    """Whether a column's words, empty cells aside, are all spellings of yes or no."""
    filled = [word for word in words if word]
    return bool(filled) and all(truth_of(word) is not None for word in filled)


def spellings(words: Collection[str], truth: bool) -> list[str]:
    """Those of a column's words that say this."""
    return [word for word in words if word and truth_of(word) is truth]


def is_plain_truth(word: str) -> bool:
    """Whether a word written in a scenario means a truth."""
    return word.casefold() in _PLAIN
