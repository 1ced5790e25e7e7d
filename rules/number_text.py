"""How exact numbers are written."""

from decimal import Decimal, localcontext
from fractions import Fraction


def number_text(number: Fraction) -> str:
    """The number in full as a decimal, or as a fraction where its decimals never end."""
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest > 1:
        return str(number)
    with localcontext(prec=200):
        return f"{Decimal(number.numerator) / number.denominator:f}"
