"""Tune a base on the texts and targets of a CSV file: `privrag train text`.

CSV -> safe rows -> splits -> token ids -> train -> figures on the test split -> base.json
"""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from privrag.errors import TrainingError
from privrag.generate.tuning import BASE_FILE, Tuning, tokenizer_sha256, weights_sha256
from privrag.model_facts import ModelFacts, complete_model
from privrag.rag import AsyncRag
from privrag.registry import FOLDER as MODELS
from privrag.upkeep import sync_lock
from privrag_finetune.checkpoints import last_checkpoint
from privrag_finetune.disk import writing_into
from privrag_finetune.generator.base import load_tokenizer
from privrag_finetune.generator.rows import EncodedRows, template_sha256
from privrag_finetune.generator.train import (
    GeneratorTraining,
    MakeTrainer,
    TunedGenerator,
    train_generator,
)
from privrag_finetune.home_record import hand_on
from privrag_finetune.leaks.lineage import lineage_of
from privrag_finetune.leaks.pii_scan import PiiScan, scan_rows
from privrag_finetune.leaks.report import privacy_report
from privrag_finetune.leaks.subject import Figure as Utility
from privrag_finetune.leaks.subject import Subject
from privrag_finetune.leaks.write import write_report
from privrag_finetune.lengths import longest_row
from privrag_finetune.names import refuse_a_telling_name
from privrag_finetune.questions.recipe import hashed
from privrag_finetune.questions.split import SPLITS, Split
from privrag_finetune.questions.store import write_whole
from privrag_finetune.recipe import read_recipe
from privrag_finetune.texts.columns import Columns, read_table
from privrag_finetune.texts.encode import Encoding, TextKind, encode_texts, labels_of
from privrag_finetune.texts.measure import (
    Answered,
    Figure,
    answers,
    label_figures,
    open_tuned,
    writing_figures,
)
from privrag_finetune.texts.recipe import TextRecipe
from privrag_finetune.texts.rows import text_set
from privrag_finetune.texts.store import (
    FOLDER,
    KIND,
    SAMPLES,
    TextManifest,
    TextRow,
    as_text,
    note_text_model,
    read_text_manifest,
)
from privrag_finetune.tracking import events
from privrag_finetune.tracking.card import guarded
from privrag_finetune.tracking.curve import write_curve
from privrag_finetune.tracking.noted import noted
from privrag_finetune.tracking.records import DataSet
from privrag_finetune.tracking.reporter import Reporter

_NOTE = "text.json"
_USUAL = Columns()


@dataclass(frozen=True, slots=True)
class TextOrder:
    """What is to be trained."""

    file: Path
    base: Path
    name: str
    columns: Columns = _USUAL
    recipe: Path | None = None
    keep_raw: bool = False
    """Store and learn the texts as they are, with the names in them."""
    seed: int = 12


@dataclass(frozen=True, slots=True)
class _Work:
    """What was read and encoded."""

    base: Path
    out: Path
    manifest: TextManifest
    rows: dict[Split, list[TextRow]]
    encoding: Encoding
    encoded: dict[Split, EncodedRows]
    scan: PiiScan
    """What of identities stands in clear in rows to train on and to validate with."""
    seed: int


async def train_home_text(rag: AsyncRag, order: TextOrder) -> dict[str, Any]:
    """Train and measure; the report. Killed in the middle, the same call goes on.

    Raises TrainingError where there is too little to learn from, the name is taken or the base
    does not fit the targets, ModelError for an incomplete base, PseudonymError where the rows
    cannot be proven safe, SyncError while a sync or an erasure runs.
    """
    await asyncio.to_thread(refuse_a_telling_name, rag, order.name, "model", "--name")
    out = rag.home / MODELS / KIND / order.name
    if (out / BASE_FILE).exists():
        raise TrainingError(f"a model {order.name!r} exists already; choose another --name")
    recipe = read_recipe(TextRecipe, "text", order.recipe)
    base = order.base.expanduser().resolve()
    facts = complete_model(base)
    kind = kind_of(facts)
    with sync_lock(rag.home):
        table = await asyncio.to_thread(read_table, order.file, order.columns)
        manifest, rows = await text_set(
            rag, order.name, table, order.columns, keep_raw=order.keep_raw
        )
        every = [row for some in rows.values() for row in some]
        labels = labels_of(every, most=recipe.labels) if kind == "encoder" else ()
        tokenizer = await asyncio.to_thread(load_tokenizer, base)
        most = longest_row(recipe.max_tokens, facts.context, tokenizer)
        encoding = Encoding(kind, tokenizer, recipe, most, labels)
        encoded = {
            split: await asyncio.to_thread(_encoded, some, encoding, split)
            for split, some in rows.items()
        }
        read = [*rows["train"], *rows["validation"]]
        scan = await asyncio.to_thread(
            scan_rows,
            {row.id: f"{row.text}\n{row.target}" for row in read},
            rag.detector,
            rag.stores.vault,
        )
        work = _Work(base, out, manifest, rows, encoding, encoded, scan, order.seed)
        with writing_into(out):
            out.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = await asyncio.to_thread(_noted, rag.home, work)
        hand_on(rag)
    return made


def kind_of(facts: ModelFacts) -> TextKind:
    """Raises TrainingError for what cannot be tuned on texts."""
    if facts.kind == "adapter" or facts.kind == "unknown":
        what = "an adapter" if facts.kind == "adapter" else f"of kind {facts.architecture}"
        raise TrainingError(
            f"the base {facts.folder} is {what}; take a causal, an encoder-decoder (T5) or an "
            "encoder (BERT) model: privrag models inspect FOLDER tells which a folder is"
        )
    return facts.kind


def _encoded(rows: Sequence[TextRow], encoding: Encoding, split: Split) -> EncodedRows:
    made = encode_texts(rows, encoding)
    if not made.rows:
        raise TrainingError(
            f"no row of {split} is left ({len(made.too_long)} are longer than {encoding.most} "
            "tokens); give more rows, or raise max_tokens in the recipe if the base reads more"
        )
    return made


def _noted(home: Path, work: _Work) -> dict[str, Any]:
    """The training, as a run of this home. First of all, forgetting somebody knows the model."""
    manifest = read_text_manifest(home, work.manifest.name) or work.manifest
    note_text_model(home, manifest, work.out.name)
    with noted(
        home,
        kind=KIND,
        name=work.out.name,
        data=_data_set_of(work.manifest),
        seed=work.seed,
        base=work.base.name,
        recipe=work.encoding.recipe.model_dump(mode="json"),
    ) as run:
        made = _trained(work)
        own = {"validation": made["loss"], "seconds": made["seconds"]}
        run.done(figures={**made["figures"], **own})
    return made


def _data_set_of(manifest: TextManifest) -> DataSet:
    splits = {str(name): split.rows for name, split in manifest.splits.items()}
    sha256 = hashed({name: split.sha256 for name, split in manifest.splits.items()})
    return DataSet(f"{FOLDER}/{manifest.name}", sha256, sum(splits.values()), splits)


def _trained(work: _Work) -> dict[str, Any]:
    encoding, recipe = work.encoding, work.encoding.recipe
    training = GeneratorTraining(
        work.base,
        work.out,
        recipe,
        work.encoded["train"].rows,
        work.encoded["validation"].rows,
        work.seed,
    )
    what = f"{KIND} {work.out.name}"
    fresh = last_checkpoint(work.out.with_name(work.out.name + ".work")) is None
    with Reporter(work.out / events.FILE, what=what, fresh=fresh) as reporter:
        trained = train_generator(training, on_log=reporter.on_log, make=_maker(encoding))
    write_curve(work.out, title=f"{what}: loss")
    tuned = open_tuned(work.base, work.out, encoding.kind, recipe, encoding.labels)
    answered = answers(tuned, work.rows["test"], work.encoded["test"].rows, most=encoding.most)
    figures = _figures(work, answered)
    _note(work, answered[: recipe.samples])
    tuning = _tuning(work)
    _report_privacy(work, tuning, figures)
    # last: from then on the model exists
    write_whole(work.out / BASE_FILE, tuning.model_dump_json(indent=1).encode() + b"\n")
    return _report(work, trained, figures)


def _maker(encoding: Encoding) -> MakeTrainer | None:
    if encoding.kind == "causal":
        return None
    from privrag_finetune.texts.trainers import make_reader, make_writer

    if encoding.kind == "encoder-decoder":
        return make_writer
    return partial(make_reader, labels=encoding.labels)


def _figures(work: _Work, answered: Sequence[Answered]) -> dict[str, Figure]:
    if work.encoding.kind != "encoder":
        return writing_figures(answered)
    usual = Counter(row.target for row in work.rows["train"]).most_common(1)[0][0]
    return label_figures(answered, usual)


def _note(work: _Work, samples: Sequence[Answered]) -> None:
    """What whoever opens the model must know, and a few texts with what it says to them."""
    encoding, recipe = work.encoding, work.encoding.recipe
    by_template = encoding.kind == "causal" and encoding.by_template
    note = {
        "kind": encoding.kind,
        "style": "chat" if by_template else "plain",
        "template": recipe.template,
        "instructions": recipe.instructions if by_template else None,
        "labels": list(encoding.labels),
        "most_tokens": encoding.most,
        "data": f"{FOLDER}/{work.manifest.name}",
        "pseudonymized": work.manifest.pseudonymized,
    }
    if work.manifest.pseudonymized:
        samples = [_guarded(one) for one in samples]
    write_whole(work.out / SAMPLES, as_text([asdict(one) for one in samples]))
    write_whole(work.out / _NOTE, as_text(note))


def _report_privacy(work: _Work, tuning: Tuning, figures: Mapping[str, Figure]) -> None:
    """Where it comes from and what its rows held. It is not attacked: INCOMPLETE at best."""
    data = _data_set_of(work.manifest)
    subject = Subject(
        name=work.out.name,
        kind=KIND,
        lineage=lineage_of(
            [row.group for row in work.rows["train"]],
            data=data.name,
            splits=data.splits,
            seed=work.seed,
            hashes={"data": data.sha256, "base": tuning.base_sha256},
        ),
        pii=work.scan,
        utility=tuple(
            Utility(name, None, one["mean"], None, one["cases"])
            for name, one in figures.items()
            if one["mean"] is not None
        ),
    )
    write_report(privacy_report(subject), work.out)


def _guarded(one: Answered) -> Answered:
    """Without identities that the model made up, or remembers from its base."""
    return replace(one, written=guarded(one.text, one.written))


def _tuning(work: _Work) -> Tuning:
    recipe = work.encoding.recipe
    shown = json.dumps([recipe.style, recipe.template, recipe.instructions])
    return Tuning(
        base=work.base.name,
        base_sha256=weights_sha256(work.base),
        template_sha256=template_sha256(work.encoding.tokenizer),
        tokenizer_sha256=tokenizer_sha256(work.out),
        prompt_sha256=hashlib.sha256(shown.encode()).hexdigest(),
        instructions=recipe.instructions,
        examples="",
        rank=0 if recipe.method == "full" else recipe.rank,
        method=recipe.method,
    )


def _report(work: _Work, trained: TunedGenerator, figures: dict[str, Figure]) -> dict[str, Any]:
    return {
        "run": work.out.name,
        "model": f"{MODELS}/{KIND}/{work.out.name}",
        "kind": work.encoding.kind,
        "data": f"{FOLDER}/{work.manifest.name}",
        "pseudonymized": work.manifest.pseudonymized,
        "loss": trained.losses,
        "seconds": round(trained.seconds, 1),
        "tokens_per_second": trained.tokens_per_second,
        "epsilon": None,
        "rows": {split: len(work.encoded[split].rows) for split in SPLITS},
        "too_long": {split: len(work.encoded[split].too_long) for split in SPLITS},
        "most_tokens": work.encoding.most,
        "skipped": work.manifest.skipped,
        "labels": len(work.encoding.labels) or None,
        "figures": figures,
    }
