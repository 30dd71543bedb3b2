"""The transformer by hand in longer contexts, under both scales."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sympy import Expr, Gt, Integer, Rational, exp, sqrt
from sympy.core.relational import Relational

from symcircuits import Work, derivation
from symcircuits.algebra import Proved, Verdict, prove
from symcircuits.behaviours import Answer, Predicts, Rights
from symcircuits.circuit import Gpt2Block, Transformer, gpt2_model
from symcircuits.symbols import Lg, integer, positive
from symcircuits.worked import RootRow

SIZES = (5, 6, 8, 16)
SCALES = ((r"$\sqrt{8}$", lambda n_ctx: 8), (r"$\sqrt{n_{\mathrm{ctx}} + 3}$", lambda n_ctx: n_ctx + 3))
RULE = {"aa": "b", "ab": "a", "ba": "a"}
ALL = 8  # the longest context for which every word is run
NEAR = Rational(1, 10**6)  # how near to a number a program runs it


def spread(root: int) -> Expr:
    """The exponential of Lg times the scale."""
    return exp(Lg / sqrt(Integer(root)))


def right_after(window: int, total: int, keys: int, root: int) -> Relational:
    """Where the model is right after aa (window 2), for letters before it whose values sum to ``total``."""
    E = spread(root)
    return Gt(Lg * (window * E + 2 * total - keys), 2 * E + keys, evaluate=False)


@dataclass(frozen=True)
class Decides(RootRow):
    """A number from which on a model is right after a context that ends in aa, by a condition that is the model's own:
    its two sides differ by the gap between its logits, times the sum of the exponentials."""

    context: str
    total: Expr
    model: Transformer = field(repr=False)

    @classmethod
    def of(cls, model: Transformer, told: Sequence[str], context: str, root: int) -> "Decides":
        """The row of a context, for a model with this number under the root in its scale."""
        before = context[:-2]
        condition = right_after(2, before.count("a") - before.count("b"), len(before), root)
        row = RootRow.found((*told, in_powers(context)), condition, Lg)
        return cls(row.told, condition, Lg, row.low, row.high, context, 2 * spread(root) + len(before), model)

    def prove(self) -> Verdict:
        """Whether the condition is that of the model, and the number its only root."""
        logits = self.model.logits(self.context)
        gap = logits[1, len(self.context) - 1] - logits[0, len(self.context) - 1]
        same = prove(gap * self.total, self.condition.lhs - self.condition.rhs)
        return super().prove() if isinstance(same, Proved) else same


def in_powers(context: str) -> str:
    """``b^K aa`` or ``b (aab)^J aa``, in print."""
    count, times = len(context) - 2, context.count("aab")
    if context == "b" * count + "aa":
        return f"$\\mathtt{{b}}^{{{count}}} \\mathtt{{aa}}$" if count > 1 else "$\\mathtt{baa}$"
    return f"$\\mathtt{{b}} (\\mathtt{{aab}})^{{{times}}} \\mathtt{{aa}}$"


@derivation("by_hand/growth", title="A transformer by hand: longer contexts")
def growth(work: Work, largest: int = 16) -> None:
    work.require(4 <= largest <= 32, f"largest, the longest context of the tables, must be from 4 to 32, got {largest}")
    sizes = sorted({size for size in SIZES if size < largest} | {largest})
    work.problem(
        "Let the model have a context of $n_{\\mathrm{ctx}}$ tokens and a stream of $n_{\\mathrm{ctx}} + 3$ "
        "directions, built in the same way. How large has $Lg$ to be then, with the scale $1/\\sqrt{8}$, and with "
        "$1/\\sqrt{n_{\\mathrm{ctx}} + 3}$?"
    )
    work.suggest({Lg: 1024})
    models = {(size, name): model for size in sizes for name, model in both_scales(work, size)}
    work.section("Contexts that do not end in $\\mathtt{bb}$")
    work.say(
        "With $E = e^{Lg}$ to the power of the scale, $k$ letters before the window and $S$ for the sum of their "
        "values, the model is right after $\\mathtt{aa}$ where $Lg (2 E + 2 S - k) > 2 E + k$. The hardest context is "
        "$\\mathtt{b}^K \\mathtt{aa}$ with $K = n_{\\mathrm{ctx}} - 2$, for every $n_{\\mathrm{ctx}}$, as was proved "
        "along with the case of five: $Lg (2 E - 3 K) > 2 E + K$. For each size this is found once more from the "
        "logits of the model of that size:"
    )
    told(work, models, "Every context that does not end in $\\mathtt{bb}$", lambda size: "b" * (size - 2) + "aa", every)
    work.section("Contexts cut from $(\\mathtt{aab})^*$")
    hardest_cut(work)
    told(work, models, "Every context cut from the pattern", lambda size: "b" + "aab" * ((size - 3) // 3) + "aa", cuts)


def both_scales(work: Work, n_ctx: int) -> list[tuple[str, Transformer]]:
    """The model of a size with either scale, from the weights of the parts before."""
    embedded = work.given("by_hand/embedding", n_ctx=n_ctx, word="aab")
    attended = work.given("by_hand/attention", n_ctx=n_ctx, word="aab")
    projected = work.given("by_hand/projection", n_ctx=n_ctx, word="aab")
    block = Gpt2Block(attended[r"\mathrm{c\_attn}"], projected["c_proj"], c_proj_bias=projected["c_bias"])
    wte, wpe = embedded["wte"], embedded["wpe"]
    scales = [(name, 1 / sqrt(Integer(root(n_ctx)))) for name, root in SCALES]
    return [(name, gpt2_model(wte, wpe, [block], "ab", scale=s, name=f"Size {n_ctx}")) for name, s in scales]


def every(n_ctx: int) -> Predicts:
    """Every context of a size that does not end in bb; of a large size only those that are the hardest of a length."""
    if n_ctx <= ALL:
        return Predicts.by_window(RULE, "ab", range(2, n_ctx + 1))
    answers = tuple(Answer("b" * k + "aa", "b") for k in range(n_ctx - 1))
    return Predicts(answers, f"{len(answers)} contexts of letters b and then aa")


def cuts(n_ctx: int) -> Predicts:
    return Predicts.cut_from("aab", range(2, n_ctx + 1))


def told(
    work: Work,
    models: dict[tuple[int, str], Transformer],
    what: str,
    hardest: Callable[[int], str],
    contexts: Callable[[int], Predicts],
) -> None:
    """The table of a set of contexts, and runs just above each number, where all are right, and just below it."""
    rows = {}
    for (size, name), model in models.items():
        rows[size, name] = Decides.of(model, (f"${size}$", name), hardest(size), dict(SCALES)[name](size))
    header = ("$n_{\\mathrm{ctx}}$", "scale, one over", "decided by", "$Lg$ above")
    work.table(f"{what} is answered rightly exactly above this.", header, list(rows.values()))
    for (size, name), row in rows.items():
        predicts = contexts(size)
        for value, right in ((row.high + NEAR, 0), (row.low - NEAR, 1)):
            behaviour = Rights(predicts, len(predicts.answers) - right)
            work.experiment(behaviour, of=models[size, name], n_ctx=size, Lg=round(value * 10**7) / Integer(10**7))


def hardest_cut(work: Work) -> None:
    """Of the contexts of the pattern, b (aab)^J aa is the hardest, with J as large as fits."""
    j, x, u = (integer(name, "a count") for name in ("j", "x", "t"))
    E = positive("E", "the exponential of Lg times the scale")
    work.say(
        "Here the letters before the window follow from the pattern. With $J$ for the largest number such that "
        "$\\mathtt{b} (\\mathtt{aab})^J \\mathtt{aa}$ fits, $J = \\lfloor (n_{\\mathrm{ctx}} - 3) / 3 \\rfloor$, "
        "that one is the hardest wherever $Lg \\ge 1$. Its margin is"
    )
    J = j + x
    large = 1 + positive("y", "how much Lg exceeds 1")
    least = work.define("m_J", large * (2 * E - 3 - J) - (2 * E + 1 + 3 * J), meaning="$S = J - 1$, $k = 3 J + 1$")
    work.say("with $J = j + x$ and $Lg = 1 + y$. The margins of the others that end in $\\mathtt{aa}$ exceed it by:")
    y = large - 1
    others = (
        (-3 - j, 1 + 3 * j, x * (y + 4), "$k = 1 + 3 j$, as $x \\ge 0$"),
        (-j, 3 * j, (3 + x) * large + 1 + 3 * x, "$k = 3 j$, not negative for $x = -1$ either"),
        (-2 - j, 2 + 3 * j, (1 + x) * large + 3 * x - 1, "$k = 2 + 3 j$, not negative where $Lg \\ge 1$"),
    )
    for shift, keys, excess, which in others:
        work.equal(large * (2 * E + shift) - (2 * E + keys) - least, excess, because=which)
    work.say(
        "After $\\mathtt{ab}$ the margin is $Lg (2 E + k - 2 S) - (2 E + k)$ with $k - 2 S \\ge -1$ and $k \\le 3 J "
        "+ 3$, by the letters that stand before it. With $k - 2 S = t - 1$ and $k = 3 J + 3 - x$ it is ahead by"
    )
    excess = (2 + j + u) * y + j + u + x
    work.equal(
        large * (2 * E + u - 1) - (2 * E + 3 * j + 3 - x) - (large * (2 * E - 3 - j) - (2 * E + 1 + 3 * j)),
        excess,
        because="not negative",
    )
    work.say("and after $\\mathtt{ba}$, where $k - 2 S \\ge -2$, the model is right whatever $Lg$ is, since $E > 1$.")
