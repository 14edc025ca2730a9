"""Fails when a case got slower, relative to a copy of its output's bytes, than what was recorded on this processor.

    python benchmarks/compare.py             # exit status 1, and names, if a case took over 10 % more than recorded
    python benchmarks/compare.py --record    # keeps the ratios measured now

One thread. The machine is taken to be noisy: a case that looks slower is measured again, up to five times in all, and
the shortest times of the library and of the copy count.
"""

from __future__ import annotations

import argparse
import functools
import math
import re
import sys
from pathlib import Path

import cases
import measure
import numpy as np
import recorded
from cases import COPY, PLAN, Case

import swiftresample as sr

KIND = "time over the time of a copy, one thread"

#: How often a case is measured to record it, and at most, if it looks slower than recorded.
MEASURES_TO_RECORD = 3
MOST_MEASURES = 5

#: The share of the processors from which on other processes make results doubtful: they share caches and memory.
MUCH = 0.1


class Ratio:
    """How many times longer than a copy of its output's bytes a case takes, by the shortest times seen so far."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.copy = self.plan = math.inf  # seconds

    @property
    def value(self) -> float:
        """The ratio."""
        return self.plan / self.copy

    def measure(self, seconds: float) -> None:
        """Time both, in new arrays: where in memory these lie makes a difference."""
        input, out, copied = self.case.input(), self.case.output(), self.case.output()
        plan = sr.Plan(self.case.shape, self.case.numpy_dtype, **self.case.options)
        expected = plan(input)
        calls = {
            COPY: functools.partial(np.copyto, copied, expected),
            PLAN: functools.partial(plan, input, out),
        }
        times = measure.interleave(calls, seconds)
        self.copy = min(self.copy, times[COPY].best)
        self.plan = min(self.plan, times[PLAN].best)


def main(arguments: list[str] | None = None) -> int:
    """Measure, and compare or record; return the exit status."""
    options = parse(arguments)
    chosen = [case for case in cases.CASES if re.search(options.cases, case.name)]
    if not chosen:
        print(f"no case's name matches {options.cases!r}", file=sys.stderr)
        return 2
    key = f"{measure.processor()}, {sr.instruction_set()}"
    numbers = recorded.load(options.recorded, KIND, key)
    if numbers is None and not options.record:
        print(f"not compared: nothing is recorded in {options.recorded.name} for {key}; --record does that")
        for known in recorded.keys(options.recorded, KIND):
            print(f"  there is: {known}")
        return 0
    print(f"swiftresample {sr.__version__} on {key}; {KIND}")
    measure.keep_freed_memory()
    before, others = sr.get_num_threads(), measure.OtherProcesses()
    sr.set_num_threads(1)
    try:
        slower = record(chosen, key, options) if options.record else compare(chosen, numbers or {}, options)
    finally:
        sr.set_num_threads(before)
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
    return parser.parse_args(arguments)


def compare(chosen: list[Case], numbers: dict[str, float], options: argparse.Namespace) -> list[str]:
    """Print every case beside what was recorded, and return a line for each that is slower."""
    slower = []
    print(f"{'':66}{'copy ms':>9}{'Plan ms':>9}{'ratio':>9}{'recorded':>9}{'change':>8}")
    for case in chosen:
        if case.name not in numbers:
            print(f"{case.name:66}not recorded")
            continue
        allowed = numbers[case.name] * (1 + options.limit / 100)
        ratio = Ratio(case)
        ratio.measure(options.seconds)
        repeats = 1
        while ratio.value > allowed and repeats < MOST_MEASURES:
            ratio.measure(options.seconds)
            repeats += 1
        change = f"{100 * (ratio.value / numbers[case.name] - 1):+.0f} %"
        again = f"  measured {repeats} times" if repeats > 1 else ""
        print(f"{case.name:66}{times_of(ratio)}{numbers[case.name]:>9.3g}{change:>8}{again}", flush=True)
        if ratio.value > allowed:
            slower.append(f"{case.name}: {ratio.value:.3g} copies, recorded {numbers[case.name]:.3g} ({change})")
    return slower


def record(chosen: list[Case], key: str, options: argparse.Namespace) -> list[str]:
    """Print every case and keep its ratio."""
    numbers = {}
    print(f"{'':66}{'copy ms':>9}{'Plan ms':>9}{'ratio':>9}")
    for case in chosen:
        ratio = Ratio(case)
        for _ in range(MEASURES_TO_RECORD):
            ratio.measure(options.seconds)
        numbers[case.name] = ratio.value
        print(f"{case.name:66}{times_of(ratio)}", flush=True)
    recorded.save(options.recorded, KIND, key, sr.__version__, numbers)
    print(f"{len(numbers)} ratios are in {options.recorded.name}")
    return []


def times_of(ratio: Ratio) -> str:
    """Write both times and their ratio."""
    return f"{ratio.copy * 1e3:>9.4f}{ratio.plan * 1e3:>9.4f}{ratio.value:>9.3g}"


if __name__ == "__main__":
    sys.exit(main())
