"""What several subcommands share: errors, arguments, and libraries that may be missing."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import math
import sys
import threading
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

import swiftresample as sr
from swiftresample._modes import MODES, mode_of_rank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy as np
    from typing_extensions import TypeAlias

_T = TypeVar("_T")

Array: TypeAlias = "np.ndarray[Any, Any]"


class CommandError(Exception):
    """A request that cannot be met: one line for the user, and exit status 2."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """End with status 2."""
        self.exit(2, f"{self.prog}: {printable(message)} (see {self.prog} --help)\n")


def printable(text: object) -> str:
    """Return text in one line that a terminal shows and does not obey: control characters are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))


def reason(error: Exception) -> str:
    """Return in one line why something failed."""
    if isinstance(error, MemoryError):
        return "not enough memory"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = " ".join(str(error).split())
    is_said = isinstance(error, (CommandError, ValueError, OSError)) and text
    return text if is_said else f"{type(error).__name__}: {text}".removesuffix(": ")


def load(module: str, extra: str) -> Any:
    """Import a library that an extra installs, or say how to install it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        top = module.partition(".")[0]
        name = top.replace("PIL", "pillow")
        if isinstance(error, ModuleNotFoundError) and error.name in (top, module):
            hint = f"pip install {name}, or swiftresample with its extra [{extra}]"
            raise CommandError(f"{name} is not installed: {hint}") from None
        raise CommandError(f"{name} is installed, and cannot be loaded: {' '.join(str(error).split())}") from None


def progress(steps: Iterable[_T], count: int, unit: str) -> Iterable[_T]:
    """Show on a terminal how many of the steps are done, if tqdm is installed: it is a comfort."""
    if sys.stderr is None or not sys.stderr.isatty():
        return steps
    try:
        bar = importlib.import_module("tqdm").tqdm
    except ImportError:
        return steps
    shown: Iterable[_T] = bar(steps, total=count, unit=f" {unit}", leave=False)
    return shown


@contextlib.contextmanager
def bar(total: int) -> Iterator[Callable[[int], None]]:
    """Show on a terminal how many of the bytes are done; gives what several threads call with how many more are."""
    shown: Any = None
    if sys.stderr is not None and sys.stderr.isatty():
        with contextlib.suppress(ImportError):
            shown = importlib.import_module("tqdm").tqdm(total=total, unit="B", unit_scale=True, leave=False)
    lock = threading.Lock()

    def advance(count: int) -> None:
        with lock:
            if shown is not None:
                shown.update(count)

    try:
        yield advance
    finally:
        if shown is not None:
            shown.close()


class Filter(NamedTuple):
    """What --mode, --align-corners and --antialias ask for; the mode is the same for any number of axes."""

    mode: str
    align_corners: bool | None
    antialias: bool

    def check(self) -> None:
        """Refuse a combination that no resampling accepts."""
        mode = mode_of_rank(self.mode, 2)
        try:
            sr.Plan((1, 1, 4, 4), size=8, mode=mode, align_corners=self.align_corners, antialias=self.antialias)
        except (ValueError, NotImplementedError) as error:
            raise CommandError(str(error)) from None


def size(text: str) -> tuple[int, ...]:
    """Read one number for all axes, or one each: 224, 224x160."""
    parts = text.lower().split("x")
    if len(parts) > 3 or not all(part.isascii() and part.isdigit() for part in parts):
        raise argparse.ArgumentTypeError(f"expected HEIGHTxWIDTH in samples, such as 224x160, got {text!r}")
    entries = tuple(map(int, parts))
    if min(entries) < 1 or max(entries) >= 2**31:
        raise argparse.ArgumentTypeError(f"expected sizes of 1 or more samples, got {text!r}")
    return entries


def scale(text: str) -> tuple[float, ...]:
    """Read one factor for all axes, or one each: 0.5, 2x1.5."""
    try:
        entries = tuple(float(part) for part in text.lower().split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a factor, such as 0.5, got {text!r}") from None
    if len(entries) > 3 or not all(math.isfinite(entry) and entry > 0 for entry in entries):
        raise argparse.ArgumentTypeError(f"expected a factor above 0, got {text!r}")
    return entries


def length(text: str) -> int:
    """Read a number of samples."""
    entries = size(text)
    if len(entries) != 1:
        raise argparse.ArgumentTypeError(f"expected one number of samples, got {text!r}")
    return entries[0]


def tolerance(text: str) -> float:
    """Read a difference that is allowed."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise argparse.ArgumentTypeError(f"expected a number of 0 or more, got {text!r}")
    return value


def add_filter_options(parser: argparse.ArgumentParser) -> None:
    """Add --mode and --align-corners."""
    parser.add_argument(
        "--mode",
        choices=MODES,
        default="linear",
        metavar="MODE",
        help=f"{', '.join(MODES)} (default: linear, which is bilinear for images)",
    )
    parser.add_argument(
        "--align-corners",
        action="store_true",
        default=None,
        help="the centres of the corner samples coincide, instead of the edges of the image",
    )


def aligned(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Return the rows of a table as lines; the columns named in `right` are set flush right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in rows
    ]


def by(lengths: Sequence[int]) -> str:
    """Return lengths as they are typed: 480x640."""
    return "x".join(map(str, lengths))
