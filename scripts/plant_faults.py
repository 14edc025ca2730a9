#!/usr/bin/env python3
"""Whether the tests find what they should: plants faults, one at a time, and says which test finds each.

    scripts/plant_faults.py                       every fault, by the tests of `make check` and then of `make test`
    scripts/plant_faults.py --stage check         by those of `make check` alone
    scripts/plant_faults.py cubic-border lost-task
    scripts/plant_faults.py --list
    scripts/plant_faults.py --build               only builds the library with each fault, for a later run

The faults are planted in a copy of the checkout, in .build-faults, which keeps its build from one to the next, and the
library with each fault for the next run. To be run by hand, beside other work: a fault takes minutes to build, and then
as long as it takes to be found. The exit status is 1 if no test finds one of them.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parents[1]
#: Where the faults are; each of these is a folder of the checkout.
ROOTS = ("Sources", "python/swiftresample")
LIBRARY = Path(".build-release/release/libresample.so")
#: The targets of the Makefile, in the order in which they find things soonest.
TARGETS = {
    "check": ("check-c", "check-python", "check-swift"),
    "test": (
        "test-c",
        "test-python",
        "gate",
        "abi",
        "test-swift",
        "test-docs",
        "test-ffi",
        "test-install",
        "test-package",
    ),
}
#: The most minutes that a target may take: a fault that makes a test wait for ever is found.
LONGEST = 40


class Fault(NamedTuple):
    """A piece of source that stands in one place of ROOTS, and what is put there instead."""

    name: str
    right: str
    wrong: str


FAULTS = [
    # ---- Geometry
    Fault(
        "coordinate-rounds-twice",
        "isFused ? scale.multiplied(by: middle, adding: -0.5) : scale * middle - 0.5",
        "scale * middle - 0.5",
    ),
    Fault("cubic-border", "weights[place(-1)] += far", "weights[place(-1)] += last"),
    Fault("area-window-short", "(index + 1) * inputLength + outputLength - 1)", "(index + 1) * inputLength)"),
    Fault(
        "antialias-loses-last-sample",
        "min(Int((centre + support).double + 0.5), inputLength)",
        "min(Int((centre + support).double + 0.5), max(inputLength - 1, 1))",
    ),
    Fault("small-image-like-large", "isSmallImage ? .byCentre : .halfUp", ".halfUp"),
    Fault("weights-round-ties-up", "&- 1 &+ odd) & ~", ") & ~"),
    Fault("onnx-symmetric-about-the-end", "length / 2 * (1 - adjustment)", "length / 2 * (adjustment - 1)"),
    Fault(
        "onnx-counts-one-sample-outside",
        "source < 0 || source >= inputLength",
        "source < 0 || source > inputLength",
    ),
    Fault(
        "pillow-box-in-float64",
        "let scale = Double(end - start) / Double(outputLength)",
        "let scale = (Double(end) - Double(start)) / Double(outputLength)",
    ),
    Fault(
        "crop-rounds-halves-up",
        "Int((Double(excess) / 2).rounded(.toNearestOrEven))",
        "Int((Double(excess) / 2).rounded())",
    ),
    # ---- Preprocess
    Fault("kept-plan-of-another-shape", "self.shape == shape && size ==", "size =="),
    Fault(
        "border-one-row-early",
        "min(max(y, placement.rows.lowerBound), placement.rows.upperBound - 1)",
        "min(max(y, placement.rows.lowerBound), max(placement.rows.upperBound - 2, placement.rows.lowerBound))",
    ),
    # ---- Kernels
    Fault("vector-off-by-one", "weight, I.load(row + 3 &* A.width))", "weight, I.load(row + 2 &* A.width))"),
    Fault("bytes-round-down", "Int32(1) &<< (precision &- 1)", "(Int32(1) &<< (precision &- 1)) &- 1"),
    Fault(
        "reads-past-the-row",
        "&+ bytes > table.source_length &* samples",
        "&+ bytes > table.source_length &* samples &+ 1",
    ),
    Fault("baseline-subnormal-halves", "if magnitude < 0x3880_0000", "if magnitude < 0x3800_0000"),
    Fault(
        "avx2-fours-swapped",
        "store(vector.highHalf, at: address + stride)",
        "store(vector.lowHalf, at: address + stride)",
    ),
    Fault(
        "avx512-second-window",
        "(firstWindow &+ offset, secondWindow &+ offset)",
        "(firstWindow &+ offset, firstWindow &+ offset)",
    ),
    Fault(
        "grid-reflection",
        "index >= 0 ? index : isAligned ? 0 &- index : -1 &- index",
        "index >= 0 ? index : -1 &- index",
    ),
    Fault(
        "grid-slope-sign",
        "A.product(near(A.difference(one, fraction)), minusOne),",
        "A.product(near(A.difference(one, fraction)), one),",
    ),
    Fault(
        "carafe-second-row",
        "if R.rows > 1 { store(sum.b, at: target + rowStride) }",
        "if R.rows > 1 { store(sum.a, at: target + rowStride) }",
    ),
    # ---- Plan
    Fault(
        "onnx-multiplies-any-lengths",
        """    try InterpolateRequest.checkSize("an input", shape, sampleSize: sampleSize)
    let planes""",
        "    let planes",
    ),
    Fault("pillow-order-of-axes", "lostRows > 2 * lostColumns", "lostRows > lostColumns"),
    Fault(
        "pillow-low-parts-dropped",
        "low.pointee = Int16(truncatingIfNeeded: rounded - Int32(high[place]) << 8)",
        "low.pointee = 0",
    ),
    Fault("pillow-alpha-undivided", "alpha == 0 ? colour : min(255 * colour / alpha, 255)", "colour"),
    Fault(
        "pillow-partial-cells-by-fours",
        "isWhole: top + cellHeight <= rows.upperBound && left + cellWidth <= columns.upperBound)",
        "isWhole: true)",
    ),
    Fault("fewer-fractional-bits", "while precision < 22 &&", "while precision < 14 &&"),
    Fault(
        "transposed-window-short",
        "mostTaps = max(mostTaps, end[input] &- last)",
        "mostTaps = max(mostTaps, end[input] &- last &- 1)",
    ),
    Fault("region-from-its-own-start", "first[entry] -= Int32(sources.lowerBound)", "first[entry] -= first[0]"),
    Fault("precision-of-the-region", "if rule.isWhole { return largest }", "if largest > 0 { return largest }"),
    Fault(
        "order-of-the-region",
        "of: rule.isWhole ? nil : WholeAxis(axis), axis",
        "of: nil, axis",
    ),
    Fault(
        "region-of-long-factor",
        "(start, stop) = (wanted.start, wanted.stop ?? length)",
        "(start, stop) = (wanted.start, length)",
    ),
    Fault("table-without-padding", "after: AxisTaps.entriesAfter * size", "after: 0 * size"),
    # ---- Execution
    Fault(
        "group-outgrows-ring",
        "max(firstRow &+ rows, (firstRow &+ places) & -rowsTogether)",
        "max(firstRow &+ rows, (firstRow &+ places &+ rowsTogether) & -rowsTogether)",
    ),
    Fault(
        "ring-keeps-plane",
        "if outputs.lowerBound != next { made = 0 }",
        "if outputs.lowerBound > next { made = 0 }",
    ),
    Fault(
        "copies-row-with-gaps",
        "let copies = copies && selection.destination_stride == selection.pixel_size",
        "let copies = copies",
    ),
    Fault("lost-task", "guard task < job.tasks else", "guard task &+ (thread > 0 ? 1 : 0) < job.tasks else"),
    Fault(
        "thread-limit-ignored",
        "limit == 0 ? processThreadCount : min(limit, processThreadCount)",
        "limit == 0 ? processThreadCount : processThreadCount",
    ),
    Fault("fork-leaves-job-open", "  words[ACTIVE].value = CLOSED;\n", ""),
    Fault("unreleased-buffer", "deinit { free(memory) }", "deinit { if count == 0 { free(memory) } }"),
    Fault("rounding-mode-of-host", "  defer { floatingPoint.restore() }\n", "  defer { _ = floatingPoint }\n"),
    Fault("bias-of-first-group", "shared.bias(ofGroup: task.group, first)", "shared.bias(ofGroup: 0, first)"),
    Fault(
        "convolution-gradient-border",
        "min(input, length(ofPhase: phase) - shift)",
        "min(input, length(ofPhase: phase) - shift - 1)",
    ),
    # ---- C interface
    Fault("clamp-unchecked", "guard clamp & ~(RSMP_CLAMP_LOW | RSMP_CLAMP_HIGH) == 0 else", "guard clamp >= 0 else"),
    Fault("wrong-status", 'throw .invalidType("\\(name) must be', 'throw .invalidValue("\\(name) must be'),
    Fault("reads-past-struct-size", "byteCount: given < known ? given : known", "byteCount: known"),
    Fault(
        "overlap-of-bytes-missed", "search.add(stride: 1, count: other.sampleSize)", "search.add(stride: 1, count: 1)"
    ),
    # ---- Python
    Fault(
        "cache-forgets-option",
        "kept = self._plans.get(key)",
        "kept = self._plans.get(key) or self._plans.get((*key[:-1], None))",
    ),
    Fault("cache-keeps-too-much", "self._samples_kept += samples", "self._samples_kept += 0"),
    Fault("read-only-written", "_READ_ONLY | _IS_COPIED)", "_IS_COPIED)"),
    Fault("byte-offset-forgotten", "(tensor.data + tensor.byte_offset, not", "(tensor.data, not"),
    Fault("gradient-of-absent-grid", "None if of_grid is None else for_input, for_grid", "for_input, for_grid"),
    Fault("mirrored-upright", "if orientation in (2, 3, 6, 7):", "if orientation in (2, 3, 5, 6, 7):"),
    Fault("autocast-ignored", "_cast(tensors, torch.float32) if", "tensors if"),
]


# ---- The copy --------------------------------------------------------------------------------------------------------


def files_of(folder: Path) -> list[Path]:
    """The files of a checkout, relative to it: those of git, and new ones."""
    command = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True).stdout.decode().split("\0")[:-1]
    # Links to a build or an environment are no folders, which git ignores.
    return [Path(name) for name in names if (folder / name).exists() and not name.startswith((".build", ".venv"))]


def copy_checkout(target: Path) -> None:
    """Bring a copy of the checkout up to date; what is the same keeps its time, and so what was built from it."""
    target.mkdir(parents=True, exist_ok=True)
    if not (target / ".git").exists():
        subprocess.run(("git", "init", "-q", target), check=True)
    files = files_of(CHECKOUT)
    for name in set(files_of(target)) - set(files):
        (target / name).unlink()
    for name in files:
        source, copy = CHECKOUT / name, target / name
        if source.is_symlink():
            if not copy.is_symlink() or os.readlink(copy) != os.readlink(source):
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.unlink(missing_ok=True)
                copy.symlink_to(os.readlink(source))
        elif not copy.exists() or copy.read_bytes() != source.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)
    if not (target / ".venv").exists():
        (target / ".venv").symlink_to((CHECKOUT / ".venv").resolve())


def place_of(fault: Fault) -> Path:
    """The file in which a fault is planted, relative to the checkout. There has to be exactly one place."""
    found = []
    for root in ROOTS:
        for folder, _, names in os.walk(CHECKOUT / root):  # follows no links: the kernels are there once
            for name in names:
                path = Path(folder, name)
                if path.suffix in (".swift", ".c", ".h", ".py"):
                    found += [path.relative_to(CHECKOUT)] * path.read_text().count(fault.right)
    if len(found) != 1:
        places = ", ".join(map(str, found)) or "nowhere"
        sys.exit(f"{fault.name}: the source that it changes has to be there once, and is in {places}:\n{fault.right}")
    return found[0]


# ---- One fault -------------------------------------------------------------------------------------------------------


class Outcome(NamedTuple):
    """How a command ended."""

    failed: bool
    output: str


def run(command: list[str], folder: Path, minutes: float) -> Outcome:
    """Run a command to its end, or to the end of its time, with all that it has started."""
    environment = {**os.environ, "PYTEST_ADDOPTS": "-x"}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", start_new_session=True,
    )  # fmt: skip
    try:
        output, _ = process.communicate(timeout=60 * minutes)
        return Outcome(process.returncode != 0, output)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        return Outcome(True, f"{output}\nFAILED: not done after {minutes} minutes")


def build(copy: Path, fault: Fault | None, libraries: Path) -> str:
    """Put the library with this fault, which is planted, where the tests look for it; return why there is none."""
    sources = (
        copy / name for name in files_of(copy) if name.parts[0] in ("Sources", "include", "linker", "Package.swift")
    )
    digest = hashlib.sha256()
    for path in sorted(sources):
        digest.update(os.readlink(path).encode() if path.is_symlink() else path.read_bytes())
    kept = libraries / f"{fault.name if fault else 'none'}-{digest.hexdigest()[:16]}.so"
    library = copy / LIBRARY
    if not kept.exists():
        outcome = run(["make", "build"], copy, LONGEST)
        if outcome.failed:
            return first_failure(outcome.output)
        libraries.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, kept)
    library.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(kept, library)  # and is now newer than its sources
    return ""


def first_failure(output: str) -> str:
    """The line in which tests, or a compiler, say what failed first."""
    patterns = (
        r"^.*: not so: .*",
        r"^(?:FAILED|ERROR) .*",
        r"^_{3,} .+ _{3,}$",
        r"^FAILED: .*",
        r"^.*\berror: .*",
        r"^.*\bfailed\b.*",
        r"^make.*Error.*",
    )
    for pattern in patterns:
        match = re.search(pattern, output, re.MULTILINE)
        if match:
            return match[0].strip("_ ")
    return (output.strip().splitlines() or ["no output"])[-1]


def find(fault: Fault, copy: Path, libraries: Path, targets: list[str]) -> str | None:
    """What finds a fault first; None if nothing does."""
    path = copy / place_of(fault)
    right = path.read_text()
    path.write_text(right.replace(fault.right, fault.wrong))
    try:
        failure = build(copy, fault, libraries)
        if failure:
            return f"build: {failure}"
        for target in targets:
            outcome = run(["make", "-o", ".venv/tests", *target.split()], copy, LONGEST)
            if outcome.failed:
                (copy / ".build-faults.log").write_text(outcome.output)
                return f"{target}: {first_failure(outcome.output)}"
        return None
    finally:
        path.write_text(right)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="FAULT", help="the faults to plant; all of them if none is named")
    parser.add_argument("--stage", choices=TARGETS, help="the tests of this stage alone")
    parser.add_argument("--targets", nargs="+", help="these targets of the Makefile instead of a stage's")
    parser.add_argument("--list", action="store_true", help="name the faults, and where each is planted")
    parser.add_argument("--build", action="store_true", help="build the library with each fault, and run no test")
    parser.add_argument(
        "--scratch", type=Path, default=CHECKOUT / ".build-faults", help="where the copy is, or will be"
    )
    arguments = parser.parse_args()

    known = {fault.name: fault for fault in FAULTS}
    unknown = set(arguments.names) - set(known)
    if unknown:
        parser.error(f"there is no fault {', '.join(sorted(unknown))}: --list names them")
    faults = [known[name] for name in arguments.names] or FAULTS
    places = {fault: place_of(fault) for fault in faults}
    if arguments.list:
        for fault, place in places.items():
            print(f"{fault.name:<28} {place}")
        return 0
    stages = [arguments.stage] if arguments.stage else list(TARGETS)
    targets = arguments.targets or [target for stage in stages for target in TARGETS[stage]]

    copy, libraries = arguments.scratch / "checkout", arguments.scratch / "libraries"
    copy_checkout(copy)
    if not arguments.build:  # of tests that fail anyhow nothing is learnt
        failure = build(copy, None, libraries)
        if failure:
            sys.exit(f"without a fault: {failure}")
    missed = []
    for fault in faults:
        start = time.monotonic()
        found = find(fault, copy, libraries, [] if arguments.build else targets)
        minutes = (time.monotonic() - start) / 60
        if found is None and not arguments.build:
            missed.append(fault.name)
        verdict = "built" if arguments.build and found is None else found or "NOT FOUND"
        print(f"{fault.name:<28} {minutes:5.1f} min  {verdict}", flush=True)
    if not arguments.build:
        print(f"{len(faults) - len(missed)} of {len(faults)} faults found; missed: {', '.join(missed) or 'none'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
