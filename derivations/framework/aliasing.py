"""When frequencies come back: what the claims on positions are worth in a context of a given length."""

from collections.abc import Callable, Mapping

from sympy import Expr, Integer, Rational, Sum, Symbol, cos, exp, log, pi, sin

from symcircuits import Head, Residual, Sinusoids, Work, derivation
from symcircuits.algebra import FallingSum, Margin, prove_gap_over, rounded
from symcircuits.behaviours import LeastScales, ScaleRow, Stated, offsets
from symcircuits.circuit import Geometric
from symcircuits.symbols import beta, integer, lambda_, natural, positive
from symcircuits.worked import ScoreFigure

Scalar = Callable[..., Expr]
CONTEXTS, PAIRS, BASES = (8, 64, 512, 1024), (2, 4, 8, 32), (10000, 100, 10)
MASSES = (Rational(9, 10), Rational(99, 100))


@derivation("framework/aliasing", title="When frequencies come back: the margin of a claim on positions")
def aliasing(work: Work, longest: int = 1024, most_pairs: int = 32) -> None:
    work.require(longest >= CONTEXTS[0], f"the table begins with {CONTEXTS[0]} tokens, got longest = {longest}")
    work.require(most_pairs >= PAIRS[0], f"the table begins with {PAIRS[0]} pairs, got most_pairs = {most_pairs}")
    work.problem(
        "A head that looks for a place compares cosines, and a cosine comes back. When does another token look like "
        "the wanted one? How near does one come to it in a context of $n_{\\mathrm{ctx}}$ tokens? And how large must "
        "the scale $\\beta$ be for the previous token to get nine tenths, or 99 hundredths, of the attention in every "
        "row?"
    )
    work.section("The gap")
    g = gap_as_squares(work)
    work.section("One frequency")
    one_frequency(work)
    work.section("Several frequencies")
    several(work)
    work.section("Which distances occur")
    tail_of_row(work, g)
    work.section("The margin in a context")
    margin(work, g)
    work.section("The least scale")
    least_scale(work)
    work.section("The table")
    table(work, [n for n in CONTEXTS if n <= longest], [p for p in PAIRS if p <= most_pairs])


def wave_gap(angles: Mapping[Symbol, Expr], k: Expr) -> Expr:
    """How much a token at distance k is behind the wanted one."""
    return sum(scale**2 * (1 - cos(angle * k)) for scale, angle in angles.items())


def gap_as_squares(work: Work) -> Scalar:
    """The gap, and where it is zero; returns it as a function of the distance."""
    position, k = Sinusoids(2), integer("k", "distance from the wanted token")
    work.say(
        "In exercise 2(b), 2(c) and 2(d), and in the rotary head of 3, the score of a key depends on its distance $k$ "
        "from the wanted token alone, and is behind the best one by $\\beta$ times the gap. It is written here for "
        "two pairs; with more there are more terms."
    )
    angles = dict(zip(position.scales, position.angles, strict=True))
    g = work.define("g(k)", wave_gap(angles, k)).func
    squares = 2 * sum(scale**2 * sin(angle * k / 2) ** 2 for scale, angle in angles.items())
    work.equal(g(k), squares, because="$1 - \\cos x = 2 \\sin^2(x / 2)$")
    work.at_least(squares, 0, because="a sum of squares")
    work.say(
        "The gap is zero exactly where every $\\alpha_i k$ is a multiple of $2 \\pi$: there the head cannot tell the "
        "two tokens apart, however large $\\beta$ is. It is the same before and after, since the cosine is even."
    )
    return g


def one_frequency(work: Work) -> None:
    """A single pair: a fraction of a turn has a period, one radian comes near."""
    k, period = integer("k"), natural("P", "a number of tokens")
    turns, times = natural("j", "full turns within P tokens"), natural("t", "a number of periods")
    scale = lambda_(0)
    work.say(
        "A single pair whose angle is a fraction of a turn, $\\alpha_0 = 2 \\pi j / P$ in lowest terms, has turned "
        "fully after $P$ tokens. Its gap has the period $P$, and is zero at every multiple of it:"
    )
    back = work.define("u(k)", wave_gap({scale: 2 * pi * turns / period}, k), meaning="one pair, with a period").func
    work.equal(back(k), 2 * scale**2 * sin(pi * turns * k / period) ** 2, because="as above")
    work.equal(back(k + period), back(k), because="$j$ full turns more")
    work.at_most(back(period * times), 0, because="$j t$ full turns")
    work.say(
        "And nowhere else: $k j / P$ is a whole number only where $P$ divides $k$, since $j$ and $P$ have no common "
        "factor. So a seventh of a turn comes back after 7 tokens, and not before:"
    )
    seventh = work.define("s(k)", wave_gap({scale: 2 * pi / 7}, k), meaning="a seventh of a turn a token").func
    work.equal(seventh(k), 2 * scale**2 * sin(pi * k / 7) ** 2, because="as above")
    work.at_most(seventh(Integer(7)), 0, because="a full turn")
    numbers = {scale: Integer(1)}
    work.at_least(seventh(k), 0, because="strictly, at each distance", over=(k, range(1, 7)), at=numbers)
    work.say(
        "An angle of one radian is no fraction of a turn, since $\\pi$ is irrational; its gap is never zero again. But "
        "it comes near. At $k = 19$, three turns and a little, the cosine is almost 1:"
    )
    radian, nineteen = 1 - cos(k), 1 - cos(Integer(19))
    work.at_least(nineteen, Rational(11295, 10**6), because="enclosed")
    work.at_most(nineteen, Rational(11296, 10**6), because="so it is 0.0113 to three digits")
    work.at_most(nineteen, (19 - 6 * pi) ** 2 / 2, because="$1 - \\cos x \\le x^2 / 2$ at $x = 19 - 6 \\pi$")
    work.say("Before that no distance is as near; within 64 tokens the nearest is 44, for $44 / 7$ is nearly $2 \\pi$.")
    work.at_least(radian, nineteen, because="19 is nearest up to 24", over=(k, range(1, 25)))
    nearest = 1 - cos(Integer(44))
    work.at_least(radian, nearest, because="44 is nearest up to 62", over=(k, range(1, 63)))
    work.at_most(nearest, Rational(157, 10**6), because="enclosed")
    work.figure(
        ScoreFigure(radian, k, range(1, 63), best=None, label=r"1 - \cos k"),
        "The gap of an angle of one radian at each distance in 64 tokens, with the least one marked.",
    )


def several(work: Work) -> None:
    """Several pairs come back where all of them do at once."""
    k, times = integer("k"), natural("t", "a number of periods")
    first, second = lambda_(0), lambda_(1)
    work.say(
        "A sum of squares is zero only where every one of them is, so several pairs come back where all do at once. A "
        "quarter of a turn comes back after 4 tokens, a sixth after 6, and the two together after 12, their least "
        "common multiple. At 4 and at 6 the other pair tells the tokens apart:"
    )
    both = work.define("h(k)", wave_gap({first: pi / 2, second: pi / 3}, k), meaning="a quarter and a sixth").func
    work.equal(both(Integer(4)), second**2 * Rational(3, 2), because="two thirds of a turn are left")
    work.equal(both(Integer(6)), 2 * first**2, because="half a turn is left")
    work.equal(both(k + 12), both(k), because="three full turns and two")
    work.at_most(both(12 * times), 0, because="so it is zero at every multiple of 12")
    ones = {first: Integer(1), second: Integer(1)}
    work.at_least(both(k), 0, because="strictly, at each distance", over=(k, range(1, 12)), at=ones)
    work.say(
        "Each pair more can only raise the gap, and makes the common period longer. Where no two multiples agree "
        "there is none."
    )


def tail_of_row(work: Work, g: Scalar) -> None:
    """The mass on the previous token in closed form; the last row has the least of it."""
    n, k, j = integer("n"), integer("k"), integer("j", "a key")
    work.say(
        "Now for a head that attends to the previous token, as in 2(c). In row $n$ the key $m$ is at the distance $k "
        "= n - 1 - m$, and $m$ runs from 0 to $n$. So $k$ runs from $-1$, the present token, to $n - 1$, the first "
        "token; $k = 0$ is the previous token itself. With its own term divided out, the sum in the softmax is 1 and a "
        "tail $T$:"
    )
    T = work.define(
        "T(n)", exp(-beta * g(Integer(-1))) + Sum(exp(-beta * g(k)), (k, 1, n - 1)), meaning="the tail of row $n$"
    ).func
    total = Sum(exp(-beta * g(n - 1 - j)), (j, 0, n))
    earlier = Sum(exp(-beta * g(n - 1 - j)), (j, 0, n - 2))
    work.chain(
        total,
        (exp(-beta * g(Integer(-1))) + 1 + earlier, "the keys $j = n$ and $j = n - 1$ apart"),
        (1 + T(n), "the other keys counted from the previous token"),
        given="$n \\ge 1$",
    )
    work.say(
        "The mass on the previous token is one over this, $1 / (1 + T(n))$. One row further down there is one more "
        "distance, and the tail grows by its term:"
    )
    work.equal(T(n + 1) - T(n), exp(-beta * g(n)), because="the last term", given="$n \\ge 1$")
    before, more = positive("T", "the tail of a row"), positive("e", "what the tail grows by")
    work.at_most(1 / (1 + before + more), 1 / (1 + before), because="a larger tail leaves less mass")
    work.say(
        "So *the last row decides*. In a context of $n_{\\mathrm{ctx}}$ tokens the distances are $-1$ and $1, \\ldots, "
        "n_{\\mathrm{ctx}} - 2$, together $n_{\\mathrm{ctx}} - 1$ of them. Row 0 has no previous token, and is left "
        "out."
    )


def margin(work: Work, g: Scalar) -> None:
    """The least gap at the numbers that 2(b) to 2(d) run with."""
    k, numbers = integer("k"), Sinusoids(4).suggested()
    position = Sinusoids(2)
    at = {symbol: value for symbol, value in numbers.items() if symbol in position.free_symbols}
    occurring = offsets(64, -1)
    angles = dict(zip(position.scales, position.angles, strict=True))
    found = prove_gap_over(wave_gap(angles, k), k, occurring, at)
    work.require(isinstance(found, Margin) and found.strict, "a frequency comes back within 64 tokens")
    near = max(found.least.reached_at)
    work.say(
        "The least gap over the distances that occur is the *margin*. At the numbers that exercise 2 runs with, and "
        f"in 64 tokens, it is reached at $k = {near}$:"
    )
    work.at_least(g(k), g(Integer(near)), because="at each distance", over=(k, range(1, 63)), at=at)
    least = found.least.value
    work.at_least(g(Integer(near)), rounded(least, 3, up=False), because="rounded down", at=at)
    work.at_most(g(Integer(near)), rounded(least, 3), because="rounded up", at=at)
    work.figure(
        ScoreFigure(wave_gap(angles, k), k, occurring, at=at, best=None, label="g(k)"),
        "The gap of two pairs at each distance that occurs in 64 tokens, with the margin marked.",
    )


def least_scale(work: Work) -> None:
    """From a mass to a scale: exactly one, and what is sufficient for it."""
    tail, eps = positive("T", "the tail of a row"), positive("epsilon", "the mass left to others", r"\epsilon")
    gap, more = positive("g_min", "the least gap", r"g_{\min}"), positive("d", "by how much another gap exceeds it")
    count, step = integer("N", "the number of distances"), positive("b", "by how much the scale is raised")
    work.say(
        "The previous token gets at least $1 - \\epsilon$ where the tail is at most $\\epsilon / (1 - "
        "\\epsilon)$, and only there:"
    )
    level = eps / (1 - eps)
    work.equal(1 / (1 + tail) - (1 - eps), (1 - eps) * (level - tail) / (1 + tail), because="over a common denominator")
    work.say(
        "If no frequency comes back, every term $e^{-\\beta g(k)}$ of the tail falls strictly as $\\beta$ grows, from "
        "1 to 0. So the tail falls strictly from the number of distances $N = n_{\\mathrm{ctx}} - 1$ to 0, and comes "
        "down to this level at exactly one $\\beta$. That is the *least scale* for the mass:"
    )
    work.at_most(exp(-(beta + step) * gap), exp(-beta * gap), because="each term, strictly")
    work.say(
        "It is the root of $\\sum_k e^{-\\beta g(k)} = \\epsilon / (1 - \\epsilon)$ over the distances that "
        "occur, and has no closed form. A sufficient scale has one. Each of the $N$ terms is at most $e^{-\\beta "
        "g_{\\min}}$, so the tail is low enough where $N e^{-\\beta g_{\\min}}$ is:"
    )
    enough = (eps * exp(beta * gap) - count * (1 - eps)) * exp(-beta * gap) / (1 - eps)
    work.equal(level - count * exp(-beta * gap), enough, because="over a common denominator")
    work.say("The first bracket is not negative exactly from the *sufficient scale* on:")
    enough = work.define("B(N)", log(count * (1 - eps) / eps) / gap).func
    work.equal(exp(enough(count) * gap), count * (1 - eps) / eps, because="the bracket is zero there")
    work.say(
        "It is only sufficient. If but one gap exceeds the least, by $d > 0$, the tail is smaller than the bound at "
        "every $\\beta$, by at least"
    )
    work.equal(
        count * exp(-beta * gap) - ((count - 1) * exp(-beta * gap) + exp(-beta * (gap + more))),
        exp(-beta * gap) * (1 - exp(-beta * more)),
        because="one term differs",
    )
    work.at_least(exp(-beta * gap) * (1 - exp(-beta * more)), 0, because="strictly")
    work.say("At the sufficient scale the tail is then below the level already: the least scale is less.")


def table(work: Work, contexts: list[int], sizes: list[int]) -> None:
    """Least scales for two masses, by base, context and number of pairs."""
    k, base = integer("k"), natural("b", "the base of the frequencies")
    work.say(
        "The usual frequencies fall geometrically, $\\alpha_i = b^{-i / p}$ for $p$ pairs and a base $b$; all "
        "magnitudes are 1. For each context the gaps are enclosed at every distance; told are the distance "
        "$k$ of the least gap, that gap rounded down, and for the masses 0.9 and 0.99 the least scale and the "
        "sufficient one, both rounded up to eight digits. Each figure is proved: at a least scale an enclosure "
        "of the tail is at most the level, and one unit of the last digit below it is above the level."
    )
    header = ("$n_{\\mathrm{ctx}}$", "$p$", "at $k$", "least gap", "$\\beta_{0.9}$", "suffices", "$\\beta_{0.99}$")
    stated: dict[tuple[int, int], list[Stated]] = {}
    for b in BASES:
        rows = []
        for p in sizes:
            angles = Geometric(p, Integer(b)).angles
            longest = FallingSum.of(sum(1 - cos(angle * k) for angle in angles), k, offsets(contexts[-1], -1))
            for n_ctx in contexts:
                rows.append(ScaleRow.found((f"${n_ctx}$", f"${p}$"), longest.first(n_ctx - 1), MASSES))
                stated.setdefault((p, b), []).extend(rows[-1].stated)
        caption = f"Base $b = {b}$: the least scales for the masses 0.9 and 0.99 on the previous token in every row."
        work.table(caption, (*header, "suffices"), rows)
    work.say(
        "The tables say what more pairs are for. With two of them a long context may meet a distance at which both "
        "are nearly back: for the base 100 at $k = 377$, which is nearly 60 turns of the one and nearly 6 of the "
        "other. With eight pairs or more the nearest rival is the neighbour. Then a longer context costs next to "
        "nothing, while the sufficient scale, which takes every distance for the worst, goes on growing with its "
        "logarithm."
    )
    work.say("The heads of 2(c) with these frequencies, and the engine, must agree with the table:")
    for p in sizes:
        position = Geometric(p, base)
        read = Residual(position=position).read(position)
        head = Head(W_Q=read, W_K=position.shift(1) @ read, name=f"the head with {p} pairs")
        for b in BASES:
            work.experiment(LeastScales(-1, tuple(stated[p, b])), of=head, n_ctx=contexts[-1], b=b)
