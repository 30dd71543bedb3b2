"""What an answer that does not follow a rule may follow instead: the rule a token further on, or the other way round.

>>> from symcircuits.rules.notation import read_rules
>>> book = RuleBook(read_rules(["A X -> B"], "AB"), ("A", "B"))
>>> [str(other) for other in other_rules(book)]
['A -> B', 'A X X -> B', 'A ... X -> B', 'A ... X -> B', 'B X -> A']
>>> book = RuleBook(read_rules(["A B -> C"], "ABC"), ("A", "B", "C"))
>>> [str(other) for other in other_rules(book)]
['B -> C', 'A X -> C', 'X B -> C', 'B A -> C', 'A X B -> C', 'A B X -> C']
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import reduce
from operator import add
from typing import TypeAlias

from sympy import Rational, S

from symcircuits.algebra import ExactMatrix, below
from symcircuits.behaviours.following.limits import Limits, sign_of
from symcircuits.circuit import Transformer
from symcircuits.circuit.numbered import with_weights
from symcircuits.errors import AlgebraError
from symcircuits.rules import Rule, RuleBook
from symcircuits.rules.notation import Any, Atom, Segment, Token
from symcircuits.symbols import beta

Change: TypeAlias = tuple[str, str, Transformer]
_FURTHEST = 3


def other_rules(book: RuleBook) -> Iterator[RuleBook]:
    """Books that differ in one usual way: all rules about a token so many places back, or seen at all, counting the
    current one or not; and what is looked for and what is said exchanged. Of rules about tokens in a row, some of
    them only, in another order, or further apart."""
    tried = [*_elsewhere(book), *_other_rows(book), replace(book, inclusive=not book.inclusive), _turned(book)]
    yield from (other for other in dict.fromkeys(filter(None, tried)) if _said(other) != _said(book))


def as_said(book: RuleBook, begin: str, model: Transformer) -> Iterator[RuleBook]:
    """Where all rules are about the current token, the book with the targets that a model says after each alone: a
    token whose logit is above one half there. None where it says none or several, or just what is asked."""
    limits, found = Limits(model, beta), []
    for rule in book.rules:
        atom = _one_token(rule)
        if atom is None or [len(segment) for segment in rule.segments] != [1]:
            return
        try:
            flags = limits.logits(model.numbers([*([begin] if begin else []), atom.name]))
            said = [name for name, flag in zip(model.vocabulary, flags, strict=True) if sign_of(flag - S.Half) > 0]
        except AlgebraError:
            return
        if len(said) != 1 or said[0] not in book.vocabulary:
            return
        found.append(replace(rule, target=Token(said[0])))
    if tuple(found) != book.rules:
        yield replace(book, rules=tuple(found))


def _elsewhere(book: RuleBook) -> Iterator[RuleBook]:
    """The same about one token that stands somewhere else."""
    looked = [_one_token(rule) for rule in book.rules]
    if None in looked:
        return
    for segments in (*((size,) for size in range(_FURTHEST)), ()):
        rules = [
            Rule(_segments(token, *segments), rule.target)
            for token, rule in zip(looked, book.rules, strict=True)
            if token is not None
        ]
        for inclusive in (False,) if segments else (False, True):
            yield replace(book, rules=tuple(rules), inclusive=inclusive)


def _other_rows(book: RuleBook) -> Iterator[RuleBook]:
    """The same about the last tokens in a row without the first of them, with any token instead of one of them, the
    other way round, and with one more between them or after them."""
    rows = [_tokens_in_a_row(rule) for rule in book.rules]
    if not all(rows):
        return
    last = [range(-1, -1 - len(row), -1) for row in rows]
    changed: list[list[Segment]] = [[row[1:] for row in rows]]
    for back in range(-1, -1 - max(map(len, rows)), -1):
        changed.append(
            [_with_any(row, back) if back in places else row for row, places in zip(rows, last, strict=True)]
        )
    changed += [
        [row[::-1] for row in rows],
        [(*row[:-1], Any(), row[-1]) for row in rows],
        [(*row, Any()) for row in rows],
    ]
    for others in changed:
        rules = (Rule((row,), rule.target) for row, rule in zip(others, book.rules, strict=True))
        yield replace(book, rules=tuple(rules))


def _tokens_in_a_row(rule: Rule) -> Segment:
    """The tokens that a rule asks for, if these are the last ones and several."""
    tokens = rule.segments[0]
    alone = len(rule.segments) == 1 and all(isinstance(atom, Token) for atom in tokens)
    return tokens if alone and len(tokens) > 1 else ()


def _with_any(row: Segment, place: int) -> Segment:
    """A row with any token at a place, counted from the end as -1."""
    return tuple(Any() if i == place % len(row) else atom for i, atom in enumerate(row))


def _segments(token: Token, back: int | None = None) -> tuple[Segment, ...]:
    """The token so many places back, or anywhere before."""
    return ((token,), (Any(),)) if back is None else ((token, *[Any()] * back),)


def _one_token(rule: Rule) -> Token | None:
    """The token that a rule looks for, if it is one."""
    named = [atom for segment in rule.segments for atom in segment if not isinstance(atom, Any)]
    return named[0] if len(named) == 1 and isinstance(named[0], Token) else None


def _turned(book: RuleBook) -> RuleBook | None:
    """What every rule looks for exchanged with what it says."""
    looked = [_one_token(rule) for rule in book.rules]
    rules = [
        Rule(_instead(rule, token), token)
        for token, rule in zip(looked, book.rules, strict=True)
        if token is not None and isinstance(rule.target, Token)
    ]
    return replace(book, rules=tuple(rules)) if len(rules) == len(looked) else None


def _instead(rule: Rule, token: Token) -> tuple[Segment, ...]:
    """What a rule asks for, with its target in the place of a token."""
    said: Atom = rule.target
    return tuple(tuple(said if atom == token else atom for atom in segment) for segment in rule.segments)


def _said(book: RuleBook) -> tuple[object, ...]:
    """What tells two books apart: how they read, and whether the current token counts where that matters."""
    seen = any(len(rule.segments) > 1 for rule in book.rules)
    return str(book).replace("Y", "X"), book.inclusive and seen


def scaled(model: Transformer) -> Iterator[Change]:
    """The model with all its scores times beta, if they do not grow with it."""
    if beta not in model.free_symbols:
        layers = tuple(tuple(replace(head, scale=head.scale * beta) for head in heads) for heads in model.layers)
        yield "no-scale", "with all scores times β it is right", replace(model, layers=layers)


def louder(model: Transformer, asked: Collection[str]) -> Iterator[Change]:
    """The model with one row of queries twice as large: what should beat another score may only tie with it. Only
    those queries are changed that are ``asked`` for: ``W_Q^2``."""
    for number, head in enumerate(model.heads, 1):
        if head.W_Q is None or f"W_Q^{number}" not in asked:
            continue
        for row in range(head.W_Q.shape[0]):
            doubled = {at: value * (1 + (at[0] == row)) for at, value in head.W_Q.entries.items()}
            W_Q = ExactMatrix.from_entries(head.W_Q.shape, doubled, head.W_Q.rows, head.W_Q.columns)
            of = f" of head {number}" if len(model.heads) > 1 else ""
            remark = f"with row {row + 1} of W_Q{of} twice as large it is right"
            yield "factor-two", remark, with_weights(model, {f"W_Q^{number}": W_Q})


def resting(model: Transformer, begin: str) -> Iterator[Change]:
    """The model with one head that rests on the beginning where nothing else scores."""
    for number, head in enumerate(model.heads, 1) if begin else ():
        if head.W_Q is not None and head.W_K is not None:
            asked, told = _resting(model, begin)
            named = {f"W_Q^{number}": below(head.W_Q, asked), f"W_K^{number}": below(head.W_K, told)}
            which = f"head {number} rests" if len(model.heads) > 1 else "the head rests"
            remark = f"where no key scores, all share the attention; if {which} on {begin} there, it is right"
            yield "no-sink", remark, with_weights(model, named)


def _resting(model: Transformer, begin: str) -> tuple[ExactMatrix, ExactMatrix]:
    """A row of queries and one of keys by which every token scores half a beta on the beginning."""
    columns = (model.W_E.take_columns([token]).T for token in range(model.d_vocab))
    every = reduce(add, (row.labelled(None, model.W_E.rows) for row in columns))
    return every * Rational(1, 2), model.W_E.take_columns(model.numbers([begin])).T.labelled(None, model.W_E.rows)
