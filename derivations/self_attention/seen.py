"""Exercise 3 of the exercises on self-attention: if A was ever seen before, say B."""

from sympy import Integer, exp, log

from symcircuits import OneHot, Work, derivation
from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import FollowsWhenSharp
from symcircuits.rules.layout import Layout
from symcircuits.rules.looks import seen_before, seen_elsewhere
from symcircuits.rules.planning import Seen
from symcircuits.rules.sheets import EPS, defined, follows, model_on, side_by_side, sums_over
from symcircuits.symbols import beta, natural, positive
from symcircuits.worked import PatternFigure

RULE, BEGIN = "A ... X -> B", "BOS"
NAMES = "ABCDEFGH"
MOVES = {"A": ("B",)}
KEYS, MORE, OTHERS = natural("n"), natural("e"), natural("r")
MARGIN = positive("epsilon", "margin of a flag", r"\epsilon")


@derivation("self_attention/seen", title="Exercise 3: if A was ever seen, say B")
def seen_at_all(work: Work, tokens: int = 4, n_ctx: int = 7) -> None:
    work.require(2 <= tokens <= 8, f"expected 2 to 8 tokens, got {tokens}")
    work.require(4 <= n_ctx <= 9, f"n_ctx must be from 4 to 9, got {n_ctx}")
    work.problem(
        "Write down a head for $A \\ldots X \\to B$: if $A$ was ever seen before, say $B$, whatever the current token "
        "is. Does it matter whether the current token itself counts?"
    )
    vocabulary = tuple(NAMES[:tokens])
    work.say(
        "Where something was seen does not matter here, only whether it was. So the first heads below read no "
        "positions, and do the same whatever positions the stream may hold; the last one tells the current token from "
        "the earlier ones by its place. Flags are up at $1 - \\epsilon$ or more and down at $\\epsilon$ or less, with "
        f"$\\epsilon = {EPS}$; a query sees $n$ keys."
    )
    work.section("The current token counts")
    counting_oneself(work, vocabulary, n_ctx)
    work.section("Strictly earlier, without BOS and positions: impossible")
    impossible(work)
    work.section("Strictly earlier, with BOS")
    strictly(work, vocabulary, n_ctx)
    work.section("Strictly earlier, with one-hot positions instead of BOS")
    by_place(work, vocabulary, n_ctx)


def counting_oneself(work: Work, vocabulary: tuple[str, ...], n_ctx: int) -> None:
    """The inclusive rule, without a beginning."""
    layout = Layout(vocabulary)
    work.say("Every query asks for $A$, and what is found says $B$. No BOS is needed.")
    head, a = defined(work, seen_before(layout, Seen(MOVES, True)).heads[0], "i"), layout.token("A")
    model = model_on(work, layout, (head,), mark="i")
    asks = layout.stream.matrix({(layout.token(name), a): 1 for name in layout.names})
    work.equal(head.W_QK, asks, because="whatever the current token is, $A$ scores 1")
    said = layout.stream["pred"][vocabulary.index("B")]
    work.equal(head.W_OV, layout.stream.matrix({(said, a): 1}), because="from $A$ to $B$")
    e, r, n, x = MORE, OTHERS, KEYS, exp(beta)
    work.say(
        "Where $A$ was never seen nothing is moved, and the flag is 0 exactly. With $1 + e$ copies among the keys and "
        "$r$ others it is least for a single copy:"
    )
    share = (1 + e) * x / ((1 + e) * x + r)
    single = x / (x + e + r)
    lead = e * x * (1 + e + r) / (((1 + e) * x + r) * (x + e + r))
    work.equal(share - single, lead, because="over a common denominator")
    work.at_least(lead, 0, because="no factor is negative")
    least = work.define("b", log((n - 1) * (1 - MARGIN) / MARGIN), meaning="the least scale")
    work.equal((x / (x + n - 1)).xreplace({beta: least}), 1 - MARGIN, because="a single copy among $n$ keys")
    scale = log((n_ctx - 1) * (1 - EPS) / EPS)
    work.claim(follows(RULE, vocabulary, n_ctx, "", inclusive=True), of=model, at={beta: scale}, n_ctx=n_ctx)
    work.experiment(follows(RULE, vocabulary, n_ctx, "", inclusive=True), of=model, n_ctx=n_ctx, beta=[scale, 20])


def impossible(work: Work) -> None:
    """After A and after A A every model says the same."""
    work.say(
        "If the current token does not count, $A$ alone asks for nothing, and $A\\,A$ for $B$. Without BOS and without "
        "positions all keys are alike in both, with one weight $E$ and one $v$ that is moved:"
    )
    side_by_side(work, RULE, "AB", {"A": "nothing", "A A": "B"}, ("A", "A, A"))
    once, twice = sums_over(work, "1", [""]), sums_over(work, "2", [""] * 2)
    work.equal(twice.moved, once.moved * 2, because="twice as much is moved")
    work.equal(twice.total, once.total * 2, because="and divided by twice as much")
    work.say("So every head writes the same after both, in the first layer, and therefore in every later one.")


def strictly(work: Work, vocabulary: tuple[str, ...], n_ctx: int) -> None:
    """The strict rule: copies weighed against the beginning."""
    layout = Layout(vocabulary, BEGIN)
    e, r, n, x = MORE, OTHERS, KEYS, exp(beta)
    work.say(
        "BOS counts once and is always there, so the copies of $A$ can be weighed against it: BOS takes 3 off, each "
        "copy adds 3. If the current token is $A$, a copy weighs as much as BOS, and the one that does not count is "
        "made up for; if it is another, a copy weighs twice as much, for there is none to make up for. All other keys "
        "weigh $e^{-\\beta}$ of BOS."
    )
    head = defined(work, seen_before(layout, Seen(MOVES, False)).heads[0])
    model = model_on(work, layout, (head,))
    asks = [[beta] * len(layout.names), [Integer(0) if name == "A" else log(Integer(2)) for name in layout.names]]
    work.equal(head.W_Q @ model.W_E, ExactMatrix.from_rows(asks), because="what each token asks for")
    first = 3 * x / (3 * x + r)
    work.say(
        "Let $r$ be the number of other keys. The flag of $B$, for another token with $1 + e$ earlier copies and for "
        "$A$ with as many besides itself, exceeds that for a single copy by"
    )
    another = 3 * (2 * (1 + e) * x - x) / (2 * (1 + e) * x + x + r)
    itself = 3 * ((2 + e) * x - x) / ((2 + e) * x + x + r)
    runs = ((another, ["A", "A", "B"]), (itself, ["A", "B", "A", "A"]))
    for flag, words in runs:
        logit = model.logits([BEGIN, *words])[vocabulary.index("B"), len(words)]
        work.equal(logit, flag.xreplace({e: Integer(1), r: Integer(1)}), because=f"for {BEGIN} {' '.join(words)}")
    for flag, lead, because in (
        (another, 6 * e * x * (2 * x + r) / ((3 * x + r) * ((2 * e + 3) * x + r)), "another token"),
        (itself, 3 * e * x * (2 * x + r) / ((3 * x + r) * ((e + 3) * x + r)), "the token $A$"),
    ):
        work.equal(flag - first, lead, because=because)
        work.at_least(lead, 0, because=f"no factor is negative; {because}")
    work.say(
        "Without an earlier copy it is $-3 x / (x + r)$, or 0 for $A$: down. A flag above 1 is up as well. So a single "
        "copy decides, with $r = n - 2$ other keys:"
    )
    least = work.define("b_s", log((n - 2) * (1 - MARGIN) / (3 * MARGIN)), meaning="the least scale, for $n > 2$")
    at_least = (3 * x / (3 * x + n - 2)).xreplace({beta: least})
    work.equal(at_least, 1 - MARGIN, because="less than for the rule that counts the current token")
    sharp = FollowsWhenSharp.short(follows(RULE, vocabulary, n_ctx))
    work.asks("W_Q", "W_K", "W_V", "W_O", meets=sharp)
    work.claim(sharp, of=model)
    scale = log((n_ctx - 2) * (1 - EPS) / (3 * EPS))
    work.claim(follows(RULE, vocabulary, n_ctx), of=model, at={beta: scale}, n_ctx=n_ctx)
    work.experiment(follows(RULE, vocabulary, n_ctx), of=model, n_ctx=n_ctx, beta=[scale, 20])
    long = log(199 * (1 - EPS) / (3 * EPS))
    work.experiment(follows(RULE, vocabulary, 201), of=model, n_ctx=201, seed=1, beta=[long])
    work.figure(
        PatternFigure.of_model(model, f"{BEGIN} B A B A {vocabulary[-1]}", {beta: scale}),
        "Before the first $A$ attention rests on BOS; a query $A$ shares it equally, another gives copies the double.",
    )


def by_place(work: Work, vocabulary: tuple[str, ...], n_ctx: int) -> None:
    """The strict rule without a beginning: the current key is told by its place."""
    place = OneHot(n_ctx)
    layout = Layout(vocabulary, "", place)
    stream, a = layout.stream, layout.token("A")
    work.say(
        "Where a key holds $A$ it scores $\\beta$, and $2 \\beta$ less where it is the current one. So an earlier $A$ "
        "is ahead of all others, and the current token is behind them, $A$ or not: what is found is the flag. Only the "
        "first token has no other key. A second head, which attends to itself and takes 1 off at the first place, "
        "mends that."
    )
    heads = seen_elsewhere(layout, Seen(MOVES, False), place).heads
    looks, own = (defined(work, head, mark) for head, mark in zip(heads, "po", strict=True))
    model = model_on(work, layout, (looks, own), mark="p")
    asks = {(layout.token(name), a): 1 for name in layout.names}
    less = {(here, here): -2 for here in (stream["place"][i] for i in range(n_ctx))}
    work.equal(looks.W_QK, stream.matrix(asks | less), because="$A$, and less for the current key")
    work.equal(own.W_QK, stream.matrix({pair: 1 for pair in less}), because="the key itself, for the second head")
    n, d, x = KEYS, positive("d", "by how much $e^\\beta$ exceeds 1"), exp(beta)
    work.say(
        "The flag is least for a single copy that the current token is none of. Then the current key weighs "
        "$e^{-2 \\beta}$, which is less than 1; with 1 in its place the flag is no more than it is:"
    )
    found, fewer = (weight / (weight + n - 2 + rest) for weight, rest in ((1 + d, 1 / (1 + d) ** 2), (1 + d, 1)))
    lead = d * (d + 2) / ((1 + d) * (d + n) * (1 + d + n - 2 + 1 / (1 + d) ** 2))
    work.equal(found - fewer, lead, because="with $e^\\beta = 1 + d$")
    work.at_least(lead, 0, because="for $d > 0$ and $n \\ge 1$")
    least = work.define("b_p", log((1 + (1 - MARGIN) * (n - 1)) / MARGIN), meaning="a scale that is enough")
    flag = work.define("f_p", x / (x + n - 1) - 1 / (x + n - 1), meaning="with what the second head takes off at most")
    work.equal(flag.xreplace({beta: least}), 1 - MARGIN, because="the scale of exercise 2 without BOS")
    work.say(
        "Without an earlier copy the most that is found is the current token, if it is $A$: it weighs $e^{-\\beta}$, "
        "at this scale less than $\\epsilon$, and some other key 1."
    )
    scale = log((1 + (1 - EPS) * (n_ctx - 1)) / EPS)
    work.claim(follows(RULE, vocabulary, n_ctx, ""), of=model, at={beta: scale}, n_ctx=n_ctx)
    work.experiment(follows(RULE, vocabulary, n_ctx, ""), of=model, n_ctx=n_ctx, beta=[scale, 20])
