#!/usr/bin/env python3
"""Describes the binary interface: what programs compiled against the header rely on, as text that can be compared.

    python3 Tests/abi/describe.py include/swiftresample.h .build-release/release/libresample.so

Functions and their types come from the header as the C compiler's preprocessor gives it, sizes and numbers from a
small program that the compiler makes of it, exports from the library's dynamic symbols. A declaration that is not
understood is a fault: nothing is passed over. Needs Python 3.9, a C compiler (gcc, clang or CC) and binutils.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

Description = dict[str, Any]
NAME = r"[A-Za-z_]\w*"


class Unreadable(Exception):
    """What cannot be described, and so not be compared."""


def run(command: list[str], **options: Any) -> str:
    """What a tool prints; its failure is one of the description."""
    if shutil.which(command[0]) is None:
        raise Unreadable(f"{command[0]} is missing")
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}, timeout=120, **options
    )
    if result.returncode != 0:
        raise Unreadable(f"{command[0]} failed: {result.stderr.strip() or result.returncode}")
    return result.stdout


def compiler() -> str:
    for name in filter(None, (os.environ.get("CC"), "cc", "gcc", "clang")):
        if shutil.which(name):
            return name
    raise Unreadable("there is no C compiler: install gcc or clang, or name one in CC")


# ---- Declarations ----------------------------------------------------------------------------------------------------


def own_lines(header: Path) -> str:
    """The preprocessed header with its #define lines, without what it includes."""
    lines = []
    is_own = False
    for line in run([compiler(), "-E", "-dD", "-x", "c", "-std=c11", str(header)]).splitlines():
        marker = re.match(r'# \d+ "(.*?)"', line)
        if marker:
            is_own = Path(marker[1]) == header
        elif is_own:
            lines.append(line)
    return "\n".join(lines)


def normal(text: str) -> str:
    """One spelling of a type: a space between words, none within `type *`s."""
    text = " ".join(re.findall(rf"{NAME}|\d+|\S", text))
    return re.sub(r"\* (?=\*)", "*", re.sub(r" ?\[ ?(\w*) ?\]", r"[\1]", text))


def declarator(text: str) -> tuple[str, str]:
    """The type and the name of `const int64_t *shape`, `int64_t size[3]` or `double roi[2 * 8]`."""
    text = re.sub(r"\[\s*(\d+)\s*\*\s*(\d+)\s*\]", lambda product: f"[{int(product[1]) * int(product[2])}]", text)
    found = re.fullmatch(rf"(.*?[\s*])({NAME})\s*((?:\[\s*\d+\s*\])*)", text.strip(), re.DOTALL)
    if found is None or "(" in text:
        raise Unreadable(f"`{normal(text)}` is not understood")
    return normal(found[1] + found[3]), found[2]


def parameters(text: str) -> list[tuple[str, str]]:
    if normal(text) == "void":
        return []
    if not text.strip():
        raise Unreadable("a function is declared without a prototype: write (void)")
    return [declarator(part) for part in text.split(",")]


def braces(text: str) -> list[str]:
    """The declarations of the header, each up to its semicolon outside of braces."""
    found, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == ";" and depth == 0:
            found.append(text[start:place].strip())
            start = place + 1
    if depth or text[start:].strip():
        raise Unreadable(f"`{text[start:].strip()[:60]}` has no end")
    return found


class Header:
    """What the header declares, in its order."""

    def __init__(self, header: Path) -> None:
        self.macros: dict[str, str] = {}
        self.types: dict[str, str] = {}
        self.opaque: list[str] = []
        self.constants: list[str] = []
        self.structures: dict[str, list[tuple[str, str]]] = {}
        self.functions: dict[str, tuple[str, list[tuple[str, str]]]] = {}
        text = own_lines(header)
        for line in re.findall(r"^#define (.*)$", text, re.MULTILINE):
            name, value = re.fullmatch(rf"({NAME}(?:\([^)]*\))?)\s*(.*)", line).groups()  # type: ignore[union-attr]
            if value:  # not the guard against a second inclusion
                self.macros[name] = value
        for declaration in braces(re.sub(r"^#.*$", "", text, flags=re.MULTILINE)):
            self.declare(declaration)
        if not self.functions:
            raise Unreadable(f"no function is declared in {header}")

    def declare(self, text: str) -> None:
        if found := re.fullmatch(rf"typedef\s+struct\s+({NAME})\s*\{{(.*)\}}\s*({NAME})", text, re.DOTALL):
            tag, body, name = found.groups()
            if tag != name:
                raise Unreadable(f"struct {tag} is called {name}")
            fields = [declarator(field) for field in braces(body)]
            self.structures[name] = [(field, kind) for kind, field in fields]
        elif found := re.fullmatch(rf"enum\s*(?:{NAME})?\s*\{{(.*)\}}", text, re.DOTALL):
            for part in found[1].split(","):
                if part.strip():
                    name, _, value = part.partition("=")
                    if not re.fullmatch(r"\s*-?\w+\s*", value):
                        raise Unreadable(f"`{part.strip()}` states no value")
                    self.constants.append(name.strip())
        elif found := re.fullmatch(rf"typedef\s+struct\s+({NAME})\s+({NAME})", text):
            if found[1] != found[2]:
                raise Unreadable(f"struct {found[1]} is called {found[2]}")
            self.opaque.append(found[2])
        elif found := re.fullmatch(rf"typedef\s+((?:{NAME}\s+)+)({NAME})", text):
            self.types[found[2]] = normal(found[1])
        elif found := re.fullmatch(rf"([\w\s*]+?[\s*])({NAME})\s*\((.*)\)", text, re.DOTALL):
            self.functions[found[2]] = normal(found[1]), parameters(found[3])
        else:
            raise Unreadable(f"`{normal(text)[:80]}` is not understood")


# ---- Numbers ---------------------------------------------------------------------------------------------------------


def layout(header: Path, declared: Header) -> dict[str, list[int]]:
    """What the compiler makes of the header: sizes, places and numbers, by the expressions that ask for them."""
    asked = {f"type {name}": [f"sizeof({name})", f"_Alignof({name})"] for name in declared.types}
    for name, fields in declared.structures.items():
        asked[f"type {name}"] = [f"sizeof({name})", f"_Alignof({name})"]
        for field, _ in fields:
            asked[f"{name}.{field}"] = [f"offsetof({name}, {field})", f"sizeof((({name} *)0)->{field})"]
    asked.update({f"constant {name}": [name] for name in declared.constants})
    lines = ["#include <stdio.h>", f'#include "{header}"', "int main(void) {"]
    for name, numbers in asked.items():
        words = " ".join(["%lld"] * len(numbers))
        values = ", ".join(f"(long long)({number})" for number in numbers)
        lines.append(f'  printf("{name}\\t{words}\\n", {values});')
    lines.append("  return 0;\n}\n")
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder, "layout.c"), Path(folder, "layout")
        source.write_text("\n".join(lines))
        run([compiler(), "-std=c11", str(source), "-o", str(program)])
        printed = run([str(program)])
    found = {}
    for line in printed.splitlines():
        name, numbers = line.split("\t")
        found[name] = [int(number) for number in numbers.split()]
    return found


# ---- The library -----------------------------------------------------------------------------------------------------


def exports(library: Path) -> dict[str, str]:
    """The dynamic symbols that the library defines, and the version of each."""
    if not library.is_file():
        raise Unreadable(f"there is no {library}: swift build -c release --product resample")
    found = {}
    for line in run(["nm", "-D", "-P", "--with-symbol-versions", "--defined-only", str(library)]).splitlines():
        name, kind, *_ = line.split()
        name, _, version = name.replace("@@", "@").partition("@")
        if kind != "A":  # GNU ld defines a symbol for each version
            found[name] = version
    return dict(sorted(found.items()))


def soname(library: Path) -> str:
    names = re.findall(r"\(SONAME\).*\[(.*)\]", run(["readelf", "-dW", str(library)]))
    return names[0] if len(names) == 1 else ""


# ---- All of it -------------------------------------------------------------------------------------------------------


def describe(header: Path, library: Path) -> Description:
    header = header.resolve()
    declared = Header(header)
    numbers = layout(header, declared)
    structures: Description = {}
    for name, fields in declared.structures.items():
        size, alignment = numbers[f"type {name}"]
        rows = [[field, kind, *numbers[f"{name}.{field}"]] for field, kind in fields]
        structures[name] = {"size": size, "alignment": alignment, "fields": rows}
    symbols = exports(library)
    version = declared.macros.get("RSMP_ABI_VERSION", "")
    if not version.isdecimal():
        raise Unreadable(f"there is no number RSMP_ABI_VERSION in {header}")
    return {
        "abi_version": int(version),
        "soname": soname(library),
        "macros": {
            name: value for name, value in declared.macros.items() if name not in ("RSMP_ABI_VERSION", "RSMP_VERSION")
        },
        "types": {name: [kind, *numbers[f"type {name}"]] for name, kind in declared.types.items()},
        "opaque": declared.opaque,
        "constants": {name: numbers[f"constant {name}"][0] for name in declared.constants},
        "structures": structures,
        "functions": {
            name: {"symbol_version": symbols.get(name, ""), "returns": result, "parameters": parameters}
            for name, (result, parameters) in declared.functions.items()
        },
    }


def text(value: Any, indent: int = 0) -> str:
    """JSON with a line for everything that may change by itself."""
    if isinstance(value, dict) and value:
        gap = " " * (indent + 2)
        lines = [f"{gap}{json.dumps(key)}: {text(entry, indent + 2)}" for key, entry in value.items()]
        return "{\n" + ",\n".join(lines) + "\n" + " " * indent + "}"
    if isinstance(value, list) and value and not isinstance(value[0], (str, int)):
        gap = " " * (indent + 2)
        return "[\n" + ",\n".join(gap + json.dumps(entry) for entry in value) + "\n" + " " * indent + "]"
    return json.dumps(value)


def main() -> int:
    parser = argparse.ArgumentParser(description="Prints the binary interface of a header and a library.")
    parser.add_argument("header", type=Path)
    parser.add_argument("library", type=Path)
    arguments = parser.parse_args()
    try:
        print(text(describe(arguments.header, arguments.library)))
    except Unreadable as error:
        print(f"{Path(__file__).name}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
