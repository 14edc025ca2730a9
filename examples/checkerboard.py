"""The checkerboard of transposed convolutions, and which ways to enlarge do not have it.

A constant image is enlarged twofold by four layers, with equal weights and with random ones:

- a transposed convolution whose kernel, 3, is not a multiple of its stride, 2: with equal weights each output sample is
  the number of input samples whose kernels overlap there, 1, 2 or 4;
- one whose kernel, 4, is a multiple of the stride: four kernels overlap everywhere, but each phase of the stride has
  weights of its own, and where their sums differ the pattern is there again;
- a convolution whose channels pixel_shuffle turns into samples: the same, each phase has a channel of its own;
- nearest and then a convolution: all weights meet all phases, so that a constant stays a constant.

It prints by how much the samples away from the border differ and draws them, with matplotlib:

    python examples/checkerboard.py --output docs/images/checkerboard.png
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

import swiftresample as sr
from swiftresample import nn

mpl.use("Agg")  # before pyplot is imported: there may be no display

from matplotlib import pyplot as plt
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray[Any, Any]

LENGTH = 6  # of the image
BORDER = 3  # output samples near it that are not looked at: zeros from outside make them smaller


def transposed(kernel: int, padding: int) -> Callable[[Array, Callable[..., Array]], Array]:
    """Return a transposed convolution of stride 2, for an image and what makes weights of a shape."""
    return lambda image, weights: sr.conv_transpose2d(image, weights(1, 1, kernel, kernel), stride=2, padding=padding)


def shuffled(image: Array, weights: Callable[..., Array]) -> Array:
    """Convolve to four channels, and shuffle them."""
    layer = nn.Conv2d(1, 4, 3, padding=1, bias=False)
    layer.weight = weights(4, 1, 3, 3)
    return sr.pixel_shuffle(layer(image), 2)


def resized(image: Array, weights: Callable[..., Array]) -> Array:
    """Enlarge by nearest, and convolve."""
    layer = nn.ResizeConv2d(1, 1, 3, scale_factor=2, mode="nearest", bias=False)
    layer.weight = weights(1, 1, 3, 3)
    return layer(image)


WAYS: dict[str, Callable[[Array, Callable[..., Array]], Array]] = {
    "conv_transpose2d\nk3 s2": transposed(3, 0),
    "conv_transpose2d\nk4 s2 p1": transposed(4, 1),
    "convolution k3,\npixel_shuffle": shuffled,
    "nearest x2,\nconvolution k3": resized,
}


def equal(*shape: int) -> Array:
    """Return weights that are all 1: the result counts how many meet at each output sample."""
    return np.ones(shape, np.float32)


def random(*shape: int) -> Array:
    """Return weights from 0 to 1, as a layer may have learned them; the same ones each time."""
    return np.random.default_rng(1).random(shape, dtype=np.float32)


def inside(result: Array) -> Array:
    """Return the samples away from the border."""
    return result[..., BORDER:-BORDER, BORDER:-BORDER]


def main(arguments: list[str] | None = None) -> int:
    """Print how far from constant the results are, and draw them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("checkerboard.png"), help="the picture")
    output = parser.parse_args(arguments).output
    image = np.ones((1, 1, LENGTH, LENGTH), np.float32)
    results = {
        (weights.__name__, name): enlarge(image, weights)
        for weights in (equal, random)
        for name, enlarge in WAYS.items()
    }
    print("A constant image, away from the border: (largest - smallest) / mean")
    for (weights, name), result in results.items():
        samples = inside(result)
        spread = (samples.max() - samples.min()) / samples.mean()
        print(f"  {weights:6} weights, {' '.join(name.split()):32} {spread:.2f}")
    draw(results, output)
    print(f"{output} shows them.")
    return 0


def draw(results: dict[tuple[str, str], Array], path: Path) -> None:
    """Draw a row for equal weights, with the samples' values, and one for random ones."""
    figure, axes = plt.subplots(2, len(WAYS), figsize=(9, 5), layout="constrained")
    for panel, ((weights, name), result) in zip(axes.flat, results.items()):
        plane, mean = result[0, 0], inside(result).mean()
        panel.imshow(plane / mean, cmap="gray", vmin=0, vmax=2)
        panel.set(xticks=[], yticks=[])
        if weights == "equal":
            panel.set_title(name, fontsize=10)
            for (row, column), value in np.ndenumerate(plane):
                colour = "white" if value < mean else "black"
                panel.text(column, row, f"{value:g}", ha="center", va="center", fontsize=6, color=colour)
    for panel, label in zip(axes[:, 0], ("all weights 1:\nhow many meet", "random weights")):
        panel.set_ylabel(label, fontsize=10)
    memory = io.BytesIO()
    figure.savefig(memory, dpi=100)
    plt.close(figure)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.open(memory).convert("L").quantize(32).save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
