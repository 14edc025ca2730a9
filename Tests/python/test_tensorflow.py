"""swiftresample.tensorflow against TensorFlow: its recorded results, the one installed, and a plain model of it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow_oracle

import swiftresample as sr

pytestmark = [pytest.mark.numbers, pytest.mark.memory]

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "conventions" / "tensorflow.npz", allow_pickle=False)
CASES = json.loads(str(GOLDEN["cases"]))
METHODS = ["bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"]
LEGACY = {
    "bilinear": "resize_bilinear",
    "nearest": "resize_nearest_neighbor",
    "bicubic": "resize_bicubic",
    "area": "resize_area",
}
DTYPES = ["uint8", "float32", "float32", "int32", "int16", "uint16", "int8", "float16", "float64", "int64"]
# Of the largest |input|: sums of float32 in another order.
TOLERANCE = 3e-6


def assert_close(result: Any, expected: Any, images: Any, what: str) -> None:
    assert result.dtype == expected.dtype == np.float32, what
    assert result.shape == expected.shape, what
    largest = float(np.abs(images.astype(np.float64)).max(initial=0))
    np.testing.assert_allclose(result, expected, rtol=0, atol=TOLERANCE * largest, err_msg=what)


def assert_same(method: str, result: Any, expected: Any, images: Any, what: str) -> None:
    if method == "nearest":
        assert result.dtype == images.dtype
        np.testing.assert_array_equal(result, expected, err_msg=what)
    else:
        assert_close(result, expected, images, what)


CLAIMED = [number for number, case in enumerate(CASES) if case["function"] != "raw_ops.ScaleAndTranslate"]


@pytest.mark.parametrize("number", CLAIMED)
def test_recorded_results(number: int) -> None:
    case, images, expected = CASES[number], GOLDEN[f"in_{number:03d}"], GOLDEN[f"out_{number:03d}"]
    if case["function"] == "image.resize":
        method = case["method"]
        arguments = (case["size"], method, case["preserve_aspect_ratio"], case["antialias"])
        result = sr.tensorflow.resize(images, *arguments)
        model = tensorflow_oracle.resize(images, *arguments)
    else:
        function = case["function"].rpartition(".")[2]
        method = next(name for name, legacy in LEGACY.items() if legacy == function)
        options = {name: case[name] for name in ("align_corners", "half_pixel_centers") if name in case}
        result = sr.tensorflow.resize(images, case["size"], method, legacy=True, **options)
        model = getattr(tensorflow_oracle, function)(images, case["size"], **options)
    assert_same(method, result, expected, images, str(case))
    assert_same(method, model, expected, images, "model")


@pytest.mark.parametrize("number", sorted(set(range(len(CASES))) - set(CLAIMED)))
def test_recorded_results_of_the_model(number: int) -> None:
    """Those of the operation that tf.image.resize calls."""
    case, images, expected = CASES[number], GOLDEN[f"in_{number:03d}"], GOLDEN[f"out_{number:03d}"]
    model = tensorflow_oracle.scale_and_translate(
        images, case["size"], case["scale"], case["translation"], case["kernel_type"], case["antialias"]
    )
    assert_close(model, expected, images, str(case))


# ---- Random calls ----------------------------------------------------------------------------------------------------


def random_images(rng: np.random.Generator, shape: tuple[int, ...], dtype: str) -> Any:
    if np.dtype(dtype).kind == "f":
        return rng.standard_normal(shape).astype(dtype)
    return rng.integers(0, 100 if dtype == "int8" else 256, shape).astype(dtype)


def random_length(choose: random.Random) -> int:
    return choose.randint(1, 4) if choose.random() < 0.15 else choose.randint(1, 150 if choose.random() < 0.1 else 30)


def random_call(seed: int) -> tuple[Any, tuple[int, int], random.Random]:
    """Return images, and a size for them."""
    choose, rng = random.Random(seed), np.random.default_rng(seed)
    height, width, rows, columns = (random_length(choose) for _ in range(4))
    if choose.random() < 0.2:
        rows, columns = (height, columns) if choose.random() < 0.5 else (height, width)
    shape: tuple[int, ...] = (height, width, choose.choice([1, 2, 3, 3, 4, 5]))
    shape = (choose.randint(1, 3), *shape) if choose.random() < 0.4 else shape
    return random_images(rng, shape, choose.choice(DTYPES)), (rows, columns), choose


@pytest.mark.parametrize("part", range(8))
def test_resize_is_that_of_the_model(part: int) -> None:
    for seed in range(50 * part, 50 * part + 50):
        images, size, choose = random_call(seed)
        method, antialias, keeps = choose.choice(METHODS), choose.random() < 0.5, choose.random() < 0.2
        if keeps and min(tensorflow_oracle.size_with_aspect_ratio(images.shape[-3:-1], size)) < 1:
            keeps = False
        result = sr.tensorflow.resize(images, size, method, keeps, antialias)
        expected = tensorflow_oracle.resize(images, size, method, keeps, antialias)
        what = f"{seed} {images.dtype} {images.shape} {size} {method} {keeps} {antialias}"
        assert_same(method, result, expected, images, what)


@pytest.mark.parametrize("part", range(8))
def test_legacy_is_that_of_the_model(part: int) -> None:
    for seed in range(1000 + 50 * part, 1050 + 50 * part):
        images, size, choose = random_call(seed)
        method = choose.choice(list(LEGACY))
        flags: dict[str, bool] = {}
        flag = choose.choice(["align_corners", "align_corners", "half_pixel_centers", None])
        if flag is not None and (method, flag) != ("area", "half_pixel_centers"):
            flags[flag] = True
        result = sr.tensorflow.resize(images, size, method, legacy=True, **flags)
        expected = getattr(tensorflow_oracle, LEGACY[method])(images, size, **flags)
        what = f"{seed} {images.dtype} {images.shape} {size} {method} {flags}"
        assert_same(method, result, expected, images, what)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("lengths", [(4000, 1234), (777, 4001), (4096, 4095)])
def test_long_axes(method: str, lengths: tuple[int, int]) -> None:
    """Where float32 tells how each coordinate was rounded."""
    images = np.random.default_rng(1).standard_normal((1, lengths[0], 1)).astype(np.float32)
    size = (1, lengths[1])
    for antialias in (False, True):
        result = sr.tensorflow.resize(images, size, method, antialias=antialias)
        expected = tensorflow_oracle.resize(images, size, method, antialias=antialias)
        assert_same(method, result, expected, images, "tf.image.resize")
    if method in LEGACY:
        for aligns in (False, True):
            result = sr.tensorflow.resize(images, size, method, legacy=True, align_corners=aligns)
            expected = getattr(tensorflow_oracle, LEGACY[method])(images, size, align_corners=aligns)
            assert_same(method, result, expected, images, "tf.compat.v1.image")


@pytest.mark.parametrize("seed", range(40))
def test_installed_tensorflow(seed: int) -> None:
    tensorflow = pytest.importorskip("tensorflow", reason="TensorFlow is not installed")
    images, size, choose = random_call(seed)
    method, antialias = choose.choice(METHODS), choose.random() < 0.5
    if images.dtype in ("uint16", "float16") and method == "area":  # which it has no kernel for
        images = images.astype(np.float32)
    expected = tensorflow.image.resize(images, size, method, antialias=antialias).numpy()
    result = sr.tensorflow.resize(images, size, method, antialias=antialias)
    assert_same(method, result, expected, images, f"{seed} {images.dtype} {images.shape} {size} {method} {antialias}")


# ---- Dtypes, strides, out --------------------------------------------------------------------------------------------


def test_bicubic_knows_1024_positions_between_samples() -> None:
    images = np.zeros((1, 5000, 1), np.float32)
    images[0, 2500:] = 1
    result = sr.tensorflow.resize(images, (1, 4999), "bicubic")
    exact = sr.tensorflow.resize(images, (1, 4999), "bicubic", antialias=True)
    assert 3e-6 < np.abs(result - exact).max() < 1e-2


def test_equal_sizes_are_copied_but_for_filters_that_blur() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 9, 7, 3)).astype(np.uint8)
    for method in ("bilinear", "bicubic", "area", "lanczos3", "lanczos5"):
        for antialias in (False, True):
            result = sr.tensorflow.resize(images, (9, 7), method, antialias=antialias)
            assert result.dtype == np.float32
            np.testing.assert_array_equal(result, images)
    for method in ("gaussian", "mitchellcubic"):
        assert np.abs(sr.tensorflow.resize(images, (9, 7), method) - images).max() > 1


@pytest.mark.parametrize("dtype", ["bool", "int64", "uint32", "uint64", "float64", "int32"])
def test_every_dtype_becomes_float32(dtype: str) -> None:
    images = np.random.default_rng(0).integers(0, 2 if dtype == "bool" else 120, (7, 9, 2)).astype(dtype)
    for method in ("bilinear", "area", "lanczos5"):
        result = sr.tensorflow.resize(images, (12, 5), method)
        assert_close(result, sr.tensorflow.resize(images.astype(np.float32), (12, 5), method), images, dtype)
    assert sr.tensorflow.resize(images, (12, 5), "nearest").dtype == images.dtype


@pytest.mark.parametrize("method", ["bilinear", "bicubic", "lanczos3"])
@pytest.mark.parametrize("channels", [3, 4])
def test_bytes_of_which_few_are_read_are_those_floats(channels: int, method: str) -> None:
    """Such bytes are converted where they are read, and others row by row."""
    image = np.random.default_rng(channels).integers(0, 256, (19, 67, channels)).astype(np.uint8)
    # Of one column, and of the same height, whose only pass reads bytes and writes floats.
    for columns, size in [(67, (7, 13)), (67, (30, 33)), (67, (19, 9)), (67, (5, 1)), (9, (6, 4)), (9, (19, 4))]:
        part = image[:, :columns]
        result = sr.tensorflow.resize(part, size, method)
        np.testing.assert_array_equal(result, sr.tensorflow.resize(part.astype(np.float32), size, method))
        dense = np.ascontiguousarray(part)
        np.testing.assert_array_equal(sr.tensorflow.resize(dense, size, method), result)


def test_bfloat16() -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    images = np.random.default_rng(0).standard_normal((11, 13, 3)).astype(ml_dtypes.bfloat16)
    expected = tensorflow_oracle.resize(images.astype(np.float32), (6, 20), "bicubic")
    assert_close(sr.tensorflow.resize(images, (6, 20), "bicubic"), expected, images, "bfloat16")


@pytest.mark.parametrize("dtype", ["uint8", "float32", "int32", "float16"])
@pytest.mark.parametrize("method", ["bilinear", "bicubic", "area", "lanczos3", "nearest"])
@pytest.mark.parametrize("channels", [1, 3, 16, 40])
def test_strides_and_out(dtype: str, method: str, channels: int) -> None:
    images = random_images(np.random.default_rng(0), (2, 40, 50, channels), dtype)
    expected = tensorflow_oracle.resize(images, (20, 30), method)
    result = sr.tensorflow.resize(images, (20, 30), method)
    assert_same(method, result, expected, images, "contiguous")
    planes = np.ascontiguousarray(images.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1)
    for view in (planes, images[:, ::-1, ::-1].copy()[:, ::-1, ::-1], np.repeat(images, 2, axis=2)[:, :, ::2]):
        np.testing.assert_array_equal(sr.tensorflow.resize(view, (20, 30), method), result)
    wide = np.zeros((2, 20, 60, channels), result.dtype)
    out = wide[:, :, ::2]
    assert sr.tensorflow.resize(images, (20, 30), method, out=out) is out
    np.testing.assert_array_equal(out, result)
    assert not wide[:, :, 1::2].any()


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 7, 16, 40])
@pytest.mark.parametrize("size", [(9, 31), (1, 200), (90, 61), (40, 7)])
def test_any_number_of_channels(channels: int, size: tuple[int, int]) -> None:
    """Kernels differ by the samples of a pixel, and by the rows that they have at once."""
    images = np.random.default_rng(channels).integers(0, 256, (9, 61, channels)).astype(np.uint8)
    for method in ("bilinear", "bicubic", "lanczos5"):
        expected = tensorflow_oracle.resize(images, size, method)
        assert_close(sr.tensorflow.resize(images, size, method), expected, images, method)


# ---- Bad input -------------------------------------------------------------------------------------------------------

IMAGE = np.zeros((4, 6, 3), np.uint8)


@pytest.mark.parametrize(
    ("arguments", "options", "error"),
    [
        (((0, 3),), {}, ValueError),
        (((3, -1),), {}, ValueError),
        (((3,),), {}, ValueError),
        (((3, 3, 3),), {}, ValueError),
        ((7,), {}, TypeError),
        (((2, 2.5),), {}, TypeError),
        (((2, float("nan")),), {}, TypeError),
        (((2, 2), "sinc"), {}, ValueError),
        (((2, 2), 1), {}, TypeError),
        (((2, 2), "bilinear", 2), {}, TypeError),
        (((2, 2), "bilinear", False, None), {}, TypeError),
        (((1, 100), "bilinear", True), {"legacy": 3}, TypeError),
        (((2, 2),), {"align_corners": True}, ValueError),
        (((2, 2),), {"half_pixel_centers": True}, ValueError),
        (((2, 2),), {"legacy": True, "align_corners": True, "half_pixel_centers": True}, ValueError),
        (((2, 2), "area"), {"legacy": True, "half_pixel_centers": True}, ValueError),
        (((2, 2), "lanczos3"), {"legacy": True}, ValueError),
        (((2, 2), "gaussian"), {"legacy": True, "half_pixel_centers": True}, ValueError),
        (((2, 2), "bilinear"), {"legacy": True, "antialias": True}, ValueError),
        (((2**31, 2),), {}, ValueError),
        (((2**70, 2),), {}, ValueError),
    ],
)
def test_refusals(arguments: tuple[Any, ...], options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        sr.tensorflow.resize(IMAGE, *arguments, **options)


@pytest.mark.parametrize("shape", [(0, 4, 3), (4, 0, 3), (2, 0, 4, 3), (4,), (4, 4), (1, 1, 2, 3, 4), ()])
def test_shapes_that_are_no_images(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError):
        sr.tensorflow.resize(np.zeros(shape, np.uint8), (2, 2))


def test_sizes_that_the_aspect_ratio_makes_empty() -> None:
    with pytest.raises(ValueError):
        sr.tensorflow.resize(np.zeros((100, 1, 1), np.uint8), (2, 2), preserve_aspect_ratio=True)


def test_no_images() -> None:
    result = sr.tensorflow.resize(np.zeros((0, 4, 6, 3), np.uint8), (2, 5))
    assert (result.shape, result.dtype) == ((0, 2, 5, 3), np.float32)


def test_complex_numbers() -> None:
    with pytest.raises(TypeError):
        sr.tensorflow.resize(np.zeros((4, 4, 1), np.complex64), (2, 2))
    assert sr.tensorflow.resize(np.zeros((4, 4, 1), np.complex64), (2, 2), "nearest").dtype == np.complex64


def test_nothing_is_written_when_it_fails() -> None:
    out = np.full((2, 2, 3), 7, np.float32)
    with pytest.raises(ValueError):
        sr.tensorflow.resize(IMAGE, (2, 3), out=out)
    with pytest.raises(TypeError):
        sr.tensorflow.resize(IMAGE, (2, 2), out=out.astype(np.uint8))
    with pytest.raises(TypeError):
        sr.tensorflow.resize(IMAGE, (2, 2), "nearest", out=out)
    assert (out == 7).all()
