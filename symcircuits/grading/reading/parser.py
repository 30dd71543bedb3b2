r"""From tokens to syntax, by recursive descent. Nothing is evaluated here, and no name means anything yet.

>>> from symcircuits.grading.reading.tokens import tokenize
>>> text = r"\lambda_0^2 (1 - \cos\alpha_0)"
>>> type(parse(tokenize(text, 0, {}), len(text))).__name__
'Product'
"""

from __future__ import annotations

from collections.abc import Sequence

from symcircuits.grading.reading import limits
from symcircuits.grading.reading.cursor import Cursor
from symcircuits.grading.reading.grids import cases, diagonal, grid, zeros
from symcircuits.grading.reading.scripts import read_scripts
from symcircuits.grading.reading.syntax import (
    Call,
    Grid,
    Named,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Series,
    Tensor,
    Total,
    Turned,
)
from symcircuits.grading.reading.tokens import MATRICES, Token

FUNCTIONS = ("cos", "sin", "tan", "exp", "log")
GREEK = set(
    "alpha beta gamma delta epsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi "
    "varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell".split()
)
_ACCENTS = ("tilde", "hat", "bar", "overline", "widetilde", "widehat")
_PLAIN = ("boxed", "underbrace", "overbrace", "underline", "mathop", "ensuremath")
_BRACKETS = {"(": ")", "[": "]"}
_TWO_LETTERS = ("ln", "pi", "mu", "nu", "xi")
_ANGLES = ("alpha", "theta", "phi", "varphi", "omega", "psi")
_MAGNITUDES = ("lambda", "beta")
INDICES = ("n", "m", "i", "j", "k", "l")
_STARTS = {*GREEK, *_ACCENTS, *_PLAIN, *FUNCTIONS, "frac", "sqrt", "sum"}


def parse(tokens: Sequence[Token], end: int) -> Node:
    """The syntax of one side of a statement; ``end`` is the offset where it ends. Raises ``CannotRead``."""
    reader = _Reader(Cursor(tokens, end))
    node = reader.total()
    if reader.cursor.next.kind != "finish":
        reader.cursor.refuse(f"unexpected {reader.cursor.next}")
    return node


class _Reader:
    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self.bare = False  # whether what was read last is a function with an argument without brackets
        self._enclosed: Node | None = None  # what was read last in brackets that are seen
        self._unseen: list[Node] = []  # sums that nothing but a brace below or above holds together

    # -- sums and products ------------------------------------------------------------------------------------------

    def total(self) -> Node:
        cursor, at = self.cursor, self.cursor.next.start
        cursor.deeper()
        sign = -1 if cursor.took("-") else 1
        if sign == 1:
            cursor.took("+")
        terms = [(sign, self.tensor())]
        while cursor.next.is_sign("+", "-"):
            terms.append((1 if cursor.take().text == "+" else -1, self.tensor()))
            if len(terms) > limits.TERMS:
                cursor.refuse(f"a sum of more than {limits.TERMS} terms")
        if cursor.next.is_command("pm", "mp"):
            cursor.refuse(f"{cursor.next} stands for two signs", None, "write both lines")
        cursor.shallower()
        if any(sign < 0 and term is other for sign, term in terms for other in self._unseen):
            cursor.refuse("a minus before a sum under a brace", at, "write brackets")
        return terms[0][1] if len(terms) == 1 and sign == 1 else Total(at, tuple(terms))

    def tensor(self) -> Node:
        node = self.product()
        while self.cursor.next.is_command("otimes"):
            at = self.cursor.take().start
            node = Tensor(at, node, self.product())
        return node

    def product(self) -> Node:
        cursor, at = self.cursor, self.cursor.next.start
        factors = [self.factor()]
        called: list[Named] = []
        while True:
            if cursor.next.is_command("cdot", "times") or cursor.next.is_sign("*"):
                sign = cursor.take()
                self._check_bare(sign)
                factors.append(self.factor())
            elif cursor.next.is_sign("/"):
                factors = [self._slash(at, factors, called)]
            elif self._starts():
                if cursor.next.kind == "number":
                    cursor.refuse(f"the number {cursor.next} after another factor", None, r"write \cdot between them")
                before = factors[-1]
                if cursor.next.is_sign("(", "[") and isinstance(before, Named) and before is not self._enclosed:
                    called += [] if before.turn else [before]
                factors.append(self.factor())
            else:
                if len(factors) > 1 and any(one is other for one in factors for other in self._unseen):
                    cursor.refuse("a factor beside a sum under a brace", at, "write brackets")
                return factors[0] if len(factors) == 1 else Product(at, tuple(factors), tuple(called))
            if len(factors) > limits.TERMS:
                cursor.refuse(f"a product of more than {limits.TERMS} factors")

    def _check_bare(self, sign: Token) -> None:
        following = self.cursor.next
        function = following.kind in ("command", "word") and following.text in FUNCTIONS
        ends = function or following.kind == "begin" or following.is_command(*_MAGNITUDES) or self._is_direction()
        if self.bare and not ends:
            self.cursor.refuse(f"{sign} after a function without brackets", sign.start, "put its argument in brackets")

    def _slash(self, at: int, factors: list[Node], called: list[Named]) -> Node:
        cursor = self.cursor
        sign = cursor.take()
        if self.bare:
            cursor.refuse("/ after a function without brackets", sign.start, r"write \frac, or brackets")
        top = factors[0] if len(factors) == 1 else Product(at, tuple(factors), tuple(called))
        bottom = self.factor()
        if self._starts() or cursor.next.is_sign("/"):
            cursor.refuse("a factor after a / may belong above or below", None, r"write \frac, or brackets")
        return Quotient(at, top, bottom)

    def _starts(self) -> bool:
        """Whether a factor begins here."""
        token = self.cursor.next
        if token.kind == "command":
            return token.text in _STARTS
        if token.kind == "begin":
            return token.text in (*MATRICES, "cases")
        return token.kind in ("number", "letter", "word", "text") or token.is_sign("(", "[", "{")

    # -- factors ----------------------------------------------------------------------------------------------------

    def factor(self) -> Node:
        token = self.cursor.next
        self.bare = False
        self.cursor.deeper()
        node = self._factor(token)
        self.cursor.shallower()
        return node

    def _factor(self, token: Token) -> Node:
        cursor = self.cursor
        if token.kind == "number":
            cursor.take()
            if token.text == "0" and cursor.next.is_sign("_"):
                return zeros(cursor, token.start)
            return self._scripted(Number(token.start, token.text))
        if token.kind == "begin":
            if token.text == "cases":
                node: Node = cases(self)
                if self._starts():
                    cursor.refuse("a factor after cases", None, "begin a line of its own, or write it before them")
                return node
            return self._scripted(grid(self)) if token.text in MATRICES else self._unknown(token)
        if token.is_sign("(", "["):
            return self._scripted(self.inside())
        if token.is_sign("{"):
            return self._braces()
        if token.kind == "command" and token.text not in GREEK:
            return self._command(token)
        if token.kind in ("word", "text") and token.text in ("diag", "softmax", "sqrt", *FUNCTIONS):
            cursor.take()
            return self._worded(token)
        if token.kind in ("letter", "word", "command") or (token.kind == "text" and _is_plain(token.text)):
            return self.name("")
        return self._unknown(token)

    def _worded(self, token: Token) -> Node:
        """A function whose name is written in plain letters."""
        if token.text == "diag":
            return self._scripted(diagonal(self, token))
        if token.text != "sqrt":
            return self.call(token)
        if not self.cursor.next.is_sign("("):
            self.cursor.refuse("sqrt without brackets", token.start, r"write \sqrt{...}")
        return self._scripted(Call(token.start, "sqrt", self.inside()))

    def _unknown(self, token: Token) -> Node:
        if token.kind == "finish":
            self.cursor.refuse("something is missing here")
        if token.is_sign("|"):
            self.cursor.refuse("bars are not read", None, "write the norm or the absolute value out")
        if token.is_sign("+", "-"):
            self.cursor.refuse(f"a sign {token} after an operator", None, "put it in brackets")
        if token.is_command("dots", "vdots", "ddots"):
            self.cursor.refuse("dots leave something out", None, "write every entry and every term")
        return self.cursor.refuse(f"{token} is not known here")

    def _command(self, token: Token) -> Node:
        cursor, name = self.cursor, token.text
        if name == "frac":
            cursor.take()
            top, bottom = self._argument(), self._argument()
            return self._scripted(Quotient(token.start, top, bottom))
        if name == "sqrt":
            return self._scripted(self._root())
        if name == "sum":
            return self._series()
        if name in FUNCTIONS:
            cursor.take()
            return self.call(token)
        if name in _ACCENTS:
            cursor.take()
            return self._accented({"widetilde": "tilde", "widehat": "hat", "overline": "bar"}.get(name, name))
        if name in _PLAIN:
            return self._annotated()
        return self._unknown(token)

    def name(self, accent: str, braced: bool = False) -> Node:
        """A name with its scripts; ``braced`` says that a brace closes after the letter."""
        cursor, token = self.cursor, self.cursor.take()
        base = token.text
        self._check_run(token)
        if base == "L" and cursor.next.kind == "letter" and cursor.next.text == "g" and not accent:
            cursor.take()
            base = "Lg"
        if accent:
            base = f"{accent} {base}"
        if braced:
            cursor.expect("}", "after an accented name")
        scripts = read_scripts(cursor, self._inner, exponential=base == "e")
        if base == "e" and scripts.power is not None and not (scripts.below or scripts.primes):
            return Call(token.start, "exp", scripts.power)
        return Named(token.start, base + scripts.primes, scripts.below, scripts.label, scripts.power, scripts.turn)

    def _accented(self, accent: str) -> Node:
        cursor = self.cursor
        braced = cursor.took("{")
        if cursor.next.kind not in ("letter", "command", "word"):
            cursor.refuse(rf"\{accent} of something that is no name")
        if braced and not cursor.after().is_sign("}"):
            return self._accented_inside(accent)
        return self.name(accent, braced)

    def _check_run(self, token: Token) -> None:
        """Refuse three or more letters side by side: a product and a name look the same then."""
        run, steps, after = token.text, 0, self.cursor.next
        end = token.end
        while token.kind == "letter" and after.kind == "letter" and after.start == end:
            run, end, steps = run + after.text, after.end, steps + 1
            after = self.cursor.after(steps)
        if len(run) > 2 and token.kind == "letter":
            hint = rf"write spaces between factors, \mathrm{{{run[:20]}}} for a name"
            self.cursor.refuse(f"{run[:20]} may be a name or a product", token.start, hint)
        if run in _TWO_LETTERS and token.kind == "letter":
            self.cursor.refuse(f"{run} may be a name or a product", token.start, rf"write \{run}, or {run[0]} {run[1]}")

    def _accented_inside(self, accent: str) -> Node:
        """``\\tilde{W_Q}``, the same name as ``\\tilde{W}_Q``."""
        inside = self.name("")
        self.cursor.expect("}", "after an accented name")
        if not isinstance(inside, Named) or inside.power or inside.turn:
            self.cursor.refuse(rf"\{accent} of something that is no name")
        after = read_scripts(self.cursor, self._inner)
        return Named(
            inside.at,
            f"{accent} {inside.base}{after.primes}",
            inside.below or after.below,
            inside.label or after.label,
            after.power,
            after.turn,
        )

    def _inner(self, tokens: Sequence[Token], end: int) -> Node:
        self.cursor.deeper()
        inner = _Reader(Cursor(tokens, end))
        inner.cursor._depth = self.cursor._depth
        node = inner.total()
        if inner.cursor.next.kind != "finish":
            inner.cursor.refuse(f"unexpected {inner.cursor.next}")
        self.cursor.shallower()
        return node

    def _scripted(self, node: Node) -> Node:
        """What hangs on something that is no name: a power, a transpose or an inverse."""
        at = self.cursor.next.start
        found = read_scripts(self.cursor, self._inner)
        if found.below or found.primes:
            self.cursor.refuse("a subscript or prime on something that is no name", at)
        if found.label:
            if not found.label.isdigit():
                self.cursor.refuse(f"a superscript {found.label} on something that is no name", at)
            node = Power(node.at, node, Number(at, found.label))
        if found.power is not None:
            node = Power(node.at, node, found.power)
        return Turned(node.at, node, found.turn) if found.turn else node

    def inside(self) -> Node:
        """What stands in brackets."""
        opening = self.cursor.take()
        node = self.total()
        if self.cursor.next.is_sign(","):
            self.cursor.refuse("a comma in brackets", None, "define a name of its own instead of a function")
        self.cursor.expect(_BRACKETS[opening.text], f"for the {opening} at this place")
        self.bare = False
        self._enclosed = node
        return node

    def _braces(self) -> Node:
        """Braces, which nobody sees: read as brackets round a single name or factor, refused round a sum."""
        cursor, opening = self.cursor, self.cursor.take()
        node = self.total()
        cursor.expect("}", "for the { at this place")
        if node is self._enclosed:
            return self._scripted(node)
        if isinstance(node, Total):
            alone = not cursor.next.is_sign("^", "_", "'")
            if not alone or len(node.terms) > 1:
                cursor.refuse("braces round a sum are not seen in print", opening.start, "write brackets")
        if isinstance(node, Named) and cursor.next.is_sign("_", "^", "'"):
            return self._more(node)
        if isinstance(node, Product | Quotient | Call | Power | Series) and cursor.next.is_sign("^"):
            cursor.refuse("braces round a product or a power are not seen in print", opening.start, "write brackets")
        return self._scripted(node)

    def _more(self, node: Named) -> Node:
        """A name in braces, with more scripts behind."""
        after = read_scripts(self.cursor, self._inner)
        if node.turn and after.turn and not (after.below or after.label or after.power or after.primes):
            return Turned(node.at, node, after.turn)
        if (after.below and node.below) or (after.label and node.label) or node.power or node.turn:
            self.cursor.refuse("scripts on both sides of a brace", node.at)
        below, label = node.below or after.below, node.label or after.label
        return Named(node.at, node.base + after.primes, below, label, after.power, after.turn)

    def _argument(self) -> Node:
        """An argument of a command, in braces or a single sign."""
        cursor = self.cursor
        if cursor.took("{"):
            node = self.total()
            cursor.expect("}", "at the end of an argument")
            return node
        if cursor.next.kind == "number":
            token = cursor.split_number()
            return Number(token.start, token.text)
        token = cursor.take()
        if token.kind == "letter" or token.is_command(*GREEK):
            return Named(token.start, token.text)
        return cursor.refuse(f"expected an argument in braces, found {token}", token.start)

    def _root(self) -> Node:
        cursor, at = self.cursor, self.cursor.take().start
        degree: Node | None = None
        if cursor.took("["):
            degree = self.total()
            cursor.expect("]", "after the degree of a root")
        return Call(at, "sqrt", self._argument(), degree)

    def _annotated(self) -> Node:
        """A frame or brace round a formula; what is written at the brace is a remark."""
        cursor, token = self.cursor, self.cursor.take()
        cursor.expect("{", f"after {token}")
        node = self.total()
        cursor.expect("}", f"at the end of {token}")
        if token.text in ("underbrace", "overbrace"):
            if cursor.took("_" if token.text == "underbrace" else "^"):
                cursor.group("a remark")
            if isinstance(node, Total) and len(node.terms) > 1 and node is not self._enclosed:
                self._unseen.append(node)
            return node
        return self._scripted(node) if not isinstance(node, Total) else node

    # -- functions, sums with bounds, matrices ----------------------------------------------------------------------

    def call(self, token: Token) -> Node:
        """A function of what follows it."""
        cursor, base, power = self.cursor, None, None
        while cursor.next.is_sign("_", "^"):
            if cursor.take().text == "_":
                tokens, end = cursor.group("the base of a logarithm")
                if token.text != "log":
                    cursor.refuse(rf"a subscript on \{token.text}", end)
                base = self._inner(tokens, end)
            else:
                tokens, end = cursor.group("the power of a function")
                if tokens and tokens[0].is_sign("-"):
                    cursor.refuse(rf"\{token.text} to a negative power", tokens[0].start, "write a fraction")
                power = self._inner(tokens, end)
        bracketed = cursor.next.is_sign("(", "[")
        if token.text == "softmax" and cursor.next.kind == "begin":
            return Call(token.start, token.text, grid(self))
        argument = self._row(token) if bracketed else self._bare(token)
        if bracketed and cursor.next.is_sign("^"):
            cursor.refuse(f"a power after {token}(...)", None, f"write {token}^2(...) or ({token}(...))^2")
        self.bare = not bracketed
        if bracketed and cursor.next.is_command(*_ANGLES) and _has_no_angle(argument):
            hint = "put the whole argument in brackets, or the factor before the function"
            cursor.refuse(f"whether {cursor.next} belongs to {token} is not certain", None, hint)
        node = Call(token.start, token.text, argument, base)
        return node if power is None else Power(token.start, node, power)

    def _row(self, token: Token) -> Node:
        """What stands in brackets after a function; for a softmax perhaps several entries of a row."""
        if token.text != "softmax":
            return self.inside()
        opening = self.cursor.take()
        cells = [self.total()]
        while self.cursor.took(","):
            cells.append(self.total())
        self.cursor.expect(_BRACKETS[opening.text], f"for the {opening} at this place")
        return cells[0] if len(cells) == 1 else Grid(opening.start, (tuple(cells),))

    def _bare(self, token: Token) -> Node:
        """An argument without brackets: numbers, one name, and indices."""
        cursor, at = self.cursor, self.cursor.next.start
        factors: list[Node] = []
        names = 0
        hint = f"put the argument of {token} in brackets"
        while self._starts() and not self._ends_bare():
            if cursor.next.is_sign("(", "["):
                cursor.refuse(f"a bracket after the argument of {token}", None, hint)
            braced = cursor.next.is_sign("{")
            factor = self.factor()
            summed = isinstance(factor, Total) and len(factor.terms) > 1
            if braced and summed and factor is not self._enclosed:
                cursor.refuse(f"a sum after {token} without brackets", at, hint)
            names += not _is_index(factor) and not _is_number(factor)
            if names > 1:
                cursor.refuse(f"where the argument of {token} ends is not certain", factor.at, hint)
            factors.append(factor)
        if not factors:
            cursor.refuse(f"{token} without an argument", None, hint)
        return factors[0] if len(factors) == 1 else Product(at, tuple(factors))

    def _is_direction(self) -> bool:
        """Whether a direction of the stream comes next, of which no function is taken."""
        token, after = self.cursor.next, self.cursor.after()
        return token.kind == "letter" and token.text in "uW" and after.is_sign("^", "_")

    def _ends_bare(self) -> bool:
        token = self.cursor.next
        function = token.kind in ("command", "word") and token.text in (*FUNCTIONS, "sum")
        return function or token.kind == "begin" or self._is_direction()

    def _series(self) -> Node:
        cursor, at = self.cursor, self.cursor.take().start
        bounds: dict[str, tuple[list[Token], int]] = {}
        while cursor.next.is_sign("_", "^"):
            where = cursor.take().text
            bounds[where] = cursor.group("a bound of a sum")
        low, high = bounds.get("_", ([], at)), bounds.get("^", ([], at))
        head = low[0]
        if len(head) < 3 or head[0].kind != "letter" or not head[1].is_sign("=") or not high[0]:
            cursor.refuse("a sum without both bounds", at, r"write \sum_{i=0}^{3}")
        first, last = self._inner(head[2:], low[1]), self._inner(high[0], high[1])
        return Series(at, head[0].text, first, last, self.product())


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isalpha()


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
