"""The worked example of the exercises on self-attention: a head for A -> B as it was written down, and two repairs."""

from dataclasses import replace

from sympy import Expr, Integer, Rational, exp, log

from symcircuits import Head, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix, column_of
from symcircuits.behaviours import Fails, FollowsWhenSharp
from symcircuits.rules.layout import Layout
from symcircuits.rules.sheets import EPS, defined, follows, model_on
from symcircuits.symbols import beta, natural, positive
from symcircuits.typeset.formulas import Name, Scalar
from symcircuits.worked import PatternFigure

RULE, BEGIN, VOCABULARY = "A -> B", "BOS", ("A", "B", "X")
PART = Rational(4, 5)
RECENT = {"seen": (r"\text{seen A}",)}
COPIES, KEYS, OTHERS = natural("c"), natural("n"), natural("r")
MARGIN = positive("epsilon", "margin of a flag", r"\epsilon")


@derivation("self_attention/worked_example", title="The worked example: a head for A to B, and its two repairs")
def worked_example(work: Work, n_ctx: int = 7) -> None:
    work.require(3 <= n_ctx <= 9, f"n_ctx must be from 3 to 9, got {n_ctx}")
    work.problem(
        "For $A \\to B$ this head is proposed. Its query is 1 for the token $A$ and 0 for every other token. Each key "
        "tells which token is there. From $A$ it moves 1 to the flag that says $B$, and 0.8 to a flag *seen A "
        "recently*. Does it do what it is to do? What does its second flag tell? Where it fails, repair it; BOS may "
        "stand before every sequence."
    )
    work.say(
        "There are three tokens, $A$, $B$ and $X$, which is one token like the others. A flag is up at "
        f"$1 - \\epsilon$ or more and down at $\\epsilon$ or less, with $\\epsilon = {EPS}$. After $A$ the flag of $B$ "
        "is to be up and all others down; after any other token all are to be down."
    )
    work.section("The head as proposed")
    proposed = as_proposed(work)
    work.section("After A it is right")
    after_a(work, proposed)
    work.section("After another token it counts")
    after_another(work, proposed, n_ctx)
    work.section("What the second flag tells")
    second_flag(work, proposed)
    work.section("First repair: every token asks for itself")
    by_asking(work, proposed, n_ctx)
    work.section("Second repair: a token to rest on")
    by_resting(work, n_ctx)


def share(copies: Expr | int, n: Expr | int) -> Expr:
    """The attention on so many keys with the score beta, among n of which the others score 0."""
    return copies * exp(beta) / (copies * exp(beta) + n - copies)


def says(work: Work, model: Transformer, words: str, value: Expr, because: str) -> None:
    """State the logit of B after some words."""
    tokens = words.split()
    spaced = r"\;".join(tokens)
    name = Scalar(rf"\ell_B(\mathrm{{{spaced}}})")
    work.comes_to(name, model.logits(tokens)[1, len(tokens) - 1], value, because=because)


def parts(layout: Layout) -> tuple[ExactMatrix, ExactMatrix]:
    """What is read of A, and what it is moved to: 1 to the flag of B, 0.8 to the second flag."""
    stream = layout.stream
    said = {(stream["pred"].places[1], 0): Integer(1), (stream["seen"].places[0], 0): PART}
    return stream.read(layout.token("A")), ExactMatrix.from_entries((stream.d_model, 1), said).labelled(stream, None)


def model_with(work: Work, layout: Layout, head: Head, mark: str = "") -> Transformer:
    """A model of one head, whose second flag is not read."""
    model = model_on(work, layout, (head,), mark=mark)
    flag = layout.stream.write("seen").named(Name("s"))
    work.equal(model.W_U @ flag, ExactMatrix.zeros(len(layout.names), 1), because="the second flag is not a logit")
    return model


def moved(layout: Layout) -> ExactMatrix:
    """The output-value product of every head of this sheet."""
    a, stream = layout.token("A"), layout.stream
    return stream.matrix({(stream["pred"][1], a): 1, (stream["seen"][0], a): PART})


def as_proposed(work: Work) -> Transformer:
    """The head of the example, with its three products."""
    layout = Layout(VOCABULARY, scratch=RECENT)
    stream, a = layout.stream, layout.token("A")
    work.say(
        "Here vectors are columns. The query has three entries, of which only the first is ever asked for, and the key "
        "has the three flags of the token. The scale $\\beta$ says what *fires strongly* is to mean."
    )
    first = ExactMatrix.from_entries((3, stream.d_model), {(0, a.places[0]): 1}).labelled(None, stream)
    W_V, W_O = parts(layout)
    head = defined(work, Head(first, stream.read("token"), W_V, W_O, scale=beta), "0")
    work.equal(head.W_QK, stream.matrix({(a, a): 1}), because="$A$ scores 1 on $A$, and nothing else scores at all")
    work.equal(head.W_OV, moved(layout), because="from $A$ to two flags")
    return model_with(work, layout, head, "0")


def after_a(work: Work, model: Transformer) -> None:
    """The flag of B after A, for every number of copies."""
    c, n, r, x = COPIES, KEYS, OTHERS, exp(beta)
    work.say("If the current token is $A$, one of $c$ copies among $n$ keys, the flag of $B$ is the attention on them:")
    p = work.define("p", share(c, n), meaning="the attention on the $c$ copies")
    work.equal(p, 1 / (1 + (n - c) / c * exp(-beta)), because="divided by $c \\, e^{\\beta}$")
    says(work, model, "A X A", share(2, 3), because="the logit of $B$: two copies among three keys")
    lead = x * (c - 1) * (c + r) / ((c * x + r) * (x + c + r - 1))
    work.equal(share(c, c + r) - share(1, c + r), lead, because="by how much $c$ copies do better than one")
    work.at_least(lead, 0, because="no factor is negative")
    least = work.define("b", log((n - 1) * (1 - MARGIN) / MARGIN), meaning="a scale for $n$ keys")
    single = share(1, n).xreplace({beta: least})
    work.equal(single, 1 - MARGIN, because="so from $\\beta = b$ on the flag of $B$ is up after $A$")


def after_another(work: Work, model: Transformer, n_ctx: int) -> None:
    """The query of another token is zero: its flags are shares of the context."""
    stream = model.stream
    work.say("If the current token is another, its query is zero:")
    (head,) = model.heads
    asked = head.W_Q @ model.W_E
    others = asked.take_columns([1, 2]).named(Name("Q_{BX}"))
    work.equal(others, ExactMatrix.zeros(3, 2), because="what $B$ and $X$ ask for")
    work.say(
        "A score of 0 is no attention *near 0*: softmax has to spend all of it, and equal scores get equal parts. With "
        "$c$ copies of $A$ among $n$ keys the flag of $B$ is $c / n$, whatever $\\beta$ is. After $A\\,A\\,X$:"
    )
    attention = model.pattern(0, 0, model.embed(["A", "A", "X"]))
    work.equal(
        attention.T.take_columns([2]).named(Name("A_X")),
        column_of([Rational(1, 3)] * 3),
        because="the attention of the $X$",
    )
    says(work, model, "A A X", Rational(2, 3), because="two of three keys are $A$: the head says $B$")
    work.say("Even two tokens show it. After $A\\,B$ the flag of $B$ is one half, and should be down:")
    says(work, model, "A B", Rational(1, 2), because="one key of two")
    work.say("No scale mends this, since the flag does not depend on it. At a large one:")
    work.claim(Fails(follows(RULE, VOCABULARY, n_ctx, "")), of=model, at={beta: 50}, n_ctx=n_ctx)
    work.experiment(Fails(follows(RULE, VOCABULARY, n_ctx, "")), of=model, n_ctx=n_ctx, beta=[5, 50])
    work.figure(
        PatternFigure.of_model(model, "A A X A X B", {beta: 10}),
        "Only queries A choose; every other row is spread evenly over its keys.",
    )
    seen, stream_size = stream["seen"].places[0], stream.d_model
    lifted = model.forward(["A", "A", "X"])[-1].take_columns([2]).named(Name("x"))
    expected = {(2, 0): 1, (stream["pred"].places[1], 0): Rational(2, 3), (seen, 0): PART * Rational(2, 3)}
    work.equal(
        lifted, ExactMatrix.from_entries((stream_size, 1), expected), because="all that the $X$ holds after the head"
    )


def second_flag(work: Work, model: Transformer) -> None:
    """Its row is 0.8 times the other one, so it tells nothing new, and never gets up."""
    stream, (head,) = model.stream, model.heads
    work.say("Both flags are written by the same column, so the second one is always 0.8 of the first:")
    seen, said = stream.read("seen"), stream.read(stream["pred"][1])
    work.equal(seen @ head.W_OV.expand(), (said @ head.W_OV.expand()) * PART, because="one row is 0.8 of the other")
    work.at_most(PART, 1 - EPS, because="so it is never up, not even after $A$, and reading it takes a factor of 5/4")
    work.say(
        "Nor does it tell *recently*. The head does not know where a key stands: after $A\\,B\\,X$ and after "
        "$B\\,A\\,X$ the last token holds the same."
    )
    first, second = (model.forward(tokens)[-1].take_columns([2]) for tokens in (["A", "B", "X"], ["B", "A", "X"]))
    work.equal(first.named(Name("x")), second.named(Name("x'")), because="all of what it holds")
    work.say(
        "After another token it is 0.8 times the share of $A$, which falls as other tokens come, as slowly as a mean "
        "does; and once the head is repaired, it tells that the current token is $A$. That $A$ was ever seen is "
        "exercise 3, and asks for a head of its own."
    )


def by_asking(work: Work, proposed: Transformer, n_ctx: int) -> None:
    """Every token asks for its copies."""
    stream, (head,) = proposed.stream, proposed.heads
    work.say("Let $B$ and $X$ ask as well, each for its own copies: $W_Q^0$ becomes what $W_K^0$ is.")
    asks = replace(head, W_Q=work.define("W_Q^1", stream.read("token")))
    flags = {(flag, flag): 1 for flag in (stream["token"][i] for i in range(3))}
    work.equal(asks.W_QK, stream.matrix(flags), because="a token scores 1 on its copies")
    model = replace(proposed, layers=((asks,),))
    x, c, r = exp(beta), COPIES, OTHERS
    says(work, model, "A A X", 2 / (x + 2), because="after $A\\,A\\,X$ the token $X$ keeps the attention to itself")
    work.say("In general, after another token with $c$ copies of its own and $r$ other keys, at most $r$ of them $A$,")
    work.equal(r / (c * x + r), 1 - share(c, c + r), because="what is not on its copies")
    work.say("So $1 - p \\le \\epsilon$ is enough there. It is the condition for $A$ once more: the scale $b$ does.")
    least = log((n_ctx - 1) * (1 - EPS) / EPS)
    work.claim(follows(RULE, VOCABULARY, n_ctx, ""), of=model, at={beta: least}, n_ctx=n_ctx)
    work.experiment(follows(RULE, VOCABULARY, n_ctx, ""), of=model, n_ctx=n_ctx, beta=[least, 20])


def by_resting(work: Work, n_ctx: int) -> None:
    """Every other token rests on a beginning from which nothing is moved."""
    layout = Layout(VOCABULARY, BEGIN, scratch=RECENT)
    stream, a, begin = layout.stream, layout.token("A"), layout.token(BEGIN)
    work.say(
        "The other repair is what the example has in mind: BOS stands before every sequence, and a token that is not "
        "$A$ asks for it. Its flag is not read by $W_V$, so what rests there does nothing. That $B$ and $X$ ask is "
        "needed: BOS alone is only one key more, and where their queries are 0 it gets no more than any other."
    )
    asks = {(0, a.places[0]): 1} | {(1, layout.token(name).places[0]): 1 for name in ("B", "X", BEGIN)}
    keys = {(0, a.places[0]): 1, (1, begin.places[0]): 1}
    W_Q, W_K = (ExactMatrix.from_entries((2, stream.d_model), told).labelled(None, stream) for told in (asks, keys))
    W_V, W_O = parts(layout)
    head = defined(work, Head(W_Q, W_K, W_V, W_O, scale=beta))
    asked = {(a, a): 1} | {(layout.token(name), begin): 1 for name in ("B", "X", BEGIN)}
    work.equal(head.W_QK, stream.matrix(asked), because="$A$ asks for $A$, and all others for BOS")
    work.equal(head.W_OV, moved(layout), because="as before")
    model = model_with(work, layout, head)
    x, n = exp(beta), KEYS
    says(work, model, f"{BEGIN} A A X", 2 / (x + 3), because="of four keys two are $A$, and one is asked for")
    work.say(
        "After another token at most $n - 2$ of its $n$ keys are $A$, for BOS and itself are not, so the flag of $B$ "
        "is at most"
    )
    rest = (n - 2) / (x + n - 1)
    work.equal(1 - share(1, n) - rest, 1 / (x + n - 1), because="which is less than what one key leaves to the others")
    work.say(
        "So it is down at the scale $b$, which $A$ needs: with a single copy among $n$ keys, BOS among them. Both "
        "repairs have the same least scale; the first needs no BOS, the second does not care how many copies the "
        "other tokens have, and can serve any rule that asks for $A$ and something else."
    )
    sharp = FollowsWhenSharp.short(follows(RULE, VOCABULARY, n_ctx))
    work.asks("W_Q", "W_K", "W_V", "W_O", meets=sharp)
    work.claim(sharp, of=model)
    least = log((n_ctx - 1) * (1 - EPS) / EPS)
    work.claim(follows(RULE, VOCABULARY, n_ctx), of=model, at={beta: least}, n_ctx=n_ctx)
    work.experiment(follows(RULE, VOCABULARY, n_ctx), of=model, n_ctx=n_ctx, beta=[least, 20])
    work.figure(
        PatternFigure.of_model(model, f"{BEGIN} A A X A X B", {beta: least}),
        "With BOS: A shares its attention among its copies, every other token rests.",
    )
