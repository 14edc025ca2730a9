"""`interpolate` on dask arrays, chunk by chunk, with the bits of the whole.

Imported only on request; needs dask.

Examples
--------
>>> import dask.array as da
>>> import swiftresample as sr
>>> import swiftresample.dask
>>> slide = da.zeros((1, 3, 60_000, 40_000), chunks=(1, 3, 4096, 4096), dtype="uint8")
>>> small = sr.dask.interpolate(slide, scale_factor=0.25, mode="bilinear", antialias=True)
>>> small.shape, small.dtype
((1, 3, 15000, 10000), dtype('uint8'))
"""

try:
    import dask.array as _array  # noqa: F401
except ImportError as error:
    raise ImportError(
        "swiftresample.dask needs dask: pip install 'dask[array]', or swiftresample with its extra [dask]"
    ) from error

from ._interpolate import interpolate

__all__ = ["interpolate"]
