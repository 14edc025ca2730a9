"""The pictures of the README are what their script draws of today's library and figures."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"


@pytest.mark.parametrize("picture", ["corners", "speed"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_picture_is_up_to_date(picture: str, theme: str, tmp_path: Path) -> None:
    drawn = tmp_path / "picture.svg"
    command = [sys.executable, str(IMAGES / "first_look.py"), picture, theme, str(drawn)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    subprocess.run(command, env=environment, timeout=100, check=True)
    committed = IMAGES / f"first-{picture}-{theme}.svg"
    assert drawn.read_bytes() == committed.read_bytes(), "docs/images/draw.sh draws it anew"
