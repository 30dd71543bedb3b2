"""Exercise 1 of the exercises on self-attention: if the current token is A, say B."""

from sympy import Expr, Integer, cos, exp, log, pi

from symcircuits import Head, OneHot, Residual, Sinusoids, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import FollowsWhenSharp
from symcircuits.rules.layout import Layout
from symcircuits.rules.sheets import EPS, defined, follows, reads_and_says
from symcircuits.symbols import alpha, beta, lambda_, natural, positive
from symcircuits.worked import PatternFigure

RULE, BEGIN = "A -> B", "BOS"
NAMES = "ABCDEFGH"
KEYS, COPIES, OTHERS = natural("n"), natural("c"), natural("r")
MARGIN, SHORT = positive("epsilon", "margin of a flag", r"\epsilon"), positive("h", "by how much a scale is too small")


@derivation("self_attention/current", title="Exercise 1: if the current token is A, say B")
def current_token(work: Work, tokens: int = 4, n_ctx: int = 7) -> None:
    work.require(2 <= tokens <= 8, f"expected 2 to 8 tokens, got {tokens}")
    work.require(3 <= n_ctx <= 9, f"n_ctx must be from 3 to 9, got {n_ctx}")
    work.problem(
        "Write down $W_Q$, $W_K$, $W_V$ and $W_O$ of a head for $A \\to B$: if the current token is $A$, say $B$, "
        "and else nothing. Do it without positions, with one-hot positions, and with sinusoids. How sharp must the "
        "attention be?"
    )
    vocabulary = tuple(NAMES[:tokens])
    work.say(
        f"The tokens are {', '.join(vocabulary)}, and BOS stands before every sequence. The stream has a flag for the "
        "token that is there, and a flag for each token that may be said, which is its logit. A flag is up if it is at "
        f"least $1 - \\epsilon$, and down if it is at most $\\epsilon$; here $\\epsilon = {EPS}$. Let $n$ be the "
        "number of keys that a query sees, BOS and itself among them."
    )
    layout = Layout(vocabulary, BEGIN)
    W_E, W_U = work.define("W_E", layout.embedding()), work.define("W_U", layout.unembedding())
    work.section("Without attention")
    without_attention(work, layout, W_E, W_U)
    work.section("Without positions: attend to what is like oneself")
    by_likeness(work, layout, W_E, W_U, n_ctx)
    work.section("How sharp it must be")
    how_sharp(work)
    work.section("With positions")
    with_positions(work, vocabulary, n_ctx)


def without_attention(work: Work, layout: Layout, W_E: ExactMatrix, W_U: ExactMatrix) -> None:
    """The direct path does it: an unembedding that reads the flag of A."""
    work.say(
        "This rule asks for nothing that the current token does not hold itself, so it needs no head: an unembedding "
        "that reads for the logit of $B$ the flag of $A$ has it right, without any margin."
    )
    b = layout.vocabulary.index("B")
    direct = ExactMatrix.from_entries(W_U.shape, {(b, layout.token("A").places[0]): 1}, W_U.rows, W_U.columns)
    direct = work.define("D", direct, meaning="instead of $W_U$")
    asked = ExactMatrix.from_entries((len(layout.names), len(layout.names)), {(b, layout.names.index("A")): 1})
    work.equal(direct @ W_E, asked, because="a column for each token: 1 where $A$ asks for $B$")
    work.say("From here on the rule is done by attention, as asked.")


def by_likeness(work: Work, layout: Layout, W_E: ExactMatrix, W_U: ExactMatrix, n_ctx: int) -> None:
    """The head without positions."""
    stream = layout.stream
    work.say(
        "Without positions a query cannot pick itself out, only what is like it. Queries and keys both read which "
        "token is there; the values read the flag of $A$, and the output raises the flag of $B$."
    )
    W_V, W_O = layout.values({"A": ("B",)})
    head = defined(work, Head(stream.read("token"), stream.read("token"), W_V, W_O, scale=beta))
    flags = {(flag, flag): 1 for flag in (layout.token(name) for name in layout.names)}
    work.equal(head.W_QK, stream.matrix(flags), because="a token scores 1 on its copies, before the scale")
    work.equal(head.W_OV, moves(layout), because="one entry, from $A$ to $B$")
    reads_and_says(work, layout, W_E, W_U)
    work.say(
        "Every copy of the current token has the score $\\beta$, and every other key the score 0. With $c$ copies "
        "among $n$ keys, the copies together get"
    )
    P = work.define("p", p(COPIES, KEYS), meaning="the attention on the $c$ copies")
    odds = (KEYS - COPIES) / COPIES * exp(-beta)
    work.equal(P, 1 / (1 + odds), because="divided by $c \\, e^{\\beta}$")
    model = Transformer(((head,),), W_E=W_E, W_U=W_U, vocabulary=layout.names)
    attention = model.pattern(0, 0, model.embed([BEGIN, "A", "B", "A"]))
    work.equal(attention[3, 1] + attention[3, 3], p(2, 4), because="for the last token of BOS A B A")
    sharp = FollowsWhenSharp.short(follows(RULE, layout.vocabulary, n_ctx))
    work.asks("W_Q", "W_K", "W_V", "W_O", meets=sharp)
    work.claim(sharp, of=model)
    least = log((n_ctx - 1) * (1 - EPS) / EPS)
    work.claim(follows(RULE, layout.vocabulary, n_ctx), of=model, at={beta: least}, n_ctx=n_ctx)
    work.experiment(follows(RULE, layout.vocabulary, n_ctx), of=model, n_ctx=n_ctx, beta=[least, 20])
    work.experiment(
        follows(RULE, layout.vocabulary, 201), of=model, n_ctx=201, seed=1, beta=[log(200 * (1 - EPS) / EPS)]
    )
    words = f"{BEGIN} A {layout.vocabulary[-1]} A {layout.vocabulary[-1]} B"
    work.figure(
        PatternFigure.of_model(model, words, {beta: least}),
        "Each token shares its attention among its copies so far.",
    )


def p(copies: Expr | int, n: Expr) -> Expr:
    """The attention on so many copies among n keys."""
    return copies * exp(beta) / (copies * exp(beta) + n - copies)


def how_sharp(work: Work) -> None:
    """The least scale, for every n and margin."""
    c, n, r = COPIES, KEYS, OTHERS
    work.say(
        "If the current token is $A$, the flag of $B$ is $p(c, n)$. It is least for a single copy. With $r$ other "
        "keys, $n = c + r$, and"
    )
    x = exp(beta)
    work.chain(
        p(c, c + r) - p(1, c + r),
        (x * (c - 1) * (c + r) / ((c * x + r) * (x + c + r - 1)), "over a common denominator"),
    )
    work.at_least(x * (c - 1) * (c + r) / ((c * x + r) * (x + c + r - 1)), 0, because="no factor is negative")
    work.say(
        "If the current token is another, the flag of $B$ is the share of $A$ in the rest, so it is at most "
        "$1 - p(c, n)$, and again $c = 1$ is the worst. One condition does for both: $p(1, n) \\ge 1 - \\epsilon$."
    )
    work.equal(
        p(1, n), 1 / (1 + (n - 1) * exp(-beta)), because="$p(1, n)$ grows with $\\beta$, for this exponential falls"
    )
    least = work.define("b", log((n - 1) * (1 - MARGIN) / MARGIN), meaning="the least scale for $n$ keys")
    work.equal(1 / (1 + (n - 1) * exp(-least)), 1 - MARGIN, because="at the scale $b$ it is $1 - \\epsilon$")
    work.say("A scale that is $h > 0$ smaller fails, after other tokens and then a single $A$:")
    too_small = 1 / (1 + (n - 1) * exp(SHORT - least))
    work.equal(too_small, (1 - MARGIN) / (1 + MARGIN * (exp(SHORT) - 1)), because="the scale $b - h$")
    fails = ((1 - MARGIN) / (1 + MARGIN * (exp(SHORT) - 1))).xreplace({MARGIN: EPS})
    work.at_most(fails, 1 - EPS, because=f"at $\\epsilon = {EPS}$: what it is divided by is above 1")


def moves(layout: Layout) -> ExactMatrix:
    """What every head of this sheet moves: the flag of A there to the flag of B said."""
    said = layout.stream["pred"][layout.vocabulary.index("B")]
    return layout.stream.matrix({(said, layout.token("A")): 1})


def with_positions(work: Work, vocabulary: tuple[str, ...], n_ctx: int) -> None:
    """The heads that find themselves by their place."""
    place, circle = OneHot(n_ctx), Sinusoids(1)
    layout = Layout(vocabulary, BEGIN, place, {"circle": circle})
    work.say(
        "With positions the query can be its own place, and nothing else. The stream now holds a one-hot place and, "
        "for the second head, one pair of sinusoids."
    )
    W_E, W_U = work.define("W_E^1", layout.embedding()), work.define("W_U^1", layout.unembedding())
    reads_and_says(work, layout, W_E, W_U)
    one_hot, turning = (
        Transformer(((placed(work, layout, mark, block),),), W_E=W_E, W_U=W_U, vocabulary=layout.names)
        for mark, block in (("1", "place"), ("2", "circle"))
    )
    work.say(
        "*One-hot*: the scores no longer depend on the tokens, $\\beta$ on itself and 0 elsewhere. That is the case "
        "$c = 1$, whatever the tokens are, so the least scale is the same."
    )
    least = log((n_ctx - 1) * (1 - EPS) / EPS)
    numbers = {alpha(0): 2 * pi / (n_ctx + 1), lambda_(0): Integer(1)}
    work.suggest(numbers)
    work.claim(follows(RULE, vocabulary, n_ctx), of=one_hot, at=numbers | {beta: least}, n_ctx=n_ctx)
    work.experiment(follows(RULE, vocabulary, n_ctx), of=one_hot, n_ctx=n_ctx, beta=[least, 20])
    on_a_circle(work, turning, vocabulary, n_ctx)


def placed(work: Work, layout: Layout, mark: str, block: str) -> Head:
    """A head that finds itself by a block of its place; its weights are marked."""
    stream, (W_V, W_O) = layout.stream, layout.values({"A": ("B",)})
    head = defined(work, Head(stream.read(block), stream.read(block), W_V, W_O, scale=beta), mark)
    places = {(one, one): 1 for one in (stream[block][i] for i in range(len(stream[block])))}
    work.equal(head.W_QK, stream.matrix(places), because="the product of two places")
    work.equal(head.W_OV, moves(layout), because="from $A$ to $B$")
    return head


def on_a_circle(work: Work, model: Transformer, vocabulary: tuple[str, ...], n_ctx: int) -> None:
    """How sharp the second head must be."""
    n, k = work.indices("n k")
    stream, head = model.stream, model.heads[0]
    angle = 2 * pi / (n_ctx + 1)
    work.say(
        f"*Sinusoids*: one pair is enough if it does not go round within the context; let $\\alpha_0 = 2 \\pi / "
        f"{n_ctx + 1}$ and $\\lambda_0 = 1$. The score of the key $k$ tokens back depends on $k$ alone:"
    )
    score = beta * (on(stream, head.W_Q, n).T @ on(stream, head.W_K, n - k)).scalar()
    work.equal(score, beta * lambda_(0) ** 2 * cos(alpha(0) * k), because="angle addition")
    work.say("So the gap is $\\beta \\lambda_0^2 (1 - \\cos(\\alpha_0 k))$, and it is least for the neighbours:")
    gap, least_gap = 1 - cos(alpha(0) * k), 1 - cos(alpha(0))
    work.at_least(gap, least_gap, because="for every key that occurs", over=(k, range(1, n_ctx)), at={alpha(0): angle})
    work.say(
        "So $\\beta \\lambda_0^2 (1 - \\cos \\alpha_0) \\ge b$ is enough. It is not the least scale, for only the "
        "neighbours have so small a gap."
    )
    enough = log((n_ctx - 1) * (1 - EPS) / EPS) / (1 - cos(angle))
    values = {alpha(0): angle, lambda_(0): Integer(1), beta: enough}
    work.claim(follows(RULE, vocabulary, n_ctx), of=model, at=values, n_ctx=n_ctx)
    work.experiment(follows(RULE, vocabulary, n_ctx), of=model, n_ctx=n_ctx, beta=[enough, 100])


def on(stream: Residual, weight: ExactMatrix, n: Expr) -> ExactMatrix:
    """What a weight that reads the circle alone reads at token n."""
    return weight @ (stream.write("circle") @ Sinusoids(1).at(n))
