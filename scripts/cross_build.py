#!/usr/bin/env python3
"""
Build the library for other machines than this one: another architecture, an older C library.

SwiftPM compiles what Package.swift says, by the names of that machine and with the headers of its C library; the linker
of Swift's toolchain links the objects with stubs of that C library, which name its symbols and their versions. Headers
and stubs are those that the package ziglang of PyPI carries: of every glibc from 2.17 on, of musl.

    python scripts/cross_build.py aarch64-linux-gnu

leaves .build-aarch64-linux-gnu/release/libresample.so. The Python that runs this has to have ziglang.

wasm32 is a module of WebAssembly, .build-wasm32/release/libresample.wasm: what the library uses of WASI's C library is
in it, and it imports nothing.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parent.parent
OBJECTS = "resample-objects"  # the product of Package.swift that is an archive of all objects
STACK = 256 << 10  # of a module of WebAssembly: docs/architecture.md#threads says what a call uses


class Target(NamedTuple):
    """A machine, by the names that each of the tools has for it."""

    swift: str  # the triple whose Embedded standard library is in Swift's toolchain
    c: str  # the triple that is compiled for, by C and by what Swift reads of C
    zig: str  # with the release of the C library
    emulation: str | None  # ld's -m; None for WebAssembly, which has a linker of its own
    features: tuple[str, ...] = ("-fPIC",)  # for clang

    @property
    def architecture(self) -> str:
        """For Package.swift, which is compiled for this machine, and would otherwise take its instruction sets."""
        return self.c.split("-")[0]


# Atomic operations that every processor has: zig's functions that choose at run time never choose others.
OF_AARCH64 = ("-fPIC", "-mno-outline-atomics")

# Of Embedded Swift nothing depends on the operating system: where the toolchain has no standard library for Linux, that
# for no operating system at all serves.
TARGETS = {
    "x86_64-linux-gnu": Target(
        "x86_64-unknown-linux-gnu", "x86_64-unknown-linux-gnu", "x86_64-linux-gnu.2.17", "elf_x86_64"
    ),
    "x86_64-linux-musl": Target(
        "x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl", "x86_64-linux-musl", "elf_x86_64"
    ),
    "aarch64-linux-gnu": Target(
        "aarch64-none-none-elf", "aarch64-unknown-linux-gnu", "aarch64-linux-gnu.2.17", "aarch64linux", OF_AARCH64
    ),
    "aarch64-linux-musl": Target(
        "aarch64-none-none-elf", "aarch64-unknown-linux-musl", "aarch64-linux-musl", "aarch64linux", OF_AARCH64
    ),
    # Browsers have had these since 2021, and Node since version 16.4.
    "wasm32": Target(
        "wasm32-unknown-none-wasm",
        "wasm32-unknown-wasi",
        "wasm32-wasi",
        None,
        ("-msimd128", "-mnontrapping-fptoint", "-mbulk-memory", "-msign-ext"),
    ),
}


class CLibrary(NamedTuple):
    """What compiling and linking with a machine's C library takes."""

    compiling: list[str]  # arguments of clang
    linking: list[str]  # files for ld


def run(command: list[str], **options: object) -> str:
    """Return what a program printed, or end with it."""
    done = subprocess.run(command, capture_output=True, text=True, **options)  # type: ignore[call-overload]
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return str(done.stdout + done.stderr)


def c_library(target: Target, scratch: Path) -> CLibrary:
    """Ask zig with which headers it compiles, and with which files it links."""
    try:
        import ziglang
    except ImportError:
        raise SystemExit(f"{sys.executable} has no ziglang: pip install -r scripts/cross-requirements.txt") from None
    home = Path(ziglang.__file__).resolve().parent
    scratch.mkdir(parents=True, exist_ok=True)
    source = scratch / "empty.c"
    source.write_text("")
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target.zig, "-v", "-lm"]
    command += ["-shared", "-lpthread"] if target.emulation else ["-mexec-model=reactor"]
    # The linker makes the stubs that this needs, so it has to run.
    said = run(
        [*command, str(source), "-o", str(scratch / "empty.so")],
        cwd=home,
        env={**os.environ, "ZIG_GLOBAL_CACHE_DIR": str(scratch), "ZIG_LOCAL_CACHE_DIR": str(scratch)},
        timeout=600,
    )
    compiling = ["-nostdlibinc"]
    for option, value in re.findall(r" (-isystem|-D) ?(\S+)", said):
        if option == "-D":
            compiling.append(f"-D{value}")
        elif "/libc/include/" in value:
            # After clang's own, as zig has it.
            compiling += ["-idirafter", str(home / value)]
    linked = re.findall(r"^(?:ld\.lld|wasm-ld) .*$", said, re.MULTILINE)[-1].split()
    wanted = re.compile(r"/(lib[^/]*\.(so[.0-9]*|a)|crt1-reactor\.o)$")
    files = [file for file in linked if wanted.search(file) and "ubsan" not in file]
    if target.emulation is None:
        return CLibrary(compiling, files)
    # The first that has a symbol gives it. What the C library has for the static linker comes before its shared
    # libraries, which keep older functions of the same names for older programs.
    linking = [without_debug_information(file, scratch) for file in files if file.endswith("/libc_nonshared.a")]
    shared = [file for file in files if not file.endswith(".a")]
    if target.zig.endswith("-musl"):
        shared = [named_as_in_alpine(file, target, scratch) for file in shared]
    linking += shared
    of_zig = next(file for file in files if "compiler_rt" in file)
    return CLibrary(compiling, [*linking, builtins(target, of_zig, scratch)])


def named_as_in_alpine(stub: str, target: Target, scratch: Path) -> str:
    """Return a stub of musl's one library by its name in Alpine, which wheels ask for; musl's own name is libc.so.

    musl's loader takes every name that begins with libc. for itself. That of glibc may find something else by musl's
    own name, and says clearly that it has no library of the other.
    """
    assert target.emulation is not None
    names = [toolchain_program("llvm-nm"), "--dynamic", "--defined-only", "--format=just-symbols", stub]
    source, code, result = scratch / "musl.s", scratch / "musl.o", scratch / f"libc.musl-{target.architecture}.so.1"
    source.write_text("".join(f".globl {name}\n{name}:\n" for name in run(names, timeout=60).split()))
    run([toolchain_program("clang"), "-target", target.c, "-c", str(source), "-o", str(code)], timeout=60)
    link = [toolchain_program("ld.lld"), "-shared", "-m", target.emulation, f"-soname={result.name}"]
    run([*link, str(code), "-o", str(result)])
    return str(result)


def builtins(target: Target, of_zig: str, scratch: Path) -> str:
    """Return the archive of functions that compilers call by themselves, which comes last.

    That of Swift's toolchain, where it has one: zig's finds other abilities of a processor than clang asks for. And
    zig's has functions of libc and libm as well, with other bits.
    """
    clang = [toolchain_program("clang"), "-target", target.swift, "--rtlib=compiler-rt", "-print-libgcc-file-name"]
    name = run(clang, timeout=60).strip()
    if Path(name).is_file():
        return name
    return without_debug_information(of_zig, scratch)


def without_debug_information(archive: str, scratch: Path) -> str:
    """Return a copy of what zig has compiled, whose debug information has the folder where that was, which is here."""
    stripped = str(scratch / Path(archive).name)
    run([toolchain_program("llvm-objcopy"), "--strip-debug", archive, stripped])
    return stripped


def linker_flags(environment: dict[str, str]) -> list[str]:
    """Return the arguments for ld that Package.swift has for the library."""
    package = json.loads(run(["swift", "package", "dump-package"], cwd=CHECKOUT, env=environment, timeout=600))
    (abi,) = (target for target in package["targets"] if target["name"] == "ResampleABI")
    flags = [
        flag
        for setting in abi["settings"]
        if setting["tool"] == "linker"
        for flag in setting["kind"].get("unsafeFlags", {}).get("_0", [])
    ]
    return [flags[index + 1] for index, flag in enumerate(flags) if flag == "-Xlinker"]


@functools.cache
def toolchain() -> Path:
    """Return the folder of the programs of Swift's toolchain."""
    information = json.loads(run(["swiftc", "-print-target-info"], timeout=60))
    return Path(information["paths"]["runtimeResourcePath"]).parent.parent / "bin"


def toolchain_program(name: str) -> str:
    """Return a program of Swift's toolchain."""
    return str(toolchain() / name)


def link_library(target: Target, objects: list[str], library: CLibrary, environment: dict[str, str], to: Path) -> Path:
    """Link a shared library for Linux."""
    assert target.emulation is not None
    result = to / "libresample.so"
    link = [toolchain_program("ld.lld"), "-shared", "-m", target.emulation, "--eh-frame-hdr", "--gc-sections"]
    link += [*linker_flags(environment), *objects, "--as-needed", *library.linking]
    run([*link, "-o", str(result)])
    return result


def link_module(objects: list[str], library: CLibrary, to: Path) -> Path:
    """Link a module of WebAssembly, which exports the functions of the header, and those that give it memory."""
    result = to / "libresample.wasm"
    header = (CHECKOUT / "include" / "swiftresample.h").read_text()
    exports = ["malloc", "free", *sorted(set(re.findall(r"\b(rsmp_\w+)\(", header)))]
    link = [toolchain_program("wasm-ld"), "--entry", "_initialize", "--gc-sections", "--strip-all"]
    link.append("--compress-relocations")  # numbers of addresses as short as they are
    # Below everything else, so that what overflows it traps. Addresses are positive as an Int of 32 bits.
    link += ["--stack-first", "-z", f"stack-size={STACK}", f"--max-memory={1 << 31}"]
    link += [f"--export={name}" for name in exports]
    run([*link, *objects, *library.linking, "-o", str(result)])
    return result


def build(name: str) -> Path:
    """Build for the target of a name, and return the library."""
    target = TARGETS[name]
    scratch = CHECKOUT / f".build-{name}"
    library = c_library(target, scratch / "zig")
    clang = ["-target", target.c, *library.compiling, "-D_GNU_SOURCE", *target.features]
    swift = [word for option in clang for word in ("-Xcc", option)]
    if target.emulation is None:
        swift += ["-Xfrontend", "-disable-stack-protector"]  # nothing but the module itself could read what it guards
    toolset = {
        "schemaVersion": "1.0",
        "swiftCompiler": {"extraCLIOptions": swift},
        "cCompiler": {"extraCLIOptions": clang},
    }
    (scratch / "toolset.json").write_text(json.dumps(toolset, indent=2))
    environment = {**os.environ, "RESAMPLE_ARCHITECTURE": target.architecture}
    command = ["swift", "build", "-c", "release", "--product", OBJECTS, "--scratch-path", str(scratch)]
    command += ["--triple", target.swift, "--toolset", str(scratch / "toolset.json")]
    subprocess.run(command, cwd=CHECKOUT, env=environment, check=True)

    release = scratch / "release"
    objects = ["--whole-archive", str(release / f"lib{OBJECTS}.a"), "--no-whole-archive"]
    if target.emulation is None:
        return link_module(objects, library, release)
    return link_library(target, objects, library, environment, release)


def main() -> None:
    """Build for the target that the command line names, and print where the library is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=TARGETS)
    print(build(parser.parse_args().target).relative_to(CHECKOUT))


if __name__ == "__main__":
    main()
