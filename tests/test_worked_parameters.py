"""Parameters: read off a function, and from the text of a command line."""

from __future__ import annotations

import pytest
import sympy
from sympy import Expr, Integer, Rational, sqrt

from symcircuits.errors import BadValue, UnknownName
from symcircuits.worked import Parameter, settings_for, shipped
from symcircuits.worked.parameters import parameters_of, read_settings

KNOWN = (
    Parameter("pairs", int, 2),
    Parameter("causal", bool, True),
    Parameter("name", str, "head"),
    Parameter("scale", Expr, Integer(1)),
)


def read(**settings):
    return read_settings("mine/test", KNOWN, settings)


def test_each_kind_is_read_from_text():
    values = read(pairs="3", causal="false", name="sqrt(8)", scale="sqrt(8)")
    assert values == {"pairs": 3, "causal": False, "name": "sqrt(8)", "scale": sqrt(8)}
    assert [type(values[name]) for name in ("pairs", "causal", "name")] == [int, bool, str]


@pytest.mark.parametrize(("text", "value"), [("1/2", Rational(1, 2)), ("1e3", Integer(1000)), ("2.5", Rational(5, 2))])
def test_expressions_are_exact(text, value):
    assert read(scale=text) == {"scale": value}


@pytest.mark.parametrize(("text", "value"), [("true", True), ("Yes", True), ("FALSE", False), ("no", False)])
def test_words_for_a_bool(text, value):
    assert read(causal=text)["causal"] is value


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pairs": "two"}, "parameter pairs of mine/test: .*'two'"),
        ({"pairs": "1/2"}, "parameter pairs of mine/test: .*'1/2'"),
        ({"pairs": ""}, "parameter pairs of mine/test: "),
        ({"causal": "1"}, "parameter causal of mine/test: expected true or false, got '1'"),
        ({"scale": "__import__('os')"}, "parameter scale of mine/test: "),
        ({"scale": "2 +"}, "parameter scale of mine/test: "),
    ],
)
def test_an_ill_typed_setting_is_told_with_its_parameter(settings, message):
    with pytest.raises(BadValue, match=message) as caught:
        read(**settings)
    assert "\n" not in str(caught.value)


def test_an_unknown_setting_is_told_with_the_nearest():
    with pytest.raises(UnknownName, match="unknown parameter of mine/test 'pair'; nearest: pairs"):
        read(pair="3")
    with pytest.raises(UnknownName, match="unknown parameter of mine/none 'pair'; none is known"):
        read_settings("mine/none", (), {"pair": "3"})


THREE, HALF = Integer(3), Rational(1, 2)


def test_parameters_are_read_off_a_function():
    def function(work, pairs: int = 2, causal=True, name: str = "head", scale: Expr = THREE, half=HALF):
        """A derivation."""

    found = parameters_of(function)
    assert [(p.name, p.default) for p in found] == [
        ("pairs", 2),
        ("causal", True),
        ("name", "head"),
        ("scale", 3),
        ("half", HALF),
    ]
    assert [p.kind for p in found[:4]] == [int, bool, str, Expr]
    assert found[4].read("3/4") == Rational(3, 4)


def test_annotations_may_be_text():
    def function(work, pairs: int = 2, scale: sympy.Expr = THREE):
        """A derivation, in a module whose annotations are not evaluated."""

    assert [p.kind for p in parameters_of(function)] == [int, Expr]


def test_a_parameter_needs_a_default():
    def function(work, pairs: int):
        """A derivation."""

    with pytest.raises(BadValue, match="^parameter pairs of function needs a default$"):
        parameters_of(function)


def test_a_parameter_is_of_a_kind_that_text_can_give():
    def function(work, size: float = 0.5):
        """A derivation."""

    def listed(work, sizes=(1, 2)):
        """A derivation."""

    with pytest.raises(BadValue, match="^parameter size of function must be an int, a bool, a str or a SymPy expr"):
        parameters_of(function)
    with pytest.raises(BadValue, match="^parameter sizes of listed must be"):
        parameters_of(listed)


def entries():
    return [shipped().find("framework/1a"), shipped().find("framework/2c")]


def test_settings_go_to_the_entries_that_have_them():
    assert settings_for(entries(), {"pairs": "1", "d_head": "3"}) == [{"d_head": 3}, {"pairs": 1}]
    assert settings_for(entries(), {}) == [{}, {}]


def test_a_setting_that_no_entry_has_is_refused():
    with pytest.raises(UnknownName, match="unknown parameter 'd_haed'; nearest: d_head"):
        settings_for(entries(), {"d_haed": "3"})


def test_an_entry_reads_its_own_settings():
    entry = shipped().find("framework/2c")
    assert entry.read_settings({"pairs": "1"}) == {"pairs": 1}
    with pytest.raises(BadValue, match="^parameter pairs of framework/2c: "):
        entry.read_settings({"pairs": "many"})
    with pytest.raises(UnknownName, match="unknown parameter of framework/2c 'd_head'"):
        entry.read_settings({"d_head": "3"})
