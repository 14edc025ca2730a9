"""Halves an image chunk by chunk as several libraries do: time, the most memory, and seams.

    python benchmarks/chunked.py                      # 67 MB in memory: a few seconds
    python benchmarks/chunked.py --side 32768         # 1.1 GB
    python benchmarks/chunked.py --processes          # what a second process of dask.distributed gains

Seams are the largest difference of what a library makes of chunks from what it makes of the whole. Each library has
processes of its own: one that reads and writes Zarr, for time and memory, and one for the seams of a smaller image.
A library that is not installed is left out, and named.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any

import machine
import numpy as np

import swiftresample as sr

if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK = 1024
SMALL = 3000  # the side of the image whose seams are measured
BILINEAR: dict[str, Any] = {"scale_factor": 0.5, "mode": "bilinear", "antialias": True}


# ---- Libraries: what each makes of a dask array (H, W), and of the same as a whole -----------------------------------


def _swiftresample(x: Any) -> Any:
    import swiftresample.dask

    return swiftresample.dask.interpolate(x[None, None], **BILINEAR)[0, 0]


def _skimage(x: Any) -> Any:
    from skimage.transform import resize

    def halved(chunk: Any) -> Any:
        shape = tuple(length // 2 for length in chunk.shape)
        return np.rint(resize(chunk, shape, order=1, anti_aliasing=True, preserve_range=True)).astype(np.uint8)

    if isinstance(x, np.ndarray):
        return halved(x)
    return x.map_blocks(halved, chunks=tuple(tuple(n // 2 for n in lengths) for lengths in x.chunks), dtype=np.uint8)


def _ome_zarr(x: Any) -> Any:
    from ome_zarr.dask_utils import resize

    shape = tuple(length // 2 for length in x.shape)
    return resize(x, shape, order=1, anti_aliasing=True, preserve_range=True)


def _dask_image(x: Any) -> Any:
    from dask_image.ndinterp import affine_transform

    # The positions of half-pixel centres; it has no antialias.
    shape, chunks = tuple(length // 2 for length in x.shape), tuple(length // 2 for length in x.chunksize)
    return affine_transform(
        x, np.diag([2.0, 2.0]), offset=0.5, order=1, output_shape=shape, output_chunks=chunks, mode="nearest"
    )


def _dask_coarsen(x: Any) -> Any:
    import dask.array as da

    return da.coarsen(np.mean, x, {0: 2, 1: 2}).round().astype(np.uint8)


#: The module that each needs, and what it does.
LIBRARIES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "swiftresample.dask.interpolate": ("dask", _swiftresample),
    "scikit-image's resize, each chunk": ("skimage", _skimage),
    "ome-zarr's resize": ("ome_zarr", _ome_zarr),
    "dask-image's affine_transform": ("dask_image", _dask_image),
    "dask's coarsen": ("dask", _dask_coarsen),
}


# ---- Measuring -------------------------------------------------------------------------------------------------------


def image(side: int) -> Any:
    """Return a dask array (side, side) of stripes, which show seams, and noise."""
    import dask.array as da

    def chunk(block_info: Any = None) -> Any:
        y, x = np.ogrid[tuple(slice(*bounds) for bounds in block_info[None]["array-location"])]
        noise = np.random.default_rng(y.item(0) * side + x.item(0)).integers(0, 60, (y.size, x.size), np.uint8)
        return ((np.add(x // 3, y // 5) % 2) * np.uint8(180)).astype(np.uint8) + noise

    chunks = da.core.normalize_chunks((CHUNK, CHUNK), (side, side))
    return da.map_blocks(chunk, chunks=chunks, dtype=np.uint8, meta=np.empty((0, 0), np.uint8))


def zarr_to_zarr(library: str, folder: str) -> None:
    """Print the time, that of processors, and the most memory of halving an array of Zarr into another."""
    import dask.array as da

    x = da.from_zarr(f"{folder}/image.zarr")
    start, before = time.perf_counter(), time.process_time()
    result = LIBRARIES[library][1](x)
    result.rechunk(CHUNK // 2).to_zarr(f"{folder}/result.zarr", overwrite=True)
    print(time.perf_counter() - start, time.process_time() - before, machine.peak_memory())


def seams(library: str) -> None:
    """Print the largest difference of chunks from the whole, and the share of samples that differ."""
    whole = image(SMALL).compute()
    halve = LIBRARIES[library][1]
    import dask.array as da

    expected = da.asarray(halve(da.from_array(whole, chunks=-1))).compute().astype(int)
    actual = halve(da.from_array(whole, chunks=CHUNK)).compute().astype(int)
    if actual.shape != expected.shape:
        print("shape", actual.shape)
        return
    difference = np.abs(actual - expected)
    print(difference.max(), (difference > 0).mean())


def processes(side: int) -> int:
    """Print what a second process gains."""
    import dask.array as da
    from distributed import Client, LocalCluster

    import swiftresample.dask

    with tempfile.TemporaryDirectory() as folder:
        image(side)[None, None].to_zarr(f"{folder}/image.zarr")
        seconds = {}
        for count in (1, 2, 1, 2):
            with (
                LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster,
                Client(cluster),
            ):
                start = time.perf_counter()
                x = da.from_zarr(f"{folder}/image.zarr")
                swiftresample.dask.interpolate(x, scale_factor=0.5, mode="bicubic", antialias=True).to_zarr(
                    f"{folder}/{count}.zarr", overwrite=True
                )
                passed = time.perf_counter() - start
                seconds[count] = min(passed, seconds.get(count, passed))
                print(f"{count} processes of one thread: {passed:.1f} s (load averages {machine.load()})", flush=True)
        equal = bool((da.from_zarr(f"{folder}/1.zarr") == da.from_zarr(f"{folder}/2.zarr")).all().compute())
    print(f"two are {seconds[1] / seconds[2]:.2f} times as quick as one; the same bits: {equal}")
    return 0 if equal else 1


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=8192, help="length of both axes (default: 8192)")
    parser.add_argument("--processes", action="store_true", help="measure one and two processes instead")
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.step:
        {"zarr": zarr_to_zarr, "seams": seams}[options.step[0]](*options.step[1:])
        return 0
    for module in ("dask.array", "zarr"):
        try:
            importlib.import_module(module)
        except ImportError:
            print(f"chunks: left out, {module.partition('.')[0]} is not installed")
            return 0
    if options.processes:
        return processes(options.side)
    print(f"{options.side} x {options.side} uint8 in chunks of {CHUNK}, halved from Zarr to Zarr")
    print(f"{machine.processor()}; {machine.processors()} threads, {sr.instruction_set()}")
    print("\n| | time | of processors | most memory | largest seam | samples that differ |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        image(options.side).to_zarr(f"{folder}/image.zarr")
        for library, (module, _) in LIBRARIES.items():
            if importlib.util.find_spec(module) is None:
                print(f"{library}: left out, {module} is not installed")
                continue
            seconds, busy, peak = map(float, _step("zarr", library, folder))
            seam = _step("seams", library)
            said = f"{seam[0]} of 255 | {float(seam[1]):.2%}" if seam[0] != "shape" else f"another shape: {seam[1:]} |"
            print(f"| {library} | {seconds:.1f} s | {busy:.1f} s | {peak / 1e6:.0f} MB | {said} |", flush=True)
    return 0


def _step(*arguments: str) -> list[str]:
    command = [sys.executable, "-W", "ignore", __file__, "--step", *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()


if __name__ == "__main__":
    sys.exit(main())
