"""What a wrong choice costs when images are prepared for a network, in grey levels: the table of docs/serving.md.

    python benchmarks/wrong_choices.py [PHOTO]     # by default the photograph that matplotlib ships

Each line is compared with Pillow's bilinear, shortest edge 256 and the middle 224 x 224: of the photograph and of noise
of 1080p the largest difference, the mean, and the share of bytes that differ.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

import swiftresample as sr

RIGHT: dict[str, Any] = {"shortest_edge": 256, "crop": 224, "convention": "pillow"}
TENSORS: dict[str, Any] = {**RIGHT, "convention": "pytorch"}
CHOICES: dict[str, dict[str, Any]] = {
    "torchvision's filter of tensors": TENSORS,
    "the same, `antialias=False`": {**TENSORS, "antialias": False},
    "bicubic": {**RIGHT, "mode": "bicubic"},
    "nearest": {**RIGHT, "mode": "nearest"},
    "the crop's offset cut off": {**RIGHT, "anchor": "center_cut_off"},
    "shortest edge 224": {**RIGHT, "shortest_edge": 224},
    "224 x 224 at once": {"size": (224, 224), "convention": "pillow"},
    "blue for red": {**RIGHT, "reverse_channels": True},
}


def levels(image: np.ndarray[Any, Any], options: dict[str, Any]) -> np.ndarray[Any, Any]:
    """Return the levels that an image has before they are rescaled."""
    return sr.Preprocess(rescale=1, dtype="uint8", **options)(image).astype(int)


def opencv(image: np.ndarray[Any, Any], interpolation: str) -> np.ndarray[Any, Any]:
    """Return what OpenCV's resize makes instead."""
    where = sr.Preprocess(**RIGHT).placement(image)
    small = sr.opencv.resize(image, (where.resized_width, where.resized_height), interpolation=interpolation)
    return levels(small, {"crop": 224})


def main() -> None:
    """Print the table."""
    if len(sys.argv) > 1:
        from PIL import Image

        photo = np.asarray(Image.open(sys.argv[1]).convert("RGB"))
    else:
        from matplotlib import cbook, pyplot

        with cbook.get_sample_data("grace_hopper.jpg") as file:
            photo = np.asarray(pyplot.imread(file, format="jpg"))
    noise = np.random.default_rng(0).integers(0, 256, (1080, 1920, 3), dtype=np.uint8)
    images = (photo, noise)
    print(f"| what was done instead | photograph, {photo.shape[0]} x {photo.shape[1]} | noise, 1080 x 1920 |")
    print("|---|---|---|")
    right = [levels(image, RIGHT) for image in images]
    makers: dict[str, Any] = {
        name: lambda image, options=options: levels(image, options) for name, options in CHOICES.items()
    }
    makers |= {f"OpenCV's {name}": lambda image, name=name: opencv(image, name) for name in ("linear", "area")}
    for name, make in makers.items():
        cells = []
        for image, wanted in zip(images, right):
            difference = np.abs(make(image) - wanted)
            share = 100 * (difference > 0).mean()
            cells.append(f"{difference.max()}, {difference.mean():.1f}, {share:.1f} %")
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
