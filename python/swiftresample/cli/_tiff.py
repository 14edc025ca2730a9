"""TIFF: what the samples of a file mean, and files of every kind of sample that was read."""

from __future__ import annotations

import contextlib
import io
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _directories, _exif, _tiff_tags
from . import _tiff_samples as _samples
from ._common import load
from ._directories import LONG, SHORT, Entry, entry, numbers, of_bytes
from ._picture import CHANNELS, WITH_ALPHA, Picture, upright, upright_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

    from ._common import Array
    from ._directories import ByteOrder, Directory

_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _YCBCR = 0, 1, 2, 3, 5, 6
_MODES = {_WHITE_IS_ZERO: "L", _BLACK_IS_ZERO: "L", _RGB: "RGB", _PALETTE: "P", _CMYK: "CMYK", _YCBCR: "RGB"}
_TYPES = {"1": _BLACK_IS_ZERO, "L": _BLACK_IS_ZERO, "LA": _BLACK_IS_ZERO, "P": _PALETTE, "CMYK": _CMYK}
_UNSAID, _WEIGHTED, _ALPHA = 0, 1, 2  # kinds of extra samples
_COLOURS, _EXTRA, _XMP, _PROFILE, _INKS, _TRANSFER = 320, 338, 700, 34675, 332, 301
_STRIP = 1 << 18  # bytes of a strip, about


# ---- Reading ---------------------------------------------------------------------------------------------------------


def is_tiff(path: Path) -> bool:
    """Whether the file begins as TIFF does."""
    with path.open("rb") as file:
        return file.read(4) in _STARTS


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[_directories.File, Directory]]:
    """Give the file and the tags of its one picture."""
    with path.open("rb") as stream:
        file = _directories.File(stream)
        tags, after = file.directory(file.first)
        pages = {file.first}
        while after and after not in pages and len(pages) < 10_000:
            pages.add(after)
            _, after = file.directory(after, {})
        if len(pages) > 1:
            raise ValueError(f"it has {len(pages)} frames or pages, and one would be left")
        _tiff_tags.refuse_further_pictures(file, tags)
        yield file, tags


def size(path: Path) -> tuple[int, int]:
    """Return height and width as the picture is shown."""
    with _opened(path) as (_, tags):
        found = _samples.layout(tags)
        _guard(found)
        return upright_size(found.height, found.width, _orientation(tags))


def decoded_bytes(path: Path) -> int:
    """Return what the samples of the picture take in memory."""
    with _opened(path) as (_, tags):
        found = _samples.layout(tags)
        return found.height * found.bytes_of_samples


def _orientation(tags: Directory) -> int:
    packet = tags.get(_XMP)
    return _exif.orientation(_exif.Exif(tags), [packet.text] if isinstance(packet, Entry) else [])


def read(path: Path) -> Picture:
    """Return the picture of a file; raise ValueError for what is not understood, or would be lost."""
    with _opened(path) as (file, tags):
        found = _samples.layout(tags)
        _guard(found)
        _check(tags, found)
        picture = _picture(file, tags, found, _samples.read(file, tags, found))
        picture.samples = upright(picture.samples, _orientation(tags))
    return picture


class Rows:
    """A large file whose strips or tiles are decoded one after the other, each once if rows are asked for in order."""

    def __init__(self, file: _directories.File, tags: Directory, found: _samples.Layout) -> None:
        self._file, self._tags, self._found = file, tags, found
        self.lengths = found.height, found.width
        self.bytes_of_row = found.bytes_of_samples
        self._first, self._samples = 0, np.empty((0, found.width, found.channels), found.dtype)

    def picture(self, first: int, stop: int) -> Picture:
        """Return these rows as a picture."""
        height = self._found.segment_height
        end = self._first + len(self._samples)
        if not self._first <= first <= end:
            self._first = end = first // height * height
            self._samples = self._samples[:0]
        if stop > end:
            further = min(-(-stop // height) * height, self.lengths[0])
            decoded = _samples.read(self._file, self._tags, self._found, end, further)
            gone = min(first - self._first, len(self._samples))
            self._samples = np.concatenate([self._samples[gone:], decoded])
            self._first += gone
        rows = self._samples[first - self._first : stop - self._first]
        return _picture(self._file, self._tags, self._found, rows.copy())


@contextlib.contextmanager
def by_rows(path: Path, least: int) -> Iterator[Rows | None]:
    """Give a file by its rows where it has that many bytes of samples, and can be decoded and shown row by row."""
    with _opened(path) as (file, tags):
        found = _samples.in_small_strips(_samples.layout(tags), _STRIP)
        can_be = _orientation(tags) == 1 and 4 * found.segment_height <= found.height
        if not can_be or found.height * found.bytes_of_samples < least:
            yield None
            return
        _guard(found._replace(width=found.segment_width, height=found.segment_height))
        _check(tags, found)
        yield Rows(file, tags, found)


def _check(tags: Directory, found: _samples.Layout) -> None:
    """Raise ValueError for samples that mean what is not understood."""
    _extra(tags, found, _MODES[_photometric(tags, found)])
    if found.kind == "u":
        _tiff_tags.refuse_other_ranges(tags, 2**found.bits - 1)


def _picture(file: _directories.File, tags: Directory, found: _samples.Layout, samples: Array) -> Picture:
    """Return what samples of the file show, as they lie there; they may be changed."""
    photometric = _photometric(tags, found)
    extra = _extra(tags, found, _MODES[photometric])
    picture = Picture(
        samples,
        _MODES[photometric],
        profile=profile.text if isinstance(profile := tags.get(_PROFILE), Entry) else None,
        exif=_exif.kept(_exif.Exif(tags, file.order)),
        compression=found.compression,
        left_out=("transfer function",) if _TRANSFER in tags else (),
        not_kept=_tiff_tags.not_kept(tags),
        marks_missing=_tiff_tags.marks_missing(tags),
    )
    if photometric == _PALETTE:
        picture.palette = _palette(tags, found.bits)
    elif found.bits < 8:
        picture.samples = samples = samples * np.uint8(255 // (2**found.bits - 1))
        picture.mode = "1" if (found.bits, found.channels, picture.mode) == (1, 1, "L") else picture.mode
    if photometric == _WHITE_IS_ZERO:
        samples[..., 0] = np.iinfo(samples.dtype).max - samples[..., 0]
    if extra in ((_WEIGHTED,), (_ALPHA,)):
        _take_alpha(picture, is_weighted=extra == (_WEIGHTED,))
    return picture


def _guard(found: _samples.Layout) -> None:
    """Raise ValueError for a small file that claims a huge size, as Pillow does."""
    largest = load("PIL.Image", "cli").MAX_IMAGE_PIXELS
    samples = max(found.width * found.height, found.segment_width * found.segment_height) * -(-found.channels // 4)
    if largest and samples > 2 * largest:
        raise ValueError(f"it has {samples} samples a channel, and {2 * largest} are the most that are taken")


def _photometric(tags: Mapping[int, Any], found: _samples.Layout) -> int:
    """Return what the samples mean, or raise ValueError."""
    said = numbers(tags, _samples.PHOTOMETRIC)
    photometric = int(said[0]) if said else -1
    is_jpeg = found.compression == _samples.JPEG
    if photometric not in _MODES or (photometric == _YCBCR and not (is_jpeg and found.channels == 3)):
        name = {-1: "not said", 6: "YCbCr", 8: "CIE L*a*b*", 9: "ICC L*a*b*", 32803: "those of a sensor"}
        raise ValueError(f"its colours are {name.get(photometric, f'of kind {photometric}')}, which is not taken")
    if photometric == _WHITE_IS_ZERO and found.kind != "u":
        raise ValueError("it is a negative, of samples that have no largest value: convert it to .npy")
    if photometric == _PALETTE and (found.kind != "u" or found.bits > 8):
        raise ValueError("its palette is of more than 256 colours")
    if photometric == _CMYK and numbers(tags, _INKS, (1,)) != (1,):
        raise ValueError("its inks are others than cyan, magenta, yellow and black")
    if found.channels < CHANNELS[_MODES[photometric]]:
        raise ValueError(f"it has {found.channels} samples a pixel, fewer than its colours need")
    return photometric


def _extra(tags: Mapping[int, Any], found: _samples.Layout, mode: str) -> tuple[int, ...]:
    """Return what the samples beside the colours are: any number that is unsaid, or alpha alone."""
    count = found.channels - CHANNELS[mode]
    said = numbers(tags, _EXTRA)
    said = tuple(_ALPHA if kind == 999 else int(kind) for kind in said or (_UNSAID,) * count)  # 999: CorelDRAW's
    if len(said) != count or set(said) - {_UNSAID, _WEIGHTED, _ALPHA}:
        raise ValueError(f"it has {count} samples beside its colours, and says of {len(said)} what they are")
    if set(said) - {_UNSAID}:
        if count > 1 or mode == "CMYK":
            raise ValueError("it has transparency and further samples, which is not taken: convert it to .npy")
        if found.kind != "u" or found.bits not in (8, 16):
            kind = {"u": "bits", "i": "bits with a sign", "f": "bits of floating point"}[found.kind]
            raise ValueError(f"it has transparency of {found.bits} {kind}, which is not taken: convert it to .npy")
    elif count and mode == "P":
        raise ValueError("it has samples beside those of its palette, which is not taken")
    return said


def _palette(tags: Mapping[int, Any], bits: int) -> Array:
    colours = np.array(numbers(tags, _COLOURS), np.uint16)
    if colours.size != 3 * 2**bits:
        raise ValueError(f"its palette has {colours.size} numbers where {3 * 2**bits} are due")
    if colours.max() > 255:  # as it should be; old programs wrote 8 bits
        if ((colours % 257 > 0) & (colours & 255 > 0)).any():
            raise ValueError("its palette is of colours of 16 bits, which is not taken: convert it to RGB of 16 bits")
        colours >>= 8
    return colours.astype(np.uint8).reshape(3, -1).T


def _take_alpha(picture: Picture, is_weighted: bool) -> None:
    if picture.mode == "P":
        alpha = picture.samples[..., 1:]
        picture.look_up()
        picture.samples = np.concatenate([picture.samples, alpha], axis=2)
    picture.mode = WITH_ALPHA[picture.mode]
    if is_weighted:
        samples = picture.samples
        largest = float(np.iinfo(samples.dtype).max)
        alpha = samples[..., -1:]
        scale = np.divide(largest, alpha, out=np.zeros(alpha.shape), where=alpha > 0)
        samples[..., :-1] = np.rint(samples[..., :-1] * scale).clip(0, largest)


# ---- Writing ---------------------------------------------------------------------------------------------------------


def write(picture: Picture, file: BinaryIO, exif: _exif.Exif, profile: bytes | None) -> None:
    """Write the picture strip by strip, compressed as it was, or else by zlib."""
    order: ByteOrder = exif.order if picture.samples.itemsize == 1 else "<"  # in which more programs read wide samples
    height = picture.height
    _, width, channels = picture.samples.shape
    is_bits = picture.mode == "1"
    dtype = picture.samples.dtype
    bits = 1 if is_bits else 8 * dtype.itemsize
    compression = picture.compression or 0
    if compression not in (_samples.RAW, _samples.LZW, _samples.PACKBITS):
        compression = _samples.DEFLATE
    tags: Directory = {
        **exif.tags,
        _samples.WIDTH: entry(LONG, width),
        _samples.HEIGHT: entry(LONG, height),
        _samples.BITS: entry(SHORT, *[bits] * channels),
        _samples.COMPRESSION: entry(SHORT, compression),
        _samples.PHOTOMETRIC: entry(SHORT, _TYPES.get(picture.mode, _RGB)),
        _samples.CHANNELS: entry(SHORT, channels),
        _samples.FORMAT: entry(SHORT, *[{"u": 1, "i": 2, "f": 3}[dtype.kind]] * channels),
    }
    if picture.has_alpha:
        tags[_EXTRA] = entry(SHORT, _ALPHA)
    elif picture.extra:
        tags[_EXTRA] = entry(SHORT, *[_UNSAID] * picture.extra)
    if picture.palette is not None:
        colours = np.zeros((256, 3), np.uint16)
        colours[: len(picture.palette)] = picture.palette
        tags[_COLOURS] = Entry(SHORT, colours.T.ravel() * np.uint16(257))
    if profile:
        tags[_PROFILE] = of_bytes(profile)
    can_differ = dtype.kind != "f" and dtype.itemsize < 8 and not is_bits and picture.palette is None
    is_differing = can_differ and compression in (_samples.DEFLATE, _samples.LZW)
    if is_differing:
        tags[_samples.PREDICTOR] = entry(SHORT, 2)  # differences along rows
    rows = max(1, min(height, _STRIP // -(-width * channels * bits // 8)))
    packed = (
        _compressed(np.packbits(strip[..., 0] > 0, axis=1) if is_bits else _as_bytes(strip, is_differing), compression)
        for strip in _of_height(picture.strips or [picture.samples], rows)
    )
    _samples.write(file, tags, packed, rows, order)


def _of_height(strips: Iterable[Array], rows: int) -> Iterator[Array]:
    """Yield the rows of strips as strips of that many, but for the last."""
    rest: Array | None = None
    for strip in strips:
        joined = strip if rest is None else np.concatenate([rest, strip])
        whole = len(joined) // rows * rows
        yield from (joined[first : first + rows] for first in range(0, whole, rows))
        rest = joined[whole:]
    if rest is not None and len(rest):
        yield rest


def _as_bytes(samples: Array, is_differing: bool) -> Array:
    if is_differing:
        differences = samples.copy()
        differences[:, 1:] -= samples[:, :-1]
        samples = differences
    little = np.ascontiguousarray(samples, samples.dtype.newbyteorder("<"))
    return little.reshape(len(little), -1).view(np.uint8)


def _compressed(rows: Array, compression: int) -> bytes:
    """Return a strip of these bytes."""
    if compression == _samples.RAW:
        return rows.tobytes()
    if compression == _samples.DEFLATE:
        return zlib.compress(rows.tobytes())
    one = io.BytesIO()  # of grey bytes: its strip is that of any picture with these bytes
    name = {_samples.LZW: "tiff_lzw", _samples.PACKBITS: "packbits"}[compression]
    image = load("PIL.Image", "cli").fromarray(np.ascontiguousarray(rows))
    image.save(one, "TIFF", compression=name, strip_size=rows.size)
    written = _directories.File(one)
    ((start, length),) = _samples.layout(written.directory(written.first)[0]).segments
    return written.read(start, length)
