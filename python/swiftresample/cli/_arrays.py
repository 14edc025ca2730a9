"""Files of arrays, .npy and .npz: resampled whatever the arrays are called."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ._common import by
from ._resampling import Request, resample_array, spatial_axes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from ._common import Array

SUFFIXES = (".npy", ".npz")


class Writer(NamedTuple):
    """A file that NumPy writes to as Python does: by its own way it does not notice a full disk."""

    write: Callable[[bytes], int]


class Member(NamedTuple):
    """An array of an archive, and the entry that it was read from."""

    entry: zipfile.ZipInfo
    array: Array

    @property
    def name(self) -> str:
        """What numpy.load calls it."""
        name = self.entry.filename
        return name[: -len(".npy")] if name.endswith(".npy") else name


def _members(path: Path) -> Iterator[Member]:
    """Yield the arrays of an archive. A dictionary of them could be given to no function: names may be any."""
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            with archive.open(entry) as file:
                try:
                    array = np.lib.format.read_array(file, allow_pickle=False)
                except ValueError as error:
                    raise ValueError(f"{entry.filename}: {error}") from None
            yield Member(entry, array)


def sizes(path: Path, request: Request, layout: str | None) -> str:
    """Return the sizes of all arrays of a file, and those that they are resized to."""
    if path.suffix.lower() == ".npy":
        arrays = [np.load(path, mmap_mode="r", allow_pickle=False)]
    else:
        arrays = [member.array for member in _members(path)]
    found = []
    for array in arrays:
        lengths = [array.shape[axis] for axis in spatial_axes(array.shape, layout)]
        found.append(f"{by(lengths)} -> {by(request.output_lengths(lengths))}")
    return ", ".join(found)


def resize(path: Path, file: BinaryIO, request: Request, layout: str | None) -> None:
    """Resample all arrays of a file; those of an archive keep their names and their order."""
    if path.suffix.lower() == ".npy":
        array = np.load(path, mmap_mode="r", allow_pickle=False)  # not read before it is used
        np.save(Writer(file.write), resample_array(np.asarray(array), request, layout), allow_pickle=False)
        return
    with zipfile.ZipFile(file, "w") as archive:
        for member in _members(path):
            try:
                result = resample_array(member.array, request, layout)
            except (ValueError, TypeError, NotImplementedError) as error:
                raise type(error)(f"{member.name}: {error}") from None
            entry = zipfile.ZipInfo(member.entry.filename)
            entry.compress_type = member.entry.compress_type
            entry.external_attr = 0o600 << 16
            with archive.open(entry, "w", force_zip64=True) as output:
                np.lib.format.write_array(output, result, allow_pickle=False)
