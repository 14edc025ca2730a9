"""swiftresample.torch uses no more threads than PyTorch, and calls on arrays as many as before."""

from __future__ import annotations

import sys
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

pytestmark = pytest.mark.slow

SCRIPT = """
import os, torch
import swiftresample as sr, swiftresample.torch as srt

def tasks():
    return len(os.listdir("/proc/self/task"))

x = torch.rand(2, 16, 128, 128, requires_grad=True)
weight, grid = torch.rand(16, 8, 3, 3, requires_grad=True), torch.rand(2, 128, 128, 2)
masks = torch.rand(2, 9, 128, 128)
sr.set_num_threads(3)
torch.set_num_threads(1)
before = tasks()
for call in (
    lambda: srt.interpolate(x, scale_factor=2, mode="bicubic"),
    lambda: srt.interpolate(x, size=(40, 40), mode="area"),
    lambda: srt.pixel_shuffle(x, 2),
    lambda: srt.conv_transpose2d(x, weight),
    lambda: srt.grid_sample(x, grid, align_corners=False),
    lambda: srt.carafe(x, masks, 3),
    srt.accelerate()(lambda: torch.nn.functional.interpolate(x, scale_factor=2, mode="bicubic")),
):
    call().sum().backward()
print(tasks() - before, sr.get_num_threads())
try:
    torch.ops.swiftresample.conv_transpose_backward(x, x, weight, [1, 1], [0, 0], [0, 0], 1, [1, 1], [True] * 3)
except ValueError:
    print("refused", sr.get_num_threads())
with torch.no_grad():
    for threads in (2, 8):
        torch.set_num_threads(threads)
        others = tasks()  # with those of PyTorch
        srt.conv_transpose2d(x, weight)
        srt.interpolate(x, scale_factor=2, mode="bicubic")
        print(tasks() - others, sr.get_num_threads())
sr.set_num_threads(4)
torch.set_num_threads(1)
sr.interpolate(x.detach().numpy(), scale_factor=2, mode="bicubic")
print(tasks() - others)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_calls_use_the_threads_of_pytorch(run_python: Any) -> None:
    done = run_python(SCRIPT)
    assert done.stdout == "0 3\nrefused 3\n1 3\n1 3\n2\n", done.stderr


INTERRUPTS = """
import signal, torch
import swiftresample as sr, swiftresample.torch as srt

class Interrupt(Exception):
    pass

def interrupt(*_):
    raise Interrupt

sr.set_num_threads(4)
torch.set_num_threads(2)
small, weight = torch.rand(1, 1, 4, 4), torch.rand(1, 1, 2, 2)
signal.signal(signal.SIGALRM, interrupt)
for call in (lambda: srt.interpolate(small, scale_factor=2), lambda: srt.conv_transpose2d(small, weight)):
    for time in range(1500):
        try:
            signal.setitimer(signal.ITIMER_REAL, 2e-5 + 1e-7 * (time % 1000))
            for _ in range(100):  # not for ever: where an exception is swallowed there is no other
                call()
            signal.setitimer(signal.ITIMER_REAL, 0)
        except Interrupt:
            pass
        assert sr.get_num_threads() == 4
print("done")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="interrupts are signals of a timer")
def test_no_limit_stays_after_an_interrupt(run_python: Any) -> None:
    done = run_python(INTERRUPTS)
    assert done.stdout == "done\n", done.stderr


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
