"""What a chat request asks for, checked: the turns as text and the options that are honoured."""

from dataclasses import dataclass, field

from privrag_service.problems import invalid
from privrag_service.wire import ChatMessage, ChatRequest

_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
_OPTIONS = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "seed")
"""Numbers only. Texts among the options (`stop`, a JSON schema) would reach the generator as they
are, past the pseudonymizer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A chat request in our own terms (raw: it shows no text)."""

    turns: tuple[tuple[str, str], ...] = field(repr=False)
    """(role, text), oldest first; the last is the user's."""
    max_tokens: int | None
    temperature: float | None
    options: dict[str, object]
    """For plain generation: OpenAI's names, only those that were given."""

    @property
    def question(self) -> str:
        return self.turns[-1][1]

    @property
    def history(self) -> tuple[tuple[str, str], ...]:
        return self.turns[:-1]


def read_request(request: ChatRequest) -> Asked:
    """Check and convert. Raises a 400 that names the field."""
    if request.n is not None and request.n != 1:
        raise invalid("Only one choice is made for a request; leave 'n' out.", "n")
    if request.stop:
        raise invalid("'stop' is not supported.", "stop", "unsupported_parameter")
    if request.response_format is not None and request.response_format.type != "text":
        raise invalid("Only text is made.", "response_format.type", "unsupported_parameter")
    turns = tuple(
        turn
        for position, message in enumerate(request.messages)
        if (turn := _turn(message, f"messages.{position}"))[1]
    )
    last = len(request.messages) - 1
    if request.messages[last].role != "user":
        raise invalid("The last message must be the user's.", f"messages.{last}.role")
    if not _turn(request.messages[last], f"messages.{last}")[1].strip():
        raise invalid("The last message has no text.", f"messages.{last}.content")
    max_tokens = request.max_completion_tokens or request.max_tokens
    options: dict[str, object] = {
        name: value for name in _OPTIONS if (value := getattr(request, name)) is not None
    }
    if max_tokens is not None:
        options["max_tokens"] = max_tokens
    return Asked(turns, max_tokens, request.temperature, options)


def _turn(message: ChatMessage, place: str) -> tuple[str, str]:
    role = _ROLES.get(message.role)
    if role is None:
        raise invalid("A role is system, developer, user or assistant.", f"{place}.role")
    content = message.content
    if isinstance(content, list):
        texts = []
        for position, part in enumerate(content):
            if part.type != "text" or part.text is None:
                raise invalid("Only text parts are supported.", f"{place}.content.{position}")
            texts.append(part.text)
        content = "\n".join(texts)
    return role, content or ""
