"""Two layers for ``a b ... a -> b``: the first tells every token the one before it, the second asks for its own copies.
For ``A B ... A -> B``, with tokens, the second asks for a pair instead.

Both need places: one-hot ones, as many sinusoids as do the same, or those that a layer before them has counted (see
``places``). The head of the first layer looks one back and writes what it finds into ``was``: key ``j`` then holds the
token before it, with at least ``1 - l`` of its flag, ``l = (n - 1)/(e^beta + n - 1)``, and at most ``l`` of any other.
The head of the second layer scores ``beta`` times that, and ``beta/2`` on the beginning, where it rests if nothing
fits. Itself it scores ``beta`` less, for it does not count as what came after an earlier copy. It moves the token that
it finds to the flag that says it.

If nothing fits the beginning has ``e^(beta/2)`` against at most ``(n - 1) e^(beta l)``. The scale ``2 log((n - 1)(1 -
eps)/eps)`` would do if the first layer leaked nothing; with ``2 - eps`` in the place of ``1 - eps`` there is room for
what it leaks. That this is enough is proved for the numbers at hand by ``FollowsRules``.
"""

from __future__ import annotations

from sympy import Expr, Integer, Rational, Symbol, log, pi

from symcircuits import symbols
from symcircuits.algebra import ExactMatrix, below
from symcircuits.circuit import Directions, Head, OneHot, Sinusoids
from symcircuits.circuit.spaces import Block
from symcircuits.errors import BadValue
from symcircuits.rules.layout import Layout, labels
from symcircuits.rules.looks import KEYS, LEAK
from symcircuits.rules.notation import Rule, Token
from symcircuits.symbols import beta

LEAST: Expr = 2 * log((KEYS - 1) * (2 - LEAK) / LEAK)
TOLD = (
    "scores beta on the token before, found by its place, and tells every token what it was",
    "scores beta on a key that a copy of the current token stood before, and beta/2 on the beginning",
    "scores beta on a key that a copy of the current token stood before, beta/2 on the beginning, and beta less on "
    "itself",
)
PAIR = (
    "scores 2 beta on the second token of the pair, where the first stood before it, if the current token is asked "
    "for; 3 beta/2 on the beginning; and no more than beta, but for what is leaked, on other keys"
)


def was(vocabulary: tuple[str, ...]) -> dict[str, Block]:
    """The block of the stream for the token before."""
    return {"was": labels("was", vocabulary)}


def points(n_ctx: int) -> int:
    """An odd number of points on circles for so many places."""
    return n_ctx + 1 - n_ctx % 2


def all_pairs(n_ctx: int) -> Sinusoids:
    """As many sinusoids as tell the places apart as one-hot ones do: with the angles ``2 pi k / N`` for ``k`` from 1 to
    ``(N - 1)/2``, twice the sum of their cosines is ``N - 1`` at the distance 0 and -1 at every other."""
    return Sinusoids((points(n_ctx) - 1) // 2)


def angles(n_ctx: int) -> dict[Symbol, Expr]:
    """The values of these sinusoids: their angles, and the magnitude 1 of each."""
    pairs = range(all_pairs(n_ctx).pairs)
    turns = {symbols.alpha(i): 2 * pi * (i + 1) / points(n_ctx) for i in pairs}
    return turns | {symbols.lambda_(i): Integer(1) for i in pairs}


def layout_for(positions: str, vocabulary: tuple[str, ...], begin: str, n_ctx: int) -> Layout:
    """The stream for one-hot places, for sinusoids, or for places that a first layer writes (``none``)."""
    if positions == "none":
        return Layout(vocabulary, begin, None, {"place": n_ctx, **was(vocabulary)})
    return Layout(vocabulary, begin, OneHot(n_ctx) if positions == "onehot" else all_pairs(n_ctx), was(vocabulary))


def previous_token(layout: Layout, n_ctx: int) -> Head:
    """The head that writes the token before into ``was``; at first that is the beginning, which is not told."""
    stream, (ask, read, _) = layout.stream, _places(layout, n_ctx)
    W_V, W_O = stream.read(_tokens(layout)), stream.write("was").labelled(stream, None)
    return Head(ask, read, W_V, W_O, scale=beta, name="The head 1 back")


def successor(layout: Layout, n_ctx: int, inclusive: bool = False) -> Head:
    """The head after it: it attends to what came right after earlier copies, else to the beginning."""
    stream = layout.stream
    asks, holds = [stream.read(_tokens(layout)), layout.any_token], [stream.read("was")]
    holds.append(stream.read(layout.token(layout.bos)) * Rational(1, 2))
    if not inclusive:
        _, read, part = _places(layout, n_ctx)
        asks.append(read * -part)
        holds.append(read)
    W_Q, W_K = (below(*(part.labelled(None, stream) for part in parts)) for parts in (asks, holds))
    W_V, W_O = stream.read(_tokens(layout)), stream.write("pred").labelled(stream, None)
    return Head(W_Q, W_K, W_V, W_O, scale=beta, name="The head after copies")


def after_pair(layout: Layout, n_ctx: int, rule: Rule, inclusive: bool = False) -> Head:
    """The head after it for ``A B ... C -> D``: where the current token is ``C`` it attends to a ``B`` of which ``A``
    is told, which scores 2 for both, else to the beginning, which scores 3/2; a key with one of the two scores 1."""
    stream, names = layout.stream, layout.vocabulary
    before, own = (atom.name for atom in rule.segments[0] if isinstance(atom, Token))
    last, target = rule.last[0], names.index(rule.target.name)
    asked = stream.read(layout.token(last.name)) if isinstance(last, Token) else layout.any_token
    told, there = stream.read(stream["was"][names.index(before)]), stream.read(layout.token(own))
    asks = [asked, layout.any_token]
    holds = [told.labelled(None, stream) + there.labelled(None, stream)]
    holds.append(stream.read(layout.token(layout.bos)) * Rational(3, 2))
    if not inclusive:
        _, read, part = _places(layout, n_ctx)
        asks.append(read * -part)
        holds.append(read)
    W_Q, W_K = (below(*(part.labelled(None, stream) for part in parts)) for parts in (asks, holds))
    W_O = stream.write(stream["pred"][target]).labelled(stream, None)
    return Head(W_Q, W_K, there, W_O, scale=beta, name="The head after a pair")


def _places(layout: Layout, n_ctx: int) -> tuple[ExactMatrix, ExactMatrix, Expr]:
    """What queries read to look one place back, what keys read, and the weight at which a place scores 1 on itself more
    than on any other."""
    stream, place = layout.stream, layout.place
    if isinstance(place, Sinusoids):
        part, read = Rational(2, points(n_ctx)), stream.read(place)
        return (place.shift(-1) @ read * part).labelled(None, stream), read, part
    if "place" not in stream.names:
        raise BadValue("looking back takes one-hot places or sinusoids in the layout")
    read = stream.read("place")
    before = {(max(i - 1, 0), i): 1 for i in range(n_ctx)}
    ask = ExactMatrix.from_entries((n_ctx, n_ctx), before) @ read.labelled(None, stream)
    return ask.labelled(read.rows, stream), read, Integer(1)


def _tokens(layout: Layout) -> Directions:
    return layout.stream["token"][: len(layout.vocabulary)]
