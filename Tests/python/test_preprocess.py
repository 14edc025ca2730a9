"""sr.Preprocess against the separate steps: resize, crop or pad, rescale, normalise."""

from __future__ import annotations

import pickle
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import swiftresample as sr

CHECKOUT = Path(__file__).resolve().parents[2]
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
FILTERS = ("nearest", "bilinear", "bicubic", "lanczos", "hamming", "box")


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, *shape]).integers(0, 256, shape, dtype=np.uint8)


def resized(
    image: np.ndarray, height: int, width: int, mode: str, convention: str, antialias: bool = True
) -> np.ndarray:
    """The image (H, W, C) resized by the functions of the library themselves."""
    if convention == "pillow":
        return sr.pillow.resize(image, (width, height), mode, mode="RGB")
    planes = image.transpose(2, 0, 1)[None]
    takes_antialias = antialias and mode not in ("nearest", "nearest-exact", "area")
    result = sr.interpolate(planes, size=(height, width), mode=mode, antialias=takes_antialias)
    return np.ascontiguousarray(result[0].transpose(1, 2, 0))


def normalised(levels: np.ndarray) -> np.ndarray:
    """(H, W, 3) of uint8 as (3, H, W): ToTensor and Normalize."""
    x = levels.astype(np.float32) / np.float32(255)
    return ((x - np.float32(MEAN)) / np.float32(STD)).transpose(2, 0, 1)


@pytest.mark.numbers
@pytest.mark.parametrize("convention", ["pytorch", "pillow"])
@pytest.mark.parametrize("mode", FILTERS)
def test_the_steps(mode: str, convention: str) -> None:
    prepare = sr.Preprocess(shortest_edge=40, crop=32, mode=mode, convention=convention, mean=MEAN, std=STD)
    for height, width in [(90, 131), (131, 90), (40, 40), (33, 47), (21, 200)]:
        image = noise(height, width, 3)
        long = int(40 * max(height, width) / min(height, width))
        size = (40, long) if height < width else (long, 40)
        whole = image if size == (height, width) else resized(image, *size, mode, convention)
        top, left = (round((edge - 32) / 2) for edge in size)
        expected = normalised(whole[top : top + 32, left : left + 32])
        np.testing.assert_array_equal(prepare(image)[0], expected, err_msg=f"{height} {width}", strict=True)


@pytest.mark.parametrize("convention", ["pytorch", "pillow"])
def test_only_what_is_shown_is_resized(convention: str) -> None:
    prepare = sr.Preprocess((60, 70), crop=(7, 11, 20, 30), convention=convention, rescale=1, dtype="uint8")
    image = noise(97, 83, 3)
    expected = resized(image, 60, 70, "bilinear", convention)[7:27, 11:41].transpose(2, 0, 1)
    np.testing.assert_array_equal(prepare(image)[0], expected, strict=True)


def test_a_batch_of_many_sizes_and_strides() -> None:
    prepare = sr.Preprocess(shortest_edge=24, crop=20, mean=MEAN, std=STD)
    wide = noise(64, 200, 4)
    images = [
        noise(30, 41, 3),
        wide[::2, ::-3, :3],
        np.asfortranarray(noise(25, 24, 3)),
        noise(3, 50, 60).transpose(1, 2, 0),
        np.broadcast_to(noise(1, 40, 3), (33, 40, 3)),
    ] * 3
    batch = prepare(images)
    assert batch.shape == (15, 3, 20, 20)
    for image, result in zip(images, batch):
        np.testing.assert_array_equal(prepare(np.ascontiguousarray(image))[0], result, strict=True)


def test_threads_do_not_show() -> None:
    prepare = sr.Preprocess(shortest_edge=64, crop=56, mode="bicubic", convention="pillow")
    images = [noise(200 + 13 * index, 310 - 7 * index, 3) for index in range(6)]
    before = sr.get_num_threads()
    try:
        sr.set_num_threads(1)
        one = prepare(images)
        sr.set_num_threads(4)
        np.testing.assert_array_equal(prepare(images), one)
        np.testing.assert_array_equal(prepare(images[:2]), one[:2])
    finally:
        sr.set_num_threads(before)


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "uint8"])
@pytest.mark.parametrize("memory_format", ["channels_first", "channels_last"])
def test_dtypes_and_memory_formats(dtype: str, memory_format: str) -> None:
    if dtype == "bfloat16":
        pytest.importorskip("ml_dtypes")
    numbers: dict[str, Any] = {"rescale": 1} if dtype == "uint8" else {"mean": MEAN, "std": STD}
    image = noise(31, 45, 3)
    prepare = sr.Preprocess((16, 20), dtype=dtype, memory_format=memory_format, **numbers)
    result = prepare(image)
    first = result if memory_format == "channels_first" else result.transpose(0, 3, 1, 2)
    exact = sr.Preprocess((16, 20), **numbers)(image)
    assert result.dtype == prepare.dtype
    assert first.shape == (1, 3, 16, 20)
    np.testing.assert_array_equal(first.astype(np.float32), exact.astype(prepare.dtype).astype(np.float32))


@pytest.mark.parametrize("border", ["fill", "fill_value", "edge"])
@pytest.mark.parametrize(("height", "width"), [(10, 33), (33, 10), (10, 12), (40, 50)])
def test_what_is_outside(border: str, height: int, width: int) -> None:
    options: dict[str, Any] = {"fill": {"fill": (7, 100, 255)}, "fill_value": {"fill_value": (0.5, -1, 0)}}.get(
        border, {"border": "edge"}
    )
    image = noise(height, width, 3)
    result = sr.Preprocess(crop=(21, 24), anchor="center_down", mean=MEAN, std=STD, **options)(image)[0]
    values = normalised(image)
    expected = np.empty((3, 21, 24), np.float32)
    filling = {"fill": normalised(np.uint8([[[7, 100, 255]]]))[:, 0, 0], "fill_value": np.float32([0.5, -1, 0])}
    for y in range(21):
        for x in range(24):
            row, column = y + (height - 21) // 2, x + (width - 24) // 2
            if border == "edge" or (0 <= row < height and 0 <= column < width):
                expected[:, y, x] = values[:, min(max(row, 0), height - 1), min(max(column, 0), width - 1)]
            else:
                expected[:, y, x] = filling[border]
    np.testing.assert_array_equal(result, expected, strict=True)


def test_padded_to_the_largest() -> None:
    images = [noise(10, 20, 3), noise(15, 12, 3)]
    batch = sr.Preprocess(pad="largest", multiple=8, fill_value=-2)(images)
    assert batch.shape == (2, 3, 16, 24)
    for image, result in zip(images, batch):
        height, width = image.shape[:2]
        np.testing.assert_array_equal(result[:, :height, :width], image.transpose(2, 0, 1) / np.float32(255))
        assert (result[:, height:] == -2).all()
        assert (result[:, :, width:] == -2).all()


def test_letterbox() -> None:
    prepare = sr.Preprocess(within=64, pad=64, anchor="center_cut_off", edge_rounding="half_to_even", fill=114)
    result = prepare(noise(50, 99, 3))[0]
    placement = prepare.placement((50, 99))
    assert placement == sr.Placement(50, 99, 32, 64, -16, 0, 64, 64)
    assert (result[:, :16] == np.float32(114) / np.float32(255)).all()
    assert (result[:, 16:48].std(axis=(1, 2)) > 0).all()


def test_grey_and_alpha() -> None:
    grey = noise(20, 30)
    colour = sr.Preprocess((12, 13), mean=MEAN, std=STD)(grey)
    assert colour.shape == (1, 3, 12, 13)
    alone = sr.Preprocess((12, 13))(grey)
    assert alone.shape == (1, 1, 12, 13)
    np.testing.assert_array_equal(colour, sr.Preprocess((12, 13), mean=MEAN, std=STD)(np.repeat(grey[..., None], 3, 2)))
    rgba = noise(20, 30, 4)
    np.testing.assert_array_equal(sr.Preprocess((12, 13))(rgba), sr.Preprocess((12, 13))(rgba[..., :3]))
    np.testing.assert_array_equal(sr.Preprocess((12, 13))(rgba[..., :2]), sr.Preprocess((12, 13))(rgba[..., :1]))
    with pytest.raises(ValueError, match="1 or 3 channels"):
        sr.Preprocess((12, 13), alpha="refuse")(rgba)


@pytest.mark.parametrize("convention", ["pytorch", "pillow"])
def test_over_white(convention: str) -> None:
    every = np.stack(np.meshgrid(np.arange(256), np.arange(256)), axis=2).astype(np.uint8)
    colour, alpha = every[..., :1], every[..., 1:]
    if convention == "pillow":
        opacity = alpha / 255
        expected = np.round(opacity * colour + (1 - opacity) * 255).astype(np.uint8)
    else:
        c, a = (part.astype(np.float32) * np.float32(1 / 255) for part in (colour, alpha))
        expected = ((c * a + (1 - a)) * np.float32(255.999)).astype(np.uint8)
    same = sr.Preprocess(alpha="white", convention=convention, rescale=1, dtype="uint8", memory_format="channels_last")
    np.testing.assert_array_equal(same(every)[0], expected, strict=True)
    rgba = np.concatenate([every, every[::-1]], axis=2)  # the last is alpha, the others are colours
    white = np.stack([expected_of(rgba[..., channel], rgba[..., 3], convention) for channel in range(3)], axis=2)
    for options in ({"size": (40, 50)}, {"size": (40, 50), "crop": (5, 8, 20, 21)}, {"crop": (9, 9, 30, 31)}):
        prepare = sr.Preprocess(alpha="white", convention=convention, **options)
        np.testing.assert_array_equal(prepare(rgba), sr.Preprocess(convention=convention, **options)(white))


def expected_of(colour: np.ndarray, alpha: np.ndarray, convention: str) -> np.ndarray:
    pair = np.stack([colour, alpha], axis=2)
    return sr.Preprocess(alpha="white", convention=convention, rescale=1, dtype="uint8", memory_format="channels_last")(
        pair
    )[0, ..., 0]


def test_sizes_that_are_no_integers_have_no_placement() -> None:
    prepare = sr.Preprocess()
    for size, error in [
        ((2**64 + 5, 6), ValueError),
        ((5.7, 6), TypeError),
        ((True, 6), TypeError),
        ((None, 6), TypeError),
    ]:
        with pytest.raises(error, match="image"):
            prepare.placement(size)


def test_the_output_shape_is_that_of_any_dtype() -> None:
    assert sr.Preprocess((4, 5)).output_shape(np.zeros((2, 9, 9, 3))) == (2, 3, 4, 5)


@pytest.mark.parametrize("number", [np.nan, 1e300, -1])
def test_what_is_filled_by_the_edge_is_not_read(number: float) -> None:
    image = noise(5, 6, 3)
    edge = sr.Preprocess(crop=9, border="edge")(image)
    np.testing.assert_array_equal(sr.Preprocess(crop=9, border="edge", fill_value=number)(image), edge, strict=True)


def test_colours_in_reverse() -> None:
    image = noise(20, 30, 3)
    options: dict[str, Any] = {"size": (11, 12), "mean": MEAN, "std": STD}
    np.testing.assert_array_equal(
        sr.Preprocess(reverse_channels=True, **options)(image), sr.Preprocess(**options)(image[..., ::-1])
    )


def test_out() -> None:
    prepare = sr.Preprocess((8, 9))
    images = [noise(20, 30, 3), noise(31, 12, 3)]
    memory = np.full((2, 6, 8, 18), np.nan, np.float32)
    out = memory[:, ::2, :, ::2]
    assert prepare(images, out=out) is out
    np.testing.assert_array_equal(out, prepare(images))
    assert np.isnan(memory[:, 1::2]).all()
    assert np.isnan(memory[..., 1::2]).all()
    for wrong, error in [
        (np.empty((2, 3, 8, 8), np.float32), ValueError),
        (np.empty((2, 3, 8, 9)), TypeError),
        (np.broadcast_to(np.float32(0), (2, 3, 8, 9)), ValueError),
    ]:
        with pytest.raises(error):
            prepare(images, out=wrong)


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_a_batch_is_of_the_kind_of_the_first_image(dtype: str) -> None:
    torch = pytest.importorskip("torch")
    images = [noise(20, 30, 3), noise(31, 12, 3)]
    prepare = sr.Preprocess((8, 9), dtype=dtype)
    result = prepare([torch.from_numpy(image) for image in images])
    assert isinstance(result, np.ndarray if dtype == "bfloat16" else torch.Tensor)
    np.testing.assert_array_equal(np.asarray(result), prepare(images))
    assert isinstance(prepare([images[0], torch.from_numpy(images[1])]), np.ndarray)
    memory = torch.empty((2, 3, 8, 9), dtype=getattr(torch, dtype))
    assert prepare(images, out=memory) is memory
    np.testing.assert_array_equal(memory.float().numpy(), prepare(images).astype(np.float32))


def test_it_is_described() -> None:
    prepare = sr.Preprocess(shortest_edge=20, crop=16, mode="bicubic", mean=MEAN, std=STD, dtype="float16")
    assert repr(prepare) == (
        "Preprocess(shortest_edge=20, crop=(16, 16), mode='bicubic', mean=(0.485, 0.456, 0.406), "
        "std=(0.229, 0.224, 0.225), dtype='float16')"
    )
    again = pickle.loads(pickle.dumps(prepare))
    image = noise(30, 40, 3)
    np.testing.assert_array_equal(again(image), prepare(image), strict=True)
    assert prepare.output_shape([image, image]) == (2, 3, 16, 16)


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"size": 224}, ValueError, "shortest_edge keeps proportions"),
    ({"size": (0, 5)}, ValueError, "size must be from 1"),
    ({"size": (5, 2**40)}, ValueError, "size must be from 1"),
    ({"shortest_edge": 0}, ValueError, "shortest_edge must be at least 1"),
    ({"shortest_edge": 2.5}, TypeError, "shortest_edge"),
    ({"size": (5, 5), "shortest_edge": 5}, ValueError, "exclude one another"),
    ({"crop": 5, "pad": 5}, ValueError, "exclude one another"),
    ({"crop": (1, 2, 3)}, ValueError, "crop must be"),
    ({"crop": (0, 0, 3, 3), "anchor": "center"}, ValueError, "anchor"),
    ({"crop": (0, 2**40, 3, 3), "border": "edge"}, ValueError, "a crop must begin within"),
    ({"mode": "cubic"}, ValueError, "mode must be one of"),
    ({"mode": "trilinear"}, ValueError, "no mode"),
    ({"mode": "area", "convention": "pillow"}, ValueError, "Pillow has no filter area"),
    ({"antialias": False, "convention": "pillow"}, ValueError, "always antialias"),
    ({"mode": "lanczos", "antialias": False}, ValueError, "needs antialias"),
    ({"convention": "opencv"}, ValueError, "convention must be one of"),
    ({"rescale": 0}, ValueError, "rescale must be positive"),
    ({"rescale": -1}, ValueError, "rescale must be positive"),
    ({"rescale": float("nan")}, ValueError, "rescale must be positive"),
    ({"mean": 0.5}, ValueError, "given together"),
    ({"mean": 0.5, "std": 0}, ValueError, "std"),
    ({"mean": 0.5, "std": 1e-60}, ValueError, "std"),
    ({"mean": (0.5, float("nan"), 1), "std": 1}, ValueError, "mean must be finite"),
    ({"mean": (0.5, 0.5), "std": 1}, ValueError, "mean must be one number or have 1 or 3 entries"),
    ({"mean": MEAN, "std": STD, "channels": 1}, ValueError, "disagree"),
    ({"channels": 2}, ValueError, "channels must be 1 or 3"),
    ({"fill": 256}, ValueError, "fill must be a level"),
    ({"fill": 0.5}, ValueError, "fill must be a level"),
    ({"fill": 1, "fill_value": 1}, ValueError, "exclude one another"),
    ({"fill_value": float("inf")}, ValueError, "fill must be finite"),
    ({"pad": "smallest"}, ValueError, "pad must be one of"),
    ({"pad": "largest", "anchor": "center"}, ValueError, "top"),
    ({"multiple": 0}, ValueError, "multiple must be at least 1"),
    ({"dtype": "float64"}, TypeError, "dtype must be"),
    ({"dtype": "uint8"}, ValueError, "neither rescale nor mean"),
    ({"memory_format": "NCHW"}, ValueError, "memory_format"),
    ({"arithmetic": "exact"}, ValueError, "arithmetic"),
    ({"alpha": 1}, TypeError, "alpha"),
    ({"border": "reflect"}, ValueError, "border"),
]


@pytest.mark.parametrize(("options", "error", "message"), BAD)
def test_options_that_make_no_sense(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        sr.Preprocess(**options)


@pytest.mark.parametrize(
    ("options", "images", "error", "message"),
    [
        ({}, [], ValueError, "at least one image"),
        ({}, np.zeros((0, 5, 3), np.uint8), ValueError, "rows and columns"),
        ({}, np.zeros((5, 5, 5), np.uint8), ValueError, "1 to 4 channels"),
        ({}, np.zeros(5, np.uint8), ValueError, r"\(H, W\)"),
        ({}, np.zeros((5, 5, 3), np.float32), TypeError, "uint8"),
        ({}, "photo.jpg", TypeError, "numpy.ndarray"),
        ({}, [np.zeros((5, 5, 3), np.uint8), np.zeros((5, 6, 3), np.uint8)], ValueError, "crop or padding"),
        ({"size": (4, 4)}, [np.zeros((5, 5, 3), np.uint8), np.zeros((5, 5), np.uint8)], ValueError, "channels alike"),
        ({"channels": 1}, np.zeros((5, 5, 3), np.uint8), ValueError, "cannot become"),
        ({"longest_edge": 224}, np.zeros((1, 5000, 3), np.uint8), ValueError, "would be resized to 0 and 224"),
        ({"pad": 8}, np.zeros((9, 5, 3), np.uint8), ValueError, "too large to be padded"),
        ({"crop": (9, 9, 3, 3), "border": "edge"}, np.zeros((5, 5, 3), np.uint8), ValueError, "no edge to repeat"),
    ],
)
def test_images_that_make_no_sense(options: dict[str, Any], images: Any, error: type[Exception], message: str) -> None:
    prepare = sr.Preprocess(**options)
    with pytest.raises(error, match=message):
        prepare(images)


def test_a_crop_beside_the_image_is_filled() -> None:
    result = sr.Preprocess((4, 4), crop=(10, -20, 3, 2), fill_value=3)(noise(5, 6, 3))
    assert (result == 3).all()
    assert result.shape == (1, 3, 3, 2)


def test_the_definition_in_c_says_the_same(tmp_path: Path) -> None:
    """Bytes of the structure that a program in C makes of it."""
    prepares = [
        sr.Preprocess(shortest_edge=256, crop=224, mode="bicubic", mean=MEAN, std=STD),
        sr.Preprocess((7, 8), pad=(9, 10), anchor="center_down", fill_value=(0.1, 0.2, 0.3), dtype="float16"),
        sr.Preprocess(
            longest_edge=7, crop=(-1, 2, 3, 4), border="edge", convention="pillow", memory_format="channels_last"
        ),
        sr.Preprocess(within=9, edge_rounding="half_up", multiple=4, alpha="white", arithmetic="fused", fill=9),
    ]
    blocks = "\n".join(
        f"{{ {prepare.c_source()} fwrite(&options, sizeof options, 1, stdout); }}" for prepare in prepares
    )
    source = tmp_path / "options.c"
    source.write_text(f'#include <stdio.h>\n#include "swiftresample.h"\nint main(void) {{ {blocks} return 0; }}\n')
    subprocess.run(["cc", f"-I{CHECKOUT / 'include'}", source, "-o", tmp_path / "options"], check=True, timeout=60)
    written = subprocess.run([tmp_path / "options"], check=True, capture_output=True, timeout=60).stdout
    from swiftresample._arrays import dtype_code

    for index, prepare in enumerate(prepares):
        structure = prepare.steps.structure(dtype_code(prepare.dtype))
        if prepare.dtype == np.float32:
            structure.dtype = type(structure.dtype)()
        expected = bytes(structure)
        assert written[index * len(expected) : (index + 1) * len(expected)] == expected
