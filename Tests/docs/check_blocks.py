"""Runs the fenced blocks of the documentation: what a reader copies works, and prints what the page says.

usage: check_blocks.py [PAGE...]     without pages: every .md that git knows. make build and what make test-docs
                                     installs have to be there.

Each page has a process, an empty folder and a home of its own. Its blocks run in their order:

python   with `>>>` a doctest, else statements; the namespace is that of the page, top to bottom
c, cpp   with a main a program, which is kept as program.c or program.cpp; without one, statements for the end of the
         main of the program above; with #include and no main a file that is compiled, and linked with
         Tests/docs/files/PAGE.c
cmake    becomes CMakeLists.txt
javascript   a module, which node runs beside that of the checkout, where it is built
sh       is run; `make` is that of the checkout. A program as the last command has to print what it printed above.
console  commands behind `$ `, and below each what it prints
text     behind a block of python (without `>>>`), c, cpp or sh, under the same heading: what that prints. Otherwise a
         diagram, as a block without a language is.

The library is installed in $HOME/.local for pages with C. Files that a page takes for granted are made by
Tests/docs/files/PAGE.py, which runs in the page's folder before its blocks. In an output `...` stands for anything,
and so does what a comment before the block names: <!-- varies: 0.05; 2.4.6 -->. <!-- not run: REASON --> leaves a block
out. Commands of ELSEWHERE are left out too, but the targets and files that they name have to exist. Where PyTorch or
JAX is not installed, the blocks of Python from its import on are skipped.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import doctest
import importlib.util
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

from pages import ROOT, Block, blocks, name, pages

FILES = Path(__file__).parent / "files"
SECONDS = 300  # for a page
FLAGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
COMPILERS = {
    "c": ("program.c", [os.environ.get("CC", "cc"), "-std=c11"]),
    "cpp": ("program.cpp", [os.environ.get("CXX", "c++"), "-std=c++20"]),
}
# What would be meant for another installation than that of the page; its library is the checkout's.
INSTALLATION = ("PREFIX", "LIBDIR", "INCLUDEDIR", "DOCDIR", "DESTDIR", "PKG_CONFIG_PATH", "RESAMPLE_LIBRARY")
OPTIONAL = ("torch", "jax")  # what the Makefile installs where it can be had

# Commands that are not run here, and why. Variables may stand before them.
ELSEWHERE = {
    r"(sudo|apt|apt-get|dpkg) ": "needs root",
    r"(\S*python\S* -m |\S*/)?(pip|pipx|uv pip) install ": "Tests/packaging installs the package",
    r"make (wasm|wheels|demo|check|test|bench|gate|abi|lint|format|site|clean)\b": "a target of its own",
    r"make -C Tests/fuzz ": "make fuzz",
    r"swift (build|test) ": "make test-swift",
    r"(\.venv/bin/)?python (-m pytest|benchmarks/|Tests/)": "a test or a benchmark of its own",
}
VARIABLES = r"(\w+=\S* )*"
SHELL = ["bash", "-euo", "pipefail", "-c"]
MAKE = 'make() { command make --no-print-directory -C "$CHECKOUT" "$@"; }\n'


class Failure(Exception):
    """A block does not do what the page says."""


def with_wildcards(expected: str, varies: list[str]) -> str:
    for piece in varies:
        expected, count = re.subn(rf"(?<![\w.]){re.escape(piece)}(?![\w.])", "...", expected)
        if not count:
            raise Failure(f"is said to vary in '{piece}', which it does not print")
    return expected


def compare(printed: str, expected: str) -> None:

    def tidy(text: str) -> str:
        return "".join(f"{line.rstrip()}\n" for line in text.rstrip().splitlines())

    if not doctest.OutputChecker().check_output(tidy(expected), tidy(printed), doctest.ELLIPSIS):
        raise Failure(f"should print\n{tidy(expected)}but prints\n{tidy(printed)}")


def commands(text: str) -> list[str]:
    """Return the commands of a script without here-documents: its lines, with those that are continued in one."""
    return re.findall(r"(?:.*\\\n)*.+", text)


def reason_elsewhere(command: str) -> str:
    return next((f"commands: {why}" for what, why in ELSEWHERE.items() if re.match(VARIABLES + what, command)), "")


class Page:
    """One page in the current folder, which is empty."""

    def __init__(self, page: Path):
        self.page = page
        self.counts: Counter[str] = Counter()
        self.not_run: Counter[str] = Counter()
        self.failures: list[str] = []
        self.namespace: dict[str, Any] = {"__name__": "__main__"}
        self.missing = ""  # a package that the blocks of Python need from here on
        self.programs: dict[str, str] = {}  # that of each language which the statements go into
        self.printed = ""  # by the last program
        self.prefix = Path.home() / ".local"

    def companion(self, suffix: str) -> Path | None:
        if not self.page.is_relative_to(ROOT):
            return None
        path = (FILES / self.page.relative_to(ROOT)).with_suffix(suffix)
        return path if path.exists() else None

    def run(self, command: list[str], folder: str | Path = ".", statuses: tuple[int, ...] = (0,)) -> str:
        environment = {**os.environ, "CHECKOUT": str(ROOT)}
        finished = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if finished.returncode not in statuses:
            raise Failure(f"{command[0]} failed, status {finished.returncode}:\n{finished.stdout}")
        return finished.stdout

    def check(self) -> None:
        found = blocks(self.page)
        if any(block.language in ("c", "cpp", "cmake") for block in found):
            self.run(["make", "--no-print-directory", "-C", str(ROOT), "install", f"PREFIX={self.prefix}"])
        maker = self.companion(".py")
        if maker:
            self.run([sys.executable, str(maker)])
        outputs = {id(block.output) for block in found if block.output}
        kinds = {
            "python": self.python,
            "c": self.code,
            "cpp": self.code,
            "cmake": self.cmake,
            "javascript": self.javascript,
            "sh": self.shell,
            "console": self.console,
        }
        for block in found:
            if block.not_run:
                self.leave_out(f"blocks: {block.not_run}")
            elif block.language in kinds:
                try:
                    if kinds[block.language](block):
                        self.counts[block.language] += 1
                except Failure as failure:
                    self.failures.append(f"{name(self.page)}:{block.line}: {failure}")
            elif block.language == "text" and id(block) in outputs:
                pass  # counted with what prints it
            elif block.language in ("", "text"):
                self.leave_out("blocks: a diagram")
            else:
                self.failures.append(
                    f"{name(self.page)}:{block.line}: nothing is known of blocks of '{block.language}'"
                )

    def leave_out(self, why: str) -> bool:
        self.not_run[why] += 1
        return False

    # ---- Python ----

    def python(self, block: Block) -> bool:
        for package in OPTIONAL:
            imported = rf"^(>>> )?\s*(import|from) (swiftresample\.)?{package}\b"
            if re.search(imported, block.text, re.MULTILINE) and importlib.util.find_spec(package) is None:
                self.missing = package
        if self.missing:
            return self.leave_out(f"blocks: SKIPPED, {self.missing} is not installed")
        if re.search(r"^\s*>>> ", block.text, re.MULTILINE):
            self.doctest(block)
        else:
            self.statements(block)
        return True

    def doctest(self, block: Block) -> None:
        test = doctest.DocTestParser().get_doctest(block.text, {}, name(self.page), str(self.page), block.line)
        test.globs = self.namespace  # a copy would lose what the block defines
        for example in test.examples:
            example.want = with_wildcards(example.want, [piece for piece in block.varies if piece in example.want])
        report: list[str] = []
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        if runner.run(test, out=report.append, clear_globs=False).failed:
            raise Failure("does something else\n" + "".join(report))

    def statements(self, block: Block) -> None:
        printed = io.StringIO()
        try:
            # Behind so many empty lines that messages have the lines of the page.
            code = compile("\n" * block.line + block.text, str(self.page), "exec")
            with contextlib.redirect_stdout(printed):
                exec(code, self.namespace)
        except (Exception, SystemExit):
            raise Failure(f"raises\n{traceback.format_exc()}") from None
        if block.output:
            compare(printed.getvalue(), with_wildcards(block.output.text, block.output.varies))

    # ---- C, C++, CMake ----

    def compile_and_run(self, language: str, source: str, *others: str) -> str:
        file, compiler = COMPILERS[language]
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / file).write_text(source)
            search = [f"-I{self.prefix}/include", f"-L{self.prefix}/lib", f"-Wl,-rpath,{self.prefix}/lib"]
            self.run([*compiler, *FLAGS, file, *others, *search, "-lresample", "-o", "program"], folder)
            return self.run(["./program"], folder)

    def code(self, block: Block) -> bool:
        language, text = block.language, block.text
        if "int main(" in text:
            printed = self.compile_and_run(language, text)
            Path(COMPILERS[language][0]).write_text(text)
            self.programs[language], self.printed = text, printed
        elif "#include" in text:
            companion = self.companion(f".{language}")
            if not companion:
                raise Failure(f"has no main, and there is no {language} in Tests/docs/files that uses it")
            printed = self.compile_and_run(language, text, str(companion), f"-I{companion.parent}")
        else:
            program = self.programs.get(language, "").rstrip()
            if not program.endswith("}"):
                raise Failure("there is no program above which ends with its main")
            before = self.compile_and_run(language, program)
            printed = self.compile_and_run(language, f"{program[:-1]}{text}}}\n")
            if not printed.startswith(before):
                raise Failure(f"the program prints something else with this in it:\n{printed}")
            printed = printed[len(before) :]
        if block.output:
            compare(printed, with_wildcards(block.output.text, block.output.varies))
        return True

    def cmake(self, block: Block) -> bool:
        Path("CMakeLists.txt").write_text(block.text)  # for the commands behind it
        return True if shutil.which("cmake") else self.leave_out("blocks: SKIPPED, cmake is not installed")

    # ---- JavaScript ----

    def javascript(self, block: Block) -> bool:
        if shutil.which("node") is None:
            return self.leave_out("blocks: SKIPPED, node is not installed")
        module = ROOT / "javascript" / "swiftresample.mjs"
        if not module.with_name("libresample.wasm").exists():
            return self.leave_out("blocks: SKIPPED, there is no javascript/libresample.wasm: make wasm")
        if not Path(module.name).exists():
            Path(module.name).symlink_to(module)
        Path("page.mjs").write_text(block.text)
        printed = self.run(["node", "page.mjs"])
        if block.output:
            compare(printed, with_wildcards(block.output.text, block.output.varies))
        return True

    # ---- Shell ----

    def is_elsewhere(self, command: str) -> bool:
        """Whether a command is left out; then the files and the targets that it names exist."""
        why = reason_elsewhere(command)
        if not why:
            return False
        for word in re.findall(r"(?:Tests|benchmarks|examples|docs|scripts)/[\w./-]+|\./\w+", command):
            if not (ROOT / word).exists():
                raise Failure(f"there is no {word}")
        for make in re.findall(r"^make [^#\n]*", command):
            self.run([*SHELL, f'cd "$CHECKOUT"; {make.replace("make", "make --dry-run", 1)}'])
        self.leave_out(why)
        return True

    def shell(self, block: Block) -> bool:
        script = [line for line in commands(block.text) if not self.is_elsewhere(line)]
        if not any(line.lstrip() and not line.lstrip().startswith("#") for line in script):
            return False
        for tool in ("cmake", "pkg-config"):
            if tool in block.text and shutil.which(tool) is None:
                return self.leave_out(f"blocks: SKIPPED, {tool} is not installed")
        printed = self.run([*SHELL, MAKE + "\n".join(script)])
        if re.search(r"(^|/)program\s*$", script[-1]) and not printed.endswith(self.printed):
            raise Failure(f"the program should print\n{self.printed}but this is printed:\n{printed}")
        if block.output:
            compare(printed, with_wildcards(block.output.text, block.output.varies))
        return True

    def console(self, block: Block) -> bool:
        if not block.text.startswith("$ "):
            raise Failure("does not begin with a command")
        shown = ""
        printed = ""
        for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            (command, *_) = commands(part)
            if self.is_elsewhere(command):
                continue
            # 1 and 2 are answers: no, and a request that cannot be met.
            finished = self.run([*SHELL, MAKE + command], statuses=(0, 1, 2))
            shown += f"$ {part}"
            printed += f"$ {command}\n{finished}"
        compare(printed, with_wildcards(shown, block.varies))
        return bool(shown)


def check_here(page: Path) -> None:
    """Check a page in the current folder, and write what came of it to result.json of the folder above."""
    checked = Page(page)
    checked.check()
    result = {"counts": checked.counts, "not_run": checked.not_run, "failures": checked.failures}
    Path("../result.json").write_text(json.dumps(result))


def check(page: Path, work: Path) -> dict[str, Any]:
    """Check a page in a process, a folder and a home of its own."""
    folder, home, programs = work / "here", work / "home", work / "bin"
    for path in (folder, home, programs):
        path.mkdir(parents=True)
    command = programs / "swiftresample"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m swiftresample "$@"\n')
    command.chmod(0o755)
    environment = {
        variable: value
        for variable, value in os.environ.items()
        if variable not in INSTALLATION and not variable.startswith("MAKE")
    }
    environment["PATH"] = os.pathsep.join([str(programs), str(Path(sys.executable).parent), environment["PATH"]])
    environment |= {"HOME": str(home), "PYTHONPATH": str(ROOT / "python"), "MPLBACKEND": "agg"}
    start = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, __file__, "--here", str(page)],
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=SECONDS)
        ended = f"ended with status {process.returncode}"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        ended = f"took longer than {SECONDS} s"
    result: dict[str, Any] = {"counts": {}, "not_run": {}, "failures": [f"{name(page)}: {ended}\n{output}"]}
    if process.returncode == 0 and (work / "result.json").exists():
        result = json.loads((work / "result.json").read_text())
    return result | {"seconds": time.monotonic() - start}


def summary(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "nothing"


def main(arguments: list[str]) -> int:
    chosen = [Path(argument).resolve() for argument in arguments] or pages()
    run: Counter[str] = Counter()
    not_run: Counter[str] = Counter()
    failures: list[str] = []
    with tempfile.TemporaryDirectory() as work, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = [pool.submit(check, page, Path(work) / str(i)) for i, page in enumerate(chosen)]
        for page, future in zip(chosen, results):
            result = future.result()
            run.update(result["counts"])
            not_run.update(result["not_run"])
            failures += result["failures"]
            state = "FAILED" if result["failures"] else "passed" if result["counts"] else "not run"
            print(f"{state:8} {name(page)}: {summary(result['counts'])}; {result['seconds']:.0f} s", flush=True)
    for why, count in sorted(not_run.items()):
        print(f"left out {count} {why}")
    for failure in failures:
        print(f"FAILED: {failure}")
    if not run:
        print("FAILED: no block was run")
    print(f"{len(chosen)} pages: {summary(run)}; {len(failures)} failures")
    return 1 if failures or not run else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--here"]:
        sys.path.pop(0)  # the folder of this file is nothing that a page imports from
        check_here(Path(sys.argv[2]))
    else:
        sys.exit(main(sys.argv[1:]))
