"""One link of a chain: what its relation claims of its two sides, exactly or as rounded values, and its verdict."""

from __future__ import annotations

from sympy import Expr
from sympy.logic.boolalg import Boolean

from symcircuits.algebra import ExactMatrix, Proved, Verdict
from symcircuits.grading.lines.claims import decide, decide_rounded, has_decimals, undecided_decimal, units_of
from symcircuits.grading.meaning.names import key_of
from symcircuits.grading.meaning.scope import Eye, Scope, Value
from symcircuits.grading.reading.refusals import CannotRead
from symcircuits.grading.reading.syntax import Named, Node


def decide_link(
    relation: str, nodes: list[Node], sides: tuple[Value, Value], scope: Scope, given: list[Boolean], at: int
) -> Verdict:
    """The verdict on one link, of which ``nodes`` are the sides as they are written and ``sides`` their values.

    Raises ``CannotRead`` where it is not certain what is claimed, ``WrongShape`` for sides of different shapes.
    """
    left, right = sides
    for node, value, other in ((nodes[0], left, right), (nodes[1], right, left)):
        if not isinstance(other, ExactMatrix | Eye) or not isinstance(value, Expr):
            continue
        unknown = [key for key, symbol in scope.assumed.items() if symbol in value.free_symbols]
        if unknown and not (isinstance(other, ExactMatrix) and other.shape == (1, 1)):
            raise CannotRead(f"{unknown[0]} is equated with a matrix and was not defined", node.at, "declare it")
    if relation == "~":
        _check_known(nodes[0], left, scope)
    if not any(map(has_decimals, nodes)):
        if relation == "~":
            raise CannotRead("an approximation without a decimal", at, "write the rounded value, or =")
        return decide(relation, left, right, given, at)
    if relation in ("=", "~"):
        if has_decimals(nodes[0]) and not has_decimals(nodes[1]):
            nodes, left, right = nodes[::-1], right, left
        units = units_of(nodes[1])
        if units is not None and not has_decimals(nodes[0]):
            return decide_rounded(left, right, units, at)
    exactly = decide("=" if relation == "~" else relation, left, right, given, at)
    return exactly if isinstance(exactly, Proved) else undecided_decimal()


def _check_known(node: Node, value: Value, scope: Scope) -> None:
    """Refuse to judge the rounded value of a name that the writer has not given one."""
    if isinstance(node, Named) and value in scope.assumed.values():
        raise CannotRead(f"{key_of(node)} was not defined, and is said to be about something", node.at, "define it")
