from __future__ import annotations

import pytest

from symcircuits.errors import BadValue
from symcircuits.typeset.names import latex_name


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("R", "R"),
        ("W_Q", "W_{Q}"),
        ("W_net^1", r"W_{\mathrm{net}}^{1}"),
        ("W_Q^T", r"W_{Q}^{\mathsf{T}}"),
        ("beta_12", r"\beta_{12}"),
        ("cos_0", r"\cos_{0}"),
        ("x_n", "x_{n}"),
        ("m'", "m'"),
        ("s(n, m)", "s(n, m)"),
        ("Lg", r"\mathit{Lg}"),
        ("rank", r"\mathrm{rank}"),
        ("", ""),
    ],
)
def test_words_are_upright_and_letters_are_mathematics(name: str, latex: str) -> None:
    assert latex_name(name) == latex


@pytest.mark.parametrize("latex", [r"\tilde W_V^2", "W_{net}", r"p(\beta_1)"])
def test_latex_comes_back_unchanged(latex: str) -> None:
    assert latex_name(latex) == latex


@pytest.mark.parametrize("sign", ["$", "%", "#", "&", "~", "\n"])
def test_signs_that_would_break_a_document_are_refused(sign: str) -> None:
    with pytest.raises(BadValue, match="a name cannot hold .* 'W.*V'"):
        latex_name(f"W{sign}V")
