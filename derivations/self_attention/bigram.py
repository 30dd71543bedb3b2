"""Exercise 4 of the exercises on self-attention: if the last two tokens were A and B, say C."""

from collections.abc import Mapping
from dataclasses import replace

from sympy import Expr, Integer, Rational, cos, exp, log, pi, sqrt

from symcircuits import Head, OneHot, Sinusoids, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix, below, column_of, row_of
from symcircuits.behaviours import Fails, FollowsWhenSharp
from symcircuits.rules.counting import SCRATCH, back_by_counting, counting_heads
from symcircuits.rules.layout import Layout
from symcircuits.rules.looks import back_circle, back_onehot, gated
from symcircuits.rules.planning import Look
from symcircuits.rules.sheets import EPS, Sums, defined, follows, model_on, side_by_side, sums_over
from symcircuits.symbols import alpha, beta, lambda_, natural, positive, real
from symcircuits.typeset.formulas import Scalar
from symcircuits.worked import PatternFigure

RULE, BEGIN = "A B -> C", "BOS"
NAMES = "ABCDEFGH"
LOOK, GATE = Look(1, {"A": ("C",)}), frozenset("B")
KEYS, COPIES, OTHERS = natural("n"), natural("a"), natural("m")
MARGIN, ODDS = positive("epsilon", "margin", r"\epsilon"), positive("rho", "odds of a margin", r"\rho")
FAR = 201
BELOW, ABOVE = Rational(99, 100), 1 + Rational(1, 10**9)


@derivation("self_attention/bigram", title="Exercise 4: if the last two tokens are A and B, say C")
def bigram(work: Work, tokens: int = 4, n_ctx: int = 7) -> None:
    work.require(3 <= tokens <= 8, f"expected 3 to 8 tokens, got {tokens}")
    work.require(4 <= n_ctx <= 9, f"n_ctx must be from 4 to 9, got {n_ctx}")
    work.problem(
        "Write down heads for $A\\,B \\to C$: if the current token is $B$ and the one before it is $A$, say $C$, and "
        "else nothing. Do it without positions, with one-hot positions, and with sinusoids. Where it cannot be done, "
        "show why."
    )
    vocabulary = tuple(NAMES[:tokens])
    work.say(
        "Two conditions must hold together, while attention only ever adds up. The stream has a flag for the token "
        f"that is there, of {', '.join(vocabulary)} and BOS, and a flag for each token that may be said. A flag is up "
        f"at $1 - \\epsilon$ or more and down at $\\epsilon$ or less, with $\\epsilon = {EPS}$. A query sees $n$ keys, "
        "BOS and itself among them."
    )
    work.section("One layer without positions: impossible")
    without_order(work)
    work.section("One head that looks at places alone: impossible")
    by_places_alone(work)
    work.section("With one-hot positions: rest on BOS")
    gate = resting(work, vocabulary, n_ctx)
    work.section("The same by counting what fits")
    counting(work, gate, vocabulary, n_ctx)
    work.section("Without BOS: two heads")
    both = two_heads(work, vocabulary, n_ctx - 1)  # the same sequences, without BOS
    work.section("Or one head and the direct path")
    with_direct_path(work, both, vocabulary, n_ctx - 1)
    work.section("With sinusoids")
    on_a_circle(work, vocabulary, n_ctx)
    work.section("Two layers without positions")
    counted(work, vocabulary, n_ctx)


def without_order(work: Work) -> None:
    """Two inputs that no head tells apart, with BOS and without."""
    work.say(
        "Without positions the weight $E = e^s$ of a key, and what it moves, $v$, depend on its token and on the "
        "current one alone, whatever the weights are. Take $A\\,B\\,B$, where nothing is to be said, and $B\\,A\\,B$, "
        "where $C$ is. The current token is $B$ in both, and the keys are the same in another order:"
    )
    side_by_side(work, RULE, "ABC", {"A B B": "nothing", "B A B": "C"}, ("A, B, B", "A, B, B"))
    alike(work, sums_over(work, "1", "SABB", "A B B after BOS"), sums_over(work, "2", "SBAB", "B A B after BOS"))
    work.say("The quotient of the two is what the head writes. Without BOS both sums have one key less:")
    alike(work, sums_over(work, "3", "ABB", "A B B alone"), sums_over(work, "4", "BAB", "B A B alone"))
    work.say(
        "So every head writes the same after both, with BOS and without, and so do any number of heads side by side, "
        "of any width. What the current token says by itself is the same too. No one layer can do it."
    )


def alike(work: Work, first: Sums, second: Sums) -> None:
    """That a head writes the same after both."""
    work.equal(first.moved, second.moved, because="what is moved, times its weight: the same sum")
    work.equal(first.total, second.total, because="the sum of the weights")


def by_places_alone(work: Work) -> None:
    """With positions: one head whose score reads no token says after A B a mean of what it says after A A and B B."""
    work.say(
        "Now with positions, of whatever kind, and in one layer one head that looks back as in exercise 2: let its "
        "score depend on how far the key is from the query, or in any other way on the two places, but not on the "
        "tokens. Its values and its output may be anything, and so may the number $s$ that the flag of $C$ has without "
        "the head, as long as it does not depend on the current token."
    )
    r, p, q = (positive(name, "a share of the attention") for name in "rpq")
    moved = {name: real(f"v_{name}", f"what a key with {name} moves to the flag of C") for name in "SAB"}
    s = real("s", "the flag of C without the head")
    work.say(
        "After two tokens the attention is then the same whatever they are, $r$ on BOS, $p$ on the first and $q$ on "
        "the second. With a 1 in front for $s$ the flag of $C$ is $a F$, where $a$ and the columns $F$ are"
    )
    a = work.define("a", row_of([Integer(1), r, p, q]), meaning="the shares")
    F = {
        keys: work.define(
            f"F^{{{keys[1:]}}}", column_of([s, *(moved[name] for name in keys)]), meaning=f"after {keys[1:]}"
        )
        for keys in ("SAA", "SBB", "SAB")
    }
    flag = s + r * moved["S"] + p * moved["A"] + q * moved["B"]
    work.equal((a @ F["SAB"]).scalar(), flag, because="after $A\\,B$")
    mean = (a @ F["SAA"]) * p + (a @ F["SBB"]) * q
    work.equal((a @ F["SAB"]) * (p + q), mean, because="a weighted mean, times $p + q > 0$")
    work.say(
        "So the flag after $A\\,B$ lies between those after $A\\,A$ and $B\\,B$, where nothing is to be said. If both "
        "are down, it is at most $\\epsilon$ as well. Without BOS $r$ is 0, and what a value reads of its place is the "
        "same for all three: nothing changes. There are three ways out, and each of them is enough: a score that reads "
        "the current token, a second head with other shares, or an $s$ that depends on the current token."
    )


def score_of(layout: Layout, wanted: Mapping[int, int], closed: Expr | int, opened: Expr | int = 0) -> ExactMatrix:
    """The QK product of a head with one-hot places: 1 for each place of a query at the place of the key it looks for;
    and on BOS so much for a query B, which opens the gate, and so much for every other."""
    stream, places, begin = layout.stream, layout.stream["place"], layout.token(BEGIN)
    rests = {(layout.token(name), begin): opened if name in GATE else closed for name in layout.names}
    return stream.matrix({(places[query], places[key]): Integer(1) for query, key in wanted.items()} | rests)


def before(n_ctx: int) -> dict[int, int]:
    """The place before each; BOS has none but its own."""
    return {i: max(i - 1, 0) for i in range(n_ctx)}


def keys_tell(work: Work, layout: Layout, head: Head, n_ctx: int) -> None:
    """That every key tells its place, also the last, which no later query asks for."""
    told = (head.W_K @ layout.stream.write("place")).labelled(None, None)
    places = {(place, place): 1 for place in range(n_ctx)}
    work.equal(told, ExactMatrix.from_entries(told.shape, places), because="every key tells its place")


def moves(layout: Layout) -> ExactMatrix:
    """What the heads move: the flag of A there to the flag of C said."""
    said = layout.stream["pred"][layout.vocabulary.index("C")]
    return layout.stream.matrix({(said, layout.token("A")): 1})


def attends(work: Work, model: Transformer, text: str, key: int, value: Expr, because: str) -> None:
    """The attention of the last token on a key, counted from 0, BOS."""
    words = [BEGIN, *text]
    pattern = model.pattern(0, 0, model.embed(words))
    name = Scalar(rf"A_{{{key}}}(\mathrm{{{text}}})")
    work.comes_to(name, pattern[len(words) - 1, key], value, because=because)


def resting(work: Work, vocabulary: tuple[str, ...], n_ctx: int) -> Transformer:
    """One head with one-hot places that rests on BOS where the current token is not B; returns the model."""
    place, n, a, x = OneHot(n_ctx), KEYS, COPIES, exp(beta)
    work.say(
        "The head of exercise 2 looks at the key before, and moves $A$ to what is said, now $C$. Let it do so only for "
        "a query $B$: every other token asks besides for BOS, by 2, which beats the 1 for the key before and moves "
        "nothing. BOS is a gate, open for $B$ alone."
    )
    layout = Layout(vocabulary, BEGIN, place)
    head = defined(work, gated(layout, back_onehot(layout, LOOK, place), GATE, 2).heads[0], "")
    keys_tell(work, layout, head, n_ctx)
    work.equal(head.W_QK, score_of(layout, before(n_ctx), 2), because="the key before, and BOS for all but $B$")
    work.equal(head.W_OV, moves(layout), because="from $A$ to $C$")
    model = model_on(work, layout, (head,), mark="r")
    other = vocabulary[-1]
    work.say("The attention of the last token on key $j$, with BOS for key 0, after $A\\,B$ and after $A\\,A$:")
    attends(work, model, f"{other}AB", 2, x / (x + 3), "open, on $A$")
    attends(work, model, f"{other}AA", 0, x**2 / (x**2 + x + 2), "closed, on BOS")
    attends(work, model, f"{other}AA", 2, x / (x**2 + x + 2), "closed, on $A$")
    work.say(
        "With $a$ keys $A$ besides the one before, the flag of $C$ after $A\\,B$ is $(e^\\beta + a) / (e^\\beta + n - "
        "1)$. That is least for $a = 0$, and then"
    )
    least = work.define("b", log((n - 1) * (1 - MARGIN) / MARGIN), meaning="the least scale for $n$ keys")
    up = x / (x + n - 1)
    work.equal((x + a) / (x + n - 1) - up, a / (x + n - 1), because="what other keys with $A$ add")
    work.equal(up, 1 / (1 + (n - 1) * exp(-beta)), because="so it grows with $\\beta$")
    work.equal(up.xreplace({beta: least}), 1 - MARGIN, because="at $b$, and a smaller scale fails")
    work.say(
        "After another token and $B$ it is $a / (e^\\beta + n - 1)$, at most $(n - 1) / (e^\\beta + n - 1)$, which is "
        "$\\epsilon$ at $b$. Where the gate is closed the flag is largest if all keys but BOS hold $A$:"
    )
    work.equal((n - 1) / (x.xreplace({beta: least}) + n - 1), MARGIN, because="open, at $b$")
    shut = (x + n - 2) / (x**2 + x + n - 2)
    spare = (1 - MARGIN) * (n - 2) * (x - 1) / (x**2 + x + n - 2)
    at_least = {beta: least}
    work.equal(MARGIN - shut.xreplace(at_least), spare.xreplace(at_least), because="closed, what is left of the margin")
    work.say(
        "which is not negative, for $e^\\beta \\ge 1$ and $n \\ge 2$. So $b$ is the least scale, as in exercise 2."
    )
    sharp = FollowsWhenSharp.short(follows(RULE, vocabulary, n_ctx))
    work.asks("W_Q", "W_K", "W_V", "W_O", meets=sharp)
    work.claim(sharp, of=model)
    scale = claimed(work, model, vocabulary, n_ctx, least)
    work.figure(
        PatternFigure.of_model(model, f"{BEGIN} A B {other} B A B"[: 2 * n_ctx - 1], {beta: scale}),
        "Each $B$ attends to the token before it; all others rest on BOS.",
    )
    return model


def claimed(
    work: Work,
    model: Transformer,
    vocabulary: tuple[str, ...],
    n_ctx: int,
    least: Expr,
    begin: str = BEGIN,
    above: Expr | int = 1,
) -> Expr:
    """That the model follows the rule at its least scale, or so many times it, that it fails a little below it, and
    that it runs; returns that scale."""
    scale: Expr = least.xreplace({KEYS: Integer(n_ctx), OTHERS: Integer(n_ctx - 2), MARGIN: EPS, ODDS: 1 / EPS - 1})
    rule = follows(RULE, vocabulary, n_ctx, begin)
    work.claim(rule, of=model, at={beta: scale * above}, n_ctx=n_ctx)
    work.claim(Fails(rule), of=model, at={beta: scale * BELOW}, n_ctx=n_ctx)
    work.experiment(rule, of=model, n_ctx=n_ctx, beta=[scale, 20])
    return scale


def counting(work: Work, gate: Transformer, vocabulary: tuple[str, ...], n_ctx: int) -> None:
    """The gate as a count, in the same model: BOS holds one half less than the number of conditions, less one for each
    that is met."""
    place, m, x, rho = OneHot(n_ctx), OTHERS, exp(beta), ODDS
    work.say(
        "The gate can be read as a count. A rule with $k$ conditions puts $k - 1/2$ on BOS, less 1 for each condition "
        "that the query meets, and 1 on a key for each that the key meets. Here $k = 2$: the query is $B$, and the key "
        "is the one before. So BOS has $3/2$, or $1/2$ for $B$, and the key before has 1. For $B$ the key before wins, "
        "by one half, and for all others BOS, by as much."
    )
    layout = Layout(vocabulary, BEGIN, place)
    stream, look = layout.stream, back_onehot(layout, LOOK, place).heads[0]
    begin, current = (stream.read(layout.token(name)).labelled(None, stream) for name in (BEGIN, "B"))
    rests = layout.any_token * Rational(3, 2) - current
    W_Q, W_K = below(look.W_Q.labelled(None, stream), rests), below(look.W_K.labelled(None, stream), begin)
    head = defined(work, replace(look, W_Q=W_Q, W_K=W_K), "k")
    keys_tell(work, layout, head, n_ctx)
    half = Rational(1, 2)
    work.equal(head.W_QK, score_of(layout, before(n_ctx), 3 * half, half), because="the key before, and what BOS holds")
    work.equal(head.W_OV, moves(layout), because="from $A$ to $C$")
    model = replace(gate, layers=((head,),))
    other = vocabulary[-1]
    attends(work, model, f"{other}AB", 2, x / (x + sqrt(x) + 2), "both are met, on $A$")
    attends(work, model, f"{other}AA", 0, x * sqrt(x) / (x * sqrt(x) + x + 2), "one is met, on BOS")
    work.say(
        "Heads for other rules may be added that say $C$ too, for one that does not fire moves next to nothing. The "
        "price is that half a $\\beta$ decides. With $\\rho = (1 - \\epsilon) / \\epsilon$ a flag is up if the weight "
        "of what moves it is $\\rho$ times that of the rest. After a single $A\\,B$, with $m = n - 2$ other keys, that "
        "is $e^\\beta \\ge \\rho \\, (e^{\\beta/2} + m)$. With $w^2 = \\rho^2 + 4 \\rho m$:"
    )
    w = positive("w", "$\\sqrt{\\rho^2 + 4 \\rho m}$")
    y, others = (rho + w) / 2, (w**2 - rho**2) / (4 * rho)
    work.equal(y**2, rho * (y + others), because="so $y = (\\rho + w) / 2$ is the larger root, $y = e^{\\beta/2}$")
    spare = rho * others * (y - 1)
    work.equal(y**3 - rho * (y**2 + others), spare, because="what BOS has to spare where one condition is met")
    least = work.define("b_k", 2 * log((rho + sqrt(rho * (rho + 4 * m))) / 2), meaning="the least scale of this head")
    work.say("which is not negative, for $y \\ge \\rho > 1$. So this is the least scale, and a smaller one fails.")
    claimed(work, model, vocabulary, n_ctx, least, above=ABOVE)


def says_what_is_up(work: Work, layout: Layout, mark: str) -> ExactMatrix:
    """An unembedding of a model without BOS."""
    W_U = work.define(f"W_U^{mark}", layout.unembedding())
    said = ExactMatrix.identity(len(layout.vocabulary))
    work.equal((W_U @ layout.stream.write("pred")).labelled(None, None), said, because="a flag that is said is a logit")
    return W_U


def started(work: Work, layout: Layout, W_U: ExactMatrix, mark: str, less: frozenset[str]) -> ExactMatrix:
    """An embedding in which the flag of C starts at -1 for these tokens."""
    stream, plain, size = layout.stream, layout.embedding(), len(layout.vocabulary)
    said, names = layout.vocabulary.index("C"), [layout.vocabulary.index(name) for name in less]
    low = {(stream["pred"].places[said], name): -1 for name in names}
    W_E = work.define(
        f"W_E^{mark}", ExactMatrix.from_entries(plain.shape, {**plain.entries, **low}, plain.rows, plain.columns)
    )
    raised = (stream.read("token").labelled(None, stream) @ W_E).labelled(None, None)
    work.equal(raised, ExactMatrix.identity(size), because="a token raises its own flag")
    start = ExactMatrix.from_entries((size, size), {(said, name): -1 for name in names})
    work.equal((W_U @ W_E).labelled(None, None), start, because="what is said without a head")
    return W_E


def back_and_here(layout: Layout, place: OneHot) -> tuple[Head, Head]:
    """A head that looks for A at the place before, and one that looks for B at its own; both say C."""
    read = layout.stream.read("place")
    back = Head(place.shift(-1) @ read, read, *layout.values({"A": ("C",)}), scale=beta)
    return back, Head(read, read, *layout.values({"B": ("C",)}), scale=beta)


def looks_back(work: Work, layout: Layout, head: Head, n_ctx: int) -> None:
    """That a head looks one place back, and moves A to C."""
    keys_tell(work, layout, head, n_ctx)
    places = layout.stream["place"]
    wanted = {(places[i], places[i - 1]): 1 for i in range(1, n_ctx)}
    work.equal(head.W_QK, layout.stream.matrix(wanted), because="the key before")
    work.equal(head.W_OV, moves(layout), because="from $A$ to $C$")


def two_heads(work: Work, vocabulary: tuple[str, ...], n_ctx: int) -> Transformer:
    """Two heads that look at places alone, and a flag that starts at -1; returns the model."""
    place, n, x = OneHot(n_ctx), KEYS, exp(beta)
    work.say(
        "Without BOS there is nothing to rest on. Let two heads of the simplest kind count instead: one looks at the "
        "token before and adds 1 for $A$, one looks at the token itself and adds 1 for $B$. The flag of $C$ starts at "
        "$-1$, whatever the token is, so it is up only if both add theirs. The first token sees only itself, and is "
        "not $A$ and $B$ at once."
    )
    layout = Layout(vocabulary, "", place)
    stream, places = layout.stream, layout.stream["place"]
    back, here = (defined(work, head, mark) for head, mark in zip(back_and_here(layout, place), "12", strict=True))
    looks_back(work, layout, back, n_ctx)
    work.equal(here.W_QK, stream.matrix({(places[i], places[i]): 1 for i in range(n_ctx)}), because="the key itself")
    said = stream["pred"][vocabulary.index("C")]
    work.equal(here.W_OV, stream.matrix({(said, layout.token("B")): 1}), because="from $B$ to $C$")
    W_U = says_what_is_up(work, layout, "t")
    W_E = started(work, layout, W_U, "t", frozenset(vocabulary))
    model = Transformer(((back, here),), W_E=W_E, W_U=W_U, vocabulary=vocabulary)
    work.say(
        "Each head has $e^\\beta$ on its key and 1 on the $n - 1$ others. After $A\\,B$ both find theirs. Where one of "
        "them does not, a key that is not found adds 1 in one of the heads at most, for it is not $A$ and $B$ at once:"
    )
    fire = work.define("g", 2 * x / (x + n - 1) - 1, meaning="the flag of $C$ after $A\\,B$ at least")
    least = work.define("b_2", log((n - 1) * (2 - MARGIN) / MARGIN), meaning="the least scale without BOS")
    work.equal(fire, 2 / (1 + (n - 1) * exp(-beta)) - 1, because="so it grows with $\\beta$")
    work.equal(fire.xreplace({beta: least}), 1 - MARGIN, because="at $b_2$, and a smaller scale fails")
    others = natural("a")
    work.equal(
        1 - (x + others) / (x + n - 1), (n - 1 - others) / (x + n - 1), because="one is found, and $a$ keys help"
    )
    work.say(
        "There are $n - 1$ other keys, so this is never negative, and the flag of $C$ never above 0; if none is found, "
        "it is less still. So $b_2$ is the least scale."
    )
    claimed(work, model, vocabulary, n_ctx, least, begin="")
    return model


def with_direct_path(work: Work, both: Transformer, vocabulary: tuple[str, ...], n_ctx: int) -> None:
    """The first of the two heads, where the current token says by itself whether it is B."""
    place, n, x = OneHot(n_ctx), KEYS, exp(beta)
    work.say(
        "The second head looked at the token itself, and what that is the direct path knows without a head. Let the "
        "flag of $C$ start at $-1$ for every token but $B$. Then the first of the two heads is enough, which looks at "
        "places alone. So in the proof above the direct path must not read the token."
    )
    W_E = started(work, Layout(vocabulary, "", place), both.W_U, "d", frozenset(vocabulary) - GATE)
    model = replace(both, layers=(both.layers[0][:1],), W_E=W_E)
    other, row = vocabulary[-1], vocabulary.index("C")
    for words, flag in (([other, *"AB"], x / (x + 2)), (["A", other], -1 / (x + 1))):
        logit = model.logits(words)[row, len(words) - 1]
        work.equal(logit, flag, because=f"the flag of $C$ after {' '.join(words)}")
    work.say("For $B$ the flag is that of the open gate, for every other token at most 0: the least scale is $b$.")
    claimed(work, model, vocabulary, n_ctx, log((n - 1) * (1 - MARGIN) / MARGIN), begin="")


def on_a_circle(work: Work, vocabulary: tuple[str, ...], n_ctx: int) -> None:
    """The gated head with a pair of sinusoids."""
    place, angle = Sinusoids(1), 2 * pi / (n_ctx + 1)
    work.say(
        f"One pair of sinusoids with $\\alpha_0 = 2 \\pi / {n_ctx + 1}$ and $\\lambda_0 = 1$ does not go round within "
        "the context, and its gap is $1 - \\cos \\alpha_0$ at least, as in exercise 2. The gate must beat every "
        "cosine, so BOS is asked for by 4."
    )
    work.suggest({alpha(0): angle, lambda_(0): Integer(1)})
    layout = Layout(vocabulary, BEGIN, place)
    head = defined(work, gated(layout, back_circle(layout, LOOK, place, 1), GATE, 4).heads[0], "s")
    i, k = work.indices("n k")
    read = [weight @ layout.stream.write("place") for weight in (head.W_Q, head.W_K)]
    score = ((read[0] @ place.at(i)).T @ (read[1] @ place.at(i - 1 - k))).scalar()
    work.equal(score, lambda_(0) ** 2 * cos(alpha(0) * k), because="the key $k$ tokens before the wanted one")
    asks = {(row, len(vocabulary)): 4 for row, name in enumerate(layout.names) if name not in GATE}
    tokens = layout.stream.read("token").labelled(None, layout.stream)
    between = (tokens @ head.W_QK.expand() @ tokens.T).labelled(None, None)
    work.equal(between, ExactMatrix.from_entries(between.shape, asks), because="what each token asks of BOS, the last")
    work.equal(head.W_OV, moves(layout), because="from $A$ to $C$")
    work.at_least(4 + cos(alpha(0) * k) - 1, 2, because="closed, the lead of BOS over any key: no less than the gap")
    model = model_on(work, layout, (head,), mark="s")
    work.say("So the scale of the gate with one-hot places, divided by the gap, is enough; it is not the least.")
    enough = log((n_ctx - 1) * (1 - EPS) / EPS) / (1 - cos(angle))
    rule = follows(RULE, vocabulary, n_ctx)
    work.claim(rule, of=model, at={alpha(0): angle, lambda_(0): Integer(1), beta: enough}, n_ctx=n_ctx)
    work.experiment(rule, of=model, n_ctx=n_ctx, beta=[enough, 100])
    turn = 2 * pi / (FAR + 1)
    scale = log((FAR - 1) * (1 - EPS) / EPS) / (1 - cos(turn))
    work.experiment(follows(RULE, vocabulary, FAR), of=model, n_ctx=FAR, seed=1, alpha_0=turn, beta=scale)


def counted(work: Work, vocabulary: tuple[str, ...], n_ctx: int) -> None:
    """Two layers without positions: the head of exercise 2 behind a gate."""
    n = KEYS
    layout = Layout(vocabulary, BEGIN, None, SCRATCH)
    work.say(
        "Exercise 2 finds the previous token without positions, by two heads that count how far BOS is, $z_j = 1/j$ "
        f"and $w_j = c / (c + j - 1)$ for key $j$, and a third that scores $a_i w_j - g_i z_j$. Here $c = {n_ctx}$. "
        "The same gate makes it wait for $B$:"
    )
    evenly, biased = (defined(work, head, mark) for head, mark in zip(counting_heads(layout, n_ctx), "zw", strict=True))
    looks = defined(work, gated(layout, back_by_counting(layout, LOOK, n_ctx), GATE, 2 * n_ctx).heads[0], "b")
    work.equal(looks.W_OV, moves(layout), because="from $A$ to $C$")
    model = model_on(work, layout, (evenly, biased), (looks,), mark="b")
    words = [BEGIN, *"ABC"]
    after = model.forward(words, layers=1)[-1]
    keys = range(1, 5)
    z, w = [Rational(1, j) for j in keys], [Rational(n_ctx, n_ctx + j - 1) for j in keys]
    counts = layout.stream.read("count") @ after
    work.equal(counts, ExactMatrix.from_rows([z, w]), because=f"$z_j$ and $w_j$ in the stream, for {' '.join(words)}")
    ask = row_of([Integer(1)] * len(layout.names))
    for head in (evenly, biased):
        work.equal(head.W_Q @ model.W_E, ask, because="every token asks for the same")
    work.equal(evenly.W_K @ model.W_E, ask * 0, because="and no key answers")
    asked = asks_of(keys, n_ctx, [0 if name in GATE else 2 * n_ctx for name in words])
    work.equal(looks.W_Q @ after, asked, because="$a_i$, $-g_i$ and what each asks of BOS")
    told = ExactMatrix.from_rows([w, z, [int(name == BEGIN) for name in words]])
    work.equal(looks.W_K @ after, told, because="$w_j$, $z_j$, and BOS answers")
    i, c = natural("i"), positive("c", "how much more a head attends to BOS")
    s, t = natural("s"), natural("t")
    lead = (c - 1) * (i - 2) ** 2 / (i * (i + c - 1))
    work.say(
        "Without the gate the key before leads BOS by the gap of exercise 2 at $j = 1$. No index is above $c$, so with "
        "$i = 2 + s$ and $c = 2 + s + t$:"
    )
    gap = c * (c - 1) * (i - 1 - 1) ** 2 / (i * (i + c - 1) * c)
    work.equal(gap, lead, because="$j = 1$")
    work.at_most(lead.xreplace({i: 2 + s, c: 2 + s + t}), 2 + s + t, because="by less than $c$")
    work.say(
        "The gate puts $2 c$ on BOS, so closed it leads every key by more than $c$; open, the key before leads by the "
        "gaps of exercise 2, which are less. So the scale of exercise 2 is enough:"
    )
    enough = work.define("b_c", n * (2 * n - 1) ** 2 / (n - 1) * log((n - 1) * (1 - MARGIN) / MARGIN))
    least_gap = (n - 1) / (n * (2 * n - 1) ** 2)
    share = 1 / (1 + (n - 1) * exp(-enough * least_gap))
    work.equal(share, 1 - MARGIN, because="on the key before, for the last of $n$ queries")
    scale = enough.xreplace({n: Integer(n_ctx), MARGIN: EPS})
    work.claim(follows(RULE, vocabulary, n_ctx), of=model, at={beta: scale}, n_ctx=n_ctx)
    work.experiment(follows(RULE, vocabulary, n_ctx), of=model, n_ctx=n_ctx, beta=[scale, 10**5])
    far_gap = Rational(n_ctx * (n_ctx - 1), (FAR * (FAR + n_ctx - 1)) ** 2)  # of the last key, for this c
    far = log((FAR - 1) * (1 - EPS) / EPS) / far_gap
    work.experiment(follows(RULE, vocabulary, FAR), of=model, n_ctx=FAR, seed=1, beta=[far])


def asks_of(keys: range, c: int, closed: list[int]) -> ExactMatrix:
    """The coefficients with which each query reads the counts of the keys, and BOS."""
    K = [Rational(c * (c - 1), i * (i + c - 1)) for i in keys]
    a = [height * (i + c - 2) ** 2 / (c * (c - 1)) for i, height in zip(keys, K, strict=True)]
    g = [height * (i - 1) ** 2 / (c - 1) for i, height in zip(keys, K, strict=True)]
    return ExactMatrix.from_rows([a, [-value for value in g], closed])
