"""The comparison of binary interfaces says what it should: a small header and library, with one planted change each."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import check_abi
import describe
import pytest

CHECK = Path(__file__).with_name("check_abi.py")
COMPILER = next((name for name in ("gcc", "clang", "cc") if shutil.which(name)), "a C compiler")

HEADER = """
#ifndef SWIFTRESAMPLE_H
#define SWIFTRESAMPLE_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#define RSMP_ABI_VERSION 0
#define RSMP_VERSION "0.1.0"
uint32_t rsmp_abi_version(void);
const char *rsmp_version(void);

typedef int32_t rsmp_status;
enum {
  RSMP_OK = 0, /* rsmp_in_a_comment(void); */
  RSMP_INVALID_VALUE = 1
};
enum { RSMP_LINEAR = 0, RSMP_CUBIC = 1 };
enum { RSMP_FILTER_COUNT = 2 };
#define RSMP_SIZE 3

typedef struct rsmp_error {
  rsmp_status status;
  char message[12];
} rsmp_error;

typedef struct rsmp_tensor {
  void *data;
  int32_t ndim;
  int64_t *shape;
} rsmp_tensor;

typedef struct rsmp_options {
  uint32_t struct_size;
  int32_t mode;
  int32_t reserved;
  int64_t size[RSMP_SIZE];
} rsmp_options;

typedef struct rsmp_padded {
  uint32_t struct_size;
  int32_t mode;
  int64_t length;
  int32_t last;
} rsmp_padded;

typedef struct rsmp_plan rsmp_plan;

rsmp_status rsmp_run(const rsmp_tensor *input, int64_t kernel_size, int64_t scale,
                     const rsmp_options *options, rsmp_error *error);
void rsmp_plan_destroy(rsmp_plan *plan);

#ifdef __cplusplus
}
#endif
#endif
"""

SOURCE = """
unsigned rsmp_abi_version(void) { return ABI_VERSION; }
const char *rsmp_version(void) { return "0.1.0"; }
int rsmp_run(void) { return 0; }
void rsmp_plan_destroy(void) {}
"""


class Checkout:
    """The files of a checkout that take part."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.header = HEADER
        self.source = SOURCE
        self.soname = "libresample.so.0"
        self.map = "RESAMPLE_0 { global: rsmp_*; local: *; };"
        self.package = "ABI_VERSION = 0\n"
        self.answer = 0
        self.recorded = root / "recorded.json"

    def write(self) -> None:
        files = {
            "include/swiftresample.h": self.header,
            "linker/resample.map": self.map,
            "python/swiftresample/_structures.py": self.package,
            "library.c": self.source,
        }
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        command = [COMPILER, "-shared", "-fPIC", f"-DABI_VERSION={self.answer}", str(self.root / "library.c")]
        command += ["-o", str(self.root / "libresample.so"), f"-Wl,-soname,{self.soname}"]
        command += [f"-Wl,--version-script,{self.root / 'linker/resample.map'}"]
        subprocess.run(command, check=True, timeout=60)

    def describe(self) -> describe.Description:
        self.write()
        found = describe.describe(self.root / "include" / "swiftresample.h", self.root / "libresample.so")
        return json.loads(json.dumps(found))  # type: ignore[no-any-return]

    def run(self, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        self.write()
        return subprocess.run(
            [sys.executable, str(CHECK), command, *self.arguments()],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, **environment},
        )

    def arguments(self) -> list[str]:
        library = self.root / "libresample.so"
        return ["--root", str(self.root), "--recorded", str(self.recorded), "--library", str(library)]

    def change(self, old: str, new: str) -> None:
        assert self.header.count(old) == 1, old
        self.header = self.header.replace(old, new)

    def raise_version(self) -> None:
        self.change("#define RSMP_ABI_VERSION 0", "#define RSMP_ABI_VERSION 1")
        self.answer = 1
        self.soname = "libresample.so.1"
        self.map = self.map.replace("RESAMPLE_0", "RESAMPLE_1")
        self.package = "ABI_VERSION = 1\n"

    def assert_addition(self, says: str) -> None:
        """The check fails for it until it is recorded, which it may be."""
        result = self.run("check")
        assert result.returncode == 1, result.stdout + result.stderr
        assert says in result.stdout, result.stdout
        assert "BREAK" not in result.stdout
        assert "make abi-record" in result.stdout
        result = self.run("record")
        assert result.returncode == 0, result.stdout
        assert self.run("check").returncode == 0

    def assert_break(self, says: str) -> None:
        """The check fails for it, and it is not recorded until there is a new version."""
        before = self.recorded.read_text()
        for command in ("check", "record"):
            result = self.run(command)
            assert result.returncode == 1, result.stdout + result.stderr
            assert re.search(rf"^BREAK .*{re.escape(says)}", result.stdout, re.M), result.stdout
            assert "another RSMP_ABI_VERSION" in result.stdout or "RSMP_ABI_VERSION above 0" in result.stdout
        assert self.recorded.read_text() == before
        self.raise_version()
        result = self.run("check")
        assert result.returncode == 1
        assert "breaks under a new RSMP_ABI_VERSION: run `make abi-record`" in result.stdout
        assert self.run("record").returncode == 0
        assert self.run("check").returncode == 0


@functools.cache
def before() -> describe.Description:
    """The interface without a change."""
    with tempfile.TemporaryDirectory() as folder:
        return Checkout(Path(folder)).describe()


def differences(checkout: Checkout) -> list[check_abi.Difference]:
    """What the checkout's interface has changed."""
    return check_abi.compare(before(), checkout.describe())


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    checkout = Checkout(tmp_path)
    result = checkout.run("record")
    assert result.returncode == 0, result.stdout + result.stderr
    return checkout


def test_what_is_recorded_passes(checkout: Checkout) -> None:
    result = checkout.run("check")
    assert result.returncode == 0
    assert result.stdout == "ABI version 0: 4 functions, 4 structures, 5 constants and 1 #defines as recorded\n"


@pytest.mark.parametrize("name", ["gcc", "clang"])
def test_every_compiler_describes_the_same(checkout: Checkout, name: str) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    assert checkout.run("check", CC=name).returncode == 0


def test_comments_and_line_breaks_are_no_change(checkout: Checkout) -> None:
    checkout.change("int64_t kernel_size,", "/* odd */ int64_t\n  kernel_size ,")
    checkout.change("const rsmp_tensor *input", "const  rsmp_tensor * input")
    assert checkout.run("check").returncode == 0


# ---- Additions -------------------------------------------------------------------------------------------------------


def test_a_new_function(checkout: Checkout) -> None:
    checkout.change("void rsmp_plan_destroy", "rsmp_status rsmp_new(int32_t count);\nvoid rsmp_plan_destroy")
    checkout.source += "int rsmp_new(void) { return 0; }"
    checkout.assert_addition("addition  function rsmp_new is new")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("RSMP_CUBIC = 1 }", "RSMP_CUBIC = 1, RSMP_LANCZOS = 2 }", "constant RSMP_LANCZOS is new"),
        ("RSMP_FILTER_COUNT = 2", "RSMP_FILTER_COUNT = 3", "constant RSMP_FILTER_COUNT was 2 and is 3"),
        ("#define RSMP_SIZE 3", "#define RSMP_SIZE 3\n#define RSMP_AXES 8", "#define RSMP_AXES is new"),
        ("enum { RSMP_L", "typedef int32_t rsmp_mode;\nenum { RSMP_L", "type rsmp_mode is new"),
        (
            "typedef struct rsmp_plan ",
            "typedef struct rsmp_axis rsmp_axis;\ntypedef struct rsmp_plan ",
            "type rsmp_axis is new",
        ),
        (
            "typedef struct rsmp_plan ",
            "typedef struct rsmp_n { int a; } rsmp_n;\ntypedef struct rsmp_plan ",
            "struct rsmp_n is new",
        ),
        (
            "int64_t size[RSMP_SIZE];",
            "int64_t size[RSMP_SIZE];\n  double low;",
            "struct rsmp_options: low is new at its end",
        ),
        (
            "int64_t size[RSMP_SIZE];",
            "int64_t size[RSMP_SIZE];\n  double low;",
            "struct rsmp_options had 40 bytes and has 48",
        ),
        (
            "int64_t scale,",
            "int64_t factor,",
            "rsmp_run: its parameters are called input, kernel_size, factor, options",
        ),
    ],
)
def test_an_addition(tmp_path: Path, old: str, new: str, says: str) -> None:
    checkout = Checkout(tmp_path)
    checkout.change(old, new)
    found = differences(checkout)
    assert any(says in str(difference) for difference in found), found
    assert not any(difference.is_break for difference in found)


def test_another_order(checkout: Checkout) -> None:
    checkout.change("enum { RSMP_LINEAR = 0, RSMP_CUBIC = 1 }", "enum { RSMP_CUBIC = 1, RSMP_LINEAR = 0 }")
    checkout.assert_addition("are in another order")


# ---- Breaks ----------------------------------------------------------------------------------------------------------


def test_a_function_that_is_gone(checkout: Checkout) -> None:
    checkout.change("void rsmp_plan_destroy(rsmp_plan *plan);", "")
    checkout.source = checkout.source.replace("void rsmp_plan_destroy(void) {}", "")
    checkout.assert_break("function rsmp_plan_destroy is gone")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        # functions
        ("rsmp_status rsmp_run", "int64_t rsmp_run", "rsmp_run: its result was `rsmp_status` and is `int64_t`"),
        ("void rsmp_plan_destroy", "rsmp_status rsmp_plan_destroy", "its result was `void`"),
        ("int64_t kernel_size", "int32_t kernel_size", "rsmp_run: parameter 2 was `int64_t` and is `int32_t`"),
        (
            "const rsmp_tensor *input",
            "rsmp_tensor *input",
            "parameter 1 was `const rsmp_tensor *` and is `rsmp_tensor *`",
        ),
        ("rsmp_error *error);", "const rsmp_error *error);", "parameter 5 was `rsmp_error *`"),
        ("rsmp_plan *plan)", "rsmp_plan **plan)", "parameter 1 was `rsmp_plan *` and is `rsmp_plan **`"),
        (
            "int64_t kernel_size, int64_t scale",
            "int64_t scale, int64_t kernel_size",
            "rsmp_run: its parameters are in another order",
        ),
        ("int64_t kernel_size, int64_t scale", "int64_t kernel_size", "rsmp_run had 5 parameters and has 4"),
        ("rsmp_plan *plan)", "rsmp_plan *plan, int32_t now)", "rsmp_plan_destroy had 1 parameters and has 2"),
        # numbers
        ("RSMP_CUBIC = 1", "RSMP_CUBIC = 2", "constant RSMP_CUBIC was 1 and is 2"),
        ("RSMP_LINEAR = 0, RSMP_CUBIC = 1", "RSMP_LINEAR = 1, RSMP_CUBIC = 0", "constant RSMP_LINEAR was 0 and is 1"),
        (", RSMP_CUBIC = 1", "", "constant RSMP_CUBIC is gone"),
        ("RSMP_CUBIC = 1", "RSMP_BICUBIC = 1", "constant RSMP_CUBIC is gone"),
        ("RSMP_FILTER_COUNT = 2", "RSMP_FILTER_COUNT = 1", "constant RSMP_FILTER_COUNT was 2 and is 1"),
        ("#define RSMP_SIZE 3", "#define RSMP_SIZE 4", "#define RSMP_SIZE was 3 and is 4"),
        # types
        ("typedef int32_t rsmp_status", "typedef int64_t rsmp_status", "type rsmp_status was ['int32_t', 4, 4]"),
        ("typedef int32_t rsmp_status", "typedef uint32_t rsmp_status", "type rsmp_status was ['int32_t', 4, 4]"),
        # structures without struct_size
        (
            "char message[12]",
            "char message[16]",
            "struct rsmp_error had 16 bytes and has 20, and it has no struct_size",
        ),
        (
            "char message[12];",
            "char message[8];\n  int32_t code;",
            "struct rsmp_error: message was `char[12]`, 12 bytes at 4",
        ),
        (
            "char message[12];",
            "char message[12];\n  int32_t code;",
            "struct rsmp_error: code is new, and the structure has no",
        ),
        ("int32_t ndim;", "int32_t ndim;\n  int32_t flags;", "struct rsmp_tensor: shape, field 3, is in another place"),
        (
            "int64_t *shape;",
            "const int64_t *shape;",
            "rsmp_tensor: shape was `int64_t *`, 8 bytes at 16, and is `const int64_t *`",
        ),
        ("int64_t *shape;", "int64_t *lengths;", "struct rsmp_tensor: shape, field 3, is gone; lengths is there"),
        (
            "typedef struct rsmp_plan rsmp_plan;",
            "typedef struct rsmp_plan { int32_t a; } rsmp_plan;",
            "type rsmp_plan is gone",
        ),
        (
            HEADER[HEADER.index("typedef struct rsmp_padded") : HEADER.index("typedef struct rsmp_plan")],
            "",
            "rsmp_padded is gone",
        ),
        # structures that may grow at the end
        ("int32_t reserved;", "int32_t flags;", "struct rsmp_options: reserved, field 3, is gone; flags is there"),
        (
            "int32_t mode;\n  int32_t reserved;",
            "int32_t reserved;\n  int32_t mode;",
            "rsmp_options: mode, field 2, is in another place",
        ),
        (
            "int32_t mode;\n  int32_t reserved;",
            "uint32_t mode;\n  int32_t reserved;",
            "rsmp_options: mode was `int32_t`, 4 bytes at 4",
        ),
        ("int32_t reserved;\n", "", "struct rsmp_options: reserved, field 3, is gone"),
        ("int64_t size[RSMP_SIZE];", "", "struct rsmp_options: size is gone"),
        ("int64_t size[RSMP_SIZE];", "int64_t size[2];", "struct rsmp_options had 40 bytes and has 32"),
        # where the padding was, that older programs did not set
        (
            "int32_t last;",
            "int32_t last;\n  int32_t more;",
            "struct rsmp_padded: more is new and begins at 20, inside the 24 bytes",
        ),
    ],
)
def test_a_break(tmp_path: Path, old: str, new: str, says: str) -> None:
    checkout = Checkout(tmp_path)
    checkout.change(old, new)
    assert any(says in str(difference) for difference in differences(checkout) if difference.is_break)


def test_a_larger_alignment(checkout: Checkout) -> None:
    """The structure begins elsewhere in what contains it."""
    recorded = json.loads(checkout.recorded.read_text())
    recorded["structures"]["rsmp_options"]["alignment"] = 4
    checkout.recorded.write_text(json.dumps(recorded))
    checkout.assert_break("struct rsmp_options was aligned to 4 bytes and is to 8")


def test_a_struct_size_of_another_type_is_none(checkout: Checkout) -> None:
    checkout.recorded.unlink()
    checkout.change(
        "typedef struct rsmp_padded {\n  uint32_t struct_size;", "typedef struct rsmp_padded {\n  int32_t struct_size;"
    )
    assert checkout.run("record").returncode == 0
    checkout.change("int32_t last;", "int32_t last;\n  int64_t more;")
    checkout.assert_break("struct rsmp_padded: more is new, and the structure has no struct_size")


def test_a_break_among_additions_is_not_recorded(checkout: Checkout) -> None:
    checkout.change("RSMP_CUBIC = 1 }", "RSMP_CUBIC = 2, RSMP_LANCZOS = 3 }")
    checkout.assert_break("constant RSMP_CUBIC was 1 and is 2")


def test_a_lower_version_is_not_recorded(checkout: Checkout) -> None:
    checkout.raise_version()
    assert checkout.run("record").returncode == 0
    lower = Checkout(checkout.root)
    result = lower.run("record")
    assert result.returncode == 1
    assert "RSMP_ABI_VERSION was 1 and is 0" in result.stdout
    assert "need an RSMP_ABI_VERSION above 1" in result.stdout


# ---- What must agree -------------------------------------------------------------------------------------------------


def assert_fault(checkout: Checkout, says: str) -> None:
    """Neither passed nor recorded."""
    before = checkout.recorded.read_text()
    for command in ("check", "record"):
        result = checkout.run(command)
        assert result.returncode == 1, result.stdout + result.stderr
        assert f"FAULT     {says}" in result.stdout, result.stdout
    assert checkout.recorded.read_text() == before


@pytest.mark.parametrize("name", ["libresample.so.1", "libother.so.0"])
def test_another_run_time_name(checkout: Checkout, name: str) -> None:
    checkout.soname = name
    assert_fault(checkout, f"the run-time name says {name}, but include/swiftresample.h libresample.so.0")


def test_the_library_says_another_version(checkout: Checkout) -> None:
    checkout.answer = 7
    assert_fault(checkout, "rsmp_abi_version() says 7, but include/swiftresample.h 0")


def test_the_package_needs_another_version(checkout: Checkout) -> None:
    checkout.package = "ABI_VERSION = 1\n"
    assert_fault(checkout, "python/swiftresample/_structures.py says 1, but include/swiftresample.h 0")


def test_the_map_has_another_version(checkout: Checkout) -> None:
    checkout.map = checkout.map.replace("RESAMPLE_0", "RESAMPLE_1")
    assert_fault(checkout, "linker/resample.map says RESAMPLE_1, but include/swiftresample.h RESAMPLE_0")


def test_the_header_alone_has_another_version(checkout: Checkout) -> None:
    checkout.change("#define RSMP_ABI_VERSION 0", "#define RSMP_ABI_VERSION 1")
    assert_fault(checkout, "rsmp_abi_version() says 0, but include/swiftresample.h 1")


def test_another_release_in_the_library(checkout: Checkout) -> None:
    checkout.source = checkout.source.replace("0.1.0", "0.2.0")
    assert_fault(checkout, "rsmp_version() says 0.2.0, but include/swiftresample.h 0.1.0")


def test_a_declared_function_that_is_not_exported(checkout: Checkout) -> None:
    checkout.change("void rsmp_plan_destroy", "void rsmp_promised(void);\nvoid rsmp_plan_destroy")
    assert_fault(checkout, "rsmp_promised is declared, but not exported")


def test_an_exported_function_that_is_not_declared(checkout: Checkout) -> None:
    checkout.source += "void rsmp_secret(void) {}"
    assert_fault(checkout, "rsmp_secret is exported, but not declared")


# ---- What cannot be looked at ----------------------------------------------------------------------------------------


def assert_unreadable(checkout: Checkout, says: str, **environment: str) -> None:
    before = checkout.recorded.read_text() if checkout.recorded.exists() else None
    for command in ("check", "record"):
        result = checkout.run(command, **environment)
        assert result.returncode == 2, result.stdout + result.stderr
        assert "FAULT  " in result.stdout
        assert says in result.stdout, result.stdout
    assert before is None or checkout.recorded.read_text() == before


@pytest.mark.parametrize(
    "declaration",
    [
        "typedef void (*rsmp_callback)(int32_t);",
        "typedef struct rsmp_aligned { _Alignas(16) double low; } rsmp_aligned;",
        "void rsmp_call(void (*callback)(int32_t));",
        "struct rsmp_other { int32_t a; };",
        "typedef struct { int32_t a; } rsmp_other;",
        "typedef struct rsmp_bits { unsigned a : 3; } rsmp_bits;",
        "typedef union rsmp_either { int32_t a; float b; } rsmp_either;",
        "extern int32_t rsmp_count;",
        "enum { RSMP_IMPLIED };",
        "void rsmp_any();",
        "void rsmp_more(int32_t count, ...);",
        "static inline int rsmp_inside(void) { return 1; }",
    ],
)
def test_a_declaration_that_is_not_understood(tmp_path: Path, declaration: str) -> None:
    header = tmp_path / "swiftresample.h"
    header.write_text(HEADER.replace("typedef struct rsmp_plan ", f"{declaration}\ntypedef struct rsmp_plan "))
    with pytest.raises(describe.Unreadable):
        describe.Header(header)


def test_a_declaration_that_is_not_understood_is_no_success(checkout: Checkout) -> None:
    checkout.change("typedef struct rsmp_plan ", "extern int32_t rsmp_count;\ntypedef struct rsmp_plan ")
    assert_unreadable(checkout, "`extern int32_t rsmp_count` is not understood")


def test_a_header_without_functions(checkout: Checkout) -> None:
    checkout.header = "#define RSMP_ABI_VERSION 0\n"
    assert_unreadable(checkout, "no function is declared")


@pytest.mark.parametrize("line", ["", "#define RSMP_ABI_VERSION", "#define RSMP_ABI_VERSION 0u"])
def test_a_header_without_a_version(checkout: Checkout, line: str) -> None:
    checkout.change("#define RSMP_ABI_VERSION 0", line)
    assert_unreadable(checkout, "no number RSMP_ABI_VERSION")


def test_a_header_that_does_not_compile(checkout: Checkout) -> None:
    checkout.change("#define RSMP_SIZE 3", "")
    result = checkout.run("check")
    assert result.returncode == 2
    assert "failed" in result.stdout or "not understood" in result.stdout


def test_nothing_recorded(checkout: Checkout) -> None:
    checkout.recorded.unlink()
    result = checkout.run("check")
    assert result.returncode == 2
    assert "make abi-record" in result.stdout


def test_no_library(checkout: Checkout) -> None:
    checkout.write()
    (checkout.root / "libresample.so").unlink()
    result = subprocess.run(
        [sys.executable, str(CHECK), "--root", str(checkout.root)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 2
    assert "swift build -c release" in result.stdout


@pytest.mark.parametrize("tool", ["nm", "readelf"])
def test_a_missing_tool(checkout: Checkout, tmp_path: Path, tool: str) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for other in {"nm", "readelf", COMPILER, "as", "ld", "collect2"} - {tool}:
        if shutil.which(other):
            (tools / other).symlink_to(str(shutil.which(other)))
    checkout.write()
    result = subprocess.run(
        [sys.executable, str(CHECK), *checkout.arguments()],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PATH": str(tools)},
    )
    assert result.returncode == 2, result.stdout + result.stderr
    assert f"{tool} is missing" in result.stdout
