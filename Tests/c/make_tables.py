#!/usr/bin/env python3
"""Writes the tables of pytorch_tables.json as a C header, for test_tables.c.

python3 make_tables.py ../golden/pytorch_tables.json pytorch_tables.h
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

CALL = {"mode", "scale_factor", "align_corners"}


def literal(text: str) -> str:
    return json.dumps(text)  # C spells the strings at hand as JSON does


def numbers(name: str, values: list[float]) -> str:
    return f"static const double {name}[] = {{{', '.join(repr(float(value)) for value in values)}}};"


def align_corners(value: bool | None) -> str:
    return {None: "RSMP_ALIGN_CORNERS_NOT_GIVEN", False: "RSMP_ALIGN_CORNERS_FALSE", True: "RSMP_ALIGN_CORNERS_TRUE"}[
        value
    ]


def flattened(rows: list[list[float]]) -> list[float]:
    if len({len(row) for row in rows}) != 1:
        raise ValueError(f"rows of different lengths: {rows}")
    return [value for row in rows for value in row]


def header(document: dict[str, Any]) -> str:
    lines = [
        "/* Written by make_tables.py. */",
        f"#define CHECKED_AGAINST {literal(document['checked_against'])}",
    ]
    tables, coordinates = [], []
    for index, table in enumerate(document["tables"]):
        call = table["call"]
        if set(call) - CALL:
            raise ValueError(f"{table['name']}: no rule for {sorted(set(call) - CALL)}")
        lines.append(numbers(f"table_{index}_input", flattened(table["input"])))
        lines.append(numbers(f"table_{index}_output", flattened(table["output"])))
        tables.append(
            f"    {{{literal(table['name'])}, RSMP_MODE_{call['mode'].upper().replace('-', '_')}, "
            f"{align_corners(call.get('align_corners'))}, {float(call['scale_factor'])!r}, "
            f"{table['printed_decimals']}, {{{len(table['input'])}, {len(table['input'][0])}}}, table_{index}_input, "
            f"{{{len(table['output'])}, {len(table['output'][0])}}}, table_{index}_output}},"
        )
    for index, entry in enumerate(document["coordinates"]):
        if len(entry["coordinates"]) != entry["output_length"]:
            raise ValueError(f"{entry['name']}: not {entry['output_length']} coordinates")
        lines.append(numbers(f"coordinates_{index}", entry["coordinates"]))
        coordinates.append(
            f"    {{{literal(entry['name'])}, {entry['input_length']}, {entry['output_length']}, "
            f"{align_corners(entry['align_corners'])}, coordinates_{index}}},"
        )
    if not tables or not coordinates:
        raise ValueError("no tables or no coordinates")
    lines += ["static const table tables[] = {", *tables, "};"]
    lines += ["static const axis_table axis_tables[] = {", *coordinates, "};"]
    return "\n".join(lines) + "\n"


def main() -> None:
    source, destination = map(Path, sys.argv[1:])
    destination.write_text(header(json.loads(source.read_text())))


if __name__ == "__main__":
    main()
