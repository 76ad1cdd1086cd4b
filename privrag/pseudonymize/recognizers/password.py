"""Weak passwords: words behind a key that leaves no doubt, up to the end of the token or quote.

    password: correct-horse-battery   POSTGRES_PASSWORD=supersecret   {"pass": "letmein"}

`secret.py` finds what looks like one; what looks like a word is one only here, and manuals write of
passwords, too: `password: required`, `password: the rules are in chapter 3`, `password: str`.
"""

import re
from collections.abc import Iterator

from privrag.pseudonymize.lexicon import LETTER, words_of
from privrag.pseudonymize.matches import SECRET, DocumentText, Match

KEYWORD = (
    r"(?:passwor[dt]|passwd|kennwort|passphrase|passcode|pwd|pw|mot de passe|contraseña|wachtwoord)"
)
"""What a password is called."""
NEXT_SETTING = re.compile(r"(?i);(?=[ \t]*(?:[a-z][a-z ]{0,40}=|\Z))|[&,](?=[a-z_]{1,40}[=:])")
"""Where a value of a connection string, of a query or of a line of settings ends."""
_SURE = rf"{KEYWORD}|client[_ -]?secret|api[_ -]?key|secret[_ -]?key"
_KEY = re.compile(
    rf"(?i)(?:(?<![{LETTER}\d])|(?<=[{LETTER}\d])(?=passw|(?-i:P[aw]|Secret|ApiKey)))"
    rf"(?:(?P<key>{_SURE})|(?P<loose>pass|secret|pin))\d?(?P<close>\\?[\"'`*]{{0,3}})"
    r"(?:[ ](?:for|of|für|von|pour|de)[ ][^\s:=]{1,40}|[ ]\([^()\n]{1,30}\))?"
    r"[ \t]{0,3}(?P<sign>:=|=>|=(?![=~])|:(?![:/])|\||(?<=[ \t])(?:is|ist|lautet|est)[ :])"
    r"[ \t]{0,3}[*]{0,2}[ \t]{0,2}"
    r"(?:\\?\"(?P<double>[^\"\n\\]{3,160})\\?\"|\\?'(?P<single>[^'\n\\]{3,160})\\?'"
    r"|`(?P<ticked>[^`\n]{3,160})`|(?P<bare>[^\s\"'`|<>(\[{}][^\s\"'`|<>{}]{2,160}))"
)
_SPOKEN = re.compile(
    rf"(?i)(?<![\w-]){KEYWORD}[ ]"
    r"(?P<value>(?=[^\s\"'`|<>]{0,40}\d)(?=[^\s\"'`|<>]{0,40}[a-z])[a-z\d][^\s\"'`|<>()]{5,60})"
)
_LOGIN = re.compile(
    r"(?i)(?<![\w-])(?:log[io]n|user(?:name)?|credentials?|creds|zugang(?:sdaten)?|anmeldung|"
    r"account)[ \t]*[:=][ \t]*[^\s/:|]{2,40}[ \t]+/[ \t]+(?P<value>[^\s\"'`|<>/]{4,60})"
)
"""`login: jdoe / Winter2024`."""
_ELEMENT = re.compile(
    rf"(?i)<(?P<name>[\w:.-]{{0,30}}(?:{_SURE}))>(?P<value>[^<>\n]{{3,160}})</(?P=name)>"
)
_PASSPHRASE = re.compile(rf"[{LETTER}]+(?:[ ][{LETTER}]+){{2,11}}[ \t]*$", re.MULTILINE)
_STAND_IN = re.compile(
    r"(?i)\$\{?[a-z_]\w*\}?|\$[({].*|%\w*%|%[sd]\b.*|[<\[({:].*|(.)\1{2,}|[^\w]+|your.*|my(?:[_-]|pass|secret|pwd)\w*|"
    r"!(?:vault|secret|ref|sub|env)\b.*|(?:vault|op|secret|env|file|arn|ssm|ref|https?)[:/].*|"
    r"/(?:run|etc|var|opt|home|mnt)/.*|@\w*(?:pass|pwd|pw)\w*|ENC\(.*|change.?me|example.*|.*\.\.\."
)
_EXPRESSION = re.compile(
    r"(?i)(?:\w[\w.]*[._])?(?:password|passwd|passwort|pwd|passphrase|secret|api_?key|token)s?"
    r"|[a-z]+(?-i:(?:Password|Passwd|Pwd|Secret|Key|Token))|(?:self|this|cls|os|process|args|"
    r"opts?|options|config|cfg|settings|env|req|request|params|props|data|form|body|event|user|"
    r"secrets|vault)\.[\w.]+"
)
"""A variable: `user_password`, `self.pw`, `settings.db.pw`."""
_IN_WORDS = re.compile(
    r"(?i)\b(?:your|must|enter|please|required|optional|should|at least|characters|password|"
    r"passwor[dt]|kennwort|mot de passe|is|the|bitte|ist|forgot|reset|change|invalid|wrong|new|old|"
    r"confirm|current|repeat|show|hide|stored|saved|incorrect)\b"
)
_OF_SENTENCE = words_of("said_of_passwords.txt")
_PLAIN = re.compile(rf"[{LETTER}]+(?:['’][{LETTER}]+)?")
_HYPHENED = re.compile(rf"[{LETTER}]+(?:[-_][{LETTER}]+)+")
_GOES_ON = re.compile(rf"[ \t]+[{LETTER}\d(]")
_CALLED = frozenset("([<")
_OPENS_LINE = re.compile(r"(?:\A|\n|[,;{?&(])[ \t>*#•\-]{0,12}(?:export |set |env )?[\w.-]*\Z")
_PIN = re.compile(r"\d{4,8}")
_DATE = re.compile(r"[\d./:-]+")
_BY_NAME = words_of("no_passwords.txt")


def find_passwords(document: DocumentText) -> Iterator[Match]:
    """What is assigned to a password, a passphrase or a PIN, be it a word of every day."""
    text = document.text
    for match in _KEY.finditer(text):
        if (span := _assigned(text, match)) is not None:
            yield Match("SECRET", *span, 0.8, "password.key", SECRET)
    for match in _ELEMENT.finditer(text):
        if not is_no_password(match["value"]) and not _in_words(match, "value"):
            yield Match("SECRET", *match.span("value"), 0.8, "password.element", SECRET)
    for pattern, name in ((_SPOKEN, "spoken"), (_LOGIN, "login")):
        for match in pattern.finditer(text):
            value = match["value"].rstrip(".,;:)]*")
            if len(value) > 3 and is_mixed(value) and not is_no_password(value):
                start = match.start("value")
                yield Match("SECRET", start, start + len(value), 0.7, f"password.{name}", SECRET)


def _assigned(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """Where the value stands; None if it is none."""
    group = match.lastgroup or "bare"
    start, end = match.span(group)
    if match["loose"] and not _is_of_record(text, match):
        return None
    if group != "bare":
        return None if is_no_password(match[group]) or _in_words(match, group) else (start, end)
    if (phrase := _phrase(text, match)) is not None:
        return phrase
    value = NEXT_SETTING.split(match["bare"], maxsplit=1)[0]
    called = next((at for at, c in enumerate(value) if c in _CALLED), None)
    if called is not None and _PLAIN.fullmatch(value[:called].replace("_", "").replace(".", "")):
        return None
    value = value.rstrip(".,;:!?)]*") if value[-1] in ".,;:?)]*" else value
    end = start + len(value)
    if len(value) < 3 or is_no_password(value) or text[end : end + 1] in ("<", "(", "["):
        return None
    if match["sign"][0] not in "=:" and not (is_mixed(value) or _is_joined(value)):
        return None
    return (start, end) if _stands_alone(text, match, value, end) else None


def _is_of_record(text: str, match: re.Match[str]) -> bool:
    """`pass`, `secret` and `pin` as the key of a setting: quoted, with `=`, or opening a line."""
    word = match["loose"].casefold()
    value = match[match.lastgroup or "bare"].rstrip(".,;)]}")
    if word == "pin":
        return _PIN.fullmatch(value) is not None
    quoted = bool(match["close"].strip("*"))
    opens = _OPENS_LINE.search(text, max(0, match.start() - 60), match.start()) is not None
    return (quoted or match["sign"] == "=" or opens) and not (value.isdigit() and not quoted)


def is_no_password(value: str) -> bool:
    """Whether it is what manuals write there: a type, a variable, a place held open."""
    return (
        value.casefold().strip("*_.,:;!?") in _BY_NAME
        or _STAND_IN.fullmatch(value) is not None
        or _EXPRESSION.fullmatch(value) is not None
    )


def _in_words(match: re.Match[str], group: str) -> bool:
    """A quoted sentence of a form or a message, not a passphrase."""
    return " " in match[group] and _IN_WORDS.search(match[group]) is not None


def _phrase(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """`passphrase: ocean tiger lamp seven`, to the end of its line."""
    if not match["key"] or match["key"].casefold() != "passphrase":
        return None
    phrase = _PASSPHRASE.match(text, match.start("bare"))
    if phrase is None or any(
        word.casefold() in _BY_NAME or word.casefold() in _OF_SENTENCE for word in phrase[0].split()
    ):
        return None
    return phrase.span()


def _stands_alone(text: str, match: re.Match[str], value: str, end: int) -> bool:
    """Whether a value of letters is one, and not the first word of what is said of passwords."""
    if _HYPHENED.fullmatch(value):
        parts = re.split(r"[-_]", value.casefold())
        return _OF_SENTENCE.isdisjoint(parts) and parts[0] not in _BY_NAME
    if not _PLAIN.fullmatch(value):
        return True
    tight = match["sign"] == "=" and text[match.end("sign") : match.start("bare")] == ""
    short = (match["key"] or "").casefold() in {"pw", "pwd"}
    return tight or short or _GOES_ON.match(text, end) is None


def _is_joined(value: str) -> bool:
    """`correct-horse-battery`, and the digits of a PIN: no word of a sentence or a table."""
    return value.count("-") > 1 or _PIN.fullmatch(value) is not None


def is_mixed(value: str) -> bool:
    """Letters beside digits: not a word, a date or a number."""
    return (
        any(c.isdigit() for c in value)
        and any(c.isalpha() for c in value)
        and not _DATE.fullmatch(value)
    )
