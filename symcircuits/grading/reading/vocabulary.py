"""The words of formulas: functions, letters with names, and the letters that are indices or angles."""

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
