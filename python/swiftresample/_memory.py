"""Memory of large results: that of earlier ones that are gone is used again.

A new array of that size has no memory until it is written to, and the system, which clears every page, takes longer to
provide it than most operators take. What is kept is marked as free (``MADV_FREE``): the system takes it back, without a
word and without writing it anywhere, as soon as anything else needs memory.
"""

from __future__ import annotations

import functools
import mmap
import operator
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

#: The bytes from which malloc asks the system for each array: smaller ones it keeps itself.
LARGE = 32 << 20

#: The most bytes that are kept, and so the most that results have in memory that will be kept.
MOST = 512 << 20

_HUGE_PAGE = 2 << 20
_FREE = getattr(mmap, "MADV_FREE", None)
_HUGE = getattr(mmap, "MADV_HUGEPAGE", None)

# By its id, the oldest first: the memory of results that are gone. Whatever happens to it is one operation of a dict:
# there is no lock that a fork, a signal or a finalizer could meet.
_kept: dict[int, mmap.mmap] = {}


class _Watch(weakref.ref):  # type: ignore[type-arg]
    """What is done when an array is gone, without a line of Python: an interrupt that came in one would be lost."""

    __slots__ = ("action",)
    action: Callable[[], object]


_act = operator.methodcaller("action")

# By the id of the memory, of results and of what is kept: what the memory waits for, and its size.
_watched: dict[int, tuple[_Watch, _Watch, int]] = {}


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
    for key in tuple(_kept):
        _give_up(key)


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
    # The younger one acts first.
    keep, free = _Watch(owner, _act), _Watch(owner, _act)
    keep.action = functools.partial(_kept.__setitem__, id(memory), memory)
    free.action = functools.partial(memory.madvise, _FREE)
    _watched[id(memory)] = keep, free, len(memory)
    return owner[: like.nbytes].view(like.dtype).reshape(like.shape)


def _take(size: int) -> mmap.mmap | None:
    """Return memory of that many bytes or up to twice as many; None if there is none."""
    for key, memory in tuple(_kept.items()):
        # None if another thread has taken it.
        if size <= len(memory) <= 2 * size and _kept.pop(key, None) is memory:
            _watched.pop(key, None)
            return memory
    for key in tuple(_kept):
        if _has_room(size):
            break
        _give_up(key)
    if not _has_room(size):
        return None
    try:
        memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        if _HUGE is not None:
            memory.madvise(_HUGE)  # as NumPy does
        memory.madvise(_FREE)  # type: ignore[arg-type]  # a system may not know it
    except (OSError, ValueError):
        return None
    return memory


def _has_room(size: int) -> bool:
    return sum(length for _, _, length in tuple(_watched.values())) + size <= MOST


def _give_up(key: int) -> None:
    """Forget memory that is kept; it is the system's as soon as nothing else holds it."""
    if _kept.pop(key, None) is not None:  # or else another thread has taken it
        _watched.pop(key, None)
