"""swiftresample.torch uses no more threads than PyTorch, and calls on arrays as many as before."""

from __future__ import annotations

from typing import Any

import comparison
import pytest

try:
    import torch
except ImportError as error:
    comparison.notes.append(f"the threads of swiftresample.torch were not tested: {error}")
    pytest.skip(f"PyTorch is not importable: {error}", allow_module_level=True)

import swiftresample as sr
import swiftresample.torch as srt

CALLS = """
import os, threading, torch
import swiftresample as sr, swiftresample.torch as srt

def tasks():
    return len(os.listdir("/proc/self/task"))

sr.set_num_threads(3)
x = torch.rand(2, 16, 128, 128, requires_grad=True)
weight, grid = torch.rand(16, 8, 3, 3, requires_grad=True), torch.rand(2, 128, 128, 2)
masks = torch.rand(2, 9, 128, 128)
calls = {
    "interpolate": lambda: srt.interpolate(x, scale_factor=2, mode="bicubic").sum().backward(),
    "area": lambda: srt.interpolate(x, size=(40, 40), mode="area").sum().backward(),
    "pixel_shuffle": lambda: srt.pixel_shuffle(x, 2).sum().backward(),
    "conv_transpose2d": lambda: srt.conv_transpose2d(x, weight).sum().backward(),
    "grid_sample": lambda: srt.grid_sample(x, grid, align_corners=False).sum().backward(),
    "carafe": lambda: srt.carafe(x, masks, 3).sum().backward(),
}
"""


@pytest.mark.skipif(not hasattr(__import__("os"), "sched_getaffinity"), reason="/proc is Linux's")
def test_calls_start_no_thread_where_pytorch_has_one(run_python: Any) -> None:
    script = (
        CALLS
        + """
torch.set_num_threads(1)
for call in calls.values():
    call()
with srt.accelerate(conv_transpose=True, grid_sample=True):
    torch.nn.functional.interpolate(x, scale_factor=2, mode="bicubic").sum().backward()
before = tasks()
assert before == threading.active_count(), before
assert sr.get_num_threads() == 3
try:
    srt.conv_transpose2d(x, weight, groups=3)
except ValueError:
    pass
assert sr.get_num_threads() == 3
sr.interpolate(x.detach().numpy(), scale_factor=2, mode="bicubic")
assert tasks() == before + 2, (before, tasks())
print("done")
"""
    )
    done = run_python(script, OMP_NUM_THREADS="1")
    assert done.stdout == "done\n", done.stderr


@pytest.mark.parametrize("name", ["interpolate", "conv_transpose2d"])
def test_calls_use_the_threads_of_pytorch(run_python: Any, name: str) -> None:
    script = (
        CALLS
        + f"""
torch.set_num_threads(2)
before = tasks()
with torch.no_grad():
    {{"interpolate": lambda: srt.interpolate(x, scale_factor=2, mode="bicubic"),
      "conv_transpose2d": lambda: srt.conv_transpose2d(x, weight)}}["{name}"]()
print(tasks() - before)
"""
    )
    done = run_python(script)
    assert done.stdout == "1\n", done.stderr


def test_the_number_of_threads_changes_no_bit() -> None:
    x, before, ours = torch.rand(2, 16, 64, 64), torch.get_num_threads(), sr.get_num_threads()
    results = []
    try:
        for of_pytorch in (1, 2, 5):
            for of_library in (1, 2, 4):
                torch.set_num_threads(of_pytorch)
                sr.set_num_threads(of_library)
                results.append(srt.interpolate(x, scale_factor=1.7, mode="bicubic"))
                assert sr.get_num_threads() == of_library
    finally:
        torch.set_num_threads(before)
        sr.set_num_threads(ours)
    for result in results[1:]:
        assert torch.equal(result, results[0])
