"""The operators as models of a single result: for ONNX Runtime as ONNX, for OpenVINO as its own graphs.

For each library there is a table from the kind of case to the function that makes its nodes. The weights are
constants of the model, as in trained networks; what differs from call to call is an input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .operators import Array, Case, ConvTranspose, GridSample, Interpolate, PixelShuffle, ResizeConv

if TYPE_CHECKING:
    from collections.abc import Sequence

# ---- ONNX ------------------------------------------------------------------------------------------------------------


class Onnx:
    """A graph that grows node by node."""

    def __init__(self, shape: tuple[int, ...], output_shape: tuple[int, ...], weights: Sequence[Array]) -> None:
        self.shape, self.output_shape = shape, output_shape  # of x and y, in the order of memory
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.weights = [self.constant(f"w{index}", weight) for index, weight in enumerate(weights)]

    def constant(self, name: str, values: Array) -> str:
        """Add a constant, and return its name."""
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str = "y", **attributes: Any) -> str:
        """Add a node, and return the name of its output."""
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output


def onnx_model(
    case: Case,
    arguments: dict[str, Any],
    feeds: dict[str, Array],
    weights: Sequence[Array],
    output_shape: tuple[int, ...],
) -> bytes:
    """Return the model of a case: `feeds` are its inputs by name, the first is x; its output is y."""
    import onnx
    from onnx import TensorProto, helper

    graph = Onnx(feeds["x"].shape, output_shape, weights)
    _ONNX[type(case)](graph, case, arguments)
    dtype = TensorProto.BFLOAT16 if case.dtype == "bfloat16" else helper.np_dtype_to_tensor_dtype(case.numpy_dtype)
    inputs = [helper.make_tensor_value_info(name, dtype, array.shape) for name, array in feeds.items()]
    outputs = [helper.make_tensor_value_info("y", dtype, None)]
    proto = helper.make_graph(graph.nodes, "case", inputs, outputs, graph.constants)
    model = helper.make_model(proto, opset_imports=[helper.make_opsetid("", 20)])
    model.ir_version = onnx.IR_VERSION_2023_5_5  # that of opset 20
    return model.SerializeToString()


def _onnx_interpolate(graph: Onnx, case: Interpolate, arguments: dict[str, Any]) -> None:
    if case.factor is None:
        lengths = graph.constant("lengths", np.array(graph.output_shape, np.int64))
        graph.node("Resize", ["x", "", "", lengths], **arguments)
    else:
        factors = [case.factor if before != after else 1.0 for before, after in zip(graph.shape, graph.output_shape)]
        graph.node("Resize", ["x", "", graph.constant("lengths", np.array(factors, np.float32))], **arguments)


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


_ONNX: dict[type[Case], Any] = {
    Interpolate: _onnx_interpolate,
    PixelShuffle: _onnx_pixel_shuffle,
    ConvTranspose: _onnx_conv_transpose,
    GridSample: _onnx_grid_sample,
    ResizeConv: _onnx_resize_conv,
}


# ---- OpenVINO --------------------------------------------------------------------------------------------------------


def openvino_model(
    openvino: Any, case: Case, arguments: dict[str, Any], feeds: Sequence[Array], weights: Sequence[Array]
) -> Any:
    """Return the model of a case, whose inputs are `feeds` in their order."""
    dtype = openvino.Type.bf16 if case.dtype == "bfloat16" else openvino.Type(case.numpy_dtype)
    operators = openvino.opset11
    inputs = [operators.parameter(list(array.shape), dtype) for array in feeds]
    return openvino.Model([_OPENVINO[type(case)](operators, case, arguments, inputs, weights)], inputs, "case")


def _openvino_resize(operators: Any, input: Any, axes: range, lengths: Array, arguments: dict[str, Any]) -> Any:
    """Resize some axes, to lengths if these are integers, and otherwise by factors."""
    further = dict(arguments)
    mode, calculation = further.pop("mode"), "sizes" if lengths.dtype == np.int64 else "scales"
    return operators.interpolate(
        input, operators.constant(lengths), mode, calculation, axes=operators.constant(np.array(axes)), **further
    )


def _openvino_interpolate(
    operators: Any,
    case: Interpolate,
    arguments: dict[str, Any],
    inputs: list[Any],
    weights: Sequence[Array],  # noqa: ARG001
) -> Any:
    spatial, behind = len(case.shape) - 2, 1 if case.channels_last else 0
    end = len(inputs[0].shape) - behind
    if case.factor is None:
        lengths = np.array(case.output_shape[2:], np.int64)
    else:
        lengths = np.full(spatial, case.factor, np.float32)
    return _openvino_resize(operators, inputs[0], range(end - spatial, end), lengths, arguments)


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
    enlarged = _openvino_resize(operators, inputs[0], range(2, 4), np.full(2, case.factor, np.float32), arguments)
    convolved = operators.convolution(enlarged, operators.constant(weight), [1, 1], padding, padding, [1, 1])
    return operators.add(convolved, operators.constant(bias.reshape(1, -1, 1, 1)))


_OPENVINO: dict[type[Case], Any] = {
    Interpolate: _openvino_interpolate,
    PixelShuffle: _openvino_pixel_shuffle,
    ConvTranspose: _openvino_conv_transpose,
    GridSample: _openvino_grid_sample,
    ResizeConv: _openvino_resize_conv,
}
