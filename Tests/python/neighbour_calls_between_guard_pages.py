"""Like calls_between_guard_pages, of the operators beside interpolate; half of the grids have strange coordinates.

Run as a program, with the number of calls: ``neighbour_calls_between_guard_pages.py 2000 [seed]``. Every result is
compared with that of contiguous copies, which lie elsewhere.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import calls_between_guard_pages as guarded
import neighbours_cases as cases
import numpy as np

import swiftresample as sr

COORDINATES = [np.nan, np.inf, -np.inf, 1e30, -1e30, 2.0**31, -(2.0**31), 2.0**63, -(2.0**63), 1e4, -1e4]
CALLS = (cases.pixel_shuffle, cases.conv_transpose, cases.grid_sample, cases.carafe)


def place(region: int, array: np.ndarray[Any, Any], generator: np.random.Generator) -> np.ndarray[Any, Any]:
    """Return a copy at the beginning or the end of the region, its second axis last in memory in half of the cases."""
    order = list(range(array.ndim))
    if array.ndim > 2 and generator.integers(2):
        order = [0, *range(2, array.ndim), 1]
    laid = np.ascontiguousarray(array.transpose(order))
    start = region + (guarded.SIZE - laid.nbytes if generator.integers(2) else 0)
    memory = np.frombuffer((ctypes.c_char * laid.nbytes).from_address(start), laid.dtype).reshape(laid.shape)
    memory[...] = laid
    return memory.transpose(np.argsort(order))


def main(calls: int, seed: int) -> None:
    """Make so many calls."""
    generator = np.random.default_rng(seed)
    regions = [guarded.new_region() for _ in range(4)]
    made = 0
    while made < calls:
        call = CALLS[made % len(CALLS)](generator)
        arrays = [np.array(array) for array in call.arrays]
        if call.operator == "grid_sample" and generator.integers(2):
            is_strange = generator.random(arrays[1].shape) < 0.3
            with np.errstate(over="ignore"):
                strange = generator.choice(COORDINATES, arrays[1].shape).astype(arrays[1].dtype)
            arrays[1] = np.where(is_strange, strange, arrays[1])
        if any(array.nbytes > guarded.SIZE or array.size == 0 for array in arrays):
            made += 1
            continue
        function = getattr(sr, call.operator)
        sr.set_num_threads(int(generator.integers(1, 3)))
        expected = function(*arrays, **call.options)
        placed = [place(region, array, generator) for region, array in zip(regions, arrays)]
        out = place(regions[3], np.zeros_like(expected), generator)
        print(call, flush=True)
        function(*placed, **call.options, out=out)
        is_float = out.dtype.kind in "fc"
        if not np.array_equal(out, expected, equal_nan=is_float) and not np.array_equal(
            out.astype(np.float64), expected.astype(np.float64), equal_nan=True
        ):
            raise AssertionError("the result differs from that of contiguous copies")
        made += 1
    print(f"{made} calls")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
