"""Passwords: kept as Argon2id, at least twelve letters, and not among those that are guessed first."""

import re
import threading
from collections.abc import Sequence

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 128
_SCORE = 3
"""Of zxcvbn, 0 to 4: 3 stands for more than 10^8 guesses."""
_ESTIMATED = 72
"""Letters that are looked at; the time that takes grows with the square of them."""
_HASHER = PasswordHasher()
"""RFC 9106, second recommendation: 64 MiB, three passes, four lanes."""
_OWN_WORDS = ("goal", "cascade")
_AT_ONCE = threading.BoundedSemaphore(2)
"""A check takes 64 MiB and tens of milliseconds, so that a flood of logins must not run side by side."""
_DUMMY = "$argon2id$v=19$m=65536,t=3,p=4$h6Uy4282pZXamFaRqRrF2w$nYiOKehr/e18RIFy8q5F5u0YHiEF2CVjK2Be7WR5KL8"
"""A hash as all are, of a password of no account: making one takes a tenth of a second, and every start would."""


def hashed(password: str) -> str:
    """The password as it is kept."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def right(kept: str | None, password: str) -> bool:
    """Whether it is the password that is kept; takes as long where none is."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(kept or _DUMMY, password[:LONGEST]) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def outdated(kept: str) -> bool:
    """Whether it was hashed with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


def weakness(password: str, known: Sequence[str] = ()) -> str | None:
    """Why the password is refused; None when it is good. `known`: name, address and the like of the person."""
    if len(password) < SHORTEST:
        return f"A password has at least {SHORTEST} letters. A few words that do not belong together make a good one."
    if len(password) > LONGEST:
        return f"A password has at most {LONGEST} letters."
    if len(_without(password, [*known, *_OWN_WORDS])) < SHORTEST // 2:
        return "It is made of your name, your address or the name of this service. Choose other words."
    from zxcvbn import zxcvbn

    found = zxcvbn(password[:_ESTIMATED], user_inputs=[*known, *_OWN_WORDS])
    if found["score"] >= _SCORE:
        return None
    advice = found["feedback"]["warning"] or "It is easy to guess."
    return f"{advice.rstrip('.')}. A few words that do not belong together make a good one."


def _without(password: str, words: Sequence[str]) -> str:
    """What is left of the password without the words, and the parts of them, that anybody may know."""
    left = password.casefold()
    parts = {part for word in words for part in re.split(r"\W+", word.casefold()) if len(part) > 2}
    for part in sorted(parts, key=len, reverse=True):
        left = left.replace(part, "")
    return left
