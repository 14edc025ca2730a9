"""Make the golden vectors: what PyTorch's interpolate returns for calls of every kind.

Run it with PyTorch 2.13 or newer, NumPy and ml_dtypes; it writes compressed .npz files next to itself, always the same
ones. README.md in this directory describes them.
"""

from __future__ import annotations

import itertools
import json
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Shape = Sequence[int]
    Call = tuple[Shape, str, dict[str, Any]]

HERE = Path(__file__).resolve().parent
OLDEST = (2, 13)
FLOATS = ("float32", "float64", "float16", "bfloat16")
ANTIALIASED = ("float32", "float64", "uint8")
LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}

# Input shapes of each spatial rank: odd lengths, and 1, 3 and 5 channels, which PyTorch's kernels treat apart. The
# first is for every dtype, the others for float32 and uint8.
SHAPES = {1: [(2, 3, 7)], 2: [(1, 3, 5, 7), (2, 5, 4, 3), (1, 1, 11, 8)], 3: [(1, 2, 3, 5, 4)]}

# Outputs by size: larger, smaller, one axis kept, a single sample, strongly larger on one axis.
SIZES = {1: [17, 3, 7, 1, 14], 2: [(9, 13), (3, 4), (5, 12), (1, 1), (37, 2)], 3: [(6, 3, 7), (3, 8, 1)]}

# Outputs by factor: a number; one for each axis; just above 1 and 2, where only the lengths look like 1 and 2.
FACTORS = {1: [1.7, 1.05, 2.01, 0.3], 2: [1.6, (0.4, 2.3), (2.1, 1.1)], 3: [1.3, (0.7, 2.1, 1.1)]}


# --- The calls -------------------------------------------------------------------------------------------------------


def everywhere(rank: int, dtypes: Sequence[str], mode: str, **options: Any) -> Iterator[Call]:
    """A mode with every shape, size and factor of a rank."""
    for shape, dtype in itertools.product(SHAPES[rank], dtypes):
        if shape != SHAPES[rank][0] and dtype not in ("float32", "uint8"):
            continue
        for size in SIZES[rank]:
            if not fails(shape, dtype, mode, size):
                yield shape, dtype, {"mode": mode, "size": size, **options}
        for factor, recompute in itertools.product(FACTORS[rank], (None, True)):
            yield shape, dtype, {"mode": mode, "scale_factor": factor, "recompute_scale_factor": recompute, **options}


def fails(shape: Shape, dtype: str, mode: str, size: Any) -> bool:
    """Whether PyTorch fails on the call: uint8 with three channels and one output sample, except in nearest."""
    return dtype == "uint8" and shape[1] == 3 and size == (1, 1) and not mode.startswith("nearest")


def nearest(mode: str) -> Iterator[Call]:
    """nearest or nearest-exact, and the calls where their rules part."""
    for rank in (1, 2, 3):
        yield from everywhere(rank, (*FLOATS, "uint8"), mode)
    for dtype in (*FLOATS, "uint8"):
        # Twice as long by the lengths, but not by the factor: the rule for small 4-D outputs goes by the lengths.
        for shape, factor in (
            ((1, 1, 100), 2.005),
            ((1, 1, 100, 2), 2.005),
            ((1, 1, 50, 2), 2.01),
            ((1, 1, 100, 1, 2), (2.005, 1.0, 1.0)),
            ((1, 1, 30, 30), (1.02, 2.02)),
        ):
            yield shape, dtype, {"mode": mode, "scale_factor": factor}
        # Lengths at which float32 and float64, or a fused multiply-add and two roundings, give different samples.
        for length, output in ((2, 82), (2, 41), (2, 47), (41, 107), (1021, 337), (337, 1021)):
            yield (1, 1, length), dtype, {"mode": mode, "size": output}
        for length, output in ((2, 82), (2, 41), (6, 123)):
            yield (1, 1, 1, length), dtype, {"mode": mode, "size": (1, output)}
            yield (1, 1, length, 1), dtype, {"mode": mode, "size": (output, 128)}
        yield (1, 1, 88), dtype, {"mode": mode, "scale_factor": 120 / 88}
        yield (0, 3, 5, 4), dtype, {"mode": mode, "size": (7, 3)}


def linear(rank: int, dtypes: Sequence[str], **options: Any) -> Iterator[Call]:
    """linear, bilinear or trilinear; long axes are the width, and the height beside it is kept."""
    mode = LINEAR[rank]
    beside = (1, 2)[-(rank - 1) :] if rank > 1 else ()
    for align_corners in (False, True):
        yield from everywhere(rank, dtypes, mode, align_corners=align_corners, **options)
    for dtype in dtypes:
        for length, output in ((300, 77), (77, 300), (1500, 20), (1, 9), (2, 1)):
            for align_corners in (False, True):
                yield (
                    (1, 1, *beside, length),
                    dtype,
                    {
                        "mode": mode,
                        "size": (*beside, output),
                        "align_corners": align_corners,
                        **options,
                    },
                )
        # A factor whose output length is one less than meant: 88 * (120 / 88) < 120. align_corners=None is False.
        factors = (*(1.0 for _ in beside), 120 / 88)
        yield (1, 1, *beside, 88), dtype, {"mode": mode, "scale_factor": factors, **options}
        yield (0, 3, *(4,) * rank), dtype, {"mode": mode, "size": (5,) * rank, **options}
    if not options:
        # Coordinates just below an integer, which PyTorch rounds to float32 before it takes the integer below.
        factors = (*(1.0 for _ in beside), 3.00000006)
        yield (1, 1, *beside, 500), "float64", {"mode": mode, "scale_factor": factors}


def planar(mode: str, dtypes: Sequence[str], **options: Any) -> Iterator[Call]:
    """bicubic or lanczos, long axes along the width and the height."""
    corners = (False,) if mode == "lanczos" else (False, True)
    for align_corners in corners:
        yield from everywhere(2, dtypes, mode, align_corners=align_corners, **options)
    for dtype in dtypes:
        for images, channels in ((1, 1), (3, 2)):
            # As long as the input by the lengths, but not by the factor.
            yield (images, channels, 10, 10), dtype, {"mode": mode, "scale_factor": 1.05, **options}
        for length, output in ((300, 77), (77, 300), (1500, 20), (1, 9), (2, 1), (4, 9)):
            for align_corners in corners:
                common = {"mode": mode, "align_corners": align_corners, **options}
                yield (1, 1, 2, length), dtype, {"size": (2, output), **common}
                yield (1, 1, length, 2), dtype, {"size": (output, 2), **common}
        yield (1, 1, 88, 3), dtype, {"mode": mode, "scale_factor": 120 / 88, **options}
        yield (0, 3, 5, 4), dtype, {"mode": mode, "size": (7, 3), **options}


def area() -> Iterator[Call]:
    """area, images without channels included."""
    for rank in (1, 2, 3):
        # Volumes of half types PyTorch averages in the half type itself, which is not what the library does.
        yield from everywhere(rank, FLOATS if rank < 3 else FLOATS[:2], "area")
    for dtype in FLOATS:
        yield (1, 1, 2000), dtype, {"mode": "area", "size": 3}
        yield (1, 2, 40, 60), dtype, {"mode": "area", "scale_factor": (0.1, 0.05)}
        yield (0, 3, 5, 4), dtype, {"mode": "area", "size": (7, 3)}
        yield (2, 0, 5, 4), dtype, {"mode": "area", "size": (7, 3)}


FILES: dict[str, list[Call]] = {
    "nearest": list(nearest("nearest")),
    "nearest-exact": list(nearest("nearest-exact")),
    "linear": list(linear(1, FLOATS)),
    "bilinear": list(linear(2, (*FLOATS, "uint8"))),
    "bilinear-antialias": list(linear(2, ANTIALIASED, antialias=True)),
    "trilinear": list(linear(3, FLOATS)),
    "bicubic": list(planar("bicubic", (*FLOATS, "uint8"))),
    "bicubic-antialias": list(planar("bicubic", ANTIALIASED, antialias=True)),
    "lanczos": list(planar("lanczos", ANTIALIASED, antialias=True)),
    "area": list(area()),
}


# --- The answers -----------------------------------------------------------------------------------------------------


def samples(shape: Shape, dtype: str) -> np.ndarray:
    """Samples that depend on nothing but shape and dtype; bytes are black and white in every other channel."""
    random = np.random.default_rng(zlib.crc32(f"{tuple(shape)} {dtype}".encode()))
    if dtype == "uint8":
        x = random.integers(0, 256, shape, np.uint8)
        x[:, 1::2] = np.where(x[:, 1::2] > 127, 255, 0)
        return x
    return random.standard_normal(shape).astype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)


def answer(x: np.ndarray, options: dict[str, Any]) -> np.ndarray:
    """PyTorch's result for a contiguous tensor; bfloat16 goes in and comes out as its bits."""
    bfloat16 = x.dtype == ml_dtypes.bfloat16
    tensor = torch.from_numpy(x.view(np.int16)).view(torch.bfloat16) if bfloat16 else torch.from_numpy(x)
    output = torch.nn.functional.interpolate(tensor, **options)
    return output.view(torch.int16).numpy().view(np.uint16) if bfloat16 else output.numpy()


def write(path: Path, calls: Sequence[Call]) -> None:
    """One file: the calls as JSON, and an input and an output array for each. Equal inputs are stored once."""
    entries, arrays, inputs = [], {}, {}
    for number, (shape, dtype, options) in enumerate(calls):
        x = samples(shape, dtype)
        input_name = inputs.setdefault((tuple(shape), dtype), f"input_{len(inputs)}")
        output_name = f"output_{number}"
        arrays[input_name] = x.view(np.uint16) if dtype == "bfloat16" else x
        arrays[output_name] = answer(x, options)
        entries.append({"dtype": dtype, "input": input_name, "output": output_name, "options": options})
    metadata = {"torch": torch.__version__, "calls": entries}
    np.savez_compressed(path, metadata=np.array(json.dumps(metadata)), **arrays)
    print(f"{path.name}: {len(entries)} calls, {path.stat().st_size // 1024} kB")


def main() -> None:
    version = tuple(int(part) for part in torch.__version__.split(".")[:2])
    if version < OLDEST:
        raise SystemExit(f"needs PyTorch {OLDEST[0]}.{OLDEST[1]} or newer, got {torch.__version__}")
    if torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"):
        raise SystemExit("needs a processor with AVX2: PyTorch rounds coordinates otherwise on others")
    for name, calls in FILES.items():
        write(HERE / f"{name}.npz", calls)


if __name__ == "__main__":
    main()
