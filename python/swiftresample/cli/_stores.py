"""Arrays that are larger than memory: read part by part, and written chunk by chunk into Zarr stores on this machine.

Zarr takes a chunk that is not there for one of its fill value, and says nothing. So what is read is looked for twice:
the chunks that were there when the array was opened have to be there after each reading. Of arrays that are made here
every chunk is written, also one of zeros. A chunk that is there is whole: Zarr writes another file, and renames it.
"""

from __future__ import annotations

import errno
import itertools
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ._common import CommandError, load, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ._common import Array

    Slices = tuple[slice, ...]

BLOCK = 1 << 22  # bytes that a task makes, at least
READ = 1 << 20  # bytes that are read at once, at least


class Chunks:
    """The files of a Zarr array: those that were there when this was made."""

    def __init__(self, array: Any) -> None:
        self._array = array
        self._folder = Path(array.store.root, array.path)
        self.lengths: tuple[int, ...] = array.shards or array.chunks
        grid = tuple(-(-length // chunk) for length, chunk in zip(array.shape, self.lengths))
        self.there = np.zeros(grid, bool)
        for place in np.ndindex(*grid):
            self.there[place] = self._is_there(place)

    def missing(self, part: Slices) -> list[Slices]:
        """Return what the chunks that were not there have of the array."""
        return [self._bounds(place) for place in self._places(part) if not self.there[place]]

    def check(self, part: Slices) -> None:
        """Raise OSError if a chunk was there, and is not any more."""
        if not all(self._is_there(place) for place in self._places(part) if self.there[place]):
            raise OSError(errno.ENOENT, "chunks that were there are gone")

    def _places(self, part: Slices) -> Iterator[tuple[int, ...]]:
        ranges = [
            range(bounds.start // length, -(-bounds.stop // length)) for bounds, length in zip(part, self.lengths)
        ]
        return itertools.product(*ranges)

    def _bounds(self, place: Sequence[int]) -> Slices:
        sizes = zip(place, self.lengths, self._array.shape)
        return tuple(slice(index * length, min((index + 1) * length, end)) for index, length, end in sizes)

    def _is_there(self, place: tuple[int, ...]) -> bool:
        return Path(self._folder, self._array.metadata.encode_chunk_key(place)).is_file()


class Reader:
    """An array of which dask reads parts; errors name it."""

    def __init__(self, name: str, array: Any, part_of: Callable[[Slices], Array], chunks: Chunks | None = None) -> None:
        self.name, self.shape = name, tuple(map(int, array.shape))
        self.ndim, self.dtype = len(self.shape), np.dtype(array.dtype).newbyteorder("=")
        self.chunks = chunks
        self._part_of = part_of

    @classmethod
    def of_zarr(cls, name: str, array: Any) -> Reader:
        """Read an array of Zarr."""
        has_files = isinstance(array.store, load("zarr.storage", "pyramid").LocalStore)
        return cls(name, array, array.__getitem__, Chunks(array) if has_files else None)

    @classmethod
    def of_npy(cls, path: Path) -> Reader:
        """Read a file of NumPy, mapped anew each time: what is read of a mapping stays in memory until it ends."""

        def mapped() -> Array:
            array: Array = np.load(path, mmap_mode="r", allow_pickle=False)
            return array

        return cls(str(path), mapped(), lambda part: mapped()[part].copy())

    def __getitem__(self, part: Any) -> Array:
        """Return the samples of a part."""
        bounds = tuple(
            slice(*of.indices(length)) if isinstance(of, slice) else slice(of, of + 1)
            for of, length in zip(part, self.shape)
        )
        try:
            samples = np.asarray(self._part_of(bounds))
            if self.chunks:
                self.chunks.check(bounds)
        except Exception as error:  # whatever damage leads to
            raise CommandError(f"{self.name} cannot be read: {reason(error)}") from None
        indices = tuple(slice(None) if isinstance(of, slice) else 0 for of in part)
        return samples.astype(self.dtype, copy=False)[indices]

    def lazily(self, block: Sequence[int]) -> Any:
        """Return the array as one of dask, which is read in such parts."""
        meta = np.empty((0,) * self.ndim, self.dtype)
        return load("dask.array", "pyramid").from_array(self, chunks=tuple(block), name=False, meta=meta)


class Writer:
    """An array of Zarr that is written by blocks of chunks; those that are there stay."""

    def __init__(self, array: Any, block: Sequence[int]) -> None:
        self._array, self.block = array, tuple(block)
        self._chunks = Chunks(array)

    def missing(self) -> list[tuple[int, ...]]:
        """Return the numbers of the blocks of which chunks are missing."""
        grid = [range(-(-length // block)) for length, block in zip(self._array.shape, self.block)]
        return [place for place in itertools.product(*grid) if self._chunks.missing(self._bounds(place))]

    def size(self, place: Sequence[int]) -> int:
        """Return the bytes of a block."""
        samples: int = math.prod(part.stop - part.start for part in self._bounds(place))
        itemsize: int = self._array.dtype.itemsize
        return samples * itemsize

    def write(self, place: Sequence[int], samples: Array) -> None:
        """Write the chunks of a block that are missing, one by one: if one fails, Zarr leaves others unfinished."""
        block = self._bounds(place)
        for chunk in self._chunks.missing(block):
            within = (slice(part.start - of.start, part.stop - of.start) for part, of in zip(chunk, block))
            self._array[chunk] = samples[tuple(within)]

    def _bounds(self, place: Sequence[int]) -> Slices:
        sizes = zip(place, self.block, self._array.shape)
        return tuple(slice(index * length, min((index + 1) * length, end)) for index, length, end in sizes)


def block(shape: Sequence[int], chunks: Sequence[int], source: Sequence[int], least: int) -> tuple[int, ...]:
    """Return the lengths of a block: whole chunks, no less than those of the source, and enough samples."""
    lengths = [-(-max(chunk, of_source) // chunk) * chunk for chunk, of_source in zip(chunks, source)]
    while math.prod(lengths) < least:
        growing = [axis for axis in range(max(0, len(shape) - 3), len(shape)) if lengths[axis] < shape[axis]]
        if not growing:
            break
        lengths[min(growing, key=lambda axis: lengths[axis])] *= 2
    return tuple(lengths)
