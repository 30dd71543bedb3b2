"""Exercise 6 of the exercises on self-attention: say what came after the current token before."""

from collections.abc import Sequence
from dataclasses import replace

from sympy import Expr, Integer, Rational, cos, exp, log, pi, sqrt

from symcircuits import Head, OneHot, Sinusoids, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix, row_of
from symcircuits.behaviours import Fails, FollowsWhenSharp
from symcircuits.rules.inducing import all_pairs, angles, points, previous_token, successor, was
from symcircuits.rules.layout import Layout
from symcircuits.rules.places import biases, fractions_at
from symcircuits.rules.sheets import EPS, defined, follows, model_on, side_by_side, sums_over
from symcircuits.symbols import beta, natural, positive, real
from symcircuits.typeset.formulas import Name, Scalar
from symcircuits.worked import PatternFigure

RULE, BEGIN = "a b ... a -> b", "BOS"
NAMES = "ABCDEFGH"
KEYS, COPIES, FITTING = natural("n"), natural("k"), natural("m")
MARGIN = positive("epsilon", "margin of a flag", r"\epsilon")
WIDTH = positive("y", "$e^{\\beta l}$")


@derivation("self_attention/induction", title="Exercise 6: say what came after the current token before")
def induction_head(work: Work, tokens: int = 4, n_ctx: int = 7) -> None:
    work.require(3 <= tokens <= 8, f"expected 3 to 8 tokens, got {tokens}")
    work.require(6 <= n_ctx <= 9, f"n_ctx must be from 6 to 9, got {n_ctx}")
    work.problem(
        "Write down two layers of one head each for $a\\,b \\ldots a \\to b$: if the current token was there before, "
        "say what came right after it. Show that one layer cannot do it. Do it with one-hot positions and with "
        "sinusoids, and find out how sharp the attention must be."
    )
    vocabulary = tuple(NAMES[:tokens])
    work.say(
        f"The stream has a flag for the token that is there, of {', '.join(vocabulary)} and BOS, which stands before "
        "every sequence, and a flag for each token that may be said. If the current token was there several times, "
        "what came after it shares the prediction: after $A\\,B\\,A\\,C\\,A$ half is asked for $B$ and half for $C$. "
        "The current token itself does not count as what came after an earlier one, so $A\\,A$ asks for nothing. A "
        f"flag may be $\\epsilon = {EPS}$ off its share. A query sees $n$ keys, BOS and itself among them."
    )
    work.section("One layer without positions: impossible")
    without_order(work)
    work.section("One head with positions: impossible")
    one_head(work)
    one_head_after_a_layer(work)
    work.section("Two layers with one-hot positions")
    model = by_place(work, vocabulary, n_ctx)
    work.section("What the second head does, given the first")
    given_the_first(work, model, n_ctx)
    work.section("How sharp it must be")
    how_sharp(work, model, n_ctx)
    work.section("With sinusoids")
    by_sinusoids(work, vocabulary, n_ctx)
    work.section("Three layers without positions")
    counted(work, n_ctx)


def without_order(work: Work) -> None:
    """Two inputs with the same keys in another order."""
    work.say(
        "Without positions the weight $E$ of a key, and what it moves, $v$, depend on its token and on the current one "
        "alone. After $A\\,B\\,C\\,A$ the rule says $B$, and after $A\\,C\\,B\\,A$ it says $C$. With $S$ for BOS:"
    )
    side_by_side(work, RULE, "ABC", {"A B C A": "B", "A C B A": "C"}, ("A, A, B, C", "A, A, B, C"))
    first, second = (sums_over(work, mark, keys, keys) for mark, keys in (("1", "SABCA"), ("2", "SACBA")))
    work.equal(first.moved, second.moved, because="a sum in another order")
    work.equal(first.total, second.total, because="and so is what it is divided by")
    work.say(
        "So every head writes the same after both, and no one layer can do it, with any number of heads of any width. "
        "Without BOS not even more layers can: after $A$ and after $A\\,A\\,A$ all keys are alike in every layer, and "
        "a weighted mean of the same is the same. But $A$ asks for nothing, and $A\\,A\\,A$ for $A$."
    )
    once, thrice = (sums_over(work, mark, keys, keys) for mark, keys in (("3", "A"), ("4", "AAA")))
    work.equal(thrice.moved, once.moved * 3, because="three times as much is moved")
    work.equal(thrice.total, once.total * 3, because="and divided by three times as much")


def one_head(work: Work) -> None:
    """Four inputs whose keys at each place, taken together, are the same."""
    work.say(
        "With positions, of whatever kind, $E$ and $v$ depend on the place of a key besides. One head still cannot do "
        "it. Look at the flag of $B$ after four inputs, all of which end in $A$ at the fourth place. After "
        "$A\\,B\\,C\\,A$ and $C\\,A\\,B\\,A$ it is to be up. After $A\\,A\\,C\\,A$, which asks for $A$ and $C$, and "
        "after $C\\,B\\,B\\,A$, which asks for nothing, it is to be down. Place by place, both pairs hold the same "
        "keys: $A$ and $C$, then $B$ and $A$, then $C$ and $B$."
    )
    inputs = (("5", "ABCA"), ("6", "CABA"), ("7", "AACA"), ("8", "CBBA"))
    up, also_up, down, also_down = (
        sums_over(work, mark, ["S", *(f"{name}{place}" for place, name in enumerate(keys, 1))], keys)
        for mark, keys in inputs
    )
    work.equal(up.moved + also_up.moved, down.moved + also_down.moved, because="what is moved, times its weight")
    work.equal(up.total + also_up.total, down.total + also_down.total, because="the sums of the weights")
    work.say(
        "Let $d$ be what the last token itself adds to the flag, the same for all four, and $D$ the sum of all weights "
        "of the first two. If the flag is up after both, these two move at least $(1 - \\epsilon - d) D$ together; if "
        "it is down after the others, at most $(\\epsilon - d) D$. It is the same amount, but the first is larger:"
    )
    larger(work, Integer(1))


def larger(work: Work, share: Expr) -> None:
    """That what two inputs move is more than what two others do, if the flag has this share after the first."""
    D, d, rest = positive("D"), real("d", "what the last token adds"), positive("t")
    more, less = (share - MARGIN - d) * D, (MARGIN - d) * D
    work.equal(more - less, (share - 2 * MARGIN) * D, because="the difference")
    told = f"with $\\epsilon = {share / 2} - t$"
    work.at_least(((share - 2 * MARGIN) * D).subs(MARGIN, share / 2 - rest), 0, because=told)


def one_head_after_a_layer(work: Work) -> None:
    """Four inputs whose keys, each with what stands before it, are the same taken together."""
    work.say(
        "A first layer without positions, with as many heads as one likes, does not help one head of a second. What it "
        "tells a token depends on that token and on how often each stands before it. So $E$ and $v$ depend on these: "
        "$E_{B,201}$ is the weight of a $B$ with two $A$, no $B$ and one $C$ before it. Look at the flag of $B$ once "
        "more. After $A\\,C\\,C\\,B\\,A\\,B\\,C\\,A$ and $C\\,A\\,B\\,A\\,C\\,C\\,B\\,A$ it is to be $1/2$, "
        "for $A$ was followed by $B$ once and by $C$ once. After $A\\,C\\,B\\,A\\,C\\,B\\,C\\,A$ and "
        "$C\\,A\\,C\\,B\\,A\\,C\\,B\\,A$, where it was followed by $C$ both times, it is to be down. But both pairs "
        "hold the same keys:"
    )
    inputs = (("a", "ACCBABCA"), ("b", "CABACCBA"), ("c", "ACBACBCA"), ("d", "CACBACBA"))
    half, also_half, down, also_down = (sums_over(work, mark, counted_before(keys), keys) for mark, keys in inputs)
    work.equal(half.moved + also_half.moved, down.moved + also_down.moved, because="what is moved, times its weight")
    work.equal(half.total + also_half.total, down.total + also_down.total, because="the sums of the weights")
    work.say(
        "All four end in the same query, and BOS is a key of all, which adds the same. With $d$ and $D$ as before, the "
        "first two move at least $(1/2 - \\epsilon - d) D$ and the others at most $(\\epsilon - d) D$, so it cannot be "
        "done within a margin below $1/4$. Three layers can, or positions."
    )
    larger(work, Rational(1, 2))


def counted_before(keys: str) -> list[str]:
    """Each key with how many of the letters A, B and C stand before it."""
    return [
        f"{name}," + "".join(str(keys[:place].count(letter)) for letter in "ABC") for place, name in enumerate(keys)
    ]


def two_layers(work: Work, layout: Layout, first: Head, second: Head, mark: str) -> Transformer:
    """A model on the layout, under the name by which claims call it."""
    return replace(model_on(work, layout, (first,), (second,), mark=mark), name="The model")


def by_place(work: Work, vocabulary: tuple[str, ...], n_ctx: int) -> Transformer:
    """The two layers with one-hot places; returns the model."""
    place = OneHot(n_ctx)
    layout = Layout(vocabulary, BEGIN, place, was(vocabulary))
    stream, places = layout.stream, layout.stream["place"]
    work.say(
        "Two layers share the work. The first tells every token what stood before it: its head looks one place back, "
        "as in exercise 2, and moves the flag of the token that it finds to a flag *was*, from which nothing is said "
        "yet."
    )
    first = defined(work, previous_token(layout, n_ctx), "1")
    before = {(places[i], places[max(i - 1, 0)]): 1 for i in range(n_ctx)}
    work.equal(first.W_QK, stream.matrix(before), because="a query, and the key for it")
    size = len(vocabulary)
    moves = {(stream["was"][i], stream["token"][i]): 1 for i in range(size)}
    work.equal(first.W_OV, stream.matrix(moves), because="from *is* to *was*; BOS is not told")
    work.say(
        "The second asks with its own token for that flag. So it finds the token that came after an earlier copy, and "
        "moves it to what is said. Where there is none it rests on BOS, which every query asks for by one half: less "
        "than what fits, more than anything else. And it takes 1 off the score of its own place, for the current token "
        "is not to count where it follows a copy of itself."
    )
    second = defined(work, successor(layout, n_ctx), "2")
    begin = layout.token(BEGIN)
    asks = {(stream["token"][i], stream["was"][i]): Integer(1) for i in range(size)}
    asks |= {(layout.token(name), begin): Rational(1, 2) for name in layout.names}
    asks |= {(places[i], places[i]): Integer(-1) for i in range(n_ctx)}
    work.equal(second.W_QK, stream.matrix(asks), because="one for what fits, one half for BOS, one less for itself")
    says = {(stream["pred"][i], stream["token"][i]): 1 for i in range(size)}
    work.equal(second.W_OV, stream.matrix(says), because="what is found is said")
    model = two_layers(work, layout, first, second, "p")
    work.say("At a scale $\\beta$ key $j$, counted from 1 for BOS, gets from the first head, for $A\\,B\\,C\\,A$,")
    words = [BEGIN, *"ABCA"]
    after = model.forward(words, layers=1)[1]
    held = (stream.read("was") @ after).named(Name("\\mathrm{was}"))
    work.equal(held, leaked(words, vocabulary), because="most of the token before, a little of all others")
    return model


def leaked(words: Sequence[str], vocabulary: tuple[str, ...]) -> ExactMatrix:
    """What the first head tells each token: x/(x + j - 1) of the token before, 1/(x + j - 1) of each other."""
    x = exp(beta)
    entries: dict[tuple[int, int], Expr] = {}
    for j in range(len(words)):
        for m in range(1, j + 1):
            row = vocabulary.index(words[m])
            entries[row, j] = entries.get((row, j), Integer(0)) + (x if m == j - 1 else 1) / (x + j)
    return ExactMatrix.from_entries((len(vocabulary), len(words)), entries)


def given_the_first(work: Work, model: Transformer, n_ctx: int) -> None:
    """The flags if the first head leaks nothing, for every number of copies."""
    n, k, m, x = KEYS, COPIES, FITTING, exp(beta)
    work.say(
        "Let the first head be ideal for a moment. If $k$ keys fit, of which $m$ are $b$, each of them has the weight "
        "$e^{\\beta}$, BOS has $e^{\\beta/2}$, the current token $e^{-\\beta}$, and each of the other $n - k - 2$ keys "
        "has 1. (If the current token follows a copy of itself, it has 1 as well.) The flag of $b$ comes from the $m$ "
        "keys, as long as no other key is $b$:"
    )
    total = k * x + sqrt(x) + n - k - 2 + 1 / x
    f = work.define("f", m * x / total, meaning="the flag of $b$")
    work.equal(f, m / k / (1 + (sqrt(x) + n - k - 2 + 1 / x) / (k * x)), because="divided by $k \\, e^{\\beta}$")
    runs = (("A B C A", "B", 1, 1), ("A B A C A", "B", 2, 1), ("A B A C A", "C", 2, 1))
    for words, name, copies, fitting in runs:
        flags = given_ideal(model, words.split())
        size = len(words.split()) + 1
        # A stands before an earlier copy of itself nowhere here, and every key that does not fit holds another token.
        value = f.xreplace({n: Integer(size), k: Integer(copies), m: Integer(fitting)})
        row = model.vocabulary.index(name)
        work.comes_to(logit_of(name, words.split()), flags[row, 0], value, given="an ideal first head")
    work.say("If nothing fits, BOS has $e^{\\beta/2}$ against $n - 2$ keys that weigh 1 each:")
    flags = given_ideal(model, ["A", "A", "B"])
    rest = 2 / (sqrt(x) + 2 + 1 / x)
    work.comes_to(logit_of("A", ["A", "A", "B"]), flags[0, 0], rest, given="an ideal first head")
    work.say(
        "So a flag that is to be down needs $e^{\\beta/2}$ to be large against $n$, and a flag that is to be up needs "
        "$e^{\\beta}$ to be large against $e^{\\beta/2}$ and $n$: BOS in the middle divides the gap evenly. The first "
        "head gets ideal itself as $\\beta$ grows, so the two do it together wherever they are sharp enough:"
    )
    sharp = FollowsWhenSharp.short(follows(RULE, model.vocabulary[:-1], n_ctx))
    work.asks(*(f"W_{role}^{number}" for number in (1, 2) for role in "QKVO"), meets=sharp)
    work.claim(sharp, of=model)


def logit_of(name: str, words: Sequence[str]) -> Scalar:
    """The name of a logit after some words."""
    spaced = r"\;".join(words)
    return Scalar(rf"\ell_{name}(\mathrm{{{spaced}}})")


def given_ideal(model: Transformer, words: Sequence[str]) -> ExactMatrix:
    """The last column of logits, if every token attends to the one before it in the first layer."""
    size = len(words) + 1
    shift = ExactMatrix.from_entries((size, size), {(i, max(i - 1, 0)): 1 for i in range(size)})
    return model.logits([BEGIN, *words], {(0, 0): shift}).take_columns([size - 1])


def how_sharp(work: Work, model: Transformer, n_ctx: int) -> None:
    """A scale that is enough for both layers, and one that is not."""
    n, k, m, y, x = KEYS, COPIES, FITTING, WIDTH, exp(beta)
    work.say(
        "Now both heads at the same scale. What the first one leaks is at most $l$ in each row, and a row that is "
        "shorter by $r$ leaks less:"
    )
    r = natural("r")
    work.equal(1 - x / (x + n - 1), (n - 1) / (x + n - 1), because="with $n$ keys; let this be $l$")
    longer, shorter = (r + n) / (x + r + n), n / (x + n)
    work.equal(longer - shorter, r * x / ((x + r + n) * (x + n)), because="a row with $r$ keys more")
    work.at_least(r * x / ((x + r + n) * (x + n)), 0, because="so the longest row leaks most")
    work.say(
        "So a key that fits scores from $\\beta (1 - l)$ to $\\beta$, and any other but BOS at most $\\beta l$. With "
        "$y = e^{\\beta l}$ the weights are from $e^{\\beta} / y$ to $e^{\\beta}$, and at most $y$. If nothing fits, "
        "the flags together are at most"
    )
    b = 2 * log((n - 1) * (2 - MARGIN) / MARGIN)
    enough = work.define("b", b, meaning="a scale that is enough")
    down = (n - 1) * y / ((n - 1) * y + sqrt(x))
    most = (2 - MARGIN) / (1 - MARGIN)
    work.equal(down.xreplace({beta: enough, y: most}), MARGIN, because="at $\\beta = b$, and $y$ as large as it may be")
    least = enough.xreplace({n: Integer(n_ctx), MARGIN: EPS})
    leaks = (n_ctx - 1) / (exp(least) + n_ctx - 1)
    work.at_most(exp(least * leaks), most.xreplace({MARGIN: EPS}), because=f"$y$ for $n = {n_ctx}$: there is room")
    work.say("If $k$ keys fit, of which $m$ are $b$, the flag of $b$ is at least")
    up = (m * x / y) / (m * x / y + (k - m) * x + sqrt(x) + (n - 1 - k) * y)
    work.equal(up, m / (m + (k - m) * y + y / sqrt(x) + (n - 1 - k) * y**2 / x), because="divided by $e^{\\beta} / y$")
    work.say(
        "which is near $m / k$ when $y$ is near 1 and $e^{\\beta/2}$ is large, and at most the same with the roles of "
        "the two kinds exchanged. That it is near enough is decided number by number:"
    )
    work.claim(follows(RULE, model.vocabulary[:-1], n_ctx), of=model, at={beta: least}, n_ctx=n_ctx)
    work.experiment(follows(RULE, model.vocabulary[:-1], n_ctx), of=model, n_ctx=n_ctx, beta=[least, 20])
    too_small(work, model, n_ctx)
    words = f"{BEGIN} A B C A B A C"
    for layer, told in ((0, "The first head finds the token before."), (1, "The second finds what came after a copy.")):
        work.figure(PatternFigure.of_model(model, words[: 2 * n_ctx + 1], {beta: least}, layer=layer), told)


def too_small(work: Work, model: Transformer, n_ctx: int) -> None:
    """A sequence that shows that the scale cannot be much smaller."""
    n, x = KEYS, exp(beta)
    work.say(
        "It cannot be much smaller. After $n - 2$ copies of $A$ and one $B$ nothing fits, and nothing is leaked, for "
        "no key but the last has seen a $B$. The flag of $A$ is then, with both heads as they are,"
    )
    own = exp(beta * (1 / (x + n - 1) - 1))
    flag = work.define("g", (n - 2) / (sqrt(x) + n - 2 + own), meaning="the flag of $A$ after $A \\ldots A\\,B$")
    words = ["A", "A", "B"]
    logit = model.logits([BEGIN, *words])[0, 3]
    work.comes_to(logit_of("A", words), logit, flag.xreplace({n: Integer(4)}), because="exactly")
    work.say("The last term is below 1, so the flag is more than it would be with 1 in its place, and that is")
    low = work.define("b_-", 2 * log((n - 2) * (1 - MARGIN) / MARGIN - 1), meaning="a scale that is too small")
    bound = ((n - 2) / (sqrt(x) + n - 1)).xreplace({beta: low})
    work.equal(bound, MARGIN, because="at $\\beta = b_-$: so there the flag is above its margin")
    scale = low.xreplace({n: Integer(n_ctx), MARGIN: EPS})
    work.claim(Fails(follows(RULE, model.vocabulary[:-1], n_ctx)), of=model, at={beta: scale}, n_ctx=n_ctx)
    work.say("The least scale lies between $b_-$ and $b$, and both grow like $2 \\log(n / \\epsilon)$.")


def by_sinusoids(work: Work, vocabulary: tuple[str, ...], n_ctx: int) -> None:
    """The same two heads with sinusoids in the place of one-hot places."""
    place, size = all_pairs(n_ctx), points(n_ctx)
    work.say(
        f"Sinusoids can tell the places apart just as well. Take {size} points on a circle and all its frequencies, "
        f"$\\alpha_i = 2 \\pi (i + 1) / {size}$ for $i$ from 0 to {place.pairs - 1}, each with $\\lambda_i = 1$. "
        f"Then $2/{size}$ of the sum of the cosines, as far as $k$ goes, is 1 more at 0 than at every other distance:"
    )
    distances = row_of([kernel(place, size, Integer(k)) for k in range(n_ctx)]).named(Name("s"))
    lower = Rational(-1, size)
    work.equal(distances, row_of([lower + 1, *[lower] * (n_ctx - 1)]), because="for $k = 0, 1, 2, \\ldots$")
    work.say(
        "What all keys have in common is nothing to softmax. So the heads of the last section do the same with these "
        "places, turned back by one for the first head, and with the same scales. A single pair would do for looking "
        "back; but what it takes off a key would depend on how far that is, and copies would not share alike."
    )
    layout = Layout(vocabulary, BEGIN, place, was(vocabulary))
    stream = layout.stream
    first, second = defined(work, previous_token(layout, n_ctx), "s"), defined(work, successor(layout, n_ctx), "t")
    moves = {(stream["was"][i], stream["token"][i]): 1 for i in range(len(vocabulary))}
    work.equal(first.W_OV, stream.matrix(moves), because="from *is* to *was*")
    says = {(stream["pred"][i], stream["token"][i]): 1 for i in range(len(vocabulary))}
    work.equal(second.W_OV, stream.matrix(says), because="what is found is said")
    i, j = work.indices("n m")
    read = [weight @ stream.write("place") for weight in (first.W_Q, first.W_K)]
    score = ((read[0] @ place.at(i)).T @ (read[1] @ place.at(j))).scalar()
    work.equal(score, turned(place, size, i - 1 - j), because="the score of the first head, before $\\beta$")
    read = [weight @ stream.write("place") for weight in (second.W_Q, second.W_K)]
    score = ((read[0] @ place.at(i)).T @ (read[1] @ place.at(j))).scalar()
    work.equal(score, -turned(place, size, i - j), because="what the place adds to that of the second")
    model = two_layers(work, layout, first, second, "s")
    numbers = angles(n_ctx)
    work.suggest(numbers)
    least = 2 * log((n_ctx - 1) * (2 - EPS) / EPS)
    work.claim(follows(RULE, vocabulary, n_ctx), of=model, at=numbers | {beta: least}, n_ctx=n_ctx)
    work.experiment(follows(RULE, vocabulary, n_ctx), of=model, n_ctx=n_ctx, beta=[least, 20])


def turned(place: Sinusoids, size: int, distance: Expr) -> Expr:
    """The scaled sum of the cosines at a distance, by symbols."""
    return Rational(2, size) * place.weighted(lambda angle: cos(angle * distance))


def kernel(place: Sinusoids, size: int, distance: Expr) -> Expr:
    """The same at the angles that are taken."""
    return Rational(2, size) * sum(cos(2 * pi * (i + 1) * distance / size) for i in range(place.pairs))


def counted(work: Work, n_ctx: int) -> None:
    """The places that a first layer counts, as a product of two matrices."""
    size = n_ctx
    work.say(
        "With BOS a layer more can stand in for positions. As in exercise 2, a head that gives BOS $c$ times the "
        "weight of any other key, and looks at nothing else, takes $c / (c + m)$ from it at place $m$, counted from 0. "
        f"Let there be {size} such heads, with $c$ from powers of 4. A row for each place, a column for each head:"
    )
    taken = [[c / (c + m) for c in biases(size)] for m in range(size)]
    M = work.define("M", ExactMatrix.from_rows(taken), meaning="what each head takes at each place")
    work.say(
        "A function of $m$ that is 0 at all places but one, over the product of all $c + m$, falls into partial "
        "fractions, and these are the weights with which the outputs of the heads write that place:"
    )
    weights = [fractions_at(place, size) for place in range(size)]
    X = work.define("X", ExactMatrix.from_rows(weights).T, meaning="a column for each place")
    work.equal(M @ X, ExactMatrix.identity(size), because="one-hot places, exactly")
    work.say(
        "So the two layers with one-hot positions do the same behind it. The weights are large and of both signs, and "
        "grow fast with the context: beyond some ten tokens floating-point numbers no longer hold them."
    )
