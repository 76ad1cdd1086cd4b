"""Syncs of a small home, and what stands in it afterwards."""

import asyncio

from privrag_connectors.sync import sync_folders
from tests.opened import open_small


def run(tmp_path, work, **settings):
    async def main():
        rag = await open_small(tmp_path / "home", overrides=settings)
        try:
            return await work(rag)
        finally:
            await rag.close()

    return asyncio.run(main())


def sync(tmp_path, *paths, **options):
    return run(tmp_path, lambda rag: sync_folders(rag, paths, **options))


def counts(report):
    return report.added, report.updated, report.deleted, report.unchanged, len(report.failed)


def names(tmp_path):
    async def work(rag):
        return [entry.uri.rsplit("/", 1)[1] for entry in rag.documents()]

    return run(tmp_path, work)


def texts(tmp_path):
    async def work(rag):
        return sorted([c.chunk.text async for c in rag.stores.index.scroll()])

    return run(tmp_path, work)
