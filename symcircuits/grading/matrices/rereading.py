"""What the heads of a model for rules may read instead: other flags, the places a token on, or themselves.

>>> from symcircuits.circuit import Residual
>>> stream = Residual(token=("is A", "is B"), was=("was A", "was B"))
>>> head = Head(W_Q=stream.read("token"), W_K=stream.read("token"), W_V=stream.read("was"), W_O=stream.write("was"))
>>> model = Transformer(((head,),), W_E=stream.write("token"))
>>> for code, remark, _ in rereading(model, {"W_K^1", "W_V^1"}):
...     print(f"{code}: {remark}")
wrong-block: with was A and was B read for is A and is B by W_K it is right
wrong-block: with was A and was B read for is A and is B by W_K, and the other way round by W_V, it is right
wrong-block: with is A and is B read for was A and was B by W_V it is right
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import permutations

from symcircuits.algebra import ExactMatrix, below
from symcircuits.circuit import Directions, Head, Transformer
from symcircuits.circuit.numbered import with_weights
from symcircuits.grading.matrices.changes import keys_turned
from symcircuits.grading.matrices.other_rules import Change
from symcircuits.grading.showing import direction


def rereading(model: Transformer, asked: Collection[str]) -> Iterator[Change]:
    """One head at a time: its keys turned by a token; keys, values or both read from another block of flags. Only
    those of its matrices are changed that are ``asked`` for: ``W_K^2``."""
    for number, head in enumerate(model.heads, 1):
        where = f"in head {number}: " if len(model.heads) > 1 else ""
        if head.W_K is not None and f"W_K^{number}" in asked:
            for code, remark, turned in keys_turned(head, head.W_K):
                if turned.W_K is not None:
                    yield code, f"{where}{remark}", with_weights(model, {f"W_K^{number}": turned.W_K})
        for remark, changed in _elsewhere(head):
            weights = {f"{name}^{number}": matrix for name, matrix in changed.items()}
            if weights.keys() <= set(asked):
                yield "wrong-block", f"{where}{remark} it is right", with_weights(model, weights)


def _elsewhere(head: Head) -> Iterator[tuple[str, dict[str, ExactMatrix]]]:
    """Keys or values that read other flags, or keys these and values those."""
    stream = head.stream
    flags = [stream[name] for name in stream.names if name not in stream.positions()]
    for first, second in permutations(flags, 2):
        size = min(len(first), len(second))
        one, other = first[:size], second[:size]
        keys, values, back = _moved(head.W_K, one, other), _moved(head.W_V, one, other), _moved(head.W_V, other, one)
        read = f"with {_told(other)} read for {_told(one)} by"
        if keys is not None:
            yield f"{read} W_K", {"W_K": keys}
        if values is not None:
            yield f"{read} W_V", {"W_V": values}
        if keys is not None and back is not None:
            yield f"{read} W_K, and the other way round by W_V,", {"W_K": keys, "W_V": back}


def _moved(matrix: ExactMatrix | None, one: Directions, other: Directions) -> ExactMatrix | None:
    """The matrix with the columns of one block in those of another; ``None`` where it does not read the first alone."""
    read = {column for _, column in matrix.entries} if matrix is not None else set()
    if matrix is None or not read & set(one.places) or read & set(other.places):
        return None
    to = dict(zip(one.places, other.places, strict=True))
    entries = {(row, to.get(column, column)): value for (row, column), value in matrix.entries.items()}
    return ExactMatrix.from_entries(matrix.shape, entries, matrix.rows, matrix.columns)


def _told(flags: Directions) -> str:
    first, *rest = map(direction, flags.labels)
    return f"{first} {'and' if len(rest) == 1 else 'to'} {rest[-1]}" if rest else first


def asking(model: Transformer, asked: Collection[str]) -> Iterator[Change]:
    """One head in which every token that asks for nothing asks for its own copies."""
    for number, head in enumerate(model.heads, 1):
        if head.W_Q is None or head.W_K is None or not {f"W_Q^{number}", f"W_K^{number}"} <= set(asked):
            continue
        silent = _silent(model, head.W_Q)
        if silent:
            own = [model.W_E.take_columns([token]).T.labelled(None, model.W_E.rows) for token in silent]
            named = {f"W_Q^{number}": below(head.W_Q, *own), f"W_K^{number}": below(head.W_K, *own)}
            names = ", ".join(model.vocabulary[token] for token in silent)
            where = f"of head {number} " if len(model.heads) > 1 else ""
            remark = f"the query {where}after {names} is zero, so all keys share the attention; if it asks for its own"
            yield "no-sink", f"{remark} copies, it is right", with_weights(model, named)


def _silent(model: Transformer, W_Q: ExactMatrix) -> list[int]:
    """The tokens that the queries do not read; where they read any."""
    asks = (W_Q @ model.W_E).entries
    heard = {token for _, token in asks}
    return [token for token in range(model.d_vocab) if token not in heard] if heard else []
