"""``swiftresample diagnose``: which resampling made this output of that input."""

from __future__ import annotations

import argparse
import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ._common import CommandError, aligned, printable, tolerance
from ._files import read_tensor
from ._resampling import LAYOUTS
from ._search import NEARLY, PLANES, SHARE, searches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._common import Array
    from ._libraries import FoundCall
    from ._search import Finding, OfElsewhere, Search, Try
    from ._ways import Way

CLOSER = 20  # times, from which a mean difference speaks for a way although it does not fit
ROUNDINGS = 4  # times what is allowed: a few samples that differ by more than that were changed
SHOWN = 5  # ways that do not reproduce the output


def add(commands: Any) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "diagnose",
        help="which mode, align_corners, antialias and scale made an output",
        description="Searches the way to resample that makes OUTPUT of INPUT: mode, align_corners, antialias, and "
        "whether the distance between samples comes from the sizes or from a scale factor, and from which.",
        epilog="example: swiftresample diagnose image.npy what-the-other-library-made.npy\n\n"
        "exit status: 0 found, 1 none reproduces it, 2 the question makes no sense",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("input", metavar="INPUT", help=".npy or image")
    parser.add_argument("output", metavar="OUTPUT", help=".npy or image")
    parser.add_argument("--layout", choices=LAYOUTS, help="which axes of arrays are space: see resize --help")
    parser.add_argument(
        "--tolerance",
        type=tolerance,
        metavar="T",
        help="largest difference that counts as the same (default: 1 for integers, 2e-5 of the largest |input| for "
        "float32 and float64, 4e-3 for float16)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Search, and say what was found."""
    tensor, output = _tensors(arguments)
    for name, array in ((arguments.input, tensor), (arguments.output, output)):
        print(f"{printable(name)}: {tuple(array.shape)} {array.dtype}")
    if 0 in tensor.shape or 0 in output.shape:
        raise CommandError("there are no samples to compare")
    _warn_of_constants(arguments.output, output[:1, :PLANES])
    tried = []
    for attempt in searches(tensor, output, arguments.tolerance):
        attempt.search.try_all(attempt.by_factor)
        if attempt.search.fitting:
            best = attempt.search.fitting[0]
            exact = "bit for bit" if best.largest == 0 else f"within {attempt.search.allowed:g}"
            _print_found(attempt, best, exact)
            return 0
        tried.append(attempt)
    for attempt in tried:
        levels = attempt.search.levels() if attempt.by_factor else None
        if levels:
            way, slopes, offsets = levels
            print(f"found, but for its levels: {_call(way, attempt.search.size)}{_in_brackets(attempt.note)}")
            for channel, (slope, offset) in enumerate(zip(slopes, offsets)):
                print(f"  channel {channel}: times {slope:.6g}, plus {offset:.6g}")
            return 0
    of_libraries = [(attempt, attempt.search.library_calls()) for attempt in tried if attempt.by_factor]
    for attempt, calls in of_libraries:
        if calls and not calls[0].apart:
            _print_call(attempt, [call for call in calls if not call.apart])
            return 0
    elsewhere = [(attempt, attempt.search.elsewhere()) for attempt in tried if attempt.by_factor]
    near = _nearest(tried)
    if near and arguments.tolerance is None and not any(map(_fitting, elsewhere)):
        attempt, finding = near
        if finding.largest <= ROUNDINGS * attempt.search.allowed and not finding.unlike:
            _print_found(attempt, finding, _but_for(finding, attempt.search))
            return 0
    first = tried[0].search
    print(f"none of {first.count} calls of interpolate gives this output; closest are")
    closest = first.others(SHOWN)
    _print_table(closest, first.size)
    if unlike := max((finding.unlike for finding in closest), default=0):
        print(f"these numbers are without up to {unlike:,} samples that are NaN or infinite in one of the two alone")
    if first.refused:
        modes = ", ".join(dict.fromkeys(way.mode for way in first.refused))
        print(f"not tried, because {tensor.dtype} is not for them: {modes}")
    if near:
        attempt, finding = near
        call = f"{_call(finding.way, attempt.search.size)}{_in_brackets(attempt.note)}"
        print(f"nearly, {_but_for(finding, attempt.search)}: {call}")
    for attempt, calls in of_libraries:
        if calls and not near:
            off = (
                f"but for {calls[0].apart:,} of {attempt.search.output.size:,} samples, by {calls[0].largest:g} at most"
            )
            print(f"nearly, {off}: {calls[0].text}{_in_brackets(attempt.note)}")
            return 1
    _print_elsewhere(elsewhere)
    return 1


def _print_call(attempt: Try, calls: Sequence[FoundCall]) -> None:
    """Print the calls of other libraries' functions that make the output."""
    best = calls[0]
    exact = "bit for bit" if best.largest == 0 else f"within {attempt.search.allowed:g}"
    print(f"found, {exact}: {best.text}{_in_brackets(attempt.note)}")
    same = [call.text for call in calls[1:] if call.largest == best.largest or best.largest > 0]
    if same:
        print(f"these arrays do not tell it from {len(same)} more")
        print("\n".join(f"  {text}" for text in same[:SHOWN]))


def _nearest(tried: Sequence[Try]) -> tuple[Try, Finding] | None:
    """Return what reproduces nearly all samples, if something does, with as little done to the input as possible."""
    return next(((attempt, near) for attempt in tried if (near := attempt.search.nearest)), None)


def _warn_of_constants(name: str, output: Array) -> None:
    """Say that an output is not worth the question."""
    known = output[np.isfinite(output)]
    if not known.size:
        print(f"{printable(name)} is NaN or infinite everywhere: that tells nothing about how it was made")
    elif known.size > 1 and (known == known[0]).all():
        print(f"{printable(name)} is {known[0]} everywhere: that tells nothing about how it was made")


def _but_for(finding: Finding | OfElsewhere, search: Search) -> str:
    count = f"but for {finding.apart:,} of {search.output.size:,} samples"
    if finding.unlike:
        count += f", of which {finding.unlike:,} are NaN or infinite in one of the two alone"
    return count if finding.unlike == finding.apart else f"{count}, by {finding.largest:g} at most"


def _tensors(arguments: argparse.Namespace) -> tuple[Array, Array]:
    """Read both files; without --layout, take for (H, W, C) what fits the other only so."""
    given = arguments.layout
    for layouts in [(given, given)] if given else itertools.product((None, "image"), repeat=2):
        try:
            pair = [read_tensor(n, layout) for n, layout in zip((arguments.input, arguments.output), layouts)]
        except CommandError:
            if layouts == (given, given):
                raise
            continue
        if pair[0].ndim == pair[1].ndim and pair[0].shape[:2] == pair[1].shape[:2]:
            return pair[0], pair[1]
        if layouts == (given, given):
            shapes = " and ".join(str(tuple(array.shape)) for array in pair)
    raise CommandError(f"the first two axes of {shapes} are not spatial, and have to be the same")


def _in_brackets(note: str) -> str:
    return f"  ({note})" if note else ""


def _fitting(of_elsewhere: tuple[Try, Sequence[OfElsewhere]]) -> list[OfElsewhere]:
    """Return the ways of other libraries that give the output."""
    _, found = of_elsewhere
    return [entry for entry in found if not entry.apart]


def _print_elsewhere(tried: Sequence[tuple[Try, Sequence[OfElsewhere]]]) -> None:
    """Say which other library's way gives the output, or which comes close."""
    closest: OfElsewhere | None = None
    for attempt, found in tried:
        search, note = attempt.search, _in_brackets(attempt.note)
        if names := [entry.name for entry in _fitting((attempt, found))]:
            print(f"within {search.allowed:g} it is something that interpolate does not have:{note}")
            print("\n".join(f"  {name}" for name in names))
            return
        for entry in found:
            if 0 < entry.apart <= (1 - NEARLY) * search.output.size and not entry.name.startswith("nearest"):
                print(f"{_but_for(entry, search)}, it is something that interpolate does not have:{note}")
                print(f"  {entry.name}")
                return
            if entry.name.startswith("nearest") and entry.equal > max(closest.equal if closest else 0, SHARE):
                closest = entry
    search = tried[0][0].search
    seen = search.hints or search.findings
    best = min(seen, key=lambda finding: finding.mean)
    rivals = [f.mean for f in seen if f.way[:2] != best.way[:2]]  # of another mode or align_corners
    if closest:
        print(f"{closest.equal:.1%} of the samples are those of {closest.name}: ties may have been rounded otherwise")
    elif rivals and best.mean < min(rivals) / CLOSER:
        print(f"On average {_call(best.way, search.size)} is far closer than the others:")
        print("the same with other roundings, or some of the samples were changed.")
    else:
        print("Something else was done: another filter, other borders, a crop, or other values.")


def _print_found(attempt: Try, best: Finding, how: str) -> None:
    search = attempt.search
    fitting = search.fitting
    print(f"found, {how}: {_call(best.way, search.size)}{_in_brackets(attempt.note)}")
    by_size = best.way.by_size
    if best.way.factors:
        off = next((finding for finding in search.findings if finding.way == by_size), None) or search.try_way(by_size)
        assert off is not None  # the mode goes with the dtype
        print(f"  the factor itself counts: size or recompute_scale_factor=True is off by {off.largest:g}")
    elif best.way.knows_factors:
        print("  the step between samples is input / output: size, recompute_scale_factor=True, or a factor like it")
    rest: dict[Way, Finding] = {}
    for finding in fitting:
        rest.setdefault(finding.way.by_size, finding)
    rest.pop(by_size, None)
    if rest:
        print(f"these arrays do not tell it from {len(rest)} more")
        _print_table(list(rest.values())[:SHOWN], search.size)
    same = [finding.way for finding in fitting if finding.way.by_size == by_size]
    factors = [way for way in same if way.factors]
    if factors and not best.way.factors:
        print(f"nor from scale factors such as {_factor(factors[0])}")
    if best.way.factors:
        names = [entry.name for entry in search.elsewhere() if not entry.apart]
        if names:
            print("\n".join(["nor from what interpolate does not have", *(f"  {name}" for name in names)]))
    others = [finding for finding in search.others(SHOWN + 1) if finding.way.by_size != by_size][:SHOWN]
    if others:
        print("it is not")
        _print_table(others, search.size)


def _call(way: Way, size: Sequence[int]) -> str:
    parts = [f"mode={way.mode!r}"]
    if way.align_corners is not None:
        parts.append(f"align_corners={way.align_corners}")
    if way.antialias:
        parts.append("antialias=True")
    parts.append(f"scale_factor={_factor(way)}" if way.factors else f"size={tuple(size)}")
    if way.clamp:
        parts.append(f"clamp=({', '.join(map(_bound, way.clamp))})")
    return f"interpolate({', '.join(parts)})"


def _bound(value: float) -> str:
    return f"{value:g}" if math.isfinite(value) else f"float('{value}')"


def _factor(way: Way) -> str:
    assert way.factors is not None
    values = [f"{factor:.10g}" for factor in way.factors]
    return values[0] if len(set(values)) == 1 else f"({', '.join(values)})"


def _print_table(findings: Sequence[Finding], size: Sequence[int]) -> None:
    rows = [("largest difference", "mean", "")]
    rows += [(f"{f.largest:.6g}", f"{f.mean:.3g}", _call(f.way, size)) for f in findings]
    print("\n".join(f"  {line}" for line in aligned(rows, right=(0, 1))))
