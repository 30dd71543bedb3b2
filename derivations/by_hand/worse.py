"""Where a larger Lg does worse: the shortest context for it, with the transformer by hand run at both values."""

from functools import cache

from sympy import Expr, Gt, Integer, Rational, exp, sqrt
from sympy.core.relational import Relational

from symcircuits import Work, derivation
from symcircuits.algebra import Between, ExactMatrix
from symcircuits.behaviours import Answer, Computes, Predicts
from symcircuits.circuit import Gpt2Block, Transformer, gpt2_model
from symcircuits.symbols import Lg, integer, positive
from symcircuits.worked import IntervalRow

UNIT = Rational(1, 10**30)  # the last digit of the numbers in the tables


def spread(root: int) -> Expr:
    """The exponential of Lg times the scale."""
    return exp(Lg / sqrt(Integer(root)))


def wrong(keys: int, root: int) -> Relational:
    """Where the model is wrong after as many letters a, and ba."""
    E = spread(root)
    return Gt(Lg * (keys - 2 * E), 2 * E + keys, evaluate=False)


@cache
def row(told: str, keys: int, root: int) -> IntervalRow:
    """The row of a table for this context."""
    return IntervalRow.found((told,), wrong(keys, root), Lg)


def hand_made(work: Work, n_ctx: int, root: int) -> Transformer:
    """The model, from the weights of the parts before."""
    embedded = work.given("by_hand/embedding", n_ctx=n_ctx, word="aab")
    attended = work.given("by_hand/attention", n_ctx=n_ctx, word="aab")
    projected = work.given("by_hand/projection", n_ctx=n_ctx, word="aab")
    block = Gpt2Block(attended[r"\mathrm{c\_attn}"], projected["c_proj"], c_proj_bias=projected["c_bias"])
    scale = 1 / sqrt(Integer(root))
    return gpt2_model(embedded["wte"], embedded["wpe"], [block], "ab", scale=scale, name="The model")


@derivation("by_hand/worse", title="A transformer by hand: where a larger number does worse")
def worse(work: Work, letters: int = 12, scale_of: int = 8) -> None:
    work.require(1 <= letters <= 30, f"letters, those before the last two, must be from 1 to 30, got {letters}")
    work.require(scale_of >= 1, f"scale_of, the number under the root of the scale, must be positive, got {scale_of}")
    stretch = row(f"$\\mathtt{{a}}^{{{letters}}} \\mathtt{{ba}}$", letters, scale_of)
    work.require(
        bool(stretch.ends),
        f"with the scale 1/sqrt({scale_of}) the model is right after {letters} letters a and ba at every Lg; expected "
        f"more letters, or a larger scale_of",
    )
    work.problem(
        "A larger $Lg$ brings the attention nearer to a window of two. Can it do worse all the same? Which is the "
        "shortest context after which a larger $Lg$ is wrong where a smaller one was right?"
    )
    work.suggest({Lg: 1024})
    work.section("Where it cannot")
    once_right(work)
    work.section("Where it can")
    after_ba(work)
    fixed = [row(f"$\\mathtt{{a}}^{{{n}}} \\mathtt{{ba}}$", n, 8) for n in (11, 12, 13)]
    header = ("context", "wrong from $Lg =$ on", "right again from")
    work.table("The scale $1/\\sqrt{8}$, whatever the length of the context.", header, fixed)
    grown = [row(f"$\\mathtt{{a}}^{{{n}}} \\mathtt{{ba}}$", n, n + 5) for n in (8, 9, 10)]
    work.table("The scale $1/\\sqrt{n_{\\mathrm{ctx}} + 3}$, in a context that is just long enough.", header, grown)
    work.say(
        "With this scale a context may also be shorter than the model allows. The scale is then smaller still, and "
        "$E$ stays near 1 for longer. Two letters before the window can never do it, as $2 E > 2$; three do it, from "
        "an $n_{\\mathrm{ctx}}$ of 2382 on:"
    )
    short = [row(f"$\\mathtt{{aaaba}}$, $n_{{\\mathrm{{ctx}}}} = {size}$", 3, size + 3) for size in (2381, 2382)]
    work.table("The scale $1/\\sqrt{n_{\\mathrm{ctx}} + 3}$ of a longer model.", header, short)
    work.section("The model itself")
    on_the_model(work, letters, scale_of, stretch)


def once_right(work: Work) -> None:
    """After aa and ab the condition is one that stays true as Lg grows."""
    E, c = positive("E", "the exponential of Lg times the scale"), positive("c", "a number that exceeds k")
    work.say(
        "Once right, always right: this holds after $\\mathtt{aa}$ and $\\mathtt{ab}$. With $E = e^{Lg}$ to the power "
        "of the scale, $k$ letters before the window and $S$ for the sum of their values, the model is right there "
        "where $Lg > (2 E + k) / (2 E + c)$ with $2 E + c > 0$, $c$ being $2 S - k$ or $k - 2 S$. The right side falls "
        "with $E$ where $c \\le k$. Where $c > k$ it grows, but more slowly than $Lg$ itself: by $2 E (c - k) / (q "
        "(2 E + c)^2)$ for a step of $Lg$ with the root $q \\ge 1$ in the scale, and this is less than $1/4$, since"
    )
    work.equal((2 * E + c) ** 2 - 8 * E * c, (2 * E - c) ** 2, because="so $2 E c \\le (2 E + c)^2 / 4$")


def after_ba(work: Work) -> None:
    """After ba many letters a before the window can outweigh it, for an Lg neither small nor large."""
    E = positive("E", "the exponential of Lg times the scale")
    k, S = integer("k", "keys before the window"), integer("S", "the sum of the values before the window")
    work.say(
        "After $\\mathtt{ba}$ it is otherwise. The answer is $\\mathtt{a}$, which the token itself supports; the "
        "model is wrong where $Lg (2 S - k - 2 E) > 2 E + k$. For a small $Lg$ it is not, since the letter that is "
        "there outweighs the head. For a large $Lg$ it is not, since the leak is small. In between, many letters "
        "$\\mathtt{a}$ before the window may outweigh the window. The most are $S = k$, the context $\\mathtt{a}^k "
        "\\mathtt{ba}$; any other has less by"
    )
    left = Lg * (k - 2 * E) - (2 * E + k)
    work.equal(left - (Lg * (2 * S - k - 2 * E) - (2 * E + k)), 2 * Lg * (k - S), because="not negative, as $S \\le k$")
    work.equal(left - left.xreplace({k: k - 1}), Lg - 1, because="a letter more makes it worse where $Lg > 1$")
    work.say("and where $Lg \\le 1$ there is no such case at all. So the tables end with the shortest context:")


def closed_logits(context: str, E: Expr) -> ExactMatrix:
    """The logits of a and b in every row: 1 for the letter that is there, and the answer of the head by Lg."""
    signs, entries = [1 if letter == "a" else -1 for letter in context], {}
    for i, letter in enumerate(context):
        rest, keys = sum(signs[: max(i - 1, 0)]), max(i - 1, 0)
        v = signs[0] if i == 0 else ((signs[i] + signs[i - 1]) * E + rest) / (2 * E + keys)
        entries |= {(0, i): int(letter == "a") + Lg * (1 - v), (1, i): int(letter == "b") + Lg * v}
    return ExactMatrix.from_entries((2, len(context)), entries)


def on_the_model(work: Work, letters: int, scale_of: int, stretch: IntervalRow) -> None:
    """Right, wrong and right again, exactly on the three stretches, and a run of the engine in each."""
    context = "a" * letters + "ba"
    model = hand_made(work, len(context), scale_of)
    low, high = stretch.ends
    work.say(
        f"The model of {len(context)} tokens with the scale $1/\\sqrt{{{scale_of}}}$ has the logits that were used, "
        f"row by row, after this text and after one whose rows differ more. It turns at the two numbers. A program "
        f"runs it at a smaller $Lg$ that is right, at a larger one that is wrong, and above both:"
    )
    for text in (context, ("abb" * letters)[: len(context)]):
        work.claim(Computes(text, closed_logits(text, spread(scale_of))), of=model)
    stretches = (("a", Between(Lg, 0, low)), ("b", Between(Lg, low + UNIT, high)), ("a", Between(Lg, high + UNIT)))
    inside = (low - Rational(1, 10), (low + high) / 2, high + Rational(1, 10))
    for (letter, between), value in zip(stretches, inside, strict=True):
        answer = (Answer(context, letter),)
        work.claim(Predicts(answer, "1 context", between), of=model)
        shown = Rational(round(1000 * value), 1000)
        work.experiment(Predicts(answer, "1 context"), of=model, n_ctx=len(context), Lg=shown)
