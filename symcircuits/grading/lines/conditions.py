"""Chains that are not claimed: they say for which values something holds, and are kept in mind.

What is said of a statement behind it counts for it as well: ``a = b for n > 1``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sympy import Eq, Expr, Ge, Gt, Intersection, Le, Lt, S, Set, Symbol, false, true
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from symcircuits.grading.lines.definitions import defined_by
from symcircuits.grading.meaning.evaluate import evaluate
from symcircuits.grading.meaning.names import key_of
from symcircuits.grading.meaning.scope import Scope, Value
from symcircuits.grading.reading.layout import has_relation
from symcircuits.grading.reading.lines import Chain, chains_of, restricts
from symcircuits.grading.reading.parser import parse
from symcircuits.grading.reading.pieces import EXCEPTION
from symcircuits.grading.reading.refusals import CannotRead
from symcircuits.grading.reading.scanner import Scanned
from symcircuits.grading.reading.signs import Token
from symcircuits.grading.reading.syntax import Named, Node
from symcircuits.grading.reading.tokens import tokenize

_SAID = re.compile(
    r"[\s$)\]\\.,]*\(?\s*(?:for|if|when|whenever|where|with|provided(?: that)?|as long as|given|assuming|unless|except)"
    r"(?: (?:all|every|any|each|when|where|for|if))?\s*[$\\(]*"
)
_ORDERS = {"=": Eq, "<": Lt, "<=": Le, ">": Gt, ">=": Ge}


def is_condition(nodes: list[Node], chain: Chain, inline: bool, scope: Scope, broken: set[str]) -> bool:
    """Whether a chain says for which values something holds: an order of plain symbols, a value of a known one in
    running text (``inline``), or its value as a number anywhere."""
    if all(relation in ("<", "<=", ">", ">=") for relation in chain.relations):
        return any(isinstance(node, Named) for node in nodes) and _are_plain(nodes, scope)
    if chain.condition and "~" not in chain.relations and not defined_by(nodes, chain, scope, broken)[0]:
        return _are_plain(nodes, scope)
    first = nodes[0]
    if not set(chain.relations) <= {"=", "~"} or not isinstance(first, Named):
        return False
    free = not first.label and not first.turn and first.power is None and not scope.is_defined(key_of(first))
    if not free or not scope.is_known(key_of(first)) or not _are_plain(nodes, scope):
        return False
    return inline or _are_numbers(nodes[1:], scope)


def _are_numbers(nodes: list[Node], scope: Scope) -> bool:
    """Whether these sides are plain numbers."""
    try:
        values = [evaluate(node, scope) for node in nodes]
    except CannotRead:
        return False
    return all(isinstance(value, Expr) and value.is_number for value in values)


def _are_plain(nodes: list[Node], scope: Scope) -> bool:
    """Whether the sides are numbers and symbols, alone or with a number added, each symbol once."""
    seen: set[Symbol] = set()
    for node in nodes:
        try:
            value = evaluate(node, scope)
        except CannotRead:
            return False
        if not isinstance(value, Expr) or value.free_symbols & seen:
            return False
        if not value.is_polynomial(*value.free_symbols) or any(value.has(symbol**2) for symbol in value.free_symbols):
            return False
        seen |= value.free_symbols
    return bool(seen)


def conditions_of(values: list[Value], relations: list[str]) -> list[Boolean]:
    """What a chain of numbers says of its symbols, link by link; what always holds is left out."""
    found = []
    for relation, left, right in zip(relations, values, values[1:], strict=False):
        if relation in _ORDERS and isinstance(left, Expr) and isinstance(right, Expr):
            made = _ORDERS[relation](left, right)
            if isinstance(made, Boolean) and made is not true:
                found.append(made)
    return found


def never_hold(conditions: Iterable[Boolean]) -> bool:
    """Whether conditions contradict what their symbols are, or bounds of one symbol each other.

    >>> from symcircuits.symbols import beta
    >>> never_hold([Eq(beta, 0)]), never_hold([beta > 3, beta < 2]), never_hold([beta > 3, beta < 4])
    (True, True, False)
    """
    intervals: dict[Symbol, Set] = {}
    for condition in conditions:
        if condition is false:
            return True
        if len(condition.free_symbols) == 1 and isinstance(condition, Relational):
            (symbol,) = condition.free_symbols
            if {symbol} < set(condition.args) and all(side == symbol or side.is_number for side in condition.args):
                intervals[symbol] = Intersection(intervals.get(symbol, S.Reals), condition.as_set())
    return any(found is S.EmptySet for found in intervals.values())


def said_behind(scanned: Scanned, number: int, chains: list[Chain], scope: Scope) -> tuple[list[Boolean], Token | None]:
    """The conditions that come with the statements of a formula: in it, or in the next one if that follows at once.

    ``number`` is that of the formula. The second value is what restricts it in the next one and is not read. The scope
    stays as it is.
    """
    found = [chain for chain in chains if chain.condition or not chain.leads]
    unread = None
    if _joined(scanned, number) is not None:
        behind, unread = _next(scanned, number + 1)
        found += behind
    kept = dict(scope.assumed), dict(scope.sized)
    conditions = [condition for chain in found for condition in _of(chain, scope)]
    scope.assumed, scope.sized = kept
    return conditions, unread


def is_exception(scanned: Scanned, number: int) -> bool:
    """Whether a formula says where the one before it does not hold: ``a = b unless n = m``."""
    words = _joined(scanned, number - 1) if number else None
    return words is not None and EXCEPTION.search(words) is not None


def _joined(scanned: Scanned, number: int) -> str | None:
    """The words between a formula and the next one, where they make that one a condition of it."""
    place, *following = scanned.places[number : number + 2]
    if not following or following[0].kind != "inline":
        return None
    words = scanned.text[place.end : following[0].start]
    return words if _SAID.fullmatch(words) else None


def _next(scanned: Scanned, number: int) -> tuple[list[Chain], Token | None]:
    place = scanned.places[number]
    try:
        tokens = tokenize(scanned.text, place.start, scanned.commands, place.end)
        if is_exception(scanned, number):
            return [], tokens[0] if tokens else None
        return (chains_of(tokens, place.end) if has_relation(tokens) else []), restricts(tokens)
    except CannotRead:
        return [], None  # told where it is judged itself


def _of(chain: Chain, scope: Scope) -> list[Boolean]:
    try:
        nodes = [parse(side.tokens, side.end) for side in chain.sides]
        if not is_condition(nodes, chain, True, scope, set()):
            return []
        return conditions_of([evaluate(node, scope) for node in nodes], chain.relations)
    except CannotRead:
        return []  # told where it is judged itself
