"""Pseudonyms, the words behind them, and a restorer that knows them."""

from collections.abc import Callable, Collection

from privrag.pseudonym import base, check_character
from privrag.records import Reveal, SafeText
from privrag.restore import Restorer


def token(label: str, body: str) -> str:
    return f"{label}_{body}{check_character(body)}"


ANN = "PERSON_K7M2QX4C"
BOB = token("PERSON", "AAAAAAA")
LEEDS = token("PERSON", "BBBBBBB")
SITE = token("URL", "CCCCCCC")
MAIL = token("EMAIL", "DDDDDDD")
LOOKS = token("LITERAL", "EEEEEEE")
TYPED = token("PERSON", "FFFFFFF")
ODD = token("MISC", "GGGGGGG")
ERASED = token("PERSON", "HHHHHHH")
STRANGER = token("PERSON", "JJJJJJJ")
GONE = token("PERSON", "KKKKKKK")
KEY = token("SECRET", "MMMMMMM")
WRONG = "PERSON_K7M2QX4D"

KNOWN = {
    ANN: "Chris Lee",
    f"{ANN}_B": "Ms. Lee",
    BOB: ANN,  # a name that looks like another's token
    LEEDS: "Chris Leeds",
    SITE: "https://evil.example/?q=",
    MAIL: "chris@lee.example",
    LOOKS: "PERSON_AAAAAAAA",
    ODD: r"\1 [Lee] (a|b)* $0 😀",
    STRANGER: "Dana Stranger",
    KEY: "hunter2",
}
SCOPE = frozenset({ANN, BOB, LEEDS, SITE, MAIL, LOOKS, ODD, ERASED, GONE, KEY})


class Book:
    """Looks words up as `Vault.surface` does and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, tokens: Collection[str]) -> dict[str, str]:
        self.asked.append(sorted(tokens))
        found = {t: KNOWN.get(t, KNOWN.get(base(t))) for t in tokens}
        return {t: words for t, words in found.items() if words is not None}


def restorer(
    *, reveal: Reveal = True, book: Book | None = None, record: Callable | None = None
) -> Restorer:
    return Restorer(
        book or Book(),
        SCOPE,
        reveal,
        {TYPED: "the asker's words"},
        record=record or (lambda _: None),
        erased=lambda tokens: {t for t in tokens if base(t) == GONE},
    )


def shown(text: str, *, reveal: bool = True) -> str:
    return restorer(reveal=reveal).restore(SafeText(text)).text
