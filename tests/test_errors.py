"""The error tree: who is whose parent, and what a message says."""

from __future__ import annotations

import inspect

import pytest

from symcircuits import errors

TREE = {
    "InputError": "SymcircuitsError",
    "UnknownName": "InputError",
    "BadValue": "InputError",
    "ShapeMismatch": "InputError",
    "UnboundSymbols": "InputError",
    "DerivationFailed": "InputError",
    "OutputFailed": "InputError",
    "Disagreement": "SymcircuitsError",
    "WorkerFailed": "SymcircuitsError",
    "AlgebraError": "SymcircuitsError",
    "OutsideClass": "AlgebraError",
    "NotSupported": "AlgebraError",
    "BudgetSpent": "AlgebraError",
}


@pytest.mark.parametrize("name", TREE)
def test_each_error_hangs_where_the_drawing_says(name):
    assert getattr(errors, name).__mro__[1].__name__ == TREE[name]
    assert name in errors.__doc__


def test_the_drawing_is_complete():
    made = {name for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, Exception)}
    assert made == set(TREE) | {"SymcircuitsError"}


def test_bad_input_is_a_value_error_and_a_limit_of_the_algebra_is_not():
    assert issubclass(errors.BadValue, ValueError)
    assert not issubclass(errors.BudgetSpent, ValueError)


def test_an_unknown_name_is_told_with_the_nearest():
    with pytest.raises(errors.UnknownName, match=r"^unknown block 'cotent'; nearest: content, contents$"):
        raise errors.UnknownName("block", "cotent", ["v", "contents", "content"])


def test_without_a_near_one_the_known_are_listed_in_order():
    with pytest.raises(errors.UnknownName, match=r"^unknown block 'xyz'; known: a, b$"):
        raise errors.UnknownName("block", "xyz", ["b", "a", "b"])


def test_a_long_list_is_cut_and_says_so():
    with pytest.raises(errors.UnknownName, match=r"known: 00, 01, .*, 11, \.\.\.$"):
        raise errors.UnknownName("block", "xyz", [f"{i:02}" for i in range(13)])


def test_where_nothing_is_known_it_says_that():
    with pytest.raises(errors.UnknownName, match=r"^unknown block 'a'; none is known$"):
        raise errors.UnknownName("block", "a", [])


def test_at_most_three_near_names():
    with pytest.raises(errors.UnknownName, match=r"nearest: (\w+, ){2}\w+$"):
        raise errors.UnknownName("block", "abc", ["abcd", "abce", "abcf", "abcg"])
