"""The other operators as models, for ONNX Runtime and OpenVINO; imported for what it adds to the package's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from operators import ConvTranspose, GridSample, OnnxResize, PixelShuffle, ResizeConv

from swiftresample._benchmarks.graphs import ONNX, OPENVINO, openvino_resize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from swiftresample._benchmarks.case import Array
    from swiftresample._benchmarks.graphs import Onnx


def _onnx_pixel_shuffle(graph: Onnx, case: PixelShuffle, arguments: dict[str, Any]) -> None:
    if not case.inverse:
        graph.node("DepthToSpace", ["x"], blocksize=case.factor, **arguments)
        return
    batch, channels, height, width = case.shape  # SpaceToDepth has another order of the channels
    r = case.factor
    blocks = graph.constant("blocks", np.array([batch, channels, height // r, r, width // r, r], np.int64))
    shape = graph.constant("shape", np.array(case.output_shape, np.int64))
    split = graph.node("Reshape", ["x", blocks], "split")
    turned = graph.node("Transpose", [split], "turned", perm=[0, 1, 3, 5, 2, 4])
    graph.node("Reshape", [turned, shape])


def _onnx_conv_transpose(graph: Onnx, case: ConvTranspose, arguments: dict[str, Any]) -> None:
    axes = len(case.shape) - 2
    graph.node(
        "ConvTranspose",
        ["x", *graph.weights],
        strides=[case.stride] * axes,
        pads=[case.padding] * 2 * axes,
        group=case.groups,
        **arguments,
    )


def _onnx_grid_sample(graph: Onnx, case: GridSample, arguments: dict[str, Any]) -> None:
    options = case.options
    aligned = int(options["align_corners"])
    graph.node("GridSample", ["x", "x1"], padding_mode=options["padding_mode"], align_corners=aligned, **arguments)


def _onnx_resize_conv(graph: Onnx, case: ResizeConv, arguments: dict[str, Any]) -> None:
    factors = graph.constant("factors", np.array([1, 1, case.factor, case.factor], np.float32))
    enlarged = graph.node("Resize", ["x", "", factors], "enlarged", **arguments)
    graph.node("Conv", [enlarged, *graph.weights], pads=[case.kernel // 2] * 4)


def _onnx_resize(graph: Onnx, case: OnnxResize, arguments: dict[str, Any]) -> None:
    lengths = graph.constant("lengths", np.array(case.output_shape, np.int64))
    graph.node("Resize", ["x", "", "", lengths], mode=case.mode, antialias=int(case.antialias), **arguments)


ONNX.update(
    {
        OnnxResize: _onnx_resize,
        PixelShuffle: _onnx_pixel_shuffle,
        ConvTranspose: _onnx_conv_transpose,
        GridSample: _onnx_grid_sample,
        ResizeConv: _onnx_resize_conv,
    }
)


# ---- OpenVINO --------------------------------------------------------------------------------------------------------


def _openvino_pixel_shuffle(
    operators: Any,
    case: PixelShuffle,
    arguments: dict[str, Any],
    inputs: list[Any],
    weights: Sequence[Array],  # noqa: ARG001
) -> Any:
    function = operators.space_to_depth if case.inverse else operators.depth_to_space
    return function(inputs[0], arguments["mode"], case.factor)


def _openvino_conv_transpose(
    operators: Any, case: ConvTranspose, arguments: dict[str, Any], inputs: list[Any], weights: Sequence[Array]
) -> Any:
    axes = len(case.shape) - 2
    weight, bias = weights
    function = operators.convolution_backprop_data
    if case.groups > 1:
        function = operators.group_convolution_backprop_data
        weight = weight.reshape(case.groups, weight.shape[0] // case.groups, *weight.shape[1:])
    convolved = function(
        inputs[0],
        operators.constant(weight),
        strides=[case.stride] * axes,
        pads_begin=[case.padding] * axes,
        pads_end=[case.padding] * axes,
        dilations=[1] * axes,
        **arguments,
    )
    return operators.add(convolved, operators.constant(bias.reshape(1, -1, *[1] * axes)))


def _openvino_grid_sample(
    operators: Any,
    case: GridSample,
    arguments: dict[str, Any],
    inputs: list[Any],
    weights: Sequence[Array],  # noqa: ARG001
) -> Any:
    return operators.grid_sample(*inputs, {**case.options, **arguments})


def _openvino_resize_conv(
    operators: Any, case: ResizeConv, arguments: dict[str, Any], inputs: list[Any], weights: Sequence[Array]
) -> Any:
    weight, bias = weights
    padding = [case.kernel // 2] * 2
    enlarged = openvino_resize(operators, inputs[0], range(2, 4), np.full(2, case.factor, np.float32), arguments)
    convolved = operators.convolution(enlarged, operators.constant(weight), [1, 1], padding, padding, [1, 1])
    return operators.add(convolved, operators.constant(bias.reshape(1, -1, 1, 1)))


OPENVINO.update(
    {
        PixelShuffle: _openvino_pixel_shuffle,
        ConvTranspose: _openvino_conv_transpose,
        GridSample: _openvino_grid_sample,
        ResizeConv: _openvino_resize_conv,
    }
)
