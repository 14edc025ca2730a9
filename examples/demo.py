"""What swiftresample is for, on a real photograph.

1. The input of a classifier: a photograph resized to 224x224 as the training did it, antialiased, uint8 and float32.
2. The inside of a network: a feature map of 32 channels upsampled x2, with align_corners on and off.
3. The target of a segmentation: a mask of int64 labels upsampled x4, in which labels stay labels.
4. The tables that PyTorch documents, printed beside what is computed here.

It prints what it did and leaves pictures to look at:

    python examples/demo.py --output demo-output

Needs swiftresample and matplotlib (which brings NumPy, Pillow and the photograph). Where PyTorch is installed as well,
the results are compared with PyTorch's. The exit status is 1 if a table, or the mask, is not what it must be.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import demo_pictures
import numpy as np
from matplotlib import cbook
from PIL import Image

import swiftresample as sr

try:
    import torch
except ImportError:
    torch = None

Array = np.ndarray[Any, Any]

TABLES = Path(__file__).resolve().parents[1] / "Tests" / "golden" / "pytorch_tables.json"
REPEATS = 20

# Label numbers as data sets have them: with gaps, and 255 for what is to be ignored.
LABELS = np.array([0, 7, 11, 23, 255], dtype=np.int64)


def main(arguments: list[str] | None = None) -> int:
    """Do the three jobs, check the tables, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("demo-output"), help="folder for the pictures")
    parser.add_argument("--photo", type=Path, help="another photograph than the one that matplotlib ships")
    options = parser.parse_args(arguments)
    options.output.mkdir(parents=True, exist_ok=True)

    print_machine()
    photo = load_photo(options.photo)
    classifier_input(photo, options.output)
    feature_map(photo, options.output)
    labels_stay = label_mask(photo, options.output)
    tables_agree = documented_tables()
    print_pictures(options.output)
    return 0 if labels_stay and tables_agree else 1


# ---- The photograph --------------------------------------------------------------------------------------------------


def load_photo(path: Path | None) -> Array:
    """Return a photograph as (H, W, 3) uint8; by default Grace Hopper's portrait (US Navy, public domain)."""
    file = Path(path or cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))
    photo = np.array(Image.open(file).convert("RGB"))
    print(f"Photograph: {file.name}, {size_of(photo)} pixels, read with Pillow.")
    return photo


def nchw(image: Array) -> Array:
    """Return an (H, W, C) image as (1, C, H, W): a view of the same bytes, channels last in memory."""
    return image.transpose(2, 0, 1)[None]


def hwc(batch: Array) -> Array:
    """Return the first image of an (N, C, H, W) batch as (H, W, C), a view that Pillow and matplotlib take."""
    return batch[0].transpose(1, 2, 0)


def grey(photo: Array) -> Array:
    """Return the brightness of an (H, W, 3) photograph, from 0 to 1, as (1, 1, H, W) float32 (ITU-R BT.601)."""
    return (photo @ np.array([0.299, 0.587, 0.114]) / 255).astype(np.float32)[None, None]


# ---- 1. A classifier's input -----------------------------------------------------------------------------------------


def classifier_input(photo: Array, output: Path) -> None:
    """Resize the square in the middle to 224x224, for the dtypes and the filters that trainings use."""
    crop = square_crop(photo)
    images = {"uint8": nchw(crop), "float32": nchw(crop.astype(np.float32) / 255)}
    heading(f"1. A classifier's input: the middle {size_of(crop)} pixels -> 224x224, antialias=True")
    results = {}
    for dtype, image in images.items():
        for mode in ("bilinear", "bicubic"):
            results[dtype, mode] = resample(f"{dtype} {mode}", image, size=(224, 224), mode=mode, antialias=True)

    shared = np.shares_memory(images["uint8"], photo)
    say(f"The uint8 input is {'a view' if shared else 'a copy'} of the photograph's pixels, channels last.")
    bicubic = results["float32", "bicubic"]
    say(f"Bicubic overshoots: float32 goes from {bicubic.min():.3f} to {bicubic.max():.3f}. uint8 saturates;")
    clamped = sr.interpolate(images["float32"], size=(224, 224), mode="bicubic", antialias=True, clamp=(0, 1))
    say(f"with clamp=(0, 1), float32 goes from {clamped.min():.3f} to {clamped.max():.3f}.")

    aliased = sr.interpolate(images["uint8"], size=(224, 224), mode="bilinear")
    error = distances(aliased, results["uint8", "bilinear"])
    say("A program that resizes without antialias, unlike the training, gives the network other pixels:")
    say(f"{error.mean():.1f} grey levels away on average, {error.max():.0f} at most.")
    shrunk = {
        "antialiased bilinear": hwc(results["uint8", "bilinear"]),
        "antialiased bicubic": hwc(results["uint8", "bicubic"]),
        "bilinear without antialias": hwc(aliased),
    }
    demo_pictures.classifier_input(crop, shrunk, hwc(error), output / "1-classifier-input.png")
    Image.fromarray(shrunk["antialiased bilinear"]).save(output / "1-bilinear-224x224.png")


def square_crop(photo: Array) -> Array:
    """Return the largest square in the middle of a photograph, a view of it."""
    height, width, _ = photo.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return photo[top : top + side, left : left + side]


# ---- 2. A feature map ------------------------------------------------------------------------------------------------


def feature_map(photo: Array, output: Path) -> None:
    """Filter the photograph as a network's first layer does, and upsample the channels x2 by both conventions."""
    features = first_layer(grey(photo)[0, 0])
    _, channels, height, width = features.shape
    heading(f"2. A feature map: {channels} channels of {width}x{height}, float32 -> {2 * width}x{2 * height}, bilinear")
    upsampled = {
        align_corners: resample(
            f"align_corners={align_corners}", features, scale_factor=2, mode="bilinear", align_corners=align_corners
        )
        for align_corners in (False, True)
    }

    shift = output_shift(width, 2)
    say("align_corners=True shows everything a little further from the middle than align_corners=False:")
    say(
        f"by {abs(shift[0]):.2f} output pixels at the left border, {abs(shift[width]):.2f} in the middle, "
        f"{abs(shift[-1]):.2f} at the right border."
    )
    difference = distances(upsampled[True], upsampled[False])[0] / features.max()
    say(f"That changes a feature by up to {difference.max():.0%} of the largest one.")
    demo_pictures.feature_map(photo, features[0], upsampled[False][0], output / "2-feature-map.png")
    shifts = {factor: output_shift(width, factor) for factor in (2, 4, 8)}
    demo_pictures.align_corners(
        upsampled[False][0], upsampled[True][0], difference, shifts, output / "2-align-corners.png"
    )


def first_layer(image: Array) -> Array:
    """Return (1, 32, H / 4, W / 4) features of an (H, W) image: Gabor filters in steps of 4 pixels, then ReLU."""
    filters = gabor_filters(side=15)
    padded = np.pad(image, filters.shape[-1] // 2, mode="edge")
    patches = np.lib.stride_tricks.sliding_window_view(padded, filters.shape[1:])[::4, ::4]
    return np.maximum(np.tensordot(filters, patches, axes=((1, 2), (2, 3))), 0)[None]


def gabor_filters(side: int) -> Array:
    """Return (32, side, side) Gabor filters: wavelengths of 6 and 12 pixels, even and odd, in 8 directions."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    filters = []
    for wavelength in (6, 12):
        envelope = np.exp(-(x**2 + y**2) / (2 * (0.4 * wavelength) ** 2))
        for phase in (0, np.pi / 2):
            for angle in np.pi / 8 * np.arange(8):
                wave = np.cos(2 * np.pi / wavelength * (x * np.cos(angle) + y * np.sin(angle)) + phase)
                filters.append(envelope * (wave - (envelope * wave).sum() / envelope.sum()))
    return np.stack([f / np.abs(f).sum() for f in filters]).astype(np.float32)


def output_shift(length: int, factor: int) -> Array:
    """Return by how many output pixels align_corners=True moves what the output shows, along an axis."""
    corners, edges = (
        sr.axis_taps(length, length * factor, align_corners=align_corners).coordinates
        for align_corners in (True, False)
    )
    return (edges - corners) * factor


# ---- 3. A label mask -------------------------------------------------------------------------------------------------


def label_mask(photo: Array, output: Path) -> bool:
    """Upsample a mask of int64 labels x4, and return whether every label stayed what it was."""
    mask = grey_classes(photo)
    height, width = mask.shape[2:]
    heading(f"3. A label mask: {width}x{height}, int64 -> {4 * width}x{4 * height}, nearest")
    large = resample("int64 nearest", mask, scale_factor=4, mode="nearest")
    stay = large.dtype == mask.dtype and np.array_equal(large, mask.repeat(4, axis=2).repeat(4, axis=3))
    say(f"Labels before: {listed(mask)}; after: {listed(large)}.")
    say(f"Every label {'fills' if stay else 'DOES NOT fill'} its own block of 4x4 pixels.")

    averaged = sr.interpolate(mask.astype(np.float64), scale_factor=4, mode="bilinear").round().astype(np.int64)
    invented = ~np.isin(averaged, mask)
    say(
        f"Averaging the numbers (bilinear) would invent labels in {invented.mean():.0%} of the pixels: "
        f"{listed(averaged[invented])}."
    )
    demo_pictures.label_mask(
        photo, LABELS, mask[0, 0], large[0, 0], averaged[0, 0], invented[0, 0], output / "3-label-mask.png"
    )
    return bool(stay)


def grey_classes(photo: Array) -> Array:
    """Return a (1, 1, H / 4, W / 4) int64 mask of a photograph: its grey levels, smoothed, as a few labels."""
    height, width = (length // 4 for length in photo.shape[:2])
    smooth = sr.interpolate(grey(photo), scale_factor=1 / 8, mode="area")
    smooth = sr.interpolate(smooth, size=(height, width), mode="bicubic", clamp=(0, 1))
    return LABELS[np.minimum(smooth * len(LABELS), len(LABELS) - 1).astype(np.int64)]


def listed(labels: Array, limit: int = 8) -> str:
    """Return the different labels as text, the first few of many."""
    different = np.unique(labels).tolist()
    return ", ".join(map(str, different[:limit])) + (" and so on" if len(different) > limit else "")


# ---- 4. PyTorch's documented tables ----------------------------------------------------------------------------------


def documented_tables() -> bool:
    """Compute every documented table, print some, and return whether all agree."""
    heading("4. Tables that PyTorch documents")
    tables = json.loads(TABLES.read_text(encoding="utf-8"))["tables"]
    agreeing = 0
    for table in tables:
        image, documented = np.array(table["input"], dtype=np.float32), np.array(table["output"])
        computed = sr.interpolate(image[None, None], **table["call"])[0, 0]
        agrees = matches(computed, documented, table["printed_decimals"])
        agreeing += agrees
        if not agrees or table["name"].startswith(("bilinear", "bicubic")):
            print_table(table, documented, computed)
    print(f"\n  {agreeing} of {len(tables)} tables agree")
    return agreeing == len(tables)


def matches(computed: Array, documented: Array, decimals: int) -> bool:
    """Return whether numbers are the printed ones, up to the rounding of the print and of float32."""
    if computed.shape != documented.shape:
        return False
    return bool(distances(computed, documented).max() <= 0.5 * 10.0**-decimals + 1e-6)


def print_table(table: dict[str, Any], documented: Array, computed: Array) -> None:
    """Print the documented numbers and, beside them, the computed ones."""
    print(f"\n  {table['name']}, of {table['input']} ({table['source']})")
    print(f"  {'documented':>{9 * documented.shape[1]}}    {'computed':>{9 * computed.shape[1]}}")
    for left, right in zip(documented, computed):
        print(f"  {in_columns(left)}    {in_columns(right)}")


def in_columns(numbers: Array) -> str:
    """Return a row of a table as text."""
    return "".join(f"{number:9.4f}" for number in numbers)


# ---- Measuring and printing ------------------------------------------------------------------------------------------


def resample(name: str, image: Array, **options: Any) -> Array:
    """Call `interpolate`; print the time, and how the result compares with PyTorch's."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        result = sr.interpolate(image, **options)
        times.append(time.perf_counter() - start)
    print(f"  {name:<22}{1000 * min(times):8.3f} ms   {against_pytorch(image, result, **options)}".rstrip())
    return result


def against_pytorch(image: Array, result: Array, **options: Any) -> str:
    """Return in words how `result` compares with PyTorch's, where PyTorch is installed."""
    if torch is None:
        return ""
    try:
        theirs = torch.nn.functional.interpolate(torch.from_numpy(image), **options).numpy()
    except (RuntimeError, NotImplementedError):
        return f"PyTorch does not take {image.dtype}"
    if np.array_equal(result, theirs):
        return "the same bits as PyTorch"
    return f"within {distances(result, theirs).max() / np.abs(image).max():.1e} of PyTorch"


def distances(one: Array, other: Array) -> Array:
    """Return how far apart two arrays are, sample by sample."""
    return np.abs(one.astype(np.float64) - other.astype(np.float64))


def size_of(image: Array) -> str:
    """Return the size of an (H, W, C) image as text, the width first."""
    return f"{image.shape[1]}x{image.shape[0]}"


def print_machine() -> None:
    """Print what the times and results below were had with."""
    print(f"swiftresample {sr.__version__}: {sr.instruction_set()} kernels, {sr.get_num_threads()} thread(s).")
    print(f"Times are the best of {REPEATS} calls from Python.")
    if torch is None:
        print("PyTorch is not installed: results are not compared with it here.")
    else:
        print(f"Results are compared with PyTorch {torch.__version__}; distances are relative to the largest sample.")


def heading(text: str) -> None:
    """Print the heading of a job."""
    print(f"\n{text}")


def say(text: str) -> None:
    """Print one remark on a job."""
    print(f"  {text}")


def print_pictures(output: Path) -> None:
    """Print which files to open."""
    remarks = {
        "1-classifier-input.png": "the crop, three ways to shrink it, and what antialias changes",
        "1-bilinear-224x224.png": "the antialiased result alone, as the network gets it",
        "2-feature-map.png": "the 32 channels, and one of them before and after",
        "2-align-corners.png": "what align_corners changes, and where",
        "3-label-mask.png": "labels before and after, and what averaging their numbers would do",
    }
    print(f"\nPictures to open, in {output}:")
    for name, remark in remarks.items():
        print(f"  {name:<26}{remark}")


if __name__ == "__main__":
    sys.exit(main())
