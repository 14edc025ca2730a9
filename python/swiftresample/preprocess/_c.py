"""A preprocessing as a definition in C."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._modes import MODES

if TYPE_CHECKING:
    from .._structures import PreprocessOptions

# By their numbers.
_MODES = tuple(mode.name.upper().replace("-", "_") for mode in sorted(MODES.values(), key=lambda mode: mode.number))
_NAMES = {
    "convention": ("CONVENTION", ("PYTORCH", "PILLOW")),
    "mode": ("MODE", _MODES),
    "resize": (
        "RESIZE",
        ("NONE", "EXACT", "SHORTEST_EDGE", "SHORTEST_EDGE_ROUNDED", "LONGEST_EDGE", "WITHIN", "COVERING"),
    ),
    "edge_rounding": ("EDGE", ("DOWN", "HALF_UP", "HALF_TO_EVEN", "HALF_TO_EVEN_QUOTIENT")),
    "canvas": ("CANVAS", ("RESIZED", "CROP", "PAD", "LARGEST")),
    "anchor": ("ANCHOR", ("TOP_LEFT", "CENTER", "CENTER_CUT_OFF", "CENTER_DOWN", "AT")),
    "alpha": ("ALPHA", ("DROP", "OVER_WHITE", "REFUSE")),
    "border": ("BORDER", ("LEVEL", "VALUE", "EDGE")),
    "arithmetic": ("ARITHMETIC", ("WIDE_PRODUCT", "FUSED", "QUOTIENT", "PRODUCT")),
}
_NUMBERS = ("mean", "std", "fill")


def definition(name: str, options: PreprocessOptions, dtype: str) -> str:
    """Return lines of C that define `options`; what is zero is left out, as the header allows it."""
    lines = [f"rsmp_preprocess_options {name} = {{0}};", f"{name}.struct_size = sizeof {name};"]
    for field, _ in options._fields_[1:]:
        value = getattr(options, field)
        if field == "dtype":
            if dtype != "float32":
                lines.append(f"{name}.dtype = (rsmp_dtype){{{value.code}, {value.bits}, {value.lanes}}}; /* {dtype} */")
        elif field in _NUMBERS:
            lines += _numbers(f"{name}.{field}", list(value))
        elif field in _NAMES and value:
            prefix, names = _NAMES[field]
            lines.append(f"{name}.{field} = RSMP_{prefix}_{names[value]};")
        elif isinstance(value, float) and value:
            lines.append(f"{name}.{field} = {value!r};")
        elif value:
            lines.append(f"{name}.{field} = {value};")
    return "\n".join(lines)


def _numbers(field: str, values: list[float]) -> list[str]:
    """Numbers of the channels: Python's digits give the same float64."""
    if not any(values):
        return []
    if len(set(values)) == 1:
        return [f"for (int c = 0; c < {len(values)}; c++) {field}[c] = {values[0]!r};"]
    return [" ".join(f"{field}[{channel}] = {value!r};" for channel, value in enumerate(values))]
