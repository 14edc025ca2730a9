"""The peers: for each, how one case is done with it, as its documentation says that it is done quickest.

What it computes is compared with this library's result before it is timed. Those that know images alone are in
image_peers.py; benchmarks/ of a checkout adds the other operators.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from . import equivalents, graphs
from .agreement import Agreement, check
from .case import Array, Case, Interpolate
from .image_peers import FastImageResize, OpenCV, Pillow
from .peer import (
    FRESH,
    REUSED,
    CannotDo,
    ComputesSomethingElse,
    Contender,
    Peer,
    channels_second,
    first_sentence,
    memory_order,
)

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Callable, Collection

# ---- PyTorch ---------------------------------------------------------------------------------------------------------


class PyTorch(Peer):
    """The function of ``torch.nn.functional`` under ``inference_mode``; it allocates its result."""

    name = equivalents.PYTORCH
    package = "torch"
    module = "torch"
    avx2_alone: ClassVar[dict[str, str]] = {
        "ATEN_CPU_CAPABILITY": "avx2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    }
    takes_views = True

    #: By kind of case, what it has no function for: ``(torch, case, tensors)`` to the call, and a note.
    further: ClassVar[dict[type[Case], Callable[..., tuple[Callable[[], Any], str]]]] = {}

    def context(self) -> contextlib.AbstractContextManager[Any]:
        return self.library.inference_mode()

    def prepare(self, case: Case, arrays: tuple[Array, ...], threads: int) -> Contender:
        torch = self.library
        torch.set_num_threads(threads)
        tensors = [torch.from_numpy(array.view(np.int16) if case.dtype == "bfloat16" else array) for array in arrays]
        if case.dtype == "bfloat16":
            tensors = [tensor.view(torch.bfloat16) for tensor in tensors]
        note = ""
        call: Callable[[], Any]
        if type(case) in self.further:
            call, note = self.further[type(case)](torch, case, tensors)
        else:
            function = getattr(torch.nn.functional, case.function)
            call = functools.partial(function, *tensors, **case.options)
        if case.dtype == "int64":
            call = self._through_float64(case, tensors[0])
            note = "through float64, which is the way for labels"

        def result() -> Array:
            value = call()
            if case.dtype == "bfloat16":
                return value.view(torch.int16).numpy().view(case.numpy_dtype)
            return value.numpy()

        try:
            call()
        except (RuntimeError, NotImplementedError, TypeError, ValueError) as error:
            raise CannotDo(first_sentence(error)) from error
        return Contender(call, result, FRESH, note)

    def _through_float64(self, case: Case, tensor: Any) -> Callable[[], Any]:
        double, function = self.library.float64, getattr(self.library.nn.functional, case.function)
        return lambda: function(tensor.to(double), **case.options).to(tensor.dtype)


# ---- ONNX Runtime ----------------------------------------------------------------------------------------------------


class OnnxRuntime(Peer):
    """A model of the one operator; inputs and output are bound to arrays, weights are constants."""

    name = equivalents.ONNX_RUNTIME
    package = "onnxruntime"
    module = "onnxruntime"
    further_modules = ("onnx",)
    needs = "onnx"

    def prepare(self, case: Case, arrays: tuple[Array, ...], threads: int) -> Contender:
        runtime = self.library
        arguments = self.equivalent(case).arguments
        feeds, target = [memory_order(a, case) for a in arrays[: case.feeds]], memory_order(case.output(), case)
        is_row = isinstance(case, Interpolate) and target.ndim == 3  # which is quicker as an image of height 1
        if is_row:
            feeds, target = [feed[:, :, None] for feed in feeds], target[:, :, None]
        named = {f"x{index or ''}": feed for index, feed in enumerate(feeds)}
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            model = graphs.onnx_model(case, arguments, named, arrays[case.feeds :], target.shape)
            session = runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
            binding = session.io_binding()
            for name, feed in named.items():
                binding.bind_ortvalue_input(name, runtime.OrtValue.ortvalue_from_numpy(feed))
            binding.bind_output("y", "cpu", 0, target.dtype, target.shape, target.ctypes.data)
            session.run_with_iobinding(binding)
        except Exception as error:  # its exceptions have no base class of their own
            missing = "NOT_IMPLEMENTED" in str(error)
            reason = f"has no {case.function} of {case.dtype}"
            raise CannotDo(reason if missing else first_sentence(error)) from error
        result = target[:, :, 0] if is_row else target
        run = session.run_with_iobinding

        def call(owned: tuple[Array, ...] = (*feeds, target)) -> None:  # noqa: ARG001  # bound only by address
            run(binding)

        return Contender(call, functools.partial(channels_second, result, case), REUSED)


# ---- OpenVINO --------------------------------------------------------------------------------------------------------


class OpenVino(Peer):
    """A model of the one operator; it reads the given arrays and writes to memory of its own, weights are constants."""

    name = equivalents.OPENVINO
    package = "openvino"
    module = "openvino"
    avx2_alone: ClassVar[dict[str, str]] = {"ONEDNN_MAX_CPU_ISA": "AVX2"}
    further_modules = ("openvino.opset11",)

    #: Computed with as many bits as the samples have: by default it would take bfloat16 where the processor has it.
    precisions = {"float16": "f16", "bfloat16": "bf16"}  # noqa: RUF012

    def prepare(self, case: Case, arrays: tuple[Array, ...], threads: int) -> Contender:
        openvino = self.library
        arguments = self.equivalent(case).arguments
        feeds = [memory_order(array, case) for array in arrays[: case.feeds]]
        if self._is_quicker_folded(case, arguments):
            feeds = [feeds[0].reshape(-1, *case.shape[2:])]  # the same planes; as (N, C, H, W) it reorders them
        try:
            model = graphs.openvino_model(openvino, case, arguments, feeds, arrays[case.feeds :])
            compiled = openvino.Core().compile_model(model, "CPU", self._settings(case, threads))
            request = compiled.create_infer_request()
            for index, feed in enumerate(feeds):
                if case.dtype == "bfloat16":
                    tensor = openvino.Tensor(feed.view(np.uint16), list(feed.shape), openvino.Type.bf16)
                else:
                    tensor = openvino.Tensor(feed, shared_memory=True)
                request.set_input_tensor(index, tensor)
            request.infer()
        except RuntimeError as error:
            raise CannotDo(first_sentence(error)) from error

        def result() -> Array:
            values = request.get_output_tensor().data.view(case.numpy_dtype)
            return channels_second(values, case).reshape(case.output_shape)

        return Contender(request.infer, result, REUSED)

    def _is_quicker_folded(self, case: Case, arguments: dict[str, Any]) -> bool:
        if not isinstance(case, Interpolate) or len(case.shape) != 4 or case.channels_last:
            return False
        return arguments["mode"] in ("linear_onnx", "nearest") and case.dtype not in self.precisions

    def _settings(self, case: Case, threads: int) -> dict[str, Any]:
        properties = self.library.properties
        precision = getattr(self.library.Type, self.precisions.get(case.dtype, "f32"))
        return {
            properties.inference_num_threads(): threads,
            properties.num_streams(): 1,
            properties.hint.inference_precision(): precision,
        }


# ---- All of them -----------------------------------------------------------------------------------------------------


PEERS: tuple[type[Peer], ...] = (PyTorch, OnnxRuntime, OpenCV, OpenVino, Pillow, FastImageResize)


def installed(names: Collection[str] | None = None) -> tuple[list[Peer], dict[str, str]]:
    """Return the peers of these names that can be imported, and for each of the others how to install it."""
    found, left_out = [], {}
    for peer in PEERS:
        if names is not None and peer.name not in names:
            continue
        try:
            found.append(peer())
        except ImportError as error:
            left_out[peer.name] = (
                f"not installed (pip install {' '.join([peer.package, peer.needs]).strip()}): {first_sentence(error)}"
            )
    return found, left_out


def prepare_checked(
    peer: Peer, case: Case, arrays: tuple[Array, ...], expected: Array, threads: int
) -> tuple[Contender, Agreement]:
    """Make a peer ready for a case and compare its result with `expected`; raise CannotDo if it is another."""
    contender = peer.prepare(case, arrays, threads)
    contender.call()
    try:
        result = contender.result()
    except ValueError as error:  # another shape, which a release or an instruction set may give
        raise ComputesSomethingElse(f"computes something else: {first_sentence(error)}") from error
    equivalent = equivalents.EQUIVALENTS[case.operator].get(peer.name)
    agreement = check(result, expected, case, loose=equivalent is not None and equivalent.loose)
    if agreement.kind == "different":
        raise ComputesSomethingElse(f"computes something else: up to {agreement.largest_difference:.2g} away")
    return contender, agreement
