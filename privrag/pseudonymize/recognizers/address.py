"""Postal addresses: street and number in the orders of several countries, boxes, postcodes."""

import re
from collections.abc import Callable, Iterator, Sequence

from privrag.pseudonymize.lexicon import LETTER, UPPER, is_never_name
from privrag.pseudonymize.matches import PATTERN, DocumentText, Match

_SHORT = (
    r"(?:Ste?|Mt|Ft|Dr|Prof|Gen|Col|Capt|Gr|Kl|Hl|Ob|Unt|Apt|Bldg|Fl|Rm|Whg|Appt|Nr|No|"
    r"Ave?|Blvd|Rd|Ln|Pl|Sq|Hwy|Pkwy|Str|[A-Z])"
)
_CAP = rf"(?:{_SHORT}\.|[{UPPER}][{LETTER}'’-]{{0,30}}(?:\.[{UPPER}][{LETTER}'’-]{{1,30}})?)"
_ANY = rf"(?:{_SHORT}\.|[{LETTER}][{LETTER}'’-]{{0,30}})"
"""Words of an address. A full stop ends the sentence, and with it the address, but behind these."""
_SHORT_KIND_STOP = rf"(?:(?:(?<![{LETTER}]{{4}})|(?<=(?i:blvd|pkwy)))\.)?"
_SURE_KIND = (
    r"street|st|road|rd|avenue|ave|av|lane|ln|boulevard|blvd|crescent|parkway|pkwy|"
    r"highway|hwy|alley|"
    r"vägen|gatan|gata|gade|vej|veien|vegen|katu|tie|laan|straat|weg|plein|gracht|kade|"
    r"terrasse|allé|allee|gasse|platz|ufer|stra(?:ß|ss)e|str"
)
_KIND = _SURE_KIND + (
    r"|drive|dr|court|ct|way|place|pl|square|sq|terrace|close|circle|cir|trail|trl|row|"
    r"mews|gardens|"
    r"grove|hills?|plaza|walk|green|quay|wharf|rise|view|isle|coves?|parks?|crossing|"
    r"junction|ridge|run|"
    r"mill|route|turnpike|bridge|station|point|union|rapids|cliffs|crossroad|pass|"
    r"squares?|streets?|roads?"
)
"""The sure ones make a street by themselves, the others only beside a number."""
_KIND_FIRST = (
    r"rue|avenue|boulevard|impasse|allée|chemin|quai|route|calle|avenida|avda|plaza|paseo|rua|"
    r"travessa|via|viale|piazza|corso|largo|ulica|ul|aleja|al|plac|os|ulitsa|улица|ул|проспект|"
    r"πλατεία|οδός"
)
_SUFFIXED = (
    r"(?:stra(?:ß|ss)e|str\.|gasse|allee|platz|weg|ufer|damm|ring|gatan|gata|gade|vej|veien|vegen|"
    r"katu|tie|straat|laan|plein|gracht|vägen|stien|utca|tér|kuja|polku|gränd|stræde)"
)
_NUMBER = r"\d{1,6}[A-Za-z]?(?:[/-]\d{1,4}[A-Za-z]?)?"
_S = r"[ \t\u00a0]{1,2}"
_UNIT = (
    r"(?:apt|apartment|suite|ste|unit|flat|room|rm|floor|fl|building|bldg|wohnung|whg|"
    r"appt|piso|lok|m)"
    r"\.?[ ]?#?[ ]?[A-Za-z]?\d{1,5}[A-Za-z]?"
)
_BOX = re.compile(
    rf"(?i)(?<!\w)(?:(?:unit|psc|cmr)[ ]\d{{1,5}},?[ ]box[ ]\d{{1,6}}|"
    rf"{_NUMBER}[ ]p\.?[ ]?o\.?[ ]?box[ ]\d{{1,6}}|"
    rf"p\.?[ ]?o\.?[ ]?box[ ]\d{{1,6}}|postbox[ ]\d{{1,6}}|postfach[ ]\d[\d ]{{1,8}}|"
    rf"b\.?p\.?[ ]\d{{1,5}}|apartado[ ]\d{{1,5}})"
    rf"(?:,?[ \n]{{1,2}}(?:dpo|apo|fpo)[ ](?:aa|ae|ap)[ ]\d{{5}})?"
)
_STREET = re.compile(
    rf"(?<![\w.,/-])(?:{_NUMBER}(?:[ ](?:bis|ter|quater)\b)?,?{_S})?(?:"
    rf"(?:{_NUMBER}{_S})(?:{_CAP}{_S}){{1,3}}(?i:{_KIND})\b{_SHORT_KIND_STOP}"
    rf"(?:{_S}(?:\d{{1,5}}[A-Za-z]?)(?!\w))?"
    rf"|(?:{_CAP}{_S}){{1,3}}(?i:{_SURE_KIND})\b{_SHORT_KIND_STOP}(?:{_S}{_NUMBER}(?!\w))?"
    rf"|(?i:{_KIND_FIRST})\b\.?{_S}(?:(?:de|del|la|las|los|du|des|di|della|da|do|dos|von|"
    rf"van)\b{_S}){{0,2}}"
    rf"{_CAP}(?:{_S}{_CAP}){{0,3}}(?:,?{_S}{_NUMBER}(?!\w))?"
    rf"|{_CAP}(?:{_S}{_CAP}){{0,2}}{_S}(?:u|út|utca|tér|krt|ul|nám|tř)\b\.?{_S}{_NUMBER}(?!\w)\.?"
    rf"|"
    rf"(?:{_CAP}[ -]){{0,2}}[{UPPER}][{LETTER}-]{{2,40}}(?<=[{LETTER}]{{3}}){_SUFFIXED}"
    rf"(?![{LETTER}])(?:{_S}{_NUMBER}(?!\w))?"
    rf")"
)
_NUMBERED_STREET = re.compile(
    rf"(?<![\w.,/-]){_NUMBER},?{_S}(?:(?:West|East|North|South|[NSEW]\.?|[NS][EW]){_S})?"
    rf"(?:\d{{1,3}}(?i:st|nd|rd|th)|First|Second|Third|Fourth|Fifth|Sixth|Seventh|Eighth|Ninth|"
    rf"Tenth){_S}(?i:{_SURE_KIND}|drive|dr|court|ct|place|pl|terrace|way)\b{_SHORT_KIND_STOP}"
    rf"(?:[ ](?:NW|NE|SW|SE|North|South|East|West)\b)?"
)
"""`210 West 79th Street`, `350 5th Avenue`."""
_WHERE_STREET = re.compile(
    rf"(?<![\w.,/-])(?:Am|An de[rnm]|Im|In de[rnm]|Auf de[rnm]|Unter de[rnm]|Vor de[rm]|"
    rf"Hinter de[rm]|Zu[mr]|Bei de[rnm]|Beim|Zwischen den|Über de[rnm]|Ob de[rm]){_S}"
    rf"(?P<name>{_CAP}(?:[ -]{_CAP}){{0,2}}){_S}\d{{1,4}}[ ]?(?:[a-hA-H]\b)?(?![\w%]|[.,:-]\d)"
)
"""`Am Alten Markt 7`, `Unter den Linden 5`."""
_STATE_AND_CODE = re.compile(r"[ ][A-Z]{2}[ ]\d{5}\Z")
_CODE_FOLLOWS = re.compile(
    rf"[ \t]{{0,2}}[,\n|][ \t]{{0,4}}(?:[A-Z]{{1,2}}[-–])?\d{{4,5}}[ ](?={_CAP})"
)
_LIVES_BEFORE = re.compile(
    r"(?i)\b(?:wohn\w*|gewohnt|anschrift|adresse|address|lives?|living|lebt|gemeldet|zog|gezogen|"
    r"umgezogen|straße|sitz|moved to)\b[^.\n]{0,24}\Z"
)
_A_TOWN = re.compile(rf",?[ ]à[ ][{UPPER}][{LETTER}'’-]{{1,30}}(?:[ ]\d{{1,2}}(?:er|e|ème|eme)\b)?")
"""Behind a street in French: ` à Lyon 3e`."""
_NUMBERED = re.compile(
    rf"(?<![\w.,/#-])(?:\d{{1,6}}{_S}(?={_ANY}))(?P<name>{_ANY}(?:{_S}{_ANY}){{0,2}}){_S}"
    rf"(?P<number>\d{{1,5}}[A-Za-z]?)(?![\w%:-]|"
    rf"[.,]\d)"
)
_CORNER = re.compile(
    rf"(?i:the corner of){_S}[{LETTER}\d][{LETTER}\d'’.-]*(?:{_S}[{LETTER}\d'’.-]+){{0,4}}?{_S}"
    rf"and{_S}"
    rf"{_CAP}(?:{_S}(?:{_CAP}|\d{{1,5}})){{0,2}}"
)
_POSTCODE = re.compile(
    r"(?i)\b(?:zip(?:[ -]?code)?|post(?:al)?[ -]?code|postcode|plz|code postal|cap|"
    r"c\.?p\.?)\b[ \t]*[:#=]?[ \t]*(?:is[ ])?"
    r"(?P<code>[A-Z0-9]{2,5}(?:[ -][A-Z0-9]{2,4})?)(?!\w)"
)
_UK_POSTCODE = re.compile(
    r"(?<!\w)(?:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d|[A-HK-Y]\d\d|\d[A-HJKPS-UW]|"
    r"[A-HK-Y]\d[ABEHMNPRV-Y]) ?\d[ABD-HJLNP-UW-Z]{2})(?!\w)"
)
_TAIL = re.compile(rf"(?:{_S}{_CAP}){{1,3}}(?=[ \t]*\n[ \t]*{_UNIT})")
_CODE_AND_TOWN = re.compile(
    rf"(?<![\w.,/-])(?:(?:D|A|CH|F|B|L|I|E|DK|SE|NO|FI|PL|"
    rf"CZ)[-–])?(?P<digits>\d{{4,5}})[ ](?={_CAP})(?:{_CAP}(?:[ -]{_CAP}){{0,2}})(?!\w)"
)
_WHERE = re.compile(
    r"(?i)(?<![\w-])(?:in|to|from|at|near|nach|aus|bei|à|lives?|living|"
    r"wohn(?:t|haft)|address|adresse|anschrift)[ \t:]{1,3}\Z"
)
_MEASURE = re.compile(
    r"(?i)euros?|dollars?|francs?|pounds?|volts?|watts?|kilomet(?:er|re)s?|met(?:er|re)s?|"
    r"lit(?:er|re)s?|stück|menschen|personen|einwohner|mitarbeiter|kunden|jahren?|tagen?|stunden|"
    r"users|units|people"
)
"""Nouns that a number counts."""
_MIN_TOWN = 3
_VIA = re.compile(r"via\b(?!.*[ \u00a0]\d{1,4}[A-Za-z]?\Z)")
"""The English preposition, not the Italian street, which has its number behind."""
_A_YEAR = range(1900, 2100)
_CODE_BEFORE = re.compile(r"(?<![\w.,/-])(?:[A-Z]{1,2}[-–])?(?P<code>\d{4,5})[ \u00a0]\Z")
_CODE_BEHIND = re.compile(r",?[ \u00a0][A-Z]{2}[ \u00a0]\d{5}(?:-\d{4})?(?!\w)")
_FOLLOWS = re.compile(
    rf"(?i)[ \t]*[,\n][ \t\n>]*(?:{_UNIT}\b|"
    rf"\d{{4,6}}(?:[ -]\d{{2,4}})?(?!\w)(?=[ \t]*(?:[,.;\n?!]|\Z|[a-z]))|"
    rf"[A-Z]{{1,2}}\d[A-Z\d]?[ ]\d[A-Z]{{2}}\b)|[ \t]{{1,2}}{_UNIT}\b"
)
_TOWN_WORD = rf"(?:(?:Ste?|Mt|Ft)\.(?=[ ])|[{UPPER}][{LETTER}'’-]{{1,30}})"
_TOWN = re.compile(
    rf"[ \t]*[,\n][ \t]*(?P<town>{_TOWN_WORD}(?:[ -](?:{_TOWN_WORD}|[{UPPER}]|"
    rf"de|la|am|an der|upon|on|sur)){{0,3}}|nan)(?![{LETTER}])"
    rf"(?:,?[ ](?:[A-Z]{{2}}(?![A-Za-z])))?(?:[ ](?:\d{{4,6}}(?:[ -]\d{{2,4}})?(?![ ./-]{{1,2}}\d)|"
    rf"[A-Z]{{1,2}}\d[A-Z\d]?[ ]\d[A-Z]{{2}}|[A-Z]\d[A-Z][ ]\d[A-Z]\d)(?!\w))?(?=[ \t]*"
    rf"(?:[,.;:\n?!)]|"
    rf"\Z|[a-z]|[+(]?0\d))"
)
_TOWN_THEN_CODE = re.compile(
    rf"[ \t]*[,\n][ \t]*"
    rf"(?P<town>{_CAP}(?:[ -](?:{_SHORT}\.|[{LETTER}][{LETTER}'’-]{{1,30}})){{0,3}})"
    rf",?[ ](?:[A-Za-z]{{2}}[ ])?\d{{4,6}}(?:[ -]\d{{2,4}})?(?!\w|[ ./-]{{1,2}}\d)"
)
_TELLS_NUMBER = re.compile(
    r"(?i)(?:t[eé]l(?:e(?:ph|f)on\w*)?|phone|call|ring|dial|text|reach|cell|mobile?|handy|fax|"
    r"durchwahl|ruf\w*|ext|extension|whatsapp|badge|passport|id|pin|no|nr|is)\b"
)
_PART = re.compile(rf"(?i)(?<![\w-]){_UNIT}(?![\w])")
_MAX_LINES = 5
_NEXT_LINE = re.compile(r"[ \t,]*\n(?:[ \t]*\n)?[^\w\n]{0,6}(?P<line>[^\n]{2,50}?)[ \t]*(?=\n|\Z)")
_TOWN_LINE = re.compile(
    rf"{_CAP}(?:[ ](?:{_SHORT}\.|[{LETTER}()'’-]{{1,30}})){{0,3}}(?:,?[ ][A-Z]{{2}}"
    rf")?(?:[ ][A-Z\d][A-Z\d -]{{2,8}})?|"
    rf"nan"
)
_CODE_LAST = re.compile(r"(?<=[^\W\d]) (?:[A-Z]{1,2}-)?\d{3,6}(?:[ -]\d{2,4})?\Z")
_ADDRESS_NEAR = re.compile(
    r"(?i)\b(?:address|adresse|lives?|living|resid\w+|moved|office|located|restaurant|"
    r"street|meet|deliver\w*|send|sent|ship|taxi|bus|north|south|east|west|at|on|to|in|"
    r"corner)\b[^\n]{0,40}\Z"
)
_SOLE_LINE = re.compile(r"(?:\A|\n)[^\w\n]{0,6}\Z")


def find_addresses(document: DocumentText) -> Iterator[Match]:
    """Streets with their numbers, flats, towns and postcodes; boxes; postcodes.

    Within a sentence an address is one match; laid out line by line, each line is one.
    """
    text = document.text
    for name, pattern, accept, score in _WITH_MORE:
        for match in pattern.finditer(text):
            if accept(text, match):
                sure = score if any(c.isdigit() for c in match[0]) else _WITHOUT_NUMBER
                yield from _whole(text, *match.span(), f"address.{name}", sure)
    for name, pattern, accept, score in _ALONE:
        for match in pattern.finditer(text):
            group = "code" if "code" in pattern.groupindex else 0
            if accept(text, match):
                yield Match("ADDRESS", *match.span(group), score, f"address.{name}")


def _whole(text: str, start: int, end: int, recognizer: str, score: float) -> Iterator[Match]:
    if not _begins_line(text, start):
        yield _grown(text, start, end, recognizer, score)
        return
    end = _grown_on_line(text, end)
    yield Match("ADDRESS", start, end, score, recognizer)
    for _ in range(_MAX_LINES):
        line = _NEXT_LINE.match(text, end)
        if line is None or not (
            _PART.fullmatch(line["line"]) or _TOWN_LINE.fullmatch(line["line"])
        ):
            return
        code = _CODE_LAST.search(line["line"])
        name_end = line.end("line") - (len(code[0]) if code else 0)
        if name_end > line.start("line"):
            yield Match("ADDRESS", line.start("line"), name_end, score - 0.1, f"{recognizer}.line")
        if code:
            yield Match("ADDRESS", name_end, line.end("line"), score - 0.1, f"{recognizer}.code")
        end = line.end()


def _begins_line(text: str, start: int) -> bool:
    """Whether it opens a line that no label such as `Address:` opens before it."""
    line = _SOLE_LINE.search(text, max(0, start - 8), start)
    return line is not None and not text[: line.start()].rstrip().endswith(":")


def _grown_on_line(text: str, end: int) -> int:
    line_end = text.find("\n", end)
    stop = len(text) if line_end < 0 else line_end
    return _grown(text[:stop], end, end, "", 0.0).end


def _is_street(text: str, match: re.Match[str]) -> bool:
    """At least one word of its own beside `Street`, and not a heading such as `Test Place`."""
    del text
    value = match[0]
    words = re.findall(rf"[{LETTER}'’]+", value)
    own = [w for w in words if not re.fullmatch(rf"(?i){_KIND}|{_KIND_FIRST}", w)]
    has_number = any(c.isdigit() for c in value)
    if not own or _VIA.match(value):
        return False
    if has_number:
        return not all(is_never_name(word) for word in own)
    return not any(is_never_name(word) for word in own)


def _is_where_street(text: str, match: re.Match[str]) -> bool:
    """Behind a word for living, or before a postcode: else `Im Kapitel 3`, `Am Montag 4`."""
    if any(is_never_name(word) for word in re.findall(rf"[{LETTER}]+", match["name"])[-1:]):
        return False
    if _CODE_FOLLOWS.match(text, match.end()):
        return True
    return _LIVES_BEFORE.search(text, max(0, match.start() - 48), match.start()) is not None


def _is_numbered(text: str, match: re.Match[str]) -> bool:
    """`17151 Kiannonkatu 98`: two numbers around a name, where a place is spoken of."""
    words = match["name"].split()
    capitals = sum(word[0].isupper() for word in words)
    if any(is_never_name(word) for word in words) or not capitals:
        return False
    near = _ADDRESS_NEAR.search(text, max(0, match.start() - 60), match.start())
    return near is not None or _begins_line(text, match.start())


def _grown(text: str, start: int, end: int, recognizer: str, score: float) -> Match:
    """Goes on over flat, town and postcode, also on the next lines."""
    for _ in range(4):
        after = _TAIL.match(text, end) or _FOLLOWS.match(text, end)
        if after is None:
            town = _TOWN_THEN_CODE.match(text, end)
            after = town if town and _may_be_town(town["town"]) else None
        if after is None and (start == end or any(c.isdigit() for c in text[start:end])):
            town = _TOWN.match(text, end)
            first = town["town"].split()[0] if town else ""
            word = is_never_name(first) and not (town and _STATE_AND_CODE.search(town[0]))
            after = None if word or _TELLS_NUMBER.match(first) else town
        if after is None and start < end:
            after = _A_TOWN.match(text, end)
        if after is None:
            break
        end = after.end()
    return Match("ADDRESS", start, end, score, recognizer)


def _may_be_town(name: str) -> bool:
    """No words that tell what the number behind them is: `Telefon`, `and her employee id is`."""
    words = name.split()
    return words[-1][0].isupper() and not any(
        _TELLS_NUMBER.match(word) or (is_never_name(word) and word[0].isupper()) for word in words
    )


def _is_any(text: str, match: re.Match[str]) -> bool:
    return bool(text and match)


def _is_code(text: str, match: re.Match[str]) -> bool:
    del text
    return any(c.isdigit() for c in match[0])


def _is_town(text: str, match: re.Match[str]) -> bool:
    """On a line of its own, behind the comma of an address, or behind "in" or "to"."""
    before = text[max(0, match.start() - 2) : match.start()]
    if _begins_line(text, match.start()) or before in {", ", ",\n"}:
        return True
    words = re.findall(rf"[{LETTER}]+", text[match.end("digits") : match.end()])
    ordinary = any(is_never_name(w) or _MEASURE.fullmatch(w) or len(w) < _MIN_TOWN for w in words)
    near = _WHERE.search(text, max(0, match.start() - 16), match.start())
    return near is not None and not ordinary and int(match["digits"]) not in _A_YEAR


def complete_addresses(document: DocumentText, matches: Sequence[Match]) -> Iterator[Match]:
    """`10115` before a place that was found, `IL 62704` behind it: both are one address."""
    text = document.text
    for match in matches:
        if match.label != "LOCATION":
            continue
        before = _CODE_BEFORE.search(text, max(0, match.start - 10), match.start)
        if before is not None and int(before["code"]) in _A_YEAR:
            before = None
        behind = _CODE_BEHIND.match(text, match.end)
        if before or behind:
            start = before.start() if before else match.start
            end = behind.end() if behind else match.end
            yield Match("ADDRESS", start, end, match.score, "address.code", PATTERN)


_Rule = tuple[str, re.Pattern[str], Callable[[str, re.Match[str]], bool], float]
_WITH_MORE: tuple[_Rule, ...] = (
    ("box", _BOX, _is_any, 0.8),
    ("street", _STREET, _is_street, 0.7),
    ("street", _NUMBERED_STREET, _is_any, 0.7),
    ("street", _WHERE_STREET, _is_where_street, 0.7),
    ("numbered", _NUMBERED, _is_numbered, 0.6),
)
"""(name, pattern, what a match must be, score) of what flat, town and postcode may follow."""
_ALONE: tuple[_Rule, ...] = (
    ("corner", _CORNER, _is_any, 0.6),
    ("postcode", _POSTCODE, _is_code, 0.6),
    ("postcode", _UK_POSTCODE, _is_code, 0.6),
    ("town", _CODE_AND_TOWN, _is_town, 0.55),
)
_WITHOUT_NUMBER = 0.45
"""Score of a street without one."""
