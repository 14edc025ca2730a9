"""A picture between one file and the next: upright samples, what they mean, and what is kept beside them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from ._exif import Exif

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._common import Array

#: The channels of each mode. Modes have Pillow's names; how many bits a sample has says the dtype.
CHANNELS = {"1": 1, "L": 1, "P": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4}
WITHOUT_ALPHA = {"LA": "L", "RGBA": "RGB"}
WITH_ALPHA = {"L": "LA", "RGB": "RGBA"}


@dataclasses.dataclass
class Picture:
    """An image, upright."""

    #: (H, W, C): the channels of the mode, then samples whose meaning is not said.
    samples: Array
    mode: str
    #: Colours (N, 3) of a palette, and the alpha of the first of them.
    palette: Array | None = None
    palette_alpha: bytes = b""
    profile: bytes | None = None
    exif: Exif = dataclasses.field(default_factory=lambda: Exif({}))
    text: dict[str, str] = dataclasses.field(default_factory=dict)
    comment: bytes | None = None
    #: TIFF's, by its number.
    compression: int | None = None
    #: The chunks by which PNG says what the colours are.
    colours: dict[bytes, bytes] = dataclasses.field(default_factory=dict)
    #: What else the file says about its colours, and no file will that is written.
    left_out: tuple[str, ...] = ()
    #: What it says beside that, likewise.
    not_kept: tuple[str, ...] = ()
    #: Whether some number means that a sample is missing: such are not to be weighted.
    marks_missing: bool = False
    #: Of a picture that is not in memory: its samples from top to bottom, made as they are asked for, and its height.
    #: `samples` has none of its rows then.
    strips: Iterable[Array] | None = None
    height_of_strips: int = 0

    @property
    def height(self) -> int:
        """The number of its rows."""
        return self.height_of_strips if self.strips else len(self.samples)

    def gather(self) -> None:
        """Take all of its samples into memory."""
        if self.strips:
            samples = np.empty((self.height, *self.samples.shape[1:]), self.samples.dtype)
            first = 0
            for strip in self.strips:
                samples[first : first + len(strip)] = strip
                first += len(strip)
            self.samples, self.strips = samples, None

    @property
    def extra(self) -> int:
        """The number of samples of a pixel whose meaning is not said."""
        return int(self.samples.shape[2]) - CHANNELS[self.mode]

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is alpha."""
        return self.mode in WITHOUT_ALPHA

    @property
    def is_opaque(self) -> bool:
        """Whether alpha, if there is any, is full everywhere."""
        return not self.has_alpha or bool((self.samples[..., -1] == np.iinfo(self.samples.dtype).max).all())

    def drop_alpha(self) -> None:
        """Leave the last channel out."""
        self.samples = np.ascontiguousarray(self.samples[..., :-1])
        self.mode = WITHOUT_ALPHA[self.mode]

    def make_transparent(self, colour: Any) -> None:
        """Add alpha: one colour is transparent."""
        opaque = (self.samples != np.asarray(colour)).any(axis=2, keepdims=True)
        full = np.iinfo(self.samples.dtype).max
        self.samples = np.concatenate([self.samples, (opaque * full).astype(self.samples.dtype)], axis=2)
        self.mode = WITH_ALPHA[self.mode]

    def look_up(self) -> None:
        """Replace the indices of a palette by its colours."""
        assert self.palette is not None
        colours = self.palette
        if self.palette_alpha:
            alpha = np.full(len(colours), 255, np.uint8)
            given = np.frombuffer(self.palette_alpha, np.uint8)[: len(colours)]
            alpha[: len(given)] = given
            colours = np.concatenate([colours, alpha[:, None]], axis=1)
        self.samples = colours[self.samples[..., 0]]
        self.mode = "RGBA" if self.palette_alpha else "RGB"
        self.palette, self.palette_alpha = None, b""


def upright(samples: Array, orientation: int) -> Array:
    """Turn samples (H, W, C) as the orientation of EXIF says."""
    if orientation in (5, 6, 7, 8):
        samples = samples.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        samples = samples[::-1]
    if orientation in (2, 3, 6, 7):
        samples = samples[:, ::-1]
    return np.ascontiguousarray(samples)


def upright_size(height: int, width: int, orientation: int) -> tuple[int, int]:
    """Return the size after that turn."""
    return (width, height) if orientation in (5, 6, 7, 8) else (height, width)
