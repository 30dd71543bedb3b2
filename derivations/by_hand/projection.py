"""The values of the transformer by hand, and what its output matrix and bias make of them."""

from sympy import Expr, Integer, Rational, exp, sqrt

from symcircuits import Work, derivation
from symcircuits.algebra import Between, ExactMatrix, row_of
from symcircuits.behaviours import Computes, Predicts, TellsPair
from symcircuits.circuit import Gpt2Block, OneHot, Residual, Transformer, Vocabulary, gpt2_model
from symcircuits.symbols import Lg, natural, positive, real
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.formulas import Name, Transpose

AB = Vocabulary("ab")
SEED = 1024
SIGN = {"a": 1, "b": -1}
OTHER = str.maketrans("ab", "ba")
C_ATTN = r"\mathrm{c\_attn}"


def checked(work: Work, n_ctx: int, word: str) -> None:
    AB.encode(word)
    work.require(n_ctx >= 3, f"n_ctx must be at least 3, so that a row has a key before the window, got {n_ctx}")
    work.require(len(word) <= n_ctx, f"the word must have at most n_ctx = {n_ctx} letters, got {len(word)}: {word}")


def window_and_rest(word: str, row: int) -> tuple[int, int, int]:
    """The sum of the values in the window of a row, the sum of those before it, and how many these are."""
    signs = [SIGN[letter] for letter in word[: row + 1]]
    return sum(signs[-2:]), sum(signs[:-2]), max(0, row - 1)


def closed_value(word: str, row: int, scale: Expr) -> Expr:
    """What the head gets in a row, in closed form."""
    E = exp(Lg * scale)
    window, rest, keys = window_and_rest(word, row)
    return Integer(window) if row == 0 else (window * E + rest) / (2 * E + keys)


@derivation("by_hand/values", title="A transformer by hand: the values")
def values(work: Work, n_ctx: int = 5, word: str = "aabaa") -> None:
    checked(work, n_ctx, word)
    work.problem(
        "The window holds two tokens. After $\\mathtt{aa}$ the model must say $\\mathtt{b}$, after $\\mathtt{ab}$ and "
        "$\\mathtt{ba}$ it must say $\\mathtt{a}$. Give the values by which a mean of two tells these cases apart."
    )
    tells = TellsPair("aa", ("ab", "ba"))
    work.asks("W_V", meets=tells, stream=Residual(position=OneHot(n_ctx), token=len(AB), v=1))
    embedded = work.given("by_hand/embedding", n_ctx=n_ctx, word=word)
    attended = work.given("by_hand/attention", n_ctx=n_ctx, word=word)
    stream = Residual(position=OneHot(n_ctx), token=len(AB), v=1)
    work.suggest({Lg: SEED})
    work.section("One number for a token")
    work.say(
        "The value of a token is 1 for an $\\mathtt{a}$ and $-1$ for a $\\mathtt{b}$, in the last direction, and zero "
        "elsewhere: two unit columns become a code of one number."
    )
    c_V = attended["c_V"]
    code = ExactMatrix.from_entries((len(AB), stream.d_model), {(0, n_ctx + 2): 1, (1, n_ctx + 2): -1}, AB.axis())
    work.equal(embedded["wte"] @ c_V, code, because="a row for each letter of the vocabulary")
    work.equal(embedded["wpe"] @ c_V, ExactMatrix.zeros(n_ctx, stream.d_model), because="a position has no value")
    work.say("In the columns of this package, where a token is a column, the value matrix is the transpose:")
    W_V = work.expand("W_V", c_V.T, origin=Transpose(c_V.formula))
    work.equal(W_V @ embedded["W_E"], code.T, because="a column for each letter")

    cancelling(work)
    work.section("With the leak")
    leaking(work)
    work.section(f"The word $\\mathtt{{{word}}}$")
    work.say(
        "What the head gets for each token, the window and the leak, in the last direction and zero elsewhere. To look "
        "at it, let the output matrix leave the values as they are:"
    )
    scale = 1 / sqrt(Integer(8))
    got = {(row, stream.d_model - 1): closed_value(word, row, scale) for row in range(len(word))}
    table = ExactMatrix.from_entries((len(word), stream.d_model), got, AB.tokens(word), stream)
    write = work.define("W_O", stream.matrix({(stream["v"], stream["v"]): 1}), meaning="the value as it is, for now")
    model = gpt2_model(
        embedded["wte"],
        embedded["wpe"],
        [Gpt2Block(attended[C_ATTN], write.T)],
        "ab",
        scale=scale,
        name="The head alone",
    )
    work.claim(tells, of=model)
    held = embedding_of(word, embedded["wte"], embedded["wpe"])
    moved = model.forward(word)[-1] - held.labelled(None, None).labelled(model.W_E.rows, None)
    shown = moved.T.labelled(AB.tokens(word), stream).named(Name("V(X)^{\\mathsf{T}}"))
    work.equal(shown, table, because="the head run with its softmax, a row for each token")
    for text in runs_of(word):
        rows = {(stream.d_model - 1, row): closed_value(text, row, scale) for row in range(len(text))}
        stream_after(work, model, text, rows, embedded["wte"], embedded["wpe"])


def cancelling(work: Work) -> None:
    """What the mean of two values tells of a pair of letters, and what it does not."""
    work.section("Two that cancel")
    work.say(
        "Two tokens that share the attention give the mean of their values. Equal letters add up, different ones "
        "cancel, and that is the whole rule: 1 says $\\mathtt{b}$, 0 says $\\mathtt{a}$."
    )
    pairs = ["aa", "ab", "ba", "bb"]
    axis = Axis.of_blocks(("", [rf"\mathtt{{{pair}}}" for pair in pairs]), strict=False)
    found = ExactMatrix.from_rows([[SIGN[one], SIGN[other]] for one, other in pairs]).labelled(axis, None)
    signs = work.define("S", found, meaning="the values of the two, for each pair of letters")
    halves = work.define("h", row_of([Rational(1, 2)] * 2).T, meaning="the attention in the window")
    means = ExactMatrix.from_rows([[1], [0], [0], [-1]]).labelled(axis, None)
    reason = "$0.5 + 0.5$, $0.5 - 0.5$, $-0.5 + 0.5$ and $-0.5 - 0.5$"
    work.equal(signs @ halves, means, because=reason)
    work.say("The mean does not tell $\\mathtt{ab}$ from $\\mathtt{ba}$, and need not. Half of the difference would:")
    opposite = row_of([Rational(1, 2), -Rational(1, 2)]).T.named(Name("(0.5, -0.5)^{\\mathsf{T}}"))
    apart = ExactMatrix.from_rows([[0], [1], [-1], [0]]).labelled(axis, None)
    work.equal(signs @ opposite, apart, because="the two letters have opposite weights")
    work.say(
        "The pair $\\mathtt{bb}$ does not occur in $(\\mathtt{aab})^*$. It gets $-1$, on the same side as 0, so the "
        "model says $\\mathtt{a}$ there too, which is how it finds back to the pattern."
    )


def runs_of(word: str) -> list[str]:
    """The word; the word with its last letter exchanged, so that what is read from a place can be told from what is
    read from a letter; and what is left without the first letter, which may begin with two different letters where the
    word does not, so that it shows where the second token attends."""
    return [text for text in (word, word[:-1] + word[-1].translate(OTHER), word[1:]) if text]


def embedding_of(text: str, wte: ExactMatrix, wpe: ExactMatrix) -> ExactMatrix:
    """A column for each letter, the sum of its two rows."""
    return (AB.one_hot(text).T @ wte + first_rows(wpe, len(text))).T


def stream_after(
    work: Work,
    model: Transformer,
    text: str,
    added: dict[tuple[int, int], Expr],
    wte: ExactMatrix,
    wpe: ExactMatrix,
) -> None:
    """Runs of a model on a text: its stream is the embedding and what is added to it in these places."""
    held = embedding_of(text, wte, wpe).labelled(None, None)
    table = held + ExactMatrix.from_entries(held.shape, added)
    work.experiment(Computes(text, table, "stream"), of=model, n_ctx=wpe.shape[0], Lg=[Rational(1, 2), 8, SEED])


def first_rows(matrix: ExactMatrix, count: int) -> ExactMatrix:
    return matrix.T.take_columns(range(count)).T


def leaking(work: Work) -> None:
    """The value of a row for a window sum s and a sum S of k keys before it."""
    E = positive("E", "the exponential of Lg times the scale")
    k = natural("k", "keys before the window")
    s, S = real("s", "the sum of the values in the window"), real("S", "the sum of the values before the window")
    work.say(
        "Write $E = e^L$ with $L$ for $Lg$ times the scale, $s$ for the sum of the two values in the window, 2, 0 or "
        "$-2$, and $S$ for the sum of the values of the $k$ keys before it. The row gets"
    )
    got = work.define("v", (s * E + S) / (2 * E + k))
    work.equal(got - s / 2, (2 * S - s * k) / (2 * (2 * E + k)), because="what the leak moves it by")
    work.say("At worst all keys before the window hold the other letter, $S = -k$ after $\\mathtt{aa}$:")
    worst = got.xreplace({s: Integer(2), S: -k})
    work.equal(1 - worst, 2 * k / (2 * E + k), because="$s = 2$, $S = -k$")
    work.at_most(1 - worst, k / E, because="the denominator exceeds $2 E$")


@derivation("by_hand/projection", title="A transformer by hand: back to the tokens")
def projection(work: Work, n_ctx: int = 5, word: str = "aabaa") -> None:
    checked(work, n_ctx, word)
    stream = Residual(position=OneHot(n_ctx), token=len(AB), v=1)
    a, b = stream["token"][0], stream["token"][1]
    work.problem(
        "In its last dimension the head has 1 where the next letter is $\\mathtt{b}$ and 0 where it is $\\mathtt{a}$, "
        "but for the leak. Assign "
        "$\\mathrm{c\\_proj}$ and its bias so that the directions of the two tokens hold the answer, large enough to "
        f"drown what the stream holds already, for every $Lg > {SEED}$. What does the bias do?"
    )
    work.asks("W_O", "b_O", meets=cut_from_it(n_ctx), stream=stream)
    work.suggest({Lg: SEED})
    work.section("The weights")
    work.say(
        "One number is to set two directions. The bias says $\\mathtt{a}$ to begin with, by $Lg$; the value takes it "
        "away there and adds it to $\\mathtt{b}$. In rows, the matrix has its two entries in the last row."
    )
    w = work.define("c_proj", stream.matrix({(stream["v"], a): -Lg, (stream["v"], b): Lg}))
    bias = work.define("c_bias", stream.unit(a).T * Lg)
    v = real("v", "the value that a row gets")
    row = stream.unit(stream["v"]).T * v
    written = ExactMatrix.from_entries((1, stream.d_model), {(0, n_ctx): Lg - Lg * v, (0, n_ctx + 1): Lg * v})
    work.equal(row.named(Name("h")) @ w + bias, written, because="a row that holds $v$ in its last direction")
    work.say(
        "A 1 becomes a large 1 for $\\mathtt{b}$, a 0 a large 1 for $\\mathtt{a}$; for the rows of the word, by the "
        "letters in each window:"
    )
    limits = [window_and_rest(word, i)[0] * (Rational(1, 2) if i else 1) for i in range(len(word))]
    hard = {(i, n_ctx + 2): x for i, x in enumerate(limits)}
    H = work.define(
        "H",
        ExactMatrix.from_entries((len(word), stream.d_model), hard, AB.tokens(word), stream),
        meaning="what the head gets, with the leak left out",
    )
    ones = ExactMatrix.from_entries((len(word), 1), {(i, 0): 1 for i in range(len(word))}).named(Name(r"\mathbf{1}"))
    table = {(i, n_ctx): Lg * (1 - x) for i, x in enumerate(limits)} | {
        (i, n_ctx + 1): Lg * x for i, x in enumerate(limits)
    }
    work.equal(
        H @ w + ones @ bias,
        ExactMatrix.from_entries((len(word), stream.d_model), table, AB.tokens(word), stream),
        because="a row for each token",
    )
    work.section("The bias sets the threshold")
    threshold_of_the_bias(work, v)
    whole_model(work, n_ctx, word, w, bias)


def cut_from_it(n_ctx: int) -> Predicts:
    """The right letter after every context of at least two letters, for all large Lg."""
    cuts = Predicts.cut_from("aab", range(2, n_ctx + 1))
    return Predicts(cuts.answers, cuts.contexts, Between(Lg, SEED))


def whole_model(work: Work, n_ctx: int, word: str, w: ExactMatrix, bias: ExactMatrix) -> None:
    """A run of the head with its output matrix and bias: what stands in the directions of the two tokens."""
    embedded = work.given("by_hand/embedding", n_ctx=n_ctx, word=word)
    attended = work.given("by_hand/attention", n_ctx=n_ctx, word=word)
    work.section("The whole model")
    work.say(
        "In the columns of this package the output matrix and its bias are the transposes. Behind the embedding and "
        "the head they make the model, which is run on every context with $Lg$ as a symbol:"
    )
    W_O = work.expand("W_O", w.T, origin=Transpose(w.formula))
    b_O = work.expand("b_O", bias.T, origin=Transpose(bias.formula))
    scale = 1 / sqrt(Integer(8))
    block = Gpt2Block(attended[C_ATTN], W_O.T, c_proj_bias=b_O.T)
    model = gpt2_model(embedded["wte"], embedded["wpe"], [block], "ab", scale=scale, name="The model")
    work.claim(cut_from_it(n_ctx), of=model)
    for text in runs_of(word):
        got = [closed_value(text, row, scale) for row in range(len(text))]
        answers = {(n_ctx, row): Lg * (1 - v) for row, v in enumerate(got)}
        answers |= {(n_ctx + 1, row): Lg * v for row, v in enumerate(got)}
        stream_after(work, model, text, answers, embedded["wte"], embedded["wpe"])


def threshold_of_the_bias(work: Work, v: Expr) -> None:
    """With a bias of beta Lg the answer changes at v = beta / 2, but for what the stream holds already."""
    bias, r = real("B", "the bias over Lg"), real("r", "the logit of b less that of a that the stream holds already")
    work.say(
        "Let the bias be $B Lg$ for any $B$. The logit of $\\mathtt{b}$ less that of $\\mathtt{a}$ is then, with $r$ "
        "for what the stream holds of it already, $-1$ for a token $\\mathtt{a}$ and 1 for a $\\mathtt{b}$:"
    )
    gap = work.define("d", Lg * v - (bias * Lg - Lg * v) + r)
    work.equal(gap, 2 * Lg * (v - bias / 2) + r, because="collected")
    work.say(
        "So without $r$ the model says $\\mathtt{b}$ exactly where $v$ exceeds $B / 2$. Two cases are to be told "
        "apart, $v = 1$ after $\\mathtt{aa}$, where $d$ must be positive, and $v = 0$ after $\\mathtt{ab}$ and "
        "$\\mathtt{ba}$, where it must be negative. Their margins are"
    )
    one = work.define("m_1", 2 * Lg * (1 - bias / 2) + r, meaning="$d$ at $v = 1$")
    zero = work.define("m_0", Lg * bias - r, meaning="$-d$ at $v = 0$")
    work.equal(gap.xreplace({v: Integer(1)}), one, because="put in")
    work.equal(gap + 2 * Lg * (1 - v), one, because="the same, from any $v$")
    work.equal(one + zero, 2 * Lg, because="whatever the bias is")
    work.say(
        "Their sum does not depend on the bias, so the smaller of the two is largest where they are equal but for $r$, "
        "at $B = 1$: the bias $Lg$ puts the threshold halfway. There the margins are $Lg + r$ and $Lg - r$, and "
        "since a token pulls towards itself by $|r| = 1$, both $\\mathtt{aa}$ and $\\mathtt{ab}$ need $Lg > 1$ even "
        "without a leak. Without a bias the case $v = 0$ is a tie but for $r$, and the model repeats the letter that "
        "it has just seen."
    )
