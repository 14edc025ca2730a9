"""``swiftresample pyramid``: an image of any size, halved again and again, as OME-Zarr."""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import swiftresample as sr
from swiftresample._modes import MODES, mode_of_rank

from . import _ngff
from ._common import CommandError, Filter, bar, by, length, load, reason, size
from ._sources import opened
from ._stores import BLOCK, READ, Chunks, Reader, Writer, block

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ._sources import Image

_CHUNK = 512  # along y and x
_SQUARE = 4  # blocks, along y and x, that are made one after the other
_MODES = [name for name, mode in MODES.items() if not mode.copies]
_REQUEST = "swiftresample"  # the attribute of a pyramid that is not whole
_EPILOG = """\
example: swiftresample pyramid slide.zarr pyramid.zarr --levels 5

more:
  swiftresample pyramid cells.zarr labels.zarr --labels
  swiftresample pyramid volume.npy pyramid.zarr --axes zyx --halve zyx --mode area --chunks 64

Level 0 of OUT is the image. Each level after it is swiftresample.interpolate of the level before it, scale_factor=0.5,
antialiased. OUT is written as OUT.part, and gets its name when it is whole; after an interruption the same command
goes on where it was.

exit status: 0 done, 2 a request that cannot be met, 130 interrupted
"""


def add(commands: Any) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "pyramid",
        help="make an OME-Zarr pyramid of an image of any size",
        description="Halves an image or volume, which may be larger than memory, again and again: an OME-Zarr pyramid.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("input", metavar="IN", help="Zarr array, OME-Zarr image, .npy or TIFF file")
    parser.add_argument("output", metavar="OUT", help="folder to be written: OME-Zarr 0.5")
    parser.add_argument(
        "--levels", type=length, metavar="N", help="with that of IN (default: until y and x fit into a chunk)"
    )
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument(
        "--mode", choices=_MODES, default="linear", metavar="MODE", help=f"{', '.join(_MODES)} (default: linear)"
    )
    kind.add_argument("--labels", action="store_true", help="numbers are labels, which are copied: the mode is nearest")
    parser.add_argument("--axes", metavar="AXES", help="names of the axes, where IN does not say them: cyx, tczyx, ...")
    parser.add_argument("--halve", choices=("yx", "zyx"), default="yx", help="the axes that are halved (default: yx)")
    parser.add_argument(
        "--chunks", type=size, metavar="HxW", help=f"along y and x, or z, y and x (default: IN's, or {_CHUNK})"
    )
    parser.add_argument("--workers", type=length, metavar="N", help="threads (default: one a processor)")
    parser.add_argument("--force", action="store_true", help="replace OUT, and begin anew")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the pyramid."""
    for module in ("zarr", "dask.array", "ome_zarr_models"):
        load(module, "pyramid")
    _check_zarr(load("zarr", "pyramid").__version__)
    mode = "nearest" if arguments.labels else arguments.mode
    filter = Filter(mode, None, MODES[mode].can_antialias)
    output = Path(arguments.output)
    if output.name in ("", ".."):
        raise CommandError(f"OUT is {arguments.output or 'empty'}, which is no name of a new folder")
    with contextlib.ExitStack() as files:
        image = opened(arguments.input, arguments.axes, files)
        pyramid = Pyramid(image, filter, arguments.halve, arguments.levels, arguments.chunks)
        request = {
            "version": sr.__version__,
            "IN": os.path.abspath(arguments.input),
            "its state": image.state,
            **pyramid.described(),
        }
        try:
            _check_places(Path(arguments.input), output, arguments.force)
            part = output.with_name(f"{output.name}.part")
            group = _begun(part, request, arguments.force)
            pyramid.write(group, str(part), arguments.workers or len(os.sched_getaffinity(0)))
            _end(part, output)
        except OSError as error:
            raise CommandError(f"{arguments.output} cannot be written: {reason(error)}") from None
    print(f"{arguments.output}: {', '.join(map(by, pyramid.shapes))}")
    return 0


def _check_zarr(version: str) -> None:
    """Refuse a Zarr that writes chunks in place: one that is half written would be taken for whole."""
    if tuple(map(int, re.findall(r"\d+", version)[:3])) < (3, 1, 3):
        raise CommandError(f"zarr {version} is installed, and 3.1.3 or later is needed")


# ---- Levels ----------------------------------------------------------------------------------------------------------


class Pyramid:
    """The levels of an image, before there is any. Raises CommandError for what cannot be."""

    def __init__(
        self, image: Image, filter: Filter, halve: str, levels: int | None, chunks: tuple[int, ...] | None
    ) -> None:
        self.image, self.filter, names = image, filter, image.about.names
        if not set(halve) <= set(names):
            raise CommandError(f"--halve {halve}: the axes are {names}")
        self.halved = [names.index(name) for name in halve]
        self.mode = mode_of_rank(filter.mode, len(halve))
        try:
            shape = (1, 1, *(4,) * len(halve))
            sr.Plan(shape, image.reader.dtype, scale_factor=0.5, mode=self.mode, antialias=filter.antialias)
        except (TypeError, ValueError, NotImplementedError) as error:
            raise CommandError(f"{error}") from None
        self.chunks = _chunks(image, chunks * len(halve) if chunks and len(chunks) == 1 else chunks)
        self.shapes = [image.shape]
        while levels is None or len(self.shapes) < levels:
            last = self.shapes[-1]
            vanishing = [names[axis] for axis in self.halved if last[axis] == 1]
            is_last = vanishing or all(last[axis] <= self.chunks[axis] for axis in self.halved)
            if levels is None and is_last:
                break
            if vanishing:
                have = f"level {len(self.shapes) - 1} has 1 sample along {vanishing[0]}"
                raise CommandError(f"--levels {levels} is too many: {have}")
            self.shapes.append(tuple(n // 2 if axis in self.halved else n for axis, n in enumerate(last)))

    def described(self) -> dict[str, Any]:
        """Return what decides what is written, as JSON knows it."""
        return {
            "mode": self.filter.mode,
            "dtype": self.image.reader.dtype.name,
            "axes": self.image.about.names,
            "levels": [list(shape) for shape in self.shapes],
            "chunks": list(self.chunks),
        }

    def write(self, group: Any, name: str, workers: int) -> None:
        """Write what is not there of the levels, and then what is said about them."""
        # Chunks of zeros as well: one that is not there was not made.
        with load("zarr", "pyramid").config.set({"array.write_empty_chunks": True}):
            arrays = [self._array(group, level) for level in range(len(self.shapes))]
        itemsize = self.image.reader.dtype.itemsize
        of_file = self.image.chunks or self.chunks
        writers = [
            Writer(array, block(array.shape, self.chunks, (self.chunks, of_file)[level == 0], BLOCK // itemsize))
            for level, array in enumerate(arrays)
        ]
        todo = [writer.missing() for writer in writers]
        bytes = sum(writer.size(place) for writer, places in zip(writers, todo) for place in places)
        with bar(bytes) as advance:
            for level, (writer, places) in enumerate(zip(writers, todo)):
                if level == 0:
                    source = self.image.lazily(writer.block)
                else:
                    above = Reader.of_zarr(f"{name}/{level - 1}", arrays[level - 1])
                    read = block(above.shape, self.chunks, self.chunks, READ // itemsize)
                    source = self._interpolated(above.lazily(read), writer.block)
                _write(source, writer, places, workers, advance)
                if not Chunks(arrays[level]).there.all():
                    raise OSError("chunks that were written are gone")
        grids = [self.image.about.grid]
        for shape in self.shapes[:-1]:
            grids.append(grids[-1].halved(shape, self.halved, self.filter))
        group.attrs.put(_ngff.attributes(self.image.about, grids, self.filter))

    def _array(self, group: Any, level: int) -> Any:
        if str(level) in group:
            return group[str(level)]
        return group.create_array(
            str(level),
            shape=self.shapes[level],
            chunks=tuple(min(chunk, n) for chunk, n in zip(self.chunks, self.shapes[level])),
            dtype=self.image.reader.dtype,
            dimension_names=list(self.image.about.names),
        )

    def _interpolated(self, array: Any, lengths: Sequence[int]) -> Any:
        """Return a dask array (..., space), halved. What stands before the axes that are halved are images."""
        others = array.ndim - len(self.halved)
        if others > 2:
            return load("dask.array", "pyramid").stack([self._interpolated(each, lengths[1:]) for each in array])
        return load("swiftresample.dask", "pyramid").interpolate(
            array[(None,) * (2 - others)],
            scale_factor=0.5,
            mode=self.mode,
            antialias=self.filter.antialias,
            chunks=(1,) * (2 - others) + tuple(lengths),
        )[(0,) * (2 - others)]


def _chunks(image: Image, asked: tuple[int, ...] | None) -> tuple[int, ...]:
    """Return the chunks of every level: as asked, or those of the file unless they are its rows or all of it."""
    space = [axis for axis, name in enumerate(image.about.names) if name in "zyx"]
    chunks = [1] * len(image.shape)
    if asked:
        if len(asked) > len(space):
            raise CommandError(f"--chunks {by(asked)} are of {len(asked)} axes, and {len(space)} are space")
        for axis, n in zip(space[-len(asked) :], asked):
            chunks[axis] = n
    elif image.chunks and all(1 < image.chunks[axis] < image.shape[axis] for axis in space[-2:]):
        for axis in space:
            chunks[axis] = image.chunks[axis]
    else:
        chunks[-2:] = _CHUNK, _CHUNK
    return tuple(chunks)


def _write(
    source: Any, writer: Writer, places: Sequence[tuple[int, ...]], workers: int, advance: Callable[[int], None]
) -> None:
    """Write these blocks of a dask array."""
    dask = load("dask", "pyramid")

    def write(place: tuple[int, ...], samples: Any) -> None:
        writer.write(place, samples)
        advance(writer.size(place))

    # Square by square: dask keeps what neighbours read as well, which would be whole rows of an image.
    side = max(_SQUARE, math.ceil(2 * math.sqrt(workers)))
    squares: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for place in places:
        squares.setdefault((*place[:-2], place[-2] // side, place[-1] // side), []).append(place)
    for square in squares.values():
        first = tuple(map(min, zip(*square)))
        part = tuple(slice(start, max(numbers) + 1) for start, numbers in zip(first, zip(*square)))
        blocks = source.blocks[part].to_delayed()
        tasks = [dask.delayed(write)(place, blocks[tuple(n - m for n, m in zip(place, first))]) for place in square]
        dask.compute(*tasks, scheduler="threads", num_workers=workers)


# ---- OUT -------------------------------------------------------------------------------------------------------------


def _check_places(input: Path, output: Path, force: bool) -> None:
    """Refuse to replace what is not to be replaced."""
    source = input.resolve()
    if output.resolve() in (source, *source.parents):
        raise CommandError(f"{output} would be replaced, and IN is in it")
    if not os.path.lexists(output):
        return
    if not force:
        raise CommandError(f"{output} exists: --force replaces it")
    if not _is_zarr(output):
        raise CommandError(f"{output} is no Zarr store, and --force replaces nothing else")


def _is_zarr(path: Path) -> bool:
    names = ("zarr.json", ".zgroup", ".zarray")
    return path.is_dir() and not path.is_symlink() and any((path / name).is_file() for name in names)


def _begun(part: Path, request: dict[str, Any], force: bool) -> Any:
    """Return the group of a pyramid that is not whole: one that was begun by the same request, or a new one."""
    zarr = load("zarr", "pyramid")
    if force and _is_zarr(part):
        shutil.rmtree(part)
    if not part.exists() or (part.is_dir() and not any(part.iterdir())):
        return zarr.create_group(part, attributes={_REQUEST: request})
    begun = zarr.open_group(part, mode="r+").attrs.get(_REQUEST) if _is_zarr(part) else None
    if not isinstance(begun, dict):
        raise CommandError(f"{part} exists, and is no pyramid that was begun")
    different = [name for name in request if begun.get(name) != request[name]]
    if different:
        raise CommandError(f"{part} was begun with other {' and '.join(different)}: --force begins anew")
    return zarr.open_group(part, mode="r+")


def _end(part: Path, output: Path) -> None:
    """Give the pyramid its name."""
    for file in part.rglob("*.partial"):  # Zarr's, of a run that was killed
        file.unlink()
    if os.path.lexists(output):
        shutil.rmtree(output)
    part.rename(output)
