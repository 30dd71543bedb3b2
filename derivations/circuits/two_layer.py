"""Two layers of attention: logits and scores of the second layer as sums over paths, term by term."""

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce

from sympy import Expr, Integer, Rational, Symbol, expand

from symcircuits import Head, Residual, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import Computes, SumOfPaths
from symcircuits.behaviours import Path as Way
from symcircuits.circuit.generic import any_matrix, any_numbers, any_pattern, any_weights, row_sums, shares
from symcircuits.circuit.paths import Path, paths
from symcircuits.symbols import beta, natural
from symcircuits.typeset.formulas import Formula, Name, Product, Scalar, Sum, Tensor, Transpose
from symcircuits.worked import PatternFigure

LETTERS = ("qkvo", "fgwp", "hjst")  # of the heads of a layer; those of the second layer have a prime
PATTERNS = "abc"
LAYERS = 2

X, ONE = Name("x"), Name(r"\mathrm{Id}")

Patterns = dict[tuple[int, int], ExactMatrix]


@derivation("circuits/two_layer", title="Two layers: every path to the logits and to the scores")
def paths_of_two_layers(work: Work, heads: int = 2, text: str = "aba", width: int = 2) -> None:
    work.require(1 <= heads <= len(LETTERS), f"heads must be from 1 to {len(LETTERS)}, got {heads}")
    work.require(2 <= len(text) <= 4, f"expected a text of 2 to 4 letters, got {len(text)}")
    work.require(len(set(text)) >= 2, f"expected at least two different letters, got {text}")
    work.require(1 <= width <= 3, f"width must be from 1 to 3, got {width}")
    work.problem(
        "Write the logits of a model with two layers of heads as a sum over paths, and so the scores of its second "
        "layer. How many terms are there, and which heads does each go through? What does the model become when its "
        "patterns are frozen, and what does a head that is taken out take with it?"
    )
    free = any_model(Residual(x=width), heads, tuple(sorted(set(text))))
    patterns = {
        (layer, head): any_pattern(PATTERNS[head] + "'" * layer, len(text))
        for layer in range(LAYERS)
        for head in range(heads)
    }
    T = chosen(text, free.vocabulary)

    work.section("The logits")
    moving, given = defined(work, free, patterns)
    logits(work, moving, given, free, patterns, T, text)
    work.section("How many terms")
    counted(work, free)
    work.section("Each term by itself")
    each_term(work, moving, given, free, patterns, T, text)
    work.section("The patterns frozen")
    frozen(work, moving, given, free, patterns)
    work.section("The scores of the second layer")
    model = attending(work, moving, free)
    scores(work, model, given, free, patterns, T, text)
    work.section("Nothing left out")
    on_the_engine(work, model, free, patterns, T, text)


def any_model(stream: Residual, heads: int, vocabulary: tuple[str, ...]) -> Transformer:
    """Two layers of heads of one dimension, each entry of each matrix a symbol of its own."""
    layers = tuple(
        tuple(
            Head(**any_weights(stream, 1, [letter + "'" * layer for letter in letters]), scale=beta)
            for letters in LETTERS[:heads]
        )
        for layer in range(LAYERS)
    )
    W_E = any_matrix("e", stream.d_model, len(vocabulary)).labelled(stream, None)
    W_U = any_matrix("u", len(vocabulary), stream.d_model).labelled(None, stream)
    return Transformer(layers, W_E=W_E, W_U=W_U, vocabulary=vocabulary)


def chosen(text: str, vocabulary: tuple[str, ...]) -> ExactMatrix:
    """A column for each letter of the text, with a 1 in the row of its token."""
    ones = {(vocabulary.index(letter), place): 1 for place, letter in enumerate(text)}
    return ExactMatrix.from_entries((len(vocabulary), len(text)), ones)


def called(place: tuple[int, int]) -> str:
    """Layer and head, counted from 1, as they stand above a name."""
    return f"{place[0] + 1},{place[1] + 1}"


def numbers(free: Transformer) -> dict:
    """Numbers for all weights, of either sign."""
    of_heads = [
        any_numbers(matrix, start + 3 * layer + 2 * head)
        for (layer, head), one in free.placed()
        for start, matrix in enumerate(one.weights().values())
    ]
    return reduce(lambda a, b: a | b, of_heads, any_numbers(free.W_E, 2) | any_numbers(free.W_U, 5))


def defined(work: Work, free: Transformer, patterns: Patterns) -> tuple[Transformer, Patterns]:
    """Embedding, unembedding, what the heads move, and any patterns, under their names."""
    work.say(
        f"Let the model have {free.d_vocab} tokens, {free.d_model} dimensions in the stream, and two layers of "
        f"{len(free.layers[0])} heads with one dimension each, so that all can be written out; head $(l, h)$ is head "
        "$h$ of layer $l$. Every entry of every matrix is a symbol of its own, so what is proved holds for any weights."
    )
    work.suggest(numbers(free))
    W_E, W_U = work.define("W_E", free.W_E), work.define("W_U", free.W_U)
    layers = tuple(
        tuple(
            Head(
                W_V=work.define(f"W_V^{{{called((layer, head))}}}", one.W_V),
                W_O=work.define(f"W_O^{{{called((layer, head))}}}", one.W_O),
            )
            for head, one in enumerate(heads)
        )
        for layer, heads in enumerate(free.layers)
    )
    work.say("Let the heads attend in any way that looks at no later token:")
    given = {place: work.define(f"A^{{{called(place)}}}", pattern) for place, pattern in patterns.items()}
    return Transformer(layers, W_E=W_E, W_U=W_U, vocabulary=free.vocabulary), given


def to_logits(model: Transformer, path: Path) -> ExactMatrix:
    """``W_U W_OV ... W_E`` of a path, ``[d_vocab, d_vocab]``."""
    return (model.W_U @ expanded(path) @ model.W_E).labelled(None, None)


def expanded(path: Path) -> ExactMatrix:
    """The matrix of a path, multiplied out."""
    return path.matrix if isinstance(path.matrix, ExactMatrix) else path.matrix.expand()


def total(terms: Iterable[ExactMatrix]) -> ExactMatrix:
    """The sum of matrices, at least one."""
    return reduce(lambda a, b: a + b, terms)


def along(model: Transformer, path: Path, patterns: Patterns, T: ExactMatrix) -> ExactMatrix:
    """What comes to the logits along a path, ``[d_vocab, n_ctx]``."""
    return to_logits(model, path) @ T @ path.pattern(patterns, T.shape[1]).T


def logits(
    work: Work, model: Transformer, given: Patterns, free: Transformer, patterns: Patterns, T: ExactMatrix, text: str
) -> None:
    """The logits of the model, run layer by layer, are the sum over all paths."""
    work.say(
        "A layer adds what its heads move to what was there. A token that is attended to in the second layer holds "
        "what the first has added to it, so what comes to the logits has gone past both layers, through a head of one "
        "of them, or through a head of each. Let $x = W_E T$ be the stream before the layers, where $T$ has a column "
        f"with a single 1 for each token of $\\mathtt{{{text}}}$. The logits of the model, run layer by layer, are"
    )
    work.equal(
        model.logits(text, given).named(Scalar("z")),
        total(along(free, path, patterns, T) for path in in_order(free)).named(
            added(term(path) for path in in_order(free))
        ),
        because="multiplied out, for each entry of each weight and pattern",
        given="the patterns",
    )
    work.say(
        "The four groups are the bigrams of a model without layers, each head of the first layer and each of the "
        "second as if it were the only one, and every pair of a head with one behind it. Such a pair is a head of its "
        "own, a *virtual head*: it has a pattern, $A^{2,g} A^{1,h}$, and a matrix."
    )


def counted(work: Work, free: Transformer) -> None:
    """One path for each choice of one head, or none, in each layer; and as many pairs of them for a score."""
    size = len(free.layers[0])
    H = natural("H", "heads of a layer")
    ways = paths(free)
    work.say(
        "A path chooses in each layer one of the $H$ heads, or none. So there are $1 + H$ choices twice; by the number "
        "of heads passed through they are"
    )
    work.equal((1 + H) ** 2, 1 + 2 * H + H**2, because="past both, through one, through two")
    work.say(f"In this model, with $H = {size}$, counted one by one, the orders 0, 1 and 2 have")
    for order, closed in enumerate((1, 2 * size, size**2)):
        found = len([path for path in ways if path.order == order])
        work.comes_to(Scalar(f"N_{order}"), found, closed, because=f"paths through {order or 'no'} heads")
    work.say(
        "A score has two sides, and each reads the stream behind the first layer, which is a sum of $1 + H$ paths. So "
        "a head of the second layer has again $(1 + H)^2$ terms in its score: neither side from a head, the query's "
        "side alone, the key's alone, both. Here the two heads may be different ones."
    )


def without(model: Transformer, left_out: Iterable[tuple[int, int]]) -> Transformer:
    """The model with some heads that write nothing."""
    gone = set(left_out)
    layers = tuple(
        tuple(replace(one, W_O=one.W_O * 0) if (layer, head) in gone else one for head, one in enumerate(heads))
        for layer, heads in enumerate(model.layers)
    )
    return replace(model, layers=layers)


def each_term(
    work: Work, model: Transformer, given: Patterns, free: Transformer, patterns: Patterns, T: ExactMatrix, text: str
) -> None:
    """Each term is a signed sum of runs of the model with some heads left out and the patterns as they were."""
    everyone = [place for place, _ in model.placed()]
    runs: dict[tuple[tuple[int, int], ...], ExactMatrix] = {}

    def run(heads: tuple[tuple[int, int], ...]) -> ExactMatrix:
        if heads not in runs:
            runs[heads] = without(model, set(everyone) - set(heads)).logits(text, given)
        return runs[heads]

    work.say(
        "Which term is whose can be seen by runs. Let $z_{11,21}$ be the logits of the model in which only the heads "
        "$(1, 1)$ and $(2, 1)$ write anything, each with the pattern that was given it, and so for other heads. The "
        "terms are differences of such runs, one by one:"
    )
    for path in in_order(free):
        if not path.heads:
            found, told = run(()), kept(())
        elif len(path.heads) == 1:
            found, told = run(path.heads) - run(()), f"{kept(path.heads)} - {kept(())}"
        else:
            first, second = ((place,) for place in path.heads)
            found = run(path.heads) - run(first) - run(second) + run(())
            told = f"{kept(path.heads)} - {kept(first)} - {kept(second)} + {kept(())}"
        work.equal(
            found.labelled(None, None).named(Scalar(told)),
            along(free, path, patterns, T).named(term(path)),
            because=("the direct path", "one head", "a virtual head")[path.order],
            given="the patterns",
        )


def kept(heads: tuple[tuple[int, int], ...]) -> str:
    """The logits of the model with these heads alone, as LaTeX."""
    told = ",".join(f"{layer + 1}{head + 1}" for layer, head in heads) or r"\varnothing"
    return f"z_{{{told}}}"


def in_order(model: Transformer) -> list[Path]:
    """All paths, those through fewer heads first, and those through earlier heads before others."""
    return sorted(paths(model), key=lambda path: (path.order, path.heads))


def added(terms: Iterable[Formula]) -> Sum:
    """The sum of formulas."""
    return Sum(tuple((1, one) for one in terms))


def matrices(path: Path) -> tuple[Formula, ...]:
    """The names of ``W_OV`` along a path, the latest first."""
    return tuple(Name(rf"W_{{\mathrm{{OV}}}}^{{{called(place)}}}") for place in reversed(path.heads))


def product(factors: tuple[Formula, ...]) -> Formula:
    """The product of formulas, at least one."""
    return Product(factors) if len(factors) > 1 else factors[0]


def attended(path: Path) -> tuple[Formula, ...]:
    """The names of the patterns along a path, the latest first."""
    return tuple(Name(f"A^{{{called(place)}}}") for place in reversed(path.heads))


def term(path: Path) -> Formula:
    """The term of a path in the logits."""
    pattern = (Transpose(product(attended(path))),) if path.heads else ()
    return Product((Name("W_U"), *matrices(path), X, *pattern))


def frozen(work: Work, model: Transformer, given: Patterns, free: Transformer, patterns: Patterns) -> None:
    """With its patterns given the model is a product of two matrices on all directions of all places."""
    size = next(iter(patterns.values())).shape[0]
    work.say(
        "Now take the patterns that the model has on a text, and keep them. On this text nothing has changed, and the "
        "rest is linear: one matrix, over all directions of all places at once. $A \\otimes W$ is the matrix that "
        "moves by $A$ from place to place and by $W$ from direction to direction. Then each layer is a factor, and "
        "the expansion is nothing but their product, multiplied out:"
    )
    one = ExactMatrix.identity(model.d_model * size)
    steps = [path for path in in_order(free) if path.order < 2]
    layer_by_layer = Product(
        tuple(
            added(whole(path) for path in steps if all(place[0] == layer for place in path.heads)) for layer in (1, 0)
        )
    )
    factors = [
        total([one, *(given[layer, head].kron(moves(model.head(layer, head))) for head in range(len(heads)))])
        for layer, heads in enumerate(model.layers)
    ]
    work.equal(
        (factors[1] @ factors[0]).named(layer_by_layer),
        total(path.pattern(patterns, size).kron(expanded(path).labelled(None, None)) for path in paths(free)).named(
            added(whole(path) for path in in_order(free))
        ),
        because="$(A \\otimes W)(B \\otimes V) = AB \\otimes WV$",
        given="the patterns",
    )
    work.say(
        "So in the frozen model a head that is taken out takes its own term with it and those of all virtual heads "
        "that it is part of, and no other term changes. On the numeric engine, which runs the weights layer by layer "
        "and knows of no paths, with patterns made at random:"
    )
    ways = tuple(
        Way(tuple(layer * len(model.layers[0]) + head for layer, head in path.heads), expanded(path))
        for path in paths(free)
    )
    work.experiment(SumOfPaths(ways, tuple(map(len, model.layers))), of=model.heads, n_ctx=12, seed=51)


def whole(path: Path) -> Formula:
    """The matrix of a path on all directions of all places."""
    return Tensor(product(attended(path)), product(matrices(path))) if path.heads else ONE


def moves(head: Head) -> ExactMatrix:
    """``W_OV`` without the names of directions."""
    return head.W_OV.expand().labelled(None, None)


def attending(work: Work, moving: Transformer, free: Transformer) -> Transformer:
    """The model with queries and keys, which are defined here."""
    work.say("What is not linear is where the heads attend. Their queries and keys are any as well:")
    layers = tuple(
        tuple(
            replace(
                moving.head(layer, head),
                W_Q=work.define(f"W_Q^{{{called((layer, head))}}}", one.W_Q),
                W_K=work.define(f"W_K^{{{called((layer, head))}}}", one.W_K),
                scale=beta,
            )
            for head, one in enumerate(heads)
        )
        for layer, heads in enumerate(free.layers)
    )
    return replace(moving, layers=layers, name="The model")


def score_term(model: Transformer, reader: Head, query: Path, key: Path) -> ExactMatrix:
    """``QK^{p,q}``: what the reader makes of tokens that come to its query by one path and to its key by another."""
    queries, keys = (reader.W_Q @ expanded(query) @ model.W_E), (reader.W_K @ expanded(key) @ model.W_E)
    return (queries.T @ keys).labelled(None, None)


def by_terms(
    model: Transformer, reader: Head, patterns: Patterns, T: ExactMatrix, ways: Iterable[tuple[Path, Path]]
) -> ExactMatrix:
    """The score of a head of the second layer, from the given terms."""
    size = T.shape[1]
    return total(
        p.pattern(patterns, size) @ T.T @ score_term(model, reader, p, q) @ T @ q.pattern(patterns, size).T
        for p, q in ways
    )


def sides(model: Transformer, layer: int = 1) -> list[tuple[Path, Path]]:
    """All pairs of paths to a layer: the query's side and the key's."""
    before = [path for path in paths(model) if all(passed < layer for passed, _ in path.heads)]
    return [(p, q) for p in before for q in before]


def scores(
    work: Work, model: Transformer, given: Patterns, free: Transformer, patterns: Patterns, T: ExactMatrix, text: str
) -> None:
    """The scores of the second layer over all pairs of paths, and what is lost of them with a head."""
    work.say(
        "With $y_h = x (A^{1,h})^{\\mathsf{T}}$ for what head $(1, h)$ moves, the second layer reads $x + \\sum_h "
        "W_{\\mathrm{OV}}^{1,h} y_h$ on both sides of its scores. So the query's side and the key's each choose "
        "between what was there, $x$, and one of the heads:"
    )
    after = model.forward(text, given, layers=1)[-1]
    pairs = sides(free)
    for head, reader in enumerate(free.layers[1]):
        found = (model.scores(1, head, after) * (1 / beta)).labelled(None, None)
        work.equal(
            found.named(Scalar(rf"s^{{2,{head + 1}}} / \beta")),
            by_terms(free, reader, patterns, T, pairs).named(of_score(pairs, head)),
            because=f"all {len(pairs)} pairs of sides",
            given="the patterns of the first layer",
        )
    work.say(
        "The first term is what a model of one layer would have. Where the query's side is through a head, it matters "
        "on whom that head of the *query* attends (Q-composition); where the key's is, on whom that of the *key* does "
        "(K-composition); and there are terms with both, by one head or by two. With $x = W_E T$ each term is a table "
        "with a row and a column for every token of the vocabulary, looked up by the tokens that both patterns lead to."
    )
    work.say(
        "Here the frozen model and the true one part. If head $(1, 1)$ is taken out and the model is run again, "
        "the scores of the second layer lose the terms in which a side goes through it, and so the patterns change:"
    )
    gone = (0, 0)
    left = without(model, [gone]).forward(text, given, layers=1)[-1]
    lost = [(p, q) for p, q in pairs if gone in (*p.heads, *q.heads)]
    work.equal(
        ((model.scores(1, 0, after) - model.scores(1, 0, left)) * (1 / beta))
        .labelled(None, None)
        .named(Scalar(r"(s^{2,1} - \tilde s^{2,1}) / \beta")),
        by_terms(free, free.head(1, 0), patterns, T, lost).named(of_score(lost, 0)),
        because="the terms with this head on a side",
        given="the patterns of the first layer",
    )
    H = natural("H", "heads of a layer")
    work.say("With $H$ heads in the first layer, these are so many of the $(1 + H)^2$ terms:")
    work.equal((1 + H) ** 2 - H**2, 2 * H + 1, because="all without those that avoid it on both sides")
    size = len(free.layers[0])
    work.comes_to(Scalar(f"N_{{{called(gone)}}}"), len(lost), 2 * size + 1, because="counted here")


def of_score(pairs: Iterable[tuple[Path, Path]], head: int) -> Sum:
    """The terms of a score: ``x`` or ``W y`` on either side of ``W_QK``."""
    W_QK = Name(rf"W_{{\mathrm{{QK}}}}^{{2,{head + 1}}}")

    def read(path: Path) -> tuple[Formula, ...]:
        return (*matrices(path), Name(f"y_{path.heads[0][1] + 1}") if path.heads else X)

    queries = ((tuple(Transpose(one) for one in reversed(read(p))), q) for p, q in pairs)
    return added(Product((*query, W_QK, *read(q))) for query, q in queries)


def on_the_engine(
    work: Work, model: Transformer, free: Transformer, patterns: Patterns, T: ExactMatrix, text: str
) -> None:
    """With the patterns that the heads have, built from the terms, the sum is what the engine gives."""
    work.say(
        f"On $\\mathtt{{{text}}}$, with the patterns that the heads have: those of the first layer are the softmax of "
        "their own scores, those of the second of their terms, and the logits are the sum over all paths. They are "
        "compared with the logits of the numeric engine."
    )
    bound, whole = at_numbers(free), row_sums(*patterns.values())
    attention: dict[Symbol, Expr] = {}
    for layer, heads in enumerate(bound.layers):
        for head, reader in enumerate(heads):
            by_paths = by_terms(bound, reader, patterns, T, sides(bound, layer)).substitute(whole) * beta
            found = shares(patterns[layer, head], by_paths)
            attention |= {symbol: weight.xreplace(attention) for symbol, weight in found.items()}
    logits = total(along(bound, path, patterns, T) for path in paths(bound)).substitute(whole)
    table = ExactMatrix.from_entries(
        logits.shape, {place: expand(value).xreplace(attention) for place, value in logits.entries.items()}
    )
    work.experiment(Computes(text, table), of=model, n_ctx=len(text), beta=[Rational(1, 3)])
    words, at = " ".join(text * 3), {beta: Integer(3)}
    first, second = (0, 0), (1, 0)
    for places, caption in (
        ((first,), "The pattern of head $(1, 1)$, with the numbers told below."),
        ((second,), "That of head $(2, 1)$, behind it."),
        ((first, second), "The pattern of the virtual head that they make: the second times the first."),
    ):
        work.figure(PatternFigure.of_path(bound, words, at, places), caption)


def at_numbers(free: Transformer) -> Transformer:
    """The model with numbers for its weights, and the scale left as it is."""
    values = numbers(free)
    layers = tuple(
        tuple(
            Head(**{name: weight.substitute(values) for name, weight in one.weights().items()}, scale=one.scale)
            for one in heads
        )
        for heads in free.layers
    )
    W_E, W_U = free.W_E.substitute(values), free.W_U.substitute(values)
    return Transformer(layers, W_E=W_E, W_U=W_U, vocabulary=free.vocabulary)
