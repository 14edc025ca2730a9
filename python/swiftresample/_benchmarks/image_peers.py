"""The peers that know images: OpenCV, Pillow and fast_image_resize, each as its documentation says that it is quickest.

Batches and planes go through them one by one.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from . import equivalents
from .case import Array, Case, Interpolate
from .peer import FRESH, REUSED, CannotDo, Contender, Peer, first_sentence

if TYPE_CHECKING:
    from collections.abc import Callable

# ---- OpenCV ----------------------------------------------------------------------------------------------------------


class OpenCV(Peer):
    """``cv2.resize`` into given memory: an image at a time, planes one by one."""

    name = equivalents.OPENCV
    package = "opencv-python-headless"
    module = "cv2"
    avx2_alone: ClassVar[dict[str, str]] = {"OPENCV_CPU_DISABLE": "AVX512-SKX", "OPENCV_IPP": "avx2"}
    takes_views = True  # and copies them in every call

    #: By kind of case, the calls for pairs of images, from and to.
    further: ClassVar[dict[type[Case], Callable[..., list[Callable[[], Any]]]]] = {}

    @property
    def version(self) -> str:
        return self.library.__version__  # whichever of its packages brought it

    def prepare(self, case: Case, arrays: tuple[Array, ...], threads: int) -> Contender:
        cv2 = self.library
        interpolation = getattr(cv2, self.equivalent(case).arguments["interpolation"])
        cv2.setNumThreads(threads)
        output = case.output()
        sources, targets = images(arrays[0], case), images(output, case)
        note = images_note(sources)
        if case.operator.startswith("nearest") and case.dtype not in ("uint8", "float32"):
            copied = {1: np.uint8, 2: np.uint16, 4: np.float32, 8: np.float64}[case.numpy_dtype.itemsize]
            sources, targets = [s.view(copied) for s in sources], [t.view(copied) for t in targets]
            note = f"as {np.dtype(copied)}, bit for bit"
        of_image: list[Callable[[], Any]]
        if isinstance(case, Interpolate):
            size = (targets[0].shape[1], targets[0].shape[0])
            of_image = [
                functools.partial(cv2.resize, s, size, t, 0, 0, interpolation) for s, t in zip(sources, targets)
            ]
        else:
            of_image = self.further[type(case)](cv2, case, arrays, interpolation, list(zip(sources, targets)))

        def call() -> None:
            for write in of_image:
                write()

        try:
            if not np.shares_memory(of_image[0](), targets[0]):
                raise CannotDo("does not write to the memory it is given")
            call()
        except (cv2.error, TypeError) as error:
            if "func != 0" in str(error) or "data type" in str(error):
                raise CannotDo(f"has no {case.operator} of {count(sources[0])} {case.dtype}") from error
            raise CannotDo(first_sentence(error)) from error
        return Contender(call, lambda: output, REUSED, note)


# ---- Pillow ----------------------------------------------------------------------------------------------------------


class Pillow(Peer):
    """``Image.resize``: an image at a time, planes one by one; it allocates its result, and has one thread."""

    name = equivalents.PILLOW
    package = "pillow"
    module = "PIL.Image"

    #: Modes by dtype and channels. Four channels go as CMYK: it would multiply those of RGBA by the last one.
    modes = {("uint8", 1): "L", ("uint8", 3): "RGB", ("uint8", 4): "CMYK", ("float32", 1): "F"}  # noqa: RUF012

    def prepare(self, case: Case, arrays: tuple[Array, ...], threads: int) -> Contender:  # noqa: ARG002
        resample = self.library.Resampling[self.equivalent(case).arguments["resample"]]
        samples = images(arrays[0], case)
        channels = samples[0].shape[2] if samples[0].ndim == 3 else 1
        mode = self.modes.get((case.dtype, channels))
        if mode is None:
            raise CannotDo(f"has no images of {count(samples[0])} {case.dtype}")
        height, width = samples[0].shape[:2]
        sources = [self.library.frombytes(mode, (width, height), sample.tobytes()) for sample in samples]
        target = images(case.output(), case)[0]
        size = (target.shape[1], target.shape[0])

        factors = (width // size[0], height // size[1])
        reduces = case.operator == "area"  # by whole factors: the quicker way to the same

        def call() -> list[Any]:
            if reduces:
                return [source.reduce(factors) for source in sources]
            return [source.resize(size, resample) for source in sources]

        def result() -> Array:
            return from_images([np.asarray(image) for image in call()], case)

        note = ", ".join(filter(None, ["one thread", images_note(samples), "Image.reduce" if reduces else ""]))
        return Contender(call, result, FRESH, note)


# ---- cykooz.resizer --------------------------------------------------------------------------------------------------


class FastImageResize(Peer):
    """The Rust library fast_image_resize: an image at a time, planes one by one, into given memory."""

    name = equivalents.FAST_IMAGE_RESIZE
    package = "cykooz.resizer"
    module = "cykooz_resizer"

    pixels = {"uint8": "U8", "uint16": "U16", "float32": "F32"}  # noqa: RUF012
    #: Pixels that nearest can move, by their bytes.
    moved = {1: "U8", 2: "U16", 3: "U8x3", 4: "F32", 8: "F32x2", 12: "F32x3", 16: "F32x4"}  # noqa: RUF012

    def prepare(self, case: Case, arrays: tuple[Array, ...], threads: int) -> Contender:
        resizer = self.library
        arguments = self.equivalent(case).arguments
        sources = images(arrays[0], case)
        channels = sources[0].shape[2] if sources[0].ndim == 3 else 1
        pixel = self._pixel(case, channels)
        if pixel is None:
            raise CannotDo(f"has no pixels of {count(sources[0])} {case.dtype}")
        target = images(case.output(), case)[0]
        size = (target.shape[1], target.shape[0])
        pairs = [
            (
                resizer.ImageData(source.shape[1], source.shape[0], pixel, source.tobytes()),
                resizer.ImageData(*size, pixel),
            )
            for source in sources
        ]
        pool = resizer.ResizerThreadPool(threads) if threads > 1 else None
        options = resizer.ResizeOptions(use_alpha=False, thread_pool=pool)
        # Its Python class has no way to ask for "interpolation", which its Rust class has.
        algorithm = resizer.Algorithm[arguments["algorithm"]].value
        filter = resizer.FilterType[arguments["filter"]].value if "filter" in arguments else 0
        options.rust_options = options.rust_options.set_resize_alg(algorithm, filter, 2)
        resize = resizer.Resizer().resize

        def call() -> None:
            for source, target in pairs:
                resize(source, target, options)

        def result() -> Array:
            call()
            shape = (size[1], size[0], channels) if case.channels_last else (size[1], size[0])
            return from_images([np.frombuffer(t.get_buffer(), case.numpy_dtype).reshape(shape) for _, t in pairs], case)

        return Contender(call, result, REUSED, images_note(sources))

    def _pixel(self, case: Case, channels: int) -> Any:
        if case.operator.startswith("nearest"):
            name = self.moved.get(channels * case.numpy_dtype.itemsize)
        else:
            name = self.pixels.get(case.dtype, "") + (f"x{channels}" if channels > 1 else "")
        return self.library.PixelType.__members__.get(name)


# ---- Arrays as images ------------------------------------------------------------------------------------------------


def images(array: Array, case: Case) -> list[Array]:
    """Return the two-dimensional images of an array: its planes, or with channels last (H, W, C); rows are one image.

    They are views: what is written to them is written to the array.
    """
    if array.ndim == 3 and not case.channels_last:
        return [array.reshape(-1, array.shape[2])]
    if array.ndim != 4:
        raise CannotDo("has only images, no volumes")
    if case.channels_last:
        return list(np.moveaxis(array, 1, -1))
    return list(array.reshape(-1, *array.shape[2:]))


def from_images(results: list[Array], case: Case) -> Array:
    """Return as (N, C, ...) what became of the `images` of a case."""
    stacked = np.stack(results)
    if not case.channels_last:
        return stacked.reshape(case.output_shape)
    return np.moveaxis(stacked.reshape(case.output_shape[0], *case.output_shape[2:], case.shape[1]), -1, 1)


def count(image: Array) -> str:
    """Write how many channels an image has, before their dtype."""
    return f"{image.shape[2]} channels," if image.ndim == 3 else "one channel,"


def images_note(samples: list[Array]) -> str:
    """Say how many images a call goes through."""
    return f"{len(samples)} images, one by one" if len(samples) > 1 else ""
