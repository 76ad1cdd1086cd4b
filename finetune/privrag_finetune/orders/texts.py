"""The sentences that the model of wording learns from, and those that only judge it."""

import json
import random
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from privrag.errors import EvaluationError
from privrag.pseudonymize.sentences import split_sentences

_HERE = Path(__file__).parent
_PLACE = re.compile(r"\{([tqQvdnh])\}")
_SEED = 7


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence, which kind of the file it stands under, and the line that it was made from."""

    kind: str
    line: int
    text: str


def written(name: str, *, fillings: int) -> list[Row]:
    """The sentences of `orders.txt` or `ordinary.txt`; a line with places is filled so often."""
    words = tomllib.loads((_HERE / "fillings.toml").read_text(encoding="utf-8"))
    choose = random.Random(_SEED)  # noqa: S311 - examples, not keys
    rows = []
    for number, (kind, line) in enumerate(_lines(_HERE / name)):
        times = fillings if _PLACE.search(line) else 1
        texts = (_filled(line, words, choose) for _ in range(times))
        rows += [Row(kind, number, text) for text in dict.fromkeys(texts)]
    return rows


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    kind = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            kind = line.removeprefix("## ")
        elif line and not line.startswith("# "):
            yield kind, line.replace("\\n", "\n")


def _filled(line: str, words: Mapping[str, Sequence[str]], choose: random.Random) -> str:
    text = _PLACE.sub(lambda match: choose.choice(words[match[1]]), line)
    return text[0].upper() + text[1:] if line.startswith("{") else text


def corpora(folder: Path, names: Sequence[str]) -> dict[str, list[str]]:
    """The sentences of ordinary documents. Raises EvaluationError where they are not there."""
    try:
        return {name: list(dict.fromkeys(_READERS[name](folder))) for name in names}
    except OSError as error:
        raise EvaluationError(
            f"the documents in {str(folder)!r} cannot be read ({type(error).__name__}); "
            "--data names the folder that holds xquad, policyqa, tab and the others"
        ) from None


def _sentences(text: str) -> Iterator[str]:
    yield from (text[start:end] for start, end in split_sentences("paragraph", text))


def _squad(path: Path) -> Iterator[str]:
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            yield from _sentences(paragraph["context"])


def _court_cases(folder: Path) -> Iterator[str]:
    text = (folder / "tab" / "tab_train_dev.jsonl").read_text(encoding="utf-8")
    for line in text.splitlines():
        yield from _sentences(json.loads(line)["text"])


def _abstracts(folder: Path) -> Iterator[str]:
    path = folder / "pubmedqa" / "pqal_train.json"
    for row in json.loads(path.read_text(encoding="utf-8")).values():
        for context in row["CONTEXTS"]:
            yield from _sentences(context)


def _handbooks(folder: Path) -> Iterator[str]:
    for path in sorted((folder / "ev_charging").rglob("*.md*")):
        for block in path.read_text(encoding="utf-8").split("\n\n"):
            if block.lstrip().startswith(("-", "*", "|", "`", "1")):
                yield from filter(None, map(str.strip, block.split("\n")))
            else:
                yield from _sentences(block)


_READERS = {
    "ev_charging": _handbooks,
    "pubmedqa": _abstracts,
    "xquad": lambda folder: _squad(folder / "xquad" / "xquad.en.json"),
    "policyqa": lambda folder: _squad(folder / "policyqa" / "dev.json"),
    "tab": _court_cases,
}
