"""Writing files whole: what stands under a name is always the old file or the new one, never a part of it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from symcircuits.errors import OutputFailed


def write_whole(path: Path, data: str | bytes) -> Path:
    """Write a file, and the folders above it, in one step.

    The data goes to a hidden file beside the target, which then takes the target's place.
    ``OutputFailed``: the folder or the file cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(data.encode() if isinstance(data, str) else data)
        os.replace(beside, path)
    except OSError as error:
        raise OutputFailed(f"cannot write {path}: {_reason(error)}") from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    return path


def require_writable(folder: Path) -> Path:
    """Make the folder if needed and try it with an empty file, before anything long is begun.

    ``OutputFailed``: it cannot be made, or cannot be written in.
    """
    trial = folder / f".{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise OutputFailed(f"cannot write in the folder {folder}: {_reason(error)}") from None
    return folder


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
