"""Attributes of ONNX's operators, as the types that they have there."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._options import exact_integer, exact_numbers, exact_shape


def flag(name: str, value: Any) -> int:
    """Return an attribute that is 0 or 1, or raise."""
    integer = int(value) if isinstance(value, (bool, np.bool_)) else exact_integer(name, value)
    if integer not in (0, 1):
        raise ValueError(f"{name} must be 0 or 1, got {value!r}")
    return integer


def integers(name: str, values: Any) -> tuple[int, ...]:
    """Return the entries of an attribute as ints that fit into 64 bits, none for None, or raise."""
    return () if values is None else exact_shape(name, values)


def numbers(name: str, values: Any) -> tuple[float, ...]:
    """Return the entries of an attribute as floats, none for None, or raise."""
    return () if values is None else exact_numbers(name, values)
