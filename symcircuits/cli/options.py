"""What several commands are given: how an option's text is read, and the options that they share."""

from __future__ import annotations

from typing import TypeVar

import click

from symcircuits.errors import BadValue

Target = TypeVar("Target", str, tuple[str, ...])


def read_settings(_context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Texts ``NAME=VALUE`` as a dictionary; raises ``BadValue`` for another text, or a name that is set twice."""
    settings: dict[str, str] = {}
    flag = option.opts[0]
    for text in given:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise BadValue(f"{flag}: expected NAME=VALUE, got {text!r}")
        if name in settings:
            raise BadValue(f"{flag}: {name} is set twice")
        settings[name] = value
    return settings


def read_target(_context: click.Context, _option: click.Parameter, given: Target) -> Target:
    """What is to be worked on, as it was given; raises ``BadValue`` for an empty text."""
    if "" in ((given,) if isinstance(given, str) else given):
        raise BadValue("expected an ID, a folder or a file, got ''")
    return given


def read_list(_context: click.Context, option: click.Parameter, given: str) -> tuple[str, ...]:
    """Names with commas between them, each once; raises ``BadValue`` for one that is empty."""
    return tuple(dict.fromkeys(_names_in(option, given)))


def _names_in(option: click.Parameter, given: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in given.split(","))
    if "" in names:
        raise BadValue(f"--{option.name}: expected names with commas between them, got {given!r}")
    return names


def read_tokens(_context: click.Context, option: click.Parameter, given: str) -> tuple[str, ...]:
    """Names of tokens, with commas between them; raises ``BadValue`` that points to the first that is missing."""
    try:
        return _names_in(option, given)
    except BadValue as error:
        parts = [part.strip() for part in given.split(",")]
        before = sum(len(part) + 1 for part in given.split(",")[: parts.index("")])
        raise error.under(f"--{option.name} {given}", len(f"--{option.name} ") + before) from None


TARGETS = click.argument("targets", metavar="[ID]...", nargs=-1, callback=read_target)
SET = click.option("--set", "settings", metavar="NAME=VALUE", multiple=True, callback=read_settings,
                   help="A parameter of the derivation, such as pairs=2; may be repeated.")  # fmt: skip
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
