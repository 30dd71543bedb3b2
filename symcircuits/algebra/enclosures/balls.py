"""Real enclosures: python-flint's balls where it is installed, else mpmath's intervals.

>>> from fractions import Fraction
>>> backend = default_backend()
>>> with backend.precision(100):
...     low, high = backend.bounds(backend.apply("sqrt", backend.rational(2, 1)))
>>> low < high, abs(float(low) ** 2 - 2) < 1e-15
(True, True)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from importlib import import_module
from typing import Any, Protocol

from mpmath import iv, mp, mpf
from mpmath.libmp import from_man_exp

WIDE = 1 << 16


class Backend(Protocol):
    """Real interval arithmetic. Enclosures support ``+``, ``-`` and ``*`` among themselves."""

    name: str

    def precision(self, bits: int) -> AbstractContextManager[None]:
        """Work with this many bits inside a ``with``."""

    def rational(self, p: int, q: int) -> Any:
        """The number ``p / q``."""

    def pi(self) -> Any:
        """The number pi."""

    def hull(self, x: Any, y: Any) -> Any:
        """An enclosure of all that lies between two."""

    def apply(self, name: str, x: Any) -> Any:
        """One of ``exp``, ``log``, ``cos``, ``sin``, ``sqrt`` of an enclosure."""

    def within(self, x: Any, largest: int) -> bool:
        """Whether an enclosure is certainly finite and less than ``largest`` in size."""

    def bounds(self, x: Any) -> tuple[mpf, mpf]:
        """The exact ends of an enclosure; infinite or nan where there is no bound."""


class Intervals:
    """mpmath's interval arithmetic."""

    name = "mpmath intervals"

    @contextmanager
    def precision(self, bits: int) -> Iterator[None]:
        """Work with this many bits inside a ``with``."""
        before, iv.prec = iv.prec, bits
        try:
            yield
        finally:
            iv.prec = before

    def rational(self, p: int, q: int) -> Any:
        """The number ``p / q``."""
        return iv.mpf(p) / iv.mpf(q)

    def pi(self) -> Any:
        """The number pi."""
        return iv.mpf(iv.pi)

    def hull(self, x: Any, y: Any) -> Any:
        """An enclosure of all that lies between two."""
        ends = [*self.bounds(x), *self.bounds(y)]
        return iv.mpf([min(ends), max(ends)])

    def apply(self, name: str, x: Any) -> Any:
        """One of ``exp``, ``log``, ``cos``, ``sin``, ``sqrt`` of an enclosure."""
        return getattr(iv, name)(x)

    def within(self, x: Any, largest: int) -> bool:
        """Whether an enclosure is certainly finite and less than ``largest`` in size."""
        low, high = self.bounds(x)
        return bool(-largest < low and high < largest)

    def bounds(self, x: Any) -> tuple[mpf, mpf]:
        """The exact ends of an enclosure."""
        low, high = x._mpi_
        return mp.make_mpf(low), mp.make_mpf(high)


class FlintBalls:
    """python-flint's real balls."""

    name = "Arb balls"

    def __init__(self, flint: Any) -> None:
        self._flint = flint

    @contextmanager
    def precision(self, bits: int) -> Iterator[None]:
        """Work with this many bits inside a ``with``."""
        before, self._flint.ctx.prec = self._flint.ctx.prec, bits
        try:
            yield
        finally:
            self._flint.ctx.prec = before

    def rational(self, p: int, q: int) -> Any:
        """The number ``p / q``."""
        return self._flint.arb(self._flint.fmpq(p, q))

    def pi(self) -> Any:
        """The number pi."""
        return self._flint.arb.pi()

    def hull(self, x: Any, y: Any) -> Any:
        """An enclosure of all that lies between two."""
        return x.union(y)

    def apply(self, name: str, x: Any) -> Any:
        """One of ``exp``, ``log``, ``cos``, ``sin``, ``sqrt`` of an enclosure."""
        return getattr(x, name)()

    def within(self, x: Any, largest: int) -> bool:
        """Whether an enclosure is certainly finite and less than ``largest`` in size."""
        return bool(-largest < x < largest)

    def bounds(self, x: Any) -> tuple[mpf, mpf]:
        """The exact ends of an enclosure."""
        context = self._flint.ctx
        before, context.prec = context.prec, WIDE  # else flint rounds the ends to its present precision
        try:
            return _exact_end(x.lower()), _exact_end(x.upper())
        finally:
            context.prec = before


def _exact_end(x: Any) -> mpf:
    if not x.is_finite():
        return mpf("nan")
    mantissa, exponent = x.man_exp()
    return mp.make_mpf(from_man_exp(int(mantissa), int(exponent)))


@cache
def default_backend() -> Backend:
    """Arb balls where python-flint is installed, else mpmath intervals."""
    try:
        return FlintBalls(import_module("flint"))
    except ImportError:
        return Intervals()
