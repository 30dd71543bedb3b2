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
_TYPE = (("A", "Z", 0x1D670), ("a", "z", 0x1D68A), ("0", "9", 0x1D7F6))
_CLOSING = ")]}|\u2016\u27e9\u230b\u2309!\u2032"


def correct(tree: Element) -> None:
    """Give signs no space, commas a thin one; set what stands in fractions in text style, and words in type."""
    for parent in tree.iter():
        for before, element in zip([None, *parent], parent, strict=False):
            if _name(parent) == "mfrac":
                element.set("displaystyle", "false")
            if _name(element) == "mo":
                _space(element, before)
            if element.get("mathvariant") == "monospace":
                _type(element)


def _space(operator: Element, before: Element | None) -> None:
    text = (operator.text or "").strip()
    if text == ",":
        operator.set("rspace", "0.167em")
    elif text and text in _SIGNS and (before is None or _awaits(before)):
        operator.attrib.update(form="prefix", lspace="0em", rspace="0em")


def _type(element: Element) -> None:
    """The letters of typewriter type themselves: the renderer leaves their attribute aside, and slants them."""
    element.text = "".join(map(_typed, element.text or ""))
    del element.attrib["mathvariant"]


def _typed(letter: str) -> str:
    for first, last, typed in _TYPE:
        if first <= letter <= last:
            return chr(typed + ord(letter) - ord(first))
    return letter


def _awaits(before: Element) -> bool:
    """Whether an operand must follow: after an operator that closes nothing."""
    return _name(before) == "mo" and (before.text or "").strip() not in _CLOSING


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]
