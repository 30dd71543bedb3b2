"""Composition of two heads: what a later head's scores and values owe to an earlier one, and how it is measured."""

from dataclasses import replace

from sympy import Expr, Rational, expand, sqrt

from symcircuits import Copies, Head, OneHot, Residual, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix, below
from symcircuits.behaviours import ActsLike, Computes, Path, SumOfPaths
from symcircuits.circuit.generic import (
    any_matrix,
    any_numbers,
    any_pattern,
    any_weights,
    row_sums,
    shares,
    tokens,
)
from symcircuits.circuit.paths import ScoreTerms, score_terms
from symcircuits.circuit.scores import (
    composition_baseline,
    composition_ceiling,
    k_composition,
    q_composition,
    v_composition,
)
from symcircuits.symbols import beta, positive
from symcircuits.typeset.formulas import Name, Product, Scalar, Sum, Transpose
from symcircuits.worked import PatternFigure

X, MOVED = Name("x"), Name("y")
SCORE = Scalar("s / \\beta")


@derivation("circuits/composition", title="Composition of two heads")
def composition(work: Work, width: int = 2, places: int = 3, shared: int = 2) -> None:
    work.require(2 <= width <= 4, f"width must be from 2 to 4, got {width}")
    work.require(2 <= places <= 4, f"places must be from 2 to 4, got {places}")
    work.require(1 <= shared <= 4, f"shared must be from 1 to 4, got {shared}")
    work.problem(
        "A head of the second layer reads a stream to which a head of the first has added something. In which ways can "
        "the two compose? Derive the terms of scores and values, and the composition score of each, with what it is "
        "by chance and at most; and say where a score misleads."
    )
    stream = Residual(x=width)
    work.section("Queries and keys")
    earlier, later, free = two_heads(work, stream)
    queries_and_keys(work, stream, (earlier, later), free, places)
    work.section("Values")
    values(work, stream, (earlier, later), free, places)
    work.section("Both on the numeric engine")
    on_the_engine(work, stream, (earlier, later), free)
    work.section("Scores on pairs made by hand")
    by_hand(work, shared)
    work.section("Where a score misleads")
    misleading(work)


def two_heads(work: Work, stream: Residual) -> tuple[Head, Head, tuple[Head, Head]]:
    """Any two heads of one dimension, defined; and the same with no names."""
    work.say(
        "Let head 1 be in the first layer and head 2 in the second, of one dimension each so that all can be written "
        "out, with any entries."
    )
    free = [any_weights(stream, 1, letters) for letters in ("qkvo", "fgwp")]
    heads = []
    for number, weights in enumerate(free, 1):
        for start, matrix in enumerate(weights.values()):
            work.suggest(any_numbers(matrix, start + 2 * number))
        named = {name: work.define(f"{name}^{number}", matrix) for name, matrix in weights.items()}
        heads.append(Head(**named, scale=beta, name=f"Head {number}"))
    plain = Head(**free[0], scale=beta), Head(**free[1], scale=beta)
    return heads[0], heads[1], plain


def queries_and_keys(work: Work, stream: Residual, heads: tuple[Head, Head], free: tuple[Head, Head], n: int) -> None:
    """The four terms of the score of the later head."""
    earlier, later = heads
    x, A = tokens(stream, n), any_pattern("a", n)
    work.say(
        "Head 1 moves $y = x (A^1)^{\\mathsf{T}}$, to each token the mean of those that it attends to, and "
        "adds $W_{\\mathrm{OV}}^1 y$. Head 2 takes queries and keys of $x + W_{\\mathrm{OV}}^1 y$. Its score is "
        "bilinear, so it has four terms: neither side from head 1, the query's from head 1 (Q-composition), the key's "
        "(K-composition), or both:"
    )
    after = x + earlier.output(x, A)
    terms = score_terms(Head(W_Q=free[1].W_Q, W_K=free[1].W_K), free[0])
    queries, keys = (
        (read @ x, (read @ free[0].W_O) @ (free[0].W_V @ (x @ A.T))) for read in (free[1].W_Q, free[1].W_K)
    )
    parts = ScoreTerms(*(query.T @ key for key in keys for query in queries))
    work.equal(
        (later.scores(after) * (1 / beta)).labelled(None, None).named(SCORE),
        parts.total().labelled(None, None).named(four_terms()),
        because=f"multiplied out, for any weights, tokens and pattern, of {n} tokens",
        given="$A^1$",
    )
    work.say(
        "No term needs the patterns of head 2. A term that is not zero shows in what the pattern depends on: with "
        "Q-composition, on whom head 1 of the *query* attended to; with K-composition, on whom that of the *key* did. "
        "That is how an induction head finds a key by the token before it."
    )
    work.say(
        "The matrices of the three terms by composition have in their middle what head 2 reads of what head 1 writes, "
        "$W_Q^2 W_O^1$ by its queries and $W_K^2 W_O^1$ by its keys. Where that is zero so is the term:"
    )
    W_Q, W_K, W_V, W_O = later.W_Q, later.W_K, earlier.W_V, earlier.W_O
    values, by_query, by_key = r"(W_V^1)^{\mathsf{T}}", r"(W_Q^2 W_O^1)^{\mathsf{T}}", "(W_K^2 W_O^1)"
    turned = r"(W_{\mathrm{OV}}^1)^{\mathsf{T}}"
    for term, name, found, told, because in (
        (terms.query, turned + r" W_{\mathrm{QK}}^2", W_V.T @ (W_Q @ W_O).T @ W_K, f"{values} {by_query} W_K^2", "Q"),
        (
            terms.key,
            r"W_{\mathrm{QK}}^2 W_{\mathrm{OV}}^1",
            W_Q.T @ (W_K @ W_O) @ W_V,
            rf"(W_Q^2)^{{\mathsf{{T}}}} {by_key} W_V^1",
            "K",
        ),
        (
            terms.both,
            turned + r" W_{\mathrm{QK}}^2 W_{\mathrm{OV}}^1",
            W_V.T @ (W_Q @ W_O).T @ (W_K @ W_O) @ W_V,
            f"{values} {by_query} {by_key} W_V^1",
            "both",
        ),
    ):
        work.equal(
            term.labelled(None, None).named(Scalar(name)),
            found.labelled(None, None).named(Scalar(told)),
            because="both" if because == "both" else f"{because}-composition",
        )


def four_terms() -> Sum:
    """``x^T W x + y^T V^T W x + x^T W V y + y^T V^T W V y``."""
    W, V = Name(r"W_{\mathrm{QK}}^2"), Name(r"W_{\mathrm{OV}}^1")
    left, right = (Transpose(X),), (X,)
    from_head = (Transpose(MOVED), Transpose(V)), (V, MOVED)
    pairs = ((left, right), (from_head[0], right), (left, from_head[1]), from_head)
    return Sum(tuple((1, Product((*query, W, *key))) for query, key in pairs))


def values(work: Work, stream: Residual, heads: tuple[Head, Head], free: tuple[Head, Head], n: int) -> None:
    """The stream after both layers, as four paths."""
    earlier, later = heads
    x = tokens(stream, n)
    A, B = any_pattern("a", n), any_pattern("b", n)
    work.say(
        "Values are linear, given the patterns. So the stream after both layers is the sum of four paths: past both "
        "heads, through either, and through head 1 and then head 2 (V-composition). The last is a head of its own, a "
        "virtual one, with the matrix $W_{\\mathrm{OV}}^2 W_{\\mathrm{OV}}^1$ and the pattern $A^2 A^1$:"
    )
    after = x + earlier.output(x, A)
    nets = [(one.W_O @ one.W_V).labelled(None, None) for one in free]
    plain = x.labelled(None, None)
    both = nets[1] @ nets[0] @ plain @ (B @ A).T
    names = Name(r"W_{\mathrm{OV}}^1"), Name(r"W_{\mathrm{OV}}^2")
    told = Sum(
        (
            (1, X),
            (1, Product((names[0], X, Transpose(Name("A^1"))))),
            (1, Product((names[1], X, Transpose(Name("A^2"))))),
            (1, Product((names[1], names[0], X, Transpose(Product((Name("A^2"), Name("A^1"))))))),
        )
    )
    work.equal(
        (after + later.output(after, B)).labelled(None, None).named(Scalar("x'")),
        (plain + nets[0] @ plain @ A.T + nets[1] @ plain @ B.T + both).named(told),
        because="multiplied out, for any weights, tokens and patterns",
        given="$A^1$ and $A^2$",
    )
    identity = ExactMatrix.identity(stream.d_model)
    ways = [Path((), identity), Path((0,), nets[0]), Path((1,), nets[1]), Path((0, 1), nets[1] @ nets[0])]
    moving = [Head(W_V=one.W_V, W_O=one.W_O) for one in heads]
    work.say("On the numeric engine, layer by layer, with random patterns:")
    work.experiment(SumOfPaths(tuple(ways), (1, 1)), of=moving, seed=21, n_ctx=16)


def on_the_engine(work: Work, stream: Residual, heads: tuple[Head, Head], free: tuple[Head, Head]) -> None:
    """The whole of both layers from the terms, next to a run of the engine."""
    text, size = "ab", stream.d_model
    W_E = work.define("W_E", ExactMatrix.identity(size, stream).labelled(stream, None))
    names = tuple("abcd"[:size])
    model = Transformer(((heads[0],), (heads[1],)), W_E=W_E, vocabulary=names, name="The model")
    numbers = {
        symbol: value
        for number, one in enumerate(free, 1)
        for start, matrix in enumerate(one.weights().values())
        for symbol, value in any_numbers(matrix, start + 2 * number).items()
    }
    first, second = (
        Head(**{name: matrix.substitute(numbers) for name, matrix in one.weights().items()}, scale=beta) for one in free
    )
    work.say(
        f"The same for the text $\\mathtt{{{text}}}$, with tokens as directions, and with the patterns that the heads "
        "have: that of head 2 is the softmax of the four terms, the stream after both layers the sum of the four paths."
    )
    x = (
        ExactMatrix.identity(size, stream)
        .labelled(stream, None)
        .take_columns(["abcd".index(letter) for letter in text])
    )
    A, B = any_pattern("a", len(text)), any_pattern("b", len(text))
    whole = row_sums(A, B)
    scores = first.scores(x), score_terms(second, first).scores(x, A).total().substitute(whole)
    seen = shares(A, scores[0])
    attention = seen | {symbol: weight.xreplace(seen) for symbol, weight in shares(B, scores[1]).items()}
    nets, plain = [(one.W_O @ one.W_V).labelled(None, None) for one in (first, second)], x.labelled(None, None)
    paths = plain + nets[0] @ plain @ A.T + nets[1] @ plain @ B.T + nets[1] @ nets[0] @ plain @ (B @ A).T
    after = {place: expand(value.xreplace(whole)).xreplace(attention) for place, value in paths.entries.items()}
    table = ExactMatrix.from_entries(paths.shape, after)
    work.experiment(Computes(text, table, "stream"), of=model, n_ctx=len(text), beta=[Rational(1, 3)])


def by_hand(work: Work, shared: int) -> None:
    """Pairs whose three scores are known exactly."""
    stream = Residual(content=shared, v=shared, w=shared)
    size = stream.d_model
    work.say(
        "The score of a kind is the size of the product over the sizes of its factors, in the Frobenius norm: "
        "$\\lVert (W_{\\mathrm{QK}}^2)^{\\mathsf{T}} W_{\\mathrm{OV}}^1 \\rVert$ for queries, $\\lVert "
        "W_{\\mathrm{QK}}^2 W_{\\mathrm{OV}}^1 \\rVert$ for keys, $\\lVert W_{\\mathrm{OV}}^2 W_{\\mathrm{OV}}^1 "
        "\\rVert$ for values. Take three blocks of directions, content and two that are empty at first, "
        f"$v$ and $w$, each of {shared}. Head 1 copies content to $v$:"
    )
    V, O_ = work.define("W_V^c", stream.read("content")), work.define("W_O^c", stream.write("v"))
    first = Head(W_V=V, W_O=O_, name="The copying head")
    copying = Copies(stream["content"], stream["v"])
    work.claim(copying, of=first)
    work.experiment(copying, of=first, seed=22)
    c = positive("c", "how strongly")
    at_most = composition_ceiling(shared)
    work.say(
        "Head 2 asks with the content and looks among the $v$, as the induction head of exercise 3 does. It reads all "
        "that head 1 writes on the side of the keys, and nothing on that of the queries. With its values it takes "
        "content and no $v$. Its scores, with any strength $c > 0$:"
    )
    Q, K = work.define("W_Q^i", stream.read("content") * c), work.define("W_K^i", stream.read("v"))
    reads, writes = work.define("W_V^i", stream.read("content")), work.define("W_O^i", stream.write("w"))
    second = Head(W_Q=Q, W_K=K, W_V=reads, W_O=writes, name="The head behind it")
    asks = stream.matrix({(stream["content"][i], stream["v"][i]): c for i in range(shared)})
    work.equal(second.W_QK, asks, because="a content looks for itself among the $v$")
    work.claim(Copies(stream["content"], stream["w"]), of=Head(W_V=reads, W_O=writes, name=second.name))
    told = Scalar("K"), Scalar("Q"), Scalar("V")
    work.comes_to(told[0], k_composition(first, second), at_most, because="all of it is read; $c$ cancels")
    work.comes_to(told[1], q_composition(first, second), 0, because="the queries read content alone")
    work.comes_to(told[2], v_composition(first, second), 0, because="so do the values")
    compared(work, "K", k_composition(first, second), size)
    seen(work)
    work.say("With queries and keys exchanged it is a head with Q-composition, and with values from $v$ one with V:")
    passed_on = work.define("W_V^j", stream.read("v"))
    turned = Head(W_Q=K, W_K=Q, W_V=passed_on, W_O=writes)
    work.comes_to(told[1], q_composition(first, turned), at_most, because="the same product")
    work.comes_to(told[0], k_composition(first, turned), 0, because="the keys read content alone")
    work.comes_to(told[2], v_composition(first, turned), at_most, because="all that is written is moved on")
    work.claim(Copies(stream["v"], stream["w"]), of=Head(W_V=passed_on, W_O=writes, name="The exchanged head"))
    work.section("What a score is invariant to")
    G, back = any_matrix("g", 1, 1), ExactMatrix.from_rows([[1 / any_matrix("g", 1, 1)[0, 0]]])
    basis = [ExactMatrix.identity(shared) * matrix[0, 0] for matrix in (G, back)]
    weights = first.moved(values=(basis[0], basis[1])).weights()
    work.suggest({c: 2} | any_numbers(G, 1))
    work.say(
        "All three are made of $W_{\\mathrm{QK}}$ and $W_{\\mathrm{OV}}$, so no basis in which a head writes its own "
        "dimensions enters into them; for the copying head with its values times a number that is not zero:"
    )
    named = {name: work.define(rf"\tilde {name}^c", matrix) for name, matrix in weights.items()}
    moved = Head(**named, name="The head in another basis")
    work.claim(ActsLike(first), of=moved)
    work.comes_to(told[0], k_composition(moved, second), at_most, because="the same as before")


def seen(work: Work) -> None:
    """The pattern of the second head, behind a first one that looks one token back."""
    words = "a b c a b c".split()
    stream = Residual(content=3, position=OneHot(len(words)), v=3)
    content, place = stream.read("content"), stream["position"]
    moves = {"W_V": content, "W_O": stream.write("v"), "scale": beta}
    back = Head(W_Q=stream.read(place[1:]), W_K=stream.read(place[:-1]), **moves)
    behind = Head(W_Q=content, W_K=stream.read("v"), **moves)
    model = Transformer(((back,), (behind,)), W_E=stream.write("content"), vocabulary=tuple("abc"))
    work.figure(
        PatternFigure.of_model(model, " ".join(words), {beta: 8}),
        "Head 2 behind a head 1 that looks one token back, by places: a token finds the key that has its like before "
        "it. The first token has none before it, attends to itself, and so holds its own content in $v$.",
    )


def compared(work: Work, name: str, found: Expr, size: int) -> None:
    """A score next to its baseline."""
    work.say("A random rotation of the stream between the heads would make it, in the root of the mean square,")
    work.comes_to(
        Scalar(rf"{name}_{{\mathrm{{RMS}}}}"), composition_baseline(size), 1 / sqrt(size), because="question 6"
    )
    work.at_least(found, composition_baseline(size), because="so this one stands out")


def misleading(work: Work) -> None:
    """Three pairs whose score says something else than what they do."""
    work.say(
        "*Low, and on purpose.* The two heads of exercise 1 were built to compose, and their score is what chance "
        "gives: one dimension of four is handed over."
    )
    one, two = work.given("framework/1a"), work.given("framework/1b")
    heads = Head(W_V=one["W_V^1"], W_O=one["W_O^1"]), Head(W_V=two["W_V^2"], W_O=two["W_O^2"])
    numbered = heads[0].stream
    reads = numbered["more"][:3] + numbered["passed"][:1]
    work.claim(Copies(numbered["first"], numbered["passed"]), of=replace(heads[0], name="Head 1"))
    work.claim(Copies(reads, numbered["last"]), of=replace(heads[1], name="Head 2"))
    found = v_composition(*heads)
    work.comes_to(Scalar("V"), found, composition_ceiling(16), because="16 dimensions in the stream")
    work.comes_to(Scalar(r"V - V_{\mathrm{RMS}}"), found - composition_baseline(heads[0].d_model), 0, because="no more")
    stream = Residual(u=1, v=1, w=1)
    big = positive("M", "a large number")
    d = positive("d", "a small number")
    work.say(
        "*High, and of no use.* Let head 1 copy $u$ to $v$, and also, $M$ times as strongly, $w$ to $w$, where the "
        "stream holds nothing. Head 2 takes $w$, $M$ times as strongly, and $v$ with only a little, $d$. The score "
        "looks at all directions alike, whether something is there or not:"
    )
    V = work.define("V^1", below(stream.read("u"), stream.read("w") * big))
    O_ = work.define("O^1", stream.write("v", "w"))
    R = work.define("V^2", below(stream.read("v") * d, stream.read("w") * big))
    P = work.define("O^2", stream.write("u", "w"))
    loud, behind = Head(W_V=V, W_O=O_), Head(W_V=R, W_O=P)
    u, v, w = (stream[name][0] for name in ("u", "v", "w"))
    work.equal(loud.W_OV, stream.matrix({(v, u): 1, (w, w): big}), because="$u$ to $v$, and $w$ to itself")
    work.equal(behind.W_OV, stream.matrix({(u, v): d, (w, w): big}), because="$v$ to $u$, and $w$ to itself")
    high = v_composition(loud, behind)
    square = (d**2 + big**4) / ((1 + big**2) * (d**2 + big**2))
    score = r"\mathrm{score}_{V}^{\,2}"
    work.comes_to(Scalar(score), high**2, square, because="$w$ to $w$ is most of both norms")
    gap = (d**2 * big**2 + big**2) / ((1 + big**2) * (d**2 + big**2))
    work.comes_to(Scalar(f"1 - {score}"), 1 - square, gap, because="it goes to 0 as $M$ grows: the score comes to 1")
    carried = (behind.W_OV.expand() @ loud.W_OV.expand()) @ stream.write("u")
    work.equal(
        carried.named(Scalar("O^2 V^2 O^1 V^1 u")),
        (stream.write("u") * d).named(Scalar(r"d \, u")),
        because="all that is handed on of what is there",
    )
