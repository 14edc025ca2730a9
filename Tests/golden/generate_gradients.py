"""Make the golden vectors of the backward functions: what PyTorch's autograd returns for calls of every kind.

Run it with PyTorch 2.13 or newer, NumPy and ml_dtypes; it writes compressed .npz files to gradients/, always the same
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
    #: The operator, the name and the shape of each array but grad_output, the dtype, and the options.
    Call = tuple[str, dict[str, Shape], str, dict[str, Any]]

HERE = Path(__file__).resolve().parent / "gradients"
OLDEST = (2, 13)
HALF_TYPES = ("float16", "bfloat16")


# --- The calls -------------------------------------------------------------------------------------------------------


def interpolate() -> Iterator[Call]:
    """interpolate: every mode, rank and option, larger and smaller, by size and by factor."""
    modes: list[tuple[str, Shape, dict[str, Any]]] = [
        ("nearest", (2, 2, 13), {}),
        ("nearest", (2, 2, 5, 9), {}),
        ("nearest", (1, 2, 3, 4, 5), {}),
        ("nearest-exact", (2, 2, 13), {}),
        ("nearest-exact", (2, 2, 5, 9), {}),
        ("nearest-exact", (1, 2, 3, 4, 5), {}),
        ("area", (2, 2, 13), {}),
        ("area", (2, 2, 5, 9), {}),
        ("area", (1, 2, 3, 4, 5), {}),
        *(
            (mode, shape, {"align_corners": align_corners})
            for mode, shape in (
                ("linear", (2, 2, 13)),
                ("bilinear", (2, 2, 5, 9)),
                ("bicubic", (2, 2, 5, 9)),
                ("trilinear", (1, 2, 3, 4, 5)),
            )
            for align_corners in (False, True)
        ),
        ("bilinear", (2, 2, 5, 9), {"antialias": True}),
        ("bicubic", (2, 2, 5, 9), {"antialias": True}),
        ("bicubic", (2, 2, 5, 9), {"antialias": True, "align_corners": True}),
        ("lanczos", (2, 2, 5, 9), {"antialias": True}),
    ]
    for mode, shape, options in modes:
        scales: list[dict[str, Any]] = [
            {"size": [2 * length for length in shape[2:]]},
            {"size": [max(length // 2, 2) for length in shape[2:]]},
            {"scale_factor": 1.7},
            {"scale_factor": 0.7, "recompute_scale_factor": True},
        ]
        for number, scale in enumerate(scales):
            for dtype in ("float32", "float64") if number % 2 else ("float32",):
                yield "interpolate", {"input": shape}, dtype, {"mode": mode, **options, **scale}
    # Those of half types whose weights need no rounding.
    for dtype in HALF_TYPES:
        for mode, shape in (("nearest", (2, 2, 5, 9)), ("nearest-exact", (2, 2, 13)), ("area", (2, 2, 5, 9))):
            yield "interpolate", {"input": shape}, dtype, {"mode": mode, "scale_factor": 2}
    # Windows of cubic weights, some of which are exactly 0, and long sums.
    for height, width, output in ((1, 18, 6), (5, 33, 3), (2, 40, 7), (33, 3, 9)):
        options = {"mode": "bicubic", "antialias": True, "size": [height, output]}
        yield "interpolate", {"input": (1, 1, height, width)}, "float64", options
    yield (
        "interpolate",
        {"input": (0, 2, 5, 9)},
        "float32",
        {"mode": "bilinear", "size": [7, 7], "align_corners": False},
    )


def conv_transpose(axes: int) -> Iterator[Call]:
    """conv_transpose: layers that double the size, and every option; kernel, channels in, channels out, options."""
    operator = f"conv_transpose{axes}d"
    images, shape = {1: (2, (11,)), 2: (2, (3, 5)), 3: (1, (2, 3, 3))}[axes]
    layers: list[tuple[int, int, int, dict[str, Any]]] = [
        (1, 3, 4, {}),
        (3, 3, 2, {}),
        (2, 3, 2, {"stride": 2}),
        (4, 2, 3, {"stride": 2, "padding": 1}),
        (3, 3, 2, {"stride": 2, "padding": 1, "output_padding": 1}),
        (2, 2, 3, {"stride": 4}),
        (3, 2, 2, {"stride": 2, "dilation": 3, "padding": 2, "output_padding": 2}),
        (4, 4, 4, {"stride": 2, "padding": 1, "groups": 2}),
        (3, 3, 3, {"stride": 2, "groups": 3}),
    ]
    for kernel, inputs, outputs, options in layers:
        arrays = {
            "input": (images, inputs, *shape),
            "weight": (inputs, outputs // options.get("groups", 1), *(kernel,) * axes),
        }
        for dtype in ("float32", "float64") if kernel == 2 else ("float32",):
            yield operator, arrays, dtype, options
    weight = (3, 2, *(2,) * axes)
    yield operator, {"input": (3, *shape), "weight": weight}, "float32", {"stride": 2}
    yield operator, {"input": (0, 3, *shape), "weight": weight}, "float32", {"stride": 2}


def grid_sample(axes: int) -> Iterator[Call]:
    """grid_sample: every option; input axes of one sample and points at the very edges included."""
    modes = ("bilinear", "nearest", "bicubic") if axes == 2 else ("bilinear", "nearest")
    shapes = {
        2: [((2, 2, 5, 7), (2, 4, 5, 2)), ((1, 2, 1, 4), (1, 3, 4, 2))],
        3: [((2, 2, 3, 4, 5), (2, 2, 3, 3, 3)), ((1, 2, 1, 4, 2), (1, 2, 2, 3, 3))],
    }[axes]
    for mode, padding_mode, align_corners in itertools.product(modes, ("zeros", "border", "reflection"), (False, True)):
        options = {"mode": mode, "padding_mode": padding_mode, "align_corners": align_corners}
        for number, (input, grid) in enumerate(shapes):
            yield "grid_sample", {"input": input, "grid": grid}, "float64" if number else "float32", options
    yield "grid_sample", {"input": (0, *shapes[0][0][1:]), "grid": (0, *shapes[0][1][1:])}, "float32", {}


FILES: dict[str, list[Call]] = {
    "interpolate": list(interpolate()),
    **{f"conv_transpose{axes}d": list(conv_transpose(axes)) for axes in (1, 2, 3)},
    "grid_sample-4d": list(grid_sample(2)),
    "grid_sample-5d": list(grid_sample(3)),
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
    # Of few bits, which compress well and say as much.
    few = np.round(random.standard_normal(shape) * 64) / 64
    return few.astype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)


def to_torch(x: np.ndarray) -> torch.Tensor:
    """A tensor with the samples of the array."""
    bfloat16 = x.dtype == ml_dtypes.bfloat16
    return torch.from_numpy(x.view(np.int16)).view(torch.bfloat16) if bfloat16 else torch.from_numpy(x)


def stored(tensor: torch.Tensor) -> np.ndarray:
    """The samples of the tensor as they are stored: bfloat16 as its bits."""
    if tensor.dtype == torch.bfloat16:
        return tensor.contiguous().view(torch.int16).numpy().view(np.uint16)
    return tensor.contiguous().numpy()


def answer(operator: str, given: dict[str, np.ndarray], options: dict[str, Any]) -> tuple[torch.Tensor, list[Any]]:
    """The gradient of the output, and PyTorch's gradients of the arrays, and of a bias."""
    tensors = [to_torch(array).requires_grad_() for array in given.values()]
    if operator.startswith("conv"):
        channels = given["weight"].shape[1] * options.get("groups", 1)
        tensors.append(torch.zeros(channels, dtype=tensors[0].dtype, requires_grad=True))
    output = getattr(torch.nn.functional, operator)(*tensors, **options)
    dtype = str(output.dtype).removeprefix("torch.")
    grad_output = to_torch(samples("grad_output", tuple(output.shape), dtype))
    found = torch.autograd.grad(output, tensors, grad_output, allow_unused=True)
    return grad_output, [
        torch.zeros_like(tensor) if gradient is None else gradient for tensor, gradient in zip(tensors, found)
    ]


def write(path: Path, calls: Sequence[Call]) -> int:
    """One file: the calls as JSON, and the arrays of each. Equal arrays are stored once. Returns the file's bytes."""
    entries, arrays, names = [], {}, {}
    for number, (operator, shapes, dtype, options) in enumerate(calls):
        given = {name: samples(name, shape, dtype) for name, shape in shapes.items()}
        grad_output, found = answer(operator, given, options)
        inputs = []
        tensors = {"grad_output": grad_output, **{name: to_torch(array) for name, array in given.items()}}
        for name, tensor in tensors.items():
            if operator == "interpolate" and name == "input":
                options = {**options, "input_size": list(tensor.shape)}
                continue
            key = names.setdefault((name, tuple(tensor.shape), dtype), f"input_{len(names)}")
            arrays[key] = stored(tensor.detach())
            inputs.append(key)
        results = [f"result_{number}_{index}" for index in range(len(found))]
        arrays.update((key, stored(gradient)) for key, gradient in zip(results, found))
        entries.append({"operator": operator, "dtype": dtype, "inputs": inputs, "results": results, "options": options})
    metadata = {"torch": torch.__version__, "calls": entries}
    np.savez_compressed(path, metadata=np.array(json.dumps(metadata)), **arrays)
    print(f"{path.name}: {len(entries)} calls, {path.stat().st_size // 1024} kB")
    return path.stat().st_size


def main() -> None:
    version = tuple(int(part) for part in torch.__version__.split(".")[:2])
    if version < OLDEST:
        raise SystemExit(f"needs PyTorch {OLDEST[0]}.{OLDEST[1]} or newer, got {torch.__version__}")
    if torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"):
        raise SystemExit("needs a processor with AVX2: PyTorch rounds coordinates otherwise on others")
    HERE.mkdir(exist_ok=True)
    total = sum(write(HERE / f"{name}.npz", calls) for name, calls in FILES.items())
    print(f"{total // 1024} kB")


if __name__ == "__main__":
    main()
