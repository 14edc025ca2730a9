"""Checks what a wheel contains: the package, its library, its metadata, and nothing else."""

from __future__ import annotations

import re
import sys
import zipfile

EXPECTED = re.compile(
    r"swiftresample/((nn|torch)/)?(__init__|_[a-z_]+)\.py|swiftresample/py\.typed|swiftresample/libresample\.so"
    r"|swiftresample-[0-9.]+\.dist-info/(METADATA|WHEEL|RECORD|top_level\.txt|licenses/LICENSE)"
)
LARGEST_LIBRARY = 1_000_000


def faults(wheel: str) -> list[str]:
    """Return what is wrong with the wheel, a sentence each."""
    with zipfile.ZipFile(wheel) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    found = [f"unexpected file {name}" for name in sizes if not EXPECTED.fullmatch(name)]
    library = sizes.get("swiftresample/libresample.so")
    if library is None:
        found.append("the library is missing")
    elif library > LARGEST_LIBRARY:
        found.append(f"the library has {library} bytes, more than {LARGEST_LIBRARY}")
    if not re.search(r"-py3-none-\w*linux\w*\.whl$", wheel):
        found.append("the name does not say py3, no Python ABI, and Linux")
    return found


def main() -> int:
    wheel = sys.argv[1]
    found = faults(wheel)
    for fault in found:
        print(f"{wheel}: {fault}")
    if not found:
        print(f"the wheel holds what it should: {wheel.rsplit('/', 1)[-1]}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
