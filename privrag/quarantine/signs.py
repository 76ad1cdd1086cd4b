"""Signs that a sentence speaks to the model that reads it, in several languages.

A sure sign is enough to take a sentence out. A slight one, which ordinary prose has too ("answer
only with yes or no"), counts once a kind; two kinds in one sentence are enough. They match the
views of `views.py`: lower case (`ss` for a sharp s), a space or line end between words.

In the patterns a blank stands for white space, `~` for up to 90 characters of the same sentence,
and `{NAME}` for one of `_WORDS`.
"""

import re
from dataclasses import dataclass

from privrag.quarantine.signs_english import ENGLISH
from privrag.quarantine.signs_other import OTHER_LANGUAGES

TAINTS = frozenset(("override", "persona", "reveal", "exfiltrate", "refuse", "address", "wording"))
"""Kinds of which a sure sign makes its whole document suspect. Questions with answers, and what an
answer must be, stand in ordinary papers too."""

_WORDS = {
    "IGNORE": (
        r"(?:ignor(?:e|ing)|disregard(?:ing)?|forget|overrid(?:e|ing)|"
        r"do not (?:follow|obey|use)|don't (?:follow|obey)|must not (?:follow|obey)|"
        r"stop (?:following|obeying)|pay no attention to)"
    ),
    "DROP": r"(?:drop|discard|abandon|cancel|neglect|bypass|set aside)",
    "BEFORE": r"(?:previous(?:ly)?|prior|above|earlier|preceding|foregoing|former|past|existing|"
    r"original|initial)",
    "ORDERS": r"(?:instructions?|prompts?|directives?|guidelines?|commands?|orders|directions|"
    r"system messages?|programming|training|guardrails?|constraints|restrictions)",
    "MODEL": r"(?:a\.?i\.?|llms?|(?:large )?language models?|chat ?bots?|(?:ai|virtual|digital) "
    r"assistants?|ai (?:systems?|models?|agents?|readers?)|"
    r"(?:answering|reading|reader) models?|(?:chat)?gpt(?:-?\d\w*)?|copilots?|sprachmodell|die ki|"
    r"mod[eè]le de langage|l'ia)",
    "ASSISTANT": r"(?:assistants?|bots?|models?|agents?|assistenten?|assistante?s?|mod[eè]les?|"
    r"automated (?:readers?|systems?))",
    "SAY": r"(?:answer|respond|reply|say|output|print|write|repeat)",
    "REPLY": r"(?:answer|response|reply|output|completion)",
    "SOURCES": r"(?:documents?|passages?|context|sources?|files?|texts?|information)",
    "ONLY": r"(?:only|exactly|solely|just|simply|always|exclusively|nothing but|verbatim)",
    "SHOW": r"(?:reveal|print|show|repeat|output|disclose|display|list|dump|leak|recite|quote|"
    r"write(?: out| down)?|tell(?: me| us)?|give(?: me| us)?|echo)",
}

_SIGNS = (*ENGLISH, *OTHER_LANGUAGES)

SQUEEZED = re.compile(
    r"(?:ignore|disregard|forget)(?:all|any|the|of)*(?:your|previous|prior|above|earlier|preceding)+"
    r"(?:instructions?|rules|directives?|guidelines|prompts?|commands?)"
)
"""For letters set apart, whose words run together."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One pattern and what it says."""

    kind: str
    weight: int
    pattern: re.Pattern[str]


def _compiled(source: str) -> re.Pattern[str]:
    for name, words in _WORDS.items():
        end = "" if name == "MODEL" else r"\b"  # `a.i.` ends in a stop
        source = source.replace(f"{{{name}}}", rf"\b{words}{end}")
    source = source.replace("~", r"[^.!?]{0,90}?").replace(" ?", r"\s?").replace(" ", r"\s")
    return re.compile(source, re.MULTILINE)


SIGNS = tuple(Sign(kind, weight, _compiled(source)) for kind, weight, source in _SIGNS)
_COMMON = (
    "about after alle alles been dass deine each eine from have ihre jede nach that them "
    "there they this those vous votre toutes todas todos tutte tutti were what when where "
    "which whenever with wenn your quand file files first text texts information questions "
    "question mention does hoch sont sera doit muss soll darf lautet"
)
VOCABULARY = frozenset(
    word
    for source in (*_WORDS.values(), *(source for kind, _, source in _SIGNS if kind != "form"))
    for word in re.findall(r"(?<!\\)[^\W\d_]{4,}", source)
) - frozenset(_COMMON.split())
"""What a question must name to ask for an order; what stands in a pattern's gap is not here."""
