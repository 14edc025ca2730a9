"""Make the golden vectors of ONNX's operators: the conformance data of the package ``onnx``, those of one node.

Run it with onnx and NumPy; it writes compressed .npz files to onnx/, one for each operator. README.md in that directory
describes them.
"""

from __future__ import annotations

import importlib
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent / "onnx"

#: The module of the conformance data of each operator.
OPERATORS = {
    "Resize": "resize",
    "Upsample": "upsample",
    "GridSample": "gridsample",
    "ConvTranspose": "convtranspose",
    "DepthToSpace": "depthtospace",
    "SpaceToDepth": "spacetodepth",
    "AffineGrid": "affinegrid",
    "CenterCropPad": "center_crop_pad",
}

Case = tuple[str, list["np.ndarray | None"], dict[str, Any], "np.ndarray"]


def conformance_cases(operator: str) -> list[Case]:
    """Name, inputs (None where one is left out), attributes and output of every case that is this operator alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx import helper
        from onnx.backend.test.case import node as data

        # Each module adds its cases to one list, when it is imported for the first time.
        data._TargetOpType = None
        importlib.import_module(f"{data.__name__}.{OPERATORS[operator]}")
    found = []
    for case in data._NodeTestCases:
        nodes = case.model.graph.node
        if len(nodes) != 1 or nodes[0].op_type != operator:
            continue
        attributes = {entry.name: helper.get_attribute_value(entry) for entry in nodes[0].attribute}
        attributes = {name: value.decode() if isinstance(value, bytes) else value for name, value in attributes.items()}
        for given, expected in case.data_sets:
            rest = iter(given)
            inputs = [next(rest) if name else None for name in nodes[0].input]
            found.append((case.name, inputs, attributes, expected[0]))
    return found


def main() -> None:
    import onnx

    HERE.mkdir(exist_ok=True)
    for operator in OPERATORS:
        calls: list[dict[str, Any]] = []
        arrays: dict[str, np.ndarray] = {}
        for name, inputs, attributes, output in conformance_cases(operator):
            names = [None if array is None else f"{name}_{place}" for place, array in enumerate(inputs)]
            arrays |= {key: array for key, array in zip(names, inputs) if key is not None and array is not None}
            arrays[f"{name}_output"] = output
            calls.append({"name": name, "inputs": names, "attributes": attributes, "output": f"{name}_output"})
        metadata = json.dumps({"onnx": onnx.__version__, "calls": calls})
        path = HERE / f"{operator}.npz"
        np.savez_compressed(path, metadata=np.array(metadata), **arrays)
        print(f"{path.name}: {len(calls)} calls, {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
