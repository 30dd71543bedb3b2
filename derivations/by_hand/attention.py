"""The attention head of the transformer by hand: a window of two tokens, with Lg symbolic."""

from sympy import Expr, Integer, Piecewise, Rational, Sum, exp, floor, log, sqrt

from symcircuits import Head, OneHot, Residual, Work, derivation
from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import SharesAttention
from symcircuits.circuit import Gpt2Block, Vocabulary, gpt2_model
from symcircuits.symbols import Lg, integer, natural, positive
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.formulas import Name, Transpose
from symcircuits.worked import PatternFigure

AB = Vocabulary("ab")
SEED = 1024


def asks(i, j, n, g):
    """The query of a token at position i asks for the positions i and i - 1, with weight g."""
    if i >= n:
        return 0
    elif j == i or j == i - 1:
        return g
    else:
        return 0


def tells(i, j, n):
    """The key of a token tells its position."""
    return 1 if i == j and i < n else 0


def counts(i, j, n):
    """The value of a token is 1 for the letter a and -1 for the letter b, in the last direction."""
    if i == n and j == n + 2:
        return 1
    elif i == n + 1 and j == n + 2:
        return -1
    else:
        return 0


def sees(i, j):
    """A query sees the keys up to its own."""
    return 1 if j <= i else 0


def beside(*blocks: ExactMatrix) -> ExactMatrix:
    """Square matrices side by side, with the letters q, k, v over their columns."""
    size = blocks[0].shape[0]
    entries = {(i, part * size + j): v for part, one in enumerate(blocks) for (i, j), v in one.entries.items()}
    return ExactMatrix.from_entries((size, len(blocks) * size), entries, blocks[0].rows, over("qkv", size))


def over(letters: str, size: int) -> Axis:
    """Labels for columns, so many for each letter."""
    return Axis.of_blocks(*((letter, [f"{letter}_{{{i}}}" for i in range(size)]) for letter in letters), strict=False)


@derivation("by_hand/attention", title="A transformer by hand: the attention head")
def attention(work: Work, n_ctx: int = 5, word: str = "aabaa", scale_of: int = 8) -> None:
    AB.encode(word)
    work.require(n_ctx >= 3, f"n_ctx must be at least 3, so that a row has a key before the window, got {n_ctx}")
    work.require(len(word) <= n_ctx, f"the word must have at most n_ctx = {n_ctx} letters, got {len(word)}: {word}")
    work.require(scale_of >= 1, f"scale_of, the number under the root of the scale, must be positive, got {scale_of}")
    work.problem(
        "Assign $\\mathrm{c\\_attn}$ so that every token attends equally to itself and to the token before it, and to "
        f"no other, as nearly as a large number $Lg$ allows. Give the queries, keys and values of "
        f"$\\mathtt{{{word}}}$, "
        "and the attention rows in closed form, for any length of the context."
    )
    work.asks("W_Q", "W_K", meets=SharesAttention(2))
    work.suggest({Lg: SEED})
    parts = weights(work, n_ctx)
    c_attn = work.define(r"\mathrm{c\_attn}", beside(*parts), meaning="the three side by side")
    embedded = work.given("by_hand/embedding", n_ctx=n_ctx, word=word)
    plain = (embedded["T"].T @ embedded["wte"] + first_rows(embedded["wpe"], len(word))).named(Name("X^{\\mathsf{T}}"))
    X = plain.labelled(AB.tokens(word), plain.columns)
    products(work, X, parts, c_attn, word)

    work.say("In the columns of this package, where a token is a column, the weights of the head are the transposes:")
    W_Q, W_K = (
        work.expand(f"W_{letter}", part.T, origin=Transpose(part.formula))
        for part, letter in zip(parts[:2], "QK", strict=True)
    )
    scale = 1 / sqrt(Integer(scale_of))
    head = Head(W_Q=W_Q, W_K=W_K, scale=scale, name="The head")
    columns = X.T.named(Name("X"))
    work.say("Each query times each key, before the scale: a row for each query, a column for each key.")
    scores = (W_Q @ columns).T @ (W_K @ columns)
    work.equal(scores, window(word), because="$Lg$ where the key is one of the two asked for")
    work.claim(SharesAttention(2), of=head)
    masked(work, word, scores, scale)
    closed_row(work)
    block = Gpt2Block(c_attn, ExactMatrix.zeros(*c_attn.shape[:1] * 2))
    work.figure(
        PatternFigure.of_model(
            gpt2_model(embedded["wte"], embedded["wpe"], [block], "ab", scale=scale), " ".join(word), {Lg: Integer(4)}
        ),
        f"The attention of $\\mathtt{{{word}}}$ where $Lg$ is so small that the leak shows. A row is a query; grey "
        f"keys are hidden by the mask. At $Lg = {SEED}$ nothing but ones, halves and zeros could be seen.",
    )
    mask(work)
    by_numbers(work, n_ctx, scale)
    work.experiment(
        SharesAttention(2),
        of=head,
        closed_form=in_closed_form(scale),
        n_ctx=n_ctx,
        seed=21,
        Lg=[Rational(1, 2), 8, SEED],
    )


def weights(work: Work, n_ctx: int) -> list[ExactMatrix]:
    """The three blocks of c_attn for rows, each with the rule for its entries."""
    stream = Residual(position=OneHot(n_ctx), token=len(AB), v=1)
    size, place = stream.d_model, [stream["position"][i] for i in range(n_ctx)]
    a, b, last = stream["token"][0], stream["token"][1], stream["v"]
    work.section("The weights")
    work.say(
        "The query of a token asks for two positions, its own and the one before; the key tells a position; the value "
        "is 1 for an $\\mathtt{a}$ and $-1$ for a $\\mathtt{b}$, in the last direction. In rows, as GPT-2 has them, "
        f"the three matrices stand side by side and are one of {size} rows and {3 * size} columns, with a bias of "
        "zero. By a rule for the entry in row $i$, the direction that is read, and column $j$, both from 0:"
    )
    asked = {(place[i], place[j]): Lg for i in range(n_ctx) for j in (i - 1, i) if j >= 0}
    told = (
        ("Q", asked, work.rule("q", asks, (size, size), n=n_ctx, g=Lg)),
        ("K", {(one, one): 1 for one in place}, work.rule("k", tells, (size, size), n=n_ctx)),
        ("V", {(a, last): 1, (b, last): -1}, work.rule("v", counts, (size, size), n=n_ctx)),
    )
    work.say("Written out, zeros as dots:")
    found = []
    for letter, entries, rule in told:
        found.append(work.define(f"c_{letter}", stream.matrix(entries)))
        work.equal(rule, found[-1], because="entry by entry")
    return found


def products(work: Work, X: ExactMatrix, parts: list[ExactMatrix], c_attn: ExactMatrix, word: str) -> None:
    """The queries, keys and values of a word, one by one and as one table."""
    size, rows = X.shape[1], range(len(word))
    told = {
        "q": {(i, j): Lg for i in rows for j in (i - 1, i) if j >= 0},
        "k": {(i, i): 1 for i in rows},
        "v": {(i, size - 1): 1 - 2 * token for i, token in enumerate(AB.encode(word))},
    }
    work.section("Queries, keys and values")
    work.say(f"The word $\\mathtt{{{word}}}$ in rows, times each of the three: the queries, the keys and the values.")
    for part, (letter, entries), kind in zip(parts, told.items(), ("queries", "keys", "values"), strict=True):
        block = ExactMatrix.from_entries((len(word), size), entries, X.rows, over(letter, size))
        work.equal(X @ part, block, because=f"a row for each letter: {kind}")
    work.say("Side by side they are one product, the table of queries, keys and values:")
    places = {(i, "qkv".index(letter) * size + j): v for letter, found in told.items() for (i, j), v in found.items()}
    table = ExactMatrix.from_entries((len(word), 3 * size), places, X.rows, c_attn.columns)
    work.equal(X @ c_attn, table, because=f"a row for each letter of $\\mathtt{{{word}}}$")


def window(word: str) -> ExactMatrix:
    """The scores of a word before the scale: Lg for the key itself and for the one before."""
    entries = {(i, j): Lg for i in range(len(word)) for j in (i - 1, i) if j >= 0}
    return ExactMatrix.from_entries((len(word),) * 2, entries, AB.tokens(word), AB.tokens(word))


def masked(work: Work, word: str, scores: ExactMatrix, scale: Expr) -> None:
    """The softmax of the scores of a word with the mask, row by row."""
    size, axis, L = len(word), AB.tokens(word), positive("L", "Lg times the scale")
    seen = [(i, j) for i in range(size) for j in range(i + 1)]
    work.section("Scale, mask and softmax")
    work.say(
        f"Each score is multiplied by the scale, ${latex(scale)}$, kept as it is: write $L$ for $Lg$ times the scale. "
        "The mask adds $-\\infty$ to the score of each key after the query, and 0 to all others. The exponential makes "
        "factors of these, $e^{-\\infty} = 0$ and $e^0 = 1$, and a factor of 0 leaves a key out of the sum:"
    )
    factors = ExactMatrix.from_entries((size, size), dict.fromkeys(seen, 1), axis, axis)
    factors = work.define(r"\mathrm{seen}", factors)
    work.equal(work.rule("m", sees, (size, size)), factors, because="entry by entry")
    work.say("So what the softmax divides are the powers of the scaled scores $s_{ij}$, where the mask leaves them,")
    found = {(i, j): exp(scores[i, j].xreplace({Lg: L / scale}) * scale) * factors[i, j] for i, j in seen}
    powers = work.define("P", ExactMatrix.from_entries((size, size), found, axis, axis), meaning="$m_{ij} e^{s_{ij}}$")
    ones = ExactMatrix.from_entries((size, 1), {(i, 0): 1 for i in range(size)}).named(Name("\\mathbf{1}"))
    sums = [exp(L) if i == 0 else 2 * exp(L) + i - 1 for i in range(size)]
    work.equal(powers @ ones, ExactMatrix.from_entries((size, 1), {(i, 0): s for i, s in enumerate(sums)}, axis))
    work.say("by their sums. Each row over its sum is the attention of the word:")
    shares = {(i, j): (exp(L) if j >= i - 1 else 1) / sums[i] for i, j in seen}
    over_sums = ExactMatrix.from_entries((size, size), {(i, i): 1 / one for i, one in enumerate(sums)})
    work.equal(
        over_sums.named(Name("\\mathrm{diag}(P \\mathbf{1})^{-1}")) @ powers,
        ExactMatrix.from_entries((size, size), shares, axis, axis),
        because="a row for each query",
    )


def first_rows(matrix: ExactMatrix, count: int) -> ExactMatrix:
    return matrix.T.take_columns(range(count)).T.named(matrix.formula)


def in_closed_form(scale: Expr) -> Expr:
    """The attention of row n on key m; in row 0 there is one key only."""
    n, m = integer("n"), integer("m")
    rest = 1 / (2 + (n - 1) * exp(-Lg * scale))
    return Piecewise((1, n < 1), (rest, m > n - 2), (exp(-Lg * scale) * rest, True))


def closed_row(work: Work) -> None:
    """The row of any n, for any number of tokens, its leak, and its limit."""
    i, j = natural("i", "the row of a query, not the first"), integer("j", "a key")
    L = positive("L", "Lg times the scale")
    work.section("The attention row in closed form")
    work.say(
        "Two of the scaled scores of row $i \\ge 1$ are $L$, those of the keys $0, \\ldots, i - "
        "2$ are 0; the mask leaves no others. So each of the two gets $w$, and each of the others $u$:"
    )
    row = exp(L) / (2 * exp(L) + Sum(exp(0 * j), (j, 0, i - 2)))
    won = work.define("w", exp(L) / (2 * exp(L) + i - 1))
    lost = work.define("u", 1 / (2 * exp(L) + i - 1), meaning="each of the keys before")
    work.equal(row, won, because="$i - 1$ terms $e^0 = 1$")
    work.equal(2 * won + (i - 1) * lost, 1, because="two keys in the window and $i - 1$ before it")
    work.say(
        "This holds for a context of any length. Two scales can be meant when the context is made longer: the stream "
        "then has $n_{\\mathrm{ctx}} + 3$ directions, so the root in the scale is either left at $\\sqrt{8}$ or "
        "becomes $\\sqrt{n_{\\mathrm{ctx}} + 3}$. With five tokens the two are the same, and "
        "nothing but $L$ depends on it."
    )
    work.say(
        "Row 1 has no key before the window, and each of its two gets exactly $1/2$. In a later row the leak is what "
        "the keys before the window get together. With $k = i - 1 \\ge 1$ of them:"
    )
    k = natural("k", "keys before the window")
    leak = work.define("\\lambda", 1 - 2 * exp(L) / (2 * exp(L) + k))
    work.equal(leak, k / (2 * exp(L) + k), because="over a common denominator")
    work.at_most(leak, k * exp(-L) / 2, because="the denominator exceeds $2 e^L$")
    work.at_least(leak, 0, because="and it is never quite zero")
    work.say(
        "So each of the two gets $1/2$ in the limit of a large $Lg$, and falls short of it by no more than "
        "$k e^{-L} / 4$. Row 0 has one key only, itself, and gives it everything."
    )
    work.at_most(Rational(1, 2) - exp(L) / (2 * exp(L) + k), k * exp(-L) / 4, because="half of the leak")


def mask(work: Work) -> None:
    """What the mask does: without it the keys after the query would take a little."""
    k = natural("k", "keys before the window")
    later = natural("r", "keys after the query")
    L = positive("L", "Lg times the scale")
    M = positive("M", "what the mask leaves of a key")
    work.section("The mask")
    work.say(
        "The mask takes the $r$ keys after the query out of the sum. They would score 0, as all keys outside the "
        "window do, so without the mask they would take a share of the leak. That is all it does in this head. In "
        "rows $i \\ge 1$ the two in the window would lose no more than"
    )
    with_mask, without = exp(L) / (2 * exp(L) + k), exp(L) / (2 * exp(L) + k + later)
    lost = work.define("\\delta", with_mask - without)
    work.at_most(lost, later * exp(-L) / 4, because="the denominators exceed $2 e^L$")
    work.at_least(lost, 0, because="the mask takes nothing from them")
    work.say("and row 0, whose one key has everything, would lose no more than")
    work.at_most(1 - exp(L) / (exp(L) + later), later * exp(-L), because="the denominator exceeds $e^L$")
    work.say(
        "A real mask leaves a term out of the sum. Programs add $-10^{10}$ to its score instead, which multiplies its "
        "term by $M = e^{-10^{10}}$. The two differ, and by how much can be said:"
    )
    soft = exp(L) / (2 * exp(L) + k + later * M)
    work.at_most(with_mask - soft, later * M * exp(-L) / 4, because="as before, with $M$ for each key after the query")
    work.say("The least double above zero is $2^{-1074}$, and what is less than half of it is rounded to zero:")
    work.at_least(Integer(10) ** 10, 1075 * log(2), because="so $M \\le 2^{-1075}$")
    work.say("So in double precision the term is zero, and a program computes what it would with a real mask.")


def by_numbers(work: Work, n_ctx: int, scale: Expr) -> None:
    """At Lg = 1024 the weights are 1/2 to 150 digits."""
    keys, L = n_ctx - 2, SEED * scale
    digits = int(floor((L - log(Rational(keys, 4))) / log(10)))
    work.section("At $Lg = 1024$")
    work.say(
        f"Then $L = {latex(L)}$. In the last row of {n_ctx} tokens both weights fall short of $1/2$ by at most "
        f"$\\frac{{{keys}}}{{4}} e^{{-L}}$, which is less than $10^{{-{digits}}}$; so the table of ones, halves and "
        f"zeros is "
        "right to far more digits than any program keeps."
    )
    work.at_least(L, digits * log(10) + log(Rational(keys, 4)), because="the logarithm of both sides")
