"""The chunks of a result, of which each is a task."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from dask import config
from dask.array.core import normalize_chunks
from dask.utils import parse_bytes

if TYPE_CHECKING:
    import dask.array as da

    Shape = tuple[int, ...]
    Chunks = tuple[Shape, ...]


def chunks_of_result(x: da.Array, shape: Shape, chunks: Any) -> Chunks:
    """Return the chunks of a result of `shape`: those that are asked for, or what those of `x` become."""
    if chunks is not None:
        if isinstance(chunks, dict):
            chunks = tuple(chunks.get(axis, _scaled(x.chunks[axis], shape[axis])) for axis in range(x.ndim))
        result: Chunks = normalize_chunks(chunks, shape, dtype=x.dtype, previous_chunks=x.chunks)
        return result
    # A task reads what corresponds to its chunk, and writes the chunk: neither is to be larger.
    most = parse_bytes(config.get("array.chunk-size"))
    samples = math.prod(shape)
    limit = max(1, min(most, most * samples // max(math.prod(x.shape), 1)))
    scaled = tuple(_scaled(lengths, length) for lengths, length in zip(x.chunks, shape))
    if samples == 0 or _is_sensible(scaled, x.dtype.itemsize, limit):
        return scaled
    batch = tuple(max(lengths) for lengths in x.chunks[:2])
    room = max(limit // max(math.prod(batch), 1), x.dtype.itemsize)
    automatic = normalize_chunks("auto", shape[2:], limit=room, dtype=x.dtype, previous_chunks=scaled[2:])
    # Of one length, which is what Zarr has; else dask would rechunk them.
    longest = [(max(lengths), max(of_input)) for lengths, of_input in zip(automatic, scaled[2:])]
    lengths = tuple(length // part * part if length > part else length for length, part in longest)
    return (*x.chunks[:2], *normalize_chunks(lengths, shape[2:]))


def _is_sensible(chunks: Chunks, itemsize: int, limit: int) -> bool:
    """Tell whether the largest chunk is within the limit, and not so small that tasks would have little to do."""
    size = math.prod(max(lengths) for lengths in chunks) * itemsize
    return limit // 16 <= size <= limit or (size <= limit and all(len(lengths) == 1 for lengths in chunks[2:]))


def _scaled(lengths: Shape, length: int) -> Shape:
    """Return what the chunks of an axis become on one of another length: of one length, if they are."""
    total = sum(lengths)
    if total == length or total == 0:
        return tuple(lengths) if total == length else (length,)
    if length and len({*lengths[:-1]}) <= 1 and lengths[-1] <= lengths[0]:
        regular: Shape = normalize_chunks(-(-lengths[0] * length // total), (length,))[0]
        return regular
    ends = [round(end * length / total) for end in itertools.accumulate(lengths)]
    scaled = tuple(end - start for start, end in zip([0, *ends], ends) if end > start)
    return scaled or (0,)
