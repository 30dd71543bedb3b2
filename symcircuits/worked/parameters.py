"""The parameters of a derivation: read off its function, and from the text of a command line."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Expr

from symcircuits.errors import BadValue, UnknownName
from symcircuits.exact import exact_integer, exact_value

_WORDS = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True)
class Parameter:
    """A parameter: its name, the kind of its values and its default."""

    name: str
    kind: type
    default: object

    def read(self, text: str) -> object:
        """A value from text; raises ``BadValue``."""
        if self.kind is bool:
            if text.lower() not in _WORDS:
                raise BadValue(f"expected true or false, got {text!r}")
            return _WORDS[text.lower()]
        if self.kind is int:
            return exact_integer(text)
        return text if self.kind is str else exact_value(text)


def parameters_of(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    """The parameters of a derivation's function after the first, which is the work.

    Raises ``BadValue`` for a parameter without a default, or of a kind that no text can give.
    """
    takes = list(inspect.signature(function, eval_str=True).parameters.values())
    if not takes:
        raise BadValue(f"{function.__name__} takes no argument; expected the work as its first")
    return tuple(_parameter(function.__name__, parameter) for parameter in takes[1:])


def _parameter(function: str, parameter: inspect.Parameter) -> Parameter:
    if parameter.default is inspect.Parameter.empty:
        raise BadValue(f"parameter {parameter.name} of {function} needs a default")
    kind = type(parameter.default) if parameter.annotation is inspect.Parameter.empty else parameter.annotation
    if kind not in (int, bool, str) and not (isinstance(kind, type) and issubclass(kind, Expr)):
        raise BadValue(f"parameter {parameter.name} of {function} must be an int, a bool, a str or a SymPy expression")
    return Parameter(parameter.name, kind, parameter.default)


def read_settings(id: str, parameters: Sequence[Parameter], settings: Mapping[str, str]) -> dict[str, object]:
    """Parameters from their text. Raises ``UnknownName`` for one that the derivation has not, ``BadValue`` for a text
    that is no value of its kind."""
    known = {parameter.name: parameter for parameter in parameters}
    values = {}
    for name, text in settings.items():
        if name not in known:
            raise UnknownName(f"parameter of {id}", name, known)
        try:
            values[name] = known[name].read(text)
        except BadValue as error:
            raise BadValue(f"parameter {name} of {id}: {error}") from None
    return values
