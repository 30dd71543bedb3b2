"""What half, bfloat16, single and double precision do to the transformer by hand as Lg grows."""

from dataclasses import dataclass

from sympy import Expr, Ge, Gt, Integer, Pow, Rational, ceiling, exp, floor, log, sqrt

from symcircuits import Work, derivation
from symcircuits.algebra import Between, ExactMatrix, Proved, Verdict, prove
from symcircuits.algebra.binary import rounded_expression
from symcircuits.behaviours import (
    Answer,
    Completes,
    FirstRightRow,
    FormatRow,
    LogitsIn,
    Predicts,
    RightsIn,
    SeesIn,
    StoredRow,
    TurnRow,
)
from symcircuits.circuit import Gpt2Block, Transformer, gpt2_model
from symcircuits.formats import FORMATS, Format
from symcircuits.symbols import Lg, natural, positive
from symcircuits.typeset.binary import shortest
from symcircuits.typeset.decimals import decimal_latex
from symcircuits.worked import RootRow

SEED = 1024
DIGITS = 18  # of the zero of the margin, more than a double has
RULE = {"aa": "b", "ab": "a", "ba": "a"}
WORDS = ("aabaa", "abaab")
TOLD = "baabaabaabaabaabaabaabaabaa"


def hand_made(work: Work, n_ctx: int, scale: Expr) -> Transformer:
    """The model, from the weights of the parts before."""
    embedded = work.given("by_hand/embedding", n_ctx=n_ctx, word="aab")
    attended = work.given("by_hand/attention", n_ctx=n_ctx, word="aab")
    projected = work.given("by_hand/projection", n_ctx=n_ctx, word="aab")
    block = Gpt2Block(attended[r"\mathrm{c\_attn}"], projected["c_proj"], c_proj_bias=projected["c_bias"])
    return gpt2_model(embedded["wte"], embedded["wpe"], [block], "ab", scale=scale, name="The model")


@derivation("by_hand/precision", title="A transformer by hand: what rounding does to it")
def precision(work: Work, n_ctx: int = 5, scale_of: int = 8) -> None:
    work.require(5 <= n_ctx <= 6, f"n_ctx must be 5 or 6, since every context is run, got {n_ctx}")
    work.require(
        4 <= scale_of <= 16, f"scale_of, the number under the root of the scale, must be 4 to 16, got {scale_of}"
    )
    scale, keys = 1 / sqrt(Integer(scale_of)), n_ctx - 2
    work.problem(
        "A program rounds every number that it computes. Let the model run in half precision (float16), in bfloat16, "
        "in single and in double precision (float32, float64). As $Lg$ grows, which parts of it are rounded away, at "
        "which $Lg$ exactly, and what happens to the answers? For which $Lg$ does it work at all?"
    )
    work.suggest({Lg: SEED})
    work.section("The formats")
    the_formats(work, scale)
    model = hand_made(work, n_ctx, scale)
    work.section("The residual signal")
    residual(work, model, n_ctx)
    work.section("The leak disappears")
    vanishing(work, scale)
    work.section("One half, exactly")
    halves(work, scale, keys)
    work.section("The largest score not subtracted")
    overflowing(work, scale)
    work.section("The head itself, rounded")
    turns(work, model, scale, keys)
    work.section("The answers")
    answers(work, model, scale, n_ctx)
    runs(work, model, scale, n_ctx)


def the_formats(work: Work, scale: Expr) -> None:
    """What a format is, and numbers of the model in each."""
    work.say(
        "A format keeps $p$ significant bits. Rounding takes a real number to the nearest number of the format, and of "
        "two that are equally near to the one whose last bit is zero. So it never turns the order of two numbers "
        "round, and all that is to be asked is on which side of the middle between two neighbours a number lies. The "
        "unit roundoff $u = 2^{-p}$ is half the step from 1 to the next number. Below the least normal number the "
        "steps shrink no further, and beyond the largest number by half a step or more there is infinity."
    )
    rows = [FormatRow(f, -f.bits, f.most - f.bits + 1, f.least, f.least - f.bits + 1) for f in FORMATS]
    header = ("format", "$p$", "$u$", "largest", "least normal", "least positive")
    work.table("Each exponent is proved by rounding a number on either side of it.", header, rows)
    numbers = (scale, SEED * scale, Integer(SEED + 1), Integer(65520), -(Integer(10) ** 10))
    header = ("format", *(f"${told}$" for told in ("1/\\sqrt{d}", f"{SEED}/\\sqrt{{d}}", SEED + 1, 65520, "-10^{10}")))
    work.table("Numbers of the model as they are stored.", header, [StoredRow.found(f, numbers) for f in FORMATS])
    work.say(
        f"The number {SEED} is a power of two and exact in all of them; {SEED + 1} is not a number of bfloat16. Half "
        "precision ends below 65520, and has no $-10^{10}$: a mask that is made as $-10^{10}$ times a matrix of zeros "
        "and ones becomes $0 \\cdot (-\\infty)$ there, which is no number, and takes the whole row with it. A real "
        "mask, as here, leaves the terms out."
    )


def residual(work: Work, model: Transformer, n_ctx: int) -> None:
    """The 1 of the token that is there, beside Lg."""
    work.say(
        "The token that is there adds 1 to its own logit. Beside $Lg$ it is lost when the numbers around $Lg$ are more "
        "than 2 apart, from $2^{p + 1}$ on. Between $2^p$ and $2^{p + 1}$ they are 2 apart and $Lg + 1$ is a tie: it "
        "is lost at every other number, and counts double at the rest."
    )
    header = ("format", *(f"$({told}) + 1$" for told in ("2^p - 1", "2^p", "2^p + 2", "2^{p + 1}")))
    rows = [StoredRow.found(to, [size + 1 for size in sizes(to)]) for to in FORMATS]
    work.table("What $Lg + 1$ becomes.", header, rows)
    work.say(
        f"So in bfloat16 the logits after $\\mathtt{{aaba}}$ at $Lg = {SEED}$ are {SEED} and 0, not {SEED + 1} and 0. "
        "That the token before is favoured by 1 is lost; the answer is not. All logits of two words, run in exact "
        "arithmetic with every weight, product, sum, exponential and quotient rounded, and every sum from left to "
        "right, are these whole numbers, $Lg$, $Lg + 1$, 1 and 0, each rounded; what the leak does to them is gone, "
        "and it will be seen where:"
    )
    for to in FORMATS:
        for word in WORDS:
            work.claim(LogitsIn(word, logits_in(to, word, SEED), to), of=model, at={Lg: SEED}, n_ctx=n_ctx)
    for to in FORMATS:
        work.experiment(LogitsIn(WORDS[0], logits_in(to, WORDS[0], SEED), to), of=model, n_ctx=n_ctx)
        for size in sizes(to)[1:3]:
            work.experiment(LogitsIn("aba", logits_in(to, "aba", size), to), of=model, n_ctx=n_ctx, Lg=size)


def sizes(to: Format) -> tuple[Expr, ...]:
    power = Integer(2) ** to.bits
    return power - 1, power, power + 2, 2 * power


def logits_in(to: Format, word: str, size: int | Expr) -> ExactMatrix:
    """The logits without a leak, rounded: the letter that is there, and Lg for the answer."""
    entries = {}
    for place, letter in enumerate(word):
        says = "b" if word[max(place - 1, 0) : place + 1] in ("a", "aa") else "a"
        for row, mine in enumerate("ab"):
            logit = Integer(int(letter == mine)) + (size if says == mine else 0)
            entries[row, place] = rounded_expression(logit, to)
    return ExactMatrix.from_entries((2, len(word)), entries)


def vanishing(work: Work, scale: Expr) -> None:
    """From which Lg on the exponential of the leak is rounded to zero, and its share of the attention."""
    P, c = positive("P", "the power of two that decides"), positive("c")
    work.say(
        "A softmax subtracts the largest score first. The keys of the window keep $e^0 = 1$, each key before it "
        "$e^{-L}$, with $L$ for $Lg$ times the scale. The least positive number of a format is $\\eta = 2^{1 - q}$, "
        "where $q$ is $p$ less the exponent of the least normal number. What is at most $\\eta / 2 = 2^{-q}$ is "
        "rounded to zero, the tie included, as zero is even. With $P = 2^q$, and $E = e^L$ on either side of it, for "
        "every $c > 0$:"
    )
    work.at_most(1 / (P * (1 + c)), 1 / P, because="$E = P (1 + c)$: lost")
    work.at_least((1 + c) / P, 1 / P, because="$E = P / (1 + c)$: kept")
    work.say(
        "So the exponential is lost from $L = q \\log 2$ on. Its share of the attention is lost before: the row sums "
        "to 2, the exponential is $\\eta$ where it is below $\\frac{3}{2} \\eta = 3 / P$, and half of $\\eta$ is a "
        "tie, and goes to zero. That is from $L = q \\log 2 - \\log 3$ on:"
    )
    work.at_most(3 / (P * (1 + c)), 3 / P, because="$E = \\frac{1}{3} P (1 + c)$: lost")
    work.at_least(3 * (1 + c) / P, 3 / P, because="$E = \\frac{1}{3} P / (1 + c)$: kept")
    rows = []
    for to in FORMATS:
        places, power = to.bits - to.least, Integer(2) ** (to.bits - to.least)
        for told, lost in (("exponential", power), ("share", power / Integer(3))):
            less = 0 if told == "exponential" else log(3)
            text = f"{places} \\log 2" + (" - \\log 3" if less else "")
            rows.append(From.here(to, (told, text), places * log(2) - less, lost, scale))
    work.table("From which $Lg$ on the leak is zero.", ("format", "what", "$L$", "$Lg$ from"), rows)
    kept = [str(to) for to in FORMATS if rounded_expression(exp(-SEED * scale), to) != 0]
    told = f"it is kept in {', '.join(kept)} alone" if kept else "it is lost in all of them"
    work.say(f"At $Lg = {SEED}$ {told}.")


@dataclass(frozen=True)
class From(RootRow):
    """The Lg from which on L is at least a closed form; there e^L is the number ``lost`` that was found to decide."""

    lost: Expr

    @classmethod
    def here(cls, to: Format, told: tuple[str, str], closed: Expr, lost: Expr, scale: Expr) -> "From":
        """The row that tells what is lost, and the closed form."""
        what, text = told
        row = RootRow.found((str(to), what, f"${text}$"), Ge(Lg * scale, closed, evaluate=False), Lg)
        return cls(row.told, row.condition, Lg, row.low, row.high, lost)

    def prove(self) -> Verdict:
        """Whether the closed form is the logarithm of that number, and the Lg is where L reaches it."""
        same = prove(exp(self.condition.rhs), self.lost)
        return super().prove() if isinstance(same, Proved) else same


def halves(work: Work, scale: Expr, keys: int) -> None:
    """From which Lg on each of the two keys in the window has exactly one half."""
    p, k = natural("p", "significant bits"), natural("k", "keys before the window")
    E, c = positive("E", "the exponential of L"), positive("c")
    half = Rational(1, 2)
    work.say(
        "In row $i$ there are $k = i - 1$ keys before the window, and each of the two inside gets $E / (2 E + k)$. The "
        "numbers just below $1/2$ are $u / 2$ apart, so this is rounded to $1/2$ where it is not below the middle:"
    )
    middle = work.define("M", half - 2 ** (-p - 2), meaning="between $1/2$ and the number before it")
    turn = k * (2**p - half)
    work.equal(turn / (2 * turn + k), middle, because="the row at $E = k (2^p - \\frac{1}{2})$")
    work.at_least((E + c) / (2 * (E + c) + k), E / (2 * E + k), because="it grows with $E$")
    work.say(
        "At the middle itself the tie goes to $1/2$, which is even. So a row that is rounded once is exactly $1/2$ "
        "from $L = \\log (k (2^p - \\frac{1}{2}))$ on, and not before. A program rounds more than once: it adds up $2 "
        "+ k e^{-L}$ and divides. The numbers above 2 are $4 u$ apart, so a sum that is rounded once is 2 where $k "
        "e^{-L} \\le 2 u$, and here the tie goes to 2."
    )
    work.say(
        "If it adds from left to right, the leak comes first, and then 1 and 1. With $s = k e^{-L}$, $s + 1$ is "
        "rounded to a multiple of $2 u$. If this is $1 + 2 u$, the second sum $2 + 2 u$ is a tie and goes to 2, so "
        "that $s$ is lost up to $3 u$, where $1 + 3 u$ is a tie and goes up to $1 + 4 u$:"
    )
    work.table(
        "The three ties, which decide.",
        ("format", "$2 + 2 u$", "$1 + 3 u$", "$\\frac{1}{2} - \\frac{1}{4} u$"),
        [StoredRow.found(f, ties(f)) for f in FORMATS],
    )
    rows, third = [], "" if keys == 3 else f"\\frac{{{keys}}}{{3}} \\cdot"
    for to in FORMATS:
        whole, bits = Integer(2) ** to.bits, to.bits
        for told, closed, lost in (
            (
                "rounded once",
                f"\\log ({keys} \\cdot 2^{{{bits}}} - {decimal_latex(keys * half)})",
                keys * (whole - half),
            ),
            ("sum rounded once", f"\\log ({keys} \\cdot 2^{{{bits - 1}}})", keys * whole / 2),
            ("from left to right", f"\\log ({third} 2^{{{bits}}})", keys * whole / 3),
        ):
            rows.append(From.here(to, (told, closed), log(lost), lost, scale))
    header = ("format", "row", "$L$", "$Lg$ from")
    work.table(f"From which $Lg$ on the row with $k = {keys}$ is exactly $1/2$.", header, rows)
    work.say(
        "What the leak still has, at most $\\frac{1}{2} k e^{-L}$, is added to the value with the signs of its "
        "letters. Beside one half it is lost when it is at most $\\frac{1}{4} u$, the third of the ties, which is from "
        "$L = \\log (k\\, 2^{p + 1})$ on. From there the value is exactly 1, 0 or $-1$, whatever stands before the "
        "window, and a difference of logits that comes from those letters alone is no longer there:"
    )
    P = positive("P", "the power of two that decides")
    work.at_most(k / (2 * (2 * k * P + c) + k), 1 / (4 * P), because="the leak at $E = 2 k P + c$ with $P = 2^p$")


def ties(to: Format) -> tuple[Expr, ...]:
    u = Pow(2, -to.bits)
    return 2 + 2 * u, 1 + 3 * u, Rational(1, 2) - u / 4


def overflowing(work: Work, scale: Expr) -> None:
    """What becomes of a softmax that raises e to the scores as they stand."""
    work.say(
        "In exact arithmetic it makes no difference whether the largest score is subtracted. Without it the window has "
        "$e^L$, which is infinite from the middle beyond the largest number on, $\\Omega = (2 - u) 2^m$ with $m$ for "
        "the largest exponent. The sum is infinite before, near $\\frac{1}{2} \\Omega$. Then every share is a number "
        "over infinity, which is zero; once $e^L$ is infinite itself, infinity over infinity is no number at all."
    )
    rows = []
    for to in FORMATS:
        beyond = (2 - Pow(2, -to.bits)) * Integer(2) ** to.most
        closed, text = to.most * log(2) + log(beyond / 2**to.most), f"{to.most} \\log 2 + \\log (2 - 2^{{{-to.bits}}})"
        rows.append(From.here(to, ("$e^L$ infinite", text), closed, beyond, scale))
        rows.append(From.here(to, ("$2 e^L$ infinite", f"{text} - \\log 2"), closed - log(2), beyond / 2, scale))
    work.table("From which $Lg$ on it overflows.", ("format", "what", "$L$", "$Lg$ from"), rows)


def turns(work: Work, model: Transformer, scale: Expr, keys: int) -> None:
    """The two neighbouring numbers between which the rounded program turns."""
    work.say(
        "Now the head runs in exact arithmetic, rounded as above. The scale and $Lg$ times the scale are rounded as "
        "well, so a turn can lie a few numbers off the closed form. In the last row of a full context these are "
        "neighbouring numbers of the format, each told by its shortest decimal. As rounding keeps the order of "
        "numbers, the sum of the exponentials never rises with $Lg$, or never falls where the largest score is not "
        "subtracted, and what turns there does not turn back."
    )
    seen = (keys + 2, 2)
    rows = []
    for to in FORMATS:
        whole, power = Integer(2) ** to.bits, Integer(2) ** (to.bits - to.least)
        near = log(keys * whole / 3) / scale
        rows.append(TurnRow.found(model, Lg, to, near, ("window exactly $1/2$",), (0, 2), "halves"))
        rows.append(TurnRow.found(model, Lg, to, log(power / Integer(3)) / scale, ("leak zero",), seen))
        sum_infinite = to.most * log(2) / scale
        told = ("sum infinite, not subtracted",)
        rows.append(TurnRow.found(model, Lg, to, sum_infinite, told, (keys + 2, 0), shifted=False))
    work.table("Where the rounded model turns.", ("format", "what", "last before", "first after"), rows)


def answers(work: Work, model: Transformer, scale: Expr, n_ctx: int) -> None:
    """The contexts that are answered, near the least Lg and at 1024."""
    decides = Answer("b" * (n_ctx - 2) + "aa", "b")
    every = Predicts.by_window(RULE, "ab", range(2, n_ctx + 1))
    work.say(
        "Where does rounding lose a difference of the two logits of one context? Only where it is small: near the "
        f"least $Lg$ that is enough, after $\\mathtt{{{decides.context}}}$, which decides. In the first of two "
        "neighbouring numbers its answer is behind, or the two logits are equal, and both logits are numbers of the "
        "format, so that the margin is exact. In the second it is ahead, and all "
        f"{len(every.answers)} contexts of 2 to {n_ctx} letters that do not end in $\\mathtt{{bb}}$ are answered. So "
        "they are at the largest number that there is."
    )
    root = least(decides, scale)
    rows = [FirstRightRow.found(model, Lg, every, to, root.low, decides) for to in FORMATS]
    work.table(
        "Where the context that decides turns, and the largest $Lg$.",
        ("format", "$Lg$", "margin", "next $Lg$", "margin", "largest number"),
        rows,
    )
    lost_differences(work, rows, scale, root, n_ctx - 2)
    work.say(
        "From a little beyond $L = \\log (k\\, 2^{p + 1})$ on, as $L$ is rounded itself, every context is answered for "
        "every $Lg$ of the format: the shares are exactly $1/2$, the values add up to exactly 1 or 0, and the logits "
        "are $(1, Lg)$ after $\\mathtt{aa}$, $(Lg, 1)$ after $\\mathtt{ab}$ and $(Lg + 1, 0)$, rounded, after "
        "$\\mathtt{ba}$; and $Lg + 1$ is never rounded below $Lg$. So no size of $Lg$ loses the answer, until $Lg$ "
        "itself is infinite, at 65520 in half precision. Below that $L$ what is proved here is proved at single "
        f"numbers. At $Lg = {SEED}$ the model tells {len(TOLD)} of {len(TOLD)} letters of $(\\mathtt{{aab}})^*$ "
        "rightly in each format; these are all contexts that it meets on the way:"
    )
    met = Completes("aa", TOLD).steps(n_ctx)
    for to in FORMATS:
        work.claim(RightsIn(met, len(met.answers), to), of=model, at={Lg: SEED}, n_ctx=n_ctx)
    for to in FORMATS:
        work.experiment(RightsIn(met, len(met.answers), to), of=model, n_ctx=n_ctx)
        work.experiment(
            RightsIn(every, len(every.answers), to), of=model, n_ctx=n_ctx, Lg=[6, Integer(2) ** min(to.most, 100)]
        )
    work.experiment(RightsIn(every, 0, FORMATS[0]), of=model, n_ctx=n_ctx, Lg=65520)


def lost_differences(work: Work, rows: list[FirstRightRow], scale: Expr, root: RootRow, keys: int) -> None:
    """Where the rounded logits tie, or are the wrong way round, and what is so without rounding."""
    E = exp(Lg * scale)
    work.say("Without rounding the margin has the sign of this, which has one zero:")
    margin = Lg * (2 * E - 3 * keys) - (2 * E + keys)
    unit = Rational(1, 10**DIGITS)
    low, high = floor(root.low / unit) * unit, ceiling(root.high / unit) * unit
    work.at_most(margin, 0, throughout=Between(Lg, 0, low), because="behind, and not equal")
    work.at_least(margin, 0, throughout=Between(Lg, high), because="ahead, and not equal")
    above = told([row for row in rows if row.low > high])
    tied = told([row for row in rows if row.behind == 0])
    below = told([row for row in rows if row.low < low and row.behind < 0])
    work.say(
        f"So rounding loses an answer that is ahead in {above}, and makes two logits equal that are not in {tied}. The "
        f"answer is behind with rounding and without in {below}."
    )


def told(rows: list[FirstRightRow]) -> str:
    """Formats, each with its first number."""
    return ", ".join(f"{row.format} at ${shortest(row.low, row.format)}$" for row in rows) or "none of the four"


def least(decides: Answer, scale: Expr) -> RootRow:
    """The Lg from which on the context that decides is answered rightly, without any rounding, to a few digits."""
    keys, E = len(decides.context) - 2, exp(Lg * scale)
    return RootRow.found((), Gt(Lg * (2 * E - 3 * keys), 2 * E + keys, evaluate=False), Lg)


def runs(work: Work, model: Transformer, scale: Expr, n_ctx: int) -> None:
    """The engine in NumPy's own types, and rounded after every operation, on both sides of each turn.

    NumPy may add up in another order, so it runs a little before the first of the closed forms and after the last.
    """
    keys = n_ctx - 2
    for to in FORMATS:
        whole, power = Integer(2) ** to.bits, Integer(2) ** (to.bits - to.least)
        halved, gone = (log(keys * whole / 3), log(keys * whole)), (log(power / Integer(3)), log(power))
        for counts, L in (
            ((n_ctx, 0), halved[0] * Rational(97, 100)),
            ((n_ctx, 2), halved[1] * Rational(103, 100)),
            ((n_ctx, 2), gone[0] * Rational(97, 100)),
            ((2, 2), gone[1] * Rational(103, 100)),
        ):
            work.experiment(SeesIn(*counts, to), of=model, n_ctx=n_ctx, Lg=near(L / scale))
        infinite = to.most * log(2) / scale
        plain = {size: near(infinite * Rational(size, 100)) for size in (97, 103)}
        work.experiment(SeesIn(n_ctx, 2, to, shifted=False), of=model, n_ctx=n_ctx, Lg=plain[97])
        work.experiment(SeesIn(0, 0, to, shifted=False), of=model, n_ctx=n_ctx, Lg=plain[103])


def near(number: Expr) -> Rational:
    """A number with one decimal, to run at."""
    return Rational(round(10 * number), 10)
