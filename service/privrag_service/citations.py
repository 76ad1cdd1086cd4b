"""An answer's citations in the forms that clients read.

Open WebUI and OpenAI's client read `annotations`, Azure's client reads `context`; everybody sees
the `[n]` markers, which stay in the text.
"""

from urllib.parse import quote, unquote, urlsplit

from privrag.records import Answer, Citation
from privrag_service.wire import Annotation, Context, ContextCitation, UrlCitation

_KEEP = "%:/?#[]@!$&'()*+,;=-._~"
"""RFC 3986, section 2: reserved and unreserved characters, and `%`: what is encoded stays so."""


def citation_url(citation: Citation) -> str:
    """The document's URI, percent-encoded, with `#page=N` where the format has pages."""
    url = quote(citation.uri, safe=_KEEP)
    if citation.page is None:
        return url
    return f"{url}{'&' if '#' in url else '#'}page={citation.page}"


def annotations(answer: Answer) -> list[Annotation]:
    """One annotation for each place where a marker stands, in the order of the text.

    A citation whose marker does not occur has no place and gives none.
    """
    found = [
        Annotation(
            UrlCitation(
                url=citation_url(citation),
                title=citation.title,
                start_index=start,
                end_index=start + len(citation.marker),
            )
        )
        for citation in answer.citations
        for start in _occurrences(answer.text, citation.marker)
    ]
    return sorted(found, key=lambda annotation: annotation.url_citation.start_index)


def context(answer: Answer) -> Context:
    """Every citation with its passage. `filepath` is null for what is not a file."""
    return Context(
        [
            ContextCitation(
                content=citation.quote,
                title=citation.title,
                url=citation_url(citation),
                filepath=_filepath(citation.uri),
                chunk_id=citation.marker,
            )
            for citation in answer.citations
        ]
    )


def _occurrences(text: str, marker: str) -> list[int]:
    starts, start = [], text.find(marker) if marker else -1
    while start >= 0:
        starts.append(start)
        start = text.find(marker, start + len(marker))
    return starts


def _filepath(uri: str) -> str | None:
    parts = urlsplit(uri)
    return unquote(parts.path) if parts.scheme == "file" else None
