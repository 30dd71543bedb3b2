"""What a softmax does to a row of scores: shifts, gaps, and the mass off the maximum."""

from sympy import Add, Expr, Integer, Piecewise, Rational, exp

from symcircuits import Head, OneHot, Residual, Work, derivation
from symcircuits.algebra import row_of
from symcircuits.behaviours import AttendsTo
from symcircuits.symbols import integer, natural, positive, real

ROWS = (((1, 0, 0), ("0.58", "0.21")), ((2, 1, 1), ("0.58", "0.21")), ((0, -10, -10), ("0.9999", "0.00005")))
ROWS = (*ROWS, ((10, 0, 0), ("0.9999", "0.00005")))


def softmax(scores: tuple[Expr | int, ...]) -> list[Expr]:
    """Each exponential over the sum of all, of the scores as they stand."""
    powers = [exp(score) for score in scores]
    return [power / Add(*powers) for power in powers]


@derivation("by_hand/softmax", title="A transformer by hand: what softmax does")
def softmax_rows(work: Work) -> None:
    work.problem(
        "Softmax takes a row of scores to $e^{s_i} / \\sum_j e^{s_j}$; programs subtract the largest score first. Why "
        "may they? Work out the rows $(1, 0, 0)$, $(2, 1, 1)$, $(0, -10, -10)$ and $(10, 0, 0)$. In what sense is "
        "softmax an argmax made smooth?"
    )
    work.section("Only differences count")
    s, t, u, c = (real(name, "a score") for name in "stuc")
    moved = tuple(score + c for score in (s, t, u))
    work.equal(
        row_of(softmax(moved)), row_of(softmax((s, t, u))), because="$e^c$ stands above and below in every entry"
    )
    work.say(
        "So the largest score may be subtracted from all, and what is left of it is $e^0 = 1$; no exponential then "
        "exceeds 1, which is what spares a program the overflow. The second row above is the first plus 1, the third "
        "is the fourth minus 10:"
    )
    for one, other in ((0, 1), (3, 2)):
        work.equal(row_of(softmax(ROWS[one][0])), row_of(softmax(ROWS[other][0])), because="a shift of all scores")

    work.section("The rows, in closed form and rounded")
    g = positive("g", "a gap")
    winner, loser = exp(g) / (exp(g) + 2), 1 / (exp(g) + 2)
    work.say("One score that is $g$ above two equal ones gets the first of these, and each of the others the second:")
    winner, loser = work.define("p", winner), work.define("q", loser)
    work.equal(winner, exp(g) * loser, because="their scores differ by $g$")
    work.equal(winner + 2 * loser, 1, because="a softmax sums to 1")
    for scores, decimals in (ROWS[0], ROWS[3]):
        gap = scores[0]
        work.say(f"With a gap of {gap}, for the winner and for each of the others:")
        for value, decimal in zip((winner, loser), decimals, strict=True):
            work.rounds(value.xreplace({g: Integer(gap)}), decimal)
    work.say(
        "What the exponential does to a gap: half a unit still leaves more than half, ten units leave next to nothing. "
        "The last number, cut off after five decimals, is sometimes given as $0.00004$; rounded it is $0.00005$."
    )
    work.rounds(exp(-Rational(1, 2)), "0.6")
    work.rounds(exp(-10), "0.00005")
    work.at_least(exp(-10), Rational(4, 10**5))
    work.at_most(exp(-10), Rational(5, 10**5), because="so its first five decimals are $0.00004$")

    work.section("An argmax made smooth")
    smooth_argmax(work)


def smooth_argmax(work: Work) -> None:
    """The mass off the largest score, exactly for equal gaps, and the bound for gaps of at least g."""
    n, g = natural("N", "how many other scores there are"), positive("g", "a gap")
    more = positive("d", "by how much a gap exceeds the least one")
    work.say(
        "Argmax gives 1 to the largest score and 0 to all others. Softmax keeps something back for the others. With "
        "$N$ others, each $g$ below the largest, that is:"
    )
    leak = work.define("\\ell", n / (exp(g) + n))
    work.equal(1 - exp(g) / (exp(g) + n), leak, because="one minus the share of the largest score")
    work.at_most(leak, n * exp(-g), because="the denominator is at least $e^g$")
    work.say("Where a gap is larger, its term is smaller, so the same bound holds when all gaps are at least $g$:")
    work.at_most(exp(-(g + more)), exp(-g), because="a gap of $g + d$ with $d > 0$")
    work.say(
        "The bound falls to zero as $g$ grows: softmax comes as near to argmax as one likes, and never quite there, "
        "since no exponential is zero. Two equal scores share what argmax would have to give to one of them; in this "
        "model that is not an accident but the whole point."
    )
    work.at_least(leak, 0, because="some mass is always left over")
    run(work, g)


def run(work: Work, g: Expr, n_ctx: int = 6) -> None:
    """A head whose own key is g above all before it, so that row n has n others."""
    stream = Residual(position=OneHot(n_ctx))
    # The first position may be left out: it has no other key, and is alone whatever its score is.
    places = [stream["position"][i] for i in range(1, n_ctx)]
    own = stream.matrix({(place, place): 1 for place in places})
    work.say(
        "A head that scores its own key by $g$ and all others by 0 has such rows, with $N = n$ in row $n$. Position 0 "
        "needs no score, since it has one key only:"
    )
    keys = work.define("W_K", own)
    queries = work.define("W_Q", own * g)
    head = Head(W_Q=queries, W_K=keys, scale=1, name="The head with gaps")
    work.claim(AttendsTo(0), of=head)
    query, key = integer("n"), integer("m")
    row = Piecewise((exp(g) / (exp(g) + query), key > query - 1), (1 / (exp(g) + query), True))
    work.suggest({g: 1})
    work.experiment(AttendsTo(0), of=head, closed_form=row, n_ctx=n_ctx, g=[1, 10])
