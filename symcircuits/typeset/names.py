r"""Names as people type them, turned into LaTeX.

>>> latex_name("W_net^1"), latex_name("beta_1"), latex_name("s(n, m)")
('W_{\\mathrm{net}}^{1}', '\\beta_{1}', 's(n, m)')
"""

from __future__ import annotations

import re
from functools import cache

from symcircuits.errors import BadValue

GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
)
FUNCTIONS = frozenset(
    "arccos arcsin arctan arg cos cosh cot coth csc det dim exp gcd inf ker lim ln log max min sec sin sinh sup tan "
    "tanh".split()
)
_WORD = re.compile(r"([_^]?)([^\W\d_]+|\d+)")
_REFUSED = re.compile(r"[$%#&~\n]")


@cache
def latex_name(text: str) -> str:
    r"""The LaTeX of a name: words are set upright, single letters and Greek names as mathematics.

    A text that holds a backslash or a brace is LaTeX already and comes back unchanged. Anything that is no letter,
    digit, ``_`` or ``^`` stays as it is. Raises ``BadValue`` for one of ``$ % # & ~`` or a line break.

    >>> latex_name("W_Q"), latex_name("W_K^T"), latex_name(r"W_{Q}")
    ('W_{Q}', 'W_{K}^{\\mathsf{T}}', 'W_{Q}')
    """
    if refused := _REFUSED.search(text):
        raise BadValue(f"a name cannot hold {refused.group()!r}: {text!r}")
    if re.search(r"[\\{}]", text):
        return text
    return _WORD.sub(_word, text)


def _word(match: re.Match[str]) -> str:
    script, word = match.groups()
    if script == "^" and word == "T":
        return r"^{\mathsf{T}}"
    return f"{script}{{{_letters(word)}}}" if script else _letters(word)


def _letters(word: str) -> str:
    if word in GREEK or word in FUNCTIONS:
        return "\\" + word
    if word == "Lg":
        return r"\mathit{Lg}"
    return word if len(word) == 1 or word.isdigit() else rf"\mathrm{{{word}}}"
