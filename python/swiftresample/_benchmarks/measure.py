"""Times, taken so that the contenders of a case can be compared although the machine drifts and is shared.

Rounds: in each, every contender has one turn, in an order drawn anew. A turn waits until the threads of the one before
have gone to sleep (several libraries let them spin for the next call), makes calls that are not timed for 5 ms, which
brings the caches and the contender's own threads to the state of calls in a row, and then times calls for 5 ms; one
call at least of either. With one untimed call, what was in the caches from other contenders decided: 1.3 ms became 2.2.
Calls of microseconds are timed several at once.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import math
import os
import random
import statistics
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

Call = Callable[[], object]

WARM_UP = 5e-3  # seconds
TURN = 5e-3  # seconds
SHORTEST = 20e-6  # seconds that are timed at once
FEWEST_ROUNDS = 3
LONGEST_WAIT = 0.1  # seconds for the threads of the contender before


class Times:
    """The times of one contender, in seconds a call."""

    def __init__(self) -> None:
        self.samples: list[float] = []

    @property
    def best(self) -> float:
        """The shortest."""
        return min(self.samples)

    @property
    def median(self) -> float:
        """The one in the middle."""
        return statistics.median(self.samples)


def interleave(calls: Mapping[str, Call], seconds: float, fewest_rounds: int = FEWEST_ROUNDS) -> dict[str, Times]:
    """Time every call in turn for about that many seconds in all, and return the times under the same names."""
    times = {name: Times() for name in calls}
    at_once = {name: _calls_at_once(call) for name, call in calls.items()}
    order = list(calls)
    draw = random.Random(0)
    collects = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        end = time.perf_counter() + seconds
        rounds = 0
        while rounds < fewest_rounds or time.perf_counter() < end:
            draw.shuffle(order)
            for name in order:
                wait_for_other_threads()
                _repeat(calls[name], at_once[name], WARM_UP)
                times[name].samples += _repeat(calls[name], at_once[name], TURN)
            rounds += 1
    finally:
        if collects:
            gc.enable()
    return times


def _calls_at_once(call: Call) -> int:
    """Warm up, and return how many calls have to be timed at once."""
    call()
    return max(1, math.ceil(SHORTEST / min(_time(call, 1) for _ in range(3))))


def _repeat(call: Call, at_once: int, seconds: float) -> list[float]:
    """Time calls for that many seconds, at least once."""
    end = time.perf_counter() + seconds
    samples = [_time(call, at_once)]
    while time.perf_counter() < end:
        samples.append(_time(call, at_once))
    return samples


def _time(call: Call, count: int) -> float:
    """Return the seconds a call takes, from `count` of them."""
    if count == 1:
        start = time.perf_counter()
        call()
        return time.perf_counter() - start
    numbers = range(count)
    start = time.perf_counter()
    for _ in numbers:
        call()
    return (time.perf_counter() - start) / count


def wait_for_other_threads() -> None:
    """Wait until no other thread of this process runs, as Linux says."""
    tasks = Path("/proc/self/task")
    if not tasks.is_dir():
        time.sleep(1e-3)
        return
    own = str(threading.get_native_id())
    end = time.perf_counter() + LONGEST_WAIT
    while any(_runs(tasks / task / "stat") for task in os.listdir(tasks) if task != own):
        if time.perf_counter() > end:
            return
        time.sleep(1e-4)


def _runs(path: Path) -> bool:
    try:
        return path.read_text().rpartition(")")[2].split()[0] == "R"
    except OSError:  # it has ended
        return False


def keep_freed_memory() -> None:
    """Let glibc's malloc keep what is freed, and take blocks of up to 32 MB from it.

    It comes to that by itself, or does not, as the order of the sizes happens to be; what allocates its result in every
    call would take a multiple of its time in a process in which it does not.
    """
    trim_threshold, mmap_threshold = -1, -3  # M_... of malloc.h
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(trim_threshold, 2**31 - 1)
        library.mallopt(mmap_threshold, 2**25)
