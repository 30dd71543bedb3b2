"""What a witness against a behaviour shows, in words: which token scores what on which, or which entries are wrong.

>>> from symcircuits.circuit import Residual, Sinusoids
>>> position = Sinusoids(1)
>>> read = Residual(position=position).read(position)
>>> head = Head(W_Q=read, W_K=read)
>>> print(in_words(AttendsTo(-1), head, AttendsTo(-1).prove_on(head).witness))
the query at token 7 scores 0.54 on token 6, the previous token, and 1.00 on itself, where α₀ = −1, λ₀ = 1
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sympy import Expr, S, Symbol

from symcircuits.algebra import Proved, Witness
from symcircuits.algebra.verdict import TIE
from symcircuits.behaviours import (
    AttendsAfterPrevious,
    AttendsTo,
    AvoidsSelf,
    Behaviour,
    Copies,
    FollowsWhenSharp,
    InducesOnContents,
    KeepsApart,
    TellsPair,
)
from symcircuits.behaviours.content_scores import j
from symcircuits.behaviours.deciding import CONTEXT
from symcircuits.behaviours.pointer import c
from symcircuits.circuit import Head, Transformer
from symcircuits.grading.differences import wrong_entries
from symcircuits.grading.showing import direction, signed, told, values_told
from symcircuits.symbols import beta, m, n
from symcircuits.typeset.text import text


def in_words(behaviour: Behaviour, circuit: Head | Transformer, witness: Witness) -> str:
    """What the witness shows, as a sentence without its full stop."""
    if isinstance(behaviour, Copies) and isinstance(circuit, Head):
        wrong = wrong_entries(circuit.W_OV.expand(), behaviour.map(circuit))
        if wrong:
            return f"in what the head moves, {wrong}"
    if witness.entry is not None:
        row, column = (direction(label) for label in witness.entry)
        where = values_told(witness.bindings)
        found = f"the entry from {column} into {row} is {signed(witness.left_value)}, expected"
        return f"{found} {signed(witness.right_value)}" + (f", where {where}" if where else "")
    if isinstance(behaviour, FollowsWhenSharp):
        return _flag_after_a_context(circuit, witness)
    if CONTEXT in witness.bindings:
        return _after_a_context(witness)
    if isinstance(behaviour, KeepsApart | TellsPair):
        where = values_told(witness.bindings)
        return f"{witness.left_value}, {witness.right_value}" + (f", where {where}" if where else "")
    if not {n, m} <= witness.bindings.keys():
        return _without_tokens(witness)
    which, behaviour, circuit = _looking(behaviour, circuit)
    scores = f"{which}{_scores(behaviour, circuit, witness)}"
    where = values_told({symbol: value for symbol, value in witness.bindings.items() if symbol not in (n, m, j, c)})
    return f"{scores}, where {where}" if where else scores


def _after_a_context(witness: Witness) -> str:
    """What a model says instead, by its logits."""
    left, right = _rounded(*(_with_names(value, witness) for value in (witness.left_value, witness.right_value)))
    where = values_told({symbol: value for symbol, value in witness.bindings.items() if symbol != CONTEXT})
    found = f"after {witness.bindings[CONTEXT]} the right letter has the logit {left}, and another one {right}"
    return f"{found}, where {where}" if where else found


def _flag_after_a_context(circuit: Head | Transformer, witness: Witness) -> str:
    """What a flag is, or goes to where the weights grow with beta, and what was expected of it."""
    name = witness.left.name.removeprefix("flag_") if isinstance(witness.left, Symbol) else str(witness.left)
    left, right = _rounded(witness.left_value, witness.right_value)
    is_low = float(witness.left_value) < float(witness.right_value)
    grows = f"goes to {left} as β grows" if beta in circuit.free_symbols else f"is {left}"
    most = "least" if is_low else "most"
    return f"after {witness.bindings[CONTEXT]} the flag of {name} {grows}, expected at {most} {right}"


def _looking(behaviour: Behaviour, circuit: Head | Transformer) -> tuple[str, Behaviour, Head | Transformer]:
    """Which head fails, at what: of two heads the first, where it does not attend to the previous token."""
    if not isinstance(behaviour, InducesOnContents) or not isinstance(circuit, Transformer):
        return "", behaviour, circuit
    first = behaviour.emptied(behaviour.heads(circuit)[0])
    if isinstance(AttendsTo(-1).prove_on(first), Proved):
        return "in the second head, ", behaviour, circuit
    return "in the first head, ", AttendsTo(-1), first


def _without_tokens(witness: Witness) -> str:
    """Counts and the like, which say by themselves what they are, or numbers."""
    if _number(witness.left_value) is None and not witness.bindings:
        of_what = "dimensions of the contents: " if witness.left_value.endswith(" compared") else ""
        return f"{of_what}{signed(witness.left_value)}, {signed(witness.right_value)}"
    return told(witness)


def _scores(behaviour: Behaviour, circuit: Head | Transformer, witness: Witness) -> str:
    query, (wanted, other) = witness.bindings[n], _keys(behaviour, witness.bindings)
    if witness.left_value == TIE:
        return f"the query at token {query} scores the same on {wanted}, and on {other}"
    left, right = _rounded(*(_with_names(value, witness) for value in (witness.left_value, witness.right_value)))
    if isinstance(behaviour, AvoidsSelf) and j not in witness.bindings:
        place = f"the place of token {witness.bindings[m]}, where a copy may be, counts {left}"
        return f"for the query at token {query}, {place}, and its own {right}"
    if witness.left_value not in (str(witness.left.evalf(6)), left) and _number(left) is None:
        return f"for the query at token {query}, with {wanted}, and {other}: {left}, {right}"
    scale = _scale(circuit, witness.bindings)
    return f"the query at token {query} scores {left}{scale} on {wanted}, and {right}{scale} on {other}"


def _with_names(value: str, witness: Witness) -> str:
    """The value with its symbols as people write them."""
    for symbol in sorted(witness.left.free_symbols | witness.right.free_symbols, key=str):
        value = re.sub(rf"\b{re.escape(symbol.name)}\b", text(symbol), value)
    return value


def _keys(behaviour: Behaviour, place: Mapping[Symbol, Expr]) -> tuple[str, str]:
    """The key that is wanted and the one that does as well or better, in words."""
    query, key = int(place[n]), int(place[m])
    if isinstance(behaviour, AttendsTo):
        wanted = query + behaviour.offset
        named = {0: "itself", -1: f"token {wanted}, the previous token"}
        return named.get(behaviour.offset, f"token {wanted}, {-behaviour.offset} back"), _key(key, query)
    if isinstance(behaviour, AttendsAfterPrevious):
        copy = int(place.get(c, S.Zero))
        after = copy + 1
        wanted_told = f"{_key(after, query)}, which comes after the token {copy} that it points at"
        return wanted_told, _key(key, query)
    if j in place:
        other = int(place[j])
        holds = "" if other == query else ", which holds something else"
        return f"token {key}, which holds the same as it", f"{_key(other, query)}{holds}"
    return "a key that it should attend to", _key(key, query)


def _key(key: int, query: int) -> str:
    return "itself" if key == query else f"token {key}"


def _scale(circuit: Head | Transformer, bindings: Mapping[Symbol, Expr]) -> str:
    """The scale, where it is a factor that was left out of the numbers."""
    left_out = isinstance(circuit, Head) and circuit.scale.is_Symbol and circuit.scale not in bindings
    return f" {text(circuit.scale)}" if left_out and isinstance(circuit, Head) else ""


def _rounded(left: str, right: str) -> tuple[str, str]:
    """Two decimals with as few places, two at least, as tell them apart.

    >>> _rounded("8.0", "8.0499"), _rounded("-1.00001", "-1.00002")
    (('8.00', '8.05'), ('−1.00001', '−1.00002'))
    """
    one, other = _number(left), _number(right)
    if one is not None and other is not None and max(abs(one), abs(other)) < 1e6:
        for places in range(2, 8):
            short = f"{one:.{places}f}", f"{other:.{places}f}"
            if short[0] != short[1]:
                return signed(short[0]), signed(short[1])
    return signed(left), signed(right)


def _number(value: str) -> float | None:
    try:
        return float(value.replace("−", "-"))
    except ValueError:
        return None
