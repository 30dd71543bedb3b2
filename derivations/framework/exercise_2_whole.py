"""Exercise 2 of the transformer-circuits exercises, as a whole: two layers that continue a repeated sequence."""

from collections.abc import Callable, Mapping
from functools import cache

from sympy import Expr, Integer, Rational, Sum, Symbol, cos, exp, floor

from symcircuits import Head, Induces, Residual, Sinusoids, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix, Margin, column_of, prove_gap_over
from symcircuits.behaviours import CopiesToLogits
from symcircuits.errors import BadValue
from symcircuits.symbols import Lg, N, beta, beta_, integer, positive, real
from symcircuits.typeset.formulas import Name
from symcircuits.worked import PatternFigure

Scalar = Callable[..., Expr]
SHARP = beta_(2)


@derivation("framework/2g", title="Exercise 2 as a whole: two layers that continue what they have seen")
def two_layers(
    work: Work, words: int = 8, stream_pairs: int = 4, moved: int = 4, pairs: int = 2, n_ctx: int = 16
) -> None:
    work.require(
        4 <= n_ctx <= 2 * words, f"expected n_ctx from 4 to twice the {words} words, so that a block fits, got {n_ctx}"
    )
    stream = Residual(content=words, position=Sinusoids(stream_pairs), v=2 * moved, out=words)
    largest = Sinusoids(stream_pairs).first(pairs)
    work.problem(
        "Put the heads of parts (d), (e) and (f) together. Part (f) leaves out what its head moves: write down $W_V^2$ "
        "and $W_O^2$, so that the token after the previous copy becomes likely to come next. By how much does its "
        "logit rise, and what can be promised on a random block of tokens that comes twice?"
    )
    work.asks("W_V^2", "W_O^2", meets=CopiesToLogits())
    work.suggest(Sinusoids(stream_pairs).suggested())

    work.section("The model")
    model = the_model(work, stream, largest, moved)
    work.section("What reaches the logits")
    to_the_logits(work, model)
    work.section("Layer 1 on a repeated block")
    first_scores(work, model, stream, largest)
    W, E, tail = first_row(work, largest)
    work.section("Layer 2 on a repeated block")
    score = second_row(work, model, stream, largest, W, E, tail)
    work.section("What can be promised")
    bound, read = promise(work, largest, W, tail), largest.free_symbols
    numbers = {symbol: value for symbol, value in Sinusoids(stream_pairs).suggested().items() if symbol in read}
    at_numbers(work, largest, numbers, bound.func, n_ctx // 2)
    work.say(
        "All this holds in every row of the second copy, whatever the tokens of the block are, as long as they are "
        "different. The first copy has nothing to repeat; there part (f) says what happens. Below stand runs on random "
        "blocks: the mean attention on the right key, what was proved of it, and the share of rows in which the right "
        "key, or the right token, is ahead of all others. Where $\\mathit{Lg}$ is small the pointer is spread, and a "
        "sharp second head follows it to the wrong place."
    )
    at = {"beta": [Rational(1, 10), Rational(1, 4)], "beta_2": 100}
    work.experiment(Induces(begin=""), of=model, score=score, bound=bound, n_ctx=n_ctx, seed=13, Lg=[3, 10, 100], **at)
    block = " ".join(map(str, range(n_ctx // 2)))
    drawn_at = {Lg: Integer(10), beta: Rational(1, 4), SHARP: Integer(100)}
    work.figure(
        PatternFigure.of_model(model, f"{block} {block}", Sinusoids(stream_pairs).suggested() | drawn_at),
        "The attention of the second layer on a block of tokens that comes twice, by the numeric engine. In the second "
        "copy every token attends to the one after its first place; what the first copy does is told in part (f).",
    )
    work.experiment(CopiesToLogits(), of=model, n_ctx=n_ctx, seed=13, Lg=[3, 100], beta=Rational(1, 4), beta_2=100)


def the_model(work: Work, stream: Residual, largest: Sinusoids, moved: int) -> Transformer:
    """The heads of the earlier parts in one stream, with an embedding, an unembedding, and values for the last head."""
    words, stream_pairs, pairs = len(stream["content"]), len(stream["position"]) // 2, largest.pairs
    work.say(
        f"There are {words} tokens, each with a content direction of its own: contents of norm 1 that differ by 1, as "
        "parts (a) and (d) ask for. A further block of the stream, $\\mathrm{out}$, is empty at first, and the "
        "unembedding reads it alone. The weights of the earlier parts do not touch it; $\\mathrm{Id}_{-}$ fits them "
        "into the larger stream."
    )
    same = {"content": words, "read": words, "stream_pairs": stream_pairs, "moved": moved, "pairs": pairs}
    first, second = work.given("framework/2e", **same), work.given("framework/2f", **same)
    kept = stream.read(*first["W_Q^d"].columns.names).named(Name(r"\mathrm{Id}_{-}"))
    layer_1 = Head(
        W_Q=work.define("W_Q^1", first["W_Q^d"] @ kept),
        W_K=work.define("W_K^1", first["W_K^d"] @ kept),
        W_V=work.define("W_V^1", first["W_V"] @ kept),
        W_O=work.define("W_O^1", kept.T @ first["W_O"]),
        scale=Lg,
        name="The first head",
    )
    n, pointer = integer("n"), stream.read("v").named(Name(r"\mathrm{Id}_v"))
    work.equal(
        pointer @ (layer_1.W_O @ (layer_1.W_V @ place(stream, n))),
        Sinusoids(stream_pairs).first(moved).at(n),
        because="what the first head moves, from a token at $n$",
    )
    work.say("The head of part (f), with values: it takes the content of the token that it attends to to the logits.")
    layer_2 = Head(
        W_Q=work.define("W_Q^2", second["W_Q"] @ kept),
        W_K=work.define("W_K^2", second["W_K"] @ kept),
        W_V=work.define("W_V^2", stream.read("content")),
        W_O=work.define("W_O^2", stream.write("out")),
        scale=SHARP,
        name="The second head",
    )
    return Transformer(
        ((layer_1,), (layer_2,)),
        W_E=work.define("W_E", stream.write("content")),
        W_U=work.define("W_U", stream.read("out")),
        name="The model",
    )


def to_the_logits(work: Work, model: Transformer) -> None:
    """The full OV circuits: the logit of a token is the attention on it."""
    (one, two), words, a = model.heads, model.d_vocab, positive("a", "attention on the right token")
    nothing = ExactMatrix.zeros(words, words)
    work.equal(model.W_U @ model.W_E, nothing, because="the direct path brings no logits")
    work.equal(model.W_U @ one.W_O, ExactMatrix.zeros(words, one.W_O.shape[1]), because="nor does the first head")
    work.equal(model.W_U @ two.W_O @ (two.W_V @ model.W_E), ExactMatrix.identity(words), because="each to its own")
    work.claim(CopiesToLogits(), of=model)
    work.say(
        "So the logit of a token *is* the attention on its copies: with the mass $a$ on the right token, its logit "
        "rises by exactly $a$, and all others share $1 - a$. For $a > 1/2$ it is the largest, ahead by at least "
        "$2 a - 1$."
    )
    norm, d, rest = (
        positive("nu", "the squared norm of a content", r"\nu"),
        positive("d", "how much two contents differ"),
        positive("r", "attention on another token"),
    )
    work.say(
        "For other contents of one squared norm $\\nu$, read by an unembedding that has them for rows, the logit of a "
        "token is $\\sum_m A_{nm} \\langle c, c_m \\rangle$: the right one gets $a \\nu$ from itself. If the rest of "
        "the attention, $r$, is on a token whose content differs by $d = \\nu - \\langle c, c' \\rangle$, it leads "
        "over this one by"
    )
    right, other = a * norm + rest * (norm - d), a * (norm - d) + rest * norm
    work.equal(right - other, (a - rest) * d, because="each share of the attention, times the difference")


def first_scores(work: Work, model: Transformer, stream: Residual, position: Sinusoids) -> None:
    """The scores of layer 1, from tokens and places apart."""
    one, W_E, (n, m) = model.head(0), model.W_E, work.indices("n m")
    words = model.d_vocab
    x, y = (place(stream, at) for at in (n, m))
    work.say(
        "Queries and keys of the first head see tokens and places, and the two do not mix. With $P$ for the matrix "
        "that puts a position into the stream:"
    )
    work.equal((one.W_Q @ W_E).T @ (one.W_K @ W_E), ExactMatrix.identity(words), because="1 for the same token, else 0")
    waves = position.weighted(lambda a: cos(a * (n - m)))
    work.equal((one.W_Q @ x).T @ (one.W_K @ y), column_of([-beta * waves]), because="to be here counts against a key")
    work.equal((one.W_Q @ W_E).T @ (one.W_K @ y), ExactMatrix.zeros(words, 1), because="no token looks for a place")
    work.equal((one.W_Q @ x).T @ (one.W_K @ W_E), ExactMatrix.zeros(1, words), because="and no place for a token")


def place(stream: Residual, token: Expr) -> ExactMatrix:
    """What a place puts into the stream."""
    position = stream.positions()["position"]
    return stream.write("position").named(Name("P")) @ position.at(token)


def first_row(work: Work, position: Sinusoids) -> tuple[Scalar, Scalar, Scalar]:
    """A row of layer 1 in the second copy; returns the waves, the weight of another token, and the tail."""
    n, k, l = integer("n"), integer("k"), integer("l", "distance of a key")
    work.say(
        "A block of $N$ different tokens comes twice. In row $n$ of the second copy, $N \\le n < 2 N$, the key $l = N$ "
        "tokens back is the copy, $l = 0$ is the token itself, and every other key is another token."
    )
    W = work.define("W(k)", position.weighted(lambda a: cos(a * k))).func
    zero = Integer(0)
    E = work.define("E(l)", another(W, l), meaning="another token, next to the copy").func
    tail = work.define("T(n)", itself(W) + around(E, n), meaning="all that is not the copy").func
    copy, own = exp(Lg * (1 - beta * W(N))), exp(Lg * (1 - beta * W(zero)))
    other = around(lambda at: exp(-Lg * beta * W(at)), n)
    work.say("The attention on the copy is a softmax over these scores; divided by its own term it is")
    work.equal(
        copy / (own + copy + other), 1 / (1 + tail(n)), because="both divided by $e^{\\mathit{Lg} (1 - \\beta W(N))}$"
    )
    return W, E, tail


def another(W: Scalar, distance: Expr) -> Expr:
    """The weight of another token in layer 1, that of the copy being 1."""
    return exp(-Lg * (1 + beta * (W(distance) - W(N))))


def itself(W: Scalar) -> Expr:
    """The weight of the token itself in layer 1."""
    return exp(-Lg * beta * (W(Integer(0)) - W(N)))


def around(term: Scalar, n: Expr) -> Expr:
    """The sum over the distances of other tokens: all but 0 and N."""
    l = integer("l", "distance of a key")
    return Sum(term(l), (l, 1, N - 1)) + Sum(term(l), (l, N + 1, n))


def second_row(
    work: Work, model: Transformer, stream: Residual, position: Sinusoids, W: Scalar, E: Scalar, tail: Scalar
) -> Expr:
    """The scores of layer 2 in the second copy, in closed form; returns that of query n on key m."""
    (one, two), (n, m) = model.heads, work.indices("n m")
    x, y = (place(stream, at) for at in (n, m))
    width, words = two.d_head, model.d_vocab
    work.say("The query of the second head is made of places, as the first head moves them, and its key of its own:")
    waves = position.weighted(lambda a: cos(a * (n + 1 - m)))
    moved = two.W_Q @ (one.W_O @ (one.W_V @ x))
    work.equal(
        moved.T @ (two.W_K @ y), column_of([waves]), because="$W(n + 1 - m)$, for a token $n$ that is attended to"
    )
    work.equal(two.W_Q @ x, ExactMatrix.zeros(width, 1), because="not of its own place")
    for reader in (two.W_Q, two.W_K, one.W_V):
        work.equal(reader @ model.W_E, ExactMatrix.zeros(reader.shape[0], words), because="nor of any token")
    work.equal(two.W_K @ one.W_O, ExactMatrix.zeros(width, one.W_O.shape[1]), because="keys do not see the pointer")
    work.say("So its score is the mean of these waves, with the weights of layer 1:")
    mean = W(n + 1 - N - m) + itself(W) * W(n + 1 - m) + around(lambda l: E(l) * W(n + 1 - l - m), n)
    return work.define("s(n, m)", SHARP * mean / (1 + tail(n)))


def promise(work: Work, position: Sinusoids, W: Scalar, tail: Scalar) -> Expr:
    """A lower bound of the attention on the right key; returns it as an expression in n."""
    n, k = work.indices("n k")
    x, y, t = real("x"), real("y"), positive("tau", "the tail of layer 1", r"\tau")
    lam = position.weighted(lambda _: Integer(1))
    work.say(
        "The right key is $m = n + 1 - N$. By the part of the copy it is ahead of the key at distance $k$ from it "
        "by the position gap:"
    )
    g = work.define("g(k)", position.weighted(lambda a: 1 - cos(a * k)), meaning="the position gap").func
    work.equal(W(Integer(0)) - W(k), g(k), because="at $k = 0$ every cosine is 1")
    work.say("By the tail's part it may be behind, but no difference of two waves exceeds twice the largest wave:")
    work.at_least(position.weighted(lambda a: cos(a * x) - cos(a * y)), -2 * lam, because="a cosine is at least $-1$")
    work.say(
        "So with $\\tau = T(n)$ the lead is at least $\\beta_2 (g(k) - 2 \\tau \\sum_i \\lambda_i^2) / (1 + \\tau)$:"
    )
    off = position.weighted(lambda a: cos(a * x) - cos(a * y))
    work.at_least(
        (g(k) + t * off) / (1 + t),
        lead(g(k), t, lam),
        because="for all of the tail in one place, and so for any division of it",
    )
    d = positive("d", "by how much it is more")
    work.at_most(lead(g(k), t + d, lam), lead(g(k), t, lam), because="the longer the tail, the less")
    L = work.define("L(n, k)", lead(g(k), tail(n), lam), meaning="in row $n$, over $\\beta_2$").func
    cost = (g(k) + 2 * lam) * tail(n) / (1 + tail(n))
    work.equal(L(n, k), g(k) - cost, because="the tail costs its share of the attention, $T / (1 + T)$")
    b = real("b", "a lower bound of a lead")
    work.at_most(exp(-SHARP * (b + d)), exp(-SHARP * b), because="a larger lead leaves less for the other key")
    work.say(
        "The other keys are at the distances $k = 1 - N, \\ldots, n + 1 - N$ without 0. So the attention on the right "
        "key is at least"
    )
    return work.define("B(n)", share(lambda at: L(n, at), n), meaning="and so is the logit of the right token")


def lead(gap: Expr, tail: Expr, largest: Expr) -> Expr:
    """The least lead of the right key over one with this gap, over the scale."""
    return (gap - 2 * largest * tail) / (1 + tail)


def share(leads: Scalar, n: Expr) -> Expr:
    """The attention on the right key, with these leads over the others of row n."""
    k = integer("k")
    others = exp(-SHARP * leads(k))
    return 1 / (1 + Sum(others, (k, 1 - N, -1)) + Sum(others, (k, 1, n + 1 - N)))


def at_numbers(work: Work, position: Sinusoids, values: Mapping[Symbol, Expr], B: Scalar, block: int) -> None:
    """The bound at given numbers, in the last row, where it is least."""
    at = {N: Integer(block), Lg: Integer(30), beta: Rational(1, 4), SHARP: Integer(100), **values}
    work.say(
        "With $n$ the tail grows, and further keys come in: the bound is least in the last row, $n = 2 N - 1$. For "
        f"blocks of {block} tokens it can be worked out."
    )
    promised = rounded_down(position, tuple(at.items()), 2 * block - 1)
    more = promised > Rational(1, 2)
    work.at_least(B(Integer(2 * block - 1)), promised, because="so every row is right" if more else "the bound", at=at)


@cache
def rounded_down(position: Sinusoids, at: tuple[tuple[Symbol, Expr], ...], row: int) -> Expr:
    """The bound in a row, with three decimals."""
    n = integer("n")

    def W(k: Expr) -> Expr:
        return position.weighted(lambda a: cos(a * k))

    largest = W(Integer(0))
    tail = itself(W) + around(lambda l: another(W, l), n)
    found = prove_gap_over(share(lambda k: lead(largest - W(k), tail, largest), n), n, [row], dict(at))
    if not isinstance(found, Margin) or found.least is None:
        raise BadValue("the bound is not settled at these numbers")
    return floor(found.least.low * 1000) / 1000
