"""The plans that functions keep between calls."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Protocol

    class KeptPlan(Protocol):
        """What a cache keeps."""

        @property
        def _table_lengths(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
            """The samples before and after the resampling, of each axis that has a table."""


_REMEMBERED = 256  # keys that came once


_uses = itertools.count()


class _Kept:
    """A plan, and the number of its last use; to count it takes less time than to keep the plans in order."""

    __slots__ = ("plan", "used")

    def __init__(self, plan: KeptPlan) -> None:
        self.plan = plan
        self.used = next(_uses)


class PlanCache:
    """The plans used last, for any number of threads.

    Parameters
    ----------
    capacity : int
        The most plans to keep.
    samples : int
        The most samples that the spatial axes of the plans kept may have in all, each before or after the resampling,
        whatever is more: a plan's tables are as long as its axes.
    """

    def __init__(self, capacity: int, samples: int) -> None:
        self._capacity = capacity
        self._samples = samples
        self._samples_kept = 0
        self._seen: dict[tuple[Any, ...], None] = {}  # keys that came once, in turn
        self._plans: dict[tuple[Any, ...], _Kept] = {}
        self._lock = threading.Lock()
        # Caches live as long as the process. Another thread may hold the lock when a child is forked.
        os.register_at_fork(after_in_child=self._start_over)

    def _start_over(self) -> None:
        self._lock = threading.Lock()
        self._samples_kept = sum(_samples(kept.plan) for kept in self._plans.values())

    def __len__(self) -> int:
        """Return the number of plans kept."""
        return len(self._plans)

    def get(self, key: tuple[Any, ...]) -> Any:
        """Return the plan kept under `key`, without waiting for other threads."""
        try:
            kept = self._plans.get(key)
        except TypeError:  # an argument that cannot be hashed: making the plan will say which
            return None
        if kept is None:
            return None
        kept.used = next(_uses)
        return kept.plan

    def is_new(self, key: tuple[Any, ...]) -> bool:
        """Tell whether `key` came for the first time, as far as is remembered.

        Its plan would be kept for nothing, and in the place of one that is needed, where no call is like another:
        objects cut out of images, for instance.
        """
        try:
            if self._seen.pop(key, self) is not self:
                return False
            self._seen[key] = None
        except TypeError:  # an argument that cannot be hashed: making the plan will say which
            return False
        if len(self._seen) > _REMEMBERED:
            with contextlib.suppress(RuntimeError, StopIteration):  # other threads add and take away
                self._seen.pop(next(iter(self._seen)), None)
        return True

    def add(self, key: tuple[Any, ...], plan: KeptPlan) -> None:
        """Keep `plan`, and drop those not used for longest if there are too many now.

        While another thread does so, `plan` is not kept.
        """
        samples = _samples(plan)
        if samples > self._samples:
            return
        # Never waits: a signal handler, or a finalizer, may call while this very thread holds the lock.
        lock = self._lock
        if not lock.acquire(blocking=False):
            return
        try:
            if key in self._plans:  # another thread was faster
                return
            self._plans[key] = _Kept(plan)
            self._samples_kept += samples
            while len(self._plans) > self._capacity or self._samples_kept > self._samples:
                if len(self._plans) == 1:  # an interrupt left a wrong count
                    self._samples_kept = samples
                    break
                oldest = min(self._plans, key=lambda key: self._plans[key].used)
                self._samples_kept -= _samples(self._plans.pop(oldest).plan)
        finally:
            lock.release()


def _samples(plan: KeptPlan) -> int:
    return sum(map(max, *plan._table_lengths))
