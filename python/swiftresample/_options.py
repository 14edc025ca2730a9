"""Arguments as the library takes them, and those of PyTorch's interpolate as ``rsmp_interpolate_options``.

Only what C cannot see is checked here: the Python types, and whether a value fits into the structure.
"""

from __future__ import annotations

import ctypes
import functools
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, SupportsFloat, SupportsIndex, Union

import numpy as np

from ._library import as_int64
from ._modes import AXIS_MODES, MODES
from ._structures import MAX_SPATIAL_AXES, InterpolateOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typing_extensions import TypeAlias

    from ._modes import Mode

Size: TypeAlias = Union[SupportsIndex, Sequence[SupportsIndex], None]
ScaleFactor: TypeAlias = Union[SupportsFloat, Sequence[SupportsFloat], None]
Clamp: TypeAlias = Optional[tuple[Optional[SupportsFloat], Optional[SupportsFloat]]]

#: Of the output: for each spatial axis (start, stop), a slice, or None for all of it. A stop of None is the end.
Region: TypeAlias = Optional[Sequence[Union[tuple[SupportsIndex, Optional[SupportsIndex]], slice, None]]]

ExactSize: TypeAlias = Union[int, tuple[int, ...], None]
ExactScaleFactor: TypeAlias = Union[float, tuple[float, ...], None]
ExactClamp: TypeAlias = Optional[tuple[Optional[float], Optional[float]]]
ExactRegion: TypeAlias = Optional[tuple[Optional[tuple[int, Optional[int]]], ...]]

_ALIGN_CORNERS = {None: 0, False: 1, True: 2}
# Looked up by equality: what a cached plan's key takes for True is True here as well, 1 for instance.
_RECOMPUTE_SCALE_FACTOR = {None: 0, False: 0, True: 1}
_ANTIALIAS = {False: 0, True: 1}

_CLAMP_LOW = 1
_CLAMP_HIGH = 2


# ---- Exact values ----------------------------------------------------------------------------------------------------
# The arguments as ints, floats and tuples of them: hashable, and different whenever the arguments mean something else,
# which 2, 2.0 and True as a size do.


def exact_size(size: Size) -> ExactSize:
    """Return `size` as an int or a tuple of ints; raise TypeError for anything but integers."""
    if size is None or type(size) is int:
        return size
    entries = _entries(size)
    if not isinstance(entries, tuple):
        return _exact_integer("size", entries, size)
    return tuple(_exact_integer("size", entry, size) for entry in entries)


def exact_scale_factor(scale_factor: ScaleFactor) -> ExactScaleFactor:
    """Return `scale_factor` as a float or a tuple of floats; raise TypeError for anything but real numbers."""
    if scale_factor is None or type(scale_factor) is float:
        return scale_factor
    if type(scale_factor) is int and -(2**53) <= scale_factor <= 2**53:
        return float(scale_factor)
    entries = _entries(scale_factor)
    if not isinstance(entries, tuple):
        return _exact_number("scale_factor", entries, scale_factor)
    return tuple(_exact_number("scale_factor", entry, scale_factor) for entry in entries)


def exact_clamp(clamp: Clamp) -> ExactClamp:
    """Return `clamp` as a tuple of two bounds, each a float or None."""
    if clamp is None:
        return None
    bounds = _entries(clamp)
    if not isinstance(bounds, tuple):
        raise TypeError(f"clamp must be a pair (low, high), got {clamp!r}")
    if len(bounds) != 2:
        raise ValueError(f"clamp must be a pair (low, high), got {len(bounds)} entries")
    low, high = (None if bound is None else _exact_number("clamp", bound, clamp) for bound in bounds)
    return low, high


def exact_region(region: Region) -> ExactRegion:
    """Return `region` as a tuple with a pair for each axis, whose stop is None for the end, or None for all of it."""
    if region is None:
        return None
    entries = _entries(region)
    if not isinstance(entries, tuple):
        raise TypeError(f"region must have an entry for each spatial axis, got {region!r}")
    exact = tuple(_exact_range(entry, region) for entry in entries)
    return None if all(entry is None for entry in exact) and exact else exact


def _exact_range(entry: Any, region: object) -> tuple[int, int | None] | None:
    if entry is None or entry == slice(None):
        return None
    if isinstance(entry, slice):
        if entry.step not in (None, 1):
            raise ValueError(f"region has every sample between its bounds, got the step {entry.step!r}")
        bounds: Any = (0 if entry.start is None else entry.start, entry.stop)
    else:
        bounds = _entries(entry)
    if not isinstance(bounds, tuple) or len(bounds) != 2:
        raise TypeError(f"region must be made of pairs (start, stop), slices and None, got {region!r}")
    start = as_int64("region", _exact_integer("region", bounds[0], region))
    if bounds[1] is None:
        if start < 0:
            raise ValueError(f"region must begin within the output, got {region!r}")
        return None if start == 0 else (start, None)
    stop = as_int64("region", _exact_integer("region", bounds[1], region))
    # What else is wrong with it, the library knows: to it, 0 as the stop is the end.
    if start < 0 or stop <= start:
        raise ValueError(f"region must be made of parts of the output that are not empty, got {region!r}")
    return start, stop


def exact_shape(name: str, shape: Sequence[SupportsIndex]) -> tuple[int, ...]:
    """Return `shape` as a tuple of ints that fit into 64 bits."""
    entries = _entries(shape)
    if not isinstance(entries, tuple):
        raise TypeError(f"{name} must be a sequence of integers, got {shape!r}")
    return tuple(as_int64(name, _exact_integer(name, entry, shape)) for entry in entries)


def exact_number(name: str, value: SupportsFloat) -> float:
    """Return `value` as a float; raise TypeError for anything but a real number."""
    return _exact_number(name, value, value)


def exact_numbers(name: str, values: Sequence[SupportsFloat]) -> tuple[float, ...]:
    """Return `values` as a tuple of floats."""
    entries = _entries(values)
    if not isinstance(entries, tuple):
        raise TypeError(f"{name} must be a sequence of numbers, got {values!r}")
    return tuple(_exact_number(name, entry, values) for entry in entries)


def exact_integer(name: str, value: SupportsIndex) -> int:
    """Return `value` as an int that fits into 64 bits; raise TypeError for anything but an integer."""
    integer = _index(value)
    if integer is None:
        raise TypeError(f"{name} must be an integer, got {value!r}")
    return as_int64(name, integer)


def exact_per_axis(name: str, value: SupportsIndex | Sequence[SupportsIndex], axes: int) -> tuple[int, ...]:
    """Return `value`, one integer for all spatial axes or one each, as ints that fit into 64 bits.

    A sequence of one entry means all axes too, as in PyTorch; another number of them is the library's to refuse.
    """
    entries = _entries(value)
    if not isinstance(entries, tuple):
        entries = (_exact_integer(name, entries, value),)
    if not entries:
        raise ValueError(f"{name} must have an entry for each spatial axis, got an empty sequence")
    exact = tuple(as_int64(name, _exact_integer(name, entry, value)) for entry in entries)
    return exact * axes if len(exact) == 1 else exact


def kept(make: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function keep what it made of its last arguments, which must say all that it depends on.

    Arguments that are equal and of different types, 1 and 1.0 for instance, are different; not so within sequences.
    """
    cached = functools.lru_cache(maxsize=64, typed=True)(make)

    @functools.wraps(make)
    def made(*arguments: Any) -> Any:
        try:
            known = cached(*arguments)
        except TypeError:  # arguments that cannot be hashed, or that are refused: then it is said below
            known = None
        return make(*arguments) if known is None else known

    return made


def choice(name: str, value: object, meanings: dict[str, int]) -> int:
    """Return what the string `value` stands for, or raise."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a string, got {value!r}")
    if value not in meanings:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, meanings))}, got {value!r}")
    return meanings[value]


def exact_align_corners(value: Any) -> bool | None:
    """Return `align_corners` as None, False or True; raise TypeError for anything but truth values, 0 and 1 among them.

    PyTorch takes numbers for the other flags, whose truth it asks for, and for this one none.
    """
    if value is None or isinstance(value, (bool, np.bool_)):
        return None if value is None else bool(value)
    raise TypeError(f"align_corners must be {' or '.join(map(str, _ALIGN_CORNERS))}, got {value!r}")


def flag(name: str, value: Any, meanings: dict[Any, int]) -> int:
    """Return what a truth value or None stands for, or raise."""
    try:
        return meanings[value]
    except (KeyError, TypeError):
        raise TypeError(f"{name} must be {' or '.join(map(str, meanings))}, got {value!r}") from None


def _entries(value: Any) -> Any:
    """Return the entries of a sequence or an array as a tuple, and any other value unchanged."""
    if isinstance(value, (tuple, int, float)):  # nearly always; asking for a Sequence takes longer
        return value
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return tuple(value) if isinstance(value, Sequence) and not isinstance(value, (str, bytes)) else value


def _exact_integer(name: str, value: Any, argument: object) -> int:
    if type(value) is int:
        return value
    integer = _index(value)
    if integer is None:
        raise TypeError(f"{name} must be made of integers, got {argument!r}")
    return integer


def _index(value: Any) -> int | None:
    """Return `value` as an int, or None if it is not an integer; a truth value is not one."""
    try:
        is_truth = isinstance(value, (bool, np.bool_)) or str(getattr(value, "dtype", "")).endswith("bool")
        return None if is_truth else operator.index(value)
    except TypeError:
        return None


def _exact_number(name: str, value: Any, argument: object) -> float:
    try:
        if not isinstance(value, (str, bytes)):
            return float(value)
    except TypeError:
        pass
    except OverflowError:
        raise ValueError(f"{name} must fit into a float64, got {argument!r}") from None
    raise TypeError(f"{name} must be made of real numbers, got {argument!r}")


# ---- The options of interpolate --------------------------------------------------------------------------------------


class Options(NamedTuple):
    """The options of interpolate, exact where they are checked here: what a plan is made of beside shape and dtype."""

    size: Any
    scale_factor: Any
    mode: Any
    align_corners: Any
    recompute_scale_factor: Any
    antialias: Any
    clamp: Any = None
    region: Any = None

    def exact(self) -> Options:
        """Return the options with exact values, or raise."""
        return self._replace(
            size=exact_size(self.size),
            scale_factor=exact_scale_factor(self.scale_factor),
            clamp=exact_clamp(self.clamp),
            region=exact_region(self.region),
            align_corners=exact_align_corners(self.align_corners),
        )

    @property
    def known_mode(self) -> Mode:
        """What the mode is in the table; raises if it is not there."""
        return _mode(self.mode, MODES)

    def structure(self, ndim: int) -> InterpolateOptions:
        """Return the options, which are exact, as the library takes them for an input with `ndim` axes."""
        structure = InterpolateOptions(
            struct_size=ctypes.sizeof(InterpolateOptions),
            mode=self.known_mode.number,
            align_corners=_ALIGN_CORNERS[exact_align_corners(self.align_corners)],
            antialias=flag("antialias", self.antialias, _ANTIALIAS),
            recompute_scale_factor=flag("recompute_scale_factor", self.recompute_scale_factor, _RECOMPUTE_SCALE_FACTOR),
        )
        # Of too many entries the structure holds the first ones and their number: the library knows how many it wants.
        if self.size is not None:
            sizes = [as_int64("size", entry) for entry in _per_axis("size", self.size, ndim)]
            structure.size_count = len(sizes)
            structure.size = tuple(sizes[:MAX_SPATIAL_AXES])
        if self.scale_factor is not None:
            factors = _per_axis("scale_factor", self.scale_factor, ndim)
            structure.scale_factor_count = len(factors)
            structure.scale_factor = factors[:MAX_SPATIAL_AXES]
        low, high = self.clamp or (None, None)
        if low is not None:
            structure.clamp |= _CLAMP_LOW
            structure.clamp_low = low
        if high is not None:
            structure.clamp |= _CLAMP_HIGH
            structure.clamp_high = high
        if self.region is not None:
            axes = max(ndim - 2, 1)
            if len(self.region) != axes:
                raise ValueError(f"region must have {axes} entries for a {ndim}-D input, got {len(self.region)}")
            for axis, (start, stop) in enumerate(entry or (0, None) for entry in self.region[:MAX_SPATIAL_AXES]):
                structure.region_start[axis] = start
                structure.region_stop[axis] = stop or 0
        return structure


#: What ``Options(*fields)`` does, for a tuple of all eight, in a third of the time: it is part of every call.
as_options: Callable[[tuple[Any, ...]], Options] = functools.partial(tuple.__new__, Options)


def axis_structure(
    mode: str, align_corners: bool | None, scale_factor: SupportsFloat | None, antialias: bool
) -> InterpolateOptions:
    """Return the options of a single axis, for which `align_corners` False is what every mode does anyway."""
    known = _mode(mode, AXIS_MODES)
    structure = InterpolateOptions(
        struct_size=ctypes.sizeof(InterpolateOptions),
        mode=known.number,
        align_corners=_ALIGN_CORNERS[exact_align_corners(align_corners)],
        antialias=flag("antialias", antialias, _ANTIALIAS),
    )
    if not known.takes_align_corners and not align_corners:
        structure.align_corners = _ALIGN_CORNERS[None]
    if scale_factor is not None:
        structure.scale_factor_count = 1
        structure.scale_factor[0] = _exact_number("scale_factor", scale_factor, scale_factor)
    return structure


def _mode(name: object, modes: Mapping[str, Mode]) -> Mode:
    if not isinstance(name, str):
        raise TypeError(f"mode must be a string, got {name!r}")
    if name not in modes:
        raise NotImplementedError(f"mode must be one of {', '.join(map(repr, modes))}, got {name!r}")
    return modes[name]


def _per_axis(name: str, value: Any, ndim: int) -> tuple[Any, ...]:
    """Return one entry for each spatial axis, if `value` is one for all."""
    if isinstance(value, tuple):
        if not value:
            raise ValueError(f"{name} must have an entry for each spatial axis, got an empty tuple")
        return value
    return (value,) * max(ndim - 2, 1)  # a rank without spatial axes is the library's to refuse
