"""Layers that turn channels into spatial samples, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, SupportsIndex

from .._pixel_shuffle import pixel_shuffle, pixel_unshuffle
from ._arguments import at_least
from ._module import Module

if TYPE_CHECKING:
    from .._dlpack import ArrayT


class PixelShuffle(Module):
    """Turn channels into spatial samples: ``torch.nn.PixelShuffle`` [1]_.

    Parameters
    ----------
    upscale_factor : int
        As for `swiftresample.pixel_shuffle`; also the name of the attribute.

    Raises
    ------
    ValueError, TypeError
        For a factor below 1, or one that is not an integer.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> sr.nn.PixelShuffle(2)(np.arange(4).reshape(4, 1, 1))
    array([[[0, 1],
            [2, 3]]])
    """

    def __init__(self, upscale_factor: SupportsIndex) -> None:
        super().__init__()
        self.upscale_factor = at_least(1, "upscale_factor", upscale_factor)

    def forward(self, input: ArrayT) -> ArrayT:
        """Turn (..., C * r * r, H, W) into (..., C, H * r, W * r), with r the `upscale_factor`."""
        return pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        """Name the factor."""
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Turn samples into channels: ``torch.nn.PixelUnshuffle`` [1]_.

    Parameters
    ----------
    downscale_factor : int
        As for `swiftresample.pixel_unshuffle`; also the name of the attribute.

    Raises
    ------
    ValueError, TypeError
        For a factor below 1, or one that is not an integer.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelUnshuffle.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> sr.nn.PixelUnshuffle(2)(np.arange(4).reshape(1, 2, 2)).ravel()
    array([0, 1, 2, 3])
    """

    def __init__(self, downscale_factor: SupportsIndex) -> None:
        super().__init__()
        self.downscale_factor = at_least(1, "downscale_factor", downscale_factor)

    def forward(self, input: ArrayT) -> ArrayT:
        """Turn (..., C, H * r, W * r) into (..., C * r * r, H, W), with r the `downscale_factor`."""
        return pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        """Name the factor."""
        return f"downscale_factor={self.downscale_factor}"
