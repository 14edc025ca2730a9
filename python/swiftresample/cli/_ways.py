"""The ways to resample by interpolate that may have made an output: modes, options, and scale factors."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import swiftresample as sr
from swiftresample._modes import MODES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ._common import Array

FACTORS = 48  # that are tried


class Way(NamedTuple):
    """One way to resample."""

    mode: str
    align_corners: bool | None
    antialias: bool
    factors: tuple[float, ...] | None  # None: by size
    clamp: tuple[float, float] | None = None

    @property
    def knows_factors(self) -> bool:
        """Whether a factor does anything but give the size."""
        return not (MODES[self.mode].pools or self.align_corners)

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


# ---- What is tried ---------------------------------------------------------------------------------------------------


def ways(input_lengths: Sequence[int], output_lengths: Sequence[int], by_factor: bool = True) -> Iterator[Way]:
    """Yield all ways that give these lengths; those with scale factors last, simple factors first."""
    axes = len(input_lengths)
    by_size = [
        Way(mode.name, corners, antialias, None)
        for mode in MODES.values()
        if axes in mode.ranks
        for corners in ((False, True) if mode.takes_align_corners else (None,))
        for antialias in mode.antialias
    ]
    yield from by_size
    for factors in simple_factors(input_lengths, output_lengths) if by_factor else ():
        yield from (way._replace(factors=factors) for way in by_size if way.knows_factors)


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
    """Yield the numbers from low to high of one to four decimals, and fractions of small denominators.

    Both ends are among them: times 1300, 2.3 is below 2990.
    """
    for power in range(1, 5):
        scale = 10**power
        yield from (
            number / scale
            for number in range(
                math.ceil(low * scale), min(math.floor(high * scale) + 1, math.ceil(low * scale) + FACTORS)
            )
        )
        if power == 2:
            for denominator in (3, 6, 7, 9, 11, 12, 16):
                first = math.ceil(low * denominator)
                yield from (
                    number / denominator for number in range(first, min(math.floor(high * denominator) + 1, first + 8))
                )
