"""Two remarks about the head of the transformer by hand: its scale, and which side holds the window."""

from sympy import Gt, Integer, Piecewise, Rational, exp, sqrt

from symcircuits import Head, OneHot, Residual, Work, derivation
from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import ActsLike, Fails, SharesAttention
from symcircuits.symbols import Lg, integer
from symcircuits.worked import RootRow

SEED = 1024


def window(work: Work, n_ctx: int) -> tuple[Head, ExactMatrix]:
    """The head of the attention part with the scale 1/sqrt(8), and what a key tells in it."""
    work.require(n_ctx >= 3, f"n_ctx must be at least 3, so that a row has a key before the window, got {n_ctx}")
    given = work.given("by_hand/attention", n_ctx=n_ctx, word="aab")
    return Head(W_Q=given["W_Q"], W_K=given["W_K"], scale=1 / sqrt(Integer(8)), name="The head"), given["W_K"]


@derivation("by_hand/roles", title="A transformer by hand: queries and keys change their roles")
def roles(work: Work, n_ctx: int = 5) -> None:
    head, plain = window(work, n_ctx)
    stream = Residual(position=OneHot(n_ctx), token=2, v=1)
    work.problem(
        "In the head the query asks for two positions and the key tells one. Could the key hold the window, and the "
        "query tell where it stands? Is it enough to exchange the two matrices?"
    )
    work.suggest({Lg: SEED})
    work.section("To exchange them is not enough")
    work.say("With queries and keys exchanged the score matrix is the transpose:")
    swapped = Head(W_Q=head.W_K, W_K=head.W_Q, scale=head.scale, name="The head with both matrices exchanged")
    work.equal(
        swapped.W_QK, head.W_QK.expand().T, because="$(W_Q^{\\mathsf{T}} W_K)^{\\mathsf{T}} = W_K^{\\mathsf{T}} W_Q$"
    )
    work.say(
        "Token $n$ then scores with $m = n$ and $m = n + 1$, the token after it. That one is behind the mask, so the "
        "token attends to itself alone, and the window is lost."
    )
    work.claim(SharesAttention(1), of=swapped)
    work.claim(Fails(SharesAttention(2)), of=swapped)
    work.say("With $L$ for $Lg$ times the scale, its own share is $e^L / (e^L + n)$, and a run says the same.")
    n, m = integer("n"), integer("m")
    own = 1 / (1 + n * exp(-Lg * swapped.scale))
    alone = Piecewise((own, m > n - 1), (exp(-Lg * swapped.scale) * own, True))
    for value in (Rational(1, 2), 8):
        work.experiment(Fails(SharesAttention(2)), of=swapped, closed_form=alone, n_ctx=n_ctx, seed=31, Lg=value)
    work.section("The window must be turned round too")
    work.say(
        "What has to stay is the score matrix, with its ones at $m = n$ and $m = n - 1$. If the query tells the "
        "position $n$, the key of token $m$ has to answer to $n = m$ and to $n = m + 1$: its window looks forward."
    )
    turned = {(j, i): Lg for i in range(n_ctx) for j in (i, i + 1) if j < n_ctx}
    size = stream.d_model
    keys = work.define(r"\tilde W_K", ExactMatrix.from_entries((size, size), turned, None, stream))
    other = Head(W_Q=plain, W_K=keys, scale=head.scale, name="The head with the window in its keys")
    work.equal(other.W_QK, head.W_QK, because="the same scores")
    work.claim(ActsLike(head), of=other)
    work.claim(SharesAttention(2), of=other)
    for value in (Rational(1, 2), 8, SEED):
        work.experiment(ActsLike(head), of=other, n_ctx=n_ctx, seed=31, Lg=value)


@derivation("by_hand/scaling", title="A transformer by hand: what the scale changes")
def scaling(work: Work, n_ctx: int = 5) -> None:
    head, _ = window(work, n_ctx)
    work.problem(
        "The scores are divided by $\\sqrt{8}$, the root of the dimension. It is said that this helps training and "
        "makes no difference here. Does it?"
    )
    work.suggest({Lg: SEED})
    work.section("A scale is a factor of the queries")
    work.say("The scale can be put into the query matrix, and the head is the same:")
    W_Q = work.define(r"\hat W_Q", head.W_Q * head.scale)
    other = Head(W_Q=W_Q, W_K=head.W_K, name="The head without a scale")
    work.claim(ActsLike(head), of=other, because="$Lg / \\sqrt{8}$ in place of $Lg$, in the scores alone")
    work.claim(SharesAttention(2), of=other)
    work.section("So it changes the threshold, and nothing else")
    work.say(
        "The window is the same, and so are the limits of a large $Lg$. But the attention has $e^{Lg}$ without the "
        "scale and $e^{Lg / \\sqrt{8}}$ with it, while the output matrix has $Lg$ itself in both. So the least $Lg$ "
        "differs: for every context of five letters that does not end in $\\mathtt{bb}$, and for those of the "
        "pattern, from the conditions $Lg (2 E - 9) > 2 E + 3$ and $Lg (2 E - 3) > 2 E + 1$:"
    )
    rows = []
    for name, E in (("1", exp(Lg)), (r"$1 / \sqrt{8}$", exp(Lg / sqrt(Integer(8))))):
        for what, c, k in (("not ending in $\\mathtt{bb}$", 9, 3), ("cut from the pattern", 3, 1)):
            rows.append(RootRow.found((name, what), Gt(Lg * (2 * E - c), 2 * E + k, evaluate=False), Lg))
    work.table("With the scale and without it.", ("scale", "contexts of up to five letters", "$Lg$ above"), rows)
    for value in (Rational(1, 2), 8, SEED):
        work.experiment(ActsLike(head), of=other, n_ctx=n_ctx, seed=32, Lg=value)
