"""``swiftresample grid``: a picture of where the samples lie, with and without align_corners."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import numpy as np

import swiftresample as sr
from swiftresample._modes import MODES, mode_of_rank

from ._common import CommandError, Filter, by, load, printable, size
from ._files import picture_path, save_figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._common import Array

LARGEST = 64  # samples of an axis: more cannot be seen
INPUT, COLOURS = "#444444", {False: "#d1495b", True: "#00798c"}


def add(commands: Any) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "grid",
        help="draw where the samples lie, with and without align_corners",
        description="Draws the samples of input and output over one another, in the input's coordinates, for "
        "align_corners off and on; of one axis also the values that an example becomes.",
        epilog="example: swiftresample grid --in 4 --out 8 --mode bicubic -o corners.svg",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--in", dest="input", type=size, required=True, metavar="N", help="samples: 4, or 4x4 for an image"
    )
    parser.add_argument("--out", dest="target", type=size, required=True, metavar="N", help="samples: 8, or 8x8")
    parser.add_argument("--mode", choices=MODES, default="linear", metavar="MODE", help=f"{', '.join(MODES)} (linear)")
    parser.add_argument("--antialias", action="store_true", help="widen the filter where an axis shrinks")
    parser.add_argument("-o", "--output", required=True, metavar="PICTURE", help=".svg or .png")
    parser.add_argument("--force", action="store_true", help="replace a picture that exists")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Draw the picture."""
    lengths, targets = arguments.input, arguments.target
    if len(lengths) != len(targets) or len(lengths) > 2:
        raise CommandError(
            f"--in and --out have one axis or two, and as many as each other: {by(lengths)}, {by(targets)}"
        )
    if max(*lengths, *targets) > LARGEST:
        raise CommandError(f"more than {LARGEST} samples of an axis cannot be seen")
    mode = MODES[arguments.mode]
    antialias = arguments.antialias or mode.needs_antialias
    filters = [
        Filter(mode.name, corners, antialias) for corners in ((False, True) if mode.takes_align_corners else (None,))
    ]
    for filter in filters:
        filter.check()
    path = picture_path(arguments.output, arguments.force)
    figure = load("matplotlib.figure", "plot").Figure(layout="constrained")
    draw = draw_axis if len(lengths) == 1 else draw_image
    draw(figure, lengths, targets, filters)
    options = ", antialias" if antialias else ""
    figure.suptitle(f"{by(lengths)} to {by(targets)} samples, {arguments.mode}{options}")
    save_figure(figure, path, arguments.force)
    print(f"{printable(path)} shows where {by(targets)} samples lie among {by(lengths)}")
    return 0


def positions(length: int, target: int, filter: Filter) -> Array:
    """Return the positions of the output samples of an axis among those of the input."""
    corners = bool(filter.align_corners)
    return sr.axis_taps(length, target, filter.mode, corners, antialias=filter.antialias).coordinates


def label(filter: Filter) -> str:
    """Return what a convention is called."""
    return "output" if filter.align_corners is None else f"align_corners={filter.align_corners}"


def legend(filter: Filter) -> str:
    """Return the same for a legend, which names the output."""
    return ", ".join(dict.fromkeys(("output", label(filter))))


def colour(filter: Filter) -> str:
    """Return the colour of a convention."""
    return COLOURS[bool(filter.align_corners)]


def draw_axis(figure: Any, lengths: tuple[int, ...], targets: tuple[int, ...], filters: Sequence[Filter]) -> None:
    """Draw one axis: the samples as points in rows, and below them what becomes of an example."""
    (length,), (target,) = lengths, targets
    figure.set_size_inches(8, 5)
    rows, values = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [1, 2]})
    at = np.arange(length)
    for edge in np.arange(length + 1) - 0.5:
        rows.axvline(edge, color="#dddddd", linewidth=1, zorder=0)
    rows.plot(at, np.zeros(length), "o", color=INPUT, markersize=11, fillstyle="none", markeredgewidth=1.5)
    names = ["input"]
    example = np.random.default_rng(4).random(length).round(2)
    values.plot(at, example, "o", color=INPUT, markersize=11, fillstyle="none", markeredgewidth=1.5, label="input")
    image = np.broadcast_to(example, (1, 1, length, length))  # bicubic is for images
    for row, filter in enumerate(filters, 1):
        x = positions(length, target, filter)
        options = {**filter._asdict(), "mode": mode_of_rank(filter.mode, 2)}
        y = sr.interpolate(image, (length, target), **options)[0, 0, 0]
        style = {"color": colour(filter), "markersize": 5}
        rows.plot(x, np.full(target, -float(row)), "o", **style)
        rows.vlines(x, -row, 0, color=colour(filter), linewidth=0.6, alpha=0.5, zorder=0)
        values.plot(x, y, "o-", linewidth=1, label=legend(filter), **style)
        names.append(label(filter))
    rows.set_yticks([-i for i in range(len(names))], names)
    rows.set_ylim(-len(names) + 0.4, 0.6)
    rows.spines[:].set_visible(False)
    rows.tick_params(left=False)
    values.set_xlabel("position in the input, in samples; lines are the edges of samples")
    values.set_ylabel("an example")
    figure.legend(loc="outside lower center", ncols=len(names), fontsize="small", frameon=False)  # over no sample


def draw_image(figure: Any, lengths: tuple[int, ...], targets: tuple[int, ...], filters: Sequence[Filter]) -> None:
    """Draw two axes: the input's samples with their squares, the output's over them, a panel for each convention."""
    figure.set_size_inches(5 * len(filters), 5.2)
    panels = figure.subplots(1, len(filters), squeeze=False)[0]
    height, width = lengths
    rows, columns = (axis.ravel() for axis in np.meshgrid(np.arange(height), np.arange(width), indexing="ij"))
    for panel, filter in zip(panels, filters):
        y, x = (positions(length, target, filter) for length, target in zip(lengths, targets))
        over_y, over_x = (axis.ravel() for axis in np.meshgrid(y, x, indexing="ij"))
        for edge in np.arange(height + 1) - 0.5:
            panel.plot([-0.5, width - 0.5], [edge, edge], color="#cccccc", linewidth=1, zorder=0)
        for edge in np.arange(width + 1) - 0.5:
            panel.plot([edge, edge], [-0.5, height - 0.5], color="#cccccc", linewidth=1, zorder=0)
        panel.plot(columns, rows, "o", color=INPUT, markersize=11, fillstyle="none", markeredgewidth=1.5, label="input")
        panel.plot(over_x, over_y, "o", color=colour(filter), markersize=4, label="output")
        panel.set_title(label(filter), fontsize="medium", color=colour(filter))
        panel.set(aspect="equal", xlim=(-0.9, width - 0.1), ylim=(height - 0.1, -0.9))
        panel.spines[:].set_visible(False)
        panel.legend(fontsize="small", loc="lower center", bbox_to_anchor=(0.5, -0.2), ncols=2, frameon=False)
