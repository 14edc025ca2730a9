"""Functions of PyTorch that run something else while a thread asks for it.

A ``TorchFunctionMode`` would do the same, but wherever there is one PyTorch does without its fast paths. Here nothing
is touched but the functions themselves, each in one of two ways:

- A function in Python stays the object that everybody has imported. It is given its own code again, in which the names
  of the functions that it ends in lead to others. PyTorch's checks of its arguments stay in place.
- For a function in C a `StandIn` takes its place in the modules that have it. It equals the function, has its type and
  attributes, and is pickled, compiled and scripted as the function.
"""

from __future__ import annotations

import inspect
import os
import threading
from typing import TYPE_CHECKING, Any, Callable

import torch
from torch.overrides import handle_torch_function

from ._tensors import is_compiling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

_PREFIX = "_swiftresample_"
_is_mode_enabled = torch._C._is_torch_function_mode_enabled

# Reentrant: a signal handler, or a finalizer, may enter while this very thread holds it. Each change can be repeated.
_lock = threading.RLock()


def _renew_lock() -> None:
    global _lock
    _lock = threading.RLock()


# Another thread may hold the lock when a child is forked, where only the thread that forked is left.
os.register_at_fork(after_in_child=_renew_lock)


class Thread:
    """How often a thread is inside."""

    depth = 0


class _Local(threading.local):
    def __init__(self) -> None:
        self.thread = Thread()


class Replacement:
    """Functions that are replaced together, from when the first thread enters until the last one leaves."""

    def __init__(self) -> None:
        self._parts: list[_Code | _Attributes] = []
        self._local = _Local()
        self._depth = 0  # of all threads
        os.register_at_fork(after_in_child=self._start_over)

    def enter(self) -> Thread:
        """Replace the functions for this thread; the result is for `leave`."""
        thread = self.thread
        with _lock:
            thread.depth += 1
            self._depth += 1
            for part in self._parts:
                part.replace()
        return thread

    def leave(self, thread: Thread) -> None:
        """End what the `enter` of `thread` began."""
        with _lock:
            thread.depth -= 1
            self._depth -= 1
            if self._depth == 0:
                for part in self._parts:
                    part.restore()

    def _start_over(self) -> None:
        self._depth = self.thread.depth
        if self._depth == 0:
            for part in self._parts:
                part.restore()

    @property
    def thread(self) -> Thread:
        """The thread that runs."""
        return self._local.thread

    # ---- What is replaced --------------------------------------------------------------------------------------------

    def add_code(self, function: Callable[..., Any], names: Mapping[str, tuple[Any, Any]]) -> None:
        """Have `function` find something else by some of its names.

        Parameters
        ----------
        function : callable
            A function in Python, or what wraps it. Where somebody has put another one in its place, which has none of
            the names, nothing is replaced.
        names : dict
            For the name of a global or an attribute, the module that has it, and what is to be found there instead.
        """
        function = inspect.unwrap(function)
        found = names.keys() & set(getattr(getattr(function, "__code__", None), "co_names", ()))
        if found:
            for name in found:
                module, value = names[name]
                setattr(module, _PREFIX + name, value)
            self._parts.append(_Code(function, found))

    def add_builtin(self, name: str, route: Callable[..., Any]) -> None:
        """Put a stand-in for the function of that name into ``torch`` and ``torch.nn.functional``."""
        call = self.routed(torch._C._VariableFunctions, name, route)
        function = getattr(torch._C._VariableFunctions, name)  # nobody replaces it here
        self._parts.append(_Attributes((torch, torch.nn.functional), StandIn(function, call, self._local)))

    def routed(self, module: Any, name: str, route: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that calls `route`, and the one in `module` for what `route` returns None for, or refuses.

        What others put into `module` is theirs.
        """
        local, original = self._local, getattr(module, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            function = getattr(module, name)
            if local.thread.depth and function is original and not is_compiling():
                try:
                    result = route(*args, **kwargs)
                except (TypeError, ValueError, NotImplementedError):
                    result = None  # PyTorch says what is wrong, or does what is not
                if result is not None:
                    return result
            return function(*args, **kwargs)

        return call


class _Code:
    """The code of a function in Python."""

    def __init__(self, function: Any, names: AbstractSet[str]) -> None:
        self._function = function
        self._original = function.__code__
        # Lines and all else stay.
        others = tuple(_PREFIX + name if name in names else name for name in self._original.co_names)
        self._replaced = self._original.replace(co_names=others)

    def replace(self) -> None:
        if self._function.__code__ is self._original:
            self._function.__code__ = self._replaced

    def restore(self) -> None:
        if self._function.__code__ is self._replaced:
            self._function.__code__ = self._original


class _Attributes:
    """An attribute of modules. What others have put there meanwhile is theirs, and stays."""

    def __init__(self, modules: Sequence[Any], stand_in: StandIn) -> None:
        self._modules = modules
        self._stand_in = stand_in
        self._name = stand_in.__wrapped__.__name__

    def replace(self) -> None:
        for module in self._modules:
            if getattr(module, self._name, None) is self._stand_in.__wrapped__:
                setattr(module, self._name, self._stand_in)

    def restore(self) -> None:
        for module in self._modules:
            if getattr(module, self._name, None) is self._stand_in:
                setattr(module, self._name, self._stand_in.__wrapped__)


class StandIn:
    """What a function in C is replaced by: all that can be asked of it is that function's.

    Parameters
    ----------
    function : builtin function
    call : callable
        What is called instead.
    local : _Local
        Whether the thread is inside.
    """

    def __init__(self, function: Any, call: Callable[..., Any], local: _Local) -> None:
        self.__wrapped__ = function
        self.__doc__ = function.__doc__
        self.__module__ = function.__module__
        self._call = call
        self._local = local
        self._torchdynamo_inline = function  # torch.compile looks into this one
        # torch.jit.script knows builtin functions by their address: stand-ins are never deleted.
        torch.jit._builtins._register_builtin(self, f"aten::{function.__name__}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, or what replaces it, after the modes that want to see each call."""
        if _is_mode_enabled() and self._local.thread.depth and not is_compiling():
            tensors = [value for value in (*args, *kwargs.values()) if isinstance(value, torch.Tensor)]
            return handle_torch_function(self, tensors, *args, **kwargs)
        return self._call(*args, **kwargs)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(self.__wrapped__)

    # Tables of PyTorch that are made on first use, inside the context perhaps, are asked outside it too.
    def __eq__(self, other: object) -> bool:
        return other is self or other is self.__wrapped__

    def __hash__(self) -> int:
        return hash(self.__wrapped__)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.__wrapped__.__reduce_ex__(protocol)

    def __repr__(self) -> str:
        return repr(self.__wrapped__)

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "__wrapped__"), name)
