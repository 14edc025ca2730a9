"""``swiftresample bench``: times beside whatever else is installed, and beside a copy of memory."""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import platform
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import swiftresample as sr

from ._common import CommandError, aligned, load
from ._files import picture_path, save_figure

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._common import Array

OURS, COPY = "swiftresample", "memory copy"
TURN = 5e-3  # seconds that a contender has at a time, before which it has as long without being timed
PAUSE = 2e-3  # seconds for the threads of the one before to fall asleep


class Case(NamedTuple):
    """A resampling that is timed."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    options: dict[str, Any]
    channels_last: bool = False

    def input(self) -> Array:
        """Return samples."""
        generator = np.random.default_rng(0)
        if self.dtype == "uint8":
            array: Array = generator.integers(0, 256, self.shape, dtype=np.uint8)
        else:
            array = generator.random(self.shape, dtype=np.float32)
        return np.ascontiguousarray(array.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2) if self.channels_last else array


CASES = (
    Case("features nearest x2", (1, 64, 128, 128), "float32", {"scale_factor": 2, "mode": "nearest"}),
    Case("features bilinear x2", (1, 64, 128, 128), "float32", {"scale_factor": 2, "mode": "bilinear"}),
    Case("features bicubic x2", (1, 64, 128, 128), "float32", {"scale_factor": 2, "mode": "bicubic"}),
    Case("volume trilinear x2", (1, 8, 32, 64, 64), "float32", {"scale_factor": 2, "mode": "trilinear"}),
    Case(
        "photograph to 224x224, antialias",
        (1, 3, 1080, 1920),
        "uint8",
        {"size": (224, 224), "mode": "bilinear", "antialias": True},
        channels_last=True,
    ),
)


class Contender(NamedTuple):
    """What is timed, and what it computed, as (N, C, ...)."""

    call: Callable[[], Any]
    result: Callable[[], Array]


# ---- Peers -----------------------------------------------------------------------------------------------------------


def pytorch(case: Case, array: Array, threads: int) -> Contender | None:
    """``torch.nn.functional.interpolate`` without gradients; it makes new memory for its result."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(threads)
    tensor = torch.from_numpy(array)

    def call() -> Any:
        with torch.inference_mode():
            return torch.nn.functional.interpolate(tensor, **case.options)

    return Contender(call, lambda: np.asarray(call().numpy()))


def opencv(case: Case, array: Array, threads: int) -> Contender | None:
    """``cv2.resize``, plane by plane, into given memory; it has no antialias."""
    cv2 = importlib.import_module("cv2")
    mode = {"nearest": "INTER_NEAREST", "bilinear": "INTER_LINEAR", "bicubic": "INTER_CUBIC"}.get(case.options["mode"])
    if mode is None or case.options.get("antialias"):
        return None
    cv2.setNumThreads(threads)
    output = np.empty_like(sr.interpolate(array, **case.options))
    size = output.shape[:1:-1]
    pairs = list(zip(array[0], output[0]))
    flag = getattr(cv2, mode)

    def call() -> None:
        for source, target in pairs:
            cv2.resize(source, size, target, 0, 0, flag)

    return Contender(call, lambda: output)


def pillow(case: Case, array: Array, threads: int) -> Contender | None:
    """``Image.resize``, on one thread; it always antialiases."""
    module = importlib.import_module("PIL.Image")
    if case.dtype != "uint8" or not case.options.get("antialias") or threads != 1:
        return None
    image = module.fromarray(np.ascontiguousarray(array[0].transpose(1, 2, 0)))
    height, width = case.options["size"]

    def call() -> Any:
        return image.resize((width, height), module.Resampling.BILINEAR)

    return Contender(call, lambda: np.asarray(call()).transpose(2, 0, 1)[None])


PEERS = {"PyTorch": ("torch", pytorch), "OpenCV": ("cv2", opencv), "Pillow": ("PIL", pillow)}


def ours(case: Case, array: Array) -> Contender:
    """``swiftresample.interpolate`` into given memory, as a user calls it."""
    output = np.empty_like(sr.interpolate(array, **case.options))
    return Contender(lambda: sr.interpolate(array, **case.options, out=output), lambda: output)


def copy(output: Array) -> Contender:
    """Copy as many bytes as the output has."""
    source, target = np.ones(output.size, output.dtype), np.zeros(output.size, output.dtype)
    return Contender(lambda: np.copyto(target, source), lambda: output)


# ---- Times -----------------------------------------------------------------------------------------------------------


def best_times(contenders: dict[str, Contender], seconds: float) -> dict[str, float]:
    """Let all have turns in an order drawn anew each time, and return the shortest time of each, in seconds."""
    best = dict.fromkeys(contenders, float("inf"))
    order = list(contenders)
    draw = random.Random(0)
    end = time.perf_counter() + seconds
    rounds = 0
    while rounds < 3 or time.perf_counter() < end:
        draw.shuffle(order)
        for name in order:
            time.sleep(PAUSE)
            for timed in (False, True):
                turn = time.perf_counter() + TURN
                while True:
                    start = time.perf_counter()
                    contenders[name].call()
                    now = time.perf_counter()
                    if timed:
                        best[name] = min(best[name], now - start)
                    if now > turn:
                        break
        rounds += 1
    return best


def measure(case: Case, peers: dict[str, Any], threads: int, seconds: float) -> tuple[dict[str, float], list[str]]:
    """Return the times of all that compute the same, and why others are left out."""
    array = case.input()
    contenders = {OURS: ours(case, array)}
    contenders[OURS].call()
    expected = contenders[OURS].result().astype(np.float64)
    left_out = []
    for name, prepare in peers.items():
        contender = prepare(case, array, threads)
        if contender is None:
            left_out.append(f"{name} does not do it")
            continue
        contender.call()
        difference = float(np.abs(contender.result().astype(np.float64) - expected).max())
        if difference > (1 if case.dtype == "uint8" else 1e-4):
            left_out.append(f"{name} computes something else, by {difference:.3g}")
        else:
            contenders[name] = contender
    contenders[COPY] = copy(contenders[OURS].result())
    return best_times(contenders, seconds), left_out


# ---- The command -----------------------------------------------------------------------------------------------------


def add(commands: Any) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "bench",
        help="times beside PyTorch, OpenCV and Pillow, where they are installed",
        description="Times a few cases: the shortest of many calls, taken in turns. Each time is also given as a "
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
    peers, versions, missing = {}, {OURS: sr.__version__}, []
    for name, (module, prepare) in PEERS.items():
        try:
            versions[name] = str(importlib.import_module(module).__version__)
            peers[name] = prepare
        except ModuleNotFoundError:
            missing.append(name)
    before = sr.get_num_threads()
    sr.set_num_threads(arguments.threads)
    try:
        measured = {case.name: measure(case, peers, arguments.threads, arguments.seconds) for case in CASES}
    finally:
        sr.set_num_threads(before)
    machine = f"{platform.machine()}, {sr.instruction_set()}, {arguments.threads} thread" + "s" * (
        arguments.threads > 1
    )
    times = {name: case for name, (case, _) in measured.items()}
    print(f"{machine}; shortest of many calls in ms, and times {OURS}'s")
    print(table(times))
    for name, (_, left_out) in measured.items():
        if left_out:
            print(f"{name}: {'; '.join(left_out)}")
    if missing:
        print(f"not installed: {', '.join(missing)}")
    if arguments.json:
        found = {"machine": machine, "versions": versions, "not_installed": missing, "seconds": times}
        Path(arguments.json).write_text(json.dumps(found, indent=2) + "\n")
    if path:
        plot(times, machine, path)
    return 0


def contender_names(times: dict[str, dict[str, float]]) -> list[str]:
    """Return who was timed: this library first, the copy last."""
    names = dict.fromkeys(name for case in times.values() for name in case)
    return sorted(names, key=lambda name: (name != OURS, name == COPY))


def multiple(ratio: float) -> str:
    """Return a ratio with the digits that mean something."""
    return f"{ratio:.1f}" if ratio >= 0.95 else f"{ratio:.2g}"


def table(times: dict[str, dict[str, float]]) -> str:
    """Return the times as a table."""
    names = contender_names(times)
    rows = [("", *names)]
    for case, found in times.items():
        cells = ["-"] * len(names)
        for index, name in enumerate(names):
            if name in found:
                ratio = "" if name == OURS else f"{multiple(found[name] / found[OURS]):>7}x"
                cells[index] = f"{found[name] * 1e3:.3f}{ratio}"
        rows.append((case, *cells))
    return "\n".join(aligned(rows, right=range(1, len(names) + 1)))


def plot(times: dict[str, dict[str, float]], machine: str, path: Path) -> None:
    """Draw bars: each time as a multiple of this library's."""
    figure = load("matplotlib.figure", "plot").Figure(figsize=(8, 1 + 1.1 * len(times)), layout="constrained")
    axes = figure.subplots()
    names = contender_names(times)
    height = 0.8 / len(names)
    for index, name in enumerate(names):
        shown = [(row, case[name] / case[OURS]) for row, case in enumerate(times.values()) if name in case]
        bars = axes.barh([row + index * height for row, _ in shown], [ratio for _, ratio in shown], height, label=name)
        axes.bar_label(bars, [multiple(ratio) for _, ratio in shown], fontsize="small", padding=2)
    axes.set_yticks([row + 0.4 - height / 2 for row in range(len(times))], list(times))
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel(f"time, as a multiple of {OURS}'s ({machine})")
    figure.legend(fontsize="small", loc="outside upper center", ncols=len(names), frameon=False)
    save_figure(figure, path, force=True)
