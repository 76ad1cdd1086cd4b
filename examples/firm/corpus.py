"""Collects documents and questions, writes the files and finds where each answer stands."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from firm import office, plain_text
from firm.mail import Mail, write_eml
from firm.marks import bare, mentions, plain
from firm.markup import Block, parse
from firm.pdf import foldable, write_pdf
from firm.world import FIRM, World

Difficulty = Literal["easy", "medium", "hard"]
Question = tuple[str, str | Sequence[str], str | tuple[str, ...], Difficulty]
"""Question, accepted answers, piece(s) of the evidence, difficulty."""

PAGELESS: dict[str, Callable[[Path, str, list[Block]], None]] = {
    ".docx": office.write_docx,
    ".txt": plain_text.write_txt,
    ".rst": plain_text.write_rst,
    ".md": plain_text.write_md,
    ".html": plain_text.write_html,
    ".csv": plain_text.write_csv,
    ".json": plain_text.write_json,
    ".odt": plain_text.write_with_pandoc,
    ".rtf": plain_text.write_with_pandoc,
    ".epub": plain_text.write_with_pandoc,
}
PAGED: dict[str, Callable[[Path, str, list[Block]], tuple[list[int], int]]] = {
    ".pdf": write_pdf,
    ".pptx": office.write_pptx,
    ".xlsx": office.write_xlsx,
}


@dataclass(frozen=True, slots=True)
class Passage:
    """What can be cited: marked text as it stands in the file, its page and its block."""

    text: str
    shown: str
    page: int | None
    block: int


@dataclass(slots=True)
class Draft:
    """A document before it is written."""

    path: str
    title: str
    blocks: list[Block]
    mail: Mail | None = None
    passages: list[Passage] = field(default_factory=list)
    pages: int | None = None

    @property
    def suffix(self) -> str:
        return Path(self.path).suffix

    @property
    def marked(self) -> str:
        """All marked text, headers and attachments included."""
        headers = self.mail.marked_headers if self.mail else ""
        bodies = ("\n".join([block.text, *block.lines]) for block in self.blocks)
        return "\n".join([self.title, headers, *bodies])


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the words by which its evidence is found in the document."""

    path: str
    question: str
    answers: tuple[str, ...]
    find: tuple[str, ...]
    category: str
    difficulty: Difficulty
    also: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Corpus:
    """What the department modules fill: `add` a document, then `ask` about it."""

    world: World
    drafts: dict[str, Draft] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    unanswerable: list[tuple[str, str]] = field(default_factory=list)

    def add(self, path: str, title: str, source: str, *, mail: Mail | None = None) -> str:
        """Take in a document in the markup; gives its path for the questions about it."""
        blocks = parse(source)
        if mail:
            blocks += [block for attached in mail.attachments for block in attached.blocks]
        if path.endswith(".pdf"):
            title = foldable(title)
            blocks = [
                Block(b.kind, foldable(b.text), b.level, tuple(map(foldable, b.lines)))
                for b in blocks
            ]
        self.drafts[path] = Draft(path, title, blocks, mail)
        return path

    def ask(
        self,
        path: str,
        question: str,
        answers: str | Sequence[str],
        find: str | tuple[str, ...],
        *,
        kind: str,
        level: Difficulty = "medium",
        also: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Ask about a document.

        `find` is a piece of the sentence or row that answers (two pieces where two sentences of
        one paragraph are needed); it must stand in exactly one place. `also` lists (path, piece)
        of other documents with the same fact.
        """
        given = (answers,) if isinstance(answers, str) else tuple(answers)
        pieces = (find,) if isinstance(find, str) else find
        self.asked.append(Asked(path, question, given, pieces, kind, level, tuple(also)))

    def ask_all(self, path: str, kind: str, questions: Iterable[Question]) -> None:
        """Ask several questions of one kind about a document."""
        for question, answers, find, level in questions:
            self.ask(path, question, answers, find, kind=kind, level=level)

    def ask_in_vain(self, question: str, *, kind: str) -> None:
        """A plausible question that no document answers."""
        self.unanswerable.append((question, kind))

    def write(self, out: Path) -> Iterator[str]:
        """Write the files one by one, giving the path of each."""
        for draft in self.drafts.values():
            _write(draft, out)
            yield draft.path

    def truth(self) -> dict[str, Any]:
        """The truth file; call it after `write`, which notes the pages."""
        documents = [
            {"path": d.path, "format": d.suffix[1:], "pages": d.pages} for d in self.drafts.values()
        ]
        return {
            "firm": FIRM,
            "seed": self.world.seed,
            "documents": documents,
            "entities": self._entities(),
            "questions": [*self._questions()],
        }

    def _entities(self) -> list[dict[str, Any]]:
        found = defaultdict(list)
        for draft in self.drafts.values():
            for mention in sorted(mentions(draft.marked)):
                found[mention].append(draft.path)
        return [
            {"type": m.kind, "value": m.value, "entity": m.entity, "documents": paths}
            for m, paths in sorted(found.items())
        ]

    def _questions(self) -> Iterator[dict[str, Any]]:
        for number, asked in enumerate(self.asked, 1):
            evidence = self._locate(asked.path, asked.find)
            question = asked.question
            if asked.path.endswith(".pdf"):
                question = foldable(question)
            also = [
                {"document": path, "page": self._locate(path, (piece,)).page}
                for path, piece in asked.also
            ]
            also += self._elsewhere(asked, evidence)
            entry = {
                "id": f"q{number:03d}",
                "question": bare(question),
                "answers": self._accepted(asked.answers),
                "document": asked.path,
                "page": evidence.page,
                "evidence": bare(evidence.shown),
                "category": asked.category,
                "difficulty": asked.difficulty,
                "answerable": True,
            }
            yield entry | ({"also": also} if also else {})
        for number, (question, kind) in enumerate(self.unanswerable, 1):
            yield {
                "id": f"u{number:03d}",
                "question": bare(question),
                "answers": [],
                "document": None,
                "page": None,
                "evidence": None,
                "category": kind,
                "difficulty": "hard",
                "answerable": False,
            }

    def _locate(self, path: str, pieces: tuple[str, ...]) -> Passage:
        """The passage with the first piece, joined with those up to the last piece."""
        passages = self.drafts[path].passages
        wanted = [bare(foldable(p) if path.endswith(".pdf") else p) for p in pieces]
        hits = [[i for i, p in enumerate(passages) if w in bare(p.text)] for w in wanted]
        if any(len(hit) != 1 for hit in hits):
            raise ValueError(f"{path}: {wanted} stands in {hits}, expected one place each")
        first, last = min(h[0] for h in hits), max(h[0] for h in hits)
        span = passages[first : last + 1]
        if len({p.block for p in span}) != 1:
            raise ValueError(f"{path}: {wanted} stand in different blocks")
        joined = " ".join(p.text for p in span)
        return Passage(joined, " ".join(p.shown for p in span), span[0].page, span[0].block)

    def _accepted(self, answers: tuple[str, ...]) -> list[str]:
        """The answers in every accepted notation, without repetition."""
        accepted: list[str] = []
        for answer in answers:
            accepted.append(bare(answer))
            for mention in mentions(answer):
                person = self.world.people.get(mention.entity.removeprefix("phone-"))
                if mention.kind == "PHONE" and person:
                    accepted += [form for name, form in person.ids.items() if "phone" in name]
                if mention.kind == "PERSON" and person:
                    names = (person.full_name, person.surname)
                    accepted += [*names, *map(foldable, names), *map(plain, names)]
                if mention.kind == "IBAN":
                    accepted.append(mention.value.replace(" ", ""))
        return list(dict.fromkeys(accepted))

    def _elsewhere(self, asked: Asked, evidence: Passage) -> list[dict[str, Any]]:
        """Other pages on which what is asked about stands with the number that answers.

        Two people often stand on one page without having to do with each other, so a person as
        the answer counts only where a number (an invoice, say) is asked about.
        """
        about = {m.entity: m.kind for m in mentions(asked.question)}.items()
        answers = {m.entity: m.kind for text in asked.answers for m in mentions(text)}.items()
        kinds = {kind for _, kind in [*about, *answers]}
        about, wanted = {entity for entity, _ in about}, {entity for entity, _ in answers}
        pages: set[tuple[str, int]] = set()
        if about and wanted and kinds != {"PERSON"}:
            for path, draft in self.drafts.items():
                on_page = defaultdict(set)
                for passage in draft.passages:
                    on_page[passage.page or 0] |= {m.entity for m in mentions(passage.text)}
                if draft.mail:
                    on_page[0] |= {m.entity for m in mentions(draft.mail.marked_headers)}
                hits = (page for page, held in on_page.items() if about <= held and wanted <= held)
                pages |= {(path, page) for page in hits}
        pages.discard((asked.path, evidence.page or 0))
        return [{"document": path, "page": page or None} for path, page in sorted(pages)]


def _write(draft: Draft, out: Path) -> None:
    path = out / draft.path
    path.parent.mkdir(parents=True, exist_ok=True)
    numbers: Sequence[int | None] = [None] * len(draft.blocks)
    if draft.mail:
        attached = sum(len(a.blocks) for a in draft.mail.attachments)
        write_eml(path, draft.title, draft.mail, draft.blocks[: len(draft.blocks) - attached])
    elif write_paged := PAGED.get(draft.suffix):
        numbers, draft.pages = write_paged(path, draft.title, draft.blocks)
    else:
        PAGELESS[draft.suffix](path, draft.title, draft.blocks)
    draft.passages = [
        Passage(text, _shown(draft.suffix, block, text), page, i)
        for i, (block, page) in enumerate(zip(draft.blocks, numbers, strict=True))
        for text in block.passages
    ]


def _shown(suffix: str, block: Block, passage: str) -> str:
    """A passage as it stands in a file of that format."""
    if block.kind != "table":
        return passage
    cells = passage.split("\t")
    if suffix in (".csv", ".eml"):  # a table in a mail is an attached CSV
        return ";".join(cells)
    if suffix == ".md":
        return f"| {' | '.join(cells)} |"
    if suffix == ".json":
        return plain_text.json_record(block.rows[0], cells)
    return " ".join(cells)
