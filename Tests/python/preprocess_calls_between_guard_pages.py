"""Like calls_between_guard_pages, of Preprocess: batches of up to three images, each in pages of its own.

Run as a program, with the number of calls: ``preprocess_calls_between_guard_pages.py 1500 [seed]``. Every result is
compared with that of contiguous copies, which lie elsewhere, one by one.
"""

from __future__ import annotations

import sys
from typing import Any

import calls_between_guard_pages as guarded
import numpy as np
from neighbour_calls_between_guard_pages import place

import swiftresample as sr

FILTERS = ["nearest", "bilinear", "bicubic", "lanczos", "hamming", "box"]


def options(generator: np.random.Generator) -> dict[str, Any]:
    """Return arguments whose outputs have a size of their own."""
    shortest, *size, height, width = (int(edge) for edge in generator.integers(1, 60, 5))
    chosen: dict[str, Any] = {
        "mode": str(generator.choice(FILTERS)),
        "convention": str(generator.choice(["pytorch", "pillow"])),
        "alpha": str(generator.choice(["drop", "white"])),
        "memory_format": str(generator.choice(["channels_first", "channels_last"])),
        "crop": (int(generator.integers(-9, 9)), int(generator.integers(-9, 9)), height, width),
        "reverse_channels": bool(generator.integers(2)),
        "channels": 3,
        **[{"rescale": 1, "dtype": "uint8"}, {"dtype": "float16"}, {"mean": 0.5, "std": 0.25}][generator.integers(3)],
    }
    if generator.integers(4):
        chosen |= {"size": tuple(size)} if generator.integers(2) else {"shortest_edge": shortest}
    return chosen


def main(calls: int, seed: int) -> None:
    """Make so many calls."""
    generator = np.random.default_rng(seed)
    *regions, target = (guarded.new_region() for _ in range(4))
    for _ in range(calls):
        prepare = sr.Preprocess(**options(generator))
        images = [
            generator.integers(0, 256, (*generator.integers(1, 80, 2), channels), dtype=np.uint8)
            for channels in generator.integers(1, 5, generator.integers(1, 4))
        ]
        expected = np.concatenate([prepare(image) for image in images])
        placed = [place(region, image, generator) for region, image in zip(regions, images)]
        out = place(target, np.zeros_like(expected), generator)
        print([image.shape for image in images], prepare, flush=True)
        sr.set_num_threads(int(generator.integers(1, 4)))
        prepare(placed, out=out)
        if not np.array_equal(out, expected):
            raise AssertionError("the result differs from that of contiguous copies")
    print(f"{calls} calls")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
