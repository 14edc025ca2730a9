"""How the peers do the other operators, and a look at what every peer computes on tiny inputs.

    python benchmarks/peers.py            # who does what, and how far the results are off
    python benchmarks/peers.py OpenCV

The adapters are those of the package's ``_benchmarks``, to which this adds.
"""

from __future__ import annotations

import argparse
import functools
import sys
from typing import TYPE_CHECKING, Any

import graphs  # noqa: F401  # adds the models
import numpy as np
from measured_cases import CHECKED, UNFOLDING
from operators import Backward, Carafe, GridSample, ImageResize, OnnxResize, ResizeConv

from swiftresample._benchmarks.case import CannotBeMade
from swiftresample._benchmarks.image_peers import OpenCV
from swiftresample._benchmarks.peer import FRESH, CannotDo, ComputesSomethingElse, Contender, Peer
from swiftresample._benchmarks.peers import PEERS, PyTorch, installed, prepare_checked

if TYPE_CHECKING:
    from collections.abc import Callable

    from swiftresample._benchmarks.case import Array, Case

# ---- PyTorch: what it has no function for is put together from those it has ------------------------------------------


def _carafe(torch: Any, features: Any, masks: Any, kernel_size: int, scale_factor: int) -> Any:
    """Add up the shifted features times their masks, phase by phase of the scale factor, and interleave the phases.

    The features are shifted by views and never repeated. With ``unfold`` and one ``einsum`` over the windows, which
    copies every sample as often as windows have it, 256 channels of 64x64 take ten times as long.
    """
    functional = torch.nn.functional
    k, s = kernel_size, scale_factor
    batch, channels, height, width = features.shape
    wide = functional.pad(features, (k // 2,) * 4)[:, :, None]
    phases = functional.pixel_unshuffle(masks, s).view(batch, 1, k, k, s * s, height, width)
    sums = features.new_zeros(batch, channels, s * s, height, width)
    for row in range(k):
        for column in range(k):
            shifted = wide[..., row : row + height, column : column + width]
            sums.addcmul_(shifted, phases[:, :, row, column])
    return functional.pixel_shuffle(sums.view(batch, channels * s * s, height, width), s)


def _resize_conv2d(torch: Any, input: Any, weight: Any, bias: Any, scale_factor: int, mode: str) -> Any:
    functional = torch.nn.functional
    enlarged = functional.interpolate(input, scale_factor=scale_factor, mode=mode)
    return functional.conv2d(enlarged, weight, bias, padding=weight.shape[-1] // 2)


_COMPOSED = {Carafe: _carafe, ResizeConv: _resize_conv2d}


def _function(torch: Any, case: Case) -> Callable[..., Any]:
    composed = _COMPOSED.get(type(case))
    return functools.partial(composed, torch) if composed else getattr(torch.nn.functional, case.function)


def _composed(torch: Any, case: Case, tensors: list[Any]) -> tuple[Callable[[], Any], str]:
    return functools.partial(_function(torch, case), *tensors, **case.options), "put together"


def _backward(torch: Any, case: Backward, tensors: list[Any]) -> tuple[Callable[[], Any], str]:
    """Return a call that gives the first gradient; the forward call is made once, and not timed."""
    with torch.inference_mode(False), torch.enable_grad():
        gradient, *inputs = (tensor.clone() for tensor in tensors)
        for tensor in inputs:
            tensor.requires_grad_()
        output = _function(torch, case.of)(*inputs, **case.options)

    def call() -> Any:
        with torch.inference_mode(False):
            return torch.autograd.grad(output, inputs, gradient, retain_graph=True)[0]

    return call, "put together" if type(case.of) in _COMPOSED else ""


def _onnx_resize(torch: Any, case: OnnxResize, tensors: list[Any]) -> tuple[Callable[[], Any], str]:
    if case.antialias:
        raise CannotDo("has no antialias that repeats the outer samples")
    mode = {"linear": "bilinear", "cubic": "bicubic"}[case.mode]
    return functools.partial(torch.nn.functional.interpolate, *tensors, size=case.size, mode=mode), "interpolate"


def _no_image_resize(_torch: Any, case: ImageResize, _tensors: list[Any]) -> tuple[Callable[[], Any], str]:
    raise CannotDo(f"has other numbers than {case.function}")


PyTorch.further.update(
    {
        ImageResize: _no_image_resize,
        OnnxResize: _onnx_resize,
        Carafe: _composed,
        ResizeConv: _composed,
        Backward: _backward,
    }
)


class Unfolding(PyTorch):
    """CARAFE as it is mostly written in PyTorch: ``unfold`` and one ``einsum`` over the windows."""

    name = UNFOLDING

    def does(self, case: Case) -> bool:  # noqa: D102
        return isinstance(case, Carafe)

    def prepare(self, case: Case, arrays: tuple[Array, ...], threads: int) -> Contender:  # noqa: D102
        assert isinstance(case, Carafe)
        torch = self.library
        torch.set_num_threads(threads)
        features, masks = map(torch.from_numpy, arrays)
        functional, factor, taps = torch.nn.functional, case.factor, case.kernel**2
        batch, channels, height, width = case.shape

        phases = masks.view(batch, taps, height, factor, width, factor)

        def call() -> Any:
            windows = functional.unfold(features, case.kernel, padding=case.kernel // 2)
            windows = windows.view(batch, channels, taps, height, width)
            return torch.einsum("nckhw,nkhswt->nchswt", windows, phases).reshape(case.output_shape)

        return Contender(call, lambda: call().numpy(), FRESH)


def further(found: list[Peer]) -> list[Peer]:
    """Return the second ways that the peers found have to some cases."""
    return [Unfolding() for peer in found if type(peer) is PyTorch]


def matrix_product(found: list[Peer], case: Case) -> Callable[[], Any] | None:
    """Return PyTorch's product of matrices with as many multiply-adds as a case: no convolution is much quicker."""
    multiply_adds = getattr(case, "multiply_adds", None)
    torch = next((peer.library for peer in found if type(peer) is PyTorch), None)
    if multiply_adds is None or torch is None:
        return None
    side = 512
    left, right = torch.rand(side, multiply_adds // side**2), torch.rand(multiply_adds // side**2, side)
    return functools.partial(torch.mm, left, right, out=torch.empty(side, side))


# ---- OpenCV ----------------------------------------------------------------------------------------------------------


def _remap(
    cv2: Any, case: GridSample, arrays: tuple[Array, ...], interpolation: int, pairs: list[tuple[Array, Array]]
) -> list[Callable[[], Any]]:
    """Return a call of ``cv2.remap`` for each image and its target."""
    if case.shape[0] > 1:
        raise CannotDo("has one pair of maps for all images of a call")
    lengths = np.array(case.shape[:1:-1], np.float32)
    x, y = np.moveaxis((arrays[1][0] + 1) * (lengths / 2) - np.float32(0.5), -1, 0).copy()
    outside = cv2.BORDER_CONSTANT, 0
    return [functools.partial(cv2.remap, source, x, y, interpolation, target, *outside) for source, target in pairs]


def _resize(
    cv2: Any,
    case: ImageResize,  # noqa: ARG001
    arrays: tuple[Array, ...],  # noqa: ARG001
    interpolation: int,
    pairs: list[tuple[Array, Array]],
) -> list[Callable[[], Any]]:
    """Return a call of ``cv2.resize`` for each image and its target."""
    return [
        functools.partial(cv2.resize, source, target.shape[1::-1], target, 0, 0, interpolation)
        for source, target in pairs
    ]


OpenCV.further.update({GridSample: _remap, ImageResize: _resize})


# ---- A look at the peers ---------------------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Print how every peer does on tiny inputs; return 1 if one computes something else."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="PEER", help="all of them by default")
    names = parser.parse_args(arguments).names
    known = [peer.name for peer in PEERS]
    for unknown in set(names) - set(known):
        parser.error(f"PEER must be one of {', '.join(known)}, got {unknown}")
    found, left_out = installed(names or known)
    for name, reason in left_out.items():
        print(f"{name} is {reason}")
    looks = [look(peer, case) for peer in [*found, *further(found)] for case in CHECKED if peer.does(case)]
    different = looks.count(False)
    return 1 if different else 0


def look(peer: Peer, case: Case) -> bool:
    """Print what a peer makes of a case; return False if it is not what it should be."""
    try:
        arrays = case.arrays()
        expected = case.calls(arrays, case.output())[case.whole]()
        with peer.context():
            contender, agreement = prepare_checked(peer, case, arrays, expected, threads=1)
        notes = ", ".join(filter(None, [contender.output, contender.note]))
        verdict = f"{agreement.kind:9}  {agreement.largest_difference:<8.2g} {notes}"
    except ComputesSomethingElse as error:
        print(f"{peer.name:18}{case.name:74}DIFFERENT  {error}")
        return False
    except (CannotDo, CannotBeMade) as error:
        verdict = f"cannot     {error}"
    print(f"{peer.name:18}{case.name:74}{verdict}")
    return True


if __name__ == "__main__":
    sys.exit(main())
