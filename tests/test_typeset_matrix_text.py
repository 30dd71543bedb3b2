from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Expr, Integer, cos, sin

from symcircuits.symbols import alpha
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.matrices import MatrixView, matrix_text

pairs = Axis.of_blocks(*((rf"\alpha_{{{i}}}", [rf"\cos_{{{i}}}", rf"\sin_{{{i}}}"]) for i in range(2)))
a = alpha(0)


def test_a_labelled_matrix() -> None:
    entries = {(0, 0): cos(a), (0, 1): -sin(a), (1, 0): sin(a), (1, 1): cos(a)}
    assert matrix_text(MatrixView((4, 4), entries, pairs, pairs)).splitlines() == [
        "     │ cos₀   sin₀    │ cos₁ sin₁",
        "─────┼────────────────┼──────────",
        "cos₀ │ cos α₀ −sin α₀ │ ·    ·",
        "sin₀ │ sin α₀ cos α₀  │ ·    ·",
        "─────┼────────────────┼──────────",
        "cos₁ │ ·      ·       │ ·    ·",
        "sin₁ │ ·      ·       │ ·    ·",
    ]


def test_a_column_and_a_row() -> None:
    column = MatrixView((4, 1), {(3, 0): Integer(-2)}, pairs)
    assert matrix_text(column).splitlines()[-1] == "sin₁ │ −2"
    assert matrix_text(column.transposed()).splitlines() == [
        "cos₀ sin₀ │ cos₁ sin₁",
        "──────────┼──────────",
        "·    ·    │ ·    −2",
    ]


_entries = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.sampled_from([Integer(1), Integer(-12), cos(a), a**2]),
    max_size=8,
)


@settings(derandomize=True)
@given(_entries)
def test_bars_stand_under_each_other(entries: dict[tuple[int, int], Expr]) -> None:
    lines = matrix_text(MatrixView((4, 4), entries, pairs, pairs)).splitlines()
    places = [[place for place, sign in enumerate(line) if sign in "│┼"] for line in lines]
    assert places[0] and all(place == places[0] for place in places)


@settings(derandomize=True)
@given(_entries)
def test_every_zero_is_a_dot(entries: dict[tuple[int, int], Expr]) -> None:
    assert matrix_text(MatrixView((4, 4), entries, pairs, pairs)).count("·") == 16 - len(entries)
