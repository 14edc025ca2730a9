"""A plain and slow model of OpenCV's ``resize`` in NumPy.

It gives the same bits as OpenCV's own code in the opencv-python-headless wheels
for x86-64 (SSE vectors of 128 bits, no fused multiply-add), that is with IPP off
(OPENCV_IPP=disabled) or where IPP is not used. ``release`` is (4, 5) to (5, 0).

Images are (H, W) or (H, W, C); uint8, uint16, int16, float32 or float64; C up to 4.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

INTER_NEAREST, INTER_LINEAR, INTER_CUBIC, INTER_AREA, INTER_LANCZOS4 = 0, 1, 2, 3, 4
INTER_LINEAR_EXACT, INTER_NEAREST_EXACT = 5, 6

F32 = np.float32
EPSILON = float(np.finfo(np.float64).eps)
Release = tuple[int, int]


def round_half_even(x: float) -> int:
    """How OpenCV rounds a double to an int."""
    return int(np.rint(x))


def saturate(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Floats or ints to ``dtype``: half to even, then clipped to its range."""
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return x.astype(dtype)
    if x.dtype.kind == "f":
        x = np.rint(x.astype(np.float64))
    info = np.iinfo(dtype)
    return np.clip(x, info.min, info.max).astype(dtype)


# ---------------------------------------------------------------- sizes and scales


def output_size(
    in_size: Sequence[int], dsize: Sequence[int] | None, fx: float, fy: float
) -> tuple[tuple[int, int], tuple[float, float]]:
    """((width, height), (factor x, factor y)); sizes are (width, height).

    A ``dsize`` with both sides above 0 settles everything and fx, fy are ignored.
    Otherwise the size is rounded from fx and fy, while the coordinates are
    computed from fx and fy themselves, not from the rounded size.
    """
    width, height = in_size
    if dsize is not None and dsize[0] > 0 and dsize[1] > 0:
        return (dsize[0], dsize[1]), (dsize[0] / width, dsize[1] / height)
    if not (fx > 0 and fy > 0):
        raise ValueError("neither dsize nor fx and fy are given")
    size = round_half_even(width * fx), round_half_even(height * fy)
    if size[0] <= 0 or size[1] <= 0:
        raise ValueError("the result would be empty")
    return size, (fx, fy)


# ---------------------------------------------------------------- nearest


def nearest_indices(in_size: int, out_size: int, factor: float) -> list[int]:
    """INTER_NEAREST: floor(i / factor), all in double; 1/factor is rounded first."""
    step = 1.0 / factor
    return [min(math.floor(i * step), in_size - 1) for i in range(out_size)]


def nearest_exact_indices(in_size: int, out_size: int, release: Release) -> list[int]:
    """INTER_NEAREST_EXACT: pixel centres. It depends on the release, not on fx, fy."""
    if release >= (5, 0):
        # As Pillow: the step is added again and again, in double.
        step = in_size / out_size
        position = step * 0.5
        indices = []
        for _ in range(out_size):
            indices.append(min(math.floor(position), in_size - 1))
            position += step
        return indices
    # 16-bit fixed point; int32 wraps around for images of 32768 samples and more.
    step = ((in_size << 16) + out_size // 2) // out_size
    start = step // 2 - (in_size % 2 if release >= NEAREST_EXACT_PARITY else 1)
    return [min((step * i + start) >> 16, in_size - 1) for i in range(out_size)]


#: From this release on NEAREST_EXACT starts at step/2 - (in_size % 2), before at step/2 - 1.
NEAREST_EXACT_PARITY: Release = (4, 8)


# ---------------------------------------------------------------- linear, exact


def linear_exact_taps(in_size: int, out_size: int, factor: float, bits: int) -> list:
    """For each output sample: (first sample, [weights as integers of ``bits`` bits])."""
    scale = 1.0 / factor
    one = 1 << bits
    taps = []
    for i in range(out_size):
        position = scale * (i + 0.5) - 0.5
        first = math.floor(position)
        if first < 0 or in_size == 1:
            taps.append((0, [one]))
        elif first >= in_size - 1:
            taps.append((in_size - 1, [one]))
        else:
            w = round_half_even((position - first) * one)
            taps.append((first, [one - w, w]))
    return taps


def _linear_exact(image: np.ndarray, size, factors) -> np.ndarray:
    # Nothing is rounded between the passes: 2 * bits bits lie behind the point at the end.
    bits = 8 if image.dtype == np.uint8 else 16
    columns = linear_exact_taps(image.shape[1], size[0], factors[0], bits)
    rows = linear_exact_taps(image.shape[0], size[1], factors[1], bits)
    wide = image.astype(np.int64)
    middle = np.stack(
        [sum(wide[:, first + k] * w for k, w in enumerate(weights)) for first, weights in columns], axis=1
    )
    total = np.stack([sum(middle[first + k] * w for k, w in enumerate(weights)) for first, weights in rows], axis=0)
    return saturate((total + (1 << (2 * bits - 1))) >> (2 * bits), image.dtype)


# ------------------------------------------- linear, cubic, Lanczos: tables of taps


def linear_weights(x: np.float32) -> np.ndarray:
    return np.array([F32(1) - x, x], F32)


def cubic_weights(x: np.float32) -> np.ndarray:
    """a = -0.75, every step in float32; the last weight is what the others leave."""
    a, one = F32(-0.75), F32(1)
    y = x + one
    w0 = ((a * y - F32(5) * a) * y + F32(8) * a) * y - F32(4) * a
    w1 = ((a + F32(2)) * x - (a + F32(3))) * x * x + one
    z = one - x
    w2 = ((a + F32(2)) * z - (a + F32(3))) * z * z + one
    return np.array([w0, w1, w2, one - w0 - w1 - w2], F32)


def lanczos4_weights(x: np.float32) -> np.ndarray:
    """Eight taps; sines in double, the weights and their sum in float32."""
    s45 = 0.70710678118654752440084436210485
    turns = [(1, 0), (-s45, -s45), (0, 1), (s45, -s45), (-1, 0), (s45, s45), (0, -1), (-s45, s45)]
    y0 = -float(x + F32(3)) * math.pi * 0.25
    s0, c0 = math.sin(y0), math.cos(y0)
    weights = np.empty(8, F32)
    total = F32(0)
    for i, (s, c) in enumerate(turns):
        distance = x + F32(3) - F32(i)
        if abs(distance) >= F32(1e-6):
            y = -float(distance) * math.pi * 0.25
            weights[i] = F32((s * s0 + c * c0) / (y * y))
        else:
            weights[i] = F32(1e30)
        total = total + weights[i]
    return weights * (F32(1) / total)


KERNELS = {
    INTER_LINEAR: (linear_weights, 2),
    INTER_CUBIC: (cubic_weights, 4),
    INTER_LANCZOS4: (lanczos4_weights, 8),
    INTER_AREA: (linear_weights, 2),
}


def axis_taps(in_size: int, out_size: int, factor: float, interpolation: int, move_inside: bool) -> list:
    """For each output sample: (first sample, float32 weights).

    The first sample may lie outside: samples outside are those of the edge, each
    with a weight of its own. ``move_inside`` is what linear does on the width only:
    at an edge the first sample becomes that of the edge and the fraction 0.
    INTER_AREA means the odd linear interpolation that OpenCV enlarges with.
    """
    weights_of, count = KERNELS[interpolation]
    scale = 1.0 / factor
    taps = []
    for i in range(out_size):
        if interpolation == INTER_AREA:
            first = math.floor(i * scale)
            x = F32((i + 1) - (first + 1) * factor)
            x = F32(0) if x <= 0 else x - F32(math.floor(x))
        else:
            x = F32((i + 0.5) * scale - 0.5)
            first = math.floor(x)
            x = x - F32(first)
        if move_inside and count == 2:
            if first < 0:
                first, x = 0, F32(0)
            if first >= in_size - 1:
                first, x = in_size - 1, F32(0)
        taps.append((first - count // 2 + 1, weights_of(x)))
    return taps


def quantise(weights: np.ndarray) -> list[int]:
    """Weights for uint8: 11 bits, half to even, the product in float32."""
    return [round_half_even(w * F32(2048)) for w in weights]


def _rows_of(image: np.ndarray, first: int, count: int) -> list[np.ndarray]:
    last = image.shape[0] - 1
    return [image[min(max(first + k, 0), last)] for k in range(count)]


def _in_vectors(width: int, lanes: int) -> int:
    """How many samples of a row are computed in whole vectors."""
    return width // lanes * lanes


def _separable(image: np.ndarray, size, factors, interpolation: int) -> np.ndarray:
    """Width first, then height. ``image`` is (H, W, C)."""
    dtype = image.dtype
    columns = axis_taps(image.shape[1], size[0], factors[0], interpolation, True)
    rows = axis_taps(image.shape[0], size[1], factors[1], interpolation, False)
    work = np.int64 if dtype == np.uint8 else np.float64 if dtype == np.float64 else np.float32

    turned = np.moveaxis(image, 1, 0)
    middle = np.empty((size[0], image.shape[0], image.shape[2]), work)
    for i, (first, weights) in enumerate(columns):
        ws = quantise(weights) if dtype == np.uint8 else weights.astype(work)
        middle[i] = _left_to_right(_rows_of(turned, first, len(ws)), ws, work)
    # A row of samples of all channels, as OpenCV sees it.
    middle = np.moveaxis(middle, 0, 1).reshape(image.shape[0], -1)

    out = np.empty((size[1], middle.shape[1]), dtype)
    for i, (first, weights) in enumerate(rows):
        samples = _rows_of(middle, first, len(weights))
        if dtype == np.uint8:
            out[i] = _column_of_bytes(samples, quantise(weights), interpolation)
        else:
            ws = weights.astype(work)
            total = _left_to_right(samples, ws, work)
            lanes = _lanes_of_nested_sum(dtype, interpolation)
            if lanes:
                n = _in_vectors(len(total), lanes)
                total[:n] = _right_to_left([s[:n] for s in samples], ws)
            out[i] = saturate(total, dtype)
    return out.reshape(size[1], size[0], image.shape[2])


def _left_to_right(samples, weights, work) -> np.ndarray:
    total = samples[0].astype(work) * weights[0]
    for s, w in zip(samples[1:], weights[1:]):
        total = total + s.astype(work) * w
    return total


def _right_to_left(samples, weights) -> np.ndarray:
    """s0*w0 + (s1*w1 + (s2*w2 + ...)): how vectors add, but for the remainder of a row."""
    total = samples[-1] * weights[-1]
    for s, w in zip(samples[-2::-1], weights[-2::-1]):
        total = s * w + total
    return total


def _lanes_of_nested_sum(dtype: np.dtype, interpolation: int) -> int:
    if dtype == np.float32 and interpolation in (INTER_CUBIC, INTER_LANCZOS4):
        return 4
    if dtype == np.int16 and interpolation in (INTER_CUBIC, INTER_LANCZOS4):
        return 8
    if dtype == np.uint16 and interpolation == INTER_CUBIC:
        return 8
    return 0


def _column_of_bytes(samples, weights: list[int], interpolation: int) -> np.ndarray:
    if len(weights) == 2:
        # Each product loses its low bits by itself: that of (row >> 4) keeps 2 bits.
        (s0, s1), (w0, w1) = samples, weights
        return ((((w0 * (s0 >> 4)) >> 16) + ((w1 * (s1 >> 4)) >> 16) + 2) >> 2).astype(np.uint8)
    # OpenCV sums in int32, which suffices: Lanczos comes to 0.98 * 2**31 at the worst.
    total = sum(s * w for s, w in zip(samples, weights))
    out = saturate((total + (1 << 21)) >> 22, np.uint8)
    if interpolation == INTER_CUBIC:
        # Whole vectors of 8 samples are summed in float32 instead.
        n = _in_vectors(len(out), 8)
        scale = F32(1.0 / (2048 * 2048))
        floats = [F32(w) * scale for w in weights]
        total = _right_to_left([s[:n].astype(F32) for s in samples], floats)
        out[:n] = saturate(total, np.uint8)
    return out


# ---------------------------------------------------------------- area


def _area_by_whole_factors(image: np.ndarray, size, sx: int, sy: int) -> np.ndarray:
    """Means of cells of sx * sy samples; cells that leave the image are smaller."""
    dtype, channels = image.dtype, image.shape[2]
    _height, width = image.shape[:2]
    integer = dtype.kind in "ui"
    work = np.int64 if dtype == np.uint8 else np.float64 if dtype == np.float64 else np.float32
    count = sx * sy
    scale = F32(1) / F32(count)
    out = np.empty((size[1], size[0], channels), dtype)
    vector_end = _in_vectors((width // sx) * channels, 4) if channels == 1 else 0
    for y in range(size[1]):
        for x in range(size[0]):
            cell = image[y * sy : (y + 1) * sy, x * sx : (x + 1) * sx]
            rows, columns = cell.shape[:2]
            flat = cell.reshape(rows * columns, channels)
            if rows < sy or columns < sx:
                total = np.zeros(channels, work)
                for sample in flat:
                    total = total + sample.astype(work)
                if dtype == np.float64:
                    out[y, x] = total.astype(F32) / F32(len(flat))
                else:
                    out[y, x] = saturate(total.astype(F32) / F32(len(flat)), dtype)
            elif sx == sy == 2 and integer and channels != 2:
                out[y, x] = (flat.astype(np.int64).sum(axis=0) + 2) >> 2
            elif sx == sy == 2 and dtype == np.float32 and (channels == 4 or (channels == 1 and x < vector_end)):
                out[y, x] = ((flat[0] + flat[1]) + (flat[2] + flat[3])) * F32(0.25)
            else:
                total = np.zeros(channels, work)
                for k in range(0, count - 3, 4):
                    group = flat[k : k + 4]
                    if integer:
                        total = total + group.astype(np.int64).sum(axis=0).astype(work)
                    else:
                        total = total + (((group[0] + group[1]) + group[2]) + group[3])
                for k in range(count - count % 4, count):
                    total = total + flat[k].astype(work)
                if dtype == np.float64:
                    out[y, x] = total * np.float64(scale)
                else:
                    out[y, x] = saturate(total.astype(F32) * scale, dtype)
    return out


def area_taps(in_size: int, out_size: int, scale: float) -> list:
    """For each output sample: [(sample, float32 weight), ...]; a cell is out_size / in_size wide."""
    taps = []
    for i in range(out_size):
        begin = i * scale
        end = begin + scale
        cell = min(scale, in_size - begin)
        last = min(math.floor(end), in_size - 1)
        first = min(math.ceil(begin), last)
        entry = []
        if first - begin > 1e-3:
            entry.append((first - 1, F32((first - begin) / cell)))
        for s in range(first, last):
            entry.append((s, F32(1.0 / cell)))
        if end - last > 1e-3:
            entry.append((last, F32(min(min(end - last, 1.0), cell) / cell)))
        taps.append(entry)
    return taps


def _area_by_fractions(image: np.ndarray, size, scales) -> np.ndarray:
    work = np.float64 if image.dtype == np.float64 else np.float32
    columns = area_taps(image.shape[1], size[0], scales[0])
    rows = area_taps(image.shape[0], size[1], scales[1])
    wide = image.astype(work)
    middle = np.zeros((image.shape[0], size[0], image.shape[2]), work)
    for i, entry in enumerate(columns):
        for sample, weight in entry:
            middle[:, i] = middle[:, i] + wide[:, sample] * work(weight)
    out = np.empty((size[1], *middle.shape[1:]), image.dtype)
    for i, entry in enumerate(rows):
        total = np.zeros(middle.shape[1:], work)
        for sample, weight in entry:
            total = total + middle[sample] * work(weight)
        out[i] = saturate(total, image.dtype)
    return out


# ---------------------------------------------------------------- the function


def resize(
    src: np.ndarray,
    dsize: Sequence[int] | None = None,
    fx: float = 0.0,
    fy: float = 0.0,
    interpolation: int = INTER_LINEAR,
    release: Release = (5, 0),
) -> np.ndarray:
    """``cv2.resize``; ``dsize`` is (width, height). One channel is returned as (H, W)."""
    image = src if src.ndim == 3 else src[:, :, None]
    in_size = image.shape[1], image.shape[0]
    size, factors = output_size(in_size, dsize, fx, fy)
    return _squeeze(_resize(image, in_size, size, factors, interpolation, release))


def _squeeze(image: np.ndarray) -> np.ndarray:
    return image[:, :, 0] if image.shape[2] == 1 else image


def _resize(image, in_size, size, factors, interpolation, release) -> np.ndarray:
    if size == in_size:
        return image.copy()
    if interpolation == INTER_LINEAR_EXACT and image.dtype.kind == "f":
        interpolation = INTER_LINEAR
    scales = 1.0 / factors[0], 1.0 / factors[1]
    whole = tuple(round_half_even(s) for s in scales)
    by_whole_factors = all(abs(s - w) < EPSILON for s, w in zip(scales, whole))
    halved = by_whole_factors and whole == (2, 2)

    if interpolation == INTER_LINEAR_EXACT:
        if not halved or image.shape[2] == 2:
            return _linear_exact(image, size, factors)
        interpolation = INTER_AREA
    if interpolation in (INTER_NEAREST, INTER_NEAREST_EXACT):
        if interpolation == INTER_NEAREST:
            columns = nearest_indices(in_size[0], size[0], factors[0])
            rows = nearest_indices(in_size[1], size[1], factors[1])
        else:
            columns = nearest_exact_indices(in_size[0], size[0], release)
            rows = nearest_exact_indices(in_size[1], size[1], release)
        return image[np.ix_(rows, columns)]
    if interpolation == INTER_LINEAR and halved:
        interpolation = INTER_AREA
    if interpolation == INTER_AREA and scales[0] >= 1 and scales[1] >= 1:
        if by_whole_factors:
            return _area_by_whole_factors(image, size, *whole)
        return _area_by_fractions(image, size, scales)
    return _separable(image, size, factors, interpolation)


# ---------------------------------------------------------------- what IPP computes


def used_by_ipp(dtype: np.dtype, channels: int, in_size: Sequence[int], interpolation: int) -> bool:
    """Whether the x86-64 wheels leave this to Intel's IPP (unless it is switched off)."""
    dtype = np.dtype(dtype)
    if channels == 2 or min(in_size) < (4 if interpolation == INTER_CUBIC else 2):
        return False
    if interpolation == INTER_LINEAR_EXACT and dtype.kind == "f":
        interpolation = INTER_LINEAR
    if interpolation == INTER_LINEAR:
        return dtype != np.uint8
    return interpolation == INTER_CUBIC and dtype != np.float64


def resize_with_ipp(
    src: np.ndarray,
    dsize: Sequence[int] | None = None,
    fx: float = 0.0,
    fy: float = 0.0,
    interpolation: int = INTER_LINEAR,
    release: Release = (5, 0),
) -> np.ndarray:
    """``cv2.resize`` where IPP is on: not its bits, but what its results are near to.

    IPP computes coordinates exactly, where OpenCV's own code rounds them to
    float32: for large images that is the larger difference.
    """
    image = src if src.ndim == 3 else src[:, :, None]
    in_size = image.shape[1], image.shape[0]
    size, factors = output_size(in_size, dsize, fx, fy)
    if size == in_size or not used_by_ipp(image.dtype, image.shape[2], in_size, interpolation):
        return _squeeze(_resize(image, in_size, size, factors, interpolation, release))
    out = image.astype(np.float64)
    for axis in (1, 0):
        out = np.moveaxis(out, axis, 0)
        n = out.shape[0]
        rows = []
        for i in range(size[1 - axis]):
            position = (i + 0.5) / factors[1 - axis] - 0.5
            first = math.floor(position)
            x = position - first
            if interpolation == INTER_CUBIC:
                a = -0.75
                weights = [
                    ((a * (x + 1) - 5 * a) * (x + 1) + 8 * a) * (x + 1) - 4 * a,
                    ((a + 2) * x - (a + 3)) * x * x + 1,
                    ((a + 2) * (1 - x) - (a + 3)) * (1 - x) * (1 - x) + 1,
                    ((a * (2 - x) - 5 * a) * (2 - x) + 8 * a) * (2 - x) - 4 * a,
                ]
                first -= 1
            else:
                weights = [1 - x, x]
            rows.append(sum(out[min(max(first + k, 0), n - 1)] * w for k, w in enumerate(weights)))
        out = np.moveaxis(np.stack(rows), 0, axis)
    return _squeeze(saturate(out, image.dtype))
