"""swiftresample.opencv against the OpenCV that is installed, with Intel's IPP where it has it, and without."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import opencv_oracle
import pytest
from opencv_calls import random_call
from test_opencv import assert_answers

import swiftresample as sr

pytestmark = [
    pytest.mark.numbers,
    pytest.mark.skipif(importlib.util.find_spec("cv2") is None, reason="OpenCV is not installed"),
]

CALLS = 600


@pytest.mark.parametrize("ipp", [False, True])
@pytest.mark.parametrize("part", range(2))
def test_installed_opencv(tmp_path: Path, part: int, ipp: bool) -> None:
    environment = dict(os.environ)
    environment.pop("OPENCV_IPP", None)
    if not ipp:
        environment["OPENCV_IPP"] = "disabled"
    program = Path(__file__).with_name("opencv_calls.py")
    start, end = part * CALLS, (part + 1) * CALLS
    command = [sys.executable, str(program), str(start), str(end), str(tmp_path / "answers.npz")]
    subprocess.run(command, check=True, env=environment)
    with np.load(tmp_path / "answers.npz", allow_pickle=False) as answers:
        release = ".".join(str(answers["version"]).split(".")[:2])
        for number in range(start, end):
            image, options = random_call(number)
            if f"refused_{number}" in answers:
                with pytest.raises((ValueError, TypeError)):
                    sr.opencv.resize(image, **options, ipp=ipp, release=release)
                continue
            expected = answers[f"call_{number}"]
            if ipp and opencv_oracle.used_by_ipp(
                image.dtype, image.shape[2] if image.ndim == 3 else 1, image.shape[:2], options["interpolation"]
            ):
                scale = float(np.abs(image).max()) if image.dtype.kind == "f" else 1
                limit = {"float32": 3e-6, "float64": 1e-12}.get(image.dtype.name, 1.0) * scale
                result = sr.opencv.resize(image, **options)
                numbers = result.astype(np.float64), expected.astype(np.float64)
                np.testing.assert_allclose(*numbers, rtol=0, atol=limit, err_msg=f"{number} {options}")
            else:
                result = sr.opencv.resize(image, **options, ipp=ipp, release=release)
                assert_answers(result, expected, image, options, f"{number} {options}")
