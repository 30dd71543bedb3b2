"""Question 6 of the transformer-circuits exercises: what one head reads of what another has written."""

from functools import reduce
from itertools import permutations, product

from sympy import Abs, Expr, Rational, cos, sin, sqrt

from symcircuits import Head, Work, derivation
from symcircuits.algebra import ExactMatrix, Factored
from symcircuits.behaviours import Copies
from symcircuits.circuit.generic import any_basis, any_matrix
from symcircuits.circuit.scores import composition_baseline, composition_ceiling, v_composition
from symcircuits.symbols import positive, real
from symcircuits.typeset.formulas import Name, Product, Scalar

THETA, PHI = real("theta", "an angle", r"\theta"), real("phi", "an angle", r"\varphi")
MEETING = Product((Name("W_V^2"), Name("W_O^1")))


@derivation("framework/q6", title="Question 6: what a head reads of another")
def reading_a_head(work: Work, d_model: int = 16, d_head: int = 4, two_back: int = 1) -> None:
    work.problem(
        "Does head 2 read what head 1, of an earlier layer, has written? What does $W_V^2 W_O^1$ say about it, and "
        "what do its singular values say? When do they say it?"
    )
    work.say(
        "Column $j$ of $W_O^1$ is what dimension $j$ of head 1 writes, row $i$ of $W_V^2$ what dimension $i$ of head 2 "
        "reads. Entry $(i, j)$ of $M = W_V^2 W_O^1$ is the product of the two: how much of one arrives at the other. "
        "$M$ is zero exactly where head 2 reads nothing of head 1. It stands in the middle of the virtual head:"
    )
    in_the_middle(work)
    work.section("Singular values as cosines")
    read, written = angles(work)
    work.section("What depends on the basis of a head, and what does not")
    basis_of_a_head(work, read, written)
    work.section("What is invariant")
    invariant(work, read, written)
    work.section("Exercise 1")
    one = work.given("framework/1a", d_model=d_model, d_head=d_head)
    two = work.given("framework/1b", d_model=d_model, d_head=d_head, two_back=two_back)
    heads = [
        Head(W_V=one["W_V^1"], W_O=one["W_O^1"], name="Head 1"),
        Head(W_V=two["W_V^2"], W_O=two["W_O^2"], name="Head 2"),
    ]
    exercise(work, heads, two_back)
    work.section("A score, and what it is by chance")
    score(work, heads, two_back)
    work.section("Why this is what chance gives")
    chance(work)


def in_the_middle(work: Work) -> None:
    """The product of two nets, with the meeting of the heads between what is read first and what is written last."""
    O_2, V_2, O_1, V_1 = (
        any_matrix(letter, *shape).named(Name(name))
        for letter, shape, name in (
            ("p", (3, 2), "W_O^2"),
            ("q", (2, 3), "W_V^2"),
            ("o", (3, 2), "W_O^1"),
            ("v", (2, 3), "W_V^1"),
        )
    )
    nets = [(O_ @ V).named(Name(rf"W_{{\mathrm{{OV}}}}^{h}")) for h, (O_, V) in ((2, (O_2, V_2)), (1, (O_1, V_1)))]
    work.equal(
        nets[0] @ nets[1],
        O_2 @ (V_2 @ O_1).named(Name("M")) @ V_1,
        because="multiplied from the middle; here any two heads of 2 dimensions in a stream of 3",
    )


def turn(angle: Expr) -> ExactMatrix:
    """A rotation of the plane."""
    return ExactMatrix.from_rows([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])


def angles(work: Work) -> tuple[ExactMatrix, ExactMatrix]:
    """Two planes at two angles, in any orthonormal bases; returns what is read and what is written."""
    work.say(
        "Let head 2 read a plane and head 1 write one, of a stream of four dimensions, and let the rows of $W_V^2$ and "
        "the columns of $W_O^1$ be orthonormal. In a suitable basis of the stream the planes are at the angles "
        "$\\theta$ and $\\varphi$:"
    )
    a, b = real("a", "an angle"), real("b", "an angle")
    plane = ExactMatrix.from_rows([[cos(THETA), 0, sin(THETA), 0], [0, cos(PHI), 0, sin(PHI)]])
    base = ExactMatrix.from_entries((4, 2), {(0, 0): 1, (1, 1): 1})
    read = work.define("V", plane, meaning="the plane read, a row for each dimension")
    written = work.define("O", base, meaning="the plane written, a column for each dimension")
    eye = ExactMatrix.identity(2)
    work.equal(read @ read.T, eye, because="orthonormal rows")
    work.equal(written.T @ written, eye, because="orthonormal columns")
    work.say(
        "Any orthonormal bases of these planes come from a turn of each, by $a$ and by $b$. The entries of the product "
        "depend on the turns. They are cosines, each of the angle between a row and a column:"
    )
    V = work.define("W_V^2", turn(a) @ read)
    O_ = work.define("W_O^1", written @ turn(b))
    work.equal(V @ V.T, eye, because="still orthonormal")
    met = ExactMatrix.from_rows(
        [
            [
                cos(a) * cos(b) * cos(THETA) - sin(a) * sin(b) * cos(PHI),
                -cos(a) * sin(b) * cos(THETA) - sin(a) * cos(b) * cos(PHI),
            ],
            [
                sin(a) * cos(b) * cos(THETA) + cos(a) * sin(b) * cos(PHI),
                -sin(a) * sin(b) * cos(THETA) + cos(a) * cos(b) * cos(PHI),
            ],
        ]
    )
    work.equal(V @ O_, met, because="a turn, the two cosines, and a turn")
    work.say("The singular values do not depend on the turns. They are the cosines of the angles between the planes:")
    work.singular_values(
        (V @ O_).named(MEETING),
        [Abs(cos(THETA)), Abs(cos(PHI))],
        because="the characteristic polynomial of $M^{\\mathsf{T}} M$",
    )
    work.say(
        "So 1 means that a direction is handed over whole, 0 that one is not read at all, and the number of singular "
        "values that are not 0, the rank, is the number of dimensions that arrive."
    )
    return read, written


def basis_of_a_head(work: Work, read: ExactMatrix, written: ExactMatrix) -> None:
    """A move of head 1's values changes the singular values and keeps its net; no move changes the rank."""
    c = positive("c", "a number")
    work.say(
        "None of this holds in another basis of a head's values. Make the first dimension of head 1 a number $c > 0$ "
        "times as large where it reads, and as small where it writes. Its net is the same, and the head too:"
    )
    G = work.define("C", ExactMatrix.from_rows([[c, 0], [0, 1]]))
    back = work.define("C^{-1}", ExactMatrix.from_rows([[1 / c, 0], [0, 1]]))
    V_1 = any_matrix("v", 2, 4).named(Name("W_V^1"))
    work.equal((written @ back) @ (G @ V_1), written @ V_1, because="$C^{-1} C$ cancels")
    work.singular_values(read @ written, [Abs(cos(THETA)), Abs(cos(PHI))], because="before")
    work.singular_values(
        read @ written @ back, [Abs(cos(THETA)) / c, Abs(cos(PHI))], because="after; any number above 0 can be had"
    )
    work.say(
        "So singular values are cosines only for orthonormal rows and columns, and between bases that training has "
        "left as they are they mean little. The *rank* does not change. With changes of basis $G$ in head 1 and $H$ in "
        "head 2, the product becomes $\\tilde M = H M G^{-1}$, and comes back in the same way; since a product has at "
        "most the rank of each factor, neither rank is the larger."
    )
    (G_1, G_inverse), (H, H_inverse) = any_basis(2), any_basis(2, "pqrs", "H")
    G_1, G_inverse = work.define("G", G_1), work.define("G^{-1}", G_inverse)
    H, H_inverse = work.define("H", H), work.define("H^{-1}", H_inverse)
    M = any_matrix("m", 2, 2).named(Name("M"))
    work.equal(G_inverse @ G_1, ExactMatrix.identity(2), because="each is the inverse of the other")
    work.equal(H_inverse @ H, ExactMatrix.identity(2), because="each is the inverse of the other")
    moved = (H @ M @ G_inverse).named(Name(r"\tilde M"))
    work.equal(H_inverse @ moved @ G_1, M, because="for any $M$: both changes are undone")


def invariant(work: Work, read: ExactMatrix, written: ExactMatrix) -> None:
    """The product of the nets, and the product of the projections, depend on no basis of a head."""
    work.say(
        "Two things can be looked at instead. One is the product of the nets, $W_{\\mathrm{OV}}^2 "
        "W_{\\mathrm{OV}}^1$: no basis of a head enters into it, so that all about it is invariant. Where head 1 also "
        "reads orthonormally and head 2 writes so, as below, its singular values are the cosines, and zeros:"
    )
    last = work.define("W", ExactMatrix.from_entries((4, 2), {(2, 0): 1, (3, 1): 1}), meaning="what head 2 writes")
    nets = Factored(last @ read, written @ last.T)
    work.singular_values(nets, [Abs(cos(THETA)), Abs(cos(PHI)), 0, 0], because="head 1 reads $W^{\\mathsf{T}}$")
    work.say(
        "In general they also say how strongly head 1 reads and head 2 writes. The other is to orthonormalise first. "
        "The projection onto what is written, $P = O (O^{\\mathsf{T}} O)^{-1} O^{\\mathsf{T}}$, needs no orthonormal "
        "columns and does not change with the basis. For any $O$ and any change of basis $G$ of two dimensions, the "
        "matrix without its denominator, $\\Pi(O) = O \\, \\mathrm{adj}(O^{\\mathsf{T}} O) \\, O^{\\mathsf{T}}$, and "
        "the denominator get the same factor:"
    )
    O_ = any_matrix("o", 3, 2).named(Name("O"))
    G = ExactMatrix.from_rows([[real(name) for name in row] for row in ("ab", "cd")]).named(Name("G"))
    det = G.determinant()
    work.equal(
        projector(O_ @ G).named(Scalar(r"\Pi(O G)")),
        (projector(O_) * det**2).named(Product((Scalar(r"\det(G)^{2}"), Scalar(r"\Pi(O)")))),
        because="$\\det(G)^2$ times; any entries",
    )
    work.comes_to(
        Scalar(r"\det((O G)^{\mathsf{T}} O G)"),
        ((O_ @ G).T @ (O_ @ G)).determinant(),
        det**2 * (O_.T @ O_).determinant(),
        because="the same factor",
    )
    work.say(
        "The singular values of the product of the two projections, onto what is read and onto what is written, are "
        "the cosines whatever the bases are, and zeros. In the planes above:"
    )
    onto = [(read.T @ read).named(Name("P_V")), (written @ written.T).named(Name("P_O"))]
    work.singular_values(onto[0] @ onto[1], [Abs(cos(THETA)), Abs(cos(PHI)), 0, 0], because="by projections")


def projector(columns: ExactMatrix) -> ExactMatrix:
    """The projection onto two columns, times the determinant of their products."""
    gram = columns.T @ columns
    adjugate = ExactMatrix.from_rows([[gram[1, 1], -gram[0, 1]], [-gram[1, 0], gram[0, 0]]])
    return columns @ adjugate @ columns.T


def exercise(work: Work, heads: list[Head], two_back: int) -> None:
    """The singular values of the two heads of exercise 1."""
    first, second = heads
    d_head = first.d_head
    V, O_ = second.reads(), first.writes()
    work.say(
        "The heads of exercise 1 select and place dimensions, so that their rows and columns are orthonormal, and the "
        "singular values are cosines:"
    )
    eye = ExactMatrix.identity(d_head)
    work.equal(V @ V.T, eye, because="orthonormal rows")
    work.equal(O_.T @ O_, eye, because="orthonormal columns")
    ones, zeros = two_back, d_head - two_back
    work.singular_values(
        V @ O_, [1] * ones + [0] * zeros, because="a 1 for each dimension handed over, and nothing else"
    )
    work.say(
        f"Of the {d_head} dimensions that head 1 writes, {two_back} {'is' if two_back == 1 else 'are'} read, whole; "
        "the others are not read at all. With the rows of $M W_V^1$ that are not zero for its values, and the columns "
        "of $W_O^2$ with the same numbers, the virtual head is a head like any other:"
    )
    K = work.define("K", ExactMatrix.from_entries((two_back, d_head), {(i, zeros + i): 1 for i in range(two_back)}))
    reads = work.define(r"V^{2 \circ 1}", K @ (V @ O_ @ first.reads()), meaning="what it reads")
    writes = work.define(r"O^{2 \circ 1}", second.writes() @ K.T, meaning="what it writes")
    moves = Copies(first.stream["first"][:two_back], first.stream["last"][zeros:])
    virtual = Head(W_V=reads, W_O=writes, name="The virtual head")
    work.equal(virtual.W_OV, second.W_OV @ first.W_OV, because="nothing is lost with the rows that are zero")
    work.claim(moves, of=virtual, because="attending to where head 2 attends, and from there to where head 1 does")
    work.experiment(moves, of=virtual, seed=6)


def score(work: Work, heads: list[Head], two_back: int) -> None:
    """The composition score of exercise 1, its baseline and its ceiling."""
    first, second = heads
    d_model, d_head = first.d_model, first.d_head
    work.say(
        "A single number for the same is the composition score $V = \\lVert W_{\\mathrm{OV}}^2 W_{\\mathrm{OV}}^1 "
        "\\rVert / (\\lVert W_{\\mathrm{OV}}^2 \\rVert \\, \\lVert W_{\\mathrm{OV}}^1 \\rVert)$ in the Frobenius norm, "
        "the root of the sum of all squares. It is made of nets, so it is invariant. It lies between 0 and 1, since "
        "the product of two norms is never less than the norm of the product; for a matrix and a vector that is"
    )
    A, b = any_matrix("a", 2, 2), any_matrix("b", 2, 1)
    spare = square(A) * square(b) - square(A @ b)
    squares = sum((A[i, 0] * b[1, 0] - A[i, 1] * b[0, 0]) ** 2 for i in range(2))
    work.equal(spare, squares, because="Lagrange's identity; $b$ stands for each column of the second matrix")
    work.at_least(squares, 0, because="a sum of squares, zero where the rows of the first are along $b$")
    work.say("For exercise 1 the three norms and the score are")
    size = Scalar(r"\lVert W_{\mathrm{OV}}^1 \rVert"), Scalar(r"\lVert W_{\mathrm{OV}}^2 \rVert")
    together = Scalar(r"\lVert W_{\mathrm{OV}}^2 W_{\mathrm{OV}}^1 \rVert")
    work.comes_to(size[0], first.W_OV.frobenius_norm(), sqrt(d_head), because="a 1 for each dimension copied")
    work.comes_to(size[1], second.W_OV.frobenius_norm(), sqrt(d_head), because="likewise")
    work.comes_to(together, (second.W_OV @ first.W_OV).frobenius_norm(), sqrt(two_back), because="two tokens back")
    found = sqrt(two_back) / d_head
    work.comes_to(Scalar("V"), v_composition(first, second), found, because="the quotient")
    work.say(
        "If the stream is turned at random between the two heads, the mean of $V^2$ is $1 / d_{\\mathrm{model}}$, "
        "whatever the heads are. The root of that is the baseline:"
    )
    baseline = composition_baseline(d_model)
    work.comes_to(Scalar(r"V_{\mathrm{RMS}}"), baseline, 1 / sqrt(d_model), because="shown below")
    compared(work, found, baseline)
    work.say(
        "Nor is 1 the most that such heads can have. Two matrices of rank $r$ whose singular values are all equal have "
        f"$1 / \\sqrt{{r}}$ where what is written is just what is read; for $r = {d_head}$ that is"
    )
    aligned = Head(W_V=first.writes().T, W_O=first.reads().T)
    ceiling = composition_ceiling(d_head)
    work.comes_to(Scalar(r"V_{\max}"), v_composition(first, aligned), ceiling, because="all is handed over")
    work.say("At rank 1 the two can be as large as their product, for any such pair:")
    x, y, z = (any_matrix(letter, 2, 1) for letter in "xyz")
    work.equal(
        square((x @ y.T) @ (y @ z.T)), square(x @ y.T) * square(y @ z.T), because="$y^{\\mathsf{T}} y$ comes out"
    )


def compared(work: Work, found: Expr, baseline: Expr) -> None:
    """Whether the score stands out from the baseline."""
    difference = found**2 - baseline**2
    if difference == 0:
        work.comes_to(Scalar(r"V^2 - V_{\mathrm{RMS}}^2"), difference, 0, because="exactly the same")
        work.say(
            "So the virtual head, which was put there on purpose, does not stand out by its score: it is what a random "
            "rotation has on average. A single dimension of many is a small part of a norm."
        )
        return
    larger = difference > 0
    state = work.at_least if larger else work.at_most
    state(found, baseline, because=f"the score is {'above' if larger else 'below'} the baseline")


def square(matrix: ExactMatrix) -> Expr:
    """The squared Frobenius norm of a real matrix."""
    return (matrix.T @ matrix).trace()


def chance(work: Work, size: int = 3) -> None:
    """The second moment of random rotations, from a finite group that has the same one."""
    work.say(
        "Let $A = W_{\\mathrm{OV}}^2$ and $B = W_{\\mathrm{OV}}^1 (W_{\\mathrm{OV}}^1)^{\\mathsf{T}}$, and $Q$ the "
        "rotation between. The squared norm of the product is the trace of $A^{\\mathsf{T}} A \\, Q B "
        "Q^{\\mathsf{T}}$, so all that is needed is the mean of $Q B Q^{\\mathsf{T}}$. Take first the finite group of "
        f"signed permutations, the ways to exchange the axes and to turn them round; for {size} dimensions there are "
        f"{2**size * len(list(permutations(range(size))))}. Their mean is a number times the identity, for any $B$:"
    )
    B = any_matrix("b", size, size).named(Name("B"))
    group = signed_permutations(size)
    total = reduce(lambda a, b: a + b, (Q @ B.named(Name("B")) @ Q.T for Q in group)) * Rational(1, len(group))
    mean = ExactMatrix.identity(size) * (B.trace() / size)
    work.equal(total.named(Scalar(r"\mathrm{mean}(Q B Q^{\mathsf{T}})")), mean, because="all of them added up")
    work.say(
        "That it is a number times the identity is no accident. A mean over a group commutes with each of its members. "
        "Turning one axis round changes the sign of what is beside the diagonal, and exchanging two exchanges their "
        "places on it, so that a matrix which commutes with all of these has one number on its diagonal and zeros "
        "beside it:"
    )
    flip = ExactMatrix.from_entries((2, 2), {(0, 0): -1, (1, 1): 1})
    swap = ExactMatrix.from_entries((2, 2), {(0, 1): 1, (1, 0): 1})
    X = any_matrix("x", 2, 2).named(Name("X"))
    x = X.entries
    beside_it = ExactMatrix.from_entries((2, 2), {(0, 1): 2 * x[0, 1], (1, 0): 2 * x[1, 0]})
    F, S = work.define("F", flip), work.define("S", swap)
    work.equal(X - F @ X @ F.T, beside_it, because="zero only where there is nothing beside the diagonal")
    exchanged = {(0, 0): x[0, 0] - x[1, 1], (0, 1): x[0, 1] - x[1, 0]}
    on_it = ExactMatrix.from_entries((2, 2), exchanged | {(1, 0): x[1, 0] - x[0, 1], (1, 1): x[1, 1] - x[0, 0]})
    work.equal(X - S @ X @ S.T, on_it, because="zero only where both numbers on the diagonal are the same")
    work.say(
        "The mean over *all* rotations and reflections (Haar's measure) commutes with these too, since they are among "
        "them. So it is a number times the identity as well, and it has the same trace, because no rotation changes "
        "a trace: it is $\\mathrm{tr}(B) / d_{\\mathrm{model}}$ times the identity, in every dimension. This step is "
        "an argument, not a computation; what is computed here is the mean over the finite group. Then"
    )
    C = any_matrix("c", size, size).named(Name("C"))
    work.comes_to(
        Scalar(r"\mathrm{tr}(C \, \mathrm{mean}(Q B Q^{\mathsf{T}}))"),
        (C @ total).trace(),
        C.trace() * B.trace() / size,
        because="with $C = A^{\\mathsf{T}} A$ these are the squares of the norms, over $d_{\\mathrm{model}}$",
    )
    work.say("The mean of $V$ itself is a little less than the root, since $V$ is not the same for every rotation.")


def signed_permutations(size: int) -> list[ExactMatrix]:
    """All matrices with one 1 or -1 in each row and column."""
    return [
        ExactMatrix.from_entries(
            (size, size), {(i, j): sign for (i, j), sign in zip(enumerate(order), signs, strict=True)}
        )
        for order in permutations(range(size))
        for signs in product((1, -1), repeat=size)
    ]
