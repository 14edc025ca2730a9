"""A limit of the address space: what does not fit is a MemoryError, and the process goes on with the right results."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.slow

START = """
import gc, resource
import numpy as np, swiftresample as sr

def set_limit(further):
    '''Let the process have so many bytes more than it has.'''
    with open("/proc/self/statm") as file:
        resource.setrlimit(resource.RLIMIT_AS, (int(file.read().split()[0]) * 4096 + further, resource.RLIM_INFINITY))

NO_LIMIT = (resource.RLIM_INFINITY,) * 2

image = np.random.default_rng(0).random((1, 2, 256, 256), np.float32)
weight = np.ones((2, 3, 4, 4), np.float32)
theta = np.eye(2, 3, dtype=np.float32)[None]
grid = sr.affine_grid(theta, (1, 2, 256, 256), align_corners=False)
masks = np.full((1, 25, 512, 512), 0.04, np.float32)
larger = np.ones((1, 2, 512, 512), np.float32)
doubled = sr.conv_transpose2d(image, weight, stride=2, padding=1)
CALLS = {
    "interpolate": lambda: sr.interpolate(image, scale_factor=2, mode="bicubic"),
    "interpolate_backward": lambda: sr.interpolate_backward(larger, image.shape, scale_factor=2, mode="bilinear"),
    "Plan": lambda: sr.Plan(image.shape, size=(511, 257), mode="bilinear", antialias=True)(image),
    "axis_taps": lambda: sr.axis_taps(300_000, 100_000, mode="linear", antialias=True).weights,
    "pixel_shuffle": lambda: sr.pixel_shuffle(image.reshape(1, 8, 128, 128), 2),
    "conv_transpose2d": lambda: sr.conv_transpose2d(image, weight, stride=2, padding=1),
    "conv_transpose2d_backward": lambda: sr.conv_transpose2d_backward(doubled, image, weight, stride=2, padding=1),
    "grid_sample": lambda: sr.grid_sample(image, grid, align_corners=False),
    "grid_sample_backward": lambda: sr.grid_sample_backward(image, image, grid, align_corners=False),
    "affine_grid": lambda: sr.affine_grid(theta, (1, 1, 512, 512), align_corners=True),
    "carafe": lambda: sr.carafe(image, masks, kernel_size=5, scale_factor=2),
    "carafe_backward": lambda: sr.carafe_backward(larger, image, masks, kernel_size=5, scale_factor=2),
}

def results(call):
    output = call()
    return [bytes(each) for each in (output if isinstance(output, tuple) else (output,))]

sr.set_num_threads(1)  # the stacks of others take more than the operators
EXPECTED = {name: results(call) for name, call in CALLS.items()}
"""

EVERY_CALL = """
for name, call in CALLS.items():
    failures = pages = 0
    while True:
        outputs = None
        try:
            # Lifted before anything else: to look at an exception takes memory as well.
            try:
                set_limit(pages * 4096)
                outputs = call()
            finally:
                resource.setrlimit(resource.RLIMIT_AS, NO_LIMIT)
        except MemoryError:
            pass
        if outputs is not None:
            break
        failures += 1
        pages += 61
    assert [bytes(each) for each in (outputs if isinstance(outputs, tuple) else (outputs,))] == EXPECTED[name], name
    assert results(call) == EXPECTED[name], name
    del outputs
    gc.collect()
    print(name, "failed" if failures else "did not fail", "and was right")
"""

HUGE = """
tiny = np.ones((1, 1, 1, 1), np.float32)
one = np.broadcast_to(np.float32(1), (1, 1, 5000, 5000))  # its gradient fits, and not what it is computed in
points = np.zeros((1, 1, 1, 2), np.float32)
long = np.broadcast_to(np.uint8(1), (1, 1, 2**31 - 1))
HUGE = {
    "an output": lambda: sr.interpolate(tiny, size=(2**15, 2**15)),
    "the taps of an axis": lambda: sr.axis_taps(2**31 - 1, 2**31 - 1, mode="linear"),
    "the taps of a plan": lambda: sr.Plan((1, 1, 2**31 - 1), size=2**30, mode="linear"),
    "an output of uint8": lambda: sr.interpolate(long, size=2**31 - 2),
    "a stride of conv_transpose": lambda: sr.conv_transpose2d(np.ones((1, 1, 9, 9), np.float32), tiny, stride=4096),
    "the copies of grid_sample_backward": lambda: sr.grid_sample_backward(
        np.ones((1, 1, 1, 1), np.float32), one, points, align_corners=False),
    "a kernel of carafe_backward": lambda: sr.carafe_backward(
        np.ones((1, 1, 64, 64), np.float32), np.ones((1, 1, 64, 64), np.float32),
        np.broadcast_to(np.float32(1), (1, 1001**2, 64, 64)), kernel_size=1001, scale_factor=1),
}
set_limit(256 << 20)
for name, call in HUGE.items():
    try:
        call()
        print(name, "was done")
    except MemoryError as error:
        assert str(error), name
    assert results(CALLS["interpolate"]) == EXPECTED["interpolate"], name
print(len(HUGE), "refused")

# No images: nothing is needed, however large they would be.
none = np.zeros((0, 1, 2**20, 2**20), np.float32)
gradients = sr.grid_sample_backward(np.zeros((0, 1, 1, 1), np.float32), none, points[:0], align_corners=False)
assert [gradient.shape for gradient in gradients] == [none.shape, (0, 1, 1, 2)]
"""


# What is freed goes back to the system, so that every larger request is one to it.
ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": "16384", "MALLOC_TRIM_THRESHOLD_": "0", "MALLOC_TOP_PAD_": "0"}


def test_a_call_that_does_not_fit_is_a_memory_error_until_it_fits(run_python: Any) -> None:
    done = run_python(START + EVERY_CALL, **ENVIRONMENT)
    lines = done.stdout.splitlines()
    assert [line.partition(" ")[2] for line in lines] == ["failed and was right"] * 12, done.stdout + done.stderr
    assert done.returncode == 0


def test_a_huge_request_is_a_memory_error(run_python: Any) -> None:
    done = run_python(START + HUGE, **ENVIRONMENT)
    assert done.stdout == "7 refused\n", done.stdout + done.stderr
    assert done.returncode == 0
