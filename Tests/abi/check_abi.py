#!/usr/bin/env python3
"""Compares the header and the library with the binary interface that is written down in swiftresample.abi.json.

    python3 Tests/abi/check_abi.py          fails on any difference, and says what each one means
    python3 Tests/abi/check_abi.py record   writes the interface of today down

An addition is compatible: programs compiled before run on. It has to be recorded, so that it is seen. A break is not:
it needs another RSMP_ABI_VERSION, with which the run-time name changes, and is not recorded without. What is what:

addition    a function, constant, #define, type or structure that is new; a field at the end of a structure that begins
            with struct_size; another name of a parameter; a constant RSMP_..._COUNT that grows
break       everything else. A structure without struct_size is in memory of the caller, who knows one size of it

The version stands in several places, which must agree whatever is written down: the header, the run-time name, the
version of the symbols, what the library says, and the Python package.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import NamedTuple

import describe

ROOT = Path(__file__).resolve().parents[2]
RECORDED = Path(__file__).with_name("swiftresample.abi.json")


class Difference(NamedTuple):
    is_break: bool
    what: str

    def __str__(self) -> str:
        return f"{'BREAK   ' if self.is_break else 'addition'}  {self.what}"


def broken(what: str) -> Difference:
    return Difference(True, what)


def added(what: str) -> Difference:
    return Difference(False, what)


# ---- What a difference means -----------------------------------------------------------------------------------------


def compare_table(kind: str, old: dict, new: dict) -> list[Difference]:
    """Of names with a value each: names may be added."""
    found = [broken(f"{kind} {name} is gone") for name in old if name not in new]
    found += [
        Difference(
            not (name.endswith("_COUNT") and new[name] > old[name]), f"{kind} {name} was {old[name]} and is {new[name]}"
        )
        for name in old
        if name in new and new[name] != old[name]
    ]
    return found + [added(f"{kind} {name} is new") for name in new if name not in old]


def compare_functions(old: dict, new: dict) -> list[Difference]:
    found = [broken(f"function {name} is gone") for name in old if name not in new]
    found += [added(f"function {name} is new") for name in new if name not in old]
    for name, was in old.items():
        now = new.get(name, was)
        for key, word in (("returns", "result"), ("symbol_version", "symbol version")):
            if now[key] != was[key]:
                found.append(broken(f"function {name}: its {word} was `{was[key]}` and is `{now[key]}`"))
        before, after = was["parameters"], now["parameters"]
        if len(before) != len(after):
            found.append(broken(f"function {name} had {len(before)} parameters and has {len(after)}"))
            continue
        for number, ((old_kind, _), (kind, _)) in enumerate(zip(before, after), start=1):
            if kind != old_kind:
                found.append(broken(f"function {name}: parameter {number} was `{old_kind}` and is `{kind}`"))
        old_names, names = [name for _, name in before], [name for _, name in after]
        if names != old_names and sorted(names) == sorted(old_names):
            found.append(broken(f"function {name}: its parameters are in another order: {', '.join(names)}"))
        elif names != old_names:
            found.append(
                added(f"function {name}: its parameters are called {', '.join(names)}, which must mean the same")
            )
    return found


def compare_structure(name: str, was: dict, now: dict) -> list[Difference]:
    found = []
    before, after = was["fields"], now["fields"]
    names, old_names = [field[0] for field in after], [field[0] for field in before]
    for number, (old, new) in enumerate(zip(before, after), start=1):
        if new[0] != old[0]:
            word = "is gone" if old[0] not in names else "is in another place"
            found.append(broken(f"struct {name}: {old[0]}, field {number}, {word}; {new[0]} is there"))
        elif new != old:
            found.append(
                broken(
                    f"struct {name}: {old[0]} was `{old[1]}`, {old[3]} bytes at {old[2]}, "
                    f"and is `{new[1]}`, {new[3]} bytes at {new[2]}"
                )
            )
    found += [broken(f"struct {name}: {field} is gone") for field in old_names[len(after) :]]
    if now["alignment"] != was["alignment"]:
        found.append(broken(f"struct {name} was aligned to {was['alignment']} bytes and is to {now['alignment']}"))
    may_grow = old_names[:1] == ["struct_size"] and before[0][1:] == ["uint32_t", 0, 4]
    if now["size"] != was["size"]:
        change = f"struct {name} had {was['size']} bytes and has {now['size']}"
        if not may_grow:
            found.append(broken(f"{change}, and it has no struct_size"))
        else:
            found.append(Difference(now["size"] < was["size"], change))
    for field, _, offset, _ in after[len(before) :]:
        if not may_grow:
            found.append(broken(f"struct {name}: {field} is new, and the structure has no struct_size"))
        elif offset < was["size"]:
            # Padding before: the caller's struct_size covers it, and nobody has set it.
            found.append(
                broken(
                    f"struct {name}: {field} is new and begins at {offset}, inside the {was['size']} bytes of before"
                )
            )
        else:
            found.append(added(f"struct {name}: {field} is new at its end"))
    return found


def compare_structures(old: dict, new: dict) -> list[Difference]:
    found = [broken(f"struct {name} is gone") for name in old if name not in new]
    for name, was in old.items():
        found += compare_structure(name, was, new.get(name, was))
    return found + [added(f"struct {name} is new") for name in new if name not in old]


def compare(old: describe.Description, new: describe.Description) -> list[Difference]:
    """Every difference between two descriptions."""
    found = []
    if new["abi_version"] != old["abi_version"]:
        found.append(broken(f"RSMP_ABI_VERSION was {old['abi_version']} and is {new['abi_version']}"))
    if new["soname"] != old["soname"]:
        found.append(broken(f"the run-time name was {old['soname']} and is {new['soname']}"))
    found += compare_table("#define", old["macros"], new["macros"])
    found += compare_table("constant", old["constants"], new["constants"])
    found += compare_table("type", old["types"], new["types"])
    found += [broken(f"type {name} is gone") for name in old["opaque"] if name not in new["opaque"]]
    found += [added(f"type {name} is new") for name in new["opaque"] if name not in old["opaque"]]
    found += compare_structures(old["structures"], new["structures"])
    return found + compare_functions(old["functions"], new["functions"])


# ---- What must agree -------------------------------------------------------------------------------------------------


def number_in(path: Path, pattern: str) -> str:
    found = re.findall(pattern, path.read_text(), re.MULTILINE)
    if len(found) != 1:
        raise describe.Unreadable(f"{path} has {len(found)} lines like `{pattern}`, not one")
    return found[0]


def what_it_says(library: Path) -> tuple[str, str]:
    """rsmp_abi_version() and rsmp_version() of the built library, which a process of its own loads."""
    script = (
        "import ctypes, sys\n"
        "library = ctypes.CDLL(sys.argv[1])\n"
        "library.rsmp_abi_version.restype = ctypes.c_uint32\n"
        "library.rsmp_version.restype = ctypes.c_char_p\n"
        "print(library.rsmp_abi_version(), library.rsmp_version().decode())"
    )
    abi_version, _, version = (
        describe.run([sys.executable, "-c", script, str(library.resolve())]).strip().partition(" ")
    )
    return abi_version, version


def disagreements(root: Path, library: Path, new: describe.Description) -> list[str]:
    """Where the version or the exported functions are told otherwise than in the header."""
    header = root / "include" / "swiftresample.h"
    version = str(new["abi_version"])
    abi_version, release = what_it_says(library)
    exported = describe.exports(library)
    versions = {
        "the run-time name": (new["soname"], f"libresample.so.{version}"),
        "rsmp_abi_version()": (abi_version, version),
        "python/swiftresample/_structures.py": (
            number_in(root / "python/swiftresample/_structures.py", r"^ABI_VERSION = (\d+)$"),
            version,
        ),
        "linker/resample.map": (number_in(root / "linker/resample.map", r"^(\w+) \{"), f"RESAMPLE_{version}"),
        "the symbols' version": (" ".join(sorted(set(exported.values()))), f"RESAMPLE_{version}"),
        "rsmp_version()": (release, number_in(header, r'^#define RSMP_VERSION "(.*)"$')),
    }
    found = [
        f"{place} says {told}, but include/swiftresample.h {meant}"
        for place, (told, meant) in versions.items()
        if told != meant
    ]
    found += [f"{name} is declared, but not exported" for name in new["functions"] if name not in exported]
    found += [f"{name} is exported, but not declared" for name in exported if name not in new["functions"]]
    return found


# ---- The commands ----------------------------------------------------------------------------------------------------


def check(old: describe.Description, new: describe.Description) -> int:
    differences = compare(old, new)
    for difference in differences:
        print(difference)
    breaks = sum(difference.is_break for difference in differences)
    if not differences and describe.text(old) != describe.text(new):
        print("addition  the declarations are in another order: run `make abi-record`")
        return 1
    if not differences:
        counts = [len(new[key]) for key in ("functions", "structures", "constants", "macros")]
        print(
            "ABI version {}: {} functions, {} structures, {} constants and {} #defines as recorded".format(
                new["abi_version"], *counts
            )
        )
    elif breaks == 0:
        print(f"{len(differences)} additions, with which older programs run: run `make abi-record`")
    elif new["abi_version"] == old["abi_version"]:
        print(f"{breaks} breaks: older programs would fail. Undo them, or give the header another RSMP_ABI_VERSION")
    else:
        print(f"{breaks} breaks under a new RSMP_ABI_VERSION: run `make abi-record`")
    return 1 if differences else 0


def record(path: Path, new: describe.Description) -> int:
    if path.is_file():
        old = json.loads(path.read_text())
        breaks = [difference for difference in compare(old, new) if difference.is_break]
        if breaks and new["abi_version"] <= old["abi_version"]:
            for difference in breaks:
                print(difference)
            print(f"not recorded: {len(breaks)} breaks need an RSMP_ABI_VERSION above {old['abi_version']}")
            return 1
    path.write_text(describe.text(new) + "\n")
    print(f"ABI version {new['abi_version']} is recorded in {path.name}")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Compares the binary interface with the recorded one.")
    parser.add_argument("command", nargs="?", choices=("check", "record"), default="check")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout")
    parser.add_argument("--library", type=Path, help="the built library; by default the checkout's")
    parser.add_argument("--recorded", type=Path, default=RECORDED)
    arguments = parser.parse_args()
    library = arguments.library or arguments.root / ".build-release" / "release" / "libresample.so"
    try:
        # As JSON gives it back: lists, no tuples.
        new = json.loads(json.dumps(describe.describe(arguments.root / "include" / "swiftresample.h", library)))
        told_otherwise = disagreements(arguments.root, library, new)
        for disagreement in told_otherwise:
            print(f"FAULT     {disagreement}")
        if arguments.command == "record":
            return 1 if told_otherwise else record(arguments.recorded, new)
        if not arguments.recorded.is_file():
            raise describe.Unreadable(f"there is no {arguments.recorded}: run `make abi-record`")
        status = check(json.loads(arguments.recorded.read_text()), new)
        return 1 if told_otherwise else status
    except describe.Unreadable as error:
        print(f"FAULT     {error}")
        return 2


if __name__ == "__main__":
    sys.exit(main())
