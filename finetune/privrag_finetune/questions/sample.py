"""Which passages are asked about, and what: spread over documents, kinds and degrees.

Documents that share most of their words are one cluster, and clusters take turns: a form letter
sent a thousand times is asked about as often as any other document.
"""

import hashlib
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from privrag.evidence import content_words, header_of, is_blank, plain, sentence_at
from privrag.pseudonym import bare
from privrag.quarantine import QuarantineSettings, quarantine
from privrag.records import Chunk
from privrag_finetune.questions.alike import group_alike, shingles
from privrag_finetune.questions.recipe import Category, Difficulty, Recipe, Style
from privrag_finetune.questions.split import Split, split_clusters

_SAME_DOCUMENT = 0.5
_SAME_PASSAGE = 0.7
_LEAST_LETTERS = 0.6
"""Of a passage's characters (without white space); a table of figures has fewer."""
_SHORTEST_SENTENCE = 6
_LONGEST_TEXT = 90
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Task:
    """One question to be made."""

    id: str
    """The same for the same question about the same text, asked of the same model."""
    number: int
    chunk: Chunk
    """As it stands in the index."""
    shown: Chunk
    """The same without sentences that give orders to a model: what is asked about."""
    text: str
    """What a base model is shown: sentences of it."""
    category: Category
    difficulty: Difficulty
    opening: str
    split: Split


@dataclass(frozen=True, slots=True)
class Aim:
    """What the tasks are made for."""

    recipe: Recipe
    style: Style
    model: str
    limit: int
    seed: int
    key: str
    """Secret of the home by which documents are split."""


@dataclass(frozen=True, slots=True)
class Divided:
    """Documents in clusters, and where each is."""

    cluster_of: dict[str, str]
    split_of: dict[str, Split]


def divide(
    chunks: Sequence[Chunk], aim: Aim, recorded: Mapping[str, Split] | None = None
) -> Divided:
    """The documents of all these chunks; `recorded` is where some were put before."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for chunk in chunks:
        texts[chunk.source.document].append(bare(chunk.text))
    whole = {document: shingles("\n".join(parts)) for document, parts in sorted(texts.items())}
    cluster_of = group_alike(whole, share=_SAME_DOCUMENT)
    split_of = split_clusters(cluster_of, aim.recipe.splits, key=aim.key, recorded=recorded)
    return Divided(cluster_of, split_of)


def plan(
    chunks: Sequence[Chunk],
    aim: Aim,
    divided: Divided | None = None,
    *,
    orders: QuarantineSettings | None = None,
) -> list[Task]:
    """At most `limit` tasks, the same for the same chunks, recipe, model and seed.

    `divided` may hold more documents than are asked about; None divides those of the chunks. What
    gives orders to a model is neither shown nor asked about, as when questions are answered.
    """
    own = divided or divide(chunks, aim)
    shown = {c.id: c for c in quarantine(chunks, "", orders or QuarantineSettings()).shown}
    asked = _once_each([c for c in chunks if is_askable(shown[c.id], aim.recipe)], own.split_of)
    spread = _spread(asked, own.cluster_of, aim.seed)
    return list(_Planner(aim, own.split_of, shown).tasks(spread))


def is_askable(chunk: Chunk, recipe: Recipe) -> bool:
    """Whether there is enough text in words: no heading, no table of figures."""
    if chunk.kind in {"heading", "header", "code"}:
        return False
    signs = [c for c in chunk.text if not c.isspace()]
    letters = sum(c.isalpha() for c in signs)
    enough = len(content_words(bare(chunk.text))) >= recipe.filters.min_passage_words
    return enough and letters >= _LEAST_LETTERS * len(signs)


def _once_each(chunks: Sequence[Chunk], split_of: dict[str, Split]) -> list[Chunk]:
    """One of each group of like passages; none of a group that stands on both sides of a split."""
    ordered = sorted(chunks, key=lambda c: (c.source.document, c.start, c.id))
    leader = group_alike({c.id: shingles(bare(c.text)) for c in ordered}, share=_SAME_PASSAGE)
    sides: defaultdict[str, set[Split]] = defaultdict(set)
    for chunk in ordered:
        sides[leader[chunk.id]].add(split_of[chunk.source.document])
    return [c for c in ordered if leader[c.id] == c.id and len(sides[c.id]) == 1]


def _spread(chunks: Sequence[Chunk], cluster_of: dict[str, str], seed: int) -> list[Chunk]:
    """Clusters take turns, then the documents of a cluster, then their passages, each shuffled."""
    nested: defaultdict[str, defaultdict[str, list[Chunk]]]
    nested = defaultdict(lambda: defaultdict(list))
    for chunk in chunks:
        nested[cluster_of[chunk.source.document]][chunk.source.document].append(chunk)
    draw = random.Random(seed)  # noqa: S311 - a sample, no secret
    clusters = []
    for _, documents in sorted(nested.items()):
        lists = [sorted(some, key=lambda c: c.id) for _, some in sorted(documents.items())]
        for some in (*lists, lists):
            draw.shuffle(some)  # type: ignore[arg-type] # a list of either
        clusters.append(list(_in_turns(lists)))
    draw.shuffle(clusters)
    return list(_in_turns(clusters))


def _in_turns(lists: Sequence[Sequence[Chunk]]) -> Iterator[Chunk]:
    rounds = chain.from_iterable(zip_longest(*lists))
    return (chunk for chunk in rounds if chunk is not None)


class _Planner:
    """Deals kinds and degrees out, those first that were dealt least."""

    def __init__(self, aim: Aim, split_of: dict[str, Split], shown: dict[str, Chunk]) -> None:
        self._aim = aim
        self._shown = shown
        self._split_of = split_of
        self._draw = random.Random(aim.seed)  # noqa: S311 - a sample, no secret
        self._dealt: Counter[tuple[str, str]] = Counter()
        self._version = aim.recipe.prompt_version(aim.style)

    def tasks(self, chunks: Sequence[Chunk]) -> Iterator[Task]:
        number = 0
        done: set[tuple[str, str, str]] = set()
        for _ in range(self._aim.recipe.questions_per_chunk):
            for chunk in chunks:
                if number == self._aim.limit:
                    return
                task = self._task(chunk, number, done)
                if task is not None:
                    done.add((chunk.id, task.category.name, task.text))
                    number += 1
                    yield task

    def _task(self, chunk: Chunk, number: int, done: set[tuple[str, str, str]]) -> Task | None:
        recipe = self._aim.recipe
        cells = [(c, d) for d in recipe.difficulties for c in recipe.categories]
        self._draw.shuffle(cells)
        cells.sort(key=lambda cell: self._dealt[cell[0].name, cell[1].name])
        for category, difficulty in cells:
            texts = [
                text
                for text in self._texts(self._shown[chunk.id], difficulty)
                if fits(text, category) and (chunk.id, category.name, text) not in done
            ]
            if texts:
                self._dealt[category.name, difficulty.name] += 1
                text, opening = self._draw.choice(texts), self._draw.choice(category.openings)
                parts = (chunk.id, chunk_sha256(chunk), text, category.name, difficulty.name)
                named = "\n".join((*parts, opening, self._version, self._aim.model))
                return Task(
                    id=hashlib.sha256(named.encode()).hexdigest()[:20],
                    number=number,
                    chunk=chunk,
                    shown=self._shown[chunk.id],
                    text=text,
                    category=category,
                    difficulty=difficulty,
                    opening=opening,
                    split=self._split_of[chunk.source.document],
                )
        return None

    def _texts(self, chunk: Chunk, difficulty: Difficulty) -> list[str]:
        """What may be asked about: a chat model reads the passage, a base model some sentences."""
        if self._aim.style == "chat":
            return [plain(chunk.text)]
        return windows(chunk, difficulty.sentences)


def windows(chunk: Chunk, length: int) -> list[str]:
    """Runs of so many whole sentences (a table row under its header); a short chunk has one."""
    if chunk.kind == "table":
        numbers = range(len(chunk.sentences))
        rows = [n for n in numbers if header_of(chunk, n).strip() and not is_blank(chunk, n)]
        return [plain(f"{header_of(chunk, n)}\n{sentence_at(chunk, n)}") for n in rows]
    whole = [plain(sentence_at(chunk, n)) for n in range(len(chunk.sentences))]
    runs = [whole[n : n + length] for n in range(max(1, len(whole) - length + 1))]
    return [
        text
        for run in runs
        if run and all(_is_sentence(s) for s in run)
        if len((text := " ".join(run)).split()) <= _LONGEST_TEXT
    ]


def _is_sentence(text: str) -> bool:
    long_enough = len(text.split()) >= _SHORTEST_SENTENCE
    return long_enough and text[:1].isupper() and text.rstrip("\"')”’ ").endswith((".", "!"))


def fits(text: str, category: Category) -> bool:
    """Whether one of the category's cues stands in the text; without cues every text fits."""
    if not category.cues:
        return True
    words = {word.casefold() for word in _WORDS.findall(text)}
    return any(_stands_in(cue, text, words) for cue in category.cues)


def _stands_in(cue: str, text: str, words: set[str]) -> bool:
    if cue == "#":
        return any(c.isdigit() for c in bare(text))
    if cue.endswith("_"):
        return cue in text
    low = cue.casefold()
    if low.endswith("*"):
        return any(word.startswith(low[:-1]) for word in words)
    return low in words


def chunk_sha256(chunk: Chunk) -> str:
    """Of its safe text."""
    return hashlib.sha256(chunk.text.encode()).hexdigest()
