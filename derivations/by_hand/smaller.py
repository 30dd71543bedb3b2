"""How small the stream of the transformer by hand can be: three directions, and two."""

from sympy import Expr, Integer, Rational, exp, sqrt

from symcircuits import Work, derivation
from symcircuits.algebra import Between, ExactMatrix
from symcircuits.behaviours import Predicts
from symcircuits.circuit import Gpt2Block, Transformer, gpt2_model
from symcircuits.symbols import Lg, m, n

SEED = 1024
SHORT = 4  # letters of the longest contexts that are decided with a symbol
SCALE = 1 / sqrt(Integer(8))
RULE = {"aa": "b", "ab": "a", "ba": "a"}
LATEX = {
    "wte": r"\mathrm{wte}",
    "wpe": r"\mathrm{wpe}",
    "c_attn": r"\mathrm{c\_attn}",
    "b_attn": r"\mathrm{b\_attn}",
    "c_proj": r"\mathrm{c\_proj}",
    "b_proj": r"\mathrm{b\_proj}",
}
Entries = dict[tuple[int, int], Expr | int]
FIRST = ExactMatrix.from_rows([[1, 0]])  # the row of the letter a
LAST = ExactMatrix.from_entries((3, 1), {(2, 0): 1})  # the column after three letters


@derivation("by_hand/smaller", title="A transformer by hand: how small the stream can be")
def smaller(work: Work, n_ctx: int = 5) -> None:
    work.require(3 <= n_ctx <= 6, f"n_ctx must be from 3 to 6, since every context is run, got {n_ctx}")
    work.problem(
        f"The model gives every position a direction of its own, and every token: {n_ctx + 2} of them are in use. Are "
        "so many needed to be right after every context that does not end in $\\mathtt{bb}$? How few are enough?"
    )
    work.suggest({Lg: SEED})
    three(work, n_ctx)
    two(work, n_ctx)


def in_few(work: Work, n_ctx: int, size: int, parts: dict[str, Entries]) -> Transformer:
    """The model of a few directions, the last of which is that of the tokens, from the entries of its weights."""
    shapes = {
        "wte": (2, size),
        "wpe": (n_ctx, size),
        "c_attn": (size, 3 * size),
        "b_attn": (1, 3 * size),
        "c_proj": (size, size),
        "b_proj": (1, size),
    }
    made = {
        name: work.define(LATEX[name] + f"^{{({size})}}", ExactMatrix.from_entries(shapes[name], entries))
        for name, entries in parts.items()
    }
    block = Gpt2Block(made["c_attn"], made["c_proj"], made.get("b_attn"), made["b_proj"])
    name = f"The model of {'three' if size == 3 else 'two'} directions"
    return gpt2_model(made["wte"], made["wpe"], [block], "ab", scale=SCALE, name=name)


def three(work: Work, n_ctx: int) -> None:
    """Positions as i and i^2, tokens as 1 and -1."""
    work.section("Three directions")
    work.say(
        "A position need not have a direction of its own. The two keys that lie nearest to $n - \\frac{1}{2}$ are $n$ "
        "and $n - 1$, and $-(m - n + \\frac{1}{2})^2$ is largest there. Up to what is the same for all keys this is "
        "$m (2 n - 1) - m^2$, in which the key has a part of $m$ and one of $m^2$. So let position $i$ be "
        "$(i, i^2)$, and multiply by $\\mathit{Lg}\\, n$, which makes the query a combination of $n$ and $n^2$ and "
        "saves a bias. The score of a key is less than that of the token itself by"
    )
    score = Lg * n * (m * (2 * n - 1) - m**2)
    work.equal(
        score.xreplace({m: n}) - score,
        Lg * n * (n - m) * (n - m - 1),
        because="zero for the keys $n$ and $n - 1$, at least $2 n \\mathit{Lg}$ for every key before, for any length",
    )
    work.say(
        "Two tokens need one direction, with 1 for $\\mathtt{a}$ and $-1$ for $\\mathtt{b}$, which is also the value. "
        "That makes three. The output and its bias, $\\mathrm{b\\_proj}$, are those of the model, on the difference of "
        "the two logits."
    )
    model = in_few(
        work,
        n_ctx,
        3,
        {
            "wte": {(0, 2): 1, (1, 2): -1},
            "wpe": {(i, k): i ** (k + 1) for i in range(1, n_ctx) for k in range(2)},
            "c_attn": {(0, 0): -Lg, (1, 0): 2 * Lg, (0, 1): -Lg, (0, 3): 1, (1, 4): 1, (2, 8): 1},
            "c_proj": {(2, 2): -2 * Lg},
            "b_proj": {(0, 2): Lg},
        },
    )
    scores = model.scores(0, 0, model.embed("a" * n_ctx))
    stated = {
        (i, j): SCALE * score.xreplace({n: Integer(i), m: Integer(j)}) for i in range(n_ctx) for j in range(n_ctx)
    }
    size = (n_ctx, n_ctx)
    work.equal(
        scores, ExactMatrix.from_entries(size, stated), because="these scores times the scale, a row for each query"
    )
    after_baa(work, model, (exp(-4 * Lg * SCALE), Integer(1)), 2 * Lg, Lg)
    claimed(work, model, n_ctx, Between(Lg, 2), (3, SEED))


def two(work: Work, n_ctx: int) -> None:
    """A window that falls off by a factor, in place of one that is shared equally."""
    work.section("Two directions")
    work.say(
        "The attention need not be equal, nor end with the window. Let each key before have a fixed part $r < 1$ of "
        "the attention of the next: that is the score $\\mathit{Lg}\\, m$, for which position $i$ needs one number, "
        "$i$, and the query a bias. With the scale, $r = e^{-\\mathit{Lg}/\\sqrt{8}}$. The token itself comes through "
        "the stream as well, and the output matrix can set the two off against each other. "
        "Here $\\mathrm{b\\_attn}$ is the bias of $\\mathrm{c\\_attn}$:"
    )
    model = in_few(
        work,
        n_ctx,
        2,
        {
            "wte": {(0, 1): 1, (1, 1): -1},
            "wpe": {(i, 0): i for i in range(1, n_ctx)},
            "c_attn": {(0, 2): 1, (1, 5): 1},
            "b_attn": {(0, 0): Lg},
            "c_proj": {(1, 1): Rational(-3, 2)},
            "b_proj": {(0, 1): Rational(1, 4)},
        },
    )
    after_baa(work, model, (exp(-2 * Lg * SCALE), exp(-Lg * SCALE)), Rational(3, 2), Rational(1, 4))
    claimed(work, model, n_ctx, Between(Lg, 4, 6), (4, 6))
    work.say(
        "The price is that $\\mathit{Lg}$ must be neither too small nor too large: as $r$ falls, the letter before is "
        "lost sight of. Whether one direction could do is not decided here."
    )


def after_baa(work: Work, model: Transformer, shares: tuple[Expr, Expr], gain: Expr, bias: Expr) -> None:
    """The logit of a after baa, from the powers of the scores of the two earlier keys over that of the last."""
    first, second = shares
    v = (1 + second - first) / (1 + second + first)
    x = 1 - gain * v + bias
    work.say("After $\\mathtt{baa}$, for instance, the logit of $\\mathtt{a}$ is")
    work.equal(
        FIRST @ model.logits("baa") @ LAST,
        ExactMatrix.from_rows([[x]]),
        because="what is there, the values by the attention of their keys, and the bias",
    )


def claimed(work: Work, model: Transformer, n_ctx: int, between: Between, values: tuple[int, int]) -> None:
    """Right at two numbers after every context, and between two numbers after the shorter ones."""
    shorter = Predicts.by_window(RULE, "ab", range(2, min(n_ctx, SHORT) + 1))
    work.claim(Predicts(shorter.answers, shorter.contexts, between), of=model)
    every = Predicts.by_window(RULE, "ab", range(2, n_ctx + 1))
    for value in values:
        work.claim(every, of=model, at={Lg: value}, n_ctx=n_ctx)
    work.experiment(every, of=model, n_ctx=n_ctx, Lg=values)
