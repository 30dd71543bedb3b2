"""Rules as they are written and what they ask, against regular expressions, which share no code with them."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symcircuits.errors import BadValue
from symcircuits.rules import RuleBook, conflict_of, read_rule, read_rules
from symcircuits.rules.notation import UnreadableRule

pytestmark = pytest.mark.once

LETTERS = "ABC"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("A->B", ["A -> B"]),
        ("A  X-->B", ["A X -> B"]),
        ("A…X→B", ["A ... X -> B"]),
        ("A -> B -> C -> A", ["A -> B", "B -> C", "C -> A"]),
        ("A B ... A -> B", ["A B ... A -> B"]),
        ("a b ... a -> b", ["a b ... a -> b"]),
        ("A B C A -> B", ["A B C A -> B"]),
    ],
)
def test_rules_are_read(text, read):
    assert [str(rule) for rule in read_rule(text, LETTERS)] == read


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("A Q -> B", "unknown token 'Q'", 2),
        ("A => B", "unknown arrow '=>'", 2),
        ("A ---> B", "unknown arrow '--->'", 2),
        ("A ⇒ B", "unknown arrow '⇒'", 2),
        ("A B", "expected an arrow", 3),
        ("A -> ", "expected a token after the arrow", 4),
        ("-> B", "expected a token before the arrow", 0),
        ("A -> -> B", "expected a token before the arrow", 5),
        ("... A -> B", "means nothing at the beginning", 0),
        ("A ... ... A -> B", "means nothing at the beginning or after another", 6),
        ("A ... -> B", "means nothing before the arrow", 2),
        ("A -> ... B", "means nothing after the arrow", 5),
        ("A ... B -> C -> A", "means nothing in a chain", 2),
        ("A -> B C", "expected one token after the arrow", 7),
        ("A -> X", "X stands for any token", 5),
        ("a -> b", "b stands for any token", 5),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text, message, place):
    with pytest.raises(UnreadableRule, match=message) as caught:
        read_rule(text, LETTERS)
    assert caught.value.pointed == f"{text}\n{' ' * place}^"


@pytest.mark.parametrize("vocabulary", [(), ("A", "A"), ("A", "b c"), ("A", "->"), ("A", ""), ("A", "...")])
def test_a_vocabulary_has_different_names_without_blanks(vocabulary):
    with pytest.raises(BadValue, match="expected"):
        read_rule("A -> A", vocabulary)


# Each rule with a regular expression that says the same of a text; "by" is what it says next.
AS_EXPRESSIONS = {
    "A -> B": "A$",
    "A X -> B": "A.$",
    "A X Y -> B": "A..$",
    "A B -> C": "AB$",
    "A B X C -> A": "AB.C$",
    "A ... X -> B": "A.*.$",
    "A B ... X -> C": "AB.*.$",
    "A B ... A -> B": "AB.*A$",
    "A ... B ... C -> A": "A.*B.*C$",
    "a a -> a": r"(?P<a>.)(?P=a)$",
    "a b ... a -> b": r"(?P<a>.)(?P<by>.).*(?P=a)$",
}


@pytest.mark.parametrize("rule", AS_EXPRESSIONS)
def test_a_rule_fires_where_a_regular_expression_matches(rule):
    book = RuleBook(read_rule(rule, LETTERS), tuple(LETTERS))
    for length in range(1, 6):
        for letters in product(LETTERS, repeat=length):
            matches = re.search(AS_EXPRESSIONS[rule], "".join(letters)) is not None
            assert bool(book.asked(letters)) == matches, letters


def test_inclusive_counts_the_current_token():
    for text, expression in (("A ... X -> B", "A.*$"), ("a b ... a -> b", r"(?P<a>.).*(?P=a)$")):
        book = RuleBook(read_rule(text, LETTERS), tuple(LETTERS), inclusive=True)
        for letters in product(LETTERS, repeat=4):
            assert bool(book.asked(letters)) == bool(re.search(expression, "".join(letters))), letters
    induction = read_rule("a b ... a -> b", LETTERS)
    assert RuleBook(induction, tuple(LETTERS), inclusive=True).asked("AA") == {"A": 1}
    assert RuleBook(induction, tuple(LETTERS)).asked("AA") == {}


def test_followers_share_the_prediction():
    book = RuleBook(read_rule("a b ... a -> b", LETTERS), tuple(LETTERS))
    assert book.asked("ABACABA") == {"B": Fraction(2, 3), "C": Fraction(1, 3)}


RULES = st.lists(
    st.tuples(st.lists(st.sampled_from("ABCXY"), min_size=1, max_size=3), st.sampled_from(LETTERS)).map(
        lambda parts: f"{' '.join(parts[0])} -> {parts[1]}"
    ),
    min_size=1,
    max_size=4,
)


def fired(rule: str, letters: str) -> str | None:
    before, _, target = rule.partition(" -> ")
    expression = re.sub("[XY]", ".", before.replace(" ", "")) + "$"
    return target if re.search(expression, letters) else None


@given(RULES, st.lists(st.integers(0, 2), min_size=4, max_size=4))
def test_conflicts_are_found_exactly_where_two_rules_of_one_priority_disagree(texts, ranks):
    book = RuleBook(read_rules(texts, LETTERS), tuple(LETTERS), priorities=tuple(ranks[: len(texts)]))
    found = conflict_of(book)
    disagree = []
    for length in range(1, 4):
        for letters in map("".join, product(LETTERS, repeat=length)):
            says = [(ranks[i], fired(text, letters)) for i, text in enumerate(texts)]
            top = max((rank for rank, said in says if said), default=0)
            if len({said for rank, said in says if said and rank == top}) > 1:
                disagree.append(letters)
    assert (found is None) == (not disagree)
    if found is not None:
        assert "".join(found.tokens) in disagree
    else:
        for length in range(1, 4):
            boxes = list(book.boxes(length))
            for letters in product(LETTERS, repeat=length):
                asked = [shares for box, shares in boxes if all(t in s for t, s in zip(letters, box, strict=True))]
                assert asked == [book.asked(letters)]


@pytest.mark.parametrize("inclusive", [False, True])
@pytest.mark.parametrize("texts", [["A ... X -> B"], ["A ... X -> B", "C ... B -> C", "X A -> C", "A B C -> A"]])
def test_boxes_hold_every_sequence_with_what_is_asked(texts, inclusive):
    book = RuleBook(read_rules(texts, LETTERS), tuple(LETTERS), inclusive, tuple(range(len(texts))))
    for length in range(1, 5):
        boxes = list(book.boxes(length))
        for letters in product(LETTERS, repeat=length):
            asked = [shares for box, shares in boxes if all(t in s for t, s in zip(letters, box, strict=True))]
            assert asked
            assert all(shares == book.asked(letters) for shares in asked)
    assert RuleBook(read_rules(["a b ... a -> b"], LETTERS), tuple(LETTERS)).boxes(3) is None


def test_a_conflict_tells_the_input():
    rules = read_rules(["A X -> B", "A ... X -> C"], LETTERS)
    conflict = conflict_of(RuleBook(rules, tuple(LETTERS)))
    assert conflict is not None
    assert conflict.tokens == ("A", "A")
    assert "asks for B" in str(conflict)
    assert "asks for C" in str(conflict)
    assert conflict_of(RuleBook(rules, tuple(LETTERS), priorities=(1, 0))) is None


def test_induction_against_a_bigram():
    rules = read_rules(["a b ... a -> b", "A -> B"], LETTERS)
    conflict = conflict_of(RuleBook(rules, tuple(LETTERS)))
    assert conflict is not None
    assert conflict.tokens in {("A", "A", "A"), ("A", "C", "A")}


def test_rule_books_are_checked():
    with pytest.raises(BadValue, match="at least one rule"):
        RuleBook((), ("A",))
    with pytest.raises(BadValue, match="expected 1 priorities"):
        RuleBook(read_rule("A -> B", LETTERS), tuple(LETTERS), priorities=(1, 2))


# Rules that say a variable, or see several stretches, with whether two of them disagree after some letters.
DISAGREE = {
    ("a b ... a -> b", "a X b ... a -> b"): True,
    ("a b ... a -> b", "a b c ... a -> c"): True,
    ("a b ... a -> b", "b a ... a -> b"): True,
    ("a X -> a", "X a -> a"): True,
    ("a a -> a", "X a -> a"): False,
    ("a b -> a", "a b ... b -> a"): True,
    ("A a ... A -> a", "a b ... a -> b"): False,
    ("A B ... X -> C", "B A ... X -> A"): True,
}


@pytest.mark.parametrize("texts", DISAGREE, ids=str)
def test_conflicts_of_rules_that_say_a_variable(texts):
    conflict = conflict_of(RuleBook(read_rules(texts, LETTERS), tuple(LETTERS)))
    assert (conflict is not None) == DISAGREE[texts]
    if conflict is not None:
        books = [RuleBook(read_rule(text, LETTERS), tuple(LETTERS)) for text in texts]
        first, second = (book.asked(conflict.tokens) for book in books)
        assert first and second and first != second


def test_a_conflict_that_rules_above_decide_elsewhere_is_found_where_the_stretches_overlap():
    texts = ["A B ... X -> C", "B A ... X -> D", "B B ... X -> E", "A A ... X -> E"]
    book = RuleBook(read_rules(texts, "ABCDE"), tuple("ABCDE"), priorities=(0, 0, 1, 1))
    conflict = conflict_of(book)
    assert conflict is not None
    assert len({str(rule) for rule in conflict.rules} & set(texts[:2])) == 2
