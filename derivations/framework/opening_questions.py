"""The opening questions of the transformer-circuits exercises: what an attention head is made of."""

from functools import reduce

from sympy import Expr, Rational, Symbol, cos, exp, sin

from symcircuits import Head, Residual, Work, derivation
from symcircuits.algebra import ExactMatrix, Factored, column_of
from symcircuits.behaviours import ActsLike
from symcircuits.symbols import beta, real, weight
from symcircuits.typeset.formulas import Name, Product, Scalar, Transpose

THETA = real("theta", "an angle", r"\theta")


def any_matrix(letter: str, rows: int, columns: int) -> ExactMatrix:
    """A matrix of which nothing is assumed: each entry is a symbol of its own."""
    entries = {(i, j): weight(letter, i, j) for i in range(rows) for j in range(columns)}
    return ExactMatrix.from_entries((rows, columns), entries)


def any_numbers(matrix: ExactMatrix, start: int) -> dict[Symbol, Expr]:
    """Numbers for the entries of such a matrix, of either sign and none of them zero."""
    sizes = {place: 1 + (5 * place[0] + 3 * place[1] + start) % 7 for place in matrix.entries}
    return {matrix[i, j]: Rational(size if (i + j + start) % 3 else -size, 4) for (i, j), size in sizes.items()}


def sizes_that_fit(work: Work, d_model: int, d_head: int) -> None:
    """A head of at least two dimensions, smaller than the stream that it reads."""
    work.require(d_head >= 2, f"d_head must be at least 2, got {d_head}")
    work.require(d_model <= 9, f"d_model must be at most 9, got {d_model}")
    work.require(d_head < d_model, f"d_head must be less than d_model = {d_model}, got {d_head}")


@derivation("framework/q4", title="Question 4: which matrices decide where a head attends")
def where_to_attend(work: Work, d_model: int = 3, d_head: int = 2) -> None:
    sizes_that_fit(work, d_model, d_head)
    stream = Residual(x=d_model)
    n, m = work.indices("n m")
    work.problem(
        "Which tokens an attention head attends to is controlled by only two of the four matrices that define an "
        "attention head. Which two are these, and what about them is it that matters?"
    )
    work.say(
        "Token $n$ sends out a query $W_Q x_n$, token $m$ a key $W_K x_m$. Their product, times the scale, is the "
        "score, and the attention pattern is the softmax of the scores over the keys $m \\le n$. The other two, $W_V$ "
        "and $W_O$, say what is moved; they do not occur in the pattern. So it is $W_Q$ and $W_K$. Let them be any two "
        f"matrices of {d_head} rows:"
    )
    q, k = any_matrix("q", d_head, d_model), any_matrix("k", d_head, d_model)
    head = Head(
        W_Q=work.define("W_Q", q.labelled(None, stream)),
        W_K=work.define("W_K", k.labelled(None, stream)),
        scale=beta,
        name="The first head",
    )

    work.section("The score is a bilinear form")
    W_QK = work.define("W_QK", head.W_QK)
    written = outer_products(vectors(q, "q"), vectors(k, "k"))
    work.equal(W_QK, written, because="$q_h$ and $k_h$ are what dimension $h$ of the head reads")
    query, key = stream.at(n), stream.at(m)
    work.equal(
        (head.W_Q @ query).T @ (head.W_K @ key),
        (query.T @ written) @ key,
        because="linear in the query and in the key",
    )
    work.say("The score is $\\beta$ times this: $s_{nm} = \\beta \\, x_n^{\\mathsf{T}} W_{\\mathrm{QK}} x_m$.")

    work.section("Their product is all that the pattern depends on, and the pattern tells it")
    whole_product_told(work, stream, head, W_QK)

    work.section("The gauge of a head")
    moved = gauge(work, head)
    work.section("What is no gauge")
    no_gauge(work, head)
    work.suggest(any_numbers(q, 1) | any_numbers(k, 4) | {beta: 1})
    for other in moved:
        work.experiment(ActsLike(head), of=other, seed=11, beta=[1, Rational(1, 3)])


def whole_product_told(work: Work, stream: Residual, head: Head, W_QK: Factored) -> None:
    """Every entry of W_QK can be read off the pattern of two tokens."""
    s, t = real("s", "the score of a key"), real("t", "the score of another key")
    size = stream.d_model
    work.say("Of two keys with the scores $s$ and $t$ the first gets an attention that depends on $s - t$ alone:")
    work.equal(exp(s) / (exp(s) + exp(t)), 1 / (1 + exp(t - s)), because="both divided by $e^s$")
    work.say(
        "Take the direction $e_i$ as the query's token, and as keys $e_i$ itself and $e_i - e_j$. The difference of "
        "their scores is an entry of $W_{\\mathrm{QK}}$ times the scale:"
    )
    units = [stream.unit(stream["x"][i]) for i in range(size)]
    told = {
        (i, j): head.score(units[i], units[i]) - head.score(units[i], units[i] - units[j])
        for i in range(size)
        for j in range(size)
    }
    entry = Product((Scalar(r"\beta"), Transpose(Name("e_i")), Name(r"W_{\mathrm{QK}}"), Name("e_j")))
    work.equal(
        ExactMatrix.from_entries((size, size), told).named(Scalar("s(e_i, e_i) - s(e_i, e_i - e_j)")),
        (W_QK.expand() * beta).labelled(None, None).named(entry),
        because="for all $i$ and $j$: linear in the key",
    )
    work.say(
        "So two heads with the same $\\beta W_{\\mathrm{QK}}$ have the same pattern on every sequence, and two heads "
        "with different ones have different patterns on some sequence of two tokens. Nothing else of $W_Q$ and $W_K$ "
        "can be seen."
    )


def gauge(work: Work, head: Head) -> list[Head]:
    """A change of basis in the head leaves W_QK as it is; returns the heads that were moved."""
    G, inverse = any_basis(head.d_head)
    work.say(
        "Queries and keys meet only in their product, so the basis in which they are written is free. Let $G$ be any "
        "invertible change of the first two dimensions of the head. Its inverse exists where the determinant is not "
        "zero."
    )
    G, inverse = work.define("G", G), work.define("G^{-1}", inverse)
    work.equal(G @ inverse, ExactMatrix.identity(head.d_head), because="each is the inverse of the other")
    work.say("Change the queries by $G$, and the keys by the transpose of its inverse:")
    moved = head.moved(queries=(G, inverse))
    W_Q, W_K = work.define(r"\tilde W_Q", moved.W_Q), work.define(r"\tilde W_K", moved.W_K)
    work.equal(
        Factored(W_Q.T, W_K),
        head.W_QK,
        because="$(G W_Q)^{\\mathsf{T}} G^{-\\mathsf{T}} W_K = W_Q^{\\mathsf{T}} (G^{-1} G)^{\\mathsf{T}} W_K$",
    )
    moved = Head(W_Q=W_Q, W_K=W_K, scale=head.scale, name="The moved head")
    work.claim(ActsLike(head), of=moved, because="the same $W_{\\mathrm{QK}}$, and so the same pattern")
    work.say(
        "The two dimensions may be any two, and moves may follow one another; every invertible matrix is a product of "
        "such. So $(W_Q, W_K) \\to (G W_Q, G^{-\\mathsf{T}} W_K)$ is the same head for every invertible $G$. A "
        "rotation is its own inverse transpose, and then both are turned alike:"
    )
    R = work.define("R", rotation(head.d_head))
    work.equal(R.T @ R, ExactMatrix.identity(head.d_head), because="$\\cos^2 + \\sin^2 = 1$")
    Q, K = work.define(r"\hat W_Q", R @ head.W_Q), work.define(r"\hat W_K", R @ head.W_K)
    work.equal(Factored(Q.T, K), head.W_QK, because="$R^{\\mathsf{T}} R$ cancels")
    work.suggest({G[0, 0]: 2, G[0, 1]: -9, G[1, 0]: Rational(1, 2), G[1, 1]: 4, THETA: Rational(2, 3)})
    return [moved, Head(W_Q=Q, W_K=K, scale=head.scale, name="The turned head")]


def any_basis(size: int) -> tuple[ExactMatrix, ExactMatrix]:
    """A general invertible matrix on the first two dimensions, and its inverse."""
    a, b, c, d = (real(name, "an entry of G") for name in "abcd")
    rest = {(i, i): 1 for i in range(2, size)}
    entries = {(0, 0): a, (0, 1): b, (1, 0): c, (1, 1): d}
    det = a * d - b * c
    back = {(0, 0): d / det, (0, 1): -b / det, (1, 0): -c / det, (1, 1): a / det}
    return (
        ExactMatrix.from_entries((size, size), entries | rest),
        ExactMatrix.from_entries((size, size), back | rest),
    )


def rotation(size: int) -> ExactMatrix:
    """A turn of the first two dimensions."""
    turn = {(0, 0): cos(THETA), (0, 1): -sin(THETA), (1, 0): sin(THETA), (1, 1): cos(THETA)}
    return ExactMatrix.from_entries((size, size), turn | {(i, i): 1 for i in range(2, size)})


def no_gauge(work: Work, head: Head) -> None:
    """The same matrix on both sides is a gauge only where it keeps products."""
    t = real("t", "a number")
    work.say(
        "The same matrix on both sides is no gauge, unless it is a rotation or a reflection. A shear $H$ of the first "
        "two dimensions, put on queries and keys alike, adds something to $W_{\\mathrm{QK}}$:"
    )
    size = head.d_head
    H = work.define("H", ExactMatrix.from_entries((size, size), {(i, i): 1 for i in range(size)} | {(0, 1): t}))
    extra = ExactMatrix.from_entries((size, size), {(0, 1): t, (1, 0): t, (1, 1): t**2})
    work.equal(
        H.T @ H - ExactMatrix.identity(size), extra, because="columns that are not of norm 1, nor at right angles"
    )
    added = (H @ head.W_Q).T @ (H @ head.W_K) - head.W_QK.expand()
    work.equal(
        added,
        (head.W_Q.T @ (H.T @ H - ExactMatrix.identity(size))) @ head.W_K,
        because="$W_Q^{\\mathsf{T}}$ and $W_K$ taken out on both sides",
    )
    work.rank(added, 2, because="so it is not zero, but for special values")
    work.say("Nor is a mere factor: both twice as large is a scale four times as large.")
    work.equal(Factored((head.W_Q * 2).T, head.W_K * 2), head.W_QK.expand() * 4, because="$2 \\cdot 2$")


@derivation("framework/q5", title="Question 5: a head in two matrices, and their rank")
def two_matrices(work: Work, d_model: int = 3, d_head: int = 2, n_ctx: int = 3) -> None:
    sizes_that_fit(work, d_model, d_head)
    work.require(n_ctx >= 1, f"n_ctx must be at least 1, got {n_ctx}")
    stream = Residual(x=d_model)
    work.problem(
        "An attention head can be written in terms of two matrices instead of four, $W_Q^{\\mathsf{T}} W_K$ and "
        "$W_O W_V$. Write it out with reference to them alone. What is the rank of these matrices?"
    )
    letters = {"W_Q": "q", "W_K": "k", "W_V": "v", "W_O": "o"}
    shapes = {name: (d_model, d_head) if name == "W_O" else (d_head, d_model) for name in letters}
    free = {name: any_matrix(letter, *shapes[name]) for name, letter in letters.items()}
    work.say("Let the four matrices of a head be any that fit.")
    weights = {
        name: work.define(name, matrix.labelled(*((stream, None) if name == "W_O" else (None, stream))))
        for name, matrix in free.items()
    }
    head = Head(**weights, scale=beta, name="The head of four matrices")

    work.section("Where it attends")
    W_QK = work.define("W_QK", head.W_QK)
    written = outer_products(vectors(free["W_Q"], "q"), vectors(free["W_K"], "k"))
    work.equal(W_QK, written, because="$q_h$ and $k_h$ are what dimension $h$ of the head reads")
    X = work.define("X", tokens(stream, n_ctx), meaning="a column for each token")
    everything = tokens(stream, n_ctx).named(Name("X"))
    work.equal(
        (weights["W_Q"] @ X).T @ (weights["W_K"] @ X),
        (everything.T @ written.named(Name(r"W_{\mathrm{QK}}"))) @ everything,
        because="all queries times all keys",
    )
    work.say(
        "So the pattern is $A = \\mathrm{softmax}(\\beta X^{\\mathsf{T}} W_{\\mathrm{QK}} X)$, row by row over the "
        "keys $m \\le n$. That is where the head is not linear."
    )

    work.section("What it moves, given $A$")
    W_OV = work.define("W_OV", head.W_OV)
    written = outer_products(vectors(free["W_O"].T, "o"), vectors(free["W_V"], "v"))
    work.equal(W_OV, written, because="dimension $h$ of the head reads $v_h$ and writes $o_h$")
    tensor_product(work, stream, weights, W_OV, written, n_ctx)

    work.section("The head, in two matrices")
    work.say(
        "Both together: $h(X)$ is $(A \\otimes W_{\\mathrm{OV}})$ applied to all tokens in one column, with $A = "
        "\\mathrm{softmax}(\\beta X^{\\mathsf{T}} W_{\\mathrm{QK}} X)$. It is even a head of four matrices itself, as "
        "wide as the stream, two of which are the identity."
    )
    identity = work.define("I", ExactMatrix.identity(d_model, stream))
    wide = Head(
        W_Q=identity, W_K=W_QK.expand(), W_V=W_OV.expand(), W_O=identity, scale=beta, name="The head of two matrices"
    )
    work.claim(
        ActsLike(head),
        of=wide,
        because="$\\mathrm{Id}^{\\mathsf{T}} W_{\\mathrm{QK}}$ and $\\mathrm{Id}\\, W_{\\mathrm{OV}}$",
    )

    work.section("Rank")
    ranks(work, weights, W_QK, W_OV)
    for start, name in enumerate(free):
        work.suggest(any_numbers(free[name], start))
    work.experiment(ActsLike(head), of=wide, seed=12, beta=[1, Rational(1, 3)])


def vectors(matrix: ExactMatrix, letter: str) -> list[ExactMatrix]:
    """The rows of a matrix, as columns that are called by a letter and their number."""
    rows, columns = matrix.shape
    return [column_of(matrix[h, j] for j in range(columns)).named(Name(f"{letter}_{{{h}}}")) for h in range(rows)]


def outer_products(left: list[ExactMatrix], right: list[ExactMatrix]) -> ExactMatrix:
    """The sum of one column times another, transposed."""
    first, *others = (a @ b.T for a, b in zip(left, right, strict=True))
    return reduce(lambda total, term: total + term, others, first)


def tokens(stream: Residual, n_ctx: int) -> ExactMatrix:
    """The residual stream of all tokens, a column each."""
    entries = {(i, n): stream.at(n)[i, 0] for n in range(n_ctx) for i in range(stream.d_model)}
    return ExactMatrix.from_entries((stream.d_model, n_ctx), entries, rows=stream)


def tensor_product(
    work: Work,
    stream: Residual,
    weights: dict[str, ExactMatrix],
    W_OV: Factored,
    written: ExactMatrix,
    n_ctx: int,
) -> None:
    """Values, their mixing and the output as one tensor product, acting on all tokens in one column."""
    A = work.define("A", pattern(n_ctx), meaning=f"a pattern of {n_ctx} tokens: no query sees a later key")
    one, eye = (ExactMatrix.identity(size) for size in (n_ctx, A.shape[0]))
    W_V, W_O = (weights[name].labelled(None, None) for name in ("W_V", "W_O"))
    d_head, net = W_V.shape[0], W_OV.expand().labelled(None, None).named(Name("W_{\\mathrm{OV}}"))
    work.say(
        "Put all tokens into one column $x$, one below the other. A matrix that acts on each token alike is then "
        "$\\mathrm{Id} \\otimes W$, and one that mixes tokens, alike in every direction, is $A \\otimes \\mathrm{Id}$. "
        "A head takes the values, mixes them, and writes the result. The three steps are one tensor product:"
    )
    steps = one.kron(W_O) @ A.kron(ExactMatrix.identity(d_head)) @ eye.kron(W_V)
    work.equal(steps, A.kron(net), because="$(A \\otimes B)(C \\otimes D) = A C \\otimes B D$")
    work.say("The rule by itself, for any four matrices of two rows and columns:")
    B, C, D, E = (any_matrix(letter, 2, 2).named(Name(letter.upper())) for letter in "bcde")
    work.equal(
        B.kron(C) @ D.kron(E), (B @ D).kron(C @ E), because="a block of the product is $\\sum_h b_{ih} d_{hj} C E$"
    )
    work.say(
        "Token $n$ receives the sum over what it attends to, each token through the same matrix, "
        "$h_n = \\sum_{m \\le n} A_{nm} W_{\\mathrm{OV}} x_m$. With all $h_n$ in one column $h$:"
    )
    x = ExactMatrix.from_entries(
        (n_ctx * stream.d_model, 1), {(n * stream.d_model + i, 0): v for n in range(n_ctx) for i, v in held(stream, n)}
    ).named(Name("x"))
    received = {
        (n * stream.d_model + i, 0): sum(
            weight("a", n, m) * written[i, j] * v for m in range(n + 1) for j, v in held(stream, m)
        )
        for n in range(n_ctx)
        for i in range(stream.d_model)
    }
    result = ExactMatrix.from_entries((n_ctx * stream.d_model, 1), received)
    work.equal(
        A.kron(net) @ x,
        result.named(Name("h")),
        because="block $(n, m)$ of $A \\otimes W_{\\mathrm{OV}}$ is $A_{nm} W_{\\mathrm{OV}}$",
        given="$A$",
    )


def held(stream: Residual, token: int) -> list[tuple[int, Expr]]:
    """The directions of a token, each with what it holds."""
    return [(i, stream.at(token)[i, 0]) for i in range(stream.d_model)]


def pattern(n_ctx: int) -> ExactMatrix:
    """Any pattern that respects the mask."""
    entries = {(n, m): weight("a", n, m) for n in range(n_ctx) for m in range(n + 1)}
    return ExactMatrix.from_entries((n_ctx, n_ctx), entries)


def ranks(work: Work, weights: dict[str, ExactMatrix], W_QK: Factored, W_OV: Factored) -> None:
    """The generic rank, and a head whose rank is less."""
    d_head, d_model = weights["W_V"].shape
    work.say(
        f"Both are ${d_model} \\times {d_model}$, but factor through the {d_head} dimensions of the head: every column "
        f"of $W_{{\\mathrm{{OV}}}}$ is a combination of the {d_head} columns of $W_O$. The rank is at most "
        f"$d_{{\\mathrm{{head}}}}$. It "
        "is reached, at all but special values of the entries, by elimination with the symbols themselves; no choice "
        "of values has a larger rank than that."
    )
    work.rank(W_QK, d_head, because="$W_Q$ and $W_K$ have no relation")
    work.rank(W_OV, d_head, because="$W_O$ and $W_V$ have no relation")
    t = real("t", "a number")
    work.say(
        "A head in which two rows of $W_V$ are proportional has less: it reads one direction less, and the rank falls "
        "by one, whatever $W_O$ is."
    )
    entries = dict(weights["W_V"].entries)
    entries |= {(d_head - 1, j): t * weights["W_V"][0, j] for j in range(d_model)}
    poor = work.define("V", ExactMatrix.from_entries((d_head, d_model), entries, None, weights["W_V"].columns))
    work.rank(poor, d_head - 1, because="the last row is $t$ times the first")
    work.rank(Factored(weights["W_O"], poor), d_head - 1, because="a product has at most the rank of each factor")
    kept = {(i, j): 1 for i, j in ((h, h) for h in range(d_head - 1))} | {(d_head - 1, 0): t}
    spread = ExactMatrix.from_entries((d_head, d_head - 1), kept)
    fewer = ExactMatrix.from_entries(
        (d_head - 1, d_model), {(i, j): v for (i, j), v in entries.items() if i < d_head - 1}
    )
    work.equal(
        Factored(weights["W_O"], poor),
        ((weights["W_O"] @ spread) @ fewer).named(Product((Name("W_O'"), Name("V'")))),
        because="$V'$ is $V$ without its last row, and $W_O'$ has $t$ times the last column added to the first",
    )
