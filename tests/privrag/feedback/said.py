"""A home in which a question was answered, for the tests of feedback. Everybody is invented."""

import asyncio

from privrag.feedback import Opinion
from privrag.records import Answer, Viewer
from privrag_connectors.sync import sync_folders
from tests.opened import open_small

OWNER = Viewer("owner", owner=True, reveal=True)
ANNA = Viewer("anna", reveal=True)
QUESTION = "Where does Femi Adeyemi keep the spare key of the boat house?"
LINH = "Where does Linh Pham keep the spare key of the lighthouse?"
RIGHT = "Femi Adeyemi keeps the spare key of the boat house under the third stone."
AGREED = {"feedback": {"consent": True}, "cite": {"min_relevance": -1}}
_DOCUMENTS = {
    "femi": RIGHT,
    "linh": "Linh Pham keeps the spare key of the lighthouse behind the old clock.",
}


def down(correction=None, reason=""):
    return Opinion(thumb="down", correction=correction, reason=reason)


def with_answers(tmp_path, work, *, overrides=None, answers=("Perhaps.",), sync=True):
    """Do the work in a home whose documents are read; what is not supported becomes a quote."""
    docs = tmp_path / "docs"
    docs.mkdir(exist_ok=True)
    for name, text in _DOCUMENTS.items():
        (docs / f"{name}.txt").write_text(text)

    async def main():
        changes = AGREED if overrides is None else overrides
        rag = await open_small(tmp_path / "home", *answers, overrides=changes)
        try:
            if sync:
                await sync_folders(rag, [docs])
            return await work(rag)
        finally:
            await rag.close()

    return asyncio.run(main())


async def ask(rag, answer_id="a-1", *, viewer=OWNER, question=QUESTION) -> Answer:
    return await rag.ask(question, viewer=viewer, answer_id=answer_id)


async def give(rag, opinion, answer_id="a-1", *, viewer=OWNER):
    return await rag.give_feedback(answer_id, opinion, viewer=viewer)


def pseudonym(rag, name="femi adeyemi"):
    (found,) = rag.stores.vault.matching([("PERSON", name)])
    return found
