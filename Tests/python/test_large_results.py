"""Large results: they are made in the memory of earlier ones, and never in memory that anything still looks at."""

from __future__ import annotations

import ctypes
import gc
import mmap
import pickle
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import swiftresample as sr
from swiftresample import _memory

Array = np.ndarray[Any, Any]

LONG = np.zeros((1, 1, 4096, 2048), np.uint8)
PLAN = sr.Plan(LONG.shape, LONG.dtype, scale_factor=2)  # to 32 MB


def result(value: int = 0, plan: sr.Plan = PLAN) -> Array:
    return plan(np.full(plan.input_shape, value, np.uint8))


def address(array: Array) -> int:
    return array.__array_interface__["data"][0]


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    sr.release_memory()
    yield
    sr.release_memory()


def test_the_memory_of_a_result_that_is_gone_is_used_again() -> None:
    first = result(1)
    place = address(first)
    del first
    again = result(2)
    assert address(again) == place
    np.testing.assert_array_equal(again, np.full(PLAN.output_shape, 2, np.uint8))


VIEWS: dict[str, Callable[[Array], Any]] = {
    "a slice": lambda array: array[0, 0, 5:9, ::3],
    "a transposed view": lambda array: array.T,
    "another dtype": lambda array: array.view(np.int32),
    "an iterator": lambda array: array.flat,
    "a memoryview": memoryview,
    "DLPack": lambda array: np.from_dlpack(array),
    "a capsule": lambda array: array.__dlpack__(),
    "ctypes": lambda array: (ctypes.c_char * array.nbytes).from_buffer(array),
    "the base": lambda array: array.base,
}


@pytest.mark.parametrize("name", VIEWS)
def test_memory_that_something_looks_at_is_not_used_again(name: str) -> None:
    first = result(1)
    place, view = address(first), VIEWS[name](first)
    del first
    others = [result(2) for _ in range(3)]
    assert place not in map(address, others)
    assert bytes((ctypes.c_uint8 * 64).from_address(place)) == b"\x01" * 64
    del view
    gc.collect()
    assert place in map(address, [result(3) for _ in range(2)])


def test_a_result_goes_without_a_line_of_python() -> None:
    """An interrupt that came in one would be lost."""
    first, called = result(), []
    sys.setprofile(lambda frame, event, _: called.append(frame.f_code.co_name) if event == "call" else None)
    try:
        del first
    finally:
        sys.setprofile(None)
    assert called == []
    assert len(_memory._kept) == 1


def test_results_are_ordinary_arrays() -> None:
    for array in (result(3), result(4)):
        assert type(array) is np.ndarray
        assert array.flags.writeable
        assert array.flags.c_contiguous
        assert array.flags.aligned
        array[0, 0, 0, 0] = 9
        copy = pickle.loads(pickle.dumps(array))
        np.testing.assert_array_equal(copy, array)


def test_channels_last_and_other_operators() -> None:
    image = np.moveaxis(np.arange(2 * 2048 * 2048, dtype=np.float32).reshape(1, 2048, 2048, 2), 3, 1)
    for call in (
        lambda out=None: sr.interpolate(image, scale_factor=2, mode="bilinear", out=out),
        lambda out=None: sr.pixel_shuffle(np.repeat(image, 2, axis=1), 2, out=out),
    ):
        sr.release_memory()
        first = call()
        expected = call(out=np.zeros_like(first))
        np.testing.assert_array_equal(first, expected)
        place, strides = address(first), first.strides
        del first
        second = call()
        assert (address(second), second.strides) == (place, strides)
        np.testing.assert_array_equal(second, expected)


def test_no_more_than_so_much_is_kept(monkeypatch: Any) -> None:
    monkeypatch.setattr(_memory, "MOST", 3 * _memory.LARGE)
    results = [result(value) for value in range(5)]
    del results
    assert sum(map(len, _memory._kept.values())) <= 3 * _memory.LARGE
    assert len(_memory._kept) == 3
    sr.release_memory()
    assert not _memory._kept


def test_smaller_results_are_numpys() -> None:
    plan = sr.Plan((1, 1, 4096, 2047), np.uint8, scale_factor=2)
    assert plan(np.zeros(plan.input_shape, np.uint8)).flags.owndata


def test_memory_that_is_much_larger_is_left() -> None:
    large = result(plan=sr.Plan((1, 1, 8192, 4096), np.uint8, scale_factor=2))
    place = address(large)
    del large
    assert address(result()) != place
    assert len(_memory._kept) == 2


@pytest.mark.parametrize("failing", ["no mapping", "no MADV_FREE", "unknown MADV_FREE"])
def test_without_the_system_it_is_numpys_memory(failing: str, monkeypatch: Any) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError

    if failing == "no mapping":
        monkeypatch.setattr(_memory.mmap, "mmap", fail)
    else:
        monkeypatch.setattr(_memory, "_FREE", None if failing == "no MADV_FREE" else 2**20)
    first = result(7)
    np.testing.assert_array_equal(first, np.full(PLAN.output_shape, 7, np.uint8))
    del first
    assert not _memory._kept


def test_threads_do_not_share_memory() -> None:
    wrong: list[int] = []

    def work(value: int) -> None:
        for turn in range(6):
            array = result(value)
            held = array[:, :, turn::7]
            del array
            if not (held == value).all():
                wrong.append(value)

    threads = [threading.Thread(target=work, args=(value,)) for value in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_child_has_memory_of_its_own(run_python: Any) -> None:
    script = """
import os
import numpy as np, swiftresample as sr
plan = sr.Plan((1, 1, 4096, 2048), np.uint8, scale_factor=2)
image = np.zeros(plan.input_shape, np.uint8)
held, dropped = plan(image + 1), plan(image + 2)
del dropped
child = os.fork()
if child == 0:
    mine = plan(image + 3)
    held[...] = 4
    os._exit(0 if (mine == 3).all() and (held == 4).all() else 1)
assert os.waitpid(child, 0)[1] == 0
mine = plan(image + 5)
assert (held == 1).all() and (mine == 5).all()
print("both are right")
"""
    finished = run_python(script)
    assert finished.returncode == 0, finished.stderr
    assert "both are right" in finished.stdout


def test_what_is_kept_is_given_up_where_the_address_space_ends(run_python: Any) -> None:
    script = """
import resource
import numpy as np, swiftresample as sr
sr.set_num_threads(1)
small = sr.Plan((1, 1, 8192, 8192), np.uint8, scale_factor=2)
large = sr.Plan((1, 1, 8192, 10240), np.uint8, scale_factor=2)
image, wide = np.zeros(small.input_shape, np.uint8), np.ones(large.input_shape, np.uint8)
small(image)
with open("/proc/self/statm") as file:
    limit = int(file.read().split()[0]) * 4096 + (150 << 20)
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
assert large(wide).min() == 1
"""
    finished = run_python(script)
    assert finished.returncode == 0, finished.stderr


def test_the_system_may_take_what_is_kept() -> None:
    """It is marked as free: in /proc that is LazyFree."""
    first = result(1)
    del first
    (memory,) = _memory._kept.values()
    assert isinstance(memory, mmap.mmap)
    place = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    with open("/proc/self/smaps") as file:
        lines = file.read().splitlines()
    inside, lazy = False, 0
    for line in lines:
        start, _, rest = line.partition("-")
        if rest and " " in rest and ":" not in start:
            inside = int(start, 16) <= place < int(rest.split()[0], 16)
        elif inside and line.startswith("LazyFree:"):
            lazy += int(line.split()[1])
    assert lazy * 1024 >= _memory.LARGE // 2


def test_a_result_holds_nothing_else() -> None:
    array = result()
    reference = weakref.ref(array.base)
    del array
    assert reference() is None
