"""What is told of a model folder without loading it."""

import json
from dataclasses import asdict

import pytest
import typer
from typer.testing import CliRunner

from privrag.commands.models import register
from privrag.errors import ModelError
from privrag.model_facts import complete_model, inspect_model


def weights(shapes):
    """A safetensors file of which only the header is there."""
    header = {"__metadata__": {"format": "pt"}} | {
        f"w{n}": {"dtype": "F32", "shape": shape, "data_offsets": [0, 0]}
        for n, shape in enumerate(shapes)
    }
    data = json.dumps(header).encode()
    return len(data).to_bytes(8, "little") + data


def folder_of(tmp_path, config, files=("tokenizer.json", "model.safetensors")):
    folder = tmp_path / "model"
    folder.mkdir()
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config))
    for name in files:
        (folder / name).write_bytes(weights([[3, 4], [5]]) if "safetensors" in name else b"{}")
    return folder


@pytest.mark.parametrize(
    ("config", "kind", "loader"),
    [
        ({"architectures": ["LlamaForCausalLM"]}, "causal", "AutoModelForCausalLM"),
        ({"architectures": ["GPT2LMHeadModel"]}, "causal", "AutoModelForCausalLM"),
        (
            {"architectures": ["T5ForConditionalGeneration"], "is_encoder_decoder": True},
            "encoder-decoder",
            "AutoModelForSeq2SeqLM",
        ),
        (
            {"architectures": ["BertForMaskedLM"], "model_type": "bert"},
            "encoder",
            "AutoModelForSequenceClassification",
        ),
        (
            {"architectures": ["BertModel"], "model_type": "bert", "is_encoder_decoder": False},
            "encoder",
            "AutoModelForSequenceClassification",
        ),
        ({"architectures": ["Qwen2Model"], "model_type": "qwen2"}, "unknown", None),
        ({"architectures": ["Gemma3ForConditionalGeneration"]}, "unknown", None),
        ({}, "unknown", None),
    ],
)
def test_the_kind_goes_by_the_configuration(tmp_path, config, kind, loader):
    facts = inspect_model(folder_of(tmp_path, config))
    assert (facts.kind, facts.loader) == (kind, loader)


def test_numbers_context_and_tokenizer_are_read_from_the_files(tmp_path):
    folder = folder_of(
        tmp_path, {"max_position_embeddings": 512, "architectures": ["XForCausalLM"]}
    )
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer"}')
    facts = complete_model(folder)
    assert (facts.parameters, facts.context) == (17, 512)
    assert (facts.tokenizer_class, facts.chat_template) == ("BertTokenizer", False)
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    assert inspect_model(folder).chat_template


def test_a_base_that_sees_pictures_too_has_the_context_of_its_text(tmp_path):
    folder = folder_of(tmp_path, {"text_config": {"max_position_embeddings": 4096}})
    assert inspect_model(folder).context == 4096


@pytest.mark.parametrize(
    ("files", "missing"),
    [
        ((), ("model.safetensors", "tokenizer.json")),
        (("model.safetensors", "vocab.txt"), ()),
        (("model.safetensors", "vocab.json"), ("tokenizer.json",)),
        (("model.safetensors", "spiece.model"), ()),
        (
            ("pytorch_model.bin", "tokenizer.json"),
            ("model.safetensors (a pickled file is not opened: save it as safetensors)",),
        ),
    ],
)
def test_what_is_missing_is_named(tmp_path, files, missing):
    assert inspect_model(folder_of(tmp_path, {}, files)).missing == missing


def test_missing_shards_are_named_and_present_ones_counted(tmp_path):
    folder = folder_of(tmp_path, {}, ("tokenizer.json", "model-1.safetensors"))
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    facts = inspect_model(folder)
    assert facts.missing == ("model-2.safetensors",)
    assert facts.parameters == 17
    with pytest.raises(ModelError, match="'model' lacks model-2.safetensors"):
        complete_model(folder)


def test_an_adapter_is_told_from_a_model(tmp_path):
    files = ("adapter_config.json", "adapter_model.safetensors", "tokenizer.json")
    facts = inspect_model(folder_of(tmp_path, None, files))
    assert (facts.kind, facts.loader, facts.missing) == ("adapter", "PeftModel", ())
    assert facts.parameters == 17


@pytest.mark.parametrize("broken", [b"", b"\xff" * 20, b"\x08" + b"\0" * 7 + b"{}", b"\2" * 8])
def test_weights_that_cannot_be_read_have_no_count(tmp_path, broken):
    folder = folder_of(tmp_path, {})
    (folder / "model.safetensors").write_bytes(broken)
    assert inspect_model(folder).parameters is None


def test_folders_that_are_none_are_refused(tmp_path):
    with pytest.raises(ModelError, match="no model folder 'none'"):
        inspect_model(tmp_path / "none")
    folder = folder_of(tmp_path, {})
    (folder / "config.json").write_text("{")
    with pytest.raises(ModelError, match=r"config.json of the model folder 'model' cannot be read"):
        inspect_model(folder)


def test_the_command_prints_one_value_and_tells_a_whole_folder_from_another(tmp_path):
    app = typer.Typer()
    register(app)
    folder = folder_of(tmp_path, {"architectures": ["LlamaForCausalLM"]})
    told = CliRunner().invoke(app, ["models", "inspect", str(folder), "--json"])
    assert told.exit_code == 0
    assert json.loads(told.stdout) == {**asdict(inspect_model(folder)), "missing": []}
    (folder / "tokenizer.json").unlink()
    told = CliRunner().invoke(app, ["models", "inspect", str(folder)])
    assert told.exit_code == 2
    assert "missing: tokenizer.json" in told.stdout
