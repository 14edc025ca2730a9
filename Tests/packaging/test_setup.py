"""What setup.py finds out by itself: the platform of the wheel's tag, the version, the description."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("setuptools.command.bdist_wheel", reason="setuptools is older than 70.1")

SETUP = Path(__file__).resolve().parents[2] / "python" / "setup.py"


@pytest.fixture(scope="module")
def setup() -> ModuleType:
    spec = importlib.util.spec_from_file_location("setup_of_swiftresample", SETUP)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("machine", "names", "platform"),
    [
        (62, "GLIBC_2.2.5 GLIBC_2.34 GLIBC_2.4", "manylinux_2_34_x86_64"),
        (183, "GLIBC_2.17 GLIBC_2.38", "manylinux_2_38_aarch64"),
        (62, "GLIBC_2.2.5", "manylinux_2_17_x86_64.manylinux2014_x86_64"),
        (183, "libc.so.6 GLIBC_2.17", "manylinux_2_17_aarch64.manylinux2014_aarch64"),
        (62, "GLIBC_2.9 GLIBC_2.30", "manylinux_2_30_x86_64"),
        (62, "GLIBC_2.34 GLIBC_ABI_DT_RELR", "linux_own"),
        (62, "GLIBC_2.34 GLIBC_PRIVATE", "linux_own"),
        (62, "GLIBCXX_3.4", "linux_own"),
        (62, "libc.musl-x86_64.so.1", "musllinux_1_2_x86_64"),
        (183, "libc.musl-aarch64.so.1", "musllinux_1_2_aarch64"),
        (62, "libc.musl-x86_64.so.1 GLIBC_PRIVATE", "linux_own"),
        (62, "libc.musl-aarch64.so.1", "linux_own"),
        (243, "libc.musl-riscv64.so.1", "linux_own"),
        (62, "", "linux_own"),
        (243, "GLIBC_2.34", "linux_own"),
    ],
)
def test_the_platform(setup: ModuleType, machine: int, names: str, platform: str) -> None:
    library = b"\x7fELF" + bytes(14) + machine.to_bytes(2, "little") + "\0".join(["", *names.split(), ""]).encode()
    assert setup.platform(library, "linux_own") == platform


def test_an_sdist_is_the_same_whenever_it_is_built(
    setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    archives = []
    for number, names in enumerate((("b", "a", "c"), ("c", "a", "b"))):
        folder = tmp_path / str(number)
        (folder / "package").mkdir(parents=True)
        for age, name in enumerate(names):
            (folder / "package" / name).write_text(name)
            os.utime(folder / "package" / name, (age, age))
        monkeypatch.chdir(folder)
        distribution = setup.PlatformDistribution({"name": "package", "version": "1"})
        made = setup.SourceDistribution(distribution).make_archive("package", "gztar", base_dir="package")
        archives.append(Path(made).read_bytes())
    assert archives[0] == archives[1]


def test_the_description_keeps_links_to_pages_and_code_alone(setup: ModuleType, tmp_path: Path) -> None:
    readme = """# Title
[the page](https://example.org), [docs/c.md](docs/c.md) and [`part`](#part).
![a picture](docs/picture.png)
<picture>
  <img src="docs/another.svg" alt="another">
</picture>

```python
functions[0](x)
```
[end](docs/end.md)
"""
    (tmp_path / "README.md").write_text(readme)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(setup, "SOURCES", tmp_path)
        text = setup.long_description()
    assert text.splitlines() == [
        "# Title",
        "[the page](https://example.org), docs/c.md and `part`.",
        "```python",
        "functions[0](x)",
        "```",
        "end",
    ]


def test_without_the_header(tmp_path: Path) -> None:
    """The folder python/ alone is no checkout."""
    (tmp_path / "setup.py").write_bytes(SETUP.read_bytes())
    command = [sys.executable, "setup.py", "--version"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "build from a checkout of swiftresample, or from its sdist" in done.stderr
