"""logits_to_labels: the labels that interpolate and argmax give, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tolerances
from arrays import FLOATS, FORMATS, WRITEABLE_FORMATS, Array, channels_last, in_turn, pairs
from cases import numpy_dtype

import swiftresample as sr

pytestmark = pytest.mark.memory

MODES: dict[str, dict[str, Any]] = {
    "bilinear": {},
    "bilinear-corners": {"align_corners": True},
    "bilinear-antialias": {"antialias": True},
    "bicubic": {},
    "lanczos": {"antialias": True},
    "nearest": {},
    "nearest-exact": {},
    "area": {},
}
# Logits and labels: larger by whole and by other factors, smaller, one axis of two, and lengths below a vector. Few
# classes, more than there are labels of a byte, and one.
SHAPES = [
    ((1, 19, 8, 16), (64, 128)),
    ((1, 21, 9, 9), (65, 65)),
    ((2, 5, 7, 9), (15, 23)),
    ((1, 150, 6, 5), (12, 11)),
    ((2, 4, 40, 50), (10, 13)),
    ((1, 3, 70, 6), (2, 6)),
    ((1, 7, 20, 20), (20, 45)),
    ((1, 7, 20, 20), (45, 20)),
    ((1, 6, 12, 18), (12, 18)),
    ((1, 300, 3, 3), (7, 4)),
    ((3, 9, 1, 1), (1, 1)),
    ((1, 1, 3, 4), (9, 8)),
    ((1, 12, 2, 60), (3, 777)),
]
KINDS = ("noise", "few values", "NaN", "infinity", "NaN everywhere")


def logits_of(shape: tuple[int, ...], dtype: Any, kind: str, seed: int = 1) -> Array:
    """Random logits: all different, many equal, or with some that are no numbers."""
    generator = np.random.default_rng(seed)
    logits = generator.standard_normal(shape)
    if kind == "few values":
        logits = logits.round()
    if kind == "infinity":
        logits[generator.random(shape) < 0.05] = np.inf
        logits[generator.random(shape) < 0.05] = -np.inf
    if kind.startswith("NaN"):
        logits[generator.random(shape) < (0.02 if kind == "NaN" else 0.5)] = np.nan
    return logits.astype(dtype)


def expected_labels(logits: Array, size: Any, **options: Any) -> Array:
    """Those of the resampled logits; ml_dtypes' bfloat16 has an argmax that knows no NaN."""
    resampled = sr.interpolate(logits, size, **options)
    return (resampled if resampled.dtype.kind == "f" else resampled.astype(np.float32)).argmax(1)


def options_of(name: str) -> dict[str, Any]:
    return {"mode": name.split("-")[0] if name != "nearest-exact" else name, **MODES[name]}


@pytest.mark.numbers
@pytest.mark.parametrize("name", MODES)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_labels_are_those_of_the_resampled_logits(name: str, dtype: np.dtype[Any]) -> None:
    for number, ((shape, size), kind) in enumerate((call, kind) for call in SHAPES for kind in KINDS):
        logits = logits_of(shape, dtype, kind, number)
        expected = expected_labels(logits, size, **options_of(name))
        labels = sr.logits_to_labels(logits, size, **options_of(name))
        assert labels.dtype == (np.uint8 if shape[1] <= 256 else np.int32)
        np.testing.assert_array_equal(labels, expected, f"{shape} to {size}, {kind}")
        # Rows that are not dense.
        np.testing.assert_array_equal(sr.logits_to_labels(channels_last(logits), size, **options_of(name)), expected)


@pytest.mark.numbers
@pytest.mark.parametrize(("memory_format", "name"), in_turn([*FORMATS] * 3, MODES), ids=str)
def test_memory_formats_of_the_logits(memory_format: str, name: str) -> None:
    for dtype, (shape, size) in pairs(FLOATS, [SHAPES[0], SHAPES[4], ((1, 5, 90, 70), (130, 150))]):
        logits = logits_of(shape, dtype, "few values")
        expected = sr.logits_to_labels(logits, size, **options_of(name))
        given = FORMATS[memory_format](logits)
        np.testing.assert_array_equal(sr.logits_to_labels(given, size, **options_of(name)), expected)


@pytest.mark.parametrize(("memory_format", "dtype"), pairs(WRITEABLE_FORMATS, ["uint8", "int32", "int64"]), ids=str)
def test_outputs_of_every_memory_format(memory_format: str, dtype: str) -> None:
    for kind in ("float32", "float64", "float16"):
        logits = logits_of((2, 5, 7, 9), kind, "noise")
        expected = sr.logits_to_labels(logits, (15, 23), dtype=dtype)
        assert expected.dtype == dtype
        out = WRITEABLE_FORMATS[memory_format](np.full_like(expected, 77))
        assert sr.logits_to_labels(logits, (15, 23), out=out) is out
        np.testing.assert_array_equal(out, expected)


def test_results_do_not_depend_on_threads() -> None:
    threads = sr.get_num_threads()
    for name in ("bilinear", "bicubic"):
        logits = logits_of((3, 19, 40, 50), "float32", "NaN")
        expected = expected_labels(logits, (120, 200), **options_of(name))
        try:
            for count in (1, 2, 3, 8):
                sr.set_num_threads(count)
                np.testing.assert_array_equal(sr.logits_to_labels(logits, (120, 200), **options_of(name)), expected)
        finally:
            sr.set_num_threads(threads)


def test_parts_of_the_labels() -> None:
    logits = logits_of((1, 19, 16, 24), "float32", "noise")
    for name in MODES:
        labels = sr.logits_to_labels(logits, (61, 90), **options_of(name))
        part = sr.logits_to_labels(logits, (61, 90), **options_of(name), region=((7, 40), (33, 90)))
        np.testing.assert_array_equal(part, labels[:, 7:40, 33:90])


def test_values_too_large_for_their_sums() -> None:
    largest = np.finfo(np.float32).max
    logits = np.random.default_rng(3).choice(np.float32([largest, -largest, 0]), (1, 19, 9, 9))
    for name in ("bilinear", "bicubic"):
        with np.errstate(all="ignore"):
            expected = expected_labels(logits, (40, 70), **options_of(name))
        np.testing.assert_array_equal(sr.logits_to_labels(logits, (40, 70), **options_of(name)), expected)


def test_dtypes_and_empty_batches() -> None:
    logits = np.zeros((0, 3, 4, 5), np.float32)
    assert sr.logits_to_labels(logits, 9).shape == (0, 9, 9)
    assert sr.logits_to_labels(np.zeros((1, 2, 4, 5), np.float32), (0, 3), mode="area").shape == (1, 0, 3)
    assert sr.logits_to_labels(np.zeros((1, 257, 1, 1), np.float32), 1).dtype == np.int32
    assert sr.logits_to_labels(np.zeros((1, 256, 1, 1), np.float32), 1).dtype == np.uint8
    last = np.zeros((1, 256, 1, 1), np.float32)
    last[0, 255] = 1
    assert sr.logits_to_labels(last, 1)[0, 0, 0] == 255


def test_bad_input() -> None:
    logits = np.zeros((1, 3, 4, 5), np.float32)
    for shape in ((3, 4, 5), (1, 1, 3, 4, 5), (4,)):
        with pytest.raises(NotImplementedError, match="4-D"):
            sr.logits_to_labels(np.zeros(shape, np.float32), 4)
    for dtype in ("uint8", "int32", "bool", "complex64"):
        with pytest.raises(TypeError, match=f"logits must be .*{dtype}"):
            sr.logits_to_labels(logits.astype(dtype), 4)
    for name, shape in (("channels", (1, 0, 4, 5)), ("empty", (1, 3, 0, 5))):
        with pytest.raises(ValueError, match=name):
            sr.logits_to_labels(np.zeros(shape, np.float32), 4)
    for dtype in ("int8", "float32", "uint16", "bool"):
        with pytest.raises(TypeError, match="labels must be int32, int64 or"):
            sr.logits_to_labels(logits, 4, dtype=dtype)
    with pytest.raises(TypeError, match="uint8 of 257"):
        sr.logits_to_labels(np.zeros((1, 257, 2, 2), np.float32), 4, dtype=np.uint8)
    with pytest.raises(NotImplementedError, match="mode"):
        sr.logits_to_labels(logits, 4, mode="cubic")
    with pytest.raises(NotImplementedError, match="trilinear"):
        sr.logits_to_labels(logits, 4, mode="trilinear")
    with pytest.raises(ValueError, match="size"):
        sr.logits_to_labels(logits, (4, 0))
    with pytest.raises(ValueError, match="either size or"):
        sr.logits_to_labels(logits, None)
    with pytest.raises(ValueError, match="align_corners"):
        sr.logits_to_labels(logits, 4, mode="area", align_corners=True)
    with pytest.raises(ValueError, match="too large"):
        sr.logits_to_labels(logits, (2**31 - 1, 2**31 - 1))
    with pytest.raises(TypeError, match=r"numpy\.ndarray"):
        sr.logits_to_labels([[1.0]], 4)  # type: ignore[type-var]


def test_outputs_that_cannot_be_written() -> None:
    memory = np.zeros(4000, np.float32)
    logits = memory[: 3 * 4 * 5].reshape(1, 3, 4, 5)
    with pytest.raises(ValueError, match="labels must have shape"):
        sr.logits_to_labels(logits, 8, out=np.zeros((1, 8, 9), np.uint8))
    with pytest.raises(TypeError, match="labels must be"):
        sr.logits_to_labels(logits, 8, out=np.zeros((1, 8, 8), np.float64))
    with pytest.raises(TypeError, match="dtype"):
        sr.logits_to_labels(logits, 8, dtype=np.int64, out=np.zeros((1, 8, 8), np.uint8))
    with pytest.raises(ValueError, match="overlaps"):
        sr.logits_to_labels(logits, 8, out=memory.view(np.uint8)[3 * 4 * 5 * 4 - 1 :][:64].reshape(1, 8, 8))
    shared = np.lib.stride_tricks.as_strided(np.zeros(64, np.uint8), (1, 8, 8), (64, 1, 1))
    with pytest.raises(ValueError, match="share memory"):
        sr.logits_to_labels(logits, 8, out=shared)
    read_only = np.zeros((1, 8, 8), np.uint8)
    read_only.flags.writeable = False
    with pytest.raises(ValueError, match="writeable"):
        sr.logits_to_labels(logits, 8, out=read_only)
    assert not memory.any()


def test_tensors_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    logits = torch.randn((2, 19, 12, 16), generator=torch.Generator().manual_seed(5))
    for size in ((96, 128), (50, 40)):
        for options in ({"mode": "bilinear"}, {"mode": "bilinear", "align_corners": True}, {"mode": "bicubic"}):
            labels = sr.logits_to_labels(logits, size, **options)
            assert isinstance(labels, torch.Tensor)
            assert labels.dtype == torch.uint8
            resampled = torch.nn.functional.interpolate(logits, size, **options)
            expected = resampled.argmax(1)
            # Where PyTorch's logits of both labels differ by less than what theirs may differ from these by.
            gap = resampled.amax(1) - resampled.gather(1, labels.long()[:, None])[:, 0]
            allowed = 2 * tolerances.RELATIVE["float32"] * float(logits.abs().max())
            assert float(gap.max()) <= 30 * allowed  # and its coordinates: tolerances.coordinate_rounding
            assert float((labels != expected).float().mean()) < 1e-3
    nearest = torch.nn.functional.interpolate(logits, (30, 61), mode="nearest-exact").argmax(1)
    assert torch.equal(sr.logits_to_labels(logits, (30, 61), mode="nearest-exact").long(), nearest)
    double = logits.double()
    double[0, 7, 3:5] = float("nan")
    double[1, 4:6, :, 9] = float("nan")
    expected = torch.nn.functional.interpolate(double, (96, 128), mode="bilinear").argmax(1)
    assert torch.equal(sr.logits_to_labels(double, (96, 128)).long(), expected)


def test_bfloat16() -> None:
    logits = logits_of((1, 19, 12, 16), numpy_dtype("bfloat16"), "few values")
    expected = expected_labels(logits, (96, 128), mode="bilinear")
    np.testing.assert_array_equal(sr.logits_to_labels(logits, (96, 128)), expected)
