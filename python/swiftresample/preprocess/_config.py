"""Configurations of training libraries as steps: which library's it is, and how its fields are read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._steps import Steps

_CONVENTIONS = (None, "pytorch", "pillow")


class Fields:
    """The fields of a configuration, each of which has to be read: what is left in the end is not understood."""

    def __init__(self, kind: str, fields: Mapping[str, Any]) -> None:
        self.kind = kind
        self._left = {name: value for name, value in fields.items() if value is not None}

    def take(self, name: str, default: Any = None) -> Any:
        """Return a field, or the default where it is missing or null."""
        return self._left.pop(name, default)

    def take_flag(self, name: str, default: bool = False) -> bool:
        """Return a field that is true or false."""
        value = self.take(name, default)
        if not isinstance(value, bool):
            raise ValueError(f"{name} of a {self.kind} must be true or false, got {value!r}")
        return value

    def ignore(self, *names: str) -> None:
        """Pass over fields that say nothing about the pixels."""
        for name in names:
            self._left.pop(name, None)

    def refuse(self, name: str, reason: str) -> None:
        """Raise ValueError if a field is there and neither false nor empty."""
        if self.take(name):
            raise ValueError(f"{name} of a {self.kind} {reason}")

    def finish(self) -> None:
        """Raise ValueError for what has not been read."""
        if self._left:
            raise ValueError(f"a {self.kind} with these fields is not understood: {', '.join(sorted(self._left))}")


def steps_of(config: object, convention: str | None) -> Steps:
    """Return the steps of a configuration: a path, a mapping, or an object of torchvision."""
    # Each reads another library's fields.
    from . import _timm, _torchvision, _transformers

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
