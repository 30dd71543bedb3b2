r"""LaTeX fragments as one line of readable text, for terminals, tooltips and labels.

>>> readable(r"\beta \lambda_{0}^{2} \cos(\alpha_{0} (n - 1 - m))")
'β λ₀² cos(α₀ (n − 1 − m))'
>>> readable(r"W_{\mathrm{net}}^{1}"), readable(r"\frac{1}{1 + T}"), ascii_label(r"\mathrm{content}_{0}")
('W_net¹', '1/(1 + T)', 'content_0')
"""

from __future__ import annotations

import re
from functools import lru_cache

from symcircuits.typeset.names import FUNCTIONS

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
_GREEK_LETTERS = {
    name: letter
    for name, letter in zip(
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
        "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split(),
        "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ",
        strict=True,
    )
}
_SIGNS = {
    "cdot": "·", "cdots": "⋯", "ddots": "⋱", "vdots": "⋮", "dots": "…", "ldots": "…", "times": "×", "otimes": "⊗",
    "oplus": "⊕", "pm": "±", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "neq": "≠", "ne": "≠", "approx": "≈",
    "in": "∈", "notin": "∉", "to": "→", "rightarrow": "→", "mapsto": "↦", "leftarrow": "←", "Rightarrow": "⇒",
    "iff": "⇔", "infty": "∞", "sum": "∑", "prod": "∏", "top": "T", "prime": "′", "lvert": "|", "rvert": "|",
    "lVert": "‖", "rVert": "‖", "langle": "⟨", "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
    "mid": "|", "bmod": "mod", "forall": "∀", "coloneqq": "≔", "quad": "  ", "qquad": "    ", "dagger": "†",
    "sim": "∼", "propto": "∝", "equiv": "≡", "ll": "≪", "gg": "≫", "cup": "∪", "cap": "∩", "subset": "⊂",
}  # fmt: skip
_SPARE_SPACE = re.compile(r" (?= )|(?<=[(\[]) +| +(?=[)\]])")
_UNSAFE_ABOVE = r" [+−] |[a-z]{2,} "
_SPACES = {r"\,": " ", r"\;": " ", r"\:": " ", r"\ ": " ", r"\!": "", "~": " ", r"\\": "; ", "&": " "}
_BLACKBOARD = {"R": "ℝ", "Z": "ℤ", "N": "ℕ", "Q": "ℚ", "C": "ℂ", "E": "𝔼", "P": "ℙ"}
_ACCENTS = {"tilde": "\u0303", "hat": "\u0302", "bar": "\u0304", "overline": "\u0304", "vec": "\u20d7"}
_GROUPS = frozenset(
    "underbrace overbrace mathrm mathit mathsf mathbf mathcal mathtt boldsymbol operatorname text textbf textit "
    "textrm mbox".split()
)
_SIZES = frozenset(
    "left right big Big bigl Bigl bigr Bigr displaystyle textstyle scriptstyle scriptscriptstyle limits".split()
)
_SUBSCRIPTS = dict(zip("0123456789+−-()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True))
_SUPERSCRIPTS = dict(
    zip("0123456789+−-()abcdefghijklmnoprstuvwxyzT′", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀ′", strict=True)
)


@lru_cache(maxsize=1 << 14)
def readable(latex: str) -> str:
    """One line of Unicode text, with real sub- and superscripts where they exist and ``_{..}``, ``^{..}`` elsewhere."""
    return _Reader(latex, unicode=True).read()


@lru_cache(maxsize=1 << 14)
def ascii_label(latex: str) -> str:
    r"""One line of ASCII text, for labels.

    >>> ascii_label(r"u^{\cos}_{0}"), ascii_label(r"\alpha_{1}")
    ('u^cos_0', 'alpha_1')
    """
    return _Reader(latex, unicode=False).read().replace("–", "-").encode("ascii", "replace").decode()


class _Reader:
    def __init__(self, latex: str, unicode: bool) -> None:
        self._waiting: list[str] = _TOKEN.findall(latex)[::-1]
        self._unicode = unicode

    def _next(self) -> str:
        return self._waiting.pop() if self._waiting else ""

    def _next_visible(self) -> str:
        while (token := self._next()).isspace():
            pass
        return token

    def read(self, until: str = "") -> str:
        """The text up to the token ``until`` or the end."""
        atoms: list[str] = []
        while (token := self._next()) and token != until:
            if token in ("_", "^") and self._unicode and atoms[-1:] in (["∑"], ["∏"]):
                atoms.append(self._bounds(token))
            elif token in ("_", "^"):
                self._attach(atoms, token, self._argument())
            else:
                atoms.append(self._atom(token))
        return _SPARE_SPACE.sub("", "".join(atoms)).strip()

    def _argument(self) -> str:
        token = self._next_visible()
        return self.read("}") if token == "{" else self._atom(token)

    def _atom(self, token: str) -> str:
        if token == "{":
            return self.read("}")
        if token in _SPACES:
            return _SPACES[token]
        if token.isspace():
            return " "
        if token.startswith("\\") and token[1:].isalpha():
            return self._command(token[1:])
        if token == "-" and self._unicode:
            return "−"
        return token.removeprefix("\\")

    def _command(self, name: str) -> str:
        if name in ("frac", "tfrac", "dfrac"):
            return self._fraction()
        if name == "sqrt":
            return self._root()
        if name == "binom":
            return f"C({self._argument()}, {self._argument()})"
        if name in _ACCENTS:
            return self._accented(name)
        if name in _GROUPS:
            return self._upright()
        if name == "mathbb":
            letter = self._argument()
            return _BLACKBOARD.get(letter, letter) if self._unicode else letter
        if name in _SIZES:
            return ""
        if name in ("begin", "end"):
            self._argument()
            return " "
        return self._sign(name)

    def _sign(self, name: str) -> str:
        if name in FUNCTIONS or not self._unicode:
            return name
        return _GREEK_LETTERS.get(name) or _SIGNS.get(name) or name

    def _upright(self) -> str:
        return self._argument().replace("−", "-")

    def _fraction(self) -> str:
        above, below = self._argument(), self._argument()
        return f"{_wrapped(above, _UNSAFE_ABOVE)}/{_wrapped(below, '[ /]')}"

    def _root(self) -> str:
        index = ""
        first = self._next_visible()
        if first == "[":
            index, first = self.read("]"), self._next_visible()
        body = self.read("}") if first == "{" else self._atom(first)
        sign = "".join(_SUPERSCRIPTS.get(character, character) for character in index)
        return f"{sign}√{_wrapped(body, '[^A-Za-z0-9]')}" if self._unicode else f"sqrt({body})"

    def _accented(self, name: str) -> str:
        letter = self._argument()
        return letter + _ACCENTS[name] if self._unicode and len(letter) == 1 else letter

    def _bounds(self, first: str) -> str:
        bounds = {first: self._argument()}
        if self._waiting and self._waiting[-1] in ("_", "^"):
            second = self._next()
            bounds[second] = self._argument()
        low, high = bounds.get("_", ""), bounds.get("^", "")
        return f"_{{{low}..{high}}}" if high else f"_{{{low}}}"

    def _attach(self, atoms: list[str], mark: str, script: str) -> None:
        if mark == "^" and atoms[-1:] == ["e"] and not script.isdigit():
            atoms[-1] = f"exp({script})"
        else:
            atoms.append(self._script(mark, script))

    def _script(self, mark: str, script: str) -> str:
        table = _SUBSCRIPTS if mark == "_" else _SUPERSCRIPTS
        letters = script.replace(" ", "")
        word = len(letters) > 1 and letters.isalpha()
        if self._unicode and not word and all(letter in table for letter in letters):
            return "".join(table[letter] for letter in letters)
        return mark + (script if re.fullmatch(r"[\w–]+|.", script) else f"{{{script}}}")


def _wrapped(text: str, unsafe: str) -> str:
    """The text in parentheses where something unsafe stands outside any that it has."""
    outside = text
    while outside != (shorter := re.sub(r"\([^()]*\)", "", outside)):
        outside = shorter
    return f"({text})" if re.search(unsafe, outside) else text
