"""Right answers by chance: an answer in another basis, at another scale, in other dims, as other people write it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from sympy import Expr, Integer, Rational, S, Symbol, cos, sin

from symcircuits.algebra import ExactMatrix
from symcircuits.circuit import Directions, Residual, Sinusoids
from symcircuits.symbols import alpha, beta
from symcircuits.worked import Ask

Weights = dict[str, ExactMatrix]


def chance_matrix(random: Random, size: int) -> tuple[ExactMatrix, ExactMatrix]:
    """A random invertible matrix of small fractions, with its inverse: row operations on the identity."""
    G = inverse = ExactMatrix.identity(size)
    for _ in range(random.randrange(4)):
        i, j = random.sample(range(size), 2) if size > 1 else (0, 0)
        factor = Rational(random.choice([-2, -1, 1, 2, 3]), random.choice([1, 2]))
        entries = {(k, k): S.One for k in range(size)}
        if i != j and random.random() < 0.6:
            there, back = entries | {(i, j): factor}, entries | {(i, j): -factor}
        else:
            there, back = entries | {(i, i): factor}, entries | {(i, i): 1 / factor}
        G = ExactMatrix.from_entries((size, size), there) @ G
        inverse = inverse @ ExactMatrix.from_entries((size, size), back)
    return G, inverse


def permutation(random: Random, size: int) -> ExactMatrix:
    order = random.sample(range(size), size)
    return ExactMatrix.from_entries((size, size), {(i, j): 1 for i, j in enumerate(order)})


def queries_and_keys(random: Random, W_Q: ExactMatrix, W_K: ExactMatrix) -> Weights:
    """The same head in another basis, at another positive scale."""
    G, inverse = chance_matrix(random, W_Q.shape[0])
    P = permutation(random, W_Q.shape[0])
    c, d = (Rational(random.randint(1, 5), random.randint(1, 3)) for _ in "cd")
    sign = random.choice([1, -1])
    return {"W_Q": P @ G @ W_Q * (c * sign), "W_K": P @ inverse.T @ W_K * (d * sign)}


def values_and_outputs(random: Random, W_V: ExactMatrix, W_O: ExactMatrix, head: str) -> Weights:
    G, inverse = chance_matrix(random, W_V.shape[0])
    P = permutation(random, W_V.shape[0])
    number = f"^{head}" if head else ""
    return {f"W_V{number}": P @ G @ W_V, f"W_O{number}": W_O @ inverse @ P.T}


def turned(stream: Residual, pairs: list[int], step: Expr, block: str = "position") -> ExactMatrix:
    """Pairs of directions of a block, each turned by ``step`` times its angle."""
    rows: dict[tuple[int, int], Expr] = {}
    places = stream[block].places
    for k, pair in enumerate(pairs):
        c, s = cos(alpha(pair) * step), sin(alpha(pair) * step)
        x, y = places[2 * pair], places[2 * pair + 1]
        rows |= {(2 * k, x): c, (2 * k, y): -s, (2 * k + 1, x): s, (2 * k + 1, y): c}
    return ExactMatrix.from_entries((2 * len(pairs), stream.d_model), rows, None, stream)


def attending(random: Random, ask: Ask, offset: int) -> Weights:
    stream = ask.stream
    pairs = random.choice([[0, 1], [0, 1], [1, 0], [0, 2], [1, 3]])
    share = random.choice([S.Zero, S.One, S.Half])
    W = pair_weights(random, len(pairs))
    W_Q, W_K = turned(stream, pairs, offset * share), W @ turned(stream, pairs, -offset * (1 - share))
    return queries_and_keys(random, W_Q, W_K)


def pair_weights(random: Random, pairs: int) -> ExactMatrix:
    """A positive number for each pair, down the diagonal."""
    weights = [Rational(random.randint(1, 4), random.randint(1, 3)) for _ in range(pairs)]
    return ExactMatrix.from_entries((2 * pairs,) * 2, {(i, i): weights[i // 2] for i in range(2 * pairs)})


def pointing(random: Random, ask: Ask) -> Weights:
    """The pointer turned one token on, or the keys back, or half of each."""
    pairs = random.choice([[0, 1], [1, 0], [0, 2], [1, 3], [2, 3]])
    share = random.choice([S.Zero, S.One, S.Half])
    W_Q = turned(ask.stream, pairs, share, "v")
    W_K = pair_weights(random, 2) @ turned(ask.stream, pairs, share - 1)
    return queries_and_keys(random, W_Q, W_K)


def similar(random: Random, ask: Ask) -> Weights:
    W = ask.stream.read(*chosen(random, ask, ask.d_head))
    return queries_and_keys(random, W, W)


def chosen(random: Random, ask: Ask, count: int) -> list[Directions]:
    """So many directions of the content: the first, or others."""
    content = ask.stream["content"]
    places = random.choice([range(count), random.sample(range(len(content)), count)])
    return [content[i] for i in places]


def avoiding(random: Random, ask: Ask) -> Weights:
    position = random.choice([[0, 1], [0, 1], [1, 3], [2, 0]])
    pairs = ask.stream["position"]
    W = ask.stream.read(*chosen(random, ask, 4), *(pairs[2 * i : 2 * i + 2] for i in position))
    share = random.choice([beta, S.One, S.Half])
    signs = {(i, i): S.One if i < 4 else -share for i in range(8)}
    others = {(i, i): S.One if i < 4 else beta / share for i in range(8)}
    A, B = (ExactMatrix.from_entries((8, 8), entries) for entries in (signs, others))
    return queries_and_keys(random, A @ W, B @ W)


def first_head(random: Random, ask: Ask) -> Weights:
    return values_and_outputs(random, ask.stream.read("first"), ask.stream.write("passed"), "1")


def second_head(random: Random, ask: Ask) -> Weights:
    free = ask.stream["more"] + ask.stream["last"]
    sources, targets = random.sample(range(8), 3), random.sample(range(8), 4)
    reads = [free[i] for i in sources] + [ask.stream["passed"][random.randrange(4)]]
    return values_and_outputs(random, ask.stream.read(*reads), ask.stream.write(*(free[i] for i in targets)), "2")


def moving(random: Random, ask: Ask) -> Weights:
    return values_and_outputs(random, ask.stream.read(Sinusoids(4)), ask.stream.write("v"), "")


def free_head(random: Random, ask: Ask) -> Weights:
    """The first head in a basis with a free symbol, or in one without."""
    size = ask.d_head
    i, j = random.sample(range(size), 2)
    c = random.choice([Symbol("c", real=True), Symbol("a", real=True), Integer(2)])
    one = {(k, k): S.One for k in range(size)}
    G, inverse = (ExactMatrix.from_entries((size, size), one | {(i, j): sign * c}) for sign in (1, -1))
    first = first_head(random, ask)
    return {r"tilde W_V^1": G @ first["W_V^1"], r"tilde W_O^1": first["W_O^1"] @ inverse}


def to_logits(random: Random, ask: Ask) -> Weights:
    return values_and_outputs(random, ask.stream.read("content"), ask.stream.write("out"), "2")


def inducing(random: Random, ask: Ask) -> Weights:
    """A head that looks back and copies some of the content, and one that compares with it."""
    stream, count = ask.stream, random.choice([2, 3, 4, 8])
    content = chosen(random, ask, count)
    room = stream["v"] + stream["w"]
    into = [room[i] for i in random.choice([range(count), random.sample(range(len(room)), count)])]
    first = attending(random, ask, -1)
    second = queries_and_keys(random, stream.read(*content), stream.read(*into))
    moves = values_and_outputs(random, stream.read(*content), stream.write(*into), "1")
    looks = {f"{name}^{number}": one for number, head in ((1, first), (2, second)) for name, one in head.items()}
    return looks | moves


def rotary(random: Random, ask: Ask) -> Weights:
    """The constant direction in each pair, at any angle and size; the key turned one token on, or the query back."""
    one, size = ask.stream["one"].places[0], ask.rotary.size
    sides = []
    share = random.choice([S.Zero, S.One, S.Half])
    vectors = [(Rational(random.randint(1, 3)), Rational(random.randint(-2, 2), 2)) for _ in range(ask.rotary.pairs)]
    for step in (-share, 1 - share):
        entries: dict[tuple[int, int], Expr] = {}
        for i, (a, b) in enumerate(vectors):
            c, s = cos(alpha(i) * step), sin(alpha(i) * step)
            entries |= {(2 * i, one): c * a - s * b, (2 * i + 1, one): s * a + c * b}
        sides.append(ExactMatrix.from_entries((size, ask.stream.d_model), entries, None, ask.stream))
    c, d = (Rational(random.randint(1, 5), random.randint(1, 3)) for _ in "cd")
    return {"W_Q": sides[0] * c, "W_K": sides[1] * d}


def nets(random: Random, ask: Ask) -> Weights:
    one, two = first_head(random, ask), second_head(random, ask)
    return {"W_net^1": one["W_O^1"] @ one["W_V^1"], "W_net^2": two["W_O^2"] @ two["W_V^2"]}


RIGHT: dict[str, Callable[[Random, Ask], Weights]] = {
    "framework/1a": first_head,
    "framework/1b": second_head,
    "framework/1c": nets,
    "framework/1d": nets,
    "framework/1e": free_head,
    "framework/2a": similar,
    "framework/2b": lambda random, ask: attending(random, ask, 0),
    "framework/2c": lambda random, ask: attending(random, ask, -1),
    "framework/2d": avoiding,
    "framework/2e": moving,
    "framework/2f": pointing,
    "framework/2g": to_logits,
    "framework/3": inducing,
    "framework/3r": rotary,
}
