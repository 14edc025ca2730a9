"""A plain and slow model of Pillow's ``Image.resize`` and ``Image.reduce``, in NumPy.

It gives the same bits as Pillow on x86-64 (glibc) from release 8.4 to 13.0 (``release``),
for arrays instead of images: (H, W) or (H, W, C).

======= ===================================== =============================
dtype   shape                                 Pillow's mode
======= ===================================== =============================
uint8   (H, W)                                L
uint8   (H, W, 2), (H, W, 3), (H, W, 4)       LA, RGB, RGBA
uint16  (H, W)                                I;16
int32   (H, W)                                I
float32 (H, W)                                F
======= ===================================== =============================

``mode`` names another mode of the same layout ("RGBX", "CMYK", "YCbCr", "RGBa",
"La", ...): only LA and RGBA are treated in a way of their own (alpha).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

Box = Sequence[float]
Release = tuple[int, int]

NEAREST, LANCZOS, BILINEAR, BICUBIC, BOX, HAMMING = 0, 1, 2, 3, 4, 5
MKS2013, MKS2021 = 6, 7  # from Pillow 13.0 on
NAMES = {
    "nearest": NEAREST,
    "lanczos": LANCZOS,
    "bilinear": BILINEAR,
    "bicubic": BICUBIC,
    "box": BOX,
    "hamming": HAMMING,
    "mks2013": MKS2013,
    "mks2021": MKS2021,
}

#: Bits behind the binary point of a weight for 8-bit samples.
WEIGHT_BITS = 22


# ---------------------------------------------------------------- the filters


def _box(x: float) -> float:
    return 1.0 if -0.5 < x <= 0.5 else 0.0


def _bilinear(x: float) -> float:
    x = abs(x)
    return 1.0 - x if x < 1.0 else 0.0


#: Hamming's constants are written as float32 in Pillow and widened to double.
_HAMMING_A = float(np.float32(0.54))
_HAMMING_B = float(np.float32(0.46))


def _hamming(x: float) -> float:
    x = abs(x)
    if x == 0.0:
        return 1.0
    if x >= 1.0:
        return 0.0
    x *= math.pi
    return math.sin(x) / x * (_HAMMING_A + _HAMMING_B * math.cos(x))


def _bicubic(x: float) -> float:
    a = -0.5
    x = abs(x)
    if x < 1.0:
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1
    if x < 2.0:
        return (((x - 5) * x + 8) * x - 4) * a
    return 0.0


def _sinc(x: float) -> float:
    if x == 0.0:
        return 1.0
    x *= math.pi
    return math.sin(x) / x


def _lanczos(x: float) -> float:
    return _sinc(x) * _sinc(x / 3) if -3.0 <= x < 3.0 else 0.0


def _mks2013(x: float) -> float:
    x = abs(x)
    if x < 0.5:
        return 17.0 / 16.0 - 7.0 / 4.0 * (x * x)
    if x < 1.5:
        return (1.0 - x) * (7.0 / 4.0 - x)
    if x < 2.5:
        return -1.0 / 8.0 * ((x - 5.0 / 2.0) * (x - 5.0 / 2.0))
    return 0.0


def _mks2021(x: float) -> float:
    x = abs(x)
    if x < 0.5:
        return 577.0 / 576.0 - 239.0 / 144.0 * (x * x)
    if x < 1.5:
        return 35.0 / 36.0 * (x - 1.0) * (x - 239.0 / 140.0)
    if x < 2.5:
        return 1.0 / 6.0 * (x - 2.0) * (65.0 / 24.0 - x)
    if x < 3.5:
        return 1.0 / 36.0 * (x - 3.0) * (x - 15.0 / 4.0)
    if x < 4.5:
        return -1.0 / 288.0 * ((x - 9.0 / 2.0) * (x - 9.0 / 2.0))
    return 0.0


#: filter -> (function, half of its width)
FILTERS: dict = {
    BOX: (_box, 0.5),
    BILINEAR: (_bilinear, 1.0),
    HAMMING: (_hamming, 1.0),
    BICUBIC: (_bicubic, 2.0),
    LANCZOS: (_lanczos, 3.0),
    MKS2013: (_mks2013, 2.5),
    MKS2021: (_mks2021, 4.5),
}


# ---------------------------------------------------------- the taps of an axis


def axis_taps(in_size: int, begin: float, end: float, out_size: int, resample: int) -> list:
    """For each output sample: (first input sample, weights as doubles).

    ``begin`` and ``end`` are the box on this axis; Pillow keeps them as float32
    and subtracts them as float32. All else is double.
    """
    function, half_width = FILTERS[resample]
    begin32, end32 = np.float32(begin), np.float32(end)
    scale = float(np.float32(end32 - begin32)) / out_size
    filter_scale = max(scale, 1.0)
    support = half_width * filter_scale
    inverse = 1.0 / filter_scale
    taps = []
    for i in range(out_size):
        center = float(begin32) + (i + 0.5) * scale
        # int() truncates towards zero, as C does.
        first = max(int(center - support + 0.5), 0)
        last = min(int(center + support + 0.5), in_size)
        weights = [function((x + first - center + 0.5) * inverse) for x in range(last - first)]
        total = 0.0
        for w in weights:  # in this order, in double
            total += w
        if total != 0.0:
            weights = [w / total for w in weights]
        taps.append((first, weights))
    return taps


def quantise(weight: float) -> int:
    """A weight for 8-bit samples: rounded half away from zero to 22 bits."""
    scaled = weight * (1 << WEIGHT_BITS)
    return int(scaled - 0.5) if weight < 0 else int(scaled + 0.5)


def _round_half_away(x: np.ndarray) -> np.ndarray:
    return np.trunc(np.where(x >= 0.0, x + 0.5, x - 0.5))


def _to_int32(x: np.ndarray) -> np.ndarray:
    """Double to int32 as x86 converts: what does not fit becomes -2**31."""
    x = _round_half_away(x)
    fits = (x > -2147483649.0) & (x < 2147483648.0)
    return np.where(fits, x, -2147483648.0).astype(np.int32)


def _weighted_sum(rows: np.ndarray, weights: list) -> np.ndarray:
    """Sum of rows[i] * weights[i], in double, one tap after another."""
    total = np.zeros(rows.shape[1:], np.float64)
    for row, w in zip(rows, weights):
        total = total + row.astype(np.float64) * w
    return total


def _pass_along_axis0(image: np.ndarray, taps: list, release: Release) -> np.ndarray:
    """One pass over the first axis; the result is of the image's own dtype."""
    out = np.empty((len(taps), *image.shape[1:]), image.dtype)
    for i, (first, weights) in enumerate(taps):
        rows = image[first : first + len(weights)]
        if image.dtype == np.uint8:
            total = np.full(image.shape[1:], 1 << (WEIGHT_BITS - 1), np.int64)
            for row, w in zip(rows, weights):
                total += row.astype(np.int64) * quantise(w)
            out[i] = np.clip(total >> WEIGHT_BITS, 0, 255)
        elif image.dtype == np.uint16:
            total = _round_half_away(_weighted_sum(rows, weights)).astype(np.int64)
            if release >= (12, 3):
                out[i] = np.clip(total, 0, 65535)
            else:
                # The two bytes were clipped each by itself, and the remainder of
                # a negative number is negative in C.
                low = np.where(total < 0, 0, total & 255)
                high = np.clip(total >> 8, 0, 255)
                out[i] = high * 256 + low
        elif image.dtype == np.int32:
            out[i] = _to_int32(_weighted_sum(rows, weights))
        else:
            with np.errstate(over="ignore"):
                out[i] = _weighted_sum(rows, weights).astype(np.float32)
    return out


# ------------------------------------------------------------------- nearest


def nearest_indices(in_size: int, begin: float, end: float, out_size: int, accumulate: bool) -> list:
    """The input sample of each output sample, or -1 where the result is 0.

    Pillow adds the step again and again to the first position (``accumulate``),
    and the error adds up; only for I;16 does it multiply.
    """
    begin32, end32 = np.float32(begin), np.float32(end)
    step = float(np.float32(end32 - begin32)) / out_size
    indices = []
    position = float(begin32) + step * 0.5
    for i in range(out_size):
        if not accumulate:
            position = step * (i + 0.5) + float(begin32)
        index = int(position)
        indices.append(index if 0 <= index < in_size else -1)
        position += step
    return indices


def _resize_nearest(image: np.ndarray, size: Sequence[int], box: Box) -> np.ndarray:
    accumulate = image.dtype != np.uint16
    columns = nearest_indices(image.shape[1], box[0], box[2], size[0], accumulate)
    rows = nearest_indices(image.shape[0], box[1], box[3], size[1], accumulate)
    out = image[np.ix_(np.maximum(rows, 0), np.maximum(columns, 0))]
    out[np.array(rows) < 0] = 0
    out[:, np.array(columns) < 0] = 0
    return out


# ---------------------------------------------------------------- the core


def height_comes_first(in_size: Sequence[int], out_size: Sequence[int], release: Release) -> bool:
    """Whether the C function of release 13.0 on does the height before the width.

    Sizes are (width, height) of whole images: the box is not looked at. Earlier
    releases always do the width first (but see ``resize`` for 12.2 and 12.3).
    """
    lost_rows = in_size[1] - out_size[1]
    lost_columns = in_size[0] - out_size[0]
    return release >= (13, 0) and lost_rows > 0 and lost_rows > 2 * lost_columns


def core_resize(
    image: np.ndarray, size: Sequence[int], resample: int, box: Box, release: Release = (13, 0)
) -> np.ndarray:
    """What Pillow's C function does: no alpha, no reducing, box as float32."""
    height, width = image.shape[:2]
    out_width, out_height = size
    x0, y0, x1, y1 = (np.float32(v) for v in box)
    if out_width < 1 or out_height < 1:
        raise ValueError("height and width must be > 0")
    if x0 < 0 or y0 < 0:
        raise ValueError("box offset can't be negative")
    if x1 > width or y1 > height:
        raise ValueError("box can't exceed original image size")
    if x1 - x0 < 0 or y1 - y0 < 0:
        raise ValueError("box can't be empty")

    if x0 == int(x0) and x1 - x0 == out_width and y0 == int(y0) and y1 - y0 == out_height:
        return image[int(y0) : int(y1), int(x0) : int(x1)].copy()
    if resample == NEAREST:
        return _resize_nearest(image, size, (x0, y0, x1, y1))
    if image.dtype == np.uint16 and release < (11, 0):
        raise ValueError("image has wrong mode")

    # A pass is left out if its axis keeps its size and its whole extent.
    need_width = out_width != width or x0 != 0 or x1 != out_width
    need_height = out_height != height or y0 != 0 or y1 != out_height
    passes = (["width"] if need_width else []) + (["height"] if need_height else [])
    if height_comes_first((width, height), size, release):
        passes.reverse()
    for axis in passes:
        if axis == "width":
            taps = axis_taps(width, x0, x1, out_width, resample)
            turned = np.moveaxis(image, 1, 0)
            image = np.moveaxis(_pass_along_axis0(turned, taps, release), 0, 1)
        else:
            taps = axis_taps(height, y0, y1, out_height, resample)
            image = _pass_along_axis0(image, taps, release)
    return np.ascontiguousarray(image)


def _core_reduce(image: np.ndarray, factor: Sequence[int], box: Sequence[int]) -> np.ndarray:
    height, width = image.shape[:2]
    fx, fy = factor
    x0, y0, x1, y1 = box
    if fx < 1 or fy < 1:
        raise ValueError("scale must be > 0")
    if x0 < 0 or y0 < 0:
        raise ValueError("box offset can't be negative")
    if x1 > width or y1 > height:
        raise ValueError("box can't exceed original image size")
    if x1 <= x0 or y1 <= y0:
        raise ValueError("box can't be empty")
    image = image[y0:y1, x0:x1]
    if fx == 1 and fy == 1:
        return image.copy()
    if image.dtype == np.uint16:
        raise ValueError("image has wrong mode")

    height, width = image.shape[:2]
    out = np.empty((-(-height // fy), -(-width // fx), *image.shape[2:]), image.dtype)
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            cell = image[y * fy : (y + 1) * fy, x * fx : (x + 1) * fx]
            whole = cell.shape[:2] == (fy, fx)
            out[y, x] = _mean_of_cell(cell, whole)
    return out


def _mean_of_cell(cell: np.ndarray, whole: bool) -> np.ndarray:
    rows, columns = cell.shape[:2]
    count = rows * columns
    if cell.dtype == np.uint8:
        # Division by a multiplication: 2**24 / count, divided in float32, truncated.
        divisor = np.float32(np.uint32((256 * count) & 0xFFFFFFFF))
        multiplier = int(np.float32(4294967296.0) / divisor)
        total = cell.astype(np.int64).sum(axis=(0, 1)) + count // 2
        return ((total * multiplier) & 0xFFFFFFFF) >> 24
    total = np.float64(0.0)
    if whole:
        # Samples are added by twos and fours in their own type first
        # (int32 wraps around, float32 rounds); these sums are added as doubles.
        with np.errstate(over="ignore", invalid="ignore"):
            for y in range(0, rows - 1, 2):
                a, b = cell[y], cell[y + 1]
                for x in range(0, columns - 1, 2):
                    total += np.float64(a[x] + a[x + 1] + b[x] + b[x + 1])
                if columns % 2:
                    total += np.float64(a[-1] + b[-1])
            if rows % 2:
                a = cell[-1]
                for x in range(0, columns - 1, 2):
                    total += np.float64(a[x] + a[x + 1])
                if columns % 2:
                    total += np.float64(a[-1])
    else:
        for sample in cell.ravel():
            total += np.float64(sample)
    mean = total * (1.0 / count)
    return _to_int32(mean) if cell.dtype == np.int32 else np.float32(mean)


def _crop(image: np.ndarray, box: Box) -> np.ndarray:
    """``Image.crop``: what lies outside of the image is 0."""
    x0, y0, x1, y1 = (round(v) for v in box)
    if x1 < x0 or y1 < y0:
        raise ValueError("coordinates out of order")
    out = np.zeros((y1 - y0, x1 - x0, *image.shape[2:]), image.dtype)
    for y in range(max(y0, 0), min(y1, image.shape[0])):
        for x in range(max(x0, 0), min(x1, image.shape[1])):
            out[y - y0, x - x0] = image[y, x]
    return out


# ------------------------------------------------------------------- alpha


def premultiply(image: np.ndarray) -> np.ndarray:
    """Colours times alpha / 255, rounded to nearest; alpha (last) stays."""
    wide = image.astype(np.int64)
    product = wide[..., :-1] * wide[..., -1:] + 128
    out = image.copy()
    out[..., :-1] = ((product >> 8) + product) >> 8
    return out


def unpremultiply(image: np.ndarray) -> np.ndarray:
    """Colours times 255 / alpha, truncated, at most 255; alpha 0 and 255 change nothing."""
    wide = image.astype(np.int64)
    alpha = wide[..., -1:]
    divided = np.minimum(255 * wide[..., :-1] // np.maximum(alpha, 1), 255)
    out = image.copy()
    out[..., :-1] = np.where((alpha == 0) | (alpha == 255), wide[..., :-1], divided)
    return out


def _mode_of(image: np.ndarray, mode: str | None) -> str:
    if mode is not None:
        return mode
    if image.ndim == 3:
        if image.dtype != np.uint8 or image.shape[2] not in (2, 3, 4):
            raise TypeError("Pillow has no such mode")
        return {2: "LA", 3: "RGB", 4: "RGBA"}[image.shape[2]]
    return {"uint8": "L", "uint16": "I;16", "int32": "I", "float32": "F"}[image.dtype.name]


# -------------------------------------------------------------- the functions


def resize(
    image: np.ndarray,
    size: Sequence[int],
    resample: int | None = None,
    box: Box | None = None,
    reducing_gap: float | None = None,
    mode: str | None = None,
    release: Release = (13, 0),
) -> np.ndarray:
    """``Image.resize``: ``size`` and ``box`` are (width, height) and (x0, y0, x1, y1)."""
    mode = _mode_of(image, mode)
    if resample is None:
        resample = NEAREST if mode.startswith("I;16") and release < (11, 0) else BICUBIC
    elif (resample != NEAREST and resample not in FILTERS) or (resample >= MKS2013 and release < (13, 0)):
        raise ValueError("unknown resampling filter")
    if reducing_gap is not None and reducing_gap < 1.0:
        raise ValueError("reducing_gap must be 1.0 or greater")
    full = (0, 0, image.shape[1], image.shape[0])
    box = full if box is None else tuple(box)
    size = tuple(size)
    if size == full[2:] and box == full:
        return image.copy()

    if mode in ("LA", "RGBA") and resample != NEAREST:
        # Before 13.0 Pillow forgets to pass reducing_gap on.
        gap = reducing_gap if release >= (13, 0) else None
        inner = resize(premultiply(image), size, resample, box, gap, "premultiplied", release)
        return unpremultiply(inner)

    if reducing_gap is not None and resample != NEAREST:
        fx = int((box[2] - box[0]) / size[0] / reducing_gap) or 1
        fy = int((box[3] - box[1]) / size[1] / reducing_gap) or 1
        if fx > 1 or fy > 1:
            safe = _safe_box(image, size, resample, box)
            image = reduce(image, (fx, fy), safe, mode, release)
            box = ((box[0] - safe[0]) / fx, (box[1] - safe[1]) / fy, (box[2] - safe[0]) / fx, (box[3] - safe[1]) / fy)

    height, width = image.shape[:2]
    if (12, 2) <= release < (13, 0) and height > 100 * width and size[1] < height:
        # Very tall images: the height comes first.
        image = core_resize(image, (width, size[1]), resample, (0, box[1], width, box[3]), release)
        return core_resize(image, size, resample, (box[0], 0, box[2], size[1]), release)
    return core_resize(image, size, resample, box, release)


def _safe_box(image: np.ndarray, size: Sequence[int], resample: int, box: Box) -> tuple:
    """The box and the neighbours that the filter may want, as whole samples."""
    reach = FILTERS[resample][1] - 0.5
    reach_x = reach * ((box[2] - box[0]) / size[0])
    reach_y = reach * ((box[3] - box[1]) / size[1])
    return (
        max(0, int(box[0] - reach_x)),
        max(0, int(box[1] - reach_y)),
        min(image.shape[1], math.ceil(box[2] + reach_x)),
        min(image.shape[0], math.ceil(box[3] + reach_y)),
    )


def reduce(
    image: np.ndarray,
    factor,
    box: Sequence[int] | None = None,
    mode: str | None = None,
    release: Release = (13, 0),
) -> np.ndarray:
    """``Image.reduce``: means of cells of factor (or (fx, fy)) samples; the last may be smaller."""
    mode = _mode_of(image, mode)
    if not isinstance(factor, (list, tuple)):
        factor = (factor, factor)
    full = (0, 0, image.shape[1], image.shape[0])
    box = full if box is None else tuple(box)
    if tuple(factor) == (1, 1) and box == full:
        return image.copy()
    if tuple(factor) == (1, 1) and release >= (13, 0):
        return _crop(image, box)  # no round trip through alpha
    if mode in ("LA", "RGBA"):
        return unpremultiply(_core_reduce(premultiply(image), factor, box))
    return _core_reduce(image, factor, box)
