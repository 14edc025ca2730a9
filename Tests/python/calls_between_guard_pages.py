"""Random calls of interpolate and logits_to_labels with arrays at the very beginning or end of memory.

Run as a program, with the number of calls: ``calls_between_guard_pages.py 6000 [seed]``. Each is printed before it is
made. What touches memory beside its arrays ends with SIGSEGV, and the last line of the output says what it was. Every
eighth result is compared with that of a contiguous copy, which lies elsewhere.
"""

from __future__ import annotations

import ctypes
import random
import sys
from typing import Any

import numpy as np

import swiftresample as sr

SIZE = 4 << 20
PAGE = 4096
PROT_NONE, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS = 0, 3, 0x22

CHANNELS = [1, 2, 3, 3, 4, 5, 8, 15, 16, 17, 19, 33, 64]
LENGTHS = {1: 700, 2: 90, 3: 14}
MODES = {
    1: ["linear", "area", "nearest", "nearest-exact"],
    2: ["bilinear", "bicubic", "area", "nearest", "lanczos"],
    3: ["trilinear", "area", "nearest"],
}
DTYPES = ["float32", "float32", "float64", "uint8", "uint8", "float16", "int16", "int64"]


def new_region() -> int:
    """Return the address of SIZE bytes between two pages that may not be touched."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)
    libc.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    address = libc.mmap(None, SIZE + 2 * PAGE, PROT_NONE, MAP_PRIVATE_ANONYMOUS, -1, 0)
    if libc.mprotect(address + PAGE, SIZE, PROT_READ_WRITE):
        raise OSError(ctypes.get_errno(), "mprotect")
    return int(address) + PAGE


def place(region: int, shape: tuple[int, ...], dtype: str, *, is_channels_last: bool) -> np.ndarray[Any, Any]:
    """Return an array at the beginning or the end of the region."""
    batch, channels, *spatial = shape
    in_memory = (batch, *spatial, channels) if is_channels_last else shape
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    start = region + random.choice([0, SIZE - size])
    array = np.frombuffer((ctypes.c_char * size).from_address(start), dtype).reshape(in_memory)
    return np.moveaxis(array, -1, 1) if is_channels_last else array


def main(calls: int, seed: int) -> None:
    """Make so many calls."""
    random.seed(seed)
    generator = np.random.default_rng(seed)
    source, target, target_of_labels = new_region(), new_region(), new_region()
    made = 0
    while made < calls:
        rank = random.choice([1, 2, 2, 2, 3])
        longest = LENGTHS[rank]
        input_size = [random.randint(1, longest) for _ in range(rank)]
        output_size = [random.randint(1, longest * random.choice([1, 2])) for _ in range(rank)]
        if random.random() < 0.3:
            output_size = [2 * length for length in input_size]
        images = (random.choice([1, 1, 2, 20]), random.choice(CHANNELS))
        dtype = random.choice(DTYPES)
        mode = "nearest" if dtype == "int64" else random.choice(MODES[rank])
        options: dict[str, Any] = {"mode": mode, "size": tuple(output_size)}
        if mode == "lanczos" or (mode in ("bilinear", "bicubic") and random.random() < 0.5):
            options["antialias"] = True
        if mode.endswith("linear") or mode == "bicubic":
            options["align_corners"] = random.random() < 0.4
        largest = max(np.prod(input_size), np.prod(output_size)) * np.prod(images) * np.dtype(dtype).itemsize
        if largest > SIZE:
            continue
        is_channels_last = random.random() < 0.5
        threads = random.choice([1, 2])
        input = place(source, (*images, *input_size), dtype, is_channels_last=is_channels_last)
        out = place(target, (*images, *output_size), dtype, is_channels_last=is_channels_last)
        print(input.shape, dtype, options, f"{is_channels_last=} {threads=}", flush=True)
        input[...] = (generator.random(input.shape) * 200).astype(dtype)
        sr.set_num_threads(threads)
        sr.interpolate(input, out=out, **options)
        if rank == 2 and dtype.startswith("float"):
            labels = place(target_of_labels, (images[0], 1, *output_size), "uint8", is_channels_last=False)[:, 0]
            sr.logits_to_labels(input, **options, out=labels)
        made += 1
        if made % 8 == 0:
            expected = sr.interpolate(np.array(input, order="C"), **options)
            if not np.array_equal(out, expected):
                raise AssertionError("the result differs from that of a contiguous copy")
    print(f"{made} calls")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
