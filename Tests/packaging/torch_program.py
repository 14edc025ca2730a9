"""Like user_program.py, with the extra torch: every public name of swiftresample.torch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

import swiftresample as sr
import swiftresample.torch as srt


def operators() -> None:
    x = torch.ones(1, 4, 3, 3, requires_grad=True)
    resized: Tensor = srt.interpolate(x, scale_factor=2, mode="bicubic")
    shuffled: Tensor = srt.pixel_shuffle(resized, 2)
    back: Tensor = srt.pixel_unshuffle(shuffled, 2)
    (grad_x,) = torch.autograd.grad(back.sum(), [x])
    assert grad_x.shape == x.shape

    weight = torch.ones(4, 1, 2, 2)
    larger: Tensor = srt.conv_transpose2d(x, weight, None, stride=2)
    line: Tensor = srt.conv_transpose1d(x[..., 0], weight[..., 0])
    volume: Tensor = srt.conv_transpose3d(x[..., None], weight[..., None], stride=(2, 2, 1))
    assert (larger.shape, line.shape, volume.shape) == ((1, 1, 6, 6), (1, 1, 4), (1, 1, 6, 6, 1))

    grid: Tensor = sr.affine_grid(torch.eye(2, 3)[None], (1, 4, 3, 3))  # an array of another library, and back
    sampled: Tensor = srt.grid_sample(x, grid, align_corners=False)
    torch.testing.assert_close(sampled, x)
    reassembled: Tensor = srt.carafe(x, torch.full((1, 9, 6, 6), 1 / 9), kernel_size=3, scale_factor=2)
    assert reassembled.shape == (1, 4, 6, 6)


@srt.accelerate(conv_transpose=True)
def decorated(x: Tensor) -> Tensor:
    return nn.functional.interpolate(x, scale_factor=2)


def acceleration() -> None:
    x = torch.ones(1, 4, 3, 3)
    with srt.accelerate(grid_sample=True):
        assert nn.Upsample(scale_factor=2)(x).shape == (1, 4, 6, 6)
    y: Tensor = decorated(x)
    assert y.shape == (1, 4, 6, 6)


if __name__ == "__main__":
    operators()
    acceleration()
    print(f"PyTorch {torch.__version__}: swiftresample {sr.__version__}")
