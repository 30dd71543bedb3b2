"""Exercise 2 of the transformer-circuits exercises: an induction head by pointer arithmetic."""

from collections.abc import Callable, Mapping

from sympy import Expr, Integer, Sum, Symbol, cos, exp, pi, sin

from symcircuits import AttendsTo, Head, Residual, Sinusoids, Work, derivation
from symcircuits.algebra import ExactMatrix
from symcircuits.symbols import beta, integer, natural, positive
from symcircuits.typeset.expressions import latex
from symcircuits.worked import PatternFigure, ScoreFigure

Scalar = Callable[..., Expr]
TOKENS = {0: "the present token", 1: "the previous token"}
TAILS = {0: "those before the present token", 1: "the present token, and those before the previous one"}


@derivation("framework/2b", title="Exercise 2(b): attend to the present token")
def present_token(work: Work, stream_pairs: int = 4, pairs: int = 2) -> None:
    position = Sinusoids(stream_pairs)
    stream = Residual(content=8, position=position)
    largest = position.first(pairs)
    n, m = work.indices("n m")
    the_problem(work, stream, position, largest, back=0)

    work.section("The head")
    work.say(
        "The query says where the token is, and so does the key. Both read the largest pairs, which tell two places "
        "apart best; the other directions of the stream are not read, whatever they hold."
    )
    head = Head(
        W_Q=work.define("W_Q", stream.read(largest)),
        W_K=work.define("W_K", stream.read(largest)),
        scale=beta,
        name="This head",
    )
    query, key = stream.at(n), stream.at(m)
    score = work.expand("s(n, m)", head.score(query, key), origin=head.score_formula(query, key))
    closed = beta * largest.weighted(lambda a: cos(a * (n - m)))
    work.equal(score, closed, because="$\\cos x \\cos y + \\sin x \\sin y = \\cos(x - y)$")

    work.section("The present token wins")
    gap = margin(work, largest, head, score.func, back=0)
    work.say(
        "The gap $g(k)$ is zero exactly where every $\\alpha_i k$ is a multiple of $2 \\pi$; a token at such a "
        "distance gets as much attention as the present one. When that happens, and how near one comes to it, is "
        "worked out under *When frequencies come back*. In a context of $n_{\\mathrm{ctx}}$ tokens the distances "
        "$1, \\ldots, n_{\\mathrm{ctx}} - 1$ occur, and the least gap among them is the margin."
    )
    in_context(work, head, position.suggested(), back=0)
    against_distance(work, closed, position, back=0)
    work.section("The attention row")
    attention = attention_row(work, score.func, gap, back=0)
    heatmap(work, head, position)
    work.say("Token 0 sees no other token than itself. There is no exception here: every token moves its own content.")
    work.experiment(AttendsTo(0), of=head, closed_form=attention, n_ctx=64, seed=7, beta=[1, 10, 100])


@derivation("framework/2c", title="Exercise 2(c): attend to the previous token")
def previous_token(work: Work, stream_pairs: int = 4, pairs: int = 2) -> None:
    position = Sinusoids(stream_pairs)
    stream = Residual(content=8, position=position)
    largest = position.first(pairs)
    n, m = work.indices("n m")
    the_problem(work, stream, position, largest, back=1)

    work.section("A rotation moves a position")
    work.say(
        "One step along the text turns every pair of cosine and sine by its own angle. That is a rotation $R$, the "
        "same at every token; write $p(m)$ for the pairs at token $m$."
    )
    R = work.define("R", largest.shift(1))
    work.equal(R @ largest.at(m), largest.at(m + 1), because="angle addition")
    work.equal(R.T @ R, ExactMatrix.identity(2 * pairs, R.rows), because="a rotation keeps lengths and angles")

    work.say("Each pair is turned by the same rule, at its own angle:")
    B = work.formula(turn, a=largest.angles[0])
    work.equal(R, blocks([B.value(angle) for angle in largest.angles]), because="one block for each pair")

    work.section("The head")
    work.say(
        "The query says where the token is, the key where the next token would be. The two agree when the key is "
        "one token back. The other directions of the stream are not read, whatever they hold."
    )
    head = Head(
        W_Q=work.define("W_Q", stream.read(largest)),
        W_K=work.define("W_K", R @ stream.read(largest)),
        scale=beta,
        name="This head",
    )
    query, key = stream.at(n), stream.at(m)
    score = work.expand("s(n, m)", head.score(query, key), origin=head.score_formula(query, key))
    closed = beta * largest.weighted(lambda a: cos(a * (n - 1 - m)))
    work.equal(score, closed, because="$\\cos x \\cos y + \\sin x \\sin y = \\cos(x - y)$")

    work.section("The previous token wins")
    gap = margin(work, largest, head, score.func, back=1)
    work.section("When it is the only winner")
    aliasing(work, largest)
    in_context(work, head, position.suggested(), back=1)
    against_distance(work, closed, position, back=1)
    work.section("The attention row")
    attention = attention_row(work, score.func, gap, back=1)
    as_computed(work)
    work.section("Row 0")
    first_row(work, largest, score.func)
    heatmap(work, head, position, " Token 0 has only itself to attend to.")
    work.experiment(AttendsTo(-1), of=head, closed_form=attention, n_ctx=64, seed=5, beta=[1, 10, 100])


def the_problem(work: Work, stream: Residual, position: Sinusoids, largest: Sinusoids, back: int) -> None:
    """The question that parts (b) and (c) share, of a token ``back`` tokens ago."""
    work.problem(
        f"The position of token $n$ is in the stream as {position.pairs} pairs "
        "$(\\lambda_i \\cos(\\alpha_i n), \\lambda_i \\sin(\\alpha_i n))$ of descending magnitude. Write down $W_Q$ "
        f"and $W_K$ of a head with {2 * largest.pairs} dimensions that attends to {TOKENS[back]}, by reading the "
        f"{largest.pairs} largest pairs."
    )
    work.asks("W_Q", "W_K", meets=AttendsTo(-back), stream=stream, scale=beta, d_head=2 * largest.pairs)
    work.suggest(position.suggested())


def turn(a):
    return [[cos(a), -sin(a)], [sin(a), cos(a)]]


def blocks(pairs: list[tuple[tuple[Expr, ...], ...]]) -> ExactMatrix:
    """Blocks of 2 by 2 down the diagonal: the sum of each, put in its place by a tensor product."""
    size = len(pairs)
    places = [ExactMatrix.from_entries((size, size), {(i, i): 1}) for i in range(size)]
    whole, *others = (place.kron(ExactMatrix.from_rows(block)) for place, block in zip(places, pairs, strict=True))
    for part in others:
        whole = whole + part
    return whole


def weight(s, n, m):
    return exp(s[m]) / sum(exp(s[j]) for j in range(n + 1))


def shifted(s, n, m, c):
    return exp(s[m] - c) / sum(exp(s[j] - c) for j in range(n + 1))


def as_computed(work: Work) -> None:
    """What the numeric engine computes of a row of scores, and why that is the softmax."""
    row = [Symbol(f"s_{j}", real=True) for j in range(4)]
    c = Symbol("c", real=True)
    work.say(
        "The numeric engine works out the same row from the numbers $s_0, \\ldots, s_n$, the scores of query $n$ on "
        "the keys that it sees. By definition key $m$ gets"
    )
    plain = work.formula(weight, s=row, n=range(4), m=range(4))
    work.say(
        "and so that no exponential overflows, the engine first takes $c = \\max_j s_j$ from every score. It computes"
    )
    safe = work.formula(shifted, s=row, n=range(4), m=range(4), c=c)
    work.equal(
        safe.value(row, 3, 1, c), plain.value(row, 3, 1), because="$e^{-c}$ cancels; here for four scores and key 1"
    )


def margin(work: Work, position: Sinusoids, head: Head, s: Scalar, back: int) -> Scalar:
    """The gap between the token ``back`` ago and every other key, as squares; returns the gap as a function."""
    n, m = work.indices("n m")
    k = integer("k", f"distance from {TOKENS[back]}")
    distance = "n - 1 - m" if back else "n - m"
    work.say(
        f"How much smaller the score of another key is depends on its distance $k = {distance}$ from {TOKENS[back]} "
        "alone."
    )
    g = work.define("g(k)", position.weighted(lambda a: 1 - cos(a * k))).func
    squares = 2 * beta * position.weighted(lambda a: sin(a * (n - back - m) / 2) ** 2)
    work.chain(
        s(n, n - back) - s(n, m),
        (beta * g(n - back - m), f"at {TOKENS[back]} every cosine is 1"),
        (squares, "$1 - \\cos x = 2 \\sin^2(x / 2)$"),
    )
    work.at_least(squares, 0, because="a sum of squares")
    work.claim(AttendsTo(-back), of=head)
    return g


def aliasing(work: Work, position: Sinusoids) -> None:
    """When frequencies come back: the gap has a period where all angles are fractions of a turn."""
    k, period = integer("k"), natural("P", "a number of tokens after which every pair has turned fully")
    turns = [natural(f"j_{i}", "full turns within a period") for i in range(position.pairs)]
    work.say(
        "The gap $g(k)$ is zero exactly where every $\\alpha_i k$ is a multiple of $2 \\pi$; there the head cannot "
        "tell the two tokens apart. If the angles are whole fractions of a turn, $\\alpha_i = 2 \\pi j_i / P$ with "
        "integers $j_i$, that happens after $P$ tokens, and again after every $P$ more, whatever the magnitudes."
    )
    angles = {angle: 2 * pi * turn / period for angle, turn in zip(position.angles, turns, strict=True)}
    gap = position.weighted(lambda a: 1 - cos(angles[a] * k))
    work.equal(gap.subs(k, k + period), gap, because="every angle has turned a whole number of times")
    work.say(
        "One pair alone comes back after a turn. Several need not: with no common period the gap is never zero "
        "again, though it may come close. In a context of $n_{\\mathrm{ctx}}$ tokens only the distances $-1$ and "
        "$1, \\ldots, n_{\\mathrm{ctx}} - 2$ occur, and the least gap among them is the margin. How large a scale it "
        "asks for is worked out under *When frequencies come back*, with a table."
    )


def in_context(work: Work, head: Head, values: Mapping[Symbol, Expr], back: int, n_ctx: int = 64) -> None:
    """At given numbers and in a given context the token ``back`` ago wins strictly."""
    n, m = work.indices("n m")
    read = head.score(head.stream.at(n), head.stream.at(m)).free_symbols
    numbers = {symbol: value for symbol, value in values.items() if symbol in read}
    work.claim(
        AttendsTo(-back),
        of=head,
        at=numbers | {beta: Integer(1)},
        n_ctx=n_ctx,
        because="the gap at each distance, enclosed rigorously",
    )


def against_distance(work: Work, closed: Expr, position: Sinusoids, back: int, n_ctx: int = 64) -> None:
    """The score against the distance from the wanted token, with the margin in a context."""
    n, m = work.indices("n m")
    k = integer("k", f"distance from {TOKENS[back]}")
    work.figure(
        ScoreFigure(
            closed.subs(m, n - back - k),
            k,
            range(-back, n_ctx - back),
            at=position.suggested() | {beta: Integer(1)},
            label="s(n, n - 1 - k)" if back else "s(n, n - k)",
        ),
        f"The score of a key at distance $k$ from {TOKENS[back]}, for all distances in a context of {n_ctx} tokens. "
        "The gap between the largest score and the next one is the margin.",
    )


def heatmap(work: Work, head: Head, position: Sinusoids, more: str = "") -> None:
    """The attention pattern where the softmax is not yet sharp."""
    work.figure(
        PatternFigure.of(head, 16, position.suggested() | {beta: Integer(10)}),
        f"The attention pattern on 16 tokens, by the numeric engine; grey keys are hidden by the mask.{more}",
    )


def attention_row(work: Work, s: Scalar, g: Scalar, back: int) -> Expr:
    """The row in closed form, the mass off the wanted token, and its bound; returns the attention of n on m."""
    n, m = work.indices("n m")
    j = integer("j", "a key")
    work.say("Divide the numerator and the denominator of the softmax by the largest term, and only gaps are left.")
    softmax = work.define(
        "A(n, m)", exp(s(n, m)) / Sum(exp(s(n, j)), (j, 0, n)), meaning="the mask leaves the keys up to $n$"
    )
    row = exp(-beta * g(n - back - m)) / Sum(exp(-beta * g(n - back - j)), (j, 0, n))
    wanted = latex(n - back)
    work.equal(softmax, row, because=f"both divided by $e^{{s(n, {wanted})}}$")
    rows = "the row of $n \\ge 1$" if back else "row $n$"
    work.say(f"In {rows} the term of {TOKENS[back]} is 1. All the others together are the tail:")
    T = work.define("T(n)", tail(lambda k: exp(-beta * g(k)), back), meaning=TAILS[back]).func
    work.equal(
        softmax.func(n, n - back),
        1 / (1 + T(n)),
        because=f"the term $j = {wanted}$ of the sum is 1",
        given="$n \\ge 1$" if back else "",
    )

    work.say(
        f"So the mass off {TOKENS[back]} is less than the tail, and falls exponentially with $\\beta$. With $T > "
        "0$ for the tail:"
    )
    total = positive("T", "the tail of a row")
    work.equal(1 - 1 / (1 + total), total / (1 + total), because="over a common denominator")
    work.at_most(total / (1 + total), total, because="the denominator exceeds 1")
    least, more = (
        positive("g_min", "a lower bound of the gaps in a row", "g_{\\min}"),
        positive("d", "by how much a gap exceeds the bound"),
    )
    work.say(
        "If every gap in the row is at least $g_{\\min} > 0$, each of the $n$ terms of the tail is at most "
        "$e^{-\\beta g_{\\min}}$, and the tail at most $n$ times that."
    )
    work.at_most(exp(-beta * (least + more)), exp(-beta * least), because="a gap of $g_{\\min} + d$ with $d > 0$")
    bound = tail(lambda _: exp(-beta * least), back)
    work.equal(bound, n * exp(-beta * least), because="the tail with every gap equal to $g_{\\min}$")
    return row


def tail(term: Scalar, back: int) -> Expr:
    """The sum over the keys of row n but the wanted one; each term is a function of the distance from that."""
    n, j = integer("n"), integer("j", "a key")
    if back == 0:
        return Sum(term(n - j), (j, 0, n - 1))
    return term(Integer(-1)) + Sum(term(n - 1 - j), (j, 0, n - 2))


def first_row(work: Work, position: Sinusoids, s: Scalar) -> None:
    """Token 0 has no previous token."""
    j = integer("j", "a key")
    zero = Integer(0)
    work.say(
        "Token 0 has no previous token. The mask leaves it a single key, itself: all its attention goes there, "
        "although its score may be short of the largest one that there is, at which all cosines are 1."
    )
    work.at_most(s(zero, zero), beta * position.weighted(lambda _: Integer(1)), because="a cosine is at most 1")
    work.equal(exp(s(zero, zero)) / Sum(exp(s(zero, j)), (j, 0, 0)), 1, because="a softmax over a single key")
    work.say(
        "So token 0 moves its own content where the others move their predecessor's. A beginning-of-sequence token "
        "in this place makes it harmless."
    )
