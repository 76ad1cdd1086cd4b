"""Asks a generator, many questions at a time, in an order that can be repeated."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Protocol

from privrag.errors import GeneratorError, SettingsError
from privrag.gate.token_f1 import squad_words
from privrag.generate import CompleteOptions, Completer, GenerateOptions, Generator
from privrag.records import Draft, Message, SafeText
from privrag_finetune.questions.prompt import (
    STOPS,
    Pair,
    answer_prompt,
    chat_prompt,
    complete_prompt,
    read_completion,
    read_reply,
)
from privrag_finetune.questions.recipe import Recipe
from privrag_finetune.questions.sample import Task

_JSON = {"type": "json_object"}
_AT_ONCE = 8
_ANSWER_TOKENS = 30


class Writer(Protocol):
    """Makes the questions of some tasks."""

    async def write(self, tasks: Sequence[Task]) -> list[Pair | None]:
        """One for each task, in order; None where nothing could be read."""


class CompleteWriter:
    """A base model: one batch of raw texts."""

    def __init__(self, completer: Completer, recipe: Recipe, *, seed: int) -> None:
        self._completer = completer
        self._recipe = recipe
        self._seed = seed

    async def write(self, tasks: Sequence[Task]) -> list[Pair | None]:
        recipe = self._recipe
        only_question = recipe.wording.complete_answer != "model"
        options = CompleteOptions(
            max_tokens=min(recipe.max_tokens, 40 if only_question else 100),
            temperature=recipe.temperature,
            stop=("\n",) if only_question else STOPS,
            seed=self._seed + (tasks[0].number if tasks else 0),
        )
        prompts = [complete_prompt(task, recipe) for task in tasks]
        drafts = await self._completer.complete(prompts, options)
        pairs = [read_completion(d.text, t, recipe) for d, t in zip(drafts, tasks, strict=True)]
        if recipe.wording.complete_answer != "short":
            return pairs
        asked = [(t, p.question) for t, p in zip(tasks, pairs, strict=True) if p is not None]
        answers = iter(await self._answer(asked))
        return [p and Pair(p.question, next(answers)) for p in pairs]

    async def _answer(self, asked: Sequence[tuple[Task, SafeText]]) -> list[SafeText]:
        """A short answer to each question about its sentences; empty where asking twice differs."""
        if not asked:
            return []
        options = CompleteOptions(max_tokens=_ANSWER_TOKENS, stop=("\n",), seed=self._seed)
        twice = [
            await self._completer.complete(
                [answer_prompt(t, q, self._recipe, reverse=reverse) for t, q in asked], options
            )
            for reverse in (False, True)
        ]
        return [
            SafeText(first.text.strip().rstrip(".") if _same(first.text, second.text) else "")
            for first, second in zip(*twice, strict=True)
        ]


class ChatWriter:
    """An instruction-tuned model: some requests at a time."""

    def __init__(
        self, generator: Generator, recipe: Recipe, *, seed: int, cache_salt: str | None = None
    ) -> None:
        """`cache_salt` keeps tenants apart in a server's prefix cache."""
        self._generator = generator
        self._recipe = recipe
        self._seed = seed
        self._salt = cache_salt
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def write(self, tasks: Sequence[Task]) -> list[Pair | None]:
        try:
            async with asyncio.TaskGroup() as group:
                asked = [group.create_task(self._one(task)) for task in tasks]
        except* GeneratorError as failed:
            raise _first(failed) from None
        return [each.result() for each in asked]

    async def _one(self, task: Task) -> Pair | None:
        options = GenerateOptions(
            max_tokens=self._recipe.max_tokens,
            temperature=self._recipe.temperature,
            seed=self._seed + task.number,
            cache_salt=self._salt,
            response_format=_JSON,
            plain=True,
        )
        message = Message("user", chat_prompt(task, self._recipe))
        async with self._turns, aclosing(self._generator.stream([message], options)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Draft):
                    return read_reply(piece.text)
        return None


def open_writer(
    generator: Generator, recipe: Recipe, style: str, *, seed: int, salt: str | None
) -> Writer:
    """The writer for this style. Raises SettingsError where the generator cannot do it."""
    if style == "chat":
        return ChatWriter(generator, recipe, seed=seed, cache_salt=salt)
    if not isinstance(generator, Completer):
        raise SettingsError("recipe.style: this generator completes no raw texts; set it to chat")
    return CompleteWriter(generator, recipe, seed=seed)


def _same(first: str, second: str) -> bool:
    """Without case, punctuation and articles."""
    return squad_words(first) == squad_words(second)


def _first(failed: BaseExceptionGroup[GeneratorError]) -> BaseException:
    """The first single error of a group."""
    error: BaseException = failed
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
