# ruff: noqa: RUF001 - dashes and dots as people type them
"""Raw personal data by its form alone: what may not stand in text that a model wrote.

E-mail, phone, card (Luhn), IBAN (mod 97), social security number, IP address, keys and tokens. No
model and no context words: a few microseconds a word. `decoded` text goes in, so that an escaped
or interspersed value looks like any other; one in base64 or hexadecimal is read here.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from privrag.encoded_values import readable_runs
from privrag.pseudonym import LOOSE_PATTERN, is_valid, normalise
from privrag.pseudonymize.lexicon import IBAN_LENGTHS
from privrag.pseudonymize.recognizers.secret import TOKEN

_BEFORE = r"(?<![A-Za-z0-9_])(?<!\d[.,/:-])"
_AFTER = r"(?![A-Za-z0-9_]|[.,/:-]\d)"
_LOCAL = re.compile(r"[^\W_][\w.+%'&-]{0,63}\Z")
_IN_LOCAL = re.compile(r"[\w.+%'&-]")
_LONGEST_LOCAL = 64
_DOMAIN = re.compile(
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?(?:[.．]|[。｡](?=[A-Za-z]))){1,8}"  # a browser's dots
    r"[^\W\d_][\w-]{1,23}(?![\w@])"
)
_PEM = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:\s{0,4}[A-Za-z0-9+/=\\-]+)*"
    r"(?: [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?"
)
_UNBROKEN = re.compile(r"[A-Za-z0-9_\-+/=.~]*")
_SEPARATOR = r"[ ]{1,2}|[ ]?[./,_·-][ ]?|--|[ ]{0,3}\r?\n[ ]{0,3}"
_DIGIT_GROUPS = re.compile(rf"\d+(?:(?:{_SEPARATOR})\d+)*")
_GROUP = re.compile(r"\d+")
_CARD_FORMS = frozenset({(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), *((4, 4, 4, 4, n) for n in (1, 2, 3))})
_CARD_BEGINNINGS = frozenset(form[:n] for form in _CARD_FORMS for n in range(2, 6))
_CARD_SEPARATORS = re.compile(r"[ -]*")
_EVEN_GROUPS = (1, 2, 4, 8)
_CARD_ISSUERS = re.compile(r"3[0-9]|4|5[0-9]|6[0-9]|2[2-7]")
_CARD_LENGTHS = range(13, 20)
_IBAN = re.compile(r"(?i)(?<![a-z0-9_])(?=(?P<iban>[a-z]{2}\d{2}(?:[ .-]{0,2}[a-z0-9]){11,30}))")
_IBAN_LENGTHS = {code[:2]: int(code[2:]) for code in IBAN_LENGTHS}
_SSN = re.compile(
    rf"{_BEFORE}(?!000)(?:\d{{3}} ?- ?\d{{2}} ?- ?\d{{4}}|\d{{3}} \d{{2}} \d{{4}})(?!-){_AFTER}"
)
_PHONE = re.compile(
    r"(?<![A-Za-z0-9_$€£#=])(?<!\d[.,/:-])(?:"
    r"\+ ?[1-9](?:[ ()./-]{0,3}\d){7,14}"  # with its country code
    r"|00[1-9]\d(?:[ ()./-]{0,3}\d){8,12}"
    r"|(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])\d{3}[ .-]\d{4}"  # North American
    r"|0[1-9](?:[ .-]\d{2}){4}"  # French
    r"|(?:\(0[1-9]\d{1,4}\) ?[/-]? ?|0[1-9]\d{1,4} ?[ /-] ?)"  # with a trunk 0
    r"\d{2,9}(?:[ -](?!00)\d{2,9}){0,4}"
    rf"){_AFTER}"
)
_NUMBER_AFTER = re.compile(r"[ ()./-]*\d*\Z")
_MIN_PHONE_DIGITS, _MIN_TRUNK_DIGITS, _MAX_PHONE_DIGITS = 8, 9, 15
_IPV4 = re.compile(
    r"(?<![A-Za-z0-9_.-])(?P<ip>\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?![A-Za-z0-9_-]|\.\d)"
)
_IPV6 = re.compile(
    r"(?i)(?<![\w:.])(?P<ip>(?:[0-9a-f]{0,4}:){2,7}(?:[0-9a-f]{1,4}|\d{1,3}(?:\.\d{1,3}){3})?)(?![\w:])"
)
_VERSION = re.compile(
    r"(?i)(?:\bv|\bversion|\brelease|\brev\.?|\bsection|\bsec\.|§|\bclause|\bfirmware)[ \t:]*\Z"
)
_MIN_IPV6_DIGITS, _SURE_IPV6_GROUPS = 5, 4
_CALLS_VERSION = 16
_LOOK = str.maketrans({"\t": " ", "\u00a0": " ", "\u3000": " "} | dict.fromkeys("‒–—−", "-"))
_WORTH_ENCODING = frozenset({"EMAIL", "PHONE", "CARD", "IBAN", "SSN"})
_WORTH_READING = re.compile(r"[0-9@]|-----|[A-Za-z_-]{14}")


@dataclass(frozen=True, slots=True)
class RawValue:
    """A value found at `text[start:end]`; `label` is one of the entity types."""

    label: str
    start: int
    end: int
    opens_key: bool = False
    """Whether it is the beginning of a private key whose lines go on."""


Finder = Callable[[str, int], Iterator[RawValue]]


def find_values(text: str, start: int = 0) -> list[RawValue]:
    """Raw values that begin at `start` or later, in order and without overlap.

    Valid pseudonyms are no values and no parts of one.
    """
    if not _WORTH_READING.search(text, start):
        return []
    text = _without_tokens(text.translate(_LOOK))
    return _found(text, start, (*_FINDERS, _encoded))


def _plain_values(text: str) -> list[RawValue]:
    """Raw values of a text that was itself encoded: what is encoded twice stays."""
    return _found(text.translate(_LOOK), 0, _FINDERS)


def _found(text: str, start: int, finders: Iterable[Finder]) -> list[RawValue]:
    taken: list[RawValue] = []
    for find in finders:
        for value in find(text, start):
            if not any(value.start < t.end and t.start < value.end for t in taken):
                taken.append(value)
    return sorted(taken, key=lambda v: v.start)


def _without_tokens(text: str) -> str:
    """The text with a character that is in no value for each one of a pseudonym."""
    if "_" not in text:
        return text
    return LOOSE_PATTERN.sub(
        lambda m: "\0" * len(m[0]) if is_valid(normalise(m[0])) else m[0], text
    )


def _secrets(text: str, start: int) -> Iterator[RawValue]:
    for match in _PEM.finditer(text, start):
        yield RawValue("SECRET", *match.span(), opens_key="-----END " not in match[0])
    for match in TOKEN.finditer(text, start):
        end = _UNBROKEN.match(text, match.end()).end()  # type: ignore[union-attr] # may be empty
        while end > match.end() and text[end - 1] == ".":
            end -= 1
        yield RawValue("SECRET", match.start(), end)


def _emails(text: str, start: int) -> Iterator[RawValue]:
    at = text.find("@", start)
    while at >= 0:
        if _IN_LOCAL.match(text, at - 1) and (domain := _DOMAIN.match(text, at + 1)):
            local = _LOCAL.search(text, max(start, at - _LONGEST_LOCAL), at)
            if local:
                yield RawValue("EMAIL", local.start(), domain.end())
        at = text.find("@", at + 1)


def _ibans(text: str, start: int) -> Iterator[RawValue]:
    for match in _IBAN.finditer(text, start):
        length = _IBAN_LENGTHS.get(match["iban"][:2].upper())
        places = [i for i, c in enumerate(match["iban"]) if c.isalnum()]
        if length is None or len(places) < length:
            continue
        end = match.start() + places[length - 1] + 1
        compact = "".join(match["iban"][i] for i in places[:length])
        if not text[end : end + 1].isalnum() and mod_97_10.is_valid(compact[4:] + compact[:4]):
            yield RawValue("IBAN", match.start(), end)


def _cards(text: str, start: int) -> Iterator[RawValue]:
    for chain in _DIGIT_GROUPS.finditer(text, start):
        if len(chain[0]) < _CARD_LENGTHS.start or text[chain.start() - 1 : chain.start()] == "_":
            continue
        groups = [m.span() for m in _GROUP.finditer(text, *chain.span())]
        if _is_evenly_written(text, groups) and _is_card(text, *chain.span()):
            yield RawValue("CARD", *chain.span())
            continue
        for i, (low, _) in enumerate(groups):
            form: tuple[int, ...] = ()
            for start_of_group, high in groups[i : i + 5]:
                form = (*form, high - start_of_group)
                if len(form) > 1 and form not in _CARD_BEGINNINGS:
                    break
                if not _CARD_SEPARATORS.fullmatch(_between(text, low, high)):
                    break
                if (len(form) == 1 or form in _CARD_FORMS) and _is_card(text, low, high):
                    yield RawValue("CARD", low, high)


def _is_evenly_written(text: str, groups: list[tuple[int, int]]) -> bool:
    """Whether this is one number with the same separator throughout, in usual or equal groups."""
    form = tuple(high - low for low, high in groups)
    separators = {text[high:low].strip(" \t\r") or " " for (_, high), (low, _) in pairwise(groups)}
    even = form[0] in _EVEN_GROUPS and set(form[:-1]) == {form[0]} and form[-1] <= form[0]
    return len(separators) == 1 and (even or form in _CARD_FORMS)


def _between(text: str, start: int, end: int) -> str:
    return "".join(c for c in text[start:end] if not c.isdigit())


def _is_card(text: str, start: int, end: int) -> bool:
    digits = "".join(c for c in text[start:end] if c.isdigit())
    return (
        len(digits) in _CARD_LENGTHS
        and _CARD_ISSUERS.match(digits) is not None
        and luhn.is_valid(digits)
        and _stands_alone(text, start, end)
    )


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether this is no part of a word or of a decimal number."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    part = re.search(r"[A-Za-z_]\Z|\d[.,/:]\Z", before) or re.match(r"[A-Za-z_]|[.,/:]\d", after)
    return part is None


def _social_security(text: str, start: int) -> Iterator[RawValue]:
    for match in _SSN.finditer(text, start):
        yield RawValue("SSN", *match.span())


def _phones(text: str, start: int) -> Iterator[RawValue]:
    at = start
    while match := _PHONE.search(text, at):
        at = match.end()
        digits = [i for i in range(*match.span()) if text[i].isdigit()]
        if len(digits) > _MAX_PHONE_DIGITS:  # another number follows
            at = match.start() + len(_NUMBER_AFTER.sub("", text[match.start() : digits[15]]))
            digits = [i for i in digits if i < at]
        trunk = text[digits[0]] == "0" if digits else False
        if len(digits) >= (_MIN_TRUNK_DIGITS if trunk else _MIN_PHONE_DIGITS):
            yield RawValue("PHONE", match.start(), at)
        at = max(at, match.start() + 1)


def _ip_addresses(text: str, start: int) -> Iterator[RawValue]:
    """Addresses of machines: no loopback, netmask or version, and no slice of a list."""
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text, start):
            try:
                address = ipaddress.ip_address(match["ip"])
            except ValueError:
                continue
            if address.is_loopback or address.is_unspecified or address.is_multicast:
                continue
            before = text[max(0, match.start() - _CALLS_VERSION) : match.start()]
            if _looks_like_address(match["ip"]) and not _VERSION.search(before):
                yield RawValue("IP", *match.span("ip"))


def _looks_like_address(written: str) -> bool:
    if ":" not in written:
        return any(len(part) > 1 for part in written.split(".")) and not written.startswith("255.")
    groups = [group for group in written.split(":") if group]
    digits = "".join(groups)
    mixed = any(c.isalpha() for c in digits) and any(c.isdigit() for c in digits)
    return len(groups) >= _SURE_IPV6_GROUPS or (mixed and len(digits) >= _MIN_IPV6_DIGITS)


def _encoded(text: str, start: int) -> Iterator[RawValue]:
    """The whole of a run in which a value is written in base64 or hexadecimal."""
    for run in readable_runs(text, start):
        for value in _plain_values(run.text):
            if value.label in _WORTH_ENCODING:
                yield RawValue(value.label, run.start, run.end)
                break


_FINDERS: tuple[Finder, ...] = (
    _secrets,
    _emails,
    _ibans,
    _cards,
    _social_security,
    _ip_addresses,
    _phones,
)
"""The earlier wins where two find the same place."""
