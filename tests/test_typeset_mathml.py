from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest

from symcircuits.typeset.mathematics import formula_html
from symcircuits.typeset.mathml import correct


@pytest.mark.parametrize(
    ("row", "signs"),
    [
        ("<mo>\u2212</mo><mi>x</mi>", [True]),
        ("<mo>(</mo><mo>\u2212</mo><mi>x</mi>", [False, True]),
        ("<mi>x</mi><mo>\u2212</mo><mi>y</mi>", [False]),
        ("<mo>)</mo><mo>\u2212</mo><mi>y</mi>", [False, False]),
        ("<mo>,</mo><mo>\u2212</mo><mi>y</mi>", [False, True]),
    ],
)
def test_a_sign_without_an_operand_before_it_takes_no_space(row: str, signs: list[bool]) -> None:
    tree = fromstring(f"<mrow>{row}</mrow>")
    correct(tree)
    assert [element.get("form") == "prefix" for element in tree.iter("mo")] == signs


def test_commas_take_a_thin_space() -> None:
    tree = fromstring("<mrow><mi>n</mi><mo>,</mo><mi>m</mi></mrow>")
    correct(tree)
    assert tree[1].get("rspace") == "0.167em"


def test_parts_of_fractions_are_set_in_text_style_whatever_the_namespace() -> None:
    tree = fromstring('<m xmlns="http://www.w3.org/1998/Math/MathML"><mfrac><mn>1</mn><mn>2</mn></mfrac></m>')
    correct(tree)
    assert [part.get("displaystyle") for part in tree[0]] == ["false", "false"]


def test_words_in_typewriter_type_are_not_slanted() -> None:
    tree = fromstring('<mrow><mi mathvariant="monospace">b</mi><mi mathvariant="monospace">Z</mi><mn>1</mn></mrow>')
    tree[2].set("mathvariant", "monospace")
    correct(tree)
    assert [part.text for part in tree] == ["\U0001d68b", "\U0001d689", "\U0001d7f7"]
    assert not any(part.get("mathvariant") for part in tree)
    two, one = formula_html(r"\mathtt{ab}"), formula_html(r"\mathtt{a} \mathtt{b}")
    assert [path for path in two.split("<path")[1:]] == [path for path in one.split("<path")[1:]]
