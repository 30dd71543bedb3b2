"""The builder that authors write with: every statement is decided as it is made, and kept with its verdict.

>>> from symcircuits.symbols import alpha
>>> from sympy import cos, sin
>>> work = Work("mine/half-angle", "Half an angle")
>>> a = alpha(0)
>>> bool(work.equal(1 - cos(a), 2 * sin(a / 2) ** 2, because="half angle"))
True
>>> work.finish().verdict
'proved'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import perf_counter

from sympy import Expr, Integer, Symbol

from symcircuits.algebra import (
    Between,
    ExactMatrix,
    Factored,
    Proved,
    Refuted,
    Verdict,
    Witness,
    exact,
    prove,
    prove_singular_values,
    row_of,
)
from symcircuits.algebra.values import Exact, fitting
from symcircuits.behaviours import Behaviour, StrictBehaviour, Trial
from symcircuits.behaviours.trial import check_circuit
from symcircuits.circuit import Directions, Head, Residual, Transformer
from symcircuits.circuit.positions import whole
from symcircuits.errors import BadValue
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.formulas import Applied, Formula, Scalar
from symcircuits.worked.bounds import Range, Values, Where, prove_bound, scope, told
from symcircuits.worked.experiments import plan
from symcircuits.worked.solution import Ask, Derivation
from symcircuits.worked.steps import (
    Claim,
    Definition,
    Side,
    Statement,
    Table,
    TableRow,
    Value,
)
from symcircuits.worked.writing import Writing


class Work(Writing):
    """A derivation while it is being written."""

    # -- statements -------------------------------------------------------------------------------------------------

    def equal(self, left: Value | int, right: Value | int, because: str = "", given: str = "") -> Verdict:
        """State ``left == right``. Sides that are the same before anything is rewritten make a definition instead."""
        return self._equal(left, right, because, given, continues=False)

    def chain(self, start: Value | int, *links: tuple[Value | int, str], given: str = "") -> None:
        """State ``start == a == b ...``, each link with its reason; every neighbouring pair is decided."""
        left: Value | int = start
        for place, (right, because) in enumerate(links):
            self._equal(left, right, because, given, continues=place > 0)
            left = right

    def _equal(self, left: Value | int, right: Value | int, because: str, given: str, continues: bool) -> Verdict:
        a, b = self._side(left), self._side(right)
        if _identical(a.value, b.value):
            name = a.formula or Scalar(latex(a.value)) if isinstance(a.value, Expr) else a.formula or Scalar(r"\cdot")
            self._steps.append(Definition(name, b.value, b.formula, because))
            return Proved("identical before any rewriting")
        return self._state("equality", a, "=", b, lambda: prove(a.value, b.value), because, given, continues)

    def at_least(
        self,
        left: Exact,
        right: Exact,
        because: str = "",
        given: str = "",
        over: Range | None = None,
        at: Values | None = None,
        throughout: Between | None = None,
    ) -> Verdict:
        """State ``left >= right``, for all values of the symbols. ``at`` gives numbers to symbols; ``over``, a symbol
        and a range, states it for each integer in the range, with every other symbol at a number; ``throughout``
        states it for every value of one symbol between two numbers, with no other symbol left."""
        return self._bound(left, r"\ge", right, because, given, (over, at, throughout))

    def at_most(
        self,
        left: Exact,
        right: Exact,
        because: str = "",
        given: str = "",
        over: Range | None = None,
        at: Values | None = None,
        throughout: Between | None = None,
    ) -> Verdict:
        """State ``left <= right``; see ``at_least``."""
        return self._bound(left, r"\le", right, because, given, (over, at, throughout))

    def _bound(self, left: Exact, relation: str, right: Exact, because: str, given: str, where: Where) -> Verdict:
        a, b = self._side(exact(left)), self._side(exact(right))

        def decide() -> Verdict:
            if relation == r"\ge":
                return prove_bound(a.value, b.value, *where)
            verdict = prove_bound(b.value, a.value, *where)
            return Refuted(verdict.witness.swapped(), verdict.method) if isinstance(verdict, Refuted) else verdict

        return self._state("inequality", a, relation, b, decide, because, scope(given, *where))

    def rank(self, matrix: ExactMatrix | Factored, value: int, because: str = "", given: str = "") -> Verdict:
        """State the rank of a matrix; with symbols, the rank at all but special values."""
        whole(value, "a rank")
        found = matrix.rank()
        a, b = Side(Integer(found), _function_of(r"\mathrm{rank}", matrix)), Side(Integer(value))
        return self._state("rank", a, "=", b, lambda: _rank_verdict(found, value), because, given)

    def comes_to(self, name: Formula, found: Exact, value: Exact, because: str = "", given: str = "") -> Verdict:
        """State what an exact computation gives, a norm or a score: ``name = value``, where ``found`` was computed."""
        a, b = Side(exact(found), name), self._side(exact(value))
        return self._state("equality", a, "=", b, lambda: prove(a.value, b.value), because, given)

    def singular_values(
        self, matrix: ExactMatrix | Factored, values: Sequence[Exact], because: str = "", given: str = ""
    ) -> Verdict:
        """State all singular values of a matrix, with multiplicities, in any order."""
        a, b = Side(matrix, _function_of(r"\sigma", matrix)), Side(row_of(map(exact, values)))
        return self._state("singular values", a, "=", b, lambda: prove_singular_values(matrix, values), because, given)

    def claim(
        self,
        behaviour: Behaviour,
        of: Head | Transformer,
        at: Mapping[Symbol, Exact] | None = None,
        n_ctx: int | None = None,
        because: str = "",
    ) -> Verdict:
        """Claim a behaviour of a head or a transformer; with ``at`` and ``n_ctx``, strictly, at these values and in
        this context. Raises ``BadValue`` for a behaviour of the other kind."""
        check_circuit(behaviour, of)
        start = perf_counter()
        self._circuits.append((behaviour, of))
        text = f"{of.name or ('This head' if isinstance(of, Head) else 'This model')} {behaviour.text()}"
        if at is None or n_ctx is None:
            verdict = behaviour.prove_on(of)
        else:
            if not isinstance(behaviour, StrictBehaviour):
                raise BadValue(f"{behaviour} is claimed for all values of the symbols, not at some")
            verdict = behaviour.prove_strict(of, {s: fitting(s, v) for s, v in at.items()}, n_ctx)
            where = "strictly, in every row of" if isinstance(of, Head) else "in a context of"
            text += f", {where} {n_ctx} tokens, at {told(at)}"
        self._steps.append(
            Claim(str(behaviour), f"{text}.", verdict, because or _zeros_note(verdict), perf_counter() - start)
        )
        return verdict

    def table(self, caption: str, header: Sequence[str], rows: Iterable[TableRow], overview: bool = False) -> Verdict:
        """State figures in rows, under a header of as many texts: every row is decided as it is kept.

        Caption, header and cells are prose with ``$...$``. An ``overview`` is shown by ``verify`` too. Raises
        ``BadValue`` for no rows, or one of another length.
        """
        start, stated = perf_counter(), list(rows)
        cells = tuple(row.cells() for row in stated)
        if not cells or any(len(row) != len(header) for row in cells):
            raise BadValue(f"expected rows of {len(header)} cells, at least one, got {[len(row) for row in cells]}")
        verdicts = tuple(row.prove() for row in stated)
        step = Table(caption, tuple(header), cells, verdicts, perf_counter() - start, overview)
        self._steps.append(step)
        return step.verdict

    def _side(self, value: Value | int) -> Side:
        if isinstance(value, ExactMatrix | Factored):
            return Side(value, value.formula)
        expression = exact(value)
        unfolded = self._abbreviations.unfold(expression)
        # What is printed is what was written: a name, or an expression with abbreviations in it.
        written = None if unfolded == expression else Scalar(latex(expression))
        return Side(unfolded, self._names.get(expression, written))

    def _state(
        self,
        kind: str,
        left: Side,
        relation: str,
        right: Side,
        decide: Callable[[], Verdict],
        because: str,
        given: str,
        continues: bool = False,
    ) -> Verdict:
        start = perf_counter()
        verdict = decide()
        seconds = perf_counter() - start
        self._steps.append(Statement(kind, left, relation, right, verdict, because, given, continues, seconds))  # type: ignore[arg-type]
        return verdict

    # -- experiments and asks ---------------------------------------------------------------------------------------

    def experiment(
        self,
        behaviour: Behaviour,
        of: Head | Transformer | Sequence[Head],
        closed_form: Expr | None = None,
        n_ctx: int = 64,
        seed: int = 0,
        filled: Sequence[Directions] | None = None,
        score: Expr | None = None,
        bound: Expr | None = None,
        **over: Exact | Sequence[Exact],
    ) -> None:
        """Declare runs of the engine: one for each combination of the values in ``over`` (symbol name to a value or
        several); other symbols take their suggested values.

        Heads in a sequence are layers. ``closed_form`` is an expression in ``n`` and ``m`` for the attention pattern,
        ``score`` one for the score, also of what the two tokens hold; ``filled`` are the directions that are not zero
        at first. For a transformer these are of its last layer, and ``bound`` is one in ``n`` for the attention that is
        proved to be on the wanted key at least. Raises ``BadValue`` for a behaviour of another kind of circuit,
        ``UnknownName`` for a name that no weight has, ``UnboundSymbols`` where a symbol is left without a value.
        """
        check_circuit(behaviour, of)
        model = of if isinstance(of, Transformer) else None
        heads = of.heads if isinstance(of, Transformer) else (of,) if isinstance(of, Head) else tuple(of)
        self._circuits += [(behaviour, model or heads[0])] if model or len(heads) == 1 else []
        forms = [None if form is None else self._abbreviations.unfold(form) for form in (closed_form, score, bound)]
        kept = None if filled is None else tuple(filled)
        run = Trial(heads, {}, n_ctx, seed, forms[0], kept, forms[1], model, forms[2])
        self._experiments += plan(behaviour, run, self._suggested, over)

    def asks(
        self,
        *names: str,
        meets: Behaviour,
        stream: Residual | None = None,
        scale: Exact = 1,
        d_head: int | None = None,
        of: Transformer | None = None,
    ) -> None:
        """What a reader is asked to write down, and the behaviour that an answer must have.

        An answer is judged as a head in ``stream`` with scores times ``scale`` and, if it is given, ``d_head``
        dimensions. Without a stream, all three are those of the first head of which this derivation claims or measures
        the same behaviour; where that is one of a whole transformer, the answer is judged as part of the first such,
        or of the transformer ``of``.
        """
        ask = Ask(names, str(meets), meets.text(), meets, stream, exact(scale), d_head)
        self._asks.append(ask if of is None else ask.of(of))

    def asks_expanded(self, *products: str) -> None:
        """Products of matrices asked for elsewhere that a reader is to write out, such as ``W_net^2 W_net^1``."""
        self._asks += [Ask((product,), "written out") for product in products]

    def _rubric(self) -> tuple[Ask, ...]:
        found = [(ask, next((of for b, of in self._circuits if b == ask.behaviour), None)) for ask in self._asks]
        return tuple(ask if of is None or ask.given is not None else ask.of(of) for ask, of in found)

    def finish(self) -> Derivation:
        """The frozen derivation."""
        return Derivation(
            self.id,
            self.title,
            self._parameters,
            self._problem,
            tuple(self._steps),
            dict(self._definitions),
            tuple(self._experiments),
            self._rubric(),
            suggested=dict(self._suggested),
            source=self._source,
            builds_on=tuple(self._builds_on),
        )


def _identical(left: Value, right: Value) -> bool:
    if isinstance(left, Expr) or isinstance(right, Expr):
        return bool(left == right)
    return left.shape == right.shape and left.made_by == right.made_by


def _function_of(name: str, matrix: ExactMatrix | Factored) -> Formula | None:
    return Applied(name, matrix.formula) if matrix.formula else None


def _rank_verdict(found: int, stated: int) -> Verdict:
    if found == stated:
        return Proved("exact elimination")
    return Refuted(Witness({}, Integer(found), Integer(stated), str(found), str(stated)))


def _zeros_note(verdict: Verdict) -> str:
    if not isinstance(verdict, Proved) or not verdict.equality_at:
        return ""
    angles = ", ".join(f"${latex(angle)}$" for angle in verdict.equality_at)
    several = len(verdict.equality_at) > 1
    return f"Another key ties exactly where {angles} {'are all multiples' if several else 'is a multiple'} of $2 \\pi$."
