"""Positional heads: a relative place from one-hot places, from sinusoids and from rotary turns, and how sharply."""

from functools import reduce

from sympy import Eq, Expr, Integer, Piecewise, Rational, Sum, Symbol, cos, exp, log, pi, sin, sqrt

from symcircuits import AttendsTo, Head, OneHot, Residual, Sinusoids, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix, FallingSum, row_of
from symcircuits.behaviours import Computes, LeastScales, ScaleRow, offsets
from symcircuits.circuit import Constant, Rotary
from symcircuits.circuit.generic import any_matrix
from symcircuits.symbols import alpha, beta, integer, lambda_, natural, positive, real
from symcircuits.typeset.formulas import Name, Scalar
from symcircuits.worked import PatternFigure, ScoreFigure

MASSES = (Rational(9, 10), Rational(99, 100))
MARGIN = positive("epsilon", "the mass left to others", r"\epsilon")


@derivation("circuits/positional", title="Positional heads: one-hot places, sinusoids, rotary turns")
def positional(work: Work, back: int = 1, frequencies: int = 4) -> None:
    work.require(2 <= frequencies <= 5, f"frequencies must be from 2 to 5, got {frequencies}")
    work.require(0 <= back < frequencies, f"back must be from 0 to {frequencies - 1}, got {back}")
    places = 2 * frequencies + 1
    work.problem(
        "A head prefers a relative place where its score depends on the distance $n - m$ of the key alone, and is "
        f"largest for the key $r$ tokens back, here $r = {back}$. Which scores can be had from one-hot places, from "
        "sinusoids and from rotary turns? How far is the wanted key ahead, how much attention does it get, and how "
        "large must the scale $\\beta$ be for all of it but $\\epsilon$? Positions have length 1, so that they compare."
    )
    work.section("One-hot places: any preference")
    one_hot(work, back, places)
    work.section("One pair: a cosine")
    one_pair(work, back, places)
    work.section("All frequencies at once")
    all_pairs(work, back, frequencies)
    work.section("No other magnitudes are sharper")
    bound(work, frequencies)
    work.section("Rotary turns: the same, with nothing in the stream")
    rotary(work, back, frequencies)
    work.section("How sharply")
    how_sharply(work, back, frequencies)
    work.section("The token after")
    token_after(work)


def offset_head(work: Work, stream: Residual, W_Q: ExactMatrix, W_K: ExactMatrix, mark: str, name: str) -> Head:
    """A head with its weights defined."""
    return Head(
        W_Q=work.define(f"W_Q^{mark}", W_Q.labelled(W_Q.rows, stream)),
        W_K=work.define(f"W_K^{mark}", W_K.labelled(W_K.rows, stream)),
        scale=beta,
        name=name,
    )


def row_with_gap(gap: Expr, back: int) -> Expr:
    """The attention where every key but the wanted one is behind by ``beta gap``; alike where none is wanted."""
    n, m = integer("n"), integer("m")
    total = exp(beta * gap) + n
    return Piecewise((1 / (n + 1), n < back), (exp(beta * gap) / total, Eq(m, n - back)), (1 / total, True))


def one_hot(work: Work, back: int, places: int) -> None:
    """Any function of the distance, a head for one distance, and its rank."""
    size = 4
    small = OneHot(size)
    s = [real(f"s_{k}", f"score at distance {k}", f"s_{{{k}}}") for k in range(size)]
    work.say(
        "Let $S_k$ move a one-hot place by $k$. A sum of these with any factors gives each distance its own score; "
        f"here for {size} places, with a row for the query and a column for the key:"
    )
    terms = [small.shift(k).labelled(None, None).named(Name(f"S_{{{k}}}")) * s[k] for k in range(size)]
    wanted = {(n, m): s[n - m] for n in range(size) for m in range(n + 1)}
    work.equal(
        reduce(lambda total, term: total + term, terms).named(Scalar(r"\sum_{k} s_{k} S_{k}")),
        ExactMatrix.from_entries((size, size), wanted),
        because="entry $(n, m)$ is $s_{n - m}$",
    )
    work.say(
        f"So every preference for distances can be had, and the price is dimensions. For one distance alone, "
        f"$S_{{{back}}}$ on {places} places, a head needs one for each place that has a token $r$ before it:"
    )
    place = OneHot(places)
    stream = Residual(content=1, position=place)
    at = stream["position"]
    asks, keys = stream.read(at[back:]), stream.read(at[: places - back])
    head = offset_head(work, stream, asks, keys, "o", "The one-hot head")
    wanted = stream.matrix({(at[n], at[n - back]): 1 for n in range(back, places)})
    work.equal(head.W_QK, wanted, because="each place asks for the one $r$ before it")
    work.rank(head.W_QK, places - back, because="a dimension for each place that is looked for")
    work.claim(AttendsTo(-back), of=head, because="$\\beta$ on one key, 0 on every other, in each row")
    row = row_with_gap(Integer(1), back)
    n = natural("n", "other keys")
    share = work.define("A_o", exp(beta) / (exp(beta) + n), meaning="on the wanted key, with $n$ other keys")
    least = work.define("b_o", log(n * (1 - MARGIN) / MARGIN), meaning="the least scale")
    work.equal(share.xreplace({beta: least}), 1 - MARGIN, because="just the mass that is asked for")
    work.say(
        "It grows with the logarithm of the context, and does not depend on the distance. A row with no token so far "
        "back has nothing to find, and spreads its attention evenly."
    )
    work.experiment(AttendsTo(-back), of=head, closed_form=row, n_ctx=places, seed=41, beta=[1, 5])
    work.figure(PatternFigure.of(head, places, {beta: Integer(3)}), "The head with one-hot places.")


def one_pair(work: Work, back: int, places: int) -> None:
    """Which scores of one pair depend on the distance alone, and how near the neighbour is."""
    n, m = work.indices("n m")
    pair, a, size = Sinusoids(1), alpha(0), lambda_(0)
    work.say(
        "With one pair of a cosine and a sine, $p(n)$, a head has four numbers to choose, the entries of any $M$ "
        "between the place of the query and that of the key. Its score is"
    )
    M = any_matrix("w", 2, 2)
    turned = (M[0, 0] + M[1, 1]) * cos(a * (n - m)) + (M[1, 0] - M[0, 1]) * sin(a * (n - m))
    absolute = (M[0, 0] - M[1, 1]) * cos(a * (n + m)) + (M[1, 0] + M[0, 1]) * sin(a * (n + m))
    work.comes_to(
        Scalar(r"2 \, p(n)^{\mathsf{T}} M \, p(m)"),
        2 * (pair.at(n).T @ M.labelled(pair.axis(), pair.axis()) @ pair.at(m)).scalar(),
        size**2 * (turned + absolute),
        because="a product of waves is a wave of the difference and one of the sum",
    )
    work.say(
        "So it depends on the distance alone where $w_{00} = w_{11}$ and $w_{10} = -w_{01}$: that is a turn, times a "
        "number. What is left to choose is how strong, and by how much the cosine is moved, which need be no whole "
        "number. Turned by $r$ tokens,"
    )
    r = real("r", "how far back")
    c, s = cos(a * r), sin(a * r)
    turn = ExactMatrix.from_rows([[c, -s], [s, c]]).labelled(pair.axis(), pair.axis())
    work.comes_to(
        Scalar(r"p(n)^{\mathsf{T}} R(r) \, p(m)"),
        (pair.at(n).T @ turn @ pair.at(m)).scalar(),
        size**2 * cos(a * (n - m - r)),
        because="largest for the key $r$ back",
    )
    work.say(
        "One pair can say where the best key is, but not how much better it is than its neighbour: the gap at the "
        "distance $k$ from the wanted key is $1 - \\cos \\alpha k$, for one neighbour as for the other. Let one turn "
        f"take $N$ places, so that within $N$ tokens no other key ties; here $N = {places}$:"
    )
    stream = Residual(content=1, position=pair)
    read = stream.read(pair)
    head = offset_head(work, stream, read, pair.shift(back) @ read, "p", "The head of one pair")
    values = circle(1, places)
    work.suggest(values)
    k, N = integer("k", "distance from the wanted key"), natural("N", "places on the circle")
    score = head.score_at(n, n - back) - head.score_at(n, n - back - k)
    work.comes_to(Scalar("g_{1}(k)"), score / beta, size**2 * (1 - cos(a * k)), because="the same for every query")
    work.claim(AttendsTo(-back), of=head)
    work.claim(AttendsTo(-back), of=head, at=values | {beta: Integer(1)}, n_ctx=places)
    near = 1 - cos(2 * pi / N)
    work.say("The neighbour is nearer the more places there are, as the square of their number:")
    work.equal(near, 2 * sin(pi / N) ** 2, because="half angle")
    work.at_most(near, 2 * pi**2 / N**2, because="for each $N$ up to 64", over=(N, range(2, 65)))
    gap = positive("g", "the gap of the neighbour")
    need = work.define("b_p", log((1 - MARGIN) / MARGIN) / gap, meaning="what the neighbour alone asks for")
    work.equal(
        (1 / (1 + exp(-beta * gap))).xreplace({beta: need}), 1 - MARGIN, because="wanted key and neighbour share all"
    )
    work.say("So the scale grows at least as $N^2 \\log \\frac{1 - \\epsilon}{\\epsilon} / 2 \\pi^2$.")
    j = integer("j", "a key")
    waves = [exp(beta * size**2 * cos(a * (n - back - key))) for key in (m, j)]
    work.experiment(
        AttendsTo(-back), of=head, closed_form=over_row(waves[0], waves[1], n, j), n_ctx=places, seed=42, beta=[1, 50]
    )
    work.figure(
        PatternFigure.of(head, places, values | {beta: Integer(3)}),
        "One pair, at the same scale. A row with no token so far back prefers what comes nearest on the circle.",
    )


def over_row(term: Expr, other: Expr, n: Symbol, j: Symbol) -> Expr:
    """A softmax over the keys that a query sees."""

    return term / Sum(other, (j, 0, n))


def circle(pairs: int, places: int) -> dict[Symbol, Expr]:
    """The first frequencies of a circle with so many places, all alike, with positions of length 1."""
    angles = {alpha(i): 2 * pi * (i + 1) / places for i in range(pairs)}
    return angles | {lambda_(i): 1 / sqrt(Integer(pairs)) for i in range(pairs)}


def gap_of(pairs: int, places: int, k: Expr | int) -> Expr:
    """The gap at a distance, with the first frequencies of a circle and positions of length 1."""
    return sum((1 - cos(2 * pi * (i + 1) * k / places) for i in range(pairs)), Integer(0)) / pairs


def all_pairs(work: Work, back: int, pairs: int) -> None:
    """With all frequencies of a circle every other key is behind by the same."""
    places, a = 2 * pairs + 1, real("a", "an angle")
    work.say(
        f"Take the {pairs} frequencies $2 \\pi i / N$ of a circle with $N = {places}$ places, as many as there are but "
        "for their mirrors, all alike. Their cosines add up to a quotient of sines:"
    )
    total = 1 + 2 * sum((cos((i + 1) * a) for i in range(pairs)), Integer(0))
    work.equal(total * sin(a / 2), sin(places * a / 2), because="neighbouring terms cancel")
    work.say(
        "At $a = 2 \\pi k / N$ the right side is $\\sin \\pi k = 0$, while $\\sin \\pi k / N$ is not unless $N$ "
        "divides $k$. So the cosines add up to $-1/2$ at every other distance, and every other key is behind alike:"
    )
    gaps = row_of([gap_of(pairs, places, k) for k in range(1, places)])
    work.equal(
        gaps.named(Scalar(rf"[g_{{{pairs}}}(1), \ldots, g_{{{pairs}}}({places - 1})]")),
        row_of([Rational(places, places - 1)] * (places - 1)),
        because="$1 + 1 / 2p = N / (N - 1)$",
    )
    work.say(
        "So with all frequencies sinusoids are one-hot places in another basis, and a little sharper, since here "
        "other places are not at right angles but further apart. Within $N$ tokens the attention is in closed form:"
    )
    position = Sinusoids(pairs)
    stream = Residual(content=1, position=position)
    read = stream.read(position)
    head = offset_head(work, stream, read, position.shift(back) @ read, "a", "The head of all pairs")
    values = circle(pairs, places)
    work.suggest(values)
    work.claim(AttendsTo(-back), of=head)
    work.claim(AttendsTo(-back), of=head, at=values | {beta: Integer(1)}, n_ctx=places)
    n, gap = natural("n", "other keys"), Rational(places, places - 1)
    share = work.define("A_a", exp(gap * beta) / (exp(gap * beta) + n), meaning="on the wanted key, with $n$ others")
    least = work.define("b_a", log(n * (1 - MARGIN) / MARGIN) / gap, meaning="the least scale")
    work.equal(share.xreplace({beta: least}), 1 - MARGIN, because="$(N - 1) / N$ of that of one-hot places")
    work.experiment(AttendsTo(-back), of=head, closed_form=row_with_gap(gap, back), n_ctx=places, seed=43, beta=[1, 5])
    work.figure(PatternFigure.of(head, places, values | {beta: Integer(3)}), "All pairs, at the same scale.")


def bound(work: Work, pairs: int) -> None:
    """The mean gap is the same for all magnitudes, so the least is largest where all gaps are alike."""
    places = 2 * pairs + 1
    work.say(
        "Let the same frequencies have any magnitudes. In $N$ tokens every distance occurs, up to full turns. Over all "
        "but the wanted key the gaps add up to $N$ times the squared length of a position, whatever the magnitudes, "
        "since each cosine adds up to zero round the circle:"
    )
    sizes = [lambda_(i) for i in range(pairs)]
    total = sum(
        size**2 * (1 - cos(2 * pi * (i + 1) * k / places)) for i, size in enumerate(sizes) for k in range(1, places)
    )
    work.comes_to(
        Scalar(rf"\textstyle\sum_{{k=1}}^{{{places - 1}}} g(k)"),
        total,
        places * sum(size**2 for size in sizes),
        because="$N \\sum_i \\lambda_i^2$",
    )
    work.say(
        "So of positions of length 1 the least of the $N - 1$ gaps is at most their mean, $N / (N - 1)$. All "
        "frequencies alike reach it; no choice of magnitudes is sharper."
    )


def rotary(work: Work, back: int, pairs: int) -> None:
    """Turned queries and keys: whatever they hold, the places enter by their distance alone."""
    n, m = work.indices("n m")
    turns = Rotary(pairs)
    stream = Residual(content=1, one=Constant())
    work.say(
        "Sinusoids have to be read by a turn for the score to depend on the distance; rotary positions leave no other "
        "choice. The query $q$ is turned by its place, the key $u$ by its own. For any $q$ and $u$, and one pair,"
    )
    single = Rotary(1)
    q, key = (any_matrix(letter, 2, 1).labelled(single.axis(), None) for letter in "qu")
    a = single.angles[0]
    x = a * (n - m)
    along = q[0, 0] * key[0, 0] + q[1, 0] * key[1, 0]
    across = q[0, 0] * key[1, 0] - q[1, 0] * key[0, 0]
    work.comes_to(
        Scalar(r"(R(n) q)^{\mathsf{T}} R(m) u"),
        ((single.shift(n) @ q).T @ (single.shift(m) @ key)).scalar(),
        along * cos(x) + across * sin(x),
        because="a cosine of the distance, moved by the angle between $q$ and $u$",
    )
    work.say(
        "For a head that is positional and nothing else, both read a direction that holds 1 at every token. The key is "
        "turned by $r$ tokens, and the gaps are those of sinusoids with the same frequencies:"
    )
    one = stream["one"].places[0]
    size = 1 / sqrt(Integer(pairs))
    ones = {(turns.places(i)[0], one): size for i in range(pairs)}
    W_Q = ExactMatrix.from_entries((turns.size, stream.d_model), ones, turns.axis(), stream)
    W_Q = work.define("W_Q^r", W_Q)
    head = Head(
        W_Q=W_Q, W_K=work.define("W_K^r", turns.shift(back) @ W_Q), scale=beta, name="The rotary head", rotary=turns
    )
    work.comes_to(
        Scalar(rf"{pairs} \, s(n, m)"),
        pairs * head.score_at(n, m),
        beta * sum((cos(angle * (n - back - m)) for angle in turns.angles), Integer(0)),
        because=f"a turn by $m - n$, and one by {back}",
    )
    work.claim(AttendsTo(-back), of=head)
    places = 2 * pairs + 1
    values = {angle: 2 * pi * (i + 1) / places for i, angle in enumerate(turns.angles)}
    work.claim(AttendsTo(-back), of=head, at=values | {beta: Integer(1)}, n_ctx=places)
    gap = Rational(places, places - 1)
    work.experiment(AttendsTo(-back), of=head, closed_form=row_with_gap(gap, back), n_ctx=places, seed=44, beta=[1, 5])


def how_sharply(work: Work, back: int, pairs: int) -> None:
    """Least scales for two masses, from one pair to all of a circle."""
    k, places, n_ctx = integer("k"), 2 * pairs + 1, pairs + 1
    work.say(
        f"In between, with the first $p$ frequencies of the circle of {places} places, each pair more makes the wanted "
        f"key stand out. Told are, for a context of {n_ctx} tokens, the distance of the least gap, that gap rounded "
        "down, and for two masses in every row the least scale and the one that follows from the least gap alone, both "
        f"rounded up. For all {pairs} pairs every gap is the least, and both are $b_a$ with $n = {pairs}$."
    )
    rows = []
    for p in range(1, pairs):
        tail = FallingSum.of(gap_of(p, places, k), k, offsets(n_ctx, -back))
        rows.append(ScaleRow.found((f"${p}$",), tail, MASSES))
    header = ("$p$", "at $k$", "least gap", "$\\beta_{0.9}$", "suffices", "$\\beta_{0.99}$", "suffices")
    work.table("The least scales, by the number of pairs.", header, rows)
    for p, row in enumerate(rows, 1):
        position = Sinusoids(p)
        read = Residual(position=position).read(position)
        head = Head(W_Q=read, W_K=position.shift(back) @ read, name=f"the head with {p} pair{'s' if p > 1 else ''}")
        numbers = {symbol.name: value for symbol, value in circle(p, places).items()}
        work.experiment(LeastScales(-back, row.stated), of=head, n_ctx=n_ctx, **numbers)
    for p, caption in ((1, "One pair"), (pairs, "All pairs")):
        work.figure(
            ScoreFigure(1 - gap_of(p, places, k), k, range(1 - places, places), label=rf"1 - g_{{{p}}}(k)"),
            f"{caption} of the circle: the score, over $\\beta$, at every distance $k$ from the wanted key.",
        )


def token_after(work: Work, text: str = "abcd") -> None:
    """A head that asks for the next place: it finds it where nothing is hidden, and sees nothing of it else."""
    n_ctx, letters = len(text), tuple(text)
    stream = Residual(content=n_ctx, position=OneHot(n_ctx), out=n_ctx)
    at = stream["position"]
    work.say(
        "One may want to look at the token right after one's own. Let a head ask for the place after its own, with "
        "one-hot places, and move what stands there to the logits:"
    )
    asks = work.define("W_Q^n", stream.read(at[:-1]), meaning="row $i$ reads place $i$")
    keys = work.define("W_K^n", stream.read(at[1:]), meaning="row $i$ reads place $i + 1$")
    head = Head(
        W_Q=asks,
        W_K=keys,
        W_V=work.define("W_V^n", stream.read("content")),
        W_O=work.define("W_O^n", stream.write("out")),
        scale=beta,
    )
    W_E, W_U = work.define("W_E", stream.write("content")), work.define("W_U", stream.read("out"))
    work.equal(
        head.W_QK, stream.matrix({(at[n], at[n + 1]): 1 for n in range(n_ctx - 1)}), because="each place, the next one"
    )
    total = exp(beta) + n_ctx - 1
    open_, hidden = {}, {}
    for n in range(n_ctx):
        last = n == n_ctx - 1
        for m in range(n_ctx):
            open_[m, n] = Rational(1, n_ctx) if last else (exp(beta) if m == n + 1 else Integer(1)) / total
            hidden[m, n] = Rational(1, n + 1) if m <= n else Integer(0)
    work.say(
        f"In $\\mathtt{{{text}}}$ every letter is another one, so the logits are the attention on each place. Without "
        "a mask, as in a model that reads the whole text at once, it is done; the last place has none after it:"
    )
    for mask, weights, because in (
        ("none", open_, f"$e^\\beta / (e^\\beta + {n_ctx - 1})$ on the next place"),
        ("causal", hidden, "all keys that are seen score 0"),
    ):
        name = "The model without a mask" if mask == "none" else "The model with a mask"
        model = Transformer(((head,),), W_E=W_E, W_U=W_U, vocabulary=letters, mask=mask, name=name)
        table = Computes(text, ExactMatrix.from_entries((n_ctx, n_ctx), weights))
        if mask == "causal":
            work.say(
                "With the mask of a model that predicts the next token, the key that is asked for has no part in the "
                "softmax. Nothing else is asked for, and the same weights spread their attention evenly, at every "
                "$\\beta$:"
            )
        work.claim(table, of=model, because=because)
        work.experiment(table, of=model, n_ctx=n_ctx, beta=[1, 5])
    work.say(
        "So no head of such a model looks at the token after its own, whatever its weights. What it can find is the "
        "token after an *earlier* one: that is induction, and takes two layers."
    )
