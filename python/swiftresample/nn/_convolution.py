"""What convolutions and transposed ones have in common, and Conv2d."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from .._arrays import empty_output
from .._conv_transpose import conv_transpose2d
from ._arguments import at_least, feature_maps, of_any_kind, per_axis
from ._module import Module

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import TypeAlias

    from .._conv_transpose import PerAxis

Rng: TypeAlias = "np.random.Generator | int | None"  # a string: NumPy imports its generators only when asked for them

_PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class Convolution(Module):
    """What convolutions and transposed ones have in common: PyTorch's attributes, and the weights it begins with.

    The weights, and the bias, are uniform within 1 / sqrt(fan_in): He et al., https://arxiv.org/abs/1502.01852, with
    PyTorch's choice of ``a=sqrt(5)``.
    """

    transposed: bool
    padding: tuple[int, ...] | str
    bias: NDArray[Any] | None

    def __init__(
        self,
        axes: int,
        in_channels: SupportsIndex,
        out_channels: SupportsIndex,
        kernel_size: PerAxis,
        stride: PerAxis,
        padding: PerAxis | str,
        output_padding: PerAxis,
        groups: SupportsIndex,
        bias: bool,
        dilation: PerAxis,
        padding_mode: str,
        rng: Rng,
    ) -> None:
        super().__init__()
        self.in_channels = at_least(1, "in_channels", in_channels)
        self.out_channels = at_least(1, "out_channels", out_channels)
        self.kernel_size = per_axis(1, "kernel_size", kernel_size, axes)
        self.stride = per_axis(1, "stride", stride, axes)
        self.padding = padding if isinstance(padding, str) else per_axis(0, "padding", padding, axes)
        self.dilation = per_axis(1, "dilation", dilation, axes)
        self.output_padding = per_axis(0, "output_padding", output_padding, axes)
        self.groups = at_least(1, "groups", groups)
        self.padding_mode = padding_mode
        for name in ("in_channels", "out_channels"):
            if getattr(self, name) % self.groups:
                raise ValueError(f"{name} must be divisible by groups {groups}, got {getattr(self, name)}")
        if padding_mode not in _PADDING_MODES:
            raise ValueError(
                f"padding_mode must be one of {', '.join(map(repr, _PADDING_MODES))}, got {padding_mode!r}"
            )
        if padding_mode != "zeros":
            raise NotImplementedError(f"padding_mode must be 'zeros', got {padding_mode!r}")

        generator = np.random.default_rng(rng)
        outer, inner = self.out_channels, self.in_channels
        if self.transposed:
            outer, inner = inner, outer
        shape = (outer, inner // self.groups, *self.kernel_size)
        bound = 1 / math.sqrt(math.prod(shape[1:]))
        self.weight = _uniform(generator, shape, bound)
        self.bias = _uniform(generator, (self.out_channels,), bound) if bias else None

    def extra_repr(self) -> str:
        """Name the arguments that differ from their defaults."""
        arguments = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, {self._rate()}"]
        zeros, ones = (0,) * len(self.stride), (1,) * len(self.stride)
        if self.padding != zeros:
            arguments.append(f"padding={self.padding}")
        if self.dilation != ones:
            arguments.append(f"dilation={self.dilation}")
        if self.output_padding != zeros:
            arguments.append(f"output_padding={self.output_padding}")
        if self.groups != 1:
            arguments.append(f"groups={self.groups}")
        if self.bias is None:
            arguments.append("bias=False")
        return ", ".join(arguments)

    def _rate(self) -> str:
        return f"stride={self.stride}"


def _uniform(generator: np.random.Generator, shape: tuple[int, ...], bound: float) -> NDArray[Any]:
    return (generator.random(shape, np.float32) * 2 - 1) * np.float32(bound)


class Conv2d(Convolution):
    """Convolve an image: ``torch.nn.Conv2d`` [1]_.

    Computed as a transposed convolution of stride 1 with mirrored weights. For larger strides everything in between
    is computed too, and left out.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of the input and of the output.
    kernel_size : int or sequence of int
        Samples across the weights: one number for every spatial axis, or one each.
    stride : int or sequence of int, optional
        Input samples per output sample.
    padding : int, sequence of int or str, optional
        Zeros around the input, on either side; ``"valid"`` means none, and ``"same"`` as many as keep its size.
    dilation : int or sequence of int, optional
        Input samples from one weight to the next.
    groups : int, optional
        Parts into which the channels are divided, that have nothing to do with one another.
    bias : bool, optional
        Whether something is added to each channel.
    padding_mode : str, optional
        ``"zeros"``.
    rng : numpy.random.Generator or int, optional
        What the weights are drawn from, or its seed.

    Attributes
    ----------
    weight : numpy.ndarray
        (Cout, Cin / groups, KH, KW).
    bias : numpy.ndarray or None
        (Cout,).

    Raises
    ------
    ValueError, TypeError
        For arguments that are out of range, of another kind, or do not fit together.
    NotImplementedError
        For the other padding modes of PyTorch.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> mean = sr.nn.Conv2d(1, 1, kernel_size=3, padding=1, bias=False)
    >>> mean.weight = np.full((1, 1, 3, 3), 1 / 9, dtype=np.float32)
    >>> mean(np.full((1, 3, 4), 9, dtype=np.float32))
    array([[[4., 6., 6., 4.],
            [6., 9., 9., 6.],
            [4., 6., 6., 4.]]], dtype=float32)
    """

    transposed = False

    def __init__(
        self,
        in_channels: SupportsIndex,
        out_channels: SupportsIndex,
        kernel_size: PerAxis,
        stride: PerAxis = 1,
        padding: PerAxis | str = 0,
        dilation: PerAxis = 1,
        groups: SupportsIndex = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        *,
        rng: Rng = None,
    ) -> None:
        super().__init__(
            2, in_channels, out_channels, kernel_size, stride, padding, 0, groups, bias, dilation, padding_mode, rng
        )
        if isinstance(padding, str) and padding not in ("same", "valid"):
            raise ValueError(f"padding must be made of integers, 'same' or 'valid', got {padding!r}")
        if padding == "same" and self.stride != (1, 1):
            raise ValueError(f"padding 'same' needs stride 1, got {self.stride}")
        self._kept: tuple[NDArray[Any], NDArray[Any]] | None = None

    @of_any_kind
    def forward(self, input: NDArray[Any]) -> NDArray[Any]:
        """Convolve (N, Cin, H, W) or (Cin, H, W).

        Parameters
        ----------
        input : numpy.ndarray
            Of the dtype of the weights: float16, bfloat16 (both summed in float32), float32, float64 or int64.

        Returns
        -------
        numpy.ndarray
            (N, Cout, Ho, Wo), or (Cout, Ho, Wo) for an input without N, where
            ``Ho = (H + 2 * padding - dilation * (KH - 1) - 1) // stride + 1``: a new array, channels last if the
            input is, otherwise contiguous.

        Raises
        ------
        ValueError
            For another number of axes or channels, and an input smaller than the kernel.
        TypeError
            For anything but an array, and a dtype that is not that of the weights.
        MemoryError
            If the output does not fit into memory.
        """
        output = self._transposed(feature_maps(input, self.in_channels), self.bias, (1, 1), self.dilation)
        if self.stride == (1, 1):
            return output
        return output[..., :: self.stride[0], :: self.stride[1]].copy(order="K")

    def _transposed(
        self, input: NDArray[Any], bias: NDArray[Any] | None, repeats: tuple[int, ...], dilation: tuple[int, ...]
    ) -> NDArray[Any]:
        """Return the convolution, at stride 1, of the input with its samples repeated.

        The transposed convolution without padding has all outputs that any weight reaches. Each zero of padding around
        the input moves the ends outwards by one; all d * (k - 1) of them, and nothing is cut off.
        """
        reach = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size)]
        if self.padding == "same":
            before = [length // 2 for length in reach]
            after = [length - length // 2 for length in reach]
        else:
            before = after = [0, 0] if isinstance(self.padding, str) else list(self.padding)
        cut_before = [length - zeros for length, zeros in zip(reach, before)]
        cut_after = [length - zeros for length, zeros in zip(reach, after)]

        lengths = [n * r for n, r in zip(input.shape[-2:], repeats)]
        if min(n + r - b - a for n, r, b, a in zip(lengths, reach, cut_before, cut_after)) < 1:
            raise ValueError(
                f"input must not be smaller than the kernel {tuple(length + 1 for length in reach)}, "
                f"got {tuple(lengths)} with padding {self.padding}"
            )
        padding = [max(length, 0) for length in cut_after]
        output = conv_transpose2d(input, self._weight_of_transposed(), bias, repeats, padding, 0, self.groups, dilation)
        if cut_before == padding:
            return output
        if cut_before != cut_after:  # "same", with an even kernel
            first_row, first_column = (b - p for b, p in zip(cut_before, padding))
            return output[..., first_row:, first_column:].copy(order="K")
        return _widened(output, [max(-length, 0) for length in cut_before], bias)

    def _weight_of_transposed(self) -> NDArray[Any]:
        """Return the weights of the transposed convolution, kept until others are assigned."""
        weight, kept = self.weight, self._kept
        if kept is None or kept[0] is not weight:
            self._kept = kept = weight, self._rearranged(weight)
        return kept[1]

    def _rearranged(self, weight: NDArray[Any]) -> NDArray[Any]:
        """Return (Cout, Cin / groups, KH, KW) as (Cin, Cout / groups, KH, KW), mirrored."""
        outputs, inputs, *kernel = weight.shape
        grouped = weight.reshape(self.groups, outputs // self.groups, inputs, *kernel)
        swapped = grouped.swapaxes(1, 2).reshape(inputs * self.groups, outputs // self.groups, *kernel)
        return swapped[..., ::-1, ::-1]


def _widened(output: NDArray[Any], margins: list[int], bias: NDArray[Any] | None) -> NDArray[Any]:
    """Return the output of a convolution with that many more rows and columns on each side, which only zeros reach."""
    (rows, columns), (height, width) = margins, output.shape[-2:]
    shape = (*output.shape[:-2], height + 2 * rows, width + 2 * columns)
    wide = empty_output(output, shape, output.dtype, output.ndim - 3)
    wide[...] = 0 if bias is None else bias[:, None, None]
    wide[..., rows : rows + height, columns : columns + width] = output
    return wide
