r"""Rows of a ledger: a term in closed form, and what is left of it as a scale grows.

>>> from sympy import Symbol, exp
>>> from symcircuits.symbols import beta
>>> r = Symbol("r", positive=True)
>>> kept = LedgerRow(("a share",), 1 / (1 + r * exp(-beta)), exp(beta) / (exp(beta) + r), Integer(1), beta)
>>> kept.cells()
('a share', '$\\frac{e^{\\beta}}{r + e^{\\beta}}$', '$1$')
>>> bool(kept.prove()), bool(LedgerRow((), kept.found, kept.stated, Integer(0), beta).prove())
(True, False)
>>> twice = kept.stated**2
>>> bool(LedgerRow((), twice, twice, Integer(1), beta).prove()), bool(tends_to(exp(beta**2), Integer(0), beta))
(True, False)
"""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Dummy, Expr, Integer, Symbol, cancel, exp, fraction

from symcircuits.algebra import Proved, Refuted, Undecided, Verdict, Witness, prove, prove_positive
from symcircuits.typeset.expressions import latex


@dataclass(frozen=True)
class LedgerRow:
    """``found`` is ``stated``, and tends to ``left`` as ``scale``, which it holds in whole powers of ``exp(scale)``
    alone, grows.

    ``told`` are cells before the two, ``after`` those after them.
    """

    told: tuple[str, ...]
    found: Expr
    stated: Expr
    left: Expr
    scale: Symbol
    after: tuple[str, ...] = ()

    def cells(self) -> tuple[str, ...]:
        """What is told, the closed form, and what is left of it."""
        formulas = (f"${latex(self.stated)}$", f"${latex(self.left)}$")
        return (*self.told, *formulas, *self.after)

    def prove(self) -> Verdict:
        """Whether both hold, for all values of the other symbols."""
        same = prove(self.found, self.stated)
        return tends_to(self.stated, self.left, self.scale) if isinstance(same, Proved) else same


def tends_to(term: Expr, left: Expr, scale: Symbol) -> Verdict:
    """Whether a quotient of polynomials in ``exp(scale)`` tends to ``left``: with ``y`` for ``exp(-scale)`` the
    difference is a quotient whose numerator is 0 at ``y = 0``, and whose denominator is not."""
    y = Dummy("y", positive=True)
    whole = [power for power in (term - left).atoms(exp) if (power.args[0] / scale).is_Integer]
    difference = (term - left).xreplace({power: y ** -(power.args[0] / scale) for power in whole})
    if scale in difference.free_symbols:
        return Undecided(f"it holds {scale} outside exp({scale})")
    above, below = fraction(cancel(difference))
    if not isinstance(prove(above / below, difference), Proved):
        return Undecided("it was not brought over one denominator")
    rest, divisor = (part.xreplace({y: Integer(0)}) for part in (above, below))
    if not any(isinstance(prove_positive(sign * divisor), Proved) for sign in (1, -1)):
        return Undecided("the denominator may vanish")
    verdict = prove(rest, 0)
    if isinstance(verdict, Refuted):
        seen = verdict.witness
        limits = ("the limit", "another number")
        return Refuted(Witness(seen.bindings, left + rest / divisor, left, *limits), "the value at y = 0")
    return Proved("a quotient in y, at y = 0", verdict.assuming) if isinstance(verdict, Proved) else verdict
