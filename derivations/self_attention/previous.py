"""Exercise 2 of the exercises on self-attention: if the token before the current one was A, say B."""

from collections.abc import Mapping

from sympy import Expr, Integer, Rational, cos, exp, log, pi

from symcircuits import OneHot, Sinusoids, Work, derivation
from symcircuits.algebra import ExactMatrix, row_of
from symcircuits.behaviours import FollowsWhenSharp
from symcircuits.rules.counting import SCRATCH, back_by_counting, counting_heads
from symcircuits.rules.layout import Layout
from symcircuits.rules.looks import back_circle, back_onehot
from symcircuits.rules.planning import Look
from symcircuits.rules.sheets import EPS, defined, follows, model_on, side_by_side, sums_over
from symcircuits.symbols import alpha, beta, lambda_, natural, positive, real
from symcircuits.worked import PatternFigure

RULE, BEGIN = "A X -> B", "BOS"
NAMES = "ABCDEFGH"
LOOK = Look(1, {"A": ("B",)})
KEYS, QUERY, KEY = natural("n"), natural("i"), natural("j")
FAR = 201
BIAS, MARGIN = positive("c", "how much more a head attends to BOS"), positive("epsilon", "margin", r"\epsilon")


@derivation("self_attention/previous", title="Exercise 2: if the previous token is A, say B")
def previous_token(work: Work, tokens: int = 4, n_ctx: int = 7) -> None:
    work.require(2 <= tokens <= 8, f"expected 2 to 8 tokens, got {tokens}")
    work.require(3 <= n_ctx <= 9, f"n_ctx must be from 3 to 9, got {n_ctx}")
    work.problem(
        "Write down heads for $A X \\to B$: if the token before the current one is $A$, say $B$, whatever the current "
        "token is. Do it without positions, with one-hot positions, and with sinusoids. Where it cannot be done, show "
        "why."
    )
    vocabulary = tuple(NAMES[:tokens])
    work.say(
        f"The stream has a flag for the token that is there, of {', '.join(vocabulary)} and BOS, and a flag for each "
        f"token that may be said. A flag is up at $1 - \\epsilon$ or more and down at $\\epsilon$ or less, with "
        f"$\\epsilon = {EPS}$. A query sees $n$ keys, BOS and itself among them."
    )
    work.section("One layer without positions: impossible")
    impossible(work)
    work.section("Two layers without positions")
    derived(work)
    counted(work, vocabulary, n_ctx)
    work.section("With one-hot positions")
    by_place(work, vocabulary, n_ctx)
    work.section("With sinusoids")
    on_a_circle(work, vocabulary, n_ctx)


def impossible(work: Work) -> None:
    """Two inputs that no head tells apart, with BOS and without."""
    work.say(
        "Without positions the weight $E = e^s$ of a key, and what it moves, $v$, depend on its token and on the "
        "current one alone, whatever the weights are. Take $A\\,B\\,A$, where nothing is to be said, and $B\\,A\\,A$, "
        "where $B$ is. The current token is $A$ in both, and the keys are the same in another order:"
    )
    side_by_side(work, RULE, "AB", {"A B A": "nothing", "B A A": "B"}, ("A, A, B", "A, A, B"))
    first, second = sums_over(work, "1", "SABA", "A B A after BOS"), sums_over(work, "2", "SBAA", "B A A after BOS")
    because = "what is moved, times its weight: the order of a sum does not matter"
    work.equal(first.moved, second.moved, because=because)
    work.equal(first.total, second.total, because="the sum of the weights")
    work.say(
        "The quotient of the two is what the head writes, so it writes the same after both. So does any number of "
        "heads side by side, of any width, and the current token itself is the same. No one layer can do it."
    )
    work.say(
        "Without BOS not even more layers help. After $A$ and after $A\\,A$ all keys are alike, and a weighted mean of "
        "the same is the same:"
    )
    side_by_side(work, RULE, "AB", {"A": "nothing", "A A": "B"}, ("A", "A, A"))
    once, twice = sums_over(work, "3", "A", "A alone"), sums_over(work, "4", "AA", "A A alone")
    work.equal(twice.moved, once.moved * 2, because="both sums are twice as large")
    work.equal(twice.total, once.total * 2, because="and so is the divisor")
    work.say(
        "After the first layer all keys are alike again, and so on. But $A$ asks for nothing, and $A\\,A$ for $B$. The "
        "two proofs speak of all weights; they leave one case, two layers and BOS."
    )


def derived(work: Work) -> None:
    """How two heads that look at no token tell a third where the previous token is."""
    i, j, n, c = QUERY, KEY, KEYS, BIAS
    work.say(
        "BOS can be told from all others, so heads of the first layer can measure how far it is. Count keys from 1, "
        "which is BOS. One head spreads its attention evenly, another gives BOS $c$ times the weight of any other key; "
        "what they take from BOS is"
    )
    z, w = work.define("z_j", 1 / j), work.define("w_j", c / (c + j - 1))
    K, p = positive("K", "a height"), real("p", "the wanted key")
    work.say(
        "A score of the second layer, $a w_j - g z_j$, is to be largest at the key $p$. So let it lie below its value "
        "$K$ there by a square, over the two denominators:"
    )
    wanted = K - K * (j - p) ** 2 / (j * (j + c - 1))
    g, a = K * p**2 / (c - 1), K * (p + c - 1) ** 2 / (c * (c - 1))
    work.equal(a * w - g * z, wanted, because="in partial fractions, with these factors of $w_j$ and $z_j$")
    work.say(
        "For the previous token $p = i - 1$, and the query $i$ must know $a$ and $g$. It has $z_i$, $w_i$ and a 1. "
        "With $K = c (c - 1) / (i (i + c - 1))$ both are sums of these three with fixed weights:"
    )
    at = {K: c * (c - 1) / (i * (i + c - 1)), p: i - 1}
    z_i, w_i = 1 / i, c / (c + i - 1)
    alpha_i = work.define("a_i", 1 + (c - 3 + 1 / (c - 1)) * z_i - w_i / (c * (c - 1)))
    gamma_i = work.define("g_i", c + c * z_i / (c - 1) - (c + 1 + 1 / (c - 1)) * w_i)
    work.equal(alpha_i, a.xreplace(at), because="one square over the two denominators")
    work.equal(gamma_i, g.xreplace(at), because="likewise")

    def score(key: Expr) -> Expr:
        return alpha_i * c / (c + key - 1) - gamma_i / key

    gap = c * (c - 1) * (i - 1 - j) ** 2 / (i * j * (i + c - 1) * (j + c - 1))
    work.equal(score(i - 1) - score(j), gap, because="no other key ties, at any length")
    work.say(
        "The square is at least 1 for every other key, and no index is above $n$; so the gap is least for the own key "
        "of the last query, $i = j = n$. With $j = r$, $i = r + s$, $n = r + s + t$ and $c = 1 + d$:"
    )
    r, s, t, d = natural("r"), natural("s"), natural("t"), positive("d", "$c - 1$")
    larger = (r + s + t) ** 2 * (r + s + t + d) ** 2 / (r * (r + s) * (r + s + d) * (r + d))
    work.at_least(larger, 1, because="every factor above has one below that is not larger")
    work.say("For $c = n$ that gap is")
    least_gap = gap.xreplace({i: n, j: n}).xreplace({c: n})
    work.equal(least_gap, (n - 1) / (n * (2 * n - 1) ** 2), because="$i = j = c = n$")
    enough = work.define("b", n * (2 * n - 1) ** 2 / (n - 1) * log((n - 1) * (1 - MARGIN) / MARGIN))
    work.equal(
        1 / (1 + (n - 1) * exp(-enough * least_gap)),
        1 - MARGIN,
        because="so $\\beta = b$ leaves at least $1 - \\epsilon$ on the previous token",
    )
    work.say(
        "It grows like $4 n^2 \\log n$: that is the price of having no positions. The numbers must keep apart two "
        "scores whose difference is a part of about $1 / 4 n^2$ of them; in runs on random sequences float32 does so "
        "up to about 1100 tokens."
    )


def counted(work: Work, vocabulary: tuple[str, ...], n_ctx: int) -> None:
    """The model with two layers."""
    layout = Layout(vocabulary, BEGIN, None, SCRATCH)
    work.say(f"Here are the three heads, with $c = {n_ctx}$. The even one and the one that prefers BOS:")
    evenly, biased = (defined(work, head, mark) for head, mark in zip(counting_heads(layout, n_ctx), "zw", strict=True))
    work.say(
        "and the one that looks back: its queries read $a_i$ and $-g_i$, the sum of all flags of tokens being 1, and "
        "its keys read $w_j$ and $z_j$."
    )
    looks = defined(work, back_by_counting(layout, LOOK, n_ctx).heads[0], "b")
    said = layout.stream["pred"][vocabulary.index("B")]
    work.equal(looks.W_OV, layout.stream.matrix({(said, layout.token("A")): 1}), because="from $A$ to $B$")
    model = model_on(work, layout, (evenly, biased), (looks,), mark="b")
    first = ["A", "B", "A"]
    after = model.forward([BEGIN, *first], layers=1)[-1]
    keys = range(1, 5)
    counts = ExactMatrix.from_rows([[Rational(1, j) for j in keys], [Rational(n_ctx, n_ctx + j - 1) for j in keys]])
    work.equal(layout.stream.read("count") @ after, counts, because="$z_j$ and $w_j$ in the stream, for BOS A B A")
    ask = row_of([Integer(1)] * len(layout.names))
    for head in (evenly, biased):
        work.equal(head.W_Q @ model.W_E, ask, because="every token asks for the same")
    work.equal(evenly.W_K @ model.W_E, ask * 0, because="and no key answers")
    work.equal(looks.W_Q @ after, queries(keys, n_ctx), because="$a_i$ and $-g_i$, for BOS A B A")
    enough = Rational(n_ctx * (2 * n_ctx - 1) ** 2, n_ctx - 1) * log((n_ctx - 1) * (1 - EPS) / EPS)
    work.claim(follows(RULE, vocabulary, n_ctx), of=model, at={beta: enough}, n_ctx=n_ctx)
    work.experiment(follows(RULE, vocabulary, n_ctx), of=model, n_ctx=n_ctx, beta=[enough, 10**5])
    far_gap = Rational(n_ctx * (n_ctx - 1), (FAR * (FAR + n_ctx - 1)) ** 2)  # of the last key, for this c
    far = log((FAR - 1) * (1 - EPS) / EPS) / far_gap
    work.experiment(follows(RULE, vocabulary, FAR), of=model, n_ctx=FAR, seed=1, beta=[far])
    work.figure(
        PatternFigure.of_model(model, f"{BEGIN} A {vocabulary[-1]} A B A"[: 2 * n_ctx + 1], {beta: enough}),
        "The head of the second layer finds the previous token without positions.",
    )


def queries(keys: range, c: int) -> ExactMatrix:
    """The coefficients with which each query reads the counts of the keys."""
    K = [Rational(c * (c - 1), i * (i + c - 1)) for i in keys]
    a = [height * (i + c - 2) ** 2 / (c * (c - 1)) for i, height in zip(keys, K, strict=True)]
    g = [height * (i - 1) ** 2 / (c - 1) for i, height in zip(keys, K, strict=True)]
    return ExactMatrix.from_rows([a, [-value for value in g]])


def by_place(work: Work, vocabulary: tuple[str, ...], n_ctx: int) -> None:
    """The heads that look back by one-hot places, with BOS and without."""
    place, least = OneHot(n_ctx), log((n_ctx - 1) * (1 - EPS) / EPS)
    work.say(
        "With positions one head is enough. Its query is the place before its own, and BOS asks for itself. The "
        "previous token has the score $\\beta$, every other key 0: the least scale is that of exercise 1."
    )
    layout = Layout(vocabulary, BEGIN, place)
    head = defined(work, back_onehot(layout, LOOK, place).heads[0])
    work.equal(
        head.W_QK, pairs(layout, {i: max(i - 1, 0) for i in range(n_ctx)}), because="a query, and the key for it"
    )
    model = model_on(work, layout, (head,), mark="p")
    sharp = FollowsWhenSharp.short(follows(RULE, vocabulary, n_ctx))
    work.asks("W_Q", "W_K", "W_V", "W_O", meets=sharp)
    work.claim(sharp, of=model)
    work.claim(follows(RULE, vocabulary, n_ctx), of=model, at={beta: least}, n_ctx=n_ctx)
    work.experiment(follows(RULE, vocabulary, n_ctx), of=model, n_ctx=n_ctx, beta=[least, 20])
    work.say(
        "Without BOS the first token has only itself to attend to, and if it is $A$ the head says $B$. No other values "
        "help: after $A$, and for the second token of $A\\,A$, the head attends to the same key, and what a key moves "
        "is the same for every query. A second head, which attends to itself and takes 1 off at the first place, mends "
        "it. The little that it takes off elsewhere makes the least scale a little larger:"
    )
    alone = Layout(vocabulary, "", place)
    built = back_onehot(alone, LOOK, place)
    heads = tuple(defined(work, one, mark) for one, mark in zip(built.heads, "qo", strict=True))
    work.equal(heads[0].W_QK, pairs(alone, {i: i - 1 for i in range(1, n_ctx)}), because="the key before")
    work.equal(heads[1].W_QK, pairs(alone, {i: i for i in range(n_ctx)}), because="the key itself")
    without = model_on(work, alone, heads, mark="q")
    x = exp(beta)
    n = KEYS
    flag = work.define("f", x / (x + n - 1) - 1 / (x + n - 1), meaning="the flag of $B$ after $A$ and any token")
    larger = work.define("b_0", log((1 + (1 - MARGIN) * (n - 1)) / MARGIN), meaning="the least scale without BOS")
    work.equal(
        flag.xreplace({beta: larger}), 1 - MARGIN, because="there it is $1 - \\epsilon$, and it grows with $\\beta$"
    )
    values = {beta: log((1 + (1 - EPS) * (n_ctx - 1)) / EPS)}
    work.claim(follows(RULE, vocabulary, n_ctx, ""), of=without, at=values, n_ctx=n_ctx)
    work.experiment(follows(RULE, vocabulary, n_ctx, ""), of=without, n_ctx=n_ctx, beta=[values[beta], 20])


def pairs(layout: Layout, wanted: Mapping[int, int]) -> ExactMatrix:
    """A 1 for each place of a query at the place of the key that it looks for."""
    places = layout.stream["place"]
    return layout.stream.matrix({(places[query], places[key]): 1 for query, key in wanted.items()})


def on_a_circle(work: Work, vocabulary: tuple[str, ...], n_ctx: int) -> None:
    """The head that looks back by a pair of sinusoids."""
    (k,) = work.indices("k")
    angle = 2 * pi / (n_ctx + 1)
    work.say(
        f"One pair of sinusoids with $\\alpha_0 = 2 \\pi / {n_ctx + 1}$ does not go round within the context. Turned "
        "back by one token, the query of a token is the key of the one before. The gap of the key that lies $k$ "
        "tokens from it is $\\beta \\lambda_0^2 (1 - \\cos(\\alpha_0 k))$, least for its neighbours:"
    )
    place = Sinusoids(1)
    layout = Layout(vocabulary, BEGIN, place)
    head = defined(work, back_circle(layout, LOOK, place, 1).heads[0], "s")
    i = work.indices("n")[0]
    read = [weight @ layout.stream.write("place") for weight in (head.W_Q, head.W_K)]
    score = beta * ((read[0] @ place.at(i)).T @ (read[1] @ place.at(i - 1 - k))).scalar()
    work.equal(score, beta * lambda_(0) ** 2 * cos(alpha(0) * k), because="angle addition")
    over = range(1, n_ctx - 1)
    work.at_least(
        1 - cos(alpha(0) * k),
        1 - cos(alpha(0)),
        because="for every key further back",
        over=(k, over),
        at={alpha(0): angle},
    )
    work.say("The token itself lies at $k = -1$ and has the same gap as its mirror. So this scale is enough:")
    model = model_on(work, layout, (head,), mark="s")
    enough = log((n_ctx - 1) * (1 - EPS) / EPS) / (1 - cos(angle))
    numbers = {alpha(0): angle, lambda_(0): Integer(1)}
    work.suggest(numbers)
    work.claim(follows(RULE, vocabulary, n_ctx), of=model, at=numbers | {beta: enough}, n_ctx=n_ctx)
    work.experiment(follows(RULE, vocabulary, n_ctx), of=model, n_ctx=n_ctx, beta=[enough, 100])
    turn = 2 * pi / (FAR + 1)
    scale = log((FAR - 1) * (1 - EPS) / EPS) / (1 - cos(turn))
    work.experiment(follows(RULE, vocabulary, FAR), of=model, n_ctx=FAR, seed=1, alpha_0=turn, beta=scale)
