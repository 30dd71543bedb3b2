r"""The Jinja environments: one for LaTeX with its own delimiters, one for HTML that escapes, one for Markdown.

Every name that a template uses must exist; a missing one is an error, never an empty string.
"""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

# braces and percent signs belong to LaTeX, so its templates are written with parentheses and stars
_LATEX_DELIMITERS = {
    "block_start_string": "((*",
    "block_end_string": "*))",
    "variable_start_string": "(((",
    "variable_end_string": ")))",
    "comment_start_string": "((=",
    "comment_end_string": "=))",
}


@cache
def environment(suffix: str) -> Environment:
    """The environment of the templates with a suffix: ``tex``, ``html`` or ``md``."""
    return Environment(
        loader=PackageLoader("symcircuits.export"),
        undefined=StrictUndefined,
        autoescape=suffix == "html",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **(_LATEX_DELIMITERS if suffix == "tex" else {}),  # type: ignore[arg-type]
    )
