"""What EXIF data and XMP say about a picture, and what of it stays true of a resized one."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, NamedTuple

from . import _directories
from ._directories import EXIF, GPS, INTEROPERABILITY, Entry, entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._directories import ByteOrder, Directory

ORIENTATION, DESCRIPTION = 274, 270
_WIDTH, _HEIGHT = 0xA002, 0xA003
_PREFIX = b"Exif\0\0"

# Document, description, maker, model, page, software, time, artist, computer, white point, primaries, ratings,
# copyright, and what Windows adds.
_TRUE = (269, 270, 271, 272, 285, 305, 306, 315, 316, 318, 319, 18246, 18249, 33432, 40091, 40092, 40093, 40094, 40095)
# Bits a pixel; the resolution of the sensor; where the subject is, in samples.
_STALE_OF_EXIF = (0x9102, 0x9214, 0xA20E, 0xA20F, 0xA210, 0xA214)
_STALE_OF_INTEROPERABILITY = (0x1001, 0x1002)  # width and height
# Descriptions by which programs tell themselves the shape of an array: tifffile's, ImageJ's, and OME's.
_SHAPES = re.compile(rb'\s*(\{"shape":|ImageJ=|<\?xml.*<OME|<OME)', re.DOTALL)
_XMP_ORIENTATION = re.compile(rb"""tiff:Orientation\s*(?:=\s*["']|>)\s*([1-8])""")


class Exif(NamedTuple):
    """EXIF data. Some values are bytes in its order, of makers and of Unicode: it is written in the order it had."""

    tags: Directory
    order: ByteOrder = "<"


def read(data: bytes) -> Exif:
    """Return EXIF data; of what is damaged, what can be read."""
    while data.startswith(_PREFIX):
        data = data[len(_PREFIX) :]
    try:
        file = _directories.File(io.BytesIO(data), is_lenient=True)
        return Exif(file.directory(file.first)[0], file.order)
    except ValueError:
        return Exif({})


def orientation(exif: Exif, packets: Iterable[bytes] = ()) -> int:
    """Return how the picture has to be turned: 1 to 8, by EXIF, or else by one of these packets of XMP."""
    said = _directories.numbers(exif.tags, ORIENTATION)
    if not said:
        said = tuple(int(match[1]) for packet in packets if (match := _XMP_ORIENTATION.search(packet)))
    return int(said[0]) if said and said[0] in range(1, 9) else 1


def kept(exif: Exif) -> Exif:
    """Return what stays true of a resized picture."""
    result: Directory = {tag: value for tag, value in exif.tags.items() if tag in _TRUE and isinstance(value, Entry)}
    description = result.get(DESCRIPTION)
    if isinstance(description, Entry) and _SHAPES.match(description.text):
        del result[DESCRIPTION]
    taken, gps = exif.tags.get(EXIF), exif.tags.get(GPS)
    if isinstance(taken, dict):
        taken = {tag: value for tag, value in taken.items() if tag not in _STALE_OF_EXIF}
        related = taken.get(INTEROPERABILITY)
        if isinstance(related, dict):
            kept_of_it = {tag: value for tag, value in related.items() if tag not in _STALE_OF_INTEROPERABILITY}
            taken[INTEROPERABILITY] = kept_of_it
        result[EXIF] = taken
    if isinstance(gps, dict):
        result[GPS] = gps
    return Exif(_directories.portable(result), exif.order)


def with_size(exif: Exif, height: int, width: int) -> Exif:
    """Return EXIF data with this size where it has one."""
    taken = exif.tags.get(EXIF)
    if not isinstance(taken, dict) or not (_WIDTH in taken or _HEIGHT in taken):
        return exif
    size = {_HEIGHT: entry(_directories.LONG, height), _WIDTH: entry(_directories.LONG, width)}
    return exif._replace(tags={**exif.tags, EXIF: {**taken, **size}})


def as_bytes(exif: Exif) -> bytes:
    """Return EXIF data as JPEG, PNG and WebP have it."""
    return _PREFIX + _directories.head(exif.order, 8) + _directories.packed(exif.tags, 8, exif.order)
