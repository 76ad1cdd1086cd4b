"""User names that are somebody's name: `matthew_chapman`, `@zolta.quirm`, `ZoltaQuirm92`.

A handle and a name are compared by their letters alone, so where it divides (`_`, `.`, a digit, a
capital, nowhere) makes no difference. Given name and surname must both be there and nothing else.
"""

from collections.abc import Sequence

from privrag.pseudonymize.lexicon import PARTICLES, fold, fold_spelled_out
from privrag.pseudonymize.linking.canonical import full_names
from privrag.pseudonymize.names.reading import is_cased_like_code

_MIN_LETTERS = 6
_MIN_SURNAME = 3


def handle_letters(label: str, surface: str) -> str | None:
    """The letters of a user name, folded; None if these words are not written as one.

    A PERSON counts too if it is one word with `@`, `_`, a dot, a digit or an inner capital in it,
    or without any capital.
    """
    word = surface.strip().removeprefix("@")
    if label not in {"USERNAME", "PERSON"} or not word or "@" in word or " " in word:
        return None
    if label == "PERSON" and not (surface.strip() != word or _is_written_as_handle(word)):
        return None
    letters = "".join(c for c in fold(word) if c.isalpha())
    return letters if len(letters) >= _MIN_LETTERS else None


def is_handle(label: str, surface: str) -> bool:
    """Whether these words are a user name by their type or signs, however short."""
    word = surface.strip()
    if label != "PERSON" or any(c.isspace() for c in word):
        return label == "USERNAME"
    return word.startswith("@") or _has_signs(word)


def letters_of_name(name: str) -> frozenset[str]:
    """The letters that a handle of this full name (canonical form) may have."""
    words = [w for w in name.split() if w not in PARTICLES]
    if len(words) < 2:
        return frozenset()
    ends = (words[0], words[-1])
    orders = (ends, ends[::-1], tuple(words), tuple(name.split()))
    spelled = ("".join(map(how, order)) for order in orders for how in (fold, fold_spelled_out))
    return frozenset("".join(c for c in one if c.isalpha()) for one in spelled)


def initialed_letters(name: str) -> frozenset[str]:
    """`zquirm`, `quirmz`: those of an initial with the surname. They tell nobody apart."""
    words = [w for w in name.split() if w not in PARTICLES]
    if len(words) < 2:
        return frozenset()
    spelled = set()
    for how in (fold, fold_spelled_out):
        first, last = ("".join(c for c in how(w) if c.isalpha()) for w in (words[0], words[-1]))
        if first and len(last) >= _MIN_SURNAME:
            spelled |= {first[0] + last, last + first[0]}
    return frozenset(spelled)


def people_behind(surfaces: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """(label, surface) of each handle -> the only full name of the document that it spells."""
    wanted: dict[tuple[str, str], str] = {}
    for one in surfaces:
        if (letters := handle_letters(*one)) is not None:
            wanted[one] = letters
    if not wanted:
        return {}
    by_letters: dict[str, list[str]] = {}
    for name in full_names(surfaces):
        for letters in letters_of_name(name):
            by_letters.setdefault(letters, []).append(name)
    fits = {one: by_letters.get(letters, []) for one, letters in wanted.items()}
    return {one: names[0] for one, names in fits.items() if len(names) == 1}


def _has_signs(word: str) -> bool:
    """`jo_m`, `jo9`, `jo.m`: a name has no such signs, `J.Moe` is one."""
    dotted = word.islower() and "." in word.strip(".")
    return dotted or any(c == "_" or c.isdigit() for c in word)


def _is_written_as_handle(word: str) -> bool:
    return _has_signs(word) or word.islower() or is_cased_like_code(word)
