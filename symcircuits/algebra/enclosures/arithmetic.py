"""Complex numbers known to lie in a rectangle, and what is computed with them: rigorously at every step."""

from __future__ import annotations

from typing import Any

from mpmath import isfinite, mp, mpf

from symcircuits.algebra.enclosures.balls import WIDE, Backend
from symcircuits.errors import BudgetSpent, OutsideClass

MAX_MAGNITUDE = 1 << 40
MAX_ANGLE = 1 << 1024


class Enclosure:
    """A complex number known to lie in ``real + i * imaginary`` (``imaginary`` is ``None`` for a real number)."""

    __slots__ = ("backend", "imaginary", "real")  # one is made for every part of an expression

    def __init__(self, real: Any, imaginary: Any, backend: Backend) -> None:
        self.real = real
        self.imaginary = imaginary
        self.backend = backend

    def real_sign(self) -> int:
        """1 or -1 where the real part certainly has that sign, else 0."""
        low, high = self.backend.bounds(self.real)
        return 1 if low > 0 else -1 if high < 0 else 0

    def differs_from_zero(self) -> bool:
        """Whether the number is certainly not zero."""
        bounds = [self.backend.bounds(part) for part in self._parts()]
        return all(isfinite(end) for pair in bounds for end in pair) and any(
            low > 0 or high < 0 for low, high in bounds
        )

    def relative_width(self) -> mpf:
        """The width of the enclosure over the least size of the number; infinite for one that may be zero."""
        bounds = [self.backend.bounds(part) for part in self._parts()]
        size = max(mpf(0) if low <= 0 <= high else min(abs(low), abs(high)) for low, high in bounds)
        width = self.width()
        return width / size if size else mpf("inf") if width else mpf(0)

    def width(self) -> mpf:
        """The larger width of the real and the imaginary part."""
        bounds = [self.backend.bounds(part) for part in self._parts()]
        return max(high - low for low, high in bounds)

    def _parts(self) -> list[Any]:
        return [self.real] if self.imaginary is None else [self.real, self.imaginary]

    def minus(self, other: Enclosure) -> Enclosure:
        """An enclosure of the difference; to be computed at the precision of both."""
        real = self.real - other.real
        if self.imaginary is None or other.imaginary is None:
            missing = None if other.imaginary is None else -other.imaginary
            return Enclosure(real, missing if self.imaginary is None else self.imaginary, self.backend)
        return Enclosure(real, self.imaginary - other.imaginary, self.backend)

    def midpoint(self) -> tuple[mpf, mpf]:
        """Real and imaginary part of the middle."""
        return self._middle(self.real), mpf(0) if self.imaginary is None else self._middle(self.imaginary)

    def _middle(self, part: Any) -> mpf:
        low, high = self.backend.bounds(part)
        if low <= 0 <= high:
            return mpf(0)  # what is left of a zero is noise
        with mp.workprec(WIDE):
            return (low + high) / 2


class Arithmetic:
    """Operations on enclosures over one kind of balls, at the precision that these are set to."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._zero = backend.rational(0, 1)

    def make(self, real: Any, imaginary: Any = None) -> Enclosure:
        """A number with this real part, and this imaginary part if it has one."""
        return Enclosure(real, imaginary, self.backend)

    def rational(self, p: int, q: int = 1) -> Enclosure:
        """The number ``p / q``."""
        return self.make(self.backend.rational(p, q))

    def pi(self) -> Enclosure:
        """The number pi."""
        return self.make(self.backend.pi())

    def imaginary_unit(self) -> Enclosure:
        """The number i."""
        return self.make(self._zero, self.backend.rational(1, 1))

    def add(self, a: Enclosure, b: Enclosure) -> Enclosure:
        """The sum."""
        if a.imaginary is None or b.imaginary is None:
            return self.make(a.real + b.real, b.imaginary if a.imaginary is None else a.imaginary)
        return self.make(a.real + b.real, a.imaginary + b.imaginary)

    def multiply(self, a: Enclosure, b: Enclosure) -> Enclosure:
        """The product."""
        if a.imaginary is None and b.imaginary is None:
            return self.make(a.real * b.real)
        a_im, b_im = self._imaginary(a), self._imaginary(b)
        return self.make(a.real * b.real - a_im * b_im, a.real * b_im + a_im * b.real)

    def divide(self, a: Enclosure, b: Enclosure) -> Enclosure:
        """The quotient; raises ``OutsideClass`` where the divisor may be zero."""
        if not b.differs_from_zero():
            raise OutsideClass("a denominator is not certainly different from zero")
        if b.imaginary is None:
            return self.make(a.real / b.real, None if a.imaginary is None else a.imaginary / b.real)
        length = b.real * b.real + b.imaginary * b.imaginary
        if self.make(length).real_sign() != 1:
            raise OutsideClass("a denominator is not certainly different from zero")
        product = self.multiply(a, self.make(b.real, -b.imaginary))
        return self.make(product.real / length, product.imaginary / length)

    def integer_power(self, value: Enclosure, exponent: int) -> Enclosure:
        """A power by squaring; raises ``BudgetSpent`` for too large an exponent, ``OutsideClass`` for ``1 / 0``."""
        result = self.rational(1)
        square, rest = value, abs(exponent)
        if rest > MAX_MAGNITUDE:
            raise BudgetSpent(f"a power of {exponent} is larger than allowed")
        while rest:
            if rest & 1:
                result = self.multiply(result, square)
            rest >>= 1
            if rest:
                square = self.multiply(square, square)
        return result if exponent >= 0 else self.divide(self.rational(1), result)

    def square_root(self, value: Enclosure) -> Enclosure:
        """The principal root; raises ``OutsideClass`` for a number that is not certainly real and of one sign."""
        low, high = self.backend.bounds(value.real)
        if value.imaginary is None and low >= 0:
            return self.make(self.backend.apply("sqrt", value.real))
        if value.imaginary is None and high < 0:
            return self.make(self._zero, self.backend.apply("sqrt", -value.real))
        raise OutsideClass("the square root of a number that is not certainly real and of one sign")

    def log(self, value: Enclosure) -> Enclosure:
        """The principal logarithm; raises ``OutsideClass`` for a number that is not certainly real and of one sign."""
        sign = value.real_sign() if value.imaginary is None else 0
        if sign == 1:
            return self.make(self.backend.apply("log", value.real))
        if sign == -1:
            return self.make(self.backend.apply("log", -value.real), self.backend.pi())
        raise OutsideClass("the logarithm of a number that is not certainly real and different from zero")

    def absolute(self, value: Enclosure) -> Enclosure:
        """The size; raises ``OutsideClass`` for a number that is not certainly real and of one sign."""
        sign = value.real_sign() if value.imaginary is None else 0
        if sign == 0:
            raise OutsideClass("the absolute value of a number whose sign is not certain")
        return value if sign == 1 else self.make(-value.real)

    def exp(self, value: Enclosure) -> Enclosure:
        """The exponential; raises ``BudgetSpent`` for an argument that is too large."""
        size = self._real_function("exp", value.real)
        if value.imaginary is None:
            return self.make(size)
        cosine = self._real_function("cos", value.imaginary)
        return self.make(size * cosine, size * self._real_function("sin", value.imaginary))

    def circular(self, name: str, value: Enclosure) -> Enclosure:
        """``cos``, ``sin``, ``cosh`` or ``sinh``, by name; raises ``BudgetSpent`` for an argument that is too large."""
        if value.imaginary is None and name in ("cos", "sin"):
            return self.make(self._real_function(name, value.real))
        turn = self.imaginary_unit() if name in ("cos", "sin") else self.rational(1)
        forward = self.exp(self.multiply(turn, value))
        backward = self.divide(self.rational(1), forward)
        half = self.rational(1, 2)
        if name in ("cos", "cosh"):
            return self.multiply(self.add(forward, backward), half)
        minus = self.multiply(backward, self.rational(-1))
        return self.divide(self.multiply(self.add(forward, minus), half), turn)

    def _imaginary(self, a: Enclosure) -> Any:
        return self._zero if a.imaginary is None else a.imaginary

    def _real_function(self, name: str, x: Any) -> Any:
        if not self.backend.within(x, MAX_MAGNITUDE if name == "exp" else MAX_ANGLE):
            raise BudgetSpent(f"the argument of {name} is larger than allowed")
        return self.backend.apply(name, x)
