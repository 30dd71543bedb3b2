"""Exercise 2 of the transformer-circuits exercises, about content: similar tokens, with oneself or without."""

from collections.abc import Callable, Mapping

from sympy import Expr, Integer, Rational, Symbol, ceiling, cos, exp, floor

from symcircuits import AttendsToSame, AvoidsSelf, Head, Residual, Sinusoids, Work, derivation
from symcircuits.algebra import ExactMatrix, Margin, column_of, prove_gap_over
from symcircuits.behaviours import Fails
from symcircuits.circuit import Directions
from symcircuits.symbols import Lg, beta, integer, natural, positive
from symcircuits.typeset.formulas import Name, Product
from symcircuits.worked import PatternFigure, ScoreFigure

Scalar = Callable[..., Expr]
DELTA = positive("delta", "the least of the differences between contents", r"\delta")


def contents_read(work: Work, stream: Residual, count: int) -> Directions:
    """The largest principal components of the content."""
    content = stream["content"]
    work.require(1 <= count <= len(content), f"expected to read 1 to {len(content)} content directions, got {count}")
    return content[:count]


def words(which: Directions) -> str:
    """Tokens for a figure; in one direction there are but two contents of one norm."""
    return "A B C D B A C A D B" if len(which) > 1 else "A B B A A B A B B A"


def held(stream: Residual, token: Expr, which: Directions) -> list[Expr]:
    """What a token holds in these directions."""
    return [stream.at(token)[place, 0] for place in which.places]


@derivation("framework/2a", title="Exercise 2(a): attend to similar content")
def similar_content(work: Work, content: int = 8, d_head: int = 4, stream_pairs: int = 4) -> None:
    stream = Residual(content=content, position=Sinusoids(stream_pairs))
    read = contents_read(work, stream, d_head)
    n, m = work.indices("n m")
    work.problem(
        f"The first {content} directions of the stream are the principal components of the content embedding, the "
        f"largest first. Write down $W_Q$ and $W_K$ of a head with {d_head} dimensions that attends to tokens with "
        "content similar to that of the present one, the present one included."
    )
    asked = AttendsToSame(stream["content"], d_head)
    work.asks("W_Q", "W_K", meets=asked, stream=stream, scale=beta, d_head=d_head)
    work.suggest(Sinusoids(stream_pairs).suggested())

    work.section("The head")
    work.say(
        "Query and key are the same projection of the content: what a token looks for is what it is. Any rotation "
        "could be put on both, as question 4 says; this is the simplest of these heads."
    )
    head = Head(
        W_Q=work.define("W_Q", stream.read(read)),
        W_K=work.define("W_K", stream.read(read)),
        scale=beta,
        name="This head",
    )
    c = work.expand("c", head.W_Q @ stream.at(n), origin=reads("W_Q", "x_n"), meaning="what token $n$ holds there")
    other = work.expand("c'", head.W_K @ stream.at(m), origin=reads("W_K", "x_m"), meaning="what token $m$ holds there")
    product = sum(a * b for a, b in zip(held(stream, n, read), held(stream, m, read), strict=True))
    work.equal(c.T @ other, ExactMatrix.from_rows([[product]]), because="the product of the contents")
    work.say(
        "The score is $\\beta \\, c^{\\mathsf{T}} c'$. Where the tokens are, and what else they hold, does not matter."
    )

    work.section("The same content wins")
    work.say(
        "*Assumed:* all contents have the same norm in the directions read, $|c| = |c'|$. Then a key that holds $c$ "
        "itself is ahead of one that holds $c'$ by half the square of their distance:"
    )
    half = Rational(1, 2)
    work.equal(
        c.T @ c - c.T @ other,
        (c - other).T @ (c - other) * half + (c.T @ c - other.T @ other) * half,
        because="the last bracket is $|c|^2 - |c'|^2 = 0$",
    )
    work.claim(
        AttendsToSame(read), of=head, because="Another key ties exactly where it holds the same in all directions read."
    )

    work.section("Why the norms must be equal")
    unequal_norms(work, c)
    work.section("How much attention it gets")
    shares(work)
    at = Sinusoids(stream_pairs).suggested() | {beta: Integer(10)}
    work.figure(
        PatternFigure.of(head, words(read), at, content=read),
        "The attention pattern on tokens of which the same letter is the same content, all contents of norm 1, by the "
        "numeric engine. Every token shares its attention among the copies up to itself.",
    )
    work.experiment(AttendsToSame(read), of=head, score=beta * product, n_ctx=64, seed=8, beta=[1, 10, 100])


def reads(weight: str, token: str) -> Product:
    """How a content is read from a token."""
    return Product((Name(weight), Name(token)))


def unequal_norms(work: Work, c: ExactMatrix) -> None:
    """A longer content in the same direction beats the same content."""
    work.say(
        "Without it the head prefers what is large to what is similar. A key with twice the query's content beats the "
        "very same content, by as much as that has itself:"
    )
    work.equal(c.T @ (c * 2) - c.T @ c, c.T @ c, because="the product is linear in the key")
    work.say("A witness in numbers: the query holds $e$, one key the same and another twice as much.")
    e = work.define("e", column_of([1] + [0] * (c.shape[0] - 1)))
    one, two = (ExactMatrix.from_rows([[value]]) for value in (1, 2))
    work.equal(e.T @ e, one, because="the score of the same content, over $\\beta$")
    work.equal(e.T @ (e * 2), two, because="the score of the longer one is larger")
    work.say(
        "Layer normalization makes the norms of whole tokens equal, not those of a few directions. So the assumption "
        "is one on the embedding."
    )


def shares(work: Work) -> None:
    """The mass on the same content in closed form where all gaps are equal, and as a bound otherwise."""
    norm = positive("nu", "the squared norm of a content in the directions read", r"\nu")
    copies, others = natural("r", "tokens of the same content"), natural("q", "tokens of other contents")
    more = positive("d", "by how much a difference exceeds the least")
    work.say(
        "Let $\\nu = |c|^2$, and let different contents differ by at least $\\delta > 0$, the content gap: "
        "$\\nu - \\langle c, c' \\rangle \\ge \\delta$. In a row with $r$ keys of the same content (the present token "
        "is one) and $q$ others that all have exactly this gap, the same content gets together"
    )
    mass = copies * exp(beta * norm) / (copies * exp(beta * norm) + others * exp(beta * (norm - DELTA)))
    share = copies / (copies + others * exp(-beta * DELTA))
    work.equal(mass, share, because="both divided by $e^{\\beta \\nu}$")
    work.say("of the attention, each key as much as the other. Where the others are further away, it gets more:")
    work.at_least(
        copies / (copies + others * exp(-beta * (DELTA + more))), share, because="a gap of $\\delta + d$ with $d > 0$"
    )


@derivation("framework/2d", title="Exercise 2(d): attend to similar content, but not to oneself")
def not_oneself(
    work: Work, content: int = 8, read: int = 4, stream_pairs: int = 4, pairs: int = 2, n_ctx: int = 64
) -> None:
    work.require(n_ctx >= 3, f"n_ctx must be at least 3, so that a copy meets another content, got {n_ctx}")
    position = Sinusoids(stream_pairs)
    stream, largest = Residual(content=content, position=position), position.first(pairs)
    which = contents_read(work, stream, read)
    n, m = work.indices("n m")
    work.problem(
        f"Write down $W_Q$ and $W_K$ of a head with {read + 2 * pairs} dimensions that attends to tokens with content "
        f"similar to that of the present one, but not to the present one itself. It may read {read} directions of the "
        f"content and the {pairs} largest pairs of the position."
    )
    asked = AvoidsSelf(stream["content"], count=read)
    work.asks("W_Q", "W_K", meets=asked, stream=stream, scale=Lg, d_head=read + 2 * pairs)
    work.suggest(position.suggested())

    work.section("The head")
    work.say(
        "The head of part (a) likes what is similar, the head of part (b) what is here. Both are read side by side, "
        "and the second with a minus sign: to be here counts against a key. The number $\\beta > 0$ says how much."
    )
    W_Q = work.define("W_Q", stream.read(which, largest))
    signs = {(i, i): 1 if i < read else -beta for i in range(read + 2 * pairs)}
    W_K = ExactMatrix.from_entries((read + 2 * pairs,) * 2, signs, W_Q.rows, W_Q.rows) @ stream.read(which, largest)
    head = Head(W_Q=W_Q, W_K=work.define("W_K", W_K), scale=Lg, name="This head")
    query, key = stream.at(n), stream.at(m)
    score = work.expand("s_{nm}", head.score(query, key), origin=head.score_formula(query, key))
    product = sum(a * b for a, b in zip(held(stream, n, which), held(stream, m, which), strict=True))
    closed = Lg * (product - beta * largest.weighted(lambda a: cos(a * (n - m))))
    work.equal(score, closed, because="$\\cos x \\cos y + \\sin x \\sin y = \\cos(x - y)$")

    work.section("Three kinds of keys")
    gap = three_keys(work, largest)
    work.claim(
        AvoidsSelf(which),
        of=head,
        because="For all $\\beta > 0$ up to a bound, in every context in which no frequency comes back.",
    )
    work.section("The interval")
    interval(work)
    work.section("In a context")
    numbers = {symbol: value for symbol, value in position.suggested().items() if symbol in largest.free_symbols}
    inside, outside = in_context(work, head, which, largest, gap, numbers, n_ctx)
    work.figure(
        PatternFigure.of(head, words(which), position.suggested() | {beta: inside, Lg: Integer(50)}, which, gap=1),
        "The attention pattern on tokens of which the same letter is the same content, with a content gap of 1, by the "
        "numeric engine. A token that has a copy before it attends to copies; one that has none, to itself.",
    )
    work.experiment(AvoidsSelf(which), of=head, score=closed, n_ctx=64, seed=10, beta=inside, Lg=[1, 100])
    work.experiment(Fails(AvoidsSelf(which)), of=head, score=closed, n_ctx=64, seed=10, beta=outside, Lg=[1, 100])


def three_keys(work: Work, position: Sinusoids) -> Scalar:
    """Oneself, another copy, another content: their scores and what lies between; returns the position gap."""
    k, l = integer("k", "distance of the copy"), integer("l", "distance of the other content")
    norm, d = positive("nu", "the squared norm of a content", r"\nu"), positive("d", "how much two contents differ")
    wave = position.weighted(lambda a: cos(a * k))
    waves = {k: wave, l: wave.subs(k, l)}
    work.say(
        "*Assumed*, as in part (a): all contents have the same norm in the directions read, $|c|^2 = \\nu$. Different "
        "ones differ, $d = \\nu - \\langle c, c' \\rangle > 0$; the least $d$ that occurs is the content gap "
        "$\\delta$. With the distance $k = n - m$ there are then two kinds of scores: that of a token with the same "
        "content, which is the token itself for $k = 0$, and that of another content."
    )
    same = work.define("S(k)", norm - beta * waves[k], meaning="a copy, $k$ tokens back").func
    other = work.define("O(l)", norm - d - beta * waves[l], meaning="another content, $l$ tokens back").func
    work.say("What a token $k$ back has over the present place is the position gap:")
    g = work.define("g(k)", position_gap(position, k)).func
    own = same(Integer(0))
    work.equal(same(k) - own, beta * g(k), because="another copy over the token itself")
    work.equal(same(k) - other(l), d + beta * (g(k) - g(l)), because="another copy over another content")
    work.at_least(g(k), 0, because="so for $\\beta > 0$ a copy is never behind the token itself")
    work.say(
        "The first asks for $\\beta > 0$, and for a gap $g(k)$ that is not zero. The second asks that the place does "
        "not count too much: the copy may be near, and the other content far. In a row without another copy the token "
        "itself is left, against other contents; it is ahead of them all for small $\\beta$."
    )
    work.equal(own - other(l), d - beta * g(l), because="the token itself over another content")
    most = 2 * sum(s**2 for s in position.scales)
    work.at_least(d - beta * g(l), d - beta * most, because="a cosine is at least $-1$")
    return g


def interval(work: Work) -> None:
    """For which beta a copy wins, from the content gap and the position gap."""
    least, spread = positive("g_min", "least position gap", r"g_{\min}"), positive("e", "spread of the position gap")
    a, b, r = (positive(name, "a positive number") for name in "abr")
    work.say(
        "Let the position gaps of the distances $1, \\ldots, n_{\\mathrm{ctx}} - 1$ lie between $g_{\\min} > 0$ and "
        "$g_{\\max}$, both reached, and let $e = g_{\\max} - g_{\\min}$ be their spread. With $g(k) = g_{\\min} + a$ "
        "and $g(l) = g_{\\max} - b$ the difference $\\delta + \\beta (g(k) - g(l))$ is"
    )
    worst = DELTA - beta * spread
    difference = DELTA + beta * ((least + a) - (least + spread - b))
    work.equal(difference, worst + beta * (a + b), because="the least gap cancels")
    work.at_least(difference, worst, because="with equality where $a = b = 0$: the worst place of both")
    work.say(
        "*Inside:* for $0 < \\beta < \\delta / e$, written $\\beta = \\delta / (e + r)$ with $r > 0$, the worst is "
        "positive."
    )
    inside = worst.subs(beta, DELTA / (spread + r))
    work.equal(inside, DELTA * r / (spread + r), because="over a common denominator")
    work.at_least(DELTA * r / (spread + r), 0, because="so a copy beats every other content")
    work.at_least(DELTA / (spread + r) * least, 0, because="$\\beta g_{\\min}$: and the token itself")
    work.say(
        "*Outside:* for $\\beta \\ge \\delta / e$, written $\\beta = \\delta / e + r$ with $r \\ge 0$, it is not: a "
        "copy at the least gap loses to a content at the greatest, or ties with it for $r = 0$."
    )
    work.equal(worst.subs(beta, DELTA / spread + r), -r * spread, because="$\\beta e = \\delta + r e$")
    work.say("For $\\beta = -r$ a copy is behind the token itself, and for $\\beta = 0$ they tie:")
    work.at_most(-r * (least + a), 0, because="$S(k) - S(0) = \\beta g(k)$")
    work.say(
        "So another copy wins, for every arrangement of tokens, exactly for $0 < \\beta < \\delta / (g_{\\max} - "
        "g_{\\min})$."
    )
    with_margin(work, least, spread)


def with_margin(work: Work, least: Symbol, spread: Symbol) -> None:
    """The interval where each win is asked to be by a margin."""
    tau = positive("tau", "the margin asked for, in units of Lg", r"\tau")
    work.say(
        "If both wins are to be by $\\mathit{Lg}$ times a margin $\\tau > 0$, the ends move in: $\\beta g_{\\min} \\ge "
        "\\tau$ bounds $\\beta$ from below, and $\\delta - \\beta e \\ge \\tau$ from above. What lies between the two "
        "ends is"
    )
    low, high = tau / least, (DELTA - tau) / spread
    between_ends = (DELTA * least - tau * (least + spread)) / (spread * least)
    work.equal(high - low, between_ends, because="$g_{\\min} + e = g_{\\max}$")
    work.say(
        "so there is such a $\\beta$ for $\\tau \\le \\delta g_{\\min} / g_{\\max}$. The scores are then ahead by "
        "$\\mathit{Lg} \\, \\tau$, which a large $\\mathit{Lg}$ makes as large as one likes."
    )


def in_context(
    work: Work,
    head: Head,
    which: Directions,
    position: Sinusoids,
    g: Scalar,
    at: Mapping[Symbol, Expr],
    n_ctx: int,
) -> tuple[Expr, Expr]:
    """The interval at given numbers and for a content gap of 1; returns a beta inside and one outside."""
    k = integer("k", "distance of the copy")
    distances = range(1, n_ctx)
    near, far = extremes(work, position, distances, at)
    work.say(
        f"A context of {n_ctx} tokens has the distances $1, \\ldots, {n_ctx - 1}$. At these numbers the position gap "
        f"is decided at each of them: it is least for ${near}$ and greatest for ${far}$ tokens. Where it is zero, no "
        "$\\beta$ will do; *When frequencies come back* says when that is."
    )
    work.at_least(g(k), g(Integer(near)), because="the least", over=(k, distances), at=at)
    work.at_most(g(k), g(Integer(far)), because="the greatest", over=(k, distances), at=at)
    work.figure(
        ScoreFigure(position_gap(position, k), k, distances, at=at, best=None, label="g(k)"),
        f"The position gap at each distance in a context of {n_ctx} tokens, with the least one marked.",
    )
    spread = g(Integer(far)) - g(Integer(near))
    low, high = between(position_gap(position, far) - position_gap(position, near), at)
    work.say(
        "For a content gap of $\\delta = 1$ the interval ends at the inverse of the spread of these gaps, between "
        f"{decimal(low)} and {decimal(high)}."
    )
    work.at_most(spread, 1 / low, because=f"so $\\beta = {decimal(low)}$ is still inside", at=at)
    work.at_least(spread, 1 / high, because=f"and $\\beta = {decimal(high)}$ outside", at=at)
    work.claim(
        AvoidsSelf(which),
        of=head,
        at={**at, beta: low, Lg: Integer(1)},
        n_ctx=n_ctx,
        because="Decided at the copy that is placed worst, against every other distance.",
    )
    work.claim(Fails(AvoidsSelf(which)), of=head, at={**at, beta: 4 * high, Lg: Integer(1)}, n_ctx=n_ctx)
    return low / 2, 4 * high


def position_gap(position: Sinusoids, k: Expr | int) -> Expr:
    """What a token k back has over the present place."""
    return position.weighted(lambda a: 1 - cos(a * k))


def extremes(work: Work, position: Sinusoids, distances: range, at: Mapping[Symbol, Expr]) -> tuple[int, int]:
    """The distances at which the position gap is least and greatest; refuses a context in which it is zero."""
    k = integer("k", "distance of the copy")
    gap, most = position_gap(position, k), 2 * sum(s**2 for s in position.scales)
    found = [prove_gap_over(value, k, distances, at) for value in (gap, most - gap)]
    strict = [margin for margin in found if isinstance(margin, Margin) and margin.least and margin.strict]
    work.require(len(strict) == 2, f"a frequency comes back within {len(distances) + 1} tokens at these numbers")
    near, far = (margin.least.reached_at[0] for margin in strict if margin.least)
    return near, far


def decimal(number: Expr) -> str:
    """A positive number with four decimals."""
    tens = int(number * 10**4)
    return f"{tens // 10**4}.{tens % 10**4:04d}"


def between(spread: Expr, at: Mapping[Symbol, Expr]) -> tuple[Expr, Expr]:
    """The inverse of the spread, rounded to four decimals, down and up."""
    tens = 10**4 / spread.xreplace(dict(at))
    return Rational(floor(tens), 10**4), Rational(ceiling(tens), 10**4)
