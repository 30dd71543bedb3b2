"""Files that come from outside: how large they may be, and their text."""

from __future__ import annotations

from pathlib import Path

from symcircuits.errors import BadValue
from symcircuits.grading.reading import limits


def check_size(path: Path) -> None:
    """Raise ``BadValue`` for a file that is too large to be read at all, ``OSError`` for one that is not there."""
    size = path.stat().st_size
    if size > 4 * limits.CHARACTERS:
        raise BadValue(f"{path.name} has {size} bytes, more than {4 * limits.CHARACTERS}")


def read_text(path: Path) -> str:
    """The text of a file. Raises ``BadValue`` for one that is no UTF-8, ``OSError`` as reading does."""
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadValue(f"{path.name} is no text in UTF-8 (byte {error.start})") from None
