"""examples/serve.py and serve.cpp: the models find what was painted, and both programs print the same."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import comparison
import numpy as np
import pytest
from conftest import CHECKOUT

try:
    import onnx  # noqa: F401
    import onnxruntime  # noqa: F401
except ImportError as error:
    comparison.notes.append(f"examples/serve.py was not tested: {error}")
    pytest.skip(f"ONNX Runtime is not importable: {error}", allow_module_level=True)

import swiftresample as sr
from swiftresample._library import library

EXAMPLES = CHECKOUT / "examples"
if not (EXAMPLES / "serve.py").is_file():
    pytest.skip("this is no checkout: there is no examples/serve.py", allow_module_level=True)
COMPILER = shutil.which("c++")


@pytest.fixture(scope="module")
def serve() -> ModuleType:
    specification = importlib.util.spec_from_file_location("serve", EXAMPLES / "serve.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def models(serve: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    serve.make_models(folder)
    return folder


def test_photographs_are_told_apart(serve: ModuleType, models: Path) -> None:
    model = serve.Model(models / "classification")
    lights = {"noon": (255, 255, 255), "dusk": (255, 140, 110), "night": (40, 60, 100)}
    for size in ((480, 640), (37, 41), (900, 300)):
        assert model.classify([serve.photograph(*size, light) for light in lights.values()]) == list(lights)


@pytest.mark.parametrize("size", [(480, 640), (1080, 810), (200, 900)])
def test_pixels_are_labelled_as_they_were_painted(serve: ModuleType, models: Path, size: tuple[int, int]) -> None:
    """All but those near the edge of another thing: its colours are mixed on the network's grid, of 128 x 128 cells."""
    labels = serve.Model(models / "segmentation").segment(serve.photograph(*size, (255, 255, 255)))
    painted = serve.scene(*size)
    assert labels.shape == size
    assert labels.dtype == np.uint8
    cells = [-(-length // 128) for length in size]
    is_far = np.ones(size, bool)
    for axis, cell in enumerate(cells):
        for shift in (-cell, cell):
            is_far &= np.roll(painted, shift, axis) == painted
    assert is_far.mean() > 0.9
    np.testing.assert_array_equal(labels[is_far], painted[is_far])


def test_a_configuration_that_is_not_the_training_s_is_seen(serve: ModuleType, models: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(models / "segmentation", tmp_path / "segmentation")
    file = folder / "preprocessor_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "do_rescale": False}))
    labels = serve.Model(folder).segment(serve.photograph(480, 640, (255, 255, 255)))
    assert (labels != serve.scene(480, 640)).mean() > 0.1


def test_the_page_shows_what_is_printed(serve: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    serve.main([])
    page = (CHECKOUT / "docs" / "serving.md").read_text()
    shown = page.partition("$ python examples/serve.py models\n")[2].partition("...\n")[0]
    assert shown.endswith("s\n")
    assert capsys.readouterr().out.startswith(shown)


@pytest.mark.parametrize("kind", ["classification", "segmentation"])
def test_cpp_has_the_options_of_the_configuration(kind: str, models: Path) -> None:
    source = sr.Preprocess.from_config(models / kind / "preprocessor_config.json").c_source()
    program = (EXAMPLES / "serve.cpp").read_text()
    function = program.partition(f"{kind}_options() {{")[2].partition("return")[0]
    assert re.findall(r"options\.[^;]+;", function) == re.findall(r"options\.(?!struct_size)[^;]+;", source)


def test_cpp_prints_the_same(serve: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    if COMPILER is None:
        pytest.skip("there is no C++ compiler")
    options = onnxruntime_options()
    if options is None:
        comparison.notes.append("examples/serve.cpp was not compiled: neither pkg-config nor ONNXRUNTIME finds headers")
        pytest.skip("the headers of ONNX Runtime are not installed: ONNXRUNTIME names a folder with include and lib")
    (tmp_path / "libresample.so.0").symlink_to(Path(library._name).resolve())
    warnings = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    command = [COMPILER, "-std=c++17", *warnings, f"-I{CHECKOUT / 'include'}", EXAMPLES / "serve.cpp", *options]
    subprocess.run(
        [*command, tmp_path / "libresample.so.0", f"-Wl,-rpath,{tmp_path}", "-o", tmp_path / "serve"], check=True
    )
    serve.main([str(tmp_path / "models")])
    expected = capfd.readouterr().out
    served = subprocess.run([tmp_path / "serve", tmp_path / "models"], check=True, capture_output=True, text=True)
    assert served.stdout == expected


def onnxruntime_options() -> list[str] | None:
    """Return what compilers need for ONNX Runtime, by ONNXRUNTIME or pkg-config; None where there are no headers."""
    folder = os.environ.get("ONNXRUNTIME")
    if folder is not None:
        return ["-isystem", f"{folder}/include", f"-L{folder}/lib", "-lonnxruntime", f"-Wl,-rpath,{folder}/lib"]
    if shutil.which("pkg-config") is None:
        return None
    found = subprocess.run(["pkg-config", "--cflags", "--libs", "libonnxruntime"], capture_output=True, text=True)
    return found.stdout.replace("-I", "-isystem ").split() if found.returncode == 0 else None
