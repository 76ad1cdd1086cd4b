"""Tuned models of the embedded generator answer under their ids, and the base stays the base."""

import asyncio
import builtins
import json
import time
from pathlib import Path
from shutil import copytree

import pytest

from privrag.errors import GeneratorError, MissingExtraError, ModelError
from privrag.generate import CompleteOptions, GenerateOptions, GenerateSettings
from privrag.generate.local import LocalGenerator
from privrag.generate.tuning import tuned_prompts
from privrag.prompts import PromptSettings
from privrag.records import Draft, Message, SafeText
from tests.generators import make_adapter, make_base

MESSAGES = [Message("user", SafeText("When is the rent paid?"))]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A folder with `base`, two adapters of it, and `whole`, another model."""
    folder = tmp_path_factory.mktemp("tuned")
    make_base(folder / "base")
    make_base(folder / "whole", seed=7)
    make_adapter(folder / "base", folder / "first")
    make_adapter(folder / "base", folder / "second", seed=2)
    return folder


def settings(models, **tuned):
    return GenerateSettings(
        model=str(models / "base"),
        tuned={name: str(folder) for name, folder in tuned.items()},
        max_tokens=8,
        stop=(),
    )


async def written(generator, model=None):
    options = GenerateOptions(model=model, temperature=0)
    drafts = [p async for p in generator.stream(MESSAGES, options) if isinstance(p, Draft)]
    return drafts[0].text


def test_every_id_answers_in_its_own_way_and_the_base_as_before(models):
    async def work():
        generator = LocalGenerator(settings(models), cache=models)
        before = await written(generator)
        tuned = {name: models / name for name in ("first", "second", "whole")}
        generator.follow(settings(models, **tuned))
        listed = await generator.models()
        texts = [await written(generator, name) for name in tuned]
        again = await written(generator, "first")
        (completed,) = await generator.complete(
            [SafeText("The rent is")], CompleteOptions(max_tokens=4)
        )
        plain = await written(generator, "embedded")
        generator.follow(settings(models))
        after = await written(generator)
        (fresh,) = await LocalGenerator(settings(models), cache=models).complete(
            [SafeText("The rent is")], CompleteOptions(max_tokens=4)
        )
        return before, texts, again, plain, after, listed, completed == fresh

    before, texts, again, plain, after, listed, completes_as_base = asyncio.run(work())
    assert listed == ["embedded", "first", "second", "whole"]
    assert len({before, *texts}) == 4
    assert again == texts[0]
    assert before == plain == after
    assert completes_as_base


def test_a_cache_below_the_users_folder_is_there_and_not_in_a_folder_called_tilde(
    monkeypatch, tmp_path
):
    monkeypatch.setenv("HOME", str(tmp_path))
    asked = []
    monkeypatch.setattr("privrag.generate.local.default_model_dir", asked.append)
    LocalGenerator(GenerateSettings(), cache=Path("~/.cache/privrag")).folder()
    assert asked == [tmp_path / ".cache" / "privrag"]


def test_going_back_takes_less_than_two_seconds(models):
    async def work():
        generator = LocalGenerator(settings(models, first=models / "first"), cache=models)
        await written(generator, "first")
        started = time.perf_counter()
        generator.follow(settings(models))
        generator.follow(settings(models, first=models / "first"))
        held, _ = await asyncio.to_thread(generator._hold, "first")
        with held.wearing(None):
            return time.perf_counter() - started

    assert asyncio.run(work()) < 2


def test_an_answer_that_was_left_does_not_lend_its_adapter_to_the_next(models):
    async def work():
        generator = LocalGenerator(settings(models, first=models / "first"), cache=models)
        base, tuned = await written(generator), await written(generator, "first")
        options = GenerateOptions(model="first", temperature=0)
        for _ in range(5):
            pieces = generator.stream(MESSAGES, options)
            await anext(pieces)
            await pieces.aclose()
            assert await written(generator) == base
        return base, tuned

    base, tuned = asyncio.run(work())
    assert base != tuned


@pytest.mark.parametrize(
    ("field", "what"),
    [("base_sha256", "weights"), ("template_sha256", "chat template"),
     ("tokenizer_sha256", "tokenizer")],
)  # fmt: skip
def test_an_adapter_of_another_base_is_refused_and_the_base_goes_on(models, tmp_path, field, what):
    strange = copytree(models / "first", tmp_path / "strange")
    told = json.loads((strange / "base.json").read_text())
    (strange / "base.json").write_text(json.dumps({**told, field: "f" * 64}))

    async def work():
        generator = LocalGenerator(settings(models, strange=strange), cache=models)
        before = await written(generator)
        with pytest.raises(ModelError, match=f"'strange' was tuned from 'base', whose {what} had"):
            await written(generator, "strange")
        return before, await written(generator)

    before, after = asyncio.run(work())
    assert before == after


def test_a_changed_template_of_the_base_is_noticed(models, tmp_path):
    base = copytree(models / "base", tmp_path / "base")
    (base / "chat_template.jinja").write_text("{{ messages }}")
    changed = settings(models, first=models / "first").model_copy(update={"model": str(base)})
    with pytest.raises(ModelError, match="whose chat template had the sha-256"):
        asyncio.run(written(LocalGenerator(changed, cache=models), "first"))


@pytest.mark.parametrize("part", ["base.json", "adapter_model.safetensors"])
def test_an_adapter_that_lacks_a_file_is_told_before_it_is_asked(models, tmp_path, part):
    torn = copytree(models / "first", tmp_path / "torn")
    (torn / part).unlink()
    generator = LocalGenerator(settings(models, torn=torn), cache=models)
    with pytest.raises(ModelError, match="privrag models rollback generator"):
        asyncio.run(generator.models())


def test_a_damaged_adapter_is_one_sentence_and_the_base_answers_as_before(models, tmp_path):
    torn = copytree(models / "first", tmp_path / "torn")
    weights = torn / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])

    async def work():
        generator = LocalGenerator(settings(models, torn=torn), cache=models)
        before = await written(generator)
        for _ in range(2):
            with pytest.raises(ModelError, match="'torn' cannot be loaded"):
                await written(generator, "torn")
            loaded.append(generator._held[models / "base"])
        after = await written(generator)
        weights.write_bytes((models / "first" / weights.name).read_bytes())
        return before, after, await written(generator, "torn")

    loaded = []
    before, after, whole = asyncio.run(work())
    assert before == after
    assert loaded[0] is loaded[1], "the second question costs no load of the base"
    assert whole != before, "a folder that was put back is tried again"


def test_an_unknown_id_is_refused(models):
    with pytest.raises(GeneratorError, match="knows no model 'other', only embedded, first"):
        asyncio.run(
            written(LocalGenerator(settings(models, first=models / "first"), cache=models), "other")
        )


def test_without_peft_the_extra_is_named(models, monkeypatch):
    load = builtins.__import__

    def without_peft(name, *rest, **options):
        if name == "peft":
            raise ImportError(name)
        return load(name, *rest, **options)

    generator = LocalGenerator(settings(models, first=models / "first"), cache=models)
    monkeypatch.setattr(builtins, "__import__", without_peft)
    with pytest.raises(MissingExtraError, match=r"privrag\[finetune\]"):
        asyncio.run(written(generator, "first"))


def test_a_tuned_model_is_asked_with_the_prompt_that_it_was_tuned_with(models, tmp_path):
    own = PromptSettings(domain="timber", instructions="Say it.", examples="One. Two.")
    assert tuned_prompts(own, models / "whole") == own, "nothing is known of how it was tuned"

    folder = tmp_path / "tuned"
    copytree(models / "first", folder)
    noted = json.loads((folder / "base.json").read_text())
    noted |= {"instructions": "Answer about {domain}.", "examples": ""}
    (folder / "base.json").write_text(json.dumps(noted))
    made = tuned_prompts(own, folder)
    assert (made.domain, made.instructions) == ("timber", "Answer about {domain}.")
    assert made.examples == ""
