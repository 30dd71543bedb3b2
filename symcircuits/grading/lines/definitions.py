"""Which names a chain defines, and what is a claim about names that are known already."""

from __future__ import annotations

from symcircuits.grading.meaning.names import has_symbolic_sibling, head_key, is_entry, is_head, key_of
from symcircuits.grading.meaning.scope import Scope
from symcircuits.grading.reading.lines import Chain
from symcircuits.grading.reading.syntax import Grid, Named, Node, Product


def defined_by(nodes: list[Node], chain: Chain, scope: Scope, broken: set[str]) -> tuple[list[str], int]:
    """The names that a chain defines, and the number of the side that gives them their value.

    ``broken`` are names whose definition could not be read: they are defined once and for all, without a value.
    """
    keys: list[str] = []
    for number, node in enumerate(nodes[:-1]):
        key = _new_name(node, chain, number, scope, broken)
        if key is None or key in keys:
            break
        keys.append(key)
    last = len(keys)
    while keys and last < len(nodes) - 1 and chain.relations[last] == "=" and _is_of_unknowns(nodes[last], scope):
        last += 1
    return keys, last


def _new_name(node: Node, chain: Chain, number: int, scope: Scope, broken: set[str]) -> str | None:
    """The name that a side is, if its relation to the next one defines it."""
    relation = chain.relations[number]
    if relation not in ("=", ":=") or not isinstance(node, Named):
        return None
    if node.power is not None or node.turn or node.base in ("Id", "I", "pi", "e"):
        return None
    if node.label and not node.label.strip("()").isdigit():
        return None
    key = head_key(node)
    if relation == ":=":
        return key
    if key in scope.sized and any(token.kind == "begin" for token in chain.sides[number + 1].tokens):
        return key
    if scope.is_known(key) or key in scope.assumed or key in broken:
        return None
    if has_symbolic_sibling(node, scope) or is_entry(node, scope):
        return None  # it may follow from what is defined
    if node.label and scope.is_matrix(key_of(node)) and node.base.split()[-1] != "W":
        return None  # it may be meant as a power
    if node.label and not is_head(node, scope) and not _gives_matrix(chain):
        return None
    if node.base == "delta" and len("".join(node.below)) > 1:
        return None
    if not node.label and node.base in {kind for kind, _ in (*scope.directions, *scope.flags)} and node.below:
        return None
    return key


def _is_of_unknowns(node: Node, scope: Scope) -> bool:
    """Whether a side is a product of weights none of which the writer has given, such as the factors of a net."""
    factors = node.factors if isinstance(node, Product) else ()
    return bool(factors) and all(
        isinstance(factor, Named) and factor.base.split()[-1] == "W" and not scope.is_known(head_key(factor))
        for factor in factors
    )


def _gives_matrix(chain: Chain) -> bool:
    return any(token.kind == "begin" for side in chain.sides[1:] for token in side.tokens)


def is_written_out(node: Node) -> bool:
    """Whether a side is a matrix in its entries, or a product that ends with one."""
    return isinstance(node, Grid) or (isinstance(node, Product) and isinstance(node.factors[-1], Grid))
