"""The whole way of a question with small models: what leaves for the model, what comes back."""

import asyncio
import uuid
from dataclasses import replace

import pytest

from privrag.index.protocol import EmbeddedChunk
from privrag.records import Answer, Viewer
from privrag_connectors.sync import sync_folders
from tests.opened import open_small

RENT = "Marta Lindqvist pays the rent for the Aarhus depot. Write to marta@example.org."
FIRE = "Femi Adeyemi leads the fire drill on Monday."
OWNER = Viewer("owner", owner=True, reveal=True)


def asked(tmp_path, question, *answers, viewer=OWNER, history=(), settings=None):
    """(Answer, pieces, what the generator was asked) over the two documents."""
    docs = tmp_path / "docs"
    docs.mkdir(exist_ok=True)
    (docs / "rent.txt").write_text(RENT)
    (docs / "fire.txt").write_text(FIRE)

    async def main():
        rag = await open_small(tmp_path / "home", overrides=settings)
        await sync_folders(rag, [docs])
        ids = {}
        async for stored in rag.stores.index.scroll():
            for token in stored.chunk.placeholders:
                ids |= {rag.stores.vault.surface([token])[token]: token}
        rag.generator._answers = [
            a.format(**{k.split()[0]: v for k, v in ids.items()}) for a in answers
        ]
        try:
            pieces = [p async for p in rag.stream(question, viewer=viewer, history=history)]
        finally:
            await rag.close()
        return pieces[-1], pieces[:-1], rag.generator.asked, ids

    return asyncio.run(main())


def test_the_answer_is_cited_and_restored(tmp_path):
    answer, pieces, *_ = asked(tmp_path, "Who pays the rent for the Aarhus depot?",
                               "{Marta} pays the rent. [1]")  # fmt: skip
    assert isinstance(answer, Answer)
    assert answer.text == "Marta Lindqvist pays the rent. [1]" == "".join(pieces)
    (citation,) = answer.citations
    assert citation.quote == "Marta Lindqvist pays the rent for the Aarhus depot."
    assert RENT[citation.start : citation.end] == citation.quote
    assert citation.uri.endswith("/rent.txt")
    assert not answer.refused


def test_neither_the_asker_nor_the_documents_are_named_to_the_model(tmp_path):
    _, _, prompts, ids = asked(
        tmp_path, "Does Marta Lindqvist pay the rent, or Linh Pham?", "Yes. [1]"
    )
    sent = "\n".join(message.content for message in prompts[0])
    assert not any(word in sent for word in ("Marta", "Lindqvist", "Linh", "Pham", "@example"))
    assert ids["Marta Lindqvist"] in prompts[0][-1].content


def test_a_viewer_without_the_right_sees_pseudonyms(tmp_path):
    guest = Viewer("guest")
    answer, *_, ids = asked(tmp_path, "Who pays the rent for the Aarhus depot?",
                            "{Marta} pays the rent. [1]", viewer=guest)  # fmt: skip
    token = ids["Marta Lindqvist"]
    assert answer.text == f"{token} pays the rent. [1]"
    assert answer.citations[0].quote.startswith(token)


def test_an_address_that_the_model_invents_is_no_part_of_the_answer(tmp_path):
    answer, pieces, *_ = asked(
        tmp_path,
        "Who pays the rent for the Aarhus depot?",
        "{Marta} pays the rent for the Aarhus depot, marta@invented.example. [1]",
    )
    assert answer.guarded == 1
    assert "invented" not in "".join(pieces)


def test_a_chat_gives_back_what_was_sent_and_nothing_that_was_not(tmp_path):
    async def main():
        rag = await open_small(
            tmp_path / "home", "Write to 590-555-0126 or 0800 123 4567, not m%40invented.example."
        )
        try:
            said = [("system", "The hotline is 0800 123 4567."), ("user", "Whom do I call?")]
            return [p async for p in rag.chat(said, model="scripted", viewer=OWNER, options={})]
        finally:
            await rag.close()

    *pieces, answer = asyncio.run(main())
    told = "Write to (phone number removed) or 0800 123 4567, not (e-mail address removed)."
    assert "".join(pieces) == answer.text == told
    assert answer.guarded == 2


@pytest.mark.parametrize("draft", ["Bananas are blue. [1]", "The documents do not say.", ""])
def test_without_support_it_refuses(tmp_path, draft):
    no_quotes = {"cite": {"min_quote_relevance": 5.0}}
    question = "Who pays for lunch, rent or depot?"
    answer, pieces, *_ = asked(tmp_path, question, draft, settings=no_quotes)
    assert answer.refused
    assert answer.text == "The documents do not say." == "".join(pieces)
    assert answer.citations == ()


def test_a_sentence_that_is_close_to_the_question_is_quoted_rather_than_refused(tmp_path):
    answer, *_ = asked(tmp_path, "Who leads the fire drill?", "Bananas are blue.")
    assert answer.text == f"{FIRE} [1]"
    assert answer.citations[0].quote == FIRE


def test_a_question_that_nothing_retrieved_is_near_to_never_reaches_the_model(tmp_path):
    answer, _, prompts, _ = asked(tmp_path, "Wie hoch ist Kilimandscharo?", "8848 m. [1]")
    assert answer.refused
    assert prompts == []


def test_history_is_pseudonymized_too(tmp_path):
    history = [("user", "I am Linh Pham."), ("assistant", "Hello Linh Pham.")]
    _, _, prompts, _ = asked(
        tmp_path, "Who pays the rent for the Aarhus depot?", "x", history=history
    )
    assert [m.role for m in prompts[0]] == ["system", "user", "assistant", "user"]
    assert not any("Linh" in m.content for m in prompts[0])


def test_a_document_of_another_acl_is_neither_found_nor_sent(tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "rent.txt").write_text(RENT)

    async def main():
        rag = await open_small(tmp_path / "home", overrides={"sync": {"acl": {"*": ["group:hr"]}}})
        await sync_folders(rag, [docs])
        question = "Who pays the rent for the Aarhus depot?"
        seen = [
            len(await rag.search(question, viewer=viewer))
            for viewer in (Viewer("x"), Viewer("x", frozenset({"hr"})), Viewer("x", tenant="b"))
        ]
        await rag.close()
        return seen

    assert asyncio.run(main()) == [0, 1, 0]


@pytest.mark.parametrize("name", ["Marta Lindqvist", "Marta_Lindqvist", "marta-lindqvist"])
@pytest.mark.parametrize("text", ["", "Marta Lindqvist signed. "])
def test_a_name_in_a_title_is_shown_only_to_who_may_see_names(tmp_path, name, text):
    docs = tmp_path / "docs"
    docs.mkdir()
    rent = "The rent of the Aarhus depot is due on Monday."
    (docs / f"{name}.txt").write_text(f"{text}{rent}")

    async def main():
        rag = await open_small(tmp_path / "home", "It is due on Monday. [1]")
        await sync_folders(rag, [docs])
        titles = []
        for viewer in (Viewer("guest"), OWNER):
            (hit,) = await rag.search("When is the rent due?", viewer=viewer)
            answer = await rag.ask("When is the rent of the Aarhus depot due?", viewer=viewer)
            titles.append((hit.title, answer.citations[0].title))
        await rag.close()
        return titles

    guest, owner = asyncio.run(main())
    assert all(title.startswith("PERSON_") for title in guest)
    assert owner == (name, name)


def test_plain_chat_goes_the_same_way_and_comes_back_exact(tmp_path):
    async def main():
        rag = await open_small(tmp_path / "home")
        rag.generator = generator = type(rag.generator)("")
        words = "Write Marta Lindqvist at marta@example.org, not marta lindqvist."

        async def echo(messages, options):
            generator.asked.append(list(messages))
            from privrag.records import Draft, Usage

            for character in messages[-1].content:
                yield character
            yield Draft(messages[-1].content, "stop", Usage())

        generator.stream = echo
        messages = [("user", words)]
        viewer = Viewer("guest")
        pieces = [p async for p in rag.chat(messages, model="scripted", viewer=viewer, options={})]
        await rag.close()
        return words, pieces[-1].text, generator.asked[0][-1].content

    words, text, sent = asyncio.run(main())
    assert text == words
    assert "Marta" not in sent
    assert "marta@" not in sent


def test_chunks_that_are_being_written_do_not_crowd_out_what_is_there(tmp_path):
    """As a kill between writing and swapping leaves them: many, and close to the question."""
    (tmp_path / "rent.txt").write_text(RENT)

    async def main():
        overrides = {"retrieve": {"candidates": 5}}
        rag = await open_small(tmp_path / "home", overrides=overrides)
        await sync_folders(rag, [tmp_path / "rent.txt"])
        (stored,) = [s async for s in rag.stores.index.scroll()]
        rag.stores.manifest.begin(["unfinished"])
        source = replace(stored.chunk.source, version="unfinished")
        copies = [replace(stored.chunk, id=str(uuid.UUID(int=n)), source=source) for n in range(50)]
        await rag.stores.index.upsert([EmbeddedChunk(c, stored.vector) for c in copies])
        hits = await rag.search("Who pays the rent for the Aarhus depot?")
        await rag.close()
        return [hit.chunk.source.version for hit in hits], stored.chunk.source.version

    found, current = asyncio.run(main())
    assert found == [current]


def test_a_document_that_a_step_chokes_on_stops_no_other(tmp_path, monkeypatch):
    from privrag import intake

    real = intake.pseudonymize_document

    def choke(document, *arguments, **options):
        if "fire" in document.uri:
            raise ValueError("Femi Adeyemi")
        return real(document, *arguments, **options)

    monkeypatch.setattr(intake, "pseudonymize_document", choke)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "rent.txt").write_text(RENT)
    (tmp_path / "docs" / "fire.txt").write_text(FIRE)

    async def main():
        rag = await open_small(tmp_path / "home")
        report = await sync_folders(rag, [tmp_path / "docs"])
        left = rag.stores.manifest.leftovers()
        await rag.close()
        return report, left

    report, left = asyncio.run(main())
    assert (report.added, left) == (1, [])
    assert (
        report.failed[0].error == "it could not be pseudonymized (ValueError); nothing was written"
    )


def test_a_copy_comes_last_and_whoever_may_read_only_the_copy_finds_it(tmp_path):
    docs = tmp_path / "docs"
    (docs / "hr").mkdir(parents=True)
    (docs / "rent.txt").write_text(RENT)
    (docs / "hr" / "rent.txt").write_text(RENT)
    (docs / "lunch.txt").write_text("The canteen opens at noon.")
    own = {
        "choose": {"near_duplicates": 0.9},
        "prompts": {"passages": 2, "sentences": 0},
        "sync": {"acl": {"hr/*": ["group:hr"], "*": ["user:femi"]}},
    }

    async def main():
        rag = await open_small(tmp_path / "home", overrides=own)
        await sync_folders(rag, [docs])
        viewers = [OWNER, Viewer("ann", frozenset({"hr"})), Viewer("femi")]
        try:
            asked = "Who pays the rent for the Aarhus depot?"
            found = [await rag.search(asked, k=50, viewer=viewer) for viewer in viewers]
            await rag.ask(asked)
        finally:
            await rag.close()
        names = [[hit.uri.rsplit("docs/")[1] for hit in hits] for hits in found]
        return names, rag.generator.asked[0][0].content

    (everything, of_ann, of_femi), sent = asyncio.run(main())
    assert everything[1] == "lunch.txt"
    assert sorted(everything[::2]) == ["hr/rent.txt", "rent.txt"]
    assert of_ann == ["hr/rent.txt"]
    assert of_femi == ["rent.txt", "lunch.txt"]
    assert sent.count("pays the rent for the") == 1
    assert "The canteen opens at noon." in sent
