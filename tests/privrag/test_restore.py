from dataclasses import replace

import pytest

from privrag.errors import AuditError, SettingsError
from privrag.records import SafeText, Viewer
from privrag.restore import Restored, Restorer
from privrag.vault import FileKeyProvider, Mention, Vault
from tests.privrag.restoring import (
    ANN,
    BOB,
    ERASED,
    GONE,
    KEY,
    LEEDS,
    LOOKS,
    MAIL,
    ODD,
    STRANGER,
    TYPED,
    WRONG,
    Book,
    restorer,
    shown,
)


class TestOpening:
    def test_every_surface_comes_back_exactly(self):
        text = f"{ANN} ({ANN}_B) wrote to {MAIL}."
        assert restorer().restore(SafeText(text)) == Restored(
            "Chris Lee (Ms. Lee) wrote to chris@lee.example.", 3, 0, 0, frozenset({ANN, MAIL})
        )

    def test_text_without_tokens_is_unchanged_and_asks_nobody(self):
        book = Book()
        assert restorer(book=book).restore(SafeText("")).text == ""
        assert restorer(book=book).restore(SafeText("No one.")).text == "No one."
        assert book.asked == []

    def test_one_pass_does_not_restore_a_name_that_looks_like_a_token(self):
        assert shown(f"{BOB} and {ANN}") == f"{ANN} and Chris Lee"
        assert shown(f"{ANN} and {BOB}") == f"Chris Lee and {ANN}"

    def test_a_name_inside_a_longer_name_is_safe(self):
        assert shown(f"{ANN}, {LEEDS}, Chris Leeds, Annual") == (
            "Chris Lee, Chris Leeds, Chris Leeds, Annual"
        )

    def test_names_are_not_patterns(self):
        assert shown(f"<{ODD}> {ANN}") == r"<\1 [Lee] (a|b)* $0 😀> Chris Lee"

    @pytest.mark.parametrize(
        "written", [ANN.lower(), "Person_k7M2QX4c", ANN.replace("_", "\\_"), f"**{ANN}**"]
    )
    def test_rewritten_forms_are_recognised_because_the_check_protects(self, written):
        assert shown(written).strip("*") == "Chris Lee"

    def test_an_unknown_alias_gives_the_first_surface(self):
        assert shown(f"{LEEDS}_B") == "Chris Leeds"

    def test_the_vault_is_asked_once_for_a_text(self):
        book = Book()
        restorer(book=book).restore(SafeText(f"{ANN} {ANN}_B {LEEDS} {ANN} {STRANGER} {TYPED}"))
        assert book.asked == [sorted([ANN, f"{ANN}_B", LEEDS])]

    def test_a_restored_text_is_in_no_repr(self):
        assert "Chris" not in repr(restorer().restore(SafeText(ANN)))
        assert "asker" not in repr(restorer())


class TestTypes:
    """Which types are opened: `Viewer.reveal` as the restorer takes it."""

    TEXT = f"{ANN}, {MAIL}, {KEY}, {LOOKS}, {TYPED}"

    @pytest.mark.parametrize(
        ("reveal", "expected"),
        [
            (True, f"Chris Lee, chris@lee.example, {KEY}, PERSON_AAAAAAAA, the asker's words"),
            (False, f"{ANN}, {MAIL}, {KEY}, PERSON_AAAAAAAA, the asker's words"),
            (
                frozenset({"EMAIL"}),
                f"{ANN}, chris@lee.example, {KEY}, PERSON_AAAAAAAA, the asker's words",
            ),
            (
                frozenset({"SECRET"}),
                f"{ANN}, {MAIL}, hunter2, PERSON_AAAAAAAA, the asker's words",
            ),
            (frozenset(), f"{ANN}, {MAIL}, {KEY}, PERSON_AAAAAAAA, the asker's words"),
        ],
    )
    def test_only_the_types_of_the_policy_are_opened(self, reveal, expected):
        assert shown(self.TEXT, reveal=reveal) == expected

    def test_the_vault_is_not_even_asked_for_a_type_that_stays_closed(self):
        book = Book()
        restorer(reveal=frozenset({"EMAIL"}), book=book).restore(SafeText(self.TEXT))
        assert book.asked == [sorted([MAIL, LOOKS])]

    def test_secrets_are_for_the_owner_or_by_name_only(self):
        assert "SECRET" not in Viewer("ann", reveal=True).revealed
        assert "SECRET" in Viewer("ann", reveal=frozenset({"SECRET"})).revealed
        assert "SECRET" in Viewer("owner", owner=True, reveal=True).revealed
        assert Viewer("owner", owner=True).revealed == frozenset()
        assert Viewer("owner", owner=True, reveal=frozenset({"ORG"})).revealed == {"ORG"}

    @pytest.mark.parametrize("wrong", ["PERSON", ["PERSON"], frozenset({"PERSN"}), 1, None])
    def test_a_right_that_nobody_can_read_is_refused(self, wrong):
        with pytest.raises(SettingsError, match="True, False or a frozenset .* PERSON, EMAIL"):
            Viewer("ann", reveal=wrong)


class TestErased:
    def test_an_erased_person_shows_as_such_and_counts_as_withheld(self):
        result = restorer().restore(SafeText(f"{GONE} and {GONE}_B met {ANN}, not {ERASED}."))
        assert result == Restored(
            f"[erased] and [erased] met Chris Lee, not {ERASED}.", 1, 2, 0, frozenset({ANN})
        )

    def test_nobody_outside_the_scope_and_no_other_type_is_told(self):
        elsewhere = replace(restorer(), scope=frozenset({ANN}))
        assert elsewhere.restore(SafeText(GONE)).text == GONE
        assert shown(GONE, reveal=False) == GONE

    def test_an_address_stays_whole(self):
        assert shown(f"https://x.example/{GONE}") == f"https://x.example/{GONE}"

    def test_the_mark_makes_no_link_that_a_name_slips_into(self):
        assert shown(f"{GONE}(https://x.example/{ANN})").endswith(f"({'https://x.example/'}{ANN})")
        assert shown(f"{GONE}({ANN})") == f"[erased]({ANN})"
        assert shown(f"{GONE}: {ANN}") == f"[erased]: {ANN}"


class TestRecording:
    def test_what_comes_out_of_the_vault_is_recorded_before_it_is_given_out(self):
        told: list[set[str]] = []
        stream = restorer(record=lambda new: told.append(set(new))).stream()
        assert stream.feed(SafeText(f"{ANN} met ")) == "Chris Lee met "
        assert told == [{ANN}]
        stream.feed(SafeText(f"{MAIL}, {TYPED}, {STRANGER}, {WRONG}, {GONE}, /{LEEDS[:-1]} "))
        assert told == [{ANN}, {MAIL}]

    def test_if_it_cannot_be_recorded_nothing_comes_out(self):
        def refuse(_):
            raise AuditError("full")

        with pytest.raises(AuditError):
            restorer(record=refuse).restore(SafeText(ANN))
        with pytest.raises(AuditError):
            restorer(record=refuse).restore_quotes([SafeText(ANN)])
        closed = f"{TYPED} https://x.example/{ANN} {STRANGER}"
        assert restorer(record=refuse).restore(SafeText(closed)).restored == 1

    def test_several_quotes_are_one_record(self):
        told: list[set[str]] = []
        texts = [SafeText(f"{ANN} {MAIL}"), SafeText("no one"), SafeText(f"{LEEDS} {ANN}")]
        restored = restorer(record=lambda new: told.append(set(new))).restore_quotes(texts)
        assert [r.text for r in restored] == [
            "Chris Lee chris@lee.example", "no one", "Chris Leeds Chris Lee",
        ]  # fmt: skip
        assert told == [{ANN, MAIL, LEEDS}]


def test_names_go_through_a_real_vault_and_back(tmp_path):
    with Vault.open(tmp_path / "vault.db", FileKeyProvider(tmp_path / "vault.key")) as vault:
        ann, ms_lee, lit = vault.assign(
            [
                Mention("PERSON", "Chris Lee", "chris lee"),
                Mention("PERSON", "Ms. Lee", "chris lee"),
                Mention("LITERAL", ANN, ANN),
            ],
            version="v1",
        )
        real = Restorer(vault.surface, frozenset({ann, lit}), True, record=lambda _: None)
        text = SafeText(f"{ms_lee}, that is {ann}, wrote {lit}.")
        assert real.restore(text).text == f"Ms. Lee, that is Chris Lee, wrote {ANN}."
