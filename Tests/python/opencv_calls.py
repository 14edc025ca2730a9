"""Random calls of OpenCV's resize, the same for every program that is given their numbers.

As a program it writes down what the OpenCV that is installed answers, in a process of its own: ``OPENCV_IPP`` has to be
set before OpenCV is loaded. Its arguments are the numbers of the first call and of the one after the last, and the
file.
"""

from __future__ import annotations

import random
import sys
from typing import Any

import numpy as np

NAMES = ["nearest", "linear", "cubic", "area", "lanczos4", "linear_exact", "nearest_exact"]  # by OpenCV's numbers
DTYPES = ["uint8", "uint16", "int16", "float32", "float64"]
CELLS = [(2, 2), (2, 2), (3, 3), (4, 4), (2, 1), (1, 2), (3, 2), (1, 1), (5, 4), (1, 7)]
FACTORS = [(0.5, 0.5), (2, 2), (1 / 3, 1 / 3), (0.3, 0.7), (1.5, 0.5), (0.25, 0.5)]


def random_call(number: int) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
    """Return an image and the other arguments of a call; OpenCV refuses some."""
    choose, rng = random.Random(number), np.random.default_rng(number)

    def side() -> int:
        kind = choose.random()
        return choose.randint(1, 4) if kind < 0.1 else choose.randint(1, 40) if kind < 0.95 else choose.randint(40, 300)

    width, height, out_width, out_height = side(), side(), side(), side()
    while width * height > 4000:
        width, height = max(1, width // 2), max(1, height // 2)
    while out_width * out_height > 4000:
        out_width, out_height = max(1, out_width // 2), max(1, out_height // 2)
    options: dict[str, Any] = {"dsize": (out_width, out_height), "fx": 0.0, "fy": 0.0}
    kind = choose.random()
    if kind < 0.25:
        cell = choose.choice(CELLS)
        out_width, out_height = min(out_width, 30), min(out_height, 30)
        width, height = out_width * cell[0], out_height * cell[1]
        options["dsize"] = (out_width, out_height)
    elif kind < 0.45:
        fx, fy = choose.choice([*FACTORS, (choose.uniform(0.05, 3), choose.uniform(0.05, 3))])
        options = {"dsize": None, "fx": fx, "fy": fy}
    options["interpolation"] = choose.randrange(7)
    channels = choose.randint(1, 4)
    shape = (height, width, channels) if channels > 1 or choose.random() < 0.3 else (height, width)
    return random_image(rng, choose.choice(DTYPES), shape), options


def random_image(rng: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Return noise over all of the dtype's range, or, now and then, its extremes alone."""
    if dtype.startswith("float"):
        return (rng.standard_normal(shape) * (255 if rng.random() < 0.5 else 1)).astype(dtype)
    info = np.iinfo(dtype)
    image = rng.integers(info.min, info.max, shape, endpoint=True).astype(dtype)
    if rng.random() < 0.3:
        image = np.where(image > (info.max + info.min) // 2, info.max, info.min).astype(dtype)
    return image


def main() -> None:
    import cv2

    cv2.setNumThreads(1)
    answers = {}
    for number in range(int(sys.argv[1]), int(sys.argv[2])):
        image, options = random_call(number)
        try:
            answers[f"call_{number}"] = cv2.resize(image, **options)
        except cv2.error:
            answers[f"refused_{number}"] = np.zeros(0)
    np.savez(sys.argv[3], version=np.array(cv2.__version__), **answers)


if __name__ == "__main__":
    main()
