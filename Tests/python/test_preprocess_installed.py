"""sr.Preprocess against the image processors of transformers, timm and torchvision that are installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import preprocess_cases as cases
import preprocess_live as live
import preprocess_oracle
import pytest

import swiftresample as sr

pytestmark = pytest.mark.slow

CALLS = [
    pytest.param(library, configurations[name], convention, id=f"{name}-{convention}")
    for library, configurations in cases.ALL.items()
    for name in configurations
    if name not in cases.REFUSED
    for convention in cases.conventions(library, name)
]
#: Types of processors whose files are seldom complete; what is missing is the class's.
TYPES = sorted({*preprocess_oracle.DEFAULTS, *preprocess_oracle.ALIKE} - {"Sam2", "EfficientNet", "Perceiver"})


def assert_agrees(library: str, config: dict[str, Any], convention: str, images: list[np.ndarray]) -> None:
    """0 differences, and a refusal where the library refuses."""
    processor = live.processor(library, config, convention)
    prepare = sr.Preprocess.from_config(live.source(library, config), convention=convention)
    refused = 0
    for image in images:
        try:
            expected = processor(image).astype(np.float32)
        except (ValueError, RuntimeError):
            # Elongated images of which nothing is left.
            refused += 1
            with pytest.raises(ValueError):
                prepare(image)
            continue
        (result,) = prepare(image)
        np.testing.assert_array_equal(result, expected, err_msg=f"{image.shape} {config}", strict=True)
    assert refused < len(images) / 4


@pytest.mark.parametrize(("library", "config", "convention"), CALLS)
def test_every_size(library: str, config: dict[str, Any], convention: str) -> None:
    if reason := live.missing(library):
        pytest.skip(reason)
    if reason := live.known_difference(library, config, convention):
        pytest.skip(reason)
    images = [cases.image(size, number) for number, size in enumerate(cases.SIZES)]
    assert_agrees(library, config, convention, images)


CONVENTIONS = pytest.mark.parametrize("convention", ["pytorch", "pillow"])


@CONVENTIONS
@pytest.mark.parametrize("name", TYPES)
def test_what_a_file_does_not_say(name: str, convention: str) -> None:
    if reason := live.missing("transformers"):
        pytest.skip(reason)
    if live.version("transformers").startswith("4."):
        pytest.skip("the defaults are those of transformers 5")
    config: dict[str, Any] = {"image_processor_type": f"{name}ImageProcessor"}
    if name.startswith("LayoutLM"):
        config["apply_ocr"] = False
    assert_agrees("transformers", config, convention, [cases.image((37, 61), 1)])


@CONVENTIONS
@pytest.mark.parametrize("channels", [1, 4])
def test_grey_and_transparent_images(channels: int, convention: str) -> None:
    if reason := live.missing("transformers"):
        pytest.skip(reason)
    if live.version("transformers").startswith("4."):
        pytest.skip("transformers 4 converts no arrays")
    images = [cases.image(size, number, 4)[..., -channels:] for number, size in enumerate(cases.SIZES[::5])]
    assert_agrees("transformers", cases.TRANSFORMERS["clip"], convention, images)


@CONVENTIONS
@pytest.mark.parametrize("name", ["clip", "detr", "detr-padded", "sam"])
def test_batches_of_many_sizes(name: str, convention: str) -> None:
    if reason := live.missing("transformers"):
        pytest.skip(reason)
    images = [cases.image(size, number) for number, size in enumerate(cases.SIZES[12:42])]
    expected = live.batch(cases.TRANSFORMERS[name], convention)(images)
    result = sr.Preprocess.from_config(cases.TRANSFORMERS[name], convention=convention)(images)
    np.testing.assert_array_equal(result, expected, strict=True)


@CONVENTIONS
def test_files_that_processors_write(convention: str) -> None:
    if reason := live.missing("transformers"):
        pytest.skip(reason)
    image = cases.image((40, 61), 1)
    for name, config in cases.TRANSFORMERS.items():
        if name in cases.REFUSED or convention not in cases.conventions("transformers", name):
            continue
        if live.known_difference("transformers", config, convention):
            continue
        written = sr.Preprocess.from_config(live.saved(config, convention), convention=convention)
        given = sr.Preprocess.from_config(config, convention=convention)
        np.testing.assert_array_equal(written(image), given(image), err_msg=name, strict=True)
