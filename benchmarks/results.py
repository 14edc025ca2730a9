"""What was measured of one case: the times of every contender."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from measured_cases import YARDSTICKS

if TYPE_CHECKING:
    from swiftresample._benchmarks.case import Case


@dataclasses.dataclass(frozen=True)
class Timing:
    """What one contender took, in seconds, and what it did."""

    best: float
    median: float
    samples: int
    output: str
    agreement: str = "same"
    largest_difference: float = 0.0
    note: str = ""


@dataclasses.dataclass
class Result:
    """One case on a number of threads."""

    case: Case
    threads: int
    timings: dict[str, Timing]
    left_out: dict[str, str]
    others: float  # the share of the processors' time that other processes took meanwhile
    instructions: float | None = None  # of a plan's execution, an output sample
    not_counted: str = ""  # why there are none

    @property
    def same_peers(self) -> dict[str, Timing]:
        """The peers that compute the same."""
        others = (*YARDSTICKS, *self.case.ways)
        return {name: t for name, t in self.timings.items() if name not in others and t.agreement == "same"}

    @property
    def quickest(self) -> Timing:
        """Our time, with an array to write to where the function takes one."""
        return self.timings[self.case.ways[0]]

    @property
    def best_peer(self) -> str | None:
        """The quickest of them."""
        return min(self.same_peers, key=lambda name: self.same_peers[name].best, default=None)

    def times_quicker(self, way: str | None, peer: str | None) -> float | None:
        """Return how many times quicker than a peer one of our ways is."""
        if peer not in self.timings or way is None:
            return None
        return self.timings[peer].best / self.timings[way].best

    def multiply_adds_in_a_second(self, contender: str) -> float | None:
        """Return how many of the case's a contender did, or None if there is none, or nothing to count."""
        count = getattr(self.case, "multiply_adds", None)
        return count / self.timings[contender].best if count and contender in self.timings else None

    @property
    def rate(self) -> float:
        """The bytes that our quickest way reads and writes in a second."""
        return self.case.bytes / self.quickest.best
