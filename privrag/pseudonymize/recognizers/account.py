"""Accounts that the words before them give away: in logs, paths and messengers."""

import re
from collections.abc import Iterator

from privrag.pseudonymize.lexicon import (
    LETTER,
    NO_ACCOUNTS,
    PRODUCT_NAMES,
    is_ordinary_word,
    is_organisation_word,
)
from privrag.pseudonymize.matches import DocumentText, Match

_SKYPE = re.compile(
    r"(?<![\w.])live:(?:\.cid\.)?(?P<user>(?=[A-Za-z-]{0,40}[._\d])[A-Za-z0-9][\w.-]{2,60}\w)"
)
_HOME = re.compile(
    r"(?i)[/\\](?:users?|home|people|profiles?|members?|employees|staff|authors?|contacts?|u)[/\\]"
    rf"(?P<user>[{LETTER}]{{2,24}}[._-][{LETTER}]{{2,24}}(?:[._-][{LETTER}]{{2,24}})?\d{{0,4}})"
    r"(?![\w-]|\.[a-z]{2,4}\b)"
)
_FOLDER = re.compile(
    r"(?:(?:(?<![\w.~-])|(?<=/export)|(?<=/mnt)|(?<=/var))/(?:home|Users)/(?:[\w-]{1,20}\.[a-z]{2,10}/)?"
    rf"(?P<user>[{LETTER}][{LETTER}\d_-]{{1,30}}(?:\.[{LETTER}\d_-]{{2,30}}){{0,2}})"
    r"|(?i:\b[a-z]:[\\/]{1,2}|\\{1,2})"
    r"(?i:Users|Documents and Settings|Benutzer|Utilisateurs)[\\/]{1,2}"
    rf"(?P<windows>[{LETTER}][{LETTER}\d._-]{{1,30}}"
    rf"(?:[ ][{LETTER}][{LETTER}\d.-]{{1,30}}(?=[\\/])){{0,2}})"
    r")(?=[\\/\s\"'`:;,)\]}>]|\.?(?:\s|\Z))"
)
"""`/home/zquirm`, `C:\\Users\\zquirm`: the folder of one person."""
_SESSION = re.compile(
    r"\b(?:publickey|password|session (?:opened|closed)|keyboard-interactive(?:/pam)?|"
    r"authentication (?:failure|success)|[Ll]ogin|[Ll]ogout|logged (?:in|out)|sudo|su)"
    r" (?:for|by|as) (?:invalid )?(?:user )?"
    rf"(?P<user>[a-z][{LETTER}\d._-]{{2,40}})(?=[\s,;(\[]|\Z)"
)
_USER = re.compile(
    rf"(?<![\w.-])(?:user|account|login|userid|username) "
    rf"['\"]?(?P<user>[{LETTER}]{{2,24}}[._][{LETTER}]{{2,24}}\d{{0,4}})(?![\w.@(/=-])"
)
_REQUEST = re.compile(r"(?<= )(?P<user>[A-Za-z][\w.@-]{2,40}) \[\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d")
"""The third field of a web server's log is who asked."""
_TILDE = re.compile(r"(?<=/)~(?P<user>[a-z][a-z\d._-]{3,30})(?=[/?#\s\"'>)]|\Z)")
_MESSENGER = re.compile(
    r"(?i)(?<![\w.-])(?:(?P<sure>wechat|weixin|telegram|discord|slack|skype|insta(?:gram)?|twitter|"
    r"snapchat|tiktok|threema)|signal|ig|tg|fb|x)(?:[ -](?:id|handle|user(?:name)?|account))?"
    r"[ \t]{0,2}[:=][ \t]{0,2}['\"]?"
    r"(?P<user>@?(?=[\d._-]{0,20}[a-z])[a-z\d_][\w.-]{1,40}\w)(?![\w@(/=-]|:\w)"
)
"""`wechat: quirm88`; behind what is a word too (`signal`, `x`) only what looks like a handle."""
_NO_ACCOUNT = frozenset(
    {"root", "admin", "user", "guest", "ubuntu", "postgres", "git", "deploy", "nobody", "pi"}
)
"""Of these no part of a user name is; the rest of the list may be: `anna.dev`."""
_NO_PERSONS_FOLDER = NO_ACCOUNTS | PRODUCT_NAMES | {"all users", "default user"}
_OWN_ID = re.compile(
    r"(?i)\b(?:customer|client|patient|employee|member|tenant|student|subscriber|policyholder|"
    r"account holder|person|kunde|kundin|patientin|mitarbeiter(?:in)?)s?\b[^\n:;=]{0,60}?"
    r"[(\[{, ](?:id|no|nr|num|number|ref|#)[=:# ]{1,2}(?P<id>[A-Z]{0,4}-?\d{4,14})(?![\w.-]\w)"
)


def find_accounts(document: DocumentText) -> Iterator[Match]:
    """User names, and ids that stand beside a customer's name in brackets."""
    text = document.text
    if "live:" in text:
        for match in _SKYPE.finditer(text):
            yield Match("USERNAME", *match.span("user"), 0.9, "account.skype")
    for pattern in (_HOME, _SESSION, _USER, _REQUEST, _TILDE):
        for match in pattern.finditer(text):
            if _is_account(match["user"]):
                yield Match("USERNAME", *match.span("user"), 0.75, "account.user")
    yield from _folders(text)
    yield from _messengers(document)
    for match in _OWN_ID.finditer(text):
        yield Match("ID", *match.span("id"), 0.75, "account.own_id")


def _folders(text: str) -> Iterator[Match]:
    for match in _FOLDER.finditer(text):
        group = "user" if match["user"] else "windows"
        if match[group].casefold() not in _NO_PERSONS_FOLDER:
            yield Match("USERNAME", *match.span(group), 0.75, "account.folder")


def _messengers(document: DocumentText) -> Iterator[Match]:
    for match in _MESSENGER.finditer(document.text):
        user = match["user"]
        marked = user[0] == "@" or any(c.isdigit() or c == "_" for c in user)
        in_code = document.block_at(match.start()).kind == "code"
        if (marked and not in_code) if match["sure"] is None else (marked or _is_account(user)):
            yield Match("USERNAME", *match.span("user"), 0.75, "account.messenger")


def _is_account(user: str) -> bool:
    parts = re.findall(rf"[{LETTER}]+", user)
    return not any(
        is_ordinary_word(part)
        or is_organisation_word(part)
        or part.casefold() in _NO_ACCOUNT
        or part.casefold() in PRODUCT_NAMES
        for part in parts
    )
