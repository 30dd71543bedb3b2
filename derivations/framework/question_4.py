"""Question 4 of the transformer-circuits exercises: which matrices decide where a head attends."""

from sympy import Rational, cos, exp, sin

from symcircuits import Head, Residual, Work, derivation
from symcircuits.algebra import ExactMatrix, Factored
from symcircuits.behaviours import ActsLike
from symcircuits.circuit.generic import any_basis, any_matrix, any_numbers, check_sizes, outer_products, row_vectors
from symcircuits.symbols import beta, real
from symcircuits.typeset.formulas import Name, Product, Scalar, Transpose

THETA = real("theta", "an angle", r"\theta")


@derivation("framework/q4", title="Question 4: which matrices decide where a head attends")
def where_to_attend(work: Work, d_model: int = 3, d_head: int = 2) -> None:
    check_sizes(d_model, d_head)
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
    written = outer_products(row_vectors(q, "q"), row_vectors(k, "k"))
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
