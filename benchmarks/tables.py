"""Tables that programs write into pages of docs/, between two marks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

END = "<!-- end of the table -->\n"


def put(document: Path, program: str, text: str) -> int:
    """Put text between the marks of a program; return the exit status."""
    begin = f"<!-- table of benchmarks/{program} -->\n"
    before, has_begin, rest = document.read_text().partition(begin)
    _, has_end, after = rest.partition(END)
    if not (has_begin and has_end):
        print(f"{document} has no lines {begin.strip()} and {END.strip()}", file=sys.stderr)
        return 1
    document.write_text(f"{before}{begin}\n{text.strip()}\n\n{END}{after}")
    return 0
