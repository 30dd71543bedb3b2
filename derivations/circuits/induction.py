"""Induction heads: the model of exercise 3 by its terms, scores and eigenvalues, and on tokens that are not alike."""

from collections.abc import Mapping
from dataclasses import replace

from sympy import Eq, Expr, Integer, Piecewise, Rational, Symbol, cos, exp, log, sqrt

from symcircuits import AttendsTo, Copies, Head, Induces, Residual, Sinusoids, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix, row_of
from symcircuits.behaviours import CopiesToLogits
from symcircuits.behaviours.induction import previous_or_itself
from symcircuits.circuit.generic import any_pattern, tokens
from symcircuits.circuit.paths import score_terms
from symcircuits.circuit.scores import (
    composition_baseline,
    composition_ceiling,
    copying_score,
    k_composition,
    q_composition,
    v_composition,
)
from symcircuits.symbols import N, beta_, m, n, natural, positive
from symcircuits.typeset.formulas import Name, Product, Scalar, Sum, Transpose
from symcircuits.worked import PatternFigure

ONE, TWO = beta_(1), beta_(2)
RHO = positive("rho", "the overlap of two embeddings", r"\rho")
REST = Rational(1, 2)
SHARP = 1000  # a scale of head 1 at which no other key is left, at any offset that occurs here


@derivation("circuits/induction", title="Induction heads: which term does it")
def induction(work: Work, content: int = 8, stream_pairs: int = 4, pairs: int = 2, n_ctx: int = 15) -> None:
    work.require(4 <= content <= 8, f"expected 4 to 8 content directions, one for each token, got {content}")
    most = 2 * content - 1
    work.require(5 <= n_ctx <= most, f"n_ctx must be from 5 to {most}, so that a block comes twice, got {n_ctx}")
    work.problem(
        "An induction head looks for an earlier copy of the present token and attends to what came after it. Take the "
        "one of exercise 3. Which term of its score does it, and what do the other terms add? What do composition "
        "scores and eigenvalues say of it? What does it do on random tokens that come twice, on tokens that are "
        "similar and not the same, and on a token that has not been seen?"
    )
    given = work.given("framework/3", content=content, stream_pairs=stream_pairs, pairs=pairs, n_ctx=n_ctx)
    model = the_model(given)
    position = Sinusoids(stream_pairs)
    work.suggest(position.suggested(10))
    work.section("The two heads")
    what_they_do(work, model)
    work.section("Keys one place on")
    shifted_keys(work, model)
    work.section("Which term does it")
    terms(work, model)
    work.section("Composition scores and eigenvalues")
    scores(work, model, position.first(pairs))
    work.section("Random tokens that come twice")
    twice(work, model, n_ctx)
    work.section("Similar tokens")
    similar(work, model, n_ctx)
    work.section("A token that has not been seen")
    not_seen(work, model)
    block = " ".join(model.vocabulary[1 : n_ctx // 2 + 1])
    at = position.suggested(10) | {ONE: Integer(20), TWO: Integer(40)}
    for layer, caption in (
        (0, "Head 1 on a block that comes twice: every token attends to the one before."),
        (1, "Head 2 on the same: in the first copy it rests on BOS, in the second it attends to what came next."),
    ):
        work.figure(PatternFigure.of_model(model, f"BOS {block} {block}", at, layer=layer), caption)


def the_model(given: Mapping[str, ExactMatrix]) -> Transformer:
    """The heads, embedding and unembedding of exercise 3."""
    names = ("W_Q", "W_K", "W_V", "W_O")
    first, second = (
        Head(**{name: given[f"{name}^{number}"] for name in names}, scale=scale, name=f"Head {number}")
        for number, scale in ((1, ONE), (2, TWO))
    )
    W_E = given["W_E^B"]
    vocabulary = ("BOS", *"abcdefg"[: W_E.shape[1] - 1])
    return Transformer(((first,), (second,)), W_E, given["W_U"], vocabulary=vocabulary, name="The model")


def what_they_do(work: Work, model: Transformer) -> None:
    """What both move, and what the second compares."""
    stream = model.stream
    work.say(
        "Head 1 attends to the token before, by rotating its position (exercise 2(c)), and copies its content to $v$. "
        "Head 2 compares the content of the query with the $v$ of the key, and copies the content of the token that it "
        "finds to $w$, from which logits are read."
    )
    for head, target in zip(model.heads, "vw", strict=True):
        work.claim(Copies(stream["content"], stream[target]), of=Head(W_V=head.W_V, W_O=head.W_O, name=head.name))
    first, second = model.heads
    looks = Head(W_Q=first.W_Q, W_K=first.W_K, scale=ONE, name="Head 1")
    work.claim(AttendsTo(-1), of=looks)
    asks = {(stream["content"][i], stream["v"][i]): 1 for i in range(len(stream["content"]))}
    work.equal(second.W_QK, stream.matrix(asks), because="row: what the query asks; column: what the key tells")


def shifted_keys(work: Work, model: Transformer) -> None:
    """Whatever tokens hold, the key of head 2 is what head 1 has moved; the query is what the token is."""
    (first, second), size = model.heads, 3
    x = empty(model.stream, size)
    contents = model.stream.read("content") @ x
    C = ExactMatrix.from_entries(contents.shape, dict(contents.entries)).named(Name("C"))
    A = any_pattern("a", size)
    work.say(
        f"Let $x$ be {size} tokens, each with any content and its position, and with $v$ and $w$ empty; their "
        "contents are the columns of $C$. Let head 1 have any pattern $A^1$. What head 2 then reads is $x'$. Its "
        "queries are the contents as they were, since head 1 writes nothing that they read; its keys are the "
        "contents that head 1 moved, and nothing else:"
    )
    after = x + first.output(x, A)
    work.equal(asked(second.query(after), "Q"), C, because="the query does not read $v$", given="$A^1$")
    moved = C @ A.T
    work.equal(
        asked(second.key(after), "K"),
        moved.named(Product((Name("C"), Transpose(Name("A^1"))))),
        because="the key reads $v$ alone",
        given="$A^1$",
    )
    work.say(
        "Where head 1 attends to the token before, and token 0 to itself, the key in place $m$ is the content of "
        "token $m - 1$: all keys have moved one place on. A query that looks for its like finds it one place too "
        "late, at the token that came next."
    )
    shift = previous_or_itself(size)
    work.equal(
        asked(second.key(x + first.output(x, shift)), "K"),
        C.take_columns([max(place - 1, 0) for place in range(size)]).named(Scalar(r"[c_{0} \; c_{0} \; c_{1}]")),
        because="one place on; row 0 has none before it",
        given="head 1 attends to the token before",
    )
    work.say("So the scores are those of a head that compares contents, with its columns one place on:")
    work.equal(
        second.scores(after).labelled(None, None).named(Name("s")),
        (C.T @ C @ A.T * TWO).named(
            Product((Scalar(r"\beta_{2}"), Transpose(Name("C")), Name("C"), Transpose(Name("A^1"))))
        ),
        because="$\\beta_2 \\langle c_n, c_{m-1} \\rangle$ for the pattern of a previous-token head",
        given="$A^1$",
    )


def asked(columns: ExactMatrix, name: str) -> ExactMatrix:
    """Queries or keys of head 2, under a name."""
    weights = {"Q": r"W_Q^2", "K": r"W_K^2"}
    return columns.labelled(None, None).named(Product((Name(weights[name]), Name("x'"))))


def empty(stream: Residual, size: int) -> ExactMatrix:
    """Tokens with nothing in v and w."""
    x = tokens(stream, size)
    hidden = {place for block in "vw" for place in stream[block].places}
    kept = {(i, j): value for (i, j), value in x.entries.items() if i not in hidden}
    return ExactMatrix.from_entries(x.shape, kept, stream).named(Name("x"))


def terms(work: Work, model: Transformer) -> None:
    """The four terms for tokens of the vocabulary: composition of keys, and what BOS has by itself."""
    (first, second), E = model.heads, model.W_E
    size = E.shape[1]
    W, V = Name(r"W_{\mathrm{QK}}^2"), Name(r"W_{\mathrm{OV}}^1")
    work.say(
        "The score of head 2 has four terms, by what query and key owe to head 1. For tokens of the vocabulary, a row "
        "for the query's and a column for the key's, before the scale:"
    )
    found = score_terms(replace(second, scale=Integer(1)), first)
    work.equal(
        (E.T @ found.direct @ E).named(Product((Transpose(Name("W_E")), W, Name("W_E")))),
        ExactMatrix.from_entries((size, size), {(i, 0): REST for i in range(1, size)}, E.columns, E.columns),
        because="nothing from head 1: each other token likes BOS, by one half",
    )
    zero = ExactMatrix.zeros(model.d_model, model.d_model)
    work.equal(found.query.named(Product((Transpose(V), W))), zero, because="from head 1 to the query: not read")
    work.equal(found.both.named(Product((Transpose(V), W, V))), zero, because="from head 1 to both: not read")
    work.equal(
        (E.T @ found.key @ E).named(Product((Transpose(Name("W_E")), W, V, Name("W_E")))),
        ExactMatrix.identity(size).named(Name(r"\mathrm{Id}")),
        because="from head 1 to the key: composition of keys",
    )
    text = ("BOS", "a", "b", "a")
    work.say(
        "So induction is the last term alone, and the first one gives it a place to rest. On a text whose tokens are "
        "picked by $T$, with any pattern of head 1, both are looked up; $R$ has a 1 for each token but BOS in the "
        "column of BOS:"
    )
    A, T = any_pattern("a", len(text)), chosen(text, model.vocabulary)
    scored = model.scores(1, 0, model.forward(text, {(0, 0): A}, layers=1)[-1])
    likes = ExactMatrix.from_entries((size, size), {(i, 0): REST for i in range(1, size)})
    whole = T.T @ likes @ T + T.T @ T @ A.T
    half = Product((Scalar(r"\tfrac12"), Transpose(Name("T")), Name("R"), Name("T")))
    work.equal(
        (scored.labelled(None, None) * (1 / TWO)).named(Scalar(r"s / \beta_{2}")),
        whole.named(Sum(((1, half), (1, Product((Transpose(Name("T")), Name("T"), Transpose(Name("A^1")))))))),
        because=f"on {' '.join(text)}, for each entry of $A^1$",
        given="$A^1$",
    )
    work.say(
        "In words: the score of a key is $\\beta_2$ times the attention that head 1 pays, from that key, to copies of "
        "the query's token, and $\\beta_2 / 2$ more if the key is BOS. What head 1 leaves off the token before is lost "
        "in just this proportion."
    )


def chosen(text: tuple[str, ...], vocabulary: tuple[str, ...]) -> ExactMatrix:
    """A column for each token of the text, with a 1 in its row of the vocabulary."""
    ones = {(vocabulary.index(token), place): 1 for place, token in enumerate(text)}
    return ExactMatrix.from_entries((len(vocabulary), len(text)), ones)


def scores(work: Work, model: Transformer, position: Sinusoids) -> None:
    """The three composition scores, and the eigenvalues of both circuits of both heads."""
    first, second = model.heads
    size, d_model = len(model.stream["content"]), model.d_model
    work.say("The composition scores of the pair, each the norm of a product over those of its factors:")
    found = k_composition(first, second)
    work.comes_to(Scalar("K"), found, composition_ceiling(size), because="all that is written is read: the ceiling")
    work.comes_to(Scalar("Q"), q_composition(first, second), 0, because="the queries read nothing of it")
    work.comes_to(Scalar("V"), v_composition(first, second), 0, because="nor do the values")
    work.say(f"A random rotation between the two would give, with {d_model} dimensions,")
    baseline = composition_baseline(d_model)
    work.comes_to(Scalar(r"K_{\mathrm{RMS}}"), baseline, 1 / sqrt(d_model), because="in the root of the mean square")
    work.at_least(found, baseline, because="so it stands out")
    work.say(
        "*Eigenvalues.* The sum of the eigenvalues over the sum of their sizes is 1 where all are positive: a token "
        "looks for itself (QK), or raises its own logit (OV). Taken as they are, three of the matrices tell "
        "nothing of this, because none reads what it writes: all eigenvalues are 0, and the score is 0/0."
    )
    x = Symbol("x")
    for name, matrix in (
        (r"W_{\mathrm{OV}}^1", first.W_OV),
        (r"W_{\mathrm{OV}}^2", second.W_OV),
        (r"W_{\mathrm{QK}}^2", second.W_QK),
    ):
        told = Scalar(rf"\det(x - {name})")
        work.comes_to(told, matrix.characteristic_polynomial(x), x**d_model, because="from one block to another")
    work.say("Head 1 looks by places: its eigenvalues are those of the rotation by one token, $e^{\\pm i \\alpha}$.")
    turns = rotations(position, x) * x ** (d_model - 2 * position.pairs)
    work.comes_to(
        Scalar(r"\det(x - W_{\mathrm{QK}}^1)"), first.W_QK.characteristic_polynomial(x), turns, because="a pair each"
    )
    work.say(
        "Between tokens and with the composition multiplied in, both circuits of head 2 have nothing but the "
        "eigenvalue 1. That is the mark of an induction head: it *looks for the same* and *copies*."
    )
    E = model.W_E
    looks = ((second.W_Q @ E).T @ (second.W_K @ first.W_O)) @ (first.W_V @ E)
    copies = (model.W_U @ second.W_O) @ (second.W_V @ E)
    for name, matrix in (
        (r"W_E^{\mathsf{T}} W_{\mathrm{QK}}^2 W_{\mathrm{OV}}^1 W_E", looks),
        (r"W_U W_{\mathrm{OV}}^2 W_E", copies),
    ):
        work.comes_to(
            Scalar(rf"\det(x - {name})"),
            matrix.labelled(None, None).characteristic_polynomial(x),
            (x - 1) ** E.shape[1],
            because="the identity",
        )
        work.comes_to(Scalar(rf"\mathrm{{copying}}({name})"), copying_score(matrix.labelled(None, None)), 1)
    work.equal(
        ((model.W_U @ first.W_O) @ (first.W_V @ E)).named(Scalar(r"W_U W_{\mathrm{OV}}^1 W_E")),
        ExactMatrix.zeros(E.shape[1], E.shape[1]),
        because="head 1 says nothing by itself",
    )


def rotations(position: Sinusoids, x: Symbol) -> Expr:
    """The product of ``x^2 - 2 x cos(alpha) + 1`` over pairs."""
    product: Expr = Integer(1)
    for angle in position.angles:
        product *= x**2 - 2 * x * cos(angle) + 1
    return product


def twice(work: Work, model: Transformer, n_ctx: int) -> None:
    """A block of random tokens, twice: the share of the right key, and the logits."""
    work.say(
        "BOS, and a block of $N$ different tokens chosen at random, twice. Nothing in the weights has seen which token "
        "follows which. *Given* that head 1 attends to the token before, in row $n$ of the second copy the token after "
        "the earlier copy has the score $\\beta_2$, BOS $\\beta_2 / 2$, and each of the $n - 1$ others 0, so that it "
        "gets"
    )
    others = natural("q", "other keys")
    share = exp(TWO) / (exp(TWO) + exp(TWO / 2) + others)
    told = 1 / (1 + exp(-TWO / 2) + others * exp(-TWO))
    work.equal(share, told, because="with $q = n - 1$")
    induces, to_logits = Induces(), CopiesToLogits(begin="BOS")
    work.claim(induces, of=model)
    work.claim(to_logits, of=model)
    work.say(
        "On the numeric engine, with the whole model: the pattern for a $\\beta_1$ so large that no other key is left "
        "to head 1, and the logits for a usual one."
    )
    closed = pattern_of_repeated(Integer(0))
    work.experiment(induces, of=model, closed_form=closed, n_ctx=n_ctx, seed=41, beta_1=[SHARP], beta_2=[1, 10])
    work.experiment(to_logits, of=model, n_ctx=n_ctx, seed=42, beta_1=[20], beta_2=[10])


def pattern_of_repeated(overlap: Expr) -> Expr:
    """The attention of head 2 in the second copy of a block, any two tokens of which have this overlap."""
    right, rest, first, other = exp(TWO), exp(TWO / 2), Integer(1), exp(TWO * overlap)
    total = right + rest + first + (n - 2) * other
    return Piecewise(
        (right / total, Eq(m, n - N + 1)), (rest / total, Eq(m, 0)), (first / total, Eq(m, 1)), (other / total, True)
    )


def similar(work: Work, model: Transformer, n_ctx: int) -> None:
    """Any two tokens with the same overlap: the attention in closed form, and when it beats resting."""
    stream = model.stream
    size = len(stream["content"])
    work.say(
        "Let tokens be similar: unit vectors of content, any two of which have the overlap $\\rho = \\langle c, c' "
        "\\rangle$, with $0 < \\rho < 1$. They share one direction and have one each of their own. BOS has no content, "
        "and likes each of them by one half as before:"
    )
    content, v = stream["content"].places, stream["v"].places
    own = {(content[i], i): sqrt(1 - RHO) for i in range(1, size)}
    own |= {(content[0], i): sqrt(RHO) for i in range(1, size)}
    names = model.W_E.columns
    shape = (stream.d_model, size)
    W_E = work.define("W_E^s", ExactMatrix.from_entries(shape, own | {(v[0], 0): REST / sqrt(RHO)}, stream, names))
    alike = replace(model, W_E=W_E, W_U=None, name="The model on similar tokens")
    overlaps = {(i, j): 1 if i == j else RHO for i in range(1, size) for j in range(1, size)}
    found = score_terms(replace(model.head(1), scale=Integer(1)), model.head(0))
    W, V = Name(r"W_{\mathrm{QK}}^2"), Name(r"W_{\mathrm{OV}}^1")
    work.equal(
        (W_E.T @ found.key @ W_E).named(Product((Transpose(Name("W_E^s")), W, V, Name("W_E^s")))),
        ExactMatrix.from_entries((size, size), overlaps, names, names),
        because="each with itself 1, with another one $\\rho$",
    )
    work.equal(
        (W_E.T @ found.direct @ W_E).named(Product((Transpose(Name("W_E^s")), W, Name("W_E^s")))),
        ExactMatrix.from_entries((size, size), {(i, 0): REST for i in range(1, size)}, names, names),
        because="BOS, as before",
    )
    work.say(
        "*Given* that head 1 attends to the token before, head 2 has on $\\mathrm{BOS}\\,a\\,b\\,a$ the rows, with $b$ "
        "new and then $a$ a copy,"
    )
    text = ("BOS", "a", "b", "a")
    pattern = alike.pattern(1, 0, alike.forward(text, {(0, 0): previous_or_itself(4)}, layers=1)[-1])
    rest, like, same = exp(TWO / 2), exp(TWO * RHO), exp(TWO)
    for row, values, because in (
        (2, [rest, 1, like], "token $b$, with the one after the similar $a$ last"),
        (3, [rest, 1, same, like], "token $a$ again, with the one after its copy third"),
    ):
        total = sum(values, Integer(0))
        work.equal(
            row_of([pattern[row, key] for key in range(row + 1)]).named(Name(f"A^2_{{{row}}}")),
            row_of([value / total for value in values]),
            because=because,
        )
    work.say("Where there is a copy, the token after it is ahead of one after a similar token, by the factor")
    work.equal(same / like, exp(TWO * (1 - RHO)), because="the more the less alike they are")
    work.say(
        "Where there is none, the token after the similar one stands in: induction goes by likeness. It is ahead of "
        "BOS for $\\rho > 1/2$ and for no smaller $\\rho$, by the factor"
    )
    work.equal(like / rest, exp(TWO * (RHO - REST)), because="more than 1 exactly where $\\rho > 1/2$")
    d = positive("d", "how much more than one half")
    work.say("By an overlap of $1/2 + d$ the token after the one similar token gets, with $q$ keys that are unlike,")
    others = natural("q", "other keys")
    alone = (like / (like + rest + others)).subs(RHO, REST + d)
    told = 1 / (1 + exp(-TWO * d) + others * exp(-TWO * (REST + d)))
    work.equal(alone, told, because="both divided by $e^{\\beta_2 (1/2 + d)}$")
    work.say(
        "On the numeric engine, a random block of such tokens, twice. In the second copy all $n - 2$ keys after other "
        "tokens have a part, and the closed form of the whole pattern is that of the rows above:"
    )
    closed = pattern_of_repeated(RHO)
    work.experiment(
        Induces(),
        of=alike,
        closed_form=closed,
        n_ctx=n_ctx,
        seed=43,
        rho=[Rational(1, 4), Rational(9, 10)],
        beta_1=[SHARP],
        beta_2=[10],
    )


def not_seen(work: Work, model: Transformer) -> None:
    """Rest on BOS, or spread over all keys where there is no BOS."""
    text = ("BOS", "a", "b", "c")
    work.say(
        "In $\\mathrm{BOS}\\,a\\,b\\,c$ the token $c$ is new. *Given* that head 1 attends to the token before, head 2 "
        "gives BOS most and spreads the rest evenly:"
    )
    rest = exp(TWO / 2)
    pattern = model.pattern(1, 0, model.forward(text, {(0, 0): previous_or_itself(4)}, layers=1)[-1])
    work.equal(
        row_of([pattern[3, key] for key in range(4)]).named(Name("A^2_{3}")),
        row_of([value / (rest + 3) for value in (rest, Integer(1), Integer(1), Integer(1))]),
        because="no key comes after a $c$",
    )
    work.say("In a row with $q$ keys besides BOS, and no earlier copy, BOS gets")
    others, r = natural("q", "other keys"), positive("r", "how often as much as all others")
    share = rest / (rest + others)
    work.equal(share, 1 / (1 + others * exp(-TWO / 2)), because="both divided by $e^{\\beta_2 / 2}$")
    work.say("so that for BOS to have $r$ times what all others have together it takes $\\beta_2 = 2 \\log(q r)$:")
    work.equal(
        share.subs(TWO, 2 * log(others * r)), r / (1 + r), because="$e^{\\beta_2 / 2} = q r$, with $\\beta_2$ put in"
    )
    work.say(
        "It grows with the logarithm of the context alone. Without BOS there is nothing to rest on, and a new token "
        "attends to all keys alike: the logits are those of a bag of words."
    )
    own = model.stream.write("content").labelled(model.stream, model.W_E.columns)
    plain = replace(model, W_E=own, W_U=None, name="Without BOS")
    spread = plain.pattern(1, 0, plain.forward("abc", {(0, 0): previous_or_itself(3)}, layers=1)[-1])
    work.equal(
        row_of([spread[2, key] for key in range(3)]).named(Name("A^2_{2}")),
        row_of([Rational(1, 3)] * 3),
        because="all scores are 0",
    )
