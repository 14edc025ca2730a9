"""Image files: their samples and what is said about them, read and written by Pillow."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _colour16
from ._common import load

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from ._common import Array

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF", ".webp": "WEBP"}
_READ = ("PNG", "JPEG", "TIFF", "WEBP")

#: What each format holds, by Pillow's names of modes, to which ;16 adds colours of 16 bits. WebP stores grey as
#: RGB, which looks the same.
_HOLDS = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16", "LA;16", "RGB;16", "RGBA;16"),
    "JPEG": ("1", "L", "RGB", "CMYK"),
    "TIFF": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "RGB;16", "RGBA;16", "CMYK;16", "I", "F"),
    "WEBP": ("1", "L", "LA", "RGB", "RGBA"),
}
_LONGEST = {"JPEG": 65500, "WEBP": 16383}  # samples of an axis
_KINDS = {
    "LA": "transparency",
    "RGBA": "transparency",
    "CMYK": "CMYK",
    "I;16": "grey of 16 bits",
    "LA;16": "grey of 16 bits with transparency",
    "RGB;16": "colours of 16 bits",
    "RGBA;16": "colours of 16 bits",
    "CMYK;16": "CMYK of 16 bits",
    "I": "32-bit integers",
    "F": "32-bit floats",
}
_DTYPES = {"I;16": np.uint16, "I": np.int32, "F": np.float32}
_WITHOUT_ALPHA = {"LA": "L", "RGBA": "RGB", "LA;16": "I;16", "RGBA;16": "RGB;16"}

# Tags of EXIF that stay true of a resized picture: description, maker, model, software, time, artist, copyright.
_TRUE_TAGS = (270, 271, 272, 305, 306, 315, 33432)
_EXIF_FOLDER, _GPS_FOLDER, _WIDTH, _HEIGHT = 0x8769, 0x8825, 0xA002, 0xA003
_PROFILE_CHANNELS = {
    b"GRAY": ("1", "L", "LA", "I;16", "LA;16"),
    b"RGB ": ("P", "RGB", "RGBA", "RGB;16", "RGBA;16"),
    b"CMYK": ("CMYK", "CMYK;16"),
}
_TIFF_COMPRESSIONS = ("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate")


@dataclasses.dataclass
class Picture:
    """An image, upright: its samples (H, W, C), Pillow's name of their mode, and what is kept beside them."""

    samples: Array
    mode: str
    palette: Any = None
    transparency: Any = None
    profile: bytes | None = None
    exif: Any = None
    text: dict[str, str] = dataclasses.field(default_factory=dict)
    comment: bytes | None = None
    compression: str | None = None

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is alpha."""
        return self.mode in _WITHOUT_ALPHA

    @property
    def is_opaque(self) -> bool:
        """Whether alpha, if there is any, is full everywhere."""
        return not self.has_alpha or bool((self.samples[..., -1] == np.iinfo(self.samples.dtype).max).all())


def open_image(path: Path) -> Any:
    """Open a file whose samples are not read yet; raise ValueError for what would lose something."""
    image = load("PIL.Image", "cli").open(path, formats=_READ)
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":  # which is JPEG with a second picture inside
        frames = image.n_frames
        image.close()
        raise ValueError(f"it has {frames} frames or pages, and one would be left")
    return image


def upright_size(image: Any) -> tuple[int, int]:
    """Return height and width as the picture is shown."""
    width, height = image.size
    return (width, height) if image.getexif().get(0x0112, 1) >= 5 else (height, width)


def read(path: Path, target: str, nearest: bool) -> Picture:
    """Read a file that is to be written in the format `target`; `nearest` leaves palettes and black and white alone."""
    operations = load("PIL.ImageOps", "cli")
    with open_image(path) as file:
        raw = _colour16.raw_mode(file)
        compression = file.info.get("compression")
        file.load()  # all of it: PNG has text behind the samples
        text = dict(getattr(file, "text", {}))
        comment = file.info.get("comment")
        source = file.format
        transparency = file.info.get("transparency")
        image = operations.exif_transpose(file)
        exif = _kept_exif(file)
        profile = file.info.get("icc_profile")
    text.pop("XML:com.adobe.xmp", None)  # it says the size and the orientation
    is_png = target == "PNG"
    picture = Picture(
        np.empty(0),
        "",
        profile=profile,
        exif=exif,
        text=text if is_png else {},
        comment=comment if isinstance(comment, bytes) and target == "JPEG" else None,
        compression=compression if compression in _TIFF_COMPRESSIONS else None,
    )
    if raw:
        picture.samples, picture.mode = _colour16.read(path, raw, np.asarray(image))
    elif image.mode == "P" and nearest and "P" in _HOLDS[target]:
        picture.palette, picture.transparency = image.getpalette("RGB"), image.info.get("transparency")
        _set_samples(picture, image, "P")
    else:
        _set_samples(picture, *_plain(image, nearest, source))
    if transparency is not None and picture.samples.dtype == np.uint16:
        _make_transparent(picture, transparency)
    return picture


def _make_transparent(picture: Picture, colour: Any) -> None:
    """Add alpha to samples of 16 bits of which one colour is transparent."""
    opaque = (picture.samples != np.asarray(colour)).any(axis=2, keepdims=True)
    picture.samples = np.concatenate([picture.samples, opaque * np.uint16(65535)], axis=2)
    picture.mode = {"I;16": "LA;16", "RGB;16": "RGBA;16"}[picture.mode]


def _plain(image: Any, nearest: bool, source: str) -> tuple[Any, str]:
    """Return the image in a mode whose samples may be weighted, and the name of that mode."""
    mode = image.mode
    if mode == "P":
        mode = "RGBA" if "transparency" in image.info or image.palette.mode == "RGBA" else "RGB"
        return image.convert(mode), mode
    if mode in ("1", "L", "RGB") and "transparency" in image.info:  # one colour is transparent
        mode = "RGBA" if mode == "RGB" else "LA"
        return image.convert("RGBA").convert(mode), mode
    if mode == "1":
        return image.convert("L"), "1" if nearest else "L"
    if mode == "PA":
        return image.convert("RGBA"), "RGBA"
    if mode.startswith("I;16"):
        return image, "I;16"
    if mode == "I" and source == "PNG":  # older releases of Pillow
        return image, "I;16"
    if mode in ("L", "LA", "RGB", "RGBA", "CMYK", "I", "F"):
        return image, mode
    raise ValueError(f"its samples are {mode}, which is not taken: convert it to RGB")


def _set_samples(picture: Picture, image: Any, mode: str) -> None:
    samples = np.asarray(image)
    picture.samples = samples.reshape(*samples.shape[:2], -1).astype(_DTYPES.get(mode, np.uint8), copy=False)
    picture.mode = mode


def _kept_exif(image: Any) -> Any:
    """Return what stays true of the EXIF data, or None."""
    found = image.getexif()
    kept = load("PIL.Image", "cli").Exif()
    kept.update({tag: found[tag] for tag in _TRUE_TAGS if tag in found})
    is_empty = not len(kept)
    for folder in (_EXIF_FOLDER, _GPS_FOLDER):
        entries = found.get_ifd(folder)
        if entries:
            kept[folder] = dict(entries)
            is_empty = False
    return None if is_empty else kept


def check(picture: Picture, target: str) -> None:
    """Raise ValueError for a picture that the format would change, after dropping alpha that says nothing."""
    if picture.has_alpha and picture.mode not in _HOLDS[target] and picture.is_opaque:
        picture.samples = np.ascontiguousarray(picture.samples[..., :-1])
        picture.mode = _WITHOUT_ALPHA[picture.mode]
    if picture.mode not in _HOLDS[target]:
        raise ValueError(f"{target} has no {_KINDS.get(picture.mode, picture.mode)}: choose another format")


def write(picture: Picture, file: BinaryIO, target: str, quality: int, lossless: bool) -> None:
    """Write the picture in a format that `check` let pass."""
    height, width = picture.samples.shape[:2]
    if max(height, width) > _LONGEST.get(target, 2**31):
        raise ValueError(f"{target} has at most {_LONGEST[target]} samples of an axis, and these are {height}x{width}")
    samples = np.ascontiguousarray(picture.samples)
    options = _options(picture, target, quality, lossless)
    if picture.mode.endswith(";16") and samples.shape[2] > 1:
        if target == "PNG":
            _colour16.write_png(samples, picture.mode, file, options)
        else:
            _colour16.write_tiff(samples, picture.mode, file, options.get("icc_profile"), picture.exif)
        return
    module = load("PIL.Image", "cli")
    of_bytes = {"P": "L", "1": "L"}.get(picture.mode, picture.mode)
    image = module.frombytes(of_bytes, (width, height), samples.tobytes())
    if picture.mode == "P":
        image.putpalette(picture.palette, "RGB")
    elif picture.mode == "1":
        image = image.convert("1", dither=module.Dither.NONE)
    image.save(file, target, **options)


def _options(picture: Picture, target: str, quality: int, lossless: bool) -> dict[str, Any]:
    """Return the arguments of Pillow's save."""
    options: dict[str, Any] = {}
    profile = picture.profile
    fits = profile and picture.mode in _PROFILE_CHANNELS.get(profile[16:20], ())
    if fits and not (target == "WEBP" and picture.mode in _PROFILE_CHANNELS[b"GRAY"]):  # whose grey is RGB
        options["icc_profile"] = profile
    if picture.exif is not None:
        entries = picture.exif.get(_EXIF_FOLDER, {})
        if _WIDTH in entries or _HEIGHT in entries:
            entries[_HEIGHT], entries[_WIDTH] = picture.samples.shape[:2]
        options["exif"] = picture.exif.tobytes()  # of the object itself TIFF would lose the folders
    if picture.transparency is not None:
        options["transparency"] = picture.transparency
    if picture.text:
        information = load("PIL.PngImagePlugin", "cli").PngInfo()
        for key, value in picture.text.items():
            information.add_itxt(key, value)
        options["pnginfo"] = information
    if picture.comment:
        options["comment"] = picture.comment
    if target in ("JPEG", "WEBP"):
        options["quality"] = quality
    if target == "WEBP" and lossless:
        options.update(lossless=True, exact=True)
    if target == "TIFF":
        options["compression"] = picture.compression or "tiff_adobe_deflate"
    return options
