"""What the generator is asked, and how its answer is read.

A base model goes on from examples: `Text: ... Question: How can I`. An instruction-tuned one
answers with JSON. What cannot be read is nothing: no question is ever made up in its place.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from privrag.pseudonym import LOOSE_PATTERN
from privrag.records import SafeText
from privrag_finetune.questions.recipe import Recipe
from privrag_finetune.questions.sample import Task

STOPS = ("\n\n", "\nText:")
_SLOT = re.compile(r"\{([a-z_]+)\}")
_END = re.compile(r"\?(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and its answer as the generator wrote them."""

    question: SafeText = field(repr=False)
    answer: SafeText = field(repr=False)


def complete_prompt(task: Task, recipe: Recipe) -> SafeText:
    """Examples, the sentences, and the first words of the question."""
    parts = [_filled(recipe.wording.complete, _slots(task, recipe))]
    for example in recipe.examples:
        lines = [f"Text: {example.text}", f"Question: {example.question}"]
        if recipe.wording.complete_answer == "model":
            lines.append(f"Answer: {example.answer}")
        parts.append("\n".join(lines))
    parts.append(f"Text: {task.text}\nQuestion: {task.opening}".rstrip())
    return SafeText("\n\n".join(parts))


def answer_prompt(task: Task, question: SafeText, recipe: Recipe, *, reverse: bool) -> SafeText:
    """Examples, the sentences, the question that was written about them, and room for an answer.

    `reverse` shows the examples the other way round: what is answered alike twice is no guess.
    """
    parts = [recipe.wording.short_answer]
    for example in recipe.examples[::-1] if reverse else recipe.examples:
        told = f"Text: {example.text}\nQuestion: {example.question}\nAnswer: {example.answer}"
        parts.append(told)
    parts.append(f"Text: {task.text}\nQuestion: {question}\nAnswer:")
    return SafeText("\n\n".join(parts))


def read_completion(text: SafeText, task: Task, recipe: Recipe) -> Pair | None:
    """The pair in what a base model wrote; None if there is no question in it."""
    first, *further = text.strip("\n").split("\n")
    joint = "" if first[:1] in {"", "'", ",", "?"} or not task.opening else " "
    question = f"{task.opening}{joint}{first.strip()}".strip()
    end = _END.search(question)
    if end is None:
        return None
    question = question[: end.end()]
    if recipe.wording.complete_answer != "model":
        return Pair(SafeText(question), SafeText(task.text))
    answers = [line.removeprefix("Answer:").strip() for line in further if "Answer:" in line[:7]]
    return Pair(SafeText(question), SafeText(answers[0])) if answers and answers[0] else None


def chat_prompt(task: Task, recipe: Recipe) -> SafeText:
    """The message to an instruction-tuned model."""
    return SafeText(_filled(recipe.wording.chat, _slots(task, recipe)))


def read_reply(text: SafeText) -> Pair | None:
    """The pair in the first JSON object that has one, whatever stands around it."""
    decoder = json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        try:
            found, _ = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            found = None
        pair = _pair_in(found)
        if pair is not None:
            return pair
        at = text.find("{", at + 1)
    return None


def _pair_in(found: object) -> Pair | None:
    if not isinstance(found, dict):
        return None
    question, answer = found.get("question"), found.get("answer")
    if not isinstance(question, str) or not isinstance(answer, str):
        return None
    question, answer = " ".join(question.split()), " ".join(answer.split())
    return Pair(SafeText(question), SafeText(answer)) if question and answer else None


def _slots(task: Task, recipe: Recipe) -> dict[str, str]:
    return {
        "domain": recipe.domain,
        "use_case": recipe.use_case,
        "category": task.category.name,
        "category_description": task.category.description,
        "difficulty": task.difficulty.name,
        "difficulty_description": task.difficulty.description,
        "text": task.text,
        "passage": "\n".join(filter(None, (task.shown.context, task.shown.text))),
        "opening": task.opening,
    }


def _filled(wording: str, slots: Mapping[str, str]) -> str:
    """Slots filled in one pass: what a passage says in braces stays as it is."""
    return _SLOT.sub(lambda match: slots.get(match[1], match[0]), wording).strip()


def tokens_in(text: str) -> list[str]:
    """Whatever looks like a pseudonym, however it is written."""
    return [match[0] for match in LOOSE_PATTERN.finditer(text)]
