"""Pillow's ``Image.resize`` and ``Image.reduce`` [1]_, bit for bit, for arrays.

An array is what ``numpy.asarray`` makes of an image: (H, W) of uint8 (Pillow's L), uint16 (I;16), int32 (I) or float32
(F), or (H, W, C) of uint8 with any number of channels (RGB, RGBA and others). Sizes and boxes are Pillow's, x first.

References
----------
.. [1] https://pillow.readthedocs.io/en/stable/reference/Image.html

Examples
--------
>>> import numpy as np
>>> import swiftresample as sr
>>> photo = np.zeros((480, 640, 3), dtype=np.uint8)
>>> sr.pillow.resize(photo, (160, 120)).shape
(120, 160, 3)
"""

from ._resize import reduce, resize

__all__ = ["reduce", "resize"]
