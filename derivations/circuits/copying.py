"""Copying: the score of a head by the eigenvalues of its OV circuit, and what it does not tell."""

from sympy import Integer, Rational, Symbol, exp, sqrt

from symcircuits import AttendsToSame, Copies, Head, Residual, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix, Factored
from symcircuits.behaviours import Computes, CopiesToLogits
from symcircuits.circuit import Gpt2Block, gpt2_model
from symcircuits.circuit.scores import copying_score
from symcircuits.symbols import Lg, beta, positive
from symcircuits.typeset.formulas import Name, Product, Scalar
from symcircuits.worked import BlockFigure, PatternFigure

FULL = Scalar(r"\mathrm{copying}(\mathrm{OV}_{\mathrm{full}})")


@derivation("circuits/copying", title="Copying: what eigenvalues say of a head")
def copying(work: Work, tokens: int = 3) -> None:
    work.require(2 <= tokens <= 6, f"expected 2 to 6 tokens, got {tokens}")
    work.problem(
        "A head copies where attending to a token raises the logit of this token. The score for it is the sum of the "
        "eigenvalues over the sum of their sizes, of $W_U W_{\\mathrm{OV}} W_E$ or of $W_{\\mathrm{OV}}$ alone. What "
        "are both for heads made by hand? When does a positive score not mean copying?"
    )
    work.section("A head that copies")
    one_that_copies(work, tokens)
    work.section("A head that takes away")
    one_that_takes_away(work)
    work.section("A positive score without copying")
    positive_without(work)


def one_that_copies(work: Work, tokens: int) -> None:
    """The full circuit is the identity; W_OV alone is nilpotent."""
    stream = Residual(content=tokens, out=tokens)
    work.say(
        f"Let {tokens} tokens have a direction of content each, and logits be read from as many "
        "directions $\\mathrm{{out}}$ that are empty at first. The head attends to tokens like its own and moves "
        "content to the output."
    )
    W_E, W_U = work.define("W_E", stream.write("content")), work.define("W_U", stream.read("out"))
    W_Q, W_K = work.define("W_Q", stream.read("content")), work.define("W_K", stream.read("content"))
    W_V, W_O = work.define("W_V", stream.read("content")), work.define("W_O", stream.write("out"))
    head = Head(W_Q=W_Q, W_K=W_K, W_V=W_V, W_O=W_O, scale=beta)
    work.claim(Copies(stream["content"], stream["out"]), of=Head(W_V=W_V, W_O=W_O, name="The head"))
    full = (W_U @ W_O) @ (W_V @ W_E)
    work.equal(full.named(Scalar(r"W_U W_{\mathrm{OV}} W_E")), ExactMatrix.identity(tokens), because="each its own")
    work.comes_to(FULL, copying_score(full), 1, because="all eigenvalues are 1")
    work.say("Which tokens it copies is decided by the other circuit, which is the identity on contents here:")
    own = {(one, one): 1 for one in (stream["content"][i] for i in range(tokens))}
    work.equal(head.W_QK, stream.matrix(own), because="a token looks for itself")
    work.claim(AttendsToSame(stream["content"]), of=Head(W_Q=W_Q, W_K=W_K, scale=beta, name="The head"))
    work.say(
        "By the other practice, without embeddings, the same head has no score at all. It reads nothing that it "
        "writes, so that $W_{\\mathrm{OV}}$ is nilpotent: all its eigenvalues are zero, and the score is 0/0, "
        "undefined."
    )
    W_OV = head.W_OV
    size = stream.d_model
    work.equal(W_OV @ W_OV.expand(), ExactMatrix.zeros(size, size), because="it reads nothing that it writes")
    x = Symbol("x")
    told = Scalar(r"\det(x - W_{\mathrm{OV}})")
    work.comes_to(told, W_OV.characteristic_polynomial(x), x**size, because="no eigenvalue but 0")
    work.figure(
        BlockFigure((head.W_QK.named(Name(r"W_{\mathrm{QK}}")), W_OV.named(Name(r"W_{\mathrm{OV}}")))),
        "Both circuits of the head. $W_{\\mathrm{OV}}$ reads content (columns) and writes to the output (rows): it is "
        "off the diagonal, and so is nilpotent.",
    )
    work.say("So whatever the pattern, the logits are the attention on each token:")
    model = Transformer(((head,),), W_E=W_E, W_U=W_U, name="The model")
    work.claim(CopiesToLogits(), of=model)
    text = " ".join(model.vocabulary[place % tokens] for place in range(2 * tokens))
    work.figure(
        PatternFigure.of_model(model, text, {beta: 5}),
        "The pattern on a block that comes twice. Each token attends to its copies, itself among them, and so its own "
        "logit is raised.",
    )
    work.say(
        "On the numeric engine, a random block that comes twice: in the second copy the present token has been seen "
        "before, and gets nearly all."
    )
    work.experiment(CopiesToLogits(own=True), of=model, n_ctx=2 * tokens, seed=31, beta=[1, 10])


def one_that_takes_away(work: Work) -> None:
    """The head of the model by hand for (aab)*."""
    work.say(
        "The head of the transformer by hand that continues $(\\mathtt{aab})^*$ lowers the logit of what it sees and "
        "raises the other, by a large $\\mathit{Lg} > 0$. Its score is $-1$ for each such number, the least there is:"
    )
    word = "aab"
    embedded, attended, projected = (
        work.given(f"by_hand/{part}", word=word) for part in ("embedding", "attention", "projection")
    )
    block = Gpt2Block(attended[r"\mathrm{c\_attn}"], projected["c_proj"], c_proj_bias=projected["c_bias"])
    model = gpt2_model(embedded["wte"], embedded["wpe"], [block], "ab", name="The model by hand")
    head = model.head(0)
    found = ((model.W_E.T @ head.W_O) @ (head.W_V @ model.W_E)).labelled(None, None)  # the embedding is tied
    full = ExactMatrix.from_rows([[-Lg, Lg], [Lg, -Lg]])
    work.equal(found.named(Scalar(r"\mathrm{OV}_{\mathrm{full}}^{a}")), full, because="row: the logit, column: the key")
    x = Symbol("x")
    told = Scalar(r"\det(x - \mathrm{OV}_{\mathrm{full}}^{a})")
    work.comes_to(told, full.characteristic_polynomial(x), x * (x + 2 * Lg), because="eigenvalues 0 and $-2 Lg$")
    work.comes_to(FULL, copying_score(full), -1, because="the only one that is not zero is negative")
    name = Scalar(r"\mathrm{OV}_{\mathrm{full}}^{a}")
    work.equal(
        (full @ full).named(Product((name, name))),
        (full * (-2 * Lg)).named(Product((Scalar(r"-2 \mathit{Lg}"), name))),
        because="twice is once, times that eigenvalue",
    )
    work.say(
        "So the more it attends to a letter, the less it says it. It attends to the last two letters, to each of them "
        "$e^{\\mathit{Lg} / \\sqrt 8}$ times as much as to any before. All logits are what the letter holds, a bias "
        "of $\\mathit{Lg}$ for $\\mathtt{a}$, and columns of this table, by the attention:"
    )
    work.suggest({Lg: 1024})
    for text in ("aabab", "babba"):
        table = Computes(text, taken_away(text, full))
        work.claim(table, of=model)
        work.experiment(table, of=model, n_ctx=5, Lg=[3, 1024])


def taken_away(text: str, full: ExactMatrix) -> ExactMatrix:
    """The logits of the model by hand, from its OV circuit."""
    sharp, entries = exp(Lg / sqrt(8)), {}
    for place, letter in enumerate(text):
        weights = [sharp if key >= place - 1 else Integer(1) for key in range(place + 1)]
        seen = ["ab".index(one) for one in text[: place + 1]]
        for row, said in enumerate("ab"):
            moved = sum((full[row, key] * weight for key, weight in zip(seen, weights, strict=True)), Integer(0))
            entries[row, place] = int(letter == said) + int(said == "a") * Lg + moved / sum(weights)
    return ExactMatrix.from_entries((2, len(text)), entries)


def positive_without(work: Work) -> None:
    """A score of 1 although each token raises another one more, or lowers itself."""
    c = positive("c", "any number")
    work.say(
        "Eigenvalues are no diagonal. In the first of these circuits both eigenvalues are 1, and so is the score, "
        "while $\\mathtt{b}$ raises $\\mathtt{a}$ by any $c > 0$ and itself by 1. In the second they are 1 too, and "
        "$\\mathtt{a}$ lowers itself:"
    )
    stream = Residual(content=2, out=2)
    W_E, W_U = work.define("W_E^p", stream.write("content")), work.define("W_U^p", stream.read("out"))
    read = work.define("W_V^p", stream.read("content"))
    work.say("The head weighs all keys alike, so that what it adds is the mean of the columns of what it has seen.")
    asks = work.define("W_Q^p", stream.read("out"), meaning="asks for what no token holds")
    keys = work.define("W_K^p", stream.read("content"))
    looks = {(stream["out"][i], stream["content"][i]): 1 for i in (0, 1)}
    work.equal(Factored(asks.T, keys), stream.matrix(looks), because="for what is not there")
    work.suggest({c: 5})
    x = Symbol("x")
    for number, rows, because in (
        (1, [[1, c], [0, 1]], "the diagonal, since one side of it is zero"),
        (2, [[-1, 1], [-4, 3]], "the trace is 2, the determinant 1"),
    ):
        wanted = ExactMatrix.from_rows(rows)
        W_O = work.define(f"W_O^{number}", stream.write("out") @ wanted)
        head = Head(W_Q=asks, W_K=keys, W_V=read, W_O=W_O)
        full = (W_U @ W_O) @ (read @ W_E)
        work.equal(full.named(Scalar(rf"\mathrm{{OV}}_{{\mathrm{{full}}}}^{number}")), wanted, because="key to logits")
        told = Scalar(rf"\det(x - \mathrm{{OV}}_{{\mathrm{{full}}}}^{number})")
        work.comes_to(told, full.characteristic_polynomial(x), (x - 1) ** 2, because=because)
        work.comes_to(FULL, copying_score(full), 1, because="both eigenvalues are 1")
        means = [wanted[i, 1] for i in (0, 1)], [(wanted[i, 0] + wanted[i, 1]) * Rational(1, 2) for i in (0, 1)]
        seen = ExactMatrix.from_rows([[means[0][i], means[1][i]] for i in (0, 1)])
        model = Transformer(((head,),), W_E=W_E, W_U=W_U, vocabulary=("a", "b"), name=f"Model {number}")
        work.claim(Computes("ba", seen), of=model)
        work.experiment(Computes("ba", seen), of=model, n_ctx=2)
