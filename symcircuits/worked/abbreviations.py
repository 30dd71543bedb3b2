"""Functions that abbreviate: ``s(n, m)`` prints as it is written, and is unfolded whenever something is decided.

>>> from sympy import cos
>>> from symcircuits.symbols import alpha, m, n
>>> table = Abbreviations()
>>> s = table.name("s(n, m)", cos(alpha(0) * (n - m))).func
>>> table.unfold(s(n, n - 1) + 1)
cos(alpha_0) + 1
"""

from __future__ import annotations

import re

from sympy import Expr, Function, Symbol
from sympy.core.function import AppliedUndef, UndefinedFunction

from symcircuits import symbols
from symcircuits.errors import BadValue

_CALL = re.compile(r"(?P<name>[A-Za-z_]\w*)\((?P<indices>\s*[A-Za-z]\w*(?:\s*,\s*[A-Za-z]\w*)*\s*)\)")


class Abbreviations:
    """The functions that a derivation has given names to."""

    def __init__(self) -> None:
        self._bodies: dict[UndefinedFunction, tuple[tuple[Symbol, ...], Expr]] = {}

    def name(self, text: str, body: Expr) -> Expr | None:
        """``f(n, m)`` for a text of this form, with ``body`` behind it; ``None`` for a text of another form.

        Raises ``BadValue`` for a body that depends on what a token holds, which no index can stand for, or on another
        symbol that is called like an index and is none: ``f(s + 1)`` would be ``f(s)``.
        """
        match = _CALL.fullmatch(text.strip())
        if match is None:
            return None
        indices = tuple(symbols.integer(index.strip()) for index in match["indices"].split(","))
        held = sorted(symbol.name for symbol in body.free_symbols if symbols.is_coordinate(symbol))
        if held:
            raise BadValue(
                f"{text} depends on what the tokens hold ({', '.join(held[:3])}), so it is no function of indices"
            )
        names = {index.name for index in indices}
        others = sorted(symbol.name for symbol in body.free_symbols - set(indices) if symbol.name in names)
        if others:
            raise BadValue(f"{text} needs integer symbols for its indices; {', '.join(others)} in it is none")
        function = Function(match["name"])
        unfolded = self.unfold(body)
        if function in self._bodies:
            raise BadValue(f"{match['name']} is defined twice")
        if unfolded.has(function):
            raise BadValue(f"{text} is defined by itself")
        self._bodies[function] = (indices, unfolded)
        return function(*indices)

    def unfold(self, expression: Expr) -> Expr:
        """The expression with every abbreviation written out. Raises ``BadValue`` for a wrong number of indices."""
        return expression.replace(self._is_ours, self._body) if expression.has(AppliedUndef) else expression

    def _is_ours(self, node: Expr) -> bool:
        return isinstance(node, AppliedUndef) and node.func in self._bodies

    def _body(self, node: Expr) -> Expr:
        indices, body = self._bodies[node.func]
        if len(node.args) != len(indices):
            raise BadValue(f"{node.func} takes {len(indices)} indices, got {len(node.args)}: {node}")
        return body.subs(dict(zip(indices, node.args, strict=True)), simultaneous=True)
