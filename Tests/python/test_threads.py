"""Results do not depend on the number of threads, within a call or of calls."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from arrays import MODES, assert_same_bits, samples

import swiftresample as sr

# Large enough to be worth several threads.
CALLS = [
    pytest.param(mode, (2, 8, *(6 * length for length in shape[2:])), options, id=name)
    for name, (mode, shape, options) in MODES.items()
    if len(shape) < 5
] + [pytest.param("trilinear", (2, 3, 12, 34, 61), {}, id="trilinear")]


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = sr.get_num_threads()
    yield
    sr.set_num_threads(before)


def test_the_number_of_threads_can_be_set() -> None:
    for n in (1, 2, 1024, np.int64(3)):
        sr.set_num_threads(n)
        assert sr.get_num_threads() == n


@pytest.mark.parametrize(("mode", "shape", "options"), CALLS)
@pytest.mark.parametrize("dtype", ["float32", "uint8", "float16"])
def test_the_number_of_threads_changes_no_bit(
    mode: str, shape: tuple[int, ...], options: dict[str, bool], dtype: str
) -> None:
    input = samples(shape, dtype)
    sr.set_num_threads(1)
    expected = sr.interpolate(input, scale_factor=1.7, mode=mode, **options)
    for n in (2, 3, 7, 16):
        sr.set_num_threads(n)
        assert_same_bits(sr.interpolate(input, scale_factor=1.7, mode=mode, **options), expected)


@pytest.mark.parametrize(("mode", "shape", "options"), CALLS)
def test_eight_threads_may_execute_one_plan_at_once(
    mode: str, shape: tuple[int, ...], options: dict[str, bool]
) -> None:
    sr.set_num_threads(2)
    plan = sr.Plan(shape, scale_factor=1.7, mode=mode, **options)
    inputs = [samples(shape, np.float32, seed) for seed in range(8)]
    expected = [plan(input) for input in inputs]
    start = threading.Barrier(8)

    def work(index: int) -> None:
        start.wait()
        for _ in range(5):
            assert_same_bits(plan(inputs[index]), expected[index])

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work, index) for index in range(8)]:
            done.result()


def test_eight_threads_may_make_plans_at_once() -> None:
    input = samples((1, 2, 9, 11), np.float32)
    sizes = [(height, width) for height in range(1, 13) for width in range(1, 13)]  # more than the cache holds
    expected = {size: sr.interpolate(input, size=size, mode="bilinear") for size in sizes}
    start = threading.Barrier(8)

    def work(seed: int) -> None:
        start.wait()
        for index in np.random.default_rng(seed).permutation(len(sizes)):
            size = sizes[index]
            assert_same_bits(sr.interpolate(input, size=size, mode="bilinear"), expected[size])

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work, seed) for seed in range(8)]:
            done.result()


def test_the_environment_names_the_number_of_threads(run_python: Any) -> None:
    script = "import swiftresample as sr\nprint(sr.get_num_threads())"
    assert run_python(script, RESAMPLE_NUM_THREADS="3").stdout == "3\n"
    assert int(run_python(script, RESAMPLE_NUM_THREADS="").stdout) >= 1
    for nonsense in ("0", "-2", "many", "99999999999999999999"):
        assert int(run_python(script, RESAMPLE_NUM_THREADS=nonsense).stdout) >= 1


def test_a_forked_child_can_resample(run_python: Any) -> None:
    script = """
import multiprocessing
import numpy as np, swiftresample as sr
input = np.random.default_rng(0).random((4, 8, 128, 128), np.float32)
sr.set_num_threads(2)
def work(queue):
    queue.put(sr.interpolate(input, scale_factor=2, mode="bilinear").tobytes())
expected = sr.interpolate(input, scale_factor=2, mode="bilinear").tobytes()
context = multiprocessing.get_context("fork")
queue = context.SimpleQueue()
children = [context.Process(target=work, args=(queue,)) for _ in range(3)]
for child in children: child.start()
print([queue.get() == expected for _ in children])
for child in children: child.join()
"""
    done = run_python(script)
    assert done.stdout == "[True, True, True]\n", done.stderr
