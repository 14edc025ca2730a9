"""The table of modes is what the header, the library and the README say."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from conftest import CHECKOUT

import swiftresample as sr
from swiftresample import _modes
from swiftresample._modes import MODES

HEADER = CHECKOUT / "include" / "swiftresample.h"
README = CHECKOUT / "README.md"
ENUM = re.compile(r"^ *RSMP_MODE_(\w+) = (\d+)", re.MULTILINE)
RANKS = (1, 2, 3)


@pytest.mark.skipif(not HEADER.is_file(), reason="this is no checkout: there is no header")
def test_the_header_has_the_same_modes() -> None:
    enum = {name: int(number) for name, number in ENUM.findall(HEADER.read_text())}
    (count,) = map(int, re.findall(r"RSMP_MODE_COUNT = (\d+)", HEADER.read_text()))
    assert enum == {mode.name.upper().replace("-", "_"): mode.number for mode in MODES.values()}
    assert count == len(MODES)
    assert sorted(enum.values()) == list(range(count))


def is_taken(mode: str, rank: int, dtype: str = "float32", **options: Any) -> bool:
    try:
        sr.Plan((1, 1, *(4,) * rank), dtype, size=8, mode=mode, **options)
    except (ValueError, TypeError, NotImplementedError):
        return False
    return True


@pytest.mark.parametrize("mode", MODES.values(), ids=list(MODES))
def test_the_library_takes_what_the_table_says(mode: _modes.Mode) -> None:
    plain = {"antialias": mode.needs_antialias}
    assert tuple(rank for rank in RANKS if is_taken(mode.name, rank, **plain)) == mode.ranks
    for rank, antialias, corners in itertools.product(mode.ranks, (False, True), (False, True)):
        taken = antialias in mode.antialias
        assert is_taken(mode.name, rank, antialias=antialias) == taken, antialias
        expected = taken and mode.takes_align_corners
        if corners or not mode.needs_antialias:  # a False that is stated is no option of lanczos, and does no harm
            assert is_taken(mode.name, rank, antialias=antialias, align_corners=corners) == expected, (
                antialias,
                corners,
            )
        assert is_taken(mode.name, rank, "complex64", **plain) == mode.copies


@pytest.mark.parametrize("mode", MODES.values(), ids=list(MODES))
def test_factors_that_mean_nothing(mode: _modes.Mode) -> None:
    """Where a mode pools, a factor is worth the size that it gives; elsewhere its own distance between samples."""
    options = {"mode": mode.name, "antialias": mode.needs_antialias}
    by_factor = sr.Plan((1, 1, *(10,) * mode.ranks[0]), scale_factor=2.45, **options).axes[0]
    by_size = sr.Plan((1, 1, *(10,) * mode.ranks[0]), size=24, **options).axes[0]
    same = (by_factor.indices.tobytes(), by_factor.weights.tobytes()) == (
        by_size.indices.tobytes(),
        by_size.weights.tobytes(),
    )
    assert same == mode.pools


@pytest.mark.parametrize("mode", MODES.values(), ids=list(MODES))
def test_an_axis_by_both_names(mode: _modes.Mode) -> None:
    options = {"antialias": mode.needs_antialias}
    one, other = (sr.axis_taps(7, 11, name, **options) for name in (mode.name, mode.name_on_axis))
    assert one.weights.tobytes() == other.weights.tobytes()
    assert one.indices.tobytes() == other.indices.tobytes()


def test_modes_of_a_rank() -> None:
    assert [_modes.mode_of_rank("linear", rank) for rank in RANKS] == ["linear", "bilinear", "trilinear"]
    assert _modes.mode_of_rank("trilinear", 1) == "linear"
    for name in ("nearest", "nearest-exact", "bicubic", "area", "lanczos"):
        assert [_modes.mode_of_rank(name, rank) for rank in RANKS] == [name] * 3


@pytest.mark.skipif(not README.is_file(), reason="this is no checkout: there is no README")
def test_the_readme_has_the_same_table() -> None:
    text = README.read_text().partition("## Modes")[2].partition("What is **bold**")[0].replace("*", "")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| `")]
    found = {name: row[1:4] for row in rows for name in re.findall(r"`([\w-]+)`", row[0])}
    words = {_modes.NEVER: "", _modes.OPTIONAL: "yes", _modes.ALWAYS: "always"}
    assert found == {
        mode.name: [
            ", ".join(f"{rank + 2}-D" for rank in mode.ranks),
            "yes" if mode.takes_align_corners else "",
            words[mode.antialias],
        ]
        for mode in MODES.values()
    }
