"""PNG: what Pillow does not say about a file, samples of 16 bits, of which it reads 8, and what it does not write.

Pillow takes the upper byte of each 16-bit sample of a colour. Told that the file has the other byte order it takes the
lower one, and both together are the sample.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _exif
from ._common import load
from ._picture import CHANNELS, Picture, upright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from ._common import Array

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB, _PALETTE, _GREY_ALPHA, _RGBA = 0, 2, 3, 4, 6  # types of colour
_MODES = {_GREY: "L", _RGB: "RGB", _PALETTE: "P", _GREY_ALPHA: "LA", _RGBA: "RGBA"}
_TYPES = {mode: type for type, mode in _MODES.items()}
#: The chunks that say what the colours are: coding, primaries, gamma, sRGB, mastering display and light level.
_COLOURS = (b"cICP", b"cHRM", b"gAMA", b"sRGB", b"mDCV", b"cLLI")
_WANTED = (b"IHDR", b"PLTE", b"tRNS", b"eXIf", *_COLOURS)
_XMP = "XML:com.adobe.xmp"
# Texts that say the size, the orientation or the resolution: EXIF, XMP, IPTC and Photoshop's data, and copies of them.
_STALE_TEXT = re.compile(r"XML:com\.adobe\.xmp|Raw profile type |exif$|exif:|tiff:", re.IGNORECASE)


class About:
    """What a file says about its samples."""

    def __init__(self, path: Path, image: Any) -> None:
        with path.open("rb") as file:
            file.seek(len(_SIGNATURE))
            self.chunks = dict(_wanted(file))
        self.text: dict[str, str] = dict(image.text)  # which reads the samples too: text may follow them
        self.width, self.height, self.depth, self.type = struct.unpack(">IIBB", self.chunks[b"IHDR"][:10])
        self.exif = self._read_exif()

    def _read_exif(self) -> _exif.Exif:
        candidates = [
            self.chunks.get(b"eXIf", b""),
            self.text.get("exif", "").encode("latin-1", "replace"),
            self._raw_profile("exif"),
            self._raw_profile("app1"),
        ]
        return next((found for found in map(_exif.read, candidates) if found.tags), _exif.Exif({}))

    def _raw_profile(self, *types: str) -> bytes:
        """Return what ImageMagick writes as text: a name, a length, and hexadecimal digits."""
        for key, value in self.text.items():
            if key.lower() in [f"raw profile type {type}" for type in types]:
                try:
                    return bytes.fromhex("".join(value.strip().split("\n")[2:]))
                except ValueError:
                    continue
        return b""

    @property
    def orientation(self) -> int:
        """How the picture has to be turned."""
        packets = self.text.get(_XMP, "").encode(), self._raw_profile("xmp"), self._raw_profile("app1")
        return _exif.orientation(self.exif, packets)

    @property
    def profile(self) -> bytes | None:
        """The ICC profile that is text, if there is one."""
        return self._raw_profile("icc", "icm") or None

    @property
    def true_text(self) -> dict[str, str]:
        """The text that stays true."""
        return {key: value for key, value in self.text.items() if not _STALE_TEXT.match(key)}


def _wanted(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind in _WANTED:
            yield kind, file.read(length)
            file.seek(4, io.SEEK_CUR)
        else:
            file.seek(length + 4, io.SEEK_CUR)


def read(path: Path, image: Any) -> Picture:
    """Return the picture of a file that Pillow has opened."""
    about = About(path, image)
    samples = _samples(path, image, about)
    profile = image.info.get("icc_profile")
    picture = Picture(
        upright(samples, about.orientation),
        "1" if (about.depth, about.type) == (1, _GREY) else _MODES[about.type],
        profile=profile if isinstance(profile, bytes) else about.profile,
        exif=_exif.kept(about.exif),
        text=about.true_text,
        colours={kind: about.chunks[kind] for kind in _COLOURS if kind in about.chunks},
    )
    transparency = about.chunks.get(b"tRNS", b"")
    if picture.mode == "P":
        picture.palette = np.frombuffer(about.chunks.get(b"PLTE", b""), np.uint8).reshape(-1, 3)
        picture.palette_alpha = transparency
        if picture.samples.max(initial=0) >= len(picture.palette):
            raise ValueError("it has samples that its palette has no colour for")
    elif transparency and about.type in (_GREY, _RGB):
        picture.mode = _MODES[about.type]
        colour = np.frombuffer(transparency, ">u2")[: CHANNELS[picture.mode]] & (2**about.depth - 1)
        picture.make_transparent(colour * (255 // (2**about.depth - 1)) if about.depth < 8 else colour)
    return picture


def _samples(path: Path, image: Any, about: About) -> Array:
    """Return (H, W, C), of 16 bits where the file has as many, else of 8; the bits of black and white are 0 and 255."""
    if about.depth != 16:
        samples = np.asarray(image)
        samples = samples * np.uint8(255) if samples.dtype == bool else samples
    elif about.type == _GREY:  # of which some releases of Pillow make 32 bits
        samples = np.asarray(image).astype(np.uint16)
    elif about.type == _GREY_ALPHA:
        with load("PIL.Image", "cli").open(io.BytesIO(_as_bytes(path))) as pairs:
            samples = np.asarray(pairs).view(">u2").astype(np.uint16)
    else:
        with load("PIL.Image", "cli").open(path) as other:
            other.tile = [_in_other_order(tile) for tile in other.tile]
            samples = np.asarray(image).astype(np.uint16) << 8 | np.asarray(other)
    return samples.reshape(about.height, about.width, -1)


def _in_other_order(tile: Any) -> Any:
    raw = tile[3] if isinstance(tile[3], str) else tile[3][0]
    if not raw.endswith(";16B"):
        raise ValueError(f"its 16-bit samples lie as {raw}, which is not taken: convert it to .npy")
    other = f"{raw[:-1]}L"
    args = other if isinstance(tile[3], str) else (other, *tile[3][1:])
    return getattr(type(tile), "_make", tuple)((*tile[:3], args))  # which has names since Pillow 11


def _as_bytes(path: Path) -> bytes:
    """Return a PNG of grey and alpha of 16 bits as one of RGBA of 8, which has the same bytes of samples."""
    data = path.read_bytes()
    header = data[12:24] + bytes([8, _RGBA]) + data[26:29]
    return b"".join([data[:12], header, struct.pack(">I", zlib.crc32(header)), data[33:]])


# ---- Writing ---------------------------------------------------------------------------------------------------------


def write(picture: Picture, file: BinaryIO, options: dict[str, Any]) -> None:
    """Write the picture: what Pillow writes with these options, and what it does not."""
    if picture.text:
        information = load("PIL.PngImagePlugin", "cli").PngInfo()
        for key, value in picture.text.items():
            information.add_text(key, value)
        options["pnginfo"] = information
    one = io.BytesIO()
    is_wide = picture.samples.dtype == np.uint16
    if is_wide:
        load("PIL.Image", "cli").new("RGB", (1, 1)).save(one, "PNG", **options)
    else:
        if picture.palette_alpha:
            options["transparency"] = picture.palette_alpha
        image(picture).save(one, "PNG", **options)
    file.write(_SIGNATURE)
    data_is_due = True
    for kind, content in _chunks(one.getbuffer()):
        if kind in picture.colours or (is_wide and kind == b"IDAT" and not data_is_due):
            continue
        if is_wide and kind == b"IHDR":
            height, width, _ = picture.samples.shape
            _write_chunk(file, kind, struct.pack(">IIBB", width, height, 16, _TYPES[picture.mode]) + bytes(3))
        elif is_wide and kind == b"IDAT":
            data_is_due = False
            _write_chunk(file, kind, _compressed(picture.samples))
        else:
            _write_chunk(file, kind, content)
        if kind == b"IHDR":
            for colour, said in picture.colours.items():
                _write_chunk(file, colour, said)


def image(picture: Picture) -> Any:
    """Return samples of 8 bits as an image of Pillow."""
    module = load("PIL.Image", "cli")
    height, width, _ = picture.samples.shape
    as_bytes = {"P": "L", "1": "L"}.get(picture.mode, picture.mode)
    image = module.frombytes(as_bytes, (width, height), np.ascontiguousarray(picture.samples).tobytes())
    if picture.palette is not None:
        image.putpalette(picture.palette.tobytes(), "RGB")
    return image.convert("1", dither=module.Dither.NONE) if picture.mode == "1" else image


def _compressed(samples: Array) -> bytes:
    height = samples.shape[0]
    row_bytes = samples[0].nbytes
    rows = np.full((height, 1 + row_bytes), 2, np.uint8)  # each row begins with its filter: less that above
    rows[:, 1:] = samples.astype(">u2").reshape(height, -1).view(np.uint8)
    rows[1:, 1:] -= rows[:-1, 1:].copy()
    return zlib.compress(rows.tobytes())


def _write_chunk(file: BinaryIO, kind: bytes, content: bytes) -> None:
    file.write(struct.pack(">I", len(content)) + kind)
    file.write(content)
    file.write(struct.pack(">I", zlib.crc32(content, zlib.crc32(kind))))


def _chunks(png: memoryview) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        yield bytes(png[at + 4 : at + 8]), bytes(png[at + 8 : at + 8 + length])
        at += length + 12


def says_other_colours(colours: dict[bytes, bytes]) -> bool:
    """Whether these chunks say that the colours are none of sRGB, which other formats take them for."""
    if b"cICP" in colours:
        return colours[b"cICP"] != bytes([1, 13, 0, 1])
    if b"sRGB" in colours:
        return False
    gamma = struct.unpack(">I", colours.get(b"gAMA", struct.pack(">I", 45455))[:4].rjust(4, b"\0"))[0]
    primaries = np.frombuffer(colours.get(b"cHRM", b"")[:32], ">u4") - np.array(0.0)
    srgb = np.array([31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000])
    return abs(gamma - 45455) > 500 or (primaries.size == 8 and bool(np.abs(primaries - srgb).max() > 100))
