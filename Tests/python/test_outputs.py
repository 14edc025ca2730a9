"""Whatever writes to `out` refuses one that does not fit, says why, and leaves it alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

import swiftresample as sr

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.memory

Shape = tuple[int, ...]


def ones(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float32)


class Call(NamedTuple):
    """A call that writes to `out`, and the shape that this has to have; all is float32."""

    run: Callable[[Any], Any]
    shape: Shape


IMAGE = ones(1, 2, 3, 5)

CALLS = {
    "interpolate, nearest": Call(lambda out: sr.interpolate(IMAGE, size=4, out=out), (1, 2, 4, 4)),
    "interpolate, bilinear": Call(lambda out: sr.interpolate(IMAGE, size=4, mode="bilinear", out=out), (1, 2, 4, 4)),
    "Plan, nearest": Call(lambda out: sr.Plan(IMAGE.shape, size=4)(IMAGE, out), (1, 2, 4, 4)),
    "Plan, bilinear": Call(lambda out: sr.Plan(IMAGE.shape, size=4, mode="bilinear")(IMAGE, out), (1, 2, 4, 4)),
    "interpolate_backward": Call(
        lambda out: sr.interpolate_backward(ones(1, 2, 6, 10), (1, 2, 3, 5), scale_factor=2, out=out), (1, 2, 3, 5)
    ),
    "pixel_shuffle": Call(lambda out: sr.pixel_shuffle(ones(1, 8, 3, 5), 2, out=out), (1, 2, 6, 10)),
    "pixel_unshuffle": Call(lambda out: sr.pixel_unshuffle(ones(1, 2, 6, 10), 2, out=out), (1, 8, 3, 5)),
    "conv_transpose1d": Call(lambda out: sr.conv_transpose1d(ones(1, 3, 5), ones(3, 2, 3), out=out), (1, 2, 7)),
    "conv_transpose2d": Call(
        lambda out: sr.conv_transpose2d(ones(1, 3, 5, 5), ones(3, 2, 3, 3), out=out), (1, 2, 7, 7)
    ),
    "conv_transpose3d": Call(
        lambda out: sr.conv_transpose3d(ones(1, 3, 2, 5, 5), ones(3, 2, 1, 3, 3), out=out), (1, 2, 2, 7, 7)
    ),
    "grid_sample": Call(lambda out: sr.grid_sample(IMAGE, ones(1, 6, 7, 2), out=out), (1, 2, 6, 7)),
    "carafe": Call(lambda out: sr.carafe(IMAGE, ones(1, 9, 6, 10), 3, 1, 2, out=out), (1, 2, 6, 10)),
}


def read_only(shape: Shape) -> np.ndarray:
    out = np.zeros(shape, np.float32)
    out.flags.writeable = False
    return out


def overlapping(shape: Shape) -> np.ndarray:
    """Rows that begin within the row before."""
    return as_strided(np.zeros(9999, np.float32), shape, (4,) * len(shape))


def of_shape(change: Callable[[Shape], Shape]) -> tuple[Callable[[Shape], np.ndarray], Any, str]:
    """A refusal of another shape, whose message names both."""
    return lambda shape: np.zeros(change(shape), np.float32), ValueError, "shape {shape}, got {found}"


#: What makes an `out` of the right shape, the exception, and what it says.
REFUSED: dict[str, tuple[Callable[[Shape], Any], Any, str]] = {
    "a list": (lambda _: [1.0], TypeError, "out must be a numpy.ndarray, got builtins.list"),
    "a masked array": (
        lambda shape: np.ma.masked_equal(np.zeros(shape, np.float32), 0),
        TypeError,
        "out must be an array without a mask",
    ),
    "another dtype": (np.zeros, TypeError, "out must have dtype float32, got float64"),
    "swapped bytes": (lambda shape: np.zeros(shape, ">f4"), TypeError, "out must have dtype float32, got >f4"),
    "read-only": (read_only, ValueError, "out must be writeable, got a read-only array"),
    "another length": of_shape(lambda shape: (*shape[:-1], shape[-1] + 1)),
    "another batch": of_shape(lambda shape: (2, *shape[1:])),
    "another rank": of_shape(lambda shape: shape[1:]),
    "no rank": of_shape(lambda _: ()),
    "too many axes": (lambda _: np.zeros((1,) * 9, np.float32), (ValueError, NotImplementedError), "got"),
    "broadcast": (
        lambda shape: as_strided(np.zeros(1, np.float32), shape, (0,) * len(shape)),
        ValueError,
        "share memory",
    ),
    "overlapping rows": (overlapping, ValueError, "share memory"),
    "a field of records": (
        lambda shape: np.zeros(shape, "u1,f4")["f1"],
        ValueError,
        "out must have strides in multiples of its 4 bytes, got {strides} bytes",
    ),
}


@pytest.mark.parametrize("refused", REFUSED)
@pytest.mark.parametrize("name", CALLS)
def test_an_out_that_does_not_fit_is_refused_and_left_alone(name: str, refused: str) -> None:
    call = CALLS[name]
    make, exception, message = REFUSED[refused]
    out = make(call.shape)
    before = np.array(out)
    facts = {"shape": call.shape, "found": np.shape(out), "strides": getattr(out, "strides", None)}
    with pytest.raises(exception, match=re.escape(message.format(**facts))):
        call.run(out)
    np.testing.assert_array_equal(np.array(out), before)


@pytest.mark.parametrize("name", CALLS)
def test_an_out_that_fits_is_written_and_returned(name: str) -> None:
    call = CALLS[name]
    out = np.full(call.shape, np.nan, np.float32)
    assert call.run(out) is out
    assert np.isfinite(out).all()
