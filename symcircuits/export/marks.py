"""What a sheet says of a verdict: marks at statements that were not proved, and where equality happens."""

from __future__ import annotations

import re

from sympy import Expr

from symcircuits.algebra.verdict import Proved, Refuted, Verdict, Witness
from symcircuits.export.document import Mark
from symcircuits.typeset import prose
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.prose import Maths, Spans, Text


def mark(verdict: Verdict) -> Mark | None:
    """What to say at a statement, or ``None`` where it is proved."""
    if isinstance(verdict, Proved):
        return None
    if isinstance(verdict, Refuted):
        return Mark("refuted", witness(verdict.witness))
    return Mark("undecided", (*(prose.labelled(verdict.tried) or (Text("no method applies"),)), Text(".")))


def witness(found: Witness) -> Spans:
    """Where two sides differ, and their values there."""
    entry = (Text("in entry "), Maths(f"({found.entry[0]}, {found.entry[1]})")) if found.entry else ()
    bindings = [f"{latex(symbol)} = {latex(value)}" for symbol, value in found.bindings.items()]
    values = prose.join(", ", tuple((Maths(binding),) for binding in bindings))
    place = prose.join(", ", (entry, (Text("at "), *values) if values else ()))
    start = (*place, Text(": the left side is ")) if place else (Text("the left side is "),)
    left, right = _number(found.left, found.left_value), _number(found.right, found.right_value)
    return (*start, *left, Text(", the right side "), *right, Text("."))


def _number(exact: Expr, decimal: str) -> Spans:
    """A value with its decimals, unless they say the same."""
    shown = latex(exact)
    if shown == decimal:
        return (Maths(shown),)
    if re.fullmatch(r"-?[\d.]+", decimal):
        return (Maths(rf"{shown} \approx {decimal}"),)
    return (Maths(shown), Text(f" ({decimal})"))


def equality(verdict: Verdict, number: str) -> Spans:
    """Where an inequality is sometimes an equality, as far as the verdict knows it."""
    if not isinstance(verdict, Proved) or not verdict.equality_at:
        return ()
    angles = prose.join(", ", tuple((Maths(latex(angle)),) for angle in verdict.equality_at))
    ending = "is a multiple of " if len(verdict.equality_at) == 1 else "are all multiples of "
    start = Text(f"{number} is an equality exactly where ")
    return (start, *angles, Text(f" {ending}"), Maths(r"2\pi"), Text("."))


def is_strict(verdict: Verdict) -> bool:
    """Whether an inequality is known never to be an equality."""
    return isinstance(verdict, Proved) and verdict.equality_at == ()
