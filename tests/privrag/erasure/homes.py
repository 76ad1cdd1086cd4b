"""A home in which Marta Lindqvist stands, and what the tests of forgetting ask of it."""

import asyncio

from privrag.erasure import Parts
from tests.opened import open_small

NAME = "Marta Lindqvist"


def write_docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.txt").write_text(
            f"Room {number} belongs to Marta Lindqvist. Ask Femi Adeyemi or write to "
            "marta.lindqvist@corp.com."
        )
    (folder / "9.txt").write_text("Femi Adeyemi has a key.")
    return folder


def with_home(tmp_path, work, *answers):
    async def main():
        rag = await open_small(tmp_path / "home", *answers)
        try:
            return await work(rag)
        finally:
            await rag.close()

    return asyncio.run(main())


def parts(rag, *others):
    return Parts(rag.home, "owner", rag.embedder, rag.parser, others)


async def texts(rag):
    return sorted([item.chunk.text async for item in rag.stores.index.scroll()])


def pseudonym(rag, name=NAME):
    (found,) = rag.stores.vault.matching([("PERSON", name.lower())])
    return found
