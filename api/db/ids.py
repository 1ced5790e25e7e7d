"""Identities: a prefix for the kind, then a UUIDv7 in Crockford's base 32, so that they sort by age."""

import secrets
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 26


def new_id(prefix: str) -> str:
    """`run_06ABC…`: RFC 9562 version 7, whose 12 bits after the milliseconds are their fraction."""
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    number = milliseconds << 80 | 0x7 << 76 | (nanoseconds * 4096 // 1_000_000) << 64
    number |= 0b10 << 62 | secrets.randbits(62)
    return f"{prefix}_{_base32(number)}"


def _base32(number: int) -> str:
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))
