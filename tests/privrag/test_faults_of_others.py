"""Faults found in other tools that restore names, each as a promise of this one.

The tools, versions and threads are those of the notes on privacy, table 3.1; `#n` is an issue of
the project named. What concerns the vault's encryption stands in `vault/`, what concerns the output
of a model that names somebody by itself in the tests of the output guard.
"""

import asyncio
import json
import sqlite3

import httpx
import pytest

from privrag.generate import GenerateOptions, GenerateSettings
from privrag.generate.openai_http import OpenAIGenerator
from privrag.pseudonym import base, check_character, find_all
from privrag.records import Answer, Draft, Message, SafeText, Usage, Viewer
from privrag.restore import Restorer
from privrag.vault import FileKeyProvider, Mention, Vault
from tests.opened import open_small

ANN, BOB = "PERSON_K7M2QX4C", f"PERSON_AAAAAAA{check_character('AAAAAAA')}"
RENT = "Marta Lindqvist pays the rent for the Aarhus depot."
FIRE = "Femi Adeyemi leads the fire drill on Monday."
ASKED = "Who pays the rent for the Aarhus depot?"


def restored(text, words, *, scope=None):
    """A text with these words for tokens, as a viewer sees it who may see everything."""
    return (
        Restorer(
            lambda tokens: {t: words[base(t)] for t in tokens if base(t) in words},
            frozenset(words if scope is None else scope),
            True,
            record=lambda _: None,
        )
        .restore(SafeText(text))
        .text
    )


def with_rag(tmp_path, use, *, files=(RENT,)):
    """What `use(rag, ids)` gives over documents; `ids` maps first names to tokens."""
    docs = tmp_path / "docs"
    docs.mkdir(exist_ok=True)
    for number, text in enumerate(files):
        (docs / f"{number}.txt").write_text(text)

    async def main():
        rag = await open_small(tmp_path / "home")
        try:
            await rag.sync(docs)
            return await use(rag, await ids_of(rag))
        finally:
            await rag.close()

    return asyncio.run(main())


async def ids_of(rag):
    found = {}
    async for stored in rag.stores.index.scroll():
        words = rag.stores.vault.surface(stored.chunk.placeholders)
        found |= {words[token].split()[0]: token for token in words}
    return found


class TestPseudonyms:
    def test_counters_never_restart(self, tmp_path):
        """LiteLLM #41600, pii-airlock: `<PERSON_1>` is somebody else in every request or run."""

        async def use(rag, ids):
            return ids

        first = with_rag(tmp_path, use, files=(RENT,))
        second = with_rag(tmp_path, use, files=(FIRE, RENT))
        assert second["Marta"] == first["Marta"] != second["Femi"]

    def test_an_answer_of_yesterday_can_be_resolved_in_a_later_turn(self, tmp_path):
        """LiteLLM #41600: tokens in stored text and later turns stand for nobody any more."""

        async def first(rag, ids):
            rag.generator._answers = [f"{ids['Marta']} pays the rent. [1]"]
            return ids["Marta"], await rag.ask(ASKED)

        token, said = with_rag(tmp_path, first)
        assert said.text.startswith("Marta Lindqvist")

        async def later(rag, ids):
            rag.generator._answers = [f"{ids['Marta']} pays the rent. [1]"]
            past = [("user", ASKED), ("assistant", said.text)]
            answer = await rag.ask("And what does Marta Lindqvist pay?", history=past)
            return answer, rag.generator.asked[0]

        answer, sent = with_rag(tmp_path, later)
        assert answer.text.startswith("Marta Lindqvist")
        assert [token in message.content for message in sent[1:]] == [False, True, True]

    def test_no_two_people_share_an_id_however_the_dice_fall(self, tmp_path, monkeypatch):
        """ag-pii-vault: 32-bit ids, `INSERT OR IGNORE`: the second person restores to the first."""
        rolled = iter("AAAAAAA" * 3 + "BBBBBBB")
        monkeypatch.setattr("privrag.pseudonym.secrets.choice", lambda _: next(rolled))
        people = [Mention("PERSON", name, name.lower()) for name in ("Ann Lee", "Bob Ray")]
        with Vault.open(tmp_path / "v.db", FileKeyProvider(tmp_path / "v.key")) as vault:
            ann, bob = vault.assign(people, version="v1")
            assert vault.surface([ann, bob]) == {ann: "Ann Lee", bob: "Bob Ray"}

    def test_the_same_value_of_two_types_or_tenants_has_two_ids(self, tmp_path):
        """ag-pii-vault: the hash is over the value only."""
        path, keys = tmp_path / "v.db", FileKeyProvider(tmp_path / "v.key")
        same = [Mention("PERSON", "Berlin", "berlin"), Mention("LOCATION", "Berlin", "berlin")]
        with Vault.open(path, keys, tenant="a") as a, Vault.open(path, keys, tenant="b") as b:
            tokens = [*a.assign(same, version="v"), *b.assign(same, version="v")]
            assert len({token.partition("_")[2] for token in tokens}) == 4

    def test_the_map_is_erased_with_the_last_document_and_the_old_id_stays_dead(self, tmp_path):
        """pii-airlock: a map is never erased; ag-pii-vault: the token can be computed again."""

        async def use(rag, ids):
            (tmp_path / "docs" / "0.txt").write_text(FIRE)
            await rag.sync(tmp_path / "docs")
            gone = rag.stores.vault.surface([ids["Marta"]])
            (tmp_path / "docs" / "0.txt").write_text(RENT)
            await rag.sync(tmp_path / "docs")
            return gone, ids["Marta"], (await ids_of(rag))["Marta"]

        gone, before, after = with_rag(tmp_path, use)
        assert gone == {}
        assert before != after

    def test_a_person_in_two_documents_outlives_one_of_them(self, tmp_path):
        """ag-pii-vault: a value shared by two subjects goes with the first."""

        async def use(rag, ids):
            (tmp_path / "docs" / "0.txt").write_text(FIRE)
            await rag.sync(tmp_path / "docs")
            return rag.stores.vault.surface([ids["Marta"]])

        also = "Marta Lindqvist keeps the keys."
        assert list(with_rag(tmp_path, use, files=(RENT, also)).values()) == ["Marta Lindqvist"]

    def test_no_map_lies_anywhere_in_clear(self, tmp_path):
        """LangChain, LLM Guard, pii-airlock: the map is plain text."""

        async def use(rag, ids):
            rag.generator._answers = [f"{ids['Marta']} pays the rent. [1]"]
            return await rag.ask(ASKED)

        assert with_rag(tmp_path, use).text.startswith("Marta Lindqvist")
        files = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
        assert len(files) > 4
        assert not [path.name for path in files if b"Lindqvist" in path.read_bytes()]

    def test_a_common_word_inside_another_is_no_name(self, tmp_path):
        """LangChain: `replace` of every known original turns "Annual" into "<name>ual"."""

        odd = "Marta Lindqvist found Lindqvistite in Martasund; Lindqvist kept it."

        async def use(rag, ids):
            [hit] = await rag.search("Who found it in Martasund?")
            return hit.text, ids["Marta"]

        text, token = with_rag(tmp_path, use, files=(odd,))
        assert text == f"{token} found Lindqvistite in Martasund; {token}_B kept it."


class TestRestoring:
    def test_a_name_that_holds_another_is_restored_in_one_pass(self):
        """LangChain: "Chris Lee" is part of "Chris Leeds"; exact restore gives "Real Ads"."""
        words = {ANN: "Chris Lee", BOB: f"Chris Leeds {ANN}"}
        assert restored(f"{BOB} and {ANN}", words) == f"Chris Leeds {ANN} and Chris Lee"
        assert restored("Chris Leeds knows the annual report", words).endswith("annual report")

    def test_sequential_replacing_cannot_cascade(self):
        """LLM Guard: what one replacement writes, the next one reads."""
        words = {ANN: BOB, BOB: ANN}
        assert restored(f"{ANN} {BOB} {ANN}", words) == f"{BOB} {ANN} {BOB}"

    @pytest.mark.parametrize("odd", [r"O'Brien (a|b)* \1 $0 [x]", "^.*$", "\\", "{0}%s", "a\nb"])
    def test_neither_names_nor_tokens_are_patterns(self, odd):
        """LLM Guard, LangChain: `re.sub` without `re.escape` gives "Ann LeeAnn Lee..."."""
        assert restored(f"a {ANN}, aaa PERSON e", {ANN: odd}) == f"a {odd}, aaa PERSON e"

    def test_a_near_miss_is_nobody(self):
        """LLM Guard: `fuzzy` restores `[REDACTED_PERSON_2]` to person 1."""
        words = {ANN: "Ann Lee"}
        alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
        near = [ANN[:i] + c + ANN[i + 1 :] for i in range(7, 15) for c in alphabet if c != ANN[i]]
        swapped = [ANN[:i] + ANN[i + 1] + ANN[i] + ANN[i + 2 :] for i in range(7, 14)]
        for wrong in (*near, *swapped, ANN[:-1], ANN + "A", "X" + ANN, ANN.replace("_", " ")):
            assert wrong == ANN or "Ann" not in restored(wrong, words)

    def test_a_token_of_another_request_stays_closed(self):
        """LLM Guard: the vault is one for the process; whoever types a placeholder reads it."""
        assert restored(f"{ANN} {BOB}", {ANN: "Ann", BOB: "Bob"}, scope={ANN}) == f"Ann {BOB}"

    def test_who_types_a_token_gets_only_that_back(self, tmp_path):
        """The same, asked of the whole program: in question, history and plain chat."""

        async def use(rag, ids):
            token = ids["Femi"]
            rag.generator._answers = [f"{token} leads. {token}_B. [1]"]
            fishing = f"Who is {token}, also {token.lower()}?"
            texts = [rag.generator._answers[0]]
            viewer = Viewer("guest", reveal=True)
            history = [("user", fishing), ("assistant", f"It is {token}.")]
            pieces = rag.chat(
                [*history, ("user", fishing)], model="scripted", viewer=viewer, options={}
            )
            texts += [piece async for piece in pieces if isinstance(piece, str)]
            answer = await rag.ask(f"{ASKED} {fishing}", viewer=viewer, history=history)
            texts.append(answer.text)
            return token, "".join(texts), rag.generator.asked

        async def only_rent_is_readable(rag, ids):
            rag.stores.index.search = _without(rag.stores.index.search, ids["Femi"])
            return await use(rag, ids)

        token, text, sent = with_rag(tmp_path, only_rent_is_readable, files=(RENT, FIRE))
        assert "Femi" not in text
        asked = [message.content for turns in sent for message in turns if message.role == "user"]
        assert asked
        assert not any(token in content for content in asked)  # a LITERAL stands in its place

    def test_a_literal_in_a_document_is_no_key_to_anybody(self, tmp_path):
        """argus-redact: pseudonyms that stand in a text already must be anchored or escaped."""

        async def first(rag, ids):
            return ids["Femi"]

        token = with_rag(tmp_path, first, files=(RENT, FIRE))
        forged = f"The rent of the Aarhus depot goes to {token}."

        async def use(rag, ids):
            owner = await rag.search("Who gets the rent of the Aarhus depot?", viewer=rag.owner)
            safe = await rag.search("Who gets the rent of the Aarhus depot?")
            return [hit.text for hit in owner], [hit.text for hit in safe]

        owner, safe = with_rag(tmp_path, use, files=(RENT, FIRE, forged))
        assert forged in owner  # shown as it stood there, not as Femi Adeyemi
        assert not any(token in text for text in safe if "goes to" in text)
        assert any("LITERAL_" in text for text in safe)

    @pytest.mark.parametrize(
        "text",
        [
            "https://x.example/?who={}", "![x](https://x.example/{}.png)", "[x](/a?{} 'b')",
            '<img src="https://x.example/{}">', "[1]: https://x.example/{}", "www.x.example/{}",
            "mailto:{}",
        ],
    )  # fmt: skip
    def test_a_name_never_goes_into_an_address(self, text):
        """Every tool of the table: a restored name leaves with the image that a browser fetches."""
        assert restored(text.format(ANN), {ANN: "Ann Lee"}) == text.format(ANN)

    def test_a_first_name_is_no_token(self):
        """legend-pii: a bare fake first name rewrites innocent words; here only ids count."""
        text = "Person Ann, PERSON_1, <PERSON_1>, [REDACTED_PERSON_1], <<PERSON:1>>, PERSON"
        assert restored(text, {ANN: "Ann Lee"}) == text


class TestStreaming:
    def test_the_stream_is_not_held_until_its_end(self, tmp_path):
        """LiteLLM #31503: the time to the first token is the time to the last."""

        async def use(rag, ids):
            seen, more = asyncio.Event(), f"{ids['Marta']} pays the rent. [1]\nThe rent"

            async def slow(messages, options):
                yield SafeText(more)
                await asyncio.wait_for(seen.wait(), 20)  # until the reader has the first sentence
                yield Draft(SafeText(more), "stop", Usage())

            rag.generator.stream = slow
            pieces = []
            async for piece in rag.stream(ASKED):
                pieces.append(piece)
                seen.set()
            return pieces

        first, *_, answer = with_rag(tmp_path, use)
        assert first.startswith("Marta Lindqvist pays the rent.")
        assert isinstance(answer, Answer)

    def test_no_more_waits_than_a_token_could_be_long(self):
        """piighost: a stray `<<` holds up to 128 characters of text."""
        stream = Restorer(lambda _: {}, frozenset(), True, record=lambda _: None).stream()
        for stray in ("<<", "<PERSON", "[REDACTED", "PERSON:1", "PERSON_!", "{{"):
            assert stream.feed(SafeText(f"{stray} and so on. ")).endswith("and so on. ")

    def test_what_was_restored_is_not_masked_again(self, tmp_path):
        """LiteLLM #28316: masking the output masks what was just unmasked."""

        async def use(rag, ids):
            rag.generator._answers = [f"{ids['Marta']} pays the rent. [1]"]
            asked = await rag.ask(ASKED)
            words = "Write to Marta Lindqvist at marta@example.org."

            async def echo(messages, options):
                yield messages[-1].content
                yield Draft(messages[-1].content, "stop", Usage())

            rag.generator.stream = echo
            chat = rag.chat([("user", words)], model="m", viewer=Viewer("guest"), options={})
            return asked.text, [piece async for piece in chat][-1].text, words

        asked, chat, words = with_rag(tmp_path, use)
        assert asked == "Marta Lindqvist pays the rent. [1]"
        assert chat == words
        assert not find_all(asked + chat)

    @pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
    def test_bytes_of_the_model_server_may_be_cut_anywhere(self, size):
        """LiteLLM #30028: split SSE lines, UTF-8 and placeholders are missed."""
        said = f"Zoë 李 😀 {ANN}_B met {BOB}."
        events = [
            {
                "choices": [
                    {"index": 0, "delta": {"content": said[i : i + 3]}, "finish_reason": None}
                ]
            }
            for i in range(0, len(said), 3)
        ]
        events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        frames = [f"data: {json.dumps(event, ensure_ascii=False)}\r\n\r\n" for event in events]
        body = "".join([": ping\r\n\r\n", *frames, "data: [DONE]\r\n\r\n"]).encode()

        async def in_bits():
            for start in range(0, len(body), size):
                yield body[start : start + size]

        def respond(request):
            return httpx.Response(200, content=in_bits())

        async def main():
            generator = OpenAIGenerator(
                GenerateSettings(base_url="http://127.0.0.1:1/v1", model="m"),
                transport=httpx.MockTransport(respond),
            )
            words = {ANN: "Ann Lee", BOB: "Bob Ray"}
            stream = Restorer(
                lambda tokens: {t: words[base(t)] for t in tokens},
                frozenset(words),
                True,
                record=lambda _: None,
            ).stream()
            out = []
            messages = [Message("user", SafeText("?"))]
            async for piece in generator.stream(messages, GenerateOptions()):
                out.append(stream.flush() if isinstance(piece, Draft) else stream.feed(piece))
            await generator.close()
            return "".join(out)

        assert asyncio.run(main()) == "Zoë 李 😀 Ann Lee met Bob Ray."


def _without(search, token):
    """A search that finds nothing in which this entity stands: documents the asker may not read."""

    async def found(query, *, scope, limit):
        legs = await search(query, scope=scope, limit=limit)
        keep = {
            leg: tuple(h for h in getattr(legs, leg) if token not in h.chunk.placeholders)
            for leg in ("dense", "sparse", "by_id")
        }
        return type(legs)(**keep)

    return found


def test_the_audit_log_of_an_answer_names_ids_only(tmp_path):
    """despii and the gateways log what they mask, or nothing; here ids and counts, before."""

    async def use(rag, ids):
        rag.generator._answers = [f"{ids['Marta']} pays the rent. [1]"]
        await rag.ask(ASKED)
        return ids["Marta"]

    token = with_rag(tmp_path, use)
    with sqlite3.connect(tmp_path / "home" / "audit.db") as db:
        [body] = db.execute("SELECT body FROM records WHERE seq = 2").fetchone()
    db.close()
    assert json.loads(body)["entities"] == [token]
