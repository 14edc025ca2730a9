"""What tags of TIFF say beyond the picture: further pictures of the file, and other meanings of its samples."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING

from . import _exif
from . import _tiff_samples as _samples
from ._directories import RATIONAL, Entry, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ._directories import Directory, File

_NEW_SUBFILE, _SUBFILE, _SUB_DIRECTORIES = 254, 255, 330
_PLANES_OF_METAMORPH = 33629  # has as many values as the file has planes
_DOT_RANGE, _BLACK_AND_WHITE, _NO_DATA = 336, 532, 42113
_PLACE_ON_EARTH = (33550, 33922, 34264, 34735, 34736, 34737)
_IMAGEJ = re.compile(rb"ImageJ=.*?^images=(\d+)", re.DOTALL | re.MULTILINE)


# ---- Further pictures ------------------------------------------------------------------------------------------------


def refuse_further_pictures(file: File, tags: Directory) -> None:
    """Raise ValueError for a file of one directory and more pictures; those that are its own in small are none."""
    frames = _frames(tags)
    if frames > 1:
        raise ValueError(f"it has {frames} frames or pages, and one would be left")
    nested = numbers(tags, _SUB_DIRECTORIES)
    if not nested:
        return
    if _is_reduced(tags):
        raise ValueError("its first picture is a preview of another one in the file, which would be lost")
    seen: set[int] = set()
    for start in nested:
        at = int(start)
        while at and at not in seen and len(seen) < 10_000:
            seen.add(at)
            further, at = file.directory(at, {})
            if not _is_reduced(further):
                raise ValueError("it has a further picture, in a directory of its own, which would be lost")


def _is_reduced(tags: Directory) -> bool:
    """Whether a picture says that it is a smaller copy of another."""
    return bool(int(numbers(tags, _NEW_SUBFILE, (0,))[0]) & 1) or numbers(tags, _SUBFILE) == (2,)


def _frames(tags: Directory) -> int:
    """Return how many pictures there are by what programs say that leave one directory for all."""
    planes = tags.get(_PLANES_OF_METAMORPH)
    if isinstance(planes, Entry):
        return planes.values.size // 2  # rational numbers
    description = tags.get(_exif.DESCRIPTION)
    text = description.text if isinstance(description, Entry) else b""
    if match := _IMAGEJ.match(text):
        return int(match[1])
    try:
        said = json.loads(text) if text.startswith(b'{"shape"') else {}
        count = math.prod(int(length) for length in said.get("shape", ()))
    except (ValueError, TypeError):
        return 1
    axes = (_samples.WIDTH, _samples.HEIGHT, _samples.CHANNELS)
    return count // max(1, math.prod(int(numbers(tags, axis, (1,))[0]) for axis in axes))


# ---- Other meanings of samples ---------------------------------------------------------------------------------------


def refuse_other_ranges(tags: Mapping[int, Any], largest: int) -> None:
    """Raise ValueError where black and white are other samples than 0 and the largest."""
    dots = numbers(tags, _DOT_RANGE)
    if set(dots[::2]) - {0} or set(dots[1::2]) - {largest}:
        raise ValueError(f"its inks reach from {dots[0]} to {dots[-1]} (DotRange), which is not taken")
    levels = numbers(tags, _BLACK_AND_WHITE)
    if levels and tags[_BLACK_AND_WHITE].type == RATIONAL:
        levels = tuple(above / below if below else math.nan for above, below in zip(levels[::2], levels[1::2]))
    middle = largest // 2 + 1  # of the differences of colours
    if levels and (set(levels[1::2]) != {largest} or tuple(levels[::2]) not in ((0,), (0, 0, 0), (0, middle, middle))):
        raise ValueError("its black and white are other than usual (ReferenceBlackWhite), which is not taken")


def marks_missing(tags: Mapping[int, Any]) -> bool:
    """Whether some number means that a sample is missing."""
    return isinstance(tags.get(_NO_DATA), Entry)


def not_kept(tags: Mapping[int, Any]) -> tuple[str, ...]:
    """Return what is said about the samples and no file will that is written."""
    has_place = any(tag in tags for tag in _PLACE_ON_EARTH)
    return ("GDAL_NODATA",) * marks_missing(tags) + ("place on earth (GeoTIFF)",) * has_place
