from __future__ import annotations

import pytest

from symcircuits.typeset.readable import ascii_label, readable


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\beta \lambda_{0}^{2} \cos(\alpha_{0} (n - 1 - m))", "β λ₀² cos(α₀ (n − 1 − m))"),
        (r"W_{\mathrm{net}}^{1}", "W_net¹"),
        (r"W_Q^{\mathsf{T}} W_K", "W_Qᵀ W_K"),
        ("x_{n - 1}", "xₙ₋₁"),
        ("c_{3}^{(n - 1)}", "c₃⁽ⁿ⁻¹⁾"),
        ("W_{Q, K}", "W_{Q, K}"),
        (r"\frac{1}{1 + T}", "1/(1 + T)"),
        (r"\frac{n + 1}{2}", "(n + 1)/2"),
        (r"\frac{(n + 1) (m + 1)}{2}", "(n + 1) (m + 1)/2"),
        (r"\frac{\cos x}{s}", "(cos x)/s"),
        (r"\sqrt{2}", "√2"),
        (r"\sqrt[3]{n - 1}", "³√(n − 1)"),
        (r"e^{-\beta g}", "exp(−β g)"),
        ("e^{2}", "e²"),
        (r"\left( \frac{1}{2} \right)", "(1/2)"),
        (r"\sum_{m'=0}^{n} m'", "∑_{m'=0..n} m'"),
        (r"\sum_{i} x", "∑_{i} x"),
        (r"\sum x", "∑ x"),
        (r"S \otimes W \le \infty", "S ⊗ W ≤ ∞"),
        (r"\mathbb{R}^{4 \times 16}", "ℝ^{4 × 16}"),
        (r"\tilde W", "W̃"),
        (r"\binom{n}{2}", "C(n, 2)"),
        (r"\underbrace{x}_{=1}", "x_{=1}"),
        (r"a \, b \quad c", "a b c"),
        (r"\text{well-known}", "well-known"),
        (r"0\text{–}3\ (4)", "0–3 (4)"),
        (r"\unknown{x}", "unknownx"),
        ("", ""),
    ],
)
def test_one_line_of_unicode(latex: str, text: str) -> None:
    assert readable(latex) == text


@pytest.mark.parametrize("latex", [r"\frac{1}", "x_", "}", r"\sqrt", "{", r"\frac", "^", r"\sum_"])
def test_broken_latex_is_still_shown(latex: str) -> None:
    assert isinstance(readable(latex), str)


@pytest.mark.parametrize(
    ("latex", "label"),
    [
        (r"\mathrm{content}_{0}", "content_0"),
        (r"u^{\cos}_{0}", "u^cos_0"),
        (r"\alpha_{1}", "alpha_1"),
        (r"c_{0\text{–}3}", "c_0-3"),
        ("x_{n - 1}", "x_{n - 1}"),
    ],
)
def test_labels_in_ascii(latex: str, label: str) -> None:
    assert ascii_label(latex) == label
