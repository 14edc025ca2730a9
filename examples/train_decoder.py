"""A U-Net trained with PyTorch's own upsampling, and with that of this library, from the same start on the same data.

The network is plain PyTorch: it enlarges with nn.Upsample (bilinear) and nn.ConvTranspose2d in turn. The data are
noisy pictures of discs, to be told from the background. What `accelerate` changes is the speed; the loss is the same
within rounding:

    python examples/train_decoder.py --steps 30
"""

from __future__ import annotations

import argparse
import contextlib
import time
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

import swiftresample as sr
import swiftresample.torch as srt


def block(inputs: int, outputs: int) -> nn.Module:
    """Return two convolutions."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1),
        nn.GroupNorm(4, outputs),
        nn.SiLU(),
        nn.Conv2d(outputs, outputs, 3, padding=1),
        nn.SiLU(),
    )


class UNet(nn.Module):
    """Three halvings, and three ways up again that meet what was there before."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        widths = [channels, 2 * channels, 4 * channels, 4 * channels]
        self.down = nn.ModuleList(block(i, o) for i, o in zip([1, *widths], widths))
        deep, middle, flat = 4 * channels, 2 * channels, channels
        self.up = nn.ModuleList(
            [
                nn.Upsample(scale_factor=2, mode="bilinear"),
                nn.ConvTranspose2d(deep, deep, 2, stride=2),
                nn.Upsample(scale_factor=2, mode="bilinear"),
            ]
        )
        self.merge = nn.ModuleList([block(2 * deep, deep), block(deep + middle, middle), block(middle + flat, flat)])
        self.head = nn.Conv2d(flat, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the logits of `x` (N, 1, H, W), whose height and width are multiples of 8."""
        kept = []
        for down in self.down:
            x = down(F.avg_pool2d(x, 2) if kept else x)
            kept.append(x)
        for up, merge, skip in zip(self.up, self.merge, reversed(kept[:-1])):
            x = merge(torch.cat([up(x), skip], dim=1))
        return self.head(x)


def discs(count: int, size: int, dtype: torch.dtype, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Return noisy pictures of a disc each, and where the discs are."""
    centres = torch.rand(count, 2, 1, 1, generator=generator, dtype=dtype) * size
    radii = (0.1 + 0.2 * torch.rand(count, 1, 1, generator=generator, dtype=dtype)) * size
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    distances = torch.hypot(rows - centres[:, 0], columns - centres[:, 1])
    targets = (distances < radii).to(dtype)[:, None]
    return targets + torch.randn(targets.shape, generator=generator, dtype=dtype), targets


def train(
    context: Any, *, steps: int, size: int, batch: int, channels: int, dtype: torch.dtype
) -> tuple[list[float], float]:
    """Return the losses of the steps, and the steps per second after the first."""
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(1)
    model = UNet(channels).to(dtype)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    losses = []
    begin = time.perf_counter()
    for step in range(steps):
        if step == 1:
            begin = time.perf_counter()
        pictures, targets = discs(batch, size, dtype, generator)
        with context:  # only of the forward pass: the backward pass is that of what was computed
            loss = F.binary_cross_entropy_with_logits(model(pictures), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, (steps - 1) / (time.perf_counter() - begin)


def main(arguments: list[str] | None = None) -> None:
    """Train twice, and print how fast, and how far apart the losses are."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--size", type=int, default=128, help="height and width of the pictures, a multiple of 8")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--channels", type=int, default=16, help="of the first layer, a multiple of 4")
    parser.add_argument("--dtype", default="float32", choices=["float32", "float64"])
    parser.add_argument("--threads", type=int, help="for both, instead of as many as there are processors")
    parsed = vars(parser.parse_args(arguments))
    threads = parsed.pop("threads")
    if threads:
        torch.set_num_threads(threads)
        sr.set_num_threads(threads)
    parsed["dtype"] = getattr(torch, parsed["dtype"])

    contexts = {
        "PyTorch": contextlib.nullcontext(),
        "accelerate()": srt.accelerate(),
        "accelerate(conv_transpose=True)": srt.accelerate(conv_transpose=True),
    }
    expected: list[float] = []
    for name, context in contexts.items():
        losses, speed = train(context, **parsed)
        expected = expected or losses
        difference = max(abs(loss - other) for loss, other in zip(losses, expected))
        print(
            f"{name:<32} {speed:6.2f} steps per second   loss {losses[0]:.4f} -> {losses[-1]:.4f}   "
            f"largest difference {difference:.1e}"
        )


if __name__ == "__main__":
    main()
