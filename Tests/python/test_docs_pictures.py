"""docs/images: what docs/images/draw.sh draws is what is committed."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import CHECKOUT

pytestmark = pytest.mark.slow

IMAGES = CHECKOUT / "docs" / "images"
DRAW = IMAGES / "draw.sh"
if not DRAW.is_file():
    pytest.skip("this is no checkout: there is no docs/images/draw.sh", allow_module_level=True)

NAMES = re.findall(r"\$folder/(.*\.svg)", DRAW.read_text())


def test_every_drawing_is_drawn_by_the_script() -> None:
    assert len(NAMES) == len(set(NAMES))
    assert set(NAMES) == {path.name for path in IMAGES.glob("*.svg")}


def test_the_drawings_are_what_the_script_draws(tmp_path: Path) -> None:
    """Those by matplotlib in content: words, and where samples lie; the bytes depend on its release."""
    if not importlib.util.find_spec("matplotlib"):
        pytest.skip("needs matplotlib")
    path = os.pathsep.join(entry for entry in sys.path if entry)
    environment = {
        **os.environ,
        "PYTHONPATH": path,
        "SWIFTRESAMPLE": "python -m swiftresample",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    finished = subprocess.run(["sh", DRAW, tmp_path], env=environment, capture_output=True, text=True, timeout=300)
    assert finished.returncode == 0, finished.stderr
    by_matplotlib = [name for name in NAMES if "Matplotlib" in (IMAGES / name).read_text()]
    assert len(by_matplotlib) == 8
    for name in set(NAMES) - set(by_matplotlib):
        assert (tmp_path / name).read_bytes() == (IMAGES / name).read_bytes(), f"{name}: docs/images/draw.sh"
    for name in by_matplotlib:
        (words, samples), (drawn_words, drawn_samples) = (content(folder / name) for folder in (IMAGES, tmp_path))
        assert len(samples) > 8
        assert drawn_words == words, f"{name}: docs/images/draw.sh"
        np.testing.assert_allclose(drawn_samples, samples, atol=2, err_msg=f"{name}: docs/images/draw.sh")  # points


def content(drawing: Path) -> tuple[list[str], list[list[float]]]:
    """Return the words of a drawing by matplotlib, and where its marks are."""
    text = drawing.read_text()
    marks = re.findall(r'<use xlink:href="#m\w+" x="([\d.-]+)" y="([\d.-]+)"', text)
    return re.findall("<!-- (.*?) -->", text), [[float(x), float(y)] for x, y in marks]
