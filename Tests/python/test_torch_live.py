"""The library against the PyTorch that is installed, on thousands of random calls."""

from __future__ import annotations

import cases
import comparison
import numpy as np
import oracle
import pytest
import tolerances

import swiftresample as sr

pytestmark = pytest.mark.slow

try:
    import torch
except ImportError as error:
    comparison.notes.append(f"PyTorch was not compared: {error}")
    pytest.skip(f"PyTorch is not importable: {error}", allow_module_level=True)

BATCHES = 20
BATCH = 400


def to_torch(x: np.ndarray) -> torch.Tensor:
    """A contiguous tensor with the samples of the array."""
    x = np.ascontiguousarray(x)
    return (
        torch.from_numpy(x.view(np.int16)).view(torch.bfloat16) if x.dtype == oracle.BFLOAT16 else torch.from_numpy(x)
    )


def to_numpy(tensor: torch.Tensor) -> np.ndarray:
    """An array with the samples of the tensor."""
    bfloat16 = tensor.dtype == torch.bfloat16
    return tensor.contiguous().view(torch.int16).numpy().view(oracle.BFLOAT16) if bfloat16 else tensor.numpy()


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_calls_agree(batch: int) -> None:
    for case in cases.random_cases(seed=1000 + batch, count=BATCH, pytorch_only=True):
        x = case.input()
        actual = sr.interpolate(x, **case.options)
        if cases.pytorch_defect(case):
            comparison.assert_agrees(actual, oracle.interpolate(x, **case.options), case, x, "oracle")
            continue
        expected = to_numpy(torch.nn.functional.interpolate(to_torch(x), **case.options))
        slack = tolerances.coordinate_rounding(case, x, torch.__version__)
        comparison.assert_agrees(actual, expected, case, x, f"torch {torch.__version__}", slack)
