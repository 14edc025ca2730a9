#!/usr/bin/env python3
"""
Write the structures and the enumerations of include/swiftresample.h as a module of JavaScript.

The offsets are clang's for WebAssembly, whose pointers have 32 bits: nobody else computes them.

    python scripts/javascript_structures.py javascript/structures.mjs
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
HEADER = CHECKOUT / "include" / "swiftresample.h"
CLANG = ["clang", "-target", "wasm32", "-ffreestanding", "-x", "c"]


def clang(arguments: list[str], source: str) -> str:
    """Return what clang prints for a source."""
    done = subprocess.run(
        [*CLANG, *arguments, "-"], input=source, capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout


def declarations() -> tuple[dict[str, list[tuple[str, str]]], list[str]]:
    """Return the fields of each structure, with their types, and the names of all constants."""
    tree = json.loads(clang(["-fsyntax-only", "-Xclang", "-ast-dump=json"], f'#include "{HEADER}"\n'))
    structures: dict[str, list[tuple[str, str]]] = {}
    constants: list[str] = []
    for node in tree["inner"]:
        children: list[dict[str, Any]] = node.get("inner", [])
        if node["kind"] == "RecordDecl" and node.get("completeDefinition") and node.get("name", "").startswith("rsmp_"):
            fields = [child for child in children if child["kind"] == "FieldDecl"]
            structures[node["name"]] = [(field["name"], field["type"]["qualType"]) for field in fields]
        if node["kind"] == "EnumDecl":
            constants += [child["name"] for child in children if child["name"].startswith("RSMP_")]
    return structures, constants


def values(expressions: list[str]) -> list[int]:
    """Return the values that constant expressions have for WebAssembly."""
    listed = ",".join(f"(long long)({expression})" for expression in expressions)
    source = f'#include <stddef.h>\n#include "{HEADER}"\nconst long long values[] = {{{listed}}};\n'
    (initializer,) = re.findall(r"^@values = .*?\[(i64 .*?)\]", clang(["-S", "-emit-llvm", "-o", "-"], source), re.M)
    return [int(value.split()[1]) for value in initializer.split(", ")]


def module() -> str:
    """Return the module."""
    structures, constants = declarations()
    expressions = [f"offsetof({name}, {field})" for name, fields in structures.items() for field, _ in fields]
    expressions += [f"sizeof({name})" for name in structures]
    found = iter(values([*expressions, *constants]))
    offsets = {name: [next(found) for _ in fields] for name, fields in structures.items()}
    sizes = {name: next(found) for name in structures}
    lines = [
        "// Written by scripts/javascript_structures.py from include/swiftresample.h.",
        "",
        "/** Of each structure its size, and of each field [type, offset, length], where 0 is no array. */",
        "export const structures = {",
    ]
    for name, fields in structures.items():
        lines.append(f"  {name}: {{ size: {sizes[name]}, fields: {{")
        for (field, written), offset in zip(fields, offsets[name]):
            array = re.fullmatch(r"(.*?)\s*\[(\d+)\]", written)
            kind, length = (array[1], int(array[2])) if array else (written, 0)
            kind = "pointer" if kind.endswith("*") else "int32_t" if kind == "rsmp_status" else kind
            lines.append(f'    {field}: ["{kind}", {offset}, {length}],')
        lines.append("  } },")
    lines += ["};", "", "export const constants = {"]
    lines += [f"  {name}: {value}," for name, value in zip(constants, found)]
    return "\n".join([*lines, "};", ""])


def main() -> None:
    """Write the module to the file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.parse_args().output.write_text(module())


if __name__ == "__main__":
    main()
