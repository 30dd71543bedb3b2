"""What the transformer by hand leaves out: layer norm, and the feed-forward layer."""

from collections.abc import Iterator

from sympy import Expr, Integer, Rational, Symbol, sqrt

from symcircuits import Work, derivation
from symcircuits.algebra import ExactMatrix, column_of
from symcircuits.behaviours import Computes
from symcircuits.circuit import Head, Transformer
from symcircuits.symbols import Lg, integer, natural, positive, real
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.formulas import Name
from symcircuits.worked import RoundedRow

EPSILON = Rational(1, 10**5)


def mean(row: list[Expr]) -> Expr:
    return sum(row) / len(row)


def variance(row: list[Expr]) -> Expr:
    return sum((x - mean(row)) ** 2 for x in row) / len(row)


def normal(row: list[Expr], root: Expr) -> Iterator[tuple[str, Expr, str]]:
    """What a one and a zero of a row become, exactly and as a decimal of eight digits."""
    for entry, what in ((1, "a one"), (0, "a zero")):
        exact = (entry - mean(row)) / root
        yield what, exact, f"{round(exact, 8):.8f}"


@derivation("by_hand/layernorm", title="A transformer by hand: the layers that are left out")
def layernorm(work: Work, ones: int = 2, d_model: int = 8) -> None:
    work.require(1 <= ones < d_model, f"ones must be from 1 to d_model - 1 = {d_model - 1}, got {ones}")
    work.problem(
        "GPT-2 has layer norms and feed-forward layers, this model has none. What would a layer norm do to a row "
        "with $k$ ones among $d$ entries? Can its gain and offset undo that? Would a feed-forward layer that is the "
        "identity be as good as none?"
    )
    x = integer("x", "an entry, 0 or 1")
    of_ones_and_zeros(work, x)
    work.section(f"With {ones} of {d_model}")
    row = [Integer(1)] * ones + [Integer(0)] * (d_model - ones)
    root = sqrt(variance(row) + EPSILON)
    work.say("An embedding row has two ones, its position and its token. With $\\epsilon = 10^{-5}$ in the root:")
    normed = work.define("y(x)", (x - mean(row)) / root).func
    told = ((1, "a one"), (0, "a zero"))
    rows = [RoundedRow((what, f"${latex(exact)}$"), (exact,), (decimal,)) for what, exact, decimal in normal(row, root)]
    work.table("What a one and a zero become, rounded.", ("entry", "exactly", "rounded"), rows)
    work.say("Without $\\epsilon$ these would be a little larger:")
    work.at_most(normed(1), sqrt(Rational(d_model - ones, ones)), because="$\\sqrt{z / k}$")
    work.section("To undo it")
    work.say(
        "The gain $\\gamma$ and the offset $\\beta$ of a layer norm are fixed numbers. With $\\gamma$ for the root "
        "and $\\beta$ for the mean of such a row every embedding row comes back as it was, since all have as many ones:"
    )
    gain, offset = work.define("\\gamma", root), work.define("\\beta", mean(row))
    for entry, what in told:
        reason = f"so {what} comes back: $\\gamma \\, y({entry}) + \\beta = {entry}$"
        work.equal(gain * normed(entry), entry - offset, because=reason)
    after = [*row[:-1], Lg]
    work.say(
        "Elsewhere they do not. After the block a row holds $Lg$ besides its ones, and its mean and its variance are "
        f"no longer ${latex(mean(row))}$ and ${latex(variance(row))}$. With $Lg$ in the place of a zero the mean is "
        f"${latex(mean(after))}$, and the variance is"
    )
    stated = variance(row) + Lg**2 * Rational(d_model - 1, d_model**2) - 2 * Lg * Rational(ones, d_model**2)
    work.equal(variance(after), stated, because="what the norm divides by depends on $Lg$")
    feed_forward(work)


def of_ones_and_zeros(work: Work, x: Symbol) -> None:
    """What a layer norm makes of an entry of a row of ones and zeros."""
    work.section("A layer norm on a row of ones and zeros")
    k, z = natural("k", "how many ones"), natural("z", "how many zeros")
    d = k + z
    work.say("Of $k$ ones and $z$ zeros, $d = k + z$ entries, the mean and the variance are")
    mu = work.define("\\mu", k / d)
    var = work.define("\\sigma^2", k * z / d**2)
    work.equal((k * (1 - mu) ** 2 + z * mu**2) / d, var, because="the mean of the squared distances")
    work.say("so without the small $\\epsilon$ in the root an entry $x$ becomes $N(x)$, and a one and a zero become")
    plain = work.define("N(x)", (x - mu) / sqrt(var)).func
    work.equal(plain(1), sqrt(z / k), because="a one")
    work.equal(plain(0), -sqrt(k / z), because="a zero")


def feed_forward(work: Work) -> None:
    """Which feed-forward layer is as good as none: not the identity, but zero."""
    work.section("A feed-forward layer that is the identity")
    x = column_of(real(f"x_{i}", "an entry of the stream") for i in range(3)).named(Name("x"))
    work.say("A layer adds its output to the stream. One that computes the identity therefore doubles everything:")
    identity = work.define("I", ExactMatrix.identity(3))
    work.equal(x + identity @ x, x * 2, because="$x + f(x)$ with $f(x) = x$")
    work.say("What is neutral is a layer that gives zero, with all its weights and biases zero:")
    nothing = work.define("N", ExactMatrix.zeros(3, 3))
    work.equal(x + nothing @ x, x, because="$f(x) = 0$")
    s = positive("s", "the logit that is ahead")
    work.say(
        "Doubled logits have the same order, so the model would say the same here, but no longer with the same numbers."
    )
    work.at_least(2 * s, s, because="what is ahead stays ahead")
    work.say(
        "The runs are of a text of one letter. Its token attends to itself alone, whatever the queries and keys are, "
        "so a head whose values are the identity is such a layer, and one whose values are zero is none."
    )
    work.suggest({x[i, 0]: 2 * i - 3 for i in range(3)})
    for layer, left in ((identity, 2), (nothing, 1)):
        head = Head(W_Q=nothing, W_K=nothing, W_V=layer, W_O=layer)
        model = Transformer(((head,),), W_E=x.labelled(None, None), vocabulary=("a",))
        work.experiment(Computes("a", x * left, "stream"), of=model, n_ctx=1)
