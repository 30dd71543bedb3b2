"""Right answers by chance: an answer in another basis, at another scale, in other dims, as other people write it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from sympy import Expr, Integer, Rational, S, Symbol, cos, log, sin, sqrt

from symcircuits.algebra import ExactMatrix
from symcircuits.circuit import Directions, Residual, Sinusoids
from symcircuits.symbols import Lg, alpha, beta, lambda_
from symcircuits.worked import Ask

Weights = dict[str, ExactMatrix]


TURNS = [(Rational(3, 5), Rational(4, 5)), (Rational(5, 13), -Rational(12, 13)), (1 / sqrt(2), 1 / sqrt(2))]
D_K = Symbol("d_k", positive=True)


def square(size: int, entries: dict[tuple[int, int], Expr]) -> ExactMatrix:
    """The identity but for these entries."""
    return ExactMatrix.from_entries((size, size), {(k, k): S.One for k in range(size)} | entries)


def chance_matrix(random: Random, size: int) -> tuple[ExactMatrix, ExactMatrix]:
    """A random invertible matrix, with its inverse: rows of the identity added, scaled and turned in their planes."""
    G = inverse = square(size, {})
    for _ in range(random.randrange(size + 2) if size > 1 else 0):
        i, j = random.sample(range(size), 2)
        factor = Rational(random.choice([-2, -1, 1, 2, 3]), random.choice([1, 2]))
        kind = random.choice(["added", "added", "scaled", "turned"])
        if kind == "added":
            there, back = square(size, {(i, j): factor}), square(size, {(i, j): -factor})
        elif kind == "scaled":
            there, back = square(size, {(i, i): factor}), square(size, {(i, i): 1 / factor})
        else:
            there = plane_turn(random, size, i, j)
            back = there.T
        G, inverse = there @ G, inverse @ back
    return G, inverse


def plane_turn(random: Random, size: int, i: int, j: int) -> ExactMatrix:
    """A turn of two of the dimensions by an angle whose cosine and sine are exact."""
    c, s = random.choice(TURNS)
    return square(size, {(i, i): c, (i, j): -s, (j, i): s, (j, j): c})


def permutation(random: Random, size: int) -> ExactMatrix:
    order = random.sample(range(size), size)
    return ExactMatrix.from_entries((size, size), {(i, j): 1 for i, j in enumerate(order)})


def queries_and_keys(
    random: Random, W_Q: ExactMatrix, W_K: ExactMatrix, scale: Callable[[Random], Expr] | None = None
) -> Weights:
    """The same head in another basis, at another positive scale."""
    scale = scale or any_scale
    G, inverse = chance_matrix(random, W_Q.shape[0])
    P = permutation(random, W_Q.shape[0])
    sign = random.choice([1, -1])
    return {"W_Q": P @ G @ W_Q * (scale(random) * sign), "W_K": P @ inverse.T @ W_K * (scale(random) * sign)}


def any_scale(random: Random) -> Expr:
    """A positive number, now and then one that is not told."""
    number = Rational(random.randint(1, 5), random.randint(1, 3))
    return number * random.choice([S.One, S.One, S.One, sqrt(2), D_K, 1 / sqrt(D_K)])


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


SHARES = [S.Zero, S.Zero, S.One, S.One, S.Half, Rational(1, 3), Integer(2), Integer(-1)]  # of a turn, in the queries


def two_pairs(random: Random, ask: Ask) -> list[int]:
    """The first two pairs of the position, or any others."""
    count = len(ask.stream["position"]) // 2
    return random.choice([[0, 1], random.sample(range(count), 2)])


def attending(random: Random, ask: Ask, offset: int) -> Weights:
    stream, pairs, share = ask.stream, two_pairs(random, ask), random.choice(SHARES)
    W = pair_weights(random, pairs)
    W_Q, W_K = turned(stream, pairs, offset * share), W @ turned(stream, pairs, -offset * (1 - share))
    return queries_and_keys(random, W_Q, W_K)


def pair_weights(random: Random, pairs: list[int]) -> ExactMatrix:
    """A positive number for each pair, down the diagonal; one pair is enough."""
    weights = [pair_weight(random, pair) for pair in pairs]
    if len(pairs) > 1 and random.random() < 0.1:
        weights[random.randrange(len(pairs))] = S.Zero
    return square(2 * len(pairs), {(i, i): weights[i // 2] for i in range(2 * len(pairs))})


def pair_weight(random: Random, pair: int) -> Expr:
    number = Rational(random.randint(1, 4), random.randint(1, 3))
    return number * random.choice([S.One, S.One, S.One, lambda_(pair) ** -2, lambda_(pair)])


def pointing(random: Random, ask: Ask) -> Weights:
    """The pointer turned one token on, or the keys back, or half of each."""
    pairs, share = two_pairs(random, ask), random.choice(SHARES)
    W_Q = turned(ask.stream, pairs, share, "v")
    W_K = pair_weights(random, pairs) @ turned(ask.stream, pairs, share - 1)
    return queries_and_keys(random, W_Q, W_K)


def similar(random: Random, ask: Ask) -> Weights:
    W = compared(random, ask.stream, ask.d_head)
    return queries_and_keys(random, W, W)


def compared(random: Random, stream: Residual, count: int) -> ExactMatrix:
    """So many dimensions of the content, orthonormal: the first directions, or others, or turned ones."""
    content = stream["content"]
    places = random.choice([range(count), random.sample(range(len(content)), count)])
    selection = stream.read(*(content[i] for i in places))
    if random.random() < 0.7:
        return selection
    turns = square(stream.d_model, {})
    for _ in range(random.randint(1, 3)):
        i, j = random.sample(content.places, 2)
        turns = plane_turn(random, stream.d_model, i, j) @ turns
    return (selection @ turns.labelled(stream, stream)).labelled(None, stream)


def avoiding(random: Random, ask: Ask) -> Weights:
    stream, pairs = ask.stream, two_pairs(random, ask)
    content, position = compared(random, stream, 4), turned(stream, pairs, S.Zero)
    weights = pair_weights(random, pairs)
    share, of_contents, of_places = random.choice(
        [(beta, S.One, beta), (S.One, S.One, beta), (S.Half, S.One, beta), (S.One, beta, S.One), (S.One, beta, beta**3)]
    )
    W_Q = stacked(content, position * -share)
    W_K = stacked(content * of_contents, weights @ position * (of_places / share))
    return queries_and_keys(random, W_Q, W_K)


def stacked(top: ExactMatrix, bottom: ExactMatrix) -> ExactMatrix:
    """One matrix on the other."""
    rows, columns = top.shape
    below = {(rows + i, j): value for (i, j), value in bottom.entries.items()}
    return ExactMatrix.from_entries((rows + bottom.shape[0], columns), {**top.entries, **below}, None, top.columns)


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
    G, inverse = (square(size, {(i, j): sign * c}) for sign in (1, -1))
    first = first_head(random, ask)
    return {r"tilde W_V^1": G @ first["W_V^1"], r"tilde W_O^1": first["W_O^1"] @ inverse}


def to_logits(random: Random, ask: Ask) -> Weights:
    return values_and_outputs(random, ask.stream.read("content"), ask.stream.write("out"), "2")


def inducing(random: Random, ask: Ask) -> Weights:
    """A head that looks back and copies some of the content, at any size, and one that compares with it."""
    stream, count = ask.stream, random.choice([2, 3, 4, 8])
    content = compared(random, stream, count)
    room = stream["v"] + stream["w"]
    into = [room[i] for i in random.choice([range(count), random.sample(range(len(room)), count)])]
    first = attending(random, ask, -1)
    second = queries_and_keys(random, content, stream.read(*into))
    moves = values_and_outputs(random, content * any_scale(random), stream.write(*into), "1")
    looks = {f"{name}^{number}": one for number, head in ((1, first), (2, second)) for name, one in head.items()}
    return looks | moves


def rotary(random: Random, ask: Ask) -> Weights:
    """The constant direction in each pair, at any angle and size; the key turned one token on, or the query back."""
    one, size = ask.stream["one"].places[0], ask.rotary.size
    pairs = list(range(ask.rotary.pairs))
    vectors = [(Rational(random.choice([-2, -1, 1, 3])), Rational(random.randint(-2, 2), 2)) for _ in pairs]
    share = random.choice(SHARES)
    weights = [square(size, {}), pair_weights(random, pairs)]
    sides = []
    for step, weight in zip((-share, 1 - share), weights, strict=True):
        entries: dict[tuple[int, int], Expr] = {}
        for i, (a, b) in enumerate(vectors):
            c, s = cos(alpha(i) * step), sin(alpha(i) * step)
            entries |= {(2 * i, one): c * a - s * b, (2 * i + 1, one): s * a + c * b}
        side = ExactMatrix.from_entries((size, ask.stream.d_model), entries, None, ask.stream)
        sides.append(weight @ side * any_scale(random))
    return {"W_Q": sides[0], "W_K": sides[1]} | _rest_of_the_circuit(random, ask.stream, size)


def _rest_of_the_circuit(random: Random, stream: Residual, turned: int) -> Weights:
    """What copies the contents, and a second head that compares them in dimensions that are not turned."""
    content, before = stream.read("content"), stream.read("before")
    heads = queries_and_keys(random, content, before)
    free = content.shape[0] + random.randrange(2)
    second = {f"{name}^2": lower(matrix, turned, turned + free) for name, matrix in heads.items()}
    return second | values_and_outputs(random, content, stream.write("before"), "")


def lower(matrix: ExactMatrix, by: int, rows: int) -> ExactMatrix:
    """The matrix with as many rows, its own further down."""
    entries = {(i + by, j): value for (i, j), value in matrix.entries.items()}
    return ExactMatrix.from_entries((rows, matrix.shape[1]), entries, None, matrix.columns)


def sharing(random: Random, ask: Ask) -> Weights:
    """Scores that are the same for the two latest keys and less before, whatever is in the way of later ones."""
    position = ask.stream.read("position")
    size = position.shape[0]
    scores = {}
    for query in range(size):
        most = Rational(random.randint(-2, 3))
        for key in range(size):
            less = Rational(random.randint(1, 6), random.choice([1, 2]))
            scores[key, query] = most - less * int(key < query - 1) if key <= query else Integer(random.randint(-2, 2))
    W_Q = ExactMatrix.from_entries((size, size), scores).labelled(None, position.rows) @ position
    return queries_and_keys(random, lower(W_Q, 0, ask.d_head), lower(position, 0, ask.d_head))


def apart(random: Random, ask: Ask) -> Weights:
    """Columns that are independent, in any basis, with something that all tokens or all places have besides."""
    stream = ask.stream
    G, _ = chance_matrix(random, stream.d_model)
    either = random.choice(["W_E", "W_pos", ""])
    found = {}
    for name, block in (("W_E", "token"), ("W_pos", "position")):
        columns = stream.write(block).labelled(None, None)
        if name == either:
            columns = columns + ExactMatrix.from_entries(columns.shape, {(0, j): 2 for j in range(columns.shape[1])})
        found[name] = G @ columns * any_scale(random)
    return found


def telling(random: Random, ask: Ask) -> Weights:
    """A number for each letter in some dimension of the values, of either sign; the others may hold anything."""
    stream, size = ask.stream, ask.stream.d_model
    a, b = stream["token"].places
    held = Rational(random.randint(1, 4), random.randint(1, 3)) * random.choice([1, -1])
    between = Rational(random.randint(-3, 3), 2)
    row, rows = random.randrange(size), {}
    if random.random() < 0.4:
        other = (row + 1) % size
        rows = {(other, random.choice([*stream["position"].places])): Integer(random.randint(1, 3))}
    entries = rows | {(row, a): between + held, (row, b): between - held}
    G, _ = chance_matrix(random, size)
    return {"W_V": (G @ ExactMatrix.from_entries((size, size), entries)).labelled(None, stream)}


def saying(random: Random, ask: Ask) -> Weights:
    """The value taken off one letter and added to the other, at any size from Lg on; the same besides to both."""
    stream, size = ask.stream, ask.stream.d_model
    a, b = stream["token"].places
    (v,) = stream["v"].places
    large = Lg * random.choice([Integer(1), Integer(2), Rational(7, 2), Lg])
    same, alike = Rational(random.randint(-2, 2)), Rational(random.randint(-2, 2))
    output = {(a, v): same - large, (b, v): same + large}
    bias = {(a, 0): alike + large, (b, 0): alike}
    if random.random() < 0.4:
        output[random.choice(stream["position"].places), random.randrange(size)] = Integer(random.randint(1, 3))
    return {
        "W_O": ExactMatrix.from_entries((size, size), output).labelled(stream, None),
        "b_O": ExactMatrix.from_entries((size, 1), bias).labelled(stream, None),
    }


def number(random: Random) -> Expr:
    return Rational(random.randint(2, 5), random.randint(1, 2))


def liking(random: Random, ask: Ask) -> Weights:
    """The copies of the current token, of which A says B."""
    return copies(random, ask.stream) | says_b(random, ask)


def repairing(random: Random, ask: Ask) -> Weights:
    """Every token looks for its copies, or A alone, and every other token for BOS; the second flag is free."""
    stream, (a, *others) = ask.stream, each(ask.stream, "token")
    W_V, seen = stream.read(a), stream.write("seen") * random.choice([0, 1, -2, Rational(4, 5)])
    moves = values_and_outputs(random, W_V, stream.write(stream["pred"][1]) + seen, "")
    if random.random() < 0.5:
        return copies(random, stream) | moves
    rest = ExactMatrix.from_entries((1, stream.d_model), {(0, one.places[0]): number(random) for one in others})
    queries = stacked(stream.read(a) * number(random), rest.labelled(None, stream))
    return queries_and_keys(random, queries, stacked(stream.read(a), stream.read(others[-1])), number) | moves


def cycling(random: Random, ask: Ask) -> Weights:
    """The copies of the current token, each of which says the next."""
    tokens, said = each(ask.stream, "token")[:4], each(ask.stream, "pred")
    W_V, W_O = ask.stream.read(*tokens), ask.stream.write(*said[1:], said[0])
    return copies(random, ask.stream) | values_and_outputs(random, W_V, W_O, "")


def copies(random: Random, stream: Residual) -> Weights:
    """Queries and keys alike; the beginning may have no copy to look for, since it is looked at by none."""
    tokens = each(stream, "token")
    names = tokens[: len(tokens) - random.choice([0, 1])]
    read = stream.read(*random.sample(names, len(names)))
    sizes = square(len(names), {(i, i): number(random) for i in range(len(names))})
    return queries_and_keys(random, sizes @ read, read, number)


def going_back(random: Random, ask: Ask) -> Weights:
    """One-hot places: the query asks for the one before."""
    return before(random, ask.stream) | says_b(random, ask)


def before(random: Random, stream: Residual) -> Weights:
    """The queries turned back by a place, or the keys on, at any size."""
    return queries_and_keys(random, *a_place_back(random, stream), number)


def a_place_back(random: Random, stream: Residual) -> tuple[ExactMatrix, ExactMatrix]:
    """Queries turned back by a place, or keys on, that score 1; the first two ask for the first."""
    places = each(stream, "place")
    read = stream.read(*places)
    step = {(i, max(i - 1, 0)): S.One for i in range(len(places))}
    back = ExactMatrix.from_entries((len(places),) * 2, step).T
    return random.choice([(back @ read, read), (read, back.T @ read)])


def gating(random: Random, ask: Ask) -> Weights:
    """One-hot places, and BOS, asked for by more than 1 where the current token is not B, and by less where it is."""
    stream, (_, b, *_, begin) = ask.stream, each(ask.stream, "token")
    W_Q, W_K = a_place_back(random, stream)
    closed = {(0, place): Rational(random.choice([3, 4, 5, 7]), 2) for place in stream["token"].places}
    opened = Rational(random.choice([0, 0, 1, -1, -3]), 2)
    gate = ExactMatrix.from_entries((1, stream.d_model), closed | {(0, b.places[0]): opened}, None, stream)
    queries, keys = stacked(W_Q, gate), stacked(W_K, stream.read(begin))
    return queries_and_keys(random, queries, keys, number) | says_b(random, ask, 2)


def following(random: Random, ask: Ask) -> Weights:
    """A head that tells every token the one before, at any size, and one that asks for what was told, for less of the
    beginning, and for less than nothing of itself."""
    stream = ask.stream
    *tokens, begin = each(stream, "token")
    told, fits = number(random), number(random)
    rests = fits * Rational(random.randint(1, 3), 4)
    less = fits - rests + Rational(random.randint(1, 4), 2)
    asked = stream.read(*tokens) * (fits / told), every(stream, "token") * rests, stream.read("place") * -less
    held = stream.read("was"), stream.read(begin), stream.read("place")
    W_Q, W_K = (stacked(stacked(parts[0], parts[1]), parts[2]) for parts in (asked, held))
    moves = values_and_outputs(random, stream.read(*tokens), stream.write("was") * told, "1")
    says = values_and_outputs(random, stream.read(*tokens), stream.write("pred"), "2")
    first, second = before(random, stream), queries_and_keys(random, W_Q, W_K, lambda _: S.One)
    looks = {f"{name}^{head}": one for head, parts in ((1, first), (2, second)) for name, one in parts.items()}
    return looks | moves | says


def every(stream: Residual, block: str) -> ExactMatrix:
    """The row that reads all directions of a block."""
    return ExactMatrix.from_entries((1, stream.d_model), {(0, at): 1 for at in stream[block].places}, None, stream)


def weighing(random: Random, ask: Ask) -> Weights:
    """Copies of A weighed against the beginning, at once the double and as much."""
    stream, (a, *_, begin) = ask.stream, each(ask.stream, "token")
    at_once = {(0, place): beta * number(random) for place in stream["token"].places}
    double = {(1, place): log(Integer(2)) for place in stream["token"].places if place != a.places[0]}
    W_Q = ExactMatrix.from_entries((2, stream.d_model), at_once | double, None, stream)
    seen = {(0, a.places[0]): S.One, (0, begin.places[0]): S.One, (1, a.places[0]): S.One}
    W_K = ExactMatrix.from_entries((2, stream.d_model), seen, None, stream)
    W_V = stream.read(a) - stream.read(begin)
    W_O = stream.write(stream["pred"][1]) * Integer(random.choice([3, 3, 4, 6]))
    return queries_and_keys(random, W_Q, W_K, lambda _: S.One) | values_and_outputs(random, W_V, W_O, "")


def each(stream: Residual, block: str) -> list[Directions]:
    return [stream[block][i] for i in range(len(stream[block]))]


def says_b(random: Random, ask: Ask, target: int = 1) -> Weights:
    """From the flag of A to that of B, or of another token."""
    said = ask.stream.write(ask.stream["pred"][target])
    return values_and_outputs(random, ask.stream.read(ask.stream["token"][0]), said, "")


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
    "by_hand/attention": sharing,
    "by_hand/embedding": apart,
    "by_hand/projection": saying,
    "by_hand/values": telling,
    "self_attention/bigram": gating,
    "self_attention/current": liking,
    "self_attention/cycle": cycling,
    "self_attention/induction": following,
    "self_attention/previous": going_back,
    "self_attention/seen": weighing,
    "self_attention/worked_example": repairing,
}
