"""Chats: who speaks in front of each line, and how the others call them.

    [10:02] zolta.quirm: hi, I'm Zolta        10:03 - Zolta Quirm: hello
    [10:03] agent_bram: your full name?       zolta quirm-tann, 6 mill rd

Exports put `~ ` before those who are not among the contacts: `[10:04] ~ Bram Tann: hi all`.
A log has such lines too (`[10:02] main: started`), so a chat is only what people say: somebody
asks, greets or speaks of himself. What a speaker's name is made of is a name in all of the text.
"""

import re
from collections import Counter
from collections.abc import Iterator

from privrag.pseudonymize.lexicon import (
    LETTER,
    PRODUCT_NAMES,
    fold,
    is_given_name,
    is_never_name,
    is_ordinary_word,
    is_organisation_word,
)
from privrag.pseudonymize.matches import DocumentText, Match

_TIME = (
    r"(?:\d{1,4}[-./]\d{1,2}[-./]\d{1,4},?[ T])?\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d{1,6})?)?"
    r"(?:[ ]?[APap]\.?[Mm]\.?)?Z?"
)
_LINE = re.compile(
    rf"(?m)^[ \t>*-]{{0,6}}(?:(?P<time>[\[(]?{_TIME}[\])]?)[ \t,–-]{{0,4}})?"
    rf"(?P<open>[<*_]{{0,2}})(?:~[ \u00a0]?|@)?(?P<speaker>[{LETTER}][{LETTER}\d._'’-]{{1,40}}"
    rf"(?:[ ][{LETTER}][{LETTER}.'’-]{{0,24}}){{0,3}})"
    rf"(?:[ ]\([^()\n]{{1,24}}\))?[>*_]{{0,2}}(?:[ ]?:[>*_]{{0,2}}|(?<=>))[ \t]{{1,3}}"
    r"(?P<said>[^\n]{1,600})"
)
_SPEECH = re.compile(
    r"(?i)\?(?:\s|\Z)|\b(?:i|i'm|im|i’m|me|my|you|your|we|hi|hello|hey|thanks|thank|thx|please|pls|ok|"
    r"okay|yes|yep|bye|sorry|lol|ich|du|sie|mein|hallo|danke|bitte|ja|je|tu|vous|mon|bonjour|salut|merci|"
    r"oui)\b"
)
_LEVEL = re.compile(r"\b(?:TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|NOTICE|SEVERE|CRITICAL)\b")
_NO_SPEAKER = re.compile(
    r"(?i)(?:(?:the|an?|our)[ ])?(?:agent|bot|system|support|user|assistant|customer|client|"
    r"me|you|admin|moderator|operator|chatbot|ai|human|unknown|anonymous|guest|server|info|note|warning|error|debug|q|a|"
    r"question|answer|todo|re|subject|date|time|from|to|cc|https?)(?:[ _-]?\d{1,4})?"
)
_PART = re.compile(rf"[{LETTER}]+(?:['’][{LETTER}]+)?")
_WORD = re.compile(
    rf"(?<![{LETTER}\d_@/\\.-])[{LETTER}]{{3,}}(?![{LETTER}\d_@/\\]|[.-][{LETTER}\d])"
)
_ASKS_NAME = re.compile(
    r"(?i)\b(?:your|full|first|last|whole|complete) (?:full )?name\b|\bihr name\b"
)
_ANSWER = re.compile(
    rf"(?:(?i:it'?s|it is|this is|my name is|i'?m|i am|sure|yes|ok)[,:]?[ ]){{0,2}}"
    rf"(?P<name>[{LETTER}][{LETTER}'’-]{{1,24}}(?:[ ][{LETTER}][{LETTER}.'’-]{{0,24}}){{1,3}})"
    r"(?=[ ]*(?:[,.;!\n]|\Z))"
)
_CALLED = re.compile(
    rf"(?:\b(?i:i'?m|i’m|i am|this is|it'?s|hi|hello|hey|hallo|dear|thanks|thank you|thx|bye|lg|vg|"
    rf"got it|ok|sorry|liebe|lieber),?[ ])(?P<name>[{LETTER}][{LETTER}]{{2,20}})"
    rf"(?=[ ]?(?:[,.!?;)]|\Z|\n|[^\w\s]))"
)
_LEAST_LINES, _LEAST_SPEECH = 2, 2
_ANSWERS_WITHIN = 2


def find_chat(document: DocumentText) -> Iterator[Match]:
    """Speakers, what they are called in the text, and full names that somebody asked for."""
    text = document.text
    if ": " not in text and "> " not in text:
        return
    lines = [m for m in _LINE.finditer(text) if _may_speak(m["speaker"])]
    timed = [m for m in lines if m["time"]]
    often = Counter(m["speaker"] for m in lines)
    lines = timed if len(timed) >= _LEAST_LINES else [m for m in lines if _is_sure(m, often)]
    if len(lines) < _LEAST_LINES or not _is_chat(lines):
        return
    names: set[str] = set()
    for line in lines:
        speaker = line["speaker"]
        if _NO_SPEAKER.fullmatch(speaker):
            continue
        parts = _PART.findall(speaker)
        label = "PERSON" if " " in speaker or speaker.istitle() else "USERNAME"
        yield Match(label, *line.span("speaker"), 0.85, "chat.speaker")
        names.update(fold(p) for p in parts if _is_name(p))
    for line in lines:
        yield from _called(line)
    yield from _answers(text, lines)
    for word in _WORD.finditer(text) if names else ():
        if fold(word[0]) in names and (word[0][0].isupper() or not is_ordinary_word(word[0])):
            yield Match("PERSON", *word.span(), 0.6, "chat.speaker_called")


def _may_speak(speaker: str) -> bool:
    """Not a level or a label: a user name with a sign in it, or words with a name among them."""
    if _LEVEL.search(speaker):
        return False
    return _NO_SPEAKER.fullmatch(speaker) is not None or any(map(_is_name, _PART.findall(speaker)))


def _is_sure(line: re.Match[str], often: Counter[str]) -> bool:
    """Without a time: `<zquirm> hi`; who has a given name, or a role, and speaks more than once."""
    speaker = line["speaker"]
    given = any(is_given_name(p) for p in _PART.findall(speaker))
    if line["open"] == "<":
        return True
    return often[speaker] > 1 and (given or _NO_SPEAKER.fullmatch(speaker) is not None)


def _is_chat(lines: list[re.Match[str]]) -> bool:
    speech = sum(_SPEECH.search(line["said"]) is not None for line in lines)
    levels = sum(_LEVEL.search(line[0]) is not None for line in lines)
    return speech >= _LEAST_SPEECH and speech * 3 >= len(lines) and not levels


def _is_name(part: str) -> bool:
    return (
        len(part) > 2
        and not is_never_name(part)
        and not is_organisation_word(part)
        and not (is_ordinary_word(part) and not is_given_name(part))
        and part.casefold() not in PRODUCT_NAMES
        and _NO_SPEAKER.fullmatch(part) is None
    )


def _called(line: re.Match[str]) -> Iterator[Match]:
    """`I'm Zolta`, `Hello Zolta!`; in lower case only a known given name."""
    for match in _CALLED.finditer(line.string, *line.span("said")):
        word = match["name"]
        if (
            _is_name(word)
            and not is_ordinary_word(word)
            and (word.istitle() or is_given_name(word))
        ):
            yield Match("PERSON", *match.span("name"), 0.7, "chat.called")


def _answers(text: str, lines: list[re.Match[str]]) -> Iterator[Match]:
    """The name, in any case, with which the next lines begin after somebody asked for it."""
    for index, line in enumerate(lines):
        if not _ASKS_NAME.search(line["said"]) or "?" not in line["said"]:
            continue
        for answer in lines[index + 1 : index + 1 + _ANSWERS_WITHIN]:
            match = _ANSWER.match(text, answer.start("said"), answer.end("said"))
            if match is None or answer["speaker"] == line["speaker"]:
                continue
            words = _PART.findall(match["name"])
            if not any(map(is_ordinary_word, words)):
                yield Match("PERSON", *match.span("name"), 0.9, "chat.answer")
                break
