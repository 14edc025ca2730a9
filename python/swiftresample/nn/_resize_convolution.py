"""Resizing followed by a convolution."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from .._interpolate import interpolate
from .._options import exact_scale_factor
from ._activation import as_wide
from ._arguments import feature_maps, of_any_kind
from ._convolution import Conv2d

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .._conv_transpose import PerAxis
    from .._options import ScaleFactor
    from ._convolution import Rng

#: From 41 on PyTorch's nearest, in float32, repeats some samples one time more or less than others.
_MOST_REPEATS = 40


class ResizeConv2d(Conv2d):
    """Resize an image, then convolve it: ``torch.nn.Upsample`` and ``torch.nn.Conv2d`` in one (Odena et al. [1]_).

    With mode ``"nearest"`` and whole factors s the enlarged image is never made. Each sample of the image meets s x s
    shifts of each weight there, so the whole is a transposed convolution of stride s. Its weights are those of the
    convolution, mirrored, with each replaced by an s x s block of itself, and blocks added where they overlap:
    dilation * (k - 1) + s of them across. They are computed once, and again when `weight` is assigned.

    Parameters
    ----------
    in_channels, out_channels, kernel_size
        As for `Conv2d`.
    scale_factor : float or sequence of float, optional
        As for `swiftresample.interpolate`.
    mode : str, optional
        ``"nearest"``, ``"bilinear"`` or another mode of `swiftresample.interpolate` for images.
    padding : int, sequence of int or str, optional
        Zeros around the enlarged image, as for `Conv2d`. None means ``"same"``: k // 2 for an odd kernel size k.
    dilation, groups, bias
        As for `Conv2d`.
    align_corners : bool, optional
        As for `swiftresample.interpolate`.
    rng : numpy.random.Generator or int, optional
        What the weights are drawn from, or its seed.

    Attributes
    ----------
    weight, bias
        As of `Conv2d`.

    Raises
    ------
    ValueError, TypeError
        As `Conv2d`.

    References
    ----------
    .. [1] https://distill.pub/2016/deconv-checkerboard/

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> layer = sr.nn.ResizeConv2d(1, 1, kernel_size=(1, 3), bias=False)
    >>> layer.weight = np.ones((1, 1, 1, 3), dtype=np.float32)
    >>> layer(np.array([[[[1, 10]]]], dtype=np.float32))
    array([[[[ 2., 12., 21., 20.],
             [ 2., 12., 21., 20.]]]], dtype=float32)
    """

    def __init__(
        self,
        in_channels: SupportsIndex,
        out_channels: SupportsIndex,
        kernel_size: PerAxis,
        scale_factor: ScaleFactor = 2,
        mode: str = "nearest",
        padding: PerAxis | str | None = None,
        dilation: PerAxis = 1,
        groups: SupportsIndex = 1,
        bias: bool = True,
        align_corners: bool | None = None,
        *,
        rng: Rng = None,
    ) -> None:
        padding = "same" if padding is None else padding
        super().__init__(in_channels, out_channels, kernel_size, 1, padding, dilation, groups, bias, rng=rng)
        self.scale_factor = exact_scale_factor(scale_factor)
        if self.scale_factor is None:
            raise TypeError("scale_factor must be made of real numbers, got None")
        self.mode = mode
        self.align_corners = align_corners
        factors = self.scale_factor if isinstance(self.scale_factor, tuple) else (self.scale_factor,) * 2
        if len(factors) != 2:
            raise ValueError(f"scale_factor must be a number or have 2 entries, got {len(factors)}")
        if not all(0 < factor < np.inf for factor in factors):
            raise ValueError(f"scale_factor must be positive and finite, got {scale_factor}")
        self._repeats: tuple[int, ...] | None = None
        if mode == "nearest" and align_corners is None:
            repeats = tuple(map(int, factors))
            self._repeats = repeats if repeats == factors and max(repeats) <= _MOST_REPEATS else None

    @of_any_kind
    def forward(self, input: NDArray[Any]) -> NDArray[Any]:
        """Resize and convolve (N, Cin, H, W) or (Cin, H, W).

        Parameters
        ----------
        input : numpy.ndarray
            Of the dtype of the weights: float16, bfloat16 (both summed in float32), float32 or float64.

        Returns
        -------
        numpy.ndarray
            (N, Cout, Ho, Wo), or (Cout, Ho, Wo) for an input without N: a new array, channels last if the input is,
            otherwise contiguous.

        Raises
        ------
        ValueError, TypeError, NotImplementedError, MemoryError
            As `Conv2d` and `swiftresample.interpolate`.
        """
        input = feature_maps(input, self.in_channels)
        if self._repeats is None:
            images = input if input.ndim == 4 else input[None]
            enlarged = interpolate(images, None, self.scale_factor, self.mode, self.align_corners)
            return super().forward(enlarged if input.ndim == 4 else enlarged[0])
        if self._weight_of_transposed().dtype == self.weight.dtype:
            return self._transposed(input, self.bias, self._repeats, (1, 1))
        # Sums of weights rounded to a half type would be less exact than the weights: all is rounded once, at the end.
        if input.dtype != self.weight.dtype:
            raise TypeError(f"input must have the dtype of weight, {self.weight.dtype}, got {input.dtype}")
        bias = None if self.bias is None else self.bias.astype(np.float32)
        return self._transposed(input.astype(np.float32), bias, self._repeats, (1, 1)).astype(input.dtype)

    def _rearranged(self, weight: NDArray[Any]) -> NDArray[Any]:
        mirrored = super()._rearranged(weight)
        if self._repeats is None:
            return mirrored
        steps = self.dilation
        lengths = [d * (k - 1) + 1 for d, k in zip(steps, self.kernel_size)]
        shape = [length + repeats - 1 for length, repeats in zip(lengths, self._repeats)]
        blocks = np.zeros((*mirrored.shape[:2], *shape), as_wide(weight.dtype))
        for row, column in itertools.product(*map(range, self._repeats)):
            blocks[..., row : row + lengths[0] : steps[0], column : column + lengths[1] : steps[1]] += mirrored
        return blocks

    def _rate(self) -> str:
        rate = f"scale_factor={self.scale_factor}, mode={self.mode!r}"
        return rate if self.align_corners is None else f"{rate}, align_corners={self.align_corners}"
