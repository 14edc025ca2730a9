"""An array by DLPack alone, made of capsules of our own: whatever an exporter may do, and much that it must not."""

from __future__ import annotations

import ctypes
import gc
from typing import TYPE_CHECKING, Any

import numpy as np

from swiftresample._arrays import dtype_name
from swiftresample._dlpack import DTYPES, bfloat16
from swiftresample._structures import Device, Dtype, Tensor

if TYPE_CHECKING:
    from arrays import Array


class Managed(ctypes.Structure):
    """``DLManagedTensor``."""

    _fields_ = (("tensor", Tensor), ("manager_ctx", ctypes.c_void_p), ("deleter", ctypes.c_void_p))


class Versioned(ctypes.Structure):
    """``DLManagedTensorVersioned``."""

    _fields_ = (
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("manager_ctx", ctypes.c_void_p),
        ("deleter", ctypes.c_void_p),
        ("flags", ctypes.c_uint64),
        ("tensor", Tensor),
    )


_api = ctypes.pythonapi
_new = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)(("PyCapsule_New", _api))
# The destructor is given an object that dies: as an address, so that nobody counts references to it.
_is_valid = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p)(("PyCapsule_IsValid", _api))
_pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)(("PyCapsule_GetPointer", _api))

#: By address, the structures that were given away and not given back, with what they need.
alive: dict[int, tuple[Any, ...]] = {}
#: Addresses that were given back more than once.
twice: list[int] = []


@ctypes.CFUNCTYPE(None, ctypes.c_void_p)
def _delete(address: int) -> None:
    if alive.pop(address, None) is None:
        twice.append(address)


@ctypes.PYFUNCTYPE(None, ctypes.c_void_p)
def _destroy(capsule: int) -> None:
    """What DLPack asks of an exporter: a capsule that nobody has consumed calls the deleter."""
    for name, structure in ((b"dltensor", Managed), (b"dltensor_versioned", Versioned)):
        if _is_valid(capsule, name):
            address = _pointer(capsule, name)
            ctypes.CFUNCTYPE(None, ctypes.c_void_p)(structure.from_address(address).deleter)(address)


class Namespace:
    """The module of an array by DLPack."""

    @staticmethod
    def from_dlpack(array: Array) -> Exporter:
        """Make an array by DLPack of another, which is NumPy's here."""
        assert type(array) is np.ndarray
        array.__dlpack__()  # what NumPy does not give away would not arrive
        return Exporter(array)


class Anonymous:
    """An array by DLPack: that and nothing else."""

    def __init__(
        self,
        array: Array,
        *,
        device: tuple[int, int] = (1, 0),
        version: tuple[int, int] | None = (1, 0),
        flags: int = 0,
        name: bytes | None = None,
        dtype: tuple[int, int, int] | None = None,
        byte_offset: int = 0,
        has_shape: bool = True,
        has_strides: bool = True,
        has_data: bool = True,
    ) -> None:
        self.array = array
        self.device = device
        self.version = version
        self.flags = flags
        self.name = name
        self.code = dtype
        self.byte_offset = byte_offset
        self.has_shape = has_shape
        self.has_strides = has_strides
        self.has_data = has_data
        self.exports = 0

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.device

    def __dlpack__(self, **options: Any) -> Any:
        if self.version is None and options:
            raise TypeError(f"__dlpack__() got an unexpected keyword argument {next(iter(options))!r}")
        if options:
            assert options == {"max_version": (1, 0)}
        array = self.array
        lengths = ctypes.c_int64 * array.ndim
        shape = lengths(*array.shape) if self.has_shape else None
        strides = lengths(*[stride // array.itemsize for stride in array.strides]) if self.has_strides else None
        address = array.__array_interface__["data"][0] - self.byte_offset if self.has_data else None
        dtype = Dtype(*self.code) if self.code else DTYPES[dtype_name(array.dtype)]
        tensor = Tensor(address, Device(*self.device), array.ndim, dtype, shape, strides, self.byte_offset)
        deleter = ctypes.cast(_delete, ctypes.c_void_p)
        managed: Any
        if self.version is None:
            name, managed = b"dltensor", Managed(tensor, None, deleter)
        else:
            name, managed = b"dltensor_versioned", Versioned(*self.version, None, deleter, self.flags, tensor)
        name = name if self.name is None else self.name
        where = ctypes.addressof(managed)
        if name in (b"dltensor", b"dltensor_versioned"):
            alive[where] = (managed, shape, strides, self, name)
            destructor = ctypes.cast(_destroy, ctypes.c_void_p)
        else:
            destructor = None
        self.kept = (managed, name)  # the name must outlive the capsule
        self.exports += 1
        return _new(where, name, destructor)


class Exporter(Anonymous):
    """An array by DLPack that has a namespace and a dtype."""

    @property
    def dtype(self) -> Any:
        return "the exporter's bfloat16" if dtype_name(self.array.dtype) == "bfloat16" else self.array.dtype

    def view(self, dtype: Any) -> Exporter:
        """Take the bits for those of another dtype, as the arrays of all libraries with bfloat16 can."""
        if dtype == "the exporter's bfloat16":
            dtype = bfloat16()
        return Exporter(self.array.view(dtype))

    def __array_namespace__(self) -> Any:
        return Namespace


def nothing_is_left() -> bool:
    """Tell whether every structure was given back, and once."""
    if alive:  # only then: looking through all that PyTorch and JAX have takes longer than most tests
        gc.collect()
    return not alive and not twice
