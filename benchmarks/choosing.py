"""Measures what each way to double the height and width of features costs, as the table of docs/choosing.md.

    python benchmarks/choosing.py             # prints the table
    python benchmarks/choosing.py --write     # puts it into docs/choosing.md, between its two marks

All ways keep the number of channels. One thread; times are taken in turn, as benchmarks/README.md says.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import sys
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import machine
import numpy as np
import tables

import swiftresample as sr
from swiftresample import nn
from swiftresample._benchmarks import measure
from swiftresample._benchmarks.case import by, empty, samples

if TYPE_CHECKING:
    from swiftresample._benchmarks.case import Array

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "choosing.md"

CHANNELS = 64
SHAPE = (1, CHANNELS, 128, 128)


@dataclasses.dataclass(frozen=True)
class Way:
    """A layer that doubles height and width, and how many products it makes for an output sample."""

    name: str
    layer: nn.Module
    products: int

    @property
    def parameters(self) -> int:
        """The weights that are learned."""
        state = self.layer.state_dict().items()
        return sum(array.size for name, array in state if name.endswith(("weight", "bias")))

    def megabytes(self, input: Array) -> float:
        """Return the most that a call holds in arrays, its result included; the library's own scratch is not in it."""
        self.layer(input)
        tracemalloc.start()
        try:
            self.layer(input)
            return tracemalloc.get_traced_memory()[1] / 1e6
        finally:
            tracemalloc.stop()


class SubPixel(nn.Module):
    """A 1x1 convolution to four times the channels, which `pixel_shuffle` makes samples of."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels, channels * 4, 1, rng=0)
        self.shuffle = nn.PixelShuffle(2)

    def forward(self, input: Array) -> Array:
        """Double height and width."""
        return self.shuffle(self.convolution(input))


def ways() -> tuple[Way, ...]:
    """Return what is compared. The layers were not trained, on which the times do not depend."""
    c = CHANNELS
    up = functools.partial(nn.Upsample, scale_factor=2)
    transposed = functools.partial(nn.ConvTranspose2d, c, c, stride=2, rng=0)
    # CARAFE makes 25 weights for each of 4 output samples, for all channels, from 3x3 times 64 compressed ones.
    masks = (c * 64 + 64 * 9 * 100) // (4 * c)
    return (
        Way("nearest", up(mode="nearest"), 0),
        Way("bilinear", up(mode="bilinear"), 4),
        Way("bilinear, align_corners", up(mode="bilinear", align_corners=True), 4),
        Way("bicubic", up(mode="bicubic"), 8),
        Way("1x1 convolution, pixel_shuffle", SubPixel(c), c),
        Way("conv_transpose k2 s2", transposed(kernel_size=2), c),
        Way(
            "conv_transpose k3 s2 p1, output_padding 1",
            transposed(kernel_size=3, padding=1, output_padding=1),
            9 * c // 4,
        ),
        Way("conv_transpose k4 s2 p1", transposed(kernel_size=4, padding=1), 4 * c),
        Way("conv_transpose k4 s2 p1, depthwise", transposed(kernel_size=4, padding=1, groups=c), 4),
        Way("nearest, 3x3 convolution", nn.ResizeConv2d(c, c, 3, rng=0), 4 * c),
        Way("bilinear, 3x3 convolution", nn.ResizeConv2d(c, c, 3, mode="bilinear", rng=0), 4 + 9 * c),
        Way("CARAFE k5", nn.CARAFE(c, rng=0), 25 + masks),
        Way("DySample, 4 groups", nn.DySample(c, rng=0), 4 + c * 32 // (4 * c)),
    )


def table(compared: tuple[Way, ...], input: Array, times: dict[str, float] | None) -> str:
    """Return the table in Markdown, with the milliseconds of every way if they are known."""
    lines = ["| way | parameters | products an output sample | arrays, MB | ms |", "|---|--:|--:|--:|--:|"]
    for way in compared:
        milliseconds = "not measured" if times is None else f"{times[way.name] * 1e3:.2f}"
        lines.append(
            f"| {way.name} | {way.parameters} | {way.products} | {way.megabytes(input):.1f} | {milliseconds} |"
        )
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print or write the table."""
    options = parse(arguments)
    sr.set_num_threads(1)
    measure.keep_freed_memory()
    input = empty(SHAPE, np.dtype(np.float32))
    input[...] = samples(SHAPE, input.dtype)
    compared, times, by_others = ways(), None, ""
    if options.seconds > 0:
        others = machine.OtherProcesses()
        calls = {way.name: functools.partial(way.layer, input) for way in compared}
        times = {name: taken.best for name, taken in measure.interleave(calls, options.seconds).items()}
        by_others = f", others had {100 * others.share():.0f} % of the processors"
    caption = (
        f"float32 {by(SHAPE)} to {2 * SHAPE[2]}x{2 * SHAPE[3]}, one thread, {sr.instruction_set()}, best times, on\n"
        f"{machine.processor()}, {time.strftime('%Y-%m-%d')}{by_others}:\n"
    )
    text = f"{caption}\n{table(compared, input, times)}"
    if options.write:
        return tables.put(options.write, Path(__file__).name, text)
    print(text.strip())
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0, help="for all ways; 20 by default, 0 for no times")
    parser.add_argument(
        "--write",
        nargs="?",
        type=Path,
        const=DOCUMENT,
        metavar="FILE",
        help="put the table between the two marks of a file instead of printing it; of docs/choosing.md by default",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
