"""Labels of pixels from the logits of a segmentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._arrays import (
    as_array,
    as_dtype,
    as_lengths,
    check_output,
    dtype_code,
    execute,
    operands,
    shape_of,
    through_numpy,
)
from ._library import library
from ._memory import new_array
from ._options import Options

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from ._dlpack import ArrayT
    from ._options import Region, Size

_BYTE_LABELS = 256


def logits_to_labels(
    logits: ArrayT,
    size: Size,
    *,
    mode: str = "bilinear",
    align_corners: bool | None = None,
    antialias: bool = False,
    region: Region = None,
    dtype: DTypeLike | None = None,
    out: ArrayT | None = None,
) -> ArrayT:
    """Return the label of each pixel: the class whose logit is greatest once all logits are resampled.

    The labels are those of ``interpolate(logits, size, mode=mode, ...).argmax(1)``, bit for bit, in a small part of the
    time, and without the memory of the resampled logits: 4 MB of them are there at a time, or one row.

    Parameters
    ----------
    logits : numpy.ndarray, or any array on the CPU with ``__dlpack__``
        (N, C, H, W) with a channel for each of up to 2**24 classes: float16, bfloat16, float32 or float64, with any
        strides. Probabilities do as well.
    size : int or sequence of int
        Height and width of the labels in pixels, or one number for both.
    mode : str, optional
        ``"bilinear"``, ``"bicubic"``, ``"nearest"``, or any other that `interpolate` has for four axes.
    align_corners, antialias, region
        As for `interpolate`.
    dtype : data-type, optional
        That of the labels: uint8 for up to 256 classes, int32 or int64. None means uint8 where that is enough, and
        int32 otherwise. PyTorch's argmax makes int64, eight times as much to write and to read again.
    out : numpy.ndarray, optional
        Where to put the labels: an array of shape (N, *size) and one of these dtypes, which takes the place of `dtype`,
        with any strides that keep its elements apart, that does not overlap `logits`.

    Returns
    -------
    numpy.ndarray, or an array of the kind of `logits`
        (N, *size): `out`, or a new contiguous array. Of equal logits the first wins, and the first NaN over everything,
        as ``argmax`` has it.

    Raises
    ------
    ValueError
        For sizes, shapes and combinations that `interpolate` refuses, logits without channels, and an `out` that cannot
        be written.
    TypeError
        For anything but an array, logits that are not floating-point, dtypes that are no labels', or that have no room
        for as many classes, and arguments of the wrong type.
    NotImplementedError
        For logits that do not have four axes, and a mode that does not exist or does not fit.
    MemoryError
        If the labels and some rows of the resampled logits do not fit into memory.

    See Also
    --------
    interpolate : the resampled logits themselves.
    undo_mask : back onto the image that the network's input was made of.

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> logits = np.array([[[[4, 0]], [[1, 2]], [[0, 3]]]], dtype=np.float32)  # 3 classes, 1 x 2 pixels
    >>> sr.logits_to_labels(logits, (1, 6))
    array([[[0, 0, 0, 2, 2, 2]]], dtype=uint8)
    >>> sr.interpolate(logits, (1, 6), mode="bilinear").argmax(1)
    array([[[0, 0, 0, 2, 2, 2]]])
    """
    options = Options(size, None, mode, align_corners, None, antialias, None, region)
    return through_numpy(_labels, "logits", logits, options, dtype, out=out)


def _labels(
    logits: NDArray[Any], options: Options, dtype: DTypeLike | None, out: NDArray[Any] | None = None
) -> NDArray[Any]:
    (logits,) = operands(logits=logits)
    structure = options.exact().structure(logits.ndim)
    ndim, lengths, code = logits.ndim, as_lengths(logits.shape), dtype_code(logits.dtype)
    shape = shape_of(library.rsmp_logits_to_labels_shape, 3, ndim, lengths, code, structure)
    if out is None:
        result = new_array(shape, label_dtype(logits.shape[1], dtype))
    else:
        result = as_array("out", out)
        check_output(result, result.dtype.newbyteorder("=") if dtype is None else as_dtype(dtype))
    execute(library.rsmp_logits_to_labels, [logits], structure, outputs=[result])
    return result if out is None else out


def label_dtype(classes: int, dtype: DTypeLike | None) -> np.dtype[Any]:
    """Return the dtype of the labels of that many classes, which `dtype` may name."""
    if dtype is not None:
        return as_dtype(dtype)
    return np.dtype(np.uint8 if classes <= _BYTE_LABELS else np.int32)
