"""Known names that are written as one word. All people are invented."""

import pytest

from privrag.pseudonym import base, placeholders
from privrag.pseudonymize.known.find import find_known
from privrag.pseudonymize.linking.mentions import mentions_of
from privrag.pseudonymize.profile import DetectSettings
from privrag.pseudonymize.question import question_of
from privrag.pseudonymize.replace import pseudonymize_document
from privrag.records import Block, Document
from privrag.vault import FileKeyProvider, Vault
from tests.fakes import WordListDetector

DIVIDED = ["anna_lee", "Anna-Lee", "anna-lee", "anna.lee", "lee.anna", "LEE_ANNA", "AnnaLee"]
TOGETHER = ["annaLee", "annalee", "leeanna", "anna_lee92"]
INITIALED = ["a.lee", "a_lee", "lee_a", "jquirm", "@alee", "/home/alee", "user: alee"]


@pytest.fixture
def vault(tmp_path):
    keys = FileKeyProvider(tmp_path / "vault.key")
    with Vault.open(tmp_path / "vault.db", keys) as opened:
        yield opened


def take_in(vault, *names):
    """The pseudonyms of people of another document."""
    mentions = mentions_of([("PERSON", name) for name in names], "other")
    return [base(token) for token in vault.assign(mentions, version="other")]


def safe(vault, text, *, people=(), title="t", settings=None, version="v"):
    """The text and title as they are stored."""
    block = Block("paragraph", text, None, 0, len(text))
    document = Document("0" * 64, "file:///d.txt", title, "text/plain", (block,), None)
    found = WordListDetector(people).detect([("paragraph", text), ("heading", title)])
    written, _ = pseudonymize_document(document, found, vault, version=version, settings=settings)
    return written


class TestDocuments:
    @pytest.mark.parametrize("form", [*DIVIDED, *TOGETHER])
    def test_a_name_of_another_document_is_hidden_and_is_that_persons(self, vault, form):
        [anna] = take_in(vault, "Anna Lee")
        written = safe(vault, f"ask {form} about it").blocks[0].text
        (token,) = written.removeprefix("ask ").removesuffix(" about it").split()
        assert base(token) == anna
        assert vault.surface([token]) == {token: form}

    @pytest.mark.parametrize("form", [*DIVIDED, *TOGETHER])
    def test_a_name_of_the_same_document_too(self, vault, form):
        text = safe(vault, f"Anna Lee came. ask {form}", people=["Anna Lee"]).blocks[0].text
        assert form not in text
        assert len(placeholders(text)) == 1

    @pytest.mark.parametrize("form", INITIALED)
    def test_an_initial_with_the_surname_is_a_user_name_of_its_own(self, vault, form):
        people = take_in(vault, "Anna Lee", "Jo Quirm")
        text = safe(vault, f"ask {form} about it").blocks[0].text
        (token,) = placeholders(text)
        assert token not in people
        assert token.startswith("USERNAME_")
        assert next(iter(vault.surface([token]).values())) in form

    @pytest.mark.parametrize(
        ("text", "start"),
        [
            ("see /profiles/anna-lee/cv", "see /profiles/PERSON_"),
            ("https://x.example/u/annalee?tab=1", "https://x.example/u/PERSON_"),
            ("open report_anna_lee.pdf", "open report_ PERSON_"),
            ("2024-03-anna-lee.docx", "2024-03-PERSON_"),
            ("new AnnaLeeContract()", "new PERSON_"),
            ("ask anna_lee@2pm", "ask PERSON_"),
            ("ssh root@anna-lee", "ssh root@PERSON_"),
        ],
    )
    def test_so_it_is_inside_addresses_and_file_names(self, vault, text, start):
        take_in(vault, "Anna Lee")
        assert safe(vault, text).blocks[0].text.startswith(start)

    @pytest.mark.parametrize(
        "text",
        [
            "across the smiles", "an alee shore", "Annalee", "banna_lees", "anna_leeds",
            "anna__x_lee", "anna lee-way", "leaking", "t_price and d.day", "max_annaleex", "a-lee",
        ],
    )  # fmt: skip
    def test_near_misses_stay(self, vault, text):
        people = ["Anna Lee", "A Cross", "Adam Cross", "Stella Miles", "Lea King", "Theo Price"]
        take_in(vault, *people, "Dora Day")
        assert safe(vault, text).blocks[0].text == text

    def test_a_form_that_two_people_have_joins_neither(self, vault):
        people = take_in(vault, "Anna Lee", "Ann Alee")
        (token,) = placeholders(safe(vault, "ask annalee").blocks[0].text)
        assert token not in people

    def test_an_address_stays_one(self, vault):
        take_in(vault, "Anna Lee")
        text = safe(vault, "write anna.lee@x.example").blocks[0].text
        assert text.startswith("write EMAIL_")
        kept = DetectSettings(actions={"EMAIL": "keep"})
        assert find_known(["write anna.lee@x.example"], vault) == [[]]
        assert kept.action("EMAIL") == "keep"

    def test_where_user_names_are_kept_it_still_is_a_name(self, vault):
        take_in(vault, "Anna Lee")
        kept = DetectSettings(actions={"USERNAME": "keep"})
        assert safe(vault, "ask anna_lee", settings=kept).blocks[0].text.startswith("ask PERSON_")

    def test_a_title_too(self, vault):
        take_in(vault, "Anna Lee")
        assert safe(vault, "x", title="anna_lee_contract").title.startswith("PERSON_")


class TestSettling:
    def test_what_was_taken_in_before_the_name_is_found_again(self, vault):
        before = safe(vault, "ask annalee or a.lee", version="b").blocks[0].text
        assert find_known([before], vault) == [[]]
        take_in(vault, "Anna Lee")
        assert len(find_known([before], vault)[0]) == 2
        after = safe(vault, before, version="b2").blocks[0].text
        assert find_known([after], vault) == [[]]

    @pytest.mark.parametrize("form", ["annalee", "Anna-Lee", "a.lee"])
    def test_who_was_forgotten_is_masked_in_every_form(self, vault, form):
        [anna] = take_in(vault, "Anna Lee")
        vault.suppress_people([anna])
        vault.erase(anna)
        assert safe(vault, f"ask {form}").blocks[0].text == "ask a user name"
        assert len(find_known([f"ask {form}"], vault, only_forgotten=True)[0]) == 1


class TestQuestions:
    def ask(self, vault, *texts, people=()):
        return question_of(texts, WordListDetector(people), vault)[-1]

    @pytest.mark.parametrize("form", [*DIVIDED, *TOGETHER])
    def test_they_see_the_same(self, vault, form):
        [anna] = take_in(vault, "Anna Lee")
        question = self.ask(vault, f"What did {form} write?")
        assert question.placeholders == {anna}
        assert list(question.ephemeral.values()) == [form]

    def test_a_user_name_of_a_document_is_the_same_in_a_question(self, vault):
        take_in(vault, "Anna Lee")
        (token,) = placeholders(safe(vault, "ask a.lee").blocks[0].text)
        assert self.ask(vault, "What did a.lee write?").placeholders == {token}

    def test_of_two_people_it_may_mean_each(self, vault):
        people = take_in(vault, "Anna Lee", "Ann Alee")
        question = self.ask(vault, "What did annalee write?")
        assert set(question.may_mean) == set(people)

    def test_a_name_of_the_request_counts(self, vault):
        question = self.ask(vault, "Is annalee Anna Lee?", people=["Anna Lee"])
        assert len(question.placeholders) == 1
        assert sorted(question.ephemeral.values()) == ["Anna Lee", "annalee"]

    def test_an_address_stays_one(self, vault):
        take_in(vault, "Anna Lee")
        (token,) = self.ask(vault, "Who is anna.lee@x.example?").placeholders
        assert token.startswith("EMAIL_")
