"""Export a checkpoint for ONNX Runtime and transformers.js, in fp32 and int8, and prove that it is the same model.

    python -m crisol_trainer.export.export_onnx config.json

Equal checkpoints give equal bytes.
"""

import os
from pathlib import Path

from crisol_trainer.export.export_onnx_config import ExportOnnxConfig
from crisol_trainer.runtime.durable import new_folder, write_bytes
from crisol_trainer.runtime.failure import Failure
from crisol_trainer.runtime.process_setup import prepare_process
from crisol_trainer.runtime.protocol import Host, JsonObject, serve

#: Held-out tokens on which fp32 and int8 are compared.
HELD_OUT_TOKENS = 16_384

#: A protocol buffer can't be larger.
LARGEST_FILE = 2**31 - 1


def work(config: ExportOnnxConfig, host: Host) -> JsonObject:
    """Export, check, and write the graphs that pass."""
    import torch
    from transformers.models.llama.modeling_llama import LlamaForCausalLM

    from crisol_trainer.data.batches import Sequences
    from crisol_trainer.data.token_stream import open_tokens
    from crisol_trainer.export import onnx_checks as checks
    from crisol_trainer.export.onnx_graph import export_graph, serialized
    from crisol_trainer.export.onnx_int8 import quantize, quantized_operators, weight_products
    from crisol_trainer.export.onnx_session import CacheShape, OnnxModel

    threads = config.threads or os.cpu_count() or 1
    torch.set_num_threads(threads)
    steps = _Steps(host, 6 if "int8" in config.precision else 3)
    checkpoint = Path(config.checkpoint)
    model = LlamaForCausalLM.from_pretrained(checkpoint, dtype=torch.float32).eval()
    settings = model.config
    cache = CacheShape(settings.num_hidden_layers, settings.num_key_value_heads, settings.head_dim)
    stream = open_tokens(Path(config.tokens), vocabulary=settings.vocab_size)
    held_out = Sequences(stream=stream, context=settings.max_position_embeddings)
    sequences = held_out.read(held_out.spread(max(1, HELD_OUT_TOKENS // held_out.context)))

    if sum(parameter.numel() for parameter in model.parameters()) * 4 > LARGEST_FILE - 2**20:
        raise _too_large(config.checkpoint)
    graph = export_graph(model)
    fp32 = serialized(graph)
    steps.done()
    model.set_attn_implementation("sdpa")
    exported = OnnxModel(fp32, cache, threads=threads)
    differences = checks.logit_difference(model, exported, sequences[0])
    checks.require_logits(differences)
    steps.done()
    same = checks.greedy_tokens(model, exported, checks.prompts_of(sequences))
    steps.done()
    files = {"model.onnx": fp32} if "fp32" in config.precision else {}
    result: JsonObject = {
        "fp32Bytes": len(fp32),
        "logitDifference": dict(differences),
        "greedyTokens": same,
        "context": held_out.context,
        "vocabulary": settings.vocab_size,
    }

    if "int8" in config.precision:
        quantized = quantize(graph)
        int8 = files["model_quantized.onnx"] = serialized(quantized)
        operators = quantized_operators(quantized)
        checks.require_operators(operators, weight_products(graph))
        ratio = checks.require_size(len(fp32), len(int8))
        steps.done()
        sizes = checks.bytes_of_tokens(checkpoint / "tokenizer.json")
        bits_fp32 = checks.bits_per_byte(exported, sequences, sizes)
        steps.done()
        bits_int8 = checks.bits_per_byte(OnnxModel(int8, cache, threads=threads), sequences, sizes)
        result |= {
            "int8Bytes": len(int8),
            "int8SizeRatio": ratio,
            "quantizedOperators": dict(operators),
            "heldOutTokens": int(sequences[:, 1:].size),
            "bitsPerByteFp32": bits_fp32,
            "bitsPerByteInt8": bits_int8,
            "bitsPerByteIncrease": checks.require_bits_per_byte(bits_fp32, bits_int8),
        }
        steps.done()

    with new_folder(Path(config.output)) as folder:
        for name, contents in files.items():
            write_bytes(folder / name, contents)
    return result


class _Steps:
    """Progress in steps of the export."""

    def __init__(self, host: Host, total: int) -> None:
        self._host, self._total, self._done = host, total, 0

    def done(self) -> None:
        self._done += 1
        self._host.progress(done=self._done, total=self._total, unit="steps")


def _too_large(checkpoint: str) -> Failure:
    return Failure(
        code="BAD_CONFIG",
        what="the model has more than 2 GiB of float32 weights",
        where=checkpoint,
        why="An ONNX file, being one protocol buffer, can't be larger.",
        fix="Train a model of fewer than 500 million parameters, or use the checkpoint itself (safetensors).",
    )


if __name__ == "__main__":
    prepare_process()
    serve(ExportOnnxConfig, work)
