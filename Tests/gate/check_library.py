#!/usr/bin/env python3
"""Looks at the library as it was built: what it exports and needs, and where it uses which instructions.

    python3 Tests/gate/check_library.py .build-release/release
    python3 Tests/gate/check_library.py .build-aarch64-linux-gnu/release

Prints one line a check and exits with status 1 on any fault. A check that cannot look, because a tool or a file is
missing or cannot be read, is at fault too: what was not looked at has not passed. Needs Python 3.9, and binutils of the
library's machine.

Why the object files are looked at, and not the library alone: on x86-64 the three kernel modules are the same source
compiled for three instruction sets. Where each defines a weak symbol of one name, a function of the standard library
for instance, the linker keeps any one of them for all, and a processor without AVX dies in the baseline's own path.
Which one it keeps depends on the order of the files, so the library may look sound today and break by an unrelated
change.

Which object files: those that the linker was given, in SwiftPM's resample.product/Objects.LinkFileList; of a library
for another machine, in that of resample-objects. The build folder itself is no answer: SwiftPM leaves the object files
of deleted and renamed sources there.
"""

from __future__ import annotations

import argparse
import functools
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Callable, NamedTuple

SONAME = "libresample.so.0"
# Before glibc 2.34 threads had a library of their own.
NEEDED = re.compile(r"libc\.so\.6|libm\.so\.6|libpthread\.so\.0|ld-linux[-\w]*\.so\.\d+")
NEWEST_GLIBC = (2, 34)
LARGEST_SIZE = 1_350_000
LARGEST_COMPILED_TWICE = 32_000

# Every function of libc and libm that the library may use. None of them opens a connection, starts a process, prints,
# or ends the process, but __stack_chk_fail, which nothing calls unless memory is overwritten already. open and read are
# for the CPU quota of the process, when the library is loaded: test_privacy.py sees that nothing else is opened.
C_FUNCTIONS = set(
    re.findall(
        r"\w+",
        """
        malloc posix_memalign free madvise
        memcpy memmove memset memcmp strcmp strtol
        open read close strsep strchr strstr strncmp strlen
        getenv sysconf sched_getaffinity __sched_cpucount sched_yield
        pthread_attr_destroy pthread_attr_getstacksize pthread_attr_init pthread_attr_setdetachstate
        pthread_attr_setstacksize pthread_create pthread_setcancelstate
        pthread_key_create pthread_getspecific pthread_setspecific
        pthread_cond_broadcast pthread_cond_timedwait pthread_mutex_lock pthread_mutex_unlock
        pthread_sigmask sigfillset sigdelset __register_atfork
        clock_gettime nanosleep
        ceil ceilf cos cosf expm1 floor floorf fma fmaf fmod fmodf rint rintf sin sinf trunc truncf
        __stack_chk_fail __stack_chk_guard
        """,
    )
)
# Those of SwiftPM, one of which the library was linked from: as SwiftPM does, and as scripts/cross_build.py does.
PRODUCTS = ("resample", "resample-objects")
# What compilers put into every shared library.
OF_COMPILERS = {"__cxa_finalize", "__gmon_start__", "_ITM_deregisterTMCloneTable", "_ITM_registerTMCloneTable"}

# What each module may use; every other module, and whatever the linker adds, is baseline.
BASELINE, AVX, AVX512 = range(3)
KERNELS = {"KernelsBaseline": BASELINE, "KernelsAVX2": AVX, "KernelsAVX512": AVX512}
# Of AArch64 every processor has all sets.
KERNELS_OF_AARCH64 = {"KernelsBaseline": BASELINE, "KernelsNEON": BASELINE}
HEAP = re.compile(r"swift_(allocObject|allocBox|allocEmptyBox|slowAlloc|bufferAllocate)")
SWIFT = ("$s", "$S", "$e", "swift_", "_swift_", "__swift_", "_$s")


class Fault(Exception):
    """What is wrong, in a sentence each."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(*reasons)
        self.reasons = reasons


def finish(tool: str, *arguments: str | Path, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a tool to its end."""
    if shutil.which(tool) is None:
        prefix = tool.rpartition("-")[0]
        raise Fault(f"{tool} is missing: install {f'binutils-{prefix}' if prefix else 'binutils'}")
    # The words looked for are English.
    return subprocess.run(
        [tool, *map(str, arguments)],
        input=given,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )


def run(tool: str, *arguments: str | Path) -> str:
    """Runs a tool and returns what it prints; its failure is a fault."""
    result = finish(tool, *arguments)
    if result.returncode != 0:
        raise Fault(f"{shlex.join(result.args)} failed: {result.stderr.strip() or result.returncode}")
    return result.stdout


def of_machine(tool: str, file: Path) -> str:
    """The tool of binutils for the machine of a file."""
    with file.open("rb") as start:
        is_aarch64 = start.read(20)[18:] == b"\xb7\0"
    return f"aarch64-linux-gnu-{tool}" if is_aarch64 and platform.machine() != "aarch64" else tool


def some(names: list[str]) -> str:
    """A few of them, and how many more there are."""
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"


# ---- What is looked at -----------------------------------------------------------------------------------------------


class Symbol(NamedTuple):
    name: str
    kind: str  # nm's letter
    size: int = 0  # in bytes, where it has one

    @property
    def is_undefined(self) -> bool:
        return self.kind in "Uwv"

    @property
    def is_shareable(self) -> bool:
        """Whether the linker may replace it by a symbol of the same name from another file."""
        return self.kind in "WVuC"

    @property
    def is_global(self) -> bool:
        return self.kind.isupper() or self.kind == "u"

    @property
    def is_code(self) -> bool:
        return self.kind in "tTWi"


def symbols(file: Path, *options: str) -> list[Symbol]:
    # name, letter, value, size: what is undefined has no value. Names with a space are those of Swift's reflection.
    lines = re.findall(r"^(\S+) ([A-Za-z])(?: +[0-9a-f]+ ([0-9a-f]*))?\s*$", run("nm", "-P", *options, file), re.M)
    return [Symbol(name, kind, int(size or "0", 16)) for name, kind, size in lines]


class Object:
    """An object file that the linker was given."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.module = path.parent.name.removesuffix(".build")

    def __str__(self) -> str:
        return f"{self.path.parent.name}/{self.path.name}"

    @functools.cached_property
    def symbols(self) -> list[Symbol]:
        return symbols(self.path)

    def owns(self, name: str) -> bool:
        """Whether Swift's mangled name mentions the module, so that no other module can have the same symbol."""
        return f"{len(self.module)}{self.module}" in name


class Build:
    """A release build folder of SwiftPM, and the header that the library implements."""

    def __init__(self, folder: Path, header: Path) -> None:
        self.folder = folder
        self.header = header

    @functools.cached_property
    def library(self) -> Path:
        path = self.folder / "libresample.so"
        if not path.is_file():
            raise Fault(f"there is no {path}: swift build -c release --product resample")
        return path

    @functools.cached_property
    def is_x86(self) -> bool:
        return "X86-64" in run("readelf", "-hW", self.library)

    @functools.cached_property
    def dynamic_section(self) -> str:
        text = run("readelf", "-dW", self.library)
        if "SONAME" not in text and "NEEDED" not in text:
            raise Fault("the library has no dynamic section that can be read")
        return text

    @functools.cached_property
    def objects(self) -> list[Object]:
        of_linker = [self.folder / f"{product}.product" / "Objects.LinkFileList" for product in PRODUCTS]
        link_list = next(filter(Path.is_file, of_linker), of_linker[0])
        if not link_list.is_file():
            raise Fault(f"there is no {link_list}, SwiftPM's list of the object files that it linked")
        paths = [Path(path) for path in shlex.split(link_list.read_text())]
        if not paths:
            raise Fault(f"{link_list} names no object files")
        missing = [str(path) for path in paths if not path.is_file()]
        if missing:
            raise Fault(f"{link_list} names files that are not there: {some(missing)}")
        return [Object(path) for path in paths]

    @functools.cached_property
    def kernels(self) -> list[Object]:
        """The object files of the kernel modules, of which every one must be there."""
        expected = set(KERNELS if self.is_x86 else KERNELS_OF_AARCH64)
        found = {object.module for object in self.objects if object.module.startswith("Kernels")}
        if found != expected:
            raise Fault(
                f"the kernel modules linked must be {', '.join(sorted(expected))}, "
                f"got {', '.join(sorted(found)) or 'none'}"
            )
        return [object for object in self.objects if object.module in expected]


# ---- Instructions ----------------------------------------------------------------------------------------------------


class Instruction(NamedTuple):
    function: str
    text: str
    level: int


# Instructions of SSE3 by their prefix and opcode behind 0f; popcnt and lzcnt, which older processors read as others.
LATER_THAN_SSE2 = {
    *((0xF2, opcode) for opcode in (0x12, 0xD0, 0x7C, 0x7D, 0xF0)),
    *((0x66, opcode) for opcode in (0xD0, 0x7C, 0x7D)),
    *((0xF3, opcode) for opcode in (0x12, 0x16, 0xB8, 0xBD)),
}


def level(code: bytes, text: str) -> int:
    """The least of BASELINE, AVX and AVX512 that has an instruction, told by its encoding.

    In 64-bit code c4 and c5 begin a VEX prefix and nothing else, 62 an EVEX prefix and nothing else: no list of
    mnemonics can be as complete. All of AVX, AVX2, FMA, F16C, BMI1 and BMI2 is VEX but tzcnt. AVX-512 is EVEX, or VEX
    with a mask register. tzcnt passes: older processors read it as bsf, and compilers for the baseline emit it on
    purpose, for numbers that are not zero or where the difference does not matter.

    What lies between SSE2 and AVX counts as AVX here: the baseline is SSE2.
    """
    at = 0
    prefixes = set()
    while at < len(code) and code[at] in b"\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3":
        prefixes.add(code[at])
        at += 1
    opcode = code[at:]
    if opcode[:1] == b"\x62":
        return AVX512
    if opcode[:1] in (b"\xc4", b"\xc5"):
        return AVX512 if re.search(r"%k[0-7]\b", text) else AVX
    if opcode and 0x40 <= opcode[0] <= 0x4F:  # REX
        opcode = opcode[1:]
    if opcode[:2] in (
        b"\x0f\x38",
        b"\x0f\x3a",
    ):  # SSSE3 to SSE4.2, AES, SHA, movbe, crc32, adx
        return AVX
    if opcode[:1] == b"\x0f" and any((prefix, opcode[1]) in LATER_THAN_SSE2 for prefix in prefixes):
        return AVX
    return BASELINE


def instructions(file: Path) -> Iterator[Instruction]:
    """Every instruction of a file, by function."""
    function = ""
    for line in run("objdump", "-d", "--insn-width=16", file).splitlines():
        heading = re.fullmatch(r"[0-9a-f]+ <(.*)>:", line)
        if heading:
            function = heading[1].split("@")[0]  # without the version of an exported symbol
            continue
        parts = line.split("\t")
        if len(parts) < 3:
            continue
        text = parts[2].strip()
        if "(bad)" in text:
            raise Fault(f"{file.name}: objdump cannot read an instruction of {function}; a newer binutils may")
        yield Instruction(function, text, level(bytes.fromhex(parts[1]), text))


def beyond_armv8(file: Path) -> list[str]:
    """The instructions that the first processors of AArch64 did not have, each with a function.

    An assembler for these refuses them, which is more complete than any list of mnemonics.
    """
    functions: dict[str, str] = {}
    function = ""
    for line in run(of_machine("objdump", file), "-d", "--no-show-raw-insn", "-M", "no-aliases", file).splitlines():
        heading = re.fullmatch(r"[0-9a-f]+ <(.*)>:", line)
        if heading:
            function = heading[1]
            continue
        parts = line.split("\t")
        if len(parts) >= 2:
            # Wherever it jumps to.
            text = re.sub(r"\b[0-9a-f]+ <[^>]*>", ".", " ".join(parts[1:]).partition("//")[0])
            functions.setdefault(text.strip(), function)
    if not functions:
        raise Fault(f"{file.name} has no instructions that can be read")
    texts = [text for text in functions if text != "..."]  # zeros
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["-march=armv8-a", "-o", Path(folder) / "object", "-"]
        result = finish(of_machine("as", file), *arguments, given="\n".join([*texts, ""]))
    refused = [texts[int(number) - 1] for number in re.findall(r":(\d+): Error:", result.stderr)]
    if result.returncode != 0 and not refused:
        raise Fault(f"the assembler failed: {result.stderr.strip()}")
    return [f"{functions[text]} has `{text}`" for text in refused]


def beyond(limits: dict[str, int], default: int, found: list[Instruction]) -> list[str]:
    """Those functions that use more than they may, with an instruction that shows it."""
    faults: dict[str, str] = {}
    for instruction in found:
        if instruction.level > limits.get(instruction.function, default):
            faults.setdefault(instruction.function, f"{instruction.function} has `{instruction.text}`")
    return list(faults.values())


# ---- The checks ------------------------------------------------------------------------------------------------------


def declared_functions(header: str) -> set[str]:
    text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", header, flags=re.DOTALL)
    text = re.sub(r"^[ \t]*#(?:\\\n|.)*", "", text, flags=re.MULTILINE)
    return set(re.findall(r"\b(rsmp_\w+)\s*\(", text))


def check_exports(build: Build) -> str:
    """The functions of the header are the library's symbols, all of them and nothing else."""
    if not build.header.is_file():
        raise Fault(f"there is no {build.header}")
    declared = declared_functions(build.header.read_text())
    if not declared:
        raise Fault(f"no function is declared in {build.header}")
    exported = symbols(build.library, "-D", "--defined-only")
    # GNU ld adds a symbol for each version that it defines, at no address.
    functions = {symbol.name.split("@")[0] for symbol in exported if symbol.kind != "A"}
    faults = []
    if declared - functions:
        faults.append(f"declared in {build.header.name} and not exported: {some(sorted(declared - functions))}")
    if functions - declared:
        faults.append(f"exported and not declared in {build.header.name}: {some(sorted(functions - declared))}")
    data = sorted(symbol.name for symbol in exported if symbol.kind not in "TA")
    if data:
        faults.append(f"exported, but not as ordinary functions: {some(data)}")
    if faults:
        raise Fault(*faults)
    return f"{len(functions)} functions, exactly those declared in {build.header.name}"


def check_dynamic_section(build: Build) -> str:
    """The run-time name, and the libraries that the loader has to bring."""
    entries = re.findall(r"\((SONAME|NEEDED|RPATH|RUNPATH)\).*\[(.*)\]", build.dynamic_section)
    soname = [value for tag, value in entries if tag == "SONAME"]
    needed = [value for tag, value in entries if tag == "NEEDED"]
    paths = [value for tag, value in entries if tag in ("RPATH", "RUNPATH")]
    faults = []
    if soname != [SONAME]:
        faults.append(f"the run-time name must be {SONAME}, got {' '.join(soname) or 'none'}")
    foreign = [name for name in needed if not NEEDED.fullmatch(name)]
    if foreign:
        faults.append(f"needs {some(foreign)}; only libc.so.6, libm.so.6, libpthread.so.0 and the loader are allowed")
    if paths:
        faults.append(f"looks for libraries in {' '.join(paths)}: swift build --disable-local-rpath")
    if faults:
        raise Fault(*faults)
    return f"{SONAME} needs {', '.join(needed)}, and has no path of its own to look for them"


def check_glibc(build: Build) -> str:
    """The oldest glibc that the library runs with."""
    versions: dict[tuple[int, ...], list[str]] = {}
    odd = []
    for symbol in symbols(build.library, "-D", "--undefined-only"):
        name, _, version = symbol.name.partition("@")
        if not version:
            continue
        if re.fullmatch(r"GLIBC_\d+(\.\d+)+", version):
            number = tuple(int(part) for part in version.removeprefix("GLIBC_").split("."))
            versions.setdefault(number, []).append(name)
        else:
            odd.append(f"{name}@{version}")
    # Versions that no symbol names, such as GLIBC_ABI_DT_RELR of packed relocations.
    for version in re.findall(r"Name: (GLIBC_\S+)", run("readelf", "-VW", build.library)):
        if not re.fullmatch(r"GLIBC_\d+(\.\d+)+", version):
            odd.append(version)
    if odd:
        raise Fault(f"needs symbol versions that are no glibc version: {some(odd)}")
    if not versions:
        raise Fault("no symbol names a glibc version, which cannot be")
    newest = max(versions)
    needed = f"needs {'.'.join(map(str, newest))}, for {some(versions[newest])}"
    needed += f"; {'.'.join(map(str, NEWEST_GLIBC))} is the newest allowed"
    if newest > NEWEST_GLIBC:
        raise Fault(needed)
    return needed


def check_c_functions(build: Build) -> str:
    """The functions of C that the library uses are on the list: it cannot do what it has no function for."""
    used = {symbol.name.partition("@")[0] for symbol in symbols(build.library, "-D", "--undefined-only")}
    used -= OF_COMPILERS
    if not used:
        raise Fault("no function of C is used, which cannot be")
    unknown = sorted(used - C_FUNCTIONS)
    if unknown:
        raise Fault(f"uses {some(unknown)}, not in C_FUNCTIONS of {Path(__file__).name}")
    return f"{len(used)} functions of C are used, all of them allowed: no connections, processes or output"


def check_paths(build: Build) -> str:
    """Nothing tells where the library was built, nor makes it another one there: debug information and build ID."""
    checkout = os.path.commonpath([build.folder.resolve(), build.header.resolve()])
    faults = []
    if checkout != os.sep and os.fsencode(checkout) in build.library.read_bytes():
        faults.append(f"names {checkout}, where it was built")
    # A hash of debug information, and one of the compiler's intermediate code: both change with the folder.
    sections = run("readelf", "-SW", build.library)
    if ".note.gnu.build-id" in sections:
        faults.append("has a build ID")
    if ".swift_modhash" in sections:
        dump = run("readelf", "-x", ".swift_modhash", build.library)
        words = re.findall(r"^  0x[0-9a-f]+ ((?:[0-9a-f]{2,8} )+)", dump, re.M)
        if not words or set("".join(words)) - set("0 "):
            faults.append("has hashes in .swift_modhash")
    if faults:
        raise Fault(*faults)
    return "none of the folder where it was built, and no hash of them"


def check_size(build: Build) -> str:
    """The library as it is shipped, without the symbols that only debuggers and this gate need."""
    with tempfile.TemporaryDirectory() as folder:
        stripped = Path(folder) / "libresample.so"
        run(of_machine("strip", build.library), "--strip-unneeded", "-o", stripped, build.library)
        size = stripped.stat().st_size
    if size >= LARGEST_SIZE:
        raise Fault(f"{size:,} bytes stripped; it must be less than {LARGEST_SIZE:,}")
    return f"{size:,} bytes stripped, less than {LARGEST_SIZE:,}"


def check_memory(build: Build) -> str:
    """Nothing that is written is run, and code is not changed by the loader."""
    segments = re.findall(
        r"^  (LOAD|GNU_STACK) .* 0x[0-9a-f]+ ([R ][W ][E ]) ",
        run("readelf", "-lW", build.library),
        re.M,
    )
    stack = [flags for segment, flags in segments if segment == "GNU_STACK"]
    faults = []
    if not stack:
        faults.append("no GNU_STACK header, which asks for an executable stack")
    if any("E" in flags for flags in stack):
        faults.append("asks for an executable stack")
    if any(flags[1:] == "WE" for segment, flags in segments if segment == "LOAD"):
        faults.append("has a segment that is both writable and executable")
    if "LOAD" not in [segment for segment, _ in segments]:
        faults.append("no segments that can be read")
    if re.search(r"\(TEXTREL\)|\bTEXTREL\b", build.dynamic_section):
        faults.append("has text relocations")
    if faults:
        raise Fault(*faults)
    return "no executable stack, no writable code, no text relocations"


def check_objects(build: Build) -> str:
    """The object files looked at are those that the library was linked from."""
    kernels = build.kernels
    time = build.library.stat().st_mtime_ns
    newer = [str(object) for object in build.objects if object.path.stat().st_mtime_ns > time]
    if newer:
        raise Fault(f"compiled again since the library was linked, build it again: {some(newer)}")
    modules = {object.module for object in build.objects}
    return f"{len(build.objects)} files of {len(modules)} modules were linked, {len(kernels)} of them kernels"


def check_compiled_twice(build: Build) -> str:
    """What the ABI calls of Resample is compiled there, and not in the ABI once more, which takes as long again."""
    sizes: dict[str, dict[str, int]] = {"Resample": {}, "ResampleABI": {}}
    for object in build.objects:
        if object not in build.kernels and object.module in sizes:
            of_module = sizes[object.module]
            of_module.update({symbol.name: symbol.size for symbol in object.symbols if symbol.is_code})
    if not sizes["Resample"]:
        raise Fault("no function of Resample is found in its object files")
    twice = sorted(sizes["Resample"].keys() & sizes["ResampleABI"].keys(), key=lambda name: -sizes["ResampleABI"][name])
    size = sum(sizes["ResampleABI"][name] for name in twice)
    if size >= LARGEST_COMPILED_TWICE:
        raise Fault(
            f"ResampleABI has {size:,} bytes of functions of Resample, must be less than {LARGEST_COMPILED_TWICE:,}: "
            f"what it calls has to be @export(interface); the largest: {some(twice)}"
        )
    return f"{size:,} bytes of Resample are in ResampleABI as well, less than {LARGEST_COMPILED_TWICE:,}"


def check_shared_symbols(build: Build) -> str:
    """No symbol of a kernel module can be taken for another module's."""
    if not build.is_x86:
        return "nothing to tell apart: every processor has all instruction sets of this machine"
    definitions: dict[str, set[str]] = {}
    for object in build.objects:
        for symbol in object.symbols:
            if symbol.is_global and not symbol.is_undefined:
                definitions.setdefault(symbol.name, set()).add(object.module)
    faults = []
    own = 0
    for object in build.kernels:
        shareable = [symbol.name for symbol in object.symbols if symbol.is_shareable]
        foreign = [name for name in shareable if not object.owns(name)]
        own += len(shareable) - len(foreign)
        if foreign:
            faults.append(f"{object} defines symbols that another file may share: {some(foreign)}")
        defined = [symbol.name for symbol in object.symbols if symbol.is_global and not symbol.is_undefined]
        double = [name for name in defined if len(definitions[name]) > 1 and name not in foreign]
        if double:
            faults.append(f"{object} defines symbols that another module defines too: {some(double)}")
    if faults:
        raise Fault(*faults)
    return f"none in the kernel modules; their {own} weak symbols are named after their module"


def check_runtime(build: Build) -> str:
    """Kernels call nothing of Swift's run-time or standard library: it is code of the baseline, and may be shared."""
    faults = []
    others = set()
    for object in build.kernels:
        undefined = [symbol.name for symbol in object.symbols if symbol.is_undefined and not object.owns(symbol.name)]
        swift = [name for name in undefined if name.startswith(SWIFT)]
        others.update(undefined)
        if swift:
            faults.append(f"{object} uses {some(swift)}")
    if faults:
        raise Fault(*faults)
    return f"the kernel modules use nothing of it; of C they use {', '.join(sorted(others)) or 'nothing'}"


def check_heap(build: Build) -> str:
    """The library has none of Swift's arrays, classes and boxes: where memory runs out, they end the process."""
    names = re.findall(r"^[0-9a-f]+ \w (\S+)$", run("nm", build.library), re.M)
    if not any(name.startswith("rsmp_") for name in names):
        raise Fault("the library has no symbols that can be read")
    found = [name for name in names if HEAP.search(name)]
    if found:
        raise Fault(f"allocates objects of Swift: {some(found)}")
    return f"none of {len(names):,} symbols allocates objects of Swift"


def check_object_instructions(build: Build) -> str:
    """Every module keeps to its instruction set, and the kernels do use theirs."""
    if not build.is_x86:
        return "looked at in the library: every processor has all instruction sets of this machine"
    faults = []
    used = dict.fromkeys(KERNELS, 0)
    for object in [
        *build.kernels,
        *(object for object in build.objects if object.module not in KERNELS),
    ]:
        limit = KERNELS.get(object.module, BASELINE)
        found = list(instructions(object.path))
        wrong = beyond({}, limit, found)
        if wrong:
            faults.append(f"{object}: {some(wrong)}")
        if object.module in KERNELS:
            used[object.module] += sum(instruction.level == limit for instruction in found)
    # Otherwise a build without -march, or a disassembly that was not understood, would pass.
    unused = [module for module, count in used.items() if count == 0]
    if unused:
        faults.append(f"no instruction of its own instruction set in {some(unused)}")
    if faults:
        raise Fault(*faults)
    counts = f"{used['KernelsAVX2']:,} AVX in KernelsAVX2, {used['KernelsAVX512']:,} AVX-512 in KernelsAVX512"
    return f"{counts}, none of either anywhere else"


def check_library_instructions(build: Build) -> str:
    """The same in the library as it was linked, which also holds what came from archives."""
    if not build.is_x86:
        found = beyond_armv8(build.library)
        if found:
            raise Fault(*(f"not of every processor: {fault}" for fault in found[:8]))
        return "all of them are of Armv8-A, as the first processors had it"
    # What the linker could share has the limit of its least module. Functions that are local to their file may have the
    # same name in several: here the greatest limit counts, since each was looked at in its own object file.
    of_global: dict[str, int] = {}
    of_local: dict[str, int] = {}
    for object in build.objects:
        limit = KERNELS.get(object.module, BASELINE)
        for symbol in object.symbols:
            if symbol.is_code and symbol.is_global:
                of_global[symbol.name] = min(of_global.get(symbol.name, limit), limit)
            elif symbol.is_code:
                of_local[symbol.name] = max(of_local.get(symbol.name, limit), limit)
    limits = {name: max(of_global.get(name, BASELINE), of_local.get(name, BASELINE)) for name in of_global | of_local}
    found = list(instructions(build.library))
    functions = {instruction.function for instruction in found}
    for module in KERNELS:
        objects = (object for object in build.kernels if object.module == module)
        if not any(symbol.is_code and symbol.name in functions for object in objects for symbol in object.symbols):
            raise Fault(f"no function of {module} is found in the library; is it stripped?")
    wrong = beyond(limits, BASELINE, found)
    if wrong:
        raise Fault(*(f"outside its module: {fault}" for fault in wrong[:8]))
    later = {instruction.function for instruction in found if instruction.level > BASELINE}
    return f"{len(later)} of {len(functions)} functions use AVX or AVX-512, each of them in the module for it"


CHECKS: dict[str, Callable[[Build], str]] = {
    "exports": check_exports,
    "dynamic section": check_dynamic_section,
    "glibc": check_glibc,
    "C functions": check_c_functions,
    "paths": check_paths,
    "size": check_size,
    "memory": check_memory,
    "object files": check_objects,
    "compiled twice": check_compiled_twice,
    "shared symbols": check_shared_symbols,
    "Swift run-time": check_runtime,
    "Swift objects": check_heap,
    "instructions, objects": check_object_instructions,
    "instructions, library": check_library_instructions,
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks the library in a release build folder of SwiftPM.")
    parser.add_argument("folder", type=Path, help="for instance .build-release/release")
    header = Path(__file__).resolve().parents[2] / "include" / "swiftresample.h"
    parser.add_argument(
        "--header",
        type=Path,
        default=header,
        help="the header that the library implements",
    )
    arguments = parser.parse_args()
    build = Build(arguments.folder, arguments.header)
    faulty = 0
    for title, check in CHECKS.items():
        try:
            print(f"ok     {title}: {check(build)}")
        except Fault as fault:
            faulty += 1
            print(f"FAULT  {title}: " + "\n       ".join(fault.reasons))
    print(f"{len(CHECKS) - faulty} passed, {faulty} failed")
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main())
