"""Tasks that resample chunks of a dask array."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import dask.array as da
import numpy as np
from dask.base import tokenize
from dask.highlevelgraph import HighLevelGraph

from .._arrays import as_dtype, dtype_code
from .._library import library
from .._options import Options
from .._plan import Plan, output_shape
from ._chunks import chunks_of_result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._options import Clamp, ScaleFactor, Size
    from ._chunks import Shape

    Bounds = tuple[int, int]
    Span = tuple[int, int, int]  # of a chunk: its number, the first sample, and the end


def interpolate(
    x: da.Array,
    size: Size = None,
    scale_factor: ScaleFactor = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
    *,
    clamp: Clamp = None,
    chunks: Any = None,
) -> da.Array:
    """Resample a dask array, lazily: what `swiftresample.interpolate` gives for all of it, bit for bit.

    Each chunk of the result reads the part of `x` that it needs, across the borders of chunks. No chunk of `x` is made
    larger or smaller for it, and pieces alone travel between workers. A task runs on one thread.

    Parameters
    ----------
    x : dask.array.Array
        (N, C, W), (N, C, H, W) or (N, C, D, H, W), of chunks whose sizes are known.
    size, scale_factor, mode, align_corners, recompute_scale_factor, antialias, clamp
        As for `swiftresample.interpolate`.
    chunks : int, tuple or str, optional
        The chunks of the result, as dask has them. By default those that the chunks of `x` become, several together or
        divided where a task would be smaller or larger than dask's configuration ``array.chunk-size`` says. Along N
        and C others than those of `x` have it rechunked.

    Returns
    -------
    dask.array.Array

    Raises
    ------
    TypeError
        For anything but a dask array, and for dtypes that `interpolate` does not take.
    ValueError
        For chunks of unknown sizes, and whatever `interpolate` refuses.
    NotImplementedError
        As `interpolate`.

    Examples
    --------
    >>> import dask.array as da
    >>> import swiftresample as sr
    >>> import swiftresample.dask
    >>> labels = da.zeros((1, 1, 30_000, 20_000), chunks=(1, 1, 5000, 5000), dtype="uint16")
    >>> small = sr.dask.interpolate(labels, scale_factor=0.1)
    >>> small.shape, small.chunksize
    ((1, 1, 3000, 2000), (1, 1, 500, 500))
    """
    if not isinstance(x, da.Array):
        raise TypeError(f"x must be a dask array, got {type(x).__module__}.{type(x).__qualname__}")
    if any(math.isnan(length) for lengths in x.chunks for length in lengths):
        raise ValueError("x has chunks of unknown sizes: x.compute_chunk_sizes() finds them")
    options = Options(size, scale_factor, mode, align_corners, recompute_scale_factor, antialias, clamp).exact()
    shape: Shape = tuple(int(length) for length in x.shape)
    # Raises whatever can be told without the samples, now and not in some task.
    result_shape = output_shape(shape, dtype_code(as_dtype(x.dtype)), options.structure(len(shape)))
    result_chunks = chunks_of_result(x, result_shape, chunks)
    if result_chunks[:2] != x.chunks[:2]:
        x = x.rechunk(dict(enumerate(result_chunks[:2])))
    name = "interpolate-" + tokenize(x, options, result_chunks)
    tasks = _Tasks(x, name, options)
    starts = [(0, *itertools.accumulate(lengths)) for lengths in result_chunks]
    for block in itertools.product(*(range(len(lengths)) for lengths in result_chunks)):
        tasks.add(block, tuple((start[index], start[index + 1]) for start, index in zip(starts, block)))
    dependencies: Any = [x]
    layers = HighLevelGraph.from_collections(name, tasks.graph, dependencies=dependencies)
    return da.Array(layers, name, result_chunks, dtype=x.dtype, meta=np.empty((0,) * x.ndim, x.dtype))


# ---- Tasks -----------------------------------------------------------------------------------------------------------


class _Tasks:
    """One for each chunk of the result, and one for each piece that they read of a chunk of `x`."""

    def __init__(self, x: da.Array, name: str, options: Options) -> None:
        self.graph: dict[Any, Any] = {}
        self._x = x
        self._name = name
        self._options = options
        self._lengths: Shape = tuple(int(length) for length in x.shape[2:])
        self._spans: dict[tuple[int, Bounds], list[Span]] = {}

    def add(self, block: tuple[int, ...], part: tuple[Bounds, ...]) -> None:
        """Add the task of one chunk of the result, which is that part of it."""
        x, batch, region = self._x, block[:2], part[2:]
        images = tuple(x.chunks[axis][index] for axis, index in enumerate(batch))
        lengths = tuple(stop - start for start, stop in region)
        if 0 in images or 0 in lengths:
            self.graph[(self._name, *block)] = (np.empty, (*images, *lengths), x.dtype)
            return
        axes = [self._spans_of(axis, bounds) for axis, bounds in enumerate(region, start=2)]
        keys: Any = [self._piece(batch, spans) for spans in itertools.product(*axes)]
        for spans in reversed(axes):
            keys = [keys[start : start + len(spans)] for start in range(0, len(keys), len(spans))]
        self.graph[(self._name, *block)] = (_interpolate, keys[0], self._lengths, region, tuple(self._options[:7]))

    def _spans_of(self, axis: int, bounds: Bounds) -> list[Span]:
        """Return what a part of an axis reads, whatever is wanted of the others: chunks, and the samples of each."""
        spans = self._spans.get((axis, bounds))
        if spans is None:
            options = self._options
            region = [(0, 1)] * len(self._lengths)
            region[axis - 2] = bounds
            plan = Plan((1, 1, *self._lengths), self._x.dtype, *options[:6], clamp=options.clamp, region=region)
            spans = list(_overlaps(self._x.chunks[axis], plan.source_region[axis - 2]))
            self._spans[(axis, bounds)] = spans
        return spans

    def _piece(self, batch: tuple[int, ...], spans: tuple[Span, ...]) -> Any:
        """Return the key of part of a chunk of `x`."""
        block = (*batch, *(number for number, _, _ in spans))
        key = (self._x.name, *block)
        chunks = self._x.chunks[2:]
        if all((first, end) == (0, lengths[number]) for lengths, (number, first, end) in zip(chunks, spans)):
            return key
        bounds = tuple(bound for _, first, end in spans for bound in (first, end))
        piece = (f"{self._name}-source", *block, *bounds)
        self.graph[piece] = (_cut, key, bounds)
        return piece


def _overlaps(lengths: Shape, read: slice) -> Iterator[Span]:
    """Return the number of each chunk of an axis that `read` overlaps, with the samples of that chunk."""
    start = 0
    for number, length in enumerate(lengths):
        first, end = max(read.start - start, 0), min(read.stop - start, length)
        if first < end:
            yield number, first, end
        start += length


def _cut(chunk: Any, bounds: tuple[int, ...]) -> Any:
    part = chunk[(..., *(slice(first, end) for first, end in zip(bounds[::2], bounds[1::2])))]
    # A view would keep, and send, all of the chunk.
    return part if part.size * 2 > chunk.size else part.copy()


def _interpolate(pieces: Any, lengths: Shape, region: Any, options: tuple[Any, ...]) -> Any:
    """Resample a part of an array of which the spatial lengths are `lengths`."""
    part = np.block(pieces) if _is_several(pieces) else _only(pieces)
    plan = Plan((*part.shape[:2], *lengths), part.dtype, *options[:6], clamp=options[6], region=region)
    # dask has as many tasks at once as it wants threads.
    try:
        library.rsmp_limit_threads(1, None)
        return plan(part)
    finally:
        library.rsmp_limit_threads(0, None)


def _is_several(pieces: Any) -> bool:
    while isinstance(pieces, list):
        if len(pieces) > 1:
            return True
        pieces = pieces[0]
    return False


def _only(pieces: Any) -> Any:
    while isinstance(pieces, list):
        pieces = pieces[0]
    return np.asarray(pieces)
