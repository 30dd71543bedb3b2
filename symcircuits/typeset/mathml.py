"""Small corrections to a MathML tree, so that it is set as TeX sets the same formula.

>>> from xml.etree.ElementTree import fromstring, tostring
>>> tree = fromstring("<mrow><mo>=</mo><mo>\\u2212</mo><mi>x</mi></mrow>")
>>> correct(tree)
>>> tree[1].attrib
{'form': 'prefix', 'lspace': '0em', 'rspace': '0em'}
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

_SIGNS = "\u2212-+\u00b1"
_CLOSING = ")]}|\u2016\u27e9\u230b\u2309!\u2032"


def correct(tree: Element) -> None:
    """Give signs no space, commas a thin one, and set what stands in fractions in text style."""
    for parent in tree.iter():
        for before, element in zip([None, *parent], parent, strict=False):
            if _name(parent) == "mfrac":
                element.set("displaystyle", "false")
            if _name(element) == "mo":
                _space(element, before)


def _space(operator: Element, before: Element | None) -> None:
    text = (operator.text or "").strip()
    if text == ",":
        operator.set("rspace", "0.167em")
    elif text and text in _SIGNS and (before is None or _awaits(before)):
        operator.attrib.update(form="prefix", lspace="0em", rspace="0em")


def _awaits(before: Element) -> bool:
    """Whether an operand must follow: after an operator that closes nothing."""
    return _name(before) == "mo" and (before.text or "").strip() not in _CLOSING


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]
