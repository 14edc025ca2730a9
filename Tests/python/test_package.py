"""The package as such: its versions, and its table of the library's functions."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Callable

import pytest

import swiftresample as sr
from swiftresample import _library, _structures

pytestmark = pytest.mark.slow

CHECKOUT = Path(__file__).resolve().parents[2]
HEADER = CHECKOUT / "include" / "swiftresample.h"


def test_the_version_is_the_headers() -> None:
    (version,) = re.findall(r'#define RSMP_VERSION "(.*)"', HEADER.read_text())
    assert sr.__version__ == version


def test_the_abi_version_is_the_headers() -> None:
    (version,) = re.findall(r"#define RSMP_ABI_VERSION (\d+)", HEADER.read_text())
    assert int(version) == _structures.ABI_VERSION


def test_every_function_of_the_header_has_a_prototype() -> None:
    declarations = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.DOTALL)
    assert set(re.findall(r"\b(rsmp_\w+)\(", declarations)) == set(_library.PROTOTYPES)


STRUCTURES = {
    "rsmp_error": _structures.Error,
    "rsmp_dtype": _structures.Dtype,
    "rsmp_device": _structures.Device,
    "rsmp_tensor": _structures.Tensor,
    "rsmp_interpolate_options": _structures.InterpolateOptions,
    "rsmp_onnx_resize_options": _structures.OnnxResizeOptions,
    "rsmp_axis_info": _structures.AxisInfo,
    "rsmp_tensorflow_resize_options": _structures.TensorFlowResizeOptions,
    "rsmp_jax_resize_options": _structures.JaxResizeOptions,
    "rsmp_conv_transpose_options": _structures.ConvTransposeOptions,
    "rsmp_grid_sample_options": _structures.GridSampleOptions,
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
    from swiftresample import _dlpack, _grid_sample, _options, jax, tensorflow
    from swiftresample.onnx import _resize as resize

    text = HEADER.read_text()

    def number(name: str) -> int:
        return int(re.findall(rf"\b{name}(?: =)? (\d+)", text)[0])

    # Those of the modes: test_modes.py.
    assert [number(f"RSMP_ALIGN_CORNERS_{name}") for name in ("NOT_GIVEN", "FALSE", "TRUE")] == [
        _options._ALIGN_CORNERS[value] for value in (None, False, True)
    ]
    assert number("RSMP_CLAMP_LOW") == _options._CLAMP_LOW
    assert number("RSMP_CLAMP_HIGH") == _options._CLAMP_HIGH
    assert number("RSMP_MAX_SPATIAL_AXES") == _structures.MAX_SPATIAL_AXES
    assert number("RSMP_MAX_AXES") == _structures.MAX_AXES
    for mode, value in _grid_sample._MODES.items():
        assert value == number(f"RSMP_SAMPLE_{mode.upper()}")
    for mode, value in _grid_sample._PADDING_MODES.items():
        assert value == number(f"RSMP_PADDING_{mode.upper()}")
    for names in (resize._MODES, resize._COORDINATES, resize._NEAREST_MODES, resize._POLICIES):
        for name, value in names.items():
            assert value == number(f"RSMP_ONNX_{name.upper()}")
    for method, value in tensorflow._METHODS.items():
        assert value == number(f"RSMP_TENSORFLOW_{method.upper()}")
    for method, value in jax._METHODS.items():
        if f"RSMP_JAX_{method.upper()}" in text:  # others are other names of these
            assert value == number(f"RSMP_JAX_{method.upper().replace('-', '_')}")
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
    assert f"ImportError: RESAMPLE_LIBRARY names {missing}, which is not a file" in done.stderr


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


# All that importing needs: each function of the header, and a version of its own.
STANDS_FOR_A_LIBRARY = "".join(
    f"const char *{name}(void) {{ return {value}; }}\n"
    for name, value in {**dict.fromkeys(_library.PROTOTYPES, "0"), "rsmp_version": '"7.8.9"'}.items()
)


def test_a_missing_function_is_named(run_python: Any, tmp_path: Path) -> None:
    for name in ("rsmp_version", "rsmp_carafe_backward", "rsmp_set_num_threads"):
        lines = [line for line in STANDS_FOR_A_LIBRARY.splitlines() if f"*{name}(" not in line]
        library = compile_library(tmp_path, "\n".join(lines))
        done = run_python(IMPORT, RESAMPLE_LIBRARY=str(library))
        assert f"ImportError: {library} has no function {name}" in done.stderr


def test_a_newer_library_with_more_functions_is_taken(run_python: Any, tmp_path: Path) -> None:
    library = compile_library(tmp_path, STANDS_FOR_A_LIBRARY + "int rsmp_new(int count) { return count; }")
    done = run_python(IMPORT, RESAMPLE_LIBRARY=str(library))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_library_of_another_release_and_the_same_abi_is_taken(run_python: Any, tmp_path: Path) -> None:
    """The version is then the library's: it is what computes."""
    library = compile_library(tmp_path, STANDS_FOR_A_LIBRARY)
    done = run_python("import swiftresample\nprint(swiftresample.__version__)", RESAMPLE_LIBRARY=str(library))
    assert (done.returncode, done.stdout, done.stderr) == (0, "7.8.9\n", "")


def altered_library(directory: Path, change: Callable[[bytearray], None]) -> Path:
    content = bytearray(_library.library_path.read_bytes())
    change(content)
    library = directory / "libresample.so"
    library.write_bytes(content)
    return library


def machine_of(content: bytearray, machine: int) -> None:
    content[18:20] = machine.to_bytes(2, "little")


@pytest.mark.parametrize("machine", [3, 40, 62, 183, 243])  # i386, Arm, x86-64, AArch64, RISC-V
def test_a_library_for_another_processor_is_named(run_python: Any, tmp_path: Path, machine: int) -> None:
    own = _library._MACHINES.get(os.uname().machine)
    if own is None:
        pytest.skip(f"the number of {os.uname().machine} in ELF files is not known here")
    library = altered_library(tmp_path, lambda content: machine_of(content, machine))
    done = run_python(IMPORT, RESAMPLE_LIBRARY=str(library))
    if machine == own:
        assert (done.returncode, done.stderr) == (0, "")
    else:
        assert f"ImportError: {library} is for another processor than this one" in done.stderr


@pytest.mark.parametrize(("place", "value"), [(4, 1), (4, 0), (5, 2), (6, 9), (16, 1), (54, 1), (54, 255)])
def test_a_file_with_another_header_is_named(run_python: Any, tmp_path: Path, place: int, value: int) -> None:
    """32 bits, the other byte order, another version, no shared library, and impossible sizes."""
    library = altered_library(tmp_path, lambda content: content.__setitem__(place, value))
    done = run_python(IMPORT, RESAMPLE_LIBRARY=str(library))
    assert done.returncode == 1
    assert f"ImportError: {library} " in done.stderr


def test_an_incomplete_library_is_named(run_python: Any, tmp_path: Path) -> None:
    """Loading it would end the process: what is mapped beyond the end of a file cannot be read."""
    content = _library.library_path.read_bytes()
    # How far the segments reach; what comes then, symbols and debug information, nobody loads.
    needed = loaded_bytes(content)
    lengths = [0, 1, 63, 64, 100, 500, 1000, 4095, 4096, *(needed * part // 8 for part in range(1, 8)), needed - 1]
    for length in lengths:
        library = tmp_path / "libresample.so"
        library.write_bytes(content[:length])
        done = run_python(IMPORT, RESAMPLE_LIBRARY=str(library))
        assert done.returncode == 1, f"{length} bytes: status {done.returncode}"
        words = "is incomplete: it has" if length >= 1000 else ""
        assert f"ImportError: {library} {words}" in done.stderr, f"{length} bytes: {done.stderr}"


def loaded_bytes(content: bytes) -> int:
    """The bytes of an ELF file up to the end of its last segment."""
    start, entry_size, count = (
        int.from_bytes(content[at : at + length], "little") for at, length in ((32, 8), (54, 2), (56, 2))
    )
    ends = []
    for entry in range(start, start + entry_size * count, entry_size):
        if content[entry] == 1:
            offset, length = (int.from_bytes(content[at : at + 8], "little") for at in (entry + 8, entry + 32))
            ends.append(offset + length)
    return max(ends)


def test_a_folder_is_no_library(run_python: Any, tmp_path: Path) -> None:
    done = run_python(IMPORT, RESAMPLE_LIBRARY=str(tmp_path))
    assert f"ImportError: RESAMPLE_LIBRARY names {tmp_path}, which is not a file" in done.stderr


def test_a_pipe_is_no_library(run_python: Any, tmp_path: Path) -> None:
    """To open it would wait for a writer."""
    pipe = tmp_path / "libresample.so"
    os.mkfifo(pipe)
    done = run_python(IMPORT, RESAMPLE_LIBRARY=str(pipe))
    assert f"ImportError: RESAMPLE_LIBRARY names {pipe}, which is not a file" in done.stderr


def test_a_library_that_may_not_be_read(run_python: Any, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read every file")
    library = tmp_path / "libresample.so"
    shutil.copyfile(_library.library_path, library)
    library.chmod(0)
    done = run_python(IMPORT, RESAMPLE_LIBRARY=str(library))
    assert f"ImportError: {library} cannot be loaded" in done.stderr


def test_a_relative_path_is_taken_from_where_the_process_is(run_python: Any, tmp_path: Path) -> None:
    shutil.copyfile(_library.library_path, tmp_path / "here.so")
    script = f"import os\nos.chdir({str(tmp_path)!r})\nfrom swiftresample import _library\nprint(_library.library_path)"
    for name in ("here.so", "./here.so", f"../{tmp_path.name}/here.so"):
        done = run_python(script, RESAMPLE_LIBRARY=name)
        assert done.stdout == f"{tmp_path.resolve() / 'here.so'}\n", done.stderr
    done = run_python(script, RESAMPLE_LIBRARY="libresample.so")  # never looked up by its name
    assert f"RESAMPLE_LIBRARY names {tmp_path.resolve() / 'libresample.so'}, which is not a file" in done.stderr


def test_an_empty_variable_is_none(run_python: Any) -> None:
    script = "from swiftresample import _library\nprint(_library.library_path)"
    unset = run_python("import os\nos.environ.pop('RESAMPLE_LIBRARY', None)\n" + script)
    assert unset.returncode == 0, unset.stderr
    assert run_python(script, RESAMPLE_LIBRARY="").stdout == unset.stdout


def test_a_package_without_its_library_says_how_to_get_it(run_python: Any, tmp_path: Path) -> None:
    package = tmp_path / "somewhere" / "swiftresample"
    shutil.copytree(Path(sr.__path__[0]), package, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    script = f"import sys\nsys.path.insert(0, {str(package.parent)!r})\nimport swiftresample"
    done = run_python(script, RESAMPLE_LIBRARY="")
    assert f"libresample.so is neither at {package / 'libresample.so'} nor at" in done.stderr
    assert "run `make build` at its root" in done.stderr
