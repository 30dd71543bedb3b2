"""The report on a model as a value, and as JSON and tables for other programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr

from symcircuits.analysis.composition import Composition
from symcircuits.analysis.importance import Importance
from symcircuits.analysis.scores import Score
from symcircuits.analysis.together import Together
from symcircuits.analysis.trigrams import RULE, SOURCE, Key, Trigrams
from symcircuits.analysis.virtual import VirtualHead

Place = tuple[int, int]
Array = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class HeadReport:
    """One head: its scores by name, the offset of the positional one, singular values (exact ones where there are),
    and its mean pattern on repeated random tokens."""

    place: Place
    scores: Mapping[str, Score]
    offset: int | None = None
    singular_qk: tuple[float, ...] = ()
    singular_ov: tuple[float, ...] = ()
    exact_singular: Mapping[str, tuple[Expr, ...]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Picture:
    """The patterns of all heads on one sequence: ``names`` of its tokens, ``patterns`` ``[n_ctx, n_ctx]`` by head, and
    the same weighted by the length of what is moved, ``A[n, m] ||W_O W_V x_m||``."""

    names: tuple[str, ...]
    patterns: Mapping[Place, Array]
    weighted: Mapping[Place, Array]


@dataclass(frozen=True, eq=False)
class Report:
    """What was found in a model; see ``symcircuits.analysis.scores.MEANINGS`` for the scores.

    ``uniform`` is what a head scores that attends to all keys alike, by score; ``roles`` names the heads by what they
    do. Prints in a notebook as its page.
    """

    name: str
    config: Mapping[str, Any]
    vocabulary: tuple[str, ...]
    heads: tuple[HeadReport, ...]
    composition: tuple[Composition, ...]
    uniform: Mapping[str, float | None]
    roles: Mapping[str, tuple[Place, ...]]
    together: tuple[Together, ...] = ()
    trigrams: tuple[Trigrams, ...] = ()
    importance: Importance | None = None
    virtual: tuple[VirtualHead, ...] = ()
    picture: Picture | None = None
    notes: tuple[str, ...] = ()
    sequences: str = ""

    def head(self, layer: int, head: int) -> HeadReport:
        """One head by its place."""
        return next(one for one in self.heads if one.place == (layer, head))

    def to_json(self) -> dict[str, Any]:
        """Everything but the patterns, as JSON knows it; undefined scores are ``None``, with a ``why``."""
        return {
            "name": self.name,
            "config": {name: value for name, value in self.config.items() if name != "vocab"},
            "notes": list(self.notes),
            "sequences": self.sequences,
            "uniform": dict(self.uniform),
            "roles": {name: [list(place) for place in places] for name, places in self.roles.items()},
            "heads": [_head(one) for one in self.heads],
            "composition": [_composition(one) for one in self.composition],
            "together": [_together(one) for one in self.together],
            "skip_trigrams": [_trigrams(one, self.vocabulary) for one in self.trigrams],
            "importance": [] if self.importance is None else list(_importance(self.importance)),
            "virtual_heads": [
                {"writer": list(one.writer), "reader": list(one.reader), "size": one.size, "offset": one.offset,
                 "at_offset": one.at_offset} for one in self.virtual
            ],
        }  # fmt: skip

    def tables(self) -> dict[str, tuple[Sequence[str], list[Sequence[object]]]]:
        """Tables by name, each with its columns and rows, for files of comma-separated values."""
        told = self.to_json()
        return {
            "heads": _table([{name: value for name, value in row.items() if name not in ("why", "exact")}
                             for row in told["heads"]]),
            "composition": _table(told["composition"]),
            "skip_trigrams": _table(list(_trigram_rows(self))),
            "importance": _table(told["importance"]),
            "virtual_heads": _table(told["virtual_heads"]),
        }  # fmt: skip

    def _repr_html_(self) -> str:
        from symcircuits.analysis.page import page

        return page(self)


def _head(one: HeadReport) -> dict[str, Any]:
    told: dict[str, Any] = {"layer": one.place[0], "head": one.place[1]}
    for name, score in one.scores.items():
        whole = name.startswith("rank") and score.value is not None
        told[name] = int(score.value) if whole and score.value is not None else score.value
    told |= {"positional_offset": one.offset}
    told |= {"singular_qk": list(one.singular_qk), "singular_ov": list(one.singular_ov)}
    exact: dict[str, Any] = {name: str(score.exact) for name, score in one.scores.items() if score.exact is not None}
    exact |= {f"singular_{name}": [str(value) for value in values] for name, values in one.exact_singular.items()}
    why = {name: score.why for name, score in one.scores.items() if score.why}
    return told | ({"exact": exact} if exact else {}) | ({"why": why} if why else {})


def _scored(score: Score) -> dict[str, Any]:
    exact = {} if score.exact is None else {"exact": str(score.exact)}
    return {"score": score.value, **exact, **({"why": score.why} if score.why else {})}


def _composition(one: Composition) -> dict[str, Any]:
    places = {"kind": one.kind, "writer": list(one.writer), "reader": list(one.reader)}
    return places | _scored(one.score) | {"baseline": one.baseline}


def _together(one: Together) -> dict[str, Any]:
    return {
        "reader": list(one.reader),
        "previous_token_heads": [list(place) for place in one.group],
        "margin": one.margin,
        "direct": one.direct,
        "query": one.query,
        "both": one.both,
        "key": [{"writer": list(place), "margin": value, "induction_without": one.without[place]}
                for place, value in one.key.items()],
        "key_sum": one.key_sum,
        "induction": one.induction,
        "induction_without_all": one.without_group,
        "composition_of_sum": {**_scored(one.score), "baseline": one.baseline},
    }  # fmt: skip


def _trigrams(one: Trigrams, names: Sequence[str]) -> dict[str, Any]:
    def entries(found: Sequence[tuple[int, float]]) -> list[list[object]]:
        return [[names[token], value] for token, value in found]

    def key(found: Key) -> dict[str, Any]:
        exact = {"queries": found.exact_queries, "outputs": found.exact_outputs}
        told = {"key": names[found.token], "score": found.score, "queries": entries(found.queries),
                "outputs": entries(found.outputs)}  # fmt: skip
        written = {name: list(map(str, entries)) for name, entries in exact.items()}
        return told | ({"exact": written} if found.exact_queries else {})

    told: dict[str, Any] = {"layer": one.layer, "head": one.head, "rule": RULE, "source": SOURCE}
    return told | {"keys": [key(found) for found in one.keys]} | ({"why": one.why} if one.why else {})


def _importance(found: Importance) -> Iterator[dict[str, Any]]:
    for order in found.orders:
        yield {"order": order.order, "terms": order.terms, "loss": order.loss, "gain": order.gain}
    for head in found.heads:
        yield {
            "layer": head.layer,
            "head": head.head,
            "loss_without_paths": head.frozen,
            "loss_zeroed": head.zeroed,
            "loss": found.loss,
        }


def _trigram_rows(report: Report) -> Iterator[dict[str, object]]:
    names = report.vocabulary
    for table in report.trigrams:
        for key in table.keys:
            for kind, found in (("query", key.queries), ("output", key.outputs)):
                for token, value in found:
                    yield {"layer": table.layer, "head": table.head, "key": names[key.token], "score": key.score,
                           "kind": kind, "token": names[token], "entry": value}  # fmt: skip


def _table(rows: Sequence[Mapping[str, object]]) -> tuple[Sequence[str], list[Sequence[object]]]:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return columns, [[_cell(row.get(name)) for name in columns] for row in rows]


def _cell(value: object) -> object:
    """A list as one text, nothing as an empty one."""
    if isinstance(value, list):
        return " ".join(map(str, value))
    return "" if value is None else value
