"""The target of a Markdown link or image, and of a reference definition (`[1]: target`).

An unclosed target ends with the paragraph.
"""

from privrag.outbound.place import SPACE, Place

_LINE_LEAD = frozenset(" \t>*+-.)0123456789")  # quote marks, bullets and numbers before a line


class TargetReader:
    """A link's target to its closing parenthesis, a definition's to the next white space."""

    def __init__(self) -> None:
        self._target = ""  # "" outside, "(" inside, or the character that ends a part of it
        self._depth = 0
        self._definition = "lead"  # lead, label, first, after, wait, angle, there, off

    @property
    def inside(self) -> bool:
        return self._target != "" or self._definition in ("wait", "angle", "there")

    @property
    def busy(self) -> bool:
        return self._target != "" or self._definition != "off"

    def read(self, c: str, place: Place) -> None:
        self._read_target(c, place)
        self._read_definition(c, place)

    def _read_target(self, c: str, place: Place) -> None:
        if self._target == "":
            if c == "(" and place.last == "]":
                self._target, self._depth = "(", 0
        elif place.paragraph_ends:
            self._target = ""
        elif not place.escaped:
            self._read_within_target(c, place.last)

    def _read_within_target(self, c: str, last: str) -> None:
        if self._target != "(":  # in <angle brackets> or a "title"
            if c == self._target or (c == "\n" and self._target == ">"):
                self._target = "("
        elif c == "<":
            self._target = ">"
        elif c in "\"'" and last in SPACE:
            self._target = c
        elif c == "(":
            self._depth += 1
        elif c == ")":
            self._depth -= 1
            self._target = "(" if self._depth >= 0 else ""

    def _read_definition(self, c: str, place: Place) -> None:
        if c == "\n" and (
            place.paragraph_ends or self._definition in ("off", "after", "there", "angle")
        ):
            self._definition = "lead"
            return
        match self._definition:
            case "lead" if c not in _LINE_LEAD and c not in SPACE:
                self._definition = "first" if c == "[" else "off"
            case "first" | "label" if c == "]" and not place.escaped:
                self._definition = "after"
            case "first":
                self._definition = "off" if c == "^" else "label"  # [^1]: is a footnote's text
            case "after":
                self._definition = "wait" if c == ":" else "off"
            case "wait" if c not in SPACE and c != ">":  # the next line of a block quote
                self._definition = "angle" if c == "<" else "there"
            case "there" if c in SPACE:
                self._definition = "off"
            case "angle" if c == ">" and not place.escaped:
                self._definition = "off"
