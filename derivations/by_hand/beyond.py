"""Past the transformer by hand: a stream of fewer directions, and another word."""

from sympy import Integer, sqrt

from symcircuits import Work, derivation
from symcircuits.algebra import Between, ExactMatrix
from symcircuits.behaviours import Completes, Computes, Predicts
from symcircuits.circuit import Gpt2Block, Transformer, gpt2_model
from symcircuits.symbols import Lg

SEED = 1024


@derivation("by_hand/beyond", title="A transformer by hand: a smaller stream, and other words")
def beyond(work: Work, n_ctx: int = 5) -> None:
    work.require(3 <= n_ctx <= 6, f"n_ctx must be from 3 to 6, since every context is run, got {n_ctx}")
    size, scale = n_ctx + 3, 1 / sqrt(Integer(8))
    work.problem(
        f"The stream has {size} directions, said to be just what is needed. Is the last one needed, which is left for "
        "the head to write to? And which other words does the same construction continue?"
    )
    work.suggest({Lg: SEED})
    embedded = work.given("by_hand/embedding", n_ctx=n_ctx, word="aab")
    attended = work.given("by_hand/attention", n_ctx=n_ctx, word="aab")
    projected = work.given("by_hand/projection", n_ctx=n_ctx, word="aab")
    c_attn, c_proj, bias = attended[r"\mathrm{c\_attn}"], projected["c_proj"], projected["c_bias"]
    block = Gpt2Block(c_attn, c_proj, c_proj_bias=bias)
    full = gpt2_model(embedded["wte"], embedded["wpe"], [block], "ab", scale=scale, name="The model")

    work.section("A direction less")
    work.say(
        "The last direction of the stream holds zero before the block and after it. What is called scratch space is "
        "not in the stream at all: the value stands in a dimension of the head, between the two matrices, and any of "
        f"these will do. So leave the direction out, let the value stand in dimension 0 of the head, and {size - 1} "
        "directions are enough; the scale stays as it was."
    )
    kept = range(size - 1)
    wte, wpe = (work.define(name, embedded[name].take_columns(kept)) for name in ("wte", "wpe"))
    entries = {(i, j - j // size): v for (i, j), v in c_attn.entries.items() if j < 2 * size}
    entries |= {(i, 2 * (size - 1)): v for (i, j), v in c_attn.entries.items() if j == 3 * size - 1}
    smaller = work.define("c_attn", ExactMatrix.from_entries((size - 1, 3 * (size - 1)), entries))
    written = {(0, j): v for (i, j), v in c_proj.entries.items() if i == size - 1}
    output = work.define("c_proj", ExactMatrix.from_entries((size - 1, size - 1), written))
    short = work.define("c_bias", bias.take_columns(kept))
    block = Gpt2Block(smaller, output, c_proj_bias=short)
    small = gpt2_model(wte, wpe, [block], "ab", scale=scale, name="The smaller model")
    text = "aabaabaab"[:n_ctx]
    work.equal(
        small.scores(0, 0, small.embed(text)),
        full.scores(0, 0, full.embed(text)),
        because=f"the same scores for $\\mathtt{{{text}}}$, as an example, a row for each query",
    )
    last = ExactMatrix.from_entries((n_ctx, 1), {(n_ctx - 1, 0): 1})
    work.equal(
        small.logits(text) @ last,
        full.logits(text) @ last,
        because="and the same logits at its end",
    )
    rule = {"aa": "b", "ab": "a", "ba": "a"}
    every = Predicts.by_window(rule, "ab", range(2, n_ctx + 1))
    work.claim(every, of=small, at={Lg: SEED}, n_ctx=n_ctx)
    work.experiment(every, of=small, n_ctx=n_ctx, Lg=SEED)

    free = Gpt2Block(c_attn, c_proj)
    other = gpt2_model(embedded["wte"], embedded["wpe"], [free], "ab", scale=scale, name="The model without its bias")
    other_word(work, other, n_ctx)


def other_word(work: Work, other: Transformer, n_ctx: int) -> None:
    """The word that the model continues without its bias."""
    work.section("The word $\\mathtt{aabb}$")
    work.say(
        "A window adds up values and does not tell their order; but the stream holds the latest letter as well. In "
        "$(\\mathtt{aabb})^*$ two equal letters are followed by the other one, and two different ones by the latest. "
        "Without its bias the model does just that: the value decides where it is not zero, and where it is, the "
        "letter that is there."
    )
    cuts = Predicts.cut_from("aabb", range(2, n_ctx + 1))
    work.claim(Predicts(cuts.answers, cuts.contexts, Between(Lg, 2)), of=other)
    said = Completes("aabb", "aabbaabbaa")
    for behaviour in (cuts, said):
        work.claim(behaviour, of=other, at={Lg: SEED}, n_ctx=n_ctx)
        work.experiment(behaviour, of=other, n_ctx=n_ctx, Lg=[2, SEED])
    # In this text every letter differs from the one before, so that each score of a token with itself has a say.
    mixed = "ababab"[:n_ctx]
    work.experiment(Computes(mixed, other.logits(mixed)), of=other, n_ctx=n_ctx, Lg=3)
