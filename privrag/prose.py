"""Shapes of running text that more than one step has to know: abbreviations, Markdown links."""

import re

_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|No|Nr|Tel|Abs|Art|Fig|Inc|Ltd|Co|vs|approx|ca|incl|excl|max|min|"
    r"resp|bzw|e\.g|i\.e|z\.B|d\.h|u\.a|[A-Z]))\.\Z"
)
_LONGEST_ABBREVIATION = 12
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^()\s]*(?:\([^()]*\)[^()\s]*)?(?:\s+\"[^\"]*\")?\)")


def ends_in_abbreviation(text: str, end: int) -> bool:
    """Whether the full stop before `end` belongs to an abbreviation or an initial."""
    return _ABBREVIATION.search(text, max(0, end - _LONGEST_ABBREVIATION), end) is not None


def without_links(text: str) -> str:
    """The text with the words of each Markdown link or image in its place."""
    return _LINK.sub(r"\1", text)
