"""Draws a picture of the README: what align_corners changes (corners), or how long other libraries take (speed).

usage: first_look.py PICTURE light|dark FILE.svg

`corners` is computed by the library. `speed` shows the table of docs/performance.md, and for AVX2 what
`make bench-record` has put into benchmarks/recorded.json.
"""

from __future__ import annotations

import json
import math
import re
import sys
from fractions import Fraction
from html import escape
from pathlib import Path

import numpy as np

import swiftresample as sr

ROOT = Path(__file__).resolve().parents[2]
PERFORMANCE, RECORDED = ROOT / "docs" / "performance.md", ROOT / "benchmarks" / "recorded.json"
THEMES = {
    "light": {
        "text": "#1f2328", "soft": "#59636e", "line": "#d1d9e0", "False": "#00798c", "True": "#c2334a",
        "low": "#fff3d6", "high": "#e08a00", "PyTorch": "#c9a227",
        "onnxruntime": "#264653", "opencv": "#2a9d8f", "openvino": "#0077b6", "pillow": "#7a9e3f",
        "fast": "#6a4c93", "ours": "#c2334a", "edge": "#ffffff",
    },
    "dark": {
        "text": "#e6edf3", "soft": "#9198a1", "line": "#3d444d", "False": "#4cc3d4", "True": "#ff8495",
        "low": "#fff3d6", "high": "#e08a00", "PyTorch": "#80671f",
        "onnxruntime": "#a8c5d6", "opencv": "#4fd1c1", "openvino": "#58b4f0", "pillow": "#b5d67a",
        "fast": "#b79be0", "ours": "#ff8495", "edge": "#0d1117",
    },
}  # fmt: skip
FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif"

# ---- align_corners ---------------------------------------------------------------------------------------------------

INPUT = (1, 2, 3, 4)
OUTPUT = 8
#: The output whose sum is written out.
SHOWN = 2
CELL, LEFT, HEIGHT = 140, 20, 44

#: The rows of the table, with what a reader needs of their names, and the names of the benchmark.
CASES = {
    "bilinear x2, 1x64x128x128": ("bilinear x2", "bilinear 1x64x128x128 x2"),
    "the same in float16": ("bilinear x2, float16", "bilinear 1x64x128x128 x2, float16"),
    "bicubic x2, 1x64x128x128": ("bicubic x2", "bicubic 1x64x128x128 x2"),
    "nearest x2, 1x64x128x128": ("nearest x2", "nearest 1x64x128x128 x2"),
    "trilinear x2, 1x32x32x64x64": ("trilinear x2", "trilinear 1x32x32x64x64 x2"),
    "bilinear, logits 1x21x128x128 to 513x513": ("logits 128² to 513²", "bilinear 1x21x128x128 to 513x513"),
    "photograph 1080x1920 to 224x224, antialias, uint8, channels last": (
        "photograph to 224², bytes", "bilinear 1x3x1080x1920 to 224x224, uint8, antialias, channels-last"
    ),
    "the same in float32, channels first": (
        "photograph to 224², floats", "bilinear 1x3x1080x1920 to 224x224, antialias"
    ),
    "pixel_shuffle x2, 1x256x128x128": ("pixel_shuffle x2", "pixel_shuffle 1x256x128x128 x2"),
    "grid_sample, bilinear, a rotation of 1x64x256x256": (
        "grid_sample, rotation", "grid_sample 1x64x256x256 rotated by 37 degrees, bilinear"
    ),
    "conv_transpose2d k4 s2, 1x64x128x128 to 32 channels": (
        "conv_transpose2d, k4 s2", "conv_transpose2d 1x64x128x128 to 32 channels, k4 s2 p1"
    ),
    "carafe x2, k5, 1x256x64x64": ("carafe x2", "carafe 1x256x64x64 x2, k5"),
    "gradient of bilinear x2, 1x64x128x128": ("gradient of bilinear x2", "backward of bilinear 1x64x128x128 x2"),
}  # fmt: skip
KIND = "time over the time of a copy, one thread"
PYTORCH, OURS_ON_AVX2 = "PyTorch", "this library, AVX2"
PEERS = {
    OURS_ON_AVX2: "ours",
    "OpenCV": "opencv",
    "ONNX Runtime": "onnxruntime",
    "OpenVINO": "openvino",
    "fast_image_resize": "fast",
    "Pillow": "pillow",
}
SHORTEST, LONGEST = 0.5, 400
TICKS = (1, 2, 5, 10, 20, 50, 100, 200)
LABELS, WIDTH, ROW, TOP = 208, 400, 30, 142


class Drawing:
    """The elements of a picture, from the back to the front."""

    def __init__(self, theme: dict[str, str]) -> None:
        self.theme = theme
        self.elements: list[str] = []

    def add(self, element: str, text: str = "", **attributes: object) -> None:
        """Add an element; an attribute `stroke_width` is SVG's stroke-width."""
        written = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
        self.elements.append(f"<{element}{written}>{escape(text)}</{element}>")

    def text(self, x: float, y: float, text: str, **attributes: object) -> None:
        """Add a line of text."""
        self.add("text", text, **{"x": f"{x:.1f}", "y": f"{y:.1f}", "fill": self.theme["text"], **attributes})

    def line(self, begin: tuple[float, float], end: tuple[float, float], **attributes: object) -> None:
        """Add a straight line."""
        (x1, y1), (x2, y2) = begin, end
        self.add("line", x1=f"{x1:.1f}", y1=f"{y1:.1f}", x2=f"{x2:.1f}", y2=f"{y2:.1f}", **attributes)

    def save(self, path: str, size: tuple[int, int], title: str) -> None:
        """Write the picture."""
        width, height = size
        head = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        lines = [f'<svg {head} font-family="{FONT}" role="img">', f"<title>{escape(title)}</title>", *self.elements]
        Path(path).write_text("\n".join([*lines, "</svg>"]) + "\n", encoding="utf-8")


def draw_corners(theme: dict[str, str], path: str) -> None:
    """Draw four samples as squares in the middle, and the eight that they become above and below, on one axis."""
    drawing = Drawing(theme)
    middle = 184

    def x(position: float) -> float:
        """Return where a position in the input is; sample 0 has its centre at 0."""
        return LEFT + (position + 0.5) * CELL

    def cells(centres: np.ndarray, values: np.ndarray, width: float, y: float) -> None:
        """Draw samples as squares with their values."""
        for centre, value in zip(centres, values):
            share = (value - min(INPUT)) / (max(INPUT) - min(INPUT))
            drawing.add(
                "rect", x=f"{x(centre) - width * CELL / 2:.1f}", y=y, width=f"{width * CELL:.1f}", height=HEIGHT,
                fill=mixed(theme["low"], theme["high"], share), stroke="#7a5c1e", stroke_width=1,
            )  # fmt: skip
            drawing.text(
                x(centre), y + HEIGHT / 2 + 5.5, f"{value:.3g}", text_anchor="middle", fill="#1f2328",
                font_size=20 if width == 1 else 16,
            )  # fmt: skip

    cells(np.arange(len(INPUT)), np.array(INPUT, np.float64), 1, middle)
    for align_corners, y, says in (
        (False, 74, "The edges of the image stay where they are."),
        (True, 292, "The centres of the corner samples stay where they are."),
    ):
        colour, is_above = theme[str(align_corners)], y < middle
        taps = sr.axis_taps(len(INPUT), OUTPUT, mode="linear", align_corners=align_corners)
        values = sr.interpolate(
            np.array(INPUT, np.float64)[None, None], size=OUTPUT, mode="linear", align_corners=align_corners
        )[0, 0]
        far, near, face = (y, middle, y + HEIGHT) if is_above else (y + HEIGHT, middle + HEIGHT, y)
        shown = x(taps.coordinates[SHOWN])
        drawing.line((shown, near), (shown, face), stroke=theme["soft"], stroke_width=1.5, stroke_dasharray="4 3")
        for position in taps.coordinates:
            drawing.line((x(position), near), (x(position), near + (-7 if is_above else 7)), stroke=theme["soft"])
        cells(taps.coordinates, values, np.diff(taps.coordinates).mean(), y)
        for kept in (0, len(INPUT) - 1) if align_corners else (-0.5, len(INPUT) - 0.5):
            drawing.line((x(kept), near), (x(kept), face), stroke=colour, stroke_width=3)
            drawing.add("circle", cx=f"{x(kept):.1f}", cy=near, r=5.5, fill=colour)
            drawing.add("circle", cx=f"{x(kept):.1f}", cy=face, r=5.5, fill=colour)
        first, second = (str(Fraction(weight).limit_denominator(20)) for weight in taps.weights[SHOWN])
        says_how = f"{first} of {INPUT[0]} and {second} of {INPUT[1]} make {values[SHOWN]:.3g}"
        title = far - 40 if is_above else far + 32
        drawing.text(LEFT, title, f"align_corners={align_corners}", fill=colour, font_size=19, font_weight=700)
        drawing.text(LEFT, title + 24, says, font_size=15.5)
        drawing.text(shown + 10, (near + face) / 2 + 5, says_how, font_size=14, fill=theme["soft"])
    drawing.save(path, (LEFT * 2 + CELL * len(INPUT), 408), "Four samples become eight, with and without align_corners")


def mixed(low: str, high: str, share: float) -> str:
    """Return a colour between two."""
    channels = ((int(low[i : i + 2], 16), int(high[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(first + share * (last - first)):02x}" for first, last in channels)


# ---- Speed -----------------------------------------------------------------------------------------------------------


def draw_speed(theme: dict[str, str], path: str) -> None:
    """Draw a bar for PyTorch and a dot for each other peer, in units of this library's time."""
    processor, ratios = measured()
    drawing = Drawing(theme)

    def x(ratio: float) -> float:
        """Return where a ratio is, on a logarithmic scale."""
        share = math.log(ratio / SHORTEST) / math.log(LONGEST / SHORTEST)
        return LABELS + WIDTH * min(max(share, 0), 1)

    def dot(name: str, centre: tuple[float, float]) -> None:
        """Draw what stands for a peer; this library's is hollow."""
        hollow = name == OURS_ON_AVX2
        drawing.add(
            "circle", cx=f"{centre[0]:.1f}", cy=f"{centre[1]:.1f}", r=4.6 if hollow else 5.2,
            fill="none" if hollow else theme[PEERS[name]], stroke=theme["ours" if hollow else "edge"],
            stroke_width=2.4 if hollow else 1,
        )  # fmt: skip

    bottom = TOP + len(CASES) * ROW
    drawing.text(16, 26, "How many times longer others take", font_size=19, font_weight=700)
    drawing.text(16, 49, f"One thread of an {processor}", font_size=14, fill=theme["soft"])
    drawing.add("rect", x=16, y=66, width=20, height=12, fill=theme[PYTORCH])
    for index, name in enumerate((PYTORCH, *PEERS)):
        left, y = 16 + (0, 104, 262, 400)[index % 4], 72 + 24 * (index // 4)
        if name != PYTORCH:
            dot(name, (left + 6, y))
        drawing.text(left + (26 if name == PYTORCH else 17), y + 5, name, font_size=14)
    for tick in TICKS:
        is_ours = tick == 1
        drawing.line(
            (x(tick), TOP - 6), (x(tick), bottom), stroke=theme["ours" if is_ours else "line"],
            stroke_width=2 if is_ours else 1,
        )  # fmt: skip
        label = "here: 1" if is_ours else f"{tick}\N{MULTIPLICATION SIGN}"
        drawing.text(
            x(tick), TOP - 12, label, font_size=13, text_anchor="middle",
            fill=theme["ours" if is_ours else "soft"], font_weight=700 if is_ours else 400,
        )  # fmt: skip
    for row, (name, (label, _)) in enumerate(CASES.items()):
        middle = TOP + (row + 0.5) * ROW
        drawing.text(16, middle + 5, label, font_size=14.5)
        begin, end = sorted((x(1), x(ratios[name][PYTORCH])))
        drawing.add(
            "rect", x=f"{begin:.1f}", y=f"{middle - 7:.1f}", width=f"{end - begin:.1f}", height=14,
            fill=theme[PYTORCH],
        )  # fmt: skip
        for peer in reversed(PEERS):
            if peer in ratios[name]:
                dot(peer, (x(ratios[name][peer]), middle))
    drawing.save(path, (LABELS + WIDTH + 16, bottom + 8), "How many times longer others take")


def measured() -> tuple[str, dict[str, dict[str, float]]]:
    """Return the processor, and the times of the peers over ours, by the row of the table and the peer."""
    page = PERFORMANCE.read_text(encoding="utf-8")
    (family, processor) = re.findall(
        r"^Milliseconds on one thread of an ((.*?) \(family \d+\) with AVX-512)", page, re.M
    )[0]
    times = json.loads(RECORDED.read_text())[KIND]
    (sets,) = (
        (times[key]["cases"], times[key.replace("avx512", "avx2")]["cases"])
        for key in times
        if key.startswith(processor) and key.endswith("avx512")
    )
    ratios = {}
    for name, (_, case) in CASES.items():
        (row,) = re.findall(rf"^\| {re.escape(name)} \|(.*)\|$", page, re.M)
        _, here, pytorch, others = (cell.replace("*", "").strip() for cell in row.split("|"))
        peers = dict(re.findall(r"(\D.*?) ([\d.]+)(?:, |$)", others)) | {PYTORCH: pytorch}
        ratios[name] = {peer: float(time) / float(here) for peer, time in peers.items()}
        ratios[name][OURS_ON_AVX2] = sets[1][case] / sets[0][case]
    return family, ratios


def main() -> None:
    """Draw one."""
    picture, theme, path = sys.argv[1:]
    {"corners": draw_corners, "speed": draw_speed}[picture](THEMES[theme], path)


if __name__ == "__main__":
    main()
