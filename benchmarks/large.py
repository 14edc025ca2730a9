"""Reduces a slide and its labels that are larger than memory: time, throughput, the most memory, and the bits.

    python benchmarks/large.py FOLDER                   # 8.7 GB and its labels, into FOLDER, which needs some 20 GB
    python benchmarks/large.py FOLDER --side 8192       # a small one

The slide is computed from the positions of its samples, so that any place can be computed again without the file. Each
reduction is a process of its own. Afterwards regions of each result are compared with what `interpolate` makes of the
part of the whole that they read: no sample may differ. Needs dask and zarr.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import machine
import numpy as np
from dask.diagnostics import ProgressBar

import swiftresample as sr
import swiftresample.dask

CHUNK = 1024
# What is reduced, how, and by how much.
REDUCTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "bilinear, antialias, 1/2": ("slide", {"scale_factor": 0.5, "mode": "bilinear", "antialias": True}),
    "bilinear, antialias, 1/4": ("slide", {"scale_factor": 0.25, "mode": "bilinear", "antialias": True}),
    "area, 1/2": ("slide", {"scale_factor": 0.5, "mode": "area"}),
    "area, 1/4": ("slide", {"scale_factor": 0.25, "mode": "area"}),
    "labels, nearest, 1/2": ("labels", {"scale_factor": 0.5, "mode": "nearest"}),
    "labels, nearest, 1/4": ("labels", {"scale_factor": 0.25, "mode": "nearest"}),
}


def slide(c: Any, y: Any, x: Any) -> Any:
    """Return samples of the slide: a pattern, and noise that no compression takes away."""
    c, y, x = (np.asarray(axis, np.uint32) for axis in (c, y, x))
    noise = (y * np.uint32(2654435761)) ^ (x * np.uint32(2246822519)) ^ (c * np.uint32(3266489917))
    noise ^= noise >> np.uint32(15)
    noise *= np.uint32(2246822519)
    return ((((x >> 3) ^ (y >> 4)) & np.uint32(127)) + (noise >> np.uint32(26)) + c * np.uint32(20)).astype(np.uint8)


def labels(c: Any, y: Any, x: Any) -> Any:
    """Return samples of the labels: a number for each cell, and 0 between them."""
    y, x = np.asarray(y, np.uint32), np.asarray(x, np.uint32)
    number = ((y >> 6) * np.uint32(1021) + (x >> 6)).astype(np.uint16)
    return np.where(((y & 63) > 3) & ((x & 63) > 5), number, np.uint16(0)) + 0 * np.asarray(c, np.uint16)


SOURCES = {"slide": (slide, 3), "labels": (labels, 1)}


def part_of(name: str, bounds: Any) -> Any:
    """Return a part of the slide or of its labels, as it is computed."""
    return SOURCES[name][0](*np.ogrid[tuple(slice(*of) for of in bounds)])


def make(name: str, folder: Path, side: int) -> None:
    """Write the slide or its labels, chunk by chunk."""

    def chunk(block_info: Any = None) -> Any:
        return part_of(name, block_info[None]["array-location"][1:])[None]

    channels = SOURCES[name][1]
    dtype = part_of(name, [(0, 1)] * 3).dtype
    chunks = da.core.normalize_chunks((1, 1, CHUNK, CHUNK), (1, channels, side, side))
    array = da.map_blocks(chunk, chunks=chunks, dtype=dtype, meta=np.empty((0,) * 4, dtype))
    array.to_zarr(str(folder / f"{name}.zarr"))


def reduce(reduction: str, folder: Path) -> None:
    """Do one reduction."""
    name, options = REDUCTIONS[reduction]
    result = swiftresample.dask.interpolate(da.from_zarr(str(folder / f"{name}.zarr")), **options)
    result.to_zarr(str(folder / "result.zarr"), overwrite=True)


def differences(reduction: str, folder: Path, places: int) -> int:
    """Return how many samples of some regions of the result are not those of the whole."""
    name, options = REDUCTIONS[reduction]
    result = da.from_zarr(str(folder / "result.zarr"))
    shape = da.from_zarr(str(folder / f"{name}.zarr")).shape
    random = np.random.default_rng(0)
    different = 0
    for place in range(places):
        # Corners of the image and of chunks, where seams would be, and anywhere.
        corners = [[0, length - 160, CHUNK // 2 - 80][place % 3] for length in result.shape[2:]]
        start = corners if place < 3 else [int(random.integers(0, length - 160)) for length in result.shape[2:]]
        region = [(first, first + 160) for first in start]
        plan = sr.Plan(shape, result.dtype, region=region, **options)
        read = [(0, shape[1]), *((bounds.start, bounds.stop) for bounds in plan.source_region)]
        expected = plan(part_of(name, read)[None])
        within = tuple(slice(*bounds) for bounds in region)
        different += int((result[(..., *within)].compute() != expected).sum())
    return different


def main(arguments: list[str] | None = None) -> int:
    """Run everything, or one step in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--side", type=int, default=54_000, help="length of both axes (default: 54,000)")
    parser.add_argument("--workers", type=int, default=machine.processors(), help="threads (default: the processors)")
    parser.add_argument("--task", default="16MiB", help="what a task reads, at most: dask's array.chunk-size")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.step:
        start = time.perf_counter()
        settings = {"scheduler": "threads", "num_workers": options.workers, "array.chunk-size": options.task}
        with dask.config.set(settings), ProgressBar(out=sys.stderr):
            if options.step in SOURCES:
                make(options.step, options.folder, options.side)
            else:
                reduce(options.step, options.folder)
        print(time.perf_counter() - start, machine.peak_memory())
        return 0
    options.folder.mkdir(parents=True, exist_ok=True)
    print(f"{machine.processor()}; {options.workers} threads, {sr.instruction_set()}")
    wrong = 0
    rows = ["| | GB read | time | GB/s | most memory | differences |", "|---|---|---|---|---|---|"]
    for step in (*SOURCES, *REDUCTIONS):
        if step in SOURCES and (options.folder / f"{step}.zarr").exists():
            continue
        command = [sys.executable, __file__, str(options.folder), "--step", step, "--side", str(options.side)]
        command += ["--workers", str(options.workers), "--task", options.task]
        others = machine.OtherProcesses()
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        seconds, peak = map(float, done.stdout.split())
        name = step if step in SOURCES else REDUCTIONS[step][0]
        gigabytes = SOURCES[name][1] * options.side**2 * part_of(name, [(0, 1)] * 3).itemsize / 1e9
        different = "" if step in SOURCES else str(differences(step, options.folder, 24))
        wrong += int(different or 0)
        figures = f"{gigabytes:.1f} | {seconds:.0f} s | {gigabytes / seconds:.2f} | {peak / 1e6:.0f} MB"
        rows.append(f"| {step} | {figures} | {different} |")
        print(rows[-1], f"(others {others.share():.0%})", flush=True)
    print("\n".join(rows))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
