"""Transposed convolutions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsIndex

from .._conv_transpose import conv_transpose1d, conv_transpose2d, conv_transpose3d
from .._options import exact_shape
from ._arguments import feature_maps, of_any_kind
from ._convolution import Convolution

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .._conv_transpose import PerAxis
    from ._convolution import Rng

_CONV_TRANSPOSE = {1: conv_transpose1d, 2: conv_transpose2d, 3: conv_transpose3d}


class _ConvTranspose(Convolution):
    transposed = True
    padding: tuple[int, ...]
    _axes: int

    def __init__(
        self,
        in_channels: SupportsIndex,
        out_channels: SupportsIndex,
        kernel_size: PerAxis,
        stride: PerAxis = 1,
        padding: PerAxis = 0,
        output_padding: PerAxis = 0,
        groups: SupportsIndex = 1,
        bias: bool = True,
        dilation: PerAxis = 1,
        padding_mode: str = "zeros",
        *,
        rng: Rng = None,
    ) -> None:
        if isinstance(padding, str):
            raise TypeError(f"padding must be made of integers, got {padding!r}")
        super().__init__(
            self._axes,
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            output_padding,
            groups,
            bias,
            dilation,
            padding_mode,
            rng,
        )

    @of_any_kind
    def forward(self, input: NDArray[Any], output_size: Sequence[SupportsIndex] | None = None) -> NDArray[Any]:
        """Convolve (N, Cin, ...spatial) or (Cin, ...spatial).

        Parameters
        ----------
        input : numpy.ndarray
            Of the dtype of the weights.
        output_size : sequence of int, optional
            The output's spatial shape or its whole shape, which then decides on `output_padding`: PyTorch takes
            lengths from that without output padding up to stride - 1 more.

        Returns
        -------
        numpy.ndarray
            As `swiftresample.conv_transpose2d` gives it.

        Raises
        ------
        ValueError, TypeError, MemoryError
            As `swiftresample.conv_transpose2d`, and ValueError for an output size that cannot be had.
        """
        input = feature_maps(input, self.in_channels, self._axes)
        padding = self.output_padding
        if output_size is not None:
            padding = self._output_padding(input, exact_shape("output_size", output_size))
        function = _CONV_TRANSPOSE[self._axes]
        return function(input, self.weight, self.bias, self.stride, self.padding, padding, self.groups, self.dilation)

    def _output_padding(self, input: NDArray[Any], output_size: tuple[int, ...]) -> tuple[int, ...]:
        """Return the output padding that gives the output the spatial shape asked for."""
        if len(output_size) not in (self._axes, input.ndim):
            raise ValueError(
                f"output_size must have {self._axes} or {input.ndim} entries for a {input.ndim}-D input, "
                f"got {len(output_size)}"
            )
        lengths = output_size[-self._axes :]
        shortest = tuple(
            (length - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1
            for length, stride, padding, dilation, kernel in zip(
                input.shape[-self._axes :], self.stride, self.padding, self.dilation, self.kernel_size
            )
        )
        longest = tuple(least + stride - 1 for least, stride in zip(shortest, self.stride))
        if not all(least <= length <= most for least, length, most in zip(shortest, lengths, longest)):
            raise ValueError(f"output_size must be from {shortest} to {longest}, got {lengths}")
        return tuple(length - least for length, least in zip(lengths, shortest))


class ConvTranspose1d(_ConvTranspose):
    """Convolve a signal with fractional strides: ``torch.nn.ConvTranspose1d`` [1]_.

    Like `ConvTranspose2d`, but with one spatial axis: (N, Cin, W) or (Cin, W), weights (Cin, Cout / groups, KW).

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose1d.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> layer = sr.nn.ConvTranspose1d(1, 1, kernel_size=2, stride=2, bias=False)
    >>> _ = layer.load_state_dict({"weight": np.float32([[[1, 10]]])})
    >>> layer(np.float32([[1, 2, 3]]))
    array([[ 1., 10.,  2., 20.,  3., 30.]], dtype=float32)
    """

    _axes = 1


class ConvTranspose2d(_ConvTranspose):
    """Convolve an image with fractional strides: ``torch.nn.ConvTranspose2d`` [1]_.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of the input and of the output.
    kernel_size : int or sequence of int
        Samples across the weights: one number for every spatial axis, or one each.
    stride, padding, output_padding, groups, dilation
        As for `swiftresample.conv_transpose2d`; attributes hold one entry for each axis.
    bias : bool, optional
        Whether something is added to each channel.
    padding_mode : str, optional
        ``"zeros"``.
    rng : numpy.random.Generator or int, optional
        What the weights are drawn from, or its seed.

    Attributes
    ----------
    weight : numpy.ndarray
        (Cin, Cout / groups, KH, KW).
    bias : numpy.ndarray or None
        (Cout,).

    Raises
    ------
    ValueError, TypeError
        For arguments that are out of range, of another kind, or do not fit together.
    NotImplementedError
        For the other padding modes of PyTorch's convolutions.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> double = sr.nn.ConvTranspose2d(64, 16, kernel_size=4, stride=2, padding=1)
    >>> double
    ConvTranspose2d(64, 16, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1))
    >>> features = np.zeros((1, 64, 32, 32), dtype=np.float32)
    >>> double(features).shape
    (1, 16, 64, 64)
    >>> double(features, output_size=(65, 64)).shape
    (1, 16, 65, 64)
    """

    _axes = 2


class ConvTranspose3d(_ConvTranspose):
    """Convolve a volume with fractional strides: ``torch.nn.ConvTranspose3d`` [1]_.

    Like `ConvTranspose2d`, but with three spatial axes: (N, Cin, D, H, W) or (Cin, D, H, W), weights
    (Cin, Cout / groups, KD, KH, KW).

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose3d.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> layer = sr.nn.ConvTranspose3d(8, 2, kernel_size=(2, 3, 3), stride=(2, 1, 1), padding=(0, 1, 1))
    >>> layer(np.ones((1, 8, 4, 16, 16), dtype=np.float32)).shape
    (1, 2, 8, 16, 16)
    """

    _axes = 3
