"""Which way to resample gives an output of an input: the search of ``swiftresample diagnose``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _elsewhere
from ._common import progress
from ._files import differences
from ._libraries import calls_that_make
from ._part import SAMPLES, Part
from ._ways import common_factors, rounded_factors, ways

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ._common import Array
    from ._elsewhere import Elsewhere
    from ._libraries import FoundCall
    from ._ways import Way

PLANES = 4  # that are compared: more would take longer and say the same
LIKELY = 0.9  # of the part's samples agree: then the whole is compared
CONFIRMED = 12  # ways, at most
NEARLY = 0.99  # of the samples agree: then the others are counted
SHARE = 0.75  # of equal samples, from which a nearest mode is called close
BETWEEN = 0.1  # of the samples, at least, lie between the bounds of a clamp: the rest say little
CLEAR = 0.05  # of the output's range: by more than that, nothing is called the same

#: What the other's arithmetic may differ by, relative to the largest |input|. Of integers it is 1.
_RELATIVE = {"float16": 4e-3, "bfloat16": 3e-2, "float32": 2e-5, "float64": 2e-5}


class Finding(NamedTuple):
    """How far the result of a way is from the output.

    How many samples are farther apart than is allowed includes those that are NaN or infinite in only one (unlike),
    and the largest and mean difference do not.
    """

    largest: float
    mean: float
    apart: int
    unlike: int
    way: Way


class OfElsewhere(NamedTuple):
    """The same of another library's way, and the share of equal samples."""

    largest: float
    mean: float
    apart: int
    unlike: int
    equal: float
    name: str


# ---- The search ------------------------------------------------------------------------------------------------------


class Search:
    """The input and output in one dtype, and what was found.

    Where they are large, ways are first tried on a part: `hints` say how far they are there.
    """

    def __init__(self, tensor: Array, output: Array, allowed: float | None) -> None:
        self.tensor, self.output = tensor, output
        self.size = output.shape[2:]
        self.usual = _allowed(tensor, output)
        self.allowed = self.usual if allowed is None else allowed
        self.part = Part(tensor, output) if tensor.size + output.size > SAMPLES else None
        self.hints: list[Finding] = []
        self.findings: list[Finding] = []
        self.refused: list[Way] = []
        #: Where overshoot may have been clipped.
        self.bounds: tuple[float, float] | None = None
        if output.dtype.kind in "iu":
            limits = np.iinfo(output.dtype)
            self.bounds = float(limits.min), float(limits.max)
        elif output.dtype.kind == "f":
            self.bounds = _clamp(tensor, output)

    @property
    def count(self) -> int:
        """How many ways were tried."""
        return len(self.hints or self.findings)

    def try_way(self, way: Way) -> Finding | None:
        """Compare what a way gives with the output; None where the dtype does not go with the mode."""
        try:
            result = way.run(self.tensor, self.size)
        except TypeError:
            self.refused.append(way)
            return None
        apart, bounds = self._apart(result, self.output, self.allowed)
        way = way._replace(clamp=bounds)
        finding = Finding(*_measured(apart, self.allowed), way)
        self.findings.append(finding)
        return finding

    def _apart(self, result: Array, output: Array, allowed: float) -> tuple[Array, tuple[float, float] | None]:
        """Return the differences, or those of the clipped result if only that is the output, and its bounds."""
        apart = differences(result, output)
        if self.bounds and apart.max() > allowed:
            low, high = self.bounds
            clipped = differences(result.clip(low, high), output)
            if clipped.max() <= allowed:
                for one in ((low, math.inf), (-math.inf, high)) if output.dtype.kind == "f" else ():
                    at_one = differences(result.clip(*one), output)
                    if at_one.max() <= allowed:  # the other bound explains nothing
                        return at_one, one
                return clipped, self.bounds
        return apart, None

    def _glance(self, way: Way) -> Finding | None:
        """Compare a part, where there is one."""
        if self.part is None:
            return self.try_way(way)
        try:
            way.by_size.run(self.tensor[(slice(0, 1),) * self.tensor.ndim], (1,) * len(self.size))
        except TypeError:
            self.refused.append(way)
            return None
        apart, enough = self._apart_in_part(self.part.of_way(way))
        hint = Finding(*_measured(apart, enough), way)
        self.hints.append(hint)
        return hint

    def _apart_in_part(self, result: Array) -> tuple[Array, float]:
        """Return the differences in the part, and what they may be: it is computed without the dtype's roundings."""
        assert self.part is not None
        if self.bounds:
            result = result.clip(*self.bounds)
        return differences(result, self.part.goal), self.allowed + self.usual

    def try_all(self, by_factor: bool = True) -> None:
        """Try all ways, and where none fits, look for a factor between the simple ones."""
        known = list(ways(self.tensor.shape[2:], self.size, by_factor))
        for way in progress(known, len(known), "calls") if self.part else known:
            self._glance(way)
        self._confirm()
        if by_factor and not self.fitting:
            self._search_factors()
            self._confirm()
            self._simplify()

    def _confirm(self) -> None:
        """Compare the whole with what is likely from the part."""
        if self.part is None:
            return
        most = (1 - LIKELY) * self.part.goal.size
        likely = sorted((hint for hint in self.hints if hint.apart <= most), key=_rank)
        done = {finding.way._replace(clamp=None) for finding in self.findings}
        for hint in likely[:CONFIRMED]:
            if hint.way not in done:
                self.try_way(hint.way)

    def library_calls(self) -> list[FoundCall]:
        """Return the calls of other libraries' functions that make the output, or nearly, the best first."""
        factors = rounded_factors(self.tensor.shape[2:], self.size)
        return calls_that_make(self.tensor, self.output, self.allowed, 1 - NEARLY, factors)

    def elsewhere(self) -> list[OfElsewhere]:
        """Return what other libraries do, the best first; of a large output, what is likely from the part."""
        if self.tensor.dtype.kind not in "iuf" or not np.isfinite(self.tensor).all():
            return []
        known = list(_elsewhere.ways())
        if self.part:
            known = self._likely_elsewhere(known)
        found = []
        for way in known:
            result = _elsewhere.resample(self.tensor, self.size, way)
            apart, bounds = self._apart(result, self.output, self.allowed)
            clipped = f", clipped to {bounds[0]:g} and {bounds[1]:g}" if bounds else ""
            found.append(
                OfElsewhere(*_measured(apart, self.allowed), float((apart == 0).mean()), f"{way.name}{clipped}")
            )
        return sorted(found, key=lambda entry: entry.largest)

    def _likely_elsewhere(self, known: list[Elsewhere]) -> list[Elsewhere]:
        assert self.part is not None
        likely = []
        for way in progress(known, len(known), "ways of other libraries"):
            apart, enough = self._apart_in_part(self.part.of_elsewhere(way))
            share = (apart <= enough).mean()
            if share >= LIKELY or (way.name.startswith("nearest") and share > SHARE):
                likely.append((_measured(apart, enough)[1], way))
        return [way for _, way in sorted(likely, key=lambda entry: entry[0])[:CONFIRMED]]

    def levels(self) -> tuple[Way, Array, Array] | None:
        """Return a way whose result gives the output when each channel is multiplied and added to, and both numbers."""
        if self.output.dtype.kind != "f" or not np.isfinite(self.output).all():
            return None
        for hint in sorted(self.hints or self.findings, key=_rank):
            if self.part and not _levels(self.part.of_way(hint.way), self.part.goal, 4 * _RELATIVE["float32"]):
                continue
            found = _levels(hint.way.run(self.tensor, self.size), self.output, _RELATIVE["float32"])
            if found:
                return hint.way, *found
        return None

    def _search_factors(self) -> None:
        low, high = common_factors(self.tensor.shape[2:], self.size)
        if low >= high:
            return
        best = sorted((f for f in self.hints or self.findings if f.way.factors), key=lambda f: f.mean)
        filters = list(dict.fromkeys(finding.way.by_size for finding in best))[:3]
        for filter in filters:
            left, right = low, high
            for _ in range(12):  # each time a fifth of what was left
                points = np.linspace(left, right, 11)
                tried = [
                    (finding.mean, point)
                    for point in points[points < high]
                    if all(int(i * point) == o for i, o in zip(self.tensor.shape[2:], self.size))
                    and (finding := self._glance(filter._replace(factors=(float(point),) * len(self.size))))
                ]
                if not tried:
                    break
                middle, step = min(tried)[1], (right - left) / 10
                left, right = max(low, middle - step), min(high, middle + step)

    def _simplify(self) -> None:
        """Among the factors that fit, find the one with the fewest decimals, and keep only that."""
        for filter in dict.fromkeys(finding.way.by_size for finding in self.fitting):
            fitting = [f for f in self.fitting if f.way.factors and f.way.by_size == filter]
            numbers = [finding.way.factors[0] for finding in fitting if finding.way.factors]
            if not numbers:
                continue
            for decimals in range(1, 17):
                number = math.ceil(min(numbers) * 10**decimals) / 10**decimals
                if number <= max(numbers):
                    break
            simple = self.try_way(filter._replace(factors=(number,) * len(self.size)))
            if simple and not simple.apart:
                self.findings = [finding for finding in self.findings if finding not in fitting] + [simple]

    @property
    def fitting(self) -> list[Finding]:
        """What reproduces the output, the best first."""
        return sorted((f for f in self.findings if not f.apart), key=_rank)

    @property
    def nearest(self) -> Finding | None:
        """What reproduces nearly all samples of the output, if something does: of equals, what is asked for simply."""
        near = [f for f in self.findings if 0 < f.apart <= (1 - NEARLY) * self.output.size]
        least = min((f.apart for f in near), default=0)
        equals = [f for f in near if f.apart <= 2 * least]
        return min(equals, key=lambda f: (f.way.factors is not None, f.way.antialias), default=None)

    def others(self, count: int) -> list[Finding]:
        """Return what does not, the best first, one of each mode and its options, but for those that do."""
        known = {finding.way.by_size for finding in self.findings}
        for hint in sorted(self.hints, key=lambda f: (f.largest, f.mean)):
            if len(known) >= count + len(self.fitting):
                break
            if hint.way.by_size not in known:
                known.add(hint.way.by_size)
                self.try_way(hint.way)
        found: dict[Way, Finding] = {}
        fitting = {finding.way.by_size for finding in self.fitting}
        for finding in sorted((f for f in self.findings if f.apart), key=lambda f: (f.largest, f.mean)):
            if finding.way.by_size not in fitting:
                found.setdefault(finding.way.by_size, finding)
        return list(found.values())[:count]


def _levels(result: Array, output: Array, relative: float) -> tuple[Array, Array] | None:
    """Return a factor for each channel and what is added to it, if that makes the output of the result."""
    axes = tuple(range(2, output.ndim))
    goal, result = output.astype(np.float64), result.astype(np.float64)
    goal_mean = goal.mean(axis=axes, keepdims=True)
    mean = result.mean(axis=axes, keepdims=True)
    squares = ((result - mean) ** 2).sum(axis=axes, keepdims=True)
    if not squares.all():
        return None  # a channel without differences tells nothing
    slope = ((result - mean) * (goal - goal_mean)).sum(axis=axes, keepdims=True) / squares
    left = np.abs(goal - goal_mean - slope * (result - mean)).max()
    if not slope.all() or left > relative * np.abs(goal).max():
        return None
    return slope.ravel(), (goal_mean - slope * mean).ravel()


def _rank(finding: Finding) -> tuple[Any, ...]:
    """Sort what fits: by the magnitude of the difference, and among equals what is asked for most simply."""
    mean = finding.mean
    magnitude = math.floor(2 * math.log10(mean)) if 0 < mean < math.inf else mean or -math.inf
    return magnitude, finding.way.factors is not None, finding.way.antialias, finding.largest, finding.mean


def _measured(apart: Array, allowed: float) -> tuple[float, float, int, int]:
    """Return the largest and the mean difference, how many are not allowed, and how many no number says."""
    alike = apart[apart < np.inf]
    numbers = (float(alike.max()), float(alike.mean())) if alike.size else (math.inf, math.inf)
    return *numbers, int((apart > allowed).sum()), apart.size - alike.size


def _allowed(tensor: Array, output: Array) -> float:
    """Return what may be rounding: little beside the input, which it comes from, and beside what the output tells."""
    known = output[np.isfinite(output)]
    clear = (
        CLEAR * float(np.ptp(known.astype(np.float64))) if known.size > 1 and output.dtype.kind in "iuf" else math.inf
    )
    if output.dtype.kind in "iub":
        return float(min(1.0, clear // 1)) if output.dtype.kind in "iu" and tensor.dtype.itemsize < 8 else 0.0
    magnitudes = np.abs(tensor[np.isfinite(tensor)].astype(np.float64)) if tensor.size else np.zeros(1)
    relative = max(_RELATIVE.get(array.dtype.name, 0) for array in (tensor, output))
    return min(relative * float(magnitudes.max(initial=0)), clear)


def _clamp(tensor: Array, output: Array) -> tuple[float, float] | None:
    """Return the bounds that floats look clipped to: the input's, or reached several times, and enough lie between."""
    known, read = (array[np.isfinite(array)].astype(np.float64) for array in (output, tensor))
    if not known.size or not read.size:
        return None
    low, high = known.min(), known.max()
    between = ((known > low) & (known < high)).mean()
    is_reached = (known == low).sum() > 1 or (known == high).sum() > 1 or low == read.min() or high == read.max()
    return (float(low), float(high)) if is_reached and between >= BETWEEN else None


class Try(NamedTuple):
    """A search to make: what was done to the input, and whether factors are worth their time."""

    note: str
    search: Search
    by_factor: bool = True


def searches(tensor: Array, output: Array, allowed: float | None) -> Iterator[Try]:
    """Yield searches to make until one finds something: of the input, and of what is often made of it."""
    inputs = [("", tensor)]
    if tensor.dtype.kind in "iu" and output.dtype.kind == "f":
        wide = tensor.astype(output.dtype)
        inputs = [(f"the input as {output.dtype}", wide)]
        if tensor.dtype == np.uint8:
            inputs.append((f"the input as {output.dtype}, divided by 255", wide / output.dtype.type(255)))
    elif tensor.dtype.kind == "f" and output.dtype.kind == "f" and tensor.dtype != output.dtype:
        inputs = [(f"the input as {output.dtype}", tensor.astype(output.dtype))]
    compared = output[:1, :PLANES]
    for divisor, note in ((1, "in uint8"), (255, "in uint8, and then divided by 255")):
        if tensor.dtype == np.uint8 and (levels := _as_bytes(compared, divisor)) is not None:
            of_bytes = None if allowed is None else allowed * divisor
            yield Try(f"{note}, as {output.dtype}", Search(tensor[:1, :PLANES], levels, of_bytes))
    for note, changed in inputs:
        yield Try(note, Search(changed[:1, :PLANES], compared, allowed))
    if output.dtype.kind in "iu" and tensor.dtype.itemsize < 8:
        once = _allowed(tensor, compared) if allowed is None else allowed
        wide = tensor[:1, :PLANES].astype(np.float64)
        yield Try("in float64, and rounded", Search(wide, compared, once), False)
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


def _as_bytes(output: Array, divisor: int) -> Array | None:
    """Return the bytes that were divided, if these floats may be the results."""
    if output.dtype.name not in ("float16", "float32", "float64") or not np.isfinite(output).all():
        return None
    wide = output.astype(np.float64) * divisor
    levels = np.rint(wide)
    may_be = (levels >= 0) & (levels <= 255) & (np.abs(wide - levels) <= np.finfo(output.dtype).eps * levels)
    return levels.astype(np.uint8) if may_be.all() else None


def _notes(*notes: str) -> str:
    return ", ".join(filter(None, notes))
