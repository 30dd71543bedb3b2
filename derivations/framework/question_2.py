"""Question 2 of the transformer-circuits exercises: one attention head, by itself and among others."""

from collections.abc import Iterable, Mapping

from sympy import Expr, Rational, exp, sqrt

from symcircuits import Head, Residual, Work, derivation
from symcircuits.algebra import ExactMatrix, Factored, below, beside
from symcircuits.behaviours import ActsLike, Path, SumOfPaths
from symcircuits.circuit.generic import (
    any_matrix,
    any_numbers,
    any_pattern,
    any_weights,
    check_sizes,
    tokens,
    written_out,
)
from symcircuits.symbols import beta, natural, real, weight
from symcircuits.typeset.formulas import Name, Product, Scalar

FIRST = {"W_Q": "q", "W_K": "k", "W_V": "v", "W_O": "o"}
SECOND = {"W_Q": "f", "W_K": "g", "W_V": "w", "W_O": "p"}


@derivation("framework/q2", title="Question 2: one attention head")
def one_head(work: Work, d_model: int = 3, d_head: int = 2, n_ctx: int = 2, d_context: int = 2) -> None:
    check_sizes(d_model, d_head)
    work.require(1 <= n_ctx <= 9, f"n_ctx must be from 1 to 9, got {n_ctx}")
    work.require(1 <= d_context <= 9, f"d_context must be from 1 to 9, got {d_context}")
    stream = Residual(x=d_model)
    work.problem(
        "Describe how a single attention head works, in terms of its matrices $W_Q$, $W_K$, $W_V$ and $W_O$. Heads are "
        "often written all together, concatenated: why is a layer the sum of its heads? And how does this agree with "
        "the form for row vectors, $\\mathrm{softmax}(Q K^{\\mathsf{T}}) V$?"
    )
    work.say(
        f"A head has {d_head} dimensions of its own, fewer than the {d_model} of the stream, $d_{{\\mathrm{{head}}}} < "
        "d_{\\mathrm{model}}$. Three of its matrices go from the stream into the head, $d_{\\mathrm{head}} \\times "
        "d_{\\mathrm{model}}$, and $W_O$ goes back, $d_{\\mathrm{model}} \\times d_{\\mathrm{head}}$. Let them be any:"
    )
    head = any_head(work, stream, d_head, FIRST)
    work.section("Where it looks")
    looks(work, head)
    work.section("What it moves")
    written = moves(work, head, n_ctx)
    work.section("Heads side by side")
    second = side_by_side(work, head, n_ctx)
    work.section("The same for row vectors")
    rows(work, d_model, d_head, n_ctx, d_context)
    without = Head(
        W_Q=head.W_Q, W_K=head.W_K, W_V=written, W_O=work.define("I", ExactMatrix.identity(d_model, stream)), scale=beta
    )
    work.say(
        "The row form has no $W_O$. It is a head all the same, one whose values are as long as the stream, with "
        "$W_{\\mathrm{OV}}$ for its $W_V$ and the identity for its $W_O$:"
    )
    work.claim(ActsLike(head), of=without, because="$\\mathrm{Id} \\, W_{\\mathrm{OV}} = W_O W_V$")
    work.experiment(ActsLike(head), of=without, seed=14, beta=[1, Rational(1, 3)])
    nets = (Path((h,), net_of(stream, d_head, letters)) for h, letters in enumerate((FIRST, SECOND)))
    paths = (Path((), ExactMatrix.identity(d_model)), *nets)
    moving = [Head(W_V=one.W_V, W_O=one.W_O) for one in (head, second)]
    work.experiment(SumOfPaths(paths, (2,)), of=moving, seed=15, n_ctx=16)


def any_head(work: Work, stream: Residual, d_head: int, letters: Mapping[str, str], number: str = "") -> Head:
    """A head of which nothing is assumed, defined matrix by matrix."""
    weights = any_weights(stream, d_head, "".join(letters.values()))
    for start, matrix in enumerate(weights.values()):
        work.suggest(any_numbers(matrix, start))
    weights = {name: work.define(name + number, matrix) for name, matrix in weights.items()}
    return Head(**weights, scale=beta, name="The head of four matrices")


def looks(work: Work, head: Head) -> None:
    """Queries, keys, scores and their softmax."""
    n, m = work.indices("n m")
    work.say(
        "Token $n$ asks: its query is $W_Q x_n$. Token $m$ answers to its key, $W_K x_m$. How well they fit is their "
        "product, over the dimensions of the head, times a scale $\\beta$:"
    )
    query, key = head.stream.at(n), head.stream.at(m)
    closed = sum(through("q", h, query) * through("k", h, key) for h in range(head.d_head))
    formula = head.score_formula(query, key) or Scalar("s_{nm}")
    work.comes_to(formula, head.score(query, key), beta * closed, because="the score, dimension by dimension")
    work.say(
        "A softmax over the keys $m \\le n$ makes the scores of a query a row of weights: positive, with the sum 1, "
        "and dependent on differences of scores alone. For three keys:"
    )
    s, shift = [real(f"s_{i}", "a score", f"s_{{{i}}}") for i in range(3)], real("t", "a number")
    row = [work.define(f"A_{i}", part) for i, part in enumerate(softmax(s))]
    work.equal(sum(row), 1, because="the parts of a whole")
    moved = ExactMatrix.from_rows([softmax([score + shift for score in s])])
    work.equal(
        moved.named(Scalar("A(s + t)")),
        ExactMatrix.from_rows([row]).named(Scalar("A(s)")),
        because="$e^t$ is in all terms of the quotient",
    )


def held(stream: Residual, token: int) -> Iterable[tuple[tuple[int, int], Expr]]:
    """What a token holds, by direction."""
    return stream.at(token).entries.items()


def through(letter: str, h: int, token: ExactMatrix) -> Expr:
    """What dimension h of the head makes of a token."""
    return sum(weight(letter, h, i) * value for (i, _), value in token.entries.items())


def softmax(scores: list[Expr]) -> list[Expr]:
    """The weights of some keys."""
    total = sum(exp(score) for score in scores)
    return [exp(score) / total for score in scores]


def moves(work: Work, head: Head, n_ctx: int) -> ExactMatrix:
    """Values, their weighted sum and the output; returns the net, written out."""
    stream, V, O_ = head.stream, head.reads(), head.writes()
    work.say(
        "Each token also has a value, $W_V x_m$. The head mixes the values by their weights and writes the result to "
        "the stream through $W_O$. With all tokens as the columns of $X$, and $A_{nm}$ the weight of key $m$ for query "
        "$n$, column $n$ of $W_O (W_V X) A^{\\mathsf{T}}$ is what token $n$ receives. Only the product "
        "$W_{\\mathrm{net}} = W_O W_V$ enters, and each token goes through it alike:"
    )
    X, A = work.define("X", tokens(stream, n_ctx)), work.define("A", any_pattern("a", n_ctx))
    net = net_of(stream, head.d_head, FIRST)
    W_net = work.define("W_net", net)
    work.equal(head.W_OV, W_net, because="row $i$ of $W_O$ times column $j$ of $W_V$")
    received = {
        (i, n): sum(weight("a", n, m) * net[i, j] * value for m in range(n + 1) for (j, _), value in held(stream, m))
        for n in range(n_ctx)
        for i in range(stream.d_model)
    }
    work.equal(
        (O_ @ ((V @ X) @ A.T)).named(Product((O_.formula, Product((V.formula, X.formula)), A.T.formula))),
        ExactMatrix.from_entries((stream.d_model, n_ctx), received, stream).named(Name("h(X)")),
        because="$h(X)_n = \\sum_{m \\le n} A_{nm} W_{\\mathrm{net}} x_m$, entry by entry",
        given="$A$",
    )
    work.say("The token itself stays: the layer gives $x_n + h(X)_n$.")
    return W_net


def side_by_side(work: Work, first: Head, n_ctx: int) -> Head:
    """Two heads, concatenated and as a sum; returns the second."""
    work.say(
        "A layer has several heads. Programs stack their value matrices into one, $W_V$, multiply once, let each head "
        "mix its own part, put the results $r^1, r^2$ one below the other, and multiply by a single $W_O = (W_O^1 \\; "
        "W_O^2)$. Let head 1 be the one above, and head 2 any other:"
    )
    stream = first.stream
    second = any_head(work, stream, first.d_head, SECOND, "^2")
    X = tokens(stream, n_ctx).named(Name("X"))
    V, O_ = parts(first, second, "W_V"), parts(first, second, "W_O")
    A = [any_pattern(letter, n_ctx).named(Name(f"A^{h}")) for h, letter in ((1, "a"), (2, "b"))]
    r = [((values @ X) @ A_h.T).named(Name(f"r^{h}")) for h, (values, A_h) in enumerate(zip(V, A, strict=True), 1)]
    work.say(
        "A matrix of blocks side by side, times blocks one below the other, is the sum of the products of the blocks. "
        "So a layer is a sum of heads, and none of them knows of the others:"
    )
    work.equal(
        beside(*O_).named(Name("(W_O^1 \\; W_O^2)")) @ below(*r).named(Name("r")),
        O_[0] @ r[0] + O_[1] @ r[1],
        because="with $r^h = W_V^h X (A^h)^{\\mathsf{T}}$",
        given="$A^1$ and $A^2$",
    )
    work.say(
        "The scores are another matter. All queries stacked, times all keys stacked, is the sum of the scores of all "
        "heads, which is the score of none. So each head takes its own part before the product:"
    )
    query, key = (stream.at(n) for n in work.indices("n m"))
    Q, K = (below(*parts(first, second, name)) for name in ("W_Q", "W_K"))
    scores = [
        sum(through(letters["W_Q"], h, query) * through(letters["W_K"], h, key) for h in range(first.d_head))
        for letters in (FIRST, SECOND)
    ]
    stacked = Product((Name("W_Q^{12}"), Name("x_n"))), Product((Name("W_K^{12}"), Name("x_m")))
    work.equal(
        (Q @ query).named(stacked[0]).T @ (K @ key).named(stacked[1]),
        ExactMatrix.from_rows([[scores[0] + scores[1]]]),
        because="a product of stacked columns is the sum over the parts",
    )
    return second


def parts(first: Head, second: Head, name: str) -> list[ExactMatrix]:
    """The matrices of this name of two heads, under the name with the number of the head."""
    return [head.weights()[name].named(Name(f"{name}^{h}")) for h, head in ((1, first), (2, second))]


def net_of(stream: Residual, d_head: int, letters: Mapping[str, str]) -> ExactMatrix:
    """What a head of any matrices moves, entry by entry."""
    O_, V = any_matrix(letters["W_O"], stream.d_model, d_head), any_matrix(letters["W_V"], d_head, stream.d_model)
    return written_out(O_, V).labelled(stream, stream)


def rows(work: Work, d_model: int, d_head: int, n_ctx: int, d_context: int) -> None:
    """The form for row vectors, and its scale."""
    work.say(
        "Elsewhere tokens are rows. One token is a row $\\hat X$ of $d_x$ numbers, and what it attends to, which may "
        "be another sequence with $d_z$ numbers for each token, is a matrix $\\hat Z$ of $n$ rows. Then $Q = \\hat X "
        "\\hat W_Q$, $K = \\hat Z \\hat W_K$ and $V = \\hat Z \\hat W_V$, with $\\hat W_Q$ of the shape $d_x \\times "
        "d_q$, $\\hat W_K$ of $d_z \\times d_q$ and $\\hat W_V$ of $d_z \\times d$; the result is "
        "$\\mathrm{softmax}(Q K^{\\mathsf{T}}) V$. There is no $W_O$ here: what is mixed is written as it is, so $d$ "
        f"is $d_x$. In our columns, with $d_x = {d_model}$, $d_z = {d_context}$, $d_q = {d_head}$ and $n = {n_ctx}$, "
        "$\\hat W_Q$ and $\\hat W_K$ are $W_Q$ and $W_K$ transposed, and $\\hat W_V$ is $W_{\\mathrm{OV}}$ "
        "transposed, not $W_V$:"
    )
    x, Z = (
        any_matrix(letter, size, width).named(Name(name))
        for letter, size, width, name in (("x", d_model, 1, "x"), ("z", d_context, n_ctx, "Z"))
    )
    W_Q = any_matrix("q", d_head, d_model).named(Name("W_Q"))
    W_K, W_V = (any_matrix(letter, d_head, d_context).named(Name(f"W_{letter.upper()}")) for letter in "kv")
    W_O = any_matrix("o", d_model, d_head).named(Name("W_O"))
    of_columns = {"W_Q": W_Q, "W_K": W_K, "X": x, "Z": Z, "W_V": written_out(W_O, W_V)}
    row = {name: matrix.T.named(Name(rf"\hat {name}")) for name, matrix in of_columns.items()}
    scores = (row["X"] @ row["W_Q"]) @ (row["Z"] @ row["W_K"]).T
    work.equal(
        scores,
        (x.T @ (W_Q.T @ W_K)) @ Z,
        because="$Q K^{\\mathsf{T}}$: one row of scores, a column for each token of $Z$",
    )
    A = ExactMatrix.from_entries((1, n_ctx), {(0, m): weight("a", 0, m) for m in range(n_ctx)}).named(Name("A"))
    result = A @ (row["Z"] @ row["W_V"])
    work.equal(
        result,
        ((W_O @ (W_V @ Z)) @ A.T).T,
        because="the column $W_O (W_V Z) A^{\\mathsf{T}}$ as a row; $\\hat W_V = W_V^{\\mathsf{T}} W_O^{\\mathsf{T}}$",
        given="$A$",
    )
    work.rank(
        row["W_V"],
        min(d_head, d_context),
        because="a matrix $\\hat W_V$ of any other rank belongs to no head of this size",
    )
    the_scale(work, W_Q, W_K)


def the_scale(work: Work, W_Q: ExactMatrix, W_K: ExactMatrix) -> None:
    """The scale belongs to the formula, or to the queries."""
    d, s, t = natural("d_q", "dimensions of the queries"), real("s", "a score"), real("t", "another score")
    work.say(
        "The row form is often written without its scale, and the scale added in a remark: scores are divided by "
        "$\\sqrt{d_q}$ before the softmax. It is no small matter. Of two keys the first gets"
    )
    half = exp(s / sqrt(d)) / (exp(s / sqrt(d)) + exp(t / sqrt(d)))
    work.equal(half, 1 / (1 + exp((t - s) / sqrt(d))), because="differences of scores, divided by $\\sqrt{d_q}$")
    work.say(
        "In our formula the scale is $\\beta$, here $1 / \\sqrt{d_q}$. Leaving it out is right only where it has been "
        "put into the queries (or the keys) instead:"
    )
    b = 1 / sqrt(d)
    work.equal(Factored((W_Q * b).T, W_K), (W_Q.T @ W_K) * b, because="a factor goes through the product")
