"""Exercise 3 of the transformer-circuits exercises with rotary positions: an induction head by K-composition."""

from collections.abc import Callable, Mapping

from sympy import Eq, Expr, Integer, Piecewise, Sum, Symbol, cos, exp

from symcircuits import AttendsTo, Constant, Head, Induces, Residual, Rotary, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import Copies
from symcircuits.symbols import N, beta_, integer, positive, weight
from symcircuits.worked import PatternFigure

Scalar = Callable[..., Expr]


@derivation("framework/3r", title="Exercise 3 with rotary positions: the whole induction circuit")
def rotary_induction(work: Work, pairs: int = 2, tokens: int = 7) -> None:
    work.require(tokens >= 2, f"a repeated block needs at least 2 tokens besides BOS, got tokens = {tokens}")
    layouts = Rotary(pairs), Rotary(pairs, "half")
    stream = Residual(bos=1, content=tokens, one=Constant(), before=tokens)
    work.problem(
        "In a model with rotary positions nothing is added to the stream: the query of token $n$ is turned by $R(n)$ "
        f"and the key of token $m$ by $R(m)$, pair by pair, by $\\alpha_i$ a token. Here the first ${2 * pairs}$ "
        "dimensions of a head are turned, and any further ones are not. Write down $W_Q$ and $W_K$ of a head that "
        "attends to the previous token. Then complete it to an induction circuit of two layers: $W_V$ and $W_O$ copy "
        "what the previous token holds into *before*, and a head of the second layer, $W_Q^2$ and $W_K^2$, attends to "
        "the token after the previous copy of the present one."
    )
    work.asks("W_Q", "W_K", meets=AttendsTo(-1))
    work.asks("W_V", "W_O", meets=Copies(stream["content"], stream["before"]))
    work.asks("W_Q^2", "W_K^2", meets=Induces())
    work.suggest(numbers(layouts[0]))

    work.section("What a turn leaves")
    P = turns(work, *layouts)
    work.section("The previous token")
    first = previous_token(work, stream, *layouts, P)
    work.section("What it copies")
    first = copying(work, stream, first)
    work.section("The second layer")
    second = second_layer(work, stream, layouts[0])
    work.section("K-composition")
    model = composed(work, stream, first, second)
    work.section("The whole circuit")
    whole(work, model, layouts[0])


def radius(i: int) -> Symbol:
    """The magnitude with which pair i is filled from the constant direction."""
    return positive(f"r_{i}", f"magnitude of pair {i} in queries and keys", f"r_{{{i}}}")


def numbers(rotary: Rotary) -> Mapping[Symbol, Expr]:
    """Values to run with: exact angles, and equal magnitudes."""
    return {**rotary.suggested(100), **{radius(i): Integer(1) for i in range(rotary.pairs)}}


def turns(work: Work, adjacent: Rotary, half: Rotary) -> ExactMatrix:
    """The turns as a group, the relative form, and the two layouts as one; returns what takes one to the other."""
    n, m = work.indices("n m")
    k, l = integer("k", "a number of tokens"), integer("l", "a number of tokens")
    work.say(
        "A turn by $k$ tokens is a rotation of each pair. In the *adjacent* layout pair $i$ is the dimensions $2 i$ "
        f"and $2 i + 1$; here for ${adjacent.pairs}$ pairs:"
    )
    R = work.define("R(k)", adjacent.shift(k))
    work.equal(adjacent.shift(k) @ adjacent.shift(l), adjacent.shift(k + l), because="angles add up")
    work.equal(R.T @ R, ExactMatrix.identity(adjacent.size, R.rows), because="lengths are kept")
    work.say("Query and key are each turned by their own place, and only the turn between the two is left:")
    work.equal(adjacent.shift(n).T @ adjacent.shift(m), adjacent.shift(m - n), because="$R(n)^{\\mathsf{T}} = R(-n)$")
    work.say(
        "so the score is $(W_Q x_n)^{\\mathsf{T}} R(m - n) W_K x_m$. In the *half-split* layout pair $i$ is the "
        "dimensions $i$ and $i + p$. That is another order of the same dimensions:"
    )
    P = work.define("P", half.from_adjacent(), meaning="takes the adjacent layout to the half-split one")
    work.equal(P.T @ P, ExactMatrix.identity(adjacent.size, P.columns), because="a permutation")
    work.equal(P @ adjacent.shift(k) @ P.T, half.shift(k), because="each pair goes to its place")
    work.say("So what is right in one layout is right in the other with its rows in that order.")
    return P


def read_constant(stream: Residual, rotary: Rotary) -> ExactMatrix:
    """The constant direction, into the first dimension of every pair."""
    one = stream["one"].places[0]
    entries = {(rotary.places(i)[0], one): radius(i) for i in range(rotary.pairs)}
    return ExactMatrix.from_entries((rotary.size, stream.d_model), entries, rotary.axis(), stream)


def previous_token(work: Work, stream: Residual, adjacent: Rotary, half: Rotary, P: ExactMatrix) -> Head:
    """The head in both layouts, its score, and what it attends to; returns the one in the adjacent layout."""
    n, m = work.indices("n m")
    work.say(
        "*Assumed:* the stream has a direction $\\mathbf{1}$ that holds 1 at every token, as a bias would. Query and "
        "key both read it, so before any turn all queries are alike, and all keys. $W_K$ turns the key one token on: "
        "the key says where the next token would be."
    )
    W_Q = work.define("W_Q", read_constant(stream, adjacent))
    W_K = work.define("W_K", adjacent.shift(1) @ W_Q)
    head = Head(W_Q=W_Q, W_K=W_K, scale=beta_(1), name="This head", rotary=adjacent)
    x, y = stream.at(n), stream.at(m)
    score = work.expand("s(n, m)", head.score_at(n, m), origin=head.score_formula(x, y, at=(n, m)))
    closed = beta_(1) * sum(radius(i) ** 2 * cos(a * (n - 1 - m)) for i, a in enumerate(adjacent.angles))
    work.equal(score, closed, because="a turn by $m - n$, and one by 1")
    work.say("In the half-split layout:")
    U_Q = work.define("U_Q", read_constant(stream, half))
    U_K = work.define("U_K", half.shift(1) @ U_Q)
    other = Head(W_Q=U_Q, W_K=U_K, scale=beta_(1), name="The head in the half-split layout", rotary=half)
    work.equal(P @ W_Q, U_Q, because="the rows in the other order")
    work.equal(P @ W_K, U_K, because="here too")
    work.equal(other.score_at(n, m), closed, because="the same score")
    work.say(
        "This is the score of exercise 2(c) with $r_i$ for $\\lambda_i$, although nothing of the place is in the "
        "stream. All that is said there holds here: the gap, the ties where every $\\alpha_i k$ is a multiple of $2 "
        "\\pi$, the row of token 0, which sees itself alone. How large $\\beta_1$ must be in a given context is worked "
        "out under *When frequencies come back*."
    )
    k = integer("k", "distance from the previous token")
    g = work.define("g(k)", sum(radius(i) ** 2 * (1 - cos(a * k)) for i, a in enumerate(adjacent.angles))).func
    work.equal(score.func(n, n - 1) - score.func(n, m), beta_(1) * g(n - 1 - m), because="the gap")
    for seed, one in enumerate((head, other), 3):
        work.claim(AttendsTo(-1), of=one)
        at = {**numbers(adjacent), beta_(1): Integer(1)}
        work.claim(AttendsTo(-1), of=one, at=at, n_ctx=64, because="the gap at each distance, enclosed rigorously")
        work.experiment(AttendsTo(-1), of=one, closed_form=attention(g, n, m), n_ctx=64, seed=seed, beta_1=[1, 10, 100])
    return head


def attention(g: Scalar, query: Expr, key: Expr) -> Expr:
    """The attention of the first layer in closed form."""
    j = integer("j", "a key")
    return exp(-beta_(1) * g(query - 1 - key)) / Sum(exp(-beta_(1) * g(query - 1 - j)), (j, 0, query))


def copying(work: Work, stream: Residual, head: Head) -> Head:
    """The first layer with its values."""
    work.say(
        "What is to be looked for later must be in the key. So the first layer copies the content of the token it "
        "attends to into directions of their own, called *before*."
    )
    first = Head(
        W_Q=head.W_Q,
        W_K=head.W_K,
        W_V=work.define("W_V", stream.read("content")),
        W_O=work.define("W_O", stream.write("before")),
        scale=head.scale,
        name="The first layer",
        rotary=head.rotary,
    )
    work.claim(Copies(stream["content"], stream["before"]), of=first)
    return first


def second_layer(work: Work, stream: Residual, rotary: Rotary) -> Head:
    """A head that compares contents and feels no place."""
    n, m = work.indices("n m")
    k, size = integer("k", "a number of tokens"), len(stream["content"])
    work.say(
        "The second layer asks which key comes after a token like the present one: its query is the content, its key "
        "what is in *before*. It must not care for the place. In pairs that turn slowly it would care a little; exact "
        "are dimensions that are not turned at all. Rotary positions may turn the first $2 p$ dimensions of a head "
        "alone, and here these stay empty."
    )
    axis = rotary.axis(rotary.size + size)
    reads = {
        name: ExactMatrix.from_entries(
            (len(axis), stream.d_model),
            {(rotary.size + i, place): 1 for i, place in enumerate(stream[name].places)},
            axis,
            stream,
        )
        for name in ("content", "before")
    }
    head = Head(
        W_Q=work.define("W_Q^2", reads["content"]),
        W_K=work.define("W_K^2", reads["before"]),
        scale=beta_(2),
        name="The second layer",
        rotary=rotary,
    )
    turn = rotary.shift(k, head.d_head)
    work.equal(head.W_Q.T @ turn @ head.W_K, head.W_QK, because="a turn moves none of the dimensions that are filled")
    x, y = stream.at(n), stream.at(m)
    turned = (head.W_Q @ x).T @ rotary.shift(m - n, head.d_head) @ (head.W_K @ y)
    product = (stream.read("content") @ x).T @ (stream.read("before") @ y)
    work.equal(turned, product, because="content times *before*: no place is left in it")
    return head


def composed(work: Work, stream: Residual, first: Head, second: Head) -> Transformer:
    """The term of K-composition, and the second score given the first pattern; returns the model of two layers."""
    work.say(
        "On the tokens themselves *before* is empty; all that the second layer finds there was written by the first. "
        "Of the four terms of its score only one reads what the embedding holds in the query and what the first layer "
        "wrote to the key:"
    )
    W_E = work.define("W_E", stream.write("bos", "content"), meaning="a direction for each token, BOS first")
    count = len(stream["content"]) + 1
    kept = W_E.T @ second.W_Q.T @ second.W_K @ first.W_O @ first.W_V @ W_E
    ones = ExactMatrix.from_entries((count, count), {(i, i): 1 for i in range(1, count)})
    work.equal(kept, ones, because="K-composition: token against token, and BOS against none")
    work.say(
        "The other three are zero. The direct term, and that of what the query got, end with the key's own token; the "
        "one of what both got begins with what the first layer wrote to the query:"
    )
    work.equal(second.W_K @ W_E, ExactMatrix.zeros(second.d_head, count), because="tokens hold nothing in *before*")
    work.equal(second.W_Q @ first.W_O, ExactMatrix.zeros(second.d_head, count - 1), because="the query reads contents")
    work.say(
        "So given the first layer's attention $A$, the score on key $m$ is $\\beta_2$ times the attention that $m$ "
        "pays to all copies of the query's token. In the sequence BOS, a, b, a, for the last token and each key:"
    )
    model = circuit(W_E, first, second)
    size = 4
    A = ExactMatrix.from_entries((size, size), {(i, j): weight("a", i, j) for i in range(size) for j in range(i + 1)})
    A = work.define("A", A, meaning="any pattern of the first layer")
    t = work.define("t", ExactMatrix.from_rows([[0], [1], [0], [1]]), meaning="where the last token's copies stand")
    read = model.forward(("BOS", "a", "b", "a"), {(0, 0): A}, layers=1)[1]
    scores = model.scores(1, 0, read)
    found = ExactMatrix.from_rows([[scores[size - 1, m] for m in range(size)]])
    S = work.expand("S", found, meaning="the scores of the last token")
    work.equal(S, (A @ t).T * beta_(2), because="what each key pays to the copies")
    return model


def circuit(W_E: ExactMatrix, first: Head, second: Head) -> Transformer:
    """Both layers on tokens that are their own directions; BOS is the first."""
    count = W_E.shape[1] - 1
    names = ("BOS", *(chr(ord("a") + i) if count <= 26 else f"t{i}" for i in range(count)))
    return Transformer(((first,), (second,)), W_E=W_E, vocabulary=names, name="The circuit")


def whole(work: Work, model: Transformer, rotary: Rotary) -> None:
    """The circuit on all sequences, with the bound for a finite scale, and run."""
    n, m, k = integer("n"), integer("m"), integer("k")
    work.say(
        "Tokens are orthonormal, and BOS, which has a direction that no head reads, stands first. If the first layer "
        "attends to the previous token alone, a key scores $\\beta_2$ where it comes after a copy, and 0 elsewhere:"
    )
    work.claim(Induces(), of=model)
    work.say(
        "BOS is there for row 0, which sees itself and would hold its own token in *before*. Of BOS nothing is copied, "
        "so no token takes row 0 for the successor of a copy."
    )
    work.say(
        "With a finite $\\beta_1$ the first layer gives the previous token only $\\mu < 1$, at least, in every row. "
        "Then the key after a copy scores at least $\\beta_2 \\mu$, any other at most $\\beta_2 (1 - \\mu)$. With one "
        "copy and $n$ other keys the mass on the wanted one is at least"
    )
    mu, beta_2, more = positive("mu", "the least mass on the previous token", r"\mu"), beta_(2), positive("d", "more")
    worst = exp(beta_2 * mu) / (exp(beta_2 * mu) + n * exp(beta_2 * (1 - mu)))
    share = 1 / (1 + n * exp(-beta_2 * (2 * mu - 1)))
    work.equal(worst, share, because="both divided by $e^{\\beta_2 \\mu}$")
    better = exp(beta_2 * mu + more) / (exp(beta_2 * mu + more) + n * exp(beta_2 * (1 - mu)))
    work.at_least(better, worst, because="a score of the wanted key that is higher by $d > 0$")
    work.say(
        "This bound approaches 1 for large $\\beta_2$ as soon as $\\mu > 1/2$. In row $n$ one may take $\\mu = 1 / "
        "(1 + T(n))$, with the tail of *When frequencies come back*: rows above have more."
    )
    gap = {at: sum(radius(i) ** 2 * (1 - cos(a * at)) for i, a in enumerate(rotary.angles)) for at in (Integer(-1), k)}
    tail = exp(-beta_(1) * gap[Integer(-1)]) + Sum(exp(-beta_(1) * gap[k]), (k, 1, n - 1))
    bound = share.subs(mu, 1 / (1 + tail))
    earlier = n - N

    def g(at: Expr) -> Expr:
        return gap[k].subs(k, at)

    score = beta_2 * Piecewise((attention(g, m, earlier), m >= earlier), (0, True))
    score += beta_2 * Piecewise((attention(g, m, m), Eq(m, n)), (0, True))
    work.say(
        "Run on BOS and a random block of different tokens, twice. In closed form the score on key $m$ is $\\beta_2$ "
        "times what $m$ pays to the copies, which stand at $n - N$ and at $n$ for a block of length $N$."
    )
    work.experiment(
        Induces(),
        of=model,
        n_ctx=2 * model.d_vocab - 1,
        seed=4,
        score=score,
        bound=bound,
        beta_1=[10, 100],
        beta_2=[1, 10],
    )
    block = model.vocabulary[1:]
    work.figure(
        PatternFigure.of_model(
            model, " ".join(("BOS", *block, *block)), {**numbers(rotary), beta_(1): Integer(100), beta_2: Integer(10)}
        ),
        "The attention of the second layer on a block of tokens that comes twice, by the numeric engine. In the second "
        "copy every token attends to the one after its first place; in the first there is nothing to choose from, and "
        "the attention is spread.",
    )
