"""The check of sdists fails when it should: a small sdist, sound but for one planted fault each."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import check_sdist
import pytest

FOLDER = "swiftresample-0.1.0"


class Sdist:
    """A checkout in little, and the entries of its sdist: contents, or targets of links."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "python").mkdir()
        files = {
            "Package.swift": "package",
            "Sources/ResampleKernels/Table.swift": "table",
            "include/swiftresample.h": "header",
            "python/setup.py": "setup",
            "python/swiftresample/__init__.py": "package",
            "python/swiftresample/py.typed": "",
        }
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        (root / "python" / "swiftresample" / "_other.pyc").write_text("is not packed")
        (root / "Sources" / "KernelsBaseline").symlink_to("ResampleKernels")
        self.files = {f"{FOLDER}/{name.removeprefix('python/')}": content for name, content in files.items()}
        self.files |= {
            f"{FOLDER}/PKG-INFO": "Version: 0.1.0\n",
            f"{FOLDER}/swiftresample.egg-info/requires.txt": "numpy",
        }
        self.links = {f"{FOLDER}/Sources/KernelsBaseline": "ResampleKernels"}
        self.name = f"{FOLDER}.tar.gz"

    def faults(self) -> list[str]:
        with tarfile.open(self.root / self.name, "w:gz") as archive:
            for name, content in self.files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content.encode()))
            for name, target in self.links.items():
                entry = tarfile.TarInfo(name)
                entry.type, entry.linkname = tarfile.SYMTYPE, target
                archive.addfile(entry)
        return check_sdist.faults(self.root / self.name, self.root)


@pytest.fixture
def sdist(tmp_path: Path) -> Sdist:
    return Sdist(tmp_path)


def test_a_sound_sdist_passes(sdist: Sdist) -> None:
    assert sdist.faults() == []


@pytest.mark.parametrize("name", ["Package.swift", "Sources/ResampleKernels/Table.swift", "setup.py", "PKG-INFO"])
def test_a_missing_file(sdist: Sdist, name: str) -> None:
    del sdist.files[f"{FOLDER}/{name}"]
    assert sdist.faults() == [f"{name} is missing"]


def test_a_missing_link(sdist: Sdist) -> None:
    sdist.links.clear()
    assert sdist.faults() == ["Sources/KernelsBaseline is missing"]


@pytest.mark.parametrize("target", ["/etc", "../../ResampleKernels"])
def test_a_link_that_leads_elsewhere(sdist: Sdist, target: str) -> None:
    sdist.links[f"{FOLDER}/Sources/KernelsBaseline"] = target
    assert sdist.faults() == ["Sources/KernelsBaseline is no link to ResampleKernels"]


def test_a_link_in_the_place_of_a_file(sdist: Sdist) -> None:
    del sdist.files[f"{FOLDER}/setup.py"]
    sdist.links[f"{FOLDER}/setup.py"] = "../setup.py"
    assert sdist.faults() == ["setup.py is no ordinary file"]


def test_another_content(sdist: Sdist) -> None:
    sdist.files[f"{FOLDER}/include/swiftresample.h"] = "another"
    assert sdist.faults() == ["include/swiftresample.h is not the checkout's"]


@pytest.mark.parametrize("name", ["libresample.so", "swiftresample/libresample.so", "swiftresample/_other.pyc", ".git"])
def test_an_unexpected_file(sdist: Sdist, name: str) -> None:
    sdist.files[f"{FOLDER}/{name}"] = "something"
    assert sdist.faults() == [f"unexpected file {name}"]


def test_a_file_outside(sdist: Sdist) -> None:
    sdist.files["../setup.py"] = "setup"
    assert "../setup.py is outside of swiftresample-0.1.0" in sdist.faults()


def test_another_version(sdist: Sdist) -> None:
    sdist.files[f"{FOLDER}/PKG-INFO"] = "Version: 0.2.0\n"
    assert sdist.faults() == ["PKG-INFO has the version 0.2.0, not 0.1.0"]


def test_another_name(sdist: Sdist) -> None:
    sdist.name = "swiftresample.tar.gz"
    assert sdist.faults() == ["the name does not say a version"]


def test_a_checkout_without_sources(sdist: Sdist) -> None:
    (sdist.root / "Package.swift").unlink()
    assert sdist.faults() == [f"{sdist.root} has no sources to compare with"]
