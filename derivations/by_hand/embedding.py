"""The embedding of the transformer by hand: one direction for each position and each token, and one to spare."""

from symcircuits import Work, derivation
from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import Computes, KeepsApart
from symcircuits.circuit import Gpt2Block, OneHot, Residual, Vocabulary, gpt2_model
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.formulas import Name, Transpose

AB = Vocabulary("ab")


def tokens_of(word: str) -> Axis:
    """A label for each token of a word, for print."""
    return Axis.of_blocks(("", [rf"{place}\ \mathtt{{{letter}}}" for place, letter in enumerate(word)]), strict=False)


@derivation("by_hand/embedding", title="A transformer by hand: the embedding")
def embedding(work: Work, n_ctx: int = 5, word: str = "aabaa") -> None:
    work.require(n_ctx >= 2, f"n_ctx must be at least 2, the window of the head, got {n_ctx}")
    numbers = AB.encode(word)
    work.require(len(word) <= n_ctx, f"the word must have at most n_ctx = {n_ctx} letters, got {len(word)}: {word}")
    stream = Residual(position=OneHot(n_ctx), token=len(AB), v=1)
    work.problem(
        f"A model of the kind of GPT-2 is to continue $(\\mathtt{{aab}})^*$. Its context has {n_ctx} tokens, its "
        f"vocabulary two, its stream {stream.d_model} directions. Assign the token embedding $\\mathit{{wte}}$ and the "
        f"position embedding $\\mathit{{wpe}}$ so that a matrix can read both off their sum again, a 1 for the letter "
        f"and a 1 for the place among zeros, and embed the word $\\mathtt{{{word}}}$."
    )
    work.asks("W_E", "W_pos", meets=KeepsApart(), stream=stream)
    work.section("The weights")
    work.say(
        f"Every position gets a direction of its own, the first {n_ctx}; every token gets one of the next two; the "
        f"last "
        "direction is left empty, for the head to write to. GPT-2 has a token as a row: $\\mathrm{wte}$ has a row for "
        "each token of the vocabulary, $\\mathrm{wpe}$ one for each position."
    )
    wte = work.define("wte", stream.write("token").T.labelled(AB.axis(), stream))
    wpe = work.define("wpe", stream.write("position").T)
    work.say("In the columns of this package, where a token is a column, these are the transposes:")
    W_E = work.expand("W_E", wte.T, origin=Transpose(wte.formula))
    W_pos = work.expand("W_pos", wpe.T, origin=Transpose(wpe.formula))

    work.section("The word embedded")
    work.say("Each token takes the row of its letter and the row of its place, and the two are added.")
    T = work.define("T", AB.one_hot(word), meaning="a column for each token, with a 1 in the row of its letter")
    table = {(i, i): 1 for i in range(len(word))} | {(i, n_ctx + token): 1 for i, token in enumerate(numbers)}
    first = wpe.T.take_columns(range(len(word))).T.named(wpe.formula)
    written = ExactMatrix.from_entries((len(word), stream.d_model), table, tokens_of(word), stream)
    work.equal(
        T.T @ wte + first,
        written,
        because=f"a row for each token: a 1 for its position, a 1 for its letter, {stream.d_model} numbers in all",
    )

    work.section("Nothing is lost")
    work.say(
        "No direction is used twice, so what is added can be told apart again. All rows of both matrices together are "
        "unit rows at right angles:"
    )
    both = len(AB) + n_ctx
    work.equal(wte @ W_E, ExactMatrix.identity(len(AB)), because="two tokens, two directions")
    work.equal(wpe @ W_pos, ExactMatrix.identity(n_ctx), because=f"{n_ctx} positions, {n_ctx} directions")
    work.equal(wpe @ W_E, ExactMatrix.zeros(n_ctx, len(AB)), because="tokens and positions share none")
    work.say("So the letters are read off by $\\mathrm{wte}$ itself, which is why it can serve as the unembedding too:")
    x = (T.T @ wte + first).named(Name("X^{\\mathsf{T}}"))
    work.equal(x @ W_E, T.T, because="the positions drop out")
    e = stream.unit(stream["v"])
    work.say(
        f"The last direction is empty, for every token and position. That leaves {both} of {stream.d_model} in use:"
    )
    work.equal(wte @ e, ExactMatrix.zeros(len(AB), 1), because="no token writes there")
    work.equal(wpe @ e, ExactMatrix.zeros(n_ctx, 1), because="no position does")
    work.rank(wpe.T @ wpe + wte.T @ wte, both, because="the directions in use")
    size = stream.d_model
    idle = Gpt2Block(ExactMatrix.zeros(size, 3 * size), ExactMatrix.zeros(size, size))
    model = gpt2_model(wte, wpe, [idle], "ab", name="The embedding, before a block of zeros")
    work.claim(KeepsApart(), of=model)
    work.experiment(Computes(word, written.T, "stream"), of=model, n_ctx=n_ctx)
    work.experiment(Computes(word, T), of=model, n_ctx=n_ctx)
