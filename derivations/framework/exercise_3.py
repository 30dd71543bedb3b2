"""Exercise 3 of the transformer-circuits exercises: an induction head by composition with a previous-token head."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from string import ascii_lowercase

from sympy import Expr, Integer, Piecewise, Rational, Sum, Symbol, cos, exp, log

from symcircuits import AttendsTo, Copies, Head, Induces, Residual, Sinusoids, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix, Factored, column_of
from symcircuits.behaviours import CopiesToLogits, Fails, InducesOnContents
from symcircuits.symbols import N, beta_, integer, natural, positive
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.formulas import Name
from symcircuits.worked import PatternFigure

Scalar = Callable[..., Expr]
ONE, TWO = beta_(1), beta_(2)
REST = Rational(1, 2)
LEAK = positive("epsilon", "attention of head 1 off the previous token", r"\epsilon")
SIX = ("W_Q^1", "W_K^1", "W_V^1", "W_O^1", "W_Q^2", "W_K^2")


@derivation("framework/3", title="Exercise 3: an induction head by composition of keys")
def key_composition(work: Work, content: int = 8, stream_pairs: int = 4, pairs: int = 2, n_ctx: int = 15) -> None:
    work.require(4 <= content <= 26, f"expected 4 to 26 content directions, one for each token, got {content}")
    most = 2 * content - 1
    work.require(5 <= n_ctx <= most, f"n_ctx must be from 5 to {most}, so that a block comes twice, got {n_ctx}")
    position = Sinusoids(stream_pairs)
    stream, largest = Residual(content=content, position=position, v=content, w=content), position.first(pairs)
    work.problem(
        "Some kinds of positions cannot be moved by $W_V$, so a head cannot point with them. An induction head can "
        "still be made of two: the first copies to each token the content of the one before, and the second looks for "
        "the present token among these copies. Write down $W_Q^1$, $W_K^1$, $W_V^1$, $W_O^1$ and $W_Q^2$, $W_K^2$, "
        "with positions as in exercise 2."
    )
    work.asks(*SIX, meets=InducesOnContents(stream["content"], ("v", "w")))
    work.suggest(position.suggested(10))
    work.say(
        f"The stream has {content} directions of content, {stream_pairs} pairs of the position, and two blocks that "
        "are empty at first: $v$ for the content of the token before, and $w$ for what is predicted. Heads are "
        "numbered from 1; each has a scale of its own, $\\beta_1$ and $\\beta_2$."
    )
    first, s = previous_token(work, stream, largest, n_ctx)
    second, net, QK = head_behind_it(work, stream, first)
    by_contents(work, Transformer(((first,), (second,)), stream.write("content"), name="Head 2"))
    by_similarity(work)
    plain = without_begin(work, Transformer(((first,), (second,)), stream.write("content")), net, QK)
    limits(work, plain, s, largest)
    model = with_begin(work, plain, QK)
    to_the_logits(work, model, n_ctx)
    with_finite_scales(work, model, s, largest, n_ctx)
    block = model.vocabulary[1 : n_ctx // 2 + 1]
    work.figure(
        PatternFigure.of_model(
            model, " ".join(("BOS", *block, *block)), position.suggested(10) | {beta_(1): Integer(20), TWO: Integer(40)}
        ),
        "The attention of head 2 on a block of tokens that comes twice, by the numeric engine. In the first copy every "
        "token rests on BOS, in the second it attends to the token after its first place.",
    )


def previous_token(work: Work, stream: Residual, position: Sinusoids, n_ctx: int) -> tuple[Head, Scalar]:
    """Head 1 of exercise 2(c), which also copies the content into v; returns it and its score as a function."""
    n, m = work.indices("n m")
    work.section("Head 1: what stood before")
    work.say(
        "Where head 1 attends is exercise 2(c): the rotation $R$ takes every pair one token on, so that the key of the "
        "previous token is the query. What it moves is the content, into $v$."
    )
    R = work.define("R", position.shift(1))
    looks = Head(
        W_Q=work.define("W_Q^1", stream.read(position)),
        W_K=work.define("W_K^1", R @ stream.read(position)),
        scale=ONE,
        name="Head 1",
    )
    query, key = stream.at(n), stream.at(m)
    s = work.expand("s(n, m)", looks.score(query, key), origin=looks.score_formula(query, key)).func
    closed = ONE * position.weighted(lambda a: cos(a * (n - 1 - m)))
    work.equal(s(n, m), closed, because="$\\cos x \\cos y + \\sin x \\sin y = \\cos(x - y)$")
    work.claim(AttendsTo(-1), of=looks)
    numbers = {symbol: value for symbol, value in position.suggested(10).items() if symbol in position.free_symbols}
    work.claim(
        AttendsTo(-1),
        of=looks,
        at=numbers | {ONE: Integer(1)},
        n_ctx=n_ctx,
        because="the gap at each distance, enclosed rigorously",
    )
    moves = Head(
        W_V=work.define("W_V^1", stream.read("content")), W_O=work.define("W_O^1", stream.write("v")), name="Head 1"
    )
    work.claim(Copies(stream["content"], stream["v"]), of=moves)
    return Head(looks.W_Q, looks.W_K, moves.W_V, moves.W_O, scale=ONE, name="Head 1"), s


def token(stream: Residual, n: Expr) -> ExactMatrix:
    """The column of a token in which v and w are empty."""
    column = stream.at(n)
    return column.substitute({column[place, 0]: Integer(0) for name in "vw" for place in stream[name].places})


def held(stream: Residual, n: Expr) -> list[Expr]:
    """The content of a token."""
    column = stream.at(n)
    return [column[place, 0] for place in stream["content"].places]


def head_behind_it(work: Work, stream: Residual, first: Head) -> tuple[Head, ExactMatrix, ExactMatrix]:
    """Head 2 and its score, term by term, given that head 1 attends to the previous token alone; returns it with what
    head 1 moves and what head 2 compares."""
    n, m = work.indices("n m")
    work.section("Head 2: the present token among the copies")
    work.say("The query is what the token is, the key is what stood before it.")
    head = Head(
        W_Q=work.define("W_Q^2", stream.read("content")),
        W_K=work.define("W_K^2", stream.read("v")),
        scale=TWO,
        name="Head 2",
    )
    work.say(
        "*Given* that head 1 attends to the previous token alone, head 2 finds at token $n$ the column "
        "$x_n + W_{\\mathrm{net}}^1 x_{n-1}$, where $x_n$ is the token itself, with its content and its position, and "
        "with nothing in $v$ and $w$. So its score has four terms: what is in query and key by themselves, and what "
        "head 1 added to either or to both."
    )
    net = work.define("W_net^1", Factored(first.W_O, first.W_V)).expand()
    QK = work.define("W_QK^2", Factored(head.W_Q.T, head.W_K)).expand()
    x, y, before_x, before_y = (token(stream, at) for at in (n, m, n - 1, m - 1))
    zero = ExactMatrix.zeros(1, 1)
    work.equal(x.T @ QK @ y, zero, because="no copies: $v$ is empty in a token by itself")
    work.equal(before_x.T @ net.T @ QK @ y, zero, because="a copy in the query alone: the query does not read $v$")
    product = sum(a * b for a, b in zip(held(stream, n), held(stream, m - 1), strict=True))
    work.equal(
        x.T @ QK @ net @ before_y,
        ExactMatrix.from_rows([[product]]),
        because="a copy in the key alone: composition of keys",
    )
    work.equal(before_x.T @ net.T @ QK @ net @ before_y, zero, because="copies in both")
    work.say("The third term is all there is; the four together are the whole, multiplied out:")
    whole = (x + net @ before_x).T @ QK @ (y + net @ before_y)
    parts = (
        x.T @ QK @ y
        + before_x.T @ net.T @ QK @ y
        + x.T @ QK @ net @ before_y
        + before_x.T @ net.T @ QK @ net @ before_y
    )
    work.equal(whole, parts, because="both sides are linear in query and key")
    work.say(
        "Write $c_n$ for the content of token $n$. The score of head 2 is $\\beta_2 \\langle c_n, c_{m-1} \\rangle$: "
        "it looks at what a key comes after, and not at where it is. In row $n$ the best keys are those *after* a "
        "token like the present one."
    )
    return head, net, QK


def by_contents(work: Work, model: Transformer) -> None:
    """The claim for contents of one norm, whatever the embedding."""
    work.say(
        "*Assumed*, as in exercise 2(a): all contents have the same norm, and different tokens differ. Then $\\langle "
        "c_n, c_{m-1} \\rangle$ is largest where the two are the same, by half the square of their distance. A token "
        "to begin with, which occurs nowhere else, is needed for row 0, as the next section says."
    )
    work.claim(
        InducesOnContents(model.stream["content"], ("v", "w")),
        of=model,
        because="The ties named are those of head 1, which is the one of exercise 2(c).",
    )


def by_similarity(work: Work) -> None:
    """Unequal contents: how the attention is shared by the product of contents."""
    d, others = positive("d", "by how much a similar content falls short"), natural("q", "other keys")
    work.section("Similar tokens")
    work.say(
        "Let all contents have norm 1, as in exercise 2(a). The successor of a copy then has the score $\\beta_2$, "
        "that of a similar token $\\beta_2 (1 - d)$, where $d = |c - c'|^2 / 2 > 0$, and that of a token at right "
        "angles 0. In a row with one copy, one similar token and $q$ such others the successor of the copy gets"
    )
    copy, similar = exp(TWO), exp(TWO * (1 - d))
    with_copy = 1 / (1 + exp(-TWO * d) + others * exp(-TWO))
    work.equal(copy / (copy + similar + others), with_copy, because="both divided by $e^{\\beta_2}$")
    work.equal(copy / similar, exp(TWO * d), because="so much more than the similar one, in a row of any length")
    work.say(
        "Without a copy the similar token stands in for it: what followed it is attended to, the less the less alike "
        "they are. That is no error, but how induction generalizes."
    )
    alone = 1 / (1 + others * exp(-TWO * (1 - d)))
    work.equal(similar / (similar + others), alone, because="both divided by $e^{\\beta_2 (1 - d)}$")


def sequence(text: str) -> tuple[ExactMatrix, tuple[str, ...]]:
    """A sequence of tokens from letters, a dot for BOS, and the pattern of head 1 on it: row 0 sees itself."""
    size = len(text)
    shift = ExactMatrix.from_entries((size, size), {(row, max(row - 1, 0)): 1 for row in range(size)})
    return shift, tuple("BOS" if letter == "." else letter for letter in text)


def tokens_axis(tokens: Sequence[str]) -> Axis:
    """Tokens as labels of rows or columns."""
    return Axis.of_blocks((r"\mathrm{token}", [rf"\mathrm{{{token}}}" for token in tokens]), strict=False)


def embedding(stream: Residual, tokens: Sequence[str], beside: Mapping[tuple[int, int], Expr]) -> ExactMatrix:
    """Each token as a direction of its own, and what tokens hold beside that."""
    entries = dict(stream.write("content").entries) | dict(beside)
    return ExactMatrix.from_entries((stream.d_model, len(tokens)), entries, stream, tokens_axis(tokens))


def state_pattern(
    work: Work,
    model: Transformer,
    text: str,
    rows: Sequence[Sequence[Expr | int]],
    because: str,
    given: Expr | None = None,
) -> None:
    """State the exact pattern of head 2 on a short sequence, given that of head 1 (the ideal one, if none is)."""
    shift, tokens = sequence(text)
    read = model.forward(tokens, {(0, 0): given or shift}, layers=1)[1]
    axis, pattern = tokens_axis(tokens), model.pattern(1, 0, read)
    work.equal(pattern.named(Name("A^2")), ExactMatrix.from_rows(rows).labelled(axis, axis), because=because)


def without_begin(work: Work, unnamed: Transformer, net: ExactMatrix, QK: ExactMatrix) -> Transformer:
    """The ties of the first rows where a sequence begins anywhere; returns the model with its tokens."""
    n = work.indices("n")[0]
    stream, size = unnamed.stream, unnamed.d_vocab
    work.section("Row 0, and what it does further on")
    work.say(
        "Token 0 has no previous token, and head 1 attends to token 0 itself there. So $v$ holds the content of token "
        "0 in *two* places, at token 0 and at token 1, and as keys these two are the same for head 2:"
    )
    x, zero, one = token(stream, n), token(stream, Integer(0)), token(stream, Integer(1))
    work.equal(x.T @ QK @ (zero + net @ zero), x.T @ QK @ (one + net @ zero), because="for every query, both get this")
    work.say("To see what that means, let the tokens be letters whose contents are the unit vectors.")
    names = tuple(ascii_lowercase[:size])
    W_E = work.define("W_E", embedding(stream, names, {}))
    plain = replace(unnamed, W_E=W_E, vocabulary=names, name="Without BOS, the model")
    work.equal(
        W_E.T @ QK @ net @ W_E,
        ExactMatrix.identity(size).named(Name("\\mathrm{Id}")),
        because="the query's token, and the one before the key",
    )
    work.say("In the sequence $a\\,b\\,c\\,a$, *given* the ideal pattern of head 1, head 2 has the pattern")
    p, q = 1 / (2 + 2 * exp(-TWO)), 1 / (2 + 2 * exp(TWO))
    third = Rational(1, 3)
    rows = [[1, 0, 0, 0], [Rational(1, 2)] * 2 + [0, 0], [third] * 3 + [0], [p, p, q, q]]
    state_pattern(work, plain, "abca", rows, because="the softmax of the scores, row by row")
    work.say(
        "Row 1 has two keys and they tie, $\\frac12, \\frac12$, whatever the tokens are. Row 2, a token without an "
        "earlier copy, is uniform. Row 3 has a copy, and it is token 0: its successor, token 1, ties with token 0. In "
        "a row $n$ with these two keys ahead and $n - 1$ others at right angles each of the two gets"
    )
    others = natural("q", "other keys")
    share = exp(TWO) / (2 * exp(TWO) + others)
    work.equal(share, 1 / (2 + others * exp(-TWO)), because="with $q = n - 1$ others")
    work.equal(Rational(1, 2) - share, others / (2 * (2 * exp(TWO) + others)), because="the rest up to one half")
    work.at_most(
        Rational(1, 2) - share, others * exp(-TWO) / 4, because="so one half is the limit for large $\\beta_2$"
    )
    work.say("A copy elsewhere is no such case: in $a\\,b\\,c\\,b$ the token after $b$ wins alone.")
    top, low = 1 / (1 + 3 * exp(-TWO)), 1 / (3 + exp(TWO))
    rows[3] = [low, low, top, low]
    state_pattern(work, plain, "abcb", rows, because="only token 2 comes after a $b$")
    work.claim(Fails(Induces(begin="")), of=plain, because="In $a\\,b\\,a$ two keys tie.")
    return plain


def limits(work: Work, plain: Transformer, s: Scalar, position: Sinusoids) -> None:
    """At a finite scale of head 1 the tie is broken, and the two limits do not commute."""
    g, u = positive("g", "the gap of head 1 in row 1"), positive("u", "a positive number")
    k = integer("k", "distance from the previous token")
    zero, one = Integer(0), Integer(1)
    work.section("Two limits that do not commute")
    work.say(
        "At a finite $\\beta_1$ row 1 of head 1 keeps some attention on token 1 itself. With the gap of exercise 2(c), "
        "$g(k)$ for a key at the distance $k$ from the previous token, that is"
    )
    gap = work.define("g(k)", position.weighted(lambda a: 1 - cos(a * k))).func
    leak = exp(s(one, one)) / (exp(s(one, zero)) + exp(s(one, one)))
    work.equal(leak, 1 / (1 + exp(ONE * gap(one))), because="$g(-1) = g(1)$, written $\\epsilon$ from here on")
    work.at_most(1 / (1 + exp(ONE * g)), exp(-ONE * g), because="so $\\epsilon$ falls exponentially with $\\beta_1$")
    work.say("*Given* this pattern of head 1, and the previous token in row 2, head 2 has on $a\\,b\\,a$ the pattern")
    given = ExactMatrix.from_rows([[1, 0, 0], [1 - LEAK, LEAK, 0], [0, 1, 0]])
    tie, total = 1 + exp(-TWO * LEAK), 1 + exp(-TWO * LEAK) + exp(-TWO)
    rows = [[1, 0, 0], [exp(-TWO * LEAK) / tie, 1 / tie, 0], [1 / total, exp(-TWO * LEAK) / total, exp(-TWO) / total]]
    told = "token 1 holds $(1 - \\epsilon) a + \\epsilon b$ in $v$"
    state_pattern(work, plain, "aba", rows, because=told, given=given)
    work.say(
        "The ties are broken, and not for the better: in row 2 token 0 is ahead of token 1, which comes after the "
        "copy, by the factor $e^{\\beta_2 \\epsilon}$. In row 1, with $u = \\beta_2 \\epsilon$:"
    )
    ahead = 1 / (1 + exp(-u))
    work.at_least(ahead, Rational(1, 2), because="token 1 is ahead, at every finite $\\beta_1$")
    work.at_most(ahead - Rational(1, 2), (exp(u) - 1) / 4, because="which is next to nothing for small $u$")
    work.at_most(1 - ahead, exp(-u), because="and for large $u$ it gets nearly all")
    work.say(
        "With $\\beta_2$ fixed and $\\beta_1 \\to \\infty$ it is $\\epsilon$, and so $u$, that goes to 0: row 1 ends "
        "at $\\frac12, \\frac12$, and stays there when $\\beta_2$ grows afterwards. With $\\beta_1$ fixed and "
        "$\\beta_2 \\to \\infty$ it is $u$ that grows: row 1 ends at $0, 1$, and row 2 on token 0. Which limit is "
        "taken first decides."
    )


def with_begin(work: Work, plain: Transformer, QK: ExactMatrix) -> Transformer:
    """The cure: a first token that is no other, and that the head can rest on; returns the model."""
    stream, size = plain.stream, plain.d_vocab
    work.section("The cure: a token to begin with")
    work.say(
        "Let every sequence begin with the same token BOS, which occurs nowhere else. What is in $v$ twice is then the "
        "content of BOS, and no query asks for it. Its embedding is ours to choose, so let BOS hold in $v$, where "
        "other tokens hold nothing, $1/2$ in the direction of each of them. They all like that, by $\\beta_2 / 2$: "
        "less than the successor of a copy, and more than anything else."
    )
    liked = {(place, 0): REST for place in stream["v"][1:].places}
    names = ("BOS", *ascii_lowercase[: size - 1])
    W_E = work.define("W_E^B", embedding(stream, names, liked))
    work.equal(
        W_E.T @ QK @ W_E,
        ExactMatrix.from_entries((size, size), {(i, 0): REST for i in range(1, size)}, W_E.columns, W_E.columns),
        because="by themselves, without head 1: each other token likes BOS",
    )
    model = replace(plain, W_E=W_E, vocabulary=names, name="With BOS, head 2")
    work.say("On $\\mathrm{BOS}\\,a\\,b\\,a$, *given* the ideal pattern of head 1, this is the pattern of head 2:")
    half, full = exp(-TWO * REST), exp(-TWO)
    row = [half / (1 + half + 2 * full), full / (1 + half + 2 * full), 1 / (1 + half + 2 * full)]
    rows = [
        [1, 0, 0, 0],
        [1 / (1 + half), half / (1 + half), 0, 0],
        [1 / (1 + 2 * half), *[half / (1 + 2 * half)] * 2, 0],
    ]
    state_pattern(work, model, ".aba", [*rows, [*row, row[1]]], because="row by row")
    work.say(
        "Rows 1 and 2 have no earlier copy and rest on BOS; row 3 attends to token 2, which comes after the first $a$. "
        "In row $n$ without a copy BOS gets, with $n$ other keys,"
    )
    others = natural("q", "other keys")
    resting = exp(TWO / 2) / (exp(TWO / 2) + others)
    work.equal(resting, 1 / (1 + others * half), because="both divided by $e^{\\beta_2 / 2}$")
    work.say("and in a row with one copy the token after the copy gets, with $q$ keys besides BOS and itself,")
    share = exp(TWO) / (exp(TWO) + exp(TWO / 2) + others)
    work.equal(share, 1 / (1 + half + others * full), because="both divided by $e^{\\beta_2}$")
    work.claim(
        Induces(), of=model, because="For a token other than BOS, in sequences of every length, at every $\\beta_2$."
    )
    return model


def to_the_logits(work: Work, model: Transformer, n_ctx: int) -> None:
    """W_V^2, W_O^2 and the unembedding, so that what is attended to is predicted."""
    stream, size = model.stream, model.d_vocab
    work.section("Down to the logits")
    work.say(
        "The exercise leaves out what head 2 moves. Let it copy the content of the token it attends to into $w$, and "
        "let the unembedding read $w$."
    )
    W_V, W_O = work.define("W_V^2", stream.read("content")), work.define("W_O^2", stream.write("w"))
    W_U = work.define("W_U", stream.read("w").labelled(model.W_E.columns, stream))
    moves, copies = Head(W_V=W_V, W_O=W_O, name="Head 2"), Copies(stream["content"], stream["w"])
    work.claim(copies, of=moves)
    work.experiment(copies, of=moves, seed=12)
    work.equal(
        W_U @ W_O @ W_V @ model.W_E,
        ExactMatrix.identity(size).named(Name("\\mathrm{Id}")),
        because="a token attended to raises its own logit by 1, and no other",
    )
    work.equal(W_U @ model.W_E, ExactMatrix.zeros(size, size), because="a token by itself predicts nothing")
    second = model.head(1)
    whole = Transformer(
        (model.layers[0], (Head(second.W_Q, second.W_K, W_V, W_O, scale=TWO),)),
        model.W_E,
        W_U,
        vocabulary=model.vocabulary,
        name="The model",
    )
    to_logits = CopiesToLogits(begin="BOS")
    work.claim(to_logits, of=whole)
    work.experiment(to_logits, of=whole, n_ctx=n_ctx, seed=11, beta_1=[5, 20], beta_2=[2, 40])
    work.say(
        "So the logit of a token is the attention on all its places together. On $\\mathrm{BOS}\\,a\\,b\\,a$, "
        "again *given* the ideal pattern of head 1, the logits after the last token are, for BOS, $a$ and $b$,"
    )
    shift, tokens = sequence(".aba")
    last = whole.logits(tokens, {(0, 0): shift}).take_columns([3])
    half, full = exp(-TWO * REST), exp(-TWO)
    total = 1 + half + 2 * full
    told = [half / total, 2 * full / total, 1 / total, *[0] * (size - 3)]
    work.equal(last.named(Name("\\ell")), column_of(told, model.W_E.columns), because="a sum of attention")
    work.say(
        "The right token $b$ is ahead of BOS at once, and of a token that stands in $k$ other places when $\\beta_2 > "
        "\\log k$. In a row with one copy and $q$ keys besides BOS and the right one, with $\\beta_2 = \\log k + r$, "
        "the logit of the right token exceeds that of such a token by"
    )
    k, r, others = (
        natural("k", "places of another token"),
        positive("r", "more than enough"),
        natural("q", "other keys"),
    )
    share = 1 / (1 + half + others * full)
    lead = (share - k * full * share).subs(TWO, log(k) + r)
    work.equal(lead, (1 - exp(-r)) * share.subs(TWO, log(k) + r), because="$k e^{-\\beta_2} = e^{-r}$")
    work.at_least(1 - exp(-r), 0, because="so it has the largest logit")


def with_finite_scales(work: Work, model: Transformer, s: Scalar, position: Sinusoids, n_ctx: int) -> None:
    """Both heads at finite scales: the least attention on the right key, and the engine next to it."""
    n, m = work.indices("n m")
    work.section("At finite scales, on a block that comes twice")
    work.say(
        "Let head 1 leave at most $\\epsilon$ of every row off the previous token. In the second copy of a block of "
        "different tokens the right key then has a score of at least $\\beta_2 (1 - \\epsilon)$, BOS one of "
        "$\\beta_2 / 2$, and each of the others one of at most $\\beta_2 \\epsilon$: only what head 1 leaks there is "
        "like the query. With $a, b \\ge 0$ for what is better than that, and $q = n - 1$ others,"
    )
    a, b, q = positive("a", "more on the right key"), positive("b", "less on the others"), natural("q", "other keys")
    right, rest, wrong = TWO * (1 - LEAK + a), TWO * REST, TWO * (LEAK - b)
    share = exp(right) / (exp(right) + exp(rest) + q * exp(wrong))
    gaps = (TWO * (1 - LEAK + a) - TWO * REST, TWO * (1 - LEAK + a) - TWO * (LEAK - b))
    divided = 1 / (1 + exp(-gaps[0]) + q * exp(-gaps[1]))
    least = 1 / (1 + exp(-TWO * (REST - LEAK)) + q * exp(-TWO * (1 - 2 * LEAK)))
    work.equal(share, divided, because="both divided by the largest term")
    work.at_least(divided, least, because="with equality where $a = b = 0$")
    logits_at_finite_scales(work, least, q)
    work.say(
        "What head 1 leaves in row $n$ is $T / (1 + T)$ with the tail $T$ of exercise 2(c), which grows with the row. "
        "So in row $n$ this holds with"
    )
    gap = position.weighted(lambda x: 1 - cos(x * integer("k")))
    tail = work.define("T(n)", head_one_tail(gap, n), meaning="the tail of row $n$ of head 1").func
    j = integer("j", "a key")
    mass = exp(s(n, n - 1)) / Sum(exp(s(n, j)), (j, 0, n))
    work.equal(mass, 1 / (1 + tail(n)), because="the previous token is 1, the others are the tail", given="$n \\ge 1$")
    epsilon = tail(n) / (1 + tail(n))
    bound = least.subs({LEAK: epsilon, q: n - 1})
    work.say(
        "The score itself is known exactly: $\\beta_2$ times the attention of head 1 from the key to the copies of the "
        "query, which stand at $n - N$ and $n$, and $\\beta_2 / 2$ more for BOS."
    )
    work.experiment(
        Induces(),
        of=model,
        score=score_of_repeated(gap, n, m),
        bound=bound,
        n_ctx=n_ctx,
        seed=11,
        beta_1=[5, 20],
        beta_2=[2, 10, 40],
    )


def logits_at_finite_scales(work: Work, least: Expr, q: Symbol) -> None:
    """From which beta_2 on the right token has the largest logit for certain."""
    d, r = positive("d", "how much less than one half head 1 leaks"), positive("r", "more than enough")
    work.say(
        "All attention together is 1, and so are all logits. The right token has the largest one for certain where its "
        "key has more than half of the attention. Let $\\epsilon = 1/2 - d$ with $d > 0$:"
    )
    at_least = 1 / (1 + (q + 1) * exp(-TWO * d))
    work.at_least(least.subs(LEAK, REST - d), at_least, because="$e^{-2 \\beta_2 d} < e^{-\\beta_2 d}$")
    work.say("At $\\beta_2 = (\\log(q + 1) + r) / d$ with $r > 0$ that is")
    enough = at_least.subs(TWO, (log(q + 1) + r) / d)
    work.at_least(enough, Rational(1, 2), because="so it is enough that $\\beta_2 > \\log(n) / (1/2 - \\epsilon)$")


def head_one_tail(gap: Expr, n: Symbol) -> Expr:
    """The keys of row n but the previous one, each as its gap says."""
    j, k = integer("j", "a key"), integer("k")
    return exp(-ONE * gap.subs(k, -1)) + Sum(exp(-ONE * gap.subs(k, n - 1 - j)), (j, 0, n - 2))


def score_of_repeated(gap: Expr, n: Symbol, m: Symbol) -> Expr:
    """The score of head 2 in the second copy of a block of N different tokens, at finite scales."""
    j, k = integer("j", "a key"), integer("k")
    row = Sum(exp(-ONE * gap.subs(k, m - 1 - j)), (j, 0, m))
    on_copy = Piecewise((exp(-ONE * gap.subs(k, m - 1 - n + N)) / row, m >= n - N), (0, True))
    on_itself = Piecewise((exp(-ONE * gap.subs(k, 1)) / row, m >= n), (0, True))
    return TWO * (on_copy + on_itself + Piecewise((REST, m < 1), (0, True)))
