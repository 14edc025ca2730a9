"""What every layer has: parameters, parts, and their dotted names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._arrays import as_array, as_dtype, dtype_code
from .._dlpack import is_foreign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


class IncompatibleKeys(NamedTuple):
    """The names that `Module.load_state_dict` was not given, and those that the layer does not have.

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> sr.nn.Conv2d(3, 8, 1).load_state_dict({"bias": np.zeros(8), "scale": np.ones(8)}, strict=False)
    IncompatibleKeys(missing_keys=['weight'], unexpected_keys=['scale'])
    """

    missing_keys: list[str]
    unexpected_keys: list[str]


class Module:
    """The base of all layers, as ``torch.nn.Module`` is [1]_.

    An attribute that is an array is a parameter, and one that is a `Module` is a part, under the attribute's name; one
    whose name begins with an underscore is neither. Arrays, of whatever library, are kept as read-only copies by NumPy:
    a parameter is changed by assigning another array, and never by writing into it.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> class Gain(sr.nn.Module):
    ...     def __init__(self, gain):
    ...         super().__init__()
    ...         self.gain = np.asarray(gain)
    ...
    ...     def forward(self, input):
    ...         return input * self.gain
    >>> layer = Gain(2.0)
    >>> layer(np.ones(3))
    array([2., 2., 2.])
    >>> layer.load_state_dict({"gain": 5.0})
    IncompatibleKeys(missing_keys=[], unexpected_keys=[])
    >>> layer.state_dict()
    {'gain': array(5.)}
    """

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute; an array is copied, so that it changes only by assignment."""
        if is_foreign(value) and not name.startswith("_"):
            value = as_array(name, value)
        if isinstance(value, np.ndarray):
            value = value.copy()
            value.flags.writeable = False
        super().__setattr__(name, value)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Set the attributes of a copy, or of one unpickled."""
        for name, value in state.items():
            setattr(self, name, value)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Return what `forward` gives."""
        return self.forward(*arguments, **options)

    def forward(self, *arguments: Any, **options: Any) -> Any:
        """Compute the layer; each has its own."""
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    # ---- Parameters --------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the parameters, those of the parts included, under their dotted names in PyTorch's order.

        Returns
        -------
        dict of str to numpy.ndarray
            The layer's own read-only arrays, not copies.
        """
        return {name: getattr(owner, attribute) for name, owner, attribute in self._parameters()}

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> IncompatibleKeys:
        """Replace the parameters by copies of the values given under their dotted names.

        Parameters
        ----------
        state_dict : mapping of str to array_like
            Arrays of any library, such as the tensors on the CPU of PyTorch's own ``state_dict()``, or what
            ``numpy.asarray`` takes. Each keeps its dtype, which becomes the parameter's.
        strict : bool, optional
            Whether there must be a value for every parameter and for nothing else.

        Returns
        -------
        IncompatibleKeys
            The names of `missing_keys` and `unexpected_keys`, both empty if `strict`.

        Raises
        ------
        ValueError
            For names that are missing or unexpected, if `strict`, and for shapes other than the parameters', `strict`
            or not. No parameter is changed then.
        TypeError
            For anything but a mapping, and values of a dtype that the library does not know.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"state_dict must be a mapping of names to arrays, got {type(state_dict).__qualname__}")
        parameters = {name: (owner, attribute) for name, owner, attribute in self._parameters()}
        keys = IncompatibleKeys(
            missing_keys=[name for name in parameters if name not in state_dict],
            unexpected_keys=[name for name in state_dict if name not in parameters],
        )
        arrays = {name: _array(name, state_dict[name]) for name in parameters if name in state_dict}
        problems = []
        if strict and keys.missing_keys:
            problems.append(f"missing {', '.join(keys.missing_keys)}")
        if strict and keys.unexpected_keys:
            problems.append(f"unexpected {', '.join(map(str, keys.unexpected_keys))}")
        for name, array in arrays.items():
            owner, attribute = parameters[name]
            shape = getattr(owner, attribute).shape
            if array.shape != shape:
                problems.append(f"{name} must have shape {shape}, got {array.shape}")
        if problems:
            raise ValueError(f"state_dict does not fit {type(self).__name__}: {'; '.join(problems)}")
        for name, array in arrays.items():
            try:
                dtype_code(as_dtype(array.dtype))
            except TypeError as error:
                raise TypeError(f"{name}: {error}") from None
        for name, array in arrays.items():
            owner, attribute = parameters[name]
            setattr(owner, attribute, array.astype(as_dtype(array.dtype), copy=False))
        return keys

    def _parameters(self, prefix: str = "") -> Iterator[tuple[str, Module, str]]:
        """Yield the dotted name of each parameter, the module that has it, and its name there."""
        for name, value in self._public():
            if isinstance(value, np.ndarray):
                yield prefix + name, self, name
        for name, part in self._parts():
            yield from part._parameters(f"{prefix}{name}.")

    def _parts(self) -> Iterator[tuple[str, Module]]:
        for name, value in self._public():
            if isinstance(value, Module):
                yield name, value

    def _public(self) -> list[tuple[str, Any]]:
        return [(name, value) for name, value in vars(self).items() if not name.startswith("_")]

    # ---- Description -------------------------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """Return what `repr` shows between the parentheses, apart from the parts."""
        return ""

    def __repr__(self) -> str:
        """Describe the layer and its parts, as PyTorch does."""
        own = self.extra_repr()
        parts = [f"({name}): {part!r}".replace("\n", "\n  ") for name, part in self._parts()]
        if not parts:
            return f"{type(self).__name__}({own})"
        return "\n  ".join([f"{type(self).__name__}(", *([own] if own else []), *parts]) + "\n)"


def _array(name: str, value: Any) -> NDArray[Any]:
    """Return `value`, an array of any library or what ``numpy.asarray`` takes, as an array."""
    return as_array(name, value) if is_foreign(value) else np.asarray(value)
