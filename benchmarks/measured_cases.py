"""What is measured: the calls, what has to be reached in each, and what every peer calls the other operators."""

from __future__ import annotations

import dataclasses
import functools

from operators import Backward, Carafe, ConvTranspose, GridSample, ImageResize, OnnxResize, PixelShuffle, ResizeConv

from swiftresample._benchmarks.case import Case, Goal, Interpolate
from swiftresample._benchmarks.equivalents import (
    EQUIVALENTS,
    FAST_IMAGE_RESIZE,
    ONNX_RUNTIME,
    OPENCV,
    OPENVINO,
    PILLOW,
    PYTORCH,
    Equivalent,
)

COPY = "copy"
MATRIX_PRODUCT = "matrix product"
#: Contenders that do something else, which nothing of the kind does in much less time.
YARDSTICKS = (COPY, MATRIX_PRODUCT)
UNFOLDING = "PyTorch, unfold"


# ---- Cases -----------------------------------------------------------------------------------------------------------

# What has goals: ratios of times on one thread. Where AVX-512 is to reach more than AVX2, either has its own.
_on_avx512 = functools.partial(Goal, sets=("avx512",))
_on_avx2 = functools.partial(Goal, sets=("avx2",))
_X2 = functools.partial(Interpolate, "bilinear", (1, 64, 128, 128), 2)
_PHOTO = functools.partial(Interpolate, shape=(1, 3, 1080, 1920), to=(224, 224), antialias=True)
_BYTES = functools.partial(_PHOTO, dtype="uint8")

TARGETS = (
    _X2(goals=(Goal(5, named=ONNX_RUNTIME),)),
    _X2(align_corners=True, goals=(_on_avx512(5, named=ONNX_RUNTIME), _on_avx2(4, named=ONNX_RUNTIME))),
    _X2(channels_last=True, goals=(Goal(1.3, named=PYTORCH),)),
    _X2(channels_last=True, align_corners=True, goals=(Goal(1.3, named=PYTORCH),)),
    Interpolate("nearest", (1, 64, 128, 128), 2, goals=(Goal(1, named=ONNX_RUNTIME), Goal(4, PYTORCH))),
    Interpolate("bicubic", (1, 64, 128, 128), 2, goals=(Goal(16, PYTORCH), _on_avx512(10, named=OPENVINO))),
    Interpolate("area", (1, 64, 256, 256), (128, 128), goals=(_on_avx512(1.5, named=OPENCV), _on_avx2(1.3, OPENCV))),
    Interpolate("area", (1, 64, 256, 256), (100, 100), goals=(Goal(5, named=PYTORCH),)),
    Interpolate("bilinear", (1, 21, 128, 128), 4, goals=(Goal(5, named=ONNX_RUNTIME),)),
    Interpolate("bilinear", (1, 21, 128, 128), (513, 513), goals=(Goal(5, named=ONNX_RUNTIME),)),
    Interpolate("bilinear", (1, 64, 512, 512), 2, goals=(Goal(4, named=PYTORCH),)),
    Interpolate("trilinear", (1, 32, 32, 64, 64), 2, goals=(Goal(5, named=ONNX_RUNTIME),)),
    Interpolate("linear", (8, 64, 4096), 2, goals=(Goal(4, named=PYTORCH),)),
    _BYTES("bilinear", channels_last=True, goals=(Goal(1.25, named=FAST_IMAGE_RESIZE),)),
    _BYTES("bicubic", channels_last=True, goals=(Goal(1.3, named=FAST_IMAGE_RESIZE),)),
    _BYTES("lanczos", channels_last=True, goals=(_on_avx512(1.2, named=FAST_IMAGE_RESIZE), Goal(1.5, PYTORCH))),
    _BYTES("bilinear", goals=(_on_avx512(6, named=PYTORCH), _on_avx2(4, PYTORCH))),
    _BYTES("bicubic", goals=(_on_avx512(6, named=PYTORCH), _on_avx2(4, PYTORCH))),
    _BYTES("lanczos", goals=(_on_avx512(6, named=PYTORCH), _on_avx2(4, PYTORCH))),
    _PHOTO("bilinear", goals=(Goal(4, PYTORCH),)),
    _PHOTO("bicubic", goals=(Goal(5, PYTORCH),)),
    _PHOTO("lanczos", goals=(Goal(6, PYTORCH),)),
    Interpolate("nearest", (1, 1, 512, 1024), 2, dtype="uint8", goals=(_on_avx512(3, named=OPENCV),)),
    Interpolate("nearest", (1, 1, 512, 1024), 2, dtype="int64", goals=(_on_avx512(2.5, PYTORCH),)),
    _X2(dtype="float16", goals=(Goal(10, named=PYTORCH),)),
    _X2(dtype="bfloat16", goals=(Goal(12, named=PYTORCH),)),
    Interpolate("bilinear", (1, 1, 4, 4), 2, goals=(Goal(1, PYTORCH, whole=True),)),
)

# Widths that are not a multiple of a vector, 1, 3, 5 and 19 channels, factors that are not whole, float64, batches of
# tiny images. None of them may be slower than PyTorch.
_LEVEL = (Goal(1, PYTORCH),)
_odd = functools.partial(Interpolate, goals=_LEVEL)

ODD_SHAPES = (
    _odd("bilinear", (1, 1, 479, 641), 1.7),
    _odd("bilinear", (1, 3, 333, 517), (511, 877)),
    _odd("bilinear", (1, 5, 127, 131), 2),
    _odd("bilinear", (1, 19, 97, 97), (193, 193), align_corners=True),
    _odd("bilinear", (1, 19, 769, 769), (511, 511)),
    _odd("bilinear", (1, 1, 479, 641), (721, 999), channels_last=True),
    _odd("bilinear", (1, 3, 333, 517), (511, 877), channels_last=True),
    _odd("bilinear", (1, 5, 127, 131), 2, channels_last=True),
    _odd("bilinear", (1, 19, 97, 97), (193, 193), channels_last=True),
    _odd("bilinear", (1, 3, 333, 517), (511, 877), dtype="float64"),
    _odd("bicubic", (1, 5, 127, 131), (217, 223), dtype="float64"),
    _odd("bicubic", (1, 19, 97, 131), 1.7),
    _odd("bicubic", (1, 3, 333, 517), (511, 877), channels_last=True),
    _odd("bicubic", (1, 3, 333, 517), (111, 100)),
    _odd("nearest", (1, 19, 101, 103), (171, 175)),
    _odd("nearest", (1, 64, 127, 131), 2, channels_last=True),
    _odd("nearest-exact", (1, 3, 333, 517), (111, 100)),
    _odd("nearest", (1, 3, 333, 517), 3, dtype="uint8", channels_last=True),
    _odd("area", (1, 19, 333, 517), (111, 100)),
    _odd("area", (1, 5, 128, 128), (7, 7), channels_last=True),
    _odd("linear", (4, 19, 1001), (1601,)),
    _odd("trilinear", (1, 5, 17, 33, 31), 1.7),
    _odd("trilinear", (1, 19, 9, 33, 31), 2, channels_last=True),
    _odd("bilinear", (1, 3, 517, 333), (97, 101), antialias=True, dtype="float64"),
    _odd("bilinear", (1, 19, 333, 517), (111, 100), antialias=True),
    _odd("bicubic", (1, 3, 333, 517), (111, 100), antialias=True, channels_last=True),
    _odd("bilinear", (1, 1, 333, 517), (111, 100), antialias=True, dtype="uint8"),
    _odd("bicubic", (1, 4, 333, 517), (111, 100), antialias=True, dtype="uint8", channels_last=True),
    _odd("bilinear", (1, 3, 1080, 1920), (224, 224), dtype="uint8", channels_last=True),
    _odd("bilinear", (1, 3, 270, 480), 2, dtype="uint8", channels_last=True),
    _odd("bicubic", (1, 3, 270, 480), 2, dtype="uint8"),
    _odd("bicubic", (1, 5, 127, 131), 2, dtype="float16"),
    _odd("bilinear", (256, 3, 8, 8), 2),
    _odd("bilinear", (64, 16, 7, 7), 2, align_corners=True),
    _odd("bilinear", (64, 16, 7, 7), 2, channels_last=True),
    _odd("bicubic", (512, 1, 9, 9), 2),
    _odd("nearest", (256, 3, 8, 8), 2),
    _odd("area", (256, 3, 16, 16), (5, 5)),
    _odd("bilinear", (128, 3, 32, 32), (20, 20), antialias=True, dtype="uint8"),
    _odd("bilinear", (64, 3, 64, 64), (224, 224)),
)

# Rows that are short, and rows that end within a vector: widths from 7 to 100, and factors that are no whole numbers.
SHORT_ROWS = (
    _odd("bilinear", (16, 3, 28, 28), 1.3),
    _odd("bilinear", (8, 1, 33, 47), 1.7),
    _odd("bilinear", (8, 5, 100, 100), 0.5),
    _odd("bilinear", (16, 4, 48, 37), 0.3),
    _odd("bilinear", (8, 3, 50, 75), 1.3, channels_last=True),
    _odd("bilinear", (8, 5, 31, 29), 1.7, channels_last=True),
    _odd("bilinear", (8, 3, 97, 99), 0.5, channels_last=True),
    _odd("bilinear", (8, 64, 28, 28), 1.7, channels_last=True),
    _odd("bilinear", (1, 64, 200, 200), 0.5, channels_last=True),
    _odd("bilinear", (4, 2, 63, 65), 1.7, dtype="float64"),
    _odd("bilinear", (4, 3, 63, 65), 1.7, dtype="float16"),
    _odd("bilinear", (4, 3, 97, 99), 0.5, dtype="float16"),
    _odd("bilinear", (4, 3, 50, 75), 1.3, dtype="float16", channels_last=True),
    _odd("bilinear", (4, 3, 63, 65), 1.7, dtype="uint8"),
    _odd("bilinear", (8, 3, 97, 99), 0.5, dtype="uint8", antialias=True, channels_last=True),
    _odd("bilinear", (8, 3, 96, 100), 0.3, antialias=True),
    _odd("bicubic", (8, 1, 33, 47), 1.7),
    _odd("bicubic", (8, 3, 97, 99), 0.5),
    _odd("bicubic", (4, 4, 63, 65), 1.3, channels_last=True),
    _odd("bicubic", (4, 3, 97, 99), 0.3, dtype="float64"),
    _odd("bicubic", (8, 3, 97, 99), 0.3, dtype="uint8", antialias=True),
    _odd("nearest", (8, 5, 61, 67), 1.3),
    _odd("nearest", (8, 3, 97, 99), 0.3, channels_last=True),
    _odd("nearest", (8, 3, 61, 67), 1.7, dtype="uint8", channels_last=True),
    _odd("area", (8, 3, 96, 99), 0.5),
    _odd("area", (8, 5, 100, 100), 0.3),
    _odd("linear", (64, 5, 97), 1.3),
    _odd("trilinear", (2, 3, 9, 17, 23), 1.7),
)

# Inputs whose samples lie apart.
VIEWED = (
    _odd("bilinear", (1, 64, 256, 256), 0.5, view="transposed"),
    _odd("bilinear", (1, 64, 128, 128), 2, view="transposed"),
    _odd("bicubic", (1, 1, 512, 512), 2, view="one of four channels"),
    _odd("bilinear", (1, 1, 512, 512), (224, 224), view="one of four channels", antialias=True),
    _odd("bilinear", (1, 16, 128, 128), 2, view="every second column"),
    _odd("nearest", (1, 16, 128, 128), 2, view="every second column"),
)

# The cost grows in proportion to the output.
GROWTH = (
    _odd("bilinear", (1, 1, 16, 16), 2),
    _odd("bilinear", (1, 1, 64, 64), 2),
    _odd("bilinear", (1, 16, 32, 32), 2),
    _odd("bilinear", (1, 64, 64, 64), 2),
    _odd("bilinear", (1, 64, 256, 256), 2),
)

# The other operators, at sizes of decoders and generators.
_DECODER = ConvTranspose((1, 64, 128, 128), 32, kernel=4, stride=2, padding=1)
_CONVOLUTIONS = (
    ConvTranspose((1, 128, 64, 64), 64, kernel=4, stride=2, padding=1),
    ConvTranspose((1, 96, 64, 64), 96, kernel=3, stride=1, padding=1),
    ConvTranspose((1, 32, 16, 32, 32), 16, kernel=2, stride=2),
    ConvTranspose((1, 256, 32, 32), 128, kernel=2, stride=2),
)
_ROTATION = GridSample("bilinear", (1, 64, 256, 256), 37)
_VOLUME = GridSample("bilinear", (1, 16, 32, 64, 64), 37)

OTHERS = (
    PixelShuffle((1, 256, 128, 128), 2, goals=(Goal(5, PYTORCH),)),
    PixelShuffle((1, 64, 256, 256), 2, inverse=True, goals=(Goal(6, PYTORCH),)),
    dataclasses.replace(_DECODER, goals=(Goal(1.9, PYTORCH),)),
    ConvTranspose((1, 64, 128, 128), 32, kernel=2, stride=2, goals=(Goal(2.6, PYTORCH),)),
    *(dataclasses.replace(case, goals=_LEVEL) for case in _CONVOLUTIONS),
    ConvTranspose((8, 64, 4096), 32, kernel=4, stride=2, padding=1),
    ConvTranspose((1, 64, 128, 128), 64, kernel=4, stride=2, padding=1, groups=64),
    ConvTranspose((1, 56, 64, 64), 3, kernel=9, stride=4, padding=4),
    dataclasses.replace(_ROTATION, goals=(Goal(3, PYTORCH),)),
    GridSample("nearest", (1, 64, 256, 256), 37),
    GridSample("bicubic", (1, 64, 256, 256), 37),
    GridSample("bilinear", (1, 3, 512, 512), 37, goals=_LEVEL),
    GridSample("nearest", (1, 1, 512, 512), 37, goals=_LEVEL),
    dataclasses.replace(_VOLUME, goals=_LEVEL),
    GridSample("nearest", (1, 16, 32, 64, 64), 37, goals=_LEVEL),
    Carafe((1, 256, 64, 64), 2, kernel=5, goals=(Goal(50, UNFOLDING),)),
    ResizeConv("nearest", (1, 64, 128, 128), 2, 64, kernel=3),
)

# Images of which no two have the same size: the tables are made for each call, as the peers always make theirs.
_new = functools.partial(Interpolate, goals=_LEVEL, is_new=True)
NEW_SIZES = (
    _new("bilinear", (1, 3, 1080, 1920), (224, 224), antialias=True, dtype="uint8", channels_last=True),
    _new("lanczos", (1, 3, 1080, 1920), (224, 224), antialias=True, dtype="uint8", channels_last=True),
    _new("bicubic", (1, 3, 1080, 1920), (224, 224), antialias=True),
    _new("bilinear", (1, 3, 140, 230), (64, 64)),
)

# Resize as a runtime of ONNX calls it. Linear without antialias reads some rows of a photograph and does little else.
_RESIZE = functools.partial(OnnxResize, goals=(Goal(3, ONNX_RUNTIME),))
ONNX_RESIZES = (
    _RESIZE("linear", (1, 64, 128, 128), (256, 256)),
    _RESIZE("cubic", (1, 64, 128, 128), (256, 256)),
    _RESIZE("linear", (1, 19, 333, 517), (511, 877)),
    OnnxResize("linear", (1, 3, 1080, 1920), (224, 224)),
    _RESIZE("cubic", (1, 3, 1080, 1920), (224, 224)),
    _RESIZE("linear", (1, 3, 1080, 1920), (224, 224), antialias=True),
    _RESIZE("cubic", (1, 3, 1080, 1920), (224, 224), antialias=True),
)

# Photographs by the functions of the libraries that they were trained with.
_PHOTOGRAPH = ((1, 3, 1080, 1920), (224, 224))
_PILLOW_RESIZE = functools.partial(ImageResize, "pillow", goals=(Goal(6, PILLOW),))
_OPENCV_RESIZE = functools.partial(ImageResize, "opencv", goals=(Goal(1, OPENCV),))
IMAGE_RESIZES = (
    *(_PILLOW_RESIZE(method, *_PHOTOGRAPH) for method in ("bilinear", "bicubic", "lanczos")),
    *(_OPENCV_RESIZE(method, *_PHOTOGRAPH) for method in ("linear", "area")),
    _OPENCV_RESIZE("linear", (1, 3, 540, 960), (1080, 1920)),
    _OPENCV_RESIZE("area", (1, 3, 1080, 1920), (540, 960)),
)

# Gradients for all that an operator reads.
GRADIENTS = (
    Backward(_X2(), goals=(Goal(10, PYTORCH),)),
    Backward(Interpolate("bicubic", (1, 64, 128, 128), 2), goals=(Goal(30, PYTORCH),)),
    Backward(Interpolate("trilinear", (1, 16, 32, 64, 64), 2), goals=(Goal(5, PYTORCH),)),
    Backward(Interpolate("area", (1, 64, 256, 256), (100, 100)), goals=(Goal(5, PYTORCH),)),
    Backward(Interpolate("bilinear", (1, 64, 256, 256), (100, 100), antialias=True), goals=(Goal(5, PYTORCH),)),
    Backward(Interpolate("nearest", (1, 64, 128, 128), 2), goals=_LEVEL),
    *(Backward(case, goals=_LEVEL) for case in (_DECODER, *_CONVOLUTIONS)),
    Backward(_ROTATION, goals=(Goal(2, PYTORCH),)),
    Backward(_VOLUME, goals=_LEVEL),
    Backward(GridSample("bilinear", (1, 3, 512, 512), 37), goals=_LEVEL),
    Backward(Carafe((1, 256, 64, 64), 2, kernel=5), goals=(Goal(5, PYTORCH),)),
)

GROUPS: dict[str, tuple[Case, ...]] = {
    "targets": TARGETS,
    "odd shapes": ODD_SHAPES,
    "short rows": SHORT_ROWS,
    "views": VIEWED,
    "new sizes": NEW_SIZES,
    "growth": GROWTH,
    "other operators": OTHERS,
    "onnx": ONNX_RESIZES,
    "photographs of other libraries": IMAGE_RESIZES,
    "gradients": GRADIENTS,
}
CASES = tuple(case for group in GROUPS.values() for case in group)


# Tiny inputs for a look at the peers: every operator, dtype and memory format, and calls in which whoever can do one
# computes the same.
CHECKED = (
    Interpolate("nearest", (1, 3, 9, 11), 2),
    Interpolate("nearest", (2, 1, 9, 11), 3, dtype="uint8"),
    Interpolate("nearest", (1, 1, 9, 11), 2, dtype="int64"),
    Interpolate("nearest", (1, 3, 9, 11), 2, dtype="uint8", channels_last=True),
    Interpolate("nearest-exact", (1, 3, 9, 12), (4, 5)),
    Interpolate("linear", (2, 3, 33), 2),
    Interpolate("bilinear", (2, 3, 9, 11), 2),
    Interpolate("bilinear", (1, 3, 9, 11), (14, 19)),
    Interpolate("bilinear", (1, 3, 19, 21), (8, 9)),
    Interpolate("bilinear", (1, 3, 9, 11), (14, 19), channels_last=True),
    Interpolate("bilinear", (1, 3, 9, 11), 2, dtype="uint8", channels_last=True),
    Interpolate("bilinear", (1, 3, 9, 11), 2, align_corners=True),
    Interpolate("bilinear", (1, 3, 9, 11), 2, dtype="float64"),
    Interpolate("bilinear", (1, 3, 9, 11), 2, dtype="float16"),
    Interpolate("bilinear", (1, 3, 9, 11), 2, dtype="bfloat16"),
    Interpolate("trilinear", (1, 2, 5, 6, 7), 2),
    Interpolate("bicubic", (1, 3, 9, 11), 2),
    Interpolate("bicubic", (1, 3, 9, 11), (14, 19), channels_last=True),
    Interpolate("area", (1, 3, 12, 14), (6, 7)),
    Interpolate("bilinear", (1, 3, 39, 41), (8, 9), antialias=True),
    Interpolate("bilinear", (1, 3, 39, 41), (8, 9), antialias=True, dtype="uint8"),
    Interpolate("bicubic", (1, 3, 39, 41), (8, 9), antialias=True, dtype="uint8", channels_last=True),
    Interpolate("lanczos", (1, 3, 39, 41), (8, 9), antialias=True, dtype="uint8"),
    Interpolate("lanczos", (1, 3, 39, 41), (8, 9), antialias=True),
    Interpolate("bilinear", (1, 3, 9, 11), 2, view="transposed"),
    Interpolate("bicubic", (1, 1, 9, 11), 2, view="one of four channels"),
    Interpolate("nearest", (1, 3, 9, 11), 2, view="every second column"),
    Interpolate("bilinear", (1, 3, 39, 41), (8, 9), antialias=True, is_new=True),
    PixelShuffle((2, 12, 5, 7), 2),
    PixelShuffle((2, 3, 9, 15), 3, inverse=True),
    ConvTranspose((2, 4, 33), 6, kernel=4, stride=2, padding=1),
    ConvTranspose((1, 4, 9, 11), 6, kernel=3, stride=2, padding=1),
    ConvTranspose((1, 4, 9, 11), 4, kernel=4, stride=2, padding=1, groups=4),
    ConvTranspose((1, 4, 9, 11), 6, kernel=3, stride=1, padding=1, groups=2),
    ConvTranspose((1, 4, 5, 6, 7), 3, kernel=2, stride=2),
    GridSample("bilinear", (2, 3, 19, 21), 37),
    GridSample("nearest", (1, 3, 19, 21), 37),
    GridSample("bicubic", (1, 3, 19, 21), 37),
    GridSample("bilinear", (2, 3, 7, 19, 21), 37),
    GridSample("nearest", (1, 3, 7, 19, 21), 37),
    *(ImageResize("pillow", method, (1, 3, 29, 31), (8, 9)) for method in ("bilinear", "bicubic", "lanczos")),
    *(ImageResize("opencv", method, (1, 3, 29, 31), (8, 9)) for method in ("linear", "area")),
    OnnxResize("linear", (1, 3, 9, 11), (14, 19)),
    OnnxResize("cubic", (1, 3, 39, 41), (8, 9)),
    OnnxResize("cubic", (1, 3, 39, 41), (8, 9), antialias=True),
    Carafe((2, 8, 9, 11), 2, kernel=3),
    ResizeConv("nearest", (2, 4, 9, 11), 2, 6, kernel=3),
    ResizeConv("bilinear", (1, 4, 9, 11), 2, 6, kernel=3),
)

# Small enough for valgrind, which takes fifty times as long: one for every kind of pass.
COUNTED = (
    Interpolate("bilinear", (1, 4, 64, 64), 2),
    Interpolate("bilinear", (1, 4, 64, 64), 2, align_corners=True),
    Interpolate("bilinear", (1, 3, 67, 103), (97, 151)),
    Interpolate("bilinear", (1, 3, 67, 103), (45, 71)),
    Interpolate("bilinear", (1, 3, 64, 64), 2, channels_last=True),
    Interpolate("bilinear", (1, 32, 32, 32), 2, channels_last=True),
    Interpolate("bilinear", (16, 3, 8, 8), 2),
    Interpolate("bilinear", (1, 1, 4, 4), 2),
    Interpolate("bilinear", (1, 4, 64, 64), 2, dtype="float64"),
    Interpolate("bilinear", (1, 4, 64, 64), 2, dtype="float16"),
    Interpolate("bilinear", (1, 4, 64, 64), 2, dtype="bfloat16"),
    Interpolate("bilinear", (1, 3, 64, 64), 2, dtype="uint8", channels_last=True),
    Interpolate("bicubic", (1, 4, 64, 64), 2),
    Interpolate("bicubic", (1, 3, 67, 103), (97, 151), channels_last=True),
    Interpolate("area", (1, 4, 64, 64), (32, 32)),
    Interpolate("area", (1, 4, 64, 64), (25, 25)),
    Interpolate("linear", (4, 4, 512), 2),
    Interpolate("trilinear", (1, 2, 8, 32, 32), 2),
    Interpolate("bilinear", (1, 3, 270, 480), (56, 56), antialias=True),
    Interpolate("lanczos", (1, 3, 270, 480), (56, 56), antialias=True),
    Interpolate("bilinear", (1, 3, 270, 480), (56, 56), dtype="uint8", antialias=True),
    Interpolate("bilinear", (1, 3, 270, 480), (56, 56), dtype="uint8", antialias=True, channels_last=True),
    Interpolate("bicubic", (1, 3, 270, 480), (56, 56), dtype="uint8", antialias=True, channels_last=True),
    Interpolate("lanczos", (1, 3, 270, 480), (56, 56), dtype="uint8", antialias=True, channels_last=True),
    Interpolate("nearest", (1, 4, 64, 64), 2),
    Interpolate("nearest", (1, 4, 67, 103), (97, 151)),
    Interpolate("nearest", (1, 1, 64, 64), 2, dtype="uint8"),
    Interpolate("nearest", (1, 1, 64, 64), 2, dtype="int64"),
    Interpolate("nearest", (1, 3, 64, 64), 2, dtype="uint8", channels_last=True),
    Interpolate(
        "bilinear", (1, 3, 540, 960), (112, 112), dtype="uint8", antialias=True, channels_last=True, is_new=True
    ),
    Interpolate("bicubic", (1, 1, 540, 960), (112, 112), antialias=True, is_new=True),
    Interpolate("bilinear", (1, 1, 16, 16), 2, is_new=True),
    Interpolate("bilinear", (1, 8, 64, 64), 2),
    Interpolate("bicubic", (1, 8, 64, 64), 2),
    Interpolate("nearest", (1, 8, 64, 64), 2),
    Interpolate("area", (1, 8, 64, 64), (32, 32)),
    Interpolate("bilinear", (8, 3, 28, 28), 1.3),
    Interpolate("bilinear", (4, 1, 33, 47), 1.7),
    Interpolate("bilinear", (4, 5, 100, 100), 0.5),
    Interpolate("bilinear", (8, 4, 48, 37), 0.3),
    Interpolate("bilinear", (4, 3, 50, 75), 1.3, channels_last=True),
    Interpolate("bilinear", (1, 64, 50, 50), 0.5, channels_last=True),
    Interpolate("bilinear", (4, 2, 33, 35), 1.7, dtype="float64"),
    Interpolate("bilinear", (4, 3, 33, 35), 1.7, dtype="float16"),
    Interpolate("bilinear", (4, 3, 33, 35), 1.7, dtype="uint8"),
    Interpolate("bicubic", (4, 3, 33, 35), 1.7),
    Interpolate("nearest", (4, 3, 61, 67), 1.3),
    Interpolate("area", (4, 5, 100, 100), 0.3),
)


# ---- The other operators under the peers' names ----------------------------------------------------------------------

_OTHERS: dict[str, dict[str, Equivalent]] = {
    "pixel_shuffle": {
        ONNX_RUNTIME: Equivalent({"mode": "CRD"}),
        OPENVINO: Equivalent({"mode": "depth_first"}),
    },
    "pixel_unshuffle": {
        ONNX_RUNTIME: Equivalent({}),
        OPENVINO: Equivalent({"mode": "depth_first"}),
    },
    "conv_transpose": {ONNX_RUNTIME: Equivalent({}), OPENVINO: Equivalent({})},
    "conv_transpose, groups": {ONNX_RUNTIME: Equivalent({}), OPENVINO: Equivalent({})},
    "grid_sample, bilinear": {
        ONNX_RUNTIME: Equivalent({"mode": "linear"}),
        OPENCV: Equivalent({"interpolation": "INTER_LINEAR"}),
        OPENVINO: Equivalent({"mode": "bilinear"}),
    },
    "grid_sample, nearest": {
        ONNX_RUNTIME: Equivalent({"mode": "nearest"}),
        OPENCV: Equivalent({"interpolation": "INTER_NEAREST"}),
        OPENVINO: Equivalent({"mode": "nearest"}),
    },
    "grid_sample, bicubic": {
        ONNX_RUNTIME: Equivalent({"mode": "cubic"}),
        OPENCV: Equivalent({"interpolation": "INTER_CUBIC"}),
        OPENVINO: Equivalent({"mode": "bicubic"}),
    },
    "onnx.resize": {ONNX_RUNTIME: Equivalent({})},
    **{
        f"pillow.resize {method}": {PILLOW: Equivalent({"resample": method.upper()})}
        for method in ("bilinear", "bicubic", "lanczos")
    },
    **{
        f"opencv.resize {method}": {OPENCV: Equivalent({"interpolation": f"INTER_{method.upper()}"})}
        for method in ("linear", "area")
    },
    "carafe": {},
    "backward": {},
}
EQUIVALENTS.update(_OTHERS)
for _mode, _resize in (("nearest", "nearest"), ("bilinear", "linear")):
    EQUIVALENTS[f"ResizeConv2d, {_mode}"] = {peer: EQUIVALENTS[_resize][peer] for peer in (ONNX_RUNTIME, OPENVINO)}
