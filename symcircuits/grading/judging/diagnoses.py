"""What may have gone wrong: declared changes of the writer's own work that would make it right.

A diagnosis is a remark on work that is wrong already, never the cause of a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from sympy import Expr, Symbol

from symcircuits import symbols
from symcircuits.algebra import ExactMatrix, Proved, Verdict
from symcircuits.behaviours import AttendsTo, Behaviour
from symcircuits.circuit import Head, Transformer
from symcircuits.circuit.numbered import with_weights
from symcircuits.grading.judging.counterexamples import loses
from symcircuits.grading.judging.heads import head_of
from symcircuits.grading.meaning.blocks import rolled

Decide = Callable[[Behaviour, Head | Transformer], Verdict]
_ROWS = 8  # of a head whose rows are tried one by one


def diagnose(behaviour: Behaviour, circuit: Head | Transformer, decide: Decide) -> tuple[str, str]:
    """A code and a remark for the first change after which the circuit has the behaviour; empty where none helps.

    In a transformer one head is changed at a time.
    """
    if isinstance(circuit, Transformer):
        return _first_that_helps(behaviour, _changes_of_heads(circuit), decide)
    if isinstance(behaviour, AttendsTo):
        for offset in (0, -1, -2):
            if offset != behaviour.offset and _has(AttendsTo(offset), circuit, decide):
                code = "attends-to-self" if offset == 0 else "off-by-one"
                return code, f"it {AttendsTo(offset).text()}"
    return _first_that_helps(behaviour, changes(circuit), decide)


def _first_that_helps(
    behaviour: Behaviour, tried: Iterator[tuple[str, str, Head | Transformer]], decide: Decide
) -> tuple[str, str]:
    for code, remark, changed in tried:
        if _has(behaviour, changed, decide):
            return code, remark
    return "", ""


def _has(behaviour: Behaviour, circuit: Head | Transformer, decide: Decide) -> bool:
    return not loses(behaviour, circuit) and isinstance(decide(behaviour, circuit), Proved)


def _changes_of_heads(model: Transformer) -> Iterator[tuple[str, str, Transformer]]:
    for number, head in enumerate(model.heads, 1):
        for code, remark, changed in changes(head):
            named = {f"{name}^{number}": weight for name, weight in changed.weights().items()}
            yield code, f"in head {number}: {remark}", with_weights(model, named)


def changes(head: Head) -> Iterator[tuple[str, str, Head]]:
    """The changes that are tried: a code, a remark, and the head after the change."""
    angles = {symbol: -symbol for symbol in head.free_symbols if symbol.name.startswith("alpha")}
    if angles:
        yield "rotation-direction", "turned the other way it is right", _with(head, lambda m: m.substitute(angles))
    if head.W_Q is not None and head.W_K is not None:
        swapped = replace(head, W_Q=head.W_K, W_K=head.W_Q)
        yield "q-k-exchanged", "with W_Q and W_K exchanged it is right", swapped
    for name in ("W_K", "W_V"):
        matrix = getattr(head, name)
        if matrix is not None:
            yield from _signs(head, name, matrix)
    for name, side in (("W_V", 1), ("W_O", 0)):
        matrix = getattr(head, name)
        if matrix is not None:
            yield from _moved(head, name, matrix, side)
            yield from _entries(head, name, matrix)
    if symbols.beta in head.free_symbols - head.scale.free_symbols:
        one: dict[Symbol, Expr] = {symbols.beta: symbols.beta**2}
        yield "scale-one-side", "with beta on both sides it is right", _with(head, lambda m: m.substitute(one))


def _with(head: Head, change: Callable[[ExactMatrix], ExactMatrix]) -> Head:
    return _put(head, {name: change(matrix) for name, matrix in head.weights().items()})


def _put(head: Head, weights: Mapping[str, ExactMatrix]) -> Head:
    """The head with these weights in the place of its own."""
    parts = {**head.weights(), **weights}
    return head_of(parts, head.scale, head.rotary)


def _signs(head: Head, name: str, matrix: ExactMatrix) -> Iterator[tuple[str, str, Head]]:
    """Rows with the other sign: all, each pair, each one."""
    count = matrix.shape[0]
    if count > _ROWS:
        return
    groups = [
        range(count),
        *(range(i, i + 2) for i in range(0, count - 1, 2)),
        *(range(i, i + 1) for i in range(count)),
    ]
    for rows in dict.fromkeys(map(tuple, groups)):
        signs = {(i, i): -1 if i in rows else 1 for i in range(count)}
        flipped = ExactMatrix.from_entries((count, count), signs) @ matrix
        where = "all rows" if len(rows) == count else f"row {', '.join(str(i + 1) for i in rows)}"
        yield "sign", f"with the other sign in {where} of {name} it is right", _put(head, {name: flipped})


def _moved(head: Head, name: str, matrix: ExactMatrix, side: int) -> Iterator[tuple[str, str, Head]]:
    """What is read or written moved to another block of the stream."""
    block = len({place[side] for place in matrix.entries}) or matrix.shape[side]
    for shift in range(block, matrix.shape[side], block):
        where = "read from" if side else "written to"
        remark = f"{where} another block, {shift} on, it is right"
        yield "wrong-block", remark, _put(head, {name: rolled(matrix, side, shift)})


def _entries(head: Head, name: str, matrix: ExactMatrix) -> Iterator[tuple[str, str, Head]]:
    """One entry left out, where there is one too many."""
    for place in list(matrix.entries)[: 2 * _ROWS]:
        rest = {where: value for where, value in matrix.entries.items() if where != place}
        changed = ExactMatrix.from_entries(matrix.shape, rest, matrix.rows, matrix.columns)
        where = f"({place[0] + 1}, {place[1] + 1})"
        yield "one-entry", f"without entry {where} of {name} it is right", _put(head, {name: changed})
