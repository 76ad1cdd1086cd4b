import asyncio
import base64
from dataclasses import replace
from urllib.parse import quote

import pytest

from privrag.canary import planted, remember
from privrag.index.protocol import EmbeddedChunk
from privrag.leak import accept, scan
from privrag.leak.plant import plant
from privrag.records import SafeText
from privrag.second_opinion import Finding as Opinion
from privrag.vault import Mention
from privrag_connectors.sync import sync_folders
from tests.opened import open_small

NAME = "Marta Lindqvist"


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "0.txt").write_text("Room 0 belongs to Marta Lindqvist, marta.lindqvist@corp.com.")
    (folder / "1.txt").write_text("Femi Adeyemi has a key.")
    return folder


def with_home(tmp_path, work):
    async def main():
        rag = await open_small(tmp_path / "home")
        try:
            return await work(rag)
        finally:
            await rag.close()

    return asyncio.run(main())


def scanned(tmp_path, docs, before=None, **options):
    async def work(rag):
        await sync_folders(rag, [docs])
        if before is not None:
            await before(rag)
        options.setdefault("detector", None)
        return await scan(rag.stores, rag.home, sample=options.pop("sample", 10), **options)

    return with_home(tmp_path, work)


def in_file(name, data):
    async def write(rag):
        path = rag.home / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)

    return write


def test_a_home_after_a_sync_is_clean(tmp_path, docs):
    report = scanned(tmp_path, docs)
    assert (report.clean, report.certain, dict(report.suspected)) == (True, [], {})
    assert report.chunks == 2 and report.files > 10 and report.values >= 3


def test_a_raw_value_in_an_index_payload_is_found_and_not_shown(tmp_path, docs):
    async def inject(rag):
        items = [item async for item in rag.stores.index.scroll()]
        text = SafeText("Here stands Marta Lindqvist.")
        chunk = replace(items[0].chunk, text=text)
        await rag.stores.index.upsert([EmbeddedChunk(chunk, items[0].vector)])

    report = scanned(tmp_path, docs, inject)
    in_chunk = [f for f in report.certain if f.place.startswith("chunk ")]
    assert [(f.kind, f.offset, f.how) for f in in_chunk] == [("PERSON", 12, "plain")]
    assert any(f.place.startswith("index/shard/") for f in report.certain)
    assert "Lindqvist" not in repr(report) and NAME not in repr(report)
    assert {len(f.hash) for f in report.certain} == {12}


def test_a_raw_value_in_a_log_or_in_the_bytes_of_a_store_is_found(tmp_path, docs):
    async def inject(rag):
        (rag.home / "own.log").write_text("asked:\nMarta Lindqvist")
        with (rag.home / "manifest.db").open("ab") as file:
            file.write(b"\0\0\x01\xff marta.lindqvist@corp.com \xfe\0\0")

    found = {(f.place, f.kind) for f in scanned(tmp_path, docs, inject).certain}
    assert found == {("own.log", "PERSON"), ("manifest.db", "EMAIL")}


@pytest.mark.parametrize(
    ("how", "data"),
    [
        ("plain", b"Lindqvist,  Marta"),
        ("plain", b"MARTA LINDQVIST"),
        ("plain", b"/x/Marta_Lindqvist.pdf"),
        ("escaped", b"q=Marta%20Lindqvist"),
        ("escaped", b'{"a": "M\\u0061rta Lindqvist"}'),
        ("escaped", b"Marta&#32;Lindqvist"),
        ("escaped", "Ma\u200brta Lindqvist".encode()),
        ("utf-16", NAME.encode("utf-16-le")),
        ("utf-16", NAME.encode("utf-16-be")),
        ("utf-16", b"\xffx" + NAME.encode("utf-16-le") + bytes(9)),
        ("base64", base64.b64encode(b"the name is Marta Lindqvist, yes")),
        ("base64", base64.urlsafe_b64encode(b">>Marta Lindqvist<<??")),
        ("base64", base64.b64encode(b"Marta Lindqvist")),
        ("hex", b"Marta Lindqvist".hex().encode()),
    ],
)
def test_a_value_in_another_spelling_or_encoding_is_found(tmp_path, docs, how, data):
    report = scanned(tmp_path, docs, in_file("cache/x.bin", data))
    assert {(f.place, f.kind, f.how) for f in report.certain} == {("cache/x.bin", "PERSON", how)}


@pytest.mark.parametrize(
    "data",
    [
        b"Martanne Lindqvist",
        b"Marta Lindqvistsson",
        b"Marta and somebody named Lindqvist",
        b"quote=Marta",
        quote("Femi").encode(),
    ],
)
def test_near_misses_are_not_found(tmp_path, docs, data):
    assert scanned(tmp_path, docs, in_file("x.log", data)).clean


def test_a_value_across_two_windows_of_a_large_file_is_found_once(tmp_path, docs, monkeypatch):
    from privrag.leak import views

    monkeypatch.setattr(views, "WINDOW_BYTES", 8192)
    data = b"." * 8185 + b" Marta Lindqvist " + b"." * 30_000
    report = scanned(tmp_path, docs, in_file("big.log", data))
    assert [(f.place, f.offset) for f in report.certain] == [("big.log", 8186)]


def test_what_only_looks_like_a_value_is_counted_and_not_certain(tmp_path, docs):
    data = (
        b"ssn 123-45-6789, iban DE89 3704 0044 0532 0130 00, nobody@else.example, marta+lindqvist"
    )
    report = scanned(tmp_path, docs, in_file("x.log", data))
    assert report.clean
    assert dict(report.suspected) == {
        "name in lower case": 1,
        "pattern EMAIL": 1,
        "pattern IBAN": 1,
        "pattern SSN": 1,
    }
    assert report.suspected_places["pattern SSN"] == ["x.log"]


class SeesRooms:
    def find(self, text):
        return [Opinion("PERSON", 0, 4, 1.0, "fake")] if text.startswith("Room") else []


def test_the_second_detector_reads_a_sample_and_gives_a_rate(tmp_path, docs):
    report = scanned(tmp_path, docs, detector=SeesRooms(), sample=10)
    assert report.clean
    assert (report.sample.chunks, report.sample.chunks_with_any) == (2, 1)
    assert report.sample.by_kind == {"PERSON": 1}


def test_a_web_address_is_certain_in_a_log_and_suspected_in_a_chunk_about_nobody(tmp_path, docs):
    address = "https://social.example/u/83121"

    async def inject(rag):
        rag.stores.vault.assign([Mention("URL", address, address)], version="v1")
        (rag.home / "x.log").write_text(f"GET {address}")
        items = [item async for item in rag.stores.index.scroll()]
        chunk = replace(items[0].chunk, text=SafeText(f"Look at {address} first."))
        await rag.stores.index.upsert([EmbeddedChunk(chunk, items[0].vector)])

    report = scanned(tmp_path, docs, inject)
    assert {(f.place, f.kind) for f in report.certain} == {("x.log", "URL")}
    assert set(report.suspected) == {"web address"}


def test_a_known_name_in_lower_case_is_certain(tmp_path, docs):
    report = scanned(tmp_path, docs, in_file("x.log", b"please ask marta lindqvist about it"))
    assert [(f.place, f.kind, f.offset) for f in report.certain] == [("x.log", "PERSON", 11)]


def test_what_was_accepted_is_known_again_elsewhere_and_nothing_else_is(tmp_path, docs):
    async def work(rag):
        await sync_folders(rag, [docs])
        (rag.home / "x.log").write_text("ssn 123-45-6789, marta+lindqvist")
        options = {"detector": SeesRooms(), "sample": 10}
        first = await scan(rag.stores, rag.home, **options)
        assert first.sample.flagged and accept(rag.stores.manifest, first.open) == 3
        assert accept(rag.stores.manifest, first.open) == 0
        (rag.home / "y.log").write_text("again 123-45-6789 and 123-45-6780")
        second = await scan(rag.stores, rag.home, **options)
        assert (second.sample.chunks_with_any, second.sample.flagged) == (0, [])
        assert not first.open & second.open and "6789" not in repr(first) + repr(second)
        return dict(second.suspected), second.reviewed

    suspected, count = with_home(tmp_path, work)
    assert (suspected, count) == ({"pattern SSN": 1}, 4)


def test_a_certain_finding_cannot_be_accepted(tmp_path, docs):
    async def work(rag):
        await sync_folders(rag, [docs])
        (rag.home / "x.log").write_text(NAME)
        report = await scan(rag.stores, rag.home, detector=None, sample=0)
        accept(rag.stores.manifest, report.open)
        return await scan(rag.stores, rag.home, detector=None, sample=0)

    assert with_home(tmp_path, work).certain_count == 1


def test_canaries_are_detected_missed_or_waiting_and_never_restored(tmp_path, docs):
    async def work(rag):
        remember(rag.stores.manifest, rag.stores.vault, list(plant(docs, 2)))
        before = await scan(rag.stores, rag.home, detector=None, sample=0)
        assert before.clean and before.canaries["EMAIL"].waiting == 2
        people = [each.value for each in planted(rag.stores.manifest, rag.stores.vault)]
        await sync_folders(rag, [docs])
        report = await scan(rag.stores, rag.home, detector=None, sample=0)
        hits = await rag.search("Staff record", k=9, viewer=rag.owner)
        shown = " ".join(hit.shown for hit in hits)
        return report, people, shown

    report, values, shown = with_home(tmp_path, work)
    assert (report.canaries["EMAIL"].detected, report.canaries["EMAIL"].waiting) == (2, 0)
    assert report.canaries["IBAN"].detected == 0  # the small detector finds e-mail only
    assert not report.clean and {"IBAN", "CARD", "PHONE"} <= {f.kind for f in report.certain}
    assert not any("@" in value and value in shown for value in values)
    assert "marta.lindqvist@corp.com" in shown  # everybody else is


def test_planted_values_differ_and_have_valid_check_digits(tmp_path):
    from stdnum import iban, luhn

    canaries = list(plant(tmp_path / "new", 20))
    values = [each.value for each in canaries]
    assert len(set(values)) == len(values) == 140
    for each in canaries:
        if each.label == "IBAN":
            assert iban.is_valid(each.value)
        if each.label == "CARD":
            assert luhn.is_valid(each.value.replace(" ", ""))
