"""Chains of a submission, link by link: definitions are taken, claims decided, conditions kept in mind.

Every link is judged by its own two sides, so that what comes after a wrong one is judged from the writer's own values.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sympy import Eq, Expr, Ge, Gt, Le, Lt, Symbol
from sympy.logic.boolalg import Boolean

from symcircuits.algebra import ExactMatrix, Proved, Refuted, Verdict
from symcircuits.grading.judging.claims import decide, decide_rounded, has_decimals, undecided_decimal, units_of
from symcircuits.grading.judging.line_diagnoses import diagnose_line
from symcircuits.grading.judging.showing import shown, witness_data
from symcircuits.grading.judging.wording import sides_told
from symcircuits.grading.meaning.dots import fill
from symcircuits.grading.meaning.evaluate import evaluate
from symcircuits.grading.meaning.names import has_symbolic_sibling, head_key, is_entry, is_head, key_of
from symcircuits.grading.meaning.operations import WrongShape
from symcircuits.grading.meaning.scope import Eye, Scope, Value
from symcircuits.grading.reading.layout import has_relation, hides_relation
from symcircuits.grading.reading.limits import check_size
from symcircuits.grading.reading.lines import Chain, chains_of
from symcircuits.grading.reading.parser import parse
from symcircuits.grading.reading.refusals import CannotRead, Lines
from symcircuits.grading.reading.scanner import Place, Scanned
from symcircuits.grading.reading.syntax import Grid, Named, Node, Product
from symcircuits.grading.reading.tokens import tokenize
from symcircuits.grading.reports.report import Checked, Data, Role, Word

_CONDITIONS = {"=": Eq, "<": Lt, "<=": Le, ">": Gt, ">=": Ge}
_RAW = (
    "=",
    "<",
    ">",
    r"\le",
    r"\ge",
    r"\approx",
    r"\coloneq",
    r"\equiv",
    r"\simeq",
    r"\triangleq",
    r"\lt",
    r"\gt",
    r"\colonequals",
    "\u2264",
    "\u2265",
)


@dataclass
class Judge:
    """Goes through a submission; afterwards ``statements`` holds what was found, ``written`` every matrix that the
    writer has written out."""

    text: str
    scanned: Scanned
    scope: Scope
    statements: list[Checked] = field(default_factory=list)
    written: list[ExactMatrix] = field(default_factory=list)
    given: list[Boolean] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    stumbled: set[int] = field(default_factory=set)  # chains with a wrong step

    def __post_init__(self) -> None:
        self.lines = Lines(self.text)

    def judge_all(self) -> None:
        """Judge every piece of mathematics, in order."""
        for place in self.scanned.places:
            if place.problem:
                self._unreadable(place.start, place.start, CannotRead(place.problem, place.start), "formula")
            elif self._may_state(self.text[place.start : place.end]):
                self._judge_place(place)

    def _may_state(self, text: str) -> bool:
        """Whether a relation occurs, written out or in a command of the writer's own."""
        made = self.scanned.commands.items()
        own = [rf"\{name}" for name, command in made if any(sign in command.body for sign in _RAW)]
        return any(sign in text for sign in (*_RAW, *own))

    def _judge_place(self, place: Place) -> None:
        try:
            tokens = tokenize(self.text, place.start, self.scanned.commands, place.end)
            chains = chains_of(tokens, place.end) if has_relation(tokens) or place.kind == "display" else []
            hidden = hides_relation(tokens) if place.kind == "display" and not chains else None
            if hidden is not None:
                raise CannotRead(f"{hidden} inside of brackets", hidden.start, "write the statement by itself")
        except CannotRead as refused:
            self._unreadable(place.start, place.end, refused, "formula")
            return
        for chain in chains:
            self._judge_chain(chain, place)

    def _judge_chain(self, chain: Chain, place: Place) -> None:
        try:
            nodes = [parse(side.tokens, side.end) for side in chain.sides]
        except CannotRead as refused:
            self._unreadable(chain.sides[0].start, chain.sides[-1].end, refused, "formula")
            self._break(chain)
            return
        if self._is_condition(nodes, chain, place):
            self._keep_in_mind(nodes, chain)
            return
        keys, last = self._defined_by(nodes, chain)
        value = self._value(nodes[last], chain, max(last - 1, 0), self._declared_shape(keys))
        if value is not None and any(key in self.scope.assumed for key in keys):
            keys, last = [], 0  # a name is not defined by itself
            value = self._value(nodes[0], chain, 0)
        values: list[Value | None] = [None] * last + [value]
        if keys:
            self._define(keys, values[last], chain, last)
        for number, node in enumerate(nodes[last + 1 :], last):
            values.append(self._value(node, chain, number))
            self._claim(number, nodes, values, chain)

    def _value(self, node: Node, chain: Chain, number: int, shape: tuple[int, int] | None = None) -> Value | None:
        """The value of a side, of a declared shape if dots are in it; where it has none, that is told once, at its
        link."""
        try:
            filled = fill(node, shape) if isinstance(node, Grid) and shape is not None else node
            value = evaluate(filled, self.scope)
            check_size([value] if isinstance(value, Expr) else getattr(value, "entries", {}).values(), node.at)
        except CannotRead as refused:
            start, end = self._span(chain, number)
            self._unreadable(start, end, refused, "claim")
            return None
        if isinstance(value, ExactMatrix) and _is_written_out(node):
            self.written.append(value)
        return value

    # -- definitions ------------------------------------------------------------------------------------------------

    def _defined_by(self, nodes: list[Node], chain: Chain) -> tuple[list[str], int]:
        """The names that a chain defines, and the number of the side that gives them their value."""
        keys: list[str] = []
        for number, node in enumerate(nodes[:-1]):
            key = self._new_name(node, chain, number)
            if key is None or key in keys:
                break
            keys.append(key)
        last = len(keys)
        while keys and last < len(nodes) - 1 and chain.relations[last] == "=" and self._is_of_unknowns(nodes[last]):
            last += 1
        return keys, last

    def _new_name(self, node: Node, chain: Chain, number: int) -> str | None:
        """The name that a side is, if its relation to the next one defines it."""
        relation = chain.relations[number]
        if relation not in ("=", ":=") or not isinstance(node, Named):
            return None
        if node.power is not None or node.turn or node.base in ("Id", "I", "pi", "e"):
            return None
        if node.label and not node.label.strip("()").isdigit():
            return None
        key = head_key(node)
        if relation == ":=":
            return key
        if key in self.scope.sized and any(token.kind == "begin" for token in chain.sides[number + 1].tokens):
            return key
        if self.scope.is_known(key) or key in self.scope.assumed or key in self.broken:
            return None
        if has_symbolic_sibling(node, self.scope) or is_entry(node, self.scope):
            return None  # it may follow from what is defined
        if node.label and self.scope.is_matrix(key_of(node)) and node.base.split()[-1] != "W":
            return None  # it may be meant as a power
        if node.label and not is_head(node, self.scope) and not _gives_matrix(chain):
            return None
        if node.base == "delta" and len("".join(node.below)) > 1:
            return None
        if not node.label and node.base in {kind for kind, _ in self.scope.directions} and node.below:
            return None
        return key

    def _is_of_unknowns(self, node: Node) -> bool:
        """Whether a side is a product of weights none of which the writer has given, such as the factors of a net."""
        factors = node.factors if isinstance(node, Product) else ()
        return bool(factors) and all(
            isinstance(factor, Named) and factor.base.split()[-1] == "W" and not self.scope.is_known(head_key(factor))
            for factor in factors
        )

    def _declared_shape(self, keys: list[str]) -> tuple[int, int] | None:
        return next((self.scope.sized[key] for key in keys if key in self.scope.sized), None)

    def _define(self, keys: list[str], value: Value | None, chain: Chain, last: int) -> None:
        if value is None:
            self.broken |= set(keys)
            self.statements[-1] = replace(self.statements[-1], role="definition", names=tuple(keys))
            return
        for number, key in enumerate(keys):
            start = chain.starts[number]
            end = chain.ends[last - 1 if number == len(keys) - 1 else number]
            shape = self.scope.sized.pop(key, None)
            if shape is not None and (not isinstance(value, ExactMatrix) or value.shape != shape):
                told = f"{key} is declared {shape[0]} by {shape[1]}, and another shape is written"
                self._add(start, end, f"{key} = {shown(value)}", "definition", "wrong", "shape", told, names=(key,))
                continue
            self.scope.defined[key] = value
            self._add(min(start, end), end, f"{key} = {shown(value)}", "definition", "right", names=(key,))

    # -- conditions -------------------------------------------------------------------------------------------------

    def _is_condition(self, nodes: list[Node], chain: Chain, place: Place) -> bool:
        """Whether a chain says for which values something holds: an order of plain symbols, a value of a known one in
        running text, or its value as a number anywhere."""
        if all(relation in ("<", "<=", ">", ">=") for relation in chain.relations):
            return any(isinstance(node, Named) for node in nodes) and self._are_plain(nodes)
        if chain.condition and "~" not in chain.relations and not self._defined_by(nodes, chain)[0]:
            return self._are_plain(nodes)
        first = nodes[0]
        if not set(chain.relations) <= {"=", "~"} or not isinstance(first, Named):
            return False
        free = not first.label and not first.turn and first.power is None and not self.scope.is_defined(key_of(first))
        if not free or not self.scope.is_known(key_of(first)) or not self._are_plain(nodes):
            return False
        return place.kind == "inline" or self._are_numbers(nodes[1:])

    def _are_numbers(self, nodes: list[Node]) -> bool:
        """Whether these sides are plain numbers."""
        try:
            values = [evaluate(node, self.scope) for node in nodes]
        except CannotRead:
            return False
        return all(isinstance(value, Expr) and value.is_number for value in values)

    def _are_plain(self, nodes: list[Node]) -> bool:
        """Whether the sides are numbers and symbols, alone or with a number added, each symbol once."""
        seen: set[Symbol] = set()
        for node in nodes:
            try:
                value = evaluate(node, self.scope)
            except CannotRead:
                return False
            if not isinstance(value, Expr) or value.free_symbols & seen:
                return False
            if not value.is_polynomial(*value.free_symbols) or any(
                value.has(symbol**2) for symbol in value.free_symbols
            ):
                return False
            seen |= value.free_symbols
        return bool(seen)

    def _keep_in_mind(self, nodes: list[Node], chain: Chain) -> None:
        start, end = chain.sides[0].start, chain.sides[-1].end
        try:
            values = [evaluate(node, self.scope) for node in nodes]
        except CannotRead as refused:
            self._unreadable(start, end, refused, "condition")
            return
        read = [shown(values[0])]
        for relation, left, right in zip(chain.relations, values, values[1:], strict=False):
            read += [relation, shown(right)]
            if relation in _CONDITIONS and isinstance(left, Expr) and isinstance(right, Expr):
                self._given(_CONDITIONS[relation](left, right))
        self._add(start, end, " ".join(read), "condition", "right", message="read as a condition, not judged")

    def _given(self, condition: object) -> None:
        if isinstance(condition, Boolean) and condition not in (True, False):
            self.given.append(condition)

    # -- claims -----------------------------------------------------------------------------------------------------

    def _claim(self, number: int, nodes: list[Node], values: list[Value | None], chain: Chain) -> None:
        left, right = values[number], values[number + 1]
        if left is None or right is None:
            return  # told where the side could not be read
        relation = "=" if chain.relations[number] == ":=" else chain.relations[number]
        start, end = self._span(chain, number)
        one, other = (shown(value, has_decimals(nodes[place])) for place, value in enumerate((left, right), number))
        read = f"{one} {'≈' if relation == '~' else relation} {other}"
        try:
            verdict = self._decide(relation, nodes[number : number + 2], left, right, start)
        except WrongShape as misfit:
            note, remark = diagnose_line(left, right, nodes[number : number + 2], self.scope)
            self._add(start, end, read, "claim", "wrong", note or "shape", _sentences(str(misfit), remark))
            return
        except CannotRead as refused:
            self._unreadable(start, end, refused, "claim")
            return
        self._decided(start, end, read, verdict, (left, right))
        if isinstance(verdict, Refuted):
            told = diagnose_line(left, right, nodes[number : number + 2], self.scope) if relation == "=" else ("", "")
            self._remark(chain, *told)

    def _remark(self, chain: Chain, note: str, remark: str) -> None:
        """Say of a wrong link, which is the last statement, what may have gone wrong, and whether it is the first."""
        wrong = self.statements[-1]
        first = ""
        if len(chain.relations) > 1:
            first = "" if id(chain) in self.stumbled else "this is the first wrong step of its chain"
            self.stumbled.add(id(chain))
        self.statements[-1] = replace(wrong, note=note, message=_sentences(wrong.message, remark, first))

    def _decide(self, relation: str, nodes: list[Node], left: Value, right: Value, at: int) -> Verdict:
        for node, value, other in ((nodes[0], left, right), (nodes[1], right, left)):
            if not isinstance(other, ExactMatrix | Eye) or not isinstance(value, Expr):
                continue
            unknown = [key for key, symbol in self.scope.assumed.items() if symbol in value.free_symbols]
            if unknown and not (isinstance(other, ExactMatrix) and other.shape == (1, 1)):
                raise CannotRead(f"{unknown[0]} is equated with a matrix and was not defined", node.at, "declare it")
        if relation == "~":
            self._check_known(nodes[0], left)
        if not any(map(has_decimals, nodes)):
            if relation == "~":
                raise CannotRead("an approximation without a decimal", at, "write the rounded value, or =")
            return decide(relation, left, right, self.given, at)
        if relation in ("=", "~"):
            if has_decimals(nodes[0]) and not has_decimals(nodes[1]):
                nodes, left, right = nodes[::-1], right, left
            units = units_of(nodes[1])
            if units is not None and not has_decimals(nodes[0]):
                return decide_rounded(left, right, units, at)
        exactly = decide("=" if relation == "~" else relation, left, right, self.given, at)
        return exactly if isinstance(exactly, Proved) else undecided_decimal()

    def _check_known(self, node: Node, value: Value) -> None:
        """Refuse to judge the rounded value of a name that the writer has not given one."""
        if isinstance(node, Named) and value in self.scope.assumed.values():
            raise CannotRead(f"{key_of(node)} was not defined, and is said to be about something", node.at, "define it")

    def _decided(self, start: int, end: int, read: str, verdict: Verdict, sides: tuple[Value, Value]) -> None:
        if isinstance(verdict, Proved):
            assuming = "; ".join(verdict.assuming)
            self._add(start, end, read, "claim", "right", message=f"assuming {assuming}" if assuming else "")
        elif isinstance(verdict, Refuted):
            witness = witness_data(verdict.witness)
            shows = sides_told(*sides, verdict.witness)
            self._add(start, end, read, "claim", "wrong", witness=witness, message=shows)
        else:
            self._add(start, end, read, "claim", "undecided", message=verdict.tried)

    # -- what was found ---------------------------------------------------------------------------------------------

    def _span(self, chain: Chain, number: int) -> tuple[int, int]:
        start = chain.starts[number]
        return min(start, chain.ends[number]), chain.ends[number]

    def _add(
        self,
        start: int,
        end: int,
        read: str,
        role: Role,
        verdict: Word,
        note: str = "",
        message: str = "",
        witness: Data | None = None,
        names: tuple[str, ...] = (),
    ) -> None:
        line, column = self.lines.place(start)
        latex = " ".join(self.text[start:end].split())
        self.statements.append(Checked(line, column, latex, read, role, verdict, witness, note, message, names))

    def _unreadable(self, start: int, end: int, refused: CannotRead, role: Role) -> None:
        line, column = self.lines.place(refused.at)
        latex = " ".join(self.text[start:end].split())[:500]
        word: Word = "wrong" if isinstance(refused, WrongShape) else "unreadable"
        note = "shape" if isinstance(refused, WrongShape) else ""
        self.statements.append(Checked(line, column, latex, "", role, word, None, note, str(refused)))

    def _break(self, chain: Chain) -> None:
        """Remember the name that an unreadable chain would have defined."""
        try:
            node = parse(chain.sides[0].tokens, chain.sides[0].end)
        except CannotRead:
            return
        if isinstance(node, Named) and not self.scope.is_known(head_key(node)):
            self.broken.add(head_key(node))


def _sentences(*parts: str) -> str:
    return ". ".join(filter(None, parts))


def _gives_matrix(chain: Chain) -> bool:
    return any(token.kind == "begin" for side in chain.sides[1:] for token in side.tokens)


def _is_written_out(node: Node) -> bool:
    return isinstance(node, Grid) or (isinstance(node, Product) and isinstance(node.factors[-1], Grid))
