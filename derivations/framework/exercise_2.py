"""Exercise 2 of the transformer-circuits exercises: an induction head by pointer arithmetic."""

from sympy import Expr, Integer, Sum, cos, exp, pi, sin

from symcircuits import AttendsTo, Head, Residual, Sinusoids, Work, derivation
from symcircuits.symbols import beta, integer, natural, positive


@derivation("framework/2c", title="Exercise 2(c): attend to the previous token")
def previous_token(work: Work, stream_pairs: int = 4, pairs: int = 2) -> None:
    position = Sinusoids(stream_pairs)
    stream = Residual(content=8, position=position)
    largest = position.first(pairs)
    n, m = work.indices("n m")
    work.problem(
        f"The position of token $n$ is in the stream as {stream_pairs} pairs "
        f"$(\\lambda_i \\cos(\\alpha_i n), \\lambda_i \\sin(\\alpha_i n))$ of descending magnitude. Write down $W_Q$ and $W_K$ of a "
        f"head with {2 * pairs} dimensions that attends to the previous token, by reading the {pairs} largest pairs."
    )
    work.asks("W_Q", "W_K", meets=AttendsTo(-1))

    work.section("A rotation moves a position")
    work.say(
        "One step along the text turns every pair of cosine and sine by its own angle. That is a rotation, the same at every token."
    )
    R = work.define("R", largest.shift(1))
    work.equal(R @ largest.at(m), largest.at(m + 1), because="angle addition")
    work.equal(R.T @ R, identity(R), because="a rotation keeps lengths and angles")

    work.section("The head")
    work.say(
        "The query says where the token is. The key says where the next token would be: both agree when the key is one token back."
    )
    head = Head(
        W_Q=work.define("W_Q", stream.read(largest)),
        W_K=work.define("W_K", R @ stream.read(largest)),
        scale=beta,
        name="This head",
    )
    score = work.expand("s(n, m)", head.score(stream.at(n), stream.at(m)), origin=r"\beta\, x_n^T W_Q^T W_K x_m")
    work.equal(score, closed_score(largest, n - 1 - m), because="$\\cos x \\cos y + \\sin x \\sin y = \\cos(x - y)$")

    work.section("The previous token wins")
    margin(work, largest, head)
    work.section("When it is the only winner")
    aliasing(work, largest)
    work.section("The attention row")
    closed_form = attention_row(work, largest, head, stream)
    work.section("Row 0")
    first_row(work, largest, head, stream)

    work.suggest(position.suggested())
    work.claim(AttendsTo(-1), of=head, at=at_suggested(position, largest), n_ctx=64)
    work.experiment(AttendsTo(-1), of=head, closed_form=closed_form, n_ctx=64, seed=5, beta=[1, 10, 100])


def identity(rotation):
    """The identity of the size of a rotation, written out."""
    return type(rotation).identity(rotation.shape[0], rotation.rows)


def closed_score(position: Sinusoids, distance: Expr) -> Expr:
    """The score at a distance from the previous token."""
    return beta * sum(
        scale**2 * cos(angle * distance) for scale, angle in zip(position.scales, position.angles, strict=True)
    )


def gap(position: Sinusoids, distance: Expr) -> Expr:
    """How far the score falls short at a distance from the previous token, without beta."""
    return sum(
        scale**2 * (1 - cos(angle * distance)) for scale, angle in zip(position.scales, position.angles, strict=True)
    )


def margin(work: Work, position: Sinusoids, head: Head) -> None:
    """The gap to every other key, as a sum of squares."""
    n, m = work.indices("n m")
    stream = head.stream
    best = head.score(stream.at(n), stream.at(n - 1))
    other = head.score(stream.at(n), stream.at(m))
    work.expand("s(n, n - 1)", best, origin=r"\beta\, x_n^T W_Q^T W_K x_{n - 1}")
    squares = (
        2
        * beta
        * sum(
            scale**2 * sin(angle * (n - 1 - m) / 2) ** 2
            for scale, angle in zip(position.scales, position.angles, strict=True)
        )
    )
    work.chain(
        best - other,
        (beta * gap(position, n - 1 - m), "both scores in closed form; at the previous token every cosine is 1"),
        (squares, "$1 - \\cos x = 2 \\sin^2(x / 2)$"),
    )
    work.at_least(squares, 0, because="a sum of squares")
    work.claim(AttendsTo(-1), of=head)


def aliasing(work: Work, position: Sinusoids) -> None:
    """When frequencies come back: the gap has a period where all angles are fractions of a turn."""
    k = integer("k", "distance from the previous token")
    period = natural("P", "a number of tokens after which every pair has turned fully")
    turns = [natural(f"j_{i}", "full turns within a period") for i in range(position.pairs)]
    work.say(
        "The gap is a function of the distance $k = n - 1 - m$ alone. It is zero exactly where every $\\alpha_i k$ is a multiple of "
        "$2 \\pi$: there the head cannot tell the two tokens apart. If the angles are whole fractions of a turn, "
        "$\\alpha_i = 2 \\pi j_i / P$ with integers $j_i$, this happens after $P$ tokens, whatever the magnitudes."
    )
    angles = {angle: 2 * pi * turn / period for angle, turn in zip(position.angles, turns, strict=True)}
    here, later = gap(position, k).xreplace(angles), gap(position, k + period).xreplace(angles)
    work.equal(later, here, because="every angle has turned a whole number of times", given=r"\alpha_i = 2 \pi j_i / P")
    work.say(
        "One pair alone comes back soon, several with angles that have no common period do not come back at all. Within a finite "
        "context only the distances $-1$ and $1, \\ldots, n_{\\mathrm{ctx}} - 2$ occur, and the least gap among them is the margin."
    )


def attention_row(work: Work, position: Sinusoids, head: Head, stream: Residual) -> Expr:
    """The row in closed form, the mass off the previous token, and its bound."""
    n, m = work.indices("n m")
    j = integer("j", "a key")
    work.say("Divide the numerator and the denominator of the softmax by the largest term, and only gaps are left.")
    scores = head.score(stream.at(n), stream.at(m)), head.score(stream.at(n), stream.at(j))
    softmax = exp(scores[0]) / Sum(exp(scores[1]), (j, 0, n))
    row = exp(-beta * gap(position, n - 1 - m)) / Sum(exp(-beta * gap(position, n - 1 - j)), (j, 0, n))
    work.expand("A(n, m)", softmax, origin=r"\mathrm{softmax}_{m \le n}\, s(n, m)")
    work.equal(softmax, row, because="divide by $e^{s(n, n - 1)}$")
    rest = exp(-beta * gap(position, Integer(1))) + Sum(exp(-beta * gap(position, n - 1 - j)), (j, 0, n - 2))
    work.say("In the row of $n \\ge 1$, the term of the previous token is 1. All others together are the tail:")
    work.expand("T(n)", rest, meaning="the present token, and all those before the previous one")
    work.equal(
        row.xreplace({m: n - 1}), 1 / (1 + rest), because="the term $j = n - 1$ of the sum is 1", given="n \\ge 1"
    )

    work.say("So the mass off the previous token is less than the tail, and falls exponentially with $\\beta$.")
    T = positive("T", "the tail of a row")
    work.equal(1 - 1 / (1 + T), T / (1 + T), because="with $T$ for the tail")
    work.at_most(T / (1 + T), T, because="$T > 0$")
    g = positive("g", "a lower bound of the gaps in a row")
    d = positive("d", "by how much a gap exceeds the bound")
    work.say(
        "If every gap in the row is at least $g > 0$, each of the $n$ terms of the tail is at most $e^{-\\beta g}$, and their sum at most $n$ times that."
    )
    work.at_most(exp(-beta * (g + d)), exp(-beta * g), because="a gap of $g + d$ with $d > 0$")
    bound = exp(-beta * g) + Sum(exp(-beta * g), (j, 0, n - 2))
    work.equal(bound, n * exp(-beta * g), because="the tail with every gap equal to $g$: $n$ terms")
    return row


def first_row(work: Work, position: Sinusoids, head: Head, stream: Residual) -> None:
    """Token 0 has no previous token."""
    j = integer("j", "a key")
    score = head.score(stream.at(0), stream.at(0))
    work.say(
        "Token 0 has no previous token. The mask leaves it one key, itself, and so all of its attention goes there, at a score that is not the largest possible."
    )
    work.equal(score, closed_score(position, Integer(-1)), because="the closed form at $n = m = 0$")
    work.equal(
        exp(score) / Sum(exp(head.score(stream.at(0), stream.at(j))), (j, 0, 0)),
        1,
        because="a softmax over a single key",
    )
    work.say(
        "What it copies further on is its own content; a beginning-of-sequence token at position 0 makes this harmless."
    )


def at_suggested(position: Sinusoids, read: Sinusoids):
    """The suggested values of the pairs that are read, with beta = 1."""
    values = position.suggested()
    return {symbol: values[symbol] for symbol in (*read.scales, *read.angles)} | {beta: Integer(1)}
