"""Ways of choosing passages over the same hits: what each figure says. Invented people."""

import asyncio
import json

import pytest

from privrag.choose import ChooseSettings
from privrag.errors import EvaluationError
from privrag.parse import ParseSettings
from privrag.prompts import PromptSettings
from privrag.records import Block, Document
from privrag.settings import Settings
from privrag_evals.retrieval.ablation import ablate, report, twice, variants_of
from privrag_evals.scratch_home import Parts
from privrag_evals.suites import Asked, Place, Suite, document_of, read_folder
from tests.fakes import HashEmbedder, WordListDetector
from tests.test_cli import privrag

RENT = "the rent of the yard is paid by Marta Lindqvist on the first day of the month"
TEXTS = {
    "lease": RENT,
    "lease, copied": RENT,
    "note": "the rent of the mill was paid by Femi Adeyemi in the spring",
    "menu": "soup and bread are served at noon in the canteen beside the river",
}
ASKED = [
    Asked("1", "Who paid the rent of the yard on the first day?",
          {"lease": 1.0, "lease, copied": 1.0}, ("Femi Adeyemi",), traits={"difficulty": "hard"}),
    Asked("2", "What is served at noon in the canteen?", {"menu": 1.0}),
]  # fmt: skip


def ablated(suite, *, embedder=None, headings=False, **choose):
    own = ChooseSettings(**choose)
    settings = Settings(choose=own, prompts=PromptSettings(passages=2))
    detector = WordListDetector(("Marta Lindqvist", "Femi Adeyemi"))
    parts = Parts(settings, detector, embedder or HashEmbedder())
    return report(asyncio.run(ablate(suite, variants_of(own), parts, headings=headings)))


def scores(found, variant):
    return found["cases"]["scores"][variant]


def houses():
    return Suite("houses", {n: document_of(n, "", text) for n, text in TEXTS.items()}, ASKED)


def test_each_value_is_tried_alone_and_the_homes_own_comes_first():
    names = list(variants_of(ChooseSettings(near_duplicates=0.9, per_document=2)))
    assert names[0] == "home"
    assert "near_duplicates=0" in names
    assert not {"near_duplicates=0.9", "per_document=2", "mmr_lambda=1"} & set(names)
    tried = variants_of(ChooseSettings(per_document=2))["mmr_lambda=0.5"]
    assert tried == ChooseSettings(per_document=2, mmr_lambda=0.5)


def test_a_copy_less_makes_room_for_the_passage_that_holds_the_answer():
    found = ablated(houses(), near_duplicates=0)
    home, without = scores(found, "home"), scores(found, "near_duplicates=0.9")
    assert [row["answer_held"] for row in home] == [0.0, None], "no answers, no figure"
    assert without[0]["answer_held"] == 1.0, "names are put back before it is looked for"
    assert found["systems"]["near_duplicates=0.9"]["changed"] == 0.5, "of the two questions one"
    assert all(row["right_in_5"] == row["evidence_right"] == 1.0 for row in without)
    gained = found["paired"]["near_duplicates=0.9 - home"]["answer_held"]
    assert (gained["mean"], gained["cases"]) == (1.0, 1)
    assert found["systems"]["home"]["by"]["difficulty"]["hard"]["queries"] == 1
    assert not any(word in json.dumps(found) for word in ("Marta", "Femi", "rent", "soup"))


def test_sources_are_the_documents_among_the_passages_shown():
    filler = " ".join(f"word{n}" for n in range(130))
    whole = document_of("whole", "", f"the rent is paid {filler}\n\nthe rent is due {filler}")
    suite = Suite("two", {"whole": whole, "menu": houses().documents["menu"]},
                  [Asked("1", "When is the rent paid or due?", {"whole": 1.0})])  # fmt: skip
    found = ablated(suite)
    assert scores(found, "home")[0]["sources"] == 0.5
    assert scores(found, "per_document=1")[0]["sources"] == 1.0


def test_a_place_with_a_page_is_right_on_that_page_alone():
    def two_pages(page):
        blocks = (Block("paragraph", "the rent is paid in May", 1, 0, 23),
                  Block("paragraph", "soup is served at noon", 2, 25, 47))  # fmt: skip
        guide = Document("guide", "guide", "Guide", "application/pdf", blocks, 2)
        asked = Asked("1", "When is soup served?", {"guide": 1.0}, places=(Place("guide", page),))
        return scores(ablated(Suite("guide", {"guide": guide}, [asked])), "home")[0]

    assert two_pages(2)["evidence_right"] == two_pages(None)["evidence_right"] == 1.0
    assert two_pages(1)["evidence_right"] == 0.0
    assert two_pages(3)["right_in_5"] == 0.0


class Listening(HashEmbedder):
    """Keeps what it embeds."""

    def __init__(self):
        super().__init__()
        self.texts = []

    def embed(self, texts):
        self.texts += texts
        return super().embed(texts)


def test_without_headings_no_chunk_has_what_stands_above_it():
    filler = " ".join(f"word{n}" for n in range(158))
    guide = document_of("guide", "Canteen", f"{filler}\n\nIt closes at nine.")
    suite = Suite("one", {"guide": guide}, [Asked("1", "When does it close?", {"guide": 1.0})])
    embedder = Listening()
    found = ablated(suite, embedder=embedder, headings=True)
    assert list(found["systems"])[-1] == "without headings"
    assert embedder.texts.count("Canteen\nIt closes at nine.") == 1
    assert "It closes at nine." in embedder.texts


def test_twice_every_document_stands_there_under_two_names_that_are_right():
    asked = Asked("1", "Who?", {"a": 1.0}, group="g", places=(Place("a", 3),))
    suite = twice(Suite("s", {"a": document_of("a", "", "x")}, [asked], {"a": "g"}))
    (both,) = suite.questions
    assert list(suite.documents) == list(both.gains) == ["a", "a (copy)"]
    assert both.places == (Place("a", 3), Place("a (copy)", 3))
    assert suite.groups == {"a": "g", "a (copy)": "g"}


def test_questions_are_asked_of_the_files_of_a_folder(tmp_path):
    (tmp_path / "docs" / "hr").mkdir(parents=True)
    (tmp_path / "docs" / "hr" / "guide.txt").write_text("Visitors park on deck C.")
    (tmp_path / "docs" / ".hidden.txt").write_text("Nobody reads this.")
    line = {"id": "1", "question": "Where do visitors park?", "answers": ["deck C"]}
    lines = [line | {"doc": "hr/guide.txt", "page": None}, line | {"id": "2", "answers": []}]
    questions = tmp_path / "q.jsonl"
    questions.write_text("\n".join(map(json.dumps, lines)))
    suite = read_folder(questions, tmp_path / "docs", ParseSettings())
    assert list(suite.documents) == ["hr/guide.txt"]
    assert [(q.id, q.gains, q.places) for q in suite.questions] == [
        ("1", {"hr/guide.txt": 1.0}, (Place("hr/guide.txt"),))
    ]
    with pytest.raises(EvaluationError, match="no folder 'none'"):
        read_folder(questions, tmp_path / "none", ParseSettings())
    questions.write_text(json.dumps(line | {"doc": "other.txt"}))
    with pytest.raises(EvaluationError, match="no document of the question '1'"):
        read_folder(questions, tmp_path / "docs", ParseSettings())


def test_the_command_refuses_a_folder_that_is_not_there(tmp_path):
    questions = tmp_path / "q.jsonl"
    questions.write_text(json.dumps({"id": "1", "question": "Who?", "answers": ["x"], "doc": "a"}))
    done = privrag("eval", "ablation", "--data", questions, "--documents", tmp_path / "none",
                   "--json", home=tmp_path / "home")  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no folder 'none'" in done.stderr
