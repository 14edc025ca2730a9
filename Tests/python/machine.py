"""The instruction sets of this machine's library, and what a processor needs for each."""

from __future__ import annotations

import platform

# What Linux calls the features that each set is compiled for, beyond those of the set before it.
FEATURES = {
    "aarch64": {"baseline": set[str](), "neon": set[str]()},
    "x86_64": {
        "baseline": set[str](),
        "avx2": {"avx", "avx2", "fma", "f16c", "bmi1", "bmi2", "abm", "movbe"},
        "avx512": {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"},
    },
}[platform.machine()]
INSTRUCTION_SETS = tuple(FEATURES)
