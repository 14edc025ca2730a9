"""Comparing results within the tolerances, and remembering the worst difference of each mode and dtype."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

import numpy as np
import tolerances

if TYPE_CHECKING:
    from cases import Case

#: What else the report has to say.
notes: list[str] = []

#: (compared with, mode, dtype) -> comparisons so far, and the largest difference / largest |input|.
worst: dict[tuple[str, str, str], list[float]] = collections.defaultdict(lambda: [0, 0.0])


def assert_agrees(
    actual: np.ndarray, expected: np.ndarray, case: Case, x: np.ndarray, reference: str, slack: float = 0.0
) -> None:
    """Require the expected shape, dtype and values: exactly, or within the tolerance of the case plus a slack.

    Integers are compared with an expected result that is not rounded yet: two sums on either side of a half are both
    right. The worst differences of each `reference` are reported at the end of the run.
    """
    assert actual.dtype == x.dtype, f"{actual.dtype} for {case}"
    assert actual.shape == expected.shape, f"{actual.shape}, not {expected.shape}, for {case}"
    record = worst[reference, case.mode, case.dtype]
    record[0] += 1
    if tolerances.is_exact(case):
        np.testing.assert_array_equal(actual, expected, err_msg=str(case))
        return
    allowed = tolerances.allowed(case, x, expected) + slack
    difference = largest(actual.astype(np.float64) - saturated(expected, x.dtype))
    record[1] = max(record[1], difference / max(largest(x.astype(np.float64)), np.finfo(np.float64).tiny))
    assert difference <= allowed, f"{difference:.3g} is more than {allowed:.3g} for {case}"


def saturated(expected: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The expected result as float64, within the range of an integer dtype."""
    expected = expected.astype(np.float64)
    return np.clip(expected, np.iinfo(dtype).min, np.iinfo(dtype).max) if dtype.kind in "iu" else expected


def largest(x: np.ndarray) -> float:
    """The largest magnitude, 0 of no samples, NaN if there is one."""
    return float(np.abs(x).max()) if x.size else 0.0


def made() -> list:
    """What was compared and noted, in plain lists, for another process."""
    return [notes, [[*key, *record] for key, record in worst.items()]]


def add(other: list) -> None:
    """What another process has `made`."""
    notes.extend(note for note in other[0] if note not in notes)
    for *key, count, difference in other[1]:
        record = worst[tuple(key)]
        record[:] = record[0] + count, max(record[1], difference)


def report() -> list[str]:
    """A table of the comparisons, and the notes."""
    relative = "largest difference / largest |input|, of gradients / largest sum of magnitudes"
    lines = [*notes, f"{'with':<16} {'mode':<30} {'dtype':<12} {'calls':>7}   {relative}"]
    for (reference, mode, dtype), (count, difference) in sorted(worst.items()):
        lines.append(f"{reference:<16} {mode:<30} {dtype:<12} {int(count):>7}   {difference:.2g}")
    lines.append(f"{int(sum(count for count, _ in worst.values()))} comparisons")
    return lines
