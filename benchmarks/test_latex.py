"""How fast matrices become LaTeX, as ratios to ``sympy.latex`` of the same matrices, measured in the same run.

Run it with ``python -m pytest benchmarks/test_latex.py -s`` after ``pip install -e '.[benchmark]'``. Nothing is
asserted about time. Every round has a new matrix and starts cold: SymPy's cache is emptied before it, and so is all
that ``symcircuits.typeset`` remembers.

A matrix of more than 24 rows or columns is printed as its blocks or corners, so two ratios are told: of the text that
the matrix shows, and of the text of every entry, shown or not.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sympy
from pytest_benchmark.fixture import BenchmarkFixture
from sympy import Add, Expr, Matrix, cos
from sympy.core.cache import clear_cache

from symcircuits import Head, Residual, Sinusoids
from symcircuits.algebra.matrices import ExactMatrix
from symcircuits.symbols import alpha, beta, lambda_, m, n
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.matrices import matrix_html, matrix_plain_latex


def scores() -> ExactMatrix:
    """Scores of 64 positions that depend on the distance alone: all 4096 places filled, 65 distinct entries."""
    by_distance = {
        d: Add(*(beta * lambda_(i) ** 2 * cos(alpha(i) * (d - 1)) for i in range(2))) for d in range(-63, 64)
    }
    return _filled(lambda i, j: by_distance[i - j])


def kronecker() -> ExactMatrix:
    """Rotation products in 8 by 8 blocks: all 4096 places filled, 128 distinct entries."""
    products = [[beta * lambda_(i) * lambda_(j) * cos(alpha(i) * (n - j)) for j in range(8)] for i in range(8)]
    pattern = ExactMatrix.from_rows([[1 if i == j else 2 for j in range(8)] for i in range(8)])
    return ExactMatrix.from_rows(products).kron(pattern)


def mixed() -> ExactMatrix:
    """Rotation products of every frequency with every other: 4096 distinct entries."""
    return _filled(lambda i, j: beta * lambda_(i) * lambda_(j) * cos(alpha(i) * (n - 1) - alpha(j) * m))


def sparse() -> ExactMatrix:
    """W_OV of a head at d_model 256 that turns 32 frequency pairs by one step: 128 entries, 96 of them distinct."""
    position = Sinusoids(32)
    stream = Residual(position=position, v=64, rest=128)
    head = Head(W_V=position.shift(1) @ stream.read(position), W_O=stream.write("v"))
    return head.W_OV.expand()


def _filled(entry: Callable[[int, int], Expr], size: int = 64) -> ExactMatrix:
    return ExactMatrix.from_entries((size, size), {(i, j): entry(i, j) for i in range(size) for j in range(size)})


MATRICES = {make.__name__: make for make in (scores, kronecker, mixed, sparse)}


@pytest.mark.parametrize("name", MATRICES)
def test_what_a_matrix_shows(name: str, benchmark: BenchmarkFixture) -> None:
    """The LaTeX that a notebook shows, against the peer; each entry in it must be the text of that entry alone."""
    text = benchmark.pedantic(lambda matrix: matrix_plain_latex(matrix.view()), setup=_anew(name), rounds=5)
    _told(name, "as shown", benchmark)
    if name != "sparse":
        matrix = MATRICES[name]()
        corners = [*range(6), None, 62, 63]
        for row, cells in zip(corners, _cells(text), strict=True):
            for column, cell in zip(corners, cells, strict=True):
                assert row is None or column is None or cell == _alone(matrix[row, column])


@pytest.mark.parametrize("name", MATRICES)
def test_every_entry(name: str, benchmark: BenchmarkFixture) -> None:
    """The LaTeX of all entries, against the peer's, which must hold the same names and numbers in the same places."""
    texts = benchmark.pedantic(
        lambda matrix: {place: latex(entry) for place, entry in matrix.entries.items()}, setup=_anew(name), rounds=3
    )
    peer = _told(name, "every entry", benchmark)
    matrix = MATRICES[name]()
    assert [len(row) for row in peer] == [matrix.shape[1]] * matrix.shape[0]
    for i, row in enumerate(peer):
        for j, cell in enumerate(row):
            assert _words(texts.get((i, j), "0")) == _words(cell)
    for place in list(texts)[:: max(1, len(texts) // 200)]:
        assert texts[place] == _alone(matrix[place])


@pytest.mark.parametrize("name", MATRICES)
def test_html(name: str, benchmark: BenchmarkFixture) -> None:
    """The same matrices as HTML, for which SymPy has no peer."""
    page = benchmark.pedantic(lambda matrix: matrix_html(matrix.view()), setup=_anew(name), rounds=2)
    assert page.startswith('<div class="matrix-box">')
    print(f"\n{name}, HTML: {1000 * benchmark.stats.stats.min:.1f} ms")


def _told(name: str, what: str, benchmark: BenchmarkFixture) -> list[list[str]]:
    """Print the ratio to ``sympy.latex``, and to one such call for each distinct entry; return the peer's cells."""
    shape = (lambda matrix: matrix) if name == "sparse" else Matrix
    text, whole = _timed(name, lambda matrix: shape(matrix.to_sympy()), sympy.latex)
    _, each = _timed(name, lambda matrix: dict.fromkeys(matrix.entries.values()), lambda it: [*map(sympy.latex, it)])
    ours = benchmark.stats.stats.min
    benchmark.extra_info |= {"sympy.latex": whole, "ratio": whole / ours}
    print(
        f"\n{name}, {what}: {1000 * ours:.2f} ms; sympy.latex {1000 * whole:.0f} ms ({whole / ours:.0f}x); "
        f"sympy.latex once for each distinct entry {1000 * each:.0f} ms ({each / ours:.1f}x)"
    )
    return _cells(text)


def _timed(name: str, given: Callable[[ExactMatrix], Any], action: Callable[[Any], Any]) -> tuple[Any, float]:
    """What an action makes of a new matrix, and the lesser seconds of two cold runs."""
    seconds = []
    for _ in range(2):
        value = given(MATRICES[name]())
        _forget()
        start = time.perf_counter()
        made = action(value)
        seconds.append(time.perf_counter() - start)
    return made, min(seconds)


def _anew(name: str) -> Callable[[], tuple[tuple[ExactMatrix], dict[str, object]]]:
    """What makes, before a round, a matrix of which nothing is remembered, not even the hashes of its entries."""

    def setup() -> tuple[tuple[ExactMatrix], dict[str, object]]:
        _forget()
        matrix = MATRICES[name]()
        _forget()
        return (matrix,), {}

    return setup


def _forget() -> None:
    """Empty SymPy's cache and every one of this package's printers."""
    clear_cache()
    for cached in _caches():
        cached.cache_clear()


def _caches() -> Iterator[Any]:
    for name, module in list(sys.modules.items()):
        if name.startswith("symcircuits.typeset"):
            yield from (value for value in vars(module).values() if hasattr(value, "cache_clear"))


def _alone(entry: Expr) -> str:
    _forget()
    return latex(entry)


def _cells(array: str) -> list[list[str]]:
    r"""The cells of an array without labels, in ``\left[\begin{array}{..}``."""
    body = re.sub(r"^.*?\\begin\{(array|matrix)\}(\{\w+\})?|\\end\{(array|matrix)\}.*$", "", array, flags=re.DOTALL)
    return [[cell.strip() for cell in row.split(" & ")] for row in body.split(r"\\")]


def _words(text: str) -> list[str]:
    """The names and numbers of a formula, in any order; the sign of an even function's argument may be turned."""
    return sorted(re.findall(r"\\[A-Za-z]+|[A-Za-z]|\d+", re.sub(r"\\(left|right)\b", "", text)))
