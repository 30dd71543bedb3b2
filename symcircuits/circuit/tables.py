"""What is made of labelled matrices prints as their tables, each under its name.

>>> from symcircuits.symbols import beta
>>> class Pair(Tables):
...     def tables(self):
...         return {"R": ExactMatrix.identity(2), "scale": beta}
>>> print(Pair())
R
1 ·
· 1
<BLANKLINE>
scale = β
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from sympy import Expr

from symcircuits.algebra import ExactMatrix
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.mathematics import formula_html
from symcircuits.typeset.matrices import matrix_text
from symcircuits.typeset.readable import readable


class Tables:
    """A value of named matrices and scalars. Printed, or shown in a notebook, it is their tables, one below another."""

    def tables(self) -> Mapping[str, ExactMatrix | Expr]:
        """What there is to show, by name."""
        raise NotImplementedError

    def __str__(self) -> str:
        return "\n\n".join(_text(name, part) for name, part in self.tables().items())

    def _repr_html_(self) -> str:
        return "".join(_html(escape(name), part) for name, part in self.tables().items())


def _text(name: str, part: ExactMatrix | Expr) -> str:
    if isinstance(part, ExactMatrix):
        return f"{name}\n{matrix_text(part.view())}"
    return f"{name} = {readable(latex(part))}"


def _html(name: str, part: ExactMatrix | Expr) -> str:
    if isinstance(part, ExactMatrix):
        return f"<p>{name}</p>{part._repr_html_()}"
    return f"<p>{name} = {formula_html(latex(part))}</p>"
