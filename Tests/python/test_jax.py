"""swiftresample.jax against JAX: its recorded results, the JAX that is installed, and a plain model of it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import jax_oracle
import numpy as np
import pytest

import swiftresample as sr

pytestmark = [pytest.mark.numbers, pytest.mark.memory]

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "conventions" / "jax.npz", allow_pickle=False)
CASES = json.loads(str(GOLDEN["cases"]))
METHODS = ["nearest", "linear", "cubic", "lanczos3", "lanczos5", "cubic-pytorch", "area"]
# Of the largest |input|. JAX itself is 1.8e-6 from the model of its arithmetic in float32, and 1.1e-3 in float16.
TOLERANCES = {"float16": 2e-3, "bfloat16": 1.6e-2}


def assert_close(result: Any, expected: Any, image: Any, what: str, tolerance: float = 3e-6) -> None:
    assert result.dtype == expected.dtype, what
    assert result.shape == expected.shape, what
    largest = float(np.abs(image.astype(np.float64)).max(initial=0))
    bound = TOLERANCES.get(str(result.dtype), tolerance) * largest
    np.testing.assert_allclose(result.astype(np.float64), expected.astype(np.float64), rtol=0, atol=bound, err_msg=what)


@pytest.mark.parametrize("number", range(len(CASES)))
def test_recorded_results(number: int) -> None:
    case, image, expected = CASES[number], GOLDEN[f"in_{number:03d}"], GOLDEN[f"out_{number:03d}"]
    arguments = [case["method"], case["antialias"]]
    if case["function"] == "scale_and_translate":
        arguments = [case["spatial_dims"], case["scale"], case["translation"], *arguments]
    result = getattr(sr.jax, case["function"])(image, case["shape"], *arguments)
    if case["method"] == "nearest":
        assert result.dtype == expected.dtype
        np.testing.assert_array_equal(result, expected)
    else:
        assert_close(result, expected, image, str(case))
        assert_close(getattr(jax_oracle, case["function"])(image, case["shape"], *arguments), expected, image, "oracle")


# ---- Random calls ----------------------------------------------------------------------------------------------------


def random_image(rng: np.random.Generator, shape: list[int], dtype: str) -> Any:
    if np.dtype(dtype).kind == "f":
        return rng.standard_normal(shape).astype(dtype)
    return rng.integers(0, 256, shape).astype(dtype)


def random_length(choose: random.Random) -> int:
    return choose.randint(1, 4) if choose.random() < 0.15 else choose.randint(1, 300 if choose.random() < 0.08 else 40)


def random_call(seed: int) -> tuple[Any, list[int], str, bool]:
    """Return an image, a shape for it, a method and antialias."""
    choose, rng = random.Random(seed), np.random.default_rng(seed)
    while True:
        before = [random_length(choose) for _ in range(choose.choice([1, 2, 2, 3, 3, 4]))]
        after = [random_length(choose) if choose.random() < 0.8 else length for length in before]
        is_possible = sum(a != b for a, b in zip(after, before)) <= 3
        if is_possible and max(np.prod(before), np.prod(after)) <= 20000:
            break
    dtype = choose.choice(["uint8", "float32", "float32", "int32", "float16", "int16", "uint16", "int8"])
    return random_image(rng, before, dtype), after, choose.choice(METHODS), choose.random() < 0.5


@pytest.mark.parametrize("part", range(8))
def test_resize_is_that_of_the_model(part: int) -> None:
    for seed in range(50 * part, 50 * part + 50):
        image, shape, method, antialias = random_call(seed)
        result = sr.jax.resize(image, shape, method, antialias)
        expected = jax_oracle.resize(image, shape, method, antialias)
        what = f"{seed} {image.dtype} {image.shape} {shape} {method} {antialias}"
        if method == "nearest":
            np.testing.assert_array_equal(result, expected, err_msg=what)
            assert result.dtype == image.dtype
        else:
            assert_close(result, expected, image, what)


def random_move(seed: int) -> tuple[Any, list[Any]]:
    """Return an image, and the other arguments of scale_and_translate."""
    choose = random.Random(seed)
    image, shape, method, antialias = random_call(seed)
    method = choose.choice(METHODS[1:]) if method == "nearest" else method
    axes = sorted(choose.sample(range(image.ndim), choose.randint(1, min(3, image.ndim))))
    shape = [shape[axis] if axis in axes else length for axis, length in enumerate(image.shape)]
    scales = [choose.choice([0.5, 1.0, 2.0]) if choose.random() < 0.3 else choose.uniform(0.2, 3) for _ in axes]
    moves = [float(choose.randint(-5, 5)) if choose.random() < 0.3 else choose.uniform(-8, 8) for _ in axes]
    named = [axis - image.ndim if choose.random() < 0.3 else axis for axis in axes]
    return image, [shape, named, scales, moves, method, antialias]


@pytest.mark.parametrize("part", range(8))
def test_scale_and_translate_is_that_of_the_model(part: int) -> None:
    for seed in range(1000 + 50 * part, 1050 + 50 * part):
        image, arguments = random_move(seed)
        result = sr.jax.scale_and_translate(image, *arguments)
        expected = jax_oracle.scale_and_translate(image, *arguments)
        assert_close(result, expected, image, f"{seed} {image.dtype} {image.shape} {arguments}")


@pytest.mark.parametrize("method", METHODS[1:])
@pytest.mark.parametrize("lengths", [(4000, 1234), (777, 4001), (4096, 4095)])
def test_long_axes(method: str, lengths: tuple[int, int]) -> None:
    """Where float32 tells how each coordinate was rounded."""
    image = np.random.default_rng(1).standard_normal(lengths[0]).astype(np.float32)
    for antialias in (False, True):
        expected = jax_oracle.resize(image, lengths[1:], method, antialias)
        assert_close(sr.jax.resize(image, lengths[1:], method, antialias), expected, image, "resize")
        arguments = (lengths[1:], [0], [lengths[1] / lengths[0]], [3.7], method, antialias)
        expected = jax_oracle.scale_and_translate(image, *arguments)
        assert_close(sr.jax.scale_and_translate(image, *arguments), expected, image, "scale_and_translate")


def test_nearest_of_long_axes() -> None:
    rng = random.Random(3)
    for _ in range(40):
        image, length = np.arange(rng.randint(1, 6000)), rng.randint(1, 6000)
        np.testing.assert_array_equal(
            sr.jax.resize(image, (length,), "nearest"), jax_oracle.resize(image, (length,), "nearest")
        )


@pytest.mark.parametrize("seed", range(10))
def test_installed_jax(seed: int) -> None:
    """JAX compiles each call for seconds: these are few."""
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    if tuple(map(int, jax.__version__.split(".")[:2])) < (0, 5):
        pytest.skip(f"JAX {jax.__version__} has other roundings than those that are copied")
    jax.config.update("jax_platforms", "cpu")
    with jax.enable_x64(False):  # other tests of this process may want it
        compare_with_jax(jax, seed)


def compare_with_jax(jax: Any, seed: int) -> None:
    image, shape, method, antialias = random_call(seed)
    expected = np.asarray(jax.image.resize(image, shape, method, antialias))
    result = sr.jax.resize(image, shape, method, antialias)
    if method == "nearest":
        np.testing.assert_array_equal(result, expected)
    else:
        assert_close(result, expected, image, f"{seed} {shape} {method} {antialias}")
    image, (shape, axes, scales, moves, method, antialias) = random_move(seed)
    expected = np.asarray(
        jax.image.scale_and_translate(
            image, shape, axes, jax.numpy.array(scales), jax.numpy.array(moves), method, antialias
        )
    )
    result = sr.jax.scale_and_translate(image, shape, axes, scales, moves, method, antialias)
    assert_close(result, expected, image, f"{seed} {shape} {scales} {moves} {method} {antialias}")


# ---- Dtypes, strides, out --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_float64_stays_float64(method: str) -> None:
    image = np.random.default_rng(0).standard_normal((9, 14))
    for antialias in (False, True):
        result = sr.jax.resize(image, (14, 6), method, antialias)
        single = sr.jax.resize(image.astype(np.float32), (14, 6), method, antialias)
        assert result.dtype == np.float64
        np.testing.assert_allclose(result, single, rtol=0, atol=3e-6 * np.abs(image).max())
    linear = sr.jax.resize(np.arange(8.0), (4,), "linear", antialias=False)
    np.testing.assert_array_equal(linear, [0.5, 2.5, 4.5, 6.5])


@pytest.mark.parametrize("dtype", ["bool", "int64", "uint32", "uint64", "int8", "uint16", "int32"])
def test_integers_become_float32(dtype: str) -> None:
    image = np.random.default_rng(0).integers(0, 2 if dtype == "bool" else 120, (7, 9)).astype(dtype)
    result = sr.jax.resize(image, (5, 12), "cubic")
    assert result.dtype == np.float32
    assert_close(result, sr.jax.resize(image.astype(np.float32), (5, 12), "cubic"), image, dtype)
    assert sr.jax.resize(image, (5, 12), "nearest").dtype == image.dtype


def test_bfloat16() -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    image = np.random.default_rng(0).standard_normal((11, 13)).astype(ml_dtypes.bfloat16)
    expected = jax_oracle.resize(image.astype(np.float32), (6, 20), "lanczos3").astype(ml_dtypes.bfloat16)
    assert_close(sr.jax.resize(image, (6, 20), "lanczos3"), expected, image, "bfloat16")


@pytest.mark.parametrize("dtype", ["uint8", "float32", "int32"])
def test_an_unchanged_shape_copies(dtype: str) -> None:
    image = np.arange(24).reshape(2, 3, 4).astype(dtype)
    result = sr.jax.resize(image, image.shape, "cubic")
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, image)
    np.testing.assert_array_equal(sr.jax.scale_and_translate(image, image.shape, [], [], [], "cubic"), image)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", ["float32", "uint8", "float64", "int32"])
def test_empty_arrays_stay_empty(method: str, dtype: str) -> None:
    for before, after in [((0,), (0,)), ((3, 0), (5, 0)), ((0, 3, 4), (0, 5, 6)), ((4, 3, 0), (2, 5, 0))]:
        assert sr.jax.resize(np.zeros(before, dtype), after, method).shape == after
        if method != "nearest":
            assert sr.jax.scale_and_translate(np.zeros(before, dtype), before, [], [], [], method).shape == before


def test_nothing_but_zeros_from_outside() -> None:
    image = np.full((5, 6), np.nan, np.float32)
    for method in METHODS[1:5] + METHODS[6:]:
        result = sr.jax.scale_and_translate(image, (4, 3), [0, 1], [1, 1], [50.0, -20.0], method)
        np.testing.assert_array_equal(result, np.zeros((4, 3)))
    result = sr.jax.scale_and_translate(np.ones((4, 6), np.float32), (9, 9), [0, 1], [1, 1], [2, 1], "linear")
    expected = np.zeros((9, 9))
    expected[2:6, 1:7] = 1
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float16", "int32"])
@pytest.mark.parametrize("shape", [(20, 30, 3), (40, 50, 3), (20, 50, 3), (40, 30, 5), (20, 30, 7)])
def test_strides_and_out(dtype: str, shape: tuple[int, ...]) -> None:
    image = random_image(np.random.default_rng(0), [40, 50, 3], dtype)
    expected = jax_oracle.resize(image, shape, "cubic")
    result = sr.jax.resize(image, shape, "cubic")
    assert_close(result, expected, image, "contiguous")
    planes = np.ascontiguousarray(image.transpose(2, 0, 1)).transpose(1, 2, 0)
    for view in (planes, image[::-1, ::-1].copy()[::-1, ::-1], np.repeat(image, 2, axis=1)[:, ::2]):
        np.testing.assert_array_equal(sr.jax.resize(view, shape, "cubic"), result)
    wide = np.zeros((shape[0], 2 * shape[1], shape[2]), result.dtype)
    out = wide[:, ::2]
    assert sr.jax.resize(image, shape, "cubic", out=out) is out
    np.testing.assert_array_equal(out, result)
    assert not wide[:, 1::2].any()


# ---- Bad input -------------------------------------------------------------------------------------------------------

IMAGE = np.zeros((4, 6), np.float32)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (((4, 0), "linear"), ValueError),
        (((4, -1), "linear"), ValueError),
        (((4,), "linear"), ValueError),
        (((4, 6, 1), "linear"), ValueError),
        ((5, "linear"), TypeError),
        (((4, 2.5), "linear"), TypeError),
        (((4, 5), "sinc"), ValueError),
        (((4, 5), 3), TypeError),
        (((4, 5), "linear", 2), TypeError),
        (((4, 2**31), "linear"), ValueError),
        (((4, 2**70), "linear"), ValueError),
    ],
)
def test_refusals(arguments: tuple[Any, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        sr.jax.resize(IMAGE, *arguments)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (((4, 5), [1], [1.0], [0.0], "nearest"), ValueError),
        (((4, 5), [0], [1.0], [0.0], "linear"), ValueError),
        (((4, 5), [2], [1.0], [0.0], "linear"), ValueError),
        (((4, 5), [-3], [1.0], [0.0], "linear"), ValueError),
        (((4, 5), [1, -1], [1.0, 1.0], [0.0, 0.0], "linear"), ValueError),
        (((4, 5), [1], [1.0, 1.0], [0.0], "linear"), ValueError),
        (((4, 5), [1], [1.0], [], "linear"), ValueError),
        (((4, 5), [1], 1.0, [0.0], "linear"), TypeError),
        (((4, 5), [1], ["a"], [0.0], "linear"), TypeError),
        (((4, 5), [1], [0.0], [0.0], "linear"), ValueError),
        (((4, 5), [1], [-1.0], [0.0], "linear"), ValueError),
        (((4, 5), [1], [float("nan")], [0.0], "linear"), ValueError),
        (((4, 5), [1], [float("inf")], [0.0], "linear"), ValueError),
        (((4, 5), [1], [1e-30], [0.0], "linear"), ValueError),
        (((4, 5), [1], [1.0], [float("nan")], "linear"), ValueError),
        (((4, 5), [1], [1.0], [1e30], "linear"), ValueError),
    ],
)
def test_refusals_of_scale_and_translate(arguments: tuple[Any, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        sr.jax.scale_and_translate(IMAGE, *arguments)


@pytest.mark.parametrize("method", METHODS[1:])
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("translation", [-1e9, -3.0, 0.0, 7.5, 1e9])
def test_extreme_scales_and_translations(method: str, scale: float, translation: float) -> None:
    image = np.ones((5, 6), np.float32)
    for dtype in (np.float32, np.float64):
        for antialias in (False, True):
            result = sr.jax.scale_and_translate(
                image.astype(dtype), (5, 9), [1], [scale], [translation], method, antialias
            )
            assert np.all((np.abs(result) < 1e-5) | (np.abs(result - 1) < 1e-5))


def test_other_refusals() -> None:
    with pytest.raises(NotImplementedError):
        sr.jax.resize(np.zeros((2, 2, 2, 2), np.float32), (3, 3, 3, 3), "linear")
    with pytest.raises(ValueError):
        sr.jax.resize(np.zeros((0, 3), np.float32), (2, 3), "linear")
    with pytest.raises(ValueError):
        sr.jax.resize(np.zeros((), np.float32), (), "linear")
    with pytest.raises(TypeError):
        sr.jax.resize(np.zeros((2, 2), np.complex64), (3, 2), "linear")
    assert sr.jax.resize(np.zeros((2, 2), np.complex64), (3, 2), "nearest").shape == (3, 2)
    assert sr.jax.resize(np.zeros((0, 3), np.float32), (0, 5), "linear").shape == (0, 5)


def test_nothing_is_written_when_it_fails() -> None:
    out = np.full((4, 5), 7, np.float32)
    with pytest.raises(ValueError):
        sr.jax.resize(IMAGE, (4, 7), "linear", out=out)
    with pytest.raises(TypeError):
        sr.jax.resize(IMAGE, (4, 5), "linear", out=out.astype(np.float64))
    with pytest.raises(TypeError):
        sr.jax.resize(IMAGE.astype(np.uint8), (4, 5), "linear", out=out.astype(np.uint8))
    assert (out == 7).all()
