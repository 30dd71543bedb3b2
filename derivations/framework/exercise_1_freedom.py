"""Exercise 1 of the transformer-circuits exercises: its many right answers, and that there are no others."""

from math import comb, perm
from typing import cast

from sympy import Rational

from symcircuits import Head, Residual, Work, derivation
from symcircuits.algebra import ExactMatrix, Factored, beside
from symcircuits.behaviours import Copies
from symcircuits.circuit.generic import any_basis, any_matrix
from symcircuits.symbols import natural, weight
from symcircuits.typeset.formulas import Name, Product


@derivation("framework/1e", title="Exercise 1(e): the many right answers")
def freedom(work: Work, d_model: int = 16, d_head: int = 4, two_back: int = 1) -> None:
    work.problem(
        "Parts (a) and (b) have many right answers. Which are they? What may be chosen freely, how many numbers is "
        "that, and is there any other answer? Write down an answer for head 1 with free symbols in it, "
        "$\\tilde W_V^1$ and $\\tilde W_O^1$."
    )
    one = work.given("framework/1a", d_model=d_model, d_head=d_head)
    two = work.given("framework/1b", d_model=d_model, d_head=d_head, two_back=two_back)
    stream = cast(Residual, one["W_V^1"].columns)
    heads = [
        Head(W_V=one["W_V^1"], W_O=one["W_O^1"], name="Head 1"),
        Head(W_V=two["W_V^2"], W_O=two["W_O^2"], name="Head 2"),
    ]
    kept = d_head - two_back
    fresh = stream["more"][:kept] if kept else stream["passed"][:0]
    copies = [
        Copies(stream["first"], stream["passed"]),
        Copies(fresh + stream["passed"][:two_back], stream["last"]),
    ]
    work.asks(r"\tilde W_V^1", r"\tilde W_O^1", meets=copies[0], stream=stream, d_head=d_head)
    work.section("Any basis of the values")
    any_basis_of_values(work, heads, copies)
    work.section("There is no other freedom in a head")
    only_bases(work, heads[0])
    work.section("How many numbers that is")
    free_numbers(work, heads[0])
    work.section("What head 2 takes, and where it puts it")
    choices(work, heads, stream, two_back)


def any_basis_of_values(work: Work, heads: list[Head], copies: list[Copies]) -> None:
    """Both heads in a general basis of their values."""
    work.say(
        "What a head moves is $W_O W_V$. An invertible matrix $G$ between the two and its inverse cancel, so with one "
        "answer $(G W_V, W_O G^{-1})$ is another. Let $G$ be any invertible change of two dimensions; any two may be "
        "taken, and every invertible matrix is a product of such changes."
    )
    G, inverse = any_basis(heads[0].d_head)
    G, inverse = work.define("G", G), work.define("G^{-1}", inverse)
    work.equal(G @ inverse, ExactMatrix.identity(G.shape[0]), because="each is the inverse of the other")
    values = dict(zip("abcd", (2, -3, Rational(1, 2), 1), strict=True))
    work.suggest({symbol: values[symbol.name] for symbol in G.free_symbols})
    for number, (head, copy) in enumerate(zip(heads, copies, strict=True), 1):
        V = work.define(rf"\tilde W_V^{number}", G @ head.reads())
        O_ = work.define(rf"\tilde W_O^{number}", head.writes() @ inverse)
        moved = Head(W_V=V, W_O=O_, name=f"Head {number} in the new basis")
        work.equal(Factored(O_, V), head.W_OV, because="$G^{-1} G$ cancels")
        work.claim(copy, of=moved, because="the same net")
        work.experiment(copy, of=moved, seed=number)


def only_bases(work: Work, head: Head) -> None:
    """Two factorisations of one matrix of full rank differ by a change of basis."""
    V, O_ = head.reads(), head.writes()
    eye = ExactMatrix.identity(head.d_head)
    work.say(
        "Now let $V$ and $O$ be *any* two matrices of the shapes of $W_V^1$ and $W_O^1$ with the product asked for, "
        "$O V = W_O^1 W_V^1$. The rows of $W_V^1$ are orthonormal, and so are the columns of $W_O^1$:"
    )
    work.equal(V @ V.T, eye, because="it selects each dimension once")
    work.equal(O_.T @ O_, eye, because="it writes each dimension once")
    work.say(
        "Put $G = V (W_V^1)^{\\mathsf{T}}$ and $H = (W_O^1)^{\\mathsf{T}} O$, of the size of the head. Whatever four "
        "matrices $L$, $O$, $V$, $R$ are, products may be bracketed as one likes; here with any entries:"
    )
    shapes = {"L": (2, 3), "O": (3, 2), "V": (2, 3), "R": (3, 2)}
    L, P, W, R = (any_matrix(name.lower(), *shape).named(Name(name)) for name, shape in shapes.items())
    inner = (P @ W).named(Product((Name("(O V)"),)))
    work.equal((L @ P).named(Name("(L O)")) @ W, L @ inner, because="so $H V = (W_O^1)^{\\mathsf{T}} (O V)$")
    work.equal(P @ (W @ R).named(Name("(V R)")), inner @ R, because="so $O G = (O V) (W_V^1)^{\\mathsf{T}}$")
    work.equal(
        (L @ P).named(Name("(L O)")) @ (W @ R).named(Name("(V R)")),
        L @ inner @ R,
        because="so $H G = (W_O^1)^{\\mathsf{T}} (O V) (W_V^1)^{\\mathsf{T}}$",
    )
    work.say("In each the product $O V$ may be replaced by the one asked for, and what comes out is known:")
    net = (O_ @ V).named(Product((O_.formula, V.formula)))  # type: ignore[arg-type]
    work.equal(O_.T @ net, V, because="$H V = W_V^1$")
    work.equal(net @ V.T, O_, because="$O G = W_O^1$")
    work.equal(O_.T @ net @ V.T, eye, because="$H G = \\mathrm{Id}$")
    work.say(
        "The last says that $G$, which is square, is invertible, and that its inverse is $H$. Therefore $V = G W_V^1$ "
        "and $O = W_O^1 G^{-1}$: every answer with this net comes from ours by a change of basis, and by one only, "
        "since $G$ is told by $V$. The same holds for any net of full rank, with a left inverse of $W_O$ and a right "
        "inverse of $W_V$ in place of the two transposes."
    )


def free_numbers(work: Work, head: Head) -> None:
    """The number of free parameters, as the rank of the map from small changes of the factors to changes of the net."""
    d_model, d_head = head.d_model, head.d_head
    V, O_ = head.reads().labelled(None, None), head.writes().labelled(None, None)
    work.say(
        f"$W_V$ and $W_O$ have ${2 * d_model * d_head}$ entries together. Small changes $\\delta V$ and $\\delta O$ "
        "change the net by $\\delta O \\, W_V + W_O \\, \\delta V$. Row by row in one column, that is the matrix $J = "
        "(\\mathrm{Id} \\otimes W_V^{\\mathsf{T}} \\;\\; W_O \\otimes \\mathrm{Id})$ applied to all entries. Its rank "
        "is the number of directions in which the net changes:"
    )
    eye = ExactMatrix.identity(d_model)
    J = beside(eye.kron(V.T), O_.kron(eye)).named(Name("J"))
    fixed = d_head * (2 * d_model - d_head)
    work.rank(J, fixed, because="the number of parameters of the nets of rank $d_{\\mathrm{head}}$")
    work.say("What is left is free. For any sizes the number is the number of entries of $G$:")
    h, d = natural("h", "dimensions of a head"), natural("d", "dimensions of the stream")
    work.equal(2 * h * d - h * (2 * d - h), h**2, because="$h$ for $d_{\\mathrm{head}}$, $d$ for $d_{\\mathrm{model}}$")
    work.say(
        f"So each head has ${d_head**2}$ free numbers, of which a net shows none: the entries of an invertible $G$."
    )


def choices(work: Work, heads: list[Head], stream: Residual, two_back: int) -> None:
    """Head 2 with any rows that miss head 1, any combination of what head 1 has written, and any place to write."""
    first, d_head = heads[0], heads[0].d_head
    kept, d_model = d_head - two_back, stream.d_model
    missed = [place for place in range(d_model) if place not in {*stream["first"].places, *stream["passed"].places}]
    work.say(
        "The net of head 2 is not fixed by the question. Let its rows that look one token back be any matrix $B$ that "
        "reads only what head 1 neither reads nor writes, let its others read any combinations $a$ of what head 1 has "
        "written, and let it write with any matrix $C$:"
    )
    handed = [(i, j, weight("a", i, j)) for i in range(min(two_back, 2)) for j in range(min(d_head, 3))]
    meets = {(kept + i, j): a for i, j, a in handed}
    reads = {(kept + i, stream["passed"].places[j]): a for i, j, a in handed}
    comes = {(kept + i, stream["first"].places[j]): a for i, j, a in handed}
    rows = {(i, place): weight("b", i, j) for i in range(min(kept, 2)) for j, place in enumerate(missed[:2])}
    W_V = work.define(
        "W_V^2",
        ExactMatrix.from_entries((d_head, d_model), rows | reads, None, stream),
        meaning="rows of $B$, then of $a$; the first few entries of each are symbols, to stand for all",
    )
    last = stream["last"].places
    column = {(last[0], j): weight("c", 0, j) for j in range(min(d_head, 9))}
    ones = {(last[i], i): 1 for i in range(1, d_head)}
    W_O = work.define("C", ExactMatrix.from_entries((d_model, d_head), ones | column, stream, None))
    met = ExactMatrix.from_entries((d_head, d_head), meets)
    work.equal(W_V @ first.writes(), met, because="$B$ misses what head 1 writes, and $a$ meets it")
    both = (W_O @ W_V) @ first.W_OV.expand()
    combined = ExactMatrix.from_entries((d_head, d_model), comes, None, stream).named(Name("a'"))
    work.equal(both, W_O @ combined, because="$a'$ is $a$ on what head 1 reads, and $C$ puts it somewhere")
    work.rank(both, min(two_back, 2), because="whatever $B$ and $C$ are, but for special values")
    work.say(
        "For exact copies the rows of $B$ and of $a$ are different unit vectors, and so are the columns of $C$. A "
        "permutation of the dimensions in the head is a change of basis and makes no new net. What is left to choose "
        f"is which {kept} of {len(missed)} dimensions come from one token back, which {two_back} of {d_head} from two, "
        f"and to which place each of the {d_head} goes."
    )
    sets, passed, placed = comb(len(missed), kept), comb(d_head, two_back), perm(d_model, d_head)
    work.say(
        f"That is ${sets} \\cdot {passed} \\cdot {placed} = {sets * passed * placed}$ nets, each with the free basis "
        "of its values. Head 2 may even write to dimensions that a head reads, since both have read by then."
    )
