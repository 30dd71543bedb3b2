"""Exercise 1 of the transformer-circuits exercises: two previous-token heads that reach two tokens back."""

from functools import reduce
from operator import add

from sympy import Rational, Symbol

from symcircuits import Head, Residual, Work, derivation
from symcircuits.algebra import ExactMatrix, Factored
from symcircuits.behaviours import Copies, CopiesAll, CopiesSome
from symcircuits.circuit import Directions
from symcircuits.typeset.formulas import Name
from symcircuits.worked import BlockFigure, ReadsFigure

SHIFT = Name("S")
SUM = Name("W_{\\mathrm{net}}^{2} + W_{\\mathrm{net}}^{1}")


def the_stream(work: Work, d_model: int, d_head: int, two_back: int | None = None) -> Residual:
    """Blocks of directions, called by their numbers, and what is left of d_model after them.

    Head 1 reads ``first`` and writes ``passed``, head 2 reads ``more`` and ``passed`` and writes ``last``. Where
    ``two_back``, the number of dimensions from two tokens back, is not told, it may be any.
    """
    work.require(d_head >= 1, f"d_head must be at least 1, got {d_head}")
    most = d_head if two_back is None else two_back
    work.require(1 <= most <= d_head, f"two_back must be from 1 to d_head = {d_head}, got {most}")
    least = 4 * d_head - most
    told = f"3 d_head = {least}" if two_back is None else f"4 d_head - two_back = {least}"
    work.require(d_model >= least, f"d_model must be at least {told}, got {d_model}")
    more = min(d_head, d_model - 3 * d_head)
    blocks = {"first": d_head, "more": more, "passed": d_head, "last": d_head, "rest": d_model - 3 * d_head - more}
    return Residual.numbered(**{name: size for name, size in blocks.items() if size})


def fresh_and_passed(stream: Residual, d_head: int, two_back: int) -> tuple[Directions, Directions]:
    """What head 2 reads: of the previous token, and of what head 1 has written."""
    passed = stream["passed"]
    return stream["more"][: d_head - two_back] if d_head > two_back else passed[:0], passed[:two_back]


def any_second_head(stream: Residual, d_head: int, two_back: int) -> CopiesSome:
    """What head 2 may be: it reads so many directions that head 1 has written, and the rest of what that neither reads
    nor writes, into directions of the latter kind."""
    blocks = [stream[name] for name in ("more", "last", "rest") if name in stream.names]
    free = sum(blocks[1:], start=blocks[0])
    counts = ((free, d_head - two_back), (stream["passed"], two_back))
    return CopiesSome(tuple((source, count) for source, count in counts if count), free)


def numbers(directions: Directions) -> str:
    """The first and last number of a run of directions."""
    first, last = directions.labels[0], directions.labels[-1]
    return first if first == last else f"{first}-{last}"


def dimensions(directions: Directions) -> str:
    """A run of directions in words."""
    return f"dimension{'s' if len(directions) > 1 else ''} {numbers(directions)}"


def counted(number: int, what: str) -> str:
    """A number of things in words."""
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


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
    W_O = work.define("W_O^1", stream.write(target), meaning=f"column $i$ writes dimension ${target.labels[0]} + i$")

    work.say("Both at a glance, by a rule for the entry in row $i$ and column $j$, counted from 0:")
    V = work.rule("V", selects, (d_head, d_model), meaning="$a$ is the first one read", a=source.places[0])
    work.equal(V, W_V, because="entry by entry")
    O = work.rule("O", places, (d_model, d_head), meaning="$b$ is the first one written", b=target.places[0])
    work.equal(O, W_O, because="entry by entry")

    work.say("What the head moves is the product of the two, and it is the copy asked for and nothing else.")
    head = Head(W_V=W_V, W_O=W_O, name="Head 1")
    work.claim(
        Copies(source, target), of=head, because="$W_O^1 W_V^1$ has a 1 for each dimension copied, and no other entry."
    )
    work.figure(
        ReadsFigure((head,), tokens=3),
        f"Head 1 at token $n$: from token $n - 1$ it reads dimensions {numbers(source)} and adds them to dimensions "
        f"{numbers(target)}. Every other token does the same with the one before it.",
    )
    work.experiment(Copies(source, target), of=head, seed=1)


def selects(i, j, a):
    return 1 if j == a + i else 0


def places(i, j, b):
    return 1 if i == b + j else 0


def selects_from_both(i, j, a, b, f):
    if i < f and j == a + i:
        return 1
    elif i >= f and j == b + i - f:
        return 1
    else:
        return 0


@derivation("framework/1b", title="Exercise 1(b): a head that copies from one token back and from two")
def second_head(work: Work, d_model: int = 16, d_head: int = 4, two_back: int = 1) -> None:
    stream = the_stream(work, d_model, d_head, two_back)
    (fresh, passed), last = fresh_and_passed(stream, d_head, two_back), stream["last"]
    work.problem(
        "Head 2, in the second layer, attends to the previous token as well. Write down $W_V^2$ and $W_O^2$ so that "
        f"it copies {counted(len(fresh), 'more dimension')} of the previous token, and "
        f"{counted(two_back, 'dimension')} of the token two back, by way of what head 1 has written."
    )
    work.asks("W_V^2", "W_O^2", meets=any_second_head(stream, d_head, two_back), stream=stream, d_head=d_head)

    first = work.given("framework/1a", d_model=d_model, d_head=d_head)
    came = stream["first"][:two_back]
    work.say(
        f"Head 1 has put {dimensions(came)} of the token before into {dimensions(passed)}. A head that reads "
        f"{dimensions(passed)} of the previous token therefore reads {dimensions(came)} of the token before that one. "
        + (f"Its other rows read {dimensions(fresh)}, which head 1 neither reads nor writes." if fresh else "")
    )
    lowest = "the last row reads" if two_back == 1 else f"the last {two_back} rows read"
    W_V = work.define("W_V^2", stream.read(fresh, passed), meaning=f"{lowest} what head 1 has written")
    W_O = work.define("W_O^2", stream.write(last))
    work.say(
        "The rule for the entries of the first one says where its rows read: $f$ of them from dimension $a$ on, the "
        "others from $b$ on, where head 1 has written."
    )
    start = fresh.places[0] if fresh else 0
    V = work.rule("V", selects_from_both, (d_head, d_model), a=start, b=passed.places[0], f=len(fresh))
    work.equal(V, W_V, because="entry by entry")
    head = Head(W_V=W_V, W_O=W_O, name="Head 2")
    work.claim(Copies(fresh + passed, last), of=head, because="which dimensions are taken, and where to, is free")

    work.section("What makes it work")
    work.say(
        "Two products say how head 2 sits behind head 1. What head 1 writes meets what head 2 reads "
        f"{'in a single place' if two_back == 1 else f'in {two_back} places'}:"
    )
    meeting = ExactMatrix.from_entries((d_head, d_head), {(len(fresh) + i, i): 1 for i in range(two_back)})
    work.equal(W_V @ first["W_O^1"], meeting, because=f"{lowest} what the first of $W_O^1$ write")
    work.say("and nothing that head 2 writes is read by either head:")
    work.equal(first["W_V^1"] @ W_O, ExactMatrix.zeros(d_head, d_head), because="head 1 does not read the last block")
    work.equal(W_V @ W_O, ExactMatrix.zeros(d_head, d_head), because="nor does head 2")

    work.figure(
        ReadsFigure((Head(W_V=first["W_V^1"], W_O=first["W_O^1"]), head)),
        "Where the content of token $n$ comes from after two layers. Of the arrows of head 1 into token $n - 1$ only "
        "the part is shown that head 2 reads on: that is how token $n$ comes to know of token $n - 2$.",
    )

    in_another_basis(work, head, Copies(fresh + passed, last), two_back)


def in_another_basis(work: Work, head: Head, copies: Copies, two_back: int) -> None:
    """The same head, its values in other coordinates: its matrices look different, and it does the same."""
    W_V, W_O = head.reads(), head.writes()
    work.section("A condition that is sufficient, not necessary")
    work.say(
        f"It is often said that what matters is this: $W_V^2$ has {counted(two_back, 'one')} in columns where $W_O^1$ "
        "has a row with an entry, and its others in columns that neither $W_V^1$ nor $W_O^1$ touches. That is enough, "
        "as the matrices above show. It is not needed. A head is the same head after an invertible change of basis "
        "$G$ of its values, $W_V \\to G W_V$ and $W_O \\to W_O G^{-1}$; here is one with a free number $c > 0$, in "
        "which (but for $c = 1$) no row of the value matrix is a single 1."
    )
    c = Symbol("c", positive=True)
    G, inverse = mixing(W_V.shape[0], c)
    G = work.define("G", G)
    inverse = work.define("G^{-1}", inverse)
    work.equal(G @ inverse, ExactMatrix.identity(W_V.shape[0]), because="each is the inverse of the other")
    mixed_V = work.define(r"\tilde W_V^2", G @ W_V)
    mixed_O = work.define(r"\tilde W_O^2", W_O @ inverse)
    work.equal(
        Factored(mixed_O, mixed_V), Factored(W_O, W_V), because="$G^{-1} G$ cancels, so the head does just the same"
    )
    work.claim(copies, of=Head(W_V=mixed_V, W_O=mixed_O, name="The head with $G$"))
    work.suggest({c: 3})
    work.experiment(copies, of=head, seed=2)
    work.experiment(copies, of=Head(W_V=mixed_V, W_O=mixed_O), seed=2, c=[2, Rational(1, 5)])


def mixing(size: int, c: Symbol) -> tuple[ExactMatrix, ExactMatrix]:
    """An invertible matrix and its inverse: every other dimension takes part of the next one, and all are scaled."""
    taking = range(0, size - 1, 2)
    entries = {(i, i): c for i in range(size)} | {(i, i + 1): 1 for i in taking}
    back = {(i, i): 1 / c for i in range(size)} | {(i, i + 1): -1 / c**2 for i in taking}
    return ExactMatrix.from_entries((size, size), entries), ExactMatrix.from_entries((size, size), back)


@derivation("framework/1c", title="Exercise 1(c): what each head moves")
def both_nets(work: Work, d_model: int = 16, d_head: int = 4, two_back: int = 1) -> None:
    stream = the_stream(work, d_model, d_head, two_back)
    fresh, handed = fresh_and_passed(stream, d_head, two_back)
    first, passed, last = (stream[name] for name in ("first", "passed", "last"))
    work.problem(
        "Expand $W_{\\mathrm{net}}^1 = W_O^1 W_V^1$ and $W_{\\mathrm{net}}^2 = W_O^2 W_V^2$. What do these matrices "
        "say?"
    )
    work.asks("W_net^1", meets=Copies(first, passed), stream=stream)
    work.asks("W_net^2", meets=any_second_head(stream, d_head, two_back), stream=stream)
    one = work.given("framework/1a", d_model=d_model, d_head=d_head)
    two = work.given("framework/1b", d_model=d_model, d_head=d_head, two_back=two_back)

    work.say(
        "$W_{\\mathrm{net}}$ is all that a head does to what it attends to: token $n$ receives "
        "$h(x)_n = \\sum_m A_{nm} W_{\\mathrm{net}} x_m$. Its columns are the dimensions read, its rows those "
        "written. Each pair of a row of $W_V$ and the column of $W_O$ with the same number gives one entry, $e_i "
        "e_j^T$ for "
        '"$j$ is copied to $i$".'
    )
    work.section("Head 1")
    net_1 = work.define("W_net^1", Factored(one["W_O^1"], one["W_V^1"]))
    work.equal(net_1, map_of(stream, first, passed), because=f"dimension $i$ goes to ${passed.labels[0]} + i$")
    work.rank(net_1, d_head, because="all its dimensions are in use")
    work.say(f"It reads dimensions {numbers(first)} and writes dimensions {numbers(passed)}, each to its own.")

    work.section("Head 2")
    net_2 = work.define("W_net^2", Factored(two["W_O^2"], two["W_V^2"]))
    reads = fresh + handed
    last_ones = "the last one reads" if two_back == 1 else f"the last {two_back} read"
    work.equal(net_2, map_of(stream, reads, last), because=f"{last_ones} head 1's output")
    work.rank(net_2, d_head, because="all its dimensions are in use")
    work.figure(
        BlockFigure((net_1, net_2)),
        "Both nets block by block. A column is a dimension that is read, a row one that is written; a dark square is "
        "an entry 1, all others are 0.",
    )
    work.say(
        f"It reads {' and '.join(dimensions(part) for part in (fresh, handed) if part)}, and writes "
        f"{dimensions(last)}. Neither head can be applied twice to any effect, since neither reads what it writes:"
    )
    zero = ExactMatrix.zeros(d_model, d_model)
    work.equal(net_1 @ net_1, zero, because="head 1 writes nothing that it reads")
    work.equal(net_2 @ net_2, zero, because="head 2 writes nothing that it reads")
    work.experiment(Copies(first, passed), of=Head(W_V=one["W_V^1"], W_O=one["W_O^1"]), seed=3)
    work.experiment(Copies(reads, last), of=Head(W_V=two["W_V^2"], W_O=two["W_O^2"]), seed=3)


@derivation("framework/1d", title="Exercise 1(d): two heads as three")
def two_layers(work: Work, d_model: int = 16, d_head: int = 4, two_back: int = 1, n_ctx: int = 4) -> None:
    work.require(n_ctx >= 3, f"n_ctx must be at least 3, so that some token has one two back, got {n_ctx}")
    stream = the_stream(work, d_model, d_head, two_back)
    fresh, handed = fresh_and_passed(stream, d_head, two_back)
    first, passed, last = (stream[name] for name in ("first", "passed", "last"))
    work.problem(
        "Expand $W_{\\mathrm{net}}^2 W_{\\mathrm{net}}^1$ (two tokens back) and "
        "$W_{\\mathrm{net}}^2 \\mathrm{Id} + \\mathrm{Id} W_{\\mathrm{net}}^1$ (one token back). Why do they mean "
        "this, and how is the capacity of the two heads divided?"
    )
    work.asks("W_net^1", meets=Copies(first, passed), stream=stream)
    work.asks("W_net^2", meets=any_second_head(stream, d_head, two_back), stream=stream)
    work.asks_expanded("W_net^2 W_net^1", "W_net^2 Id + Id W_net^1")
    one = work.given("framework/1a", d_model=d_model, d_head=d_head)
    two = work.given("framework/1b", d_model=d_model, d_head=d_head, two_back=two_back)
    work.say("These are the two matrices that the heads of parts (a) and (b) come to.")
    net_1 = work.define("W_net^1", Factored(one["W_O^1"], one["W_V^1"]))
    net_2 = work.define("W_net^2", Factored(two["W_O^2"], two["W_V^2"]))

    work.section("Two tokens back")
    work.say(
        "In the product an entry comes about only where head 2 reads what head 1 writes: "
        f"{'once' if two_back == 1 else f'{two_back} times'}."
    )
    both = net_2 @ net_1
    carried = ", ".join(f"$e_{{{label}}}$" for label in handed.labels)
    work.equal(
        both,
        map_of(stream, first[:two_back], last[len(fresh) :]),
        because=f"{carried} {'is' if two_back == 1 else 'are'} written by one and read by the other",
    )
    work.say("In the other order nothing meets:")
    zero = ExactMatrix.zeros(d_model, d_model)
    work.equal(net_1 @ net_2, zero, because="head 1 reads nothing that head 2 writes")

    work.section("One token back")
    identity = ExactMatrix.identity(d_model, stream)
    either = net_2 @ identity + identity @ net_1.expand()
    work.equal(either, map_of(stream, first + fresh + handed, passed + last), because="the two nets side by side")
    work.figure(
        BlockFigure((both.named(Name("W_{\\mathrm{net}}^{2} W_{\\mathrm{net}}^{1}")), either.named(SUM))),
        "What comes from two tokens back (left) and from one token back (right), block by block. On the left "
        f"{counted(two_back, 'dimension')} of {d_head} {'is' if two_back == 1 else 'are'} left.",
    )

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
    filled = [first, stream["more"]] if fresh else [first]
    work.say(
        f"At first only {dimensions(reduce(add, filled))} of the stream are filled; write $F$ for the matrix that puts "
        f"them in. The sum also reads {dimensions(handed)}, but there is nothing in it yet."
    )
    F = work.define("F", stream.write(*filled))
    work.equal(F.T @ F, ExactMatrix.identity(F.shape[1]), because="each of them once, as it is")
    work.rank(net_1, d_head, because="the capacity of head 1")
    work.rank(net_2, d_head, because="the capacity of head 2")
    work.rank(either @ F, 2 * d_head - two_back, because="one token back, from the dimensions filled at first")
    work.rank(both @ F, two_back, because="two tokens back")
    sizes = [(2 * d_head - two_back, "one token back"), (two_back, "two tokens back")]
    shares = ", ".join(f"${fraction(size, 2 * d_head)}$ {what}" for size, what in sizes)
    work.say(f"Of {2 * d_head} dimensions of both heads together: {shares}.")
    heads = [Head(W_V=one["W_V^1"], W_O=one["W_O^1"]), Head(W_V=two["W_V^2"], W_O=two["W_O^2"])]
    work.figure(
        ReadsFigure(tuple(heads)),
        "Who reads whom: the arrows that end in token $n$, and what moves along each. The path over token $n - 1$ is "
        "the head that attends two tokens back.",
    )
    nearby = [Copies(fresh, last[: len(fresh)])] if fresh else []
    moves = CopiesAll((Copies(first, passed), *nearby, Copies(first[:two_back], last[len(fresh) :], back=2)))
    work.experiment(moves, of=heads, filled=filled, seed=4)


def map_of(stream: Residual, source: Directions, target: Directions) -> ExactMatrix:
    """The matrix that takes each direction of the source to the one of the target with the same place."""
    return stream.matrix({(target[i], source[i]): 1 for i in range(len(source))})


def fraction(part: int, whole: int) -> str:
    """A share in lowest terms."""
    share = Rational(part, whole)
    return f"{share.p}/{share.q}"


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
