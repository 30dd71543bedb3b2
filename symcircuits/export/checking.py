"""The box at the foot of a sheet: what was proved by which method, and what was run on the numeric engine."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from symcircuits.algebra.verdict import Proved
from symcircuits.export import marks, numbers
from symcircuits.export.document import Checked, Method, Run, number_ranges, tag
from symcircuits.typeset import prose
from symcircuits.typeset.prose import Maths, Spans, Text
from symcircuits.worked.solution import Derivation

if TYPE_CHECKING:
    from symcircuits.worked.experiments import Outcome

_FIGURES = ("measured", "proved bound", "closed form", "difference", "accuracy")
_ELLIPSIS = "…"  # what stands in a column of its own
_NOTHING: Spans = (Text("–"),)


def checked(derivation: Derivation, prefix: str = "") -> Checked:
    """The box of a derivation, in the words of its verdicts and with the figures of its outcomes.

    ``prefix`` stands before the numbers of its statements.
    """
    proved = sum(isinstance(step.verdict, Proved) for step in derivation.statements)
    methods, remarks = _methods(derivation, prefix), _remarks(derivation, prefix)
    return Checked(proved, len(derivation.statements), methods, remarks, _runs(derivation.outcomes))


def _methods(derivation: Derivation, prefix: str) -> tuple[Method, ...]:
    found: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for number, step in enumerate(derivation.statements, 1):
        if isinstance(step.verdict, Proved):
            found.setdefault((step.verdict.method, step.verdict.assuming), []).append(number)
    return tuple(
        Method(prose.read(name), _ranges(numbers, prefix), tuple(prose.read(condition) for condition in assuming))
        for (name, assuming), numbers in found.items()
    )


def _ranges(numbers: Iterable[int], prefix: str) -> Spans:
    return (Text(number_ranges(tuple(numbers), prefix)),)


def _remarks(derivation: Derivation, prefix: str) -> tuple[Spans, ...]:
    """Where inequalities are equalities; a claim says so itself."""
    numbered = [(number, step) for number, step in enumerate(derivation.statements, 1) if step.kind == "inequality"]
    strict = tuple(number for number, step in numbered if marks.is_strict(step.verdict))
    told = tuple(filter(None, (marks.equality(step.verdict, tag(number, prefix)) for number, step in numbered)))
    return (*told, (Text("Strict: "), *_ranges(strict, prefix), Text("."))) if strict else told


def _runs(outcomes: Iterable[Outcome]) -> tuple[Run, ...]:
    groups = groupby(outcomes, key=lambda outcome: (_kind(outcome.behaviour), outcome.measures))
    return tuple(_run(list(group)) for _, group in groups)


def _kind(behaviour: str) -> str:
    return behaviour.partition("(")[0]


def _run(outcomes: list[Outcome]) -> Run:
    """One table: what all its runs share stands above it, what differs is a column."""
    behaviour, differing = _behaviours([outcome.behaviour for outcome in outcomes])
    bound = [_bound(outcome) for outcome in outcomes]
    shared = {name: value for name, value in bound[0].items() if all(other.get(name) == value for other in bound)}
    rows = [{_ELLIPSIS: part, **_cells(run, set(shared))} for part, run in zip(differing, outcomes, strict=True)]
    told = dict.fromkeys(name for one in bound for name in one if name not in shared)
    columns = [name for name in (_ELLIPSIS, *told, *_FIGURES) if any(row.get(name) for row in rows)]
    return Run(
        behaviour=prose.labelled(behaviour),
        measures=prose.read(outcomes[0].measures),
        bound=prose.join(", ", tuple(numbers.equation(name, value) for name, value in shared.items())),
        header=tuple(_heading(name) for name in columns),
        rows=tuple(tuple(row.get(name) or _NOTHING for name in columns) for row in rows),
        passed=tuple(outcome.passed for outcome in outcomes),
        notes=tuple(prose.read(note) for note in dict.fromkeys(outcome.note for outcome in outcomes) if note),
    )


def _behaviours(names: list[str]) -> tuple[str, list[Spans]]:
    """What behaviours of one kind share, and what is left of each; an ellipsis stands for that where they differ.

    >>> _behaviours(["Rights(4 of 12, float16)", "Rights(7 of 12, float16)"])[0]
    'Rights(…, float16)'
    >>> _behaviours(["Copies(0, 1 → 2, 3)", "Copies(2, 3 → 0, 1)"])[0]
    'Copies(…)'
    """
    if len(set(names)) == 1:
        return names[0], [()] * len(names)
    kind = _kind(names[0])
    parts = [name.removeprefix(f"{kind}(").removesuffix(")").split(", ") for name in names]
    if len(set(map(len, parts))) > 1:
        parts = [[", ".join(part)] for part in parts]
    places = [len(set(column)) > 1 for column in zip(*parts, strict=True)]
    shared = [_ELLIPSIS if differs else part for part, differs in zip(parts[0], places, strict=True)]
    left = [", ".join(part for part, differs in zip(one, places, strict=True) if differs) for one in parts]
    shared = [part for before, part in pairwise(["", *shared]) if (before, part) != (_ELLIPSIS, _ELLIPSIS)]
    return f"{kind}({', '.join(shared)})", [prose.labelled(part) for part in left]


def _bound(outcome: Outcome) -> dict[str, str]:
    return {**outcome.bindings, "n_ctx": str(outcome.n_ctx), "seed": str(outcome.seed)}


def _cells(outcome: Outcome, shared: set[str]) -> dict[str, Spans]:
    """The row of one run, by column; without a closed form there is no difference either."""
    cells = {name: numbers.binding(value) for name, value in _bound(outcome).items() if name not in shared}
    cells["measured"] = numbers.decimal(outcome.measured)
    if outcome.closed_form is not None:
        cells["closed form"] = numbers.decimal(outcome.closed_form)
        cells["difference"] = numbers.bound(outcome.difference)
    if outcome.bound is not None:
        cells["proved bound"] = numbers.decimal(outcome.bound)
    if outcome.accuracy is not None:
        cells["accuracy"] = numbers.decimal(outcome.accuracy)
    return cells


def _heading(column: str) -> Spans:
    return (Text(column),) if column in ("seed", _ELLIPSIS, *_FIGURES) else (Maths(numbers.name_latex(column)),)
