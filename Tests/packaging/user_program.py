"""A user's first program: every public name, with the types that a careful user writes down.

run.sh runs it in each environment, and has mypy --strict read it beside the stubs of NumPy 1.24 and of NumPy 2.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

import swiftresample as sr
import swiftresample.nn as srnn

Floats = NDArray[np.float32]


def interpolation() -> None:
    image: Floats = np.arange(4, dtype=np.float32).reshape(1, 1, 2, 2)
    doubled: Floats = sr.interpolate(image, size=(4, 4), mode="bilinear")
    expected = [[0, 0.25, 0.75, 1], [0.5, 0.75, 1.25, 1.5], [1.5, 1.75, 2.25, 2.5], [2, 2.25, 2.75, 3]]
    np.testing.assert_array_equal(doubled[0, 0], expected)

    out: Floats = np.empty((1, 1, 4, 4), dtype=np.float32)
    given: Floats = sr.interpolate(image, None, [2.0, 2], "bicubic", False, clamp=(0, 3), out=out)
    assert given is out
    grad_input: Floats = sr.interpolate_backward(doubled, image.shape, scale_factor=2, mode="bilinear")
    assert grad_input.shape == image.shape

    photo: NDArray[np.uint8] = np.full((1, 3, 8, 8), 7, dtype=np.uint8)
    small: NDArray[np.uint8] = sr.interpolate(photo, size=2, mode="lanczos", antialias=True)
    assert small.tolist() == np.full((1, 3, 2, 2), 7).tolist()
    labels: NDArray[np.int64] = np.array([[[7, 255]]], dtype=np.int64)
    assert sr.interpolate(labels, scale_factor=2).tolist() == [[[7, 7, 255, 255]]]
    mask: NDArray[np.bool_] = np.array([[[True, False]]])
    wider: NDArray[np.bool_] = sr.interpolate(mask, scale_factor=np.float64(2), mode="nearest-exact")
    assert wider.tolist() == [[[True, True, False, False]]]
    waves: NDArray[np.complex64] = np.array([[[1, 2j]]], dtype=np.complex64)
    longer: NDArray[np.complex64] = sr.interpolate(waves, size=np.int64(4))
    assert longer.shape == (1, 1, 4)
    anything: NDArray[Any] = sr.interpolate(np.asarray(image), size=image.shape[2:])
    np.testing.assert_array_equal(anything, image)


def plans() -> None:
    plan = sr.Plan((1, 2, 5), np.float64, size=10, mode="linear", align_corners=True)
    shape: tuple[int, ...] = plan.output_shape
    dtype: np.dtype[Any] = plan.dtype
    assert (shape, dtype, plan.input_shape) == ((1, 2, 10), np.dtype("float64"), (1, 2, 5))
    signal: NDArray[np.float64] = np.ones((1, 2, 5))
    result: NDArray[np.float64] = plan(signal, out=np.empty(shape))
    np.testing.assert_allclose(result, 1, rtol=1e-15)
    axis: sr.AxisTaps = plan.axes[0]
    coordinates: NDArray[np.float64] = axis.coordinates
    same: NDArray[np.float64] = sr.axis_taps(5, 10, align_corners=True, dtype="float64").coordinates
    np.testing.assert_array_equal(coordinates, same)
    indices: NDArray[np.int64] = axis.indices
    weights: NDArray[np.float64] = axis.weights
    assert indices.shape == weights.shape


def operators() -> None:
    x: Floats = np.ones((1, 4, 3, 3), dtype=np.float32)
    shuffled: Floats = sr.pixel_shuffle(x, 2)
    back: Floats = sr.pixel_unshuffle(shuffled, 2)
    np.testing.assert_array_equal(back, x)

    weight: Floats = np.ones((4, 1, 2, 2), dtype=np.float32)
    larger: Floats = sr.conv_transpose2d(x, weight, None, stride=2)
    np.testing.assert_array_equal(larger, np.full((1, 1, 6, 6), 4))
    grad_x, grad_weight, grad_bias = sr.conv_transpose2d_backward(larger, x, weight, stride=2)
    of_x: Floats = grad_x
    assert of_x.shape == x.shape
    assert grad_weight is not None
    assert grad_bias is None or grad_bias.shape == (1,)
    line: Floats = sr.conv_transpose1d(x[..., 0], weight[..., 0], stride=[2])
    of_line: Floats = sr.conv_transpose1d_backward(line, x[..., 0], weight[..., 0], stride=[2])[0]
    volume: Floats = sr.conv_transpose3d(x[..., None], weight[..., None], stride=(2, 2, 1))
    of_volume: Floats = sr.conv_transpose3d_backward(volume, x[..., None], weight[..., None], stride=(2, 2, 1))[0]
    assert (of_line.shape, of_volume.shape) == (x[..., 0].shape, x[..., None].shape)

    theta: Floats = np.array([[[1, 0, 0], [0, 1, 0]]], dtype=np.float32)
    grid: Floats = sr.affine_grid(theta, x.shape)
    sampled: Floats = sr.grid_sample(x, grid, padding_mode="border", align_corners=False)
    np.testing.assert_allclose(sampled, x, rtol=1e-6)
    of_input, of_grid = sr.grid_sample_backward(sampled, x, grid)
    gradients: list[Floats] = [of_input, of_grid]
    assert [gradient.shape for gradient in gradients] == [x.shape, grid.shape]

    masks: Floats = np.full((1, 9, 6, 6), 1 / 9, dtype=np.float32)
    reassembled: Floats = sr.carafe(x, masks, kernel_size=3, scale_factor=2)
    of_features, of_masks = sr.carafe_backward(reassembled, x, masks, kernel_size=3, scale_factor=2)
    assert (of_features.shape, of_masks.shape) == (x.shape, masks.shape)


class Decoder(srnn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.up = srnn.ConvTranspose2d(channels, 4, kernel_size=2, stride=2)
        self.head = srnn.ResizeConv2d(4, 3, kernel_size=3)

    def forward(self, input: Floats) -> Floats:
        result: Floats = self.head(self.up(input))
        return result


def layers() -> None:
    x: Floats = np.ones((1, 4, 3, 3), dtype=np.float32)
    decoder = Decoder(4)
    state: dict[str, NDArray[Any]] = dict(decoder.state_dict())
    keys: srnn.IncompatibleKeys = decoder.load_state_dict(state)
    assert not keys.missing_keys
    decoded: Floats = decoder(x)
    assert decoded.shape == (1, 3, 12, 12)

    modules: list[srnn.Module] = [
        srnn.Upsample(scale_factor=2, mode="bicubic"),
        srnn.UpsamplingNearest2d(scale_factor=2),
        srnn.UpsamplingBilinear2d(size=(6, 6)),
        srnn.PixelShuffle(2),
        srnn.Conv2d(4, 2, 3, padding=1),
        srnn.CARAFE(4, 2),
        srnn.DySample(4, groups=2),
        srnn.AdaptiveUpsample(4),
        srnn.LightweightUpsample(4, 2),
    ]
    for module in modules:
        y: Floats = module(x)
        assert y.shape[-2:] == ((3, 3) if isinstance(module, srnn.Conv2d) else (6, 6)), module
    halved: Floats = srnn.PixelUnshuffle(3)(x)
    line: Floats = srnn.ConvTranspose1d(4, 2, 3)(x[0, :, 0])
    volume: Floats = srnn.ConvTranspose3d(4, 2, (3, 3, 1))(x[..., None])
    assert (halved.shape, line.shape, volume.shape) == ((1, 36, 1, 1), (2, 5), (1, 2, 5, 5, 1))


def machine() -> None:
    threads: int = sr.get_num_threads()
    sr.set_num_threads(1)
    sr.set_num_threads(threads)
    version: str = sr.__version__
    print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}: swiftresample {version}, {sr.instruction_set()}")


if __name__ == "__main__":
    interpolation()
    plans()
    operators()
    layers()
    machine()
