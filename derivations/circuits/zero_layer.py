"""Attention-only models: a model without layers, which knows the current token alone."""

from collections.abc import Sequence
from itertools import combinations

from sympy import Expr, Integer, cos, exp, log, pi, sin

from symcircuits import Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix, column_of, row_of
from symcircuits.behaviours import SaysFrequencies
from symcircuits.circuit.generic import any_matrix
from symcircuits.symbols import positive, real
from symcircuits.typeset.axes import Axis

SENTENCE = "Potter can fly on a Nimbus 2000 to Hogwarts"
SCALE = positive("c", "how long the columns of the unembedding are")


@derivation("circuits/zero_layer", title="A model without layers: bigrams")
def zero_layer(work: Work, text: str = "aababcaacbbccbab", sentence: str = SENTENCE) -> None:
    letters, words = tuple(sorted(set(text))), tuple(sentence.split())
    work.require(2 <= len(letters) <= 4, f"expected a text of 2 to 4 different letters, got {len(letters)}: {text}")
    counted = SaysFrequencies.of_text(text)
    unseen = [a + b for a in letters for b in letters if (a, b) not in counted.counts]
    work.require(not unseen, f"expected a text in which every pair of letters comes, got none of {', '.join(unseen)}")
    work.require(len(set(words)) == len(words), "expected a sentence in which no word comes twice")
    work.require(3 <= len(words) <= 12, f"expected a sentence of 3 to 12 words, got {len(words)}")
    work.problem(
        "A transformer without layers has an embedding and an unembedding and nothing between. Which logits does it "
        "give? What is the best that it can do on a text, and how wide must its stream be for that?"
    )
    work.section("Logits")
    linear(work)
    work.section("The best logits after one token")
    best(work)
    work.section("Counts of a text")
    counts(work, text, letters, counted)
    work.section("A sentence in which every word comes once")
    once(work, words)


def linear(work: Work) -> None:
    """The logits are one matrix, whatever the other tokens are."""
    W_E = work.define("W_E", any_matrix("e", 2, 3), meaning="any embedding")
    W_U = work.define("W_U", any_matrix("u", 3, 2), meaning="any unembedding")
    model = Transformer((), W_E=W_E, W_U=W_U)
    t = work.define("t", ExactMatrix.from_entries((3, 2), {(2, 0): 1, (0, 1): 1}), meaning="a column for each token")
    work.equal(model.logits([2, 0]), W_U @ W_E @ t, because="nothing else is added to the stream")
    work.say(
        "So each token has its column of $W_U W_E$ for logits, wherever it stands and whatever came before: such a "
        "model is a table of pairs, of a rank that is no more than the width of the stream."
    )


def best(work: Work) -> None:
    """The least cross-entropy after one token, on any counts: gradient, convexity, and what is left free."""
    size = 3
    counts = [positive(f"N_{k}", f"how often token {k} follows") for k in range(size)]
    logits = [real(f"l_{k}", f"the logit of token {k}") for k in range(size)]
    total = sum(counts[1:], counts[0])
    work.say(
        "After one token, let token $k$ follow $N_k$ times, $N$ times in all. With the logits $l_k$ the sum of "
        "$-\\log p$ over these is"
    )
    loss = total * log(sum(exp(one) for one in logits)) - sum(n * one for n, one in zip(counts, logits, strict=True))
    L = work.define("L", loss)
    work.say("Its gradient is what the model expects less what was counted:")
    gradient = work.define("G", column_of([L.diff(one) for one in logits]), meaning="by differentiation")
    shares = [1 / sum(exp(other - one) for other in logits) for one in logits]
    expected = column_of([total * share - n for share, n in zip(shares, counts, strict=True)])
    work.equal(gradient, expected, because="$N p_k - N_k$, with $1 / p_k = \\sum_j e^{l_j - l_k}$")
    c = real("c_0", "any number", "c_0")
    found = {one: log(n / total) + c for one, n in zip(logits, counts, strict=True)}
    work.equal(
        gradient.substitute(found),
        ExactMatrix.zeros(size, 1),
        because="zero where $l_k = \\log(N_k / N) + c_0$, whatever $c_0$ is",
    )
    work.say(
        "There is no other minimum, for $L$ is convex. Along any direction $d$ its second derivative is $N$ times the "
        "variance of $d$ under $p$:"
    )
    weights = [positive(f"E_{k}", f"$e^{{l_{k}}}$") for k in range(size)]
    turned = [real(f"d_{k}", f"by how much logit {k} moves") for k in range(size)]
    hessian = [[L.diff(a, b).xreplace(_positive(logits, weights)) for b in logits] for a in logits]
    d = column_of(turned)
    along = (d.T @ ExactMatrix.from_rows(hessian) @ d).scalar()
    squares = sum(weights[j] * weights[k] * (turned[j] - turned[k]) ** 2 for k in range(size) for j in range(k))
    variance = total * squares / sum(weights) ** 2
    work.equal(along, variance, because="with $E_k = e^{l_k}$")
    work.at_least(
        weights[0] * weights[1] * (turned[0] - turned[1]) ** 2,
        0,
        because="and so is each term; all are zero only where all $d_k$ are the same",
    )
    work.say(
        "So the least is reached exactly by the logarithms of the shares, up to one constant for each current token, "
        "which the softmax does not feel. Where some $N_k$ is 0 it is not reached, but approached as that logit falls."
    )


def _positive(logits: Sequence[Expr], weights: Sequence[Expr]) -> dict[Expr, Expr]:
    return {exp(one): weight for one, weight in zip(logits, weights, strict=True)}


def counts(work: Work, text: str, letters: tuple[str, ...], counted: SaysFrequencies) -> None:
    """The table of a text, the model that has it, and how wide it must be."""
    size, axis = (
        len(letters),
        Axis.of_blocks((r"\text{letter}", [rf"\mathtt{{{one}}}" for one in letters]), strict=False),
    )
    work.say(
        f"In the text $\\mathtt{{{text}}}$ every pair of the {size} letters comes. A column for each letter, with what "
        "follows it:"
    )
    often = ExactMatrix.from_rows([[counted.counts[after, one] for after in letters] for one in letters])
    N = work.define("N", often.labelled(axis, axis), meaning="how often a letter (row) follows another (column)")
    ones = row_of([Integer(1)] * size)
    begins = row_of([Integer(text[:-1].count(one)) for one in letters]).labelled(None, axis)
    follows = column_of([Integer(text[1:].count(one)) for one in letters]).labelled(axis, None)
    work.equal(ones @ N, begins, because="every letter but the last of the text is followed by one")
    work.equal(N @ ones.T, follows, because="every letter but the first follows one")
    shares = ExactMatrix.from_rows([[log(counted.share(one, after)) for after in letters] for one in letters])
    F = work.define("F", shares.labelled(axis, axis), meaning="the logarithms of the shares")
    work.say(
        "Constants in a column are free, so the last row may be taken off all others. What is left has a row less, and "
        "that many directions are enough:"
    )
    D = work.define("D", ExactMatrix.from_rows(_less_the_last(size)), meaning="every row less the last one")
    W_E = work.define("W_E^t", D @ F)
    W_U = work.define("W_U^t", ExactMatrix.from_entries((size, size - 1), {(i, i): 1 for i in range(size - 1)}))
    free = F - (W_U @ W_E).labelled(axis, axis)
    last = ExactMatrix.from_rows([[F[size - 1, k] for k in range(size)]])
    work.equal(free, (ones.T @ last).labelled(axis, axis), because="the same number all down each column")
    model = Transformer((), W_E=W_E.labelled(None, None), W_U=W_U, vocabulary=letters, name="This model")
    work.claim(counted, of=model)
    c = row_of([real(f"c_{k}", f"the constant of column {k}") for k in range(size)])
    work.equal(D @ (F.labelled(None, None) + ones.T @ c), W_E.labelled(None, None), because="constants drop out")
    work.say(
        f"So for all of these logits $D W_U W_E$ is $D F$, and its rank is no more than the width of the stream. It is "
        f"{size - 1}, for among its determinants is one that is not zero:"
    )
    minors = [W_E.take_columns(kept).labelled(None, None) for kept in combinations(range(size), size - 1)]
    volume = max((minor.determinant() for minor in minors), key=lambda value: abs(value.evalf()))
    work.at_least(abs(volume), 0, because=f"not zero: {size - 1} directions are needed")
    work.experiment(counted, of=model)


def _less_the_last(size: int) -> list[list[int]]:
    return [[int(i == k) - int(k == size - 1) for k in range(size)] for i in range(size - 1)]


def once(work: Work, words: tuple[str, ...]) -> None:
    """Words on a circle: two directions come as near to certainty as one likes."""
    size = len(words)
    angle = 2 * pi / size
    work.say(
        f"In *{' '.join(words)}* every word is followed by one other, always. The least cross-entropy is 0, and no "
        "finite logits reach it. But two directions are enough to come as near as one likes: let the words stand round "
        "a circle, and let the unembedding ask for the word before."
    )
    W_E = ExactMatrix.from_rows([[wave(angle * k) for k in range(size)] for wave in (cos, sin)])
    W_U = ExactMatrix.from_rows([[SCALE * wave(angle * (k - 1)) for wave in (cos, sin)] for k in range(size)])
    model = Transformer(
        (), W_E=work.define("W_E^s", W_E), W_U=work.define("W_U^s", W_U), vocabulary=words, name="This model"
    )
    (k,) = work.indices("k")
    n = work.indices("n")[0]
    row = row_of([SCALE * cos(angle * (k - 1)), SCALE * sin(angle * (k - 1))])
    column = column_of([cos(angle * n), sin(angle * n)])
    work.equal(
        (row @ column).scalar(), SCALE * cos(angle * (k - 1 - n)), because="the logit of word $k$ after word $n$"
    )
    work.at_least(
        1 - cos(angle * k),
        1 - cos(angle),
        because="another word is $k$ steps from the right one, and behind it by this times $c$",
        over=(k, range(1, size)),
    )
    pairs = SaysFrequencies(tuple(zip(words, words[1:], strict=False)))
    others = sum(exp(SCALE * (cos(angle * step) - 1)) for step in range(1, size))
    work.say("The cross-entropy is the same after every word:")
    loss = work.define("H(c)", log(1 + others))
    gap, more = positive("g", "the least gap"), positive("m_0", "by how much a gap exceeds the least", "m_0")
    work.at_least(exp(-SCALE * gap), exp(-SCALE * (gap + more)), because="a larger gap leaves less")
    work.say(
        f"So it is at most $\\log(1 + {size - 1} e^{{-c g}})$ with $g = 1 - \\cos(2 \\pi / {size})$, which goes to 0 "
        "as $c$ grows. One direction would not do: after any word it puts either the largest or the smallest number of "
        "the unembedding first, and so says two words at most."
    )
    work.experiment(pairs, of=model, closed_form=loss, c=[1, 10, 100])
