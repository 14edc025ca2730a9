"""``swiftresample check``: two arrays, and whether one is the other moved or stretched."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ._common import CommandError, aligned, printable, tolerance
from ._files import differences, read_tensor
from ._resampling import LAYOUTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._common import Array

PLANES = 4  # that the shift is estimated from
SAMPLES = 4_000_000  # and of how many together, but for one plane
SHORTEST = 8  # samples of an axis along which a shift can be seen
BORDER = 2  # samples that are left out: what lies outside is not known
EXPLAINS = 0.5  # a shift that leaves more than this of the difference explains nothing
SEEN = 0.02  # samples: the least shift that is spoken of


class Displacement(NamedTuple):
    """B(x) is about A(x + shift + stretch * t), t from -1 at the first sample of an axis to 1 at its last."""

    shift: Array
    stretch: Array
    left: float  # of the difference, 0 to 1: what no displacement explains


def add(commands: Any) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "check",
        help="compare two arrays, and find the shift between them",
        description="Compares two arrays or images: where they differ most, and whether B is A moved by parts of a "
        "sample, or stretched about its middle, as mistakes about alignment do.",
        epilog="example: swiftresample check ours.npy theirs.npy --tolerance 1e-5\n\n"
        "exit status: 0 equal within the tolerance, 1 different, 2 the question makes no sense",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("a", metavar="A", help=".npy or image")
    parser.add_argument("b", metavar="B", help=".npy or image")
    parser.add_argument("--tolerance", type=tolerance, default=0.0, metavar="T", help="largest difference (default: 0)")
    parser.add_argument("--layout", choices=LAYOUTS, help="which axes of arrays are space: see resize --help")
    parser.set_defaults(run=run)


# ---- The displacement ------------------------------------------------------------------------------------------------


def displacement(a: Array, b: Array) -> Displacement:
    """Estimate how far the samples of `b` (N, C, ...) lie from those of `a`, by least squares over their gradients."""
    planes = max(1, min(PLANES, SAMPLES // math.prod(a.shape[2:])))
    first, second = (_smooth(x.reshape(-1, *x.shape[2:])[:planes].astype(np.float64)) for x in (a, b))
    axes = first.ndim - 1
    seen = [axis for axis in range(axes) if first.shape[axis + 1] >= SHORTEST]
    found = _start(first, second, seen)
    before = _rest(first, second, np.zeros((axes, 2)))
    if before == 0 or not seen:
        return Displacement(np.zeros(axes), np.zeros(axes), 1.0)
    best, least = np.zeros((axes, 2)), before
    for start in (np.zeros((axes, 2)), found):
        now = start
        for _ in range(20):
            change = _step(first, second, now, seen)
            now = now + change
            if not np.isfinite(now).all() or np.abs(now).max() > max(first.shape[1:]) / 2:
                break
            rest = _rest(first, second, now)
            if rest < least:
                best, least = now, rest
            if np.abs(change).max() < 1e-4:
                break
    return Displacement(best[:, 0], best[:, 1], least / before)


def _smooth(planes: Array) -> Array:
    """Take away what is as fine as the samples: gradients say nothing about it."""
    for axis in range(1, planes.ndim):
        if planes.shape[axis] >= SHORTEST:
            edge = [(1, 1) if other == axis else (0, 0) for other in range(planes.ndim)]
            wide = np.pad(planes, edge, mode="edge")
            length = planes.shape[axis]
            low, middle, high = (np.take(wide, np.arange(length) + offset, axis) for offset in range(3))
            planes = (low + 2 * middle + high) / 4
    return planes


def _start(a: Array, b: Array, seen: Sequence[int]) -> Array:
    """Return the shift by whole samples at which the planes correlate most."""
    axes = tuple(range(1, a.ndim))
    spectra = [np.fft.rfftn(x - x.mean(axis=axes, keepdims=True), axes=axes) for x in (a, b)]
    correlation = np.fft.irfftn((spectra[0] * spectra[1].conj()).sum(axis=0), a.shape[1:], range(a.ndim - 1))
    peak = np.unravel_index(int(correlation.argmax()), correlation.shape)
    result = np.zeros((a.ndim - 1, 2))
    for axis in seen:
        length = a.shape[axis + 1]
        result[axis, 0] = peak[axis] if peak[axis] <= length // 2 else peak[axis] - length
    return result


def _moved(a: Array, displaced: Array) -> tuple[Array, Array]:
    """Read `a` at the displaced positions by cubic interpolation; also say which positions lie inside."""
    inside = np.ones(a.shape[1:], bool)
    for axis in range(a.ndim - 1):
        length = a.shape[axis + 1]
        if length < SHORTEST:
            continue
        position = np.arange(length) + displaced[axis, 0] + displaced[axis, 1] * np.linspace(-1, 1, length)
        shape = [-1 if other == axis else 1 for other in range(a.ndim - 1)]
        edge = np.minimum(np.arange(length), np.arange(length)[::-1])
        inside &= ((position >= 0) & (position <= length - 1) & (edge >= BORDER)).reshape(shape)
        base = np.floor(position).astype(np.int64)
        t = (position - base).reshape([1, *shape])
        weights = (
            ((-t + 2) * t - 1) * t / 2,
            ((3 * t - 5) * t * t + 2) / 2,
            ((-3 * t + 4) * t + 1) * t / 2,
            (t - 1) * t * t / 2,
        )
        parts = [
            weight * np.take(a, (base + offset).clip(0, length - 1), axis + 1)
            for offset, weight in zip((-1, 0, 1, 2), weights)
        ]
        a = sum(parts[1:], parts[0])
    return a, inside


def _rest(a: Array, b: Array, displaced: Array) -> float:
    moved, inside = _moved(a, displaced)
    found: float = np.sqrt(np.mean((b - moved)[:, inside] ** 2)) if inside.any() else np.inf
    return float(found)


def _step(a: Array, b: Array, displaced: Array, seen: Sequence[int]) -> Array:
    """Return the change of the displacement that explains most of what is left."""
    moved, inside = _moved(a, displaced)
    change = np.zeros_like(displaced)
    columns = []
    for axis in seen:
        gradient = np.gradient((moved + b) / 2, axis=axis + 1)  # of both, which is exact to the second order
        shape = [1] * a.ndim
        shape[axis + 1] = -1
        t = np.linspace(-1, 1, a.shape[axis + 1]).reshape(shape)
        columns += [gradient[:, inside].ravel(), (gradient * t)[:, inside].ravel()]
    rest = (b - moved)[:, inside].ravel()
    products = np.array([[first @ second for second in columns] for first in columns])
    solution = np.linalg.lstsq(products, np.array([column @ rest for column in columns]), rcond=1e-10)[0]
    for index, axis in enumerate(seen):
        change[axis] = solution[2 * index : 2 * index + 2]
    return change


# ---- The answer ------------------------------------------------------------------------------------------------------


def run(arguments: argparse.Namespace) -> int:
    """Compare, and say what was found."""
    a, b = (read_tensor(name, arguments.layout) for name in (arguments.a, arguments.b))
    for letter, name, array in (("A", arguments.a, a), ("B", arguments.b, b)):
        print(f"{letter}  {printable(name)}: {tuple(array.shape)} {array.dtype}")
    if a.shape != b.shape:
        print("different: they have different shapes")
        return 1
    if not a.size:
        raise CommandError("there are no samples to compare")
    found = differences(a, b)
    worst = tuple(int(index) for index in np.unravel_index(int(found.argmax()), found.shape))
    largest = float(found[worst])
    print(f"largest difference  {largest:.6g} at {worst}: {a[worst]} and {b[worst]}")
    differing = int((found > arguments.tolerance).sum())
    print(f"mean difference     {found.mean():.6g}; {differing} of {found.size} samples differ")
    if largest <= arguments.tolerance:
        print("equal" if largest == 0 else f"equal within {arguments.tolerance:g}")
        return 0
    if a.dtype.kind == "c" or not (np.isfinite(a).all() and np.isfinite(b).all()):
        print("different; no shift is estimated, because some samples are complex, infinite or NaN")
        return 1
    found_displacement = displacement(a, b)
    lines, verdict = describe(found_displacement, a.shape[2:])
    print("\n".join([*lines, f"different: {verdict}"]))
    return 1


def describe(found: Displacement, lengths: Sequence[int]) -> tuple[list[str], str]:
    """Return a table of the displacement, and a verdict."""
    is_moved = np.abs(found.shift).max() > SEEN or np.abs(found.stretch).max() > SEEN
    if found.left > EXPLAINS or not is_moved:
        return [], "no shift or stretch explains it"
    names = {1: "W", 2: "HW", 3: "DHW"}[len(lengths)]
    rows = [("B(x) = A(x + s)", "first sample", "middle", "last sample")]
    for name, length, shift, stretch in zip(names, lengths, found.shift, found.stretch):
        label = f"s along {name}" if length >= SHORTEST else f"along {name}: too short"
        rows.append((label, f"{shift - stretch:+.3f}", f"{shift:+.3f}", f"{shift + stretch:+.3f}"))
    lines = [*aligned(rows, right=(1, 2, 3)), f"this explains {1 - found.left:.0%} of the difference"]
    is_stretched = np.abs(found.stretch).max() > max(SEEN, 0.2 * np.abs(found.shift).max())
    if not is_stretched:
        shifts = ", ".join(f"{shift:+.2f}" for shift in found.shift)
        verdict = f"B is A read {shifts} samples further"
        moved = found.shift[np.abs(found.shift) > SEEN]
        if (np.abs(np.abs(moved) - 0.5) < 0.1).all():
            verdict += "; half a sample: one takes the corner of a sample for its position, the other its centre"
        return lines, verdict
    if np.abs(found.shift).max() < 0.1 * max(np.abs(found.stretch).max(), 0.2):
        return lines, (
            "B is A stretched about its middle: align_corners is on in one and off in the other, or the scales differ"
        )
    return lines, "B is A moved and stretched: their scales differ, a scale factor against the ratio of the sizes"
