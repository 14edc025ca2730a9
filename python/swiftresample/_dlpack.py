"""Arrays of other libraries, by DLPack: their memory as NumPy arrays, and NumPy arrays as theirs.

NumPy's own ``from_dlpack`` has no bfloat16, and which of the others it has depends on its version: the structure in the
capsule is read here. No library is imported; those that an array comes from are there already.

References
----------
https://dmlc.github.io/dlpack/latest/c_api.html and python_spec.html.
"""

from __future__ import annotations

import ctypes
import sys
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from ._structures import Dtype, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray


class SupportsDLPack(Protocol):
    """What an array of any library has."""

    def __dlpack__(self, *arguments: Any, **options: Any) -> Any:
        """Return a capsule that holds a ``DLManagedTensor``."""

    def __dlpack_device__(self) -> tuple[Any, Any]:
        """Return the kind of the device and its number."""


# NumPy's annotations give __dlpack__ only to arrays of numbers.
ArrayT = TypeVar("ArrayT", bound="SupportsDLPack | NDArray[Any]")

# By NumPy's name, which is the same for either byte order, and all that is known of ml_dtypes' bfloat16 without
# importing it: RSMP_INT 0, RSMP_UINT 1, RSMP_FLOAT 2, RSMP_BFLOAT 4, RSMP_COMPLEX 5, RSMP_BOOL 6.
DTYPES = {
    "bool": Dtype(6, 8, 1),
    "int8": Dtype(0, 8, 1),
    "int16": Dtype(0, 16, 1),
    "int32": Dtype(0, 32, 1),
    "int64": Dtype(0, 64, 1),
    "uint8": Dtype(1, 8, 1),
    "uint16": Dtype(1, 16, 1),
    "uint32": Dtype(1, 32, 1),
    "uint64": Dtype(1, 64, 1),
    "float16": Dtype(2, 16, 1),
    "float32": Dtype(2, 32, 1),
    "float64": Dtype(2, 64, 1),
    "bfloat16": Dtype(4, 16, 1),
    "complex64": Dtype(5, 64, 1),
    "complex128": Dtype(5, 128, 1),
}
# And by DLPack's code, bits and lanes: what NumPy's array interface calls the bits.
_BITS = {
    (dtype.code, dtype.bits, dtype.lanes): np.dtype("uint16" if name == "bfloat16" else name).str
    for name, dtype in DTYPES.items()
}
_BFLOAT16 = 4

#: bfloat16 where ml_dtypes is not imported: its bits, under a name that no other array has.
BFLOAT16_BITS = np.dtype([("bfloat16", "=u2")])


def bfloat16() -> np.dtype[Any]:
    """Return the dtype of bfloat16: that of ml_dtypes if it is imported, since there is arithmetic for it."""
    ml_dtypes = sys.modules.get("ml_dtypes")
    return BFLOAT16_BITS if ml_dtypes is None else np.dtype(ml_dtypes.bfloat16)


# ---- To NumPy --------------------------------------------------------------------------------------------------------

# Memory that the processor reads: its own, and that which it shares with a device, PyTorch's "pinned" memory.
_ON_CPU = {1: "CPU", 3: "CUDA host", 11: "ROCm host"}
_ELSEWHERE = {
    2: "CUDA",
    4: "OpenCL",
    7: "Vulkan",
    8: "Metal",
    9: "VPI",
    10: "ROCm",
    13: "CUDA managed",
    14: "oneAPI",
    15: "WebGPU",
    16: "Hexagon",
    17: "MAIA",
    18: "Trainium",
}

# Libraries whose arrays are immutable, which their capsules do not say.
_IMMUTABLE = ("jax", "jaxlib", "tensorflow")

_READ_ONLY, _IS_COPIED = 1, 2  # DLPACK_FLAG_BITMASK_...


class _Versioned(ctypes.Structure):
    """``DLManagedTensorVersioned``; a ``DLManagedTensor`` begins with its tensor."""

    _fields_ = (
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("manager_ctx", ctypes.c_void_p),
        ("deleter", ctypes.c_void_p),
        ("flags", ctypes.c_uint64),
        ("tensor", Tensor),
    )


_name_of_capsule = ctypes.PYFUNCTYPE(ctypes.c_char_p, ctypes.py_object)(("PyCapsule_GetName", ctypes.pythonapi))
# Its second parameter is not declared: bytes, which ctypes passes as they are, take less time so.
address_in_capsule = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object)(("PyCapsule_GetPointer", ctypes.pythonapi))


class _Memory:
    """What NumPy makes an array of and keeps as long as that: the capsule, whose destructor gives the memory back."""

    __slots__ = ("__array_interface__", "capsule")

    def __init__(self, capsule: object, interface: dict[str, Any]) -> None:
        self.capsule = capsule
        self.__array_interface__ = interface


def is_foreign(value: object) -> bool:
    """Tell whether `value` is an array by DLPack, and not NumPy's."""
    kind = type(value)
    return hasattr(kind, "__dlpack__") and hasattr(kind, "__dlpack_device__") and not isinstance(value, np.ndarray)


def view(name: str, value: Any) -> NDArray[Any]:
    """Return the memory of `value`, which is an array by DLPack, as a NumPy array, or raise.

    The array is read-only where it is known that `value` must not be written, or is not what would be written.
    """
    capsule = _capsule(name, value)
    try:
        kind = _name_of_capsule(capsule)
    except ValueError:
        raise ValueError(f"{name} must give a DLPack capsule, got {type_name(capsule)}") from None
    writeable = True
    if kind == b"dltensor_versioned":
        versioned = _Versioned.from_address(address_in_capsule(capsule, kind))
        if versioned.major != 1:
            raise ValueError(f"{name} must have DLPack 1, got {versioned.major}.{versioned.minor}")
        writeable = not versioned.flags & (_READ_ONLY | _IS_COPIED)
        tensor = versioned.tensor
    elif kind == b"dltensor":
        tensor = Tensor.from_address(address_in_capsule(capsule, kind))
    else:
        text = "without a name" if kind is None else repr(kind.decode("utf-8", "replace"))
        raise ValueError(f"{name} must give an unused DLPack capsule, 'dltensor' or 'dltensor_versioned', got {text}")

    dtype = tensor.dtype
    code, size = dtype.code, dtype.bits // 8
    bits = _BITS.get((code, dtype.bits, dtype.lanes))
    if bits is None:
        raise unknown_dtype(
            getattr(value, "dtype", f"DLPack's code {code} of {dtype.bits} bits and {dtype.lanes} lanes")
        )
    ndim, strides = tensor.ndim, tensor.strides
    shape = tuple(tensor.shape[:ndim]) if ndim else ()
    if 0 in shape:  # nothing to share, and often nowhere: NumPy 1.24 takes no null pointer
        return np.empty(shape, bfloat16() if code == _BFLOAT16 else bits)
    if not tensor.data:
        raise ValueError(f"{name} must have memory, got {type_name(value)} that has none")
    interface = {
        "version": 3,
        "shape": shape,
        "typestr": bits,
        "data": (tensor.data + tensor.byte_offset, not writeable or _root(type(value)) in _IMMUTABLE),
        "strides": tuple([stride * size for stride in strides[:ndim]]) if strides else None,
    }
    array = np.asarray(_Memory(capsule, interface))
    return array.view(bfloat16()) if code == _BFLOAT16 else array


def _capsule(name: str, value: Any) -> object:
    """Return the capsule that `value` gives, or raise for what it refuses and for memory that the CPU cannot read."""
    try:
        kind, number = map(int, value.__dlpack_device__())
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        raise ValueError(f"{name} has no DLPack device: {error}") from error
    if kind not in _ON_CPU:
        device = _ELSEWHERE.get(kind, f"DLPack's kind {kind} of")
        raise ValueError(f"{name} must be in the memory of the CPU, got {type_name(value)} on {device} device {number}")
    # PyTorch's lazily negated tensors: it gives their memory away as though it held the values.
    if getattr(value, "is_neg", bool)():
        raise ValueError(f"{name} must hold its values, got a view that negates them: pass {name}.resolve_neg()")
    try:
        try:
            return value.__dlpack__(max_version=(1, 0))
        except TypeError:  # from before DLPack 1, which tells what is read-only
            return value.__dlpack__()
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        if getattr(value, "requires_grad", False) is True:
            raise ValueError(
                f"{name} must not require grad: use swiftresample.torch, which keeps the graph, or pass {name}.detach()"
            ) from error
        raise ValueError(f"{name} cannot be read by DLPack: {error}") from error


def unknown_dtype(dtype: object) -> TypeError:
    """Return the exception for a dtype that the library does not know."""
    return TypeError(
        f"dtype must be bool, an integer, float16, bfloat16, float32, float64, complex64 or complex128, got {dtype}"
    )


# ---- From NumPy ------------------------------------------------------------------------------------------------------

# What NumPy has no DLPack for: bfloat16, and bool before NumPy 1.25.
_NOT_GIVEN = "V" if np.lib.NumpyVersion(np.__version__) >= "1.25.0" else "Vb"

# Packages whose arrays are made by another module: JAX before it had __array_namespace__.
_NAMESPACES = {"jax": "jax.numpy", "jaxlib": "jax.numpy"}


def giver(name: str, value: Any) -> Callable[[Any], Any]:
    """Return a function that makes arrays of the kind of `value` of NumPy arrays of its dtype, or raise.

    In a tuple, the function does so with everything but None.
    """
    for namespace in _namespaces(value):
        from_dlpack = getattr(namespace, "from_dlpack", None)
        if from_dlpack is not None:
            break
    else:
        raise TypeError(
            f"{name} must be of a library that has from_dlpack, "
            f"got {type_name(value)}: pass numpy.from_dlpack({name}), or out"
        )

    def give(array: Any) -> Any:
        if type(array) is tuple:
            return tuple(entry if entry is None else give(entry) for entry in array)
        if array.dtype.kind in _NOT_GIVEN:
            return from_dlpack(array.view(f"i{array.itemsize}")).view(value.dtype)
        return from_dlpack(array)

    return give


def _namespaces(value: Any) -> Iterator[Any]:
    """Yield the modules that may have a ``from_dlpack`` for arrays like `value`."""
    if hasattr(value, "__array_namespace__"):
        yield value.__array_namespace__()
    for kind in type(value).__mro__:  # a subclass may be of the user's own
        root = _root(kind)
        yield sys.modules.get(_NAMESPACES.get(root, root))


def _root(kind: type) -> str:
    """Return the name of the package that a type comes from."""
    return kind.__module__.partition(".")[0]


def type_name(value: object) -> str:
    """Return the full name of the type of `value`."""
    return f"{type(value).__module__}.{type(value).__qualname__}"
