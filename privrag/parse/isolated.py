"""The parent's end: parse files in a child process that may crash, hang or grow."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from privrag import errors
from privrag.child import Child, ChildDiedError, ChildOverflowError, ChildTimeoutError
from privrag.errors import ParseError, ParseLimitError
from privrag.parse.read import shown_name
from privrag.parse.settings import ParseSettings
from privrag.records import BLOCK_SEPARATOR, Block, Document

_ERRORS: dict[str, type[ParseError]] = {
    error.__name__: error
    for error in (
        ParseError,
        errors.EmptyDocumentError,
        errors.EncryptedDocumentError,
        errors.UnsupportedFormatError,
        errors.DamagedDocumentError,
        errors.ParseLimitError,
    )
}
_BYTES_PER_CHARACTER = 6
"""At most, in ASCII JSON, for a character of the basic plane."""


class ParseWorker:
    """Parses one file at a time. Keep it open: a child takes a quarter of a second to start.

    Not safe for use from several threads at once; take a worker for each.
    """

    def __init__(self, settings: ParseSettings) -> None:
        """The child starts with the first file."""
        self._settings = settings
        answer_mb = settings.max_characters * _BYTES_PER_CHARACTER * 2 // 2**20 + 16
        self._child = Child(
            "privrag.parse.worker", memory_mb=settings.max_memory_mb, max_answer_mb=answer_mb
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child and remove its temporary directory; closing twice is no error."""
        self._child.close()

    def parse(self, path: Path) -> Document:
        """Parse a file.

        Raises a subclass of ParseError: `NAME: it REASON; WAY OUT`, never with any content.
        """
        name = shown_name(path.name)
        request = {"path": str(path.absolute()), "settings": self._settings.model_dump()}
        seconds = self._settings.timeout_seconds
        try:
            answer = self._child.request(request, timeout_seconds=seconds)
        except ChildTimeoutError:
            raise ParseLimitError(
                f"{name}: it was not parsed within {seconds:g} seconds; "
                "split it or raise parse.timeout_seconds"
            ) from None
        except ChildDiedError:
            raise ParseLimitError(
                f"{name}: its parser crashed or ran out of memory; get a fresh copy, "
                "split it or raise parse.max_memory_mb"
            ) from None
        except ChildOverflowError:
            raise ParseLimitError(
                f"{name}: it holds too much text; split it or raise parse.max_characters"
            ) from None
        if answer["memory_mb"] > self._settings.max_memory_mb / 2:
            self._child.close()  # one large file must not leave less room for the next
        if "error" in answer:
            raise _ERRORS[answer["error"]](f"{name}: {answer['message']}")
        return _document(path, answer)


def _document(path: Path, answer: dict[str, Any]) -> Document:
    blocks: list[Block] = []
    start = 0
    for kind, text, page in answer["blocks"]:
        end = start + len(text)
        blocks.append(Block(kind=kind, text=text, page=page, start=start, end=end))
        start = end + len(BLOCK_SEPARATOR)
    return Document(
        id=answer["id"],
        uri=path.absolute().as_uri(),
        title=answer["title"],
        media_type=answer["media_type"],
        blocks=tuple(blocks),
        pages=answer["pages"],
    )
