"""What the transformer by hand says: completions, its accuracy, ties, and inputs that never occur."""

from sympy import Expr, Integer, Rational, sqrt

from symcircuits import Work, derivation
from symcircuits.algebra import Between
from symcircuits.behaviours import Answer, Completes, Fails, Predicts
from symcircuits.circuit import Gpt2Block, Transformer, gpt2_model
from symcircuits.symbols import Lg

SEED = 1024
LETTERS = 10
INSIDE = {"a": "baabaabaab", "ba": "abaabaabaa", "abaab": "aabaabaaba"}
OUTSIDE = {"ababa": "abaabaabaa", "bbbbb": "aabaabaaba"}


def hand_made(work: Work, n_ctx: int, scale: Expr) -> Transformer:
    """The model, from the weights of the parts before."""
    embedded = work.given("by_hand/embedding", n_ctx=n_ctx, word="aab")
    attended = work.given("by_hand/attention", n_ctx=n_ctx, word="aab")
    projected = work.given("by_hand/projection", n_ctx=n_ctx, word="aab")
    block = Gpt2Block(attended[r"\mathrm{c\_attn}"], projected["c_proj"], c_proj_bias=projected["c_bias"])
    return gpt2_model(embedded["wte"], embedded["wpe"], [block], "ab", scale=scale, name="The model")


@derivation("by_hand/completions", title="A transformer by hand: what it says")
def completions(work: Work, n_ctx: int = 5, tests: int = 27) -> None:
    work.require(n_ctx >= 5, f"n_ctx must be at least 5, the longest text to be completed, got {n_ctx}")
    work.require(1 <= tests <= 300, f"tests, the number of letters to be told, must be from 1 to 300, got {tests}")
    model = hand_made(work, n_ctx, 1 / sqrt(Integer(8)))
    work.problem(
        f"Complete $\\mathtt{{a}}$, $\\mathtt{{ba}}$ and $\\mathtt{{abaab}}$ by {LETTERS} letters each, always "
        f"taking the letter with the largest logit and showing the model its last {n_ctx} tokens. How many of "
        f"{tests} letters of "
        "$(\\mathtt{aab})^*$ does it tell right from those before? What does it say to texts that never occur, "
        "$\\mathtt{ababa}$ and $\\mathtt{bbbbb}$? Where does it have a choice?"
    )
    work.suggest({Lg: SEED})
    work.section("Completions")
    work.say(f"At $Lg = {SEED}$, each letter by a comparison of the exact logits:")
    for text, said in INSIDE.items():
        said_at(work, model, Completes(text, said), n_ctx)
    work.section("Accuracy")
    told = ("aab" * (tests // 3 + 2))[2 : 2 + tests]
    work.say(
        f"To tell a letter of the pattern from those before it is to complete the first two letters rightly, {tests} "
        f"times in "
        "a row; the first letter has no answer yet, since an $\\mathtt{a}$ may be followed by either."
    )
    said_at(work, model, Completes("aa", told), n_ctx)
    one_more(work, model, tests, n_ctx)
    work.section("Texts that never occur")
    work.say(
        "The model finds back to the pattern, since after a $\\mathtt{b}$ it says $\\mathtt{a}$ whatever was before."
    )
    for text, said in OUTSIDE.items():
        said_at(work, model, Completes(text, said), n_ctx)
    work.section("Not at 1024 alone")
    work.say("Every context that was met above, run with $Lg$ as a symbol:")
    met = [answer for text, said in (INSIDE | OUTSIDE).items() for answer in Completes(text, said).steps(n_ctx).answers]
    contexts = tuple(dict.fromkeys(met))
    work.claim(Predicts(contexts, f"{len(contexts)} contexts met", Between(Lg, Rational(506, 100))), of=model)
    choices(work, model, n_ctx)


def one_more(work: Work, model: Transformer, tests: int, n_ctx: int) -> None:
    """The letter that a loop over the places of the text leaves out."""
    text = ("aab" * (tests // 3 + 2))[: tests + 3]
    tried, all_of_them = range(2, len(text) - 1), range(2, len(text))
    work.say(
        f"A loop over the places from 2 to {tried[-1]} of the {len(text)} letters, which was published, counts "
        f"{len(tried)} tests, and stops one letter early: {len(all_of_them)} can be tested, as place {all_of_them[-1]} "
        "has a letter too. The model tells it as well:"
    )
    work.claim(Completes(text[:2], text[2:]), of=model, at={Lg: SEED}, n_ctx=n_ctx)


def said_at(work: Work, model: Transformer, behaviour: Completes, n_ctx: int) -> None:
    """Claimed exactly at Lg = 1024, and run on the engine."""
    work.claim(behaviour, of=model, at={Lg: SEED}, n_ctx=n_ctx)
    work.experiment(behaviour, of=model, n_ctx=n_ctx, Lg=[Rational(506, 100), SEED])


def choices(work: Work, model: Transformer, n_ctx: int) -> None:
    """The free choice of row 0, and the ties."""
    work.section("Free choices and ties")
    work.say(
        "After a single $\\mathtt{a}$ both letters are right. The window holds one token, its value is 1 without any "
        "leak, and the model takes it for $\\mathtt{aa}$: it says $\\mathtt{b}$ where $Lg > 1$, and $\\mathtt{a}$ "
        "where $Lg < 1$."
    )
    work.claim(Predicts((Answer("a", "b"),), "1 context", Between(Lg, 1)), of=model)
    work.claim(Predicts((Answer("a", "a"),), "1 context", Between(Lg, 0, 1)), of=model)
    work.say(
        "At $Lg = 1$ the two logits are equal. That is a tie, and no answer: neither letter is said. A program that "
        "takes the first of the largest numbers says $\\mathtt{a}$ there, which is its choice and not the model's."
    )
    for letter in "ab":
        work.claim(Fails(Completes("a", letter)), of=model, at={Lg: 1}, n_ctx=n_ctx)
    work.say("After a single $\\mathtt{b}$ it is right to say $\\mathtt{a}$, and it does so where $Lg > 1/3$.")
    work.claim(Predicts((Answer("b", "a"),), "1 context", Between(Lg, Rational(1, 3))), of=model)
    work.claim(Predicts((Answer("b", "b"),), "1 context", Between(Lg, 0, Rational(1, 3))), of=model)
