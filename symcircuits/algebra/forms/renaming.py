"""A monomial with one symbol put for another, such as the name of an index.

>>> from sympy import Symbol, cos
>>> from symcircuits.algebra.forms.normal_form import read_all
>>> j, k = Symbol("j", integer=True), Symbol("k", integer=True)
>>> (left, right), reader = read_all([k * cos(k), j * cos(j)])
>>> {renamed(reader.generators, monomial, k, j) for monomial in left.numerator} == set(right.numerator)
True
"""

from __future__ import annotations

from collections.abc import Hashable

from sympy import Expr, Symbol

from symcircuits.algebra.forms import laurent
from symcircuits.algebra.forms.generators import Generators, Key


def mentions(generators: Generators, monomial: int, symbol: Symbol) -> bool:
    """Whether a symbol occurs in a monomial at all, also as an index bound in it."""
    keys = [generators.quadratic_keys[place] for place in laurent.quadratic_places(monomial)]
    keys += [key for key, _ in generators.parts(monomial)]
    contents = [content for key in keys if key[0] != "prime" for content in key[1:]]
    return any(
        mentions(generators, content, symbol) if isinstance(content, int) else _occurs(content, symbol)
        for content in contents
    )


def _occurs(content: object, symbol: Symbol) -> bool:
    return isinstance(content, Expr) and symbol in content.atoms(Symbol)


def renamed(generators: Generators, monomial: int, old: Symbol, new: Symbol) -> int:
    """The monomial with ``new`` for ``old``; ``new`` has the same assumptions and does not occur in it."""
    total = 0
    for place in laurent.quadratic_places(monomial):
        key = generators.quadratic_keys[place]
        total += generators.quadratic(_renamed_key(generators, key, old, new), generators.squares[place])
    return total + sum(_renamed_power(generators, key, e, old, new) for key, e in generators.parts(monomial))


def _renamed_power(generators: Generators, key: Key, exponent: int, old: Symbol, new: Symbol) -> int:
    kind, *contents = _renamed_key(generators, key, old, new)
    if kind in ("symbol", "root") and contents == [new]:
        return exponent * (generators.symbol(new) if kind == "symbol" else generators.root(new))
    if kind in ("angle", "exponent", "power"):
        base, *of = contents
        divisor = generators.denominator(*key)  # type: ignore[arg-type]
        place, own = generators.exponential(kind, base, exponent, divisor, *of)  # type: ignore[arg-type]
        return own * laurent.generator(place)
    return exponent * generators.free(kind, *contents)


def _renamed_key(generators: Generators, key: Key, old: Symbol, new: Symbol) -> Key:
    return key[:1] + tuple(_renamed_content(generators, key, content, old, new) for content in key[1:])


def _renamed_content(generators: Generators, key: Key, content: Hashable, old: Symbol, new: Symbol) -> Hashable:
    if isinstance(content, int) and key[0] != "prime":
        return renamed(generators, content, old, new)
    return content.xreplace({old: new}) if isinstance(content, Expr) else content
