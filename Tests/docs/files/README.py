"""The files of README.md: photographs, a configuration, and arrays to diagnose and to compare."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import zarr
from PIL import Image

import swiftresample as sr

generator = np.random.default_rng(0)
Path("photos").mkdir()
Image.fromarray(generator.integers(0, 256, (300, 400, 3), dtype=np.uint8)).save("photos/a.png")

Image.fromarray(generator.integers(0, 256, (200, 300, 3), dtype=np.uint8)).save("photo.jpg")
Path("config.json").write_text(json.dumps({"image_processor_type": "ViTImageProcessor", "size": 224}))

slide = generator.integers(0, 256, (600, 800), dtype=np.uint8)
zarr.create_array("slide.zarr", shape=slide.shape, chunks=(512, 512), dtype=slide.dtype)[:] = slide

picture = generator.random((1, 3, 20, 30), dtype=np.float32)
enlarged = sr.interpolate(picture, scale_factor=2, mode="bilinear")
np.save("input.npy", picture)
np.save("theirs.npy", enlarged)
np.save("ours.npy", enlarged + np.float32(1e-6))
