"""The package as such: its examples, its versions, and its table of the library's functions."""

from __future__ import annotations

import ctypes
import doctest
import importlib
import inspect
import pkgutil
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import swiftresample as sr
from swiftresample import _library

CHECKOUT = Path(__file__).resolve().parents[2]
HEADER = CHECKOUT / "include" / "swiftresample.h"
MODULES = ["swiftresample", *(f"swiftresample.{module.name}" for module in pkgutil.iter_modules(sr.__path__))]
MODULES.remove("swiftresample.torch")  # which PyTorch is needed for: test_torch_docs.py


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_do_what_they_show(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


@pytest.mark.parametrize("name", sorted(set(sr.__all__) - {"__version__"}))
def test_every_public_name_has_an_example(name: str) -> None:
    documented = getattr(sr, name)
    if inspect.isclass(documented) and name == "AxisTaps":
        documented = sr.axis_taps  # which makes it
    assert ">>> " in (inspect.getdoc(documented) or "")


def test_the_versions_agree() -> None:
    (version,) = re.findall(r'#define RSMP_VERSION "(.*)"', HEADER.read_text())
    assert sr.__version__ == version
    project = (CHECKOUT / "python" / "pyproject.toml").read_text()
    assert re.findall(r'^version = "(.*?)"', project, re.MULTILINE) == [version]


def test_the_abi_version_is_the_headers() -> None:
    (version,) = re.findall(r"#define RSMP_ABI_VERSION (\d+)", HEADER.read_text())
    assert int(version) == _library.ABI_VERSION


def test_every_function_of_the_header_has_a_prototype() -> None:
    declarations = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.DOTALL)
    assert set(re.findall(r"\b(rsmp_\w+)\(", declarations)) == set(_library.PROTOTYPES)


STRUCTURES = {
    "rsmp_error": _library.Error,
    "rsmp_dtype": _library.Dtype,
    "rsmp_device": _library.Device,
    "rsmp_tensor": _library.Tensor,
    "rsmp_interpolate_options": _library.InterpolateOptions,
    "rsmp_axis_info": _library.AxisInfo,
    "rsmp_conv_transpose_options": _library.ConvTransposeOptions,
    "rsmp_grid_sample_options": _library.GridSampleOptions,
}


def test_every_structure_lies_as_in_the_header(tmp_path: Path) -> None:
    compiler = shutil.which("cc") or shutil.which("clang") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    checks = []
    for name, structure in STRUCTURES.items():
        checks.append(f"_Static_assert(sizeof({name}) == {ctypes.sizeof(structure)}, {name!r});".replace("'", '"'))
        for field, *_ in structure._fields_:
            place = getattr(structure, field)
            checks.append(f'_Static_assert(offsetof({name}, {field}) == {place.offset}, "{name}.{field}");')
            checks.append(f'_Static_assert(sizeof((({name} *)0)->{field}) == {place.size}, "{name}.{field}");')
    source = tmp_path / "structures.c"
    source.write_text('#include "swiftresample.h"\n' + "\n".join(checks))
    command = [compiler, "-std=c11", "-fsyntax-only", "-I", str(HEADER.parent), str(source)]
    subprocess.run(command, check=True, timeout=60)


def test_every_number_of_the_header_is_the_packages() -> None:
    from swiftresample import _dlpack, _grid_sample, _options

    text = HEADER.read_text()

    def number(name: str) -> int:
        return int(re.findall(rf"\b{name}(?: =)? (\d+)", text)[0])

    for mode, value in _options._MODES.items():
        assert value == number(f"RSMP_MODE_{mode.upper().replace('-', '_')}")
    assert [number(f"RSMP_ALIGN_CORNERS_{name}") for name in ("NOT_GIVEN", "FALSE", "TRUE")] == [
        _options._ALIGN_CORNERS[value] for value in (None, False, True)
    ]
    assert number("RSMP_CLAMP_LOW") == _options._CLAMP_LOW
    assert number("RSMP_CLAMP_HIGH") == _options._CLAMP_HIGH
    assert number("RSMP_MAX_SPATIAL_AXES") == _library.MAX_SPATIAL_AXES
    assert number("RSMP_MAX_AXES") == _library.MAX_AXES
    for mode, value in _grid_sample._MODES.items():
        assert value == number(f"RSMP_SAMPLE_{mode.upper()}")
    for mode, value in _grid_sample._PADDING_MODES.items():
        assert value == number(f"RSMP_PADDING_{mode.upper()}")
    for kind in ("int", "uint", "float", "bfloat", "complex", "bool"):
        codes = {dtype.code for name, dtype in _dlpack.DTYPES.items() if name.rstrip("0123456789") == kind}
        assert codes == {number(f"RSMP_{kind.upper()}")}


def test_importing_takes_numpy_alone(run_python: Any) -> None:
    script = """
import sys, numpy, ctypes
before = set(sys.modules)
import swiftresample
print(sorted({name.partition(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names))
"""
    if not hasattr(__import__("sys"), "stdlib_module_names"):
        pytest.skip("Python 3.9 does not tell its own modules")
    assert run_python(script).stdout == "['swiftresample']\n"


# ---- Finding the library ---------------------------------------------------------------------------------------------

IMPORT = "import swiftresample"


def test_the_library_is_loaded_by_absolute_path() -> None:
    assert _library.library_path.is_absolute()


def test_the_environment_names_the_library(run_python: Any, tmp_path: Path) -> None:
    copy = tmp_path / "another-name.so"
    shutil.copyfile(_library.library_path, copy)
    script = "from swiftresample import _library\nprint(_library.library_path)"
    assert run_python(script, RESAMPLE_LIBRARY=str(copy)).stdout == f"{copy}\n"


def test_a_missing_library_is_named(run_python: Any, tmp_path: Path) -> None:
    missing = tmp_path / "libresample.so"
    done = run_python(IMPORT, RESAMPLE_LIBRARY=str(missing))
    assert f"ImportError: RESAMPLE_LIBRARY names {missing}, which is no file" in done.stderr


def test_what_is_no_library_is_named(run_python: Any, tmp_path: Path) -> None:
    other = tmp_path / "libresample.so"
    other.write_text("not a library")
    assert f"ImportError: {other} cannot be loaded" in run_python(IMPORT, RESAMPLE_LIBRARY=str(other)).stderr


def compile_library(directory: Path, source: str) -> Path:
    compiler = shutil.which("cc") or shutil.which("clang") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    (directory / "other.c").write_text(source)
    library = directory / "libresample.so"
    command = [compiler, "-shared", "-fPIC", "-o", str(library), str(directory / "other.c")]
    subprocess.run(command, check=True, timeout=60)
    return library


def test_another_libresample_is_refused(run_python: Any, tmp_path: Path) -> None:
    library = compile_library(tmp_path, "int resample_open(void) { return 0; }")
    done = run_python(IMPORT, RESAMPLE_LIBRARY=str(library))
    assert f"ImportError: {library} has no function rsmp_abi_version" in done.stderr


def test_another_abi_version_is_refused(run_python: Any, tmp_path: Path) -> None:
    library = compile_library(tmp_path, "unsigned rsmp_abi_version(void) { return 1; }")
    done = run_python(IMPORT, RESAMPLE_LIBRARY=str(library))
    assert f"ImportError: {library} has ABI version 1, but this package needs 0" in done.stderr


def test_a_package_without_its_library_says_how_to_get_it(run_python: Any, tmp_path: Path) -> None:
    package = tmp_path / "somewhere" / "swiftresample"
    shutil.copytree(Path(sr.__path__[0]), package, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    script = f"import sys\nsys.path.insert(0, {str(package.parent)!r})\nimport swiftresample"
    done = run_python(script, RESAMPLE_LIBRARY="")
    assert f"libresample.so is neither at {package / 'libresample.so'} nor at" in done.stderr
    assert "swift build -c release" in done.stderr
