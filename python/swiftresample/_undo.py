"""Back from the input of a network onto the image that it was made of: boxes and masks."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ._arrays import as_dtype, through_numpy
from ._interpolate import interpolate
from ._labels import label_dtype, logits_to_labels
from ._memory import new_array
from ._options import exact_integer

if TYPE_CHECKING:
    from typing import SupportsIndex

    from numpy.typing import DTypeLike, NDArray

    from ._dlpack import ArrayT


@dataclasses.dataclass(frozen=True)
class Placement:
    """Where an image went when it was made the input of a network: resized, then cropped or padded to a canvas.

    Pixel (y, x) of the canvas is pixel (y + top, x + left) of the resized image, if that has one.

    Attributes
    ----------
    height, width : int
        Of the image, in pixels.
    resized_height, resized_width : int
        What it was resized to.
    top, left : int
        Where the canvas begins in the resized image: negative where there is padding before it.
    canvas_height, canvas_width : int
        Of the network's input.

    Raises
    ------
    ValueError
        For lengths below 1.
    TypeError
        For anything but integers.

    Examples
    --------
    >>> import swiftresample as sr
    >>> letterbox = sr.Placement(1080, 1920, 288, 512, -112, 0, 512, 512)  # 1080p in the middle of 512 x 512
    >>> sr.undo_boxes([0, 112, 512, 400], letterbox)
    array([   0.,    0., 1920., 1080.])
    """

    height: int
    width: int
    resized_height: int
    resized_width: int
    top: int
    left: int
    canvas_height: int
    canvas_width: int

    def __post_init__(self) -> None:
        """Check the fields."""
        for field in dataclasses.fields(self):
            value = exact_integer(field.name, getattr(self, field.name))
            if value < 1 and field.name not in ("top", "left"):
                raise ValueError(f"{field.name} must be at least 1, got {value}")
            object.__setattr__(self, field.name, value)


class _Part(NamedTuple):
    """What a mask has of an image along an axis: its pixels, those that they cover, and which of these are inside."""

    pixels: slice
    covered: tuple[int, int]
    inside: tuple[int, int]

    @classmethod
    def of(cls, start: int, canvas: int, original: int, resized: int, pixels: int) -> _Part:
        """Return the part where the canvas begins at `start` of the resized image, and the mask has `pixels` pixels."""

        def undone(pixel: int) -> int:  # rounded to a whole pixel
            return (2 * (pixel * canvas + start * pixels) * original + pixels * resized) // (2 * pixels * resized)

        first = max(0, -start * pixels // canvas)
        last = min(pixels, -((start - resized) * pixels // canvas))
        lower, upper = undone(first), undone(last)
        return cls(slice(first, last), (lower, upper), (max(lower, 0), min(upper, original)))

    @property
    def is_empty(self) -> bool:
        return self.pixels.start >= self.pixels.stop or self.inside[0] >= self.inside[1]

    @property
    def length(self) -> int:
        return self.covered[1] - self.covered[0]

    @property
    def region(self) -> tuple[int, int]:
        """The part of what is covered that is inside."""
        return self.inside[0] - self.covered[0], self.inside[1] - self.covered[0]


def undo_boxes(boxes: Any, placement: Placement) -> NDArray[Any]:
    """Return boxes on the image that were found on the network's input.

    Parameters
    ----------
    boxes : array_like
        (..., 4): left, upper, right and lower edge in pixels of the canvas; 0 is the edge of the first pixel.
    placement : Placement
        Where the image went.

    Returns
    -------
    numpy.ndarray
        The boxes in pixels of the image, within its edges: of the floating-point dtype of `boxes`, float64 for
        integers. They are computed in float64; NaN stays.

    Raises
    ------
    ValueError
        If the last axis does not have four entries.
    TypeError
        For boxes that are no real numbers.

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> crop = sr.Placement(480, 640, 256, 341, 16, 58, 224, 224)  # the middle of what is resized to 256
    >>> sr.undo_boxes(np.array([[0, 0, 224, 224]], np.float32), crop).round(1)
    array([[108.9,  30. , 529.3, 450. ]], dtype=float32)
    """
    array = np.asarray(boxes)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"boxes must be real numbers, got {array.dtype}")
    if array.ndim == 0 or array.shape[-1] != 4:
        raise ValueError(f"boxes must have the shape (..., 4), got {array.shape}")
    where = _known(placement)
    size = np.array((where.width, where.height) * 2)
    resized = np.array((where.resized_width, where.resized_height) * 2)
    undone = (array.astype(np.float64) + np.array((where.left, where.top) * 2)) * size / resized
    result: NDArray[Any] = np.clip(undone, 0, size).astype(array.dtype if array.dtype.kind == "f" else np.float64)
    return result


def undo_mask(
    mask: ArrayT,
    placement: Placement,
    *,
    mode: str | None = None,
    fill: SupportsIndex = 255,
    dtype: DTypeLike | None = None,
) -> ArrayT:
    """Return the labels of an image's pixels that a network gave those of its input.

    The grid of the mask covers the canvas, with as many pixels or fewer. Pixels of padding alone are cut off; the
    others are resized to the whole pixels of the image that they cover, and those inside it are computed.

    Parameters
    ----------
    mask : numpy.ndarray
        Labels (H, W) or (N, H, W), integers or bool; or logits (C, H, W) or (N, C, H, W), floating-point, with a
        channel for each class. Any strides.
    placement : Placement
        Where the image, or each of them, went.
    mode : str, optional
        Of `interpolate` for labels, ``"nearest-exact"`` or ``"nearest"``; of `logits_to_labels` for logits, where None
        means ``"bilinear"``. For labels it means ``"nearest-exact"``.
    fill : int, optional
        The label of pixels that are not on the canvas.
    dtype : data-type, optional
        Of the labels of logits, as for `logits_to_labels`; labels keep theirs.

    Returns
    -------
    numpy.ndarray
        (height, width) or (N, height, width) of the image.

    Raises
    ------
    ValueError
        For masks of other ranks or without pixels, modes that make other labels of labels, and a fill that the dtype
        does not have.
    TypeError
        For anything but an array, a dtype for labels, and arguments of the wrong type.
    NotImplementedError, MemoryError
        As `interpolate`.

    See Also
    --------
    undo_boxes : the same for boxes.

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> letterbox = sr.Placement(2, 4, 1, 2, -1, 0, 3, 2)  # a row of padding before and after the image
    >>> sr.undo_mask(np.array([[9, 9], [1, 2], [9, 9]], np.uint8), letterbox)
    array([[1, 1, 2, 2],
           [1, 1, 2, 2]], dtype=uint8)
    """
    return through_numpy(_undo_mask, "mask", mask, placement, mode, fill, dtype)


def _undo_mask(
    mask: NDArray[Any], placement: Placement, mode: str | None, fill: SupportsIndex, dtype: DTypeLike | None
) -> NDArray[Any]:
    where = _known(placement)
    is_logits = mask.dtype.kind not in "iub"
    axes = 3 if is_logits else 2
    if mask.ndim not in (axes, axes + 1):
        shapes = "(C, H, W) or (N, C, H, W)" if is_logits else "(H, W) or (N, H, W)"
        raise ValueError(f"{'logits' if is_logits else 'labels'} must be {shapes}, got shape {mask.shape}")
    if 0 in mask.shape[-2:]:
        raise ValueError(f"mask must have pixels, got shape {mask.shape}")
    if is_logits:
        logits = mask if mask.ndim == 4 else mask[None]
        labels = label_dtype(logits.shape[1], dtype)
    else:
        if dtype is not None:
            raise TypeError("labels keep their dtype: dtype is for logits")
        if mode not in (None, "nearest", "nearest-exact"):
            raise ValueError(f"labels are resized by 'nearest' or 'nearest-exact', got {mode!r}")
        logits = mask[None, None] if mask.ndim == 2 else mask[:, None]
        labels = as_dtype(mask.dtype)
    value = exact_integer("fill", fill)
    with np.errstate(all="ignore"):
        if int(np.array(value).astype(labels)) != value:
            raise ValueError(f"fill must be a value of {labels}, got {value}")
    result = new_array((logits.shape[0], where.height, where.width), labels)
    height, width = logits.shape[2:]
    rows = _Part.of(where.top, where.canvas_height, where.height, where.resized_height, height)
    columns = _Part.of(where.left, where.canvas_width, where.width, where.resized_width, width)
    part = result[:, slice(*rows.inside), slice(*columns.inside)]
    if part.shape != result.shape:
        result[...] = value
    if not (rows.is_empty or columns.is_empty):
        seen, size = logits[:, :, rows.pixels, columns.pixels], (rows.length, columns.length)
        region = (rows.region, columns.region)
        if is_logits:
            logits_to_labels(seen, size, mode=mode or "bilinear", region=region, out=part)
        else:
            interpolate(seen, size, mode=mode or "nearest-exact", region=region, out=part[:, None])
    return result if mask.ndim > axes else result[0]


def _known(placement: Placement) -> Placement:
    if not isinstance(placement, Placement):
        raise TypeError(f"placement must be a Placement, got {placement!r}")
    return placement
