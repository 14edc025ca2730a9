"""The layers: against plain references and PyTorch's, and what they refuse."""

from __future__ import annotations

import copy
import importlib
import inspect
import itertools
import pickle
from typing import Any

import comparison
import neighbours_oracle as oracle
import numpy as np
import pytest
from arrays import FLOATS, assert_same_bits, channels_last, samples
from cases import HALF_TYPES, numpy_dtype

import swiftresample as sr
from swiftresample import nn

try:
    import torch
except ImportError as error:
    comparison.notes.append(f"nn was not compared with PyTorch: {error}")
    torch = None  # type: ignore[assignment]

needs_torch = pytest.mark.skipif(torch is None, reason="PyTorch is not importable")

Array = np.ndarray[Any, Any]


#: Of sums, relative to the largest result: as of transposed convolution, docs/exactness.md.
RELATIVE = {"float32": 2e-6, "float64": 1e-13}

LAYERS = sorted(set(nn.__all__) - {"IncompatibleKeys", "Module"})


# ---- References ------------------------------------------------------------------------------------------------------


def assert_close(actual: Array, expected: Array, dtype: Any) -> None:
    """Require the dtype, the shape, and values within the tolerance, or one unit in the last place of a half type."""
    assert actual.dtype == dtype
    assert actual.shape == expected.shape
    expected = expected.astype(np.float64)
    largest = comparison.largest(expected)
    allowed = RELATIVE[np.dtype(dtype).name] * largest if np.dtype(dtype).name in RELATIVE else None
    if allowed is None:
        allowed = float(np.spacing(np.dtype(dtype).type(largest)))
    assert comparison.largest(actual.astype(np.float64) - expected) <= allowed


def convolved(
    x: Array,
    weight: Array,
    bias: Array | None,
    padding: Any = ((0, 0), (0, 0)),
    stride: tuple[int, int] = (1, 1),
    dilation: tuple[int, int] = (1, 1),
    groups: int = 1,
) -> Array:
    """The convolution of (N, C, H, W) in float64, from its definition; padding before and after each axis."""
    x, weight = np.pad(x.astype(np.float64), ((0, 0), (0, 0), *padding)), weight.astype(np.float64)
    outputs, inputs, *kernel = weight.shape
    lengths = [n - d * (k - 1) for n, d, k in zip(x.shape[2:], dilation, kernel)]
    result = np.zeros((x.shape[0], groups, outputs // groups, *lengths))
    parts = x.reshape(x.shape[0], groups, inputs, *x.shape[2:])
    weights = weight.reshape(groups, outputs // groups, inputs, *kernel)
    for i, j in itertools.product(*map(range, kernel)):
        rows = slice(i * dilation[0], i * dilation[0] + lengths[0])
        columns = slice(j * dilation[1], j * dilation[1] + lengths[1])
        result += np.einsum("ngihw,goi->ngohw", parts[..., rows, columns], weights[..., i, j])
    result = result.reshape(x.shape[0], outputs, *lengths)[..., :: stride[0], :: stride[1]]
    return result if bias is None else result + bias.astype(np.float64)[:, None, None]


def loaded(layer: Any, dtype: Any, seed: int = 7) -> Any:
    """The layer with random parameters of the dtype."""
    generator = np.random.default_rng(seed)
    state = {name: generator.uniform(-1, 1, array.shape).astype(dtype) for name, array in layer.state_dict().items()}
    if "init_pos" in state:
        state["init_pos"] = layer.init_pos.astype(dtype)
    layer.load_state_dict(state)
    return layer


# ---- Conv2d ----------------------------------------------------------------------------------------------------------

# Arguments from kernel_size on, and the padding before and after each axis.
CONVOLUTIONS: dict[str, tuple[dict[str, Any], Any]] = {
    "1x1": ({"kernel_size": 1}, ((0, 0), (0, 0))),
    "3x3": ({"kernel_size": 3, "padding": 1}, ((1, 1), (1, 1))),
    "no bias": ({"kernel_size": 3, "bias": False}, ((0, 0), (0, 0))),
    "same": ({"kernel_size": (5, 3), "padding": "same"}, ((2, 2), (1, 1))),
    "same, even": ({"kernel_size": (4, 2), "padding": "same"}, ((1, 2), (0, 1))),
    "same, even and odd": ({"kernel_size": (3, 4), "padding": "same", "groups": 3}, ((1, 1), (1, 2))),
    "same, dilation": ({"kernel_size": 4, "padding": "same", "dilation": (1, 2)}, ((1, 2), (3, 3))),
    "valid": ({"kernel_size": (2, 4), "padding": "valid"}, ((0, 0), (0, 0))),
    "dilation": ({"kernel_size": 3, "padding": (2, 3), "dilation": (2, 3)}, ((2, 2), (3, 3))),
    "groups": ({"kernel_size": 3, "padding": 1, "groups": 3}, ((1, 1), (1, 1))),
    "stride": ({"kernel_size": 3, "padding": 1, "stride": (2, 3)}, ((1, 1), (1, 1))),
    "padded beyond the kernel": ({"kernel_size": (1, 3), "padding": (2, 4)}, ((2, 2), (4, 4))),
    "one axis beyond": ({"kernel_size": (1, 3), "padding": (2, 1), "bias": False}, ((2, 2), (1, 1))),
    "beyond, stride": ({"kernel_size": 2, "padding": 3, "stride": 2, "groups": 3}, ((3, 3), (3, 3))),
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_conv2d_agrees_with_the_definition(name: str, dtype: np.dtype[Any]) -> None:
    arguments, padding = CONVOLUTIONS[name]
    layer = loaded(nn.Conv2d(6, 9, **arguments), dtype)
    x = samples((2, 6, 8, 19), dtype)
    options = {"stride": layer.stride, "dilation": layer.dilation, "groups": layer.groups}
    expected = convolved(x, layer.weight, layer.bias, padding, **options)
    output = layer(x)
    assert_close(output, expected, dtype)
    assert output.flags.c_contiguous
    assert_same_bits(layer(x[0]), output[0])
    last = layer(channels_last(x))
    assert_same_bits(last, output)
    assert np.moveaxis(last, 1, -1).flags.c_contiguous


def test_conv2d_of_integers_is_exact() -> None:
    layer = nn.Conv2d(2, 3, 3, padding=1)
    layer.load_state_dict({"weight": np.arange(-27, 27).reshape(3, 2, 3, 3), "bias": [5, 6, 7]})
    x = np.arange(24).reshape(1, 2, 3, 4)
    np.testing.assert_array_equal(layer(x), convolved(x, layer.weight, layer.bias, ((1, 1), (1, 1))))


def test_a_kernel_must_fit_into_the_input() -> None:
    for padding, size in ((0, 5), (1, 3), ("valid", 5)):
        layer = nn.Conv2d(1, 1, 5, padding=padding)
        assert layer(np.ones((1, 1, size, size), np.float32)).shape == (1, 1, 1, 1)
        with pytest.raises(ValueError, match=r"input must not be smaller than the kernel \(5, 5\), got"):
            layer(np.ones((1, 1, size - 1, size), np.float32))


# ---- ConvTranspose ---------------------------------------------------------------------------------------------------

# Axes, input, arguments.
TRANSPOSED: dict[str, tuple[int, tuple[int, ...], dict[str, Any]]] = {
    "1d": (1, (2, 6, 11), {"kernel_size": 4, "stride": 2, "padding": 1}),
    "2d": (2, (2, 6, 5, 7), {"kernel_size": 4, "stride": 2, "padding": 1}),
    "2d, groups": (2, (2, 6, 5, 7), {"kernel_size": (3, 2), "stride": (3, 2), "groups": 3, "bias": False}),
    "2d, dilation": (2, (2, 6, 5, 7), {"kernel_size": 3, "dilation": 2, "output_padding": 1}),
    "3d": (3, (2, 6, 3, 5, 7), {"kernel_size": (2, 3, 4), "stride": (2, 1, 2), "padding": (0, 1, 1)}),
}
CLASSES: dict[int, Any] = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
FUNCTIONS: dict[int, Any] = {1: sr.conv_transpose1d, 2: sr.conv_transpose2d, 3: sr.conv_transpose3d}


@pytest.mark.parametrize("name", TRANSPOSED)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_conv_transpose_is_the_function_with_the_parameters(name: str, dtype: np.dtype[Any]) -> None:
    axes, shape, arguments = TRANSPOSED[name]
    layer = loaded(CLASSES[axes](6, 9, **arguments), dtype)
    x = samples(shape, dtype)
    names = ("stride", "padding", "output_padding", "groups", "dilation")
    expected = FUNCTIONS[axes](x, layer.weight, layer.bias, **{name: getattr(layer, name) for name in names})
    assert_same_bits(layer(x), expected)
    assert_same_bits(layer(x[0]), expected[0])


def test_output_size_decides_on_the_output_padding() -> None:
    layer = nn.ConvTranspose2d(2, 3, 3, stride=(3, 2), padding=1, output_padding=1, rng=0)
    x = samples((1, 2, 4, 5), np.float32)
    assert layer(x).shape == (1, 3, 11, 10)
    for size in ((10, 9), (12, 10), [11, 9], (1, 3, 12, 9), np.array([10, 10])):
        output = layer(x, output_size=size)
        assert output.shape == (1, 3, *size[-2:])
        assert_same_bits(output[..., :10, :9], layer(x)[..., :10, :9])
    assert layer(x[0], (3, 10, 9)).shape == (3, 10, 9)
    refused = {
        "(9, 9)": (9, 9),
        "(13, 9)": (13, 9),
        "(10, 11)": (10, 11),
    }
    for got, size in refused.items():
        with pytest.raises(ValueError, match=r"output_size must be from \(10, 9\) to \(12, 10\), got ") as caught:
            layer(x, size)
        assert got in str(caught.value)
    with pytest.raises(ValueError, match="output_size must have 2 or 4 entries for a 4-D input, got 3"):
        layer(x, (3, 10, 9))
    with pytest.raises(TypeError, match="output_size must be a sequence of integers, got 10"):
        layer(x, 10)


# ---- ResizeConv2d ----------------------------------------------------------------------------------------------------

# Arguments from kernel_size on; the padding before and after each axis.
RESIZED: dict[str, tuple[dict[str, Any], Any]] = {
    "3x3, x2": ({"kernel_size": 3}, ((1, 1), (1, 1))),
    "3x3, x3": ({"kernel_size": 3, "scale_factor": 3}, ((1, 1), (1, 1))),
    "5x5, x2": ({"kernel_size": 5, "bias": False}, ((2, 2), (2, 2))),
    "1x1, x4": ({"kernel_size": 1, "scale_factor": 4}, ((0, 0), (0, 0))),
    "3x3, x1": ({"kernel_size": 3, "scale_factor": 1.0}, ((1, 1), (1, 1))),
    "even": ({"kernel_size": (4, 2), "scale_factor": (2, 3)}, ((1, 2), (0, 1))),
    "valid": ({"kernel_size": 4, "padding": "valid"}, ((0, 0), (0, 0))),
    "padded": ({"kernel_size": 3, "padding": (0, 2), "scale_factor": (1, 2)}, ((0, 0), (2, 2))),
    "padded beyond the kernel": ({"kernel_size": (1, 3), "padding": (2, 4)}, ((2, 2), (4, 4))),
    "dilation": ({"kernel_size": 3, "dilation": (2, 3), "scale_factor": 2}, ((2, 2), (3, 3))),
    "groups": ({"kernel_size": 3, "groups": 3, "scale_factor": 2}, ((1, 1), (1, 1))),
    "depthwise": ({"kernel_size": 5, "groups": 6, "scale_factor": (3, 2)}, ((2, 2), (2, 2))),
    "larger than the image": ({"kernel_size": 15, "scale_factor": 2}, ((7, 7), (7, 7))),
    "many": ({"kernel_size": 3, "scale_factor": 40}, ((1, 1), (1, 1))),
}


def resized(layer: nn.ResizeConv2d, x: Array, padding: Any) -> Array:
    """Each sample repeated, then the convolution, in float64."""
    rows, columns = np.broadcast_to(np.array(layer.scale_factor, int), 2)
    enlarged = x.repeat(rows, axis=2).repeat(columns, axis=3)
    return convolved(enlarged, layer.weight, layer.bias, padding, dilation=layer.dilation, groups=layer.groups)


@pytest.mark.parametrize("name", RESIZED)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_nearest_resize_and_convolution_are_one_transposed_convolution(
    name: str, dtype: np.dtype[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: Any) -> None:
        raise AssertionError("the enlarged image was made")

    monkeypatch.setattr(importlib.import_module("swiftresample.nn._resize_convolution"), "interpolate", refuse)
    arguments, padding = RESIZED[name]
    layer = loaded(nn.ResizeConv2d(6, 12, **arguments), dtype)
    x = samples((2, 6, 3, 5), dtype)
    output = layer(x)
    assert_close(output, resized(layer, x, padding), dtype)
    assert output.flags.c_contiguous
    assert_same_bits(layer(x[0]), output[0])
    last = layer(channels_last(x))
    assert_same_bits(last, output)
    assert np.moveaxis(last, 1, -1).flags.c_contiguous


@pytest.mark.parametrize("kernel", range(1, 6))
@pytest.mark.parametrize("factor", range(1, 5))
def test_every_small_kernel_and_factor_gives_the_right_border(kernel: int, factor: int) -> None:
    for padding, dilation in itertools.product(range(3), range(1, 4)):
        layer = loaded(nn.ResizeConv2d(1, 1, kernel, factor, padding=padding, dilation=dilation), np.int64)
        layer.weight = samples((1, 1, kernel, kernel), np.int64) % 100  # integers: every sum is exact
        x = samples((1, 1, 4, 3), np.int64) % 100
        lengths = [n * factor + 2 * padding - dilation * (kernel - 1) for n in x.shape[2:]]
        if min(lengths) < 1:
            with pytest.raises(ValueError, match="input must not be smaller than the kernel"):
                layer(x)
            continue
        expected = resized(layer, x, ((padding, padding),) * 2)
        np.testing.assert_array_equal(layer(x), expected)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic", "nearest-exact", "area"])
@pytest.mark.parametrize("factor", [2, (1.5, 2.25)])
def test_other_modes_resize_first(mode: str, factor: Any) -> None:
    layer = nn.ResizeConv2d(6, 4, 3, factor, mode, rng=1)
    x = samples((2, 6, 4, 5), np.float32)
    enlarged = sr.interpolate(x, scale_factor=factor, mode=mode)
    expected = convolved(enlarged, layer.weight, layer.bias, ((1, 1), (1, 1)))
    assert_close(layer(x), expected, np.float32)
    assert_same_bits(layer(x[0]), layer(x)[0])


def test_align_corners_is_passed_on() -> None:
    layer = nn.ResizeConv2d(1, 1, 1, mode="bilinear", bias=False, align_corners=True)
    layer.weight = np.ones((1, 1, 1, 1), np.float32)
    x = samples((1, 1, 4, 5), np.float32)
    assert_same_bits(layer(x), sr.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True))
    with pytest.raises(ValueError, match="align_corners"):
        nn.ResizeConv2d(1, 1, 1, align_corners=True)(x)


@pytest.mark.parametrize("factor", [1.5, 41, (2, 2.5)])
def test_nearest_with_uneven_repeats_resizes_first(factor: Any) -> None:
    layer = nn.ResizeConv2d(2, 3, 3, factor, rng=1)
    x = samples((1, 2, 43, 3), np.float32)
    enlarged = sr.interpolate(x, scale_factor=factor)
    assert_close(layer(x), convolved(enlarged, layer.weight, layer.bias, ((1, 1), (1, 1))), np.float32)


def test_factors_up_to_forty_repeat_evenly() -> None:
    for factor in range(1, 41):
        for dtype in (np.float32, np.float64):
            x = np.arange(3000, dtype=dtype)[None, None]
            assert_same_bits(sr.interpolate(x, scale_factor=factor), x.repeat(factor, axis=2))


def test_the_weights_are_summed_once_until_others_come() -> None:
    layer = nn.ResizeConv2d(2, 3, 3, rng=1)
    x = samples((1, 2, 4, 5), np.float32)
    first = layer(x)
    summed = layer._weight_of_transposed()
    assert_same_bits(layer(x), first)
    assert layer._weight_of_transposed() is summed

    layer.weight = -layer.weight
    layer.bias = -layer.bias
    assert_same_bits(layer(x), -first)
    layer.load_state_dict({"weight": layer.weight * 0, "bias": layer.bias})
    np.testing.assert_array_equal(layer(x), np.broadcast_to(layer.bias[:, None, None], first.shape))


# ---- CARAFE and DySample ---------------------------------------------------------------------------------------------


def count(layer: nn.Module) -> int:
    return sum(array.size for array in layer.state_dict().values())


def test_carafe_has_as_many_parameters_as_the_paper_says() -> None:
    assert count(nn.CARAFE(256)) == 74_148


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"scale_factor": 3, "up_kernel": 3, "up_group": 2},
        {"encoder_kernel": 5, "encoder_dilation": 2, "compressed_channels": 7},
        {"scale_factor": 1, "up_kernel": 1, "encoder_kernel": 1},
    ],
)
@pytest.mark.parametrize("dtype", FLOATS[:2], ids=str)
def test_carafe_agrees_with_its_parts(arguments: dict[str, Any], dtype: np.dtype[Any]) -> None:
    layer = loaded(nn.CARAFE(8, **arguments), dtype)
    x = samples((2, 8, 6, 7), dtype)
    first, second = layer.channel_compressor, layer.content_encoder
    numbers = convolved(x, first.weight, first.bias)
    margin = layer.encoder_dilation * (layer.encoder_kernel - 1) // 2
    numbers = convolved(numbers, second.weight, second.bias, ((margin, margin),) * 2, dilation=second.dilation)
    masks = oracle.pixel_shuffle(numbers, layer.scale_factor)
    groups = np.exp(masks.reshape(2, layer.up_group, layer.up_kernel**2, *masks.shape[2:]))
    masks = (groups / groups.sum(axis=2, keepdims=True)).reshape(masks.shape)
    expected = oracle.carafe(x, masks, layer.up_kernel, layer.up_group, layer.scale_factor)
    output = layer(x)
    assert output.dtype == dtype
    # The masks are exponentials of sums of up to some hundred: their rounding is theirs times that.
    allowed = RELATIVE[dtype.name] * comparison.largest(numbers) * comparison.largest(x)
    assert comparison.largest(output - expected) <= allowed
    assert_same_bits(layer(channels_last(x)), output)


def test_carafe_without_content_is_an_average() -> None:
    layer = nn.CARAFE(2, rng=1)
    layer.content_encoder.weight = np.zeros_like(layer.content_encoder.weight)
    output = layer(np.ones((1, 2, 8, 8), np.float32))
    np.testing.assert_allclose(output[0, 0, 4:12, 4:12], 1, rtol=2e-6)
    np.testing.assert_allclose(output[0, 0, [0, 0, 8], [0, 8, 0]], [0.36, 0.6, 0.6], rtol=2e-6)


@pytest.mark.parametrize("dtype", [numpy_dtype(name) for name in HALF_TYPES], ids=str)
@pytest.mark.parametrize("layer", [nn.CARAFE(8), nn.DySample(8, dyscope=True), nn.LightweightUpsample(8, 3)], ids=repr)
def test_half_types_are_close_to_float32(layer: Any, dtype: np.dtype[Any]) -> None:
    layer = copy.deepcopy(layer)
    x = samples((1, 8, 5, 6), dtype)
    state = {name: (array * 0.25).astype(dtype) for name, array in loaded(layer, np.float32).state_dict().items()}
    layer.load_state_dict(state)
    output = layer(x)
    assert output.dtype == dtype
    layer.load_state_dict({name: array.astype(np.float32) for name, array in state.items()})
    expected = layer(x.astype(np.float32))
    # Every step rounds to the half type: masks, offsets and channels alike.
    allowed = 8 * float(np.spacing(dtype.type(comparison.largest(x.astype(np.float32)))))
    assert comparison.largest(output.astype(np.float32) - expected) <= allowed


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", FLOATS[:2], ids=str)
def test_dysample_without_offsets_is_bilinear(scale: int, dtype: np.dtype[Any]) -> None:
    for style, dyscope in itertools.product(("lp", "pl"), (False, True)):
        channels = 4 * scale**2
        layer = nn.DySample(channels, scale, style, dyscope=dyscope)
        state = {name: (array * (name == "init_pos")).astype(dtype) for name, array in layer.state_dict().items()}
        layer.load_state_dict(state)
        x = samples((2, channels, 5, 7), dtype)
        expected = sr.interpolate(x, scale_factor=scale, mode="bilinear")
        # A coordinate goes through [-1, 1] and back: it moves by some units in the last place of the axis length.
        # PyTorch's initial positions are float32, thirds among them.
        precision = np.finfo(np.float32 if scale == 3 else dtype).eps
        allowed = 16 * precision * comparison.largest(x) * 7
        assert comparison.largest(layer(x) - expected) <= allowed


def test_dysample_offsets_are_in_input_samples_for_each_group() -> None:
    layer = nn.DySample(4, scale=2, groups=2)
    bias = np.zeros((2, 2, 2, 2), np.float32)  # x and y, group, row and column of the output samples
    bias[0, 0] = 4  # times 0.25: the first group moves by 1 along x
    bias[1, 1, 0, 1] = -8  # one sample of the four of the second, by -2 along y
    layer.offset.load_state_dict({"weight": np.zeros((16, 4, 1, 1), np.float32), "bias": bias.ravel()})
    x = samples((1, 4, 8, 9), np.float32)
    output = layer(x)
    expected = sr.interpolate(x, scale_factor=2, mode="bilinear")
    tolerance = {"atol": 1e-4 * comparison.largest(x)}
    np.testing.assert_allclose(output[:, :2, :, :-3], expected[:, :2, :, 2:-1], **tolerance)
    np.testing.assert_allclose(output[:, 2:, ::2, ::2], expected[:, 2:, ::2, ::2], **tolerance)
    np.testing.assert_allclose(output[:, 2:, 1::2], expected[:, 2:, 1::2], **tolerance)
    np.testing.assert_allclose(output[:, 2:, 6::2, 1::2], expected[:, 2:, 2:-4:2, 1::2], **tolerance)


def test_dysample_scope_begins_at_a_half() -> None:
    plain, scoped = nn.DySample(8, rng=3), nn.DySample(8, dyscope=True, rng=3)
    x = samples((1, 8, 5, 6), np.float32)
    assert_same_bits(scoped.offset.weight, plain.offset.weight)
    np.testing.assert_allclose(scoped(x), plain(x), rtol=1e-5, atol=1e-5 * comparison.largest(x))


def test_dysample_parameter_counts() -> None:
    positions = 2 * 4 * 4
    assert count(nn.DySample(256)) == 256 * 32 + 32 + positions
    assert count(nn.DySample(256, dyscope=True)) == 2 * 256 * 32 + 32 + positions
    assert count(nn.DySample(256, style="pl")) == 64 * 8 + 8 + positions


# ---- Blocks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scale", "kernel"), [(1, 3), (2, None), (2, 2), (2, 3), (2, 5), (3, None), (3, 4), (4, 7)])
def test_adaptive_upsample_changes_over_at_the_width(scale: int, kernel: int | None) -> None:
    layer = nn.AdaptiveUpsample(4, 3, scale, threshold_width=8, kernel_size=kernel, rng=1)
    narrow, wide = samples((2, 4, 5, 7), np.float32), samples((2, 4, 5, 8), np.float32)
    assert layer.transposed.kernel_size == (kernel or 2 * scale,) * 2
    assert_same_bits(layer(narrow), layer.transposed(narrow))
    assert layer(narrow).shape == (2, 3, 5 * scale, 7 * scale)
    enlarged = sr.interpolate(wide, scale_factor=scale, mode="bilinear")
    assert_close(layer(wide), convolved(enlarged, layer.adapter.weight, layer.adapter.bias), np.float32)


def test_adaptive_upsample_of_as_many_channels_has_no_adapter() -> None:
    layer = nn.AdaptiveUpsample(3, threshold_width=0, align_corners=True)
    assert set(layer.state_dict()) == {"transposed.weight", "transposed.bias"}
    x = samples((1, 3, 4, 5), np.float32)
    assert_same_bits(layer(x), sr.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True))


@pytest.mark.parametrize("dtype", FLOATS[:2], ids=str)
@pytest.mark.parametrize("scale", [1, 2, 3])
def test_lightweight_upsample_agrees_with_its_parts(scale: int, dtype: np.dtype[Any]) -> None:
    layer = loaded(nn.LightweightUpsample(5, 4, scale), dtype)
    x = samples((2, 5, 6, 7), dtype)
    numbers = oracle.pixel_shuffle(convolved(x, layer.conv.weight, layer.conv.bias), scale)
    assert_close(layer(x), numbers * np.clip(numbers + 3, 0, 6) / 6, dtype)
    assert_same_bits(layer(x[0]), layer(x)[0])


# ---- Resampling and shuffling ----------------------------------------------------------------------------------------


def test_upsample_is_interpolate() -> None:
    image, signal = samples((2, 3, 5, 7), np.float32), samples((2, 3, 7), np.float32)
    calls: list[tuple[Any, Array, dict[str, Any]]] = [
        (nn.Upsample(scale_factor=2), signal, {"scale_factor": 2}),
        (nn.Upsample((4, 9), mode="bicubic"), image, {"size": (4, 9), "mode": "bicubic"}),
        (
            nn.Upsample(None, (1.3, 2), "bilinear", None, True),
            image,
            {"scale_factor": (1.3, 2), "mode": "bilinear", "recompute_scale_factor": True},
        ),
        (nn.UpsamplingNearest2d(size=11), image, {"size": 11}),
        (
            nn.UpsamplingBilinear2d(scale_factor=[3, 2]),
            image,
            {"scale_factor": (3, 2), "mode": "bilinear", "align_corners": True},
        ),
    ]
    for layer, x, options in calls:
        assert_same_bits(layer(x), sr.interpolate(x, **options))


def test_shuffles_are_the_functions() -> None:
    x = np.arange(2 * 18 * 4 * 3).reshape(2, 18, 4, 3)
    shuffled = nn.PixelShuffle(3)(x)
    assert_same_bits(shuffled, sr.pixel_shuffle(x, 3))
    assert_same_bits(nn.PixelUnshuffle(np.int8(3))(shuffled), x)


# ---- Modules ---------------------------------------------------------------------------------------------------------

EVERY: dict[str, Any] = {
    "Upsample": (nn.Upsample, (), {"scale_factor": 2}),
    "UpsamplingNearest2d": (nn.UpsamplingNearest2d, ((3, 4),), {}),
    "UpsamplingBilinear2d": (nn.UpsamplingBilinear2d, (), {"scale_factor": (2, 3.5)}),
    "PixelShuffle": (nn.PixelShuffle, (3,), {}),
    "PixelUnshuffle": (nn.PixelUnshuffle, (3,), {}),
    "Conv2d": (nn.Conv2d, (4, 6, 3), {"padding": "same", "groups": 2, "bias": False, "dilation": (2, 1)}),
    "ConvTranspose1d": (nn.ConvTranspose1d, (3, 4, 3), {}),
    "ConvTranspose2d": (nn.ConvTranspose2d, (4, 6, (4, 3), 2, 1, 1, 2), {}),
    "ConvTranspose3d": (nn.ConvTranspose3d, (3, 4, 3), {"stride": 2, "padding": (1, 0, 1), "output_padding": 1}),
    "CARAFE": (nn.CARAFE, (4,), {"up_kernel": 3}),
    "DySample": (nn.DySample, (8,), {"dyscope": True}),
    "ResizeConv2d": (nn.ResizeConv2d, (4, 6, 3), {"mode": "bilinear", "align_corners": False}),
    "AdaptiveUpsample": (nn.AdaptiveUpsample, (4, 6), {}),
    "LightweightUpsample": (nn.LightweightUpsample, (4, 6), {}),
}


def test_every_layer_is_here() -> None:
    assert sorted(EVERY) == LAYERS


@pytest.mark.parametrize("name", EVERY)
def test_parameters_are_float32_and_change_by_assignment_alone(name: str) -> None:
    kind, arguments, options = EVERY[name]
    layer = kind(*arguments, **options)
    for array in layer.state_dict().values():
        assert array.dtype == np.float32
        assert not array.flags.writeable
        assert np.isfinite(array).all()


@pytest.mark.parametrize("name", EVERY)
def test_a_state_dict_makes_another_layer_the_same(name: str) -> None:
    kind, arguments, options = EVERY[name]
    first, second = (kind(*arguments, **options) for _ in range(2))
    state = {key: array + np.float32(0.5) for key, array in first.state_dict().items()}
    assert first.load_state_dict(state) == ([], [])
    second.load_state_dict(first.state_dict())
    for layer in (second, copy.deepcopy(first), pickle.loads(pickle.dumps(first))):
        assert list(layer.state_dict()) == list(state)
        for key, array in layer.state_dict().items():
            assert_same_bits(array, state[key])
            assert not np.shares_memory(array, state[key])
            assert not array.flags.writeable


@pytest.mark.parametrize("name", [name for name in EVERY if "rng" in inspect.signature(EVERY[name][0]).parameters])
def test_a_seed_makes_the_weights_repeatable(name: str) -> None:
    kind, arguments, options = EVERY[name]
    first, second = (kind(*arguments, **options, rng=5) for _ in range(2))
    other = kind(*arguments, **options, rng=np.random.default_rng(6))
    for key, array in first.state_dict().items():
        assert_same_bits(second.state_dict()[key], array)
    assert any((other.state_dict()[key] != array).any() for key, array in first.state_dict().items())


def test_weights_begin_within_pytorchs_bounds() -> None:
    for layer, bound in ((nn.Conv2d(16, 32, 3, groups=2), 72**-0.5), (nn.ConvTranspose2d(16, 32, 3), 288**-0.5)):
        for array in (layer.weight, layer.bias):
            assert bound * 0.8 < np.abs(array).max() <= np.float32(bound)


def test_names_are_dotted_in_the_order_of_pytorch() -> None:
    class Decoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.up = nn.AdaptiveUpsample(4, 2)
            self.gain = np.ones(3)
            self._memory = np.ones(3)

    decoder = Decoder()
    names = ["gain", "up.transposed.weight", "up.transposed.bias", "up.adapter.weight", "up.adapter.bias"]
    assert list(decoder.state_dict()) == names
    with pytest.raises(NotImplementedError, match="Decoder has no forward"):
        decoder(1)


REPRESENTATIONS = {
    "Conv2d": "Conv2d(4, 6, kernel_size=(3, 3), stride=(1, 1), padding=same, dilation=(2, 1), groups=2, bias=False)",
    "ResizeConv2d": (
        "ResizeConv2d(4, 6, kernel_size=(3, 3), scale_factor=2.0, mode='bilinear', align_corners=False, padding=same)"
    ),
    "DySample": (
        "DySample(\n"
        "  (offset): Conv2d(8, 32, kernel_size=(1, 1), stride=(1, 1))\n"
        "  (scope): Conv2d(8, 32, kernel_size=(1, 1), stride=(1, 1), bias=False)\n"
        ")"
    ),
}


@pytest.mark.parametrize("name", REPRESENTATIONS)
def test_representations(name: str) -> None:
    kind, arguments, options = EVERY[name]
    assert repr(kind(*arguments, **options)) == REPRESENTATIONS[name]


@pytest.mark.parametrize("name", ["CARAFE", "DySample", "ResizeConv2d", "AdaptiveUpsample", "LightweightUpsample"])
def test_memory_formats_and_batches_change_no_bit(name: str) -> None:
    kind, arguments, options = EVERY[name]
    layer = loaded(kind(*arguments, **options), np.float32)
    for width in (7, 130):  # either side of AdaptiveUpsample's
        x = samples((3, arguments[0], 5, width), np.float32)
        output = layer(x)
        assert_same_bits(layer(channels_last(x)), output)
        assert_same_bits(layer(x[..., ::-1].copy()[..., ::-1]), output)
        assert_same_bits(layer(x[1:2]), output[1:2])
        assert layer(x[:0]).shape == (0, *output.shape[1:])


# ---- Bad calls -------------------------------------------------------------------------------------------------------


def test_what_does_not_fit_is_not_loaded() -> None:
    layer = nn.LightweightUpsample(2, 1)
    before = layer.state_dict()
    good = {name: np.zeros_like(array) for name, array in before.items()}
    weight = good["conv.weight"]
    for state, error, message in (
        ({}, ValueError, "missing conv.weight, conv.bias"),
        ({"conv.weight": weight}, ValueError, "does not fit LightweightUpsample: missing conv.bias"),
        ({**good, "x": 1, "conv.y": 2}, ValueError, "unexpected x, conv.y"),
        (
            {**good, "conv.weight": weight[0]},
            ValueError,
            r"conv.weight must have shape \(4, 2, 1, 1\), got \(2, 1, 1\)",
        ),
        ({"conv.bias": np.zeros(3)}, ValueError, r"missing conv.weight; conv.bias must have shape \(4,\), got \(3,\)"),
        ({**good, "conv.bias": np.array([None] * 4)}, TypeError, "conv.bias: dtype must be .*, got object"),
        ({**good, "conv.bias": list("abcd")}, TypeError, "conv.bias: dtype must be .*, got <U1"),
        (list(good.items()), TypeError, "state_dict must be a mapping of names to arrays, got list"),
    ):
        with pytest.raises(error, match=message):
            layer.load_state_dict(state)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"conv\.bias must have shape"):
        layer.load_state_dict({"conv.bias": np.zeros(3)}, strict=False)
    for name, array in layer.state_dict().items():
        assert array is before[name]


def test_loading_without_strictness_tells_what_did_not_fit() -> None:
    layer = nn.Conv2d(1, 1, 1)
    keys = layer.load_state_dict({"bias": [2.5], "other": 1}, strict=False)
    assert keys == nn.IncompatibleKeys(["weight"], ["other"])
    assert layer.bias.tolist() == [2.5]


def test_loaded_arrays_are_copied_in_native_byte_order() -> None:
    layer = nn.Conv2d(1, 1, 1)
    bias = np.array([2.5], ">f8")
    layer.load_state_dict({"weight": np.ones((1, 1, 1, 1)), "bias": bias})
    bias[0] = 1
    assert layer.bias.dtype.isnative
    assert layer(np.ones((1, 1, 1, 1))) == 3.5


REFUSED: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any], type[Exception], str]] = {
    "channels 0": (nn.Conv2d, (0, 1, 1), {}, ValueError, "in_channels must be at least 1, got 0"),
    "channels 1.0": (nn.Conv2d, (1, 1.0, 1), {}, TypeError, r"out_channels must be an integer, got 1\.0"),
    "kernel 0": (nn.Conv2d, (1, 1, (1, 0)), {}, ValueError, r"kernel_size must be at least 1, got \(1, 0\)"),
    "kernel of 3": (nn.Conv2d, (1, 1, (1, 1, 1)), {}, ValueError, "kernel_size must be an integer or have 2 entries"),
    "stride 0": (nn.ConvTranspose1d, (1, 1, 1, 0), {}, ValueError, "stride must be at least 1, got 0"),
    "padding -1": (nn.ConvTranspose3d, (1, 1, 1, 1, -1), {}, ValueError, "padding must be at least 0, got -1"),
    "padding a string": (nn.Conv2d, (1, 1, 1), {"padding": "full"}, ValueError, "'same' or 'valid', got 'full'"),
    "same, transposed": (
        nn.ConvTranspose2d,
        (1, 1, 1),
        {"padding": "same"},
        TypeError,
        "padding must be made of integers, got 'same'",
    ),
    "same, stride": (nn.Conv2d, (1, 1, 1, 2, "same"), {}, ValueError, "padding 'same' needs stride 1"),
    "groups": (nn.Conv2d, (4, 6, 1), {"groups": 4}, ValueError, "out_channels must be divisible by groups 4, got 6"),
    "padding mode": (nn.Conv2d, (1, 1, 1), {"padding_mode": "x"}, ValueError, "padding_mode must be one of .* got 'x'"),
    "reflect": (nn.Conv2d, (1, 1, 1), {"padding_mode": "reflect"}, NotImplementedError, "must be 'zeros', got 'reflec"),
    "size": (nn.Upsample, (2.5,), {}, TypeError, "size must be made of integers, got 2.5"),
    "factor": (nn.Upsample, (), {"scale_factor": "2"}, TypeError, "scale_factor must be made of real numbers, got '2'"),
    "shuffle 0": (nn.PixelShuffle, (0,), {}, ValueError, "upscale_factor must be at least 1, got 0"),
    "shuffle 2.0": (nn.PixelUnshuffle, (2.0,), {}, TypeError, r"downscale_factor must be an integer, got 2\.0"),
    "even window": (nn.CARAFE, (4,), {"up_kernel": 4}, ValueError, "up_kernel must be odd, got 4"),
    "even encoder": (nn.CARAFE, (4,), {"encoder_kernel": 2}, ValueError, "encoder_kernel must be odd, got 2"),
    "carafe groups": (nn.CARAFE, (4,), {"up_group": 3}, ValueError, "channels must be divisible by up_group 3, got 4"),
    "style": (nn.DySample, (4,), {"style": "x"}, ValueError, "style must be 'lp' or 'pl', got 'x'"),
    "dysample groups": (nn.DySample, (6,), {}, ValueError, "in_channels must be divisible by groups 4, got 6"),
    "pl": (nn.DySample, (4, 3, "pl"), {}, ValueError, "in_channels must be divisible by scale^2, 9, for style 'pl'"),
    "factor 0": (nn.ResizeConv2d, (1, 1, 1, 0), {}, ValueError, "scale_factor must be positive and finite, got 0"),
    "factor nan": (nn.ResizeConv2d, (1, 1, 1, float("nan")), {}, ValueError, "positive and finite, got nan"),
    "no factor": (nn.ResizeConv2d, (1, 1, 1, None), {}, TypeError, "scale_factor must be made of real numbers"),
    "3 factors": (nn.ResizeConv2d, (1, 1, 1, (2, 2, 2)), {}, ValueError, "must be a number or have 2 entries, got 3"),
    "small kernel": (
        nn.AdaptiveUpsample,
        (1,),
        {"kernel_size": 1},
        ValueError,
        "kernel_size must be at least 2, got 1",
    ),
    "even, x1": (nn.AdaptiveUpsample, (1, 1, 1), {}, ValueError, "kernel_size must be odd for scale 1, got 2"),
    "scale": (nn.LightweightUpsample, (1, 1, -2), {}, ValueError, "scale must be at least 1, got -2"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_arguments_are_refused(name: str) -> None:
    kind, arguments, options, error, message = REFUSED[name]
    with pytest.raises(error, match=message.replace("^", r"\^")):
        kind(*arguments, **options)


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(4, 6, 3),
        nn.ConvTranspose2d(4, 6, 3),
        nn.ResizeConv2d(4, 6, 3),
        nn.ResizeConv2d(4, 6, 3, mode="bilinear"),
        nn.CARAFE(4),
        nn.DySample(4),
        nn.AdaptiveUpsample(4),
        nn.LightweightUpsample(4, 6),
    ],
    ids=repr,
)
def test_bad_inputs_are_refused(layer: Any) -> None:
    for x, error, message in (
        (np.ones((1, 3, 5, 5), np.float32), ValueError, r"input must have 4 channels, got 3 in shape \(1, 3, 5, 5\)"),
        (np.ones((4, 5), np.float32), ValueError, r"input must be 4-D \(N, C, H, W\).*, got 2-D"),
        (np.ones((1, 1, 4, 5, 5), np.float32), ValueError, "input must be 4-D .*, got 5-D"),
        ([1.0], TypeError, r"input must be a numpy\.ndarray, got builtins\.list"),
        (np.ones((1, 4, 5, 5)), TypeError, "dtype"),
        (np.ones((1, 4, 5, 5), np.float16), TypeError, "dtype"),
        (np.ones((1, 4, 0, 5), np.float32), ValueError, "input"),
    ):
        with pytest.raises(error, match=message):
            layer(x)


def test_half_types_want_weights_of_the_same() -> None:
    layer = loaded(nn.ResizeConv2d(4, 6, 3), np.float16)
    with pytest.raises(TypeError, match="input must have the dtype of weight, float16, got float32"):
        layer(np.ones((1, 4, 5, 5), np.float32))


# ---- PyTorch ---------------------------------------------------------------------------------------------------------

# Names of classes that both have, arguments, options, input.
LIVE: list[tuple[str, tuple[Any, ...], dict[str, Any], tuple[int, ...]]] = [
    ("Upsample", (), {"scale_factor": 2}, (2, 3, 5, 7)),
    ("Upsample", ((9, 4),), {"mode": "bilinear", "align_corners": True}, (2, 3, 5, 7)),
    ("Upsample", (), {"scale_factor": (2.5, 1.25), "mode": "bicubic", "recompute_scale_factor": True}, (2, 3, 5, 7)),
    ("Upsample", (6,), {"mode": "linear"}, (2, 3, 7)),
    ("Upsample", (), {"scale_factor": 2, "mode": "trilinear"}, (2, 3, 4, 5, 7)),
    ("UpsamplingNearest2d", (), {"scale_factor": 3}, (2, 3, 5, 7)),
    ("UpsamplingBilinear2d", ((9, 4),), {}, (2, 3, 5, 7)),
    ("PixelShuffle", (2,), {}, (12, 5, 7)),
    ("PixelUnshuffle", (3,), {}, (2, 2, 6, 9)),
    *[("Conv2d", (6, 9), arguments, (2, 6, 8, 11)) for arguments, _ in CONVOLUTIONS.values()],
    *[(f"ConvTranspose{axes}d", (6, 9), arguments, shape) for axes, shape, arguments in TRANSPOSED.values()],
    ("ConvTranspose2d", (6, 9), {"kernel_size": 3, "stride": 2, "padding": 1}, (6, 8, 11)),
]


@needs_torch
@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("which", range(len(LIVE)))
@pytest.mark.parametrize("dtype", FLOATS[:2], ids=str)
def test_layers_agree_with_pytorch(which: int, dtype: np.dtype[Any]) -> None:
    name, arguments, options, shape = LIVE[which]
    theirs = getattr(torch.nn, name)(*arguments, **options).to(getattr(torch, dtype.name))
    ours = getattr(nn, name)(*arguments, **options)
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    x = samples(shape, dtype)
    with torch.no_grad():
        expected = theirs(torch.from_numpy(x)).numpy()
    # Both round sums, and coordinates, in an order of their own.
    difference = comparison.largest(ours(x).astype(np.float64) - expected)
    assert difference <= 2 * RELATIVE[dtype.name] * max(comparison.largest(expected), comparison.largest(x))
    assert ours(x).shape == expected.shape


@needs_torch
@pytest.mark.parametrize("name", sorted(set(LAYERS) & set(dir(torch.nn) if torch else [])))
def test_arguments_are_pytorchs(name: str) -> None:
    def arguments(kind: Any) -> dict[str, Any]:
        parameters = inspect.signature(kind).parameters.values()
        ours = {"rng", "device", "dtype"}
        return {parameter.name: parameter.default for parameter in parameters if parameter.name not in ours}

    assert list(arguments(getattr(nn, name)).items()) == list(arguments(getattr(torch.nn, name)).items())


@needs_torch
def test_output_sizes_agree_with_pytorch() -> None:
    theirs = torch.nn.ConvTranspose2d(2, 3, (3, 4), stride=(3, 2), padding=1)
    ours = nn.ConvTranspose2d(2, 3, (3, 4), stride=(3, 2), padding=1)
    ours.load_state_dict(theirs.state_dict())
    x = samples((1, 2, 4, 5), np.float32)
    for size in itertools.product(range(8, 15), range(8, 14)):
        try:
            expected = theirs(torch.from_numpy(x), output_size=size).detach().numpy()
        except ValueError:
            with pytest.raises(ValueError, match="output_size must be from"):
                ours(x, output_size=size)
        else:
            assert_close(ours(x, output_size=size), expected, np.float32)


@needs_torch
@pytest.mark.parametrize("style", ["lp", "pl"])
@pytest.mark.parametrize("dyscope", [False, True])
def test_dysample_agrees_with_its_steps_in_pytorch(style: str, dyscope: bool) -> None:
    scale, groups, (batch, channels, height, width) = 2, 2, (2, 8, 5, 7)
    layer = loaded(nn.DySample(channels, scale, style, groups, dyscope), np.float64)
    x = torch.from_numpy(samples((batch, channels, height, width), np.float64))
    state = {name: torch.from_numpy(array.copy()) for name, array in layer.state_dict().items()}

    functional = torch.nn.functional
    features = x if style == "lp" else functional.pixel_shuffle(x, scale)
    offsets = functional.conv2d(features, state["offset.weight"], state["offset.bias"])
    offsets = offsets * (functional.conv2d(features, state["scope.weight"]).sigmoid() * 0.5 if dyscope else 0.25)
    if style == "pl":
        offsets = functional.pixel_unshuffle(offsets, scale)
    offsets = (offsets + state["init_pos"]).view(batch, 2, -1, height, width)
    centres = torch.stack(
        (
            (torch.arange(width) + 0.5).expand(height, width),
            (torch.arange(height) + 0.5)[:, None].expand(height, width),
        )
    )
    lengths = torch.tensor([width, height]).view(1, 2, 1, 1, 1)
    points = 2 * (offsets + centres[None, :, None]) / lengths - 1
    points = functional.pixel_shuffle(points, scale).permute(0, 2, 3, 4, 1).flatten(0, 1)
    expected = functional.grid_sample(
        x.view(batch * groups, -1, height, width), points, padding_mode="border", align_corners=False
    )
    expected = expected.view(batch, channels, height * scale, width * scale)
    output = layer(x.numpy())
    np.testing.assert_allclose(output, expected.numpy(), rtol=0, atol=1e-12 * comparison.largest(x.numpy()))


@needs_torch
@pytest.mark.parametrize("kernel", [1, 3, 4])
@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_resize_conv2d_agrees_with_two_layers_of_pytorch(kernel: int, mode: str) -> None:
    theirs = torch.nn.Sequential(
        torch.nn.Upsample(scale_factor=2, mode=mode), torch.nn.Conv2d(6, 4, kernel, padding=kernel // 2)
    )
    ours = nn.ResizeConv2d(6, 4, kernel, mode=mode, padding=kernel // 2)
    ours.load_state_dict(theirs[1].state_dict())
    x = samples((2, 6, 9, 11), np.float32)
    assert_close(ours(x), theirs(torch.from_numpy(x)).detach().numpy(), np.float32)


@needs_torch
def test_activations_agree_with_pytorch() -> None:
    layer = nn.LightweightUpsample(1, 1, 1, bias=False)
    layer.load_state_dict({"conv.weight": np.ones((1, 1, 1, 1), np.float32)})
    x = np.linspace(-8, 8, 1001, dtype=np.float32).reshape(1, 1, 1, -1)
    assert_close(layer(x), torch.nn.functional.hardswish(torch.from_numpy(x)).numpy(), np.float32)
