"""Which Lg suffices: the transformer by hand on every context of up to five letters, with proofs on both sides."""

from sympy import Expr, Gt, Integer, Rational, Symbol, ceiling, exp, floor, sqrt

from symcircuits import Work, derivation
from symcircuits.algebra import Between
from symcircuits.behaviours import Answer, Predicts
from symcircuits.circuit import Gpt2Block, Transformer, gpt2_model
from symcircuits.symbols import Lg, integer, positive
from symcircuits.typeset.decimals import decimal_latex
from symcircuits.worked import RootRow

SEED = 1024
DIGITS = 30
SHORT = Integer(10) ** 12  # the bounds that stand in a line have as many digits
RULE = {"aa": "b", "ab": "a", "ba": "a"}


def hand_made(work: Work, n_ctx: int, scale: Expr) -> Transformer:
    """The model, from the weights of the parts before."""
    embedded = work.given("by_hand/embedding", n_ctx=n_ctx, word="aab")
    attended = work.given("by_hand/attention", n_ctx=n_ctx, word="aab")
    projected = work.given("by_hand/projection", n_ctx=n_ctx, word="aab")
    block = Gpt2Block(attended[r"\mathrm{c\_attn}"], projected["c_proj"], c_proj_bias=projected["c_bias"])
    return gpt2_model(embedded["wte"], embedded["wpe"], [block], "ab", scale=scale, name="The model")


@derivation("by_hand/threshold", title="A transformer by hand: how large Lg has to be")
def how_large(work: Work, n_ctx: int = 5, scale_of: int = 8) -> None:
    work.require(4 <= n_ctx <= 7, f"n_ctx must be from 4 to 7, since every context is run, got {n_ctx}")
    work.require(scale_of >= 1, f"scale_of, the number under the root of the scale, must be positive, got {scale_of}")
    scale = 1 / sqrt(Integer(scale_of))
    work.problem(
        f"The model has a large number $Lg = {SEED}$ in its weights. Which $Lg$ is large enough for it to be right "
        f"after every context of 2 to {n_ctx} letters that is cut from $(\\mathtt{{aab}})^*$, and after every "
        f"context of that "
        "length that does not end in $\\mathtt{bb}$? Which context decides, and how does the margin grow?"
    )
    work.suggest({Lg: SEED})
    model = hand_made(work, n_ctx, scale)
    work.section("The margin in closed form")
    k, S = integer("k", "keys before the window"), integer("S", "the sum of the values before the window")
    margins = closed_margins(work, k, S)
    work.section("Every context that does not end in $\\mathtt{bb}$")
    work.say(
        "Count $a$ letters $\\mathtt{a}$ and $b$ letters $\\mathtt{b}$ before the window, so that $k = a + b$ and $S "
        "= a - b$. "
        f"No context has more than $K = n_{{\\mathrm{{ctx}}}} - 2$ letters there, {n_ctx - 2} here. Set each margin "
        f"beside "
        "the one of $\\mathtt{b}^K \\mathtt{aa}$, with $x = K - a - b \\ge 0$:"
    )
    the_worst(work, margins, k, S)
    every = Predicts.by_window(RULE, "ab", range(2, n_ctx + 1))
    everywhere = decided_by(work, model, "b" * (n_ctx - 2) + "aa", every, scale)
    work.section("Every context cut from $(\\mathtt{aab})^*$")
    work.say(
        "There the letters before the window are not free: a $\\mathtt{b}$ stands between any two pairs. The hardest "
        "is the one with as many more $\\mathtt{b}$ than belong there as can be, which is one:"
    )
    cuts = Predicts.cut_from("aab", range(2, n_ctx + 1))
    inside = decided_by(work, model, hardest_cut(n_ctx), cuts, scale)
    work.section(f"$Lg = {SEED}$")
    for found, what in ((everywhere, "all of them"), (inside, "those of the pattern")):
        enough = Rational(int(100 * found) + 1, 100)
        times = int(SEED / enough)
        work.say(
            f"${decimal_latex(enough)}$ is enough for {what}, and {SEED} is more than {times} times that. In "
            "hundredths:"
        )
        work.at_least(100 * SEED, times * 100 * enough, because=f"${times} \\cdot {int(100 * enough)}$")
    work.claim(every, of=model, at={Lg: SEED}, n_ctx=n_ctx)
    for behaviour in (every, cuts):
        work.experiment(behaviour, of=model, n_ctx=n_ctx, Lg=[above(everywhere), SEED])


def above(number: Rational) -> Rational:
    """A little more, enough for a program to see it, with seven digits after the point."""
    return Rational(ceiling((number + Rational(1, 10**6)) * 10**7), 10**7)


def closed_margins(work: Work, k: Symbol, S: Symbol) -> dict[str, Expr]:
    """By how much the right logit is ahead, times the sum of the exponentials, for each window."""
    E = positive("E", "the exponential of Lg times the scale")
    total = 2 * E + k
    work.say(
        "Write $E = e^{Lg / \\sqrt{d}}$ for the exponential, with the scale $1/\\sqrt{d}$. In the last row of a "
        "context the window holds two letters, and before it are $k$ keys whose values sum to $S$. The logit of "
        "$\\mathtt{b}$ less that of $\\mathtt{a}$ is $Lg (2 v - 1) + r$, with $v = (s E + S) / (2 E + k)$ and $r$ "
        "for the letter that is there. Times $2 E + k > 0$, and with the sign of the right answer, it is the margin:"
    )
    forms = {
        "aa": (2, -1, 1, Lg * (2 * E + 2 * S - k) - total),
        "ab": (0, 1, -1, Lg * (2 * E + k - 2 * S) - total),
        "ba": (0, -1, -1, Lg * (2 * E + k - 2 * S) + total),
    }
    margins = {}
    for window, (s, r, sign, closed) in forms.items():
        gap = sign * (Lg * (2 * (s * E + S) / total - 1) + r) * total
        margins[window] = work.define(f"m_{{\\mathtt{{{window}}}}}", closed)
        work.equal(
            gap, margins[window], because=f"after $\\mathtt{{{window}}}$ the answer is $\\mathtt{{{RULE[window]}}}$"
        )
    return margins


def the_worst(work: Work, margins: dict[str, Expr], k: Symbol, S: Symbol) -> None:
    """No margin is less than that of b^K aa, where Lg > 0 and E > 0."""
    a, b, x = (integer(name, "a count") for name in "abx")
    counted = {k: a + b, S: a - b}
    K = a + b + x
    least = margins["aa"].xreplace({k: K, S: -K})
    for window, given in (("aa", 4 * a + 3 * x), ("ab", 2 * a + 6 * b + 3 * x)):
        work.equal(
            margins[window].xreplace(counted) - least, given * Lg + x, because="not negative, as the counts are not"
        )
    work.equal(
        margins["ba"].xreplace(counted) - least,
        (2 * a + 6 * b + 3 * x) * Lg + x + 2 * (2 * positive("E") + a + b),
        because="not negative either",
    )


def hardest_cut(n_ctx: int) -> str:
    """b (aab)^j aa with as many letters as fit."""
    return "b" + "aab" * ((n_ctx - 3) // 3) + "aa"


def decided_by(work: Work, model: Transformer, context: str, behaviour: Predicts, scale: Expr) -> Rational:
    """The root of the margin after the context that decides, with claims on both sides; returns its upper end."""
    before = context[:-2]
    keys, total = len(before), before.count("a") - before.count("b")
    E = exp(Lg * scale)
    condition = Gt(Lg * (2 * E + 2 * total - keys), 2 * E + keys, evaluate=False)
    row = RootRow.found((f"$\\mathtt{{{context}}}$",), condition, Lg)
    low, high = row.low, row.high
    below, above_it = floor(low * SHORT) / SHORT, ceiling(high * SHORT) / SHORT
    work.say(f"So $\\mathtt{{{context}}}$ decides. It is right where this is positive:")
    margin = work.define(f"m(\\mathtt{{{context}}})", condition.lhs - condition.rhs)
    work.say(
        "Over the sum of the exponentials it is the margin of the logits themselves, which comes near to $Lg - 1$:"
    )
    work.equal(
        margin / (2 * E + keys),
        Lg - 1 - 2 * (keys - total) * Lg / (2 * E + keys),
        because="what the leak takes falls with $E$",
    )
    work.say(f"It has one zero, between two neighbours among the decimals of {DIGITS} digits:")
    work.table(
        f"Where the margin after $\\mathtt{{{context}}}$ is zero.",
        ("context", "$Lg$ above"),
        [row],
    )
    work.say(f"Below ${decimal_latex(below)}$ it is negative, above ${decimal_latex(above_it)}$ positive:")
    work.at_most(margin, 0, throughout=Between(Lg, 0, below), because="below the root")
    work.at_least(margin, 0, throughout=Between(Lg, above_it), because="above the root")
    work.say("The model itself, run with $Lg$ as a symbol on each context:")
    work.claim(
        Predicts((Answer(context, "a"),), "the context that decides", Between(Lg, 0, low)),
        of=model,
    )
    work.claim(Predicts(behaviour.answers, behaviour.contexts, Between(Lg, high)), of=model)
    return high
