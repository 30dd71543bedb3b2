"""The transformer by hand in longer contexts, under both scales, and where a larger Lg does worse."""

from sympy import Expr, Gt, Integer, exp, sqrt
from sympy.core.relational import Relational

from symcircuits import Work, derivation
from symcircuits.symbols import Lg, integer, positive
from symcircuits.worked import IntervalRow, RootRow

SIZES = (5, 6, 8, 16)
SCALES = ((r"$\sqrt{8}$", lambda n_ctx: 8), (r"$\sqrt{n_{\mathrm{ctx}} + 3}$", lambda n_ctx: n_ctx + 3))


def spread(root: int) -> Expr:
    """The exponential of Lg times the scale."""
    return exp(Lg / sqrt(Integer(root)))


def right_after(window: int, total: int, keys: int, root: int) -> Relational:
    """Where the model is right after aa (window 2), for letters before it whose values sum to ``total``."""
    E = spread(root)
    return Gt(Lg * (window * E + 2 * total - keys), 2 * E + keys, evaluate=False)


@derivation("by_hand/growth", title="A transformer by hand: longer contexts")
def growth(work: Work, largest: int = 16) -> None:
    work.require(5 <= largest <= 64, f"largest, the longest context of the tables, must be from 5 to 64, got {largest}")
    sizes = sorted({size for size in SIZES if size < largest} | {largest})
    work.problem(
        "Let the model have a context of $n_{\\mathrm{ctx}}$ tokens and a stream of $n_{\\mathrm{ctx}} + 3$ "
        "directions, built in the same way. How large has $Lg$ to be then, with the scale $1/\\sqrt{8}$, and with "
        "$1/\\sqrt{n_{\\mathrm{ctx}} + 3}$? Can a larger $Lg$ do worse?"
    )
    work.section("Contexts that do not end in $\\mathtt{bb}$")
    work.say(
        "With $E = e^{Lg}$ to the power of the scale, $k$ letters before the window and $S$ for the sum of their "
        "values, the model is right after $\\mathtt{aa}$ where $Lg (2 E + 2 S - k) > 2 E + k$. The hardest context is "
        "$\\mathtt{b}^K \\mathtt{aa}$ with $K = n_{\\mathrm{ctx}} - 2$, for every $n_{\\mathrm{ctx}}$, as was proved "
        "along with the case of five: $Lg (2 E - 3 K) > 2 E + K$."
    )
    rows = [
        RootRow.found((f"${size}$", name), right_after(2, 2 - size, size - 2, root(size)), Lg)
        for size in sizes
        for name, root in SCALES
    ]
    header = ("$n_{\\mathrm{ctx}}$", "scale, one over", "$Lg$ above")
    work.table(
        "Every context that does not end in $\\mathtt{bb}$ is answered rightly exactly above this.", header, rows
    )
    work.section("Contexts cut from $(\\mathtt{aab})^*$")
    hardest_cut(work, sizes)
    work.section("A larger $Lg$ can do worse")
    worse(work)


def hardest_cut(work: Work, sizes: list[int]) -> None:
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
    least = large * (2 * E - 3 - J) - (2 * E + 1 + 3 * J)
    work.say("with $J = j + x$ and $Lg = 1 + y$, and those of the others that end in $\\mathtt{aa}$ exceed it by:")
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
    rows = []
    for size in sizes:
        count = (size - 3) // 3
        for name, root in SCALES:
            context = f"$\\mathtt{{b}} (\\mathtt{{aab}})^{{{count}}} \\mathtt{{aa}}$" if count else "$\\mathtt{baa}$"
            rows.append(
                RootRow.found((f"${size}$", name, context), right_after(2, count - 1, 1 + 3 * count, root(size)), Lg)
            )
    header = ("$n_{\\mathrm{ctx}}$", "scale, one over", "decided by", "$Lg$ above")
    work.table("Every context cut from the pattern is answered rightly exactly above this.", header, rows)


def worse(work: Work) -> None:
    """After ba a larger Lg may do worse, and only there."""
    E = positive("E", "the exponential of Lg times the scale")
    k, S = integer("k", "keys before the window"), integer("S", "the sum of the values before the window")
    work.say(
        "Once right, always right: this holds after $\\mathtt{aa}$ and $\\mathtt{ab}$. There the model is right where "
        "$Lg > (2 E + k) / (2 E + c)$ with $2 E + c > 0$, $c$ being $2 S - k$ or $k - 2 S$. The right side falls "
        "with $E$ where $c \\le k$. Where $c > k$ it grows, but more slowly than $Lg$ itself: by $2 E (c - k) / (q "
        "(2 E + c)^2)$ for a step of $Lg$ with the root $q \\ge 1$ in the scale, and this is less than $1/4$, since"
    )
    c = positive("c", "a number that exceeds k")
    work.equal((2 * E + c) ** 2 - 8 * E * c, (2 * E - c) ** 2, because="so $2 E c \\le (2 E + c)^2 / 4$")
    work.say(
        "After $\\mathtt{ba}$ it is otherwise. The answer is $\\mathtt{a}$, which the token itself supports; the "
        "model is wrong where $Lg (2 S - k - 2 E) > 2 E + k$. For a small $Lg$ it is not, since the letter that is "
        "there outweighs the head. For a large $Lg$ it is not, since the leak is small. In between, many letters "
        "$\\mathtt{a}$ before the window may outweigh the window. The most are $S = k$, the context $\\mathtt{a}^k "
        "\\mathtt{ba}$; any other has less by"
    )
    left = Lg * (k - 2 * E) - (2 * E + k)
    work.equal(left - (Lg * (2 * S - k - 2 * E) - (2 * E + k)), 2 * Lg * (k - S), because="not negative, as $S \\le k$")
    one_less = left.xreplace({k: k - 1})
    work.equal(left - one_less, Lg - 1, because="a letter more makes it worse where $Lg > 1$")
    work.say("and where $Lg \\le 1$ there is no such case at all. So the tables end with the shortest context:")
    fixed = [IntervalRow.found((f"$\\mathtt{{a}}^{{{n}}} \\mathtt{{ba}}$",), wrong(n, 8), Lg) for n in (11, 12, 13)]
    header = ("context", "wrong from $Lg =$ on", "right again from")
    work.table("The scale $1/\\sqrt{8}$, whatever the length of the context.", header, fixed)
    grown = [IntervalRow.found((f"$\\mathtt{{a}}^{{{n}}} \\mathtt{{ba}}$",), wrong(n, n + 5), Lg) for n in (8, 9, 10)]
    work.table("The scale $1/\\sqrt{n_{\\mathrm{ctx}} + 3}$, in a context that is just long enough.", header, grown)
    work.say(
        "With this scale a context may also be shorter than the model allows. The scale is then smaller still, and "
        "$E$ stays near 1 for longer. Two letters before the window can never do it, as $2 E > 2$; three do it, from "
        "an $n_{\\mathrm{ctx}}$ of 2382 on:"
    )
    short = [
        IntervalRow.found((f"$\\mathtt{{aaaba}}$, $n_{{\\mathrm{{ctx}}}} = {size}$",), wrong(3, size + 3), Lg)
        for size in (2381, 2382)
    ]
    work.table("The scale $1/\\sqrt{n_{\\mathrm{ctx}} + 3}$ of a longer model.", header, short)


def wrong(keys: int, root: int) -> Relational:
    """Where the model is wrong after as many letters a, and ba."""
    E = spread(root)
    return Gt(Lg * (keys - 2 * E), 2 * E + keys, evaluate=False)
