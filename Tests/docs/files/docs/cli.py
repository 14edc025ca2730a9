"""The files of docs/cli.md: four photographs, one of them broken, and arrays that were made from one picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

import swiftresample as sr

generator = np.random.default_rng(0)


def photograph(height: int, width: int) -> Image.Image:
    """Return smooth colours."""
    coarse = generator.integers(0, 256, (1, 3, 6, 8), dtype=np.uint8)
    return Image.fromarray(sr.interpolate(coarse, size=(height, width), mode="bicubic")[0].transpose(1, 2, 0).copy())


Path("photos/holiday").mkdir(parents=True)
photograph(300, 400).save("photos/a.png")
photograph(400, 300).save("photos/b.jpg")
photograph(480, 640).save("photos/holiday/c.webp", quality=90)
Path("photos/holiday/broken.png").write_bytes(b"no image")

picture = sr.interpolate(generator.random((1, 3, 10, 12)), size=(40, 50), mode="bicubic")
np.save("ours.npy", sr.interpolate(picture, scale_factor=2, mode="bilinear"))
np.save("corners.npy", sr.interpolate(picture, scale_factor=2, mode="bilinear", align_corners=True))

features = generator.random((1, 3, 40, 50), dtype=np.float32)
np.save("features.npy", features)
np.save("theirs.npy", sr.interpolate(features, scale_factor=1.33, mode="bilinear"))
np.save("noise.npy", generator.random((1, 3, 53, 66), dtype=np.float32))
