"""``swiftresample bench``: times beside whatever else is installed, and beside a copy of memory."""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import platform
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import swiftresample as sr
from swiftresample._benchmarks import measure, peers
from swiftresample._benchmarks.case import Interpolate
from swiftresample._benchmarks.peer import CannotDo

from ._common import CommandError, aligned, load
from ._files import picture_path, save_figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from swiftresample._benchmarks.peer import Peer

OURS, COPY = "swiftresample", "memory copy"

CASES = (
    Interpolate("nearest", (1, 64, 128, 128), 2),
    Interpolate("bilinear", (1, 64, 128, 128), 2),
    Interpolate("bicubic", (1, 64, 128, 128), 2),
    Interpolate("trilinear", (1, 8, 32, 64, 64), 2),
    Interpolate("bilinear", (1, 3, 1080, 1920), (224, 224), dtype="uint8", channels_last=True, antialias=True),
)


def times(
    case: Interpolate, found: Sequence[Peer], threads: int, seconds: float
) -> tuple[dict[str, float], dict[str, str]]:
    """Return the shortest times, in seconds, of all that compute the same, and why others are left out."""
    arrays = case.arrays()
    ours = functools.partial(sr.interpolate, arrays[0], out=case.output(), **case.options)
    expected = ours().copy()
    calls: dict[str, measure.Call] = {OURS: ours, COPY: functools.partial(np.copyto, case.output(), expected)}
    left_out = {}
    for peer in found:
        try:
            contender, agreement = peers.prepare_checked(peer, case, arrays, expected, threads)
        except CannotDo as reason:
            left_out[peer.name] = str(reason)
            continue
        if agreement.kind == "same":
            calls[peer.name] = contender.call
        else:
            left_out[peer.name] = f"computes something similar: up to {agreement.largest_difference:.2g} away"
    return {name: taken.best for name, taken in measure.interleave(calls, seconds).items()}, left_out


# ---- The command -----------------------------------------------------------------------------------------------------


def add(commands: Any) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "bench",
        help="times beside whatever peers are installed",
        description="Times a few cases beside those that are installed of "
        f"{', '.join(peer.name for peer in peers.PEERS)}: the shortest of many calls, taken in turns, also as a "
        "multiple of this library's.",
        epilog="example: swiftresample bench --threads 1 --json times.json --plot times.svg",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="that each may use (default: 1)")
    parser.add_argument("--seconds", type=float, default=2.0, metavar="S", help="for each case (default: 2)")
    parser.add_argument("--json", metavar="FILE", help="write the times")
    parser.add_argument("--plot", metavar="FILE", help="draw them: .svg or .png")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, and print, write and draw."""
    if not 0 < arguments.seconds <= 3600:
        raise CommandError(f"--seconds is above 0 and at most 3600, got {arguments.seconds:g}")
    if not 1 <= arguments.threads <= 1024:
        raise CommandError(f"--threads is from 1 to 1024, got {arguments.threads}")
    if arguments.json and not Path(arguments.json).absolute().parent.is_dir():
        raise CommandError(f"{arguments.json} cannot be written: there is no such folder")
    path = picture_path(arguments.plot, force=True) if arguments.plot else None
    if path:
        load("matplotlib.figure", "plot")
    measure.keep_freed_memory()
    found, missing = peers.installed()
    before = sr.get_num_threads()
    sr.set_num_threads(arguments.threads)
    try:
        with contextlib.ExitStack() as contexts:
            for peer in found:
                contexts.enter_context(peer.context())
            measured = {case.name: times(case, found, arguments.threads, arguments.seconds) for case in CASES}
    finally:
        sr.set_num_threads(before)
    machine = f"{platform.machine()}, {sr.instruction_set()}, {arguments.threads} thread" + "s" * (
        arguments.threads > 1
    )
    seconds = {name: taken for name, (taken, _) in measured.items()}
    print(f"{machine}; shortest of many calls in ms, and times {OURS}'s")
    print(table(seconds))
    for name, (_, left_out) in measured.items():
        for peer_name, reason in left_out.items():
            print(f"left out of {name}: {peer_name} {reason}")
    for name, reason in missing.items():
        print(f"{name}: {reason}")
    if arguments.json:
        document = {
            "machine": machine,
            "versions": {OURS: sr.__version__, **{peer.name: peer.version for peer in found}},
            "not_installed": list(missing),
            "seconds": seconds,
        }
        Path(arguments.json).write_text(json.dumps(document, indent=2) + "\n")
    if path:
        plot(seconds, machine, path)
    return 0


def contender_names(seconds: dict[str, dict[str, float]]) -> list[str]:
    """Return who was timed: this library first, the copy last."""
    names = dict.fromkeys(name for case in seconds.values() for name in case)
    return sorted(names, key=lambda name: (name != OURS, name == COPY))


def multiple(ratio: float) -> str:
    """Return a ratio with the digits that mean something."""
    return f"{ratio:.1f}" if ratio >= 0.95 else f"{ratio:.2g}"


def table(seconds: dict[str, dict[str, float]]) -> str:
    """Return the times as a table."""
    names = contender_names(seconds)
    rows = [("", *names)]
    for case, found in seconds.items():
        cells = ["-"] * len(names)
        for index, name in enumerate(names):
            if name in found:
                ratio = "" if name == OURS else f"{multiple(found[name] / found[OURS]):>7}x"
                cells[index] = f"{found[name] * 1e3:.3f}{ratio}"
        rows.append((case, *cells))
    return "\n".join(aligned(rows, right=range(1, len(names) + 1)))


def plot(seconds: dict[str, dict[str, float]], machine: str, path: Path) -> None:
    """Draw bars: each time as a multiple of this library's."""
    figure = load("matplotlib.figure", "plot").Figure(figsize=(9, 1.5 + 1.2 * len(seconds)), layout="constrained")
    axes = figure.subplots()
    names = contender_names(seconds)
    height = 0.8 / len(names)
    for index, name in enumerate(names):
        shown = [(row, case[name] / case[OURS]) for row, case in enumerate(seconds.values()) if name in case]
        bars = axes.barh([row + index * height for row, _ in shown], [ratio for _, ratio in shown], height, label=name)
        axes.bar_label(bars, [multiple(ratio) for _, ratio in shown], fontsize="small", padding=2)
    labels = [textwrap.fill(name, 30) for name in seconds]
    axes.set_yticks([row + 0.4 - height / 2 for row in range(len(seconds))], labels, fontsize="small")
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlim(right=2 * axes.get_xlim()[1])  # for the last numbers
    axes.set_xlabel(f"time over {OURS}'s")
    axes.set_title(machine, fontsize="medium")
    figure.legend(fontsize="small", loc="outside upper center", ncols=min(len(names), 4), frameon=False)
    save_figure(figure, path, force=True)
