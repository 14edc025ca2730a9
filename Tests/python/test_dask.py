"""Chunks of a dask array have the bits of the whole, on threads and in other processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import cases
import numpy as np
import pytest
from arrays import assert_same_bits, samples

import swiftresample as sr

da = pytest.importorskip("dask.array", reason="dask is not installed")
import dask  # noqa: E402

import swiftresample.dask  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SHAPE = (2, 3, 150, 170)
OPTIONS: dict[str, Any] = {"scale_factor": 0.45, "mode": "bicubic", "antialias": True}


def random_chunks(random: np.random.Generator, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(random.integers(max(1, length // 4), length + 1)) for length in shape)


def test_chunks_have_the_bits_of_the_whole() -> None:
    random = cases.generator(41)
    compared = 0
    while compared < 60:
        case = cases.random_case(random)
        if case.dtype == "bfloat16" or max(case.shape[1:]) > 300:
            continue
        input = case.input()
        expected = sr.interpolate(input, **case.options)
        if expected.size == 0:
            continue
        x = da.from_array(input, chunks=random_chunks(random, input.shape))
        chunks = random_chunks(random, expected.shape) if random.random() < 0.5 else None
        actual = sr.dask.interpolate(x, chunks=chunks, **case.options)
        assert actual.shape == expected.shape
        assert actual.dtype == expected.dtype
        assert_same_bits(
            actual.compute(scheduler="threads"),
            expected,
            f"{case}, {x.chunks}, {chunks}",
        )
        compared += 1


def test_bfloat16() -> None:
    dtype = cases.numpy_dtype("bfloat16")
    input = samples((1, 2, 40, 30), dtype)
    actual = sr.dask.interpolate(da.from_array(input, chunks=16), scale_factor=2, mode="bilinear")
    assert_same_bits(actual.compute(), sr.interpolate(input, scale_factor=2, mode="bilinear"))


def test_the_clamp_goes_with_it() -> None:
    input = samples((1, 1, 40, 30), np.float32)
    options: dict[str, Any] = {
        "scale_factor": 2,
        "mode": "bicubic",
        "clamp": (-0.5, None),
    }
    actual = sr.dask.interpolate(da.from_array(input, chunks=16), **options)
    assert_same_bits(actual.compute(), sr.interpolate(input, **options))


# ---- Chunks ----------------------------------------------------------------------------------------------------------


def test_chunks_of_the_result_are_those_of_the_input() -> None:
    x = da.zeros((1, 3, 8192, 8000), chunks=(1, 3, 2048, 2048), dtype=np.uint8)
    half = sr.dask.interpolate(x, scale_factor=0.5, mode="bilinear", antialias=True)
    assert half.chunks[2:] == ((1024,) * 4, (1024, 1024, 1024, 928))
    # Small ones are put together, large ones divided.
    small = sr.dask.interpolate(da.zeros((1, 1, 8192, 8192), chunks=(1, 1, 64, 64)), scale_factor=0.5)
    assert small.npartitions < 20
    large = sr.dask.interpolate(da.zeros((1, 1, 4096, 4096), chunks=-1, dtype=np.float32), scale_factor=4)
    assert max(np.prod(large.chunksize), 1) * 4 <= 2**27


@pytest.mark.parametrize("limit", ["128MiB", "4MiB", "300kiB"])
@pytest.mark.parametrize("factor", [0.5, 0.3, 1.7])
def test_chunks_of_one_length_stay_so(limit: str, factor: float) -> None:
    """Zarr has no others: dask would rechunk what is written, which takes time and memory."""
    x = da.zeros((1, 1, 5403, 5396), chunks=(1, 1, 512, 500), dtype=np.uint8)
    with dask.config.set({"array.chunk-size": limit}):
        result = sr.dask.interpolate(x, scale_factor=factor, mode="bilinear")
    for lengths in result.chunks:
        assert len({*lengths[:-1]}) <= 1
        assert lengths[-1] <= lengths[0]


def test_no_chunk_of_the_input_is_made_larger() -> None:
    x = da.zeros((1, 1, 1000, 1000), chunks=(1, 1, 100, 100))
    result = sr.dask.interpolate(x, size=(300, 300), mode="area", chunks=(1, 1, 150, 150))
    assert result.numblocks == (1, 1, 2, 2)
    assert not [name for name in result.dask.layers if "rechunk" in name]


@pytest.mark.parametrize("chunks", [(1, 1, 7, 11), {2: 5, 3: -1}, 9, "auto", (1, 3, (60, 7), (76,))])
def test_chunks_that_are_asked_for(chunks: Any) -> None:
    input = samples((1, 3, 150, 170), np.float32)
    x = da.from_array(input, chunks=(1, 2, 64, 64))
    result = sr.dask.interpolate(x, chunks=chunks, **OPTIONS)
    assert_same_bits(result.compute(), sr.interpolate(input, **OPTIONS))


# ---- Schedulers ------------------------------------------------------------------------------------------------------


def test_tasks_start_no_threads() -> None:
    program = """
import os
import dask.array as da, numpy as np, swiftresample as sr, swiftresample.dask
sr.set_num_threads(4)
x = da.from_array(np.zeros((1, 8, 600, 600), np.float32), chunks=-1)
before = len(os.listdir("/proc/self/task"))
sr.dask.interpolate(x, scale_factor=2, mode="bilinear").compute(scheduler="synchronous")
assert len(os.listdir("/proc/self/task")) == before
sr.interpolate(x.compute(scheduler="synchronous"), scale_factor=2, mode="bilinear")
assert len(os.listdir("/proc/self/task")) > before, "this test sees no threads"
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def slowly(block: Any) -> Any:
    time.sleep(0.05)
    return block


def kill_a_worker(client: Any) -> None:
    time.sleep(0.4)
    workers = client.scheduler_info()["workers"]
    os.kill(
        client.run(os.getpid, workers=[next(iter(workers))]).popitem()[1],
        signal.SIGKILL,
    )


@pytest.mark.slow
@pytest.mark.parametrize("meanwhile", [None, kill_a_worker], ids=["undisturbed", "a worker is killed"])
def test_two_processes(meanwhile: Callable[[Any], None] | None) -> None:
    distributed = pytest.importorskip("distributed", reason="distributed is not installed")
    input = samples(SHAPE, np.float32)
    x = da.from_array(input, chunks=(1, 3, 40, 40)).map_blocks(slowly, dtype=input.dtype)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster,
        distributed.Client(cluster) as client,
    ):
        future = client.compute(sr.dask.interpolate(x, chunks=(1, 3, 20, 20), **OPTIONS))
        if meanwhile:
            meanwhile(client)
        assert_same_bits(future.result(timeout=120), sr.interpolate(input, **OPTIONS))


# ---- Where arrays come from ------------------------------------------------------------------------------------------


def test_zarr(tmp_path: Path) -> None:
    pytest.importorskip("zarr", reason="zarr is not installed")
    input = samples(SHAPE, np.uint8)
    da.from_array(input, chunks=(1, 3, 64, 64)).to_zarr(str(tmp_path / "in.zarr"))
    result = sr.dask.interpolate(da.from_zarr(str(tmp_path / "in.zarr")), **OPTIONS)
    result.to_zarr(str(tmp_path / "out.zarr"))
    assert_same_bits(
        da.from_zarr(str(tmp_path / "out.zarr")).compute(),
        sr.interpolate(input, **OPTIONS),
    )


def test_xarray() -> None:
    xr = pytest.importorskip("xarray", reason="xarray is not installed")
    input = samples((2, 3, 90, 80), np.float32)
    image = xr.DataArray(input, dims=("time", "band", "y", "x")).chunk({"y": 32, "x": 32})
    result = xr.apply_ufunc(
        sr.dask.interpolate,
        image,
        kwargs=OPTIONS,
        input_core_dims=[["y", "x"]],
        output_core_dims=[["y", "x"]],
        exclude_dims={"y", "x"},
        dask="allowed",
    )
    assert result.dims == ("time", "band", "y", "x")
    assert_same_bits(result.compute().values, sr.interpolate(input, **OPTIONS))


# ---- What is refused -------------------------------------------------------------------------------------------------


def test_arguments_that_are_refused_at_once() -> None:
    x = da.zeros((1, 1, 20, 20), chunks=10)
    unknown = da.from_array(np.arange(40.0).reshape(1, 1, 40), chunks=10)
    unknown = unknown[:, :, unknown[0, 0] > 3]
    refused: list[tuple[type[Exception], str, Callable[[], Any]]] = [
        (
            TypeError,
            "dask array",
            lambda: sr.dask.interpolate(np.zeros((1, 1, 4)), size=3),
        ),
        (ValueError, "unknown", lambda: sr.dask.interpolate(unknown, size=3)),
        (
            TypeError,
            "object",
            lambda: sr.dask.interpolate(x.astype(object), size=(3, 3)),
        ),
        (
            TypeError,
            "bilinear",
            lambda: sr.dask.interpolate(x.astype("int64"), size=(3, 3), mode="bilinear"),
        ),
        (ValueError, "size", lambda: sr.dask.interpolate(x)),
        (ValueError, "scale_factor", lambda: sr.dask.interpolate(x, scale_factor=-1)),
        (
            NotImplementedError,
            "3-D",
            lambda: sr.dask.interpolate(x, size=(3, 3), mode="linear"),
        ),
        (
            NotImplementedError,
            "mode",
            lambda: sr.dask.interpolate(x, size=(3, 3), mode="cubic"),
        ),
        (
            ValueError,
            "[Cc]hunks",
            lambda: sr.dask.interpolate(x, size=(3, 3), chunks=(1, 1, 2, (1, 1))),
        ),
    ]
    for error, words, call in refused:
        with pytest.raises(error, match=words):
            call()
