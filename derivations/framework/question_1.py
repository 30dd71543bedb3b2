"""Question 1 of the transformer-circuits exercises: the architecture, as masks and as one formula."""

from collections.abc import Sequence
from functools import reduce

from sympy import exp

from symcircuits import Head, Residual, Work, derivation
from symcircuits.algebra import ExactMatrix, Factored, below, beside
from symcircuits.behaviours import Path, SumOfPaths
from symcircuits.circuit.generic import any_matrix, any_numbers, any_pattern, written_out
from symcircuits.symbols import natural, weight
from symcircuits.typeset.formulas import Name, Product, Scalar

LETTERS = ("vo", "wp", "yr")


@derivation("framework/q1", title="Question 1: the architecture")
def architecture(work: Work, n_ctx: int = 3, n_context: int = 2) -> None:
    work.require(2 <= n_ctx <= 5, f"n_ctx must be from 2 to 5, got {n_ctx}")
    work.require(1 <= n_context <= 5, f"n_context must be from 1 to 5, got {n_context}")
    work.problem(
        "Describe the transformer architecture at a high level: what are an encoder, a decoder, and both together, and "
        "what does an attention-only decoder compute, from tokens to logits?"
    )
    work.say(
        "A transformer keeps a column of $d_{\\mathrm{model}}$ numbers for each token, the residual stream. Layers "
        "read it and add to it. Attention is the only step that carries anything from one token to another, and it "
        "differs between the kinds of transformers in two things: which keys a query sees, and which sequence the "
        "keys and values come from."
    )
    work.section("Which keys a query sees")
    masks(work, n_ctx, n_context)
    work.section("A decoder looks back only")
    looks_back(work, n_ctx)
    work.section("An encoder knows no order")
    no_order(work, n_ctx)
    work.section("Attention to another sequence")
    cross_attention(work, n_ctx, n_context)
    work.section("An attention-only decoder as one formula")
    one_formula(work)


def ones(rows: int, columns: int) -> ExactMatrix:
    """A mask that hides nothing."""
    return ExactMatrix.from_entries((rows, columns), {(i, j): 1 for i in range(rows) for j in range(columns)})


def causal(n_ctx: int) -> ExactMatrix:
    """The mask of a decoder: query n sees the keys up to n."""
    return ExactMatrix.from_entries((n_ctx, n_ctx), {(n, m): 1 for n in range(n_ctx) for m in range(n + 1)})


def masks(work: Work, n_ctx: int, n_context: int) -> None:
    """Three masks, and what can be seen through two layers."""
    work.say(
        "A mask has a row for each query and a column for each key, 1 where the query sees the key and 0 where it does "
        "not. In an encoder every token sees every token; in a decoder it sees itself and those before it."
    )
    M_enc = work.define("M_enc", ones(n_ctx, n_ctx), meaning="encoder-only, as in BERT")
    M_dec = work.define("M_dec", causal(n_ctx), meaning="decoder-only, as in GPT")
    work.say(
        f"An encoder-decoder has both: an encoder for a first sequence, here of {n_context}, and a decoder for a "
        f"second, here of {n_ctx}, whose tokens also see all of the first. As one mask over both sequences:"
    )
    nothing = ExactMatrix.zeros(n_context, n_ctx)
    whole = below(beside(ones(n_context, n_context), nothing), beside(ones(n_ctx, n_context), causal(n_ctx)))
    M = work.define("M", whole, meaning="encoder-decoder: the first sequence sees nothing of the second")
    work.say(
        "More layers do not let a token see more. A product of masks counts the ways from a key to a query through two "
        "layers; there is none where the mask has a 0. In a decoder there is one for each token from the key to the "
        "query, in an encoder one for each token:"
    )
    work.equal(M_enc @ M_enc, ones(n_ctx, n_ctx) * n_ctx, because="by way of any token")
    ways = {(n, m): n - m + 1 for n in range(n_ctx) for m in range(n + 1)}
    work.equal(M_dec @ M_dec, ExactMatrix.from_entries((n_ctx, n_ctx), ways), because="$n - m + 1$")
    ways = {(n_context + n, n_context + m): count for (n, m), count in ways.items()}
    ways |= {(i, j): n_context for i in range(n_context) for j in range(n_context)}
    ways |= {(n_context + n, j): n_context + n + 1 for n in range(n_ctx) for j in range(n_context)}
    work.equal(M @ M, ExactMatrix.from_entries(M.shape, ways), because="zeros where $M$ has them")


def softmax(scores: ExactMatrix, mask: ExactMatrix) -> ExactMatrix:
    """The pattern: each row divided by its sum over the keys that the mask leaves."""
    entries = {}
    for n in range(mask.shape[0]):
        terms = {m: mask[n, m] * exp(scores[n, m]) for m in range(mask.shape[1])}
        entries |= {(n, m): term / sum(terms.values()) for m, term in terms.items()}
    return ExactMatrix.from_entries(mask.shape, entries)


def looks_back(work: Work, n_ctx: int) -> None:
    """What a decoder computes for the first tokens does not depend on later ones."""
    k = n_ctx - 1
    work.say(
        "A pattern is a softmax of scores, row by row, over the keys that the mask leaves: $A_{nm}$ is $M_{nm} "
        "e^{s_{nm}}$ over the sum of $M_{nj} e^{s_{nj}}$ for all $j$. With the mask of a decoder:"
    )
    S = any_matrix("s", n_ctx, n_ctx)
    A = work.define("A", softmax(S, causal(n_ctx)))
    one = ExactMatrix.from_entries((n_ctx, 1), {(n, 0): 1 for n in range(n_ctx)}).named(Name(r"\mathbf{1}"))
    work.equal(A @ one, one, because="each row is a whole")
    work.say(
        f"The score $s_{{nm}}$ depends on the tokens $n$ and $m$ alone. Let $C$ cut off the last token, so that ${k}$ "
        "are left. Rows and columns cut, the pattern is that of the shorter text, whatever the last token is; and of "
        "that token nothing arrives in the rows that are left:"
    )
    C = work.define("C", ExactMatrix.from_entries((k, n_ctx), {(i, i): 1 for i in range(k)}))
    shorter = softmax(any_matrix("s", k, k), causal(k))
    work.equal((C @ A) @ C.T, shorter.named(Name("A'")), because="$A'$ is the pattern of the first tokens alone")
    eye, last = ExactMatrix.identity(n_ctx), ExactMatrix.from_entries((n_ctx, n_ctx), {(k, k): 1})
    work.equal(eye - C.T @ C, last, because="what is cut off is the last token")
    work.equal((C @ A) @ last.named(Name("E")), ExactMatrix.zeros(k, n_ctx), because="$E$ is that, the last token")
    work.say(
        "So a whole layer on a shorter text is the shorter part of the layer. With all tokens in one column, a layer "
        "is $\\mathrm{Id} + A \\otimes W$; here for any pattern $A$ that looks back, and any $W$ of two dimensions:"
    )
    pattern, W = any_pattern("a", n_ctx).named(Name("A")), any_matrix("w", 2, 2).named(Name("W"))
    part = any_pattern("a", k).named(Name("A'"))
    two = ExactMatrix.identity(2)
    cut = C.kron(two)
    work.equal(
        cut @ (ExactMatrix.identity(2 * n_ctx) + pattern.kron(W)),
        (ExactMatrix.identity(2 * k) + part.kron(W)) @ cut,
        because="cut before or after",
    )
    work.say(
        "Layer after layer the cut may be moved through all of them: the logits at a token do not depend on what comes "
        "later. That is why a decoder can be trained on all places of a text at once."
    )


def no_order(work: Work, n_ctx: int) -> None:
    """Permuted tokens give permuted results in an encoder, and not in a decoder."""
    work.say(
        "In an encoder without positions, tokens in another order give the same results in that order. A permutation "
        "$\\Pi$ of the tokens takes the scores $S$ to $\\Pi S \\Pi^{\\mathsf{T}}$, and the pattern $A(S)$ goes with "
        "them. It is enough to exchange two tokens, since every permutation is made of such; which two they are is a "
        "matter of names, as nothing is assumed of the scores:"
    )
    S, everything = any_matrix("s", n_ctx, n_ctx).named(Name("S")), ones(n_ctx, n_ctx)
    A = softmax(S, everything).named(Name("A(S)"))
    order = {0: 1, 1: 0} | {n: n for n in range(2, n_ctx)}
    P = work.define(r"\Pi", ExactMatrix.from_entries((n_ctx, n_ctx), {(order[n], n): 1 for n in order}))
    moved = softmax(P @ S @ P.T, everything).named(Scalar(r"A(\Pi S \Pi^{\mathsf{T}})"))
    work.equal(P @ A @ P.T, moved, because="the same terms in the same sums")
    pattern, W = any_matrix("a", n_ctx, n_ctx).named(Name("A")), any_matrix("w", 2, 2).named(Name("W"))
    alike = P.kron(ExactMatrix.identity(2))
    eye = ExactMatrix.identity(2 * n_ctx)
    permuted = (P @ pattern @ P.T).named(Name(r"\tilde A"))
    work.equal(
        (eye + permuted.kron(W)) @ alike,
        alike @ (eye + pattern.kron(W)),
        because="a layer of the exchanged tokens is the exchanged layer; $\\tilde A = \\Pi A \\Pi^{\\mathsf{T}}$",
    )
    work.say(
        "A decoder is not like that, even without positions: the first token sees itself alone. Exchange the first two "
        "tokens, and the weight that the first gives to itself is 1, where the exchanged pattern has less:"
    )
    back = softmax(S, causal(n_ctx))
    second = exp(weight("s", 1, 0)) / (exp(weight("s", 1, 0)) + exp(weight("s", 1, 1)))
    less = (P @ back @ P.T)[0, 0]
    work.equal(1 - less, second, because="what the second token gave to the first")
    work.at_least(second, 0, because="never zero, whatever the scores are")
    work.say(
        "Nor is an encoder with positions: what is added to a place stays there when the tokens move. With the tokens "
        "as the columns of $X$ and the positions as those of $P$, moving the tokens and adding the positions is not "
        "adding and then moving. The difference is zero only where the positions at the exchanged places are equal:"
    )
    x, p = any_matrix("x", 2, n_ctx).named(Name("X")), any_matrix("p", 2, n_ctx).named(Name("P"))
    apart = {(i, 0): weight("p", i, 0) - weight("p", i, 1) for i in range(2)}
    apart |= {(i, 1): weight("p", i, 1) - weight("p", i, 0) for i in range(2)}
    work.equal((x @ P.T + p) - (x + p) @ P.T, ExactMatrix.from_entries((2, n_ctx), apart), because="the tokens cancel")


def cross_attention(work: Work, n_ctx: int, n_context: int, d_x: int = 3, d_z: int = 2, d_head: int = 2) -> None:
    """Queries from one sequence, keys and values from another."""
    work.say(
        "In cross-attention the queries come from the tokens of the decoder, the columns of $X$, and the keys and "
        "values from the result of the encoder, the columns of $Z$. The two streams may have different dimensions, "
        "$d_x$ and $d_z$: $W_Q$ is $d_{\\mathrm{head}} \\times d_x$, $W_K$ and $W_V$ are $d_{\\mathrm{head}} \\times "
        f"d_z$, and $W_O$ is $d_x \\times d_{{\\mathrm{{head}}}}$. Here $d_x = {d_x}$, $d_z = {d_z}$, "
        f"$d_{{\\mathrm{{head}}}} = {d_head}$, with {n_ctx} queries and {n_context} keys:"
    )
    sizes = {"W_Q": (d_head, d_x), "W_K": (d_head, d_z), "W_V": (d_head, d_z), "W_O": (d_x, d_head)}
    W_Q, W_K, W_V, W_O = (
        any_matrix(letter, *shape).named(Name(name))
        for letter, (name, shape) in zip("qkvo", sizes.items(), strict=True)
    )
    X, Z = any_matrix("x", d_x, n_ctx).named(Name("X")), any_matrix("z", d_z, n_context).named(Name("Z"))
    W_QK = written_out(W_Q.T, W_K).named(Name(r"W_{\mathrm{QK}}"))
    W_OV = written_out(W_O, W_V).named(Name(r"W_{\mathrm{OV}}"))
    work.equal(
        (W_Q @ X).T @ (W_K @ Z),
        X.T @ W_QK @ Z,
        because=f"${n_ctx} \\times {n_context}$ scores, and $W_{{\\mathrm{{QK}}}}$ is $d_x \\times d_z$",
    )
    A = any_matrix("a", n_ctx, n_context).named(Name("A"))
    received = {
        (i, n): sum(A[n, m] * W_OV[i, j] * Z[j, m] for m in range(n_context) for j in range(d_z))
        for n in range(n_ctx)
        for i in range(d_x)
    }
    work.equal(
        (W_O @ ((W_V @ Z) @ A.T)).named(Product((Name("W_O"), Name("W_V"), Name("Z"), A.T.formula or Name("A")))),
        ExactMatrix.from_entries((d_x, n_ctx), received).named(Name("h(X, Z)")),
        because="$h_n = \\sum_m A_{nm} W_{\\mathrm{OV}} z_m$, with $W_{\\mathrm{OV}}$ of the shape $d_x \\times d_z$",
        given="$A$",
    )
    work.rank(
        Factored(W_O, W_V), min(d_head, d_x, d_z), because="at most the dimensions of the head, and of both streams"
    )
    work.say("Self-attention is the same with $Z = X$, and then $d_z = d_x$ and $A$ is square, with a mask or without.")


def one_formula(work: Work, d_model: int = 2, d_vocab: int = 2, n_ctx: int = 2) -> None:
    """Two layers of attention, run and written as a product, and as a sum over paths."""
    work.say(
        "Tokens are columns of $d_{\\mathrm{vocab}}$ numbers, a single 1 in each. $W_E$ puts them into the stream, "
        "the heads of each layer add to it what they move, $W_U$ reads the logits off. Nothing else is there, so, "
        "with the patterns given, the whole is linear. Put all tokens into one column $t$, and let there be two heads "
        "in the first layer and one in the second, with the patterns $A^h$ and the nets $W^h = W_O^h W_V^h$. The "
        "logits of all words are read alike, so the row of $W_U$ for a single word stands for all of them here:"
    )
    stream = Residual(x=d_model)
    W_E = any_matrix("e", d_model, d_vocab).named(Name("W_E"))
    W_U = any_matrix("u", 1, d_model).named(Name("W_U"))
    heads = [any_head(work, stream, f"{h}", letters) for h, letters in enumerate(LETTERS, 1)]
    patterns = [any_pattern(letter, n_ctx).named(Name(f"A^{h}")) for h, letter in ((1, "a"), (2, "b"), (3, "c"))]
    nets = [
        written_out(any_matrix(o, d_model, 1), any_matrix(v, 1, d_model)).named(Name(f"W^{h}"))
        for h, (v, o) in enumerate(LETTERS, 1)
    ]
    t = ExactMatrix.from_entries(
        (n_ctx * d_vocab, 1), {(n * d_vocab + i, 0): weight("t", i, n) for n in range(n_ctx) for i in range(d_vocab)}
    ).named(Name("t"))
    one, eye = ExactMatrix.identity(n_ctx), ExactMatrix.identity(n_ctx * d_model)
    moves = [A.kron(W) for A, W in zip(patterns, nets, strict=True)]
    formula = one.kron(W_U) @ (eye + moves[2]) @ (eye + moves[0] + moves[1]) @ one.kron(W_E)
    logits = run(W_E, [heads[:2], heads[2:]], [patterns[:2], patterns[2:]], W_U, d_vocab)
    work.equal(
        formula @ t,
        logits.named(Name(r"\mathrm{logits}")),
        because="the logits, computed token by token and layer by layer",
        given="the patterns",
    )
    work.say(
        "The second layer counts for all of the first, so the order of the factors matters. Multiplied out, the "
        "formula is a sum over paths: a token may go straight on, or through a head, or through a head of each layer. "
        "Each path has a pattern, which mixes tokens, and a matrix:"
    )
    virtual = [
        (patterns[2] @ patterns[h]).kron(written_out(nets[2], nets[h]).named(both(nets[2], nets[h]))) for h in (0, 1)
    ]
    work.equal(
        (eye + moves[2]) @ (eye + moves[0] + moves[1]),
        reduce(lambda a, b: a + b, [eye, *moves, *virtual]),
        because="six paths",
        given="the patterns",
    )
    work.say("The ends go to the matrix of each path. For any pattern $A$ and any matrix $W$:")
    A, W = any_matrix("a", n_ctx, n_ctx).named(Name("A")), any_matrix("w", d_model, d_model).named(Name("W"))
    ends = written_out(written_out(W_U, W), W_E).named(Product((Name("W_U"), Name("W"), Name("W_E"))))
    work.equal(
        one.kron(W_U) @ A.kron(W) @ one.kron(W_E), A.kron(ends), because="from tokens to logits, mixed by the pattern"
    )
    first, second = natural("H_1", "heads of the first layer"), natural("H_2", "heads of the second layer")
    work.equal(
        (1 + second) * (1 + first),
        1 + (first + second) + first * second,
        because="the number of paths: past all heads, through one, or through one of each layer",
    )
    work.say(
        "The last two are virtual heads, with the pattern $A^3 A^h$ and the net $W^3 W^h$. The patterns are not "
        "linear: they are softmaxes of what the stream holds below."
    )
    sums = [Path((), ExactMatrix.identity(d_model))]
    sums += [Path((h,), net) for h, net in enumerate(nets)]
    sums += [Path((h, 2), written_out(nets[2], nets[h])) for h in (0, 1)]
    plain = tuple(Path(path.heads, fresh(path.matrix)) for path in sums)
    work.experiment(SumOfPaths(plain, (2, 1)), of=heads, seed=16, n_ctx=16)


def fresh(matrix: ExactMatrix) -> ExactMatrix:
    """The matrix as its entries alone."""
    return ExactMatrix.from_entries(matrix.shape, dict(matrix.entries))


def both(second: ExactMatrix, first: ExactMatrix) -> Product:
    """The name of a product."""
    return Product(tuple(net.formula for net in (second, first) if net.formula is not None))


def any_head(work: Work, stream: Residual, number: str, letters: str) -> Head:
    """A head of one dimension of which nothing else is assumed."""
    V, O_ = any_matrix(letters[0], 1, stream.d_model), any_matrix(letters[1], stream.d_model, 1)
    work.suggest(any_numbers(V, int(number)) | any_numbers(O_, int(number) + 3))
    return Head(
        W_V=work.define(f"W_V^{number}", V.labelled(None, stream)),
        W_O=work.define(f"W_O^{number}", O_.labelled(stream, None)),
        name=f"Head {number}",
    )


def run(
    W_E: ExactMatrix,
    layers: Sequence[Sequence[Head]],
    patterns: Sequence[Sequence[ExactMatrix]],
    W_U: ExactMatrix,
    d_vocab: int,
) -> ExactMatrix:
    """The logits of a stack of layers, token by token, given the patterns; all in one column."""
    n_ctx = patterns[0][0].shape[0]
    tokens = [
        ExactMatrix.from_entries((d_vocab, 1), {(i, 0): weight("t", i, n) for i in range(d_vocab)})
        for n in range(n_ctx)
    ]
    x = [W_E @ token for token in tokens]
    for heads, mixing in zip(layers, patterns, strict=True):
        x = [x[n] + received(heads, mixing, x, n) for n in range(n_ctx)]
    return below(*(W_U @ column for column in x))


def received(heads: Sequence[Head], patterns: Sequence[ExactMatrix], x: list[ExactMatrix], n: int) -> ExactMatrix:
    """What token n receives from a layer: the sum over its heads and over the tokens that it sees."""
    parts = [
        head.writes() @ (head.reads() @ x[m]) * A[n, m]
        for head, A in zip(heads, patterns, strict=True)
        for m in range(n + 1)
    ]
    return reduce(lambda a, b: a + b, parts)
