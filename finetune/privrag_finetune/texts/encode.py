"""Rows of texts as each kind of base reads them, none of them cut.

    causal             prompt, target, end-of-sequence token
    encoder-decoder    text behind the prompt's length: what the encoder reads, then what is written
    encoder            what it reads, then the number of the label

All are `Encoded`: what is shown comes first, what is learnt behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from privrag.errors import TrainingError
from privrag.pseudonym import placeholders
from privrag.records import Message, SafeText
from privrag_finetune.generator.encoded import Encoded
from privrag_finetune.generator.rows import EncodedRows, PromptRow
from privrag_finetune.generator.rows import encode as encode_prompts
from privrag_finetune.texts.recipe import TextRecipe
from privrag_finetune.texts.store import TextRow

TextKind = Literal["causal", "encoder-decoder", "encoder"]


@dataclass(frozen=True, slots=True)
class Encoding:
    """What decides the token ids of a row."""

    kind: TextKind
    tokenizer: Any
    recipe: TextRecipe
    most: int
    """Tokens that fit; an encoder-decoder reads and writes as many each."""
    labels: tuple[str, ...] = ()
    """Of an encoder, in the order of their numbers."""

    @property
    def by_template(self) -> bool:
        """Whether a causal base is shown the text by its tokenizer's chat template."""
        style = self.recipe.style
        return style == "chat" or (style == "auto" and bool(self.tokenizer.chat_template))


def encode_texts(rows: Sequence[TextRow], encoding: Encoding) -> EncodedRows:
    """Every row that fits. Raises TrainingError for a tokenizer that ends nothing."""
    if encoding.kind == "causal" and encoding.by_template:
        return _by_template(rows, encoding)
    found, too_long = [], []
    for row in rows:
        shown, learnt = _ids(row, encoding)
        both = len(shown) + len(learnt)
        longest = both if encoding.kind == "causal" else max(len(shown), len(learnt))
        if longest > encoding.most:
            too_long.append(row.id)
        else:
            found.append(Encoded(row.id, row.group, (*shown, *learnt), len(shown)))
    return EncodedRows(tuple(found), tuple(too_long))


def _by_template(rows: Sequence[TextRow], encoding: Encoding) -> EncodedRows:
    told = encoding.recipe.instructions
    before = (Message("system", SafeText(told)),) if told else ()
    prompts = [
        PromptRow(
            id=row.id,
            owner=row.group,
            prompt=(*before, Message("user", SafeText(_shown(row, encoding.recipe, "")))),
            answer=row.target,
        )
        for row in rows
    ]
    return encode_prompts(prompts, encoding.tokenizer, most=encoding.most)


def _ids(row: TextRow, encoding: Encoding) -> tuple[list[int], list[int]]:
    """Token ids of what is shown, and of what is learnt."""
    tokenizer = encoding.tokenizer
    if encoding.kind == "encoder":
        shown = tokenizer(_shown(row, encoding.recipe, "")).input_ids
        return shown, [encoding.labels.index(row.target)]
    end = tokenizer.eos_token_id
    if end is None:
        raise TrainingError("the base's tokenizer has no end-of-sequence token; set its eos_token")
    if encoding.kind == "encoder-decoder":
        shown = tokenizer(_shown(row, encoding.recipe, "")).input_ids
        return shown, _ended(tokenizer(text_target=row.target).input_ids, end)
    shown = tokenizer(_shown(row, encoding.recipe, "\n")).input_ids
    shown = shown[:-1] if shown[-1:] == [end] else shown
    return shown, _ended(tokenizer(row.target, add_special_tokens=False).input_ids, end)


def _shown(row: TextRow, recipe: TextRecipe, behind: str) -> str:
    if recipe.template is None:
        return row.text + behind
    return recipe.template.replace("{text}", row.text)


def _ended(ids: list[int], end: int) -> list[int]:
    return ids if ids[-1:] == [end] else [*ids, end]


def labels_of(rows: Sequence[TextRow], *, most: int) -> tuple[str, ...]:
    """The different targets, sorted. Raises TrainingError where an encoder cannot learn them."""
    labels = sorted({row.target for row in rows})
    if len(labels) > most:
        raise TrainingError(
            f"the base is an encoder, which tells at most {most} labels apart, and the targets are "
            f"{len(labels)} different ones; take a causal or an encoder-decoder base to have texts "
            "written, or raise labels in the recipe if these are labels"
        )
    if any(placeholders(label) for label in labels):
        raise TrainingError(
            "a target names somebody, and labels stand in the model, where nobody can be "
            "forgotten; take a column of labels without names, or a causal or an encoder-decoder "
            "base"
        )
    if len(labels) < 2:
        raise TrainingError("all targets are the same, so there is no label to learn")
    return tuple(labels)
