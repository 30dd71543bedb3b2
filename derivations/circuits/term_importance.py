"""Term importance: what paths of an order, and single heads, are worth on a text, by two procedures that differ."""

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce

from sympy import Expr, Integer, Rational, exp, log

from symcircuits import AttendsTo, Copies, Head, Induces, OneHot, Residual, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix, Factored, row_of
from symcircuits.behaviours import ActsLike, Loses, Path, SumOfPaths
from symcircuits.behaviours.induction import previous_or_itself
from symcircuits.circuit.generic import any_basis, any_matrix, any_numbers, any_pattern, tokens
from symcircuits.circuit.importance import all_patterns, loss, reruns, silenced, unmoved
from symcircuits.circuit.paths import Path as ThroughHeads
from symcircuits.circuit.paths import paths
from symcircuits.symbols import beta_, positive
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.formulas import Name, Product, Scalar, Sum, Transpose
from symcircuits.worked import RoundedRow, WeightedFigure

ONE, TWO = beta_(1), beta_(2)
GAIN = positive("g", "how strongly the last head writes")
X = Name("x")
LETTERS = (("v", "o"), ("w", "p"), ("f", "r"), ("h", "s"))
TOKENS = ("BOS", "a", "b")
Models = tuple[Transformer, Transformer]
Patterns = Mapping[tuple[int, int], ExactMatrix]
Costs = tuple[list[Expr], dict[int, tuple[Expr, Expr]]]
ORDERS = ("no path but the direct one", "one head at a time", "one after the other: the whole model")


@derivation("circuits/term_importance", title="Term importance: what paths and heads are worth")
def term_importance(work: Work, heads: int = 2, n_ctx: int = 2, places: int = 5) -> None:
    work.require(1 <= heads <= 2, f"expected 1 or 2 heads in a layer, got {heads}")
    work.require(1 <= n_ctx <= 3, f"n_ctx must be from 1 to 3, got {n_ctx}")
    work.require(4 <= places <= 9, f"expected 4 to 9 places, got {places}")
    work.problem(
        "The last stream of a model is a sum over paths, given the patterns. How much is each order of paths worth on "
        "a text, and how much each head? Show that the procedure of reruns with frozen patterns truncates the sum; "
        "compare it with a head silenced and all else computed anew; and say which pictures of a pattern, weighted "
        "by what is moved, belong to the head and not to the basis it is written in."
    )
    work.section("Reruns with frozen patterns")
    by_reruns(work, heads, n_ctx)
    work.section("A head that looks through another")
    model = by_keys(work, places)
    work.section("A head that hands on what another moved")
    by_values(work, model, places)
    work.section("Patterns weighted by what is moved")
    in_any_basis(work)
    not_in_any(work)
    weighted(work, model, places)


# -- orders -----------------------------------------------------------------------------------------------------------


def any_model(stream: Residual, heads: int) -> Transformer:
    """Two layers of heads that move values, each entry of each matrix a symbol of its own."""
    made = [
        Head(
            W_V=any_matrix(value, 1, stream.d_model).labelled(None, stream),
            W_O=any_matrix(out, stream.d_model, 1).labelled(stream, None),
        )
        for value, out in LETTERS[: 2 * heads]
    ]
    return Transformer((tuple(made[:heads]), tuple(made[heads:])), W_E=ExactMatrix.identity(stream.d_model, stream))


def by_reruns(work: Work, heads: int, n_ctx: int) -> None:
    """Each pass of the procedure lets in the paths of one more order; a head taken out takes its paths along."""
    stream = Residual(x=2)
    free = any_model(stream, heads)
    work.say(
        f"Let two layers have {2 * heads} heads, {heads} in each, that move any values in any patterns. The procedure "
        "runs the model once and keeps the patterns. Then it runs it again and again, with the patterns *frozen*, that "
        "is as they were. In pass 0 nothing that a head writes is added to the stream; it is saved. In pass $k$ what "
        "was saved in pass $k - 1$ is added, and what the heads write now is saved."
    )
    named = [
        Head(W_V=work.define(f"W_V^{number}", head.W_V), W_O=work.define(f"W_O^{number}", head.W_O))
        for number, head in enumerate(free.heads, 1)
    ]
    for start, head in enumerate(free.heads):
        work.suggest(any_numbers(head.W_V, start) | any_numbers(head.W_O, start + 3))
    model = Transformer((tuple(named[:heads]), tuple(named[heads:])), W_E=free.W_E)
    x = tokens(stream, n_ctx)
    placed = [place for place, _ in model.placed()]
    plain = {place: any_pattern(letter, n_ctx) for place, letter in zip(placed, "abcd", strict=False)}
    patterns = {place: work.define(f"A^{number}", pattern) for number, (place, pattern) in enumerate(plain.items(), 1)}
    passes = reruns(model, x, patterns)
    ways = sorted(paths(free), key=lambda path: path.heads)
    known = {order: [path for path in ways if path.order == order] for order in (1, 2)}
    work.say(f"Let $x^{{(k)}}$ be the last stream of pass $k$, with $x^{{(0)}} = x$. For {n_ctx} tokens:")
    for order, because in ((1, "the heads, each by itself"), (2, "what heads of the first layer wrote is moved on")):
        work.equal(
            (passes[order] - passes[order - 1]).named(Sum(((1, passed(order)), (-1, passed(order - 1))))),
            along(known[order], x, plain),
            because=because,
            given="all patterns",
        )
    work.say(
        "Pass 2 is the last one for two layers: it gives the stream of the model. The reason holds for any depth. In "
        "pass $k$ a layer reads what paths through at most $k$ earlier heads bring, so a head saves the paths that "
        "end with it, of order at most $k + 1$; and these are added in the next pass."
    )
    work.equal(
        (model.forward(x, patterns)[-1] - passes[1]).named(Sum(((1, Name("x'")), (-1, passed(1))))),
        along(known[2], x, plain).named(Sum(((1, passed(2)), (-1, passed(1))))),
        because="the same four paths" if heads == 2 else "the same path",
        given="all patterns",
    )
    work.say(
        "So no rerun is needed: pass $k$ is the sum over paths, cut off at order $k$. With $L_k$ the loss of the "
        "logits $W_U x^{(k)}$, the importance of order $k$ is $L_{k-1} - L_k$, and all orders add up to the loss of "
        "the direct path less that of the model. It is a number on a text, and no property of a term: the softmax is "
        "not linear, and so it also depends on the order in which terms are let in."
    )
    without_a_head(work, (model, free), x, patterns, plain)
    numbers = {place: number for number, place in enumerate(placed)}
    all_ways = tuple(Path(tuple(numbers[place] for place in path.heads), matrix_of(path)) for path in ways)
    work.say("All orders together, on the numeric engine, layer by layer and with random patterns:")
    work.experiment(SumOfPaths(all_ways, (heads, heads)), of=named, seed=23, n_ctx=16)


def matrix_of(path: ThroughHeads) -> ExactMatrix:
    """The matrix of a path, multiplied out."""
    return path.matrix.expand() if isinstance(path.matrix, Factored) else path.matrix


def passed(order: int) -> Name:
    """The last stream of a pass."""
    return Name(f"x^{{({order})}}")


def along(ways: list[ThroughHeads], x: ExactMatrix, patterns: Patterns) -> ExactMatrix:
    """The sum of what comes along some paths, and how it is written."""
    numbers = {place: number for number, place in enumerate(patterns, 1)}
    total = reduce(lambda a, b: a + b, (path.moved(x, patterns) for path in ways))
    return total.named(Sum(tuple((1, way([numbers[place] for place in path.heads])) for path in ways)))


def way(numbers: list[int]) -> Product:
    """``W_OV^2 W_OV^1 x (A^2 A^1)^T`` of the heads with these numbers, the earliest first."""
    late = numbers[::-1]
    pattern = Name(f"A^{late[0]}") if len(late) == 1 else Product(tuple(Name(f"A^{number}") for number in late))
    return Product((*(Name(rf"W_{{\mathrm{{OV}}}}^{number}") for number in late), X, Transpose(pattern)))


def without_a_head(work: Work, models: Models, x: ExactMatrix, patterns: Patterns, plain: Patterns) -> None:
    """Head 1 silenced: with patterns frozen all its paths go; with patterns computed anew there is a further term."""
    model, free = models
    heads, silent = len(model.layers[0]), (0, 0)
    lost = sorted((path for path in paths(free) if silent in path.heads), key=lambda path: path.heads)
    mute = silenced(model, silent)
    work.say(
        "*Without a head* there are two numbers. With the patterns frozen, head 1 takes all paths through it along "
        "when it writes nothing, be it alone or with others. With $x'_{-1}$ the last stream then,"
    )
    frozen = mute.forward(x, patterns)[-1]
    work.equal(
        (model.forward(x, patterns)[-1] - frozen).named(Sum(((1, Name("x'")), (-1, Name("x'_{-1}"))))),
        along(lost, x, plain),
        because="every path with head 1 on it",
        given="all patterns",
    )
    work.say(
        "When everything is computed anew, later heads read another stream and attend to something else: to $B^h$ "
        "in place of $A^h$. The last stream $x''_{-1}$ differs from $x'_{-1}$ by what they move for it, of the stream "
        "$y$ that they read without head 1:"
    )
    later = [place for place in plain if place[0] == 1]
    anew = {place: any_pattern(letter, x.shape[1]) for place, letter in zip(later, "mn", strict=False)}
    named = {place: work.define(f"B^{heads + number}", anew[place]) for number, place in enumerate(later, 1)}
    read = free_stream(free, x, plain)
    moved = [free.head(*place).output(read, anew[place] - plain[place]) for place in later]
    work.equal(
        (mute.forward(x, {**patterns, **named})[-1] - frozen).named(
            Sum(((1, Name("x''_{-1}")), (-1, Name("x'_{-1}"))))
        ),
        reduce(lambda a, b: a + b, moved).named(Sum(tuple((1, turned(heads + 1 + place[1])) for place in later))),
        because="patterns are all that changes",
        given="all patterns",
    )
    work.say(
        "So the two are the same where no later head has Q- or K-composition with this one, and for every head of the "
        "last layer. Two pairs made by hand show how far apart they can be."
    )


def free_stream(model: Transformer, x: ExactMatrix, patterns: Patterns) -> ExactMatrix:
    """What the second layer reads without the first head."""
    terms = [model.head(0, head).output(x, patterns[0, head]) for head in range(1, len(model.layers[0]))]
    return reduce(lambda a, b: a + b, terms, x)


def turned(number: int) -> Product:
    """``W_OV^h y (B^h - A^h)^T``."""
    change = Sum(((1, Name(f"B^{number}")), (-1, Name(f"A^{number}"))))
    return Product((Name(rf"W_{{\mathrm{{OV}}}}^{number}"), Name("y"), Transpose(change)))


# -- two pairs made by hand -------------------------------------------------------------------------------------------


def by_keys(work: Work, places: int) -> Transformer:
    """An induction pair: nothing of order 2 in the logits, and nothing without head 1."""
    stream = Residual(content=2, position=OneHot(places), v=2, w=2)
    work.say(
        "First an induction pair. Tokens $a$ and $b$ have a direction of content each. Head 1 attends to the token "
        "before and copies its content to $v$. Head 2 looks for the present token among the $v$, and writes the "
        "content of the token that it finds to $w$, $g$ times as strongly; logits are read from $w$. A token BOS to "
        "begin with has no content, and one half of each direction of $v$, so that head 2 rests there where it finds "
        "nothing better."
    )
    beginning = {(place, 0): Rational(1, 2) for place in stream["v"].places}
    own = {(place, 1 + i): Integer(1) for i, place in enumerate(stream["content"].places)}
    names = Axis.of_blocks((r"\mathrm{token}", [rf"\mathrm{{{token}}}" for token in TOKENS]), strict=False)
    embedding = ExactMatrix.from_entries((stream.d_model, 3), beginning | own, stream, names)
    W_E = work.define("W_E", embedding)
    read = {(1 + i, place): Integer(1) for i, place in enumerate(stream["w"].places)}
    W_U = work.define("W_U", ExactMatrix.from_entries((3, stream.d_model), read, names, stream))
    position = OneHot(places)
    first = Head(
        W_Q=work.define("W_Q^a", stream.read("position")),
        W_K=work.define("W_K^a", position.shift(1) @ stream.read("position")),
        W_V=work.define("W_V^a", stream.read("content")),
        W_O=work.define("W_O^a", stream.write("v")),
        scale=ONE,
        name="Head 1",
    )
    looks_back(work, first, "a place asks for the one before")
    work.claim(AttendsTo(-1), of=Head(first.W_Q, first.W_K, scale=ONE, name="Head 1"))
    work.claim(Copies(stream["content"], stream["v"]), of=Head(W_V=first.W_V, W_O=first.W_O, name="Head 1"))
    second = Head(
        W_Q=work.define("W_Q^b", stream.read("content")),
        W_K=work.define("W_K^b", stream.read("v")),
        W_V=work.define("W_V^b", stream.read("content")),
        W_O=work.define("W_O^b", stream.write("w") * GAIN),
        scale=TWO,
        name="Head 2",
    )
    work.equal(second.W_OV, gained(stream, "content"), because="content to the logits, $g$ times")
    work.say("Tokens ask BOS for a half by themselves, and a key for one whole where their own copy stood before it:")
    asks = second.W_QK.expand()
    work.equal(
        W_E.T @ asks @ W_E,
        ExactMatrix.from_entries((3, 3), {(1, 0): Rational(1, 2), (2, 0): Rational(1, 2)}, names, names),
        because="no copies: what the embedding holds in $v$",
    )
    work.equal(
        W_E.T @ asks @ first.W_OV.expand() @ W_E,
        ExactMatrix.from_entries((3, 3), {(1, 1): 1, (2, 2): 1}, names, names),
        because="composition of keys: the query's token, and the one before the key",
    )
    model = Transformer(((first,), (second,)), W_E=W_E, W_U=W_U, vocabulary=TOKENS, name="The induction pair")
    induces = Induces()
    work.claim(induces, of=model, because="So after every text that begins with BOS.")
    work.experiment(induces, of=model, n_ctx=min(places, 5), seed=24, beta_1=[60], beta_2=[20], g=[1])
    text = ("BOS", "a", "b", "a")
    work.say(
        "On $\\mathrm{BOS}\\,a\\,b\\,a$ let $b$ be the next token. *Given* that head 1 attends to the token before, "
        "all else is computed exactly. The last token attends to BOS, $a$, $b$ and "
        "itself by"
    )
    x, u = model.embed(text), exp(TWO / 2)
    given = {(0, 0): previous_or_itself(len(text))}
    full, blind = u**2 + u + 2, u + 3
    found = model.pattern(1, 0, model.forward(x, given, layers=1)[-1])
    work.equal(
        last_row(found).named(Name("A^2_{3}")), row_of([u / full, 1 / full, u**2 / full, 1 / full]), because="induction"
    )
    work.say("and, when head 1 writes nothing and all is computed anew, by")
    rerun = silenced(model, (0, 0))
    work.equal(
        last_row(rerun.pattern(1, 0, rerun.forward(x, given, layers=1)[-1])).named(Name("B^2_{3}")),
        row_of([u / blind, *[1 / blind] * 3]),
        because="no $v$ but that of BOS",
    )
    work.say(
        "The logits of BOS, $a$ and $b$ are $0$ and $g$ times the attention on the two tokens, so that with the parts "
        "$p$ of $a$ and $q$ of $b$ the loss is $\\log(1 + e^{g p} + e^{g q}) - g q$. By orders, and without heads,"
    )
    nothing, whole, lost = loss_of(0, 0), loss_of(2 / full, u**2 / full), loss_of(2 / blind, 1 / blind)
    costs = [nothing, whole, whole], {1: (whole, lost), 2: (nothing, nothing)}
    stated(work, model, (text, "b"), costs, given, [("BOS b a b", "a")])
    work.say(
        "By orders, all is done by head 2 by itself: what head 1 writes never reaches the logits, and with the "
        "patterns frozen head 1 is worth nothing. Computed anew, nothing is left of induction without it: the token "
        "that stands there most often wins, which is the wrong one. K-composition is in the patterns, and frozen "
        "patterns do not show it. In numbers:"
    )
    in_numbers(work, whole, lost)
    return model


def looks_back(work: Work, head: Head, because: str) -> None:
    """The scores of a head are those of places alone, one for the place before."""
    position = head.stream["position"]
    pairs = {(position[n], position[n - 1]): 1 for n in range(1, len(position))}
    work.equal(head.W_QK, head.stream.matrix(pairs), because=because)


def gained(stream: Residual, source: str) -> ExactMatrix:
    """A block copied to ``w``, times ``g``."""
    return stream.matrix({(stream["w"][i], stream[source][i]): GAIN for i in (0, 1)})


def in_numbers(work: Work, whole: Expr, lost: Expr) -> None:
    """The losses at e^(beta_2 / 2) = 2 and g = 4."""
    at = {TWO: 2 * log(2), GAIN: Integer(4)}
    rows = [
        (r"all, or with head 1 silent and patterns frozen", whole, "0.41"),
        (r"head 1 silent, computed anew", lost, "1.30"),
        (r"head 2 silent, either way, or the direct path alone", log(3), "1.10"),
    ]
    work.table(
        "The loss of the induction pair, in nats, at $\\beta_2 = 2 \\log 2$ and $g = 4$.",
        ("what is there", "loss"),
        [RoundedRow((told,), (value.xreplace(at),), (decimal,)) for told, value, decimal in rows],
    )


def loss_of(wrong: Expr | int, right: Expr | int) -> Expr:
    """The loss of three logits: none, that of the wrong token and that of the right one."""
    return log(1 + exp(GAIN * wrong) + exp(GAIN * right)) - GAIN * right


def last_row(pattern: ExactMatrix) -> ExactMatrix:
    """The attention of the last token, ``[1, n_ctx]``."""
    size = pattern.shape[0]
    return row_of([pattern[size - 1, key] for key in range(size)])


def stated(
    work: Work,
    model: Transformer,
    on: tuple[tuple[str, ...], str],
    costs: Costs,
    given: Patterns,
    alike: list[tuple[str, str]],
) -> None:
    """The losses on a text and the token after it, each stated with its reason; then all are claimed together, and
    measured, also on texts that are alike."""
    (text, target), (orders, heads) = on, costs
    x, token = model.embed(text), TOKENS.index(target)
    frozen, told = all_patterns(model, x, given), " and ".join(f"$A^{number}$" for number in list(heads)[: len(given)])

    def state(name: str, stream: ExactMatrix, cost: Expr, because: str) -> None:
        work.comes_to(Scalar(rf"L{name}"), loss(model.W_U @ stream, token), cost, because=because, given=told)

    for order, (stream, cost) in enumerate(zip(reruns(model, x, frozen), orders, strict=True)):
        state(f"_{{{order}}}", stream, cost, ORDERS[order])
    for layer, (number, (kept, anew)) in enumerate(heads.items()):
        silent = (layer, 0)
        mute = silenced(model, silent)
        state(f"'_{{-{number}}}", mute.forward(x, frozen)[-1], kept, f"without head {number}, patterns frozen")
        known = unmoved(model, silent, given)
        state(f"''_{{-{number}}}", mute.forward(x, known)[-1], anew, f"without head {number}, computed anew")
    table = ExactMatrix.from_rows([list(row) for row in heads.values()])
    work.claim(Loses(" ".join(text), target, row_of(orders), table, tuple(given.items())), of=model)
    work.say("On the numeric engine, by the procedure of reruns, with $\\beta_1$ so large that patterns are as given:")
    scales = {"beta_2": [2 * log(2)]} if TWO in model.free_symbols else {}
    for words, following in ((" ".join(text), target), *alike):
        loses = Loses(words, following, row_of(orders), table)
        work.experiment(loses, of=model, n_ctx=len(words.split()), beta_1=[60], g=[4], **scales)


def by_values(work: Work, pair: Transformer, places: int) -> None:
    """Two heads that attend to the token before: all is of order 2, and no pattern depends on another head."""
    stream = pair.stream
    first = pair.head(0)
    work.say(
        "Now let a head 3 stand in the place of head 2. It attends to the token before, as head 1 does, and takes to "
        "$w$ what head 1 has put in $v$ there: what stood two tokens back. On $\\mathrm{BOS}\\,a\\,a\\,b$ let $a$ be "
        "the next token. *Given* that both attend to the token before,"
    )
    last = Head(
        W_Q=work.define("W_Q^c", first.W_Q),
        W_K=work.define("W_K^c", first.W_K),
        W_V=work.define("W_V^c", stream.read("v")),
        W_O=work.define("W_O^c", stream.write("w") * GAIN),
        scale=ONE,
        name="Head 3",
    )
    looks_back(work, last, "as head 1 does")
    work.equal(last.W_OV, gained(stream, "v"), because="what was copied to $v$, to the logits, $g$ times")
    model = Transformer(((first,), (last,)), pair.W_E, pair.W_U, vocabulary=TOKENS, name="The pair by values")
    text = ("BOS", "a", "a", "b")
    shift = previous_or_itself(len(text))
    nothing, whole = loss_of(0, 0), loss_of(0, 1)
    given = {(0, 0): shift, (1, 0): shift}
    costs = [nothing, nothing, whole], {1: (nothing, nothing), 3: (nothing, nothing)}
    alike = [("BOS b b a", "b"), ("BOS b a a b", "a"), ("BOS a b a a", "b")]
    stated(work, model, (text, "a"), costs, given, [one for one in alike if len(one[0].split()) <= places])
    work.say(
        "Here all is of order 2, and either head is worth as much as both together: the importances of heads do not "
        "add up either. Frozen or not makes no difference, since the pattern of head 3 is one of places and reads "
        "nothing of what head 1 writes."
    )


# -- weighted patterns ------------------------------------------------------------------------------------------------


def in_any_basis(work: Work) -> None:
    """The norm of W_OV x is the head's own; that of W_V x is, in one kind of basis."""
    stream = Residual(x=2)
    work.say(
        "A pattern says where a head looks, not what it takes from there: it may look where nothing is to be had. So "
        "a pattern is shown weighted, $A_{nm}$ times the size of what is moved from token $m$. There are two "
        "readings: $\\lVert W_{\\mathrm{OV}} x_m \\rVert$, of what arrives in the stream, and $\\lVert W_V x_m "
        "\\rVert$, of the value. In another basis of its values, $\\tilde W_V = G W_V$ and $\\tilde W_O = W_O "
        "G^{-1}$, a head is the same head:"
    )
    V, O_ = any_matrix("v", 2, 2), any_matrix("o", 2, 2)
    W_V = work.define("W_V", V.labelled(None, stream))
    W_O = work.define("W_O", O_.labelled(stream, None))
    head = Head(W_V=W_V, W_O=W_O, name="The head")
    basis = any_basis(2, "abcd")
    G = work.define("G", basis[0])
    moved = head.moved(values=(G, basis[1]))
    work.suggest(any_numbers(V, 1) | any_numbers(O_, 4))
    work.suggest(dict(zip((basis[0][i, j] for i in (0, 1) for j in (0, 1)), (2, 1, 1, 3), strict=True)))
    other = replace(moved, name="The head moved by $G$")
    work.claim(ActsLike(head), of=other)
    work.experiment(ActsLike(head), of=other, n_ctx=8, seed=5)
    x = tokens(stream, 1).named(X)
    work.say("So what arrives has the same size in every basis,")
    work.equal(
        square(other.W_O @ (other.W_V @ x)).named(Scalar(r"\lVert \tilde W_O \tilde W_V x \rVert^{2}")),
        square(O_ @ (V @ tokens(stream, 1).labelled(None, None))).named(Scalar(r"\lVert W_O W_V x \rVert^{2}")),
        because="$G$ cancels, for every $x$",
    )
    work.say("and the value has another size in each, by $G^{\\mathsf{T}} G$, no matter what the head does:")
    value = V @ tokens(stream, 1).labelled(None, None)
    work.equal(
        square(other.W_V @ x).named(Scalar(r"\lVert \tilde W_V x \rVert^{2}")),
        (value.T @ (basis[0].T @ basis[0]) @ value).named(Scalar(r"(W_V x)^{\mathsf{T}} G^{\mathsf{T}} G \, W_V x")),
        because="$G^{\\mathsf{T}} G$ is any positive matrix one likes",
    )
    work.say(
        "The size of what arrives is that of the value measured by $W_O^{\\mathsf{T}} W_O$. So the two readings agree "
        "in a basis in which the columns of $W_O$ are orthonormal; where the values can be anything, in no other:"
    )
    work.equal(
        square(W_O @ (W_V @ x)).named(Scalar(r"\lVert W_O W_V x \rVert^{2}")),
        (value.T @ (O_.T @ O_) @ value).named(Scalar(r"(W_V x)^{\mathsf{T}} W_O^{\mathsf{T}} W_O \, W_V x")),
        because="multiplied out",
    )


def square(column: ExactMatrix) -> ExactMatrix:
    """The square of the norm of a column, ``[1, 1]``."""
    plain = column.labelled(None, None)
    return plain.T @ plain


def not_in_any(work: Work) -> None:
    """A witness: two tokens, of which either seems to matter more as one likes."""
    stream = Residual(content=2, out=2)
    c = positive("c", "a number")
    work.suggest({c: 2})
    work.say(
        "A witness: a head that copies content, in its own basis and in one that stretches the first dimension by $c$. "
        "The tokens $a$ and $b$ hold one direction of content each."
    )
    W_V, W_O = work.define("W_V^w", stream.read("content")), work.define("W_O^w", stream.write("out"))
    stretched, back = (ExactMatrix.from_rows([[factor, 0], [0, 1]]) for factor in (c, 1 / c))
    moved = Head(W_V=W_V, W_O=W_O).moved(values=(stretched, back))
    V, O_ = work.define(r"\tilde W_V^w", moved.W_V), work.define(r"\tilde W_O^w", moved.W_O)
    head = Head(W_V=V, W_O=O_, name="The stretched head")
    work.claim(Copies(stream["content"], stream["out"]), of=head)
    work.experiment(Copies(stream["content"], stream["out"]), of=head, n_ctx=8)
    both = stream.write("content")
    work.say("The squares of the sizes stand on the diagonal of $y^{\\mathsf{T}} y$, for $y$ with a column of each:")
    work.equal(
        gram(W_V, both).named(grams(r"W_V")), ExactMatrix.from_rows([[1, 0], [0, 1]]), because="$a$ and $b$ are alike"
    )
    work.equal(
        gram(V, both).named(grams(r"\tilde W_V")),
        ExactMatrix.from_rows([[c**2, 0], [0, 1]]),
        because="$a$ seems larger for $c > 1$, and $b$ for $c < 1$",
    )
    work.equal(
        gram(O_ @ V, both).named(grams(r"\tilde W_O \tilde W_V")),
        ExactMatrix.from_rows([[1, 0], [0, 1]]),
        because="what arrives is alike all the while",
    )


def grams(name: str) -> Scalar:
    """``y^T y`` with ``y = name [a b]``."""
    return Scalar(rf"({name} [a \; b])^{{\mathsf{{T}}}} ({name} [a \; b])")


def gram(matrix: ExactMatrix, columns: ExactMatrix) -> ExactMatrix:
    """The products of a matrix times each column, with one another: squares of norms on the diagonal."""
    moved = (matrix @ columns).labelled(None, None)
    return moved.T @ moved


def weighted(work: Work, model: Transformer, places: int) -> None:
    """The induction pair again: it rests on BOS, of which there is nothing to move; and what sizes do not show."""
    second = model.head(1)
    work.say("In the induction pair the values of $a$ and $b$ have the size $g$ where they arrive, and BOS has none:")
    work.equal(
        gram(second.W_OV.expand(), model.W_E).named(
            Scalar(r"(W_{\mathrm{OV}}^{2} W_E)^{\mathsf{T}} (W_{\mathrm{OV}}^{2} W_E)")
        ),
        ExactMatrix.from_entries((3, 3), {(1, 1): GAIN**2, (2, 2): GAIN**2}),
        because="BOS has no content",
    )
    work.say(
        "So its pattern is dark on BOS wherever there is no earlier copy, and the weighted pattern is empty there: to "
        "rest is to do nothing. On what is left it shows what reaches the logits."
    )
    at = {ONE: Integer(60), TWO: Integer(8), GAIN: Integer(1)}
    work.figure(
        WeightedFigure.of_model(model, " ".join(("BOS", *"abba")[:places]), at),
        "The pattern of head 2 of the induction pair, and the same weighted by the size of what arrives.",
    )
    u, v = (any_matrix(letter, 2, 1) for letter in "uv")
    work.say(
        "What is added up here are sizes. What is moved is a sum of vectors, and may be less: where half of the "
        "attention is on each of two tokens, from which $u$ and $v$ arrive, it is the mean of the two, with"
    )
    half, quarter = Rational(1, 2), Rational(1, 4)
    work.equal(
        square((u + v) * half).named(Scalar(r"\lVert (u + v) / 2 \rVert^{2}")),
        (square(u) * half + square(v) * half - square(u - v) * quarter).named(
            Scalar(r"\tfrac12 \lVert u \rVert^{2} + \tfrac12 \lVert v \rVert^{2} - \tfrac14 \lVert u - v \rVert^{2}")
        ),
        because="nothing at all where $v = -u$",
    )
