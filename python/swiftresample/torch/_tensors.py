"""PyTorch tensors as ``rsmp_tensor``, and which of them may be handed over as they are."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import torch
from torch.autograd import forward_ad

from .._arrays import CPU, as_dtype, as_lengths
from .._dlpack import DTYPES, address_in_capsule, unknown_dtype
from .._library import library
from .._structures import Error, Tensor

if TYPE_CHECKING:
    import ctypes
    from collections.abc import Sequence

    import numpy as np

    from .._structures import Dtype

is_compiling = torch.compiler.is_compiling

# ---- Which tensors ---------------------------------------------------------------------------------------------------
# PyTorch's dispatcher goes by the keys of the tensors and of the thread. Where they are those of ordinary tensors in
# ordinary code, an operator of ours can be called without it. All else has another type or keys of its own: subclasses,
# fake and meta tensors, other devices, sparse, quantized and nested tensors, lazy conjugates and negatives, what
# functorch wraps, dispatch modes, tracing.

_Key = torch._C.DispatchKey


def _key_set(*keys: Any) -> int:
    result = torch._C.DispatchKeySet(keys[0])
    for key in keys[1:]:
        result = result | torch._C.DispatchKeySet(key)
    return int(result.raw_repr())


_PLAIN_TYPES = frozenset({torch.Tensor, torch.nn.Parameter})
_PLAIN_TENSORS = frozenset(
    {
        _key_set(_Key.CPU, _Key.AutocastCPU, _Key.ADInplaceOrView, _Key.AutogradCPU),
        _key_set(_Key.CPU, _Key.AutocastCPU),  # made in inference mode
    }
)
_PLAIN_THREADS = frozenset(
    {
        _key_set(_Key.BackendSelect, _Key.ADInplaceOrView),
        _key_set(_Key.BackendSelect),  # in inference mode
    }
)

_keys_of_tensor = torch._C._dispatch_keys
_keys_of_thread = torch._C._dispatch_tls_local_include_set
_is_grad_enabled = torch.is_grad_enabled


def is_plain(*tensors: torch.Tensor) -> bool:
    """Tell whether the operators may be called on `tensors` without PyTorch's dispatcher."""
    for tensor in tensors:
        if type(tensor) not in _PLAIN_TYPES or _keys_of_tensor(tensor).raw_repr() not in _PLAIN_TENSORS:
            return False
    return _keys_of_thread().raw_repr() in _PLAIN_THREADS


def needs_graph(*tensors: torch.Tensor) -> bool:
    """Tell whether autograd, backward or forward, has to know of an operation on `tensors`."""
    if forward_ad._current_level >= 0:
        return True
    if _is_grad_enabled():
        for tensor in tensors:
            if tensor.requires_grad:
                return True
    return False


def check_tensors(**arguments: object) -> None:
    """Raise unless the arguments are tensors of one device, that this library has something for."""
    first: Any = None
    for name, tensor in arguments.items():
        if not isinstance(tensor, torch.Tensor):
            kind = type(tensor)
            raise TypeError(f"{name} must be a torch.Tensor, got {kind.__module__}.{kind.__qualname__}")
        if tensor.device.type not in ("cpu", "meta"):
            raise ValueError(f"{name} must be on the CPU, got a tensor on {tensor.device}: move it with .cpu()")
        if tensor.layout != torch.strided:
            raise TypeError(f"{name} must be a strided tensor, got layout {tensor.layout}")
        if first is None:
            first = name, tensor
        elif tensor.device.type != first[1].device.type:
            raise ValueError(f"{name} must be on the device of {first[0]}, {first[1].device}, got {tensor.device}")


def check_truth(name: str, value: object) -> None:
    """Raise unless `value` is None, False or True; PyTorch takes no 0 for False, and no NumPy scalar."""
    if value is not None and type(value) is not bool:
        raise TypeError(f"{name} must be None or False or True, got {value!r}")


@functools.cache
def dtype_code(dtype: torch.dtype) -> Dtype:
    """Return the ``rsmp_dtype`` of `dtype`, or raise TypeError."""
    try:
        return DTYPES[str(dtype).partition(".")[2]]
    except KeyError:
        raise unknown_dtype(dtype) from None


@functools.cache
def numpy_dtype(dtype: torch.dtype) -> np.dtype[Any]:
    """Return the same dtype as NumPy has it, or raise TypeError."""
    dtype_code(dtype)
    return as_dtype(dtype)


def check_dtypes(**arguments: torch.Tensor) -> None:
    """Raise unless the tensors have one dtype, that the library knows."""
    first, dtype = next((name, tensor.dtype) for name, tensor in arguments.items())
    dtype_code(dtype)
    for name, tensor in arguments.items():
        if tensor.dtype != dtype:
            raise TypeError(f"{name} must have the dtype of {first}, {dtype}, got {tensor.dtype}")


# ---- Calls -----------------------------------------------------------------------------------------------------------
# As in _arrays: the DLPack capsule of a tensor holds the very structure that the library takes.

# Tensor.__dlpack__ refuses tensors that require a gradient, and takes 10 times as long.
to_capsule = torch._C._to_dlpack


def described(tensor: torch.Tensor) -> Tensor:
    """Return the ``rsmp_tensor`` of a tensor, without its address."""
    shape, strides = lengths(tensor.shape), lengths(tensor.stride())
    return Tensor(None, CPU, tensor.dim(), dtype_code(tensor.dtype), shape, strides, 0)


def execute(
    function: Any,
    inputs: Sequence[torch.Tensor | None],
    *arguments: Any,
    outputs: Sequence[torch.Tensor | None],
) -> None:
    """Call a function of the library that reads `inputs` and writes `outputs`; None is passed as NULL."""
    capsules = [None if tensor is None else to_capsule(tensor) for tensor in (*inputs, *outputs)]
    addresses = [None if capsule is None else address_in_capsule(capsule, b"dltensor") for capsule in capsules]
    limit = thread_limit()
    try:
        if limit:
            set_limit(limit, None)
        function(*addresses[: len(inputs)], *arguments, *addresses[len(inputs) :], Error())
    finally:
        if limit:
            set_limit(0, None)
    del capsules  # not before: they hold what the addresses are of


_library_threads = library.rsmp_get_num_threads
_torch_threads = torch.get_num_threads


#: Sets the limit for the thread that calls, or lifts it: calls on arrays are not PyTorch's concern. It is to be called
#: within ``try`` and ``finally``, where an interrupt comes after the call and not in between.
set_limit = library.rsmp_limit_threads


def thread_limit() -> int:
    """Return PyTorch's number of threads where the library would use more, otherwise 0."""
    threads: int = _torch_threads()
    return threads if threads < _library_threads() else 0


def lengths(values: Sequence[int]) -> ctypes.Array[ctypes.c_int64]:
    """Return `values` as an array of ``int64_t``."""
    return as_lengths(tuple(values))


def are_known(*values: Any) -> bool:
    """Tell whether all values are numbers: a compiler that traces an operator has symbols for some."""
    return all(isinstance(value, (int, float)) for value in values)


# ---- Derivatives, autocast and vmap ----------------------------------------------------------------------------------


def total(*terms: torch.Tensor | None) -> Any:
    """Return the sum of the terms that there are."""
    first, *others = (term for term in terms if term is not None)
    return sum(others, first)


def autocast_to_lower(*tensors: torch.Tensor | None) -> tuple[torch.Tensor | None, ...]:
    """Return `tensors` in autocast's dtype if it is on, as it does with convolutions."""
    if not torch.is_autocast_enabled("cpu"):
        return tensors
    return _cast(tensors, torch.get_autocast_dtype("cpu"))


def autocast_to_float32(*tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Return `tensors` in float32 if autocast is on, as it does with grid_sample."""
    return _cast(tensors, torch.float32) if torch.is_autocast_enabled("cpu") else tensors


def _cast(tensors: tuple[Any, ...], dtype: torch.dtype) -> tuple[Any, ...]:
    halves_and_float = (torch.float16, torch.bfloat16, torch.float32)  # what autocast touches: no float64
    return tuple(
        tensor.to(dtype) if isinstance(tensor, torch.Tensor) and tensor.dtype in halves_and_float else tensor
        for tensor in tensors
    )


def folded(tensor: torch.Tensor, dim: int | None, batch_size: int) -> torch.Tensor:
    """Return a tensor with the axis that vmap maps over, new if it has none, as part of its first axis."""
    batched = tensor.expand(batch_size, *tensor.shape) if dim is None else tensor.movedim(dim, 0)
    return batched.flatten(0, 1)


def unfolded(tensor: torch.Tensor, batch_size: int) -> torch.Tensor:
    """Return a tensor with that axis first again."""
    return tensor.unflatten(0, (batch_size, tensor.shape[0] // batch_size))
