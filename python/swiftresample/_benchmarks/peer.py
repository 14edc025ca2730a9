"""What a peer is: a library that can do some of the cases, and a contender, its way to do one of them.

An adapter gets everything ready that does not depend on the samples, or says why the peer cannot do the case.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import importlib.metadata
import os
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from . import equivalents
from .case import Array, Case, Interpolate

if TYPE_CHECKING:
    from collections.abc import Callable

    from .equivalents import Equivalent

#: What becomes of the output: memory that every call writes again, or new memory at every call.
REUSED = "reused"
FRESH = "fresh"


class CannotDo(Exception):  # noqa: N818  # a peer's limits are not an error
    """A peer cannot do a case; the message says why."""


class ComputesSomethingElse(CannotDo):
    """A peer's result is another one than it should be."""


@dataclasses.dataclass(frozen=True)
class Contender:
    """One way to do a case: `call` is what is timed, and `result` returns what the last call computed."""

    call: Callable[[], object]
    result: Callable[[], Array]
    output: str
    note: str = ""


class Peer:
    """A library that can do some of the cases."""

    name: str
    package: str  # as pip names it
    module: str
    further_modules: tuple[str, ...] = ()
    needs = ""  # further packages
    avx2_alone: ClassVar[dict[str, str]] = {}  # the environment in which it uses no more than AVX2
    takes_views = False  # whether arrays whose samples lie apart go into the call as they are

    def does(self, case: Case) -> bool:  # noqa: ARG002
        """Tell whether the peer is one for cases of this kind at all."""
        return True

    def __init__(self) -> None:
        """Load the library, or raise ImportError.

        Where this library is held to AVX2, so is the peer if there is a way: as on a processor that has no more.
        """
        if os.environ.get("RESAMPLE_INSTRUCTION_SET") == "avx2":
            for name, value in self.avx2_alone.items():
                os.environ.setdefault(name, value)
        self.library = importlib.import_module(self.module)
        for module in self.further_modules:
            importlib.import_module(module)

    @property
    def version(self) -> str:
        """The version that is installed."""
        return importlib.metadata.version(self.package)

    def context(self) -> contextlib.AbstractContextManager[Any]:
        """Return what its users put around their calls."""
        return contextlib.nullcontext()

    def prepare(self, case: Case, arrays: tuple[Array, ...], threads: int) -> Contender:
        """Prepare calls that may use that many threads, or raise CannotDo."""
        raise NotImplementedError

    def equivalent(self, case: Case) -> Equivalent:
        """Return what the peer calls the case's operator, or raise CannotDo."""
        equivalent = equivalents.EQUIVALENTS[case.operator].get(self.name)
        if equivalent is None:
            raise CannotDo(f"has no {case.operator} that gives the same")
        if isinstance(case, Interpolate):
            if case.view and not self.takes_views:
                raise CannotDo("takes arrays whose samples lie apart only as copies")
            if equivalent.only == "enlarging" and not case.enlarges:
                raise CannotDo(f"has {case.operator} only for images that grow: it antialiases others")
            if equivalent.only == "dividing" and not case.divides:
                raise CannotDo(f"has {case.operator} only for whole factors")
        return equivalent


def memory_order(array: Array, case: Case) -> Array:
    """Return the array (N, C, ...) with its axes in the order in which they lie in memory."""
    return np.moveaxis(array, 1, -1) if case.channels_last else array


def channels_second(array: Array, case: Case) -> Array:
    """Return an array in the order of memory as (N, C, ...)."""
    return np.moveaxis(array, -1, 1) if case.channels_last else array


def first_sentence(error: Exception) -> str:
    """Return the beginning of an exception's message, on one line."""
    words = " ".join(str(error).split())
    return words if len(words) <= 160 else words[:157] + "..."
