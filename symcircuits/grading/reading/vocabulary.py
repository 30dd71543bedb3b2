"""The words of formulas: functions, letters with names, indices and angles, and what is written in several ways."""

from __future__ import annotations

FUNCTIONS = ("cos", "sin", "tan", "exp", "log")
GREEK = set(
    "alpha beta gamma delta epsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi "
    "varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell".split()
)
ACCENTS = ("tilde", "hat", "bar", "overline", "widetilde", "widehat")
ROUND = ("boxed", "underbrace", "overbrace", "underline", "mathop", "ensuremath")  # what they stand round is read
ANGLES = ("alpha", "theta", "phi", "varphi", "omega", "psi")
MAGNITUDES = ("lambda", "beta")
INDICES = ("n", "m", "i", "j", "k", "l")
STARTS = {*GREEK, *ACCENTS, *ROUND, *FUNCTIONS, "frac", "sqrt", "sum"}  # commands with which a factor may begin

# Commands and characters that say the same as others, and words that need no command.
SAME = {"dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "ln": "log", "leq": "le", "geq": "ge", "intercal": "top",
        "leqslant": "le", "geqslant": "ge", "lbrace": "{", "rbrace": "}", "coloneqq": ":=", "coloneq": ":=",
        "colonequals": ":=", "tabularnewline": "\\", "lparen": "(", "rparen": ")",
        "lt": "<", "gt": ">", "Rightarrow": "implies", "Longrightarrow": "implies", "iff": "implies",
        "Leftrightarrow": "implies", "therefore": "implies", "ast": "*", "dotsc": "dots", "dotsb": "dots",
        "cdots": "dots", "ldots": "dots", "dotsm": "dots", "hdots": "dots", "lbrack": "[", "rbrack": "]",
        "varepsilon": "epsilon", "cr": "\\"}  # fmt: skip
CHARACTERS = {"\u2212": "-", "\u00b7": r"\cdot ", "\u00d7": r"\times ", "\u2264": r"\le ", "\u2265": r"\ge "}
PLAINLY = {"command": "cos sin tan exp log alpha beta gamma delta theta lambda".split(),
           "word": "sqrt diag softmax Id".split()}  # fmt: skip
