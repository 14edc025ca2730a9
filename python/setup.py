"""Builds the wheel, which is the package's Python files and the shared library they load, and the sdist.

pyproject.toml holds everything else. Environment variables read here:

RESAMPLE_LIBRARY_TO_PACK
    A ready libresample.so to put into the wheel, instead of building one with Swift.
SWIFT
    The swift command to build with.
SOURCE_DATE_EPOCH
    The time of all files in the sdist, in seconds, so that it is the same byte for byte whenever it is built.
    setuptools does the same for the wheel.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

HERE = Path(__file__).resolve().parent
# A checkout has them one folder up, an sdist in the same folder.
SOURCES = HERE if (HERE / "Package.swift").is_file() else HERE.parent
# What the library is built from, its tests because Package.swift names them, and what is read below.
OF_SOURCES = ("Package.swift", "Sources", "Tests/GeometryTests", "Tests/ResampleTests", "Tests/ABITests")
OF_SOURCES += ("include", "linker", "LICENSE", "README.md")
SCRATCH = SOURCES / ".build-release"  # that of `make build`: neither compiles again what the other has compiled
MACHINES = {62: "x86_64", 183: "aarch64"}  # e_machine of the ELF header


def version() -> str:
    """Return the version, of which the header is the one home."""
    header = SOURCES / "include" / "swiftresample.h"
    if not header.is_file():
        raise SystemExit(f"there is no {header}: build from a checkout of swiftresample, or from its sdist")
    (found,) = re.findall(r'^#define RSMP_VERSION "(.*)"$', header.read_text(encoding="utf-8"), re.MULTILINE)
    return str(found)


def long_description() -> str:
    """Return the README without its pictures and links to other files, which lead nowhere from an index of packages."""
    parts = re.split(r"(^```.*?^```$)", (SOURCES / "README.md").read_text(encoding="utf-8"), flags=re.M | re.S)
    for index in range(0, len(parts), 2):  # between the blocks of code
        parts[index] = re.sub(r"<picture>.*?</picture>\n*", "", parts[index], flags=re.S)
        parts[index] = re.sub(r"!\[[^]]*\]\((?!https?:)[^)]*\)\n?", "", parts[index])
        parts[index] = re.sub(r"\[([^]]*)\]\((?!https?:)[^)]*\)", r"\1", parts[index])
    return "".join(parts)


def build_library() -> Path:
    """Build libresample.so from the Swift sources."""
    swift = shutil.which(os.environ.get("SWIFT", "swift"))
    if swift is None:
        raise SystemExit(
            "building swiftresample needs Swift 6.3 or later: install it from https://www.swift.org/install "
            "so that `swift` is on the PATH, or name a ready libresample.so in RESAMPLE_LIBRARY_TO_PACK"
        )
    library = SCRATCH / "release" / "libresample.so"
    headers = (SOURCES / "Sources" / "CShims" / "include").glob("*.h")
    if library.is_file() and any(header.stat().st_mtime > library.stat().st_mtime for header in headers):
        # swift build does not see that the kernels were compiled with these.
        (SOURCES / "Sources" / "ResampleKernels" / "Table.swift").touch()
    command = [swift, "build", "-c", "release", "--product", "resample", "--disable-local-rpath"]
    subprocess.run([*command, "--scratch-path", str(SCRATCH)], cwd=SOURCES, check=True)
    return library


def pack_library(destination: Path) -> None:
    """Put the library at `destination`, without the symbols that loading it does not need."""
    ready = os.environ.get("RESAMPLE_LIBRARY_TO_PACK")
    if ready and not Path(ready).is_file():
        raise SystemExit(f"RESAMPLE_LIBRARY_TO_PACK names {ready}, which is not a file")
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ready or build_library(), destination)
    # That of Swift's toolchain knows other processors than this machine's.
    strip = shutil.which("llvm-objcopy") or shutil.which("llvm-strip") or shutil.which("strip")
    if strip:
        subprocess.run([strip, "--strip-unneeded", str(destination)], check=True)


def platform(library: bytes, otherwise: str) -> str:
    """Return the platform's part of the tag: the processor, and the oldest C library that has what the library needs.

    The names of the C library and of its versions are strings in the library. A version that is not a number belongs to
    no platform that can be named: then it is `otherwise`, the machine's own. musl has no versions; 1.2 is the oldest
    that was tried.
    """
    machine = MACHINES.get(int.from_bytes(library[18:20], "little"))
    versions = [name.decode() for name in re.findall(rb"\0GLIBC_(\w[\w.]*)(?=\0)", library)]
    if machine is None:
        return otherwise
    if not versions and f"\0libc.musl-{machine}.so.1\0".encode() in library:
        return f"musllinux_1_2_{machine}"
    if not versions or not all(re.fullmatch(r"\d+(\.\d+)+", name) for name in versions):
        return otherwise
    # Installers know none below 2.17 for every processor; for that, old ones know the other name alone.
    major, minor, *_ = max((2, 17), *(tuple(map(int, name.split("."))) for name in versions))
    name = f"manylinux_{major}_{minor}_{machine}"
    return f"{name}.manylinux2014_{machine}" if (major, minor) == (2, 17) else name


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
    """Tags the wheel for any Python 3 on a platform: the library is machine code, but knows nothing of Python."""

    def get_tag(self) -> tuple[str, str, str]:
        """Return the parts of the tag: Python, its ABI, the platform."""
        *_, own = super().get_tag()
        library = Path(self.get_finalized_command("build_py").build_lib, "swiftresample", "libresample.so")
        # An editable install has none.
        return "py3", "none", platform(library.read_bytes(), own) if library.is_file() else own


class SourceDistribution(sdist):
    """Adds what the library is built from, which in a checkout lies outside of this folder."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        """Copy the files of the package, then the sources; links to folders stay links."""
        super().make_release_tree(base_dir, files)
        for name in OF_SOURCES:
            source, copy = SOURCES / name, Path(base_dir, name)
            copy.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, copy, symlinks=True)
            else:
                shutil.copy2(source, copy)

    def make_archive(self, base_name: str, format: str, *arguments: Any, **options: Any) -> str:
        """Pack the tree in the order of names and as nobody's files, and with SOURCE_DATE_EPOCH as of one time."""
        if format != "gztar" or "SOURCE_DATE_EPOCH" not in os.environ:
            return str(super().make_archive(base_name, format, *arguments, **options))
        time = int(os.environ["SOURCE_DATE_EPOCH"])

        def anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            entry.mtime = time
            return entry

        name = f"{base_name}.tar.gz"
        with gzip.GzipFile(name, "wb", mtime=time) as file, tarfile.open(fileobj=file, mode="w") as archive:
            archive.add(options["base_dir"], filter=anonymous)  # tarfile takes the entries of a folder in order
        return name


class PlatformDistribution(Distribution):
    """A distribution with machine code in it, though not an extension module."""

    def has_ext_modules(self) -> bool:
        """Tell setuptools to use the platform's directories."""
        return True


if __name__ == "__main__":
    # A folder of its own: several wheels of one checkout may be built at a time.
    with tempfile.TemporaryDirectory(prefix="swiftresample-") as build_base:
        setup(
            version=version(),
            long_description=long_description(),
            long_description_content_type="text/markdown",
            distclass=PlatformDistribution,
            cmdclass={"build_py": BuildPackage, "bdist_wheel": PlatformWheel, "sdist": SourceDistribution},
            options={"build": {"build_base": build_base}},
        )
