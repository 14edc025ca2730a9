"""The modes of interpolate, and what each can do: the one table that everything else asks."""

from __future__ import annotations

from typing import NamedTuple

ANY_RANK = (1, 2, 3)

# The values of antialias that a mode takes.
NEVER, OPTIONAL, ALWAYS = (False,), (False, True), (True,)


class Mode(NamedTuple):
    """A mode, and what it can do."""

    name: str
    number: int  # its RSMP_MODE_ in the header
    ranks: tuple[int, ...]  # the numbers of spatial axes that it is for
    antialias: tuple[bool, ...] = NEVER
    takes_align_corners: bool = False
    copies: bool = False  # samples are copied, whatever their dtype; in other modes they are weighted
    pools: bool = False  # PyTorch's adaptive pooling: a scale factor gives the size and nothing else
    axis: str = ""  # what it is on each axis, where that has another name
    in_pytorch: bool = True  # whether PyTorch has a mode of this name
    #: The ranks in which PyTorch's gradient has the memory format of the output's gradient; in others it is contiguous.
    gradient_keeps_format: tuple[int, ...] = ()

    @property
    def needs_antialias(self) -> bool:
        """Whether the mode is refused without antialias."""
        return self.antialias == ALWAYS

    @property
    def can_antialias(self) -> bool:
        """Whether the mode takes antialias."""
        return self.antialias != NEVER

    @property
    def name_on_axis(self) -> str:
        """The name for a single axis: linear for bilinear."""
        return self.axis or self.name


def _linear(name: str, number: int, rank: int) -> Mode:
    return Mode(name, number, (rank,), OPTIONAL, takes_align_corners=True, axis="linear", gradient_keeps_format=(rank,))


MODES = {
    mode.name: mode
    for mode in (
        Mode("nearest", 0, ANY_RANK, copies=True, gradient_keeps_format=(1, 2)),
        Mode("nearest-exact", 1, ANY_RANK, copies=True, gradient_keeps_format=(1, 2)),
        _linear("linear", 2, 1),
        _linear("bilinear", 3, 2),
        _linear("trilinear", 4, 3),
        Mode("bicubic", 5, (2,), OPTIONAL, takes_align_corners=True, axis="cubic"),
        Mode("area", 6, ANY_RANK, pools=True),
        Mode("lanczos", 7, ANY_RANK, ALWAYS),
        Mode("mitchell", 8, ANY_RANK, ALWAYS, in_pytorch=False),
        Mode("hamming", 9, ANY_RANK, ALWAYS, in_pytorch=False),
        Mode("box", 10, ANY_RANK, ALWAYS, in_pytorch=False),
    )
}

POOLING = tuple(mode.name for mode in MODES.values() if mode.pools)

#: What `axis_taps` takes: the modes, and their names on an axis.
AXIS_MODES = {**MODES, **{mode.axis: mode for mode in MODES.values() if mode.axis not in ("", *MODES)}}


def mode_of_rank(name: str, rank: int) -> str:
    """Return the name of a mode for `rank` spatial axes: linear is bilinear for two."""
    on_axis = MODES[name].name_on_axis
    return next((mode.name for mode in MODES.values() if mode.name_on_axis == on_axis and rank in mode.ranks), name)
