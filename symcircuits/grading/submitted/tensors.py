"""Arrays of numbers or texts in binary files, read without running anything: ``.npz`` and ``.safetensors``.

What a file says of its own size is looked at before anything is read; an array of objects is refused.

>>> texts(np.array([[0.5, 1.0]], dtype=np.float32))
[['0.5', '1.0']]
"""

from __future__ import annotations

import json
import math
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

import numpy as np

from symcircuits.errors import BadValue
from symcircuits.grading.reading import limits

Matrices: TypeAlias = dict[str, list[list[str]]]
_MEMBERS = 64
_BYTES = 4 * limits.CHARACTERS
_HEADER = 100_000  # bytes of the description at the head of a file of tensors
_KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
          "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?"}  # fmt: skip
_HEAD = ("exercise", "convention", "declare")


def texts(array: np.ndarray) -> list[list[str]]:
    """The entries, each as the shortest decimal that stands for it. Raises ``BadValue`` for what is no matrix."""
    if array.ndim != 2 or not 0 < array.size <= limits.CELLS or max(array.shape) > limits.SIDE:
        raise BadValue(f"expected a matrix of at most {limits.CELLS} entries, got the shape {array.shape}")
    if array.dtype.kind not in "biufU":
        raise BadValue(f"expected numbers or texts, got the type {array.dtype}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise BadValue("a number that is not finite")
    return [[_text(entry) for entry in row] for row in array]


def _text(entry: np.generic) -> str:
    if isinstance(entry, np.bool_ | np.integer):
        return str(int(entry))
    return str(entry)


def arrays_of_npz(path: Path) -> tuple[dict[str, str], Matrices]:
    """The front matter and the matrices of a ``.npz``. Raises ``BadValue``."""
    head: dict[str, str] = {}
    matrices: Matrices = {}
    for name, array in _unpacked(path):
        if name in _HEAD and array.shape == () and array.dtype.kind == "U":
            head[name] = str(array)
        elif name in matrices:
            raise BadValue(f"{name[:40]} occurs twice")
        else:
            matrices[name] = texts(array)
    return head, matrices


def _unpacked(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays of an archive by name, after a look at how much it would come to."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > _MEMBERS or sum(member.file_size for member in members) > _BYTES:
                raise BadValue(f"{path.name} unpacks to more than {_MEMBERS} arrays or {_BYTES} bytes")
            if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members):
                raise BadValue(f"{path.name} is packed in a way that is not read")
            for member in members:
                name = member.filename.removesuffix(".npy")
                yield name, _array(archive.read(member), name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BadValue(f"{path.name} cannot be unpacked: {str(error)[:80]}") from None


def _array(content: bytes, name: str) -> np.ndarray:
    """One array, after a look at its header: what it would come to, and that it holds no objects."""
    stream = BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        if version not in read:
            raise BadValue(f"{name[:40]}: a version of the format that is not read")
        shape, _, dtype = read[version](stream)
        if dtype.hasobject or dtype.kind not in "biufU":
            raise BadValue(f"{name[:40]}: expected numbers or texts, got the type {dtype}")
        if math.prod(shape) * max(dtype.itemsize, 1) > _BYTES or math.prod(shape) > limits.CELLS:
            raise BadValue(f"{name[:40]}: expected a matrix of at most {limits.CELLS} entries, got the shape {shape}")
        stream.seek(0)
        return np.asarray(np.lib.format.read_array(stream, allow_pickle=False))
    except (ValueError, TypeError, SyntaxError, OverflowError, MemoryError) as error:
        raise BadValue(f"{name[:40]} is no array: {str(error).splitlines()[0][:80] if str(error) else ''}") from None


def arrays_of_safetensors(path: Path) -> tuple[dict[str, str], Matrices]:
    """The front matter and the matrices of a ``.safetensors``. Raises ``BadValue``.

    The format: eight bytes with the length of a header, the header in JSON, then the numbers, row by row.
    """
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or length > min(_HEADER, len(content) - 8):
        raise BadValue(f"{path.name} is no file of tensors: its header would have {length} bytes")
    try:
        described = json.loads(content[8 : 8 + length].decode("utf-8"))
    except (ValueError, RecursionError):
        raise BadValue(f"{path.name} is no file of tensors: its header is no JSON") from None
    if not isinstance(described, dict) or len(described) > _MEMBERS:
        raise BadValue(f"{path.name}: expected at most {_MEMBERS} tensors by name")
    said = described.pop("__metadata__", {})
    head = {key: str(said[key]) for key in _HEAD if isinstance(said, dict) and key in said}
    body = content[8 + length :]
    return head, {name: texts(_tensor(name, entry, body)) for name, entry in described.items()}


def _tensor(name: str, entry: object, body: bytes) -> np.ndarray:
    if not isinstance(entry, Mapping):
        raise BadValue(f"{name[:40]}: expected a type, a shape and a place")
    kind, shape, place = entry.get("dtype"), _sizes(entry.get("shape")), _sizes(entry.get("data_offsets"))
    if not isinstance(kind, str) or kind not in _KINDS or shape is None or place is None or len(place) != 2:
        raise BadValue(f"{name[:40]}: expected a type, a shape and a place that are read, got {str(entry)[:60]}")
    dtype = np.dtype(_KINDS[kind])
    if (
        math.prod(shape) > limits.CELLS
        or place[1] > len(body)
        or place[1] - place[0] != math.prod(shape) * dtype.itemsize
    ):
        raise BadValue(f"{name[:40]}: a shape that is too large, or that its bytes do not fill")
    array = np.frombuffer(body[place[0] : place[1]], dtype).reshape(shape)
    return (array.astype("<u4") << 16).view("<f4") if kind == "BF16" else array


def _sizes(value: object) -> list[int] | None:
    """The value, if it is a short list of whole numbers that are not negative."""
    if not isinstance(value, list) or len(value) > 8:
        return None
    return value if all(type(part) is int and 0 <= part < 2**40 for part in value) else None
