"""The samples of TIFF files, of every type, exactly: strips or tiles, which Pillow's decoders unpack as bytes.

Pillow knows some two hundred combinations of what a TIFF file may say, and drops or mistakes what others say. It is
given a file of plain grey bytes around the same compressed data; what the bytes are is decided here.
"""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _directories
from ._common import load
from ._directories import LONG, SHORT, Entry, entry, numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from ._common import Array
    from ._directories import ByteOrder, Directory

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
FILL_ORDER, STRIPS, CHANNELS, ROWS, STRIP_BYTES, PLANES = 266, 273, 277, 278, 279, 284
PREDICTOR, TILE_WIDTH, TILE_HEIGHT, TILES, TILE_BYTES, FORMAT = 317, 322, 323, 324, 325, 339

RAW, LZW, JPEG, DEFLATE, PACKBITS = 1, 5, 7, 8, 32773
_DEFLATES = (DEFLATE, 32946)
_OF_BYTES = (RAW, LZW, *_DEFLATES, PACKBITS, 34925, 50000)  # the last are LZMA and Zstandard
_PREDICTED = (LZW, *_DEFLATES, 34925, 50000)
_FAX, _WEBP = {2: "tiff_ccitt", 3: "group3", 4: "group4"}, 50001
_FAX_OPTIONS, _END_OF_FAX = 292, 24  # bits that end a strip of group 4
_BATCH = 1 << 24  # bytes that Pillow unpacks at once

_KINDS = {1: "u", 2: "i", 3: "f"}
_REVERSED = np.array([int(f"{byte:08b}"[::-1], 2) for byte in range(256)], np.uint8)


class Layout(NamedTuple):
    """How the samples lie in the file. Raises ValueError for what is not taken."""

    width: int
    height: int
    channels: int
    bits: int
    kind: str  # of NumPy
    compression: int
    fill_order: int
    predictor: int
    planes: int
    segment_width: int
    segment_height: int
    segments: tuple[tuple[int, int], ...]  # where strips or tiles begin, and how long they are

    @property
    def dtype(self) -> np.dtype[Any]:
        """The samples' dtype: those of less than 8 bits get a byte each."""
        return np.dtype(f"{self.kind}{max(self.bits // 8, 1)}")

    @property
    def bytes_of_samples(self) -> int:
        """The bytes that a row of the picture takes in memory."""
        return self.width * self.channels * self.dtype.itemsize

    @property
    def row_bytes(self) -> int:
        """The bytes of one row of a strip or tile."""
        return (self.segment_width * (self.channels // self.planes) * self.bits + 7) // 8


def layout(tags: Mapping[int, Any]) -> Layout:
    """Return how the samples lie, as the tags say."""

    def number(tag: int, default: int) -> int:
        return int(numbers(tags, tag, (default,))[0])

    width, height, channels = number(WIDTH, 0), number(HEIGHT, 0), number(CHANNELS, 1)
    bits, formats = set(numbers(tags, BITS, (1,))), set(numbers(tags, FORMAT, (1,)))
    if min(width, height, channels) < 1:
        raise ValueError(f"its samples are {height}x{width}x{channels}")
    if channels > 65535 or len(bits) != 1 or len(formats) != 1:
        raise ValueError("its channels have different types, which is not taken: convert it to .npy")
    (bit,), (format,) = bits, formats
    format = 1 if format == 4 else format  # "undefined", which libtiff writes for bytes
    if format not in _KINDS or bit not in {1: (1, 2, 4, 8, 16, 32, 64), 2: (8, 16, 32, 64), 3: (16, 32, 64)}[format]:
        kind = {1: "bits", 2: "bits with a sign", 3: "bits of floating point"}.get(format, "bits of complex numbers")
        raise ValueError(f"its samples have {bit} {kind}, which is not taken: convert it to .npy")
    planes = channels if number(PLANES, 1) == 2 else 1
    if number(32997, 1) != 1:  # the depth of volumes
        raise ValueError("it is a volume: convert it to .npy")
    is_tiled = TILE_WIDTH in tags
    segment_width = number(TILE_WIDTH, 0) if is_tiled else width
    segment_height = number(TILE_HEIGHT, 0) if is_tiled else min(number(ROWS, height), height)
    starts = numbers(tags, TILES if is_tiled else STRIPS)
    lengths = numbers(tags, TILE_BYTES if is_tiled else STRIP_BYTES)
    if segment_width < 1 or segment_height < 1:
        raise ValueError("its strips or tiles have no size")
    found = Layout(
        width,
        height,
        channels,
        int(bit),
        _KINDS[int(format)],
        number(COMPRESSION, RAW),
        number(FILL_ORDER, 1),
        number(PREDICTOR, 1),
        planes,
        segment_width,
        segment_height,
        (),
    )
    due = -(-width // segment_width) * -(-height // segment_height) * planes
    if not lengths and due == 1 and found.compression == RAW:  # of old programs
        lengths = (height * found.row_bytes,)
    if len(starts) != due or len(lengths) != due:
        raise ValueError(f"it has {min(len(starts), len(lengths))} strips or tiles where {due} are due")
    return found._replace(segments=tuple(zip(starts, lengths)))


def _check(found: Layout) -> None:
    """Raise ValueError for a compression that is not taken, or not with such samples."""
    is_byte = (found.bits, found.kind) == (8, "u")
    predictors = {1} if found.compression not in _PREDICTED or found.bits < 8 else {1, 2}
    if found.kind == "f" and 2 in predictors:
        predictors.add(3)
    fits = found.compression in _OF_BYTES
    fits = fits or (found.compression in (JPEG, _WEBP) and is_byte and found.channels // found.planes in (1, 3, 4))
    fits = fits or (found.compression in _FAX and (found.bits, found.channels) == (1, 1))
    if not fits or found.fill_order not in (1, 2):
        raise ValueError(f"its compression {found.compression} is not taken for such samples: convert it to .npy")
    if found.predictor not in predictors:
        raise ValueError(f"its predictor {found.predictor} is not taken for such samples: convert it to .npy")


def read(
    file: _directories.File, tags: Mapping[int, Any], found: Layout, first: int = 0, stop: int | None = None
) -> Array:
    """Return the samples (H, W, C) of these rows as they are in the file; less than 8 bits are not made larger."""
    _check(found)
    stop = found.height if stop is None else stop
    channels = found.channels // found.planes
    result = np.empty((found.planes, stop - first, found.width, channels), found.dtype)
    across, down = -(-found.width // found.segment_width), -(-found.height // found.segment_height)
    rows = range(first // found.segment_height, -(-stop // found.segment_height))
    places = [(plane, row, column) for plane in range(found.planes) for row in rows for column in range(across)]
    indices = [(plane * down + row) * across + column for plane, row, column in places]
    for (plane, row, column), segment in zip(places, _segments(file, tags, found, indices)):
        samples = _samples(segment, found, channels, file.order)
        y, x = row * found.segment_height, column * found.segment_width
        above, below = max(y, first), min(y + found.segment_height, stop)
        part = result[plane, above - first : below - first, x : x + found.segment_width]
        part[...] = samples[above - y : below - y, : part.shape[1]]
    return result[0] if found.planes == 1 else np.ascontiguousarray(result[..., 0].transpose(1, 2, 0))


def in_small_strips(found: Layout, size: int) -> Layout:
    """Return the layout with strips of about that many bytes: those that are not compressed can be divided."""
    rows = max(1, size // found.row_bytes)
    is_divided = found.compression == RAW and found.segment_width == found.width and len(found.segments) == found.planes
    if not is_divided or rows >= found.height or found.segment_height < found.height:
        return found
    counts = [min(rows, found.height - first) for first in range(0, found.height, rows)]
    segments = [
        (
            start + index * rows * found.row_bytes,
            count * found.row_bytes if index * rows * found.row_bytes < length else 0,
        )
        for start, length in found.segments
        for index, count in enumerate(counts)
    ]
    return found._replace(segment_height=rows, segments=tuple(segments))


# ---- From compressed strips to rows of bytes -------------------------------------------------------------------------


def _segments(
    file: _directories.File, tags: Mapping[int, Any], found: Layout, indices: Sequence[int]
) -> Iterator[Array]:
    """Yield the bytes (rows, bytes of a row) of these strips or tiles."""
    down = -(-found.height // found.segment_height)
    is_tiled = TILE_WIDTH in tags
    across = -(-found.width // found.segment_width)
    batch: list[bytes] = []
    for index in indices:
        start, length = found.segments[index]
        data = file.read(start, length)
        if len(data) < length or not length:
            raise ValueError("it is cut short: some of its strips or tiles are missing")
        is_last = not is_tiled and index // across % down == down - 1
        rows = found.height - (down - 1) * found.segment_height if is_last else found.segment_height
        if found.compression in (RAW, *_DEFLATES):
            yield _plain(data, found, rows)
            continue
        batch.append(data)
        size = len(batch) * found.segment_height * found.row_bytes
        if is_last or index == indices[-1] or size + found.segment_height * found.row_bytes > _BATCH:
            height = (len(batch) - 1) * found.segment_height + rows
            unpacked = _unpacked(batch, tags, found, height)
            yield from np.split(unpacked, range(found.segment_height, height, found.segment_height))
            batch = []


def _plain(data: bytes, found: Layout, rows: int) -> Array:
    size = rows * found.row_bytes
    if found.fill_order == 2:
        data = _REVERSED[np.frombuffer(data, np.uint8)].tobytes()
    if found.compression in _DEFLATES:
        try:
            data = zlib.decompressobj().decompress(data, size)
        except zlib.error as error:
            raise ValueError(f"its samples cannot be unpacked: {error}") from None
    if len(data) < size:
        raise ValueError("it is cut short: some of its samples are missing")
    return np.frombuffer(data, np.uint8, size).reshape(rows, -1)


def _unpacked(strips: list[bytes], tags: Mapping[int, Any], found: Layout, height: int) -> Array:
    """Have Pillow unpack strips that lie below one another."""
    width, channels, bits, photometric = found.row_bytes, 1, 8, 1
    further: tuple[int, ...] = ()
    if found.compression in _FAX:
        width, bits, further = found.segment_width, 1, (292, 293)  # options of the coding
    elif found.compression in (JPEG, _WEBP):
        width, channels = found.segment_width, found.channels // found.planes
        photometric = {1: 1, 3: 2, 4: 2 if found.compression == _WEBP else 5}[channels]
        if channels == 3 and numbers(tags, PHOTOMETRIC) == (6,):
            photometric = 6
        further = (347, 529, 530, 532)  # tables of JPEG, and how it codes colours
    head: Directory = {
        WIDTH: entry(LONG, width),
        HEIGHT: entry(LONG, height),
        BITS: entry(SHORT, *[bits] * channels),
        COMPRESSION: entry(SHORT, found.compression),
        PHOTOMETRIC: entry(SHORT, photometric),
        FILL_ORDER: entry(SHORT, found.fill_order),
        CHANNELS: entry(SHORT, channels),
        **({338: entry(SHORT, 2)} if (channels, photometric) == (4, 2) else {}),
        **{tag: tags[tag] for tag in further if isinstance(tags.get(tag), Entry)},
    }
    data = file_of(head, strips, found.segment_height)
    try:
        with load("PIL.TiffImagePlugin", "cli").TiffImageFile(io.BytesIO(data)) as image:
            if image.mode not in ("1", "L", "RGB", "RGBA", "CMYK") or image.size != (width, height):
                raise ValueError(f"Pillow makes {image.mode} of it")
            samples = np.asarray(image)
    except (OSError, ValueError, SyntaxError, RuntimeError) as error:
        raise ValueError(f"its samples cannot be unpacked (compression {found.compression}): {error}") from None
    if bits == 1:
        for first, strip in zip(range(0, height, found.segment_height), strips):
            _check_fax(strip, samples[first : first + found.segment_height], tags, found)
        return np.packbits(samples, axis=1)
    return samples.reshape(height, -1)


def _check_fax(strip: bytes, rows: Array, tags: Mapping[int, Any], found: Layout) -> None:
    """Raise ValueError unless the rows are coded by these bytes: libtiff makes some rows of any bytes."""
    one = io.BytesIO()
    options = {_FAX_OPTIONS: int(numbers(tags, _FAX_OPTIONS, (0,))[0])} if found.compression == 3 else {}
    image = load("PIL.Image", "cli").fromarray(rows)
    image.save(one, "TIFF", compression=_FAX[found.compression], strip_size=2 * rows.size, tiffinfo=options)
    file = _directories.File(one)
    (place,) = layout(file.directory(file.first)[0]).segments
    given, due = (np.unpackbits(np.frombuffer(data, np.uint8)) for data in (strip, file.read(*place)))
    if found.fill_order == 2:
        given = given.reshape(-1, 8)[:, ::-1].ravel()
    end = int(np.flatnonzero(due)[-1]) + 1 - (_END_OF_FAX if found.compression == 4 else 0)
    if not np.array_equal(given[:end], due[:end]):
        raise ValueError("its samples are coded as fax, damaged or in an unusual way: convert it to PNG")


# ---- From bytes to samples -------------------------------------------------------------------------------------------


def _samples(rows: Array, found: Layout, channels: int, order: ByteOrder) -> Array:
    """Return the samples (rows, columns, channels) of a strip or tile."""
    height, columns = rows.shape[0], found.segment_width
    if found.bits < 8:
        bits = np.unpackbits(rows, axis=1)[:, : columns * channels * found.bits]
        weights = (1 << np.arange(found.bits)[::-1]).astype(np.uint8)
        small: Array = (bits.reshape(height, columns, channels, found.bits) * weights).sum(axis=-1, dtype=np.uint8)
        return small
    size = found.bits // 8
    if found.predictor == 3:  # bytes of floats, the most significant ones first, and differences of those
        sums = np.cumsum(rows.reshape(height, -1, channels), axis=1, dtype=np.uint8)
        planes = sums.reshape(height, size, columns * channels).transpose(0, 2, 1)
        return np.ascontiguousarray(planes).view(f">f{size}").reshape(height, columns, channels)
    samples = rows.view(np.dtype(f"{order}u{size}")).reshape(height, columns, channels)
    if found.predictor == 2:
        samples = np.cumsum(samples, axis=1, dtype=f"u{size}")
    return samples.astype(f"u{size}").view(found.dtype)


# ---- Writing ---------------------------------------------------------------------------------------------------------


def file_of(tags: Directory, strips: list[bytes], rows: int, order: ByteOrder = "<") -> bytes:
    """Return a file of these tags and strips, each of as many rows."""
    file = io.BytesIO()
    write(file, tags, strips, rows, order)
    return file.getvalue()


def write(file: BinaryIO, tags: Directory, strips: Iterable[bytes], rows: int, order: ByteOrder = "<") -> None:
    """Write a file of these tags and strips, each of as many rows; none is kept in memory."""
    start = file.tell()
    file.write(bytes(8))
    end, starts, lengths = 8, [], []
    for strip in strips:
        starts.append(end)
        lengths.append(len(strip))
        end += len(strip) + len(strip) % 2
        if end >= 2**32 - 2**20:
            raise ValueError("TIFF has at most 4 GB, and this would be more")
        file.write(strip + bytes(len(strip) % 2))
    places: Directory = {
        STRIPS: entry(LONG, *starts),
        ROWS: entry(LONG, rows),
        STRIP_BYTES: entry(LONG, *lengths),
    }
    file.write(_directories.packed({**tags, **places}, end, order))
    file.seek(start)
    file.write(_directories.head(order, end))
    file.seek(0, io.SEEK_END)
