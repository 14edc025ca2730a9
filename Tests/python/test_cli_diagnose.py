"""``swiftresample diagnose`` finds what made an output, and says so where nothing did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from arrays import in_turn, pairs

import swiftresample as sr
from swiftresample.cli import main

pytestmark = pytest.mark.slow

GENERATOR = np.random.default_rng(0)
IMAGE = GENERATOR.random((1, 3, 20, 26), dtype=np.float32)
IMAGES = ("--layout", "image")


@pytest.fixture
def diagnose(tmp_path: Path, capsys: Any) -> Any:
    def run(input: Any, output: Any, *arguments: str) -> tuple[int, str]:
        np.save(tmp_path / "in.npy", input)
        np.save(tmp_path / "out.npy", output)
        status = main(["diagnose", str(tmp_path / "in.npy"), str(tmp_path / "out.npy"), *arguments])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return run


def found(printed: str) -> str:
    (line,) = (line for line in printed.splitlines() if line.startswith("found"))
    return line.partition(": ")[2]


FILTERS = [
    {"mode": "nearest"},
    {"mode": "nearest-exact"},
    {"mode": "area"},
    {"mode": "lanczos", "antialias": True},
    *(
        {"mode": mode, "align_corners": corners, "antialias": antialias}
        for mode in ("bilinear", "bicubic")
        for corners in (False, True)
        for antialias in (False, True)
    ),
]


def expected(options: dict[str, Any]) -> str:
    shown = {name: value for name, value in options.items() if name != "antialias" or value}
    return f"interpolate({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


@pytest.mark.parametrize(("options", "size"), in_turn(FILTERS, [(9, 11), (47, 53), (31, 13)]), ids=str)
def test_every_filter_by_size(diagnose: Any, options: dict[str, Any], size: tuple[int, int]) -> None:
    status, printed = diagnose(IMAGE, sr.interpolate(IMAGE, size=size, **options))
    assert status == 0, printed
    answer = expected({**options, "size": size})
    if (
        size == (47, 53) and "'bilinear', align_corners=False" in answer
    ):  # antialias changes nothing but roundings where both axes grow
        answer, printed = answer.replace(", antialias=True", ""), printed.replace(", antialias=True", "")
    assert found(printed) == answer


@pytest.mark.parametrize(("options", "factor"), in_turn(FILTERS, [0.46, 1.33, 2.04, 1.7171, 0.46]), ids=str)
def test_every_filter_by_factor(diagnose: Any, options: dict[str, Any], factor: float) -> None:
    output = sr.interpolate(IMAGE, scale_factor=factor, **options)
    by_size = sr.interpolate(IMAGE, size=output.shape[2:], **options)
    status, printed = diagnose(IMAGE, output)
    assert status == 0, printed
    shown = dict(options)
    if (
        factor > 1 and options["mode"] == "bilinear" and not options["align_corners"]
    ):  # antialias changes nothing but roundings
        shown, printed = {**options, "antialias": False}, printed.replace(", antialias=True", "")
    if np.abs(output - by_size).max() < 1e-5:  # the factor is not used, or makes no difference
        assert found(printed) == expected({**shown, "size": output.shape[2:]})
    elif options["mode"].startswith("nearest"):  # other factors read the same samples
        assert "scale_factor=" in found(printed)
        assert repr(options["mode"]) in found(printed)
    else:
        assert found(printed) == expected({**shown, "scale_factor": factor})
        assert "the factor itself counts" in printed


def test_a_factor_that_nobody_would_guess(diagnose: Any) -> None:
    output = sr.interpolate(IMAGE, scale_factor=1.7182818, mode="bicubic")
    status, printed = diagnose(IMAGE, output)
    assert status == 0
    factor = float(found(printed).partition("scale_factor=")[2].rstrip(")"))
    assert factor == pytest.approx(1.7182818, abs=1e-5)


def test_a_factor_for_each_axis(diagnose: Any) -> None:
    output = sr.interpolate(IMAGE, scale_factor=(0.5, 1.9), mode="bilinear")
    status, printed = diagnose(IMAGE, output)
    assert status == 0
    assert "mode='bilinear'" in found(printed)


def test_recompute_scale_factor_is_the_rule_of_sizes(diagnose: Any) -> None:
    output = sr.interpolate(IMAGE, scale_factor=1.33, mode="bilinear", recompute_scale_factor=True)
    status, printed = diagnose(IMAGE, output)
    assert status == 0
    assert found(printed) == "interpolate(mode='bilinear', align_corners=False, size=(26, 34))"
    assert "recompute_scale_factor=True" in printed


@pytest.mark.parametrize(("shape", "mode"), [((2, 3, 30), "linear"), ((1, 2, 9, 10, 11), "trilinear")])
@pytest.mark.parametrize("corners", [False, True])
def test_other_ranks(diagnose: Any, shape: tuple[int, ...], mode: str, corners: bool) -> None:
    array = GENERATOR.random(shape)
    output = sr.interpolate(array, scale_factor=2, mode=mode, align_corners=corners)
    status, printed = diagnose(array, output)
    assert status == 0
    assert found(printed).startswith(f"interpolate(mode={mode!r}, align_corners={corners}, size=")


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float64", "float16"])
def test_other_dtypes(diagnose: Any, dtype: str) -> None:
    array = (IMAGE * 250).astype(dtype)
    status, printed = diagnose(array, sr.interpolate(array, size=(9, 8), mode="bicubic", antialias=True))
    assert status == 0
    assert found(printed).startswith("interpolate(mode='bicubic', align_corners=False, antialias=True")
    assert "bit for bit" in printed


def test_labels(diagnose: Any) -> None:
    labels = GENERATOR.integers(-9, 9, (1, 1, 20, 26))
    status, printed = diagnose(labels, sr.interpolate(labels, size=(9, 8), mode="nearest-exact"))
    assert (status, found(printed)) == (0, "interpolate(mode='nearest-exact', size=(9, 8))")
    status, printed = diagnose(labels, np.zeros((1, 1, 9, 8), np.int64))
    assert status == 1
    assert "not tried, because int64 is not for them: bilinear" in printed


@pytest.mark.parametrize(("divisor", "note"), [(1, "as float32"), (255, "divided by 255")])
def test_bytes_that_became_floats(diagnose: Any, divisor: int, note: str) -> None:
    array = (IMAGE * 250).astype(np.uint8)
    output = sr.interpolate(array.astype(np.float32) / np.float32(divisor), size=(9, 8), mode="bilinear")
    status, printed = diagnose(array, output)
    assert status == 0
    assert note in printed


def test_red_and_blue_exchanged(diagnose: Any) -> None:
    output = sr.interpolate(IMAGE[:, ::-1], size=(9, 8), mode="bilinear")
    status, printed = diagnose(IMAGE, output)
    assert status == 0
    assert "(red and blue exchanged)" in printed


@pytest.mark.parametrize(
    ("turn", "note"),
    [
        (lambda x: x[..., ::-1], "the last axis reversed"),
        (lambda x: x[..., ::-1, :], "the axis before the last reversed"),
        (lambda x: x.swapaxes(-1, -2), "the last two axes exchanged"),
    ],
)
def test_turned(diagnose: Any, turn: Any, note: str) -> None:
    output = np.ascontiguousarray(turn(sr.interpolate(IMAGE, size=(40, 51), mode="bicubic")))
    status, printed = diagnose(IMAGE, output)
    assert status == 0
    assert found(printed).startswith("interpolate(mode='bicubic', align_corners=False, size=")
    assert f"({note})" in printed


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_levels(diagnose: Any, dtype: str) -> None:
    """Normalised as networks want it: less a mean, over a standard deviation, in each channel."""
    image = IMAGE if dtype == "float32" else (IMAGE * 255).astype(np.uint8)
    output = sr.interpolate(image.astype(np.float32), size=(9, 8), mode="bilinear", antialias=True)
    mean, deviation = np.array([0.5, 0.25, -2]), np.array([0.2, 0.5, 4])
    result = (output - mean[:, None, None]) / deviation[:, None, None]
    status, printed = diagnose(image, result.astype(np.float32))
    assert status == 0
    assert "found, but for its levels: interpolate(mode='bilinear', align_corners=False, antialias=True" in printed
    lines = [line.replace(",", "").split() for line in printed.splitlines() if line.startswith("  channel")]
    slopes, offsets = [float(line[3]) for line in lines], [float(line[5]) for line in lines]
    np.testing.assert_allclose(slopes, 1 / deviation, rtol=1e-4)
    np.testing.assert_allclose(offsets, -mean / deviation, rtol=1e-3)


@pytest.mark.parametrize("mode", ["bicubic", "lanczos"])
def test_clipped(diagnose: Any, mode: str) -> None:
    output = sr.interpolate(IMAGE, size=(47, 53), mode=mode, antialias=mode == "lanczos").clip(0.125, 0.75)
    status, printed = diagnose(IMAGE, output)
    assert status == 0
    assert found(printed).startswith(f"interpolate(mode={mode!r}")
    assert found(printed).endswith("size=(47, 53), clamp=(0.125, 0.75))")


# ---- What other libraries do -----------------------------------------------------------------------------------------

PLANE = (IMAGE[0, 0] * 255).astype(np.uint8)
SIZES = [(9, 11), (47, 53), (31, 13)]


def elsewhere(printed: str) -> list[str]:
    lines = printed.splitlines()
    start = next(i for i, line in enumerate(lines) if "it is something that interpolate does not have" in line)
    return [line.strip() for line in lines[start + 1 :]]


FLAGS = {"INTER_AREA": "area", "INTER_LANCZOS4": "lanczos4", "INTER_CUBIC": None}


@pytest.mark.parametrize(
    ("flag", "dtype", "size"), [(*pair, SIZES[i % 3]) for i, pair in enumerate(pairs(FLAGS, ("uint8", "float32")))]
)
def test_opencv(diagnose: Any, flag: str, dtype: str, size: tuple[int, int]) -> None:
    name = FLAGS[flag]
    cv2 = pytest.importorskip("cv2", reason="OpenCV is not installed")
    plane = PLANE.astype(dtype)
    status, printed = diagnose(plane, cv2.resize(plane, size[::-1], interpolation=getattr(cv2, flag)), *IMAGES)
    if name is None:
        assert (status, found(printed)[:48]) == (0, "interpolate(mode='bicubic', align_corners=False,")
    else:
        assert status == 0, printed
        assert f"opencv.resize(src, {size[::-1]}, interpolation={name!r}" in printed


def test_opencv_by_factor(diagnose: Any) -> None:
    cv2 = pytest.importorskip("cv2", reason="OpenCV is not installed")
    plane = PLANE.astype(np.float32)
    for flag, name in (
        ("INTER_LINEAR", "linear"),
        ("INTER_CUBIC", "cubic"),
        ("INTER_NEAREST", "nearest"),
    ):
        output = cv2.resize(plane, None, fx=0.37, fy=0.37, interpolation=getattr(cv2, flag))
        assert output.shape == (7, 10)  # 7.4 and 9.62, rounded
        status, printed = diagnose(plane, output, *IMAGES)
        assert status == 0
        assert f"opencv.resize(src, None, 0.37, 0.37, interpolation={name!r}" in printed


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("filter", ["BOX", "HAMMING"])
def test_pillow(diagnose: Any, size: tuple[int, int], filter: str) -> None:
    images = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    output = np.asarray(images.fromarray(PLANE).resize(size[::-1], images.Resampling[filter]))
    status, printed = diagnose(PLANE, output, *IMAGES)
    assert status == 0
    if filter == "BOX" and size == (47, 53):  # which takes the nearest
        assert "nearest-exact" in found(printed)
    else:
        assert f"mode={filter.lower()!r}, antialias=True" in found(printed)


@pytest.mark.parametrize("rounding", ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])
@pytest.mark.parametrize(
    ("rule", "size"), [("half_pixel", SIZES[0]), ("align_corners", SIZES[1]), ("asymmetric", SIZES[0])]
)
def test_onnx_nearest(diagnose: Any, rounding: str, rule: str, size: tuple[int, int]) -> None:
    """By its definition, in integers."""
    picked = []
    for before, after in zip(IMAGE.shape[2:], size):
        index = np.arange(after)
        top, bottom = {
            "half_pixel": ((2 * index + 1) * before - after, 2 * after),
            "align_corners": (index * (before - 1), after - 1),
            "asymmetric": (index * before, after),
        }[rule]
        down, left = np.divmod(top, bottom)
        nearest = down + {"floor": 0 * left, "ceil": left > 0, "round_prefer_ceil": 2 * left >= bottom}.get(
            rounding, 2 * left > bottom
        )
        picked.append(nearest.clip(0, before - 1))
    status, printed = diagnose(IMAGE, IMAGE[:, :, picked[0]][..., picked[1]])
    words = {
        "half_pixel": "half-pixel centres",
        "align_corners": "corners aligned",
        "asymmetric": "positions i * input / output",
        "floor": "rounded down",
        "ceil": "rounded up",
        "round_prefer_floor": "rounded, ties down",
        "round_prefer_ceil": "rounded, ties up",
    }
    name = f"nearest: {words[rule]}, {words[rounding]}"
    ours = {("half_pixel", "round_prefer_ceil"): "nearest-exact", ("asymmetric", "floor"): "nearest"}
    call = f"coordinate_transformation_mode={rule!r}, nearest_mode={rounding!r}"
    if status == 0 and found(printed).startswith("interpolate("):
        assert repr(ours[rule, rounding]) in found(printed)
    elif status == 0:
        assert call in printed, printed
    else:  # some factor may give the same
        assert f"  {name}" in printed.splitlines(), printed


@pytest.mark.parametrize("size", SIZES[:2])
def test_tensorflow_1(diagnose: Any, size: tuple[int, int]) -> None:
    """Without half-pixel centres: sample i is at i * input / output."""
    output = IMAGE.astype(np.float64)
    for axis, after in enumerate(size, 2):
        before = output.shape[axis]
        position = np.arange(after) * before / after
        low = position.astype(int)
        t = (position - low).reshape([-1, 1] if axis == 2 else [-1])
        output = np.take(output, low, axis) * (1 - t) + np.take(output, (low + 1).clip(0, before - 1), axis) * t
    status, printed = diagnose(IMAGE, output.astype(np.float32))
    assert status == 0
    assert "mode='linear', coordinate_transformation_mode='asymmetric'" in found(printed)
    assert f"  tensorflow.resize(images, {size}, 'bilinear', legacy=True)" in printed.splitlines()


@pytest.mark.parametrize(("size", "order", "smooth"), in_turn(SIZES, (1, 1, 3), (False, True, False)))
def test_scikit_image(diagnose: Any, size: tuple[int, int], order: int, smooth: bool) -> None:
    transform = pytest.importorskip("skimage.transform", reason="scikit-image is not installed")
    plane = IMAGE[0, 0].astype(np.float64)
    status, printed = diagnose(plane, transform.resize(plane, size, order=order, anti_aliasing=smooth), *IMAGES)
    if status == 0:  # no border was reached
        assert order == 1
        assert found(printed).startswith("interpolate(mode='bilinear', align_corners=False")
    else:
        assert any("scikit-image" in line for line in elsewhere(printed)), printed


@pytest.mark.parametrize("size", SIZES[:1])
def test_scipy(diagnose: Any, size: tuple[int, int]) -> None:
    ndimage = pytest.importorskip("scipy.ndimage", reason="SciPy is not installed")
    plane = IMAGE[0, 0].astype(np.float64)
    zoom = tuple(after / before for before, after in zip(plane.shape, size))
    status, printed = diagnose(plane, ndimage.zoom(plane, zoom), *IMAGES)
    assert status == 1
    assert any("SciPy's zoom" in line for line in elsewhere(printed))
    status, printed = diagnose(plane, ndimage.zoom(plane, zoom, order=1), *IMAGES)
    assert found(printed).startswith("interpolate(mode='bilinear', align_corners=True")


@pytest.mark.parametrize("size", SIZES[1:2])
def test_jax(diagnose: Any, size: tuple[int, int]) -> None:
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    output = jax.image.resize(IMAGE, (*IMAGE.shape[:2], *size), "lanczos5")
    status, printed = diagnose(IMAGE, np.asarray(output))
    assert status == 0
    assert "'lanczos5'" in found(printed)
    assert f"jax.resize(image, {output.shape}, 'lanczos5')" in printed


def test_fast_image_resize(diagnose: Any) -> None:
    resizer = pytest.importorskip("cykooz_resizer", reason="cykooz.resizer is not installed")
    plane = IMAGE[0, 0]
    source = resizer.ImageData(26, 20, resizer.PixelType.F32, plane.tobytes())
    target = resizer.ImageData(11, 9, resizer.PixelType.F32)
    options = resizer.ResizeOptions(resize_alg=resizer.ResizeAlg.convolution(resizer.FilterType.mitchell))
    resizer.Resizer().resize(source, target, options)
    status, printed = diagnose(plane, np.frombuffer(target.get_buffer(), np.float32).reshape(9, 11), *IMAGES)
    assert status == 0
    assert "mode='mitchell', antialias=True" in found(printed)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"coordinate_transformation_mode": "asymmetric"}, "coordinate_transformation_mode='asymmetric'"),
        ({"cubic_coeff_a": -0.5}, "coordinate_transformation_mode='half_pixel', cubic_coeff_a=-0.5"),
        ({"exclude_outside": 1}, "cubic_coeff_a=-0.75, exclude_outside=1"),
        ({"exclude_outside": 1, "antialias": 1}, "antialias=1, exclude_outside=1"),
    ],
)
def test_onnx_runtime_cubic(diagnose: Any, options: dict[str, Any], name: str) -> None:
    runtime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    node = onnx.helper.make_node("Resize", ["x", "", "", "sizes"], ["y"], mode="cubic", **options)
    value = onnx.helper.make_tensor_value_info
    sizes = onnx.helper.make_tensor("sizes", onnx.TensorProto.INT64, [4], [1, 3, 9, 11])
    graph = onnx.helper.make_graph(
        [node],
        "resize",
        [value("x", onnx.TensorProto.FLOAT, IMAGE.shape)],
        [value("y", onnx.TensorProto.FLOAT, None)],
        [sizes],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 19)])
    model.ir_version = 9
    (output,) = runtime.InferenceSession(model.SerializeToString()).run(None, {"x": IMAGE})
    status, printed = diagnose(IMAGE, output)
    assert status == 0
    assert f"mode='cubic', {name})" in printed, printed


def test_channels_last_beside_channels_second(diagnose: Any) -> None:
    output = sr.interpolate(IMAGE, size=(9, 8), mode="bilinear")
    for pair in [(IMAGE, output[0].transpose(1, 2, 0)), (IMAGE[0].transpose(1, 2, 0), output)]:
        status, printed = diagnose(*pair)
        assert status == 0
        assert "(1, 3, 9, 8)" in printed
        assert "bit for bit" in printed


def test_far_closer_than_others(diagnose: Any) -> None:
    output = sr.interpolate(IMAGE, size=(47, 53), mode="bilinear").copy()
    output[0, 0, 7, 7] += 0.5
    status, printed = diagnose(IMAGE, output)
    assert status == 1
    assert "On average interpolate(mode='bilinear', align_corners=False, size=(47, 53)) is far closer" in printed


def test_almost_nearest(diagnose: Any) -> None:
    output = sr.interpolate(IMAGE, size=(47, 53), mode="nearest-exact").copy()
    output[:, :, 5] = IMAGE[:, :, 9][..., np.arange(53) * 26 // 53]
    status, printed = diagnose(IMAGE, output)
    assert status == 1
    assert "of the samples are those of nearest: half-pixel centres" in printed


# ---- Large arrays, and nearly all samples ----------------------------------------------------------------------------

y, x = np.mgrid[:900, :1300].astype(np.float32)
# Above the number of samples from which a part is tried first.
LARGE = np.stack([128 + 99 * np.sin(x / 9 + y / 5), 99 + 40 * np.cos(x / 3 - y / 4)])[None]
LARGE = (LARGE + GENERATOR.normal(0, 15, LARGE.shape)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ({"size": (90, 120)}, {"mode": "bicubic", "align_corners": False, "antialias": True}),
        ({"size": (225, 325)}, {"mode": "area"}),
        ({"scale_factor": 0.3717}, {"mode": "bilinear", "align_corners": False}),
        ({"size": (1000, 1690)}, {"mode": "nearest-exact"}),
        ({"size": (1000, 1400)}, {"mode": "bilinear", "align_corners": True}),
    ],
    ids=str,
)
def test_large_arrays(diagnose: Any, target: dict[str, Any], options: dict[str, Any]) -> None:
    status, printed = diagnose(LARGE, sr.interpolate(LARGE, **target, **options))
    assert status == 0, printed
    assert "bit for bit" in printed
    assert repr(options["mode"]) in found(printed)
    assert f"{next(iter(target))}={next(iter(target.values()))}" in found(printed)
    assert "it is not" in printed


@pytest.mark.parametrize(
    ("shape", "size", "mode"),
    [((2, 1, 900_000), (70_000,), "linear"), ((1, 1, 90, 120, 110), (30, 50, 45), "trilinear")],
)
def test_large_arrays_of_other_ranks(diagnose: Any, shape: Any, size: Any, mode: str) -> None:
    array = GENERATOR.random(shape, dtype=np.float32)
    status, printed = diagnose(array, sr.interpolate(array, size=size, mode=mode, antialias=True))
    assert status == 0
    assert found(printed) == f"interpolate(mode={mode!r}, align_corners=False, antialias=True, size={size})"


def test_large_arrays_of_other_libraries(diagnose: Any) -> None:
    cv2 = pytest.importorskip("cv2", reason="OpenCV is not installed")
    output = np.stack([cv2.resize(plane, (200, 150), interpolation=cv2.INTER_AREA) for plane in LARGE[0]])[None]
    status, printed = diagnose(LARGE, output)
    assert (status, found(printed)) == (0, "opencv.resize(src, (200, 150), interpolation='area')")
    changed = output.copy()
    changed[0, 0, 50, 50:60] ^= 8
    status, printed = diagnose(LARGE, changed)
    assert status == 1
    assert "but for 10 of 60,000 samples, by " in printed
    assert "opencv.resize(src, (200, 150), interpolation='area')" in printed


def test_large_arrays_with_other_levels(diagnose: Any) -> None:
    output = sr.interpolate(LARGE.astype(np.float32), size=(90, 120), mode="bilinear", antialias=True)
    status, printed = diagnose(LARGE, output / 64 - 2)
    assert status == 0
    assert "found, but for its levels: interpolate(mode='bilinear', align_corners=False, antialias=True" in printed


@pytest.mark.parametrize("image", [LARGE, LARGE[:, :, :71, :97]], ids=["large", "small"])
def test_nearly_all_samples(diagnose: Any, image: Any) -> None:
    """As another release's roundings: found, and how much is otherwise."""
    output = sr.interpolate(image, size=(40, 50), mode="bicubic", antialias=True)
    few = GENERATOR.choice(output.size, 20, replace=False)
    other = output.copy()
    other.reshape(-1)[few] = np.where(output.reshape(-1)[few] < 128, 2, -2) + output.reshape(-1)[few].astype(int)
    status, printed = diagnose(image, other)
    assert status == 0
    call = "interpolate(mode='bicubic', align_corners=False, antialias=True, size=(40, 50))"
    assert f"found, but for 20 of 4,000 samples, by 2 at most: {call}" in printed
    status, printed = diagnose(image, other, "--tolerance", "1")  # which was asked for
    assert status == 1
    assert f"nearly, but for 20 of 4,000 samples, by 2 at most: {call}" in printed
    other.reshape(-1)[few[0]] ^= 128  # no rounding
    status, printed = diagnose(image, other)
    assert status == 1
    assert f"samples, by {np.abs(other.astype(int) - output).max()} at most: {call}" in printed


def test_nothing_makes_a_large_array(diagnose: Any) -> None:
    status, printed = diagnose(LARGE, np.roll(sr.interpolate(LARGE, size=(90, 120), mode="bicubic"), 1, 3))
    assert status == 1
    assert "none of" in printed
    assert "found" not in printed


# ---- Nothing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["noise", "moved"])
def test_none(diagnose: Any, what: str) -> None:
    output = sr.interpolate(IMAGE, size=(40, 52), mode="bilinear")
    wrong = {"noise": GENERATOR.random(output.shape), "moved": np.roll(output, 1, 2)}
    status, printed = diagnose(IMAGE, wrong[what].astype(np.float32))
    assert status == 1
    assert "none of" in printed
    assert "found" not in printed


def test_arrays_that_do_not_tell(diagnose: Any) -> None:
    status, printed = diagnose(np.ones_like(IMAGE), np.ones((1, 3, 9, 8), np.float32))
    assert status == 0
    assert "these arrays do not tell it from" in printed


def test_nan_is_no_number(diagnose: Any) -> None:
    output = sr.interpolate(IMAGE, size=(9, 8), mode="area").copy()
    output[0, 0, 0, 0] = np.nan
    status, printed = diagnose(IMAGE, output)
    assert status == 1
    assert "inf" in printed


def test_images(tmp_path: Path, capsys: Any) -> None:
    images = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    image = images.fromarray((IMAGE[0] * 255).astype(np.uint8).transpose(1, 2, 0))
    image.save(tmp_path / "a.png")
    image.resize((13, 11), images.Resampling.BICUBIC).save(tmp_path / "b.png")
    assert main(["diagnose", str(tmp_path / "a.png"), str(tmp_path / "b.png")]) == 0
    assert found(capsys.readouterr().out).startswith("interpolate(mode='bicubic', align_corners=False, antialias=True")


@pytest.mark.parametrize(
    ("input", "output", "arguments", "says"),
    [
        (IMAGE, IMAGE[:, :2], [], "have to be the same"),
        (IMAGE, IMAGE[0], [], "have to be the same"),
        (IMAGE[:, :, :0], IMAGE, [], "no samples"),
        (IMAGE, IMAGE, ["--layout", "image"], "is neither (H, W)"),
        (np.zeros(3, "V2"), IMAGE, [], "its dtype is"),
    ],
)
def test_refused(diagnose: Any, input: Any, output: Any, arguments: list[str], says: str) -> None:
    status, printed = diagnose(input, output, *arguments)
    assert status == 2
    assert says in printed.splitlines()[-1]


@pytest.mark.parametrize(
    ("options", "target"),
    in_turn(
        [options for options in FILTERS if options["mode"] != "lanczos"],
        [{"size": (9, 11)}, {"scale_factor": 0.46}, {"scale_factor": 1.33}],
    ),
    ids=str,
)
def test_outputs_of_pytorch(diagnose: Any, options: dict[str, Any], target: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    output = torch.nn.functional.interpolate(torch.from_numpy(IMAGE), **target, **options).numpy()
    status, printed = diagnose(IMAGE, output)
    assert status == 0, printed
    assert repr(options["mode"]) in found(printed)
    if "align_corners" in options:
        assert f"align_corners={options['align_corners']}" in found(printed)
    if target != {"scale_factor": 1.33}:
        assert ("antialias=True" in found(printed)) == options.get("antialias", False)
    if "scale_factor" in target and options["mode"] != "area" and not options.get("align_corners"):
        assert "scale_factor=" in found(printed)


# ---- What tells nothing, or less than it seems -----------------------------------------------------------------------


@pytest.mark.parametrize("value", [0, 1, np.nan])
def test_a_constant_output_tells_nothing(diagnose: Any, value: float) -> None:
    status, printed = diagnose(IMAGE, np.full((1, 3, 10, 13), value, np.float32))
    assert status == 1
    assert "everywhere: that tells nothing about how it was made" in printed
    assert "found" not in printed


@pytest.mark.parametrize("scale", [1, 1e-3])
def test_another_range_is_no_clamp(diagnose: Any, scale: float) -> None:
    other = np.random.default_rng(9).random((1, 3, 10, 13)) * scale
    status, printed = diagnose(IMAGE * 255, other.astype(np.float32))
    assert status == 1, printed


def test_a_mask_is_not_found_within_1(diagnose: Any) -> None:
    mask = GENERATOR.integers(0, 2, (1, 1, 20, 26), dtype=np.uint8)
    status, printed = diagnose(mask, GENERATOR.integers(0, 2, (1, 1, 10, 13), dtype=np.uint8))
    assert status == 1, printed


def test_a_bound_that_explains_nothing_is_none(diagnose: Any) -> None:
    output = sr.interpolate(IMAGE, size=(47, 53), mode="bicubic").clip(0.125, None)
    output[output > 0.9] = output[output > 0.9].round(1)  # the largest is there several times
    status, printed = diagnose(IMAGE, output, "--tolerance", "0.06")
    assert status == 0
    assert found(printed).endswith("size=(47, 53), clamp=(0.125, float('inf')))")


def test_divided_by_255_and_not_clamped(diagnose: Any) -> None:
    photo = (IMAGE * 219).astype(np.uint8)
    output = sr.interpolate(photo, size=(40, 52), mode="bicubic")
    status, printed = diagnose(photo, (output / 255).astype(np.float16))
    assert status == 0, printed
    assert "divided by 255" in printed.splitlines()[2], printed


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_one_sample_is_no_number(diagnose: Any, wrong: float) -> None:
    output = sr.interpolate(IMAGE, size=(31, 33), mode="bicubic")
    output[0, 1, 5, 6] = wrong
    status, printed = diagnose(IMAGE, output)
    assert status == 1
    samples = f"but for 1 of {output.size:,} samples, of which 1 are NaN or infinite in one of the two alone"
    assert f"nearly, {samples}: interpolate(mode='bicubic', align_corners=False, size=(31, 33))" in printed
    output += np.random.default_rng(1).random(output.shape, dtype=np.float32) / 10
    status, printed = diagnose(IMAGE, output)
    assert "mode='bicubic', align_corners=False, size" in printed.splitlines()[4]
    assert "these numbers are without up to 1 samples that are NaN or infinite in one of the two alone" in printed
