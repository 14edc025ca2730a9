"""Measures this library beside a copy of the output's bytes and every peer that is installed.

    python benchmarks/run.py --cases 'bilinear .* x2' --threads 1,2 --seconds 2 --json times.json --plot times.png

How it measures, and what of it is fair, is in benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import functools
import json
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import machine
import numpy as np
import peers
from instructions import CannotCount, Counter, Valgrind
from measured_cases import CASES, COPY, MATRIX_PRODUCT
from printing import (
    print_goals,
    print_header,
    print_left_out,
    print_matrix_products,
    print_result,
    print_slower,
    print_table,
    print_threads,
)
from results import Result, Timing

import swiftresample as sr
from swiftresample._benchmarks import measure
from swiftresample._benchmarks.case import CannotBeMade, Case
from swiftresample._benchmarks.peer import FRESH, REUSED, CannotDo, Peer
from swiftresample._benchmarks.peers import installed, prepare_checked


def main(arguments: list[str] | None = None) -> int:
    """Measure what is asked for, print it, and write the files."""
    options = parse(arguments)
    chosen = [case for case in CASES if re.search(options.cases, case.name)]
    if not chosen:
        print(f"no case's name matches {options.cases!r}", file=sys.stderr)
        return 2
    if options.plot:
        import plot  # now, if matplotlib is missing, and not when everything has been measured
    measure.keep_freed_memory()
    found, missing = installed()
    began = {"time": time.strftime("%Y-%m-%d %H:%M:%S %z"), "load": machine.load()}
    print_header(found, missing, began)
    results: list[Result] = []
    before = sr.get_num_threads()
    with contextlib.ExitStack() as contexts:
        for peer in found:
            contexts.enter_context(peer.context())
        contenders = [*found, *peers.further(found)]
        counter = Instructions(Path(contexts.enter_context(tempfile.TemporaryDirectory())))
        for threads in options.threads:
            for case in chosen:
                try:
                    result = measure_case(case, threads, options.seconds, contenders)
                except CannotBeMade as error:
                    print(f"{case.name}: left out: {error}")
                    continue
                result.instructions, result.not_counted = counter.count(case)
                results.append(result)
                if options.verbose:
                    print_result(result)
                elif sys.stderr.isatty():
                    print(f"\r{len(results)} of {len(chosen) * len(options.threads)}", end=" ", file=sys.stderr)
    sr.set_num_threads(before)
    ended = {"time": time.strftime("%Y-%m-%d %H:%M:%S %z"), "load": machine.load()}
    names = [peer.name for peer in found]
    for threads in options.threads:
        print_table([result for result in results if result.threads == threads], names, threads)
    print_goals([result for result in results if result.threads == 1])
    print_threads(results)
    print_matrix_products(results)
    print_slower(results)
    print_left_out(results)
    print(f"\nLoad averages when it began: {began['load']}; when it ended: {ended['load']}.")
    if options.json:
        described = describe(found, missing)
        document = {"began": began, "ended": ended, **described, "results": [as_json(result) for result in results]}
        options.json.write_text(json.dumps(document, indent=1) + "\n")
    if options.plot:
        plot.bars(results, names, options.plot)
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--cases", default="", metavar="REGEX", help="those whose name this is found in; all by default"
    )
    every = machine.processors()
    parser.add_argument(
        "--threads",
        type=lambda text: [int(count) for count in text.split(",")],
        default=[1] if every == 1 else [1, every],
        metavar="N,...",
        help="numbers of threads; by default 1 and as many as there are processors",
    )
    parser.add_argument("--seconds", type=float, default=1.5, help="for a case and number of threads; 1.5 by default")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw it; needs matplotlib")
    parser.add_argument("--verbose", action="store_true", help="print every contender of every case when it is done")
    return parser.parse_args(arguments)


# ---- Measuring -------------------------------------------------------------------------------------------------------


class Instructions:
    """The instructions an output sample, or why they are not counted; each case is counted once."""

    def __init__(self, folder: Path) -> None:
        self._known: dict[str, tuple[float | None, str]] = {}
        self._counter: Counter | None = None
        try:
            self._counter = Valgrind(folder, sr.instruction_set())
        except CannotCount as reason:
            self._reason = str(reason)

    def count(self, case: Case) -> tuple[float | None, str]:
        """Return them, or None and the reason."""
        if self._counter is None:
            return None, self._reason
        if case.name not in self._known:
            try:
                self._known[case.name] = self._counter.count(case)[0], ""
            except CannotCount as reason:
                self._known[case.name] = None, str(reason)
        return self._known[case.name]


def measure_case(case: Case, threads: int, seconds: float, found: list[Peer]) -> Result:
    """Check the peers' results, then time everybody."""
    sr.set_num_threads(threads)
    arrays = case.arrays()
    ours = case.calls(arrays, case.output())
    expected, copied = ours[case.whole](), case.output()
    calls = {COPY: functools.partial(np.copyto, copied, expected), **ours}
    about = {name: {"output": FRESH if name == case.whole else REUSED} for name in calls}
    left_out = {}
    for peer in found:
        if not peer.does(case):
            continue
        try:
            contender, agreement = prepare_checked(peer, case, arrays, expected, threads)
        except CannotDo as reason:
            left_out[peer.name] = str(reason)
            continue
        calls[peer.name] = contender.call
        about[peer.name] = {
            "output": contender.output,
            "agreement": agreement.kind,
            "largest_difference": agreement.largest_difference,
            "note": contender.note,
        }
    product = peers.matrix_product(found, case)
    if product is not None:
        calls[MATRIX_PRODUCT] = product
        about[MATRIX_PRODUCT] = {"output": REUSED}
    others = machine.OtherProcesses()
    timings = {
        name: Timing(times.best, times.median, len(times.samples), **about[name])
        for name, times in measure.interleave(calls, seconds).items()
    }
    return Result(case, threads, timings, left_out, others.share())


# ---- Files -----------------------------------------------------------------------------------------------------------


def describe(found: list[Peer], missing: dict[str, str]) -> dict[str, Any]:
    """Return what was measured, and on what."""
    return {
        "library": sr.__version__,
        "instruction_set": sr.instruction_set(),
        "processor": machine.processor(),
        "processors": machine.processors(),
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "peers": {peer.name: peer.version for peer in found},
        "missing": missing,
    }


def as_json(result: Result) -> dict[str, Any]:
    """Return everything that is known of one case; times are in seconds."""
    return {
        "case": result.case.name,
        "threads": result.threads,
        "bytes": result.case.bytes,
        "timings": {name: dataclasses.asdict(timing) for name, timing in result.timings.items()},
        "left_out": result.left_out,
        "other_processes": result.others,
        "best_peer": result.best_peer,
        "instructions_a_sample": result.instructions,
        "ratio_to_copy": result.quickest.best / result.timings[COPY].best,
        "ours": list(result.case.ways),
        "best_peer_over_ours": {way: result.times_quicker(way, result.best_peer) for way in result.case.ways},
        "bytes_per_second": result.rate,
    }


if __name__ == "__main__":
    sys.exit(main())
