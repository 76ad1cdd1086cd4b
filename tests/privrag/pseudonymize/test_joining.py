"""Who is one person across documents. All people are invented."""

import pytest

from privrag.pseudonym import base
from privrag.pseudonymize.linking.handles import people_behind
from privrag.pseudonymize.linking.mentions import mentions_of
from privrag.pseudonymize.question import question_of
from privrag.vault import FileKeyProvider, Flag, Vault
from tests.fakes import WordListDetector

ZOLTA, MIRA = ("PERSON", "Zolta Quirm"), ("PERSON", "Mira Quirm")
MAIL, PHONE = ("EMAIL", "zolta.quirm@a.example"), ("PHONE", "+45 33 12 34 56")


@pytest.fixture
def vault(tmp_path):
    keys = FileKeyProvider(tmp_path / "vault.key")
    with Vault.open(tmp_path / "vault.db", keys) as opened:
        yield opened


def take_in(vault, document, *surfaces, version=None):
    """The pseudonyms of a document's mentions."""
    tokens = vault.assign(mentions_of(surfaces, document), version=version or document)
    return [base(token) for token in tokens]


class TestOneWord:
    def test_a_given_name_in_two_documents_is_two_people(self, vault):
        [first], [second] = (
            take_in(vault, "a", ("PERSON", "Anna")),
            take_in(vault, "b", ("PERSON", "Anna")),
        )
        assert first != second

    def test_a_document_that_changed_keeps_its_pseudonym(self, vault):
        [first] = take_in(vault, "a", ("PERSON", "Anna"))
        again = take_in(vault, "a", ("PERSON", "Anna"), MIRA, PHONE, version="a2")
        vault.release("a")
        assert again[0] == first
        assert take_in(vault, "a", ("PERSON", "Anna"), version="a3") == [first]

    def test_a_surname_joins_the_full_name_of_its_own_document_only(self, vault):
        full, surname = take_in(vault, "a", ZOLTA, ("PERSON", "Quirm"))
        [elsewhere] = take_in(vault, "b", ("PERSON", "Quirm"))
        assert full == surname != elsewhere

    def test_a_phone_number_that_stands_with_both_joins_them(self, vault):
        full, _ = take_in(vault, "a", ZOLTA, PHONE)
        single, _ = take_in(vault, "b", ("PERSON", "Zolta"), PHONE)
        assert single == full

    def test_not_if_two_full_names_have_that_part(self, vault):
        take_in(vault, "a", ZOLTA, PHONE)
        [other] = take_in(vault, "c", MIRA)
        single, _ = take_in(vault, "b", ("PERSON", "Quirm"), PHONE)
        assert single not in {other, *take_in(vault, "a", ZOLTA)}

    def test_not_if_somebody_else_stands_there_too(self, vault):
        full, _ = take_in(vault, "a", ZOLTA, PHONE)
        single, _, _ = take_in(vault, "b", ("PERSON", "Zolta"), PHONE, ("PERSON", "Femi Obi"))
        assert single != full

    def test_a_rule_joins_every_document_that_follows(self, vault):
        [full] = take_in(vault, "a", ZOLTA)
        vault.alias(full, ("PERSON", "zolta"))
        assert take_in(vault, "b", ("PERSON", "Zolta")) == [full]

    def test_merged_ones_stay_merged_when_their_document_is_written_again(self, vault):
        [full] = take_in(vault, "a", ZOLTA)
        [single] = take_in(vault, "b", ("PERSON", "Zolta"))
        vault.merge(full, single)
        assert take_in(vault, "b", ("PERSON", "Zolta"), version="b2") == [full]


class TestEvidence:
    @pytest.mark.parametrize("form", ["Z. Quirm", "Quirm, Z.", "Zolta M. Quirm", "Dr. Z. M. Quirm"])
    def test_another_form_joins_by_a_shared_address(self, vault, form):
        full, _ = take_in(vault, "a", ZOLTA, MAIL)
        other, _ = take_in(vault, "b", ("PERSON", form), MAIL)
        assert other == full

    def test_names_that_only_look_alike_stay_apart(self, vault):
        full, _ = take_in(vault, "a", ZOLTA, MAIL)
        assert take_in(vault, "b", ("PERSON", "Z. Quirm")) != [full]
        other, _ = take_in(vault, "c", ("PERSON", "Z. Quirm"), ("EMAIL", "z.quirm@b.example"))
        assert other != full

    def test_nor_does_an_address_join_two_names_that_do_not_fit(self, vault):
        full, _ = take_in(vault, "a", ZOLTA, PHONE)
        other, _ = take_in(vault, "b", ("PERSON", "F. Obi"), PHONE)
        assert other != full

    def test_what_came_first_is_written_again_and_joins(self, vault):
        before, _ = take_in(vault, "b", ("PERSON", "Z. Quirm"), MAIL)
        full, _ = take_in(vault, "a", ZOLTA, MAIL)
        assert vault.stale() == {"b"}
        after, _ = take_in(vault, "b", ("PERSON", "Z. Quirm"), MAIL, version="b2")
        vault.release("b")
        assert before != full == after
        assert vault.stale() == set()

    def test_two_people_with_one_phone_join_nobody(self, vault):
        full, _ = take_in(vault, "a", ZOLTA, PHONE)
        twin, _ = take_in(vault, "c", ("PERSON", "Zora Quirm"), PHONE)
        other, _ = take_in(vault, "b", ("PERSON", "Z. Quirm"), PHONE)
        assert other not in {full, twin}


class TestHandles:
    @pytest.mark.parametrize(
        "handle", ["zolta_quirm", "@zolta.quirm", "ZoltaQuirm", "quirm-zolta92", "zoltaquirm"]
    )
    @pytest.mark.parametrize("label", ["PERSON", "USERNAME"])
    def test_a_handle_joins_the_only_name_that_it_spells(self, vault, label, handle):
        full, inside = take_in(vault, "a", ZOLTA, (label, handle))
        assert take_in(vault, "b", (label, handle)) == [full] == [inside]
        form = handle.casefold()
        assert vault.find([(label, form)]) == {(label, form): full}

    @pytest.mark.parametrize("handle", ["zolta_q", "quirm", "@zolta", "zolta_quirm_fans"])
    def test_a_part_or_more_than_the_name_joins_nobody(self, vault, handle):
        assert people_behind([ZOLTA, ("USERNAME", handle)]) == {}
        full, own = take_in(vault, "a", ZOLTA, ("USERNAME", handle))
        assert own != full

    def test_a_handle_that_two_names_spell_joins_neither(self, vault):
        people = [("PERSON", "Anna Lee"), ("PERSON", "Ann Alee")]
        *both, own = take_in(vault, "a", *people, ("USERNAME", "annalee"))
        assert own not in both

    def test_one_account_in_two_documents_is_one(self, vault):
        handle = ("PERSON", "@jo_m")
        assert take_in(vault, "a", handle) == take_in(vault, "b", handle)

    def test_a_handle_that_came_first_waits_for_its_name(self, vault):
        take_in(vault, "b", ("USERNAME", "zolta_quirm"))
        [full] = take_in(vault, "a", ZOLTA)
        assert vault.stale() == {"b"}
        assert take_in(vault, "b", ("USERNAME", "zolta_quirm"), version="b2") == [full]


class TestQuestions:
    def ask(self, vault, *texts):
        *_, question = question_of(texts, WordListDetector(()), vault)
        return question

    def test_a_word_that_one_document_has_names_its_person(self, vault):
        [anna] = take_in(vault, "a", ("PERSON", "Anna"))
        question = self.ask(vault, "Where is Anna?")
        assert (question.placeholders, question.may_mean) == ({anna}, {})

    def test_a_word_that_several_have_may_mean_each_of_them(self, vault):
        people = {take_in(vault, d, ("PERSON", "Anna"))[0] for d in "abc"}
        question = self.ask(vault, "Where is Anna?")
        (name,) = question.placeholders
        assert question.may_mean == dict.fromkeys(people, name)
        assert question.one_word == people
        assert question.ephemeral == {name: "Anna"}

    def test_at_most_eight(self, vault):
        for document in range(12):
            take_in(vault, str(document), ("PERSON", "Anna"))
        assert len(self.ask(vault, "Where is Anna?").may_mean) == 8

    def test_people_who_share_a_surname_are_searched_but_stay_apart(self, vault):
        people = set(take_in(vault, "a", ZOLTA, MIRA))
        question = self.ask(vault, "Where is Quirm?")
        assert question.may_mean.keys() == people
        assert question.one_word == frozenset()

    def test_a_full_name_in_the_question_means_nobody_else(self, vault):
        [full] = take_in(vault, "a", ZOLTA)
        take_in(vault, "b", ("PERSON", "Quirm"))
        question = self.ask(vault, "Zolta Quirm?", "Where is Quirm?")
        assert (question.placeholders, question.may_mean) == ({full}, {})


class TestHomonyms:
    def flags(self, vault):
        return [shown.pseudonym for shown in vault.flagged(Flag.HOMONYM_RISK)]

    def test_two_addresses_in_one_document_are_no_risk(self, vault):
        mails = [MAIL, ("EMAIL", "quirm@home.example")]
        take_in(vault, "a", ZOLTA, *mails)
        take_in(vault, "a", ZOLTA, *mails, version="a2")
        take_in(vault, "b", ZOLTA, mails[1])
        assert self.flags(vault) == []

    def test_another_phone_is_none_beside_the_same_address(self, vault):
        take_in(vault, "a", ZOLTA, MAIL, PHONE)
        take_in(vault, "b", ZOLTA, MAIL, ("PHONE", "+45 33 65 43 21"))
        assert self.flags(vault) == []

    def test_another_staff_number_alone_is_one(self, vault):
        [full, _] = take_in(vault, "a", ZOLTA, ("ID", "E-1042"))
        take_in(vault, "b", ZOLTA, ("ID", "E-2077"))
        assert self.flags(vault) == [full]

    def test_so_is_another_address_beside_the_same_office_phone(self, vault):
        full, *_ = take_in(vault, "a", ZOLTA, MAIL, PHONE)
        take_in(vault, "b", ZOLTA, ("EMAIL", "quirm@b.example"), PHONE)
        assert self.flags(vault) == [full]
