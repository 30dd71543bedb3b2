"""What the transformer by hand costs, and the rule of eight instructions that says the same."""

from sympy import Expr, Integer, Rational, Symbol, sqrt

from symcircuits import Work, derivation
from symcircuits.algebra import Between
from symcircuits.behaviours import Answer, Predicts
from symcircuits.circuit import Gpt2Block, Transformer, Vocabulary, gpt2_model
from symcircuits.symbols import Lg, natural
from symcircuits.worked import RoundedRow

SEED = 1024
ENOUGH = Rational(50578, 10000)


def operations(n: Expr, d: Expr, v: Expr, fused: bool = False) -> list[tuple[str, Expr]]:
    """Multiplications, additions, exponentials, divisions and comparisons, each counted as one, by the steps of a "
    "run."""
    dot = (lambda size: size) if fused else (lambda size: 2 * size - 1)
    biased = (lambda size: size) if fused else (lambda size: 2 * size)
    return [
        ("positions added to tokens", n * d),
        ("queries, keys and values with their bias", 3 * n * d * biased(d)),
        ("scores, with scale and mask", n**2 * (dot(d) + 2)),
        ("softmax: largest, differences, exponentials, sum, quotients", n * (5 * n - 2)),
        ("values mixed", n * d * dot(n)),
        ("output with its bias", n * d * biased(d)),
        ("added to the stream", n * d),
        ("logits", n * v * dot(d)),
    ]


def cached(n: Expr, d: Expr, v: Expr) -> Expr:
    """One new token, with the keys and values of those before kept."""
    return d + 6 * d**2 + n * (2 * d + 1) + (5 * n - 2) + d * (2 * n - 1) + 2 * d**2 + d + v * (2 * d - 1)


def eight_instructions(context: str) -> str:
    """The program in assembly: a, unless the last letter is a and so is the one before, if there is one."""
    if context[-1] != "a":
        return "a"
    return "b" if len(context) == 1 or context[-2] == "a" else "a"


def hand_made(work: Work, n_ctx: int) -> Transformer:
    """The model, from the weights of the parts before."""
    embedded = work.given("by_hand/embedding", n_ctx=n_ctx, word="aab")
    attended = work.given("by_hand/attention", n_ctx=n_ctx, word="aab")
    projected = work.given("by_hand/projection", n_ctx=n_ctx, word="aab")
    block = Gpt2Block(attended[r"\mathrm{c\_attn}"], projected["c_proj"], c_proj_bias=projected["c_bias"])
    scale = 1 / sqrt(Integer(8))
    return gpt2_model(embedded["wte"], embedded["wpe"], [block], "ab", scale=scale, name="The model")


@derivation("by_hand/cost", title="A transformer by hand: what it costs")
def cost(work: Work, n_ctx: int = 5) -> None:
    work.require(3 <= n_ctx <= 6, f"n_ctx must be from 3 to 6, since every context is run, got {n_ctx}")
    work.problem(
        "How many floating-point operations does the model spend on a context? It is said to be about 4000 for five "
        "tokens. What do a cache of keys and values, a smaller window and fused multiply-adds save? Is the model the "
        "same as a program of eight instructions?"
    )
    n, d, v = (natural(name, what) for name, what in (("n", "tokens"), ("d", "directions"), ("v", "vocabulary")))
    work.section("Counted")
    work.say(
        "Every multiplication, addition, exponential, division and comparison counts as one, every matrix is "
        "multiplied out, zeros and masked entries included, for all tokens, as a program without any special care "
        "does it:"
    )
    parts = [work.define(f"C_{i}", part, meaning=what) for i, (what, part) in enumerate(operations(n, d, v))]
    total = work.define("C", sum(parts))
    collected = 8 * n * d**2 + n**2 * (4 * d + 6) + n * (d - 2) + n * v * (2 * d - 1)
    work.equal(total, collected, because="collected by powers")
    here = {n: Integer(n_ctx), d: Integer(n_ctx + 3), v: Integer(2)}
    work.say(
        f"In numbers, for {n_ctx} tokens, {n_ctx + 3} directions and two letters. To attend is to make queries, keys "
        "and values, scores, their softmax and the mixture; the rest is what stands before it and after."
    )
    attending = sum(parts[1:5])
    published = "about 4,000" if n_ctx == 5 else "–"
    rows = [
        counted(("to attend", "–"), attending, here),
        counted(("the rest", "–"), total - attending, here),
        counted(("all tokens anew", published), total, here),
    ]
    work.table("Operations for a full context.", ("what", "published", "operations"), rows)
    work.section("Saved")
    savings(work, total, {n: n, d: d, v: v}, here)
    work.section("Eight instructions")
    program(work, n_ctx)


def counted(told: tuple[str, ...], formula: Expr, here: dict[Symbol, Integer]) -> RoundedRow:
    """A row of a table: a formula at these numbers, which is a whole number."""
    return RoundedRow(told, (formula.xreplace(here),), (str(formula.xreplace(here)),), places=0)


def savings(work: Work, total: Expr, symbols: dict[Symbol, Symbol], here: dict[Symbol, Integer]) -> None:
    n, d, v = symbols
    fused = work.define(
        "F", sum(part for _, part in operations(n, d, v, fused=True)), meaning="with fused multiply-adds"
    )
    work.equal(
        total - fused,
        4 * n * d**2 + n**2 * (2 * d - 1) - n * d - n * v + n * v * d,
        because="half of every sum of products",
    )
    one = work.define("K", cached(n, d, v), meaning="for a new token, with keys and values kept")
    work.equal(
        total.xreplace({n: Integer(1)}) + (n - 1) * (4 * d + 6),
        one,
        because="a model of one token, and the keys before it",
    )
    values = {
        "all tokens anew": total,
        "with fused multiply-adds": fused,
        "with a cache": one,
        "with a window of two tokens": total.xreplace({n: Integer(2)}),
        "with a window of two tokens and a cache": one.xreplace({n: Integer(2)}),
    }
    work.say(f"In numbers, for {here[n]} tokens as above, or for the two of a window:")
    rows = [counted((what,), value, here) for what, value in values.items()]
    work.table("Operations with what saves some.", ("what", "operations"), rows)
    work.say("A cache never costs more than all tokens anew. The difference is zero at $n = 1$ and positive beyond:")
    work.equal(
        total - one,
        (n - 1) * (8 * d**2 + d - 2 + n * (4 * d + 6) + v * (2 * d - 1)),
        because="what the cache saves, for $n$ tokens",
    )


def program(work: Work, n_ctx: int) -> None:
    """The rule of the program, equal to the model on every context."""
    model = hand_made(work, n_ctx)
    work.suggest({Lg: SEED})
    contexts = [word for length in range(1, n_ctx + 1) for word in Vocabulary("ab").words([length])]
    answers = tuple(Answer(context, eight_instructions(context)) for context in contexts)
    work.say(
        "Eight instructions of a processor do this: say $\\mathtt{a}$, unless the last letter is an $\\mathtt{a}$, "
        "and the one before it too, if there is one; then say $\\mathtt{b}$. The model says the same after every "
        "context that fits:"
    )
    told = f"{len(contexts)} contexts of 1 to {n_ctx} letters"
    work.claim(Predicts(answers, told), of=model, at={Lg: SEED}, n_ctx=n_ctx)
    work.experiment(Predicts(answers, told), of=model, n_ctx=n_ctx, Lg=SEED)
    if n_ctx <= 5:
        work.say(
            "and for every $Lg$ from the least one on that was found for contexts that do not end in $\\mathtt{bb}$:"
        )
        work.claim(Predicts(answers, told, Between(Lg, ENOUGH)), of=model)
