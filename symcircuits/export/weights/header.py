"""The configuration of a model: what a header may say, checked, with what is left out filled in.

The words are those of the configuration of TransformerLens. ``attn_scale`` divides the scores, and is ``sqrt(d_head)``
unless told. ``positional_embedding_type`` is ``"standard"``, a table that is added to the tokens, ``"rotary"`` or
``"none"``; rotary positions turn pair i of queries and keys by ``rotary_angles[i]`` radians a token, where
``rotary_adjacent_pairs`` says whether it is the dimensions ``(2 i, 2 i + 1)`` or ``(i, i + pairs)``.
``attention_dir`` is ``"causal"`` or ``"bidirectional"``. ``vocab`` names the tokens. Other words are kept as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite, sqrt
from reprlib import repr as shortened
from typing import Any

from symcircuits.errors import BadValue
from symcircuits.export.weights.names import DIMENSIONS

Header = Mapping[str, Any]

_ONE_OF: dict[str, tuple[object, ...]] = {
    "attn_only": (True,),
    "normalization_type": (None,),
    "positional_embedding_type": ("standard", "rotary", "none"),
    "attention_dir": ("causal", "bidirectional"),
}
_OFF = (
    "scale_attn_by_inverse_layer_idx",
    "use_local_attn",
    "use_qk_norm",
    "post_embedding_ln",
    "attn_scores_soft_cap",
    "output_logits_soft_cap",
)
OWN_WORDS = (*DIMENSIONS, *_ONE_OF, "attn_scale", "use_attn_scale", "rotary_angles", "rotary_adjacent_pairs", "vocab")


def read_header(text: str) -> dict[str, Any]:
    """A header from its JSON. Raises ``BadValue`` for what is no JSON object.

    >>> read_header("[1]")
    Traceback (most recent call last):
        ...
    symcircuits.errors.BadValue: the config is no JSON object, it begins '[1]'
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadValue(f"the config is no JSON object, it begins {text[:20]!r}")
    return found


def written_header(header: Header) -> str:
    """A header as JSON. Raises ``BadValue`` for values that JSON does not know."""
    try:
        return json.dumps(dict(header), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadValue(f"the header cannot be written as JSON: {error}") from None


def told_sizes(header: Header) -> dict[str, int]:
    """The sizes that a header tells. Raises ``BadValue`` for one that is no whole number above 0.

    >>> told_sizes({"d_model": 8, "eps": 0.1})
    {'d_model': 8}
    """
    for name in DIMENSIONS:
        size = header.get(name, 1)
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise _unexpected(header, name, "a whole number of at least 1")
    return {name: header[name] for name in DIMENSIONS if name in header}


def positions_of(header: Header) -> str:
    """The kind of positions, ``"standard"`` unless told. Raises ``BadValue`` for an unknown one."""
    kind = header.get("positional_embedding_type", "standard")
    if not isinstance(kind, str) or kind not in _ONE_OF["positional_embedding_type"]:
        raise _unexpected(header, "positional_embedding_type", "standard, rotary or none")
    return kind


def checked_header(header: Header, sizes: Mapping[str, int]) -> dict[str, Any]:
    """The header with these sizes and everything that was left out.

    Raises ``BadValue`` for a word whose value does not belong to an attention-only model without layer norms.

    >>> checked_header({}, dict.fromkeys(DIMENSIONS, 4))["attn_scale"]
    2.0
    """
    for name, allowed in _ONE_OF.items():
        value = header.get(name, allowed[0])
        if not any(value is one or (isinstance(value, str) and value == one) for one in allowed):
            raise _unexpected(header, name, " or ".join(json.dumps(one) for one in allowed))
    for name in _OFF:
        value = header.get(name)
        if value is not None and not (isinstance(value, int | float) and value <= 0):
            raise _unexpected(header, name, "it off")
    filled = {name: allowed[0] for name, allowed in _ONE_OF.items()} | dict(header) | dict(sizes)
    filled["attn_scale"] = _attn_scale(header, sizes["d_head"])
    if positions_of(header) == "rotary":
        filled["rotary_angles"] = _angles(header, sizes["d_head"])
        if not isinstance(filled.setdefault("rotary_adjacent_pairs", False), bool):
            raise _unexpected(header, "rotary_adjacent_pairs", "true or false")
    if (names := header.get("vocab")) is not None:
        _check_vocabulary(header, names, sizes["d_vocab"])
    filled.pop("use_attn_scale", None)
    return filled


def _attn_scale(header: Header, d_head: int) -> float:
    if header.get("use_attn_scale", True) is False:
        return 1.0
    told = header.get("attn_scale", -1)
    if not _is_number(told) or (told <= 0 and told != -1):
        raise _unexpected(header, "attn_scale", "a number above 0, which divides the scores")
    return sqrt(d_head) if told == -1 else float(told)


def _angles(header: Header, d_head: int) -> list[float]:
    angles = header.get("rotary_angles")
    if not isinstance(angles, list) or not angles or not all(map(_is_number, angles)) or 2 * len(angles) > d_head:
        raise _unexpected(header, "rotary_angles", f"a list of 1 to {d_head // 2} numbers, radians a token")
    return [float(angle) for angle in angles]


def _check_vocabulary(header: Header, names: object, d_vocab: int) -> None:
    if (
        not isinstance(names, list)
        or not all(isinstance(name, str) for name in names)
        or not len(names) == len(set(names)) == d_vocab
    ):
        raise _unexpected(header, "vocab", f"a list of d_vocab = {d_vocab} different names")


def _is_number(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return isfinite(value)
    except OverflowError:  # a whole number beyond the largest float
        return False


def _unexpected(header: Header, name: str, expected: str) -> BadValue:
    given = shortened(header[name]) if name in header else "nothing"
    return BadValue(f"the config says {name} = {given}, expected {expected}")
