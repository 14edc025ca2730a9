"""Prints a hash of the result of every golden call, to compare libraries bit for bit.

PYTHONPATH=python:Tests/python python Tests/platforms/results.py
"""

from __future__ import annotations

import hashlib

import numpy as np
import test_golden
import test_gradients_golden
import test_neighbours_golden
import test_preprocess_golden

import swiftresample as sr


def show(name: str, *results: np.ndarray | None) -> None:
    hashed = hashlib.sha256()
    for result in results:
        if result is not None:
            hashed.update(np.ascontiguousarray(result).tobytes())
    print(name, hashed.hexdigest()[:16])


for path in test_golden.FILES:
    for number, (case, x, _) in enumerate(test_golden.vectors(path)):
        show(f"{path.stem} {number} {x.dtype}", sr.interpolate(x, **case.options))
for path in test_neighbours_golden.FILES:
    for number, (call, _) in enumerate(test_neighbours_golden.vectors(path)):
        show(f"{path.stem} {number} {call.dtype}", call.of(sr))
for path in test_gradients_golden.FILES:
    for number, (gradient, _) in enumerate(test_gradients_golden.vectors(path)):
        show(f"gradients {path.stem} {number} {gradient.arrays[0].dtype}", *gradient.of(sr))
for path in test_preprocess_golden.FILES:
    for number, (options, image, _) in enumerate(test_preprocess_golden.vectors(path)):
        if options["name"] not in test_preprocess_golden.cases.REFUSED:
            prepare = sr.Preprocess.from_config(options["config"], convention=options["convention"])
            show(f"preprocess {path.stem} {number}", prepare(image))
