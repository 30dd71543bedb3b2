"""The pieces that formulas are made of, the environments that hold them, and the relations between their sides."""

from __future__ import annotations

from dataclasses import dataclass

MATRICES = ("pmatrix", "bmatrix", "Bmatrix", "matrix", "smallmatrix", "array", "psmallmatrix", "bsmallmatrix")
LAYOUTS = (
    "equation align gather alignat flalign multline eqnarray displaymath math aligned gathered split alignedat"
).split()
RELATIONS = {"=": "=", ":=": ":=", "<": "<", ">": ">", "le": "<=", "ge": ">=", "approx": "~", "simeq": "~",
             "equiv": "=", "triangleq": ":="}  # fmt: skip


@dataclass(frozen=True)
class Token:
    """A token and the offsets of the text that it stands for.

    ``kind`` is command, sign, number, letter, word (a name of several letters), text (a remark), newline, begin, end
    or finish.
    """

    kind: str
    text: str
    start: int
    end: int

    def __str__(self) -> str:
        if self.kind in ("command", "begin", "end"):
            return rf"\{self.text}" if self.kind == "command" else rf"\{self.kind}{{{self.text}}}"
        return {"newline": r"\\", "finish": "the end"}.get(self.kind, self.text)

    def is_sign(self, *signs: str) -> bool:
        """Whether it is one of these signs."""
        return self.kind == "sign" and self.text in signs

    def is_command(self, *names: str) -> bool:
        """Whether it is one of these commands."""
        return self.kind == "command" and self.text in names


def relation_of(token: Token, unequal: bool = False) -> str | None:
    """The relation that a token is, if it is one; ``unequal`` counts that one too."""
    if unequal and token.is_command("ne", "neq"):
        return "!="
    return RELATIONS.get(token.text) if token.kind in ("sign", "command") else None
