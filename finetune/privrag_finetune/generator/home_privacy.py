"""The privacy report of a home's generator: canaries before the training, attacks after it."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from privrag.leak import known_values
from privrag.prompts import PromptSettings
from privrag.rag import AsyncRag
from privrag.records import SafeText
from privrag.registry import Check, Gate
from privrag_finetune.generator.encoded import Encoded
from privrag_finetune.generator.recipe import GeneratorRecipe
from privrag_finetune.generator.rows import PromptRow, encode, prompt_of
from privrag_finetune.leaks.canaries import Canaries, make_canaries, unused_tokens
from privrag_finetune.leaks.effort import FULL, SHORT, Effort
from privrag_finetune.leaks.lineage import utility_of
from privrag_finetune.leaks.pii_scan import PiiScan, refuse_raw, scan_rows
from privrag_finetune.leaks.reading import open_readers
from privrag_finetune.leaks.report import Report, privacy_report
from privrag_finetune.leaks.subject import Claim, GeneratorRows, Lineage, Subject
from privrag_finetune.leaks.write import write_report
from privrag_finetune.machine import device


@dataclass(frozen=True, slots=True)
class Planted:
    """What was found in the rows before the training, and what was put beside them."""

    scan: PiiScan
    canaries: Canaries | None
    rows: tuple[Encoded, ...] = field(repr=False)
    """The training rows, and those canaries that a coin let in."""


@dataclass(frozen=True, slots=True)
class Bare:
    """Makes rows without passages, as the tuned model would be asked."""

    tokenizer: Any
    prompts: PromptSettings

    def encode(self, name: str, question: str, answer: str) -> Encoded:
        prompt = prompt_of(name, SafeText(question), [], self.prompts)
        row = PromptRow(name, name, prompt, SafeText(answer))
        return encode([row], self.tokenizer, most=sys.maxsize).rows[0]

    def rows(self, prompts: Sequence[PromptRow]) -> list[Encoded]:
        made = ((row, self.encode(row.id, row.prompt[-1].content, row.answer)) for row in prompts)
        return [replace(bare, owner=row.owner) for row, bare in made]


def scanned(rag: AsyncRag, read: Sequence[PromptRow]) -> PiiScan:
    """What of raw identities stands in rows that are about to be read.

    Raises TrainingError if a row certainly holds one: then nothing is trained.
    """
    texts = {r.id: "\n".join([*(m.content for m in r.prompt), r.answer]) for r in read}
    scan = scan_rows(texts, rag.detector, rag.stores.vault)
    refuse_raw(scan)
    return scan


def plant(
    scan: PiiScan,
    rows: Sequence[Encoded],
    recipe: GeneratorRecipe,
    settings: PromptSettings,
    tokenizer: Any,  # noqa: ANN401 - of transformers
    *,
    seed: int,
    least_canaries: int = 0,
    private: bool = False,
) -> Planted:
    """Draw canaries beside the training rows, which were scanned.

    With `private` rare tokens come from the whole vocabulary: which ones no row has would tell of
    the rows.
    """
    count = max(recipe.canaries, least_canaries)
    if not count:
        return Planted(scan, None, tuple(rows))
    special = tokenizer.all_special_ids
    rare = unused_tokens(() if private else rows, vocabulary=len(tokenizer), special=special)
    canaries = make_canaries(count, seed=seed, rare_tokens=rare)
    bare = Bare(tokenizer, settings)
    return Planted(scan, canaries, (*rows, *canaries.training_rows(bare.encode)))


def report_on(
    rag: AsyncRag,
    planted: Planted,
    learnt: tuple[Sequence[PromptRow], Sequence[Encoded]],
    held_out: tuple[Sequence[PromptRow], Sequence[Encoded]],
    *,
    name: str,
    base: Path,
    folder: Path,
    lineage: Lineage,
    claim: Claim | None,
    figures: Mapping[str, Gate],
    settings: PromptSettings,
    tokenizer: Any,  # noqa: ANN401 - of transformers
    effort: Effort,
) -> Report:
    """Attack the tuned model beside its base, and write the report into its folder.

    `learnt` and `held_out` are rows as they were made and as they were encoded.
    """
    tuned, plain = open_readers(base, folder)
    bare = Bare(tokenizer, settings)
    subject = Subject(
        name=name,
        lineage=lineage,
        claim=claim,
        pii=planted.scan,
        rows=GeneratorRows(
            tuned=tuned,
            base=plain,
            trained=learnt[1],
            held_out=held_out[1],
            bare_trained=bare.rows(learnt[0]),
            bare_held_out=bare.rows(held_out[0]),
            encode=bare.encode,
            values=known_values(rag.stores.vault),
            issued=rag.stores.vault.surface,
            canaries=planted.canaries,
        ),
        utility=utility_of(figures),
    )
    report = privacy_report(subject, effort=effort)
    write_report(report, folder)
    return report


def check_of(report: Report | None) -> Check:
    """Whether the model may serve as far as its report goes: only with PASS."""
    if report is None:
        return Check(name="privacy report", passed=False, detail="none was made")
    return Check(name="privacy report", passed=report.verdict == "PASS", detail=report.words)


def effort_of(recipe: GeneratorRecipe) -> Effort:
    """`full` runs all attacks with all their rows on any machine, `auto` on a GPU."""
    full = recipe.report == "full" or (recipe.report == "auto" and device() == "cuda")
    return FULL if full else SHORT
