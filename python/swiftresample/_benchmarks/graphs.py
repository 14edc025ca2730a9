"""Cases as models of a single result: for ONNX Runtime as ONNX, for OpenVINO as its own graphs.

For each library there is a table from the kind of case to the function that makes its nodes. The weights are
constants of the model, as in trained networks; what differs from call to call is an input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .case import Array, Case, Interpolate

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
    ONNX[type(case)](graph, case, arguments)
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


#: By kind of case; benchmarks/ of a checkout adds the other operators.
ONNX: dict[type[Case], Any] = {Interpolate: _onnx_interpolate}


# ---- OpenVINO --------------------------------------------------------------------------------------------------------


def openvino_model(
    openvino: Any, case: Case, arguments: dict[str, Any], feeds: Sequence[Array], weights: Sequence[Array]
) -> Any:
    """Return the model of a case, whose inputs are `feeds` in their order."""
    dtype = openvino.Type.bf16 if case.dtype == "bfloat16" else openvino.Type(case.numpy_dtype)
    operators = openvino.opset11
    inputs = [operators.parameter(list(array.shape), dtype) for array in feeds]
    return openvino.Model([OPENVINO[type(case)](operators, case, arguments, inputs, weights)], inputs, "case")


def openvino_resize(operators: Any, input: Any, axes: range, lengths: Array, arguments: dict[str, Any]) -> Any:
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
    spatial, after = len(case.shape) - 2, 1 if case.channels_last else 0
    end = len(inputs[0].shape) - after
    if case.factor is None:
        lengths = np.array(case.output_shape[2:], np.int64)
    else:
        lengths = np.full(spatial, case.factor, np.float32)
    return openvino_resize(operators, inputs[0], range(end - spatial, end), lengths, arguments)


OPENVINO: dict[type[Case], Any] = {Interpolate: _openvino_interpolate}
