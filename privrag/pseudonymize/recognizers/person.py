# ruff: noqa: RUF001 - quotes and dashes as people type them
"""People that the layout or the words around them give away, without a model."""

import re
from collections.abc import Iterator, Sequence

from privrag.pseudonymize.lexicon import (
    LETTER,
    NAME,
    TITLE,
    UPPER,
    is_given_name,
    is_never_name,
    is_organisation_word,
)
from privrag.pseudonymize.matches import DocumentText, Match, lines_with
from privrag.pseudonymize.names.parts import SURNAME, is_given_name_too, may_be_surname
from privrag.pseudonymize.names.reading import Name, read_initialled, read_list, read_name
from privrag.pseudonymize.recognizers.last_first import find_last_first
from privrag.pseudonymize.recognizers.listed import (
    find_listed_people,
    lists_of_people,
    parts_people,
)

ROLES = (
    r"employee|manager|supervisor|technician|engineer|inspector|operator|author|editor|owner|"
    r"contact|contact person|assignee"
    r"|reporter|requester|requestor|customer|client|tenant|landlord|patient|doctor|physician|"
    r"applicant|candidate|witness"
    r"|visitor|participant|participants|attendee|attendees|present|absent|apologies|recipient|"
    r"sender|signatory|cardholder"
    r"|card holder|account holder|beneficiary|payee|policyholder|insured|claimant|chair|"
    r"chairperson|secretary|minutes|minute taker"
    r"|project lead|team lead|lead|responsible|responsible person|accountable|buyer|seller|"
    r"driver|guest|student|teacher|staff"
    r"|staff member|member|members|interviewer|interviewee|line manager|project manager|"
    r"account manager|site manager"
    r"|shift lead|emergency contact|next of kin|spouse|partner|dispatcher|approver|reviewer|"
    r"auditor|creator|agent|handler"
    r"|case handler|clerk|planner|trainer|trainee|mentor|director|head|deputy|on call|"
    r"representative|subject|holder|caller|excused|salesperson|sales|consultant|caretaker|"
    r"host|speaker|minute-taker"
)
GERMAN_ROLES = (
    r"vorname|nachname|familienname|geburtsname|ansprechpartner(?:in)?|(?:kontakt|"
    r"ansprech)person|bearbeiter(?:in)?|"
    r"mitarbeiter(?:in)?"
    r"|teilnehmer(?:in|innen)?|anwesend|abwesend|entschuldigt|kunde|kundin|absender|"
    r"empfänger(?:in)?|verfasser(?:in)?|autor(?:in)?"
    r"|leiter(?:in)?|techniker(?:in)?|prüfer(?:in)?|mieter(?:in)?|vermieter(?:in)?|"
    r"patient(?:in)?|kontoinhaber(?:in)?"
    r"|sachbearbeiter(?:in)?|vorgesetzte[rn]?|protokoll|unterschrift|erstellt von|geprüft von|"
    r"freigegeben von|genehmigt von|zuständig"
)
FRENCH_ROLES = (
    r"(?:nom|prénom|pr[ée]nom)s?(?: (?:et|/|de|du|d['’]|des)[ ]?(?:prénoms?|noms?|famille|"
    r"naissance|"
    r"jeune fille|usage|salariée?|cliente?|locataire|patiente?|titulaire|contact))?|"
    r"titulaire(?: du compte)?|destinataire|expéditeur|expéditrice|interlocut(?:eur|rice)|"
    r"salariée?s?|locataires?|bailleur|bailleresse|vendeu(?:r|se)|acquéreu(?:r|se)|patiente|"
    r"cliente|adhérente?|assurée?|bénéficiaire|signataires?|rédact(?:eur|rice)|auteure?|"
    r"gérante?|responsable|technicien(?:ne)?|participante?s|présente?s|absente?s|excusée?s|"
    r"référente?|conseill(?:er|ère)|employée?|personne à (?:contacter|prévenir)|"
    r"à l['’]attention de|suivi par|rédigé par|établi par|signé par|validé par|vérifié par|"
    r"approuvé par|interlocuteurs|témoins?|conjointe?|médecin(?: traitant)?|avocate?"
)
_DONE_BY = (
    r"approved|prepared|reviewed|signed|written|reported|submitted|inspected|checked|created|"
    r"handled|authored|tested|installed"
    r"|repaired|recorded|issued|requested|completed|performed|verified|received|released|"
    r"compiled|edited|raised|logged|carried out"
    r"|represented|headed|looked after|dealt with|kept|answered|explained|accompanied"
    r"|instructed|authori[sz]ed|witnessed|countersigned|drafted|updated|closed|opened|"
    r"escalated|trained|"
    r"supervised|led|chaired|owned|taken|booked"
)
NAME_LABEL = (
    rf"(?:(?:full|first|last|given|family|middle|birth|maiden|legal|customer|client|employee|"
    rf"patient|contact|user|account|tenant"
    rf"|applicant|member|student|staff|signer|signatory|holder|guest|driver|technician|"
    rf"manager|owner|author)[ \t]?)?names?|(?:sur|fore)names?"
    rf"|{ROLES}|{GERMAN_ROLES}|{FRENCH_ROLES}|(?:{_DONE_BY})(?: by)?|assigned to|"
    rf"reported to|reports to|issued to|"
    rf"handed to|lent to|given to|used by|held by|made by|attn|attention of|"
    rf"attention|c/o|z\.? ?hd\.?|signature"
)
"""What stands before the colon of a field, or over a column, that holds people."""

_STRONG_LABEL = re.compile(
    r"name|attendee|participant|teilnehmer|ansprechpartner|employee|mitarbeiter|by$|von$|nom|"
    r"salarié|locataire|titulaire|interlocut|signataire| par$",
    re.I,
)
_FIELD = re.compile(
    rf"(?im)(?:(?:^|(?<=[|;,.(])|(?<=\t)|(?<=  )(?! )|(?-i:(?<= )(?=[A-Z])))[ \t>*#•\-]{{0,12}}"
    rf"(?:(?:your|our|my|the|ihre?|unser|votre|notre|la|le|l['’])[ ]?)?"
    rf"(?P<label>{NAME_LABEL})(?: on[ -]site)?"
    rf"(?: (?:for|on behalf of)[\w \t]{{1,24}})?|"
    rf"\b(?P<several>founders|attendees|participants|members|authors|present|colleagues|"
    rf"directors|technicians|teilnehmer))[ \t*_\u00a0]{{0,12}}[:：=]"
    rf"[ \t*_\u00a0]{{0,12}}(?=(?P<value>[^\n|]{{2,240}}))"
)
_COLON = re.compile(r"[:：=]")
_TITLED = re.compile(
    rf"(?<![{LETTER}])(?:{TITLE}|mr|mrs|ms|dr|"
    rf"prof|monsieur|madame|mademoiselle|maître|"
    rf"docteur)\b\.?(?:[ \t\u00a0]*{TITLE}\b\.?)*[ \t\u00a0\n]{{1,2}}(?P<name>{NAME})"
)
_SURE_TITLE = re.compile(
    r"(?:Mr|Mrs|Ms|Miss|Mx|Messrs|Dr|Prof|Professor|Sir|Sgt|Capt|Lt|Rev|Herrn?|Frau|Hr|Mmes?|Mlles?|Madame|Monsieur|Mademoiselle|"
    r"Señora?|Sra|Signora?)\b"
)
_FOREIGN_ROLE = re.compile(rf"(?i)(?:{GERMAN_ROLES}|{FRENCH_ROLES})")
_STREET_BEFORE = re.compile(rf"[{UPPER}\d][{LETTER}\d'’]*[ ]\Z")
_ANY_SURNAME = re.compile(SURNAME)
_ADDRESSED = re.compile(
    rf"(?:^|(?<=[\s,.;:!?(]))(?:[Dd]ear|Hi|Hello|Hey|Hallo|Liebe[rs]?|Sehr geehrte[rs]?|"
    rf"Bonjour|Bonsoir|"
    rf"Salut|Ch(?:er|ère)s?|Merci|Good "
    rf"(?:morning|afternoon|evening)|Thanks|Thank you|Cheers)"
    rf",?[ \t](?:{TITLE}\b\.?[ \t])?(?P<name>{NAME})(?=[ \t]*(?:[,!.:;\n]|and\b|und\b|et\b|-|–|\Z))"
)
_CLOSING = re.compile(
    r"(?im)(?:^|(?<=[.!?\n] ))[ \t>]*(?:(?:with )?(?:best|kind|warm|kindest|warmest|many)(?: "
    r"regards| wishes| greetings)?|regards|(?:yours )?(?:sincerely|faithfully|truly)"
    r"(?: yours)?|yours|cheers|thanks|thank you|many thanks|thanks (?:a lot|in advance|again)|"
    r"respectfully|mit (?:freundlichen|besten|herzlichen) gr(?:ü|ue)(?:ß|ss)en"
    r"|(?:viele|beste|liebe|herzliche|freundliche) gr(?:ü|ue)(?:ß|ss)e|mfg|vg|lg|cordially|"
    r"(?:bien )?cordialement|bien à (?:vous|toi)|sincèrement|amicalement|respectueusement|"
    r"sincères salutations|salutations distinguées|meilleures salutations|amitiés|"
    r"saludos)[ \t]*(?:[,.!]?[ \t]*\n[ \t>\n]{0,6}|"
    r"[,.!]?[ \t]+(?=[^\n]{2,40}(?:\n|\Z)))"
    r"(?P<value>[^\n]{2,80})"
)
_AN_ADDRESS = re.compile(r"[ \t]{0,3}[<(\[][ \t]{0,3}(?:mailto:)?[\w.+-]{1,64}@[\w-]")
_BEFORE_ADDRESS = re.compile(rf"(?P<name>\"?[{LETTER}][{LETTER}'’.,\- \t]{{1,60}}\"?)\Z")
_HEADER = re.compile(
    r"(?im)^[ \t>*]*(?:from|to|cc|bcc|reply-to|sender|sent by|von|an|kopie|"
    r"blindkopie|de|à|expéditeur|destinataires?)[ \t*]*:[ \t*]*(?P<value>[^\n]{2,600})"
)
_ADDRESS = re.compile(r"<[^<>\n]*>|\([^()\n]*@[^()\n]*\)|(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{1,255}")
_BY = re.compile(
    rf"(?i:\b\w+[ \t]by|\battention of|\bmy name is|\bname's|\bthis is|\bi am|\bi'm|\bcontact|"
    rf"\bask for|\battn\.?:?|\bc/o|\bspoke (?:to|with)"
    rf"|\bsigned:?|\bgezeichnet|\bgez\.|\bi\. ?a\.|\bi\. "
    rf"?v\.)[ \t]+(?:{TITLE}\b\.?[ \t])?(?P<name>{NAME})"
)
_INTRODUCED = re.compile(
    rf"\b(?i:(?P<own>(?:my|her|his|our|maiden) name(?: is|['’]s))|name is|partner['’]s name|"
    rf"named (?:him|her|it)|change it to|call(?:s|ed)? (?:me|him|her))[ \t]+"
    rf"(?P<value>[{LETTER}'’\-]{{2,20}}(?:[ \t][{LETTER}'’.\-]{{1,20}}){{0,2}}?)"
    rf"(?=[ \t]*(?:[,.!;\n]|and\b|but\b|\Z))"
)
SEVERAL = re.compile(
    r"(?i)(?<!nom)s$|innen$|^(?:present|absent|anwesend|abwesend|entschuldigt|minutes)$"
)
"""Labels of fields that hold more than one person."""
_VALUE_END = re.compile(
    r"[ \t]{2,}|\t|[;,.]?[ \t]+(?:[\w./-]{1,20}|[^\W\d_]{2,20}(?:[ ][^\W\dA-Z_]{1,16}){1,4}):"
    r"|[<(\[{\"]|https?:|[\w.+-]{1,64}@"
)
"""Where a field's value ends before its line does: at the next label, a bracket or an address."""
_ASIDE = re.compile(r"[ ]\([^()\n]{1,30}\)[,;]?(?=[ ])")
"""`(chair)` behind one of several names."""
_JSON_FIELD = re.compile(
    rf"(?i)\"(?P<label>{NAME_LABEL})\"[ \t]*:[ \t]*\"(?P<value>[^\"\n]{{2,120}})"
)
_PAIRS = re.compile(rf"(?<![{LETTER}\d'’-]){NAME}, {NAME}(?=;)|(?<=; ){NAME}, {NAME}")
_LOWER_FIELD = re.compile(rf"[{LETTER}'’\-]{{2,20}} [{LETTER}'’ \-]{{2,30}}")
_DISPLAY_NAME = re.compile(
    rf"(?:(?<=[:,;\t ])|(?<=\A)|(?<=\"))(?P<name>[{LETTER}][{LETTER}'’.-]{{1,30}}"
    rf"(?:,?[ ][{LETTER}][{LETTER}'’.-]{{0,30}}){{0,3}})\"?[ \t]{{1,3}}<[^<>\s@]{{1,64}}@"
)


def find_people(document: DocumentText) -> Iterator[Match]:
    """Every person whom a title, field, list, mail header, closing or introduction gives away."""
    lists = lists_of_people(document.text)
    yield from _by_layout(document)
    yield from find_last_first(document, lists)
    yield from _by_fields(document, lists)
    yield from find_listed_people(document, lists)
    yield from _by_words(document)


def _by_layout(document: DocumentText) -> Iterator[Match]:
    text = document.text
    for address in _AN_ADDRESS.finditer(text):
        line = max(text.rfind("\n", 0, address.start()) + 1, address.start() - 64)
        if match := _BEFORE_ADDRESS.search(text, line, address.start()):
            yield from _before_address(text, match)
    for match in _HEADER.finditer(text):
        yield from _header(text, match)
    for match in _CLOSING.finditer(text):
        yield from _closing(document, match)


def _by_fields(document: DocumentText, lists: Sequence[tuple[int, int]]) -> Iterator[Match]:
    text = document.text
    for line in lines_with(_COLON, text):
        for match in _FIELD.finditer(text, *line):
            yield from field_names(document, match["label"] or "attendees", *match.span("value"))
    for match in _JSON_FIELD.finditer(text):
        if match["label"].lower() != "name":
            yield from field_names(document, match["label"], *match.span("value"))
    for match in _PAIRS.finditer(text):
        if parts_people(match, lists):
            continue
        for name in read_list(text, match.start(), match.end(), sure=False, single=True):
            if len(name.words) > 1:
                yield _person(name, 0.7, "pair_list")


def _by_words(document: DocumentText) -> Iterator[Match]:
    text = document.text
    for match in _TITLED.finditer(text):
        yield from _titled(text, match)
    for match in _ADDRESSED.finditer(text):
        name = read_name(text, match.start("name"), match.end("name"))
        if name is not None and (name.has_given_name or not is_ordinary(document, name)):
            yield _person(name, 0.8, "salutation")
    for match in _BY.finditer(text):
        name = read_name(text, match.start("name"), match.end("name"))
        if name is not None and _is_likely(document, name):
            yield _person(name, 0.75, "context")
    for match in _INTRODUCED.finditer(text):
        start, end = match.span("value")
        name = read_name(text, start, end, sure=True, lower_case=bool(match["own"]))
        if name is not None and name.start == start:
            yield _person(name, 0.9, "introduced")


def field_names(document: DocumentText, label: str, start: int, end: int) -> Iterator[Match]:
    """People in the value of a field or table cell whose label names people."""
    text = document.text
    strong = _STRONG_LABEL.search(label) is not None
    value = text[start:end]
    if SEVERAL.search(label) and (aside := _ASIDE.search(value)):
        yield from field_names(document, label, start + aside.end(), end)
    stop = _VALUE_END.search(value)
    end = start + stop.start() if stop else end
    yield from (_person(name, 0.85, "entry") for name in read_initialled(text, start, end))
    names = list(read_list(text, start, end, sure=strong, single=not SEVERAL.search(label)))
    for name in names:
        long = len(name.words) > 1 or name.has_given_name
        if strong and (long or name.end - name.start > 2):
            yield _person(name, 0.85, "field")
        elif long and (name.has_given_name or not is_ordinary(document, name)):
            yield _person(name, 0.7, "field")
    if names or not label.lower().endswith(("name", "names")):
        return
    if document.block_at(start).kind != "code" and _LOWER_FIELD.fullmatch(text[start:end].strip()):
        yield from _named(text, start, end, "field", sure=True, lower_case=True)


def _named(
    text: str, start: int, end: int, source: str, *, sure: bool = False, lower_case: bool = False
) -> Iterator[Match]:
    name = read_name(text, start, end, sure=sure, lower_case=lower_case)
    if name is not None:
        yield _person(name, 0.9, source)


def _titled(text: str, match: re.Match[str]) -> Iterator[Match]:
    """The name behind a title; behind `Mr.` a capitalised word is one whatever else it is."""
    start, end = match.span("name")
    name = read_name(text, start, end, sure=True)
    if name is not None and (len(name.words) > 1 or not is_given_name(name.words[0])):
        yield _person(name, 0.9, "title")
        return
    title = text[match.start() : start]
    behind = _ANY_SURNAME.match(text, name.end + 1 if name else start)
    before = max(0, match.start() - 32)
    in_street = title[0] == "D" and _STREET_BEFORE.search(text, before, match.start()) is not None
    sure = (
        _SURE_TITLE.match(title) is not None
        and behind is not None
        and may_be_surname(behind[0])
        and not _FOREIGN_ROLE.fullmatch(behind[0])
        and (name is None or text[name.end] == " ")
        and not in_street
    )
    if sure and behind is not None:
        end = behind.end()
        more = _ANY_SURNAME.match(text, end + 1) if text[end : end + 1] == " " else None
        if name is None and more and is_given_name_too(behind[0]) and may_be_surname(more[0]):
            end = more.end()
        yield Match("PERSON", name.start if name else start, end, 0.9, "person.title")
    elif name is not None:
        yield _person(name, 0.9, "title")


def _person(name: Name, score: float, source: str) -> Match:
    return Match("PERSON", name.start, name.end, score, f"person.{source}")


def _is_likely(document: DocumentText, name: Name) -> bool:
    return (len(name.words) > 1 or name.has_given_name) and not is_ordinary(document, name)


def is_ordinary(document: DocumentText, name: Name) -> bool:
    """Every word of it also stands in lower case somewhere in the document."""
    return all(
        word.casefold() in document.lower_words or len(word.rstrip(".")) == 1 for word in name.words
    )


def _before_address(text: str, match: re.Match[str]) -> Iterator[Match]:
    """`Ann Lee <ann@…>`, `"Lee, Ann" <ann@…>`: the words directly before the address."""
    start, end = match.span("name")
    line = max(text.rfind(mark, start, end) for mark in (":", ";", "\t"))
    start = max(start, line + 1)
    quoted = text[start] == '"' or text[match.start("name") - 1 : match.start("name")] == '"'
    if "," in text[start:end] and not quoted:
        parts = list(read_list(text, start, end, sure=True))
        yield from (_person(name, 0.9, "address") for name in parts[-1:] if name.end >= end - 3)
        return
    for name in read_list(text, start, end, sure=True):
        yield _person(name, 0.9, "address")


def _header(text: str, match: re.Match[str]) -> Iterator[Match]:
    yield from _display_names(text, *match.span("value"))
    start = match.start("value")
    masked = _ADDRESS.sub(
        lambda m: ";" + " " * (len(m[0]) - 1) if m[0][0] == "<" else " " * len(m[0]), match["value"]
    )
    masked = re.sub(r";\s*,", lambda m: ";" + " " * (len(m[0]) - 1), masked).replace('"', " ")
    for name in read_list(masked, 0, len(masked), sure=False):
        if len(name.words) > 1 or name.has_given_name:
            yield Match("PERSON", start + name.start, start + name.end, 0.85, "person.header")


def _display_names(text: str, start: int, end: int) -> Iterator[Match]:
    """`"alice walker" <...@...>`: names in lower case, also one that is a known given name."""
    for match in _DISPLAY_NAME.finditer(text, start, end):
        words = re.findall(rf"[{LETTER}'’-]+", match["name"])
        if any(is_never_name(w) or is_organisation_word(w) for w in words):
            continue
        if not match["name"].islower() or not (len(words) > 1 or is_given_name(words[0])):
            continue
        yield Match("PERSON", *match.span("name"), 0.85, "person.header")


def _closing(document: DocumentText, match: re.Match[str]) -> Iterator[Match]:
    start, end = match.span("value")
    name = read_name(document.text, start, end)
    line_is_name = name is not None and (name.end == end or document.text[name.end] in ",|(\t-–/")
    if name is None or not (line_is_name or document.text[name.end : end].strip(" .,") == ""):
        return
    if len(name.words) > 1 or name.has_given_name or not is_ordinary(document, name):
        yield _person(name, 0.85, "closing")
