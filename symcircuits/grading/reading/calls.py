"""Functions with and without brackets round their argument, roots, and sums with bounds."""

from __future__ import annotations

from symcircuits.grading.reading.enclosed import CLOSING, argument, inside
from symcircuits.grading.reading.grids import diagonal, grid
from symcircuits.grading.reading.reader import Reads
from symcircuits.grading.reading.signs import Token
from symcircuits.grading.reading.syntax import Call, Grid, Named, Node, Number, Power, Product, Quotient, Series, Total
from symcircuits.grading.reading.vocabulary import ANGLES, FUNCTIONS, INDICES


def worded(reader: Reads, token: Token) -> Node:
    """A function whose name is written in plain letters."""
    if token.text == "diag":
        return reader.scripted(diagonal(reader, token))
    if token.text != "sqrt":
        return call(reader, token)
    if not reader.cursor.next.is_sign("("):
        reader.cursor.refuse("sqrt without brackets", token.start, r"write \sqrt{...}")
    return reader.scripted(Call(token.start, "sqrt", inside(reader)))


def call(reader: Reads, token: Token) -> Node:
    """A function of what follows it."""
    cursor, base, power = reader.cursor, None, None
    while cursor.next.is_sign("_", "^"):
        if cursor.take().text == "_":
            tokens, end = cursor.group("the base of a logarithm")
            if token.text != "log":
                cursor.refuse(rf"a subscript on \{token.text}", end)
            base = reader.inner(tokens, end)
        else:
            tokens, end = cursor.group("the power of a function")
            if tokens and tokens[0].is_sign("-"):
                cursor.refuse(rf"\{token.text} to a negative power", tokens[0].start, "write a fraction")
            power = reader.inner(tokens, end)
    cursor.unwrap_bracket()
    bracketed = cursor.next.is_sign("(", "[")
    if token.text == "softmax" and cursor.next.kind == "begin":
        return Call(token.start, token.text, grid(reader))
    given = _row(reader, token) if bracketed else _bare(reader, token)
    if bracketed and cursor.next.is_sign("^"):
        cursor.refuse(f"a power after {token}(...)", None, f"write {token}^2(...) or ({token}(...))^2")
    reader.bare = not bracketed
    if bracketed and cursor.next.is_command(*ANGLES) and _has_no_angle(given):
        hint = "put the whole argument in brackets, or the factor before the function"
        cursor.refuse(f"whether {cursor.next} belongs to {token} is not certain", None, hint)
    node = Call(token.start, token.text, given, base, reader.bare)
    return node if power is None else Power(token.start, node, power)


def _row(reader: Reads, token: Token) -> Node:
    """What stands in brackets after a function; for a softmax perhaps several entries of a row."""
    if token.text != "softmax":
        return inside(reader)
    opening = reader.cursor.take()
    cells = [reader.total()]
    while reader.cursor.took(","):
        cells.append(reader.total())
    reader.cursor.expect(CLOSING[opening.text], f"for the {opening} at this place")
    return cells[0] if len(cells) == 1 else Grid(opening.start, (tuple(cells),))


def _bare(reader: Reads, token: Token) -> Node:
    """An argument without brackets: numbers, one name, and indices."""
    cursor, at = reader.cursor, reader.cursor.next.start
    factors: list[Node] = []
    names = 0
    ended = False  # braces round the first factor end the argument for the writer, and not for who sees it in print
    hint = f"put the argument of {token} in brackets"
    while reader.starts() and not _ends_bare(reader, names):
        if cursor.next.is_sign("(", "["):
            cursor.refuse(f"a bracket after the argument of {token}", None, hint)
        half_bracketed = cursor.next.is_sign("{") and cursor.after().is_sign("(", "[")
        if ended or half_bracketed or (names and cursor.next.kind == "number"):
            cursor.refuse(f"where the argument of {token} ends is not certain", None, hint)
        braced = cursor.next.is_sign("{")
        factor = reader.factor()
        summed = isinstance(factor, Total) and len(factor.terms) > 1
        if braced and summed and factor is not reader.enclosed:
            cursor.refuse(f"a sum after {token} without brackets", at, hint)
        names += not _is_index(factor) and not _is_number(factor)
        if names > 1:
            cursor.refuse(f"where the argument of {token} ends is not certain", factor.at, hint)
        ended = braced and not factors
        factors.append(factor)
    if not factors:
        cursor.refuse(f"{token} without an argument", None, hint)
    return factors[0] if len(factors) == 1 else Product(at, tuple(factors))


def is_direction(reader: Reads, letters: str = "uWv") -> bool:
    """Whether a direction of the stream or a weight comes next, of which no function is taken."""
    token, after = reader.cursor.next, reader.cursor.after()
    return token.kind == "letter" and token.text in letters and after.is_sign("^", "_")


def _ends_bare(reader: Reads, names: int) -> bool:
    token = reader.cursor.next
    function = token.kind in ("command", "word") and token.text in (*FUNCTIONS, "sum")
    return function or token.kind == "begin" or is_direction(reader, "uWv" if names else "uW")


def root(reader: Reads) -> Node:
    """A root, perhaps with its degree."""
    cursor, at = reader.cursor, reader.cursor.take().start
    degree: Node | None = None
    if cursor.took("["):
        degree = reader.total()
        cursor.expect("]", "after the degree of a root")
    return Call(at, "sqrt", argument(reader), degree)


def series(reader: Reads) -> Node:
    """A sum whose index runs between bounds; it reaches as far as a product does."""
    cursor, at = reader.cursor, reader.cursor.take().start
    bounds: dict[str, tuple[list[Token], int]] = {}
    while cursor.next.is_sign("_", "^"):
        where = cursor.take().text
        bounds[where] = cursor.group("a bound of a sum")
    low, high = bounds.get("_", ([], at)), bounds.get("^", ([], at))
    head = low[0]
    if len(head) < 3 or head[0].kind != "letter" or not head[1].is_sign("=") or not high[0]:
        cursor.refuse("a sum without both bounds", at, r"write \sum_{i=0}^{3}")
    first, last = reader.inner(head[2:], low[1]), reader.inner(high[0], high[1])
    return Series(at, head[0].text, first, last, reader.product())


def is_differential(node: Node) -> bool:
    """Whether something is a d, alone or before a name, as above and below in a derivative."""
    first = node.factors[0] if isinstance(node, Product) else node
    return first == Named(first.at, "d")


def _is_index(node: Node) -> bool:
    return (
        isinstance(node, Named) and node.base in INDICES and not (node.below or node.label or node.power or node.turn)
    )


def _has_no_angle(node: Node) -> bool:
    """Whether only numbers and indices occur."""
    if isinstance(node, Total):
        return all(_has_no_angle(term) for _, term in node.terms)
    if isinstance(node, Product):
        return all(map(_has_no_angle, node.factors))
    return _is_index(node) or isinstance(node, Number)


def _is_number(node: Node) -> bool:
    if isinstance(node, Quotient):
        return _is_number(node.top) and _is_number(node.bottom)
    return isinstance(node, Number) or (isinstance(node, Named) and node.base == "pi" and not node.below)
