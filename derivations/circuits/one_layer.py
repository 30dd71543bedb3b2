"""One layer of attention: the logits as a sum over paths, and what a head is to tokens and places."""

from collections.abc import Iterable
from functools import reduce

from sympy import Expr, Integer, Rational, exp

from symcircuits import Head, Residual, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix, Factored, below, beside
from symcircuits.behaviours import Computes
from symcircuits.circuit.generic import any_matrix, any_numbers, any_pattern, any_weights
from symcircuits.symbols import beta
from symcircuits.typeset.formulas import Name, Product, Scalar, Sum, Transpose
from symcircuits.worked import PatternFigure

LETTERS = ("qkvo", "fgwp")
ALL_TOKENS, ALL_PLACES, ALL = Name("T"), Name("P"), Name("x")

BLOCKS = r"\begin{bmatrix} Q_{EE} & Q_{EP} \\ Q_{PE} & Q_{PP} \end{bmatrix}"
SUMMED = r"\beta \, (T^{\mathsf{T}} Q_{EE} T + T^{\mathsf{T}} Q_{EP} + Q_{PE} T + Q_{PP})"


@derivation("circuits/one_layer", title="One layer: direct path, QK and OV circuits")
def paths_of_one_layer(work: Work, text: str = "abca", width: int = 2, inner: int = 1) -> None:
    work.require(2 <= len(text) <= 6, f"expected a text of 2 to 6 letters, got {len(text)}")
    work.require(len(set(text)) >= 2, f"expected at least two different letters, got {text}")
    work.require(2 <= width <= 4, f"width must be from 2 to 4, got {width}")
    work.require(1 <= inner < width, f"inner must be from 1 to width - 1 = {width - 1}, got {inner}")
    work.problem(
        "Write the logits of a model with one layer of heads as a sum over the paths from token to logits. What does a "
        "head do to tokens, once embedding and unembedding are multiplied in? Which parts come in with positions, and "
        "what is the rank of each of these matrices?"
    )
    vocabulary = sorted(set(text))
    stream = Residual(x=width)
    work.say(
        f"Let the model have {len(vocabulary)} tokens, {width} dimensions in the stream, two heads of {inner}, and "
        "in each matrix any entries at all. Tokens are read off a text by $T$, which has a column for each place with "
        "a single 1 in the row of its token; the stream before the layer is $W_E T$ where there are no positions."
    )
    free = any_model(stream, inner, tuple(vocabulary))
    W_E, W_U = work.define("W_E", free.W_E), work.define("W_U", free.W_U)
    heads = tuple(defined(work, head, number) for number, head in enumerate(free.heads, 1))
    model = Transformer((heads,), W_E=W_E, W_U=W_U, vocabulary=free.vocabulary, name="The model")
    T = chosen(text, vocabulary).named(ALL_TOKENS)
    work.suggest(any_numbers(free.W_E, 2) | any_numbers(free.W_U, 5))

    work.section("The path expansion")
    expansion(work, model, free, T, text)
    work.section("The two circuits of a head")
    full = circuits(work, model, free, T, text)
    work.section("Positions: four blocks and two")
    blocks(work, model, free, T, text)
    work.section("Rank")
    ranks(work, model, full)
    work.section("Nothing left out")
    on_the_engine(work, model, free, T, text)


def any_model(stream: Residual, d_head: int, vocabulary: tuple[str, ...]) -> Transformer:
    """Two heads side by side, each entry of each matrix a symbol of its own."""
    heads = tuple(Head(**any_weights(stream, d_head, letters), scale=beta) for letters in LETTERS)
    W_E = any_matrix("e", stream.d_model, len(vocabulary)).labelled(stream, None)
    W_U = any_matrix("u", len(vocabulary), stream.d_model).labelled(None, stream)
    return Transformer((heads,), W_E=W_E, W_U=W_U, vocabulary=vocabulary)


def defined(work: Work, head: Head, number: int) -> Head:
    """The head with its matrices defined, and numbers to run it with."""
    for start, matrix in enumerate(head.weights().values()):
        work.suggest(any_numbers(matrix, start + number))
    named = {name: work.define(f"{name}^{number}", matrix) for name, matrix in head.weights().items()}
    return Head(**named, scale=beta, name=f"Head {number}")


def chosen(text: str, vocabulary: list[str]) -> ExactMatrix:
    """A column for each letter of the text, with a 1 in the row of its token."""
    ones = {(vocabulary.index(letter), place): 1 for place, letter in enumerate(text)}
    return ExactMatrix.from_entries((len(vocabulary), len(text)), ones)


def to_logits(model: Transformer, number: int) -> ExactMatrix:
    """``W_U W_OV W_E`` of a head, written from the factors."""
    head = model.head(0, number)
    return ((model.W_U @ head.W_O) @ (head.W_V @ model.W_E)).labelled(None, None)


def direct(model: Transformer) -> ExactMatrix:
    """``W_U W_E``."""
    return (model.W_U @ model.W_E).labelled(None, None)


def along(model: Transformer, T: ExactMatrix, patterns: list[ExactMatrix]) -> ExactMatrix:
    """The sum over all paths of what comes to the logits."""
    terms = [to_logits(model, number) @ T @ pattern.T for number, pattern in enumerate(patterns)]
    return reduce(lambda total, term: total + term, terms, direct(model) @ T)


def expansion(work: Work, model: Transformer, free: Transformer, T: ExactMatrix, text: str) -> None:
    """The logits of the model are the sum over its paths, given any patterns."""
    n_ctx = len(text)
    patterns = [any_pattern(letter, n_ctx) for letter in "ab"]
    named = [work.define(f"A^{number}", pattern) for number, pattern in enumerate(patterns, 1)]
    work.say(
        "Let the heads attend in any way that looks at no later token. The layer adds what each head moves to what was "
        "there, and the unembedding is linear. So the logits of the model, run layer by layer, are the sum of what "
        "comes along three paths: past the heads, and through either. Each path is a matrix from tokens to logits, "
        "and a pattern:"
    )
    work.equal(
        model.logits(text, {(0, number): pattern for number, pattern in enumerate(named)}).named(Scalar("z")),
        along(free, T, patterns).named(path_formula()),
        because="multiplied out; for each entry of each weight and pattern",
        given="$A^1$ and $A^2$",
    )
    work.say(
        "In the notation with tensor products this is $z = (\\mathrm{Id} \\otimes W_U W_E + \\sum_h A^h \\otimes W_U "
        "W_{\\mathrm{OV}}^h W_E) \\, t$. The first path is a model without layers, which knows bigrams; all else that "
        "the model knows is in the heads, and each adds its own."
    )


def path_formula() -> Sum:
    """``W_U W_E T + sum_h W_U W_OV^h W_E T A^hT``."""
    through = (
        Product((Name("W_U"), Name(rf"W_{{\mathrm{{OV}}}}^{h}"), Name("W_E"), ALL_TOKENS, Transpose(Name(f"A^{h}"))))
        for h in (1, 2)
    )
    return Sum(((1, Product((Name("W_U"), Name("W_E"), ALL_TOKENS))), *((1, path) for path in through)))


def circuits(work: Work, model: Transformer, free: Transformer, T: ExactMatrix, text: str) -> tuple[Factored, Factored]:
    """The scores of the first head from QK_full, and what it adds to the logits from OV_full."""
    head = model.head(0, 0)
    work.say(
        "Of a head two matrices are left, each with a row and a column for every token of the vocabulary. One says how "
        "much a query token (row) wants a key token (column), the other how much a token that is attended to (column) "
        "raises each logit (row). They are $\\mathrm{QK}_{\\mathrm{full}} = W_E^{\\mathsf{T}} W_{\\mathrm{QK}} W_E$ "
        "and $\\mathrm{OV}_{\\mathrm{full}} = W_U W_{\\mathrm{OV}} W_E$. An entry of the first is a query times a key; "
        "of the second, what is read of what is written, times a value. For the first token as query or output and the "
        "second as key:"
    )
    QK = Factored((head.W_Q @ model.W_E).T, head.W_K @ model.W_E).named(Name(r"\mathrm{QK}_{\mathrm{full}}"))
    OV = Factored(model.W_U @ head.W_O, head.W_V @ model.W_E).named(Name(r"\mathrm{OV}_{\mathrm{full}}"))
    W_E, W_U, size, inner = free.W_E, free.W_U, range(model.d_model), range(head.d_head)
    W_Q, W_K, W_V, W_O = (free.head(0, 0).weights()[f"W_{letter}"] for letter in "QKVO")
    for name, table, entry in (
        ("QK", QK, sum(dot(W_Q, h, W_E, 0, size) * dot(W_K, h, W_E, 1, size) for h in inner)),
        ("OV", OV, sum(dot(W_U, 0, W_O, h, size) * dot(W_V, h, W_E, 1, size) for h in inner)),
    ):
        found = Scalar(rf"[\mathrm{{{name}}}_{{\mathrm{{full}}}}]_{{01}}")
        work.comes_to(found, table.expand()[0, 1], entry, because="through every dimension of the head")
    work.say("All scores before the scale are looked up in the first, for the model's own stream:")
    x, plain = free.embed(text), free.head(0, 0)
    work.equal(
        ((plain.W_Q @ x).T @ (plain.W_K @ x)).labelled(None, None).named(Scalar("s / \\beta")),
        (T.T @ QK.expand().named(Name(r"\mathrm{QK}_{\mathrm{full}}")) @ T),
        because="row: the query's token; column: the key's",
    )
    work.say("And the logits that the head adds where it attends to one token are a column of the second:")
    work.equal(
        ((free.W_U @ plain.W_O) @ (plain.W_V @ x)).labelled(None, None).named(Scalar("W_U W_{\\mathrm{OV}} x")),
        OV.expand().named(Name(r"\mathrm{OV}_{\mathrm{full}}")) @ T,
        because="one column for each token of the text",
    )
    work.say(
        "The second sees the key's token alone: what a token does to the logits, once attended to, does not depend on "
        "who attends to it. The first decides how much of it there is."
    )
    return QK, OV


def dot(left: ExactMatrix, row: int, right: ExactMatrix, column: int, over: Iterable[int]) -> Expr:
    """One entry of a product of two matrices."""
    return sum((left[row, at] * right[at, column] for at in over), Integer(0))


def blocks(work: Work, model: Transformer, free: Transformer, T: ExactMatrix, text: str) -> None:
    """With positions the score has four blocks, what is moved has two."""
    head = model.head(0, 0)
    places = 2
    work.say(
        "With positions a place adds a column of $W_P$ to its token's column of $W_E$. Query and key are sums of two, "
        "so the score has four parts: token to token, token to place, place to token, place to place. They are the "
        f"blocks of one matrix over tokens and places; here with {places} places:"
    )
    plain = any_matrix("r", model.d_model, places).labelled(free.stream, None)
    work.suggest(any_numbers(plain, 3))
    W_P = work.define("W_P", plain)
    both = beside(model.W_E, W_P).labelled(model.stream, None)
    one, other = free.heads
    parts = [[(one.W_Q @ left).T @ (one.W_K @ right) for right in (free.W_E, plain)] for left in (free.W_E, plain)]
    work.equal(
        ((head.W_Q @ both).T @ (head.W_K @ both)).named(
            Scalar(r"[W_E \; W_P]^{\mathsf{T}} W_{\mathrm{QK}} [W_E \; W_P]")
        ),
        below(*(beside(*row) for row in parts)).labelled(None, None).named(Scalar(BLOCKS)),
        because="upper left tokens, lower right places",
    )
    work.say(
        "A block $Q_{XY} = W_X^{\\mathsf{T}} W_{\\mathrm{QK}} W_Y$ has the query's side first. In a run, the text says "
        "which entry of each block counts, and the four are added:"
    )
    placed = Transformer(model.layers, model.W_E, model.W_U, W_pos=W_P, vocabulary=model.vocabulary)
    beginning, pick = text[:places], T.take_columns(range(places))
    which = [pick, ExactMatrix.identity(places)]
    terms = [which[i].T @ parts[i][j].labelled(None, None) @ which[j] for i in (0, 1) for j in (0, 1)]
    work.equal(
        placed.scores(0, 0, placed.embed(beginning)).named(Scalar("s")),
        (reduce(lambda total, term: total + term, terms) * beta).named(Scalar(SUMMED)),
        because="$(t + p)^{\\mathsf{T}} W_{\\mathrm{QK}} (t + p)$, times the scale",
    )
    work.say("What is moved has two parts, of the token and of the place, and with them the logits have six paths:")
    patterns = [any_pattern(letter, places) for letter in "ab"]
    from_places = [((free.W_U @ h.W_O) @ (h.W_V @ plain)).labelled(None, None) for h in (one, other)]
    total = along(free, pick, patterns) + (free.W_U @ plain).labelled(None, None)
    work.comes_to(
        Scalar("z_{00}"),
        placed.logits(beginning, {(0, h): A for h, A in enumerate(patterns)})[0, 0],
        (total + from_places[0] @ patterns[0].T + from_places[1] @ patterns[1].T)[0, 0],
        because="the first logit of the first place; each path once for the token and once for the place",
        given="$A^1$ and $A^2$",
    )


def ranks(work: Work, model: Transformer, full: tuple[Factored, Factored]) -> None:
    """Both circuits have at most the rank of the head, however many tokens there are."""
    head = model.head(0, 0)
    work.say(
        "Both circuits have as many rows and columns as there are tokens, and yet a rank of at most "
        "$d_{\\mathrm{head}}$, since they pass through the dimensions of the head; and so has each block with "
        "positions, and all four together. The direct path has at most $d_{\\mathrm{model}}$. For all but special "
        "weights it is just that, or the number of tokens where there are fewer:"
    )
    QK, OV = full
    work.rank(QK, min(head.d_head, model.d_vocab), because="through the queries and keys of one head")
    work.rank(OV, min(head.d_head, model.d_vocab), because="through its values")
    most = min(model.d_model, model.d_vocab)
    work.rank(Factored(model.W_U, model.W_E), most, because="through the stream")
    work.say(
        "So a head cannot hold any table of skip-trigrams that one likes: where there are far more tokens than "
        "$d_{\\mathrm{head}}$, most tables are out of its reach."
    )


def on_the_engine(work: Work, model: Transformer, free: Transformer, T: ExactMatrix, text: str) -> None:
    """With the patterns that the heads have, the sum over the paths is what the engine gives."""
    n_ctx = len(text)
    work.say(
        "What is not linear is the pattern. Row $n$ is the softmax of row $n$ of the scores over the keys up to $n$. "
        "With these patterns the sum over the three paths is compared with the logits of the numeric engine, which "
        "runs the weights and knows of no paths:"
    )
    patterns = [softmax_of(free, T, number) for number in (0, 1)]
    work.experiment(Computes(text, along(free, T, patterns)), of=model, n_ctx=n_ctx, beta=[1, Rational(1, 3)])
    work.figure(
        PatternFigure.of_model(at_numbers(free), " ".join(text * 2), {beta: 1}),
        "The pattern of head 1, with the numbers told below. Without positions all keys of one token get the same "
        "attention from a query, and queries of one token differ only in how many keys they see.",
    )


def at_numbers(free: Transformer) -> Transformer:
    """The model with the numbers that it is run with, and the scale left as it is."""
    heads = tuple(
        Head(
            **{
                name: matrix.substitute(any_numbers(matrix, start + number))
                for start, (name, matrix) in enumerate(head.weights().items())
            },
            scale=head.scale,
        )
        for number, head in enumerate(free.heads, 1)
    )
    return Transformer((heads,), W_E=free.W_E.substitute(any_numbers(free.W_E, 2)), vocabulary=free.vocabulary)


def softmax_of(model: Transformer, T: ExactMatrix, number: int) -> ExactMatrix:
    """The pattern of a head, from its full QK circuit."""
    head, size = model.head(0, number), T.shape[1]
    scores = T.T @ ((head.W_Q @ model.W_E).T @ (head.W_K @ model.W_E)).labelled(None, None) @ T
    weights = {(n, m): exp(beta * scores[n, m]) for n in range(size) for m in range(n + 1)}
    totals = [sum(weights[n, m] for m in range(n + 1)) for n in range(size)]
    return ExactMatrix.from_entries((size,) * 2, {(n, m): w / totals[n] for (n, m), w in weights.items()})
