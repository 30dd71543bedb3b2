"""Exercise 1 of the transformer-circuits exercises: two previous-token heads that reach two tokens back."""

from sympy import Rational, Symbol

from symcircuits import Head, Residual, Work, derivation
from symcircuits.algebra import ExactMatrix, Factored
from symcircuits.behaviours import Copies, CopiesAll, CopiesSome
from symcircuits.circuit import Directions
from symcircuits.typeset.formulas import Name

SHIFT = Name("S")


def the_stream(work: Work, d_model: int, d_head: int) -> Residual:
    """Four blocks of d_head directions each, called by their numbers, and what is left of d_model after them."""
    work.require(
        d_head >= 2, f"d_head must be at least 2 (one dimension from two tokens back, the rest from one), got {d_head}"
    )
    work.require(d_model >= 4 * d_head, f"d_model must be at least 4 d_head = {4 * d_head}, got {d_model}")
    rest = {"rest": d_model - 4 * d_head} if d_model > 4 * d_head else {}
    return Residual.numbered(first=d_head, more=d_head, passed=d_head, last=d_head, **rest)


def any_second_head(stream: Residual, d_head: int) -> CopiesSome:
    """What head 2 may be: one direction that head 1 has written, the rest from those that it neither reads nor writes,
    into some of these."""
    free = stream["more"] + stream["last"]
    free = free + stream["rest"] if len(stream) > 4 * d_head else free
    return CopiesSome(((free, d_head - 1), (stream["passed"], 1)), free)


def numbers(directions: Directions) -> str:
    """The first and last number of a run of directions."""
    first, last = directions.labels[0], directions.labels[-1]
    return first if first == last else f"{first}-{last}"


@derivation("framework/1a", title="Exercise 1(a): a head that copies")
def first_head(work: Work, d_model: int = 16, d_head: int = 4) -> None:
    stream = the_stream(work, d_model, d_head)
    source, target = stream["first"], stream["passed"]
    work.problem(
        f"The residual stream has {d_model} dimensions, a head has {d_head}. Head 1 attends to the previous token. "
        f"Write down $W_V^1$ and $W_O^1$ so that it copies dimensions {numbers(source)} of the token that it attends "
        f"to into dimensions {numbers(target)} of the present one."
    )
    work.asks("W_V^1", "W_O^1", meets=Copies(source, target), stream=stream, d_head=d_head)

    work.say(
        "A value matrix that selects dimensions has a single 1 in each row, in the column of the dimension that it "
        "reads. An output matrix that places them has a single 1 in each column, in the row of the dimension that it "
        "writes. Zeros are printed as dots."
    )
    W_V = work.define(
        "W_V^1", stream.read(source), meaning=f"row $i$ reads dimension $i$, for $i$ from 0 to {d_head - 1}"
    )
    W_O = work.define("W_O^1", stream.write(target), meaning=f"column $i$ writes dimension ${2 * d_head} + i$")

    work.say("What the head moves is the product of the two, and it is the copy asked for and nothing else.")
    head = Head(W_V=W_V, W_O=W_O, name="Head 1")
    work.claim(
        Copies(source, target), of=head, because="$W_O^1 W_V^1$ has a 1 for each dimension copied, and no other entry."
    )
    work.experiment(Copies(source, target), of=head, seed=1)


@derivation("framework/1b", title="Exercise 1(b): a head that copies from one token back and from two")
def second_head(work: Work, d_model: int = 16, d_head: int = 4) -> None:
    stream = the_stream(work, d_model, d_head)
    fresh, passed, last = stream["more"][: d_head - 1], stream["passed"][0], stream["last"]
    work.problem(
        "Head 2, in the second layer, attends to the previous token as well. Write down $W_V^2$ and $W_O^2$ so that "
        f"it copies {d_head - 1} more dimensions of the previous token, and one dimension of the token two back, by "
        f"way of a dimension that head 1 has written."
    )
    work.asks("W_V^2", "W_O^2", meets=any_second_head(stream, d_head), stream=stream, d_head=d_head)

    first = work.given("framework/1a", d_model=d_model, d_head=d_head)
    work.say(
        f"Head 1 has put dimension 0 of the token before into dimension {numbers(passed)}. A head that reads "
        f"dimension {numbers(passed)} of the previous token therefore reads dimension 0 of the token before that one. "
        f"The other {d_head - 1} rows read dimensions {numbers(fresh)}, which head 1 neither reads nor writes."
    )
    W_V = work.define("W_V^2", stream.read(fresh, passed), meaning="the last row reads what head 1 has written")
    W_O = work.define("W_O^2", stream.write(last))
    head = Head(W_V=W_V, W_O=W_O, name="Head 2")
    work.claim(Copies(fresh + passed, last), of=head, because="which dimensions are taken, and where to, is free")

    work.section("What makes it work")
    work.say(
        "Two products say how head 2 sits behind head 1. What head 1 writes meets what head 2 reads in a single place:"
    )
    meeting = ExactMatrix.from_entries((d_head, d_head), {(d_head - 1, 0): 1})
    work.equal(
        W_V @ first["W_O^1"], meeting, because="the last row of $W_V^2$ reads what the first column of $W_O^1$ writes"
    )
    work.say("and nothing that head 2 writes is read by either head:")
    work.equal(first["W_V^1"] @ W_O, ExactMatrix.zeros(d_head, d_head), because="head 1 does not read the last block")
    work.equal(W_V @ W_O, ExactMatrix.zeros(d_head, d_head), because="nor does head 2")

    work.section("A condition that is sufficient, not necessary")
    work.say(
        "It is often said that what matters is this: $W_V^2$ has a 1 in a column where $W_O^1$ has a row with an "
        f"entry, and {d_head - 1} ones in columns that neither $W_V^1$ nor $W_O^1$ touches. That is enough, as the "
        "matrices above show. It is not needed. A head is the same head after an invertible change of basis $G$ of "
        f"its values, $W_V \\to G W_V$ and $W_O \\to W_O G^{{-1}}$; here is one with a free number $c > 0$, in which "
        f"(but for $c = 1$) no row of the value matrix is a single 1."
    )
    c = Symbol("c", positive=True)
    G, inverse = mixing(d_head, c)
    G = work.define("G", G)
    inverse = work.define("G^{-1}", inverse)
    work.equal(G @ inverse, ExactMatrix.identity(d_head), because="each is the inverse of the other")
    mixed_V = work.define(r"\tilde W_V^2", G @ W_V)
    mixed_O = work.define(r"\tilde W_O^2", W_O @ inverse)
    work.equal(
        Factored(mixed_O, mixed_V), Factored(W_O, W_V), because="$G^{-1} G$ cancels, so the head does just the same"
    )
    work.claim(Copies(fresh + passed, last), of=Head(W_V=mixed_V, W_O=mixed_O, name="The head with $G$"))
    work.suggest({c: 3})
    work.experiment(Copies(fresh + passed, last), of=head, seed=2)
    work.experiment(Copies(fresh + passed, last), of=Head(W_V=mixed_V, W_O=mixed_O), seed=2, c=[2, Rational(1, 5)])


def mixing(size: int, c: Symbol) -> tuple[ExactMatrix, ExactMatrix]:
    """An invertible matrix and its inverse: every other dimension takes part of the next one, and all are scaled."""
    taking = range(0, size - 1, 2)
    entries = {(i, i): c for i in range(size)} | {(i, i + 1): 1 for i in taking}
    back = {(i, i): 1 / c for i in range(size)} | {(i, i + 1): -1 / c**2 for i in taking}
    return ExactMatrix.from_entries((size, size), entries), ExactMatrix.from_entries((size, size), back)


@derivation("framework/1c", title="Exercise 1(c): what each head moves")
def both_nets(work: Work, d_model: int = 16, d_head: int = 4) -> None:
    stream = the_stream(work, d_model, d_head)
    first, more, passed, last = (stream[name] for name in ("first", "more", "passed", "last"))
    work.problem(
        "Expand $W_{\\mathrm{net}}^1 = W_O^1 W_V^1$ and $W_{\\mathrm{net}}^2 = W_O^2 W_V^2$. What do these matrices "
        "say?"
    )
    work.asks("W_net^1", meets=Copies(first, passed), stream=stream)
    work.asks("W_net^2", meets=any_second_head(stream, d_head), stream=stream)
    one = work.given("framework/1a", d_model=d_model, d_head=d_head)
    two = work.given("framework/1b", d_model=d_model, d_head=d_head)

    work.say(
        "$W_{\\mathrm{net}}$ is all that a head does to what it attends to: token $n$ receives "
        "$h(x)_n = \\sum_m A_{nm} W_{\\mathrm{net}} x_m$. Its columns are the dimensions read, its rows those "
        "written. Each pair of a row of $W_V$ and the column of $W_O$ with the same number gives one entry, $e_i "
        "e_j^T$ for "
        '"$j$ is copied to $i$".'
    )
    work.section("Head 1")
    net_1 = work.define("W_net^1", Factored(one["W_O^1"], one["W_V^1"]))
    copied = {(passed[i], first[i]): 1 for i in range(d_head)}
    work.equal(net_1, stream.matrix(copied), because=f"dimension $i$ goes to ${2 * d_head} + i$")
    work.rank(net_1, d_head, because="all its dimensions are in use")
    work.say(f"It reads dimensions {numbers(first)} and writes dimensions {numbers(passed)}, each to its own.")

    work.section("Head 2")
    net_2 = work.define("W_net^2", Factored(two["W_O^2"], two["W_V^2"]))
    fresh = {(last[i], more[i]): 1 for i in range(d_head - 1)}
    work.equal(
        net_2, stream.matrix(fresh | {(last[d_head - 1], passed[0]): 1}), because="the last one reads head 1's output"
    )
    work.rank(net_2, d_head, because="all its dimensions are in use")
    work.say(
        f"It reads dimensions {numbers(more[: d_head - 1])} and {numbers(passed[0])}, and writes dimensions "
        f"{numbers(last)}. Neither head can be applied twice to any effect, since neither reads what it writes itself:"
    )
    zero = ExactMatrix.zeros(d_model, d_model)
    work.equal(net_1 @ net_1, zero, because="head 1 writes nothing that it reads")
    work.equal(net_2 @ net_2, zero, because="head 2 writes nothing that it reads")
    reads = more[: d_head - 1] + passed[0]
    work.experiment(Copies(first, passed), of=Head(W_V=one["W_V^1"], W_O=one["W_O^1"]), seed=3)
    work.experiment(Copies(reads, last), of=Head(W_V=two["W_V^2"], W_O=two["W_O^2"]), seed=3)


@derivation("framework/1d", title="Exercise 1(d): two heads as three")
def two_layers(work: Work, d_model: int = 16, d_head: int = 4, n_ctx: int = 4) -> None:
    work.require(n_ctx >= 3, f"n_ctx must be at least 3, so that some token has one two back, got {n_ctx}")
    stream = the_stream(work, d_model, d_head)
    first, more, passed, last = (stream[name] for name in ("first", "more", "passed", "last"))
    work.problem(
        "Expand $W_{\\mathrm{net}}^2 W_{\\mathrm{net}}^1$ (two tokens back) and "
        "$W_{\\mathrm{net}}^2 \\mathrm{Id} + \\mathrm{Id} W_{\\mathrm{net}}^1$ (one token back). Why do they mean "
        "this, and how is the capacity of the two heads divided?"
    )
    work.asks("W_net^1", meets=Copies(first, passed), stream=stream)
    work.asks("W_net^2", meets=any_second_head(stream, d_head), stream=stream)
    work.asks_expanded("W_net^2 W_net^1", "W_net^2 Id + Id W_net^1")
    one = work.given("framework/1a", d_model=d_model, d_head=d_head)
    two = work.given("framework/1b", d_model=d_model, d_head=d_head)
    work.say("These are the two matrices that the heads of parts (a) and (b) come to.")
    net_1 = work.define("W_net^1", Factored(one["W_O^1"], one["W_V^1"]))
    net_2 = work.define("W_net^2", Factored(two["W_O^2"], two["W_V^2"]))

    work.section("Two tokens back")
    work.say(
        "In the product only one pair of entries shares its inner index: head 1 writes what the last row of head 2 "
        "reads."
    )
    both = net_2 @ net_1
    work.equal(
        both,
        stream.matrix({(last[d_head - 1], first[0]): 1}),
        because=f"$e_{{{passed.labels[0]}}}$ is written by one and read by the other",
    )
    work.say("In the other order nothing meets:")
    zero = ExactMatrix.zeros(d_model, d_model)
    work.equal(net_1 @ net_2, zero, because="head 1 reads nothing that head 2 writes")

    work.section("One token back")
    identity = ExactMatrix.identity(d_model, stream)
    either = net_2 @ identity + identity @ net_1.expand()
    copied = {(passed[i], first[i]): 1 for i in range(d_head)}
    fresh = {(last[i], more[i]): 1 for i in range(d_head - 1)} | {(last[d_head - 1], passed[0]): 1}
    work.equal(either, stream.matrix(copied | fresh), because="the two nets side by side")

    work.section("Why they mean this")
    work.say(
        "With the patterns given, both heads attending to the previous token, a layer is linear in the whole "
        "sequence: it is $\\mathrm{Id} + S \\otimes W_{\\mathrm{net}}$, where $S$ takes every token's place one on, "
        "$S_{nm} = 1$ for $m = n - 1$ and $0$ otherwise, and row 0, which has no previous token, is zero. Two "
        "layers are the product."
    )
    expansion(work, net_1.expand(), net_2.expand(), n_ctx)
    work.say(
        "Each power of $S$ carries its own matrix: $S^0$ what a token has of itself, $S$ what comes from one token "
        "back, and $S^2$ what comes from two. So $W_{\\mathrm{net}}^2 W_{\\mathrm{net}}^1$ is a head of its own "
        "that attends two tokens back, though no head has this pattern: a virtual attention head."
    )

    work.section("How the capacity is divided")
    work.say(
        f"At first only dimensions {numbers(first + more)} of the stream are filled; write $F$ for the matrix that "
        f"puts them in. Dimension {numbers(passed[0])} of the sum reads what is still empty then."
    )
    filled = work.define("F", stream.write(first, more))
    work.equal(filled.T @ filled, ExactMatrix.identity(2 * d_head), because="each of them once, as it is")
    work.rank(net_1, d_head, because="the capacity of head 1")
    work.rank(net_2, d_head, because="the capacity of head 2")
    work.rank(either @ filled, 2 * d_head - 1, because="one token back, from the dimensions filled at first")
    work.rank(both @ filled, 1, because="two tokens back")
    sizes = [(Rational(2 * d_head - 1, 2 * d_head), "one token back"), (Rational(1, 2 * d_head), "two tokens back")]
    shares = ", ".join(f"${share.p}/{share.q}$ {what}" for share, what in sizes)
    work.say(f"Of {2 * d_head} dimensions of both heads together: {shares}.")
    heads = [Head(W_V=one["W_V^1"], W_O=one["W_O^1"]), Head(W_V=two["W_V^2"], W_O=two["W_O^2"])]
    moves = CopiesAll(
        (
            Copies(first, passed),
            Copies(more[: d_head - 1], last[: d_head - 1]),
            Copies(first[0], last[d_head - 1], back=2),
        )
    )
    work.experiment(moves, of=heads, filled=[first, more], seed=4)


def expansion(work: Work, net_1: ExactMatrix, net_2: ExactMatrix, n_ctx: int) -> None:
    """The product of the two layers, on a sequence of n_ctx tokens and for every sequence length."""
    S = ExactMatrix.from_entries((n_ctx, n_ctx), {(n, n - 1): 1 for n in range(1, n_ctx)}).named(SHIFT)
    everything = ExactMatrix.identity(n_ctx * net_1.shape[0])
    left = (everything + S.kron(net_2)) @ (everything + S.kron(net_1))
    plain_1, plain_2 = net_1.labelled(None, None), net_2.labelled(None, None)
    right = everything + S.kron(plain_2 + plain_1) + (S @ S).named(Name("S^{2}")).kron(plain_2 @ plain_1)
    work.equal(
        left,
        right,
        because=f"$(S \\otimes A)(S \\otimes B) = S^2 \\otimes A B$, multiplied out for {n_ctx} tokens",
        given="both patterns are $S$",
    )
    work.say(
        "For every number of tokens: whatever $S$ is, it commutes with all that acts on the stream, so it "
        "multiplies like a number $s$, and the same expansion holds with the symbol."
    )
    s = Symbol("s")
    identity = ExactMatrix.identity(net_1.shape[0])
    powers = identity + (plain_2 + plain_1) * s + (plain_2 @ plain_1) * s**2
    work.equal((identity + plain_2 * s) @ (identity + plain_1 * s), powers, because="collected by powers of $s$")
