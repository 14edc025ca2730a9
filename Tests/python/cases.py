"""Random valid calls of ``interpolate``: from a NumPy generator, or drawn by hypothesis, which then shrinks them."""

from __future__ import annotations

import dataclasses
import math
import os
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
import oracle
from hypothesis import strategies as st

from swiftresample._modes import MODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    Item = TypeVar("Item")

RANKS = {mode.name: tuple(rank + 2 for rank in mode.ranks) for mode in MODES.values()}
WITH_ALIGN_CORNERS = tuple(mode.name for mode in MODES.values() if mode.takes_align_corners)
WITHOUT_ANTIALIAS = tuple(mode.name for mode in MODES.values() if not mode.needs_antialias)
WITH_ANTIALIAS = tuple(mode.name for mode in MODES.values() if mode.can_antialias)

HALF_TYPES = ("float16", "bfloat16") if oracle.BFLOAT16 else ("float16",)
FLOATS = ("float32", "float64", *HALF_TYPES)
INTEGERS = ("uint8", "int8", "int16", "uint16", "int32")
COPIED = ("bool", "uint32", "int64", "uint64", "complex64", "complex128")

#: Random calls are the same ones each time, unless TEST_SEED asks for others; pytest's heading says which there were.
SEED = int(os.environ.get("TEST_SEED", "0"))

#: Longest axis of an ordinary case, and of one that has a single long axis, by rank.
ORDINARY = {3: 500, 4: 96, 5: 14}
LONG = {3: 5000, 4: 2500, 5: 300}
LARGEST_OUTPUT = 200_000


@dataclasses.dataclass(frozen=True)
class Case:
    """One call: the input is random, but the same each time, and `options` are keyword arguments of interpolate."""

    shape: tuple[int, ...]
    dtype: str
    options: dict[str, Any]
    channels_last: bool
    seed: int

    @property
    def mode(self) -> str:
        """The mode, with what changes the operator: 'bicubic, antialias'."""
        return self.options["mode"] + (", antialias" if self.options.get("antialias") else "")

    @property
    def outputs(self) -> list[int]:
        """The output's spatial shape."""
        given = (self.options.get("size"), self.options.get("scale_factor"))
        return oracle.output_lengths(self.shape[2:], *given, self.options["mode"], None)[0]

    def input(self) -> np.ndarray:
        """The input array, in the case's memory format."""
        x = samples(self.shape, self.dtype, self.seed)
        return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1) if self.channels_last else x


def numpy_dtype(name: str) -> np.dtype:
    """The dtype of that name, bfloat16 included."""
    if name != "bfloat16":
        return np.dtype(name)
    assert oracle.BFLOAT16 is not None, "bfloat16 needs ml_dtypes: HALF_TYPES has it where that is installed"
    return oracle.BFLOAT16


def samples(shape: Sequence[int], dtype: str, seed: int) -> np.ndarray:
    """Normal samples of a float dtype, and the whole range of an integer one; one image in three is black and white."""
    random = np.random.default_rng(seed)
    if dtype in FLOATS:
        return random.standard_normal(shape).astype(numpy_dtype(dtype))
    if dtype.startswith("complex"):
        return (random.standard_normal(shape) + 1j * random.standard_normal(shape)).astype(dtype)
    limits = np.iinfo(np.uint8 if dtype == "bool" else dtype)
    x = random.integers(limits.min, limits.max, shape, limits.dtype, endpoint=True)
    if dtype == "bool" or seed % 3 == 0:
        black, white = np.array([limits.min, limits.max], limits.dtype)
        x = np.where(x > limits.max // 2, white, black)
    return x.astype(dtype)


# --- What may be asked -----------------------------------------------------------------------------------------------


def pytorch_dtypes(mode: str, rank: int, antialias: bool) -> tuple[str, ...]:
    """The dtypes for which PyTorch has a mode on the CPU; none where it does not have it at all."""
    if not MODES[mode].in_pytorch or not library_dtypes(mode, rank, antialias):
        return ()
    if antialias:
        return ("float32", "float64", "uint8") if rank == 4 else ()
    return FLOATS if mode in ("area", "linear", "trilinear") else (*FLOATS, "uint8")


def library_dtypes(mode: str, rank: int, antialias: bool) -> tuple[str, ...]:
    """The dtypes for which this library has a mode; none where it does not have it at all."""
    if mode not in (WITH_ANTIALIAS if antialias else WITHOUT_ANTIALIAS):
        return ()
    return (*FLOATS, *INTEGERS, *COPIED) if mode in oracle.NEAREST else (*FLOATS, *INTEGERS)


def operators(pytorch_only: bool) -> list[tuple[str, int, bool, tuple[str, ...]]]:
    """Every mode, rank, antialias, and the dtypes it has."""
    found = []
    for mode, ranks in RANKS.items():
        for rank in ranks:
            for antialias in (False, True):
                dtypes = (pytorch_dtypes if pytorch_only else library_dtypes)(mode, rank, antialias)
                if dtypes:
                    found.append((mode, rank, antialias, dtypes))
    return found


def pytorch_defect(case: Case) -> str | None:
    """Why the library's answer differs from PyTorch's, which is wrong there (docs/exactness.md); None elsewhere."""
    weighted = case.options["mode"] not in (*oracle.NEAREST, "area")
    if len(case.shape) == 4 and weighted and case.outputs[1] == 1:
        channels, output_height = case.shape[1], case.outputs[0]
        by_planes = channels > 4 if case.dtype == "uint8" else case.options.get("antialias", False)
        if by_planes and output_height > 1 and output_height != case.shape[2]:
            return "PyTorch repeats the first row of an output of width 1"
        if case.dtype == "uint8" and channels == 3 and output_height == 1:
            return "PyTorch fails on three channels of uint8 with one output sample"
    if len(case.shape) == 5 and case.options["mode"] == "area" and case.dtype in HALF_TYPES:
        return "PyTorch averages volumes of half types in the half type"
    return None


# --- Choosing --------------------------------------------------------------------------------------------------------


class Choices(Protocol):
    """Where the choices of a random case come from."""

    def integer(self, low: int, high: int) -> int:
        """An integer from low to high."""

    def length(self, longest: int) -> int:
        """A length from 1 to longest, the short ones more often."""

    def real(self, low: float, high: float) -> float:
        """A number from low to high."""

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items."""


class RandomChoices:
    """Choices of a NumPy generator."""

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random

    def integer(self, low: int, high: int) -> int:
        return int(self._random.integers(low, high, endpoint=True))

    def length(self, longest: int) -> int:
        return int(math.exp(self._random.uniform(0, math.log(longest + 1))))

    def real(self, low: float, high: float) -> float:
        return float(self._random.uniform(low, high))

    def pick(self, items: Sequence[Item]) -> Item:
        return items[self.integer(0, len(items) - 1)]


class DrawnChoices:
    """Choices of hypothesis."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def integer(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))

    def length(self, longest: int) -> int:
        return self._draw(st.integers(1, longest))

    def real(self, low: float, high: float) -> float:
        return self._draw(st.floats(low, high))

    def pick(self, items: Sequence[Item]) -> Item:
        return self._draw(st.sampled_from(items))


def random_case(random: np.random.Generator, pytorch_only: bool = False) -> Case:
    """A random case from a NumPy generator."""
    return choose(RandomChoices(random), pytorch_only)


def generator(seed: int) -> np.random.Generator:
    """The generator of a test's random calls: `seed` is the test's own."""
    return np.random.default_rng([seed, SEED] if SEED else seed)


def random_cases(seed: int, count: int, pytorch_only: bool = False) -> list[Case]:
    """As many random cases, the same ones for the same seed."""
    random = generator(seed)
    return [random_case(random, pytorch_only) for _ in range(count)]


@st.composite
def drawn_cases(draw: st.DrawFn, pytorch_only: bool = False) -> Case:
    """A hypothesis strategy of cases."""
    return choose(DrawnChoices(draw), pytorch_only)


def choose(choices: Choices, pytorch_only: bool) -> Case:
    """A valid call: an operator, a shape, a dtype and options."""
    mode, rank, antialias, dtypes = choices.pick(operators(pytorch_only))
    lengths = choose_lengths(choices, rank)
    options: dict[str, Any] = {"mode": mode}
    if antialias:
        options["antialias"] = True
    if mode in WITH_ALIGN_CORNERS:
        options["align_corners"] = choices.pick((None, False, True))
    options.update(choose_outputs(choices, lengths))
    if "scale_factor" in options:
        options["recompute_scale_factor"] = choices.pick((None, False, True))
    # No image at all is a case, too, but one of it is enough.
    images = choices.pick((1, 1, 1, 2, 3, 0) if choices.integer(0, 9) == 0 else (1, 2))
    shape = (images, choices.pick((1, 2, 3, 4, 5, 8)), *lengths)
    return Case(
        shape=shape,
        dtype=choices.pick(dtypes),
        options=options,
        channels_last=choices.integer(0, 3) == 0,
        seed=choices.integer(0, 2**31),
    )


def choose_lengths(choices: Choices, rank: int) -> list[int]:
    """Spatial lengths: all ordinary, or one long and the others tiny."""
    lengths = [choices.length(ORDINARY[rank]) for _ in range(rank - 2)]
    if choices.integer(0, 7) == 0:
        lengths = [min(length, 4) for length in lengths]
        lengths[choices.integer(0, rank - 3)] = choices.length(LONG[rank])
    return lengths


def choose_outputs(choices: Choices, lengths: Sequence[int]) -> dict[str, Any]:
    """A size or a scale factor, as one number or one a axis, whose output is neither empty nor huge."""
    if choices.integer(0, 1):
        size: Any = [choose_size(choices, length) for length in lengths]
        if choices.integer(0, 4) == 0:
            size = [size[0]] * len(lengths)
        if math.prod(size) > LARGEST_OUTPUT:
            size = list(lengths)
        return {"size": size[0] if len(set(size)) == 1 and choices.integer(0, 1) else tuple(size)}
    factors: Any = [choose_factor(choices, length) for length in lengths]
    if choices.integer(0, 4) == 0:
        factors = [factors[0]] * len(lengths)
    factors = [factor if int(length * factor) >= 1 else 1.0 for length, factor in zip(lengths, factors)]
    if math.prod(int(length * factor) for length, factor in zip(lengths, factors)) > LARGEST_OUTPUT:
        factors = [1.0] * len(lengths)
    return {"scale_factor": factors[0] if len(set(factors)) == 1 and choices.integer(0, 1) else tuple(factors)}


def choose_size(choices: Choices, length: int) -> int:
    """An output length: any, or one that the rules treat apart."""
    return choices.pick((length, 2 * length, 1, *[choices.length(max(2 * length, 16))] * 7))


def choose_factor(choices: Choices, length: int) -> float:
    """A factor: any, a whole one, or one just above where the rules change."""
    kind = choices.integer(0, 5)
    if kind == 0:
        return choices.pick((1.0, 2.0, 2, 3, 0.5, 1 / 3))
    if kind <= 2:
        return kind + choices.real(0, 1 / length)
    if kind == 3:
        return choices.length(max(2 * length, 16)) / length
    return choices.real(0.1, 3.0)
