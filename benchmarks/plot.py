"""Draws the times of ``run.py``: a group of bars for every case, a panel for every number of threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl

mpl.use("Agg")  # before pyplot is imported: there may be no display

from matplotlib import pyplot as plt
from measured_cases import COPY

from swiftresample._benchmarks import equivalents

if TYPE_CHECKING:
    from pathlib import Path

    from results import Result, Timing

#: This library's two ways, in the legend.
INTO = "this library, out="
WHOLE = "this library, a call"

COLOURS = {
    COPY: "#bbbbbb",
    INTO: "#c1121f",
    WHOLE: "#f08080",
    equivalents.PYTORCH: "#ee9b00",
    equivalents.ONNX_RUNTIME: "#264653",
    equivalents.OPENCV: "#2a9d8f",
    equivalents.OPENVINO: "#0077b6",
    equivalents.PILLOW: "#8ab17d",
    equivalents.FAST_IMAGE_RESIZE: "#6a4c93",
}
BAR = 0.08  # inches
GAP = 2  # bars between cases


def bars(results: list[Result], peers: list[str], path: Path) -> None:
    """Draw the best time of every contender, on a logarithmic scale."""
    threads = sorted({result.threads for result in results})
    names = [COPY, INTO, WHOLE, *peers]
    order = list(dict.fromkeys(result.case.name for result in results))
    contenders = {
        case: [n for n in names if any(timing(r, n) for r in results if r.case.name == case)] for case in order
    }
    starts, height = {}, 0
    for case in order:
        starts[case] = height
        height += len(contenders[case]) + GAP
    figure, axes = plt.subplots(
        1,
        len(threads),
        sharey=True,
        squeeze=False,
        figsize=(6 + 5 * len(threads), 1.6 + BAR * height),
        layout="constrained",
    )
    for panel, count in zip(axes[0], threads):
        for name in names:
            shown = [r for r in results if r.threads == count and timing(r, name)]
            positions = [starts[r.case.name] + contenders[r.case.name].index(name) for r in shown]
            milliseconds = [timing(r, name).best * 1e3 for r in shown]
            panel.barh(positions, milliseconds, height=1, color=COLOURS[name], label=name)
        panel.set_xscale("log")
        panel.set_xlabel("best time, ms")
        panel.set_title("one thread" if count == 1 else f"{count} threads")
        panel.grid(axis="x", which="major", linewidth=0.4)
        panel.set_axisbelow(True)
        panel.margins(y=0)
    first = axes[0][0]
    first.set_yticks([starts[case] + (len(contenders[case]) - 1) / 2 for case in order], order, fontsize=7)
    first.invert_yaxis()
    handles, labels = first.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=5)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def timing(result: Result, name: str) -> Timing | None:
    """Return the timing that a bar of this name shows, if there is one."""
    ways = {INTO: result.case.into, WHOLE: result.case.whole}
    return result.timings.get(ways.get(name, name))
