"""Passwords and codes as a help desk writes them, and on command lines: no key with a colon.

I reset your password to Summer2024!     use Summer2024! as your password     PIN 4471
curl -u anna:S3cret https://...          mysql -u root -pS3cret               door code 8852#
"""

import re
from collections.abc import Iterator, Sequence

from privrag.pseudonymize.matches import SECRET, DocumentText, Match, lines_with
from privrag.pseudonymize.recognizers.password import KEYWORD, is_mixed, is_no_password

_SIGN = re.compile(rf"(?i){KEYWORD}")
_BETWEEN = (
    r"(?:has|have|had|been|was|were|is|be|got|gets|will|you|your|the|a|new|temporary|temp|initial|"
    r"now|again|today|just|yesterday|manually|successfully|reset|re-set|resetted|changed|updated|"
    r"set|switched|rotated|back|for|of|this|wurde|ist|habe|haben|jetzt|neu|neues|geändert|"
    r"zurückgesetzt|gesetzt|lautet|für|von|été|est|réinitialisé|changé|modifié|pour|de|"
    r"(?<=for )[\w.@+-]{2,40}|(?<=für )[\w.@+-]{2,40}|(?<=pour )[\w.@+-]{2,40})"
)
_VALUE = (
    r"(?:[\"“„'‘`«][ ]?(?P<quoted>[^\s\"“”„'’`«»]{4,80})[ ]?[\"”“'’`»]|"
    r"(?P<bare>[^\s\"'`|<>(){}]{5,80}))"
)
_SENTENCES = (
    re.compile(
        rf"(?i)(?<![\w-]){KEYWORD}(?:[ ]{_BETWEEN}){{0,6}}[ ]"
        rf"(?:to(?: be)?|as|auf|in|zu|à|en|now|jetzt|désormais)[ \t]?:?[ \t]{{1,2}}{_VALUE}"
    ),
    re.compile(rf"(?i)(?<![\w-]){KEYWORD}[ \t]{{0,2}}(?:->|→|=>|–|—)[ \t]{{0,2}}{_VALUE}"),
    re.compile(
        rf"(?i)(?<![\w-])(?:use|using|with|enter|type|try|set|nimm|mit)[ ]{_VALUE}[ ]"
        rf"(?:as|for|als|comme)[ ](?:(?:the|your|his|her|my|a|their|das|ihr|dein|neues|new|"
        rf"temporary|temp|initial)[ ]){{0,3}}{KEYWORD}\b"
    ),
)
_OPTION = re.compile(
    r"(?<![\w-])(?:-u|--user|--proxy-user|-p|-a|--auth|-w|-U|--password|--pass|/p:)"
)
_OPTIONS = (
    re.compile(
        r"\b(?:curl|wget|https?|xh|httpie)\b[^\n]{0,200}?"
        r"[ ](?:-u|--user|--proxy-user|-a|--auth)[ =]?"
        r"[\"']?[^\s:\"'/]{1,64}:(?P<value>[^\s\"']{3,80})"
    ),
    re.compile(
        r"(?:\b(?:mysql|mariadb)(?:dump|admin|import|-dump|sh|check)?\b[^\n|]{0,160}?[ ]-p"
        r"|\b(?:sshpass|(?:docker|podman|oc|az|helm registry) login|mongo(?:sh|dump)?|psexec)"
        r"\b[^\n|]{0,160}?[ ]-p[ =]?"
        r"|\bredis-cli\b[^\n|]{0,160}?[ ]-a[ ]"
        r"|\bldap(?:search|modify|add|passwd|delete|whoami)\b[^\n|]{0,160}?[ ]-w[ ]?"
        r"|\b(?:smbclient|rpcclient|net)\b[^\n|]{0,120}?[ ]-U[ ]?[^\s%]{1,40}%"
        r"|\bx?freerdp\b[^\n|]{0,120}?[ ]/p:|(?<=[ ])--pass(?:word)?[ ])"
        r"(?:\"(?P<double>[^\"\n]{3,80})\"|'(?P<single>[^'\n]{3,80})'|"
        r"(?P<bare>[^\s\"'|;&-][^\s\"'|;&]{2,80}))"
    ),
)
_DIGITS = re.compile(r"\d{4}|\d-\d")
_CODES = (
    re.compile(
        r"(?<![\w-])(?:PIN|(?i:(?:my|your|his|her|their|new|card|sim|voicemail|phone|bank)[ ]pin))"
        r"(?i:[ -]?(?:code|number|no\.?|nr\.?))?"
        r"[ \t]{0,2}(?i:(?:is|was|ist|lautet|to)\b|[:=#])?"
        r"[ \t]{0,2}(?P<value>\d{4,8}[#*]?)(?![\w%€$]|[.,/:-]\d)"
    ),
    re.compile(
        r"(?i)(?<![\w-])(?:(?:door|gate|alarm|entry|entrance|access|safe|vault|lock|locker|padlock|"
        r"keypad|garage|building|key ?box|lock ?box|intercom|unlock|wi-?fi|voicemail|elevator|lift)"
        r"[ -]?(?:pin[ -]?)?(?:codes?|combination|pin)|"
        r"(?:tür|tor|alarm|zugangs|zutritts|schließfach|safe|tresor|haus|entsperr)-?(?:code|pin)|"
        r"code (?:de la porte|de porte|d['’]entrée|d['’]accès|du portail|de l['’]alarme|"
        r"du coffre))"
        r"(?:[ ](?:for|of|at|für|zu|du|de)[ ][^\n:=\d]{1,30}?)?"
        r"[ \t]{0,2}(?:(?:is|was|ist|lautet|est|to)\b|[:=])?"
        r"[ \t]{0,2}(?P<value>[*#]?[A-Z]?\d{4,8}[A-Z]?[#*]?|\d{1,2}(?:-\d{1,2}){2,3})"
        r"(?![\w%]|[.,/:-]\d)"
    ),
)
_SPECIAL = re.compile(r"[!#$%&*+?@^~]")


def find_said_passwords(document: DocumentText) -> Iterator[Match]:
    """A new password in a sentence, one on a command line, a PIN, the code of a door."""
    for match in _matches(document.text, _SIGN, _SENTENCES):
        if (span := _said(match)) is not None:
            yield Match("SECRET", *span, 0.75, "said_password.sentence", SECRET)
    for match in _matches(document.text, _OPTION, _OPTIONS):
        group = match.lastgroup or "value"
        if not is_no_password(match[group]):
            yield Match("SECRET", *match.span(group), 0.8, "said_password.option", SECRET)
    for match in _matches(document.text, _DIGITS, _CODES):
        yield Match("SECRET", *match.span("value"), 0.7, "said_password.code", SECRET)


def _matches(
    text: str, sign: re.Pattern[str], patterns: Sequence[re.Pattern[str]]
) -> Iterator[re.Match[str]]:
    for line in lines_with(sign, text):
        for pattern in patterns:
            yield from pattern.finditer(text, *line)


def _said(match: re.Match[str]) -> tuple[int, int] | None:
    """Where the password stands; None for a word or a number that no quotes mark as one."""
    group = "quoted" if match["quoted"] else "bare"
    value = match[group] if group == "quoted" else match[group].rstrip(".,;:?)]*")
    start = match.start(group)
    if is_no_password(value) or "://" in value or value.startswith("/"):
        return None
    if group == "bare" and not (
        len(value) > 5
        and any(map(str.isalpha, value))
        and (is_mixed(value) or _SPECIAL.search(value[:-1]) is not None)
    ):
        return None
    return start, start + len(value)
