"""Question 5 of the transformer-circuits exercises: a head in two matrices, and their rank."""

from sympy import Expr, Rational

from symcircuits import Head, Residual, Work, derivation
from symcircuits.algebra import ExactMatrix, Factored
from symcircuits.behaviours import ActsLike
from symcircuits.circuit.generic import (
    any_matrix,
    any_numbers,
    any_pattern,
    any_weights,
    check_sizes,
    outer_products,
    row_vectors,
    tokens,
)
from symcircuits.symbols import beta, real, weight
from symcircuits.typeset.formulas import Name, Product


@derivation("framework/q5", title="Question 5: a head in two matrices, and their rank")
def two_matrices(work: Work, d_model: int = 3, d_head: int = 2, n_ctx: int = 3) -> None:
    check_sizes(d_model, d_head)
    work.require(n_ctx >= 1, f"n_ctx must be at least 1, got {n_ctx}")
    stream = Residual(x=d_model)
    work.problem(
        "An attention head can be written in terms of two matrices instead of four, $W_Q^{\\mathsf{T}} W_K$ and "
        "$W_O W_V$. Write it out with reference to them alone. What is the rank of these matrices?"
    )
    free = any_weights(stream, d_head)
    work.say("Let the four matrices of a head be any that fit.")
    weights = {name: work.define(name, matrix) for name, matrix in free.items()}
    head = Head(**weights, scale=beta, name="The head of four matrices")

    work.section("Where it attends")
    W_QK = work.define("W_QK", head.W_QK)
    written = outer_products(row_vectors(free["W_Q"], "q"), row_vectors(free["W_K"], "k"))
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
    written = outer_products(row_vectors(free["W_O"].T, "o"), row_vectors(free["W_V"], "v"))
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


def tensor_product(
    work: Work,
    stream: Residual,
    weights: dict[str, ExactMatrix],
    W_OV: Factored,
    written: ExactMatrix,
    n_ctx: int,
) -> None:
    """Values, their mixing and the output as one tensor product, acting on all tokens in one column."""
    A = work.define("A", any_pattern("a", n_ctx), meaning=f"a pattern of {n_ctx} tokens: no query sees a later key")
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
