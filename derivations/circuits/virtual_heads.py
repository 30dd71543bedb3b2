"""Virtual heads: what two heads do one behind the other, how many there are, and the one that looks two tokens back."""

from collections.abc import Callable

from sympy import Expr, Integer, binomial, exp, log

from symcircuits import AttendsTo, Copies, Head, OneHot, Residual, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix, column_of
from symcircuits.behaviours import Computes, CopiesAll
from symcircuits.circuit.generic import any_pattern, any_weights, tokens
from symcircuits.circuit.paths import paths
from symcircuits.symbols import beta, n, natural, positive
from symcircuits.typeset.formulas import Name, Product, Scalar, Transpose
from symcircuits.worked import LedgerRow, PatternFigure


def product_of(later: str) -> Product:
    """The name of the matrix of a virtual head."""
    return Product((Name(rf"W_{{\mathrm{{OV}}}}^{later}"), Name(r"W_{\mathrm{OV}}^1")))


BOTH = product_of("2")
SCALE = exp(beta)


@derivation("circuits/virtual_heads", title="Virtual heads: two heads as one")
def virtual_heads(
    work: Work, text: str = "abbab", layers: int = 3, heads: int = 2, width: int = 3, places: int = 3
) -> None:
    work.require(4 <= len(text) <= 6, f"expected a text of 4 to 6 letters, got {len(text)}")
    work.require(len(set(text)) >= 2, f"expected at least two different letters, got {text}")
    work.require(2 <= layers <= 4, f"layers must be from 2 to 4, got {layers}")
    work.require(1 <= heads <= 3, f"heads must be from 1 to 3, got {heads}")
    work.require(2 <= width <= 4, f"width must be from 2 to 4, got {width}")
    work.require(2 <= places <= 3, f"places must be from 2 to 3, got {places}")
    work.problem(
        "A head that moves what an earlier head has moved makes a *virtual head* with it. What is its pattern, and "
        "what its matrix? How many are there in $L$ layers of $H$ heads? What do two heads make that each look at the "
        "previous token?"
    )
    work.section("A pattern and a matrix")
    as_one(work, places)
    work.section("The pattern is one")
    again_a_pattern(work, places)
    work.section("The previous token, twice")
    twice_sharp(work, len(text))
    model = two_heads(work, text)
    at_a_scale(work, model, text)
    work.section("Which comes first")
    in_order(work, len(text))
    work.section("Rank")
    ranks(work, width)
    work.section("How many there are")
    counted(work, layers, heads)


def as_one(work: Work, places: int) -> None:
    """What one head moves of what another has moved."""
    stream = Residual(x=2)
    first, second = (Head(**any_weights(stream, 1, letters)) for letters in ("qkvo", "fgwp"))
    x, A, B = tokens(stream, places), any_pattern("a", places), any_pattern("b", places)
    names = Name(r"W_{\mathrm{OV}}^1"), Name(r"W_{\mathrm{OV}}^2")
    inside = Product((names[0], Name("x"), Transpose(Name("A^1"))))
    work.say(
        "Head 1 adds $W_{\\mathrm{OV}}^1 x (A^1)^{\\mathsf{T}}$ to the stream. What head 2, in a later layer, moves of "
        "just this is again a matrix on the left of the stream and a pattern on its right, since neither gets in the "
        "way of the other:"
    )
    work.equal(
        second.output(first.output(x, A), B).named(Product((names[1], inside, Transpose(Name("A^2"))))),
        ((second.W_O @ second.W_V) @ (first.W_O @ first.W_V) @ x @ (B @ A).T).named(
            Product((names[1], names[0], Name("x"), Transpose(Product((Name("A^2"), Name("A^1"))))))
        ),
        because="for any weights, tokens and patterns",
        given="$A^1$ and $A^2$",
    )
    work.say(
        "So the two are one head more, with the pattern $A^2 A^1$ and the matrix $W_{\\mathrm{OV}}^2 "
        "W_{\\mathrm{OV}}^1$. With a third head behind them there is one more factor in each, and so on."
    )


def shares(letter: str, places: int) -> ExactMatrix:
    """Any softmax over the keys up to the query: positive weights over their sum."""
    entries = {}
    for query in range(places):
        names = [f"{query}{key}" for key in range(query + 1)]
        row = [positive(f"{letter}_{name}", "weight of a key", f"{letter}_{{{name}}}") for name in names]
        entries |= {(query, key): weight / sum(row) for key, weight in enumerate(row)}
    return ExactMatrix.from_entries((places, places), entries)


def again_a_pattern(work: Work, places: int) -> None:
    """The product of two patterns looks at no later token, and each row is a whole."""
    work.say("Let both patterns look at no later token. Then neither does their product:")
    free = any_pattern("a", places), any_pattern("b", places)
    A, B = (work.define(f"A^{number}", pattern) for number, pattern in enumerate(free, 1))
    routes = {
        (n, m): sum((free[1][n, k] * free[0][k, m] for k in range(m, n + 1)), Integer(0))
        for n in range(places)
        for m in range(n + 1)
    }
    work.equal(B @ A, ExactMatrix.from_entries((places, places), routes), because="past the tokens between")
    work.say(
        "An entry is the way of two steps: from the query to some token by the later head, from there to the key by "
        "the earlier one, over all tokens between. Now let each row be what a softmax gives, positive weights over "
        "their sum, with any weights $a$ and $b$. Then each row of the product is a whole, and no entry is negative; "
        "here is that of the first key in the last row:"
    )
    first, second = shares("a", places), shares("b", places)
    ones = column_of([Integer(1)] * places)
    whole = Product((Name("A^2"), Name("A^1"), Name(r"\mathbf{1}")))
    work.equal(((second @ first) @ ones).named(whole), ones, because="$A^1 \\mathbf{1} = \\mathbf{1}$, and so $A^2$")
    work.at_least((second @ first)[places - 1, 0], 0, because="a sum of products of weights, like every entry")
    work.say(
        "So such a product is an attention pattern again, and so is that of any number of patterns, however many "
        "layers there are."
    )


def looking(key: Callable[[int], int], n_ctx: int) -> ExactMatrix:
    """All attention of each query on one key."""
    return ExactMatrix.from_entries((n_ctx, n_ctx), {(n, key(n)): 1 for n in range(n_ctx)})


def back(steps: int) -> Callable[[int], int]:
    """So many tokens back, or the first token where there are not so many."""
    return lambda n: max(n - steps, 0)


def twice_sharp(work: Work, n_ctx: int) -> None:
    """The pattern of the previous token, times itself."""
    work.say(
        "Let two heads, one behind the other, each put all attention on the previous token, and that of the first "
        "token on itself. The virtual head looks two back:"
    )
    S = work.define("S", looking(back(1), n_ctx))
    work.equal(S @ S, looking(back(2), n_ctx), because="the token before the token before")
    work.say("With one more layer it looks three back, and with enough of them all attention is on the first token:")
    work.equal(S @ S @ S, looking(back(3), n_ctx), because="one step for each layer")


def two_heads(work: Work, text: str) -> Transformer:
    """Two layers of a head that looks at the token before, the second of which moves on what the first has moved."""
    letters = tuple(sorted(set(text)))
    place = OneHot(len(text))
    stream = Residual(content=len(letters), position=place, v=len(letters), w=len(letters))
    work.say(
        f"Now the heads themselves, for $\\mathtt{{{text}}}$. A token has its content, one of {len(letters)}, and its "
        "place, one of as many as there are tokens; $v$ and $w$ are empty at first. Both heads ask for the place "
        "before their own. The first copies content to $v$, the second $v$ to $w$, and logits are read from $w$:"
    )
    asks = work.define("W_Q", stream.read(stream["position"][1:]), meaning="row $i$ reads place $i + 1$")
    keys = work.define("W_K", stream.read(stream["position"][:-1]), meaning="row $i$ reads place $i$")
    moves = [
        {
            "W_V": work.define(f"W_V^{number}", stream.read(source)),
            "W_O": work.define(f"W_O^{number}", stream.write(to)),
        }
        for number, (source, to) in enumerate((("content", "v"), ("v", "w")), 1)
    ]
    heads = [
        Head(W_Q=asks, W_K=keys, **weights, scale=beta, name=f"Head {number}")
        for number, weights in enumerate(moves, 1)
    ]
    W_E, W_U = work.define("W_E", stream.write("content")), work.define("W_U", stream.read("w"))
    content, v, w = (stream[name] for name in ("content", "v", "w"))
    for head, copied in zip(heads, (Copies(content, v), Copies(v, w)), strict=True):
        work.claim(AttendsTo(-1), of=head)
        work.claim(copied, of=Head(W_V=head.W_V, W_O=head.W_O, name=head.name))
    work.equal(
        (heads[1].W_OV @ heads[0].W_OV).expand().named(BOTH),
        stream.matrix({(w[i], content[i]): 1 for i in range(len(letters))}),
        because="content to $w$, past $v$",
    )
    work.say("On the numeric engine, with all attention on the previous token, the virtual head copies from two back:")
    work.experiment(
        CopiesAll((Copies(content, v), Copies(v, w), Copies(content, w, back=2))),
        of=[Head(W_V=head.W_V, W_O=head.W_O) for head in heads],
        n_ctx=len(text),
        seed=61,
    )
    return Transformer(((heads[0],), (heads[1],)), W_E=W_E, W_U=W_U, vocabulary=letters, name="The model")


def previous(n_ctx: int) -> ExactMatrix:
    """The pattern of either head: ``e^beta`` for the token before, and 1 for each of the other keys, over their sum."""
    entries = {
        (n, m): (SCALE if m == n - 1 else Integer(1)) / (SCALE + n if n else Integer(1))
        for n in range(n_ctx)
        for m in range(n + 1)
    }
    return ExactMatrix.from_entries((n_ctx, n_ctx), entries)


def at_a_scale(work: Work, model: Transformer, text: str) -> None:
    """The mass of the virtual head on the token two back, in closed form."""
    n_ctx = len(text)
    A = previous(n_ctx)
    work.say(
        "At a finite scale query $n$ has the score $\\beta$ for the token before and 0 for the $n$ other keys. That is "
        "the pattern of both heads, since the first writes nothing to the places that the second reads:"
    )
    streams = model.forward(text)
    first, second = (
        model.pattern(layer, 0, streams[layer]).named(Name(rf"A_{{\beta}}^{layer + 1}")) for layer in (0, 1)
    )
    work.equal(first, A, because="the first token has but itself")
    work.equal(second, A.named(Name(r"A_{\beta}^1")), because="head 2 reads the same places")
    work.say(
        "From query $n$ the two steps lead to key $n - 2$ in three ways: back and back, as is wanted, or once not "
        "at all and once two back at a stroke, in either order. With"
    )
    p = work.define("p(n)", SCALE / (SCALE + n), meaning="on the previous token, for $n \\ge 1$").func
    mass = work.define("q(n)", two_back(n), meaning="on the token two back, for $n \\ge 3$").func
    work.say(
        "it can be said row by row. Let $a_{n \\to m}$ be the attention from $n$ to $m$, of either head for the token "
        "before and of the virtual one for the token two back. The first row that has such a token is a case of its "
        "own:"
    )
    squared = A @ A
    alone = SCALE**2 / ((SCALE + 2) * (SCALE + 1)) + 1 / (SCALE + 2) ** 2 + 1 / (SCALE + 2)
    told = [Scalar(rf"a_{{{row} \to {row - 2}}}") for row in range(2, n_ctx)]
    work.comes_to(told[0], squared[2, 0], alone, because="the first token sees itself alone")
    for row, name in enumerate(told[1:], 3):
        work.comes_to(Scalar(rf"a_{{{row} \to {row - 1}}}"), first[row, row - 1], p(row), because="one of so many keys")
        work.comes_to(
            name, squared[row, row - 2], mass(row), because="past each of the three tokens from it to the key"
        )
    work.say("One head loses $1 - p(n)$, and the other, which acts in the row before, a little less:")
    work.equal(p(n - 1) - p(n), SCALE / ((SCALE + n) * (SCALE + n - 1)), because="one key less to share with")
    work.say(
        "The virtual head loses no more than the two together. For $p(n) + p(n - 1) - 1$ is the whole without what "
        "both lose, and all else in this sum is positive:"
    )
    both = 1 - (1 - p(n)) - (1 - p(n - 1)) + (1 - p(n)) * (1 - p(n - 1))
    more = 1 / (SCALE + n) ** 2 + 1 / ((SCALE + n) * (SCALE + n - 2))
    work.equal(mass(n), both + more, because="$p p' = 1 - (1 - p) - (1 - p') + (1 - p)(1 - p')$")
    work.say("As $\\beta$ grows it loses just that, as often $e^{-\\beta}$ as there are wrong keys in both rows:")
    query = natural("k", "a token: the query is at k + 2") + 2
    rows = (
        ("head 2", SCALE / (SCALE + query), query),
        ("head 1, in the row before", SCALE / (SCALE + query - 1), query - 1),
        ("virtual", two_back(query), 2 * query - 1),
    )
    work.table(
        "What is not on the wanted key, times $e^{\\beta}$, at $n = k + 2$ with any $k \\ge 1$.",
        ("head", "lost", "as $\\beta$ grows"),
        [LedgerRow((name,), SCALE * (1 - kept), SCALE * (1 - kept), left, beta) for name, kept, left in rows],
    )
    epsilon = positive("epsilon", "what may be lost", r"\epsilon")
    work.say("So a scale that is enough for the virtual head to keep $1 - \\epsilon$, with $0 < \\epsilon < 1$, is")
    enough = work.define("b", log(n * (2 - epsilon) / epsilon))
    work.equal(1 / (1 + n * exp(-enough)), 1 - epsilon / 2, because="$p(n)$ at $\\beta = b$; $p(n - 1)$ is larger")
    work.equal((1 - epsilon / 2) ** 2, 1 - epsilon + epsilon**2 / 4, because="and so the product of the two is enough")
    work.say(
        "The logits of the model show the virtual head alone, since $w$ holds nothing else: the share of each token"
    )
    chosen = ExactMatrix.from_entries(
        (model.d_vocab, n_ctx), {(model.vocabulary.index(letter), place): 1 for place, letter in enumerate(text)}
    )
    seen = Computes(text, chosen @ squared.T)
    work.claim(seen, of=model)
    work.experiment(seen, of=model, n_ctx=n_ctx, beta=[1, 4])
    words, at = " ".join(text), {beta: Integer(4)}
    work.figure(PatternFigure.of_model(model, words, at, layer=0), "Either head looks one token back.")
    work.figure(PatternFigure.of_path(model, words, at, ((0, 0), (1, 0))), "The virtual head looks two back.")


def two_back(query: Expr) -> Expr:
    """The mass of the virtual head on the token two back, over the three ways to it; from query 3 on."""
    y, n = SCALE, query
    return y**2 / ((y + n) * (y + n - 1)) + 1 / (y + n) ** 2 + 1 / ((y + n) * (y + n - 2))


def in_order(work: Work, n_ctx: int) -> None:
    """Two sharp heads one behind the other are a composition of functions, and its order counts."""
    work.say(
        "Where heads are sharp, the product of patterns is one function after another. Let one head look at the first "
        "token of the clause that a token is in, where a clause has two tokens, and another at the previous token. "
        "With the clause head in the first layer, a query gets what stands at the beginning of the clause of the token "
        "before; with the clause head in the second, what stands before the beginning of its own clause, which is the "
        "end of the clause before:"
    )

    def begins(query: int) -> int:
        return query - query % 2

    C, S = work.define("C", looking(begins, n_ctx)), looking(back(1), n_ctx).named(Name("S"))
    work.equal(S @ C, looking(lambda query: begins(back(1)(query)), n_ctx), because="back, then to the beginning")
    work.equal(C @ S, looking(lambda query: back(1)(begins(query)), n_ctx), because="to the beginning, then back")
    work.say(
        "Neither is a pattern that one of the two heads has, and no head was trained for it. So what a head of a later "
        "layer attends to tells little of the tokens that it is about."
    )


def ranks(work: Work, width: int) -> None:
    """The matrix of a virtual head has at most the smaller rank, and may be zero."""
    work.say(
        "What goes through two heads goes through the dimensions of both. Between them there is a matrix with a row "
        "for each dimension of head 2 and a column for each of head 1, so the rank is at most that of either. For any "
        "weights of a head with two dimensions, and of one with a single dimension behind it:"
    )
    stream = Residual(x=width)
    first, second = (Head(**any_weights(stream, size, name)) for size, name in ((2, "qkvo"), (1, "fgwp")))
    parts = [Name(name) for name in ("W_O^2", "W_V^2", "W_O^1", "W_V^1")]
    virtual = (second.W_O @ (second.W_V @ first.W_O)) @ first.W_V
    work.equal(
        (second.W_OV @ first.W_OV).expand().named(BOTH),
        virtual.named(Product((parts[0], Product(parts[1:3]), parts[3]))),
        because="multiplied from the middle, $W_V^2 W_O^1$",
    )
    work.rank(first.W_OV.named(Name(r"W_{\mathrm{OV}}^1")), 2, because="at all but special weights")
    work.rank(virtual.named(BOTH), 1, because="through the one dimension of head 2")
    work.say("It can be less than both. Let a head copy content to $v$:")
    stream = Residual(content=2, v=2, w=2)
    content, v, w = (stream[name] for name in ("content", "v", "w"))
    writer = Head(W_V=work.define("V^1", stream.read(content)), W_O=work.define("O^1", stream.write(v)), name="Head 1")
    work.claim(Copies(content, v), of=writer)
    work.say("Of the heads behind it one reads all of $v$, one reads half of it, and one reads nothing of it:")
    cases = (("a", v, "both are read"), ("b", v[:1] + content[:1], "one is read"), ("c", content, "none is"))
    for mark, read, because in cases:
        reads, writes = work.define(f"V^{mark}", stream.read(read)), work.define(f"O^{mark}", stream.write(w))
        reader = Head(W_V=reads, W_O=writes, name=f"Head {mark}")
        work.claim(Copies(read, w), of=reader)
        handed_on = {(w[i], content[i]): 1 for i in range(2) if read.places[i] in v.places}
        whole = (reader.W_OV @ writer.W_OV).expand().named(product_of(mark))
        work.equal(whole, stream.matrix(handed_on), because=because)
        work.rank(whole, len(handed_on), because=f"both heads have rank {writer.W_OV.rank()}")
    work.say(
        "The last is a virtual head in name only. Every head has one with every head behind it, and many of them may "
        "be next to nothing: how much there is to one is what the score of V-composition tells."
    )


def counted(work: Work, layers: int, heads: int) -> None:
    """Paths through two heads or more: a closed form, by a recurrence over the layers."""
    (L,), H = work.indices("L"), natural("H", "heads of a layer")
    work.say(
        "A path takes one head of each layer or none: $(1 + H)^L$ paths. One of them passes all heads by, $L H$ go "
        "through a single one. The others are virtual heads:"
    )
    closed = (1 + H) ** L - 1 - L * H
    count = work.define("v(L)", closed, meaning="virtual heads of $L$ layers of $H$ heads").func
    work.say(
        "It can be counted layer by layer as well. There is none in one layer. With one more layer, each that there "
        "was goes past it or on through one of its heads, and each of the $L H$ heads before makes a new one with each "
        "of its $H$ heads:"
    )
    none = closed.xreplace({L: Integer(1)})
    work.comes_to(Scalar("v(1)"), none, 0, because="no two heads of one layer stand behind each other")
    work.equal(count(L + 1), (1 + H) * count(L) + L * H * H, because="so the closed form holds for every $L$")
    orders = range(2, layers + 1)
    work.equal(
        count(layers),
        sum((binomial(layers, order) * H**order for order in orders), Integer(0)),
        because=f"in {layers} layers, by the number of heads passed through: choose layers, and a head of each",
    )
    stream = Residual(x=1)
    one = Head(W_V=stream.read("x"), W_O=stream.write("x"))
    found = [path.order for path in paths(Transformer(((one,) * heads,) * layers, W_E=stream.write("x")))]
    work.say(f"Listed one by one, in {layers} layers of {heads} heads:")
    many = sum(1 for order in found if order >= 2)
    work.comes_to(Scalar(f"v({layers})"), many, (1 + heads) ** layers - 1 - layers * heads, because=f"$H = {heads}$")
    work.say("And layer by layer, for twelve heads in each of two layers, and of twelve:")
    for deep in (2, 12):
        work.comes_to(
            Scalar(f"v({deep})"),
            layer_by_layer(deep, 12),
            13**deep - 1 - 12 * deep,
            because=f"next to {12 * deep} heads",
        )


def layer_by_layer(layers: int, heads: int) -> int:
    """The number of virtual heads, by the recurrence."""
    number = 0
    for before in range(layers):
        number = (1 + heads) * number + before * heads * heads
    return number
