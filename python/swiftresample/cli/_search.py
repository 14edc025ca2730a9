"""The ways to resample, and which of them gives an output of an input: the search of ``swiftresample diagnose``."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import swiftresample as sr

from . import _elsewhere
from ._common import mode_of_rank
from ._files import differences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ._common import Array

PLANES = 4  # that are compared: more would take longer and say the same
FACTORS = 48  # that are tried

#: What the other's arithmetic may differ by, relative to the largest |input|. Of integers it is 1.
_RELATIVE = {"float16": 4e-3, "bfloat16": 3e-2, "float32": 2e-5, "float64": 2e-5}


class Way(NamedTuple):
    """One way to resample."""

    mode: str
    align_corners: bool | None
    antialias: bool
    factors: tuple[float, ...] | None  # None: by size
    clamp: tuple[float, float] | None = None

    @property
    def by_size(self) -> Way:
        """The same by size, and unbounded."""
        return self._replace(factors=None, clamp=None)

    def run(self, tensor: Array, size: tuple[int, ...]) -> Array:
        """Resample to `size`, which the factors lead to."""
        result: Array = sr.interpolate(
            tensor,
            None if self.factors else size,
            self.factors,
            self.mode,
            self.align_corners,
            None,
            self.antialias,
            clamp=self.clamp,
        )
        return result


class Finding(NamedTuple):
    """How far the result of a way is from the output."""

    largest: float
    mean: float
    way: Way


# ---- What is tried ---------------------------------------------------------------------------------------------------


def ways(input_lengths: Sequence[int], output_lengths: Sequence[int], by_factor: bool = True) -> Iterator[Way]:
    """Yield all ways that give these lengths; those with scale factors last, simple factors first."""
    axes = len(input_lengths)
    filters: list[tuple[str, bool | None, bool]] = [("nearest", None, False), ("nearest-exact", None, False)]
    for mode in (mode_of_rank("linear", axes), *(["bicubic"] if axes == 2 else [])):
        filters += [(mode, corners, antialias) for corners in (False, True) for antialias in (False, True)]
    filters += [("area", None, False), ("lanczos", None, True)]
    for mode, corners, antialias in filters:
        yield Way(mode, corners, antialias, None)
    for factors in simple_factors(input_lengths, output_lengths) if by_factor else ():
        for mode, corners, antialias in filters:
            if mode != "area" and not corners:  # which know no factor
                yield Way(mode, corners, antialias, factors)


def common_factors(input_lengths: Sequence[int], output_lengths: Sequence[int]) -> tuple[float, float]:
    """Return the bounds of the factors that lead from the one to the other on every axis; empty if low >= high."""
    pairs = list(zip(input_lengths, output_lengths))
    return max(o / i for i, o in pairs), min((o + 1) / i for i, o in pairs)


def simple_factors(input_lengths: Sequence[int], output_lengths: Sequence[int]) -> list[tuple[float, ...]]:
    """Return factors that somebody may have typed, but for those that do what the sizes do."""
    pairs = list(zip(input_lengths, output_lengths))
    low, high = common_factors(input_lengths, output_lengths)
    found: dict[tuple[float, ...], None] = {}
    for factor in _simple(low, high):
        found.setdefault((factor,) * len(pairs))
    if low >= high:  # then each axis has a factor of its own
        own = [list(_simple(o / i, (o + 1) / i)) for i, o in pairs]
        for choice in zip(*own):
            found.setdefault(choice)
    fits = [
        factors
        for factors in found
        if all(int(i * f) == o for (i, o), f in zip(pairs, factors))
        and any(Fraction(f) != Fraction(o, i) and f != o / i for (i, o), f in zip(pairs, factors))
    ]
    return fits[:FACTORS]


def rounded_factors(input_lengths: Sequence[int], output_lengths: Sequence[int]) -> list[float]:
    """Return simple factors whose products are the output's lengths when they are rounded, and not when cut."""
    pairs = list(zip(input_lengths, output_lengths))
    low, high = max((o - 0.5) / i for i, o in pairs), min((o + 0.5) / i for i, o in pairs)
    found = dict.fromkeys(_simple(low, high)) if 0 < low < high else {}
    fits = [f for f in found if all(round(i * f) == o for i, o in pairs) and any(int(i * f) != o for i, o in pairs)]
    return fits[:FACTORS]


def _simple(low: float, high: float) -> Iterator[float]:
    """Yield the numbers from low to high of one to four decimals, and fractions of small denominators."""
    for power in range(1, 5):
        scale = 10**power
        yield from (
            number / scale
            for number in range(math.ceil(low * scale), min(math.ceil(high * scale), math.ceil(low * scale) + FACTORS))
        )
        if power == 2:
            for denominator in (3, 6, 7, 9, 11, 12, 16):
                first = math.ceil(low * denominator)
                yield from (
                    number / denominator for number in range(first, min(math.ceil(high * denominator), first + 8))
                )


# ---- The search ------------------------------------------------------------------------------------------------------


class Search:
    """The input and output in one dtype, and what was found."""

    def __init__(self, tensor: Array, output: Array, allowed: float | None) -> None:
        self.tensor, self.output = tensor, output
        self.size = output.shape[2:]
        self.allowed = _allowed(tensor, output) if allowed is None else allowed
        self.findings: list[Finding] = []
        self.refused: list[Way] = []
        #: Where overshoot may have been clipped.
        self.bounds: tuple[float, float] | None = None
        if output.dtype.kind in "iu":
            limits = np.iinfo(output.dtype)
            self.bounds = float(limits.min), float(limits.max)
        elif output.dtype.kind == "f" and np.isfinite(output).all():
            self.bounds = float(output.min()), float(output.max())

    def try_way(self, way: Way) -> Finding | None:
        """Compare what a way gives with the output; None where the dtype does not go with the mode."""
        try:
            result = way.run(self.tensor, self.size)
        except TypeError:
            self.refused.append(way)
            return None
        found = differences(result, self.output)
        finding = Finding(float(found.max()), float(found.mean()), way)
        if finding.largest > self.allowed and self.bounds:
            clipped = differences(result.clip(*self.bounds), self.output)
            if clipped.max() <= self.allowed:
                finding = Finding(float(clipped.max()), float(clipped.mean()), way._replace(clamp=self.bounds))
        self.findings.append(finding)
        return finding

    def try_sizes(self) -> None:
        """Try the ways that know no factor."""
        for way in ways(self.tensor.shape[2:], self.size, by_factor=False):
            self.try_way(way)

    def try_all(self) -> None:
        """Try all ways, and where none fits, look for a factor between the simple ones."""
        for way in ways(self.tensor.shape[2:], self.size):
            self.try_way(way)
        if not self.fitting:
            self._search_factors()

    def elsewhere(self) -> list[tuple[float, float, str]]:
        """Return what other libraries do, the best first: largest difference, share of equal samples, name."""
        found = []
        if self.tensor.dtype.kind not in "iuf" or not np.isfinite(self.tensor).all():
            return []
        for way in _elsewhere.ways(rounded_factors(self.tensor.shape[2:], self.size)):
            result = _elsewhere.resample(self.tensor, self.size, way)
            if result is not None:
                name, apart = way.name, differences(result, self.output)
                if self.bounds and apart.max() > self.allowed:
                    clipped = differences(result.clip(*self.bounds), self.output)
                    if clipped.max() <= self.allowed:
                        name, apart = f"{name}, clipped to {self.bounds[0]:g} and {self.bounds[1]:g}", clipped
                found.append((float(apart.max()), float((apart == 0).mean()), name))
        return sorted(found, key=lambda entry: entry[0])

    def levels(self) -> tuple[Way, Array, Array] | None:
        """Return a way whose result gives the output when each channel is multiplied and added to, and both numbers."""
        if self.output.dtype.kind != "f" or not np.isfinite(self.output).all():
            return None
        axes = tuple(range(2, self.output.ndim))
        goal = self.output.astype(np.float64)
        goal_mean = goal.mean(axis=axes, keepdims=True)
        for finding in sorted(self.findings, key=_rank):
            result = finding.way.run(self.tensor, self.size).astype(np.float64)
            mean = result.mean(axis=axes, keepdims=True)
            squares = ((result - mean) ** 2).sum(axis=axes, keepdims=True)
            if not squares.all():
                continue  # a channel without differences tells nothing
            slope = ((result - mean) * (goal - goal_mean)).sum(axis=axes, keepdims=True) / squares
            left = np.abs(goal - goal_mean - slope * (result - mean)).max()
            if slope.all() and left <= _RELATIVE["float32"] * np.abs(goal).max():
                return finding.way, slope.ravel(), (goal_mean - slope * mean).ravel()
        return None

    def _search_factors(self) -> None:
        low, high = common_factors(self.tensor.shape[2:], self.size)
        if low >= high:
            return
        best = sorted((f for f in self.findings if f.way.factors), key=lambda f: f.mean)
        filters = list(dict.fromkeys(finding.way.by_size for finding in best))[:3]
        for filter in filters:
            left, right = low, high
            for _ in range(12):  # each time a fifth of what was left
                points = np.linspace(left, right, 11)
                tried = [
                    (finding.mean, point)
                    for point in points[points < high]
                    if all(int(i * point) == o for i, o in zip(self.tensor.shape[2:], self.size))
                    and (finding := self.try_way(filter._replace(factors=(float(point),) * len(self.size))))
                ]
                if not tried:
                    break
                middle, step = min(tried)[1], (right - left) / 10
                left, right = max(low, middle - step), min(high, middle + step)
        self._simplify()

    def _simplify(self) -> None:
        """Among the factors that fit, find the one of the fewest decimals, and keep it alone."""
        for filter in dict.fromkeys(finding.way.by_size for finding in self.fitting):
            fitting = [f for f in self.fitting if f.way.factors and f.way.by_size == filter]
            numbers = [finding.way.factors[0] for finding in fitting if finding.way.factors]
            for decimals in range(1, 17):
                number = math.ceil(min(numbers) * 10**decimals) / 10**decimals
                if number <= max(numbers):
                    break
            simple = self.try_way(filter._replace(factors=(number,) * len(self.size)))
            if simple and simple.largest <= self.allowed:
                self.findings = [finding for finding in self.findings if finding not in fitting] + [simple]

    @property
    def fitting(self) -> list[Finding]:
        """What reproduces the output, the best first."""
        return sorted((f for f in self.findings if f.largest <= self.allowed), key=_rank)

    @property
    def others(self) -> list[Finding]:
        """What does not, the best first, one of each mode and its options, but for those that do."""
        found: dict[Way, Finding] = {}
        fitting = {finding.way.by_size for finding in self.fitting}
        for finding in sorted(
            (f for f in self.findings if f.largest > self.allowed), key=lambda f: (f.largest, f.mean)
        ):
            if finding.way.by_size not in fitting:
                found.setdefault(finding.way.by_size, finding)
        return list(found.values())


def _rank(finding: Finding) -> tuple[Any, ...]:
    """Sort what fits: by the magnitude of the difference, and among equals what is asked for most simply."""
    magnitude = math.floor(2 * math.log10(finding.mean)) if finding.mean else -math.inf
    return magnitude, finding.way.factors is not None, finding.way.antialias, finding.largest, finding.mean


def _allowed(tensor: Array, output: Array) -> float:
    if output.dtype.kind in "iub":
        return 1.0 if output.dtype.kind in "iu" and tensor.dtype.itemsize < 8 else 0.0
    magnitudes = np.abs(tensor[np.isfinite(tensor)].astype(np.float64)) if tensor.size else np.zeros(1)
    relative = max(_RELATIVE.get(array.dtype.name, 0) for array in (tensor, output))
    return relative * float(magnitudes.max(initial=0))


class Try(NamedTuple):
    """A search to make: what was done to the input, and whether factors are worth their time."""

    note: str
    search: Search
    by_factor: bool = True


def searches(tensor: Array, output: Array, allowed: float | None) -> Iterator[Try]:
    """Yield searches to make until one finds something: the input as it is, and with what is often done to it."""
    inputs = [("", tensor)]
    if tensor.dtype.kind in "iu" and output.dtype.kind == "f":
        wide = tensor.astype(output.dtype)
        inputs = [(f"the input as {output.dtype}", wide)]
        if tensor.dtype == np.uint8:
            inputs.append((f"the input as {output.dtype}, divided by 255", wide / output.dtype.type(255)))
    elif tensor.dtype.kind == "f" and output.dtype.kind == "f" and tensor.dtype != output.dtype:
        inputs = [(f"the input as {output.dtype}", tensor.astype(output.dtype))]
    compared = output[:1, :PLANES]
    for note, changed in inputs:
        yield Try(note, Search(changed[:1, :PLANES], compared, allowed))
    if output.dtype.kind in "iu" and tensor.dtype.itemsize < 8:
        wide = tensor[:1, :PLANES].astype(np.float64)
        yield Try("in float64, and rounded", Search(wide, compared, 1.0 if allowed is None else allowed), False)
    if tensor.shape[1] in (3, 4):
        order = [2, 1, 0, 3][: tensor.shape[1]]
        for note, changed in inputs:
            yield Try(_notes(note, "red and blue exchanged"), Search(changed[:1, order], compared, allowed))
    turned: dict[str, Callable[[Array], Array]] = {"the last axis reversed": lambda x: x[..., ::-1]}
    if tensor.ndim > 3:
        turned["the axis before the last reversed"] = lambda x: x[..., ::-1, :]
        turned["the last two axes exchanged"] = lambda x: x.swapaxes(-1, -2)
    for note, changed in inputs:
        for turn, view in turned.items():
            yield Try(_notes(note, turn), Search(view(changed[:1, :PLANES]), compared, allowed), False)


def _notes(*notes: str) -> str:
    return ", ".join(filter(None, notes))
