"""The parser of the command, and its exit status."""

from __future__ import annotations

import io
import os
import signal
import sys
import warnings
from typing import TYPE_CHECKING

import swiftresample as sr
from swiftresample import _library

from . import bench, check, diagnose, explain, grid, info, preprocess, pyramid, resize
from ._common import CommandError, Parser, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

SUBCOMMANDS = (resize, preprocess, pyramid, check, diagnose, explain, grid, bench, info)


def parser() -> argparse.ArgumentParser:
    """Return the parser of all subcommands."""
    result = Parser(
        prog="swiftresample",
        description="PyTorch's resampling without PyTorch: files, tables, and questions about alignment.",
        epilog="swiftresample COMMAND --help says more, with an example.",
    )
    result.add_argument("--version", action="version", version=f"swiftresample {sr.__version__}")
    commands = result.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    for module in SUBCOMMANDS:
        module.add(commands)
    return result


def _print_every_name() -> None:
    """Have names that the encoding of standard output lacks printed with escapes, as standard error does."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors in ("strict", "surrogateescape"):
        sys.stdout.reconfigure(errors="backslashreplace")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    0: done. 1: the answer is no, or some files were not done. 2: a request that cannot be met. 130: interrupted.

    Examples
    --------
    >>> from swiftresample.cli import main
    >>> main(["explain", "--in", "2", "--out", "4"])
    linear, 2 -> 4 samples
    output  position  reads
         0   -0.2500  0:1
         1    0.2500  0:0.75  1:0.25
         2    0.7500  0:0.25  1:0.75
         3    1.2500  1:1
    0
    """
    _print_every_name()
    try:
        _library.library.rsmp_abi_version()
    except ImportError as error:
        print(f"swiftresample: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    try:
        parsed = parser().parse_args(arguments)
        sr.instruction_set()  # fails where the environment asks for what the processor does not have
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, about large images and damaged metadata
            status: int = parsed.run(parsed)
        if sys.stdout:  # None where the caller closed it
            sys.stdout.flush()
    except (CommandError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "RESAMPLE_INSTRUCTION_SET" not in str(error):
            raise
        print(f"swiftresample: {printable(error)}", file=sys.stderr)
        return 2
    except MemoryError:
        print("swiftresample: not enough memory", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("swiftresample: interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    except OSError as error:
        if error.filename is None:  # it was standard output: what is left of it goes nowhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):  # whoever read it has had enough
            return 128 + signal.SIGPIPE
        place = "standard output" if error.filename is None else str(error.filename)
        print(f"swiftresample: {printable(place)}: {error.strerror or error}", file=sys.stderr)
        return 2
    return status
