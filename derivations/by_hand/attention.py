"""The attention head of the transformer by hand: a window of two tokens, with Lg symbolic."""

from sympy import Expr, Integer, Piecewise, Rational, Sum, exp, floor, log, sqrt

from symcircuits import Head, OneHot, Residual, Work, derivation
from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import SharesAttention
from symcircuits.circuit import Vocabulary
from symcircuits.symbols import Lg, integer, natural, positive
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.formulas import Name, Transpose

AB = Vocabulary("ab")
SEED = 1024


def query_entry(read: int, asked: int, n_ctx: int) -> Expr | int:
    """The query of a token at position ``read`` asks for the positions ``read`` and ``read - 1``, with weight Lg."""
    return Lg if read < n_ctx and asked in (read, read - 1) else 0


def key_entry(read: int, told: int, n_ctx: int) -> int:
    """The key of a token tells its position."""
    return 1 if read == told < n_ctx else 0


def value_entry(read: int, told: int, n_ctx: int) -> int:
    """The value of a token is 1 for the letter a and -1 for the letter b, in the last direction."""
    if told != n_ctx + 2:
        return 0
    return {n_ctx: 1, n_ctx + 1: -1}.get(read, 0)


def block(entry: object, n_ctx: int, stream: Residual) -> ExactMatrix:
    """A square matrix from the rule for its entries: the row is the direction read, the column what it becomes."""
    size = range(stream.d_model)
    entries = {(i, j): entry(i, j, n_ctx) for i in size for j in size}
    return ExactMatrix.from_entries((stream.d_model,) * 2, entries, stream)


def beside(*blocks: ExactMatrix) -> ExactMatrix:
    """Square matrices side by side, with the letters q, k, v over their columns."""
    size = blocks[0].shape[0]
    entries = {(i, part * size + j): v for part, one in enumerate(blocks) for (i, j), v in one.entries.items()}
    columns = Axis.of_blocks(*((letter, [f"{letter}_{{{i}}}" for i in range(size)]) for letter in "qkv"), strict=False)
    return ExactMatrix.from_entries((size, len(blocks) * size), entries, blocks[0].rows, columns)


@derivation("by_hand/attention", title="A transformer by hand: the attention head")
def attention(work: Work, n_ctx: int = 5, word: str = "aabaa", scale_of: int = 8) -> None:
    numbers = AB.encode(word)
    work.require(n_ctx >= 3, f"n_ctx must be at least 3, so that a row has a key before the window, got {n_ctx}")
    work.require(len(word) <= n_ctx, f"the word must have at most n_ctx = {n_ctx} letters, got {len(word)}: {word}")
    work.require(scale_of >= 1, f"scale_of, the number under the root of the scale, must be positive, got {scale_of}")
    stream = Residual(position=OneHot(n_ctx), token=len(AB), v=1)
    size = stream.d_model
    work.problem(
        "Assign $\\mathrm{c\\_attn}$ so that every token attends equally to itself and to the token before it, and to "
        f"no other, as nearly as a large number $Lg$ allows. Give the queries, keys and values of "
        f"$\\mathtt{{{word}}}$, "
        "and the attention rows in closed form, for any length of the context."
    )
    work.suggest({Lg: SEED})
    work.section("The weights")
    work.say(
        "The query of a token asks for two positions, its own and the one before; the key tells a position; the value "
        "is 1 for an $\\mathtt{a}$ and $-1$ for a $\\mathtt{b}$, in the last direction. In rows, as GPT-2 has them, "
        "the "
        f"three matrices stand side by side and are one of {size} rows and {3 * size} columns, with a bias of zero."
    )
    rules = ((query_entry, "Q"), (key_entry, "K"), (value_entry, "V"))
    parts = [work.define(f"c_{letter}", block(entry, n_ctx, stream)) for entry, letter in rules]
    c_attn = work.define(r"\mathrm{c\_attn}", beside(*parts), meaning="the three side by side")
    embedded = work.given("by_hand/embedding", n_ctx=n_ctx, word=word)
    X = (embedded["T"].T @ embedded["wte"] + first_rows(embedded["wpe"], len(word))).named(Name("X^{\\mathsf{T}}"))

    work.section("Queries, keys and values")
    rows = range(len(word))
    told = {
        "Q": {(i, place): Lg for i in rows for place in (i, i - 1) if place >= 0},
        "K": {(i, i): 1 for i in rows},
        "V": {(i, size - 1): 1 - 2 * token for i, token in enumerate(numbers)},
    }
    work.say(f"The word $\\mathtt{{{word}}}$ in rows, times each of the three: the queries, the keys and the values.")
    for part, (letter, entries) in zip(parts, told.items(), strict=True):
        table = ExactMatrix.from_entries((len(word), size), entries, X.rows)
        work.equal(
            X @ part, table, because=f"a row for each letter, {'queries keys values'.split()['QKV'.index(letter)]}"
        )
    work.say("Side by side they are one product, the table of queries, keys and values:")
    places = {(i, "QKV".index(letter) * size + j): v for letter, found in told.items() for (i, j), v in found.items()}
    table = ExactMatrix.from_entries((len(word), 3 * size), places, X.rows, c_attn.columns)
    work.equal(X @ c_attn, table, because=f"a row for each letter of $\\mathtt{{{word}}}$")
    W_Q, W_K = (
        work.expand(f"W_{letter}", part.T, origin=Transpose(part.formula))
        for part, letter in zip(parts[:2], "QK", strict=True)
    )
    scale = 1 / sqrt(Integer(scale_of))
    head = Head(W_Q=W_Q, W_K=W_K, scale=scale, name="The head")
    window = {(i, j): Lg for i in range(len(word)) for j in (i - 1, i) if j >= 0}
    scores = ExactMatrix.from_entries((len(word),) * 2, window)
    columns = X.T.named(Name("X"))
    work.say("Each query times each key, before the scale:")
    work.equal((W_Q @ columns).T @ (W_K @ columns), scores, because="$Lg$ where the key is one of the two asked for")
    work.claim(SharesAttention(2), of=head)
    closed_row(work)
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
        "Write $L$ for $Lg$ times the scale. Two scores of row $i \\ge 1$ are $L$, those of the keys $0, \\ldots, i - "
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
        "becomes $\\sqrt{n_{\\mathrm{ctx}} + 3}$. Nothing but $L$ depends on this."
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
