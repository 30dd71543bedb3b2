"""Question 3 of the transformer-circuits exercises: what is read, what is written, and the product of the two."""

from sympy import Expr

from symcircuits import Head, Residual, Work, derivation
from symcircuits.algebra import ExactMatrix, Factored, below
from symcircuits.behaviours import Ignores, NeverWrites
from symcircuits.circuit.generic import any_basis, any_matrix, any_numbers, check_sizes, outer_products, row_vectors
from symcircuits.typeset.formulas import Name, Product


@derivation("framework/q3", title="Question 3: what is read, and what is written")
def read_and_written(work: Work, d_model: int = 4, d_head: int = 2) -> None:
    check_sizes(d_model, d_head)
    work.require(d_head <= 3, f"d_head must be at most 3, got {d_head}")
    stream = Residual(x=d_model)
    work.problem(
        "An attention head moves information from a subspace of the stream of one token to another subspace of the "
        "stream of another token. Which matrix controls the subspace that is read, and which the one that is written? "
        "What does their product mean?"
    )
    work.say(
        "$W_V$ decides what is read: its rows are the directions that are looked at, and what is at right angles to "
        "all of them is not seen. $W_O$ decides what is written: its columns are the directions that can be written, "
        "and nothing else is. The product says which goes where. Let both be any matrices, of "
        f"{d_head} dimensions in a stream of {d_model}:"
    )
    v, o = any_matrix("v", d_head, d_model), any_matrix("o", d_model, d_head)
    W_V = work.define("W_V", v.labelled(None, stream), meaning="row $h$ is $v_h^{\\mathsf{T}}$")
    W_O = work.define("W_O", o.labelled(stream, None), meaning="column $h$ is $o_h$")
    head = Head(W_V=W_V, W_O=W_O, name="This head")
    work.suggest(any_numbers(v, 1) | any_numbers(o, 3))

    work.section("What is read")
    N = unread(work, head)
    work.section("What is written")
    U = unwritten(work, head)
    work.section("The product")
    what_the_product_says(work, head, v, o)
    work.section("The basis of the values does not matter")
    in_another_basis(work, head, N, U)
    work.section("Where the product loses something")
    lossy(work, head)
    work.experiment(Ignores(N), of=head, seed=13)
    work.experiment(NeverWrites(U), of=head, seed=13)


def first_block(matrix: ExactMatrix) -> tuple[ExactMatrix, ExactMatrix]:
    """The first ``d_head`` columns of a wide matrix, and the others."""
    size, width = matrix.shape
    return matrix.take_columns(range(size)), matrix.take_columns(range(size, width))


def adjugate(matrix: ExactMatrix) -> ExactMatrix:
    """The matrix of cofactors, transposed: times the matrix, it is the determinant times the identity."""
    size = matrix.shape[0]
    cofactors = {(j, i): (-1) ** (i + j) * minor(matrix, i, j) for i in range(size) for j in range(size)}
    return ExactMatrix.from_entries(matrix.shape, cofactors)


def minor(matrix: ExactMatrix, row: int, column: int) -> Expr:
    """The determinant without a row and a column."""
    kept = [[matrix[i, j] for j in range(matrix.shape[1]) if j != column] for i in range(matrix.shape[0]) if i != row]
    return ExactMatrix.from_rows(kept).determinant()


def kernel(matrix: ExactMatrix) -> ExactMatrix:
    """What a wide matrix maps to zero, a column for each dimension of it: by elimination, without a division."""
    first, others = first_block(matrix)
    size = others.shape[1]
    return below(adjugate(first) @ others * -1, ExactMatrix.identity(size) * first.determinant())


def padded(matrix: ExactMatrix, height: int) -> ExactMatrix:
    """The matrix with rows of zeros below."""
    return below(matrix, ExactMatrix.zeros(height - matrix.shape[0], matrix.shape[1]))


def unread(work: Work, head: Head) -> ExactMatrix:
    """The directions that a head does not read; returns them, as columns."""
    d_model, d_head, stream = head.d_model, head.d_head, head.stream
    V, O_ = head.reads(), head.writes()
    work.say(
        f"A direction that no row of $W_V$ meets has no part in the values. There are $d_{{\\mathrm{{model}}}} - "
        f"d_{{\\mathrm{{head}}}}$ of them, the kernel of $W_V$. Elimination gives a basis: write $W_V = (V_1 \\; V_2)$ "
        f"with $V_1$ the first {d_head} columns; the columns of $N$ are $-\\mathrm{{adj}}(V_1) V_2$ above $\\det(V_1)$ "
        "times the identity."
    )
    N = work.define("N", kernel(V).labelled(stream, None))
    work.equal(
        V @ N, ExactMatrix.zeros(d_head, d_model - d_head), because="$V_1 \\mathrm{adj}(V_1) = \\det(V_1) \\mathrm{Id}$"
    )
    work.rank(N, d_model - d_head, because="all of the kernel, but for special values")
    x, c = any_matrix("x", d_model, 1).labelled(stream, None).named(Name("x")), any_matrix("c", d_model - d_head, 1)
    c = c.named(Name("c"))
    work.equal(
        head.W_OV.expand() @ (x + N @ c),
        O_ @ (V @ x),
        because="for every token $x$ and every $c$: what is added along $N$ is not moved",
    )
    work.claim(Ignores(N), of=head)
    work.say(
        "That is all that is not read, as long as the columns of $W_O$ are independent. Let $O_1$ be the first rows of "
        "$W_O$, and $L$ its adjugate, beside zeros. Then the values can be got back from what was written:"
    )
    first, _ = first_block(O_.labelled(None, None).T)
    L = work.define("L", padded(adjugate(first), d_model).T.labelled(None, stream))
    work.equal(
        L @ head.W_OV.expand(),
        V * first.determinant(),
        because="$\\mathrm{adj}(O_1) O_1 = \\det(O_1) \\mathrm{Id}$",
    )
    work.say("So where $\\det(O_1) \\ne 0$, what the head maps to zero is exactly what $W_V$ maps to zero.")
    return N


def unwritten(work: Work, head: Head) -> ExactMatrix:
    """The coordinates of the stream that a head leaves as they are; returns them, as rows."""
    d_model, d_head, stream = head.d_model, head.d_head, head.stream
    V, O_ = head.reads(), head.writes()
    work.say(
        "Whatever is read, what is written is $W_O$ times something, a combination of the columns of $W_O$. So "
        "$d_{\\mathrm{model}} - d_{\\mathrm{head}}$ coordinates of the stream stay as they are, the rows of "
        "$U$, which are at right angles to all columns of $W_O$; the same elimination gives them."
    )
    U = work.define("U", kernel(O_.labelled(None, None).T).T.labelled(None, stream))
    work.equal(U @ O_, ExactMatrix.zeros(d_model - d_head, d_head), because="elimination, as before")
    work.rank(U, d_model - d_head, because="all of them, but for special values")
    work.equal(U @ head.W_OV.expand(), ExactMatrix.zeros(d_model - d_head, d_model), because="so nothing arrives there")
    work.claim(NeverWrites(U), of=head)
    work.say("And every column of $W_O$ is reached, as long as the rows of $W_V$ are independent:")
    first, _ = first_block(V.labelled(None, None))
    R = work.define("R", padded(adjugate(first), d_model).labelled(stream, None))
    work.equal(V @ R, ExactMatrix.identity(d_head) * first.determinant(), because="one dimension of the head at a time")
    work.equal(
        head.W_OV.expand() @ R,
        O_ * first.determinant(),
        because="what only dimension $h$ reads comes out as column $h$ of $W_O$",
    )
    return U


def what_the_product_says(work: Work, head: Head, v: ExactMatrix, o: ExactMatrix) -> None:
    """The product as a map from what is read to what is written."""
    d_head = head.d_head
    work.say(
        "$W_{\\mathrm{OV}} = W_O W_V$ is the map from what a token holds to what the one that attends to it receives. "
        "It pairs what is read with what is written, dimension by dimension: reads $v_h$, writes $o_h$."
    )
    work.equal(
        head.W_OV,
        outer_products(row_vectors(o.T, "o"), row_vectors(v, "v")),
        because="$d_{\\mathrm{head}}$ terms of rank 1",
    )
    for matrix, because in (
        (head.reads(), "rows of $W_V$ without a relation"),
        (head.writes(), "columns of $W_O$ without a relation"),
        (head.W_OV, "so many dimensions pass"),
    ):
        work.rank(matrix, d_head, because=because)


def in_another_basis(work: Work, head: Head, N: ExactMatrix, U: ExactMatrix) -> None:
    """A change of basis of the values changes neither subspace."""
    work.say(
        "The rows of $W_V$ themselves have no meaning, only the space they span. With any invertible $G$ of two "
        "dimensions, $(G W_V, W_O G^{-1})$ reads the same and writes the same:"
    )
    d_model, d_head = head.d_model, head.d_head
    G, inverse = any_basis(d_head)
    G, inverse = work.define("G", G), work.define("G^{-1}", inverse)
    V, O_ = work.define(r"\tilde W_V", G @ head.reads()), work.define(r"\tilde W_O", head.writes() @ inverse)
    work.equal(V @ N, ExactMatrix.zeros(d_head, d_model - d_head), because="the same kernel")
    work.equal(U @ O_, ExactMatrix.zeros(d_model - d_head, d_head), because="the same columns span it")
    work.equal(Factored(O_, V), head.W_OV, because="and each direction read goes where it went")


def lossy(work: Work, head: Head) -> None:
    """A head that reads more than it writes."""
    d_model, d_head, stream = head.d_model, head.d_head, head.stream
    work.say(
        "$W_V$ alone says what *may* be read. If a column of $W_O$ is zero, or a combination of the others, something "
        "is read and then dropped. Let the last column of $W_O$ be zero. What only the last dimension of the head "
        "reads, the last column of $R$, gets into the values, and not out of them:"
    )
    last = d_head - 1
    kept = {place: value for place, value in head.writes().entries.items() if place[1] != last}
    poor = work.define("O", ExactMatrix.from_entries((d_model, d_head), kept, stream))
    first, _ = first_block(head.reads().labelled(None, None))
    r = padded(adjugate(first), d_model).take_columns([last]).labelled(stream, None).named(Name("r"))
    value = ExactMatrix.from_entries((d_head, 1), {(last, 0): first.determinant()})
    work.equal(head.reads() @ r, value, because="it is read,")
    work.equal(
        (poor @ head.reads()).named(Product((Name("O"), Name("W_V")))) @ r,
        ExactMatrix.zeros(d_model, 1),
        because="but not moved",
    )
    work.rank(Factored(poor, head.reads()), d_head - 1, because="a dimension less, though $W_V$ has full rank")
    work.say(
        "So the exact answer lies in the product: what is read is the row space of $W_{\\mathrm{OV}}$, what is written "
        "its column space. They are those of $W_V$ and $W_O$ where both have full rank."
    )
