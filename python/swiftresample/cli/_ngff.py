"""OME-NGFF: which axes an image has and where its samples lie, read and checked by ome-zarr-models."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import swiftresample as sr
from swiftresample._modes import MODES

from ._common import CommandError, load, reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._common import Filter

_TYPES = {"t": "time", "c": "channel", "z": "space", "y": "space", "x": "space"}


class Grid:
    """Where the samples of an array lie: sample i of an axis at ``scale * i + translation``."""

    def __init__(self, scale: Sequence[float], translation: Sequence[float] | None = None) -> None:
        self.scale = tuple(scale)
        self.translation = tuple(translation or (0.0,) * len(self.scale))

    def halved(self, shape: Sequence[int], axes: Sequence[int], filter: Filter) -> Grid:
        """Return the grid of what `interpolate` makes of it: the library says what the first sample reads."""
        scale, translation = list(self.scale), list(self.translation)
        mode = MODES[filter.mode]
        for axis in axes:
            length = shape[axis] // 2
            taps = sr.axis_taps(shape[axis], length, mode.name_on_axis, scale_factor=0.5, antialias=filter.antialias)
            translation[axis] += scale[axis] * float(taps.coordinates[0])
            scale[axis] *= shape[axis] / length if mode.pools else 2.0
        return Grid(scale, translation)


@dataclasses.dataclass(frozen=True)
class About:
    """What is said about an image."""

    axes: tuple[dict[str, Any], ...]  # name, type, and perhaps unit
    grid: Grid
    name: str | None = None
    transformations: Any = None  # those of all levels
    others: dict[str, Any] = dataclasses.field(default_factory=dict)  # omero, image-label

    @property
    def names(self) -> str:
        """The names of the axes in a row, such as cyx."""
        return "".join(str(axis["name"]) for axis in self.axes)


def about(names: str) -> About:
    """Return what is said where the axes have names, and nothing else is known."""
    return About(tuple({"name": name, "type": _TYPES[name]} for name in names), Grid((1.0,) * len(names)))


def of_group(group: Any) -> tuple[Any, About]:
    """Return the largest array of an OME-Zarr image, and what is said about it; raise CommandError for other groups."""
    said = group.attrs.asdict()
    said = said.get("ome", said)
    if not said.get("multiscales"):
        raise CommandError("it is a Zarr group and no OME-Zarr image: name one of its arrays")
    open_ome_zarr = load("ome_zarr_models", "pyramid").open_ome_zarr
    try:
        image = open_ome_zarr(group, version="0.5" if group.metadata.zarr_format == 3 else "0.4")
        attributes = image.ome_attributes if image.ome_zarr_version == "0.5" else image.attributes
        multiscale = attributes.multiscales[0].model_dump(exclude_none=True)
        scale, *translation = multiscale["datasets"][0]["coordinateTransformations"]
        grid = Grid(scale["scale"], *(each["translation"] for each in translation))
    except Exception as error:  # pages of all that it tried
        raise CommandError(f"its metadata are not those of an OME-Zarr image: {reason(error)[:300]}") from None
    name, others = multiscale.get("name"), {key: said[key] for key in ("omero", "image-label") if key in said}
    transformations = multiscale.get("coordinateTransformations")
    return group[multiscale["datasets"][0]["path"]], About(multiscale["axes"], grid, name, transformations, others)


def attributes(about: About, grids: Sequence[Grid], filter: Filter) -> dict[str, Any]:
    """Return the attributes of a pyramid, checked by ome-zarr-models."""
    models = load("ome_zarr_models.v05.multiscales", "pyramid")
    arguments = {"scale_factor": 0.5, "mode": filter.mode, "antialias": filter.antialias}
    multiscale = models.Multiscale(
        axes=about.axes,
        datasets=[
            models.Dataset.build(path=str(level), scale=grid.scale, translation=grid.translation)
            for level, grid in enumerate(grids)
        ],
        coordinateTransformations=about.transformations,
        name=about.name,
        type=filter.mode,
        metadata={"method": "swiftresample.interpolate", "version": sr.__version__, "kwargs": arguments},
    )
    others = dict(about.others)
    if MODES[filter.mode].copies:
        others.setdefault("image-label", {})
    return {"ome": {"version": "0.5", "multiscales": [multiscale.model_dump(exclude_none=True)], **others}}
