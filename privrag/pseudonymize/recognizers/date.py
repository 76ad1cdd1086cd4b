# ruff: noqa: RUF001 - dashes as people type them
"""Dates and years; spans of time such as "three months" name no day and stay.

Months in English, German and French; the words of numbers and weekdays likewise.
"""

import re
from collections.abc import Callable, Iterator

from privrag.pseudonymize.matches import DocumentText, Match

_MONTHS = (
    r"(?:jan(?:uary|uar|vier)?|feb(?:ruary|ruar)?|f[ée]vr(?:ier)?|mar(?:ch|s)?|m[äa]rz|"
    r"apr(?:il)?|avril|may|mai|june?|juni|juin|july?|juli|juillet|aug(?:ust)?|ao[ûu]t|"
    r"sept?(?:ember|embre)?|o[ck]t(?:ober|obre)?|nov(?:ember|embre)?|"
    r"de[cz](?:ember)?|d[ée]c(?:embre)?)"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|er|\.)?"
_YEAR = r"(?:1[5-9]|20)\d{2}"
_ERA_YEAR = rf"(?:{_YEAR}|['’]\d{{2}})"
_G = r"[ \t\u00a0\n]{1,2}"
_TIME = (
    r"(?:[T ,]{1,2}(?:at )?\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:[ ]?[ap]\.?m\.?)?"
    r"(?:Z|[+-]\d{2}:?\d{2})?)"
)
_WEEKDAY = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|montag|dienstag|mittwoch|donnerstag|freitag|"
    r"samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
)
_WRITTEN = re.compile(
    rf"(?i)(?<![\w.])(?:(?:{_WEEKDAY}),?{_G}|(?:beginning|end|middle|start|spring|summer|autumn"
    rf"|winter|"
    rf"(?:first|second)[ ]half)(?:[ ]and[ ]\w+)?[ ]of[ ])?(?:"
    rf"{_DAY}(?:{_G}of)?{_G}?(?-i:(?=[A-Za-zÀ-ÿ])){_MONTHS}\b\.?(?:,?{_G}{_ERA_YEAR})?"
    rf"|{_MONTHS}\b\.?{_G}{_DAY}(?:,?{_G}{_ERA_YEAR})?"
    rf"|{_MONTHS}\b\.?,?{_G}(?:of{_G})?{_YEAR}"
    rf"|{_DAY}-{_MONTHS}-(?:{_YEAR}|\d{{2}})"
    rf"){_TIME}?(?![\w])"
)
_NUMERIC = re.compile(
    rf"(?<![\w./:+-])(?:{_YEAR}([-./])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])"
    rf"|(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|[12]\d|3[01])\2(?:{_YEAR}|\d{{2}})"
    rf"|(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.){_TIME}?(?![\w/]|[.-]\d)"
)
_LISTED_DAY = re.compile(
    rf"(?i)(?<![\w.,/-])(?P<value>(?:0?[1-9]|[12]\d|3[01]))(?=(?:,[ ]|[ ](?:and|or|to|und|"
    rf"bis|et|au)[ ]|"
    rf"[ ]?[-–‑/][ ]?)(?:(?:0?[1-9]|[12]\d|3[01])(?:,[ ]|[ ](?:and|or|to|und|bis|"
    rf"et)[ ]))?{_DAY}[ ]{_MONTHS}\b)"
)
_YEAR_BEFORE = (
    r"in|since|until|till|from|to|of|by|before|after|during|and|between|or|early|late|mid|"
    r"summer|autumn|winter|spring|year|years|class of|born|died|founded|established|around|circa|"
    r"ca\.?|about|late as|early as|im jahr|jahr|seit|bis|vor|nach|von|ab|en|depuis|avant|après|"
    r"throughout|for|edition|season|the"
)
_LISTED_MONTH = re.compile(
    rf"(?i)(?<!\w){_MONTHS}(?=(?:,[ ]{_MONTHS})*[ ](?:and|or|to|und|"
    rf"bis)[ ]{_MONTHS}[ ](?:of[ ])?{_YEAR}\b)"
)
_LISTED_YEAR = re.compile(
    rf"(?<![\w.,/-])(?:{_YEAR})(?=(?:,[ ]{_YEAR}){{0,12}},?[ ](?:and|or|to|"
    rf"und)[ ]{_YEAR}\b)|(?<=\d{{4}},[ ])(?:{_YEAR})(?=,?[ ](?:and|or|to|"
    rf"und)[ ]{_YEAR}\b)"
)
_BARE_YEAR = re.compile(
    rf"(?i)(?:(?<![\w-])(?:{_YEAR_BEFORE})[ \t\n](?:the[ ]year[s]?[ ])?|\()"
    rf"(?P<value>(?:1[89]|20)\d{{2}}(?:(?:/|[-–‑])(?:(?:1[89]|20)\d{{2}}|\d{{2}}))?)"
    rf"(?![\w%€$£°/]|[.,:-]\d|[ \t](?:{{0}}|euros?|eur|usd|dollars?|pounds?|kg|g|km|m|cm|"
    rf"mm|kwh?|mwh|v|w|mw|a|"
    rf"hz|mhz|ghz|mb|gb|kb|tb|bytes?|files?|people|persons?|pieces?|units?|items?|times|rows?|"
    rf"hours?|days?|weeks?|months?|minutes?|seconds?|metres?|meters?|miles?|words?|characters?)\b)".replace(
        "{0}", "percent"
    )
)
_YEAR_OF_WORK = re.compile(
    rf"(?<![\w./-])(?P<value>{_YEAR})(?=[ ](?:[A-Z][a-z]+[ ])?[a-z-]+[ ](?:film|movie|"
    rf"album|novel|book|report|study|census|election|season|model|edition)\b)"
)


_COUNT = (
    r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|eighteen|"
    r"twenty(?:-\w+)?|thirty|forty)"
)
_SPAN = rf"{_COUNT}[ -](?:and[ ]a[ ]half[ ])?(?:years?|months?|weeks?|days?|hours?)"
_TERM = re.compile(
    rf"(?i)(?<![\w-])(?:{_SPAN}['’]?s?(?:,?[ ]and[ ]|,[ ])?){{1,3}}"
    r"(?=[ ]?(?:(?:of[ ])?(?:imprisonment|detention)|(?:in[ ])?prison|custody|probation|sentence|"
    r"['’]s?[ ]imprisonment|contract|imposed))"
    rf"|(?i:sentenced[ ](?:\w+[ ]){{0,3}}?to|sentence[ ]of|served|debarred[ ](?:\w+[ ]){{1,4}}for|"
    rf"suspen\w+[ ](?:\w+[ ]){{0,5}}for|worked[ ](?:\w+[ ]){{0,3}}for|employed[ ]for)"
    rf"[ ](?P<value>{_SPAN}['’]?s?(?:[ ]and[ ]{_SPAN}['’]?s?)?)"
)
"""How long somebody was sentenced, employed or suspended; other spans of time name nobody."""


_OF_TIME = re.compile(
    rf"(?i)(?<![\w-])(?:{_SPAN}['’]?(?:[ ]and[ ])?){{1,2}}(?<![ ])(?!\w)"
    r"(?![ ]?-?(?:old|of age|limit|time-limit|period)\b)"
)
_SENTENCE_STOP = re.compile(r"[.!?](?:\s|\Z)|\n")
_SOMEBODY = re.compile(
    r"(?i)\b(?:s?he|him|his|her|hers|i|my|mrs?|ms|(?:applicant|employee|patient|tenant|claimant"
    r"|plaintiff|"
    r"defendant|accused|suspect|worker|pupil|student|child|mother|father|husband|wife)s?)\b"
)


def find_dates(document: DocumentText) -> Iterator[Match]:
    """Dates and years, and spans of time where a sentence speaks of somebody."""
    for name, pattern, accept, score in _RULES:
        for match in pattern.finditer(document.text):
            group = "value" if match.groupdict().get("value") else 0
            if accept(match[group]):
                yield Match("DATE", *match.span(group), score, f"date.{name}")

    yield from _spans(document)


def _spans(document: DocumentText) -> Iterator[Match]:
    """`fifteen years` in a sentence that speaks of somebody."""
    text = document.text
    for match in _OF_TIME.finditer(text):
        start = max(text.rfind(". ", 0, match.start()), text.rfind("\n", 0, match.start())) + 1
        stop = _SENTENCE_STOP.search(text, match.end())
        end = stop.start() if stop else len(text)
        if _SOMEBODY.search(text, max(start, match.start() - 300), min(end, match.end() + 300)):
            yield Match("DATE", *match.span(), 0.4, "date.span")


def _has_digit(value: str) -> bool:
    return any(c.isdigit() for c in value)


def _is_date(value: str) -> bool:
    """Day and month in one order or the other: `24.12.2012`, `12/24/2012`, not `31.31.99`."""
    numbers = [int(n) for n in re.findall(r"\d+", value)[:3]]
    if len(numbers) > 2 and numbers[0] > 31:
        return numbers[1] <= 12
    return numbers[0] <= 12 or numbers[1] <= 12


_RULES: tuple[tuple[str, re.Pattern[str], Callable[[str], object], float], ...] = (
    ("written", _WRITTEN, _has_digit, 0.8),
    ("numeric", _NUMERIC, _is_date, 0.75),
    ("listed", _LISTED_DAY, bool, 0.6),
    ("listed", _LISTED_MONTH, bool, 0.6),
    ("listed", _LISTED_YEAR, bool, 0.6),
    ("year", _BARE_YEAR, bool, 0.6),
    ("year", _YEAR_OF_WORK, bool, 0.5),
    ("term", _TERM, bool, 0.5),
)
"""(name, pattern, what a match must be, score); a group `value` is the date, else all of it."""
