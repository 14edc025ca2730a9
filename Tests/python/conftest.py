"""What every test of the Python package shares."""

from __future__ import annotations

import importlib.util
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import comparison
import hypothesis
import hypothesis.core
import pytest
from cases import SEED

# pytest --hypothesis-profile=long: for test_fuzz.py, mostly.
hypothesis.settings.register_profile("long", max_examples=20_000)

CHECKOUT = Path(__file__).resolve().parents[2]

# An installed package is tested as it is installed; otherwise the checkout's.
if importlib.util.find_spec("swiftresample") is None:
    sys.path.insert(0, str(CHECKOUT / "python"))


def pytest_configure(config: pytest.Config) -> None:
    for marker in (
        "large_memory: needs more than a gigabyte",
        "slow: left out of make check",
        "numbers: compares numbers, so that make test runs it with every smaller instruction set as well",
        "memory: reads and writes arrays in this process, so that make address-sanitizer runs it",
    ):
        config.addinivalue_line("markers", marker)
    # The same seed in every process of pytest-xdist, and one that is printed.
    seed = os.environ.setdefault("TEST_SEED_OF_HYPOTHESIS", str(SEED or random.randrange(1, 2**32)))
    if config.getoption("--hypothesis-seed") is None:
        hypothesis.core.global_force_seed = int(seed)


def pytest_report_header() -> str:
    import swiftresample
    from swiftresample import _library

    return (
        f"swiftresample {swiftresample.__version__}: {_library.library_path}, "
        f"instruction set {swiftresample.instruction_set()}, {swiftresample.get_num_threads()} threads"
    )


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):  # one of several processes: pytest-xdist
        session.config.workeroutput["comparisons"] = comparison.made()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    if hasattr(node, "workeroutput"):  # a process that ended early has none, and is a failure
        comparison.add(node.workeroutput["comparisons"])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    seed = os.environ["TEST_SEED_OF_HYPOTHESIS"]
    terminalreporter.write_line(
        f"random calls of TEST_SEED={SEED}; those of hypothesis come again with TEST_SEED={seed}"
    )
    if comparison.worst or comparison.notes:
        terminalreporter.section("Comparisons")
        for line in comparison.report():
            terminalreporter.write_line(line)


@pytest.fixture
def run_python() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a script in a Python of its own, with the package under test and further environment variables."""

    def run(script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(entry for entry in sys.path if entry)
        return subprocess.run(
            [sys.executable, "-c", script, *arguments],
            env={**os.environ, "PYTHONPATH": path, **environment},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run
