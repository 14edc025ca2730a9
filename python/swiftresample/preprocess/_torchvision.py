"""torchvision's evaluation transforms: the presets of its weights, and Compose of a few steps. It is not imported here.

References
----------
torchvision 0.28: transforms/_presets.py, transforms/functional.py, transforms/v2.
"""

from __future__ import annotations

from typing import Any, ClassVar

from ._fields import IMAGENET, Fields
from ._steps import Steps

_MODES = ("nearest", "nearest-exact", "bilinear", "bicubic", "box", "hamming", "lanczos")
_PRESETS = ("ImageClassification", "SemanticSegmentation", "ObjectDetection")


def knows(config: dict[str, Any]) -> bool:
    """Tell whether these are the arguments of a preset, or the steps of a Compose."""
    return "resize_size" in config or "transforms" in config


def steps_of_fields(config: dict[str, Any], convention: str | None) -> Steps:
    """Return the steps of a preset with these arguments, or of ``{"transforms": [["Resize", {"size": 256}], ...]}``."""
    if "transforms" in config:
        fields = Fields("Compose", config)
        entries = fields.take("transforms")
        fields.finish()
        return _Composition(convention).read([_Step.of(entry) for entry in entries])
    fields = Fields("preset", config)
    steps = _classification(
        fields.take("resize_size"),
        fields.take("crop_size"),
        fields.take("interpolation", "bilinear"),
        fields.take("antialias", True),
        fields.take("mean", IMAGENET[0]),
        fields.take("std", IMAGENET[1]),
        convention,
    )
    fields.finish()
    return steps


def steps_of(transform: object, convention: str | None) -> Steps:
    """Return the steps of one of torchvision's transforms."""
    kind = type(transform).__name__
    if not type(transform).__module__.startswith("torchvision.transforms"):
        raise TypeError(f"a configuration must be a path, a mapping or a transform of torchvision, got {kind}")
    if kind in _PRESETS:
        return _preset(transform, kind, convention)
    transforms = getattr(transform, "transforms", [transform])
    return _Composition(convention).read(transforms)


def _preset(preset: Any, kind: str, convention: str | None) -> Steps:
    if kind == "ObjectDetection":
        return Steps(convention=convention or "pillow", alpha="refuse")
    crop = preset.crop_size if kind == "ImageClassification" else None
    return _classification(
        preset.resize_size, crop, preset.interpolation, preset.antialias, preset.mean, preset.std, convention
    )


def _classification(
    resize: Any, crop: Any, interpolation: Any, antialias: Any, mean: Any, std: Any, convention: str | None
) -> Steps:
    steps = {"mean": tuple(mean), "std": tuple(std), "alpha": "refuse", **_crop(crop)}
    return Steps(**steps, **_resize(resize, None, interpolation, antialias, convention or "pillow"))


def _crop(size: Any) -> dict[str, Any]:
    return {} if size is None else {"crop": size if isinstance(size, int) else tuple(size)}


def _resize(size: Any, longest: Any, interpolation: Any, antialias: Any, convention: str) -> dict[str, Any]:
    mode = getattr(interpolation, "value", interpolation)
    if mode not in _MODES:
        raise ValueError(f"interpolation must be one of {', '.join(map(repr, _MODES))}, got {mode!r}")
    if convention == "pillow":
        # Pillow's filters always antialias, whatever torchvision is told; and it has one nearest.
        antialias, mode = True, "nearest" if mode == "nearest-exact" else mode
    elif mode in ("box", "hamming"):
        raise ValueError(f"interpolation {mode!r} is Pillow's alone: convention='pillow'")
    steps: dict[str, Any] = {"mode": mode, "antialias": bool(antialias), "convention": convention}
    entries = [size] if isinstance(size, int) else list(size or [])
    if len(entries) == 2:
        steps["size"] = tuple(entries)
    elif entries:
        steps["shortest_edge"] = entries[0]
    if longest is not None:
        if entries and (len(entries) == 2 or longest <= entries[0]):
            raise ValueError(f"max_size of Resize must be more than its size, got {longest!r} and {size!r}")
        steps["longest_edge"] = longest
    return steps


class _Step:
    """A step of v2 that is written down: its name, and the arguments that it is made with."""

    _DEFAULTS: ClassVar[dict[str, dict[str, Any]]] = {
        "Resize": {"interpolation": "bilinear", "max_size": None, "antialias": True},
        "ToDtype": {"scale": False},
    }

    def __init__(self, name: str, arguments: dict[str, Any]) -> None:
        self.name = name
        self.__dict__.update({**self._DEFAULTS.get(name, {}), **arguments})

    @classmethod
    def of(cls, entry: Any) -> _Step:
        is_step = isinstance(entry, (list, tuple)) and len(entry) == 2 and isinstance(entry[0], str)
        if not is_step or not isinstance(entry[1], dict):
            raise ValueError(f"a step of a Compose must be its name and its arguments, got {entry!r}")
        return cls(*entry)

    def __getattr__(self, name: str) -> Any:
        raise ValueError(f"{self.name} of a Compose must have {name}")


class _Composition:
    """Steps of a Compose, in the order in which they may come."""

    def __init__(self, convention: str | None) -> None:
        self._steps: dict[str, Any] = {
            "convention": convention or "pillow",
            "rescale": 1.0,
            "arithmetic": "wide_product",
            "alpha": "refuse",
        }
        self._stage = 0

    def read(self, transforms: Any) -> Steps:
        for transform in transforms:
            self._add(transform, transform.name if isinstance(transform, _Step) else type(transform).__name__)
        return Steps(**self._steps)

    def _advance(self, kind: str, stage: int) -> None:
        if stage < self._stage or (stage == self._stage and stage > 0):
            raise ValueError(f"{kind} of a Compose comes after what it should come before")
        self._stage = stage

    def _add(self, transform: Any, kind: str) -> None:
        if kind in ("ToImage", "PILToTensor") and self._stage == 0:
            self._steps["convention"] = "pytorch"  # it is a tensor that is resized
        if kind in ("ToImage", "PILToTensor", "Identity", "ToPureTensor"):
            return
        if kind == "Resize":
            self._advance(kind, 1)
            self._steps.update(
                _resize(
                    transform.size,
                    transform.max_size,
                    transform.interpolation,
                    transform.antialias,
                    self._steps["convention"],
                )
            )
        elif kind == "CenterCrop":
            self._advance(kind, 2)
            self._steps.update(_crop(transform.size))
        elif kind == "ToTensor":
            self._advance(kind, 3)
            self._steps.update(rescale=1 / 255, arithmetic="quotient")
        elif kind in ("ToDtype", "ConvertImageDtype"):
            self._advance(kind, 3)
            self._rescale(transform, kind)
        elif kind == "Normalize":
            self._advance(kind, 4)
            self._steps.update(mean=tuple(map(float, transform.mean)), std=tuple(map(float, transform.std)))
        else:
            raise ValueError(f"{kind} of a Compose is not understood")

    def _rescale(self, transform: Any, kind: str) -> None:
        if str(transform.dtype) not in ("torch.float32", "float32"):
            raise ValueError(f"{kind} of a Compose must be to float32, got {transform.dtype}")
        if kind == "ConvertImageDtype" or transform.scale:
            is_v2 = isinstance(transform, _Step) or ".v2." in type(transform).__module__
            self._steps.update(rescale=1 / 255, arithmetic="product" if is_v2 else "quotient")
