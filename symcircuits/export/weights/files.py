"""Weights in files: ``.npz`` by NumPy alone, ``.safetensors`` by the package of that name.

The configuration is JSON: in ``.npz`` the array ``config`` of one text, in ``.safetensors`` the entry ``config`` of the
metadata. Nothing in a file is ever run: pickles are refused.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from pathlib import Path
from tokenize import TokenError
from types import ModuleType
from typing import Any
from zipfile import BadZipFile, is_zipfile

import numpy as np
from numpy.typing import NDArray
from sympy import Symbol

from symcircuits.algebra.values import Exact
from symcircuits.circuit import Transformer
from symcircuits.errors import BadValue, OutputFailed, ShapeMismatch
from symcircuits.export.files import write_whole
from symcircuits.export.weights.from_model import weights_of
from symcircuits.export.weights.header import Header, read_header, written_header
from symcircuits.export.weights.value import Weights

_CONFIG = "config"
_SUFFIXES = (".npz", ".safetensors")
_UNREADABLE = (OSError, ValueError, EOFError, KeyError, RuntimeError, MemoryError, BadZipFile, TokenError, zlib.error)


def export_weights(
    model: Transformer,
    path: str | Path,
    values: Mapping[Symbol, Exact] | None = None,
    n_ctx: int | None = None,
    *,
    attn_scale: Exact | None = None,
    header: Header | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a model with ``values`` for its symbols to ``.npz`` or ``.safetensors``; returns the path.

    See ``weights_of`` for what is written and refused, ``write_weights`` for what may go wrong with the file.
    """
    _suffix(Path(path))
    return write_weights(weights_of(model, values, n_ctx, attn_scale=attn_scale, header=header), path, overwrite)


def write_weights(weights: Weights, path: str | Path, overwrite: bool = False) -> Path:
    """Write weights to a file ``.npz`` or ``.safetensors``, whole or not at all; returns its path.

    Raises ``BadValue`` for another ending, ``OutputFailed`` for a file that is there already, unless it may be
    overwritten, that cannot be written, or whose package is not installed.
    """
    target = Path(path)
    as_bytes = _npz if _suffix(target) == ".npz" else _safetensors
    if target.exists() and not overwrite:
        raise OutputFailed(f"cannot write {target}: it is there already; overwrite=True replaces it")
    return write_whole(target, as_bytes(weights))


def read_weights(path: str | Path) -> Weights:
    """The weights in a file ``.npz`` or ``.safetensors``, checked.

    Raises ``BadValue``, naming the file, where it cannot be read or does not hold an attention-only model as
    ``Weights`` wants it, ``ShapeMismatch`` for shapes that do not fit.
    """
    header, parameters = read_parameters(path)
    with naming(path):
        return Weights(header, parameters)


def read_parameters(path: str | Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The header and the arrays of a file ``.npz`` or ``.safetensors``, whatever model it holds.

    Raises ``BadValue``, naming the file, where it cannot be read.
    """
    source = Path(path)
    read = _read_npz if _suffix(source) == ".npz" else _read_safetensors
    if not source.is_file():
        raise BadValue(f"cannot read {source}: there is no such file")
    text, parameters = read(source)
    with naming(source):
        return read_header(text), parameters


@contextmanager
def naming(path: str | Path) -> Iterator[None]:
    """While inside, an error about what a file holds begins with the name of the file."""
    try:
        yield
    except BadValue as error:
        raise BadValue(f"{path}: {error}") from None
    except ShapeMismatch as error:
        raise ShapeMismatch(f"{path}: {error}") from None


def _suffix(path: Path) -> str:
    if path.suffix not in _SUFFIXES:
        raise BadValue(f"expected a file that ends in {' or '.join(_SUFFIXES)}, got {path.name!r}")
    return path.suffix


def _npz(weights: Weights) -> bytes:
    buffer = BytesIO()
    arrays: dict[str, Any] = {_CONFIG: np.array(written_header(weights.config)), **weights.parameters}
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def _safetensors(weights: Weights) -> bytes:
    arrays = {name: np.ascontiguousarray(array) for name, array in weights.parameters.items()}
    written: bytes = _package("write").numpy.save(arrays, metadata={_CONFIG: written_header(weights.config)})
    return written


Read = tuple[str, dict[str, NDArray[Any]]]


def _read_npz(path: Path) -> Read:
    try:
        if not is_zipfile(path):
            raise ValueError("it is no .npz file")
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except _UNREADABLE as error:
        raise _unreadable(path, error) from None
    config = arrays.pop(_CONFIG, None)
    if config is None or config.shape != () or config.dtype.kind != "U":
        raise BadValue(f"{path}: expected an array config of one JSON text, got {_told(config)}")
    return str(config), arrays


def _read_safetensors(path: Path) -> Read:
    package = _package("read")
    try:
        with package.safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}
    except (*_UNREADABLE, TypeError, AttributeError, package.SafetensorError) as error:
        raise _unreadable(path, error) from None
    if _CONFIG not in metadata:
        raise BadValue(f"{path}: expected a text config in the metadata, got {sorted(metadata) or 'none'}")
    return metadata[_CONFIG], arrays


def _package(purpose: str) -> ModuleType:
    try:
        import_module("safetensors.numpy")
        return import_module("safetensors")
    except ImportError:
        raise OutputFailed(
            f"cannot {purpose} .safetensors: safetensors is not installed; install symcircuits[models]"
        ) from None


def _unreadable(path: Path, error: BaseException) -> BadValue:
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    if "allow_pickle" in reason:  # NumPy's word for what it would have to do
        reason = "an array in it is a pickle, which is never loaded"
    return BadValue(f"cannot read {path}: {reason}")


def _told(config: NDArray[Any] | None) -> str:
    return "none" if config is None else f"one of {config.dtype} with the shape {list(config.shape)}"
