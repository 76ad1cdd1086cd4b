"""What every reader needs to know of the characters before this one."""

SPACE = frozenset(" \t\n\r\f\v")
"""A linkifier ends an address at ASCII white space only."""


class Place:
    """Where a text has been read to."""

    def __init__(self) -> None:
        self.last = ""
        """The character before, backslashes left out."""
        self.escaped = False
        self.restored = False
        """Whether what is being read came out of the vault."""
        self.paragraph_ends = False
        self.blank = True
        """Whether there is only white space since the last line break."""

    def begin(self, c: str) -> None:
        """A character is going to be read."""
        self.paragraph_ends = c == "\n" and self.blank and self.last != ""

    def end(self, c: str) -> None:
        """Every reader has seen it."""
        self.blank = c == "\n" or (self.blank and c in SPACE)
        self.escaped = c == "\\" and not self.escaped
        if c != "\\":
            self.last = c

    def skip(self, text: str) -> None:
        """Go on over letters."""
        self.last = text[-1]
        self.blank = False
