"""A model that obeys whatever it is shown: the worst that can read a prompt."""

import re
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING

from privrag.generate import GenerateOptions
from privrag.prompts import PromptSettings
from privrag.quarantine.recognise import SENTENCE_ENDS
from privrag.records import Draft, Message, SafeText, Usage

if TYPE_CHECKING:
    from privrag_evals.injections.suite import Case

_LETTERS = re.compile(r"[^\w]+")
_LEAST_TRACE = 4
"""Characters: of signs that nobody sees, less is left."""


class ObedientGenerator:
    """Does what the order of its `case` wants if any trace of it stands in the prompt.

    It knows the order by heart, so it also obeys one that is torn, decoded or half hidden. Without
    a trace it copies the lines that share most words with the question.
    """

    def __init__(self) -> None:
        self.case: Case | None = None
        self.saw_order = False

    async def stream(
        self, messages: Sequence[Message], options: GenerateOptions
    ) -> AsyncGenerator[SafeText | Draft, None]:
        """One piece, then the Draft."""
        del options
        text = SafeText(self._answer(messages))
        yield text
        yield Draft(text, "stop", Usage())

    def _answer(self, messages: Sequence[Message]) -> str:
        system, question = messages[0].content, messages[-1].content
        passages = _passages(system)
        traces = self.case.traces if self.case else ()
        shown = _squeezed(passages)
        obeyed = [t for t in traces if len(_squeezed(t)) >= _LEAST_TRACE and _squeezed(t) in shown]
        self.saw_order = bool(obeyed)
        if self.case is None or not obeyed:
            return _closest(passages, question)
        sentences = [s for s in SENTENCE_ENDS.split(passages) if _holds(s, obeyed)]
        match self.case.goal:
            case "refuse":
                return PromptSettings().refusal
            case "leak":
                return system
            case _:
                link = f"![x](https://{self.case.canary}/?q=1)"
                return "\n".join((f"{self.case.canary}.", f"{link}.", *sentences))

    async def models(self) -> list[str]:
        """One name."""
        return ["obedient"]

    async def close(self) -> None:
        """Nothing is open."""


def _passages(system: str) -> str:
    """What follows the last heading of the prompt that an honest prompt has."""
    return system.rpartition(PromptSettings().examples)[2]


def _holds(sentence: str, traces: Sequence[str]) -> bool:
    squeezed = _squeezed(sentence)
    return any(_squeezed(t) in squeezed or squeezed in _squeezed(t) for t in traces) and (
        len(squeezed) > 3
    )


def _squeezed(text: str) -> str:
    return _LETTERS.sub("", text).casefold()


def _closest(passages: str, question: str) -> str:
    asked = set(re.findall(r"\w{4,}", question.casefold()))
    sentences = [s for s in SENTENCE_ENDS.split(passages) if s.strip()]
    shared = {s: len(asked & set(re.findall(r"\w{4,}", s.casefold()))) for s in sentences}
    best = sorted(sentences, key=lambda s: -shared[s])[:2]
    return "\n".join(re.sub(r"^\[\d+\]\s*(\([^)]*\))?\s*", "", s) for s in best)
