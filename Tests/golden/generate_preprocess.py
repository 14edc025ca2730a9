"""Make the golden vectors of image processors: what transformers, timm and torchvision make of an image.

Run it with those three, PyTorch, Pillow and NumPy; nothing is fetched. It writes one compressed .npz file for each
library to preprocess/. README.md in that directory describes them.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent / "preprocess"
sys.path.insert(0, str(HERE.parents[1] / "python"))

import preprocess_cases as cases  # noqa: E402
import preprocess_live as live  # noqa: E402

#: (height, width); each configuration has one of them, so that all the files together stay small.
SIZES = [(31, 44), (40, 23), (12, 57), (19, 20)]
#: Left out: others are like them.
ALIKE = ("blip", "conditional-detr", "deformable-detr", "grounding-dino", "mobilenet-v1", "owlvit", "pvt", "sam2")
ALIKE += ("yolos-near-longest",)


def main() -> None:
    warnings.simplefilter("ignore")
    HERE.mkdir(exist_ok=True)
    for library, configurations in cases.ALL.items():
        calls: list[dict[str, Any]] = []
        arrays: dict[str, np.ndarray] = {}
        for number, (name, config) in enumerate(configurations.items()):
            if name in ALIKE:
                continue
            kind = number % len(SIZES)
            # Photographs alone: outputs of noise cannot be compressed.
            image = arrays[f"image_{kind}"] = cases.image(SIZES[kind], 2 * kind + 1)
            for convention in cases.conventions(library, name):
                if convention == "pytorch" and name in (*cases.TIMM, *cases.PRESETS):
                    continue  # what they do with tensors is not what the library does: preprocess_oracle
                output = f"{name}_{convention}"
                arrays[output] = live.processor(library, config, convention)(image)
                call = {"name": name, "config": config, "convention": convention, "input": f"image_{kind}"}
                calls.append({**call, "output": output})
        releases = {package: live.version(package) for package in sorted({library, "torch", "torchvision", "PIL"})}
        path = HERE / f"{library}.npz"
        np.savez_compressed(path, metadata=np.array(json.dumps({**releases, "calls": calls})), **arrays)
        print(f"{path.name}: {len(calls)} calls, {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
