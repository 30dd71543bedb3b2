"""The logits of the transformer by hand, and the probabilities, in closed form and at Lg = 1024."""

from sympy import Expr, Integer, Rational, exp, floor, log, sqrt

from symcircuits import Work, derivation
from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import Computes
from symcircuits.circuit import Gpt2Block, Transformer, Vocabulary, gpt2_model
from symcircuits.symbols import Lg, positive, real
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.formulas import Name

AB = Vocabulary("ab")
SIGN = {"a": 1, "b": -1}
SEED = 1024


def hand_made(work: Work, n_ctx: int, word: str, scale: Expr) -> Transformer:
    """The model, from the weights of the parts before."""
    embedded = work.given("by_hand/embedding", n_ctx=n_ctx, word=word)
    attended = work.given("by_hand/attention", n_ctx=n_ctx, word=word)
    projected = work.given("by_hand/projection", n_ctx=n_ctx, word=word)
    block = Gpt2Block(attended[r"\mathrm{c\_attn}"], projected["c_proj"], c_proj_bias=projected["c_bias"])
    return gpt2_model(embedded["wte"], embedded["wpe"], [block], "ab", scale=scale, name="The model")


def closed_value(word: str, row: int, scale: Expr) -> Expr:
    """What the head gets in a row: the window, and the leak."""
    signs, E = [SIGN[letter] for letter in word[: row + 1]], exp(Lg * scale)
    if row == 0:
        return Integer(signs[0])
    return (sum(signs[-2:]) * E + sum(signs[:-2])) / (2 * E + row - 1)


def closed_logits(word: str, scale: Expr) -> dict[tuple[int, int], Expr]:
    """Both logits of every row: the letter seen, the bias, and the value."""
    entries = {}
    for row, letter in enumerate(word):
        v = closed_value(word, row, scale)
        entries |= {(0, row): int(letter == "a") + Lg * (1 - v), (1, row): int(letter == "b") + Lg * v}
    return entries


@derivation("by_hand/logits", title="A transformer by hand: logits and probabilities")
def logits(work: Work, n_ctx: int = 5, word: str = "aabaa", scale_of: int = 8) -> None:
    AB.encode(word)
    work.require(n_ctx >= 3, f"n_ctx must be at least 3, so that a row has a key before the window, got {n_ctx}")
    work.require(3 <= len(word) <= n_ctx, f"the word must have 3 to n_ctx = {n_ctx} letters, got {len(word)}: {word}")
    work.require(scale_of >= 1, f"scale_of, the number under the root of the scale, must be positive, got {scale_of}")
    scale = 1 / sqrt(Integer(scale_of))
    work.problem(
        f"Run the whole model on $\\mathtt{{{word}}}$ with $Lg$ as a symbol. What are the logits and the "
        f"probabilities, exactly, and what is left of them at $Lg = {SEED}$ after rounding?"
    )
    work.suggest({Lg: SEED})
    model = hand_made(work, n_ctx, word, scale)
    work.section("Logits in closed form")
    work.say(
        "The stream of a token is what it was plus what the head writes, and the token embedding reads both: 1 for the "
        "letter that is there, and the answer of the head, by $Lg$. Every row of the table belongs to a token; the "
        "letter in its label is the one that has just been seen."
    )
    axis = AB.tokens(word)
    table = ExactMatrix.from_entries((2, len(word)), closed_logits(word, scale), AB.axis(), axis)
    found = model.logits(word).labelled(AB.axis(), axis).named(Name("\\mathrm{logits}"))
    work.equal(found.T, table.T, because="embedding, head, output and unembedding, run exactly")
    work.claim(Computes(word, table), of=model)
    work.section("Probabilities")
    probabilities(work)
    work.section(f"At $Lg = {SEED}$")
    rounded(work, found, word, scale)
    work.section("Sampling")
    sampling(work, word, scale)
    work.experiment(Computes(word, table), of=model, n_ctx=n_ctx, Lg=[Rational(1, 2), 3, SEED])
    # One may begin with two different letters where the word does not; the other tells a place from its letter.
    for text in (word[1:], word[:-1] + ("b" if word[-1] == "a" else "a")):
        table = ExactMatrix.from_entries((2, len(text)), closed_logits(text, scale))
        work.experiment(Computes(text, table), of=model, n_ctx=n_ctx, Lg=[Rational(1, 2), SEED])


def probabilities(work: Work) -> None:
    s, t = real("s", "the logit of a"), real("t", "the logit of b")
    work.say("Of two logits the softmax makes one number, a logistic function of their difference:")
    work.equal(exp(t) / (exp(s) + exp(t)), 1 / (1 + exp(s - t)), because="the probability of $\\mathtt{b}$")
    d = positive("d", "by how much the larger logit exceeds the other")
    work.say("If the right letter is ahead by $d$, the other one keeps no more than $e^{-d}$:")
    work.at_most(1 / (1 + exp(d)), exp(-d), because="the denominator exceeds $e^d$")


def rounded(work: Work, found: ExactMatrix, word: str, scale: Expr) -> None:
    """Every logit is a whole number to far more digits than are printed."""
    E, rows = exp(Lg * scale), range(len(word))
    hard = {(token, row): value for row in rows for token, value in enumerate(without_leak(word, row, Lg))}
    leaks = {(1, row): leaked(word, row) / (2 * E + row - 1) for row in rows if row > 1}
    leaks |= {(0, row): -value for (_, row), value in leaks.items()}
    H = ExactMatrix.from_entries((2, len(word)), hard).named(Name("H"))
    D = ExactMatrix.from_entries((2, len(word)), leaks).named(Name("D"))
    work.say(
        "The logits are those of a head without a leak, $H$, and $Lg$ times what the leak adds to the value, $D$, "
        "whose two rows are opposite:"
    )
    work.equal(found, (H + D * Lg).labelled(AB.axis(), None), because="the window apart from the keys before it")
    shown = {(token, row): value for row in rows for token, value in enumerate(without_leak(word, row, Integer(SEED)))}
    work.say(f"At $Lg = {SEED}$ the first part is whole, and is what a table without decimals shows:")
    work.equal(
        H.T.substitute({Lg: Integer(SEED)}).named(Name(f"H^{{\\mathsf{{T}}}}({SEED})")),
        ExactMatrix.from_entries((2, len(word)), shown).T.labelled(None, AB.axis()),
        because="a row for each token, with zeros as dots",
    )
    worst = max(abs(leaked(word, row)) for row in rows)
    work.require(worst > 0, f"expected a word with some leak, got {word}")
    L = SEED * scale
    digits = int(floor((L - log(worst * SEED / 2)) / log(10)))
    work.say(
        f"The second part is at most ${latex(worst * SEED / 2)} \\, e^{{-L}}$ with "
        f"$L = {latex(L)}$, so every logit is right to {digits} decimals:"
    )
    work.at_least(L, digits * log(10) + log(worst * SEED / 2), because="the logarithm of both sides")


def without_leak(word: str, row: int, large: Expr) -> tuple[Expr, Expr]:
    """The logits of a and b in a row, if the window had all the attention."""
    v = limit(word, row)
    return int(word[row] == "a") + large * (1 - v), int(word[row] == "b") + large * v


def limit(word: str, row: int) -> Expr:
    signs = [SIGN[letter] for letter in word[: row + 1]]
    return Integer(signs[0]) if row == 0 else Rational(sum(signs[-2:]), 2)


def leaked(word: str, row: int) -> Expr:
    """What the leak adds to the value, times the sum of exponentials: the keys before, less their share."""
    return sum(SIGN[letter] for letter in word[: max(row - 1, 0)]) - limit(word, row) * max(row - 1, 0)


def sampling(work: Work, word: str, scale: Expr) -> None:
    """At any usual temperature a sample is the same as the largest logit."""
    tau, d = positive("tau", "a temperature", r"\tau"), positive("d", "by how much a logit is ahead")
    values = {place: value.xreplace({Lg: Integer(SEED)}) for place, value in closed_logits(word, scale).items()}
    work.say("How far the better logit is ahead, in each row:")
    for row in range(len(word)):
        better = 1 if limit(word, row) == 1 else 0
        work.at_least(
            values[better, row] - values[1 - better, row],
            SEED - 2,
            because=f"row {row}, for $\\mathtt{{{'ab'[better]}}}$",
        )
    work.say(
        "Sampling at a temperature $\\tau$ divides the logits by it. The other letter then comes up with a "
        "probability of at most $e^{-d / \\tau}$:"
    )
    work.at_most(1 / (1 + exp(d / tau)), exp(-d / tau), because="as above, with $d / \\tau$ for $d$")
    work.say("At a temperature of 10, well above what is usual, that is less than $10^{-44}$ for each letter:")
    work.at_least(Rational(SEED - 2, 10), 44 * log(10), because="the logarithm of both sides")
    work.say(
        "So sampling gives the same text as far as anybody will see. But that is a bound and no identity: at a "
        f"temperature of {SEED} the other letter comes up in row 0 more than once in four times."
    )
    d = values[1, 0] - values[0, 0]
    work.at_least(1 / (1 + exp(d / SEED)), Rational(1, 4), because="row 0, where $d$ is exact")
