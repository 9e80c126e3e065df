"""The classes of configurations have the rules of their JSON Schemas, and a wrong file is reported."""

import json
from pathlib import Path
from typing import Any

import pytest

from crisol_trainer.evaluation.evaluate_config import EvaluateConfig
from crisol_trainer.export.export_onnx_config import ExportOnnxConfig
from crisol_trainer.runtime.config import Config, read_config
from crisol_trainer.runtime.failure import Failure
from crisol_trainer.tokenizer.tokenize_documents_config import TokenizeDocumentsConfig
from crisol_trainer.tokenizer.train_tokenizer_config import TrainTokenizerConfig
from crisol_trainer.training.derived_settings import WITHOUT_EFFECT, decisive_settings
from crisol_trainer.training.train_config import TrainConfig

SCHEMAS = Path(__file__).parent.parent.parent / "schemas" / "json"
CONFIGS: dict[str, type[Config]] = {
    "evaluate-config": EvaluateConfig,
    "export-onnx-config": ExportOnnxConfig,
    "tokenize-documents-config": TokenizeDocumentsConfig,
    "train-config": TrainConfig,
    "train-tokenizer-config": TrainTokenizerConfig,
}
TRAINING: dict[str, Any] = {
    "architecture": {"layers": 2, "width": 32, "heads": 2},
    **dict.fromkeys(("tokens", "validation", "output", "checkpoints"), "/x"),
    "steps": 60,
    "vocabulary": 64,
}


def rules(schema: Any, definitions: Any) -> Any:
    """A schema by its rules alone: as zod and as pydantic would write it."""
    if "$ref" in schema:
        return rules(definitions[schema["$ref"].split("/")[-1]], definitions)
    if "anyOf" in schema:
        (only,) = [option for option in schema["anyOf"] if option != {"type": "null"}]
        return rules(only, definitions)
    words = {"title", "description", "$id", "$schema", "$defs", "properties", "items"}
    plain = {name: value for name, value in schema.items() if name not in words and (name, value) != ("default", None)}
    if "enum" in plain:
        del plain["type"]
    if "items" in schema:
        plain["items"] = rules(schema["items"], definitions)
    if "properties" in schema:
        plain["properties"] = {name: rules(member, definitions) for name, member in schema["properties"].items()}
    return plain


@pytest.mark.parametrize("name", CONFIGS)
def test_a_class_has_the_rules_of_its_schema(name: str) -> None:
    published = json.loads((SCHEMAS / f"{name}.json").read_bytes())
    own = CONFIGS[name].model_json_schema(by_alias=True)
    assert json.loads(json.dumps(rules(own, own.get("$defs")))) == rules(published, None)


def read(config_class: type[Config], settings: dict[str, Any], folder: Path) -> Config:
    path = folder / "config.json"
    path.write_text(json.dumps(settings))
    return read_config(config_class, path)


def test_every_problem_is_reported_by_its_place(tmp_path: Path) -> None:
    wrong = {**TRAINING, "architecture": {"layers": 0, "width": "32", "heads": 2}, "steps": 1.5, "learning_rate": 0.1}
    with pytest.raises(Failure) as failure:
        read(TrainConfig, wrong, tmp_path)
    assert failure.value.code == "BAD_CONFIG"
    for problem in (
        "architecture.layers: Input should be greater than or equal to 1",
        "architecture.width: Input should be a valid integer",
        "steps: Input should be a valid integer",
        "learning_rate: Extra inputs are not permitted",
    ):
        assert problem in failure.value.what


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"steps": NaN}'])
def test_a_file_that_is_no_configuration_is_reported(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(Failure) as failure:
        read_config(TrainConfig, tmp_path / "config.json")
    assert failure.value.code == "BAD_CONFIG"


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="cannot be read"):
        read_config(TrainConfig, tmp_path / "none.json")


def test_a_checkpoint_belongs_to_the_settings_that_decide() -> None:
    config = TrainConfig.model_validate(TRAINING)
    assert TrainConfig.model_fields.keys() > WITHOUT_EFFECT
    settings = decisive_settings(config)
    assert settings["learningRate"] == "0.001"
    assert settings["architecture"] == (
        "Architecture(layers=2, width=32, heads=2, key_value_heads=None, feed_forward=None, context=256, dropout=0.0, "
        "initializer_range=0.02, tie_embeddings=True, rope_theta=10000.0)"
    )
    assert not settings.keys() & {"resumeFrom", "output"}
