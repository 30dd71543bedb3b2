r"""Signs beyond the Latin alphabets, as LaTeX for running text and as LaTeX for mathematics.

>>> AS_LATEX["β"], AS_LATEX["–"]
(('\\ensuremath{\\beta}', '\\beta '), ('--', '\\text{--}'))
"""

from __future__ import annotations

from symcircuits.typeset.names import GREEK

_LETTERS = "αβγδεζηθικλμνξοπρστυφχψω"
_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu "
    "nu xi o pi rho sigma tau upsilon phi chi psi omega"
).split()
_SPELLED = list(zip(_LETTERS, _NAMES, strict=True))
_MATHEMATICS = {
    **{letter: f"\\{name}" if name in GREEK else name for letter, name in _SPELLED},
    **{letter.upper(): f"\\{name.title()}" for letter, name in _SPELLED if name.title() in GREEK},
    "→": r"\to", "←": r"\leftarrow", "↦": r"\mapsto", "⇒": r"\Rightarrow", "⇔": r"\Leftrightarrow",
    "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "≈": r"\approx", "≡": r"\equiv", "∼": r"\sim", "∝": r"\propto",
    "−": "-", "±": r"\pm", "×": r"\times", "·": r"\cdot", "⋅": r"\cdot", "÷": r"\div", "√": r"\surd", "∞": r"\infty",
    "∈": r"\in", "∉": r"\notin", "⊂": r"\subset", "∪": r"\cup", "∩": r"\cap", "∅": r"\emptyset", "∀": r"\forall",
    "∃": r"\exists", "⊗": r"\otimes", "⊕": r"\oplus", "∑": r"\sum", "∏": r"\prod", "∫": r"\int", "∂": r"\partial",
    "⊤": r"\top", "ᵀ": r"^{\mathsf{T}}", "⟨": r"\langle", "⟩": r"\rangle", "ℝ": r"\mathbb{R}", "ℤ": r"\mathbb{Z}",
    "²": "^{2}", "³": "^{3}", "¹": "^{1}", "°": r"^{\circ}",
    **{sign: f"_{{{digit}}}" for digit, sign in enumerate("₀₁₂₃₄₅₆₇₈₉")},
}  # fmt: skip
_PROSE = {
    "–": "--", "—": "---", "‘": "`", "’": "'", "“": "``", "”": "''", "…": r"\ldots{}", "\u00a0": "~", "\u202f": r"\,",
    "\u2009": r"\,", "§": r"\S{}", "•": r"\textbullet{}", "€": "EUR", "✓": r"\ensuremath{\checkmark}", "\u200b": "",
}  # fmt: skip

AS_LATEX: dict[str, tuple[str, str]] = {
    **{sign: (rf"\ensuremath{{{command}}}", f"{command} ") for sign, command in _MATHEMATICS.items()},
    **{sign: (command, rf"\text{{{command}}}") for sign, command in _PROSE.items()},
}
