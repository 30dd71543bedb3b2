"""Every table of the transformer by hand with the number put in, and how far each is from what is usually printed."""

from sympy import Expr, Integer, Rational, exp, sqrt

from symcircuits import OneHot, Residual, Work, derivation
from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import Answer, Computes, Predicts
from symcircuits.circuit import Gpt2Block, Transformer, Vocabulary, gpt2_model
from symcircuits.symbols import Lg
from symcircuits.typeset.formulas import Name
from symcircuits.worked import RoundedRow

AB = Vocabulary("ab")
SIGN = {"a": 1, "b": -1}
SEED = 1024
NUMBER = {Lg: Integer(SEED)}
PLACES, SURE = 150, 400

Entries = dict[tuple[int, int], Expr | int]


@derivation("by_hand/tables", title="A transformer by hand: every table at Lg = 1024")
def tables(work: Work, n_ctx: int = 5, word: str = "aabaa") -> None:
    AB.encode(word)
    work.require(n_ctx >= 3, f"n_ctx must be at least 3, so that a row has a key before the window, got {n_ctx}")
    work.require(3 <= len(word) <= n_ctx, f"the word must have 3 to n_ctx = {n_ctx} letters, got {len(word)}: {word}")
    work.problem(
        f"Put $Lg = {SEED}$ into every table of the run on $\\mathtt{{{word}}}$: queries, keys and values, scores, "
        "attention, what the head gets, what the block writes, logits and probabilities. Which of the numbers are "
        "exact, and how far are the others from the whole numbers and halves that are usually printed?"
    )
    work.suggest({Lg: SEED})
    embedded = work.given("by_hand/embedding", n_ctx=n_ctx, word=word)
    attended = work.given("by_hand/attention", n_ctx=n_ctx, word=word)
    projected = work.given("by_hand/projection", n_ctx=n_ctx, word=word)
    c_attn = attended[r"\mathrm{c\_attn}"]
    block = Gpt2Block(c_attn, projected["c_proj"], c_proj_bias=projected["c_bias"])
    scaled, plain = (
        gpt2_model(embedded["wte"], embedded["wpe"], [block], "ab", scale=scale, name="The model")
        for scale in (1 / sqrt(Integer(8)), Integer(1))
    )
    values = exact_tables(work, scaled, c_attn.substitute(NUMBER), word)
    printed = rounded_tables(work, scaled, values, word)
    logits = ExactMatrix.from_entries((len(word), 2), {(i, j - n_ctx): printed[i, j] for i, j in printed if j >= n_ctx})
    logits_and_probabilities(work, scaled, logits, word)
    printed_otherwise(work, plain, word)
    stream = ExactMatrix.from_entries((len(word), scaled.d_model), printed)
    work.experiment(Computes(word, stream.T, "stream"), of=scaled, n_ctx=n_ctx, Lg=[SEED])
    work.experiment(Computes(word, logits.T), of=scaled, n_ctx=n_ctx, Lg=[SEED])


def exact_tables(work: Work, model: Transformer, c_attn: ExactMatrix, word: str) -> ExactMatrix:
    """The tables in which nothing is rounded; the values are returned, a row for each token."""
    size, rows = model.d_model, range(len(word))
    X = model.embed(word).T.labelled(AB.tokens(word), None).named(Name("X^{\\mathsf{T}}"))
    window: Entries = {(i, j): SEED for i in rows for j in (i - 1, i) if j >= 0}
    own: Entries = {(i, size + i): 1 for i in rows}
    signs: Entries = {(i, 3 * size - 1): SIGN[letter] for i, letter in enumerate(word)}
    plain = c_attn.labelled(None, c_attn.columns).named(Name(r"\mathrm{c\_attn}"))
    work.section("Exact tables")
    work.say("Products of whole numbers are whole. Nothing is rounded in the table of queries, keys and values,")
    table = ExactMatrix.from_entries((len(word), 3 * size), window | own | signs, X.rows, c_attn.columns)
    work.equal(X @ plain, table, because="a row for each token")
    work.say("nor in that of the scores, each query times each key, before scale and mask:")
    parts = (plain.labelled(None, None).take_columns(range(k * size, (k + 1) * size)) for k in range(3))
    q, k, v = ((X @ part).named(Name(letter)) for part, letter in zip(parts, "qkv", strict=True))
    work.equal(q @ k.T, ExactMatrix.from_entries((len(word),) * 2, window, X.rows, X.rows))
    return v


def rounded_tables(work: Work, model: Transformer, values: ExactMatrix, word: str) -> Entries:
    """The tables behind the softmax; what is printed of the stream after the block is returned."""
    size, shares = model.d_model, [Rational(1, min(2, i + 1)) for i in range(len(word))]
    got = [share * sum(SIGN[one] for one in word[max(0, i - 1) : i + 1]) for i, share in enumerate(shares)]
    work.section("Tables behind the softmax")
    work.say(
        f"From here on there is a leak. What is printed is what is computed, rounded, and rounded to {PLACES} decimals "
        "it is still the same: all further digits up to there are zeros."
    )
    pattern = attention(work, model, word, "The attention, scaled and masked: a row for each query.", PLACES)
    directions = [f"${label}$" for label in Residual(position=OneHot(size - 3), token=2, v=1).labels]
    read = pattern @ values
    caption = "What the head gets, the attention times the values: half of each of the two in the window, in row 0 all."
    rounded(work, caption, directions, read, {(i, size - 1): x for i, x in enumerate(got)}, word)
    before, after = model.embed(word).T, model.forward(word)[-1].T.substitute(NUMBER)
    adds: Entries = {(i, size - 3): SEED * (1 - x) for i, x in enumerate(got)}
    adds |= {(i, size - 2): SEED * x for i, x in enumerate(got)}
    rounded(work, "What the output matrix and its bias make of it.", directions, after - before, adds, word)
    holds = {place: adds.get(place, 0) + before.entries.get(place, 0) for place in {*adds, *before.entries}}
    caption = "The stream after the block: what the embedding put there, and the table before."
    rounded(work, caption, directions, after, holds, word)
    return holds


def attention(work: Work, model: Transformer, word: str, caption: str, places: int) -> ExactMatrix:
    """The table of the attention, which is returned."""
    size = len(word)
    window: Entries = {(i, j): Rational(1, min(2, i + 1)) for i in range(size) for j in (i - 1, i) if j >= 0}
    pattern = model.pattern(0, 0, model.embed(word)).substitute(NUMBER)
    rounded(work, caption, [f"key {j}" for j in range(size)], pattern, window, word, places)
    return pattern


def rounded(
    work: Work, caption: str, columns: list[str], found: ExactMatrix, printed: Entries, word: str, places: int = PLACES
) -> None:
    """A table of what is printed for each entry that was computed, with a row for each token."""
    rows = []
    for i, letter in enumerate(word):
        decimals = (_decimal(Rational(printed.get((i, j), 0))) for j in range(len(columns)))
        values = (found[i, j] for j in range(len(columns)))
        rows.append(RoundedRow((f"{i} $\\mathtt{{{letter}}}$",), tuple(values), tuple(decimals), places))
    work.table(f"{caption} Right to {places} decimals.", ("token", *columns), rows)


def _decimal(number: Rational) -> str:
    """A whole number or a half."""
    whole, half = divmod(number, 1)
    return f"{whole}.5" if half else str(whole)


def logits_and_probabilities(work: Work, model: Transformer, printed: ExactMatrix, word: str) -> None:
    """What the unembedding reads, its softmax, and what the model says after each prefix."""
    size, letters = model.d_model, [f"$\\mathtt{{{letter}}}$" for letter in "ab"]
    stream = model.forward(word)[-1].T.substitute(NUMBER).named(Name("Y^{\\mathsf{T}}"))
    work.section("Logits and probabilities")
    work.say("The token embedding reads two directions of the stream $Y$ after the block, each as it stands:")
    logits = model.logits(word).T.substitute(NUMBER).named(Name("\\mathrm{logits}^{\\mathsf{T}}"))
    work.equal(logits, stream.take_columns((size - 3, size - 2)), because="one direction for each letter")
    rounded(work, "The logits.", letters, logits, dict(printed.entries), word)
    best = [int(bool(printed[i, 1] > printed[i, 0])) for i in range(len(word))]
    chances = {(i, j): 1 / (1 + exp(logits[i, 1 - j] - logits[i, j])) for i in range(len(word)) for j in (0, 1)}
    softmax = ExactMatrix.from_entries((len(word), 2), chances)
    sure: Entries = dict.fromkeys(enumerate(best), 1)
    rounded(work, "The probabilities.", letters, softmax, sure, word, SURE)
    work.say(
        "So each prefix has its answer. The first is a free choice, since $\\mathtt{a}$ may be followed by either "
        "letter; what follows the whole word is in the last row, and generating text needs no other."
    )
    answers = tuple(Answer(word[: i + 1], "ab"[token]) for i, token in enumerate(best))
    work.claim(Predicts(answers, f"{len(word)} prefixes of {word}"), of=model, at=NUMBER, n_ctx=len(word))


def printed_otherwise(work: Work, plain: Transformer, word: str) -> None:
    """What a published version of this construction prints otherwise."""
    work.section("Two remarks on what is printed elsewhere")
    work.say(
        "A published version of this construction shows the same tables. It gives the formula of the attention now "
        "with the scale and now without, and one table for both. After rounding that is right; without the scale the "
        "zeros go on for longer:"
    )
    attention(work, plain, word, "The attention without the scale, and masked.", SURE)
    work.say(
        "It calls the row that attends to tokens 1 and 2 row 3. Counted from 0, as everything else there, it is row 2, "
        "that of the third token, and it answers what comes fourth."
    )
