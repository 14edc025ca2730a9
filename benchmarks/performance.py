"""Writes the ratios of recorded.json as the tables of docs/performance.md; measures nothing.

    python benchmarks/performance.py             # prints the tables
    python benchmarks/performance.py --write     # puts them into docs/performance.md, between its two marks

`make bench-record` measures the ratios.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import recorded
import tables
from compare import KIND
from measured_cases import CASES
from operators import Backward

from swiftresample._benchmarks.case import Interpolate

if TYPE_CHECKING:
    from swiftresample._benchmarks.case import Case

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "performance.md"


def main(arguments: list[str] | None = None) -> int:
    """Print or write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recorded", type=Path, default=recorded.FILE, metavar="FILE", help="default: recorded.json")
    parser.add_argument(
        "--write",
        nargs="?",
        type=Path,
        const=DOCUMENT,
        metavar="FILE",
        help="put them between the two marks of a file instead of printing them; of docs/performance.md by default",
    )
    options = parser.parse_args(arguments)
    by_name = {case.name: case for case in CASES}
    processors: dict[str, dict[str, dict[str, float]]] = {}  # and by the instruction set, the ratios by the case
    made: dict[str, list[str]] = {}
    for key in recorded.keys(options.recorded, KIND):
        processor, _, instruction_set = key.rpartition(", ")
        ratios = recorded.load(options.recorded, KIND, key) or {}
        unknown = sorted(ratios.keys() - by_name.keys())
        if unknown:
            print(f"recorded for cases that no longer exist: {'; '.join(unknown)}", file=sys.stderr)
            return 1
        library, date = recorded.made(options.recorded, KIND, key)
        processors.setdefault(processor, {})[instruction_set] = ratios
        made.setdefault(processor, []).append(f"{instruction_set}: swiftresample {library}, {date}")
    parts = []
    for processor, by_set in processors.items():
        parts.append(f"One thread of an {processor};\n{'; '.join(made[processor])}.")
        groups: dict[str, list[Case]] = {}
        for case in CASES:
            if any(case.name in ratios for ratios in by_set.values()):
                groups.setdefault(group(case), []).append(case)
        parts += [table(name, cases, by_set) for name, cases in groups.items()]
    text = "\n\n".join(parts)
    if options.write:
        return tables.put(options.write, Path(__file__).name, text)
    print(text)
    return 0


def group(case: Case) -> str:
    """Return under which heading a case stands."""
    if isinstance(case, Backward):
        return "gradients"
    if not isinstance(case, Interpolate):
        return "other operators"
    if case.view:
        return "interpolate, samples that lie apart"
    if case.is_new:
        return "interpolate, a size that is new"
    if max(case.shape[2:]) <= 32:
        return "interpolate, images of at most 32x32"
    return "interpolate, larger" if case.enlarges else "interpolate, smaller"


def table(name: str, cases: list[Case], by_set: dict[str, dict[str, float]]) -> str:
    """Return a table in Markdown, with a column for each instruction set."""
    heads = "".join(f" time / copy, {instruction_set} |" for instruction_set in by_set)
    lines = [f"| {name} | samples read for one written |{heads}", "|---|--:|" + "--:|" * len(by_set)]
    for case in cases:
        read = math.prod(case.shape) / math.prod(case.output_shape)
        cells = [f"{ratios[case.name]:.3g}" if case.name in ratios else "-" for ratios in by_set.values()]
        lines.append(f"| {case.name} | {read:.3g} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
