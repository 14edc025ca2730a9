"""sr.Preprocess against its oracle, where the processors themselves need not be installed: PyTorch and Pillow do."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import preprocess_cases as cases
import preprocess_oracle
import pytest

import swiftresample as sr

CALLS = [
    pytest.param(config, convention, id=f"{name}-{convention}")
    for library, configurations in cases.ALL.items()
    for name, config in configurations.items()
    if name not in cases.REFUSED
    for convention in cases.conventions(library, name)
]


@pytest.mark.numbers
@pytest.mark.parametrize(("config", "convention"), CALLS)
def test_many_sizes(config: dict[str, Any], convention: str) -> None:
    resized_by = "PIL" if convention == "pillow" else "torch"
    if importlib.util.find_spec(resized_by) is None:
        pytest.skip(f"{resized_by} is not installed")
    prepare = sr.Preprocess.from_config(config, convention=convention)
    for number, size in enumerate(cases.SIZES):
        image = cases.image(size, number)
        try:
            expected = preprocess_oracle.prepare(config, image, convention)
        except ValueError:
            with pytest.raises(ValueError):
                prepare(image)
            continue
        (result,) = prepare(image)
        np.testing.assert_array_equal(result, expected.astype(np.float32), err_msg=f"{size}", strict=True)


@pytest.mark.parametrize("name", cases.REFUSED)
def test_what_is_refused_is_named(name: str) -> None:
    (config,) = [configurations[name] for configurations in cases.ALL.values() if name in configurations]
    with pytest.raises(ValueError, match=cases.REFUSED[name]):
        sr.Preprocess.from_config(config)
