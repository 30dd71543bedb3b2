"""Exercise 2 of the transformer-circuits exercises: the position of a copy as a pointer, and the token after it."""

from collections.abc import Callable, Mapping

from sympy import Expr, Integer, Rational, Symbol, ceiling, cos, exp, sin

from symcircuits import AttendsAfterPrevious, Head, Residual, Sinusoids, Work, derivation
from symcircuits.algebra import ExactMatrix, Margin, column_of, prove_gap_over
from symcircuits.circuit import Directions
from symcircuits.errors import BadValue
from symcircuits.symbols import Lg, beta, integer, positive
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.formulas import Name
from symcircuits.worked.bounds import told

Scalar = Callable[..., Expr]
HALF = Rational(1, 2)
SHORT = 8  # the context in which part (d) is worked out where only its definitions count


@derivation("framework/2f", title="Exercise 2(f): attend to the token after a previous copy")
def after_previous(
    work: Work,
    content: int = 8,
    read: int = 4,
    stream_pairs: int = 4,
    moved: int = 4,
    pairs: int = 2,
    n_ctx: int = 12,
) -> None:
    work.require(1 <= pairs <= moved, f"expected to read 1 to {moved} of the pairs that are moved, got {pairs}")
    work.require(n_ctx >= 3, f"n_ctx must be at least 3, so that a token has two earlier copies, got {n_ctx}")
    position = Sinusoids(stream_pairs).first(moved)
    stream = Residual(content=content, position=Sinusoids(stream_pairs), v=2 * moved)
    largest, v = position.first(pairs), stream["v"][: 2 * pairs]
    c, m = work.indices("c m")
    work.problem(
        f"The head of part (e) has written the {moved} largest pairs of the position of a previous copy of the present "
        f"token into $v_0, v_1, \\ldots$. Write down $W_Q$ and $W_K$ of a head with {2 * pairs} dimensions, in the "
        "next layer, that attends to the token after this copy. What does it do if there are several copies, or none?"
    )
    asked = AttendsAfterPrevious(stream["v"])
    work.asks("W_Q", "W_K", meets=asked, stream=stream, scale=beta, d_head=2 * pairs)
    work.suggest(Sinusoids(stream_pairs).suggested())

    work.section("The head")
    work.say(
        "Part (c) turned the keys one token on, and so looked one token back. Here the query is turned: it reads the "
        "pointer in $v$ instead of its own position, and the same rotation $R$ takes it from the copy to the token "
        "after. The keys say where they are."
    )
    R = work.given("framework/2c", stream_pairs=stream_pairs, pairs=pairs)["R"]
    earlier = {"content": content, "read": read, "stream_pairs": stream_pairs, "pairs": pairs}
    W_O = work.given("framework/2e", **earlier, moved=moved)["W_O"]
    head = Head(
        W_Q=work.define("W_Q", R @ stream.read(v)),
        W_K=work.define("W_K", stream.read(largest)),
        scale=beta,
        name="This head",
    )
    pointer = at_copy(position, c)
    work.say(
        "Let $v(c)$ be all the pairs that part (e) has moved, for a copy at token $c$, and $p(c)$ the largest of them, "
        "which this head reads. What the earlier head has written is what is in $v$; the query is made of it, and of "
        "nothing else:"
    )
    room = stream.read("v").named(Name(r"\mathrm{Id}_v"))
    work.equal(room @ (W_O @ pointer), pointer, because="the earlier head puts it there as it is")
    work.equal(head.W_Q @ (W_O @ pointer), largest.at(c + 1), because="the largest pairs, turned by one token")
    score = work.expand("s(c, m)", head.score(W_O @ pointer, stream.at(m)), meaning="the score of key $m$")
    closed = beta * largest.weighted(lambda a: cos(a * (c + 1 - m)))
    work.equal(score, closed, because="$\\cos x \\cos y + \\sin x \\sin y = \\cos(x - y)$")

    work.section("The token after the copy wins")
    g = the_margin(work, head, largest, score.func, v)
    numbers = {symbol: value for symbol, value in position.suggested().items() if symbol in largest.free_symbols}
    work.claim(
        AttendsAfterPrevious(v),
        of=head,
        at=numbers | {beta: Integer(1)},
        n_ctx=64,
        because="the gap at each distance, enclosed rigorously",
    )
    work.section("Two earlier copies: how the pointer is divided")
    part_d = work.given("framework/2d", **earlier, n_ctx=SHORT)
    S = own_weights(work, g, part_d)
    work.section("Where a divided pointer points")
    divided(work, head, W_O, position, g)
    work.section("Equal shares")
    H = equal_shares(work, head, W_O, position)
    in_the_middle(work, largest, H)
    table(work, largest, numbers, n_ctx)
    work.section("No earlier copy")
    no_copy(work, part_d, S, g)
    at_itself(work, largest, score.func, g, numbers, n_ctx)
    work.experiment(AttendsAfterPrevious(v), of=head, score=on_any_pointer(stream, largest), seed=12, beta=[1, 10, 100])


def the_margin(work: Work, head: Head, position: Sinusoids, s: Scalar, v: Directions) -> Scalar:
    """The gap between the token after the copy and every other key; returns it as a function of the distance."""
    c, m, k = work.indices("c m k")
    g = work.define("g(k)", position.weighted(lambda a: 1 - cos(a * k)), meaning="the position gap").func
    squares = 2 * beta * position.weighted(lambda a: sin(a * (c + 1 - m) / 2) ** 2)
    work.chain(
        s(c, c + 1) - s(c, m),
        (beta * g(c + 1 - m), "at the token after the copy every cosine is 1"),
        (squares, "$1 - \\cos x = 2 \\sin^2(x / 2)$"),
    )
    work.at_least(squares, 0, because="a sum of squares")
    work.claim(AttendsAfterPrevious(v), of=head)
    work.say(
        "The mask does not get in the way: the copy is an earlier token, so the token after it is the present one at "
        "the latest."
    )
    return g


def own_weights(work: Work, g: Scalar, part_d: Mapping[str, Expr]) -> Scalar:
    """The weights that the head of part (d) gives to two copies; returns the score of a copy as a function."""
    k, l, h = integer("k"), integer("l"), positive("h", "by how much a position gap exceeds another")
    work.say(
        "Let two copies be $k$ and $l$ tokens back. The head of part (d) scores a copy at distance $k$ with "
        "$\\mathit{Lg} \\, S(k)$. Between the two, the one at distance $k$ gets the share $w(k, l)$:"
    )
    S = work.define("S(k)", part_d["S(k)"], meaning="the score of a copy, from part (d)").func
    w = work.define("w(k, l)", exp(Lg * S(k)) / (exp(Lg * S(k)) + exp(Lg * S(l)))).func
    work.equal(w(k, l), 1 / (1 + exp(-Lg * beta * (g(k) - g(l)))), because="both divided by $e^{\\mathit{Lg} S(k)}$")
    work.say(
        "The shares are equal only where the two position gaps are. Otherwise the copy with the greater gap has more, "
        "and the larger $\\mathit{Lg}$, the more. With a lead of $h > 0$ between the gaps, the other copy keeps"
    )
    kept = 1 - 1 / (1 + exp(-Lg * beta * h))
    work.equal(kept, 1 / (1 + exp(Lg * beta * h)), because="times $e^{\\mathit{Lg} \\beta h}$ above and below")
    work.at_most(1 / (1 + exp(Lg * beta * h)), exp(-Lg * beta * h), because="the 1 left out below")
    work.say(
        "So a sharp head (d) does not divide its pointer: it chooses the copy whose place is least like the present "
        "one, and the pointer is as good as with a single copy."
    )
    return S


def divided(work: Work, head: Head, W_O: ExactMatrix, moved: Sinusoids, g: Scalar) -> None:
    """The scores of this head for a pointer that is divided between two copies, and which shares are enough."""
    p, d, t, q = *work.indices("p d t"), positive("q", "weight of the second copy, that of the first being 1")
    work.say(
        "Let the copies be at $p$ and $p + d$, and let their weights be as $1$ to $q$. Of the key $t$ tokens after "
        "the first successor, $m = p + 1 + t$, the score is $F(d, t)$:"
    )
    both = at_copy(moved, p) + at_copy(moved, p + d) * q
    waves = Sinusoids(head.d_head // 2).weighted(lambda a: cos(a * t) + q * cos(a * (t - d)))
    work.equal(
        product(head, W_O @ both, p + 1 + t), column_of([waves]), because="linear in the pointer, and $p$ drops out"
    )
    F = work.define("F(d, t)", beta * waves / (1 + q), meaning="the weights add up to 1").func
    work.say("The successor of the first copy is at $t = 0$. It is ahead of key $t$ by")
    lead = beta * (g(t) + q * (g(t - d) - g(d))) / (1 + q)
    work.equal(F(d, Integer(0)) - F(d, t), lead, because="$\\cos x = 1 - (1 - \\cos x)$")
    work.at_least(lead, beta * (g(t) - q * g(d)) / (1 + q), because="no gap is negative")
    own = beta * Sinusoids(head.d_head // 2).weighted(lambda a: 1 + q * cos(a * d)) / (1 + q)
    work.equal(F(d, Integer(0)), own, because="at $t = 0$")
    share = beta * g(d) * (1 - q) / (1 + q)
    work.equal(F(d, Integer(0)) - F(d, d), share, because="over the other successor, $t = d$")
    work.say(
        "So with $q \\, g(d) < g(t)$ for every other key it wins, whatever the distance of the copies. By the shares "
        "of part (d), $q = e^{-\\mathit{Lg} \\beta h}$, that is so for $\\mathit{Lg} \\, \\beta h > \\log(g(d) / "
        "g_{\\min})$, where $g_{\\min}$ is the least gap in the context."
    )


def equal_shares(work: Work, head: Head, W_O: ExactMatrix, moved: Sinusoids) -> Scalar:
    """The score in closed form where both copies have the same share; returns it as a function."""
    p, d, t = work.indices("p d t")
    work.say("If both have the same share, $q = 1$, a sum of two cosines is a product:")
    both = at_copy(moved, p) + at_copy(moved, p + d)
    waves = on_the_middle(Sinusoids(head.d_head // 2), d, t)
    work.equal(
        product(head, W_O @ both, p + 1 + t),
        column_of([2 * waves]),
        because="$\\cos x + \\cos y = 2 \\cos((x - y) / 2) \\cos((x + y) / 2)$",
    )
    work.say(
        "Here $t - d / 2 = m - 1 - (p_1 + p_2) / 2$, with the copies at $p_1 = p$ and $p_2 = p + d$: every pair points "
        "at the middle of the two, with the weight $\\cos(\\alpha_i d / 2)$, or away from it where this is negative. "
        "The two successors, $t = 0$ and $t = d$, lie on both sides of the middle and have the same score."
    )
    H = work.define("H(d, t)", beta * waves, meaning="the score of this key: each share is a half").func
    own = beta * HALF * Sinusoids(head.d_head // 2).weighted(lambda a: 1 + cos(a * d))
    work.equal(H(d, Integer(0)), own, because="the score of a successor: $2 \\cos^2 x = 1 + \\cos 2 x$")
    return H


def at_copy(moved: Sinusoids, token: Expr) -> ExactMatrix:
    """The pointer at a copy."""
    return moved.at(token).named(Name(f"v({latex(token)})"))


def product(head: Head, query: ExactMatrix, token: Expr) -> ExactMatrix:
    """The product of a query and the key of a token."""
    return (head.W_Q @ query).T @ (head.W_K @ head.stream.at(token))


def in_the_middle(work: Work, position: Sinusoids, H: Scalar) -> None:
    """For copies less than half a turn apart the middle wins; for neighbours the middle is a successor."""
    t, e = integer("t"), integer("e", "half the distance of the copies")
    work.say(
        "*Near copies.* Let the distance be at least 2, and less than half a turn of every pair, $0 < \\alpha_i d < "
        "\\pi$. Then the middle beats both successors. For an even distance $d = 2 e$ it is ahead by"
    )
    even = beta * position.weighted(lambda a: cos(a * e) * (1 - cos(a * e)))
    work.equal(H(2 * e, e) - H(2 * e, Integer(0)), even, because="at the middle the second cosine is 1")
    work.say("and the token before the middle of an odd distance $d = 2 e + 1$ by")
    odd = 2 * beta * position.weighted(lambda a: cos(a * (e + HALF)) * sin(a * (e + 1) / 2) * sin(a * e / 2))
    work.equal(
        H(2 * e + 1, e) - H(2 * e + 1, Integer(0)),
        odd,
        because="$\\cos x - \\cos y = 2 \\sin((x + y) / 2) \\sin((y - x) / 2)$",
    )
    work.say(
        "All factors are positive there: the angles in the cosines are less than a right angle, those in the sines "
        "less than two. For $e = 0$ the second is zero: the copies are neighbours, and the token before the middle is "
        "itself a successor, with the lead"
    )
    lead = beta * position.weighted(lambda a: cos(a / 2) * (cos(a / 2) - cos(a * (t - HALF))))
    work.equal(H(Integer(1), Integer(0)) - H(Integer(1), t), lead, because="$d = 1$ in the closed form")
    work.say("over key $t$: positive as long as no pair comes nearer to a full turn than half a step.")


def table(work: Work, position: Sinusoids, at: Mapping[Symbol, Expr], n_ctx: int) -> None:
    """For each distance of the copies whether a successor wins in the context, and which key does otherwise."""
    d, t = integer("d"), integer("t")
    work.say(
        f"*Distance by distance.* In a context of {n_ctx} tokens two copies are $d = 1, \\ldots, {n_ctx - 2}$ tokens "
        f"apart, and the keys lie at $t = d + 1 - {n_ctx}, \\ldots, {n_ctx - 2}$. At {told(at)} the score, over "
        "$\\beta$, is"
    )
    sums = position.weighted(lambda a: (cos(a * t) + cos(a * (t - d))) * HALF)
    h = work.define("h(d, t)", sums.xreplace(dict(at))).func
    work.equal(h(d, t), on_the_middle(position, d, t).xreplace(dict(at)), because="$H(d, t) / \\beta$ at these numbers")
    work.say("and it is decided for each distance whether some key beats the successors, or none does:")
    right = []
    for distance in range(1, n_ctx - 1):
        keys = range(distance + 1 - n_ctx, n_ctx - 1)
        own = h(Integer(distance), Integer(0))
        best, lead = winner(position, distance, keys, at)
        if best in (0, distance):
            right.append(distance)
            work.at_most(h(Integer(distance), t), own, because="a successor wins", over=(t, keys))
        else:
            work.at_least(h(Integer(distance), Integer(best)) - own, lead, because=who(best, distance))
    at_these = f"for $d = {', '.join(map(str, right))}$ and for no other distance" if right else "for no distance"
    work.say(
        f"So in this context a pointer of equal shares is right {at_these}. (The keys between the successors, and the "
        "first copy at $t = -1$, are always in sight; others may be hidden by the mask.)"
    )


def on_the_middle(position: Sinusoids, d: Expr | int, t: Expr) -> Expr:
    """The score for equal shares over beta, key ``t`` tokens after the first successor."""
    return position.weighted(lambda a: cos(a * d / 2) * cos(a * (t - d * HALF)))


def winner(position: Sinusoids, distance: int, keys: range, at: Mapping[Symbol, Expr]) -> tuple[int, Expr]:
    """The key with the largest score for this distance, and its lead over the successors, rounded down."""
    t = integer("t")
    score = on_the_middle(position, distance, t)
    found = prove_gap_over(position.weighted(lambda _: Integer(1)) - score, t, keys, at)
    if not isinstance(found, Margin) or found.least is None or found.ties:
        raise BadValue(f"the largest score for copies {distance} apart is not settled at these numbers")
    reached = found.least.reached_at
    best = 0 if 0 in reached else reached[0]
    lead = (score.xreplace({t: Integer(best)}) - score.xreplace({t: Integer(0)})).xreplace(dict(at))
    return best, 1 / ceiling(1 / lead) if best else Integer(0)


def who(key: int, distance: int) -> str:
    """A key that wins, in words, as counted from the first successor."""
    if 0 < key < distance:
        return f"$t = {key}$ wins, {'in the middle' if 2 * key == distance else 'between the successors'}"
    return f"$t = {key}$ wins, {'before' if key < 0 else 'after'} the successors"


def no_copy(work: Work, part_d: Mapping[str, Expr], S: Scalar, g: Scalar) -> None:
    """What the head of part (d) attends to where there is no other copy."""
    k, l, zero = integer("k"), integer("l", "distance of the other content"), Integer(0)
    d = positive("d", "how much two contents differ")
    work.say(
        "Then part (d) has the token itself, with the score $\\mathit{Lg} \\, S(0)$, and other contents. One that is "
        "$l$ tokens back and differs by $d$ has"
    )
    O = work.define("O(l)", part_d["O(l)"], meaning="the score of another content, from part (d)").func
    work.say("and, next to the token itself, the weight")
    weight = exp(Lg * O(l)) / exp(Lg * S(zero))
    work.equal(weight, exp(-Lg * (d - beta * g(l))), because="$S(0) - O(l) = d - \\beta g(l)$")
    work.say(
        "The pointer is the mean of the positions of all keys with these "
        "weights. Where $\\beta g(l) < d$ for every key, the token itself has the most, and a large $\\mathit{Lg}$ "
        "leaves it alone: the pointer is $p(n)$. Where some key has $\\beta g(l) > d$, that is, is far enough in "
        "place to make up for its content, it beats the token itself. Of two that differ equally, the one with the "
        "greater position gap has more:"
    )
    work.equal(O(l) - O(k), beta * (g(l) - g(k)), because="all else is the same")


def at_itself(work: Work, position: Sinusoids, s: Scalar, g: Scalar, at: Mapping[Symbol, Expr], n_ctx: int) -> None:
    """Where the head points when the pointer is the present place: at the next token, which the mask hides."""
    n, k = work.indices("n k")
    work.say("With the pointer $p(n)$ this head looks for the token $n + 1$, which the mask hides. What it sees is")
    work.equal(
        s(n, n + 1 - k),
        beta * (position.weighted(lambda _: Integer(1)) - g(k)),
        because="the key $k$ tokens before the next one, $k \\ge 1$",
    )
    best = nearest(position, range(1, n_ctx), at)
    work.say(
        "It attends to the key whose place is most like that of the next token: to the present token itself where "
        f"$g(1)$ is the least of the gaps, else to a place where the angles nearly come back. At {told(at)} the gap "
        f"is least for $k = {best}$ among the distances of a context of {n_ctx} tokens."
    )
    work.at_most(g(Integer(best)), g(k), because="the least", over=(k, range(1, n_ctx)), at=at)
    work.say(
        "So without a copy the head is not silent: it attends to some token that has nothing to do with the present "
        "one, and nothing in its score tells this case from the other."
    )


def nearest(position: Sinusoids, distances: range, at: Mapping[Symbol, Expr]) -> int:
    """The distance at which the gap is least."""
    k = integer("k")
    found = prove_gap_over(position.weighted(lambda a: 1 - cos(a * k)), k, distances, at)
    if not isinstance(found, Margin) or found.least is None:
        raise BadValue("the least gap is not settled at these numbers")
    return (found.ties or found.least.reached_at)[0]


def on_any_pointer(stream: Residual, position: Sinusoids) -> Expr:
    """The score of query n on key m for whatever the query holds in v."""
    n, m = integer("n"), integer("m")
    held = [stream.at(n)[place, 0] for place in stream["v"].places]
    return beta * sum(
        l * (held[2 * i] * cos(a * (m - 1)) + held[2 * i + 1] * sin(a * (m - 1)))
        for i, (l, a) in enumerate(zip(position.scales, position.angles, strict=True))
    )
