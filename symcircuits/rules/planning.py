"""From rules to what heads are to look at.

A rule is a conjunction of conditions: a token so many places back, or a token seen before. A rule with one condition is
one look. A rule with two, one of which is the current token, is a look behind a *gate*: where the current token is
another, the head rests on the beginning. Any other conjunction is a *sum* of looks in which the flag starts at
``1 - conditions``: it is up only where all conditions hold, and below zero where more than one fails. Looks for one
flag add up, since they are never negative; a sum must have its flag to itself.

>>> from symcircuits.rules.notation import read_rules
>>> plan = planned(RuleBook(read_rules(["A B -> C", "C X -> A"], "ABC"), tuple("ABC")), begins=True)
>>> for look in plan.looks:
...     print(look.back, dict(look.moves), sorted(look.gate or ()))
1 {'C': ('A',)} []
1 {'A': ('C',)} ['B']
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from symcircuits.algebra import Undecided
from symcircuits.rules.meaning import RuleBook
from symcircuits.rules.notation import Any, Rule, Token, Variable

Moves: TypeAlias = Mapping[str, tuple[str, ...]]
Key: TypeAlias = tuple[int, frozenset[str] | None]


@dataclass(frozen=True)
class Look:
    """Look ``back`` tokens back (0: at the token itself), and say all of ``moves[t]`` where a token ``t`` stands there;
    behind a ``gate`` only where the current token is one of these."""

    back: int
    moves: Moves
    gate: frozenset[str] | None = None


@dataclass(frozen=True)
class Seen:
    """Say all of ``moves[t]`` where a token ``t`` came before; ``inclusive`` counts the current token."""

    moves: Moves
    inclusive: bool


@dataclass(frozen=True)
class Plan:
    """Looks, and what they are added to: ``start`` is the value of a flag before any head."""

    looks: tuple[Look | Seen, ...]
    start: Mapping[str, int]


@dataclass(frozen=True)
class _Conditions:
    """Tokens so many places back (``None``: any token, but there must be one), and a token seen before."""

    at: Mapping[int, str | None]
    seen: str | None

    def __len__(self) -> int:
        return len(self.at) + (self.seen is not None)


def planned(book: RuleBook, begins: bool) -> Plan | Undecided:
    """The looks for all rules; ``begins`` is whether there is a beginning to rest on."""
    planner = _Planner(book, begins)
    ranked = sorted(zip(book.priorities, book.rules, strict=True), key=lambda pair: pair[0])
    for _, rule in ranked:  # of two rules for the same token that with more priority is kept
        conditions = _conditions(rule)
        if conditions is None or not planner.add(rule, conditions):
            return Undecided(f"no construction is known here for {rule}")
    return planner.plan()


def _conditions(rule: Rule) -> _Conditions | None:
    """What a rule asks for; ``None`` where it compares tokens with one another, or sees a stretch of several."""
    atoms = [atom for segment in rule.segments for atom in segment]
    if any(isinstance(atom, Variable) for atom in (*atoms, rule.target)) or len(rule.segments) > 2:
        return None
    size = len(rule.last)
    at: dict[int, str | None] = {size - 1 - i: atom.name for i, atom in enumerate(rule.last) if isinstance(atom, Token)}
    seen = None
    if len(rule.segments) == 2:
        if len(rule.segments[0]) > 1 or size > 1 or isinstance(rule.segments[0][0], Any):
            return None
        seen = rule.segments[0][0].name
    elif isinstance(rule.last[0], Any):
        at[size - 1] = None
    return _Conditions(at, seen)


class _Planner:
    def __init__(self, book: RuleBook, begins: bool) -> None:
        self.book, self.begins = book, begins
        self.targets = Counter(rule.target for rule in set(book.rules))
        self.alone: dict[Key, dict[str, str]] = {}
        self.added: dict[Key, dict[str, list[str]]] = {}
        self.seen: dict[str, list[str]] = {}
        self.start: dict[str, int] = {}

    def add(self, rule: Rule, conditions: _Conditions) -> bool:
        """Plan for one rule; false where there is no way."""
        target = rule.target.name
        if len(conditions) == 1:
            if conditions.seen is not None:
                self.seen.setdefault(conditions.seen, []).append(target)
                return self.book.inclusive or not self.begins or self.targets[rule.target] == 1
            ((back, name),) = conditions.at.items()
            self.alone.setdefault((back, None), {}).update({token: target for token in self._names(name)})
            return True
        current = conditions.at.get(0)
        if self.begins and conditions.seen is None and len(conditions) == 2 and current is not None:
            ((back, name),) = ((back, name) for back, name in conditions.at.items() if back)
            gate = frozenset([current])
            self.alone.setdefault((back, gate), {}).update({token: target for token in self._names(name)})
            return True
        return self._add_up(rule, conditions)

    def _add_up(self, rule: Rule, conditions: _Conditions) -> bool:
        target = rule.target.name
        if self.targets[rule.target] > 1 or (conditions.seen is not None and not self.book.inclusive):
            return False
        if target in self.start:
            return True  # the same rule once more
        self.start[target] = 1 - len(conditions)
        for back, name in conditions.at.items():
            for token in self._names(name):
                self.added.setdefault((back, None), {}).setdefault(token, []).append(target)
        if conditions.seen is not None:
            self.seen.setdefault(conditions.seen, []).append(target)
        return True

    def _names(self, name: str | None) -> tuple[str, ...]:
        return self.book.vocabulary if name is None else (name,)

    def plan(self) -> Plan:
        looks: list[Look | Seen] = []
        for back, gate in sorted({*self.alone, *self.added}, key=lambda key: (key[0], sorted(key[1] or ()))):
            alone, added = self.alone.get((back, gate), {}), self.added.get((back, gate), {})
            names = [name for name in self.book.vocabulary if name in alone or name in added]
            said = {
                name: dict.fromkeys([*([alone[name]] if name in alone else []), *added.get(name, [])]) for name in names
            }
            looks.append(Look(back, {name: tuple(targets) for name, targets in said.items()}, gate))
        looks += [
            Seen({name: tuple(dict.fromkeys(said))}, self.book.inclusive) for name, said in sorted(self.seen.items())
        ]
        return Plan(tuple(looks), self.start)
