"""Exercise 2 of the transformer-circuits exercises: the position of what is attended to, handed on."""

from collections.abc import Callable

from sympy import Expr, Integer, cos, sin

from symcircuits import AvoidsSelf, Copies, Head, Residual, Sinusoids, Work, derivation
from symcircuits.algebra import ExactMatrix, column_of
from symcircuits.symbols import Lg, beta, positive
from symcircuits.typeset.formulas import Name

Scalar = Callable[..., Expr]
SHORT = 8  # the context in which part (d) is worked out where only its definitions count


@derivation("framework/2e", title="Exercise 2(e): hand on the position of what is attended to")
def position_moved(
    work: Work, content: int = 8, read: int = 4, stream_pairs: int = 4, pairs: int = 2, moved: int = 4
) -> None:
    position = Sinusoids(stream_pairs).first(moved)
    stream = Residual(content=content, position=Sinusoids(stream_pairs), v=2 * moved)
    v, source = stream["v"], stream.select(position)
    n, m, k = work.indices("n m k")
    work.problem(
        f"The stream has {2 * moved} further directions $v_0, v_1, \\ldots$, which are empty at first. Write down "
        f"$W_V$ and $W_O$ for the head of part (d), so that it takes the {2 * moved} largest dimensions of the "
        "position of the token that it attends to, and writes them there in their order."
    )
    work.asks("W_V", "W_O", meets=Copies(source, v))
    work.suggest(Sinusoids(stream_pairs).suggested())

    work.section("The head")
    work.say(
        f"The pairs come in descending magnitude, so the first {moved} of them are the largest. A value matrix "
        "selects them, an output matrix puts each into its own new direction."
    )
    values = Head(
        W_V=work.define("W_V", stream.read(position)), W_O=work.define("W_O", stream.write("v")), name="This head"
    )
    work.claim(Copies(source, v), of=values, because="$W_O W_V$ has a 1 for each dimension moved, and no other entry.")
    work.equal(values.W_V @ values.W_O, ExactMatrix.zeros(2 * moved, 2 * moved), because="it reads nothing it writes")
    work.say(
        "Queries and keys are those of part (d). They do not read the new directions, so the head still attends to "
        "the other copies of the present token; what is in $v$ later does not disturb it."
    )
    whole = with_attention(work, values, content, read, stream_pairs, pairs)
    work.claim(AvoidsSelf(stream["content"][:read]), of=whole)

    work.section("What the head writes")
    held = work.define("p(m)", position.at(m), meaning="the pairs that are moved, at token $m$")
    other = position.at(k)
    work.equal(values.W_V @ stream.at(m), held, because="whatever else the token holds")
    a, b = positive("a", "attention on one key"), positive("b", "attention on another key")
    work.say(
        "A head adds up what it moves, weighted by its attention. With $a$ on token $m$ and $b$ on token $k$, its "
        "share of $v$ is"
    )
    work.equal(
        values.W_V @ (stream.at(m) * a + stream.at(k) * b),
        held * a + other * b,
        because="a linear map, and so for any number of keys",
    )
    work.say(
        "So $v = \\sum_m A_{nm} \\, p(m)$: a weighted mean of position vectors, with the weights that the attention "
        "gives. All on a single copy, it is the position of the copy: a pointer. Token 0 sees itself alone, and its "
        "$v$ is $p(0)$."
    )
    mean_of_two(work, position)
    work.experiment(Copies(source, v), of=values, seed=11)


def with_attention(work: Work, values: Head, content: int, read: int, stream_pairs: int, pairs: int) -> Head:
    """The queries and keys of part (d) in the larger stream, with these values."""
    stream, (n, m) = values.stream, work.indices("n m")
    settings = {"content": content, "read": read, "stream_pairs": stream_pairs, "pairs": pairs}
    attention = work.given("framework/2d", **settings, n_ctx=SHORT)
    kept = stream.read(*attention["W_Q"].columns.names).named(Name(r"\mathrm{Id}_{\mathrm{cont}, \alpha}"))
    W_Q, W_K = (work.define(f"{name}^d", attention[name] @ kept) for name in ("W_Q", "W_K"))
    held = [(stream.at(n)[place, 0], stream.at(m)[place, 0]) for place in stream["content"][:read].places]
    waves = Sinusoids(pairs).weighted(lambda angle: cos(angle * (n - m)))
    work.equal(
        (W_Q @ stream.at(n)).T @ (W_K @ stream.at(m)),
        column_of([sum(a * b for a, b in held) - beta * waves]),
        because="the score of part (d), over $\\mathit{Lg}$",
    )
    return Head(W_Q=W_Q, W_K=W_K, W_V=values.W_V, W_O=values.W_O, scale=Lg, name="The whole head")


def mean_of_two(work: Work, position: Sinusoids) -> None:
    """A mean of two position vectors is no position vector; how far it is from one."""
    m, k, r, s = *work.indices("m k"), positive("r"), positive("s")
    a, b = r / (r + s), s / (r + s)
    g = work.define("g(k)", position.weighted(lambda angle: 1 - cos(angle * k)), meaning="the position gap").func
    work.section("How good a pointer it is")
    work.say(
        "All position vectors have the same length. A mean of two, with the weights $a = r / (r + s)$ and "
        "$b = s / (r + s)$, is shorter, by their position gap:"
    )
    one, two = position.at(m), position.at(k)
    mean = one * a + two * b
    whole = position.weighted(lambda _: Integer(1))
    work.equal(one.T @ one, column_of([whole]), because="$\\cos^2 x + \\sin^2 x = 1$")
    shorter = position.weighted(lambda angle: 1 - 2 * a * b * (1 - cos(angle * (m - k))))
    work.equal(mean.T @ mean, column_of([shorter]), because="$a + b = 1$, so this is $|p(m)|^2 - 2 a b \\, g(m - k)$")
    work.equal(g(m - k), 2 * position.weighted(lambda angle: sin(angle * (m - k) / 2) ** 2), because="half the angle")
    work.at_least(2 * a * b * g(m - k), 0, because="zero only where the two positions are alike")
    work.say(
        "So a mean is the position of no token at all, unless the two positions are alike. If all the attention but "
        "$b$ is on token $m$, and $b$ on another, the pointer is off by $\\Delta = v - p(m)$, with the square"
    )
    off = (mean - one).named(Name(r"\Delta"))
    apart = position.weighted(lambda angle: 2 * b**2 * (1 - cos(angle * (m - k))))
    work.equal(off.T @ off, column_of([apart]), because="$\\Delta = b \\, (p(k) - p(m))$, so this is $2 b^2 g(m - k)$")
    work.at_most(2 * b**2 * g(m - k), 4 * b**2 * whole, because="a cosine is at least $-1$")
    work.say(
        "It is off by at most $2 b$ times its length. With several others the differences add up, so that this holds "
        "with all their attention together for $b$."
    )
