"""What a pyramid is made of: Zarr arrays, OME-Zarr images, .npy and TIFF files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _ngff
from ._common import CommandError, by, load, reason
from ._stores import Reader

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Sequence

_AXES = ("yx", "cyx", "zyx", "tyx", "czyx", "tcyx", "tzyx", "tczyx")


class Image(NamedTuple):
    """An image or volume of a file."""

    reader: Reader
    about: _ngff.About
    chunks: tuple[int, ...] | None  # of the file, in the order of the axes
    state: dict[str, Any]  # by which one sees that the file has changed
    order: tuple[int, ...] = ()  # the axes of the file, where OME-Zarr has another order

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return tuple(self.reader.shape[axis] for axis in self.order) if self.order else self.reader.shape

    def lazily(self, block: Sequence[int]) -> Any:
        """Return the image as a dask array, which is read in such parts."""
        if not self.order:
            return self.reader.lazily(block)
        lengths = dict(zip(self.order, block))
        return self.reader.lazily([lengths[axis] for axis in range(len(lengths))]).transpose(self.order)


def opened(name: str, axes: str | None, files: contextlib.ExitStack) -> Image:
    """Open an image of which the axes have these names, where it does not say it; raise CommandError."""
    path = Path(name)
    try:
        if not path.exists():
            raise CommandError("it does not exist")
        if path.is_dir():
            image = _of_folder(path, axes)
        elif path.suffix.lower() in (".tif", ".tiff"):
            image = _of_tiff(path, axes, files)
        elif path.suffix.lower() == ".npy":
            reader = Reader.of_npy(path)
            image = Image(reader, _named(axes, reader.ndim), None, _state(path))
        else:
            raise CommandError("it is neither a Zarr array nor OME-Zarr, .npy or TIFF")
        if image.reader.dtype.kind not in "biuf":
            raise CommandError(f"its dtype is {image.reader.dtype}, and numbers are resampled")
        if 0 in image.shape:
            raise CommandError(f"it is empty: {by(image.shape)}")
    except CommandError as error:
        raise CommandError(f"{name}: {error}") from None
    except Exception as error:  # whatever a damaged file leads to
        raise CommandError(f"{name} cannot be read: {reason(error)}") from None
    return image


def _of_folder(path: Path, axes: str | None) -> Image:
    zarr = load("zarr", "pyramid")
    try:
        found = zarr.open(path, mode="r")
    except FileNotFoundError:
        raise CommandError("it is no Zarr array") from None
    about = None
    if isinstance(found, zarr.Group):
        found, about = _ngff.of_group(found)
        if axes not in (None, about.names):
            raise CommandError(f"its axes are {about.names}, and --axes says {axes}")
    else:
        names = "".join(str(name) for name in getattr(found.metadata, "dimension_names", None) or ())
        about = _named(axes or (names if names in _AXES else None), found.ndim)
    reader = Reader.of_zarr(str(path), found)
    folder = Path(path, found.path)
    state = _state(next(file for file in (folder / "zarr.json", folder / ".zarray", path) if file.exists()))
    if reader.chunks:
        state["chunks"] = int(reader.chunks.there.sum())
    return Image(reader, about, found.chunks, state)


def _of_tiff(path: Path, axes: str | None, files: contextlib.ExitStack) -> Image:
    series = files.enter_context(load("tifffile", "pyramid").TiffFile(path)).series[0]
    found = load("zarr", "pyramid").open_array(files.enter_context(series.aszarr(level=0)), mode="r")
    said = series.axes.replace("S", "C").lower()  # samples of a pixel are channels
    names = "".join(name for name in "tczyx" if name in said)
    if sorted(names) != sorted(said):
        raise CommandError(f"its axes are {series.axes}, and those of OME-Zarr are t, c, z, y and x")
    if axes not in (None, names):
        raise CommandError(f"its axes are {names}, and --axes says {axes}")
    order = tuple(said.index(name) for name in names)
    reader = Reader.of_zarr(str(path), found)
    return Image(reader, _named(names, found.ndim), tuple(found.chunks[axis] for axis in order), _state(path), order)


def _named(names: str | None, rank: int) -> _ngff.About:
    fitting = [axes for axes in _AXES if len(axes) == rank]
    if not fitting:
        raise CommandError(f"it has {rank} axes, and OME-Zarr has 2 to 5")
    if names is None and len(fitting) > 1:
        raise CommandError(f"it has {rank} axes, and does not say which: --axes {' or '.join(fitting)}")
    if names is not None and names not in fitting:
        raise CommandError(f"it has {rank} axes, which are not {names}: {' or '.join(fitting)}")
    return _ngff.about(names or fitting[0])


def _state(path: Path) -> dict[str, Any]:
    status = path.stat()
    return {"size": status.st_size, "modified": status.st_mtime_ns}
