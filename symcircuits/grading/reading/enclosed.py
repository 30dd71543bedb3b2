"""What stands in brackets, in braces, under a brace or in a frame, and the arguments of commands."""

from __future__ import annotations

from symcircuits.grading.reading.named import more
from symcircuits.grading.reading.reader import Reads
from symcircuits.grading.reading.syntax import Call, Named, Node, Number, Power, Product, Quotient, Series, Total
from symcircuits.grading.reading.vocabulary import GREEK

CLOSING = {"(": ")", "[": "]"}


def inside(reader: Reads) -> Node:
    """What stands in brackets."""
    opening = reader.cursor.take()
    node = reader.total()
    if reader.cursor.next.is_sign(","):
        reader.cursor.refuse("a comma in brackets", None, "define a name of its own instead of a function")
    reader.cursor.expect(CLOSING[opening.text], f"for the {opening} at this place")
    reader.bare = False
    reader.enclosed = node
    return node


def braces(reader: Reads) -> Node:
    """Braces, which nobody sees: read as brackets round a single name or factor, refused round a sum."""
    cursor, opening = reader.cursor, reader.cursor.take()
    node = reader.total()
    cursor.expect("}", "for the { at this place")
    if node is reader.enclosed:
        return reader.scripted(node)
    if isinstance(node, Total):
        alone = not cursor.next.is_sign("^", "_", "'")
        if not alone or len(node.terms) > 1:
            cursor.refuse("braces round a sum are not seen in print", opening.start, "write brackets")
    if isinstance(node, Named) and cursor.next.is_sign("_", "^", "'"):
        return more(reader, node)
    if isinstance(node, Product | Quotient | Call | Power | Series) and cursor.next.is_sign("^"):
        cursor.refuse("braces round a product or a power are not seen in print", opening.start, "write brackets")
    return reader.scripted(node)


def argument(reader: Reads) -> Node:
    """An argument of a command, in braces or a single sign."""
    cursor = reader.cursor
    if cursor.took("{"):
        node = reader.total()
        cursor.expect("}", "at the end of an argument")
        return node
    if cursor.next.kind == "number":
        token = cursor.split_number()
        return Number(token.start, token.text)
    token = cursor.take()
    if token.kind == "letter" or token.is_command(*GREEK):
        return Named(token.start, token.text)
    return cursor.refuse(f"expected an argument in braces, found {token}", token.start)


def annotated(reader: Reads) -> Node:
    """A frame or brace round a formula; what is written at the brace is a remark."""
    cursor, token = reader.cursor, reader.cursor.take()
    cursor.expect("{", f"after {token}")
    node = reader.total()
    cursor.expect("}", f"at the end of {token}")
    if token.text in ("underbrace", "overbrace"):
        if cursor.took("_" if token.text == "underbrace" else "^"):
            cursor.group("a remark")
        if isinstance(node, Total) and len(node.terms) > 1 and node is not reader.enclosed:
            reader.unseen.append(node)
        return node
    return reader.scripted(node) if not isinstance(node, Total) else node
