"""Passages in a form that a model and a chat window take for words only.

What a passage says stays; what would act is gone: the marks between the turns of a chat, the labels
of a prompt, HTML, images, and the addresses that wait for something to be put in.
"""

import re

from privrag.prose import without_links

_CHAT_MARKS = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|</?(?:start_of_turn|end_of_turn|start_of_image|bos|eos|pad|unk|s|system|"
    r"assistant|human|im_start|im_end)>|\[/?INST\]|<</?SYS>>|<unused\d+>",
    re.IGNORECASE,
)
_ATTRIBUTE = r"""(?:[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s<>"']+)|hidden|open|disabled|controls)"""
_HTML = re.compile(
    r"<!--.*?-->|</?(?:a|abbr|article|aside|b|blockquote|body|br|button|caption|center|code|dd|del|"
    r"details|div|dl|dt|em|embed|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|"
    r"iframe|img|input|ins|kbd|label|li|link|main|mark|meta|nav|object|ol|p|picture|pre|script|"
    r"section|small|source|span|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|"
    rf"tfoot|th|thead|tr|u|ul|video)(?:\s+{_ATTRIBUTE})*\s*/?>",
    re.IGNORECASE | re.DOTALL,
)
_HEADING_LABEL = re.compile(
    r"#{2,}\s*(Instruction|Response|System|Human|Assistant|User|Input)s?\s*:"
)
_LABEL = re.compile(r"\b(Passages|Question|Answer|Assistant)\s*:(?!//)")
_NUMBER = re.compile(r"(?<!\w)\[\s*(\d{1,3}(?:\s*,\s*\d{1,3})*)\s*\]")
_WAITING = re.compile(r"(https?://[^\s?#()<>]+)[?#][^\s()<>]*(?:=|[{\[$%<][^\s()]*)(?=[\s).,;]|$)")
_AUTOLINK = re.compile(r"<((?:https?|mailto|ftp):[^<>\s]+)>")


def inert(text: str) -> str:
    """The text without links, images, markup; a marker `[3]` reads `(3)`, a label has no colon."""
    text = _AUTOLINK.sub(r"\1", without_links(text))
    while (bare := _HTML.sub("", _CHAT_MARKS.sub("", text))) != text:
        text = bare  # what stood around a mark may be one now
    text = _WAITING.sub(r"\1", text)
    text = _LABEL.sub(r"\1 -", _HEADING_LABEL.sub(r"\1 -", text))
    return _NUMBER.sub(r"(\1)", text)
