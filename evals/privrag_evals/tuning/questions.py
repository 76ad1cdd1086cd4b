"""What is trained on: questions of people, or questions that a model wrote about the same passages.

Written ones are safe text from the beginning, and each is held to be answered by the document that
it was written about.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from privrag import pipeline
from privrag.errors import EvaluationError
from privrag.pseudonym import placeholders
from privrag.records import Chunk, Question
from privrag.scratch import Scratch
from privrag.synthesis import WrittenQuestions, synthesizer
from privrag_evals.scratch_home import Filled, documents_by_version
from privrag_evals.suites import Asked, Suite
from privrag_evals.tuning.halves import Halves


@dataclass(frozen=True, slots=True)
class Synthetic:
    """How questions are written."""

    limit: int
    """Asked for at most, for training and validation together."""
    recipe: Path | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A question as the index sees it, with what answers it."""

    asked: Asked
    question: Question = field(repr=False)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is learnt from and what choices are made on; both from documents that no test asks."""

    train: list[Known]
    validation: list[Known]
    made: dict[str, Any]
    """How written questions were made; empty where they are people's."""


async def people_s(home: Filled, halves: Halves) -> Lesson:
    """The questions that the suite has about these documents."""
    return Lesson(await known(home, halves.train), await known(home, halves.validation), {})


async def written(home: Filled, suite: Suite, halves: Halves, how: Synthetic) -> Lesson:
    """Questions about the same documents, by `home.models.generator`; people's are not looked at.

    Raises EvaluationError where too few are kept for training or for validation.
    """
    part_of = _parts(suite, halves)
    documents = documents_by_version(home)
    chunks: dict[str, Chunk] = {}
    async for item in home.stores.index.scroll():
        if documents[item.chunk.source.version] in part_of:
            chunks[item.chunk.id] = item.chunk
    with Scratch() as folder:
        found = await synthesizer()(
            home.stores,
            home.models,
            sorted(chunks.values(), key=lambda chunk: chunk.id),
            limit=how.limit,
            folder=folder.path,
            recipe=how.recipe,
        )
    parts: defaultdict[str, list[Known]] = defaultdict(list)
    for one in found.questions:
        document = documents[chunks[one.chunk].source.version]
        asked = Asked(one.id, one.text, {document: 1.0}, group=suite.groups.get(document))
        parts[part_of[document]].append(Known(asked, Question(one.text, placeholders(one.text))))
    if not (parts["train"] and parts["validation"]):
        raise EvaluationError(
            f"of {found.asked} written questions too few were kept to train and to choose on; "
            "ask for more, or for better ones with another recipe"
        )
    return Lesson(parts["train"], parts["validation"], _as_json(found))


async def known(home: Filled, questions: Sequence[Asked]) -> list[Known]:
    """These questions, pseudonymized."""
    stores, models = home.stores, home.models
    return [
        Known(asked, (await pipeline.to_questions(stores, [asked.text], models))[0])
        for asked in questions
    ]


def _parts(suite: Suite, halves: Halves) -> Mapping[str, str]:
    """Document -> train or validation, for those in the groups (or answers) of such questions."""
    part_of: dict[str, str] = {}
    for part, questions in (("train", halves.train), ("validation", halves.validation)):
        groups = {asked.group for asked in questions if asked.group is not None}
        part_of |= {name: part for name, group in suite.groups.items() if group in groups}
        part_of |= {name: part for asked in questions for name in asked.gains}
    return part_of


def _as_json(found: WrittenQuestions) -> dict[str, Any]:
    return {
        "asked": found.asked,
        "kept": len(found.questions),
        "dropped": found.dropped,
        "model": found.model,
        "seconds": found.seconds,
    }
