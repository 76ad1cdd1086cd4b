"""Keys, tokens and passwords. A match inside an unbroken token widens to the whole token."""

import re
from collections.abc import Iterator

from privrag.pseudonymize.matches import SECRET, DocumentText, Match

TOKEN = re.compile(
    r"(?P<aws>(?<![A-Za-z0-9])(?:AKIA|ASIA|AGPA|AIDA|AROA)[0-9A-Z]{16}\b)"
    r"|(?P<github>(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{22,255}))"
    r"|(?P<gitlab>(?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{20,})"
    r"|(?P<slack>(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,250})"
    r"|(?P<openai>(?<![A-Za-z0-9])sk-(?:proj-|ant-|live-|svcacct-)?[A-Za-z0-9_-]{20,250})"
    r"|(?P<stripe>(?<![A-Za-z0-9])[rsp]k_(?:live|test)_[A-Za-z0-9]{16,250})"
    r"|(?P<google>(?<![A-Za-z0-9])AIza[0-9A-Za-z_-]{35})"
    r"|(?P<hf>(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,})|(?P<npm>(?<![A-Za-z0-9])(?:npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,}))"
    r"|(?P<jwt>(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,20000}\.[A-Za-z0-9_-]{10,})"
)
_PEM = re.compile(
    r"-----BEGIN (?P<kind>[A-Z0-9 ]{0,40}PRIVATE KEY(?: "
    r"BLOCK)?)-----(?:(?!-----BEGIN)[\s\S]){0,20000}?-----END (?P=kind)-----"
    r"|-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:\s*[A-Za-z0-9+/=]{16,})*"
)
_ASSIGNED = re.compile(
    r"(?i)(?P<key>(?:password|passwd|passwort|kennwort|passphrase|pwd|"
    r"secret(?:[_ -]?key)?|api[_ -]?key|api[_ -]?token"
    r"|access[_ -]?(?:key|token)|auth[_ -]?token|bearer[_ -]?token|client[_ -]?secret|"
    r"private[_ -]?key|token))['\"`*]{0,3}"
    r"(?:[ \t]*(?::=|=>|=|:)[ \t]*|[ \t]+(?:is|lautet|"
    r"ist)[: \t]+)[*]{0,2}(?P<quote>['\"`]?)(?P<value>[^\s'\"`|]{6,300})"
)
_BEARER = re.compile(
    r"(?i)\bauthorization:[ \t]*(?:bearer|basic|token)[ \t]+(?P<value>[A-Za-z0-9._~+/=-]{8,2000})"
)
_URL_PASSWORD = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,64}:(?P<value>[^\s/@]{3,128})@")
_PLACEHOLDER = re.compile(
    r"(?i)<.*|\$\{?.*|\{\{?.*|%.*%|\[.*|\(.*|\*+|x{3,}|\.{3,}|your.*|my.*|change.?me|"
    r"example.*|placeholder|secret|password|passwort|token|none|null|true|false"
    r"|string|required|optional|undefined|bool(?:ean)?|str|int|text|see|the|an?|not|must|will|"
    r"can|was|were|has|have|admin|user|guest|root|demo|test|default|invalid|expired|missing|"
    r"incorrect|wrong"
)
_UNBROKEN = re.compile(r"[A-Za-z0-9_\-+/=.~]+")


def find_secrets(document: DocumentText) -> Iterator[Match]:
    """Secrets by their form, and what is assigned to a password, token or key."""
    text = document.text
    for match in TOKEN.finditer(text):
        start, end = _widen(text, match.start(), match.end())
        yield Match("SECRET", start, end, 1.0, f"secret.{match.lastgroup}", SECRET)
    for match in _PEM.finditer(text):
        yield Match("SECRET", match.start(), match.end(), 1.0, "secret.pem", SECRET)
    for match in _URL_PASSWORD.finditer(text):
        if not _PLACEHOLDER.fullmatch(match["value"]):
            yield Match(
                "SECRET", match.start("value"), match.end("value"), 0.9, "secret.url", SECRET
            )
    for match in _BEARER.finditer(text):
        yield Match(
            "SECRET", match.start("value"), match.end("value"), 0.9, "secret.bearer", SECRET
        )
    for match in _ASSIGNED.finditer(text):
        value = match["value"].rstrip(".,;:)]}>*")
        if len(value) >= 6 and not _PLACEHOLDER.fullmatch(value) and _looks_secret(match, value):
            start = match.start("value")
            yield Match("SECRET", start, start + len(value), 0.8, "secret.assigned", SECRET)


def _looks_secret(match: re.Match[str], value: str) -> bool:
    """A value of letters only may be prose ("password: optional"), unless it is quoted."""
    mixed = any(c.isdigit() for c in value) or any(
        not c.isalnum() and c not in "-_./" for c in value
    )
    odd_case = any(c.isupper() for c in value[1:]) and not value.isupper()
    return mixed or odd_case or bool(match["quote"] and value.isalnum())


def _widen(text: str, start: int, end: int) -> tuple[int, int]:
    left = start
    while left > 0 and start - left < 200 and (text[left - 1].isalnum() or text[left - 1] in "_-"):
        left -= 1
    right = _UNBROKEN.match(text, end)
    stop = end if right is None else right.end()
    while stop > end and text[stop - 1] == ".":
        stop -= 1
    return left, stop
