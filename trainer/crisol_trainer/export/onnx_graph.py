"""From a Transformers model to one ONNX graph for prompts and generation. Loads PyTorch and Transformers.

    in   input_ids [batch, sequence], attention_mask [batch, total], position_ids [batch, sequence],
         past_key_values.N.key and .value [batch, heads, past, size]; past may be 0
    out  logits [batch, sequence, vocabulary], present.N.key and .value [batch, heads, total, size]

These are the names that transformers.js feeds and reads. The graph comes from PyTorch's TorchScript exporter: on such
a model it takes a second where torch.export's takes fifteen, and its graphs run as fast.
"""

import logging
import tempfile
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxscript import optimizer
from transformers.cache_utils import DynamicCache
from transformers.models.llama.modeling_llama import LlamaForCausalLM

OPSET = 17
EMBEDDING = "embedding"


def cache_names(prefix: str, layers: int) -> list[str]:
    """The names of the cache's tensors, in order."""
    return [f"{prefix}.{layer}.{part}" for layer in range(layers) for part in ("key", "value")]


class WithCache(torch.nn.Module):
    """The model with the cache as plain tensors; the causal mask is built here, from the attention mask."""

    def __init__(self, model: LlamaForCausalLM) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        position_ids: torch.Tensor,
        past: list[torch.Tensor],
    ) -> tuple[torch.Tensor, ...]:
        """The logits, then the keys and values of every layer."""
        old, new = past[0].shape[2], input_ids.shape[1]
        causal = torch.arange(old + new)[None, :] <= (torch.arange(new) + old)[:, None]
        visible = causal[None, None] & (attention_mask[:, None, None, :] > 0)
        output = self.model(
            input_ids=input_ids,
            attention_mask=torch.where(visible, 0.0, torch.finfo(torch.float32).min),
            position_ids=position_ids,
            past_key_values=DynamicCache(list(zip(past[0::2], past[1::2], strict=True))),
            use_cache=True,
        )
        layers = output.past_key_values.layers
        return (output.logits, *(tensor for layer in layers for tensor in (layer.keys, layer.values)))


def export_graph(model: LlamaForCausalLM) -> onnx.ModelProto:
    """Export a model, whose weights must be float32; equal models give equal bytes.

    A table shared by embedding and head is stored once.
    """
    config = model.config
    model.set_attn_implementation("eager")
    inputs = ["input_ids", "attention_mask", "position_ids", *cache_names("past_key_values", config.num_hidden_layers)]
    outputs = ["logits", *cache_names("present", config.num_hidden_layers)]
    axes = {
        **{name: {0: "batch", 2: "past"} for name in inputs},
        **{name: {0: "batch", 2: "total"} for name in outputs},
        **{name: {0: "batch", 1: "sequence"} for name in ("input_ids", "position_ids", "logits")},
        "attention_mask": {0: "batch", 1: "total"},
    }
    batch, old, new = 2, 3, 5
    example = (
        torch.arange(batch * new).reshape(batch, new) % config.vocab_size,
        torch.ones(batch, old + new, dtype=torch.long),
        torch.arange(old, old + new).expand(batch, new).contiguous(),
        [
            torch.zeros(batch, config.num_key_value_heads, old, config.head_dim)
            for _ in range(2 * config.num_hidden_layers)
        ],
    )
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder, torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about shapes taken as constants: the stage's checks run other shapes
        output = Path(folder, "model.onnx")
        torch.onnx.export(
            WithCache(model.eval()),
            example,
            output,
            input_names=inputs,
            output_names=outputs,
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
        graph: onnx.ModelProto = optimizer.optimize(onnx.load(output))
    if config.tie_word_embeddings:
        _share_table(graph.graph)
    return canonical(graph)


def canonical(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model without traces of where, when and by what it was exported, and with short names of values."""
    model.producer_name, model.producer_version, model.doc_string, model.domain = "crisol", "", "", ""
    del model.metadata_props[:]
    model.graph.name, model.graph.doc_string = "model", ""
    for part in (*model.graph.node, *model.graph.initializer, *model.graph.input, *model.graph.output):
        part.doc_string = ""
        del part.metadata_props[:]
    del model.graph.value_info[:]
    _shorten_names(model.graph)
    return model


def serialized(model: onnx.ModelProto) -> bytes:
    """The bytes of the file."""
    contents: bytes = model.SerializeToString(deterministic=True)
    return contents


def initializer_of(graph: onnx.GraphProto, name: str) -> TensorProto | None:
    """A constant tensor of the graph."""
    return next((tensor for tensor in graph.initializer if tensor.name == name), None)


def embedding_gather(graph: onnx.GraphProto) -> onnx.NodeProto:
    """The node that looks ids up in the embedding."""
    return next(node for node in graph.node if node.op_type == "Gather" and node.input[1] == "input_ids")


def head_product(graph: onnx.GraphProto) -> onnx.NodeProto:
    """The node that computes the logits."""
    return next(node for node in graph.node if node.output[0] == "logits")


def replace_node(graph: onnx.GraphProto, node: onnx.NodeProto, *others: onnx.NodeProto) -> None:
    """Replace a node by others."""
    place = list(graph.node).index(node)
    del graph.node[place]
    for offset, other in enumerate(others):
        graph.node.insert(place + offset, other)


def _shorten_names(graph: onnx.GraphProto) -> None:
    """Number the values between nodes: their long names are a third of a small model's file."""
    kept = {value.name for value in (*graph.input, *graph.output, *graph.initializer)}
    computed = [name for node in graph.node for name in node.output if name and name not in kept]
    short = {name: f"v{number}" for number, name in enumerate(computed)}
    for node in graph.node:
        node.input[:] = [short.get(name, name) for name in node.input]
        node.output[:] = [short.get(name, name) for name in node.output]


def _share_table(graph: onnx.GraphProto) -> None:
    """Let the embedding read the columns of the head's table [width, vocabulary] instead of its own copy."""
    gather, head = embedding_gather(graph), head_product(graph)
    rows, columns = initializer_of(graph, gather.input[0]), initializer_of(graph, head.input[1])
    if rows is None or columns is None or not np.array_equal(_array(rows), _array(columns).T):
        return
    graph.initializer.remove(rows)
    columns.name = head.input[1] = EMBEDDING
    replace_node(
        graph,
        gather,
        helper.make_node(
            "Gather", [EMBEDDING, "input_ids"], [f"{EMBEDDING}_columns"], name="/embedding/Gather", axis=1
        ),
        helper.make_node(
            "Transpose", [f"{EMBEDDING}_columns"], [gather.output[0]], name="/embedding/Transpose", perm=[1, 2, 0]
        ),
    )


def _array(tensor: TensorProto) -> npt.NDArray[np.float32]:
    array: npt.NDArray[np.float32] = numpy_helper.to_array(tensor)
    return array
