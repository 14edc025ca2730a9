"""docs/torch.md and examples/train_decoder.py."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import pkgutil
import re
from types import ModuleType

import comparison
import pytest
from conftest import CHECKOUT

try:
    import torch
except ImportError as error:
    comparison.notes.append(f"docs/torch.md was not tested: {error}")
    pytest.skip(f"PyTorch is not importable: {error}", allow_module_level=True)

import swiftresample as sr
import swiftresample.torch as srt

DOCUMENT = CHECKOUT / "docs" / "torch.md"
EXAMPLE = CHECKOUT / "examples" / "train_decoder.py"
checkout = pytest.mark.skipif(not DOCUMENT.is_file(), reason="this is no checkout")
MODULES = [
    "swiftresample.torch",
    *(f"swiftresample.torch.{module.name}" for module in pkgutil.iter_modules(srt.__path__)),
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_do_what_they_show(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


@pytest.mark.parametrize("name", srt.__all__)
def test_every_public_name_has_an_example(name: str) -> None:
    assert ">>> " in getattr(srt, name).__doc__


@checkout
def test_the_lines_of_the_page_give_what_they_show() -> None:
    text = re.sub("^```(python|sh)?$", "", DOCUMENT.read_text(), flags=re.MULTILINE)
    test = doctest.DocTestParser().get_doctest(text, {}, DOCUMENT.name, str(DOCUMENT), 0)
    assert len(test.examples) > 6
    report: list[str] = []
    failed, _ = doctest.DocTestRunner().run(test, out=report.append)
    assert not failed, "".join(report)


def example() -> ModuleType:
    specification = importlib.util.spec_from_file_location("train_decoder", EXAMPLE)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@checkout
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-11), ("float32", 1e-4)])
def test_training_gives_the_same_losses(dtype: str, tolerance: float, capsys: pytest.CaptureFixture[str]) -> None:
    """A loss of about 1 is the mean of many logits.

    Each layer rounds to 1e-13 (float64) or 3e-6 (float32) of its largest sample, docs/exactness.md; six steps of
    descent let that grow by some tens.
    """
    threads, ours = torch.get_num_threads(), sr.get_num_threads()
    try:
        example().main(
            ["--steps", "6", "--size", "32", "--batch", "2", "--channels", "4", "--threads", "1", "--dtype", dtype]
        )
    finally:
        torch.set_num_threads(threads)
        sr.set_num_threads(ours)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["PyTorch", "accelerate()", "accelerate(conv_transpose=True)"]
    for line in lines:
        assert float(line.split()[-1]) <= tolerance
        first, last = re.findall(r"loss ([\d.]+) -> ([\d.]+)", line)[0]
        assert float(last) < float(first)
