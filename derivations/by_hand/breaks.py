"""Every break point of the accuracy of the transformer by hand, as Lg grows from zero."""

from sympy import Expr, Integer, Rational, exp, oo, sqrt

from symcircuits import Work, derivation
from symcircuits.behaviours import Answer, Predicts, Rights, accuracy_rows
from symcircuits.circuit import Gpt2Block, Transformer, gpt2_model
from symcircuits.symbols import Lg

RULE = {"aa": "b", "ab": "a", "ba": "a"}
EVERY = RULE | {"bb": "a"}
HEADER = ("from $Lg =$ on", "right", "contexts that change there")


def hand_made(work: Work, n_ctx: int, scale: Expr) -> Transformer:
    """The model, from the weights of the parts before."""
    embedded = work.given("by_hand/embedding", n_ctx=n_ctx, word="aab")
    attended = work.given("by_hand/attention", n_ctx=n_ctx, word="aab")
    projected = work.given("by_hand/projection", n_ctx=n_ctx, word="aab")
    block = Gpt2Block(attended[r"\mathrm{c\_attn}"], projected["c_proj"], c_proj_bias=projected["c_bias"])
    return gpt2_model(embedded["wte"], embedded["wpe"], [block], "ab", scale=scale, name="The model")


@derivation("by_hand/breaks", title="A transformer by hand: every break point of its accuracy")
def break_points(work: Work, n_ctx: int = 5, scale_of: int = 8) -> None:
    work.require(3 <= n_ctx <= 6, f"n_ctx must be from 3 to 6, since every context is run, got {n_ctx}")
    work.require(scale_of >= 1, f"scale_of, the number under the root of the scale, must be positive, got {scale_of}")
    scale = 1 / sqrt(Integer(scale_of))
    model = hand_made(work, n_ctx, scale)
    work.problem(
        f"Let $Lg$ grow from 0. After how many contexts of 2 to {n_ctx} letters is the model right, and at which "
        f"$Lg$ does "
        "this number change? Tell it for the contexts cut from $(\\mathtt{aab})^*$, for those that do not end in "
        "$\\mathtt{bb}$, and for all."
    )
    work.suggest({Lg: 1024})
    work.say(
        "After each context the logit of the right letter less the other one is a quotient of sums of exponentials "
        "in $Lg$. Its zeros are the break points, found from the closed form and proved on the model itself. There "
        "the two logits tie, and nowhere else; a tie is not counted as right. Between two break points every context "
        "is right throughout or wrong throughout. Numbers with dots are the first digits of a break point, the "
        "others are exact."
    )
    lengths = range(2, n_ctx + 1)
    work.section("Contexts cut from $(\\mathtt{aab})^*$")
    told(work, model, Predicts.cut_from("aab", lengths), scale, n_ctx)
    work.section("Contexts that do not end in $\\mathtt{bb}$")
    told(work, model, Predicts.by_window(RULE, "ab", lengths), scale, n_ctx)
    work.section("All contexts")
    work.say(
        "After $\\mathtt{bb}$, which does not occur in the pattern, the answer that leads back to it is "
        "$\\mathtt{a}$; let it be the right one."
    )
    told(work, model, Predicts.by_window(EVERY, "ab", lengths), scale, n_ctx)


def closed_margin(answer: Answer, scale: Expr) -> Expr:
    """By how much the right logit is ahead, times the sum of the exponentials: the window, and the keys before it."""
    before, window = answer.context[:-2], answer.context[-2:]
    keys, total = len(before), before.count("a") - before.count("b")
    E = exp(Lg * scale)
    return {
        "aa": Lg * (2 * E + 2 * total - keys) - (2 * E + keys),
        "ab": Lg * (2 * E + keys - 2 * total) - (2 * E + keys),
        "ba": Lg * (2 * E + keys - 2 * total) + (2 * E + keys),
        "bb": Lg * (6 * E + keys - 2 * total) - (2 * E + keys),
    }[window]


def told(work: Work, model: Transformer, predicts: Predicts, scale: Expr, n_ctx: int) -> None:
    """The table of a set of contexts, and a run of the engine inside every stretch."""
    rows = accuracy_rows(model, predicts, Lg, lambda answer: closed_margin(answer, scale))
    work.table(f"The {predicts.contexts}: how many are right, from each break point to the next.", HEADER, rows)
    for row in rows:
        inside = row.low + 1 if row.high is oo else (row.low + row.high) / 2
        work.experiment(Rights(predicts, row.right), of=model, n_ctx=n_ctx, Lg=Rational(round(inside * 1000), 1000))
