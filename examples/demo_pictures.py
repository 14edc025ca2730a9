"""The pictures that demo.py leaves: what went in and what came out, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib import colors
from matplotlib import pyplot as plt

import swiftresample as sr

if TYPE_CHECKING:
    from pathlib import Path

mpl.use("agg")  # draws to files; no display needed

Array = np.ndarray[Any, Any]

DARK, BLUE, RED = "#20232a", "#2a6f97", "#d1495b"
LABEL_COLOURS = ["#20232a", "#6a4c7d", "#2a9d8f", "#e9c46a", "#f4f1ea"]
INVENTED = "#ff0040"


# ---- 1. A classifier's input -----------------------------------------------------------------------------------------


def classifier_input(crop: Array, shrunk: dict[str, Array], error: Array, path: Path) -> None:
    """Draw the crop and its small versions, a detail of each below, and what leaving out antialias changes."""
    figure, panels = plt.subplots(2, 5, figsize=(18, 7.7), layout="constrained")
    images = {"the crop": crop, **shrunk}
    for (above, below), (title, image) in zip(panels.T, images.items()):
        show(above, image, f"{title}, {image.shape[1]}x{image.shape[0]}")
        show(below, detail(image), f"detail, {detail(image).shape[1]}x{detail(image).shape[0]} pixels")
    for panel, image in zip(panels[:, 4], (error, detail(error))):
        shades = show(panel, image.mean(axis=2), "", cmap="magma", vmin=0, vmax=64)
    panels[0, 4].set_title("what leaving out antialias changes")
    figure.colorbar(shades, ax=panels[:, 4], shrink=0.7, label="grey levels")
    save(figure, path)


def detail(image: Array) -> Array:
    """Return the part of a square image in which the portrait has its finest stripes, the same at any size."""
    side = image.shape[0]
    return image[int(0.8 * side) : int(0.98 * side), int(0.69 * side) : int(0.87 * side)]


# ---- 2. A feature map ------------------------------------------------------------------------------------------------


def feature_map(photo: Array, features: Array, upsampled: Array, path: Path) -> None:
    """Draw the photograph, all channels, and a detail of one channel before and after."""
    channels, height, width = features.shape
    figure = plt.figure(figsize=(17, 13.2), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(1.15, 1))
    left, right = top.subplots(1, 2, width_ratios=(1, 2))
    show(left, photo, f"the photograph, {photo.shape[1]}x{photo.shape[0]}")
    show(right, mosaic(features), f"{channels} channels of {width}x{height}", cmap="magma")

    channel = int(features.mean(axis=(1, 2)).argmax())
    before, after = bottom.subplots(1, 2)
    small = window(features[channel], 0.4, 0.5, rows=48, columns=72)
    large = window(upsampled[channel], 0.4, 0.5, rows=96, columns=144)
    colouring = {"cmap": "magma", "vmin": 0, "vmax": np.quantile(small, 0.995)}
    show(before, small, f"channel {channel}, detail: 72x48 samples", **colouring)
    show(after, large, "the same detail upsampled x2: 144x96 samples", **colouring)
    save(figure, path)


def mosaic(channels: Array, columns: int = 8) -> Array:
    """Return (C, H, W) channels as one picture, each from 0 to 1, with lines between them."""
    bright = np.maximum(np.quantile(channels, 0.99, axis=(1, 2), keepdims=True), 1e-9)
    framed = np.pad(np.minimum(channels / bright, 1), ((0, 0), (2, 2), (2, 2)), constant_values=1)
    count, height, width = framed.shape
    rows = framed.reshape(count // columns, columns, height, width).transpose(0, 2, 1, 3)
    return rows.reshape(count // columns * height, columns * width)


def window(image: Array, y: float, x: float, rows: int, columns: int) -> Array:
    """Return rows x columns samples of an image around the point (x, y), which goes from (0, 0) to (1, 1)."""
    height, width = image.shape[:2]
    top = min(max(round(y * height) - rows // 2, 0), max(height - rows, 0))
    left = min(max(round(x * width) - columns // 2, 0), max(width - columns, 0))
    return image[top : top + rows, left : left + columns]


# ---- What align_corners changes --------------------------------------------------------------------------------------


def align_corners(off: Array, on: Array, difference: Array, shifts: dict[int, Array], path: Path) -> None:
    """Draw where the results with align_corners off and on differ, and by how much each moves what it shows."""
    figure = plt.figure(figsize=(17, 13), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(1.2, 1))
    whole, border, middle = top.subplots(1, 3)
    shades = show(whole, difference.max(axis=0), "where the two results differ (the most of 32 channels)", cmap="magma")
    scale = top.colorbar(shades, ax=whole, shrink=0.8, format=lambda part, _: f"{100 * part:g}%")
    scale.set_label("of the largest feature")
    overlay = overlaid(off.max(axis=0), on.max(axis=0))
    show(border, window(overlay, 0.17, 0, rows=42, columns=36), "detail at the left border: blue off, orange on")
    show(middle, window(overlay, 0.48, 0.45, rows=42, columns=36), "detail in the middle: the two coincide")
    positions, graph = bottom.subplots(1, 2)
    sample_positions(positions)
    shift_graph(graph, shifts)
    save(figure, path)


def overlaid(off: Array, on: Array) -> Array:
    """Return two feature maps as one picture on white: blue is in the first, orange in the second, black in both."""
    bright = np.quantile(off, 0.995)
    off, on = (np.clip(image / bright, 0, 1) for image in (off, on))
    return np.stack([1 - off, 1 - (off + on) / 2, 1 - on], axis=-1)


def sample_positions(panel: Any, length: int = 4) -> None:
    """Draw an axis of a few samples, and where the samples of one twice as long are read, by both conventions."""
    for index in range(length):
        panel.axvspan(index - 0.5, index + 0.5, color="#f3f3f3" if index % 2 else "#e6e6e6", zorder=0)
    panel.scatter(range(length), [2] * length, s=160, c=DARK, marker="s")
    for level, align_corners, colour in ((1, False, BLUE), (0, True, RED)):
        coordinates = sr.axis_taps(length, 2 * length, align_corners=align_corners).coordinates
        panel.scatter(coordinates, [level] * len(coordinates), s=110, c=colour)
        for coordinate in coordinates:
            panel.annotate(f"{coordinate:.2f}", (coordinate, level - 0.15), ha="center", va="top", color=colour)
    panel.set_yticks([2, 1, 0], [f"the {length} samples", "align_corners\n=False", "align_corners\n=True"])
    panel.set_xticks(range(length), [f"sample {index}" for index in range(length)])
    panel.set(xlim=(-0.5, length - 0.5), ylim=(-0.6, 2.4))
    panel.set_title(f"where the {2 * length} output samples are read")
    panel.tick_params(length=0)
    panel.spines[:].set_visible(False)


def shift_graph(panel: Any, shifts: dict[int, Array]) -> None:
    """Draw by how many output pixels align_corners=True moves things along an axis, for several factors."""
    for (factor, shift), colour in zip(shifts.items(), (DARK, BLUE, RED)):
        panel.plot(np.linspace(0, 1, len(shift)), shift, color=colour, linewidth=2)
        for end, place in ((shift[0], (-10, "right", 0)), (shift[-1], (10, "left", 1))):
            offset, alignment, x = place
            panel.annotate(
                f"x{factor}: {end:+.1f}",
                (x, end),
                (offset, 0),
                textcoords="offset points",
                color=colour,
                ha=alignment,
                va="center",
            )
    panel.set_title("by how much align_corners=True moves what is shown")
    panel.set_ylabel("output pixels")
    panel.set_xticks([0, 0.5, 1], ["left border", "middle", "right border"])
    panel.set_xlim(-0.16, 1.16)
    panel.grid(color="#dddddd")
    panel.spines[["top", "right"]].set_visible(False)


# ---- 3. A label mask -------------------------------------------------------------------------------------------------


def label_mask(
    photo: Array, labels: Array, mask: Array, large: Array, averaged: Array, invented: Array, path: Path
) -> None:
    """Draw the photograph, its mask, the mask upsampled, and what averaging the numbers gives; details below."""
    wrong = coloured(averaged, labels)
    wrong[invented] = colors.to_rgb(INVENTED)
    images = {
        f"the photograph, {photo.shape[1]}x{photo.shape[0]}": photo,
        f"labels, {mask.shape[1]}x{mask.shape[0]}": coloured(mask, labels),
        f"nearest x4, {large.shape[1]}x{large.shape[0]}": coloured(large, labels),
        "bilinear x4: invented labels in red": wrong,
    }
    figure, panels = plt.subplots(2, 4, figsize=(18, 10.4), layout="constrained", height_ratios=(1.17, 1))
    for (above, below), (title, image) in zip(panels.T, images.items()):
        side = 32 * image.shape[0] // mask.shape[0]
        show(above, image, title)
        show(below, window(image, 0.3, 0.45, side, side), f"detail, {side}x{side} pixels")
    save(figure, path)


def coloured(mask: Array, labels: Array) -> Array:
    """Return a mask as an (H, W, 3) picture; a number between two labels has the colour of the upper one."""
    palette = np.array([colors.to_rgb(colour) for colour in LABEL_COLOURS])
    return palette[np.searchsorted(labels, mask)]


# ---- Figures ---------------------------------------------------------------------------------------------------------


def show(panel: Any, image: Array, title: str, **options: Any) -> Any:
    """Show an image pixel by pixel, without axes."""
    panel.set_title(title)
    panel.set_axis_off()
    return panel.imshow(image, interpolation="nearest", **options)


def save(figure: Any, path: Path) -> None:
    """Write a figure and forget it."""
    figure.savefig(path, dpi=100)
    plt.close(figure)
