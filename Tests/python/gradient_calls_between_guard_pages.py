"""Like calls_between_guard_pages, of the backward functions; half of the grids have strange coordinates.

Run as a program, with the number of calls: ``gradient_calls_between_guard_pages.py 3000 [seed]``. Every result is
compared with that of contiguous copies, which lie elsewhere. The gradients that a function makes itself lie there, too:
numpy.empty is made to give memory at the edges of pages.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any
from unittest import mock

import calls_between_guard_pages as guarded
import gradients_cases as cases
import numpy as np
from neighbour_calls_between_guard_pages import COORDINATES, place

import swiftresample as sr

CALLS = (cases.interpolate, cases.conv_transpose, cases.interpolate, cases.grid_sample, cases.carafe)


class Edges:
    """Makes arrays at the edges of regions of their own, for a while, as numpy.empty."""

    def __init__(self, generator: np.random.Generator) -> None:
        self.regions = [guarded.new_region() for _ in range(6)]
        self.generator = generator
        self.made = 0

    def __call__(self, shape: Any, dtype: Any = float, order: str = "C") -> np.ndarray[Any, Any]:
        """Return an array of anything at the beginning or the end of the next region."""
        shape, dtype = (shape,) if isinstance(shape, int) else tuple(shape), np.dtype(dtype)
        size = int(np.prod(shape)) * dtype.itemsize
        region = self.regions[self.made % len(self.regions)]
        self.made += 1
        start = region + (guarded.SIZE - size if self.generator.integers(2) else 0)
        array: np.ndarray[Any, Any] = np.frombuffer((ctypes.c_char * size).from_address(start), dtype).reshape(shape)
        array.view(np.uint8)[...] = 0xA5  # what is left unwritten shows
        return array


def main(calls: int, seed: int) -> None:
    """Make so many calls."""
    generator = np.random.default_rng(seed)
    regions = [guarded.new_region() for _ in range(4)]
    edges = Edges(generator)
    made = 0
    while made < calls:
        call = CALLS[made % len(CALLS)](generator)
        made += 1
        arrays = [np.array(array) for array in call.arrays]
        if call.operator == "grid_sample" and generator.integers(2):
            is_strange = generator.random(arrays[2].shape) < 0.3
            with np.errstate(over="ignore", invalid="ignore"):
                strange = generator.choice(COORDINATES, arrays[2].shape).astype(arrays[2].dtype)
            arrays[2] = np.where(is_strange, strange, arrays[2])
        largest = max(array.nbytes for array in arrays)
        if "input_size" in call.options:
            largest = max(largest, int(np.prod(call.options["input_size"])) * arrays[0].itemsize)
        if largest > guarded.SIZE or any(array.size == 0 for array in arrays):
            continue
        function = getattr(sr, f"{call.operator}_backward")
        sr.set_num_threads(int(generator.integers(1, 3)))
        expected = function(*arrays, **call.options)
        placed = [place(region, array, generator) for region, array in zip(regions, arrays)]
        print(call, flush=True)
        if call.operator == "interpolate":
            expected = (expected,)
            results: Any = (place(regions[3], np.zeros_like(expected[0]), generator),)
            function(*placed, **call.options, out=results[0])
        else:
            before = edges.made
            with mock.patch.object(np, "empty", edges):
                results = function(*placed, **call.options)
            assert edges.made > before, "the gradients were not made with numpy.empty"
        for one, other in zip(results, expected):
            if not np.array_equal(one.astype(np.float64), other.astype(np.float64), equal_nan=True):
                raise AssertionError("the result differs from that of contiguous copies")
    print(f"{made} calls")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
