"""Configurations of training libraries as steps: which library's it is, and how its fields are read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _timm, _torchvision, _transformers

if TYPE_CHECKING:
    from ._steps import Steps

_CONVENTIONS = (None, "pytorch", "pillow")


def steps_of(config: object, convention: str | None) -> Steps:
    """Return the steps of a configuration: a path, a mapping, or an object of torchvision."""
    if convention not in _CONVENTIONS:
        raise ValueError(f"convention must be 'pytorch', 'pillow' or None, got {convention!r}")
    if isinstance(config, (str, os.PathLike)):
        config = _read(Path(config))
    if not isinstance(config, dict):
        if hasattr(config, "keys") and hasattr(config, "__getitem__"):
            config = dict(config)
        else:
            return _torchvision.steps_of(config, convention)
    if any(not isinstance(name, str) for name in config):
        raise ValueError("a configuration must have strings as the names of its fields")
    if _timm.knows(config):
        return _timm.steps_of(config, convention)
    if _torchvision.knows(config):
        return _torchvision.steps_of_fields(config, convention)
    return _transformers.steps_of(config, convention)


def _read(path: Path) -> Any:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{path} is not JSON: {error}") from None
    if not isinstance(config, dict):
        raise ValueError(f"{path} must hold an object, got {type(config).__name__}")
    return config
