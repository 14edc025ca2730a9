"""examples/preprocess.c, and what it prints in every language: Tests/ffi/run.sh runs them."""

from __future__ import annotations

import functools
import re

import numpy as np
import pytest
from conftest import CHECKOUT

import swiftresample as sr

PROGRAM = CHECKOUT / "examples" / "preprocess.c"
if not PROGRAM.is_file():
    pytest.skip("this is no checkout: there is no examples/preprocess.c", allow_module_level=True)

OPTIONS = {"shortest_edge": 256, "crop": 224, "mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


def photograph(height: int, width: int) -> np.ndarray:
    y, x, c = np.ogrid[:height, :width, :3]
    return ((2 * x + (c + 1) * y) % 256).astype(np.uint8)


@pytest.mark.numbers
def test_python_gives_what_the_programs_print() -> None:
    batch = sr.Preprocess(**OPTIONS)([photograph(480, 640), photograph(300, 200)])
    checksum = functools.reduce(
        lambda total, bits: (31 * total + bits) % 2**32, batch.view(np.uint32).ravel().tolist(), 1
    )
    with pytest.raises(ValueError) as refusal:
        sr.Preprocess(**{**OPTIONS, "std": (0, 0.224, 0.225)})
    expected = (CHECKOUT / "Tests" / "ffi" / "preprocess.expected").read_text()
    assert expected in (CHECKOUT / "examples" / "ffi" / "README.md").read_text()
    assert expected.splitlines() == [
        f"batch of {' x '.join(map(str, batch.shape))}",
        f"first {batch.flat[0]:.4f}, last {batch.flat[-1]:.4f}",
        f"checksum {checksum:08x}",
        f"std 0: {refusal.value}",
    ]


def test_the_program_has_the_options_that_python_writes() -> None:
    program = PROGRAM.read_text().partition("int main")[2].partition("shapes")[0]
    source = sr.Preprocess(**OPTIONS).c_source()
    assert re.findall(r"options[. ][^;]+;", program) == re.findall(r"options[. ][^;]+;", source)
