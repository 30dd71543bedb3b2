"""Heads that look a fixed number of tokens back, and raise the flag of what follows the token they find.

Each is told with the weight that it puts on the wanted key among ``n`` visible ones, and with the least scale at which
at most ``e`` of the weight is elsewhere. All scores are differences of at least 1 times a gap, so that the others, at
most ``n - 1`` of them, have at most ``(n - 1) exp(-beta gap)`` times the weight of the wanted one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sympy import Expr, Integer, cos, log, pi, sin

from symcircuits import symbols
from symcircuits.algebra import ExactMatrix, below
from symcircuits.circuit import Head, OneHot, Rotary, Sinusoids
from symcircuits.rules.layout import Layout
from symcircuits.rules.planning import Look, Moves, Seen
from symcircuits.symbols import beta

KEYS = symbols.natural("n", "number of visible keys, the beginning and the token itself among them")
LEAK = symbols.positive("eps", "margin of a flag", r"\epsilon")


@dataclass(frozen=True)
class Built:
    """Heads for a look: those of the last layer, the least scale in closed form (in ``KEYS`` and ``LEAK``), whether a
    smaller one fails, and what the head does, as prose."""

    heads: tuple[Head, ...]
    least: Expr
    is_sharp: bool
    told: str


def even_gap(gap: Expr | int = 1) -> Expr:
    """The scale at which keys that lie at least ``gap`` below the wanted one have at most ``LEAK`` of the weight."""
    return log((KEYS - 1) * (1 - LEAK) / LEAK) / gap


def at_itself(layout: Layout, look: Look, rotary: Rotary | None = None) -> Built:
    """A head that looks at the copies of the present token, itself among them: its score is ``beta`` on these."""
    read = padded(layout.stream.read("token"), 0 if rotary is None else rotary.size)
    head = Head(read, read, *layout.values(look.moves), scale=beta, name="The head for this token", rotary=rotary)
    told = "scores beta on the copies of the current token, itself among them, and 0 on every other key"
    return Built((head,), even_gap(), True, told)


def back_onehot(layout: Layout, look: Look, place: OneHot) -> Built:
    """A head that looks back by one-hot places; where there is nothing so far back, at the beginning.

    Without a beginning a second head looks at itself and takes 1 off at the places that have nothing so far back.
    """
    back = look.back
    read = layout.stream.read(place)
    wanted = place.shift(-back)
    if layout.bos:
        wanted = wanted + ExactMatrix.from_entries(
            (place.size, place.size),
            {(0, early): 1 for early in range(min(back, place.size))},
            place.axis(),
            place.axis(),
        )
    head = Head(wanted @ read, read, *layout.values(look.moves), scale=beta, name=f"The head {back} back")
    told = f"scores beta on the key {back} back, found by its place, and 0 on every other"
    if layout.bos:
        return Built((head,), even_gap(), back == 1, told)
    return without_beginning(layout, Built((head,), even_gap(), back == 1, told), look.moves, place, back)


def without_beginning(layout: Layout, built: Built, moves: Moves, place: OneHot, early: int) -> Built:
    """With one-hot places a second head beside one that needs a beginning to rest on: it looks at itself, and takes 1
    off at the places before ``early``, where there is nothing to find."""
    read, stream = layout.stream.read(place), layout.stream
    first = ExactMatrix.from_rows([[1] * early]) @ stream.read(stream["place"][:early]).labelled(None, stream)
    own = Head(read, read, first, layout.less(moves), scale=beta, name="The head for the start")
    places = f"the first {early} places" if early > 1 else "the first place"
    told = f"{built.told}; a second head looks at itself, and takes 1 off at {places}"
    least = log((early + (1 - LEAK) * (KEYS - 1)) / LEAK)
    return replace(built, heads=(*built.heads, own), least=least, told=told)


def back_circle(layout: Layout, look: Look, place: Sinusoids, longest: int) -> Built:
    """A head that looks back by places on a circle with more points than there are places.

    Without a beginning a second head looks at the first place that has something so far back, from where it is visible,
    and at the latest one before. From there it takes off ``(1 - cos(alpha d))/(1 - cos(alpha))``, with ``d`` the
    distance from that place: nothing at the place itself, and at least 1 before it.
    """
    back, read = look.back, layout.stream.read(place)
    head = Head(place.shift(-back) @ read, read, *layout.values(look.moves), scale=beta, name=f"The head {back} back")
    told = f"scores beta cos(alpha (distance - {back})), largest at the key {back} back"
    gap = 1 - cos(angle_of(KEYS, longest))
    if layout.bos:
        return Built((head,), even_gap(gap), False, told)
    (angle,), (size,) = place.angles, place.scales
    there = ExactMatrix.from_rows([[cos(angle * back)], [sin(angle * back)]])
    far = layout.any_token - (there.T * (1 / size) @ read.labelled(None, layout.stream))
    first = Head(
        (there @ layout.any_token).labelled(None, layout.stream),
        read,
        far,
        layout.less(look.moves) * (1 / (1 - cos(angle))),
        scale=beta,
        name="The head for the start",
    )
    told += f"; a second head looks at place {back}, or before it at itself, and takes off 1 or more there"
    return Built((head, first), even_gap(gap).xreplace({LEAK: LEAK / 2}), False, told)


def back_rotary(layout: Layout, look: Look, rotary: Rotary, longest: int) -> Built:
    """A head that looks back by turns of queries and keys, which read nothing of the tokens."""
    first = ExactMatrix.from_entries((rotary.size, 1), {(0, 0): 1}, rotary.axis())
    key = first @ layout.any_token
    query = rotary.shift(-look.back) @ key
    head = Head(query, key, *layout.values(look.moves), scale=beta, name=f"The head {look.back} back", rotary=rotary)
    told = f"scores beta cos(alpha (distance - {look.back})) by turning queries and keys"
    return Built((head,), even_gap(1 - cos(angle_of(KEYS, longest))), False, told)


def angle_of(keys: Expr, longest: int) -> Expr:
    """The angle between neighbours on a circle that the places, and looks so far back, do not go round."""
    return 2 * pi / (keys + longest)


def padded(matrix: ExactMatrix, above: int) -> ExactMatrix:
    """The matrix below so many rows of zeros, which rotary positions may turn."""
    if not above:
        return matrix
    entries = {(i + above, j): value for (i, j), value in matrix.entries.items()}
    return ExactMatrix.from_entries((matrix.shape[0] + above, matrix.shape[1]), entries).labelled(None, matrix.columns)


def gated(layout: Layout, built: Built, gate: frozenset[str], strength: Expr | int) -> Built:
    """The same head behind a gate: where the current token is another, the beginning scores ``strength`` times
    ``beta`` more. It needs a beginning, and ``strength`` more than twice what its other scores differ by."""
    stream, (head,) = layout.stream, built.heads
    closed = layout.any_token
    for name in sorted(gate):
        closed = closed - stream.read(layout.token(name)).labelled(None, stream)
    begin = stream.read(layout.token(layout.bos)).labelled(None, stream)
    W_Q, W_K = (
        below(part.labelled(None, stream), row)
        for part, row in ((head.W_Q, closed * strength), (head.W_K, begin))
        if part is not None
    )
    told = f"{built.told}; where the current token is not {' or '.join(sorted(gate))}, it rests on {layout.bos}"
    return replace(built, heads=(replace(head, W_Q=W_Q, W_K=W_K),), told=told)


def seen_before(layout: Layout, seen: Seen, rotary: Rotary | None = None) -> Built:
    """A head that looks for a token among all keys, of which the current one counts only if it is ``inclusive``.

    Else it weighs the token against the beginning: the beginning takes 3 off and every copy adds 3; a copy weighs
    twice as much as the beginning, or as much where the current token is one itself. So ``c`` copies and nothing else
    give ``(6 c - 3)/(2 c + 1)``, or ``3 (c - 1)/(c + 1)``, where the current one is among them: 1 where there is
    one earlier copy, more where there are several, and at most 0 where there is none.
    """
    stream, ((name, _),) = layout.stream, seen.moves.items()
    this = stream.read(layout.token(name)).labelled(None, stream)
    above = 0 if rotary is None else rotary.size
    if seen.inclusive:
        head = Head(
            padded(layout.any_token, above), padded(this, above), *layout.values(seen.moves), scale=beta, rotary=rotary
        )
        return Built((head,), even_gap(), True, f"scores beta on every {name}, and 0 on every other key")
    begin = stream.read(layout.token(layout.bos)).labelled(None, stream)
    query = below(layout.any_token * beta, (layout.any_token - this) * log(Integer(2)))
    W_V, W_O = layout.values(seen.moves)
    head = Head(
        padded(query.labelled(None, stream), above),
        padded(below(this + begin, this).labelled(None, stream), above),
        W_V - begin,
        W_O * 3,
        rotary=rotary,
    )
    told = (
        f"scores beta on {layout.bos} and on every {name}, and log 2 more on the latter unless the current token is "
        f"one; it adds 3 for {name} and takes 3 off for {layout.bos}"
    )
    return Built((head,), log((KEYS - 2) * (1 - LEAK) / (3 * LEAK)), True, told)


def seen_elsewhere(layout: Layout, seen: Seen, place: OneHot) -> Built:
    """A head that looks for a token among the earlier keys, without a beginning: the key of the current place scores 2
    less. At the first place, where that is the only key, a second head takes 1 off."""
    stream, ((name, _),) = layout.stream, seen.moves.items()
    read, this = stream.read(place).labelled(None, stream), stream.read(layout.token(name)).labelled(None, stream)
    W_Q, W_K = below(layout.any_token, read * -2), below(this, read)
    head = Head(W_Q.labelled(None, stream), W_K.labelled(None, stream), *layout.values(seen.moves), scale=beta)
    told = f"scores beta on every {name}, 0 on every other key, and 2 beta less on the current one"
    return without_beginning(layout, Built((head,), even_gap(), False, told), seen.moves, place, 1)
