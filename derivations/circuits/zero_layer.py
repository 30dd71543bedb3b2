"""Attention-only models without a layer: what they can say at best, and how many dimensions that takes."""

from itertools import combinations, pairwise

from sympy import Expr, Integer, Symbol, diff, exp, log

from symcircuits import Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix, column_of
from symcircuits.behaviours import Computes, Predicts
from symcircuits.circuit.generic import any_matrix
from symcircuits.symbols import integer, positive, real
from symcircuits.typeset.formulas import Name, Product, Scalar, Transpose
from symcircuits.worked import ScoreFigure

SENTENCE = "Potter can fly on a Nimbus 2000 to Hogwarts"


@derivation("circuits/zero_layer", title="Zero layers: bigrams")
def bigrams(work: Work, text: str = "aaabacbbabccabacb", tokens: int = 3) -> None:
    work.require(2 <= tokens <= 4, f"tokens must be from 2 to 4, got {tokens}")
    letters = "".join(sorted(set(text)))
    work.require(2 <= len(letters) <= 4, f"expected a text of 2 to 4 different letters, got {len(letters)}")
    seen = set(pairwise(text))
    missing = [a + b for a in letters for b in letters if (a, b) not in seen]
    work.require(not missing, f"every letter must follow every one somewhere in the text; not found: {missing[:3]}")
    work.problem(
        "A model without layers is an embedding and an unembedding: $W_U W_E$ applied to the current token. What is "
        "the least cross-entropy that such a model can have on a text, where is it reached, and what rank does that "
        "take?"
    )
    work.section("The best logits for one token")
    best_logits(work, tokens)
    work.section("How many dimensions that takes")
    dimensions(work, tokens)
    work.section("A text")
    on_a_text(work, text, letters)
    work.section("A text in which every word has one successor")
    one_successor(work)


def best_logits(work: Work, size: int) -> None:
    """The gradient is zero at the log frequencies alone, up to a constant, and the loss is convex."""
    c = [positive(f"c_{j}", f"how often token {j} follows", f"c_{{{j}}}") for j in range(size)]
    z = [real(f"z_{j}", f"the logit of token {j}", f"z_{{{j}}}") for j in range(size)]
    count, total = sum(c, Integer(0)), sum((exp(one) for one in z), Integer(0))
    work.say(
        "All that the model sees is the current token, so its logits are a column for each token of the vocabulary, "
        "and what the columns lose on a text adds up. Take one token, and let token $j$ follow it $c_j > 0$ times; "
        f"$C$ is their sum. Here are {size} tokens, but nothing depends on that. With the logits $z_j$ the loss is"
    )
    loss = work.define("L", sum((ci * (log(total) - zi) for ci, zi in zip(c, z, strict=True)), Integer(0)))
    gradient = [diff(loss, zi) for zi in z]
    asked = [count * exp(zi) / total - ci for ci, zi in zip(c, z, strict=True)]
    work.say("Its slope in each logit is what is expected of the token, less what is found:")
    work.equal(
        column_of(gradient).named(Scalar(r"\partial L / \partial z_{j}")),
        column_of(asked),
        because="$\\partial \\log \\sum_k e^{z_k} / \\partial z_j = e^{z_j} / \\sum_k e^{z_k}$",
    )
    k = real("k", "a constant")
    at_logs = {zi: log(ci) + k for ci, zi in zip(c, z, strict=True)}
    work.say(
        "At the logarithms of the counts, with any constant $k$ added to all of them, what is expected is what "
        "is found, and no slope is left:"
    )
    expected = Scalar(r"C \, e^{z_{j}} / \textstyle\sum_{k} e^{z_{k}}")
    work.equal(
        column_of([(count * exp(zi) / total).xreplace(at_logs) for zi in z]).named(expected),
        column_of(c),
        because="$e^{z_j} = c_j e^k$",
        given="$z_j = \\log c_j + k$",
    )
    work.say("And nowhere else. For two tokens $i$ and $j$, of any two logits,")
    mixed = r"\Big(c_{1} \frac{\partial L}{\partial z_{0}} - c_{0} \frac{\partial L}{\partial z_{1}}\Big)"
    work.comes_to(
        Scalar(mixed + r" \frac{1}{C} \textstyle\sum_{k} e^{z_{k}}"),
        (c[1] * gradient[0] - c[0] * gradient[1]) * total / count,
        c[1] * exp(z[0]) - c[0] * exp(z[1]),
        because="$c_0 c_1$ cancels",
    )
    work.say(
        "Where both slopes are zero the left side is, so that $e^{z_i - z_j} = c_i / c_j$: the logits differ as the "
        "logarithms of the counts do. It is a minimum because the loss is convex. Its curvature along any $u$ is"
    )
    u = [real(f"u_{j}", "a change of a logit", f"u_{{{j}}}") for j in range(size)]
    squares = spread(z, u) * count / total**2
    bends = ((diff(g, zj) * ui * uj) for g, ui in zip(gradient, u, strict=True) for zj, uj in zip(z, u, strict=True))
    curvature = sum(bends, Integer(0))
    bend = Scalar(r"\textstyle\sum_{ij} u_{i} u_{j} \, \partial^{2} L / \partial z_{i} \partial z_{j}")
    work.comes_to(bend, curvature, squares, because="a sum over pairs of tokens")
    work.at_least(exp(z[0] + z[1]) * (u[0] - u[1]) ** 2, 0, because="each term: a square with a positive factor")
    work.say(
        "which is zero for a $u$ with all $u_j$ alike, and for no other. So the least loss is reached at the log "
        "frequencies, up to one constant for each current token, and only there. Its value is the entropy:"
    )
    work.comes_to(
        Scalar("L"),
        loss.xreplace({zi: log(ci) for ci, zi in zip(c, z, strict=True)}),
        sum((ci * (log(count) - log(ci)) for ci in c), Integer(0)),
        because="$-\\log (c_j / C)$ for each time that $j$ follows",
    )


def spread(z: list[Symbol], u: list[Symbol]) -> Expr:
    """The sum over pairs of ``e^(z_i + z_j) (u_i - u_j)^2``."""
    pairs = combinations(range(len(z)), 2)
    return sum((exp(z[i] + z[j]) * (u[i] - u[j]) ** 2 for i, j in pairs), Integer(0))


def differences(size: int) -> ExactMatrix:
    """All rows but the last, each less the last one."""
    ones = {(i, i): 1 for i in range(size - 1)} | {(i, size - 1): -1 for i in range(size - 1)}
    return ExactMatrix.from_entries((size - 1, size), ones)


def dimensions(work: Work, size: int) -> None:
    """The least rank of a matrix to which a constant may be added in each column."""
    work.say(
        "Let $\\Lambda$ be the matrix of the best logits, a column for each current token. Since a constant may be "
        "added to each column, what must be had is $W_U W_E = \\Lambda + \\mathbf{1} k^{\\mathsf{T}}$ with some $k$; "
        "its rank is at most $d_{\\mathrm{model}}$. The matrix $D$ takes the last row from each other one, and does "
        "not see $k$:"
    )
    D = work.define("D", differences(size))
    ones = column_of([Integer(1)] * size).named(Name(r"\mathbf{1}"))
    logs = any_matrix("l", size, size).named(Name(r"\Lambda"))
    k = any_matrix("k", size, 1).named(Name("k"))
    work.equal(D @ (logs + ones @ k.T), D @ logs, because="$D \\mathbf{1} = 0$")
    work.say(
        "So every such matrix has at least the rank of $D \\Lambda$. It is enough, too: with the last row of "
        "$\\Lambda$ taken from all, what is left is $D \\Lambda$ and a row of zeros."
    )
    back = work.define("B", ExactMatrix.from_entries((size, size - 1), {(i, i): 1 for i in range(size - 1)}))
    last = ExactMatrix.from_entries((size, 1), {(size - 1, 0): 1}).named(Name("e"))
    lowered = logs - ones @ (logs.T @ last).T
    work.equal(lowered, back @ (D @ logs), because="$k$ is the last row, with a minus")
    work.rank(D @ logs, size - 1, because="one less than there are tokens, but for special frequencies")
    work.say(
        "Where the next token does not depend on the current one, $\\Lambda_{ij} = a_i + b_j$, a single dimension does:"
    )
    a, b = any_matrix("a", size, 1), any_matrix("b", size, 1)
    alike = (D @ (a @ ones.T + ones @ b.T)).named(Product((Name("D"), Name(r"\Lambda"))))
    work.rank(alike, 1, because="all columns are alike", given="$\\Lambda_{ij} = a_i + b_j$")


def counts_of(text: str, letters: str) -> dict[tuple[int, int], int]:
    """How often letter ``i`` follows letter ``j``."""
    pairs = list(pairwise(text))
    return {(i, j): pairs.count((b, a)) for i, a in enumerate(letters) for j, b in enumerate(letters)}


def on_a_text(work: Work, text: str, letters: str) -> None:
    """The model of a text, with one dimension less than there are letters."""
    size, counts = len(letters), counts_of(text, letters)
    work.say(f"In $\\mathtt{{{text}}}$ every letter follows every one somewhere. The row is the one that follows.")
    N = work.define("N", ExactMatrix.from_entries((size, size), {place: Integer(c) for place, c in counts.items()}))
    lead = {(i, j): log(N[i, j]) - log(N[size - 1, j]) for i in range(size - 1) for j in range(size)}
    leads = ExactMatrix.from_entries((size - 1, size), lead)
    W_E = work.define("W_E", leads, meaning="by how much a letter is ahead of the last one")
    W_U = work.define("W_U", ExactMatrix.from_entries((size, size - 1), {(i, i): 1 for i in range(size - 1)}))
    logs = ExactMatrix.from_entries((size, size), {place: log(Integer(c)) for place, c in counts.items()})
    ones = column_of([Integer(1)] * size)
    kept = ExactMatrix.from_entries((1, size), {(0, j): log(Integer(counts[size - 1, j])) for j in range(size)})
    work.equal(
        W_U @ W_E + (ones @ kept).named(Product((Name(r"\mathbf{1}"), Transpose(Name("k"))))),
        logs.named(Name(r"\Lambda")),
        because="the log counts, with a constant for each letter",
    )
    model = Transformer((), W_E=W_E, W_U=W_U, vocabulary=tuple(letters), name="The model without layers")
    table = (logs - ones @ kept).take_columns([letters.index(letter) for letter in text])
    work.claim(Computes(text, table), of=model, because="each column is that of its letter, whatever came before")
    work.experiment(Computes(text, table), of=model)


def one_successor(work: Work) -> None:
    """No least loss where some counts are zero; two dimensions are enough to come near."""
    words = SENTENCE.split()
    size, letters = len(words), "".join(word[0] for word in words)
    s, i, j = positive("s", "a scale of the logits"), integer("i", "a word"), integer("j", "another word")
    work.say(
        f"In the sentence *{SENTENCE}* each word but the last has one successor. Counts that are zero have no "
        "logarithm, and the loss has no least value: with the successor ahead of all others by $s$, a word costs"
    )
    cost = work.define("l_s", log(1 + (size - 1) * exp(-s)))
    work.equal(exp(-cost), exp(s) / (exp(s) + size - 1), because="what the softmax gives the successor")
    slope = -(size - 1) / (exp(s) + size - 1)
    work.equal(diff(log(1 + (size - 1) * exp(-s)), s), slope, because="the slope of $l_s$")
    work.at_most(slope, 0, because="so it falls with $s$, towards 0, and never gets there")
    work.say(
        "To come as near as one likes needs no rank of "
        f"{size - 1}, but two dimensions. Put word $i$, counted from 0, at $(2(i + 1), 1)$, and let word $j$ be read "
        "by $s (j, -j^2)$. These are tangents of a parabola:"
    )
    places = ExactMatrix.from_rows([[2 * (at + 1) for at in range(size)], [1] * size])
    W_E = work.define("W_E^p", places, meaning="a column for each word")
    W_U = work.define("W_U^p", ExactMatrix.from_rows([[s * at, -s * at**2] for at in range(size)]))
    work.equal(
        W_U @ W_E,
        ExactMatrix.from_entries(
            (size, size), {(b, a): tangent(s, Integer(a), Integer(b)) for a in range(size) for b in range(size)}
        ),
        because="$z_{ji} = s (2 j (i + 1) - j^2)$",
    )
    work.equal(
        tangent(s, i, i + 1) - tangent(s, i, j),
        s * (j - i - 1) ** 2,
        because="by this much the successor is ahead of word $j$",
    )
    work.rank(W_U @ W_E, 2, because="two dimensions")
    seen = size // 2 - 1
    work.figure(
        ScoreFigure(tangent(s, Integer(seen), j), j, range(size), {s: 1}, best=seen + 1, label=rf"z_{{j{seen}}}"),
        f"The logits after *{words[seen]}*: a parabola in $j$, with its top at the successor, *{words[seen + 1]}*.",
    )
    work.say("Every other word is at least $s$ behind, so the cost of a word is at most $l_s$.")
    model = Transformer((), W_E=W_E, W_U=W_U, vocabulary=tuple(letters), name="The model of the sentence")
    says = Predicts.by_window(dict(pairwise(letters)), letters, [1, 2])
    work.suggest({s: 1})
    work.claim(says, of=model, because="words are called by their first letters")
    work.experiment(says, of=model, n_ctx=2, s=[1, 5])


def tangent(s: Expr, i: Expr, j: Expr) -> Expr:
    """The logit of word ``j`` after word ``i``."""
    return s * (2 * j * (i + 1) - j**2)
