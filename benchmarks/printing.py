"""What `run.py` prints: a table for each number of threads, the goals, and what is slower or was left out."""

from __future__ import annotations

import collections
import sys
from typing import TYPE_CHECKING

import machine
from measured_cases import COPY, MATRIX_PRODUCT

import swiftresample as sr
from swiftresample._benchmarks.case import BEST
from swiftresample._benchmarks.equivalents import FAST_IMAGE_RESIZE, ONNX_RUNTIME, PYTORCH

if TYPE_CHECKING:
    from results import Result

    from swiftresample._benchmarks.peer import Peer

#: The goal for two threads, in calls that take longer than this, in seconds, on one.
TWO_THREADS = 1.7
WORTH_THREADS = 1e-3

NAME = 74  # columns of a case's name
NUMBER = 9
HEADS = {
    ONNX_RUNTIME: ("ONNX", "Runtime"),
    FAST_IMAGE_RESIZE: ("fast_im.", "resize"),
}
OURS = (("ours", "(out=)"), ("ours", "a call"))
RATIOS = (
    ("ours", "/ copy"),
    ("instr. a", "sample"),
    ("", "GB/s"),
    ("others", "%"),
    ("peer /", "(out=)"),
    ("peer /", "a call"),
    ("best", "peer"),
)

HOW = """\
How: each round gives every contender one turn, in an order drawn anew; a turn is 5 ms of calls that are not timed and
5 ms of calls that are (one at least), all in this process. The tables have the best times, --verbose and --json the
medians as well.
The copy is numpy.copyto of the output's bytes, always on one thread.
ours (out=): this library writes to memory that it wrote to before, for interpolate with a plan; ours, a call: the whole
Python call with a new array. Ratios to the copy and GB/s are those of (out=), where there is one.
Outputs: the copy, ONNX Runtime, OpenCV, OpenVINO and fast_image_resize write to memory that they wrote to before as
well. A call, PyTorch (torch.nn.functional under inference_mode) and Pillow allocate their result every time, as is
usual with them: in memory that was freed before, and from 32 MB, but for ours, in new pages each time. Compare these
with each other.
Peers with images alone get the planes of NCHW one by one. A ~ marks a peer that computes something similar but not the
same; it does not count as a peer where ratios are given. What a peer cannot do is listed below the tables.
instr. a sample: the instructions of a plan's execution over the samples of the output, counted by valgrind; they do not
depend on what else the machine does.
peer / (out=), peer / a call: how many times longer the best peer takes than ours.
GB/s: the bytes of inputs and output, each counted once.
others: the share of the processors that other processes had meanwhile. If it is not near 0, times on all processors
say little."""


def print_header(found: list[Peer], missing: dict[str, str], began: dict[str, str]) -> None:
    """Say what is measured, on what, and how."""
    print(f"swiftresample {sr.__version__}, {sr.instruction_set()}, on {machine.processor()}")
    print(f"{machine.processors()} processors; {began['time']}; load averages {began['load']}")
    print("Peers: " + ", ".join(f"{peer.name} {peer.version}" for peer in found) + ".")
    if sr.instruction_set() == "avx2":
        print("Held to AVX2 as well: " + ", ".join(peer.name for peer in found if peer.avx2_alone) + ".")
    for name, reason in missing.items():
        print(f"LEFT OUT: {name} is {reason}")
    print(HOW)


def print_result(result: Result) -> None:
    """Print every contender of one case."""
    title = f"{result.case.name}; {threads_in_words(result.threads)}"
    print(f"\n{title:<{NAME}} {'best ms':>9} {'median':>9} {'x copy':>8} {'x ours':>8}   output")
    copy, ours = result.timings[COPY].best, result.quickest.best
    for name, timing in result.timings.items():
        ratios = f"{timing.best / copy:8.2f} {timing.best / ours:8.2f}"
        similar = f"similar: up to {timing.largest_difference:.2g} away" if timing.agreement != "same" else ""
        notes = ", ".join(filter(None, [timing.output, similar, timing.note]))
        print(f"  {name:<{NAME - 2}} {number(timing.best * 1e3)} {number(timing.median * 1e3)} {ratios}   {notes}")
    for name, reason in result.left_out.items():
        print(f"  {name}: left out: {reason}")
    sys.stdout.flush()


def print_table(results: list[Result], names: list[str], threads: int) -> None:
    """Print a line for every case."""
    heads = [("", COPY), *OURS, *(HEADS.get(name, ("", name)) for name in names), *RATIOS]
    print(f"\n{threads_in_words(threads).capitalize()}; best times in ms")
    for upper_or_lower in zip(*heads):
        print(f"{'':{NAME}}" + "".join(f"{head:>{NUMBER}}" for head in upper_or_lower[:-1]) + f"  {upper_or_lower[-1]}")
    for result in results:
        cells = []
        case = result.case
        for name in (COPY, case.into, case.whole, *names):
            timing = result.timings.get(name)
            mark = "~" if timing and timing.agreement != "same" else ""
            cells.append(mark + number(timing.best * 1e3).strip() if timing else "-")
        cells.append(f"{result.quickest.best / result.timings[COPY].best:.2f}")
        cells.append("-" if result.instructions is None else f"{result.instructions:.3g}")
        cells += [f"{result.rate / 1e9:.1f}", f"{100 * result.others:.0f}"]
        cells += [ratio(result.times_quicker(way, result.best_peer)) for way in (case.into, case.whole)]
        line = "".join(f"{cell:>{NUMBER}}" for cell in cells)
        print(f"{case.name:{NAME}}{line}  {result.best_peer or '-'}")
    for reason, count in collections.Counter(r.not_counted for r in results if r.not_counted).items():
        print(f"No instructions of {count} {'case' if count == 1 else 'cases'}: {reason}.")


def print_goals(results: list[Result]) -> None:
    """Print what was to be reached on one thread, and what was."""
    lines = []
    for result in results:
        for goal in result.case.goals:
            if sr.instruction_set() not in goal.sets:
                continue
            against = result.best_peer if goal.against == BEST else goal.against
            way = result.case.whole if goal.whole else result.case.ways[0]
            reached = result.times_quicker(way, against)
            if against is None or reached is None:
                continue
            met = "met" if reached >= goal.factor else "NOT MET"
            line = f"{result.case.name:{NAME}}{goal.factor:>6g}x {reached:>8.2f}x  {met:8} {against}"
            named = result.times_quicker(way, goal.named)
            if named is not None and goal.named != against:
                line += f"; {named:.2f}x {goal.named}, the best peer when the goal was set"
            lines.append(line)
    if lines:
        print(f"\nGoals with {sr.instruction_set()}, one thread")
        print(f"{'':{NAME}}{'goal':>7} {'reached':>9}           against")
        print("\n".join(lines))


def print_threads(results: list[Result]) -> None:
    """Print what more threads bring where one takes over a millisecond."""
    single = {result.case.name: result for result in results if result.threads == 1}
    lines = []
    for result in results:
        one = single.get(result.case.name)
        if one is None or result.threads == 1 or one.quickest.best < WORTH_THREADS:
            continue
        gain = one.quickest.best / result.quickest.best
        met = "" if result.threads != 2 else "met" if gain >= TWO_THREADS else "NOT MET"
        torch = ""
        if PYTORCH in one.timings and PYTORCH in result.timings:
            torch = f"PyTorch {one.timings[PYTORCH].best / result.timings[PYTORCH].best:.2f}x"
        lines.append(f"{result.case.name:{NAME}}{result.threads:>7} {gain:>8.2f}x  {met:8} {torch}")
    if lines:
        print(f"\nOurs on more threads, where one takes over a millisecond; the goal for two is {TWO_THREADS}x")
        print(f"{'':{NAME}}{'threads':>7} {'gain':>9}")
        print("\n".join(lines))


def print_matrix_products(results: list[Result]) -> None:
    """Say how far convolutions are from a product of matrices."""
    lines = []
    for result in results:
        ours = result.multiply_adds_in_a_second(result.case.ways[0])
        product = result.multiply_adds_in_a_second(MATRIX_PRODUCT)
        if ours is None or product is None:
            continue
        peer = result.multiply_adds_in_a_second(result.best_peer or "")
        others = "" if peer is None else f"{2 * peer / 1e9:>9.0f}  {result.best_peer}"
        rates = f"{2 * ours / 1e9:>7.0f} {2 * product / 1e9:>9.0f} {ours / product:>9.2f}"
        lines.append(f"{result.case.name:{NAME}}{result.threads:>7} {rates} {others}")
    if lines:
        print("\nGFLOP/s (a multiply-add is two) beside a product of matrices with as many, by torch.mm of float32")
        print(f"{'':{NAME}}{'threads':>7} {'ours':>7} {'product':>9} {'of it':>9} {'peer':>9}")
        print("\n".join(lines))


def print_slower(results: list[Result]) -> None:
    """Name the cases in which PyTorch is quicker."""
    lines = []
    for result in results:
        for way in result.case.ways:
            gain = result.times_quicker(way, PYTORCH)
            if gain is not None and gain < 1:
                lines.append(f"{result.case.name:{NAME}}{result.threads:>7} {gain:>8.2f}x  {way}")
    print(f"\nSlower than PyTorch\n{'':{NAME}}{'threads':>7}" if lines else "\nNothing is slower than PyTorch.")
    print("\n".join(lines))


def print_left_out(results: list[Result]) -> None:
    """Say what each peer could not do."""
    reasons: dict[str, dict[str, list[str]]] = {}
    for result in results:
        for name, reason in result.left_out.items():
            named = reasons.setdefault(name, {}).setdefault(reason, [])
            if result.case.name not in named:
                named.append(result.case.name)
    for name, by_reason in reasons.items():
        print(f"\nLeft out: {name}")
        for reason, named in by_reason.items():
            print(f"  {reason}")
            print("\n".join(f"      {case}" for case in named))


def number(value: float) -> str:
    """Write a time with three digits that count."""
    digits = 4 if value < 0.1 else 3 if value < 1 else 2 if value < 100 else 1
    return f"{value:{NUMBER}.{digits}f}"


def ratio(value: float | None) -> str:
    """Write how many times quicker something is."""
    return "-" if value is None else f"{value:.2f}"


def threads_in_words(threads: int) -> str:
    """Write how many threads."""
    return "one thread" if threads == 1 else f"{threads} threads"
