"""A region of the output has the bits that it has in the whole, from all of the input or from what it reads of it."""

from __future__ import annotations

import pickle
from typing import Any

import cases
import numpy as np
import pytest
from arrays import FORMATS, assert_same_bits, samples

import swiftresample as sr

Part = tuple[int, int]


def random_region(random: np.random.Generator, lengths: tuple[int, ...]) -> list[Part]:
    """A part of each axis: all of it, one sample, the last samples, or any."""
    region = []
    for length in lengths:
        start = int(random.integers(0, length))
        stops = (length, start + 1, int(random.integers(start + 1, length + 1)))
        region.append((0, length) if random.random() < 0.2 else (start, stops[random.integers(3)]))
    return region


def slices(region: list[Part]) -> tuple[Any, ...]:
    return (..., *(slice(*part) for part in region))


@pytest.mark.numbers
def test_regions_have_the_bits_of_the_whole() -> None:
    random = cases.generator(31)
    compared = 0
    while compared < 400:
        case = cases.random_case(random)
        input = case.input()
        whole = sr.interpolate(input, **case.options)
        if whole.size == 0:
            continue
        for _ in range(2):
            region = random_region(random, whole.shape[2:])
            plan = sr.Plan(input.shape, input.dtype, region=region, **case.options)
            expected = whole[slices(region)]
            what = f"{case}, {region}"
            assert_same_bits(sr.interpolate(input, region=region, **case.options), expected, what)
            assert_same_bits(plan(input), expected, what)
            assert_same_bits(plan(input[(..., *plan.source_region)]), expected, what)
            compared += 1


@pytest.mark.numbers
def test_gradients_of_regions_are_those_of_the_whole_with_zeros() -> None:
    random = cases.generator(32)
    compared = 0
    while compared < 150:
        case = cases.random_case(random)
        if case.dtype not in cases.FLOATS:
            continue
        whole = np.zeros(sr.interpolate(case.input(), **case.options).shape, case.input().dtype)
        if whole.size == 0:
            continue
        region = random_region(random, whole.shape[2:])
        part = samples(whole[slices(region)].shape, whole.dtype)
        whole[slices(region)] = part
        expected = sr.interpolate_backward(whole, case.shape, **case.options)
        actual = sr.interpolate_backward(part, case.shape, region=region, **case.options)
        # Where nothing is added to a zero, its sign may be another.
        assert_same_bits(actual + actual.dtype.type(0), expected + expected.dtype.type(0), f"{case}, {region}")
        compared += 1


@pytest.mark.parametrize("format", FORMATS.values(), ids=FORMATS.keys())
def test_every_memory_format(format: Any) -> None:
    input = samples((2, 3, 17, 23), np.float32)
    options: dict[str, Any] = {"scale_factor": 1.7, "mode": "bicubic"}
    expected = sr.interpolate(input, **options)[:, :, 5:20, 11:12]
    plan = sr.Plan(input.shape, region=[(5, 20), (11, 12)], **options)
    assert_same_bits(np.ascontiguousarray(plan(format(input))), expected)
    assert_same_bits(np.ascontiguousarray(plan(format(input)[(..., *plan.source_region)])), expected)


def test_what_a_plan_reads() -> None:
    plan = sr.Plan((1, 1, 100, 100), size=(50, 200), mode="bilinear", region=[(10, 20), None])
    assert plan.source_region == (slice(20, 40), slice(0, 100))
    assert plan.output_shape == (1, 1, 10, 200)
    assert plan.input_shape == (1, 1, 100, 100)
    # Taps and coordinates are those of the whole.
    whole = sr.Plan((1, 1, 100, 100), size=(50, 200), mode="bilinear")
    assert np.array_equal(plan.axes[0].coordinates, whole.axes[0].coordinates[10:20])
    assert np.array_equal(plan.axes[0].indices, whole.axes[0].indices[10:20])
    assert np.array_equal(plan.axes[0].weights, whole.axes[0].weights[10:20])
    assert whole.source_region == (slice(0, 100), slice(0, 100))


def test_a_plan_of_a_region_is_pickled_with_it() -> None:
    plan = sr.Plan((1, 2, 30), scale_factor=2, mode="linear", region=[slice(7, None)])
    again = pickle.loads(pickle.dumps(plan))
    assert again.source_region == plan.source_region
    input = samples((1, 2, 30), np.float32)
    assert_same_bits(again(input), plan(input))


def test_nothing_but_the_region_is_written() -> None:
    input = samples((1, 1, 40, 40), np.float32)
    memory = np.full((1, 1, 80, 80), 7, np.float32)
    sr.interpolate(input, scale_factor=2, mode="bilinear", region=[(8, 24), (3, 17)], out=memory[..., 8:24, 3:17])
    expected = np.full_like(memory, 7)
    expected[..., 8:24, 3:17] = sr.interpolate(input, scale_factor=2, mode="bilinear")[..., 8:24, 3:17]
    assert_same_bits(memory, expected)


def test_axes_that_nobody_could_make_a_table_for() -> None:
    # Tables of 2^31 samples: the region has its own alone.
    part = samples((1, 1, 1, 4), np.float32)
    plan = sr.Plan((1, 1, 1, 2**30), size=(1, 2**31 - 2), mode="bilinear", region=[None, (10**9, 10**9 + 3)])
    (_, columns) = plan.source_region
    assert columns.start in range(5 * 10**8 - 2, 5 * 10**8 + 2)
    assert plan(part[..., : columns.stop - columns.start]).shape == (1, 1, 1, 3)


@pytest.mark.parametrize(
    ("region", "error", "words"),
    [
        ([(0, 5)], ValueError, "2 entries"),
        ([(0, 5)] * 3, ValueError, "2 entries"),
        ([(0, 21), (0, 5)], ValueError, "0 to 20 on axis 2"),
        ([(0, 5), (20, 21)], ValueError, "0 to 20 on axis 3"),
        ([(5, 5), (0, 5)], ValueError, "not empty"),
        ([(0, 0), (0, 5)], ValueError, "not empty"),
        ([(6, 5), (0, 5)], ValueError, "not empty"),
        ([(-2, 5), (0, 5)], ValueError, "not empty"),
        ([slice(None, -1), None], ValueError, "not empty"),
        ([slice(-3, None), None], ValueError, "within"),
        ([slice(0, 10, 2), None], ValueError, "every sample"),
        ([slice(20, None), None], ValueError, "0 to 20 on axis 2"),
        ([(0, 2**63), None], ValueError, "region"),
        ([(0, 5, 1), None], TypeError, "pairs"),
        ([(0, 5.0), None], TypeError, "integers"),
        ([(0, True), None], TypeError, "integers"),
        ([(-3, None), None], ValueError, "within"),
        ([7, None], TypeError, "pairs"),
        (7, TypeError, "each spatial axis"),
        ("ab", TypeError, "each spatial axis"),
        ([], ValueError, "2 entries"),
    ],
)
def test_regions_that_are_none(region: Any, error: type[Exception], words: str) -> None:
    options: dict[str, Any] = {"size": (20, 20), "mode": "bilinear"}
    input = samples((1, 1, 10, 10), np.float32)
    calls = (
        lambda: sr.interpolate(input, region=region, **options),
        lambda: sr.Plan(input.shape, region=region, **options),
        lambda: sr.interpolate_backward(samples((1, 1, 5, 5), np.float32), input.shape, region=region, **options),
    )
    for call in calls:
        with pytest.raises(error, match=words):
            call()


@pytest.mark.parametrize("shape", [(1, 1, 9, 10), (1, 1, 6, 5), (1, 1, 5, 7), (1, 2, 5, 6), (2, 1, 5, 6), (1, 5, 6)])
def test_parts_that_do_not_fit(shape: tuple[int, ...]) -> None:
    plan = sr.Plan((1, 1, 10, 10), size=(20, 20), mode="bilinear", region=[(4, 10), (4, 12)])
    assert tuple(part.stop - part.start for part in plan.source_region) == (5, 6)
    with pytest.raises(ValueError, match="source_region"):
        plan(np.zeros(shape, np.float32))
