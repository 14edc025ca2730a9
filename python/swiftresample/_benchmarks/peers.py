"""The peers: for each, how one case is done with it, as its documentation says that it is done quickest.

An adapter gets everything ready that does not depend on the samples, or says why the peer cannot do the case. What it
computes is compared with this library's result before it is timed (`check`): nobody is timed doing something else.

benchmarks/ of a checkout adds the other operators.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
import importlib.metadata
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from . import equivalents, graphs
from .case import Array, Case, Interpolate

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from .equivalents import Equivalent

#: What becomes of the output: memory that every call writes again, or new memory at every call.
REUSED = "reused"
FRESH = "fresh"


class CannotDo(Exception):  # noqa: N818  # a peer's limits are not an error
    """A peer cannot do a case; the message says why."""


class ComputesSomethingElse(CannotDo):
    """A peer's result is another one than it should be."""


@dataclasses.dataclass(frozen=True)
class Contender:
    """One way to do a case: `call` is what is timed, and `result` returns what the last call computed."""

    call: Callable[[], object]
    result: Callable[[], Array]
    output: str
    note: str = ""


class Peer:
    """A library that can do some of the cases."""

    name: str
    package: str  # as pip names it
    module: str
    further_modules: tuple[str, ...] = ()
    needs = ""  # further packages

    def __init__(self) -> None:
        """Load the library, or raise ImportError."""
        self.library = importlib.import_module(self.module)
        for module in self.further_modules:
            importlib.import_module(module)

    @property
    def version(self) -> str:
        """The version that is installed."""
        return importlib.metadata.version(self.package)

    def context(self) -> contextlib.AbstractContextManager[Any]:
        """Return what its users put around their calls."""
        return contextlib.nullcontext()

    def prepare(self, case: Case, arrays: tuple[Array, ...], threads: int) -> Contender:
        """Prepare calls that may use that many threads, or raise CannotDo."""
        raise NotImplementedError

    def equivalent(self, case: Case) -> Equivalent:
        """Return what the peer calls the case's operator, or raise CannotDo."""
        equivalent = equivalents.EQUIVALENTS[case.operator].get(self.name)
        if equivalent is None:
            raise CannotDo(f"has no {case.operator} that gives the same")
        if isinstance(case, Interpolate):
            if equivalent.only == "enlarging" and not case.enlarges:
                raise CannotDo(f"has {case.operator} only for images that grow: it antialiases others")
            if equivalent.only == "dividing" and not case.divides:
                raise CannotDo(f"has {case.operator} only for whole factors")
        return equivalent


# ---- PyTorch ---------------------------------------------------------------------------------------------------------


class PyTorch(Peer):
    """The function of ``torch.nn.functional`` under ``inference_mode``; it allocates its result."""

    name = equivalents.PYTORCH
    package = "torch"
    module = "torch"

    #: By kind of case, what it has no function for: ``(torch, case, tensors)`` to the call, and a note.
    further: ClassVar[dict[type[Case], Callable[..., tuple[Callable[[], Any], str]]]] = {}

    def context(self) -> contextlib.AbstractContextManager[Any]:
        return self.library.inference_mode()

    def prepare(self, case: Case, arrays: tuple[Array, ...], threads: int) -> Contender:
        torch = self.library
        torch.set_num_threads(threads)
        tensors = [torch.from_numpy(array.view(np.int16) if case.dtype == "bfloat16" else array) for array in arrays]
        if case.dtype == "bfloat16":
            tensors = [tensor.view(torch.bfloat16) for tensor in tensors]
        note = ""
        call: Callable[[], Any]
        if type(case) in self.further:
            call, note = self.further[type(case)](torch, case, tensors)
        else:
            function = getattr(torch.nn.functional, case.function)
            call = functools.partial(function, *tensors, **case.options)
        if case.dtype == "int64":
            call = self._through_float64(case, tensors[0])
            note = "through float64, which is the way for labels"

        def result() -> Array:
            value = call()
            if case.dtype == "bfloat16":
                return value.view(torch.int16).numpy().view(case.numpy_dtype)
            return value.numpy()

        try:
            call()
        except (RuntimeError, NotImplementedError, TypeError, ValueError) as error:
            raise CannotDo(first_sentence(error)) from error
        return Contender(call, result, FRESH, note)

    def _through_float64(self, case: Case, tensor: Any) -> Callable[[], Any]:
        double, function = self.library.float64, getattr(self.library.nn.functional, case.function)
        return lambda: function(tensor.to(double), **case.options).to(tensor.dtype)


# ---- ONNX Runtime ----------------------------------------------------------------------------------------------------


class OnnxRuntime(Peer):
    """A model of the one operator; inputs and output are bound to arrays, weights are constants."""

    name = equivalents.ONNX_RUNTIME
    package = "onnxruntime"
    module = "onnxruntime"
    further_modules = ("onnx",)
    needs = "onnx"

    def prepare(self, case: Case, arrays: tuple[Array, ...], threads: int) -> Contender:
        runtime = self.library
        arguments = self.equivalent(case).arguments
        feeds, target = [memory_order(a, case) for a in arrays[: case.feeds]], memory_order(case.output(), case)
        is_row = isinstance(case, Interpolate) and target.ndim == 3  # which is quicker as an image of height 1
        if is_row:
            feeds, target = [feed[:, :, None] for feed in feeds], target[:, :, None]
        named = {f"x{index or ''}": feed for index, feed in enumerate(feeds)}
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            model = graphs.onnx_model(case, arguments, named, arrays[case.feeds :], target.shape)
            session = runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
            binding = session.io_binding()
            for name, feed in named.items():
                binding.bind_ortvalue_input(name, runtime.OrtValue.ortvalue_from_numpy(feed))
            binding.bind_output("y", "cpu", 0, target.dtype, target.shape, target.ctypes.data)
            session.run_with_iobinding(binding)
        except Exception as error:  # its exceptions have no base class of their own
            missing = "NOT_IMPLEMENTED" in str(error)
            reason = f"has no {case.function} of {case.dtype}"
            raise CannotDo(reason if missing else first_sentence(error)) from error
        result = target[:, :, 0] if is_row else target
        run = session.run_with_iobinding

        def call(owned: tuple[Array, ...] = (*feeds, target)) -> None:  # noqa: ARG001  # bound only by address
            run(binding)

        return Contender(call, functools.partial(channels_second, result, case), REUSED)


# ---- OpenCV ----------------------------------------------------------------------------------------------------------


class OpenCV(Peer):
    """``cv2.resize`` into given memory: an image at a time, planes one by one."""

    name = equivalents.OPENCV
    package = "opencv-python-headless"
    module = "cv2"

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


# ---- OpenVINO --------------------------------------------------------------------------------------------------------


class OpenVino(Peer):
    """A model of the one operator; it reads the given arrays and writes to memory of its own, weights are constants."""

    name = equivalents.OPENVINO
    package = "openvino"
    module = "openvino"
    further_modules = ("openvino.opset11",)

    #: Computed with as many bits as the samples have: by default it would take bfloat16 where the processor has it.
    precisions = {"float16": "f16", "bfloat16": "bf16"}  # noqa: RUF012

    def prepare(self, case: Case, arrays: tuple[Array, ...], threads: int) -> Contender:
        openvino = self.library
        arguments = self.equivalent(case).arguments
        feeds = [memory_order(array, case) for array in arrays[: case.feeds]]
        if self._is_quicker_folded(case, arguments):
            feeds = [feeds[0].reshape(-1, *case.shape[2:])]  # the same planes; as (N, C, H, W) it reorders them
        try:
            model = graphs.openvino_model(openvino, case, arguments, feeds, arrays[case.feeds :])
            compiled = openvino.Core().compile_model(model, "CPU", self._settings(case, threads))
            request = compiled.create_infer_request()
            for index, feed in enumerate(feeds):
                if case.dtype == "bfloat16":
                    tensor = openvino.Tensor(feed.view(np.uint16), list(feed.shape), openvino.Type.bf16)
                else:
                    tensor = openvino.Tensor(feed, shared_memory=True)
                request.set_input_tensor(index, tensor)
            request.infer()
        except RuntimeError as error:
            raise CannotDo(first_sentence(error)) from error

        def result() -> Array:
            values = request.get_output_tensor().data.view(case.numpy_dtype)
            return channels_second(values, case).reshape(case.output_shape)

        return Contender(request.infer, result, REUSED)

    def _is_quicker_folded(self, case: Case, arguments: dict[str, Any]) -> bool:
        if not isinstance(case, Interpolate) or len(case.shape) != 4 or case.channels_last:
            return False
        return arguments["mode"] in ("linear_onnx", "nearest") and case.dtype not in self.precisions

    def _settings(self, case: Case, threads: int) -> dict[str, Any]:
        properties = self.library.properties
        precision = getattr(self.library.Type, self.precisions.get(case.dtype, "f32"))
        return {
            properties.inference_num_threads(): threads,
            properties.num_streams(): 1,
            properties.hint.inference_precision(): precision,
        }


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


def prepare_checked(
    peer: Peer, case: Case, arrays: tuple[Array, ...], expected: Array, threads: int
) -> tuple[Contender, Agreement]:
    """Make a peer ready for a case and compare its result with `expected`; raise CannotDo if it is another."""
    contender = peer.prepare(case, arrays, threads)
    contender.call()
    equivalent = equivalents.EQUIVALENTS[case.operator].get(peer.name)
    agreement = check(contender.result(), expected, case, loose=equivalent is not None and equivalent.loose)
    if agreement.kind == "different":
        raise ComputesSomethingElse(f"computes something else: up to {agreement.largest_difference:.2g} away")
    return contender, agreement


PEERS: tuple[type[Peer], ...] = (PyTorch, OnnxRuntime, OpenCV, OpenVino, Pillow, FastImageResize)


def installed(names: Collection[str] | None = None) -> tuple[list[Peer], dict[str, str]]:
    """Return the peers of these names that can be imported, and for each of the others how to install it."""
    found, left_out = [], {}
    for peer in PEERS:
        if names is not None and peer.name not in names:
            continue
        try:
            found.append(peer())
        except ImportError as error:
            left_out[peer.name] = (
                f"not installed (pip install {' '.join([peer.package, peer.needs]).strip()}): {first_sentence(error)}"
            )
    return found, left_out


# ---- Arrays as images ------------------------------------------------------------------------------------------------


def memory_order(array: Array, case: Case) -> Array:
    """Return the array (N, C, ...) with its axes in the order in which they lie in memory."""
    return np.moveaxis(array, 1, -1) if case.channels_last else array


def channels_second(array: Array, case: Case) -> Array:
    """Return an array in the order of memory as (N, C, ...)."""
    return np.moveaxis(array, -1, 1) if case.channels_last else array


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


def first_sentence(error: Exception) -> str:
    """Return the beginning of an exception's message, on one line."""
    words = " ".join(str(error).split())
    return words if len(words) <= 160 else words[:157] + "..."


# ---- The same numbers ------------------------------------------------------------------------------------------------

#: How far from this library's result a peer may be, on average and in standard deviations of that result, to be timed
#: as computing something similar. The inputs are noise: the result of a neighbouring pixel is about 1 away.
SIMILAR = 0.1
SIMILAR_LOOSE = 0.5


@dataclasses.dataclass(frozen=True)
class Agreement:
    """How a peer's result compares with this library's; `kind` is "same", "similar" or "different"."""

    kind: str
    largest_difference: float
    tolerance: float


def tolerance(case: Case) -> float:
    """Return the largest difference that the same operator may show in another library.

    Samples that are moved: none. uint8: 2 levels, since libraries round between the passes or after them. Floats: the
    roundings of the sums, and those of a float32 coordinate, which are the larger the longer the axis; samples are at
    most 1.
    """
    if case.moves:
        return 0.0
    if case.dtype == "uint8":
        return 2.0
    arithmetic = {"float64": 1e-12, "float32": 3e-6, "float16": 2**-10, "bfloat16": 2**-7}[case.dtype]
    coordinate = 2**-52 if case.dtype == "float64" else 2**-23
    return arithmetic * case.magnitude + 2 * max(case.shape[2:]) * coordinate


def check(actual: Array, expected: Array, case: Case, loose: bool = False) -> Agreement:
    """Compare a peer's result with this library's."""
    if actual.shape != expected.shape:
        return Agreement("different", float("inf"), 0.0)
    exact = expected.astype(np.float64)
    differences = np.abs(actual.astype(np.float64) - exact)
    largest, allowed = float(differences.max()), tolerance(case)
    if largest <= allowed:
        return Agreement("same", largest, allowed)
    similar = differences.mean() <= (SIMILAR_LOOSE if loose else SIMILAR) * exact.std()
    return Agreement("similar" if similar else "different", largest, allowed)
