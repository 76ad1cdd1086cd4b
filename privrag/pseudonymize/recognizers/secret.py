"""Keys, tokens and passwords. A match inside an unbroken token widens to the whole token."""

import re
from collections.abc import Iterator

from privrag.pseudonymize.matches import SECRET, DocumentText, Match
from privrag.pseudonymize.recognizers.password import NEXT_SETTING
from privrag.pseudonymize.recognizers.random_token import find_random_tokens

_FORMS = {
    "aws": r"(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AIPA|ANPA|ANVA|APKA|AROA|ASCA)[0-9A-Z]{16}\b",
    "github": r"gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{22,255}",
    "gitlab": r"gl(?:pat|ptt|dt|rt|cbt|ft|imt|agent|soat|oas|ffct)-[A-Za-z0-9_-]{20,}",
    "slack": r"xox[abeoprs]-[A-Za-z0-9-]{10,250}|xapp-\d-[A-Za-z0-9-]{20,250}",
    "openai": r"sk-(?:proj-|ant-|live-|svcacct-)?[A-Za-z0-9_-]{20,250}",
    "stripe": r"[rsp]k_(?:live|test)_[A-Za-z0-9]{16,250}|whsec_[A-Za-z0-9+/=]{24,250}",
    "google": r"AIza[0-9A-Za-z_-]{35}|GOCSPX-[A-Za-z0-9_-]{20,40}|ya29\.[A-Za-z0-9_-]{20,2000}"
    r"|1//0[A-Za-z0-9_-]{30,250}",
    "hf": r"hf_[A-Za-z0-9]{30,}|r8_[A-Za-z0-9]{37}|gsk_[A-Za-z0-9]{40,60}|xai-[A-Za-z0-9]{60,90}"
    r"|pplx-[A-Za-z0-9]{40,60}",
    "npm": r"npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,}|rubygems_[a-f0-9]{48}"
    r"|dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,40}",
    "jwt": r"eyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,20000}\.[A-Za-z0-9_-]{10,}",
    "twilio": r"(?:SK|AC)[0-9a-f]{32}(?![A-Za-z0-9])",
    "mail": r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}|key-[0-9a-f]{32}(?![A-Za-z0-9])"
    r"|xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}",
    "discord": r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}",
    "cloud": r"do[opr]_v1_[a-f0-9]{64}|dapi[a-f0-9]{32}(?:-\d)?|HRKU-[A-Za-z0-9_-]{30,80}"
    r"|v1\.0-[a-f0-9]{24}-[a-f0-9]{100,200}|hv[sbr]\.[A-Za-z0-9_-]{20,250}"
    r"|pul-[a-f0-9]{40}"
    r"|dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9.]{40,64}|sbp_[a-f0-9]{40}"
    r"|pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,64}",
    "service": r"shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}|sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,43}"
    r"|lin_api_[A-Za-z0-9]{40}|ntn_[A-Za-z0-9]{40,50}|pat[A-Za-z0-9]{14}\.[a-f0-9]{64}"
    r"|figd_[A-Za-z0-9_-]{40}|PMAK-[a-f0-9]{24}-[a-f0-9]{34}|NRAK-[A-Z0-9]{27}"
    r"|gl(?:sa|c)_[A-Za-z0-9_+/=]{32,250}|sntry[su]_[A-Za-z0-9_+/=]{32,250}"
    r"|ATATT3[A-Za-z0-9_=-]{60,250}|AGE-SECRET-KEY-1[A-Z0-9]{58}|sl\.[A-Za-z0-9_-]{100,250}",
}
"""Documented forms of keys and tokens, by who issues them."""
TOKEN = re.compile(
    rf"(?<![A-Za-z0-9])(?:{'|'.join(f'(?P<{name}>{form})' for name, form in _FORMS.items())})"
)
_MARKED = {
    "Q~": re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}"),
    "AZDO": re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}(?![A-Za-z0-9])"),
    ".atlasv1.": re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}"),
    "-us": re.compile(r"(?<![A-Za-z0-9])[0-9a-f]{32}-us\d{1,2}(?!\w)"),
}
"""Forms whose beginning is any word: sought only in a text that has their mark."""
_TELEGRAM = re.compile(r"(?<![A-Za-z0-9])\d{8,10}:(?P<value>[A-Za-z0-9_-]{35})(?![A-Za-z0-9_-])")
_WEBHOOK = re.compile(
    r"(?i)https://(?:hooks\.slack\.com/(?:services|workflows|triggers)/"
    r"|(?:\w{1,10}\.)?discord(?:app)?\.com/api/(?:v\d{1,2}/)?webhooks/"
    r"|[\w.-]{1,80}\.webhook\.office\.com/webhookb2/)(?P<value>[A-Za-z0-9_/@-]{20,400})"
)
_QUERY = re.compile(
    r"(?i)[?&](?:amp;)?(?:key|code|sig|signature|auth|api[_-]?key|subscription-key|access_token"
    r"|refresh_token|id_token|client_secret|x-amz-signature|x-amz-security-token|x-goog-signature)"
    r"=(?P<value>[A-Za-z0-9%+/=_.~-]{16,2000})"
)
_PEM = re.compile(
    r"-----BEGIN (?P<kind>[A-Z0-9 ]{0,40}PRIVATE KEY(?: "
    r"BLOCK)?)-----(?:(?!-----BEGIN)[\s\S]){0,20000}?-----END (?P=kind)-----"
    r"|-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:\s*[A-Za-z0-9+/=]{16,})*"
)
_ASSIGNED = re.compile(
    r"(?i)(?=[acefhklmpstw])(?P<key>(?:password|passwd|passwort|kennwort|passphrase|pwd|"
    r"(?<![a-z])(?:pw|psk)|pre-?shared[_ -]key|mot de passe|contraseña|wachtwoord|"
    r"secret(?:[_ -]?(?:access[_ -]?)?key)?|api[_ -]?key|api[_ -]?token"
    r"|access[_ -]?(?:key|token)|auth[_ -]?token|bearer[_ -]?token|client[_ -]?secret|"
    r"(?:private|encryption|signing|master|shared|storage|account|licen[cs]e|activation|webhook|"
    r"function|subscription|primary|secondary|host|sharedaccess|shared access)[_ -]?key|"
    r"shared[_ -]?access[_ -]?signature|credentials?|token))['\"`*]{0,3}"
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
_VALUES = (
    ("url", _URL_PASSWORD),
    ("bearer", _BEARER),
    ("telegram", _TELEGRAM),
    ("webhook", _WEBHOOK),
    ("query", _QUERY),
)
"""Name and pattern with a group `value`."""
_UNBROKEN = re.compile(r"[A-Za-z0-9_\-+/=.~]+")


def find_secrets(document: DocumentText) -> Iterator[Match]:
    """Secrets by their form, and what is assigned to a password, token or key."""
    text = document.text
    for match in TOKEN.finditer(text):
        start, end = _widen(text, match.start(), match.end())
        yield Match("SECRET", start, end, 1.0, f"secret.{match.lastgroup}", SECRET)
    for mark, form in _MARKED.items():
        for match in form.finditer(text) if mark in text else ():
            yield Match("SECRET", match.start(), match.end(), 1.0, "secret.marked", SECRET)
    for match in _PEM.finditer(text):
        yield Match("SECRET", match.start(), match.end(), 1.0, "secret.pem", SECRET)
    for name, pattern in _VALUES:
        for match in pattern.finditer(text):
            if not _PLACEHOLDER.fullmatch(match["value"]):
                yield Match("SECRET", *match.span("value"), 0.9, f"secret.{name}", SECRET)
    yield from _assigned(text)
    for start, end, named in find_random_tokens(text):
        yield Match("SECRET", start, end, 0.8 if named else 0.6, "secret.random", SECRET)


def _assigned(text: str) -> Iterator[Match]:
    """What stands behind `password=`, `token: ` and the like, as far as the next setting."""
    for match in _ASSIGNED.finditer(text):
        value = NEXT_SETTING.split(match["value"], maxsplit=1)[0].rstrip(".,;:)]}>*")
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
