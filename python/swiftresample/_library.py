"""The shared library: where it is, what it exports, and how its failures become exceptions.

Everything here mirrors ``include/swiftresample.h``, which is the documentation of each function.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from ctypes import POINTER, c_char_p, c_double, c_int32, c_int64, c_uint32, c_void_p
from pathlib import Path
from typing import Any, NoReturn

from ._structures import (
    ABI_VERSION,
    AxisInfo,
    ConvTransposeOptions,
    Dtype,
    Error,
    GridSampleOptions,
    InterpolateOptions,
    JaxResizeOptions,
    OnnxResizeOptions,
    OpenCVResizeOptions,
    PillowResizeOptions,
    Placement,
    PreprocessOptions,
    Tensor,
    TensorFlowResizeOptions,
)

# ---- Prototypes ------------------------------------------------------------------------------------------------------


_Status = c_int32
_Handle = c_void_p  # rsmp_plan *, rsmp_axis *, rsmp_preprocess *
_TensorAddress = c_void_p  # const rsmp_tensor *, which _arrays makes

# Every function of the header: its result, then its parameters.
PROTOTYPES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "rsmp_abi_version": (c_uint32, ()),
    "rsmp_version": (c_char_p, ()),
    "rsmp_interpolate_shape": (
        _Status,
        (c_int32, POINTER(c_int64), Dtype, POINTER(InterpolateOptions), POINTER(c_int64), POINTER(Error)),
    ),
    "rsmp_interpolate": (_Status, (_TensorAddress, POINTER(InterpolateOptions), _TensorAddress, POINTER(Error))),
    "rsmp_interpolate_backward": (
        _Status,
        (_TensorAddress, POINTER(InterpolateOptions), _TensorAddress, POINTER(Error)),
    ),
    "rsmp_logits_to_labels_shape": (
        _Status,
        (c_int32, POINTER(c_int64), Dtype, POINTER(InterpolateOptions), POINTER(c_int64), POINTER(Error)),
    ),
    "rsmp_logits_to_labels": (_Status, (_TensorAddress, POINTER(InterpolateOptions), _TensorAddress, POINTER(Error))),
    "rsmp_plan_create": (
        _Status,
        (c_int32, POINTER(c_int64), Dtype, POINTER(InterpolateOptions), POINTER(_Handle), POINTER(Error)),
    ),
    "rsmp_plan_create_backward": (
        _Status,
        (c_int32, POINTER(c_int64), Dtype, POINTER(InterpolateOptions), POINTER(_Handle), POINTER(Error)),
    ),
    "rsmp_plan_execute": (_Status, (_Handle, _TensorAddress, _TensorAddress, POINTER(Error))),
    "rsmp_plan_source_region": (_Status, (_Handle, POINTER(c_int64), POINTER(c_int64), POINTER(Error))),
    "rsmp_plan_output_shape": (_Status, (_Handle, POINTER(c_int64), POINTER(Error))),
    "rsmp_plan_destroy": (None, (_Handle,)),
    "rsmp_onnx_resize_shape": (
        _Status,
        (c_int32, POINTER(c_int64), Dtype, POINTER(OnnxResizeOptions), POINTER(c_int64), POINTER(Error)),
    ),
    "rsmp_onnx_resize": (_Status, (_TensorAddress, POINTER(OnnxResizeOptions), _TensorAddress, POINTER(Error))),
    "rsmp_plan_create_onnx_resize": (
        _Status,
        (c_int32, POINTER(c_int64), Dtype, POINTER(OnnxResizeOptions), POINTER(_Handle), POINTER(Error)),
    ),
    "rsmp_pillow_resize": (_Status, (_TensorAddress, POINTER(PillowResizeOptions), _TensorAddress, POINTER(Error))),
    "rsmp_plan_create_pillow_resize": (
        _Status,
        (c_int32, POINTER(c_int64), Dtype, POINTER(PillowResizeOptions), POINTER(_Handle), POINTER(Error)),
    ),
    "rsmp_pillow_reduce": (
        _Status,
        (_TensorAddress, c_int64, c_int64, POINTER(c_int64), c_int32, _TensorAddress, POINTER(Error)),
    ),
    "rsmp_opencv_resize_shape": (
        _Status,
        (c_int32, POINTER(c_int64), Dtype, POINTER(OpenCVResizeOptions), POINTER(c_int64), POINTER(Error)),
    ),
    "rsmp_opencv_resize": (_Status, (_TensorAddress, POINTER(OpenCVResizeOptions), _TensorAddress, POINTER(Error))),
    "rsmp_plan_create_opencv_resize": (
        _Status,
        (c_int32, POINTER(c_int64), Dtype, POINTER(OpenCVResizeOptions), POINTER(_Handle), POINTER(Error)),
    ),
    "rsmp_tensorflow_resize_shape": (
        _Status,
        (c_int32, POINTER(c_int64), Dtype, POINTER(TensorFlowResizeOptions), POINTER(c_int64), POINTER(Error)),
    ),
    "rsmp_tensorflow_resize": (
        _Status,
        (_TensorAddress, POINTER(TensorFlowResizeOptions), _TensorAddress, POINTER(Error)),
    ),
    "rsmp_plan_create_tensorflow_resize": (
        _Status,
        (c_int32, POINTER(c_int64), Dtype, POINTER(TensorFlowResizeOptions), POINTER(_Handle), POINTER(Error)),
    ),
    "rsmp_jax_resize": (_Status, (_TensorAddress, POINTER(JaxResizeOptions), _TensorAddress, POINTER(Error))),
    "rsmp_plan_create_jax_resize": (
        _Status,
        (c_int32, POINTER(c_int64), Dtype, POINTER(JaxResizeOptions), POINTER(_Handle), POINTER(Error)),
    ),
    "rsmp_preprocess_create": (_Status, (POINTER(PreprocessOptions), POINTER(_Handle), POINTER(Error))),
    "rsmp_preprocess_placement": (_Status, (_Handle, c_int64, c_int64, POINTER(Placement), POINTER(Error))),
    "rsmp_preprocess_output_shape": (
        _Status,
        (_Handle, c_int64, POINTER(Tensor), POINTER(c_int64), POINTER(Error)),
    ),
    "rsmp_preprocess_execute": (_Status, (_Handle, c_int64, POINTER(Tensor), _TensorAddress, POINTER(Error))),
    "rsmp_preprocess_destroy": (None, (_Handle,)),
    "rsmp_pixel_shuffle_shape": (_Status, (c_int32, POINTER(c_int64), c_int64, POINTER(c_int64), POINTER(Error))),
    "rsmp_pixel_shuffle": (_Status, (_TensorAddress, c_int64, _TensorAddress, POINTER(Error))),
    "rsmp_pixel_unshuffle_shape": (_Status, (c_int32, POINTER(c_int64), c_int64, POINTER(c_int64), POINTER(Error))),
    "rsmp_pixel_unshuffle": (_Status, (_TensorAddress, c_int64, _TensorAddress, POINTER(Error))),
    "rsmp_conv_transpose_shape": (
        _Status,
        (
            c_int32,
            POINTER(c_int64),
            POINTER(c_int64),
            POINTER(ConvTransposeOptions),
            POINTER(c_int64),
            POINTER(Error),
        ),
    ),
    "rsmp_conv_transpose": (
        _Status,
        (
            _TensorAddress,
            _TensorAddress,
            _TensorAddress,
            POINTER(ConvTransposeOptions),
            _TensorAddress,
            POINTER(Error),
        ),
    ),
    "rsmp_conv_transpose_backward": (
        _Status,
        (
            *(_TensorAddress,) * 3,
            POINTER(ConvTransposeOptions),
            *(_TensorAddress,) * 3,
            POINTER(Error),
        ),
    ),
    "rsmp_grid_sample_shape": (
        _Status,
        (c_int32, POINTER(c_int64), POINTER(c_int64), POINTER(c_int64), POINTER(Error)),
    ),
    "rsmp_grid_sample": (
        _Status,
        (_TensorAddress, _TensorAddress, POINTER(GridSampleOptions), _TensorAddress, POINTER(Error)),
    ),
    "rsmp_grid_sample_backward": (
        _Status,
        (
            *(_TensorAddress,) * 3,
            POINTER(GridSampleOptions),
            *(_TensorAddress,) * 2,
            POINTER(Error),
        ),
    ),
    "rsmp_affine_grid": (_Status, (_TensorAddress, c_int32, _TensorAddress, POINTER(Error))),
    "rsmp_carafe_shape": (
        _Status,
        (POINTER(c_int64), POINTER(c_int64), c_int64, c_int64, c_int64, POINTER(c_int64), POINTER(Error)),
    ),
    "rsmp_carafe": (
        _Status,
        (_TensorAddress, _TensorAddress, c_int64, c_int64, c_int64, _TensorAddress, POINTER(Error)),
    ),
    "rsmp_carafe_backward": (
        _Status,
        (
            *(_TensorAddress,) * 3,
            c_int64,
            c_int64,
            c_int64,
            *(_TensorAddress,) * 2,
            POINTER(Error),
        ),
    ),
    "rsmp_axis_create": (
        _Status,
        (c_int64, c_int64, Dtype, POINTER(InterpolateOptions), POINTER(_Handle), POINTER(Error)),
    ),
    "rsmp_plan_axis": (_Status, (_Handle, c_int32, POINTER(_Handle), POINTER(Error))),
    "rsmp_axis_describe": (_Status, (_Handle, POINTER(AxisInfo), POINTER(Error))),
    "rsmp_axis_taps": (_Status, (_Handle, POINTER(c_double), POINTER(c_int64), POINTER(c_double), POINTER(Error))),
    "rsmp_axis_destroy": (None, (_Handle,)),
    "rsmp_instruction_set": (_Status, (POINTER(c_char_p), POINTER(Error))),
    "rsmp_get_num_threads": (c_int32, ()),
    "rsmp_set_num_threads": (_Status, (c_int32, POINTER(Error))),
    "rsmp_limit_threads": (_Status, (c_int32, POINTER(Error))),
}

_EXCEPTIONS = {1: ValueError, 2: TypeError, 3: NotImplementedError, 4: MemoryError, 5: RuntimeError}


def raise_failure(status: int, error: Error) -> NoReturn:
    """Raise the exception that a status other than ``RSMP_OK`` stands for."""
    raise _EXCEPTIONS.get(status, RuntimeError)(error.message.decode("utf-8", "replace"))


def raise_failure_of(function: Any, *arguments: Any) -> None:
    """Raise what is the matter with a call that failed without an ``rsmp_error``; return if it does not fail again.

    A function that fails has written nothing, so that it may be called once more, for the message.
    """
    error = Error()
    status = function(*arguments, error)
    if status:
        raise_failure(status, error)


def _check_status(status: int, _function: Any, arguments: tuple[Any, ...]) -> None:
    """Raise if a call failed; ctypes calls this after every call."""
    if status:
        raise_failure(status, arguments[-1])


# Called for every array, and short: their callers look at the status themselves. And no code of Python, in which an
# interrupt may be raised, comes after the limit has been set or lifted.
_UNCHECKED = ("rsmp_plan_execute", "rsmp_limit_threads")


# ---- Integers --------------------------------------------------------------------------------------------------------
# ctypes cuts an integer to the bits of its C type without a word.


def as_int64(name: str, value: int) -> int:
    """Return `value` if an ``int64_t`` holds it."""
    if not -(2**63) <= value < 2**63:
        raise ValueError(f"{name} must fit into 64 bits, got {value}")
    return value


def as_int32(name: str, value: int) -> int:
    """Return `value` if an ``int32_t`` holds it."""
    if not -(2**31) <= value < 2**31:
        raise ValueError(f"{name} must fit into 32 bits, got {value}")
    return value


# ---- Loading ---------------------------------------------------------------------------------------------------------


def _find() -> Path:
    """Return the absolute path of the library.

    ``RESAMPLE_LIBRARY`` names it; otherwise it lies in the package (a wheel), or the package lies in a checkout (an
    editable install). It is never looked up by name: Debian has another libresample.
    """
    named = os.environ.get("RESAMPLE_LIBRARY")
    if named:
        try:
            path = Path(named).resolve()
        except RuntimeError:  # links in a circle, before Python 3.13
            path = Path(named)
        if not path.is_file():
            raise ImportError(f"RESAMPLE_LIBRARY names {path}, which is not a file")
        return path
    package = Path(__file__).resolve().parent
    packed = package / "libresample.so"
    built = package.parent.parent / ".build-release" / "release" / "libresample.so"
    for path in (packed, built):
        if path.is_file():
            return path
    raise ImportError(
        f"libresample.so is neither at {packed} nor at {built}: in a checkout, run `make build` at its root; "
        "elsewhere, install swiftresample again, or name the library in the environment variable RESAMPLE_LIBRARY"
    )


_MACHINES = {"x86_64": 62, "aarch64": 183}  # e_machine of the ELF header


def _check_file(path: Path) -> None:
    """Raise for a file of which the end is missing, or that is for another processor.

    The loader checks neither: it maps segments beyond the end of a file, and the first look at them ends the process
    with SIGBUS; of another processor's library it says that there is no such file. Anything but a 64-bit ELF file
    is left to it.
    """
    with path.open("rb") as file:
        start = file.read(64)
        if len(start) < 64 or start[:6] != b"\x7fELF\x02\x01":
            return
        (machine,) = struct.unpack_from("<H", start, 18)
        (headers,) = struct.unpack_from("<Q", start, 32)
        entry_size, count = struct.unpack_from("<HH", start, 54)
        own = os.uname().machine
        if machine != _MACHINES.get(own, machine):
            raise ImportError(f"{path} is for another processor than this one, {own}")
        file.seek(0, os.SEEK_END)
        size = needed = file.tell()
        if entry_size >= 56 and headers + entry_size * count <= size:
            file.seek(headers)
            table = file.read(entry_size * count)
            for entry in range(0, entry_size * count, entry_size):
                (kind,) = struct.unpack_from("<I", table, entry)
                offset, *_, length = struct.unpack_from("<QQQQ", table, entry + 8)
                if kind == 1:  # PT_LOAD
                    needed = max(needed, offset + length)
    if needed > size:
        raise ImportError(f"{path} is incomplete: it has {size} bytes, and says that it has {needed} or more")


def _load(path: Path) -> ctypes.CDLL:
    """Load the library, check that it is one that this package knows, and give each function its prototype.

    A library of another release is taken if its ABI version is the package's; ``__version__`` is the library's.
    """
    try:
        _check_file(path)
        loaded = ctypes.CDLL(str(path))
    except OSError as error:
        raise ImportError(f"{path} cannot be loaded: {error}") from error
    for name, (result, parameters) in PROTOTYPES.items():
        try:
            function = getattr(loaded, name)
        except AttributeError:
            raise ImportError(f"{path} has no function {name}: it is not this package's libresample.so") from None
        function.restype = result
        function.argtypes = parameters
        if parameters and parameters[-1] is POINTER(Error) and name not in _UNCHECKED:  # so end those that can fail
            function.errcheck = _check_status
        if name == "rsmp_abi_version" and function() != ABI_VERSION:
            raise ImportError(f"{path} has ABI version {function()}, but this package needs {ABI_VERSION}")
    return loaded


class _Missing:
    """What stands for a library that cannot be loaded: whatever is called raises, but for its version."""

    def __init__(self, error: ImportError) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        return (lambda: b"") if name == "rsmp_version" else self._fail

    def _fail(self, *_: Any) -> NoReturn:
        raise self._error


library_path = Path()
library: Any
try:
    library_path = _find()
    library = _load(library_path)
except ImportError as error:
    # The command, or `python -m swiftresample` while it is looked for: this is imported before cli, which says it.
    if Path(sys.argv[0] if sys.argv else "").name not in ("swiftresample", "-m"):
        raise
    library = _Missing(error)
