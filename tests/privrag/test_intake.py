import asyncio
from concurrent.futures import Future
from contextlib import aclosing

from privrag import intake
from privrag.intake import Arrival, read_batches
from privrag.records import Block, Document


class Parser:
    def __init__(self):
        self.parsed = []

    def parse(self, path):
        self.parsed.append(path.name)
        block = Block("paragraph", path.name, None, 0, len(path.name))
        return Document(path.name, path.as_uri(), path.name, "text/plain", (block,), None)


class Detectors:
    def __init__(self, *, answers=True):
        self.answers = answers

    def submit(self, blocks):
        found = Future()
        if self.answers:
            found.set_result([[] for _ in blocks])
        return found


def arrivals(tmp_path, count):
    paths = [tmp_path / f"{number}.txt" for number in range(count)]
    return [Arrival(path, path.as_uri(), path.name, ("*",), "docs") for path in paths]


def test_the_next_batch_is_read_while_the_caller_works_on_one(tmp_path, monkeypatch):
    monkeypatch.setattr(intake, "_BATCH_DOCUMENTS", 2)

    async def main():
        parser = Parser()
        seen = []
        async with aclosing(
            read_batches(arrivals(tmp_path, 5), parser=parser, detectors=Detectors())
        ) as batches:
            async for batch in batches:
                await asyncio.sleep(0.2)
                seen.append(([reading.document.id for reading in batch], len(parser.parsed)))
        return seen

    assert asyncio.run(main()) == [
        (["0.txt", "1.txt"], 4),
        (["2.txt", "3.txt"], 5),
        (["4.txt"], 5),
    ]


def test_a_large_document_waits_until_nothing_else_is_in_hand(tmp_path, monkeypatch):
    monkeypatch.setattr(intake, "_BATCH_DOCUMENTS", 1)
    monkeypatch.setattr(intake, "_LARGE_BYTES", 100)
    found = arrivals(tmp_path, 3)
    for arrival, size in zip(found, (10, 101, 10), strict=True):
        arrival.path.write_bytes(b"x" * size)

    async def main():
        parser, seen = Parser(), []
        async with aclosing(read_batches(found, parser=parser, detectors=Detectors())) as batches:
            async for _ in batches:
                await asyncio.sleep(0.2)
                seen.append(len(parser.parsed))
        return seen

    assert asyncio.run(main()) == [1, 3, 3]


def test_a_caller_that_stops_leaves_nothing_running(tmp_path, monkeypatch):
    monkeypatch.setattr(intake, "_BATCH_DOCUMENTS", 1)

    async def main():
        detectors, before = Detectors(), asyncio.all_tasks()
        async with aclosing(
            read_batches(arrivals(tmp_path, 3), parser=Parser(), detectors=detectors)
        ) as batches:
            async for _ in batches:
                detectors.answers = False  # the batch that is read ahead would never end
                break
        return asyncio.all_tasks() - before

    assert not asyncio.run(asyncio.wait_for(main(), 10))
