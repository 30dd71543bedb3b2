"""What the transformer by hand needs to begin with: matrices, and words as tokens."""

from sympy import Expr, Integer

from symcircuits import Work, derivation
from symcircuits.algebra import ExactMatrix, column_of, row_of
from symcircuits.behaviours import Computes
from symcircuits.circuit import Head, Transformer, Vocabulary
from symcircuits.symbols import weight
from symcircuits.typeset.formulas import Name


def numbered(rows: int, columns: int) -> ExactMatrix:
    """The numbers from 1 on, row by row."""
    return ExactMatrix.from_rows([[i * columns + j + 1 for j in range(columns)] for i in range(rows)])


def symbolic(letter: str, rows: int, columns: int) -> ExactMatrix:
    """A matrix of which nothing is assumed."""
    entries = {(i, j): weight(letter, i, j) for i in range(rows) for j in range(columns)}
    return ExactMatrix.from_entries((rows, columns), entries).named(Name(letter.upper()))


def entrywise(left: ExactMatrix, right: ExactMatrix) -> ExactMatrix:
    """The product of each entry with the one in the same place."""
    return ExactMatrix.from_entries(left.shape, {place: left[place] * right[place] for place in left.entries})


def two_matrices(first: ExactMatrix, second: ExactMatrix) -> Transformer:
    """A model that multiplies two square matrices: its embedding is the second one, its unembedding the first, and its
    one head does nothing."""
    nothing = ExactMatrix.zeros(*first.shape)
    idle = Head(W_Q=nothing, W_K=nothing, W_V=nothing, W_O=nothing)
    plain = (one.labelled(None, None) for one in (first, second))
    return Transformer(((idle,),), W_U=next(plain), W_E=next(plain), vocabulary=("a", "b"))


def filled(shape: tuple[int, int], value: Expr) -> ExactMatrix:
    return ExactMatrix.from_entries(shape, {(i, j): value for i in range(shape[0]) for j in range(shape[1])})


@derivation("by_hand/matrices", title="A transformer by hand: sums and products of matrices")
def matrices(work: Work) -> None:
    work.problem(
        "Work out $2 A + 1$, $A + B$ and $A - B$ for two small matrices, and the matrix product of a matrix of two "
        "rows and four columns with one of four rows and three columns."
    )
    work.section("Entry by entry")
    A, B = work.define("A", numbered(2, 2)), work.define("B", ExactMatrix.from_rows([[1, 1], [2, 3]]))
    work.say("A number times a matrix, and a number added to one, act on each entry by itself:")
    ones = filled((2, 2), Integer(1)).named(Name("J"))
    work.equal(A * 2 + ones, ExactMatrix.from_rows([[3, 5], [7, 9]]), because="$J$ has a 1 in every place")
    work.say("Two matrices of the same shape are added and subtracted place by place:")
    work.equal(A + B, ExactMatrix.from_rows([[2, 3], [5, 7]]), because="$1 + 1$, $2 + 1$, $3 + 2$ and $4 + 3$")
    work.equal(A - B, ExactMatrix.from_rows([[0, 1], [1, 1]]), because="$1 - 1$, $2 - 1$, $3 - 2$ and $4 - 3$")

    work.section("The matrix product")
    work.say(
        "Entry $(i, j)$ of a product is row $i$ of the first matrix times column $j$ of the second, multiplied entry "
        "by entry and summed. The first has as many columns as the second has rows; the product has the rows of the "
        "first and the columns of the second."
    )
    C, D = work.define("C", numbered(2, 4)), work.define("D", numbered(4, 3))
    work.equal(C @ D, ExactMatrix.from_rows([[70, 80, 90], [158, 184, 210]]), because="two rows times three columns")
    work.say("Two of its entries, written out: row 0 times column 0, and row 1 times column 2.")
    for i, j, parts in ((0, 0, (1, 8, 21, 40)), (1, 2, (15, 36, 63, 96))):
        row = row_of(C[i, k] for k in range(4)).named(Name(f"c_{{{i} \\cdot}}"))
        column = column_of(D[k, j] for k in range(4)).named(Name(f"d_{{\\cdot {j}}}"))
        factors = " + ".join(f"{C[i, k]} \\cdot {D[k, j]}" for k in range(4))
        reason = f"${factors} = {' + '.join(map(str, parts))}$"
        work.equal(row @ column, ExactMatrix.from_rows([[sum(parts)]]), because=reason)

    work.section("What holds for every product")
    P, Q = symbolic("p", 2, 2), symbolic("q", 2, 2)
    work.say(
        "The product of entries in the same place is another thing, and seldom meant. With symbols for the entries "
        "the two can be told apart in every place:"
    )
    there = {(i, j): P[i, 1 - j] * Q[1 - j, j] + P[i, j] * (Q[j, j] - Q[i, j]) for i in (0, 1) for j in (0, 1)}
    work.equal(
        P @ Q - entrywise(P, Q).named(Name(r"(p_{ij} q_{ij})")),
        ExactMatrix.from_entries((2, 2), there),
        because="what a row times a column has besides the one product",
    )
    work.say("The order of the factors counts, and a transpose turns it round:")
    work.equal((P @ Q).T, Q.T @ P.T, because="row times column either way")
    a, d = P[0, 1] * Q[1, 0] - Q[0, 1] * P[1, 0], P[0, 0] - P[1, 1]
    e = Q[0, 0] - Q[1, 1]
    commutator = [[a, P[0, 1] * -e + Q[0, 1] * d], [P[1, 0] * e - Q[1, 0] * d, -a]]
    work.equal(P @ Q - Q @ P, ExactMatrix.from_rows(commutator), because="which is zero for special entries only")
    work.suggest({P[i, j]: 2 + i - 5 * j for i in (0, 1) for j in (0, 1)})
    work.suggest({Q[i, j]: 5 - 3 * i - j for i in (0, 1) for j in (0, 1)})
    product = {(i, j): sum(P[i, k] * Q[k, j] for k in (0, 1)) for i in (0, 1) for j in (0, 1)}
    work.experiment(Computes("ab", ExactMatrix.from_entries((2, 2), product)), of=two_matrices(P, Q), n_ctx=2)


@derivation("by_hand/tokens", title="A transformer by hand: letters as tokens")
def tokens(work: Work, word: str = "aabaa") -> None:
    vocabulary = Vocabulary("ab")
    numbers = vocabulary.encode(word)
    work.problem(
        f"The vocabulary has two tokens, $\\mathtt{{a}}$ with the number 0 and $\\mathtt{{b}}$ with the number 1. Turn "
        f"the word $\\mathtt{{{word}}}$ into tokens, and back."
    )
    work.say("A token is a unit column, a 1 in the row of its letter. The word is a column for each of its letters.")
    T = work.define("T", vocabulary.one_hot(word))
    work.say("The number of each token is read off by a row that holds the numbers of the letters:")
    ids = row_of(list(range(len(vocabulary)))).labelled(None, vocabulary.axis()).named(Name("(0, 1)"))
    work.equal(ids @ T, row_of(list(numbers)), because="one for each $\\mathtt{b}$")
    work.say("Every letter is one token and no other, so the way back is sure: two columns agree where the letters do.")
    same = {(i, j): 1 for i, one in enumerate(word) for j, other in enumerate(word) if one == other}
    work.equal(
        T.T @ T, ExactMatrix.from_entries((len(word), len(word)), same), because="1 where two letters are the same"
    )
    work.say(
        "Tokens whose numbers are neighbours are no more alike than others: the difference of two unit columns has one "
        "1 and one $-1$, and its square is 2 whatever the two are. This is why a model reads unit columns and not the "
        "numbers."
    )
    difference = column_of([1, -1], vocabulary.axis()).named(Name("e_a - e_b"))
    work.equal(difference.T @ difference, ExactMatrix.from_rows([[2]]), because="$1^2 + (-1)^2$")
    plain = two_matrices(ExactMatrix.identity(2), ExactMatrix.identity(2))
    work.experiment(Computes(word, T), of=plain, n_ctx=len(word))
