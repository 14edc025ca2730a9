"""Fails when a case got slower, relative to a copy of its output's bytes, than what was recorded on this processor.

    python benchmarks/compare.py             # exit status 1, and names, if a case took over 10 % more than recorded
    python benchmarks/compare.py --record    # keeps the ratios measured now

Each instruction set of the processor but the baseline has ratios of its own, and all of them are measured, so that a
machine with AVX-512 guards AVX2 as well; RESAMPLE_INSTRUCTION_SET names one. One thread.

The machine is taken to be noisy: cases that look slower are measured again, up to five times in all, and the shortest
times of the library and of the copy count. Each time is in a new process, because where a process has its memory makes
some percent, and it has it there until it ends.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import machine
import numpy as np
import recorded
from measured_cases import CASES, COPY

import swiftresample as sr
from swiftresample._benchmarks import measure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from swiftresample._benchmarks.case import Case

KIND = "time over the time of a copy, one thread"

#: How often a case is measured to record it, and at most, if it looks slower than recorded.
MEASURES_TO_RECORD = 3
MOST_MEASURES = 5

#: The share of the processors from which on other processes make results doubtful: they share caches and memory.
MUCH = 0.1


@dataclasses.dataclass
class Shortest:
    """The shortest times of a case so far, in seconds."""

    copy: float = math.inf
    ours: float = math.inf
    measures: int = 0

    @property
    def ratio(self) -> float:
        """How many times longer than a copy of its output's bytes the case takes."""
        return self.ours / self.copy


def main(arguments: list[str] | None = None) -> int:
    """Measure, and compare or record; return the exit status."""
    options = parse(arguments)
    if options.measure:
        measure_here(options.measure, options.seconds)
        return 0
    chosen = [case for case in CASES if re.search(options.cases, case.name)]
    if not chosen:
        print(f"no case's name matches {options.cases!r}", file=sys.stderr)
        return 2
    others = machine.OtherProcesses()
    slower = []
    for instruction_set in instruction_sets():
        options.instruction_set = instruction_set
        key = f"{machine.processor()}, {instruction_set}"
        numbers = recorded.load(options.recorded, KIND, key)
        if numbers is None and not options.record:
            print(f"not compared: nothing is recorded in {options.recorded.name} for {key}; --record does that")
            for known in recorded.keys(options.recorded, KIND):
                print(f"  there is: {known}")
            continue
        print(f"swiftresample {sr.__version__} on {key}; {KIND}")
        found = record(chosen, key, options) if options.record else compare(chosen, numbers or {}, options)
        slower += [f"{line}, {instruction_set}" for line in found]
    share = others.share()
    hint = "; measure again when they have less" if share > MUCH else ""
    print(f"Other processes had {100 * share:.0f} % of the processors meanwhile{hint}.")
    for line in slower:
        print(f"SLOWER: {line}")
    return 1 if slower else 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", default="", metavar="REGEX", help="those whose names it is found in; default: all")
    parser.add_argument("--seconds", type=float, default=0.5, help="for each measurement of a case; 0.5 by default")
    parser.add_argument("--limit", type=float, default=10.0, metavar="PERCENT", help="what is allowed; 10 by default")
    parser.add_argument("--record", action="store_true", help="keep what is measured instead of comparing")
    parser.add_argument("--recorded", type=Path, default=recorded.FILE, metavar="FILE", help="default: recorded.json")
    parser.add_argument("--measure", nargs="+", default=[], metavar="CASE", help=argparse.SUPPRESS)  # for itself
    return parser.parse_args(arguments)


def instruction_sets() -> list[str]:
    """Return the one that is named, or else those that this processor has above the baseline, if any."""
    used = sr.instruction_set()
    return ["avx512", "avx2"] if used == "avx512" and not os.environ.get("RESAMPLE_INSTRUCTION_SET") else [used]


def compare(chosen: list[Case], numbers: dict[str, float], options: argparse.Namespace) -> list[str]:
    """Print every case beside what was recorded, and return a line for each that is slower."""
    shortest = {case.name: Shortest() for case in chosen if case.name in numbers}

    def slower() -> list[str]:
        allowed = 1 + options.limit / 100
        return [name for name, times in shortest.items() if not times.measures or times.ratio > numbers[name] * allowed]

    for _ in range(MOST_MEASURES):
        if slower():
            measure_in_new_process(slower(), shortest, options)
    print(f"{'':74}{'copy ms':>9}{'ours ms':>9}{'ratio':>9}{'recorded':>9}{'change':>8}")
    for case in chosen:
        if case.name not in numbers:
            print(f"{case.name:74}not recorded")
            continue
        times = shortest[case.name]
        again = f"  measured {times.measures} times" if times.measures > 1 else ""
        change = percent(times.ratio / numbers[case.name])
        print(f"{case.name:74}{in_words(times)}{numbers[case.name]:>9.3g}{change:>8}{again}")
    return [
        f"{name}: {shortest[name].ratio:.3g} copies, recorded {numbers[name]:.3g} "
        f"({percent(shortest[name].ratio / numbers[name])})"
        for name in slower()
    ]


def record(chosen: list[Case], key: str, options: argparse.Namespace) -> list[str]:
    """Print every case and keep its ratio."""
    shortest = {case.name: Shortest() for case in chosen}
    for _ in range(MEASURES_TO_RECORD):
        measure_in_new_process(shortest, shortest, options)
    print(f"{'':74}{'copy ms':>9}{'ours ms':>9}{'ratio':>9}")
    for name, times in shortest.items():
        print(f"{name:74}{in_words(times)}")
    numbers = {name: times.ratio for name, times in shortest.items()}
    recorded.save(options.recorded, KIND, key, sr.__version__, numbers)
    print(f"{len(numbers)} ratios are in {options.recorded.name}")
    return []


def in_words(times: Shortest) -> str:
    """Write both times and their ratio."""
    return f"{times.copy * 1e3:>9.4f}{times.ours * 1e3:>9.4f}{times.ratio:>9.3g}"


def percent(ratio: float) -> str:
    """Write how much more something is."""
    return f"{100 * (ratio - 1):+.0f} %"


# ---- Measuring -------------------------------------------------------------------------------------------------------


def measure_in_new_process(names: Iterable[str], shortest: dict[str, Shortest], options: argparse.Namespace) -> None:
    """Time the cases of these names once more, and keep shorter times."""
    words = [sys.executable, __file__, "--seconds", str(options.seconds), "--measure", *names]
    environment = {**os.environ, "RESAMPLE_INSTRUCTION_SET": options.instruction_set}
    finished = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    for name, copy, ours in map(json.loads, finished.stdout.splitlines()):
        times = shortest[name]
        times.copy, times.ours = min(times.copy, copy), min(times.ours, ours)
        times.measures += 1


def measure_here(names: Iterable[str], seconds: float) -> None:
    """Time cases and print, as JSON, a line for each: its name, and the shortest times of the copy and our quickest."""
    measure.keep_freed_memory()
    sr.set_num_threads(1)
    by_name = {case.name: case for case in CASES}
    for case in (by_name[name] for name in names):
        arrays, out, copied = case.arrays(), case.output(), case.output()
        ours = case.calls(arrays, out)
        quickest = case.ways[0]
        calls = {
            COPY: functools.partial(np.copyto, copied, ours[case.whole]()),
            quickest: ours[quickest],
        }
        times = measure.interleave(calls, seconds)
        print(json.dumps((case.name, times[COPY].best, times[quickest].best)))


if __name__ == "__main__":
    sys.exit(main())
