"""What a softmax does to a row of scores: shifts, gaps, and the mass off the maximum."""

from sympy import Add, Expr, Piecewise, Rational, exp

from symcircuits import Head, OneHot, Residual, Work, derivation
from symcircuits.algebra import row_of
from symcircuits.behaviours import AttendsTo
from symcircuits.symbols import integer, natural, positive, real
from symcircuits.worked import RoundedRow

SMALL, LARGE = ("0.58", "0.21", "0.21"), ("0.9999", "0.00005", "0.00005")
ROWS = (((1, 0, 0), SMALL), ((2, 1, 1), SMALL), ((0, -10, -10), LARGE), ((10, 0, 0), LARGE))


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
    work.say("Add $c$ to each of three scores $s$, $t$ and $u$. Nothing changes:")
    work.equal(
        row_of(softmax(moved)), row_of(softmax((s, t, u))), because="$e^c$ stands above and below in every entry"
    )
    work.say(
        "So the largest score may be subtracted from all, and what is left of it is $e^0 = 1$; no exponential then "
        "exceeds 1, which is what spares a program the overflow. Of the rows to be worked out the "
        "second is the first plus 1, and the third is the fourth minus 10:"
    )
    for one, other in ((0, 1), (3, 2)):
        work.equal(row_of(softmax(ROWS[one][0])), row_of(softmax(ROWS[other][0])), because="a shift of all scores")

    work.section("The rows, in closed form and rounded")
    g = positive("g", "a gap")
    work.say("One score that is $g$ above two equal ones gets the first of these, and each of the others the second:")
    winner, loser = work.define("p", exp(g) / (exp(g) + 2)), work.define("q", 1 / (exp(g) + 2))
    work.equal(winner + 2 * loser, 1, because="a softmax sums to 1")
    work.say("The four rows have a gap of 1 or of 10:")
    rows = [RoundedRow((f"$({', '.join(map(str, row))})$",), tuple(softmax(row)), told) for row, told in ROWS]
    work.table("Rows of scores and their softmax, rounded.", ("scores", "first", "second", "third"), rows)
    work.say(
        "What the exponential does to a gap: half a unit still leaves more than half, ten units leave next to nothing."
    )
    told = ((exp(-Rational(1, 2)), "e^{-0.5}", "0.6"), (exp(-10), "e^{-10}", "0.00005"))
    rows = [RoundedRow((f"${name}$",), (value,), (decimal,)) for value, name, decimal in told]
    work.table("Two powers, rounded.", ("power", "rounded"), rows)
    work.say(
        "A published version of this construction prints $e^{-10}$ as $0.00004$ in its text, and a softmax of nearly "
        "the same size as $0.00005$ in its table. The first is cut off after five decimals, the second is rounded:"
    )
    work.at_least(10**5 * exp(-10), Rational(9, 2), because="so it rounds up, to $0.00005$")
    work.at_most(10**5 * exp(-10), 5, because="but its first five decimals are $0.00004$")

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
