"""Matrices as pictures: a PNG of one colour whose opacity is the entry, so that it is readable on light and on dark."""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from typing import Any

import numpy as np
from numpy.typing import NDArray

_COLOUR = (56, 120, 200)  # readable on white and on near-black
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def heat(matrix: NDArray[np.floating[Any]]) -> str:
    """A matrix with entries of at least 0, the largest of them opaque, as a ``data:`` address.

    >>> heat(np.eye(2))[:30]
    'data:image/png;base64,iVBORw0K'
    """
    largest = float(matrix.max(initial=0.0))
    shares = matrix / largest if largest > 0 else np.zeros_like(matrix)
    opacity = np.round(255 * np.clip(shares, 0, 1)).astype(np.uint8)
    height, width = opacity.shape
    pixels = np.empty((height, width, 4), np.uint8)
    pixels[..., :3], pixels[..., 3] = _COLOUR, opacity
    rows = b"".join(b"\x00" + row.tobytes() for row in pixels)  # 0: the row is not filtered
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)  # 8 bits, red green blue opacity
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    png = _SIGNATURE + b"".join(_chunk(name, data) for name, data in parts)
    return "data:image/png;base64," + b64encode(png).decode("ascii")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
