"""The check of wheels fails when it should: a small package, sound but for one planted fault each."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Callable

import check_wheel
import pytest

CHECK = Path(__file__).with_name("check_wheel.py")
INFO = "swiftresample-0.1.0.dist-info"
RECORD = f"{INFO}/RECORD"
LIBRARY = "swiftresample/libresample.so"

PACKAGE = {
    "swiftresample/__init__.py": b'"""The package."""\n',
    "swiftresample/_library.py": b"ABI_VERSION = 0\n",
    "swiftresample/cli/__init__.py": b"",
    "swiftresample/nn/__init__.py": b"",
    "swiftresample/py.typed": b"",
}
METADATA = b"""Metadata-Version: 2.4
Name: swiftresample
Version: 0.1.0
License-Expression: MIT
Requires-Dist: numpy>=1.24
Provides-Extra: cli
Provides-Extra: dask
Provides-Extra: plot
Provides-Extra: pyramid
Provides-Extra: torch
Requires-Dist: torch>=2.13; extra == "torch"

[PyTorch](https://pytorch.org), docs/cli.md

```python
functions[0](x)
```
"""
ENTRY_POINTS = b"[console_scripts]\nswiftresample = swiftresample.cli:main\n"
WHEEL = b"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-manylinux_2_34_x86_64\n"


class Wheel:
    """The files of a checkout, and of the wheel that was made of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.name = "swiftresample-0.1.0-py3-none-manylinux_2_34_x86_64.whl"
        self.files = {
            **PACKAGE,
            LIBRARY: b"\x7fELF\x02\x01" + b"rsmp_abi_version" + bytes(1000),
            f"{INFO}/METADATA": METADATA,
            f"{INFO}/WHEEL": WHEEL,
            f"{INFO}/entry_points.txt": ENTRY_POINTS,
            f"{INFO}/top_level.txt": b"swiftresample\n",
            f"{INFO}/licenses/LICENSE": b"the license\n",
        }
        self.more: list[tuple[zipfile.ZipInfo, bytes]] = []
        self.change_record: Callable[[str], str] = lambda record: record
        self.has_record = True
        for name, content in PACKAGE.items():
            path = root / "python" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        (root / "LICENSE").write_bytes(b"the license\n")
        (root / "include").mkdir()
        (root / "include" / "swiftresample.h").write_text('#define RSMP_VERSION "0.1.0"\n')

    @property
    def path(self) -> Path:
        return self.root / self.name

    def record(self) -> str:
        lines = []
        for name, content in self.files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            lines.append(f"{name},sha256={digest},{len(content)}\n")
        return self.change_record("".join(lines) + f"{RECORD},,\n")

    def write(self) -> None:
        with zipfile.ZipFile(self.path, "w") as archive:
            for name, content in self.files.items():
                archive.writestr(name, content)
            for entry, content in self.more:
                archive.writestr(entry, content)
            if self.has_record:
                archive.writestr(RECORD, self.record())

    def faults(self) -> list[str]:
        if not self.path.exists():
            self.write()
        return check_wheel.faults(self.path, self.root)

    def check(self) -> subprocess.CompletedProcess[str]:
        self.write()
        return subprocess.run(
            [sys.executable, str(CHECK), str(self.path), "--root", str(self.root)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def assert_faults(self, *expected: str) -> None:
        """Those and no others."""
        found = self.faults()
        assert len(found) == len(expected), found
        for words in expected:
            assert any(words in line for line in found), found


@pytest.fixture
def wheel(tmp_path: Path) -> Wheel:
    return Wheel(tmp_path)


def test_a_sound_wheel_passes(wheel: Wheel) -> None:
    result = wheel.check()
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout == f"the wheel holds what it should: {wheel.name}\n"


def test_a_sound_wheel_of_another_platform_passes(wheel: Wheel) -> None:
    for platforms in (["manylinux_2_17_aarch64", "manylinux2014_aarch64"], ["musllinux_1_2_x86_64"]):
        wheel.name = f"swiftresample-0.1.0-py3-none-{'.'.join(platforms)}.whl"
        tags = "".join(f"Tag: py3-none-{name}\n" for name in platforms)
        wheel.files[f"{INFO}/WHEEL"] = f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\n{tags}".encode()
        assert wheel.faults() == []


def test_a_fault_is_no_success(wheel: Wheel) -> None:
    del wheel.files[LIBRARY]
    result = wheel.check()
    assert result.returncode == 1
    assert f"{wheel.name}: {LIBRARY} is missing\n" in result.stdout


@pytest.mark.parametrize(
    "name", ["swiftresample/cli/__init__.py", LIBRARY, f"{INFO}/METADATA", f"{INFO}/licenses/LICENSE"]
)
def test_a_missing_file(wheel: Wheel, name: str) -> None:
    del wheel.files[name]
    wheel.assert_faults(f"{name} is missing")


def test_a_missing_record(wheel: Wheel) -> None:
    wheel.has_record = False
    wheel.assert_faults(f"{RECORD} is missing")


@pytest.mark.parametrize(
    "name",
    [
        "swiftresample/__pycache__/_library.cpython-311.pyc",
        "swiftresample/.env",
        "../outside.py",
        f"{INFO}/direct_url.json",
    ],
)
def test_an_unexpected_file(wheel: Wheel, name: str) -> None:
    wheel.files[name] = b"something"
    wheel.assert_faults(f"unexpected file {name}")


def test_a_file_that_is_not_the_checkouts(wheel: Wheel) -> None:
    wheel.files["swiftresample/_library.py"] = b"ABI_VERSION = 1\n"
    wheel.assert_faults("swiftresample/_library.py is not the checkout's")


def test_another_license(wheel: Wheel) -> None:
    wheel.files[f"{INFO}/licenses/LICENSE"] = b"another\n"
    wheel.assert_faults("the license is not the checkout's")


def test_a_checkout_without_a_package(wheel: Wheel) -> None:
    shutil.rmtree(wheel.root / "python")
    assert any("has no package to compare with" in fault for fault in wheel.faults())


def test_a_file_twice(wheel: Wheel) -> None:
    wheel.more.append((zipfile.ZipInfo("swiftresample/py.typed"), b""))
    with pytest.warns(UserWarning, match="Duplicate name"):
        wheel.assert_faults("swiftresample/py.typed is there 2 times")


def test_a_link(wheel: Wheel) -> None:
    content = wheel.files.pop("swiftresample/py.typed")
    entry = zipfile.ZipInfo("swiftresample/py.typed")
    entry.external_attr = 0o120777 << 16
    wheel.more.append((entry, content))
    wheel.change_record = lambda record: record + "swiftresample/py.typed,sha256=" + empty_hash() + ",0\n"
    assert "swiftresample/py.typed is no ordinary file" in wheel.faults()


def empty_hash() -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(b"").digest()).rstrip(b"=").decode()


def test_a_file_that_everyone_may_write(wheel: Wheel) -> None:
    del wheel.files["swiftresample/py.typed"]
    entry = zipfile.ZipInfo("swiftresample/py.typed")
    entry.external_attr = 0o100666 << 16
    wheel.more.append((entry, b""))
    wheel.change_record = lambda record: record + "swiftresample/py.typed,sha256=" + empty_hash() + ",0\n"
    wheel.assert_faults("swiftresample/py.typed has the permissions -rw-rw-rw-")


# ---- RECORD ----------------------------------------------------------------------------------------------------------


def test_another_hash(wheel: Wheel) -> None:
    wheel.change_record = lambda record: re.sub(r"(_library\.py,sha256=).{4}", r"\1AAAA", record)
    wheel.assert_faults("RECORD has another hash of swiftresample/_library.py")


def test_another_hash_function(wheel: Wheel) -> None:
    wheel.change_record = lambda record: record.replace("_library.py,sha256=", "_library.py,md5=")
    wheel.assert_faults("RECORD has another hash of swiftresample/_library.py")


def test_another_size(wheel: Wheel) -> None:
    wheel.change_record = lambda record: record.replace(",16\n", ",17\n")
    wheel.assert_faults("RECORD has the size 17 of swiftresample/_library.py, which has 16 bytes")


def test_a_file_that_is_not_recorded(wheel: Wheel) -> None:
    wheel.change_record = lambda record: re.sub(r"swiftresample/py\.typed.*\n", "", record)
    wheel.assert_faults("RECORD does not list swiftresample/py.typed")


def test_a_recorded_file_that_is_not_there(wheel: Wheel) -> None:
    wheel.change_record = lambda record: record + "swiftresample/gone.py,sha256=AAAA,1\n"
    wheel.assert_faults("RECORD lists swiftresample/gone.py, which is not there")


def test_a_file_recorded_twice(wheel: Wheel) -> None:
    wheel.change_record = lambda record: record + f"{RECORD},,\n"
    wheel.assert_faults(f"RECORD lists {RECORD} 2 times")


def test_a_row_of_another_form(wheel: Wheel) -> None:
    wheel.change_record = lambda record: record + "swiftresample/py.typed\n"
    wheel.assert_faults("RECORD has a row of 1 columns")


# ---- The library and the metadata ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda library: b"!<arch" + library[6:], "no 64-bit ELF file"),
        (lambda library: library[:4] + b"\x01" + library[5:], "no 64-bit ELF file"),
        (lambda library: library + bytes(1_400_000), "is it stripped?"),
        (lambda library: library + b".debug_info", "debug information"),
        (lambda library: library.replace(b"rsmp", b"xxxx"), "no function rsmp_abi_version"),
    ],
)
def test_another_library(wheel: Wheel, change: Callable[[bytes], bytes], says: str) -> None:
    wheel.files[LIBRARY] = change(wheel.files[LIBRARY])
    wheel.assert_faults(says)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("METADATA", b"\nVersion: 0.1.0", b"\nVersion: 0.2.0", "METADATA has Version 0.2.0, not 0.1.0"),
        ("METADATA", b"Name: swiftresample", b"Name: other", "METADATA has Name other"),
        ("METADATA", b": MIT", b": Apache-2.0", "METADATA has License-Expression Apache-2.0"),
        ("METADATA", b"License-Expression: MIT\n", b"", "METADATA has License-Expression None"),
        ("METADATA", b"numpy>=1.24", b"numpy", "METADATA requires numpy, not"),
        ("METADATA", b"Requires-Dist: numpy>=1.24\n", b"", "METADATA requires nothing"),
        ("METADATA", b'; extra == "torch"', b"", "METADATA requires numpy>=1.24, torch>=2.13, not"),
        (
            "METADATA",
            b"Provides-Extra: cli\n",
            b"",
            "METADATA has the extras dask, plot, pyramid, torch, not cli, dask, plot, pyramid, torch",
        ),
        ("METADATA", b", docs/cli.md", b", [docs/cli.md](docs/cli.md)", "the description has a link to docs/cli.md"),
        ("entry_points.txt", b"cli:main", b"cli:other", "entry_points.txt has another content"),
        ("WHEEL", b"false", b"true", "WHEEL has Root-Is-Purelib true, not false"),
        ("WHEEL", b"linux_2_34", b"linux_2_35", "WHEEL has Tag py3-none-manylinux_2_35_x86_64"),
        ("WHEEL", b"Tag: ", b"Tag: py3-none-any\nTag: ", "WHEEL has Tag py3-none-any, py3-none-manylinux_2_34_x86_64"),
    ],
)
def test_other_metadata(wheel: Wheel, file: str, old: bytes, new: bytes, says: str) -> None:
    content = b"\n" + wheel.files[f"{INFO}/{file}"]
    assert content.count(old) == 1
    wheel.files[f"{INFO}/{file}"] = content.replace(old, new).lstrip(b"\n")
    wheel.assert_faults(says)


# ---- The file itself -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "swiftresample-0.1.0-py3-none-linux_x86_64.whl",
        "swiftresample-0.1.0-cp311-cp311-manylinux_2_34_x86_64.whl",
        "swiftresample-py3-none-manylinux_2_34_x86_64.whl",
    ],
)
def test_another_name(wheel: Wheel, name: str) -> None:
    wheel.name = name
    wheel.assert_faults("the name does not say a version, py3, no Python ABI, and manylinux or musllinux")


def test_another_version_in_the_name(wheel: Wheel) -> None:
    wheel.name = "swiftresample-0.2.0-py3-none-manylinux_2_34_x86_64.whl"
    assert "swiftresample-0.2.0.dist-info/METADATA is missing" in wheel.faults()


def test_another_version_in_the_header(wheel: Wheel) -> None:
    (wheel.root / "include" / "swiftresample.h").write_text('#define RSMP_VERSION "0.1.01"\n')
    wheel.assert_faults("0.1.0 is not the version of swiftresample.h")


def test_a_truncated_wheel(wheel: Wheel) -> None:
    wheel.write()
    wheel.path.write_bytes(wheel.path.read_bytes()[:-100])
    wheel.assert_faults("the archive cannot be read")


def test_a_damaged_wheel(wheel: Wheel) -> None:
    wheel.write()
    content = bytearray(wheel.path.read_bytes())
    content[content.index(b"rsmp_abi_version")] ^= 1
    wheel.path.write_bytes(content)
    wheel.assert_faults("the archive cannot be read")


def test_no_wheel(wheel: Wheel) -> None:
    result = subprocess.run(
        [sys.executable, str(CHECK), str(wheel.path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert result.returncode == 1
    assert "No such file" in result.stderr
