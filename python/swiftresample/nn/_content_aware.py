"""Layers that choose from the content how to enlarge it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from .._carafe import carafe
from .._grid_sample import grid_sample
from .._pixel_shuffle import pixel_shuffle
from ._activation import as_wide, sigmoid, softmax
from ._arguments import at_least, feature_maps, of_any_kind
from ._convolution import Conv2d
from ._module import Module

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ._convolution import Rng

#: Standard deviation of the weights that the convolutions for masks and offsets begin with, in both papers' code.
_SMALL = 0.001


class CARAFE(Module):
    """Enlarge features with weights made from them: CARAFE (Wang et al., ICCV 2019) [1]_.

    The channels are compressed by a 1 x 1 convolution, from which another makes up_kernel^2 numbers for each output
    sample and group. Their softmax is what `swiftresample.carafe` weights the surrounding features with. Arguments and
    parameters are those of ``CARAFEPack`` in the authors' implementation [2]_.

    Parameters
    ----------
    channels : int
        Channels of the input and of the output.
    scale_factor : int, optional
        Output samples per input sample, along the height and along the width.
    up_kernel : int, optional
        Samples across the window that is reassembled; odd.
    up_group : int, optional
        The number of groups of channels that have weights of their own; it divides `channels`.
    encoder_kernel, encoder_dilation : int, optional
        Kernel size, odd, and dilation of the second convolution.
    compressed_channels : int, optional
        Channels between the two convolutions.
    rng : numpy.random.Generator or int, optional
        What the weights are drawn from, or its seed.

    Attributes
    ----------
    channel_compressor, content_encoder : Conv2d
        The two convolutions.

    Raises
    ------
    ValueError, TypeError
        For arguments that are out of range, not integers, or do not fit together.

    References
    ----------
    .. [1] https://arxiv.org/abs/1905.02188
    .. [2] https://github.com/open-mmlab/mmcv/blob/main/mmcv/ops/carafe.py

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> layer = sr.nn.CARAFE(channels=16)
    >>> layer(np.zeros((1, 16, 32, 32), dtype=np.float32)).shape
    (1, 16, 64, 64)
    >>> layer
    CARAFE(
      (channel_compressor): Conv2d(16, 64, kernel_size=(1, 1), stride=(1, 1))
      (content_encoder): Conv2d(64, 100, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
    )
    """

    def __init__(
        self,
        channels: SupportsIndex,
        scale_factor: SupportsIndex = 2,
        up_kernel: SupportsIndex = 5,
        up_group: SupportsIndex = 1,
        encoder_kernel: SupportsIndex = 3,
        encoder_dilation: SupportsIndex = 1,
        compressed_channels: SupportsIndex = 64,
        *,
        rng: Rng = None,
    ) -> None:
        super().__init__()
        self.channels = at_least(1, "channels", channels)
        self.scale_factor = at_least(1, "scale_factor", scale_factor)
        self.up_kernel = at_least(1, "up_kernel", up_kernel)
        self.up_group = at_least(1, "up_group", up_group)
        self.encoder_kernel = at_least(1, "encoder_kernel", encoder_kernel)
        self.encoder_dilation = at_least(1, "encoder_dilation", encoder_dilation)
        self.compressed_channels = at_least(1, "compressed_channels", compressed_channels)
        for name in ("up_kernel", "encoder_kernel"):
            if getattr(self, name) % 2 == 0:
                raise ValueError(f"{name} must be odd, got {getattr(self, name)}")
        if self.channels % self.up_group:
            raise ValueError(f"channels must be divisible by up_group {up_group}, got {channels}")

        generator = np.random.default_rng(rng)
        weights = self.up_group * self.up_kernel**2
        self.channel_compressor = Conv2d(self.channels, self.compressed_channels, 1, rng=generator)
        self.content_encoder = Conv2d(
            self.compressed_channels,
            weights * self.scale_factor**2,
            self.encoder_kernel,
            padding=self.encoder_dilation * (self.encoder_kernel // 2),
            dilation=self.encoder_dilation,
            rng=generator,
        )
        glorot = math.sqrt(6 / (self.channels + self.compressed_channels))
        compressor = generator.uniform(-glorot, glorot, self.channel_compressor.weight.shape)
        _begin_with(self.channel_compressor, compressor)
        _begin_with(self.content_encoder, generator.normal(0, _SMALL, self.content_encoder.weight.shape))

    @of_any_kind
    def forward(self, input: NDArray[Any]) -> NDArray[Any]:
        """Enlarge (N, C, H, W) to (N, C, H * s, W * s), with s the `scale_factor`.

        Parameters
        ----------
        input : numpy.ndarray
            Of the dtype of the weights: float16, bfloat16, float32 or float64.

        Returns
        -------
        numpy.ndarray
            A new array, channels last if the input is, otherwise contiguous.

        Raises
        ------
        ValueError, TypeError, MemoryError
            As `Conv2d` and `swiftresample.carafe`.
        """
        input = feature_maps(input, self.channels, without_batch=False)
        numbers = self.content_encoder(self.channel_compressor(input))
        batch, _, height, width = input.shape
        weights = self.up_kernel**2
        shape = (batch, self.up_group * weights, height * self.scale_factor, width * self.scale_factor)
        # Contiguous for any input: what is next to each other in memory decides on the order of NumPy's sums.
        masks = pixel_shuffle(numbers, self.scale_factor, out=np.empty(shape, numbers.dtype))
        masks = softmax(masks.reshape(batch, self.up_group, weights, *shape[2:]), axis=2).reshape(shape)
        return carafe(input, masks, self.up_kernel, self.up_group, self.scale_factor)


class DySample(Module):
    """Enlarge features by sampling them at points made from them: DySample (Liu et al., ICCV 2023) [1]_.

    A 1 x 1 convolution makes an offset for each output sample, which is added to where bilinear interpolation would
    sample. Arguments and parameters are those of the authors' implementation [2]_.

    Parameters
    ----------
    in_channels : int
        Channels of the input and of the output.
    scale : int, optional
        Output samples per input sample, along the height and along the width.
    style : str, optional
        ``"lp"``: the offsets are made of the input's channels, then shuffled. ``"pl"``: the input is shuffled, and the
        offsets made of the fewer channels; scale^2 divides `in_channels`.
    groups : int, optional
        The number of groups of channels that have points of their own; it divides `in_channels`.
    dyscope : bool, optional
        Whether the range of each offset is made from the features too, by another 1 x 1 convolution: offsets are
        multiplied by a sigmoid of it, times 0.5, instead of by 0.25.
    rng : numpy.random.Generator or int, optional
        What the weights are drawn from, or its seed.

    Attributes
    ----------
    init_pos : numpy.ndarray
        (1, 2 * groups * scale^2, 1, 1): where the samples that an input sample becomes lie around it, x before y.
    offset : Conv2d
        What makes the offsets, in units of input samples.
    scope : Conv2d
        What makes their range; only with `dyscope`. It has no bias, which weights of the authors' first version
        need: assign theirs to ``scope.bias``.

    Raises
    ------
    ValueError, TypeError
        For arguments that are out of range, of another kind, or do not fit together.

    References
    ----------
    .. [1] https://arxiv.org/abs/2308.15085
    .. [2] https://github.com/tiny-smart/dysample

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> layer = sr.nn.DySample(16, groups=2)
    >>> layer
    DySample(
      (offset): Conv2d(16, 16, kernel_size=(1, 1), stride=(1, 1))
    )
    >>> layer(np.zeros((1, 16, 32, 32), dtype=np.float32)).shape
    (1, 16, 64, 64)
    """

    def __init__(
        self,
        in_channels: SupportsIndex,
        scale: SupportsIndex = 2,
        style: str = "lp",
        groups: SupportsIndex = 4,
        dyscope: bool = False,
        *,
        rng: Rng = None,
    ) -> None:
        super().__init__()
        self.in_channels = channels = at_least(1, "in_channels", in_channels)
        self.scale = at_least(1, "scale", scale)
        self.style = style
        self.groups = at_least(1, "groups", groups)
        self.dyscope = dyscope
        if style not in ("lp", "pl"):
            raise ValueError(f"style must be 'lp' or 'pl', got {style!r}")
        if channels % self.groups:
            raise ValueError(f"in_channels must be divisible by groups {groups}, got {in_channels}")
        coordinates = 2 * self.groups
        if style == "lp":
            coordinates *= self.scale**2
        elif channels % self.scale**2:
            raise ValueError(
                f"in_channels must be divisible by scale^2, {self.scale**2}, for style 'pl', got {channels}"
            )
        else:
            channels //= self.scale**2

        generator = np.random.default_rng(rng)
        self.offset = Conv2d(channels, coordinates, 1, rng=generator)
        _begin_with(self.offset, generator.normal(0, _SMALL, self.offset.weight.shape))
        if dyscope:
            self.scope = Conv2d(channels, coordinates, 1, bias=False, rng=generator)
            _begin_with(self.scope, np.zeros(self.scope.weight.shape))
        within = (np.arange(self.scale) - (self.scale - 1) / 2) / self.scale
        x_and_y = np.stack(np.meshgrid(within, within))[:, None]
        self.init_pos = x_and_y.repeat(self.groups, axis=1).reshape(1, -1, 1, 1).astype(np.float32)

    @of_any_kind
    def forward(self, input: NDArray[Any]) -> NDArray[Any]:
        """Enlarge (N, C, H, W) to (N, C, H * s, W * s), with s the `scale`.

        Parameters
        ----------
        input : numpy.ndarray
            Of the dtype of the weights: float16, bfloat16 (points and sums are in float32), float32 or float64.

        Returns
        -------
        numpy.ndarray
            A new contiguous array.

        Raises
        ------
        ValueError, TypeError, MemoryError
            As `Conv2d` and `swiftresample.grid_sample`.
        """
        input = feature_maps(input, self.in_channels, without_batch=False)
        batch, channels, height, width = input.shape
        wide = as_wide(input.dtype)
        features = input if self.style == "lp" else pixel_shuffle(input, self.scale)
        offsets = self.offset(features)
        if self.dyscope:
            offsets *= sigmoid(self.scope(features))
            offsets *= 0.5
        else:
            offsets *= 0.25
        if self.style == "lp":
            offsets = pixel_shuffle(offsets, self.scale)

        # An output sample is row i and column j of the s x s samples that one of the input becomes.
        offsets = offsets.reshape(batch, 2, self.groups, height, self.scale, width, self.scale)
        points = np.moveaxis(offsets, 1, -1).astype(wide, order="C")
        points += np.moveaxis(self.init_pos.reshape(2, self.groups, 1, self.scale, 1, self.scale), 0, -1)
        points[..., 0] += np.arange(0.5, width)[:, None]
        points[..., 1] += np.arange(0.5, height)[:, None, None, None]
        points *= 2
        points /= np.array([width, height], wide)
        points -= 1

        grid = points.reshape(batch * self.groups, height * self.scale, width * self.scale, 2)
        groups = input.reshape(batch * self.groups, channels // self.groups, height, width)
        output = grid_sample(groups.astype(wide, copy=False), grid, "bilinear", "border", align_corners=False)
        return output.reshape(batch, channels, *grid.shape[1:3]).astype(input.dtype, copy=False)


def _begin_with(convolution: Conv2d, weight: NDArray[Any]) -> None:
    """Set the weights, and the bias to 0."""
    convolution.weight = weight.astype(np.float32)
    if convolution.bias is not None:
        convolution.bias = np.zeros_like(convolution.bias)
