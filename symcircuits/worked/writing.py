"""The part of the builder that tells: words, names, functions and figures; nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from sympy import Expr, MatrixBase, Symbol

from symcircuits import symbols
from symcircuits.algebra import (
    ExactMatrix,
    Factored,
    as_matrix,
    exact,
)
from symcircuits.algebra.values import Exact, fitting
from symcircuits.behaviours import Behaviour
from symcircuits.circuit import Head, Transformer
from symcircuits.errors import BadValue
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.formulas import Formula, Name
from symcircuits.typeset.names import latex_name
from symcircuits.worked.abbreviations import Abbreviations
from symcircuits.worked.bounds import told
from symcircuits.worked.experiments import Experiment
from symcircuits.worked.functions import Argument, Shown, shown
from symcircuits.worked.solution import Ask
from symcircuits.worked.steps import (
    Definition,
    Drawn,
    Figure,
    Heading,
    Prose,
    Rule,
    Step,
    Value,
)

V = TypeVar("V", Expr, ExactMatrix, Factored)
Given = Callable[..., Mapping[str, Value]]


class Writing:
    """A derivation while it is being written, as far as it tells and names; see ``Work``."""

    def __init__(
        self,
        id: str,
        title: str,
        parameters: Mapping[str, object] | None = None,
        given: Given | None = None,
        source: str = "",
    ) -> None:
        self.id = id
        self.title = title
        self._parameters = dict(parameters or {})
        self._given = given
        self._source = source
        self._problem = ""
        self._steps: list[Step] = []
        self._definitions: dict[str, Value] = {}
        self._names: dict[Expr, Formula] = {}
        self._abbreviations = Abbreviations()
        self._experiments: list[Experiment] = []
        self._asks: list[Ask] = []
        self._circuits: list[tuple[Behaviour, Head | Transformer]] = []  # of which a behaviour is claimed or measured
        self._suggested: dict[Symbol, Expr] = {}
        self._builds_on: list[str] = []

    # -- words ------------------------------------------------------------------------------------------------------

    def problem(self, text: str) -> None:
        """The question that is being answered; prose with ``$...$`` for mathematics and ``*...*`` for emphasis."""
        self._problem = text

    def section(self, text: str) -> None:
        """A heading."""
        self._steps.append(Heading(text))

    def say(self, text: str) -> None:
        """A paragraph of prose."""
        self._steps.append(Prose(" ".join(text.split())))

    def require(self, condition: bool, message: str) -> None:
        """Refuse parameters that make no sense: raises ``BadValue`` with the message unless the condition holds."""
        if not condition:
            raise BadValue(message)

    # -- definitions ------------------------------------------------------------------------------------------------

    def indices(self, names: str) -> tuple[Symbol, ...]:
        """Integer symbols, from names with blanks between them."""
        return tuple(symbols.integer(name) for name in names.split())

    def define(self, name: str, value: V, meaning: str = "") -> V:
        """Give a value a name; returns the value under that name. Raises ``BadValue`` for a name taken already.

        A scalar called ``f(n, m)`` becomes a function of these indices: what comes back is ``f(n, m)``, whose ``func``
        can be applied to other indices. It prints as it is written, and is unfolded whenever something is decided.
        """
        checked = _value(value)
        origin = None if isinstance(checked, Expr) else checked.formula
        return self._record(name, checked, origin, meaning)  # type: ignore[return-value]

    def expand(self, name: str, value: V, origin: Formula | None = None, meaning: str = "") -> V:
        """``define`` for a computed value: prints how it was computed (``origin``) and what came out."""
        return self._record(name, _value(value), origin, meaning)  # type: ignore[return-value]

    def _record(self, name: str, value: Value, origin: Formula | None, meaning: str) -> Value:
        self._require_new(name)
        formula = Name(latex_name(name))
        self._steps.append(Definition(formula, value, origin if origin != formula else None, meaning))
        if isinstance(value, Expr):
            self._definitions[name] = self._abbreviations.unfold(value)
            return self._named_scalar(name, formula, value)
        self._definitions[name] = value.named(formula)
        return value.named(formula)

    def _require_new(self, name: str) -> None:
        if name in self._definitions:
            raise BadValue(f"{name} is defined twice")

    def _named_scalar(self, name: str, formula: Formula, value: Expr) -> Expr:
        applied = self._abbreviations.name(name, value)
        if applied is not None:
            return applied
        self._names[value] = formula
        return value

    def given(self, id: str, **parameters: object) -> Mapping[str, Value]:
        """The definitions of another derivation, by name; raises ``BadValue`` for a derivation that needs this one."""
        if self._given is None:
            raise BadValue(f"{self.id} was built by itself, so it cannot build on {id}")
        if id not in self._builds_on:
            self._builds_on.append(id)
        return self._given(id, **parameters)

    def suggest(self, values: Mapping[Symbol, Exact]) -> None:
        """Values of symbols to run with where nothing else is said."""
        self._suggested |= {symbol: fitting(symbol, value) for symbol, value in values.items()}

    # -- functions as formulas --------------------------------------------------------------------------------------

    def rule(
        self, name: str, function: Callable[..., Exact], shape: tuple[int, int], meaning: str = "", **others: Argument
    ) -> ExactMatrix:
        """A matrix made entry by entry by a Python function of the row and the column, which is shown as a formula.

        The first two arguments of the function are the row and the column, from 0; ``others`` give values to the rest.
        The formula is proved to be what the function computes at every entry. What comes back has the labels of no
        axis, and is to be stated equal to a matrix that was made in another way.

        Raises ``BadValue`` for a function that cannot be shown (see ``shown``), or a name taken already.
        """
        self._require_new(name)
        row, column, *rest = _indices(function)
        formula = shown(function, **{row: range(shape[0]), column: range(shape[1])}, **others)
        more = [others[argument] for argument in rest]
        entries = {(i, j): formula.value(i, j, *more) for i in range(shape[0]) for j in range(shape[1])}
        # The recipe keeps it apart from the same entries written down: that they are equal is a statement.
        made = replace(ExactMatrix.from_entries(shape, entries), recipe=("rule", name, shape, entries))
        values = ", ".join(f"${latex_name(key)} = {latex(exact(value))}$" for key, value in others.items())
        text = "; ".join(filter(None, (meaning, values)))
        self._steps.append(Rule(latex_name(name), formula.latex, (row, column), meaning=text))
        self._definitions[name] = made.named(Name(latex_name(name)))
        return made.named(Name(latex_name(name)))

    def formula(self, function: Callable[..., object], meaning: str = "", **over: Argument) -> Shown:
        """Show a Python function as a formula, and return it to be applied to exact values.

        ``over`` says for each argument at what it is proved to compute what is shown: a range of whole numbers, a
        symbol, or a sequence for an argument that is indexed. Raises ``BadValue`` as ``shown`` does.
        """
        formula = shown(function, **over)
        self._steps.append(Rule(formula.signature, formula.latex, matrix=formula.matrix, meaning=meaning))
        return formula

    # -- figures ----------------------------------------------------------------------------------------------------

    def figure(self, figure: Drawn, caption: str) -> None:
        """Show a figure with a caption.

        It is a ``PatternFigure``, ``WeightedFigure``, ``ScoreFigure``, ``BlockFigure`` or ``ReadsFigure``.
        The caption says what is seen, as prose with ``$...$``; the values that the figure is drawn at are added to it.
        It is drawn when the sheet is written; problem sheets leave it out.
        """
        values = told(figure.told())
        text = " ".join(caption.split())
        self._steps.append(Figure(figure, f"{text} Drawn at {values}." if values else text))


def _value(value: object) -> Value:
    """A value to name: a matrix of any kind, or an exact scalar. Raises ``BadValue`` for anything else."""
    if isinstance(value, Factored):
        return value
    return as_matrix(value) if isinstance(value, ExactMatrix | MatrixBase) else exact(value)


def _indices(function: Callable[..., object]) -> tuple[str, ...]:
    """The arguments of a rule for entries, the row and the column first."""
    code = getattr(function, "__code__", None)
    names = code.co_varnames[: code.co_argcount] if code is not None else ()
    if len(names) < 2:
        raise BadValue(f"expected a function of a row and a column, got one with {len(names)} arguments")
    return tuple(names)
