"""The gate on the built library fails when it should: a small library in C, sound but for one planted fault each."""

from __future__ import annotations

import functools
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import check_library
import pytest
from check_library import some

GATE = Path(__file__).with_name("check_library.py")
COMPILER = next((name for name in ("gcc", "clang", "cc") if shutil.which(name)), "a C compiler")
COMPILER_FOR_AARCH64 = "aarch64-linux-gnu-gcc"
ON_X86 = platform.machine() in ("x86_64", "AMD64")

pytestmark = pytest.mark.skipif(not ON_X86, reason="the planted faults are instructions of x86-64")

CHECKS = {
    "exports",
    "dynamic section",
    "glibc",
    "C functions",
    "paths",
    "size",
    "memory",
    "object files",
    "compiled twice",
    "shared symbols",
    "Swift run-time",
    "Swift objects",
    "instructions, objects",
    "instructions, library",
}

HEADER = """
#define RSMP_TWICE(x) rsmp_run(rsmp_run(x)) /* rsmp_in_a_comment() is no function */
#define RSMP_LONG \\
  rsmp_in_a_macro()
// nor is rsmp_in_another()
typedef void (*rsmp_callback)(int);
int rsmp_run(float *samples);
const char *rsmp_version(
    void);
"""

KERNEL = """
#include <string.h>
void rsk_fill_{name}(float *samples) {{
  for (int i = 0; i < 64; i++) samples[i] = samples[i] * 2 + 1;
}}
/* What Swift emits for generics of the module: weak, and named after the module. */
__attribute__((weak)) void own(float *samples, const float *source, size_t count) __asm__("$s{mangled}4own");
void own(float *samples, const float *source, size_t count) {{ memcpy(samples, source, count); }}
"""

LIBRARY = """
void rsk_fill_baseline(float *), rsk_fill_avx2(float *), rsk_fill_avx512(float *);
const char *rsmp_version(void) { return "1"; }
int rsmp_run(float *samples) {
  /* In 64-bit code: rep bsf of the baseline, tzcnt of BMI1. */
  int zeros = __builtin_ctz((int)samples[0] | 8);
  (zeros == 2 ? rsk_fill_avx512 : zeros == 1 ? rsk_fill_avx2 : rsk_fill_baseline)(samples);
  return zeros;
}
"""


LIBRARY_FOR_AARCH64 = """
void rsk_fill_baseline(float *), rsk_fill_neon(float *);
const char *rsmp_version(void) { return "1"; }
int rsmp_run(float *samples) {
  (samples[0] > 0 ? rsk_fill_neon : rsk_fill_baseline)(samples);
  return 0;
}
"""


@functools.cache
def compiled(compiler: str, source: str, flags: tuple[str, ...]) -> bytes:
    """What the compiler makes of a source; most tests have most of it in common."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        command = [compiler, "-O3", "-fPIC", *flags, "-x", "c", "-", "-o", str(output)]
        subprocess.run(command, input=source, text=True, check=True, timeout=60)
        return output.read_bytes()


class Package:
    """What SwiftPM leaves in a release build folder, in little: objects, their list, and the library."""

    product = "resample"

    def __init__(self, root: Path, compiler: str = COMPILER) -> None:
        self.compiler = compiler
        self.root = root
        self.folder = root / "release"
        self.header = root / "header.h"
        self.header.write_text(HEADER)
        self.map = "RESAMPLE_0 { global: rsmp_*; local: *; };"
        self.soname = "libresample.so.0"
        self.link_flags: list[str] = []
        self.sources: dict[str, str] = {"Resample": LIBRARY}
        self.flags: dict[str, list[str]] = {
            "KernelsAVX2": ["-march=x86-64-v3"],
            "KernelsAVX512": [
                "-march=x86-64-v4",
                "-mavx512vbmi",
                "-mavx512vnni",
                "-mprefer-vector-width=512",
            ],
        }
        for name in ("Baseline", "AVX2", "AVX512"):
            self.add_kernels(name)

    def add_kernels(self, name: str) -> None:
        module = f"Kernels{name}"
        self.sources[module] = KERNEL.format(name=name.lower(), mangled=f"{len(module)}{module}")

    def compile(self, source: str, output: Path, *flags: str) -> Path:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(compiled(self.compiler, source, flags))
        return output

    def build(self) -> Package:
        objects = []
        for module, source in self.sources.items():
            path = self.folder / f"{module}.build" / "source.o"
            objects.append(self.compile(source, path, "-c", *self.flags.get(module, [])))
        (self.root / "exports.map").write_text(self.map)
        command = [self.compiler, "-shared", *map(str, objects), "-o", str(self.library)]
        command += [f"-Wl,-soname,{self.soname}"] if self.soname else []
        command += ["-Wl,--build-id=none"]
        command += [
            f"-Wl,--version-script,{self.root / 'exports.map'}",
            *self.link_flags,
        ]
        subprocess.run(command, check=True, timeout=60)
        self.list_objects(*objects)
        return self

    def list_objects(self, *objects: Path) -> None:
        self.link_list.parent.mkdir(parents=True, exist_ok=True)
        self.link_list.write_text("".join(f"{path}\n" for path in objects))

    @property
    def library(self) -> Path:
        return self.folder / "libresample.so"

    @property
    def link_list(self) -> Path:
        return self.folder / f"{self.product}.product" / "Objects.LinkFileList"

    def check(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(GATE), str(self.folder), "--header", str(self.header)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, **environment},
        )

    def assert_fault(self, *checks: str, says: str | list[str], **environment: str) -> None:
        """Those checks and no others are at fault, and the words are there."""
        result = self.check(**environment)
        assert result.returncode == 1, result.stdout + result.stderr
        assert set(re.findall(r"^FAULT  (.*?): ", result.stdout, re.M)) == set(checks), result.stdout + result.stderr
        assert set(re.findall(r"^ok     (.*?): ", result.stdout, re.M)) == CHECKS - set(checks)
        for words in [says] if isinstance(says, str) else says:
            assert words in result.stdout, result.stdout


class PackageForAArch64(Package):
    """The same for another machine, as scripts/cross_build.py has it."""

    product = "resample-objects"

    def __init__(self, root: Path) -> None:
        super().__init__(root, COMPILER_FOR_AARCH64)
        self.sources, self.flags = {"Resample": LIBRARY_FOR_AARCH64}, {}
        for name in ("Baseline", "NEON"):
            self.add_kernels(name)


@pytest.fixture
def package(tmp_path: Path) -> Package:
    return Package(tmp_path)


def test_a_sound_library_passes(package: Package) -> None:
    result = package.build().check()
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.endswith(f"{len(CHECKS)} passed, 0 failed\n")
    assert "2 functions" in result.stdout


@pytest.mark.skipif(not shutil.which(COMPILER_FOR_AARCH64), reason=f"{COMPILER_FOR_AARCH64} is not installed")
def test_a_library_for_aarch64_has_the_instructions_of_every_processor(tmp_path: Path) -> None:
    package = PackageForAArch64(tmp_path).build()
    result = package.check()
    assert result.returncode == 0, result.stdout + result.stderr
    package.sources["KernelsNEON"] += (
        'void later(void) { __asm__(".arch armv8.2-a+dotprod\\n udot v0.4s, v1.16b, v2.16b"); }'
    )
    package.build().assert_fault("instructions, library", says="later has `udot v0.4s, v1.16b, v2.16b`")


def test_a_path_with_a_space_is_read(tmp_path: Path) -> None:
    root = tmp_path / "a b"
    root.mkdir()
    package = Package(root).build()
    package.link_list.write_text("".join(f"'{path}'\n" for path in package.folder.glob("*.build/*.o")))
    assert package.check().returncode == 0


# ---- Exports ---------------------------------------------------------------------------------------------------------


def test_an_undeclared_export(package: Package) -> None:
    package.sources["Resample"] += "void rsmp_secret(void) {}"
    package.build().assert_fault("exports", says="not declared in header.h: rsmp_secret")


def test_an_export_without_the_prefix(package: Package) -> None:
    package.map = "RESAMPLE_0 { global: rsmp_*; rsk_fill_baseline; local: *; };"
    package.build().assert_fault("exports", says="not declared in header.h: rsk_fill_baseline")


def test_a_missing_export(package: Package) -> None:
    package.header.write_text(HEADER + "void rsmp_promised(void);")
    package.build().assert_fault("exports", says="not exported: rsmp_promised")


def test_exported_data(package: Package) -> None:
    package.sources["Resample"] += "int rsmp_count = 1;"
    package.header.write_text(HEADER + "int rsmp_count(void);")
    package.build().assert_fault("exports", says="not as ordinary functions: rsmp_count")


def test_a_header_without_functions(package: Package) -> None:
    package.header.write_text("// int rsmp_run(float *samples);")
    package.build().assert_fault("exports", says="no function is declared")


# ---- What the loader sees --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("soname", ["", "libresample.so.1"])
def test_another_run_time_name(package: Package, soname: str) -> None:
    package.soname = soname
    package.build().assert_fault("dynamic section", says=f"libresample.so.0, got {soname or 'none'}")


def test_another_library_needed(package: Package) -> None:
    flags = ("-shared", "-Wl,-soname,libother.so")  # needed by its name, not by its path
    other = package.compile("int other(void) { return 1; }", package.root / "libother.so", *flags)
    package.link_flags = [
        "-Wl,--no-as-needed",
        str(other),
        "-Wl,-soname,libresample.so.0",
    ]
    package.build().assert_fault("dynamic section", says="libother.so; only libc.so.6")


@pytest.mark.parametrize(("tag", "path"), [("enable", "/opt/somewhere"), ("disable", "$ORIGIN")])  # RUNPATH, RPATH
def test_a_path_to_look_for_libraries(package: Package, tag: str, path: str) -> None:
    package.link_flags = [f"-Wl,-rpath,{path}", f"-Wl,--{tag}-new-dtags"]
    package.build().assert_fault("dynamic section", says=f"looks for libraries in {path}")


@pytest.mark.parametrize(
    ("version", "is_fault"),
    [("GLIBC_2.34", False), ("GLIBC_2.35", True), ("GLIBC_PRIVATE", True)],
)
def test_the_glibc_needed(package: Package, version: str, is_fault: bool) -> None:
    (package.root / "glibc.map").write_text(f"{version} {{ global: strtol; }};")
    libc = package.compile(
        "void strtol(void) {}",
        package.root / "libstub.so",
        *(
            "-shared",
            "-nostdlib",
            "-Wl,-soname,libc.so.6",
            f"-Wl,--version-script,{package.root / 'glibc.map'}",
        ),
    )
    package.sources["Resample"] += "void strtol(void); void rsmp_novel(void) { strtol(); }"
    package.header.write_text(HEADER + "void rsmp_novel(void);")
    package.link_flags = [str(libc)]
    package.build()
    if is_fault:
        package.assert_fault("glibc", says=version.removeprefix("GLIBC_"))
    else:
        assert package.check().returncode == 0


FUNCTIONS_OF_C = [
    "socket",
    "connect",
    "openat",
    "creat",
    "open64",
    "fopen",
    "write",
    "printf",
    "puts",
    "execve",
    "fork",
    "system",
    "dlopen",
    "secure_getenv",
    "setenv",
    "abort",
    "exit",
    "__fprintf_chk",
    "syscall",
    "ptrace",
    "unlink",
    "gettimeofday",
]


def test_functions_of_c_that_are_not_on_the_list(package: Package) -> None:
    for name in FUNCTIONS_OF_C:
        package.sources["Resample"] += f"extern char {name}[]; void *planted_{name}(void) {{ return {name}; }}"
    package.flags["Resample"] = ["-fno-builtin"]
    package.build().assert_fault("C functions", says=f"uses {some(sorted(FUNCTIONS_OF_C))}, not in C_FUNCTIONS")


def test_a_weak_reference_counts_as_use(package: Package) -> None:
    package.sources["Resample"] += "__attribute__((weak)) void dlsym(void); void planted(void) { if (dlsym) dlsym(); }"
    package.build().assert_fault("C functions", says="uses dlsym, not in C_FUNCTIONS")


def test_a_library_without_functions_of_c_was_not_read(package: Package) -> None:
    package.sources = {name: source.replace("memcpy(", "(void)(") for name, source in package.sources.items()}
    package.flags = {name: [*package.flags.get(name, []), "-ffreestanding", "-fno-builtin"] for name in package.sources}
    package.link_flags = ["-nostdlib"]
    package.build().assert_fault("glibc", "C functions", says="no function of C is used")


def test_a_path_of_the_checkout(package: Package) -> None:
    package.sources["Resample"] += f'__asm__(".section .debug_str\\n.string \\"{package.root}/a.c\\"\\n.text");'
    package.build().assert_fault("paths", says=f"names {package.root}, where it was built")


def test_a_build_id(package: Package) -> None:
    package.link_flags = ["-Wl,--build-id=sha1"]
    package.build().assert_fault("paths", says="has a build ID")


@pytest.mark.parametrize("number", [0, 1 << 56])
def test_a_hash_of_intermediate_code(package: Package, number: int) -> None:
    package.sources["Resample"] += f'__asm__(".section .swift_modhash,\\"a\\"\\n.quad 0, 0, {number}\\n.text");'
    package.build()
    if number:
        package.assert_fault("paths", says="has hashes in .swift_modhash")
    else:
        assert package.check().returncode == 0


def test_a_large_library(package: Package) -> None:
    package.sources["Resample"] += "const char rsmp_ballast[1400000] = {1};"
    package.header.write_text(HEADER)
    package.map = "RESAMPLE_0 { global: rsmp_run; rsmp_version; local: *; };"
    package.build().assert_fault("size", says="less than 1,350,000")


def test_debug_information_is_no_size(package: Package) -> None:
    package.sources["Resample"] += '__asm__(".section .debug_ballast\\n.fill 2000000, 1, 65\\n.text");'
    package.build()
    assert package.library.stat().st_size > 2_000_000
    assert package.check().returncode == 0


def test_an_executable_stack(package: Package) -> None:
    package.link_flags = ["-Wl,-z,execstack"]
    package.build().assert_fault("memory", says="asks for an executable stack")


def test_text_relocations(package: Package) -> None:
    package.sources["Resample"] += '__asm__(".section .rodata\\n.quad rsmp_run\\n.text");'
    package.link_flags = ["-Wl,-z,notext"]
    package.build().assert_fault("memory", says="has text relocations")


def test_writable_code(package: Package) -> None:
    code = bytearray(package.build().library.read_bytes())
    start, size, count = (
        int.from_bytes(code[at : at + length], "little") for at, length in ((32, 8), (54, 2), (56, 2))
    )
    for header in range(start, start + size * count, size):
        if code[header] == 1 and code[header + 4] == 0b101:  # PT_LOAD, readable and executable
            code[header + 4] = 0b111
    package.library.write_bytes(code)
    package.assert_fault("memory", says="both writable and executable")


# ---- What the modules share ------------------------------------------------------------------------------------------

SHARED = "__attribute__((weak, noinline)) void shared(float *x) { for (int i = 0; i < 64; i++) x[i] += 3; }"


def test_a_weak_symbol_that_could_be_shared(package: Package) -> None:
    modules = ("KernelsBaseline", "KernelsAVX2", "KernelsAVX512")
    for module in modules:
        package.sources[module] += (
            '__attribute__((weak)) void shared(void) __asm__("$sSf7sharedF"); void shared(void) {}'
        )
    package.build().assert_fault(
        "shared symbols", says=[f"{module}.build/source.o defines symbols" for module in modules]
    )


def test_a_weak_symbol_of_another_kernel_module(package: Package) -> None:
    package.sources["KernelsAVX2"] += (
        '__attribute__((weak)) void shared(void) __asm__("$s14KernelsAVX512F"); void shared(void) {}'
    )
    package.build().assert_fault("shared symbols", says="$s14KernelsAVX512F")


def test_a_weak_symbol_that_another_module_defines_too(package: Package) -> None:
    """The optimiser of a module that imports the kernels would put a copy of its own there."""
    package.sources["Resample"] += (
        '__attribute__((weak)) void copy(void) __asm__("$s11KernelsAVX24own"); void copy(void) {}'
    )
    package.build().assert_fault("shared symbols", says="another module defines too: $s11KernelsAVX24own")


def test_a_unique_symbol(package: Package) -> None:
    package.sources["KernelsAVX2"] += (
        '__asm__(".data\\n.type only, @gnu_unique_object\\n.size only, 4\\nonly: .long 1\\n.text");'
    )
    package.build().assert_fault("shared symbols", says="only")


def test_a_weak_symbol_that_the_linker_took_from_the_avx2_module(
    package: Package,
) -> None:
    """The fault for which the gate exists: the baseline would run AVX, whatever the processor."""
    package.sources = {
        "KernelsAVX2": package.sources.pop("KernelsAVX2"),
        **package.sources,
    }
    for module in ("KernelsAVX2", "KernelsBaseline"):
        package.sources[module] = SHARED + package.sources[module].replace("* 2 + 1;", "* 2 + 1; shared(samples);")
    package.build().assert_fault(
        "shared symbols",
        "instructions, library",
        says="outside its module: shared has `v",
    )


def test_a_weak_symbol_that_the_linker_took_from_the_baseline_is_a_fault_too(
    package: Package,
) -> None:
    package.sources = {
        "KernelsBaseline": package.sources.pop("KernelsBaseline"),
        **package.sources,
    }
    package.flags["KernelsAVX2"].append("-ffunction-sections")
    package.link_flags = ["-Wl,--gc-sections"]  # drops the other one, as Swift's comdat groups do
    for module in ("KernelsAVX2", "KernelsBaseline"):
        package.sources[module] = SHARED + package.sources[module].replace("* 2 + 1;", "* 2 + 1; shared(samples);")
    package.build().assert_fault(
        "shared symbols",
        says="KernelsAVX2.build/source.o defines symbols that another file may share: shared",
    )


def test_a_kernel_that_uses_swifts_run_time(package: Package) -> None:
    names = ["$es5print", "$sSf7roundedF", "swift_retain"]
    for name in names:
        package.sources["KernelsAVX2"] += f'__asm__(".data\\n.quad \\"{name}\\"\\n.text");'
    package.build().assert_fault("Swift run-time", "C functions", says=f"KernelsAVX2.build/source.o uses {some(names)}")


# ---- Instructions ----------------------------------------------------------------------------------------------------

AVX_CODE = "void rsk_helper(float *x) { for (int i = 0; i < 64; i++) x[i] += 3; }"


@pytest.mark.parametrize("module", ["Resample", "KernelsBaseline"])
def test_a_module_of_the_baseline_compiled_for_avx(package: Package, module: str) -> None:
    package.flags[module] = ["-mavx"]
    # Local: only its own object file tells it from a function of the same name in another module.
    package.sources[module] += AVX_CODE.replace("void", "__attribute__((used)) static void", 1)
    package.build().assert_fault("instructions, objects", "instructions, library", says="rsk_helper has `v")


def test_avx512_in_the_avx2_module(package: Package) -> None:
    package.flags["KernelsAVX2"] = package.flags["KernelsAVX512"]
    package.build().assert_fault("instructions, objects", "instructions, library", says="rsk_fill_avx2 has `v")


INSTRUCTIONS = {
    check_library.BASELINE: [
        "tzcnt %eax, %ecx",  # rep bsf
        "pmaddwd %xmm0, %xmm1",
        "cvtdq2ps %xmm9, %xmm1",
        "verr %ax",
        "bsr %rax, %rcx",
        "cs nopw 0(%rax,%rax)",
    ],
    check_library.AVX: [
        "vaddps %xmm0, %xmm1, %xmm2",
        "vzeroupper",
        "vfmadd231sd %xmm0, %xmm1, %xmm2",
        "vcvtph2ps %xmm0, %xmm1",
        "vmovups %fs:0, %xmm0",
        "vpaddd %ymm0, %ymm1, %ymm2",
        "vgatherdps %ymm0, (%rax,%ymm1), %ymm2",
        "shlx %eax, %ecx, %edx",
        "andn %eax, %ecx, %edx",
        "blsr %rax, %rcx",
        "lzcnt %rax, %rcx",
        "popcnt %eax, %ecx",
        "movbe (%rax), %ecx",
        "pshufb %xmm0, %xmm9",
        "roundss $4, %xmm8, %xmm0",
        "haddps %xmm0, %xmm1",
        "movshdup %xmm0, %xmm10",
    ],
    check_library.AVX512: [
        "vaddps %zmm0, %zmm1, %zmm2",
        "vaddps %xmm16, %xmm1, %xmm2",
        "vmovdqu8 %ymm0, (%rax)",
        "kmovw %eax, %k1",
        "kortestw %k0, %k0",
        "vaddps %ymm0, %ymm1, %ymm2 {%k3}",
    ],
}


def test_the_instruction_set_of_every_instruction(package: Package) -> None:
    planted = [(level, instruction) for level, found in INSTRUCTIONS.items() for instruction in found]
    code = "".join(
        f'__asm__(".text\\n.type planted{place}, @function\\nplanted{place}: {instruction}\\nret");'
        for place, (_, instruction) in enumerate(planted)
    )
    levels: dict[str, int] = {}
    for found in check_library.instructions(package.compile(code, package.root / "planted.o", "-c")):
        levels.setdefault(found.function, found.level)
    assert levels == {f"planted{place}": level for place, (level, _) in enumerate(planted)}


def test_avx_from_an_archive(package: Package) -> None:
    """Archives are not in the list of object files; the library itself shows their code."""
    archived = package.compile(AVX_CODE, package.root / "archived.o", "-c", "-mavx2")
    package.sources["Resample"] = package.sources["Resample"].replace(
        "return zeros", "rsk_helper(samples); return zeros"
    )
    package.sources["Resample"] = "void rsk_helper(float *);" + package.sources["Resample"]
    package.link_flags = [str(archived)]
    package.build().assert_fault("instructions, library", says="rsk_helper has `v")


def test_kernels_that_do_not_use_their_instruction_set(package: Package) -> None:
    package.flags.clear()
    says = "instruction set in KernelsAVX2, KernelsAVX512"
    package.build().assert_fault("instructions, objects", says=says)


# ---- What cannot be looked at ----------------------------------------------------------------------------------------


def test_no_library(package: Package) -> None:
    package.build().library.unlink()
    package.assert_fault(*CHECKS, says="swift build -c release")


def test_no_build_folder(package: Package) -> None:
    package.assert_fault(*CHECKS, says="swift build -c release")


def test_a_library_that_is_none(package: Package) -> None:
    package.build().library.write_text("not an ELF file")
    package.assert_fault(*CHECKS, says="failed")


def test_no_header(package: Package) -> None:
    package.build().header.unlink()
    package.assert_fault("exports", says="header.h")


def test_what_is_compiled_in_the_abi_once_more(package: Package) -> None:
    large = '__attribute__((weak)) void planted(void) { __asm__ volatile(".fill 40000, 1, 0x90"); }'
    package.sources["ResampleABI"] = large
    assert package.build().check().returncode == 0
    package.sources["Resample"] += large
    package.build().assert_fault("compiled twice", says=["bytes of functions of Resample", "the largest: planted"])


def test_a_library_that_allocates_objects_of_swift(package: Package) -> None:
    names = ["$es17swift_allocObject8metadata12requiredSize", "swift_allocObject", "swift_slowAlloc"]
    for place, name in enumerate(names):
        package.sources["Resample"] += f'void array{place}(void) __asm__("{name}");\nvoid array{place}(void) {{}}\n'
    package.build().assert_fault("Swift objects", says=f"allocates objects of Swift: {some(names)}")


@pytest.mark.parametrize("tool", ["nm", "objdump", "readelf", "strip"])
def test_a_missing_tool(package: Package, tmp_path: Path, tool: str) -> None:
    package.build()
    tools = tmp_path / "tools"
    tools.mkdir()
    for other in {"nm", "objdump", "readelf", "strip"} - {tool}:
        (tools / other).symlink_to(str(shutil.which(other)))
    needing = {
        "nm": {
            "exports",
            "glibc",
            "C functions",
            "compiled twice",
            "shared symbols",
            "Swift run-time",
            "Swift objects",
            "instructions, library",
        },
        "objdump": {"instructions, objects", "instructions, library"},
        "readelf": CHECKS - {"exports", "C functions", "size", "Swift objects"},
        "strip": {"size"},
    }
    package.assert_fault(*needing[tool], says=f"{tool} is missing", PATH=str(tools))


OF_OBJECTS = (
    "object files",
    "compiled twice",
    "shared symbols",
    "Swift run-time",
    "instructions, objects",
    "instructions, library",
)


def test_no_list_of_object_files(package: Package) -> None:
    package.build().link_list.unlink()
    package.assert_fault(*OF_OBJECTS, says="Objects.LinkFileList")


def test_an_empty_list_of_object_files(package: Package) -> None:
    package.build().link_list.write_text("")
    package.assert_fault(*OF_OBJECTS, says="names no object files")


def test_a_listed_object_file_that_is_not_there(package: Package) -> None:
    (package.build().folder / "KernelsAVX2.build" / "source.o").unlink()
    package.assert_fault(*OF_OBJECTS, says="KernelsAVX2.build/source.o")


def test_a_kernel_module_that_was_not_linked(package: Package) -> None:
    package.build()
    package.list_objects(*(path for path in package.folder.glob("*.build/*.o") if "AVX512" not in str(path)))
    package.assert_fault(*OF_OBJECTS, says="got KernelsAVX2, KernelsBaseline")


def test_an_object_file_newer_than_the_library(package: Package) -> None:
    package.build()
    later = package.library.stat().st_mtime_ns + 10**9
    os.utime(package.folder / "KernelsAVX2.build" / "source.o", ns=(later, later))
    package.assert_fault("object files", says="compiled again since the library was linked")


def test_the_object_file_of_a_deleted_source_is_passed_over(package: Package) -> None:
    package.build()
    package.compile(AVX_CODE, package.folder / "KernelsBaseline.build" / "deleted.o", "-c", "-mavx2")
    assert package.check().returncode == 0


def test_a_stripped_library(package: Package) -> None:
    package.link_flags = ["-s"]
    package.build().assert_fault("Swift objects", "instructions, library", says="is it stripped?")
