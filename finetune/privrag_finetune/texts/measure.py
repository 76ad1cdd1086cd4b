"""What a tuned model writes or says to rows that it has not seen, in figures with intervals.

Token F1 and exact match of what is written (greedily), beside the text given back as it is;
accuracy and macro-F1 of labels, beside the most frequent one. Higher is better, in [0, 1].
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from privrag.gate.bootstrap import Interval, bootstrap
from privrag.gate.token_f1 import token_f1
from privrag.model_facts import is_adapter
from privrag.records import SafeText
from privrag.wilson import wilson
from privrag_finetune.generator.base import Task, load_tokenizer, loader
from privrag_finetune.generator.encoded import Encoded
from privrag_finetune.machine import device, quiet
from privrag_finetune.texts.encode import TextKind
from privrag_finetune.texts.recipe import TextRecipe
from privrag_finetune.texts.store import TextRow

TASKS: dict[TextKind, Task] = {
    "causal": "CAUSAL_LM",
    "encoder-decoder": "SEQ_2_SEQ_LM",
    "encoder": "SEQ_CLS",
}
_ROUNDS = 1000

Figure = dict[str, Any]
"""`mean`, `ci95` and `cases`."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one text."""

    text: SafeText = field(repr=False)
    targets: tuple[str, ...] = field(repr=False)
    """All that the data set says to it."""
    written: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tuned:
    """A tuned model that is open."""

    kind: TextKind
    model: Any
    tokenizer: Any
    recipe: TextRecipe
    labels: tuple[str, ...]


def open_tuned(
    base: Path, out: Path, kind: TextKind, recipe: TextRecipe, labels: Sequence[str]
) -> Tuned:
    """The model as it was saved: the folder itself, or the base with the adapter of the folder."""
    import torch

    config: dict[str, Any] = {}
    if kind == "encoder":
        from privrag_finetune.texts.trainers import head_config

        config = head_config(labels)
    adapter = is_adapter(out)
    dtype = torch.bfloat16 if device() == "cuda" and adapter else torch.float32
    with quiet():
        model = loader(TASKS[kind]).from_pretrained(
            base if adapter else out,
            dtype=dtype,
            local_files_only=True,
            use_safetensors=True,
            **config,
        )
        if adapter:
            from peft import PeftModel

            model = PeftModel.from_pretrained(model, out)
    return Tuned(kind, model.to(device()).eval(), load_tokenizer(out), recipe, tuple(labels))


def answers(
    tuned: Tuned, rows: Sequence[TextRow], encoded: Sequence[Encoded], *, most: int
) -> list[Answered]:
    """What it says to the texts that fit, each text once, an encoder to all of them."""
    own = {row.id: row for row in rows}
    first: dict[SafeText, Encoded] = {}
    targets: dict[str, list[str]] = {}
    for each in encoded:
        row = own[each.id]
        first.setdefault(row.text, each)
        targets.setdefault(row.text, []).append(row.target)
    asked = list(first.values())
    if tuned.kind != "encoder":
        asked = asked[: tuned.recipe.measured]
    prompts = [list(each.input_ids[: each.prompt_tokens]) for each in asked]
    written: dict[int, str] = {}
    for room, some in batches(tuned, [len(prompt) for prompt in prompts], most):
        own_prompts = [prompts[number] for number in some]
        said = _told(tuned, own_prompts) if room == 0 else _written(tuned, own_prompts, room)
        written |= dict(zip(some, said, strict=True))
    return [
        Answered(text, tuple(targets[text]), written[number])
        for number, text in enumerate(first)
        if number in written
    ]


def batches(
    tuned: Tuned, lengths: Sequence[int], most: int
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """How many tokens may be written, and the numbers of the prompts to which that applies.

    A causal model has the window that the prompt leaves, whatever else is in the batch; an encoder
    writes none.
    """
    taken = lengths if tuned.kind == "causal" else [0] * len(lengths)
    longest = 0 if tuned.kind == "encoder" else tuned.recipe.answer_tokens
    room = [min(longest, max(1, most - own)) for own in taken]
    for each, some in groupby(sorted(range(len(lengths)), key=lambda n: (room[n], lengths[n])),
                              key=lambda n: room[n]):  # fmt: skip
        numbers = list(some)
        for start in range(0, len(numbers), tuned.recipe.batch_size):
            yield each, tuple(numbers[start : start + tuned.recipe.batch_size])


def _told(tuned: Tuned, prompts: Sequence[list[int]]) -> list[str]:
    import torch

    with torch.inference_mode():
        logits = tuned.model(**_batch(tuned, prompts)).logits  # (texts, labels)
    return [tuned.labels[number] for number in logits.argmax(dim=-1).tolist()]


def _written(tuned: Tuned, prompts: Sequence[list[int]], room: int) -> list[str]:
    """Greedily, at most `room` tokens."""
    import torch

    tokenizer = tuned.tokenizer
    longest = max(map(len, prompts)) if tuned.kind == "causal" else 0
    with torch.inference_mode():
        ids = tuned.model.generate(
            **_batch(tuned, prompts),
            max_new_tokens=room,
            do_sample=False,
            num_beams=1,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    texts: list[str] = tokenizer.batch_decode(ids[:, longest:], skip_special_tokens=True)
    return [text.strip() for text in texts]


def _batch(tuned: Tuned, prompts: Sequence[list[int]]) -> dict[str, Any]:
    """Padded on the side away from what is written next."""
    import torch

    longest, pad = max(map(len, prompts)), tuned.tokenizer.pad_token_id
    left = tuned.kind == "causal"
    ids = torch.full((len(prompts), longest), pad, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, seen, own in zip(ids, mask, prompts, strict=True):
        place = slice(longest - len(own), longest) if left else slice(0, len(own))
        row[place] = torch.tensor(own, dtype=torch.long)
        seen[place] = 1
    return {"input_ids": ids.to(device()), "attention_mask": mask.to(device())}


def writing_figures(answered: Sequence[Answered]) -> dict[str, Figure]:
    """Of texts that were written; the best of several targets counts."""
    f1 = [token_f1(one.written, one.targets) for one in answered]
    exact = [float(_plain(one.written) in map(_plain, one.targets)) for one in answered]
    kept = [token_f1(one.text, one.targets) for one in answered]
    named = {"token_f1": f1, "exact_match": exact, "token_f1_of_the_text_itself": kept}
    return {name: bootstrap(values).as_json() for name, values in named.items()}


def label_figures(answered: Sequence[Answered], usual: str) -> dict[str, Figure]:
    """Of labels; `usual` is the most frequent one of training."""
    gold = [one.targets[0] for one in answered]
    told = [one.written for one in answered]
    return {
        "accuracy": _share([one == other for one, other in zip(gold, told, strict=True)]),
        "macro_f1": _macro_figure(gold, told),
        "accuracy_of_the_most_frequent": _share([one == usual for one in gold]),
    }


def macro_f1(gold: Sequence[str], told: Sequence[str]) -> float:
    """The mean of each label's F1, over labels that are gold or were told; no case gives 0."""
    scores = []
    right = Counter(one for one, other in zip(gold, told, strict=True) if one == other)
    given, said = Counter(gold), Counter(told)
    for label in given.keys() | said.keys():
        scores.append(2 * right[label] / (given[label] + said[label]))
    return sum(scores) / len(scores) if scores else 0.0


def _share(hits: Sequence[bool]) -> Figure:
    low, high = wilson(sum(hits), len(hits))
    mean = sum(hits) / len(hits) if hits else 0.0
    return Interval(mean, low, high, len(hits)).as_json()


def _macro_figure(gold: Sequence[str], told: Sequence[str]) -> Figure:
    """With the percentiles of resampled cases, as `gate.bootstrap` does for means."""
    draw = np.random.default_rng(0)
    scores = []
    for _ in range(_ROUNDS if gold else 0):
        drawn = draw.integers(0, len(gold), size=len(gold))
        scores.append(macro_f1([gold[n] for n in drawn], [told[n] for n in drawn]))
    low, high = np.percentile(scores, [2.5, 97.5]) if scores else (0.0, 1.0)
    return Interval(macro_f1(gold, told), float(low), float(high), len(gold)).as_json()


def _plain(text: str) -> str:
    return " ".join(text.split())
