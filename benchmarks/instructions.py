"""Counts the instructions of a call for each output sample: times are noisy, these are not.

The call is ``rsmp_plan_execute``; of a size that is new, ``rsmp_interpolate``, which makes the tables as well.

    python benchmarks/instructions.py             # exit status 1 if a case takes over 2 % more than recorded
    python benchmarks/instructions.py --record
    python benchmarks/instructions.py --library .build-aarch64-linux-gnu/release/libresample.so

Needs valgrind and a C compiler; binutils for a library with debug information. AVX2 by default, the best that
valgrind 3.19 knows. Those of a library for AArch64 are counted by QEMU, which needs a compiler for that as well. The
counts depend on the compiler, and so are recorded by it.
"""

from __future__ import annotations

import argparse
import bisect
import collections
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import recorded
from measured_cases import COUNTED

import swiftresample as sr
from swiftresample import _library
from swiftresample._benchmarks.case import Interpolate

if TYPE_CHECKING:
    from swiftresample._benchmarks.case import Case

HERE = Path(__file__).resolve().parent
INCLUDE = HERE.parent / "include"
KIND = "instructions an output sample"

#: Of the samples that a case reads and writes, at most: valgrind takes some fifty times as long as the processor.
MOST_SAMPLES = 2**23


class CannotCount(Exception):  # noqa: N818  # nothing is wrong with the library
    """Something that is needed to count instructions is not there."""


class Counter:
    """Runs ``driver.c``, in a folder that it is given."""

    def __init__(self, folder: Path, instruction_set: str, compiler: str) -> None:
        """Build the driver."""
        self._folder, self._driver = folder, folder / "driver"
        self._environment = {
            **os.environ,
            "RESAMPLE_INSTRUCTION_SET": instruction_set,
            "RESAMPLE_NUM_THREADS": "1",
        }
        source = str(HERE / "driver.c")
        _run([_found(compiler), "-std=c11", "-O1", f"-I{INCLUDE}", source, "-o", str(self._driver), "-ldl"])

    def count(self, case: Case) -> tuple[float, str]:
        """Return the instructions an output sample, and where most of them are."""
        if not isinstance(case, Interpolate):
            raise CannotCount("only plans of interpolate are counted")
        if case.view:
            raise CannotCount("only arrays whose samples lie side by side are counted")
        if math.prod(case.shape) + math.prod(case.output_shape) > MOST_SAMPLES:
            raise CannotCount(f"it takes too long for more than {MOST_SAMPLES:,} samples")
        instructions, where = self._count(_arguments(case))
        return instructions / math.prod(case.output_shape), where

    def _count(self, arguments: list[str]) -> tuple[int, str]:
        raise NotImplementedError


class Valgrind(Counter):
    """Counts what this processor runs, by callgrind."""

    def __init__(self, folder: Path, instruction_set: str) -> None:
        """Make a copy of the library that valgrind can read."""
        if instruction_set == "avx512":
            raise CannotCount("valgrind knows no AVX-512; RESAMPLE_INSTRUCTION_SET=avx2, or SET=avx2 for make, counts")
        self._valgrind = _found("valgrind")
        super().__init__(folder, instruction_set, os.environ.get("CC", "cc"))
        self._library = folder / "libresample.so"
        shutil.copy(_library.library_path, self._library)
        if shutil.which("strip"):  # valgrind 3.19 gives up on the debug information of clang; names of functions stay
            _run(["strip", "--strip-debug", str(self._library)])

    def _count(self, arguments: list[str]) -> tuple[int, str]:
        out = self._folder / "callgrind.out"
        tool = ["--tool=callgrind", "--collect-atstart=no", "--toggle-collect=counted"]
        command = [self._valgrind, *tool, f"--callgrind-out-file={out}", self._driver, self._library, *arguments]
        finished = _run([str(word) for word in command], self._environment)
        collected = re.search(r"Collected : (\d+)", finished.stderr)
        if collected is None:
            raise CannotCount(f"valgrind says: {finished.stderr.strip()}")
        return int(collected[1]), _hottest(out)


class Qemu(Counter):
    """Counts what a processor of AArch64 would run, by a plugin of QEMU."""

    def __init__(self, folder: Path, instruction_set: str, library: Path) -> None:
        """Build the plugin."""
        self._qemu = [_found("qemu-aarch64"), "-L", "/usr/aarch64-linux-gnu", "-plugin", str(folder / "counter.so")]
        super().__init__(folder, instruction_set, "aarch64-linux-gnu-gcc")
        self._library = library
        source = str(HERE / "qemu_counter.c")
        _run([_found("cc"), "-std=c11", "-O2", "-shared", "-fPIC", source, "-o", str(folder / "counter.so")])
        self._symbols = sorted(
            (int(words[0], 16), words[2])
            for words in (line.split() for line in _run(["nm", str(library)]).stdout.splitlines())
            if len(words) == 3 and words[1] in "tT" and not words[2].startswith("$x")
        )

    def _count(self, arguments: list[str]) -> tuple[int, str]:
        finished = _run([*self._qemu, str(self._driver), str(self._library), *arguments], self._environment)
        executed = re.findall(r"^executed (\w+) (\d+)$", finished.stderr, re.MULTILINE)
        if not executed:
            raise CannotCount(f"QEMU says: {finished.stderr.strip()}")
        execute = next(address for address, name in self._symbols if name == "rsmp_plan_execute")
        base = int(finished.stdout.split()[1], 16) - execute
        functions: collections.Counter[str] = collections.Counter()
        for address, count in executed:
            # Names of functions of other libraries are not known.
            place = bisect.bisect(self._symbols, (int(address, 16) - base, "\x7f")) - 1
            functions[self._symbols[place][1] if 0 <= place < len(self._symbols) - 1 else "elsewhere"] += int(count)
        total = functions.total()
        hottest = (f"{_readable(name)} {100 * count / total:.0f} %" for name, count in functions.most_common(2))
        return total, ", ".join(hottest)


def main(arguments: list[str] | None = None) -> int:
    """Count, and compare or record; return the exit status."""
    options = parse(arguments)
    chosen = [case for case in COUNTED if re.search(options.cases, case.name)]
    if not chosen:
        print(f"no case's name matches {options.cases!r}", file=sys.stderr)
        return 2
    key = f"{compiler_of_library(options.library or _library.library_path)}, {options.instruction_set}"
    known = None if options.record else recorded.load(options.recorded, KIND, key)
    print(f"swiftresample {sr.__version__}, {key}; {KIND}")
    if known is None and not options.record:
        print(f"not compared: nothing is recorded in {options.recorded.name} for {key}; --record does that")
    print(f"{'':74}{'counted':>9}{'recorded':>9}{'change':>9}  most of them in")
    numbers, more = {}, []
    try:
        with tempfile.TemporaryDirectory() as folder:
            counter: Counter
            if options.library:
                counter = Qemu(Path(folder), options.instruction_set, options.library)
            else:
                counter = Valgrind(Path(folder), options.instruction_set)
            for case in chosen:
                numbers[case.name], where = counter.count(case)
                before = (known or {}).get(case.name)
                change = "" if before is None else percent(numbers[case.name] / before)
                shown = "" if before is None else f"{before:.4g}"
                print(f"{case.name:74}{numbers[case.name]:>9.4g}{shown:>9}{change:>9}  {where}", flush=True)
                if before is not None and numbers[case.name] > before * (1 + options.limit / 100):
                    more.append(f"{case.name}: {numbers[case.name]:.4g}, recorded {before:.4g} ({change}); {where}")
    except CannotCount as reason:
        print(f"not counted: {reason}")
        return 0
    if options.record:
        recorded.save(options.recorded, KIND, key, sr.__version__, numbers)
        print(f"{len(numbers)} counts are in {options.recorded.name}")
    for line in more:
        print(f"MORE INSTRUCTIONS: {line}")
    return 1 if more else 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", default="", metavar="REGEX", help="those whose names it is found in; default: all")
    known = "baseline" if sr.instruction_set() == "baseline" else "avx2"
    parser.add_argument(
        "--library", type=Path, metavar="FILE", help="one for AArch64, instead of the one that is loaded"
    )
    parser.add_argument("--instruction-set", help=f"default: {known}, or neon for a library for AArch64")
    parser.add_argument("--limit", type=float, default=2.0, metavar="PERCENT", help="what is allowed; 2 by default")
    parser.add_argument("--record", action="store_true", help="keep what is counted instead of comparing")
    parser.add_argument("--recorded", type=Path, default=recorded.FILE, metavar="FILE", help="default: recorded.json")
    options = parser.parse_args(arguments)
    options.instruction_set = options.instruction_set or ("neon" if options.library else known)
    return options


def compiler_of_library(library: Path) -> str:
    """Return the compiler's version as it stands in a library."""
    found = re.search(rb"Swift version [\d.]+", library.read_bytes())
    return found[0].decode() if found else "a compiler that the library does not name"


def percent(ratio: float) -> str:
    """Write how much more something is; nothing is +0.0 %."""
    return f"{round(100 * (ratio - 1), 1) + 0.0:+.1f} %"


def _arguments(case: Interpolate) -> list[str]:
    """Return the driver's arguments after the library."""
    flags = [int(case.align_corners), int(case.antialias), int(case.channels_last), int(case.is_new)]
    size = case.to if isinstance(case.to, tuple) else ()
    words = [case.dtype, case.mode, *flags, case.factor or 0, len(case.shape), *case.shape, *size]
    return [str(word) for word in words]


def _hottest(out: Path) -> str:
    """Return the functions in which most of the instructions are: the kernel, as a rule."""
    if not shutil.which("callgrind_annotate"):
        return ""
    listing = _run(["callgrind_annotate", "--threshold=90", str(out)]).stdout
    found = re.findall(r"^ *[\d,]+ \(([\d. ]+)%\)  [^:\n]*:(\S+)", listing, re.MULTILINE)
    return ", ".join(f"{_readable(name)} {float(share):.0f} %" for share, name in found[:2])


def _readable(symbol: str) -> str:
    """Return the last two names of a mangled Swift symbol: WeightedTask.ringRow, KernelsAVX2.verticalFloat32."""
    names, rest = [], re.sub(r"^\$[sSe]", "", symbol)
    while symbol.startswith("$"):
        length = re.match(r"[A-Z]?(\d+)", rest)
        if length is None or (not names and length.start(1)):
            break
        end = length.end() + int(length[1])
        names.append(rest[length.end() : end])
        rest = rest[end:]
    names = [name for name in names if not name.startswith("_")]  # a private name's file, as a hash
    return ".".join(names[-2:]) or symbol


#: Which packages of Debian have what is needed.
PACKAGES = {
    "cc": "gcc libc6-dev",
    "valgrind": "valgrind",
    "qemu-aarch64": "qemu-user",
    "aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu",
}


def _found(command: str) -> str:
    """Return the command's path."""
    path = shutil.which(command)
    if path is None:
        package = PACKAGES.get(command)
        raise CannotCount(f"there is no command {command}" + (f" (apt-get install {package})" if package else ""))
    return path


def _run(command: list[str], environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    if finished.returncode:
        raise CannotCount(f"{command[0]} failed: {finished.stderr.strip() or finished.stdout.strip()}")
    return finished


if __name__ == "__main__":
    sys.exit(main())
