"""A derivation as data: the JSON of the command line."""

from __future__ import annotations

from math import isfinite

from sympy import Expr

from symcircuits.algebra import Factored, Proved, Refuted, Undecided, Verdict, Witness
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.formulas import to_latex
from symcircuits.typeset.matrices import matrix_plain_latex
from symcircuits.worked.experiments import Outcome
from symcircuits.worked.solution import Derivation
from symcircuits.worked.steps import (
    Claim,
    Definition,
    Figure,
    Heading,
    Prose,
    Rule,
    Side,
    Statement,
    Step,
    Table,
    Value,
    answer,
)


def derivation_json(derivation: Derivation) -> dict[str, object]:
    """The derivation with its verdicts, and the outcomes of its experiments where they were run."""
    return {
        "id": derivation.id,
        "title": derivation.title,
        "parameters": {name: _plain(value) for name, value in derivation.parameters.items()},
        "verdict": derivation.verdict,
        "steps": [step_json(step) for step in derivation.steps],
        "experiments": [_outcome_json(outcome) for outcome in derivation.outcomes],
    }


def step_json(step: Step) -> dict[str, object]:
    """One step: its kind and LaTeX, and for a statement its verdict, method, seconds and what else is known of it."""
    data: dict[str, object] = {"kind": step.kind, "latex": step_latex(step)}
    if isinstance(step, Statement | Claim | Table):
        data |= _verdict_json(step.verdict)
        data["seconds"] = round(step.seconds, 6)
    if isinstance(step, Statement):
        data |= {name: text for name, text in (("because", step.because), ("given", step.given)) if text}
    if isinstance(step, Claim):
        data |= {"behaviour": step.behaviour} | ({"note": step.note} if step.note else {})
    if isinstance(step, Table):
        data |= {"header": list(step.header), "rows": [list(row) for row in step.rows]}
        data["verdicts"] = [answer(verdict) for verdict in step.verdicts]
    if isinstance(step, Figure):
        data |= {"figure": type(step.figure).__name__}
    return data


def step_latex(step: Step) -> str:
    """A step as LaTeX; prose, claims and captions are text with ``$...$``."""
    if isinstance(step, Figure):
        return step.caption
    if isinstance(step, Rule):
        return f"{step.left()} = {step.latex}"
    if isinstance(step, Heading | Prose | Claim | Table):
        return step.text
    if isinstance(step, Definition):
        parts = [to_latex(step.name)] + ([to_latex(step.origin)] if step.origin else [])
        return " = ".join([*parts, value_latex(step.value)])
    return f"{side_latex(step.left)} {step.relation} {side_latex(step.right)}"


def side_latex(side: Side) -> str:
    """One side of a statement: the formula it came from where it has one, else its value."""
    return to_latex(side.formula) if side.formula else value_latex(side.value)


def value_latex(value: Value) -> str:
    """A value written out."""
    if isinstance(value, Expr):
        return latex(value)
    return matrix_plain_latex((value.expand() if isinstance(value, Factored) else value).view())


def _verdict_json(verdict: Verdict) -> dict[str, object]:
    data: dict[str, object] = {"verdict": answer(verdict)}
    if isinstance(verdict, Undecided):
        return data | {"tried": verdict.tried}
    data["method"] = verdict.method
    if isinstance(verdict, Proved) and verdict.assuming:
        data["assuming"] = list(verdict.assuming)
    if isinstance(verdict, Refuted):
        data["witness"] = _witness_json(verdict.witness)
    return data


def _witness_json(witness: Witness) -> dict[str, object]:
    entry = {"entry": list(witness.entry)} if witness.entry else {}
    bindings = {symbol.name: _plain(value) for symbol, value in witness.bindings.items()}
    return entry | {"bindings": bindings, "left": witness.left_value, "right": witness.right_value}


def _outcome_json(outcome: Outcome) -> dict[str, object]:
    note = {"note": outcome.note} if outcome.note else {}
    shares = {"bound": outcome.bound, "accuracy": outcome.accuracy}
    told: dict[str, object] = {name: _number(value) for name, value in shares.items() if value is not None}
    return {
        "behaviour": outcome.behaviour,
        "bindings": dict(outcome.bindings),
        "n_ctx": outcome.n_ctx,
        "seed": outcome.seed,
        "measured": _number(outcome.measured),
        "closed_form": _number(outcome.closed_form),
        "difference": _number(outcome.difference),
        "passed": outcome.passed,
        "seconds": round(outcome.seconds, 6),
        **told,
        **note,
    }


def _number(value: float | None) -> float | None:
    """A float as JSON, which has no nan and no infinity."""
    return value if value is not None and isfinite(value) else None


def _plain(value: object) -> object:
    """An exact value as JSON: a small integer as a number, everything else as text."""
    if isinstance(value, bool | int | str):
        return value
    return int(value) if isinstance(value, Expr) and value.is_Integer else str(value)
