"""Identities and near-identities of hand-made circuits, each with the truth and the verdict that must come.

The truth was settled by hand or by a reference, never by the package. ``open`` rows are true and of the class that the
package means to decide, but are left undecided so far; there may be fewer of them, never more. ``outside`` rows are
not of the class and must stay undecided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sympy import (
    Abs,
    Add,
    Expr,
    Function,
    I,
    Integer,
    Integral,
    Matrix,
    Max,
    Mul,
    Pow,
    Rational,
    Sum,
    Symbol,
    acos,
    asin,
    asinh,
    atan,
    ceiling,
    conjugate,
    cos,
    cosh,
    cot,
    coth,
    csc,
    diag,
    exp,
    eye,
    floor,
    log,
    pi,
    sec,
    sign,
    sin,
    sinh,
    sqrt,
    symbols,
    tan,
    tanh,
    zeros,
)

from symcircuits.symbols import Lg, alpha, beta, lambda_, m, n

Side = Expr | Matrix
Pairs = Mapping[str, tuple[Side, Side]]

EQUAL, DIFFERENT, NOT_DECIDABLE = "equal", "different", "not decidable here"
PROVED, REFUTED, UNDECIDED = "proved", "refuted", "undecided"


@dataclass(frozen=True)
class Row:
    """One question: two sides, whether they are equal, and what must be answered."""

    id: str
    group: str
    left: Side
    right: Side
    truth: str
    verdict: str
    open: bool = False


@dataclass(frozen=True)
class Group:
    """The rows of one subject, by what must come of them; each is told by its name."""

    title: str
    proved: Pairs = field(default_factory=dict)
    refuted: Pairs = field(default_factory=dict)
    open: Pairs = field(default_factory=dict)
    outside: Mapping[str, tuple[Side, Side, str]] = field(default_factory=dict)

    def rows(self) -> list[Row]:
        """The group as rows."""
        kinds = ((self.proved, EQUAL, PROVED), (self.refuted, DIFFERENT, REFUTED), (self.open, EQUAL, UNDECIDED))
        rows = [
            Row(self._id(name), self.title, *sides, truth, verdict, open=pairs is self.open)
            for pairs, truth, verdict in kinds
            for name, sides in pairs.items()
        ]
        return rows + [Row(self._id(name), self.title, *row, UNDECIDED) for name, row in self.outside.items()]

    def _id(self, name: str) -> str:
        return f"{self.title}/{name}".lower().replace(",", "").replace(" ", "-")


a, b, x, y, z = symbols("a b x y z")
r, s, t = symbols("r s t", real=True)
g, p, q = symbols("g p q", positive=True)
d_k = Symbol("d_k", positive=True, integer=True)
k, j, w = symbols("k j w", integer=True)
N = Symbol("N", positive=True, integer=True)
f = Function("f")
half, third = Rational(1, 2), Rational(1, 3)
score = symbols("s_0:4", real=True)
tiny = Rational(1, 10**25)


def turn(angle: Expr) -> Matrix:
    """The rotation of the plane by an angle."""
    return Matrix([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])


def wave(angle: Expr, position: Expr) -> Matrix:
    """The two coordinates of a frequency pair at a position."""
    return Matrix([cos(angle * position), sin(angle * position)])


def products(pairs: int, shift: int = 1, minus: int = -1, scale: int = 1) -> Expr:
    """The score of a key for a query, each frequency pair multiplied out; one pair may have its sign changed."""
    terms = [
        cos(alpha(i) * n) * cos(alpha(i) * (m + shift))
        + (-1 if i == minus else 1) * sin(alpha(i) * n) * sin(alpha(i) * (m + shift))
        for i in range(pairs)
    ]
    return Add(*(scale * lambda_(i) ** 2 * term for i, term in enumerate(terms)))


def gaps(pairs: int, ahead: int = 1, at: int | None = None) -> Expr:
    """The same as cosines of distances; all pairs (or only pair ``at``) look for a key so far ahead of the query."""
    distances = [n - m - (ahead if at in (None, i) else 1) for i in range(pairs)]
    return Add(*(lambda_(i) ** 2 * cos(alpha(i) * distance) for i, distance in enumerate(distances)))


def softmax(scores: tuple[Expr, ...], of: int = 0) -> Expr:
    """One weight of a softmax."""
    return exp(scores[of]) / Add(*map(exp, scores))


def cosines(length: int) -> Expr:
    """``1 + 2 cos x + ... + 2 cos(length x)``, written with a sum."""
    return 1 + 2 * Sum(cos(k * x), (k, 1, length))


def dirichlet(length: int) -> Expr:
    """Its closed form."""
    return sin((2 * length + 1) * x / 2) / sin(x / 2)


def raw(base: Expr, exponent: Expr) -> Expr:
    """A power that SymPy leaves as it is."""
    return Pow(base, exponent, evaluate=False)


ROTATIONS = Group(
    "Rotations",
    proved={
        "angles add": (turn(a) * turn(b), turn(a + b)),
        "turns commute": (turn(a) * turn(b) * turn(x), turn(x) * turn(b) * turn(a)),
        "the transpose undoes": (turn(a).T * turn(a), eye(2)),
        "minus the angle undoes": (turn(a + b) * turn(-a) * turn(-b), eye(2)),
        "transpose times": (turn(a).T * turn(b), turn(b - a)),
        "cube": (turn(a) ** 3, turn(3 * a)),
        "half twice": (turn(a / 2) ** 2, turn(a)),
        "third three times": (turn(a / 3) ** 3, turn(a)),
        "eighth of a turn more": (turn(a) * turn(pi / 4), turn(a + pi / 4)),
        "sixth of a turn three times": (turn(a + pi / 3) ** 3, -turn(3 * a)),
        "reflected": (diag(1, -1) * turn(a + b) * diag(1, -1), turn(-a) * turn(-b)),
        "next position": (turn(alpha(0)) * wave(alpha(0), n), wave(alpha(0), n + 1)),
        "previous position": (turn(alpha(0)).T * wave(alpha(0), n), wave(alpha(0), n - 1)),
        "any shift": (turn(alpha(0) * w) * wave(alpha(0), n), wave(alpha(0), n + w)),
        "two blocks": (diag(turn(a), turn(b)) * diag(turn(b), turn(a)), diag(turn(a + b), turn(a + b))),
        "length kept": ((turn(a) * Matrix([x, y])).dot(turn(a) * Matrix([x, y])), x**2 + y**2),
        "determinant": (turn(a).det(), Integer(1)),
        "trace of a product": ((turn(a) * turn(b)).trace(), 2 * cos(a + b)),
        "scaled": ((p * turn(a)) * (q * turn(b)), p * q * turn(a + b)),
        "off the axes": (turn(a) * diag(p, q) * turn(a).T, turn(a) * diag(p - q, 0) * turn(a).T + q * eye(2)),
        "rotated query and key": (
            (turn(a * n) * Matrix([x, y])).dot(turn(a * m) * Matrix([z, b])),
            (x * z + y * b) * cos(a * (n - m)) + (x * b - y * z) * sin(a * (n - m)),
        ),
    },
    refuted={
        "difference for sum": (turn(a) * turn(b), turn(a - b)),
        "wrong way": (turn(a).T * turn(b), turn(a - b)),
        "square is no identity": (turn(a) ** 2, eye(2)),
        "two steps": (turn(alpha(0)) * wave(alpha(0), n), wave(alpha(0), n + 2)),
        "transpose forgotten": (turn(alpha(0)) * wave(alpha(0), n), wave(alpha(0), n - 1)),
        "rows for columns": (turn(alpha(0)), turn(alpha(0)).T),
        "turn and scale": (turn(a) * diag(p, q), diag(p, q) * turn(a)),
        "blocks exchanged": (diag(turn(a), turn(b)), diag(turn(b), turn(a))),
        "sine has another sign": (cos(a) * cos(b) + sin(a) * sin(b), cos(a + b)),
        "sine for cosine": (sin(a) * cos(b) + cos(a) * sin(b), cos(a + b)),
        "rotated query and key, sign": (
            (turn(a * n) * Matrix([x, y])).dot(turn(a * m) * Matrix([z, b])),
            (x * z + y * b) * cos(a * (n - m)) - (x * b - y * z) * sin(a * (n - m)),
        ),
    },
)

SCORES = Group(
    "Previous-token scores",
    proved={
        **{f"{pairs} pairs": (products(pairs), gaps(pairs)) for pairs in range(1, 9)},
        "scaled by beta": (beta * products(3), beta * gaps(3)),
        "over the root of d_k": (products(2) * raw(d_k, -half) * beta, gaps(2) * beta / sqrt(d_k)),
        "itself": (products(2, 0), gaps(2, 0)),
        "three back": (products(2, 3), gaps(2, 3)),
        "gap to the best key": (
            gaps(2).subs(m, n - 1) - gaps(2),
            2 * Add(*(lambda_(i) ** 2 * sin(alpha(i) * (n - m - 1) / 2) ** 2 for i in range(2))),
        ),
        "even in the distance": (products(2).subs(m, n - 1 + w), products(2).subs(m, n - 1 - w)),
    },
    refuted={
        **{f"off by one, {pairs} pairs": (products(pairs), gaps(pairs, 0)) for pairs in (1, 2, 4, 8)},
        "other direction": (products(2), gaps(2, -1)),
        "one pair off by one": (products(4), gaps(4, 2, at=2)),
        "one pair of eight off by one": (products(8), gaps(8, 2, at=7)),
        "one sign": (products(3, minus=1), gaps(3)),
        "one sign of eight": (products(8, minus=5), gaps(8)),
        "twice": (products(5, scale=2), gaps(5)),
        "magnitude not squared": (products(1), lambda_(0) * cos(alpha(0) * (n - m - 1))),
        "magnitudes exchanged": (
            lambda_(0) * cos(alpha(1) * n) + lambda_(1) * cos(alpha(0) * n),
            lambda_(0) * cos(alpha(0) * n) + lambda_(1) * cos(alpha(1) * n),
        ),
        "odd in the distance": (gaps(1).subs(m, n - 1 + w), -gaps(1).subs(m, n - 1 - w)),
        "one pair more": (products(3), gaps(4)),
    },
)

last = exp(beta * g)
waves = exp(beta * cos(alpha(0) * k))


def shares(first: int = 0, scale: int = 1) -> Expr:
    """The weights of a softmax over the keys ``0 .. n``, with linear scores, from a first one on."""
    return Sum(exp(scale * beta * k) / Sum(exp(beta * j), (j, 0, n)), (k, first, n))


SOFTMAX = Group(
    "Softmax",
    proved={
        "row sum of 2": (softmax(score[:2]) + softmax(score[:2], 1), Integer(1)),
        "row sum of 4": (Add(*(softmax(score, i) for i in range(4))), Integer(1)),
        "ratio": (softmax(score, 0) / softmax(score, 1), exp(score[0] - score[1])),
        "shift": (softmax(tuple(v + t for v in score)), softmax(score)),
        "less the maximum": (softmax(tuple(v - score[0] for v in score)), softmax(score)),
        "two keys are a sigmoid": (softmax(score[:2]), 1 / (1 + exp(score[1] - score[0]))),
        "sigmoid and tanh": (1 / (1 + exp(-r)), (1 + tanh(r / 2)) / 2),
        "sigmoid of minus": (1 / (1 + exp(r)), 1 - 1 / (1 + exp(-r))),
        "leak": (1 - last / (last + n - 1), (n - 1) / (last + n - 1)),
        "leak, divided": ((n - 1) / (last + n - 1), (n - 1) * exp(-beta * g) / (1 + (n - 1) * exp(-beta * g))),
        "odds": ((last / (last + n - 1)) / (1 - last / (last + n - 1)), last / (n - 1)),
        "product of weights": (softmax(score[:2]) * softmax(score[:2], 1), 1 / (2 + 2 * cosh(score[0] - score[1]))),
        "derivative": (softmax(score[:2]).diff(score[0]), softmax(score[:2]) * (1 - softmax(score[:2]))),
        "derivative by another": (softmax(score).diff(score[1]), -(softmax(score) ** 2) * exp(score[1] - score[0])),
        "temperature halved": (
            softmax(tuple(2 * v for v in score[:2])),
            softmax(score[:2]) ** 2 / (softmax(score[:2]) ** 2 + softmax(score[:2], 1) ** 2),
        ),
        "uniform": (Sum(1 / (n + 1), (k, 0, n)), Integer(1)),
        "last key split off": (Sum(waves, (k, 0, n)), Sum(waves, (k, 0, n - 1)) + exp(beta * cos(alpha(0) * n))),
        "first key split off": (Sum(waves, (k, 0, n)), Sum(waves, (k, 1, n)) + exp(beta)),
        "tail shifted by the best": (
            Sum(exp(beta * (cos(alpha(0) * k) - 1)), (k, 0, n)),
            exp(-beta) * Sum(waves, (k, 0, n)),
        ),
        "tail of a weight": (
            exp(beta) / Sum(waves, (k, 0, n)),
            1 / (1 + Sum(exp(beta * (cos(alpha(0) * k) - 1)), (k, 1, n))),
        ),
        "constant scores": (Sum(exp(beta * g), (k, 1, n)), n * exp(beta * g)),
        "mean of values": (
            Sum(exp(beta * k) * (x * k + y), (k, 0, n)) / Sum(exp(beta * k), (k, 0, n)),
            y + x * Sum(k * exp(beta * k), (k, 0, n)) / Sum(exp(beta * k), (k, 0, n)),
        ),
        "row sum of n": (shares(), Integer(1)),
        "row sum of n, apart": (shares(first=1), 1 - 1 / Sum(exp(beta * j), (j, 0, n))),
        "last of n with linear scores": (
            exp(beta * n) / Sum(exp(beta * k), (k, 0, n)),
            exp(beta * n) * (exp(beta) - 1) / (exp(beta * (n + 1)) - 1),
        ),
        "share of the last, turned round": (
            exp(beta * n) / Sum(exp(beta * k), (k, 0, n)),
            1 / Sum(exp(-beta * k), (k, 0, n)),
        ),
        "nested": (exp(beta * cos(alpha(0) * (n - 1))) / exp(beta), exp(-2 * beta * sin(alpha(0) * (n - 1) / 2) ** 2)),
        "nested in products": (
            exp(beta * (cos(alpha(0) * n) * cos(alpha(0)) + sin(alpha(0) * n) * sin(alpha(0)))),
            exp(beta * cos(alpha(0) * (n - 1))),
        ),
    },
    refuted={
        "one key too many": ((n - 1) / (last + n - 1), n / (last + n)),
        "leak with n keys": (1 - last / (last + n - 1), n / (last + n - 1)),
        "shift of one score": (softmax((score[0] + t, *score[1:])), softmax(score)),
        "scale": (softmax(tuple(2 * v for v in score)), softmax(score)),
        "row sum without the last": (Add(*(softmax(score, i) for i in range(3))), Integer(1)),
        "ratio upside down": (softmax(score, 0) / softmax(score, 1), exp(score[1] - score[0])),
        "sigmoid and tanh of the whole": (1 / (1 + exp(-r)), (1 + tanh(r)) / 2),
        "derivative without the second factor": (softmax(score[:2]).diff(score[0]), softmax(score[:2])),
        "uniform over n": (Sum(1 / (n + 1), (k, 1, n)), Integer(1)),
        "tail one short": (Sum(waves, (k, 0, n)), Sum(waves, (k, 0, n - 1))),
        "tail starts late": (Sum(waves, (k, 1, n)), Sum(waves, (k, 0, n))),
        "row sum of n, one key short": (shares(first=1), Integer(1)),
        "row sum of n, another scale": (shares(scale=2), Integer(1)),
        "row sum of n, sign": (shares(scale=-1), Integer(1)),
        "last of n, one key short": (
            exp(beta * n) / Sum(exp(beta * k), (k, 0, n)),
            exp(beta * n) * (exp(beta) - 1) / (exp(beta * n) - 1 + tiny),
        ),
        "share of the last, sign": (
            exp(beta * n) / Sum(exp(beta * k), (k, 0, n)),
            1 / Sum(exp(beta * k), (k, 0, n)),
        ),
        "nested, half angle lost": (
            exp(beta * cos(alpha(0) * (n - 1))) / exp(beta),
            exp(-2 * beta * sin(alpha(0) * (n - 1)) ** 2),
        ),
        "nested, off by one": (exp(beta * cos(alpha(0) * (n - 1))), exp(beta * cos(alpha(0) * n))),
        "exp of a sum": (exp(p + q), exp(p) + exp(q)),
    },
)

ANGLES = Group(
    "Multiple angles",
    proved={
        "gap as a square": (1 - cos(x), 2 * sin(x / 2) ** 2),
        "one and cosine": (1 + cos(x), 2 * cos(x / 2) ** 2),
        "double angle": (cos(2 * x), 2 * cos(x) ** 2 - 1),
        "double sine": (sin(2 * x), 2 * sin(x) * cos(x)),
        "triple angle": (cos(3 * x), 4 * cos(x) ** 3 - 3 * cos(x)),
        "triple sine": (sin(3 * x), 3 * sin(x) - 4 * sin(x) ** 3),
        "third of an angle": (4 * cos(x / 3) ** 3 - 3 * cos(x / 3), cos(x)),
        "fifth of an angle": (16 * cos(x / 5) ** 5 - 20 * cos(x / 5) ** 3 + 5 * cos(x / 5), cos(x)),
        "half tangent": (tan(x / 2), sin(x) / (1 + cos(x))),
        "half tangent, other form": (tan(x / 2), (1 - cos(x)) / sin(x)),
        "double tangent": (tan(2 * x), 2 * tan(x) / (1 - tan(x) ** 2)),
        "tangent of a sum": (tan(x + y), (tan(x) + tan(y)) / (1 - tan(x) * tan(y))),
        "by the half tangent": (cos(x), (1 - tan(x / 2) ** 2) / (1 + tan(x / 2) ** 2)),
        "secant": (sec(x) ** 2 - tan(x) ** 2, Integer(1)),
        "cosecant": (csc(2 * x), (tan(x) + cot(x)) / 2),
        "product to sum": (cos(x) * cos(y), (cos(x - y) + cos(x + y)) / 2),
        "sum to product": (sin(x) - sin(y), 2 * cos((x + y) / 2) * sin((x - y) / 2)),
        "fourth power": (cos(x) ** 4, (3 + 4 * cos(2 * x) + cos(4 * x)) / 8),
        "halves and thirds": (sin(x / 2) * cos(x / 3), (sin(5 * x / 6) + sin(x / 6)) / 2),
        "three cosines": (cos(x) * cos(2 * x) * cos(4 * x), sin(8 * x) / (8 * sin(x))),
        "six cosines": (Mul(*(cos(2**i * x) for i in range(6))), sin(64 * x) / (64 * sin(x))),
        "sixty degrees apart": (cos(x) * cos(pi / 3 - x) * cos(pi / 3 + x), cos(3 * x) / 4),
        "quarter phase": (cos(x + pi / 4), (cos(x) - sin(x)) / sqrt(2)),
        "twelfth phase": (cos(x + pi / 12), ((sqrt(6) + sqrt(2)) * cos(x) - (sqrt(6) - sqrt(2)) * sin(x)) / 4),
        "three phases cancel": (cos(x) + cos(x + 2 * pi / 3) + cos(x + 4 * pi / 3), Integer(0)),
        "squares of three phases": (cos(x) ** 2 + cos(x + 2 * pi / 3) ** 2 + cos(x + 4 * pi / 3) ** 2, 3 * half),
        "irrational multiple": (cos(sqrt(2) * x) ** 2 - sin(sqrt(2) * x) ** 2, cos(sqrt(8) * x)),
    },
    refuted={
        "gap with the whole angle": (1 - cos(x), 2 * sin(x) ** 2),
        "gap with another factor": (1 - cos(x), sin(x / 2) ** 2),
        "double angle, sign": (cos(2 * x), 1 - 2 * cos(x) ** 2),
        "triple angle, coefficient": (cos(3 * x), 4 * cos(x) ** 3 - 2 * cos(x)),
        "half tangent, sign": (tan(x / 2), sin(x) / (1 - cos(x))),
        "product to sum, sign": (sin(x) * sin(y), (cos(x + y) - cos(x - y)) / 2),
        "product of sines and cosines": (sin(x) * cos(y), (sin(x + y) + cos(x - y)) / 2),
        "six cosines, one missing": (Mul(*(cos(2**i * x) for i in range(5))), sin(64 * x) / (64 * sin(x))),
        "irrational multiple taken for another": (cos(sqrt(2) * r), cos(sqrt(3) * r)),
        "linear sine": (sin(r / 1000), r / 1000),
        "cosine to second order": (cos(r / 1000), 1 - r**2 / 2000000),
    },
)


def fejer(length: Expr) -> Expr:
    """The kernel of Fejer, in closed form."""
    return sin(length * x / 2) ** 2 / sin(x / 2) ** 2


KERNELS = Group(
    "Sums of cosines",
    proved={
        **{f"Dirichlet, {length}": (cosines(length), dirichlet(length)) for length in (1, 2, 3, 5, 8, 16, 32)},
        **{
            f"sines, {length}": (
                Sum(sin(k * x), (k, 1, length)),
                sin(length * x / 2) * sin((length + 1) * x / 2) / sin(x / 2),
            )
            for length in (3, 7)
        },
        **{
            f"Fejer, {length}": (
                length + 2 * Add(*((length - i) * cos(i * x) for i in range(1, length))),
                sin(length * x / 2) ** 2 / sin(x / 2) ** 2,
            )
            for length in (4, 9)
        },
        "geometric waves": (Sum(exp(I * k * x), (k, 0, 6)), (exp(7 * I * x) - 1) / (exp(I * x) - 1)),
        "geometric exponents": (Sum(exp(-k * p), (k, 0, 9)), (1 - exp(-10 * p)) / (1 - exp(-p))),
        "odd multiples": (Sum(cos((2 * k + 1) * x), (k, 0, 4)), sin(10 * x) / (2 * sin(x))),
        "eighth turns cancel": (Sum(cos(x + pi * k / 4), (k, 0, 7)), Integer(0)),
        "window that moves": (Sum(cos(k * r), (k, n, n + 2)), cos((n + 1) * r) * (1 + 2 * cos(r))),
        "linear under a sum": (Sum(y * cos(x * k) + 2, (k, 0, n)), y * Sum(cos(j * x), (j, 0, n)) + 2 * (n + 1)),
        "two terms split off": (
            Sum(cos(k * x), (k, 0, n)),
            Sum(cos(k * x), (k, 0, n - 2)) + cos(n * x) + cos((n - 1) * x),
        ),
        "double sum": (Sum(cos((k - j) * x), (k, 0, 3), (j, 0, 3)), sin(2 * x) ** 2 / sin(x / 2) ** 2),
        "phase pulled out of a sum": (
            Sum(exp(I * (n - k) * r), (k, 0, n)),
            exp(I * n * r) * Sum(exp(-I * k * r), (k, 0, n)),
        ),
        "sum of differences by hand": (
            Sum(cos(r * (n - k)), (k, 0, n)),
            cos(r * n) * Sum(cos(r * k), (k, 0, n)) + sin(r * n) * Sum(sin(r * k), (k, 0, n)),
        ),
        "empty sum": (Sum(f(k), (k, n, n - 1)), Integer(0)),
        "symbolic Dirichlet": (1 + 2 * Sum(cos(k * x), (k, 1, n)), sin((2 * n + 1) * x / 2) / sin(x / 2)),
        "symbolic geometric sum": (Sum(exp(-k * p), (k, 0, n)), (1 - exp(-(n + 1) * p)) / (1 - exp(-p))),
        "symbolic triangle number": (Sum(k, (k, 1, n)), n * (n + 1) / 2),
        "split in the middle": (
            Sum(cos(k * x), (k, 0, n)),
            Sum(cos(k * x), (k, 0, m)) + Sum(cos(k * x), (k, m + 1, n)),
        ),
        "sum turned round": (Sum(cos(r * k), (k, 0, n)), Sum(cos(r * (n - k)), (k, 0, n))),
        "telescope": (Sum(1 / (k * (k + 1)), (k, 1, n)), n / (n + 1)),
        "numerator under a sum": (
            Sum((x + k) / (k + 1), (k, 0, n)),
            x * Sum(1 / (k + 1), (k, 0, n)) + Sum(k / (k + 1), (k, 0, n)),
        ),
        "sums change places": (Sum(Sum(k * j, (k, 1, n)), (j, 1, m)), Sum(k, (k, 1, n)) * Sum(j, (j, 1, m))),
        "symbolic Fejer": (n + 1 + 2 * Sum((n + 1 - k) * cos(k * x), (k, 1, n)), fejer(n + 1)),
        "Dirichlet kernels added up": (Sum(1 + 2 * Sum(cos(k * x), (k, 1, j)), (j, 0, n)), fejer(n + 1)),
        "symbolic sum of sines": (Sum(sin(k * x), (k, 1, n)), sin(n * x / 2) * sin((n + 1) * x / 2) / sin(x / 2)),
        "symbolic sum of waves": (Sum(exp(I * k * x), (k, 0, n)), (exp(I * (n + 1) * x) - 1) / (exp(I * x) - 1)),
        "sum of squares": (Sum(k**2, (k, 1, n)), n * (n + 1) * (2 * n + 1) / 6),
        "sum of squares, any bound": (Sum(k**2, (k, 1, w)), w * (w + 1) * (2 * w + 1) / 6),
        "sum of cubes": (Sum(k**3, (k, 1, n)), Sum(k, (k, 1, n)) ** 2),
        "odd numbers": (Sum(2 * k - 1, (k, 1, n)), n**2),
        "powers of two": (Sum(2**k, (k, 0, n)), 2 ** (n + 1) - 1),
        "powers of a number": (Sum(x**k, (k, 0, n)), (x ** (n + 1) - 1) / (x - 1)),
        "mean of positions": (Sum(k, (k, 1, N)) / N, (N + 1) / 2),
        "linear and exponential": (
            Sum(k * exp(p * k), (k, 0, n)),
            (n * exp(p * (n + 2)) - (n + 1) * exp(p * (n + 1)) + exp(p)) / (exp(p) - 1) ** 2,
        ),
        "telescope of a function": (Sum(f(k + 1) - f(k), (k, 0, n)), f(n + 1) - f(0)),
        "triangle by rows and columns": (
            Sum(Sum(f(j, k), (k, 0, j)), (j, 0, n)),
            Sum(Sum(f(j, k), (j, k, n)), (k, 0, n)),
        ),
        "function turned round": (Sum(f(k), (k, m, n)), Sum(f(m + n - k), (k, m, n))),
        "shifted range": (Sum(cos(r * k), (k, m, n + m)), Sum(cos(r * (k + m)), (k, 0, n))),
        "square of a sum": (
            Sum(cos(k * r), (k, 0, n)) ** 2,
            Sum(Sum(cos(k * r) * cos(j * r), (k, 0, n)), (j, 0, n)),
        ),
        "harmonic sum": (Sum(1 / k, (k, 1, n)), Sum(1 / k, (k, 1, n - 1)) + 1 / n),
    },
    refuted={
        "Dirichlet, one too many": (cosines(5), dirichlet(6)),
        "Dirichlet, one too few": (cosines(16), dirichlet(15)),
        "Dirichlet without the half": (cosines(3), sin(7 * x) / sin(x)),
        "Fejer not squared": (3 + 4 * cos(x) + 2 * cos(2 * x), sin(3 * x / 2) / sin(x / 2)),
        "geometric, one too few": (Sum(exp(-k * p), (k, 0, 9)), (1 - exp(-9 * p)) / (1 - exp(-p))),
        "eighth turns, one missing": (Sum(cos(x + pi * k / 4), (k, 0, 6)), Integer(0)),
        "one term more": (Sum(cos(k * r), (k, 0, n)), Sum(cos(k * r), (k, 0, n + 1))),
        "one term later": (Sum(cos(k * r), (k, 1, n)), Sum(cos(k * r), (k, 0, n - 1))),
        "triangle number": (Sum(k, (k, 1, n)), n * (n - 1) / 2),
        "symbolic Dirichlet, index": (1 + 2 * Sum(cos(k * x), (k, 0, n)), sin((2 * n + 1) * x / 2) / sin(x / 2)),
        "symbolic Dirichlet, scale": (1 + Sum(cos(k * x), (k, 1, n)), sin((2 * n + 1) * x / 2) / sin(x / 2)),
        "symbolic Fejer, bound": (n + 1 + 2 * Sum((n + 1 - k) * cos(k * x), (k, 1, n)), fejer(n)),
        "symbolic Fejer, weight": (n + 1 + 2 * Sum((n - k) * cos(k * x), (k, 1, n)), fejer(n + 1)),
        "Dirichlet kernels added up, bound": (Sum(1 + 2 * Sum(cos(k * x), (k, 1, j)), (j, 1, n)), fejer(n + 1)),
        "symbolic sum of sines, bound": (
            Sum(sin(k * x), (k, 1, n)),
            sin(n * x / 2) * sin((n - 1) * x / 2) / sin(x / 2),
        ),
        "symbolic sum of waves, sign": (
            Sum(exp(I * k * x), (k, 0, n)),
            (exp(-I * (n + 1) * x) - 1) / (exp(I * x) - 1),
        ),
        "symbolic geometric sum, bound": (Sum(exp(-k * p), (k, 0, n)), (1 - exp(-n * p)) / (1 - exp(-p))),
        "symbolic geometric sum, sign": (Sum(exp(k * p), (k, 0, n)), (1 - exp(-(n + 1) * p)) / (1 - exp(-p))),
        "sum of squares, scale": (Sum(k**2, (k, 1, n)), n * (n + 1) * (2 * n + 1) / 3),
        "sum of squares, sign": (Sum(k**2, (k, 1, w)), w * (w - 1) * (2 * w + 1) / 6),
        "sum of cubes, bound": (Sum(k**3, (k, 1, n)), Sum(k, (k, 1, n - 1)) ** 2),
        "even numbers": (Sum(2 * k, (k, 1, n)), n**2),
        "powers of two, bound": (Sum(2**k, (k, 0, n)), 2**n - 1),
        "powers of two, base": (Sum(2**k, (k, 0, n)), 3 ** (n + 1) - 1),
        "powers of a number, start": (Sum(x**k, (k, 1, n)), (x ** (n + 1) - 1) / (x - 1)),
        "mean of positions, start": (Sum(k, (k, 1, N)) / N, N / 2),
        "linear and exponential, coefficient": (
            Sum(k * exp(p * k), (k, 0, n)),
            (n * exp(p * (n + 2)) - n * exp(p * (n + 1)) + exp(p)) / (exp(p) - 1) ** 2,
        ),
        "triangle without its edge": (
            Sum(Sum(j * k**2, (k, 0, j)), (j, 0, n)),
            Sum(Sum(j * k**2, (j, k + 1, n)), (k, 0, n)),
        ),
        "shifted range, one less": (Sum(cos(r * k), (k, m, n + m)), Sum(cos(r * (k + m)), (k, 0, n - 1))),
        "square of a sum, sign": (
            Sum(cos(k * r), (k, 0, n)) ** 2,
            Sum(Sum(cos((k - j) * r), (k, 0, n)), (j, 0, n)),
        ),
        "harmonic sum, last": (Sum(1 / k, (k, 1, n)), Sum(1 / k, (k, 1, n - 1)) + 1 / (n + 1)),
        "split in the middle, once too often": (
            Sum(cos(k * x), (k, 0, n)),
            Sum(cos(k * x), (k, 0, m)) + Sum(cos(k * x), (k, m, n)),
        ),
        "sum turned round, one off": (Sum(cos(r * k), (k, 0, n)), Sum(cos(r * (n + 1 - k)), (k, 0, n))),
        "telescope, one short": (Sum(1 / (k * (k + 1)), (k, 1, n)), (n - 1) / n),
        "telescope, sign": (Sum(1 / (k * (k + 1)), (k, 1, n)), -n / (n + 1)),
        "numerator under a sum, scale": (
            Sum((x + k) / (k + 1), (k, 0, n)),
            x * Sum(1 / (k + 1), (k, 0, n)) + 2 * Sum(k / (k + 1), (k, 0, n)),
        ),
        "sums change places, bounds too": (
            Sum(Sum(k**2 * j, (k, 1, n)), (j, 1, m)),
            Sum(k, (k, 1, n)) * Sum(j**2, (j, 1, m)),
        ),
        "symbolic Dirichlet, one too many": (1 + 2 * Sum(cos(k * x), (k, 1, n)), sin((2 * n + 3) * x / 2) / sin(x / 2)),
    },
)

EXPONENTS = Group(
    "Exponents",
    proved={
        "root of eight": ((exp(Lg / sqrt(8)) + 1) ** 2, exp(Lg / sqrt(2)) + 2 * exp(Lg / sqrt(8)) + 1),
        "root of eight, hyperbolic": (exp(Lg / sqrt(8)), cosh(sqrt(2) * Lg / 4) + sinh(sqrt(2) * Lg / 4)),
        "root of d_k": ((exp(beta / sqrt(d_k)) - 1) * (exp(beta / sqrt(d_k)) + 1), exp(2 * beta / sqrt(d_k)) - 1),
        "product of roots": (sinh(sqrt(2) * sqrt(3) * x), (exp(sqrt(6) * x) - exp(-sqrt(6) * x)) / 2),
        "two exponents": (exp((sqrt(2) + 1) * x) * exp(-sqrt(2) * x), exp(x)),
        "square in the exponent": (exp((sqrt(2) + sqrt(3)) ** 2 * x), exp(5 * x) * exp(2 * sqrt(6) * x)),
        "expanded exponent": (exp((x + y) ** 2), exp(x**2) * exp(2 * x * y) * exp(y**2)),
        "exponents of numbers": ((exp(1) + exp(-1)) ** 2, exp(2) + 2 + exp(-2)),
        "exponent of an exponent": (exp(exp(x)) * exp(1), exp(exp(x) + 1)),
        "cosine of exponents": (cos(exp(x) + exp(y)) + cos(exp(x) - exp(y)), 2 * cos(exp(x)) * cos(exp(y))),
        "thirds": ((exp(x / 3) + 1) * (exp(2 * x / 3) - exp(x / 3) + 1), exp(x) + 1),
        "Laurent exponent": (exp(x / y + 1 / x) * exp(-1 / x), exp(x / y)),
        "Euler": (exp(I * x), cos(x) + I * sin(x)),
        "hyperbolic": (cosh(x) ** 2 - sinh(x) ** 2, Integer(1)),
        "hyperbolic double": (tanh(2 * x), 2 * tanh(x) / (1 + tanh(x) ** 2)),
        "hyperbolic sum": (sinh(x + y), sinh(x) * cosh(y) + cosh(x) * sinh(y)),
        "hyperbolic half": (tanh(x / 2), sinh(x) / (1 + cosh(x))),
        "hyperbolic cotangent": (coth(x) - tanh(x), 2 / sinh(2 * x)),
        "hyperbolic as exponents": (cosh(x) + sinh(x), exp(x)),
        "complex angle": (cos(x + I * y), cos(x) * cosh(y) - I * sin(x) * sinh(y)),
        "nested root in the exponent": (exp(x * sqrt(5 + 2 * sqrt(6))), exp(x * (sqrt(2) + sqrt(3)))),
        "powers add": (x**y * raw(x, z), raw(x, y + z)),
        "symbolic power of a product": (raw(p * q, y), p**y * q**y),
        "power of a product of numbers": (6**k * 4**n, 2 ** (k + 2 * n) * 3**k),
        "signs as powers": ((-1) ** n * (-2) ** m, (-1) ** (n + m) * 2**m),
        "power of i": (I**n * I ** (3 * n + 1), I),
        "rectifier, smooth": (1 - 1 / (1 + exp(r)), exp(r / 2) / (2 * cosh(r / 2))),
    },
    refuted={
        "root of eight taken for eight": (exp(Lg / sqrt(8)), exp(Lg / 8)),
        "root of eight for two": (exp(Lg / sqrt(8)), exp(Lg / sqrt(2))),
        "root of d_k lost": (exp(beta / sqrt(d_k)), exp(beta / d_k)),
        "exponent doubled": (exp(beta), exp(2 * beta)),
        "tanh for its argument": (tanh(p), p),
        "sign in the hyperbolic square": (cosh(r) ** 2 + sinh(r) ** 2, Integer(1)),
        "hyperbolic sum, sign": (cosh(x + y), cosh(x) * cosh(y) - sinh(x) * sinh(y)),
        "power series cut": (exp(r), 1 + r + r**2 / 2 + r**3 / 6),
        "nested root in the exponent, sign": (exp(x * sqrt(5 - 2 * sqrt(6))), exp(x * (sqrt(2) - sqrt(3)))),
        "powers multiply": (x**y * raw(x, z), raw(x, y * z)),
        "symbolic power of any product": (raw(x * z, y), x**y * z**y),
        "power of a product of numbers, base": (6**k * 4**n, 2 ** (k + n) * 3**k),
        "signs as powers, one lost": ((-1) ** n * (-2) ** m, (-1) ** n * 2**m),
        "near integer": (exp(pi * sqrt(163)), Integer(262537412640768744)),
    },
    outside={
        "denominator in the exponent": (exp(x / (y + 1)), exp((x * y - x) / (y**2 - 1)), EQUAL),
    },
)

FRACTIONS = Group(
    "Fractions and roots",
    proved={
        "cancelled factor": ((x**2 - y**2) / (x - y), x + y),
        "partial fractions": (1 / (x - 1) - 1 / (x + 1), 2 / (x**2 - 1)),
        "nested fraction": (1 / (1 + 1 / (1 + 1 / x)), (x + 1) / (2 * x + 1)),
        "geometric": ((x**8 - 1) / (x - 1), (x + 1) * (x**2 + 1) * (x**4 + 1)),
        "four squares": ((x**2 + y**2) * (a**2 + b**2), (x * a - y * b) ** 2 + (x * b + y * a) ** 2),
        "inverse of two by two": (Matrix([[x, y], [z, a]]) * (Matrix([[a, -y], [-z, x]]) / (x * a - y * z)), eye(2)),
        "rational denominator": (1 / (sqrt(2) - 1), 1 + sqrt(2)),
        "two roots below": (1 / (sqrt(2) + sqrt(3)), sqrt(3) - sqrt(2)),
        "root of a fraction": (1 / (1 + sqrt(Rational(3, 8))), (8 - 2 * sqrt(6)) / 5),
        "root of a half": (raw(half, half), sqrt(2) / 2),
        "roots of symbols": ((sqrt(x) + 1) ** 3, x * sqrt(x) + 3 * x + 3 * sqrt(x) + 1),
        "difference of roots": (1 / (sqrt(p) - sqrt(q)), (sqrt(p) + sqrt(q)) / (p - q)),
        "root of d_k twice": (((1 + sqrt(d_k)) / sqrt(d_k) - 1) ** 2, 1 / d_k),
        "power of i": ((1 + I) ** 8, Integer(16)),
        "one over i": (1 / (1 + I), (1 - I) / 2),
        "cube root of one": ((-1 + sqrt(3) * I) ** 3, Integer(8)),
        "golden ratio": (((1 + sqrt(5)) / 2) ** 5, (11 + 5 * sqrt(5)) / 2),
        "sin of a fifth": (4 * cos(2 * pi / 5) ** 2 + 2 * cos(2 * pi / 5) - 1, Integer(0)),
        "roots of positives merge": (sqrt(p) * sqrt(q), raw(p * q, half)),
        "root of a square of a positive": (raw(p**2 * x, half), p * sqrt(x)),
        "root of a negative": (raw(-p, half), I * sqrt(p)),
        "nested root": (sqrt(5 + 2 * sqrt(6)), sqrt(2) + sqrt(3)),
        "nested root of a difference": (sqrt(5 - 2 * sqrt(6)), sqrt(3) - sqrt(2)),
        "fifth turns as nested roots": (sin(pi / 5) * sin(2 * pi / 5), sqrt(5) / 4),
        "unknown function": (f(x) * (f(x) + y) - y * f(x), f(x) ** 2),
    },
    refuted={
        "freshman": (1 / (x + y), 1 / x + 1 / y),
        "sum of squares": ((x + y) ** 2, x**2 + y**2),
        "root of a sum": (sqrt(p + q), sqrt(p) + sqrt(q)),
        "root of a square": (sqrt(r**2) + s, r + s),
        "root of a product": (sqrt(x * y), sqrt(x) * sqrt(y)),
        "root of minus": (sqrt(-x), I * sqrt(x)),
        "roots of positives, scale": (sqrt(p) * sqrt(q), raw(2 * p * q, half)),
        "root of a square, sign lost": (raw(r**2 * x, half), r * sqrt(x)),
        "root of a negative, sign": (raw(-p, half), -I * sqrt(p)),
        "nested root, sign": (sqrt(5 + 2 * sqrt(6)), sqrt(3) - sqrt(2)),
        "nested root, other sign": (sqrt(5 - 2 * sqrt(6)), sqrt(2) - sqrt(3)),
        "fifth turns as nested roots, scale": (sin(pi / 5) * sin(2 * pi / 5), sqrt(5) / 2),
        "roots nearly equal": (sqrt(2) + sqrt(3), Rational(22, 7)),
        "nine digits of a root": (sqrt(2), Rational(1414213562, 10**9)),
        "roots of neighbours": (sqrt(10**12 + 1), Integer(10**6)),
        "power of i, one off": ((1 + I) ** 8, Integer(-16)),
        "products in the wrong order": (
            Matrix([[x, 1], [0, 1]]) * Matrix([[1, y], [0, 1]]),
            Matrix([[1, y], [0, 1]]) * Matrix([[x, 1], [0, 1]]),
        ),
    },
    outside={
        "cube root of a cube": (raw(p**3, third), p, EQUAL),
    },
)

COMB = Sum(cos(2 * pi * k * n / 5), (k, 0, 4))
TURNS = Group(
    "Integer turns",
    proved={
        "whole turns": (exp(2 * pi * I * n, evaluate=False), Integer(1)),
        "squared half turns": (cos(pi * n, evaluate=False) ** 2, Integer(1)),
        "half turns alike": (exp(I * pi * n, evaluate=False), cos(pi * n, evaluate=False)),
        "no sine": (sin(pi * n, evaluate=False), Integer(0)),
        "whole turns of a product": (cos(2 * pi * n * m, evaluate=False), Integer(1)),
        "position past a turn": (cos(x + 2 * pi * n, evaluate=False), cos(x)),
        "half a turn more": (cos(x + pi * (n + 1), evaluate=False), -cos(x + pi * n, evaluate=False)),
        "two half turns": (
            cos(pi * n, evaluate=False) * cos(pi * m, evaluate=False),
            cos(pi * (n + m), evaluate=False),
        ),
        "seventh turns": (cos(pi / 7) - cos(2 * pi / 7) + cos(3 * pi / 7), half),
        "seventh turns cancel": (Sum(cos(2 * pi * k / 7), (k, 0, 6)), Integer(0)),
        "ninth turns": (cos(pi / 9) * cos(2 * pi / 9) * cos(4 * pi / 9), Rational(1, 8)),
        "quarter turns of n": (sin(pi * n / 2) * cos(pi * n / 2), Integer(0)),
        "third turns of n": (cos(2 * pi * n / 3) + cos(2 * pi * (n + 1) / 3) + cos(2 * pi * (n + 2) / 3), Integer(0)),
        "sign in an exponent": (exp(exp(I * pi * n, evaluate=False)), exp(cos(pi * n, evaluate=False))),
        "period of the tangent": (tan(x + pi * n, evaluate=False), tan(x)),
        "fifth turns of n": (COMB**2, 5 * COMB),
        "eleventh turns": (Mul(*(2 * sin(pi * i / 11) for i in range(1, 11))), Integer(11)),
        "cosine of a whole turn": (cos(sin(pi * n, evaluate=False) + x), cos(x)),
        "seventh turns and a root": (sin(2 * pi / 7) + sin(4 * pi / 7) + sin(8 * pi / 7), sqrt(7) / 2),
        "eleventh turns and a root": (tan(3 * pi / 11) + 4 * sin(2 * pi / 11), sqrt(11)),
        "thirteenth turns and a root": (cos(2 * pi / 13) + cos(6 * pi / 13) + cos(8 * pi / 13), (sqrt(13) - 1) / 4),
        "half turns of seventh turns": (cos(pi * n) * cos(2 * pi * n / 7), cos(9 * pi * n / 7)),
        "half turns of triangle numbers": (cos(pi * n * (n + 1) / 2) ** 2, Integer(1)),
        "alternating sum": (2 * Sum(cos(pi * k), (k, 0, n)), 1 + cos(pi * n)),
        "turns of two neighbours": (cos(2 * x + pi * n * (n + 1), evaluate=False), cos(2 * x)),
        "square of a number": (cos(pi * n**2, evaluate=False), cos(pi * n, evaluate=False)),
        "sixteenth of a turn, four times": (turn(pi / 8) ** 4, Matrix([[0, -1], [1, 0]])),
        "sixteenth of a turn apart": (2 * cos(x + pi / 8) * cos(x - pi / 8), cos(2 * x) + sqrt(2) / 2),
        "sixteenth turns of n": (cos(pi * n / 16) * cos(pi * n * 17 / 16), (-1) ** n * cos(pi * n / 16) ** 2),
        "eighth turns of n": (cos(pi * n / 4) ** 2 - sin(pi * n / 4) ** 2, cos(pi * n / 2)),
        "sign of a triangle number": ((-1) ** (n * (n + 1) / 2), sqrt(2) * cos(pi * n / 2 + pi / 4)),
        "sign of a product": (cos(pi * n * m, evaluate=False), 1 - (1 - (-1) ** n) * (1 - (-1) ** m) / 2),
        "third turns added up": (
            Sum(cos(2 * pi * k / 3), (k, 0, n)),
            half + sin(pi * (2 * n + 1) / 3) / sqrt(3),
        ),
        "seventh turns as squares": (sin(pi / 7) ** 2 + sin(2 * pi / 7) ** 2 + sin(3 * pi / 7) ** 2, 7 * half / 2),
    },
    refuted={
        "half turns": (exp(pi * I * n, evaluate=False), Integer(1)),
        "quarter turns": (cos(pi * n / 2), Integer(1)),
        "turns of a real": (exp(2 * pi * I * r), Integer(1)),
        "turns of any number": (cos(2 * pi * x), Integer(1)),
        "half a turn": (cos(x + pi * n, evaluate=False), cos(x)),
        "seventh turns and a root, sign": (sin(2 * pi / 7) + sin(4 * pi / 7) - sin(8 * pi / 7), sqrt(7) / 2),
        "seventh turns and another root": (sin(2 * pi / 7) + sin(4 * pi / 7) + sin(8 * pi / 7), sqrt(5) / 2),
        "eleventh turns and a root, scale": (tan(3 * pi / 11) + 2 * sin(2 * pi / 11), sqrt(11)),
        "thirteenth turns and a root, index": (
            cos(2 * pi / 13) + cos(6 * pi / 13) + cos(10 * pi / 13),
            (sqrt(13) - 1) / 4,
        ),
        "half turns of seventh turns, index": (cos(pi * n) * cos(2 * pi * n / 7), cos(8 * pi * n / 7)),
        "half turns of triangle numbers, scale": (cos(pi * n * (n + 1) / 4) ** 2, Integer(1)),
        "alternating sum, bound": (2 * Sum(cos(pi * k), (k, 0, n + 1)), 1 + cos(pi * n)),
        "alternating sum, sign": (2 * Sum(cos(pi * k), (k, 0, n)), 1 - cos(pi * n)),
        "turns of two other neighbours": (cos(2 * x + pi * n * (n + 2), evaluate=False), cos(2 * x)),
        "square of a number, scale": (cos(pi * n**2 / 2, evaluate=False), cos(pi * n / 2)),
        "sixteenth of a turn, three times": (turn(pi / 8) ** 3, Matrix([[0, -1], [1, 0]])),
        "sixteenth of a turn apart, sign": (2 * cos(x + pi / 8) * cos(x - pi / 8), cos(2 * x) - sqrt(2) / 2),
        "sixteenth turns of n, sign": (cos(pi * n / 16) * cos(pi * n * 17 / 16), cos(pi * n / 16) ** 2),
        "eighth turns of n, scale": (cos(pi * n / 4) ** 2 - sin(pi * n / 4) ** 2, cos(pi * n / 4)),
        "sign of a triangle number, sign": ((-1) ** (n * (n + 1) / 2), sqrt(2) * cos(pi * n / 2 - pi / 4)),
        "sign of a product, sign": (cos(pi * n * m, evaluate=False), 1 - (1 - (-1) ** n) * (1 + (-1) ** m) / 2),
        "third turns added up, bound": (
            Sum(cos(2 * pi * k / 3), (k, 0, n)),
            half + sin(pi * (2 * n - 1) / 3) / sqrt(3),
        ),
        "radians, not turns": (cos(2 * n), Integer(1)),
    },
)

SMALL = Group(
    "Very small differences",
    proved={
        "small and back": ((1 + exp(-200)) ** 2 - 2 * exp(-200) - exp(-400), Integer(1)),
        "large and back": ((10**25 * x + 1) ** 2 - 2 * 10**25 * x - 1, 10**50 * x**2),
    },
    refuted={
        "1e-25 in a number": (sqrt(2) + tiny, sqrt(2)),
        "1e-25 in a coefficient": ((1 + tiny) * cos(r), cos(r)),
        "1e-25 in an angle": (cos((1 + tiny) * r), cos(r)),
        "1e-25 in an exponent": (exp((1 + tiny) * p), exp(p)),
        "1e-25 in one magnitude": (products(2) + tiny * cos(alpha(1)), gaps(2)),
        "1e-25 in the double angle": (cos(2 * x), 2 * cos(x) ** 2 - 1 + tiny),
        "1e-200": (sqrt(2) + Rational(1, 10**200), sqrt(2)),
        "exp(-50)": (sqrt(2) + exp(-50), sqrt(2)),
        "exp(-200)": (sqrt(2) + exp(-200), sqrt(2)),
        "exp(-200) in a score": (products(1) + exp(-200), gaps(1)),
        "softmax taken for hard": (exp(100) / (exp(100) + 3), Integer(1)),
        "leak at a scale of 200": (1 / (1 + 7 * exp(-200)), Integer(1)),
        "tanh nearly one": (tanh(100), Integer(1)),
        "next to a large number": (10**30 * p, 10**30 * p + 1),
    },
)

OUTSIDE = Group(
    "Outside the class",
    refuted={
        "log of a product of any numbers": (log(x * y), log(x) + log(y)),
        "log of a square": (log(r**2), 2 * log(r)),
        "absolute value of a real": (Abs(r) * s, r * s),
        "third power of a square": ((x**2) ** third, x ** (2 * third)),
        "power of a power": ((x**y) ** z, x ** (y * z)),
        "power of minus one": ((-1) ** n, Integer(1)),
    },
    outside={
        "log of a product of positives": (log(p * q, evaluate=False), log(p) + log(q), EQUAL),
        "log of six": (log(6), log(2) + log(3), EQUAL),
        "log of an exponential": (log(exp(r, evaluate=False), evaluate=False), r, EQUAL),
        "root of a fourth power": (sqrt(x**4), x**2, DIFFERENT),
        "inverse cosine": (acos(cos(x)), x, DIFFERENT),
        "inverse cosine of a cosine on a turn": (cos(acos(x) * 2, evaluate=False), 2 * x**2 - 1, EQUAL),
        "sine of an inverse sine": (sin(asin(x) + y), x * cos(y) + cos(asin(x)) * sin(y), EQUAL),
        "floor": (floor(r), r, DIFFERENT),
        "floor of a shifted number": (floor(r + half) + ceiling(-r - half), Integer(0), EQUAL),
        "absolute values multiply": (Abs(r) * Abs(s), raw(Abs(r * s), Integer(1)), EQUAL),
        "logarithm in the exponent": (exp(y * log(p), evaluate=False), raw(p, y), EQUAL),
        "maximum": (Max(r, s), (r + s + Abs(r - s)) / 2, EQUAL),
        "root of a sum squared": (sqrt(p**2 + 2 * p * q + q**2), p + q, EQUAL),
        "arctangent": (atan(p) + atan(1 / p), pi / 2, EQUAL),
        "inverse hyperbolic": (asinh(r), log(r + sqrt(r**2 + 1)), EQUAL),
        "integral": (Integral(exp(-t), (t, 0, p)), 1 - exp(-p), EQUAL),
        "sign and size": (sign(r) * Abs(r), r, EQUAL),
        "conjugate": (x * conjugate(x), Abs(x) ** 2, EQUAL),
        "unknown function moved": (f(x), f(y), NOT_DECIDABLE),
        "one over zero": (1 / (sin(x) ** 2 + cos(x) ** 2 - 1), Integer(5), NOT_DECIDABLE),
    },
)

u, v = (Matrix(symbols(f"{name}_0:3")) for name in "uv")
select = Matrix([[1, 0, 0, 0], [0, 1, 0, 0]])
MATRICES = Group(
    "Matrices",
    proved={
        "outer product of rank one": ((u * v.T) * (u * v.T), v.dot(u) * (u * v.T)),
        "transpose of a product": ((turn(a) * turn(2 * b)).T, turn(-a - 2 * b)),
        "trace is cyclic": ((turn(a) * turn(b) * turn(-a)).trace(), 2 * cos(b)),
        "residual stream": (
            (eye(2) + x * turn(a)) * (eye(2) + y * turn(b)),
            eye(2) + x * turn(a) + y * turn(b) + x * y * turn(a + b),
        ),
        "selected, turned, put back": (select * diag(turn(a), eye(2)) * select.T * turn(3 * a), turn(4 * a)),
        "OV factors": ((select.T * turn(a)) * (turn(b) * select), diag(turn(a + b), zeros(2, 2))),
        "projection": (
            turn(a) * diag(1, 0) * turn(a).T,
            Matrix([[1 + cos(2 * a), sin(2 * a)], [sin(2 * a), 1 - cos(2 * a)]]) / 2,
        ),
        "Cayley and Hamilton": (turn(a) ** 2 - 2 * cos(a) * turn(a) + eye(2), zeros(2, 2)),
        "sum of rows of weights": (Matrix([[softmax(score[:2]), softmax(score[:2], 1)]]) * Matrix([1, 1]), Matrix([1])),
        "hyperbolic turns": (
            Matrix([[cosh(a), sinh(a)], [sinh(a), cosh(a)]]) ** 2,
            Matrix([[cosh(2 * a), sinh(2 * a)], [sinh(2 * a), cosh(2 * a)]]),
        ),
    },
    refuted={
        "put back and selected": (select.T * select, eye(4)),
        "last entry": (diag(x, y, z), diag(x, y, z + tiny)),
        "projection, not halved": (turn(a) * diag(1, 0) * turn(a).T, turn(2 * a) * diag(1, 0)),
        "product without the residual": ((eye(2) + turn(a)) * (eye(2) + turn(b)), eye(2) + turn(a + b)),
        "one entry at the end": (diag(turn(a), turn(b)) ** 2, diag(turn(2 * a), turn(b))),
    },
    outside={
        "one entry of logarithms": (Matrix([[x, log(6)]]), Matrix([[x, log(2) + log(3)]]), EQUAL),
    },
)

GROUPS = (ROTATIONS, SCORES, SOFTMAX, ANGLES, KERNELS, EXPONENTS, FRACTIONS, TURNS, SMALL, OUTSIDE, MATRICES)
ROWS = tuple(row for group in GROUPS for row in group.rows())
