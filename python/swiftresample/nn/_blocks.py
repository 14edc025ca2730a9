"""Layers made of others: two ways to enlarge at little cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from ._activation import hardswish
from ._arguments import at_least, feature_maps, of_any_kind
from ._conv_transpose import ConvTranspose2d
from ._convolution import Conv2d
from ._module import Module
from ._shuffle import PixelShuffle
from ._upsample import Upsample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ._convolution import Rng


class AdaptiveUpsample(Module):
    """Enlarge narrow images by a transposed convolution, and wide ones, at much lower cost, bilinearly.

    Parameters
    ----------
    in_channels : int
        Channels of the input.
    out_channels : int, optional
        Channels of the output; None means as many.
    scale : int, optional
        Output samples per input sample, along the height and along the width.
    threshold_width : int, optional
        The least width of an input that is interpolated.
    kernel_size : int, optional
        Samples across the weights of the transposed convolution, not less than `scale`. None means twice the scale.
    bias : bool, optional
        Whether the convolutions add something to each channel.
    align_corners : bool, optional
        As for `swiftresample.interpolate`.
    rng : numpy.random.Generator or int, optional
        What the weights are drawn from, or its seed.

    Attributes
    ----------
    transposed : ConvTranspose2d
        The transposed convolution, of stride `scale`.
    bilinear : Upsample
        The interpolation.
    adapter : Conv2d
        1 x 1, before the interpolation, with which it commutes; only where the numbers of channels differ.

    Raises
    ------
    ValueError, TypeError
        For arguments that are out of range, not integers, or do not fit together.

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> layer = sr.nn.AdaptiveUpsample(8, 4, threshold_width=128)
    >>> layer
    AdaptiveUpsample(
      threshold_width=128
      (transposed): ConvTranspose2d(8, 4, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1))
      (bilinear): Upsample(scale_factor=2.0, mode='bilinear')
      (adapter): Conv2d(8, 4, kernel_size=(1, 1), stride=(1, 1))
    )
    >>> layer(np.zeros((1, 8, 32, 127), dtype=np.float32)).shape
    (1, 4, 64, 254)
    >>> layer(np.zeros((1, 8, 32, 128), dtype=np.float32)).shape
    (1, 4, 64, 256)
    """

    def __init__(
        self,
        in_channels: SupportsIndex,
        out_channels: SupportsIndex | None = None,
        scale: SupportsIndex = 2,
        threshold_width: SupportsIndex = 128,
        kernel_size: SupportsIndex | None = None,
        bias: bool = True,
        align_corners: bool | None = None,
        *,
        rng: Rng = None,
    ) -> None:
        super().__init__()
        self.in_channels = at_least(1, "in_channels", in_channels)
        self.out_channels = at_least(1, "out_channels", in_channels if out_channels is None else out_channels)
        self.scale = at_least(1, "scale", scale)
        self.threshold_width = at_least(0, "threshold_width", threshold_width)
        self.kernel_size = at_least(self.scale, "kernel_size", 2 * self.scale if kernel_size is None else kernel_size)
        # The output would have kernel_size - scale samples too many: half of them go at either end.
        padding = (self.kernel_size - self.scale + 1) // 2
        missing = 2 * padding - (self.kernel_size - self.scale)
        if missing and self.scale == 1:
            raise ValueError(f"kernel_size must be odd for scale 1, got {self.kernel_size}")
        generator = np.random.default_rng(rng)
        self.transposed = ConvTranspose2d(
            self.in_channels,
            self.out_channels,
            self.kernel_size,
            self.scale,
            padding,
            missing,
            bias=bias,
            rng=generator,
        )
        self.bilinear = Upsample(scale_factor=self.scale, mode="bilinear", align_corners=align_corners)
        if self.in_channels != self.out_channels:
            self.adapter = Conv2d(self.in_channels, self.out_channels, 1, bias=bias, rng=generator)

    @of_any_kind
    def forward(self, input: NDArray[Any]) -> NDArray[Any]:
        """Enlarge (N, Cin, H, W) to (N, Cout, H * s, W * s), with s the `scale`.

        Parameters
        ----------
        input : numpy.ndarray
            Of the dtype of the weights: float16, bfloat16 (both summed in float32), float32 or float64.

        Returns
        -------
        numpy.ndarray
            A new array, channels last if the input is, otherwise contiguous.

        Raises
        ------
        ValueError, TypeError, MemoryError
            As `ConvTranspose2d`, `Conv2d` and `Upsample`.
        """
        input = feature_maps(input, self.in_channels, without_batch=False)
        if input.shape[3] < self.threshold_width:
            return self.transposed.forward(input)
        if self.in_channels != self.out_channels:
            input = self.adapter(input)
        return self.bilinear.forward(input)

    def extra_repr(self) -> str:
        """Name the width."""
        return f"threshold_width={self.threshold_width}"


class LightweightUpsample(Module):
    """Enlarge images by a 1 x 1 convolution, `PixelShuffle` and hard-swish (Howard et al., ICCV 2019 [1]_).

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of the input and of the output.
    scale : int, optional
        Output samples per input sample, along the height and along the width.
    bias : bool, optional
        Whether the convolution adds something to each channel.
    rng : numpy.random.Generator or int, optional
        What the weights are drawn from, or its seed.

    Attributes
    ----------
    conv : Conv2d
        1 x 1, to out_channels * scale^2 channels.
    shuffle : PixelShuffle
        What makes samples of them.

    Raises
    ------
    ValueError, TypeError
        For arguments that are out of range or not integers.

    References
    ----------
    .. [1] https://arxiv.org/abs/1905.02244

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> layer = sr.nn.LightweightUpsample(8, 4)
    >>> layer
    LightweightUpsample(
      (conv): Conv2d(8, 16, kernel_size=(1, 1), stride=(1, 1))
      (shuffle): PixelShuffle(upscale_factor=2)
    )
    >>> layer(np.zeros((1, 8, 32, 32), dtype=np.float32)).shape
    (1, 4, 64, 64)
    """

    def __init__(
        self,
        in_channels: SupportsIndex,
        out_channels: SupportsIndex,
        scale: SupportsIndex = 2,
        bias: bool = True,
        *,
        rng: Rng = None,
    ) -> None:
        super().__init__()
        self.in_channels = at_least(1, "in_channels", in_channels)
        self.out_channels = at_least(1, "out_channels", out_channels)
        self.scale = at_least(1, "scale", scale)
        self.conv = Conv2d(self.in_channels, self.out_channels * self.scale**2, 1, bias=bias, rng=rng)
        self.shuffle = PixelShuffle(self.scale)

    @of_any_kind
    def forward(self, input: NDArray[Any]) -> NDArray[Any]:
        """Enlarge (N, Cin, H, W) or (Cin, H, W) to (N, Cout, H * s, W * s) or without N, with s the `scale`.

        Parameters
        ----------
        input : numpy.ndarray
            Of the dtype of the weights: float16, bfloat16 (both summed in float32), float32 or float64.

        Returns
        -------
        numpy.ndarray
            A new array, channels last if the input is, otherwise contiguous.

        Raises
        ------
        ValueError, TypeError, MemoryError
            As `Conv2d`.
        """
        return hardswish(self.shuffle(self.conv(input)))
