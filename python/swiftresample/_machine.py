"""The machine: threads and instruction set."""

from __future__ import annotations

import ctypes
import operator
from typing import SupportsIndex

from ._library import as_int32, library
from ._structures import Error


def set_num_threads(n: SupportsIndex) -> None:
    """Set the number of threads that a call may use.

    Parameters
    ----------
    n : int
        From 1 to 1024. Results do not depend on it.

    Raises
    ------
    ValueError
        For a number outside that range.
    TypeError
        For anything but an integer.

    Examples
    --------
    >>> import swiftresample as sr
    >>> before = sr.get_num_threads()
    >>> sr.set_num_threads(1)
    >>> sr.get_num_threads()
    1
    >>> sr.set_num_threads(before)
    """
    library.rsmp_set_num_threads(as_int32("the number of threads", operator.index(n)), Error())


def get_num_threads() -> int:
    """Return the number of threads that a call may use.

    At first it is the value of the environment variable ``RESAMPLE_NUM_THREADS``, or else of ``OMP_NUM_THREADS``, or
    else the number of processors that the process may run on, but no more than the CPU quota of its control group.

    Returns
    -------
    int

    Examples
    --------
    >>> import swiftresample as sr
    >>> sr.get_num_threads() >= 1
    True
    """
    count: int = library.rsmp_get_num_threads()
    return count


def instruction_set() -> str:
    """Return the instruction set in use: ``"baseline"``, ``"avx2"`` or ``"avx512"``, or on AArch64 ``"neon"``.

    It is the best that the processor has, unless the environment variable ``RESAMPLE_INSTRUCTION_SET`` names one.

    Returns
    -------
    str

    Raises
    ------
    RuntimeError
        If the environment variable names what the processor does not have, or no instruction set.

    Examples
    --------
    >>> import swiftresample as sr
    >>> sr.instruction_set() in ("baseline", "avx2", "avx512", "neon")
    True
    """
    name = ctypes.c_char_p()
    library.rsmp_instruction_set(name, Error())
    assert name.value is not None
    return name.value.decode()
