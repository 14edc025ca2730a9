"""Checks who imports whom: the rules of docs/architecture.md, in Swift and in Python.

usage: check_imports.py [CHECKOUT]

Exit status 1, and a line for each import that breaks a rule, or for each file that no rule is about.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

KERNELS = ("KernelsBaseline", "KernelsAVX2", "KernelsAVX512", "KernelsNEON", "KernelsSIMD128")
# A module, and what it may import. Nobody imports the kernels: Package.swift has them linked, and they are reached
# through the table of CShims.
MODULES: dict[str, set[str]] = {
    "ResampleGeometry": {"CShims"},
    "ResampleKernels": {"CShims"},
    "Resample": {"ResampleGeometry", "CShims"},
    "ResampleABI": {"CResample", "Resample", "ResampleGeometry"},
}
TESTS: dict[str, set[str]] = {
    "GeometryTests": {"ResampleGeometry"},
    "ResampleTests": {"Resample", "ResampleGeometry", "CShims"},
    "ABITests": {"ResampleABI", "Resample", "CResample"},
}
OF_TESTS = {"Testing", "Foundation", "Glibc"}
# A room of Resample, and those whose types it may name. The files beside the rooms, errors and their messages, are
# everybody's and know none of them. An operator knows no other operator.
FOUNDATION = {"Memory", "Tensors", "Engine"}
ROOMS: dict[str, set[str]] = {
    "Memory": set(),
    "Tensors": {"Memory"},
    "Engine": {"Memory", "Tensors"},
    "Interpolate": FOUNDATION,
    # Images are resized on their way.
    "Preprocess": FOUNDATION | {"Interpolate"},
    "ConvTranspose": FOUNDATION,
    "GridSample": FOUNDATION,
    "Carafe": FOUNDATION,
    "PixelShuffle": FOUNDATION,
}
# A folder of the Python package, the other folders of it that it may import, and what else beside the standard library.
PACKAGE: dict[str, tuple[set[str], set[str]]] = {
    "": ({"nn", "onnx", "preprocess"}, {"numpy"}),
    "nn": ({""}, {"numpy"}),
    "onnx": ({""}, {"numpy"}),
    "preprocess": ({""}, {"numpy"}),
    "torch": ({""}, {"numpy", "torch"}),
    "dask": ({""}, {"numpy", "dask"}),
    "cli": ({"", "_benchmarks", "dask"}, {"numpy", "PIL", "tqdm", "matplotlib"}),
    # Peers are imported by the names of their modules, where they are installed.
    "_benchmarks": ({""}, {"numpy", "ml_dtypes", "onnx"}),
}
FOR_CHECKERS = {"typing_extensions"}  # under `if TYPE_CHECKING:`
LOADER = "_library.py"  # the one file that loads the library

MODIFIERS = r"^(?:(?:@\w+(?:\([^)]*\))?|package|public|final|indirect)\s+)*"
IMPORT = re.compile(MODIFIERS + r"import\s+(\w+)", re.MULTILINE)
TYPE = re.compile(MODIFIERS + r"(?:struct|enum|class|protocol|typealias)\s+(\w+)", re.MULTILINE)


def swift_files(folder: Path) -> dict[Path, str]:
    """The files below the folder, without their comments."""
    return {path: re.sub(r"//.*", "", path.read_text()) for path in sorted(folder.rglob("*.swift"))}


def check_swift(checkout: Path) -> Iterator[str]:
    """Imports between the modules."""
    for parent, rules, others in (("Sources", MODULES, set[str]()), ("Tests", TESTS, OF_TESTS)):
        for module, allowed in rules.items():
            files = swift_files(checkout / parent / module)
            if not files:
                yield f"{parent}/{module}: no Swift files"
            for path, text in files.items():
                for imported in IMPORT.findall(text):
                    if imported not in allowed | others:
                        yield f"{path.relative_to(checkout)}: {module} may not import {imported}"
    folders = {path.name for path in (checkout / "Sources").iterdir() if any(path.rglob("*.swift"))}
    for module in sorted(folders - MODULES.keys() - set(KERNELS)):
        yield f"Sources/{module}: a module without a rule"
    for module in KERNELS:
        if (checkout / "Sources" / module).resolve() != (checkout / "Sources" / "ResampleKernels").resolve():
            yield f"Sources/{module}: no link to ResampleKernels"


def check_rooms(checkout: Path) -> Iterator[str]:
    """Types of one room of Resample named in another."""
    resample = checkout / "Sources" / "Resample"

    def room(path: Path) -> str:
        """The folder of Resample that the file is in, however deep; "" beside them."""
        return "" if path.parent == resample else path.relative_to(resample).parts[0]

    files = swift_files(resample)
    home = {name: room(path) for path, text in files.items() for name in TYPE.findall(text)}
    for name in sorted({room(path) for path in files} - ROOMS.keys() - {""}):
        yield f"Sources/Resample/{name}: a room without a rule"
    for path, text in files.items():
        own = room(path)
        allowed = ROOMS.get(own, set()) | {own, ""}
        for name in sorted(set(re.findall(r"\b[A-Z]\w+", text))):
            other = home.get(name, own)
            if other not in allowed:
                yield f"{path.relative_to(checkout)}: {own or 'a file beside the rooms'} may not name {name} of {other}"


def check_order() -> Iterator[str]:
    """The rules themselves: no two rooms know each other, whether directly or by way of others."""
    for room in ROOMS:
        known: set[str] = set()
        pending = set(ROOMS[room])
        while pending:
            other = pending.pop()
            known.add(other)
            pending |= ROOMS[other] - known
        if room in known:
            yield f"scripts/check_imports.py: {room} knows itself by way of what it knows"


def imports(path: Path, package: Path) -> Iterator[tuple[int, str | None, str]]:
    """The line of each import, the folder of the package that it names, if any, and the module otherwise."""
    tree = ast.parse(path.read_text(), str(path))
    conditions = [node for node in ast.walk(tree) if isinstance(node, ast.If)]
    conditions = [node for node in conditions if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"]
    unexecuted = {inner for node in conditions for child in node.body for inner in ast.walk(child)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [(0, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [(node.level, f"{node.module or ''}.{alias.name}".lstrip(".")) for alias in node.names]
        else:
            continue
        for level, name in names:
            parts = name.split(".")
            if level == 0 and parts[0] != package.name:
                if parts[0] in FOR_CHECKERS and node in unexecuted:
                    continue
                yield node.lineno, None, parts[0]
                continue
            start = path.parent if level == 1 else package
            rest = parts[1:] if level == 0 else parts
            folder = start / rest[0] if rest and (start / rest[0]).is_dir() else start
            yield node.lineno, "" if folder == package else folder.name, name


def check_python(checkout: Path) -> Iterator[str]:
    """Imports of the package's files, and who loads the library."""
    package = checkout / "python" / "swiftresample"
    files = sorted(package.rglob("*.py"))
    if not files:
        yield "python/swiftresample: no files"
    for path in files:
        name, shown = str(path.relative_to(package)), path.relative_to(checkout)
        own = "" if path.parent == package else path.parent.name
        if own not in PACKAGE:
            yield f"{shown}: a folder without a rule"
            continue
        folders, others = PACKAGE[own]
        importer = own or "the package"
        if name == "__main__.py":  # python -m swiftresample is the command
            folders = folders | {"cli"}
        for line, folder, imported in imports(path, package):
            if folder is not None:
                if folder != own and folder not in folders:
                    yield f"{shown}:{line}: {importer} may not import {imported} of {folder or 'the package'}"
            elif imported not in others | sys.stdlib_module_names:
                yield f"{shown}:{line}: {importer} may not import {imported}"
        if name != LOADER and re.search(r"\b(CDLL(?!\(None\))|LoadLibrary|PyDLL|dlopen)\b", path.read_text()):
            yield f"{shown}: only {LOADER} loads the library"


def main(arguments: list[str]) -> int:
    """Check the checkout; the exit status."""
    checkout = Path(arguments[0] if arguments else __file__).resolve()
    if not arguments:
        checkout = checkout.parent.parent
    broken = [line for check in (check_swift, check_rooms, check_python) for line in check(checkout)]
    broken += check_order()
    print("\n".join(broken) or "imports: as docs/architecture.md has them")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
