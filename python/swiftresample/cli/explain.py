"""``swiftresample explain``: which samples each output sample of an axis reads, with which weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import swiftresample as sr
from swiftresample._modes import MODES

from ._common import CommandError, Filter, add_filter_options, aligned, length, scale

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "explain",
        help="the coordinates and weights of one axis",
        description="Prints, for each output sample of one axis, its position in the input, in samples, and what it "
        "reads: index:weight. Sample 0 is at position 0.",
        epilog="example: swiftresample explain --in 4 --out 8 --mode bicubic --align-corners",
    )
    parser.add_argument("--in", dest="input", type=length, required=True, metavar="N", help="samples of the input")
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--out", dest="output", type=length, metavar="N", help="samples of the output")
    target.add_argument("--scale", type=scale, metavar="S", help="PyTorch's scale_factor, instead of --out")
    add_filter_options(parser)
    parser.add_argument("--antialias", action="store_true", help="widen the filter where the axis shrinks")
    parser.add_argument(
        "--dtype",
        default="float32",
        choices=("float32", "float64", "float16", "uint8"),
        help="dtype of the samples, which decides how coordinates and weights are rounded (default: float32)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    antialias = arguments.antialias or MODES[arguments.mode].needs_antialias
    Filter(arguments.mode, arguments.align_corners, antialias).check()
    factor, output_length = None, arguments.output
    if arguments.scale:
        if len(arguments.scale) != 1:
            raise CommandError("explain is about one axis: give one factor")
        factor = arguments.scale[0]
        samples = arguments.input * factor
        if not 1 <= samples < 2**31:
            raise CommandError(
                f"{arguments.input} samples times {factor:g} are {samples:g}: an axis has 1 to 2147483647"
            )
        output_length = int(samples)
    try:
        taps = sr.axis_taps(
            arguments.input,
            output_length,
            arguments.mode,
            bool(arguments.align_corners),
            factor,
            antialias,
            arguments.dtype,
        )
    except (ValueError, TypeError, MemoryError) as error:
        raise CommandError(str(error)) from None
    options = [f"align_corners={bool(arguments.align_corners)}"] if arguments.align_corners is not None else []
    options += ["antialias=True"] if antialias else []
    options += [f"scale_factor={factor:g}"] if factor else []
    print(", ".join([f"{arguments.mode}, {arguments.input} -> {output_length} samples", *options]))
    rows = [("output", "position", "reads")]
    for index, (position, indices, weights) in enumerate(zip(taps.coordinates, taps.indices, taps.weights)):
        reads = [f"{i}:{w:.6g}" for i, w in zip(indices, weights) if w]
        rows.append((str(index), f"{position:.4f}", "  ".join(reads)))
    print("\n".join(aligned(rows, right=(0, 1))))
    return 0
