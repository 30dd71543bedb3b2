"""Chains of a submission, link by link: definitions are taken, claims decided, conditions kept in mind.

Every link is judged by its own two sides, so that what comes after a wrong one is judged from the writer's own values.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sympy import Expr, Symbol
from sympy.logic.boolalg import Boolean

from symcircuits.algebra import ExactMatrix, Proved, Refuted, Verdict
from symcircuits.grading.differences import sides_told
from symcircuits.grading.lines.claims import has_decimals
from symcircuits.grading.lines.conditions import conditions_of, is_condition, is_exception, never_hold, said_behind
from symcircuits.grading.lines.definitions import defined_by, is_written_out
from symcircuits.grading.lines.diagnoses import diagnose_line
from symcircuits.grading.lines.links import decide_link
from symcircuits.grading.meaning.dots import fill
from symcircuits.grading.meaning.evaluate import evaluate
from symcircuits.grading.meaning.names import head_key
from symcircuits.grading.meaning.operations import WrongShape
from symcircuits.grading.meaning.scope import Scope, Value
from symcircuits.grading.reading.layout import has_relation, hides_relation
from symcircuits.grading.reading.limits import check_size
from symcircuits.grading.reading.lines import Chain, chains_of, check_breaks
from symcircuits.grading.reading.parser import parse
from symcircuits.grading.reading.pieces import UNREAD
from symcircuits.grading.reading.refusals import CannotRead, Lines
from symcircuits.grading.reading.scanner import Place, Scanned
from symcircuits.grading.reading.syntax import Grid, Named, Node
from symcircuits.grading.reading.tokens import tokenize
from symcircuits.grading.reports.report import Checked, Data, Role, Word
from symcircuits.grading.showing import shown, witness_data

_READ = r"= < > \le \ge \approx \coloneq \equiv \simeq \triangleq \lt \gt \colonequals".split()
_RAW = (*_READ, *(rf"\{name}" for name in sorted(UNREAD - {"in", "forall", "exists"})), "\u2264", "\u2265")


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
    behind: list[Boolean] = field(default_factory=list)  # conditions that are said behind what is judged now
    unmet: set[Symbol] = field(default_factory=set)  # of conditions that no values satisfy
    broken: set[str] = field(default_factory=set)
    stumbled: set[int] = field(default_factory=set)  # chains with a wrong step

    def __post_init__(self) -> None:
        self.lines = Lines(self.text)

    def judge_all(self) -> None:
        """Judge every piece of mathematics, in order."""
        for number, place in enumerate(self.scanned.places):
            if place.problem:
                self._unreadable(place.start, place.start, CannotRead(place.problem, place.start), "formula")
            elif self._may_state(self.scanned.text[place.start : place.end]) and not is_exception(self.scanned, number):
                self._judge_place(place, number)

    def _may_state(self, text: str) -> bool:
        """Whether a relation occurs, written out or in a command of the writer's own."""
        made = self.scanned.commands.items()
        own = [rf"\{name}" for name, command in made if any(sign in command.body for sign in _RAW)]
        return any(sign in text for sign in (*_RAW, *own))

    def _judge_place(self, place: Place, number: int) -> None:
        displayed = place.kind == "display"
        try:
            tokens = tokenize(self.scanned.text, place.start, self.scanned.commands, place.end)
            chains = chains_of(tokens, place.end, displayed) if has_relation(tokens) or displayed else []
            check_breaks(self.scanned.text, chains)
            hidden = hides_relation(tokens) if displayed and not chains else None
            if hidden is not None:
                raise CannotRead(f"{hidden} inside of brackets", hidden.start, "write the statement by itself")
        except CannotRead as refused:
            self._unreadable(place.start, place.end, refused, "formula")
            return
        self.behind, unread = said_behind(self.scanned, number, chains, self.scope)
        for chain in chains:
            chain.aside = chain.aside or unread
            self._judge_chain(chain, place)

    def _judge_chain(self, chain: Chain, place: Place) -> None:
        try:
            nodes = [parse(side.tokens, side.end) for side in chain.sides]
        except CannotRead as refused:
            self._unreadable(chain.sides[0].start, chain.sides[-1].end, refused, "formula")
            self._break(chain)
            return
        if is_condition(nodes, chain, place.kind == "inline", self.scope, self.broken):
            self._keep_in_mind(nodes, chain)
            return
        keys, last = defined_by(nodes, chain, self.scope, self.broken)
        shape = next((self.scope.sized[key] for key in keys if key in self.scope.sized), None)
        value = self._value(nodes[last], chain, max(last - 1, 0), shape)
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
        if isinstance(value, ExactMatrix) and is_written_out(node):
            self.written.append(value)
        return value

    # -- definitions ------------------------------------------------------------------------------------------------

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

    def _keep_in_mind(self, nodes: list[Node], chain: Chain) -> None:
        start, end = chain.sides[0].start, chain.sides[-1].end
        try:
            values = [evaluate(node, self.scope) for node in nodes]
        except CannotRead as refused:
            self._unreadable(start, end, refused, "condition")
            return
        read = [shown(values[0])]
        for relation, right in zip(chain.relations, values[1:], strict=True):
            read += [relation, shown(right)]
        conditions = conditions_of(values, chain.relations)
        if never_hold([*self.given, *conditions]):
            told = "no values of its symbols satisfy this condition; what follows is judged without it"
            self._add(start, end, " ".join(read), "condition", "undecided", "condition", told)
            self.unmet |= set().union(*(value.free_symbols for value in values if isinstance(value, Expr)))
            return
        self.given += conditions
        self._add(start, end, " ".join(read), "condition", "right", message="read as a condition, not judged")

    # -- claims -----------------------------------------------------------------------------------------------------

    def _claim(self, number: int, nodes: list[Node], values: list[Value | None], chain: Chain) -> None:
        left, right = values[number], values[number + 1]
        if left is None or right is None:
            return  # told where the side could not be read
        relation = "=" if chain.relations[number] == ":=" else chain.relations[number]
        start, end = self._span(chain, number)
        one, other = (shown(value, has_decimals(nodes[place])) for place, value in enumerate((left, right), number))
        read = f"{one} {'≈' if relation == '~' else relation} {other}"
        given = [*self.given, *self.behind]
        if never_hold(given):
            told = "no values of its symbols satisfy the condition that it stands under"
            self._add(start, end, read, "claim", "undecided", "condition", told)
            return
        try:
            verdict = decide_link(relation, nodes[number : number + 2], (left, right), self.scope, given, start)
        except WrongShape as misfit:
            note, remark = diagnose_line(left, right, nodes[number : number + 2], self.scope)
            self._add(start, end, read, "claim", "wrong", note or "shape", _sentences(str(misfit), remark))
            return
        except CannotRead as refused:
            self._unreadable(start, end, refused, "claim")
            return
        doubt = chain.aside and f"what is said of them behind is not read: {chain.aside}"
        if isinstance(verdict, Refuted) and self.unmet & set(verdict.witness.bindings):
            doubt = "a condition above is satisfied by none"
        if isinstance(verdict, Refuted) and verdict.witness.bindings and doubt:
            self._add(start, end, read, "claim", "undecided", message=f"not for all values, and {doubt}")
            return
        self._decided(start, end, read, verdict, (left, right))
        if isinstance(verdict, Refuted):
            said = diagnose_line(left, right, nodes[number : number + 2], self.scope) if relation == "=" else ("", "")
            self._remark(chain, *said)

    def _remark(self, chain: Chain, note: str, remark: str) -> None:
        """Say of a wrong link, which is the last statement, what may have gone wrong, and whether it is the first."""
        wrong = self.statements[-1]
        first = ""
        if len(chain.relations) > 1:
            first = "" if id(chain) in self.stumbled else "this is the first wrong step of its chain"
            self.stumbled.add(id(chain))
        self.statements[-1] = replace(wrong, note=note, message=_sentences(wrong.message, remark, first))

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
