"""Which derivation a submission is judged by: the one that the user names, else the one in its front matter."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from symcircuits.errors import BadValue
from symcircuits.grading.submitted.submission import read_front_matter
from symcircuits.worked import Derivation, collect, settings_for, shipped


@cache
def known(id: str) -> Derivation:
    """A shipped derivation at its defaults, derived once. Raises ``UnknownName`` for an ID that is not shipped.

    >>> known("framework/2b") is known("framework/2b")
    True
    """
    return shipped().derive(id)


def reference(text: str, against: str | None, settings: Mapping[str, str]) -> Derivation | None:
    """The derivation that a submission is judged by, or ``None`` for one that names none.

    ``against`` is an ID or a derivation file with a single derivation; a submission can name shipped IDs only. Raises
    ``BadValue`` for anything else, and what collecting and deriving raise.

    >>> reference("---\\nexercise: framework/2b\\n---\\n", None, {"pairs": "1"}).parameters["pairs"]
    1
    """
    id = against or read_front_matter(text).exercise
    if id is None:
        if settings:
            raise BadValue("--set needs an exercise; name one with --against, or in the front matter")
        return None
    ours = shipped()
    is_shipped = id in {entry.id for entry in ours.entries}
    if against is None and not is_shipped:
        if ours.failures:  # it may be one that could not be loaded here, for want of memory
            raise ours.failures[0]
        raise BadValue(f"the front matter names {id[:60]!r}, expected the ID of a shipped exercise")
    if is_shipped and not settings and not Path(id).exists():
        return known(id)
    collection = collect([id])
    if collection.failures:
        raise collection.failures[0]
    if len(collection.entries) != 1:
        ids = ", ".join(entry.id for entry in collection.entries)
        raise BadValue(f"expected one derivation to judge by, and {id} stands for {len(collection.entries)}: {ids}")
    (entry,) = collection.entries
    (values,) = settings_for(collection.entries, settings)
    return collection.derive(entry.id, **values)
