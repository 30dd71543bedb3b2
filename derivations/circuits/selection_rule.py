"""The rule that picks skip trigrams out of a head: what it favours, and what it feels that the model does not."""

from dataclasses import replace

from sympy import Expr, Integer, Rational, exp

from symcircuits import Head, Residual, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix, column_of, row_of
from symcircuits.behaviours import Computes
from symcircuits.circuit.generic import any_matrix
from symcircuits.symbols import beta, positive
from symcircuits.typeset.formulas import Name, Scalar

TENTH = Rational(1, 10)


@derivation("circuits/selection_rule", title="Skip trigrams: the rule that picks them")
def selection_rule(work: Work) -> None:
    work.problem(
        "A head of a trained model has a table of scores, queries by keys, and one of logits, outputs by keys. A rule "
        "picks the keys that are worth a look: the largest score of any query on the key, times the largest logit that "
        "the key raises, times the tenth root of its frequency. What does it favour? Which rescalings leave its order "
        "as it is? And what does it feel that no prediction feels?"
    )
    work.section("What it favours, and its scale")
    picking(work)
    work.section("What the rule feels and the model does not")
    not_felt(work)


def picking(work: Work) -> None:
    """The rule, the one trigram that it looks at, its scale freedom, and what frequency counts."""
    x, y, f = positive("x", "a score"), positive("y", "a logit"), positive("f", "a frequency")
    g, h = positive("g", "what another score is less"), positive("h", "what another logit is less")
    work.say(
        "Of a trained head all pairs of words are too many to look at. The rule is to choose *keys*, by the largest "
        "score that any query has on the key, times the largest logit that it raises, times a small power of its "
        "frequency: $M_k = \\max_q \\mathrm{QK}_{qk} \\cdot \\max_o \\mathrm{OV}_{ok} \\cdot f_k^{0.1}$. Keys of "
        "which one of the two maxima is not above 0 are left out, for two negative numbers would make a merit. So $M$ "
        "looks at a single trigram, the largest of the key: no other query and output have a larger product."
    )
    work.equal((x + g) * (y + h) - x * y, x * h + y * g + g * h, because="the largest are $x + g$ and $y + h$")
    work.at_least((x + g) * (y + h), x * y, because="no term is negative")
    work.say(
        "It favours a key that one query wants very much over one that many want a little, and long columns: a word "
        "whose embedding is $r$ times as long is scored $r$ times as high, raises logits $r$ times as much, and has"
    )
    scales = [positive(name, "any positive number") for name in "rst"]
    work.comes_to(
        Scalar(r"M(r x, r y) / M(x, y)"),
        (scales[0] * x) * (scales[0] * y) / (x * y),
        scales[0] ** 2,
        because="the merit of a column that is $r$ times as long",
    )
    work.say(
        "How much attention there is in the end, and which logits a key lowers, the rule does not ask. Its scale is "
        "free. Take all scores times $r$, all logits times $s$ and all frequencies times $t$. What was largest is "
        "largest, and all merits grow by one factor:"
    )
    others = [positive(f"{name}_1", "of another key", f"{name}_{{1}}") for name in "xyf"]
    first, second = (
        (one[0] * scales[0]) * (one[1] * scales[1]) * (one[2] * scales[2]) ** TENTH for one in ((x, y, f), others)
    )
    factor = scales[0] * scales[1] * scales[2] ** TENTH
    work.equal(
        first - second,
        factor * (x * y * f**TENTH - others[0] * others[1] * others[2] ** TENTH),
        because="two keys: the difference keeps its sign",
    )
    work.say(
        "So the order of the keys of a head is the same, whatever $r, s, t > 0$: temperatures do not matter, and "
        "counts do for frequencies. But each head has an $r$ and an $s$ of its own, and merits of different heads "
        "cannot be compared. The frequency counts little: a word has to be 1024 times as frequent to count double."
    )
    work.comes_to(Scalar(r"(1024 f)^{0.1} / f^{0.1}"), (1024 * f) ** TENTH / f**TENTH, 2, because="$2^{10} = 1024$")


def not_felt(work: Work) -> None:
    """Two changes that no prediction feels reverse the order of keys, unless tables are measured from their means."""
    stream = Residual(x=(r"\mathtt{a}", r"\mathtt{b}"), out=(r"\to\mathtt{a}", r"\to\mathtt{b}"))
    work.say(
        "A small example: two words, equally frequent, each of which asks for itself and raises itself. $\\mathtt{a}$ "
        "scores 3 on itself, $\\mathtt{b}$ 2."
    )
    ends = work.define("W_E^m", stream.write("x")), work.define("W_U^m", stream.read("out"))
    own, read, said = ExactMatrix.identity(2), stream.read("x"), stream.write("out")
    plain = Head(
        W_Q=work.define("W_Q^m", (ExactMatrix.from_rows([[3, 0], [0, 2]]) @ read).labelled(None, stream)),
        W_K=work.define("W_K^m", read),
        W_V=work.define("W_V^m", read),
        W_O=work.define("W_O^m", said),
        scale=beta,
    )
    first = example(work, plain, ends, "The example", own)
    merits(work, first, (3, 2))
    f = positive("f", "a frequency")
    work.say("A frequency of $(3/2)^{10}$ times that of $\\mathtt{a}$, nearly 58 times, would make up for it:")
    found = 2 * (Rational(3, 2) ** 10 * f) ** TENTH / (3 * f**TENTH)
    work.comes_to(Scalar(r"M_{\mathtt{b}} / M_{\mathtt{a}}"), found, 1, because="the tenth root is $3/2$")
    work.say(
        "Now let $\\mathtt{b}$, as a query, score 2 more on *every* key. No softmax feels it, and the logits are the "
        "same. But the order of the keys is reversed:"
    )
    more, every = ExactMatrix.from_rows([[3, 0], [0, 2], [0, 1]]), ExactMatrix.from_rows([[1, 0], [0, 1], [2, 2]])
    shifted = replace(
        plain,
        W_Q=work.define("W_Q^u", (more @ read).labelled(None, stream)),
        W_K=work.define("W_K^u", (every @ read).labelled(None, stream)),
    )
    merits(work, example(work, shifted, ends, "The example with a shifted query", own), (3, 4))
    work.say(
        "Or let $\\mathtt{b}$, where it is attended to, raise *every* logit by 2 more. No prediction feels it, since "
        "the logits of each place differ as before. But $\\mathtt{b}$ is first again:"
    )
    more = ExactMatrix.from_rows([[1, 2], [0, 3]])
    wide = work.define("W_O^v", (said @ more).labelled(stream, None))
    third = example(work, replace(plain, W_O=wide), ends, "The example with shifted logits", more)
    ahead = row_of([1, -1])
    work.equal(
        (ahead @ third.logits("aba")).named(Scalar(r"z_{\mathtt{a}} - z_{\mathtt{b}}")),
        (ahead @ first.logits("aba")).named(Scalar(r"z_{\mathtt{a}} - z_{\mathtt{b}} \text{ of the first}")),
        because="at each place of $\\mathtt{aba}$",
    )
    merits(work, third, (3, 6))
    work.say(
        "Both go away where each row of the first table, and each column of the second, is measured from its mean. "
        "With $P$ for $n$ words, here three, with any table $S$ and any shifts $u$:"
    )
    size = 3
    S = any_matrix("s", size, size).named(Name("S"))
    u, ones = any_matrix("u", size, 1).named(Name("u")), column_of([Integer(1)] * size).named(Name(r"\mathbf{1}"))
    P = work.define(
        "P", ExactMatrix.identity(size) - ones @ ones.T * Rational(1, size), meaning="$1 - 1/n$, and $-1/n$"
    )
    work.equal((S + u @ ones.T) @ P, S @ P, because="rows: a query that scores $u$ more on every key")
    work.equal(P @ (S + ones @ u.T), P @ S, because="columns: a key that raises every logit by $u$ more")


def example(
    work: Work, head: Head, ends: tuple[ExactMatrix, ExactMatrix], name: str, raised: ExactMatrix
) -> Transformer:
    """A model of two words, with its logits for a text proved and measured; ``raised`` is what a key adds to each."""
    model = Transformer(((head,),), W_E=ends[0], W_U=ends[1], vocabulary=("a", "b"), name=name)
    first, second, two = Integer(1), 1 / (1 + exp(2 * beta)), 1 / (1 + 2 * exp(3 * beta))
    attention = ExactMatrix.from_rows([[first, second, 1 - two], [0, 1 - second, two]])  # on a and on b, at each place
    table = Computes("aba", raised @ attention)
    work.claim(
        table, of=model, because="the mean of what $\\mathtt{a}$ and $\\mathtt{b}$ raise, by the attention on them"
    )
    work.experiment(table, of=model, n_ctx=3, beta=[1])
    return model


def merits(work: Work, model: Transformer, values: tuple[int, int]) -> None:
    """The merit of both keys."""
    for key, value in enumerate(values):
        name = Scalar(rf"M_{{\mathtt{{{model.vocabulary[key]}}}}}")
        work.comes_to(name, merit(model, key), value, because="largest score times largest logit")


def merit(model: Transformer, key: int) -> Expr:
    """The largest score on a key, before the scale, times the largest logit that it raises."""
    head = model.head(0)
    QK, OV = (head.W_Q @ model.W_E).T @ (head.W_K @ model.W_E), (model.W_U @ head.W_O) @ (head.W_V @ model.W_E)
    asked, raised = (max(table[row, key] for row in range(model.d_vocab)) for table in (QK, OV))
    return asked * raised
