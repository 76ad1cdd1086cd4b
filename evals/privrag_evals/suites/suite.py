"""Documents, questions, and which documents answer them. Raw: it stays in this process."""

import hashlib
import random
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from privrag.errors import EvaluationError
from privrag.records import BLOCK_SEPARATOR, Block, BlockKind, Document
from privrag_evals.options import Half
from privrag_evals.suites.place import Place

_PARAGRAPHS = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the documents that answer it with their gain, and answers if there are any."""

    id: str
    text: str = field(repr=False)
    gains: dict[str, float]
    answers: tuple[str, ...] = field(default=(), repr=False)
    group: str | None = None
    """Only documents of this group are searched; None searches all."""
    traits: dict[str, str] = field(default_factory=dict)
    """Such as category and difficulty: figures are also given for each value."""
    places: tuple[Place, ...] = ()
    """Where an answer stands in the documents of a home; any of them will do."""
    history: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """(role, text) of the turns before, oldest first; roles are `user` and `assistant`."""
    split: str | None = None
    """Such as `dev` and `test`."""
    conversation: str | None = None
    """The conversation whose turn this is: turns of one are alike."""

    @property
    def alike(self) -> str:
        """What this question shares with those that are like it; its id if there are none."""
        return self.conversation or self.group or self.id


@dataclass(frozen=True, slots=True)
class Suite:
    """What is searched and asked."""

    name: str
    documents: dict[str, Document] = field(repr=False)
    """By id."""
    questions: list[Asked]
    groups: dict[str, str] = field(default_factory=dict, repr=False)
    """Document id -> its group, where the suite has groups."""

    def sampled(self, limit: int | None, *, seed: int) -> "Suite":
        """The suite with at most `limit` of its questions, drawn at random."""
        return replace(self, questions=drawn(self.questions, limit, seed=seed))

    def half(self, which: Half, *, seed: int) -> "Suite":
        """One half of the suite's conversations, groups or questions; `all` is the suite."""
        if which == "all":
            return self
        names = sorted({asked.alike for asked in self.questions}, key=lambda n: _hash(seed, n))
        first = frozenset(names[: len(names) // 2])
        kept = [a for a in self.questions if (a.alike in first) == (which == "first")]
        return replace(self, questions=kept)


def drawn(questions: list[Asked], limit: int | None, *, seed: int) -> list[Asked]:
    """At most `limit` of the questions, drawn at random; None is all."""
    if limit is None or limit >= len(questions):
        return questions
    return random.Random(seed).sample(questions, limit)  # noqa: S311 - a repeatable draw


def document_of(name: str, title: str, text: str) -> Document:
    """A document of one title and paragraphs that blank lines divide."""
    parts: list[tuple[BlockKind, str]] = [("heading", title)] if title.strip() else []
    parts += [("paragraph", p) for p in _PARAGRAPHS.split(text) if p.strip()]
    blocks, at = [], 0
    for kind, part in parts:
        blocks.append(Block(kind, part, None, at, at + len(part)))
        at += len(part) + len(BLOCK_SEPARATOR)
    return Document(name, name, title, "text/plain", tuple(blocks), None)


def refuse_long_questions(questions: Iterable[Asked], most: int) -> None:
    """Raise EvaluationError if a question, with the turns before it, is longer than may be asked.

    It would count 0.
    """
    for asked in questions:
        long = len(asked.text) + sum(len(text) for _, text in asked.history)
        if long > most:
            raise EvaluationError(
                f"the question {asked.id!r} has {long} characters, {most} may be asked; "
                "shorten it or raise pseudonymize.max_question_characters"
            )


def checked(suite: Suite, source: str) -> Suite:
    """The suite, or EvaluationError where figures over it would be wrong without a word.

    `source` names what was read. A gain for a document that is not there could never be earned.
    """
    if not suite.documents:
        raise EvaluationError(f"{source} holds no documents to search")
    if not suite.questions:
        raise EvaluationError(f"{source} holds no questions with a document that answers them")
    _refuse_unknown(
        (name for asked in suite.questions for name in asked.gains),
        suite.documents,
        f"{source} judges {{}} documents that are not among those to search",
    )
    _refuse_what_is_asked_twice(suite.questions, source)
    _refuse_answers_elsewhere(suite, source)
    return suite


def _refuse_what_is_asked_twice(questions: Iterable[Asked], source: str) -> None:
    name, times = Counter(asked.id for asked in questions).most_common(1)[0]
    if times > 1:
        raise EvaluationError(f"{source}: the id {name!r} of a question stands there {times} times")


def _refuse_answers_elsewhere(suite: Suite, source: str) -> None:
    """A question of a group finds no document of another one."""
    for asked in suite.questions:
        for name, gain in asked.gains.items() if asked.group is not None else ():
            if gain > 0 and suite.groups.get(name) != asked.group:
                raise EvaluationError(
                    f"{source}: the document {name!r} answers the question {asked.id!r} of another "
                    "group, where it is never searched; group by another field"
                )


def _refuse_unknown(names: Iterable[str], known: Iterable[str], says: str) -> None:
    there = set(known)
    missing = [name for name in dict.fromkeys(names) if name not in there]
    if missing:
        raise EvaluationError(
            f"{says.format(len(missing))}, the first is {missing[0]!r}; add it or take it out"
        )


def _hash(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}|{name}".encode()).hexdigest()
