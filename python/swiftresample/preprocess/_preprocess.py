"""Preprocessing: one call from images of any sizes to the batch that a network reads."""

from __future__ import annotations

import ctypes
import dataclasses
import weakref
from typing import TYPE_CHECKING, Any, Union

from .._arrays import as_array, as_dtype, check_output, dtype_code, dtype_name, input_tensor, output_tensor
from .._dlpack import giver, is_foreign
from .._library import library
from .._memory import new_array
from .._options import exact_integer
from .._structures import Error, Tensor
from .._structures import Placement as _PlacementStructure
from .._undo import Placement
from ._steps import Steps

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence
    from typing import SupportsFloat, SupportsIndex

    import numpy as np
    from numpy.typing import DTypeLike, NDArray
    from typing_extensions import TypeAlias

    PerChannel: TypeAlias = Union[SupportsFloat, Sequence[SupportsFloat], None]
    Lengths: TypeAlias = Union[SupportsIndex, Sequence[SupportsIndex], None]


class Preprocess:
    """Images to what a network reads: resized, cropped or padded, rescaled and normalised, in one pass.

    Only what the crop shows is resized. The levels of the resized image, 0 to 255, become numbers through a table for
    each channel, so that the result has the bits of the separate steps. An object of it is immutable; several threads
    may call it at once.

    Parameters
    ----------
    size : (int, int), optional
        Height and width that every image is resized to, whatever its proportions.
    shortest_edge : int, optional
        What the shorter edge is resized to; the longer one keeps the proportions, cut off to an integer.
    longest_edge : int, optional
        What the longer edge is resized to; beside `shortest_edge` the most that it may have.
    within : (int, int), optional
        Height and width within which every image is resized to the largest size with its proportions.
    crop : int, (int, int) or (int, int, int, int), optional
        The size of the output, of which the image is the middle; or top, left, height and width of the part of the
        resized image that is the output. What the image lacks is filled.
    mode : str, optional
        ``"nearest"``, ``"bilinear"``, ``"bicubic"``, ``"lanczos"``, ``"hamming"`` or ``"box"``; of convention
        ``"pytorch"`` also ``"nearest-exact"`` and ``"area"``.
    antialias : bool, optional
        Whether the filter grows with the factor when an image shrinks; Pillow's always do.
    convention : {"pytorch", "pillow"}, optional
        Whose filters resize: torchvision's of tensors, or those of images.
    rescale : float, optional
        What levels are multiplied by; 1 leaves them as they are.
    mean, std : float or sequence of float, optional
        For all channels, or one each: (x - mean) / std. Both are given, or neither.
    dtype : data-type, optional
        Of the result: float32, float16, bfloat16 (by its name, where NumPy does not know it), or uint8 for levels as
        they are, of `rescale` 1.
    memory_format : {"channels_first", "channels_last"}, optional
        Whether the result is (N, C, H, W) or (N, H, W, C).
    pad : int, (int, int) or "largest", optional
        The size of the output, in which no image may be larger; or that of the largest image of a call.
    multiple : int, optional
        The edges of the output are rounded up to a multiple of it.
    anchor : str, optional
        Where the output lies on the resized image, in samples e = resized - output that are too many or missing:
        ``"top_left"``, the default of `pad`; ``"center"``, that of `crop`: e / 2 with halves to even, and cut off where
        it is negative, as torchvision and timm; ``"center_cut_off"``: e / 2 cut off, as transformers with torchvision
        and letterboxes; ``"center_down"``: e / 2 rounded down, as transformers with NumPy.
    edge_rounding : str, optional
        How the edges that `within` gives become integers: ``"down"``, ``"half_up"`` or ``"half_to_even"``.
    fill : int or sequence of int, optional
        The level, 0 to 255, that there is where no image is; 0 by default.
    fill_value : float or sequence of float, optional
        The same as a number of the result, for padding after normalisation; not beside `fill`.
    border : {"constant", "edge"}, optional
        Whether `fill` is there, or the image's nearest sample.
    alpha : {"drop", "white", "refuse"}, optional
        What becomes of the fourth channel, or the second of two: it is dropped, colours are blended with white by it
        before they are resized, or ValueError is raised.
    channels : {1, 3}, optional
        Of the result, by default as many as the images have colours, or `mean` has entries. Grey images are repeated.
    reverse_channels : bool, optional
        Whether colours are read in reverse: BGR images become RGB.
    arithmetic : str, optional
        Where levels are rounded to float32 on their way to x, which is what is normalised: ``"quotient"``, x = level /
        (1 / rescale), as ToTensor, torchvision's presets and timm; ``"product"``, x = level * rescale, as torchvision's
        v2; ``"wide_product"``, the same product in float64, as transformers with NumPy; ``"fused"``, mean and std are
        divided by `rescale` instead, as transformers with torchvision.

    Raises
    ------
    ValueError
        For sizes below 1, arguments that exclude one another, unknown names, and a std of 0.
    TypeError
        For arguments of the wrong type.

    See Also
    --------
    Preprocess.from_config : the same from a training's own configuration.
    undo_boxes, undo_mask : the way back.

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> photo = np.zeros((1080, 1920, 3), np.uint8)
    >>> prepare = sr.Preprocess(
    ...     shortest_edge=256, crop=224, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    >>> prepare(photo).shape
    (1, 3, 224, 224)
    >>> prepare([photo, photo[:500]]).dtype
    dtype('float32')
    >>> where = prepare.placement(photo)
    >>> where.resized_height, where.resized_width, where.top, where.left
    (256, 455, 16, 116)
    """

    def __init__(
        self,
        size: Lengths = None,
        *,
        shortest_edge: SupportsIndex | None = None,
        longest_edge: SupportsIndex | None = None,
        within: Lengths = None,
        crop: Lengths = None,
        mode: str = "bilinear",
        antialias: bool = True,
        convention: str = "pytorch",
        rescale: SupportsFloat = 1 / 255,
        mean: PerChannel = None,
        std: PerChannel = None,
        dtype: DTypeLike = "float32",
        memory_format: str = "channels_first",
        pad: Lengths | str = None,
        multiple: SupportsIndex = 1,
        anchor: str | None = None,
        edge_rounding: str = "down",
        fill: PerChannel = None,
        fill_value: PerChannel = None,
        border: str = "constant",
        alpha: str = "drop",
        channels: SupportsIndex | None = None,
        reverse_channels: bool = False,
        arithmetic: str = "quotient",
    ) -> None:
        steps = Steps(
            size=size,
            shortest_edge=shortest_edge,
            longest_edge=longest_edge,
            within=within,
            crop=crop,
            mode=mode,
            antialias=antialias,
            convention=convention,
            rescale=rescale,
            mean=mean,
            std=std,
            dtype=dtype,
            memory_format=memory_format,
            pad=pad,
            multiple=multiple,
            anchor=anchor,
            edge_rounding=edge_rounding,
            fill=fill,
            fill_value=fill_value,
            border=border,
            alpha=alpha,
            channels=channels,
            reverse_channels=reverse_channels,
            arithmetic=arithmetic,
        )
        self._make(steps)

    def _make(self, steps: Steps) -> None:
        self.steps = steps
        self.dtype: np.dtype[Any] = as_dtype(steps.dtype)
        self._handle = ctypes.c_void_p()
        library.rsmp_preprocess_create(steps.structure(dtype_code(self.dtype)), self._handle, Error())
        # Not at exit: the memory goes anyway, and a daemon thread may be at work.
        weakref.finalize(self, library.rsmp_preprocess_destroy, self._handle).atexit = False

    @classmethod
    def from_config(
        cls,
        config: str | os.PathLike[str] | Mapping[str, Any] | object,
        convention: str | None = None,
        *,
        dtype: DTypeLike = "float32",
        memory_format: str = "channels_first",
    ) -> Preprocess:
        """Return the preprocessing that a training's configuration describes.

        Parameters
        ----------
        config : path, mapping or object
            transformers' ``preprocessor_config.json``, or what is in it; timm's ``pretrained_cfg`` or ``config.json``;
            one of torchvision's presets (``weights.transforms()``); or a ``Compose`` of torchvision's v1 or v2 with
            Resize, CenterCrop, ToTensor (ToImage and ToDtype), Normalize and steps that do nothing.
        convention : {None, "pytorch", "pillow"}, optional
            Whether images are resized as tensors or by Pillow. A configuration does not say it, and None is what its
            library does with an image today: transformers as tensors, timm and torchvision by Pillow. For transformers
            this is also the choice between the backends ``torchvision`` and ``pil`` (release 4: fast and slow).
        dtype, memory_format
            As for `Preprocess`.

        Raises
        ------
        ValueError
            For fields that are not understood, which the message names, and values that make no sense.
        TypeError
            For anything but a configuration.
        OSError
            If the file cannot be read.

        Examples
        --------
        >>> import swiftresample as sr
        >>> prepare = sr.Preprocess.from_config({
        ...     "image_processor_type": "ViTImageProcessor", "size": {"height": 224, "width": 224}, "resample": 2,
        ...     "do_rescale": True, "do_normalize": True, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]})
        >>> prepare.steps.size, prepare.steps.mode, prepare.steps.arithmetic
        ((224, 224), 'bilinear', 'fused')
        """
        from ._config import steps_of

        self = cls.__new__(cls)
        steps = steps_of(config, convention)
        self._make(dataclasses.replace(steps, dtype=dtype, memory_format=memory_format))
        return self

    def __repr__(self) -> str:
        """Return the call that makes the same."""
        return f"Preprocess({self.steps})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what makes the same in another process."""
        return _from_steps, (self.steps,)

    def __call__(self, images: object, out: Any = None) -> Any:
        """Make one batch of one or several images.

        Parameters
        ----------
        images : numpy.ndarray, or any array on the CPU with ``__dlpack__``, or a sequence of them
            (H, W) or (H, W, C) of uint8, C being 1 (grey), 2 (grey and alpha), 3 or 4 (colours and alpha); of any sizes
            and strides. An array of four axes is a sequence.
        out : numpy.ndarray, optional
            Where to put the result: of its shape and dtype, with any strides that keep its elements apart. It may not
            overlap an image.

        Returns
        -------
        numpy.ndarray
            `out`, or a new array: (N, C, H, W) or (N, H, W, C), N being 1 for one image. It is of the kind of the first
            image, but for bfloat16, which is NumPy's.

        Raises
        ------
        ValueError
            For images of other shapes, images that have no common output, and empty images and sequences.
        TypeError
            For other dtypes, and anything but arrays.
        """
        arrays = _images(images)
        structures, kept = _structures(arrays)
        give = None if out is not None else self._giver(images)  # raises before anything is computed
        if out is None:
            memory = new_array(self._output_shape(structures), self.dtype)
        else:
            memory = as_array("out", out)
            check_output(memory, self.dtype)
        target, writes = output_tensor(memory)
        library.rsmp_preprocess_execute(self._handle, len(arrays), structures, target, Error())
        del kept, writes  # not before: they hold what the addresses are of
        if out is not None:
            return out
        return memory if give is None else give(memory)

    def _giver(self, images: Any) -> Callable[[Any], Any] | None:
        """Return what makes results of the kind of the first image, or None where that is NumPy's."""
        first = images[0] if isinstance(images, (list, tuple)) else images
        return giver("images", first) if is_foreign(first) and dtype_name(self.dtype) != "bfloat16" else None

    def output_shape(self, images: object) -> tuple[int, ...]:
        """Return the shape that the images become together; of them the shapes matter alone."""
        structures, _ = _structures(_images(images))
        return self._output_shape(structures)

    def _output_shape(self, structures: ctypes.Array[Tensor]) -> tuple[int, ...]:
        shape = (ctypes.c_int64 * 4)()
        library.rsmp_preprocess_output_shape(self._handle, len(structures), structures, shape, Error())
        return tuple(shape)

    def placement(self, image: object) -> Placement:
        """Return where an image went, for `undo_boxes` and `undo_mask`.

        Parameters
        ----------
        image : array or (int, int)
            The image, or its height and width.
        """
        shape = image if isinstance(image, (tuple, list)) else as_array("image", image).shape
        if len(shape) < 2 or (isinstance(image, (tuple, list)) and len(shape) != 2):
            raise ValueError(f"image must be an array or its height and width, got {shape}")
        structure = _PlacementStructure(struct_size=ctypes.sizeof(_PlacementStructure))
        height, width = (exact_integer("image", length) for length in shape[:2])
        library.rsmp_preprocess_placement(self._handle, height, width, structure, Error())
        fields = [field.name for field in dataclasses.fields(Placement)]
        return Placement(**{name: getattr(structure, name) for name in fields})

    def c_source(self, name: str = "options") -> str:
        """Return the definition of an ``rsmp_preprocess_options`` that does the same in C and C++.

        Examples
        --------
        >>> import swiftresample as sr
        >>> print(sr.Preprocess((224, 224), mean=0.5, std=0.5).c_source())
        rsmp_preprocess_options options = {0};
        options.struct_size = sizeof options;
        options.mode = RSMP_MODE_BILINEAR;
        options.antialias = 1;
        options.resize = RSMP_RESIZE_EXACT;
        options.arithmetic = RSMP_ARITHMETIC_QUOTIENT;
        options.normalize = 1;
        options.height = 224;
        options.width = 224;
        options.rescale = 0.00392156862745098;
        for (int c = 0; c < 3; c++) options.mean[c] = 0.5;
        for (int c = 0; c < 3; c++) options.std[c] = 0.5;
        """
        from ._c import definition

        return definition(name, self.steps.structure(dtype_code(self.dtype)), dtype_name(self.dtype))


def _from_steps(steps: Steps) -> Preprocess:
    self = Preprocess.__new__(Preprocess)
    self._make(steps)
    return self


def _images(images: object) -> list[NDArray[Any]]:
    """Return the images as plain arrays."""
    if isinstance(images, (list, tuple)):
        return [as_array("an image", image) for image in images]
    array = as_array("images", images)
    return list(array) if array.ndim == 4 else [array]


def _structures(arrays: list[NDArray[Any]]) -> tuple[ctypes.Array[Tensor], list[object]]:
    """Return the images as the library takes them, and what has to live as long."""
    if not arrays:
        raise ValueError("there must be at least one image")
    structures = (Tensor * len(arrays))()
    kept: list[object] = []
    for index, array in enumerate(arrays):
        address, keeps = input_tensor(array)
        structures[index] = Tensor.from_address(address)
        kept.append(keeps)
    return structures, kept
