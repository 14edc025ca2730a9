"""The machine: its processor, how many there are, and what else uses them."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def processor() -> str:
    """Return the processor's name with its family, model and stepping, where Linux says: names alone are not unique."""
    try:
        first = Path("/proc/cpuinfo").read_text().split("\n\n")[0]
    except OSError:
        return platform.processor() or platform.machine()
    fields = {}
    for line in first.splitlines():
        key, _, value = line.partition(":")
        fields[key.strip()] = value.strip()
    numbers = [f"{key} {fields[key]}" for key in ("cpu family", "model", "stepping") if key in fields]
    return ", ".join([fields.get("model name", platform.machine()), *numbers])


def processors() -> int:
    """Return how many processors this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def peak_memory() -> int:
    """Return the most bytes that this process had in memory; getrusage begins with what its parent had."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


class OtherProcesses:
    """How much of the processors other processes take, since it was made; 0 where Linux does not say."""

    def __init__(self) -> None:
        self._start = self._read()

    def share(self) -> float:
        """Return their share, from 0 to 1."""
        busy, own, passed = (after - before for before, after in zip(self._start, self._read()))
        return min(max((busy - own) / passed, 0.0), 1.0) if passed > 0 else 0.0

    @staticmethod
    def _read() -> tuple[float, float, float]:
        """Return the seconds that the processors were busy, were busy for this process and its children, and had."""
        try:
            fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        except OSError:
            return 0.0, 0.0, 0.0
        ticks = os.sysconf("SC_CLK_TCK")
        own = os.times()
        idle = fields[3] + fields[4]
        return (sum(fields) - idle) / ticks, sum(own[:4]), sum(fields) / ticks


def load() -> str:
    """Return the load averages, of which this process is part."""
    return " ".join(f"{value:.2f}" for value in os.getloadavg())
