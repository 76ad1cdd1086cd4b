"""One training, whichever model it is of: the best step is kept, and a killed one goes on.

A checkpoint is gone on with, and a finished model is taken as it is, only where everything that
decides the model is the same: one hash, beside the checkpoints in `arguments.json`, and with the
figures of validation in the model's `trained.json`.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privrag.errors import MissingExtraError, TrainingError
from privrag.tuning import Cut, Example, Trained
from privrag_finetune.checkpoints import last_checkpoint
from privrag_finetune.disk import writing_into
from privrag_finetune.finite import refuse_no_number
from privrag_finetune.machine import computes_in_bf16, device, quiet
from privrag_finetune.recipe import Recipe
from privrag_finetune.tracking import events
from privrag_finetune.tracking.curve import write_curve
from privrag_finetune.tracking.reporter import Reporter
from privrag_finetune.validation import Validation, training_arguments

if TYPE_CHECKING:
    import torch
    from datasets import Dataset

_ARGUMENTS = "arguments.json"
FINISHED = "trained.json"


@dataclass(frozen=True, slots=True)
class Training:
    """What is trained, on what, and where it goes."""

    kind: str
    recipe: Recipe
    train: Sequence[Example] = field(repr=False)
    validation: Sequence[Example] = field(repr=False)
    """Those that are asked."""
    rows: Sequence[dict[str, Any]] = field(repr=False)
    pairs: int
    """Question-passage pairs in the rows."""
    base: Path
    out: Path
    max_tokens: int
    seed: int
    cut: Cut | None = None

    def sha256(self) -> str:
        """Of all that decides what comes out."""
        whole = hashlib.sha256()
        ids = [example.id for example in self.validation]
        decides = [self.kind, self.recipe.model_dump(), ids, str(self.base), self.max_tokens]
        for part in ([*decides, self.seed], *self.rows):
            whole.update(json.dumps(part, sort_keys=True).encode() + b"\n")
        for file in sorted(path for path in self.base.rglob("*") if path.is_file()):
            with file.open("rb") as opened:
                whole.update(hashlib.file_digest(opened, "sha256").digest())
        return whole.hexdigest()


def dataset_of(rows: Sequence[dict[str, Any]]) -> "Dataset":
    """The rows as the library's trainers take them. Raises TrainingError for none."""
    try:
        from datasets import Dataset
    except ImportError:
        raise MissingExtraError("datasets", "finetune") from None
    if not rows:
        raise TrainingError("no question has a passage that answers it beside one that does not")
    return Dataset.from_list(list(rows))


def fit(
    training: Training,
    model: Any,  # noqa: ANN401 - of either kind
    rows: "Dataset",
    *,
    loss: "torch.nn.Module",
    trainer: type,
    arguments: Callable[..., Any],
    asked: Validation,
    before: Validation | None = None,
) -> Trained:
    """Train `model` and save it, as the library's `trainer` does with these `arguments`.

    `asked` is validation with the model, `before` what it is compared with (None: itself). Raises
    TrainingError where it cannot be written, or where the loss is no number any more.
    """
    from transformers import EarlyStoppingCallback, PrinterCallback

    recipe, out = training.recipe, training.out
    sha256 = training.sha256()
    if (finished := _finished(training, sha256)) is not None:
        return finished
    start, at_first = time.perf_counter(), (before or asked).figures()
    work = work_folder(out, sha256)
    own = training_arguments(recipe, rows=len(rows), work=str(work), seed=training.seed)
    checkpoint = last_checkpoint(work)
    what = f"{training.kind} {out.name}"
    reporting = Reporter(out / events.FILE, what=what, fresh=checkpoint is None)
    with reporting as reporter, quiet(), writing_into(out):
        stop = EarlyStoppingCallback(early_stopping_patience=recipe.patience)
        made = trainer(
            model=model,
            args=arguments(
                **own, bf16=computes_in_bf16(recipe.precision), use_cpu=device() == "cpu"
            ),
            train_dataset=rows,
            loss=loss,
            evaluator=asked.evaluator(),
            callbacks=[stop, reporter.callback()],
        )
        made.remove_callback(PrinterCallback)
        made.train(resume_from_checkpoint=checkpoint)
    after = asked.figures()
    refuse_no_number(after)
    with writing_into(out):
        model.save(str(out), create_model_card=False)
    write_curve(out, title=f"{what}: loss", alike=False)
    done = Trained(
        kind=training.kind,
        folder=out,
        examples=len(training.train),
        pairs=round(training.pairs * made.state.epoch),
        steps=made.state.global_step,
        seconds=time.perf_counter() - start,
        loss_start=at_first["validation_loss"],
        loss=after["validation_loss"],
        ndcg_start=at_first["ndcg_at_10"],
        ndcg=after["ndcg_at_10"],
        recipe=recipe.model_dump(),
        cut=training.cut,
    )
    figures = {name: value for name, value in asdict(done).items() if name != "folder"}
    note_finished(out, sha256, figures)
    shutil.rmtree(work, ignore_errors=True)
    return done


def note_finished(out: Path, sha256: str, figures: dict[str, Any]) -> None:
    """Write down that the model in `out` is whole. Raises TrainingError."""
    text = json.dumps({"sha256": sha256, "figures": figures}, indent=1) + "\n"
    with writing_into(out):
        (out / FINISHED).write_text(text, encoding="utf-8")


def _finished(training: Training, sha256: str) -> Trained | None:
    """The model that lies there already, if it is the one that would come out."""
    noted = read_note(training.out / FINISHED)
    if not isinstance(noted, dict) or noted.get("sha256") != sha256:
        return None
    figures = dict(noted["figures"])
    cut = figures.pop("cut", None)
    return Trained(folder=training.out, cut=Cut(**cut) if cut else None, **figures)


def work_folder(out: Path, sha256: str) -> Path:
    """Where checkpoints are; those of a training with other arguments are removed.

    Raises TrainingError where it cannot be made.
    """
    work = out.with_name(out.name + ".work")
    noted, own = work / _ARGUMENTS, {"sha256": sha256}
    if read_note(noted) != own:
        with writing_into(out):
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True, exist_ok=True)
            noted.write_text(json.dumps(own) + "\n", encoding="utf-8")
    return work


def read_note(path: Path) -> object:
    """What stands in a JSON file; None where it cannot be read."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
