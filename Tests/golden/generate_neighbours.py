"""Make the golden vectors of the operators beside interpolate: what PyTorch returns for calls of every kind.

Run it with PyTorch 2.13 or newer, NumPy and ml_dtypes; it writes compressed .npz files to neighbours/, always the same
ones. README.md in that directory describes them.
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
    #: The operator, the name and the shape of each array, the dtype, and the options.
    Call = tuple[str, dict[str, Shape], str, dict[str, Any]]

HERE = Path(__file__).resolve().parent / "neighbours"
OLDEST = (2, 13)
FLOATS = ("float32", "float64", "float16", "bfloat16")
COPIED = (*FLOATS, "bool", "uint8", "int8", "int16", "int32", "int64", "complex64", "complex128")


# --- The calls -------------------------------------------------------------------------------------------------------


def pixel_shuffle() -> Iterator[Call]:
    """pixel_shuffle and pixel_unshuffle: every dtype once, every factor and rank in float32."""
    for dtype in COPIED:
        yield "pixel_shuffle", {"input": (2, 8, 3, 5)}, dtype, {"upscale_factor": 2}
        yield "pixel_unshuffle", {"input": (2, 2, 6, 10)}, dtype, {"downscale_factor": 2}
    for factor in (1, 3, 4, 5):
        yield "pixel_shuffle", {"input": (1, factor**2, 2, 5)}, "float32", {"upscale_factor": factor}
        yield "pixel_unshuffle", {"input": (1, 1, 2 * factor, 5 * factor)}, "float32", {"downscale_factor": factor}
    for leading in ((), (1, 2), (2, 1, 3), (1, 2, 1, 2, 1, 2)):
        yield "pixel_shuffle", {"input": (*leading, 9, 2, 3)}, "float32", {"upscale_factor": 3}
        yield "pixel_unshuffle", {"input": (*leading, 1, 6, 9)}, "float32", {"downscale_factor": 3}
    for shape in ((0, 4, 3, 3), (2, 0, 3, 3), (2, 4, 0, 3)):
        yield "pixel_shuffle", {"input": shape}, "float32", {"upscale_factor": 2}


def conv_transpose(axes: int) -> Iterator[Call]:
    """conv_transpose: layers that double the size, and every option; kernel, channels in, channels out, options."""
    operator = f"conv_transpose{axes}d"
    images, shape = {1: (2, (17,)), 2: (2, (4, 7)), 3: (1, (2, 3, 4))}[axes]
    layers: list[tuple[int, int, int, dict[str, Any]]] = [
        (1, 3, 4, {}),
        (3, 3, 4, {}),
        (2, 3, 4, {"stride": 2}),
        (4, 3, 5, {"stride": 2, "padding": 1}),
        (3, 4, 2, {"stride": 2, "padding": 1, "output_padding": 1}),
        (5, 2, 3, {"stride": 3, "padding": 2, "output_padding": 2}),
        (2, 2, 3, {"stride": 4}),
        (3, 2, 3, {"dilation": 2, "output_padding": 1}),
        (3, 2, 3, {"stride": 2, "dilation": 3, "padding": 2, "output_padding": 2}),
        (4, 4, 6, {"stride": 2, "padding": 1, "groups": 2}),
        (4, 5, 5, {"stride": 2, "padding": 1, "groups": 5}),
    ]
    for kernel, inputs, outputs, options in layers:
        arrays = {
            "input": (images, inputs, *shape),
            "weight": (inputs, outputs // options.get("groups", 1), *(kernel,) * axes),
        }
        # Half types PyTorch sums in the half type itself, which is not what the library does.
        for dtype in ("float32", "float64", "int64") if kernel < 4 and outputs < 4 else ("float32",):
            yield operator, {**arrays, "bias": (outputs,)}, dtype, options
        if axes < 3:
            yield operator, arrays, "float32", options
    unbatched = {"input": (3, *shape), "weight": (3, 2, *(3,) * axes), "bias": (2,)}
    yield operator, unbatched, "float32", {"stride": 2}
    yield operator, {**unbatched, "input": (0, 3, *shape)}, "float32", {"stride": 2}
    if axes > 1:
        each = {
            "stride": (3, 1, 2)[:axes],
            "padding": (1, 0, 2)[:axes],
            "output_padding": (2, 0, 1)[:axes],
            "dilation": (1, 2, 1)[:axes],
        }
        arrays = {"input": (1, 4, *shape), "weight": (4, 3, *(2, 3, 4)[:axes])}
        yield operator, arrays, "float32", {**each, "groups": 2}


def grid_sample(axes: int) -> Iterator[Call]:
    """grid_sample: every option, on several shapes; input axes of one sample and points at the very edges included."""
    modes = ("bilinear", "nearest", "bicubic") if axes == 2 else ("bilinear", "nearest")
    shapes = {
        2: [((2, 3, 5, 7), (2, 6, 8, 2)), ((1, 2, 1, 4), (1, 5, 5, 2)), ((1, 1, 40, 30), (1, 9, 9, 2))],
        3: [((2, 2, 3, 4, 5), (2, 3, 4, 4, 3)), ((1, 2, 1, 4, 2), (1, 2, 5, 5, 3))],
    }[axes]
    paddings = ("zeros", "border", "reflection")
    for mode, padding_mode, align_corners in itertools.product(modes, paddings, (False, True)):
        options = {"mode": mode, "padding_mode": padding_mode, "align_corners": align_corners}
        for number, (input, grid) in enumerate(shapes):
            # Half types PyTorch computes coordinates in, which is not what the library does.
            for dtype in ("float32", "float64") if number == 0 else ("float32",):
                yield "grid_sample", {"input": input, "grid": grid}, dtype, options
    yield "grid_sample", {"input": (0, *shapes[0][0][1:]), "grid": (0, *shapes[0][1][1:])}, "float32", {}


def affine_grid() -> Iterator[Call]:
    """affine_grid: both ranks, lengths of one included."""
    sizes = ((2, 1, 4, 7), (1, 3, 1, 5), (1, 1, 12, 1), (2, 1, 3, 4, 5), (1, 1, 1, 6, 1))
    for size, dtype, align_corners in itertools.product(sizes, ("float32", "float64"), (False, True)):
        axes = len(size) - 2
        options = {"size": size, "align_corners": align_corners}
        yield "affine_grid", {"theta": (size[0], axes, axes + 1)}, dtype, options


FILES: dict[str, list[Call]] = {
    "pixel_shuffle": list(pixel_shuffle()),
    **{f"conv_transpose{axes}d": list(conv_transpose(axes)) for axes in (1, 2, 3)},
    "grid_sample-4d": list(grid_sample(2)),
    "grid_sample-5d": list(grid_sample(3)),
    "affine_grid": list(affine_grid()),
}


# --- The answers -----------------------------------------------------------------------------------------------------


def samples(name: str, shape: Shape, dtype: str) -> np.ndarray:
    """Samples that depend on nothing but name, shape and dtype."""
    random = np.random.default_rng(zlib.crc32(f"{name} {tuple(shape)} {dtype}".encode()))
    if name == "grid":
        # In and around the input; every other point is one of eighths, at samples and edges.
        points = random.uniform(-1.5, 1.5, shape)
        points.reshape(-1, shape[-1])[::2] = np.round(points.reshape(-1, shape[-1])[::2] * 8) / 8
        return points.astype(dtype)
    if dtype == "bool":
        return random.integers(0, 2, shape).astype(bool)
    if np.dtype(dtype if dtype != "bfloat16" else "float32").kind in "iu":
        limits = np.iinfo(dtype)
        return random.integers(limits.min, limits.max, shape, dtype, endpoint=True)
    if dtype.startswith("complex"):
        return (random.standard_normal(shape) + 1j * random.standard_normal(shape)).astype(dtype)
    return random.standard_normal(shape).astype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)


def to_torch(x: np.ndarray) -> torch.Tensor:
    """A tensor with the samples of the array."""
    bfloat16 = x.dtype == ml_dtypes.bfloat16
    return torch.from_numpy(x.view(np.int16)).view(torch.bfloat16) if bfloat16 else torch.from_numpy(x)


def stored(x: np.ndarray) -> np.ndarray:
    """The array as it is stored: bfloat16 as its bits."""
    return x.view(np.uint16) if x.dtype == ml_dtypes.bfloat16 else x


def answer(operator: str, arrays: Sequence[np.ndarray], options: dict[str, Any]) -> np.ndarray:
    """PyTorch's result, as it is stored."""
    output = getattr(torch.nn.functional, operator)(*map(to_torch, arrays), **options)
    if output.dtype == torch.bfloat16:
        return output.contiguous().view(torch.int16).numpy().view(np.uint16)
    return output.contiguous().numpy()


def write(path: Path, calls: Sequence[Call]) -> None:
    """One file: the calls as JSON, and the arrays of each. Equal inputs are stored once."""
    entries, arrays, names = [], {}, {}
    for number, (operator, shapes, dtype, options) in enumerate(calls):
        given = {name: samples(name, shape, dtype) for name, shape in shapes.items()}
        for name, array in given.items():
            key = names.setdefault((name, array.shape, dtype), f"input_{len(names)}")
            arrays[key] = stored(array)
        arrays[f"output_{number}"] = answer(operator, list(given.values()), options)
        entries.append(
            {
                "operator": operator,
                "dtype": dtype,
                "inputs": [names[name, array.shape, dtype] for name, array in given.items()],
                "output": f"output_{number}",
                "options": options,
            }
        )
    metadata = {"torch": torch.__version__, "calls": entries}
    np.savez_compressed(path, metadata=np.array(json.dumps(metadata)), **arrays)
    print(f"{path.name}: {len(entries)} calls, {path.stat().st_size // 1024} kB")


def main() -> None:
    version = tuple(int(part) for part in torch.__version__.split(".")[:2])
    if version < OLDEST:
        raise SystemExit(f"needs PyTorch {OLDEST[0]}.{OLDEST[1]} or newer, got {torch.__version__}")
    if torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"):
        raise SystemExit("needs a processor with AVX2: PyTorch rounds coordinates otherwise on others")
    HERE.mkdir(exist_ok=True)
    for name, calls in FILES.items():
        write(HERE / f"{name}.npz", calls)


if __name__ == "__main__":
    main()
