"""Powers with a symbolic exponent, split as exponentials are.

``b**e`` is ``exp(e log b)``, so that exponents of one base add up, whatever they are: constants in the exponent leave
it, and every other monomial of it makes one generator for each base. ``(-1)**e`` is a turn. A product of bases is
split where that changes no branch of the logarithm: off its positive factors, and under an integer exponent.

>>> from sympy import Symbol
>>> from symcircuits.algebra.forms.normal_form import read_all
>>> n, x = Symbol("n", integer=True), Symbol("x")
>>> (left, right), reader = read_all([6 ** (2 * n + 1) * x**n, 2 * 3 ** (n + 1) * 12**n * x ** (n + 1) / x])
>>> left.equals(right, reader.generators.squares)
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Expr, I, Mul, Pow, Rational, exp, factorint, pi

from symcircuits.algebra.forms import laurent
from symcircuits.algebra.forms.quotient import Quotient

if TYPE_CHECKING:
    from symcircuits.algebra.forms.reader import Reader

_LARGEST_FACTOR = 1 << 20


def prime_factors(number: int) -> dict[int, int]:
    """A positive integer as a product of primes below 2^20 and of what is left, with multiplicities.

    What is left is not searched for factors, which may take for ever.

    >>> prime_factors(360)
    {2: 3, 3: 2, 5: 1}
    """
    found = factorint(number, limit=_LARGEST_FACTOR, use_rho=False, use_pm1=False, use_ecm=False)
    return {int(factor): int(times) for factor, times in found.items()}


def read_power(reader: Reader, base: Expr, exponent: Expr) -> Quotient:
    """The quotient of a power whose exponent is no rational number.

    Raises ``OutsideClass`` or ``BudgetSpent`` as reading does.
    """
    power = reader.read(exponent)
    if power.integer_denominator is None or base.is_zero is not False and not base.free_symbols:
        return reader.opaque(Pow(base, exponent, evaluate=False))
    product = Quotient(laurent.ONE)
    for factor, times in _factors(base, exponent):
        product = reader.times(product, _read_power(reader, factor, times * exponent, reader.read(times * exponent)))
    return product


def _factors(base: Expr, exponent: Expr) -> list[tuple[Expr, int]]:
    """Bases and how often each is taken, whose powers make the power."""
    if isinstance(base, Rational):
        top, bottom = (prime_factors(abs(int(part))) for part in (base.p, base.q))
        sign = [(Rational(-1), 1)] if base.is_negative else []
        above = [(Rational(prime), times) for prime, times in top.items()]
        return sign + above + [(Rational(prime), -times) for prime, times in bottom.items()]
    if isinstance(base, Mul):
        split = [factor for factor in base.args if exponent.is_integer or factor.is_positive]
        rest = Mul(*(factor for factor in base.args if factor not in split))
        parts = [pair for factor in split for pair in _factors(factor, exponent)]
        return [*parts, (rest, 1)] if split and rest != 1 else parts or [(base, 1)]
    return [(base, 1)]


def _read_power(reader: Reader, base: Expr, exponent: Expr, power: Quotient) -> Quotient:
    if base in (-1, I):
        return reader.read(exp(I * pi * exponent / (1 if base == -1 else 2), evaluate=False))
    reader.read(base)
    if exponent.is_nonnegative is not True:
        reader.nonzero.append(base)
    product, plain = Quotient(laurent.ONE), 0
    for monomial, coefficient in power.numerator.items():
        divisor = power.denominator[0]
        if monomial:
            place, times = reader.generators.exponential("power", monomial, coefficient, divisor, base)
            plain += times * laurent.generator(place)
        else:
            constant = Pow(base, Rational(coefficient, divisor), evaluate=False)
            product = reader.times(product, reader.read(constant))
    return Quotient(laurent.scale(product.numerator, 1, plain), product.denominator)
