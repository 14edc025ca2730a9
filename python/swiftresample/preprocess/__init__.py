"""From an image to a network's input: resized, cropped or padded, and from levels to numbers, as the training did it."""

from ._preprocess import Preprocess

__all__ = ["Preprocess"]
