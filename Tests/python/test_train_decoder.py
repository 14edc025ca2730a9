"""examples/train_decoder.py: training with and without accelerate() gives the same losses."""

from __future__ import annotations

import importlib.util
import re
from types import ModuleType

import comparison
import pytest
from conftest import CHECKOUT

try:
    import torch
except ImportError as error:
    comparison.notes.append(f"examples/train_decoder.py was not tested: {error}")
    pytest.skip(f"PyTorch is not importable: {error}", allow_module_level=True)

import swiftresample as sr

pytestmark = pytest.mark.slow

EXAMPLE = CHECKOUT / "examples" / "train_decoder.py"
if not EXAMPLE.is_file():
    pytest.skip("this is no checkout: there is no examples/train_decoder.py", allow_module_level=True)


def example() -> ModuleType:
    specification = importlib.util.spec_from_file_location("train_decoder", EXAMPLE)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


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
