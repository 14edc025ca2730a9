"""Layers that resample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._interpolate import interpolate
from .._options import exact_scale_factor, exact_size
from ._module import Module

if TYPE_CHECKING:
    from .._dlpack import ArrayT
    from .._options import ScaleFactor, Size


class Upsample(Module):
    """Resample to a size, or by a factor: ``torch.nn.Upsample`` [1]_.

    Parameters
    ----------
    size, scale_factor, mode, align_corners, recompute_scale_factor
        As for `swiftresample.interpolate`; also the names of the attributes.

    Raises
    ------
    TypeError
        For sizes and factors that are not numbers. What `interpolate` refuses is refused when the layer is called.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> double = sr.nn.Upsample(scale_factor=2, mode="bilinear")
    >>> double
    Upsample(scale_factor=2.0, mode='bilinear')
    >>> double(np.array([[[[0, 4]]]], dtype=np.float32))
    array([[[[0., 1., 3., 4.],
             [0., 1., 3., 4.]]]], dtype=float32)
    """

    def __init__(
        self,
        size: Size = None,
        scale_factor: ScaleFactor = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.name = type(self).__name__
        self.size = exact_size(size)
        self.scale_factor = exact_scale_factor(scale_factor)
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: ArrayT) -> ArrayT:
        """Resample (N, C, W), (N, C, H, W) or (N, C, D, H, W), as `swiftresample.interpolate` does."""
        return interpolate(
            input, self.size, self.scale_factor, self.mode, self.align_corners, self.recompute_scale_factor
        )

    def extra_repr(self) -> str:
        """Name the factor or the size, and the mode."""
        extent = f"size={self.size}" if self.scale_factor is None else f"scale_factor={self.scale_factor}"
        return f"{extent}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """Repeat samples, to a size or by a factor: ``torch.nn.UpsamplingNearest2d`` [1]_.

    Parameters
    ----------
    size, scale_factor
        As for `Upsample`, whose mode is ``"nearest"``.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.UpsamplingNearest2d.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> sr.nn.UpsamplingNearest2d(scale_factor=2)(np.array([[[[1, 2]]]]))
    array([[[[1, 1, 2, 2],
             [1, 1, 2, 2]]]])
    """

    def __init__(self, size: Size = None, scale_factor: ScaleFactor = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """Interpolate between samples with the corners aligned: ``torch.nn.UpsamplingBilinear2d`` [1]_.

    Parameters
    ----------
    size, scale_factor
        As for `Upsample`, whose mode is ``"bilinear"`` with ``align_corners=True``.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.UpsamplingBilinear2d.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> sr.nn.UpsamplingBilinear2d(size=(1, 4))(np.array([[[[0, 3]]]], dtype=np.float32))
    array([[[[0., 1., 2., 3.]]]], dtype=float32)
    """

    def __init__(self, size: Size = None, scale_factor: ScaleFactor = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)
