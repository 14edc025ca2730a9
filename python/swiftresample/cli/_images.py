"""Image files: read as pictures, and written where the format holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import _exif, _png, _tiff
from ._common import load
from ._picture import WITHOUT_ALPHA, Picture, upright, upright_size

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF", ".webp": "WEBP"}
_READ = ("PNG", "JPEG", "WEBP")

#: The modes that each format holds, of 8 bits and of 16; TIFF holds all, of any. WebP stores grey as RGB, which looks
#: the same.
_HOLDS: dict[str, dict[str, tuple[str, ...]]] = {
    "PNG": {"uint8": ("1", "L", "LA", "P", "RGB", "RGBA"), "uint16": ("L", "LA", "RGB", "RGBA")},
    "JPEG": {"uint8": ("1", "L", "RGB", "CMYK")},
    "WEBP": {"uint8": ("1", "L", "LA", "RGB", "RGBA")},
}
_LONGEST = {"JPEG": 65500, "WEBP": 16383}  # samples of an axis
_GREY = ("1", "L", "LA")
_PROFILE_CHANNELS = {b"GRAY": _GREY, b"RGB ": ("P", "RGB", "RGBA"), b"CMYK": ("CMYK",)}
_XMP_OF_JPEG = b"http://ns.adobe.com/xap/1.0/\0"


def _opened(path: Path) -> Any:
    """Open a file by Pillow; raise ValueError for what would lose something."""
    image = load("PIL.Image", "cli").open(path, formats=_READ)
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":  # which is JPEG with a second picture inside
        frames = image.n_frames
        image.close()
        raise ValueError(f"it has {frames} frames or pages, and one would be left")
    return image


def size(path: Path) -> tuple[int, int]:
    """Return height and width of a file's picture as it is shown."""
    if _tiff.is_tiff(path):
        return _tiff.size(path)
    with _opened(path) as image:
        orientation = _png.About(path, image).orientation if image.format == "PNG" else _orientation(image)
        return upright_size(image.height, image.width, orientation)


def decoded_bytes(path: Path) -> int:
    """Return what the samples of a file's picture take in memory."""
    if _tiff.is_tiff(path):
        return _tiff.decoded_bytes(path)
    with _opened(path) as image:
        return int(image.height * image.width * len(image.getbands()) * (2 if image.mode.startswith("I") else 1))


def _orientation(image: Any) -> int:
    """Return how a JPEG or WebP picture has to be turned."""
    packets = [image.info.get("xmp", b"")]
    packets += [content for name, content in getattr(image, "applist", ()) if content.startswith(_XMP_OF_JPEG)]
    return _exif.orientation(_exif.read(image.info.get("exif", b"")), packets)


def read(path: Path) -> Picture:
    """Read a file; raise ValueError for what is not understood, or would be lost."""
    if _tiff.is_tiff(path):
        return _tiff.read(path)
    with _opened(path) as image:
        if image.format == "PNG":
            return _png.read(path, image)
        samples = np.asarray(image)
        if image.mode not in ("L", "RGB", "RGBA", "CMYK"):
            raise ValueError(f"its samples are {image.mode}, which is not taken: convert it to RGB")
        comment = image.info.get("comment")
        return Picture(
            upright(samples.reshape(*samples.shape[:2], -1), _orientation(image)),
            image.mode,
            profile=image.info.get("icc_profile"),
            exif=_exif.kept(_exif.read(image.info.get("exif", b""))),
            comment=comment if isinstance(comment, bytes) else None,
        )


def prepare(picture: Picture, target: str, nearest: bool) -> None:
    """Make of a picture one that the format holds and whose samples may be weighted; raise ValueError if there is none.

    `nearest` leaves palettes and black and white alone.
    """
    holds_palette = target == "PNG" or (target == "TIFF" and not picture.palette_alpha)
    if picture.mode == "P" and not (nearest and holds_palette):
        picture.look_up()
    if picture.mode == "1" and not nearest:
        picture.mode = "L"
    if target == "TIFF":
        return
    held = _HOLDS[target].get(picture.samples.dtype.name, ())
    if picture.has_alpha and picture.mode not in held and WITHOUT_ALPHA[picture.mode] in held and picture.is_opaque:
        picture.drop_alpha()
    if picture.mode not in held or picture.extra:
        raise ValueError(f"{target} has no {_kind(picture, target)}: choose another format")


def _kind(picture: Picture, target: str) -> str:
    if picture.extra:
        return f"{picture.samples.shape[2]} samples a pixel of which {picture.extra} are no colours"
    name = {"LA": "transparency", "RGBA": "transparency", "CMYK": "CMYK", "RGB": "colours"}.get(picture.mode, "grey")
    dtype = picture.samples.dtype
    if dtype == np.uint8:
        return name
    bits = 8 * dtype.itemsize
    if dtype == np.uint16 and target != "PNG":
        name = {"LA": "grey", "RGBA": "colours"}.get(picture.mode, name)
    if dtype.kind == "u" and bits < 32:
        return f"{name} of {bits} bits"
    return f"{bits}-bit {'floats' if dtype.kind == 'f' else 'integers'}"


def lost(picture: Picture, target: str) -> str:
    """Return what the picture's file says and one of this format will not; empty if that is nothing."""
    has_profile = _profile(picture, target) is not None
    missing = list(picture.left_out)
    if picture.profile and not has_profile:
        missing.append("ICC profile")
    if target != "PNG" and not has_profile and _png.says_other_colours(picture.colours):
        missing.append(", ".join(kind.decode() for kind in picture.colours))
    without = f"{target} is written without its"
    lines = [f"{without} {' and '.join(missing)}: its colours may look different"] if missing else []
    lines += [f"{without} {' and '.join(picture.not_kept)}"] if picture.not_kept else []
    return "; ".join(lines)


def _profile(picture: Picture, target: str) -> bytes | None:
    """Return the ICC profile where it is one of such colours, and the format has a place for it."""
    profile = picture.profile
    if not profile or picture.mode not in _PROFILE_CHANNELS.get(profile[16:20], ()):
        return None
    return None if target == "WEBP" and picture.mode in _GREY else profile  # whose grey is RGB


def write(picture: Picture, file: BinaryIO, target: str, quality: int, lossless: bool) -> None:
    """Write the picture in a format for which it was prepared."""
    height, width = picture.height, picture.samples.shape[1]
    if max(height, width) > _LONGEST.get(target, 2**31):
        raise ValueError(f"{target} has at most {_LONGEST[target]} samples of an axis, and these are {height}x{width}")
    exif = _exif.with_size(picture.exif, height, width)
    profile = _profile(picture, target)
    if target == "TIFF":
        _tiff.write(picture, file, exif, profile)
        return
    picture.gather()
    options: dict[str, Any] = {"icc_profile": profile} if profile else {}
    if exif.tags:
        options["exif"] = _exif.as_bytes(exif)
    if target == "PNG":
        _png.write(picture, file, options)
        return
    if target == "JPEG" and picture.comment:
        options["comment"] = picture.comment
    if target == "WEBP" and lossless:
        options.update(lossless=True, exact=True)
    _png.image(picture).save(file, target, quality=quality, **options)
