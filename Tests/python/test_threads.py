"""Results do not depend on the number of threads, within a call or of calls."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Callable

import numpy as np
import pytest
from arrays import MODES, assert_same_bits, samples

import swiftresample as sr
from swiftresample._library import library
from swiftresample._structures import Error

if TYPE_CHECKING:
    from numpy.typing import NDArray

pytestmark = [pytest.mark.memory, pytest.mark.slow]

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


# Calls of every operator, forward and backward, large enough for several threads each.
def _calls() -> list[Callable[[], Any]]:
    image, large = samples((2, 8, 40, 50), np.float32), samples((2, 8, 80, 100), np.float32, 1)
    photo = samples((2, 3, 150, 200), np.uint8, 2)
    volume = samples((1, 3, 6, 20, 30), np.float64, 3)
    halves = samples((2, 8, 80, 90), np.float16, 4)
    weight, masks = samples((8, 6, 4, 4), np.float32, 5), samples((2, 9, 80, 100), np.float32, 6)
    grid, theta = samples((2, 40, 50, 2), np.float32, 7), samples((2, 2, 3), np.float32, 8)
    convolved, sampled = samples((2, 6, 80, 100), np.float32, 9), samples((2, 8, 40, 50), np.float32, 10)
    bicubic = sr.Plan(image.shape, scale_factor=2, mode="bicubic")
    antialias = sr.Plan(photo.shape, np.uint8, size=(50, 60), mode="bilinear", antialias=True)
    trilinear = sr.Plan(volume.shape, np.float64, scale_factor=2, mode="trilinear")
    nearest = sr.Plan(image.shape, scale_factor=1.7)
    return [
        lambda: bicubic(image),
        lambda: antialias(photo),
        lambda: trilinear(volume),
        lambda: nearest(image),
        lambda: sr.interpolate(halves, scale_factor=0.5, mode="area"),
        lambda: sr.interpolate_backward(large, image.shape, scale_factor=2, mode="bilinear"),
        lambda: sr.interpolate_backward(halves, (2, 8, 120, 140), size=(80, 90), mode="bicubic", antialias=True),
        lambda: sr.pixel_shuffle(image, 2),
        lambda: sr.pixel_unshuffle(large, 2),
        lambda: sr.conv_transpose2d(image, weight, stride=2, padding=1),
        lambda: sr.conv_transpose2d_backward(convolved, image, weight, stride=2, padding=1),
        lambda: sr.grid_sample(image, grid, align_corners=False),
        lambda: sr.grid_sample_backward(sampled, image, grid, align_corners=False),
        lambda: sr.affine_grid(theta, (2, 8, 90, 120), align_corners=True),
        lambda: sr.carafe(image, masks, 3, scale_factor=2),
        lambda: sr.carafe_backward(large, image, masks, 3, scale_factor=2),
    ]


def _parts(result: Any) -> list[NDArray[Any]]:
    return list(result) if isinstance(result, tuple) else [result]


def test_thirty_two_threads_may_call_everything_at_once() -> None:
    calls = _calls()
    sr.set_num_threads(1)
    expected = [_parts(call()) for call in calls]
    start = threading.Barrier(33)

    def work(first: int) -> None:
        start.wait(timeout=60)
        for number in range(2 * len(calls)):
            index = (first + number) % len(calls)
            for actual, wanted in zip(_parts(calls[index]()), expected[index]):
                assert_same_bits(actual, wanted)

    with ThreadPoolExecutor(32) as pool:
        pending = [pool.submit(work, index) for index in range(32)]
        start.wait(timeout=60)
        for count in range(200):  # meanwhile
            sr.set_num_threads(1024 if count == 100 else 1 + count % 16)
            time.sleep(0.001)
        for done in pending:
            done.result(timeout=120)


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


@pytest.mark.parametrize(
    ("own", "omp", "expected"),
    [
        *[("", "5", "5"), ("3", "5", "3"), ("", "4,2", "4"), ("many", "6", "6"), ("3,2", "7", "7")],
        *[("", "2000", "1024"), ("", " 3 ", "3"), ("", "3 ,2", "3"), ("3 ", "5", "3")],
    ],
)
def test_openmps_variable_counts_where_there_is_no_other(run_python: Any, own: str, omp: str, expected: str) -> None:
    script = "import swiftresample as sr\nprint(sr.get_num_threads())"
    assert run_python(script, RESAMPLE_NUM_THREADS=own, OMP_NUM_THREADS=omp).stdout == f"{expected}\n"


@pytest.mark.parametrize("nonsense", ["", "0", "-2", "many", "4 apples", ",3"])
def test_nonsense_in_openmps_variable_means_the_processors(run_python: Any, nonsense: str) -> None:
    script = "import swiftresample as sr\nprint(sr.get_num_threads())"
    expected = run_python(script, RESAMPLE_NUM_THREADS="", OMP_NUM_THREADS="").stdout
    assert run_python(script, RESAMPLE_NUM_THREADS="", OMP_NUM_THREADS=nonsense).stdout == expected


def test_a_limit_is_for_the_calling_thread_alone() -> None:
    sr.set_num_threads(4)
    seen = []

    def work() -> None:
        seen.append(sr.get_num_threads())

    try:
        library.rsmp_limit_threads(2, Error())
        assert sr.get_num_threads() == 2
        other = threading.Thread(target=work)
        other.start()
        other.join()
        assert seen == [4]
        sr.set_num_threads(1)
        assert sr.get_num_threads() == 1
        sr.set_num_threads(3)
        assert sr.get_num_threads() == 2
    finally:
        library.rsmp_limit_threads(0, Error())
    assert sr.get_num_threads() == 3


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
