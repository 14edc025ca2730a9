"""Directories of tags, as TIFF files and EXIF data have them: read with the types of their values, and written."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO, Literal

    from typing_extensions import TypeAlias

    from ._common import Array

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED = 1, 2, 3, 4, 5, 7

#: How values of each type lie in a file. A rational number is two integers.
_TYPES = {
    BYTE: "u1",
    ASCII: "u1",
    SHORT: "u2",
    LONG: "u4",
    RATIONAL: "u4",
    6: "i1",
    UNDEFINED: "u1",
    8: "i2",
    9: "i4",
    10: "i4",
    11: "f4",
    12: "f8",
    13: "u4",
    16: "u8",
    17: "i8",
    18: "u8",
    129: "u1",  # UTF-8, since EXIF 3.0
}
_PAIRS = (RATIONAL, 10)
_POINTER = 13
_BIG = (16, 17, 18)  # types of files that are larger than 4 GB

_ORDERS: dict[bytes, ByteOrder] = {b"II": "<", b"MM": ">"}

EXIF, GPS, INTEROPERABILITY = 34665, 34853, 40965
#: The tags of EXIF whose values are directories, and those within them.
NESTED: dict[int, Any] = {EXIF: {INTEROPERABILITY: {}}, GPS: {}}


class Entry(NamedTuple):
    """The values of a tag, and their type."""

    type: int
    values: Array

    @property
    def text(self) -> bytes:
        """The bytes of a text without what ends it, or those of any other value."""
        return self.values.tobytes().partition(b"\0")[0] if self.type == ASCII else self.values.tobytes()


ByteOrder: TypeAlias = "Literal['<', '>']"
Directory: TypeAlias = "dict[int, Entry | Directory]"


def entry(type: int, *values: float) -> Entry:
    """Return an entry of numbers."""
    return Entry(type, np.array(values, _TYPES[type]))


def of_bytes(data: bytes, type: int = UNDEFINED) -> Entry:
    """Return an entry of bytes."""
    return Entry(type, np.frombuffer(data, np.uint8))


def numbers(directory: Mapping[int, Any], tag: int, default: Sequence[float] = ()) -> tuple[Any, ...]:
    """Return the values of a tag, or what they are where it is missing."""
    found = directory.get(tag)
    return tuple(found.values.tolist()) if isinstance(found, Entry) and found.values.size else tuple(default)


def head(order: ByteOrder, at: int) -> bytes:
    """Return how a file begins whose first directory is there."""
    return {"<": b"II", ">": b"MM"}[order] + struct.pack(f"{order}HI", 42, at)


# ---- Reading ---------------------------------------------------------------------------------------------------------


class File:
    """A TIFF file, or EXIF data: where its directories are. Raises ValueError where it is neither.

    Of a damaged directory the entries before the damage are given where that `is_lenient`; else ValueError is raised.
    """

    def __init__(self, stream: BinaryIO, is_lenient: bool = False) -> None:
        self.stream, self.is_lenient = stream, is_lenient
        self.length = stream.seek(0, io.SEEK_END)
        start = self.read(0, 8)
        if len(start) < 8 or start[:2] not in _ORDERS:
            raise ValueError("it is not TIFF data")
        self.order: ByteOrder = _ORDERS[start[:2]]
        (version,) = struct.unpack(f"{self.order}H", start[2:4])
        if version not in (42, 43):
            raise ValueError("it is not TIFF data")
        self.is_big = version == 43  # positions of 64 bits
        self.first = self._number(8, "Q") if self.is_big else self._number(4, "I")

    def read(self, at: int, size: int) -> bytes:
        """Read bytes, fewer where the file ends."""
        self.stream.seek(min(at, self.length))
        return self.stream.read(min(size, self.length))

    def directory(self, at: int, nested: Mapping[int, Any] = NESTED) -> tuple[Directory, int]:
        """Read a directory, and where the next one is; what lies outside the file is left out."""
        count_type, width, head = ("Q", 8, 8) if self.is_big else ("H", 4, 2)
        count = self._number(at, count_type)
        if self.is_lenient:
            count = min(count, (self.length - at - head) // (4 + 2 * width))
        found: Directory = {}
        for index in range(count):
            place = at + head + index * (4 + 2 * width)
            tag, type = self._number(place, "H"), self._number(place + 2, "H")
            amount = self._number(place + 4, "Q" if self.is_big else "I")
            if type not in _TYPES or tag in found:
                continue
            dtype = np.dtype(self.order + _TYPES[type])
            size = amount * dtype.itemsize * (2 if type in _PAIRS else 1)
            start = place + 4 + width
            if size > width:
                start = self._number(start, "Q" if self.is_big else "I")
            if start + size > self.length:
                continue
            values = np.frombuffer(self.read(start, size), dtype).astype(dtype.newbyteorder("="))
            if tag in nested:
                if values.size == 1 and values.dtype.kind == "u":
                    found[tag] = self._nested(int(values[0]), nested[tag])
            else:
                found[tag] = Entry(type, values)
        end = at + head + count * (4 + 2 * width)
        try:
            return found, self._number(end, "Q" if self.is_big else "I")
        except ValueError:
            return found, 0

    def _nested(self, at: int, nested: Mapping[int, Any]) -> Directory:
        try:
            return self.directory(at, nested)[0]
        except ValueError:
            return {}

    def _number(self, at: int, type: str) -> int:
        data = self.read(at, struct.calcsize(f"<{type}"))
        try:
            (value,) = struct.unpack(f"{self.order}{type}", data)
        except struct.error:
            raise ValueError("it is cut short, or its directory of tags is damaged") from None
        return int(value)


# ---- Writing ---------------------------------------------------------------------------------------------------------


def packed(directory: Mapping[int, Any], at: int, order: ByteOrder) -> bytes:
    """Return the bytes of a directory that begins at this position of a file."""
    table, after = struct.pack(f"{order}H", len(directory)), b""
    end = at + 2 + 12 * len(directory) + 4
    for tag, value in sorted(directory.items()):
        place = end + len(after)
        if isinstance(value, dict):
            type, count, data = LONG, 1, struct.pack(f"{order}I", place)
            after += packed(value, place, order)
        else:
            type, count = value.type, value.values.size // (2 if value.type in _PAIRS else 1)
            data = value.values.astype(value.values.dtype.newbyteorder(order)).tobytes()
            if len(data) > 4:
                after += data + bytes(len(data) % 2)
                data = struct.pack(f"{order}I", place)
        table += struct.pack(f"{order}HHI", tag, type, count) + data.ljust(4, b"\0")
    return table + bytes(4) + after


def portable(directory: Mapping[int, Any]) -> Directory:
    """Return what another file can have: no types of files above 4 GB, and nothing that points to a place here."""
    found: Directory = {}
    for tag, value in directory.items():
        if isinstance(value, dict):
            if within := portable(value):
                found[tag] = within
        elif value.type not in (_POINTER, *_BIG):
            found[tag] = value
    return found
