"""Processes that use the library: forked, spawned, interrupted and at their end, while threads are inside calls.

Each runs in a Python of its own, which has a time limit: what hangs fails.
"""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path
from typing import Callable

import pytest

pytestmark = pytest.mark.slow

Run = Callable[..., "subprocess.CompletedProcess[str]"]

# What every script begins with: a call of each operator, forward and backward, and its bytes on one thread.
PRELUDE = """
import functools, os, signal, sys, threading, time
import numpy as np
import swiftresample as sr

numbers = np.random.default_rng(0)
array = lambda *shape: numbers.random(shape, np.float32) * 2 - 1
image, large = array(2, 8, 40, 50), array(2, 8, 80, 100)
photo = numbers.integers(0, 256, (2, 150, 200, 3), np.uint8).transpose(0, 3, 1, 2)
grid, weight, masks, theta = array(2, 40, 50, 2), array(8, 6, 4, 4), array(2, 9, 80, 100), array(2, 2, 3)
convolved, sampled = array(2, 6, 80, 100), array(2, 8, 40, 50)
plan = sr.Plan(image.shape, scale_factor=2, mode="bicubic")
small = sr.Plan(photo.shape, "uint8", size=(50, 60), mode="bilinear", antialias=True)
twice = dict(scale_factor=2, mode="bilinear")
CALLS = [
    lambda: plan(image),
    lambda: small(photo),
    lambda: sr.interpolate(image, **twice),
    lambda: sr.interpolate_backward(large, image.shape, **twice),
    lambda: sr.pixel_shuffle(image, 2),
    lambda: sr.pixel_unshuffle(large, 2),
    lambda: sr.conv_transpose2d(image, weight, stride=2, padding=1),
    lambda: sr.conv_transpose2d_backward(convolved, image, weight, stride=2, padding=1),
    lambda: sr.grid_sample(image, grid, align_corners=False),
    lambda: sr.grid_sample_backward(sampled, image, grid, align_corners=False),
    lambda: sr.affine_grid(theta, (2, 8, 90, 120), align_corners=True),
    lambda: sr.carafe(image, masks, 3, scale_factor=2),
    lambda: sr.carafe_backward(large, image, masks, 3, scale_factor=2),
]

def result(index):
    given = CALLS[index % len(CALLS)]()
    return b"".join(part.tobytes() for part in (given if isinstance(given, tuple) else [given]))

before = sr.get_num_threads()
sr.set_num_threads(1)
EXPECTED = [result(index) for index in range(len(CALLS))]
sr.set_num_threads(max(before, 4))

def is_right(index):
    return result(index) == EXPECTED[index % len(CALLS)]

def all_are_right(first=0):
    return all(is_right(first + index) for index in range(len(CALLS)))

class Crowd:
    "Threads that compute until the end of a with statement, and one that changes the number of threads."

    def __init__(self, size, daemon=False):
        self.is_over, self.faults, self.calls = False, [], 0
        self.threads = [threading.Thread(target=self.compute, args=(index,), daemon=daemon) for index in range(size)]
        self.threads.append(threading.Thread(target=self.change_the_count, daemon=daemon))

    def compute(self, index):
        while not self.is_over:
            if not is_right(index):
                self.faults.append(index % len(CALLS))
            index += 1
            self.calls += 1

    def change_the_count(self):
        count = 0
        while not self.is_over:
            count += 1
            sr.set_num_threads(1 + count % 16)
            time.sleep(0.0005)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        for thread in self.threads:
            thread.join()
        assert self.calls > 0 and not self.faults, self.faults

def forked(work):
    "The exit status of a forked child that does some work; 1 for what raises, and a signal's number less than 0."
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        status = 1
        try:
            status = 0 if work() else 2
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""


def succeeds(run_python: Run, script: str, expected: str = "done\n", times: int = 1, **environment: str) -> None:
    """Check that a script exits with status 0, prints what is expected and has no message."""
    for _ in range(times):
        done = run_python(PRELUDE + script, **environment)
        assert (done.returncode, done.stdout, _messages(done.stderr)) == (0, expected, ""), done.stderr


def _messages(text: str) -> str:
    """Leave out what Python 3.12 and later say of any fork of a process that has threads."""
    return "\n".join(line for line in text.splitlines() if "fork()" not in line)


# ---- Forks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", ["2", "16"])
def test_forks_in_the_middle_of_work(run_python: Run, threads: str) -> None:
    script = """
def work(index):
    if index % 2:
        sr.set_num_threads(1 + index % 5)
    grandchild = (lambda: all(map(is_right, range(index, index + 3)))) if index % 4 == 0 else None
    return all(map(is_right, range(index, index + 4))) and (grandchild is None or forked(grandchild) == 0)

with Crowd(3):
    statuses = [forked(functools.partial(work, index)) for index in range(40)]
assert statuses == [0] * 40, statuses
print("done")
"""
    succeeds(run_python, script, RESAMPLE_NUM_THREADS=threads)


def test_forks_while_threads_make_plans(run_python: Run) -> None:
    """A child does not wait for a lock that a thread of its parent holds."""
    script = """
sys.setswitchinterval(1e-5)
tiny = np.ones((1, 1, 4, 4), np.float32)
is_over = False

def make_plans(number):
    while not is_over:
        number += 1
        sr.interpolate(tiny, size=(1 + number % 97, 5))
        length = 1 + number % 83
        sr.interpolate_backward(np.ones((1, 1, length, 5), np.float32), tiny.shape, size=(length, 5))

def make_more(index):
    for _ in range(2):  # a plan is made of what comes again
        big = sr.interpolate(tiny, size=(100 + index, 7))
    sr.interpolate_backward(big, tiny.shape, size=(100 + index, 7))
    return (big == 1).all()

threads = [threading.Thread(target=make_plans, args=(1000 * index,), daemon=True) for index in range(3)]
for thread in threads: thread.start()
for index in range(150):
    status = forked(functools.partial(make_more, index))
    assert status == 0, (index, status)
is_over = True
for thread in threads: thread.join()
print("done")
"""
    succeeds(run_python, script)


def test_threads_that_fork(run_python: Run) -> None:
    script = """
statuses = []
def fork_in_a_thread(first):
    for index in range(first, first + 8):
        statuses.append(forked(lambda: is_right(index) and forked(lambda: is_right(index + 1)) == 0))

with Crowd(2):
    threads = [threading.Thread(target=fork_in_a_thread, args=(index,)) for index in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
assert statuses == [0] * 32, statuses
print("done")
"""
    succeeds(run_python, script)


# ---- multiprocessing -------------------------------------------------------------------------------------------------


# Other processes import the main module anew, which for that has to be the file that Python was started with.
def run_file(run_python: Run, path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    start = "import subprocess, sys; sys.exit(subprocess.run([sys.executable, *sys.argv[1:]], timeout=200).returncode)"
    return run_python(start, str(path), *arguments)


POOLS = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

def work(index):
    if index % 5 == 0:
        sr.set_num_threads(1 + index % 4)
    return index, result(index)

def are_right(results):
    return all(given == EXPECTED[index % len(CALLS)] for index, given in results)

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    crowd = Crowd(2)
    with crowd:
        with context.Pool(3) as pool:
            assert are_right(pool.map(work, range(26)))
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            assert are_right(pool.map(work, range(13)))
    assert all_are_right()
    print("done")
"""


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_pools_of_processes(method: str, tmp_path: Path, run_python: Run) -> None:
    path = tmp_path / "pools.py"
    path.write_text(PRELUDE + POOLS, encoding="utf-8")
    done = run_file(run_python, path, method)
    assert (done.returncode, done.stdout, _messages(done.stderr)) == (0, "done\n", ""), done.stderr


LOADER = """
import torch

class Images(torch.utils.data.Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return index, torch.frombuffer(bytearray(result(index)), dtype=torch.uint8)

def collate(samples):
    for index, given in samples:
        assert bytes(given.numpy().tobytes()) == EXPECTED[index % len(CALLS)]
    images = torch.stack([torch.full((3, 64, 64), float(index)) for index, _ in samples])
    return sr.interpolate(images, scale_factor=0.5, mode="bilinear", antialias=True)

if __name__ == "__main__":
    # Processes that are spawned import PyTorch each time.
    for persistent in (True, False) if sys.argv[1] == "fork" else (True,):
        loader = torch.utils.data.DataLoader(
            Images(), batch_size=4, num_workers=2, collate_fn=collate, multiprocessing_context=sys.argv[1],
            persistent_workers=persistent)
        for epoch in range(2):
            means = [batch.mean((1, 2, 3)) for batch in loader]
            assert torch.cat(means).tolist() == [float(index) for index in range(24)]
    print("done")
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_of_a_data_loader(method: str, tmp_path: Path, run_python: Run) -> None:
    if importlib.util.find_spec("torch") is None:
        pytest.skip("PyTorch is not installed: its DataLoader cannot be tried")
    path = tmp_path / "loader.py"
    path.write_text(PRELUDE + LOADER, encoding="utf-8")
    done = run_file(run_python, path, method)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


# ---- The end of the interpreter --------------------------------------------------------------------------------------


def test_exit_while_daemon_threads_are_inside_calls(run_python: Run) -> None:
    script = """
import random
def end():
    crowd = Crowd(3, daemon=True)
    for thread in crowd.threads: thread.start()
    time.sleep(random.random() * 0.02)
    # As at the end of a program: threads of the daemon kind go on until the process is gone.
    sys.exit(7)

for _ in range(3):
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        end()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == 7, status
keep = plan, sr.Plan((1, 1, 4, 4), scale_factor=2)
sys.modules["numpy"].a_plan_of_mine = sr.Plan((1, 1, 4, 4), scale_factor=2)
crowd = Crowd(3, daemon=True)
for thread in crowd.threads: thread.start()
time.sleep(random.random() * 0.05)
print("done")
"""
    succeeds(run_python, script, times=5)


def test_exit_with_plans_in_cycles_and_modules(run_python: Run) -> None:
    script = """
import atexit, gc
class Node: pass
for _ in range(50):
    node = Node()
    node.plan, node.self = sr.Plan((1, 1, 4, 4), scale_factor=2), node
sr.kept = node
atexit.register(lambda: print("done" if all_are_right() else "wrong"))
"""
    succeeds(run_python, script, times=3)


# ---- Signals ---------------------------------------------------------------------------------------------------------


def test_an_interrupt_is_raised_after_the_call(run_python: Run) -> None:
    script = """
big = array(4, 16, 256, 256)
once = sr.interpolate(big, scale_factor=2, mode="bicubic").tobytes()
raised = 0
# Not by a thread that kills: where Python code of threading runs in a weak reference's callback, an interrupt is lost.
signal.signal(signal.SIGALRM, signal.default_int_handler)
for attempt in range(12):
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.002 * (attempt + 1))
        for _ in range(20_000):
            sr.interpolate(big, scale_factor=2, mode="bicubic")
    except KeyboardInterrupt:
        raised += 1
    assert is_right(attempt)
assert raised == 12 and sr.interpolate(big, scale_factor=2, mode="bicubic").tobytes() == once and all_are_right()
print("done")
"""
    succeeds(run_python, script)


def test_a_handler_that_calls_runs_all_the_while(run_python: Run) -> None:
    script = """
taken, is_over = [], False
def handler(number, frame):
    taken.append(threading.current_thread() is threading.main_thread() and is_right(len(taken)))
    # Not periodically: where a call takes longer than the period, handlers would interrupt handlers without end.
    if not is_over:
        signal.setitimer(signal.ITIMER_REAL, 0.002)

signal.signal(signal.SIGALRM, handler)
with Crowd(2):
    signal.setitimer(signal.ITIMER_REAL, 0.002)
    for index in range(150):
        assert is_right(index)
    is_over = True
    signal.setitimer(signal.ITIMER_REAL, 0)
assert len(taken) > 10 and all(taken), taken
print("done")
"""
    succeeds(run_python, script)


def test_a_handler_may_make_plans_while_the_main_thread_does(run_python: Run) -> None:
    script = """
tiny = np.ones((1, 1, 4, 4), np.float32)
taken, is_over = 0, False
def handler(number, frame):
    global taken
    taken += 1
    sr.interpolate(tiny, size=(200 + taken % 100, 3))
    if not is_over:
        signal.setitimer(signal.ITIMER_REAL, 0.0002)

signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.0002)
for index in range(20000):
    sr.interpolate(tiny, size=(1 + index % 97, 1 + index % 89))
is_over = True
signal.setitimer(signal.ITIMER_REAL, 0)
assert taken > 100, taken
print("done")
"""
    succeeds(run_python, script)


# ---- Plans that go ---------------------------------------------------------------------------------------------------


def test_plans_go_while_others_are_executed(run_python: Run) -> None:
    """A plan is freed by whatever thread drops it last, never while a call has it."""
    script = """
import gc
shared = [sr.Plan(image.shape, scale_factor=2, mode="bicubic") for _ in range(4)]
expected = EXPECTED[0]
faults = []
is_over = False

def use(index):
    while not is_over:
        if shared[index % 4](image).tobytes() != expected:
            faults.append(index)

def replace():
    # The old plan may be inside calls of the others, and lives as long as these.
    for number in range(400):
        shared[number % 4] = sr.Plan(image.shape, scale_factor=2, mode="bicubic")
        cycle = [sr.Plan((1, 1, 5, 5), scale_factor=2)]
        cycle.append(cycle)
        if number % 20 == 0:
            gc.collect()

threads = [threading.Thread(target=use, args=(index,)) for index in range(6)]
for thread in threads: thread.start()
replacers = [threading.Thread(target=replace) for _ in range(2)]
for thread in replacers: thread.start()
for thread in replacers: thread.join()
is_over = True
for thread in threads: thread.join()
assert not faults
print("done")
"""
    succeeds(run_python, script)


# ---- Interpreters in one process -------------------------------------------------------------------------------------


def test_sub_interpreters(run_python: Run) -> None:
    """NumPy can be loaded into one interpreter alone, so the others take the library as it is."""
    if importlib.util.find_spec("_testcapi") is None:
        pytest.skip("this Python has no _testcapi to make an interpreter with")
    script = """
import _testcapi
code = f"import ctypes; assert ctypes.CDLL({str(sr._library.library_path)!r}).rsmp_get_num_threads() == 4"
sr.set_num_threads(4)
for index in range(10):
    assert _testcapi.run_in_subinterp(code) == 0 and is_right(index)
print("done")
"""
    succeeds(run_python, script)
