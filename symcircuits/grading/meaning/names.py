"""What a name with its scripts stands for: a direction, a head's matrix, a power, a scalar."""

from __future__ import annotations

import re
from collections.abc import Callable

from sympy import Expr, KroneckerDelta, Sum

from symcircuits.algebra import ExactMatrix
from symcircuits.grading.meaning.indices import folded, reckoned_parts, two_indices
from symcircuits.grading.meaning.scope import Eye, Scope, Value
from symcircuits.grading.reading import limits
from symcircuits.grading.reading.refusals import CannotRead
from symcircuits.grading.reading.syntax import Named, Node, Number
from symcircuits.grading.reading.vocabulary import GREEK, INDICES

_KINDS = {"content": "cont"}
_MATRIX_BASES = ("W",)


def key_of(node: Named) -> str:
    """The name as it is kept, without a superscript: ``W_Q``, ``lambda_0``; ``out`` is ``O``."""
    return _key(node.base, "".join(node.below))


def _key(base: str, below: str) -> str:
    below = "O" if base.split()[-1] == "W" and below == "out" else below
    return f"{base}_{below}" if below else base


def head_key(node: Named) -> str:
    """The name with a superscript that is a number read as that of a head: ``W_Q^1``."""
    number = node.label.strip("()")
    return f"{key_of(node)}^{number}" if number else key_of(node)


def is_head(node: Named, scope: Scope) -> bool:
    """Whether a superscript that is a number is that of a head, not a power."""
    if not node.label.strip("()").isdigit():
        return False
    matrix = node.base.split()[-1] in _MATRIX_BASES or scope.is_matrix(key_of(node))
    return matrix or scope.is_defined(head_key(node))


def meaning_of(node: Named, scope: Scope) -> tuple[Value, Node | None]:
    """What a name stands for, and the exponent that is still to be taken of it. Raises ``CannotRead``."""
    below = folded(node.below, scope.bound, node.base, node.at)
    label = node.label
    if not label and (node.base, below) in scope.flags:
        return _unit(scope, scope.flags[node.base, below]), node.power
    if label and not label.strip("()").isdigit():
        return _direction(_KINDS.get(label, label), below, node, scope), node.power
    if not label and below.isdigit() and (node.base, int(below)) in scope.directions:
        if node.base not in scope.defined and _key(node.base, below) not in scope.defined:
            return _unit(scope, scope.directions[node.base, int(below)]), node.power
    plain = Named(node.at, node.base, (below,) if below else (), label, node.power, node.turn)
    if is_head(plain, scope):
        return _defined(head_key(plain), plain, scope), node.power
    if label.startswith("("):
        raise CannotRead(f"a superscript {label} on a number", node.at, "write a subscript")
    exponent = Number(node.at, label) if label else node.power
    if label and node.power is not None:
        raise CannotRead("two superscripts", node.at)
    if node.base == "delta" and key_of(plain) not in scope.defined:
        indices = two_indices(node.below, _index(scope), node.at) if node.below else None
        if indices is not None:
            return KroneckerDelta(*indices), exponent
    if key_of(plain) not in scope.defined and (found := _instance(node, scope)) is not None:
        return found, exponent
    return _plain(plain, scope), exponent


def _direction(kind: str, below: str, node: Named, scope: Scope) -> ExactMatrix:
    if node.base != "u":
        raise CannotRead(f"a superscript {kind} on {node.base}", node.at, "use a subscript for a label")
    flag = scope.flags.get((kind, below) if below else tuple(kind.split(" ", 1)))  # type: ignore[arg-type]
    if flag is not None:
        return _unit(scope, flag)
    if not below.isdigit():
        raise CannotRead(f"the direction {kind} without a number below", node.at, "write u^{\\cos}_0")
    place = scope.directions.get((kind, int(below)))
    if place is None:
        raise CannotRead(f"the residual stream has no direction u^{kind}_{below}", node.at)
    return _unit(scope, place)


def _unit(scope: Scope, place: int) -> ExactMatrix:
    return ExactMatrix.from_entries((scope.stream.d_model, 1), {(place, 0): 1}, scope.stream)


def _defined(key: str, node: Named, scope: Scope) -> Value:
    if key in scope.defined:
        return scope.value_of(key)
    hint = "define it before it is used"
    if node.label and node.base.split()[-1] not in _MATRIX_BASES:
        hint = f"a number above a matrix is that of its head; write the product {key_of(node)} {key_of(node)} out"
    raise CannotRead(f"{key} is not defined", node.at, hint)


def _plain(node: Named, scope: Scope) -> Value:
    key = key_of(node)
    if key in scope.bound:
        return scope.bound[key]
    if key in scope.defined:
        return scope.value_of(key)
    if node.base in ("Id", "I"):
        return _identity(node)
    if is_entry(node, scope):
        raise CannotRead(f"{key} may be an entry of {node.base}", node.at, "give it a name of its own with :=")
    if node.base.split()[-1] in _MATRIX_BASES:
        raise CannotRead(f"{key} is not defined", node.at, "define it before it is used, or declare its size")
    if _family_defined(node, scope):
        raise CannotRead(f"{key} is not defined, though {node.base} with another subscript is", node.at)
    letter = node.base.rstrip("'")
    if not (len(letter) == 1 or letter in GREEK or letter == "Lg" or scope.is_known(key)):
        raise CannotRead(f"the name {key} is not known", node.at, "declare it at the head of the file")
    return scope.scalar(key)


def _identity(node: Named) -> Value:
    if not node.below:
        return Eye()
    size = "".join(node.below)
    if not size.isdigit():
        return Eye()
    if not 0 < int(size) <= limits.SIDE:
        raise CannotRead(f"an identity of size {size}", node.at)
    return ExactMatrix.identity(int(size))


def _index(scope: Scope) -> Callable[[str], Expr | None]:
    """What gives the value of a letter that is an index."""
    return lambda letter: scope.bound.get(letter, scope.scalar(letter) if letter in INDICES else None)


def _instance(node: Named, scope: Scope) -> Value | None:
    """The value of a name that is defined for any index, such as ``s_{n,n-1}`` where ``s_{nm}`` is defined."""
    for below in _siblings(node, scope):
        letters = below.replace(",", "")
        if not set(letters) <= set(INDICES) or len(set(letters)) < len(letters):
            continue
        places = reckoned_parts(node.below, _index(scope))
        value = scope.defined.get(_key(node.base, below))
        if places is None or len(places) != len(letters) or value is None:
            continue
        swap = {scope.scalar(letter): place for letter, place in zip(letters, places, strict=True)}
        if isinstance(value, ExactMatrix):
            return value.substitute(swap)
        if isinstance(value, Expr) and not value.has(Sum):
            return value.xreplace(swap)
    return None


def _family_defined(node: Named, scope: Scope) -> bool:
    """Whether the same letter is defined with another subscript, such as ``s_{nm}`` beside ``s_{n,n-1}``."""
    return bool(node.below) and bool(_siblings(node, scope))


def is_entry(node: Named, scope: Scope) -> bool:
    """Whether two indices stand below the name of a matrix."""
    below = "".join(node.below).replace(",", "")
    indices = len(below) > 1 and all(part.isdigit() or part in INDICES for part in below)
    return indices and scope.is_matrix(node.base)


def has_symbolic_sibling(node: Named, scope: Scope) -> bool:
    """Whether the same letter is defined for any value of an index or an angle in its subscript."""
    return bool(node.below) and node.base != "d" and any(map(_is_symbolic, _siblings(node, scope)))


def _siblings(node: Named, scope: Scope) -> list[str]:
    """The other subscripts with which the same letter is defined."""
    found = [key.partition("^")[0].partition("_") for key in scope.defined]
    return [below for base, _, below in found if base == node.base and below and below != "".join(node.below)]


def _is_symbolic(below: str) -> bool:
    letters = re.sub("[-+,()0-9]", "", below)
    return bool(letters) and (letters in GREEK or all(letter in INDICES for letter in letters))
