"""The fields of a configuration: whatever is not read is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Mean and standard deviation of ImageNet's channels, which most configurations have where they say nothing.
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


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
