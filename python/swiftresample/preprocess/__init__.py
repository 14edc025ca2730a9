"""From images to a network's input: resized, cropped or padded, rescaled and normalised, as the training did it."""

from ._preprocess import Preprocess

__all__ = ["Preprocess"]
