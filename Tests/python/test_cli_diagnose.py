"""``swiftresample diagnose`` finds what made an output, and says so where nothing did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import swiftresample as sr
from swiftresample.cli import main

GENERATOR = np.random.default_rng(0)
IMAGE = GENERATOR.random((1, 3, 20, 26), dtype=np.float32)


@pytest.fixture
def diagnose(tmp_path: Path, capsys: Any) -> Any:
    def run(input: Any, output: Any, *arguments: str) -> tuple[int, str]:
        np.save(tmp_path / "in.npy", input)
        np.save(tmp_path / "out.npy", output)
        status = main(["diagnose", str(tmp_path / "in.npy"), str(tmp_path / "out.npy"), *arguments])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return run


def found(printed: str) -> str:
    (line,) = (line for line in printed.splitlines() if line.startswith("found"))
    return line.partition(": ")[2]


FILTERS = [
    {"mode": "nearest"},
    {"mode": "nearest-exact"},
    {"mode": "area"},
    {"mode": "lanczos", "antialias": True},
    *(
        {"mode": mode, "align_corners": corners, "antialias": antialias}
        for mode in ("bilinear", "bicubic")
        for corners in (False, True)
        for antialias in (False, True)
    ),
]


def expected(options: dict[str, Any]) -> str:
    shown = {name: value for name, value in options.items() if name != "antialias" or value}
    return f"interpolate({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


@pytest.mark.parametrize("options", FILTERS, ids=str)
@pytest.mark.parametrize("size", [(9, 11), (47, 53), (31, 13)])
def test_every_filter_by_size(diagnose: Any, options: dict[str, Any], size: tuple[int, int]) -> None:
    status, printed = diagnose(IMAGE, sr.interpolate(IMAGE, size=size, **options))
    assert status == 0, printed
    answer = expected({**options, "size": size})
    if (
        size == (47, 53) and "'bilinear', align_corners=False" in answer
    ):  # antialias changes nothing but roundings where both axes grow
        answer, printed = answer.replace(", antialias=True", ""), printed.replace(", antialias=True", "")
    assert found(printed) == answer


@pytest.mark.parametrize("options", FILTERS, ids=str)
@pytest.mark.parametrize("factor", [0.46, 1.33, 2.04, 1.7171])
def test_every_filter_by_factor(diagnose: Any, options: dict[str, Any], factor: float) -> None:
    output = sr.interpolate(IMAGE, scale_factor=factor, **options)
    by_size = sr.interpolate(IMAGE, size=output.shape[2:], **options)
    status, printed = diagnose(IMAGE, output)
    assert status == 0, printed
    shown = dict(options)
    if (
        factor > 1 and options["mode"] == "bilinear" and not options["align_corners"]
    ):  # antialias changes nothing but roundings
        shown, printed = {**options, "antialias": False}, printed.replace(", antialias=True", "")
    if np.abs(output - by_size).max() < 1e-5:  # the factor is not used, or makes no difference
        assert found(printed) == expected({**shown, "size": output.shape[2:]})
    elif options["mode"].startswith("nearest"):  # other factors read the same samples
        assert "scale_factor=" in found(printed)
        assert repr(options["mode"]) in found(printed)
    else:
        assert found(printed) == expected({**shown, "scale_factor": factor})
        assert "the factor itself counts" in printed


def test_a_factor_that_nobody_would_guess(diagnose: Any) -> None:
    output = sr.interpolate(IMAGE, scale_factor=1.7182818, mode="bicubic")
    status, printed = diagnose(IMAGE, output)
    assert status == 0
    factor = float(found(printed).partition("scale_factor=")[2].rstrip(")"))
    assert factor == pytest.approx(1.7182818, abs=1e-5)


def test_a_factor_for_each_axis(diagnose: Any) -> None:
    output = sr.interpolate(IMAGE, scale_factor=(0.5, 1.9), mode="bilinear")
    status, printed = diagnose(IMAGE, output)
    assert status == 0
    assert "mode='bilinear'" in found(printed)


def test_recompute_scale_factor_is_the_rule_of_sizes(diagnose: Any) -> None:
    output = sr.interpolate(IMAGE, scale_factor=1.33, mode="bilinear", recompute_scale_factor=True)
    status, printed = diagnose(IMAGE, output)
    assert status == 0
    assert found(printed) == "interpolate(mode='bilinear', align_corners=False, size=(26, 34))"
    assert "recompute_scale_factor=True" in printed


@pytest.mark.parametrize(("shape", "mode"), [((2, 3, 30), "linear"), ((1, 2, 9, 10, 11), "trilinear")])
@pytest.mark.parametrize("corners", [False, True])
def test_other_ranks(diagnose: Any, shape: tuple[int, ...], mode: str, corners: bool) -> None:
    array = GENERATOR.random(shape)
    output = sr.interpolate(array, scale_factor=2, mode=mode, align_corners=corners)
    status, printed = diagnose(array, output)
    assert status == 0
    assert found(printed).startswith(f"interpolate(mode={mode!r}, align_corners={corners}, size=")


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float64", "float16"])
def test_other_dtypes(diagnose: Any, dtype: str) -> None:
    array = (IMAGE * 250).astype(dtype)
    status, printed = diagnose(array, sr.interpolate(array, size=(9, 8), mode="bicubic", antialias=True))
    assert status == 0
    assert found(printed).startswith("interpolate(mode='bicubic', align_corners=False, antialias=True")
    assert "bit for bit" in printed


def test_labels(diagnose: Any) -> None:
    labels = GENERATOR.integers(-9, 9, (1, 1, 20, 26))
    status, printed = diagnose(labels, sr.interpolate(labels, size=(9, 8), mode="nearest-exact"))
    assert (status, found(printed)) == (0, "interpolate(mode='nearest-exact', size=(9, 8))")
    status, printed = diagnose(labels, np.zeros((1, 1, 9, 8), np.int64))
    assert status == 1
    assert "not tried, because int64 is not for them: bilinear" in printed


@pytest.mark.parametrize(("divisor", "note"), [(1, "as float32"), (255, "divided by 255")])
def test_bytes_that_became_floats(diagnose: Any, divisor: int, note: str) -> None:
    array = (IMAGE * 250).astype(np.uint8)
    output = sr.interpolate(array.astype(np.float32) / np.float32(divisor), size=(9, 8), mode="bilinear")
    status, printed = diagnose(array, output)
    assert status == 0
    assert note in printed


def test_red_and_blue_exchanged(diagnose: Any) -> None:
    output = sr.interpolate(IMAGE[:, ::-1], size=(9, 8), mode="bilinear")
    status, printed = diagnose(IMAGE, output)
    assert status == 0
    assert "(red and blue exchanged)" in printed


@pytest.mark.parametrize("what", ["noise", "moved", "flipped"])
def test_none(diagnose: Any, what: str) -> None:
    output = sr.interpolate(IMAGE, size=(40, 52), mode="bilinear")
    wrong = {"noise": GENERATOR.random(output.shape), "moved": np.roll(output, 1, 2), "flipped": output[:, :, ::-1]}
    status, printed = diagnose(IMAGE, wrong[what].astype(np.float32))
    assert status == 1
    assert "none of" in printed
    assert "found" not in printed


def test_arrays_that_do_not_tell(diagnose: Any) -> None:
    status, printed = diagnose(np.ones_like(IMAGE), np.ones((1, 3, 9, 8), np.float32))
    assert status == 0
    assert "these arrays do not tell it from" in printed


def test_nan_is_no_number(diagnose: Any) -> None:
    output = sr.interpolate(IMAGE, size=(9, 8), mode="area").copy()
    output[0, 0, 0, 0] = np.nan
    status, printed = diagnose(IMAGE, output)
    assert status == 1
    assert "inf" in printed


def test_images(tmp_path: Path, capsys: Any) -> None:
    images = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    image = images.fromarray((IMAGE[0] * 255).astype(np.uint8).transpose(1, 2, 0))
    image.save(tmp_path / "a.png")
    image.resize((13, 11), images.Resampling.BICUBIC).save(tmp_path / "b.png")
    assert main(["diagnose", str(tmp_path / "a.png"), str(tmp_path / "b.png")]) == 0
    assert found(capsys.readouterr().out).startswith("interpolate(mode='bicubic', align_corners=False, antialias=True")


@pytest.mark.parametrize(
    ("input", "output", "arguments", "says"),
    [
        (IMAGE, IMAGE[:, :2], [], "--layout image"),
        (IMAGE, IMAGE[0], [], "--layout image"),
        (IMAGE[:, :, :0], IMAGE, [], "no samples"),
        (IMAGE, IMAGE, ["--layout", "image"], "is neither (H, W)"),
        (np.zeros(3, "V2"), IMAGE, [], "its dtype is"),
    ],
)
def test_refused(diagnose: Any, input: Any, output: Any, arguments: list[str], says: str) -> None:
    status, printed = diagnose(input, output, *arguments)
    assert status == 2
    assert says in printed.splitlines()[-1]


@pytest.mark.parametrize("options", [options for options in FILTERS if options["mode"] != "lanczos"], ids=str)
@pytest.mark.parametrize("target", [{"size": (9, 11)}, {"scale_factor": 0.46}, {"scale_factor": 1.33}], ids=str)
def test_outputs_of_pytorch(diagnose: Any, options: dict[str, Any], target: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    output = torch.nn.functional.interpolate(torch.from_numpy(IMAGE), **target, **options).numpy()
    status, printed = diagnose(IMAGE, output)
    assert status == 0, printed
    assert repr(options["mode"]) in found(printed)
    if "align_corners" in options:
        assert f"align_corners={options['align_corners']}" in found(printed)
    if target != {"scale_factor": 1.33}:
        assert ("antialias=True" in found(printed)) == options.get("antialias", False)
    if "scale_factor" in target and options["mode"] != "area" and not options.get("align_corners"):
        assert "scale_factor=" in found(printed)
