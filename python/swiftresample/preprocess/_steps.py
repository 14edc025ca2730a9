"""The steps of a preprocessing, checked, as the library takes them."""

from __future__ import annotations

import ctypes
import dataclasses
from typing import TYPE_CHECKING, Any

from .._modes import MODES
from .._options import choice, exact_integer, exact_number, exact_numbers, exact_per_axis, flag
from .._structures import PreprocessOptions

if TYPE_CHECKING:
    from .._structures import Dtype

_CONVENTIONS = {"pytorch": 0, "pillow": 1}
_EDGE_ROUNDINGS = {"down": 0, "half_up": 1, "half_to_even": 2, "half_to_even_quotient": 3}
_ANCHORS = {"top_left": 0, "center": 1, "center_cut_off": 2, "center_down": 3}
_AT = 4
_ALPHA = {"drop": 0, "white": 1, "refuse": 2}
_BORDERS = {"constant": 0, "edge": 2}
_FILL_VALUE = 1
_ARITHMETIC = {"wide_product": 0, "fused": 1, "quotient": 2, "product": 3}
_MEMORY_FORMATS = {"channels_first": 0, "channels_last": 1}
_FLAGS = {False: 0, True: 1}
# rsmp_preprocess_options.resize
_EXACT, _SHORTEST, _SHORTEST_ROUNDED, _LONGEST, _WITHIN, _COVERING = range(1, 7)
# rsmp_preprocess_options.canvas
_CROP, _PAD, _LARGEST = range(1, 4)
_COLOURS = 3


@dataclasses.dataclass(frozen=True)
class Steps:
    """What `Preprocess` takes, and what configurations say beyond it.

    Attributes
    ----------
    covering : (int, int) or None
        Height and width that every image covers when it is resized, no larger than it has to be.
    edge_multiple : int or None
        Not None: the shorter edge is rounded where the longest edge decides, as DETR does it, and both edges are cut
        off to a multiple.
    """

    size: Any = None
    shortest_edge: Any = None
    longest_edge: Any = None
    within: Any = None
    crop: Any = None
    mode: Any = "bilinear"
    antialias: Any = True
    convention: Any = "pytorch"
    rescale: Any = 1 / 255
    mean: Any = None
    std: Any = None
    dtype: Any = "float32"
    memory_format: Any = "channels_first"
    pad: Any = None
    multiple: Any = 1
    anchor: Any = None
    edge_rounding: Any = "down"
    fill: Any = None
    fill_value: Any = None
    border: Any = "constant"
    alpha: Any = "drop"
    channels: Any = None
    reverse_channels: Any = False
    arithmetic: Any = "quotient"
    covering: Any = None
    edge_multiple: Any = None

    def __post_init__(self) -> None:
        """Give what is a sequence the form of a tuple."""
        self._set("size", _size(self.size))
        for name in ("within", "covering"):
            if getattr(self, name) is not None:
                self._set(name, exact_per_axis(name, getattr(self, name), 2))
        if self.crop is not None:
            self._set("crop", _box(self.crop))
        if self.pad is not None and not isinstance(self.pad, str):
            self._set("pad", exact_per_axis("pad", self.pad, 2))
        for name in ("mean", "std", "fill", "fill_value"):
            self._set(name, _per_channel(name, getattr(self, name)))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def __str__(self) -> str:
        """Return what differs from the defaults, as arguments."""
        return ", ".join(
            f"{field.name}={getattr(self, field.name)!r}"
            for field in dataclasses.fields(self)
            if getattr(self, field.name) != field.default
        )

    def structure(self, dtype: Dtype) -> PreprocessOptions:
        """Return the steps as the library takes them, or raise."""
        options = PreprocessOptions(
            struct_size=ctypes.sizeof(PreprocessOptions),
            convention=choice("convention", self.convention, _CONVENTIONS),
            mode=choice("mode", self.mode, {name: mode.number for name, mode in MODES.items()}),
            antialias=flag("antialias", self.antialias, _FLAGS),
            edge_rounding=choice("edge_rounding", self.edge_rounding, _EDGE_ROUNDINGS),
            alpha=choice("alpha", self.alpha, _ALPHA),
            border=choice("border", self.border, _BORDERS),
            reverse_channels=flag("reverse_channels", self.reverse_channels, _FLAGS),
            channels_last=choice("memory_format", self.memory_format, _MEMORY_FORMATS),
            arithmetic=choice("arithmetic", self.arithmetic, _ARITHMETIC),
            dtype=dtype,
            canvas_multiple=_multiple("multiple", self.multiple),
            rescale=_rescale(self.rescale),
        )
        self._resize(options)
        self._canvas(options)
        self._numbers(options)
        return options

    def _resize(self, options: PreprocessOptions) -> None:
        given = [name for name in ("size", "within", "covering") if getattr(self, name) is not None]
        if self.shortest_edge is not None or self.longest_edge is not None:
            given.append("shortest_edge" if self.shortest_edge is not None else "longest_edge")
        if len(given) > 1:
            raise ValueError(f"{given[0]} and {given[1]} exclude one another")
        if self.size is not None:
            options.resize, (options.height, options.width) = _EXACT, self.size
        elif self.within is not None:
            options.resize, (options.height, options.width) = _WITHIN, _two("within", self.within)
        elif self.covering is not None:
            options.resize, (options.height, options.width) = _COVERING, _two("covering", self.covering)
        if self.longest_edge is not None:
            options.resize, options.longest_edge = _LONGEST, _edge("longest_edge", self.longest_edge)
        if self.shortest_edge is not None:
            options.resize, options.shortest_edge = _SHORTEST, _edge("shortest_edge", self.shortest_edge)
            if self.edge_multiple is not None:
                options.resize = _SHORTEST_ROUNDED
                options.edge_multiple = _multiple("edge_multiple", self.edge_multiple)

    def _canvas(self, options: PreprocessOptions) -> None:
        if self.crop is not None and self.pad is not None:
            raise ValueError("crop and pad exclude one another")
        if self.crop is not None:
            options.canvas, (options.canvas_height, options.canvas_width) = _CROP, self.crop[-2:]
        elif isinstance(self.pad, str):
            options.canvas = choice("pad", self.pad, {"largest": _LARGEST})
        elif self.pad is not None:
            options.canvas, (options.canvas_height, options.canvas_width) = _PAD, _two("pad", self.pad)
        if self.crop is not None and len(self.crop) == 4:
            if self.anchor is not None:
                raise ValueError("anchor is for a crop without top and left")
            options.anchor, (options.top, options.left) = _AT, self.crop[:2]
        else:
            default = "top_left" if self.crop is None else "center"
            options.anchor = choice("anchor", default if self.anchor is None else self.anchor, _ANCHORS)

    def _numbers(self, options: PreprocessOptions) -> None:
        if (self.mean is None) != (self.std is None):
            raise ValueError("mean and std are given together")
        if self.mean is not None:
            options.normalize = 1
            options.mean, options.std = _filled(self.mean), _filled(self.std)
        if self.fill is not None and self.fill_value is not None:
            raise ValueError("fill and fill_value exclude one another")
        if self.fill is not None:
            options.fill = _filled(self.fill)
        elif self.fill_value is not None:
            options.fill = _filled(self.fill_value)
            if options.border == _BORDERS["constant"]:
                options.border = _FILL_VALUE
        counts = {len(value) for value in (self.mean, self.std, self.fill, self.fill_value) if value is not None} - {1}
        if self.channels is not None:
            counts.add(exact_integer("channels", self.channels))
        if len(counts) > 1:
            raise ValueError(f"mean, std, fill and channels disagree about the number of channels: {sorted(counts)}")
        for count in counts:
            options.channels = min(max(count, -1), _COLOURS + 1)  # which the library refuses as well


def _size(value: Any) -> tuple[int, ...] | None:
    if value is None:
        return None
    entries = exact_per_axis("size", value, 1)
    if len(entries) != 2:
        raise ValueError(f"size must be a height and a width, got {value!r}; shortest_edge keeps proportions")
    return entries


def _two(name: str, entries: tuple[int, ...]) -> tuple[int, ...]:
    if len(entries) != 2:
        raise ValueError(f"{name} must be one length or a height and a width, got {entries!r}")
    return entries


def _box(value: Any) -> tuple[int, ...]:
    entries = exact_per_axis("crop", value, 2)
    if len(entries) not in (2, 4):
        raise ValueError(f"crop must be (height, width) or (top, left, height, width), got {value!r}")
    return entries


def _edge(name: str, value: Any) -> int:
    edge = exact_integer(name, value)
    if edge < 1:  # to the library 0 is "not given"
        raise ValueError(f"{name} must be at least 1, got {edge}")
    return edge


def _multiple(name: str, value: Any) -> int:
    multiple = _edge(name, value)
    return multiple if multiple > 1 else 0


def _rescale(value: Any) -> float:
    factor = exact_number("rescale", value)
    if factor == 0:  # to the library "not given"
        raise ValueError("rescale must be positive, got 0")
    return factor


def _per_channel(name: str, value: Any) -> tuple[float, ...] | None:
    if value is None:
        return None
    if not hasattr(value, "__len__"):
        return (exact_number(name, value),)
    numbers = exact_numbers(name, value)
    if len(numbers) not in (1, 3):
        raise ValueError(f"{name} must be one number or have 1 or 3 entries, got {len(numbers)}")
    return numbers


def _filled(numbers: tuple[float, ...]) -> tuple[float, ...]:
    """Return an entry for each channel that there may be."""
    return (*numbers, *numbers[-1:] * _COLOURS)[:_COLOURS]
