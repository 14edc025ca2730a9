"""``swiftresample resize``: files of images and arrays, one or many."""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import glob
import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _arrays, _images, _tiff
from ._common import (
    CommandError,
    add_filter_options,
    by,
    load,
    printable,
    progress,
    reason,
    scale,
    size,
)
from ._files import reading, replacing
from ._resampling import LAYOUTS, Request, resample_picture, resample_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ._picture import Picture

SUFFIXES = (*_images.FORMATS, *_arrays.SUFFIXES)
_LARGE = 1 << 28  # bytes of samples from which on a picture is large
_PLACE = re.compile(r"\{(\w*)\}")
_EPILOG = """\
example: swiftresample resize photo.jpg -o small.jpg --size 480x640

more:
  swiftresample resize photos -o thumbnails --scale 0.25 --workers 4
  swiftresample resize 'photos/**/*.png' -o 'out/{folder}/{name}-small.webp' --size 224
  swiftresample resize features.npy -o larger.npy --scale 2 --mode bilinear --align-corners

OUT is a file (for one input), a folder, or a pattern of {folder}, {name} and {ext}: the folder of the input within the
folder or pattern that was given, its name without the suffix, and the suffix.

Arrays are (N, C, W), (N, C, H, W) or (N, C, D, H, W) as in PyTorch; of one or two axes all are space. Others by
--layout: image is (H, W) or (H, W, C), and last1, last2, last3 say how many axes at the end are space.

exit status: 0 all done (or there before), 1 some files failed, 2 a request that cannot be met, 130 interrupted
"""


class Job(NamedTuple):
    """A file to read, and one to write."""

    source: Path
    target: Path


class Outcome(NamedTuple):
    """What became of a job."""

    line: str
    read: int = 0
    written: int = 0
    note: str = ""


def add(commands: Any) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "resize",
        help="resize images and arrays",
        description="Resizes PNG, JPEG, TIFF, WebP, .npy and .npz files; folders are gone through with all below them.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("inputs", nargs="+", metavar="IN", help="file, folder, or pattern such as 'photos/**/*.png'")
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="file, folder, or pattern: see below")
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--size", type=size, metavar="HxW", help="height and width in samples, or one for both")
    target.add_argument("--scale", type=scale, metavar="S", help="PyTorch's scale_factor, such as 0.5 or 2x1.5")
    add_filter_options(parser)
    antialias = parser.add_mutually_exclusive_group()
    antialias.add_argument(
        "--antialias",
        action="store_true",
        default=None,
        help="widen the filter where an axis shrinks (default: for images, unless --align-corners)",
    )
    antialias.add_argument("--no-antialias", action="store_false", dest="antialias", help="do not")
    parser.add_argument("--layout", choices=LAYOUTS, help="which axes of an array are space: see below")
    parser.add_argument("--quality", type=int, default=90, metavar="1..100", help="of JPEG and WebP (default: 90)")
    parser.add_argument("--lossless", action="store_true", help="WebP without loss")
    parser.add_argument("--workers", type=int, metavar="N", help="files at once (default: one a processor)")
    parser.add_argument("--force", action="store_true", help="replace files that exist, inputs among them")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and write nothing")
    parser.set_defaults(run=run)


# ---- What there is to do ---------------------------------------------------------------------------------------------


def found_files(inputs: Sequence[str]) -> Iterator[tuple[Path, Path]]:
    """Yield each file, and its folder within what was given."""
    for entry in inputs:
        if not entry:
            raise CommandError("an input has an empty name")
        path = Path(entry)
        if path.is_dir():
            files = sorted(_below(path))
            if not files:
                raise CommandError(f"{entry} has no file that is taken: {', '.join(SUFFIXES)}")
            yield from ((file, file.parent.relative_to(path)) for file in files)
        elif path.exists():
            if path.suffix.lower() not in SUFFIXES:
                raise CommandError(f"{entry} is not among the files that are taken: {', '.join(SUFFIXES)}")
            if not path.is_file():
                raise CommandError(f"{entry} is not a regular file")
            yield path, Path()
        elif glob.has_magic(entry):
            start = next(i for i, part in enumerate(path.parts) if glob.has_magic(part))
            fixed = Path(*path.parts[:start])
            files = sorted(_matching(fixed, path.parts[start:]))
            if not files:
                raise CommandError(f"{entry} fits no file that is taken")
            yield from ((file, file.parent.relative_to(fixed)) for file in files)
        else:
            raise CommandError(f"{entry} does not exist")


def _below(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise error

    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders.sort()
        for name in names:
            if Path(name).suffix.lower() in SUFFIXES and not name.startswith("._"):  # which is macOS's, beside a file
                yield Path(parent, name)


def _matching(folder: Path, pattern: Sequence[str]) -> Iterator[Path]:
    """Yield what fits the pattern: `**` follows no links, and hidden files have to be named."""
    names_hidden = any(part.startswith(".") for part in pattern)
    try:
        for file in folder.glob(os.path.join(*pattern)):
            is_hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
            if file.suffix.lower() in SUFFIXES and not file.is_dir() and (names_hidden or not is_hidden):
                yield file
    except ValueError as error:  # `**` beside other letters, before Python 3.13
        raise CommandError(f"{os.path.join(*pattern)}: {error}") from None


def jobs(inputs: Sequence[str], output: str, force: bool) -> list[Job]:
    """Return what is to be done, or refuse."""
    if not output:
        raise CommandError("OUT is empty: . is the folder where you are")
    found = [entry for entry in dict.fromkeys(found_files(inputs)) if not _is_output(entry, output)]
    if not found:
        raise CommandError(f"all inputs are in {output}, where the outputs go")
    is_single = len(inputs) == 1 and Path(inputs[0]).is_file()
    into_folder = output.endswith(os.sep) or Path(output).is_dir()
    if _PLACE.search(output):
        places = set(_PLACE.findall(output)) - {"folder", "name", "ext"}
        if places:
            raise CommandError(f"{output} has {{{min(places)}}}: there are {{folder}}, {{name}} and {{ext}}")
        result = [Job(file, Path(_filled(output, file, folder))) for file, folder in found]
    elif into_folder or not is_single:
        if Path(output).is_file() or (not into_folder and Path(output).suffix.lower() in SUFFIXES):
            raise CommandError(f"{output} is a file, for {len(found)} inputs: give a folder or a pattern")
        result = [Job(file, Path(output, folder, file.name)) for file, folder in found]
    else:
        result = [Job(found[0][0], Path(output))]
    _refuse(result, force)
    if is_single and os.path.lexists(result[0].target) and not force:
        raise CommandError(f"{result[0].target} exists: --force replaces it")
    return result


def _is_output(entry: tuple[Path, Path], output: str) -> bool:
    """Whether a file found below an input lies where outputs go: a second run leaves those of the first alone."""
    file, folder = entry
    outputs = Path(os.path.realpath(output))
    inside = [Path(os.path.realpath(parent)) for parent in list(file.parents)[: len(folder.parts)]]
    return outputs in inside


def _filled(pattern: str, file: Path, folder: Path) -> str:
    parts = {"folder": str(folder), "name": file.stem, "ext": file.suffix[1:]}
    return _PLACE.sub(lambda match: parts[match[1]], pattern)


def _refuse(result: Sequence[Job], force: bool) -> None:
    """Raise for two inputs with one output, outputs that are inputs, and formats that do not fit."""
    places: dict[Path, Path] = {}
    identities = {_identity(job.source): job.source for job in result if job.source.exists()}
    for source, target in result:
        suffix = target.suffix.lower()
        if suffix not in SUFFIXES:
            raise CommandError(f"{target} is not among the files that are written: {', '.join(SUFFIXES)}")
        suffixes = {suffix, source.suffix.lower()}
        if len(suffixes) > 1 and suffixes & {*_arrays.SUFFIXES}:
            raise CommandError(f"{source} cannot become {target}: images become images, .npy .npy, and .npz .npz")
        place = Path(os.path.realpath(target))
        if place in places:
            raise CommandError(f"{places[place]} and {source} would both become {target}: give a pattern or folders")
        places[place] = source
        if target.is_dir():
            raise CommandError(f"{target} is a folder")
        if target.exists() and not target.is_file():
            raise CommandError(f"{target} is not a regular file")
        written = identities.get(_identity(target)) if target.exists() else None
        if written is not None and not (force and source.exists() and _identity(source) == _identity(target)):
            reason = "" if force else ": --force replaces it"
            raise CommandError(f"{target} would be written, and is an input{reason}")


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


# ---- One file --------------------------------------------------------------------------------------------------------


def work(job: Job, request: Request, arguments: argparse.Namespace) -> Outcome:
    """Do one job."""
    if os.path.lexists(job.target) and not arguments.force:
        return Outcome(f"{job.target} exists and is kept")
    is_array, note = job.source.suffix.lower() in _arrays.SUFFIXES, ""
    if arguments.dry_run:
        with reading(job.source):
            of = _arrays.sizes(job.source, request, arguments.layout) if is_array else _image_sizes(job.source, request)
        return Outcome(f"{printable(job.source)} -> {printable(job.target)}  {of}")
    with contextlib.ExitStack() as files:
        picture = None if is_array else _picture(job, request, files)
        read = job.source.stat().st_size
        job.target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with replacing(job.target, arguments.force) as file:
                if picture is None:
                    _arrays.resize(job.source, file, request, arguments.layout)
                else:
                    target = _images.FORMATS[job.target.suffix.lower()]
                    note = _images.lost(picture, target)
                    if not picture.strips:
                        resample_picture(picture, request)
                    _images.write(picture, file, target, arguments.quality, arguments.lossless)
                file.flush()
                written = os.fstat(file.fileno()).st_size
        except FileExistsError:  # another run was quicker
            return Outcome(f"{job.target} exists and is kept")
    return Outcome("", read, written, f"{job.source}: {note}" if note else "")


def _picture(job: Job, request: Request, files: contextlib.ExitStack) -> Picture:
    """Return the picture of a file, prepared for another; a large one is resized by rows if it can be read by rows."""
    target = _images.FORMATS[job.target.suffix.lower()]
    with reading(job.source):
        rows = files.enter_context(_tiff.by_rows(job.source, _LARGE)) if _tiff.is_tiff(job.source) else None
        if rows is None:
            _announce(job.source)
            picture = _images.read(job.source)
            _images.prepare(picture, target, request.copies)
            return picture

    def read(first: int, stop: int) -> Picture:
        with reading(job.source):
            part = rows.picture(first, stop)
        _images.prepare(part, target, request.copies)
        return part

    return resample_rows(read, rows.lengths, rows.bytes_of_row, request)


def _announce(path: Path) -> None:
    """Say of a large picture that all of it is going to be in memory."""
    size = _images.decoded_bytes(path)
    if size >= _LARGE and sys.stderr:
        line = f"swiftresample: {path}: it is decoded as a whole, which takes {_bytes(size)} and more of memory"
        print(printable(line), file=sys.stderr)


def _image_sizes(path: Path, request: Request) -> str:
    lengths = _images.size(path)
    return f"{by(lengths)} -> {by(request.output_lengths(lengths))}"


# ---- All of them -----------------------------------------------------------------------------------------------------


def run(arguments: argparse.Namespace) -> int:
    """Do all jobs, and say what became of them."""
    request = Request(arguments.size, arguments.scale, arguments.mode, arguments.align_corners, arguments.antialias)
    for images in (True, False):
        request.filter_for(images).check()
    if not 1 <= arguments.quality <= 100:
        raise CommandError(f"--quality is from 1 to 100, got {arguments.quality}")
    workers = arguments.workers if arguments.workers is not None else len(os.sched_getaffinity(0))
    if not 1 <= workers <= 1024:
        raise CommandError(f"--workers is from 1 to 1024, got {workers}")
    todo = jobs(arguments.inputs, arguments.output, arguments.force)
    if any(job.source.suffix.lower() not in _arrays.SUFFIXES for job in todo):
        load("PIL.Image", "cli").init()  # once, and not by several threads
    start = time.perf_counter()
    outcomes, failures = _all(todo, request, arguments, workers)
    seconds = time.perf_counter() - start
    if arguments.dry_run:
        print("\n".join(sorted(outcome.line for outcome in outcomes)))
    done = [outcome for outcome in outcomes if outcome.written]
    if not arguments.dry_run:
        kept = len(outcomes) - len(done)
        parts = (
            [_count(len(done))] + ([f"{kept} kept"] if kept else []) + ([f"{len(failures)} failed"] if failures else [])
        )
        read, written = (sum(getattr(outcome, name) for outcome in done) for name in ("read", "written"))
        print(f"{', '.join(parts)}; {_bytes(read)} read, {_bytes(written)} written, {seconds:.2f} s")
    if sys.stdout:
        sys.stdout.flush()  # before the other stream, also where both go to one file
    for note in sorted(outcome.note for outcome in outcomes if outcome.note):
        print(f"swiftresample: {printable(note)}", file=sys.stderr)
    for source, text in sorted(failures):
        print(f"swiftresample: {printable(source)}: {printable(text)}", file=sys.stderr)
    return 1 if failures else 0


def _all(
    todo: Sequence[Job], request: Request, arguments: argparse.Namespace, workers: int
) -> tuple[list[Outcome], list[tuple[Path, str]]]:
    """Do the jobs on several threads: Pillow and the library let others run meanwhile."""
    outcomes, failures = [], []
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        futures = {pool.submit(work, job, request, arguments): job for job in todo}
        finished: Any = concurrent.futures.as_completed(futures)
        if len(todo) > 1:
            finished = progress(finished, len(todo), "files")
        try:
            for future in finished:
                try:
                    outcomes.append(future.result())
                except Exception as error:  # one bad file does not stop the rest: it is named at the end
                    failures.append((futures[future].source, _reason(error, futures[future])))
        except BaseException:
            pool.shutdown(cancel_futures=True)  # what has begun is finished: whole files or none
            raise
    return outcomes, failures


def _reason(error: Exception, job: Job) -> str:
    is_of_target = isinstance(error, OSError) and error.filename is not None and Path(error.filename) != job.source
    return f"{job.target} cannot be written: {reason(error)}" if is_of_target else reason(error)


def _count(files: int) -> str:
    return f"{files} file{'' if files == 1 else 's'}"


def _bytes(count: int) -> str:
    for unit, amount in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= amount:
            return f"{count / amount:.1f} {unit}"
    return f"{count} bytes"
