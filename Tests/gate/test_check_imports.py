"""scripts/check_imports.py finds an import that breaks a rule, wherever it is planted."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
SCRIPT = CHECKOUT / "scripts" / "check_imports.py"


def check(checkout: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, checkout], capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(CHECKOUT / "Sources", tmp_path / "Sources", symlinks=True)
    for tests in ("GeometryTests", "ResampleTests", "ABITests"):
        shutil.copytree(CHECKOUT / "Tests" / tests, tmp_path / "Tests" / tests)
    shutil.copytree(CHECKOUT / "python" / "swiftresample", tmp_path / "python" / "swiftresample")
    return tmp_path


def test_the_checkout_keeps_the_rules(copy: Path) -> None:
    for checkout in (CHECKOUT, copy):
        finished = check(checkout)
        assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.parametrize(
    ("file", "line", "message"),
    [
        ("Sources/ResampleGeometry/Filter.swift", "import Resample", "ResampleGeometry may not import Resample"),
        ("Sources/ResampleGeometry/Filter.swift", "@testable import Foundation", "may not import Foundation"),
        ("Sources/ResampleKernels/Table.swift", "import ResampleGeometry", "ResampleKernels may not import"),
        (
            "Sources/Resample/Interpolate/Taps/AxisTaps.swift",
            "import KernelsAVX2",
            "Resample may not import KernelsAVX2",
        ),
        ("Sources/ResampleABI/GrowingStructure.swift", "package import CShims", "ResampleABI may not import CShims"),
        (
            "Sources/Resample/Tensors/Shape.swift",
            "let plan: InterpolatePlan",
            "may not name InterpolatePlan of Interpolate",
        ),
        (
            "Sources/Resample/Interpolate/Taps/AxisTaps.swift",
            "let run: CarafeRequest",
            "may not name CarafeRequest of Carafe",
        ),
        ("Sources/Resample/Filters/New.swift", "struct New {}", "a room without a rule"),
        ("Sources/Extra/New.swift", "struct New {}", "a module without a rule"),
        ("python/swiftresample/_plan.py", "import torch", "the package may not import torch"),
        ("python/swiftresample/_plan.py", "from scipy import ndimage", "the package may not import scipy"),
        ("python/swiftresample/_plan.py", "from .cli import main", "may not import cli.main of cli"),
        ("python/swiftresample/_plan.py", "import typing_extensions", "may not import typing_extensions"),
        (
            "python/swiftresample/nn/_module.py",
            "from ..torch import interpolate",
            "nn may not import torch.interpolate",
        ),
        ("python/swiftresample/cli/resize.py", "from swiftresample.nn import Upsample", "cli may not import"),
        ("python/swiftresample/cli/resize.py", "import torch", "cli may not import torch"),
        ("python/swiftresample/_axis.py", "library = ctypes.CDLL('libm.so.6')", "only _library.py loads the library"),
    ],
)
def test_a_planted_import_is_found(copy: Path, file: str, line: str, message: str) -> None:
    path = copy / file
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as stream:
        stream.write(f"\n{line}\n")
    finished = check(copy)
    assert finished.returncode == 1
    assert message in finished.stdout
    assert len(finished.stdout.splitlines()) == 1, finished.stdout


def test_kernels_that_are_no_links_are_found(copy: Path) -> None:
    link = copy / "Sources" / "KernelsAVX2"
    link.unlink()
    link.mkdir()
    finished = check(copy)
    assert finished.returncode == 1
    assert finished.stdout == "Sources/KernelsAVX2: no link to ResampleKernels\n"


def test_an_empty_folder_is_no_checkout(tmp_path: Path) -> None:
    for folder in ("Sources", "Tests", "python"):
        (tmp_path / folder).mkdir()
    finished = check(tmp_path)
    assert finished.returncode == 1
    assert "no Swift files" in finished.stdout
    assert "no files" in finished.stdout
