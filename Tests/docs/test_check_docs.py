"""The checks of the documentation fail when they should: pages with one planted fault each."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pages
import pytest

HERE = Path(__file__).parent

SOUND = """
# A page

A [link](#a-page), <a id="here"></a> [another](#here).

```python
import numpy as np
import swiftresample as sr
image = np.ones((1, 1, 2, 2), np.float32)
print(sr.interpolate(image, size=(1, 4), mode="bilinear"), "on", 3.14)
```

<!-- varies: 2.72 -->
```text
[[[[1. 1. 1. 1.]]]] on 2.72
```

```python
>>> image.shape  # of the block above
(1, 1, 2, 2)
>>> open("here", "w").write("its own folder")
14

```

```c
#include <stdio.h>
#include <swiftresample.h>
int main(void) {
  printf("%d\\n", RSMP_ABI_VERSION == rsmp_abi_version());
}
```

```text
1
```

```sh
make test    # left out
cc program.c -I"$HOME/.local/include" -L"$HOME/.local/lib" -lresample -Wl,-rpath,"$HOME/.local/lib" -o program
./program
```

```console
$ swiftresample explain --in 2 --out 1
linear, 2 -> 1 samples
...
$ cat here
its own folder
```

<!-- not run: there is no such machine -->
```riscv
ecall
```
"""

PYTHON = "```python\nprint(1)\n```\n"
C = """```c
#include <stdio.h>
#include <swiftresample.h>
int main(void) {
  printf("%d\\n", RSMP_ABI_VERSION == rsmp_abi_version());
}
```
"""
RUN = """```sh
printf "echo 2" > program; chmod +x program
./program
```
"""

# A page with one fault, and words of the message.
BLOCKS: dict[str, tuple[str, str]] = {
    "wrong output of statements": (f"{PYTHON}\n```text\n2\n```\n", "should print"),
    "wrong output of a doctest": ("```python\n>>> 1 + 1\n3\n```\n", "Expected:"),
    "wrong output of C": (f"{C}\n```text\n0\n```\n", "should print"),
    "wrong output of a command": ("```console\n$ echo 1\n2\n```\n", "should print"),
    "what varies is not there": (f"{PYTHON}\n<!-- varies: 2.71 -->\n```text\n1\n```\n", "does not print"),
    "a block that raises": (PYTHON.replace("print(1)", "raise KeyError('planted')"), "planted"),
    "a block that exits": (PYTHON.replace("print(1)", "raise SystemExit(0)"), "SystemExit"),
    "a process that ends": (PYTHON.replace("print(1)", "import os; os._exit(0)"), "ended with status 0"),
    "C that does not compile": (C.replace("#include <stdio.h>\n", ""), "printf"),
    "C that warns": (C.replace("void) {", "void) {\n  int unused;"), "unused"),
    "C that fails": (C.replace("rsmp_abi_version());", "rsmp_abi_version()); return 3;"), "status 3"),
    "an unknown language": ("```riscv\necall\n```\n", "nothing is known of blocks of 'riscv'"),
    "a shell command that fails": ("```sh\ntest -e absent\ntrue\n```\n", "bash failed, status 1"),
    "a program that prints something else": (f"{C}\n{RUN}", "the program should print"),
    "no such target": ("```sh\nmake testt\n```\n", "testt"),
    "no such command": ("```console\n$ catt here\n```\n", "status 127"),
    "no such file": ("```sh\n.venv/bin/python -m pytest Tests/absent\n```\n", "there is no Tests/absent"),
}

# A piece of the page, what stands in its place, and words of the message.
PAGES = {
    "no such anchor": ("#a-page", "#another-page", "names no heading and no id"),
    "no such file": ("(#here)", "(absent.md)", "names nothing that git knows"),
    "not https": ("(#here)", "(http://example.org)", "is not https"),
    "this machine": ("(#here)", "(https://localhost:8000/page)", "is of one machine"),
    "an address": ("(#here)", "(https://10.0.0.1/page)", "names an address"),
    "a list behind a line": ("```console", "words\n- an item\n\n```console", "a list without an empty line"),
    "a list in a list": ("```console", "- an item\n  - another\n\n```console", "indented by less than 4"),
    "a link of HTML": ('<a id="here">', '<a id="here" href="absent.md">', "names nothing that git knows"),
    "a picture of HTML": ('<a id="here">', '<a id="here"><source srcset="absent.svg">', "names nothing that git knows"),
}


SITE_PYTHON = HERE.parents[1] / ".venv-site" / "bin" / "python"
POST_BUILD = """
import sys, types
sys.path.insert(0, sys.argv[1])
import site_hooks
site_hooks.on_post_build(types.SimpleNamespace(site_dir=sys.argv[2]))
"""

REQUESTS = {
    "page.html": [
        '<script src="https://example.org/a.js"></script>',
        '<link rel="stylesheet" href="//example.org/a.css">',
        '<img src="http://example.org/a.png">',
        "<style>body { background: url(https://example.org/a.png) }</style>",
    ],
    "page.css": ['@import "https://example.org/a.css";', "@font-face { src: url('//example.org/a.woff') }"],
}


def check(script: str, *pages: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(HERE / script), *map(str, pages)], capture_output=True, text=True, timeout=200, check=False
    )


def test_a_sound_page_passes(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(SOUND)
    for script in ("check_blocks.py", "check_pages.py"):
        finished = check(script, page)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        if script == "check_blocks.py":
            assert "1 c, 1 console, 2 python, 1 sh; 0 failures" in finished.stdout
            assert "left out 1 blocks: there is no such machine" in finished.stdout
            assert "left out 1 commands: a target of its own" in finished.stdout
    assert not (tmp_path / "here").exists()


@pytest.fixture(scope="module")
def faults_of_blocks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is said of each page of BLOCKS, checked beside one another."""
    pages = {fault: tmp_path_factory.mktemp("pages") / f"{place}.md" for place, fault in enumerate(BLOCKS)}
    for fault, page in pages.items():
        page.write_text(BLOCKS[fault][0])
    finished = check("check_blocks.py", *pages.values())
    assert finished.returncode == 1, finished.stdout + finished.stderr
    parts = re.split(r"^FAILED: (?=\d+\.md)", finished.stdout, flags=re.MULTILINE)[1:]
    said = {int(part.partition(".")[0]): part for part in parts}
    return {fault: said.get(place, "nothing") for place, fault in enumerate(BLOCKS)}


@pytest.mark.parametrize("fault", BLOCKS)
def test_a_fault_of_a_block_is_found(fault: str, faults_of_blocks: dict[str, str]) -> None:
    assert BLOCKS[fault][1] in faults_of_blocks[fault]


def test_a_page_without_blocks_that_run_is_no_success(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Nothing\n")
    finished = check("check_blocks.py", page)
    assert finished.returncode == 1
    assert "no block was run" in finished.stdout


@pytest.mark.parametrize("fault", PAGES)
def test_a_fault_of_a_page_is_found(fault: str, tmp_path: Path) -> None:
    piece, planted, words = PAGES[fault]
    assert SOUND.count(piece) == 1
    page = tmp_path / "page.md"
    page.write_text(SOUND.replace(piece, planted))
    finished = check("check_pages.py", page)
    assert finished.returncode == 1, finished.stdout + finished.stderr
    assert words in finished.stdout


@pytest.mark.parametrize("file", REQUESTS)
def test_requests_to_other_hosts_are_found(file: str, tmp_path: Path) -> None:
    if not SITE_PYTHON.exists():
        pytest.skip("needs what make site installs")
    command = [str(SITE_PYTHON), "-c", POST_BUILD, str(HERE.parents[1] / "scripts"), str(tmp_path)]
    (tmp_path / "page.html").write_text('<a href="https://example.org"><img src="picture.png"></a>')
    subprocess.run(command, timeout=100, check=True)
    for number, text in enumerate(REQUESTS[file]):
        (tmp_path / f"{number}{file}").write_text(text)
    finished = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert finished.returncode == 1
    assert "requests to other hosts:\n" in finished.stderr
    for number in range(len(REQUESTS[file])):
        assert f"\n{number}{file}: " in finished.stderr


def test_faults_of_the_site_are_found(tmp_path: Path) -> None:
    if not SITE_PYTHON.exists():
        pytest.skip("needs what make site installs")
    # And what make wasm has built, which git does not know.
    for file in [*pages.files(), *(pages.ROOT / "javascript").iterdir()]:
        copy = tmp_path / file.relative_to(pages.ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / "docs" / "planted.md").write_text("# Planted\n\n[A link](c.md#absent), [another](absent.md).\n")
    installed = SITE_PYTHON.parents[1]
    finished = subprocess.run(
        ["make", "site", f"SITE_VENV={installed}", "-o", f"{installed}/installed", "-o", "wasm"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert finished.returncode == 2
    for fault in ("'c.md#absent'", "'absent.md'", 'not included in the "nav" configuration'):
        assert fault in finished.stderr
