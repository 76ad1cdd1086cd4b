"""Chunks, pairs and homes for the tests of synthetic questions; everybody is invented."""

import asyncio
import re
from collections.abc import Callable, Sequence

from privrag.pseudonym import placeholders
from privrag.records import Chunk, SafeSentence, SafeText, Source
from privrag_connectors.sync import sync_folders
from privrag_finetune.questions.prompt import Pair
from privrag_finetune.questions.recipe import load_recipe
from privrag_finetune.questions.sample import Task
from tests.opened import open_small

RECIPE = load_recipe()
MARTA = "PERSON_4SD2GZD3"
HALL = (
    "The swimming hall opens at 6:30 on weekdays. "
    f"{MARTA} sells cards of ten visits for 38 euros at the gate. "
    "Lockers at the hall take a coin of one euro."
)


def chunk(text: str, *, document="d1", acl=("*",), kind="paragraph", collection="main", n=0):
    """A chunk whose sentences end with a full stop."""
    spans = [m.span() for m in re.finditer(r"\S[^.!?]*[.!?]|\S.*\Z", text, re.DOTALL)]
    return Chunk(
        id=f"{document}-{n}",
        source=Source(document, f"v-{document}", "default", collection, tuple(acl)),
        text=SafeText(text),
        context=SafeText(""),
        start=n * 1000,
        end=n * 1000 + len(text),
        page=None,
        kind=kind,
        sentences=tuple(SafeSentence(a, b, a, b) for a, b in spans),
        placeholders=placeholders(text),
    )


def pair(question: str, answer: str = "38 euros") -> Pair:
    return Pair(SafeText(question), SafeText(answer))


class Scribe:
    """Writes what a function says about each task; remembers the tasks."""

    def __init__(self, say: Callable[[Task], Pair | None], *, fail_after: int | None = None):
        self._say = say
        self._fail_after = fail_after
        self.asked: list[Task] = []

    async def write(self, tasks: Sequence[Task]) -> list[Pair | None]:
        if self._fail_after is not None and len(self.asked) >= self._fail_after:
            raise KeyboardInterrupt
        self.asked += tasks
        return [self._say(task) for task in tasks]


def honest(task: Task) -> Pair:
    """A question that its passage alone answers: rooms differ by their colour."""
    room = re.search(r"room (\w+)", task.chunk.text)
    words = " ".join(task.chunk.text.split()[-4:]).rstrip(".")
    return pair(f"What colour has the room {room[1]}?", words)


ROOMS = ("alder", "birch", "cedar", "dogwood", "elder", "fir", "gorse", "hazel", "iris", "juniper")
_ABOUT = (
    "The room {room} lies behind the {room} stairs. Everybody who works in {room} hangs the key of "
    "{room} on a hook. Ask {who} before you move tables or chairs out of {room}. The walls of the "
    "room {room} are painted in {room} yellow."
)


def write_rooms(folder, rooms=ROOMS, who="Femi Adeyemi"):
    folder.mkdir(exist_ok=True)
    for room in rooms:
        (folder / f"{room}.txt").write_text(_ABOUT.format(room=room, who=who))
    return folder


def with_rooms(tmp_path, work, *, overrides=None, sync=True):
    """Do the work in a home that holds the rooms."""

    async def main():
        rag = await open_small(tmp_path / "home", overrides=overrides)
        try:
            if sync:
                await sync_folders(rag, [write_rooms(tmp_path / "docs")])
            return await work(rag)
        finally:
            await rag.close()

    return asyncio.run(main())
