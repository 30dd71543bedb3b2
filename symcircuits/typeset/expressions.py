r"""SymPy expressions as LaTeX, in the order in which a person would write them.

>>> from sympy import cos
>>> from symcircuits.symbols import alpha, beta, lambda_, m, n
>>> latex(n - m - 1), latex(1 - cos(alpha(0)))
('n - 1 - m', '1 - \\cos \\alpha_{0}')
>>> latex(beta * lambda_(0)**2 * cos(alpha(0) * (n - 1 - m)))
'\\beta \\lambda_{0}^{2} \\cos(\\alpha_{0} (n - 1 - m))'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sympy import Basic, Expr, Integer, Mod, Piecewise, Symbol
from sympy.printing.latex import LatexPrinter

from symcircuits.errors import BadValue
from symcircuits.symbols import latex_of
from symcircuits.typeset.arrangement import (
    BIG,
    EXPONENTIAL,
    NUMBER,
    factor_class,
    is_even_function,
    ordered_factors,
    ordered_terms,
    split_sign,
    upright,
)
from symcircuits.typeset.names import FUNCTIONS, latex_name

_LONG_EXPONENT = 10
_LOOSE = (Mod, Piecewise)
_INVERSES = {"acos": "arccos", "asin": "arcsin", "atan": "arctan"}
_TALL = re.compile(r"\\(frac|sum|prod|int|binom|begin)(?![A-Za-z])")
_DIGIT_LAST = re.compile(r"\d\}*$")
_WORD_LAST = re.compile(r"\\math(it|rm)\{\w{2,}\}$")  # runs into a letter or a bracket behind it


def latex(expr: Expr | int) -> str:
    """The LaTeX of an expression, remembered for each distinct one.

    Only commands that TeX with amsmath, MathJax, KaTeX and GitHub all know are used. Raises ``BadValue`` for what is
    not a SymPy object.
    """
    if isinstance(expr, int):
        expr = Integer(expr)
    if not isinstance(expr, Basic):
        raise BadValue(f"cannot print {expr!r} as LaTeX: expected a SymPy expression, not {type(expr).__name__}")
    return _latex(expr)


@lru_cache(maxsize=1 << 16)
def _latex(expr: Basic) -> str:
    return str(LatexPrinter._print(_PRINTER, expr)).replace(r"\operatorname", r"\mathrm")


def enclosed(text: str) -> str:
    r"""The text in parentheses that fit: plain ones, or growing ones around something tall.

    >>> enclosed("n - 1"), enclosed(r"\frac{1}{2}")
    ('(n - 1)', '\\left( \\frac{1}{2} \\right)')
    """
    return rf"\left( {text} \right)" if _TALL.search(text) else f"({text})"


def visible_length(text: str) -> int:
    r"""Roughly how many characters a reader sees.

    >>> visible_length(r"\beta \lambda_{0}^{2}")
    4
    """
    return len(re.sub(r"[\s{}_^]", "", re.sub(r"\\[A-Za-z]+", _shown, text)))


class _Printer(LatexPrinter):
    def _print(self, expr: object, **settings: Any) -> str:
        # Every part is remembered too: the entries of a matrix differ, but are made of the same few parts.
        plain = isinstance(expr, Basic) and not settings
        return _latex(expr) if plain else str(super()._print(expr, **settings))

    def _print_Symbol(self, expr: Symbol, style: str = "plain") -> str:
        return latex_of(expr) or re.sub(r"(?<!\\)[%#&$]", r"\\\g<0>", super()._print_Symbol(expr, style))

    def _print_Add(self, expr: Expr, order: str | None = None) -> str:
        (negative, first), *others = ordered_terms(expr)
        head = ("-" if negative else "") + self._term(first)
        return head + "".join((" - " if minus else " + ") + self._term(term) for minus, term in others)

    def _term(self, term: Expr) -> str:
        text = str(self._print(term))
        return enclosed(text) if term.is_Add or isinstance(term, _LOOSE) else text

    def _print_Mul(self, expr: Expr) -> str:
        negative, positive = split_sign(expr)
        return ("-" if negative else "") + self._quotient(positive, in_product=negative)

    def _print_Rational(self, expr: Expr) -> str:
        return self._print_Mul(expr)

    _print_Half = _print_Rational  # noqa: N815  the names that SymPy calls

    def _quotient(self, expr: Expr, in_product: bool = False) -> str:
        parts = ordered_factors(expr)
        number = [] if parts.p == 1 else [str(parts.p)]
        if not parts.denominator and parts.q == 1:
            return self._product(number, parts.numerator, in_product)
        below = self._product([] if parts.q == 1 else [str(parts.q)], parts.denominator)
        split = not parts.denominator and _holds_functions(parts.numerator)
        above = [factor for factor in parts.numerator if not split or factor_class(factor) == NUMBER]
        fraction = rf"\frac{{{self._product(number, above)}}}{{{below}}}"
        return self._product([fraction], parts.numerator[len(above) :])

    def _product(self, numbers: Sequence[str], factors: Sequence[Expr], in_product: bool = False) -> str:
        alone = len(numbers) + len(factors) == 1 and not in_product
        texts = [self._factor(factor, alone, last=factor is factors[-1]) for factor in factors]
        return _juxtaposed([*numbers, *texts]) or "1"

    def _factor(self, factor: Expr, alone: bool, last: bool) -> str:
        text = str(self._print(factor))
        loose = factor.is_Add or isinstance(factor, _LOOSE)
        open_ended = factor_class(factor) == BIG and not factor.is_Pow
        return enclosed(text) if loose and not alone or open_ended and not last else text

    def _print_Pow(self, expr: Expr) -> str:
        base, exponent = expr.as_base_exp()
        if exponent.is_Rational and exponent.is_negative and expr.is_commutative:
            return self._quotient(expr)
        if exponent.is_Rational and exponent.p == 1 < exponent.q:
            index = "" if exponent.q == 2 else f"[{exponent.q}]"
            return rf"\sqrt{index}{{{self._print(base)}}}"
        power = f"{exponent.p}/{exponent.q}" if exponent.is_Rational and exponent.q != 1 else self._print(exponent)
        if exponent.is_Integer and (command := _command(base)) and len(base.args) == 1:
            return self._applied(rf"{command}^{{{power}}}", base)
        return f"{self._base(base)}^{{{power}}}"

    def _base(self, base: Expr) -> str:
        text = str(self._print(base))
        call = base.is_Function and text.endswith(")") and not text.startswith("\\") and "^" not in text.split("(")[0]
        return text if call or _is_atomic(base) and "^" not in text else enclosed(text)

    def _print_Function(self, expr: Expr, exp: str | None = None) -> str:
        name = expr.func.__name__
        text = self._applied(_command(expr) or latex_name(name), expr)
        return f"{text}^{{{exp}}}" if exp is not None else text

    _print_log = _print_Function

    def _applied(self, command: str, expr: Expr) -> str:
        if len(expr.args) != 1:
            return command + enclosed(", ".join(str(self._print(argument)) for argument in expr.args))
        argument = upright(expr.args[0]) if is_even_function(expr) else expr.args[0]
        text = str(self._print(argument))
        bare = command.startswith("\\") and not command.startswith(r"\mathrm") and _is_atomic(argument)
        return f"{command} {text}" if bare else command + enclosed(text)

    def _print_exp(self, expr: Expr, exp: str | None = None) -> str:
        text = str(self._print(expr.args[0]))
        if visible_length(text) > _LONG_EXPONENT or _TALL.search(text):
            text = r"\exp" + enclosed(text)
        else:
            text = f"e^{{{text}}}"
        return f"{enclosed(text)}^{{{exp}}}" if exp is not None else text

    def _print_Exp1(self, expr: Expr, exp: str | None = None) -> str:
        return "e" if exp is None else f"e^{{{exp}}}"

    def _print_Sum(self, expr: Expr) -> str:
        return self._big(r"\sum", expr)

    def _print_Product(self, expr: Expr) -> str:
        return self._big(r"\prod", expr)

    def _big(self, sign: str, expr: Expr) -> str:
        places = [tuple(map(self._print, limit)) for limit in expr.limits]
        bounds = " ".join(f"{sign}_{{{symbol}={low}}}^{{{high}}}" for symbol, low, high in places)
        body = str(self._print(expr.function))
        return f"{bounds} {enclosed(body) if expr.function.is_Add else body}"

    def _hprint_variadic_function(self, expr: Expr, exp: str | None = None) -> str:
        name = "\\" + type(expr).__name__.lower()
        text = name + enclosed(", ".join(sorted(str(self._print(argument)) for argument in expr.args)))
        return f"{text}^{{{exp}}}" if exp is not None else text

    _print_Min = _print_Max = _hprint_variadic_function  # noqa: N815

    def _add_parens(self, s: str) -> str:
        return enclosed(s)


def _shown(command: re.Match[str]) -> str:
    name = command.group()[1:]
    return name if name in FUNCTIONS else "" if name.startswith(("math", "text", "left", "right")) else "x"


def _command(expr: Expr) -> str | None:
    name = _INVERSES.get(type(expr).__name__, type(expr).__name__)
    return "\\" + name if expr.is_Function and name in FUNCTIONS else None


def _holds_functions(factors: Iterable[Expr]) -> bool:
    """Whether the factors are too long to stand above a mere number."""
    return any(factor_class(factor) >= EXPONENTIAL for factor in factors)


def _is_atomic(expr: Expr) -> bool:
    return bool(expr.is_Symbol or expr.is_Integer and expr.is_nonnegative or expr.is_NumberSymbol)


def _juxtaposed(texts: Iterable[str]) -> str:
    product = ""
    for text in texts:
        if text[:1].isdigit() and _DIGIT_LAST.search(product):
            join = r" \cdot "
        elif _WORD_LAST.search(product) and not _command_first(text):
            join = r" \, "
        else:
            join = " " if product else ""
        product += join + text
    return product


def _command_first(text: str) -> bool:
    """Whether a factor begins with the name of a function, which keeps its own distance."""
    match = re.match(r"\\([A-Za-z]+)", text)
    return match is not None and match[1] in FUNCTIONS


_PRINTER = _Printer()
