"""Draws a picture of docs/conventions.md: where samples lie (positions), what is averaged (weights), or rounding.

usage: conventions.py PICTURE FILE.svg

What is drawn is what the functions compute: each of those that share a line is called and has to agree with the others.
"""

from __future__ import annotations

import sys

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

import swiftresample as sr

INPUT, GREY, OUTPUT = "#444444", "#dddddd", ("#d1495b", "#00798c", "#d68c1d", "#6a4c93")

#: Where sample i of `out` lies among `count`; ONNX's name of it; whose it is.
POSITIONS = {
    "edges of the image meet\n(half pixel)": (
        lambda i, count, out: (i + 0.5) * count / out - 0.5,
        "half_pixel",
    ),
    "centres of the outer samples meet\n(corners aligned)": (
        lambda i, count, out: i * (count - 1) / (out - 1),
        "align_corners",
    ),
    "centres of the first samples meet\n(asymmetric)": (
        lambda i, count, out: i * count / out,
        "asymmetric",
    ),
}

TO = 3


def of_weights(resize):
    """Return what samples 0 and 1 of three read of eight, by a function that resizes (8, 8) along its first axis."""
    return np.asarray(resize(np.eye(8, dtype=np.float32)), np.float64).reshape(TO, 8)[:2]


def interpolate(mode, **options):
    """PyTorch's, along the first axis."""
    size = {"linear": (TO,), "nearest": (TO,), "nearest-exact": (TO,), "area": (TO,)}.get(mode, (TO, 1))

    def resize(image):
        lines = image.T[None] if len(size) == 1 else image.T[None, :, :, None]
        return sr.interpolate(lines, size=size, mode=mode, **options)[0].reshape(8, TO).T

    return resize


def onnx(**attributes):
    """ONNX's."""
    return lambda image: sr.onnx.resize(image, sizes=[TO], axes=[0], **attributes)


def pillow(resample):
    """Pillow's, of mode F."""
    return lambda image: sr.pillow.resize(image, (8, TO), resample)


def opencv(interpolation):
    """OpenCV's."""
    return lambda image: sr.opencv.resize(image, (8, TO), interpolation=interpolation)


def tensorflow(method, **options):
    """TensorFlow's."""
    return lambda image: sr.tensorflow.resize(image[:, :, None], (TO, 8), method, **options)[:, :, 0]


def jax(method, **options):
    """JAX's."""
    return lambda image: sr.jax.resize(image, (TO, 8), method, **options)


WEIGHTS = {
    "linear": {
        "interpolate, onnx, opencv, tensorflow": (
            interpolate("linear"), onnx(mode="linear"), opencv("linear"), tensorflow("bilinear"),
            jax("linear", antialias=False),
        ),
        "the same with antialias; pillow; jax": (
            interpolate("linear", antialias=True), pillow("bilinear"), jax("linear"),
            tensorflow("bilinear", antialias=True),
        ),
        "onnx with antialias: repeats the edge": (onnx(mode="linear", antialias=1),),
    },
    "area": {
        "opencv, tensorflow, jax: parts of samples": (opencv("area"), tensorflow("area"), jax("area")),
        "interpolate: whole samples": (interpolate("area"),),
        "pillow box: samples with their centres inside": (pillow("box"),),
    },
    "cubic": {
        "interpolate, onnx, opencv: A is -0.75": (interpolate("bicubic"), onnx(mode="cubic"), opencv("cubic")),
        "tensorflow: -0.5": (tensorflow("bicubic"),),
        "pillow, jax, interpolate with antialias: -0.5": (
            pillow("bicubic"), jax("cubic"), interpolate("bicubic", antialias=True),
            tensorflow("bicubic", antialias=True),
        ),
        "onnx with antialias: -0.75, repeats the edge": (onnx(mode="cubic", antialias=1),),
    },
    "nearest": {
        "interpolate, opencv: by the first corner": (interpolate("nearest"), opencv("nearest")),
        "nearest-exact, pillow, tensorflow, jax: by the centre": (
            interpolate("nearest-exact"), opencv("nearest_exact"), pillow("nearest"), tensorflow("nearest"),
            jax("nearest"),
        ),
        "onnx: the same, but the first of two that are as near": (onnx(mode="nearest"),),
    },
}  # fmt: skip

#: From an image of bytes to one of another size, by two taps on each axis.
ROUNDED = {
    "interpolate:\nto the nearest\nafter each axis": lambda image, size: sr.interpolate(
        image[None, None], size=size, mode="bilinear"
    )[0, 0],
    "onnx: to the\nnearest, once": lambda image, size: sr.onnx.resize(image, sizes=size, mode="linear"),
    "opencv linear:\n11 bits, cut off\non the way": lambda image, size: sr.opencv.resize(image, size[::-1]),
    "opencv linear_exact:\nweights of 8 bits": lambda image, size: sr.opencv.resize(
        image, size[::-1], interpolation="linear_exact"
    ),
    "tensorflow, jax:\nfloat32": lambda image, size: sr.tensorflow.resize(image[:, :, None], size)[:, :, 0],
}
POINTS = 200


def draw_positions() -> Figure:
    """Draw four samples among which eight lie, and eight among which four lie."""
    figure = Figure(figsize=(8, 4.6), layout="constrained")
    for panel, (count, out) in zip(figure.subplots(2, 1), ((4, 8), (8, 4))):
        for edge in np.arange(count + 1) - 0.5:
            panel.axvline(edge, color=GREY, linewidth=1, zorder=0)
        panel.plot(
            np.arange(count), np.zeros(count), "o", color=INPUT, markersize=11, fillstyle="none", markeredgewidth=1.5
        )
        for row, (formula, mode) in enumerate(POSITIONS.values()):
            x = formula(np.arange(out), count, out)
            line = np.arange(count, dtype=np.float64)
            computed = sr.onnx.resize(line, sizes=[out], mode="linear", coordinate_transformation_mode=mode)
            np.testing.assert_allclose(x.clip(0, count - 1), computed, atol=1e-6)
            panel.plot(x, np.full(out, -1.0 - row), "o", color=OUTPUT[row], markersize=5)
            panel.vlines(x, -1 - row, 0, color=OUTPUT[row], linewidth=0.6, alpha=0.4, zorder=0)
        panel.set_yticks(range(0, -4, -1), [f"{count} samples, to {out}", *POSITIONS], fontsize="small")
        panel.set_ylim(-3.6, 0.6)
        panel.spines[:].set_visible(False)
        panel.tick_params(left=False)
    figure.suptitle("Where the samples of the output lie")
    return figure


def draw_weights() -> Figure:
    """Draw a line for all functions that read the same: the weights of the first sample, and of the middle one."""
    rows = [(kind, name, calls) for kind, lines in WEIGHTS.items() for name, calls in lines.items()]
    figure = Figure(figsize=(9, 0.36 * len(rows) + 1.2), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    colours = mpl.colormaps["RdBu"]
    for line, (_, name, calls) in enumerate(rows):
        weights = [of_weights(call) for call in calls]
        for other in weights[1:]:
            np.testing.assert_allclose(other, weights[0], atol=2e-3, err_msg=name)
        for panel, ofs in zip(panels, weights[0]):
            for sample, weight in enumerate(ofs):
                if abs(weight) > 5e-3:
                    shade = colours(0.5 + weight / 1.6)
                    panel.plot([sample], [line], "s", color=shade, markersize=17)
                    panel.text(
                        sample, line, f"{100 * weight:.0f}", ha="center", va="center", fontsize="x-small",
                        color="white" if abs(weight) > 0.45 else "black",
                    )  # fmt: skip
    first = {kind: next(i for i, row in enumerate(rows) if row[0] == kind) for kind in WEIGHTS}
    for panel, index in zip(panels, (0, 1)):
        panel.set(xlim=(-0.5, 7.5), ylim=(len(rows) - 0.5, -0.5), xlabel="sample of the input")
        panel.set_xticks(range(8))
        panel.axvline((index + 0.5) * 8 / TO - 0.5, color=INPUT, linewidth=1, linestyle=":", zorder=0)
        for edge in (index, index + 1):
            panel.axvline(edge * 8 / TO - 0.5, color=GREY, linewidth=1.5, zorder=0)
        for line in first.values():
            panel.axhline(line - 0.5, color=GREY, linewidth=0.8, zorder=0)
        panel.set_title(f"output sample {index}", fontsize="medium")
        panel.spines[:].set_visible(False)
        panel.tick_params(left=False, top=False)
    panels[0].set_yticks(
        range(len(rows)), [f"{kind}   {name}" if first[kind] == i else name for i, (kind, name, _) in enumerate(rows)],
        fontsize="small",
    )  # fmt: skip
    figure.suptitle(
        "What is averaged: eight samples become three (hundredths; between grey lines: what a sample covers)"
    )
    return figure


def draw_rounding() -> Figure:
    """Draw results less what they would be without rounding, by the fraction of that."""
    figure = Figure(figsize=(9, 2.7), layout="constrained")
    random = np.random.default_rng(3)
    image, size = random.integers(0, 256, (60, 50)).astype(np.uint8), (83, 71)
    exact = sr.interpolate(image.astype(np.float64)[None, None], size=size, mode="bilinear")[0, 0]
    shown = random.choice(exact.size, POINTS, replace=False)
    panels = figure.subplots(1, len(ROUNDED), sharey=True)
    for index, (panel, (name, call)) in enumerate(zip(panels, ROUNDED.items())):
        error = np.asarray(call(image, size), np.float64) - exact
        panel.plot((exact - np.floor(exact)).flat[shown], error.flat[shown], "o", color=OUTPUT[index % 4], markersize=2)
        panel.set_title(name, fontsize="small")
        panel.set(xlim=(0, 1), ylim=(-1.3, 1.3))
        panel.set_xticks([0, 0.5, 1])
        panel.grid(color=GREY)
        panel.spines[:].set_visible(False)
    panels[0].set_ylabel("result - exact, in levels", fontsize="small")
    figure.supxlabel("fraction of the exact value", fontsize="small")
    figure.suptitle("How bytes round: linear in both axes")
    return figure


def main() -> None:
    """Draw one."""
    picture, path = sys.argv[1:]
    mpl.rcParams["svg.hashsalt"] = "swiftresample"  # the same names of what is drawn in every run
    draw = {"positions": draw_positions, "weights": draw_weights, "rounding": draw_rounding}[picture]
    draw().savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
