"""Files: arrays to be looked at, from .npy files and from images, and files that are whole or not there."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _images
from ._common import CommandError, load, reason
from ._resampling import as_tensor, spatial_axes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from ._common import Array


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Have a file read: errors of the system name it, and a pipe is not waited for."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("it is not a regular file")
    try:
        yield
    except OSError as error:
        if error.strerror is None:  # Pillow's
            raise ValueError(str(error)) from None
        raise OSError(error.errno, error.strerror, str(path)) from None


def read_array(name: str) -> Array:
    """Return the array of a .npy file, or the samples (H, W) or (H, W, C) of an image."""
    path = Path(name)
    suffix = path.suffix.lower()
    if suffix not in (".npy", *_images.FORMATS):
        raise CommandError(f"{name} is neither .npy nor an image: {', '.join(_images.FORMATS)}")
    try:
        with reading(path):
            if suffix == ".npy":
                array = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
                if array.dtype.kind not in "biufc":
                    raise ValueError(f"its dtype is {array.dtype}")
                return array
            picture = _images.read(path)
        _images.prepare(picture, "TIFF", nearest=False)
        samples = picture.samples
        return samples[..., 0] if samples.shape[2] == 1 else samples
    except FileNotFoundError:
        raise CommandError(f"{name} does not exist") from None
    except CommandError:
        raise
    except Exception as error:  # whatever a damaged file leads to
        raise CommandError(f"{name} cannot be read: {reason(error)}") from None


def read_tensor(name: str, layout: str | None) -> Array:
    """Return a view (N, C, ...) of an array or image, whose last axes are space."""
    array = read_array(name)
    try:
        if layout in (None, "image") and Path(name).suffix.lower() in _images.FORMATS:
            return as_tensor(array, (0, 1))  # of any number of channels
        return as_tensor(array, spatial_axes(array.shape, layout))
    except ValueError as error:
        raise CommandError(f"{name}: {error}") from None


def differences(a: Array, b: Array) -> Array:
    """Return the magnitudes of the differences: NaN and NaN are equal, NaN and a number differ by infinity."""
    first, second = (x.astype(np.complex128 if np.iscomplexobj(x) else np.float64) for x in (a, b))
    with np.errstate(invalid="ignore"):
        result: Array = np.abs(first - second)
    missing = np.isnan(first), np.isnan(second)
    result[(first == second) | (missing[0] & missing[1])] = 0
    result[np.isnan(result)] = np.inf
    large = (result == 0) & (a != b) & ~(missing[0] & missing[1])  # integers beyond 2**53
    result[large] = 1
    return result


@contextlib.contextmanager
def replacing(target: Path, force: bool) -> Iterator[BinaryIO]:
    """Give a file to write that gets its name when it is whole; whatever fails leaves no file.

    A link stays, as with cp: what it points to is replaced. So do the permissions of what is replaced. An error of the
    system names the file.
    """
    if force and target.is_symlink():
        if not target.exists():
            raise OSError(errno.ENOENT, "it is a link to nothing", str(target))
        target = Path(os.path.realpath(target))
    permissions = _permissions(target) if force else None
    start = os.fsencode(target.name)[:100]  # names are limited in bytes: 255, as a rule
    name = start.decode(sys.getfilesystemencoding(), errors="ignore")
    temporary = target.with_name(f".{name}.{secrets.token_hex(6)}.part")
    try:
        with open(temporary, "xb") as file:
            yield file
            if permissions is not None:
                os.fchmod(file.fileno(), permissions)
        if force:
            temporary.replace(target)
        else:
            _rename_to_new(temporary, target)
    except FileExistsError:
        raise
    except OSError as error:
        if error.filename is None:  # such as a full disk, which calls on open files do not name
            raise OSError(error.errno or errno.EIO, error.strerror or str(error), str(target)) from None
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _permissions(target: Path) -> int | None:
    """Return those of the file that is there, if there is one; a device or pipe is not replaced."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(target))
    return stat.S_IMODE(mode)


def _rename_to_new(temporary: Path, target: Path) -> None:
    """Rename, unless somebody else made the file in the meantime."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise FileExistsError(f"{target} exists") from None
    except OSError:  # a file system without links
        if target.exists():
            raise FileExistsError(f"{target} exists") from None
        temporary.rename(target)


def picture_path(text: str, force: bool) -> Path:
    """Return the path of a picture to draw, .svg or .png, or refuse."""
    path = Path(text)
    if path.suffix.lower() not in (".svg", ".png"):
        raise CommandError(f"{text} is neither .svg nor .png")
    if path.is_dir() or not path.parent.is_dir():
        raise CommandError(
            f"{text} cannot be written: {'it is a folder' if path.is_dir() else 'there is no such folder'}"
        )
    if path.exists() and not path.is_file():
        raise CommandError(f"{text} cannot be written: it is not a regular file")
    if os.path.lexists(path) and not force:
        raise CommandError(f"{text} exists: --force replaces it")
    return path


def save_figure(figure: Any, path: Path, force: bool) -> None:
    """Write a figure of matplotlib, the same bytes for the same figure."""
    matplotlib = load("matplotlib", "plot")
    format = path.suffix[1:].lower()
    metadata = {"Date": None} if format == "svg" else {}
    try:
        with matplotlib.rc_context({"svg.hashsalt": "swiftresample"}), replacing(path, force) as file:
            figure.savefig(file, format=format, dpi=150, metadata=metadata)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}") from None
