"""Colours of 16 bits, of which Pillow reads 8 and writes none.

Pillow takes the upper byte of each sample. Told that the file has the other byte order it takes the lower one, and both
together are the sample. What is written here is the samples; what is said about them comes from Pillow.
"""

from __future__ import annotations

import io
import struct
import sys
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from ._common import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from ._common import Array

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_COLOURS = {"RGB;16": 2, "LA;16": 4, "RGBA;16": 6}
_TIFF_PHOTOMETRICS = {"RGB;16": 2, "RGBA;16": 2, "CMYK;16": 5}
_OTHER_ORDER = {"L": "B", "B": "L", "N": "B" if sys.byteorder == "little" else "L"}
_BITS, _PLANAR = 258, 284  # tags of TIFF
_READ = ("RGB", "RGBX", "RGBA", "RGBa", "CMYK")


def raw_mode(image: Any) -> str | None:
    """Return Pillow's name of how samples of 16-bit colours lie in the file, None for other images."""
    tags = getattr(image, "tag_v2", {})
    if tags.get(_PLANAR) == 2 and max(tags.get(_BITS, (1,))) == 16 and len(image.getbands()) > 1:
        raise ValueError("it has colours of 16 bits, plane by plane, which Pillow mixes up: convert it to .npy")
    modes = {args if isinstance(args, str) else str((args or ("",))[0]) for _, _, _, args in image.tile}
    if image.mode.startswith("I") or not any(";16" in mode for mode in modes):
        return None
    (mode, *others) = modes
    known = mode.partition(";16")[0] in _READ and mode[-1] in _OTHER_ORDER
    if others or not (known or (image.format, mode) == ("PNG", "LA;16B")):
        raise ValueError(
            f"its 16-bit samples lie as {', '.join(sorted(modes))}, which is not taken: convert it to .npy"
        )
    return mode


def read(path: Path, raw: str, upper: Array) -> tuple[Array, str]:
    """Return the samples, upright, and the name of their mode; `upper` is what Pillow makes of them, upright."""
    if raw == "LA;16B":
        pairs = _upright(io.BytesIO(_as_bytes(path)))
        return pairs.view(">u2").astype(np.uint16), "LA;16"
    letters, order = raw[:-4], raw[-1]
    lower = _upright(path, f"{letters.upper()};16{_OTHER_ORDER[order]}")
    if letters == "RGBa":  # which Pillow would divide by alpha
        upper = _upright(path, f"RGBA;16{order}")
    samples: Array = upper.astype(np.uint16) << 8 | lower
    if letters == "RGBa":  # the colours are weighted by alpha already
        alpha = samples[..., 3:]
        colours = samples[..., :3] * np.divide(65535.0, alpha, out=np.zeros(alpha.shape), where=alpha > 0)
        samples[..., :3] = np.rint(colours).clip(0, 65535)
    return samples, {3: "RGB;16", 4: "CMYK;16" if letters == "CMYK" else "RGBA;16"}[samples.shape[2]]


def _upright(file: Any, raw: str | None = None) -> Array:
    with load("PIL.Image", "cli").open(file) as image:
        if raw:
            image.tile = [_as_raw(tile, raw) for tile in image.tile]
        return np.asarray(load("PIL.ImageOps", "cli").exif_transpose(image))


def _as_raw(tile: Any, raw: str) -> Any:
    args = raw if isinstance(tile[3], str) else (raw, *tile[3][1:])
    return getattr(type(tile), "_make", tuple)((*tile[:3], args))  # which has names since Pillow 11


def _as_bytes(path: Path) -> bytes:
    """Return a PNG of grey and alpha of 16 bits as one of RGBA of 8, which has the same bytes of samples."""
    data = path.read_bytes()
    header = data[12:24] + bytes([8, 6]) + data[26:29]
    return b"".join([data[:12], header, struct.pack(">I", zlib.crc32(header)), data[33:]])


# ---- Writing ---------------------------------------------------------------------------------------------------------


def write_png(samples: Array, mode: str, file: BinaryIO, options: dict[str, Any]) -> None:
    """Write what Pillow writes for one sample, but with these."""
    one = io.BytesIO()
    load("PIL.Image", "cli").new("RGB", (1, 1)).save(one, "PNG", **options)
    height, width, channels = samples.shape
    rows = np.full((height, 1 + 2 * width * channels), 2, np.uint8)  # each row begins with its filter: less that above
    rows[:, 1:] = samples.astype(">u2").reshape(height, -1).view(np.uint8)
    rows[1:, 1:] -= rows[:-1, 1:].copy()
    file.write(_PNG_SIGNATURE)
    for kind, content in _chunks(one.getvalue()):
        if kind == b"IHDR":
            content = struct.pack(">IIBB", width, height, 16, _PNG_COLOURS[mode]) + bytes(3)
        elif kind == b"IDAT":
            content = zlib.compress(rows.tobytes())
        file.write(struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content)))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG_SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def write_tiff(samples: Array, mode: str, file: BinaryIO, profile: bytes | None, exif: Any) -> None:
    """Write one strip, compressed without loss."""
    height, width, channels = samples.shape
    differences = samples.copy()
    differences[:, 1:] -= samples[:, :-1]
    strip = zlib.compress(differences.astype("<u2").tobytes())
    tags = load("PIL.TiffImagePlugin", "cli").ImageFileDirectory_v2()
    tags.update(exif or {})
    tags.update(
        {
            256: width,
            257: height,
            258: (16,) * channels,
            259: 8,  # compression: zlib's
            262: _TIFF_PHOTOMETRICS[mode],
            273: 0,  # where the strip begins, after the tags
            277: channels,
            278: height,
            279: len(strip),
            317: 2,  # predictor: differences along rows
        }
    )
    if "A" in mode:
        tags[338] = 2  # alpha, by which the colours are not weighted
    if profile:
        tags.tagtype[34675] = 7
        tags[34675] = profile
    tags.save(file)
    file.write(strip)
