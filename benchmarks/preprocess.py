"""From photographs to a network's input beside torchvision, Pillow and OpenCV: time and the most memory.

    python benchmarks/preprocess.py               # one photograph of 1080p, and a batch of 64 of different sizes
    python benchmarks/preprocess.py --memory      # of the batch, each library in a process of its own

Shortest edge 256, the middle 224 x 224, mean and standard deviation of ImageNet, (N, 3, 224, 224) float32. Of each
library the best of many calls, in turns with the others; a ratio is its time to that of this library by the same
filter. What is new is paid as a server pays it: this library has seen the size of the one photograph, and of the batch
16 of 64 sizes. A library that is not installed is left out, and named.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import machine
import numpy as np

import swiftresample as sr

if TYPE_CHECKING:
    from collections.abc import Callable

Images = list["np.ndarray[Any, Any]"]
Prepare = "Callable[[Images], np.ndarray[Any, Any]]"

EDGE, CROP = 256, 224
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SECONDS = 4.0  # for all calls of a contender and a case


def photograph(height: int, width: int, seed: int) -> np.ndarray[Any, Any]:
    """Return something as smooth as a photograph, with noise."""
    random = np.random.default_rng(seed)
    y, x = np.linspace(0, 7, height)[:, None, None], np.linspace(0, 7, width)[None, :, None]
    levels = 128 + 80 * np.sin(y * random.uniform(0.5, 2, 3)) * np.cos(x * random.uniform(0.5, 2, 3))
    return np.clip(levels + random.normal(0, 4, (height, width, 1)), 0, 255).astype(np.uint8)


def batch() -> Images:
    """Return 64 photographs from 0.3 to 2 million pixels."""
    random = np.random.default_rng(0)
    sizes = zip(random.integers(480, 1200, 64), random.integers(640, 1700, 64))
    return [photograph(int(height), int(width), index) for index, (height, width) in enumerate(sizes)]


def resized_size(image: np.ndarray[Any, Any]) -> tuple[int, int]:
    """Return height and width of the image with the shorter edge 256."""
    height, width = image.shape[:2]
    return (EDGE, int(EDGE * width / height)) if height <= width else (int(EDGE * height / width), EDGE)


# ---- Libraries -------------------------------------------------------------------------------------------------------


def _swiftresample(convention: str, antialias: bool = True) -> Callable[[int], Any]:
    prepare = sr.Preprocess(
        shortest_edge=EDGE, crop=CROP, mean=MEAN, std=STD, convention=convention, antialias=antialias
    )

    def make(threads: int) -> Any:
        sr.set_num_threads(threads)
        return prepare

    return make


def _torchvision(threads: int) -> Any:
    """Make the pipeline of tensors, v2, which resizes uint8."""
    import torch

    try:
        from torchvision.transforms import v2
    except (
        RuntimeError
    ):  # a wheel for CUDA beside PyTorch for CPUs: names of two operators are missing, which nothing here needs
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor a, Tensor b, float c) -> Tensor")
        _torchvision.library = library  # type: ignore[attr-defined]
        from torchvision.transforms import v2
    torch.set_num_threads(threads)
    steps = [v2.Resize(EDGE, antialias=True), v2.CenterCrop(CROP), v2.ToDtype(torch.float32, scale=True)]
    pipeline = v2.Compose([*steps, v2.Normalize(MEAN, STD)])

    def prepare(images: Images) -> Any:
        return torch.stack([pipeline(torch.from_numpy(image).permute(2, 0, 1)) for image in images]).numpy()

    return prepare


def _pillow(threads: int) -> Any:  # noqa: ARG001 - it has one
    """Make what Pillow and NumPy do, as transformers' NumPy backend and many servers do it."""
    from PIL import Image

    mean, std = np.float32(MEAN), np.float32(STD)

    def one(image: np.ndarray[Any, Any]) -> Any:
        height, width = resized_size(image)
        small = np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))
        return (((_middle(small) / np.float32(255)) - mean) / std).transpose(2, 0, 1)

    return lambda images: np.stack([one(image) for image in images])


def _opencv(interpolation: str) -> Callable[[int], Any]:
    """Make what OpenCV and NumPy do: resized, multiplied and shifted in as few passes as NumPy has, in given memory."""

    def make(threads: int) -> Any:
        import cv2

        cv2.setNumThreads(threads)
        scale = (1 / (255 * np.float32(STD))).reshape(3, 1, 1)
        shift = (-np.float32(MEAN) / np.float32(STD)).reshape(3, 1, 1)

        def one(image: np.ndarray[Any, Any], target: np.ndarray[Any, Any]) -> None:
            height, width = resized_size(image)
            small = _middle(cv2.resize(image, (width, height), interpolation=getattr(cv2, interpolation)))
            for channel, plane in enumerate(cv2.split(small)):
                np.multiply(plane, scale[channel], out=target[channel], casting="unsafe")
            target += shift

        def prepare(images: Images) -> Any:
            result = np.empty((len(images), 3, CROP, CROP), np.float32)
            for image, target in zip(images, result):
                one(image, target)
            return result

        return prepare

    return make


def _middle(image: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    top, left = (round((length - CROP) / 2) for length in image.shape[:2])
    return image[top : top + CROP, left : left + CROP]


#: The name, what has to be installed, what makes it for a number of threads, and whose filter it has.
CONTENDERS = {
    "swiftresample, as torchvision": ((), _swiftresample("pytorch"), "pytorch"),
    "swiftresample, as Pillow": ((), _swiftresample("pillow"), "pillow"),
    "torchvision, tensors": (("torch", "torchvision"), _torchvision, "pytorch"),
    "Pillow and NumPy": (("PIL",), _pillow, "pillow"),
    "OpenCV and NumPy, area": (("cv2",), _opencv("INTER_AREA"), "pytorch"),
    "swiftresample, not antialiased": ((), _swiftresample("pytorch", antialias=False), "not antialiased"),
    "OpenCV and NumPy, linear": (("cv2",), _opencv("INTER_LINEAR"), "not antialiased"),
}
OURS = {
    "pytorch": "swiftresample, as torchvision",
    "pillow": "swiftresample, as Pillow",
    "not antialiased": "swiftresample, not antialiased",
}


def installed() -> list[str]:
    """Return the names of the contenders that are there, and print those that are not."""
    names = []
    for name, (modules, _, _) in CONTENDERS.items():
        missing = [module for module in modules if importlib.util.find_spec(module) is None]
        if missing:
            print(f"{name}: left out, {missing[0]} is not installed")
        else:
            names.append(name)
    return names


# ---- Measuring -------------------------------------------------------------------------------------------------------


def best_times(images: Images, names: list[str], threads: int) -> dict[str, float]:
    """Return the seconds of the best call of each contender, all of them in turns."""
    # Warm, and right: within two levels of the same filter's.
    prepares = {name: CONTENDERS[name][1](threads) for name in names}
    results = {name: prepare(images) for name, prepare in prepares.items()}
    for name, result in results.items():
        assert result.shape == (len(images), 3, CROP, CROP), name
        assert result.dtype == np.float32, name
    for name in ("torchvision, tensors", "Pillow and NumPy"):
        if name in results:
            difference = np.abs(results[name] - results[OURS[CONTENDERS[name][2]]]).max()
            assert difference < 3 / 255 / min(STD), f"{name} differs by {difference}"
    times = dict.fromkeys(names, float("inf"))
    until = time.perf_counter() + SECONDS * len(names)
    rounds = 0
    while rounds < 5 or time.perf_counter() < until:
        rounds += 1
        for name in names:
            start = time.perf_counter()
            prepares[name](images)
            times[name] = min(times[name], time.perf_counter() - start)
    return times


def measure_times(names: list[str]) -> None:
    """Print the table of times."""
    cases = {"1080p": [photograph(1080, 1920, 0)], "64 photographs": batch()}
    for case, images in cases.items():
        for threads in (1, 2):
            times = best_times(images, names, threads)
            print(f"\n{case}, {threads} thread{'s' * (threads > 1)}")
            for name, seconds in times.items():
                ratio = seconds / times[OURS[CONTENDERS[name][2]]]
                print(f"  {name:45} {1000 * seconds:9.2f} ms {ratio:8.1f}x")


def measure_memory(names: list[str]) -> None:
    """Print the most memory that the batch takes beside images and libraries."""
    print("\nthe most memory of 64 photographs beside the photographs themselves")
    for name in names:
        command = [sys.executable, __file__, "--memory-of", name]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
        print(f"  {name:45} {done.stdout.strip()}")


def memory_of(name: str) -> None:
    """Print the memory of one contender: the peak of the process during the call less what it had before."""
    images = batch()
    prepare = CONTENDERS[name][1](1)
    prepare([photograph(64, 64, 0)])  # whatever is loaded late
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
    before = machine.peak_memory()
    result = prepare(images)
    print(f"{(machine.peak_memory() - before) / 2**20:6.1f} MiB (the result is {result.nbytes / 2**20:.1f})")


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memory", action="store_true", help="the most memory, and no times")
    parser.add_argument("--memory-of", choices=CONTENDERS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory_of:
        memory_of(arguments.memory_of)
        return
    print(f"{machine.processor()}; {machine.processors()} threads, {sr.instruction_set()}")
    names = installed()
    if not arguments.memory:
        measure_times(names)
    measure_memory(names)


if __name__ == "__main__":
    main()
