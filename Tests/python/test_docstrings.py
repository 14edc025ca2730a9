"""The examples of the docstrings do what they show, and every public name has one."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import inspect
import pkgutil
from typing import Any

import comparison
import pytest

import swiftresample as sr

TORCH_IS_MISSING = importlib.util.find_spec("torch") is None
if TORCH_IS_MISSING:
    comparison.notes.append("the examples of swiftresample.torch were not run: PyTorch is not installed")


def module(name: str) -> Any:
    marks = pytest.mark.skipif(
        TORCH_IS_MISSING and name.startswith("swiftresample.torch"), reason="PyTorch is not installed"
    )
    return pytest.param(name, marks=marks)


def walk(package: Any = sr) -> list[str]:
    """Return the names of all modules, without importing what needs PyTorch."""
    names = [package.__name__]
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if found.ispkg and not (TORCH_IS_MISSING and found.name == "swiftresample.torch"):
            names += walk(importlib.import_module(found.name))
        else:
            names.append(found.name)
    return names


MODULES = walk()
# Those with __all__.
PACKAGES = [
    "swiftresample",
    "swiftresample.cli",
    "swiftresample.dask",
    "swiftresample.jax",
    "swiftresample.nn",
    "swiftresample.onnx",
    "swiftresample.opencv",
    "swiftresample.pillow",
    "swiftresample.preprocess",
    "swiftresample.tensorflow",
    "swiftresample.torch",
]


def test_no_other_module_has_public_names() -> None:
    loaded = [importlib.import_module(name) for name in MODULES if not (TORCH_IS_MISSING and name == PACKAGES[-1])]
    assert {module.__name__ for module in loaded if hasattr(module, "__all__")} <= set(PACKAGES)


@pytest.mark.parametrize("name", [module(name) for name in MODULES])
def test_the_examples_do_what_they_show(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("package", [module(name) for name in PACKAGES])
def test_every_public_name_has_an_example_that_runs(package: str) -> None:
    public = importlib.import_module(package)
    without = []
    for name in public.__all__:
        documented = getattr(public, name)
        if isinstance(documented, str):
            assert name == "__version__"
            continue
        # Its own: getdoc() would give a class that of its base.
        test = doctest.DocTestParser().get_doctest(inspect.cleandoc(documented.__doc__ or ""), {}, name, None, None)
        if not test.examples:
            without.append(name)
        assert doctest.DocTestRunner().run(test).failed == 0
    assert without == []
