"""What one document gave away is hidden in every other. Everything is invented."""

import pytest

from privrag.pseudonym import placeholders
from privrag.pseudonymize.known.find import find_known
from privrag.pseudonymize.linking.mentions import mentions_of
from privrag.pseudonymize.question import question_of
from privrag.pseudonymize.replace import pseudonymize_document
from privrag.records import Block, Document
from privrag.vault import FileKeyProvider, Mention, Vault
from tests.fakes import WordListDetector

KEY = "7f3a91c0de55b1aa"
DASHED = "qx-tok-48d1-99ZZ"


@pytest.fixture
def vault(tmp_path):
    keys = FileKeyProvider(tmp_path / "vault.key")
    with Vault.open(tmp_path / "vault.db", keys) as opened:
        mentions = [Mention("SECRET", secret, secret) for secret in (KEY, DASHED)]
        mentions.append(Mention("ID", "PA-77253", "PA77253"))
        opened.assign(mentions, version="other")
        yield opened


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"the box says {KEY}.", [("SECRET", KEY)]),
        (f"padded {KEY}== here", [("SECRET", KEY)]),
        (f"shipid: BOX-{KEY}", [("SECRET", KEY)]),
        (f"https://box.example/?k={KEY}&x=1", [("SECRET", KEY)]),
        (f"it is {DASHED}, she said", [("SECRET", DASHED)]),
        ("see PA-77253", [("ID", "PA-77253")]),
        (f"another one: {KEY}0", []),
        (f"another one: {KEY.upper()}", []),
        ("qx-tok alone", []),
    ],
)
def test_a_secret_or_id_is_found_where_nothing_announces_it(vault, text, hidden):
    (found,) = find_known([text], vault)
    assert [(e.label, text[e.start : e.end]) for e in found] == hidden


class TestNamesInAnyCase:
    @pytest.fixture
    def people(self, vault):
        names = ["John Smith", "Mei Wu", "Ludwig van der Berg", "Anna Q. Price", "Zoë Lindqvist"]
        ordinary = ["Will Case", "Mark Field", "May Day", "Rose Hill", "A. Cross", "A. Solhaug"]
        surfaces = [("PERSON", name) for name in (*names, *ordinary)]
        vault.assign(mentions_of(surfaces, "other"), version="people")
        return vault

    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("please ask john smith. john smith signs", ["john smith", "john smith"]),
            ("JOHN SMITH and john SMITH", ["JOHN SMITH", "john SMITH"]),
            ("John smith said, john Smith's car", ["John smith", "john Smith"]),
            ("by smith, john (2 pages)", ["smith, john"]),
            ("ask john\nsmith/anna price", ["john\nsmith", "anna price"]),
            ("**john smith** or **John Smith**", ["john smith", "John Smith"]),
            ("mei wu, ludwig van der berg", ["mei wu", "ludwig van der berg"]),
            ("anna q. price and anna price", ["anna q. price", "anna price"]),
            ("zoë lindqvist; ZOË LINDQVIST", ["zoë lindqvist", "ZOË LINDQVIST"]),
            ("a. solhaug, a solhaug", ["a. solhaug"]),
            ("Lindqvist's file, the Lindqvist file", ["Lindqvist's", "Lindqvist"]),
            ("*Zoë* **Lindqvist** or (Lindqvist)", ["*Zoë* **Lindqvist**", "Lindqvist"]),
            ("met john smith@berlin at noon, mei wu@2pm", ["john smith", "mei wu"]),
            ("ping bram@John Smith now, cc x@anna price", ["John Smith", "anna price"]),
            ("Lindqvist, zoë@noon", ["Lindqvist, zoë"]),
            ("john smith@mail.example, Lindqvist, zoë@mail.example", ["john", "Lindqvist"]),
            ("from x@quirm.john smith to y", ["smith"]),
            ("the Field was green, (Case), the Price, in Lindqvist", []),
        ],
    )
    def test_a_known_full_name_is_found(self, people, text, names):
        (found,) = find_known([text], people)
        assert [(e.label, text[e.start : e.end]) for e in found] == [("PERSON", n) for n in names]

    @pytest.mark.parametrize(
        "text",
        [
            "will case numbers change? Mark field 3 in may day reports",
            "the rose hill, a cross, a. cross, a solhaug",
            "johns smith; john smithson; john_x smith; john\tsmith; john. smith; john  |smith",
            "john and smith; smith and john",
        ],
    )
    def test_ordinary_words_and_near_misses_stay(self, people, text):
        assert find_known([text], people) == [[]]

    def test_who_was_forgotten_is_found_too(self, people):
        john = people.find([("PERSON", "john smith")]).popitem()[1]
        people.suppress_people([john])
        people.erase(john)
        text = "ask john smith and Mei wu"
        (found,) = find_known([text], people, only_forgotten=True)
        assert [text[e.start : e.end] for e in found] == ["john smith"]

    def test_so_is_one_whose_surname_somebody_else_had_then(self, people):
        people.assign(mentions_of([("PERSON", "Ida Smith")], "third"), version="third")
        john = people.find([("PERSON", "john smith")]).popitem()[1]
        people.suppress_people([john])
        people.erase(john)
        people.release("third")
        text = "ask john smith and ida smith"
        (found,) = find_known([text], people)
        assert [text[e.start : e.end] for e in found] == ["john smith"]

    @pytest.mark.parametrize("form", ["john smith", "John smith", "JOHN SMITH", "smith, john"])
    def test_documents_titles_and_questions_see_one_person(self, people, form):
        pseudonym = people.find([("PERSON", "john smith")])["PERSON", "john smith"]
        text = f"please ask {form} about the rent"
        block = Block("paragraph", text, None, 0, len(text))
        document = Document("0" * 64, "file:///d.txt", f"offer for {form}", "t", (block,), None)
        written, _ = pseudonymize_document(document, [[], []], people, version="v")
        (question,) = question_of([text], WordListDetector([]), people)
        assert placeholders(written.blocks[0].text) == {pseudonym}
        assert placeholders(written.title) == {pseudonym}
        assert question.placeholders == {pseudonym}

    def test_a_code_for_a_person_is_one_person_everywhere_and_its_parts_are_nobody(self, vault):
        coded = [("PERSON", "ZQR 759 TAN 403"), ("PERSON", "ZQR 12 TAN 340")]
        first, second = vault.assign(mentions_of(coded, "register"), version="register")
        text = "ZQR 759 TAN 403 came to HOSPITAL ZQR 232 TAN 200 with Tan 403"
        (found,) = find_known([text], vault)
        assert [text[e.start : e.end] for e in found] == ["ZQR 759 TAN 403"]
        assert vault.assign(mentions_of(coded[:1], "beds"), version="beds") == [first]
        (question,) = question_of(["Where is ZQR 12 TAN 340?"], WordListDetector([]), vault)
        assert question.placeholders == {second}
