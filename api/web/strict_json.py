"""Reading JSON that no one can misread: no duplicates, no infinities, no absurd depth or digits."""

import json
import math
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from pydantic_core import from_json

from api.web.problems import HttpProblem

_DIGITS = 400


def read_json(body: bytes) -> Any:
    """The value of the text; raises HttpProblem 400 with the line and column of what is wrong."""
    try:
        value = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise HttpProblem("bad-json", f"The body is not JSON: {error}.") from None
    _no_surprises(body)
    if b"\\u0000" in body:
        refuse_zero(_texts(value), "bad-json")
    return value


def refuse_zero(texts: Iterable[str], code: str = "bad-request") -> None:
    """Raises HttpProblem 400 where a text has U+0000, which PostgreSQL does not keep."""
    if any("\0" in text for text in texts):
        raise HttpProblem(code, "A text has the character U+0000. Leave it out.")


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value, the names of fields among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        yield from chain.from_iterable(map(_texts, value.values()))
    elif isinstance(value, list):
        yield from chain.from_iterable(map(_texts, value))


def _no_surprises(body: bytes) -> None:
    """A second look at a text known to be sound and shallow, for what the fast parser lets pass."""
    json.loads(body, object_pairs_hook=_unique, parse_float=_finite, parse_int=_short)


def _unique(pairs: list[tuple[str, Any]]) -> None:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise HttpProblem(
            "bad-json", f"The body is not JSON we accept: the key {twice[:100]!r} stands twice in one object."
        )


def _finite(text: str) -> None:
    if math.isinf(float(text)):
        raise HttpProblem("bad-json", f"The body is not JSON we accept: {text[:40]} is beyond all numbers.")


def _short(text: str) -> None:
    if len(text) > _DIGITS:
        raise HttpProblem("bad-json", f"The body is not JSON we accept: a number of {len(text)} digits.")
