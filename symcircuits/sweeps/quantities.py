"""What is worked out at every point of a sweep, row by row, and the measures that are made of it.

>>> found = Quantities(masses=np.array([[0.5, 1.0]]), leaks=np.array([[0.5, 0.0]]), leads=np.array([[-1.0, 2.0]]))
>>> {name: measure.of(found).tolist() for name, measure in OF_ATTENTION.items()}
{'mass': [0.75], 'least_mass': [0.5], 'leak': [0.25], 'accuracy': [0.5], 'score_margin': [-1.0]}
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symcircuits.behaviours import (
    AttendsAfterPrevious,
    AttendsTo,
    AttendsToSame,
    AvoidsSelf,
    Behaviour,
    CopiesToLogits,
    FollowsRules,
    Induces,
    Predicts,
    Rights,
    Trial,
)
from symcircuits.circuit import Transformer
from symcircuits.errors import UnknownName

Array = NDArray[np.floating[Any]]
Rows: TypeAlias = Literal["masses", "leaks", "leads", "logit_leads"]
ROWS: tuple[Rows, ...] = ("masses", "leaks", "leads", "logit_leads")
Part: TypeAlias = Rows | Literal["scores"]


@dataclass(frozen=True, eq=False)
class Quantities:
    """For each point and row, ``[points, rows]``: the attention on the wanted keys, that on all others, and by how much
    the wanted ones are ahead of the best other, in units of the scores (or of logits, where answers are counted).
    ``logit_leads`` say by how much the logit of the right next token is ahead. What nobody asked for is left out.
    ``scores`` are numbers of weights alone, by name, ``[points]``."""

    masses: Array | None = None
    leaks: Array | None = None
    leads: Array | None = None
    logit_leads: Array | None = None
    scores: Mapping[str, Array] = field(default_factory=dict)

    def part(self, name: Part) -> Array:
        """One of those of rows; raises ``LookupError`` where it was left out."""
        found: Array | None = getattr(self, name)
        if found is None:
            raise LookupError(f"{name} were not asked for")
        return found


def of_rows(rows: Mapping[Rows, Array | None]) -> Quantities:
    """Quantities of what is there."""
    return Quantities(rows.get("masses"), rows.get("leaks"), rows.get("leads"), rows.get("logit_leads"))


def row_quantities(
    scores: Array, wanted: NDArray[np.bool_], seen: NDArray[np.bool_], parts: Collection[Part]
) -> Quantities:
    """The quantities of rows of scores ``[points, rows, keys]``, of which the query sees some keys and wants some."""
    ahead = np.where(seen, scores, -np.inf)
    leads = None
    if "leads" in parts:
        best_other = np.where(wanted, -np.inf, ahead).max(axis=-1)
        leads = np.where(wanted, scores, np.inf).min(axis=-1) - best_other
    if not {"masses", "leaks"} & set(parts):
        return Quantities(leads=leads)
    ahead -= ahead.max(axis=-1, keepdims=True)
    weights = np.exp(ahead, out=ahead)
    right, other = (np.einsum("prk,rk->pr", weights, part.astype(float)) for part in (wanted, ~wanted))
    total = right + other
    return Quantities(right / total, other / total, leads)


@dataclass(frozen=True)
class Measure:
    """A number for each point: its ``name``, what it is of each row, how rows are put together, and how it is told.

    ``latex`` is a formula, ``meaning`` plain text; ``unit`` is ``"1"`` for shares.
    """

    name: str
    part: Part
    together: Callable[[Array], Array]
    latex: str
    meaning: str
    unit: str = "1"

    def of(self, found: Quantities) -> Array:
        """The measure at each point, ``[points]``."""
        return self.together(found.part(self.part))

    def baseline(self, trial: Trial) -> float | None:
        """What the measure is by chance in a run, where that is known."""
        return None

    def range_of(self, found: Quantities, tolerance: float) -> tuple[Array, Array]:
        """Between which values the measure lies, where what it is made of is known to within the tolerance.

        Absolutely for shares of attention, and relatively to the largest for scores and logits beyond 1: a share of
        rows that are right can jump where two keys are that close.
        """
        rows = found.part(self.part)
        finite = np.where(np.isfinite(rows), np.abs(rows), 0)
        size = np.maximum(1.0, finite.max(axis=-1, keepdims=True)) if self.part in ("leads", "logit_leads") else 1.0
        return self.together(rows - tolerance * size), self.together(rows + tolerance * size)


def _mean(rows: Array) -> Array:
    result: Array = rows.mean(axis=-1)
    return result


def _least(rows: Array) -> Array:
    result: Array = rows.min(axis=-1)
    return result


def _right(rows: Array) -> Array:
    """The share of rows with a lead; nan, where one of them has no lead that is a number."""
    return np.where(np.isnan(rows).any(axis=-1), np.nan, (rows > 0).mean(axis=-1))


def _by_name(*measures: Measure) -> Mapping[str, Measure]:
    return {measure.name: measure for measure in measures}


OF_ATTENTION: Mapping[str, Measure] = _by_name(
    Measure("mass", "masses", _mean, r"\overline{A}_{n, W(n)}", "mean attention on the wanted keys"),
    Measure("least_mass", "masses", _least, r"\min_n A_{n, W(n)}", "least attention of a row on the wanted keys"),
    Measure("leak", "leaks", _mean, r"\overline{1 - A}_{n, W(n)}", "mean attention off the wanted keys"),
    Measure("accuracy", "leads", _right, r"\#\{n : s(n, W(n)) > s(n, m)\} / \#\{n\}",
            "share of rows in which every wanted key has a larger score than any other"),
    Measure("score_margin", "leads", _least, r"\min_{n, m} s(n, W(n)) - s(n, m)",
            "least lead of a wanted key over another, over all rows", "score"),
)  # fmt: skip
OF_ANSWERS: Mapping[str, Measure] = _by_name(
    Measure("accuracy", "leads", _right, r"\#\{\text{right}\} / \#\{\text{contexts}\}",
            "share of contexts after which the right token has strictly the largest logit"),
    Measure("logit_margin", "leads", _least, r"\min_{\text{contexts}} \ell_{\text{right}} - \ell_{\text{other}}",
            "least lead of the right logit over another, over all contexts", "logit"),
)  # fmt: skip
OF_NEXT_TOKENS: Mapping[str, Measure] = _by_name(
    Measure("token_accuracy", "logit_leads", _right,
            r"\#\{n : \ell_{\text{next}} > \ell_{\text{other}}\} / \#\{n\}",
            "share of rows of the second copy in which the token that comes next has strictly the largest logit"),
    Measure("logit_margin", "logit_leads", _least, r"\min_n \ell_{\text{next}} - \ell_{\text{other}}",
            "least lead of the logit of the token that comes next, over all rows of the second copy", "logit"),
)  # fmt: skip
OF_FLAGS: Mapping[str, Measure] = _by_name(
    Measure("slack", "leads", _least, r"\min \text{slack of a flag}",
            "least distance of a flag from the wrong side of its margin, after every sequence"),
    Measure("accuracy", "leads", _right, r"\#\{\text{flags within their margins}\} / \#\{\text{sequences}\}",
            "share of sequences, of each length, after which every flag is strictly within its margin"),
)  # fmt: skip
_MASSES: Mapping[str, tuple[str, str]] = {
    "previous_token_mass": (r"\frac{1}{n_{\mathrm{ctx}} - 1} \sum_{n \ge 1} A_{n, n - 1}",
                            "mean attention on the previous token, over the rows that have one"),
    "present_token_mass": (r"\frac{1}{n_{\mathrm{ctx}}} \sum_n A_{n, n}", "mean attention on the present token"),
    "same_content_mass": (r"\overline{A}_{n, \text{same}}", "mean attention on tokens of the same content"),
    "copy_mass": (r"\overline{A}_{n, \text{copies}}", "mean attention on other copies of the present token"),
    "after_copy_mass": (r"\overline{A}_{n, c + 1}", "mean attention on the token after the one pointed at"),
    "induction_mass": (r"\overline{A}_{n, n - N + 1}",
                       "mean attention on the token after the previous copy, in the second copy of a block"),
}  # fmt: skip


def measures_for(behaviour: Behaviour, model: Transformer | None = None) -> dict[str, Measure]:
    """The measures that a behaviour has, by name, on a head or a ``model``; none for one that is not swept.

    >>> list(measures_for(AttendsTo(-1)))
    ['mass', 'least_mass', 'leak', 'accuracy', 'score_margin', 'previous_token_mass']
    """
    if isinstance(behaviour, Predicts | Rights):
        return dict(OF_ANSWERS)
    if isinstance(behaviour, FollowsRules):
        return dict(OF_FLAGS)
    own, follows = _own_mass(behaviour), _says_what_follows(behaviour, model)
    if own is None:
        return dict(OF_NEXT_TOKENS) if follows else {}
    latex, meaning = _MASSES.get(own, ("", ""))
    named = {own: Measure(own, "masses", _mean, latex, meaning)} if latex else {}
    return {**OF_ATTENTION, **named, **(OF_NEXT_TOKENS if follows else {})}


def _says_what_follows(behaviour: Behaviour, model: Transformer | None) -> bool:
    """Whether a behaviour is one of a model with logits on a repeated block."""
    follows = isinstance(behaviour, Induces) or (isinstance(behaviour, CopiesToLogits) and not behaviour.own)
    return follows and model is not None and model.W_U is not None


def _own_mass(behaviour: Behaviour) -> str | None:
    """What the mass is called; ``None`` for a behaviour that is none about attention."""
    if isinstance(behaviour, AttendsTo):
        return {0: "present_token_mass", -1: "previous_token_mass"}.get(behaviour.offset, "mass")
    names = {
        AttendsToSame: "same_content_mass",
        AvoidsSelf: "copy_mass",
        AttendsAfterPrevious: "after_copy_mass",
        Induces: "induction_mass",
    }
    return names.get(type(behaviour))


def chosen(names: tuple[str, ...], known: Mapping[str, Measure], id: str) -> tuple[Measure, ...]:
    """The measures of these names; raises ``UnknownName`` with the nearest ones."""
    for name in names:
        if name not in known:
            raise UnknownName(f"measure of {id}", name, known)
    return tuple(known[name] for name in names)
