"""Markup that a page carries and its reader does not see, by what stands at the element itself.

Style sheets are not read: what they hide is often opened by a click, and wanted. Nor does
`aria-hidden` hide: it keeps from a screen reader what everybody else sees.
"""

import re

_STYLES = re.compile(
    r"(?:^|[;\s\"'])(?:"
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|"
    r"font-size\s*:\s*(?:0+(?:\.0*)?(?:px|pt|r?em|%)?|(?:0?\.\d+|1(?:\.0+)?)(?:px|pt)|"
    r"0?\.0\d*r?em)\s*(?:;|$|!)|"
    r"opacity\s*:\s*(?:0+(?:\.0\d*)?|\.0\d*)%?\s*(?:;|$|!)|"
    r"(?:max-)?(?:width|height)\s*:\s*[01](?:px|pt)?\s*(?:;|$|!)[^\"]*overflow\s*:\s*hidden|"
    r"overflow\s*:\s*hidden[^\"]*(?:max-)?(?:width|height)\s*:\s*[01](?:px|pt)?\s*(?:;|$|!)|"
    r"(?:left|right|top|bottom|margin-left|margin-top)\s*:\s*-(?:\d{4}|[5-9]\d\d)|"
    r"text-indent\s*:\s*-\d{3}|"
    r"clip\s*:\s*rect\(\s*[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01]|"
    r"clip-path\s*:\s*inset\(\s*(?:50|100)%|transform\s*:\s*scale\(\s*0\s*\)|"
    r"color\s*:\s*transparent)",
    re.IGNORECASE,
)
_COLOUR = re.compile(r"(?:^|[;\s])color\s*:\s*([^;!]+)", re.IGNORECASE)
_GROUND = re.compile(r"background(?:-color)?\s*:\s*([^;!]+)", re.IGNORECASE)
_WHITE = re.compile(
    r"white|#f[a-f]f[a-f]f[a-f]|#fff|rgba?\(\s*25\d\s*,\s*25\d\s*,\s*25\d(?:\s*,\s*[\d.]+)?\s*\)|snow",
    re.IGNORECASE,
)


def style_hides(style: str) -> bool:
    """Whether an element with this `style` attribute shows nothing, itself or its content."""
    if _STYLES.search(style):
        return True
    colour, ground = _COLOUR.search(style), _GROUND.search(style)
    if colour is None or ground is None:
        return False
    ink, paper = colour[1].strip().lower(), ground[1].strip().lower()
    return ink == paper or bool(_WHITE.fullmatch(ink) and _WHITE.fullmatch(paper))


_SPARED = (
    r"(?P<code>^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^(?P=fence)[^\n]*$|\Z)|"
    r"(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`))"
)
_MARKS = re.compile(
    _SPARED + r"|(?P<comment><!--.*?-->|\{/\*.*?\*/\})"
    r"|<(?P<tag>[a-zA-Z][\w-]*)(?P<attributes>(?:\s[^<>]*?)?)(?P<empty>/?)>",
    re.DOTALL | re.MULTILINE,
)
_STYLE = re.compile(r"""\bstyle\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_HIDDEN = re.compile(r"(?:^|\s)hidden(?=\s|=|$)", re.IGNORECASE)
_OPEN_COMMENT = re.compile(r"^ {0,3}<!--(?!.*?-->).*\Z", re.DOTALL | re.MULTILINE)
_UNSEEN_TAGS = frozenset(("template", "script", "style"))


def without_unseen(markdown: str) -> str:
    """Markdown without comments and without HTML elements that show nothing; code stays as it is.

    What follows a comment without an end is a comment to a browser, too.
    """
    if "<" not in markdown and "{/*" not in markdown:
        return markdown
    out: list[str] = []
    at = 0
    while mark := _MARKS.search(markdown, at):
        if mark["code"]:
            out.append(markdown[at : mark.end()])
            at = mark.end()
            continue
        hidden = mark["tag"] and not mark["empty"] and _hides(mark["tag"], mark["attributes"])
        end = _closing(markdown, mark) if hidden else mark.end()
        out.append(markdown[at : mark.start() if hidden or mark["comment"] else end])
        at = end
    rest = _OPEN_COMMENT.sub("", markdown[at:])
    return "".join((*out, rest))


def _hides(tag: str, attributes: str) -> bool:
    style = _STYLE.search(attributes)
    bare = _STYLE.sub("", attributes)
    return (
        tag.lower() in _UNSEEN_TAGS
        or bool(_HIDDEN.search(re.sub(r"""=\s*(?:"[^"]*"|'[^']*')""", "", bare)))
        or (style is not None and style_hides(style[1] or style[2] or ""))
    )


def _closing(markdown: str, opened: re.Match[str]) -> int:
    """The end of the element that this tag opens; of the text if it is never closed."""
    depth = 1
    tags = re.compile(rf"<(/?){re.escape(opened['tag'])}(?:\s[^<>]*?)?(/?)>", re.IGNORECASE)
    for tag in tags.finditer(markdown, opened.end()):
        depth += -1 if tag[1] else not tag[2]
        if depth == 0:
            return tag.end()
    return len(markdown)
