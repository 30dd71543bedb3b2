"""Random tokens from a small vocabulary, so that some come again: what behaviours about contents are measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr

from symcircuits.behaviours.trial import TOLERANCE, Array, Trial
from symcircuits.circuit import Directions
from symcircuits.circuit.bind import bind_head, bind_scalar
from symcircuits.errors import BadValue

WORDS = 6


@dataclass(frozen=True, eq=False)
class Tokens:
    """A residual stream ``x`` ``[n_ctx, d_model]`` and the number ``[n_ctx]`` of the word that each token is."""

    x: Array
    words: NDArray[np.integer[Any]]

    def same(self) -> NDArray[np.bool_]:
        """Whether key (column) and query (row) are the same word, ``[n_ctx, n_ctx]``; false for keys after the query.

        >>> Tokens(np.zeros((3, 1)), np.array([0, 1, 0])).same().astype(int)
        array([[1, 0, 0],
               [0, 1, 0],
               [1, 0, 1]])
        """
        return np.tril(self.words[:, None] == self.words[None, :])


def random_tokens(trial: Trial, content: Directions, gap: Expr | None = None, any_of: bool = False) -> Tokens:
    """Random tokens whose contents have the same norm in these directions; everything else is as in ``trial.stream()``.

    The norm is 1, or such that the least of ``|c|^2 - <c, c'>`` over different words is ``gap``. With ``any_of`` both
    are meant in those dimensions of these directions that the head of the trial reads. The same seed gives the same
    tokens.
    """
    chance = np.random.default_rng([trial.seed, WORDS])
    basis = _read(trial, content) if any_of else np.eye(len(content))  # [dimensions, len(content)]
    contents = _contents(chance, len(basis), gap)
    tokens = _placed(trial, content, contents @ basis, chance.integers(len(contents), size=trial.n_ctx))
    if any_of:  # what is not read stays as it was
        places, x = list(content.places), trial.stream()
        tokens.x[:, places] += x[:, places] - x[:, places] @ basis.T @ basis
    return tokens


def _read(trial: Trial, content: Directions) -> Array:
    """An orthonormal basis of what queries and keys read of these directions, ``[dimensions, len(content)]``."""
    head = bind_head(trial.heads[0], trial.values)
    if head.W_Q is None or head.W_K is None:
        raise BadValue("this head has no W_Q and W_K")
    rows = np.concatenate([head.W_Q.T, head.W_K.T])[:, list(content.places)]
    _, sizes, basis = np.linalg.svd(rows)
    found: Array = basis[: max(1, int((sizes > TOLERANCE * sizes.max(initial=0.0)).sum()))]
    return found


def spoken(trial: Trial, content: Directions, words: Sequence[str], gap: Expr | None = None) -> Tokens:
    """These words as tokens, one for each token of the trial, with contents as in ``random_tokens``.

    Raises ``BadValue`` for another number of words, or for more different ones than there are contents.
    """
    contents = _contents(np.random.default_rng([trial.seed, WORDS]), len(content), gap)
    known = list(dict.fromkeys(words))
    if len(words) != trial.n_ctx or len(known) > len(contents):
        raise BadValue(
            f"expected {trial.n_ctx} words, at most {len(contents)} of them different, "
            f"got {len(words)} and {len(known)}"
        )
    return _placed(trial, content, contents, np.array([known.index(word) for word in words]))


def _placed(trial: Trial, content: Directions, contents: Array, words: NDArray[np.integer[Any]]) -> Tokens:
    x = trial.stream()
    x[:, list(content.places)] = contents[words]
    return Tokens(x, words)


def _contents(chance: np.random.Generator, size: int, gap: Expr | None) -> Array:
    """The content of each word, ``[words, directions]``."""
    contents = _vocabulary(chance, size)
    if gap is not None:
        products = contents @ contents.T  # [words, words]
        least = 1.0 - np.max(products[~np.eye(len(contents), dtype=bool)])
        contents *= np.sqrt(bind_scalar(gap, {}, "the gap between contents") / least)
    return contents


def _vocabulary(chance: np.random.Generator, size: int) -> Array:
    """Different contents of norm 1; a single direction has but two."""
    contents = chance.standard_normal((WORDS, size)) if size > 1 else np.array([[1.0], [-1.0]])
    normed: Array = contents / np.linalg.norm(contents, axis=1, keepdims=True)
    return normed
