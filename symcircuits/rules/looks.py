"""Heads that look a fixed number of tokens back, and raise the flag of what follows the token they find.

Each is told with the weight that it puts on the wanted key among ``n`` visible ones, and with the least scale at which
at most ``e`` of the weight is elsewhere. All scores are differences of at least 1 times a gap, so that the others, at
most ``n - 1`` of them, have at most ``(n - 1) exp(-beta gap)`` times the weight of the wanted one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sympy import Expr, cos, log, pi

from symcircuits import symbols
from symcircuits.algebra import ExactMatrix
from symcircuits.circuit import Head, OneHot, Rotary, Sinusoids
from symcircuits.rules.layout import Layout
from symcircuits.symbols import beta

KEYS = symbols.natural("n", "number of visible keys, the beginning and the token itself among them")
LEAK = symbols.positive("eps", "margin of a flag", r"\epsilon")
Moves: TypeAlias = Mapping[str, str]


@dataclass(frozen=True)
class Look:
    """Look ``back`` tokens back (0: at the token itself), and say ``moves[t]`` where a token ``t`` stands there."""

    back: int
    moves: Moves


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
    back, targets = look.back, sorted(set(look.moves.values()))
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
    early = layout.stream.read(layout.stream["place"][:back])
    ones = ExactMatrix.from_rows([[1] * back])
    pred = layout.stream["pred"].places
    off = {(pred[layout.vocabulary.index(name)], 0): -1 for name in targets}
    written = ExactMatrix.from_entries((layout.stream.d_model, 1), off).labelled(layout.stream, None)
    own = Head(
        read, read, ones @ early.labelled(None, layout.stream), written, scale=beta, name="The head for the start"
    )
    least = log((back + (1 - LEAK) * (KEYS - 1)) / LEAK)
    told += (
        f"; a second head looks at itself, and takes 1 off at the first {back} places"
        if back > 1
        else ("; a second head looks at itself, and takes 1 off at the first place")
    )
    return Built((head, own), least, back == 1, told)


def back_circle(layout: Layout, look: Look, place: Sinusoids, longest: int) -> Built:
    """A head that looks back by places on a circle with more points than there are places."""
    read = layout.stream.read(place)
    head = Head(
        place.shift(-look.back) @ read, read, *layout.values(look.moves), scale=beta, name=f"The head {look.back} back"
    )
    told = f"scores beta cos(alpha (distance - {look.back})), largest at the key {look.back} back"
    return Built((head,), even_gap(1 - cos(angle_of(KEYS, longest))), False, told)


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
