"""Where an answer stands: a document, and a page of it if the document has pages."""

import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Place:
    """A document by the end of its path, such as `hr/handbook.pdf`, and a page."""

    document: str
    """Whole names: `book.pdf` is not `handbook.pdf`. An absolute path or a uri is itself alone."""
    page: int | None = None
    """From 1; None is any page."""

    def is_in(self, uri: str) -> bool:
        """Whether the uri is that of this document."""
        if self.document == uri:
            return True
        path, own = _plain(unquote(urlsplit(uri).path)), _plain(self.document)
        if own.startswith("/"):
            return path == own
        return path == own or path.endswith("/" + own.removeprefix("./"))

    def holds(self, uri: str, page: int | None) -> bool:
        """Whether this is the document and the page."""
        return self.is_in(uri) and self.page in (None, page)


def _plain(path: str) -> str:
    """One spelling for each name: macOS and Linux write an umlaut differently."""
    return unicodedata.normalize("NFC", path)
