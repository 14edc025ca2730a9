"""What the library and the package ask of the machine: memory and threads. No network, files, processes, or output."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import swiftresample as sr
from swiftresample import _library

pytestmark = pytest.mark.slow

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = Path(sr.__path__[0])

# ---- Under strace ----------------------------------------------------------------------------------------------------

# Memory, threads, and what glibc does for both (randomness for malloc, a signal handler for threads).
HARMLESS = set(
    re.findall(
        r"\w+",
        """
        brk mmap mmap2 munmap mremap mprotect madvise mbind get_mempolicy
        clone clone3 exit futex gettid getpid rseq set_robust_list sched_yield sched_getaffinity membarrier
        rt_sigprocmask rt_sigaction rt_sigreturn restart_syscall
        getrandom clock_gettime access faccessat faccessat2
        """,
    )
)
# Besides, while Python looks for modules and loads the library.
LOADING = set(
    re.findall(
        r"\w+",
        """
        openat open close read pread64 lseek fstat newfstatat stat lstat statx readlink getcwd getdents64 fcntl ioctl
        uname
        """,
    )
)


class Call(NamedTuple):
    name: str
    text: str  # with its arguments

    @property
    def file(self) -> str:
        """The file that was opened; empty if none was."""
        found = re.search(r'"(.*?)"', self.text)
        return found[1] if found and self.name in ("open", "openat") and " = -1 " not in self.text else ""


def is_of_quota(file: str) -> bool:
    """Whether a file says how much of the processors the process may use: read once, when the library is loaded."""
    quota = r"/sys/fs/cgroup(/.*)?/(cpu\.max|cpu\.cfs_(quota|period)_us)"
    return file == "/proc/self/cgroup" or re.fullmatch(quota, file) is not None


def traced(directory: Path, *command: str, **environment: str) -> dict[str, list[Call]]:
    """The system calls of a program, by the words of the last marker before them: access() of a file named so."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    probe = subprocess.run([strace, "-o", "/dev/null", "true"], capture_output=True, text=True, timeout=60, check=False)
    if probe.returncode != 0:
        pytest.skip(f"strace may not look at processes here: {probe.stderr.strip()}")
    output = directory / "calls.txt"
    done = subprocess.run(
        [strace, "-f", "-qq", "-s", "4096", "-o", str(output), *command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    phase = "start"
    found: dict[str, list[Call]] = {phase: []}
    for line in output.read_text(errors="replace").splitlines():
        # Signals and the ends of processes are no calls; an interrupted call's second half tells nothing more.
        call = re.match(r"\d+ +(\w+)\((.*)", line)
        if call is None:
            assert re.match(r"\d+ +(\+\+\+|---|<\.\.\. \w+ resumed>)", line), line
            continue
        marker = re.match(r'access\("marker: (.*?)"', call[1] + "(" + call[2])
        if marker:
            phase = marker[1]
            found[phase] = []
        else:
            found[phase].append(Call(call[1], f"{call[1]}({call[2]}"))
    return found


def unexpected(calls: list[Call], allowed: set[str]) -> list[str]:
    """Those that are not allowed, and threads that would be processes."""
    found = [call.text for call in calls if call.name not in allowed]
    found += [call.text for call in calls if call.name in ("clone", "clone3") and "CLONE_THREAD" not in call.text]
    writes = r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|O_TMPFILE"
    return found + [call.text for call in calls if call.name in ("open", "openat") and re.search(writes, call.text)]


def without_malloc(calls: list[Call]) -> list[Call]:
    """
    Without what glibc's malloc asks for itself, once a process, when a thread other than the first gives memory back:
    may pages be promised beyond the memory that there is? Which thread is the first to do so is chance.
    """
    kept: list[Call] = []
    handle = None
    for call in calls:
        if call.file == "/proc/sys/vm/overcommit_memory" and "O_RDONLY" in call.text:
            handle = call.text.split()[-1]
        elif handle is not None and call.name in ("read", "close") and re.search(rf"\({handle}\b", call.text):
            handle = None if call.name == "close" else handle
        else:
            kept.append(call)
    return kept


def test_the_calls_of_the_c_interface(tmp_path: Path) -> None:
    compiler = shutil.which("cc") or shutil.which("clang") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    for name in ("libresample.so", "libresample.so.0"):
        (tmp_path / name).symlink_to(_library.library_path)
    program = tmp_path / "test_privacy"
    command = [compiler, "-std=c11", "-O1", "-D_POSIX_C_SOURCE=200809L", f"-I{CHECKOUT / 'include'}"]
    command += [str(CHECKOUT / "Tests" / "c" / "test_privacy.c"), "-o", str(program)]
    command += [f"-L{tmp_path}", "-lresample", "-lm"]
    subprocess.run(command, check=True, timeout=120)

    used = subprocess.run(["nm", "-u", str(program)], capture_output=True, text=True, check=True, timeout=60).stdout
    assert set(re.findall(r"\b(rsmp_\w+)", used)) == set(_library.PROTOTYPES), (
        "functions that the program does not call"
    )

    calls = traced(tmp_path, str(program), LD_LIBRARY_PATH=str(tmp_path), LC_ALL="C")
    assert set(calls) == {"start", "calls begin", "calls end"}
    assert any(call.name in ("clone", "clone3") for call in calls["calls begin"]), "no thread was made"
    calls["calls begin"] = without_malloc(calls["calls begin"])
    assert unexpected(calls["calls begin"], HARMLESS) == []
    # What the loader reads, and nobody else.
    assert not [call.text for call in calls["calls begin"] if call.file]
    opened = [call.file for phase in calls.values() for call in phase if call.file and not is_of_quota(call.file)]
    assert {Path(file).name for file in opened} == {"ld.so.cache", "libresample.so.0", "libm.so.6", "libc.so.6"}
    # The program itself prints.
    assert unexpected(calls["calls end"], {*HARMLESS, "fstat", "newfstatat", "write", "exit_group"}) == []


EVERY_OPERATOR = """
import os
import numpy, numpy.random, numpy.typing, ctypes, typing_extensions
os.access("marker: import", os.F_OK)
import swiftresample as sr
os.access("marker: calls", os.F_OK)

def array(*shape):
    return numpy.linspace(-1, 1, num=int(numpy.prod(shape)), dtype=numpy.float32).reshape(shape)

image, weight, grid = array(1, 4, 64, 64), array(4, 3, 3, 3), array(1, 64, 64, 2)
line, volume = array(1, 4, 9), array(1, 4, 3, 4, 5)
masks = array(1, 9, 128, 128)
calls = {
    "AxisTaps": lambda: sr.axis_taps(4, 8, mode="linear").weights,
    "Placement": lambda: sr.Placement(9, 9, 64, 64, 0, 0, 64, 64),
    "Plan": lambda: sr.Plan(image.shape, numpy.float32, scale_factor=2, mode="bicubic")(image),
    "Preprocess": lambda: sr.Preprocess((64, 64), crop=48)(
        [numpy.zeros((90, 70 + column, 3), numpy.uint8) for column in range(8)]),
    "affine_grid": lambda: sr.affine_grid(array(1, 2, 3), (1, 4, 64, 64)),
    "axis_taps": lambda: sr.axis_taps(4, 8, mode="linear"),
    "carafe": lambda: sr.carafe(image, masks, 3, 1, 2),
    "carafe_backward": lambda: sr.carafe_backward(array(1, 4, 128, 128), image, masks, 3, 1, 2),
    "conv_transpose1d": lambda: sr.conv_transpose1d(line, array(4, 3, 3), stride=2),
    "conv_transpose1d_backward": lambda: sr.conv_transpose1d_backward(array(1, 3, 19), line, array(4, 3, 3), stride=2),
    "conv_transpose2d": lambda: sr.conv_transpose2d(image, weight, stride=2),
    "conv_transpose2d_backward": lambda: sr.conv_transpose2d_backward(array(1, 3, 129, 129), image, weight, stride=2),
    "conv_transpose3d": lambda: sr.conv_transpose3d(volume, array(4, 3, 1, 2, 3)),
    "conv_transpose3d_backward": lambda: sr.conv_transpose3d_backward(
        array(1, 3, 3, 5, 7), volume, array(4, 3, 1, 2, 3)),
    "get_num_threads": lambda: sr.get_num_threads(),
    "grid_sample": lambda: sr.grid_sample(image, grid),
    "grid_sample_backward": lambda: sr.grid_sample_backward(array(1, 4, 64, 64), image, grid),
    "instruction_set": lambda: sr.instruction_set(),
    "interpolate": lambda: sr.interpolate(image, scale_factor=2, mode="bilinear"),
    "interpolate_backward": lambda: sr.interpolate_backward(
        array(1, 4, 128, 128), image.shape, scale_factor=2, mode="bilinear"),
    "jax": lambda: sr.jax.resize(image, (1, 4, 9, 9), "cubic"),
    "logits_to_labels": lambda: sr.logits_to_labels(image, (128, 128)),
    "nn": lambda: sr.nn.Upsample(scale_factor=2, mode="bilinear")(image),
    "onnx": lambda: sr.onnx.resize(image, sizes=[9, 9], axes=[2, 3], mode="cubic"),
    "opencv": lambda: sr.opencv.resize(image[0, 0], (9, 9)),
    "pillow": lambda: sr.pillow.resize(image[0, 0], (9, 9)),
    "pixel_shuffle": lambda: sr.pixel_shuffle(image, 2),
    "pixel_unshuffle": lambda: sr.pixel_unshuffle(image, 2),
    "release_memory": lambda: sr.release_memory(),
    "set_num_threads": lambda: sr.set_num_threads(4),
    "tensorflow": lambda: sr.tensorflow.resize(image[0], (9, 9)),
    "undo_boxes": lambda: sr.undo_boxes([0, 0, 9, 9], calls["Placement"]()),
    "undo_mask": lambda: sr.undo_mask(image, calls["Placement"]()),
}
missing = set(sr.__all__) ^ {*calls, "__version__"}
assert not missing, missing
calls["set_num_threads"]()
for time in range(2):
    for call in calls.values():
        call()
    try:
        sr.interpolate(image, size=(-1, 0))
    except ValueError:
        pass
os.access("marker: end", os.F_OK)
"""


def test_the_calls_of_the_package(tmp_path: Path) -> None:
    path = os.pathsep.join(entry for entry in sys.path if entry)
    calls = traced(tmp_path, sys.executable, "-B", "-c", EVERY_OPERATOR, PYTHONPATH=path)
    assert set(calls) == {"start", "import", "calls", "end"}
    assert any(call.name in ("clone", "clone3") for call in calls["calls"]), "no thread was made"
    assert unexpected(calls["import"], HARMLESS | LOADING) == []
    # Importing reads modules and the library.
    folders = [*map(str, [PACKAGE, *dict.fromkeys(sysconfig.get_paths().values())]), *filter(None, sys.path)]
    for call in calls["import"]:
        is_of_loader = Path(call.file).name in ("ld.so.cache", "libm.so.6", "libc.so.6")
        is_library = call.file == str(_library.library_path)
        is_module = any(call.file == folder or call.file.startswith(folder + os.sep) for folder in folders)
        assert not call.file or is_of_loader or is_library or is_module or is_of_quota(call.file), call.text
    # Calling reads nothing at all.
    assert unexpected(without_malloc(calls["calls"]), HARMLESS) == []


def test_what_the_trace_would_show(tmp_path: Path) -> None:
    """A program that does what the package must not do is seen doing it."""
    script = f"""
import os, socket, subprocess
os.access("marker: calls", os.F_OK)
open({str(tmp_path / "written")!r}, "w").close()
open({str(Path(__file__))!r}).close()
socket.socket().close()
subprocess.run(["true"])
os.access("marker: end", os.F_OK)
"""
    calls = traced(tmp_path, sys.executable, "-B", "-c", script)
    found = "\n".join(unexpected(calls["calls"], HARMLESS))
    for words in ("O_WRONLY|O_CREAT", "test_privacy.py", "socket(AF_INET", "execve("):
        assert words in found, f"{words} is not among\n{found}"


# ---- The package's sources -------------------------------------------------------------------------------------------

MODULES = set(
    re.findall(
        r"\w+",
        """
        __future__ collections contextlib ctypes dataclasses functools inspect itertools math mmap operator os pathlib
        re sys struct threading typing typing_extensions weakref numpy dask torch
        """,
    )
)
# Of files, processes and code made at run time.
# A configuration is read from the file that the caller names.
OF_CONFIGURATIONS = ("preprocess/_config.py", {"json"}, {"read_text"})
FORBIDDEN_NAMES = {"open", "exec", "eval", "compile", "__import__", "print", "input", "breakpoint"}
FORBIDDEN_ATTRIBUTES = {
    *("open", "getenv", "putenv", "environb", "system", "popen", "fork", "startfile", "urandom", "stdout", "stderr"),
    *("read_text", "read_bytes", "write_text", "write_bytes", "unlink", "mkdir", "rmdir", "touch", "rename", "remove"),
    *("import_module", "save", "savez", "tofile", "fromfile", "memmap", "loadtxt"),
}


def sources() -> list[Path]:
    """Of the package as it is imported; the command and the benchmarks write files and load other libraries."""
    further = ("__main__.py", "cli", "_benchmarks")
    found = sorted(path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] not in further)
    assert len(found) > 30
    return found


def nodes(path: Path) -> Iterator[ast.AST]:
    yield from ast.walk(ast.parse(path.read_text()))


def test_only_memory_is_mapped() -> None:
    """And no file: ``mmap.mmap(-1, ...)``."""
    calls = [
        node
        for path in sources()
        for node in nodes(path)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("mmap", "mmap.mmap")
    ]
    assert [ast.unparse(call.args[0]) for call in calls] == ["-1"]


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_uses_nothing_but_what_it_may(path: Path) -> None:
    name, further_modules, further_attributes = OF_CONFIGURATIONS
    if path != PACKAGE / name:
        further_modules, further_attributes = set(), set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            imported = {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            imported = {str(node.module).partition(".")[0]}
        else:
            imported = set()
        assert imported <= MODULES | further_modules, f"line {node.lineno}: imports {imported - MODULES}"  # type: ignore[attr-defined]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in FORBIDDEN_NAMES, f"line {node.lineno}: calls {node.func.id}"
        if isinstance(node, ast.Attribute):
            is_library_looked_at = (path.name, node.attr) == ("_library.py", "open")
            assert is_library_looked_at or node.attr not in FORBIDDEN_ATTRIBUTES - further_attributes, (
                f"line {node.lineno}: uses {node.attr}"
            )


def test_one_variable_of_the_environment_is_read() -> None:
    uses = []
    for path in sources():
        for node in nodes(path):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
                uses.append((path.name, node.attr))
            if isinstance(node, ast.ImportFrom):
                assert node.module != "os", path
    of_library = [("_library.py", name) for name in ("SEEK_END", "environ", "uname")]
    at_fork = [(name, "register_at_fork") for name in ("_cache.py", "_replacement.py", "_replacement.py")]
    types = [use for use in uses if use[1] == "PathLike"]
    assert sorted(uses) == sorted([*at_fork, *of_library, *types])
    text = (PACKAGE / "_library.py").read_text()
    assert re.findall(r"\.open\(.*", text) == ['.open("rb") as file:']
    assert re.findall(r"environ\b.*", text) == ['environ.get("RESAMPLE_LIBRARY")']
