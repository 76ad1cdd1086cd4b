"""Lines that are run instead of read: code blocks, shell commands, HTTP requests, agents' inputs.

A code block is prose if it names no language, or one of prose. A command goes on to the end of its
line; so does a line with a prompt (`$ ls`). The block of an agent's input ends with an empty line.
"""

import re

from privrag.outbound.place import SPACE, Place

_LANGUAGES_OF_PROSE = "text txt plain plaintext md markdown csv tsv email eml mail letter quote"
_PROSE = frozenset(_LANGUAGES_OF_PROSE.split())
_FENCE = re.compile(r"[\s>*+\-.)\d]*?(?P<fence>`{3,}|~{3,})[ \t]*(?P<language>[^\s`{,]*)")
_COMMAND = re.compile(
    r"[`$>(]*(?:curl|wget|nc|ncat|netcat|telnet|ssh|scp|sftp|rsync|socat|nslookup|xh|aria2c|iwr|irm"
    r"|Invoke-(?:WebRequest|RestMethod)|Start-BitsTransfer|certutil|sendmail|mailx|@import)"
)
_FIRST = re.compile(r"[`>(]*(?:echo|printf|sudo|export|cat|ping|dig|host)")
_METHOD = re.compile(r"[`\"'(]*(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)")
_INPUT = re.compile(
    r"[\s>*+-]*(?:(?i:action[ _]input|tool[ _](?:input|calls?|args|arguments)|function[ _]calls?)"
    r"|arguments|parameters|args|params)\**"
)
_LONGEST = 80


class CommandReader:
    """Reads word by word and line by line."""

    def __init__(self) -> None:
        self._line = ""  # its first characters
        self._word = ""
        self._prompt = False  # `$ ` begins the line
        self._command = False
        self._request = False  # the next word is what an HTTP method names
        self._input = False
        self._fence = ""
        self._code = False

    @property
    def inside(self) -> bool:
        return self._command or self._request or self._input or self._code

    @property
    def busy(self) -> bool:
        return self._prompt

    def skip(self, text: str, place: Place) -> None:
        text = "\0" if place.restored else text
        self._line = (self._line + text)[:_LONGEST]
        self._word = (self._word + text)[:_LONGEST]

    def read(self, c: str, place: Place) -> None:
        if place.paragraph_ends:
            self._input = False
        if c in SPACE:
            self._end_word(first=self._line.strip(" \t>") == self._word)
        elif self._prompt:
            self._command = self._command or c.isalpha()
            self._prompt = False
        if c == "\n":
            self._end_line(goes_on=place.escaped)
            return
        if c == ":" and _INPUT.fullmatch(self._line):
            self._input = True
        shown = "\0" if place.restored else c
        self._line = (self._line + shown)[:_LONGEST]
        if c not in SPACE:
            self._word = (self._word + shown)[:_LONGEST]

    def _end_word(self, *, first: bool) -> None:
        word, self._word = self._word, ""
        if word == "":
            return
        self._request = _METHOD.fullmatch(word) is not None
        self._prompt = first and word in ("$", "`$")
        if _COMMAND.fullmatch(word) or (first and _FIRST.fullmatch(word)):
            self._command = True

    def _end_line(self, *, goes_on: bool) -> None:
        line, self._line = self._line, ""
        self._prompt = self._request = False
        self._command = self._command and goes_on
        found = _FENCE.match(line)
        if found is None:
            return
        if self._fence == "":
            self._fence = found["fence"]
            self._code = found["language"].casefold() not in {"", *_PROSE}
        elif found["fence"].startswith(self._fence) and not found["language"]:
            self._fence, self._code = "", False
