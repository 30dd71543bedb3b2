"""Names with their accents and scripts, and letters side by side that may be a name or a product."""

from __future__ import annotations

from symcircuits.grading.reading.reader import Reads
from symcircuits.grading.reading.scripts import read_scripts
from symcircuits.grading.reading.signs import Token
from symcircuits.grading.reading.syntax import Call, Named, Node, Turned

_TWO_LETTERS = ("ln", "pi", "mu", "nu", "xi")


def name(reader: Reads, accent: str, braced: bool = False) -> Node:
    """A name with its scripts; ``braced`` says that a brace closes after the letter."""
    cursor, token = reader.cursor, reader.cursor.take()
    base = token.text
    _check_run(reader, token)
    if base == "L" and cursor.next.kind == "letter" and cursor.next.text == "g" and not accent:
        cursor.take()
        base = "Lg"
    if accent:
        base = f"{accent} {base}"
    if braced:
        cursor.expect("}", "after an accented name")
    scripts = read_scripts(cursor, reader.inner, exponential=base == "e")
    if base == "e" and scripts.power is not None and not (scripts.below or scripts.primes):
        return Call(token.start, "exp", scripts.power)
    return Named(token.start, base + scripts.primes, scripts.below, scripts.label, scripts.power, scripts.turn)


def accented(reader: Reads, accent: str) -> Node:
    """The name that follows an accent, with it."""
    cursor = reader.cursor
    braced = cursor.took("{")
    if cursor.next.kind not in ("letter", "command", "word"):
        cursor.refuse(rf"\{accent} of something that is no name")
    if braced and not cursor.after().is_sign("}"):
        return _accented_inside(reader, accent)
    return name(reader, accent, braced)


def _accented_inside(reader: Reads, accent: str) -> Node:
    """``\\tilde{W_Q}``, the same name as ``\\tilde{W}_Q``."""
    inside = name(reader, "")
    reader.cursor.expect("}", "after an accented name")
    if not isinstance(inside, Named) or inside.power or inside.turn:
        reader.cursor.refuse(rf"\{accent} of something that is no name")
    after = read_scripts(reader.cursor, reader.inner)
    return Named(
        inside.at,
        f"{accent} {inside.base}{after.primes}",
        inside.below or after.below,
        inside.label or after.label,
        after.power,
        after.turn,
    )


def more(reader: Reads, node: Named) -> Node:
    """A name in braces, with more scripts behind them."""
    after = read_scripts(reader.cursor, reader.inner)
    if node.turn and after.turn and not (after.below or after.label or after.power or after.primes):
        return Turned(node.at, node, after.turn)
    if (after.below and node.below) or (after.label and node.label) or node.power or node.turn:
        reader.cursor.refuse("scripts on both sides of a brace", node.at)
    below, label = node.below or after.below, node.label or after.label
    return Named(node.at, node.base + after.primes, below, label, after.power, after.turn)


def _check_run(reader: Reads, token: Token) -> None:
    """Refuse three or more letters side by side: a product and a name look the same then."""
    run, steps, after = token.text, 0, reader.cursor.next
    end = token.end
    while token.kind == "letter" and after.kind == "letter" and after.start == end:
        run, end, steps = run + after.text, after.end, steps + 1
        after = reader.cursor.after(steps)
    if len(run) > 2 and token.kind == "letter":
        hint = rf"write spaces between factors, \mathrm{{{run[:20]}}} for a name"
        reader.cursor.refuse(f"{run[:20]} may be a name or a product", token.start, hint)
    if run in _TWO_LETTERS and token.kind == "letter":
        reader.cursor.refuse(f"{run} may be a name or a product", token.start, rf"write \{run}, or {run[0]} {run[1]}")
