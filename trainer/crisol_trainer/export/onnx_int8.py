"""From an fp32 graph to one with 8-bit weights and activations (dynamic quantization by ONNX Runtime).

Weights are unsigned with a scale and a zero point for each column: signed ones saturate on processors without VNNI,
which then get different numbers (https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html).
"""

import logging
import tempfile
from collections import Counter
from pathlib import Path

import onnx
from onnx import TensorProto, helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from crisol_trainer.export.onnx_graph import (
    EMBEDDING,
    canonical,
    embedding_gather,
    initializer_of,
    replace_node,
)

#: Operators that compute on, or make, 8-bit numbers.
QUANTIZED_OPERATORS = ("DynamicQuantizeLinear", "MatMulInteger", "DequantizeLinear")


def quantize(model: onnx.ModelProto) -> onnx.ModelProto:
    """Quantize every product with a weight, and the embedding."""
    logging.getLogger().setLevel(logging.ERROR)  # it advises preprocessing that such a graph does not need
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "int8.onnx")
        quantize_dynamic(
            model,
            output,
            op_types_to_quantize=["MatMul", "Gather"],
            per_channel=True,
            weight_type=QuantType.QUInt8,
            extra_options={"MatMulConstBOnly": True},
            nodes_to_exclude=["/embedding/Gather"],
        )
        quantized = onnx.load(output)
    _share_quantized_table(quantized.graph)
    return canonical(quantized)


def quantized_operators(model: onnx.ModelProto) -> dict[str, int]:
    """The number of quantized operators in a graph, by type."""
    counts = Counter(node.op_type for node in model.graph.node)
    return {operator: counts[operator] for operator in QUANTIZED_OPERATORS if counts[operator]}


def weight_products(model: onnx.ModelProto) -> int:
    """The number of products with a weight in an fp32 graph, all of which must be quantized."""
    constants = {tensor.name for tensor in model.graph.initializer}
    return sum(node.op_type == "MatMul" and node.input[1] in constants for node in model.graph.node)


def _share_quantized_table(graph: onnx.GraphProto) -> None:
    """Let the embedding read the columns of the head's quantized table, and drop the fp32 one."""
    table = initializer_of(graph, EMBEDDING)
    if table is None:
        return
    gather = embedding_gather(graph)
    parts = {part: f"{EMBEDDING}_{part}" for part in ("quantized", "scale", "zero_point")}
    lookups = [
        helper.make_node("Gather", [source, "input_ids"], [f"{source}_taken"], name=f"/embedding/{part}", axis=axis)
        for axis, (part, source) in zip((1, 0, 0), parts.items(), strict=True)
    ]
    casts = [
        helper.make_node("Cast", [f"{parts[part]}_taken"], [f"{parts[part]}_f32"], to=TensorProto.FLOAT)
        for part in ("quantized", "zero_point")
    ]
    replace_node(
        graph,
        gather,
        *lookups,
        *casts,
        helper.make_node("Sub", [f"{parts['quantized']}_f32", f"{parts['zero_point']}_f32"], [f"{EMBEDDING}_centred"]),
        helper.make_node("Mul", [f"{EMBEDDING}_centred", f"{parts['scale']}_taken"], [gather.output[0]]),
    )
    graph.initializer.remove(table)
