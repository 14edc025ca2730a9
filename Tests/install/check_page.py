"""Compiles and runs every block of docs/c.md: what a reader copies works, and prints what the page says.

usage: check_page.py PAGE WORK [LANGUAGE...]

WORK is the home folder of the shell blocks, one of which installs the library. With languages, blocks in others are
left to other tests: those of README.md.

A block with a main is a program, and the text behind it is its output. A block without one goes into the main of the
program above it, at its end. Shell blocks run in the folder of the program, those that begin with make in the checkout;
the program that they build prints what it should. Environment: CC and CXX name other compilers than cc and c++.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
LANGUAGES = {
    "c": ("program.c", [os.environ.get("CC", "cc"), "-std=c11"]),
    "cpp": ("program.cpp", [os.environ.get("CXX", "c++"), "-std=c++20"]),
}


def blocks(page: Path) -> list[tuple[int, str, str]]:
    """The line, the language and the text of each block; one of text belongs to the block before it."""
    text = page.read_text()
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [(text.count("\n", 0, match.start()) + 1, match[1], match[2]) for match in found]


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


class Page:
    def __init__(self, page: Path, work: Path):
        self.page = page
        self.work = work
        self.passed = self.skipped = 0
        self.programs: dict[str, str] = {}  # the program of each language that the fragments go into
        self.output = ""  # what the last program prints
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("PREFIX", "LIBDIR", "INCLUDEDIR", "DOCDIR", "DESTDIR") and not name.startswith("MAKE")
        } | {"HOME": str(work)}

    def run(self, line: int, command: list[str], folder: Path) -> str:
        result = subprocess.run(
            command,
            cwd=folder,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
        )
        if result.returncode != 0:
            sys.exit(f"{self.page}:{line}: {command[0]} failed, status {result.returncode}:\n{result.stdout}")
        return result.stdout

    def compile_and_run(self, line: int, language: str, source: str, *others: str) -> str:
        name, compiler = LANGUAGES[language]
        folder = self.work / f"{self.page.stem}{line}"
        folder.mkdir()
        (folder / name).write_text(source)
        prefix = self.work / ".local"
        search = [f"-I{prefix}/include", f"-I{ROOT}/Tests/install", f"-L{prefix}/lib", f"-Wl,-rpath,{prefix}/lib"]
        self.run(line, [*compiler, *FLAGS, name, *others, *search, "-lresample", "-o", "program"], folder)
        return self.run(line, ["./program"], folder)

    def check_code(self, line: int, language: str, text: str, expected: str | None) -> None:
        if "int main(" in text:
            printed = self.compile_and_run(line, language, text)
            self.programs[language] = text
            self.output = printed
            (self.work / LANGUAGES[language][0]).write_text(text)
        elif "#include" in text:
            self.compile_and_run(line, language, text, f"{ROOT}/Tests/install/use_dlpack.c")
            printed = ""
        else:
            program = self.programs[language].rstrip()
            if not program.endswith("}"):
                sys.exit(f"{self.page}:{line}: the program above does not end with its main")
            printed = self.compile_and_run(line, language, f"{program[:-1]}{text}}}\n")
            before = self.compile_and_run(-line, language, self.programs[language])
            if not printed.startswith(before):
                sys.exit(f"{self.page}:{line}: the program prints something else with this in it:\n{printed}")
            printed = printed[len(before) :]
        if expected is not None and lines(printed) != lines(expected):
            sys.exit(f"{self.page}:{line}: should print\n{expected}but prints\n{printed}")

    def check_shell(self, line: int, text: str) -> None:
        for tool in ("cmake", "pkg-config"):
            if tool in text and shutil.which(tool) is None:
                print(f"SKIPPED: {self.page.name}:{line}: {tool} is not installed")
                self.skipped += 1
                return
        is_in_checkout = text.startswith("make")
        printed = self.run(line, ["bash", "-euo", "pipefail", "-c", text], ROOT if is_in_checkout else self.work)
        if not is_in_checkout and not printed.endswith(self.output):
            sys.exit(f"{self.page}:{line}: the program should print\n{self.output}but this is printed:\n{printed}")
        self.passed += 1

    def check(self, languages: list[str]) -> None:
        found = blocks(self.page)
        for (line, language, text), follower in zip(found, [*found[1:], (0, "", "")]):
            if languages and language not in languages:
                continue
            if language in LANGUAGES:
                self.check_code(line, language, text, follower[2] if follower[1] == "text" else None)
                self.passed += 1
            elif language == "sh":
                self.check_shell(line, text)
            elif language == "cmake":
                (self.work / "CMakeLists.txt").write_text(text)
            elif language != "text":
                sys.exit(f"{self.page}:{line}: nothing is known of blocks of '{language}'")
        if self.passed == 0:
            sys.exit(f"{self.page} has no block that can be checked")
        print(f"{self.page.name}: {self.passed} blocks do what the page says, {self.skipped} skipped")


if __name__ == "__main__":
    Page(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()).check(sys.argv[3:])
