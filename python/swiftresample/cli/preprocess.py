"""``swiftresample preprocess``: images to the array that a network reads, by its training's configuration."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import swiftresample as sr

from ._common import CommandError, by, printable, reason
from ._files import read_array, replacing

if TYPE_CHECKING:
    from ._common import Array

_EPILOG = """\
example: swiftresample preprocess photo.jpg --config preprocessor_config.json -o input.npy

The configuration is transformers' preprocessor_config.json, or timm's config.json or pretrained_cfg. --c prints what
does the same in a program in C.
"""


def add(commands: Any) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "preprocess",
        help="make a network's input of images, by the configuration of its training",
        description="Resizes, crops or pads, rescales and normalises images as the training did, and writes them as "
        "one array (N, C, H, W).",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("images", nargs="*", metavar="IMAGE", help="files of images, or .npy of uint8 (H, W, C)")
    parser.add_argument("--config", required=True, metavar="JSON", help="the configuration")
    parser.add_argument(
        "--convention",
        choices=("pytorch", "pillow"),
        help="whose filters resize (default: those that the configuration's library takes today)",
    )
    parser.add_argument("--dtype", choices=("float32", "float16"), default="float32", help="of the result (float32)")
    parser.add_argument("-o", "--output", metavar="ARRAY", help="the .npy to write")
    parser.add_argument("--c", action="store_true", help="print the options as a definition in C")
    parser.add_argument("--force", action="store_true", help="replace a file that exists")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the array, or print the definition."""
    if bool(arguments.images) != (arguments.output is not None):
        raise CommandError("IMAGE and --output are given together")
    if not arguments.images and not arguments.c:
        raise CommandError("give images and --output, or --c")
    try:
        prepare = sr.Preprocess.from_config(arguments.config, convention=arguments.convention, dtype=arguments.dtype)
    except (OSError, TypeError, ValueError) as error:
        raise CommandError(f"{arguments.config}: {reason(error)}") from None
    if arguments.c:
        print(prepare.c_source())
    if arguments.images:
        _write(prepare, arguments)
    return 0


def _write(prepare: sr.Preprocess, arguments: argparse.Namespace) -> None:
    target = Path(arguments.output)
    if target.suffix.lower() != ".npy":
        raise CommandError(f"{arguments.output} must be .npy")
    if target.exists() and not arguments.force:
        raise CommandError(f"{arguments.output} exists: --force replaces it")
    images = [_image(name) for name in arguments.images]
    try:
        result = prepare(images)
    except ValueError as error:
        raise CommandError(str(error)) from None
    try:
        with replacing(target, arguments.force) as file:
            np.lib.format.write_array(file, result, allow_pickle=False)
    except OSError as error:
        raise CommandError(f"{arguments.output} cannot be written: {reason(error)}") from None
    sizes = by(images[0].shape[:2]) if len(images) == 1 else f"{len(images)} images"
    span = f"from {result.min():.4g} to {result.max():.4g}"
    print(f"{printable(target)}: {sizes} as {result.dtype} {by(result.shape)}, {span}")


def _image(name: str) -> Array:
    array = read_array(name)
    if array.dtype != np.uint8:
        raise CommandError(f"{name} is {array.dtype}: images must be of 8 bits")
    return array
