"""Builds the wheel: the package's Python files and the shared library they load.

pyproject.toml holds everything else. Environment variables read here:

RESAMPLE_LIBRARY_TO_PACK
    A ready libresample.so to put into the wheel, instead of building one from the checkout with Swift.
SWIFT
    The swift command to build with.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

CHECKOUT = Path(__file__).resolve().parent.parent
SCRATCH = CHECKOUT / ".build-wheel"


def build_library() -> Path:
    """Build libresample.so from the Swift sources of the checkout that this file is in."""
    if not (CHECKOUT / "Package.swift").is_file():
        raise SystemExit(
            f"no Package.swift in {CHECKOUT}: build from a checkout of swiftresample, "
            "or name a ready libresample.so in RESAMPLE_LIBRARY_TO_PACK"
        )
    swift = shutil.which(os.environ.get("SWIFT", "swift"))
    if swift is None:
        raise SystemExit(
            "building swiftresample needs Swift 6.2 or later: install it from https://www.swift.org/install "
            "so that `swift` is on the PATH, or name a ready libresample.so in RESAMPLE_LIBRARY_TO_PACK"
        )
    command = [swift, "build", "-c", "release", "--product", "resample", "--scratch-path", str(SCRATCH)]
    subprocess.run(command, cwd=CHECKOUT, check=True)
    return SCRATCH / "release" / "libresample.so"


def pack_library(destination: Path) -> None:
    """Put the library at `destination`, without the symbols that loading it does not need."""
    ready = os.environ.get("RESAMPLE_LIBRARY_TO_PACK")
    if ready and not Path(ready).is_file():
        raise SystemExit(f"RESAMPLE_LIBRARY_TO_PACK names {ready}, which is no file")
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ready or build_library(), destination)
    strip = shutil.which("strip") or shutil.which("llvm-strip")
    if strip:
        subprocess.run([strip, "--strip-unneeded", str(destination)], check=True)


class BuildPackage(build_py):
    """Adds the library to the package, except for an editable install, which loads the checkout's own build."""

    def run(self) -> None:
        """Copy the Python files, then add the library."""
        if not self.editable_mode:
            shutil.rmtree(self.build_lib, ignore_errors=True)  # a file of an earlier version must not be packed
        super().run()
        if not self.editable_mode:
            pack_library(Path(self.build_lib, "swiftresample", "libresample.so"))


class PlatformWheel(bdist_wheel):
    """Tags the wheel for this platform and any Python 3: the library is machine code, but knows nothing of Python."""

    def get_tag(self) -> tuple[str, str, str]:
        """Return the parts of the tag: Python, its ABI, the platform."""
        *_, platform = super().get_tag()
        return "py3", "none", platform


class PlatformDistribution(Distribution):
    """A distribution with machine code in it, though not an extension module."""

    def has_ext_modules(self) -> bool:
        """Tell setuptools to use the platform's directories."""
        return True


setup(
    distclass=PlatformDistribution,
    cmdclass={"build_py": BuildPackage, "bdist_wheel": PlatformWheel},
    options={"build": {"build_base": str(SCRATCH / "python")}},
)
