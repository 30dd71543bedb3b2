r"""Numbers of an experiment as running text: bindings exactly, measured figures short, differences as a bound.

>>> bound(3.1e-16), bound(0.0)
((Maths(latex='< 10^{-15}', kind='maths'),), (Maths(latex='0', kind='maths'),))
"""

from __future__ import annotations

import re
from math import ceil, isfinite, log10

from symcircuits.errors import BadValue
from symcircuits.exact import exact_value
from symcircuits.typeset import prose
from symcircuits.typeset.decimals import decimal_latex
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.names import latex_name
from symcircuits.typeset.prose import Maths, Spans, Text

_SMALL = 1e-3  # below this a difference is told as a power of ten, so that it is the same on every machine
_ROUNDING = 1e-12
_HIDDEN = 1e-5  # a figure closer to 1 is told by its distance, which six digits would hide
_PLAIN = 10  # the largest denominator that a reader takes in as it is
_NAMES = {"n_ctx": r"n_{\mathrm{ctx}}"}


def equation(name: str, value: str) -> Spans:
    """``name = value``, in one formula where the value is a number."""
    if name == "seed":
        return (Text(f"seed {value}"),)
    shown = _exact(value)
    if shown is None:
        return (Maths(name_latex(name)), Text(f" = {value}"))
    return (Maths(f"{name_latex(name)} = {shown.latex}"),)


def name_latex(name: str) -> str:
    """A bound name as LaTeX."""
    return _NAMES.get(name) or latex_name(name)


def binding(value: str) -> Spans:
    """A bound value: exact where it can be read, decimals and words as they are.

    >>> [binding(value)[0].latex for value in ("1/2", "253/50", "1000/333")]
    ['1/2', '5.06', '1000/333']
    """
    shown = _exact(value)
    return (shown,) if shown else prose.read(value)


def _exact(value: str) -> Maths | None:
    if re.fullmatch(r"-?\d+(\.\d+|/\d+)?", value):
        return Maths(_as_decimal(value))
    try:
        return Maths(latex(exact_value(value)))
    except BadValue:
        return None


def _as_decimal(value: str) -> str:
    """A fraction of many digits as a decimal, where it is one and no digit is lost."""
    shown = decimal_latex(exact_value(value)) if int(value.partition("/")[2] or 0) > _PLAIN else value
    return value if shown.startswith("\\") else shown


def decimal(number: float) -> Spans:
    r"""A measured figure with six digits; one that is no more than rounding, as a bound.

    >>> [decimal(number)[0].latex for number in (0.9995460213, 1.5e-7, 1 - 3e-8)]
    ['0.999546', '1.5 \\cdot 10^{-7}', '1 - 3 \\cdot 10^{-8}']
    """
    if not isfinite(number):
        return (Text(str(number)),)
    if 0 < abs(number) < _ROUNDING:
        return bound(number)
    if _ROUNDING < 1 - number < _HIDDEN:
        return (Maths(f"1 - {_scientific(1 - number, 2)}"),)
    return (Maths(_scientific(number, 6)),)


def _scientific(number: float, digits: int) -> str:
    mantissa, _, exponent = f"{number:.{digits}g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def bound(difference: float) -> Spans:
    """A difference: zero, a power of ten above it where it is small, else three digits."""
    if difference == 0 or not isfinite(difference):
        return decimal(difference)
    size = abs(difference)
    if size >= _SMALL:
        return decimal(float(f"{size:.3g}"))
    return (Maths(f"< 10^{{{max(ceil(log10(size)), -15)}}}"),)
