"""What a call on tensors costs beside PyTorch's, on one thread: small tensors, where the call is all, and a decoder's.

python benchmarks/torch_calls.py
"""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional as F  # noqa: N812

import swiftresample as sr
import swiftresample.torch as srt

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 0.5  # a contender of a case
BURST = 0.002  # seconds between two looks at the clock, at least


def microseconds(*calls: Callable[[], object]) -> list[float]:
    """Return the shortest time of each call, taken in turns."""
    bursts = []
    for call in calls:
        begin, count = time.perf_counter(), 0
        while time.perf_counter() - begin < BURST:
            call()
            count += 1
        bursts.append(count)
    best = [float("inf")] * len(calls)
    end = time.perf_counter() + SECONDS * len(calls)
    while time.perf_counter() < end:
        for index, (call, count) in enumerate(zip(calls, bursts)):
            begin = time.perf_counter()
            for _ in range(count):
                call()
            best[index] = min(best[index], (time.perf_counter() - begin) / count * 1e6)
    return best


def accelerated(call: Callable[..., Any]) -> Callable[..., Any]:
    """Return the call inside `accelerate`, entered once."""
    return srt.accelerate(conv_transpose=True, grid_sample=True)(call)


def line(
    name: str, theirs: Callable[..., torch.Tensor], ours: Callable[..., torch.Tensor], *tensors: torch.Tensor
) -> None:
    """Print the times of one case: forward, with a graph, and with the gradients too."""
    leaves = [tensor.clone().requires_grad_() for tensor in tensors]
    gradient = torch.rand_like(theirs(*tensors))
    for what, pair in {
        "forward": [lambda function=function: function(*tensors) for function in (theirs, ours)],
        "forward, to be differentiated": [lambda function=function: function(*leaves) for function in (theirs, ours)],
        "forward and backward": [
            lambda function=function: torch.autograd.grad(function(*leaves), leaves, gradient)
            for function in (theirs, ours)
        ],
    }.items():
        torchs, here = microseconds(*pair)
        print(f"{name:<44} {what:<30} {torchs:>10.1f} {here:>10.1f} {here - torchs:>+10.1f} {torchs / here:>7.2f}")


def interpolations(**options: Any) -> tuple[Callable[..., torch.Tensor], Callable[..., torch.Tensor]]:
    """Return PyTorch's interpolate and this library's, with the options."""
    return lambda x: F.interpolate(x, **options), lambda x: srt.interpolate(x, **options)


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    sr.set_num_threads(1)
    print(
        f"PyTorch {torch.__version__}, swiftresample {sr.__version__}, one thread; microseconds, the shortest of many"
    )
    print(f"{'':<75} {'PyTorch':>10} {'here':>10} {'more':>10} {'times':>7}")
    small, large = torch.rand(1, 1, 4, 4), torch.rand(4, 64, 56, 56)
    last = large.to(memory_format=torch.channels_last)
    for mode, (size, x) in itertools.product(
        ("nearest", "bilinear", "bicubic"), {"4 x 4": small, "4 x 64 x 56 x 56": large}.items()
    ):
        line(f"{mode} x2, {size}", *interpolations(scale_factor=2, mode=mode), x)
    line("bilinear x2, the same, channels last", *interpolations(scale_factor=2, mode="bilinear"), last)
    line("pixel_shuffle 2, the same", lambda x: F.pixel_shuffle(x, 2), lambda x: srt.pixel_shuffle(x, 2), large)
    for kernel, options in ((2, {"stride": 2}), (4, {"stride": 2, "padding": 1})):
        line(
            f"conv_transpose {kernel} x {kernel}, to 32 channels",
            lambda x, weight, options=options: F.conv_transpose2d(x, weight, **options),
            lambda x, weight, options=options: srt.conv_transpose2d(x, weight, **options),
            large,
            torch.rand(64, 32, kernel, kernel),
        )
    line(
        "grid_sample 4 x 16 x 128 x 128",
        lambda x, grid: F.grid_sample(x, grid, align_corners=False),
        lambda x, grid: srt.grid_sample(x, grid, align_corners=False),
        torch.rand(4, 16, 128, 128),
        torch.rand(4, 128, 128, 2) * 2 - 1,
    )

    inside_accelerate(small)


def inside_accelerate(small: torch.Tensor) -> None:
    """Print what small calls cost inside and outside of the context: what it takes, and what it does not."""
    print("\nInside accelerate():")
    weight, grid = torch.rand(1, 1, 2, 2), torch.rand(1, 4, 4, 2)
    taken = {
        "bilinear x2": lambda: F.interpolate(small, scale_factor=2, mode="bilinear"),
        "nearest to 8 x 8": lambda: F.interpolate(small, size=(8, 8)),
        "area to 2 x 2": lambda: F.interpolate(small, size=(2, 2), mode="area"),
        "pixel_unshuffle 2": lambda: F.pixel_unshuffle(small, 2),
        "conv_transpose 2 x 2": lambda: F.conv_transpose2d(small, weight, stride=2),
        "grid_sample": lambda: F.grid_sample(small, grid, align_corners=False),
    }
    others = {
        "x + x": lambda: small + small,
        "adaptive_avg_pool2d to 2 x 2": lambda: F.adaptive_avg_pool2d(small, 2),
        "affine_grid": lambda: F.affine_grid(torch.eye(2, 3)[None], [1, 1, 4, 4], align_corners=False),
    }
    for what, calls in {"taken": taken, "not taken": others}.items():
        for name, call in calls.items():
            # The difference is small: the two in turns, and the context entered once for many calls.
            outside, inside = (
                min(times) for times in zip(*[microseconds(call) + accelerated(microseconds)(call) for _ in range(3)])
            )
            print(f"{name + ', 4 x 4, ' + what:<75} {outside:>10.2f} {inside:>10.2f} {inside - outside:>+10.2f}")
    print(f"{'entering and leaving':<75} {'':>10} {microseconds(lambda: accelerated(int)())[0]:>10.1f}")


if __name__ == "__main__":
    main()
