"""Memory of large results: that of earlier ones that are gone is used again.

A new array of that size has no memory until it is written to, and the system, which clears every page, takes longer to
provide it than most operators take. What is kept is marked as free (``MADV_FREE``): the system takes it back, without a
word and without writing it anywhere, as soon as anything else needs memory.
"""

from __future__ import annotations

import mmap
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: The bytes from which malloc asks the system for each array: smaller ones it keeps itself.
LARGE = 32 << 20

#: The most bytes that are kept.
MOST = 512 << 20

_HUGE_PAGE = 2 << 20
_FREE = getattr(mmap, "MADV_FREE", None)
_HUGE = getattr(mmap, "MADV_HUGEPAGE", None)

# By its id, the oldest first. Whatever happens to it is one operation of a dict: there is no lock that a fork, a signal
# or a finalizer could meet.
_kept: dict[int, mmap.mmap] = {}


def release_memory() -> None:
    """Give the memory that is kept of earlier results back to the system.

    Results of 32 MB and more are made in the memory of earlier ones, once no array and no view of these is left; for
    that, at most 512 MB are kept. The system takes the memory back by itself as soon as it needs it, but counts it as
    the process's until then.

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> large = sr.interpolate(np.zeros((1, 1, 2048, 2048), np.float32), scale_factor=2)
    >>> del large
    >>> sr.release_memory()
    """
    _kept.clear()


def new_array(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return what ``numpy.empty`` does, with memory of an earlier result if it is large."""
    try:
        array = np.empty(shape, dtype)
    except MemoryError:  # a limit of the address space counts what is kept
        if not _kept:
            raise
        release_memory()
        array = np.empty(shape, dtype)
    return array if array.nbytes < LARGE else _large_array(array)


def _large_array(like: NDArray[Any]) -> NDArray[Any]:
    """Return an array of the shape and dtype of `like`, a new one of at least LARGE bytes; or `like` itself."""
    if _FREE is None:
        return like
    memory = _take(-(-like.nbytes // _HUGE_PAGE) * _HUGE_PAGE)
    if memory is None:
        return like
    # Every view of the result, and whatever else reads its memory, holds this array. It is gone when all of them are.
    owner = np.frombuffer(memory, np.uint8)
    weakref.finalize(owner, _give_back, memory).atexit = False
    return owner[: like.nbytes].view(like.dtype).reshape(like.shape)


def _take(size: int) -> mmap.mmap | None:
    """Return memory of that many bytes or up to twice as many; None if the system has none."""
    for key, memory in tuple(_kept.items()):
        # None if another thread has taken it.
        if size <= len(memory) <= 2 * size and _kept.pop(key, None) is memory:
            return memory
    try:
        memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        if _HUGE is not None:
            memory.madvise(_HUGE)  # as NumPy does
    except (OSError, ValueError):
        return None
    return memory


def _give_back(memory: mmap.mmap) -> None:
    try:
        memory.madvise(_FREE)  # type: ignore[arg-type]
    except (OSError, ValueError):  # a system that does not know it: the memory goes with the object
        return
    _kept[id(memory)] = memory
    kept = tuple(_kept.items())
    size = sum(len(memory) for _, memory in kept)
    for key, memory in kept:
        if size <= MOST:
            break
        _kept.pop(key, None)
        size -= len(memory)
