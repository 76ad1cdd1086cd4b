"""What a viewer's rights and the audit log mean for a whole question: search, ask, stream."""

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest

import privrag
from privrag.audit import checkpoint_path, verify
from privrag.errors import AuditError, SyncError
from privrag.home import open_vault
from privrag.records import Answer, Viewer
from tests.opened import full_disk, open_small

SOURCES = Path(privrag.__file__).parent
RENT = (
    "Marta Lindqvist pays the rent for the Aarhus depot. Write to marta@example.org. "
    "The rent covers nine heated rooms."
)
ASKED = "Who pays the rent for the Aarhus depot?"
RIGHTS = {
    "groups": {"hr": {"reveal": ["EMAIL"]}, "all": {"reveal": True}},
    "viewers": {
        "guest": {},
        "people": {"reveal": ["PERSON"]},
        "hr": {"groups": ["hr"]},
        "both": {"reveal": ["PERSON"], "groups": ["hr", "unknown"]},
        "secrets": {"reveal": ["SECRET"], "groups": ["all"]},
    },
}


def with_rag(tmp_path, use, *answers, overrides=None):
    """What `use(rag)` gives over one document; the model says `answers`."""
    docs = tmp_path / "docs"
    docs.mkdir(exist_ok=True)
    (docs / "rent.txt").write_text(RENT)

    async def main():
        rag = await open_small(tmp_path / "home", overrides=RIGHTS | (overrides or {}))
        try:
            await rag.sync(docs)
            ids = {}
            async for stored in rag.stores.index.scroll():
                found = rag.stores.vault.surface(stored.chunk.placeholders)
                ids |= {words.split()[0].partition("@")[0]: token for token, words in found.items()}
            rag.generator._answers = [answer.format(**ids) for answer in answers] or [""]
            return await use(rag)
        finally:
            await rag.close()

    return asyncio.run(main())


def records(home):
    with sqlite3.connect(home / "audit.db") as db:
        rows = db.execute("SELECT body FROM records ORDER BY seq").fetchall()
    db.close()
    return [json.loads(body) for (body,) in rows]


def reveals(home):
    return [(r["actor"], r["purpose"], len(r["entities"]), r["policy"])
            for r in records(home) if r["action"] == "reveal"]  # fmt: skip


class TestRights:
    @pytest.mark.parametrize(
        ("name", "revealed"),
        [
            ("guest", set()),
            ("stranger", set()),
            ("people", {"PERSON"}),
            ("hr", {"EMAIL"}),
            ("both", {"PERSON", "EMAIL"}),
        ],
    )
    def test_a_viewer_has_their_own_rights_and_those_of_their_groups(
        self, tmp_path, name, revealed
    ):
        async def use(rag):
            viewer = rag.viewer(name)
            [hit] = await rag.search(ASKED, viewer=viewer)
            return viewer.revealed, hit.text

        found, text = with_rag(tmp_path, use)
        assert found == revealed
        assert ("Marta Lindqvist" in text) == ("PERSON" in revealed)
        assert ("marta@example.org" in text) == ("EMAIL" in revealed)

    def test_the_right_to_everything_and_to_secrets_join(self, tmp_path):
        async def use(rag):
            return rag.viewer("secrets"), rag.owner

        viewer, owner = with_rag(tmp_path, use)
        assert viewer.revealed == owner.revealed
        assert (viewer.policy, Viewer("x", reveal=True).policy) == ("all", "all but SECRET")

    def test_search_without_a_viewer_gives_safe_text_and_no_record(self, tmp_path):
        [hit] = with_rag(tmp_path, lambda rag: rag.search(ASKED))
        assert "Marta" not in hit.text
        assert [r["action"] for r in records(tmp_path / "home")] == ["sync"]

    def test_a_file_called_after_a_person_is_no_link_for_who_may_not_see_it(self, tmp_path):
        async def use(rag):
            file = tmp_path / "docs" / "marta_lindqvist.txt"
            file.write_text("Marta Lindqvist keeps the keys of the Odense depot.")
            await rag.sync(tmp_path / "docs")
            found = {}
            for name in ("guest", "people"):
                question = "Who keeps the keys of the Odense depot?"
                (hit,) = await rag.search(question, k=1, viewer=rag.viewer(name))
                found[name] = hit.uri == file.as_uri()
            return found

        assert with_rag(tmp_path, use) == {"guest": False, "people": True}


class TestRecords:
    def test_a_search_is_one_record_with_the_entities_of_all_hits(self, tmp_path):
        with_rag(tmp_path, lambda rag: rag.search(ASKED, viewer=rag.owner))
        assert reveals(tmp_path / "home") == [("owner", "search", 2, "all")]

    def test_an_answer_records_each_entity_once(self, tmp_path):
        answer = with_rag(
            tmp_path,
            lambda rag: rag.ask(ASKED, viewer=rag.viewer("people")),
            "{Marta} pays the rent. [1] {Marta} pays for the Aarhus depot. [1]",
        )
        assert answer.text.count("Marta Lindqvist") == 2
        assert answer.citations[0].quote.startswith("Marta Lindqvist")
        assert reveals(tmp_path / "home") == [("people", "ask", 1, "PERSON")]

    def test_a_record_is_there_before_the_piece_that_it_is_about(self, tmp_path):
        async def use(rag):
            seen = []
            async for piece in rag.stream(ASKED):
                if isinstance(piece, str):
                    seen.append((piece, len(reveals(tmp_path / "home"))))
            return seen

        answer = "The rent covers nine heated rooms. [1] {Marta} pays the rent. [1]"
        seen = with_rag(tmp_path, use, answer, overrides={"cite": {"max_relevance_gap": 5}})
        assert [count for piece, count in seen if "Marta" in piece] == [1]
        assert [count for piece, count in seen if "Marta" not in piece] == [0]

    def test_neither_names_nor_the_question_are_in_the_log(self, tmp_path):
        async def use(rag):
            await rag.search("Does Marta Lindqvist pay the rent?", viewer=rag.owner)
            await rag.ask("Does Marta Lindqvist pay the rent?", viewer=rag.owner)

        with_rag(tmp_path, use, "{Marta} pays the rent. [1]")
        for path in (tmp_path / "home").glob("audit*"):
            assert not any(w in path.read_bytes() for w in (b"Marta", b"Lindqvist", b"rent"))

    def test_a_sync_is_recorded_with_its_counts_also_when_it_is_refused(self, tmp_path):
        async def first(rag):
            await rag.sync(tmp_path / "docs")

        with_rag(tmp_path, first)
        syncs = records(tmp_path / "home")
        assert [r["counts"] for r in syncs] == [
            {"added": 1, "deleted": 0, "failed": 0, "updated": 0},
            {"added": 0, "deleted": 0, "failed": 0, "updated": 0},
        ]

        async def refused(rag):
            with pytest.raises(SyncError):
                await rag.sync(tmp_path / "nowhere")
            await rag.sync(tmp_path / "docs", dry_run=True)

        with_rag(tmp_path, refused)
        assert [r["result"] for r in records(tmp_path / "home")][2:] == ["ok", "SyncError"]

    def test_closing_the_home_signs_what_was_added(self, tmp_path):
        async def use(rag):
            await rag.search(ASKED, viewer=rag.owner)
            return rag.settings, await rag.audit_head()

        (settings, head), home = with_rag(tmp_path, use), tmp_path / "home"
        path = checkpoint_path(home, settings.audit)
        with open_vault(home, settings) as vault:
            [found] = verify(home, vault, path, tenant="default")
        assert (found.records, found.unsigned) == (2, 0)
        assert (head.seq, head.hash) == (2, found.head)


class TestFailingClosed:
    """Where the audit log cannot be written, no name is shown; everything else goes on."""

    @pytest.mark.parametrize("what", ["search", "ask", "stream"])
    def test_nothing_is_shown_that_was_not_recorded(self, tmp_path, what):
        async def use(rag):
            out = []
            with full_disk():
                with pytest.raises(AuditError, match="so no name is shown"):
                    if what == "search":
                        out += await rag.search(ASKED, viewer=rag.owner)
                    elif what == "ask":
                        out.append(await rag.ask(ASKED))
                    else:
                        async for piece in rag.stream(ASKED):
                            out.append(piece)
                guest = await rag.search(ASKED, viewer=rag.viewer("guest"))
            return out, guest

        out, guest = with_rag(tmp_path, use, "{Marta} pays the rent. [1]")
        assert out == []
        assert guest[0].text.startswith("PERSON_")
        assert reveals(tmp_path / "home") == []

    def test_a_broken_log_stops_nobody_who_sees_no_names(self, tmp_path):
        (tmp_path / "docs").mkdir()
        (tmp_path / "docs" / "rent.txt").write_text(RENT)

        async def main():
            rag = await open_small(tmp_path / "home", "x", overrides=RIGHTS)
            (tmp_path / "home" / "audit.db").mkdir()
            found = await rag.search(ASKED, viewer=rag.viewer("guest"))
            answer = await rag.ask(ASKED, viewer=rag.viewer("guest"))
            await rag.close()
            return found, answer

        found, answer = asyncio.run(main())
        assert (found, answer.refused) == ([], True)


class TestWithheld:
    def test_the_answer_says_how_many_ids_stayed_closed(self, tmp_path):
        async def use(rag):
            return [
                await rag.ask(ASKED, viewer=viewer)
                for viewer in (rag.viewer("guest"), rag.viewer("people"), rag.owner)
            ]

        said = "{Marta} pays the rent. [1]"
        answers = with_rag(tmp_path, use, said)
        assert [a.text.startswith("PERSON_") for a in answers] == [True, False, False]
        # it stands in the text and in its citation: one id
        assert [a.withheld for a in answers] == [1, 0, 0]

    def test_every_id_counts_once_wherever_it_stands(self, tmp_path):
        async def use(rag):
            return await rag.ask(ASKED, viewer=rag.viewer("guest"))

        said = (
            "{Marta} pays the rent for the Aarhus depot. [1] Write to {marta}. [1] "
            "{Marta} pays the rent of the depot. [1]"
        )
        loose = {"cite": {"max_relevance_gap": 5}}
        answer = with_rag(tmp_path, use, said, overrides=loose)
        assert "EMAIL_" in answer.text
        assert answer.text.count("PERSON_") == 2
        assert answer.withheld == 2

    def test_a_pseudonym_inside_an_address_is_withheld_from_everybody(self, tmp_path):
        said = "{Marta} pays the rent for the Aarhus depot https://x.example/{Marta} [1]"
        answer = with_rag(tmp_path, lambda rag: rag.ask(ASKED), said)
        assert isinstance(answer, Answer)
        assert answer.withheld == 1
        assert "https://x.example/PERSON_" in answer.text


class TestAskingByName:
    """Whoever may not see a name can still type it; the answer tells as little as it can of it."""

    SAID = "{Marta} pays the rent for the Aarhus depot. [1]"

    def ask(self, tmp_path, question, name="guest", said=SAID):
        return with_rag(tmp_path, lambda rag: rag.ask(question, viewer=rag.viewer(name)), said)

    def test_the_only_name_that_was_typed_is_put_back_and_recorded_by_id(self, tmp_path):
        answer = self.ask(tmp_path, "Does Marta Lindqvist pay the rent for the Aarhus depot?")
        assert answer.text.startswith("Marta Lindqvist pays")
        [told] = [r for r in records(tmp_path / "home") if r["action"] == "asked"]
        assert (told["actor"], told["purpose"]) == ("guest", "ask")
        assert [e.partition("_")[0] for e in told["entities"]] == ["PERSON"]
        assert reveals(tmp_path / "home") == []
        assert b"Marta" not in (tmp_path / "home" / "audit.db").read_bytes()

    def test_which_of_several_names_a_document_means_is_not_told(self, tmp_path):
        asked = "Does Femi Adeyemi or Marta Lindqvist pay the rent for the Aarhus depot?"
        answer = self.ask(tmp_path, asked)
        assert answer.text.startswith("PERSON_")
        assert "Marta" not in answer.text
        assert answer.withheld == 1
        assert [r for r in records(tmp_path / "home") if r["action"] == "asked"] == []

    def test_whoever_may_see_the_type_gets_it_as_before(self, tmp_path):
        asked = "Does Femi Adeyemi or Marta Lindqvist pay the rent for the Aarhus depot?"
        answer = self.ask(tmp_path, asked, "people")
        assert answer.text.startswith("Marta Lindqvist pays")
        assert [r for r in records(tmp_path / "home") if r["action"] == "asked"] == []

    def test_if_it_cannot_be_recorded_it_is_not_said(self, tmp_path):
        async def use(rag):
            with full_disk(), pytest.raises(AuditError):
                await rag.ask("Does Marta Lindqvist pay the rent?", viewer=rag.viewer("guest"))

        with_rag(tmp_path, use, self.SAID)


class TestQuotes:
    """A quote and a hit are the document's own words, inside its links too; no model wrote them."""

    LINKED = "Marta Lindqvist pays the rent ([her page](https://x.example/?of=marta@example.org))."

    def test_a_quote_stands_in_the_file_word_for_word(self, tmp_path):
        (tmp_path / "docs").mkdir()
        (tmp_path / "docs" / "page.txt").write_text(self.LINKED)

        async def use(rag):
            asked = "Who pays the rent?"
            return await rag.ask(asked), await rag.search(asked, viewer=rag.owner)

        said = "{Marta} pays the rent (https://x.example/?of={Marta}). [1]"
        answer, hits = with_rag(tmp_path, use, said)
        texts = [RENT, self.LINKED]
        assert all(any(c.quote in text for text in texts) for c in answer.citations)
        assert {hit.text for hit in hits} == set(texts)
        assert "of=PERSON_" in answer.text

    def test_only_stored_text_is_restored_like_that(self):
        callers = {
            path.name for path in SOURCES.rglob("*.py") if ".restore_quotes(" in path.read_text()
        }
        assert callers == {"reveal.py"}
